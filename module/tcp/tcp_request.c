// SPDX-License-Identifier: GPL-2.0
/*
 * SYN-RECEIVED (RFC 9293 3.10.7.4; statement S4, S7): a connection that a peer
 * has begun and not finished, a small object instead of a socket, so that a
 * flood of SYNs costs little.
 *
 * Its references: the table's, dropped by whoever takes it out of the table;
 * the timer's, dropped by whoever stops the timer or by its last run; and one
 * for each reader.  It holds its listener until it is freed.
 */
#include "../inspect/mib.h"
#include "tcp_fastopen.h"
#include "tcp_record.h"

#define TWIN_TCP_REQUEST_TIMEOUT	HZ		/* RFC 6298 2.1 */
#define TWIN_TCP_REQUEST_TIMEOUT_MAX	(120 * HZ)
#define TWIN_TCP_REQUEST_BACKOFF_MAX	7		/* 2^7 s > 120 s */
#define TWIN_TCP_REQUEST_WALK_BUCKETS	1024		/* without a pause */

static struct kmem_cache *twin_tcp_request_slab;

/**
 * twin_tcp_request_init() - make the slab
 *
 * Context: Module load.
 * Return: 0 or -ENOMEM.
 */
int twin_tcp_request_init(void)
{
	/* a flood of SYNs makes many; checking kernels have larger timers */
	BUILD_BUG_ON(!IS_ENABLED(CONFIG_LOCKDEP) &&
		     sizeof(struct twin_tcp_request) + sizeof(void *) > 160);
	twin_tcp_request_slab = KMEM_CACHE(twin_tcp_request,
					   SLAB_TYPESAFE_BY_RCU);
	return twin_tcp_request_slab ? 0 : -ENOMEM;
}

/**
 * twin_tcp_request_exit() - free the slab
 *
 * Context: Module unload; no object is left, each holds a listener.
 */
void twin_tcp_request_exit(void)
{
	kmem_cache_destroy(twin_tcp_request_slab);
}

/**
 * twin_tcp_request_free() - the last reference is gone
 * @rq: request
 *
 * Context: Any.
 */
void twin_tcp_request_free(struct twin_tcp_request *rq)
{
	sock_put(rq->listener);
	twin_tcp_request_forget(rq);
	kmem_cache_free(twin_tcp_request_slab, rq);
}

static unsigned long twin_tcp_request_timeout(const struct twin_tcp_request *rq)
{
	return min_t(unsigned long, TWIN_TCP_REQUEST_TIMEOUT <<
		     min_t(u8, rq->timeouts, TWIN_TCP_REQUEST_BACKOFF_MAX),
		     TWIN_TCP_REQUEST_TIMEOUT_MAX);
}

static struct twin_tcp_listen *
twin_tcp_request_listen(const struct twin_tcp_request *rq)
{
	return twin_tcp(rq->listener)->listen;
}

/* Counted in its listener while it is in the table. */
static void twin_tcp_request_count(const struct twin_tcp_request *rq,
				   int requests)
{
	atomic_add(requests, &twin_tcp_request_listen(rq)->request_count);
}

static unsigned int twin_tcp_request_retries(const struct twin_tcp_request *rq)
{
	const struct twin_tcp_sock *lp = twin_tcp(rq->listener);
	unsigned int retries = READ_ONCE(lp->syn_retries);

	return retries ? retries :
	       READ_ONCE(twin_tcp_net(lp)->conf.tcp_synack_retries);
}

static u8 twin_tcp_request_defer(const struct twin_tcp_request *rq)
{
	return READ_ONCE(twin_tcp_request_listen(rq)->defer_accept);
}

