// SPDX-License-Identifier: GPL-2.0
/*
 * What an ACK tells: what arrived, how long it took, how much more may go
 * (RFC 9293 3.10.7.4 fifth; statement S13, S15, S16, S17).
 */
#include "tcp_fastopen.h"
#include "tcp_record.h"

/* Half of it bounds a segment: but for small ones this changes nothing. */
static void twin_tcp_ack_max_window(struct twin_tcp_sock *tp, u32 window)
{
	bool bounds = tp->max_window >> 1 <= tp->mss_now;

	tp->max_window = window;
	if (bounds && tp->mtu_search.pmtu_bytes)
		twin_tcp_mss_sync(tp, tp->mtu_search.pmtu_bytes);
}

/**
 * twin_tcp_ack_set_window() - the peer has told its window
 * @tp: connection
 * @seq: sequence number of the segment that told it
 * @window: bytes
 *
 * RFC: 9293 section 3.10.7.4, fifth (SND.WND, SND.WL1)
 * Context: Socket lock.
 * Return: true if it is another than before.
 */
bool twin_tcp_ack_set_window(struct twin_tcp_sock *tp, u32 seq, u32 window)
{
	tp->snd_wl1 = seq;
	if (window == tp->snd_wnd)
		return false;
	twin_tcp_note_window(tp, window);
	tp->snd_wnd = window;
	if (window > tp->max_window)
		twin_tcp_ack_max_window(tp, window);
	return true;
}

/*
 * The peer had closed its window over what is under way, and opens it again: the
 * time-outs of meanwhile were probes, and say nothing of the path (MUST-37).  What
 * bounds an orphan, and the program's own time-out, goes on.
 */
static void twin_tcp_ack_reopened(struct twin_tcp_sock *tp)
{
	if (tp->user_timeout_ms || sock_flag(twin_tcp_to_sk(tp), SOCK_DEAD))
		tp->excused_timeouts = tp->retransmits;
	else
		tp->retransmits = 0;
	tp->backoff = 0;
	twin_tcp_rearm_rto(tp);
}

/* RFC 9293 3.10.7.4: SND.WND follows the newest segment only. */
static void twin_tcp_ack_window(struct twin_tcp_sock *tp,
				const struct twin_tcp_segment *seg,
				struct twin_tcp_ack_state *as)
{
	u32 window = seg->hdr.window;
	bool closed;

	if (!(seg->hdr.flags & TWIN_TCP_SYN))
		window <<= tp->agreed.snd_wscale;
	if (twin_tcp_before(seg->hdr.seq, tp->snd_wl1) ||
	    (seg->hdr.seq == tp->snd_wl1 &&
	     !twin_tcp_after(seg->hdr.ack, tp->snd_una) &&
	     window && window <= tp->snd_wnd))
		return;
	closed = !tp->snd_wnd;
	if (twin_tcp_ack_set_window(tp, seg->hdr.seq, window)) {
		as->window_update = true;
		if (unlikely(closed && tp->packets_out &&
			     !(seg->hdr.flags & TWIN_TCP_SYN)))
			twin_tcp_ack_reopened(tp);
	}
}

/* A window that opens ends the probing; one that stays closed goes on. */
static void twin_tcp_ack_persist(struct twin_tcp_sock *tp)
{
	struct sk_buff *head = skb_peek(&twin_tcp_to_sk(tp)->sk_write_queue);

	tp->probes_out = 0;
	if (!head || tp->packets_out)
		return;
	if (!twin_tcp_after(twin_tcp_cb(head)->end_seq,
			    twin_tcp_snd_wnd_end(tp))) {
		/* that of the probes; of a time-out it stays (RFC 6298 5.5) */
		if (twin_tcp_timer_armed(tp, TWIN_TCP_TIMER_PERSIST))
			tp->backoff = 0;
		twin_tcp_timer_stop(tp, TWIN_TCP_TIMER_PERSIST);
	} else {
		twin_tcp_persist_arm(tp);
	}
}

/* All of a segment has arrived. */
static void twin_tcp_ack_skb(struct twin_tcp_sock *tp, struct sk_buff *skb,
			     struct twin_tcp_ack_state *as)
{
	const struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	u32 segs = twin_tcp_skb_segs(skb);
	u64 sent_us = twin_tcp_sent_us(skb);

