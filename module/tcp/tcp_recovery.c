// SPDX-License-Identifier: GPL-2.0
/*
 * The sender's reaction to loss, as a machine of five states (enum
 * tcp_ca_state):
 *
 *	Open		nothing unusual
 *	Disorder	something is missing, perhaps only late
 *	CWR		the window is being reduced, nothing is lost
 *	Recovery	lost segments are sent again (RFC 5681 3.2, RFC 6675)
 *	Loss		after a time-out (RFC 6298 5, RFC 5682)
 *
 * Each ACK goes through the same steps: leave a state that is over; judge what
 * is lost; enter a state; set the window; send again what is lost.
 */
#include "../inspect/mib.h"
#include "tcp_cong.h"

#define TWIN_TCP_RENEGING_DELAY_JIFFIES	max(HZ / 100, 1)

/* What is to be sent once the ACK at hand has been digested. */
enum twin_tcp_recovery_send {
	TWIN_TCP_RECOVERY_SEND_NONE,
	TWIN_TCP_RECOVERY_SEND_LOST,	/* what was lost */
	TWIN_TCP_RECOVERY_SEND_NEW,	/* new data first: F-RTO, RFC 5682 */
};

static bool twin_tcp_recovery_reducing(const struct twin_tcp_sock *tp)
{
	return tp->ca_state == TCP_CA_CWR || tp->ca_state == TCP_CA_Recovery;
}

/**
 * twin_tcp_current_ssthresh() - threshold that the present window has earned
 * @tp: connection
 *
 * Context: Socket lock.
 * Return: segments: ssthresh while it is being reduced, else at least three
 * quarters of the window.
 */
u32 twin_tcp_current_ssthresh(const struct twin_tcp_sock *tp)
{
	if (twin_tcp_recovery_reducing(tp))
		return tp->ssthresh;
	return max(tp->ssthresh, (tp->cwnd >> 1) + (tp->cwnd >> 2));
}

/* RFC 3168 6.1.2: the window has been reduced, for whatever reason */
static void twin_tcp_recovery_tell_peer(struct twin_tcp_sock *tp)
{
	if (tp->ecn & TWIN_TCP_ECN_OK)
		tp->ecn |= TWIN_TCP_ECN_QUEUE_CWR;
}

/* RFC 6937 section 3.1, initialization */
static void twin_tcp_recovery_begin_reduction(struct twin_tcp_sock *tp)
{
	tp->high_seq = tp->snd_nxt;
	tp->tlp_high_seq = 0;
	tp->cwnd_cnt = 0;
	tp->prr_cwnd = tp->cwnd;
	tp->prr_delivered = 0;
	tp->prr_out = 0;
	tp->reduced_us = (u32)tp->now_us;
	tp->ssthresh = tp->cong->ssthresh(tp);
	twin_tcp_recovery_tell_peer(tp);
}

/*
 * A repair was lost: the pace to which the window comes down is still too much for
 * the path.  What is under way now belongs to this reduction, and so does its loss.
 * Where there is an undo it takes back all of them.  True: the window comes down
 * further.
 *
 * RFC 5681 section 4.3
 */
static bool twin_tcp_recovery_reduce_again(struct twin_tcp_sock *tp)
{
	u32 cwnd = tp->cwnd;

	if (likely(!tp->repair_lost))
		return false;
	tp->repair_lost = 0;
	if (tp->cong->control || tp->ssthresh >= TWIN_TCP_SSTHRESH_INFINITE)
		return false;
	tp->cwnd = tp->ssthresh;
	twin_tcp_recovery_begin_reduction(tp);
	tp->cwnd = cwnd;
	return true;
}

/*
 * RFC 6937 section 3.1, on every ACK: the proportional part while more is
 * under way than ssthresh, then the slow start reduction bound.
 */
