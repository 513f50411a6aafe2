// SPDX-License-Identifier: GPL-2.0
#include "link.h"

#include <linux/if.h>
#include <linux/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "rtnl.h"
#include "out.h"

static const struct named_value flag_names[] = {
	{ "LOOPBACK", IFF_LOOPBACK },
	{ "BROADCAST", IFF_BROADCAST },
	{ "POINTOPOINT", IFF_POINTOPOINT },
	{ "MULTICAST", IFF_MULTICAST },
	{ "NOARP", IFF_NOARP },
	{ "ALLMULTI", IFF_ALLMULTI },
	{ "PROMISC", IFF_PROMISC },
	{ "MASTER", IFF_MASTER },
	{ "SLAVE", IFF_SLAVE },
	{ "UP", IFF_UP },
	{ "LOWER_UP", IFF_LOWER_UP },
	{ "DORMANT", IFF_DORMANT },
	{ NULL, 0 }
};

static const struct named_value type_names[] = {
	{ "ether", ARPHRD_ETHER },
	{ "loopback", ARPHRD_LOOPBACK },
	{ "none", ARPHRD_NONE },
	{ "ppp", ARPHRD_PPP },
	{ "ipip", ARPHRD_TUNNEL },
	{ "gre", ARPHRD_IPGRE },
	{ NULL, 0 }
};

static const struct named_value state_names[] = {
	{ "UNKNOWN", IF_OPER_UNKNOWN },
	{ "NOTPRESENT", IF_OPER_NOTPRESENT },
	{ "DOWN", IF_OPER_DOWN },
	{ "LOWERLAYERDOWN", IF_OPER_LOWERLAYERDOWN },
	{ "TESTING", IF_OPER_TESTING },
	{ "DORMANT", IF_OPER_DORMANT },
	{ "UP", IF_OPER_UP },
	{ NULL, 0 }
};

static void read_address(const struct nlattr *attr, struct link_address *address)
{
	if (!attr)
		return;
	address->len = mnl_attr_get_payload_len(attr);
	if (address->len > sizeof(address->bytes))
		address->len = sizeof(address->bytes);
	memcpy(address->bytes, mnl_attr_get_payload(attr), address->len);
}

static void add_link(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct link_list *list = data;
	struct nl_attrs attrs;
	struct link *link;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return;
	list->links = reallocarray(list->links, list->count + 1, sizeof(*link));
	if (!list->links)
		fail("out of memory");
	link = &list->links[list->count++];
	memset(link, 0, sizeof(*link));
	nl_parse(nlh, sizeof(*info), &attrs);
	link->ifindex = info->ifi_index;
	link->flags = info->ifi_flags;
	link->type = info->ifi_type;
	link->mtu = nl_u32(&attrs, IFLA_MTU);
	if (attrs.by_type[IFLA_IFNAME])
		snprintf(link->name, sizeof(link->name), "%s",
			 mnl_attr_get_str(attrs.by_type[IFLA_IFNAME]));
	if (attrs.by_type[IFLA_OPERSTATE])
		link->operstate = mnl_attr_get_u8(attrs.by_type[IFLA_OPERSTATE]);
	read_address(attrs.by_type[IFLA_ADDRESS], &link->address);
	read_address(attrs.by_type[IFLA_BROADCAST], &link->broadcast);
}

static void note_ifindex(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	int *ifindex = data;

	if (nlh->nlmsg_type == RTM_NEWLINK)
		*ifindex = info->ifi_index;
}

/* Return: the device's number, 0 if none has such a name. */
int link_of_altname(const char *name)
{
	struct nl_request request;
	int ifindex = 0;

	if (strlen(name) >= ALTIFNAMSIZ)
		return 0;
	nl_prepare(&request, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(request.nlh, IFLA_ALT_IFNAME, name);
	return nl_try_ask(&request, note_ifindex, &ifindex) ? 0 : ifindex;
}

void links_load(struct link_list *list)
{
	struct nl_request request;

	nl_prepare(&request, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	nl_dump(&request, AF_UNSPEC, add_link, list);
}

void links_free(struct link_list *list)
{
	free(list->links);
	*list = (struct link_list){ 0 };
}

static void print_flags(const struct link *link)
{
	const char *comma = "";

	putchar('<');
	if ((link->flags & IFF_UP) && !(link->flags & IFF_RUNNING)) {
		fputs("NO-CARRIER", stdout);
		comma = ",";
	}
	for (const struct named_value *flag = flag_names; flag->name; flag++) {
		if (link->flags & flag->value) {
			printf("%s%s", comma, flag->name);
			comma = ",";
		}
	}
	putchar('>');
}

void link_print_heading(const struct link *link)
{
	char name[NAME_TEXT_LEN];
	char mac[MAC_TEXT_LEN];

	printf("%d: %s: ", link->ifindex, link->name);
	print_flags(link);
	printf(" mtu %u state %s\n", link->mtu, named_text(state_names, link->operstate, name));
	printf("    link/%s", named_text(type_names, link->type, name));
	if (link->address.len)
		printf(" %s", mac_text(link->address.bytes, link->address.len, mac));
	if (link->broadcast.len)
		printf(" brd %s", mac_text(link->broadcast.bytes, link->broadcast.len, mac));
	putchar('\n');
}

void link_print_brief(const struct link *link)
{
	char name[NAME_TEXT_LEN];

	printf("%-16s %-14s ", link->name, named_text(state_names, link->operstate, name));
}

json_t *link_json(const struct link *link)
{
	json_t *object = json_object();
	json_t *flags = json_array();
	char name[NAME_TEXT_LEN];
	char mac[MAC_TEXT_LEN];

	for (const struct named_value *flag = flag_names; flag->name; flag++)
		if (link->flags & flag->value)
			json_append(flags, json_string(flag->name));
	json_set_number(object, "ifindex", link->ifindex);
	json_set_text(object, "ifname", link->name);
	json_set(object, "flags", flags);
	json_set_number(object, "mtu", link->mtu);
	json_set_text(object, "operstate", named_text(state_names, link->operstate, name));
	json_set_text(object, "link_type", named_text(type_names, link->type, name));
	if (link->address.len)
		json_set_text(object, "address",
			      mac_text(link->address.bytes, link->address.len, mac));
	if (link->broadcast.len)
		json_set_text(object, "broadcast",
			      mac_text(link->broadcast.bytes, link->broadcast.len, mac));
	return object;
}
