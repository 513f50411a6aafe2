// SPDX-License-Identifier: GPL-2.0
/*
 * Walks over the tables of listeners and connections, for inspection; and
 * SOCK_DESTROY, which ends one of them from outside.
 *
 * Buckets are numbered through: first the listeners', then the connections'.
 * In one of these the full sockets come before the small objects.  A walk finds
 * a few owners, those in one bucket under its lock, takes references and describes
 * them without such a lock, since a socket's own may only be taken before a
 * bucket's.
 */
#include <linux/sched.h>
#include "../inspect/view.h"
#include "../ip/datagram.h"
#include "tcp_cong.h"
#include "tcp_fastopen.h"
#include "tcp_record.h"
#include "tcp_table.h"

#define TWIN_TCP_WALK_BATCH	8

/*
 * struct twin_tcp_walk_found - an owner, with a reference
 * @owner: it
 * @bucket: where it is
 * @index: how many of the namespace's owners come before it there
 */
struct twin_tcp_walk_found {
	struct twin_tcp_owner owner;
	unsigned int bucket;
	unsigned int index;
};

/*
 * struct twin_tcp_walk_batch - the owners that a walk has come to
 * @tn: their namespace
 * @bucket: where to go on
 * @index: of its owners there, how many are behind us
 * @passed: of its owners in @bucket, how many have been looked at just now
 * @room: how many may be found before they are shown
 * @count: how many are
 * @found: they
 */
struct twin_tcp_walk_batch {
	const struct twin_net *tn;
	unsigned int bucket;
	unsigned int index;
	unsigned int passed;
	unsigned int room;
	unsigned int count;
	struct twin_tcp_walk_found found[TWIN_TCP_WALK_BATCH];
};

/* Most buckets are: worth a look without the lock. */
static bool twin_tcp_walk_empty(const struct twin_tcp_table_place *place)
{
	return hlist_nulls_empty(place->socks) &&
	       (!place->minis || hlist_nulls_empty(place->minis));
}

/* The next bucket; of those of connections most are empty, unless there are many. */
static unsigned int twin_tcp_walk_next(unsigned int bucket,
				       const struct twin_net *tn)
{
	u32 listen_buckets = twin_tcp_table_listen_buckets();

	if (++bucket < listen_buckets)
		return bucket;
	return listen_buckets +
	       twin_tcp_table_skip(bucket - listen_buckets, tn);
}

static bool twin_tcp_walk_is_full(const struct twin_tcp_walk_batch *batch)
{
	return batch->count == batch->room;
}

static void twin_tcp_walk_add(struct twin_tcp_walk_batch *batch,
			      struct twin_tcp_owner owner)
{
	batch->found[batch->count++] = (struct twin_tcp_walk_found){
		.owner = owner,
		.bucket = batch->bucket,
		.index = batch->passed,
	};
}

static void twin_tcp_walk_add_socks(struct twin_tcp_walk_batch *batch,
				    const struct twin_tcp_table_place *place)
{
	struct hlist_nulls_node *node;
	struct sock *sk;

	lockdep_assert_held(place->lock);
	sk_nulls_for_each(sk, node, place->socks) {
		if (twin_sk(sk)->flow.tn != batch->tn)
			continue;
		if (twin_tcp_walk_is_full(batch))
			return;
		if (batch->passed >= batch->index &&
		    refcount_inc_not_zero(&sk->sk_refcnt)) {
			twin_datagram_view_ahead(sk);
			twin_tcp_walk_add(batch,
					  (struct twin_tcp_owner){ .sk = sk });
		}
		batch->passed++;
	}
}

static void twin_tcp_walk_add_minis(struct twin_tcp_walk_batch *batch,
				    const struct twin_tcp_table_place *place)
{
	struct hlist_nulls_node *node;
	struct twin_tcp_mini *mini;

	lockdep_assert_held(place->lock);
	hlist_nulls_for_each_entry(mini, node, place->minis, node) {
		if (mini->flow.tn != batch->tn)
			continue;
		if (twin_tcp_walk_is_full(batch))
			return;
		if (batch->passed >= batch->index &&
		    refcount_inc_not_zero(&mini->refs))
			twin_tcp_walk_add(batch,
					  (struct twin_tcp_owner){ .mini = mini });
		batch->passed++;
	}
}

/* Those of a bucket from a number on, as many as there is room for. */
static void twin_tcp_walk_look(struct twin_tcp_walk_batch *batch,
			       const struct twin_tcp_table_place *place)
{
	batch->passed = 0;
	spin_lock_bh(place->lock);
	twin_tcp_walk_add_socks(batch, place);
	if (place->minis)
		twin_tcp_walk_add_minis(batch, place);
	spin_unlock_bh(place->lock);
}

