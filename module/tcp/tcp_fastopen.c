// SPDX-License-Identifier: GPL-2.0
/*
 * TCP Fast Open, the passive side (RFC 7413): a SYN with a good cookie makes a
 * connection at once, and its data can be read and answered before the
 * handshake is over.
 *
 * Such a connection is a full socket in SYN-RECEIVED with its SYN+ACK in the
 * retransmission queue.  Until that is acknowledged it counts in its listener
 * and holds it.
 */
#include <linux/random.h>
#include <linux/sockptr.h>
#include "tcp_fastopen.h"

/* RFC 7413 5.1: whoever spoofs addresses may provoke resets as well */
#define TWIN_TCP_FASTOPEN_RESET_JIFFIES	(60 * HZ)

/**
 * twin_tcp_fastopen_net_init() - a key for a namespace
 * @tn: namespace
 *
 * Context: Process.
 */
void twin_tcp_fastopen_net_init(struct twin_net *tn)
{
	struct twin_tcp_fastopen_keys *keys = &tn->tcp->fastopen_keys;

	get_random_bytes(&keys->key[0], sizeof(keys->key[0]));
	keys->count = 1;
}

/**
 * twin_tcp_fastopen_set_max() - TCP_FASTOPEN: how many may be under way
 * @tp: socket in CLOSE or LISTEN
 * @connections: not negative; 0: no Fast Open
 *
 * Context: Process, socket lock.
 * Return: 0 or -ENOMEM.
 */
int twin_tcp_fastopen_set_max(struct twin_tcp_sock *tp, int connections)
{
	int most = READ_ONCE(twin_tcp_net(tp)->conf.tcp_somaxconn);
	int err = twin_tcp_listen_prepare(tp);

	if (!err)
		WRITE_ONCE(tp->listen->fastopen_max, min(connections, most));
	return err;
}

/**
 * twin_tcp_fastopen_listen() - a socket begins to listen
 * @lp: listener
 * @backlog: its backlog
 *
 * Context: Process, socket lock.
 */
void twin_tcp_fastopen_listen(struct twin_tcp_sock *lp, int backlog)
{
	const int wanted = TWIN_TCP_FASTOPEN_SERVER |
			   TWIN_TCP_FASTOPEN_ALL_LISTENERS;

	if ((READ_ONCE(twin_tcp_net(lp)->conf.tcp_fastopen) & wanted) ==
	    wanted && !lp->listen->fastopen_max)
		WRITE_ONCE(lp->listen->fastopen_max, backlog);
}

/**
 * twin_tcp_fastopen_set_keys() - TCP_FASTOPEN_KEY
 * @tp: socket
 * @value: one key or two, the second one for checking only
 * @bytes: length of @value
 *
 * Context: Process, socket lock.
 * Return: 0, -EINVAL for another length, -EFAULT, -ENOMEM.
 */
int twin_tcp_fastopen_set_keys(struct twin_tcp_sock *tp, sockptr_t value,
			       unsigned int bytes)
{
	struct twin_tcp_fastopen_keys keys = {};
	int err;

	if (bytes != sizeof(keys.key) && bytes != sizeof(keys.key[0]))
		return -EINVAL;
	if (copy_from_sockptr(keys.key, value, bytes))
		return -EFAULT;
	err = twin_tcp_listen_prepare(tp);
	if (err)
		return err;
	keys.count = bytes / sizeof(keys.key[0]);
	spin_lock_bh(&tp->listen->lock);
	tp->listen->fastopen_keys = keys;
	spin_unlock_bh(&tp->listen->lock);
	return 0;
}

/* The keys of a listener, else those of its namespace. */
static void twin_tcp_fastopen_keys(const struct twin_tcp_sock *lp,
				   struct twin_tcp_fastopen_keys *keys)
{
	keys->count = 0;
	if (lp->listen) {
		spin_lock_bh(&lp->listen->lock);
		*keys = lp->listen->fastopen_keys;
		spin_unlock_bh(&lp->listen->lock);
	}
	if (!keys->count)
		*keys = twin_tcp_net(lp)->tcp->fastopen_keys;
}

