// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include "tap.h"
#include "wire_tcp.h"

static enum twin_wire_status parse(struct twin_wire_tcp_options *options,
				   const char *digits)
{
	unsigned int bytes;
	const u8 *data = tap_hex(digits, &bytes);

	memset(options, 0xa5, sizeof(*options));
	return twin_wire_tcp_options_parse(options, data, bytes);
}

TEST(segment_without_options_has_none)
{
	struct twin_wire_tcp_options options;

	memset(&options, 0xa5, sizeof(options));
	EXPECT_EQ(twin_wire_tcp_options_parse(&options, tap_copy("", 0), 0),
		  TWIN_WIRE_OK);
	EXPECT_EQ(options.present, 0);
	EXPECT_EQ(options.sack_count, 0);
	EXPECT_EQ(options.cookie_bytes, 0);
	EXPECT_EQ(twin_wire_tcp_options_bytes(&options), 0);
}

/* What a Linux machine put in a SYN */
TEST(options_of_a_captured_syn_are_read)
{
	struct twin_wire_tcp_options options;

	EXPECT_EQ(parse(&options, "0204ffd7 0402 080a 83d01c87 00000000 01 030307"),
		  TWIN_WIRE_OK);
	EXPECT_EQ(options.present,
		  TWIN_TCP_OPT_MSS | TWIN_TCP_OPT_SACK_PERMITTED |
		  TWIN_TCP_OPT_TIMESTAMPS | TWIN_TCP_OPT_WSCALE);
	EXPECT_EQ(options.mss, 0xffd7);
	EXPECT_EQ(options.tsval, 0x83d01c87);
	EXPECT_EQ(options.tsecr, 0);
	EXPECT_EQ(options.wscale, 7);
}

TEST(options_of_a_captured_syn_are_written_byte_for_byte)
{
	static const char digits[] =
		"0204ffd7 0402 080a 83d01c87 00000000 01 030307";
	struct twin_wire_tcp_options options;
	unsigned int bytes;
	u8 *wanted = tap_hex(digits, &bytes);
	u8 data[TWIN_WIRE_TCP_OPTIONS_MAX];

	parse(&options, digits);
	EXPECT_EQ(twin_wire_tcp_options_bytes(&options), bytes);
	EXPECT_EQ(twin_wire_tcp_options_emit(data, &options), bytes);
	EXPECT_BYTES(data, wanted, bytes);
}

/* RFC 9293 section 3.2: what follows the end of the list is padding */
TEST(nothing_behind_the_end_of_the_list_is_read)
{
	struct twin_wire_tcp_options options;

	EXPECT_EQ(parse(&options, "01 00 0204 05b4 02"), TWIN_WIRE_OK);
	EXPECT_EQ(options.present, 0);
}

/* RFC 9293 section 3.1: options may begin on any octet boundary */
TEST(options_are_read_at_any_alignment)
{
	struct twin_wire_tcp_options options;

	EXPECT_EQ(parse(&options, "01 020405b4 0303 0e 0402 00 00"),
		  TWIN_WIRE_OK);
	EXPECT_EQ(options.mss, 1460);
	EXPECT_EQ(options.wscale, 14);
	EXPECT_EQ(options.present, TWIN_TCP_OPT_MSS | TWIN_TCP_OPT_WSCALE |
				   TWIN_TCP_OPT_SACK_PERMITTED);
}

/* RFC 9293 MUST-6 */
TEST(unknown_options_are_skipped_by_their_length)
{
	struct twin_wire_tcp_options options;
	u8 data[8] = { 0, 4, 2, 4, 2, 4, 0x05, 0xb4 };
	unsigned int kind;

	for (kind = 2; kind <= 0xff; kind++) {
		if (kind <= 5 || kind == 8 || kind == 34)
			continue;
		data[0] = (u8)kind;
		EXPECT_EQ(twin_wire_tcp_options_parse(&options, data, 8),
			  TWIN_WIRE_OK);
		EXPECT_EQ(options.present, TWIN_TCP_OPT_MSS);
		EXPECT_EQ(options.mss, 1460);
	}
}

/* RFC 9293 MUST-7: an illegal length must not crash or loop */
TEST(length_zero_or_one_ends_the_walk_and_keeps_what_came_before)
{
	struct twin_wire_tcp_options options;

	EXPECT_EQ(parse(&options, "020405b4 0300 0402"), TWIN_WIRE_OPTION);
	EXPECT_EQ(options.present, TWIN_TCP_OPT_MSS);
	EXPECT_EQ(parse(&options, "020405b4 fd01 0402"), TWIN_WIRE_OPTION);
	EXPECT_EQ(options.present, TWIN_TCP_OPT_MSS);
}