/* Goes on until there is no more room, or over a stretch without anybody. */
static void twin_tcp_walk_collect(struct twin_tcp_walk_batch *batch,
				  unsigned int buckets)
{
	bool empty;

	batch->count = 0;
	do {
		struct twin_tcp_table_place place =
			twin_tcp_table_place(batch->bucket);

		empty = twin_tcp_walk_empty(&place);
		if (!empty)
			twin_tcp_walk_look(batch, &place);
		/* the bucket may have more */
		if (twin_tcp_walk_is_full(batch)) {
			batch->index = batch->passed;
			return;
		}
		batch->bucket = twin_tcp_walk_next(batch->bucket, batch->tn);
		batch->index = 0;
	} while (!empty && batch->bucket < buckets);
}

static void twin_tcp_walk_put(struct twin_tcp_owner owner)
{
	if (owner.sk)
		sock_put(owner.sk);
	else if (owner.mini)
		twin_tcp_mini_put(owner.mini);
}

static u32 twin_tcp_view_until_ms(unsigned long when)
{
	long left = when - jiffies;

	return left > 0 ? jiffies_to_msecs(left) : 0;
}

/* How AF_INET numbers timers, the most urgent kind first. */
static const struct {
	u8 kinds;
	u8 shown;
} twin_tcp_view_timers[] = {
	{ BIT(TWIN_TCP_TIMER_REXMIT) | BIT(TWIN_TCP_TIMER_PROBE) |
	  BIT(TWIN_TCP_TIMER_REORDER), TWIN_VIEW_TIMER_RETRANSMIT },
	{ BIT(TWIN_TCP_TIMER_PERSIST), TWIN_VIEW_TIMER_PROBE },
	{ BIT(TWIN_TCP_TIMER_KEEPALIVE) | BIT(TWIN_TCP_TIMER_FINWAIT2),
	  TWIN_VIEW_TIMER_KEEPALIVE },
};

static unsigned long twin_tcp_view_earliest(const struct twin_tcp_sock *tp,
					    u8 armed)
{
	unsigned long now = jiffies;
	s32 left, least = S32_MAX;
	int kind;

	for (kind = 0; kind < TWIN_TCP_TIMERS; kind++) {
		if (!(armed & BIT(kind)))
			continue;
		left = (s32)(READ_ONCE(tp->timers[kind]) - (u32)now);
		least = min(least, left);
	}
	return now + least;
}

static void twin_tcp_view_timer(const struct twin_tcp_sock *tp,
				struct twin_sock_view *view)
{
	u8 all = READ_ONCE(tp->timers_armed);
	int i;

	for (i = 0; i < ARRAY_SIZE(twin_tcp_view_timers); i++) {
		u8 armed = all & twin_tcp_view_timers[i].kinds;

		if (!armed)
			continue;
		view->timer = twin_tcp_view_timers[i].shown;
		view->timer_expires_ms =
			twin_tcp_view_until_ms(twin_tcp_view_earliest(tp, armed));
		return;
	}
}

/* Like AF_INET's, the numbers count SYN and FIN. */
static void twin_tcp_view_queues(const struct twin_tcp_sock *tp,
				 struct twin_sock_view *view)
{
	const struct twin_tcp_listen *listen;

	if (view->state == TCP_LISTEN) {
		listen = tp->listen;	/* for the rest of the socket's life */
		view->rx_queue_bytes = READ_ONCE(listen->accept_count);
		view->tx_queue_bytes = READ_ONCE(listen->accept_max);
		return;
	}
	view->rx_queue_bytes = max_t(s32, READ_ONCE(tp->rcv_nxt) -
					  READ_ONCE(tp->copied_seq), 0);
	view->tx_queue_bytes = max_t(s32, READ_ONCE(tp->write_seq) -
					  READ_ONCE(tp->snd_una), 0);
}

/* One that just closed may have given its algorithm back. */
static void twin_tcp_view_congestion(const struct twin_tcp_sock *tp,
				     struct twin_sock_view *view)
{
	const struct twin_tcp_cong_ops *cong = tp->cong;

	if (!cong || view->state == TCP_CLOSE)
		return;
	strscpy(view->congestion, cong->name, sizeof(view->congestion));
	if (!cong->info || !cong->info_attribute)
		return;
	view->congestion_attribute = cong->info_attribute;
	view->congestion_bytes = cong->info(tp, &view->congestion_info);
}

