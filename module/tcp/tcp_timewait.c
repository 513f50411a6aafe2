// SPDX-License-Identifier: GPL-2.0
/*
 * TIME-WAIT (RFC 9293 3.6.1, RFC 1337, RFC 6191; statement S20): what remains of
 * a closed connection, a small object that holds neither module nor namespace.
 * An orphan in FIN-WAIT-2 is one too.
 */
#include "tcp_record.h"
#include "tcp_table.h"

/* How many a timer ends before it lets others run. */
#define TWIN_TCP_TIMEWAIT_BUDGET	512

static struct kmem_cache *twin_tcp_timewait_slab;

/**
 * twin_tcp_timewait_init() - make the slab
 *
 * Context: Module load.
 * Return: 0 or -ENOMEM.
 */
int twin_tcp_timewait_init(void)
{
	/* a busy server keeps tens of thousands; the slab adds a pointer */
	BUILD_BUG_ON(sizeof(struct twin_tcp_timewait) + sizeof(void *) > 128);
	twin_tcp_timewait_slab = KMEM_CACHE(twin_tcp_timewait,
					    SLAB_TYPESAFE_BY_RCU);
	return twin_tcp_timewait_slab ? 0 : -ENOMEM;
}

/**
 * twin_tcp_timewait_exit() - free the slab
 *
 * Context: Module unload; no object is left.
 */
void twin_tcp_timewait_exit(void)
{
	kmem_cache_destroy(twin_tcp_timewait_slab);
}

/**
 * twin_tcp_timewait_free() - the last reference is gone
 * @tw: object
 *
 * Context: Any.
 */
void twin_tcp_timewait_free(struct twin_tcp_timewait *tw)
{
	kmem_cache_free(twin_tcp_timewait_slab, tw);
}

static struct twin_tcp_timewait_shard *
twin_tcp_timewait_shard(const struct twin_flow *flow)
{
	return &flow->tn->tcp->shards[flow->hash % TWIN_TCP_TIMEWAIT_SHARDS];
}

/* Out of every table but its shard's list; drops that list's reference. */
static void twin_tcp_timewait_end(struct twin_tcp_timewait *tw)
{
	atomic_dec(&tw->mini.flow.tn->tcp->timewait_count);
	twin_tcp_table_remove_mini(&tw->mini);
	twin_tcp_bind_put_timewait(tw);
	twin_tcp_mini_put(&tw->mini);
}

/**
 * twin_tcp_timewait_kill() - end it before its time
 * @tw: object; the caller holds a reference of its own
 *
 * Context: Any; takes the shard's lock.
 */
void twin_tcp_timewait_kill(struct twin_tcp_timewait *tw)
{
	struct twin_tcp_timewait_shard *shard =
		twin_tcp_timewait_shard(&tw->mini.flow);
	bool mine;

	spin_lock_bh(&shard->lock);
	mine = !list_empty(&tw->list);
	list_del_init(&tw->list);
	spin_unlock_bh(&shard->lock);
	if (mine)
		twin_tcp_timewait_end(tw);
}

/*
 * Orphans in FIN-WAIT-2 live as long as TCP_LINGER2 or net.twin.tcp_fin_timeout says.
 * In one list lives differ by seconds, so that a new one's place is behind all but
 * some of those that have come within these seconds.
 */
static struct list_head *
twin_tcp_timewait_list(struct twin_tcp_timewait_shard *shard, u8 state,
		       unsigned long duration_jiffies)
{
	unsigned long class;

	if (state == TCP_TIME_WAIT)
		return &shard->timewait;
	class = DIV_ROUND_UP(duration_jiffies, TWIN_TCP_FINWAIT2_CLASS_JIFFIES);
	return &shard->finwait2[min(class, TWIN_TCP_FINWAIT2_CLASSES - 1)];
}

/* Nearly always at the end: the lives of those in one list are much the same. */
static void twin_tcp_timewait_sort(struct twin_tcp_timewait *tw,
				   struct list_head *list)
{
	struct twin_tcp_timewait *other;

	list_for_each_entry_reverse(other, list, list)
		if ((s32)(tw->deadline_jiffies - other->deadline_jiffies) >= 0)
			break;
	list_add(&tw->list, &other->list);
}

