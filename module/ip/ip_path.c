// SPDX-License-Identifier: GPL-2.0
/*
 * Paths: route, source address and neighbour in one answer that a socket keeps.
 */
#include <linux/hash.h>
#include <linux/in.h>
#include <linux/log2.h>
#include <linux/percpu.h>
#include <net/netns/hash.h>
#include "../inspect/mib.h"
#include "../inspect/trace.h"
#include "ip.h"

/**
 * twin_ip_classify() - what kind of address this is here
 * @tn: namespace
 * @ld: device it is used on, for subnet broadcasts; or NULL
 * @addr: address
 *
 * RFC: 1122 section 3.2.1.3
 * Context: Any, under the RCU read lock or RTNL.
 * Return: TWIN_PATH_LOCAL for an own address or 127/8, TWIN_PATH_BROADCAST,
 * TWIN_PATH_MULTICAST, else TWIN_PATH_UNICAST.
 */
enum twin_path_type twin_ip_classify(const struct twin_net *tn,
				     const struct twin_link_dev *ld,
				     __be32 addr)
{
	if (twin_link_addr_is_local(tn, addr))
		return TWIN_PATH_LOCAL;
	if (ipv4_is_lbcast(addr))
		return TWIN_PATH_BROADCAST;
	if (ipv4_is_multicast(addr))
		return TWIN_PATH_MULTICAST;
	if (ld && twin_link_addr_is_broadcast(ld, addr))
		return TWIN_PATH_BROADCAST;
	return TWIN_PATH_UNICAST;
}

static int twin_path_check_source(const struct twin_net *tn,
				  const struct twin_path_key *key)
{
	if (!key->saddr || (key->flags & TWIN_PATH_ANY_SOURCE))
		return 0;
	if (ipv4_is_multicast(key->saddr) || ipv4_is_lbcast(key->saddr) ||
	    ipv4_is_zeronet(key->saddr))
		return -EINVAL;
	return twin_link_addr_is_local(tn, key->saddr) ? 0 : -ENETUNREACH;
}

/* Inside the stack: no device, and no limit but the header's 16 bits. */
static void twin_path_to_self(struct twin_path *path)
{
	path->type = TWIN_PATH_LOCAL;
	path->mtu_bytes = TWIN_WIRE_IPV4_MAX_DATAGRAM;
	path->next_hop = path->daddr;
	if (path->saddr)
		return;
	if (ipv4_is_loopback(path->daddr))
		path->saddr = htonl(INADDR_LOOPBACK);
	else
		path->saddr = path->daddr;
}

static struct twin_link_dev *twin_path_first_up(const struct twin_net *tn)
{
	struct twin_link_dev *ld;

	list_for_each_entry_rcu(ld, &tn->link->devices, list)
		if (READ_ONCE(ld->up))
			return ld;
	return NULL;
}

/* The device that the caller named, by index or by the source address. */
static struct twin_link_dev *
twin_path_named_device(const struct twin_net *tn,
		       const struct twin_path_key *key)
{
	const struct twin_link_addr *addr;

	if (key->ifindex)
		return twin_link_find(tn, key->ifindex);
	addr = key->saddr ? twin_link_addr_find(tn, key->saddr) : NULL;
	return addr ? addr->ld : NULL;
}

/**
 * twin_path_device_mtu() - how large a datagram a device takes
 * @ld: device
 *
 * Some let themselves be set to less than IP can work with.
 *
 * RFC: 791 section 3.2
 * Context: RCU read lock or RTNL.
 * Return: bytes, at least 68.
 */
u32 twin_path_device_mtu(const struct twin_link_dev *ld)
{
	return max_t(u32, READ_ONCE(ld->dev->mtu), TWIN_PATH_MTU_LEAST_BYTES);
}

static int twin_path_forbidden(u8 route_type)
{
	switch (route_type) {
	case RTN_PROHIBIT:
		return -EACCES;
	case RTN_UNREACHABLE:
		return -EHOSTUNREACH;
	default:
		return -EINVAL;
	}
}

/*
 * 255.255.255.255 and groups: on the device that is named, else the routed one,
 * else, because no route is needed, the first that is up.
 */