/* No answer to the SYN+ACK in time.  True: it is worth waiting on. */
static bool twin_tcp_request_expired(struct twin_tcp_request *rq)
{
	unsigned int most = twin_tcp_request_retries(rq);
	u8 defer = twin_tcp_request_defer(rq);

	/* the peer has acknowledged and only data is waited for: the last
	 * SYN+ACK makes it acknowledge once more, and that is then accepted
	 */
	if (rq->acked)
		most = max_t(unsigned int, most, defer);
	/* pairs with the release in twin_tcp_set_state() */
	if (smp_load_acquire(&rq->listener->sk_state) != TCP_LISTEN ||
	    rq->timeouts >= most)
		return false;
	rq->timeouts++;
	if (!rq->acked || rq->timeouts >= defer) {
		rq->retransmits++;
		TWIN_COUNT(rq->mini.flow.tn, TCP_RETRANS_SEGS);
		twin_tcp_request_synack(rq, twin_tcp_request_tsval(rq));
	}
	return true;
}

static void twin_tcp_request_fire(struct timer_list *timer)
{
	struct twin_tcp_request *rq = timer_container_of(rq, timer, timer);
	bool alive = !hlist_nulls_unhashed(&rq->mini.node);

	rcu_read_lock();
	if (alive && !twin_tcp_request_expired(rq)) {
		TWIN_COUNT(rq->mini.flow.tn, TCP_ATTEMPT_FAILS);
		twin_tcp_request_kill(rq);
		alive = false;
	}
	rcu_read_unlock();
	if (alive) {
		refcount_inc(&rq->mini.refs);	/* the timer's next one */
		mod_timer(&rq->timer, jiffies + twin_tcp_request_timeout(rq));
		/* killed meanwhile: whoever did it missed the timer */
		if (hlist_nulls_unhashed(&rq->mini.node) &&
		    timer_delete(&rq->timer))
			twin_tcp_mini_put(&rq->mini);
	}
	twin_tcp_mini_put(&rq->mini);
}

/**
 * twin_tcp_request_new() - an object for a connection in SYN-RECEIVED
 * @listener: socket that was asked; found under RCU
 * @flow: both ends, hash included
 *
 * Context: Softirq, RCU read lock.
 * Return: the request with the caller's reference, or NULL: no memory, or the
 * listener is being freed.
 */
struct twin_tcp_request *twin_tcp_request_new(struct sock *listener,
					      const struct twin_flow *flow)
{
	struct twin_tcp_request *rq;

	if (!refcount_inc_not_zero(&listener->sk_refcnt))
		return NULL;
	rq = kmem_cache_alloc(twin_tcp_request_slab,
			      GFP_ATOMIC | __GFP_NOWARN);
	if (!rq) {
		sock_put(listener);
		return NULL;
	}
	rq->mini.flow = *flow;
	rq->mini.kind = TWIN_TCP_MINI_REQUEST;
	rq->mini.state = TCP_SYN_RECV;
	rq->mini.node.pprev = NULL;
	rq->listener = listener;
	timer_setup(&rq->timer, twin_tcp_request_fire, 0);
	rq->last_ms = 0;
	rq->snt_us = 0;
	rq->retransmits = 0;
	rq->timeouts = 0;
	rq->acked = 0;
	rq->ecn_ok = 0;
	rq->fastopen_cookie = 0;
	rq->extra = NULL;
	/* a reader that meets the recycled object compares its flow after it
	 * has a reference
	 */
	smp_wmb();
	refcount_set(&rq->mini.refs, 1);
	return rq;
}

/**
 * twin_tcp_request_start() - a request enters the table; its time runs
 * @rq: complete request
 *
 * Context: Softirq; takes the bucket lock.
 * Return: false if its endpoints are taken: the same SYN on another CPU.
 */
bool twin_tcp_request_start(struct twin_tcp_request *rq)
{
	/* first: who finds it in the table may end it at once */
	twin_tcp_request_count(rq, 1);
	if (!twin_tcp_table_add_request(rq)) {
		twin_tcp_request_count(rq, -1);
		return false;
	}
	refcount_inc(&rq->mini.refs);
	rq->snt_us = (u32)twin_clock_us();
	mod_timer(&rq->timer, jiffies + TWIN_TCP_REQUEST_TIMEOUT);
	return true;
}

