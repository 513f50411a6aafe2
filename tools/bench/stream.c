// SPDX-License-Identifier: GPL-2.0
/* Many bytes one way: by write(), sendfile(), splice(), MSG_ZEROCOPY. */
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

static void swallow(struct bench *b, int fd, long times)
{
	long left = times * (long)b->size, got;

	while (left > 0) {
		got = bench_recv_upto(fd, b->buffer, BENCH_BUFFER);
		if (got <= 0)
			bench_fail("the stream has stopped");
		left -= got;
	}
	bench_tell(b, 0);
}

void bench_take_stream(struct bench *b, int listener)
{
	int fd = bench_accept(listener);

	swallow(b, fd, b->warm);
	swallow(b, fd, b->count);
	bench_recv_upto(fd, b->buffer, 1);
}

void bench_stream_server(struct bench *b)
{
	int listener = bench_listen(b, 0);

	bench_tell(b, 0);
	bench_take_stream(b, listener);
}

/* The window ends when the server has read the last byte. */
static void pump(struct bench *b, int fd, int file,
		 void (*one)(struct bench *b, int fd, int file))
{
	long i;

	for (i = 0; i < b->warm; i++)
		one(b, fd, file);
	bench_hear(b);
	bench_window_begin(b);
	for (i = 0; i < b->count; i++)
		one(b, fd, file);
	bench_hear(b);
	bench_window_end(b);
	close(fd);
}

static void one_write(struct bench *b, int fd, int file)
{
	(void)file;
	bench_send(fd, b->buffer, b->size, 0);
}

void bench_stream_client(struct bench *b)
{
	pump(b, bench_connect(b, SOCK_STREAM), -1, one_write);
}

static int make_file(struct bench *b)
{
	int file = memfd_create("bench", MFD_CLOEXEC);

	if (file < 0 || write(file, b->buffer, b->size) != (ssize_t)b->size)
		bench_fail("memfd");
	return file;
}

static void one_sendfile(struct bench *b, int fd, int file)
{
	off_t offset = 0;

	while (offset < (off_t)b->size)
		if (sendfile(fd, file, &offset, b->size - offset) <= 0)
			bench_fail("sendfile");
}

void bench_sendfile_client(struct bench *b)
{
	pump(b, bench_connect(b, SOCK_STREAM), make_file(b), one_sendfile);
}

static int splice_pipe[2];

static void one_splice(struct bench *b, int fd, int file)
{
	loff_t offset = 0;
	ssize_t got, sent;

	while (offset < (loff_t)b->size) {
		got = splice(file, &offset, splice_pipe[1], NULL,
			     b->size - offset, SPLICE_F_MOVE);
		if (got <= 0)
			bench_fail("splice from the file");
		while (got > 0) {
			sent = splice(splice_pipe[0], NULL, fd, NULL, got,
				      SPLICE_F_MOVE);
			if (sent <= 0)
				bench_fail("splice to the socket");
			got -= sent;
		}
	}
}

void bench_splice_client(struct bench *b)
{
	if (pipe2(splice_pipe, O_CLOEXEC))
		bench_fail("pipe");
	pump(b, bench_connect(b, SOCK_STREAM), make_file(b), one_splice);
}

/* Takes what the socket says about buffers that it no longer needs. */
static void reap(int fd)
{
	char control[128];
	struct msghdr message = { .msg_control = control };

	do {
		message.msg_controllen = sizeof(control);
	} while (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0);
}

/* Notices that have waited come as one. */
#define WRITES_PER_REAP	32

static void one_zerocopy(struct bench *b, int fd, int file)
{
	static unsigned int writes;
	struct pollfd full = { .fd = fd };
	ssize_t sent;
	size_t done = 0;

	(void)file;
	while (done < b->size) {
		sent = send(fd, b->buffer + done, b->size - done, MSG_ZEROCOPY);
		if (sent < 0 && errno == ENOBUFS) {
			poll(&full, 1, 1000);
			reap(fd);
		} else if (sent < 0) {
			bench_fail("send MSG_ZEROCOPY");
		} else {
			done += sent;
		}
	}
	if (++writes % WRITES_PER_REAP == 0)
		reap(fd);
}

/* A family that has zero-copy always on need not know the option. */
void bench_zerocopy_client(struct bench *b)
{
	int fd = bench_connect(b, SOCK_STREAM);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on));
	pump(b, fd, -1, one_zerocopy);
}
