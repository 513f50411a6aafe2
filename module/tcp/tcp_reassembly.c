// SPDX-License-Identifier: GPL-2.0
/*
 * Data in: into the receive queue in order, into a tree until then, and the
 * SACK blocks that tell the peer (RFC 9293 3.10.7.4 seventh, RFC 2018, RFC
 * 2883; statement S13).
 *
 * Both queues are charged to the socket's receive buffer: that bounds them.
 */
#include "tcp.h"
#include "tcp_record.h"

/* Smaller segments say nothing about how well the buffer is used. */
#define TWIN_TCP_GROW_MIN_BYTES	128

/**
 * twin_tcp_dsack_set() - remember to report data that came twice
 * @tp: connection
 * @start: its first sequence number
 * @end: one behind its last
 *
 * There is one report in an ACK: of several pieces the first is told.
 *
 * RFC: 2883 section 4, 4.2.3
 * Context: Socket lock.
 */
void twin_tcp_dsack_set(struct twin_tcp_sock *tp, u32 start, u32 end)
{
	if (!tp->agreed.sack || !READ_ONCE(twin_tcp_net(tp)->conf.tcp_dsack))
		return;
	if (twin_tcp_before(start, tp->rcv_nxt))
		TWIN_TCP_COUNT(tp, TCPEXT_DSACK_OLD_SENT);
	else
		TWIN_TCP_COUNT(tp, TCPEXT_DSACK_OFO_SENT);
	if (!tp->dsack_count) {
		tp->dsack.start = start;
		tp->dsack.end = end;
		tp->dsack_count = 1;
	} else if (!twin_tcp_after(start, tp->dsack.end) &&
		   !twin_tcp_before(end, tp->dsack.start)) {
		if (twin_tcp_before(start, tp->dsack.start))
			tp->dsack.start = start;
		if (twin_tcp_after(end, tp->dsack.end))
			tp->dsack.end = end;
	}
}

static void twin_tcp_sacks_delete(struct twin_tcp_sock *tp, unsigned int i)
{
	tp->sack_count--;
	memmove(&tp->gaps->sacks[i], &tp->gaps->sacks[i + 1],
		(tp->sack_count - i) * sizeof(tp->gaps->sacks[0]));
}

/* The block that just changed comes first (RFC 2018 section 4). */
static void twin_tcp_sacks_add(struct twin_tcp_sock *tp, u32 start, u32 end)
{
	unsigned int i = 0;

	while (i < tp->sack_count) {
		const struct twin_wire_sack *sack = &tp->gaps->sacks[i];

		if (twin_tcp_after(start, sack->end) ||
		    twin_tcp_before(end, sack->start)) {
			i++;
			continue;
		}
		if (twin_tcp_before(sack->start, start))
			start = sack->start;
		if (twin_tcp_after(sack->end, end))
			end = sack->end;
		twin_tcp_sacks_delete(tp, i);
	}
	if (tp->sack_count == TWIN_WIRE_TCP_SACK_MAX)
		tp->sack_count--;
	memmove(&tp->gaps->sacks[1], &tp->gaps->sacks[0],
		tp->sack_count * sizeof(tp->gaps->sacks[0]));
	tp->gaps->sacks[0].start = start;
	tp->gaps->sacks[0].end = end;
	tp->sack_count++;
}

/*
 * An ACK that waits (tcp_gather.c) will tell of as many blocks as fit beside a D-SACK.
 * Before what comes now pushes one out of these, the ACK goes: else the sender might
 * never learn of that block, and would send again what is here.  Some have been told
 * before; that is not remembered.
 */
static void twin_tcp_sacks_make_way(struct twin_tcp_sock *tp, u32 start, u32 end)
{
	u8 now = tp->ack_pending & TWIN_TCP_ACK_NOW;
	unsigned int i = 0;

	while (i < tp->sack_count &&
	       (twin_tcp_after(start, tp->gaps->sacks[i].end) ||
		twin_tcp_before(end, tp->gaps->sacks[i].start)))
		i++;
	if (i < twin_tcp_sack_room(tp) - 1)
		return;
	twin_tcp_gather_run(tp);
	tp->ack_pending |= now;		/* as ECN has it for what comes now */
}