static int twin_path_to_many(struct twin_net *tn,
			     const struct twin_path_key *key,
			     struct twin_path *path)
{
	struct twin_link_dev *ld = twin_path_named_device(tn, key);
	const struct twin_route *route = NULL;

	if (!ld && !key->ifindex) {
		route = twin_route_lookup(tn, path->daddr, 0, false);
		if (route && !route->ld)
			return twin_path_forbidden(route->type);
		ld = route ? route->ld : twin_path_first_up(tn);
	}
	if (!ld || !READ_ONCE(ld->up))
		return -ENETUNREACH;
	path->ld = ld;
	path->next_hop = path->daddr;
	path->mtu_bytes = twin_path_device_mtu(ld);
	if (!path->saddr && route)
		path->saddr = route->prefsrc;
	if (!path->saddr)
		path->saddr = twin_link_addr_select(ld, path->daddr);
	return 0;
}

/*
 * A destination without a route, on a device that was named: take it to be on
 * that link, as AF_INET does.
 */
static int twin_path_assume_onlink(struct twin_net *tn,
				   const struct twin_path_key *key,
				   struct twin_path *path)
{
	path->ld = key->ifindex ? twin_link_find(tn, key->ifindex) : NULL;
	if (!path->ld || !READ_ONCE(path->ld->up))
		return -ENETUNREACH;
	path->next_hop = path->daddr;
	path->mtu_bytes = twin_path_device_mtu(path->ld);
	return 0;
}

static void twin_path_apply_exception(struct twin_net *tn,
				      const struct twin_route *route,
				      struct twin_path *path)
{
	__be32 gateway;
	u32 mtu_bytes;
	bool narrow;

	if (likely(!atomic_read(&tn->route->exceptions.nelems)))
		return;
	if (!twin_path_exception_get(tn->route, path->daddr, route, &mtu_bytes,
				     &narrow, &gateway))
		return;
	path->narrow = narrow;
	if (mtu_bytes)
		path->mtu_bytes = min(path->mtu_bytes, mtu_bytes);
	if (gateway)
		path->next_hop = gateway;
}

static noinline void twin_path_trace_route(__be32 daddr,
					   const struct twin_route *route)
{
	trace_twin_ip_route(daddr, route ? route->prefix : 0,
			    route ? route->prefix_len : 0,
			    route ? route->type : RTN_UNREACHABLE,
			    route ? route->gateway : 0,
			    route ? route->metric : 0,
			    route && route->ld ? route->ld->dev->ifindex : 0);
}

static int twin_path_to_one(struct twin_net *tn,
			    const struct twin_path_key *key,
			    struct twin_path *path)
{
	const struct twin_route *route;

	route = twin_route_lookup(tn, path->daddr, key->ifindex,
				  key->flags & TWIN_PATH_ONLINK);
	if (trace_twin_ip_route_enabled())
		twin_path_trace_route(path->daddr, route);
	if (!route)
		return twin_path_assume_onlink(tn, key, path);
	if (!route->ld)
		return twin_path_forbidden(route->type);
	path->ld = route->ld;
	path->next_hop = route->gateway ?: path->daddr;
	path->mtu_bytes = twin_path_device_mtu(route->ld);
	if (route->mtu_bytes)
		path->mtu_bytes = min(path->mtu_bytes, route->mtu_bytes);
	if (!(key->flags & TWIN_PATH_FORWARD))
		twin_path_apply_exception(tn, route, path);
	if (!path->saddr)
		path->saddr = route->prefsrc;
	return 0;
}

static int twin_path_find_neighbour(struct twin_path *path)
{
	struct twin_arp_entry *entry;

	if (!READ_ONCE(path->ld->uses_arp))
		return 0;
	entry = twin_arp_find(path->ld->tn, path->ld->dev, path->next_hop);
	if (unlikely(!entry)) {
		entry = twin_arp_get(path->ld, path->next_hop, false);
		if (!entry)
			return -ENOBUFS;
		/* from here on RCU keeps it, as the paths that lead there */
		twin_arp_put(entry);
	}
	if (path->next_hop != path->daddr && !READ_ONCE(entry->gateway))
		WRITE_ONCE(entry->gateway, true);
	twin_arp_header_copy(entry, path->header, &path->header_bytes);
	path->entry = entry;
	return 0;
}

