// SPDX-License-Identifier: GPL-2.0
/*
 * IP input: validates datagrams and hands up what is for this host.
 *
 * The order is that of RFC 1122 section 3.2.1: header, destination, source,
 * options, fragments.  A whole datagram without options to an own address goes
 * straight through.
 */
#include <linux/hash.h>
#include <linux/icmp.h>
#include <linux/in.h>
#include <linux/log2.h>
#include <linux/percpu.h>
#include <net/inet_ecn.h>
#include "../inspect/drop.h"
#include "../inspect/mib.h"
#include "../inspect/trace.h"
#include "../wire/wire_icmp.h"
#include "icmp.h"
#include "igmp.h"

static enum twin_drop_reason twin_ip_header_reason(enum twin_wire_status status)
{
	switch (status) {
	case TWIN_WIRE_VERSION:
		return TWIN_DROP_IP_VERSION;
	case TWIN_WIRE_HEADER_LENGTH:
		return TWIN_DROP_IP_HEADER_LENGTH;
	case TWIN_WIRE_TOTAL_LENGTH:
		return TWIN_DROP_IP_TOTAL_LENGTH;
	case TWIN_WIRE_CHECKSUM:
		return TWIN_DROP_IP_CHECKSUM;
	default:
		return TWIN_DROP_IP_SHORT;
	}
}

static void twin_ip_header_bad(struct twin_net *tn, struct sk_buff *skb,
			       enum twin_wire_status status)
{
	if (status == TWIN_WIRE_CHECKSUM)
		TWIN_COUNT(tn, IPEXT_IN_CSUM_ERRORS);
	else if (status == TWIN_WIRE_TOTAL_LENGTH)
		TWIN_COUNT(tn, IPEXT_IN_TRUNCATED_PKTS);
	TWIN_COUNT(tn, IP_IN_HDR_ERRORS);
	twin_drop(tn, skb, twin_ip_header_reason(status));
}

/*
 * Makes the header linear, reads it and cuts off the link's padding.  Too short is
 * what has fewer bytes at hand than the parser asks for: at first the fixed header,
 * then all of it.
 */
static enum twin_wire_status twin_ip_parse(struct sk_buff *skb,
					   struct twin_wire_ipv4 *ip)
{
	enum twin_wire_status status;

	do {
		status = twin_wire_ipv4_parse(ip, skb->data, skb_headlen(skb),
					      skb->len);
	} while (unlikely(status == TWIN_WIRE_SHORT) &&
		 pskb_may_pull(skb, ip->header_bytes));
	if (unlikely(status != TWIN_WIRE_OK))
		return status;
	if (unlikely(pskb_trim_rcsum(skb, ip->total_bytes)))
		return TWIN_WIRE_SHORT;
	return TWIN_WIRE_OK;
}

/*
 * Who has no address yet sends from 0.0.0.0, to all hosts of the link (RFC 1122
 * section 3.2.1.3 (a)); a switch that asks for groups in the routers' place never
 * has one (RFC 4541 section 2.1.1).
 */
static noinline bool
twin_ip_source_may_be_zero(const struct twin_wire_ipv4 *ip)
{
	return ipv4_is_lbcast(ip->daddr) ||
	       ipv4_is_local_multicast(ip->daddr) ||
	       (ip->protocol == IPPROTO_IGMP && ipv4_is_multicast(ip->daddr));
}

/*
 * struct twin_ip_source - a source that this CPU has lately found to be a host's
 * @generation: of its namespace's paths then: an address, route or device that has
 *	changed since has raised it
 * @serial: of the device that it came by; 0: none yet
 * @saddr: the source
 */
struct twin_ip_source {
	u64 generation;
	u64 serial;
	__be32 saddr;
};

#define TWIN_IP_SOURCES	16

static DEFINE_PER_CPU(struct twin_ip_source, twin_ip_sources[TWIN_IP_SOURCES]);

