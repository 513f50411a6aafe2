// SPDX-License-Identifier: GPL-2.0
/*
 * From IP to a socket.
 *
 * twin_udp_input()	header, checksum
 *   twin_udp_to_one()	lookup, and once more, port unreachable
 *   twin_udp_to_many()	broadcast and multicast
 *     twin_udp_deliver()	cuts what was sent or received as one big packet
 *       twin_udp_queue()	filter, queue
 *
 * Checksums are verified here and not while the data is copied to the program:
 * then poll() and SIOCINQ never report a datagram with a wrong one, and today's
 * devices have verified nearly all of them already.
 */
#include <linux/filter.h>
#include <linux/icmp.h>
#include "../inspect/mib.h"
#include "../inspect/trace.h"
#include "../ip/multicast.h"
#include "udp.h"

static void twin_udp_drop(struct twin_net *tn, struct sk_buff *skb,
			  enum twin_drop_reason reason)
{
	TWIN_COUNT(tn, UDP_IN_ERRORS);
	twin_drop(tn, skb, reason);
}

static void twin_udp_queue_failed(struct twin_net *tn, struct sock *sk,
				  struct sk_buff *skb, int err)
{
	twin_compat_sk_drops_inc(sk);
	if (err == -ENOMEM)
		TWIN_COUNT(tn, UDP_RCVBUF_ERRORS);
	else
		TWIN_COUNT(tn, UDP_MEM_ERRORS);
	twin_record_drop(twin_sk(sk)->recorder, TWIN_DROP_SOCKET_BUFFER, 0, 0);
	twin_udp_drop(tn, skb, TWIN_DROP_SOCKET_BUFFER);
}

/* One datagram, skb->data at its header, to one socket; consumes @skb. */
static void twin_udp_queue(struct twin_udp_sock *us, struct sk_buff *skb)
{
	struct twin_net *tn = us->ts.flow.tn;
	struct sock *sk = &us->ts.sk;
	u8 *header;
	int err;

	/* pages that a sender has lent (MSG_ZEROCOPY) must not wait for the
	 * reader, who must find what a filter has seen
	 */
	if (unlikely(skb_orphan_frags_rx(skb, GFP_ATOMIC))) {
		twin_udp_queue_failed(tn, sk, skb, -ENOBUFS);
		return;
	}
	/* a filter program sees the UDP header, and may cut what is behind it */
	if (unlikely(sk_filter_trim_cap(sk, skb, TWIN_WIRE_UDP_BYTES)) ||
	    unlikely(!pskb_may_pull(skb, TWIN_WIRE_UDP_BYTES))) {
		twin_compat_sk_drops_inc(sk);
		twin_record_drop(us->ts.recorder, TWIN_DROP_SOCKET_FILTER, 0, 0);
		twin_udp_drop(tn, skb, TWIN_DROP_SOCKET_FILTER);
		return;
	}
	header = skb->data;
	twin_datagram_cb(skb)->sport = twin_wire_get_be16(header);
	twin_datagram_cb(skb)->dport = twin_wire_get_be16(header + 2);
	__skb_pull(skb, TWIN_WIRE_UDP_BYTES);
	skb_postpull_rcsum(skb, header, TWIN_WIRE_UDP_BYTES);
	trace_twin_udp_rx(sk, twin_ip_cb(skb)->daddr,
			  twin_datagram_cb(skb)->dport, twin_ip_cb(skb)->saddr,
			  twin_datagram_cb(skb)->sport, skb->len);
	if (twin_recorded(us->ts.recorder))
		twin_datagram_record(&us->ts, TWIN_RECORD_IN,
				     twin_ip_cb(skb)->saddr,
				     ntohs(twin_datagram_cb(skb)->sport),
				     skb->len);
	err = twin_udp_enqueue(us, skb);
	if (unlikely(err))
		twin_udp_queue_failed(tn, sk, skb, err);
}

/*
 * The kernel's own segmentation wants a packet that starts at its MAC header;
 * one without is as good, with the network header in that place.
 */
static struct sk_buff *twin_udp_cut(struct sk_buff *skb)
{
	__skb_push(skb, skb->data - skb_network_header(skb));
	skb_reset_mac_header(skb);
	skb->mac_len = 0;
	skb->protocol = htons(ETH_P_IP);
	return __skb_gso_segment(skb, NETIF_F_SG | NETIF_F_HW_CSUM, false);
}

