// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to list many sockets: ss, or twin ss, from its start to its end,
 * the kernel's part and its own.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
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

/* The first listing finds programs and libraries in memory. */
static void measure(struct bench *b, const char *options)
{
	list(b, options);
	bench_window_begin(b);
	list(b, options);
	bench_window_end(b);
	b->count = b->flows;
}

void bench_list_tcp_client(struct bench *b)
{
	int *flows = bench_room_for(b->flows);
	long i;

	for (i = 0; i < b->flows; i++)
		flows[i] = bench_connect_to(b, SOCK_STREAM, i / BENCH_PER_PORT);
	bench_hear(b);
	measure(b, "-tanH");
	close(flows[0]);
}

void bench_list_tcp_server(struct bench *b)
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
	/* the client closes its end of the first when it has looked */
	bench_recv_upto(flows[0], b->buffer, 1);
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
	measure(b, "-uanH");
}
