/* SPDX-License-Identifier: GPL-2.0 */
/*
 * twin ss: what the stock ss is asked, sorted into what it is given and what is decided here.
 */
#ifndef TWIN_SS_H
#define TWIN_SS_H

#include <linux/netlink.h>
#include <stdbool.h>

#include "compiler.h"
#include "util.h"

enum ss_table { SS_TCP, SS_UDP, SS_RAW, SS_TABLES };

struct ss_request {
	/* For execvp(): everything but the tables and the namespace. */
	char **options;
	int option_count;
	char **filter;
	/* The part of the filter after the states. */
	char **expression;
	bool wants[SS_TABLES];
	bool any_table;
	bool all;
	bool listening;
	bool summary;
	bool kill;
	/* The flight recorders; none of ss's business. */
	bool history;
	/* Only ss's own help or version. */
	bool about_ss;
	/* Attributes that are asked for where ss does not ask. */
	u8 extensions;
	/* ss shows attributes that AF_INET's rows always have. */
	bool attributes;
	bool has_states;
	u32 states;
};

void ss_read_args(char **argv, struct ss_request *request);
u32 ss_states_of(const struct ss_request *request, enum ss_table table);

/* ss_dump.c */
typedef void (*ss_row_handler)(struct nlmsghdr *nlh, void *data);

void ss_visit_rows(const struct ss_request *request, ss_row_handler handler, void *data);

/* ss_diag.c */
void ss_print_json(const struct ss_request *request);

#endif
