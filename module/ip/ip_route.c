// SPDX-License-Identifier: GPL-2.0
/*
 * The routing table: longest prefix first, then the lowest metric.
 *
 * Prefixes of all lengths are in one hash table, and a bitmap for each first
 * octet says which lengths occur there.  A lookup is one probe for each
 * length in use around the destination, so its cost depends on how many lengths
 * there are, not on how many routes.
 */
#include <linux/bitops.h>
#include <linux/inetdevice.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include "ip.h"

struct twin_route_prefix_key {
	__be32 prefix;
	u32 prefix_len;
};

/*
 * struct twin_route_prefix - the routes of one prefix
 *
 * Lifetime: while it has a route; freed after a grace period.
 */
struct twin_route_prefix {
	struct rhash_head node;
	struct twin_route_prefix_key key;	/* [I] */
	struct list_head list;		/* [R r] in twin_route_net.by_length */
	struct list_head routes;	/* [R r] of twin_route, best metric first */
	struct rcu_head rcu;
};

static u32 twin_route_prefix_hash(const void *data, u32 len, u32 seed)
{
	const struct twin_route_prefix_key *key = data;

	return twin_hash_place(key->prefix, key->prefix_len, seed);
}

static int twin_route_prefix_differs(struct rhashtable_compare_arg *arg,
				     const void *object)
{
	const struct twin_route_prefix_key *key = arg->key;
	const struct twin_route_prefix *prefix = object;

	return prefix->key.prefix != key->prefix ||
	       prefix->key.prefix_len != key->prefix_len;
}

/* Functions of its own: those that the table knows for any key take longer. */
static const struct rhashtable_params twin_route_prefix_params = {
	.head_offset = offsetof(struct twin_route_prefix, node),
	.key_offset = offsetof(struct twin_route_prefix, key),
	.key_len = sizeof(struct twin_route_prefix_key),
	.hashfn = twin_route_prefix_hash,
	.obj_cmpfn = twin_route_prefix_differs,
	.automatic_shrinking = true,
};

/* Inlined, because a lookup may call it several times. */
static __always_inline struct twin_route_prefix *
twin_route_prefix_probe(struct twin_route_net *rn, __be32 addr,
			unsigned int prefix_len)
{
	struct twin_route_prefix_key key = {
		.prefix = addr & inet_make_mask(prefix_len),
		.prefix_len = prefix_len,
	};

	return rhashtable_lookup(&rn->prefixes, &key,
				 twin_route_prefix_params);
}

/* For those who change the table: RTNL keeps the prefix that they get. */
static struct twin_route_prefix *
twin_route_prefix_find(struct twin_route_net *rn, __be32 addr,
		       unsigned int prefix_len)
{
	struct twin_route_prefix *prefix;

	rcu_read_lock();
	prefix = twin_route_prefix_probe(rn, addr, prefix_len);
	rcu_read_unlock();
	return prefix;
}

static unsigned int twin_route_block(__be32 addr)
{
	return ntohl(addr) >> 24;
}

/* From now on this length is looked for where the prefix is. */
static void twin_route_length_begin(struct twin_route_net *rn, __be32 prefix,
				    unsigned int prefix_len)
{
	unsigned int block = twin_route_block(prefix);
	unsigned int end = block + (prefix_len < 8 ? 1U << (8 - prefix_len) : 1);

	for (; prefix_len && block < end; block++)
		WRITE_ONCE(rn->lengths[block],
			   rn->lengths[block] | BIT(prefix_len - 1));
}

/* There is no prefix of this length any more. */
static void twin_route_length_end(struct twin_route_net *rn,
				  unsigned int prefix_len)
{
	unsigned int block;

	for (block = 0; prefix_len && block < TWIN_ROUTE_BLOCKS; block++)
		WRITE_ONCE(rn->lengths[block],
			   rn->lengths[block] & ~BIT(prefix_len - 1));
}

static struct twin_route_prefix *
twin_route_prefix_create(struct twin_route_net *rn, __be32 prefix,
			 unsigned int prefix_len)
{
	struct twin_route_prefix *found;
	int err;

	found = kzalloc(sizeof(*found), GFP_KERNEL_ACCOUNT);
	if (!found)
		return ERR_PTR(-ENOBUFS);
	found->key.prefix = prefix;
	found->key.prefix_len = prefix_len;
	INIT_LIST_HEAD(&found->routes);
	err = rhashtable_insert_fast(&rn->prefixes, &found->node,
				     twin_route_prefix_params);
	if (err) {
		kfree(found);
		return ERR_PTR(err);
	}
	list_add_tail_rcu(&found->list, &rn->by_length[prefix_len]);
	twin_route_length_begin(rn, prefix, prefix_len);
	return found;
}