static void twin_tcp_timewait_schedule(struct twin_tcp_timewait *tw, u8 state,
				       unsigned long duration_jiffies)
{
	struct twin_tcp_timewait_shard *shard =
		twin_tcp_timewait_shard(&tw->mini.flow);

	lockdep_assert_held(&shard->lock);
	tw->mini.state = state;
	tw->deadline_jiffies = (u32)(jiffies + duration_jiffies);
	list_del_init(&tw->list);
	twin_tcp_timewait_sort(tw, twin_tcp_timewait_list(shard, state,
							  duration_jiffies));
	if (!timer_pending(&shard->timer) ||
	    time_before(jiffies + duration_jiffies, shard->timer.expires))
		mod_timer(&shard->timer, jiffies + duration_jiffies);
}

static void twin_tcp_timewait_start(struct twin_tcp_timewait *tw, u8 state,
				    unsigned long duration_jiffies)
{
	struct twin_tcp_timewait_shard *shard =
		twin_tcp_timewait_shard(&tw->mini.flow);

	spin_lock_bh(&shard->lock);
	twin_tcp_timewait_schedule(tw, state, duration_jiffies);
	spin_unlock_bh(&shard->lock);
}

/* Its time begins anew, unless another CPU has just ended it. */
static void twin_tcp_timewait_restart(struct twin_tcp_timewait *tw)
{
	struct twin_tcp_timewait_shard *shard =
		twin_tcp_timewait_shard(&tw->mini.flow);

	spin_lock_bh(&shard->lock);
	if (!list_empty(&tw->list)) {
		if (tw->mini.state != TCP_TIME_WAIT)
			trace_twin_tcp_state(tw, tw->mini.flow.laddr,
					     tw->mini.flow.lport,
					     tw->mini.flow.raddr,
					     tw->mini.flow.rport,
					     tw->mini.state, TCP_TIME_WAIT);
		twin_tcp_timewait_schedule(tw, TCP_TIME_WAIT,
					   TWIN_TCP_TIMEWAIT_JIFFIES);
	}
	spin_unlock_bh(&shard->lock);
}

/*
 * Moves what has expired to @dead, as long as there is @budget.  Return: jiffies to
 * the list's next, 1 if more has expired, 0 if there is none.
 */
static u32 twin_tcp_timewait_collect(struct list_head *list,
				     struct list_head *dead, u32 now,
				     unsigned int *budget)
{
	struct twin_tcp_timewait *tw;
	u32 left;

	while ((tw = list_first_entry_or_null(list, struct twin_tcp_timewait,
					      list))) {
		left = tw->deadline_jiffies - now;
		if ((s32)left > 0)
			return left;
		if (!*budget)
			return 1;
		--*budget;
		list_move_tail(&tw->list, dead);
	}
	return 0;
}

/* The same for all lists of a shard. */
static u32 twin_tcp_timewait_collect_all(struct twin_tcp_timewait_shard *shard,
					 struct list_head *dead)
{
	unsigned int budget = TWIN_TCP_TIMEWAIT_BUDGET;
	u32 now = (u32)jiffies;
	u32 next, left;
	int i;

	next = twin_tcp_timewait_collect(&shard->timewait, dead, now, &budget);
	for (i = 0; i < TWIN_TCP_FINWAIT2_CLASSES; i++) {
		left = twin_tcp_timewait_collect(&shard->finwait2[i], dead, now,
						 &budget);
		if (left && (!next || left < next))
			next = left;
	}
	return next;
}

static void twin_tcp_timewait_expire(struct timer_list *timer)
{
	struct twin_tcp_timewait_shard *shard =
		timer_container_of(shard, timer, timer);
	struct twin_tcp_timewait *tw;
	LIST_HEAD(dead);
	u32 next;

	spin_lock(&shard->lock);
	next = twin_tcp_timewait_collect_all(shard, &dead);
	if (next)
		mod_timer(&shard->timer, jiffies + next);
	while ((tw = list_first_entry_or_null(&dead, struct twin_tcp_timewait,
					      list))) {
		list_del_init(&tw->list);
		spin_unlock(&shard->lock);
		TWIN_COUNT(shard->tn, TCPEXT_TW);
		twin_tcp_timewait_end(tw);
		spin_lock(&shard->lock);
	}
	spin_unlock(&shard->lock);
}

/**
 * twin_tcp_timewait_net_init() - a namespace's shards
 * @tn: namespace
 *
 * Context: Process.
 */
