// SPDX-License-Identifier: GPL-2.0
/*
 * Which segments are lost (RFC 8985 section 6): one is, if another that was
 * sent later has arrived and more than the reordering window has passed.
 *
 * tp->rtx_by_time has the segments that may still arrive, in the order of
 * their last transmission.  What has been delivered or is believed lost is out
 * of that list, so that a walk touches only what is undecided.
 */
#include "../inspect/mib.h"
#include "tcp.h"

#define TWIN_TCP_RACK_PERSIST	16	/* recoveries, RFC 8985 6.2 step 4 */

/* RFC 8985 6.2: RACK_sent_after() */
static bool twin_tcp_rack_sent_after(u64 us_a, u32 end_a, u64 us_b, u32 end_b)
{
	return us_a > us_b || (us_a == us_b && twin_tcp_after(end_a, end_b));
}

/**
 * twin_tcp_rack_advance() - a segment was delivered
 * @tp: connection with SACK
 * @sacked: its TWIN_TCPCB_ marks
 * @end_seq: its end
 * @sent_us: when it was last sent
 *
 * RFC: 8985 section 6.2, step 2
 * Context: Socket lock, clock refreshed.
 */
void twin_tcp_rack_advance(struct twin_tcp_sock *tp, u8 sacked, u32 end_seq,
			   u64 sent_us)
{
	u32 rtt_us = (u32)(tp->now_us - sent_us);

	if (twin_tcp_after(end_seq, tp->rack_high))
		tp->rack_high = end_seq;
	/* an answer that came too soon is one to the first transmission */
	if (sacked & TWIN_TCPCB_EVER_RETRANS && rtt_us < tp->min_rtt_us)
		return;
	tp->rack_advanced = 1;
	tp->rack_rtt_us = rtt_us;
	if (twin_tcp_rack_sent_after(sent_us, end_seq, tp->rack_mstamp_us,
				     tp->rack_end_seq)) {
		tp->rack_mstamp_us = sent_us;
		tp->rack_end_seq = end_seq;
		tp->rack_newest_again = !!(sacked & TWIN_TCPCB_EVER_RETRANS);
	}
}

/* How late a segment may be, in segments: more buffer, more duplicates. */
static void twin_tcp_rack_measure(struct twin_tcp_sock *tp, u32 bytes)
{
	u32 most = READ_ONCE(twin_tcp_net(tp)->conf.tcp_max_reordering);
	u32 segs = min3(bytes / max(tp->mss_now, 1U), most, (u32)U16_MAX);

	tp->reordering = max_t(u32, tp->reordering, segs);
}

/**
 * twin_tcp_rack_detect_reordering() - did something arrive out of order?
 * @tp: connection
 * @as: what the ACK brought
 *
 * RFC: 8985 section 6.2, step 3
 * Context: Socket lock.
 */
void twin_tcp_rack_detect_reordering(struct twin_tcp_sock *tp,
				     const struct twin_tcp_ack_state *as)
{
	if (twin_tcp_before(as->reord, tp->rack_fack)) {
		tp->rack_reord_seen = 1;
		tp->reord_seen++;
		twin_tcp_rack_measure(tp, tp->rack_fack - as->reord);
		TWIN_TCP_COUNT(tp, TCPEXT_SACK_REORDER);
	}
	tp->rack_fack = tp->rack_high;
}

/**
 * twin_tcp_rack_update_window() - adapt the reordering window to D-SACKs
 * @tp: connection
 * @as: what the ACK brought
 *
 * A D-SACK tells that something was sent again too soon: the window grows, by
 * a quarter of the least round trip, once in a round trip.
 *
 * RFC: 8985 section 6.2, step 4
 * Context: Socket lock.
 */
void twin_tcp_rack_update_window(struct twin_tcp_sock *tp,
				 const struct twin_tcp_ack_state *as)
{
	if (!as->rate.prior_us)
		return;
	if (twin_tcp_before(as->rate.prior_delivered, tp->rack_last_delivered))
		tp->rack_dsack_seen = 0;
	if (tp->rack_dsack_seen) {
		tp->rack_dsack_seen = 0;
		tp->rack_reo_steps = min(tp->rack_reo_steps + 1, U8_MAX);
		tp->rack_last_delivered = tp->delivered;
		tp->rack_reo_persist = TWIN_TCP_RACK_PERSIST;
	} else if (!tp->rack_reo_persist) {
		tp->rack_reo_steps = 1;
	}
}

static u32 twin_tcp_rack_window_us(const struct twin_tcp_sock *tp)
{
	u32 quarter_us = tp->min_rtt_us >> 2;

	if (!tp->rack_reord_seen &&
	    (tp->ca_state >= TCP_CA_Recovery ||
	     tp->sacked_out >= tp->reordering))
		return 0;
	return min_t(u64, (u64)quarter_us * tp->rack_reo_steps,
		     tp->rtt.srtt_us_x8 >> 3);
}

