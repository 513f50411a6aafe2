/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ARP packet for IPv4 over Ethernet (RFC 826): bytes of the wire <-> struct
 * twin_wire_arp.
 */
#ifndef TWIN_WIRE_ARP_H
#define TWIN_WIRE_ARP_H

#include "wire_eth.h"

#define TWIN_WIRE_ARP_BYTES	28

#define TWIN_WIRE_ARP_REQUEST	1
#define TWIN_WIRE_ARP_REPLY	2

/*
 * struct twin_wire_arp - an ARP packet
 * @op: opcode, host order; any value is parsed
 * @sha: sender's link address
 * @spa: sender's IPv4 address
 * @tha: target's link address
 * @tpa: target's IPv4 address
 */
struct twin_wire_arp {
	u16 op;
	u8 sha[TWIN_WIRE_ETH_ADDR_BYTES];
	__be32 spa;
	u8 tha[TWIN_WIRE_ETH_ADDR_BYTES];
	__be32 tpa;
};

enum twin_wire_status twin_wire_arp_parse(struct twin_wire_arp *arp,
					  const u8 *data, unsigned int bytes);
void twin_wire_arp_emit(u8 *data, const struct twin_wire_arp *arp);

#endif