TEST(option_that_runs_over_the_end_is_not_read)
{
	struct twin_wire_tcp_options options;

	EXPECT_EQ(parse(&options, "0402 0204 05"), TWIN_WIRE_OPTION);
	EXPECT_EQ(options.present, TWIN_TCP_OPT_SACK_PERMITTED);
	EXPECT_EQ(parse(&options, "01 01 08 0a 00000001 000000"),
		  TWIN_WIRE_OPTION);
	EXPECT_EQ(options.present, 0);
}

TEST(kind_without_a_length_is_wrong)
{
	struct twin_wire_tcp_options options;

	EXPECT_EQ(parse(&options, "01 01 01 02"), TWIN_WIRE_OPTION);
	EXPECT_EQ(options.present, 0);
}

static bool known_length(unsigned int kind, unsigned int length)
{
	switch (kind) {
	case 2:
		return length == 4;
	case 3:
		return length == 3;
	case 4:
		return length == 2;
	case 5:
		return length == 10 || length == 18 || length == 26 ||
		       length == 34;
	case 8:
		return length == 10;
	case 34:
		return length == 2 || (length >= 6 && length <= 18 &&
				       length % 2 == 0);
	}
	return false;
}

/* Each kind with each length in each room there may be for it */
TEST(every_kind_with_every_length_is_read_or_ignored_in_bounds)
{
	static const u8 kinds[] = { 2, 3, 4, 5, 8, 34, 253 };
	struct twin_wire_tcp_options options;
	unsigned int i, length, room;
	enum twin_wire_status wanted;
	u8 data[40], *exact;

	memset(data, 1, sizeof(data));
	for (i = 0; i < sizeof(kinds); i++)
		for (length = 0; length <= 0xff; length++)
			for (room = 1; room <= 40; room++) {
				data[0] = kinds[i];
				data[1] = (u8)length;
				exact = tap_copy(data, room);
				wanted = length < 2 || length > room ||
					 room < 2 ?
					 TWIN_WIRE_OPTION : TWIN_WIRE_OK;
				EXPECT_EQ(twin_wire_tcp_options_parse(&options,
								      exact,
								      room),
					  wanted);
				EXPECT_EQ(options.present != 0,
					  wanted == TWIN_WIRE_OK &&
					  known_length(kinds[i], length));
				free(exact);
			}
}

TEST(option_that_comes_twice_counts_as_the_last)
{
	struct twin_wire_tcp_options options;

	EXPECT_EQ(parse(&options, "020405b4 02040218"), TWIN_WIRE_OK);
	EXPECT_EQ(options.mss, 536);
}

/* RFC 2018 section 3 */
TEST(sack_blocks_are_read_in_their_order)
{
	struct twin_wire_tcp_options options;

	EXPECT_EQ(parse(&options,
			"01 01 05 12 fffffff0 00000010 00000100 00000200"),
		  TWIN_WIRE_OK);
	EXPECT_EQ(options.present, TWIN_TCP_OPT_SACK);
	EXPECT_EQ(options.sack_count, 2);
	EXPECT_EQ(options.sack[0].start, 0xfffffff0);
	EXPECT_EQ(options.sack[0].end, 0x10);
	EXPECT_EQ(options.sack[1].start, 0x100);
	EXPECT_EQ(options.sack[1].end, 0x200);
}

TEST(sack_option_without_a_block_is_ignored)
{
	struct twin_wire_tcp_options options;

	EXPECT_EQ(parse(&options, "01 01 05 02"), TWIN_WIRE_OK);
	EXPECT_EQ(options.present, 0);
	EXPECT_EQ(options.sack_count, 0);
}

/* RFC 2018 section 3: with timestamps three blocks fit, without four */
TEST(as_many_sack_blocks_as_fit_are_written_and_read_back)
{
	struct twin_wire_tcp_options options = {
		.present = TWIN_TCP_OPT_SACK,
		.sack = { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } },
	}, back;
	u8 *data = tap_copy(&options, TWIN_WIRE_TCP_OPTIONS_MAX);
	unsigned int bytes;
	u8 count;

	for (count = 1; count <= 4; count++) {
		options.sack_count = count;
		bytes = twin_wire_tcp_options_emit(data, &options);
		EXPECT_EQ(bytes, 4 + 8 * count);
		EXPECT_EQ(twin_wire_tcp_options_parse(&back, data, bytes),
			  TWIN_WIRE_OK);
		EXPECT_EQ(back.sack_count, count);
		EXPECT_BYTES(back.sack, options.sack, 8 * count);
	}
	options.present |= TWIN_TCP_OPT_TIMESTAMPS;
	options.sack_count = 3;
	EXPECT_EQ(twin_wire_tcp_options_emit(data, &options), 40);
}

