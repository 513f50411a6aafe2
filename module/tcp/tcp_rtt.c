// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 6298 in integers: SRTT, RTTVAR and the time-out they give.
 */
#include "tcp_rtt.h"

/**
 * twin_tcp_rtt_init() - no sample yet
 * @rtt: estimator
 *
 * RFC: 6298 section 2.1
 * Context: Any.
 */
void twin_tcp_rtt_init(struct twin_tcp_rtt *rtt)
{
	rtt->srtt_us_x8 = 0;
	rtt->mdev_us_x4 = 0;
	rtt->mdev_max_us_x4 = 0;
	rtt->rttvar_us_x4 = 0;
	rtt->rto_us = TWIN_TCP_RTO_INITIAL_US;
	rtt->round_end = 0;
}

static void twin_tcp_rtt_first(struct twin_tcp_rtt *rtt, u32 sample_us,
			       u32 snd_nxt)
{
	rtt->srtt_us_x8 = sample_us << 3;
	rtt->mdev_us_x4 = sample_us << 1;	/* R/2, times 4 */
	rtt->rttvar_us_x4 = rtt->mdev_us_x4 > TWIN_TCP_RTO_MIN_US ?
		rtt->mdev_us_x4 : TWIN_TCP_RTO_MIN_US;
	rtt->mdev_max_us_x4 = rtt->rttvar_us_x4;
	rtt->round_end = snd_nxt;
}

/*
 * Section 2.3, with two amendments of practice: a shorter round trip moves the
 * deviation with a weight of 1/32 only, since it does not announce time-outs;
 * and RTTVAR follows the largest deviation of a round trip, because with many
 * samples each round trip it would otherwise forget a spike at once.
 */
static void twin_tcp_rtt_next(struct twin_tcp_rtt *rtt, u32 sample_us,
			      u32 snd_una, u32 snd_nxt)
{
	s32 error = (s32)(sample_us - (rtt->srtt_us_x8 >> 3));
	s32 deviation;

	rtt->srtt_us_x8 += error;
	if (error < 0) {
		error = -error;
		deviation = error - (s32)(rtt->mdev_us_x4 >> 2);
		if (deviation > 0)
			deviation >>= 3;
	} else {
		deviation = error - (s32)(rtt->mdev_us_x4 >> 2);
	}
	rtt->mdev_us_x4 += deviation;

	if (rtt->mdev_us_x4 > rtt->mdev_max_us_x4) {
		rtt->mdev_max_us_x4 = rtt->mdev_us_x4;
		if (rtt->mdev_max_us_x4 > rtt->rttvar_us_x4)
			rtt->rttvar_us_x4 = rtt->mdev_max_us_x4;
	}
	if (!twin_tcp_after(snd_una, rtt->round_end))
		return;
	if (rtt->mdev_max_us_x4 < rtt->rttvar_us_x4)
		rtt->rttvar_us_x4 -=
			(rtt->rttvar_us_x4 - rtt->mdev_max_us_x4) >> 2;
	rtt->round_end = snd_nxt;
	rtt->mdev_max_us_x4 = TWIN_TCP_RTO_MIN_US;
}

/**
 * twin_tcp_rtt_sample() - fold in one measured round trip
 * @rtt: estimator
 * @sample_us: round trip in microseconds
 * @snd_una: oldest unacknowledged sequence number, after this ACK
 * @snd_nxt: next sequence number to be sent
 *
 * The caller drops samples of retransmitted segments (Karn) unless timestamps
 * tell which transmission was acknowledged.
 *
 * RFC: 6298 section 2.2, 2.3, 2.4, 3
 * Context: Any; socket lock.
 */
void twin_tcp_rtt_sample(struct twin_tcp_rtt *rtt, u32 sample_us, u32 snd_una,
			 u32 snd_nxt)
{
	if (!sample_us)
		sample_us = 1;
	if (sample_us > TWIN_TCP_RTO_MAX_US)
		sample_us = TWIN_TCP_RTO_MAX_US;
	if (!rtt->srtt_us_x8)
		twin_tcp_rtt_first(rtt, sample_us, snd_nxt);
	else
		twin_tcp_rtt_next(rtt, sample_us, snd_una, snd_nxt);
	if (!rtt->srtt_us_x8)
		rtt->srtt_us_x8 = 1;
	rtt->rto_us = (rtt->srtt_us_x8 >> 3) + rtt->rttvar_us_x4;
	if (rtt->rto_us > TWIN_TCP_RTO_MAX_US)
		rtt->rto_us = TWIN_TCP_RTO_MAX_US;
}
