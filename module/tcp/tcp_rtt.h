/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The retransmission time-out (RFC 6298; statement S16).  Pure: also built in
 * user space.
 */
#ifndef TWIN_TCP_RTT_H
#define TWIN_TCP_RTT_H

#include "tcp_seq.h"

/*
 * RFC 6298 asks for at least 1 s; like Linux, Twin adds at least 200 ms to
 * SRTT instead, which covers a delayed ACK and recovers sooner.
 */
#define TWIN_TCP_RTO_MIN_US	200000u
#define TWIN_TCP_RTO_MAX_US	120000000u
#define TWIN_TCP_RTO_INITIAL_US	1000000u

/*
 * struct twin_tcp_rtt - estimator of one connection, microseconds
 * @srtt_us_x8: smoothed round trip times 8; 0 before the first sample
 * @mdev_us_x4: mean deviation times 4
 * @mdev_max_us_x4: largest deviation in the current round trip, times 4
 * @rttvar_us_x4: RTTVAR times 4: what is added to SRTT
 * @rto_us: time-out before back-off
 * @round_end: sequence number that ends the current round trip
 */
struct twin_tcp_rtt {
	u32 srtt_us_x8;
	u32 mdev_us_x4;
	u32 mdev_max_us_x4;
	u32 rttvar_us_x4;
	u32 rto_us;
	u32 round_end;
};

void twin_tcp_rtt_init(struct twin_tcp_rtt *rtt);
void twin_tcp_rtt_sample(struct twin_tcp_rtt *rtt, u32 sample_us, u32 snd_una,
			 u32 snd_nxt);

/**
 * twin_tcp_rtt_backoff() - the time-out after some expiries
 * @rto_us: time-out without back-off
 * @backoff: expiries in a row
 *
 * RFC: 6298 section 5.5
 * Context: Any.
 * Return: @rto_us doubled @backoff times, at most 120 s.
 */
static inline u32 twin_tcp_rtt_backoff(u32 rto_us, unsigned int backoff)
{
	while (backoff-- && rto_us < TWIN_TCP_RTO_MAX_US)
		rto_us <<= 1;
	return rto_us < TWIN_TCP_RTO_MAX_US ? rto_us : TWIN_TCP_RTO_MAX_US;
}

#endif
