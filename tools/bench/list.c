// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to list many sockets: ss, or twin ss, from its start to its end,
 * the kernel's part and its own; and what a stream loses by it, by the clock and
 * in instructions.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>
#include "bench.h"

#define FIRST_PORT	2000
#define PORTS		50000

/* What is listed goes nowhere. */
static void run_ss(const struct bench *b, const char *options)
{
	int nowhere = open("/dev/null", O_WRONLY);

	dup2(nowhere, STDOUT_FILENO);
	if (b->family == AF_INET)
		execlp("ss", "ss", options, NULL);
	else
		execlp("twin", "twin", "ss", options, NULL);
	_exit(127);
}

static void list(const struct bench *b, const char *options)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		run_ss(b, options);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		bench_fail("ss");
}

/*
 * Of IPv4, since Twin has no other; and none that are in TIME-WAIT, of which earlier
 * works leave some, by chance.  The first listing finds programs and libraries in
 * memory.  By the clock, one says little: there are as many as the count asks for.
 */
static void measure(struct bench *b, const char *options)
{
	long i, times = b->count > b->flows ? b->count / b->flows : 1;

	list(b, options);
	bench_window_begin(b);
	for (i = 0; i < times; i++)
		list(b, options);
	bench_window_end(b);
	b->count = times * b->flows;
}

static int *connect_all(const struct bench *b)
{
	int *flows = bench_room_for(b->flows);
	long i;

	for (i = 0; i < b->flows; i++)
		flows[i] = bench_connect_to(b, SOCK_STREAM, i / BENCH_PER_PORT);
	bench_hear(b);
	return flows;
}

/* Returns the first connection; sets *listener to the one it came through. */
static int accept_all(const struct bench *b, int *listener)
{
	int *flows = bench_room_for(b->flows);
	long ports = (b->flows - 1) / BENCH_PER_PORT + 1;
	int *listeners = bench_room_for(ports);
	long i;

	for (i = 0; i < ports; i++)
		listeners[i] = bench_listen(b, i);
	bench_tell(b, 0);
	for (i = 0; i < b->flows; i++)
		flows[i] = bench_accept(listeners[i / BENCH_PER_PORT]);
	bench_tell(b, 0);
	*listener = listeners[0];
	return flows[0];
}

void bench_list_tcp_client(struct bench *b)
{
	int *flows = connect_all(b);

	measure(b, "-4tnH");
	close(flows[0]);
}

void bench_list_tcp_server(struct bench *b)
{
	int listener, first = accept_all(b, &listener);

	/* the client closes its end of the first when it has looked */
	bench_recv_upto(first, b->buffer, 1);
}

/*
 * A stream on one processor, another process on the other: one that lists all
 * sockets again and again, or one that only computes, so that the host has as
 * much to do.
 */
static void stream_beside(struct bench *b, bool listing)
{
	pid_t pid;

	connect_all(b);
	pid = fork();
	if (pid < 0)
		bench_fail("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		bench_stay_on(1);
		for (;;)
			if (listing)
				list(b, "-4tnH");
	}
	bench_stay_on(0);
	bench_stream_client(b);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

void bench_beside_list_client(struct bench *b)
{
	stream_beside(b, true);
}

void bench_beside_spin_client(struct bench *b)
{
	stream_beside(b, false);
}

void bench_beside_list_server(struct bench *b)
{
	int listener;

	bench_stay_on(0);
	accept_all(b, &listener);
	bench_take_stream(b, listener);
}

/*
 * The same where instructions are counted: a stream and one list of all
 * sockets share the processor, and the window ends when both are done. What is
 * above the sum of the two alone is what they cost each other.
 */
static void stream_amid(struct bench *b, bool listing)
{
	pid_t pid = 0;
	int fd;
	long i;

	connect_all(b);
	list(b, "-4tnH");
	fd = bench_connect(b, SOCK_STREAM);
	for (i = 0; i < b->warm; i++)
		bench_send(fd, b->buffer, b->size, 0);
	bench_hear(b);
	bench_window_begin(b);
	if (listing)
		pid = fork();
	if (pid < 0)
		bench_fail("fork");
	if (listing && !pid)
		run_ss(b, "-4tnH");
	for (i = 0; i < b->count; i++)
		bench_send(fd, b->buffer, b->size, 0);
	bench_hear(b);
	if (listing && waitpid(pid, NULL, 0) != pid)
		bench_fail("ss");
	bench_window_end(b);
	close(fd);
}

void bench_amid_list_client(struct bench *b)
{
	stream_amid(b, true);
}

void bench_amid_none_client(struct bench *b)
{
	stream_amid(b, false);
}

void bench_amid_list_server(struct bench *b)
{
	int listener;

	accept_all(b, &listener);
	bench_take_stream(b, listener);
}

/* Two sockets have a port. */
void bench_list_udp_client(struct bench *b)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int *flows = bench_room_for(b->flows);
	int yes = 1;
	long i;

	for (i = 0; i < b->flows; i++) {
		flows[i] = bench_socket(b, SOCK_DGRAM);
		any.sin_port = htons(FIRST_PORT + i % PORTS);
		if (setsockopt(flows[i], SOL_SOCKET, SO_REUSEADDR, &yes,
			       sizeof(yes)) ||
		    bind(flows[i], (struct sockaddr *)&any, sizeof(any)))
			bench_fail("bind");
	}
	measure(b, "-4uanH");
}
