// SPDX-License-Identifier: GPL-2.0
/* Options and requests of sockets, with values that may or may not do. */
#include <linux/filter.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include "kernel_fuzz.h"

/* Not SO_DEBUG's kind: what changes the machine, or what spins on purpose. */
static const int fuzz_socket_options[] = {
	SO_REUSEADDR, SO_KEEPALIVE, SO_BROADCAST, SO_DONTROUTE, SO_SNDBUF,
	SO_RCVBUF, SO_SNDBUFFORCE, SO_RCVBUFFORCE, SO_OOBINLINE, SO_NO_CHECK,
	SO_PRIORITY, SO_RCVLOWAT, SO_TIMESTAMP, SO_TIMESTAMPNS, SO_MARK,
	SO_TIMESTAMPING, SO_RXQ_OVFL, SO_PEEK_OFF, SO_REUSEPORT, SO_ZEROCOPY,
	SO_MAX_PACING_RATE, SO_DETACH_FILTER, SO_INCOMING_CPU, SO_COOKIE,
	SO_ERROR, SO_TYPE, SO_ACCEPTCONN, SO_MEMINFO, SO_TXREHASH,
};

static const struct {
	int level, count;
} fuzz_levels[] = {
	{ IPPROTO_IP, 55 }, { IPPROTO_TCP, 45 }, { IPPROTO_UDP, 110 },
	{ SOL_TWIN, 80 },
};

static void fuzz_option_pick(struct fuzz_random *r, int *level, int *name)
{
	unsigned int pick = fuzz_below(r, 10);

	if (pick < 3) {
		*level = SOL_SOCKET;
		*name = fuzz_socket_options[fuzz_below(r,
			ARRAY_SIZE(fuzz_socket_options))];
	} else {
		pick = pick < 6 ? 0 : pick < 9 ? 1 : 2 + fuzz_below(r, 2);
		*level = fuzz_levels[pick].level;
		*name = (int)fuzz_below(r, (u32)fuzz_levels[pick].count);
	}
	if (fuzz_chance(r, 1))
		*level = (int)fuzz_number(r);
}

static long fuzz_set_linger(struct fuzz_random *r, int fd)
{
	struct linger linger = {
		.l_onoff = fuzz_chance(r, 70),
		.l_linger = fuzz_chance(r, 60) ? 0 : (int)fuzz_number(r),
	};

	return setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static long fuzz_set_timeout(struct fuzz_random *r, int fd)
{
	struct timeval time = {
		.tv_sec = fuzz_chance(r, 90) ? 0 : fuzz_number(r),
		.tv_usec = fuzz_chance(r, 90) ? 20000 : fuzz_number(r),
	};

	return setsockopt(fd, SOL_SOCKET,
			  fuzz_chance(r, 50) ? SO_RCVTIMEO : SO_SNDTIMEO,
			  &time, sizeof(time));
}

static long fuzz_set_congestion(struct fuzz_random *r, int fd)
{
	static const char * const names[] = {
		"cubic", "reno", "bbr", "dctcp", "nonsense", "",
	};
	const char *name = names[fuzz_below(r, ARRAY_SIZE(names))];

	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name,
			  (socklen_t)strlen(name));
}

/* A filter that takes all, nothing, or cuts. */
static long fuzz_set_filter(struct fuzz_random *r, int fd)
{
	struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { .len = 1, .filter = &code };

	code.k = fuzz_chance(r, 50) ? 0xffffffffu : fuzz_below(r, 60);
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

static long fuzz_set_device(struct fuzz_random *r, int fd)
{
	static const char * const names[] = { "near", "tun0", "lo", "" };
	const char *name = names[fuzz_below(r, ARRAY_SIZE(names))];

	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name,
			  (socklen_t)strlen(name));
}

static long fuzz_set_membership(struct fuzz_caller *c, int fd)
{
	static const int names[] = {
		IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, IP_BLOCK_SOURCE,
		IP_UNBLOCK_SOURCE, IP_ADD_SOURCE_MEMBERSHIP,
		IP_DROP_SOURCE_MEMBERSHIP, IP_MULTICAST_IF,
	};
	struct fuzz_random *r = &c->random;
	u32 words[3] = {
		htonl(FUZZ_GROUP + fuzz_below(r, 3)), htonl(FUZZ_OURS),
		htonl(fuzz_chance(r, 50) ? FUZZ_OURS : fuzz_peer(r)),
	};

	if (fuzz_chance(r, 30))
		words[1] = 0;
	if (fuzz_chance(r, 30))
		words[2] = (u32)c->place->near_index;
	return setsockopt(fd, IPPROTO_IP,
			  names[fuzz_below(r, ARRAY_SIZE(names))],
			  words, fuzz_chance(r, 70) ? 12 : 8);
}

