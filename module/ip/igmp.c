// SPDX-License-Identifier: GPL-2.0
/*
 * IGMP's view of devices and groups: which groups are wanted on which device.
 */
#include <linux/etherdevice.h>
#include <linux/hash.h>
#include <linux/if_arp.h>
#include <linux/in.h>
#include <linux/log2.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include "../wire/wire_eth.h"
#include "igmp.h"

static struct hlist_head *twin_igmp_bucket(const struct twin_net *tn,
					   __be32 group, int ifindex)
{
	return &tn->igmp->groups[hash_32((__force u32)group ^ ifindex,
					 ilog2(TWIN_IGMP_BUCKETS))];
}

/**
 * twin_igmp_find() - a group that somebody on this host is in
 * @tn: namespace
 * @group: multicast address
 * @ifindex: device
 *
 * Context: RCU read lock or RTNL, which also bounds the use of the result.
 * Return: the group or NULL.
 */
struct twin_igmp_group *twin_igmp_find(const struct twin_net *tn, __be32 group,
				       int ifindex)
{
	struct twin_igmp_group *at;

	hlist_for_each_entry_rcu(at, twin_igmp_bucket(tn, group, ifindex), hash,
				 lockdep_rtnl_is_held())
		if (at->group == group && at->igif->ifindex == ifindex)
			return at;
	return NULL;
}

/**
 * twin_igmp_wants() - is a multicast wanted by anybody on this host?
 * @tn: namespace
 * @group: its destination
 * @saddr: its source
 * @ifindex: device
 *
 * Every host is in the group of all hosts, on every device.
 *
 * RFC: 1112 section 4, 7.2; 3376 section 3.2
 * Context: RCU read lock.
 * Return: true if so.
 */
bool twin_igmp_wants(const struct twin_net *tn, __be32 group, __be32 saddr,
		     int ifindex)
{
	const struct twin_igmp_group *at;

	if (group == htonl(INADDR_ALLHOSTS_GROUP))
		return true;
	at = twin_igmp_find(tn, group, ifindex);
	return at && twin_source_list_passes(rcu_dereference(at->filter),
					     saddr);
}

/* RFC 1112 section 6.4: the device is to take the frames of a group, or not. */
static void twin_igmp_take_frames(const struct twin_igmp_if *igif,
				  __be32 group, bool take)
{
	struct net_device *dev = igif->dev;
	u8 ha[ETH_ALEN];

	if (!dev || dev->type != ARPHRD_ETHER)
		return;
	twin_wire_eth_group(ha, group);
	if (take)
		dev_mc_add(dev, ha);
	else
		dev_mc_del(dev, ha);
}

/**
 * twin_igmp_if_find() - what IGMP knows of a device
 * @tn: namespace
 * @ifindex: device
 *
 * Context: RCU read lock or RTNL, which also bounds the use of the result.
 * Return: it, or NULL: no group was joined there, and no address set.
 */
struct twin_igmp_if *twin_igmp_if_find(const struct twin_net *tn, int ifindex)
{
	struct twin_igmp_if *igif;

	list_for_each_entry_rcu(igif, &tn->igmp->ifs, list,
				lockdep_rtnl_is_held())
		if (igif->ifindex == ifindex)
			return igif;
	return NULL;
}

static struct twin_igmp_if *twin_igmp_if_get(struct twin_net *tn, int ifindex)
{
	struct twin_igmp_if *igif = twin_igmp_if_find(tn, ifindex);

	ASSERT_RTNL();
	if (igif)
		return igif;
	igif = kzalloc(sizeof(*igif), GFP_KERNEL);
	if (!igif)
		return NULL;
	igif->tn = tn;
	igif->ifindex = ifindex;
	spin_lock_init(&igif->lock);
	INIT_LIST_HEAD(&igif->groups);
	INIT_LIST_HEAD(&igif->leaving);
	timer_setup(&igif->timer, twin_igmp_timer, 0);
	list_add_tail_rcu(&igif->list, &tn->igmp->ifs);
	return igif;
}

static void twin_igmp_take_all_frames(const struct twin_igmp_if *igif,
				      bool take)
{
	const struct twin_igmp_group *at;

	twin_igmp_take_frames(igif, htonl(INADDR_ALLHOSTS_GROUP), take);
	list_for_each_entry(at, &igif->groups, list)
		twin_igmp_take_frames(igif, at->group, take);
}