static void twin_tcp_recovery_reduce(struct twin_tcp_sock *tp,
				     const struct twin_tcp_ack_state *as)
{
	u32 in_flight = twin_tcp_in_flight(tp);
	s32 delivered = as->rate.acked_sacked;
	s32 room = tp->ssthresh - in_flight;
	s32 send;

	if (delivered <= 0 || !tp->prr_cwnd)
		return;
	tp->prr_delivered += delivered;
	if (room < 0) {
		send = (s32)div_u64((u64)tp->ssthresh * tp->prr_delivered +
				    tp->prr_cwnd - 1, tp->prr_cwnd) -
		       (s32)tp->prr_out;
	} else {
		send = max_t(s32, tp->prr_delivered - tp->prr_out, delivered);
		/* RFC 9937: good news lets it grow as in slow start */
		if (as->una_advanced && !as->newly_lost)
			send++;
		send = min(room, send);
	}
	/* the first retransmission always goes */
	send = max(send, tp->prr_out ? 0 : 1);
	tp->cwnd = in_flight + send;
}

/**
 * twin_tcp_recovery_end_reduction() - the window has come down to ssthresh
 * @tp: connection in CWR or Recovery
 *
 * RFC: 6937 section 3.1 (at the end of recovery)
 * Context: Socket lock.
 */
void twin_tcp_recovery_end_reduction(struct twin_tcp_sock *tp)
{
	if (tp->cong->control)
		return;
	if (tp->ssthresh < TWIN_TCP_SSTHRESH_INFINITE &&
	    (tp->ca_state == TCP_CA_CWR || tp->undo_marker)) {
		tp->cwnd = tp->ssthresh;
		tp->cwnd_stamp_jiffies = twin_tcp_jiffies();
	}
	twin_tcp_cong_event(tp, TWIN_TCP_CONG_COMPLETE_CWR);
}

/**
 * twin_tcp_recovery_enter_cwr() - slow down, although nothing is lost
 * @tp: connection
 *
 * RFC: 3168 section 6.1.2; 8985 section 7.4.2
 * Context: Socket lock.
 */
void twin_tcp_recovery_enter_cwr(struct twin_tcp_sock *tp)
{
	tp->prior_ssthresh = 0;
	if (tp->ca_state >= TCP_CA_CWR)
		return;
	tp->undo_marker = 0;
	tp->prior_cwnd = tp->cwnd;
	twin_tcp_recovery_begin_reduction(tp);
	twin_tcp_cong_set_state(tp, TCP_CA_CWR);
}

/**
 * twin_tcp_recovery_keep_open() - Open, or Disorder if something is missing
 * @tp: connection
 *
 * Context: Socket lock.
 */
void twin_tcp_recovery_keep_open(struct twin_tcp_sock *tp)
{
	u8 state = TCP_CA_Open;

	if (tp->sacked_out || tp->lost_out || tp->retrans_out)
		state = TCP_CA_Disorder;
	if (tp->ca_state == state)
		return;
	twin_tcp_cong_set_state(tp, state);
	tp->high_seq = tp->snd_nxt;
}

/* RFC 6675 section 5, step 4; RFC 6582 section 3.2, step 2 */
static void twin_tcp_recovery_enter(struct twin_tcp_sock *tp)
{
	if (tp->agreed.sack)
		TWIN_TCP_COUNT(tp, TCPEXT_SACK_RECOVERY);
	else
		TWIN_TCP_COUNT(tp, TCPEXT_RENO_RECOVERY);
	tp->prior_ssthresh = 0;
	tp->repair_lost = 0;
	twin_tcp_undo_init(tp);
	if (!twin_tcp_recovery_reducing(tp)) {
		tp->prior_ssthresh = twin_tcp_current_ssthresh(tp);
		tp->prior_cwnd = tp->cwnd;
		twin_tcp_recovery_begin_reduction(tp);
	}
	twin_tcp_cong_set_state(tp, TCP_CA_Recovery);
	twin_tcp_timer_stop(tp, TWIN_TCP_TIMER_PROBE);
}

/*
 * RFC 2018 section 8: after a time-out the scoreboard is not to be trusted if
 * the peer has gone back on it.
 */
static void twin_tcp_recovery_forget_sacks(struct twin_tcp_sock *tp)
{
	struct sk_buff *skb;

	TWIN_TCP_COUNT(tp, TCPEXT_SACK_RENEGING);
	tp->is_sack_reneg = 1;
	for (skb = twin_tcp_rtx_first(tp); skb; skb = skb_rb_next(skb))
		twin_tcp_cb(skb)->sacked &= ~TWIN_TCPCB_SACKED;
	tp->sacked_out = 0;
}

