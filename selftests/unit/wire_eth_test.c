// SPDX-License-Identifier: GPL-2.0
#include "tap.h"
#include "wire_eth.h"

/* RFC 894: destination, source, type */
TEST(header_is_destination_then_source_then_type)
{
	u8 data[TWIN_WIRE_ETH_BYTES + 1];

	data[TWIN_WIRE_ETH_BYTES] = 0xa5;
	twin_wire_eth_emit(data, (const u8 *)"\xff\xff\xff\xff\xff\xff",
			   (const u8 *)"\x02\x00\x00\x00\x00\x01",
			   TWIN_WIRE_ETHERTYPE_ARP);
	EXPECT_BYTES(data,
		     "\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x08\x06\xa5",
		     sizeof(data));
}
