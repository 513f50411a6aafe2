// SPDX-License-Identifier: GPL-2.0
/*
 * SEGMENT ARRIVES in a connection, step by step as RFC 9293 3.10.7.3 and
 * 3.10.7.4 tell it.  Step 3 (security) has no content in RFC 9293 any more.
 *
 * A step returns true if the segment is done with: consumed or dropped.
 */
#include "tcp_fastopen.h"
#include "tcp_record.h"

/*
 * RFC 7323 4.3: TS.Recent follows segments at the left edge only.  A segment
 * whose ACK is not plausible will be dropped and must not change it: else a
 * forged one with a TSval far ahead makes PAWS refuse all that the peer sends.
 */
static void twin_tcp_step_store_ts(struct twin_tcp_sock *tp,
				   const struct twin_tcp_segment *seg)
{
	if (!(seg->opt.present & TWIN_TCP_OPT_TIMESTAMPS) ||
	    twin_tcp_after(seg->hdr.seq, tp->rcv_wup) ||
	    !twin_tcp_ack_plausible(tp, seg))
		return;
	if (!tp->ts_recent || (s32)(seg->opt.tsval - tp->ts_recent) >= 0 ||
	    ktime_get_seconds() - tp->ts_recent_seconds > TWIN_TCP_PAWS_SECONDS) {
		tp->ts_recent = seg->opt.tsval;
		tp->ts_recent_seconds = (u32)ktime_get_seconds();
	}
}

/*
 * RFC 7323 5.3 R1.  A TS.Recent older than 24 days says nothing, nor does zero: some
 * peers send it in their SYN, whatever their clock says.
 */
static bool twin_tcp_step_paws_fails(const struct twin_tcp_sock *tp,
				     const struct twin_tcp_segment *seg)
{
	if (!tp->agreed.timestamps || !tp->ts_recent ||
	    !(seg->opt.present & TWIN_TCP_OPT_TIMESTAMPS) ||
	    (s32)(tp->ts_recent - seg->opt.tsval) <= 0)
		return false;
	if (ktime_get_seconds() - tp->ts_recent_seconds > TWIN_TCP_PAWS_SECONDS)
		return false;
	/* An ACK with nothing new in it, late by an RTO at most: reordered on
	 * the way, and no harm in taking it.
	 */
	if (seg->hdr.flags == TWIN_TCP_ACK && !seg->payload &&
	    seg->hdr.seq == tp->rcv_nxt && seg->hdr.ack == tp->snd_una &&
	    (u32)seg->hdr.window << tp->agreed.snd_wscale == tp->snd_wnd &&
	    (s32)(tp->ts_recent - seg->opt.tsval) <=
	    (s32)jiffies_to_msecs(twin_tcp_rto_jiffies(tp)))
		return false;
	return true;
}

/*
 * A reset with the sequence number of the peer's FIN, one before what is
 * expected.  A peer that closes and aborts at once sends such a reset, if it
 * does not count the FIN that it has sent.
 */
static bool twin_tcp_step_reset_at_fin(const struct twin_tcp_sock *tp,
				       const struct twin_tcp_segment *seg)
{
	return seg->hdr.seq == tp->rcv_nxt - 1 &&
	       (1 << twin_tcp_to_sk(tp)->sk_state) &
	       (TCPF_CLOSE_WAIT | TCPF_LAST_ACK | TCPF_CLOSING);
}

/*
 * A zero-window probe: its ACK, its window and its urgent pointer are good
 * although its text is not.
 */
static void twin_tcp_step_cut_text(struct twin_tcp_sock *tp,
				   const struct sk_buff *skb,
				   struct twin_tcp_segment *seg)
{
	seg->payload = 0;
	seg->end_seq = seg->hdr.seq;
	seg->hdr.flags &= ~TWIN_TCP_FIN;
	tp->ack_pending |= TWIN_TCP_ACK_SCHED | TWIN_TCP_ACK_NOW;
	twin_drop_count(twin_tcp_net(tp), skb, TWIN_DROP_TCP_ZERO_WINDOW);
}