/*
 * RFC 8985 6.3: after a time-out the oldest segment is lost, and of the others
 * what has been under way for a round trip.
 */
static void twin_tcp_recovery_mark_timed_out(struct twin_tcp_sock *tp)
{
	struct sk_buff *first = twin_tcp_rtx_first(tp), *skb;

	if (twin_tcp_sack_reneging(tp))
		twin_tcp_recovery_forget_sacks(tp);
	else if (!tp->agreed.sack)
		twin_tcp_dupack_reset(tp);
	for (skb = first; skb; skb = skb_rb_next(skb)) {
		if (twin_tcp_cb(skb)->sacked & TWIN_TCPCB_SACKED)
			continue;
		if (skb == first || !tp->agreed.sack || tp->is_sack_reneg ||
		    twin_tcp_rack_expired(tp, skb))
			twin_tcp_mark_skb_lost(tp, skb);
	}
	tp->rtx_hint = NULL;
}

/**
 * twin_tcp_recovery_enter_loss() - the retransmission time-out has passed
 * @tp: connection with data under way
 *
 * Before the handshake is over there is no window to reduce.
 *
 * RFC: 5681 section 3.1 (equation 4); 6298 section 5; 5682 section 3.1, step 1
 * Context: Socket lock, clock refreshed.
 */
void twin_tcp_recovery_enter_loss(struct twin_tcp_sock *tp)
{
	int state = 1 << twin_tcp_to_sk(tp)->sk_state;
	bool fresh = tp->ca_state < TCP_CA_Recovery;

	if (state & (TCPF_SYN_SENT | TCPF_SYN_RECV))
		return;
	twin_tcp_recovery_mark_timed_out(tp);
	if (tp->ca_state <= TCP_CA_Disorder ||
	    !twin_tcp_after(tp->high_seq, tp->snd_una) ||
	    (tp->ca_state == TCP_CA_Loss && !tp->retransmits)) {
		tp->prior_ssthresh = twin_tcp_current_ssthresh(tp);
		tp->prior_cwnd = tp->cwnd;
		tp->ssthresh = tp->cong->ssthresh(tp);
		twin_tcp_cong_event(tp, TWIN_TCP_CONG_LOSS);
		twin_tcp_undo_init(tp);
	}
	tp->cwnd = twin_tcp_in_flight(tp) + 1;
	tp->cwnd_cnt = 0;
	tp->cwnd_stamp_jiffies = twin_tcp_jiffies();
	twin_tcp_recovery_tell_peer(tp);
	twin_tcp_cong_set_state(tp, TCP_CA_Loss);
	tp->high_seq = tp->snd_nxt;
	tp->tlp_high_seq = 0;
	tp->frto = READ_ONCE(twin_tcp_net(tp)->conf.tcp_frto) &&
		   (fresh || tp->retransmits);
}

/* The peer takes back what it had reported: soon begin anew by a time-out. */
static bool twin_tcp_recovery_reneged(struct twin_tcp_sock *tp,
				      const struct twin_tcp_ack_state *as)
{
	if (!as->una_advanced || !tp->agreed.sack ||
	    !twin_tcp_sack_reneging(tp))
		return false;
	twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_REXMIT,
			   TWIN_TCP_RENEGING_DELAY_JIFFIES);
	return true;
}

/* The episode's last byte is acknowledged.  True: keep the state. */
static bool twin_tcp_recovery_leave(struct twin_tcp_sock *tp)
{
	switch (tp->ca_state) {
	case TCP_CA_CWR:
		/* one more ACK, so that its own window has been tried */
		if (tp->snd_una == tp->high_seq)
			return false;
		twin_tcp_recovery_end_reduction(tp);
		twin_tcp_cong_set_state(tp, TCP_CA_Open);
		return false;
	case TCP_CA_Recovery:
		if (!tp->agreed.sack)
			twin_tcp_dupack_reset(tp);
		if (twin_tcp_undo_recovery(tp))
			return true;
		twin_tcp_recovery_end_reduction(tp);
		return false;
	case TCP_CA_Loss:
		if (!tp->agreed.sack)
			twin_tcp_dupack_reset(tp);
		tp->frto = 0;
		twin_tcp_undo_recovery(tp);
		return tp->ca_state == TCP_CA_Loss;
	}
	return false;
}

