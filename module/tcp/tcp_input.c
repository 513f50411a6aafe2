// SPDX-License-Identifier: GPL-2.0
/*
 * A segment arrives: whose is it? (RFC 9293 3.10.7; statement S7)
 */
#include <linux/filter.h>
#include <net/busy_poll.h>
#include <net/sock.h>
#include "tcp_record.h"
#include "tcp_table.h"

/*
 * Reads header and options at skb->data, checks lengths: RFC 9293 3.1, 3.2 (MUST-5
 * to MUST-7).  False: the segment was malformed, and is dropped.
 */
static bool twin_tcp_segment_parse(struct twin_net *tn, struct sk_buff *skb,
				   struct twin_tcp_segment *seg)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	unsigned int opt_bytes;
	const u8 *opt;

	if (unlikely(!pskb_may_pull(skb, TWIN_WIRE_TCP_MIN_BYTES))) {
		TWIN_COUNT(tn, TCP_IN_ERRS);
		twin_drop(tn, skb, TWIN_DROP_TCP_SHORT);
		return false;
	}
	if (unlikely(twin_wire_tcp_parse(&seg->hdr, skb->data, skb->len)) ||
	    unlikely(!pskb_may_pull(skb, seg->hdr.header_bytes))) {
		TWIN_COUNT(tn, TCP_IN_ERRS);
		twin_drop(tn, skb, TWIN_DROP_TCP_HEADER_LENGTH);
		return false;
	}
	opt = skb->data + TWIN_WIRE_TCP_MIN_BYTES;
	opt_bytes = seg->hdr.header_bytes - TWIN_WIRE_TCP_MIN_BYTES;
	if (!opt_bytes)
		seg->opt.present = 0;
	else if (!twin_wire_tcp_timestamp_fast(&seg->opt, opt, opt_bytes))
		twin_wire_tcp_options_parse(&seg->opt, opt, opt_bytes);
	seg->payload = skb->len - seg->hdr.header_bytes;
	seg->end_seq = seg->hdr.seq + seg->payload +
		       !!(seg->hdr.flags & TWIN_TCP_SYN) +
		       !!(seg->hdr.flags & TWIN_TCP_FIN);
	cb->seq = seg->hdr.seq;
	cb->end_seq = seg->end_seq;
	cb->flags = seg->hdr.flags;
	cb->sacked = 0;
	return true;
}

static bool twin_tcp_checksum_ok(struct twin_net *tn, struct sk_buff *skb)
{
	if (likely(!skb_checksum_validate(skb, IPPROTO_TCP,
					  twin_ip_pseudo_sum)))
		return true;
	TWIN_COUNT(tn, TCP_IN_CSUM_ERRORS);
	TWIN_COUNT(tn, TCP_IN_ERRS);
	twin_drop(tn, skb, TWIN_DROP_TCP_CHECKSUM);
	return false;
}

static void twin_tcp_input_flow(struct twin_net *tn, const struct sk_buff *skb,
				const struct twin_tcp_segment *seg,
				struct twin_flow *key)
{
	const struct twin_ip_cb *cb = twin_ip_cb(skb);

	key->tn = tn;
	key->laddr = cb->daddr;
	key->raddr = cb->saddr;
	key->lport = seg->hdr.dport;
	key->rport = seg->hdr.sport;
	key->ifindex = cb->ifindex;
	key->hash = twin_flow_hash(tn, key->laddr, key->lport, key->raddr,
				   key->rport);
}

/* Checks that cost little before the socket's lock is taken. */
static bool twin_tcp_input_admit(struct twin_net *tn, struct sock *sk,
				 struct sk_buff *skb,
				 struct twin_tcp_segment *seg)
{
	unsigned int len = skb->len;

	if (unlikely(twin_ip_cb(skb)->ttl < twin_sk(sk)->min_ttl)) {
		TWIN_COUNT(tn, TCPEXT_MIN_TTL_DROP);
		twin_tcp_drop(twin_tcp(sk), skb, TWIN_DROP_TCP_MIN_TTL);
		return false;
	}
	/* a filter must not see other bytes than the reader (tcp_lent.c) */
	if (unlikely(rcu_access_pointer(sk->sk_filter)) &&
	    skb_orphan_frags_rx(skb, GFP_ATOMIC)) {
		twin_tcp_drop(twin_tcp(sk), skb, TWIN_DROP_TCP_NO_MEMORY);
		return false;
	}
	if (unlikely(sk_filter_trim_cap(sk, skb, seg->hdr.header_bytes))) {
		twin_tcp_drop(twin_tcp(sk), skb, TWIN_DROP_SOCKET_FILTER);
		return false;
	}
	/* a filter may have cut the segment */
	return likely(len == skb->len) || twin_tcp_segment_parse(tn, skb, seg);
}

/* Softirq with the socket's spinlock, or release_sock(); RCU read lock. */
static inline void twin_tcp_receive(struct sock *sk, struct sk_buff *skb,
				    struct twin_tcp_segment *seg)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);

	tp->segs_in += max_t(u16, skb_shinfo(skb)->gso_segs, 1);
	twin_tcp_step(tp, skb, seg);
	twin_tcp_note_progress(tp);
}

static void twin_tcp_input_sock(struct twin_net *tn, struct sock *sk,
				struct sk_buff *skb,
				struct twin_tcp_segment *seg)
{
	u32 limit = READ_ONCE(sk->sk_rcvbuf) + (READ_ONCE(sk->sk_sndbuf) >> 1) +
		    64 * 1024;