/* RFC 5961 4.2: a SYN is answered, in the window or out of it, and believed in nothing. */
static bool twin_tcp_step_stray_syn(struct twin_tcp_sock *tp,
				    struct sk_buff *skb)
{
	TWIN_TCP_COUNT(tp, TCPEXT_SYN_CHALLENGE);
	twin_tcp_challenge_ack(tp);
	twin_tcp_drop(tp, skb, TWIN_DROP_TCP_SYN_INVALID);
	return true;
}

/* First: sequence number; PAWS before it. */
static bool twin_tcp_step_sequence(struct twin_tcp_sock *tp,
				   struct sk_buff *skb,
				   struct twin_tcp_segment *seg)
{
	bool rst = seg->hdr.flags & TWIN_TCP_RST;
	bool syn = seg->hdr.flags & TWIN_TCP_SYN;

	if (twin_tcp_step_paws_fails(tp, seg) && !rst) {
		if (syn)
			return twin_tcp_step_stray_syn(tp, skb);
		TWIN_TCP_COUNT(tp, TCPEXT_PAWS_ESTAB);
		if (!twin_tcp_dupack_send(tp, seg))
			TWIN_TCP_COUNT(tp, TCPEXT_ACK_SKIPPED_PAWS);
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_PAWS);
		return true;
	}
	if (likely(twin_tcp_acceptable(seg->hdr.seq, seg->end_seq, tp->rcv_nxt,
				       twin_tcp_receive_window(tp))))
		return false;
	/* with a closed window ACKs, urgent pointers and resets still count */
	if (seg->hdr.seq == tp->rcv_nxt && !twin_tcp_receive_window(tp) && rst)
		return false;
	if (rst && twin_tcp_step_reset_at_fin(tp, seg))
		return false;
	if (rst) {
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_RESET_INVALID);
		return true;
	}
	if (syn)
		return twin_tcp_step_stray_syn(tp, skb);
	if (seg->hdr.seq == tp->rcv_nxt && !twin_tcp_receive_window(tp)) {
		twin_tcp_step_cut_text(tp, skb, seg);
		return false;
	}
	if (!twin_tcp_dupack_send(tp, seg))
		TWIN_TCP_COUNT(tp, TCPEXT_ACK_SKIPPED_SEQ);
	twin_tcp_drop(tp, skb, TWIN_DROP_TCP_WINDOW);
	return true;
}

/*
 * The peer says that the connection is gone: RFC 9293 3.10.7.4, second.  An orphan
 * is freed.
 */
static void twin_tcp_reset_received(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	int err = ECONNRESET;

	if (sk->sk_state == TCP_SYN_SENT)
		err = ECONNREFUSED;
	else if (sk->sk_state == TCP_CLOSE_WAIT)
		err = EPIPE;
	twin_tcp_fastopen_done(tp, true);
	twin_tcp_end_with(tp, err);
}

/* Second: RST, believed only at exactly the next number (RFC 5961 3.2). */
static bool twin_tcp_step_reset(struct twin_tcp_sock *tp, struct sk_buff *skb,
				const struct twin_tcp_segment *seg)
{
	unsigned int i;
	bool exact;

	if (likely(!(seg->hdr.flags & TWIN_TCP_RST)))
		return false;
	exact = seg->hdr.seq == tp->rcv_nxt ||
		twin_tcp_step_reset_at_fin(tp, seg);
	/* a peer whose ACK we missed resets at the end of what it got */
	for (i = 0; i < tp->sack_count && !exact; i++)
		exact = seg->hdr.seq == tp->gaps->sacks[i].end;
	if (exact) {
		twin_tcp_reset_received(tp);
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_RESET);
		return true;
	}
	twin_tcp_challenge_ack(tp);
	twin_tcp_drop(tp, skb, TWIN_DROP_TCP_RESET_INVALID);
	return true;
}

/* Fourth: a SYN in a synchronized state is answered by an ACK (RFC 5961 4.2) */
static bool twin_tcp_step_syn(struct twin_tcp_sock *tp, struct sk_buff *skb,
			      const struct twin_tcp_segment *seg)
{
	if (likely(!(seg->hdr.flags & TWIN_TCP_SYN)))
		return false;
	return twin_tcp_step_stray_syn(tp, skb);
}

