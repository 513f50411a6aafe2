// SPDX-License-Identifier: GPL-2.0
/*
 * Sending a segment once more (RFC 6298 5.4; statement S15).
 */
#include "tcp.h"

/* A retransmission must fit into what the path carries now. */
static int twin_tcp_retransmit_fit(struct twin_tcp_sock *tp,
				   struct sk_buff *skb, u32 max_segs)
{
	u32 mss = twin_tcp_mss_current(tp);
	u32 bytes = mss * (tp->urg_mode ? 1 : max_t(u32, max_segs, 1));

	if (skb->len > bytes)
		return twin_tcp_fragment(tp, skb, bytes, true, GFP_ATOMIC);
	if (skb->len > mss || twin_tcp_skb_segs(skb) > 1) {
		u32 before = twin_tcp_skb_segs(skb);

		twin_tcp_set_segs(tp, skb);
		/* what has arrived is sent again if nothing else may be */
		twin_tcp_rtx_recount(tp, twin_tcp_cb(skb)->sacked,
				     twin_tcp_skb_segs(skb) - before);
	}
	return 0;
}

/*
 * The front of it may have been acknowledged: cut that off.  Its segments left
 * the counters when the ACK came (twin_tcp_ack_part()).
 */
static struct sk_buff *twin_tcp_retransmit_trim(struct twin_tcp_sock *tp,
						struct sk_buff *skb)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	struct sk_buff *rest;
	u32 acked;
	int err;

	if (!twin_tcp_before(cb->seq, tp->snd_una) || !skb->len)
		return skb;
	acked = tp->snd_una - cb->seq;
	if (acked > skb->len)
		return skb;
	err = twin_tcp_fragment(tp, skb, acked, true, GFP_ATOMIC);
	if (err)
		return ERR_PTR(err);
	rest = skb_rb_next(skb);
	if (unlikely(cb->stamp_ack))
		twin_tcp_stamp_acked(tp, skb);
	twin_tcp_rtx_recount(tp, cb->sacked, -twin_tcp_skb_segs(skb));
	twin_tcp_rtx_unlink(tp, skb);
	twin_tcp_skb_free(tp, skb);
	return rest;
}

/**
 * twin_tcp_retransmit() - send a segment once more
 * @tp: connection
 * @skb: in the retransmission queue; may be replaced by its unacknowledged
 *	part, so the caller must not use it afterwards
 * @max_segs: at most so much of it
 *
 * RFC: 6298 section 5.4; 9293 section 3.8.1
 * Context: Socket lock.
 * Return: 0; negative if the window or memory forbids it, -EBUSY while the last
 * transmission is still in this host; the positive errno of IP if it was tried
 * and could not leave.
 */
int twin_tcp_retransmit(struct twin_tcp_sock *tp, struct sk_buff *skb,
			u32 max_segs)
{
	struct twin_tcp_cb *cb;
	u32 segs;
	int err;

	/* whether the path carries what is tried is not known then */
	tp->mtu_search.probe_bytes = 0;
	if (twin_tcp_throttle_holds(tp, skb))
		return -EBUSY;
	skb = twin_tcp_retransmit_trim(tp, skb);
	if (IS_ERR(skb))
		return PTR_ERR(skb);
	cb = twin_tcp_cb(skb);
	if (twin_tcp_after(cb->seq, twin_tcp_snd_wnd_end(tp)) &&
	    cb->seq != tp->snd_una)
		return -EAGAIN;
	err = twin_tcp_retransmit_fit(tp, skb, max_segs);
	if (err)
		return err;
	segs = twin_tcp_skb_segs(skb);
	TWIN_COUNT_ADD(twin_tcp_net(tp), TCP_RETRANS_SEGS, segs);
	if (cb->flags & TWIN_TCP_SYN) {
		TWIN_TCP_COUNT(tp, TCPEXT_SYN_RETRANS);
		twin_tcp_ecn_give_up(tp, skb);
	}
	tp->total_retrans += segs;
	tp->bytes_retrans += skb->len;

	err = twin_tcp_send_copy(tp, skb, true, GFP_ATOMIC);
	if (err)
		TWIN_COUNT_ADD(twin_tcp_net(tp), TCPEXT_RETRANS_FAIL, segs);
	if (err == -ENOBUFS)
		return -err;
	if (twin_tcp_pace_needed(tp))
		twin_tcp_pace_sent(tp, skb->len);
	skb->skb_mstamp_ns = tp->now_us;
	tp->cwnd_stamp_jiffies = twin_tcp_jiffies();
	twin_tcp_rate_sent(tp, skb);
	list_move_tail(&skb->tcp_tsorted_anchor, &tp->rtx_by_time);
	if (!(cb->sacked & TWIN_TCPCB_RETRANS)) {
		cb->sacked |= TWIN_TCPCB_RETRANS;
		tp->retrans_out += segs;
	}
	cb->sacked |= TWIN_TCPCB_EVER_RETRANS;
	if (!tp->retrans_stamp)
		tp->retrans_stamp = twin_tcp_tsval(tp) ?: 1;
	if (tp->undo_retrans < 0)
		tp->undo_retrans = 0;
	tp->undo_retrans += segs;
	return -min(err, 0);
}
