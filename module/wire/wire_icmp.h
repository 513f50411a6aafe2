/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ICMP header (RFC 792): bytes of the wire <-> struct twin_wire_icmp, and the
 * datagram quoted by an error.
 */
#ifndef TWIN_WIRE_ICMP_H
#define TWIN_WIRE_ICMP_H

#include "wire_ipv4.h"

#define TWIN_WIRE_ICMP_BYTES		8
#define TWIN_WIRE_ICMP_CHECKSUM_OFFSET	2
#define TWIN_WIRE_ICMP_EXTENSION_BYTES	4u	/* RFC 4884 section 7, 8 */
#define TWIN_WIRE_ICMP_OBJECT_BYTES	4u
/* a quote that extensions follow is at least so long (RFC 4884 section 3) */
#define TWIN_WIRE_ICMP_EXTENDED_QUOTE	128u
/* what every error quotes of the datagram's data at least (RFC 792) */
#define TWIN_WIRE_ICMP_QUOTE_DATA	8u

/*
 * struct twin_wire_icmp - an ICMP header
 * @type: message type
 * @code: its code
 * @rest: the second word, host order; what it means depends on @type
 */
struct twin_wire_icmp {
	u8 type;
	u8 code;
	u32 rest;
};

/* The second word of echo and timestamp: identifier and sequence number. */
static inline u16 twin_wire_icmp_id(const struct twin_wire_icmp *icmp)
{
	return icmp->rest >> 16;
}

static inline u16 twin_wire_icmp_sequence(const struct twin_wire_icmp *icmp)
{
	return (u16)icmp->rest;
}

static inline u32 twin_wire_icmp_echo_rest(u16 id, u16 sequence)
{
	return (u32)id << 16 | sequence;
}

/* ... of "fragmentation needed" (RFC 1191 section 4) */
static inline u16 twin_wire_icmp_mtu(const struct twin_wire_icmp *icmp)
{
	return (u16)icmp->rest;
}

/* ... of "parameter problem" */
static inline u8 twin_wire_icmp_pointer(const struct twin_wire_icmp *icmp)
{
	return icmp->rest >> 24;
}

/* ... of errors with extensions: the quote's length in bytes (RFC 4884 3) */
static inline unsigned int
twin_wire_icmp_quote_length(const struct twin_wire_icmp *icmp)
{
	return (icmp->rest >> 16 & 0xff) * 4;
}

/* ... of "redirect" */
static inline __be32 twin_wire_icmp_gateway(const struct twin_wire_icmp *icmp)
{
	return htonl(icmp->rest);
}

enum twin_wire_status twin_wire_icmp_parse(struct twin_wire_icmp *icmp,
					   const u8 *data, unsigned int bytes);
void twin_wire_icmp_emit(u8 *data, const struct twin_wire_icmp *icmp);
enum twin_wire_status twin_wire_icmp_quote_parse(struct twin_wire_ipv4 *ip,
						 const u8 *data,
						 unsigned int bytes);
bool twin_wire_icmp_extensions_valid(const u8 *data, unsigned int bytes);

#endif
