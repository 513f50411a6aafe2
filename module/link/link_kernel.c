// SPDX-License-Identifier: GPL-2.0
/*
 * The other stack on the same machine: which addresses the kernel's own IPv4
 * has.
 *
 * Twin refuses an address that the kernel has on the device.  The kernel does not
 * check Twin's addresses, so the opposite case is noticed here and reported.  And
 * Twin must not forward what is addressed to the kernel.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bsearch.h>
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "../inspect/mib.h"
#include "link.h"

/*
 * struct twin_link_kernel - the kernel's addresses in a namespace, ascending
 *
 * Immutable; made anew when one comes or goes, freed after a grace period.
 */
struct twin_link_kernel {
	struct rcu_head rcu;
	unsigned int count;
	__be32 addrs[];
};

/* Counts the addresses and, unless @addrs is NULL, tells them. */
static unsigned int twin_link_kernel_gather(struct net *net, __be32 *addrs)
{
	const struct in_device *in_dev;
	const struct in_ifaddr *ifa;
	struct net_device *dev;
	unsigned int count = 0;

	for_each_netdev(net, dev) {
		in_dev = __in_dev_get_rtnl(dev);
		if (!in_dev)
			continue;
		in_dev_for_each_ifa_rtnl(ifa, in_dev) {
			if (addrs)
				addrs[count] = ifa->ifa_local;
			count++;
		}
	}
	return count;
}

/**
 * twin_link_kernel_refresh() - look again which addresses the kernel has
 * @tn: namespace
 *
 * Without memory what was known stays: then Twin may forward what is the
 * kernel's, and nothing else happens.
 *
 * Context: Process context, RTNL held.
 */
void twin_link_kernel_refresh(struct twin_net *tn)
{
	struct twin_link_kernel *old = rtnl_dereference(tn->link->kernel);
	unsigned int count = twin_link_kernel_gather(tn->net, NULL);
	struct twin_link_kernel *fresh;

	ASSERT_RTNL();
	fresh = kvmalloc(struct_size(fresh, addrs, count), GFP_KERNEL_ACCOUNT);
	if (!fresh)
		return;
	fresh->count = twin_link_kernel_gather(tn->net, fresh->addrs);
	sort(fresh->addrs, count, sizeof(*fresh->addrs),
	     twin_link_addr_compare, NULL);
	rcu_assign_pointer(tn->link->kernel, fresh);
	if (old)
		kvfree_rcu(old, rcu);
}

/**
 * twin_link_kernel_has() - is an address the kernel's own?
 * @tn: namespace
 * @addr: address
 *
 * Context: RCU read lock.
 * Return: true if so.
 */
bool twin_link_kernel_has(const struct twin_net *tn, __be32 addr)
{
	const struct twin_link_kernel *kernel =
		rcu_dereference(tn->link->kernel);

	return kernel && kernel->count &&
	       bsearch(&addr, kernel->addrs, kernel->count,
		       sizeof(*kernel->addrs), twin_link_addr_compare);
}

/* Both stacks answer for it from now on, which neither can prevent. */
static void twin_link_kernel_conflict(struct twin_net *tn,
				      const struct in_ifaddr *ifa)
{
	struct twin_link_addr *own = twin_link_addr_find(tn, ifa->ifa_local);

	if (!own)
		return;
	TWIN_COUNT(tn, ARP_KERNEL_CONFLICTS);
	net_warn_ratelimited("the kernel's stack was given %pI4 on %s, which Twin has on %s\n",
			     &ifa->ifa_local, ifa->ifa_dev->dev->name,
			     own->ld->dev->name);
	twin_event(tn, TWIN_EVENT_ADDR_CONFLICT, own);
}

static int twin_link_kernel_notify(struct notifier_block *block,
				   unsigned long event, void *arg)
{
	const struct in_ifaddr *ifa = arg;
	struct twin_net *tn = twin_pernet(dev_net(ifa->ifa_dev->dev));

	if (!tn->link || list_empty(&tn->link->devices))
		return NOTIFY_DONE;
	twin_link_kernel_refresh(tn);
	if (event == NETDEV_UP)
		twin_link_kernel_conflict(tn, ifa);
	return NOTIFY_DONE;
}

static struct notifier_block twin_link_kernel_notifier = {
	.notifier_call = twin_link_kernel_notify,
};

/**
 * twin_link_kernel_init() - begin to hear of the kernel's addresses
 *
 * Context: Process context.
 * Return: 0 or a negative errno.
 */
int twin_link_kernel_init(void)
{
	return register_inetaddr_notifier(&twin_link_kernel_notifier);
}

/**
 * twin_link_kernel_exit() - hear no more of them
 *
 * Context: Process context.
 */
void twin_link_kernel_exit(void)
{
	unregister_inetaddr_notifier(&twin_link_kernel_notifier);
}

/**
 * twin_link_kernel_net_exit() - end of a namespace
 * @tn: namespace that takes no frames any more
 *
 * Context: Process context.
 */
void twin_link_kernel_net_exit(struct twin_net *tn)
{
	kvfree(rcu_dereference_protected(tn->link->kernel, true));
}
