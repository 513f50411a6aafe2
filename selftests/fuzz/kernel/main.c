// SPDX-License-Identifier: GPL-2.0
/*
 * usage: kernel_fuzz [--seconds N] [--seed N] [--round N] [--callers N]
 *		      [--no-messages] [CAPTURE...]
 *
 * Throws frames, system calls and netlink messages at the loaded module. Each
 * round is a process with a namespace of its own, that ends with everything
 * open. --round repeats one round; fewer callers and no messages narrow it
 * down. Prints what was tried; fails when a round
 * does not end. What the kernel finds, it tells itself.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "kernel_fuzz.h"

#define FUZZ_ROUND_SECONDS	8
#define FUZZ_PATIENCE_SECONDS	90
#define FUZZ_NUDGE_MS		20

struct fuzz_counts *fuzz_counts;
atomic_bool fuzz_over;
static unsigned int fuzz_callers = FUZZ_CALLERS;
static bool fuzz_messages = true;

void fuzz_die(const char *what)
{
	fprintf(stderr, "kernel_fuzz: %s: %s\n", what, strerror(errno));
	exit(2);
}

u32 fuzz_number(struct fuzz_random *r)
{
	u32 power = 1u << fuzz_below(r, 32);

	switch (fuzz_below(r, 8)) {
	case 0:
		return 0;
	case 1:
		return (u32)-1 - fuzz_below(r, 3);
	case 2:
		return power + fuzz_below(r, 3) - 1;
	case 3:
		return (u32)fuzz_next(r);
	case 4:
		return 0x7fffffffu + fuzz_below(r, 3) - 1;
	default:
		return fuzz_below(r, 1 + power % 0x10000);
	}
}

static void fuzz_nothing(int signal)
{
	(void)signal;
}

static void fuzz_signals(void)
{
	struct sigaction nudge = { .sa_handler = fuzz_nothing };

	sigaction(SIGUSR1, &nudge, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	signal(SIGURG, SIG_IGN);
}

static struct fuzz_random fuzz_seeded(u64 seed, u64 round, u64 thread)
{
	struct fuzz_random r = { .state = seed };

	r.state = fuzz_next(&r) + round;
	r.state = fuzz_next(&r) + thread;
	return r;
}

/* Callers that wait for what will not come are woken now and then. */
static void *fuzz_nudge(void *threads)
{
	const pthread_t *callers = threads;
	struct timespec begin, now;
	unsigned int i;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (;;) {
		usleep(FUZZ_NUDGE_MS * 1000);
		for (i = 0; i < fuzz_callers; i++)
			pthread_kill(callers[i], SIGUSR1);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - begin.tv_sec >= FUZZ_ROUND_SECONDS)
			fuzz_over = true;
	}
	return NULL;
}

static void fuzz_start(pthread_t *thread, void *(*run)(void *), void *argument)
{
	errno = pthread_create(thread, NULL, run, argument);
	if (errno)
		fuzz_die("thread");
}

/* Ends with all sockets open. */
static void fuzz_work(const struct fuzz_place *place, u64 seed, u64 round)
{
	static struct fuzz_caller callers[FUZZ_CALLERS + 1];
	static pthread_t threads[FUZZ_CALLERS];
	struct fuzz_random r = fuzz_seeded(seed, round, 0);
	pthread_t messenger, nudger;
	unsigned int i;

	fuzz_signals();
	fuzz_calls_open();
	for (i = 0; i <= FUZZ_CALLERS; i++) {
		callers[i].random = fuzz_seeded(seed, round, 2 + i);
		callers[i].place = place;
		callers[i].calm = round % 4;
		callers[i].buffer = fuzz_pages(FUZZ_BUFFER_BYTES);
	}
	for (i = 0; i < fuzz_callers; i++)
		fuzz_start(&threads[i], fuzz_calls_run, &callers[i]);
	if (fuzz_messages)
		fuzz_start(&messenger, fuzz_messages_run,
			   &callers[FUZZ_CALLERS]);
	fuzz_start(&nudger, fuzz_nudge, threads);
	fuzz_wire_run(place, &r);
	for (i = 0; i < fuzz_callers; i++)
		pthread_join(threads[i], NULL);
	if (fuzz_messages)
		pthread_join(messenger, NULL);
	_exit(0);
}

static bool fuzz_round(u64 seed, u64 round)
{
	struct fuzz_random r = fuzz_seeded(seed, round, 1);
	struct fuzz_place place;
	int status;
	pid_t pid;

	fuzz_place_open(&place, &r);
	pid = fork();
	if (!pid)
		fuzz_work(&place, seed, round);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		fuzz_die("round");
	fuzz_place_end(&r);
	return fuzz_kill_all();
}

static bool fuzz_round_ends(pid_t pid)
{
	unsigned int tenths = (FUZZ_ROUND_SECONDS + FUZZ_PATIENCE_SECONDS) * 10;
	int status;

	while (tenths--) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return !status;
		usleep(100000);
	}
	fprintf(stderr, "kernel_fuzz: the round does not end\n");
	if (system("echo t >/proc/sysrq-trigger"))
		fuzz_die("sysrq");
	return false;
}

static bool fuzz_one_round(u64 seed, u64 round)
{
	pid_t pid;

	fprintf(stderr, "# seed %llu round %llu: %lu frames, %lu calls\n", seed,
		round, fuzz_counts->frames, fuzz_counts->calls);
	pid = fork();
	if (!pid)
		_exit(!fuzz_round(seed, round));
	return pid > 0 && fuzz_round_ends(pid);
}

static void fuzz_report(u64 seed, u64 rounds)
{
	const struct fuzz_counts *c = fuzz_counts;

	printf("seed %llu\nrounds %llu\nframes %lu\nanswers %lu\ncalls %lu\n"
	       "calls_ok %lu\nmessages %lu\nmessages_ok %lu\naccepted %lu\n"
	       "connected %lu\nreceived_bytes %lu\nstates %lx\n", seed, rounds,
	       c->frames, c->answers, c->calls, c->calls_ok, c->messages,
	       c->messages_ok, c->accepted, c->connected, c->received_bytes,
	       c->states);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ "round", required_argument, NULL, 'r' },
		{ "callers", required_argument, NULL, 'c' },
		{ "no-messages", no_argument, NULL, 'm' },
		{ 0 },
	};
	u64 seed = (u64)time(NULL), round = 0, rounds = 0;
	unsigned long seconds = FUZZ_ROUND_SECONDS;
	time_t begin = time(NULL);
	bool single = false, fine;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 't')
			seconds = strtoul(optarg, NULL, 0);
		else if (option == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (option == 'r')
			single = true, round = strtoull(optarg, NULL, 0);
		else if (option == 'c')
			fuzz_callers = (unsigned int)atoi(optarg) % (FUZZ_CALLERS + 1);
		else if (option == 'm')
			fuzz_messages = false;
		else
			return 2;
	}
	while (optind < argc)
		fuzz_seeds_read(argv[optind++]);
	fuzz_counts = mmap(NULL, sizeof(*fuzz_counts), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fuzz_counts == MAP_FAILED)
		fuzz_die("memory");
	do {
		fine = fuzz_one_round(seed, round++);
		rounds++;
	} while (fine && !single &&
		 (unsigned long)(time(NULL) - begin) < seconds);
	fuzz_report(seed, rounds);
	return !fine;
}
