// SPDX-License-Identifier: GPL-2.0
/*
 * Forwarding: datagrams that came by one of Twin's devices and leave by another
 * (RFC 1812 section 5.2).  Off unless net.twin.ip_forward is set.
 *
 * The steps: check whether the datagram may be forwarded and has hops left, find
 * its route, check its size against the MTU, decrement the TTL, send it.
 */
#include <linux/icmp.h>
#include <linux/if_vlan.h>
#include <linux/in.h>
#include "../inspect/drop.h"
#include "../inspect/mib.h"
#include "../inspect/trace.h"
#include "icmp.h"

/* RFC 1112 section 4: class E, not assigned. */
static bool twin_forward_is_reserved(__be32 addr)
{
	return (addr & htonl(0xf0000000)) == htonl(0xf0000000);
}

/*
 * Does a source mean all hosts of a link?  The link that it came by was asked
 * before; the others are where routes lead.
 */
static bool twin_forward_from_all(struct twin_net *tn, __be32 saddr)
{
	const struct twin_route *route = twin_route_lookup(tn, saddr, 0, false);

	return route && route->ld && !route->gateway &&
	       twin_link_addr_is_broadcast(route->ld, saddr);
}

/* RFC 1812 section 5.3.7; RFC 3927 section 7 (link-local ones stay there). */
static bool twin_forward_unfit(struct twin_net *tn, const struct sk_buff *skb,
			       const struct twin_wire_ipv4 *ip)
{
	if (skb->pkt_type != PACKET_HOST)
		return true;
	if (ipv4_is_zeronet(ip->daddr) || twin_forward_is_reserved(ip->daddr) ||
	    twin_forward_is_reserved(ip->saddr))
		return true;
	return ipv4_is_linklocal_169(ip->daddr) ||
	       ipv4_is_linklocal_169(ip->saddr) ||
	       twin_forward_from_all(tn, ip->saddr);
}

static void twin_forward_drop(struct twin_net *tn, struct sk_buff *skb,
			      enum twin_drop_reason reason)
{
	if (reason == TWIN_DROP_IP_TTL)
		TWIN_COUNT(tn, IP_IN_HDR_ERRORS);
	else if (reason == TWIN_DROP_IP_MARTIAN_SOURCE)
		TWIN_COUNT(tn, IP_IN_ADDR_ERRORS);
	else if (reason == TWIN_DROP_IP_TOO_BIG)
		TWIN_COUNT(tn, IP_FRAG_FAILS);
	else
		TWIN_COUNT(tn, IP_IN_DISCARDS);
	twin_drop(tn, skb, reason);
}

/* RFC 1812 section 5.2.7.1: why there is no route; a blackhole sends nothing. */
static void twin_forward_no_route(struct twin_net *tn, struct sk_buff *skb,
				  int err)
{
	int code = -1;

	switch (err) {
	case -ENETUNREACH:
		TWIN_COUNT(tn, IPEXT_IN_NO_ROUTES);
		code = ICMP_NET_UNREACH;
		break;
	case -EHOSTUNREACH:
		code = ICMP_HOST_UNREACH;
		break;
	case -EACCES:
		code = ICMP_PKT_FILTERED;
		break;
	}
	if (code >= 0)
		twin_icmp_send_error(tn, skb, ICMP_DEST_UNREACH, code, 0);
	twin_forward_drop(tn, skb, TWIN_DROP_IP_NO_ROUTE);
}

/* Is there a subnet on the device that both addresses are in? */
static bool twin_forward_neighbours(const struct twin_link_dev *ld,
				    __be32 one, __be32 other)
{
	const struct twin_link_addr *own;

	list_for_each_entry_rcu(own, &ld->addrs, list)
		if (!((own->local ^ one) & own->mask) &&
		    !((own->local ^ other) & own->mask))
			return true;
	return false;
}

/* RFC 1812 section 5.2.7.2: the sender could have gone there by itself. */
static void twin_forward_redirect(const struct twin_link_dev *ld,
				  struct sk_buff *skb,
				  const struct twin_wire_ipv4 *ip,
				  const struct twin_path *path)
{
	if (path->ld != ld || !READ_ONCE(ld->tn->conf.send_redirects) ||
	    !twin_forward_neighbours(ld, ip->saddr, path->next_hop))
		return;
	twin_icmp_send_error(ld->tn, skb, ICMP_REDIRECT, ICMP_REDIR_HOST,
			     ntohl(path->next_hop));
}

/* A big packet that was put together on its way in may be cut again. */
static bool twin_forward_fits(const struct sk_buff *skb, u32 mtu_bytes)
{
	if (!skb_is_gso(skb))
		return skb->len <= mtu_bytes;
	return skb_gso_validate_network_len(skb, mtu_bytes);
}

/* One piece of a big packet, or the only one. */
static void twin_forward_send(struct twin_net *tn, struct sk_buff *skb,
			      const struct twin_path *path)
{
	if (skb->len <= path->mtu_bytes)
		twin_ip_transmit(tn, skb, path);
	else
		twin_ip_fragment(tn, skb, path, path->mtu_bytes);
}