static noinline void twin_udp_deliver_pieces(struct twin_udp_sock *us,
					     struct sk_buff *skb)
{
	struct sk_buff *piece, *next, *pieces = twin_udp_cut(skb);

	if (IS_ERR_OR_NULL(pieces)) {
		twin_udp_drop(us->ts.flow.tn, skb, TWIN_DROP_UDP_LENGTH);
		return;
	}
	consume_skb(skb);
	skb_list_walk_safe(pieces, piece, next) {
		skb_mark_not_on_list(piece);
		__skb_pull(piece, skb_transport_offset(piece));
		twin_datagram_cb(piece)->gso_bytes = 0;
		twin_udp_queue(us, piece);
	}
}

static void twin_udp_deliver(struct twin_udp_sock *us, struct sk_buff *skb)
{
	unsigned int type;

	twin_datagram_cb(skb)->gso_bytes = 0;
	if (likely(!skb_is_gso(skb))) {
		twin_udp_queue(us, skb);
		return;
	}
	type = skb_shinfo(skb)->gso_type;
	if (READ_ONCE(us->gro) && type & SKB_GSO_UDP_L4) {
		twin_datagram_cb(skb)->gso_bytes = skb_shinfo(skb)->gso_size;
	} else if (type & (SKB_GSO_UDP_L4 | SKB_GSO_FRAGLIST)) {
		twin_udp_deliver_pieces(us, skb);
		return;
	}
	twin_udp_queue(us, skb);
}

/* May a socket of that port have a datagram? connect() may be at its flow. */
static bool twin_udp_match(const struct twin_udp_sock *us,
			   const struct sk_buff *skb,
			   const struct twin_wire_udp *udp)
{
	const struct twin_ip_cb *cb = twin_ip_cb(skb);
	const struct twin_flow *flow = &us->ts.flow;
	__be32 laddr = READ_ONCE(flow->laddr);
	__be32 raddr = READ_ONCE(flow->raddr);
	__be16 rport = READ_ONCE(flow->rport);

	return flow->lport == udp->dport && (!laddr || laddr == cb->daddr) &&
	       (!raddr || raddr == cb->saddr) &&
	       (!rport || rport == udp->sport) &&
	       twin_pcb_by_device(READ_ONCE(us->ts.sk.sk_bound_dev_if),
				  cb->ifindex);
}

/*
 * connect() moves a socket from one chain to another, and until it has done so the
 * socket may be in none or may not fit there.  The port's table has it all the
 * time, and word by word it fits its peer's datagrams.
 */
static struct sock *twin_udp_find_by_port(struct twin_net *tn,
					  struct twin_udp_port_bucket *bucket,
					  const struct sk_buff *skb,
					  const struct twin_wire_udp *udp)
{
	struct twin_udp_sock *us;
	struct sock *sk = NULL;

	spin_lock(&bucket->lock);
	hlist_for_each_entry(us, &bucket->head, port_node) {
		if (us->ts.flow.tn != tn || !twin_udp_match(us, skb, udp))
			continue;
		sk = &us->ts.sk;
		sock_hold(sk);
		break;
	}
	spin_unlock(&bucket->lock);
	return sk;
}

/*
 * A second look that no move has overlapped is as good as one under a lock: then all
 * that had begun when it ended had ended when it began.
 */
static noinline struct sock *twin_udp_find_again(struct twin_net *tn,
						 struct sk_buff *skb,
						 const struct twin_wire_udp *udp)
{
	const struct twin_ip_cb *cb = twin_ip_cb(skb);
	struct twin_udp_port_bucket *bucket;
	struct sock *sk;
	int ended;

	bucket = twin_udp_port_bucket(tn, udp->dport);
	if (hlist_empty(&bucket->head))
		return NULL;
	ended = atomic_read_acquire(&tn->moves_ended);
	sk = twin_udp_lookup(tn, cb->daddr, udp->dport, cb->saddr, udp->sport,
			     cb->ifindex, skb);
	if (sk)
		return sk;
	/* pairs with the barriers of twin_pcb_move_begin() */
	smp_rmb();
	if (atomic_read(&tn->moves_begun) == ended)
		return NULL;
	return twin_udp_find_by_port(tn, bucket, skb, udp);
}

