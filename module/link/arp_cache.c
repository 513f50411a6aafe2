// SPDX-License-Identifier: GPL-2.0
/*
 * The neighbour table: finding, making, removing and collecting entries.
 *
 * The order of a removal: the entry is unlinked and marked dead, paths are made
 * stale, its queue is freed, the table's reference is dropped.  A reader that
 * still has the entry from an older path is in an RCU read section that began
 * before, and the memory is freed after it.
 */
#include <linux/slab.h>
#include "../inspect/drop.h"
#include "../inspect/mib.h"
#include "arp.h"

/* A full table that had nothing to give up is not searched again before. */
#define TWIN_ARP_BARREN_INTERVAL	(HZ / 10)
/* A path that was just made for a datagram keeps its neighbour so long. */
#define TWIN_ARP_FRESH_TIME		(HZ / 10)
/* A full table gives up this part of itself at a time. */
#define TWIN_ARP_FORCED_SHARE		8

static struct kmem_cache *twin_arp_slab;

static u32 twin_arp_hash(const void *data, u32 len, u32 seed)
{
	const struct twin_arp_key *key = data;

	return twin_hash_place(key->addr, key->ifindex, seed);
}

static int twin_arp_differs(struct rhashtable_compare_arg *arg,
			    const void *object)
{
	const struct twin_arp_key *key = arg->key;
	const struct twin_arp_entry *entry = object;

	return entry->key.addr != key->addr ||
	       entry->key.ifindex != key->ifindex;
}

/* Functions of its own: those that the table knows for any key take longer. */
static const struct rhashtable_params twin_arp_params = {
	.head_offset = offsetof(struct twin_arp_entry, node),
	.key_offset = offsetof(struct twin_arp_entry, key),
	.key_len = sizeof(struct twin_arp_key),
	.hashfn = twin_arp_hash,
	.obj_cmpfn = twin_arp_differs,
	.automatic_shrinking = true,
};

/**
 * twin_arp_find() - look for a neighbour
 * @tn: namespace
 * @dev: device
 * @addr: neighbour's address
 *
 * Context: RCU read lock, which also bounds the use of the result.
 * Return: the entry, without a reference, or NULL.
 */
struct twin_arp_entry *twin_arp_find(struct twin_net *tn,
				     const struct net_device *dev, __be32 addr)
{
	struct twin_arp_key key = { .addr = addr, .ifindex = dev->ifindex };

	return rhashtable_lookup(&tn->arp->table, &key, twin_arp_params);
}

static void twin_arp_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(twin_arp_slab,
			container_of(rcu, struct twin_arp_entry, rcu));
}

/**
 * twin_arp_put() - drop a reference to a neighbour
 * @entry: neighbour; freed after a grace period if this was the last
 *
 * Context: Any.
 */
void twin_arp_put(struct twin_arp_entry *entry)
{
	if (refcount_dec_and_test(&entry->refs))
		call_rcu(&entry->rcu, twin_arp_free_rcu);
}

static void twin_arp_unlink(struct twin_arp_net *arp,
			    struct twin_arp_entry *entry,
			    struct twin_arp_entry **retired)
{
	lockdep_assert_held(&arp->lock);
	if (rhashtable_remove_fast(&arp->table, &entry->node, twin_arp_params))
		return;		/* somebody else was faster */
	list_del_rcu(&entry->list);
	arp->count--;
	twin_arp_kill(entry);
	entry->retired = *retired;
	*retired = entry;
}

/* Second half of a removal, without the table's lock. */
static void twin_arp_retire(struct twin_net *tn, struct twin_arp_entry *retired)
{
	struct twin_arp_entry *entry;

	if (retired)
		twin_path_invalidate(tn);
	while (retired) {
		entry = retired;
		retired = entry->retired;
		twin_arp_purge(tn, entry);
		twin_event(tn, TWIN_EVENT_NEIGH_DEL, entry);
		twin_arp_put(entry);
	}
}

