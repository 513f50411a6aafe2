/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fuzzer of the loaded module: frames, system calls and netlink messages,
 * all at once, in a network namespace of its own.
 *
 *	main.c		options, one child per round, the watchdog, the counts
 *	place.c		the round's namespace, devices and addresses
 *	frame.c		one frame: headers, lengths and checksums
 *	frame_other.c	ARP, UDP, ICMP, fragments
 *	flow.c		the connections that were seen, and their numbers
 *	segment.c	TCP segments for them, right or nearly so
 *	mutate.c	real frames, changed at random and mended
 *	wire.c		in and out
 *	call.c		random system calls
 *	call_option.c	their options and requests
 *	message.c	random netlink messages
 *	kill.c		the end of the connections that outlive a round
 *
 * Everything is drawn from a seed, the round's number and the thread's: the
 * same numbers try the same things.  What the module answers may differ.
 */
#ifndef TWIN_KERNEL_FUZZ_H
#define TWIN_KERNEL_FUZZ_H

#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include "../../../module/wire/wire_user.h"
#include "twin.h"

/* 10.9.0.0/24 on a tap device, 10.9.1.0/24 on a tun device */
#define FUZZ_NET		0x0a090000u
#define FUZZ_TUN_NET		0x0a090100u
#define FUZZ_OURS		(FUZZ_NET + 1)
#define FUZZ_OURS_TOO		(FUZZ_NET + 11)
#define FUZZ_OURS_TUN		(FUZZ_TUN_NET + 1)
#define FUZZ_GROUP		0xe0090909u
#define FUZZ_PEER_FIRST		100
#define FUZZ_PEERS		8
#define FUZZ_PORT_FIRST		7000
#define FUZZ_PORTS		8

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define FUZZ_FRAME_MAX		9216
#define FUZZ_CALLERS		3	/* threads */

struct fuzz_random {
	u64 state;
};

/* Shared by all rounds' processes. */
struct fuzz_counts {
	atomic_ulong frames;
	atomic_ulong answers;
	atomic_ulong calls;
	atomic_ulong calls_ok;
	atomic_ulong messages;
	atomic_ulong messages_ok;
	atomic_ulong accepted;
	atomic_ulong connected;
	atomic_ulong received_bytes;
	atomic_ulong states;
};

/* bytes: with an Ethernet header, also when it goes to the tun device. */
struct fuzz_frame {
	struct virtio_net_hdr vnet;
	u32 length;
	bool tun;
	u8 bytes[FUZZ_FRAME_MAX + 128];
};

/*
 * A connection of Twin's, as its segments tell.  Host order.
 * @next: what Twin expects of us
 * @sent: where we pretend to be, at or behind @next
 * @twin_una: what we have acknowledged
 * @twin_next: behind the last byte that Twin has sent
 * @seen: flags of all its segments so far
 */
struct fuzz_flow {
	u32 lip, rip;
	u16 lport, rport;
	u32 next, sent;
	u32 twin_una, twin_next;
	u32 tsval;
	u16 mss;
	u8 seen;
	bool timestamps;
	bool tun;
};

extern struct fuzz_counts *fuzz_counts;
extern atomic_bool fuzz_over;

