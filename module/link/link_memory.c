// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for packets that costs little to get.
 *
 * The allocator of the kernel's drivers (napi) serves small packets: skbs come
 * from a list of this CPU, heads from a page that starts anew once all of them
 * are free.  So neither is zeroed for each packet, as slab objects are
 * (init_on_alloc); no byte leaves that was not written before.
 */
#include <linux/skbuff.h>
#include "link.h"

/**
 * twin_link_skb_alloc() - an skb for a small packet
 * @headroom: bytes to leave in front
 * @bytes: room for data behind that
 *
 * Context: Process or softirq; never waits.
 * Return: the skb, empty, or NULL.
 */
struct sk_buff *twin_link_skb_alloc(unsigned int headroom, unsigned int bytes)
{
	unsigned int size = SKB_DATA_ALIGN(headroom + bytes) +
			    SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct sk_buff *skb = NULL;
	void *head;

	local_bh_disable();
	head = napi_alloc_frag(size);
	if (likely(head)) {
		skb = napi_build_skb(head, size);
		if (likely(skb))
			skb_reserve(skb, headroom);
		else
			skb_free_frag(head);
	}
	local_bh_enable();
	return skb;
}

/**
 * twin_link_skb_free() - an skb has done its work
 * @skb: any; a reference of the caller's
 *
 * Context: Process or softirq.
 */
void twin_link_skb_free(struct sk_buff *skb)
{
	local_bh_disable();
	napi_consume_skb(skb, 1);
	local_bh_enable();
}