/*
 * How much longer a segment may be under way; not positive: it is lost.  Behind a
 * window that was closed it may be hours old.
 */
static s64 twin_tcp_rack_left_us(const struct twin_tcp_sock *tp,
				 const struct sk_buff *skb, u32 window_us)
{
	return (s64)tp->rack_rtt_us + window_us -
	       (s64)(tp->now_us - twin_tcp_sent_us(skb));
}

/**
 * twin_tcp_rack_expired() - has a segment been under way for too long?
 * @tp: connection
 * @skb: segment in the retransmission queue
 *
 * RFC: 8985 section 6.3
 * Context: Socket lock, clock refreshed.
 * Return: true if more than a round trip has passed since it was sent.
 */
bool twin_tcp_rack_expired(const struct twin_tcp_sock *tp,
			   const struct sk_buff *skb)
{
	return twin_tcp_rack_left_us(tp, skb, 0) <= 0;
}

/**
 * twin_tcp_mark_skb_lost() - a segment is believed lost
 * @tp: connection
 * @skb: segment in the retransmission queue that the peer has not reported
 *
 * If it was being retransmitted, that transmission is what is lost.
 *
 * RFC: 8985 section 6.2, step 5; 6675 section 4 (IsLost)
 * Context: Socket lock.
 */
void twin_tcp_mark_skb_lost(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	u32 segs = twin_tcp_skb_segs(skb);

	list_del_init(&skb->tcp_tsorted_anchor);
	if (cb->sacked & TWIN_TCPCB_RETRANS) {
		cb->sacked &= ~TWIN_TCPCB_RETRANS;
		tp->retrans_out -= segs;
		TWIN_COUNT_ADD(twin_tcp_net(tp), TCPEXT_LOST_RETRANSMIT, segs);
	} else if (cb->sacked & TWIN_TCPCB_LOST) {
		return;
	}
	tp->lost_total += segs;
	if (!(cb->sacked & TWIN_TCPCB_LOST)) {
		cb->sacked |= TWIN_TCPCB_LOST;
		tp->lost_out += segs;
	}
	/* without SACK it is but a guess how many of the others have arrived */
	if (!tp->agreed.sack)
		tp->sacked_out = min(tp->sacked_out,
				     tp->packets_out - tp->lost_out);
	if (tp->rtx_hint &&
	    twin_tcp_before(cb->seq, twin_tcp_cb(tp->rtx_hint)->seq))
		tp->rtx_hint = skb;
}

/*
 * Has something been delivered that was sent after @skb?  Of new data and of what
 * was sent again in one microsecond numbers do not tell which went first.
 */
static bool twin_tcp_rack_overtaken(const struct twin_tcp_sock *tp,
				    const struct sk_buff *skb)
{
	const struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	u64 sent_us = twin_tcp_sent_us(skb);

	if (sent_us == tp->rack_mstamp_us && !tp->rack_newest_again &&
	    cb->sacked & TWIN_TCPCB_RETRANS)
		return false;
	return twin_tcp_rack_sent_after(tp->rack_mstamp_us, tp->rack_end_seq,
					sent_us, cb->end_seq);
}

/* Was @skb sent again since the window was last lowered? */
static bool twin_tcp_rack_is_repair(const struct twin_tcp_sock *tp,
				    const struct sk_buff *skb)
{
	return twin_tcp_cb(skb)->sacked & TWIN_TCPCB_RETRANS &&
	       (s32)((u32)twin_tcp_sent_us(skb) - tp->reduced_us) >= 0;
}

/**
 * twin_tcp_rack_mark_lost() - mark what must be lost by now
 * @tp: connection with SACK
 *
 * Sets the reordering deadline for what may only be late.
 *
 * RFC: 8985 section 6.2, step 5 (RACK_detect_loss)
 * Context: Socket lock, clock refreshed.
 */
void twin_tcp_rack_mark_lost(struct twin_tcp_sock *tp)
{
	u32 window_us = twin_tcp_rack_window_us(tp);
	struct sk_buff *skb, *next;
	s64 left_us, wait_us = 0;

	if (!tp->rack_advanced)
		return;
	tp->rack_advanced = 0;
	list_for_each_entry_safe(skb, next, &tp->rtx_by_time,
				 tcp_tsorted_anchor) {
		if (!twin_tcp_rack_overtaken(tp, skb))
			break;
		left_us = twin_tcp_rack_left_us(tp, skb, window_us);
		if (left_us > 0) {
			wait_us = max(wait_us, left_us);
			continue;
		}
		if (unlikely(twin_tcp_rack_is_repair(tp, skb)))
			tp->repair_lost = 1;
		twin_tcp_mark_skb_lost(tp, skb);
	}
	if (wait_us)
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_REORDER,
				   usecs_to_jiffies(wait_us) + 1);
	else
		twin_tcp_timer_stop(tp, TWIN_TCP_TIMER_REORDER);
}
