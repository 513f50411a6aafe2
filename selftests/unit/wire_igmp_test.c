// SPDX-License-Identifier: GPL-2.0
#include "tap.h"
#include "wire_igmp.h"

static enum twin_wire_status parse(struct twin_wire_igmp_query *query,
				   const u8 *data, unsigned int bytes)
{
	return twin_wire_igmp_query_parse(query, tap_copy(data, bytes), bytes);
}

/* RFC 3376 section 7.1 */
TEST(igmp_version_is_told_by_length_and_code)
{
	static const struct {
		const char *hex;
		u8 version;
		u32 max_resp_ds;
	} queries[] = {
		{ "11 00 eeff 00000000", 1, 100 },
		{ "11 64 ee9b 00000000", 2, 100 },
		{ "11 ff 0000 ef010203", 2, 255 },
		{ "11 0a 0000 00000000 02 7d 0000", 3, 10 },
	};
	struct twin_wire_igmp_query query;
	unsigned int bytes, i;
	u8 *data;

	for (i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		data = tap_hex(queries[i].hex, &bytes);
		EXPECT_EQ(parse(&query, data, bytes), TWIN_WIRE_OK);
		EXPECT_EQ(query.version, queries[i].version);
		EXPECT_EQ(query.max_resp_ds, queries[i].max_resp_ds);
	}
}

TEST(igmp_query_of_version_three_is_read)
{
	struct twin_wire_igmp_query query;
	unsigned int bytes;
	u8 *data = tap_hex("11 8a 0000 ef010203 0b 8f 0002 0a000001 0a000002",
			   &bytes);

	EXPECT_EQ(parse(&query, data, bytes), TWIN_WIRE_OK);
	EXPECT_EQ(query.group, htonl(0xef010203));
	EXPECT_EQ(query.max_resp_ds, (0x1a) << 3);
	EXPECT_EQ(query.robustness, 3);
	EXPECT_EQ(query.interval_s, 0x1f << 3);
	EXPECT_EQ(query.sources, 2);
}

TEST(igmp_lengths_of_no_version_are_refused)
{
	struct twin_wire_igmp_query query;
	unsigned int bytes, cut;
	u8 *data = tap_hex("11 0a 0000 ef010203 02 7d 0002 0a000001 0a000002",
			   &bytes);

	for (cut = 0; cut < bytes; cut++) {
		if (cut == TWIN_WIRE_IGMP_BYTES)
			continue;
		EXPECT_EQ(parse(&query, data, cut),
			  cut < TWIN_WIRE_IGMP_QUERY_BYTES ?
			  TWIN_WIRE_SHORT : TWIN_WIRE_TOTAL_LENGTH);
	}
	EXPECT_EQ(parse(&query, data, bytes), TWIN_WIRE_OK);
}

/* RFC 3376 section 4.1.1 */
TEST(igmp_codes_are_exact_below_128_and_floating_above)
{
	EXPECT_EQ(twin_wire_igmp_code(0), 0);
	EXPECT_EQ(twin_wire_igmp_code(127), 127);
	EXPECT_EQ(twin_wire_igmp_code(128), 128);
	EXPECT_EQ(twin_wire_igmp_code(0x9f), 0x1f << 4);
	EXPECT_EQ(twin_wire_igmp_code(255), 0x1f << 10);
}

TEST(igmp_messages_are_written_byte_for_byte)
{
	unsigned int bytes;
	u8 *wanted = tap_hex("17 00 0000 ef010203", &bytes);
	u8 data[16];

	memset(data, 0xa5, sizeof(data));
	twin_wire_igmp_emit(data, TWIN_WIRE_IGMP_LEAVE, htonl(0xef010203));
	EXPECT_EQ(memcmp(data, wanted, bytes), 0);
	wanted = tap_hex("22 00 0000 0000 0001 04 00 0003 ef010203", &bytes);
	twin_wire_igmp_report_emit(data, 1);
	twin_wire_igmp_record_emit(data + TWIN_WIRE_IGMP_BYTES,
				   TWIN_WIRE_IGMP_TO_EXCLUDE, htonl(0xef010203),
				   3);
	EXPECT_EQ(memcmp(data, wanted, bytes), 0);
}
