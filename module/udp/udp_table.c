// SPDX-License-Identifier: GPL-2.0
/*
 * Where UDP sockets are found.
 *
 * Each bound socket stands in two tables.  The flow table is for input: the key
 * is (local address, local port, remote address, remote port), with zeros for
 * what is not fixed, and readers take no lock.  The port table is for bind(),
 * for datagrams to many sockets and for inspection; its buckets are locked.
 *
 * The slab is SLAB_TYPESAFE_BY_RCU: a socket found under RCU may be freed and
 * reused at any moment, or moved to another chain by connect().  So the flow
 * chains are "nulls" lists linked through sk_nulls_node, the one link that
 * sk_alloc() does not clear; a reader that ends in another chain starts over, and
 * the key of the socket it has found is compared once more under a reference.
 */
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/rculist_nulls.h>
#include <linux/slab.h>
#include <net/netns/hash.h>
#include "udp.h"

struct twin_udp_chain {
	struct hlist_nulls_head head;
	spinlock_t lock;	/* of writers; readers are under RCU */
};

static struct twin_udp_chain *twin_udp_chains;
static struct twin_udp_port_bucket *twin_udp_ports;
static u32 twin_udp_mask;

/* What one probe of the flow table looks for. */
struct twin_udp_key {
	const struct twin_net *tn;
	__be32 laddr;
	__be32 raddr;
	__be16 lport;
	__be16 rport;
	int ifindex;
	struct sk_buff *skb;	/* the datagram, NULL: another's, quoted */
};

/**
 * twin_udp_port_bucket() - bucket of a local port
 * @tn: namespace
 * @lport: port, network order
 *
 * Context: Any.
 * Return: the bucket, unlocked.
 */
struct twin_udp_port_bucket *twin_udp_port_bucket(const struct twin_net *tn,
						  __be16 lport)
{
	return &twin_udp_ports[(ntohs(lport) + net_hash_mix(tn->net)) &
			       twin_udp_mask];
}

/**
 * twin_udp_port_bucket_at() - buckets in the order of the table
 * @index: from 0
 *
 * Context: Any.
 * Return: the bucket, or NULL behind the last one.
 */
struct twin_udp_port_bucket *twin_udp_port_bucket_at(unsigned int index)
{
	return index <= twin_udp_mask ? &twin_udp_ports[index] : NULL;
}

static u32 twin_udp_flow_hash(const struct twin_flow *flow)
{
	return twin_flow_hash(flow->tn, flow->laddr, flow->lport, flow->raddr,
			      flow->rport) & twin_udp_mask;
}

/*
 * Sockets bound to the device come first, then the one of this CPU
 * (SO_INCOMING_CPU); in a group of SO_REUSEPORT that would make one of them take all.
 */
static int twin_udp_score(const struct sock *sk, const struct twin_udp_key *key)
{
	const struct twin_flow *flow = &twin_sk(sk)->flow;
	int bound, score = 0;

	if (READ_ONCE(flow->lport) != key->lport ||
	    READ_ONCE(flow->laddr) != key->laddr ||
	    READ_ONCE(flow->raddr) != key->raddr ||
	    READ_ONCE(flow->rport) != key->rport ||
	    READ_ONCE(flow->tn) != key->tn)
		return -1;
	bound = READ_ONCE(sk->sk_bound_dev_if);
	if (bound) {
		if (!twin_pcb_by_device(bound, key->ifindex))
			return -1;
		score += 2;
	}
	if (READ_ONCE(sk->sk_incoming_cpu) == raw_smp_processor_id() &&
	    !sk->sk_reuseport)
		score++;
	return score;
}

/*
 * Among equals of SO_REUSEPORT that are in no group together the flow decides
 * (@spread), so that each peer keeps its socket as long as nothing changes.
 */
static struct sock *twin_udp_best(const struct twin_udp_key *key, u32 slot,
				  u32 spread, int *best)
{
	struct hlist_nulls_node *node;
	struct sock *sk, *result;
	int score, equals;

	do {
		result = NULL;
		*best = -1;
		equals = 0;
		sk_nulls_for_each_rcu(sk, node, &twin_udp_chains[slot].head) {
			score = twin_udp_score(sk, key);
			if (score > *best) {
				*best = score;
				result = sk;
				equals = 1;
			} else if (score >= 0 && score == *best &&
				   sk->sk_reuseport) {
				equals++;
				if (!reciprocal_scale(spread, equals))
					result = sk;
				spread = hash_32(spread, 32);
			}
		}
	} while (get_nulls_value(node) != slot);
	return result;
}

/* The group of @sk, or its program, decides; @sk where it has none. */
static struct sock *twin_udp_share(const struct twin_udp_key *key,
				   struct sock *sk, u32 spread)
{
	struct sock *chosen;