static void twin_udp_to_one(struct twin_net *tn, struct sk_buff *skb,
			    const struct twin_wire_udp *udp)
{
	const struct twin_ip_cb *cb = twin_ip_cb(skb);
	struct sock *sk;

	sk = twin_udp_lookup(tn, cb->daddr, udp->dport, cb->saddr, udp->sport,
			     cb->ifindex, skb);
	if (unlikely(!sk))
		sk = twin_udp_find_again(tn, skb, udp);
	if (!IS_ERR_OR_NULL(sk)) {
		twin_udp_deliver(twin_udp_sk(sk), skb);
		sock_put(sk);
		return;
	}
	TWIN_COUNT(tn, UDP_NO_PORTS);
	twin_icmp_send_error(tn, skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	twin_drop(tn, skb, TWIN_DROP_UDP_NO_SOCKET);
}

static bool twin_udp_many_match(const struct twin_udp_sock *us,
				const struct sk_buff *skb,
				const struct twin_wire_udp *udp)
{
	const struct twin_ip_cb *cb = twin_ip_cb(skb);

	if (!twin_udp_match(us, skb, udp))
		return false;
	return cb->type != TWIN_PATH_MULTICAST ||
	       twin_multicast_wants(&us->ts, cb->daddr, cb->saddr,
				    cb->ifindex);
}

/*
 * RFC 1122 4.1.3.5 and 3.3.7: every socket that matches gets a copy.  The
 * bucket's lock keeps the sockets alive.
 */
static noinline void twin_udp_to_many(struct twin_net *tn, struct sk_buff *skb,
				      const struct twin_wire_udp *udp)
{
	struct twin_udp_port_bucket *bucket;
	struct twin_udp_sock *us;
	struct sk_buff *copy;
	bool wanted = false;

	bucket = twin_udp_port_bucket(tn, udp->dport);
	spin_lock(&bucket->lock);
	hlist_for_each_entry(us, &bucket->head, port_node) {
		if (us->ts.flow.tn != tn ||
		    !twin_udp_many_match(us, skb, udp))
			continue;
		wanted = true;
		copy = skb_clone(skb, GFP_ATOMIC);
		if (copy)
			twin_udp_deliver(us, copy);
		else
			TWIN_COUNT(tn, UDP_IN_ERRORS);
	}
	spin_unlock(&bucket->lock);
	if (wanted) {
		consume_skb(skb);
		return;
	}
	TWIN_COUNT(tn, UDP_IGNORED_MULTI);
	twin_drop(tn, skb, TWIN_DROP_UDP_NO_SOCKET);
}

/**
 * twin_udp_input() - a UDP datagram for this host
 * @tn: namespace
 * @skb: whole datagram, skb->data at the UDP header, struct twin_ip_cb filled
 *	in; always consumed
 *
 * RFC: 768; 1122 section 4.1.3
 * Context: Softirq, RCU read side.
 */
void twin_udp_input(struct twin_net *tn, struct sk_buff *skb)
{
	struct twin_wire_udp udp;

	if (unlikely(!pskb_may_pull(skb, TWIN_WIRE_UDP_BYTES))) {
		twin_udp_drop(tn, skb, TWIN_DROP_UDP_SHORT);
		return;
	}
	if (unlikely(twin_wire_udp_parse(&udp, skb->data, skb->len)) ||
	    unlikely(pskb_trim_rcsum(skb, udp.bytes))) {
		twin_udp_drop(tn, skb, TWIN_DROP_UDP_LENGTH);
		return;
	}
	if (unlikely(skb_checksum_validate_zero_check(skb, IPPROTO_UDP,
						      udp.checksum_raw,
						      twin_ip_pseudo_sum))) {
		TWIN_COUNT(tn, UDP_IN_CSUM_ERRORS);
		twin_udp_drop(tn, skb, TWIN_DROP_UDP_CHECKSUM);
		return;
	}
	if (likely(twin_ip_cb(skb)->type < TWIN_PATH_BROADCAST))
		twin_udp_to_one(tn, skb, &udp);
	else
		twin_udp_to_many(tn, skb, &udp);
}
