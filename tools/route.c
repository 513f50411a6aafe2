// SPDX-License-Identifier: GPL-2.0
/*
 * twin route: where Twin sends what is not for itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "family.h"
#include "rtnl.h"
#include "out.h"
#include "records.h"

static const char usage[] =
	"Usage: twin route { add | append | change | replace } ROUTE\n"
	"       twin route del ROUTE\n"
	"       twin route [ show | flush ] [ [ root | match | exact ] PREFIX ] [ via ADDR ]\n"
	"                  [ dev DEVICE ] [ type TYPE ] [ proto PROTO ] [ scope SCOPE ]\n"
	"                  [ table { main | local | all } ]\n"
	"       twin route get ADDR [ from ADDR ] [ oif DEVICE ]\n"
	"ROUTE := [ TYPE ] { PREFIX | default } [ via ADDR ] [ dev DEVICE ] [ metric NUMBER ]\n"
	"         [ src ADDR ] [ mtu NUMBER ] [ proto PROTO ] [ scope SCOPE ] [ onlink ]\n"
	"TYPE  := { unicast | local | broadcast | blackhole | unreachable | prohibit }\n";

static const struct named_value table_words[] = {
	{ "all", RT_TABLE_UNSPEC },
	{ "main", RT_TABLE_MAIN },
	{ "local", RT_TABLE_LOCAL },
	{ NULL, 0 }
};

/* Which parts of a route the user named; the kernel compares only these when one is deleted. */
struct route_wish {
	struct route route;
	bool has_destination;
	bool has_type;
	bool has_scope;
	bool has_protocol;
	bool has_metric;
};

enum prefix_match { MATCH_NONE, MATCH_EXACT, MATCH_ROOT, MATCH_COVERING };

struct route_filter {
	enum prefix_match match;
	/* RT_TABLE_UNSPEC: all of them. */
	unsigned int table;
	struct route_wish wish;
};

struct route_list {
	struct route *routes;
	size_t count;
	const struct route_filter *filter;
};

static bool is_type_name(const char *word)
{
	for (const struct named_value *type = route_type_names; type->name; type++)
		if (!strcmp(type->name, word))
			return true;
	return false;
}

/* Return: false when the word is no attribute of a route. */
static bool parse_attribute(struct args *args, const char *word, struct route_wish *wish)
{
	struct route *route = &wish->route;

	if (!strcmp(word, "via")) {
		args_accept(args, "inet");
		route->gateway = parse_address(args_value(args, word), "gateway");
	} else if (!strcmp(word, "dev") || !strcmp(word, "oif")) {
		route->ifindex = parse_device(args_value(args, word));
	} else if (!strcmp(word, "src")) {
		route->source = parse_address(args_value(args, word), "source address");
	} else if (!strcmp(word, "scope")) {
		route->scope = parse_named(scope_names, args_value(args, word), "scope", 255);
		wish->has_scope = true;
	} else if (abbreviates(word, "protocol") && strlen(word) > 3) {
		route->protocol = parse_named(protocol_names, args_value(args, word),
					      "protocol", 255);
		wish->has_protocol = true;
	} else if (!strcmp(word, "type")) {
		route->type = parse_named(route_type_names, args_value(args, word), "type", 255);
		wish->has_type = true;
	} else {
		return false;
	}
	return true;
}

/* Return: false when the word is none of the numbers and switches of a new route. */
static bool parse_setting(struct args *args, const char *word, struct route_wish *wish)
{
	struct route *route = &wish->route;

	if (!strcmp(word, "metric") || !strcmp(word, "priority") || !strcmp(word, "preference")) {
		route->metric = parse_number(args_value(args, word), "metric", UINT32_MAX);
		wish->has_metric = true;
	} else if (!strcmp(word, "mtu")) {
		args_accept(args, "lock");
		route->mtu = parse_number(args_value(args, word), "MTU", 65535);
	} else if (!strcmp(word, "onlink")) {
		route->flags |= RTNH_F_ONLINK;
	} else if (!strcmp(word, "table")) {
		word = args_value(args, word);
		if (strcmp(word, "main") && strcmp(word, "254"))
			usage_error("Twin has one table, main; there is no '%s'", word);
	} else {
		return false;
	}
	return true;
}

static struct route_wish parse_wish(struct args *args)
{
	struct route_wish wish = { 0 };
	const char *word;

	if (args_peek(args) && is_type_name(args_peek(args))) {
		wish.route.type = parse_named(route_type_names, args_take(args), "type", 255);
		wish.has_type = true;
	}
	while ((word = args_take(args))) {
		if (parse_attribute(args, word, &wish) || parse_setting(args, word, &wish))
			continue;
		if (!strcmp(word, "to"))
			word = args_value(args, word);
		if (wish.has_destination)
			usage_error("'%s' is not expected here", word);
		wish.route.destination = parse_prefix(word);
		wish.has_destination = true;
	}
	if (!wish.has_destination)
		usage_error("a destination is needed, as in 10.0.0.0/24 or default");
	return wish;
}