/* Return: false for sources that no datagram on a link may have. */
static noinline bool twin_ip_source_check(const struct twin_link_dev *ld,
					  const struct twin_wire_ipv4 *ip,
					  u64 generation,
					  struct twin_ip_source *known)
{
	/* pairs with twin_path_invalidate(): what is found is at least as new */
	smp_rmb();
	if (unlikely(ipv4_is_zeronet(ip->saddr)))
		return twin_ip_source_may_be_zero(ip);
	if (twin_ip_classify(ld->tn, ld, ip->saddr) != TWIN_PATH_UNICAST)
		return false;
	known->generation = generation;
	known->serial = ld->serial;
	known->saddr = ip->saddr;
	return true;
}

static bool twin_ip_source_martian(const struct twin_link_dev *ld,
				   const struct twin_wire_ipv4 *ip)
{
	u32 place = hash_32((__force u32)ip->saddr, ilog2(TWIN_IP_SOURCES));
	struct twin_ip_source *known = this_cpu_ptr(&twin_ip_sources[place]);
	u64 generation = atomic64_read(&ld->tn->path_generation);

	if (likely(known->saddr == ip->saddr && known->serial == ld->serial &&
		   known->generation == generation))
		return false;
	return !twin_ip_source_check(ld, ip, generation, known);
}

static void twin_ip_fill_cb(struct sk_buff *skb,
			    const struct twin_wire_ipv4 *ip, int ifindex,
			    enum twin_path_type type)
{
	struct twin_ip_cb *cb = twin_ip_cb(skb);

	BUILD_BUG_ON(sizeof(*cb) > sizeof(skb->cb));
	cb->saddr = ip->saddr;
	cb->daddr = ip->daddr;
	cb->ifindex = ifindex;
	cb->frag_max_bytes = 0;
	cb->header_bytes = ip->header_bytes;
	cb->type = type;
	cb->tos = ip->tos;
	cb->ttl = ip->ttl;
}

/* A router that asks about a group is not one of its sources. */
static noinline bool twin_ip_group_wanted(const struct twin_link_dev *ld,
					  const struct twin_wire_ipv4 *ip)
{
	return ip->protocol == IPPROTO_IGMP ||
	       twin_igmp_wants(ld->tn, ip->daddr, ip->saddr,
			       ld->dev->ifindex);
}

static noinline void twin_ip_count_to_many(struct twin_net *tn,
					   enum twin_path_type type)
{
	if (type == TWIN_PATH_BROADCAST)
		TWIN_COUNT(tn, IPEXT_IN_BCAST_PKTS);
	else
		TWIN_COUNT(tn, IPEXT_IN_MCAST_PKTS);
}

/* Options and fragments, which wait for others; returns the whole datagram or NULL. */
static noinline struct sk_buff *
twin_ip_input_uncommon(struct twin_net *tn, struct sk_buff *skb,
		       const struct twin_wire_ipv4 *ip)
{
	if (unlikely(skb_orphan_frags_rx(skb, GFP_ATOMIC))) {
		twin_drop(tn, skb, TWIN_DROP_IP_NO_MEMORY);
		return NULL;
	}
	if (ip->header_bytes > TWIN_WIRE_IPV4_MIN_BYTES &&
	    !twin_ip_options_input(tn, skb))
		return NULL;
	if (ip->fragment_bytes || ip->more_fragments)
		skb = twin_reasm_add(tn, skb, ip);
	return skb;
}

/* The datagram is for this host, skb->data at the network header. */
static inline void twin_ip_deliver(struct twin_net *tn, struct sk_buff *skb,
				   const struct twin_wire_ipv4 *ip)
{
	trace_twin_ip_rx(skb);
	if (unlikely(ip->header_bytes > TWIN_WIRE_IPV4_MIN_BYTES ||
		     ip->fragment_bytes || ip->more_fragments)) {
		skb = twin_ip_input_uncommon(tn, skb, ip);
		if (!skb)
			return;
	}
	TWIN_COUNT(tn, IP_IN_DELIVERS);
	__skb_pull(skb, twin_ip_cb(skb)->header_bytes);
	skb_reset_transport_header(skb);
	twin_l4_deliver(tn, skb, ip->protocol);
}

