// SPDX-License-Identifier: GPL-2.0
/*
 * Request and response on open connections, with a connection for each, and on
 * many that are opened before and closed after.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

/* One after the other: each connection has its turn. */
static void ask(struct bench *b, const int *fds, long times)
{
	long turn = 0;

	while (times-- > 0) {
		bench_send(fds[turn], b->buffer, b->size, 0);
		bench_recv(fds[turn], b->buffer, b->size);
		turn = bench_next_turn(b, turn);
	}
}

static void answer(struct bench *b, const int *fds, long times)
{
	long turn = 0;

	while (times-- > 0) {
		bench_recv(fds[turn], b->buffer, b->size);
		bench_send(fds[turn], b->buffer, b->size, 0);
		turn = bench_next_turn(b, turn);
	}
}

/* Connections that are opened before they have been accepted: a queue holds them. */
#define TOGETHER	512

static int *connect_all(struct bench *b)
{
	int *fds = bench_room_for(b->flows);
	long i;

	for (i = 0; i < b->flows; i++) {
		if (i && i % TOGETHER == 0)
			bench_hear(b);
		fds[i] = bench_connect_to(b, SOCK_STREAM, i / BENCH_PER_PORT);
		bench_no_delay(b, fds[i]);
	}
	bench_hear(b);
	return fds;
}

static void close_all(const struct bench *b, int *fds)
{
	long i;

	for (i = 0; i < b->flows; i++)
		close(fds[i]);
	free(fds);
}

static int *accept_all(struct bench *b)
{
	int *listeners = bench_room_for(b->flows / BENCH_PER_PORT + 1);
	int *fds = bench_room_for(b->flows);
	long i;

	for (i = 0; i <= b->flows / BENCH_PER_PORT; i++)
		listeners[i] = bench_listen(b, i);
	bench_tell(b, 0);
	for (i = 0; i < b->flows; i++) {
		if (i && i % TOGETHER == 0)
			bench_tell(b, 0);
		fds[i] = bench_accept(listeners[i / BENCH_PER_PORT]);
		bench_no_delay(b, fds[i]);
	}
	bench_tell(b, 0);
	free(listeners);
	return fds;
}

/* The client closes first, and keeps TIME-WAIT. */
static void await_closes(struct bench *b, const int *fds)
{
	long i;

	for (i = 0; i < b->flows; i++)
		bench_recv_upto(fds[i], b->buffer, 1);
}

void bench_rr_client(struct bench *b)
{
	int *fds = connect_all(b);

	ask(b, fds, b->warm);
	bench_window_begin(b);
	ask(b, fds, b->count);
	bench_window_end(b);
	close_all(b, fds);
}

void bench_rr_server(struct bench *b)
{
	int *fds = accept_all(b);

	answer(b, fds, b->warm);
	answer(b, fds, b->count);
	await_closes(b, fds);
	free(fds);
}

void bench_open_client(struct bench *b)
{
	int *fds;
	long i;

	bench_window_begin(b);
	fds = connect_all(b);
	for (i = 0; i < b->flows; i++) {
		bench_send(fds[i], b->buffer, b->size, 0);
		bench_recv(fds[i], b->buffer, b->size);
	}
	close_all(b, fds);
	bench_hear(b);
	bench_window_end(b);
	b->count = b->flows;
}

void bench_open_server(struct bench *b)
{
	int *fds = accept_all(b);
	long i;

	for (i = 0; i < b->flows; i++) {
		bench_recv(fds[i], b->buffer, b->size);
		bench_send(fds[i], b->buffer, b->size, 0);
	}
	await_closes(b, fds);
	close_all(b, fds);
	bench_tell(b, 0);
}

/*
 * As many connections, one after the other, to the port so many behind the first. With
 * messages of no bytes they are closed at once.
 */
void bench_visit(struct bench *b, unsigned int offset, long times)
{
	int fd;

	while (times-- > 0) {
		fd = bench_connect_to(b, SOCK_STREAM, offset);
		if (b->size) {
			bench_send(fd, b->buffer, b->size, 0);
			bench_recv(fd, b->buffer, b->size);
		}
		close(fd);
	}
}

void bench_crc_client(struct bench *b)
{
	bench_visit(b, 0, b->warm);
	bench_window_begin(b);
	bench_visit(b, 0, b->count);
	bench_window_end(b);
}

void bench_answer_visit(struct bench *b, int fd)
{
	if (b->size) {
		bench_recv(fd, b->buffer, b->size);
		bench_send(fd, b->buffer, b->size, 0);
	}
	bench_recv_upto(fd, b->buffer, 1);
	close(fd);
}

void bench_crc_server(struct bench *b)
{
	long times = b->warm + b->count;
	int listener = bench_listen(b, 0);

	bench_tell(b, 0);
	while (times-- > 0)
		bench_answer_visit(b, bench_accept(listener));
}
