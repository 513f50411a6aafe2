// SPDX-License-Identifier: GPL-2.0
/*
 * twin neigh: the ARP cache.
 */
#include <ctype.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "family.h"
#include "rtnl.h"
#include "out.h"
#include "records.h"

static const char usage[] =
	"Usage: twin neigh { add | change | replace } ADDR lladdr MAC dev DEVICE [ nud STATE ]\n"
	"       twin neigh del ADDR dev DEVICE\n"
	"       twin neigh [ show | flush ] [ [ to ] PREFIX ] [ dev DEVICE ] [ nud STATE ]\n"
	"STATE := { permanent | noarp | reachable | stale | delay | probe | incomplete | failed |\n"
	"           none | all }\n";

#define ANY_STATE 0xffffU
/* What ip-neigh(8) hides unless asked for, and what its flush leaves alone. */
#define HIDDEN_STATES NUD_NOARP
#define KEPT_STATES (NUD_PERMANENT | NUD_NOARP)
/* ndm_state of an entry that nothing is known of is 0: it needs a bit of its own in a filter. */
#define NONE_BIT 0x8000U

/* USER_HZ, the unit of the times in struct nda_cacheinfo. */
#define TICKS_PER_SECOND 100

const struct named_value neighbour_state_names[] = {
	{ "INCOMPLETE", NUD_INCOMPLETE },
	{ "REACHABLE", NUD_REACHABLE },
	{ "STALE", NUD_STALE },
	{ "DELAY", NUD_DELAY },
	{ "PROBE", NUD_PROBE },
	{ "FAILED", NUD_FAILED },
	{ "NOARP", NUD_NOARP },
	{ "PERMANENT", NUD_PERMANENT },
	{ "NONE", NUD_NONE },
	{ NULL, 0 }
};

static const struct named_value state_words[] = {
	{ "incomplete", NUD_INCOMPLETE },
	{ "reachable", NUD_REACHABLE },
	{ "stale", NUD_STALE },
	{ "delay", NUD_DELAY },
	{ "probe", NUD_PROBE },
	{ "failed", NUD_FAILED },
	{ "noarp", NUD_NOARP },
	{ "permanent", NUD_PERMANENT },
	{ "none", NONE_BIT },
	{ "all", ANY_STATE },
	{ NULL, 0 }
};

struct neighbour_filter {
	int ifindex;
	unsigned int states;
	bool has_prefix;
	struct prefix prefix;
};

struct neighbour_list {
	struct neighbour *neighbours;
	size_t count;
	const struct neighbour_filter *filter;
};

static void read_mac(const struct nlattr *attr, struct link_address *mac)
{
	if (!attr)
		return;
	mac->len = mnl_attr_get_payload_len(attr);
	if (mac->len > sizeof(mac->bytes))
		mac->len = sizeof(mac->bytes);
	memcpy(mac->bytes, mnl_attr_get_payload(attr), mac->len);
}

static void read_cache_info(const struct nlattr *attr, struct neighbour *neighbour)
{
	struct nda_cacheinfo info;

	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(info))
		return;
	memcpy(&info, mnl_attr_get_payload(attr), sizeof(info));
	neighbour->has_cache_info = true;
	neighbour->references = info.ndm_refcnt;
	neighbour->confirmed_s = info.ndm_confirmed / TICKS_PER_SECOND;
	neighbour->used_s = info.ndm_used / TICKS_PER_SECOND;
	neighbour->updated_s = info.ndm_updated / TICKS_PER_SECOND;
}

void neighbour_decode(const struct nlmsghdr *nlh, struct neighbour *neighbour)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	struct nl_attrs attrs;

	nl_parse(nlh, sizeof(*ndm), &attrs);
	*neighbour = (struct neighbour){
		.address = nl_addr(&attrs, NDA_DST),
		.ifindex = ndm->ndm_ifindex,
		.state = ndm->ndm_state,
		.flags = ndm->ndm_flags,
		.probes = nl_u32(&attrs, NDA_PROBES),
	};
	read_mac(attrs.by_type[NDA_LLADDR], &neighbour->mac);
	read_cache_info(attrs.by_type[NDA_CACHEINFO], neighbour);
}