/**
 * twin_tcp_request_done() - a request has left the table
 * @rq: request; the caller has a reference and took it out
 *
 * Context: Any.
 */
void twin_tcp_request_done(struct twin_tcp_request *rq)
{
	twin_tcp_request_count(rq, -1);
	if (timer_delete(&rq->timer))
		twin_tcp_mini_put(&rq->mini);
}

/**
 * twin_tcp_request_kill() - forget a request
 * @rq: request; the caller has a reference
 *
 * Context: Any; takes the bucket lock.
 * Return: false if it was forgotten before, or is a connection now.
 */
bool twin_tcp_request_kill(struct twin_tcp_request *rq)
{
	if (!twin_tcp_table_remove_mini(&rq->mini))
		return false;
	twin_tcp_request_done(rq);
	return true;
}

/* One request of a listener in a bucket, with a reference. */
static struct twin_tcp_request *
twin_tcp_request_of(const struct sock *listener, u32 bucket)
{
	struct hlist_nulls_node *node;
	struct twin_tcp_mini *mini;

	hlist_nulls_for_each_entry(mini, node, twin_tcp_table_minis(bucket),
				   node) {
		if (mini->kind == TWIN_TCP_MINI_REQUEST &&
		    twin_tcp_request(mini)->listener == listener &&
		    refcount_inc_not_zero(&mini->refs))
			return twin_tcp_request(mini);
	}
	return NULL;
}

/**
 * twin_tcp_request_kill_all() - forget every request of a listener
 * @listener: socket that stops listening
 *
 * Walks the whole table: a listener is not closed often with requests under
 * way, and a list of them would cost a lock for each SYN.
 *
 * Context: Process, may sleep; takes the bucket locks.
 */
void twin_tcp_request_kill_all(const struct sock *listener)
{
	struct twin_tcp_request *rq;
	u32 bucket = 0;

	while (bucket < twin_tcp_table_buckets()) {
		if (hlist_nulls_empty(twin_tcp_table_minis(bucket))) {
			if (!(++bucket % TWIN_TCP_REQUEST_WALK_BUCKETS))
				cond_resched();
			continue;
		}
		spin_lock_bh(twin_tcp_table_lock(bucket));
		rq = twin_tcp_request_of(listener, bucket);
		spin_unlock_bh(twin_tcp_table_lock(bucket));
		if (!rq) {
			bucket++;
			continue;
		}
		twin_tcp_request_kill(rq);
		twin_tcp_mini_put(&rq->mini);
	}
}

static void twin_tcp_request_bare(const struct twin_tcp_request *rq,
				  struct twin_tcp_bare *bare, u8 flags,
				  u32 tsval)
{
	const struct twin_tcp_sock *lp = twin_tcp(rq->listener);

	memset(bare, 0, sizeof(*bare));
	bare->tn = rq->mini.flow.tn;
	bare->saddr = rq->mini.flow.laddr;
	bare->daddr = rq->mini.flow.raddr;
	bare->ifindex = rq->mini.flow.ifindex;
	bare->tos = rq->tos;
	bare->ttl = lp->ts.ttl;
	bare->mark = READ_ONCE(rq->listener->sk_mark);
	bare->options = twin_tcp_request_options(rq);
	bare->hdr.sport = rq->mini.flow.lport;
	bare->hdr.dport = rq->mini.flow.rport;
	bare->hdr.seq = flags & TWIN_TCP_SYN ? rq->iss : rq->iss + 1;
	bare->hdr.ack = rq->irs + 1;
	bare->hdr.flags = flags;
	bare->hdr.window = rq->rcv_wnd;
	if (!rq->agreed.timestamps)
		return;
	bare->opt.present = TWIN_TCP_OPT_TIMESTAMPS;
	bare->opt.tsval = tsval;
	bare->opt.tsecr = rq->ts_recent;
}