void twin_tcp_timewait_net_init(struct twin_net *tn)
{
	int i, j;

	for (i = 0; i < TWIN_TCP_TIMEWAIT_SHARDS; i++) {
		struct twin_tcp_timewait_shard *shard = &tn->tcp->shards[i];

		spin_lock_init(&shard->lock);
		INIT_LIST_HEAD(&shard->timewait);
		for (j = 0; j < TWIN_TCP_FINWAIT2_CLASSES; j++)
			INIT_LIST_HEAD(&shard->finwait2[j]);
		timer_setup(&shard->timer, twin_tcp_timewait_expire, 0);
		shard->tn = tn;
	}
}

static void twin_tcp_timewait_kill_all(struct list_head *list)
{
	struct twin_tcp_timewait *tw, *next;

	list_for_each_entry_safe(tw, next, list, list)
		twin_tcp_timewait_kill(tw);
}

/**
 * twin_tcp_timewait_net_exit() - a namespace ends: so do its closed connections
 * @tn: namespace; no segment can come any more
 *
 * Context: Process.
 */
void twin_tcp_timewait_net_exit(struct twin_net *tn)
{
	int i, j;

	for (i = 0; i < TWIN_TCP_TIMEWAIT_SHARDS; i++) {
		struct twin_tcp_timewait_shard *shard = &tn->tcp->shards[i];

		timer_shutdown_sync(&shard->timer);
		twin_tcp_timewait_kill_all(&shard->timewait);
		for (j = 0; j < TWIN_TCP_FINWAIT2_CLASSES; j++)
			twin_tcp_timewait_kill_all(&shard->finwait2[j]);
	}
}

static struct twin_tcp_timewait *
twin_tcp_timewait_new(struct twin_tcp_sock *tp)
{
	struct twin_tcp_timewait *tw;

	tw = kmem_cache_alloc(twin_tcp_timewait_slab, GFP_ATOMIC);
	if (!tw)
		return NULL;
	tw->mini.flow = tp->ts.flow;
	tw->mini.kind = TWIN_TCP_MINI_TIMEWAIT;
	INIT_LIST_HEAD(&tw->list);
	tw->snd_nxt = tp->snd_nxt;
	tw->rcv_nxt = tp->rcv_nxt;
	tw->ts_recent = tp->ts_recent;
	tw->ts_recent_seconds = tp->ts_recent_seconds;
	tw->ts_offset = tp->ts_offset;
	tw->timestamps = tp->agreed.timestamps;
	tw->reuse = !!twin_tcp_to_sk(tp)->sk_reuse;
	tw->reuseport = twin_tcp_to_sk(tp)->sk_reuseport;
	tw->last_ms = 0;
	tw->rcv_wnd = twin_tcp_receive_window(tp) >> tp->agreed.rcv_wscale;
	tw->rcv_wscale = tp->agreed.rcv_wscale;
	tw->tos = tp->ts.tos;
	/* a reader that meets the recycled object compares its flow after it
	 * has a reference
	 */
	smp_wmb();
	/* the list's reference; the table takes its own */
	refcount_set(&tw->mini.refs, 1);
	return tw;
}

/**
 * twin_tcp_timewait_enter() - a connection leaves its memory and ends
 * @tp: connection
 * @state: TCP_TIME_WAIT, or TCP_FIN_WAIT2 for an orphan
 * @duration_jiffies: how long
 *
 * RFC: 9293 section 3.6.1; 1122 section 4.2.2.13
 * Context: Socket lock; an orphan must not be touched after the unlock.
 */
void twin_tcp_timewait_enter(struct twin_tcp_sock *tp, u8 state,
			     unsigned long duration_jiffies)
{
	struct twin_net *tn = twin_tcp_net(tp);
	struct twin_tcp_timewait *tw = NULL;

	if ((unsigned int)atomic_read(&tn->tcp->timewait_count) <
	    READ_ONCE(tn->conf.tcp_max_tw_buckets))
		tw = twin_tcp_timewait_new(tp);
	if (tw) {
		atomic_inc(&tn->tcp->timewait_count);
		twin_tcp_bind_to_timewait(tp, tw);
		tw->mini.state = state;
		twin_tcp_table_demote(tp, tw);
		twin_tcp_timewait_start(tw, state, duration_jiffies);
		if (state == TCP_TIME_WAIT)
			twin_tcp_note_state(tp, twin_tcp_to_sk(tp)->sk_state,
					    state);
	} else {
		TWIN_TCP_COUNT(tp, TCPEXT_TIME_WAIT_OVERFLOW);
	}
	twin_tcp_done(tp);
}