/**
 * twin_tcp_fastopen_get_keys() - what getsockopt(TCP_FASTOPEN_KEY) says
 * @tp: socket
 * @data: room for all keys
 *
 * Those of the namespace are secret: whoever knows them can spoof addresses.
 *
 * Context: Process, socket lock.
 * Return: bytes of keys; 0 if the socket was given none.
 */
unsigned int twin_tcp_fastopen_get_keys(struct twin_tcp_sock *tp, u8 *data)
{
	struct twin_tcp_fastopen_keys keys;
	unsigned int bytes;

	if (!tp->listen || !tp->listen->fastopen_keys.count)
		return 0;
	twin_tcp_fastopen_keys(tp, &keys);
	bytes = keys.count * sizeof(keys.key[0]);
	memcpy(data, keys.key, bytes);
	return bytes;
}

/* RFC 7413 4.1.2: a keyed hash of the client's address, and of ours */
static u64 twin_tcp_fastopen_hash(const struct twin_flow *flow,
				  const siphash_key_t *key)
{
	return siphash_2u32((__force u32)flow->raddr, (__force u32)flow->laddr,
			    key);
}

/**
 * twin_tcp_fastopen_cookie() - put a cookie into a SYN+ACK
 * @listener: whose
 * @flow: the connection
 * @opt: options that are being made
 *
 * RFC: 7413 section 4.1.2
 * Context: Softirq, RCU read lock.
 */
void twin_tcp_fastopen_cookie(const struct sock *listener,
			      const struct twin_flow *flow,
			      struct twin_wire_tcp_options *opt)
{
	struct twin_tcp_fastopen_keys keys;
	u64 hash;

	twin_tcp_fastopen_keys(twin_tcp(listener), &keys);
	hash = twin_tcp_fastopen_hash(flow, &keys.key[0]);
	opt->present |= TWIN_TCP_OPT_FASTOPEN;
	opt->cookie_bytes = TWIN_TCP_FASTOPEN_COOKIE_BYTES;
	memcpy(opt->cookie, &hash, sizeof(hash));
}

/* Return: which key made the cookie, or -1. */
static int twin_tcp_fastopen_check(const struct twin_tcp_request *rq,
				   const struct twin_wire_tcp_options *opt)
{
	struct twin_tcp_fastopen_keys keys;
	u64 hash;
	int i;

	if (opt->cookie_bytes != TWIN_TCP_FASTOPEN_COOKIE_BYTES)
		return -1;
	twin_tcp_fastopen_keys(twin_tcp(rq->listener), &keys);
	for (i = 0; i < keys.count; i++) {
		hash = twin_tcp_fastopen_hash(&rq->mini.flow, &keys.key[i]);
		if (!memcmp(opt->cookie, &hash, sizeof(hash)))
			return i;
	}
	return -1;
}

/* RFC 7413 5.1: few at a time; a reset does not make room at once. */
static bool twin_tcp_fastopen_has_room(struct twin_net *tn,
				       struct twin_tcp_listen *listen)
{
	u32 most = READ_ONCE(listen->fastopen_max), count;

	if (!most)
		return false;
	count = atomic_read(&listen->fastopen_count);
	if (time_before(jiffies, READ_ONCE(listen->fastopen_reset_jiffies) +
			TWIN_TCP_FASTOPEN_RESET_JIFFIES))
		count += READ_ONCE(listen->fastopen_resets);
	if (count < most)
		return true;
	TWIN_COUNT(tn, TCPEXT_FAST_OPEN_LISTEN_OVERFLOW);
	return false;
}

