// SPDX-License-Identifier: GPL-2.0
/*
 * Cuts an skb of data in two, in the write queue or the retransmission queue.
 */
#include "tcp.h"

/*
 * twin_tcp_set_segs() where the front may be acknowledged, whose segments count
 * no more.
 */
static void twin_tcp_set_segs_sent(struct twin_tcp_sock *tp,
				   struct sk_buff *skb)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	u32 acked;

	twin_tcp_set_segs(tp, skb);
	if (likely(!twin_tcp_before(cb->seq, tp->snd_una)))
		return;
	acked = min(tp->snd_una - cb->seq, skb->len);
	if (acked == skb->len)
		cb->tx.segs = !!(cb->flags & TWIN_TCP_FIN);
	else if (cb->tx.gso_bytes)
		cb->tx.segs = DIV_ROUND_UP(skb->len - acked, cb->tx.gso_bytes);
}

/* A private copy of the page list before it is cut. */
static int twin_tcp_unclone(struct sk_buff *skb, bool in_rtx_queue, gfp_t gfp)
{
	unsigned int truesize = skb->truesize;
	struct list_head saved;
	int err;

	if (!skb_cloned(skb))
		return 0;
	if (in_rtx_queue)
		twin_tcp_anchor_hide(skb, &saved);
	err = pskb_expand_head(skb, 0, 0, gfp);
	if (in_rtx_queue)
		skb->tcp_tsorted_anchor = saved;
	skb->truesize = truesize;
	return err;
}

static void twin_tcp_split_cb(struct sk_buff *skb, struct sk_buff *rest,
			      u32 bytes)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(skb), *rest_cb = twin_tcp_cb(rest);
	const u8 last_only = TWIN_TCP_FIN | TWIN_TCP_PSH;

	rest_cb->tx = cb->tx;
	rest_cb->seq = cb->seq + bytes;
	rest_cb->end_seq = cb->end_seq;
	rest_cb->flags = cb->flags;
	rest_cb->sacked = cb->sacked;
	rest_cb->eor = cb->eor;
	rest_cb->stamp_ack = false;
	if (unlikely(skb_shinfo(skb)->tx_flags || cb->stamp_ack))
		twin_tcp_stamp_split(skb, rest);
	cb->end_seq = rest_cb->seq;
	cb->flags &= ~last_only;
	cb->eor = false;
	rest->skb_mstamp_ns = skb->skb_mstamp_ns;
}

#define TWIN_TCP_FRAGMENT_SLACK_BYTES	(2 * SKB_TRUESIZE(65536))

/*
 * A peer that acknowledges every other segment of small ones would make an skb of
 * each; what time-outs and tail loss probes need is always cut.
 */
static bool twin_tcp_fragment_excess(const struct twin_tcp_sock *tp,
				     const struct sk_buff *skb)
{
	const struct sock *sk = twin_tcp_to_sk(tp);
	s64 most = (s64)READ_ONCE(sk->sk_sndbuf) + TWIN_TCP_FRAGMENT_SLACK_BYTES;

	return READ_ONCE(sk->sk_wmem_queued) >> 1 > most &&
	       skb != twin_tcp_rtx_first(tp) && skb != twin_tcp_rtx_last(tp);
}

/**
 * twin_tcp_fragment() - cut an skb of data in two
 * @tp: connection
 * @skb: in a queue; keeps the first part
 * @bytes: length of the first part, less than all; or all, and a FIN follows
 * @in_rtx_queue: which queue
 * @gfp: for the second part
 *
 * Context: Socket lock.
 * Return: 0, -ENOMEM, or -EINVAL where there is nothing to cut.
 */
int twin_tcp_fragment(struct twin_tcp_sock *tp, struct sk_buff *skb, u32 bytes,
		      bool in_rtx_queue, gfp_t gfp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	u32 segs_before = twin_tcp_skb_segs(skb);
	struct sk_buff *rest;
	u32 rest_bytes;

	if (WARN_ON_ONCE(bytes > skb->len ||
			 (bytes == skb->len &&
			  !(twin_tcp_cb(skb)->flags & TWIN_TCP_FIN))))
		return -EINVAL;
	if (in_rtx_queue && unlikely(twin_tcp_fragment_excess(tp, skb))) {
		TWIN_TCP_COUNT(tp, TCPEXT_WQUEUE_TOO_BIG);
		return -ENOMEM;
	}
	if (twin_tcp_unclone(skb, in_rtx_queue, gfp))
		return -ENOMEM;
	rest = twin_tcp_skb_alloc(tp, gfp);
	if (!rest)
		return -ENOMEM;
	sk_wmem_queued_add(sk, rest->truesize);
	twin_tcp_charge(sk, rest->truesize);
	rest_bytes = skb->len - bytes;
	rest->truesize += rest_bytes;
	skb->truesize -= rest_bytes;
	twin_tcp_split_cb(skb, rest, bytes);
	skb_split(skb, rest, bytes);
	rest->ip_summed = CHECKSUM_PARTIAL;
	__skb_header_release(rest);
	if (!in_rtx_queue) {
		twin_tcp_set_segs(tp, skb);
		twin_tcp_set_segs(tp, rest);
		__skb_queue_after(&sk->sk_write_queue, skb, rest);
		return 0;
	}
	twin_tcp_set_segs_sent(tp, skb);
	twin_tcp_set_segs_sent(tp, rest);
	twin_tcp_rtx_recount(tp, twin_tcp_cb(skb)->sacked,
			     twin_tcp_skb_segs(skb) + twin_tcp_skb_segs(rest) -
			     segs_before);
	twin_tcp_rtx_insert(tp, rest);
	/* what is lost or has arrived is not in the list */
	if (list_empty(&skb->tcp_tsorted_anchor))
		INIT_LIST_HEAD(&rest->tcp_tsorted_anchor);
	else
		list_add(&rest->tcp_tsorted_anchor, &skb->tcp_tsorted_anchor);
	return 0;
}