/**
 * twin_tcp_timewait_reusable() - may connect() take over these endpoints?
 * @tw: object
 * @bound: bind() has chosen the port: no other would do
 *
 * Only if timestamps keep the old connection's segments out.  As in AF_INET an
 * orphan in FIN-WAIT-2, too, gives way to a socket that is bound to its port: no
 * program waits for the rest of its peer's data.
 *
 * RFC: 6191 section 2
 * Context: Any.
 * Return: true if so.
 */
bool twin_tcp_timewait_reusable(const struct twin_tcp_timewait *tw, bool bound)
{
	int mode = READ_ONCE(tw->mini.flow.tn->conf.tcp_tw_reuse);

	if (bound)
		return tw->timestamps;
	/* 2: only where no segment can be late */
	if (mode == 2 && (ipv4_is_loopback(tw->mini.flow.laddr) ||
			  ipv4_is_loopback(tw->mini.flow.raddr)))
		mode = 1;
	return mode == 1 && tw->timestamps && tw->mini.state == TCP_TIME_WAIT &&
	       (u32)ktime_get_seconds() - tw->ts_recent_seconds > 1;
}

static void twin_tcp_timewait_ack(struct twin_tcp_timewait *tw)
{
	struct twin_tcp_bare bare = {
		.tn = tw->mini.flow.tn,
		.saddr = tw->mini.flow.laddr,
		.daddr = tw->mini.flow.raddr,
		.ifindex = tw->mini.flow.ifindex,
		.tos = tw->tos,
		.hdr = {
			.sport = tw->mini.flow.lport,
			.dport = tw->mini.flow.rport,
			.seq = tw->snd_nxt,
			.ack = tw->rcv_nxt,
			.flags = TWIN_TCP_ACK,
			.window = tw->rcv_wnd,
		},
	};

	if (!twin_tcp_ratelimit(bare.tn, &tw->last_ms)) {
		TWIN_COUNT(bare.tn, TCPEXT_ACK_SKIPPED_TIME_WAIT);
		return;
	}
	if (tw->timestamps) {
		bare.opt.present = TWIN_TCP_OPT_TIMESTAMPS;
		bare.opt.tsval = twin_tcp_ts_clock(twin_clock_us()) +
				 tw->ts_offset;
		bare.opt.tsecr = tw->ts_recent;
	}
	twin_tcp_bare_send(&bare);
}

/* RFC 7323 section 5.3, R1: it is older than what came last. */
static bool twin_tcp_timewait_old(const struct twin_tcp_timewait *tw,
				  const struct twin_tcp_segment *seg)
{
	return tw->timestamps && tw->ts_recent &&
	       seg->opt.present & TWIN_TCP_OPT_TIMESTAMPS &&
	       (s32)(seg->opt.tsval - tw->ts_recent) < 0;
}

/* The peer's FIN, which it has repeated: our ACK of it was lost. */
static bool twin_tcp_timewait_fin_again(const struct twin_tcp_timewait *tw,
					const struct twin_tcp_segment *seg)
{
	return seg->hdr.flags & TWIN_TCP_FIN && seg->end_seq == tw->rcv_nxt &&
	       !twin_tcp_timewait_old(tw, seg);
}

/* A SYN that is certainly new: RFC 9293 3.10.7.4, RFC 6191 section 2 */
static bool twin_tcp_timewait_new_syn(const struct twin_tcp_timewait *tw,
				      const struct twin_tcp_segment *seg)
{
	if ((seg->hdr.flags & (TWIN_TCP_SYN | TWIN_TCP_RST | TWIN_TCP_ACK)) !=
	    TWIN_TCP_SYN || tw->mini.state != TCP_TIME_WAIT ||
	    twin_tcp_timewait_old(tw, seg))
		return false;
	if (twin_tcp_after(seg->hdr.seq, tw->rcv_nxt))
		return true;
	return tw->timestamps && seg->opt.present & TWIN_TCP_OPT_TIMESTAMPS &&
	       (s32)(seg->opt.tsval - tw->ts_recent) > 0;
}

/*
 * FIN-WAIT-2 without a socket: new data is refused, a FIN ends it.  What is old or
 * out of the window, and a SYN, is answered, and proves nothing (RFC 5961).  True:
 * that FIN
 */
