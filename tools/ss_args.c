// SPDX-License-Identifier: GPL-2.0
/*
 * Reads ss's command line. Every option is taken apart and handed on in a form of its own, so that
 * "-tanpi" can lose its table and keep the rest.
 */
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netns.h"
#include "ss.h"

#define SHORT_OPTIONS ":hVnralBoemipTsbEZzN:460dtuwxSMf:KHOQA:D:F:"

#define BIT(state) (1U << (state))
#define ALL_STATES (BIT(TCP_CLOSING + 1) - 1)
#define UNCONNECTED (BIT(TCP_CLOSE) | BIT(TCP_LISTEN))
#define SMALL_STATES (BIT(TCP_SYN_RECV) | BIT(TCP_TIME_WAIT))

/* Options that ss knows by a long name only. */
enum { LONG_DETAIL = 256, LONG_PLAIN, LONG_FOREIGN, LONG_HISTORY };

static const struct option long_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "numeric", no_argument, NULL, 'n' },
	{ "resolve", no_argument, NULL, 'r' },
	{ "all", no_argument, NULL, 'a' },
	{ "listening", no_argument, NULL, 'l' },
	{ "bound-inactive", no_argument, NULL, 'B' },
	{ "options", no_argument, NULL, 'o' },
	{ "extended", no_argument, NULL, 'e' },
	{ "memory", no_argument, NULL, 'm' },
	{ "info", no_argument, NULL, 'i' },
	{ "processes", no_argument, NULL, 'p' },
	{ "threads", no_argument, NULL, 'T' },
	{ "summary", no_argument, NULL, 's' },
	{ "bpf", no_argument, NULL, 'b' },
	{ "events", no_argument, NULL, 'E' },
	{ "context", no_argument, NULL, 'Z' },
	{ "contexts", no_argument, NULL, 'z' },
	{ "net", required_argument, NULL, 'N' },
	{ "ipv4", no_argument, NULL, '4' },
	{ "ipv6", no_argument, NULL, '6' },
	{ "packet", no_argument, NULL, '0' },
	{ "dccp", no_argument, NULL, 'd' },
	{ "tcp", no_argument, NULL, 't' },
	{ "udp", no_argument, NULL, 'u' },
	{ "raw", no_argument, NULL, 'w' },
	{ "unix", no_argument, NULL, 'x' },
	{ "sctp", no_argument, NULL, 'S' },
	{ "mptcp", no_argument, NULL, 'M' },
	{ "family", required_argument, NULL, 'f' },
	{ "kill", no_argument, NULL, 'K' },
	{ "no-header", no_argument, NULL, 'H' },
	{ "oneline", no_argument, NULL, 'O' },
	{ "no-queues", no_argument, NULL, 'Q' },
	{ "query", required_argument, NULL, 'A' },
	{ "socket", required_argument, NULL, 'A' },
	{ "diag", required_argument, NULL, 'D' },
	{ "filter", required_argument, NULL, 'F' },
	{ "tos", no_argument, NULL, LONG_PLAIN },
	{ "inet-sockopt", no_argument, NULL, LONG_DETAIL },
	{ "cgroup", no_argument, NULL, LONG_DETAIL },
	{ "tipcinfo", no_argument, NULL, LONG_PLAIN },
	{ "vsock", no_argument, NULL, LONG_FOREIGN },
	{ "tipc", no_argument, NULL, LONG_FOREIGN },
	{ "xdp", no_argument, NULL, LONG_FOREIGN },
	{ "history", no_argument, NULL, LONG_HISTORY },
	{ NULL, 0, NULL, 0 }
};

static const struct named_value state_names[] = {
	{ "all", ALL_STATES },
	{ "connected", ALL_STATES & ~UNCONNECTED },
	{ "synchronized", ALL_STATES & ~(UNCONNECTED | BIT(TCP_SYN_SENT)) },
	{ "bucket", SMALL_STATES },
	{ "big", ALL_STATES & ~SMALL_STATES },
	{ "established", BIT(TCP_ESTABLISHED) },
	{ "syn-sent", BIT(TCP_SYN_SENT) },
	{ "syn-recv", BIT(TCP_SYN_RECV) },
	{ "syn-rcv", BIT(TCP_SYN_RECV) },
	{ "fin-wait-1", BIT(TCP_FIN_WAIT1) },
	{ "fin-wait-2", BIT(TCP_FIN_WAIT2) },
	{ "time-wait", BIT(TCP_TIME_WAIT) },
	{ "unconnected", BIT(TCP_CLOSE) },
	{ "close", BIT(TCP_CLOSE) },
	{ "closed", BIT(TCP_CLOSE) },
	{ "close-wait", BIT(TCP_CLOSE_WAIT) },
	{ "last-ack", BIT(TCP_LAST_ACK) },
	{ "listen", BIT(TCP_LISTEN) },
	{ "listening", BIT(TCP_LISTEN) },
	{ "closing", BIT(TCP_CLOSING) },
	{ NULL, 0 }
};

static void refuse_table(const char *table)
{
	usage_error("Twin has IPv4's tcp, udp and raw sockets only, no '%s'", table);
}

