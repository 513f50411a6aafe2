// SPDX-License-Identifier: GPL-2.0
/*
 * The RTO estimator: whatever is measured, SRTT stays among the samples and
 * the time-out within its bounds.
 *
 * Input: runs of one sample (4 bytes), bytes acknowledged and in flight (1
 * byte each).
 */
#include "fuzz.h"
#include "tcp/tcp_rtt.h"

#define RUN_BYTES	6

static void check(const struct twin_tcp_rtt *rtt, u32 least_us, u32 most_us)
{
	FUZZ_HOLDS(rtt->srtt_us_x8 / 8 <= most_us);
	FUZZ_HOLDS((u64)rtt->srtt_us_x8 + 8 >= (u64)least_us * 8);
	FUZZ_HOLDS(rtt->rttvar_us_x4 >= TWIN_TCP_RTO_MIN_US);
	FUZZ_HOLDS(rtt->rto_us >= TWIN_TCP_RTO_MIN_US);
	FUZZ_HOLDS(rtt->rto_us <= TWIN_TCP_RTO_MAX_US);
	FUZZ_HOLDS(twin_tcp_rtt_backoff(rtt->rto_us, 1) >= rtt->rto_us);
	FUZZ_HOLDS(twin_tcp_rtt_backoff(rtt->rto_us, 255) ==
		   TWIN_TCP_RTO_MAX_US);
}

/* What the estimator makes of a measurement before it uses it */
static u32 clamped(u32 sample_us)
{
	if (!sample_us)
		return 1;
	return sample_us < TWIN_TCP_RTO_MAX_US ? sample_us :
						 TWIN_TCP_RTO_MAX_US;
}

int fuzz_one(const u8 *data, size_t bytes)
{
	u32 least_us = 0xffffffff, most_us = 0, una = 0xffffff00, sample_us;
	struct twin_tcp_rtt rtt;

	twin_tcp_rtt_init(&rtt);
	for (; bytes >= RUN_BYTES; bytes -= RUN_BYTES, data += RUN_BYTES) {
		sample_us = twin_wire_get32(data);
		una += data[4];
		twin_tcp_rtt_sample(&rtt, sample_us, una, una + data[5]);
		sample_us = clamped(sample_us);
		if (sample_us < least_us)
			least_us = sample_us;
		if (sample_us > most_us)
			most_us = sample_us;
		check(&rtt, least_us, most_us);
	}
	return 0;
}
