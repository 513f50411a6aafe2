// SPDX-License-Identifier: GPL-2.0
/*
 * ARP in: RFC 826 "Packet Reception", and RFC 5227's watch for conflicts.
 *
 * A packet that asks for an address of Twin's, or answers it, is Twin's.  All
 * others only refresh what Twin knows of their sender and go on to the kernel.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/etherdevice.h>
#include <linux/in.h>
#include "../inspect/drop.h"
#include "../inspect/mib.h"
#include "../wire/wire_arp.h"
#include "arp.h"

/*
 * For this long an address learnt from a reply is not replaced by that of another
 * reply: if proxies answer as well as the host, the first reply counts.
 */
#define TWIN_ARP_LOCK_TIME	HZ

/* Addresses that no sender has; 0.0.0.0 is one that has none yet (RFC 5227). */
static bool twin_arp_sender_is_sane(const struct twin_wire_arp *arp)
{
	if (!is_valid_ether_addr(arp->sha))
		return false;
	return !ipv4_is_loopback(arp->spa) && !ipv4_is_multicast(arp->spa) &&
	       !ipv4_is_lbcast(arp->spa) &&
	       (!arp->spa || !ipv4_is_zeronet(arp->spa));
}

/* False, and counted, for what cannot be an ARP packet of a host. */
static bool twin_arp_read(struct twin_link_dev *ld, struct sk_buff *skb,
			  struct twin_wire_arp *arp)
{
	enum twin_drop_reason reason;

	if (!pskb_may_pull(skb, TWIN_WIRE_ARP_BYTES))
		reason = TWIN_DROP_ARP_SHORT;
	else if (twin_wire_arp_parse(arp, skb->data, TWIN_WIRE_ARP_BYTES) !=
		 TWIN_WIRE_OK)
		reason = TWIN_DROP_ARP_FORMAT;
	else if (arp->op != TWIN_WIRE_ARP_REQUEST &&
		 arp->op != TWIN_WIRE_ARP_REPLY)
		reason = TWIN_DROP_ARP_OPCODE;
	else if (!twin_arp_sender_is_sane(arp))
		reason = TWIN_DROP_ARP_SOURCE;
	else
		return true;
	twin_drop_count(ld->tn, skb, reason);
	return false;
}

/*
 * Somebody else uses an address of ours: it is kept, reported and defended, but
 * not more often than every ten seconds, RFC 5227 section 2.4 (c).
 */
static void twin_arp_conflict(struct twin_link_dev *ld,
			      struct twin_link_addr *own,
			      const struct twin_wire_arp *arp)
{
	unsigned long last = READ_ONCE(own->defended_jiffies);
	unsigned long now = jiffies;

	TWIN_COUNT(ld->tn, ARP_CONFLICTS);
	if (time_before(now, last + TWIN_ARP_DEFEND_INTERVAL) ||
	    cmpxchg(&own->defended_jiffies, last, now) != last)
		return;
	net_warn_ratelimited("%pM on %s uses %pI4, which is an address of Twin's\n",
			     arp->sha, ld->dev->name, &arp->spa);
	twin_event(ld->tn, TWIN_EVENT_ADDR_CONFLICT, own);
	twin_arp_announce(own);
}

/* An answer that was sent to us alone is proof; everything else is hearsay. */
static u8 twin_arp_lesson(const struct sk_buff *skb,
			  const struct twin_wire_arp *arp)
{
	return arp->op == TWIN_WIRE_ARP_REPLY && skb->pkt_type == PACKET_HOST ?
	       NUD_REACHABLE : NUD_STALE;
}

/* What a host says of itself is believed at once, be it asking or announcing. */
static bool twin_arp_overrides(const struct twin_arp_entry *entry,
			       const struct twin_wire_arp *arp)
{
	return arp->op == TWIN_WIRE_ARP_REQUEST || arp->spa == arp->tpa ||
	       time_after(jiffies, READ_ONCE(entry->updated_jiffies) +
				   TWIN_ARP_LOCK_TIME);
}

/* RFC 826: the merge.  A new entry is made only for a host that asks for us. */
static void twin_arp_merge(struct twin_link_dev *ld, const struct sk_buff *skb,
			   const struct twin_wire_arp *arp, bool create)
{
	struct twin_arp_entry *entry;
	unsigned int flags = 0;

	entry = twin_arp_find(ld->tn, ld->dev, arp->spa);
	if (entry && !refcount_inc_not_zero(&entry->refs))
		return;
	if (!entry && create)
		entry = twin_arp_get(ld, arp->spa, false);
	if (!entry)
		return;
	if (twin_arp_overrides(entry, arp))
		flags = TWIN_ARP_OVERRIDE;
	twin_arp_update(entry, arp->sha, twin_arp_lesson(skb, arp), flags);
	twin_arp_put(entry);
}

static void twin_arp_learn(struct twin_link_dev *ld, const struct sk_buff *skb,
			   const struct twin_wire_arp *arp, bool for_us)
{
	struct twin_link_addr *own = twin_link_addr_find(ld->tn, arp->spa);

	if (unlikely(READ_ONCE(ld->tentative)) &&
	    !twin_link_owns_ha(ld->tn, arp->sha))
		twin_arp_probe_watch(ld, arp);
	if (own) {
		/* our own packet, received by another of our devices, is no
		 * conflict; nor is a claim on a link where we do not have it
		 */
		if (own->ld == ld && !twin_link_owns_ha(ld->tn, arp->sha))
			twin_arp_conflict(ld, own, arp);
	} else if (arp->spa && !twin_link_addr_is_broadcast(ld, arp->spa)) {
		twin_arp_merge(ld, skb, arp,
			       for_us && arp->op == TWIN_WIRE_ARP_REQUEST);
	}
}

/**
 * twin_arp_input() - an ARP packet has come in
 * @ld: device
 * @skb: packet, skb->data at the network header, held by nobody else
 *
 * RFC: 826 "Packet Reception"; 1122 section 2.3.2; 5227 section 2.1.1, 2.4
 * Context: Softirq, RCU read lock.
 * Return: true if the packet is for an address of Twin's and is consumed.
 */
bool twin_arp_input(struct twin_link_dev *ld, struct sk_buff *skb)
{
	struct twin_wire_arp arp;
	bool for_us;

	if (!twin_arp_read(ld, skb, &arp))
		return false;
	for_us = twin_link_addr_find(ld->tn, arp.tpa) ||
		 twin_link_local_takes(ld->tn, arp.tpa);
	if (for_us && arp.op == TWIN_WIRE_ARP_REQUEST)
		TWIN_COUNT(ld->tn, ARP_IN_REQUESTS);
	else if (for_us)
		TWIN_COUNT(ld->tn, ARP_IN_REPLIES);
	twin_arp_learn(ld, skb, &arp, for_us);
	if (for_us && arp.op == TWIN_WIRE_ARP_REQUEST && arp.spa != arp.tpa)
		twin_arp_reply(ld, arp.tpa, arp.sha, arp.spa);
	if (for_us)
		consume_skb(skb);
	return for_us;
}