static void twin_route_prefix_remove(struct twin_route_net *rn,
				     struct twin_route_prefix *prefix)
{
	unsigned int prefix_len = prefix->key.prefix_len;

	list_del_rcu(&prefix->list);
	if (list_empty(&rn->by_length[prefix_len]))
		twin_route_length_end(rn, prefix_len);
	rhashtable_remove_fast(&rn->prefixes, &prefix->node,
			       twin_route_prefix_params);
	kfree_rcu(prefix, rcu);
}

/* The link room must know what comes in to such a prefix. */
static bool twin_route_has_local(const struct twin_route *route)
{
	return route->type == RTN_LOCAL || route->type == RTN_BROADCAST;
}

/* What a route needs, before it is in its list: nothing can fail after that. */
static int twin_route_prepare(struct twin_net *tn, struct twin_route *route)
{
	if (!twin_route_has_local(route))
		return 0;
	route->local.key.prefix = route->prefix;
	route->local.key.prefix_len = route->prefix_len;
	route->local.key.ifindex = route->ld ? route->ld->dev->ifindex : 0;
	return twin_link_local_add(tn, &route->local);
}

/* The route is in its list: tell everybody. */
static void twin_route_begin(struct twin_net *tn, struct twin_route *route,
			     enum twin_event event)
{
	twin_path_invalidate(tn);
	twin_event(tn, event, route);
}

/* The route is out of its list, and nobody is to be told any more. */
static void twin_route_release(struct twin_net *tn, struct twin_route *route)
{
	if (twin_route_has_local(route))
		twin_link_local_del(tn, &route->local);
	twin_path_invalidate(tn);
	kfree_rcu(route, rcu);
}

static void twin_route_unlink(struct twin_net *tn,
			      struct twin_route_prefix *prefix,
			      struct twin_route *route)
{
	list_del_rcu(&route->list);
	if (list_empty(&prefix->routes))
		twin_route_prefix_remove(tn->route, prefix);
	twin_event(tn, TWIN_EVENT_ROUTE_DEL, route);
	twin_route_release(tn, route);
}

static bool twin_route_usable(const struct twin_route *route, int ifindex,
			      bool onlink_only)
{
	if (!route->ld)
		return true;
	if (ifindex && route->ld->dev->ifindex != ifindex)
		return false;
	return READ_ONCE(route->ld->up) && !(onlink_only && route->gateway);
}

/**
 * twin_route_gateway_dead() - does a gateway not answer?
 * @ld: its device
 * @gateway: its address, 0 for none
 *
 * RFC: 1122 section 3.3.1.4
 * Context: Any; takes the RCU read lock.
 * Return: true if it was asked for by ARP in vain.
 */
bool twin_route_gateway_dead(const struct twin_link_dev *ld, __be32 gateway)
{
	const struct twin_arp_entry *entry;
	bool dead;

	if (!gateway || !ld)
		return false;
	rcu_read_lock();
	entry = twin_arp_find(ld->tn, ld->dev, gateway);
	dead = entry && READ_ONCE(entry->state) == NUD_FAILED;
	rcu_read_unlock();
	return dead;
}

/* The best one; one by a dead gateway only if there is no other. */
static const struct twin_route *
twin_route_first_usable(const struct twin_route_prefix *prefix, int ifindex,
			bool onlink_only)
{
	const struct twin_route *route, *dead = NULL;

	list_for_each_entry_rcu(route, &prefix->routes, list,
				lockdep_rtnl_is_held()) {
		if (!twin_route_usable(route, ifindex, onlink_only))
			continue;
		if (list_is_singular(&prefix->routes) ||
		    !twin_route_gateway_dead(route->ld, route->gateway))
			return route;
		dead = dead ?: route;
	}
	return dead;
}

