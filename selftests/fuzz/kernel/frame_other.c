// SPDX-License-Identifier: GPL-2.0
/* Frames that are not TCP, and what is done to any frame. */
#include <linux/if_ether.h>
#include "kernel_fuzz.h"

static u32 fuzz_own_address(struct fuzz_random *r)
{
	switch (fuzz_below(r, 12)) {
	case 0:
		return FUZZ_OURS_TOO;
	case 1:
	case 2:
		return FUZZ_OURS_TUN;
	case 3:
		return FUZZ_NET + 255;
	case 4:
		return FUZZ_GROUP;
	case 5:
		return fuzz_chance(r, 50) ? 0xffffffffu : (u32)fuzz_next(r);
	default:
		return FUZZ_OURS;
	}
}

static u32 fuzz_foreign_address(struct fuzz_random *r, u32 destination)
{
	if (fuzz_chance(r, 5))
		return (u32)fuzz_next(r);
	if (fuzz_chance(r, 2))
		return fuzz_own_address(r);
	if ((destination & ~0xffu) == FUZZ_TUN_NET)
		return FUZZ_TUN_NET + FUZZ_PEER_FIRST + fuzz_below(r, FUZZ_PEERS);
	return fuzz_peer(r);
}

static void fuzz_frame_set_destination(struct fuzz_frame *frame, u32 ip)
{
	if (ip == 0xffffffffu || ip == FUZZ_NET + 255)
		memset(frame->bytes, 0xff, 6);
	else if (ip >> 28 == 0xe)
		memcpy(frame->bytes, "\x01\x00\x5e\x09\x09\x09", 6);
}

void fuzz_frame_arp(struct fuzz_frame *frame, const struct fuzz_place *place,
		    struct fuzz_random *r)
{
	u32 sender = fuzz_foreign_address(r, 0), target = fuzz_own_address(r);
	u8 *arp = frame->bytes + FUZZ_ETH;

	memset(&frame->vnet, 0, sizeof(frame->vnet));
	frame->tun = false;
	memset(frame->bytes, fuzz_chance(r, 60) ? 0xff : 2, 6);
	if (fuzz_chance(r, 40))
		memcpy(frame->bytes, place->near_mac, 6);
	fuzz_mac(frame->bytes + 6, sender);
	fuzz_put16(frame->bytes + 12, ETH_P_ARP);
	memcpy(arp, "\x00\x01\x08\x00\x06\x04\x00", 7);
	arp[7] = (u8)(fuzz_chance(r, 95) ? 1 + fuzz_below(r, 2) :
					   fuzz_below(r, 256));
	if (fuzz_chance(r, 10))
		sender = fuzz_chance(r, 50) ? target : 0;
	fuzz_mac(arp + 8, sender);
	fuzz_put32(arp + 14, sender);
	fuzz_mac(arp + 18, target);
	fuzz_put32(arp + 24, fuzz_chance(r, 10) ? sender : target);
	frame->length = FUZZ_ETH + 28;
}

void fuzz_frame_arp_reply(struct fuzz_frame *frame,
			  const struct fuzz_place *place, const u8 *request)
{
	u32 wanted = fuzz_get32(request + FUZZ_ETH + 24);
	u8 *arp = frame->bytes + FUZZ_ETH;

	memset(&frame->vnet, 0, sizeof(frame->vnet));
	frame->tun = false;
	memcpy(frame->bytes, place->near_mac, 6);
	fuzz_mac(frame->bytes + 6, wanted);
	fuzz_put16(frame->bytes + 12, ETH_P_ARP);
	memcpy(arp, "\x00\x01\x08\x00\x06\x04\x00\x02", 8);
	fuzz_mac(arp + 8, wanted);
	fuzz_put32(arp + 14, wanted);
	memcpy(arp + 18, request + FUZZ_ETH + 8, 10);
	frame->length = FUZZ_ETH + 28;
}

static u32 fuzz_payload(struct fuzz_random *r, u8 *data, u32 limit)
{
	u32 bytes = fuzz_chance(r, 60) ? fuzz_below(r, 64) :
					 fuzz_below(r, limit);
	u32 i;

	for (i = 0; i < bytes; i++)
		data[i] = (u8)(i + bytes);
	return bytes;
}

void fuzz_frame_udp(struct fuzz_frame *frame, const struct fuzz_place *place,
		    struct fuzz_random *r)
{
	u32 to = fuzz_own_address(r), limit = 1472;
	u8 *udp = fuzz_frame_begin(frame, place, IPPROTO_UDP,
				   fuzz_foreign_address(r, to), to);
	bool big = fuzz_chance(r, 5);
	u32 bytes;

	if (big)
		limit = FUZZ_FRAME_MAX - FUZZ_IP - 8;
	fuzz_frame_set_destination(frame, to);
	fuzz_put16(udp, fuzz_chance(r, 80) ? fuzz_port(r) : fuzz_number(r));
	fuzz_put16(udp + 2, fuzz_chance(r, 95) ? fuzz_port(r) : fuzz_number(r));
	bytes = 8 + fuzz_payload(r, udp + 8, limit);
	fuzz_frame_end(frame, bytes);
	if (big)
		fuzz_frame_offload(frame, r);
	if (fuzz_chance(r, 3))
		fuzz_put16(udp + 6, 0);
	if (fuzz_chance(r, 3))
		fuzz_put16(udp + 4, fuzz_number(r));
}