/*
 * Nobody holds an idle entry but the table: not a timer, so it is in none of
 * the states that lead on by themselves.  @age_jiffies 0 is for a full table,
 * which spares only what a path was made for a moment ago (NUD_NONE): paths that
 * nothing is sent on must not keep others from being found.
 */
static bool twin_arp_is_idle(const struct twin_arp_entry *entry,
			     unsigned long age_jiffies)
{
	u8 state = READ_ONCE(entry->state);
	unsigned long last;

	if (state & (NUD_PERMANENT | NUD_NOARP) ||
	    refcount_read(&entry->refs) > 1)
		return false;
	if (!age_jiffies)
		return state != NUD_NONE ||
		       time_after(jiffies, READ_ONCE(entry->entered_jiffies) +
					   TWIN_ARP_FRESH_TIME);
	last = READ_ONCE(entry->used_jiffies);
	if (time_after(READ_ONCE(entry->entered_jiffies), last))
		last = READ_ONCE(entry->entered_jiffies);
	return time_after(jiffies, last + age_jiffies);
}

static struct twin_arp_entry *twin_arp_collect(struct twin_arp_net *arp,
					       unsigned long age_jiffies,
					       unsigned int most)
{
	struct twin_arp_entry *entry, *next, *retired = NULL;

	lockdep_assert_held(&arp->lock);
	list_for_each_entry_safe(entry, next, &arp->entries, list) {
		if (!twin_arp_is_idle(entry, age_jiffies))
			continue;
		if (!most--)
			break;
		twin_arp_unlink(arp, entry, &retired);
		TWIN_COUNT(arp->tn, ARP_ENTRIES_COLLECTED);
	}
	return retired;
}

static unsigned int twin_arp_transient(const struct twin_arp_net *arp)
{
	return arp->count - atomic_read(&arp->permanent);
}

static bool twin_arp_is_full(const struct twin_arp_net *arp)
{
	return twin_arp_transient(arp) >=
	       (unsigned int)READ_ONCE(arp->tn->conf.arp_gc_thresh);
}

static struct twin_arp_entry *twin_arp_make_room(struct twin_arp_net *arp)
{
	struct twin_arp_entry *retired;

	lockdep_assert_held(&arp->lock);
	if (!twin_arp_is_full(arp) ||
	    time_before(jiffies, arp->barren_jiffies + TWIN_ARP_BARREN_INTERVAL))
		return NULL;
	retired = twin_arp_collect(arp, 0,
				   arp->count / TWIN_ARP_FORCED_SHARE + 1);
	if (!retired)
		arp->barren_jiffies = jiffies;
	return retired;
}

static void twin_arp_arm_collector(struct twin_arp_net *arp)
{
	unsigned int seconds =
		READ_ONCE(arp->tn->conf.arp_gc_stale_time_seconds);

	schedule_delayed_work(&arp->collector, max(seconds / 2, 1U) * HZ);
}

static void twin_arp_collector(struct work_struct *work)
{
	struct twin_arp_net *arp = container_of(to_delayed_work(work),
						struct twin_arp_net, collector);
	unsigned int seconds =
		READ_ONCE(arp->tn->conf.arp_gc_stale_time_seconds);
	struct twin_arp_entry *retired;
	bool more;

	rcu_read_lock();	/* keeps the devices of the retired */
	spin_lock_bh(&arp->lock);
	retired = twin_arp_collect(arp, max(seconds, 1U) * HZ, UINT_MAX);
	more = twin_arp_transient(arp);
	spin_unlock_bh(&arp->lock);
	twin_arp_retire(arp->tn, retired);
	rcu_read_unlock();
	if (more)
		twin_arp_arm_collector(arp);
}

