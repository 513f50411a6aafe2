// SPDX-License-Identifier: GPL-2.0
/*
 * Multicast memberships of sockets and their source filters (RFC 1112 6, 7;
 * RFC 3376 3.1).
 */
#include <linux/in.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include "multicast.h"

static struct twin_group *twin_multicast_next(struct twin_group __rcu *const *p)
{
	return rcu_dereference_rtnl(*p);
}

/**
 * twin_multicast_device() - the device that a group option means
 * @tn: namespace
 * @key: device by number, by address, or (neither) by the route to the group
 *
 * Context: Any; takes the RCU read lock.
 * Return: ifindex of a device that Twin is attached to, or -ENODEV.
 */
int twin_multicast_device(struct twin_net *tn,
			  const struct twin_group_key *key)
{
	const struct twin_link_addr *addr;
	const struct twin_route *route;
	struct twin_link_dev *ld = NULL;
	int ifindex;

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
	ifindex = ld ? ld->dev->ifindex : -ENODEV;
	rcu_read_unlock();
	return ifindex;
}

/* On a device; where that is not known, the one that was asked for by @local. */
static struct twin_group __rcu **
twin_multicast_find(struct twin_sock *ts, __be32 group, int ifindex,
		    __be32 local)
{
	struct twin_group __rcu **p = &ts->groups;
	struct twin_group *entry;

	for (; (entry = rtnl_dereference(*p)); p = &entry->next)
		if (entry->at->group == group &&
		    (ifindex ? entry->at->igif->ifindex == ifindex :
			       entry->local == local))
			return p;
	return NULL;
}

/* How many memberships a socket has; -EADDRINUSE if this one is among them. */
static int twin_multicast_count(struct twin_sock *ts, __be32 group, int ifindex)
{
	struct twin_group *entry;
	int count = 0;

	for (entry = rtnl_dereference(ts->groups); entry;
	     entry = rtnl_dereference(entry->next)) {
		if (entry->at->group == group &&
		    entry->at->igif->ifindex == ifindex)
			return -EADDRINUSE;
		count++;
	}
	return count;
}

/* Takes @filter over; it is freed if this fails. */
static int twin_multicast_enter(struct twin_sock *ts,
				const struct twin_group_key *key, int ifindex,
				struct twin_source_list *filter)
{
	struct twin_group *entry;

	if (!filter)
		return -ENOMEM;
	entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (entry)
		entry->at = twin_igmp_join(ts->flow.tn, ifindex, key->group);
	if (!entry || !entry->at) {
		kfree(entry);
		kfree(filter);
		return -ENOMEM;
	}
	RCU_INIT_POINTER(entry->filter, filter);
	entry->local = key->local;
	entry->mode_fixed = filter->count;
	RCU_INIT_POINTER(entry->next, rtnl_dereference(ts->groups));
	rcu_assign_pointer(ts->groups, entry);
	list_add_tail(&entry->member, &entry->at->members);
	twin_igmp_refresh(entry->at);
	return 0;
}

/* Joins with a filter that wants everything, or only @source. */
static int twin_multicast_join_filtered(struct twin_sock *ts,
					const struct twin_group_key *key,
					bool include, __be32 source)
{
	int ifindex, count;

	ASSERT_RTNL();
	if (!ipv4_is_multicast(key->group))
		return -EINVAL;
	ifindex = twin_multicast_device(ts->flow.tn, key);
	if (ifindex < 0)
		return ifindex;
	count = twin_multicast_count(ts, key->group, ifindex);
	if (count < 0)
		return count;
	if (count >= READ_ONCE(ts->flow.tn->conf.igmp_max_memberships))
		return -ENOBUFS;
	return twin_multicast_enter(ts, key, ifindex,
				    twin_source_list_make(include, &source,
							  include));
}

/**
 * twin_multicast_join() - IP_ADD_MEMBERSHIP
 * @ts: socket
 * @key: group and device
 *
 * RFC: 1112 section 6.1, 7.1
 * Context: Process, RTNL held.
 * Return: 0; -EINVAL (not a group), -ENODEV, -EADDRINUSE (joined already),
 * -ENOBUFS (too many), -ENOMEM.
 */
int twin_multicast_join(struct twin_sock *ts, const struct twin_group_key *key)
{
	return twin_multicast_join_filtered(ts, key, false, 0);
}

static void twin_multicast_unlink(struct twin_group __rcu **p)
{
	struct twin_group *entry = rtnl_dereference(*p);

	rcu_assign_pointer(*p, rtnl_dereference(entry->next));
	list_del(&entry->member);
	twin_igmp_refresh(entry->at);
	kfree_rcu(rtnl_dereference(entry->filter), rcu);
	kfree_rcu(entry, rcu);
}

/**
 * twin_multicast_leave() - IP_DROP_MEMBERSHIP
 * @ts: socket
 * @key: group and device
 *
 * The device is found as for joining; where that is gone, or its address, the
 * membership is the one that was asked for in the same words.
 *
 * Context: Process, RTNL held.
 * Return: 0; -EADDRNOTAVAIL (not a member), -ENODEV (no device is named, and there
 * is no way to the group).
 */
