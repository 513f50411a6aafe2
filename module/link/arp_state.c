// SPDX-License-Identifier: GPL-2.0
/*
 * The states of a neighbour, and what leads from one to another.
 *
 * The states and their numbers are the kernel's (NUD_):
 *
 *	NONE		made for a path, nothing sent yet
 *	INCOMPLETE	asking by broadcast, datagrams wait in the queue
 *	REACHABLE	known, and proved recently
 *	STALE		known; the first datagram starts a check
 *	DELAY		in use; a transport may bring the proof by itself
 *	PROBE		asking the known address directly, at last all hosts
 *	FAILED		nobody answered
 *	NOARP, PERMANENT	set by a user
 *
 * Only twin_arp_enter() writes the state.  What an event leads to is noted in
 * a struct twin_arp_outcome under the entry's lock and done after it, since
 * sending and telling other rooms must not happen with the lock held.
 */
#include <linux/etherdevice.h>
#include <linux/mm.h>
#include <linux/random.h>
#include "../inspect/drop.h"
#include "../inspect/mib.h"
#include "../inspect/trace.h"
#include "arp.h"

/*
 * struct twin_arp_outcome - what is to be done once the lock is released
 * @released: datagrams that need not wait any longer
 * @overflow: datagrams that the queue had no room for
 * @refused: datagrams whose sender is told by an errno
 * @resolved: @released may be sent; else their senders hear of the failure
 * @reroute: copies of the header in cached paths are wrong
 * @notify: others want to hear of the change
 * @solicit: send a request
 */
struct twin_arp_outcome {
	struct sk_buff_head released;
	struct sk_buff_head overflow;
	struct sk_buff_head refused;
	bool resolved;
	bool reroute;
	bool notify;
	bool solicit;
};

/* Where an answer or a user may lead from anywhere. */
#define TWIN_ARP_LEARNT	(NUD_REACHABLE | NUD_STALE | TWIN_ARP_FIXED)

/* Legal edges, by fls() of the state left: a mask of the states entered. */
static const u16 twin_arp_edges[] = {
	[0 /* NONE */] = NUD_INCOMPLETE | TWIN_ARP_LEARNT,
	[1 /* INCOMPLETE */] = NUD_FAILED | TWIN_ARP_LEARNT,
	[2 /* REACHABLE */] = NUD_DELAY | TWIN_ARP_LEARNT,
	[3 /* STALE */] = NUD_DELAY | TWIN_ARP_LEARNT,
	[4 /* DELAY */] = NUD_PROBE | TWIN_ARP_LEARNT,
	[5 /* PROBE */] = NUD_FAILED | TWIN_ARP_LEARNT,
	[6 /* FAILED */] = NUD_INCOMPLETE | TWIN_ARP_LEARNT,
	[7 /* NOARP */] = TWIN_ARP_LEARNT,
	[8 /* PERMANENT */] = TWIN_ARP_LEARNT,
};

/*
 * What waits in all tables of the machine, in bytes of truesize.  Senders may have
 * closed their sockets, so that nobody is charged for it, and everybody may make
 * namespaces, each with a table of its own.
 */
static atomic_long_t twin_arp_waiting_bytes;
/* They may have this part of the memory. */
#define TWIN_ARP_WAITING_SHARE	64

static void twin_arp_outcome_init(struct twin_arp_outcome *out)
{
	memset(out, 0, sizeof(*out));
	__skb_queue_head_init(&out->released);
	__skb_queue_head_init(&out->overflow);
	__skb_queue_head_init(&out->refused);
}

static unsigned long twin_arp_conf_jiffies(const int *milliseconds)
{
	return max(msecs_to_jiffies(READ_ONCE(*milliseconds)), 1UL);
}

/* The pending timer holds a reference. */
static void twin_arp_arm(struct twin_arp_entry *entry, unsigned long delay)
{
	lockdep_assert_held(&entry->lock);
	if (!mod_timer(&entry->timer, jiffies + delay))
		refcount_inc(&entry->refs);
}

static void twin_arp_disarm(struct twin_arp_entry *entry)
{
	lockdep_assert_held(&entry->lock);
	if (timer_delete(&entry->timer))
		refcount_dec(&entry->refs);	/* the caller has another */
}

/*
 * Half to one and a half of the base, so that hosts that learnt an address at
 * the same moment do not check it at the same moment (RFC 4861 6.3.2).
 */