/* What is shown of each socket but in a bare list. */
static void twin_tcp_view_rest(struct sock *sk, struct twin_sock_view *view)
{
	const struct twin_tcp_sock *tp = twin_tcp(sk);

	twin_datagram_view_rest(sk, view);
	view->quick_ack = (READ_ONCE(tp->quick_acks) << 1) |
			  (READ_ONCE(tp->pingpong) ? 1 : 0);
	view->handed_over = tp->handed_over;
	view->sockopt |= TWIN_VIEW_IS_TCP;
	if (twin_tcp_fastopen_waits(tp))
		view->sockopt |= TWIN_VIEW_DEFER_CONNECT;
	view->meminfo[SK_MEMINFO_WMEM_QUEUED] = READ_ONCE(sk->sk_wmem_queued);
	view->meminfo[SK_MEMINFO_BACKLOG] = READ_ONCE(sk->sk_backlog.len);
}

/* An algorithm's module goes a grace period after the last has given it back. */
static void twin_tcp_view_line(const struct sock *sk,
			       struct twin_sock_view *view)
{
	const struct twin_tcp_cong_ops *cong;

	rcu_read_lock();
	cong = READ_ONCE(twin_tcp(sk)->cong);
	if (cong && view->state != TCP_CLOSE)
		strscpy(view->congestion, cong->name, sizeof(view->congestion));
	rcu_read_unlock();
	twin_tcp_get_info_line(sk, &view->info);
}

/* What must hang together, or hangs on the queues. */
static void twin_tcp_view_locked(struct sock *sk,
				 const struct twin_view_wish *wish,
				 struct twin_sock_view *view)
{
	const struct twin_tcp_sock *tp = twin_tcp(sk);
	bool slow = lock_sock_fast(sk);

	if (wish->details) {
		twin_tcp_view_congestion(tp, view);
		twin_tcp_get_info(sk, &view->info);
	}
	if (wish->record && view->recorder) {
		memset(&view->record, 0, sizeof(view->record));
		twin_tcp_record_state(tp, &view->record);
	}
	unlock_sock_fast(sk, slow);
}

/*
 * A list must not wait for the lock: its owner may hold it as long as the memory
 * takes that send() copies from, which may be a page of a file of his own making.
 */
static void twin_tcp_view_sock(struct sock *sk,
			       const struct twin_view_wish *wish,
			       struct twin_sock_view *view)
{
	const struct twin_tcp_sock *tp = twin_tcp(sk);

	twin_datagram_view_row(sk, view);
	twin_datagram_view_owner(sk, view);
	twin_tcp_view_queues(tp, view);
	twin_tcp_view_timer(tp, view);
	view->retransmits = READ_ONCE(tp->retransmits);
	view->probes = READ_ONCE(tp->probes_out);
	if (!wish->bare)
		twin_tcp_view_rest(sk, view);
	if (wish->line)
		twin_tcp_view_line(sk, view);
	if (wish->details || wish->record)
		twin_tcp_view_locked(sk, wish, view);
}

static void twin_tcp_view_request(struct twin_tcp_request *rq,
				  struct twin_sock_view *view)
{
	view->kind = TWIN_VIEW_REQUEST;
	view->state = TCP_SYN_RECV;
	view->timer = TWIN_VIEW_TIMER_RETRANSMIT;
	view->timer_expires_ms =
		twin_tcp_view_until_ms(READ_ONCE(rq->timer.expires));
	view->retransmits = READ_ONCE(rq->timeouts);
	view->tos = rq->tos;
	view->uid = twin_compat_sk_uid(rq->listener);
	view->mark = READ_ONCE(rq->listener->sk_mark);
}

static void twin_tcp_view_timewait(const struct twin_tcp_timewait *tw,
				   struct twin_sock_view *view)
{
	s32 left = READ_ONCE(tw->deadline_jiffies) - (u32)jiffies;

	view->kind = TWIN_VIEW_TIMEWAIT;
	view->timer = TWIN_VIEW_TIMER_TIMEWAIT;
	view->timer_expires_ms = left > 0 ? jiffies_to_msecs(left) : 0;
	view->tos = tw->tos;
	view->uid = GLOBAL_ROOT_UID;
}

