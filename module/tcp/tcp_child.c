// SPDX-License-Identifier: GPL-2.0
/*
 * The last segment of a handshake turns a request into a connection: a clone
 * of its listener with the numbers of the request (RFC 9293 3.10.7.4, fifth;
 * statement S4, S5).
 */
#include <linux/slab.h>
#include "../inspect/mib.h"
#include "tcp_cong.h"
#include "tcp_record.h"
#include "tcp_table.h"

/* What of the listener's memory must not be the child's as well. */
static void twin_tcp_child_detach(struct twin_tcp_sock *child)
{
	struct sock *sk = twin_tcp_to_sk(child);

	/* listeners are freed after a grace period, connections at once */
	sock_reset_flag(sk, SOCK_RCU_FREE);
	atomic64_set(&sk->sk_cookie, 0);
	sk->sk_frag.page = NULL;
	sk->sk_frag.offset = 0;
	clear_bit(TWIN_SOCK_BOUND_PORT, &child->ts.flags);
	RCU_INIT_POINTER(child->ts.groups, NULL);
	RCU_INIT_POINTER(child->ts.options, NULL);
	child->ts.path.generation = 0;
	child->mtu_search.pmtu_bytes = 0;
	child->listen = NULL;
	child->pace = NULL;
	child->bind = NULL;
	child->ts.recorder = NULL;
	*twin_tcp_deferred(child) = 0;
	child->lent = 0;
	child->saved_syn = NULL;
	child->save_syn = 0;
	child->fastopen_listener = NULL;
	/* another thread's, if the listener is just connecting, or refusing to */
	sk->sk_write_pending = 0;
	child->fastopen_request = NULL;
	child->fastopen_connect = 0;
	child->fastopen_no_cookie = 0;
	twin_tcp_timer_init(child);
}

static void twin_tcp_child_numbers(struct twin_tcp_sock *child,
				   const struct twin_tcp_request *rq,
				   const struct twin_tcp_segment *seg)
{
	child->write_seq = rq->iss + 1;
	child->snd_una = child->write_seq;
	child->snd_nxt = child->write_seq;
	child->snd_sml = child->write_seq;
	child->snd_up = child->write_seq;
	child->rack_fack = child->write_seq;
	child->rack_high = child->write_seq;
	child->rcv_nxt = rq->irs + 1;
	child->copied_seq = child->rcv_nxt;
	child->rcv_wup = child->rcv_nxt;
	child->rcv_wnd = rq->rcv_wnd;
	child->snd_wl1 = rq->irs;
	child->snd_wnd = seg->hdr.window;
	/* a SYN, of Fast Open: never scaled (RFC 7323 2.2) */
	if (!(seg->hdr.flags & TWIN_TCP_SYN))
		child->snd_wnd <<= rq->agreed.snd_wscale;
	child->max_window = child->snd_wnd;
	child->segs_in = 1;	/* the SYN */
}

/* IP options are the peer's, as those of the SYN+ACK were; not the listener's. */
static void twin_tcp_child_ip_options(struct twin_tcp_sock *child,
				      const struct twin_tcp_request *rq)
{
	const struct twin_ip_options *options = twin_tcp_request_options(rq);

	if (unlikely(options))
		RCU_INIT_POINTER(child->ts.options,
				 kmemdup(options, sizeof(*options),
					 GFP_ATOMIC | __GFP_NOWARN));
}

static void twin_tcp_child_options(struct twin_tcp_sock *child,
				   const struct twin_tcp_request *rq)
{
	child->agreed = rq->agreed;
	child->ecn = rq->ecn_ok ? TWIN_TCP_ECN_OK : 0;
	child->advmss = rq->advmss;
	child->ts_recent = rq->ts_recent;
	child->ts_recent_seconds = (u32)ktime_get_seconds();
	twin_tcp_set_ts_offset(child, rq->tsval_offset);
	if (!child->window_clamp)
		child->window_clamp = 65535u << rq->agreed.rcv_wscale;
	child->rcv_ssthresh = child->rcv_wnd;
}

