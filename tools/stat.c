// SPDX-License-Identifier: GPL-2.0
/*
 * twin stat: the stock nstat on Twin's counters, and a list of why packets were dropped.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli.h"
#include "family.h"
#include "out.h"

#define SNMP "/proc/net/twin/snmp"
#define NETSTAT "/proc/net/twin/netstat"
#define DROP_PREFIX "TwinDrop:"
#define SEPARATORS "\n "

static const char usage[] =
	"Usage: twin stat [ NSTAT-OPTIONS ] [ PATTERN... ]\n"
	"       twin stat drops [ -a ]\n";

/* Only nstat's, so that a mistake is told apart from what nstat itself finds wrong. */
static const struct option nstat_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "ignore", no_argument, NULL, 'a' },
	{ "scan", required_argument, NULL, 'd' },	/* refused */
	{ "json", no_argument, NULL, 'j' },
	{ "nooutput", no_argument, NULL, 'n' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "reset", no_argument, NULL, 'r' },
	{ "noupdate", no_argument, NULL, 's' },
	{ "interval", required_argument, NULL, 't' },
	{ "version", no_argument, NULL, 'V' },
	{ "zeros", no_argument, NULL, 'z' },
	{ NULL, 0, NULL, 0 }
};

/*
 * nstat follows a link that others may have put there. A file of ours nobody else can replace, not
 * in /tmp either.
 */
static void make_sure_of_history_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat file;

	if (fd < 0 || fstat(fd, &file))
		fail("cannot use '%s': %s", path, strerror(errno));
	if (!S_ISREG(file.st_mode) || file.st_uid != geteuid() || file.st_nlink != 1)
		fail("'%s' is no file of this user's alone", path);
	close(fd);
}

/* What nstat saw last is kept per user and namespace: counters of two namespaces do not mix. */
static void set_history_file(bool used)
{
	const char *directory = getenv("XDG_RUNTIME_DIR");
	struct stat net = { 0 };
	char path[PATH_MAX];

	if (!directory || *directory != '/')
		directory = getuid() ? "/tmp" : "/run";
	if (stat("/proc/self/ns/net", &net))
		fail("cannot read /proc/self/ns/net: %s", strerror(errno));
	if (snprintf(path, sizeof(path), "%s/.twin-nstat.u%u.n%lu", directory, getuid(),
		     (unsigned long)net.st_ino) >= (int)sizeof(path))
		fail("XDG_RUNTIME_DIR is too long");
	if (used)
		make_sure_of_history_file(path);
	set_environment("NSTAT_HISTORY", path);
}

/* Return: false when help was asked for; *@history: whether nstat is to use the file. */
static bool check_options(char **words, bool *history)
{
	bool all = false, keep = false;
	char **argv = words - 1;
	int argc = 0;
	int option;

	while (argv[argc])
		argc++;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":hVzrnasd:t:jp", nstat_options, NULL)) >= 0) {
		if (option == 'h')
			return false;
		if (option == 'd')
			usage_error("nstat's daemon would tell plain nstat of Twin, too");
		all |= option == 'a';
		keep |= option == 's';
		if (option == ':')
			usage_error("'%s' needs a value after it", refused_option(argv));
		if (option == '?')
			usage_error("nstat does not know the option '%s'", refused_option(argv));
	}
	*history = *words && !(all && keep);
	return true;
}

/* As nstat looks for a daemon: Linux tells who listens under a name that is no file's. */
static bool has_daemon(unsigned int user)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	int name_len = snprintf(addr.sun_path + 1, sizeof(addr.sun_path) - 1, "nstat%u", user);
	bool answers;

	if (fd < 0)
		fail("cannot open a socket: %s", strerror(errno));
	answers = !connect(fd, (struct sockaddr *)&addr,
			   offsetof(struct sockaddr_un, sun_path) + 1 + name_len) &&
		  !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) &&
		  (!peer.uid || peer.uid == getuid());
	close(fd);
	return answers;
}

static void __noreturn run_nstat(char **words, bool history)
{
	char *argv[64] = { "nstat" };
	size_t count = 1;

	if (cli.json)
		argv[count++] = "--json";
	if (cli.pretty)
		argv[count++] = "--pretty";
	/* Absolute values, zeros as well, and no trace of the question left behind. */
	if (!*words)
		argv[count++] = "-asz";
	for (; *words; words++) {
		if (count == ARRAY_SIZE(argv) - 1)
			usage_error("that is too many patterns");
		argv[count++] = *words;
	}
	if (has_daemon(getuid()) || has_daemon(0))
		fail("an nstat daemon runs here, which would answer with its own counters");
	set_environment("PROC_NET_SNMP", SNMP);
	set_environment("PROC_NET_NETSTAT", NETSTAT);
	set_environment("PROC_NET_SNMP6", "/dev/null");
	set_environment("PROC_NET_SCTP_SNMP", "/dev/null");
	set_history_file(history);
	execvp("nstat", argv);
	fail("cannot run nstat (of the package iproute2): %s", strerror(errno));
}

struct drop_list {
	bool zeros;
	json_t *json;
};

static void show_drop(const struct drop_list *list, const char *reason, const char *count)
{
	unsigned long long number = strtoull(count, NULL, 10);

	if (!number && !list->zeros)
		return;
	if (list->json)
		json_set_number(list->json, reason, number);
	else
		printf("%-32s %llu\n", reason, number);
}

/* A line of names and a line of numbers, each after the prefix, as in /proc/net/netstat. */
static void show_line_pair(const struct drop_list *list, char *names, char *numbers)
{
	char *names_left, *numbers_left;
	char *name = strtok_r(names + strlen(DROP_PREFIX), SEPARATORS, &names_left);
	char *number = strtok_r(numbers + strlen(DROP_PREFIX), SEPARATORS, &numbers_left);

	while (name && number) {
		show_drop(list, name, number);
		name = strtok_r(NULL, SEPARATORS, &names_left);
		number = strtok_r(NULL, SEPARATORS, &numbers_left);
	}
}

static bool has_drop_prefix(const char *line)
{
	return !strncmp(line, DROP_PREFIX, strlen(DROP_PREFIX));
}

static void show_drops(const struct drop_list *list)
{
	FILE *file = fopen(NETSTAT, "re");
	char *names = NULL, *numbers = NULL;
	size_t names_room = 0, numbers_room = 0;

	if (!file)
		fail("cannot read " NETSTAT ": %s", strerror(errno));
	while (getline(&names, &names_room, file) > 0 &&
	       getline(&numbers, &numbers_room, file) > 0)
		if (has_drop_prefix(names) && has_drop_prefix(numbers))
			show_line_pair(list, names, numbers);
	free(names);
	free(numbers);
	fclose(file);
}

static int stat_drops(struct args *args)
{
	struct drop_list list = { 0 };

	if (args_accept(args, "-a"))
		list.zeros = true;
	if (args_peek(args))
		usage_error("'%s' is not expected after 'drops'", args_peek(args));
	require_twin_family();
	if (cli.json)
		list.json = json_object();
	show_drops(&list);
	if (list.json)
		out_stream(list.json);
	return 0;
}

int cmd_stat(struct args *args)
{
	bool history;

	set_command_name("twin stat");
	if (args_accept(args, "drops"))
		return stat_drops(args);
	if (args_accept(args, "help") || !check_options(args->next, &history)) {
		fputs(usage, stdout);
		return 0;
	}
	require_twin_family();
	run_nstat(args->next, history);
}