/* @path->type is known, but for subnet broadcasts. */
static int twin_path_find_device(struct twin_net *tn,
				 const struct twin_path_key *key,
				 struct twin_path *path)
{
	int err;

	if (path->type != TWIN_PATH_UNICAST)
		return twin_path_to_many(tn, key, path);
	if (ipv4_is_zeronet(path->daddr))
		return -EINVAL;
	err = twin_path_to_one(tn, key, path);
	if (err)
		return err;
	if (path->next_hop == path->daddr &&
	    twin_link_addr_is_broadcast(path->ld, path->daddr))
		path->type = TWIN_PATH_BROADCAST;
	if (!path->saddr)
		path->saddr = twin_link_addr_select(path->ld, path->next_hop);
	return 0;
}

static int twin_path_search(struct twin_net *tn,
			    const struct twin_path_key *key,
			    struct twin_path *path)
{
	u64 generation = atomic64_read(&tn->path_generation);
	int err;

	/* Pairs with twin_path_invalidate(): what is looked up below is at
	 * least as new as the generation it is filed under.
	 */
	smp_rmb();
	memset(path, 0, sizeof(*path));
	path->daddr = key->daddr ?: key->saddr ?: htonl(INADDR_LOOPBACK);
	path->saddr = key->saddr;
	err = twin_path_check_source(tn, key);
	if (err)
		return err;
	path->type = twin_ip_classify(tn, NULL, path->daddr);
	if (path->type == TWIN_PATH_LOCAL) {
		twin_path_to_self(path);
	} else {
		err = twin_path_find_device(tn, key, path);
		if (!err && ipv4_is_loopback(path->saddr))
			err = -EINVAL;
		if (!err && path->type == TWIN_PATH_UNICAST &&
		    !(key->flags & TWIN_PATH_ONLY_ASKED))
			err = twin_path_find_neighbour(path);
	}
	if (err) {
		if (key->ifindex &&
		    !dev_get_by_index_rcu(tn->net, key->ifindex))
			return -ENODEV;
		if (err == -ENETUNREACH || err == -EHOSTUNREACH)
			TWIN_COUNT(tn, IP_OUT_NO_ROUTES);
		return err;
	}
	path->mtu_bytes = min_t(u32, path->mtu_bytes,
				TWIN_WIRE_IPV4_MAX_DATAGRAM);
	if (path->ld)
		path->headroom_bytes = LL_RESERVED_SPACE(path->ld->dev);
	path->generation = generation;
	return 0;
}

/*
 * Paths that this CPU has found lately: for callers that look one up for each
 * datagram or connection and keep no path of their own.  A destination replaces
 * another only if it is looked up twice in a row, so that many single lookups do
 * not drive out the destinations that are in use.  Softirqs off.
 *
 * Each has two places, so that two that are in use at a time do not drive out each
 * other.
 */
#define TWIN_PATH_SLOTS	64

struct twin_path_slot {
	struct twin_net *tn;		/* NULL: empty */
	struct twin_path_key key;
	__be32 missed;			/* what was last asked for in vain */
	struct twin_path path;
};

/* TWIN_PATH_SLOTS for each CPU; modules have little static memory of that kind */
static struct twin_path_slot __percpu *twin_path_slots;

/**
 * twin_path_init() - no path is remembered yet
 *
 * Context: Module load.
 * Return: 0 or -ENOMEM.
 */
int twin_path_init(void)
{
	twin_path_slots = __alloc_percpu(TWIN_PATH_SLOTS *
					 sizeof(struct twin_path_slot),
					 __alignof__(struct twin_path_slot));
	return twin_path_slots ? 0 : -ENOMEM;
}

/**
 * twin_path_exit() - end of twin_path_init()'s work
 *
 * Context: Module unload, no namespace is left.
 */
void twin_path_exit(void)
{
	free_percpu(twin_path_slots);
}