static unsigned long twin_arp_reachable_time(const struct twin_conf *conf)
{
	unsigned long base =
		twin_arp_conf_jiffies(&conf->arp_base_reachable_time_ms);

	return base / 2 + get_random_u32_below(base) + 1;
}

/* At most a request a second (RFC 1122 2.3.2.1), not in step with others. */
static unsigned long twin_arp_retrans_time(const struct twin_conf *conf)
{
	unsigned long base = twin_arp_conf_jiffies(&conf->arp_retrans_time_ms);

	return base + get_random_u32_below(base / 16 + 1);
}

/* What proved another link address, or none, proves nothing of this one. */
static void twin_arp_forget_proof(struct twin_arp_entry *entry)
{
	const struct twin_conf *conf = &entry->ld->tn->conf;
	unsigned long old =
		2 * twin_arp_conf_jiffies(&conf->arp_base_reachable_time_ms);

	WRITE_ONCE(entry->confirmed_jiffies, jiffies - old);
}

static void twin_arp_start_timer(struct twin_arp_entry *entry)
{
	const struct twin_conf *conf = &entry->ld->tn->conf;
	const int *delay_ms = &conf->arp_delay_first_probe_time_ms;

	switch (entry->state) {
	case NUD_REACHABLE:
		entry->reachable_jiffies = twin_arp_reachable_time(conf);
		twin_arp_arm(entry, entry->reachable_jiffies);
		break;
	case NUD_DELAY:
		twin_arp_arm(entry, twin_arp_conf_jiffies(delay_ms));
		break;
	case NUD_INCOMPLETE:
	case NUD_PROBE:
		twin_arp_arm(entry, twin_arp_retrans_time(conf));
		break;
	default:
		twin_arp_disarm(entry);
	}
}

static void twin_arp_charge(struct twin_arp_entry *entry, long bytes)
{
	lockdep_assert_held(&entry->lock);
	entry->queue_bytes += bytes;
	atomic_long_add(bytes, &twin_arp_waiting_bytes);
}

/* All that waits for @entry, which is charged for none of it any more. */
static void twin_arp_take_queue(struct twin_arp_entry *entry,
				struct sk_buff_head *taken)
{
	skb_queue_splice_tail_init(&entry->queue, taken);
	twin_arp_charge(entry, -(long)entry->queue_bytes);
}

static void twin_arp_release_queue(struct twin_arp_entry *entry,
				   struct twin_arp_outcome *out)
{
	twin_arp_take_queue(entry, &out->released);
	out->resolved = entry->state & TWIN_ARP_VALID;
}

static void twin_arp_count_fixed(struct twin_arp_entry *entry, u8 from, u8 to)
{
	atomic_t *fixed = &entry->ld->tn->arp->permanent;

	if (to & TWIN_ARP_FIXED && !(from & TWIN_ARP_FIXED))
		atomic_inc(fixed);
	else if (from & TWIN_ARP_FIXED && !(to & TWIN_ARP_FIXED))
		atomic_dec(fixed);
}

/* The one writer of the state.  A user may ask for any edge. */
static void twin_arp_enter(struct twin_arp_entry *entry, u8 to,
			   unsigned int flags, struct twin_arp_outcome *out)
{
	u8 from = entry->state;

	lockdep_assert_held(&entry->lock);
	WARN_ONCE(!(flags & TWIN_ARP_ADMIN) &&
		  !(twin_arp_edges[fls(from)] & to),
		  "twin: neighbour from state %#x to %#x", from, to);
	trace_twin_arp_state(entry->ld->dev->ifindex, entry->key.addr, from, to);
	WRITE_ONCE(entry->state, to);
	WRITE_ONCE(entry->entered_jiffies, jiffies);
	entry->probes = 0;
	twin_arp_count_fixed(entry, from, to);
	if (from & TWIN_ARP_VALID && !(to & TWIN_ARP_VALID)) {
		twin_arp_header_clear(entry);
		out->reroute = true;
	}
	if (to != NUD_INCOMPLETE)
		twin_arp_release_queue(entry, out);
	if (to & (NUD_INCOMPLETE | NUD_PROBE)) {
		entry->probes = 1;
		out->solicit = true;
	}
	if (to == NUD_FAILED) {
		TWIN_COUNT(entry->ld->tn, ARP_FAILURES);
		/* there may be another gateway */
		out->reroute |= READ_ONCE(entry->gateway);
	}
	/* asking and waiting are no news */
	out->notify |= from != to && !(to & (NUD_INCOMPLETE | NUD_DELAY));
	twin_arp_start_timer(entry);
}