static void want_table(struct ss_request *request, enum ss_table table)
{
	request->wants[table] = true;
	request->any_table = true;
}

static void want_named_tables(struct ss_request *request, char *names)
{
	static const struct {
		const char *name;
		unsigned int tables;
	} sets[] = {
		{ "tcp", BIT(SS_TCP) },
		{ "udp", BIT(SS_UDP) },
		{ "raw", BIT(SS_RAW) },
		{ "inet", BIT(SS_TABLES) - 1 },
		{ "all", BIT(SS_TABLES) - 1 },
	};

	for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
		unsigned int tables = 0;

		for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
			if (!strcmp(name, sets[i].name))
				tables = sets[i].tables;
		if (!tables)
			refuse_table(name);
		for (int table = 0; table < SS_TABLES; table++)
			if (tables & BIT(table))
				want_table(request, table);
	}
}

static void add_option(struct ss_request *request, const char *format, const char *text)
{
	char *option;

	if (asprintf(&option, format, text) < 0)
		fail("out of memory");
	request->options[request->option_count++] = option;
}

static void pass_option(struct ss_request *request, int option, int long_index)
{
	char letter[2] = { option, '\0' };

	if (option >= LONG_DETAIL)
		add_option(request, "--%s", long_options[long_index].name);
	else
		add_option(request, "-%s", letter);
	if (optarg)
		add_option(request, "%s", optarg);
}

static void note_option(struct ss_request *request, int option)
{
	switch (option) {
	/* the later one counts, as for ss */
	case 'a': case 'l':
		request->all = option == 'a';
		request->listening = option == 'l';
		break;
	case 's':
		request->summary = true;
		break;
	case 'h': case 'V':
		request->about_ss = true;
		break;
	/* who reads ss's file may show everything */
	case 'e': case 'D': case 'F': case LONG_DETAIL:
		request->attributes = true;
		break;
	case 'K':
		request->kill = true;
		break;
	}
}

/* Return: true when the option is done with and not for ss. */
static bool take_option(struct ss_request *request, int option)
{
	char letter[3] = { '-', option, '\0' };

	switch (option) {
	case 't':
		want_table(request, SS_TCP);
		return true;
	case 'u':
		want_table(request, SS_UDP);
		return true;
	case 'w':
		want_table(request, SS_RAW);
		return true;
	case 'A':
		want_named_tables(request, optarg);
		return true;
	case 'N':
		enter_namespace(optarg);
		return true;
	case 'f':
		if (strcmp(optarg, "inet"))
			refuse_table(optarg);
		return true;
	case LONG_HISTORY:
		request->history = true;
		return true;
	case '4':
		return true;
	case '6': case '0': case 'd': case 'x': case 'S': case 'M':
		refuse_table(letter);
		return true;
	case LONG_FOREIGN:
		usage_error("Twin has IPv4's tcp, udp and raw sockets only");
		return true;
	case 'E':
		usage_error("ss -E can only tell of the kernel's own sockets");
		return true;
	}
	return false;
}

/* "state" and "exclude" stand before the expression; what they mean is ss's own rule. */
static void read_states(struct ss_request *request)
{
	char **words;

	for (words = request->filter; words[0] && words[1]; words += 2) {
		bool adds = !strcmp(words[0], "state");
		u32 states;

		if (!adds && strcmp(words[0], "exclude") && strcmp(words[0], "excl"))
			break;
		states = parse_named(state_names, words[1], "state", ALL_STATES);
		if (!request->has_states)
			request->states = adds ? 0 : ALL_STATES;
		request->has_states = true;
		if (adds)
			request->states |= states;
		else
			request->states &= ~states;
	}
	request->expression = words;
}

static size_t count_letters(char **argv)
{
	size_t count = 0;

	for (; *argv; argv++)
		count += strlen(*argv) + 1;
	return count;
}

/* @argv starts with the word "ss" and is reordered; @request keeps pointers into it. */
void ss_read_args(char **argv, struct ss_request *request)
{
	int argc = 0;
	int option;

	*request = (struct ss_request){ 0 };
	request->options = calloc(count_letters(argv) + 1, sizeof(char *));
	if (!request->options)
		fail("out of memory");
	while (argv[argc])
		argc++;
	opterr = 0;
	for (;;) {
		int long_index = 0;

		option = getopt_long(argc, argv, SHORT_OPTIONS, long_options, &long_index);
		if (option < 0)
			break;
		if (option == ':')
			usage_error("'%s' needs a value after it", refused_option(argv));
		if (option == '?')
			usage_error("ss does not know the option '%s'", refused_option(argv));
		note_option(request, option);
		if (!take_option(request, option))
			pass_option(request, option, long_index);
	}
	request->filter = argv + optind;
	read_states(request);
}

/* The states ss lists when it reads the kernel's tables itself. */
u32 ss_states_of(const struct ss_request *request, enum ss_table table)
{
	if (request->has_states)
		return request->states;
	if (request->all)
		return ALL_STATES;
	if (request->listening)
		return UNCONNECTED;
	return table == SS_TCP ? ALL_STATES & ~(UNCONNECTED | SMALL_STATES) : BIT(TCP_ESTABLISHED);
}
