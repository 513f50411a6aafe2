// SPDX-License-Identifier: GPL-2.0
/*
 * Frames out: adds the link header and passes them to the device's queue.
 */
#include <linux/if_arp.h>
#include "../inspect/drop.h"
#include "../inspect/trace.h"
#include "../wire/wire_eth.h"
#include "link.h"

/**
 * twin_link_has_header() - do frames of a device have an Ethernet header?
 * @dev: device
 *
 * Context: Any.
 * Return: true if they do.
 */
bool twin_link_has_header(const struct net_device *dev)
{
	return dev->type == ARPHRD_ETHER;
}

static int twin_link_no_room(struct sk_buff *skb, struct net_device *dev)
{
	twin_drop(twin_pernet(dev_net(dev)), skb, TWIN_DROP_LINK_NO_MEMORY);
	return -ENOMEM;
}

/* The core has consumed the skb, whatever it says. */
static int twin_link_xmit_refused(struct net_device *dev, int err)
{
	if (err > 0)
		err = net_xmit_errno(err);
	if (err)
		twin_drop_count(twin_pernet(dev_net(dev)), NULL,
				err == -ENETDOWN ? TWIN_DROP_LINK_DOWN :
						   TWIN_DROP_LINK_XMIT);
	return err;
}

static inline int twin_link_xmit(struct sk_buff *skb, struct net_device *dev,
				 __be16 protocol)
{
	int err;

	skb_reset_mac_header(skb);
	skb->dev = dev;
	skb->protocol = protocol;
	trace_twin_link_tx(skb);
	err = dev_queue_xmit(skb);
	return likely(!err) ? 0 : twin_link_xmit_refused(dev, err);
}

/**
 * twin_link_output() - send an IP datagram with a finished link header
 * @skb: datagram, skb->data at the network header; consumed
 * @dev: device
 * @header: link header
 * @header_bytes: its length: ETH_HLEN, or 0 where the link needs no address
 *
 * Context: Any but hard interrupt; RCU read lock or another hold on @dev.
 * Return: 0; -ENOBUFS or another errno if the device's queue refused it,
 * -ENETDOWN, -ENOMEM.
 */
int twin_link_output(struct sk_buff *skb, struct net_device *dev,
		     const u8 *header, unsigned int header_bytes)
{
	if (unlikely(skb_cow_head(skb, LL_RESERVED_SPACE(dev))))
		return twin_link_no_room(skb, dev);
	if (likely(header_bytes == TWIN_WIRE_ETH_BYTES))
		memcpy(__skb_push(skb, TWIN_WIRE_ETH_BYTES), header,
		       TWIN_WIRE_ETH_BYTES);
	else if (twin_link_has_header(dev))	/* IFF_NOARP: nobody in particular */
		twin_wire_eth_emit(__skb_push(skb, TWIN_WIRE_ETH_BYTES),
				   dev->dev_addr, dev->dev_addr, ETH_P_IP);
	return twin_link_xmit(skb, dev, htons(ETH_P_IP));
}

/**
 * twin_link_output_to() - send a packet to a link address
 * @skb: packet, skb->data at the network header; consumed
 * @dev: device
 * @ethertype: what the packet is, host order
 * @destination: link address, ignored where the link has none
 *
 * RFC: 894
 * Context: Any but hard interrupt; RCU read lock or another hold on @dev.
 * Return: as twin_link_output().
 */
int twin_link_output_to(struct sk_buff *skb, struct net_device *dev,
			u16 ethertype, const u8 *destination)
{
	if (unlikely(skb_cow_head(skb, LL_RESERVED_SPACE(dev))))
		return twin_link_no_room(skb, dev);
	if (twin_link_has_header(dev))
		twin_wire_eth_emit(__skb_push(skb, TWIN_WIRE_ETH_BYTES),
				   destination, dev->dev_addr, ethertype);
	return twin_link_xmit(skb, dev, htons(ethertype));
}
