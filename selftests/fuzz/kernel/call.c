// SPDX-License-Identifier: GPL-2.0
/* Random system calls of several threads on the same sockets. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "kernel_fuzz.h"

#define FUZZ_SLOTS	96
#define FUZZ_FILE_BYTES	300000

static atomic_int fuzz_slots[FUZZ_SLOTS];
static int fuzz_epoll, fuzz_pipe[2], fuzz_file;

/*
 * Memory with pages of its own: the page of zeros that stands for untouched ones
 * must not be sent by reference.  In User Mode Linux it is the last of memory, and
 * summing odd bytes at its end, which reads a whole word, ends the machine.
 */
u8 *fuzz_pages(size_t bytes)
{
	u8 *memory = malloc(bytes);

	if (!memory)
		fuzz_die("memory");
	memset(memory, 0x55, bytes);
	return memory;
}

void fuzz_calls_open(void)
{
	u8 *data = fuzz_pages(FUZZ_FILE_BYTES);
	unsigned int i;

	for (i = 0; i < FUZZ_SLOTS; i++)
		fuzz_slots[i] = -1;
	fuzz_epoll = epoll_create1(EPOLL_CLOEXEC);
	fuzz_file = memfd_create("data", MFD_CLOEXEC);
	if (fuzz_epoll < 0 || fuzz_file < 0 ||
	    write(fuzz_file, data, FUZZ_FILE_BYTES) != FUZZ_FILE_BYTES ||
	    pipe2(fuzz_pipe, O_CLOEXEC | O_NONBLOCK))
		fuzz_die("descriptors");
	free(data);
}

/* The new socket takes a place; who was there is closed. */
static long fuzz_keep(struct fuzz_caller *c, long fd)
{
	int old;

	if (fd < 0)
		return fd;
	old = atomic_exchange(&fuzz_slots[fuzz_below(&c->random, FUZZ_SLOTS)],
			      (int)fd);
	if (old >= 0)
		close(old);
	return fd;
}

static int fuzz_fd(struct fuzz_caller *c)
{
	int fd = -1, tries;

	for (tries = 0; fd < 0 && tries < 16; tries++)
		fd = fuzz_slots[fuzz_below(&c->random, FUZZ_SLOTS)];
	return fd;
}

static void *fuzz_memory(struct fuzz_caller *c)
{
	if (fuzz_chance(&c->random, 1))
		return (void *)(uintptr_t)fuzz_number(&c->random);
	return c->buffer + fuzz_below(&c->random, 4096);
}

static size_t fuzz_length(struct fuzz_caller *c)
{
	switch (fuzz_below(&c->random, 8)) {
	case 0:
		return fuzz_below(&c->random, 3);
	case 1:
		return fuzz_below(&c->random, 200000);
	case 2:
		return 1448;
	default:
		return fuzz_below(&c->random, 4000);
	}
}

static u32 fuzz_address_of(struct fuzz_random *r)
{
	static const u32 known[] = {
		FUZZ_OURS, FUZZ_OURS, FUZZ_OURS_TOO, FUZZ_OURS_TUN, 0, 0,
		INADDR_LOOPBACK, FUZZ_NET + 255, FUZZ_GROUP, 0xffffffffu,
		FUZZ_TUN_NET + FUZZ_PEER_FIRST, 0x08080808,
	};

	if (fuzz_chance(r, 40))
		return fuzz_peer(r);
	return known[fuzz_below(r, ARRAY_SIZE(known))];
}

static socklen_t fuzz_address(struct fuzz_caller *c, struct sockaddr_in *to)
{
	struct fuzz_random *r = &c->random;

	memset(to, 0, sizeof(*to));
	to->sin_family = fuzz_chance(r, 70) ? AF_INET : AF_TWIN;
	to->sin_port = htons(fuzz_port(r));
	to->sin_addr.s_addr = htonl(fuzz_address_of(r));
	if (fuzz_chance(r, 3))
		to->sin_family = (sa_family_t)fuzz_below(r, 50);
	if (fuzz_chance(r, 5))
		to->sin_port = htons((u16)fuzz_number(r));
	return fuzz_chance(r, 98) ? sizeof(*to) : fuzz_below(r, 130);
}

