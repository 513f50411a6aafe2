// SPDX-License-Identifier: GPL-2.0
/*
 * What may be sent now: windows, Nagle, segment sizes (RFC 9293 3.7, 3.8.6;
 * statement S9 to S12, S17).
 *
 * sk_write_queue holds what was never sent.  A segment that is sent moves to
 * the retransmission queue, a tree by sequence number and a list by time of
 * transmission, and stays until it is acknowledged; what goes down is a clone.
 */
#include "tcp_busy.h"
#include "tcp_cong.h"
#include "tcp_record.h"

/**
 * twin_tcp_path_renew() - look for the connection's path anew
 * @tp: connection
 *
 * Context: Socket lock, RCU read lock.
 * Return: 0 or the error of the lookup.
 */
int twin_tcp_path_renew(struct twin_tcp_sock *tp)
{
	u64 before = tp->ts.path.generation;
	int err;

	err = twin_pcb_path_renew(&tp->ts, tp->ts.flow.raddr);
	if (err || before == tp->ts.path.generation)
		return err;
	/* by another device, perhaps, although as wide */
	if (twin_tcp_to_sk(tp)->sk_state != TCP_SYN_SENT)
		twin_tcp_mss_sync(tp, tp->ts.path.mtu_bytes);
	return 0;
}

/*
 * Largest packet the device takes at once, in segments of an MSS.  The device
 * of a path that is stale may be gone: then it is what it was, at most.
 */
static u16 twin_tcp_gso_limit(const struct twin_tcp_sock *tp, u32 mss)
{
	const struct twin_link_dev *ld;
	u32 bytes = TWIN_WIRE_IPV4_MAX_DATAGRAM - TWIN_WIRE_IPV4_MIN_BYTES -
		    twin_pcb_options_bytes(&tp->ts) - TWIN_WIRE_TCP_MAX_BYTES;
	u32 segs = tp->gso_segs_max ?: 65535;

	rcu_read_lock();
	ld = tp->ts.path.ld;
	if (ld && twin_path_valid(twin_tcp_net(tp), &tp->ts.path)) {
		bytes = min_t(u32, bytes, READ_ONCE(ld->dev->gso_max_size) -
			      TWIN_TCP_HEADROOM);
		segs = READ_ONCE(ld->dev->gso_max_segs);
	}
	rcu_read_unlock();
	return clamp_t(u32, bytes / mss, 1, max(segs, 1u));
}

/**
 * twin_tcp_mss_sync() - how much data fits into a segment on this path
 * @tp: connection
 * @pmtu_bytes: largest IP datagram
 *
 * IP options take their part of what the peer and the path allow.
 *
 * RFC: 9293 section 3.7.1 (MUST-16), 6691
 * Context: Socket lock.
 * Return: payload in bytes, for segments without SACK blocks.
 */
u32 twin_tcp_mss_sync(struct twin_tcp_sock *tp, u32 pmtu_bytes)
{
	u32 options_bytes = twin_pcb_options_bytes(&tp->ts);
	u32 mss = twin_tcp_mtu_known(tp, pmtu_bytes) -
		  TWIN_WIRE_IPV4_MIN_BYTES - TWIN_WIRE_TCP_MIN_BYTES;

	mss = min_t(u32, mss, tp->agreed.mss_clamp);
	if (tp->user_mss)
		mss = min_t(u32, mss, tp->user_mss);
	mss -= min(mss, options_bytes);
	mss = max_t(u32, mss,
		    READ_ONCE(twin_tcp_net(tp)->conf.tcp_min_snd_mss));
	if (tp->agreed.timestamps)
		mss -= TWIN_WIRE_TCP_TIMESTAMP_BYTES;
	/* never more than half of the largest window the peer has shown, or all
	 * of a tiny one: RFC 9293 3.8.6.2.1
	 */
	if (tp->max_window > TWIN_TCP_MSS_DEFAULT)
		mss = min(mss, max(tp->max_window >> 1, 68u));
	else if (tp->max_window)
		mss = min(mss, max(tp->max_window, 68u));
	tp->mtu_search.pmtu_bytes = pmtu_bytes;
	tp->mss_now = mss;
	tp->gso_segs_max = twin_tcp_gso_limit(tp, mss);
	return mss;
}