/* Twin is on the device from now on: until LINK_GONE, which ends before it. */
static void twin_igmp_if_attach(struct twin_igmp_if *igif,
				struct net_device *dev)
{
	ASSERT_RTNL();
	if (igif->dev)
		return;
	igif->dev = dev;
	twin_igmp_take_all_frames(igif, true);
	if (!list_empty(&igif->groups))
		twin_igmp_resume(igif);
}

/* Its timer runs no more, and input that still sees it changes nothing. */
static void twin_igmp_if_free(struct twin_igmp_if *igif)
{
	spin_lock_bh(&igif->lock);
	igif->dead = true;
	twin_igmp_forget_leaving(igif, 0);
	spin_unlock_bh(&igif->lock);
	timer_shutdown_sync(&igif->timer);
	list_del_rcu(&igif->list);
	kfree_rcu(igif, rcu);
}

static void twin_igmp_if_release(struct twin_igmp_if *igif)
{
	ASSERT_RTNL();
	if (!igif->dev && list_empty(&igif->groups))
		twin_igmp_if_free(igif);
}

static void twin_igmp_link_event(struct twin_net *tn, enum twin_event event,
				 const struct twin_link_dev *ld)
{
	struct twin_igmp_if *igif = twin_igmp_if_find(tn, ld->dev->ifindex);

	if (!igif)
		return;
	if (event == TWIN_EVENT_LINK_UP) {
		twin_igmp_resume(igif);
	} else if (event == TWIN_EVENT_LINK_GONE) {
		twin_igmp_take_all_frames(igif, false);
		igif->dev = NULL;
		twin_igmp_if_release(igif);
	}
}

static void twin_igmp_addr_event(struct twin_net *tn,
				 const struct twin_link_addr *addr)
{
	struct net_device *dev = addr->ld->dev;
	struct twin_igmp_if *igif = twin_igmp_if_get(tn, dev->ifindex);

	/* without memory the first join tries again */
	if (igif)
		twin_igmp_if_attach(igif, dev);
}

/**
 * twin_igmp_event() - follow addresses and devices
 * @tn: namespace
 * @event: what happened; most events are ignored
 * @arg: to what
 *
 * Groups stay joined while their device is down or has no address of Twin's;
 * when it is back, routers are told anew.
 *
 * Context: Process context, RTNL held, for the events that are not ignored.
 */
void twin_igmp_event(struct twin_net *tn, enum twin_event event, void *arg)
{
	switch (event) {
	case TWIN_EVENT_ADDR_NEW:
		twin_igmp_addr_event(tn, arg);
		break;
	case TWIN_EVENT_LINK_UP:
	case TWIN_EVENT_LINK_GONE:
		twin_igmp_link_event(tn, event, arg);
		break;
	default:
		break;
	}
}

static struct twin_igmp_group *twin_igmp_group_new(struct twin_igmp_if *igif,
						   __be32 group)
{
	struct twin_source_list *nothing;
	struct twin_igmp_group *at;

	at = kzalloc(sizeof(*at), GFP_KERNEL_ACCOUNT);
	nothing = twin_source_list_make(true, NULL, 0);
	if (!at || !nothing) {
		kfree(at);
		kfree(nothing);
		return NULL;
	}
	at->igif = igif;
	at->group = group;
	INIT_LIST_HEAD(&at->members);
	RCU_INIT_POINTER(at->filter, nothing);
	return at;
}

/* A group without members, whose end is still being reported to routers. */
static struct twin_igmp_group *twin_igmp_leaving(struct twin_igmp_if *igif,
						 __be32 group)
{
	struct twin_igmp_group *at;

	list_for_each_entry(at, &igif->leaving, list)
		if (at->group == group)
			return at;
	return NULL;
}

/* Into the list of groups with members, @fresh or the one that was leaving. */
static struct twin_igmp_group *twin_igmp_enlist(struct twin_igmp_if *igif,
						struct twin_igmp_group *fresh)
{
	struct twin_igmp_group *at;

	spin_lock_bh(&igif->lock);
	at = twin_igmp_leaving(igif, fresh->group);
	if (at) {
		list_move_tail(&at->list, &igif->groups);
		igif->leaving_count--;
	} else {
		at = fresh;
		list_add_tail(&at->list, &igif->groups);
	}
	spin_unlock_bh(&igif->lock);
	return at;
}

