// SPDX-License-Identifier: GPL-2.0
/*
 * UDP headers: what is parsed is written back byte for byte.
 */
#include "fuzz.h"
#include "wire_udp.h"

/* RFC 768 "Length" */
static bool acceptable(const u8 *data, size_t bytes)
{
	return bytes >= TWIN_WIRE_UDP_BYTES &&
	       data[4] * 256u + data[5] >= TWIN_WIRE_UDP_BYTES &&
	       data[4] * 256u + data[5] <= bytes;
}

int fuzz_one(const u8 *data, size_t bytes)
{
	u8 back[TWIN_WIRE_UDP_BYTES];
	struct twin_wire_udp udp;

	if (twin_wire_udp_parse(&udp, data, (unsigned int)bytes)) {
		FUZZ_HOLDS(!acceptable(data, bytes));
		return 0;
	}
	FUZZ_HOLDS(acceptable(data, bytes));
	twin_wire_udp_emit(back, &udp);
	FUZZ_HOLDS(!memcmp(back, data, sizeof(back)));
	return 0;
}
