// SPDX-License-Identifier: GPL-2.0
#include "tap.h"
#include "wire_arp.h"

/* Who has 10.0.0.2?  Tell 10.0.0.1 */
#define REQUEST "0001 0800 06 04 0001 0a0b0c0d0e0f 0a000001 000000000000 0a000002"
/* 10.0.0.2 is at 02:00:00:00:00:02 */
#define REPLY	"0001 0800 06 04 0002 020000000002 0a000002 0a0b0c0d0e0f 0a000001"

static enum twin_wire_status parse(struct twin_wire_arp *arp, const u8 *data,
				   unsigned int bytes)
{
	return twin_wire_arp_parse(arp, tap_copy(data, bytes), bytes);
}

/* RFC 826 "Packet format" */
TEST(request_is_read_field_by_field)
{
	struct twin_wire_arp arp;
	unsigned int bytes;
	u8 *data = tap_hex(REQUEST, &bytes);

	EXPECT_EQ(bytes, TWIN_WIRE_ARP_BYTES);
	EXPECT_EQ(parse(&arp, data, bytes), TWIN_WIRE_OK);
	EXPECT_EQ(arp.op, TWIN_WIRE_ARP_REQUEST);
	EXPECT_BYTES(arp.sha, "\x0a\x0b\x0c\x0d\x0e\x0f", 6);
	EXPECT_EQ(ntohl(arp.spa), 0x0a000001);
	EXPECT_BYTES(arp.tha, "\0\0\0\0\0\0", 6);
	EXPECT_EQ(ntohl(arp.tpa), 0x0a000002);
}

TEST(reply_is_written_byte_for_byte)
{
	const struct twin_wire_arp arp = {
		.op = TWIN_WIRE_ARP_REPLY,
		.sha = { 2, 0, 0, 0, 0, 2 },
		.spa = htonl(0x0a000002),
		.tha = { 10, 11, 12, 13, 14, 15 },
		.tpa = htonl(0x0a000001),
	};
	unsigned int bytes;
	u8 *wanted = tap_hex(REPLY, &bytes);
	u8 *data = tap_copy(wanted, bytes);

	memset(data, 0xa5, bytes);
	twin_wire_arp_emit(data, &arp);
	EXPECT_BYTES(data, wanted, bytes);
}

TEST(every_shorter_packet_is_refused)
{
	struct twin_wire_arp arp;
	unsigned int bytes, cut;
	u8 *data = tap_hex(REQUEST, &bytes);

	for (cut = 0; cut < bytes; cut++)
		EXPECT_EQ(parse(&arp, data, cut), TWIN_WIRE_SHORT);
}

/* A minimum Ethernet frame carries 18 bytes behind the packet. */
TEST(padding_of_a_short_frame_is_ignored)
{
	struct twin_wire_arp arp;
	unsigned int bytes;
	u8 *data = tap_hex(REQUEST "ffffffffffffffffffffffffffffffffffff",
			   &bytes);

	EXPECT_EQ(bytes, 46);
	EXPECT_EQ(parse(&arp, data, bytes), TWIN_WIRE_OK);
	EXPECT_EQ(ntohl(arp.tpa), 0x0a000002);
}

/* RFC 826: "?Do I have the hardware type", "?Do I speak the protocol" */
TEST(any_other_hardware_or_protocol_or_length_is_refused)
{
	struct twin_wire_arp arp = { .op = 77 };
	unsigned int bytes, at, bit;
	u8 *data = tap_hex(REQUEST, &bytes);

	for (at = 0; at < 6; at++)
		for (bit = 0; bit < 8; bit++) {
			data[at] ^= 1 << bit;
			EXPECT_EQ(parse(&arp, data, bytes), TWIN_WIRE_VERSION);
			data[at] ^= 1 << bit;
		}
	EXPECT_EQ(arp.op, 77);
}

TEST(any_opcode_is_read)
{
	struct twin_wire_arp arp;
	unsigned int bytes, op;
	u8 *data = tap_hex(REQUEST, &bytes);

	for (op = 0; op <= 0xffff; op += 0x101) {
		twin_wire_put16(data + 6, (u16)op);
		EXPECT_EQ(twin_wire_arp_parse(&arp, data, bytes), TWIN_WIRE_OK);
		EXPECT_EQ(arp.op, op);
	}
}
