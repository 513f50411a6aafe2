// SPDX-License-Identifier: GPL-2.0
/*
 * A new address: probes, announcements, and what happens if another host has it
 * (RFC 5227).
 *
 * net.twin.arp_probe says how a new address is checked:
 *
 *	0	used and announced at once, as AF_INET does; "nodad" asks for this
 *	1	used and announced at once, and probed meanwhile: another host
 *		that has it is found and reported
 *	2	TENTATIVE until probes have gone unanswered, as the RFC wants it;
 *		DUPLICATE, and never used, if another host has it
 *
 * The probes and announcements that are still to be sent are counted in the
 * address, and one work item for each namespace sends them: so nothing has to be
 * cancelled when an address is deleted.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/etherdevice.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include "../inspect/mib.h"
#include "../wire/wire_arp.h"
#include "arp.h"

/* RFC 5227 section 1.1, in jiffies where they are times */
#define TWIN_ARP_PROBE_WAIT		(1 * HZ)
#define TWIN_ARP_PROBE_NUM		3
#define TWIN_ARP_PROBE_MIN		(1 * HZ)
#define TWIN_ARP_PROBE_MAX		(2 * HZ)
#define TWIN_ARP_ANNOUNCE_WAIT		(2 * HZ)
#define TWIN_ARP_ANNOUNCE_NUM		2
#define TWIN_ARP_ANNOUNCE_INTERVAL	(2 * HZ)
#define TWIN_ARP_MAX_CONFLICTS		10
#define TWIN_ARP_RATE_LIMIT_INTERVAL	(60 * HZ)

static unsigned long twin_arp_probe_random(unsigned long least,
					   unsigned long most)
{
	return least + get_random_u32_below(most - least + 1);
}

static void twin_arp_probe_wake(struct twin_net *tn, unsigned long delay)
{
	mod_delayed_work(system_power_efficient_wq, &tn->link->probing, delay);
}

static void twin_arp_probe_plan(struct twin_link_addr *own,
				unsigned long delay)
{
	own->step_planned = true;
	own->step_jiffies = jiffies + delay;
}

static void twin_arp_probe_announce(struct twin_link_addr *own)
{
	twin_arp_announce(own);
	own->announces_left--;
}

/* Nothing was heard: from now on it is this host's. */
static void twin_arp_probe_passed(struct twin_link_addr *own)
{
	own->ld->tentative--;
	own->announces_left = TWIN_ARP_ANNOUNCE_NUM;
	twin_link_addr_begin(own);
	twin_arp_probe_announce(own);
	twin_arp_probe_plan(own, TWIN_ARP_ANNOUNCE_INTERVAL);
}

/* RFC 5227 section 2.1.1: another host has it, or is about to take it. */
static void twin_arp_probe_lost(struct twin_link_addr *own)
{
	struct twin_link_dev *ld = own->ld;

	ld->tentative--;
	if (ld->conflicts < TWIN_ARP_MAX_CONFLICTS)
		ld->conflicts++;
	own->step_planned = false;
	WRITE_ONCE(own->state, TWIN_ADDR_DUPLICATE);
	TWIN_COUNT(ld->tn, ARP_CONFLICTS);
	net_warn_ratelimited("%pI4 on %s is in use by another host and is not used\n",
			     &own->local, ld->dev->name);
	twin_event(ld->tn, TWIN_EVENT_ADDR_CONFLICT, own);
}

static void twin_arp_probe_ask(struct twin_link_addr *own)
{
	unsigned long wait = TWIN_ARP_ANNOUNCE_WAIT;

	twin_arp_probe(own);
	own->probes_left--;
	if (own->probes_left)
		wait = twin_arp_probe_random(TWIN_ARP_PROBE_MIN,
					     TWIN_ARP_PROBE_MAX);
	twin_arp_probe_plan(own, wait);
}

/* One step of an address whose time has come. */
static void twin_arp_probe_step(struct twin_link_addr *own)
{
	own->step_planned = false;
	if (!own->ld->up || !own->ld->uses_arp)
		return;		/* begins anew when the link does */
	if (own->probes_left) {
		twin_arp_probe_ask(own);
	} else if (own->state == TWIN_ADDR_TENTATIVE) {
		twin_arp_probe_passed(own);
	} else if (own->announces_left) {
		twin_arp_probe_announce(own);
		if (own->announces_left)
			twin_arp_probe_plan(own, TWIN_ARP_ANNOUNCE_INTERVAL);
	}
}

static void twin_arp_probe_look(struct twin_link_addr *own)
{
	if (own->state == TWIN_ADDR_TENTATIVE && READ_ONCE(own->contested))
		twin_arp_probe_lost(own);
	if (own->step_planned && time_after_eq(jiffies, own->step_jiffies))
		twin_arp_probe_step(own);
}

