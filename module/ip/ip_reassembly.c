// SPDX-License-Identifier: GPL-2.0
/*
 * Reassembly of fragmented datagrams.
 *
 * Incomplete datagrams are in buckets by source address; a bucket's lock covers
 * them with all their fragments.  They are also queued in the order in which they
 * began: in this order they time out, and are given up when memory runs short.
 * Everything that a peer can make grow is bounded: one peer's datagrams by
 * ipfrag_max_dist, all memory by ipfrag_high_thresh.
 *
 * Fragments that overlap end the whole datagram: no correct sender makes them,
 * and a host that accepts them helps to deceive filters (RFC 1858, 3128, 5722).
 */
#include <linux/icmp.h>
#include <linux/in.h>
#include <linux/jhash.h>
#include <linux/rbtree.h>
#include <linux/slab.h>
#include <net/inet_ecn.h>
#include "../inspect/drop.h"
#include "../inspect/mib.h"
#include "icmp.h"

#define TWIN_REASM_BUCKETS		256
/* RFC 1858 section 3.2.1: TCP's header up to and with the flags */
#define TWIN_REASM_TCP_FIRST_MIN	16u

struct twin_reasm_key {
	__be32 saddr;
	__be32 daddr;
	int ifindex;			/* 0 for unicast: any device will do */
	u16 id;
	u8 protocol;
};

/*
 * struct twin_reasm - an incomplete datagram
 *
 * Letters: b the bucket's lock; q the queue's lock; I immutable.
 * Lifetime: one reference for being in bucket and queue, which end together,
 * and one for whoever took it from the queue.
 */
struct twin_reasm {
	struct list_head list;		/* [b] in the bucket, oldest first */
	struct list_head queue;		/* [q] in twin_reasm_net.queue */
	struct twin_reasm_bucket *bucket;	/* [I] */
	struct twin_reasm_key key;	/* [I] */
	unsigned long expires_jiffies;	/* [I] */
	refcount_t refs;
	bool dead;			/* [b] */
	u8 ecn_seen;			/* [b] bit n: codepoint n was there */
	u16 max_bytes;			/* [b] longest fragment */
	u32 total_bytes;		/* [b] of data, 0 until the last is here */
	u32 have_bytes;			/* [b] of data */
	u32 truesize;			/* [b] what it is charged */
	struct rb_root fragments;	/* [b] by offset */
	struct sk_buff *highest;	/* [b] the fragment farthest back */
};

struct twin_reasm_bucket {
	spinlock_t lock;		/* b */
	struct list_head list;		/* [b] oldest first */
};

/*
 * struct twin_reasm_net - reassembly in one namespace
 * @tn: namespace
 * @seed: makes buckets unpredictable
 * @truesize: memory of all fragments and datagrams
 * @queue_lock: taken inside a bucket's lock
 * @queue: of struct twin_reasm, oldest first
 * @timer: fires when the oldest expires
 * @buckets: by source address
 */
struct twin_reasm_net {
	struct twin_net *tn;
	u32 seed;
	atomic_long_t truesize;
	spinlock_t queue_lock;		/* q */
	struct list_head queue;
	struct timer_list timer;
	struct twin_reasm_bucket buckets[TWIN_REASM_BUCKETS];
};

/* A fragment's place, behind what input knows of it. */
struct twin_reasm_cb {
	struct twin_ip_cb ip;
	u32 start;			/* of its data, bytes */
	u32 end;
};

static struct kmem_cache *twin_reasm_cache;

static struct twin_reasm_cb *twin_reasm_cb(const struct sk_buff *skb)
{
	return (struct twin_reasm_cb *)skb->cb;
}

static void twin_reasm_put(struct twin_reasm *reasm)
{
	if (refcount_dec_and_test(&reasm->refs))
		kmem_cache_free(twin_reasm_cache, reasm);
}

static void twin_reasm_charge(struct twin_reasm_net *rn,
			      struct twin_reasm *reasm, unsigned int bytes)
{
	reasm->truesize += bytes;
	atomic_long_add(bytes, &rn->truesize);
}

/* Takes the first fragment out, in order; it is an ordinary skb again. */
static struct sk_buff *twin_reasm_pop(struct twin_reasm *reasm)
{
	struct rb_node *node = rb_first(&reasm->fragments);
	struct sk_buff *skb;

