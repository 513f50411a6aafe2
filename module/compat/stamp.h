/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Since 6.15 the core looks for the wish to hear of an ACK where the kernel's own TCP
 * keeps it: in its control block, which is not ours.
 */
#ifndef TWIN_COMPAT_STAMP_H
#define TWIN_COMPAT_STAMP_H

#include <linux/skbuff.h>
#include <net/tcp.h>

#ifdef TSTAMP_ACK_SK
static inline void twin_compat_stamp_acked(struct sk_buff *skb, struct sock *sk)
{
	struct tcp_skb_cb saved = *TCP_SKB_CB(skb);

	TCP_SKB_CB(skb)->txstamp_ack = TSTAMP_ACK_SK;
	__skb_tstamp_tx(skb, NULL, NULL, sk, SCM_TSTAMP_ACK);
	*TCP_SKB_CB(skb) = saved;
}
#else
static inline void twin_compat_stamp_acked(struct sk_buff *skb, struct sock *sk)
{
	__skb_tstamp_tx(skb, NULL, NULL, sk, SCM_TSTAMP_ACK);
}
#endif

#endif
