// SPDX-License-Identifier: GPL-2.0
/*
 * Was the reaction to a loss needless?  Then window and threshold return to
 * what they were.  What tells: the echoed timestamp of an ACK is older than the
 * first retransmission (Eifel, RFC 3522, RFC 4015); every retransmission is
 * reported as a duplicate (D-SACK, RFC 2883 5); after a time-out, segments that
 * were never sent again arrive (F-RTO, RFC 5682).
 */
#include "tcp_cong.h"

/**
 * twin_tcp_undo_init() - an episode of loss recovery begins
 * @tp: connection
 *
 * RFC: 4015 section 3.2
 * Context: Socket lock; window and threshold are still the old ones.
 */
void twin_tcp_undo_init(struct twin_tcp_sock *tp)
{
	tp->undo_marker = tp->snd_una;
	/* an unknown number of retransmissions: none can be undone so far */
	tp->undo_retrans = tp->retrans_out ? tp->retrans_out : -1;
}

/* RFC 3522 3.2: this ACK answers something sent before the retransmission. */
static bool twin_tcp_undo_delayed(const struct twin_tcp_sock *tp)
{
	return tp->agreed.timestamps && tp->retrans_stamp && tp->rcv_tsecr &&
	       (s32)(tp->rcv_tsecr - tp->retrans_stamp) < 0;
}

static bool twin_tcp_undo_may(const struct twin_tcp_sock *tp)
{
	return tp->undo_marker &&
	       (!tp->undo_retrans || twin_tcp_undo_delayed(tp));
}

static void twin_tcp_undo_unmark(struct twin_tcp_sock *tp)
{
	struct sk_buff *skb;

	for (skb = twin_tcp_rtx_first(tp); skb; skb = skb_rb_next(skb)) {
		struct twin_tcp_cb *cb = twin_tcp_cb(skb);

		if (!(cb->sacked & TWIN_TCPCB_LOST))
			continue;
		cb->sacked &= ~TWIN_TCPCB_LOST;
		/* it may be judged again */
		if (list_empty(&skb->tcp_tsorted_anchor))
			list_add_tail(&skb->tcp_tsorted_anchor,
				      &tp->rtx_by_time);
	}
	tp->lost_out = 0;
	tp->rtx_hint = NULL;
}

static void twin_tcp_undo_reduction(struct twin_tcp_sock *tp, bool unmark)
{
	if (unmark)
		twin_tcp_undo_unmark(tp);
	if (tp->prior_ssthresh) {
		tp->cwnd = tp->cong->undo_cwnd(tp);
		if (tp->prior_ssthresh > tp->ssthresh) {
			tp->ssthresh = tp->prior_ssthresh;
			tp->ecn &= ~TWIN_TCP_ECN_QUEUE_CWR;
		}
	}
	tp->cwnd_stamp_jiffies = twin_tcp_jiffies();
	tp->undo_marker = 0;
	tp->rack_advanced = 1;
}

static bool twin_tcp_undo_retrans_seen(const struct twin_tcp_sock *tp)
{
	const struct sk_buff *first = twin_tcp_rtx_first(tp);

	return tp->retrans_out ||
	       (first && twin_tcp_cb(first)->sacked & TWIN_TCPCB_EVER_RETRANS);
}

/**
 * twin_tcp_undo_recovery() - everything of the episode is acknowledged
 * @tp: connection in Recovery or Loss, snd_una has reached high_seq
 *
 * RFC: 6582 section 3.2, 4 (without SACK wait for one ACK more)
 * Context: Socket lock.
 * Return: true if the state is to be kept for now.
 */
bool twin_tcp_undo_recovery(struct twin_tcp_sock *tp)
{
	if (twin_tcp_undo_may(tp)) {
		if (tp->ca_state == TCP_CA_Loss)
			TWIN_TCP_COUNT(tp, TCPEXT_LOSS_UNDO);
		else
			TWIN_TCP_COUNT(tp, TCPEXT_FULL_UNDO);
		twin_tcp_undo_reduction(tp, false);
	} else if (tp->rack_reo_persist) {
		tp->rack_reo_persist--;
	}
	if (tp->snd_una == tp->high_seq && !tp->agreed.sack) {
		/* duplicates of the old flight must not start another one */
		if (!twin_tcp_undo_retrans_seen(tp))
			tp->retrans_stamp = 0;
		return true;
	}
	twin_tcp_cong_set_state(tp, TCP_CA_Open);
	tp->is_sack_reneg = 0;
	return false;
}

/**
 * twin_tcp_undo_by_dsack() - every retransmission was reported as needless
 * @tp: connection
 *
 * RFC: 2883 section 5; 3708
 * Context: Socket lock.
 * Return: true if the reduction was undone.
 */
bool twin_tcp_undo_by_dsack(struct twin_tcp_sock *tp)
{
	if (!tp->undo_marker || tp->undo_retrans)
		return false;
	twin_tcp_undo_reduction(tp, false);
	TWIN_TCP_COUNT(tp, TCPEXT_DSACK_UNDO);
	return true;
}

/**
 * twin_tcp_undo_partial() - a partial ACK during Recovery
 * @tp: connection
 *
 * RFC: 4015 section 3.2
 * Context: Socket lock.
 * Return: true if it shows that what was retransmitted had only been late:
 * nothing more is to be retransmitted now.
 */
bool twin_tcp_undo_partial(struct twin_tcp_sock *tp)
{
	if (!tp->undo_marker || !twin_tcp_undo_delayed(tp))
		return false;
	/* not before what was retransmitted is accounted for as well */
	if (tp->retrans_out)
		return true;
	if (!twin_tcp_undo_retrans_seen(tp))
		tp->retrans_stamp = 0;
	twin_tcp_undo_reduction(tp, true);
	TWIN_TCP_COUNT(tp, TCPEXT_PARTIAL_UNDO);
	twin_tcp_recovery_keep_open(tp);
	return true;
}

/**
 * twin_tcp_undo_loss() - was the time-out spurious?
 * @tp: connection in Loss
 * @by_frto: F-RTO has shown it
 *
 * RFC: 5682 section 3.1, step 3b; 4015 section 3.2
 * Context: Socket lock.
 * Return: true if it was; the reduction is undone.
 */
bool twin_tcp_undo_loss(struct twin_tcp_sock *tp, bool by_frto)
{
	if (!by_frto && !twin_tcp_undo_may(tp))
		return false;
	twin_tcp_undo_reduction(tp, true);
	TWIN_TCP_COUNT(tp, TCPEXT_LOSS_UNDO);
	if (by_frto)
		TWIN_TCP_COUNT(tp, TCPEXT_SPURIOUS_RTOS);
	tp->retransmits = 0;
	if (by_frto || tp->agreed.sack) {
		twin_tcp_cong_set_state(tp, TCP_CA_Open);
		tp->is_sack_reneg = 0;
	}
	return true;
}
