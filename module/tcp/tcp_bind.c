// SPDX-License-Identifier: GPL-2.0
/*
 * Local ports: bind(), and the port that connect() chooses (RFC 6056).
 */
#include <linux/random.h>
#include <linux/sched.h>
#include "tcp_table.h"

#define TWIN_TCP_BIND_BUCKETS	4096

/*
 * struct twin_tcp_bind - a local port in use in a namespace
 * @node: in its bucket
 * @tn: namespace
 * @port: host order
 * @kept: bind() or listen() has taken it: not for connect() to share
 * @socks: sockets on it, by sk_bind_node
 * @timewaits: TIME-WAIT objects on it
 *
 * Everything under the bucket's lock.  Lives while a list is not empty.
 */
struct twin_tcp_bind {
	struct hlist_node node;
	struct twin_net *tn;
	u16 port;
	bool kept;
	struct hlist_head socks;
	struct hlist_head timewaits;
};

struct twin_tcp_bind_bucket {
	spinlock_t lock;		/* chain and all on it */
	struct hlist_head chain;
};

static struct twin_tcp_bind_bucket twin_tcp_bind_table[TWIN_TCP_BIND_BUCKETS];
static struct kmem_cache *twin_tcp_bind_slab;

/**
 * twin_tcp_bind_init() - make the table of ports
 *
 * Context: Module load.
 * Return: 0 or -ENOMEM.
 */
int twin_tcp_bind_init(void)
{
	int i;

	twin_tcp_bind_slab = KMEM_CACHE(twin_tcp_bind, 0);
	if (!twin_tcp_bind_slab)
		return -ENOMEM;
	for (i = 0; i < TWIN_TCP_BIND_BUCKETS; i++) {
		spin_lock_init(&twin_tcp_bind_table[i].lock);
		INIT_HLIST_HEAD(&twin_tcp_bind_table[i].chain);
	}
	return 0;
}

/**
 * twin_tcp_bind_exit() - free the table of ports
 *
 * Context: Module unload; no port is in use.
 */
void twin_tcp_bind_exit(void)
{
	kmem_cache_destroy(twin_tcp_bind_slab);
}

static struct twin_tcp_bind_bucket *
twin_tcp_bind_bucket(const struct twin_net *tn, u16 port)
{
	return &twin_tcp_bind_table[(net_hash_mix(tn->net) + port) &
				    (TWIN_TCP_BIND_BUCKETS - 1)];
}

static struct twin_tcp_bind *
twin_tcp_bind_find(struct twin_tcp_bind_bucket *bucket,
		   const struct twin_net *tn, u16 port)
{
	struct twin_tcp_bind *bind;

	lockdep_assert_held(&bucket->lock);
	hlist_for_each_entry(bind, &bucket->chain, node)
		if (bind->port == port && bind->tn == tn)
			return bind;
	return NULL;
}

static struct twin_tcp_bind *
twin_tcp_bind_new(struct twin_tcp_bind_bucket *bucket, struct twin_net *tn,
		  u16 port)
{
	struct twin_tcp_bind *bind;

	bind = kmem_cache_alloc(twin_tcp_bind_slab, GFP_ATOMIC);
	if (!bind)
		return NULL;
	bind->tn = tn;
	bind->port = port;
	bind->kept = false;
	INIT_HLIST_HEAD(&bind->socks);
	INIT_HLIST_HEAD(&bind->timewaits);
	hlist_add_head(&bind->node, &bucket->chain);
	return bind;
}

static void twin_tcp_bind_release(struct twin_tcp_bind *bind)
{
	if (!hlist_empty(&bind->socks) || !hlist_empty(&bind->timewaits))
		return;
	hlist_del(&bind->node);
	kmem_cache_free(twin_tcp_bind_slab, bind);
}

static void twin_tcp_bind_add(struct twin_tcp_sock *tp,
			      struct twin_tcp_bind *bind)
{
	tp->bind = bind;
	tp->ts.flow.lport = htons(bind->port);
	sk_add_bind_node(twin_tcp_to_sk(tp), &bind->socks);
}

static bool twin_tcp_bind_addrs_clash(__be32 a, __be32 b)
{
	return !a || !b || a == b;
}

/*
 * May @tp use a port that @other has?  SO_REUSEPORT lets sockets of one user
 * share it; SO_REUSEADDR lets them share it while none of them listens.
 */