/* What is acknowledged cumulatively needs no block any more. */
static void twin_tcp_sacks_trim(struct twin_tcp_sock *tp)
{
	unsigned int i = 0;

	while (i < tp->sack_count) {
		if (twin_tcp_before(tp->rcv_nxt, tp->gaps->sacks[i].start))
			i++;
		else
			twin_tcp_sacks_delete(tp, i);
	}
}

static bool twin_tcp_coalesce(struct twin_tcp_sock *tp, struct sk_buff *to,
			      struct sk_buff *from)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	bool stolen;
	int delta;

	if (twin_tcp_cb(from)->seq != twin_tcp_cb(to)->end_seq ||
	    twin_tcp_cb(to)->flags & TWIN_TCP_FIN || skb_cmp_decrypted(from, to))
		return false;
	if (!skb_try_coalesce(to, from, &stolen, &delta))
		return false;
	atomic_add(delta, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, delta);
	TWIN_TCP_COUNT(tp, TCPEXT_RCV_COALESCE);
	twin_tcp_cb(to)->end_seq = twin_tcp_cb(from)->end_seq;
	twin_tcp_cb(to)->flags |= twin_tcp_cb(from)->flags;
	if (unlikely(from->tstamp))
		twin_tcp_stamp_inherit(to, from);
	kfree_skb_partial(from, stolen);
	return true;
}

static void twin_tcp_received(struct twin_tcp_sock *tp, u32 end_seq)
{
	u32 delta = end_seq - tp->rcv_nxt;

	tp->bytes_received += delta;
	WRITE_ONCE(tp->rcv_nxt, end_seq);
}

/* To the end of the receive queue; consumes @skb. */
static void twin_tcp_queue_in_order(struct twin_tcp_sock *tp,
				    struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);
	u32 end_seq = twin_tcp_cb(skb)->end_seq;

	if (tail && twin_tcp_coalesce(tp, tail, skb)) {
		twin_tcp_received(tp, end_seq);
		return;
	}
	skb_set_owner_r(skb, sk);
	__skb_queue_tail(&sk->sk_receive_queue, skb);
	twin_tcp_received(tp, end_seq);
}

static struct sk_buff *twin_tcp_ofo_first(const struct twin_tcp_sock *tp)
{
	return tp->gaps ? skb_rb_first(&tp->gaps->queue) : NULL;
}

static struct sk_buff *twin_tcp_ofo_last(const struct twin_tcp_sock *tp)
{
	return tp->gaps ? tp->gaps->last : NULL;
}

/* Nothing is missing any more, or what came behind it was given up. */
static void twin_tcp_gaps_end(struct twin_tcp_sock *tp)
{
	tp->sack_count = 0;
	if (tp->gaps)
		twin_tcp_gaps_free(tp);
}

static bool twin_tcp_gaps_begin(struct twin_tcp_sock *tp)
{
	if (!tp->gaps)
		tp->gaps = twin_tcp_gaps_new(tp);
	return tp->gaps;
}

static void twin_tcp_ofo_unlink(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	if (tp->gaps->last == skb)
		tp->gaps->last = skb_rb_prev(skb);
	rb_erase(&skb->rbnode, &tp->gaps->queue);
	RB_CLEAR_NODE(&skb->rbnode);
	/* rbnode shares memory with these, which the core looks at */
	skb->next = NULL;
	skb->prev = NULL;
	skb->dev = NULL;
}

/**
 * twin_tcp_ofo_purge() - drop everything that is out of order
 * @tp: connection
 *
 * Context: Socket lock.
 */