/**
 * twin_tcp_gso_goal() - how much to put into one big packet
 * @tp: connection
 * @mss: payload of a segment
 *
 * About a millisecond's worth at the present rate, so that slow flows do not
 * send in bursts; at least two segments, at most what the device takes.
 *
 * Context: Socket lock.
 * Return: bytes, a multiple of @mss.
 */
u32 twin_tcp_gso_goal(struct twin_tcp_sock *tp, u32 mss)
{
	unsigned long rate = READ_ONCE(twin_tcp_to_sk(tp)->sk_pacing_rate);
	u32 most = max_t(u32, tp->gso_segs_max, 1);
	u32 segs;

	if (rate == ~0UL)
		return most * mss;
	segs = (u32)min_t(unsigned long, (rate >> 10) / mss, most);
	return clamp_t(u32, segs, min(2u, most), most) * mss;
}

/**
 * twin_tcp_set_segs() - count the segments an skb of data will become
 * @tp: connection
 * @skb: in one of the queues
 *
 * Context: Socket lock.
 */
void twin_tcp_set_segs(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	u32 mss = twin_tcp_mss_current(tp);

	if (skb->len <= mss) {
		cb->tx.segs = 1;
		cb->tx.gso_bytes = 0;
	} else {
		cb->tx.segs = DIV_ROUND_UP(skb->len, mss);
		cb->tx.gso_bytes = mss;
	}
}

static struct sk_buff *twin_tcp_clone(struct sk_buff *skb, bool in_rtx_queue,
				      gfp_t gfp)
{
	struct list_head saved;
	struct sk_buff *copy;

	if (in_rtx_queue)
		twin_tcp_anchor_hide(skb, &saved);
	/* the headers of a clone that is still below are in the same memory */
	copy = skb_cloned(skb) ? pskb_copy(skb, gfp) : skb_clone(skb, gfp);
	if (!in_rtx_queue)
		return copy;
	skb->tcp_tsorted_anchor = saved;
	/* where the queue's tree has its node the copy has no device yet */
	if (copy)
		copy->dev = NULL;
	return copy;
}

/**
 * twin_tcp_send_copy() - send a copy of a queued segment
 * @tp: connection
 * @skb: in a queue; not consumed
 * @in_rtx_queue: which queue
 * @gfp: for the copy
 *
 * Context: Socket lock.
 * Return: 0, -ENOBUFS, or the error of IP.
 */
int twin_tcp_send_copy(struct twin_tcp_sock *tp, struct sk_buff *skb,
		       bool in_rtx_queue, gfp_t gfp)
{
	const struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	struct skb_shared_info *shared;
	struct sk_buff *copy;
	u8 flags = cb->flags;

	copy = twin_tcp_clone(skb, in_rtx_queue, gfp);
	if (unlikely(!copy))
		return -ENOBUFS;
	shared = skb_shinfo(copy);
	if (cb->tx.segs > 1) {
		shared->gso_size = cb->tx.gso_bytes;
		shared->gso_segs = cb->tx.segs;
		shared->gso_type = SKB_GSO_TCPV4;
		/* whoever puts the segments together need not wait for more */
		flags |= TWIN_TCP_PSH;
	} else {
		shared->gso_size = 0;
		shared->gso_segs = 1;
		shared->gso_type = 0;
	}
	copy->tstamp = 0;
	twin_tcp_throttle_own(tp, copy);
	return twin_tcp_segment_send(tp, copy, cb->seq, flags);
}