void neighbour_print(const struct neighbour *neighbour)
{
	char text[ADDRESS_TEXT_LEN];
	char name[NAME_TEXT_LEN];
	char mac[MAC_TEXT_LEN];

	printf("%s dev %s", address_text(neighbour->address, text),
	       device_text(neighbour->ifindex, name));
	if (neighbour->mac.len)
		printf(" lladdr %s",
		       mac_text(neighbour->mac.bytes, neighbour->mac.len, mac));
	if (cli.stats && neighbour->has_cache_info)
		printf(" ref %u used %u/%u/%u", neighbour->references, neighbour->used_s,
		       neighbour->confirmed_s, neighbour->updated_s);
	if (cli.stats)
		printf(" probes %u", neighbour->probes);
	printf(" %s", named_text(neighbour_state_names, neighbour->state, name));
}

json_t *neighbour_json(const struct neighbour *neighbour)
{
	json_t *object = json_object();
	json_t *states = json_array();
	char name[NAME_TEXT_LEN];
	char mac[MAC_TEXT_LEN];

	json_set_address(object, "dst", neighbour->address);
	json_set_text(object, "dev", device_text(neighbour->ifindex, name));
	if (neighbour->mac.len)
		json_set_text(object, "lladdr",
			      mac_text(neighbour->mac.bytes, neighbour->mac.len, mac));
	if (cli.stats && neighbour->has_cache_info) {
		json_set_number(object, "refcnt", neighbour->references);
		json_set_number(object, "used", neighbour->used_s);
		json_set_number(object, "confirmed", neighbour->confirmed_s);
		json_set_number(object, "updated", neighbour->updated_s);
	}
	if (cli.stats)
		json_set_number(object, "probes", neighbour->probes);
	json_append(states, json_string(named_text(neighbour_state_names, neighbour->state, name)));
	json_set(object, "state", states);
	return object;
}

static bool filter_matches(const struct neighbour_filter *filter,
			   const struct neighbour *neighbour)
{
	unsigned int state = neighbour->state ? neighbour->state : NONE_BIT;

	if (filter->ifindex && filter->ifindex != neighbour->ifindex)
		return false;
	if (!(filter->states & state))
		return false;
	return !filter->has_prefix || prefix_contains(&filter->prefix, neighbour->address);
}

static void parse_filter(struct args *args, unsigned int default_states,
			 struct neighbour_filter *filter)
{
	const char *word;

	while ((word = args_take(args))) {
		if (!strcmp(word, "dev")) {
			filter->ifindex = parse_device(args_value(args, word));
		} else if (!strcmp(word, "nud")) {
			filter->states |= parse_named(state_words, args_value(args, word),
						      "state", ANY_STATE);
		} else {
			if (!strcmp(word, "to"))
				word = args_value(args, word);
			filter->prefix = parse_prefix(word);
			filter->has_prefix = true;
		}
	}
	if (!filter->states)
		filter->states = default_states;
}

static void collect_neighbour(const struct nlmsghdr *nlh, void *data)
{
	struct neighbour_list *list = data;
	struct neighbour neighbour;

	if (nlh->nlmsg_type != RTM_NEWNEIGH)
		return;
	neighbour_decode(nlh, &neighbour);
	if (!filter_matches(list->filter, &neighbour))
		return;
	list->neighbours = reallocarray(list->neighbours, list->count + 1, sizeof(neighbour));
	if (!list->neighbours)
		fail("out of memory");
	list->neighbours[list->count++] = neighbour;
}

static struct neighbour_list load_neighbours(const struct neighbour_filter *filter)
{
	struct neighbour_list list = { .filter = filter };
	struct nl_request request;
	struct ndmsg *ndm;

	ndm = nl_prepare(&request, RTM_GETNEIGH, 0, sizeof(*ndm));
	ndm->ndm_family = twin_family();
	nl_dump(&request, twin_family(), collect_neighbour, &list);
	return list;
}

static int neigh_show(struct args *args)
{
	struct neighbour_filter filter = { 0 };
	struct neighbour_list list;

	parse_filter(args, ANY_STATE & ~HIDDEN_STATES, &filter);
	list = load_neighbours(&filter);
	for (size_t i = 0; i < list.count; i++) {
		if (cli.json) {
			out_add(neighbour_json(&list.neighbours[i]));
			continue;
		}
		neighbour_print(&list.neighbours[i]);
		putchar('\n');
	}
	free(list.neighbours);
	out_finish();
	return 0;
}

