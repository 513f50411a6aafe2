// SPDX-License-Identifier: GPL-2.0
#include "tap.h"
#include "wire_udp.h"

/* "twin" from port 36040 to 42553, as a Linux machine sent it to itself */
#define DATAGRAM "8c c8 a6 39 00 0c fe 1f 74 77 69 6e"

static enum twin_wire_status parse(struct twin_wire_udp *udp, const u8 *data,
				   unsigned int bytes)
{
	return twin_wire_udp_parse(udp, tap_copy(data, bytes), bytes);
}

/* RFC 768 "Format" */
TEST(captured_header_is_read_field_by_field)
{
	struct twin_wire_udp udp;
	unsigned int bytes;
	u8 *data = tap_hex(DATAGRAM, &bytes);

	EXPECT_EQ(parse(&udp, data, bytes), TWIN_WIRE_OK);
	EXPECT_EQ(ntohs(udp.sport), 36040);
	EXPECT_EQ(ntohs(udp.dport), 42553);
	EXPECT_EQ(udp.bytes, 12);
	EXPECT_EQ(ntohs((__force __be16)udp.checksum_raw), 0xfe1f);
}

TEST(every_header_cut_short_is_refused)
{
	struct twin_wire_udp udp;
	unsigned int bytes, cut;
	u8 *data = tap_hex(DATAGRAM, &bytes);

	for (cut = 0; cut < TWIN_WIRE_UDP_BYTES; cut++)
		EXPECT_EQ(parse(&udp, data, cut), TWIN_WIRE_SHORT);
}

/* RFC 768 "Length": header included, so 8 is the least */
TEST(length_below_the_header_is_refused)
{
	struct twin_wire_udp udp;
	unsigned int bytes, length;
	u8 *data = tap_hex(DATAGRAM, &bytes);

	for (length = 0; length < TWIN_WIRE_UDP_BYTES; length++) {
		twin_wire_put16(data + 4, (u16)length);
		EXPECT_EQ(parse(&udp, data, bytes), TWIN_WIRE_TOTAL_LENGTH);
	}
	twin_wire_put16(data + 4, TWIN_WIRE_UDP_BYTES);
	EXPECT_EQ(parse(&udp, data, bytes), TWIN_WIRE_OK);
}

TEST(length_beyond_the_ip_datagram_is_refused)
{
	struct twin_wire_udp udp;
	unsigned int bytes;
	u8 *data = tap_hex(DATAGRAM, &bytes);

	EXPECT_EQ(parse(&udp, data, bytes - 1), TWIN_WIRE_TOTAL_LENGTH);
	twin_wire_put16(data + 4, (u16)(bytes + 1));
	EXPECT_EQ(parse(&udp, data, bytes), TWIN_WIRE_TOTAL_LENGTH);
	twin_wire_put16(data + 4, 0xffff);
	EXPECT_EQ(parse(&udp, data, bytes), TWIN_WIRE_TOTAL_LENGTH);
}

TEST(bytes_behind_the_datagram_do_not_count)
{
	struct twin_wire_udp udp;
	unsigned int bytes;
	u8 *data = tap_hex(DATAGRAM "00 00 00", &bytes);

	EXPECT_EQ(parse(&udp, data, bytes), TWIN_WIRE_OK);
	EXPECT_EQ(udp.bytes, 12);
}

TEST(parsed_header_is_written_back_unchanged)
{
	struct twin_wire_udp udp;
	unsigned int bytes;
	u8 *wanted = tap_hex(DATAGRAM, &bytes);
	u8 data[TWIN_WIRE_UDP_BYTES];

	EXPECT_EQ(parse(&udp, wanted, bytes), TWIN_WIRE_OK);
	memset(data, 0xa5, sizeof(data));
	twin_wire_udp_emit(data, &udp);
	EXPECT_BYTES(data, wanted, sizeof(data));
}
