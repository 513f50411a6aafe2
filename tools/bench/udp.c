// SPDX-License-Identifier: GPL-2.0
/* Datagrams one way, in large bundles one way, and there and back. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include "bench.h"

/* Of <linux/udp.h>, which does not go together with <netinet/in.h>. */
#define BENCH_UDP_SEGMENT	103
#define BENCH_UDP_GRO		104
#define BENCH_SEGMENT_SIZE	1400

#define BENCH_PORTS		60000	/* of each address */

static void send_times(struct bench *b, int fd, long times)
{
	while (times-- > 0)
		bench_send(fd, b->buffer, b->size, 0);
}

/* Tells the client how many bytes of it have come. */
static void count_in(struct bench *b, int fd, long times)
{
	long wanted = times * (long)b->size, bytes = 0, got;

	while (bytes < wanted) {
		got = bench_recv_upto(fd, b->buffer, BENCH_BUFFER);
		if (got <= 0)
			break;
		bytes += got;
	}
	bench_tell(b, bytes);
}

static void one_way(struct bench *b, int fd)
{
	send_times(b, fd, b->warm);
	bench_hear(b);
	bench_window_begin(b);
	send_times(b, fd, b->count);
	b->lost = b->count - bench_hear(b) / (long)b->size;
	bench_window_end(b);
}

void bench_udp_client(struct bench *b)
{
	one_way(b, bench_connect(b, SOCK_DGRAM));
}

void bench_udp_server(struct bench *b)
{
	int fd = bench_bind_udp(b, 0);

	bench_tell(b, 0);
	count_in(b, fd, b->warm);
	count_in(b, fd, b->count);
}

static void set_udp(int fd, int option, int value, const char *name)
{
	if (setsockopt(fd, IPPROTO_UDP, option, &value, sizeof(value)))
		bench_fail(name);
}

void bench_udp_gso_client(struct bench *b)
{
	int fd = bench_connect(b, SOCK_DGRAM);

	set_udp(fd, BENCH_UDP_SEGMENT, BENCH_SEGMENT_SIZE, "UDP_SEGMENT");
	one_way(b, fd);
}

void bench_udp_gso_server(struct bench *b)
{
	int fd = bench_bind_udp(b, 0);

	set_udp(fd, BENCH_UDP_GRO, 1, "UDP_GRO");
	bench_tell(b, 0);
	count_in(b, fd, b->warm);
	count_in(b, fd, b->count);
}

static void echo(struct bench *b, const int *fds, long times)
{
	long turn = 0;

	while (times-- > 0) {
		bench_send(fds[turn], b->buffer, b->size, 0);
		if (bench_recv_upto(fds[turn], b->buffer, b->size) < 0)
			bench_fail("an echo was lost");
		turn = bench_next_turn(b, turn);
	}
}

void bench_udp_echo_client(struct bench *b)
{
	int *fds = bench_room_for(b->flows);
	long i;

	for (i = 0; i < b->flows; i++)
		fds[i] = bench_connect_to(b, SOCK_DGRAM, i);
	echo(b, fds, b->warm);
	bench_window_begin(b);
	echo(b, fds, b->count);
	bench_window_end(b);
	/* the server's sockets are closed after the window, thousands perhaps */
	bench_send(fds[0], b->buffer, b->size, 0);
	free(fds);
}

void bench_udp_echo_server(struct bench *b)
{
	int *fds = bench_room_for(b->flows);
	long times = b->warm + b->count, i, got, turn = 0;
	struct sockaddr_in from;
	socklen_t length;

	for (i = 0; i < b->flows; i++)
		fds[i] = bench_bind_udp(b, i);
	bench_tell(b, 0);
	/* the warming turn does not begin again where the window begins */
	for (i = 0; i < times; i++) {
		if (i == b->warm)
			turn = 0;
		length = sizeof(from);
		got = recvfrom(fds[turn], b->buffer, b->size, 0,
			       (struct sockaddr *)&from, &length);
		if (got < 0)
			bench_fail("recvfrom");
		if (sendto(fds[turn], b->buffer, got, 0,
			   (struct sockaddr *)&from, length) != got)
			bench_fail("sendto");
		turn = bench_next_turn(b, turn);
	}
	bench_recv_upto(fds[0], b->buffer, b->size);
	free(fds);
}

/* Sockets on ports of 127.0.0.0/8 that nobody speaks to. */
static void only_exist(const struct bench *b, long sockets)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	long i;

	for (i = 0; i < sockets; i++) {
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 +
						i / BENCH_PORTS);
		address.sin_port = htons(1024 + i % BENCH_PORTS);
		if (bind(bench_socket(b, SOCK_DGRAM),
			 (const struct sockaddr *)&address, sizeof(address)))
			bench_fail("bind");
	}
}

/* The sockets are the server's; they go when it ends. */
void bench_beside_server(struct bench *b)
{
	only_exist(b, b->flows - 1);
	b->flows = 1;
	bench_udp_echo_server(b);
}

void bench_beside_client(struct bench *b)
{
	b->flows = 1;
	bench_udp_echo_client(b);
}
