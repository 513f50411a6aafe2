// SPDX-License-Identifier: GPL-2.0
/*
 * ARP packets for IPv4 over Ethernet (RFC 826).
 */
#include "wire_arp.h"

/* Offsets; those behind the opcode hold for address lengths 6 and 4 only. */
#define TWIN_WIRE_ARP_HARDWARE		0
#define TWIN_WIRE_ARP_PROTOCOL		2
#define TWIN_WIRE_ARP_HARDWARE_LENGTH	4
#define TWIN_WIRE_ARP_PROTOCOL_LENGTH	5
#define TWIN_WIRE_ARP_OP		6
#define TWIN_WIRE_ARP_SHA		8
#define TWIN_WIRE_ARP_SPA		14
#define TWIN_WIRE_ARP_THA		18
#define TWIN_WIRE_ARP_TPA		24

#define TWIN_WIRE_ARP_ETHERNET		1
#define TWIN_WIRE_ARP_IPV4_BYTES	4

static bool twin_wire_arp_is_ethernet_ipv4(const u8 *data)
{
	return twin_wire_get16(data + TWIN_WIRE_ARP_HARDWARE) ==
		       TWIN_WIRE_ARP_ETHERNET &&
	       twin_wire_get16(data + TWIN_WIRE_ARP_PROTOCOL) ==
		       TWIN_WIRE_ETHERTYPE_IPV4 &&
	       data[TWIN_WIRE_ARP_HARDWARE_LENGTH] ==
		       TWIN_WIRE_ETH_ADDR_BYTES &&
	       data[TWIN_WIRE_ARP_PROTOCOL_LENGTH] == TWIN_WIRE_ARP_IPV4_BYTES;
}

/**
 * twin_wire_arp_parse() - read an ARP packet
 * @arp: filled in if TWIN_WIRE_OK is returned, else untouched
 * @data: start of the packet
 * @bytes: readable length; what is behind 28 bytes is padding
 *
 * The opcode is not judged here.
 *
 * RFC: 826 "Packet Reception"
 * Context: Any.
 * Return: TWIN_WIRE_SHORT below 28 bytes, TWIN_WIRE_VERSION if the types or
 * lengths are not those of IPv4 over Ethernet.
 */
enum twin_wire_status twin_wire_arp_parse(struct twin_wire_arp *arp,
					  const u8 *data, unsigned int bytes)
{
	if (bytes < TWIN_WIRE_ARP_BYTES)
		return TWIN_WIRE_SHORT;
	if (!twin_wire_arp_is_ethernet_ipv4(data))
		return TWIN_WIRE_VERSION;

	arp->op = twin_wire_get16(data + TWIN_WIRE_ARP_OP);
	memcpy(arp->sha, data + TWIN_WIRE_ARP_SHA, sizeof(arp->sha));
	arp->spa = twin_wire_get_be32(data + TWIN_WIRE_ARP_SPA);
	memcpy(arp->tha, data + TWIN_WIRE_ARP_THA, sizeof(arp->tha));
	arp->tpa = twin_wire_get_be32(data + TWIN_WIRE_ARP_TPA);
	return TWIN_WIRE_OK;
}

/**
 * twin_wire_arp_emit() - write an ARP packet
 * @data: where, TWIN_WIRE_ARP_BYTES
 * @arp: what
 *
 * RFC: 826 "Packet Generation"
 * Context: Any.
 */
void twin_wire_arp_emit(u8 *data, const struct twin_wire_arp *arp)
{
	twin_wire_put16(data + TWIN_WIRE_ARP_HARDWARE, TWIN_WIRE_ARP_ETHERNET);
	twin_wire_put16(data + TWIN_WIRE_ARP_PROTOCOL,
			TWIN_WIRE_ETHERTYPE_IPV4);
	data[TWIN_WIRE_ARP_HARDWARE_LENGTH] = TWIN_WIRE_ETH_ADDR_BYTES;
	data[TWIN_WIRE_ARP_PROTOCOL_LENGTH] = TWIN_WIRE_ARP_IPV4_BYTES;
	twin_wire_put16(data + TWIN_WIRE_ARP_OP, arp->op);
	memcpy(data + TWIN_WIRE_ARP_SHA, arp->sha, sizeof(arp->sha));
	twin_wire_put_be32(data + TWIN_WIRE_ARP_SPA, arp->spa);
	memcpy(data + TWIN_WIRE_ARP_THA, arp->tha, sizeof(arp->tha));
	twin_wire_put_be32(data + TWIN_WIRE_ARP_TPA, arp->tpa);
}
