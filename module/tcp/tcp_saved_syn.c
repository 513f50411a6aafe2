// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_SAVE_SYN: a listener keeps the headers of the SYN of each connection, and
 * who accepts it can look at them once.
 */
#include <linux/slab.h>
#include "tcp_table.h"

/**
 * twin_tcp_saved_syn_take() - keep the headers of a SYN, if that is asked for
 * @lp: listener
 * @skb: the SYN, skb->data at its TCP header
 * @seg: the same, parsed
 *
 * 1 keeps IP and TCP headers with their options, 2 the link's as well.
 *
 * Context: Softirq.
 * Return: a copy, or NULL.
 */
struct twin_tcp_saved_syn *
twin_tcp_saved_syn_take(const struct twin_tcp_sock *lp,
			const struct sk_buff *skb,
			const struct twin_tcp_segment *seg)
{
	const u8 *from = skb_network_header(skb);
	struct twin_tcp_saved_syn *saved;
	unsigned int bytes;

	if (likely(!lp->save_syn))
		return NULL;
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
