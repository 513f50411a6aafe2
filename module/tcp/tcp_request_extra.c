// SPDX-License-Identifier: GPL-2.0
/*
 * What of a SYN outlives it, besides what every connection keeps:
 *
 * TCP_SAVE_SYN: a listener keeps the headers of the SYN of each connection, and
 * who accepts it can look at them once.
 *
 * IP options: if a SYN records its route or the time, so do our answers and all
 * that the connection sends, and tell the peer what the SYN has gathered.
 */
#include <linux/slab.h>
#include "tcp_table.h"

/* 1 keeps IP and TCP headers with their options, 2 the link's as well. */
static struct twin_tcp_saved_syn *
twin_tcp_saved_syn_take(const struct twin_tcp_sock *lp,
			const struct sk_buff *skb,
			const struct twin_tcp_segment *seg)
{
	const u8 *from = skb_network_header(skb);
	struct twin_tcp_saved_syn *saved;
	unsigned int bytes;

	if (lp->save_syn == 2 && skb_mac_header_was_set(skb))
		from = skb_mac_header(skb);
	bytes = skb->data + seg->hdr.header_bytes - from;
	saved = kmalloc(struct_size(saved, data, bytes),
			GFP_ATOMIC | __GFP_NOWARN);
	if (!saved)
		return NULL;
	saved->bytes = bytes;
	memcpy(saved->data, from, bytes);
	return saved;
}

/**
 * twin_tcp_request_keep() - keep of a SYN what is asked for
 * @rq: request that nobody else sees yet
 * @skb: the SYN, skb->data at its TCP header; or the ACK that brings a cookie
 *	back, which will have the options that the SYN had
 * @seg: the same, parsed
 *
 * Without memory it is as if nothing had been asked for.
 *
 * RFC: 1122 section 4.2.3.8
 * Context: Softirq.
 */
void twin_tcp_request_keep(struct twin_tcp_request *rq,
			   const struct sk_buff *skb,
			   const struct twin_tcp_segment *seg)
{
	const struct twin_tcp_sock *lp = twin_tcp(rq->listener);
	bool save = lp->save_syn && seg->hdr.flags & TWIN_TCP_SYN;
	struct twin_tcp_request_extra *extra;

	if (likely(!save && twin_ip_cb(skb)->header_bytes ==
		   TWIN_WIRE_IPV4_MIN_BYTES))
		return;
	extra = kzalloc(sizeof(*extra), GFP_ATOMIC | __GFP_NOWARN);
	if (!extra)
		return;
	if (save)
		extra->saved_syn = twin_tcp_saved_syn_take(lp, skb, seg);
	extra->options.bytes = twin_ip_options_echo(skb, extra->options.data);
	rq->extra = extra;
}

/**
 * twin_tcp_request_options() - the IP options of what goes to the peer
 * @rq: request
 *
 * Context: Any; they are there as long as @rq, and do not change.
 * Return: options, or NULL.
 */
const struct twin_ip_options *
twin_tcp_request_options(const struct twin_tcp_request *rq)
{
	if (likely(!rq->extra) || !rq->extra->options.bytes)
		return NULL;
	return &rq->extra->options;
}

/**
 * twin_tcp_request_forget() - free what was kept
 * @rq: request whose last reference is gone
 *
 * Context: Any.
 */
void twin_tcp_request_forget(struct twin_tcp_request *rq)
{
	if (likely(!rq->extra))
		return;
	kfree(rq->extra->saved_syn);
	kfree(rq->extra);
}