/* Fifth, SYN-RECEIVED: both sides have opened at once (3.5, figure 7). */
static bool twin_tcp_step_ack_syn_received(struct twin_tcp_sock *tp,
					   struct sk_buff *skb,
					   const struct twin_tcp_segment *seg)
{
	if (!twin_tcp_after(seg->hdr.ack, tp->snd_una) ||
	    twin_tcp_after(seg->hdr.ack, tp->snd_nxt)) {
		twin_tcp_reset_reply(twin_tcp_net(tp), skb, seg,
				     tp->ts.flow.ifindex);
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_ACK_FUTURE);
		return true;
	}
	tp->snd_wl1 = seg->hdr.seq - 1;
	twin_tcp_ack(tp, seg);
	twin_tcp_established(tp);
	return false;
}

/*
 * FIN-WAIT-2 without an owner: only as long as tcp_fin_timeout, and as a small
 * object unless this very segment has more to say.  True: no more a socket.
 */
static bool twin_tcp_step_fin_wait2_orphan(struct twin_tcp_sock *tp,
					   const struct twin_tcp_segment *seg)
{
	int seconds = twin_tcp_fin_wait2_seconds(tp);

	if (seconds < 0) {
		twin_tcp_done(tp);
		return true;
	}
	if (seg->end_seq != seg->hdr.seq) {
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_FINWAIT2, seconds * HZ);
		return false;
	}
	twin_tcp_timewait_enter(tp, TCP_FIN_WAIT2, seconds * HZ);
	return true;
}

/* Our FIN is acknowledged: what the state becomes.  True: no more a socket. */
static bool twin_tcp_step_fin_acked(struct twin_tcp_sock *tp,
				    const struct twin_tcp_segment *seg)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	if (tp->snd_una != tp->write_seq)
		return false;
	switch (sk->sk_state) {
	case TCP_FIN_WAIT1:
		twin_tcp_set_state(tp, TCP_FIN_WAIT2);
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
		if (sock_flag(sk, SOCK_DEAD))
			return twin_tcp_step_fin_wait2_orphan(tp, seg);
		sk->sk_state_change(sk);
		return false;
	case TCP_CLOSING:
		twin_tcp_timewait_enter(tp, TCP_TIME_WAIT,
					TWIN_TCP_TIMEWAIT_JIFFIES);
		return true;
	case TCP_LAST_ACK:
		twin_tcp_done(tp);
		return true;
	}
	return false;
}

/* Fifth: ACK.  True also if the connection is over. */
static bool twin_tcp_step_ack(struct twin_tcp_sock *tp, struct sk_buff *skb,
			      const struct twin_tcp_segment *seg)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	if (unlikely(!(seg->hdr.flags & TWIN_TCP_ACK))) {
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_NO_ACK);
		return true;
	}
	if (unlikely(sk->sk_state == TCP_SYN_RECV)) {
		if (twin_tcp_step_ack_syn_received(tp, skb, seg))
			return true;
	} else if (!twin_tcp_ack(tp, seg)) {
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_ACK_FUTURE);
		return true;
	}
	if (likely((1 << sk->sk_state) &
		   (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT | TCPF_FIN_WAIT2)))
		return false;
	if (!twin_tcp_step_fin_acked(tp, seg))
		return false;
	consume_skb(skb);
	return true;
}

/* Data for a socket that nobody can read from any more: RFC 1122 4.2.2.13 */
static bool twin_tcp_step_abort_on_data(struct twin_tcp_sock *tp,
					struct sk_buff *skb,
					const struct twin_tcp_segment *seg)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	u32 data_end = seg->end_seq - !!(seg->hdr.flags & TWIN_TCP_FIN);

	if (likely(!(sk->sk_shutdown & RCV_SHUTDOWN)) || !seg->payload ||
	    !twin_tcp_after(data_end, tp->rcv_nxt))
		return false;
	/* by close(), which may be waiting for SO_LINGER, or shutdown(RDWR) */
	if (!sock_flag(sk, SOCK_DEAD) &&
	    !((1 << sk->sk_state) & (TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2)))
		return false;
	TWIN_TCP_COUNT(tp, TCPEXT_ABORT_ON_DATA);
	twin_tcp_reset_send(tp);
	twin_tcp_reset_received(tp);
	twin_tcp_drop(tp, skb, TWIN_DROP_TCP_ABORT_ON_DATA);
	return true;
}

