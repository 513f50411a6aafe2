// SPDX-License-Identifier: GPL-2.0
#include "tap.h"
#include "wire_ipv4.h"

/* Header and first data of a SYN that a Linux machine sent to itself */
#define SYN "45 00 003c f37c 4000 40 06 493d 7f000001 7f000001"
#define SYN_TOTAL 60

/* The longest header: ten words of NOPs, total length 60, checksum to be set */
#define LONGEST "4f 00 003c 0001 0000 40 11 0000 0a000001 0a000002 " \
		"01010101 01010101 01010101 01010101 01010101 " \
		"01010101 01010101 01010101 01010101 01010101"

static enum twin_wire_status parse(struct twin_wire_ipv4 *ip, const u8 *data,
				   unsigned int linear_bytes,
				   unsigned int bytes)
{
	return twin_wire_ipv4_parse(ip, tap_copy(data, linear_bytes),
				    linear_bytes, bytes);
}

static void set_checksum(u8 *data, unsigned int header_bytes)
{
	__sum16 check;

	memset(data + TWIN_WIRE_IPV4_CHECKSUM_OFFSET, 0, 2);
	check = twin_wire_csum16(data, header_bytes);
	memcpy(data + TWIN_WIRE_IPV4_CHECKSUM_OFFSET, &check, sizeof(check));
}

/* RFC 791 section 3.1 */
TEST(captured_header_is_read_field_by_field)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes;
	u8 *data = tap_hex(SYN, &bytes);

	EXPECT_EQ(parse(&ip, data, bytes, SYN_TOTAL), TWIN_WIRE_OK);
	EXPECT_EQ(ip.header_bytes, 20);
	EXPECT_EQ(ip.tos, 0);
	EXPECT_EQ(ip.total_bytes, SYN_TOTAL);
	EXPECT_EQ(ip.id, 0xf37c);
	EXPECT_TRUE(ip.dont_fragment);
	EXPECT_FALSE(ip.more_fragments);
	EXPECT_EQ(ip.fragment_bytes, 0);
	EXPECT_EQ(ip.ttl, 64);
	EXPECT_EQ(ip.protocol, IPPROTO_TCP);
	EXPECT_EQ(ntohl(ip.saddr), 0x7f000001);
	EXPECT_EQ(ntohl(ip.daddr), 0x7f000001);
}

TEST(captured_header_is_written_byte_for_byte)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes;
	u8 *wanted = tap_hex(SYN, &bytes);
	u8 data[21];

	EXPECT_EQ(parse(&ip, wanted, bytes, SYN_TOTAL), TWIN_WIRE_OK);
	memset(data, 0xa5, sizeof(data));
	twin_wire_ipv4_emit(data, &ip);
	EXPECT_BYTES(data, wanted, 20);
	EXPECT_EQ(data[20], 0xa5);
}

/* RFC 791 section 3.1 "Flags", "Fragment Offset": units of 8 octets */
TEST(flags_and_offset_are_told_apart)
{
	static const struct {
		u16 word, fragment_bytes;
		bool dont, more;
	} cases[] = {
		{ 0x0000, 0, false, false },
		{ 0x4000, 0, true, false },
		{ 0x2000, 0, false, true },
		{ 0x6000, 0, true, true },
		{ 0x0001, 8, false, false },
		{ 0x2001, 8, false, true },
		{ 0x1fff, 65528, false, false },
		{ 0x3fff, 65528, false, true },
		{ 0x8000, 0, false, false },	/* reserved: not looked at */
	};
	struct twin_wire_ipv4 ip;
	unsigned int bytes, i;
	u8 *data = tap_hex(SYN, &bytes);

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		twin_wire_put16(data + 6, cases[i].word);
		set_checksum(data, bytes);
		EXPECT_EQ(parse(&ip, data, bytes, SYN_TOTAL), TWIN_WIRE_OK);
		EXPECT_EQ(ip.fragment_bytes, cases[i].fragment_bytes);
		EXPECT_EQ(ip.dont_fragment, cases[i].dont);
		EXPECT_EQ(ip.more_fragments, cases[i].more);
	}
}

