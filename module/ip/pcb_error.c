// SPDX-License-Identifier: GPL-2.0
/*
 * The error queue of a socket (IP_RECVERR): ICMP errors about its datagrams and
 * errors found on this host, in the form of ip(7).
 */
#include <linux/errqueue.h>
#include <linux/in.h>
#include <net/sock.h>
#include "../wire/wire_icmp.h"
#include "../wire/wire_udp.h"
#include "icmp.h"
#include "pcb.h"

/*
 * An entry is an skb whose data is what the program reads: the start of its own
 * datagram's payload.  The addresses that recvmsg() shows stand in the part of
 * skb->cb that struct sock_exterr_skb leaves to the protocol.  Without @data
 * the bytes are the caller's to fill in.
 */
static struct sk_buff *twin_pcb_error_skb(const u8 *data, unsigned int bytes)
{
	struct sk_buff *skb;

	BUILD_BUG_ON(sizeof(struct twin_ip_cb) >
		     offsetof(struct sock_exterr_skb, ee));
	skb = alloc_skb(bytes, GFP_ATOMIC);
	if (!skb)
		return NULL;
	if (data)
		skb_put_data(skb, data, bytes);
	else
		skb_put(skb, bytes);
	skb_reset_network_header(skb);
	skb_reset_transport_header(skb);
	memset(skb->cb, 0, sizeof(skb->cb));
	__net_timestamp(skb);
	return skb;
}

static void twin_pcb_error_enqueue(struct twin_sock *ts, struct sk_buff *skb)
{
	if (sock_queue_err_skb(&ts->sk, skb))
		kfree_skb(skb);
}

/*
 * What follows the first @skip bytes of the quoted transport header: to the end
 * of the message, or of what is at hand.
 */
static struct sk_buff *twin_pcb_error_told(const struct twin_icmp_error *error,
					   unsigned int skip)
{
	const u8 *data = error->quote + skip;
	struct sk_buff *skb;
	int offset;

	if (!error->skb)
		return twin_pcb_error_skb(data, error->quote_bytes - skip);
	offset = data - error->skb->data;
	skb = twin_pcb_error_skb(NULL, error->skb->len - offset);
	/* cannot fail: the offset lies within the message */
	if (skb)
		skb_copy_bits(error->skb, offset, skb->data, skb->len);
	return skb;
}

/*
 * IP_RECVERR_RFC4884: where in @told, which starts @skip bytes behind the quoted
 * transport header's begin, the extensions are; left alone if there are none.
 */
static void twin_pcb_error_extensions(const struct twin_icmp_error *error,
				      const struct sk_buff *told,
				      unsigned int skip,
				      struct sock_ee_data_rfc4884 *rfc4884)
{
	unsigned int headers = error->quote + skip - error->skb->data -
			       TWIN_WIRE_ICMP_BYTES;
	struct twin_wire_icmp icmp;
	unsigned int length;

	twin_wire_icmp_parse(&icmp, error->skb->data, TWIN_WIRE_ICMP_BYTES);
	length = twin_wire_icmp_quote_length(&icmp);
	if (length < TWIN_WIRE_ICMP_EXTENDED_QUOTE || length < headers)
		return;
	length -= headers;
	if (length + TWIN_WIRE_ICMP_EXTENSION_BYTES > told->len)
		return;
	rfc4884->len = length;
	if (!twin_wire_icmp_extensions_valid(told->data + length,
					     told->len - length))
		rfc4884->flags |= SO_EE_RFC4884_FLAG_INVALID;
}

/**
 * twin_pcb_queue_error() - put an ICMP error on a socket's error queue
 * @ts: the socket that sent the quoted datagram, IP_RECVERR set
 * @error: the error; stays the caller's
 * @rport: port the datagram was sent to, network order; 0 for ping
 *
 * What is read from the queue starts behind the UDP header, but with the
 * transport header for other protocols, as ip(7) programs expect it.
 *
 * Context: Any; bounded by the socket's receive buffer.
 */
void twin_pcb_queue_error(struct twin_sock *ts,
			  const struct twin_icmp_error *error, __be16 rport)
{
	struct sock_exterr_skb *serr;
	unsigned int skip = 0;
	struct twin_ip_cb *cb;
	struct sk_buff *skb;

	if (error->protocol == IPPROTO_UDP)
		skip = min_t(unsigned int, error->quote_bytes,
			     TWIN_WIRE_UDP_BYTES);
	skb = twin_pcb_error_told(error, skip);
	if (!skb)
		return;
	cb = twin_ip_cb(skb);
	cb->saddr = error->reporter;
	cb->daddr = error->daddr;
	cb->ifindex = error->ifindex;
	if (error->skb) {
		cb->ttl = twin_ip_cb(error->skb)->ttl;
		cb->tos = twin_ip_cb(error->skb)->tos;
	} else {
		cb->ttl = READ_ONCE(error->tn->conf.ip_default_ttl);
		cb->tos = error->tos;
	}
	serr = SKB_EXT_ERR(skb);
	serr->ee.ee_errno = error->err;
	serr->ee.ee_origin = SO_EE_ORIGIN_ICMP;
	serr->ee.ee_type = error->type;
	serr->ee.ee_code = error->code;
	serr->ee.ee_info = error->info;
	serr->port = rport;
	if (error->skb && twin_sock_test(ts, TWIN_SOCK_RECVERR_RFC4884))
		twin_pcb_error_extensions(error, skb, skip,
					  &serr->ee.ee_rfc4884);
	twin_pcb_error_enqueue(ts, skb);
}

/**
 * twin_pcb_queue_local_error() - put an error of this host on the error queue
 * @ts: socket; nothing happens unless IP_RECVERR is set
 * @err: errno, positive
 * @daddr: destination of the datagram that was refused
 * @dport: the port that is told, network order: the peer's, as for AF_INET
 * @info: the path MTU in bytes for EMSGSIZE, else 0
 *
 * Context: Any.
 */
void twin_pcb_queue_local_error(struct twin_sock *ts, int err, __be32 daddr,
				__be16 dport, u32 info)
{
	struct sock_exterr_skb *serr;
	struct sk_buff *skb;

	if (!twin_sock_test(ts, TWIN_SOCK_RECVERR))
		return;
	skb = twin_pcb_error_skb(NULL, 0);
	if (!skb)
		return;
	twin_ip_cb(skb)->daddr = daddr;
	serr = SKB_EXT_ERR(skb);
	serr->ee.ee_errno = err;
	serr->ee.ee_origin = SO_EE_ORIGIN_LOCAL;
	serr->ee.ee_info = info;
	serr->port = dport;
	twin_pcb_error_enqueue(ts, skb);
}
