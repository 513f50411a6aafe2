// SPDX-License-Identifier: GPL-2.0
/*
 * RTM_GETROUTE: dump the routing table, or say how one address is reached.
 */
#include "../ip/ip.h"
#include "rtnl.h"

static int twin_rtnl_put_gateway(struct sk_buff *skb, __be32 gateway,
				 const struct twin_rtnl_format *format)
{
	struct nlattr *nla;
	struct rtvia *via;

	if (!format->sockaddr)
		return nla_put_in_addr(skb, RTA_GATEWAY, gateway);
	nla = nla_reserve(skb, RTA_VIA, sizeof(*via) + sizeof(gateway));
	if (!nla)
		return -EMSGSIZE;
	via = nla_data(nla);
	via->rtvia_family = AF_INET;
	memcpy(via->rtvia_addr, &gateway, sizeof(gateway));
	return 0;
}

static int twin_rtnl_put_mtu(struct sk_buff *skb, u32 mtu_bytes)
{
	struct nlattr *metrics = nla_nest_start_noflag(skb, RTA_METRICS);

	if (!metrics)
		return -EMSGSIZE;
	if (nla_put_u32(skb, RTAX_MTU, mtu_bytes)) {
		nla_nest_cancel(skb, metrics);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, metrics);
	return 0;
}

static u8 twin_rtnl_nexthop_flags(const struct twin_route *route)
{
	const struct net_device *dev;

	if (!route->ld)
		return route->flags;
	dev = route->ld->dev;
	if (!(dev->flags & IFF_UP))
		return route->flags | RTNH_F_DEAD | RTNH_F_LINKDOWN;
	return route->flags | (netif_carrier_ok(dev) ? 0 : RTNH_F_LINKDOWN);
}

static void twin_rtnl_route_fill(struct rtmsg *rtm,
				 const struct twin_route *route,
				 const struct twin_rtnl_format *format)
{
	*rtm = (struct rtmsg){
		.rtm_family = format->family,
		.rtm_dst_len = route->prefix_len,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = route->protocol,
		.rtm_scope = route->scope,
		.rtm_type = route->type,
		.rtm_flags = twin_rtnl_nexthop_flags(route),
	};
}

static int twin_rtnl_route_put_attributes(struct sk_buff *skb,
					  const struct twin_route *route,
					  const struct twin_rtnl_format *format)
{
	if (nla_put_u32(skb, RTA_TABLE, RT_TABLE_MAIN))
		return -EMSGSIZE;
	if (route->prefix_len &&
	    twin_rtnl_put_addr(skb, RTA_DST, route->prefix, format))
		return -EMSGSIZE;
	if (route->metric && nla_put_u32(skb, RTA_PRIORITY, route->metric))
		return -EMSGSIZE;
	if (route->mtu_bytes && twin_rtnl_put_mtu(skb, route->mtu_bytes))
		return -EMSGSIZE;
	if (route->prefsrc &&
	    twin_rtnl_put_addr(skb, RTA_PREFSRC, route->prefsrc, format))
		return -EMSGSIZE;
	if (route->gateway &&
	    twin_rtnl_put_gateway(skb, route->gateway, format))
		return -EMSGSIZE;
	if (route->ld && nla_put_u32(skb, RTA_OIF, route->ld->dev->ifindex))
		return -EMSGSIZE;
	return 0;
}

/**
 * twin_rtnl_route_put() - append a message about one route
 * @skb: buffer
 * @route: route, kept by RTNL or RCU
 * @format: heading and form
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE with @skb as it was.
 */
int twin_rtnl_route_put(struct sk_buff *skb, const struct twin_route *route,
			const struct twin_rtnl_format *format)
{
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, format->portid, format->seq, format->type,
			sizeof(struct rtmsg), format->flags);
	if (!nlh)
		return -EMSGSIZE;
	twin_rtnl_route_fill(nlmsg_data(nlh), route, format);
	if (twin_rtnl_route_put_attributes(skb, route, format)) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

/*
 * struct twin_rtnl_route_dump - one buffer of a route dump
 * @skb: the buffer
 * @position: how far the dump is
 * @number: of the route that the walk is at
 * @ifindex: only routes over this device, or 0
 * @protocol: only routes of this RTPROT_, or 0
 * @type: only routes of this RTN_, or 0
 * @nothing: the filter asks for what Twin never has
 * @format: heading and form of the answers
 */
struct twin_rtnl_route_dump {
	struct sk_buff *skb;
	struct twin_rtnl_dump *position;
	unsigned long number;
	int ifindex;
	u8 protocol;
	u8 type;
	bool nothing;
	struct twin_rtnl_format format;
};

static bool twin_rtnl_route_wanted(const struct twin_rtnl_route_dump *dump,
				   const struct twin_route *route)
{
	if (dump->protocol && route->protocol != dump->protocol)
		return false;
	if (dump->type && route->type != dump->type)
		return false;
	return !dump->ifindex ||
	       (route->ld && route->ld->dev->ifindex == dump->ifindex);
}