static void prepare_neighbour(struct nl_request *request, u16 type, u16 flags,
			      const struct neighbour *neighbour)
{
	struct ndmsg *ndm = nl_prepare(request, type, flags, sizeof(*ndm));

	ndm->ndm_family = twin_family();
	ndm->ndm_ifindex = neighbour->ifindex;
	ndm->ndm_state = neighbour->state;
	mnl_attr_put_u32(request->nlh, NDA_DST, neighbour->address.s_addr);
	if (neighbour->mac.len)
		mnl_attr_put(request->nlh, NDA_LLADDR, neighbour->mac.len, neighbour->mac.bytes);
}

static struct link_address parse_mac(const char *word)
{
	struct link_address mac = { .len = 6 };
	const char *at = word;
	char *end;

	for (size_t i = 0; i < mac.len; i++) {
		unsigned long byte = strtoul(at, &end, 16);

		if (!isxdigit(*at) || end - at > 2 || *end != (i + 1 < mac.len ? ':' : '\0'))
			usage_error("'%s' is no valid link address, as in 52:54:00:12:34:56", word);
		mac.bytes[i] = byte;
		at = end + 1;
	}
	return mac;
}

static struct neighbour parse_neighbour(struct args *args)
{
	struct neighbour neighbour = { .state = NUD_PERMANENT };
	const char *word;

	while ((word = args_take(args))) {
		if (!strcmp(word, "dev")) {
			neighbour.ifindex = parse_device(args_value(args, word));
		} else if (!strcmp(word, "lladdr")) {
			neighbour.mac = parse_mac(args_value(args, word));
		} else if (!strcmp(word, "nud")) {
			neighbour.state = parse_named(state_words, args_value(args, word),
						      "state", 255);
			if (neighbour.state > 255)
				usage_error("an entry has one state");
		} else {
			if (!strcmp(word, "to"))
				word = args_value(args, word);
			if (neighbour.address.s_addr)
				usage_error("'%s' is not expected here", word);
			neighbour.address = parse_address(word, "address");
		}
	}
	if (!neighbour.address.s_addr)
		usage_error("an address is needed, as in 10.0.0.1");
	if (!neighbour.ifindex)
		usage_error("a device is needed: dev DEVICE");
	return neighbour;
}

static int set_neighbour(struct args *args, u16 flags)
{
	struct neighbour neighbour = parse_neighbour(args);
	struct nl_request request;

	prepare_neighbour(&request, RTM_NEWNEIGH, flags, &neighbour);
	nl_apply(&request);
	return 0;
}

static int neigh_add(struct args *args)
{
	return set_neighbour(args, NLM_F_CREATE | NLM_F_EXCL);
}

static int neigh_change(struct args *args)
{
	return set_neighbour(args, NLM_F_REPLACE);
}

static int neigh_replace(struct args *args)
{
	return set_neighbour(args, NLM_F_CREATE | NLM_F_REPLACE);
}

static int neigh_del(struct args *args)
{
	struct neighbour neighbour = parse_neighbour(args);
	struct nl_request request;

	prepare_neighbour(&request, RTM_DELNEIGH, 0, &neighbour);
	nl_apply(&request);
	return 0;
}

static int neigh_flush(struct args *args)
{
	struct neighbour_filter filter = { 0 };
	struct neighbour_list list;
	struct nl_request request;
	size_t deleted = 0;

	parse_filter(args, ANY_STATE & ~KEPT_STATES, &filter);
	list = load_neighbours(&filter);
	for (size_t i = 0; i < list.count; i++) {
		prepare_neighbour(&request, RTM_DELNEIGH, 0, &list.neighbours[i]);
		deleted += nl_delete(&request);
	}
	if (cli.stats)
		printf("*** %zu entries deleted ***\n", deleted);
	free(list.neighbours);
	return 0;
}

static const struct command commands[] = {
	{ "add", neigh_add },
	{ "change", neigh_change },
	{ "replace", neigh_replace },
	{ "delete", neigh_del },
	{ "show", neigh_show },
	{ "list", neigh_show },
	{ "flush", neigh_flush },
	{ "help", NULL },
	{ NULL, NULL }
};

int cmd_neigh(struct args *args)
{
	return run_command("neigh", commands, usage, args);
}
