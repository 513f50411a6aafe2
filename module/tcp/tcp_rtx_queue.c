// SPDX-License-Identifier: GPL-2.0
/*
 * The retransmission queue: what was sent and is not acknowledged, by number.
 *
 * An skb in it has its place in the tree where skb->dev is, and its place in the
 * list by time where a route and a destructor would be.
 */
#include "tcp.h"

/**
 * twin_tcp_rtx_insert() - a segment has been sent for the first time
 * @tp: connection
 * @skb: in no queue
 *
 * Context: Socket lock.
 */
void twin_tcp_rtx_insert(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct rb_node **p = &twin_tcp_to_sk(tp)->tcp_rtx_queue.rb_node;
	struct rb_node *parent = NULL;

	while (*p) {
		parent = *p;
		if (twin_tcp_before(twin_tcp_cb(skb)->seq,
				    twin_tcp_cb(rb_to_skb(parent))->seq))
			p = &parent->rb_left;
		else
			p = &parent->rb_right;
	}
	rb_link_node(&skb->rbnode, parent, p);
	rb_insert_color(&skb->rbnode, &twin_tcp_to_sk(tp)->tcp_rtx_queue);
}

/**
 * twin_tcp_rtx_find() - where in the retransmission queue is a number?
 * @tp: connection
 * @seq: sequence number
 *
 * Context: Socket lock.
 * Return: the first skb that ends behind @seq, or NULL.
 */
struct sk_buff *twin_tcp_rtx_find(const struct twin_tcp_sock *tp, u32 seq)
{
	struct rb_node *node =
		twin_tcp_to_sk(tp)->tcp_rtx_queue.rb_node;
	struct sk_buff *found = NULL;

	while (node) {
		struct sk_buff *skb = rb_to_skb(node);

		if (twin_tcp_after(twin_tcp_cb(skb)->end_seq, seq)) {
			found = skb;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

/**
 * twin_tcp_rtx_unlink() - a segment leaves the retransmission queue
 * @tp: connection
 * @skb: in the queue
 *
 * Context: Socket lock.
 */
void twin_tcp_rtx_unlink(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	if (tp->rtx_hint == skb)
		tp->rtx_hint = NULL;
	list_del(&skb->tcp_tsorted_anchor);
	skb->_skb_refdst = 0;
	skb->destructor = NULL;
	if (likely(twin_tcp_rtx_is_alone(tp, skb)))
		twin_tcp_to_sk(tp)->tcp_rtx_queue = RB_ROOT;
	else
		rb_erase(&skb->rbnode, &twin_tcp_to_sk(tp)->tcp_rtx_queue);
}