/**
 * twin_tcp_request_synack() - answer the SYN
 * @rq: request
 * @tsval: our timestamp, if they were agreed: twin_tcp_request_tsval(), or what a
 *	cookie makes of it
 *
 * RFC: 9293 section 3.10.7.2, third; 7323 section 2.2, 3.2; 2018 section 2
 * Context: Softirq, RCU read lock held.
 */
void twin_tcp_request_synack(struct twin_tcp_request *rq, u32 tsval)
{
	struct twin_tcp_bare bare;

	twin_tcp_request_bare(rq, &bare, TWIN_TCP_SYN | TWIN_TCP_ACK, tsval);
	if (rq->ecn_ok)
		bare.hdr.flags |= TWIN_TCP_ECE;
	bare.opt.present |= TWIN_TCP_OPT_MSS;
	bare.opt.mss = rq->advmss;
	if (rq->agreed.wscale_ok) {
		bare.opt.present |= TWIN_TCP_OPT_WSCALE;
		bare.opt.wscale = rq->agreed.rcv_wscale;
	}
	if (rq->agreed.sack)
		bare.opt.present |= TWIN_TCP_OPT_SACK_PERMITTED;
	if (unlikely(rq->fastopen_cookie))
		twin_tcp_fastopen_cookie(rq->listener, &rq->mini.flow,
					 &bare.opt);
	twin_tcp_bare_send(&bare);
}

/* An ACK that tells a confused peer where we are, not too often. */
static void twin_tcp_request_ack(struct twin_tcp_request *rq)
{
	struct twin_tcp_bare bare;

	if (!twin_tcp_ratelimit(rq->mini.flow.tn, &rq->last_ms)) {
		TWIN_COUNT(rq->mini.flow.tn, TCPEXT_ACK_SKIPPED_SYN_RECV);
		return;
	}
	twin_tcp_request_bare(rq, &bare, TWIN_TCP_ACK,
			      twin_tcp_request_tsval(rq));
	bare.hdr.window = rq->rcv_wnd >> rq->agreed.rcv_wscale;
	twin_tcp_bare_send(&bare);
}

/* The peer did not get our answer: its SYN comes again. */
static bool twin_tcp_request_is_repeated(const struct twin_tcp_request *rq,
					 const struct twin_tcp_segment *seg)
{
	return (seg->hdr.flags & (TWIN_TCP_SYN | TWIN_TCP_ACK | TWIN_TCP_RST)) ==
	       TWIN_TCP_SYN && seg->hdr.seq == rq->irs;
}

static void twin_tcp_request_repeated(struct twin_tcp_request *rq)
{
	struct twin_net *tn = rq->mini.flow.tn;

	if (!twin_tcp_ratelimit(tn, &rq->last_ms)) {
		TWIN_COUNT(tn, TCPEXT_ACK_SKIPPED_SYN_RECV);
		return;
	}
	TWIN_COUNT(tn, TCP_RETRANS_SEGS);
	rq->retransmits++;
	twin_tcp_request_synack(rq, twin_tcp_request_tsval(rq));
}

/* RFC 7323 5.3 R1; of a reset 5.2: "it MUST NOT be subjected to the PAWS check" */
static bool twin_tcp_request_paws_fails(const struct twin_tcp_request *rq,
					const struct twin_tcp_segment *seg)
{
	return rq->agreed.timestamps && rq->ts_recent &&
	       !(seg->hdr.flags & TWIN_TCP_RST) &&
	       seg->opt.present & TWIN_TCP_OPT_TIMESTAMPS &&
	       (s32)(seg->opt.tsval - rq->ts_recent) < 0;
}

/*
 * First to fifth check of 3.10.7.4.  Return: TWIN_DROP_NONE if the segment
 * makes the connection, else why it does not.
 */