/* The whole list of a membership; now and then with a wrong count. */
static long fuzz_set_sources(struct fuzz_caller *c, int fd)
{
	struct fuzz_random *r = &c->random;
	u32 words[4 + 12], count = fuzz_below(r, 12), i;
	socklen_t length = (socklen_t)(4 + count) * 4;

	words[0] = htonl(FUZZ_GROUP + fuzz_below(r, 3));
	words[1] = htonl(FUZZ_OURS);
	words[2] = fuzz_below(r, 2);
	words[3] = fuzz_chance(r, 90) ? count : fuzz_number(r);
	for (i = 4; i < ARRAY_SIZE(words); i++)
		words[i] = htonl(fuzz_peer(r));
	if (fuzz_chance(r, 30))
		return getsockopt(fd, IPPROTO_IP, IP_MSFILTER, words, &length);
	return setsockopt(fd, IPPROTO_IP, IP_MSFILTER, words, length);
}

static long fuzz_set_any(struct fuzz_random *r, int fd)
{
	socklen_t length = fuzz_chance(r, 90) ? 4 : fuzz_below(r, 160);
	int level, name;
	u32 words[40];
	unsigned int i;

	fuzz_option_pick(r, &level, &name);
	for (i = 0; i < 40; i++)
		words[i] = fuzz_chance(r, 60) ? fuzz_below(r, 4) :
						fuzz_number(r);
	if (fuzz_chance(r, 1))
		return setsockopt(fd, level, name,
				  (void *)(uintptr_t)fuzz_number(r), length);
	return setsockopt(fd, level, name, words, length);
}

long fuzz_call_set(struct fuzz_caller *c, int fd)
{
	struct fuzz_random *r = &c->random;

	switch (fuzz_below(r, 24)) {
	case 0:
		return fuzz_set_linger(r, fd);
	case 1:
	case 2:
		return fuzz_set_timeout(r, fd);
	case 3:
		return fuzz_set_congestion(r, fd);
	case 4:
		return fuzz_set_filter(r, fd);
	case 5:
		return fuzz_set_device(r, fd);
	case 6:
		return fuzz_set_membership(c, fd);
	case 7:
		return fuzz_set_sources(c, fd);
	default:
		return fuzz_set_any(r, fd);
	}
}

long fuzz_call_get(struct fuzz_caller *c, int fd)
{
	socklen_t length = fuzz_below(&c->random, 400);
	int level, name;
	u8 value[400];

	fuzz_option_pick(&c->random, &level, &name);
	if (fuzz_chance(&c->random, 2))
		length = fuzz_number(&c->random);
	if (length > sizeof(value))
		return getsockopt(fd, level, name, c->buffer, &length);
	return getsockopt(fd, level, name, value, &length);
}

long fuzz_call_ioctl(struct fuzz_caller *c, int fd)
{
	static const unsigned long requests[] = {
		FIONREAD, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK, SIOCGSTAMP_OLD,
		SIOCGSTAMPNS_OLD, SIOCGIFFLAGS, SIOCGIFADDR, SIOCGIFMTU,
		SIOCGIFINDEX, SIOCGIFHWADDR, SIOCADDRT, SIOCDELRT, SIOCGARP,
		SIOCDARP, SIOCGPGRP, SIOCSIFADDR, SIOCGIFBRDADDR,
	};
	struct fuzz_random *r = &c->random;
	unsigned long request =
		requests[fuzz_below(r, ARRAY_SIZE(requests))];
	union {
		struct ifreq interface;
		u8 bytes[256];
	} argument = { .bytes = { 0 } };
	unsigned int i;

	if (fuzz_chance(r, 70))
		snprintf(argument.interface.ifr_name, IFNAMSIZ, "near");
	else
		for (i = 0; i < sizeof(argument); i++)
			argument.bytes[i] = (u8)fuzz_number(r);
	if (fuzz_chance(r, 10))
		request = 0x8900 + fuzz_below(r, 256);
	return ioctl(fd, request, &argument);
}
