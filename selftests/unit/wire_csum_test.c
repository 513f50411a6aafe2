// SPDX-License-Identifier: GPL-2.0
#include "tap.h"
#include "wire_csum.h"

/* The definition, two bytes at a time, as an independent judge. */
static u16 plain_checksum(const u8 *data, unsigned int bytes)
{
	u32 sum = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++)
		sum += i % 2 ? data[i] : (u32)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}

static u16 host_order(__sum16 check)
{
	return ntohs((__force __be16)check);
}

static __sum16 stored(u16 check)
{
	return (__force __sum16)htons(check);
}

static void fill(u8 *data, unsigned int bytes, u32 seed)
{
	while (bytes--) {
		seed = seed * 1664525 + 1013904223;
		*data++ = (u8)(seed >> 24);
	}
}

/* RFC 1071 section 3 */
TEST(numerical_example_of_rfc_1071_sums_to_ddf2)
{
	const u8 data[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	EXPECT_EQ(host_order(twin_wire_csum16(data, sizeof(data))),
		  0xddf2 ^ 0xffff);
}

TEST(sum_of_nothing_is_ffff)
{
	EXPECT_EQ(host_order(twin_wire_csum16("", 0)), 0xffff);
}

/* RFC 1071 section 4.1: the odd byte is padded with a zero on the right */
TEST(odd_last_byte_counts_as_the_upper_half)
{
	EXPECT_EQ(host_order(twin_wire_csum16("\x12", 1)), 0xedff);
	EXPECT_EQ(host_order(twin_wire_csum16("\x00\x01\x80", 3)), 0x7ffe);
}

TEST(every_length_agrees_with_the_definition)
{
	u8 data[130];
	unsigned int bytes;

	fill(data, sizeof(data), 1);
	for (bytes = 0; bytes <= sizeof(data); bytes++) {
		const u8 *exact = tap_copy(data, bytes);

		EXPECT_EQ(host_order(twin_wire_csum16(exact, bytes)),
			  plain_checksum(exact, bytes));
	}
}

TEST(longest_datagram_of_ones_does_not_overflow)
{
	static u8 data[65535];

	memset(data, 0xff, sizeof(data));
	EXPECT_EQ(host_order(twin_wire_csum16(data, sizeof(data))),
		  plain_checksum(data, sizeof(data)));
}

TEST(data_with_its_own_checksum_gives_zero)
{
	u8 data[40];
	__sum16 check;

	fill(data, sizeof(data), 7);
	memset(data + 10, 0, 2);
	check = twin_wire_csum16(data, sizeof(data));
	memcpy(data + 10, &check, sizeof(check));
	EXPECT_EQ(twin_wire_csum16(data, sizeof(data)), 0);
	data[39] ^= 1;
	EXPECT_TRUE(twin_wire_csum16(data, sizeof(data)) != 0);
}

TEST(fold_carries_around_from_every_position)
{
	EXPECT_EQ(twin_wire_csum_fold(0), 0);
	EXPECT_EQ(twin_wire_csum_fold(0xffff), 0xffff);
	EXPECT_EQ(twin_wire_csum_fold(0x10000), 1);
	EXPECT_EQ(twin_wire_csum_fold(0x1ffff), 1);
	EXPECT_EQ(twin_wire_csum_fold(0xffffffff), 0xffff);
	EXPECT_EQ(twin_wire_csum_fold(0x100000000ull), 1);
	EXPECT_EQ(twin_wire_csum_fold(0x1ffffffffull), 1);
	EXPECT_EQ(twin_wire_csum_fold(0xffff0000ffffull), 0xffff);
	EXPECT_EQ(twin_wire_csum_fold(0xffffffffffffffffull), 0xffff);
}

/* Ones' complement addition is arithmetic modulo 65535 with two zeros. */
TEST(fold_is_the_remainder_modulo_65535)
{
	u64 sum = 0x0123456789abcdefull;
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		sum = sum * 6364136223846793005ull + 1442695040888963407ull;
		EXPECT_EQ(twin_wire_csum_fold(sum) % 0xffff, sum % 0xffff);
	}
}

/* RFC 1624 section 4, with the value that RFC 1141's equation gets wrong */
TEST(update_example_of_rfc_1624_gives_plus_zero)
{
	EXPECT_EQ(host_order(twin_wire_csum_replace16(stored(0xdd2f),
						      htons(0x5555),
						      htons(0x3285))), 0);
}

TEST(sixteen_bit_update_equals_a_new_sum)
{
	u8 data[20];
	unsigned int i;
	__be16 from, to;
	__sum16 check;

	for (i = 0; i < 2000; i++) {
		fill(data, sizeof(data), i);
		check = twin_wire_csum16(data, sizeof(data));
		from = twin_wire_get_be16(data + 8);
		to = htons((u16)(i * 33));
		twin_wire_put_be16(data + 8, to);
		EXPECT_EQ(twin_wire_csum_replace16(check, from, to),
			  twin_wire_csum16(data, sizeof(data)));
	}
}

TEST(update_to_the_same_value_changes_nothing)
{
	EXPECT_EQ(host_order(twin_wire_csum_replace16(stored(0x1234),
						      htons(0xabcd),
						      htons(0xabcd))), 0x1234);
}
