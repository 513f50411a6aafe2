// SPDX-License-Identifier: GPL-2.0
/*
 * Connections on one processor and on two, by the clock: a pair of processes, one
 * at each end, for each processor, and both stay on it. A processor without a pair
 * computes, so that the host has as much to do and gives each as little.
 *
 * They are processes, since User Mode Linux runs the threads of one in turn.
 */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"

#define PROCESSORS	2

/* The port that tells the server when to end, behind those of the pairs. */
#define CONTROL		PROCESSORS

void bench_stay_on(int cpu)
{
	cpu_set_t only;

	CPU_ZERO(&only);
	CPU_SET(cpu, &only);
	if (sched_setaffinity(0, sizeof(only), &only))
		bench_fail("no second processor");
}

/* Returns 0 in the child, which ends with its parent. */
static pid_t start_on(int cpu)
{
	pid_t pid = fork();

	if (pid < 0)
		bench_fail("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		bench_stay_on(cpu);
	}
	return pid;
}

static void end_all(const pid_t *pids, int count)
{
	int i;

	for (i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	for (i = 0; i < count; i++)
		waitpid(pids[i], NULL, 0);
}

static void pause_here(void)
{
	raise(SIGSTOP);
}

static void await_pauses(const pid_t *pids, int count)
{
	int i, status;

	for (i = 0; i < count; i++)
		if (waitpid(pids[i], &status, WUNTRACED) != pids[i] ||
		    !WIFSTOPPED(status))
			bench_fail("a client has failed");
}

static pid_t start_client(struct bench *b, int cpu,
			  void (*visit)(struct bench *b, int pair, long times))
{
	pid_t pid = start_on(cpu);

	if (pid)
		return pid;
	if (cpu >= b->flows)
		for (;;)
			;
	visit(b, cpu, b->warm / b->flows);
	pause_here();
	visit(b, cpu, b->count / b->flows);
	pause_here();
	_exit(0);
}

static void drive(struct bench *b,
		  void (*visit)(struct bench *b, int pair, long times))
{
	int control = bench_connect_to(b, SOCK_STREAM, CONTROL);
	pid_t pids[PROCESSORS];
	int i;

	for (i = 0; i < PROCESSORS; i++)
		pids[i] = start_client(b, i, visit);
	await_pauses(pids, b->flows);
	bench_window_begin(b);
	for (i = 0; i < b->flows; i++)
		kill(pids[i], SIGCONT);
	await_pauses(pids, b->flows);
	bench_window_end(b);
	b->count -= b->count % b->flows;
	end_all(pids, PROCESSORS);
	close(control);
}

static void serve(struct bench *b, const int *listeners,
		  void (*one)(struct bench *b, int fd))
{
	int control = bench_listen(b, CONTROL), i;
	pid_t pids[PROCESSORS];

	for (i = 0; i < b->flows; i++) {
		pids[i] = start_on(i);
		while (!pids[i])
			one(b, bench_accept(listeners[i]));
	}
	bench_tell(b, 0);
	bench_recv_upto(bench_accept(control), b->buffer, 1);
	end_all(pids, b->flows);
}

static void visit_own(struct bench *b, int pair, long times)
{
	bench_visit(b, pair, times);
}

/* Each pair has a port of its own. */
void bench_cpus_crc_client(struct bench *b)
{
	drive(b, visit_own);
}

void bench_cpus_crc_server(struct bench *b)
{
	int listeners[PROCESSORS], i;

	for (i = 0; i < b->flows; i++)
		listeners[i] = bench_listen(b, i);
	serve(b, listeners, bench_answer_visit);
}

/* Opened before the first is looked at; a listener's queue holds more. */
#define TOGETHER	64

static void knock(struct bench *b, int pair, long times)
{
	int fds[TOGETHER], count, i;

	(void)pair;
	for (; times > 0; times -= count) {
		count = times < TOGETHER ? times : TOGETHER;
		for (i = 0; i < count; i++)
			fds[i] = bench_connect(b, SOCK_STREAM);
		for (i = 0; i < count; i++) {
			bench_recv_upto(fds[i], b->buffer, 1);
			close(fds[i]);
		}
	}
}

/* All listeners share one port: who accepts what is the stack's choice. */
void bench_accept_client(struct bench *b)
{
	drive(b, knock);
}

static void turn_away(struct bench *b, int fd)
{
	(void)b;
	close(fd);
}

void bench_accept_server(struct bench *b)
{
	int listeners[PROCESSORS], i;

	for (i = 0; i < b->flows; i++)
		listeners[i] = bench_listen_shared(b, 0);
	serve(b, listeners, turn_away);
}
