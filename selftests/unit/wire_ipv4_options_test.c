// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include "tap.h"
#include "wire_ipv4_options.h"

static void start(struct twin_wire_ipv4_walk *walk, const char *digits)
{
	unsigned int bytes;
	const u8 *data = tap_hex(digits, &bytes);

	twin_wire_ipv4_options_start(walk, data, bytes);
}

TEST(header_without_options_has_none)
{
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_walk walk;

	twin_wire_ipv4_options_start(&walk, tap_copy("", 0), 0);
	EXPECT_FALSE(twin_wire_ipv4_options_next(&walk, &option));
	EXPECT_EQ(walk.status, TWIN_WIRE_OK);
}

TEST(options_come_in_order_with_their_places)
{
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_walk walk;

	start(&walk, "07 07 04 00000000  94 04 0000  01  44 08 05 00 00000000");
	EXPECT_TRUE(twin_wire_ipv4_options_next(&walk, &option));
	EXPECT_EQ(option.type, TWIN_WIRE_IPV4_OPTION_RECORD_ROUTE);
	EXPECT_EQ(option.offset, 0);
	EXPECT_EQ(option.bytes, 7);
	EXPECT_TRUE(twin_wire_ipv4_options_next(&walk, &option));
	EXPECT_EQ(option.type, TWIN_WIRE_IPV4_OPTION_ROUTER_ALERT);
	EXPECT_EQ(option.offset, 7);
	EXPECT_EQ(option.bytes, 4);
	EXPECT_TRUE(twin_wire_ipv4_options_next(&walk, &option));
	EXPECT_EQ(option.type, TWIN_WIRE_IPV4_OPTION_TIMESTAMP);
	EXPECT_EQ(option.offset, 12);
	EXPECT_EQ(option.bytes, 8);
	EXPECT_FALSE(twin_wire_ipv4_options_next(&walk, &option));
	EXPECT_EQ(walk.status, TWIN_WIRE_OK);
}

TEST(nops_alone_are_no_option)
{
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_walk walk;

	start(&walk, "01 01 01 01");
	EXPECT_FALSE(twin_wire_ipv4_options_next(&walk, &option));
	EXPECT_EQ(walk.status, TWIN_WIRE_OK);
}

/* RFC 791 section 3.1 "End of Option List": what follows is padding */
TEST(nothing_behind_the_end_of_the_list_is_read)
{
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_walk walk;

	start(&walk, "01 00 07 00");
	EXPECT_FALSE(twin_wire_ipv4_options_next(&walk, &option));
	EXPECT_EQ(walk.status, TWIN_WIRE_OK);
	EXPECT_FALSE(twin_wire_ipv4_options_next(&walk, &option));
	EXPECT_EQ(walk.status, TWIN_WIRE_OK);
}

/* RFC 1122 section 3.2.1.8: options not understood are passed over */
TEST(unknown_options_are_stepped_over)
{
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_walk walk;
	unsigned int type;
	u8 data[4] = { 0, 3, 0xff, TWIN_WIRE_IPV4_OPTION_NOP };

	for (type = 2; type <= 0xff; type++) {
		data[0] = (u8)type;
		twin_wire_ipv4_options_start(&walk, data, sizeof(data));
		EXPECT_TRUE(twin_wire_ipv4_options_next(&walk, &option));
		EXPECT_EQ(option.type, type);
		EXPECT_FALSE(twin_wire_ipv4_options_next(&walk, &option));
		EXPECT_EQ(walk.status, TWIN_WIRE_OK);
	}
}

/* Each length byte at each place: in bounds, or an error at that place. */
TEST(every_option_length_at_every_place_stays_in_bounds)
{
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_walk walk;
	unsigned int place, length, room;
	u8 data[40], *exact;
	bool fits;

	for (place = 0; place < 40; place++)
		for (length = 0; length <= 0xff; length++) {
			memset(data, TWIN_WIRE_IPV4_OPTION_NOP, sizeof(data));
			data[place] = TWIN_WIRE_IPV4_OPTION_RECORD_ROUTE;
			if (place < 39)
				data[place + 1] = (u8)length;
			room = 40 - place;
			fits = room > 1 && length >= 2 && length <= room;
			exact = tap_copy(data, sizeof(data));
			twin_wire_ipv4_options_start(&walk, exact, 40);
			EXPECT_EQ(twin_wire_ipv4_options_next(&walk, &option),
				  fits);
			EXPECT_EQ(walk.status, fits ? TWIN_WIRE_OK :
						      TWIN_WIRE_OPTION);
			EXPECT_EQ(walk.at, fits ? place + length : place);
			free(exact);
		}
}

