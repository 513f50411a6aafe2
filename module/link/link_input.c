// SPDX-License-Identifier: GPL-2.0
/*
 * Frames in: which of a device's frames are for Twin.
 *
 * Every frame of the device passes here, and most of them may not be for Twin, so
 * the destination is checked before anything else is done.  A frame that is not
 * for Twin goes on to the kernel unchanged; of broadcasts and multicasts Twin
 * takes a clone, because the kernel's stack needs them too.  If Twin forwards, it
 * takes the frames that were sent to this host alone and are for neither stack.
 */
#include <linux/if_vlan.h>
#include <linux/in.h>
#include "../inspect/drop.h"
#include "../inspect/trace.h"
#include "../wire/wire_ipv4.h"
#include "link.h"

/* Place of the destination in an IPv4 header, RFC 791 section 3.1. */
#define TWIN_LINK_DADDR_OFFSET	16
#define TWIN_LINK_DADDR_BYTES	4

enum twin_link_verdict {
	TWIN_LINK_LEAVE,		/* not for Twin */
	TWIN_LINK_TAKE,			/* for Twin, unless it says no */
	TWIN_LINK_FORWARD,		/* the same, to another host */
	TWIN_LINK_SHARE,		/* for Twin and the kernel */
};

static enum twin_link_verdict
twin_link_judge_ip(const struct twin_link_dev *ld, const struct sk_buff *skb)
{
	u8 buffer[TWIN_LINK_DADDR_BYTES];
	const u8 *field;
	__be32 daddr;

	field = skb_header_pointer(skb, TWIN_LINK_DADDR_OFFSET, sizeof(buffer),
				   buffer);
	if (!field)
		return TWIN_LINK_LEAVE;
	daddr = twin_wire_get_be32(field);
	if (twin_link_addr_find(ld->tn, daddr))
		return TWIN_LINK_TAKE;
	if (ipv4_is_multicast(daddr) || twin_link_addr_is_broadcast(ld, daddr))
		return TWIN_LINK_SHARE;
	if (twin_link_local_takes(ld->tn, daddr))
		return TWIN_LINK_TAKE;
	/* what was sent to all is not forwarded, RFC 1812 section 5.3.4; it may
	 * be a broadcast of the kernel's subnets
	 */
	if (READ_ONCE(ld->tn->conf.ip_forward) &&
	    skb->pkt_type == PACKET_HOST &&
	    !twin_link_kernel_has(ld->tn, daddr))
		return TWIN_LINK_FORWARD;
	return TWIN_LINK_LEAVE;
}

static enum twin_link_verdict
twin_link_judge(const struct twin_link_dev *ld, const struct sk_buff *skb)
{
	if (skb->pkt_type == PACKET_OTHERHOST ||
	    skb->pkt_type == PACKET_LOOPBACK)
		return TWIN_LINK_LEAVE;
	/* VLAN 0 only carries a priority, IEEE 802.1Q 6.9.1 */
	if (skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb))
		return TWIN_LINK_LEAVE;
	if (likely(skb->protocol == htons(ETH_P_IP)))
		return twin_link_judge_ip(ld, skb);
	if (skb->protocol == htons(ETH_P_ARP) && READ_ONCE(ld->uses_arp))
		return TWIN_LINK_TAKE;
	return TWIN_LINK_LEAVE;
}

/*
 * Consumes @skb, which nobody else holds, or returns false and leaves it.  It may
 * refer to pages that its sender has lent (MSG_ZEROCOPY): whoever keeps it, or lets a
 * program look at it, calls skb_orphan_frags_rx() first.
 */
static bool twin_link_deliver(struct twin_link_dev *ld, struct sk_buff *skb,
			      enum twin_link_verdict verdict)
{
	trace_twin_link_rx(skb);
	return twin_l3_deliver(ld, skb, verdict == TWIN_LINK_TAKE);
}

/* Delivers a clone; false if that was not taken. */
static bool twin_link_deliver_clone(struct twin_link_dev *ld,
				    struct sk_buff *skb,
				    enum twin_link_verdict verdict)
{
	struct sk_buff *clone = skb_clone(skb, GFP_ATOMIC);

	if (!clone) {
		twin_drop_count(ld->tn, skb, TWIN_DROP_LINK_NO_MEMORY);
		return false;
	}
	if (twin_link_deliver(ld, clone, verdict))
		return true;
	consume_skb(clone);
	return false;
}

/**
 * twin_link_rx_handler() - a frame has come in
 * @pskb: frame, skb->data at the network header; replaced if it was shared
 *
 * Context: Softirq, RCU read lock.  RX_HANDLER_CONSUMED: the skb is Twin's.
 * Return: RX_HANDLER_PASS for what is the kernel's.
 */
rx_handler_result_t twin_link_rx_handler(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct twin_link_dev *ld = rcu_dereference(skb->dev->rx_handler_data);
	enum twin_link_verdict verdict = twin_link_judge(ld, skb);

	switch (verdict) {
	case TWIN_LINK_LEAVE:
		break;
	case TWIN_LINK_TAKE:
	case TWIN_LINK_FORWARD:
		skb = skb_share_check(skb, GFP_ATOMIC);
		if (unlikely(!skb)) {
			twin_drop_count(ld->tn, NULL, TWIN_DROP_LINK_NO_MEMORY);
			return RX_HANDLER_CONSUMED;
		}
		*pskb = skb;
		if (likely(twin_link_deliver(ld, skb, verdict)))
			return RX_HANDLER_CONSUMED;
		break;
	case TWIN_LINK_SHARE:
		twin_link_deliver_clone(ld, skb, verdict);
		break;
	}
	return RX_HANDLER_PASS;
}

/**
 * twin_link_ingress() - a frame has come in by netfilter's ingress hook
 * @priv: the struct twin_link_dev
 * @skb: frame, skb->data at the network header
 * @state: unused
 *
 * This hook cannot replace a shared skb, so Twin works on a clone of such.
 *
 * Context: Softirq, RCU read lock.  NF_STOLEN: the skb is Twin's.
 * Return: NF_ACCEPT for what is the kernel's.
 */
unsigned int twin_link_ingress(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct twin_link_dev *ld = priv;
	enum twin_link_verdict verdict = twin_link_judge(ld, skb);

	switch (verdict) {
	case TWIN_LINK_LEAVE:
		break;
	case TWIN_LINK_TAKE:
	case TWIN_LINK_FORWARD:
		if (!skb_shared(skb)) {
			if (twin_link_deliver(ld, skb, verdict))
				return NF_STOLEN;
		} else if (twin_link_deliver_clone(ld, skb, verdict)) {
			consume_skb(skb);
			return NF_STOLEN;
		}
		break;
	case TWIN_LINK_SHARE:
		twin_link_deliver_clone(ld, skb, verdict);
		break;
	}
	return NF_ACCEPT;
}