static inline void twin_ip_count_received(struct twin_net *tn,
					  const struct sk_buff *skb,
					  const struct twin_wire_ipv4 *ip)
{
	unsigned int segments = max_t(unsigned int, 1,
				      skb_shinfo(skb)->gso_segs);

	TWIN_COUNT(tn, IP_IN_RECEIVES);
	TWIN_COUNT_ADD(tn, IPEXT_IN_OCTETS, skb->len);
	/* the counters of ECN's codepoints are in the codepoints' order */
	TWIN_COUNT_ADD(tn, IPEXT_IN_NO_ECT_PKTS + (ip->tos & INET_ECN_MASK),
		       segments);
}

/**
 * twin_ip_input() - a datagram has come in from a link
 * @ld: device
 * @skb: frame's payload, skb->data and network header at the IP header, not
 *	shared
 * @own: the link has found its destination among this host's addresses
 *
 * RFC: 791; 1122 section 3.2.1; 1112 section 7.2
 * Context: Softirq, RCU read lock.  On true @skb is consumed.
 * Return: false, with @skb as it was, if the destination is not this host and
 * it is no router either.
 */
bool twin_ip_input(struct twin_link_dev *ld, struct sk_buff *skb, bool own)
{
	struct twin_net *tn = ld->tn;
	enum twin_wire_status status;
	enum twin_path_type type;
	struct twin_wire_ipv4 ip twin_compat_uninitialized;

	status = twin_ip_parse(skb, &ip);
	if (unlikely(status != TWIN_WIRE_OK)) {
		TWIN_COUNT(tn, IP_IN_RECEIVES);
		twin_ip_header_bad(tn, skb, status);
		return true;
	}
	type = own ? TWIN_PATH_LOCAL : twin_ip_classify(tn, ld, ip.daddr);
	if (unlikely(type != TWIN_PATH_LOCAL)) {
		if (type == TWIN_PATH_UNICAST) {
			if (!READ_ONCE(tn->conf.ip_forward))
				return false;
		} else {
			twin_ip_count_to_many(tn, type);
		}
	}
	twin_ip_count_received(tn, skb, &ip);
	/* RFC 1122 section 3.3.6: for one, but sent to all */
	if (unlikely(skb->pkt_type != PACKET_HOST) &&
	    type < TWIN_PATH_BROADCAST) {
		TWIN_COUNT(tn, IP_IN_DISCARDS);
		twin_drop(tn, skb, TWIN_DROP_IP_LINK_BROADCAST);
		return true;
	}
	if (unlikely(twin_ip_source_martian(ld, &ip) ||
		     ipv4_is_loopback(ip.daddr))) {
		TWIN_COUNT(tn, IP_IN_ADDR_ERRORS);
		twin_drop(tn, skb, TWIN_DROP_IP_MARTIAN_SOURCE);
		return true;
	}
	/* nothing of what others keep there may wait in a socket's queue */
	skb_orphan(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	if (unlikely(type == TWIN_PATH_MULTICAST) &&
	    !twin_ip_group_wanted(ld, &ip)) {
		twin_drop(tn, skb, TWIN_DROP_IP_NO_GROUP);
		return true;
	}
	twin_ip_fill_cb(skb, &ip, ld->dev->ifindex, type);
	if (unlikely(type == TWIN_PATH_UNICAST))
		twin_ip_forward(ld, skb, &ip);
	else
		twin_ip_deliver(tn, skb, &ip);
	return true;
}

/**
 * twin_ip_input_local() - a datagram that never left the stack
 * @tn: namespace
 * @skb: datagram, skb->data and network header at the IP header; consumed.
 *	skb_iif is set only for own copies of broadcasts and multicasts
 *
 * Nothing can have gone wrong with its bytes since they were written, so its
 * checksums are taken as good.
 *
 * RFC: 1122 section 3.2.1.3 (g)
 * Context: Softirq, RCU read lock.
 */
void twin_ip_input_local(struct twin_net *tn, struct sk_buff *skb)
{
	struct twin_link_dev *ld = NULL;
	enum twin_wire_status status;
	enum twin_path_type type;
	struct twin_wire_ipv4 ip twin_compat_uninitialized;

	status = twin_ip_parse(skb, &ip);
	if (unlikely(status != TWIN_WIRE_OK)) {
		TWIN_COUNT(tn, IP_IN_RECEIVES);
		twin_ip_header_bad(tn, skb, status);
		return;
	}
	if (unlikely(skb->skb_iif))
		ld = twin_link_find(tn, skb->skb_iif);
	type = twin_ip_classify(tn, ld, ip.daddr);
	if (unlikely(type != TWIN_PATH_LOCAL)) {
		if (type == TWIN_PATH_UNICAST) {
			TWIN_COUNT(tn, IP_IN_ADDR_ERRORS);
			twin_drop(tn, skb, TWIN_DROP_IP_NOT_LOCAL);
			return;
		}
		twin_ip_count_to_many(tn, type);
	}
	twin_ip_count_received(tn, skb, &ip);
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	twin_ip_fill_cb(skb, &ip, skb->skb_iif, type);
	twin_ip_deliver(tn, skb, &ip);
}

/* Sockets may send from addresses that are not ours (IP_TRANSPARENT). */
static bool twin_ip_was_forwarded(const struct twin_net *tn,
				  const struct sk_buff *skb,
				  const struct twin_wire_ipv4 *ip)
{
	return READ_ONCE(tn->conf.ip_forward) && !skb->sk && skb->skb_iif &&
	       !twin_link_addr_is_local(tn, ip->saddr);
}

/* The transport that sent it hears of it, as if a router had said so. */
static void twin_ip_undeliverable_own(struct twin_net *tn,
				      const struct sk_buff *skb,
				      const struct twin_wire_ipv4 *ip,
				      int ifindex)
{
	struct twin_icmp_error error = {
		.tn = tn,
		.err = EHOSTUNREACH,
		.quote = skb->data + ip->header_bytes,
		.quote_bytes = skb_headlen(skb) - ip->header_bytes,
		.saddr = ip->saddr,
		.daddr = ip->daddr,
		.protocol = ip->protocol,
		.tos = TWIN_ICMP_PRECEDENCE | (ip->tos & TWIN_ICMP_TOS_MASK),
		.reporter = ip->saddr,
		.type = ICMP_DEST_UNREACH,
		.code = ICMP_HOST_UNREACH,
		.ifindex = ifindex,
	};

	if (!ip->fragment_bytes)
		twin_l4_error(&error);
}

/* RFC 1812 section 5.2.7.1: it was forwarded, so its host is told by ICMP. */
static void twin_ip_undeliverable_forwarded(struct twin_net *tn,
					    struct sk_buff *skb,
					    const struct twin_wire_ipv4 *ip)
{
	twin_ip_fill_cb(skb, ip, skb->skb_iif, TWIN_PATH_UNICAST);
	twin_icmp_send_error(tn, skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
}

/**
 * twin_ip_undeliverable() - tell the sender that nobody answered ARP
 * @tn: namespace
 * @skb: datagram, skb->data at the network header; consumed
 * @ifindex: device that it was to leave by, for sockets bound to one
 *
 * RFC: 1122 section 2.4, 3.3.1.2; 1812 section 5.2.7.1
 * Context: Softirq or process context; no socket lock held.
 */
void twin_ip_undeliverable(struct twin_net *tn, struct sk_buff *skb,
			   int ifindex)
{
	struct twin_wire_ipv4 ip;

	skb_reset_network_header(skb);
	if (pskb_may_pull(skb, min_t(unsigned int, skb->len,
				     TWIN_WIRE_IPV4_MAX_BYTES +
				     TWIN_ICMP_QUOTE_DATA_MAX)) &&
	    twin_wire_icmp_quote_parse(&ip, skb->data, skb_headlen(skb)) ==
	    TWIN_WIRE_OK) {
		/* sockets are locked as softirq locks them */
		local_bh_disable();
		rcu_read_lock();
		if (twin_ip_was_forwarded(tn, skb, &ip))
			twin_ip_undeliverable_forwarded(tn, skb, &ip);
		else
			twin_ip_undeliverable_own(tn, skb, &ip, ifindex);
		rcu_read_unlock();
		local_bh_enable();
	}
	twin_drop(tn, skb, TWIN_DROP_ARP_FAILED);
}