/**
 * twin_tcp_transmit() - send a segment for the first time
 * @tp: connection, clock refreshed
 * @skb: head of the write queue, segments counted; not consumed
 * @gfp: for the copy
 *
 * Context: Socket lock.
 * Return: 0 or the error of IP.
 */
int twin_tcp_transmit(struct twin_tcp_sock *tp, struct sk_buff *skb, gfp_t gfp)
{
	skb->skb_mstamp_ns = tp->now_us;
	twin_tcp_rate_sent(tp, skb);
	return twin_tcp_send_copy(tp, skb, false, gfp);
}

/**
 * twin_tcp_nagle_passes() - one small segment may be under way: may this one go?
 * @tp: connection
 * @skb: in the write queue
 * @mss: payload of a full segment, bytes
 * @nonagle: TWIN_TCP_NODELAY, _CORK, _PUSH
 *
 * RFC: 9293 section 3.7.4; 896, with Minshall's change
 * Context: Socket lock.
 * Return: true if it may.
 */
bool twin_tcp_nagle_passes(const struct twin_tcp_sock *tp,
			   const struct sk_buff *skb, u32 mss, u8 nonagle)
{
	if (nonagle & TWIN_TCP_PUSH)
		return true;
	if (tp->urg_mode || (twin_tcp_cb(skb)->flags & TWIN_TCP_FIN))
		return true;
	if (skb->len >= mss)
		return true;
	if (nonagle & TWIN_TCP_CORK)
		return false;
	return (nonagle & TWIN_TCP_NODELAY) || !tp->packets_out ||
	       !twin_tcp_after(tp->snd_sml, tp->snd_una) ||
	       twin_tcp_after(tp->snd_sml, tp->snd_nxt);
}

static u32 twin_tcp_cwnd_quota(const struct twin_tcp_sock *tp,
			       const struct sk_buff *skb)
{
	u32 in_flight = twin_tcp_in_flight(tp);

	/* a FIN needs no window (it is tiny and ends the matter) */
	if ((twin_tcp_cb(skb)->flags & TWIN_TCP_FIN) && !skb->len)
		return 1;
	return in_flight >= tp->cwnd ? 0 : tp->cwnd - in_flight;
}

static bool twin_tcp_in_window(const struct twin_tcp_sock *tp,
			       const struct sk_buff *skb, u32 mss)
{
	u32 end = twin_tcp_cb(skb)->end_seq;

	if (skb->len > mss)
		end = twin_tcp_cb(skb)->seq + mss;
	return !twin_tcp_after(end, twin_tcp_snd_wnd_end(tp));
}

/* How much of @skb may go in one packet. */
static u32 twin_tcp_send_limit(struct twin_tcp_sock *tp,
			       const struct sk_buff *skb, u32 mss, u32 quota,
			       u8 nonagle)
{
	u32 window = twin_tcp_snd_wnd_end(tp) - twin_tcp_cb(skb)->seq;
	u32 most = min(quota, max_t(u32, tp->gso_segs_max, 1)) * mss;
	u32 needed, partial;

	/* whoever cuts a big packet copies the urgent pointer as it is */
	if (unlikely(tp->urg_mode))
		most = mss;

	if (most <= window && skb->len > most)
		return most;
	needed = min(skb->len, window);
	if (most <= needed)
		return most;
	/* a tail shorter than an MSS goes only if Nagle lets it */
	partial = needed % mss;
	if (partial && needed > partial &&
	    (needed < skb->len ||
	     !twin_tcp_nagle_passes(tp, skb, U32_MAX, nonagle)))
		return needed - partial;
	return needed;
}

/*
 * Wait for more ACKs so that one big packet can go instead of two small?
 * Only while ACKs are sure to come soon.  A flow of less than two segments in a
 * millisecond would gain nothing, and fill and overflow queues by pairs.
 */