void twin_tcp_ofo_purge(struct twin_tcp_sock *tp)
{
	struct sk_buff *skb;

	while ((skb = twin_tcp_ofo_first(tp))) {
		twin_tcp_ofo_unlink(tp, skb);
		kfree_skb(skb);
	}
	twin_tcp_gaps_end(tp);
}

/* The gap is closed: move what follows to the receive queue. */
static void twin_tcp_ofo_drain(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct sk_buff *skb, *tail;
	bool fin;

	while ((skb = twin_tcp_ofo_first(tp))) {
		struct twin_tcp_cb *cb = twin_tcp_cb(skb);

		if (twin_tcp_after(cb->seq, tp->rcv_nxt))
			break;
		if (twin_tcp_before(cb->seq, tp->rcv_nxt))
			twin_tcp_dsack_set(tp, cb->seq,
					   twin_tcp_before(cb->end_seq, tp->rcv_nxt) ?
					   cb->end_seq : tp->rcv_nxt);
		twin_tcp_ofo_unlink(tp, skb);
		if (!twin_tcp_after(cb->end_seq, tp->rcv_nxt)) {
			twin_tcp_drop(tp, skb, TWIN_DROP_TCP_DUPLICATE);
			continue;
		}
		fin = cb->flags & TWIN_TCP_FIN;
		twin_tcp_received(tp, cb->end_seq);
		tail = skb_peek_tail(&sk->sk_receive_queue);
		/* already charged: coalescing charges the difference only */
		if (!tail || !twin_tcp_coalesce(tp, tail, skb))
			__skb_queue_tail(&sk->sk_receive_queue, skb);
		if (fin) {
			twin_tcp_fin_received(tp);
			break;
		}
	}
	if (!twin_tcp_ofo_last(tp))
		twin_tcp_gaps_end(tp);
}

/* Gives up what is farthest from being in order until the buffer holds. */
static bool twin_tcp_ofo_prune(struct twin_tcp_sock *tp,
			       const struct sk_buff *incoming)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	bool pruned = false;
	struct sk_buff *skb;

	while ((skb = twin_tcp_ofo_last(tp))) {
		if (incoming && twin_tcp_after(twin_tcp_cb(incoming)->seq,
					       twin_tcp_cb(skb)->seq))
			break;
		twin_tcp_ofo_unlink(tp, skb);
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_OFO_FULL);
		pruned = true;
		if (atomic_read(&sk->sk_rmem_alloc) <= sk->sk_rcvbuf &&
		    !sk_under_memory_pressure(sk))
			break;
	}
	if (pruned) {
		TWIN_TCP_COUNT(tp, TCPEXT_OFO_PRUNED);
		/* the promise of RFC 2018 8 is broken: start over */
		tp->sack_count = 0;
		if (!twin_tcp_ofo_last(tp))
			twin_tcp_gaps_end(tp);
	}
	return pruned;
}

/**
 * twin_tcp_room_for() - is there memory for what has come?
 * @tp: connection
 * @skb: data
 *
 * Context: Socket lock.
 * Return: true if there is; some is set aside for the socket.
 */
bool twin_tcp_room_for(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	bool begun, room;

	if (atomic_read(&sk->sk_rmem_alloc) > sk->sk_rcvbuf)
		return false;
	/* a memory cgroup that is charged with bottom halves on may sleep, and the
	 * backlog is received in an RCU read section
	 */
	begun = twin_link_bh_begin();
	room = sk_rmem_schedule(sk, skb, skb->truesize);
	twin_link_bh_end(begun);
	return room;
}

static noinline bool twin_tcp_make_room_by_force(struct twin_tcp_sock *tp,
						 struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	TWIN_TCP_COUNT(tp, TCPEXT_PRUNE_CALLED);
	if (atomic_read(&sk->sk_rmem_alloc) >= sk->sk_rcvbuf)
		twin_tcp_window_clamp(tp);
	twin_tcp_collapse(tp);
	if (twin_tcp_room_for(tp, skb))
		return true;
	if (twin_tcp_ofo_prune(tp, skb) && twin_tcp_room_for(tp, skb))
		return true;
	TWIN_TCP_COUNT(tp, TCPEXT_RCV_PRUNED);
	return false;
}

