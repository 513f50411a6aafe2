// SPDX-License-Identifier: GPL-2.0
/*
 * The tables by which a segment finds its connection or listener.
 *
 * One bucket holds two chains: full sockets, and the small objects of
 * connections that are not yet or no longer sockets.  Readers hold only the
 * RCU read lock; chains end in a "nulls" value that names the bucket, so that
 * a reader that a reused object has led into another chain starts again.  A
 * connection that moves between the chains is inserted before it is removed,
 * under the bucket lock; a reader that must not miss it looks once more with
 * the lock held.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include "tcp_table.h"

#define TWIN_TCP_TABLE_LOCKS		4096
#define TWIN_TCP_LISTEN_BUCKETS		1024
#define TWIN_TCP_LISTEN_NULLS		BIT(30)
/* Empty buckets that a dump passes over at once. */
#define TWIN_TCP_TABLE_STRETCH		4096U
#define TWIN_TCP_TABLE_STRIDE		4

struct twin_tcp_bucket {
	struct hlist_nulls_head socks;
	struct hlist_nulls_head minis;
};

static struct twin_tcp_bucket *twin_tcp_buckets;
static u32 twin_tcp_bucket_mask;
static spinlock_t *twin_tcp_bucket_locks;
static struct hlist_nulls_head twin_tcp_listeners[TWIN_TCP_LISTEN_BUCKETS];
static spinlock_t twin_tcp_listen_locks[TWIN_TCP_LISTEN_BUCKETS];

/**
 * twin_tcp_table_init() - allocate the tables
 *
 * At least one bucket for two pages of memory, within bounds: a machine that can
 * hold a million connections has short chains.
 *
 * Context: Module load.
 * Return: 0 or -ENOMEM.
 */
int twin_tcp_table_init(void)
{
	unsigned long buckets = clamp(roundup_pow_of_two(totalram_pages() / 2),
				      1UL << 10, 1UL << 20);
	unsigned long i;

	twin_tcp_buckets = kvmalloc_array(buckets, sizeof(*twin_tcp_buckets),
					  GFP_KERNEL);
	twin_tcp_bucket_locks = kvmalloc_array(TWIN_TCP_TABLE_LOCKS,
					       sizeof(spinlock_t), GFP_KERNEL);
	if (!twin_tcp_buckets || !twin_tcp_bucket_locks) {
		twin_tcp_table_exit();
		return -ENOMEM;
	}
	twin_tcp_bucket_mask = buckets - 1;
	for (i = 0; i < buckets; i++) {
		INIT_HLIST_NULLS_HEAD(&twin_tcp_buckets[i].socks, i);
		INIT_HLIST_NULLS_HEAD(&twin_tcp_buckets[i].minis, i);
	}
	for (i = 0; i < TWIN_TCP_TABLE_LOCKS; i++)
		spin_lock_init(&twin_tcp_bucket_locks[i]);
	for (i = 0; i < TWIN_TCP_LISTEN_BUCKETS; i++) {
		INIT_HLIST_NULLS_HEAD(&twin_tcp_listeners[i],
				      TWIN_TCP_LISTEN_NULLS + i);
		spin_lock_init(&twin_tcp_listen_locks[i]);
	}
	return 0;
}

/**
 * twin_tcp_table_exit() - free the tables
 *
 * Context: Module unload; no reader is left.
 */
void twin_tcp_table_exit(void)
{
	kvfree(twin_tcp_buckets);
	kvfree(twin_tcp_bucket_locks);
	twin_tcp_buckets = NULL;
	twin_tcp_bucket_locks = NULL;
}

/**
 * twin_tcp_table_buckets() - how many buckets the flow table has
 *
 * Context: Any.
 * Return: a power of two.
 */
u32 twin_tcp_table_buckets(void)
{
	return twin_tcp_bucket_mask + 1;
}

/**
 * twin_tcp_table_minis() - chain of small objects of one bucket, for dumps
 * @bucket: below twin_tcp_table_buckets()
 *
 * Context: Bucket lock or RCU read lock.
 * Return: the chain.
 */
struct hlist_nulls_head *twin_tcp_table_minis(u32 bucket)
{
	return &twin_tcp_buckets[bucket & twin_tcp_bucket_mask].minis;
}

/*
 * Odd if both chains are empty, since the end of a chain is.  Read as it happens to
 * be: whoever cares looks again under the lock.
 */