/* Does what was noted.  RCU read lock or RTNL keeps the device. */
static void twin_arp_settle(struct twin_arp_entry *entry,
			    struct twin_arp_outcome *out)
{
	struct twin_net *tn = entry->ld->tn;
	struct sk_buff *skb;

	if (out->reroute)
		twin_path_invalidate(tn);
	if (out->notify)
		twin_event(tn, TWIN_EVENT_NEIGH, entry);
	if (out->solicit)
		twin_arp_solicit(entry);
	while ((skb = __skb_dequeue(&out->overflow)))
		twin_drop(tn, skb, TWIN_DROP_ARP_QUEUE_FULL);
	while ((skb = __skb_dequeue(&out->refused)))
		twin_drop(tn, skb, TWIN_DROP_ARP_FAILED);
	while ((skb = __skb_dequeue(&out->released))) {
		if (out->resolved)
			twin_arp_output(entry, skb);
		else
			twin_l3_undeliverable(tn, skb, entry->key.ifindex);
	}
}

static void twin_arp_expire_reachable(struct twin_arp_entry *entry,
				      struct twin_arp_outcome *out)
{
	const struct twin_conf *conf = &entry->ld->tn->conf;
	unsigned long confirmed = READ_ONCE(entry->confirmed_jiffies);
	unsigned long in_use =
		READ_ONCE(entry->used_jiffies) +
		twin_arp_conf_jiffies(&conf->arp_delay_first_probe_time_ms);

	if (time_before(jiffies, confirmed + entry->reachable_jiffies))
		twin_arp_arm(entry, confirmed + entry->reachable_jiffies -
				    jiffies);
	else if (time_before(jiffies, in_use))
		twin_arp_enter(entry, NUD_DELAY, 0, out);
	else
		twin_arp_enter(entry, NUD_STALE, 0, out);
}

static void twin_arp_expire_asking(struct twin_arp_entry *entry, int most,
				   struct twin_arp_outcome *out)
{
	if (entry->probes >= most) {
		twin_arp_enter(entry, NUD_FAILED, 0, out);
		return;
	}
	entry->probes++;
	out->solicit = true;
	twin_arp_start_timer(entry);
}

static bool twin_arp_confirmed_since(const struct twin_arp_entry *entry,
				     unsigned long since)
{
	return time_after_eq(READ_ONCE(entry->confirmed_jiffies), since);
}

/* First the address that is known, then all hosts: it may have moved. */
static int twin_arp_most_probes(const struct twin_conf *conf)
{
	return READ_ONCE(conf->arp_ucast_solicit) +
	       READ_ONCE(conf->arp_mcast_resolicit);
}

static void twin_arp_expire(struct twin_arp_entry *entry,
			    struct twin_arp_outcome *out)
{
	const struct twin_conf *conf = &entry->ld->tn->conf;

	lockdep_assert_held(&entry->lock);
	switch (entry->state) {
	case NUD_REACHABLE:
		twin_arp_expire_reachable(entry, out);
		break;
	case NUD_DELAY:
		if (twin_arp_confirmed_since(entry, entry->entered_jiffies))
			twin_arp_enter(entry, NUD_REACHABLE, 0, out);
		else
			twin_arp_enter(entry, NUD_PROBE, 0, out);
		break;
	case NUD_PROBE:
		if (twin_arp_confirmed_since(entry, entry->entered_jiffies))
			twin_arp_enter(entry, NUD_REACHABLE, 0, out);
		else
			twin_arp_expire_asking(entry, twin_arp_most_probes(conf),
					       out);
		break;
	case NUD_INCOMPLETE:
		twin_arp_expire_asking(entry,
				       READ_ONCE(conf->arp_mcast_solicit), out);
		break;
	}
}

/* Softirq.  An entry that is not dead has its device: see twin_link_detach(). */
static void twin_arp_timer(struct timer_list *timer)
{
	struct twin_arp_entry *entry =
		timer_container_of(entry, timer, timer);
	struct twin_arp_outcome out;
	bool dead;

	twin_arp_outcome_init(&out);
	rcu_read_lock();
	spin_lock(&entry->lock);
	dead = entry->dead;
	/* armed again while this run waited for the lock: it is void */
	if (!dead && !timer_pending(timer))
		twin_arp_expire(entry, &out);
	spin_unlock(&entry->lock);
	if (!dead)
		twin_arp_settle(entry, &out);
	twin_arp_put(entry);
	rcu_read_unlock();
}