static enum twin_drop_reason
twin_tcp_request_check(struct twin_tcp_request *rq, struct sk_buff *skb,
		       const struct twin_tcp_segment *seg)
{
	u8 flags = seg->hdr.flags;

	if (twin_tcp_request_paws_fails(rq, seg) ||
	    !twin_tcp_acceptable(seg->hdr.seq, seg->end_seq, rq->irs + 1,
				 rq->rcv_wnd)) {
		if (!(flags & TWIN_TCP_RST))
			twin_tcp_request_ack(rq);
		return TWIN_DROP_TCP_WINDOW;
	}
	if (flags & TWIN_TCP_RST) {
		/* RFC 5961 3.2 */
		if (seg->hdr.seq != rq->irs + 1) {
			twin_tcp_request_ack(rq);
			return TWIN_DROP_TCP_RESET_INVALID;
		}
		return TWIN_DROP_TCP_RESET;
	}
	if (flags & TWIN_TCP_SYN) {
		/* RFC 5961 4.2 rather than "return to LISTEN", which would let
		 * anybody end the handshake
		 */
		twin_tcp_request_ack(rq);
		return TWIN_DROP_TCP_SYN_INVALID;
	}
	if (!(flags & TWIN_TCP_ACK))
		return TWIN_DROP_TCP_NO_ACK;
	if (seg->hdr.ack != rq->iss + 1) {
		twin_tcp_reset_reply(rq->mini.flow.tn, skb, seg,
				     rq->mini.flow.ifindex);
		return TWIN_DROP_TCP_ACK_FUTURE;
	}
	return TWIN_DROP_NONE;
}

/* Second: RST.  Return: false if it is a connection now, whose RST this is. */
static bool twin_tcp_request_reset(struct twin_tcp_request *rq)
{
	if (!twin_tcp_request_kill(rq))
		return false;
	TWIN_COUNT(rq->mini.flow.tn, TCPEXT_EMBRYONIC_RSTS);
	TWIN_COUNT(rq->mini.flow.tn, TCP_ATTEMPT_FAILS);
	return true;
}

/* TCP_DEFER_ACCEPT: an ACK without data does not make a connection yet. */
static bool twin_tcp_request_deferred(struct twin_tcp_request *rq,
				      const struct twin_tcp_segment *seg)
{
	if (rq->timeouts >= twin_tcp_request_defer(rq) ||
	    seg->end_seq != rq->irs + 1)
		return false;
	rq->acked = 1;
	rq->snt_us = 0;		/* the data is no answer to the SYN+ACK */
	TWIN_COUNT(rq->mini.flow.tn, TCPEXT_DEFER_ACCEPT_DROP);
	return true;
}

/**
 * twin_tcp_request_input() - SEGMENT ARRIVES in SYN-RECEIVED
 * @rq: request, with the caller's reference
 * @skb: skb->data at the TCP header; consumed unless it is for somebody else
 * @seg: the same, parsed
 *
 * RFC: 9293 section 3.10.7.4
 * Context: Softirq, RCU read lock held.
 * Return: false if another CPU has made something else of @rq meanwhile: the
 * segment's owner is to be looked for again.
 */
bool twin_tcp_request_input(struct twin_tcp_request *rq, struct sk_buff *skb,
			    struct twin_tcp_segment *seg)
{
	struct twin_tcp_sock *lp = twin_tcp(rq->listener);
	enum twin_drop_reason reason;

	if (twin_tcp_request_is_repeated(rq, seg)) {
		twin_tcp_request_repeated(rq);
		twin_tcp_drop(lp, skb, TWIN_DROP_TCP_DUPLICATE);
		return true;
	}
	reason = twin_tcp_request_check(rq, skb, seg);
	if (reason == TWIN_DROP_TCP_RESET && !twin_tcp_request_reset(rq))
		return false;
	if (reason == TWIN_DROP_NONE) {
		if (!twin_tcp_request_deferred(rq, seg))
			return twin_tcp_child_input(rq, skb, seg);
		reason = TWIN_DROP_TCP_STATE;
	}
	twin_tcp_drop(lp, skb, reason);
	return true;
}