/* Finds memory for @skb, by force if need be.  False: drop it. */
static inline bool twin_tcp_make_room(struct twin_tcp_sock *tp,
				      struct sk_buff *skb)
{
	return likely(twin_tcp_room_for(tp, skb)) ||
	       twin_tcp_make_room_by_force(tp, skb);
}

/* The timing of data decides how long ACKs may wait. */
static void twin_tcp_data_event(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	u32 now = twin_tcp_jiffies(), gap = now - tp->last_rcv_jiffies;

	tp->ack_pending |= TWIN_TCP_ACK_SCHED;
	twin_tcp_window_measure_mss(tp, skb);
	twin_tcp_window_rtt(tp, skb);
	if (!tp->ato_jiffies) {
		twin_tcp_ack_enter_quick(tp, TWIN_TCP_QUICKACKS_MAX);
	} else if (gap <= TWIN_TCP_DELACK_MIN_JIFFIES / 2) {
		tp->ato_jiffies = (tp->ato_jiffies >> 1) +
				  TWIN_TCP_DELACK_MIN_JIFFIES / 2;
	} else if (gap < tp->ato_jiffies) {
		tp->ato_jiffies = min_t(u32, (tp->ato_jiffies >> 1) + gap,
					U8_MAX);
	} else if (gap > twin_tcp_rto_jiffies(tp)) {
		/* a restart of the sender: its window is small again */
		twin_tcp_ack_enter_quick(tp, TWIN_TCP_QUICKACKS_MAX);
	}
	tp->last_rcv_jiffies = now;
	if (skb->len > tp->rcv_mss)
		tp->ack_pending |= TWIN_TCP_ACK_BIG;
	if (twin_tcp_cb(skb)->flags & TWIN_TCP_PSH)
		tp->ack_pending |= TWIN_TCP_ACK_PUSHED;
	if (skb->len >= TWIN_TCP_GROW_MIN_BYTES)
		twin_tcp_window_grow(tp, skb);
}

/* Where in the tree; *@covered: an entry holds all of @skb already. */
static struct rb_node **twin_tcp_ofo_place(struct twin_tcp_sock *tp,
					   struct sk_buff *skb,
					   struct rb_node **parent,
					   bool *covered)
{
	struct rb_node **p = &tp->gaps->queue.rb_node;
	const struct twin_tcp_cb *cb = twin_tcp_cb(skb);

	*parent = NULL;
	*covered = false;
	while (*p) {
		struct sk_buff *other = rb_to_skb(*p);
		const struct twin_tcp_cb *other_cb = twin_tcp_cb(other);

		*parent = *p;
		if (twin_tcp_before(cb->seq, other_cb->seq)) {
			p = &(*p)->rb_left;
			continue;
		}
		if (!twin_tcp_after(cb->end_seq, other_cb->end_seq)) {
			*covered = true;
			return NULL;
		}
		p = &(*p)->rb_right;
	}
	return p;
}

/* Entries behind @skb that it covers are needed no more. */
static void twin_tcp_ofo_absorb(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	const struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	struct sk_buff *next;

	while ((next = skb_rb_next(skb))) {
		const struct twin_tcp_cb *next_cb = twin_tcp_cb(next);

		if (!twin_tcp_after(cb->end_seq, next_cb->seq))
			break;
		if (twin_tcp_before(cb->end_seq, next_cb->end_seq)) {
			twin_tcp_dsack_set(tp, next_cb->seq, cb->end_seq);
			break;
		}
		twin_tcp_dsack_set(tp, next_cb->seq, next_cb->end_seq);
		twin_tcp_ofo_unlink(tp, next);
		TWIN_TCP_COUNT(tp, TCPEXT_OFO_MERGE);
		twin_tcp_drop(tp, next, TWIN_DROP_TCP_DUPLICATE);
	}
}

