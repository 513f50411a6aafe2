/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IPv4 header (RFC 791 3.1): bytes of the wire <-> struct twin_wire_ipv4.
 */
#ifndef TWIN_WIRE_IPV4_H
#define TWIN_WIRE_IPV4_H

#include "wire_csum.h"

#define TWIN_WIRE_IPV4_MIN_BYTES	20
#define TWIN_WIRE_IPV4_MAX_BYTES	60
#define TWIN_WIRE_IPV4_MAX_DATAGRAM	65535

#define TWIN_WIRE_IPV4_CHECKSUM_OFFSET	10

/* Flags and offset, the fourth 16-bit word */
#define TWIN_WIRE_IPV4_DF		0x4000
#define TWIN_WIRE_IPV4_MF		0x2000
#define TWIN_WIRE_IPV4_OFFSET_MASK	0x1fff
#define TWIN_WIRE_IPV4_OFFSET_UNIT	8u	/* bytes */

/*
 * struct twin_wire_ipv4 - an IPv4 header in host order
 * @saddr: source, kept in network order as every address in Linux
 * @daddr: destination, likewise
 * @total_bytes: header and data
 * @id: identification
 * @fragment_bytes: fragment offset in bytes, a multiple of 8
 * @header_bytes: 20..60
 * @tos: DSCP and ECN
 * @ttl: time to live
 * @protocol: what the data is
 * @dont_fragment: DF
 * @more_fragments: MF
 */
struct twin_wire_ipv4 {
	__be32 saddr;
	__be32 daddr;
	u16 total_bytes;
	u16 id;
	u16 fragment_bytes;
	u8 header_bytes;
	u8 tos;
	u8 ttl;
	u8 protocol;
	bool dont_fragment;
	bool more_fragments;
};

/**
 * twin_wire_ipv4_read() - read the fixed header without judging it
 * @ip: filled in
 * @data: 20 readable bytes
 *
 * RFC: 791 section 3.1
 * Context: Any.
 */
static inline void twin_wire_ipv4_read(struct twin_wire_ipv4 *ip,
				       const u8 *data)
{
	u16 fragment = twin_wire_get16(data + 6);

	ip->header_bytes = (data[0] & 0xf) * 4;
	ip->tos = data[1];
	ip->total_bytes = twin_wire_get16(data + 2);
	ip->id = twin_wire_get16(data + 4);
	ip->dont_fragment = fragment & TWIN_WIRE_IPV4_DF;
	ip->more_fragments = fragment & TWIN_WIRE_IPV4_MF;
	ip->fragment_bytes = (fragment & TWIN_WIRE_IPV4_OFFSET_MASK) *
			     TWIN_WIRE_IPV4_OFFSET_UNIT;
	ip->ttl = data[8];
	ip->protocol = data[9];
	ip->saddr = twin_wire_get_be32(data + 12);
	ip->daddr = twin_wire_get_be32(data + 16);
}

/* Plain sum of a header: unrolled where it has no options. */
static inline u64 twin_wire_ipv4_sum(const u8 *data, unsigned int header_bytes)
{
	u64 sum = twin_wire_csum_load32(data);

	sum += twin_wire_csum_load32(data + 4);
	sum += twin_wire_csum_load32(data + 8);
	sum += twin_wire_csum_load32(data + 12);
	sum += twin_wire_csum_load32(data + 16);
	if (unlikely(header_bytes > TWIN_WIRE_IPV4_MIN_BYTES))
		sum += twin_wire_csum_words(data + TWIN_WIRE_IPV4_MIN_BYTES,
					    header_bytes -
						    TWIN_WIRE_IPV4_MIN_BYTES);
	return sum;
}