static int fuzz_flags(struct fuzz_caller *c)
{
	static const int flags[] = {
		MSG_DONTWAIT, MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL, MSG_TRUNC,
		MSG_OOB, MSG_MORE, MSG_ERRQUEUE, MSG_ZEROCOPY, MSG_EOR,
		MSG_DONTROUTE, MSG_CONFIRM, MSG_FASTOPEN, MSG_CTRUNC,
	};
	int chosen = MSG_NOSIGNAL;

	while (fuzz_chance(&c->random, 40))
		chosen |= flags[fuzz_below(&c->random,
					   ARRAY_SIZE(flags))];
	return fuzz_chance(&c->random, 1) ? (int)fuzz_number(&c->random) :
					    chosen;
}

static long fuzz_call_socket(struct fuzz_caller *c)
{
	struct fuzz_random *r = &c->random;
	struct timeval patience = { .tv_usec = 20000 };
	int type = fuzz_chance(r, 65) ? SOCK_STREAM : SOCK_DGRAM, protocol = 0;
	int fd;

	if (type == SOCK_DGRAM && fuzz_chance(r, 30))
		protocol = IPPROTO_ICMP;
	if (fuzz_chance(r, 2)) {
		type = (int)fuzz_below(r, 12);
		protocol = (int)fuzz_below(r, 260);
	}
	if (fuzz_chance(r, 60))
		type |= SOCK_NONBLOCK;
	fd = socket(AF_TWIN, type | SOCK_CLOEXEC, protocol);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		fuzz_counts->calls += 2;
	}
	return fuzz_keep(c, fd);
}

static long fuzz_call_bind(struct fuzz_caller *c)
{
	struct sockaddr_in name;
	socklen_t length = fuzz_address(c, &name);

	return bind(fuzz_fd(c), (struct sockaddr *)&name, length);
}

static long fuzz_call_connect(struct fuzz_caller *c)
{
	struct sockaddr_in name;
	socklen_t length = fuzz_address(c, &name);
	int fd = fuzz_fd(c);
	long result;

	if (fuzz_chance(&c->random, 8))
		name.sin_family = AF_UNSPEC;
	result = connect(fd, (struct sockaddr *)&name, length);
	if (!result || errno == EINPROGRESS)
		fuzz_counts->connected++;
	return result;
}

static long fuzz_call_listen(struct fuzz_caller *c)
{
	return listen(fuzz_fd(c), (int)fuzz_below(&c->random, 20));
}

/* All it takes to be reached by frames. */
static long fuzz_call_serve(struct fuzz_caller *c)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	struct fuzz_random *r = &c->random;
	int type = fuzz_chance(r, 70) ? SOCK_STREAM : SOCK_DGRAM, one = 1;
	int fd = socket(AF_TWIN, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	name.sin_port = htons(fuzz_port(r));
	if (fuzz_chance(r, 30))
		name.sin_addr.s_addr = htonl(FUZZ_OURS);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fuzz_chance(r, 30))
		setsockopt(fd, SOL_TWIN, SO_REUSEPORT, &one, sizeof(one));
	bind(fd, (struct sockaddr *)&name, sizeof(name));
	if (type == SOCK_STREAM)
		listen(fd, 16);
	fuzz_counts->calls += 4;
	return fuzz_keep(c, fd);
}

static long fuzz_call_accept(struct fuzz_caller *c)
{
	struct sockaddr_in name;
	socklen_t length = fuzz_below(&c->random, 20);
	int flags = fuzz_chance(&c->random, 80) ? SOCK_NONBLOCK : 0, fd = -1;
	unsigned int tries;

	for (tries = 0; fd < 0 && tries < 4 && !fuzz_over; tries++)
		fd = accept4(fuzz_fd(c), (struct sockaddr *)&name, &length,
			     flags | SOCK_CLOEXEC);
	if (fd >= 0)
		fuzz_counts->accepted++;
	return fuzz_keep(c, fd);
}

static long fuzz_call_send(struct fuzz_caller *c)
{
	struct sockaddr_in name;
	socklen_t length = fuzz_address(c, &name);
	bool addressed = fuzz_chance(&c->random, 30);
	int fd = fuzz_fd(c);

	return sendto(fd, fuzz_memory(c), fuzz_length(c), fuzz_flags(c),
		      addressed ? (struct sockaddr *)&name : NULL,
		      addressed ? length : 0);
}

static long fuzz_call_receive(struct fuzz_caller *c)
{
	struct sockaddr_in name;
	socklen_t length = fuzz_below(&c->random, 20);
	long bytes = recvfrom(fuzz_fd(c), fuzz_memory(c), fuzz_length(c),
			      fuzz_flags(c), (struct sockaddr *)&name, &length);

	if (bytes > 0)
		fuzz_counts->received_bytes += (unsigned long)bytes;
	return bytes;
}