static void twin_tcp_view_mini(struct twin_tcp_mini *mini,
			       struct twin_sock_view *view)
{
	memset(view, 0, offsetof(struct twin_sock_view, congestion_info));
	view->protocol = IPPROTO_TCP;
	view->state = mini->state;
	view->laddr = mini->flow.laddr;
	view->raddr = mini->flow.raddr;
	view->lport = mini->flow.lport;
	view->rport = mini->flow.rport;
	view->ifindex = mini->flow.ifindex;
	view->refs = refcount_read(&mini->refs);
	if (mini->kind == TWIN_TCP_MINI_REQUEST)
		twin_tcp_view_request(twin_tcp_request(mini), view);
	else
		twin_tcp_view_timewait(twin_tcp_timewait(mini), view);
}

static void twin_tcp_view(struct twin_tcp_owner owner,
			  const struct twin_view_wish *wish,
			  struct twin_sock_view *view)
{
	if (owner.sk)
		twin_tcp_view_sock(owner.sk, wish, view);
	else
		twin_tcp_view_mini(owner.mini, view);
}

static u8 twin_tcp_walk_state(struct twin_tcp_owner owner)
{
	return owner.sk ? READ_ONCE(owner.sk->sk_state) :
			  READ_ONCE(owner.mini->state);
}

/* Shows a batch and lets go of it.  Return: number of the one that it stopped at. */
static unsigned int twin_tcp_walk_show(struct twin_tcp_walk_batch *batch,
				       const struct twin_view_wish *wish,
				       twin_view_show_fn show, void *arg,
				       int *stop)
{
	struct twin_sock_view view twin_compat_uninitialized;
	unsigned int i, shown = 0;

	for (i = 0; i < batch->count; i++) {
		struct twin_tcp_owner owner = batch->found[i].owner;

		if (!*stop && wish->states & BIT(twin_tcp_walk_state(owner))) {
			twin_tcp_view(owner, wish, &view);
			*stop = show(&view, arg);
			shown = i;
		}
		twin_tcp_walk_put(owner);
	}
	return shown;
}

/**
 * twin_tcp_walk() - show listeners and connections of a namespace
 * @tn: namespace
 * @wish: which of them, and how much of each
 * @bucket: position, see inspect/view.h
 * @index: position in the bucket
 * @show: called for each, with nothing locked
 * @arg: its argument
 *
 * Context: Process, sleeps; takes bucket locks, and for details and recorders
 * socket locks, one at a time.
 * Return: what @show returned last, 0 at the end of the table.
 */
int twin_tcp_walk(struct twin_net *tn, const struct twin_view_wish *wish,
		  unsigned int *bucket, unsigned int *index,
		  twin_view_show_fn show, void *arg)
{
	unsigned int buckets = twin_tcp_table_listen_buckets() +
			       twin_tcp_table_buckets();
	struct twin_tcp_walk_batch batch;
	unsigned int shown;
	int stop = 0;

	batch.tn = tn;
	batch.bucket = *bucket;
	batch.index = *index;
	batch.room = wish->single ? 1 : TWIN_TCP_WALK_BATCH;
	while (batch.bucket < buckets) {
		twin_tcp_walk_collect(&batch, buckets);
		shown = twin_tcp_walk_show(&batch, wish, show, arg, &stop);
		if (stop) {
			*bucket = batch.found[shown].bucket;
			*index = batch.found[shown].index;
			return stop;
		}
		cond_resched();
	}
	*bucket = batch.bucket;
	*index = 0;
	return 0;
}

/**
 * twin_tcp_usage() - what the sockets of a namespace add up to
 * @tn: namespace
 * @usage: filled in
 *
 * Context: Any.
 */
void twin_tcp_usage(const struct twin_net *tn, struct twin_view_usage *usage)
{
	const struct twin_tcp_net *counts = tn->tcp;

	*usage = (struct twin_view_usage){
		.in_use = sock_prot_inuse_get(tn->net, &twin_tcp_proto),
		.allocated = atomic_read(&counts->socket_count),
		.orphans = atomic_read(&counts->orphan_count),
		.timewait = atomic_read(&counts->timewait_count),
		.memory_pages = proto_memory_allocated(&twin_tcp_proto),
	};
}

static struct sock *twin_tcp_abort_in_bucket(const struct twin_flow *key,
					     const u32 *cookie,
					     const struct twin_tcp_table_place *place)
{
	struct hlist_nulls_node *node;
	struct sock *sk;

	lockdep_assert_held(place->lock);
	sk_nulls_for_each(sk, node, place->socks) {
		const struct twin_flow *flow = &twin_sk(sk)->flow;

		if (flow->tn == key->tn && flow->lport == key->lport &&
		    flow->laddr == key->laddr &&
		    (!key->ifindex ||
		     key->ifindex == READ_ONCE(sk->sk_bound_dev_if)) &&
		    !sock_diag_check_cookie(sk, cookie) &&
		    refcount_inc_not_zero(&sk->sk_refcnt))
			return sk;
	}
	return NULL;
}