/**
 * twin_arp_state_init() - first state of a new entry
 * @entry: entry that nobody else sees yet
 *
 * Context: Any.
 */
void twin_arp_state_init(struct twin_arp_entry *entry)
{
	BUILD_BUG_ON(NUD_PERMANENT != 1 << (ARRAY_SIZE(twin_arp_edges) - 2));
	spin_lock_init(&entry->lock);
	seqlock_init(&entry->header_seq);
	__skb_queue_head_init(&entry->queue);
	timer_setup(&entry->timer, twin_arp_timer, 0);
	entry->state = NUD_NONE;
	entry->entered_jiffies = jiffies;
	entry->used_jiffies = jiffies;
	entry->updated_jiffies = jiffies;
	twin_arp_forget_proof(entry);
}

static void twin_arp_set_ha(struct twin_arp_entry *entry, const u8 *ha,
			    struct twin_arp_outcome *out)
{
	if (entry->state & TWIN_ARP_VALID) {
		out->reroute = true;
		out->notify = true;
		TWIN_COUNT(entry->ld->tn, ARP_MOVED);
	}
	ether_addr_copy(entry->ha, ha);
	WRITE_ONCE(entry->updated_jiffies, jiffies);
	twin_arp_forget_proof(entry);
	twin_arp_header_build(entry);
}

static int twin_arp_update_locked(struct twin_arp_entry *entry, const u8 *ha,
				  u8 state, unsigned int flags,
				  struct twin_arp_outcome *out)
{
	u8 from = entry->state;
	bool known = from & TWIN_ARP_VALID;

	if (entry->dead)
		return -ENOENT;
	if (from & TWIN_ARP_FIXED && !(flags & TWIN_ARP_ADMIN))
		return -EPERM;
	if (!(state & TWIN_ARP_VALID)) {
		twin_arp_enter(entry, state, flags, out);
		return 0;
	}
	if (!ha && !known)
		return -EINVAL;
	if (ha && !(known && ether_addr_equal(entry->ha, ha))) {
		if (known && !(flags & TWIN_ARP_OVERRIDE))
			return -EEXIST;
		twin_arp_set_ha(entry, ha, out);
	} else if (state == NUD_STALE && !(flags & TWIN_ARP_ADMIN)) {
		return 0;	/* nothing new, and no proof */
	}
	if (state == NUD_REACHABLE)
		twin_arp_confirm(entry);
	twin_arp_enter(entry, state, flags, out);
	return 0;
}

/**
 * twin_arp_update() - something was learnt, or ordered, about a neighbour
 * @entry: entry; the caller holds a reference or the RCU read lock
 * @ha: link address, or NULL: as known
 * @state: NUD_ state that this leads to
 * @flags: TWIN_ARP_OVERRIDE, TWIN_ARP_ADMIN
 *
 * Sends what waited for the address.
 *
 * RFC: 826 "Packet Reception"
 * Context: Any but hard interrupt; RCU read lock or RTNL for the device.
 * Return: 0; -EEXIST if another link address is known and may not be
 * overruled, -EPERM if a user has set the entry, -EINVAL if @ha is missing,
 * -ENOENT if the entry is out of the table.
 */
int twin_arp_update(struct twin_arp_entry *entry, const u8 *ha, u8 state,
		    unsigned int flags)
{
	struct twin_arp_outcome out;
	int err;

	twin_arp_outcome_init(&out);
	spin_lock_bh(&entry->lock);
	err = twin_arp_update_locked(entry, ha, state, flags, &out);
	spin_unlock_bh(&entry->lock);
	if (!err)
		twin_arp_settle(entry, &out);
	return err;
}

/**
 * twin_arp_use_unsure() - a datagram goes to a neighbour not heard of lately
 * @entry: neighbour
 *
 * Context: Any but hard interrupt, RCU read lock.
 */
void twin_arp_use_unsure(struct twin_arp_entry *entry)
{
	struct twin_arp_outcome out;

	twin_arp_outcome_init(&out);
	spin_lock_bh(&entry->lock);
	if (!entry->dead && entry->state == NUD_STALE)
		twin_arp_enter(entry, NUD_DELAY, 0, &out);
	spin_unlock_bh(&entry->lock);
}

static bool twin_arp_machine_has_room(unsigned int bytes)
{
	unsigned long waiting = atomic_long_read(&twin_arp_waiting_bytes);

	return (waiting + bytes) / PAGE_SIZE <
	       totalram_pages() / TWIN_ARP_WAITING_SHARE;
}