/* Sixth: URG */
static void twin_tcp_step_urgent(struct twin_tcp_sock *tp,
				 const struct sk_buff *skb,
				 const struct twin_tcp_segment *seg)
{
	if ((1 << twin_tcp_to_sk(tp)->sk_state) &
	    (TCPF_ESTABLISHED | TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2))
		twin_tcp_urgent_received(tp, skb, seg);
}

/* Seventh: the text, in the states in which any may come. */
static void twin_tcp_step_text(struct twin_tcp_sock *tp, struct sk_buff *skb,
			       const struct twin_tcp_segment *seg)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	if (!((1 << sk->sk_state) &
	      (TCPF_ESTABLISHED | TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2))) {
		if (seg->payload || seg->hdr.flags & TWIN_TCP_FIN)
			tp->ack_pending |= TWIN_TCP_ACK_SCHED | TWIN_TCP_ACK_NOW;
		twin_link_skb_free(skb);
		return;
	}
	if (seg->payload) {
		tp->data_segs_in += max_t(u16, skb_shinfo(skb)->gso_segs, 1);
		if (twin_tcp_ecn_agreed(tp))
			twin_tcp_ecn_received(tp, skb, seg->hdr.flags);
	}
	/* a veth pair hands over when it was to leave; wanted is when it came */
	skb_clear_delivery_time(skb);
	__skb_pull(skb, seg->hdr.header_bytes);
	twin_tcp_data_in(tp, skb);
}

/**
 * twin_tcp_fin_received() - eighth step: all of the peer's data is here
 * @tp: connection
 *
 * RFC: 9293 section 3.10.7.4, eighth
 * Context: Socket lock; rcv_nxt counts the FIN already.
 */
void twin_tcp_fin_received(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	tp->ack_pending |= TWIN_TCP_ACK_SCHED;
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	sock_set_flag(sk, SOCK_DONE);
	switch (sk->sk_state) {
	case TCP_SYN_RECV:
	case TCP_ESTABLISHED:
		twin_tcp_set_state(tp, TCP_CLOSE_WAIT);
		/* most close in return: their FIN carries the ACK, if it comes
		 * before the delayed one does (RFC 1122 4.2.3.2)
		 */
		tp->pingpong = 1;
		break;
	case TCP_FIN_WAIT1:
		twin_tcp_ack_send(tp);
		twin_tcp_set_state(tp, TCP_CLOSING);
		break;
	case TCP_FIN_WAIT2:
		twin_tcp_ack_send(tp);
		twin_tcp_timewait_enter(tp, TCP_TIME_WAIT,
					TWIN_TCP_TIMEWAIT_JIFFIES);
		break;
	}
	twin_tcp_ofo_purge(tp);
	if (sock_flag(sk, SOCK_DEAD))
		return;
	sk->sk_state_change(sk);
	if (sk->sk_shutdown == SHUTDOWN_MASK || sk->sk_state == TCP_CLOSE)
		sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_HUP);
	else
		sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
}

/* What the segment made possible: more data out, an ACK, room for writers. */
static void twin_tcp_step_after(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	if (sk->sk_state == TCP_CLOSE)
		return;
	twin_tcp_push_nagle(tp, tp->nonagle, GFP_ATOMIC);
	twin_tcp_write_room(tp);
	twin_tcp_ack_check(tp, true);
}

/*
 * Header prediction (Van Jacobson): the next segment in order, with nothing
 * unusual about it, needs no more checks.
 */
static bool twin_tcp_step_predicted(const struct twin_tcp_sock *tp,
				    const struct twin_tcp_segment *seg)
{
	if ((seg->hdr.flags & ~TWIN_TCP_PSH) != TWIN_TCP_ACK ||
	    seg->hdr.seq != tp->rcv_nxt ||
	    seg->payload > twin_tcp_receive_window(tp))
		return false;
	if (!tp->agreed.timestamps)
		return !seg->opt.present;
	return seg->opt.present == TWIN_TCP_OPT_TIMESTAMPS &&
	       (s32)(seg->opt.tsval - tp->ts_recent) >= 0;
}

/*
 * Figure 7 of RFC 9293, line 6: both have opened at once, and the peer's answer
 * repeats its SYN.  What is new in it is the ACK alone.
 */
