// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP headers, and the datagram that an error quotes.
 */
#include "fuzz.h"
#include "wire_icmp.h"

static void check_quote(const u8 *data, unsigned int bytes)
{
	struct twin_wire_ipv4 ip;

	if (twin_wire_icmp_quote_parse(&ip, data, bytes))
		return;
	FUZZ_HOLDS(data[0] >> 4 == 4);
	FUZZ_HOLDS(ip.header_bytes >= TWIN_WIRE_IPV4_MIN_BYTES);
	FUZZ_HOLDS(ip.header_bytes + 8u <= bytes);
	FUZZ_HOLDS(ip.protocol == data[9]);
}

int fuzz_one(const u8 *data, size_t bytes)
{
	u8 back[TWIN_WIRE_ICMP_BYTES];
	struct twin_wire_icmp icmp;

	if (twin_wire_icmp_parse(&icmp, data, (unsigned int)bytes)) {
		FUZZ_HOLDS(bytes < sizeof(back));
		return 0;
	}
	twin_wire_icmp_emit(back, &icmp);
	FUZZ_HOLDS(!memcmp(back, data, 2));
	FUZZ_HOLDS(back[2] == 0 && back[3] == 0);
	FUZZ_HOLDS(!memcmp(back + 4, data + 4, 4));
	FUZZ_HOLDS(twin_wire_icmp_echo_rest(twin_wire_icmp_id(&icmp),
					    twin_wire_icmp_sequence(&icmp)) ==
		   icmp.rest);
	check_quote(data + sizeof(back), (unsigned int)(bytes - sizeof(back)));
	return 0;
}