	if (cb->sacked & TWIN_TCPCB_EVER_RETRANS) {
		if (cb->sacked & TWIN_TCPCB_RETRANS)
			tp->retrans_out -= segs;
		as->retrans_acked = true;
	} else if (!(cb->sacked & TWIN_TCPCB_SACKED)) {
		if (!as->first_sent_us)
			as->first_sent_us = sent_us;
		as->last_sent_us = sent_us;
		if (!twin_tcp_after(cb->end_seq, tp->high_seq))
			as->orig_sacked_acked = true;
		if (twin_tcp_before(cb->seq, as->reord))
			as->reord = cb->seq;
	}
	if (cb->sacked & TWIN_TCPCB_SACKED) {
		tp->sacked_out -= segs;
	} else if (tp->agreed.sack) {
		tp->delivered += segs;
		twin_tcp_rack_advance(tp, cb->sacked, cb->end_seq, sent_us);
	} else {	/* twin_tcp_dupack_reduce() counts it */
		tp->rack_mstamp_us = max(tp->rack_mstamp_us, sent_us);
	}
	if (cb->sacked & TWIN_TCPCB_LOST)
		tp->lost_out -= segs;
	twin_tcp_rate_delivered(tp, skb, &as->rate);
	tp->packets_out -= segs;
	as->acked_segs += segs;
	if (unlikely(cb->stamp_ack))
		twin_tcp_stamp_acked(tp, skb);
	if (cb->flags & TWIN_TCP_SYN) {
		twin_tcp_fastopen_done(tp, false);
		tp->retrans_stamp = 0;
	}
}

/*
 * The front of a big packet has arrived: its segments leave the counters; the
 * skb is cut only if it must be sent again.
 */
static void twin_tcp_ack_part(struct twin_tcp_sock *tp, struct sk_buff *skb,
			      struct twin_tcp_ack_state *as)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	u32 left, gone;

	if (cb->tx.segs <= 1 || !cb->tx.gso_bytes)
		return;
	left = cb->seq + skb->len - tp->snd_una;
	/* nothing left of the data: what is not acknowledged is a FIN */
	left = left ? DIV_ROUND_UP(left, cb->tx.gso_bytes) : 1;
	if (left >= cb->tx.segs)
		return;
	gone = cb->tx.segs - left;
	cb->tx.segs = left;
	twin_tcp_rtx_recount(tp, cb->sacked, -gone);
	if (tp->agreed.sack && !(cb->sacked & TWIN_TCPCB_SACKED))
		tp->delivered += gone;
	as->acked_segs += gone;
	if (cb->sacked & TWIN_TCPCB_EVER_RETRANS) {
		as->retrans_acked = true;
	} else {
		if (!as->first_sent_us)
			as->first_sent_us = twin_tcp_sent_us(skb);
		as->last_sent_us = twin_tcp_sent_us(skb);
		if (!(cb->sacked & TWIN_TCPCB_SACKED) &&
		    !twin_tcp_after(cb->end_seq, tp->high_seq))
			as->orig_sacked_acked = true;
	}
	twin_tcp_rate_delivered(tp, skb, &as->rate);
}

/*
 * RFC 9293: "any segments on the retransmission queue that are thereby
 * entirely acknowledged are removed"
 */
static void twin_tcp_ack_clean(struct twin_tcp_sock *tp,
			       struct twin_tcp_ack_state *as)
{
	struct sk_buff *skb, *next;

	for (skb = twin_tcp_rtx_first(tp); skb; skb = next) {
		next = twin_tcp_rtx_is_alone(tp, skb) ? NULL : skb_rb_next(skb);
		if (twin_tcp_after(twin_tcp_cb(skb)->end_seq, tp->snd_una)) {
			if (twin_tcp_before(twin_tcp_cb(skb)->seq, tp->snd_una))
				twin_tcp_ack_part(tp, skb, as);
			break;
		}
		twin_tcp_ack_skb(tp, skb, as);
		twin_tcp_rtx_unlink(tp, skb);
		twin_tcp_skb_free(tp, skb);
	}
	if (!tp->agreed.sack) {
		/* what was not sent again may have waited behind what was */
		if (as->retrans_acked)
			as->orig_sacked_acked = false;
		twin_tcp_dupack_reduce(tp, as->acked_segs);
	}
}

/*
 * Round-trip samples: of what was sent once (Karn), else by timestamps, else
 * of what SACK newly covers (RFC 6298 3, RFC 7323 4.1).
 */