/* The SYN's text goes to the reader now. */
static void twin_tcp_fastopen_text(struct twin_tcp_sock *child,
				   struct sk_buff *skb,
				   const struct twin_tcp_segment *seg)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(skb);

	cb->seq++;
	cb->flags &= ~TWIN_TCP_SYN;
	skb->dev = NULL;
	skb_clear_delivery_time(skb);
	__skb_pull(skb, seg->hdr.header_bytes);
	child->syn_data_acked = seg->payload > 0;
	twin_tcp_data_in(child, skb);
	/* the SYN+ACK tells a window from here on */
	child->rcv_wup = child->rcv_nxt;
}

/* It counts in its listener until its SYN+ACK is acknowledged. */
static void twin_tcp_fastopen_hold(struct twin_tcp_sock *child,
				   struct sock *listener, bool give_cookie)
{
	sock_hold(listener);
	child->fastopen_listener = listener;
	child->fastopen_give_cookie = give_cookie;
	WRITE_ONCE(child->fastopen_passive, 1);
	atomic_inc(&twin_tcp(listener)->listen->fastopen_count);
}

static bool twin_tcp_fastopen_begin(struct twin_tcp_request *rq,
				    struct twin_tcp_sock *child)
{
	u8 flags = TWIN_TCP_SYN | TWIN_TCP_ACK;
	struct sk_buff *synack;

	child->write_seq = rq->iss;
	child->snd_una = rq->iss;
	child->snd_nxt = rq->iss;
	child->snd_sml = rq->iss;
	child->snd_up = rq->iss;
	child->rack_fack = rq->iss;
	child->rack_high = rq->iss;
	if (rq->ecn_ok)
		flags |= TWIN_TCP_ECE;
	synack = twin_tcp_queue_syn(child, flags, GFP_ATOMIC);
	if (!synack || !twin_tcp_child_enter(rq, child))
		return false;
	twin_tcp_fastopen_hold(child, rq->listener, rq->fastopen_cookie);
	twin_tcp_window_init(child);
	twin_tcp_sndbuf_expand(child);
	return true;
}

static void twin_tcp_fastopen_synack(struct twin_tcp_sock *child)
{
	struct sk_buff *synack =
		skb_peek(&twin_tcp_to_sk(child)->sk_write_queue);

	/* if it cannot leave now the time-out sends it again */
	twin_tcp_transmit(child, synack, GFP_ATOMIC);
	twin_tcp_sent_new(child, synack);
}

/* With the child's lock.  Return: it is in its listener's queue. */
static bool twin_tcp_fastopen_start(struct twin_tcp_request *rq,
				    struct twin_tcp_sock *child,
				    struct sk_buff *skb,
				    const struct twin_tcp_segment *seg)
{
	if (!twin_tcp_fastopen_begin(rq, child) ||
	    !twin_tcp_accept_add(rq->listener, child)) {
		twin_tcp_child_discard(child);
		return false;
	}
	child->segs_in++;
	twin_tcp_fastopen_text(child, skb, seg);
	twin_tcp_fastopen_synack(child);
	return true;
}

static void twin_tcp_fastopen_make(struct twin_tcp_request *rq,
				   struct sk_buff *skb,
				   struct twin_tcp_segment *seg)
{
	struct twin_net *tn = rq->mini.flow.tn;
	struct sock *sk = NULL;
	bool begun = false;

	if (twin_tcp_request_start(rq)) {
		rq->snt_us = 0;		/* the SYN+ACK is measured as data is */
		sk = twin_tcp_child_new(rq, seg);
	}
	if (sk) {
		__acquire(&sk->sk_lock.slock);
		begun = twin_tcp_fastopen_start(rq, twin_tcp(sk), skb, seg);
		bh_unlock_sock(sk);
	}
	if (begun) {
		TWIN_COUNT(tn, TCPEXT_FAST_OPEN_PASSIVE);
		rq->listener->sk_data_ready(rq->listener);
	} else {
		twin_tcp_request_kill(rq);
		TWIN_COUNT(tn, TCPEXT_FAST_OPEN_PASSIVE_FAIL);
		twin_drop(tn, skb, TWIN_DROP_TCP_STATE);
	}
	if (sk)
		sock_put(sk);
}