	if (!node)
		return NULL;
	skb = rb_to_skb(node);
	rb_erase(node, &reasm->fragments);
	skb->next = NULL;
	skb->prev = NULL;
	skb->dev = NULL;
	return skb;
}

/* Out of bucket and queue; the fragments stay for the caller to take. */
static void twin_reasm_unlink(struct twin_reasm_net *rn,
			      struct twin_reasm *reasm)
{
	lockdep_assert_held(&reasm->bucket->lock);
	reasm->dead = true;
	list_del(&reasm->list);
	spin_lock(&rn->queue_lock);
	list_del(&reasm->queue);
	spin_unlock(&rn->queue_lock);
	atomic_long_sub(reasm->truesize, &rn->truesize);
	twin_reasm_put(reasm);
}

/* Ends a datagram that will not become whole. */
static void twin_reasm_kill(struct twin_reasm_net *rn, struct twin_reasm *reasm,
			    enum twin_drop_reason reason)
{
	struct sk_buff *skb;

	TWIN_COUNT(rn->tn, IP_REASM_FAILS);
	while ((skb = twin_reasm_pop(reasm)))
		twin_drop(rn->tn, skb, reason);
	twin_reasm_unlink(rn, reasm);
}

/* The oldest datagram with a reference, or NULL; expired only, if asked. */
static struct twin_reasm *twin_reasm_oldest(struct twin_reasm_net *rn,
					    bool expired_only)
{
	struct twin_reasm *reasm;

	spin_lock_bh(&rn->queue_lock);
	reasm = list_first_entry_or_null(&rn->queue, struct twin_reasm, queue);
	if (reasm && expired_only &&
	    time_before(jiffies, reasm->expires_jiffies)) {
		mod_timer(&rn->timer, reasm->expires_jiffies);
		reasm = NULL;
	}
	if (reasm)
		refcount_inc(&reasm->refs);
	spin_unlock_bh(&rn->queue_lock);
	return reasm;
}

/* Takes the first fragment out of a datagram that timed out, if it is here. */
static struct sk_buff *twin_reasm_take_first(struct twin_reasm *reasm)
{
	struct rb_node *node = rb_first(&reasm->fragments);

	if (!node || twin_reasm_cb(rb_to_skb(node))->start)
		return NULL;
	return twin_reasm_pop(reasm);
}

/* RFC 792: "time exceeded" if, and only if, the first fragment is here. */
static void twin_reasm_report_timeout(struct twin_net *tn, struct sk_buff *skb)
{
	rcu_read_lock();
	twin_icmp_send_error(tn, skb, ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME,
			     0);
	rcu_read_unlock();
	twin_drop(tn, skb, TWIN_DROP_FRAG_TIMEOUT);
}

static void twin_reasm_expire(struct twin_reasm_net *rn,
			      struct twin_reasm *reasm)
{
	struct sk_buff *first = NULL;

	spin_lock_bh(&reasm->bucket->lock);
	if (!reasm->dead) {
		TWIN_COUNT(rn->tn, IP_REASM_TIMEOUT);
		first = twin_reasm_take_first(reasm);
		twin_reasm_kill(rn, reasm, TWIN_DROP_FRAG_TIMEOUT);
	}
	spin_unlock_bh(&reasm->bucket->lock);
	if (first)
		twin_reasm_report_timeout(rn->tn, first);
}

static void twin_reasm_timer(struct timer_list *timer)
{
	struct twin_reasm_net *rn = timer_container_of(rn, timer, timer);
	struct twin_reasm *reasm;

	while ((reasm = twin_reasm_oldest(rn, true))) {
		twin_reasm_expire(rn, reasm);
		twin_reasm_put(reasm);
	}
}

/* Makes room for @skb by giving up the oldest datagrams. */
static bool twin_reasm_make_room(struct twin_reasm_net *rn,
				 const struct sk_buff *skb)
{
	long limit = READ_ONCE(rn->tn->conf.ipfrag_high_thresh_bytes);
	struct twin_reasm *reasm;

	while (atomic_long_read(&rn->truesize) + (long)skb->truesize > limit) {
		reasm = twin_reasm_oldest(rn, false);
		if (!reasm)
			return false;
		spin_lock_bh(&reasm->bucket->lock);
		if (!reasm->dead)
			twin_reasm_kill(rn, reasm, TWIN_DROP_FRAG_MEMORY);
		spin_unlock_bh(&reasm->bucket->lock);
		twin_reasm_put(reasm);
	}
	return true;
}