static void put_address(struct nl_request *request, u16 type, struct in_addr addr)
{
	if (addr.s_addr)
		mnl_attr_put_u32(request->nlh, type, addr.s_addr);
}

static void put_attributes(struct nl_request *request, const struct route_wish *wish)
{
	const struct route *route = &wish->route;
	struct nlattr *metrics;

	if (route->destination.len)
		mnl_attr_put_u32(request->nlh, RTA_DST, route->destination.addr.s_addr);
	put_address(request, RTA_GATEWAY, route->gateway);
	put_address(request, RTA_PREFSRC, route->source);
	if (route->ifindex)
		mnl_attr_put_u32(request->nlh, RTA_OIF, route->ifindex);
	if (wish->has_metric)
		mnl_attr_put_u32(request->nlh, RTA_PRIORITY, route->metric);
	if (!route->mtu)
		return;
	metrics = mnl_attr_nest_start(request->nlh, RTA_METRICS);
	mnl_attr_put_u32(request->nlh, RTAX_MTU, route->mtu);
	mnl_attr_nest_end(request->nlh, metrics);
}

static void prepare_route(struct nl_request *request, u16 type, u16 flags,
			  const struct route_wish *wish)
{
	struct rtmsg *rtm = nl_prepare(request, type, flags, sizeof(*rtm));

	rtm->rtm_family = twin_family();
	rtm->rtm_dst_len = wish->route.destination.len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = wish->route.protocol;
	rtm->rtm_scope = wish->route.scope;
	rtm->rtm_type = wish->route.type;
	rtm->rtm_flags = wish->route.flags & RTNH_F_ONLINK;
	put_attributes(request, wish);
}

/* Defaults as ip-route(8) has them: a route with no gateway reaches what is on the link. */
static int set_route(struct args *args, u16 flags)
{
	struct route_wish wish = parse_wish(args);
	struct nl_request request;

	if (!wish.has_type)
		wish.route.type = RTN_UNICAST;
	if (!wish.has_protocol)
		wish.route.protocol = RTPROT_BOOT;
	if (!wish.has_scope && wish.route.type == RTN_LOCAL)
		wish.route.scope = RT_SCOPE_HOST;
	else if (!wish.has_scope && !wish.route.gateway.s_addr &&
		 (wish.route.type == RTN_UNICAST ||
		  wish.route.type == RTN_BROADCAST))
		wish.route.scope = RT_SCOPE_LINK;
	prepare_route(&request, RTM_NEWROUTE, flags, &wish);
	nl_apply(&request);
	return 0;
}

static int route_add(struct args *args)
{
	return set_route(args, NLM_F_CREATE | NLM_F_EXCL);
}

static int route_append(struct args *args)
{
	return set_route(args, NLM_F_CREATE | NLM_F_APPEND);
}

static int route_change(struct args *args)
{
	return set_route(args, NLM_F_REPLACE);
}

static int route_replace(struct args *args)
{
	return set_route(args, NLM_F_CREATE | NLM_F_REPLACE);
}

static int route_del(struct args *args)
{
	struct route_wish wish = parse_wish(args);
	struct nl_request request;

	if (!wish.has_scope)
		wish.route.scope = RT_SCOPE_NOWHERE;
	prepare_route(&request, RTM_DELROUTE, 0, &wish);
	nl_apply(&request);
	return 0;
}

static bool prefix_matches(const struct route_filter *filter, const struct prefix *prefix)
{
	const struct prefix *wanted = &filter->wish.route.destination;

	switch (filter->match) {
	case MATCH_NONE:
		return true;
	case MATCH_EXACT:
		return prefix_equal(wanted, prefix);
	case MATCH_ROOT:
		return prefix->len >= wanted->len && prefix_contains(wanted, prefix->addr);
	case MATCH_COVERING:
		return prefix->len <= wanted->len && prefix_contains(prefix, wanted->addr);
	}
	return false;
}

static bool filter_matches(const struct route_filter *filter, const struct route *route)
{
	const struct route_wish *wish = &filter->wish;

	if (filter->table && filter->table != route->table)
		return false;
	if (wish->route.ifindex && wish->route.ifindex != route->ifindex)
		return false;
	if (wish->route.gateway.s_addr && wish->route.gateway.s_addr != route->gateway.s_addr)
		return false;
	if (wish->route.source.s_addr && wish->route.source.s_addr != route->source.s_addr)
		return false;
	if (wish->has_type && wish->route.type != route->type)
		return false;
	if (wish->has_scope && wish->route.scope != route->scope)
		return false;
	if (wish->has_protocol && wish->route.protocol != route->protocol)
		return false;
	return prefix_matches(filter, &route->destination);
}

static void parse_filter_prefix(struct args *args, const char *word, struct route_filter *filter)
{
	filter->match = MATCH_EXACT;
	if (!strcmp(word, "to"))
		word = args_value(args, word);
	if (!strcmp(word, "root"))
		filter->match = MATCH_ROOT;
	else if (!strcmp(word, "match"))
		filter->match = MATCH_COVERING;
	if (!strcmp(word, "root") || !strcmp(word, "match") || !strcmp(word, "exact"))
		word = args_value(args, word);
	filter->wish.route.destination = parse_prefix(word);
	filter->wish.has_destination = true;
}