static bool twin_tcp_bind_clash(const struct twin_tcp_sock *tp,
				struct sock *other)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	int dev = sk->sk_bound_dev_if, other_dev = other->sk_bound_dev_if;

	if (other == sk || (dev && other_dev && dev != other_dev))
		return false;
	if (!twin_tcp_bind_addrs_clash(tp->ts.flow.laddr,
				       twin_sk(other)->flow.laddr))
		return false;
	if (sk->sk_reuseport && other->sk_reuseport &&
	    uid_eq(twin_compat_sk_uid(sk), twin_compat_sk_uid(other)))
		return false;
	return !sk->sk_reuse || !other->sk_reuse ||
	       other->sk_state == TCP_LISTEN;
}

/* As with a living socket, but its user does not matter any more. */
static bool twin_tcp_bind_timewait_clash(const struct twin_tcp_sock *tp,
					 const struct twin_tcp_timewait *tw)
{
	const struct sock *sk = twin_tcp_to_sk(tp);
	int dev = sk->sk_bound_dev_if, other_dev = tw->mini.flow.ifindex;

	if ((dev && other_dev && dev != other_dev) ||
	    (sk->sk_reuse && tw->reuse) ||
	    (sk->sk_reuseport && tw->reuseport))
		return false;
	return twin_tcp_bind_addrs_clash(tp->ts.flow.laddr,
					 tw->mini.flow.laddr);
}

static bool twin_tcp_bind_conflict(const struct twin_tcp_sock *tp,
				   struct twin_tcp_bind *bind)
{
	struct twin_tcp_timewait *tw;
	struct sock *other;

	sk_for_each_bound(other, &bind->socks)
		if (twin_tcp_bind_clash(tp, other))
			return true;
	hlist_for_each_entry(tw, &bind->timewaits, bind_node)
		if (twin_tcp_bind_timewait_clash(tp, tw))
			return true;
	return false;
}

/* Tries one port for bind(). */
static int twin_tcp_bind_try(struct twin_tcp_sock *tp, u16 port, bool fresh)
{
	struct twin_net *tn = twin_tcp_net(tp);
	struct twin_tcp_bind_bucket *bucket = twin_tcp_bind_bucket(tn, port);
	struct twin_tcp_bind *bind;
	int err = -EADDRINUSE;

	spin_lock_bh(&bucket->lock);
	bind = twin_tcp_bind_find(bucket, tn, port);
	if (bind && (fresh || twin_tcp_bind_conflict(tp, bind)))
		goto out;
	if (!bind)
		bind = twin_tcp_bind_new(bucket, tn, port);
	err = -ENOMEM;
	if (bind) {
		bind->kept = true;
		twin_tcp_bind_add(tp, bind);
		err = 0;
	}
out:
	spin_unlock_bh(&bucket->lock);
	return err;
}

/* bind() to port 0: a port that nobody uses, from a random start. */
static int twin_tcp_bind_any(struct twin_tcp_sock *tp)
{
	u32 range, offset, i;
	u16 first, last;

	twin_pcb_port_range(&tp->ts, &first, &last);
	range = last - first + 1;
	offset = get_random_u32();
	/* one that nobody has; in a second pass one that does not clash */
	for (i = 0; i < 2 * range; i++) {
		if (!twin_tcp_bind_try(tp, first + (offset + i) % range,
				       i < range))
			return 0;
		cond_resched();
	}
	return -EADDRINUSE;
}

/**
 * twin_tcp_get_port() - proto.get_port: bind a socket to a port
 * @sk: socket with its address set
 * @port: host order, 0 to choose
 *
 * RFC: 6056 section 3.1
 * Context: Socket lock.
 * Return: 0, -EADDRINUSE or -ENOMEM.
 */
int twin_tcp_get_port(struct sock *sk, unsigned short port)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);

	/* nothing is left of a connection that has ended */
	tp->ts.flow.raddr = 0;
	tp->ts.flow.rport = 0;
	tp->ts.path.generation = 0;
	return port ? twin_tcp_bind_try(tp, port, false) :
		      twin_tcp_bind_any(tp);
}

/**
 * twin_tcp_has_port() - does a socket keep a port in use?
 * @sk: socket
 *
 * One whose connection has ended still names its port, which is given back
 * unless bind() took it.
 *
 * Context: Socket lock.
 * Return: true if so.
 */
bool twin_tcp_has_port(const struct sock *sk)
{
	return twin_tcp(sk)->bind;
}

