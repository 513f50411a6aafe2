/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two ends of a connection, and which connections a user means.
 */
#ifndef TWIN_FLOW_H
#define TWIN_FLOW_H

#include <netinet/in.h>
#include <stdbool.h>

#include "util.h"

/* Ports in host order; our end is the local one. */
struct flow {
	struct in_addr laddr;
	struct in_addr raddr;
	u16 lport;
	u16 rport;
};

#define FLOW_CONDITIONS 8

/* Conditions that must all hold. */
struct flow_filter {
	size_t count;
	struct flow_condition {
		bool local;
		bool remote;
		bool has_addr;
		struct prefix addr;
		u16 port;
	} conditions[FLOW_CONDITIONS];
};

#define FLOW_FILTER_HELP							\
	"FILTER := { [ host | src | dst ] ADDRESS[/LEN][:PORT] | :PORT |\n"	\
	"            { port | sport | dport } [ = ] [:]PORT }...     (all must hold)\n"

void flow_filter_read(struct flow_filter *filter, char **words);
bool flow_filter_matches(const struct flow_filter *filter, const struct flow *flow);

#define FLOW_TEXT_LEN 24
const char *flow_end_text(struct in_addr addr, unsigned int port, char text[FLOW_TEXT_LEN]);

#endif