	chosen = twin_pcb_share_select(sk, spread, key->skb,
				       TWIN_WIRE_UDP_BYTES);
	if (IS_ERR(chosen))
		return chosen;
	/* one that has a peer by now is not for others */
	return chosen && twin_udp_score(chosen, key) >= 0 ? chosen : sk;
}

static struct sock *twin_udp_probe(const struct twin_udp_key *key, u32 spread)
{
	u32 slot = twin_flow_hash(key->tn, key->laddr, key->lport, key->raddr,
				  key->rport) & twin_udp_mask;
	struct sock *sk;
	int best;

	while ((sk = twin_udp_best(key, slot, spread, &best))) {
		if (unlikely(sk->sk_reuseport) && !key->rport) {
			sk = twin_udp_share(key, sk, spread);
			if (IS_ERR(sk))
				return sk;
		}
		/* an unhashed socket on its last reference: look again */
		if (unlikely(!refcount_inc_not_zero(&sk->sk_refcnt)))
			continue;
		if (likely(twin_udp_score(sk, key) >= 0))
			return sk;
		sock_put(sk);
	}
	return NULL;
}

/**
 * twin_udp_lookup() - the socket that a datagram is for
 * @tn: namespace
 * @laddr: address of this host
 * @lport: its port
 * @raddr: the peer's address
 * @rport: its port
 * @ifindex: device it came in on, 0 inside the stack
 * @skb: the datagram, skb->data at its header; NULL if it is only quoted
 *
 * A connected socket goes before one bound to the address, and that before one
 * bound to any address.  Connected to port 0 is connected to all ports of the
 * peer.
 *
 * Context: RCU read lock held.
 * Return: the socket with a reference for the caller; NULL; ERR_PTR: the program
 * of a group, which is asked where there is @skb, wants nobody to have it.
 */
struct sock *twin_udp_lookup(struct twin_net *tn, __be32 laddr, __be16 lport,
			     __be32 raddr, __be16 rport, int ifindex,
			     struct sk_buff *skb)
{
	struct twin_udp_key key = {
		.tn = tn,
		.laddr = laddr,
		.raddr = raddr,
		.lport = lport,
		.rport = rport,
		.ifindex = ifindex,
		.skb = skb,
	};
	u32 spread = hash_32((__force u32)raddr ^ (__force u32)rport << 16 ^
			     (__force u32)lport, 32);
	struct sock *sk;

	if (atomic_read(&tn->udp->connected)) {
		sk = twin_udp_probe(&key, spread);
		key.rport = 0;
		if (!sk && unlikely(atomic_read(&tn->udp->any_port)))
			sk = twin_udp_probe(&key, spread);
		if (sk)
			return sk;
	}
	key.raddr = 0;
	key.rport = 0;
	sk = twin_udp_probe(&key, spread);
	if (!sk) {
		key.laddr = 0;
		sk = twin_udp_probe(&key, spread);
	}
	return sk;
}

/* Into the group of those that have the same address, or the first of one. */
static void twin_udp_share_locked(struct twin_udp_sock *us)
{
	struct twin_flow *flow = &us->ts.flow;
	struct twin_udp_sock *other;
	struct sock *found = NULL;

	if (!us->ts.sk.sk_reuseport || flow->raddr || flow->rport)
		return;
	hlist_for_each_entry(other, &twin_udp_port_bucket(flow->tn,
							  flow->lport)->head,
			     port_node) {
		if (other->ts.flow.raddr || other->ts.flow.rport ||
		    !twin_pcb_share_fits(&us->ts.sk, &other->ts.sk))
			continue;
		found = &other->ts.sk;
		break;
	}
	us->shared_laddr = flow->laddr;
	twin_pcb_share_join(&us->ts.sk, found);
}

static void twin_udp_count(atomic_t *count, bool *counted, bool is)
{
	if (*counted == is)
		return;
	*counted = is;
	atomic_add(is ? 1 : -1, count);
}

static void twin_udp_count_connected(struct twin_udp_sock *us, bool connected)
{
	struct twin_udp_net *un = us->ts.flow.tn->udp;

	twin_udp_count(&un->any_port, &us->counted_any_port,
		       connected && !us->ts.flow.rport);
	twin_udp_count(&un->connected, &us->counted_connected, connected);
}

static void twin_udp_chain_add(struct sock *sk, u32 slot)
{
	struct twin_udp_chain *chain = &twin_udp_chains[slot];

	spin_lock(&chain->lock);
	twin_sk(sk)->flow.hash = slot;
	hlist_nulls_add_head_rcu(&sk->sk_nulls_node, &chain->head);
	spin_unlock(&chain->lock);
}

static void twin_udp_chain_del(struct sock *sk)
{
	struct twin_udp_chain *chain = &twin_udp_chains[twin_sk(sk)->flow.hash];

	spin_lock(&chain->lock);
	hlist_nulls_del_init_rcu(&sk->sk_nulls_node);
	spin_unlock(&chain->lock);
}