/**
 * twin_wire_ipv4_parse() - read and validate a header
 * @ip: filled in; with TWIN_WIRE_SHORT only @ip->header_bytes is, and says how
 *	many bytes must be readable for another try
 * @data: start of the header
 * @linear_bytes: how much of it is readable
 * @bytes: length of the whole packet as received, link padding included
 *
 * RFC: 791 section 3.1, 1122 section 3.2.1.1, 3.2.1.2
 * Context: Any.
 * Return: TWIN_WIRE_SHORT if @linear_bytes or @bytes does not cover the header
 * with its options, TWIN_WIRE_VERSION, TWIN_WIRE_HEADER_LENGTH,
 * TWIN_WIRE_TOTAL_LENGTH, TWIN_WIRE_CHECKSUM, in this order.
 */
static inline enum twin_wire_status
twin_wire_ipv4_parse(struct twin_wire_ipv4 *ip, const u8 *data,
		     unsigned int linear_bytes, unsigned int bytes)
{
	ip->header_bytes = TWIN_WIRE_IPV4_MIN_BYTES;
	if (unlikely(linear_bytes < TWIN_WIRE_IPV4_MIN_BYTES ||
		     bytes < TWIN_WIRE_IPV4_MIN_BYTES))
		return TWIN_WIRE_SHORT;
	twin_wire_ipv4_read(ip, data);
	if (unlikely(data[0] >> 4 != 4))
		return TWIN_WIRE_VERSION;
	if (unlikely(ip->header_bytes < TWIN_WIRE_IPV4_MIN_BYTES))
		return TWIN_WIRE_HEADER_LENGTH;
	if (unlikely(ip->header_bytes > linear_bytes ||
		     ip->header_bytes > bytes))
		return TWIN_WIRE_SHORT;
	if (unlikely(ip->total_bytes < ip->header_bytes ||
		     ip->total_bytes > bytes))
		return TWIN_WIRE_TOTAL_LENGTH;
	if (unlikely(twin_wire_csum_fold(twin_wire_ipv4_sum(data,
							    ip->header_bytes)) !=
		     0xffff))
		return TWIN_WIRE_CHECKSUM;
	return TWIN_WIRE_OK;
}

/**
 * twin_wire_ipv4_emit() - write the 20 fixed bytes with their checksum
 * @data: where, at any alignment; options, if any, are in place behind
 * @ip: what; @ip->header_bytes counts the options
 *
 * The words are summed before they are stored, so that no load waits for a
 * narrower store.
 *
 * RFC: 791 section 3.1
 * Context: Any.
 */
static inline void twin_wire_ipv4_emit(u8 *data,
				       const struct twin_wire_ipv4 *ip)
{
	u32 fragment = (ip->dont_fragment ? TWIN_WIRE_IPV4_DF : 0) |
		       (ip->more_fragments ? TWIN_WIRE_IPV4_MF : 0) |
		       ip->fragment_bytes / TWIN_WIRE_IPV4_OFFSET_UNIT;
	__be32 version = htonl(0x40000000u | (u32)ip->header_bytes << 22 |
			       (u32)ip->tos << 16 | ip->total_bytes);
	__be32 id = htonl((u32)ip->id << 16 | fragment);
	__be32 ttl = htonl((u32)ip->ttl << 24 | (u32)ip->protocol << 16);
	__sum16 check;
	u64 sum = (__force u32)version;

	sum += (__force u32)id;
	sum += (__force u32)ttl;
	sum += (__force u32)ip->saddr;
	sum += (__force u32)ip->daddr;
	if (unlikely(ip->header_bytes > TWIN_WIRE_IPV4_MIN_BYTES))
		sum += twin_wire_csum_words(data + TWIN_WIRE_IPV4_MIN_BYTES,
					    ip->header_bytes -
						    TWIN_WIRE_IPV4_MIN_BYTES);
	check = twin_wire_csum_finish(twin_wire_csum_fold(sum));

	twin_wire_put_be32(data, version);
	twin_wire_put_be32(data + 4, id);
	twin_wire_put_be32(data + 8, ttl);
	memcpy(data + TWIN_WIRE_IPV4_CHECKSUM_OFFSET, &check, sizeof(check));
	twin_wire_put_be32(data + 12, ip->saddr);
	twin_wire_put_be32(data + 16, ip->daddr);
}

void twin_wire_ipv4_decrement_ttl(u8 *data);

#endif
