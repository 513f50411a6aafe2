// SPDX-License-Identifier: GPL-2.0
/*
 * When small pieces have filled the receive buffer with the overhead of their
 * skbs, their data is packed into fewer: what is inside the window that the
 * peer was told of must not be refused for want of memory (RFC 9293 3.8.6).
 */
#include "../inspect/mib.h"
#include "tcp_table.h"

#define TWIN_TCP_COLLAPSE_BYTES	SKB_MAX_ORDER(0, 0)	/* an skb in one page */

/* Less than half of its memory is data, and it can be copied whole. */
static bool twin_tcp_collapse_wasteful(const struct sk_buff *skb)
{
	return skb->truesize > 2 * skb->len &&
	       skb->len <= TWIN_TCP_COLLAPSE_BYTES / 2;
}

/* An empty skb in front of @skb, for its data and what follows. */
static struct sk_buff *twin_tcp_collapse_new(struct sock *sk,
					     struct sk_buff *skb)
{
	struct sk_buff *into = alloc_skb(TWIN_TCP_COLLAPSE_BYTES,
					 GFP_ATOMIC | __GFP_NOWARN);

	if (!into)
		return NULL;
	memcpy(into->cb, skb->cb, sizeof(skb->cb));
	twin_tcp_cb(into)->end_seq = twin_tcp_cb(skb)->seq;
	twin_tcp_cb(into)->flags = 0;
	skb_set_owner_r(into, sk);
	__skb_queue_before(&sk->sk_receive_queue, skb, into);
	return into;
}

static void twin_tcp_collapse_move(struct sock *sk, struct sk_buff *into,
				   struct sk_buff *skb)
{
	if (skb_copy_bits(skb, 0, skb_put(into, skb->len), skb->len))
		WARN_ON_ONCE(1);
	twin_tcp_cb(into)->end_seq = twin_tcp_cb(skb)->end_seq;
	twin_tcp_cb(into)->flags |= twin_tcp_cb(skb)->flags;
	if (unlikely(skb->tstamp))
		twin_tcp_stamp_inherit(into, skb);
	__skb_unlink(skb, &sk->sk_receive_queue);
	__kfree_skb(skb);
	TWIN_TCP_COUNT(twin_tcp(sk), TCPEXT_RCV_COLLAPSED);
}

/**
 * twin_tcp_collapse() - pack the receive queue
 * @tp: connection
 *
 * RFC: 9293 section 3.8.6
 * Context: Socket lock.
 */
void twin_tcp_collapse(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct sk_buff *into = NULL, *skb, *next;

	skb_queue_walk_safe(&sk->sk_receive_queue, skb, next) {
		if (!twin_tcp_collapse_wasteful(skb) ||
		    (into && twin_tcp_cb(into)->end_seq !=
		     twin_tcp_cb(skb)->seq)) {
			into = NULL;
			continue;
		}
		if (!into || skb_tailroom(into) < skb->len)
			into = twin_tcp_collapse_new(sk, skb);
		if (!into)
			return;
		twin_tcp_collapse_move(sk, into, skb);
	}
}