static bool twin_reasm_key_equal(const struct twin_reasm_key *a,
				 const struct twin_reasm_key *b)
{
	return a->id == b->id && a->saddr == b->saddr &&
	       a->daddr == b->daddr && a->protocol == b->protocol &&
	       a->ifindex == b->ifindex;
}

static struct twin_reasm *twin_reasm_find(struct twin_reasm_bucket *bucket,
					  const struct twin_reasm_key *key)
{
	struct twin_reasm *reasm;

	list_for_each_entry(reasm, &bucket->list, list)
		if (twin_reasm_key_equal(&reasm->key, key))
			return reasm;
	return NULL;
}

/* One peer may have so many under way; its oldest makes room for the next. */
static void twin_reasm_limit_peer(struct twin_reasm_net *rn,
				  struct twin_reasm_bucket *bucket,
				  __be32 saddr)
{
	int limit = READ_ONCE(rn->tn->conf.ipfrag_max_dist);
	struct twin_reasm *reasm, *oldest = NULL;
	int count = 0;

	if (limit <= 0)
		return;
	list_for_each_entry(reasm, &bucket->list, list) {
		if (reasm->key.saddr != saddr)
			continue;
		oldest = oldest ?: reasm;
		count++;
	}
	if (count >= limit)
		twin_reasm_kill(rn, oldest, TWIN_DROP_FRAG_PEER_LIMIT);
}

static struct twin_reasm *twin_reasm_create(struct twin_reasm_net *rn,
					    struct twin_reasm_bucket *bucket,
					    const struct twin_reasm_key *key)
{
	int life = READ_ONCE(rn->tn->conf.ipfrag_time_seconds);
	struct twin_reasm *reasm;

	lockdep_assert_held(&bucket->lock);
	twin_reasm_limit_peer(rn, bucket, key->saddr);
	reasm = kmem_cache_zalloc(twin_reasm_cache, GFP_ATOMIC);
	if (!reasm)
		return NULL;
	reasm->bucket = bucket;
	reasm->key = *key;
	reasm->expires_jiffies = jiffies + life * HZ;
	reasm->fragments = RB_ROOT;
	refcount_set(&reasm->refs, 1);
	twin_reasm_charge(rn, reasm, sizeof(*reasm));
	list_add_tail(&reasm->list, &bucket->list);
	spin_lock(&rn->queue_lock);
	list_add_tail(&reasm->queue, &rn->queue);
	if (!timer_pending(&rn->timer))
		mod_timer(&rn->timer, reasm->expires_jiffies);
	spin_unlock(&rn->queue_lock);
	return reasm;
}

/* The reason to drop a fragment for what it is itself, or TWIN_DROP_NONE. */
static enum twin_drop_reason twin_reasm_check(const struct twin_wire_ipv4 *ip)
{
	unsigned int bytes = ip->total_bytes - ip->header_bytes;

	if (!bytes || (ip->more_fragments && bytes % TWIN_WIRE_IPV4_OFFSET_UNIT))
		return TWIN_DROP_FRAG_SHORT;
	if (ip->header_bytes + ip->fragment_bytes + bytes >
	    TWIN_WIRE_IPV4_MAX_DATAGRAM)
		return TWIN_DROP_FRAG_TOO_LONG;
	if (ip->protocol != IPPROTO_TCP)
		return TWIN_DROP_NONE;
	/* RFC 1858 section 3.2.2, RFC 3128 section 2 */
	if (ip->fragment_bytes == TWIN_WIRE_IPV4_OFFSET_UNIT ||
	    (!ip->fragment_bytes && bytes < TWIN_REASM_TCP_FIRST_MIN))
		return TWIN_DROP_FRAG_TINY;
	return TWIN_DROP_NONE;
}

/* Does the fragment agree with where the datagram is known to end? */
static bool twin_reasm_end_agrees(struct twin_reasm *reasm,
				  const struct twin_reasm_cb *cb, bool last)
{
	if (!last)
		return !reasm->total_bytes || cb->end < reasm->total_bytes;
	if (reasm->total_bytes)
		return cb->end == reasm->total_bytes;
	return !reasm->highest || twin_reasm_cb(reasm->highest)->end <= cb->end;
}