/* RFC 7413 section 4.1.1 */
TEST(empty_fast_open_option_is_a_request_for_a_cookie)
{
	struct twin_wire_tcp_options options;

	EXPECT_EQ(parse(&options, "22 02 01 01"), TWIN_WIRE_OK);
	EXPECT_EQ(options.present, TWIN_TCP_OPT_FASTOPEN);
	EXPECT_EQ(options.cookie_bytes, 0);
}

TEST(fast_open_cookie_of_every_legal_length_is_written_and_read_back)
{
	struct twin_wire_tcp_options options = {
		.present = TWIN_TCP_OPT_FASTOPEN,
		.cookie = "fast open cookie",
	}, back;
	u8 data[20];
	unsigned int bytes;
	u8 length;

	for (length = 4; length <= 16; length += 2) {
		options.cookie_bytes = length;
		memset(data, 0xa5, sizeof(data));
		bytes = twin_wire_tcp_options_emit(data, &options);
		EXPECT_EQ(bytes, (2 + length + 3) / 4 * 4);
		EXPECT_EQ(twin_wire_tcp_options_parse(&back, data, bytes),
			  TWIN_WIRE_OK);
		EXPECT_EQ(back.cookie_bytes, length);
		EXPECT_BYTES(back.cookie, options.cookie, length);
	}
}

/* RFC 7323 section 2.2: clamping to 14 is the receiver's, not the parser's */
TEST(window_scale_is_given_as_sent)
{
	struct twin_wire_tcp_options options;

	EXPECT_EQ(parse(&options, "01 0303 ff"), TWIN_WIRE_OK);
	EXPECT_EQ(options.wscale, 255);
}

TEST(each_option_alone_is_written_in_its_usual_layout)
{
	static const struct {
		u8 present;
		const char *digits;
	} cases[] = {
		{ TWIN_TCP_OPT_MSS, "02 04 05b4" },
		{ TWIN_TCP_OPT_WSCALE, "01 03 03 07" },
		{ TWIN_TCP_OPT_SACK_PERMITTED, "01 01 04 02" },
		{ TWIN_TCP_OPT_TIMESTAMPS, "01 01 08 0a 00000001 00000002" },
		{ TWIN_TCP_OPT_SACK, "01 01 05 0a 00000003 00000004" },
		{ TWIN_TCP_OPT_FASTOPEN, "22 06 c0ffee00 01 01" },
	};
	struct twin_wire_tcp_options options = {
		.wscale = 7, .mss = 1460, .tsval = 1, .tsecr = 2,
		.sack_count = 1, .cookie_bytes = 4, .sack = { { 3, 4 } },
		.cookie = { 0xc0, 0xff, 0xee, 0x00 },
	};
	unsigned int bytes, i;
	u8 *wanted, data[40];

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		wanted = tap_hex(cases[i].digits, &bytes);
		options.present = cases[i].present;
		EXPECT_EQ(twin_wire_tcp_options_bytes(&options), bytes);
		EXPECT_EQ(twin_wire_tcp_options_emit(data, &options), bytes);
		EXPECT_BYTES(data, wanted, bytes);
	}
}

/* Every combination that fits is padded, announced rightly and read back. */
TEST(every_combination_of_options_is_written_and_read_back)
{
	struct twin_wire_tcp_options options = {
		.wscale = 14, .mss = 0xffff, .tsval = 0x80000001,
		.tsecr = 0xfffffffe, .sack_count = 1,
		.cookie_bytes = 6, .sack = { { 0xffffffff, 1 } },
		.cookie = { 1, 2, 3, 4, 5, 6 },
	}, back;
	unsigned int present, bytes;
	u8 *data;

	for (present = 0; present < 0x40; present++) {
		options.present = (u8)present;
		bytes = twin_wire_tcp_options_bytes(&options);
		EXPECT_EQ(bytes % 4, 0);
		data = tap_copy(&options, bytes);
		EXPECT_EQ(twin_wire_tcp_options_emit(data, &options), bytes);
		EXPECT_EQ(twin_wire_tcp_options_parse(&back, data, bytes),
			  TWIN_WIRE_OK);
		EXPECT_EQ(back.present, present);
		if (present & TWIN_TCP_OPT_MSS)
			EXPECT_EQ(back.mss, options.mss);
		if (present & TWIN_TCP_OPT_WSCALE)
			EXPECT_EQ(back.wscale, options.wscale);
		if (present & TWIN_TCP_OPT_TIMESTAMPS) {
			EXPECT_EQ(back.tsval, options.tsval);
			EXPECT_EQ(back.tsecr, options.tsecr);
		}
		if (present & TWIN_TCP_OPT_SACK)
			EXPECT_EQ(back.sack[0].start, options.sack[0].start);
		if (present & TWIN_TCP_OPT_FASTOPEN)
			EXPECT_BYTES(back.cookie, options.cookie, 6);
	}
}
