/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The devices of the namespace, as the heading of what Twin has on them.
 */
#ifndef TWIN_LINK_H
#define TWIN_LINK_H

#include <jansson.h>
#include <stddef.h>

#include "util.h"

#define LINK_ADDRESS_BYTES 32

struct link_address {
	u8 bytes[LINK_ADDRESS_BYTES];
	size_t len;
};

struct link {
	int ifindex;
	char name[NAME_TEXT_LEN];
	unsigned int flags;
	unsigned int type;
	unsigned int mtu;
	unsigned int operstate;
	struct link_address address;
	struct link_address broadcast;
};

struct link_list {
	struct link *links;
	size_t count;
};

int link_of_altname(const char *name);
void links_load(struct link_list *list);
void links_free(struct link_list *list);
void link_print_heading(const struct link *link);
void link_print_brief(const struct link *link);
json_t *link_json(const struct link *link);

#endif
