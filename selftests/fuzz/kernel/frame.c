// SPDX-License-Identifier: GPL-2.0
/* One frame: headers, lengths and checksums. */
#include <linux/if_ether.h>
#include "kernel_fuzz.h"
#include "../../../module/wire/wire_csum.h"

/* VIRTIO_NET_HDR_GSO_UDP_L4, which older headers lack */
#define FUZZ_GSO_UDP_L4	5

void fuzz_put16(u8 *p, u32 value)
{
	p[0] = (u8)(value >> 8);
	p[1] = (u8)value;
}

void fuzz_put32(u8 *p, u32 value)
{
	fuzz_put16(p, value >> 16);
	fuzz_put16(p + 2, value);
}

u32 fuzz_get16(const u8 *p)
{
	return (u32)p[0] << 8 | p[1];
}

u32 fuzz_get32(const u8 *p)
{
	return fuzz_get16(p) << 16 | fuzz_get16(p + 2);
}

/* Each peer address has a link address of its own. */
void fuzz_mac(u8 *mac, u32 ip)
{
	mac[0] = 2;
	mac[1] = 0;
	fuzz_put32(mac + 2, ip);
}

u8 *fuzz_frame_begin(struct fuzz_frame *frame, const struct fuzz_place *place,
		     u8 protocol, u32 source, u32 destination)
{
	u8 *ip = frame->bytes + FUZZ_ETH;

	memset(&frame->vnet, 0, sizeof(frame->vnet));
	frame->tun = (destination & ~0xffu) == FUZZ_TUN_NET;
	memcpy(frame->bytes, place->near_mac, 6);
	fuzz_mac(frame->bytes + 6, source);
	fuzz_put16(frame->bytes + 12, ETH_P_IP);
	memset(ip, 0, 20);
	ip[0] = 0x45;
	ip[8] = 64;
	ip[9] = protocol;
	fuzz_put32(ip + 12, source);
	fuzz_put32(ip + 16, destination);
	return ip + 20;
}

static bool fuzz_frame_is_ip(const struct fuzz_frame *frame, u32 *header)
{
	const u8 *ip = frame->bytes + FUZZ_ETH;

	if (frame->length < FUZZ_IP || fuzz_get16(frame->bytes + 12) != ETH_P_IP)
		return false;
	*header = (ip[0] & 15u) * 4;
	return *header >= 20 && frame->length >= FUZZ_ETH + *header;
}

static u32 fuzz_checksum_at(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return 16;
	case IPPROTO_UDP:
		return 6;
	case IPPROTO_ICMP:
		return 2;
	default:
		return 0;
	}
}

static void fuzz_frame_sum_l4(const u8 *ip, u8 *l4, u32 bytes)
{
	u32 at = fuzz_checksum_at(ip[9]);
	u8 pseudo[12];
	u64 sum = 0;
	u16 check;

	if (!at || bytes < at + 2)
		return;
	fuzz_put16(l4 + at, 0);
	if (ip[9] != IPPROTO_ICMP) {
		memcpy(pseudo, ip + 12, 8);
		fuzz_put16(pseudo + 8, ip[9]);
		fuzz_put16(pseudo + 10, bytes);
		sum = twin_wire_csum_words(pseudo, sizeof(pseudo));
	}
	sum += (u16)~twin_wire_csum16(l4, bytes);
	check = twin_wire_csum_finish(twin_wire_csum_fold(sum));
	if (!check && ip[9] == IPPROTO_UDP)
		check = 0xffff;
	memcpy(l4 + at, &check, 2);
}

/* Makes the lengths and checksums right, as far as they can be found. */
void fuzz_frame_mend(struct fuzz_frame *frame)
{
	u8 *ip = frame->bytes + FUZZ_ETH;
	u32 header, total;
	u16 check;

	if (!fuzz_frame_is_ip(frame, &header))
		return;
	total = frame->length - FUZZ_ETH;
	fuzz_put16(ip + 2, total);
	if (!(fuzz_get16(ip + 6) & 0x3fff)) {
		if (ip[9] == IPPROTO_UDP && total >= header + 8)
			fuzz_put16(ip + header + 4, total - header);
		fuzz_frame_sum_l4(ip, ip + header, total - header);
	}
	fuzz_put16(ip + 10, 0);
	check = twin_wire_csum16(ip, header);
	memcpy(ip + 10, &check, 2);
}

void fuzz_frame_end(struct fuzz_frame *frame, u32 l4_bytes)
{
	frame->length = FUZZ_IP + l4_bytes;
	fuzz_frame_mend(frame);
}

/* Options of any kind between the IP header and what follows. */
void fuzz_frame_ip_options(struct fuzz_frame *frame, struct fuzz_random *r)
{
	static const u8 kinds[] = { 0, 1, 7, 68, 131, 137, 136, 148, 130, 255 };
	u32 words = 1 + fuzz_below(r, 10), bytes = words * 4, at = 0, length, i;
	u8 *options = frame->bytes + FUZZ_IP;

	if (frame->bytes[FUZZ_ETH] != 0x45 || frame->length < FUZZ_IP ||
	    frame->length + bytes > FUZZ_ETH + 1500)
		return;
	memmove(options + bytes, options, frame->length - FUZZ_IP);
	while (at < bytes) {
		options[at] = kinds[fuzz_below(r, sizeof(kinds))];
		length = fuzz_chance(r, 80) ? 3 + 4 * fuzz_below(r, 10) :
					      fuzz_below(r, 256);
		for (i = at + 1; i < bytes; i++)
			options[i] = (u8)fuzz_number(r);
		if (options[at] > 1 && at + 2 < bytes) {
			options[at + 1] = (u8)length;
			options[at + 2] = (u8)(4 + 4 * fuzz_below(r, 9));
			at += length ? length : 1;
		} else {
			at++;
		}
	}
	frame->bytes[FUZZ_ETH] = (u8)(0x45 + words);
	frame->length += bytes;
	fuzz_frame_mend(frame);
}

/* The frame as a driver gives it: in one piece of many segments, or unsummed. */
void fuzz_frame_offload(struct fuzz_frame *frame, struct fuzz_random *r)
{
	struct virtio_net_hdr *vnet = &frame->vnet;
	u8 protocol = frame->bytes[FUZZ_ETH + 9];
	u32 header;

	if (!fuzz_frame_is_ip(frame, &header) ||
	    (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) ||
	    frame->length < FUZZ_ETH + header + 20)
		return;
	if (fuzz_chance(r, 30)) {
		vnet->flags = VIRTIO_NET_HDR_F_DATA_VALID;
		return;
	}
	vnet->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	vnet->csum_start = (u16)(FUZZ_ETH + header);
	vnet->csum_offset = (u16)fuzz_checksum_at(protocol);
	if (frame->length < 200 || fuzz_chance(r, 20))
		return;
	vnet->gso_type = protocol == IPPROTO_TCP ? VIRTIO_NET_HDR_GSO_TCPV4 :
						   FUZZ_GSO_UDP_L4;
	if (protocol == IPPROTO_TCP && fuzz_chance(r, 10))
		vnet->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	vnet->hdr_len = (u16)(FUZZ_ETH + header + 20);
	vnet->gso_size = (u16)(fuzz_chance(r, 80) ?
			       50 + fuzz_below(r, 1400) : fuzz_number(r));
}