/* Karn: a SYN+ACK that was sent twice tells nothing, nor does a cookie. */
static void twin_tcp_child_rtt(struct twin_tcp_sock *child,
			       const struct twin_tcp_request *rq)
{
	u32 rtt_us = (u32)child->now_us - rq->snt_us;

	child->total_retrans = rq->retransmits;
	if (rq->retransmits || !rq->snt_us)
		return;
	twin_tcp_rtt_sample(&child->rtt, rtt_us, child->snd_una,
			    child->snd_nxt);
	child->min_rtt_us = max(rtt_us, 1u);
}

/* Makes a fresh clone of the listener the connection of a request. */
static void twin_tcp_child_init(struct twin_tcp_sock *child,
				const struct twin_tcp_request *rq,
				const struct twin_tcp_segment *seg)
{
	twin_tcp_child_detach(child);
	child->ts.flow = rq->mini.flow;
	/* the listener may be bound to another device since the SYN came */
	twin_tcp_to_sk(child)->sk_bound_dev_if = rq->mini.flow.ifindex;
	/* a listener that is just being closed was copied with its new state */
	twin_tcp_to_sk(child)->sk_state = TCP_LISTEN;
	twin_tcp_set_state(child, TCP_SYN_RECV);
	twin_tcp_reset_members(child);
	twin_tcp_cong_inherit(child, twin_tcp(rq->listener));
	atomic_inc(&twin_tcp_net(child)->tcp->socket_count);
	twin_tcp_clock_refresh(child);
	twin_tcp_child_numbers(child, rq, seg);
	twin_tcp_child_options(child, rq);
	twin_tcp_child_ip_options(child, rq);
	twin_tcp_child_rtt(child, rq);
	twin_tcp_record_inherit(child, twin_tcp(rq->listener));
}

/**
 * twin_tcp_child_discard() - a connection that will have no owner
 * @child: connection
 *
 * Context: Bottom halves off, socket lock; the owner's reference is dropped, so
 * the caller has one of its own.
 */
void twin_tcp_child_discard(struct twin_tcp_sock *child)
{
	struct sock *sk = twin_tcp_to_sk(child);

	sock_orphan(sk);
	twin_tcp_orphan_count(child, 1);
	twin_tcp_timer_stop_all(child);
	twin_tcp_note_now(child);
	twin_tcp_set_state(child, TCP_CLOSE);
	twin_tcp_destroy(child);
}

/**
 * twin_tcp_child_enter() - a child takes its request's place in the table
 * @rq: request
 * @child: its socket
 *
 * Context: Softirq, RCU read lock, @child's socket lock.
 * Return: false if another CPU was first.
 */
bool twin_tcp_child_enter(struct twin_tcp_request *rq,
			  struct twin_tcp_sock *child)
{
	twin_tcp_bind_inherit(twin_tcp(rq->listener), child);
	/* the MSS goes by the path; without one the default stays */
	twin_tcp_path(child);
	if (!twin_tcp_table_promote(rq, child))
		return false;
	/* another CPU may have made a child of the same request */
	if (unlikely(rq->extra))
		swap(child->saved_syn, rq->extra->saved_syn);
	twin_tcp_request_done(rq);
	TWIN_TCP_COUNT(child, TCP_PASSIVE_OPENS);
	return true;
}

/* Too many wait for accept(): the peer has to try again, or gets a RST. */
static bool twin_tcp_child_overflow(struct twin_tcp_request *rq,
				    struct sk_buff *skb,
				    const struct twin_tcp_segment *seg)
{
	struct twin_net *tn = rq->mini.flow.tn;

	if (READ_ONCE(tn->conf.tcp_abort_on_overflow)) {
		if (!twin_tcp_request_kill(rq))
			return false;
		twin_tcp_reset_reply(tn, skb, seg, rq->mini.flow.ifindex);
	} else {
		rq->acked = 1;
		rq->snt_us = 0;	/* what completes it later is no answer to it */
	}
	TWIN_COUNT(tn, TCPEXT_LISTEN_OVERFLOWS);
	TWIN_COUNT(tn, TCPEXT_LISTEN_DROPS);
	twin_tcp_drop(twin_tcp(rq->listener), skb,
		      TWIN_DROP_TCP_LISTEN_OVERFLOW);
	return true;
}