/* The first of a question's two places; the other one is its neighbour. */
static u32 twin_path_place(const struct twin_net *tn,
			   const struct twin_path_key *key)
{
	u32 hash = (__force u32)key->daddr + (__force u32)key->saddr +
		   key->ifindex + key->flags + net_hash_mix(tn->net);

	return hash_32(hash, ilog2(TWIN_PATH_SLOTS));
}

static bool twin_path_slot_answers(const struct twin_path_slot *slot,
				   const struct twin_net *tn,
				   const struct twin_path_key *key)
{
	return READ_ONCE(slot->tn) == tn && slot->key.daddr == key->daddr &&
	       slot->key.saddr == key->saddr &&
	       slot->key.ifindex == key->ifindex &&
	       slot->key.flags == key->flags && twin_path_valid(tn, &slot->path);
}

static const struct twin_path *
twin_path_remembered(u32 place, const struct twin_net *tn,
		     const struct twin_path_key *key)
{
	const struct twin_path_slot *slots = this_cpu_ptr(twin_path_slots);

	if (likely(twin_path_slot_answers(&slots[place], tn, key)))
		return &slots[place].path;
	if (twin_path_slot_answers(&slots[place ^ 1], tn, key))
		return &slots[place ^ 1].path;
	return NULL;
}

/* Only complete paths: others are looked up again until they are. */
static void twin_path_remember(u32 place, struct twin_net *tn,
			       const struct twin_path_key *key,
			       const struct twin_path *path)
{
	struct twin_path_slot *slots = this_cpu_ptr(twin_path_slots);
	struct twin_path_slot *slot;

	if (slots[place].missed != key->daddr) {
		slots[place].missed = key->daddr;
		return;
	}
	if (path->type != TWIN_PATH_UNICAST ||
	    (path->entry && !path->header_bytes))
		return;
	/* two that are in use find a place each when the tick has changed */
	slot = &slots[place ^ (jiffies & 1)];
	WRITE_ONCE(slot->tn, NULL);
	slot->key = *key;
	slot->path = *path;
	WRITE_ONCE(slot->tn, tn);
}

static noinline void twin_path_trace(const struct twin_path *path, int err)
{
	trace_twin_ip_path(path->daddr, path->saddr, path->next_hop,
			   path->ld ? path->ld->dev->ifindex : 0,
			   path->mtu_bytes, path->type, err);
}

/**
 * twin_path_find() - where datagrams to a destination go
 * @tn: namespace
 * @key: the question
 * @path: the answer; zeroed first, not valid after an error
 *
 * A destination of 0.0.0.0 means this host, so @path->daddr may differ from
 * what was asked.
 *
 * RFC: 1122 section 3.3.1, 3.3.4
 * Context: Any, under the RCU read lock, which must be held as long as the path
 * is used.  No reference is held: see struct twin_path for what keeps the
 * neighbour's memory.
 * Return: 0, -ENETUNREACH (no route, or a source that is not ours),
 * -EHOSTUNREACH (unreachable), -EACCES (prohibit), -EINVAL (blackhole, a source
 * that is no host or not on that link, a destination in 0/8), -ENODEV,
 * -ENOBUFS.
 */
int twin_path_find(struct twin_net *tn, const struct twin_path_key *key,
		   struct twin_path *path)
{
	u32 place = twin_path_place(tn, key);
	const struct twin_path *found;
	int err = 0;

	local_bh_disable();
	found = twin_path_remembered(place, tn, key);
	if (likely(found)) {
		*path = *found;
	} else {
		err = twin_path_search(tn, key, path);
		if (trace_twin_ip_path_enabled())
			twin_path_trace(path, err);
		if (!err)
			twin_path_remember(place, tn, key, path);
	}
	local_bh_enable();
	return err;
}

/**
 * twin_path_net_exit() - forget a namespace's paths
 * @tn: namespace, which nobody asks about any more
 *
 * Context: Process.
 */
void twin_path_net_exit(struct twin_net *tn)
{
	struct twin_path_slot *slot;
	int cpu, i;

	for_each_possible_cpu(cpu) {
		slot = per_cpu_ptr(twin_path_slots, cpu);
		for (i = 0; i < TWIN_PATH_SLOTS; i++)
			cmpxchg(&slot[i].tn, tn, NULL);
	}
}
