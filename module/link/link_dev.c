// SPDX-License-Identifier: GPL-2.0
/*
 * Devices: attaching Twin to one, detaching it, and following the device's events.
 *
 * A device carries one rx_handler at most.  Where that place is taken (bridge
 * port, bond or macvlan lower), frames come by netfilter's ingress hook.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include "arp.h"
#include "link.h"

/* [R] Every attached device; needs no namespace state to be walked. */
static LIST_HEAD(twin_link_all);

/* [R] How many there ever were. */
static u64 twin_link_serial;

/* GRE without a remote end takes it from a link header of its own format. */
static bool twin_link_type_is_bare(const struct net_device *dev)
{
	if (dev->header_ops && dev->header_ops->create)
		return false;
	switch (dev->type) {
	case ARPHRD_NONE:
	case ARPHRD_PPP:
	case ARPHRD_RAWIP:
	case ARPHRD_TUNNEL:
	case ARPHRD_IPGRE:
		return true;
	default:
		return false;
	}
}

static int twin_link_check_type(const struct net_device *dev,
				struct netlink_ext_ack *extack)
{
	if (dev->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG_MOD(extack, "own addresses need no loopback device");
		return -EINVAL;
	}
	if (!twin_link_has_header(dev) && !twin_link_type_is_bare(dev)) {
		NL_SET_ERR_MSG_MOD(extack, "device is neither Ethernet nor without link header");
		return -EOPNOTSUPP;
	}
	return 0;
}

#ifdef CONFIG_NETFILTER_INGRESS
static int twin_link_hook_ingress(struct twin_link_dev *ld)
{
	ld->hook = TWIN_LINK_HOOK_INGRESS;
	ld->ingress = (struct nf_hook_ops) {
		.hook = twin_link_ingress,
		.dev = ld->dev,
		.priv = ld,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS,
	};
	return nf_register_net_hook(ld->tn->net, &ld->ingress);
}

static void twin_link_unhook_ingress(struct twin_link_dev *ld)
{
	nf_unregister_net_hook(ld->tn->net, &ld->ingress);
	synchronize_net();
}
#else
static int twin_link_hook_ingress(struct twin_link_dev *ld)
{
	return -EBUSY;
}

static void twin_link_unhook_ingress(struct twin_link_dev *ld)
{
}
#endif

static int twin_link_hook(struct twin_link_dev *ld,
			  struct netlink_ext_ack *extack)
{
	int err;

	ld->hook = TWIN_LINK_HOOK_RX_HANDLER;
	err = netdev_rx_handler_register(ld->dev, twin_link_rx_handler, ld);
	if (err)
		err = twin_link_hook_ingress(ld);
	if (err)
		NL_SET_ERR_MSG_MOD(extack, "device is in use and has no netfilter ingress");
	return err;
}

/* Afterwards no frame of this device is on its way up any more. */
static void twin_link_unhook(struct twin_link_dev *ld)
{
	if (ld->hook == TWIN_LINK_HOOK_RX_HANDLER)
		netdev_rx_handler_unregister(ld->dev);
	else
		twin_link_unhook_ingress(ld);
}

static bool twin_link_dev_uses_arp(const struct net_device *dev)
{
	return twin_link_has_header(dev) && !(dev->flags & IFF_NOARP);
}

static bool twin_link_dev_is_up(const struct net_device *dev)
{
	return (dev->flags & IFF_UP) && netif_carrier_ok(dev);
}

/**
 * twin_link_find() - the attached device of an interface index
 * @tn: namespace
 * @ifindex: index
 *
 * Context: RCU read lock or RTNL, which also bounds the use of the result.
 * Return: the device, or NULL where Twin has no address on it.
 */
struct twin_link_dev *twin_link_find(const struct twin_net *tn, int ifindex)
{
	struct twin_link_dev *ld;

	list_for_each_entry_rcu(ld, &tn->link->devices, list,
				lockdep_rtnl_is_held())
		if (ld->dev->ifindex == ifindex)
			return ld;
	return NULL;
}

