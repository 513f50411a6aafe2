/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options every command of twin shares, and the commands themselves.
 *
 * A command reads its words from a struct args, prints through out.h, and ends the program
 * through fail() or usage_error() when it cannot go on.
 */
#ifndef TWIN_CLI_H
#define TWIN_CLI_H

#include <stdbool.h>

#include "util.h"

struct cli_options {
	bool json;
	bool pretty;
	bool details;
	bool stats;
	bool oneline;
	bool brief;
	bool timestamp;
};

extern struct cli_options cli;

int cmd_addr(struct args *args);
int cmd_route(struct args *args);
int cmd_neigh(struct args *args);
int cmd_monitor(struct args *args);
int cmd_ss(struct args *args);
int cmd_stat(struct args *args);
int cmd_trace(struct args *args);
int cmd_run(struct args *args);

#endif