static bool twin_reasm_same_range(const struct sk_buff *fragment,
				  const struct twin_reasm_cb *cb)
{
	return twin_reasm_cb(fragment)->start == cb->start &&
	       twin_reasm_cb(fragment)->end == cb->end;
}

/* Puts @skb in its place; returns TWIN_DROP_NONE, or the reason to drop it. */
static enum twin_drop_reason twin_reasm_insert(struct twin_reasm *reasm,
					       struct sk_buff *skb)
{
	const struct twin_reasm_cb *cb = twin_reasm_cb(skb);
	struct rb_node **link = &reasm->fragments.rb_node, *parent = NULL;
	struct sk_buff *other = reasm->highest;

	/* most arrive in order: directly behind the last one */
	if (other && twin_reasm_cb(other)->end <= cb->start) {
		parent = &other->rbnode;
		link = &parent->rb_right;
	}
	while (*link) {
		parent = *link;
		other = rb_to_skb(parent);
		if (cb->end <= twin_reasm_cb(other)->start)
			link = &parent->rb_left;
		else if (cb->start >= twin_reasm_cb(other)->end)
			link = &parent->rb_right;
		else
			return twin_reasm_same_range(other, cb) ?
			       TWIN_DROP_FRAG_DUPLICATE :
			       TWIN_DROP_FRAG_OVERLAP;
	}
	rb_link_node(&skb->rbnode, parent, link);
	rb_insert_color(&skb->rbnode, &reasm->fragments);
	if (!reasm->highest || twin_reasm_cb(reasm->highest)->end <= cb->start)
		reasm->highest = skb;
	return TWIN_DROP_NONE;
}

/* Sums over the pieces add up; all pieces but the last are of even length. */
static void twin_reasm_join_checksum(struct sk_buff *head,
				     const struct sk_buff *next)
{
	if (head->ip_summed == CHECKSUM_COMPLETE &&
	    next->ip_summed == CHECKSUM_COMPLETE)
		head->csum = csum_add(head->csum, next->csum);
	else
		head->ip_summed = CHECKSUM_NONE;
}

/*
 * Appends all other fragments to the first: as page fragments while that goes,
 * as a list of skbs from there on.
 */
static bool twin_reasm_join(struct twin_reasm *reasm, struct sk_buff *head)
{
	struct sk_buff **tail = &skb_shinfo(head)->frag_list;
	struct sk_buff *next;
	bool stolen;
	int delta;

	if (head->ip_summed != CHECKSUM_COMPLETE)
		head->ip_summed = CHECKSUM_NONE;
	while ((next = twin_reasm_pop(reasm))) {
		twin_reasm_join_checksum(head, next);
		if (!skb_shinfo(head)->frag_list &&
		    skb_try_coalesce(head, next, &stolen, &delta)) {
			kfree_skb_partial(next, stolen);
			continue;
		}
		if (skb_has_frag_list(next) && skb_linearize(next)) {
			kfree_skb(next);
			return false;
		}
		*tail = next;
		tail = &next->next;
		head->len += next->len;
		head->data_len += next->len;
		head->truesize += next->truesize;
	}
	return true;
}

/*
 * RFC 3168 section 5.3; false if the fragments contradict each other: marked as
 * having met congestion, and as not able to carry such a mark.
 */
static bool twin_reasm_join_ecn(const struct twin_reasm *reasm, u8 *tos)
{
	if (!(reasm->ecn_seen & BIT(INET_ECN_CE)))
		return true;
	if (reasm->ecn_seen & BIT(INET_ECN_NOT_ECT))
		return false;
	*tos |= INET_ECN_CE;
	return true;
}

/*
 * Puts the first fragment's header in front, as that of a whole datagram; the
 * reason to drop it all, or TWIN_DROP_NONE.
 */
