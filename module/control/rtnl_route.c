// SPDX-License-Identifier: GPL-2.0
/*
 * RTM_NEWROUTE and RTM_DELROUTE for Twin's routes.
 */
#include "../ip/ip.h"
#include "rtnl.h"

static const struct nla_policy twin_rtnl_route_policy[RTA_MAX + 1] = {
	[RTA_DST] = TWIN_RTNL_ADDR_POLICY,
	[RTA_OIF] = { .type = NLA_U32 },
	[RTA_GATEWAY] = TWIN_RTNL_ADDR_POLICY,
	[RTA_PRIORITY] = { .type = NLA_U32 },
	[RTA_PREFSRC] = TWIN_RTNL_ADDR_POLICY,
	[RTA_METRICS] = { .type = NLA_NESTED },
	[RTA_TABLE] = { .type = NLA_U32 },
	[RTA_VIA] = NLA_POLICY_RANGE(NLA_BINARY, sizeof(struct rtvia),
				     sizeof(struct rtvia) +
				     sizeof(struct in6_addr)),
};

static const struct nla_policy twin_rtnl_metrics_policy[RTAX_MAX + 1] = {
	[RTAX_MTU] = { .type = NLA_U32 },
};

static int twin_rtnl_route_parse_via(const struct nlattr *nla, __be32 *gateway,
				     struct netlink_ext_ack *extack)
{
	const struct rtvia *via;

	if (!nla)
		return 0;
	via = nla_data(nla);
	if ((via->rtvia_family == AF_INET || via->rtvia_family == twin_family) &&
	    nla_len(nla) == sizeof(*via) + sizeof(*gateway)) {
		memcpy(gateway, via->rtvia_addr, sizeof(*gateway));
		return 0;
	}
	NL_SET_ERR_MSG_ATTR(extack, nla, "Gateway is not an IPv4 address");
	return -EINVAL;
}

static int twin_rtnl_route_parse_metrics(const struct nlattr *nla,
					 u32 *mtu_bytes,
					 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[RTAX_MAX + 1];
	int err;

	if (!nla)
		return 0;
	err = __nla_parse(tb, RTAX_MAX, nla_data(nla), nla_len(nla),
			  twin_rtnl_metrics_policy, TWIN_RTNL_STRICT, extack);
	if (err || !tb[RTAX_MTU])
		return err;
	*mtu_bytes = nla_get_u32(tb[RTAX_MTU]);
	if (*mtu_bytes >= TWIN_PATH_MTU_LEAST_BYTES &&
	    *mtu_bytes <= TWIN_WIRE_IPV4_MAX_DATAGRAM)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, tb[RTAX_MTU], "Invalid MTU");
	return -EINVAL;
}

static int twin_rtnl_route_check(const struct rtmsg *rtm, struct nlattr **tb,
				 struct netlink_ext_ack *extack)
{
	u32 table = tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) : rtm->rtm_table;

	if (table != RT_TABLE_UNSPEC && table != RT_TABLE_MAIN) {
		NL_SET_ERR_MSG(extack, "There is only the main table");
		return -EOPNOTSUPP;
	}
	if (rtm->rtm_src_len) {
		NL_SET_ERR_MSG(extack, "Routes by source are not supported");
		return -EOPNOTSUPP;
	}
	if (tb[RTA_GATEWAY] && tb[RTA_VIA]) {
		NL_SET_ERR_MSG(extack, "Nexthop can not have both GATEWAY and VIA");
		return -EINVAL;
	}
	return 0;
}

static int twin_rtnl_route_parse_addrs(struct nlattr **tb,
				       struct twin_route_config *config,
				       struct netlink_ext_ack *extack)
{
	int err;

	err = twin_rtnl_get_addr(tb[RTA_DST], &config->prefix, extack);
	if (!err)
		err = twin_rtnl_get_addr(tb[RTA_GATEWAY], &config->gateway,
					 extack);
	if (!err)
		err = twin_rtnl_route_parse_via(tb[RTA_VIA], &config->gateway,
						extack);
	if (!err)
		err = twin_rtnl_get_addr(tb[RTA_PREFSRC], &config->prefsrc,
					 extack);
	return err;
}

/* Errors in the route itself are found and reported by ip/. */
static int twin_rtnl_route_parse(const struct nlmsghdr *nlh,
				 struct twin_route_config *config,
				 struct netlink_ext_ack *extack)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);
	struct nlattr *tb[RTA_MAX + 1];
	int err;

	err = __nlmsg_parse(nlh, sizeof(*rtm), tb, RTA_MAX,
			    twin_rtnl_route_policy, TWIN_RTNL_STRICT, extack);
	if (!err)
		err = twin_rtnl_route_check(rtm, tb, extack);
	if (err)
		return err;
	*config = (struct twin_route_config){
		.prefix_len = rtm->rtm_dst_len,
		.type = rtm->rtm_type,
		.scope = rtm->rtm_scope,
		.protocol = rtm->rtm_protocol,
		.tos = rtm->rtm_tos,
		/* ip sends the state of the device back when it flushes */
		.flags = rtm->rtm_flags & ~(RTNH_F_DEAD | RTNH_F_LINKDOWN),
		.nlmsg_flags = nlh->nlmsg_flags,
	};
	if (tb[RTA_OIF])
		config->ifindex = nla_get_u32(tb[RTA_OIF]);
	if (tb[RTA_PRIORITY])
		config->metric = nla_get_u32(tb[RTA_PRIORITY]);
	err = twin_rtnl_route_parse_addrs(tb, config, extack);
	if (err)
		return err;
	return twin_rtnl_route_parse_metrics(tb[RTA_METRICS],
					     &config->mtu_bytes, extack);
}

/**
 * twin_rtnl_route_new() - RTM_NEWROUTE
 * @skb: request
 * @nlh: its header; NLM_F_CREATE, _EXCL, _REPLACE, _APPEND as for AF_INET
 * @extack: says why not
 *
 * Context: Process, RTNL held; rtnetlink has checked CAP_NET_ADMIN in the
 * namespace's user namespace.
 * Return: 0, -EINVAL, -EOPNOTSUPP or an errno of twin_route_add().
 */
int twin_rtnl_route_new(struct sk_buff *skb, struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack)
{
	struct twin_route_config config;
	int err;

	err = twin_rtnl_route_parse(nlh, &config, extack);
	if (err)
		return err;
	return twin_route_add(twin_rtnl_net(skb), &config, extack);
}

/**
 * twin_rtnl_route_del() - RTM_DELROUTE, also as "ip route flush" sends it
 * @skb: request
 * @nlh: its header
 * @extack: says why not
 *
 * Context: Process, RTNL held.
 * Return: 0, -EINVAL, -EOPNOTSUPP or -ESRCH.
 */
int twin_rtnl_route_del(struct sk_buff *skb, struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack)
{
	struct twin_route_config config;
	int err;

	err = twin_rtnl_route_parse(nlh, &config, extack);
	if (err)
		return err;
	return twin_route_del(twin_rtnl_net(skb), &config, extack);
}