/* The oldest segment, cut out of the big packet that it was part of. */
static struct sk_buff *twin_tcp_recovery_first(struct twin_tcp_sock *tp)
{
	struct sk_buff *first = twin_tcp_rtx_first(tp);
	u32 bytes;

	if (!first || twin_tcp_skb_segs(first) <= 1 ||
	    !twin_tcp_cb(first)->tx.gso_bytes)
		return first;
	bytes = twin_tcp_cb(first)->tx.gso_bytes;
	if (twin_tcp_before(twin_tcp_cb(first)->seq, tp->snd_una))
		bytes += tp->snd_una - twin_tcp_cb(first)->seq;
	if (bytes < first->len)
		twin_tcp_fragment(tp, first, bytes, true, GFP_ATOMIC);
	return first;
}

/* Without SACK: the third duplicate, or a partial ACK (RFC 6582 3.2). */
static void twin_tcp_recovery_mark_reno(struct twin_tcp_sock *tp,
					const struct twin_tcp_ack_state *as)
{
	struct sk_buff *first = twin_tcp_rtx_first(tp);
	bool partial = tp->ca_state == TCP_CA_Recovery && as->una_advanced;

	if (!first || twin_tcp_cb(first)->sacked &
	    (TWIN_TCPCB_LOST | TWIN_TCPCB_RETRANS))
		return;
	if (!partial && tp->sacked_out < tp->reordering)
		return;
	first = twin_tcp_recovery_first(tp);
	/* one segment cannot both be lost and have been counted as arrived */
	tp->sacked_out = min(tp->sacked_out, tp->packets_out - tp->lost_out -
			     twin_tcp_skb_segs(first));
	twin_tcp_mark_skb_lost(tp, first);
}

static void twin_tcp_recovery_judge(struct twin_tcp_sock *tp,
				    const struct twin_tcp_ack_state *as)
{
	if (!tp->packets_out)
		return;
	if (tp->agreed.sack)
		twin_tcp_rack_mark_lost(tp);
	else
		twin_tcp_recovery_mark_reno(tp, as);
}

/* RFC 5682 section 3.1, steps 2 and 3, and 3.2 with SACK */
static enum twin_tcp_recovery_send
twin_tcp_recovery_frto(struct twin_tcp_sock *tp,
		       const struct twin_tcp_ack_state *as)
{
	const struct sk_buff *head =
		skb_peek(&twin_tcp_to_sk(tp)->sk_write_queue);

	if (as->orig_sacked_acked && twin_tcp_undo_loss(tp, true))
		return TWIN_TCP_RECOVERY_SEND_NONE;
	if (twin_tcp_after(tp->snd_nxt, tp->high_seq)) {
		/* 3a: new data was sent, and only duplicates come */
		if (as->sack_new || as->duplicate)
			tp->frto = 0;
		return TWIN_TCP_RECOVERY_SEND_LOST;
	}
	if (!as->una_advanced)
		return TWIN_TCP_RECOVERY_SEND_LOST;
	/* 2b: the ACK advances the window: send new data, then see */
	tp->high_seq = tp->snd_nxt;
	if (head && twin_tcp_after(twin_tcp_snd_wnd_end(tp), tp->snd_nxt))
		return TWIN_TCP_RECOVERY_SEND_NEW;
	tp->frto = 0;
	return TWIN_TCP_RECOVERY_SEND_LOST;
}

static enum twin_tcp_recovery_send
twin_tcp_recovery_in_loss(struct twin_tcp_sock *tp,
			  const struct twin_tcp_ack_state *as)
{
	enum twin_tcp_recovery_send send = TWIN_TCP_RECOVERY_SEND_LOST;

	if (as->una_advanced && twin_tcp_undo_loss(tp, false))
		return TWIN_TCP_RECOVERY_SEND_NONE;
	if (tp->frto)
		send = twin_tcp_recovery_frto(tp, as);
	if (tp->ca_state == TCP_CA_Loss && tp->agreed.sack)
		twin_tcp_rack_mark_lost(tp);
	return send;
}