/* Does what is due and comes back for what is not. */
static void twin_arp_probe_work(struct work_struct *work)
{
	struct twin_link_net *ln = container_of(to_delayed_work(work),
						struct twin_link_net, probing);
	unsigned long next = jiffies + MAX_JIFFY_OFFSET;
	struct twin_link_addr *own;
	struct twin_link_dev *ld;
	bool more = false;

	rtnl_lock();
	list_for_each_entry(ld, &ln->devices, list) {
		list_for_each_entry(own, &ld->addrs, list) {
			twin_arp_probe_look(own);
			if (!own->step_planned)
				continue;
			more = true;
			if (time_before(own->step_jiffies, next))
				next = own->step_jiffies;
		}
	}
	if (more)
		twin_arp_probe_wake(ln->tn, time_after(next, jiffies) ?
					    next - jiffies : 0);
	rtnl_unlock();
}

/*
 * RFC 5227 section 2.1.1: hosts that start together do not probe together, and
 * a link that has had many conflicts is not flooded with further attempts.
 */
static unsigned long twin_arp_probe_first(const struct twin_link_dev *ld)
{
	unsigned long delay = twin_arp_probe_random(0, TWIN_ARP_PROBE_WAIT);

	if (ld->conflicts >= TWIN_ARP_MAX_CONFLICTS)
		delay += TWIN_ARP_RATE_LIMIT_INTERVAL;
	return delay;
}

/**
 * twin_arp_probe_begin() - an address is new, or its link is
 * @own: address
 *
 * A tentative address is probed and used afterwards.  One that is in use is
 * announced, and probed meanwhile unless its user or the namespace does not want
 * that.  Without ARP an address is used at once.
 *
 * RFC: 5227 section 2.1, 2.3
 * Context: Process context, RTNL held.
 */
void twin_arp_probe_begin(struct twin_link_addr *own)
{
	struct twin_link_dev *ld = own->ld;
	bool probing;

	ASSERT_RTNL();
	if (own->state == TWIN_ADDR_TENTATIVE && !ld->uses_arp) {
		ld->tentative--;
		twin_link_addr_begin(own);
	}
	if (own->state == TWIN_ADDR_DUPLICATE || !ld->up || !ld->uses_arp)
		return;
	probing = READ_ONCE(ld->tn->conf.arp_probe) && !own->nodad;
	if (own->state == TWIN_ADDR_TENTATIVE) {
		own->probes_left = TWIN_ARP_PROBE_NUM;
		twin_arp_probe_plan(own, twin_arp_probe_first(ld));
	} else {
		own->probes_left = probing ? TWIN_ARP_PROBE_NUM - 1 : 0;
		own->announces_left = TWIN_ARP_ANNOUNCE_NUM;
		if (probing)
			twin_arp_probe(own);
		twin_arp_probe_announce(own);
		twin_arp_probe_plan(own, TWIN_ARP_ANNOUNCE_INTERVAL);
	}
	twin_arp_probe_wake(ld->tn, 0);
}

/**
 * twin_arp_probe_choose() - how careful a new address is
 * @own: address that nobody else sees yet
 * @nodad: its user asks for no probes
 *
 * Context: Process context, RTNL held.
 */
void twin_arp_probe_choose(struct twin_link_addr *own, bool nodad)
{
	int care = READ_ONCE(own->ld->tn->conf.arp_probe);

	ASSERT_RTNL();
	own->nodad = nodad;
	if (care == TWIN_ARP_PROBE_STRICT && !nodad && own->ld->uses_arp) {
		own->state = TWIN_ADDR_TENTATIVE;
		own->ld->tentative++;
	}
}

/**
 * twin_arp_probe_watch() - does an ARP packet speak against a tentative address?
 * @ld: device with such an address
 * @arp: packet that is not this host's own
 *
 * RFC: 5227 section 2.1.1
 * Context: Softirq, RCU read lock.
 */
void twin_arp_probe_watch(struct twin_link_dev *ld,
			  const struct twin_wire_arp *arp)
{
	struct twin_link_addr *own;

	list_for_each_entry_rcu(own, &ld->addrs, list) {
		if (READ_ONCE(own->state) != TWIN_ADDR_TENTATIVE ||
		    READ_ONCE(own->contested))
			continue;
		/* it is in use, or somebody else probes for it just now */
		if (own->local == arp->spa ||
		    (!arp->spa && own->local == arp->tpa)) {
			WRITE_ONCE(own->contested, true);
			twin_arp_probe_wake(ld->tn, 0);
		}
	}
}

/**
 * twin_arp_probe_net_init() - begin of a namespace
 * @tn: namespace, its link state made
 *
 * Context: Process context.
 */
void twin_arp_probe_net_init(struct twin_net *tn)
{
	INIT_DELAYED_WORK(&tn->link->probing, twin_arp_probe_work);
}

/**
 * twin_arp_probe_net_exit() - end of a namespace
 * @tn: namespace without devices, so that nothing starts the work again
 *
 * Context: Process context, RTNL not held.
 */
void twin_arp_probe_net_exit(struct twin_net *tn)
{
	cancel_delayed_work_sync(&tn->link->probing);
}
