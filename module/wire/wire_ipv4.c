// SPDX-License-Identifier: GPL-2.0
/*
 * Changes to IPv4 headers in place, checksum kept right (RFC 1624).
 */
#include "wire_ipv4.h"

#define TWIN_WIRE_IPV4_TTL_OFFSET	8

/**
 * twin_wire_ipv4_decrement_ttl() - take one from the time to live
 * @data: a validated header whose TTL is not 0
 *
 * RFC: 791 section 3.2, 1624 section 3
 * Context: Any.
 */
void twin_wire_ipv4_decrement_ttl(u8 *data)
{
	__be16 from = twin_wire_get_be16(data + TWIN_WIRE_IPV4_TTL_OFFSET);
	__be16 to = htons((u16)(ntohs(from) - 0x100));
	u8 *field = data + TWIN_WIRE_IPV4_CHECKSUM_OFFSET;
	__sum16 check;

	memcpy(&check, field, sizeof(check));
	check = twin_wire_csum_replace16(check, from, to);
	memcpy(field, &check, sizeof(check));
	twin_wire_put_be16(data + TWIN_WIRE_IPV4_TTL_OFFSET, to);
}