static unsigned long twin_tcp_bucket_ends(const struct twin_tcp_bucket *bucket)
{
	return (unsigned long)bucket->socks.first &
	       (unsigned long)bucket->minis.first;
}

/* So many at once, since a dump may look at dozens for each connection. */
static bool twin_tcp_table_stride_empty(const struct twin_tcp_bucket *bucket)
{
	BUILD_BUG_ON(TWIN_TCP_TABLE_STRIDE != 4);

	return twin_tcp_bucket_ends(bucket) &
	       twin_tcp_bucket_ends(bucket + 1) &
	       twin_tcp_bucket_ends(bucket + 2) &
	       twin_tcp_bucket_ends(bucket + 3) & 1;
}

/*
 * May somebody of a namespace be there?  Whose the small objects are is left to the
 * look under the lock.  They are looked for before and after the sockets: what
 * becomes a socket or follows on one is there before the other leaves.
 */
static bool twin_tcp_bucket_concerns(const struct twin_tcp_bucket *bucket,
				     const struct twin_net *tn)
{
	const struct hlist_nulls_node *node;
	const struct sock *sk;

	if (!hlist_nulls_empty(&bucket->minis))
		return true;
	sk_nulls_for_each_rcu(sk, node, &bucket->socks)
		if (READ_ONCE(twin_sk(sk)->flow.tn) == tn)
			return true;
	/* or a socket on the way has gone to another chain */
	return get_nulls_value(node) != bucket - twin_tcp_buckets ||
	       !hlist_nulls_empty(&bucket->minis);
}

/**
 * twin_tcp_table_skip() - pass over buckets without anybody of interest, for dumps
 * @bucket: the first to look at, at most twin_tcp_table_buckets()
 * @tn: whose sockets are of interest
 *
 * Context: Any; a stretch of them, so that the caller can yield.
 * Return: a bucket behind all in which nobody of @tn's was found.
 */
u32 twin_tcp_table_skip(u32 bucket, const struct twin_net *tn)
{
	u32 last = min(bucket + TWIN_TCP_TABLE_STRETCH,
		       twin_tcp_bucket_mask + 1);
	const struct twin_tcp_bucket *at = &twin_tcp_buckets[bucket];
	const struct twin_tcp_bucket *end = &twin_tcp_buckets[last];

	rcu_read_lock();
	for (; at < end; at++) {
		while (at + TWIN_TCP_TABLE_STRIDE <= end &&
		       twin_tcp_table_stride_empty(at))
			at += TWIN_TCP_TABLE_STRIDE;
		while (at < end && twin_tcp_bucket_ends(at) & 1)
			at++;
		if (at >= end || twin_tcp_bucket_concerns(at, tn))
			break;
	}
	rcu_read_unlock();
	return at - twin_tcp_buckets;
}

/**
 * twin_tcp_table_place() - one bucket of either table, for dumps
 * @bucket: the listeners' come first, then the connections'
 *
 * Context: Any; the chains need the lock, or the RCU read lock.
 * Return: the bucket's chains and lock.
 */
struct twin_tcp_table_place twin_tcp_table_place(u32 bucket)
{
	struct twin_tcp_table_place place;

	if (bucket < TWIN_TCP_LISTEN_BUCKETS) {
		place.socks = &twin_tcp_listeners[bucket];
		place.minis = NULL;
		place.lock = &twin_tcp_listen_locks[bucket];
	} else {
		bucket -= TWIN_TCP_LISTEN_BUCKETS;
		place.socks = &twin_tcp_buckets[bucket].socks;
		place.minis = &twin_tcp_buckets[bucket].minis;
		place.lock = &twin_tcp_bucket_locks[bucket &
						    (TWIN_TCP_TABLE_LOCKS - 1)];
	}
	return place;
}

/**
 * twin_tcp_table_lock() - the lock of a bucket; buckets share locks
 * @bucket: bucket number or hash
 *
 * Context: Any; taken with bottom halves off.
 * Return: the lock.
 */
spinlock_t *twin_tcp_table_lock(u32 bucket)
{
	return &twin_tcp_bucket_locks[bucket & twin_tcp_bucket_mask &
				      (TWIN_TCP_TABLE_LOCKS - 1)];
}

