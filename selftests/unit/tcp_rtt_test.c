// SPDX-License-Identifier: GPL-2.0
#include "tap.h"
#include "tcp/tcp_rtt.h"

#define MS	1000u
#define SECOND	1000000u

/* Samples of one round trip each: every one begins a new round. */
static void sample(struct twin_tcp_rtt *rtt, u32 sample_us)
{
	u32 una = rtt->round_end + 1;

	twin_tcp_rtt_sample(rtt, sample_us, una, una);
}

static u32 rto_of(u32 sample_us)
{
	struct twin_tcp_rtt rtt;

	twin_tcp_rtt_init(&rtt);
	sample(&rtt, sample_us);
	return rtt.rto_us;
}

/* RFC 6298 section 2.1 */
TEST(timeout_is_one_second_before_the_first_sample)
{
	struct twin_tcp_rtt rtt;

	twin_tcp_rtt_init(&rtt);
	EXPECT_EQ(rtt.rto_us, SECOND);
	EXPECT_EQ(rtt.srtt_us_x8, 0);
}

/* RFC 6298 section 2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR */
TEST(first_sample_gives_three_times_itself)
{
	EXPECT_EQ(rto_of(SECOND), 3 * SECOND);
	EXPECT_EQ(rto_of(100 * MS), 300 * MS);
}

TEST(variation_counts_as_two_hundred_milliseconds_at_least)
{
	EXPECT_EQ(rto_of(10 * MS), 210 * MS);
	EXPECT_EQ(rto_of(1), 200 * MS + 1);
}

/* RFC 6298 section 2.3: RTTVAR = 3/4 0.5 + 1/4 1, SRTT = 7/8 1 + 1/8 2 */
TEST(second_sample_is_weighed_by_a_quarter_and_an_eighth)
{
	struct twin_tcp_rtt rtt;

	twin_tcp_rtt_init(&rtt);
	sample(&rtt, SECOND);
	sample(&rtt, 2 * SECOND);
	EXPECT_EQ(rtt.srtt_us_x8, 9 * SECOND);
	EXPECT_EQ(rtt.rto_us, 1125 * MS + 2500 * MS);
}

TEST(steady_round_trips_bring_the_timeout_down_to_the_margin)
{
	struct twin_tcp_rtt rtt;
	unsigned int i;

	twin_tcp_rtt_init(&rtt);
	for (i = 0; i < 200; i++)
		sample(&rtt, 50 * MS);
	EXPECT_EQ(rtt.srtt_us_x8, 8 * 50 * MS);
	EXPECT_TRUE(rtt.rto_us >= 250 * MS && rtt.rto_us < 251 * MS);
}

TEST(spike_raises_the_timeout_at_once)
{
	struct twin_tcp_rtt rtt;
	unsigned int i;

	twin_tcp_rtt_init(&rtt);
	for (i = 0; i < 200; i++)
		sample(&rtt, 50 * MS);
	sample(&rtt, 950 * MS);
	EXPECT_TRUE(rtt.rto_us > 900 * MS);
}

TEST(many_samples_of_one_round_trip_do_not_forget_its_spike)
{
	struct twin_tcp_rtt rtt;
	unsigned int i;
	u32 before;

	twin_tcp_rtt_init(&rtt);
	twin_tcp_rtt_sample(&rtt, 50 * MS, 1000, 100000);
	twin_tcp_rtt_sample(&rtt, 950 * MS, 2000, 100000);
	before = rtt.rttvar_us_x4;
	for (i = 0; i < 90; i++)
		twin_tcp_rtt_sample(&rtt, 50 * MS, 3000 + i, 100000);
	EXPECT_EQ(rtt.rttvar_us_x4, before);
}

/* A faster path does not announce time-outs. */
TEST(sudden_faster_round_trip_does_not_raise_the_timeout)
{
	struct twin_tcp_rtt rtt;
	unsigned int i;
	u32 before;

	twin_tcp_rtt_init(&rtt);
	for (i = 0; i < 200; i++)
		sample(&rtt, 2 * SECOND);
	before = rtt.rto_us;
	sample(&rtt, SECOND);
	EXPECT_TRUE(rtt.rto_us <= before);
}

TEST(timeout_stays_within_its_bounds_whatever_is_measured)
{
	static const u32 samples[] = {
		0, 1, 0xffffffff, 0, TWIN_TCP_RTO_MAX_US, 0x80000000, 1,
		0x7fffffff, 0, 0, 0xffffffff, 0xffffffff, 0xffffffff,
	};
	struct twin_tcp_rtt rtt;
	unsigned int i;

	twin_tcp_rtt_init(&rtt);
	for (i = 0; i < 50 * ARRAY_SIZE(samples); i++) {
		sample(&rtt, samples[i % ARRAY_SIZE(samples)]);
		EXPECT_TRUE(rtt.srtt_us_x8 > 0);
		EXPECT_TRUE(rtt.rto_us >= TWIN_TCP_RTO_MIN_US);
		EXPECT_TRUE(rtt.rto_us <= TWIN_TCP_RTO_MAX_US);
	}
}

/* RFC 6298 section 5.5: "back off the timer", with a maximum (2.5) */
TEST(timeout_doubles_with_each_expiry_up_to_two_minutes)
{
	EXPECT_EQ(twin_tcp_rtt_backoff(SECOND, 0), SECOND);
	EXPECT_EQ(twin_tcp_rtt_backoff(SECOND, 1), 2 * SECOND);
	EXPECT_EQ(twin_tcp_rtt_backoff(SECOND, 6), 64 * SECOND);
	EXPECT_EQ(twin_tcp_rtt_backoff(SECOND, 7), 120 * SECOND);
	EXPECT_EQ(twin_tcp_rtt_backoff(SECOND, 1000), 120 * SECOND);
	EXPECT_EQ(twin_tcp_rtt_backoff(200 * MS, 3), 1600 * MS);
	EXPECT_EQ(twin_tcp_rtt_backoff(120 * SECOND, 1), 120 * SECOND);
}