static int twin_rtnl_route_dump_one(const struct twin_route *route, void *arg)
{
	struct twin_rtnl_route_dump *dump = arg;
	int err;

	if (dump->number++ < dump->position->skip)
		return 0;
	if (twin_rtnl_route_wanted(dump, route)) {
		err = twin_rtnl_route_put(dump->skb, route, &dump->format);
		if (err)
			return err;
	}
	dump->position->skip++;
	return 0;
}

static const struct nla_policy twin_rtnl_dump_policy[RTA_MAX + 1] = {
	[RTA_OIF] = { .type = NLA_U32 },
	[RTA_TABLE] = { .type = NLA_U32 },
};

static int twin_rtnl_route_dump_attributes(struct netlink_callback *cb,
					   struct twin_rtnl_route_dump *dump)
{
	const struct rtmsg *rtm = nlmsg_data(cb->nlh);
	struct nlattr *tb[RTA_MAX + 1];
	u32 table;
	int err;

	err = __nlmsg_parse(cb->nlh, sizeof(*rtm), tb, RTA_MAX,
			    twin_rtnl_dump_policy, TWIN_RTNL_STRICT,
			    twin_rtnl_dump_extack(cb));
	if (err)
		return err;
	table = tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) : rtm->rtm_table;
	if (tb[RTA_OIF])
		dump->ifindex = nla_get_u32(tb[RTA_OIF]);
	if (table != RT_TABLE_UNSPEC && table != RT_TABLE_MAIN)
		dump->nothing = true;
	return 0;
}

/* A request that is checked strictly may name device, table, origin, type. */
static int twin_rtnl_route_dump_filter(struct netlink_callback *cb,
				       struct twin_rtnl_route_dump *dump)
{
	struct netlink_ext_ack *extack = twin_rtnl_dump_extack(cb);
	const struct rtmsg *rtm = nlmsg_data(cb->nlh);
	int err;

	if (!cb->strict_check)
		return 0;
	err = twin_rtnl_route_dump_attributes(cb, dump);
	if (err)
		return err;
	if (rtm->rtm_dst_len || rtm->rtm_src_len || rtm->rtm_tos ||
	    rtm->rtm_scope) {
		NL_SET_ERR_MSG(extack, "Invalid values in header of a route dump request");
		return -EINVAL;
	}
	if (rtm->rtm_flags & ~(RTM_F_CLONED | RTM_F_PREFIX)) {
		NL_SET_ERR_MSG(extack, "Invalid flags in header of a route dump request");
		return -EINVAL;
	}
	if (rtm->rtm_flags & RTM_F_CLONED)
		dump->nothing = true;
	dump->protocol = rtm->rtm_protocol;
	dump->type = rtm->rtm_type;
	return 0;
}

/**
 * twin_rtnl_route_dump() - RTM_GETROUTE for all routes
 * @skb: answer buffer
 * @cb: dump; also one of all families
 *
 * Context: Process.
 * Return: 0 at the end, positive when @skb is full, or a negative errno.
 */
int twin_rtnl_route_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct twin_net *tn = twin_rtnl_net(skb);
	struct twin_rtnl_route_dump dump = {
		.skb = skb,
		.position = twin_rtnl_dump(cb),
	};
	int err;

	err = twin_rtnl_route_dump_filter(cb, &dump);
	if (err)
		return twin_rtnl_own_family(cb->nlh) ? err : 0;
	if (dump.nothing ||
	    !twin_rtnl_dump_format(skb, cb, RTM_NEWROUTE, &dump.format))
		return 0;
	if (dump.ifindex || dump.protocol || dump.type)
		dump.format.flags |= NLM_F_DUMP_FILTERED;
	cb->seq = READ_ONCE(tn->config_generation);
	err = twin_route_walk(tn, twin_rtnl_route_dump_one, &dump);
	return twin_rtnl_dump_result(skb, cb, err);
}

static const struct nla_policy twin_rtnl_lookup_policy[RTA_MAX + 1] = {
	[RTA_DST] = TWIN_RTNL_ADDR_POLICY,
	[RTA_SRC] = TWIN_RTNL_ADDR_POLICY,
	[RTA_OIF] = { .type = NLA_U32 },
};