static bool twin_tcp_defer_big(const struct twin_tcp_sock *tp,
			       const struct sk_buff *skb, u32 mss, u32 quota)
{
	u32 window = twin_tcp_snd_wnd_end(tp) - twin_tcp_cb(skb)->seq;
	u32 room = min(window, quota * mss);
	u32 chunk;

	if (tp->ca_state >= TCP_CA_Recovery || !tp->packets_out)
		return false;
	if (READ_ONCE(twin_tcp_to_sk(tp)->sk_pacing_rate) >> 10 < 2 * mss)
		return false;
	if (room >= tp->gso_segs_max * mss || room >= skb->len)
		return false;
	chunk = min(tp->snd_wnd, tp->cwnd * mss) / 3;
	return chunk && room < chunk && quota < 2;
}

/* @skb, the head of the write queue, is on its way; whoever sent it sets a deadline. */
static void twin_tcp_sent(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	if (!tp->packets_out) {
		twin_tcp_cong_event(tp, TWIN_TCP_CONG_TX_START);
		/* the back-off of window probes says nothing of the network */
		if (unlikely(twin_tcp_timer_armed(tp, TWIN_TCP_TIMER_PERSIST)))
			tp->backoff = 0;
	}
	tp->snd_nxt = twin_tcp_cb(skb)->end_seq;
	__skb_unlink(skb, &sk->sk_write_queue);
	twin_tcp_rtx_insert(tp, skb);
	list_add_tail(&skb->tcp_tsorted_anchor, &tp->rtx_by_time);
	tp->packets_out += twin_tcp_skb_segs(skb);
	TWIN_COUNT_ADD(twin_tcp_net(tp), TCPEXT_ORIG_DATA_SENT,
		       twin_tcp_skb_segs(skb));
}

/**
 * twin_tcp_sent_new() - a new segment is on its way
 * @tp: connection
 * @skb: head of the write queue, sent
 *
 * RFC: 6298 section 5.1
 * Context: Socket lock.
 */
void twin_tcp_sent_new(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	bool first = !tp->packets_out;

	twin_tcp_sent(tp, skb);
	if (first)
		twin_tcp_rearm_rto(tp);
}

static void twin_tcp_note_small(struct twin_tcp_sock *tp,
				const struct sk_buff *skb, u32 mss)
{
	if (skb->len < twin_tcp_skb_segs(skb) * mss)
		tp->snd_sml = twin_tcp_cb(skb)->end_seq;
}

/*
 * Sends the head of the write queue if it may go.  Return: segments sent, 0
 * if it may not, negative on error.
 */
static int twin_tcp_write_one(struct twin_tcp_sock *tp, struct sk_buff *skb,
			      u8 nonagle, gfp_t gfp, bool force,
			      enum twin_tcp_write_limit *limit_by)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	u32 mss = twin_tcp_mss_current(tp);
	u8 tail_nonagle = skb_queue_is_last(&sk->sk_write_queue, skb) ?
			  nonagle : TWIN_TCP_PUSH;
	u32 quota = twin_tcp_cwnd_quota(tp, skb);
	bool paced;
	u32 limit;

	twin_tcp_set_segs(tp, skb);
	if (!quota) {
		if (!force) {
			*limit_by = TWIN_TCP_LIMIT_CWND;
			return 0;
		}
		quota = 1;
	}
	if (!twin_tcp_in_window(tp, skb, mss)) {
		*limit_by = TWIN_TCP_LIMIT_WINDOW;
		return 0;
	}
	if (skb->len <= mss) {
		if (!twin_tcp_nagle_passes(tp, skb, mss, tail_nonagle))
			return 0;
	} else {
		if (!force && twin_tcp_defer_big(tp, skb, mss, quota)) {
			*limit_by = TWIN_TCP_LIMIT_CWND;
			return 0;
		}
		limit = twin_tcp_send_limit(tp, skb, mss, quota, tail_nonagle);
		if (skb->len > limit &&
		    twin_tcp_fragment(tp, skb, limit, false, gfp))
			return -ENOMEM;
	}
	paced = twin_tcp_pace_needed(tp);
	if (!force && ((unlikely(paced) && twin_tcp_pace_blocks(tp)) ||
		       (tp->packets_out && twin_tcp_throttle_full(tp, skb))))
		return 0;
	if (twin_tcp_transmit(tp, skb, gfp) == -ENOBUFS)
		return -ENOBUFS;
	if (unlikely(paced))
		twin_tcp_pace_sent(tp, skb->len);
	twin_tcp_sent(tp, skb);
	twin_tcp_note_small(tp, skb, mss);
	return twin_tcp_skb_segs(skb);
}

