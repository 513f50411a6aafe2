// SPDX-License-Identifier: GPL-2.0
/*
 * Direct hand-over: where the other end of a connection is a socket of the same
 * namespace, what is written goes into its receive queue without becoming a
 * segment.
 *
 * Neither program can tell, and for the protocol nothing is skipped: a hand-over
 * does to the numbers and windows of both ends at once what a segment and its
 * acknowledgment would do one after the other; the segment is counted, the
 * acknowledgment is not.  It happens only while nothing of either end is under
 * way, so that segments, whenever one is needed again, go on from there.
 *
 * Filters, recorders, tracepoints, time stamps and pacing need segments: each of
 * them turns the hand-over off.
 */
#include <linux/security.h>
#include "tcp_busy.h"
#include "tcp_record.h"
#include "tcp_table.h"

static bool twin_tcp_handover_is_watched(const struct twin_tcp_sock *tp)
{
	const struct sock *sk = twin_tcp_to_sk(tp);

	return trace_twin_tcp_rx_enabled() || trace_twin_tcp_tx_enabled() ||
	       trace_twin_ip_rx_enabled() || trace_twin_ip_tx_enabled() ||
	       trace_twin_tcp_progress_enabled() ||
	       twin_recorded(tp->ts.recorder) ||
	       rcu_access_pointer(sk->sk_filter) || READ_ONCE(sk->sk_tsflags) ||
	       sock_flag(sk, SOCK_RCVTSTAMP) ||
	       READ_ONCE(sk->sk_pacing_status) != SK_PACING_NONE;
}

/* A connection without losses, urgent data, or anything else unusual about it. */
static bool twin_tcp_handover_fits(const struct twin_tcp_sock *tp)
{
	const struct sock *sk = twin_tcp_to_sk(tp);

	return sk->sk_state == TCP_ESTABLISHED && !sk->sk_err &&
	       tp->ca_state == TCP_CA_Open && !tp->gaps && !tp->dsack_count &&
	       !tp->urg_mode && !tp->urg_data && !tp->tlp_high_seq &&
	       !tp->mtu_search.probe_bytes && !tp->ts.min_ttl &&
	       !rcu_access_pointer(tp->ts.options) &&
	       !twin_tcp_handover_is_watched(tp);
}

/* Has all that @tp sent, acknowledgments and windows too, come to @peer? */
static bool twin_tcp_handover_is_settled(const struct twin_tcp_sock *tp,
					 const struct twin_tcp_sock *peer)
{
	return tp->snd_nxt == peer->rcv_nxt && tp->rcv_wup == peer->snd_una &&
	       tp->rcv_wnd == peer->snd_wnd;
}

/* The other end, with a reference, or NULL. */
static struct twin_tcp_sock *
twin_tcp_handover_find(const struct twin_tcp_sock *tp)
{
	const struct twin_flow *flow = &tp->ts.flow;
	struct twin_flow key = {
		.tn = flow->tn,
		.laddr = flow->raddr,
		.raddr = flow->laddr,
		.lport = flow->rport,
		.rport = flow->lport,
	};
	struct twin_tcp_owner owner;

	key.hash = twin_flow_hash(key.tn, key.laddr, key.lport, key.raddr,
				  key.rport);
	owner = twin_tcp_table_find(&key, false);
	if (owner.mini)
		twin_tcp_mini_put(owner.mini);
	return owner.sk ? twin_tcp(owner.sk) : NULL;
}

/* @peer has segments under way, or did when it was asked last. */
static noinline void twin_tcp_handover_tell_ack(const struct twin_tcp_sock *tp,
						struct twin_tcp_sock *peer,
						u16 window)
{
	struct twin_tcp_segment seg twin_compat_uninitialized;

	seg.hdr.window = window;
	seg.hdr.seq = tp->snd_nxt;
	seg.hdr.ack = tp->rcv_nxt;
	seg.hdr.flags = TWIN_TCP_ACK;
	seg.opt.present = 0;
	seg.payload = 1;
	twin_tcp_ack(peer, &seg);
}