/* One reference for the table, one for the caller. */
static struct twin_arp_entry *twin_arp_alloc(struct twin_link_dev *ld,
					     __be32 addr)
{
	struct twin_arp_entry *entry;

	entry = kmem_cache_zalloc(twin_arp_slab, GFP_ATOMIC | __GFP_ACCOUNT);
	if (!entry)
		return NULL;
	entry->key.addr = addr;
	entry->key.ifindex = ld->dev->ifindex;
	entry->ld = ld;
	refcount_set(&entry->refs, 2);
	twin_arp_state_init(entry);
	return entry;
}

/* Returns @fresh, or a reference to the entry another CPU has added, or NULL. */
static struct twin_arp_entry *twin_arp_insert(struct twin_arp_net *arp,
					      struct twin_arp_entry *fresh,
					      bool fixed)
{
	struct twin_arp_entry *entry;

	lockdep_assert_held(&arp->lock);
	entry = rhashtable_lookup_fast(&arp->table, &fresh->key,
				       twin_arp_params);
	if (entry) {
		refcount_inc(&entry->refs);
		return entry;
	}
	if (fresh->ld->gone || (!fixed && twin_arp_is_full(arp)) ||
	    rhashtable_insert_fast(&arp->table, &fresh->node, twin_arp_params))
		return NULL;
	list_add_tail_rcu(&fresh->list, &arp->entries);
	arp->count++;
	return fresh;
}

static struct twin_arp_entry *twin_arp_create(struct twin_link_dev *ld,
					      __be32 addr, bool fixed)
{
	struct twin_arp_entry *fresh, *entry, *retired;
	struct twin_arp_net *arp = ld->tn->arp;

	fresh = twin_arp_alloc(ld, addr);
	if (!fresh)
		return NULL;
	spin_lock_bh(&arp->lock);
	retired = twin_arp_make_room(arp);
	entry = twin_arp_insert(arp, fresh, fixed);
	spin_unlock_bh(&arp->lock);
	twin_arp_retire(ld->tn, retired);
	if (!entry)
		twin_drop_count(ld->tn, NULL, TWIN_DROP_ARP_TABLE_FULL);
	if (entry != fresh) {
		kmem_cache_free(twin_arp_slab, fresh);
		return entry;
	}
	TWIN_COUNT(ld->tn, ARP_ENTRIES_CREATED);
	twin_arp_arm_collector(arp);
	return entry;
}

/**
 * twin_arp_get() - find or make the entry of a neighbour
 * @ld: device with ARP
 * @addr: neighbour's address
 * @fixed: a user is about to set it for good: such do not count, so that a full
 *	table is no obstacle
 *
 * Nothing is asked yet: that begins with the first datagram.
 *
 * Context: Any but hard interrupt; RCU read lock or RTNL for @ld.
 * Return: the entry with a reference (twin_arp_put()); NULL if the table is
 * full, memory short or the device on its way out.
 */
struct twin_arp_entry *twin_arp_get(struct twin_link_dev *ld, __be32 addr,
				    bool fixed)
{
	struct twin_arp_entry *entry;

	rcu_read_lock();
	entry = twin_arp_find(ld->tn, ld->dev, addr);
	if (entry && !refcount_inc_not_zero(&entry->refs))
		entry = NULL;
	rcu_read_unlock();
	return entry ?: twin_arp_create(ld, addr, fixed);
}

/**
 * twin_arp_remove() - take one entry out of the table
 * @entry: entry; the caller holds a reference, and still does afterwards
 *
 * Context: Any but hard interrupt; RCU read lock or RTNL for its device.
 */
void twin_arp_remove(struct twin_arp_entry *entry)
{
	struct twin_net *tn = entry->ld->tn;
	struct twin_arp_entry *retired = NULL;

	spin_lock_bh(&tn->arp->lock);
	twin_arp_unlink(tn->arp, entry, &retired);
	spin_unlock_bh(&tn->arp->lock);
	twin_arp_retire(tn, retired);
}

