// SPDX-License-Identifier: GPL-2.0
/*
 * The neighbour table as a user sees and sets it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/etherdevice.h>
#include <linux/in.h>
#include <linux/rtnetlink.h>
#include "arp.h"

/* States that a user may ask for. */
#define TWIN_ARP_SETTABLE	(TWIN_ARP_VALID | NUD_FAILED)

static int twin_arp_check(const struct twin_link_dev *ld, __be32 addr, u8 state,
			  struct netlink_ext_ack *extack)
{
	if (!ld->uses_arp) {
		NL_SET_ERR_MSG_MOD(extack, "device has no neighbours to be resolved");
		return -EINVAL;
	}
	if (ipv4_is_zeronet(addr) || ipv4_is_multicast(addr) ||
	    twin_link_addr_is_local(ld->tn, addr) ||
	    twin_link_addr_is_broadcast(ld, addr)) {
		NL_SET_ERR_MSG_MOD(extack, "not an address that a neighbour may have");
		return -EINVAL;
	}
	if (!(state & TWIN_ARP_SETTABLE) || hweight8(state) != 1) {
		NL_SET_ERR_MSG_MOD(extack, "neighbour cannot be set to this state");
		return -EINVAL;
	}
	return 0;
}

static bool twin_arp_exists(const struct twin_link_dev *ld, __be32 addr)
{
	bool exists;

	rcu_read_lock();
	exists = twin_arp_find(ld->tn, ld->dev, addr);
	rcu_read_unlock();
	return exists;
}

static int twin_arp_check_flags(const struct twin_link_dev *ld, __be32 addr,
				const u8 *ha, u8 state,
				unsigned int nlmsg_flags,
				struct netlink_ext_ack *extack)
{
	if (twin_arp_exists(ld, addr))
		return nlmsg_flags & NLM_F_EXCL ? -EEXIST : 0;
	if (!(nlmsg_flags & NLM_F_CREATE))
		return -ENOENT;
	if (!ha && state & TWIN_ARP_VALID) {
		NL_SET_ERR_MSG_MOD(extack, "link address missing");
		return -EINVAL;
	}
	return 0;
}

/**
 * twin_arp_set() - add or change a neighbour on a user's behalf
 * @ld: device
 * @addr: neighbour's address
 * @ha: link address, ETH_ALEN bytes, or NULL: as known
 * @state: NUD_ state
 * @nlmsg_flags: NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE
 * @extack: says why not
 *
 * Context: Process context, RTNL held.
 * Return: 0; -EEXIST with NLM_F_EXCL, or for another link address without
 * NLM_F_REPLACE; -ENOENT without NLM_F_CREATE; -EINVAL; -ENOBUFS if the table
 * is full and @state is none that lasts.
 */
int twin_arp_set(struct twin_link_dev *ld, __be32 addr, const u8 *ha, u8 state,
		 unsigned int nlmsg_flags, struct netlink_ext_ack *extack)
{
	unsigned int flags = TWIN_ARP_ADMIN;
	struct twin_arp_entry *entry;
	int err;

	ASSERT_RTNL();
	err = twin_arp_check(ld, addr, state, extack);
	if (!err)
		err = twin_arp_check_flags(ld, addr, ha, state, nlmsg_flags,
					   extack);
	if (err)
		return err;
	entry = twin_arp_get(ld, addr, state & TWIN_ARP_FIXED);
	if (!entry) {
		NL_SET_ERR_MSG_MOD(extack, "neighbour table is full");
		return -ENOBUFS;
	}
	if (nlmsg_flags & NLM_F_REPLACE)
		flags |= TWIN_ARP_OVERRIDE;
	err = twin_arp_update(entry, ha, state, flags);
	twin_arp_put(entry);
	return err;
}

/**
 * twin_arp_delete() - remove a neighbour on a user's behalf
 * @ld: device
 * @addr: neighbour's address
 * @extack: says why not
 *
 * Context: Process context, RTNL held.
 * Return: 0 or -ENOENT.
 */
int twin_arp_delete(struct twin_link_dev *ld, __be32 addr,
		    struct netlink_ext_ack *extack)
{
	struct twin_arp_entry *entry;

	ASSERT_RTNL();
	rcu_read_lock();
	entry = twin_arp_find(ld->tn, ld->dev, addr);
	if (entry && !refcount_inc_not_zero(&entry->refs))
		entry = NULL;
	rcu_read_unlock();
	if (!entry) {
		NL_SET_ERR_MSG_MOD(extack, "no such neighbour");
		return -ENOENT;
	}
	twin_arp_remove(entry);
	twin_arp_put(entry);
	return 0;
}

/**
 * twin_arp_walk() - show every neighbour of a namespace
 * @tn: namespace
 * @show: called for each entry, oldest first, in an RCU read section
 * @arg: passed to @show
 *
 * Context: Any but hard interrupt; @show may not sleep.
 * Return: 0, or what @show returned when it ended the walk.
 */
int twin_arp_walk(struct twin_net *tn,
		  int (*show)(struct twin_arp_entry *entry, void *arg),
		  void *arg)
{
	struct twin_arp_entry *entry;
	int stop = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(entry, &tn->arp->entries, list) {
		stop = show(entry, arg);
		if (stop)
			break;
	}
	rcu_read_unlock();
	return stop;
}

/**
 * twin_arp_look() - what there is to show of an entry
 * @entry: entry
 * @view: filled in
 *
 * Context: Any but hard interrupt; RCU read lock or a reference.
 */
void twin_arp_look(struct twin_arp_entry *entry, struct twin_arp_view *view)
{
	unsigned long now = jiffies;

	memset(view, 0, sizeof(*view));
	view->addr = entry->key.addr;
	view->ifindex = entry->key.ifindex;
	view->refs = refcount_read(&entry->refs);
	view->confirmed_jiffies = now - READ_ONCE(entry->confirmed_jiffies);
	view->used_jiffies = now - READ_ONCE(entry->used_jiffies);
	spin_lock_bh(&entry->lock);
	view->state = entry->state;
	view->probes = entry->probes;
	view->updated_jiffies = now - entry->updated_jiffies;
	view->has_ha = entry->state & TWIN_ARP_VALID;
	if (view->has_ha)
		ether_addr_copy(view->ha, entry->ha);
	spin_unlock_bh(&entry->lock);
}