static bool twin_arp_has_room(const struct twin_arp_entry *entry,
			      unsigned int bytes)
{
	unsigned int most = READ_ONCE(entry->ld->tn->conf.arp_unres_qlen_bytes);

	return entry->queue_bytes + bytes <= most &&
	       twin_arp_machine_has_room(bytes);
}

/*
 * An empty queue takes any datagram, so that one always waits; but from the
 * namespaces of users, which may be many, only what the machine has room for.
 */
static bool twin_arp_takes_one(const struct twin_arp_entry *entry,
			       unsigned int bytes)
{
	return entry->ld->tn->net->user_ns == &init_user_ns ||
	       twin_arp_machine_has_room(bytes);
}

/* The newest are kept: they are the likeliest to be wanted still. */
static void twin_arp_enqueue(struct twin_arp_entry *entry, struct sk_buff *skb,
			     struct twin_arp_outcome *out)
{
	struct sk_buff *oldest;

	lockdep_assert_held(&entry->lock);
	while (!twin_arp_has_room(entry, skb->truesize)) {
		oldest = __skb_dequeue(&entry->queue);
		if (!oldest)
			break;
		twin_arp_charge(entry, -(long)oldest->truesize);
		__skb_queue_tail(&out->overflow, oldest);
	}
	if (entry->queue_bytes || twin_arp_takes_one(entry, skb->truesize)) {
		__skb_queue_tail(&entry->queue, skb);
		twin_arp_charge(entry, skb->truesize);
	} else {
		__skb_queue_tail(&out->overflow, skb);
	}
}

/**
 * twin_arp_wait() - a datagram is for a neighbour whose address is not known
 * @entry: neighbour
 * @skb: datagram; consumed, that is: kept until there is an answer or none
 *
 * Where nobody answered the last datagram all hosts are asked anew: the last
 * request was a whole interval before the failure, so that this is no flood.
 *
 * RFC: 1122 section 2.3.2.1, 2.3.2.2
 * Context: Any but hard interrupt, RCU read lock.
 * Return: 0, or -EHOSTUNREACH if the entry is just being removed.
 */
int twin_arp_wait(struct twin_arp_entry *entry, struct sk_buff *skb)
{
	struct twin_arp_outcome out;
	int err = 0;

	twin_arp_outcome_init(&out);
	spin_lock_bh(&entry->lock);
	if (entry->dead) {
		__skb_queue_tail(&out.refused, skb);
		err = -EHOSTUNREACH;
	} else if (entry->state & TWIN_ARP_VALID) {	/* the answer was faster */
		__skb_queue_tail(&out.released, skb);
		out.resolved = true;
	} else {
		if (entry->state != NUD_INCOMPLETE)
			twin_arp_enter(entry, NUD_INCOMPLETE, 0, &out);
		twin_arp_enqueue(entry, skb, &out);
	}
	spin_unlock_bh(&entry->lock);
	twin_arp_settle(entry, &out);
	return err;
}

/**
 * twin_arp_kill() - an entry leaves the table
 * @entry: entry; the table's reference is still held
 *
 * From here on no timer is armed and nothing is queued.  Because this happens
 * under the table's lock, whoever sees a living entry under RCU also has its
 * device: that is freed a grace period after all its entries are dead.
 *
 * Context: Any but hard interrupt; the table's lock is held.
 */
void twin_arp_kill(struct twin_arp_entry *entry)
{
	lockdep_assert_held(&entry->ld->tn->arp->lock);
	spin_lock(&entry->lock);
	entry->dead = true;
	twin_arp_disarm(entry);
	twin_arp_count_fixed(entry, entry->state, NUD_NONE);
	spin_unlock(&entry->lock);
}

/**
 * twin_arp_purge() - throw away what waits for a dead entry
 * @tn: namespace
 * @entry: entry
 *
 * Context: Any but hard interrupt.
 */
void twin_arp_purge(struct twin_net *tn, struct twin_arp_entry *entry)
{
	struct sk_buff_head waiting;
	struct sk_buff *skb;

	__skb_queue_head_init(&waiting);
	spin_lock_bh(&entry->lock);
	twin_arp_take_queue(entry, &waiting);
	spin_unlock_bh(&entry->lock);
	while ((skb = __skb_dequeue(&waiting)))
		twin_drop(tn, skb, TWIN_DROP_ARP_FAILED);
}