static inline u64 fuzz_next(struct fuzz_random *r)
{
	u64 z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static inline u32 fuzz_below(struct fuzz_random *r, u32 limit)
{
	return (u32)(fuzz_next(r) >> 33) % limit;
}

static inline bool fuzz_chance(struct fuzz_random *r, u32 percent)
{
	return fuzz_below(r, 100) < percent;
}

/* A number of the kind that limits are tested with. */
u32 fuzz_number(struct fuzz_random *r);

static inline u16 fuzz_port(struct fuzz_random *r)
{
	return (u16)(FUZZ_PORT_FIRST + fuzz_below(r, FUZZ_PORTS));
}

static inline u32 fuzz_peer(struct fuzz_random *r)
{
	return FUZZ_NET + FUZZ_PEER_FIRST + fuzz_below(r, FUZZ_PEERS);
}

void fuzz_die(const char *what) __attribute__((noreturn));

/* place.c */
struct fuzz_place {
	int near_index, tun_index;
	int tap_fd, tun_fd;
	u8 near_mac[6];
};

void fuzz_place_open(struct fuzz_place *place, struct fuzz_random *r);
void fuzz_place_end(struct fuzz_random *r);
void fuzz_place_states(void);
void fuzz_place_sysctl(struct fuzz_random *r);

/* frame.c */
#define FUZZ_ETH		14
#define FUZZ_IP			(FUZZ_ETH + 20)

void fuzz_put16(u8 *p, u32 value);
void fuzz_put32(u8 *p, u32 value);
u32 fuzz_get16(const u8 *p);
u32 fuzz_get32(const u8 *p);
void fuzz_mac(u8 *mac, u32 ip);
u8 *fuzz_frame_begin(struct fuzz_frame *frame, const struct fuzz_place *place,
		     u8 protocol, u32 source, u32 destination);
void fuzz_frame_end(struct fuzz_frame *frame, u32 l4_bytes);
void fuzz_frame_mend(struct fuzz_frame *frame);
void fuzz_frame_ip_options(struct fuzz_frame *frame, struct fuzz_random *r);
void fuzz_frame_offload(struct fuzz_frame *frame, struct fuzz_random *r);

/* frame_other.c */
void fuzz_frame_arp(struct fuzz_frame *frame, const struct fuzz_place *place,
		    struct fuzz_random *r);
void fuzz_frame_arp_reply(struct fuzz_frame *frame,
			  const struct fuzz_place *place, const u8 *request);
void fuzz_frame_udp(struct fuzz_frame *frame, const struct fuzz_place *place,
		    struct fuzz_random *r);
void fuzz_frame_icmp(struct fuzz_frame *frame, const struct fuzz_place *place,
		     struct fuzz_random *r);
void fuzz_frame_fragment(struct fuzz_frame *frame,
			 const struct fuzz_place *place, struct fuzz_random *r);
void fuzz_frame_spoil(struct fuzz_frame *frame, struct fuzz_random *r);

/* flow.c */
void fuzz_flow_learn(const struct fuzz_place *place, struct fuzz_random *r,
		     const u8 *packet, u32 length, bool tun);
struct fuzz_flow *fuzz_flow_any(struct fuzz_random *r);

/* segment.c */
void fuzz_segment(struct fuzz_frame *frame, const struct fuzz_place *place,
		  struct fuzz_random *r, struct fuzz_flow *flow);
void fuzz_segment_syn(struct fuzz_frame *frame, const struct fuzz_place *place,
		      struct fuzz_random *r);
void fuzz_segment_reply(struct fuzz_frame *frame,
			const struct fuzz_place *place, struct fuzz_random *r,
			struct fuzz_flow *flow, u8 answered);

/* mutate.c */
void fuzz_seeds_read(const char *path);
void fuzz_seeds_keep(const u8 *packet, u32 length);
const u8 *fuzz_seed_any(struct fuzz_random *r, u32 *length);
void fuzz_mutate(struct fuzz_frame *frame, const struct fuzz_place *place,
		 struct fuzz_random *r);

/* wire.c */
void fuzz_wire_send(const struct fuzz_place *place,
		    const struct fuzz_frame *frame);
void fuzz_wire_run(const struct fuzz_place *place, struct fuzz_random *r);

/* call.c */
struct fuzz_caller {
	struct fuzz_random random;
	const struct fuzz_place *place;
	u8 *buffer;
	bool calm;	/* leave most of the time to the frames */
};

#define FUZZ_BUFFER_BYTES	(256 * 1024)

u8 *fuzz_pages(size_t bytes);
void fuzz_calls_open(void);
void *fuzz_calls_run(void *caller);

/* call_option.c */
long fuzz_call_set(struct fuzz_caller *c, int fd);
long fuzz_call_get(struct fuzz_caller *c, int fd);
long fuzz_call_ioctl(struct fuzz_caller *c, int fd);

/* message.c */
void *fuzz_messages_run(void *caller);
void fuzz_message_address(int index, u32 ip, bool add);
void fuzz_message_neighbour(int index, u32 ip);

/* kill.c */
bool fuzz_kill_all(void);

#endif
