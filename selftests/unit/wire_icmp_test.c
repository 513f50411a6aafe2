// SPDX-License-Identifier: GPL-2.0
#include "tap.h"
#include "wire_csum.h"
#include "wire_icmp.h"

#define UNREACHABLE "03 03 ed e8 00000000"
/* What a Linux machine quoted in it: the UDP datagram that found no socket */
#define QUOTE "4500 0020 ed4a 4000 40 11 4f80 7f000001 7f000001 " \
	      "8cc8 a639 000c fe1f 7477696e"

static enum twin_wire_status parse(struct twin_wire_icmp *icmp, const u8 *data,
				   unsigned int bytes)
{
	return twin_wire_icmp_parse(icmp, tap_copy(data, bytes), bytes);
}

static enum twin_wire_status quote(struct twin_wire_ipv4 *ip, const u8 *data,
				   unsigned int bytes)
{
	return twin_wire_icmp_quote_parse(ip, tap_copy(data, bytes), bytes);
}

/* RFC 792 "Destination Unreachable Message" */
TEST(captured_port_unreachable_is_read)
{
	struct twin_wire_icmp icmp;
	unsigned int bytes;
	u8 *data = tap_hex(UNREACHABLE QUOTE, &bytes);

	EXPECT_EQ(twin_wire_csum16(data, bytes), 0);
	EXPECT_EQ(parse(&icmp, data, bytes), TWIN_WIRE_OK);
	EXPECT_EQ(icmp.type, 3);
	EXPECT_EQ(icmp.code, 3);
	EXPECT_EQ(icmp.rest, 0);
}

TEST(every_header_cut_short_is_refused)
{
	struct twin_wire_icmp icmp;
	unsigned int bytes, cut;
	u8 *data = tap_hex(UNREACHABLE, &bytes);

	for (cut = 0; cut < TWIN_WIRE_ICMP_BYTES; cut++)
		EXPECT_EQ(parse(&icmp, data, cut), TWIN_WIRE_SHORT);
	EXPECT_EQ(parse(&icmp, data, TWIN_WIRE_ICMP_BYTES), TWIN_WIRE_OK);
}

/* RFC 792 "Echo or Echo Reply Message" */
TEST(second_word_of_echo_is_identifier_and_sequence)
{
	struct twin_wire_icmp icmp;
	unsigned int bytes;
	u8 *data = tap_hex("08 00 0000 abcd 8001", &bytes);

	EXPECT_EQ(parse(&icmp, data, bytes), TWIN_WIRE_OK);
	EXPECT_EQ(twin_wire_icmp_id(&icmp), 0xabcd);
	EXPECT_EQ(twin_wire_icmp_sequence(&icmp), 0x8001);
	EXPECT_EQ(twin_wire_icmp_echo_rest(0xabcd, 0x8001), icmp.rest);
}

/* RFC 1191 section 4: the low 16 bits of the word that was unused */
TEST(second_word_of_fragmentation_needed_is_the_mtu)
{
	struct twin_wire_icmp icmp;
	unsigned int bytes;
	u8 *data = tap_hex("03 04 0000 1234 0578", &bytes);

	EXPECT_EQ(parse(&icmp, data, bytes), TWIN_WIRE_OK);
	EXPECT_EQ(twin_wire_icmp_mtu(&icmp), 1400);
}

/* RFC 792 "Parameter Problem Message", "Redirect Message" */
TEST(second_word_of_other_errors_is_pointer_or_gateway)
{
	struct twin_wire_icmp icmp;
	unsigned int bytes;
	u8 *data = tap_hex("0c 00 0000 14 000000", &bytes);

	EXPECT_EQ(parse(&icmp, data, bytes), TWIN_WIRE_OK);
	EXPECT_EQ(twin_wire_icmp_pointer(&icmp), 20);
	data = tap_hex("05 01 0000 c0a80001", &bytes);
	EXPECT_EQ(parse(&icmp, data, bytes), TWIN_WIRE_OK);
	EXPECT_EQ(ntohl(twin_wire_icmp_gateway(&icmp)), 0xc0a80001);
}