/**
 * twin_arp_flush_dev() - forget the neighbours on a device
 * @ld: device
 * @keep_permanent: but not those that a user has set for good
 *
 * Context: Process context, RTNL held.
 */
void twin_arp_flush_dev(struct twin_link_dev *ld, bool keep_permanent)
{
	struct twin_arp_entry *entry, *next, *retired = NULL;
	struct twin_arp_net *arp = ld->tn->arp;
	u8 keep = keep_permanent ? NUD_PERMANENT | NUD_NOARP : 0;

	ASSERT_RTNL();
	spin_lock_bh(&arp->lock);
	list_for_each_entry_safe(entry, next, &arp->entries, list)
		if (entry->ld == ld && !(READ_ONCE(entry->state) & keep))
			twin_arp_unlink(arp, entry, &retired);
	spin_unlock_bh(&arp->lock);
	twin_arp_retire(ld->tn, retired);
}

/**
 * twin_arp_close_dev() - a device is leaving: no entry of it remains or comes
 * @ld: device
 *
 * Context: Process context, RTNL held.
 */
void twin_arp_close_dev(struct twin_link_dev *ld)
{
	ASSERT_RTNL();
	spin_lock_bh(&ld->tn->arp->lock);
	ld->gone = true;
	spin_unlock_bh(&ld->tn->arp->lock);
	twin_arp_flush_dev(ld, false);
}

/**
 * twin_arp_rebuild_dev() - a device's own link address has changed
 * @ld: device; the caller makes the paths stale
 *
 * Context: Process context, RTNL held.
 */
void twin_arp_rebuild_dev(struct twin_link_dev *ld)
{
	struct twin_arp_entry *entry;

	ASSERT_RTNL();
	rcu_read_lock();
	list_for_each_entry_rcu(entry, &ld->tn->arp->entries, list) {
		if (entry->ld != ld)
			continue;
		spin_lock_bh(&entry->lock);
		if (entry->state & TWIN_ARP_VALID)
			twin_arp_header_build(entry);
		spin_unlock_bh(&entry->lock);
	}
	rcu_read_unlock();
}

/**
 * twin_arp_init() - begin of the module
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int twin_arp_init(void)
{
	twin_arp_slab = KMEM_CACHE(twin_arp_entry, SLAB_HWCACHE_ALIGN);
	return twin_arp_slab ? 0 : -ENOMEM;
}

/**
 * twin_arp_exit() - end of the module
 *
 * Context: Process context; every namespace is ended.
 */
void twin_arp_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(twin_arp_slab);
}

/**
 * twin_arp_net_init() - begin of a namespace
 * @tn: namespace
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int twin_arp_net_init(struct twin_net *tn)
{
	struct twin_arp_net *arp = kzalloc(sizeof(*arp), GFP_KERNEL);
	int err;

	if (!arp)
		return -ENOMEM;
	err = rhashtable_init(&arp->table, &twin_arp_params);
	if (err) {
		kfree(arp);
		return err;
	}
	arp->tn = tn;
	spin_lock_init(&arp->lock);
	INIT_LIST_HEAD(&arp->entries);
	arp->barren_jiffies = jiffies - TWIN_ARP_BARREN_INTERVAL;
	INIT_DEFERRABLE_WORK(&arp->collector, twin_arp_collector);
	tn->arp = arp;
	return 0;
}

/**
 * twin_arp_net_exit() - end of a namespace
 * @tn: namespace; its devices are detached, so that the table is empty
 *
 * Context: Process context; waits until no timer of an entry runs any more.
 */
void twin_arp_net_exit(struct twin_net *tn)
{
	struct twin_arp_net *arp = tn->arp;

	WARN_ON_ONCE(!list_empty(&arp->entries));
	/* whoever may still start the collector is done then */
	synchronize_net();
	cancel_delayed_work_sync(&arp->collector);
	rhashtable_destroy(&arp->table);
	tn->arp = NULL;
	kfree(arp);
}
