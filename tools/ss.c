// SPDX-License-Identifier: GPL-2.0
/*
 * twin ss: the stock ss, shown Twin's sockets in place of the kernel's.
 *
 * A library (ss_ask.c) has ss ask for them. Where it cannot be loaded, into a static ss, say, the
 * environment names text files in place of the kernel's tables, which have less.
 */
#include "ss.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "family.h"
#include "flow.h"
#include "record.h"
#include "ss_ask.h"

#define PROC "/proc/net/twin/"
#define NOTHING "/dev/null"

static const char usage[] =
	"Usage: twin ss [ SS-OPTIONS ] [ FILTER ]    see 'twin ss -h'\n"
	"       twin ss --history [ -tuwal ] [ state STATE ] [ FILTER ]\n"
	FLOW_FILTER_HELP;

static const char * const text_files[][2] = {
	{ "PROC_NET_TCP", PROC "tcp" },
	{ "PROC_NET_UDP", PROC "udp" },
	{ "PROC_NET_RAW", PROC "raw" },
	{ "PROC_NET_SOCKSTAT", PROC "sockstat" },
	{ "PROC_NET_SNMP", PROC "snmp" },
};

/* A table that has no file here would be filled with the kernel's own sockets. */
static const char * const hidden_files[] = {
	"PROC_NET_TCP6", "PROC_NET_UDP6", "PROC_NET_RAW6", "PROC_NET_SOCKSTAT6",
	"PROC_NET_UNIX", "PROC_NET_PACKET", "PROC_NET_NETLINK",
};

static void show_text_files(void)
{
	unsetenv("TCPDIAG_FILE");
	for (size_t i = 0; i < ARRAY_SIZE(text_files); i++)
		set_environment(text_files[i][0], text_files[i][1]);
	for (size_t i = 0; i < ARRAY_SIZE(hidden_files); i++)
		set_environment(hidden_files[i], NOTHING);
}

/* What is read from a text file is not closed: nothing must be listed as if it were. */
static void hide_sockets(void)
{
	for (size_t i = 0; i < SS_TABLES; i++)
		set_environment(text_files[i][0], NOTHING);
}

/* LD_PRELOAD takes a blank or a colon for the end of a name. */
static bool is_library_in(const char *folder, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/" SS_ASK_LIBRARY, folder) < PATH_MAX &&
	       !strpbrk(path, " :") && !access(path, R_OK);
}

/* Where "twin" is, or where it was installed. */
static bool find_library(char path[PATH_MAX])
{
	char own[PATH_MAX - sizeof("/../lib/twin")] = "";
	char beside[PATH_MAX];

	if (readlink("/proc/self/exe", own, sizeof(own) - 1) > 0 && strrchr(own, '/'))
		*strrchr(own, '/') = '\0';
	snprintf(beside, sizeof(beside), "%s/../lib/twin", own);
	return is_library_in(own, path) || is_library_in(beside, path) ||
	       is_library_in(TWIN_LIBDIR, path);
}

/* With PROC_ROOT ss asks for nothing, but reads its files. */
static void load_library(const struct ss_request *request)
{
	const char *others = getenv("LD_PRELOAD");
	char path[PATH_MAX];
	char *all;

	if (getenv("PROC_ROOT") || !find_library(path)) {
		if (request->kill)
			fail("cannot have ss load " SS_ASK_LIBRARY ", which closes sockets");
		return;
	}
	if (asprintf(&all, "%s:%s", path, others ? others : "") < 0)
		fail("out of memory");
	set_environment("LD_PRELOAD", all);
	free(all);
	snprintf(path, sizeof(path), "%d", twin_family());
	set_environment(SS_ASK_FAMILY, path);
	/* else only an expression may ask for what is not shown */
	if (!request->attributes && !*request->expression)
		set_environment(SS_ASK_BARE, "1");
}

/* ss says of each row which table it is from, unless it was asked for one only. */
static void table_options(const struct ss_request *request, char text[5])
{
	char *at = text;

	*at++ = '-';
	if (request->wants[SS_TCP])
		*at++ = 't';
	if (request->wants[SS_UDP])
		*at++ = 'u';
	if (request->wants[SS_RAW])
		*at++ = 'w';
	*at = '\0';
}

static void __noreturn run_ss(const struct ss_request *request, const char *tables)
{
	size_t filter_words = 0;
	size_t count = 0;
	char **argv;

	while (request->filter[filter_words])
		filter_words++;
	argv = calloc(request->option_count + filter_words + 5, sizeof(char *));
	if (!argv)
		fail("out of memory");
	argv[count++] = "ss";
	if (*tables) {
		argv[count++] = "-4";
		argv[count++] = (char *)tables;
	}
	memcpy(argv + count, request->options, request->option_count * sizeof(char *));
	count += request->option_count;
	argv[count++] = "--";
	memcpy(argv + count, request->filter, filter_words * sizeof(char *));
	execvp("ss", argv);
	fail("cannot run ss (of the package iproute2): %s", strerror(errno));
}

static int show_json(struct ss_request *request)
{
	if (*request->expression)
		usage_error("-j takes no expressions, only states");
	request->extensions = 0xff;
	ss_print_json(request);
	return 0;
}

int cmd_ss(struct args *args)
{
	struct ss_request request;
	char tables[5] = "";
	bool summary_only;

	set_command_name("twin ss");
	if (args_accept(args, "help")) {
		fputs(usage, stdout);
		return 0;
	}
	ss_read_args(args->next - 1, &request);
	if (request.kill && (request.history || cli.json))
		usage_error("-K lists what it closes as ss does: no -j or --history with it");
	if (!request.about_ss)
		require_twin_family();
	/* ss prints its summary alone only when no table was asked for, and no filter */
	summary_only = request.summary && !request.any_table && !*request.filter;
	if (!request.any_table && !summary_only)
		memset(request.wants, true, sizeof(request.wants));
	if (request.history)
		return ss_show_history(&request);
	if (cli.json)
		return show_json(&request);
	show_text_files();
	if (request.kill)
		hide_sockets();
	if (!summary_only && !request.about_ss) {
		load_library(&request);
		table_options(&request, tables);
	}
	run_ss(&request, tables);
}
