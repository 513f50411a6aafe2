/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ICMP: errors about datagrams and control messages (RFC 792, RFC 1122 3.2.2).
 *
 * Job: answers echo and timestamp, tells transports of errors that concern
 *	them, sends errors under RFC 1122's prohibitions and a rate limit.
 * Callers: main.c's protocol switch (input), ip/ and transports (errors out).
 * Callees: twin_ip_output(); up through twin_l4_error().
 * Locks: token buckets only.
 */
#ifndef TWIN_ICMP_H
#define TWIN_ICMP_H

#include "ip.h"

/* How much of a quoted datagram's data transports are shown: a TCP header. */
#define TWIN_ICMP_QUOTE_DATA_MAX	60

/* RFC 1812 section 4.3.2.5: INTERNETWORK CONTROL, and the datagram's TOS */
#define TWIN_ICMP_PRECEDENCE	0xc0
#define TWIN_ICMP_TOS_MASK	0x1c

/*
 * struct twin_icmp_error - an error about a datagram this host sent
 * @tn: namespace
 * @skb: the ICMP message, skb->data at its ICMP header; not consumed.  NULL
 *	if the error was found on this host (no neighbour), which then speaks of
 *	it as a router would
 * @quote: the quoted datagram's transport header
 * @quote_bytes: how much of it is there, at least 8
 * @saddr: source of the quoted datagram: an own address
 * @daddr: its destination
 * @protocol: of the quoted datagram
 * @tos: its type of service; only without @skb
 * @reporter: who sent the message
 * @type: of the message
 * @code: of the message
 * @info: next-hop MTU of "fragmentation needed", pointer of "parameter
 *	problem", gateway of a redirect (network order); else 0
 * @err: the errno of RFC 1122 4.2.3.9, positive
 * @fatal: RFC 1122's hard error
 * @ifindex: device it came in on
 */
struct twin_icmp_error {
	struct twin_net *tn;
	struct sk_buff *skb;
	const u8 *quote;
	unsigned int quote_bytes;
	__be32 saddr;
	__be32 daddr;
	__be32 reporter;
	u8 protocol;
	u8 tos;
	u8 type;
	u8 code;
	u32 info;
	int err;
	bool fatal;
	int ifindex;
};

int twin_icmp_net_init(struct twin_net *tn);
void twin_icmp_net_exit(struct twin_net *tn);

/* icmp_input.c */
void twin_icmp_input(struct twin_net *tn, struct sk_buff *skb);

/* icmp_output.c: about a received @skb with network header and cb set */
void twin_icmp_send_error(struct twin_net *tn, const struct sk_buff *skb,
			  u8 type, u8 code, u32 info);
void twin_icmp_reply(struct twin_net *tn, const struct sk_buff *request,
		     u8 type);

#endif