static void twin_igmp_group_discard(struct twin_igmp_group *at)
{
	kfree(rcu_dereference_protected(at->filter, true));
	kfree(at->changes);
	kfree(at);
}

/**
 * twin_igmp_join() - the group that a new member belongs to
 * @tn: namespace
 * @ifindex: device
 * @group: multicast address
 *
 * The caller puts its membership into @members and calls twin_igmp_refresh().
 *
 * Context: Process, RTNL held.
 * Return: the group, or NULL without memory.
 */
struct twin_igmp_group *twin_igmp_join(struct twin_net *tn, int ifindex,
				       __be32 group)
{
	struct twin_igmp_group *at = twin_igmp_find(tn, group, ifindex);
	struct twin_igmp_group *fresh;
	struct twin_igmp_if *igif;
	struct twin_link_dev *ld;

	ASSERT_RTNL();
	if (at)
		return at;
	igif = twin_igmp_if_get(tn, ifindex);
	if (!igif)
		return NULL;
	ld = twin_link_find(tn, ifindex);
	if (ld)
		twin_igmp_if_attach(igif, ld->dev);
	fresh = twin_igmp_group_new(igif, group);
	if (!fresh) {
		twin_igmp_if_release(igif);
		return NULL;
	}
	at = twin_igmp_enlist(igif, fresh);
	if (at != fresh)
		twin_igmp_group_discard(fresh);
	hlist_add_head_rcu(&at->hash, twin_igmp_bucket(tn, group, ifindex));
	twin_igmp_take_frames(igif, group, true);
	return at;
}

/* The last member is gone.  The filter lets nothing pass any more. */
static void twin_igmp_leave(struct twin_igmp_group *at)
{
	struct twin_igmp_if *igif = at->igif;

	hlist_del_rcu(&at->hash);
	twin_igmp_take_frames(igif, at->group, false);
	spin_lock_bh(&igif->lock);
	at->reply_due = false;
	list_move_tail(&at->list, &igif->leaving);
	igif->leaving_count++;
	twin_igmp_forget_leaving(igif, TWIN_IGMP_LEAVING_MAX);
	spin_unlock_bh(&igif->lock);
	twin_igmp_if_release(igif);
}

/* Without memory for the merged filter everything is taken: RFC 3376 9. */
static struct twin_source_list *
twin_igmp_merge_anyhow(struct twin_igmp_group *at)
{
	struct twin_source_list *merged = twin_source_list_merge(at);

	if (merged)
		return merged;
	merged = kzalloc(sizeof(*merged), GFP_KERNEL | __GFP_NOFAIL);
	merged->include = list_empty(&at->members);
	return merged;
}

/**
 * twin_igmp_refresh() - the members of a group, or their filters, have changed
 * @at: group; freed later if it has no member any more
 *
 * RFC: 3376 section 3.2, 5.1
 * Context: Process, RTNL held.
 */
void twin_igmp_refresh(struct twin_igmp_group *at)
{
	struct twin_source_list *merged = twin_igmp_merge_anyhow(at);
	struct twin_source_list *old = rtnl_dereference(at->filter);

	spin_lock_bh(&at->igif->lock);
	rcu_assign_pointer(at->filter, merged);
	spin_unlock_bh(&at->igif->lock);
	twin_igmp_changed(at, old);
	kfree_rcu(old, rcu);
	if (list_empty(&at->members))
		twin_igmp_leave(at);
}

/**
 * twin_igmp_net_init() - begin of a namespace
 * @tn: namespace
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int twin_igmp_net_init(struct twin_net *tn)
{
	tn->igmp = kzalloc(sizeof(*tn->igmp), GFP_KERNEL);
	if (!tn->igmp)
		return -ENOMEM;
	INIT_LIST_HEAD(&tn->igmp->ifs);
	return 0;
}

/**
 * twin_igmp_net_exit() - end of a namespace
 * @tn: namespace without sockets and devices, so that no group has members
 *
 * Context: Process context.
 */
void twin_igmp_net_exit(struct twin_net *tn)
{
	struct twin_igmp_if *igif, *next;

	rtnl_lock();
	list_for_each_entry_safe(igif, next, &tn->igmp->ifs, list) {
		WARN_ON_ONCE(!list_empty(&igif->groups));
		twin_igmp_if_free(igif);
	}
	rtnl_unlock();
	kfree(tn->igmp);
	tn->igmp = NULL;
}