/* Recovery, the rest of the flight is still under way. */
static enum twin_tcp_recovery_send
twin_tcp_recovery_in_recovery(struct twin_tcp_sock *tp,
			      const struct twin_tcp_ack_state *as)
{
	if (as->una_advanced && twin_tcp_undo_partial(tp))
		return TWIN_TCP_RECOVERY_SEND_NONE;
	if (as->dsack_seen && twin_tcp_undo_by_dsack(tp)) {
		twin_tcp_recovery_keep_open(tp);
		return TWIN_TCP_RECOVERY_SEND_NONE;
	}
	twin_tcp_recovery_judge(tp, as);
	twin_tcp_recovery_reduce_again(tp);
	return TWIN_TCP_RECOVERY_SEND_LOST;
}

/* Sends @skb again if it is lost.  False: enough for now. */
static bool twin_tcp_recovery_send_one(struct twin_tcp_sock *tp,
				       struct sk_buff *skb)
{
	s32 room = tp->cwnd - twin_tcp_in_flight(tp);
	bool oldest = skb == twin_tcp_rtx_first(tp);
	u32 before = tp->retrans_out;

	if (room <= 0 || twin_tcp_pace_holds(tp) ||
	    twin_tcp_retransmit(tp, skb, room))
		return false;
	if (tp->ca_state == TCP_CA_Loss)
		TWIN_TCP_COUNT(tp, TCPEXT_SLOW_START_RETRANS);
	else
		TWIN_TCP_COUNT(tp, TCPEXT_FAST_RETRANS);
	if (twin_tcp_recovery_reducing(tp))
		tp->prr_out += tp->retrans_out - before;
	if (oldest)
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_REXMIT,
				   twin_tcp_rto_jiffies(tp));
	return true;
}

/* RFC 6675 section 4, NextSeg() rule 1: lost and not yet sent again */
static void twin_tcp_recovery_send_lost(struct twin_tcp_sock *tp)
{
	struct sk_buff *skb = tp->rtx_hint ?: twin_tcp_rtx_first(tp);
	struct sk_buff *before;
	bool sent = true;

	while (skb && tp->lost_out > tp->retrans_out) {
		u8 tags = twin_tcp_cb(skb)->sacked & TWIN_TCPCB_TAGS;

		if (tags == TWIN_TCPCB_LOST) {
			/* sending may replace it by a shorter one, even if it
			 * fails
			 */
			before = skb_rb_prev(skb);
			sent = twin_tcp_recovery_send_one(tp, skb);
			skb = before ? skb_rb_next(before) :
				       twin_tcp_rtx_first(tp);
		}
		if (!sent)
			break;
		skb = skb_rb_next(skb);
	}
	tp->rtx_hint = skb && !(twin_tcp_cb(skb)->sacked & TWIN_TCPCB_SACKED) ?
		       skb : NULL;
}

/**
 * twin_tcp_recovery_resume() - send again what had to wait
 * @tp: connection
 *
 * A repair waits while the lost transmission is still in this host
 * (twin_tcp_throttle_holds()).
 *
 * Context: Socket lock.
 */
void twin_tcp_recovery_resume(struct twin_tcp_sock *tp)
{
	if (likely(tp->lost_out <= tp->retrans_out))
		return;
	twin_tcp_clock_refresh(tp);
	twin_tcp_recovery_send_lost(tp);
}

/* Sends again what is marked lost, and takes it for no congestion. */
static void twin_tcp_recovery_resend_marked(struct twin_tcp_sock *tp)
{
	if (tp->lost_out <= tp->retrans_out)
		return;
	if (tp->ca_state != TCP_CA_Loss) {
		tp->high_seq = tp->snd_nxt;
		tp->ssthresh = twin_tcp_current_ssthresh(tp);
		tp->prior_ssthresh = 0;
		tp->undo_marker = 0;
		tp->frto = 0;
		twin_tcp_cong_set_state(tp, TCP_CA_Loss);
	}
	twin_tcp_recovery_send_lost(tp);
	if (!twin_tcp_timer_armed(tp, TWIN_TCP_TIMER_REXMIT))
		twin_tcp_rearm_rto(tp);
}