static size_t fuzz_control(struct fuzz_caller *c, u8 *control, size_t limit)
{
	static const struct {
		int level, type;
		unsigned int bytes;
	} kinds[] = {
		{ IPPROTO_IP, IP_TTL, 4 }, { IPPROTO_IP, IP_TOS, 4 },
		{ IPPROTO_IP, IP_PKTINFO, 12 }, { IPPROTO_IP, IP_RETOPTS, 8 },
		{ IPPROTO_UDP, 103, 2 }, { SOL_SOCKET, SO_TIMESTAMPING, 4 },
		{ SOL_SOCKET, 61, 8 }, { SOL_SOCKET, SO_MARK, 4 },
		{ SOL_SOCKET, SCM_RIGHTS, 4 },
	};
	struct fuzz_random *r = &c->random;
	struct cmsghdr *head = (struct cmsghdr *)control;
	unsigned int kind = fuzz_below(r, ARRAY_SIZE(kinds)), i;

	memset(control, 0, limit);
	head->cmsg_level = kinds[kind].level;
	head->cmsg_type = kinds[kind].type;
	head->cmsg_len = CMSG_LEN(kinds[kind].bytes);
	for (i = 0; i < kinds[kind].bytes; i++)
		CMSG_DATA(head)[i] = (u8)(fuzz_chance(r, 50) ?
					  fuzz_number(r) : 0);
	if (fuzz_chance(r, 10))
		head->cmsg_len = fuzz_number(r);
	return fuzz_chance(r, 90) ? CMSG_SPACE(kinds[kind].bytes) :
				    fuzz_below(r, (u32)limit);
}

static void fuzz_message_header(struct fuzz_caller *c, struct msghdr *message,
				struct iovec *parts, struct sockaddr_in *name,
				u8 *control, size_t limit)
{
	struct fuzz_random *r = &c->random;
	unsigned int i;

	memset(message, 0, sizeof(*message));
	for (i = 0; i < 4; i++) {
		parts[i].iov_base = fuzz_memory(c);
		parts[i].iov_len = fuzz_length(c);
	}
	message->msg_iov = parts;
	message->msg_iovlen = fuzz_below(r, 5);
	if (fuzz_chance(r, 40)) {
		message->msg_namelen = fuzz_address(c, name);
		message->msg_name = name;
	}
	if (fuzz_chance(r, 40)) {
		message->msg_controllen = fuzz_control(c, control, limit);
		message->msg_control = control;
	}
}

static long fuzz_call_message(struct fuzz_caller *c)
{
	u8 control[256] __attribute__((aligned(8)));
	struct sockaddr_storage name;
	struct mmsghdr messages[3];
	struct iovec parts[3][4];
	unsigned int i;
	int fd = fuzz_fd(c), flags = fuzz_flags(c);

	for (i = 0; i < 3; i++)
		fuzz_message_header(c, &messages[i].msg_hdr, parts[i],
				    (struct sockaddr_in *)&name, control,
				    sizeof(control));
	switch (fuzz_below(&c->random, 4)) {
	case 0:
		return sendmmsg(fd, messages, 3, flags);
	case 1:
		return recvmmsg(fd, messages, 3, flags | MSG_DONTWAIT, NULL);
	case 2:
		return recvmsg(fd, &messages[0].msg_hdr, flags);
	default:
		return sendmsg(fd, &messages[0].msg_hdr, flags);
	}
}

static long fuzz_call_name(struct fuzz_caller *c)
{
	struct sockaddr_storage name;
	socklen_t length = fuzz_below(&c->random, sizeof(name));

	if (fuzz_chance(&c->random, 50))
		return getsockname(fuzz_fd(c), (struct sockaddr *)&name, &length);
	return getpeername(fuzz_fd(c), (struct sockaddr *)&name, &length);
}

static long fuzz_call_option(struct fuzz_caller *c)
{
	int fd = fuzz_fd(c);

	switch (fuzz_below(&c->random, 5)) {
	case 0:
		return fuzz_call_ioctl(c, fd);
	case 1:
		return fuzz_call_get(c, fd);
	default:
		return fuzz_call_set(c, fd);
	}
}

static long fuzz_call_shutdown(struct fuzz_caller *c)
{
	return shutdown(fuzz_fd(c), (int)fuzz_below(&c->random, 4));
}