/**
 * twin_tcp_bind_recheck_listen() - may this socket listen on its port?
 * @tp: bound socket
 *
 * Two sockets with SO_REUSEADDR may both be bound, but only one may listen.
 *
 * Context: Socket lock.
 * Return: 0 or -EADDRINUSE.
 */
int twin_tcp_bind_recheck_listen(struct twin_tcp_sock *tp)
{
	struct twin_tcp_bind_bucket *bucket =
		twin_tcp_bind_bucket(twin_tcp_net(tp), ntohs(tp->ts.flow.lport));
	bool conflict;

	spin_lock_bh(&bucket->lock);
	conflict = twin_tcp_bind_conflict(tp, tp->bind);
	spin_unlock_bh(&bucket->lock);
	return conflict ? -EADDRINUSE : 0;
}

static void twin_tcp_bind_set_flow(struct twin_tcp_sock *tp, u16 port)
{
	struct twin_flow *flow = &tp->ts.flow;

	flow->lport = htons(port);
	flow->hash = twin_flow_hash(flow->tn, flow->laddr, flow->lport,
				    flow->raddr, flow->rport);
}

/* Tries one port for connect(): enters the flow table, then the bind table. */
static int twin_tcp_bind_try_connect(struct twin_tcp_sock *tp, u16 port,
				     struct twin_tcp_timewait **reused)
{
	struct twin_net *tn = twin_tcp_net(tp);
	struct twin_tcp_bind_bucket *bucket = twin_tcp_bind_bucket(tn, port);
	struct twin_tcp_bind *bind;
	int err = -EADDRNOTAVAIL;

	spin_lock_bh(&bucket->lock);
	bind = twin_tcp_bind_find(bucket, tn, port);
	/* connections share a port as long as their peers differ */
	if (bind && bind->kept)
		goto out;
	if (!bind)
		bind = twin_tcp_bind_new(bucket, tn, port);
	if (!bind)
		goto out;
	twin_tcp_bind_set_flow(tp, port);
	err = twin_tcp_table_insert(tp, reused);
	if (!err)
		twin_tcp_bind_add(tp, bind);
	else
		twin_tcp_bind_release(bind);
out:
	spin_unlock_bh(&bucket->lock);
	return err;
}

static void twin_tcp_bind_take_over(struct twin_tcp_sock *tp,
				    struct twin_tcp_timewait *tw)
{
	tp->write_seq = twin_tcp_timewait_iss(tw);
	tp->ts_recent = tw->ts_recent;
	tp->ts_recent_seconds = tw->ts_recent_seconds;
	twin_tcp_timewait_kill(tw);
	twin_tcp_mini_put(&tw->mini);
	TWIN_TCP_COUNT(tp, TCPEXT_TW_RECYCLED);
}

/* Was no even port found for such a peer in the last second? */
static bool twin_tcp_bind_evens_gone(u32 when_jiffies)
{
	return when_jiffies && (s32)((u32)jiffies - when_jiffies) < HZ;
}

/*
 * Even ports first, then odd ones.  Once the even ones are gone each connect() to the
 * same peer would try them all, thousands, before it came to an odd one: so for a
 * second it begins with these.
 *
 * RFC 6056 section 3.3.4, with the clock's low bits in place of the counter
 */
static int twin_tcp_bind_choose(struct twin_tcp_sock *tp,
				struct twin_tcp_timewait **reused)
{
	const struct twin_flow *flow = &tp->ts.flow;
	u32 hash = twin_pcb_port_offset(&tp->ts, flow->raddr, flow->rport);
	u32 *evens_gone = &flow->tn->tcp->evens_gone_jiffies[hash %
						TWIN_TCP_PORT_MEMORIES];
	u32 range, half, offset, skip, i;
	u16 first, last;

	twin_pcb_port_range(&tp->ts, &first, &last);
	range = last - first + 1;
	half = (range + 1) / 2;
	offset = (hash + (tp->now_us & 0x3fff)) % range & ~1u;
	skip = twin_tcp_bind_evens_gone(READ_ONCE(*evens_gone)) ? half : 0;
	for (i = 0; i < range; i++) {
		u32 turn = (i + skip) % range;
		u32 step = offset + 2 * turn - (turn < half ? 0 : 2 * half - 1);

		if (!twin_tcp_bind_try_connect(tp, first + step % range, reused)) {
			/* a range of its own says nothing about others' */
			if (i >= half && !skip && !tp->ts.port_range)
				WRITE_ONCE(*evens_gone, (u32)jiffies | 1);
			return 0;
		}
		cond_resched();
	}
	return -EADDRNOTAVAIL;
}