TEST(every_flag_and_offset_is_written_and_read_back)
{
	struct twin_wire_ipv4 ip = {
		.saddr = htonl(0xfffefdfc), .daddr = htonl(0x01020304),
		.total_bytes = 65535, .id = 0xffff, .header_bytes = 20,
		.tos = 0xff, .ttl = 255, .protocol = 255,
	}, back;
	unsigned int word;
	u8 data[20];

	for (word = 0; word < 0x8000; word++) {
		ip.dont_fragment = word & 0x4000;
		ip.more_fragments = word & 0x2000;
		ip.fragment_bytes = (u16)(word % 0x2000 * 8);
		twin_wire_ipv4_emit(data, &ip);
		EXPECT_EQ(twin_wire_get16(data + 6), word);
		EXPECT_EQ(twin_wire_ipv4_parse(&back, data, 20, 65535),
			  TWIN_WIRE_OK);
		EXPECT_EQ(back.fragment_bytes, ip.fragment_bytes);
		EXPECT_EQ(back.dont_fragment, ip.dont_fragment);
		EXPECT_EQ(back.more_fragments, ip.more_fragments);
	}
}

TEST(every_header_cut_short_asks_for_twenty_bytes)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes, cut;
	u8 *data = tap_hex(SYN, &bytes);

	for (cut = 0; cut < 20; cut++) {
		ip.header_bytes = 0;
		EXPECT_EQ(parse(&ip, data, cut, cut), TWIN_WIRE_SHORT);
		EXPECT_EQ(ip.header_bytes, 20);
		EXPECT_EQ(parse(&ip, data, cut, SYN_TOTAL), TWIN_WIRE_SHORT);
		EXPECT_EQ(parse(&ip, data, 20, cut), TWIN_WIRE_SHORT);
	}
}

TEST(header_with_options_says_how_much_must_be_readable)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes, linear;
	u8 *data = tap_hex(LONGEST, &bytes);

	set_checksum(data, bytes);
	for (linear = 20; linear < 60; linear++) {
		EXPECT_EQ(parse(&ip, data, linear, 60), TWIN_WIRE_SHORT);
		EXPECT_EQ(ip.header_bytes, 60);
		EXPECT_EQ(parse(&ip, data, linear, linear), TWIN_WIRE_SHORT);
		EXPECT_EQ(parse(&ip, data, 60, linear), TWIN_WIRE_SHORT);
	}
	EXPECT_EQ(parse(&ip, data, 60, 60), TWIN_WIRE_OK);
}

/* RFC 1122 section 3.2.1.1: other versions are silently discarded */
TEST(any_version_but_four_is_refused)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes, version;
	u8 *data = tap_hex(SYN, &bytes);

	for (version = 0; version < 16; version++) {
		data[0] = (u8)(version << 4 | 5);
		set_checksum(data, bytes);
		EXPECT_EQ(parse(&ip, data, bytes, SYN_TOTAL),
			  version == 4 ? TWIN_WIRE_OK : TWIN_WIRE_VERSION);
	}
}

/* RFC 791 section 3.1 "IHL": the minimum is 5 */
TEST(header_length_below_five_words_is_refused)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes, words;
	u8 *data = tap_hex(SYN, &bytes);

	for (words = 0; words < 5; words++) {
		data[0] = (u8)(0x40 | words);
		set_checksum(data, bytes);
		EXPECT_EQ(parse(&ip, data, bytes, SYN_TOTAL),
			  TWIN_WIRE_HEADER_LENGTH);
	}
}

TEST(every_header_length_from_five_words_up_is_read)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes, words;
	u8 *data = tap_hex(LONGEST, &bytes);

	for (words = 5; words <= 15; words++) {
		data[0] = (u8)(0x40 | words);
		set_checksum(data, words * 4);
		EXPECT_EQ(parse(&ip, data, words * 4, 60), TWIN_WIRE_OK);
		EXPECT_EQ(ip.header_bytes, words * 4);
	}
}

TEST(total_length_below_the_header_is_refused)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes, total;
	u8 *data = tap_hex(LONGEST, &bytes);

	for (total = 0; total < 60; total++) {
		twin_wire_put16(data + 2, (u16)total);
		set_checksum(data, bytes);
		EXPECT_EQ(parse(&ip, data, bytes, 60), TWIN_WIRE_TOTAL_LENGTH);
	}
}

TEST(total_length_above_the_packet_is_refused)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes;
	u8 *data = tap_hex(SYN, &bytes);

	EXPECT_EQ(parse(&ip, data, bytes, SYN_TOTAL - 1),
		  TWIN_WIRE_TOTAL_LENGTH);
	twin_wire_put16(data + 2, 0xffff);
	set_checksum(data, bytes);
	EXPECT_EQ(parse(&ip, data, bytes, 65534), TWIN_WIRE_TOTAL_LENGTH);
	EXPECT_EQ(parse(&ip, data, bytes, 65535), TWIN_WIRE_OK);
}