/**
 * twin_route_lookup() - the route to a destination
 * @tn: namespace
 * @daddr: destination
 * @ifindex: only routes over this device, or 0
 * @onlink_only: only routes without a gateway
 *
 * A prefix all of whose routes lead over devices that are down is passed over
 * for a shorter one, and a route whose gateway does not answer for a worse one.
 *
 * RFC: 1122 section 3.3.1.2, 3.3.1.5; 1812 section 5.2.4.3
 * Context: Any, under the RCU read lock or RTNL, which keeps the route alive.
 * Return: the route, which may be one that forbids (ld is NULL), or NULL.
 */
const struct twin_route *twin_route_lookup(struct twin_net *tn, __be32 daddr,
					   int ifindex, bool onlink_only)
{
	struct twin_route_net *rn = tn->route;
	u32 lengths = READ_ONCE(rn->lengths[twin_route_block(daddr)]);
	const struct twin_route_prefix *prefix;
	const struct twin_route *route;
	unsigned int prefix_len;

	for (;;) {
		prefix_len = fls(lengths);
		prefix = twin_route_prefix_probe(rn, daddr, prefix_len);
		if (prefix) {
			route = twin_route_first_usable(prefix, ifindex,
							onlink_only);
			if (route)
				return route;
		}
		if (!prefix_len)
			return NULL;
		lengths &= ~BIT(prefix_len - 1);
	}
}

static bool twin_route_same(const struct twin_route *a,
			    const struct twin_route *b)
{
	return a->type == b->type && a->scope == b->scope &&
	       a->protocol == b->protocol && a->flags == b->flags &&
	       a->gateway == b->gateway && a->prefsrc == b->prefsrc &&
	       a->mtu_bytes == b->mtu_bytes && a->ld == b->ld;
}

/* First route with the metric of @route, or the one it has to stand before. */
static struct list_head *twin_route_place(struct twin_route_prefix *prefix,
					  const struct twin_route *route,
					  struct twin_route **equal)
{
	struct twin_route *other;

	*equal = NULL;
	list_for_each_entry(other, &prefix->routes, list) {
		if (other->metric < route->metric)
			continue;
		if (other->metric == route->metric)
			*equal = other;
		return &other->list;
	}
	return &prefix->routes;
}

/* Same metric: is there one just like @route?  Else where the metric ends. */
static struct list_head *twin_route_place_after(struct twin_route_prefix *prefix,
						struct twin_route *equal,
						const struct twin_route *route,
						struct twin_route **twin)
{
	struct twin_route *other = equal;

	*twin = NULL;
	list_for_each_entry_from(other, &prefix->routes, list) {
		if (other->metric != route->metric)
			return &other->list;
		if (twin_route_same(other, route))
			*twin = other;
	}
	return &prefix->routes;
}

static int twin_route_replace(struct twin_net *tn, struct twin_route *route,
			      struct twin_route *equal, struct twin_route *twin)
{
	if (twin) {
		kfree(route);
		return twin == equal ? 0 : -EEXIST;
	}
	if (twin_route_prepare(tn, route)) {
		kfree(route);
		return -ENOBUFS;
	}
	list_replace_rcu(&equal->list, &route->list);
	twin_route_begin(tn, route, TWIN_EVENT_ROUTE_REPLACED);
	twin_route_release(tn, equal);
	return 0;
}

static struct twin_route *
twin_route_alloc(const struct twin_route_config *config,
		 struct twin_link_dev *ld)
{
	struct twin_route *route = kzalloc(sizeof(*route),
					   GFP_KERNEL_ACCOUNT);

	if (!route)
		return NULL;
	route->prefix = config->prefix;
	route->prefix_len = config->prefix_len;
	route->type = config->type;
	route->scope = config->scope;
	route->protocol = config->protocol;
	route->flags = config->flags;
	route->gateway = config->gateway;
	route->prefsrc = config->prefsrc;
	route->metric = config->metric;
	route->mtu_bytes = config->mtu_bytes;
	route->ld = ld;
	return route;
}

/*
 * Takes over @route, frees it on error.  The flags mean what they do for
 * AF_INET: an equal route has the same prefix and metric.
 */