static void twin_tcp_ack_rtt(struct twin_tcp_sock *tp,
			     struct twin_tcp_ack_state *as)
{
	as->rtt_us = -1;
	as->ca_rtt_us = -1;
	if (as->first_sent_us && !as->retrans_acked) {
		as->rtt_us = (s32)(tp->now_us - as->first_sent_us);
		as->ca_rtt_us = (s32)(tp->now_us - as->last_sent_us);
	}
	if (as->sack_first_us) {
		if (as->rtt_us < 0)
			as->rtt_us = (s32)(tp->now_us - as->sack_first_us);
		as->ca_rtt_us = (s32)(tp->now_us - as->sack_last_us);
	}
	if (as->rtt_us < 0 && as->has_tsecr && as->tsecr && as->una_advanced) {
		as->rtt_us = twin_tcp_echo_rtt_us(tp, as->tsecr);
		if (as->rtt_us >= 0)
			as->ca_rtt_us = as->rtt_us;
	}
	as->rate.rtt_us = as->ca_rtt_us;
	if (as->rtt_us < 0)
		return;
	twin_tcp_rtt_sample(&tp->rtt, as->rtt_us, tp->snd_una, tp->snd_nxt);
	tp->backoff = 0;
}

static void twin_tcp_ack_min_rtt(struct twin_tcp_sock *tp, s32 rtt_us)
{
	u32 window;

	if (rtt_us < 0)
		return;
	window = READ_ONCE(twin_tcp_net(tp)->conf.tcp_min_rtt_wlen_seconds) * HZ;
	if ((u32)rtt_us <= tp->min_rtt_us ||
	    twin_tcp_jiffies() - tp->min_rtt_jiffies > window) {
		tp->min_rtt_us = max(rtt_us, 1);
		tp->min_rtt_jiffies = twin_tcp_jiffies();
	}
}

static void twin_tcp_ack_begin(struct twin_tcp_sock *tp,
			       const struct twin_tcp_segment *seg,
			       struct twin_tcp_ack_state *as)
{
	memset(as, 0, sizeof(*as));
	as->prior_delivered = tp->delivered;
	as->prior_in_flight = twin_tcp_in_flight(tp);
	as->prior_packets_out = tp->packets_out;
	as->reord = tp->snd_nxt;
	as->rtt_us = -1;
	as->ca_rtt_us = -1;
	as->rate.rtt_us = -1;
	as->rate.prior_in_flight = as->prior_in_flight;
	/* in a SYN it is an offer */
	as->ece = tp->ecn & TWIN_TCP_ECN_OK &&
		  (seg->hdr.flags & (TWIN_TCP_ECE | TWIN_TCP_SYN)) ==
		  TWIN_TCP_ECE;
	if (seg->opt.present & TWIN_TCP_OPT_TIMESTAMPS) {
		as->has_tsecr = true;
		as->tsecr = seg->opt.tsecr;
		tp->rcv_tsecr = seg->opt.tsecr;
	}
}

/* Recovery has stopped the probe, and may not have sent: something must wake us. */
static void twin_tcp_ack_deadline(struct twin_tcp_sock *tp)
{
	if (tp->packets_out &&
	    !twin_tcp_timer_armed(tp, TWIN_TCP_TIMER_PROBE) &&
	    !twin_tcp_timer_armed(tp, TWIN_TCP_TIMER_REXMIT))
		twin_tcp_rearm_rto(tp);
}

/* An ACK below SND.UNA: nothing new but perhaps a D-SACK.  RFC 5961 5.2 */
static bool twin_tcp_ack_old(struct twin_tcp_sock *tp,
			     const struct twin_tcp_segment *seg)
{
	struct twin_tcp_ack_state as;

	if (twin_tcp_before(seg->hdr.ack, tp->snd_una - tp->max_window)) {
		twin_tcp_challenge_ack(tp);
		return false;
	}
	if (seg->opt.present & TWIN_TCP_OPT_SACK && tp->packets_out) {
		twin_tcp_ack_begin(tp, seg, &as);
		twin_tcp_sack_apply(tp, seg, &as);
		twin_tcp_recovery_ack(tp, &as);
		twin_tcp_ack_deadline(tp);
	}
	return true;
}

/* RFC 5681 section 2, "duplicate acknowledgment" */
static bool twin_tcp_ack_is_duplicate(const struct twin_tcp_sock *tp,
				      const struct twin_tcp_segment *seg,
				      const struct twin_tcp_ack_state *as)
{
	return !as->una_advanced && as->prior_packets_out && !seg->payload &&
	       !as->window_update && tp->packets_out &&
	       !(seg->hdr.flags & (TWIN_TCP_SYN | TWIN_TCP_FIN));
}

/*
 * Nothing is under way.  The window may have news, and a repair that was needless
 * is often told of only now, when both copies have arrived.
 */
