// SPDX-License-Identifier: GPL-2.0
/* Real frames, changed at random and mended. */
#include <stdio.h>
#include <stdlib.h>
#include "kernel_fuzz.h"

#define FUZZ_SEEDS_READ		512	/* from captures */
#define FUZZ_SEEDS_KEPT		128	/* of what Twin has just sent */
#define FUZZ_SEED_BYTES		1600

static struct fuzz_seed {
	u32 length;
	u8 bytes[FUZZ_SEED_BYTES];
} fuzz_seeds[FUZZ_SEEDS_READ + FUZZ_SEEDS_KEPT];

static unsigned int fuzz_seeds_read_count, fuzz_seeds_kept_count;

static void fuzz_seed_set(struct fuzz_seed *seed, const u8 *packet, u32 length)
{
	seed->length = length < FUZZ_SEED_BYTES ? length : FUZZ_SEED_BYTES;
	memcpy(seed->bytes, packet, seed->length);
}

/* The packets of a capture with Ethernet headers, as tcpdump -w writes it. */
void fuzz_seeds_read(const char *path)
{
	struct {
		u32 seconds, micros, captured, length;
	} head;
	static u8 packet[1 << 18];
	FILE *file = fopen(path, "rb");

	if (!file || fread(packet, 24, 1, file) != 1)
		fuzz_die(path);
	while (fuzz_seeds_read_count < FUZZ_SEEDS_READ &&
	       fread(&head, sizeof(head), 1, file) == 1 &&
	       head.captured <= sizeof(packet) &&
	       fread(packet, 1, head.captured, file) == head.captured)
		fuzz_seed_set(&fuzz_seeds[fuzz_seeds_read_count++], packet,
			      head.captured);
	fclose(file);
}

void fuzz_seeds_keep(const u8 *packet, u32 length)
{
	unsigned int place = fuzz_seeds_kept_count++ % FUZZ_SEEDS_KEPT;

	fuzz_seed_set(&fuzz_seeds[FUZZ_SEEDS_READ + place], packet, length);
}

const u8 *fuzz_seed_any(struct fuzz_random *r, u32 *length)
{
	unsigned int kept = fuzz_seeds_kept_count, place;

	if (kept > FUZZ_SEEDS_KEPT)
		kept = FUZZ_SEEDS_KEPT;
	*length = 0;
	if (!kept && !fuzz_seeds_read_count)
		return NULL;
	if (kept && (!fuzz_seeds_read_count || fuzz_chance(r, 50)))
		place = FUZZ_SEEDS_READ + fuzz_below(r, kept);
	else
		place = fuzz_below(r, fuzz_seeds_read_count);
	*length = fuzz_seeds[place].length;
	return fuzz_seeds[place].bytes;
}

/* Sends it to us, or to a connection that is there now. */
static void fuzz_retarget(struct fuzz_frame *frame,
			  const struct fuzz_place *place, struct fuzz_random *r)
{
	struct fuzz_flow *flow = fuzz_flow_any(r);
	u8 *ip = frame->bytes + FUZZ_ETH, *tcp = ip + (ip[0] & 15) * 4;

	memcpy(frame->bytes, place->near_mac, 6);
	if (frame->length < FUZZ_IP + 20 || fuzz_get16(frame->bytes + 12) != 0x800)
		return;
	fuzz_put32(ip + 16, FUZZ_OURS);
	fuzz_put32(ip + 12, fuzz_peer(r));
	if (ip[9] == IPPROTO_UDP)
		fuzz_put16(tcp + 2, fuzz_port(r));
	if (ip[9] != IPPROTO_TCP || !flow || ip[0] < 0x45 ||
	    tcp + 20 > frame->bytes + frame->length)
		return;
	frame->tun = flow->tun;
	fuzz_put32(ip + 16, flow->lip);
	fuzz_put32(ip + 12, flow->rip);
	fuzz_put16(tcp, flow->rport);
	fuzz_put16(tcp + 2, flow->lport);
	fuzz_put32(tcp + 4, flow->next);
	fuzz_put32(tcp + 8, flow->twin_next);
}

static void fuzz_change(struct fuzz_frame *frame, struct fuzz_random *r)
{
	/* most of it in the headers */
	u32 limit = frame->length < 80 || fuzz_chance(r, 10) ?
			    frame->length : 80;
	u32 at = fuzz_below(r, limit), bytes;

	switch (fuzz_below(r, 7)) {
	case 0:
		frame->bytes[at] = (u8)fuzz_number(r);
		return;
	case 1:
		if (at + 4 <= frame->length)
			fuzz_put32(frame->bytes + at, fuzz_number(r));
		return;
	case 2:
		if (at + 2 <= frame->length)
			fuzz_put16(frame->bytes + at, fuzz_number(r));
		return;
	case 3:			/* cut a piece out */
		bytes = fuzz_below(r, frame->length - at);
		memmove(frame->bytes + at, frame->bytes + at + bytes,
			frame->length - at - bytes);
		frame->length -= bytes;
		return;
	case 4:			/* double a piece */
		bytes = fuzz_below(r, frame->length - at);
		if (frame->length + bytes > FUZZ_ETH + 1500)
			return;
		memmove(frame->bytes + at + bytes, frame->bytes + at,
			frame->length - at);
		frame->length += bytes;
		return;
	default:
		frame->bytes[at] ^= 1 << fuzz_below(r, 8);
	}
}

void fuzz_mutate(struct fuzz_frame *frame, const struct fuzz_place *place,
		 struct fuzz_random *r)
{
	u32 length, changes = fuzz_below(r, 5);
	const u8 *seed = fuzz_seed_any(r, &length);

	memset(&frame->vnet, 0, sizeof(frame->vnet));
	frame->tun = false;
	if (length < FUZZ_ETH) {
		fuzz_segment_syn(frame, place, r);
		return;
	}
	if (length > FUZZ_ETH + 1500)
		length = FUZZ_ETH + 1500;
	memcpy(frame->bytes, seed, length);
	frame->length = length;
	if (fuzz_chance(r, 95))
		fuzz_retarget(frame, place, r);
	while (changes-- && frame->length)
		fuzz_change(frame, r);
	if (fuzz_chance(r, 85))
		fuzz_frame_mend(frame);
	if (fuzz_chance(r, 5))
		fuzz_frame_offload(frame, r);
}
