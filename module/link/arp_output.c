// SPDX-License-Identifier: GPL-2.0
/*
 * ARP out: datagrams to neighbours, and requests, replies and announcements.
 */
#include <linux/etherdevice.h>
#include <linux/pkt_sched.h>
#include "../inspect/drop.h"
#include "../inspect/mib.h"
#include "../wire/wire_arp.h"
#include "arp.h"

/**
 * twin_arp_output() - send an IP datagram to a neighbour
 * @entry: neighbour
 * @skb: datagram, skb->data at the network header; consumed
 *
 * Context: Any but hard interrupt, RCU read lock.
 * Return: 0, also if the datagram waits for an answer; -EHOSTUNREACH if the
 * entry is just being removed; or as twin_link_output().
 */
int twin_arp_output(struct twin_arp_entry *entry, struct sk_buff *skb)
{
	u8 header[TWIN_ARP_HEADER_BYTES];
	u8 header_bytes;

	if (unlikely(!twin_arp_header_copy(entry, header, &header_bytes)))
		return twin_arp_wait(entry, skb);
	twin_arp_use(entry);
	return twin_link_output(skb, entry->ld->dev, header, header_bytes);
}

static void twin_arp_send(struct twin_link_dev *ld, struct twin_wire_arp *arp,
			  const u8 *destination)
{
	struct net_device *dev = ld->dev;
	struct sk_buff *skb;

	skb = alloc_skb(LL_RESERVED_SPACE(dev) + TWIN_WIRE_ARP_BYTES +
			dev->needed_tailroom, GFP_ATOMIC);
	if (!skb) {
		twin_drop_count(ld->tn, NULL, TWIN_DROP_LINK_NO_MEMORY);
		return;
	}
	skb_reserve(skb, LL_RESERVED_SPACE(dev));
	skb_reset_network_header(skb);
	skb->priority = TC_PRIO_CONTROL;
	ether_addr_copy(arp->sha, dev->dev_addr);
	twin_wire_arp_emit(skb_put(skb, TWIN_WIRE_ARP_BYTES), arp);
	twin_link_output_to(skb, dev, ETH_P_ARP, destination);
}

/**
 * twin_arp_solicit() - ask a neighbour for its link address
 * @entry: neighbour: all hosts of the link are asked; in NUD_PROBE first the
 *	neighbour itself, a few times
 *
 * RFC: 826 "Packet Generation"; 1122 section 2.3.2.1
 * Context: Any but hard interrupt, RCU read lock or RTNL.
 */
void twin_arp_solicit(struct twin_arp_entry *entry)
{
	struct twin_link_dev *ld = entry->ld;
	struct twin_wire_arp arp = {
		.op = TWIN_WIRE_ARP_REQUEST,
		.spa = twin_link_addr_select(ld, entry->key.addr),
		.tpa = entry->key.addr,
	};
	u8 ha[ETH_ALEN] __aligned(2);
	bool probe;
	int most;

	if (!arp.spa)
		return;
	most = READ_ONCE(ld->tn->conf.arp_ucast_solicit);
	spin_lock_bh(&entry->lock);
	probe = entry->state == NUD_PROBE && entry->probes <= most;
	ether_addr_copy(ha, entry->ha);
	spin_unlock_bh(&entry->lock);
	if (probe)
		TWIN_COUNT(ld->tn, ARP_OUT_PROBES);
	else
		TWIN_COUNT(ld->tn, ARP_OUT_REQUESTS);
	twin_arp_send(ld, &arp, probe ? ha : ld->dev->broadcast);
}

/**
 * twin_arp_reply() - answer a request
 * @ld: device that the request came by
 * @own: address of this host that was asked for
 * @ha: link address of the host that asked
 * @addr: its address; 0 if it only probes for @own
 *
 * RFC: 826 "Packet Reception"; 5227 section 2.1.1
 * Context: Any but hard interrupt, RCU read lock.
 */
void twin_arp_reply(struct twin_link_dev *ld, __be32 own, const u8 *ha,
		    __be32 addr)
{
	struct twin_wire_arp arp = {
		.op = TWIN_WIRE_ARP_REPLY,
		.spa = own,
		.tpa = addr,
	};

	ether_addr_copy(arp.tha, ha);
	TWIN_COUNT(ld->tn, ARP_OUT_REPLIES);
	twin_arp_send(ld, &arp, ha);
}

/**
 * twin_arp_announce() - tell the link that an address is this host's
 * @addr: own address
 *
 * Hosts that know another link address for it learn the new one.
 *
 * RFC: 5227 section 2.3
 * Context: Any but hard interrupt, RCU read lock or RTNL.
 */
void twin_arp_announce(const struct twin_link_addr *addr)
{
	struct twin_link_dev *ld = addr->ld;
	struct twin_wire_arp arp = {
		.op = TWIN_WIRE_ARP_REQUEST,
		.spa = addr->local,
		.tpa = addr->local,
	};

	if (!READ_ONCE(ld->up) || !READ_ONCE(ld->uses_arp))
		return;
	TWIN_COUNT(ld->tn, ARP_OUT_ANNOUNCES);
	twin_arp_send(ld, &arp, ld->dev->broadcast);
}

/**
 * twin_arp_probe() - ask the link whether another host has an address
 * @addr: own address, in use or not
 *
 * No sender address is told, so that nobody learns a wrong one.
 *
 * RFC: 5227 section 2.1.1
 * Context: Process context, RTNL held.
 */
void twin_arp_probe(const struct twin_link_addr *addr)
{
	struct twin_link_dev *ld = addr->ld;
	struct twin_wire_arp arp = {
		.op = TWIN_WIRE_ARP_REQUEST,
		.tpa = addr->local,
	};

	TWIN_COUNT(ld->tn, ARP_OUT_CONFLICT_PROBES);
	twin_arp_send(ld, &arp, ld->dev->broadcast);
}
