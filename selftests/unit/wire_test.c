// SPDX-License-Identifier: GPL-2.0
#include "tap.h"

TEST(fields_are_big_endian)
{
	const u8 data[] = { 0x12, 0x34, 0x56, 0x78 };

	EXPECT_EQ(twin_wire_get16(data), 0x1234);
	EXPECT_EQ(twin_wire_get32(data), 0x12345678);
	EXPECT_EQ(ntohs(twin_wire_get_be16(data)), 0x1234);
	EXPECT_EQ(ntohl(twin_wire_get_be32(data)), 0x12345678);
}

TEST(fields_with_the_top_bit_set_are_not_sign_extended)
{
	const u8 data[] = { 0xff, 0xfe, 0xfd, 0xfc };

	EXPECT_EQ(twin_wire_get16(data), 0xfffe);
	EXPECT_EQ(twin_wire_get32(data), 0xfffefdfc);
}

TEST(put_writes_what_get_reads_at_every_alignment)
{
	u8 data[8], wanted[8];
	unsigned int at;

	for (at = 0; at < 4; at++) {
		memset(data, 0xa5, sizeof(data));
		memset(wanted, 0xa5, sizeof(wanted));
		twin_wire_put32(data + at, 0xdeadbeef);
		memcpy(wanted + at, "\xde\xad\xbe\xef", 4);
		EXPECT_BYTES(data, wanted, sizeof(data));
		EXPECT_EQ(twin_wire_get32(data + at), 0xdeadbeef);

		twin_wire_put16(data + at, 0x8001);
		memcpy(wanted + at, "\x80\x01", 2);
		EXPECT_BYTES(data, wanted, sizeof(data));
		EXPECT_EQ(twin_wire_get16(data + at), 0x8001);
	}
}

TEST(network_order_fields_are_copied_unchanged)
{
	u8 data[8] = { 0 };

	twin_wire_put_be16(data + 1, htons(0x0102));
	twin_wire_put_be32(data + 3, htonl(0x0a000001));
	EXPECT_BYTES(data, "\x00\x01\x02\x0a\x00\x00\x01\x00", sizeof(data));
	EXPECT_EQ(twin_wire_get_be32(data + 3), htonl(0x0a000001));
}
