/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What Twin's tables hold, as the show commands and the monitor print it: an address, a route and a
 * neighbour are decoded from rtnetlink here and printed as ip(8) prints its own.
 */
#ifndef TWIN_RECORDS_H
#define TWIN_RECORDS_H

#include <jansson.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>

#include "link.h"
#include "util.h"

struct address {
	int ifindex;
	struct prefix local;
	struct in_addr broadcast;
	u8 scope;
	u32 flags;
};

struct route {
	struct prefix destination;
	struct in_addr gateway;
	struct in_addr source;
	int ifindex;
	unsigned int metric;
	unsigned int mtu;
	unsigned int table;
	unsigned int flags;
	u8 type;
	u8 scope;
	u8 protocol;
};

struct neighbour {
	struct in_addr address;
	int ifindex;
	unsigned int state;
	unsigned int flags;
	struct link_address mac;
	bool has_cache_info;
	unsigned int references;
	unsigned int confirmed_s;
	unsigned int used_s;
	unsigned int updated_s;
	unsigned int probes;
};

void address_decode(const struct nlmsghdr *nlh, struct address *address);
void address_print(const struct address *address);
json_t *address_json(const struct address *address);

void route_decode(const struct nlmsghdr *nlh, struct route *route);
void route_print(const struct route *route);
json_t *route_json(const struct route *route);

void neighbour_decode(const struct nlmsghdr *nlh, struct neighbour *neighbour);
void neighbour_print(const struct neighbour *neighbour);
json_t *neighbour_json(const struct neighbour *neighbour);

extern const struct named_value route_type_names[];
extern const struct named_value neighbour_state_names[];

#endif