/**
 * twin_tcp_table_listen_buckets() - how many buckets the listener table has
 *
 * Context: Any.
 * Return: their number.
 */
u32 twin_tcp_table_listen_buckets(void)
{
	return TWIN_TCP_LISTEN_BUCKETS;
}

/*
 * With the address and a secret: who has many sockets on one port, or on ports that
 * he chooses, makes nobody else's chain long.
 */
static u32 twin_tcp_listen_bucket(const struct twin_net *tn, __be32 laddr,
				  __be16 lport)
{
	return twin_flow_hash(tn, laddr, lport, 0, 0) &
	       (TWIN_TCP_LISTEN_BUCKETS - 1);
}

static u32 twin_tcp_listener_bucket(const struct twin_tcp_sock *tp)
{
	const struct twin_flow *flow = &tp->ts.flow;

	return twin_tcp_listen_bucket(flow->tn, flow->laddr, flow->lport);
}

/* @flow is an entry of the table, @key comes from a segment. */
static inline bool twin_flow_matches(const struct twin_flow *flow,
				     const struct twin_flow *key)
{
	int ifindex = READ_ONCE(flow->ifindex);

	return flow->hash == key->hash && flow->raddr == key->raddr &&
	       flow->laddr == key->laddr && flow->rport == key->rport &&
	       flow->lport == key->lport && flow->tn == key->tn &&
	       (!ifindex || !key->ifindex || ifindex == key->ifindex);
}

static __always_inline struct sock *
twin_tcp_find_sock(struct twin_tcp_bucket *bucket, const struct twin_flow *key,
		   u32 index)
{
	struct hlist_nulls_node *node;
	struct sock *sk;

again:
	sk_nulls_for_each_rcu(sk, node, &bucket->socks) {
		if (!twin_flow_matches(&twin_sk(sk)->flow, key))
			continue;
		if (!refcount_inc_not_zero(&sk->sk_refcnt))
			continue;
		if (likely(twin_flow_matches(&twin_sk(sk)->flow, key)))
			return sk;
		sock_put(sk);
		goto again;
	}
	if (get_nulls_value(node) != index)
		goto again;
	return NULL;
}

static struct twin_tcp_mini *
twin_tcp_find_mini(struct twin_tcp_bucket *bucket, const struct twin_flow *key,
		   u32 index)
{
	struct hlist_nulls_node *node;
	struct twin_tcp_mini *mini;

again:
	hlist_nulls_for_each_entry_rcu(mini, node, &bucket->minis, node) {
		if (!twin_flow_matches(&mini->flow, key))
			continue;
		if (!refcount_inc_not_zero(&mini->refs))
			continue;
		if (likely(twin_flow_matches(&mini->flow, key)))
			return mini;
		twin_tcp_mini_put(mini);
		goto again;
	}
	if (get_nulls_value(node) != index)
		goto again;
	return NULL;
}

/* No socket was found: one of the small objects, or both anew with the lock. */
static noinline struct twin_tcp_owner
twin_tcp_table_find_other(const struct twin_flow *key, u32 index, bool sure)
{
	struct twin_tcp_bucket *bucket = &twin_tcp_buckets[index];
	struct twin_tcp_owner owner = {};

	owner.mini = twin_tcp_find_mini(bucket, key, index);
	if (owner.mini || !sure)
		return owner;
	spin_lock_bh(twin_tcp_table_lock(index));
	owner.sk = twin_tcp_find_sock(bucket, key, index);
	if (!owner.sk)
		owner.mini = twin_tcp_find_mini(bucket, key, index);
	spin_unlock_bh(twin_tcp_table_lock(index));
	return owner;
}

/**
 * twin_tcp_table_find() - the owner of a connection's segment
 * @key: local and remote end as seen from here, with @key->hash
 * @sure: look again under the bucket lock before saying that nobody owns it;
 *	without it a connection that just becomes or ceases to be a socket may
 *	be missed, which only a SYN can afford
 *
 * Context: RCU read lock held.
 * Return: the owner, with a reference, or nothing.
 */
struct twin_tcp_owner twin_tcp_table_find(const struct twin_flow *key,
					  bool sure)
{
	u32 index = key->hash & twin_tcp_bucket_mask;
	struct twin_tcp_owner owner = {};

	owner.sk = twin_tcp_find_sock(&twin_tcp_buckets[index], key, index);
	if (likely(owner.sk))
		return owner;
	return twin_tcp_table_find_other(key, index, sure);
}

