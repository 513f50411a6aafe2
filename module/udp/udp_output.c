// SPDX-License-Identifier: GPL-2.0
/*
 * From a program's message to a datagram that is sent.
 */
#include <linux/udp.h>
#include <net/checksum.h>
#include "../inspect/mib.h"
#include "../inspect/trace.h"
#include "udp.h"

/*
 * A connected socket keeps its path.  It is copied out, because senders do not
 * take the socket lock and each of them works on its own.
 */
static int twin_udp_peer_path(struct twin_udp_sock *us,
			      const struct twin_datagram *to,
			      struct twin_path *path)
{
	struct twin_path *cached = &us->ts.path;
	int err = 0;

	spin_lock(&us->path_lock);
	if (unlikely(!twin_path_valid(us->ts.flow.tn, cached)) ||
	    unlikely(cached->daddr != to->daddr)) {
		err = twin_datagram_path(&us->ts, to, cached);
		if (err)
			cached->generation = 0;
	}
	twin_path_refresh(cached);
	*path = *cached;
	spin_unlock(&us->path_lock);
	return err;
}

static int twin_udp_path(struct twin_udp_sock *us,
			 const struct twin_datagram *to,
			 struct twin_path *path)
{
	if (to->to_peer && !to->ifindex && !to->saddr && !to->onlink &&
	    likely(!sock_flag(&us->ts.sk, SOCK_LOCALROUTE)))
		return twin_udp_peer_path(us, to, path);
	return twin_datagram_path(&us->ts, to, path);
}

/* UDP_SEGMENT: the pieces must fit the path and be checksummed by others. */
static int twin_udp_set_gso(const struct twin_udp_sock *us,
			    struct sk_buff *skb, u16 gso_bytes,
			    const struct twin_path *path)
{
	unsigned int bytes = skb->len - TWIN_WIRE_UDP_BYTES;
	struct skb_shared_info *shared = skb_shinfo(skb);

	if (gso_bytes + TWIN_WIRE_UDP_BYTES + TWIN_WIRE_IPV4_MIN_BYTES >
	    path->mtu_bytes)
		return -EMSGSIZE;
	if (us->ts.sk.sk_no_check_tx)
		return -EINVAL;
	if (bytes <= gso_bytes)
		return 0;
	if (bytes > gso_bytes * UDP_MAX_SEGMENTS)
		return -EINVAL;
	shared->gso_size = gso_bytes;
	shared->gso_type = SKB_GSO_UDP_L4;
	shared->gso_segs = DIV_ROUND_UP(bytes, gso_bytes);
	return 0;
}

/*
 * RFC 768: the checksum covers a pseudo header; the device, or the kernel on
 * its behalf, or IP when it cuts fragments, completes it.
 */
static void twin_udp_header(const struct twin_udp_sock *us,
			    struct sk_buff *skb,
			    const struct twin_datagram *to,
			    const struct twin_path *path)
{
	struct twin_wire_udp udp = {
		.sport = us->ts.flow.lport,
		.dport = to->dport,
		.bytes = skb->len + TWIN_WIRE_UDP_BYTES,
	};
	u8 *header = __skb_push(skb, TWIN_WIRE_UDP_BYTES);

	skb_reset_transport_header(skb);
	if (likely(!us->ts.sk.sk_no_check_tx)) {
		udp.checksum_raw = ~csum_tcpudp_magic(path->saddr, to->daddr,
						      skb->len, IPPROTO_UDP, 0);
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_transport_header(skb) - skb->head;
		skb->csum_offset = TWIN_WIRE_UDP_CHECKSUM_OFFSET;
	}
	twin_wire_udp_emit(header, &udp);
	trace_twin_udp_tx(us, path->saddr, us->ts.flow.lport, to->daddr,
			  to->dport, udp.bytes - TWIN_WIRE_UDP_BYTES);
	if (twin_recorded(us->ts.recorder))
		twin_datagram_record(&us->ts, TWIN_RECORD_OUT, to->daddr,
				     ntohs(to->dport),
				     udp.bytes - TWIN_WIRE_UDP_BYTES);
}

/* Without IP_RECVERR a full device queue is no error, only a lost datagram. */
static int twin_udp_sent(const struct twin_udp_sock *us, int err)
{
	struct twin_net *tn = us->ts.flow.tn;

	if (likely(!err)) {
		TWIN_COUNT(tn, UDP_OUT_DATAGRAMS);
		return 0;
	}
	if (err != -ENOBUFS)
		return err;
	TWIN_COUNT(tn, UDP_SNDBUF_ERRORS);
	return twin_sock_test(&us->ts, TWIN_SOCK_RECVERR) ? err : 0;
}

/**
 * twin_udp_transmit() - send the data of an skb as one datagram
 * @us: socket
 * @skb: data with room for headers in front; always consumed
 * @to: destination and wishes
 *
 * Context: Process.
 * Return: 0; -EINVAL (UDP_SEGMENT), -EACCES (broadcast), -EMSGSIZE, or an error
 * of the layers below.
 */
int twin_udp_transmit(struct twin_udp_sock *us, struct sk_buff *skb,
		      const struct twin_datagram *to)
{
	struct twin_path path;
	int err;

	rcu_read_lock();
	err = twin_udp_path(us, to, &path);
	if (unlikely(err)) {
		twin_drop(us->ts.flow.tn, skb, TWIN_DROP_IP_NO_ROUTE);
		goto out;
	}
	twin_udp_header(us, skb, to, &path);
	if (unlikely(to->gso_bytes))
		err = twin_udp_set_gso(us, skb, to->gso_bytes, &path);
	if (unlikely(err))
		twin_drop(us->ts.flow.tn, skb, TWIN_DROP_UDP_LENGTH);
	else
		err = twin_udp_sent(us, twin_datagram_output(&us->ts, skb, to,
							     &path));
out:
	rcu_read_unlock();
	return err;
}

/**
 * twin_udp_send() - send a message
 * @sk: UDP socket with a port
 * @msg: message
 * @bytes: its length
 * @to: destination and wishes
 *
 * RFC: 768; 1122 section 4.1.3
 * Context: Process; may wait for send buffer space.
 * Return: @bytes, an error of twin_datagram_check() above 65507 bytes, or of
 * twin_udp_transmit().
 */
int twin_udp_send(struct sock *sk, struct msghdr *msg, size_t bytes,
		  struct twin_datagram *to)
{
	struct twin_udp_sock *us = twin_udp_sk(sk);
	struct sk_buff *skb;
	int err;

	if (likely(to->gso_bytes < 0))
		to->gso_bytes = READ_ONCE(us->gso_bytes);
	if (unlikely(twin_udp_corked(us, msg)))
		return twin_udp_cork_add(sk, msg, bytes, to);
	if (unlikely(!to->daddr))
		return -EDESTADDRREQ;	/* what waited has gone meanwhile */
	if (unlikely(msg->msg_flags & MSG_PROBE)) {
		err = twin_datagram_probe(&us->ts, to);
		return err ? err : (int)bytes;
	}
	if (unlikely(bytes > TWIN_WIRE_UDP_MAX_DATA))
		return twin_datagram_check(&us->ts, to,
					   bytes + TWIN_WIRE_UDP_BYTES);
	skb = twin_datagram_copy(sk, msg, bytes, &err);
	if (unlikely(!skb))
		return err;
	err = twin_udp_transmit(us, skb, to);
	return unlikely(err) ? err : (int)bytes;
}
