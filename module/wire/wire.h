/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The wire room: header formats.
 *
 * Job: turns bytes of the wire into host-order structs and back, checking
 *	every length.  Pure: no skb, no socket, no clock, no allocation, so that
 *	the same files build in user space for the unit tests and fuzzers.
 * Callers: every room.  Callees: none.  Locks: none.
 */
#ifndef TWIN_WIRE_H
#define TWIN_WIRE_H

#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#include <asm/byteorder.h>
#else
#include "wire_user.h"
#endif

/*
 * enum twin_wire_status - why a header could not be parsed
 * @TWIN_WIRE_OK: it could
 * @TWIN_WIRE_SHORT: fewer bytes than the header says or needs
 * @TWIN_WIRE_VERSION: not version 4 (IP), not Ethernet/IPv4 (ARP)
 * @TWIN_WIRE_HEADER_LENGTH: header length below the minimum
 * @TWIN_WIRE_TOTAL_LENGTH: total length below the header's or above the packet
 * @TWIN_WIRE_CHECKSUM: header checksum wrong
 * @TWIN_WIRE_OPTION: an option's length runs over the header
 */
enum twin_wire_status {
	TWIN_WIRE_OK,
	TWIN_WIRE_SHORT,
	TWIN_WIRE_VERSION,
	TWIN_WIRE_HEADER_LENGTH,
	TWIN_WIRE_TOTAL_LENGTH,
	TWIN_WIRE_CHECKSUM,
	TWIN_WIRE_OPTION,
};

/* Big-endian fields at any alignment. */
static inline u16 twin_wire_get16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static inline u32 twin_wire_get32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/* Fields that stay in network order: addresses and ports. */
static inline __be16 twin_wire_get_be16(const u8 *p)
{
	__be16 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static inline __be32 twin_wire_get_be32(const u8 *p)
{
	__be32 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static inline void twin_wire_put_be16(u8 *p, __be16 value)
{
	memcpy(p, &value, sizeof(value));
}

static inline void twin_wire_put_be32(u8 *p, __be32 value)
{
	memcpy(p, &value, sizeof(value));
}

/* One store each: byte by byte, gcc 12 makes four of it where values are far apart. */
static inline void twin_wire_put16(u8 *p, u16 value)
{
	twin_wire_put_be16(p, htons(value));
}

static inline void twin_wire_put32(u8 *p, u32 value)
{
	twin_wire_put_be32(p, htonl(value));
}

#endif
