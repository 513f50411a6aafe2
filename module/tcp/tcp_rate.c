// SPDX-License-Identifier: GPL-2.0
/*
 * How fast data is delivered: what was delivered between the sending of a
 * segment and its ACK, over the time that took.  The longer one of the two
 * intervals, sending and ACKing, counts, since either may be compressed.
 *
 * Times are kept as the low 32 bits of microseconds: a flight is over in less
 * than an hour.
 */
#include "tcp.h"

/**
 * twin_tcp_rate_sent() - note in a segment what was delivered when it was sent
 * @tp: connection, before the segment is counted in packets_out
 * @skb: segment, its send time set; remains the caller's
 *
 * Context: Socket lock.
 */
void twin_tcp_rate_sent(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(skb);

	/* A flight begins: the idle time before it is not the network's. */
	if (!tp->packets_out) {
		tp->first_tx_us = (u32)twin_tcp_sent_us(skb);
		tp->delivered_us = tp->first_tx_us;
	}
	cb->tx.first_us = tp->first_tx_us;
	cb->tx.delivered_us = tp->delivered_us ?: 1;
	cb->tx.delivered = tp->delivered;
	cb->tx.app_limited = tp->app_limited != 0;
}

/**
 * twin_tcp_rate_delivered() - a segment was acknowledged
 * @tp: connection
 * @skb: segment, cumulatively or selectively acknowledged for the first time;
 *	its marks are as they were before; remains the caller's
 * @rate: sample of the ACK under way, zero before the first segment
 *
 * The sample is taken over the flight of the segment sent last.
 *
 * Context: Socket lock.
 */
void twin_tcp_rate_delivered(struct twin_tcp_sock *tp,
			     const struct sk_buff *skb,
			     struct twin_tcp_rate *rate)
{
	const struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	u32 sent_us = (u32)twin_tcp_sent_us(skb);

	if (rate->prior_us && (s32)(sent_us - tp->first_tx_us) < 0)
		return;
	rate->prior_delivered = cb->tx.delivered;
	rate->prior_us = cb->tx.delivered_us;
	rate->app_limited = cb->tx.app_limited;
	rate->retrans = cb->sacked & TWIN_TCPCB_RETRANS;
	rate->send_interval_us = sent_us - cb->tx.first_us;
	tp->first_tx_us = sent_us;
}

/*
 * A rate held down by the application tells of the path only when it is above
 * what was known.
 */
static void twin_tcp_rate_keep(struct twin_tcp_sock *tp,
			       const struct twin_tcp_rate *rate)
{
	if (rate->app_limited &&
	    (u64)rate->delivered * tp->rate_interval_us <
	    (u64)tp->rate_delivered * rate->interval_us)
		return;
	tp->rate_delivered = rate->delivered;
	tp->rate_interval_us = rate->interval_us;
	tp->app_limited_now = rate->app_limited;
}

/**
 * twin_tcp_rate_finish() - complete the sample of an ACK
 * @tp: connection, what the ACK delivered counted in @tp->delivered
 * @as: the ACK; losses and round trip filled in.  @as->rate.valid tells
 *	whether there is a rate, the other numbers hold anyway
 *
 * Context: Socket lock.
 */
void twin_tcp_rate_finish(struct twin_tcp_sock *tp,
			  struct twin_tcp_ack_state *as)
{
	struct twin_tcp_rate *rate = &as->rate;

	rate->acked_sacked = tp->delivered - as->prior_delivered;
	rate->losses = as->newly_lost;
	rate->prior_in_flight = as->prior_in_flight;
	rate->rtt_us = as->ca_rtt_us;
	rate->valid = false;

	if (rate->acked_sacked)
		tp->delivered_us = (u32)tp->now_us;
	if (tp->app_limited && twin_tcp_after(tp->delivered, tp->app_limited))
		tp->app_limited = 0;
	/* A peer that takes SACKs back has made the counts meaningless. */
	if (!rate->prior_us || tp->is_sack_reneg) {
		rate->delivered = U32_MAX;
		rate->interval_us = 0;
		return;
	}
	rate->delivered = tp->delivered - rate->prior_delivered;
	rate->interval_us = max(rate->send_interval_us,
				(u32)tp->now_us - rate->prior_us);
	/* Shorter than a round trip: a segment sent again, the first ACKed */
	if (!rate->interval_us || rate->interval_us < tp->min_rtt_us)
		return;
	rate->valid = true;
	twin_tcp_rate_keep(tp, rate);
}

/**
 * twin_tcp_rate_check_app_limited() - has the application run dry?
 * @tp: connection that has sent what it could
 *
 * If there is less than a segment to send, nothing waits in the device's
 * queue, the window has room and all that was lost is on its way again, then
 * what is under way now says nothing of the path's capacity.
 *
 * Context: Socket lock.
 */
void twin_tcp_rate_check_app_limited(struct twin_tcp_sock *tp)
{
	u32 in_flight = twin_tcp_in_flight(tp);

	if (tp->write_seq - tp->snd_nxt >= tp->mss_now ||
	    sk_wmem_alloc_get(twin_tcp_to_sk(tp)) >= SKB_TRUESIZE(1) ||
	    in_flight >= tp->cwnd || tp->lost_out > tp->retrans_out)
		return;
	tp->app_limited = (tp->delivered + in_flight) ?: 1;
}