/* An error about something that Twin has sent. */
static u32 fuzz_icmp_error(u8 *icmp, struct fuzz_random *r)
{
	static const u8 types[] = { 3, 3, 3, 3, 4, 5, 11, 12 };
	u32 length, bytes;
	const u8 *sent = fuzz_seed_any(r, &length);

	icmp[0] = types[fuzz_below(r, sizeof(types))];
	icmp[1] = (u8)(fuzz_chance(r, 95) ? fuzz_below(r, 16) :
					    fuzz_below(r, 256));
	if (icmp[0] == 3 && fuzz_chance(r, 40))
		icmp[1] = 4;
	if (icmp[1] == 4)
		fuzz_put32(icmp + 4, fuzz_chance(r, 50) ? fuzz_below(r, 1600) :
							  fuzz_number(r));
	else if (icmp[0] == 5)
		fuzz_put32(icmp + 4, fuzz_peer(r));
	if (length <= FUZZ_ETH)
		return 8;
	bytes = length - FUZZ_ETH;
	if (fuzz_chance(r, 70) && bytes > 28)
		bytes = 28;
	if (bytes > 548)
		bytes = 548;
	if (fuzz_chance(r, 10))
		bytes = fuzz_below(r, bytes);
	memcpy(icmp + 8, sent + FUZZ_ETH, bytes);
	return 8 + bytes;
}

void fuzz_frame_icmp(struct fuzz_frame *frame, const struct fuzz_place *place,
		     struct fuzz_random *r)
{
	static const u8 types[] = { 8, 8, 8, 0, 13, 14, 15, 17, 18, 9, 10 };
	u32 to = fuzz_own_address(r), bytes;
	u8 *icmp = fuzz_frame_begin(frame, place, IPPROTO_ICMP,
				    fuzz_foreign_address(r, to), to);

	fuzz_frame_set_destination(frame, to);
	memset(icmp, 0, 20);
	if (fuzz_chance(r, 60)) {
		bytes = fuzz_icmp_error(icmp, r);
	} else {
		icmp[0] = types[fuzz_below(r, sizeof(types))];
		fuzz_put16(icmp + 4, fuzz_port(r));
		fuzz_put16(icmp + 6, fuzz_below(r, 4));
		bytes = 8 + fuzz_payload(r, icmp + 8, 1400);
	}
	if (fuzz_chance(r, 3))
		icmp[0] = (u8)fuzz_next(r);
	fuzz_frame_end(frame, bytes);
}

/*
 * The frame in fragments: in order or not, overlapping, with holes, and the
 * last of them left in @frame, unsent.
 */
void fuzz_frame_fragment(struct fuzz_frame *frame,
			 const struct fuzz_place *place, struct fuzz_random *r)
{
	static struct fuzz_frame piece;
	u32 header = (frame->bytes[FUZZ_ETH] & 15u) * 4;
	u32 id = fuzz_below(r, 4), at, bytes, total, count = 0;

	if (header < 20 || frame->length <= FUZZ_ETH + header + 16)
		return;
	total = frame->length - FUZZ_ETH - header;
	for (at = 0; at < total && count < 48; count++) {
		bytes = 8 + 8 * fuzz_below(r, total / 16 + 1);
		if (at + bytes > total)
			bytes = total - at;
		piece = *frame;
		memset(&piece.vnet, 0, sizeof(piece.vnet));
		piece.length = FUZZ_ETH + header + bytes;
		memcpy(piece.bytes + FUZZ_ETH + header,
		       frame->bytes + FUZZ_ETH + header + at, bytes);
		fuzz_put16(piece.bytes + FUZZ_ETH + 4, id);
		fuzz_put16(piece.bytes + FUZZ_ETH + 6,
			   at / 8 | (at + bytes < total ? 0x2000 : 0));
		fuzz_frame_mend(&piece);
		if (!fuzz_chance(r, 5))
			fuzz_wire_send(place, &piece);
		if (fuzz_chance(r, 5))
			fuzz_wire_send(place, &piece);
		if (!fuzz_chance(r, 5))
			at += bytes;
	}
	if (fuzz_chance(r, 30))
		fuzz_put16(piece.bytes + FUZZ_ETH + 6, fuzz_number(r));
	fuzz_frame_mend(&piece);
	*frame = piece;
}

/* The finishing touch that most frames are spared. */
void fuzz_frame_spoil(struct fuzz_frame *frame, struct fuzz_random *r)
{
	u32 at;

	switch (fuzz_below(r, 6)) {
	case 0:
		frame->length = FUZZ_ETH + fuzz_below(r, frame->length);
		return;
	case 1:
		memset(frame->bytes + frame->length, (int)fuzz_below(r, 256), 64);
		frame->length += fuzz_below(r, 64);
		return;
	case 2:
		fuzz_put16(frame->bytes + 12, fuzz_number(r));
		return;
	case 3:
		at = FUZZ_ETH + fuzz_below(r, 20);
		frame->bytes[at] = (u8)fuzz_number(r);
		fuzz_frame_mend(frame);
		return;
	default:
		at = fuzz_below(r, frame->length);
		frame->bytes[at] ^= 1 << fuzz_below(r, 8);
	}
}
