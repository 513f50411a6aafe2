// SPDX-License-Identifier: GPL-2.0
#include "tap.h"
#include "tcp/tcp_seq.h"

/* Places around which comparisons wrap */
static const u32 anchors[] = { 0, 1, 0x7fffffff, 0x80000000, 0xfffffffe };

/* RFC 9293 section 3.4: "<" means earlier on a circle of 2^32 */
TEST(order_holds_across_the_wrap_up_to_half_the_circle)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(anchors); i++) {
		u32 a = anchors[i];

		EXPECT_TRUE(twin_tcp_before(a, a + 1));
		EXPECT_TRUE(twin_tcp_before(a, a + 0x7fffffff));
		EXPECT_FALSE(twin_tcp_before(a, a));
		EXPECT_FALSE(twin_tcp_before(a + 1, a));
		EXPECT_TRUE(twin_tcp_after(a + 1, a));
		EXPECT_TRUE(twin_tcp_after(a + 0x7fffffff, a));
		EXPECT_FALSE(twin_tcp_after(a, a));
		EXPECT_FALSE(twin_tcp_after(a, a + 1));
	}
}

TEST(equal_numbers_are_neither_before_nor_after)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(anchors); i++) {
		u32 a = anchors[i];

		EXPECT_TRUE(twin_tcp_after_eq(a, a));
		EXPECT_TRUE(twin_tcp_after_eq(a + 1, a));
		EXPECT_FALSE(twin_tcp_after_eq(a, a + 1));
	}
}

TEST(both_ends_of_a_range_belong_to_it)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(anchors); i++) {
		u32 low = anchors[i], high = low + 10;

		EXPECT_TRUE(twin_tcp_between(low, low, high));
		EXPECT_TRUE(twin_tcp_between(high, low, high));
		EXPECT_TRUE(twin_tcp_between(low + 5, low, high));
		EXPECT_FALSE(twin_tcp_between(low - 1, low, high));
		EXPECT_FALSE(twin_tcp_between(high + 1, low, high));
		EXPECT_TRUE(twin_tcp_between(low, low, low));
		EXPECT_FALSE(twin_tcp_between(low + 1, low, low));
	}
}

/* RFC 9293 section 3.4, table: the four cases of the acceptability test */
TEST(empty_segment_at_a_closed_window_must_be_the_next_one)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(anchors); i++) {
		u32 next = anchors[i];

		EXPECT_TRUE(twin_tcp_acceptable(next, next, next, 0));
		EXPECT_FALSE(twin_tcp_acceptable(next + 1, next + 1, next, 0));
		EXPECT_FALSE(twin_tcp_acceptable(next - 1, next - 1, next, 0));
	}
}

TEST(empty_segment_may_lie_in_the_window_or_behind_it)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(anchors); i++) {
		u32 next = anchors[i], edge = next + 100;

		EXPECT_TRUE(twin_tcp_acceptable(next, next, next, 100));
		EXPECT_TRUE(twin_tcp_acceptable(edge, edge, next, 100));
		EXPECT_FALSE(twin_tcp_acceptable(edge + 1, edge + 1, next,
						 100));
		EXPECT_FALSE(twin_tcp_acceptable(next - 1, next - 1, next,
						 100));
	}
}

TEST(no_data_is_acceptable_at_a_closed_window)
{
	EXPECT_FALSE(twin_tcp_acceptable(1000, 1001, 1000, 0));
	EXPECT_FALSE(twin_tcp_acceptable(999, 1001, 1000, 0));
}

TEST(one_byte_of_data_in_the_window_is_enough)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(anchors); i++) {
		u32 next = anchors[i];

		EXPECT_TRUE(twin_tcp_acceptable(next - 10, next + 1, next,
						100));
		EXPECT_FALSE(twin_tcp_acceptable(next - 10, next, next, 100));
		EXPECT_TRUE(twin_tcp_acceptable(next + 99, next + 200, next,
						100));
		EXPECT_FALSE(twin_tcp_acceptable(next + 100, next + 200, next,
						 100));
	}
}

TEST(data_around_the_whole_window_is_acceptable)
{
	EXPECT_TRUE(twin_tcp_acceptable(0xfffffff0, 500, 10, 100));
}