static void parse_filter(struct args *args, struct route_filter *filter)
{
	const char *word;

	filter->table = RT_TABLE_MAIN;
	while ((word = args_take(args))) {
		if (!strcmp(word, "table")) {
			filter->table = parse_named(table_words, args_value(args, word), "table",
						    UINT32_MAX);
		} else if (is_type_name(word)) {
			filter->wish.route.type = parse_named(route_type_names, word, "type", 255);
			filter->wish.has_type = true;
		} else if (!parse_attribute(args, word, &filter->wish)) {
			parse_filter_prefix(args, word, filter);
		}
	}
}

static void collect_route(const struct nlmsghdr *nlh, void *data)
{
	struct route_list *list = data;
	struct route route;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return;
	route_decode(nlh, &route);
	if (!filter_matches(list->filter, &route))
		return;
	list->routes = reallocarray(list->routes, list->count + 1, sizeof(route));
	if (!list->routes)
		fail("out of memory");
	list->routes[list->count++] = route;
}

static struct route_list load_routes(const struct route_filter *filter)
{
	struct route_list list = { .filter = filter };
	struct nl_request request;
	struct rtmsg *rtm;

	rtm = nl_prepare(&request, RTM_GETROUTE, 0, sizeof(*rtm));
	rtm->rtm_family = twin_family();
	nl_dump(&request, twin_family(), collect_route, &list);
	return list;
}

static int route_show(struct args *args)
{
	struct route_filter filter = { 0 };
	struct route_list list;

	parse_filter(args, &filter);
	list = load_routes(&filter);
	for (size_t i = 0; i < list.count; i++) {
		if (cli.json) {
			out_add(route_json(&list.routes[i]));
			continue;
		}
		route_print(&list.routes[i]);
		putchar('\n');
	}
	free(list.routes);
	out_finish();
	return 0;
}

/* Routes that the stack made for its own addresses go with the addresses, not with a flush. */
static bool spared_by_flush(const struct route_filter *filter, const struct route *route)
{
	return route->protocol == RTPROT_KERNEL && !filter->wish.has_protocol;
}

static int route_flush(struct args *args)
{
	struct route_filter filter = { 0 };
	struct nl_request request;
	struct route_list list;
	size_t deleted = 0;

	parse_filter(args, &filter);
	list = load_routes(&filter);
	for (size_t i = 0; i < list.count; i++) {
		struct route_wish wish = { .route = list.routes[i], .has_metric = true };

		if (spared_by_flush(&filter, &wish.route))
			continue;
		prepare_route(&request, RTM_DELROUTE, 0, &wish);
		deleted += nl_delete(&request);
	}
	if (cli.stats)
		printf("*** %zu routes deleted ***\n", deleted);
	free(list.routes);
	return 0;
}

static void print_answer(const struct nlmsghdr *nlh, void *data)
{
	struct route route;

	(void)data;
	route_decode(nlh, &route);
	route.flags |= RTM_F_CLONED;
	if (cli.json) {
		out_add(route_json(&route));
		out_finish();
		return;
	}
	route_print(&route);
	putchar('\n');
}

static int route_get(struct args *args)
{
	struct prefix destination = { 0 };
	struct in_addr from = { 0 };
	struct nl_request request;
	struct rtmsg *rtm;
	const char *word;
	int ifindex = 0;

	while ((word = args_take(args))) {
		if (!strcmp(word, "from")) {
			from = parse_address(args_value(args, word), "source address");
		} else if (!strcmp(word, "oif") || !strcmp(word, "dev")) {
			ifindex = parse_device(args_value(args, word));
		} else {
			if (!strcmp(word, "to"))
				word = args_value(args, word);
			destination.addr = parse_address(word, "destination");
			destination.len = 32;
		}
	}
	if (!destination.len)
		usage_error("an address is needed, as in: twin route get 10.0.0.1");
	rtm = nl_prepare(&request, RTM_GETROUTE, 0, sizeof(*rtm));
	rtm->rtm_family = twin_family();
	rtm->rtm_dst_len = 32;
	rtm->rtm_src_len = from.s_addr ? 32 : 0;
	mnl_attr_put_u32(request.nlh, RTA_DST, destination.addr.s_addr);
	put_address(&request, RTA_SRC, from);
	if (ifindex)
		mnl_attr_put_u32(request.nlh, RTA_OIF, ifindex);
	nl_ask(&request, print_answer, NULL);
	return 0;
}

static const struct command commands[] = {
	{ "add", route_add },
	{ "append", route_append },
	{ "change", route_change },
	{ "replace", route_replace },
	{ "delete", route_del },
	{ "get", route_get },
	{ "show", route_show },
	{ "list", route_show },
	{ "flush", route_flush },
	{ "help", NULL },
	{ NULL, NULL }
};

int cmd_route(struct args *args)
{
	return run_command("route", commands, usage, args);
}
