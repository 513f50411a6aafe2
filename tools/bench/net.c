// SPDX-License-Identifier: GPL-2.0
/* Sockets and pipes that work or end the program. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "../../uapi/linux/twin.h"
#include "bench.h"

void bench_fail(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void set(int fd, int level, int option, int value, const char *name)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		bench_fail(name);
}

int bench_socket(const struct bench *b, int type)
{
	int fd = socket(b->family, type, 0);

	if (fd < 0)
		bench_fail("socket");
	return fd;
}

void bench_no_delay(const struct bench *b, int fd)
{
	if (!b->work->local)
		set(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
}

/* The server's address; the port so many behind the first. */
struct address {
	socklen_t bytes;
	char at[BENCH_ADDRESS] __attribute__((aligned(8)));
};

static struct address address_at(const struct bench *b, unsigned int offset)
{
	struct sockaddr_in address = b->address;
	struct address place = { .bytes = sizeof(address) };

	if (b->work->local) {
		place.bytes = bench_local_address(b, offset, place.at);
		return place;
	}
	address.sin_port = htons(ntohs(address.sin_port) + offset);
	memcpy(place.at, &address, sizeof(address));
	return place;
}

static int listen_at(const struct bench *b, int fd, unsigned int offset)
{
	struct address address = address_at(b, offset);

	set(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	if (bind(fd, (const struct sockaddr *)address.at, address.bytes))
		bench_fail("bind");
	if (listen(fd, 1024))
		bench_fail("listen");
	return fd;
}

int bench_listen(const struct bench *b, unsigned int offset)
{
	return listen_at(b, bench_socket(b, SOCK_STREAM), offset);
}

/* Beside others at the same port. */
int bench_listen_shared(const struct bench *b, unsigned int offset)
{
	int fd = bench_socket(b, SOCK_STREAM);

	set(fd, b->family == AF_TWIN ? SOL_TWIN : SOL_SOCKET, SO_REUSEPORT, 1,
	    "SO_REUSEPORT");
	return listen_at(b, fd, offset);
}

int bench_accept(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		bench_fail("accept");
	return fd;
}

int bench_connect(const struct bench *b, int type)
{
	return bench_connect_to(b, type, 0);
}

int bench_connect_to(const struct bench *b, int type, unsigned int offset)
{
	struct address address = address_at(b, offset);
	int fd = bench_socket(b, type);

	if (connect(fd, (const struct sockaddr *)address.at, address.bytes))
		bench_fail("connect");
	return fd;
}

/* Room for what the sender can send in a time slice of its own. */
int bench_bind_udp(const struct bench *b, unsigned int offset)
{
	struct address address = address_at(b, offset);
	int fd = bench_socket(b, SOCK_DGRAM);

	set(fd, SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20, "SO_RCVBUFFORCE");
	if (bind(fd, (const struct sockaddr *)address.at, address.bytes))
		bench_fail("bind");
	return fd;
}

void bench_send(int fd, const void *data, size_t size, int flags)
{
	ssize_t sent;

	while (size) {
		sent = send(fd, data, size, flags);
		if (sent < 0)
			bench_fail("send");
		data = (const char *)data + sent;
		size -= sent;
	}
}

void bench_recv(int fd, void *data, size_t size)
{
	ssize_t got;

	while (size) {
		got = recv(fd, data, size, 0);
		if (got < 0)
			bench_fail("recv");
		if (!got) {
			errno = EPIPE;
			bench_fail("recv: the peer has closed");
		}
		data = (char *)data + got;
		size -= got;
	}
}

/* Bytes of one recv(); 0 at the end of data, -1 when patience has ended. */
long bench_recv_upto(int fd, void *data, size_t size)
{
	ssize_t got = recv(fd, data, size, 0);

	if (got < 0 && errno != EINTR)
		bench_fail("recv");
	return got;
}

void bench_tell(const struct bench *b, long value)
{
	if (write(b->to_client, &value, sizeof(value)) != sizeof(value))
		bench_fail("pipe");
}

long bench_hear(const struct bench *b)
{
	long value;

	errno = EPIPE;
	if (read(b->from_server, &value, sizeof(value)) != sizeof(value))
		bench_fail("the server is gone");
	return value;
}

int *bench_room_for(long flows)
{
	int *fds = calloc(flows, sizeof(*fds));

	if (!fds)
		bench_fail("calloc");
	return fds;
}

/* So many take turns, or all if there are fewer; the others only exist. */
#define BENCH_ACTIVE	64

/*
 * The next of the active ones, which lie at equal distances. With all active,
 * each would be quiet for so long that its delayed ACK came in between.
 */
long bench_next_turn(const struct bench *b, long turn)
{
	long step = b->flows / BENCH_ACTIVE;

	turn += step ? step : 1;
	return turn >= b->flows ? 0 : turn;
}
