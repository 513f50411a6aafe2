/* SPDX-License-Identifier: GPL-2.0 */
/*
 * twin ss: what the stock ss is asked, sorted into what it is given and what is decided here.
 */
#ifndef TWIN_SS_H
#define TWIN_SS_H

#include <stdbool.h>

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
	/* The flight recorders; none of ss's business. */
	bool history;
	/* Only ss's own help or version. */
	bool about_ss;
	/* Details that only the binary file holds. */
	bool details;
	bool has_states;
	u32 states;
};

void ss_read_args(char **argv, struct ss_request *request);
u32 ss_states_of(const struct ss_request *request, enum ss_table table);

int ss_filter_diag(const char *path, const struct ss_request *request);
int ss_print_json(const char *path, const struct ss_request *request);

#endif
