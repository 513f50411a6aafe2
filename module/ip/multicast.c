// SPDX-License-Identifier: GPL-2.0
/*
 * Multicast memberships of sockets and their source filters (RFC 1112 6, 7;
 * RFC 3376 3.1 for the filters of one socket).
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/in.h>
#include <linux/rtnetlink.h>
#include "multicast.h"

/*
 * Membership of one socket in one group on one device.
 *
 * Letters: R changes under RTNL; r read under RCU; I immutable.
 * Lifetime: from join to leave or close; freed after a grace period.  Holds no
 * reference to the device: it is looked up by number when it matters.
 */
struct twin_group {
	struct twin_group __rcu *next;	/* [R r] of the same socket */
	struct list_head joined;	/* [R r] in twin_multicast_all */
	const struct twin_net *tn;	/* [I] */
	__be32 group;			/* [I] */
	int ifindex;			/* [I] */
	bool include;			/* [R r] sources are the only wanted ones */
	u8 source_count;		/* [R r] */
	__be32 sources[TWIN_GROUP_SOURCES_MAX];	/* [R r] */
	struct rcu_head rcu;
};

/* All memberships of this host, for the copy that a sender's host gets. */
static LIST_HEAD(twin_multicast_all);

static struct twin_group *twin_multicast_next(struct twin_group __rcu *const *p)
{
	return rcu_dereference_rtnl(*p);
}

/**
 * twin_multicast_device() - the device that a group option means
 * @tn: namespace
 * @key: device by number, by address, or (neither) by the route to the group
 *
 * Context: RTNL or RCU read lock held.
 * Return: ifindex of a device that Twin is attached to, or -ENODEV.
 */
int twin_multicast_device(struct twin_net *tn,
			  const struct twin_group_key *key)
{
	const struct twin_link_addr *addr;
	const struct twin_route *route;
	struct twin_link_dev *ld = NULL;

	rcu_read_lock();
	if (key->ifindex) {
		ld = twin_link_find(tn, key->ifindex);
	} else if (key->local) {
		addr = twin_link_addr_find(tn, key->local);
		if (addr)
			ld = addr->ld;
	} else {
		route = twin_route_lookup(tn, key->group, 0, false);
		ld = route ? route->ld :
			     list_first_or_null_rcu(&tn->link->devices,
						    struct twin_link_dev, list);
	}
	rcu_read_unlock();
	return ld ? ld->dev->ifindex : -ENODEV;
}

/* RFC 1112 6.4: the frames of a group on Ethernet. */
static void twin_multicast_filter_frames(const struct twin_group *group,
					 bool add)
{
	struct net_device *dev = __dev_get_by_index(group->tn->net,
						    group->ifindex);
	u32 low = ntohl(group->group);
	u8 frames_to[ETH_ALEN] = {
		0x01, 0x00, 0x5e, (low >> 16) & 0x7f, (u8)(low >> 8), (u8)low
	};

	if (!dev || dev->type != ARPHRD_ETHER)
		return;
	if (add)
		dev_mc_add(dev, frames_to);
	else
		dev_mc_del(dev, frames_to);
}

static struct twin_group __rcu **
twin_multicast_find(struct twin_sock *ts, __be32 group, int ifindex)
{
	struct twin_group __rcu **p = &ts->groups;
	struct twin_group *entry;

	for (; (entry = rtnl_dereference(*p)); p = &entry->next)
		if (entry->group == group &&
		    (!ifindex || entry->ifindex == ifindex))
			return p;
	return NULL;
}

/**
 * twin_multicast_join() - IP_ADD_MEMBERSHIP
 * @ts: socket
 * @key: group and device
 * @include: start with no source wanted (source-specific join)
 *
 * RFC: 1112 section 6.1, 7.1
 * Context: Process, RTNL held.
 * Return: 0; -EINVAL (not a group), -ENODEV, -EADDRINUSE (joined already),
 * -ENOBUFS (too many), -ENOMEM.
 */
int twin_multicast_join(struct twin_sock *ts, const struct twin_group_key *key,
			bool include)
{
	struct twin_group *entry;
	int ifindex, count = 0;

	ASSERT_RTNL();
	if (!ipv4_is_multicast(key->group))
		return -EINVAL;
	ifindex = twin_multicast_device(ts->flow.tn, key);
	if (ifindex < 0)
		return ifindex;
	for (entry = rtnl_dereference(ts->groups); entry;
	     entry = rtnl_dereference(entry->next)) {
		if (entry->group == key->group && entry->ifindex == ifindex)
			return -EADDRINUSE;
		count++;
	}
	if (count >= TWIN_GROUP_MAX)
		return -ENOBUFS;
	entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (!entry)
		return -ENOMEM;
	entry->tn = ts->flow.tn;
	entry->group = key->group;
	entry->ifindex = ifindex;
	entry->include = include;
	RCU_INIT_POINTER(entry->next, rtnl_dereference(ts->groups));
	rcu_assign_pointer(ts->groups, entry);
	list_add_tail_rcu(&entry->joined, &twin_multicast_all);
	twin_multicast_filter_frames(entry, true);
	return 0;
}

static void twin_multicast_unlink(struct twin_group __rcu **p)
{
	struct twin_group *entry = rtnl_dereference(*p);

	rcu_assign_pointer(*p, rtnl_dereference(entry->next));
	list_del_rcu(&entry->joined);
	twin_multicast_filter_frames(entry, false);
	kfree_rcu(entry, rcu);
}

/**
 * twin_multicast_leave() - IP_DROP_MEMBERSHIP
 * @ts: socket
 * @key: group and device
 *
 * Context: Process, RTNL held.
 * Return: 0 or -EADDRNOTAVAIL (not a member).
 */