TEST(header_is_written_with_a_zero_checksum)
{
	const struct twin_wire_icmp icmp = { 8, 1, 0x01020304 };
	u8 data[TWIN_WIRE_ICMP_BYTES];

	memset(data, 0xa5, sizeof(data));
	twin_wire_icmp_emit(data, &icmp);
	EXPECT_BYTES(data, "\x08\x01\x00\x00\x01\x02\x03\x04", sizeof(data));
}

TEST(captured_quote_is_read)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes;
	u8 *data = tap_hex(QUOTE, &bytes);

	EXPECT_EQ(quote(&ip, data, bytes), TWIN_WIRE_OK);
	EXPECT_EQ(ip.header_bytes, 20);
	EXPECT_EQ(ip.protocol, IPPROTO_UDP);
	EXPECT_EQ(ntohl(ip.saddr), 0x7f000001);
	EXPECT_EQ(ip.total_bytes, 32);
}

/* RFC 792: "the internet header plus the first 64 bits" */
TEST(quote_with_less_than_eight_bytes_of_data_is_refused)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes, cut;
	u8 *data = tap_hex(QUOTE, &bytes);

	for (cut = 0; cut < 28; cut++)
		EXPECT_EQ(quote(&ip, data, cut), TWIN_WIRE_SHORT);
	EXPECT_EQ(quote(&ip, data, 28), TWIN_WIRE_OK);
}

TEST(quote_with_options_needs_them_and_eight_bytes)
{
	struct twin_wire_ipv4 ip;
	unsigned int words;
	u8 data[68] = { 0 };

	for (words = 5; words <= 15; words++) {
		data[0] = (u8)(0x40 | words);
		EXPECT_EQ(quote(&ip, data, words * 4 + 7), TWIN_WIRE_SHORT);
		EXPECT_EQ(quote(&ip, data, words * 4 + 8), TWIN_WIRE_OK);
		EXPECT_EQ(ip.header_bytes, words * 4);
	}
}

/* Routers decrement its TTL, some rewrite its length: neither is judged. */
TEST(quote_with_wrong_checksum_or_length_is_read)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes;
	u8 *data = tap_hex(QUOTE, &bytes);

	data[8]--;
	twin_wire_put16(data + 2, 1500);
	EXPECT_EQ(quote(&ip, data, bytes), TWIN_WIRE_OK);
	EXPECT_EQ(ip.total_bytes, 1500);
}

TEST(quote_that_is_no_ipv4_header_is_refused)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes, nibble;
	u8 *data = tap_hex(QUOTE, &bytes);

	for (nibble = 0; nibble < 16; nibble++) {
		data[0] = (u8)(nibble << 4 | 5);
		EXPECT_EQ(quote(&ip, data, bytes),
			  nibble == 4 ? TWIN_WIRE_OK : TWIN_WIRE_VERSION);
	}
	for (nibble = 0; nibble < 5; nibble++) {
		data[0] = (u8)(0x40 | nibble);
		EXPECT_EQ(quote(&ip, data, bytes), TWIN_WIRE_HEADER_LENGTH);
	}
}

/* RFC 4884 section 7, 8 */
TEST(extensions_are_valid_with_version_checksum_and_lengths)
{
	static const struct {
		const char *hex;
		bool valid;
	} cases[] = {
		{ "20 00 0000", true },
		{ "20 00 0000 0008 0101 00000fff", true },
		{ "20 00 cef7 0008 0101 00000fff", true },
		{ "20 00 cef6 0008 0101 00000fff", false },
		{ "10 00 0000", false },
		{ "20 00 00", false },
		{ "20 00 0000 0009 0101 00000fff", false },
		{ "20 00 0000 0003 0101", false },
		{ "20 00 0000 0004", false },
	};
	unsigned int bytes, i;
	u8 *data;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		data = tap_hex(cases[i].hex, &bytes);
		EXPECT_EQ(twin_wire_icmp_extensions_valid(tap_copy(data, bytes),
							  bytes),
			  cases[i].valid);
	}
}
