// SPDX-License-Identifier: GPL-2.0
/*
 * twin addr: the addresses that attach Twin to devices.
 */
#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "family.h"
#include "rtnl.h"
#include "out.h"
#include "records.h"

static const char usage[] =
	"Usage: twin addr { add | change | replace } ADDR[/LEN] dev DEVICE\n"
	"                [ broadcast { ADDR | + | - } ] [ scope SCOPE ] [ nodad ]\n"
	"       twin addr del ADDR[/LEN] dev DEVICE\n"
	"       twin addr [ show | flush ] [ dev DEVICE ] [ scope SCOPE ] [ to PREFIX ]\n"
	"SCOPE := { global | site | link | host | NUMBER }\n";

struct address_filter {
	int ifindex;
	bool has_scope;
	u8 scope;
	bool has_prefix;
	struct prefix prefix;
};

struct address_list {
	struct address *addresses;
	size_t count;
	const struct address_filter *filter;
};

void address_decode(const struct nlmsghdr *nlh, struct address *address)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct nl_attrs attrs;

	nl_parse(nlh, sizeof(*ifa), &attrs);
	*address = (struct address){
		.ifindex = ifa->ifa_index,
		.local = { .addr = nl_addr(&attrs, IFA_LOCAL), .len = ifa->ifa_prefixlen },
		.broadcast = nl_addr(&attrs, IFA_BROADCAST),
		.scope = ifa->ifa_scope,
		.flags = ifa->ifa_flags,
	};
}

/* What ip(8) says of an address that is not used, or not by us alone. */
static const struct {
	u32 flag;
	const char *text;
} shown_flags[] = {
	{ IFA_F_TENTATIVE, "tentative" },
	{ IFA_F_DADFAILED, "dadfailed" },
	{ IFA_F_NODAD, "nodad" },
};

void address_print(const struct address *address)
{
	char text[ADDRESS_TEXT_LEN];
	char scope[NAME_TEXT_LEN];

	printf("inet %s/%u", address_text(address->local.addr, text), address->local.len);
	if (address->broadcast.s_addr)
		printf(" brd %s", address_text(address->broadcast, text));
	printf(" scope %s", named_text(scope_names, address->scope, scope));
	for (size_t i = 0; i < ARRAY_SIZE(shown_flags); i++)
		if (address->flags & shown_flags[i].flag)
			printf(" %s", shown_flags[i].text);
}

json_t *address_json(const struct address *address)
{
	json_t *object = json_object();
	char scope[NAME_TEXT_LEN];

	json_set_text(object, "family", "inet");
	json_set_address(object, "local", address->local.addr);
	json_set_number(object, "prefixlen", address->local.len);
	if (address->broadcast.s_addr)
		json_set_address(object, "broadcast", address->broadcast);
	json_set_text(object, "scope", named_text(scope_names, address->scope, scope));
	for (size_t i = 0; i < ARRAY_SIZE(shown_flags); i++)
		if (address->flags & shown_flags[i].flag)
			json_object_set_new(object, shown_flags[i].text, json_true());
	return object;
}

static bool filter_matches(const struct address_filter *filter, const struct address *address)
{
	if (filter->ifindex && filter->ifindex != address->ifindex)
		return false;
	if (filter->has_scope && filter->scope != address->scope)
		return false;
	return !filter->has_prefix || prefix_contains(&filter->prefix, address->local.addr);
}

static void parse_filter(struct args *args, struct address_filter *filter)
{
	const char *word;

	while ((word = args_take(args))) {
		if (!strcmp(word, "scope")) {
			filter->has_scope = true;
			filter->scope = parse_named(scope_names, args_value(args, word),
						    "scope", 255);
		} else if (!strcmp(word, "to")) {
			filter->has_prefix = true;
			filter->prefix = parse_prefix(args_value(args, word));
		} else {
			if (!strcmp(word, "dev"))
				word = args_value(args, word);
			filter->ifindex = parse_device(word);
		}
	}
}

static void collect_address(const struct nlmsghdr *nlh, void *data)
{
	struct address_list *list = data;
	struct address address;

	if (nlh->nlmsg_type != RTM_NEWADDR)
		return;
	address_decode(nlh, &address);
	if (!filter_matches(list->filter, &address))
		return;
	list->addresses = reallocarray(list->addresses, list->count + 1, sizeof(address));
	if (!list->addresses)
		fail("out of memory");
	list->addresses[list->count++] = address;
}

static struct address_list load_addresses(const struct address_filter *filter)
{
	struct address_list list = { .filter = filter };
	struct nl_request request;
	struct ifaddrmsg *ifa;

	ifa = nl_prepare(&request, RTM_GETADDR, 0, sizeof(*ifa));
	ifa->ifa_family = twin_family();
	nl_dump(&request, twin_family(), collect_address, &list);
	return list;
}

static bool link_has_address(const struct link *link, const struct address_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->addresses[i].ifindex == link->ifindex)
			return true;
	return false;
}

static void show_link_json(const struct link *link, const struct address_list *list)
{
	json_t *addresses = json_array();
	json_t *object = link_json(link);

	for (size_t i = 0; i < list->count; i++)
		if (list->addresses[i].ifindex == link->ifindex)
			json_append(addresses, address_json(&list->addresses[i]));
	json_set(object, "addr_info", addresses);
	out_add(object);
}

static void print_brief(const struct link *link, const struct address_list *list)
{
	char text[ADDRESS_TEXT_LEN];

	link_print_brief(link);
	for (size_t i = 0; i < list->count; i++) {
		const struct address *address = &list->addresses[i];

		if (address->ifindex == link->ifindex)
			printf("%s/%u ", address_text(address->local.addr, text),
			       address->local.len);
	}
	putchar('\n');
}