int twin_multicast_leave(struct twin_sock *ts,
			 const struct twin_group_key *key)
{
	struct twin_group __rcu **p;
	int ifindex = key->ifindex;

	ASSERT_RTNL();
	if (!ifindex) {
		ifindex = twin_multicast_device(ts->flow.tn, key);
		if (ifindex < 0 && !key->local)
			return -ENODEV;
		ifindex = max(ifindex, 0);
	}
	p = twin_multicast_find(ts, key->group, ifindex, key->local);
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

static int twin_multicast_replace(struct twin_group *entry,
				  struct twin_source_list *filter)
{
	struct twin_source_list *old = rtnl_dereference(entry->filter);

	if (!filter)
		return -ENOMEM;
	rcu_assign_pointer(entry->filter, filter);
	if (filter->count)
		entry->mode_fixed = true;
	twin_igmp_refresh(entry->at);
	kfree_rcu(old, rcu);
	return 0;
}

/* One source more or less in a list of the right mode. */
static int twin_multicast_edit(struct twin_sock *ts, struct twin_group *entry,
			       __be32 source, bool add)
{
	const struct twin_source_list *old = rtnl_dereference(entry->filter);

	if (twin_source_list_has(old, source) == add)
		return -EADDRNOTAVAIL;
	if (add && old->count >=
	    (unsigned int)READ_ONCE(ts->flow.tn->conf.igmp_max_msf))
		return -ENOBUFS;
	return twin_multicast_replace(entry, twin_source_list_edit(old, source,
								   add));
}

/*
 * A membership that never named a source may become one of the other mode; one
 * whose last blocked source was unblocked may not, as AF_INET's.
 */
static int twin_multicast_change_mode(struct twin_group *entry, bool include,
				      __be32 source, bool add)
{
	if (entry->mode_fixed)
		return -EINVAL;
	if (!add)
		return -EADDRNOTAVAIL;
	return twin_multicast_replace(entry, twin_source_list_make(include,
								   &source, 1));
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
 * Return: 0; -EINVAL (not a group, not a member, or the list is of the other
 * sort), -ENODEV, -EADDRNOTAVAIL (listed already, or not listed), -ENOBUFS (too
 * many), -ENOMEM.
 */
int twin_multicast_source(struct twin_sock *ts,
			  const struct twin_group_key *key, __be32 source,
			  bool include, bool add)
{
	const struct twin_source_list *filter;
	struct twin_group __rcu **p;
	int ifindex;

	ASSERT_RTNL();
	ifindex = twin_multicast_device(ts->flow.tn, key);
	if (ifindex < 0)
		return ifindex;
	p = twin_multicast_find(ts, key->group, ifindex, 0);
	if (!p)
		return include && add ?
			twin_multicast_join_filtered(ts, key, true, source) :
			-EINVAL;
	filter = rtnl_dereference(rtnl_dereference(*p)->filter);
	if (filter->include != include)
		return twin_multicast_change_mode(rtnl_dereference(*p), include,
						  source, add);
	if (include && !add && filter->count == 1 &&
	    twin_source_list_has(filter, source)) {
		twin_multicast_unlink(p);
		return 0;
	}
	return twin_multicast_edit(ts, rtnl_dereference(*p), source, add);
}

/**
 * twin_multicast_set_filter() - IP_MSFILTER, MCAST_MSFILTER
 * @ts: socket
 * @key: group and device
 * @filter: what the socket wants of the group from now on; taken over
 *
 * Wanting nothing is leaving the group.
 *
 * RFC: 3376 section 2, 3.1; 3678 section 4.2.2
 * Context: Process, RTNL held.
 * Return: 0; -EINVAL (not a group, not a member), -ENODEV; -EADDRNOTAVAIL
 * (leaves what it is not in).
 */
int twin_multicast_set_filter(struct twin_sock *ts,
			      const struct twin_group_key *key,
			      struct twin_source_list *filter)
{
	struct twin_group __rcu **p;
	int ifindex, err = -EINVAL;

	ASSERT_RTNL();
	if (!ipv4_is_multicast(key->group))
		goto out;
	ifindex = twin_multicast_device(ts->flow.tn, key);
	if (ifindex < 0) {
		err = ifindex;
		goto out;
	}
	if (filter->include && !filter->count) {
		err = twin_multicast_leave(ts, key);
		goto out;
	}
	p = twin_multicast_find(ts, key->group, ifindex, 0);
	if (p) {
		rtnl_dereference(*p)->mode_fixed = filter->count;
		return twin_multicast_replace(rtnl_dereference(*p), filter);
	}
out:
	kfree(filter);
	return err;
}

/**
 * twin_multicast_get_filter() - the filter of a membership
 * @ts: socket
 * @key: group and device
 *
 * Context: Process, RTNL held, which also bounds the use of the result.
 * Return: the filter, or an error pointer: -EINVAL (not a group), -ENODEV,
 * -EADDRNOTAVAIL (not a member).
 */
const struct twin_source_list *
twin_multicast_get_filter(struct twin_sock *ts,
			  const struct twin_group_key *key)
{
	struct twin_group __rcu **p;
	int ifindex;

	ASSERT_RTNL();
	if (!ipv4_is_multicast(key->group))
		return ERR_PTR(-EINVAL);
	ifindex = twin_multicast_device(ts->flow.tn, key);
	if (ifindex < 0)
		return ERR_PTR(ifindex);
	p = twin_multicast_find(ts, key->group, ifindex, 0);
	if (!p)
		return ERR_PTR(-EADDRNOTAVAIL);
	return rtnl_dereference(rtnl_dereference(*p)->filter);
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
		if (entry->at->group != group ||
		    (ifindex && entry->at->igif->ifindex != ifindex))
			continue;
		return twin_source_list_passes(rcu_dereference(entry->filter),
					       saddr);
	}
	return twin_sock_test(ts, TWIN_SOCK_MULTICAST_ALL);
}