TEST(walk_stays_at_the_wrong_option)
{
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_walk walk;

	start(&walk, "94 04 0000 01 07 01 00");
	EXPECT_TRUE(twin_wire_ipv4_options_next(&walk, &option));
	EXPECT_FALSE(twin_wire_ipv4_options_next(&walk, &option));
	EXPECT_EQ(walk.status, TWIN_WIRE_OPTION);
	EXPECT_EQ(walk.at, 5);
	EXPECT_FALSE(twin_wire_ipv4_options_next(&walk, &option));
	EXPECT_EQ(walk.at, 5);
}

/* RFC 791 section 3.1 "Record Route" */
TEST(record_route_writes_at_the_pointer_and_moves_it)
{
	unsigned int bytes;
	u8 *option = tap_hex("07 0b 04 00000000 00000000", &bytes);
	u8 *wanted = tap_hex("07 0b 08 0a000001 00000000", &bytes);

	EXPECT_EQ(twin_wire_ipv4_record_route(option, bytes, htonl(0x0a000001)),
		  TWIN_WIRE_OK);
	EXPECT_BYTES(option, wanted, bytes);
	wanted = tap_hex("07 0b 0c 0a000001 0a000002", &bytes);
	EXPECT_EQ(twin_wire_ipv4_record_route(option, bytes, htonl(0x0a000002)),
		  TWIN_WIRE_OK);
	EXPECT_BYTES(option, wanted, bytes);
}

/* "If the route data area is already full ... forwarded without inserting" */
TEST(full_record_route_is_left_alone)
{
	unsigned int bytes;
	u8 *option = tap_hex("07 07 08 0a000001", &bytes);
	const u8 *before = tap_copy(option, bytes);

	EXPECT_EQ(twin_wire_ipv4_record_route(option, bytes, htonl(1)),
		  TWIN_WIRE_OK);
	EXPECT_BYTES(option, before, bytes);
}

/* "If there is some room but not enough room ... in error" */
TEST(record_route_with_room_for_a_part_of_an_address_is_wrong)
{
	u8 *option;
	unsigned int bytes;

	for (bytes = 4; bytes < 7; bytes++) {
		option = tap_copy("\x07\x07\x04\x00\x00\x00", bytes);
		EXPECT_EQ(twin_wire_ipv4_record_route(option, bytes, 0),
			  TWIN_WIRE_OPTION);
	}
}

TEST(record_route_without_a_pointer_or_with_one_below_four_is_wrong)
{
	unsigned int bytes, pointer;
	u8 *option = tap_hex("07 07 00 00000000", &bytes);

	EXPECT_EQ(twin_wire_ipv4_record_route(tap_copy("\x07\x02", 2), 2, 0),
		  TWIN_WIRE_OPTION);
	for (pointer = 0; pointer < 4; pointer++) {
		option[TWIN_WIRE_IPV4_OPTION_POINTER] = (u8)pointer;
		EXPECT_EQ(twin_wire_ipv4_record_route(option, bytes, 0),
			  TWIN_WIRE_OPTION);
	}
}

TEST(every_record_route_pointer_and_length_stays_in_bounds)
{
	unsigned int bytes, pointer;
	u8 data[40] = { TWIN_WIRE_IPV4_OPTION_RECORD_ROUTE }, *option;

	for (bytes = 2; bytes <= 40; bytes++)
		for (pointer = 0; pointer <= 0xff; pointer++) {
			data[1] = (u8)bytes;
			data[2] = (u8)pointer;
			option = tap_copy(data, bytes);
			twin_wire_ipv4_record_route(option, bytes, 0xffffffff);
			free(option);
		}
}

static enum twin_wire_status stamp(u8 *option, unsigned int bytes, __be32 addr,
				   u32 midnight_ms)
{
	struct twin_wire_ipv4_stamp what;
	enum twin_wire_status status;

	status = twin_wire_ipv4_stamp_parse(&what, option, bytes);
	if (status)
		return status;
	return twin_wire_ipv4_stamp_write(option, &what, addr, midnight_ms);
}

/* RFC 791 section 3.1 "Internet Timestamp", flag 0 */
TEST(timestamps_alone_are_written_one_behind_the_other)
{
	unsigned int bytes;
	u8 *option = tap_hex("44 0c 05 00 00000000 00000000", &bytes);
	u8 *wanted = tap_hex("44 0c 0d 00 05265bff 00000001", &bytes);

	EXPECT_EQ(stamp(option, bytes, 0, 86399999), TWIN_WIRE_OK);
	EXPECT_EQ(stamp(option, bytes, 0, 1), TWIN_WIRE_OK);
	EXPECT_BYTES(option, wanted, bytes);
}

/* flag 1 */
TEST(timestamp_with_address_is_written_as_a_pair)
{
	unsigned int bytes;
	u8 *option = tap_hex("44 0c 05 01 00000000 00000000", &bytes);
	u8 *wanted = tap_hex("44 0c 0d 01 0a000001 00001000", &bytes);

	EXPECT_EQ(stamp(option, bytes, htonl(0x0a000001), 0x1000),
		  TWIN_WIRE_OK);
	EXPECT_BYTES(option, wanted, bytes);
}