static int twin_route_enter(struct twin_net *tn, struct twin_route *route,
			    unsigned int nlmsg_flags)
{
	struct twin_route *equal = NULL, *twin = NULL;
	struct twin_route_prefix *prefix;
	struct list_head *before, *end;
	int err;

	prefix = twin_route_prefix_find(tn->route, route->prefix,
					route->prefix_len);
	if (prefix) {
		before = twin_route_place(prefix, route, &equal);
		if (equal) {
			end = twin_route_place_after(prefix, equal, route,
						     &twin);
			if (nlmsg_flags & NLM_F_APPEND)
				before = end;
		}
	}
	if (equal && !(nlmsg_flags & NLM_F_EXCL) &&
	    (nlmsg_flags & NLM_F_REPLACE))
		return twin_route_replace(tn, route, equal, twin);
	err = -EEXIST;
	if (equal && ((nlmsg_flags & NLM_F_EXCL) || twin))
		goto free_route;
	err = -ENOENT;
	if (!(nlmsg_flags & NLM_F_CREATE))
		goto free_route;
	if (!prefix) {
		prefix = twin_route_prefix_create(tn->route, route->prefix,
						  route->prefix_len);
		err = PTR_ERR_OR_ZERO(prefix);
		if (err)
			goto free_route;
		before = &prefix->routes;
	}
	if (twin_route_prepare(tn, route)) {
		if (list_empty(&prefix->routes))
			twin_route_prefix_remove(tn->route, prefix);
		err = -ENOBUFS;
		goto free_route;
	}
	list_add_tail_rcu(&route->list, before);
	twin_route_begin(tn, route, TWIN_EVENT_ROUTE_NEW);
	return 0;

free_route:
	kfree(route);
	return err;
}

/**
 * twin_route_insert() - put a route into the table
 * @tn: namespace
 * @config: the route, known to be right, and in nlmsg_flags what to do
 * @ld: its device, up or not; NULL for a route that forbids
 *
 * Context: Process context, RTNL held.
 * Return: 0, -EEXIST, -ENOENT (nothing to replace), -ENOBUFS, or an error of
 * rhashtable_insert_fast().
 */
int twin_route_insert(struct twin_net *tn,
		      const struct twin_route_config *config,
		      struct twin_link_dev *ld)
{
	struct twin_route *route;

	ASSERT_RTNL();
	route = twin_route_alloc(config, ld);
	if (!route)
		return -ENOBUFS;
	return twin_route_enter(tn, route, config->nlmsg_flags);
}

/* What user space left out of a deletion matches anything. */
static bool twin_route_matches(const struct twin_route *route,
			       const struct twin_route_config *config)
{
	if (config->type && route->type != config->type)
		return false;
	if (config->scope != RT_SCOPE_NOWHERE && route->scope != config->scope)
		return false;
	if (config->prefsrc && route->prefsrc != config->prefsrc)
		return false;
	if (config->protocol && route->protocol != config->protocol)
		return false;
	if (config->metric && route->metric != config->metric)
		return false;
	if (config->mtu_bytes && route->mtu_bytes != config->mtu_bytes)
		return false;
	if (config->gateway && route->gateway != config->gateway)
		return false;
	return !config->ifindex ||
	       (route->ld && route->ld->dev->ifindex == config->ifindex);
}

/**
 * twin_route_remove() - take the first route that matches out of the table
 * @tn: namespace
 * @config: see twin_route_del(); prefix and length are known to be right
 *
 * Context: Process context, RTNL held.
 * Return: 0, or -ESRCH if there is none.
 */
int twin_route_remove(struct twin_net *tn,
		      const struct twin_route_config *config)
{
	struct twin_route_prefix *prefix;
	struct twin_route *route;

	ASSERT_RTNL();
	prefix = twin_route_prefix_find(tn->route, config->prefix,
					config->prefix_len);
	if (!prefix)
		return -ESRCH;
	list_for_each_entry(route, &prefix->routes, list) {
		if (!twin_route_matches(route, config))
			continue;
		twin_route_unlink(tn, prefix, route);
		return 0;
	}
	return -ESRCH;
}

/* With its last route the prefix ends, and is not to be looked at any more. */
static void twin_route_flush_prefix(struct twin_net *tn,
				    struct twin_route_prefix *prefix,
				    bool (*unwanted)(const struct twin_route *r,
						     const void *arg),
				    const void *arg)
{
	struct twin_route *route, *next;
	bool last;

	list_for_each_entry_safe(route, next, &prefix->routes, list) {
		if (!unwanted(route, arg))
			continue;
		last = list_is_singular(&prefix->routes);
		twin_route_unlink(tn, prefix, route);
		if (last)
			return;
	}
}

