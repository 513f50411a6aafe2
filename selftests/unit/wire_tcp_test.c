// SPDX-License-Identifier: GPL-2.0
#include "tap.h"
#include "wire_tcp.h"

/* SYN of a Linux machine to itself, with its options */
#define SYN "8eb2 a639 4101cb77 00000000 a0 02 ffd7 fe30 0000 " \
	    "0204ffd7 0402 080a 83d01c87 00000000 01 030307"

static enum twin_wire_status parse(struct twin_wire_tcp *tcp, const u8 *data,
				   unsigned int bytes)
{
	return twin_wire_tcp_parse(tcp, tap_copy(data, bytes), bytes);
}

/* RFC 9293 section 3.1 */
TEST(captured_syn_is_read_field_by_field)
{
	struct twin_wire_tcp tcp;
	unsigned int bytes;
	u8 *data = tap_hex(SYN, &bytes);

	EXPECT_EQ(parse(&tcp, data, bytes), TWIN_WIRE_OK);
	EXPECT_EQ(ntohs(tcp.sport), 36530);
	EXPECT_EQ(ntohs(tcp.dport), 42553);
	EXPECT_EQ(tcp.seq, 0x4101cb77);
	EXPECT_EQ(tcp.ack, 0);
	EXPECT_EQ(tcp.header_bytes, 40);
	EXPECT_EQ(tcp.flags, TWIN_TCP_SYN);
	EXPECT_EQ(tcp.window, 0xffd7);
	EXPECT_EQ(tcp.urgent, 0);
}

TEST(every_segment_shorter_than_twenty_bytes_is_refused)
{
	struct twin_wire_tcp tcp;
	unsigned int bytes, cut;
	u8 *data = tap_hex(SYN, &bytes);

	for (cut = 0; cut < 20; cut++)
		EXPECT_EQ(parse(&tcp, data, cut), TWIN_WIRE_SHORT);
}

TEST(every_segment_shorter_than_its_header_is_refused)
{
	struct twin_wire_tcp tcp;
	unsigned int bytes, cut;
	u8 *data = tap_hex(SYN, &bytes);

	for (cut = 20; cut < bytes; cut++)
		EXPECT_EQ(parse(&tcp, data, cut), TWIN_WIRE_SHORT);
	EXPECT_EQ(parse(&tcp, data, bytes), TWIN_WIRE_OK);
}

TEST(data_offset_below_five_is_refused)
{
	struct twin_wire_tcp tcp;
	unsigned int words;
	u8 data[60] = { 0 };

	for (words = 0; words < 16; words++) {
		data[12] = (u8)(words << 4);
		EXPECT_EQ(parse(&tcp, data, sizeof(data)),
			  words < 5 ? TWIN_WIRE_HEADER_LENGTH : TWIN_WIRE_OK);
		EXPECT_EQ(tcp.header_bytes, words * 4);
	}
}

TEST(every_control_bit_is_read_and_written_alone)
{
	static const u8 bits[] = {
		TWIN_TCP_FIN, TWIN_TCP_SYN, TWIN_TCP_RST, TWIN_TCP_PSH,
		TWIN_TCP_ACK, TWIN_TCP_URG, TWIN_TCP_ECE, TWIN_TCP_CWR,
	};
	struct twin_wire_tcp tcp = { .header_bytes = 20 }, back;
	u8 data[20];
	unsigned int i;

	for (i = 0; i < sizeof(bits); i++) {
		tcp.flags = bits[i];
		twin_wire_tcp_emit(data, &tcp);
		EXPECT_EQ(data[13], 1 << i);
		EXPECT_EQ(parse(&back, data, sizeof(data)), TWIN_WIRE_OK);
		EXPECT_EQ(back.flags, bits[i]);
	}
}

TEST(header_is_written_with_a_zero_checksum)
{
	const struct twin_wire_tcp tcp = {
		.sport = htons(0x0102), .dport = htons(0x0304),
		.seq = 0x05060708, .ack = 0x090a0b0c, .window = 0x0f10,
		.urgent = 0x1314, .header_bytes = 60, .flags = 0x0e,
	};
	unsigned int bytes;
	u8 *wanted = tap_hex("01020304 05060708 090a0b0c f00e 0f10 0000 1314",
			     &bytes);
	u8 data[20];

	memset(data, 0xa5, sizeof(data));
	twin_wire_tcp_emit(data, &tcp);
	EXPECT_BYTES(data, wanted, bytes);
}

/* RFC 7323 appendix A: the layout of nearly every segment */
TEST(timestamps_of_the_usual_layout_are_read_without_a_walk)
{
	struct twin_wire_tcp_options fast, walked;
	unsigned int bytes;
	u8 *data = tap_hex("01 01 08 0a 83d01c88 6d6af297", &bytes);

	EXPECT_TRUE(twin_wire_tcp_timestamp_fast(&fast, data, bytes));
	EXPECT_EQ(twin_wire_tcp_options_parse(&walked, data, bytes),
		  TWIN_WIRE_OK);
	EXPECT_EQ(fast.present, TWIN_TCP_OPT_TIMESTAMPS);
	EXPECT_EQ(fast.present, walked.present);
	EXPECT_EQ(fast.tsval, 0x83d01c88);
	EXPECT_EQ(fast.tsval, walked.tsval);
	EXPECT_EQ(fast.tsecr, 0x6d6af297);
	EXPECT_EQ(fast.tsecr, walked.tsecr);
	EXPECT_EQ(fast.sack_count, 0);
}

TEST(timestamps_are_written_in_that_layout)
{
	unsigned int bytes;
	u8 *wanted = tap_hex("01 01 08 0a 83d01c88 6d6af297", &bytes);
	u8 data[TWIN_WIRE_TCP_TIMESTAMP_BYTES];

	twin_wire_tcp_timestamp_emit(data, 0x83d01c88, 0x6d6af297);
	EXPECT_BYTES(data, wanted, bytes);
}

TEST(any_other_layout_is_left_to_the_walk)
{
	struct twin_wire_tcp_options options = { .present = 0x55 };
	unsigned int bytes, at;
	u8 *data = tap_hex("01 01 08 0a 83d01c88 6d6af297", &bytes);

	for (at = 0; at < bytes; at++)
		EXPECT_FALSE(twin_wire_tcp_timestamp_fast(&options, data, at));
	for (at = 0; at < 4; at++) {
		data[at] ^= 1;
		EXPECT_FALSE(twin_wire_tcp_timestamp_fast(&options, data,
							  bytes));
		data[at] ^= 1;
	}
	EXPECT_EQ(options.present, 0x55);
}