/**
 * twin_tcp_child_new() - a socket for the connection of a request
 * @rq: request with all numbers
 * @seg: the peer's newest segment
 *
 * Context: Softirq, RCU read lock.
 * Return: the socket in SYN-RECEIVED, locked, with an owner's reference and one
 * for the caller; in no table.  Or NULL: no memory.
 */
struct sock *twin_tcp_child_new(struct twin_tcp_request *rq,
				const struct twin_tcp_segment *seg)
{
	struct sock *sk = twin_compat_sk_clone(rq->listener, GFP_ATOMIC);

	if (!sk)
		return NULL;
	twin_tcp_child_init(twin_tcp(sk), rq, seg);
	return sk;
}

/* The child is in the table: it has the segment, if accept() can have the child. */
static void twin_tcp_child_begin(struct twin_tcp_request *rq,
				 struct twin_tcp_sock *child,
				 struct sk_buff *skb,
				 struct twin_tcp_segment *seg)
{
	twin_tcp_established(child);
	if (!twin_tcp_accept_add(rq->listener, child)) {
		twin_tcp_reset_send(child);
		twin_tcp_child_discard(child);
		twin_tcp_drop(twin_tcp(rq->listener), skb,
			      TWIN_DROP_TCP_STATE);
		return;
	}
	skb->dev = NULL;
	child->segs_in++;
	/* the SYN+ACK, which only the request knew of */
	child->delivered++;
	twin_tcp_step(child, skb, seg);
	twin_tcp_note_progress(child);
}

static bool twin_tcp_child_open(struct twin_tcp_request *rq,
				struct sk_buff *skb,
				struct twin_tcp_segment *seg)
{
	struct twin_net *tn = rq->mini.flow.tn;
	struct sock *sk = twin_tcp_child_new(rq, seg);
	bool entered;

	if (!sk) {
		TWIN_COUNT(tn, TCPEXT_LISTEN_DROPS);
		twin_tcp_drop(twin_tcp(rq->listener), skb,
			      TWIN_DROP_TCP_NO_MEMORY);
		return true;
	}
	/* the clone is locked, and has a reference for us */
	__acquire(&sk->sk_lock.slock);
	entered = twin_tcp_child_enter(rq, twin_tcp(sk));
	if (entered)
		twin_tcp_child_begin(rq, twin_tcp(sk), skb, seg);
	else
		twin_tcp_child_discard(twin_tcp(sk));
	bh_unlock_sock(sk);
	if (entered)
		rq->listener->sk_data_ready(rq->listener);
	sock_put(sk);
	return entered;
}

/**
 * twin_tcp_child_input() - the handshake is complete
 * @rq: request, with the caller's reference
 * @skb: the segment that completes it, skb->data at the TCP header; consumed
 *	unless it is for somebody else
 * @seg: the same, parsed and acceptable
 *
 * RFC: 9293 section 3.10.7.4, fifth
 * Context: Softirq, RCU read lock held.
 * Return: false if another CPU has made something else of @rq meanwhile.
 */
bool twin_tcp_child_input(struct twin_tcp_request *rq, struct sk_buff *skb,
			  struct twin_tcp_segment *seg)
{
	struct sock *listener = rq->listener;
	struct twin_net *tn = rq->mini.flow.tn;

	/* pairs with the release in twin_tcp_set_state() */
	if (smp_load_acquire(&listener->sk_state) == TCP_LISTEN)
		return twin_tcp_accept_full(twin_tcp(listener)->listen) ?
		       twin_tcp_child_overflow(rq, skb, seg) :
		       twin_tcp_child_open(rq, skb, seg);
	if (!twin_tcp_request_kill(rq))
		return false;
	twin_tcp_reset_reply(tn, skb, seg, rq->mini.flow.ifindex);
	twin_tcp_drop(twin_tcp(listener), skb, TWIN_DROP_TCP_STATE);
	return true;
}
