// SPDX-License-Identifier: GPL-2.0
/*
 * twin ss: the stock ss, shown Twin's sockets in place of the kernel's.
 *
 * ss reads a table from the file an environment variable names. The text files leave the choice of
 * states to ss; a binary one, which is made here, has the rows that the kernel was asked for.
 */
#include "ss.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "family.h"
#include "flow.h"
#include "record.h"

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

/* UDP's and raw sockets stand in the same binary file, which ss reads for its tcp table. */
static void show_binary_file(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	set_environment("TCPDIAG_FILE", path);
	set_environment("PROC_NET_UDP", NOTHING);
	set_environment("PROC_NET_RAW", NOTHING);
}

static bool is_one_table(const struct ss_request *request)
{
	return request->wants[SS_TCP] + request->wants[SS_UDP] + request->wants[SS_RAW] == 1;
}

/* ss says of each row which table it is from, unless it was asked for one only. */
static void table_options(const struct ss_request *request, bool binary, char text[5])
{
	bool others = !binary || !is_one_table(request);
	char *at = text;

	*at++ = '-';
	if (request->wants[SS_TCP] || binary)
		*at++ = 't';
	if (request->wants[SS_UDP] && others)
		*at++ = 'u';
	if (request->wants[SS_RAW] && others)
		*at++ = 'w';
	*at = '\0';
}

/*
 * ss reads such a file sooner than text, but only as its table of TCP sockets: ports of others
 * would get the names that they have there.
 */
static bool reads_binary_file(const struct ss_request *request)
{
	return request->details || request->numeric || request->wants[SS_TCP];
}

static void __noreturn run_ss(const struct ss_request *request, const char *tables)
{
	size_t filter_words = 0;
	size_t count = 0;
	char **argv;

	while (request->filter[filter_words])
		filter_words++;
	argv = calloc(request->option_count + filter_words + 4, sizeof(char *));
	if (!argv)
		fail("out of memory");
	argv[count++] = "ss";
	if (*tables)
		argv[count++] = (char *)tables;
	memcpy(argv + count, request->options, request->option_count * sizeof(char *));
	count += request->option_count;
	argv[count++] = "--";
	memcpy(argv + count, request->filter, filter_words * sizeof(char *));
	execvp("ss", argv);
	fail("cannot run ss (of the package iproute2): %s", strerror(errno));
}

/* Lists the rows that the request's expression chooses, with their cookies and nothing else. */
void ss_list_rows(const struct ss_request *request, int fd)
{
	char *options[4] = { "-H", "-O", "-n", "-e" };
	struct ss_request list = *request;
	char tables[5];

	list.options = options;
	list.option_count = ARRAY_SIZE(options);
	show_text_files();
	show_binary_file(fd);
	table_options(&list, true, tables);
	run_ss(&list, tables);
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
	bool lists, binary;

	set_command_name("twin ss");
	if (args_accept(args, "help")) {
		fputs(usage, stdout);
		return 0;
	}
	ss_read_args(args->next - 1, &request);
	if (request.kill && (request.history || request.dump || cli.json))
		usage_error("-K lists what it closes as ss does: no -j, -D or --history with it");
	if (!request.about_ss)
		require_twin_family();
	/* ss prints its summary alone only when no table was asked for. */
	if (!request.any_table && !request.summary)
		memset(request.wants, true, sizeof(request.wants));
	if (request.history)
		return ss_show_history(&request);
	if (cli.json)
		return show_json(&request);
	if (request.dump) {
		request.wants[SS_UDP] = false;
		request.wants[SS_RAW] = false;
		request.extensions = 0xff;
		ss_dump(&request);
		return 0;
	}
	show_text_files();
	lists = (request.any_table || !request.summary) && !request.about_ss;
	binary = request.kill || (lists && reads_binary_file(&request));
	/* only an expression may ask for what is not shown */
	request.bare = !request.kill && !request.attributes && !*request.expression;
	if (binary)
		show_binary_file(request.kill ? ss_kill(&request) : ss_copy_rows(&request));
	if (lists || request.kill)
		table_options(&request, binary, tables);
	run_ss(&request, tables);
}
