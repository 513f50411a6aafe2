// SPDX-License-Identifier: GPL-2.0
#include "tap.h"
#include "tcp/tcp_cubic.h"

/* Windows, in segments, and K of RFC 9438 figure 2 in ticks of 1024 us */
static const struct {
	u32 segs;
	u32 ticks;
} climbs[] = {
	{ 0, 0 }, { 1, 1325 }, { 10, 2855 }, { 100, 6151 }, { 1000, 13253 },
	{ 100000, 61519 },
};

TEST(root_is_the_largest_whole_number_whose_cube_fits)
{
	static const u32 roots[] = { 1, 2, 3, 1000, 1625, 65535, 1048576,
				     2097151 };
	unsigned int i;

	EXPECT_EQ(twin_tcp_cubic_root(0), 0);
	for (i = 0; i < ARRAY_SIZE(roots); i++) {
		u64 root = roots[i], cube = root * root * root;

		EXPECT_EQ(twin_tcp_cubic_root(cube), root);
		EXPECT_EQ(twin_tcp_cubic_root(cube - 1), root - 1);
		if (cube < (1ull << 63) - 1)
			EXPECT_EQ(twin_tcp_cubic_root(cube + 1), root);
	}
}

/* K = cbrt((W_max - cwnd) / 0.4), seconds */
TEST(time_to_climb_is_as_in_figure_2_of_rfc_9438)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(climbs); i++)
		EXPECT_EQ(twin_tcp_cubic_climb_ticks(climbs[i].segs),
			  climbs[i].ticks);
}

/* W_cubic(0) = cwnd, W_cubic(K) = W_max, W_cubic(2 K) = W_max + climb */
TEST(window_begins_below_the_plateau_reaches_it_and_leaves_it_alike)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(climbs); i++) {
		u32 climb = climbs[i].segs, w_max = 200000;
		u32 k = twin_tcp_cubic_climb_ticks(climb);
		u32 begin = twin_tcp_cubic_window(w_max, k, 0);
		u32 end = twin_tcp_cubic_window(w_max, k, 2 * k);

		/* one segment in a thousand for the rounding */
		EXPECT_TRUE(begin >= w_max - climb);
		EXPECT_TRUE(begin <= w_max - climb + 1 + climb / 1000);
		EXPECT_EQ(twin_tcp_cubic_window(w_max, k, k), w_max);
		EXPECT_TRUE(end <= w_max + climb);
		EXPECT_TRUE(end + 1 + climb / 1000 >= w_max + climb);
	}
}

/* It rises fast, is flat around the plateau, and rises fast again. */
TEST(window_never_falls_and_is_flat_at_the_plateau)
{
	u32 k = twin_tcp_cubic_climb_ticks(1000), last = 0, ticks;

	for (ticks = 0; ticks < 3 * k; ticks += 10) {
		u32 window = twin_tcp_cubic_window(5000, k, ticks);

		EXPECT_TRUE(window >= last);
		last = window;
	}
	EXPECT_TRUE(twin_tcp_cubic_window(5000, k, k + k / 10) <= 5001);
	EXPECT_TRUE(twin_tcp_cubic_window(5000, k, k / 10) >= 4250);
}

TEST(window_is_not_negative_and_hours_do_not_overflow)
{
	EXPECT_EQ(twin_tcp_cubic_window(10, 6151, 0), 0);
	EXPECT_EQ(twin_tcp_cubic_distance(~0u),
		  twin_tcp_cubic_distance(TWIN_TCP_CUBIC_TICKS_MAX));
	EXPECT_TRUE(twin_tcp_cubic_distance(~0u) > 400000000);
	EXPECT_EQ(twin_tcp_cubic_climb_ticks(~0u),
		  twin_tcp_cubic_climb_ticks((1u << 31) - 1));
}
