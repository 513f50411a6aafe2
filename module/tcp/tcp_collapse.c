// SPDX-License-Identifier: GPL-2.0
/*
 * When small pieces have filled the receive buffer with the overhead of their
 * skbs, their data is packed into fewer: data inside the advertised window must
 * not be refused for want of memory (RFC 9293 3.8.6).
 *
 * Bytes that a piece has in common with the one before it are left out.  Pieces
 * are packed only if that frees half of the memory: however a peer cuts its data,
 * a byte is not copied again before as much memory has been filled anew.
 */
#include "tcp.h"

#define TWIN_TCP_COLLAPSE_BYTES	SKB_MAX_ORDER(0, 0)	/* an skb in one page */

/*
 * struct twin_tcp_collapse_run - skbs that become one
 * @first: of them
 * @end: the skb behind them, or the queue
 * @start: where what they bring begins; what is in front has come before
 * @bytes: that they bring
 * @truesize: memory they have
 */
struct twin_tcp_collapse_run {
	struct sk_buff *first;
	struct sk_buff *end;
	u32 start;
	u32 bytes;
	u32 truesize;
};

/* How much of @skb's data came before. */
static u32 twin_tcp_collapse_known(const struct sk_buff *skb, u32 start)
{
	u32 seq = twin_tcp_cb(skb)->seq;

	return twin_tcp_before(seq, start) ? min(start - seq, skb->len) : 0;
}

/* From run->first on as many as waste memory and fit into one page. */
static void twin_tcp_collapse_measure(struct sk_buff_head *queue,
				      struct twin_tcp_collapse_run *run)
{
	struct sk_buff *skb = run->first;
	u32 start = run->start, bytes;

	run->bytes = 0;
	run->truesize = 0;
	skb_queue_walk_from(queue, skb) {
		bytes = skb->len - twin_tcp_collapse_known(skb, start);
		if (skb->truesize <= 2 * bytes || !skb_frags_readable(skb) ||
		    run->bytes + bytes > TWIN_TCP_COLLAPSE_BYTES ||
		    twin_tcp_after(twin_tcp_cb(skb)->seq, start))
			break;
		run->bytes += bytes;
		run->truesize += skb->truesize;
		start = twin_tcp_cb(skb)->end_seq;
	}
	run->end = skb;
}

/* An empty skb in front of the run, for its data. */
static struct sk_buff *
twin_tcp_collapse_new(struct sock *sk, const struct twin_tcp_collapse_run *run)
{
	struct sk_buff *into = alloc_skb(run->bytes, GFP_ATOMIC | __GFP_NOWARN);
	struct twin_tcp_cb *cb;

	if (!into)
		return NULL;
	memcpy(into->cb, run->first->cb, sizeof(into->cb));
	cb = twin_tcp_cb(into);
	if (twin_tcp_before(cb->seq, run->start))
		cb->seq = run->start;
	cb->end_seq = cb->seq;
	cb->flags = 0;
	skb_set_owner_r(into, sk);
	__skb_queue_before(&sk->sk_receive_queue, run->first, into);
	return into;
}

static void twin_tcp_collapse_move(struct sock *sk, struct sk_buff *into,
				   struct sk_buff *skb)
{
	u32 known = twin_tcp_collapse_known(skb, twin_tcp_cb(into)->end_seq);
	u32 bytes = skb->len - known;

	if (skb_copy_bits(skb, known, skb_put(into, bytes), bytes))
		WARN_ON_ONCE(1);
	twin_tcp_cb(into)->end_seq = twin_tcp_cb(skb)->end_seq;
	twin_tcp_cb(into)->flags |= twin_tcp_cb(skb)->flags;
	if (unlikely(skb->tstamp))
		twin_tcp_stamp_inherit(into, skb);
	__skb_unlink(skb, &sk->sk_receive_queue);
	__kfree_skb(skb);
	TWIN_TCP_COUNT(twin_tcp(sk), TCPEXT_RCV_COLLAPSED);
}

/* The memory of an skb is up to twice what is asked for. */
static bool twin_tcp_collapse_pays(const struct twin_tcp_collapse_run *run)
{
	return run->truesize > 2 * SKB_TRUESIZE(run->bytes);
}

/* Return: false if there is no memory. */
static bool twin_tcp_collapse_pack(struct sock *sk,
				   const struct twin_tcp_collapse_run *run)
{
	struct sk_buff *skb = run->first, *next;
	struct sk_buff *into = twin_tcp_collapse_new(sk, run);

	if (!into)
		return false;
	skb_queue_walk_from_safe(&sk->sk_receive_queue, skb, next) {
		if (skb == run->end)
			break;
		twin_tcp_collapse_move(sk, into, skb);
	}
	return true;
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
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	struct twin_tcp_collapse_run run;

	for (run.first = queue->next; run.first != (struct sk_buff *)queue;
	     run.first = run.end) {
		run.start = skb_queue_is_first(queue, run.first) ?
			    twin_tcp_cb(run.first)->seq :
			    twin_tcp_cb(run.first->prev)->end_seq;
		twin_tcp_collapse_measure(queue, &run);
		if (run.end == run.first)
			run.end = run.first->next;
		else if (twin_tcp_collapse_pays(&run) &&
			 !twin_tcp_collapse_pack(sk, &run))
			return;
	}
}