static enum twin_drop_reason
twin_reasm_rewrite_header(struct twin_reasm *reasm, struct sk_buff *head)
{
	unsigned int header_bytes = twin_ip_cb(head)->header_bytes;
	struct twin_wire_ipv4 ip;
	u8 *header;

	__skb_push(head, header_bytes);
	header = skb_network_header(head);
	twin_wire_ipv4_read(&ip, header);
	if (!twin_reasm_join_ecn(reasm, &ip.tos))
		return TWIN_DROP_FRAG_OVERLAP;
	/* the first header may be longer than those that were checked alone */
	if (head->len > TWIN_WIRE_IPV4_MAX_DATAGRAM)
		return TWIN_DROP_FRAG_TOO_LONG;
	ip.total_bytes = (u16)head->len;
	ip.more_fragments = false;
	twin_wire_ipv4_emit(header, &ip);
	twin_ip_cb(head)->tos = ip.tos;
	twin_ip_cb(head)->frag_max_bytes = reasm->max_bytes;
	return TWIN_DROP_NONE;
}

/* All fragments are here: one datagram of them, and the end of the entry. */
static struct sk_buff *twin_reasm_finish(struct twin_reasm_net *rn,
					 struct twin_reasm *reasm,
					 struct net_device *dev)
{
	enum twin_drop_reason reason = TWIN_DROP_IP_NO_MEMORY;
	struct sk_buff *head = twin_reasm_pop(reasm);

	head->dev = dev;
	if (!skb_unclone(head, GFP_ATOMIC) &&
	    !(skb_has_frag_list(head) && skb_linearize(head)) &&
	    twin_reasm_join(reasm, head)) {
		/* what a local sender said of segments is not true of the whole */
		skb_gso_reset(head);
		reason = twin_reasm_rewrite_header(reasm, head);
	}
	if (reason != TWIN_DROP_NONE) {
		twin_drop(rn->tn, head, reason);
		twin_reasm_kill(rn, reasm, reason);
		return NULL;
	}
	TWIN_COUNT(rn->tn, IP_REASM_OKS);
	twin_reasm_unlink(rn, reasm);
	return head;
}

static void twin_reasm_account(struct twin_reasm_net *rn,
			       struct twin_reasm *reasm,
			       const struct sk_buff *skb,
			       const struct twin_wire_ipv4 *ip)
{
	const struct twin_reasm_cb *cb = twin_reasm_cb(skb);

	twin_reasm_charge(rn, reasm, skb->truesize);
	reasm->have_bytes += cb->end - cb->start;
	reasm->max_bytes = max(reasm->max_bytes, ip->total_bytes);
	reasm->ecn_seen |= BIT(ip->tos & INET_ECN_MASK);
	if (!ip->more_fragments)
		reasm->total_bytes = cb->end;
}

/* Bucket lock held; consumes @skb, returns the datagram if this completes it. */
static struct sk_buff *twin_reasm_add_locked(struct twin_reasm_net *rn,
					     struct twin_reasm_bucket *bucket,
					     const struct twin_reasm_key *key,
					     struct sk_buff *skb,
					     const struct twin_wire_ipv4 *ip)
{
	struct net_device *dev = skb->dev;
	enum twin_drop_reason reason;
	struct twin_reasm *reasm;

	reasm = twin_reasm_find(bucket, key) ?:
		twin_reasm_create(rn, bucket, key);
	if (!reasm) {
		TWIN_COUNT(rn->tn, IP_REASM_FAILS);
		twin_drop(rn->tn, skb, TWIN_DROP_IP_NO_MEMORY);
		return NULL;
	}
	reason = TWIN_DROP_FRAG_OVERLAP;
	if (twin_reasm_end_agrees(reasm, twin_reasm_cb(skb),
				  !ip->more_fragments))
		reason = twin_reasm_insert(reasm, skb);
	if (reason != TWIN_DROP_NONE) {
		twin_drop(rn->tn, skb, reason);
		if (reason == TWIN_DROP_FRAG_OVERLAP) {
			TWIN_COUNT(rn->tn, IPEXT_REASM_OVERLAPS);
			twin_reasm_kill(rn, reasm, reason);
		}
		return NULL;
	}
	twin_reasm_account(rn, reasm, skb, ip);
	if (!reasm->total_bytes || reasm->have_bytes != reasm->total_bytes)
		return NULL;
	return twin_reasm_finish(rn, reasm, dev);
}