/* Return: may a SYN's data be taken now?  Else perhaps give it a cookie. */
static bool twin_tcp_fastopen_judge(struct twin_tcp_request *rq,
				    const struct twin_wire_tcp_options *opt)
{
	const struct twin_tcp_sock *lp = twin_tcp(rq->listener);
	struct twin_net *tn = rq->mini.flow.tn;
	int key;

	if (READ_ONCE(tn->conf.tcp_fastopen) &
	    TWIN_TCP_FASTOPEN_SERVER_NO_COOKIE || lp->fastopen_no_cookie)
		return true;
	if (!(opt->present & TWIN_TCP_OPT_FASTOPEN))
		return false;
	key = twin_tcp_fastopen_check(rq, opt);
	if (key < 0 && opt->cookie_bytes)
		TWIN_COUNT(tn, TCPEXT_FAST_OPEN_PASSIVE_FAIL);
	/* a new one also for a cookie of the old key */
	rq->fastopen_cookie = key != 0;
	return key >= 0;
}

/**
 * twin_tcp_fastopen_accept() - a SYN arrives: does it open a connection now?
 * @rq: complete request, in no table
 * @skb: the SYN, skb->data at its TCP header; consumed if true
 * @seg: the same, parsed
 *
 * RFC: 7413 section 4.2.2
 * Context: Softirq, RCU read lock.
 * Return: false if the handshake takes its usual way; @rq says whether the
 * SYN+ACK gives a cookie.
 */
bool twin_tcp_fastopen_accept(struct twin_tcp_request *rq, struct sk_buff *skb,
			      struct twin_tcp_segment *seg)
{
	const struct twin_wire_tcp_options *opt = &seg->opt;
	bool asked = opt->present & TWIN_TCP_OPT_FASTOPEN;
	struct twin_net *tn = rq->mini.flow.tn;

	if (likely(!asked && !seg->payload))
		return false;
	if (asked && !opt->cookie_bytes)
		TWIN_COUNT(tn, TCPEXT_FAST_OPEN_COOKIE_REQD);
	if (!(READ_ONCE(tn->conf.tcp_fastopen) & TWIN_TCP_FASTOPEN_SERVER) ||
	    !twin_tcp_fastopen_has_room(tn, twin_tcp(rq->listener)->listen) ||
	    !twin_tcp_fastopen_judge(rq, opt))
		return false;
	twin_tcp_fastopen_make(rq, skb, seg);
	return true;
}

/**
 * twin_tcp_fastopen_done() - a handshake that began with data is over
 * @child: connection; may be another one too: then nothing happens
 * @reset: the peer has reset it
 *
 * RFC: 7413 section 5.1
 * Context: Socket lock.
 */
void twin_tcp_fastopen_done(struct twin_tcp_sock *child, bool reset)
{
	struct sock *listener = child->fastopen_listener;
	struct twin_tcp_listen *listen;

	if (likely(!listener))
		return;
	listen = twin_tcp(listener)->listen;
	if (reset) {
		spin_lock_bh(&listen->lock);
		if (!time_before(jiffies, listen->fastopen_reset_jiffies +
				 TWIN_TCP_FASTOPEN_RESET_JIFFIES))
			WRITE_ONCE(listen->fastopen_resets, 0);
		WRITE_ONCE(listen->fastopen_resets,
			   listen->fastopen_resets + 1);
		WRITE_ONCE(listen->fastopen_reset_jiffies, jiffies);
		spin_unlock_bh(&listen->lock);
	}
	atomic_dec(&listen->fastopen_count);
	child->fastopen_listener = NULL;
	child->fastopen_give_cookie = 0;
	sock_put(listener);
}