static int twin_rtnl_lookup_parse(const struct nlmsghdr *nlh,
				  struct twin_path_key *key,
				  struct netlink_ext_ack *extack)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);
	struct nlattr *tb[RTA_MAX + 1];
	int err;

	*key = (struct twin_path_key){ .flags = TWIN_PATH_ONLY_ASKED };
	err = __nlmsg_parse(nlh, sizeof(*rtm), tb, RTA_MAX,
			    twin_rtnl_lookup_policy, TWIN_RTNL_STRICT, extack);
	if (err)
		return err;
	if (!tb[RTA_DST] || (rtm->rtm_dst_len && rtm->rtm_dst_len != 32) ||
	    (rtm->rtm_src_len && rtm->rtm_src_len != 32)) {
		NL_SET_ERR_MSG(extack, "A whole destination address is needed");
		return -EINVAL;
	}
	if (tb[RTA_OIF])
		key->ifindex = nla_get_u32(tb[RTA_OIF]);
	err = twin_rtnl_get_addr(tb[RTA_DST], &key->daddr, extack);
	if (err)
		return err;
	return twin_rtnl_get_addr(tb[RTA_SRC], &key->saddr, extack);
}

static u8 twin_rtnl_path_type(const struct twin_path *path)
{
	switch (path->type) {
	case TWIN_PATH_LOCAL:
		return RTN_LOCAL;
	case TWIN_PATH_BROADCAST:
		return RTN_BROADCAST;
	case TWIN_PATH_MULTICAST:
		return RTN_MULTICAST;
	default:
		return RTN_UNICAST;
	}
}

static void twin_rtnl_path_fill(struct rtmsg *rtm, const struct twin_path *path,
				const struct twin_rtnl_format *format)
{
	*rtm = (struct rtmsg){
		.rtm_family = format->family,
		.rtm_dst_len = 32,
		.rtm_table = path->type == TWIN_PATH_LOCAL ? RT_TABLE_LOCAL :
							     RT_TABLE_MAIN,
		.rtm_type = twin_rtnl_path_type(path),
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_flags = RTM_F_CLONED,
	};
}

static int twin_rtnl_path_put_attributes(struct sk_buff *skb,
					 const struct twin_path *path,
					 const struct twin_rtnl_format *format)
{
	if (twin_rtnl_put_addr(skb, RTA_DST, path->daddr, format))
		return -EMSGSIZE;
	if (path->saddr &&
	    twin_rtnl_put_addr(skb, RTA_PREFSRC, path->saddr, format))
		return -EMSGSIZE;
	if (path->type == TWIN_PATH_UNICAST && path->next_hop != path->daddr &&
	    twin_rtnl_put_gateway(skb, path->next_hop, format))
		return -EMSGSIZE;
	if (path->ld && nla_put_u32(skb, RTA_OIF, path->ld->dev->ifindex))
		return -EMSGSIZE;
	return twin_rtnl_put_mtu(skb, path->mtu_bytes);
}

static int twin_rtnl_path_put(struct sk_buff *skb, const struct twin_path *path,
			      const struct twin_rtnl_format *format)
{
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, format->portid, format->seq, format->type,
			sizeof(struct rtmsg), format->flags);
	if (!nlh)
		return -EMSGSIZE;
	twin_rtnl_path_fill(nlmsg_data(nlh), path, format);
	if (twin_rtnl_path_put_attributes(skb, path, format)) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

/* The path that a datagram would take, or the route it would take it by. */
static int twin_rtnl_route_answer(struct sk_buff *answer, struct twin_net *tn,
				  const struct twin_path_key *key,
				  bool want_route,
				  const struct twin_rtnl_format *format)
{
	const struct twin_route *route;
	struct twin_path path;
	int err;

	err = twin_path_find(tn, key, &path);
	if (err)
		return err;
	if (!want_route || path.type != TWIN_PATH_UNICAST)
		return twin_rtnl_path_put(answer, &path, format);
	route = twin_route_lookup(tn, key->daddr, key->ifindex, false);
	return route ? twin_rtnl_route_put(answer, route, format) :
		       -ENETUNREACH;
}

/**
 * twin_rtnl_route_get() - RTM_GETROUTE for one destination
 * @skb: request with RTA_DST; RTA_SRC and RTA_OIF restrict it
 * @nlh: its header; RTM_F_FIB_MATCH asks for the route instead of the path
 * @extack: says why not
 *
 * Context: Process, RTNL held.
 * Return: 0, -EINVAL, -ENOBUFS, or what a socket would get: -ENETUNREACH,
 * -EHOSTUNREACH, -EACCES.
 */
int twin_rtnl_route_get(struct sk_buff *skb, struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);
	struct twin_rtnl_format format;
	struct twin_path_key key;
	struct sk_buff *answer;
	int err;

	err = twin_rtnl_lookup_parse(nlh, &key, extack);
	if (err)
		return err;
	answer = nlmsg_new(TWIN_RTNL_MESSAGE_BYTES, GFP_KERNEL);
	if (!answer)
		return -ENOBUFS;
	format = twin_rtnl_answer_format(skb, nlh, RTM_NEWROUTE);
	rcu_read_lock();
	err = twin_rtnl_route_answer(answer, twin_rtnl_net(skb), &key,
				     rtm->rtm_flags & RTM_F_FIB_MATCH, &format);
	rcu_read_unlock();
	if (err) {
		nlmsg_free(answer);
		return err;
	}
	return twin_rtnl_answer(skb, answer);
}