/* Open, Disorder, CWR */
static enum twin_tcp_recovery_send
twin_tcp_recovery_in_order(struct twin_tcp_sock *tp,
			   const struct twin_tcp_ack_state *as)
{
	if (!tp->agreed.sack && as->una_advanced)
		twin_tcp_dupack_reset(tp);
	if (tp->ca_state <= TCP_CA_Disorder)
		twin_tcp_undo_by_dsack(tp);
	twin_tcp_recovery_judge(tp, as);
	if (tp->lost_out > tp->retrans_out) {
		if (twin_tcp_mtu_lost(tp)) {
			twin_tcp_recovery_resend_marked(tp);
			return TWIN_TCP_RECOVERY_SEND_NONE;
		}
		twin_tcp_recovery_enter(tp);
		return TWIN_TCP_RECOVERY_SEND_LOST;
	}
	if (!tp->retrans_out)
		tp->retrans_stamp = 0;
	if (as->ece)
		twin_tcp_recovery_enter_cwr(tp);
	if (tp->ca_state != TCP_CA_CWR)
		twin_tcp_recovery_keep_open(tp);
	return TWIN_TCP_RECOVERY_SEND_NONE;
}

static enum twin_tcp_recovery_send
twin_tcp_recovery_decide(struct twin_tcp_sock *tp,
			 const struct twin_tcp_ack_state *as)
{
	if (as->ece)
		tp->prior_ssthresh = 0;
	if (twin_tcp_recovery_reneged(tp, as))
		return TWIN_TCP_RECOVERY_SEND_NONE;
	if (tp->ca_state != TCP_CA_Open &&
	    !twin_tcp_before(tp->snd_una, tp->high_seq) &&
	    twin_tcp_recovery_leave(tp))
		return TWIN_TCP_RECOVERY_SEND_NONE;
	switch (tp->ca_state) {
	case TCP_CA_Recovery:
		return twin_tcp_recovery_in_recovery(tp, as);
	case TCP_CA_Loss:
		return twin_tcp_recovery_in_loss(tp, as);
	default:
		return twin_tcp_recovery_in_order(tp, as);
	}
}

static void twin_tcp_recovery_send(struct twin_tcp_sock *tp,
				   enum twin_tcp_recovery_send what)
{
	if (what == TWIN_TCP_RECOVERY_SEND_NONE)
		return;
	if (what == TWIN_TCP_RECOVERY_SEND_NEW) {
		twin_tcp_push_nagle(tp, TWIN_TCP_NODELAY, GFP_ATOMIC);
		/* past the pace, as the time-out that it is to judge */
		if (tp->snd_nxt == tp->high_seq && twin_tcp_pace_holds(tp))
			twin_tcp_write(tp, TWIN_TCP_NODELAY, GFP_ATOMIC,
				       TWIN_TCP_WRITE_PROBE);
		if (twin_tcp_after(tp->snd_nxt, tp->high_seq))
			return;
		tp->frto = 0;
	}
	twin_tcp_recovery_send_lost(tp);
}

/* The window after this ACK. */
static void twin_tcp_recovery_window(struct twin_tcp_sock *tp,
				     const struct twin_tcp_ack_state *as)
{
	if (tp->cong->control)
		tp->cong->control(tp, &as->rate);
	else if (twin_tcp_recovery_reducing(tp))
		twin_tcp_recovery_reduce(tp, as);
	else if (as->una_advanced && as->rate.acked_sacked)
		tp->cong->avoid(tp, as->rate.acked_sacked, &as->rate);
}

static void twin_tcp_recovery_count_ce(struct twin_tcp_sock *tp,
				       const struct twin_tcp_ack_state *as)
{
	u32 segs = tp->delivered - as->prior_delivered;

	tp->delivered_ce += segs;
	TWIN_COUNT_ADD(twin_tcp_net(tp), TCPEXT_DELIVERED_CE, segs);
}

/**
 * twin_tcp_recovery_ack() - an ACK's consequences for loss and window
 * @tp: connection; cumulative ACK and SACK blocks are entered
 * @as: what the ACK brought
 *
 * RFC: 5681 section 3; 6675 section 5; 8985 section 6; 6937 section 3
 * Context: Socket lock, clock refreshed.
 */
void twin_tcp_recovery_ack(struct twin_tcp_sock *tp,
			   struct twin_tcp_ack_state *as)
{
	u32 lost_before = tp->lost_total;
	enum twin_tcp_recovery_send send = TWIN_TCP_RECOVERY_SEND_NONE;

