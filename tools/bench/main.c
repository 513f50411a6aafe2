// SPDX-License-Identifier: GPL-2.0
/*
 * bench: does one work over one family between two network namespaces, and
 * prints one line about the measured window:
 *
 *   WORK FAMILY WINDOW UNITS NANOSECONDS LOST BYTES_EACH
 *
 * In a machine that counts instructions as time, nanoseconds are instructions.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include "../../uapi/linux/twin.h"
#include "bench.h"
#include "mark.h"

/*
 * Of the guest's clock. No work takes a tenth of a second of it, but it leaps
 * from timer to timer while the guest waits for its host.
 */
#define BENCH_PATIENCE_S	3600

static unsigned long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ul + now.tv_nsec;
}

void bench_window_begin(struct bench *b)
{
	int digit;

	for (digit = MARK_DIGITS - 1; digit >= 0; digit--) {
		if (b->window >> digit & 1)
			mark_say(MARK_ONE);
		else
			mark_say(MARK_ZERO);
	}
	b->start_ns = now_ns();
	mark_say(MARK_BEGIN);
}

void bench_window_end(struct bench *b)
{
	mark_say(MARK_END);
	b->taken_ns = now_ns() - b->start_ns;
}

static void enter(const char *name)
{
	char path[256];
	int fd;

	if (!name)
		return;
	if (bench_own_stack) {
		bench_own_stack(name);
		return;
	}
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		bench_fail(name);
	close(fd);
}

static const struct bench_work *find_work(const char *name)
{
	const struct bench_work *work;

	for (work = bench_works; work->name; work++)
		if (!strcmp(work->name, name))
			return work;
	fprintf(stderr, "bench: no work '%s' (bench --list)\n", name);
	exit(2);
}

/* A machine for works that are done always, or its size for one that is not. */
static unsigned int memory_for(const struct bench_work *work)
{
	if (!work->seldom)
		return 0;
	return work->mib ? work->mib : 8192;
}

static int list_works(void)
{
	const struct bench_work *work;

	for (work = bench_works; work->name; work++)
		printf("%s\t%s\t%zu\t%u\n", work->name, work->unit, work->size,
		       memory_for(work));
	return 0;
}

static void usage(void)
{
	fprintf(stderr, "usage: bench --list\n"
		"       bench --family inet|twin|lwip --address A --port P --client NETNS\n"
		"             --server NETNS --window N [--count N] [--flows N] WORK\n");
	exit(2);
}

static const struct option options[] = {
	{ "family", required_argument, NULL, 'f' },
	{ "address", required_argument, NULL, 'a' },
	{ "port", required_argument, NULL, 'p' },
	{ "client", required_argument, NULL, 'c' },
	{ "server", required_argument, NULL, 's' },
	{ "window", required_argument, NULL, 'w' },
	{ "count", required_argument, NULL, 'n' },
	{ "flows", required_argument, NULL, 'F' },
	{ "list", no_argument, NULL, 'l' },
	{ 0 }
};

/* Of a work what the command line does not say. */
static void take_work(struct bench *b, const char *name)
{
	b->work = find_work(name);
	if (b->work->local)
		b->family = AF_UNIX;
	b->size = b->work->size;
	b->warm = b->work->warm;
	if (!b->count)
		b->count = b->work->count;
	if (!b->flows)
		b->flows = b->work->flows;
}

/* Returns the name of the client's namespace; sets *server. */
static const char *parse(struct bench *b, int argc, char **argv,
			 const char **server)
{
	const char *client = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'f':
			b->family = strcmp(optarg, "twin") ? AF_INET : AF_TWIN;
			b->family_name = optarg;
			break;
		case 'a':
			if (inet_pton(AF_INET, optarg, &b->address.sin_addr) != 1)
				usage();
			break;
		case 'p':
			b->address.sin_port = htons(atoi(optarg));
			break;
		case 'c':
			client = optarg;
			break;
		case 's':
			*server = optarg;
			break;
		case 'w':
			b->window = atoi(optarg);
			break;
		case 'n':
			b->count = atol(optarg);
			break;
		case 'F':
			b->flows = atol(optarg);
			break;
		case 'l':
			exit(list_works());
		default:
			usage();
		}
	}
	if (optind + 1 != argc)
		usage();
	take_work(b, argv[optind]);
	return client;
}

static void raise_limit(void)
{
	struct rlimit files = { .rlim_cur = 1 << 20, .rlim_max = 1 << 20 };

	setrlimit(RLIMIT_NOFILE, &files);
}

static void on_alarm(int number)
{
	(void)number;
}

/*
 * Whoever waits for what never comes gets EINTR. A time-out at the socket would
 * do it too, at the price of a timer for each wait.
 */
static void limit_patience(void)
{
	struct sigaction action = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &action, NULL);
	alarm(BENCH_PATIENCE_S);
}

static pid_t start_server(struct bench *b, const char *ns, const int *ends)
{
	pid_t pid = fork();

	if (pid < 0)
		bench_fail("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	limit_patience();
	close(ends[0]);
	b->to_client = ends[1];
	enter(ns);
	b->work->server(b);
	exit(0);
}

static void report(const struct bench *b)
{
	printf("%s %s %u %ld %lu %ld %.1f\n", b->work->name,
	       b->family_name, b->window, b->count, b->taken_ns, b->lost, b->bytes_each);
}

int main(int argc, char **argv)
{
	struct bench b = { .family = AF_INET, .family_name = "inet",
			   .address = { .sin_family = AF_INET } };
	const char *client, *server = NULL;
	int ends[2], status;
	pid_t pid;

	client = parse(&b, argc, argv, &server);
	raise_limit();
	b.buffer = malloc(BENCH_BUFFER);
	if (!b.buffer || pipe2(ends, O_CLOEXEC))
		bench_fail("start");
	memset(b.buffer, 't', BENCH_BUFFER);
	pid = start_server(&b, server, ends);
	limit_patience();
	close(ends[1]);
	b.from_server = ends[0];
	enter(client);
	bench_hear(&b);
	b.work->client(&b);
	alarm(0);
	if (waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "bench: the server failed\n");
		return 1;
	}
	report(&b);
	return 0;
}
