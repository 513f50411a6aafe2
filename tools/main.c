// SPDX-License-Identifier: GPL-2.0
/*
 * twin: configures and shows the Twin protocol stack, and runs programs on it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "netns.h"

#ifndef TWIN_VERSION
#define TWIN_VERSION "unknown"
#endif

struct cli_options cli;

static const char usage[] =
	"Usage: twin [ OPTIONS ] OBJECT { COMMAND | help }\n"
	"OBJECT  := { addr | route | neigh | ss | stat | monitor | run |\n"
	"             trace }\n"
	"OPTIONS := { -n[etns] NAME | -j[son] | -p[retty] | -d[etails] | -s[tatistics] |\n"
	"             -o[neline] | -br[ief] | -ts (with monitor) | -V[ersion] | -h[elp] }\n"
	"\n"
	"  twin addr add 10.0.0.2/24 dev eth0      attach Twin to eth0\n"
	"  twin route add default via 10.0.0.1     send the rest to a gateway\n"
	"  twin run curl http://10.0.0.1/          run a program on Twin\n"
	"  twin ss -tan                            its sockets, by the stock ss\n"
	"  twin stat                               its counters, by the stock nstat\n"
	"  twin trace -- curl http://10.0.0.1/     what each layer does for it, step by step\n";

static int cmd_help(struct args *args)
{
	(void)args;
	fputs(usage, stdout);
	return 0;
}

/* In the order in which an abbreviation is looked up: "twin r" is route, as it is for ip(8). */
static const struct command commands[] = {
	{ "address", cmd_addr },
	{ "route", cmd_route },
	{ "neighbour", cmd_neigh },
	{ "neighbor", cmd_neigh },
	{ "ss", cmd_ss },
	{ "stat", cmd_stat },
	{ "monitor", cmd_monitor },
	{ "run", cmd_run },
	{ "trace", cmd_trace },
	{ "help", cmd_help },
	{ NULL, NULL }
};

static bool read_switch(const char *option)
{
	static const struct {
		const char *name;
		bool *flag;
	} switches[] = {
		{ "json", &cli.json },
		{ "pretty", &cli.pretty },
		{ "details", &cli.details },
		{ "statistics", &cli.stats },
		{ "stats", &cli.stats },
		{ "oneline", &cli.oneline },
		{ "brief", &cli.brief },
		{ "timestamp", &cli.timestamp },
		{ "ts", &cli.timestamp },
	};

	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		if (abbreviates(option, switches[i].name)) {
			*switches[i].flag = true;
			return true;
		}
	}
	return false;
}

/* Twin speaks IPv4 only and has no colours: -4 and -c are taken for ip(8)'s sake. */
static bool is_ignored(const char *option)
{
	size_t name_len = strcspn(option, "=");

	return !strcmp(option, "4") || (name_len && !strncmp(option, "color", name_len));
}

static void read_options(struct args *args)
{
	while (args_peek(args) && *args_peek(args) == '-') {
		const char *word = args_take(args);
		const char *option = word + 1;

		if (*option == '-')
			option++;
		if (!*option)
			break;
		if (abbreviates(option, "netns")) {
			enter_namespace(args_value(args, word));
		} else if (abbreviates(option, "Version")) {
			puts("twin utility, " TWIN_VERSION);
			exit(0);
		} else if (abbreviates(option, "help")) {
			fputs(usage, stdout);
			exit(0);
		} else if (!read_switch(option) && !is_ignored(option)) {
			usage_error("there is no option '%s'; see 'twin help'", word);
		}
	}
}

int main(int argc, char **argv)
{
	struct args args = { .next = argv + (argc > 0) };
	const struct command *command;
	const char *word;
	int status;

	read_options(&args);
	word = args_take(&args);
	if (!word) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	command = find_command(commands, word);
	if (!command)
		usage_error("there is no '%s'; see 'twin help'", word);
	status = command->run(&args);
	if (fflush(stdout) || ferror(stdout))
		fail("cannot write the output");
	return status;
}