/* What the header of a segment tells @peer: an acknowledgment and a window. */
static void twin_tcp_handover_tell(struct twin_tcp_sock *tp,
				   struct twin_tcp_sock *peer)
{
	u16 window = twin_tcp_window_select(tp);

	twin_tcp_ack_sent(tp);
	peer->last_seg_jiffies = twin_tcp_jiffies();
	if (unlikely(peer->packets_out)) {
		twin_tcp_handover_tell_ack(tp, peer, window);
		return;
	}
	/* there was no way: its round trip is none */
	peer->rcv_tsecr = peer->agreed.timestamps ? twin_tcp_tsval(peer) : 0;
	peer->probes_out = 0;
	WRITE_ONCE(twin_tcp_to_sk(peer)->sk_err_soft, 0);
	twin_tcp_ack_set_window(peer, tp->snd_nxt, tp->rcv_wnd);
}

static void twin_tcp_handover_count(struct twin_tcp_sock *tp,
				    struct twin_tcp_sock *peer, u32 bytes,
				    u32 segs)
{
	tp->handed_over = 1;
	peer->handed_over = 1;
	tp->bytes_sent += bytes;
	tp->bytes_acked += bytes;
	tp->data_segs_out += segs;
	tp->segs_out += segs;
	tp->delivered += segs;
	peer->data_segs_in += segs;
	peer->segs_in += segs;
	/* data that follows data within an ACK's delay: a dialogue */
	if (twin_tcp_jiffies() - tp->last_rcv_jiffies < tp->ato_jiffies)
		tp->pingpong = 1;
	TWIN_COUNT_ADD(twin_tcp_net(tp), TCPEXT_ORIG_DATA_SENT, segs);
	TWIN_COUNT_ADD(twin_tcp_net(tp), TCPEXT_DELIVERED, segs);
	TWIN_COUNT_ADD(twin_tcp_net(tp), TCP_OUT_SEGS, segs);
	TWIN_COUNT_ADD(twin_tcp_net(tp), TCP_IN_SEGS, segs);
}

/*
 * Sent and acknowledged.  The marks by which losses and round trips are told must
 * not fall behind, or after 2 GB they would be ahead.
 */
static void twin_tcp_handover_advance(struct twin_tcp_sock *tp, u32 bytes)
{
	tp->snd_nxt += bytes;
	tp->snd_una = tp->snd_nxt;
	tp->high_seq = tp->snd_nxt;
	tp->cwnd_round_end = tp->snd_nxt;
	tp->rtt.round_end = tp->snd_nxt;
	tp->rack_fack = tp->snd_nxt;
	tp->rack_high = tp->snd_nxt;
	tp->rack_end_seq = tp->snd_nxt;
	tp->rack_mstamp_us = tp->now_us;
	tp->rack_newest_again = 0;
}

/* Takes it from the queue and the account of @tp, like one just received. */
static void twin_tcp_handover_take(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct list_head nowhere;

	__skb_unlink(skb, &sk->sk_write_queue);
	sk_wmem_queued_add(sk, -(int)skb->truesize);
	twin_tcp_uncharge(sk, skb->truesize);
	twin_tcp_anchor_hide(skb, &nowhere);
	skb->tstamp = 0;
	skb->dev = NULL;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
}

/* Nagle and the cork keep a tail that is shorter than a segment. */
static bool twin_tcp_handover_passes(const struct twin_tcp_sock *tp,
				     const struct sk_buff *skb, u8 nonagle)
{
	u32 mss = tp->mss_now;

	return skb->len % mss == 0 ||
	       twin_tcp_nagle_passes(tp, skb, U32_MAX, nonagle);
}

/* The head of the write queue, if it may go now.  False: it may not. */
static bool twin_tcp_handover_one(struct twin_tcp_sock *tp,
				  struct twin_tcp_sock *peer, u8 nonagle)
{
	struct sk_buff *skb = skb_peek(&twin_tcp_to_sk(tp)->sk_write_queue);
	u32 bytes;