/**
 * twin_reasm_add() - a fragment has come in
 * @tn: namespace
 * @skb: fragment, skb->data at the network header, cb filled in; consumed
 * @ip: its header
 *
 * RFC: 791 section 3.2 "An Example Reassembly Procedure"; 815; 1122 section
 * 3.3.2; 1858; 3128
 * Context: Softirq, RCU read lock; takes the bucket's lock.
 * Return: the whole datagram, skb->data at its network header, or NULL.
 */
struct sk_buff *twin_reasm_add(struct twin_net *tn, struct sk_buff *skb,
			       const struct twin_wire_ipv4 *ip)
{
	const struct twin_ip_cb *cb = twin_ip_cb(skb);
	struct twin_reasm_net *rn = tn->reasm;
	struct twin_reasm_key key = {
		.saddr = ip->saddr,
		.daddr = ip->daddr,
		.id = ip->id,
		.protocol = ip->protocol,
		.ifindex = cb->type == TWIN_PATH_LOCAL ? 0 : cb->ifindex,
	};
	struct twin_reasm_bucket *bucket;
	enum twin_drop_reason reason;
	u32 hash;

	TWIN_COUNT(tn, IP_REASM_REQDS);
	reason = twin_reasm_check(ip);
	if (reason == TWIN_DROP_NONE && !twin_reasm_make_room(rn, skb))
		reason = TWIN_DROP_FRAG_MEMORY;
	if (reason != TWIN_DROP_NONE) {
		TWIN_COUNT(tn, IP_REASM_FAILS);
		twin_drop(tn, skb, reason);
		return NULL;
	}
	__skb_pull(skb, ip->header_bytes);
	twin_reasm_cb(skb)->start = ip->fragment_bytes;
	twin_reasm_cb(skb)->end = ip->fragment_bytes + skb->len;
	hash = jhash_1word((__force u32)ip->saddr, rn->seed);
	bucket = &rn->buckets[hash % TWIN_REASM_BUCKETS];
	spin_lock(&bucket->lock);
	skb = twin_reasm_add_locked(rn, bucket, &key, skb, ip);
	spin_unlock(&bucket->lock);
	return skb;
}

/**
 * twin_reasm_net_init() - nothing incomplete yet
 * @tn: namespace being set up
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int twin_reasm_net_init(struct twin_net *tn)
{
	struct twin_reasm_net *rn;
	unsigned int i;

	rn = kvzalloc(sizeof(*rn), GFP_KERNEL);
	if (!rn)
		return -ENOMEM;
	rn->tn = tn;
	rn->seed = get_random_u32();
	spin_lock_init(&rn->queue_lock);
	INIT_LIST_HEAD(&rn->queue);
	timer_setup(&rn->timer, twin_reasm_timer, 0);
	for (i = 0; i < TWIN_REASM_BUCKETS; i++) {
		spin_lock_init(&rn->buckets[i].lock);
		INIT_LIST_HEAD(&rn->buckets[i].list);
	}
	tn->reasm = rn;
	return 0;
}

/**
 * twin_reasm_net_exit() - give up what is incomplete
 * @tn: namespace whose devices are detached: no fragment comes in any more
 *
 * Context: Process context; waits for the timer.
 */
void twin_reasm_net_exit(struct twin_net *tn)
{
	struct twin_reasm_net *rn = tn->reasm;
	struct twin_reasm *reasm;

	timer_shutdown_sync(&rn->timer);
	while ((reasm = twin_reasm_oldest(rn, false))) {
		spin_lock_bh(&reasm->bucket->lock);
		twin_reasm_kill(rn, reasm, TWIN_DROP_FRAG_TIMEOUT);
		spin_unlock_bh(&reasm->bucket->lock);
		twin_reasm_put(reasm);
	}
	kvfree(rn);
	tn->reasm = NULL;
}

/**
 * twin_reasm_init() - make the slab
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int twin_reasm_init(void)
{
	BUILD_BUG_ON(sizeof(struct twin_reasm_cb) >
		     sizeof_field(struct sk_buff, cb));
	twin_reasm_cache = kmem_cache_create("twin_reasm",
					     sizeof(struct twin_reasm), 0,
					     SLAB_HWCACHE_ALIGN, NULL);
	return twin_reasm_cache ? 0 : -ENOMEM;
}

/**
 * twin_reasm_exit() - free the slab
 *
 * Context: Process context; every namespace is gone.
 */
void twin_reasm_exit(void)
{
	kmem_cache_destroy(twin_reasm_cache);
}