/* How well a listener fits: -1 not at all, else higher is better. */
static int twin_tcp_listener_score(struct sock *sk, const struct twin_flow *key)
{
	const struct twin_flow *flow = &twin_sk(sk)->flow;
	int bound_dev = READ_ONCE(sk->sk_bound_dev_if);
	int score = 1;

	if (flow->lport != key->lport || flow->tn != key->tn ||
	    sk->sk_state != TCP_LISTEN)
		return -1;
	if (flow->laddr) {
		if (flow->laddr != key->laddr)
			return -1;
		score += 4;
	}
	if (bound_dev) {
		if (!twin_pcb_by_device(bound_dev, key->ifindex))
			return -1;
		score += 8;
	}
	if (READ_ONCE(sk->sk_incoming_cpu) == raw_smp_processor_id())
		score++;
	return score;
}

/* The group of @sk, or its program, decides; @sk where it has none. */
static struct sock *twin_tcp_listener_share(const struct twin_flow *key,
					    struct sock *sk,
					    struct sk_buff *skb,
					    unsigned int header_bytes)
{
	struct sock *chosen;

	chosen = twin_pcb_share_select(sk, key->hash, skb, header_bytes);
	if (IS_ERR(chosen))
		return NULL;
	return chosen && twin_tcp_listener_score(chosen, key) >= 0 ? chosen :
								     sk;
}

/*
 * The best of those listeners that were bound to @laddr, if it is better than what
 * is known.  Return: it, or @known.
 */
static struct sock *twin_tcp_listener_best(const struct twin_flow *key,
					   __be32 laddr, struct sock *known,
					   int *known_score)
{
	u32 index = twin_tcp_listen_bucket(key->tn, laddr, key->lport);
	struct sock *sk, *best;
	struct hlist_nulls_node *node;
	int score, best_score;
	u32 same, hash;

again:
	best = known;
	best_score = *known_score;
	same = 1;
	hash = key->hash;
	sk_nulls_for_each_rcu(sk, node, &twin_tcp_listeners[index]) {
		if (twin_sk(sk)->flow.laddr != laddr)
			continue;
		score = twin_tcp_listener_score(sk, key);
		if (score < best_score || score < 0)
			continue;
		if (score > best_score) {
			best = sk;
			best_score = score;
			same = 1;
			hash = key->hash;
		} else if (sk->sk_reuseport) {
			same++;
			if (!reciprocal_scale(hash, same))
				best = sk;
			/* a new number for the next draw (linear congruential) */
			hash = hash * 1664525u + 1013904223u;
		}
	}
	if (get_nulls_value(node) != TWIN_TCP_LISTEN_NULLS + index)
		goto again;
	*known_score = best_score;
	return best;
}

/**
 * twin_tcp_table_find_listener() - the listener for a connection request
 * @key: local and remote end as seen from here, with @key->hash
 * @skb: segment, skb->data at its header
 * @header_bytes: length of that
 *
 * Among listeners that share a port (SO_REUSEPORT) their program picks one, or
 * the hash of the connection, the same for each segment of it.
 *
 * Context: RCU read lock held; listeners are freed after a grace period, so
 * the result is good until the unlock without a reference.
 * Return: a listening socket or NULL.
 */
struct sock *twin_tcp_table_find_listener(const struct twin_flow *key,
					  struct sk_buff *skb,
					  unsigned int header_bytes)
{
	struct sock *best;
	int score = 0;

	best = twin_tcp_listener_best(key, 0, NULL, &score);
	best = twin_tcp_listener_best(key, key->laddr, best, &score);
	if (best && best->sk_reuseport)
		best = twin_tcp_listener_share(key, best, skb, header_bytes);
	return best;
}

/*
 * Is the connection of @key in the bucket?  @bound: bind() has chosen the port of
 * the socket that connects.  Bucket lock held.
 */
static bool twin_tcp_table_taken(struct twin_tcp_bucket *bucket,
				 const struct twin_flow *key, bool bound,
				 struct twin_tcp_timewait **timewait)
{
	struct hlist_nulls_node *node;
	struct twin_tcp_mini *mini;
	struct sock *sk;