static bool twin_tcp_timewait_finwait2(struct twin_tcp_timewait *tw,
				       const struct sk_buff *skb,
				       const struct twin_tcp_segment *seg)
{
	if (twin_tcp_timewait_old(tw, seg) ||
	    !twin_tcp_acceptable(seg->hdr.seq, seg->end_seq, tw->rcv_nxt,
				 (u32)tw->rcv_wnd << tw->rcv_wscale) ||
	    seg->hdr.flags & TWIN_TCP_SYN) {
		twin_tcp_timewait_ack(tw);
		return false;
	}
	if (!(seg->hdr.flags & TWIN_TCP_ACK) ||
	    !twin_tcp_after(seg->end_seq, tw->rcv_nxt))
		return false;
	if (!(seg->hdr.flags & TWIN_TCP_FIN) ||
	    seg->end_seq != tw->rcv_nxt + 1) {
		twin_tcp_reset_reply(tw->mini.flow.tn, skb, seg,
				     tw->mini.flow.ifindex);
		twin_tcp_timewait_kill(tw);
		return false;
	}
	tw->rcv_nxt = seg->end_seq;
	/* RFC 7323 4.3; for PAWS and reuse it may be minutes old otherwise */
	if (tw->timestamps && seg->opt.present & TWIN_TCP_OPT_TIMESTAMPS) {
		tw->ts_recent = seg->opt.tsval;
		tw->ts_recent_seconds = (u32)ktime_get_seconds();
	}
	twin_tcp_timewait_restart(tw);
	/* whatever was answered before, and the peer's next FIN is not one too many */
	tw->last_ms = 0;
	twin_tcp_timewait_ack(tw);
	tw->last_ms = 0;
	return true;
}

/**
 * twin_tcp_timewait_stay() - a new SYN came, but nobody listens
 * @tw: object, with the caller's reference
 * @skb: the SYN; consumed
 *
 * RFC: 9293 section 3.10.7.4, first check
 * Context: Softirq, RCU read lock held.
 */
void twin_tcp_timewait_stay(struct twin_tcp_timewait *tw, struct sk_buff *skb)
{
	twin_tcp_timewait_ack(tw);
	twin_drop(tw->mini.flow.tn, skb, TWIN_DROP_TCP_TIME_WAIT);
}

/**
 * twin_tcp_timewait_iss() - where the next connection with the same ends begins
 * @tw: object of the last one
 *
 * RFC: 9293 section 3.6.1, MAY-2 (1); 6191 section 2
 * Context: Any.
 * Return: a number that what may be left of the last one does not reach; not 0.
 */
u32 twin_tcp_timewait_iss(const struct twin_tcp_timewait *tw)
{
	return (tw->snd_nxt + 65535 + 2) ?: 1;
}

/**
 * twin_tcp_timewait_input() - a segment for a closed connection
 * @tw: object, with the caller's reference
 * @skb: segment; consumed if true is returned
 * @seg: the same, parsed
 *
 * RFC: 9293 section 3.10.7.4 (TIME-WAIT); 1337 section 3; 6191 section 2
 * Context: Softirq, RCU read lock held.
 * Return: false if it is a SYN that a listener may accept: @tw goes then.
 */
bool twin_tcp_timewait_input(struct twin_tcp_timewait *tw, struct sk_buff *skb,
			     struct twin_tcp_segment *seg)
{
	struct twin_net *tn = tw->mini.flow.tn;

	if (twin_tcp_timewait_new_syn(tw, seg))
		return false;
	if (seg->hdr.flags & TWIN_TCP_RST) {
		/* RFC 1337: a reset must not cut TIME-WAIT short */
		if (seg->hdr.seq == tw->rcv_nxt &&
		    (tw->mini.state != TCP_TIME_WAIT ||
		     !READ_ONCE(tn->conf.tcp_rfc1337)))
			twin_tcp_timewait_kill(tw);
	} else if (tw->mini.state == TCP_FIN_WAIT2) {
		if (twin_tcp_timewait_finwait2(tw, skb, seg)) {
			consume_skb(skb);
			return true;
		}
	} else if (seg->end_seq != seg->hdr.seq ||
		   seg->hdr.seq != tw->rcv_nxt) {
		if (twin_tcp_timewait_fin_again(tw, seg))
			twin_tcp_timewait_restart(tw);
		twin_tcp_timewait_ack(tw);
	}
	twin_drop(tn, skb, TWIN_DROP_TCP_TIME_WAIT);
	return true;
}