int twin_multicast_leave(struct twin_sock *ts,
			 const struct twin_group_key *key)
{
	struct twin_group __rcu **p;
	int ifindex = key->ifindex;

	ASSERT_RTNL();
	if (!ifindex && key->local) {
		ifindex = twin_multicast_device(ts->flow.tn, key);
		if (ifindex < 0)
			return -EADDRNOTAVAIL;
	}
	p = twin_multicast_find(ts, key->group, ifindex);
	if (!p)
		return -EADDRNOTAVAIL;
	twin_multicast_unlink(p);
	return 0;
}

/**
 * twin_multicast_leave_all() - the socket closes
 * @ts: socket
 *
 * Context: Process; takes RTNL, so the socket lock must not be held.
 */
void twin_multicast_leave_all(struct twin_sock *ts)
{
	if (!rcu_access_pointer(ts->groups))
		return;
	rtnl_lock();
	while (rtnl_dereference(ts->groups))
		twin_multicast_unlink(&ts->groups);
	rtnl_unlock();
}

static int twin_multicast_source_index(const struct twin_group *entry,
				       __be32 source)
{
	/* pairs with the store in twin_multicast_source_add() */
	int i, count = smp_load_acquire(&entry->source_count);

	for (i = 0; i < count; i++)
		if (READ_ONCE(entry->sources[i]) == source)
			return i;
	return -1;
}

static int twin_multicast_source_add(struct twin_group *entry, __be32 source)
{
	if (twin_multicast_source_index(entry, source) >= 0)
		return -EADDRNOTAVAIL;
	if (entry->source_count >= TWIN_GROUP_SOURCES_MAX)
		return -ENOBUFS;
	WRITE_ONCE(entry->sources[entry->source_count], source);
	/* pairs with the load in twin_multicast_source_index() */
	smp_store_release(&entry->source_count, entry->source_count + 1);
	return 0;
}

static int twin_multicast_source_del(struct twin_group *entry, __be32 source)
{
	int i = twin_multicast_source_index(entry, source);

	if (i < 0)
		return -EADDRNOTAVAIL;
	WRITE_ONCE(entry->sources[i], entry->sources[entry->source_count - 1]);
	WRITE_ONCE(entry->source_count, entry->source_count - 1);
	return 0;
}

/**
 * twin_multicast_source() - one source of one group
 * @ts: socket
 * @key: group and device
 * @source: the source's address
 * @include: a wanted source (IP_*_SOURCE_MEMBERSHIP), else an unwanted one
 *	(IP_BLOCK_SOURCE, IP_UNBLOCK_SOURCE)
 * @add: add it to the list, else remove it
 *
 * The first wanted source joins the group, the last one leaves it.
 *
 * Context: Process, RTNL held.
 * Return: 0; -EINVAL (not a member, or the list is of the other
 * sort), -EADDRNOTAVAIL (listed already, or not listed), -ENOBUFS (too many).
 */
int twin_multicast_source(struct twin_sock *ts,
			  const struct twin_group_key *key, __be32 source,
			  bool include, bool add)
{
	struct twin_group __rcu **p;
	struct twin_group *entry;
	int ifindex, err;

	ASSERT_RTNL();
	ifindex = twin_multicast_device(ts->flow.tn, key);
	if (ifindex < 0)
		return ifindex;
	p = twin_multicast_find(ts, key->group, ifindex);
	if (!p && include && add) {
		err = twin_multicast_join(ts, key, true);
		if (err)
			return err;
		p = twin_multicast_find(ts, key->group, ifindex);
	}
	if (!p)
		return -EINVAL;
	entry = rtnl_dereference(*p);
	if (entry->include != include) {
		if (entry->source_count)
			return -EINVAL;
		WRITE_ONCE(entry->include, include);
	}
	if (add)
		return twin_multicast_source_add(entry, source);
	err = twin_multicast_source_del(entry, source);
	if (!err && include && !entry->source_count)
		twin_multicast_unlink(p);
	return err;
}

/**
 * twin_multicast_wants() - does a socket want a datagram sent to a group?
 * @ts: socket
 * @group: destination of the datagram
 * @saddr: its source
 * @ifindex: device it came in on, 0 if it was sent on this host
 *
 * RFC: 1112 section 7.1; 3376 section 3.1
 * Context: RCU read lock held.
 * Return: true if so.
 */
bool twin_multicast_wants(const struct twin_sock *ts, __be32 group,
			  __be32 saddr, int ifindex)
{
	const struct twin_group *entry = twin_multicast_next(&ts->groups);

	for (; entry; entry = twin_multicast_next(&entry->next)) {
		if (entry->group != group ||
		    (ifindex && entry->ifindex != ifindex))
			continue;
		return READ_ONCE(entry->include) ==
		       (twin_multicast_source_index(entry, saddr) >= 0);
	}
	return twin_sock_test(ts, TWIN_SOCK_MULTICAST_ALL);
}

/**
 * twin_multicast_joined() - is any socket of this host in a group?
 * @tn: namespace
 * @group: multicast address
 * @ifindex: device
 *
 * Every host is in the group of all hosts, on every device.
 *
 * RFC: 1112 section 4, 7.2
 * Context: RCU read lock held.
 * Return: true if so.
 */
bool twin_multicast_joined(const struct twin_net *tn, __be32 group,
			   int ifindex)
{
	const struct twin_group *entry;

	if (group == htonl(INADDR_ALLHOSTS_GROUP))
		return true;
	list_for_each_entry_rcu(entry, &twin_multicast_all, joined)
		if (entry->tn == tn && entry->group == group &&
		    entry->ifindex == ifindex)
			return true;
	return false;
}
