// SPDX-License-Identifier: GPL-2.0
/*
 * A route of Twin's: from rtnetlink to text and JSON.
 */
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "cli.h"
#include "rtnl.h"
#include "out.h"
#include "records.h"

const struct named_value route_type_names[] = {
	{ "unicast", RTN_UNICAST },
	{ "local", RTN_LOCAL },
	{ "broadcast", RTN_BROADCAST },
	{ "anycast", RTN_ANYCAST },
	{ "multicast", RTN_MULTICAST },
	{ "blackhole", RTN_BLACKHOLE },
	{ "unreachable", RTN_UNREACHABLE },
	{ "prohibit", RTN_PROHIBIT },
	{ "throw", RTN_THROW },
	{ NULL, 0 }
};

static const struct named_value table_names[] = {
	{ "default", RT_TABLE_DEFAULT },
	{ "main", RT_TABLE_MAIN },
	{ "local", RT_TABLE_LOCAL },
	{ NULL, 0 }
};

static const struct named_value flag_names[] = {
	{ "dead", RTNH_F_DEAD },
	{ "onlink", RTNH_F_ONLINK },
	{ "linkdown", RTNH_F_LINKDOWN },
	{ NULL, 0 }
};

static unsigned int read_mtu(const struct nlattr *metrics)
{
	const struct nlattr *attr;

	if (!metrics)
		return 0;
	mnl_attr_for_each_nested(attr, metrics)
		if (mnl_attr_get_type(attr) == RTAX_MTU && mnl_attr_get_payload_len(attr) >= 4)
			return mnl_attr_get_u32(attr);
	return 0;
}

/* The attribute holds what does not fit the header; a table that is not named is the main one. */
static unsigned int table_of(const struct rtmsg *rtm, const struct nl_attrs *attrs)
{
	unsigned int table = nl_u32(attrs, RTA_TABLE);

	if (!table)
		table = rtm->rtm_table;
	return table ? table : RT_TABLE_MAIN;
}

void route_decode(const struct nlmsghdr *nlh, struct route *route)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct nl_attrs attrs;

	nl_parse(nlh, sizeof(*rtm), &attrs);
	*route = (struct route){
		.destination = { .addr = nl_addr(&attrs, RTA_DST), .len = rtm->rtm_dst_len },
		.gateway = nl_addr(&attrs, RTA_GATEWAY),
		.source = nl_addr(&attrs, RTA_PREFSRC),
		.ifindex = nl_u32(&attrs, RTA_OIF),
		.metric = nl_u32(&attrs, RTA_PRIORITY),
		.mtu = read_mtu(attrs.by_type[RTA_METRICS]),
		.table = table_of(rtm, &attrs),
		.flags = rtm->rtm_flags,
		.type = rtm->rtm_type,
		.scope = rtm->rtm_scope,
		.protocol = rtm->rtm_protocol,
	};
}

/* The answer to "route get" is a cloned route: what it came from is of no interest then. */
static bool shows_origin(const struct route *route)
{
	return cli.details || !(route->flags & RTM_F_CLONED);
}

static bool shows_table(const struct route *route)
{
	return route->table != RT_TABLE_MAIN && shows_origin(route);
}

static bool shows_protocol(const struct route *route)
{
	if (cli.details)
		return true;
	return shows_origin(route) && route->protocol != RTPROT_BOOT &&
	       route->protocol != RTPROT_UNSPEC;
}

static bool shows_scope(const struct route *route)
{
	return cli.details || (shows_origin(route) && route->scope != RT_SCOPE_UNIVERSE);
}

void route_print(const struct route *route)
{
	char text[ADDRESS_TEXT_LEN];
	char name[NAME_TEXT_LEN];

	if (route->type != RTN_UNICAST || cli.details)
		printf("%s ", named_text(route_type_names, route->type, name));
	fputs(prefix_text(&route->destination, text), stdout);
	if (route->gateway.s_addr)
		printf(" via %s", address_text(route->gateway, text));
	if (route->ifindex)
		printf(" dev %s", device_text(route->ifindex, name));
	if (shows_table(route))
		printf(" table %s", named_text(table_names, route->table, name));
	if (shows_protocol(route))
		printf(" proto %s", named_text(protocol_names, route->protocol, name));
	if (shows_scope(route))
		printf(" scope %s", named_text(scope_names, route->scope, name));
	if (route->source.s_addr)
		printf(" src %s", address_text(route->source, text));
	if (route->metric)
		printf(" metric %u", route->metric);
	for (const struct named_value *flag = flag_names; flag->name; flag++)
		if (route->flags & flag->value)
			printf(" %s", flag->name);
	if (route->mtu)
		printf(" mtu %u", route->mtu);
}

static json_t *flags_json(const struct route *route)
{
	json_t *flags = json_array();

	for (const struct named_value *flag = flag_names; flag->name; flag++)
		if (route->flags & flag->value)
			json_append(flags, json_string(flag->name));
	return flags;
}

static json_t *metrics_json(const struct route *route)
{
	json_t *metrics = json_array();
	json_t *mtu = json_object();

	json_set_number(mtu, "mtu", route->mtu);
	json_append(metrics, mtu);
	return metrics;
}

json_t *route_json(const struct route *route)
{
	json_t *object = json_object();
	char text[ADDRESS_TEXT_LEN];
	char name[NAME_TEXT_LEN];

	if (route->type != RTN_UNICAST || cli.details)
		json_set_text(object, "type", named_text(route_type_names, route->type, name));
	json_set_text(object, "dst", prefix_text(&route->destination, text));
	if (route->gateway.s_addr)
		json_set_address(object, "gateway", route->gateway);
	if (route->ifindex)
		json_set_text(object, "dev", device_text(route->ifindex, name));
	if (shows_table(route))
		json_set_text(object, "table", named_text(table_names, route->table, name));
	if (shows_protocol(route))
		json_set_text(object, "protocol",
			      named_text(protocol_names, route->protocol, name));
	if (shows_scope(route))
		json_set_text(object, "scope", named_text(scope_names, route->scope, name));
	if (route->source.s_addr)
		json_set_address(object, "prefsrc", route->source);
	if (route->metric)
		json_set_number(object, "metric", route->metric);
	json_set(object, "flags", flags_json(route));
	if (route->mtu)
		json_set(object, "metrics", metrics_json(route));
	return object;
}
