// SPDX-License-Identifier: GPL-2.0
/*
 * bind(): which ports a socket may have, and which one it gets.
 */
#include <linux/random.h>
#include "udp.h"

static bool twin_udp_same_addr(const struct twin_flow *a,
			       const struct twin_flow *b)
{
	return !a->laddr || !b->laddr || a->laddr == b->laddr;
}

static bool twin_udp_same_device(const struct sock *a, const struct sock *b)
{
	int device = READ_ONCE(a->sk_bound_dev_if);
	int other = READ_ONCE(b->sk_bound_dev_if);

	return !device || !other || device == other;
}

/* Both said SO_REUSEADDR, or both SO_REUSEPORT and of one user. */
static bool twin_udp_may_share(struct sock *a, struct sock *b)
{
	if (a->sk_reuse && b->sk_reuse)
		return true;
	return a->sk_reuseport && b->sk_reuseport &&
	       uid_eq(twin_compat_sk_uid(a), twin_compat_sk_uid(b));
}

/* A port that the stack chooses is shared with nobody. */
static bool twin_udp_conflict(const struct twin_udp_port_bucket *bucket,
			      struct sock *sk, __be16 lport, bool chosen)
{
	const struct twin_flow *flow = &twin_sk(sk)->flow;
	struct twin_udp_sock *other;

	hlist_for_each_entry(other, &bucket->head, port_node) {
		if (other->ts.flow.lport != lport ||
		    other->ts.flow.tn != flow->tn || &other->ts.sk == sk)
			continue;
		if (!twin_udp_same_addr(flow, &other->ts.flow) ||
		    !twin_udp_same_device(sk, &other->ts.sk))
			continue;
		if (chosen || !twin_udp_may_share(sk, &other->ts.sk))
			return true;
	}
	return false;
}

static int twin_udp_take_port(struct sock *sk, u16 port, bool chosen)
{
	struct twin_udp_sock *us = twin_udp_sk(sk);
	struct twin_udp_port_bucket *bucket;
	__be16 lport = htons(port);
	int err = -EADDRINUSE;

	bucket = twin_udp_port_bucket(us->ts.flow.tn, lport);
	spin_lock_bh(&bucket->lock);
	if (!twin_udp_conflict(bucket, sk, lport, chosen)) {
		WRITE_ONCE(us->ts.flow.lport, lport);
		twin_udp_hash_locked(us);
		err = 0;
	}
	spin_unlock_bh(&bucket->lock);
	return err;
}

/**
 * twin_udp_get_port() - proto.get_port: take a local port
 * @sk: socket without a port, its address set
 * @port: host order; 0: any
 *
 * RFC: 6056 section 3.3.1 (random start, then each port once)
 * Context: Process, socket lock held.
 * Return: 0 or -EADDRINUSE.
 */
int twin_udp_get_port(struct sock *sk, unsigned short port)
{
	u32 i, count, start;
	u16 first, last;

	if (port)
		return twin_udp_take_port(sk, port, false);
	twin_pcb_port_range(twin_sk(sk), &first, &last);
	count = last - first + 1;
	start = get_random_u32_below(count);
	for (i = 0; i < count; i++) {
		port = first + (start + i) % count;
		if (port && !twin_udp_take_port(sk, port, true))
			return 0;
	}
	return -EADDRINUSE;
}