static void twin_tcp_step_crossed_synack(struct twin_tcp_sock *tp,
					 struct twin_tcp_segment *seg)
{
	if ((seg->hdr.flags & ~TWIN_TCP_ECE) != (TWIN_TCP_SYN | TWIN_TCP_ACK) ||
	    seg->payload || seg->end_seq != tp->rcv_nxt ||
	    seg->hdr.ack != tp->snd_nxt)
		return;
	seg->hdr.flags &= ~TWIN_TCP_SYN;
	seg->hdr.seq = seg->end_seq;
	/* ours may have been lost */
	tp->ack_pending |= TWIN_TCP_ACK_SCHED | TWIN_TCP_ACK_NOW;
}

/*
 * Fast Open: the peer has not got our SYN+ACK and repeats its SYN.  SND.WL1 is
 * its number until the handshake is over.
 */
static bool twin_tcp_step_repeated_syn(struct twin_tcp_sock *tp,
				       struct sk_buff *skb,
				       const struct twin_tcp_segment *seg)
{
	struct sk_buff *synack = twin_tcp_rtx_first(tp);

	if ((seg->hdr.flags & (TWIN_TCP_SYN | TWIN_TCP_ACK | TWIN_TCP_RST)) !=
	    TWIN_TCP_SYN || seg->hdr.seq != tp->snd_wl1 ||
	    !synack || !(twin_tcp_cb(synack)->flags & TWIN_TCP_SYN))
		return false;
	if (twin_tcp_ratelimit(twin_tcp_net(tp), &tp->stray_ms))
		twin_tcp_retransmit(tp, synack, 1);
	twin_tcp_drop(tp, skb, TWIN_DROP_TCP_DUPLICATE);
	return true;
}

static void twin_tcp_step_synchronized(struct twin_tcp_sock *tp,
				       struct sk_buff *skb,
				       struct twin_tcp_segment *seg)
{
	if (unlikely(twin_tcp_to_sk(tp)->sk_state == TCP_SYN_RECV)) {
		if (!twin_tcp_fastopen_passive(tp))
			twin_tcp_step_crossed_synack(tp, seg);
		else if (twin_tcp_step_repeated_syn(tp, skb, seg))
			return;
	}
	if (likely(twin_tcp_step_predicted(tp, seg))) {
		TWIN_TCP_COUNT(tp, TCPEXT_HP_HITS);
	} else if (twin_tcp_step_sequence(tp, skb, seg) ||
		   twin_tcp_step_reset(tp, skb, seg) ||
		   twin_tcp_step_syn(tp, skb, seg)) {
		return;
	}
	tp->last_seg_jiffies = twin_tcp_jiffies();
	twin_tcp_step_store_ts(tp, seg);
	if (twin_tcp_step_ack(tp, skb, seg) ||
	    twin_tcp_step_abort_on_data(tp, skb, seg))
		return;
	if (unlikely(seg->hdr.flags & TWIN_TCP_URG || tp->urg_data))
		twin_tcp_step_urgent(tp, skb, seg);
	if (seg->end_seq == seg->hdr.seq)
		twin_link_skb_free(skb);
	else
		twin_tcp_step_text(tp, skb, seg);
	twin_tcp_step_after(tp);
}

/* The peer's offers, as far as they meet ours (RFC 7323 1.3, 2.2, RFC 2018) */
static void twin_tcp_step_agree(struct twin_tcp_sock *tp,
				const struct twin_tcp_segment *seg)
{
	const struct twin_wire_tcp_options *opt = &seg->opt;
	struct twin_tcp_agreed *agreed = &tp->agreed;

	agreed->mss_clamp = TWIN_TCP_MSS_DEFAULT;
	if (opt->present & TWIN_TCP_OPT_MSS && opt->mss)
		agreed->mss_clamp = opt->mss;
	if (!(opt->present & TWIN_TCP_OPT_WSCALE))
		agreed->wscale_ok = 0;
	agreed->snd_wscale = agreed->wscale_ok ?
		min_t(u8, opt->wscale, TWIN_TCP_WSCALE_MAX) : 0;
	if (!agreed->wscale_ok) {
		agreed->rcv_wscale = 0;
		tp->window_clamp = min(tp->window_clamp, 65535u);
	}
	if (!(opt->present & TWIN_TCP_OPT_SACK_PERMITTED))
		agreed->sack = 0;
	if (opt->present & TWIN_TCP_OPT_TIMESTAMPS && agreed->timestamps) {
		tp->ts_recent = opt->tsval;
		tp->ts_recent_seconds = (u32)ktime_get_seconds();
	} else {
		agreed->timestamps = 0;
	}
}