static void twin_tcp_ack_idle(struct twin_tcp_sock *tp,
			      const struct twin_tcp_segment *seg)
{
	struct twin_tcp_ack_state as twin_compat_uninitialized;

	as.window_update = false;
	tp->rcv_tsecr = seg->opt.present & TWIN_TCP_OPT_TIMESTAMPS ?
			seg->opt.tsecr : 0;
	if (likely(!tp->tlp_high_seq &&
		   !(seg->opt.present & TWIN_TCP_OPT_SACK))) {
		twin_tcp_ack_window(tp, seg, &as);
		twin_tcp_ack_persist(tp);
		return;
	}
	twin_tcp_ack_begin(tp, seg, &as);
	twin_tcp_ack_window(tp, seg, &as);
	if (seg->opt.present & TWIN_TCP_OPT_SACK)
		twin_tcp_sack_apply(tp, seg, &as);
	as.duplicate = !seg->payload && !as.window_update &&
		       !(seg->hdr.flags & (TWIN_TCP_SYN | TWIN_TCP_FIN));
	if (tp->tlp_high_seq)
		twin_tcp_tlp_process_ack(tp, seg->hdr.ack, &as);
	as.duplicate = false;
	if (as.dsack_seen)
		twin_tcp_recovery_ack(tp, &as);
	twin_tcp_ack_persist(tp);
}

/**
 * twin_tcp_ack() - fifth step: process the acknowledgment
 * @tp: connection
 * @seg: segment with ACK set
 *
 * RFC: 9293 section 3.10.7.4, fifth; 5681; 6298 section 5
 * Context: Socket lock, clock refreshed.
 * Return: false if it acknowledges what was never sent, or what is so old that
 * the segment is to be dropped.
 */
bool twin_tcp_ack(struct twin_tcp_sock *tp, const struct twin_tcp_segment *seg)
{
	struct twin_tcp_ack_state as twin_compat_uninitialized;
	u32 ack = seg->hdr.ack, cwnd = tp->cwnd;

	if (unlikely(twin_tcp_before(ack, tp->snd_una)))
		return twin_tcp_ack_old(tp, seg);
	if (unlikely(twin_tcp_after(ack, tp->snd_nxt))) {
		twin_tcp_challenge_ack(tp);
		return false;
	}
	/* the way is good again: errors of before explain no later time-out */
	if (unlikely(twin_tcp_to_sk(tp)->sk_err_soft))
		WRITE_ONCE(twin_tcp_to_sk(tp)->sk_err_soft, 0);
	if (ack == tp->snd_una && !tp->packets_out) {
		twin_tcp_ack_idle(tp, seg);
		return true;
	}
	twin_tcp_ack_begin(tp, seg, &as);
	as.una_advanced = ack != tp->snd_una;
	twin_tcp_ack_window(tp, seg, &as);
	as.acked_bytes = ack - tp->snd_una;
	tp->bytes_acked += as.acked_bytes;
	tp->snd_una = ack;
	if (unlikely(tp->urg_mode) && !twin_tcp_before(ack, tp->snd_up))
		tp->urg_mode = 0;
	if (as.una_advanced)
		tp->retransmits = 0;

	if (seg->opt.present & TWIN_TCP_OPT_SACK)
		twin_tcp_sack_apply(tp, seg, &as);
	if (as.una_advanced)
		twin_tcp_ack_clean(tp, &as);
	if (unlikely(tp->mtu_search.probe_bytes))
		twin_tcp_mtu_acked(tp);
	as.duplicate = twin_tcp_ack_is_duplicate(tp, seg, &as);
	twin_tcp_ack_rtt(tp, &as);
	twin_tcp_ack_min_rtt(tp, as.ca_rtt_us);
	if (tp->tlp_high_seq)
		twin_tcp_tlp_process_ack(tp, ack, &as);
	if (as.una_advanced)
		twin_tcp_rearm_rto(tp);
	twin_tcp_recovery_ack(tp, &as);
	/* with nothing left the deadlines have been stopped */
	if (tp->packets_out && (as.una_advanced || as.sack_new))
		twin_tcp_tlp_schedule(tp);
	else
		twin_tcp_ack_deadline(tp);
	twin_tcp_pacing_update(tp);
	if (as.una_advanced) {
		tp->probes_out = 0;
		if (tp->cwnd > cwnd)
			twin_tcp_sndbuf_expand(tp);
		if (tp->ts.path.entry &&
		    twin_path_valid(twin_tcp_net(tp), &tp->ts.path))
			twin_arp_confirm(tp->ts.path.entry);
	}
	if (!tp->packets_out)
		twin_tcp_ack_persist(tp);
	return true;
}