/**
 * twin_link_owns_ha() - is a link address one of this host's devices'?
 * @tn: namespace
 * @ha: link address, ETH_ALEN bytes
 *
 * Context: RCU read lock.
 * Return: true if an attached device has it.
 */
bool twin_link_owns_ha(const struct twin_net *tn, const u8 *ha)
{
	const struct twin_link_dev *ld;

	list_for_each_entry_rcu(ld, &tn->link->devices, list)
		if (twin_link_has_header(ld->dev) &&
		    ether_addr_equal_unaligned(ld->dev->dev_addr, ha))
			return true;
	return false;
}

/**
 * twin_link_attach() - begin to take frames from a device
 * @tn: namespace of the device
 * @dev: device; a reference is held until twin_link_detach()
 * @extack: says why not
 *
 * Context: Process context, RTNL held.
 * Return: the attached device, also if it already was, or ERR_PTR: -EINVAL or
 * -EOPNOTSUPP for a device of the wrong kind, -EBUSY when both hooks are
 * taken, -ENOMEM.
 */
struct twin_link_dev *twin_link_attach(struct twin_net *tn,
				       struct net_device *dev,
				       struct netlink_ext_ack *extack)
{
	struct twin_link_dev *ld;
	int err;

	ASSERT_RTNL();
	ld = twin_link_find(tn, dev->ifindex);
	if (ld)
		return ld;
	err = twin_link_check_type(dev, extack);
	if (err)
		return ERR_PTR(err);
	ld = kzalloc(sizeof(*ld), GFP_KERNEL);
	if (!ld)
		return ERR_PTR(-ENOMEM);
	ld->dev = dev;
	ld->tn = tn;
	ld->serial = ++twin_link_serial;
	INIT_LIST_HEAD(&ld->addrs);
	ld->uses_arp = twin_link_dev_uses_arp(dev);
	ld->up = twin_link_dev_is_up(dev);
	err = twin_link_hook(ld, extack);
	if (err) {
		kfree(ld);
		return ERR_PTR(err);
	}
	netdev_hold(dev, &ld->tracker, GFP_KERNEL);
	twin_link_kernel_refresh(tn);
	list_add_tail(&ld->all, &twin_link_all);
	list_add_tail_rcu(&ld->list, &tn->link->devices);
	return ld;
}

/**
 * twin_link_detach() - let go of a device
 * @ld: attached device; freed after a grace period
 *
 * Removes its addresses, neighbours and (by the event) routes.  The cached
 * paths are made stale last, when nothing can lead to @ld any more.  Readers
 * that still have @ld may use its net_device: its unregistration waits for them.
 *
 * Context: Process context, RTNL held; sleeps for a grace period.
 */
void twin_link_detach(struct twin_link_dev *ld)
{
	struct twin_net *tn = ld->tn;

	ASSERT_RTNL();
	WRITE_ONCE(ld->up, false);
	twin_link_unhook(ld);
	list_del_rcu(&ld->list);
	list_del(&ld->all);
	twin_link_addr_flush(ld);
	twin_arp_close_dev(ld);
	twin_event(tn, TWIN_EVENT_LINK_GONE, ld);
	twin_path_invalidate(tn);
	netdev_put(ld->dev, &ld->tracker);
	kfree_rcu(ld, rcu);
}

/**
 * twin_link_net_detach_all() - let go of every device of a namespace
 * @tn: namespace
 *
 * Context: Process context, takes RTNL.
 */
void twin_link_net_detach_all(struct twin_net *tn)
{
	struct twin_link_dev *ld, *next;

	rtnl_lock();
	list_for_each_entry_safe(ld, next, &tn->link->devices, list)
		twin_link_detach(ld);
	rtnl_unlock();
}

static void twin_link_announce(struct twin_link_dev *ld)
{
	struct twin_link_addr *addr;

	list_for_each_entry(addr, &ld->addrs, list)
		twin_arp_probe_begin(addr);
}