/* The entry in front of @skb may reach into it, or be its beginning. */
static void twin_tcp_ofo_follow(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct sk_buff *prev = skb_rb_prev(skb);
	u32 seq = twin_tcp_cb(skb)->seq;

	if (!prev || !twin_tcp_after(twin_tcp_cb(prev)->end_seq, seq))
		return;
	twin_tcp_dsack_set(tp, seq, twin_tcp_cb(prev)->end_seq);
	if (twin_tcp_cb(prev)->seq != seq)
		return;
	twin_tcp_ofo_unlink(tp, prev);
	TWIN_TCP_COUNT(tp, TCPEXT_OFO_MERGE);
	twin_tcp_drop(tp, prev, TWIN_DROP_TCP_DUPLICATE);
}

static void twin_tcp_ofo_insert(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	u32 seq = twin_tcp_cb(skb)->seq, end = twin_tcp_cb(skb)->end_seq;
	struct sk_buff *last = tp->gaps->last;
	struct rb_node **p, *parent;
	bool covered;

	/* the usual case: it continues the last run */
	if (last && seq == twin_tcp_cb(last)->end_seq &&
	    twin_tcp_coalesce(tp, last, skb))
		return;
	p = twin_tcp_ofo_place(tp, skb, &parent, &covered);
	if (covered) {
		twin_tcp_dsack_set(tp, seq, end);
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_DUPLICATE);
		return;
	}
	skb_set_owner_r(skb, sk);
	rb_link_node(&skb->rbnode, parent, p);
	rb_insert_color(&skb->rbnode, &tp->gaps->queue);
	twin_tcp_ofo_follow(tp, skb);
	twin_tcp_ofo_absorb(tp, skb);
	if (!skb_rb_next(skb))
		tp->gaps->last = skb;
}

static void twin_tcp_data_out_of_order(struct twin_tcp_sock *tp,
				       struct sk_buff *skb)
{
	u32 seq = twin_tcp_cb(skb)->seq, end = twin_tcp_cb(skb)->end_seq;

	if (!twin_tcp_make_room(tp, skb)) {
		tp->ack_pending |= TWIN_TCP_ACK_SCHED | TWIN_TCP_ACK_NOW;
		TWIN_TCP_COUNT(tp, TCPEXT_OFO_DROP);
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_OFO_FULL);
		return;
	}
	if (unlikely(!twin_tcp_gaps_begin(tp))) {
		tp->ack_pending |= TWIN_TCP_ACK_SCHED | TWIN_TCP_ACK_NOW;
		TWIN_TCP_COUNT(tp, TCPEXT_OFO_DROP);
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_NO_MEMORY);
		return;
	}
	TWIN_TCP_COUNT(tp, TCPEXT_OFO_QUEUE);
	tp->rcv_ooopack++;
	if (tp->gaps->gathered)
		twin_tcp_sacks_make_way(tp, seq, end);
	tp->ack_pending |= TWIN_TCP_ACK_SCHED;
	twin_tcp_ofo_insert(tp, skb);
	if (tp->agreed.sack)
		twin_tcp_sacks_add(tp, seq, end);
	if (!twin_tcp_gather(tp))
		tp->ack_pending |= TWIN_TCP_ACK_NOW;
}

