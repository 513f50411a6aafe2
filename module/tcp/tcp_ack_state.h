/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What one ACK brought, as it goes through the steps of its processing.
 */
#ifndef TWIN_TCP_ACK_STATE_H
#define TWIN_TCP_ACK_STATE_H

#include <linux/types.h>

/*
 * struct twin_tcp_rate - delivery rate sample of one ACK
 */
struct twin_tcp_rate {
	u32 prior_delivered;
	u32 prior_us;
	u32 delivered;			/* segments in the sample; <0 as s32: none */
	u32 interval_us;
	u32 send_interval_us;
	s32 rtt_us;			/* -1: none */
	u32 acked_sacked;		/* newly acked and sacked, segments */
	u32 losses;
	u32 prior_in_flight;
	bool app_limited;
	bool retrans;
	bool valid;
};

/*
 * struct twin_tcp_ack_state - what one ACK brought; lives on the stack
 */
struct twin_tcp_ack_state {
	u32 prior_delivered;
	u32 prior_in_flight;
	u32 prior_packets_out;
	u32 acked_segs;			/* cumulatively */
	u32 acked_bytes;
	u32 newly_lost;
	u64 first_sent_us;		/* of the never retransmitted ones */
	u64 last_sent_us;
	u64 sack_first_us;
	u64 sack_last_us;
	s32 rtt_us;			/* sample for RTO, -1: none */
	s32 ca_rtt_us;			/* sample for congestion control */
	u32 reord;			/* lowest seq seen out of order */
	bool una_advanced;
	bool orig_sacked_acked;		/* never retransmitted data was acked */
	bool retrans_acked;
	bool dsack_seen;
	bool ece;
	bool window_update;
	bool sack_new;			/* the scoreboard changed */
	bool duplicate;			/* RFC 5681 section 2 */
	bool has_tsecr;
	u32 tsecr;
	struct twin_tcp_rate rate;
};

#endif
