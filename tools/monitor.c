// SPDX-License-Identifier: GPL-2.0
/*
 * twin monitor: what changes in Twin's tables, as it happens.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "family.h"
#include "rtnl.h"
#include "out.h"
#include "records.h"

static const char usage[] =
	"Usage: twin monitor [ label ] [ all ] [ address ] [ route ] [ neigh ]\n";

enum subject { SUBJECT_ADDRESS = 1, SUBJECT_ROUTE = 2, SUBJECT_NEIGH = 4 };

static const struct {
	const char *name;
	const char *label;
	enum subject subject;
	unsigned int group;
} subjects[] = {
	{ "address", "ADDR", SUBJECT_ADDRESS, RTNLGRP_IPV4_IFADDR },
	{ "route", "ROUTE", SUBJECT_ROUTE, RTNLGRP_IPV4_ROUTE },
	{ "neigh", "NEIGH", SUBJECT_NEIGH, RTNLGRP_NEIGH },
};

struct event {
	enum subject subject;
	bool deleted;
};

struct monitor {
	unsigned int wanted;
	bool label;
};

static bool classify(const struct nlmsghdr *nlh, struct event *event)
{
	static const struct {
		u16 type;
		struct event event;
	} kinds[] = {
		{ RTM_NEWADDR, { SUBJECT_ADDRESS, false } },
		{ RTM_DELADDR, { SUBJECT_ADDRESS, true } },
		{ RTM_NEWROUTE, { SUBJECT_ROUTE, false } },
		{ RTM_DELROUTE, { SUBJECT_ROUTE, true } },
		{ RTM_NEWNEIGH, { SUBJECT_NEIGH, false } },
		{ RTM_DELNEIGH, { SUBJECT_NEIGH, true } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].type == nlh->nlmsg_type) {
			*event = kinds[i].event;
			return true;
		}
	}
	return false;
}

static const char *label_of(enum subject subject)
{
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
		if (subjects[i].subject == subject)
			return subjects[i].label;
	return "";
}

static void time_text(char *text, size_t room)
{
	struct timespec now;
	struct tm local;
	char date[32];

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &local);
	snprintf(text, room, "%s.%06ld", date, now.tv_nsec / 1000);
}

static void print_address(const struct nlmsghdr *nlh)
{
	struct address address;
	char name[NAME_TEXT_LEN];

	address_decode(nlh, &address);
	printf("%d: %s    ", address.ifindex, device_text(address.ifindex, name));
	address_print(&address);
}

static void print_event(const struct nlmsghdr *nlh, const struct event *event, bool label)
{
	struct neighbour neighbour;
	struct route route;
	char now[64];

	time_text(now, sizeof(now));
	if (cli.timestamp)
		printf("[%s] ", now);
	if (label)
		printf("[%s]", label_of(event->subject));
	if (event->deleted)
		fputs("Deleted ", stdout);
	switch (event->subject) {
	case SUBJECT_ADDRESS:
		print_address(nlh);
		break;
	case SUBJECT_ROUTE:
		route_decode(nlh, &route);
		route_print(&route);
		break;
	case SUBJECT_NEIGH:
		neighbour_decode(nlh, &neighbour);
		neighbour_print(&neighbour);
		break;
	}
	putchar('\n');
	fflush(stdout);
}

static json_t *record_json(const struct nlmsghdr *nlh, enum subject subject)
{
	struct neighbour neighbour;
	struct address address;
	char name[NAME_TEXT_LEN];
	struct route route;
	json_t *record;

	switch (subject) {
	case SUBJECT_ROUTE:
		route_decode(nlh, &route);
		return route_json(&route);
	case SUBJECT_NEIGH:
		neighbour_decode(nlh, &neighbour);
		return neighbour_json(&neighbour);
	default:
		address_decode(nlh, &address);
		record = address_json(&address);
		json_set_text(record, "dev", device_text(address.ifindex, name));
		return record;
	}
}

static void stream_event(const struct nlmsghdr *nlh, const struct event *event)
{
	json_t *record = record_json(nlh, event->subject);
	char now[64];

	json_set_text(record, "event", label_of(event->subject));
	json_set(record, "deleted", json_boolean(event->deleted));
	if (cli.timestamp) {
		time_text(now, sizeof(now));
		json_set_text(record, "timestamp", now);
	}
	out_stream(record);
}

static void hear(const struct nlmsghdr *nlh, void *data)
{
	const struct monitor *monitor = data;
	struct event event;

	if (!classify(nlh, &event) || !(monitor->wanted & event.subject))
		return;
	if (cli.json)
		stream_event(nlh, &event);
	else
		print_event(nlh, &event, monitor->label);
}

static unsigned int parse_subject(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
		if (abbreviates(word, subjects[i].name))
			return subjects[i].subject;
	usage_error("'%s' is nothing to monitor; see 'twin monitor help'", word);
}

static struct monitor parse_monitor(struct args *args)
{
	struct monitor monitor = { 0 };
	const char *word;

	while ((word = args_take(args))) {
		if (!strcmp(word, "label") || !strcmp(word, "all"))
			monitor.label = true;
		if (!strcmp(word, "all"))
			monitor.wanted = ~0U;
		else if (strcmp(word, "label"))
			monitor.wanted |= parse_subject(word);
	}
	if (!monitor.wanted)
		monitor.wanted = ~0U;
	return monitor;
}

int cmd_monitor(struct args *args)
{
	unsigned int groups[ARRAY_SIZE(subjects) + 1] = { 0 };
	struct monitor monitor;
	size_t count = 0;

	set_command_name("twin monitor");
	if (args_accept(args, "help") || args_accept(args, "--help") || args_accept(args, "-h")) {
		fputs(usage, stdout);
		return 0;
	}
	monitor = parse_monitor(args);
	require_twin_family();
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
		if (monitor.wanted & subjects[i].subject)
			groups[count++] = subjects[i].group;
	nl_listen(groups, twin_family(), hear, &monitor);
	return 0;
}