/**
 * twin_udp_hash_locked() - make a socket with a port findable
 * @us: socket, in no table
 *
 * Context: Socket lock held, the port's bucket locked, softirqs off.
 */
void twin_udp_hash_locked(struct twin_udp_sock *us)
{
	struct twin_flow *flow = &us->ts.flow;
	struct sock *sk = &us->ts.sk;

	lockdep_assert_held(&twin_udp_port_bucket(flow->tn, flow->lport)->lock);
	hlist_add_head(&us->port_node,
		       &twin_udp_port_bucket(flow->tn, flow->lport)->head);
	twin_udp_share_locked(us);
	twin_udp_chain_add(sk, twin_udp_flow_hash(flow));
	twin_udp_count_connected(us, flow->rport || flow->raddr);
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, 1);
}

/**
 * twin_udp_unhash() - proto.unhash: nobody finds the socket any more
 * @sk: socket, hashed or not
 *
 * The tables hold no reference: whoever has found it under RCU takes its own.
 *
 * Context: Process; socket lock held or the socket closed.
 */
void twin_udp_unhash(struct sock *sk)
{
	struct twin_udp_sock *us = twin_udp_sk(sk);
	struct twin_udp_port_bucket *bucket;

	bucket = twin_udp_port_bucket(us->ts.flow.tn, us->ts.flow.lport);
	spin_lock_bh(&bucket->lock);
	if (!hlist_unhashed(&us->port_node)) {
		hlist_del_init(&us->port_node);
		twin_pcb_share_leave(sk);
		twin_udp_chain_del(sk);
		twin_udp_count_connected(us, false);
		sock_prot_inuse_add(sock_net(sk), sk->sk_prot, -1);
	}
	spin_unlock_bh(&bucket->lock);
}

/*
 * A member that gets a peer stays one, with what program there is, and is passed
 * over; one that gets another address is none of them.
 */
static void twin_udp_share_again(struct twin_udp_sock *us)
{
	struct sock *sk = &us->ts.sk;

	if (us->shared_laddr != us->ts.flow.laddr)
		twin_pcb_share_leave(sk);
	if (!rcu_access_pointer(sk->sk_reuseport_cb))
		twin_udp_share_locked(us);
}

/**
 * twin_udp_rehash() - proto.rehash: addresses, peer or device have changed
 * @sk: socket
 *
 * Context: Process, socket lock held.
 */
void twin_udp_rehash(struct sock *sk)
{
	struct twin_udp_sock *us = twin_udp_sk(sk);
	struct twin_flow *flow = &us->ts.flow;
	struct twin_udp_port_bucket *bucket;

	bucket = twin_udp_port_bucket(flow->tn, flow->lport);
	twin_pcb_move_begin(&us->ts);
	spin_lock_bh(&bucket->lock);
	if (!hlist_unhashed(&us->port_node)) {
		twin_udp_share_again(us);
		twin_udp_chain_del(sk);
		twin_udp_chain_add(sk, twin_udp_flow_hash(flow));
		twin_udp_count_connected(us, flow->rport || flow->raddr);
	}
	spin_unlock_bh(&bucket->lock);
	twin_pcb_move_end(&us->ts);
	/* the cached path was found for another device or source */
	spin_lock(&us->path_lock);
	memset(&us->ts.path, 0, sizeof(us->ts.path));
	spin_unlock(&us->path_lock);
}

/**
 * twin_udp_table_init() - make the tables
 *
 * One bucket of each for eight pages of memory, within bounds: what a datagram
 * costs must not depend on how many sockets there are.
 *
 * Context: Module load.
 * Return: 0 or -ENOMEM.
 */
int twin_udp_table_init(void)
{
	u32 i, buckets = clamp(roundup_pow_of_two(totalram_pages() >> 3),
			       1UL << 8, 1UL << 18);

	twin_udp_chains = kvmalloc_array(buckets, sizeof(*twin_udp_chains),
					 GFP_KERNEL);
	twin_udp_ports = kvmalloc_array(buckets, sizeof(*twin_udp_ports),
					GFP_KERNEL);
	if (!twin_udp_chains || !twin_udp_ports) {
		twin_udp_table_exit();
		return -ENOMEM;
	}
	for (i = 0; i < buckets; i++) {
		INIT_HLIST_NULLS_HEAD(&twin_udp_chains[i].head, i);
		spin_lock_init(&twin_udp_chains[i].lock);
		INIT_HLIST_HEAD(&twin_udp_ports[i].head);
		spin_lock_init(&twin_udp_ports[i].lock);
	}
	twin_udp_mask = buckets - 1;
	return 0;
}

/**
 * twin_udp_table_exit() - free them
 *
 * Context: Module unload, no socket left.
 */
void twin_udp_table_exit(void)
{
	kvfree(twin_udp_chains);
	kvfree(twin_udp_ports);
	twin_udp_chains = NULL;
	twin_udp_ports = NULL;
}
