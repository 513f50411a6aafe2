// SPDX-License-Identifier: GPL-2.0
/*
 * What addresses and devices do to the routing table: the prefix of an address
 * is reached directly over its device.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "ip.h"

static struct twin_route_config
twin_route_of_addr(const struct twin_link_addr *addr)
{
	return (struct twin_route_config){
		.prefix = addr->local & addr->mask,
		.prefix_len = addr->prefix_len,
		.type = RTN_UNICAST,
		.scope = RT_SCOPE_LINK,
		.protocol = RTPROT_KERNEL,
		.prefsrc = addr->local,
		.ifindex = addr->ld->dev->ifindex,
		.nlmsg_flags = NLM_F_CREATE | NLM_F_APPEND,
	};
}

/* Another address of the same device in the same prefix, or NULL. */
static struct twin_link_addr *
twin_route_addr_sibling(const struct twin_link_addr *addr)
{
	struct twin_link_addr *other;

	list_for_each_entry(other, &addr->ld->addrs, list)
		if (other != addr && other->state == TWIN_ADDR_USED &&
		    other->prefix_len == addr->prefix_len &&
		    !((other->local ^ addr->local) & addr->mask))
			return other;
	return NULL;
}

/* Without memory for its route an address stays all the same, as AF_INET's does. */
static void twin_route_addr_insert(struct twin_net *tn,
				   const struct twin_link_addr *addr)
{
	struct twin_route_config config = twin_route_of_addr(addr);
	int err = twin_route_insert(tn, &config, addr->ld);

	/* somebody may have added the same route by hand */
	if (err && err != -EEXIST)
		net_warn_ratelimited("%pI4/%u on %s has no route: error %d\n",
				     &addr->local, addr->prefix_len,
				     addr->ld->dev->name, -err);
}

/*
 * A host prefix is reached by no route: the address itself is local.  A device
 * that is down gets the route all the same; lookups pass it over.
 */
static void twin_route_addr_new(struct twin_net *tn,
				const struct twin_link_addr *addr)
{
	if (addr->prefix_len != 32 && addr->local & addr->mask &&
	    !twin_route_addr_sibling(addr))
		twin_route_addr_insert(tn, addr);
}

static void twin_route_addr_del(struct twin_net *tn,
				const struct twin_link_addr *addr)
{
	struct twin_route_config config = twin_route_of_addr(addr);
	const struct twin_link_addr *sibling = twin_route_addr_sibling(addr);
	struct twin_link_addr *same;

	if (!twin_route_remove(tn, &config) && sibling)
		twin_route_addr_insert(tn, sibling);
	rcu_read_lock();
	same = twin_link_addr_find(tn, addr->local);
	rcu_read_unlock();
	if (!same || same == addr)
		twin_route_flush_prefsrc(tn, addr->local);
}

/**
 * twin_route_addr_event() - follow an address that came or went
 * @tn: namespace
 * @event: TWIN_EVENT_ADDR_NEW or TWIN_EVENT_ADDR_DEL, others are ignored
 * @addr: the address, readable
 *
 * The prefix of the first address of its kind on a device becomes a route with
 * that address as preferred source; it stays while one such address is left.
 * Routes that prefer an address end with it.  Without memory for its route an
 * address stays without one, which the kernel log tells.
 *
 * RFC: 1122 section 3.3.1.1
 * Context: Process context, RTNL held.
 */
void twin_route_addr_event(struct twin_net *tn, enum twin_event event,
			   const struct twin_link_addr *addr)
{
	ASSERT_RTNL();
	if (event == TWIN_EVENT_ADDR_NEW)
		twin_route_addr_new(tn, addr);
	else if (event == TWIN_EVENT_ADDR_DEL)
		twin_route_addr_del(tn, addr);
}

/**
 * twin_route_link_event() - follow a device that leaves
 * @tn: namespace
 * @event: TWIN_EVENT_LINK_GONE, others are ignored: routes over a device that
 *	is down stay, and are used again when it is back
 * @ld: the device, readable
 *
 * Context: Process context, RTNL held.
 */
void twin_route_link_event(struct twin_net *tn, enum twin_event event,
			   const struct twin_link_dev *ld)
{
	if (event == TWIN_EVENT_LINK_GONE)
		twin_route_flush_dev(tn, ld);
}