/**
 * twin_tcp_bind_connect() - give a connecting socket a port and enter it
 * @tp: socket with both addresses and the remote port set; the local port too
 *	if bind() gave one
 *
 * Even ports first, from an offset that only this host can compute: from elsewhere
 * the ports in use cannot be guessed, and bind() finds the odd ones free.
 *
 * RFC: 6056 section 3.3.4; 6191 section 2
 * Context: Socket lock.
 * Return: 0, or -EADDRNOTAVAIL: the endpoints are taken, no port is free, or
 * there is no memory to keep one.
 */
int twin_tcp_bind_connect(struct twin_tcp_sock *tp)
{
	struct twin_tcp_timewait *reused = NULL;
	struct twin_flow *flow = &tp->ts.flow;
	int err;

	if (tp->bind) {
		twin_tcp_bind_set_flow(tp, ntohs(flow->lport));
		err = twin_tcp_table_insert(tp, &reused);
	} else {
		err = twin_tcp_bind_choose(tp, &reused);
		if (err)
			flow->lport = 0;
	}
	if (!err && reused)
		twin_tcp_bind_take_over(tp, reused);
	return err;
}

/**
 * twin_tcp_bind_inherit() - a child uses its listener's port
 * @lp: listener
 * @child: new connection
 *
 * Context: Softirq; the child's socket lock.  If the listener was closed
 * meanwhile its port may be gone: the child then holds none.
 */
void twin_tcp_bind_inherit(struct twin_tcp_sock *lp,
			   struct twin_tcp_sock *child)
{
	struct twin_net *tn = twin_tcp_net(child);
	u16 port = ntohs(child->ts.flow.lport);
	struct twin_tcp_bind_bucket *bucket = twin_tcp_bind_bucket(tn, port);
	struct twin_tcp_bind *bind;

	spin_lock_bh(&bucket->lock);
	/* the listener, unlocked, may have another port by now */
	bind = twin_tcp_bind_find(bucket, tn, port);
	if (bind && READ_ONCE(lp->bind) == bind)
		twin_tcp_bind_add(child, bind);
	spin_unlock_bh(&bucket->lock);
}

/**
 * twin_tcp_bind_put() - a socket no longer uses its port
 * @tp: socket
 *
 * Context: Socket lock.
 */
void twin_tcp_bind_put(struct twin_tcp_sock *tp)
{
	struct twin_tcp_bind_bucket *bucket;

	if (!tp->bind)
		return;
	bucket = twin_tcp_bind_bucket(twin_tcp_net(tp), ntohs(tp->ts.flow.lport));
	spin_lock_bh(&bucket->lock);
	__sk_del_bind_node(twin_tcp_to_sk(tp));
	twin_tcp_bind_release(tp->bind);
	tp->bind = NULL;
	spin_unlock_bh(&bucket->lock);
}

/**
 * twin_tcp_bind_to_timewait() - the port stays in use through TIME-WAIT
 * @tp: connection that ends
 * @tw: its successor
 *
 * Context: Socket lock of @tp.
 */
void twin_tcp_bind_to_timewait(struct twin_tcp_sock *tp,
			       struct twin_tcp_timewait *tw)
{
	struct twin_tcp_bind_bucket *bucket;

	INIT_HLIST_NODE(&tw->bind_node);
	if (!tp->bind)
		return;
	bucket = twin_tcp_bind_bucket(twin_tcp_net(tp), ntohs(tp->ts.flow.lport));
	spin_lock_bh(&bucket->lock);
	hlist_add_head(&tw->bind_node, &tp->bind->timewaits);
	spin_unlock_bh(&bucket->lock);
}

/**
 * twin_tcp_bind_put_timewait() - TIME-WAIT is over: the port is free
 * @tw: TIME-WAIT object, dead
 *
 * Context: Any; takes the bucket lock.
 */
void twin_tcp_bind_put_timewait(struct twin_tcp_timewait *tw)
{
	const struct twin_net *tn = tw->mini.flow.tn;
	u16 port = ntohs(tw->mini.flow.lport);
	struct twin_tcp_bind_bucket *bucket;

	if (hlist_unhashed(&tw->bind_node))
		return;
	bucket = twin_tcp_bind_bucket(tn, port);
	spin_lock_bh(&bucket->lock);
	hlist_del_init(&tw->bind_node);
	twin_tcp_bind_release(twin_tcp_bind_find(bucket, tn, port));
	spin_unlock_bh(&bucket->lock);
}
