// SPDX-License-Identifier: GPL-2.0
/*
 * The bodies of the tracepoints, and what they need of a datagram.
 */
#include <linux/skbuff.h>
#include "../wire/wire_ipv4.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * twin_trace_ifindex() - the device of an skb
 * @skb: any skb or NULL
 *
 * Context: Any.
 * Return: its number, 0 if it has none.
 */
int twin_trace_ifindex(const struct sk_buff *skb)
{
	return skb && skb->dev ? skb->dev->ifindex : 0;
}

static bool twin_trace_has_ip(const struct sk_buff *skb)
{
	const unsigned char *header;

	if (!skb || !skb->network_header || skb->protocol != htons(ETH_P_IP))
		return false;
	header = skb_network_header(skb);
	return header >= skb->head &&
	       header + TWIN_WIRE_IPV4_MIN_BYTES <= skb_tail_pointer(skb);
}

/**
 * twin_trace_peek_ip() - read the IP header of an skb that may be anything
 * @skb: any skb or NULL; nothing about it is taken for granted
 * @ip: filled in; all zero if there is no IP header to be read
 *
 * Context: Any; runs only while an event is switched on.
 */
void twin_trace_peek_ip(const struct sk_buff *skb, struct twin_trace_ip *ip)
{
	const u8 *header;

	memset(ip, 0, sizeof(*ip));
	if (!twin_trace_has_ip(skb))
		return;
	header = skb_network_header(skb);
	ip->tos = header[1];
	ip->total_bytes = twin_wire_get16(header + 2);
	ip->id = twin_wire_get16(header + 4);
	ip->fragment = twin_wire_get16(header + 6);
	ip->ttl = header[8];
	ip->protocol = header[9];
	ip->saddr = twin_wire_get_be32(header + 12);
	ip->daddr = twin_wire_get_be32(header + 16);
}
