// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses: which are ours, on which device, and which to send from.
 *
 * An address of Twin's is its own: one that the kernel's stack has on the same
 * device is refused, because both would answer for it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hash.h>
#include <linux/in.h>
#include <linux/inetdevice.h>
#include <linux/log2.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include "arp.h"
#include "link.h"

/**
 * twin_link_addr_compare() - order of addresses for sort() and bsearch()
 * @left: __be32
 * @right: __be32
 *
 * Context: Any.
 * Return: negative, 0 or positive.  Which address is the smaller one depends on
 * the machine's byte order.
 */
int twin_link_addr_compare(const void *left, const void *right)
{
	u32 a = (__force u32)*(const __be32 *)left;
	u32 b = (__force u32)*(const __be32 *)right;

	return a < b ? -1 : a > b;
}

/**
 * twin_link_addr_is_broadcast() - does an address mean all hosts of a link?
 * @ld: device
 * @addr: address
 *
 * RFC: 1122 section 3.2.1.3 (c), (d); 919 section 7; 922 section 7
 * Context: RCU read lock or RTNL.
 * Return: true for 255.255.255.255, the subnet broadcasts of @ld, and what
 * routes call a broadcast there.
 */
bool twin_link_addr_is_broadcast(const struct twin_link_dev *ld, __be32 addr)
{
	const struct twin_link_addr *own;

	if (ipv4_is_lbcast(addr))
		return true;
	list_for_each_entry_rcu(own, &ld->addrs, list, lockdep_rtnl_is_held())
		if (own->broadcast && own->broadcast == addr &&
		    READ_ONCE(own->state) == TWIN_ADDR_USED)
			return true;
	return twin_link_local_is_broadcast(ld, addr);
}

/**
 * twin_link_addr_select() - source address for datagrams out of a device
 * @ld: device
 * @daddr: destination or next hop
 *
 * The oldest address of @daddr's own subnet, else the oldest one of the widest
 * scope.
 *
 * RFC: 1122 section 3.3.4.3
 * Context: RCU read lock or RTNL.
 * Return: the address, or 0 if the device is just losing its last.
 */
__be32 twin_link_addr_select(const struct twin_link_dev *ld, __be32 daddr)
{
	const struct twin_link_addr *own, *widest = NULL;

	list_for_each_entry_rcu(own, &ld->addrs, list, lockdep_rtnl_is_held()) {
		if (unlikely(READ_ONCE(own->state) != TWIN_ADDR_USED))
			continue;
		if (!((own->local ^ daddr) & own->mask))
			return own->local;
		if (!widest || own->scope < widest->scope)
			widest = own;
	}
	return widest ? widest->local : 0;
}

static struct twin_link_addr *
twin_link_addr_on_dev(const struct twin_link_dev *ld, __be32 local)
{
	struct twin_link_addr *own;

	list_for_each_entry(own, &ld->addrs, list)
		if (own->local == local)
			return own;
	return NULL;
}