static void twin_tcp_data_in_order(struct twin_tcp_sock *tp,
				   struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	bool fin = twin_tcp_cb(skb)->flags & TWIN_TCP_FIN;

	if (unlikely(!twin_tcp_make_room(tp, skb)) &&
	    !skb_queue_empty(&sk->sk_receive_queue)) {
		TWIN_TCP_COUNT(tp, TCPEXT_RCV_Q_DROP);
		tp->ack_pending |= TWIN_TCP_ACK_SCHED | TWIN_TCP_ACK_NOW;
		twin_tcp_drop(tp, skb, TWIN_DROP_SOCKET_BUFFER);
		sk->sk_data_ready(sk);
		return;
	}
	if (skb->len)
		twin_tcp_data_event(tp, skb);
	twin_tcp_queue_in_order(tp, skb);
	if (fin)
		twin_tcp_fin_received(tp);
	if (unlikely(tp->gaps)) {
		/* RFC 5681 4.2: at once when a gap is filled, or a part of it */
		tp->ack_pending |= TWIN_TCP_ACK_NOW;
		twin_tcp_ofo_drain(tp);
	}
	if (tp->sack_count)
		twin_tcp_sacks_trim(tp);
	if (!sock_flag(sk, SOCK_DEAD))
		twin_tcp_data_ready(tp);
}

/* All of it has been here before. */
static noinline void twin_tcp_data_repeated(struct twin_tcp_sock *tp,
					    struct sk_buff *skb)
{
	twin_tcp_dsack_set(tp, twin_tcp_cb(skb)->seq, twin_tcp_cb(skb)->end_seq);
	twin_tcp_ack_enter_quick(tp, TWIN_TCP_QUICKACKS_MAX);
	tp->ack_pending |= TWIN_TCP_ACK_SCHED | TWIN_TCP_ACK_NOW;
	twin_tcp_drop(tp, skb, TWIN_DROP_TCP_DUPLICATE);
}

static noinline void twin_tcp_data_outside(struct twin_tcp_sock *tp,
					   struct sk_buff *skb)
{
	TWIN_TCP_COUNT(tp, TCPEXT_ZERO_WINDOW_DROP);
	twin_tcp_ack_enter_quick(tp, TWIN_TCP_QUICKACKS_MAX);
	tp->ack_pending |= TWIN_TCP_ACK_SCHED | TWIN_TCP_ACK_NOW;
	twin_tcp_drop(tp, skb, TWIN_DROP_TCP_ZERO_WINDOW);
}

/* Not the next: some of it has been here, or something before it is missing. */
static noinline void twin_tcp_data_elsewhere(struct twin_tcp_sock *tp,
					     struct sk_buff *skb)
{
	u32 seq = twin_tcp_cb(skb)->seq;

	if (twin_tcp_after(seq, tp->rcv_nxt)) {
		twin_tcp_data_out_of_order(tp, skb);
		return;
	}
	twin_tcp_dsack_set(tp, seq, tp->rcv_nxt);
	tp->ack_pending |= TWIN_TCP_ACK_NOW;
	twin_tcp_data_in_order(tp, skb);
}

/**
 * twin_tcp_data_in() - seventh step: the segment's text, and its FIN
 * @tp: connection
 * @skb: skb->data at the payload, struct twin_tcp_cb set; consumed
 *
 * RFC: 9293 section 3.10.7.4, seventh; 2018 section 4; 5681 section 4.2
 * Context: Socket lock.
 */
void twin_tcp_data_in(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	u32 window_end = tp->rcv_nxt + twin_tcp_receive_window(tp);

	cb->sacked = 0;
	if (cb->seq == cb->end_seq) {
		__kfree_skb(skb);
		return;
	}
	if (unlikely(!twin_tcp_after(cb->end_seq, tp->rcv_nxt))) {
		twin_tcp_data_repeated(tp, skb);
		return;
	}
	if (unlikely(!twin_tcp_before(cb->seq, window_end))) {
		twin_tcp_data_outside(tp, skb);
		return;
	}
	if (unlikely(skb_zcopy(skb)) && !twin_tcp_lent_in(tp, skb)) {
		twin_tcp_drop(tp, skb, TWIN_DROP_TCP_NO_MEMORY);
		return;
	}
	twin_pcb_stamp(twin_tcp_to_sk(tp), skb);
	if (likely(cb->seq == tp->rcv_nxt))
		twin_tcp_data_in_order(tp, skb);
	else
		twin_tcp_data_elsewhere(tp, skb);
}
