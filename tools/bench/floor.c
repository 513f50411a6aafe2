// SPDX-License-Identifier: GPL-2.0
/*
 * The same works with no protocol at all, to see what a protocol cannot save: over
 * AF_UNIX, where what one process writes is put into the other's queue, and by bare
 * frames (AF_PACKET) over the same devices. The family makes no difference to these.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "bench.h"

#define FRAME_PROTOCOL	0x88b5	/* IEEE 802: for experiments */
#define FRAMES_AT_ONCE	64

/* Both namespaces see the same files. @room: BENCH_ADDRESS bytes. */
unsigned int bench_local_address(const struct bench *b, unsigned int offset, void *room)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "/run/bench-%u",
		 ntohs(b->address.sin_port) + offset);
	memcpy(room, &address, sizeof(address));
	return sizeof(address);
}

static struct sockaddr_ll to_all(void)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(FRAME_PROTOCOL),
		.sll_ifindex = if_nametoindex("eth0"),
		.sll_halen = 6,
	};

	memset(address.sll_addr, 0xff, address.sll_halen);
	return address;
}

static int open_frames(const struct sockaddr_ll *address)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(FRAME_PROTOCOL));

	if (fd < 0 || bind(fd, (const struct sockaddr *)address, sizeof(*address)))
		bench_fail("AF_PACKET");
	return fd;
}

static void send_frame(const struct bench *b, int fd, const struct sockaddr_ll *to)
{
	if (sendto(fd, b->buffer, b->size, 0, (const struct sockaddr *)to,
		   sizeof(*to)) < 0)
		bench_fail("sendto");
}

static void ask(const struct bench *b, int fd, const struct sockaddr_ll *to, long times)
{
	while (times-- > 0) {
		send_frame(b, fd, to);
		bench_recv_upto(fd, b->buffer, b->size);
	}
}

void bench_frame_client(struct bench *b)
{
	struct sockaddr_ll all = to_all();
	int fd = open_frames(&all);

	ask(b, fd, &all, b->warm);
	bench_window_begin(b);
	ask(b, fd, &all, b->count);
	bench_window_end(b);
}

void bench_frame_server(struct bench *b)
{
	long times = b->warm + b->count;
	struct sockaddr_ll all = to_all();
	int fd = open_frames(&all);

	bench_tell(b, 0);
	while (times-- > 0) {
		bench_recv_upto(fd, b->buffer, b->size);
		send_frame(b, fd, &all);
	}
}

/*
 * Frames that nobody waits for, many by each system call: what the way from one device
 * to the other costs alone.
 */
static void send_alone(const struct bench *b, int fd, struct sockaddr_ll *to, long times)
{
	struct iovec piece = { .iov_base = b->buffer, .iov_len = b->size };
	struct mmsghdr frames[FRAMES_AT_ONCE];
	int i;

	memset(frames, 0, sizeof(frames));
	for (i = 0; i < FRAMES_AT_ONCE; i++) {
		frames[i].msg_hdr.msg_name = to;
		frames[i].msg_hdr.msg_namelen = sizeof(*to);
		frames[i].msg_hdr.msg_iov = &piece;
		frames[i].msg_hdr.msg_iovlen = 1;
	}
	for (; times > 0; times -= FRAMES_AT_ONCE)
		if (sendmmsg(fd, frames, FRAMES_AT_ONCE, 0) != FRAMES_AT_ONCE)
			bench_fail("sendmmsg");
}

void bench_frame_alone_client(struct bench *b)
{
	struct sockaddr_ll all = to_all();
	int fd = open_frames(&all);

	send_alone(b, fd, &all, b->warm);
	bench_window_begin(b);
	send_alone(b, fd, &all, b->count);
	bench_window_end(b);
}