	sk_nulls_for_each(sk, node, &bucket->socks)
		if (twin_flow_matches(&twin_sk(sk)->flow, key))
			return true;
	hlist_nulls_for_each_entry(mini, node, &bucket->minis, node) {
		if (!twin_flow_matches(&mini->flow, key))
			continue;
		if (mini->kind == TWIN_TCP_MINI_TIMEWAIT && timewait &&
		    twin_tcp_timewait_reusable(twin_tcp_timewait(mini),
					       bound)) {
			*timewait = twin_tcp_timewait(mini);
			return false;
		}
		return true;
	}
	return false;
}

/**
 * twin_tcp_table_insert() - enter a connection, if its endpoints are free
 * @tp: connection with complete flow and hash
 * @reused: filled with a TIME-WAIT object of the same endpoints that may be
 *	taken over (RFC 6191); out of the table then, with the table's reference
 *
 * Context: Socket lock; takes the bucket lock.
 * Return: 0 or -EADDRNOTAVAIL.
 */
int twin_tcp_table_insert(struct twin_tcp_sock *tp,
			  struct twin_tcp_timewait **reused)
{
	u32 index = tp->ts.flow.hash & twin_tcp_bucket_mask;
	struct twin_tcp_bucket *bucket = &twin_tcp_buckets[index];
	spinlock_t *lock = twin_tcp_table_lock(index);
	struct twin_tcp_timewait *timewait = NULL;

	spin_lock_bh(lock);
	if (twin_tcp_table_taken(bucket, &tp->ts.flow, tp->bind, &timewait)) {
		spin_unlock_bh(lock);
		return -EADDRNOTAVAIL;
	}
	if (timewait) {
		hlist_nulls_del_init_rcu(&timewait->mini.node);
		*reused = timewait;
	}
	__sk_nulls_add_node_rcu(twin_tcp_to_sk(tp), &bucket->socks);
	spin_unlock_bh(lock);
	sock_prot_inuse_add(sock_net(twin_tcp_to_sk(tp)), &twin_tcp_proto, 1);
	return 0;
}

/**
 * twin_tcp_table_remove() - take a socket out of whichever table it is in
 * @tp: connection or listener
 *
 * Context: Socket lock; takes the bucket lock.
 */
void twin_tcp_table_remove(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	bool was_hashed;
	spinlock_t *lock;	/* of whichever table */

	if (sk_unhashed(sk))
		return;
	if (sk->sk_state == TCP_LISTEN)
		lock = &twin_tcp_listen_locks[twin_tcp_listener_bucket(tp)];
	else
		lock = twin_tcp_table_lock(tp->ts.flow.hash);
	spin_lock_bh(lock);
	if (sk->sk_state == TCP_LISTEN)
		twin_pcb_share_leave(sk);
	was_hashed = __sk_nulls_del_node_init_rcu(sk);
	spin_unlock_bh(lock);
	if (was_hashed)
		sock_prot_inuse_add(sock_net(sk), &twin_tcp_proto, -1);
}

/* Into the group of those that listen in the same place.  Bucket lock. */
static void twin_tcp_listener_join(struct sock *sk, u32 index)
{
	struct hlist_nulls_node *node;
	struct sock *other;

	sk_nulls_for_each(other, node, &twin_tcp_listeners[index]) {
		if (!twin_pcb_share_fits(sk, other))
			continue;
		twin_pcb_share_join(sk, other);
		return;
	}
	twin_pcb_share_join(sk, NULL);
}

/**
 * twin_tcp_table_listen() - enter a listener
 * @tp: socket in LISTEN with a port
 *
 * Context: Socket lock; takes the bucket lock.
 */
void twin_tcp_table_listen(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	u32 index = twin_tcp_listener_bucket(tp);

	sock_set_flag(sk, SOCK_RCU_FREE);
	spin_lock_bh(&twin_tcp_listen_locks[index]);
	if (sk->sk_reuseport)
		twin_tcp_listener_join(sk, index);
	__sk_nulls_add_node_rcu(sk, &twin_tcp_listeners[index]);
	spin_unlock_bh(&twin_tcp_listen_locks[index]);
	sock_prot_inuse_add(sock_net(sk), &twin_tcp_proto, 1);
}

/**
 * twin_tcp_table_add_request() - enter a connection in SYN-RECEIVED
 * @rq: request with complete flow; the table takes a reference
 *
 * Context: Softirq; takes the bucket lock.
 * Return: false if the endpoints are taken (the same SYN on another CPU).
 */
