// SPDX-License-Identifier: GPL-2.0
/* Many bytes one way by io_uring: copied, and by reference (SEND_ZC). */
#include <errno.h>
#include <liburing.h>
#include <sys/socket.h>
#include "bench.h"

/* In flight at a time, as a server with a few buffers does it. */
#define URING_DEPTH	4

struct uring {
	struct io_uring ring;
	long started;
	long done;
	long notices;	/* buffers that the kernel still reads from */
	bool by_reference;
};

/* MSG_WAITALL: the kernel goes on by itself after a short send. */
static void start(struct bench *b, struct uring *u, int fd)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);

	if (!sqe)
		bench_fail("io_uring_get_sqe");
	if (u->by_reference)
		io_uring_prep_send_zc(sqe, fd, b->buffer, b->size, MSG_WAITALL,
				      0);
	else
		io_uring_prep_send(sqe, fd, b->buffer, b->size, MSG_WAITALL);
	u->started++;
}

static void reap(struct bench *b, struct uring *u)
{
	struct io_uring_cqe *cqe;
	int err = io_uring_wait_cqe(&u->ring, &cqe);

	if (err) {
		errno = -err;
		bench_fail("io_uring_wait_cqe");
	}
	if (cqe->flags & IORING_CQE_F_NOTIF) {
		u->notices--;
	} else {
		if (cqe->res != (int)b->size) {
			errno = cqe->res < 0 ? -cqe->res : EMSGSIZE;
			bench_fail("send by io_uring");
		}
		if (cqe->flags & IORING_CQE_F_MORE)
			u->notices++;
		u->done++;
	}
	io_uring_cqe_seen(&u->ring, cqe);
}

static void send_all(struct bench *b, struct uring *u, int fd, long times)
{
	u->started = 0;
	u->done = 0;
	while (u->done < times) {
		while (u->started < times && u->started - u->done < URING_DEPTH)
			start(b, u, fd);
		io_uring_submit(&u->ring);
		reap(b, u);
	}
	while (u->notices)
		reap(b, u);
}

static void pump(struct bench *b, bool by_reference)
{
	struct uring u = { .by_reference = by_reference };
	int fd = bench_connect(b, SOCK_STREAM);

	errno = -io_uring_queue_init(4 * URING_DEPTH, &u.ring, 0);
	if (errno)
		bench_fail("io_uring_queue_init");
	send_all(b, &u, fd, b->warm);
	bench_hear(b);
	bench_window_begin(b);
	send_all(b, &u, fd, b->count);
	bench_hear(b);
	bench_window_end(b);
	io_uring_queue_exit(&u.ring);
	shutdown(fd, SHUT_RDWR);
}

void bench_uring_client(struct bench *b)
{
	pump(b, false);
}

void bench_uringzc_client(struct bench *b)
{
	pump(b, true);
}
