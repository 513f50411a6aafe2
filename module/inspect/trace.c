// SPDX-License-Identifier: GPL-2.0
/*
 * The bodies of the tracepoints, and what they need of a datagram.
 */
#include <linux/in.h>
#include <linux/skbuff.h>
#include "../wire/wire_arp.h"
#include "../wire/wire_ipv4.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

#define TWIN_TRACE_FRAGMENT_OFFSET	0x1fff

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

/**
 * twin_trace_frame() - where a frame begins
 * @skb: frame, skb->data at its link header or, when received, behind it
 *
 * Context: Any; runs only while an event is switched on.
 * Return: its link header; skb->data where it has none.
 */
const u8 *twin_trace_frame(const struct sk_buff *skb)
{
	if (!skb_mac_header_was_set(skb) ||
	    skb_mac_header(skb) > skb->data ||
	    skb->data - skb_mac_header(skb) > ETH_HLEN)
		return skb->data;
	return skb_mac_header(skb);
}

/**
 * twin_trace_bytes() - how many bytes of headers there are to be shown
 * @skb: any skb
 * @start: in its head
 *
 * Context: Any; runs only while an event is switched on.
 * Return: bytes from @start on, at most TWIN_TRACE_HEADER_BYTES.
 */
unsigned int twin_trace_bytes(const struct sk_buff *skb, const u8 *start)
{
	const u8 *end = skb_tail_pointer(skb);

	if (start < skb->head || start >= end)
		return 0;
	return min_t(unsigned int, end - start, TWIN_TRACE_HEADER_BYTES);
}

static bool twin_trace_has_network(const struct sk_buff *skb,
				   unsigned int bytes)
{
	const unsigned char *header;

	if (!skb || !skb->network_header)
		return false;
	header = skb_network_header(skb);
	return header >= skb->head && header + bytes <= skb_tail_pointer(skb);
}

/* An outgoing skb has its protocol only when it reaches the link. */
static bool twin_trace_has_ip(const struct sk_buff *skb)
{
	return twin_trace_has_network(skb, TWIN_WIRE_IPV4_MIN_BYTES) &&
	       (!skb->protocol || skb->protocol == htons(ETH_P_IP)) &&
	       skb_network_header(skb)[0] >> 4 == 4;
}

static bool twin_trace_has_arp(const struct sk_buff *skb)
{
	return twin_trace_has_network(skb, TWIN_WIRE_ARP_BYTES) &&
	       skb->protocol == htons(ETH_P_ARP);
}

/* Ports stand at the front of TCP's and UDP's headers alike. */
static void twin_trace_peek_ports(const struct sk_buff *skb,
				  struct twin_trace_ip *ip)
{
	const u8 *header = skb_network_header(skb);
	const u8 *ports = header + (header[0] & 0x0f) * 4;

	if ((ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP) ||
	    ip->fragment & TWIN_TRACE_FRAGMENT_OFFSET ||
	    ports + 4 > skb_tail_pointer(skb))
		return;
	ip->sport = twin_wire_get16(ports);
	ip->dport = twin_wire_get16(ports + 2);
}

static void twin_trace_peek_arp(const struct sk_buff *skb,
				struct twin_trace_ip *ip)
{
	const u8 *packet = skb_network_header(skb);

	ip->saddr = twin_wire_get_be32(packet + 14);
	ip->daddr = twin_wire_get_be32(packet + 24);
}

/**
 * twin_trace_read_ip() - read the IP header of a datagram
 * @skb: network header set and in the linear part
 * @ip: filled in
 *
 * Context: Any; runs only while an event is switched on.
 */
void twin_trace_read_ip(const struct sk_buff *skb, struct twin_trace_ip *ip)
{
	const u8 *header = skb_network_header(skb);

	memset(ip, 0, sizeof(*ip));
	ip->tos = header[1];
	ip->id = twin_wire_get16(header + 4);
	ip->fragment = twin_wire_get16(header + 6);
	ip->ttl = header[8];
	ip->protocol = header[9];
	ip->saddr = twin_wire_get_be32(header + 12);
	ip->daddr = twin_wire_get_be32(header + 16);
	twin_trace_peek_ports(skb, ip);
}

/**
 * twin_trace_peek_ip() - read the IP header of an skb that may be anything
 * @skb: any skb or NULL; nothing about it is taken for granted
 * @ip: filled in; all zero if there is no IP header or ARP packet to be read
 *
 * Context: Any; runs only while an event is switched on.
 */
void twin_trace_peek_ip(const struct sk_buff *skb, struct twin_trace_ip *ip)
{
	if (twin_trace_has_ip(skb)) {
		twin_trace_read_ip(skb, ip);
		return;
	}
	memset(ip, 0, sizeof(*ip));
	if (twin_trace_has_arp(skb))
		twin_trace_peek_arp(skb, ip);
}