bool twin_tcp_table_add_request(struct twin_tcp_request *rq)
{
	u32 index = rq->mini.flow.hash & twin_tcp_bucket_mask;
	struct twin_tcp_bucket *bucket = &twin_tcp_buckets[index];
	spinlock_t *lock = twin_tcp_table_lock(index);
	bool added = false;

	spin_lock_bh(lock);
	if (!twin_tcp_table_taken(bucket, &rq->mini.flow, false, NULL)) {
		refcount_inc(&rq->mini.refs);
		hlist_nulls_add_head_rcu(&rq->mini.node, &bucket->minis);
		added = true;
	}
	spin_unlock_bh(lock);
	return added;
}

/**
 * twin_tcp_table_promote() - a request has become a connection
 * @rq: request
 * @child: its socket, same flow
 *
 * Context: Softirq; takes the bucket lock.
 * Return: false if another CPU was first; @child is then not in the table.
 */
bool twin_tcp_table_promote(struct twin_tcp_request *rq,
			    struct twin_tcp_sock *child)
{
	u32 index = rq->mini.flow.hash & twin_tcp_bucket_mask;
	struct twin_tcp_bucket *bucket = &twin_tcp_buckets[index];
	spinlock_t *lock = twin_tcp_table_lock(index);
	bool first;

	spin_lock_bh(lock);
	first = !hlist_nulls_unhashed(&rq->mini.node);
	if (first) {
		__sk_nulls_add_node_rcu(twin_tcp_to_sk(child), &bucket->socks);
		hlist_nulls_del_init_rcu(&rq->mini.node);
	}
	spin_unlock_bh(lock);
	if (!first)
		return false;
	sock_prot_inuse_add(sock_net(twin_tcp_to_sk(child)), &twin_tcp_proto, 1);
	twin_tcp_mini_put(&rq->mini);
	return true;
}

/**
 * twin_tcp_table_demote() - a connection leaves its memory in TIME-WAIT
 * @tp: connection
 * @tw: its successor, same flow; the table takes a reference
 *
 * Context: Socket lock; takes the bucket lock.
 */
void twin_tcp_table_demote(struct twin_tcp_sock *tp,
			   struct twin_tcp_timewait *tw)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	u32 index = tp->ts.flow.hash & twin_tcp_bucket_mask;
	struct twin_tcp_bucket *bucket = &twin_tcp_buckets[index];
	spinlock_t *lock = twin_tcp_table_lock(index);
	bool was_hashed;

	spin_lock_bh(lock);
	refcount_inc(&tw->mini.refs);
	hlist_nulls_add_head_rcu(&tw->mini.node, &bucket->minis);
	was_hashed = __sk_nulls_del_node_init_rcu(sk);
	spin_unlock_bh(lock);
	if (was_hashed)
		sock_prot_inuse_add(sock_net(sk), &twin_tcp_proto, -1);
}

/**
 * twin_tcp_table_remove_mini() - take a small object out of the table
 * @mini: request or TIME-WAIT object
 *
 * Drops the table's reference.
 *
 * Context: Any, bottom halves may be on; takes the bucket lock.
 * Return: true if it was in the table.
 */
bool twin_tcp_table_remove_mini(struct twin_tcp_mini *mini)
{
	spinlock_t *lock = twin_tcp_table_lock(mini->flow.hash);
	bool was_hashed;

	spin_lock_bh(lock);
	was_hashed = !hlist_nulls_unhashed(&mini->node);
	if (was_hashed)
		hlist_nulls_del_init_rcu(&mini->node);
	spin_unlock_bh(lock);
	if (was_hashed)
		twin_tcp_mini_put(mini);
	return was_hashed;
}

/**
 * twin_tcp_mini_put() - drop a reference to a small object
 * @mini: request or TIME-WAIT object
 *
 * Context: Any.
 */
void twin_tcp_mini_put(struct twin_tcp_mini *mini)
{
	if (!refcount_dec_and_test(&mini->refs))
		return;
	if (mini->kind == TWIN_TCP_MINI_REQUEST)
		twin_tcp_request_free(twin_tcp_request(mini));
	else
		twin_tcp_timewait_free(twin_tcp_timewait(mini));
}