/**
 * twin_tcp_write() - send all that may be sent
 * @tp: connection
 * @nonagle: TWIN_TCP_NODELAY, _CORK, _PUSH
 * @gfp: for copies
 * @how: how much
 *
 * RFC: 9293 section 3.8.6.2.1; 5681 section 3.1
 * Context: Socket lock.
 * Return: true if nothing is under way although data waits: the caller must
 * see to it that something wakes the connection.
 */
bool twin_tcp_write(struct twin_tcp_sock *tp, u8 nonagle, gfp_t gfp,
		    enum twin_tcp_write_how how)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	enum twin_tcp_write_limit limit_by = TWIN_TCP_LIMIT_NONE;
	struct sk_buff *skb;
	int sent = 0, n;
	bool begun;

	twin_tcp_clock_refresh(tp);
	if (unlikely(tp->mtu_probing) && how == TWIN_TCP_WRITE_ALL) {
		n = twin_tcp_mtu_probe(tp);
		if (!n)
			return false;
		sent += max(n, 0);
	}
	if (tp->ts.path.type == TWIN_PATH_LOCAL && how == TWIN_TCP_WRITE_ALL)
		twin_tcp_handover(tp, nonagle);
	/* what goes down together arrives together, and is answered once */
	begun = twin_link_bh_begin();
	while ((skb = skb_peek(&sk->sk_write_queue))) {
		n = twin_tcp_write_one(tp, skb, nonagle, gfp,
				       how == TWIN_TCP_WRITE_PROBE, &limit_by);
		if (n <= 0)
			break;
		sent += n;
		if (how != TWIN_TCP_WRITE_ALL)
			break;
	}
	twin_link_bh_end(begun);
	twin_tcp_busy_look(tp, limit_by, sent);
	if (sent) {
		if (tp->ca_state == TCP_CA_Recovery ||
		    tp->ca_state == TCP_CA_CWR)
			tp->prr_out += sent;
		twin_tcp_cwnd_validate(tp, limit_by == TWIN_TCP_LIMIT_CWND ||
				       twin_tcp_in_flight(tp) >= tp->cwnd);
		/* behind a probe its sender sets the time-out */
		if (how != TWIN_TCP_WRITE_PROBE)
			twin_tcp_tlp_schedule(tp);
	}
	twin_tcp_note_stall(tp);
	return !sent && !tp->packets_out && !skb_queue_empty(&sk->sk_write_queue);
}

/**
 * twin_tcp_push_queue() - send what may be sent, and stay awake
 * @tp: connection, not closed
 * @nonagle: TWIN_TCP_NODELAY, _CORK, _PUSH
 * @gfp: for copies
 *
 * Context: Socket lock.
 */
void twin_tcp_push_queue(struct twin_tcp_sock *tp, u8 nonagle, gfp_t gfp)
{
	if (twin_tcp_write(tp, nonagle, gfp, TWIN_TCP_WRITE_ALL))
		twin_tcp_persist_arm(tp);
}

/**
 * twin_tcp_push() - twin_tcp_push_nagle() with the socket's own settings
 * @tp: connection
 *
 * Context: Socket lock, process.
 */
void twin_tcp_push(struct twin_tcp_sock *tp)
{
	twin_tcp_push_nagle(tp, tp->nonagle,
			    sk_gfp_mask(twin_tcp_to_sk(tp), GFP_ATOMIC));
}