	if (!skb || !skb->len || twin_tcp_cb(skb)->flags & TWIN_TCP_FIN ||
	    skb_shinfo(skb)->tx_flags || twin_tcp_cb(skb)->stamp_ack ||
	    skb_zcopy(skb) || skb_cloned(skb) ||
	    twin_tcp_after(twin_tcp_cb(skb)->end_seq, twin_tcp_snd_wnd_end(tp)) ||
	    !twin_tcp_handover_passes(tp, skb, nonagle) ||
	    !twin_tcp_room_for(peer, skb) ||
	    security_sock_rcv_skb(twin_tcp_to_sk(peer), skb))
		return false;
	bytes = skb->len;
	twin_tcp_set_segs(tp, skb);
	/* as of a packet that GRO has made: the receiver learns the sender's MSS */
	skb_shinfo(skb)->gso_size = twin_tcp_cb(skb)->tx.gso_bytes;
	twin_tcp_handover_count(tp, peer, bytes, twin_tcp_skb_segs(skb));
	twin_tcp_handover_tell(tp, peer);
	twin_tcp_handover_advance(tp, bytes);
	twin_tcp_handover_take(tp, skb);
	twin_tcp_data_in(peer, skb);
	twin_tcp_handover_tell(peer, tp);
	return true;
}

/* @peer with its spinlock. */
static void twin_tcp_handover_all(struct twin_tcp_sock *tp,
				  struct twin_tcp_sock *peer, u8 nonagle)
{
	/* it may have become another connection before it was locked */
	if (peer->ts.flow.raddr != tp->ts.flow.laddr ||
	    peer->ts.flow.rport != tp->ts.flow.lport ||
	    peer->ts.flow.lport != tp->ts.flow.rport ||
	    sock_owned_by_user(twin_tcp_to_sk(peer)) ||
	    !skb_queue_empty(&twin_tcp_to_sk(peer)->sk_write_queue) ||
	    !twin_tcp_handover_fits(peer) ||
	    !twin_tcp_handover_is_settled(tp, peer) ||
	    !twin_tcp_handover_is_settled(peer, tp))
		return;
	peer->now_us = tp->now_us;
	sk_incoming_cpu_update(twin_tcp_to_sk(peer));
	/* what this frees must not be of the memory that is found below */
	if (tp->packets_out)
		twin_tcp_handover_tell(peer, tp);
	if (peer->packets_out)
		twin_tcp_handover_tell(tp, peer);
	while (twin_tcp_handover_one(tp, peer, nonagle))
		;
	if (skb_queue_empty(&twin_tcp_to_sk(tp)->sk_write_queue))
		twin_tcp_busy_become(tp, TWIN_TCP_IDLE);
	twin_tcp_write_room(peer);
}

/**
 * twin_tcp_handover() - give the other end what is to be sent, if it is here
 * @tp: connection, clock refreshed, with a path to an address of this namespace
 * @nonagle: TWIN_TCP_NODELAY, _CORK, _PUSH
 *
 * What cannot be handed over stays in the write queue, to be sent.
 *
 * Only for a user of the socket that does not hold its spinlock: that of the
 * other end is taken, whose holder may want this one.  Two users at the two ends
 * see each other's socket owned, and neither waits.
 *
 * Context: Socket lock; does nothing in softirq or with bottom halves off.
 */
void twin_tcp_handover(struct twin_tcp_sock *tp, u8 nonagle)
{
	struct twin_tcp_sock *peer;

	if (in_softirq() || !sock_owned_by_user(twin_tcp_to_sk(tp)) ||
	    !READ_ONCE(twin_tcp_net(tp)->conf.tcp_handover) ||
	    !twin_tcp_handover_fits(tp))
		return;
	local_bh_disable();
	rcu_read_lock();
	peer = twin_path_valid(twin_tcp_net(tp), &tp->ts.path) ?
	       twin_tcp_handover_find(tp) : NULL;
	if (peer) {
		bh_lock_sock_nested(twin_tcp_to_sk(peer));
		twin_tcp_handover_all(tp, peer, nonagle);
		bh_unlock_sock(twin_tcp_to_sk(peer));
		sock_put(twin_tcp_to_sk(peer));
	}
	rcu_read_unlock();
	local_bh_enable();
	twin_tcp_write_room(tp);
}