static void twin_tcp_step_syn_numbers(struct twin_tcp_sock *tp,
				      const struct twin_tcp_segment *seg)
{
	WRITE_ONCE(tp->rcv_nxt, seg->hdr.seq + 1);
	WRITE_ONCE(tp->copied_seq, tp->rcv_nxt);
	tp->rcv_wup = tp->rcv_nxt;
	tp->snd_wnd = seg->hdr.window;
	tp->snd_wl1 = seg->hdr.seq;
	tp->max_window = tp->snd_wnd;
	twin_tcp_step_agree(tp, seg);
}

/* The options are known.  If there is no path just now the last one's MTU stands. */
static void twin_tcp_step_mss(struct twin_tcp_sock *tp)
{
	twin_tcp_mss_sync(tp, twin_tcp_path(tp) ? tp->mtu_search.pmtu_bytes :
						  tp->ts.path.mtu_bytes);
}

/*
 * What stands behind the SYN is processed as if it came by itself, from the
 * sixth step on.  Without the SYN the urgent pointer counts one less.
 */
static void twin_tcp_step_behind_syn(struct twin_tcp_sock *tp,
				     struct sk_buff *skb,
				     struct twin_tcp_segment *seg)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(skb);

	seg->hdr.flags &= ~TWIN_TCP_SYN;
	seg->hdr.seq++;
	cb->flags &= ~TWIN_TCP_SYN;
	cb->seq++;
	if (seg->hdr.urgent > 1 && seg->hdr.flags & TWIN_TCP_URG) {
		seg->hdr.urgent--;
		twin_tcp_step_urgent(tp, skb, seg);
	}
	if (seg->end_seq == seg->hdr.seq)
		twin_link_skb_free(skb);
	else
		twin_tcp_step_text(tp, skb, seg);
}

/* SYN-SENT, a SYN that acknowledges ours: 3.10.7.3, fourth */
static void twin_tcp_step_syn_sent_done(struct twin_tcp_sock *tp,
					struct sk_buff *skb,
					struct twin_tcp_segment *seg)
{
	bool text = seg->end_seq != seg->hdr.seq + 1;
	struct sock *sk = twin_tcp_to_sk(tp);

	twin_tcp_step_syn_numbers(tp, seg);
	twin_tcp_ecn_answered(tp, seg->hdr.flags);
	twin_tcp_ack(tp, seg);
	twin_tcp_step_mss(tp);
	twin_tcp_established(tp);
	tp->ack_pending |= TWIN_TCP_ACK_SCHED;
	twin_tcp_fastopen_answered(tp, seg);
	twin_tcp_step_behind_syn(tp, skb, seg);
	if (text) {
		tp->ack_pending |= TWIN_TCP_ACK_SCHED | TWIN_TCP_ACK_NOW;
		twin_tcp_step_after(tp);
	} else if (!tp->ack_pending) {
		/* data that was sent again has carried it */
		return;
	} else if (!skb_queue_empty(&sk->sk_write_queue) || tp->pingpong ||
		   tp->defer_accept_opt) {
		/* data will follow at once and carry the ACK */
		twin_tcp_ack_enter_quick(tp, TWIN_TCP_QUICKACKS_MAX);
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_DELACK,
				   TWIN_TCP_DELACK_DIALOGUE_JIFFIES);
		twin_tcp_push_nagle(tp, tp->nonagle, GFP_ATOMIC);
	} else {
		twin_tcp_ack_opening(tp);
	}
}

/* SYN-SENT, a SYN without ACK: both open at once (3.10.7.3, fourth) */
static void twin_tcp_step_syn_sent_crossed(struct twin_tcp_sock *tp,
					   struct sk_buff *skb,
					   const struct twin_tcp_segment *seg)
{
	struct sk_buff *syn = twin_tcp_rtx_first(tp);

	twin_tcp_step_syn_numbers(tp, seg);
	twin_tcp_step_mss(tp);
	twin_tcp_set_state(tp, TCP_SYN_RECV);
	if (syn) {
		twin_tcp_cb(syn)->flags |= TWIN_TCP_ACK;
		twin_tcp_retransmit(tp, syn, 1);
	}
	twin_link_skb_free(skb);
}