	if (!twin_tcp_input_admit(tn, sk, skb, seg))
		goto out;
	sk_incoming_cpu_update(sk);
	sk_mark_napi_id(sk, skb);
	skb->dev = NULL;
	bh_lock_sock_nested(sk);
	if (!sock_owned_by_user(sk)) {
		twin_tcp_receive(sk, skb, seg);
	} else if (unlikely(sk_add_backlog(sk, skb, limit))) {
		bh_unlock_sock(sk);
		TWIN_COUNT(tn, TCPEXT_BACKLOG_DROP);
		twin_compat_sk_drops_inc(sk);
		twin_tcp_drop(twin_tcp(sk), skb, TWIN_DROP_SOCKET_BACKLOG);
		goto out;
	}
	bh_unlock_sock(sk);
out:
	sock_put(sk);
}

/**
 * twin_tcp_backlog_receive() - sk_backlog_rcv: a segment that had to wait
 * @sk: socket
 * @skb: segment, as twin_tcp_input() queued it; consumed
 *
 * Context: release_sock(), socket lock.
 * Return: 0.
 */
int twin_tcp_backlog_receive(struct sock *sk, struct sk_buff *skb)
{
	struct twin_tcp_segment seg twin_compat_uninitialized;

	if (!twin_tcp_segment_parse(twin_tcp_net(twin_tcp(sk)), skb, &seg))
		return 0;
	rcu_read_lock();
	twin_tcp_receive(sk, skb, &seg);
	rcu_read_unlock();
	return 0;
}

static void twin_tcp_input_nobody(struct twin_net *tn, struct sk_buff *skb,
				  const struct twin_tcp_segment *seg)
{
	twin_tcp_reset_reply(tn, skb, seg, 0);
	twin_drop(tn, skb, TWIN_DROP_TCP_NO_SOCKET);
}

/* @tw: what is there of an earlier connection with the same ends, or NULL */
static bool twin_tcp_input_listen(struct twin_net *tn, struct sk_buff *skb,
				  struct twin_tcp_segment *seg,
				  const struct twin_flow *key,
				  struct twin_tcp_timewait *tw)
{
	struct sock *listener;
	u32 iss = 0;

	listener = twin_tcp_table_find_listener(key, skb,
						seg->hdr.header_bytes);
	if (!listener && tw) {
		twin_tcp_timewait_stay(tw, skb);
		return true;
	}
	if (!listener) {
		twin_tcp_input_nobody(tn, skb, seg);
		return true;
	}
	if (tw) {
		iss = twin_tcp_timewait_iss(tw);
		twin_tcp_timewait_kill(tw);
	}
	return !twin_tcp_input_admit(tn, listener, skb, seg) ||
	       twin_tcp_listen_input(listener, skb, seg, iss);
}

/* One of the small objects that stand for a connection. */
static bool twin_tcp_input_mini(struct twin_net *tn, struct sk_buff *skb,
				struct twin_tcp_segment *seg,
				const struct twin_flow *key,
				struct twin_tcp_mini *mini)
{
	struct twin_tcp_timewait *tw;
	struct twin_tcp_request *rq;
	bool taken;

	if (mini->kind == TWIN_TCP_MINI_REQUEST) {
		rq = twin_tcp_request(mini);
		taken = !twin_tcp_input_admit(tn, rq->listener, skb, seg) ||
			twin_tcp_request_input(rq, skb, seg);
	} else {
		tw = twin_tcp_timewait(mini);
		taken = twin_tcp_timewait_input(tw, skb, seg) ||
			twin_tcp_input_listen(tn, skb, seg, key, tw);
	}
	twin_tcp_mini_put(mini);
	return taken;
}

/*
 * Consumes @skb, unless false is returned: a request was its owner, or nobody, until
 * another CPU put something else there.
 */
static bool twin_tcp_input_owner(struct twin_net *tn, struct sk_buff *skb,
				 struct twin_tcp_segment *seg,
				 const struct twin_flow *key)
{
	struct twin_tcp_owner owner;

	owner = twin_tcp_table_find(key, (seg->hdr.flags &
					  (TWIN_TCP_SYN | TWIN_TCP_ACK)) !=
				    TWIN_TCP_SYN);
	if (likely(owner.sk)) {
		twin_tcp_input_sock(tn, owner.sk, skb, seg);
		return true;
	}
	if (owner.mini)
		return twin_tcp_input_mini(tn, skb, seg, key, owner.mini);
	return twin_tcp_input_listen(tn, skb, seg, key, NULL);
}

/**
 * twin_tcp_input() - SEGMENT ARRIVES: find the owner and pass it on
 * @tn: namespace
 * @skb: skb->data at the TCP header, struct twin_ip_cb filled in; consumed
 *
 * RFC: 9293 section 3.10.7
 * Context: Softirq, RCU read lock held.
 */
void twin_tcp_input(struct twin_net *tn, struct sk_buff *skb)
{
	struct twin_tcp_segment seg twin_compat_uninitialized;
	struct twin_flow key twin_compat_uninitialized;

	TWIN_COUNT(tn, TCP_IN_SEGS);
	/* MUST-57 of RFC 9293: a connection has one peer */
	if (unlikely(twin_ip_cb(skb)->type != TWIN_PATH_LOCAL)) {
		twin_drop(tn, skb, TWIN_DROP_TCP_NO_SOCKET);
		return;
	}
	if (!twin_tcp_segment_parse(tn, skb, &seg) ||
	    !twin_tcp_checksum_ok(tn, skb))
		return;
	twin_tcp_input_flow(tn, skb, &seg, &key);
	if (unlikely(!twin_tcp_input_owner(tn, skb, &seg, &key)) &&
	    !twin_tcp_input_owner(tn, skb, &seg, &key))
		twin_drop(tn, skb, TWIN_DROP_TCP_STATE);
}
