// SPDX-License-Identifier: GPL-2.0
/*
 * NewReno: slow start and congestion avoidance of RFC 5681.  The part of it
 * that RFC 6582 describes, recovery, is the same for all algorithms and is in
 * tcp_recovery.c.
 */
#include "tcp_cong.h"

/*
 * RFC 5681 3.1, eq. 4.  The congestion window stands for FlightSize: it does
 * not grow unless it is used, and by now the ACK has emptied the flight.
 */
static u32 twin_tcp_newreno_ssthresh(struct twin_tcp_sock *tp)
{
	return max_t(u32, tp->cwnd / 2, TWIN_TCP_CONG_CWND_MIN);
}

/* RFC 5681 3.1, eq. 3: one segment for each window full of ACKed ones */
static void twin_tcp_newreno_avoid(struct twin_tcp_sock *tp, u32 acked_segs,
				   const struct twin_tcp_rate *rate)
{
	if (!twin_tcp_cong_limited(tp))
		return;
	if (twin_tcp_in_slow_start(tp))
		acked_segs = twin_tcp_cong_slow_start(tp, acked_segs);
	if (acked_segs)
		twin_tcp_cong_additive(tp, tp->cwnd, acked_segs);
}

/* Under the name that programs and sysctl files know from elsewhere. */
struct twin_tcp_cong_ops twin_tcp_newreno = {
	.name		= "reno",
	.ssthresh	= twin_tcp_newreno_ssthresh,
	.avoid		= twin_tcp_newreno_avoid,
	.undo_cwnd	= twin_tcp_cong_undo,
};
