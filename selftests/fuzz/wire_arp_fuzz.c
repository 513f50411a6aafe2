// SPDX-License-Identifier: GPL-2.0
/*
 * ARP packets: what is parsed is written back byte for byte.
 */
#include "fuzz.h"
#include "wire_arp.h"

int fuzz_one(const u8 *data, size_t bytes)
{
	u8 back[TWIN_WIRE_ARP_BYTES];
	struct twin_wire_arp arp;

	if (twin_wire_arp_parse(&arp, data, (unsigned int)bytes))
		return 0;
	FUZZ_HOLDS(bytes >= sizeof(back));
	twin_wire_arp_emit(back, &arp);
	FUZZ_HOLDS(!memcmp(back, data, sizeof(back)));
	return 0;
}