static void show_link(const struct link *link, const struct address_list *list)
{
	if (!cli.oneline)
		link_print_heading(link);
	for (size_t i = 0; i < list->count; i++) {
		if (list->addresses[i].ifindex != link->ifindex)
			continue;
		if (cli.oneline)
			printf("%d: %s    ", link->ifindex, link->name);
		else
			fputs("    ", stdout);
		address_print(&list->addresses[i]);
		putchar('\n');
	}
}

/* Only the devices that Twin is attached to, unless one is asked for by name. */
static int addr_show(struct args *args)
{
	struct address_filter filter = { 0 };
	struct link_list links = { 0 };
	struct address_list list;

	parse_filter(args, &filter);
	list = load_addresses(&filter);
	links_load(&links);
	for (size_t i = 0; i < links.count; i++) {
		const struct link *link = &links.links[i];

		if (!link_has_address(link, &list) && link->ifindex != filter.ifindex)
			continue;
		if (cli.json)
			show_link_json(link, &list);
		else if (cli.brief)
			print_brief(link, &list);
		else
			show_link(link, &list);
	}
	links_free(&links);
	free(list.addresses);
	out_finish();
	return 0;
}

/*
 * "brd +" sets the host bits, "brd -" clears them; a prefix of 31 or 32 bits has no broadcast
 * address (RFC 3021).
 */
static struct in_addr parse_broadcast(const char *word, const struct prefix *local)
{
	in_addr_t addr = local->addr.s_addr;
	in_addr_t host_bits;

	if (strcmp(word, "+") && strcmp(word, "-"))
		return parse_address(word, "broadcast address");
	if (local->len >= 31)
		usage_error("a /%u has no broadcast address", local->len);
	host_bits = htonl(UINT32_MAX >> local->len);
	return (struct in_addr){ .s_addr = *word == '+' ? addr | host_bits : addr & ~host_bits };
}

static struct address parse_new_address(struct args *args)
{
	struct address address = { 0 };
	const char *broadcast = NULL;
	const char *word;

	while ((word = args_take(args))) {
		if (!strcmp(word, "dev")) {
			address.ifindex = parse_device(args_value(args, word));
		} else if (!strcmp(word, "brd") || !strcmp(word, "broadcast")) {
			broadcast = args_value(args, word);
		} else if (!strcmp(word, "scope")) {
			address.scope = parse_named(scope_names, args_value(args, word),
						    "scope", 255);
		} else if (!strcmp(word, "nodad")) {
			address.flags = IFA_F_NODAD;
		} else {
			if (!strcmp(word, "local"))
				word = args_value(args, word);
			if (address.local.addr.s_addr)
				usage_error("'%s' is not expected here", word);
			address.local = parse_prefix(word);
		}
	}
	if (!address.local.addr.s_addr)
		usage_error("an address is needed, as in 10.0.0.2/24");
	if (!address.ifindex)
		usage_error("a device is needed: dev DEVICE");
	if (broadcast)
		address.broadcast = parse_broadcast(broadcast, &address.local);
	return address;
}

static void prepare_address(struct nl_request *request, u16 type, u16 flags,
			    const struct address *address)
{
	struct ifaddrmsg *ifa = nl_prepare(request, type, flags, sizeof(*ifa));

	ifa->ifa_family = twin_family();
	ifa->ifa_prefixlen = address->local.len;
	ifa->ifa_scope = address->scope;
	ifa->ifa_flags = address->flags;
	ifa->ifa_index = address->ifindex;
	mnl_attr_put_u32(request->nlh, IFA_LOCAL, address->local.addr.s_addr);
	/* Without this a deletion is of the address whatever its prefix length. */
	if (!address->local.len_is_implied)
		mnl_attr_put_u32(request->nlh, IFA_ADDRESS, address->local.addr.s_addr);
	if (address->broadcast.s_addr)
		mnl_attr_put_u32(request->nlh, IFA_BROADCAST, address->broadcast.s_addr);
}

static int set_address(struct args *args, u16 flags)
{
	struct address address = parse_new_address(args);
	struct nl_request request;

	prepare_address(&request, RTM_NEWADDR, flags, &address);
	nl_apply(&request);
	return 0;
}

static int addr_add(struct args *args)
{
	return set_address(args, NLM_F_CREATE | NLM_F_EXCL);
}

static int addr_replace(struct args *args)
{
	return set_address(args, NLM_F_CREATE | NLM_F_REPLACE);
}

static int addr_change(struct args *args)
{
	return set_address(args, NLM_F_REPLACE);
}

static int addr_del(struct args *args)
{
	struct address address = parse_new_address(args);
	struct nl_request request;

	prepare_address(&request, RTM_DELADDR, 0, &address);
	nl_apply(&request);
	return 0;
}

static int addr_flush(struct args *args)
{
	struct address_filter filter = { 0 };
	struct nl_request request;
	struct address_list list;
	size_t deleted = 0;

	if (!args_peek(args))
		usage_error("say what to flush, as in: twin addr flush dev DEVICE");
	parse_filter(args, &filter);
	list = load_addresses(&filter);
	for (size_t i = 0; i < list.count; i++) {
		prepare_address(&request, RTM_DELADDR, 0, &list.addresses[i]);
		deleted += nl_delete(&request);
	}
	if (cli.stats)
		printf("*** %zu addresses deleted ***\n", deleted);
	free(list.addresses);
	return 0;
}

static const struct command commands[] = {
	{ "add", addr_add },
	{ "change", addr_change },
	{ "replace", addr_replace },
	{ "delete", addr_del },
	{ "show", addr_show },
	{ "list", addr_show },
	{ "flush", addr_flush },
	{ "help", NULL },
	{ NULL, NULL }
};

int cmd_addr(struct args *args)
{
	return run_command("addr", commands, usage, args);
}
