// SPDX-License-Identifier: GPL-2.0
/*
 * Tail loss probes (RFC 8985 section 7): if the end of a flight is lost, no later
 * segment arrives that would show it.  One more segment, sent long before the
 * retransmission time-out, makes the peer acknowledge what it has.
 */
#include "tcp.h"

#define TWIN_TCP_TLP_ENABLED		3	/* sysctl tcp_early_retrans */
#define TWIN_TCP_TLP_MIN_JIFFIES	2UL

/*
 * 7.2: only where a probe can help, and nothing else is being repaired.  7.3: one
 * probe at a time; behind it the time-out stays as it is.
 */
static bool twin_tcp_tlp_possible(const struct twin_tcp_sock *tp)
{
	return tp->packets_out && tp->agreed.sack && !tp->sacked_out &&
	       !tp->tlp_high_seq &&
	       (tp->ca_state == TCP_CA_Open || tp->ca_state == TCP_CA_CWR) &&
	       READ_ONCE(twin_tcp_net(tp)->conf.tcp_early_retrans) >=
	       TWIN_TCP_TLP_ENABLED;
}

/* 7.2: TLP_calc_PTO().  A lone segment may wait for a delayed ACK. */
static unsigned long twin_tcp_tlp_delay(const struct twin_tcp_sock *tp)
{
	unsigned long delay;

	if (!tp->rtt.srtt_us_x8)
		return HZ;
	delay = usecs_to_jiffies(tp->rtt.srtt_us_x8 >> 2);
	if (tp->packets_out == 1)
		return delay + TWIN_TCP_DELACK_DIALOGUE_JIFFIES;
	return delay + TWIN_TCP_TLP_MIN_JIFFIES;
}

/*
 * 7.2: TCP_RTO_expiration().  Where the time-out is not set a probe is in its
 * place.
 */
static unsigned long twin_tcp_tlp_time_out(const struct twin_tcp_sock *tp)
{
	enum twin_tcp_timer kind = TWIN_TCP_TIMER_REXMIT;

	if (!twin_tcp_timer_armed(tp, kind))
		kind = TWIN_TCP_TIMER_PROBE;
	if (!twin_tcp_timer_armed(tp, kind))
		return twin_tcp_rto_jiffies(tp);
	return max((s32)(tp->timers[kind] - twin_tcp_jiffies()), 1);
}

/**
 * twin_tcp_tlp_schedule() - new data was sent, or acknowledged
 * @tp: connection
 *
 * A probe that would come no sooner than the time-out takes its place.  Each new
 * segment puts the probe off, never the time-out: that is of the oldest.
 *
 * RFC: 8985 section 7.2; 6298 section 5.1
 * Context: Socket lock.
 */
void twin_tcp_tlp_schedule(struct twin_tcp_sock *tp)
{
	unsigned long delay, time_out;

	if (!tp->packets_out) {
		twin_tcp_timer_stop(tp, TWIN_TCP_TIMER_PROBE);
		return;
	}
	time_out = twin_tcp_tlp_time_out(tp);
	if (!twin_tcp_tlp_possible(tp)) {
		twin_tcp_timer_stop(tp, TWIN_TCP_TIMER_PROBE);
		if (!twin_tcp_timer_armed(tp, TWIN_TCP_TIMER_REXMIT))
			twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_REXMIT, time_out);
		return;
	}
	delay = twin_tcp_tlp_delay(tp);
	if (delay >= time_out) {
		delay = time_out;
		twin_tcp_timer_stop(tp, TWIN_TCP_TIMER_REXMIT);
	} else if (!twin_tcp_timer_armed(tp, TWIN_TCP_TIMER_REXMIT)) {
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_REXMIT, time_out);
	}
	twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_PROBE, delay);
}

/* New data, if there is any and the peer's window takes it. */
static bool twin_tcp_tlp_send_new(struct twin_tcp_sock *tp)
{
	struct sk_buff *head = skb_peek(&twin_tcp_to_sk(tp)->sk_write_queue);
	u32 before = tp->snd_nxt;

	if (!head || !twin_tcp_before(twin_tcp_cb(head)->seq,
				      twin_tcp_snd_wnd_end(tp)))
		return false;
	twin_tcp_write(tp, tp->nonagle, GFP_ATOMIC, TWIN_TCP_WRITE_PROBE);
	return tp->snd_nxt != before;
}

/* Else the last segment once more. */
static bool twin_tcp_tlp_send_last(struct twin_tcp_sock *tp)
{
	struct sk_buff *skb = twin_tcp_rtx_last(tp);
	u32 mss, keep;

	if (!skb)
		return false;
	mss = twin_tcp_cb(skb)->tx.gso_bytes;
	if (twin_tcp_skb_segs(skb) > 1 && mss) {
		keep = rounddown(skb->len - 1, mss);
		if (keep && twin_tcp_fragment(tp, skb, keep, true, GFP_ATOMIC))
			return false;
		skb = twin_tcp_rtx_last(tp);
	}
	return !twin_tcp_retransmit(tp, skb, 1);
}

/**
 * twin_tcp_tlp_send() - the probe time-out has passed
 * @tp: connection
 *
 * A probe that is sent is followed by a whole time-out.  One that cannot leave this
 * host puts off nothing: else the time-outs would never be counted.
 *
 * RFC: 8985 section 7.3
 * Context: Socket lock, clock refreshed.
 */
void twin_tcp_tlp_send(struct twin_tcp_sock *tp)
{
	bool sent = false, again = false;

	if (twin_tcp_tlp_possible(tp)) {
		sent = twin_tcp_tlp_send_new(tp);
		if (!sent) {
			again = true;
			sent = twin_tcp_tlp_send_last(tp);
		}
	}
	if (sent) {
		tp->tlp_high_seq = tp->snd_nxt;
		tp->tlp_retrans = again;
		TWIN_TCP_COUNT(tp, TCPEXT_LOSS_PROBES);
		twin_tcp_rearm_rto(tp);
	} else if (tp->packets_out &&
		   !twin_tcp_timer_armed(tp, TWIN_TCP_TIMER_REXMIT)) {
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_REXMIT, 1);
	}
}

/**
 * twin_tcp_tlp_process_ack() - what does the answer to a probe tell?
 * @tp: connection with a probe under way
 * @ack: acknowledgment number
 * @as: what the ACK brought
 *
 * If the repeated segment had been lost, the probe has repaired that unnoticed,
 * but the loss is a sign of congestion all the same.
 *
 * RFC: 8985 section 7.4.2
 * Context: Socket lock.
 */
void twin_tcp_tlp_process_ack(struct twin_tcp_sock *tp, u32 ack,
			      const struct twin_tcp_ack_state *as)
{
	if (twin_tcp_before(ack, tp->tlp_high_seq))
		return;
	if (!tp->tlp_retrans || as->dsack_seen) {
		tp->tlp_high_seq = 0;
	} else if (twin_tcp_after(ack, tp->tlp_high_seq)) {
		tp->tlp_high_seq = 0;
		twin_tcp_recovery_enter_cwr(tp);
		twin_tcp_recovery_end_reduction(tp);
		twin_tcp_recovery_keep_open(tp);
		TWIN_TCP_COUNT(tp, TCPEXT_LOSS_PROBE_RECOVERY);
	} else if (as->duplicate && !as->sack_new) {
		/* both copies arrived */
		tp->tlp_high_seq = 0;
	}
}