static long fuzz_call_wait(struct fuzz_caller *c)
{
	struct epoll_event events[8] = {
		{ .events = fuzz_number(&c->random) & ~EPOLLWAKEUP },
	};
	struct pollfd polled[4];
	unsigned int i;

	if (fuzz_chance(&c->random, 30))
		return epoll_ctl(fuzz_epoll, 1 + (int)fuzz_below(&c->random, 3),
				 fuzz_fd(c), events);
	if (fuzz_chance(&c->random, 20))
		return epoll_wait(fuzz_epoll, events, 8, 1);
	for (i = 0; i < 4; i++) {
		polled[i].fd = fuzz_fd(c);
		polled[i].events = (short)fuzz_next(&c->random);
	}
	return poll(polled, 4, fuzz_chance(&c->random, 20) ? 2 : 0);
}

static long fuzz_call_splice(struct fuzz_caller *c)
{
	int fd = fuzz_fd(c), flags = SPLICE_F_NONBLOCK;
	off_t place = fuzz_below(&c->random, FUZZ_FILE_BYTES);

	if (fuzz_chance(&c->random, 40))
		flags |= SPLICE_F_MORE;
	switch (fuzz_below(&c->random, 4)) {
	case 0:
		return sendfile(fd, fuzz_file, &place, fuzz_length(c));
	case 1:
		return splice(fuzz_pipe[0], NULL, fd, NULL, fuzz_length(c), flags);
	case 2:
		return splice(fd, NULL, fuzz_pipe[1], NULL, fuzz_length(c), flags);
	default:
		if (fuzz_chance(&c->random, 50))
			return read(fuzz_pipe[0], c->buffer, fuzz_length(c));
		return write(fuzz_pipe[1], c->buffer, fuzz_length(c));
	}
}

static long fuzz_call_vector(struct fuzz_caller *c)
{
	struct iovec parts[2] = {
		{ fuzz_memory(c), fuzz_length(c) },
		{ fuzz_memory(c), fuzz_length(c) },
	};

	if (fuzz_chance(&c->random, 50))
		return readv(fuzz_fd(c), parts, 2);
	return writev(fuzz_fd(c), parts, 2);
}

static long fuzz_call_descriptor(struct fuzz_caller *c)
{
	int fd = fuzz_fd(c);

	switch (fuzz_below(&c->random, 4)) {
	case 0:
		return fuzz_keep(c, fcntl(fd, F_DUPFD_CLOEXEC, 0));
	case 1:
		return fcntl(fd, F_SETOWN, getpid());
	default:
		return fcntl(fd, F_SETFL, O_RDWR |
			     (fuzz_chance(&c->random, 80) ? O_NONBLOCK : 0) |
			     (fuzz_chance(&c->random, 20) ? O_ASYNC : 0));
	}
}

static long fuzz_call_close(struct fuzz_caller *c)
{
	int fd = atomic_exchange(&fuzz_slots[fuzz_below(&c->random,
							FUZZ_SLOTS)], -1);

	return fd < 0 ? -1 : close(fd);
}

static const struct {
	long (*call)(struct fuzz_caller *c);
	u32 weight;
} fuzz_calls[] = {
	{ fuzz_call_socket, 6 },	{ fuzz_call_serve, 4 },
	{ fuzz_call_bind, 4 },		{ fuzz_call_connect, 7 },
	{ fuzz_call_listen, 3 },	{ fuzz_call_accept, 10 },
	{ fuzz_call_send, 14 },		{ fuzz_call_receive, 12 },
	{ fuzz_call_message, 12 },	{ fuzz_call_name, 2 },
	{ fuzz_call_option, 20 },	{ fuzz_call_shutdown, 2 },
	{ fuzz_call_wait, 6 },		{ fuzz_call_splice, 5 },
	{ fuzz_call_vector, 5 },	{ fuzz_call_descriptor, 3 },
	{ fuzz_call_close, 5 },
};

static long fuzz_call_any(struct fuzz_caller *c)
{
	const unsigned int count = ARRAY_SIZE(fuzz_calls);
	unsigned int i;
	u32 pick = 0;

	for (i = 0; i < count; i++)
		pick += fuzz_calls[i].weight;
	pick = fuzz_below(&c->random, pick);
	for (i = 0; pick >= fuzz_calls[i].weight; i++)
		pick -= fuzz_calls[i].weight;
	return fuzz_calls[i].call(c);
}

void *fuzz_calls_run(void *caller)
{
	struct fuzz_caller *c = caller;

	while (!fuzz_over) {
		fuzz_counts->calls++;
		if (fuzz_call_any(c) >= 0)
			fuzz_counts->calls_ok++;
		if (c->calm && fuzz_chance(&c->random, 60))
			usleep(10000);
	}
	return NULL;
}