static void twin_link_follow_state(struct twin_link_dev *ld)
{
	bool up = twin_link_dev_is_up(ld->dev);

	if (up == ld->up)
		return;
	WRITE_ONCE(ld->up, up);
	if (!up)
		twin_arp_flush_dev(ld, true);
	twin_path_invalidate(ld->tn);
	twin_event(ld->tn, up ? TWIN_EVENT_LINK_UP : TWIN_EVENT_LINK_DOWN, ld);
	if (up)
		twin_link_announce(ld);
}

static void twin_link_follow_flags(struct twin_link_dev *ld)
{
	bool uses_arp = twin_link_dev_uses_arp(ld->dev);

	if (uses_arp == ld->uses_arp)
		return;
	WRITE_ONCE(ld->uses_arp, uses_arp);
	twin_arp_flush_dev(ld, false);
	twin_path_invalidate(ld->tn);
	twin_link_announce(ld);
}

/* Every finished header carries the old source address. */
static void twin_link_follow_ha(struct twin_link_dev *ld)
{
	twin_arp_flush_dev(ld, true);
	twin_arp_rebuild_dev(ld);
	twin_path_invalidate(ld->tn);
	twin_event(ld->tn, TWIN_EVENT_LINK_CHANGE, ld);
	twin_link_announce(ld);
}

static void twin_link_follow_mtu(struct twin_link_dev *ld)
{
	twin_path_invalidate(ld->tn);
	twin_event(ld->tn, TWIN_EVENT_LINK_CHANGE, ld);
}

static struct twin_link_dev *twin_link_of(const struct net_device *dev)
{
	struct twin_link_dev *ld;

	list_for_each_entry(ld, &twin_link_all, all)
		if (ld->dev == dev)
			return ld;
	return NULL;
}

static int twin_link_notify(struct notifier_block *block, unsigned long event,
			    void *info)
{
	struct twin_link_dev *ld;

	ld = twin_link_of(netdev_notifier_info_to_dev(info));
	if (!ld)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_UNREGISTER:		/* it ends, or changes namespace */
	case NETDEV_PRE_TYPE_CHANGE:
		twin_link_detach(ld);
		break;
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		twin_link_follow_flags(ld);
		twin_link_follow_state(ld);
		break;
	case NETDEV_CHANGEADDR:
		twin_link_follow_ha(ld);
		break;
	case NETDEV_CHANGEMTU:
		twin_link_follow_mtu(ld);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block twin_link_notifier = {
	.notifier_call = twin_link_notify,
};

/**
 * twin_link_init() - begin to hear of device events
 *
 * Context: Process context, takes RTNL.
 * Return: 0 or a negative errno.
 */
int twin_link_init(void)
{
	return register_netdevice_notifier(&twin_link_notifier);
}

/**
 * twin_link_exit() - hear no more of device events
 *
 * Devices that are still attached are detached.
 *
 * Context: Process context, takes RTNL.
 */
void twin_link_exit(void)
{
	unregister_netdevice_notifier(&twin_link_notifier);
}

/**
 * twin_link_net_init() - begin of a namespace
 * @tn: namespace
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int twin_link_net_init(struct twin_net *tn)
{
	tn->link = kzalloc(sizeof(*tn->link), GFP_KERNEL);
	if (!tn->link)
		return -ENOMEM;
	if (twin_link_local_net_init(tn->link)) {
		kfree(tn->link);
		tn->link = NULL;
		return -ENOMEM;
	}
	INIT_LIST_HEAD(&tn->link->devices);
	tn->link->tn = tn;
	twin_arp_probe_net_init(tn);
	return 0;
}

/**
 * twin_link_net_exit() - end of a namespace
 * @tn: namespace; twin_link_net_detach_all() is done or is done here
 *
 * Context: Process context, takes RTNL.
 */
void twin_link_net_exit(struct twin_net *tn)
{
	twin_link_net_detach_all(tn);
	twin_arp_probe_net_exit(tn);
	twin_link_kernel_net_exit(tn);
	twin_link_local_net_exit(tn->link);
	kfree(tn->link);
	tn->link = NULL;
}
