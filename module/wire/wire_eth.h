/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ethernet II header (RFC 894).
 */
#ifndef TWIN_WIRE_ETH_H
#define TWIN_WIRE_ETH_H

#include "wire.h"

#define TWIN_WIRE_ETH_BYTES		14
#define TWIN_WIRE_ETH_ADDR_BYTES	6

#define TWIN_WIRE_ETHERTYPE_IPV4	0x0800
#define TWIN_WIRE_ETHERTYPE_ARP		0x0806

/**
 * twin_wire_eth_emit() - write an Ethernet header
 * @p: where, TWIN_WIRE_ETH_BYTES
 * @dst: link address of the receiver
 * @src: own link address
 * @type: ethertype, host order
 *
 * RFC: 894
 * Context: Any.
 */
static inline void twin_wire_eth_emit(u8 *p, const u8 *dst, const u8 *src,
				      u16 type)
{
	memcpy(p, dst, TWIN_WIRE_ETH_ADDR_BYTES);
	memcpy(p + TWIN_WIRE_ETH_ADDR_BYTES, src, TWIN_WIRE_ETH_ADDR_BYTES);
	twin_wire_put16(p + 2 * TWIN_WIRE_ETH_ADDR_BYTES, type);
}

/**
 * twin_wire_eth_group() - the link address of a multicast group
 * @ha: where, TWIN_WIRE_ETH_ADDR_BYTES
 * @group: its address, of which the low 23 bits are kept
 *
 * RFC: 1112 section 6.4
 * Context: Any.
 */
static inline void twin_wire_eth_group(u8 *ha, __be32 group)
{
	u32 low = ntohl(group);

	ha[0] = 0x01;
	ha[1] = 0x00;
	ha[2] = 0x5e;
	ha[3] = low >> 16 & 0x7f;
	ha[4] = low >> 8 & 0xff;
	ha[5] = low & 0xff;
}

#endif
