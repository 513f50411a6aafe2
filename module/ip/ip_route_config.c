// SPDX-License-Identifier: GPL-2.0
/*
 * Routes from user space: checked as AF_INET checks them, with the same errno and
 * similar messages, then put into the table.
 */
#include <linux/in.h>
#include <linux/inetdevice.h>
#include "ip.h"

static int twin_route_check_prefix(const struct twin_route_config *config,
				   struct netlink_ext_ack *extack)
{
	if (config->prefix_len > 32) {
		NL_SET_ERR_MSG(extack, "Invalid prefix length");
		return -EINVAL;
	}
	if (config->prefix & ~inet_make_mask(config->prefix_len)) {
		NL_SET_ERR_MSG(extack,
			       "Invalid prefix for given prefix length");
		return -EINVAL;
	}
	if (config->tos) {
		NL_SET_ERR_MSG(extack, "Routes by TOS are not supported");
		return -EINVAL;
	}
	return 0;
}

static bool twin_route_type_forbids(u8 type)
{
	return type == RTN_BLACKHOLE || type == RTN_UNREACHABLE ||
	       type == RTN_PROHIBIT;
}

static int twin_route_check_type(const struct twin_route_config *config,
				 struct netlink_ext_ack *extack)
{
	if (config->type != RTN_UNICAST && config->type != RTN_LOCAL &&
	    config->type != RTN_BROADCAST &&
	    !twin_route_type_forbids(config->type)) {
		NL_SET_ERR_MSG(extack, "Invalid route type");
		return -EINVAL;
	}
	if (config->flags & ~RTNH_F_ONLINK) {
		NL_SET_ERR_MSG(extack, "Invalid nexthop flags");
		return -EINVAL;
	}
	if (twin_route_type_forbids(config->type) &&
	    (config->gateway || config->ifindex)) {
		NL_SET_ERR_MSG(extack, "Gateway and device can not be given for this type");
		return -EINVAL;
	}
	if ((config->type == RTN_LOCAL || config->type == RTN_BROADCAST) &&
	    config->gateway) {
		NL_SET_ERR_MSG(extack, "Invalid gateway for this type");
		return -EINVAL;
	}
	if (config->scope > RT_SCOPE_HOST ||
	    (config->scope == RT_SCOPE_HOST && config->type != RTN_LOCAL)) {
		NL_SET_ERR_MSG(extack, "Invalid scope");
		return -EINVAL;
	}
	return 0;
}

static struct twin_link_dev *twin_route_device(struct twin_net *tn, int ifindex,
					       struct netlink_ext_ack *extack)
{
	struct twin_link_dev *ld = twin_link_find(tn, ifindex);

	if (!ld) {
		NL_SET_ERR_MSG(extack, "No Twin address on this device");
		return ERR_PTR(-ENODEV);
	}
	if (!(ld->dev->flags & IFF_UP)) {
		NL_SET_ERR_MSG(extack, "Device for nexthop is not up");
		return ERR_PTR(-ENETDOWN);
	}
	return ld;
}

static bool twin_route_gateway_unicast(const struct twin_net *tn,
				       const struct twin_link_dev *ld,
				       __be32 gateway)
{
	return !ipv4_is_zeronet(gateway) &&
	       twin_ip_classify(tn, ld, gateway) == TWIN_PATH_UNICAST;
}

/* The device of the direct route to a gateway, or what is wrong with it. */
static struct twin_link_dev *
twin_route_gateway_link(struct twin_net *tn,
			const struct twin_route_config *config)
{
	const struct twin_route *direct;

	direct = twin_route_lookup(tn, config->gateway, config->ifindex, true);
	return direct && direct->ld ? direct->ld : ERR_PTR(-ENETUNREACH);
}

/* The device over which a gateway can be reached without another gateway. */
static struct twin_link_dev *
twin_route_gateway_device(struct twin_net *tn,
			  const struct twin_route_config *config,
			  struct netlink_ext_ack *extack)
{
	bool onlink = config->flags & RTNH_F_ONLINK;
	struct twin_link_dev *ld = NULL;

	if (config->scope >= RT_SCOPE_LINK) {
		NL_SET_ERR_MSG(extack, "Nexthop has invalid scope");
		return ERR_PTR(-EINVAL);
	}
	if (onlink && !config->ifindex) {
		NL_SET_ERR_MSG(extack, "Nexthop device required for onlink");
		return ERR_PTR(-ENODEV);
	}
	if (config->ifindex) {
		ld = twin_route_device(tn, config->ifindex, extack);
		if (IS_ERR(ld))
			return ld;
	}
	if (!onlink)
		ld = twin_route_gateway_link(tn, config);
	if (!IS_ERR(ld) && !twin_route_gateway_unicast(tn, ld, config->gateway))
		ld = ERR_PTR(-EINVAL);
	if (IS_ERR(ld))
		NL_SET_ERR_MSG(extack, "Nexthop has invalid gateway");
	return ld;
}

/* The device of a route that user space asks for; NULL where it has none. */
static struct twin_link_dev *
twin_route_choose_device(struct twin_net *tn,
			 const struct twin_route_config *config,
			 struct netlink_ext_ack *extack)
{
	if (config->prefsrc && !twin_link_addr_is_local(tn, config->prefsrc)) {
		NL_SET_ERR_MSG(extack, "Invalid prefsrc address");
		return ERR_PTR(-EINVAL);
	}
	if (config->gateway)
		return twin_route_gateway_device(tn, config, extack);
	if (config->type == RTN_UNICAST || config->type == RTN_BROADCAST)
		return twin_route_device(tn, config->ifindex, extack);
	return NULL;
}

/**
 * twin_route_add() - add, append or replace a route
 * @tn: namespace
 * @config: the route, and in nlmsg_flags what to do
 * @extack: says why not
 *
 * A route of type RTN_LOCAL needs no device; one that is given is not kept.
 *
 * RFC: 1122 section 3.3.1.1
 * Context: Process context, RTNL held.
 * Return: 0, or as AF_INET: -EINVAL, -EEXIST, -ENOENT (nothing to replace),
 * -ENODEV, -ENETDOWN, -ENETUNREACH (gateway not on a link), -ENOBUFS.
 */
int twin_route_add(struct twin_net *tn, const struct twin_route_config *config,
		   struct netlink_ext_ack *extack)
{
	struct twin_link_dev *ld;
	int err;

	ASSERT_RTNL();
	err = twin_route_check_prefix(config, extack);
	if (!err)
		err = twin_route_check_type(config, extack);
	if (err)
		return err;
	rcu_read_lock();
	ld = twin_route_choose_device(tn, config, extack);
	rcu_read_unlock();
	if (IS_ERR(ld))
		return PTR_ERR(ld);
	return twin_route_insert(tn, config, ld);
}

/**
 * twin_route_del() - remove the first route that matches
 * @tn: namespace
 * @config: prefix and length; type, protocol, metric, gateway, prefsrc,
 *	mtu_bytes and ifindex restrict it unless 0, scope unless RT_SCOPE_NOWHERE
 * @extack: says why not
 *
 * Context: Process context, RTNL held.
 * Return: 0, -EINVAL, or -ESRCH if there is none.
 */
int twin_route_del(struct twin_net *tn, const struct twin_route_config *config,
		   struct netlink_ext_ack *extack)
{
	struct twin_route_config wanted = *config;
	int err = twin_route_check_prefix(config, extack);

	if (err)
		return err;
	if (wanted.type == RTN_LOCAL)
		wanted.ifindex = 0;
	return twin_route_remove(tn, &wanted);
}