/* Ethernet pads short frames: the packet may be longer than the datagram. */
TEST(link_padding_behind_the_datagram_is_allowed)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes;
	u8 *data = tap_hex(SYN, &bytes);

	EXPECT_EQ(parse(&ip, data, bytes, SYN_TOTAL + 100), TWIN_WIRE_OK);
	EXPECT_EQ(ip.total_bytes, SYN_TOTAL);
}

/* RFC 1122 section 3.2.1.2; a header without data ends at its options */
TEST(every_flipped_bit_of_a_header_is_found)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes, at, bit;
	u8 *data = tap_hex(LONGEST, &bytes);

	set_checksum(data, bytes);
	for (at = 0; at < bytes; at++)
		for (bit = 0; bit < 8; bit++) {
			data[at] ^= 1 << bit;
			EXPECT_TRUE(parse(&ip, data, bytes, 60) !=
				    TWIN_WIRE_OK);
			data[at] ^= 1 << bit;
		}
	EXPECT_EQ(parse(&ip, data, bytes, 60), TWIN_WIRE_OK);
}

TEST(wrong_checksum_is_told_from_a_wrong_length)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes;
	u8 *data = tap_hex(SYN, &bytes);

	data[10] ^= 1;
	EXPECT_EQ(parse(&ip, data, bytes, SYN_TOTAL), TWIN_WIRE_CHECKSUM);
	EXPECT_EQ(parse(&ip, data, bytes, SYN_TOTAL - 1),
		  TWIN_WIRE_TOTAL_LENGTH);
}

TEST(checksum_of_a_written_header_covers_the_options)
{
	struct twin_wire_ipv4 ip, back;
	unsigned int bytes;
	u8 *wanted = tap_hex(LONGEST, &bytes);
	u8 *data = tap_copy(wanted, bytes);

	set_checksum(wanted, bytes);
	EXPECT_EQ(parse(&ip, wanted, bytes, 60), TWIN_WIRE_OK);
	memset(data, 0xa5, 20);
	twin_wire_ipv4_emit(data, &ip);
	EXPECT_BYTES(data, wanted, bytes);
	EXPECT_EQ(parse(&back, data, bytes, 60), TWIN_WIRE_OK);
}

TEST(every_checksum_value_of_a_written_header_is_accepted)
{
	struct twin_wire_ipv4 ip = {
		.saddr = htonl(0x0a000001), .daddr = htonl(0x0a000002),
		.total_bytes = 20, .header_bytes = 20, .ttl = 64,
	}, back;
	unsigned int id;
	u8 data[20];

	for (id = 0; id <= 0xffff; id++) {
		ip.id = (u16)id;
		twin_wire_ipv4_emit(data, &ip);
		EXPECT_EQ(twin_wire_ipv4_parse(&back, data, 20, 20),
			  TWIN_WIRE_OK);
		EXPECT_EQ(back.id, id);
	}
}

/* RFC 1624 section 3: every checksum there is, and every TTL */
TEST(decremented_ttl_keeps_the_checksum_right)
{
	struct twin_wire_ipv4 ip = {
		.saddr = htonl(0x0a000001), .daddr = htonl(0x0a000002),
		.total_bytes = 20, .header_bytes = 20, .protocol = 6,
	}, back;
	unsigned int id;
	u8 data[20];

	for (id = 0; id <= 0xffff; id++) {
		ip.id = (u16)id;
		ip.ttl = (u8)(id % 255 + 1);
		twin_wire_ipv4_emit(data, &ip);
		twin_wire_ipv4_decrement_ttl(data);
		EXPECT_EQ(twin_wire_ipv4_parse(&back, data, 20, 20),
			  TWIN_WIRE_OK);
		EXPECT_EQ(back.ttl, ip.ttl - 1);
		EXPECT_EQ(back.protocol, 6);
	}
}

TEST(headers_at_odd_addresses_are_read_and_written)
{
	struct twin_wire_ipv4 ip;
	unsigned int bytes, at;
	u8 *header = tap_hex(SYN, &bytes);
	u8 data[24];

	for (at = 0; at < 4; at++) {
		memcpy(data + at, header, bytes);
		EXPECT_EQ(twin_wire_ipv4_parse(&ip, data + at, bytes,
					       SYN_TOTAL), TWIN_WIRE_OK);
		memset(data, 0, sizeof(data));
		twin_wire_ipv4_emit(data + at, &ip);
		EXPECT_BYTES(data + at, header, bytes);
	}
}
