/* SPDX-License-Identifier: GPL-2.0 */
/*
 * UDP header (RFC 768): bytes of the wire <-> struct twin_wire_udp.
 */
#ifndef TWIN_WIRE_UDP_H
#define TWIN_WIRE_UDP_H

#include "wire.h"

#define TWIN_WIRE_UDP_BYTES		8
#define TWIN_WIRE_UDP_CHECKSUM_OFFSET	6
#define TWIN_WIRE_UDP_MAX_DATA		(65535 - 20 - TWIN_WIRE_UDP_BYTES)

/*
 * struct twin_wire_udp - a UDP header
 * @sport: source port, kept in network order, as keys are
 * @dport: destination port, likewise
 * @bytes: header and data
 * @checksum_raw: as it lies in memory; 0 means that the sender made none
 */
struct twin_wire_udp {
	__be16 sport;
	__be16 dport;
	u16 bytes;
	__sum16 checksum_raw;
};

/**
 * twin_wire_udp_parse() - read a UDP header
 * @udp: filled in unless TWIN_WIRE_SHORT is returned
 * @data: start of the header
 * @bytes: length of the IP datagram's data; the header must be readable
 *
 * The checksum covers data and is the caller's to check.  Bytes behind the
 * UDP length are no part of the datagram.
 *
 * RFC: 768
 * Context: Any.
 * Return: TWIN_WIRE_SHORT below 8 bytes, TWIN_WIRE_TOTAL_LENGTH if the length
 * field is below 8 or above @bytes.
 */
static inline enum twin_wire_status
twin_wire_udp_parse(struct twin_wire_udp *udp, const u8 *data,
		    unsigned int bytes)
{
	if (bytes < TWIN_WIRE_UDP_BYTES)
		return TWIN_WIRE_SHORT;
	udp->sport = twin_wire_get_be16(data);
	udp->dport = twin_wire_get_be16(data + 2);
	udp->bytes = twin_wire_get16(data + 4);
	memcpy(&udp->checksum_raw, data + TWIN_WIRE_UDP_CHECKSUM_OFFSET,
	       sizeof(udp->checksum_raw));
	if (udp->bytes < TWIN_WIRE_UDP_BYTES || udp->bytes > bytes)
		return TWIN_WIRE_TOTAL_LENGTH;
	return TWIN_WIRE_OK;
}

/**
 * twin_wire_udp_emit() - write a UDP header
 * @data: where, TWIN_WIRE_UDP_BYTES
 * @udp: what; a computed checksum of 0 must have been made 0xffff
 *
 * RFC: 768
 * Context: Any.
 */
static inline void
twin_wire_udp_emit(u8 *data, const struct twin_wire_udp *udp)
{
	twin_wire_put_be16(data, udp->sport);
	twin_wire_put_be16(data + 2, udp->dport);
	twin_wire_put16(data + 4, udp->bytes);
	memcpy(data + TWIN_WIRE_UDP_CHECKSUM_OFFSET, &udp->checksum_raw,
	       sizeof(udp->checksum_raw));
}

#endif