static bool twin_link_kernel_has_addr(const struct net_device *dev,
				      __be32 local)
{
	const struct in_device *in_dev = __in_dev_get_rtnl(dev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rtnl(ifa, in_dev)
		if (ifa->ifa_local == local)
			return true;
	return false;
}

static int twin_link_addr_check(const struct net_device *dev, __be32 local,
				u8 prefix_len, struct netlink_ext_ack *extack)
{
	if (prefix_len > 32) {
		NL_SET_ERR_MSG_MOD(extack, "prefix length above 32");
		return -EINVAL;
	}
	if (ipv4_is_zeronet(local) || ipv4_is_loopback(local) ||
	    ipv4_is_multicast(local) || ipv4_is_lbcast(local)) {
		NL_SET_ERR_MSG_MOD(extack, "not an address that a host may have");
		return -EINVAL;
	}
	if (twin_link_kernel_has_addr(dev, local)) {
		NL_SET_ERR_MSG_MOD(extack, "the kernel's own stack has this address on the device");
		return -EADDRINUSE;
	}
	return 0;
}

static struct twin_link_addr *
twin_link_addr_make(struct twin_link_dev *ld,
		    const struct twin_link_addr_config *config)
{
	struct twin_link_addr *own = kzalloc(sizeof(*own), GFP_KERNEL_ACCOUNT);

	if (!own)
		return NULL;
	own->ld = ld;
	own->local = config->local;
	own->mask = inet_make_mask(config->prefix_len);
	if (config->prefix_len < 31)	/* RFC 3021: /31 has no broadcast */
		own->broadcast = config->broadcast ?:
				 (config->local | ~own->mask);
	own->prefix_len = config->prefix_len;
	own->scope = config->scope;
	INIT_HLIST_NODE(&own->hash);
	own->created_jiffies = jiffies;
	own->defended_jiffies = jiffies - TWIN_ARP_DEFEND_INTERVAL;
	return own;
}

/**
 * twin_link_addr_begin() - from now on an address is used
 * @own: address on its device's list
 *
 * Context: Process context, RTNL held.
 */
void twin_link_addr_begin(struct twin_link_addr *own)
{
	struct twin_net *tn = own->ld->tn;

	ASSERT_RTNL();
	WRITE_ONCE(own->state, TWIN_ADDR_USED);
	hlist_add_head_rcu(&own->hash, twin_link_addr_bucket(tn, own->local));
	twin_path_invalidate(tn);
	twin_event(tn, TWIN_EVENT_ADDR_NEW, own);
}

/**
 * twin_link_addr_add() - give a device an address of Twin's
 * @tn: namespace
 * @dev: device; the first address attaches Twin to it
 * @config: the address
 * @extack: says why not
 *
 * The device need not be up.  Where net.twin.arp_probe says so, the address is
 * used only when no other host has answered for it.
 *
 * RFC: 5227 section 2.1, 2.3
 * Context: Process context, RTNL held.
 * Return: 0; -EINVAL for an address that no host may have, -EEXIST if the
 * device has it, -EADDRINUSE if the kernel's stack has it there, -ENOMEM, or
 * an errno of twin_link_attach().
 */
int twin_link_addr_add(struct twin_net *tn, struct net_device *dev,
		       const struct twin_link_addr_config *config,
		       struct netlink_ext_ack *extack)
{
	struct twin_link_addr *own;
	struct twin_link_dev *ld;
	int err;

	ASSERT_RTNL();
	err = twin_link_addr_check(dev, config->local, config->prefix_len,
				   extack);
	if (err)
		return err;
	ld = twin_link_attach(tn, dev, extack);
	if (IS_ERR(ld))
		return PTR_ERR(ld);
	if (twin_link_addr_on_dev(ld, config->local)) {
		NL_SET_ERR_MSG_MOD(extack, "the device has this address already");
		return -EEXIST;
	}
	own = twin_link_addr_make(ld, config);
	if (!own) {
		if (list_empty(&ld->addrs))
			twin_link_detach(ld);
		return -ENOMEM;
	}
	twin_arp_probe_choose(own, config->nodad);
	list_add_tail_rcu(&own->list, &ld->addrs);
	if (own->state == TWIN_ADDR_TENTATIVE)
		twin_event(tn, TWIN_EVENT_ADDR_TENTATIVE, own);
	else
		twin_link_addr_begin(own);
	twin_arp_probe_begin(own);
	return 0;
}

static void twin_link_addr_remove(struct twin_link_addr *own)
{
	struct twin_net *tn = own->ld->tn;

	if (own->state == TWIN_ADDR_TENTATIVE)
		own->ld->tentative--;
	hlist_del_init_rcu(&own->hash);
	list_del_rcu(&own->list);
	twin_event(tn, TWIN_EVENT_ADDR_DEL, own);
	twin_path_invalidate(tn);
	kfree_rcu(own, rcu);
}

/**
 * twin_link_addr_del() - take an address from a device
 * @tn: namespace
 * @dev: device; losing its last address detaches Twin from it
 * @local: address
 * @prefix_len: its prefix length; another is another address
 * @extack: says why not
 *
 * Context: Process context, RTNL held; may sleep for a grace period.
 * Return: 0, or -EADDRNOTAVAIL.
 */
int twin_link_addr_del(struct twin_net *tn, struct net_device *dev,
		       __be32 local, u8 prefix_len,
		       struct netlink_ext_ack *extack)
{
	struct twin_link_dev *ld;
	struct twin_link_addr *own;

	ASSERT_RTNL();
	ld = twin_link_find(tn, dev->ifindex);
	own = ld ? twin_link_addr_on_dev(ld, local) : NULL;
	if (!own || own->prefix_len != prefix_len) {
		NL_SET_ERR_MSG_MOD(extack, "no such address of Twin's on the device");
		return -EADDRNOTAVAIL;
	}
	twin_link_addr_remove(own);
	if (list_empty(&ld->addrs))
		twin_link_detach(ld);
	return 0;
}

/**
 * twin_link_addr_flush() - take all its addresses from a device
 * @ld: device, about to be detached
 *
 * Context: Process context, RTNL held.
 */
void twin_link_addr_flush(struct twin_link_dev *ld)
{
	struct twin_link_addr *own, *next;

	ASSERT_RTNL();
	list_for_each_entry_safe(own, next, &ld->addrs, list)
		twin_link_addr_remove(own);
}