	if (tp->agreed.sack) {
		twin_tcp_rack_detect_reordering(tp, as);
		twin_tcp_rack_update_window(tp, as);
	} else if (as->duplicate) {
		twin_tcp_dupack_count(tp);
	}
	if (as->ece)
		twin_tcp_recovery_count_ce(tp, as);
	if (tp->cong->acked)
		tp->cong->acked(tp);
	if (tp->ca_state != TCP_CA_Open || as->duplicate || as->sack_new ||
	    as->dsack_seen || as->ece || tp->sacked_out || tp->lost_out)
		send = twin_tcp_recovery_decide(tp, as);
	else if (!tp->retrans_out)
		tp->retrans_stamp = 0;
	as->newly_lost = tp->lost_total - lost_before;
	twin_tcp_rate_finish(tp, as);
	TWIN_COUNT_ADD(twin_tcp_net(tp), TCPEXT_DELIVERED, as->rate.acked_sacked);
	twin_tcp_recovery_window(tp, as);
	twin_tcp_recovery_send(tp, send);
}

/**
 * twin_tcp_recovery_reorder_timeout() - what might have been late is lost
 * @tp: connection
 *
 * RFC: 8985 section 6.3
 * Context: Socket lock, clock refreshed.
 */
void twin_tcp_recovery_reorder_timeout(struct twin_tcp_sock *tp)
{
	struct twin_tcp_ack_state none = {};
	bool reduced = false;

	if (!tp->packets_out)
		return;
	tp->rack_advanced = 1;
	twin_tcp_rack_mark_lost(tp);
	if (tp->lost_out <= tp->retrans_out)
		return;
	if (tp->ca_state < TCP_CA_Recovery) {
		twin_tcp_recovery_enter(tp);
		reduced = !tp->cong->control;
	} else if (tp->ca_state == TCP_CA_Recovery) {
		reduced = twin_tcp_recovery_reduce_again(tp);
	}
	if (reduced) {
		none.rate.acked_sacked = 1;
		twin_tcp_recovery_reduce(tp, &none);
	}
	twin_tcp_recovery_send_lost(tp);
	if (!twin_tcp_timer_armed(tp, TWIN_TCP_TIMER_REXMIT))
		twin_tcp_rearm_rto(tp);
}

/**
 * twin_tcp_recovery_resend_big() - the path has become narrower
 * @tp: connection, its MSS already the new one
 * @mss_before: the old one, bytes
 *
 * What does not fit has been dropped by a router: it is sent again in smaller
 * pieces.  That is no congestion, so the window stays, in bytes.
 *
 * RFC: 1191 section 6.4; 9293 section 3.7.2
 * Context: Socket lock, clock refreshed.
 */
void twin_tcp_recovery_resend_big(struct twin_tcp_sock *tp, u32 mss_before)
{
	u32 mss = twin_tcp_mss_current(tp);
	struct sk_buff *skb;

	for (skb = twin_tcp_rtx_first(tp); skb; skb = skb_rb_next(skb)) {
		const struct twin_tcp_cb *cb = twin_tcp_cb(skb);
		u32 bytes = cb->tx.gso_bytes ? cb->tx.gso_bytes : skb->len;

		if (bytes > mss && !(cb->sacked & TWIN_TCPCB_SACKED))
			twin_tcp_mark_skb_lost(tp, skb);
	}
	if (mss_before > tp->mss_now)
		tp->cwnd = div_u64((u64)tp->cwnd * mss_before, tp->mss_now);
	twin_tcp_recovery_resend_marked(tp);
}

/**
 * twin_tcp_recovery_resend_all() - the peer has thrown away what was sent
 * @tp: connection, established just now
 *
 * Data on a SYN that was not taken: no congestion either.
 *
 * RFC: 7413 section 4.2.1
 * Context: Socket lock, clock refreshed.
 */
void twin_tcp_recovery_resend_all(struct twin_tcp_sock *tp)
{
	struct sk_buff *skb;

	for (skb = twin_tcp_rtx_first(tp); skb; skb = skb_rb_next(skb))
		twin_tcp_mark_skb_lost(tp, skb);
	twin_tcp_recovery_resend_marked(tp);
}
