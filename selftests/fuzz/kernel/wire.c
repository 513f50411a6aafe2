// SPDX-License-Identifier: GPL-2.0
/*
 * In and out: the file ends of a tap and a tun device.  Of all ways into the
 * kernel this one takes the fewest allocations, whose stacks are what costs the
 * sanitizers' time: half of it.  Many frames by one system call (io_uring) are not
 * faster, since there is more stack to look through then.
 */
#include <linux/if_ether.h>
#include <sched.h>
#include <sys/uio.h>
#include <unistd.h>
#include "kernel_fuzz.h"

#define FUZZ_BATCH		64	/* frames before the answers are read */
#define FUZZ_ANSWERS		64

/* What the device refuses is not counted. */
void fuzz_wire_send(const struct fuzz_place *place,
		    const struct fuzz_frame *frame)
{
	struct virtio_net_hdr vnet = frame->vnet;
	struct iovec parts[2] = {
		{ &vnet, sizeof(vnet) },
		{ (void *)frame->bytes, frame->length },
	};
	int fd = place->tap_fd;

	if (frame->tun) {
		if (frame->length <= FUZZ_ETH)
			return;
		parts[1].iov_base = (void *)(frame->bytes + FUZZ_ETH);
		parts[1].iov_len = frame->length - FUZZ_ETH;
		fd = place->tun_fd;
		vnet.csum_start -= FUZZ_ETH;
		vnet.hdr_len -= FUZZ_ETH;
	}
	if (writev(fd, parts, 2) > 0)
		fuzz_counts->frames++;
}

static void fuzz_wire_arp(const struct fuzz_place *place, struct fuzz_random *r,
			  const u8 *request, u32 captured)
{
	static struct fuzz_frame reply;

	if (captured < FUZZ_ETH + 28 || request[FUZZ_ETH + 7] != 1 ||
	    !fuzz_chance(r, 80))
		return;
	fuzz_frame_arp_reply(&reply, place, request);
	fuzz_wire_send(place, &reply);
}

static void fuzz_wire_look(const struct fuzz_place *place,
			   struct fuzz_random *r, const u8 *bytes, u32 length)
{
	if (length < FUZZ_ETH)
		return;
	if (fuzz_chance(r, 20))
		fuzz_seeds_keep(bytes, length);
	if (fuzz_get16(bytes + 12) == ETH_P_ARP)
		fuzz_wire_arp(place, r, bytes, length);
	else if (fuzz_get16(bytes + 12) == ETH_P_IP)
		fuzz_flow_learn(place, r, bytes + FUZZ_ETH, length - FUZZ_ETH,
				false);
}

static void fuzz_wire_listen(const struct fuzz_place *place,
			     struct fuzz_random *r)
{
	const ssize_t vnet = sizeof(struct virtio_net_hdr);
	static u8 packet[70000];
	ssize_t bytes;
	int budget;

	for (budget = 0; budget < FUZZ_ANSWERS; budget++) {
		bytes = read(place->tap_fd, packet, sizeof(packet)) - vnet;
		if (bytes <= 0)
			break;
		fuzz_counts->answers++;
		fuzz_wire_look(place, r, packet + vnet, (u32)bytes);
	}
	for (budget = 0; budget < FUZZ_ANSWERS; budget++) {
		bytes = read(place->tun_fd, packet, sizeof(packet)) - vnet;
		if (bytes <= 0)
			break;
		fuzz_counts->answers++;
		fuzz_flow_learn(place, r, packet + vnet, (u32)bytes, true);
	}
}

static void fuzz_wire_make(struct fuzz_frame *frame,
			   const struct fuzz_place *place,
			   struct fuzz_random *r)
{
	struct fuzz_flow *flow = fuzz_flow_any(r);
	u32 kind = fuzz_below(r, 100);

	if (kind < 55 && flow)
		fuzz_segment(frame, place, r, flow);
	else if (kind < 62)
		fuzz_segment_syn(frame, place, r);
	else if (kind < 74)
		fuzz_frame_udp(frame, place, r);
	else if (kind < 84)
		fuzz_frame_icmp(frame, place, r);
	else if (kind < 87)
		fuzz_frame_arp(frame, place, r);
	else
		fuzz_mutate(frame, place, r);
}

/* Throws until the round is over; lets the callers run between. */
void fuzz_wire_run(const struct fuzz_place *place, struct fuzz_random *r)
{
	static struct fuzz_frame frame;
	unsigned int i;

	while (!fuzz_over) {
		for (i = 0; i < FUZZ_BATCH; i++) {
			fuzz_wire_make(&frame, place, r);
			if (fuzz_chance(r, 3))
				fuzz_frame_ip_options(&frame, r);
			if (fuzz_chance(r, 3))
				fuzz_frame_fragment(&frame, place, r);
			if (fuzz_chance(r, 3) && frame.length > FUZZ_ETH)
				fuzz_frame_spoil(&frame, r);
			fuzz_wire_send(place, &frame);
		}
		fuzz_wire_listen(place, r);
		sched_yield();
	}
}