/*
 * Exactly this address: the lookup for segments would take "any" as well.  The
 * cookie tells listeners apart that share a port.
 */
static struct sock *twin_tcp_abort_listener(const struct twin_flow *key,
					    const u32 *cookie)
{
	struct sock *sk = NULL;
	unsigned int bucket;

	for (bucket = 0; !sk && bucket < twin_tcp_table_listen_buckets();
	     bucket++) {
		struct twin_tcp_table_place place = twin_tcp_table_place(bucket);

		if (twin_tcp_walk_empty(&place))
			continue;
		spin_lock_bh(place.lock);
		sk = twin_tcp_abort_in_bucket(key, cookie, &place);
		spin_unlock_bh(place.lock);
	}
	return sk;
}

static struct twin_tcp_owner twin_tcp_walk_connection(struct twin_flow *key)
{
	struct twin_tcp_owner owner;

	key->hash = twin_flow_hash(key->tn, key->laddr, key->lport, key->raddr,
				   key->rport);
	rcu_read_lock();
	owner = twin_tcp_table_find(key, true);
	rcu_read_unlock();
	return owner;
}

/**
 * twin_tcp_show_flow() - show one connection, without a walk
 * @tn: namespace
 * @wish: how much of it; the state does not matter
 * @laddr: local address
 * @lport: local port
 * @raddr: remote address
 * @rport: remote port
 * @ifindex: the device it is bound to, 0 for any
 * @show: called for it, with nothing locked
 * @arg: its argument
 *
 * Context: Process; takes the socket lock for details and recorders.
 * Return: what @show returned; 0 if there is none.
 */
int twin_tcp_show_flow(struct twin_net *tn, const struct twin_view_wish *wish,
		       __be32 laddr, __be16 lport, __be32 raddr, __be16 rport,
		       int ifindex, twin_view_show_fn show, void *arg)
{
	struct twin_flow key = {
		.tn = tn,
		.laddr = laddr,
		.raddr = raddr,
		.lport = lport,
		.rport = rport,
		.ifindex = ifindex,
	};
	struct twin_tcp_owner owner = twin_tcp_walk_connection(&key);
	struct twin_sock_view view;
	int stop;

	if (!owner.sk && !owner.mini)
		return 0;
	twin_tcp_view(owner, wish, &view);
	stop = show(&view, arg);
	twin_tcp_walk_put(owner);
	return stop;
}

/**
 * twin_tcp_abort_flow() - end a connection or listener from outside
 * @tn: namespace
 * @laddr: local address
 * @lport: local port
 * @raddr: remote address, 0 for a listener
 * @rport: remote port, 0 for a listener
 * @ifindex: the device it is bound to, 0 for any
 * @cookie: which of the sockets there, as for sock_diag_check_cookie()
 *
 * RFC: 9293 section 3.9.1.6
 * Context: Process; takes the socket lock.
 * Return: 0, or -ENOENT if there is none.
 */
int twin_tcp_abort_flow(struct twin_net *tn, __be32 laddr, __be16 lport,
			__be32 raddr, __be16 rport, int ifindex,
			const u32 *cookie)
{
	struct twin_flow key = {
		.tn = tn,
		.laddr = laddr,
		.raddr = raddr,
		.lport = lport,
		.rport = rport,
		.ifindex = ifindex,
	};
	struct twin_tcp_owner owner = {};

	if (raddr || rport)
		owner = twin_tcp_walk_connection(&key);
	else
		owner.sk = twin_tcp_abort_listener(&key, cookie);
	/* another may have taken its place since it was looked at */
	if (owner.sk && sock_diag_check_cookie(owner.sk, cookie)) {
		sock_put(owner.sk);
		return -ENOENT;
	}
	if (owner.sk) {
		lock_sock(owner.sk);
		twin_tcp_abort(owner.sk, ECONNABORTED);
		release_sock(owner.sk);
	} else if (!owner.mini) {
		return -ENOENT;
	} else if (owner.mini->kind == TWIN_TCP_MINI_REQUEST) {
		twin_tcp_request_kill(twin_tcp_request(owner.mini));
	} else {
		twin_tcp_timewait_kill(twin_tcp_timewait(owner.mini));
	}
	twin_tcp_walk_put(owner);
	return 0;
}