/* Big packets whose pieces do not fit either: cut, and each piece once more. */
static void twin_forward_send_pieces(struct twin_net *tn, struct sk_buff *skb,
				     const struct twin_path *path)
{
	struct sk_buff *piece, *next, *pieces;

	skb_reset_mac_header(skb);
	skb->mac_len = 0;
	pieces = __skb_gso_segment(skb, NETIF_F_SG | NETIF_F_HW_CSUM, false);
	if (IS_ERR_OR_NULL(pieces)) {
		twin_forward_drop(tn, skb, TWIN_DROP_IP_NO_MEMORY);
		return;
	}
	consume_skb(skb);
	skb_list_walk_safe(pieces, piece, next) {
		skb_mark_not_on_list(piece);
		twin_forward_send(tn, piece, path);
	}
}

/* Decrements the TTL, and clears what input has left in the skb. */
static int twin_forward_prepare(struct sk_buff *skb, unsigned int header_bytes,
				const struct twin_path *path)
{
	if (skb_cow(skb, LL_RESERVED_SPACE(path->ld->dev)) ||
	    skb_ensure_writable(skb, header_bytes))
		return -ENOMEM;
	twin_wire_ipv4_decrement_ttl(skb_network_header(skb));
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	skb_dst_drop(skb);
	/* the priority tag of VLAN 0 was for the link that it came by */
	__vlan_hwaccel_clear_tag(skb);
	/* it may wait for ARP until after the device it came by is gone */
	skb->dev = NULL;
	return 0;
}

static void twin_forward_to(struct twin_link_dev *ld, struct sk_buff *skb,
			    const struct twin_wire_ipv4 *ip,
			    const struct twin_path *path)
{
	struct twin_net *tn = ld->tn;
	bool fits;

	if (skb_warn_if_lro(skb)) {
		twin_forward_drop(tn, skb, TWIN_DROP_IP_LRO);
		return;
	}
	/* segmentation looks for the transport's header, which nobody needed */
	skb_set_transport_header(skb, ip->header_bytes);
	fits = twin_forward_fits(skb, path->mtu_bytes);
	if (!fits && ip->dont_fragment) {
		twin_icmp_send_error(tn, skb, ICMP_DEST_UNREACH,
				     ICMP_FRAG_NEEDED, path->mtu_bytes);
		twin_forward_drop(tn, skb, TWIN_DROP_IP_TOO_BIG);
		return;
	}
	if (ip->header_bytes > TWIN_WIRE_IPV4_MIN_BYTES &&
	    !twin_ip_options_forward(tn, skb,
				     twin_link_addr_select(path->ld,
							   path->next_hop)))
		return;
	/* of none with a source route: RFC 1812 5.2.7.2 */
	twin_forward_redirect(ld, skb, ip, path);
	if (twin_forward_prepare(skb, ip->header_bytes, path)) {
		twin_forward_drop(tn, skb, TWIN_DROP_IP_NO_MEMORY);
		return;
	}
	TWIN_COUNT(tn, IP_FORW_DATAGRAMS);
	TWIN_COUNT_ADD(tn, IPEXT_OUT_OCTETS, skb->len);
	trace_twin_ip_tx(skb);
	if (fits)
		twin_ip_transmit(tn, skb, path);
	else if (skb_is_gso(skb))
		twin_forward_send_pieces(tn, skb, path);
	else
		twin_forward_send(tn, skb, path);
}

/**
 * twin_ip_forward() - send a datagram on that is for somebody else
 * @ld: device it came by
 * @skb: datagram, skb->data and network header at the IP header, cb filled in,
 *	its source is credible; consumed
 * @ip: its header
 *
 * RFC: 1812 section 5.2, 5.3; 791 section 3.2
 * Context: Softirq, RCU read lock.
 */
void twin_ip_forward(struct twin_link_dev *ld, struct sk_buff *skb,
		     const struct twin_wire_ipv4 *ip)
{
	struct twin_path_key key = {
		.daddr = ip->daddr,
		.flags = TWIN_PATH_FORWARD,
	};
	struct twin_net *tn = ld->tn;
	struct twin_path path;
	int err;

	/* it may wait in a device, or for a neighbour */
	if (unlikely(skb_orphan_frags_rx(skb, GFP_ATOMIC))) {
		twin_forward_drop(tn, skb, TWIN_DROP_IP_NO_MEMORY);
		return;
	}
	if (twin_forward_unfit(tn, skb, ip)) {
		twin_forward_drop(tn, skb, TWIN_DROP_IP_MARTIAN_SOURCE);
		return;
	}
	if (ip->ttl <= 1) {
		twin_icmp_send_error(tn, skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL,
				     0);
		twin_forward_drop(tn, skb, TWIN_DROP_IP_TTL);
		return;
	}
	err = twin_path_find(tn, &key, &path);
	if (err) {
		twin_forward_no_route(tn, skb, err);
		return;
	}
	/* RFC 2644: no broadcasts from one network on another */
	if (path.type != TWIN_PATH_UNICAST) {
		twin_forward_drop(tn, skb, TWIN_DROP_IP_NOT_LOCAL);
		return;
	}
	twin_forward_to(ld, skb, ip, &path);
}