/* Removes every route that @unwanted says yes to. */
static void twin_route_flush(struct twin_net *tn,
			     bool (*unwanted)(const struct twin_route *route,
					      const void *arg),
			     const void *arg)
{
	struct twin_route_prefix *prefix, *next;
	unsigned int len;

	ASSERT_RTNL();
	for (len = 0; len < TWIN_ROUTE_LENGTHS; len++)
		list_for_each_entry_safe(prefix, next,
					 &tn->route->by_length[len], list)
			twin_route_flush_prefix(tn, prefix, unwanted, arg);
}

static bool twin_route_over_dev(const struct twin_route *route, const void *ld)
{
	return route->ld == ld;
}

/**
 * twin_route_flush_dev() - remove the routes over a device
 * @tn: namespace
 * @ld: device, still readable
 *
 * Context: Process context, RTNL held.
 */
void twin_route_flush_dev(struct twin_net *tn, const struct twin_link_dev *ld)
{
	twin_route_flush(tn, twin_route_over_dev, ld);
}

static bool twin_route_from_addr(const struct twin_route *route,
				 const void *local)
{
	return route->prefsrc == *(const __be32 *)local;
}

/**
 * twin_route_flush_prefsrc() - remove the routes that name a source address
 * @tn: namespace
 * @local: address that is no longer ours
 *
 * Context: Process context, RTNL held.
 */
void twin_route_flush_prefsrc(struct twin_net *tn, __be32 local)
{
	twin_route_flush(tn, twin_route_from_addr, &local);
}

/**
 * twin_route_walk() - show every route
 * @tn: namespace
 * @show: called for each, must not sleep; non-zero stops the walk
 * @arg: for @show
 *
 * The order is the same from one walk to the next while nothing changes:
 * default route first, longer prefixes later, in the order they were added.
 *
 * Context: Any; takes the RCU read lock around the walk.
 * Return: 0 or what @show returned.
 */
int twin_route_walk(struct twin_net *tn,
		    int (*show)(const struct twin_route *route, void *arg),
		    void *arg)
{
	const struct twin_route_prefix *prefix;
	const struct twin_route *route;
	unsigned int len;
	int ret = 0;

	rcu_read_lock();
	for (len = 0; len < TWIN_ROUTE_LENGTHS; len++)
		list_for_each_entry_rcu(prefix, &tn->route->by_length[len],
					list)
			list_for_each_entry_rcu(route, &prefix->routes, list) {
				ret = show(route, arg);
				if (ret)
					goto out;
			}
out:
	rcu_read_unlock();
	return ret;
}

/**
 * twin_route_net_init() - an empty table
 * @tn: namespace being set up
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int twin_route_net_init(struct twin_net *tn)
{
	struct twin_route_net *rn;
	unsigned int len;
	int err;

	rn = kzalloc(sizeof(*rn), GFP_KERNEL);
	if (!rn)
		return -ENOMEM;
	rn->tn = tn;
	for (len = 0; len < TWIN_ROUTE_LENGTHS; len++)
		INIT_LIST_HEAD(&rn->by_length[len]);
	err = rhashtable_init(&rn->prefixes, &twin_route_prefix_params);
	if (err)
		goto free_table;
	err = twin_path_exception_net_init(rn);
	if (err)
		goto free_prefixes;
	tn->route = rn;
	return 0;

free_prefixes:
	rhashtable_destroy(&rn->prefixes);
free_table:
	kfree(rn);
	return err;
}

static void twin_route_prefix_free(void *ptr, void *arg)
{
	struct twin_route_prefix *prefix = ptr;
	struct twin_route *route, *next;
	struct twin_net *tn = arg;

	list_for_each_entry_safe(route, next, &prefix->routes, list) {
		if (twin_route_has_local(route))
			twin_link_local_del(tn, &route->local);
		/* the table of local prefixes may be growing just now */
		kfree_rcu(route, rcu);
	}
	kfree(prefix);
}

/**
 * twin_route_net_exit() - free the table
 * @tn: namespace whose devices are detached and sockets gone: no reader is left
 *
 * Context: Process context; may sleep.
 */
void twin_route_net_exit(struct twin_net *tn)
{
	struct twin_route_net *rn = tn->route;

	twin_path_exception_net_exit(rn);
	twin_path_net_exit(tn);
	rhashtable_free_and_destroy(&rn->prefixes, twin_route_prefix_free, tn);
	kfree(rn);
	tn->route = NULL;
}
