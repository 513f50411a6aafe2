// SPDX-License-Identifier: GPL-2.0
/*
 * SYN, FIN and window probes: segments that open, close and ask.
 */
#include "tcp_fastopen.h"
#include "tcp_record.h"

/**
 * twin_tcp_queue_syn() - a SYN, or SYN+ACK, at the end of the write queue
 * @tp: connection with its ISS as write_seq, which counts the SYN afterwards
 * @flags: TWIN_TCP_ control bits
 * @gfp: how to allocate
 *
 * Context: Socket lock.
 * Return: the segment, or NULL.
 */
struct sk_buff *twin_tcp_queue_syn(struct twin_tcp_sock *tp, u8 flags,
				   gfp_t gfp)
{
	struct sk_buff *skb = twin_tcp_skb_alloc(tp, gfp);

	if (!skb)
		return NULL;
	twin_tcp_skb_queue(tp, skb, flags);
	twin_tcp_cb(skb)->end_seq = ++tp->write_seq;
	twin_tcp_cb(skb)->tx.segs = 1;
	return skb;
}

/**
 * twin_tcp_send_syn() - send the first segment of a connection
 * @tp: connection in SYN-SENT with endpoints, ISS and offers set
 *
 * RFC: 9293 section 3.10.1
 * Context: Socket lock, clock refreshed.
 * Return: 0 or -ENOBUFS; a failure below is left to the time-out.
 */
int twin_tcp_send_syn(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct sk_buff *skb;

	skb = twin_tcp_queue_syn(tp, TWIN_TCP_SYN | twin_tcp_ecn_ask(tp),
				 sk->sk_allocation);
	if (!skb)
		return -ENOBUFS;
	tp->retrans_stamp = 0;
	/* if it cannot leave now, a queue being full, the time-out sends it again */
	if (unlikely(tp->fastopen_request))
		twin_tcp_fastopen_send_syn(tp, skb);
	else
		twin_tcp_transmit(tp, skb, sk->sk_allocation);
	/* the SYN, and the data that went with it */
	while ((skb = skb_peek(&sk->sk_write_queue)))
		twin_tcp_sent_new(tp, skb);
	TWIN_TCP_COUNT(tp, TCP_ACTIVE_OPENS);
	twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_REXMIT, twin_tcp_rto_jiffies(tp));
	twin_tcp_note_timers(tp);
	return 0;
}

/**
 * twin_tcp_send_fin() - all has been written: send the FIN behind it
 * @tp: connection
 *
 * RFC: 9293 section 3.6, 3.10.4
 * Context: Socket lock.
 */
void twin_tcp_send_fin(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);
	struct twin_tcp_cb *cb;

	if (!skb) {
		/* a FIN must not be lost for want of memory */
		skb = twin_tcp_skb_alloc(tp, sk->sk_allocation | __GFP_NOFAIL);
		twin_tcp_skb_queue(tp, skb, TWIN_TCP_ACK);
	}
	cb = twin_tcp_cb(skb);
	cb->flags |= TWIN_TCP_FIN;
	cb->end_seq++;
	tp->write_seq++;
	twin_tcp_push_nagle(tp, TWIN_TCP_PUSH, GFP_ATOMIC);
}

/**
 * twin_tcp_probe_window() - ask whether the peer's window has opened
 * @tp: connection with data waiting
 *
 * Sends a byte or more if any of the window is open, else a segment without data
 * that the peer must answer, because its number is old; for that the peer ignores its
 * urgent pointer, which another tells, to which there need not be an answer.
 *
 * RFC: 9293 section 3.8.6.1; 3.10.2
 * Context: Socket lock.
 * Return: 1 if data went out, 0 if a probe did, negative on error.
 */
int twin_tcp_probe_window(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct sk_buff *skb = skb_peek(&sk->sk_write_queue);
	u32 mss = twin_tcp_mss_current(tp);
	u32 room;

	twin_tcp_clock_refresh(tp);
	if (!skb || !twin_tcp_before(twin_tcp_cb(skb)->seq,
				     twin_tcp_snd_wnd_end(tp))) {
		TWIN_TCP_COUNT(tp, TCPEXT_WIN_PROBE);
		if (tp->urg_mode)
			twin_tcp_ack_probe(tp, tp->snd_una);
		twin_tcp_ack_probe(tp, tp->snd_una - 1);
		return 0;
	}
	room = min(twin_tcp_snd_wnd_end(tp) - twin_tcp_cb(skb)->seq, mss);
	if (skb->len > room && twin_tcp_fragment(tp, skb, room, false,
						 GFP_ATOMIC))
		return -ENOMEM;
	twin_tcp_set_segs(tp, skb);
	twin_tcp_cb(skb)->flags |= TWIN_TCP_PSH;
	if (twin_tcp_transmit(tp, skb, GFP_ATOMIC) == -ENOBUFS)
		return -ENOBUFS;
	if (twin_tcp_pace_needed(tp))
		twin_tcp_pace_sent(tp, skb->len);
	twin_tcp_sent_new(tp, skb);
	return 1;
}