/* 3.10.7.3: first ACK, second RST, fourth SYN */
static void twin_tcp_step_syn_sent(struct twin_tcp_sock *tp,
				   struct sk_buff *skb,
				   struct twin_tcp_segment *seg)
{
	u8 flags = seg->hdr.flags;

	tp->last_seg_jiffies = twin_tcp_jiffies();
	if (flags & TWIN_TCP_ACK &&
	    (!twin_tcp_after(seg->hdr.ack, tp->snd_una) ||
	     twin_tcp_after(seg->hdr.ack, tp->snd_nxt))) {
		twin_tcp_reset_reply(twin_tcp_net(tp), skb, seg,
				     tp->ts.flow.ifindex);
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_ACK_FUTURE);
		return;
	}
	/* an echo that we never sent: an old duplicate (RFC 7323 appendix) */
	if (flags & TWIN_TCP_ACK && tp->agreed.timestamps &&
	    seg->opt.present & TWIN_TCP_OPT_TIMESTAMPS && seg->opt.tsecr &&
	    (s32)(twin_tcp_tsval_at(tp, twin_clock_us()) - seg->opt.tsecr) < 0) {
		TWIN_TCP_COUNT(tp, TCPEXT_PAWS_ACTIVE);
		twin_tcp_reset_reply(twin_tcp_net(tp), skb, seg,
				     tp->ts.flow.ifindex);
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_PAWS);
		return;
	}
	if (flags & TWIN_TCP_RST) {
		if (flags & TWIN_TCP_ACK)
			twin_tcp_reset_received(tp);
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_RESET);
		return;
	}
	if (!(flags & TWIN_TCP_SYN))
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_STATE);
	else if (flags & TWIN_TCP_ACK)
		twin_tcp_step_syn_sent_done(tp, skb, seg);
	else
		twin_tcp_step_syn_sent_crossed(tp, skb, seg);
}

/*
 * CLOSED: the segment waited while the connection left its socket.  If a
 * TIME-WAIT object goes on for it, the segment is that object's.
 */
static void twin_tcp_step_closed(struct twin_tcp_sock *tp, struct sk_buff *skb,
				 struct twin_tcp_segment *seg)
{
	struct twin_tcp_owner owner = {};
	bool consumed = false, reset = true;

	/* there may be a listener: the peer's next SYN finds it */
	if (seg->hdr.flags & TWIN_TCP_SYN)
		reset = seg->hdr.flags & TWIN_TCP_ACK;
	else if (tp->ts.flow.lport)
		owner = twin_tcp_table_find(&tp->ts.flow, true);
	if (owner.mini && owner.mini->kind == TWIN_TCP_MINI_TIMEWAIT)
		consumed = twin_tcp_timewait_input(twin_tcp_timewait(owner.mini),
						   skb, seg);
	if (owner.mini)
		twin_tcp_mini_put(owner.mini);
	if (owner.sk) {
		reset = false;	/* it would be the next connection's */
		sock_put(owner.sk);
	}
	if (!consumed) {
		if (reset)
			twin_tcp_reset_reply(twin_tcp_net(tp), skb, seg,
					     tp->ts.flow.ifindex);
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_STATE);
	}
}

/**
 * twin_tcp_step() - SEGMENT ARRIVES in a connection
 * @tp: connection
 * @skb: skb->data at the TCP header; consumed
 * @seg: the same, parsed
 *
 * RFC: 9293 section 3.10.7
 * Context: Socket lock, RCU read lock; the caller holds a reference, the connection
 * may end.
 */
void twin_tcp_step(struct twin_tcp_sock *tp, struct sk_buff *skb,
		   struct twin_tcp_segment *seg)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	twin_tcp_clock_refresh(tp);
	twin_tcp_note_in(tp, seg);
	switch (sk->sk_state) {
	case TCP_CLOSE:
		twin_tcp_step_closed(tp, skb, seg);
		break;
	case TCP_LISTEN:
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_STATE);
		break;
	case TCP_SYN_SENT:
		twin_tcp_step_syn_sent(tp, skb, seg);
		break;
	default:
		twin_tcp_step_synchronized(tp, skb, seg);
	}
}