/* flag 3 */
TEST(prespecified_timestamp_names_the_host_whose_turn_it_is)
{
	struct twin_wire_ipv4_stamp what;
	unsigned int bytes;
	u8 *option = tap_hex("44 14 0d 03 0a000001 00000007 0a000002 00000000",
			     &bytes);
	u8 *wanted = tap_hex("44 14 15 03 0a000001 00000007 0a000002 00000009",
			     &bytes);

	EXPECT_EQ(twin_wire_ipv4_stamp_parse(&what, option, bytes),
		  TWIN_WIRE_OK);
	EXPECT_FALSE(what.full);
	EXPECT_EQ(ntohl(what.named), 0x0a000002);
	EXPECT_EQ(twin_wire_ipv4_stamp_write(option, &what, what.named, 9),
		  TWIN_WIRE_OK);
	EXPECT_BYTES(option, wanted, bytes);
	EXPECT_EQ(twin_wire_ipv4_stamp_parse(&what, option, bytes),
		  TWIN_WIRE_OK);
	EXPECT_TRUE(what.full);
}

TEST(full_timestamp_counts_the_hosts_it_had_no_room_for)
{
	unsigned int bytes, count;
	u8 *option = tap_hex("44 08 09 00 00000001", &bytes);

	for (count = 1; count <= 15; count++) {
		EXPECT_EQ(stamp(option, bytes, 0, 2), TWIN_WIRE_OK);
		EXPECT_EQ(option[3], count << 4);
	}
	EXPECT_BYTES(option, "\x44\x08\x09\xf0\x00\x00\x00\x01", bytes);
}

/* "or the overflow count itself overflows ... in error" */
TEST(overflow_count_that_overflows_is_an_error)
{
	unsigned int bytes;
	u8 *option = tap_hex("44 08 09 f0 00000001", &bytes);

	EXPECT_EQ(stamp(option, bytes, 0, 2), TWIN_WIRE_OPTION);
	EXPECT_EQ(option[3], 0xf0);
	option[3] = 0xf1;
	EXPECT_EQ(stamp(option, bytes, 0, 2), TWIN_WIRE_OPTION);
	EXPECT_EQ(option[3], 0xf1);
}

TEST(timestamp_with_an_unknown_flag_is_wrong)
{
	struct twin_wire_ipv4_stamp what;
	unsigned int bytes, flag;
	u8 *option = tap_hex("44 0c 05 00 00000000 00000000", &bytes);

	for (flag = 0; flag < 16; flag++) {
		option[3] = (u8)flag;
		EXPECT_EQ(twin_wire_ipv4_stamp_parse(&what, option, bytes),
			  flag == 0 || flag == 1 || flag == 3 ?
				  TWIN_WIRE_OK : TWIN_WIRE_OPTION);
	}
}

TEST(timestamp_with_room_for_a_part_of_an_entry_is_wrong)
{
	unsigned int bytes;
	u8 *option = tap_hex("44 0b 09 00 00000000 000000", &bytes);

	EXPECT_EQ(stamp(option, bytes, 0, 0), TWIN_WIRE_OPTION);
	option = tap_hex("44 08 08 00 00000000", &bytes);
	EXPECT_EQ(stamp(option, bytes, 0, 0), TWIN_WIRE_OPTION);
	option = tap_hex("44 0a 05 01 00000000 0000", &bytes);
	EXPECT_EQ(stamp(option, bytes, 0, 0), TWIN_WIRE_OPTION);
}

TEST(timestamp_without_a_flag_or_with_a_pointer_below_five_is_wrong)
{
	struct twin_wire_ipv4_stamp what;
	unsigned int bytes, pointer;
	u8 *option = tap_hex("44 08 00 00 00000000", &bytes);

	EXPECT_EQ(twin_wire_ipv4_stamp_parse(&what,
					     tap_copy("\x44\x03\x05", 3), 3),
		  TWIN_WIRE_OPTION);
	for (pointer = 0; pointer < 5; pointer++) {
		option[TWIN_WIRE_IPV4_OPTION_POINTER] = (u8)pointer;
		EXPECT_EQ(twin_wire_ipv4_stamp_parse(&what, option, bytes),
			  TWIN_WIRE_OPTION);
	}
}

TEST(every_timestamp_pointer_length_and_flag_stays_in_bounds)
{
	unsigned int bytes, pointer, flag;
	u8 data[40] = { TWIN_WIRE_IPV4_OPTION_TIMESTAMP }, *option;

	for (bytes = 2; bytes <= 40; bytes++)
		for (pointer = 0; pointer <= 0xff; pointer++)
			for (flag = 0; flag < 4; flag++) {
				data[1] = (u8)bytes;
				data[2] = (u8)pointer;
				data[3] = (u8)flag;
				option = tap_copy(data, bytes);
				stamp(option, bytes, 0xffffffff, 0xffffffff);
				free(option);
			}
}
