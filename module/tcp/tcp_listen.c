// SPDX-License-Identifier: GPL-2.0
/*
 * LISTEN (RFC 9293 3.10.7.2; statement S7): the user calls listen() and
 * accept(), the queue of finished connections between them, and segments that
 * arrive for a listener.
 *
 * Connection requests run through a listener without its lock: they find it
 * under RCU, and what they change is atomic or under the queue lock.
 */
#include <linux/sched/signal.h>
#include "../inspect/mib.h"
#include "tcp_fastopen.h"
#include "tcp_record.h"

/**
 * twin_tcp_listen_prepare() - make a socket's queues
 * @tp: socket that may listen some day
 *
 * Context: Process, socket lock held.
 * Return: 0 or -ENOMEM.
 */
int twin_tcp_listen_prepare(struct twin_tcp_sock *tp)
{
	struct twin_tcp_listen *listen;

	if (tp->listen)
		return 0;
	listen = kzalloc(sizeof(*listen), GFP_KERNEL);
	if (!listen)
		return -ENOMEM;
	spin_lock_init(&listen->lock);
	tp->listen = listen;
	return 0;
}

/* LISTEN first, so that of two sockets on one port each sees the other. */
static int twin_tcp_listen_start(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	int err;

	twin_tcp_note_now(tp);
	twin_tcp_set_state(tp, TCP_LISTEN);
	if (tp->bind)
		err = twin_tcp_bind_recheck_listen(tp);
	else
		err = twin_tcp_get_port(sk, 0);
	if (err) {
		twin_tcp_set_state(tp, TCP_CLOSE);
		return err;
	}
	spin_lock_bh(&tp->listen->lock);
	tp->listen->open = true;
	spin_unlock_bh(&tp->listen->lock);
	twin_tcp_table_listen(tp);
	return 0;
}

/**
 * twin_tcp_listen() - the user call OPEN, passive
 * @sk: socket in CLOSE or LISTEN
 * @backlog: how many finished connections may wait for accept()
 *
 * RFC: 9293 section 3.10.1
 * Context: Process, socket lock held.
 * Return: 0, -EADDRINUSE or -ENOMEM.
 */
int twin_tcp_listen(struct sock *sk, int backlog)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);
	int err;

	err = twin_tcp_listen_prepare(tp);
	if (err)
		return err;
	backlog = min_t(u32, backlog,
			READ_ONCE(twin_tcp_net(tp)->conf.tcp_somaxconn));
	WRITE_ONCE(tp->listen->accept_max, backlog);
	if (sk->sk_state == TCP_LISTEN)
		return 0;
	tp->listen->defer_accept = tp->defer_accept_opt;
	twin_tcp_fastopen_listen(tp, backlog);
	return twin_tcp_listen_start(tp);
}

/*
 * A finished connection that nobody will accept.  It is in the table, so that
 * somebody may be ending it by sock_diag just now: the lock as processes take it.
 */
static void twin_tcp_listen_refuse(struct twin_tcp_sock *child)
{
	struct sock *sk = twin_tcp_to_sk(child);

	sock_hold(sk);
	lock_sock_nested(sk, SINGLE_DEPTH_NESTING);
	local_bh_disable();
	if (sk->sk_state != TCP_CLOSE)
		twin_tcp_reset_send(child);
	twin_tcp_child_discard(child);
	local_bh_enable();
	release_sock(sk);
	sock_put(sk);
}

/**
 * twin_tcp_listen_stop() - a listener takes no more connections
 * @tp: socket in LISTEN; its state changes next
 *
 * Connections that wait for accept() are reset, half-open ones forgotten.
 *
 * RFC: 9293 section 3.10.4, 3.10.5
 * Context: Process, socket lock held.
 */
void twin_tcp_listen_stop(struct twin_tcp_sock *tp)
{
	struct twin_tcp_listen *listen = tp->listen;
	struct twin_tcp_sock *child, *next;

	twin_tcp_table_remove(tp);
	spin_lock_bh(&listen->lock);
	listen->open = false;
	child = listen->accept_first;
	listen->accept_first = NULL;
	WRITE_ONCE(listen->accept_count, 0);
	spin_unlock_bh(&listen->lock);
	for (; child; child = next) {
		next = *twin_tcp_accept_next(child);
		*twin_tcp_accept_next(child) = NULL;
		twin_tcp_listen_refuse(child);
	}
	/* one that is being added now finds out when its time is up */
	if (atomic_read(&listen->request_count))
		twin_tcp_request_kill_all(twin_tcp_to_sk(tp));
}

/**
 * twin_tcp_accept_add() - a finished connection waits for accept()
 * @listener: where; the caller wakes it
 * @child: connection; the queue has the owner's reference from now on
 *
 * Context: Softirq, RCU read lock; takes the queue lock.
 * Return: false if the listener has been closed.
 */
bool twin_tcp_accept_add(struct sock *listener, struct twin_tcp_sock *child)
{
	struct twin_tcp_listen *listen = twin_tcp(listener)->listen;
	bool open;

	spin_lock(&listen->lock);
	open = listen->open;
	if (open) {
		*twin_tcp_accept_next(child) = NULL;
		if (listen->accept_first)
			*twin_tcp_accept_next(listen->accept_last) = child;
		else
			listen->accept_first = child;
		listen->accept_last = child;
		WRITE_ONCE(listen->accept_count, listen->accept_count + 1);
	}
	spin_unlock(&listen->lock);
	return open;
}

/* Connections come without the listener's lock. */
static int twin_tcp_accept_look(const struct sock *sk)
{
	if (sk->sk_state != TCP_LISTEN)
		return -EINVAL;
	return READ_ONCE(twin_tcp(sk)->listen->accept_count) ? 0 : -EAGAIN;
}

/* Return: 0 once there is a connection, or the reason why not. */
static int twin_tcp_accept_wait(struct sock *sk, long timeout)
{
	int err = twin_tcp_accept_look(sk);
	DEFINE_WAIT(wait);

	while (err == -EAGAIN && timeout) {
		prepare_to_wait_exclusive(sk_sleep(sk), &wait,
					  TASK_INTERRUPTIBLE);
		err = twin_tcp_accept_look(sk);
		if (err != -EAGAIN)
			break;
		release_sock(sk);
		timeout = schedule_timeout(timeout);
		lock_sock(sk);
		err = twin_tcp_accept_look(sk);
		/* now only: whoever leaves with a signal while it seems to sleep may
		 * have been woken for a connection that another waits for
		 */
		if (err == -EAGAIN && signal_pending(current)) {
			err = sock_intr_errno(timeout);
			break;
		}
	}
	finish_wait(sk_sleep(sk), &wait);
	return err;
}

/* Socket lock held: nobody else takes from the queue. */
static struct twin_tcp_sock *twin_tcp_accept_take(struct twin_tcp_listen *listen)
{
	struct twin_tcp_sock *child;

	spin_lock_bh(&listen->lock);
	child = listen->accept_first;
	listen->accept_first = *twin_tcp_accept_next(child);
	*twin_tcp_accept_next(child) = NULL;
	WRITE_ONCE(listen->accept_count, listen->accept_count - 1);
	spin_unlock_bh(&listen->lock);
	return child;
}

/**
 * twin_tcp_accept() - take the oldest finished connection
 * @sk: listener
 * @flags: O_NONBLOCK
 * @err: set on failure: -EINVAL not listening, -EAGAIN, -EINTR
 *
 * Context: Process; takes the socket lock, may sleep.
 * Return: the connection, with the owner's reference, or NULL.
 */
struct sock *twin_tcp_accept(struct sock *sk, int flags, int *err)
{
	struct twin_tcp_sock *child = NULL;

	lock_sock(sk);
	*err = twin_tcp_accept_wait(sk, sock_rcvtimeo(sk, flags & O_NONBLOCK));
	if (!*err)
		child = twin_tcp_accept_take(twin_tcp(sk)->listen);
	release_sock(sk);
	return child ? twin_tcp_to_sk(child) : NULL;
}

/* What a listener does with one more SYN. */
enum twin_tcp_listen_verdict {
	TWIN_TCP_LISTEN_ACCEPT,
	TWIN_TCP_LISTEN_COOKIE,		/* answer, and keep nothing */
	TWIN_TCP_LISTEN_OVERFLOW,	/* drop: the application is too slow */
	TWIN_TCP_LISTEN_FULL,		/* drop: too many half-open ones */
};

/* @follows: it took a TIME-WAIT object's place, so there are not more of them. */
static enum twin_tcp_listen_verdict
twin_tcp_listen_judge(const struct twin_net *tn,
		      const struct twin_tcp_listen *listen, bool follows)
{
	u32 requests = atomic_read(&listen->request_count);
	int cookies = READ_ONCE(tn->conf.tcp_syncookies);

	if (twin_tcp_accept_full(listen))
		return TWIN_TCP_LISTEN_OVERFLOW;
	/* a cookie is a number of its own */
	if (follows)
		return TWIN_TCP_LISTEN_ACCEPT;
	if (cookies == 2)
		return TWIN_TCP_LISTEN_COOKIE;
	if (requests < max_t(u32, READ_ONCE(listen->accept_max), 1) &&
	    requests < READ_ONCE(tn->conf.tcp_max_syn_backlog))
		return TWIN_TCP_LISTEN_ACCEPT;
	return cookies ? TWIN_TCP_LISTEN_COOKIE : TWIN_TCP_LISTEN_FULL;
}

static bool twin_tcp_listen_admits(struct twin_tcp_sock *lp,
				   enum twin_tcp_listen_verdict verdict,
				   struct sk_buff *skb)
{
	struct twin_net *tn = twin_tcp_net(lp);

	switch (verdict) {
	case TWIN_TCP_LISTEN_ACCEPT:
		return true;
	case TWIN_TCP_LISTEN_COOKIE:
		TWIN_COUNT(tn, TCPEXT_REQ_Q_FULL_DO_COOKIES);
		return true;
	case TWIN_TCP_LISTEN_OVERFLOW:
		TWIN_COUNT(tn, TCPEXT_LISTEN_OVERFLOWS);
		TWIN_COUNT(tn, TCPEXT_LISTEN_DROPS);
		twin_tcp_drop(lp, skb, TWIN_DROP_TCP_LISTEN_OVERFLOW);
		return false;
	case TWIN_TCP_LISTEN_FULL:
		TWIN_COUNT(tn, TCPEXT_REQ_Q_FULL_DROP);
		TWIN_COUNT(tn, TCPEXT_LISTEN_DROPS);
		twin_tcp_drop(lp, skb, TWIN_DROP_TCP_SYN_QUEUE);
		return false;
	}
	return false;
}

/* Our side of the options: what the peer offered and this host wants. */
static void twin_tcp_listen_agree(struct twin_tcp_request *rq,
				  const struct twin_wire_tcp_options *opt)
{
	const struct twin_conf *conf = &rq->mini.flow.tn->conf;
	struct twin_tcp_agreed *agreed = &rq->agreed;

	agreed->mss_clamp = TWIN_TCP_MSS_DEFAULT;
	if (opt->present & TWIN_TCP_OPT_MSS && opt->mss)
		agreed->mss_clamp = opt->mss;
	agreed->wscale_ok = opt->present & TWIN_TCP_OPT_WSCALE &&
			    READ_ONCE(conf->tcp_window_scaling);
	agreed->snd_wscale = agreed->wscale_ok ?
		min_t(u8, opt->wscale, TWIN_TCP_WSCALE_MAX) : 0;
	agreed->sack = opt->present & TWIN_TCP_OPT_SACK_PERMITTED &&
		       READ_ONCE(conf->tcp_sack);
	agreed->timestamps = opt->present & TWIN_TCP_OPT_TIMESTAMPS &&
			     READ_ONCE(conf->tcp_timestamps);
	rq->ts_recent = agreed->timestamps ? opt->tsval : 0;
}

/* RFC 9293 3.7.1: our MSS is that of the device the answer leaves by. */
static bool twin_tcp_listen_offer(struct twin_tcp_request *rq)
{
	const struct twin_tcp_sock *lp = twin_tcp(rq->listener);
	const struct twin_flow *flow = &rq->mini.flow;
	struct twin_path_key key = {
		.daddr = flow->raddr,
		.saddr = flow->laddr,
		.flags = TWIN_PATH_ANY_SOURCE,
		.ifindex = flow->ifindex,
	};
	struct twin_path path;
	u32 window, clamp, mss;
	u8 wscale;

	if (twin_path_find(flow->tn, &key, &path))
		return false;
	mss = path.mtu_bytes - TWIN_WIRE_IPV4_MIN_BYTES - TWIN_WIRE_TCP_MIN_BYTES;
	if (lp->user_mss)
		mss = min_t(u32, mss, lp->user_mss);
	rq->advmss = mss;
	twin_tcp_window_first(lp, mss, &window, &clamp, &wscale);
	rq->rcv_wnd = window;
	rq->agreed.rcv_wscale = rq->agreed.wscale_ok ? wscale : 0;
	return true;
}

/* A request for the connection of a segment, still without numbers. */
static struct twin_tcp_request *
twin_tcp_listen_request(struct sock *listener, struct sk_buff *skb,
			const struct twin_tcp_segment *seg)
{
	const struct twin_ip_cb *cb = twin_ip_cb(skb);
	struct twin_flow flow = {
		.tn = twin_tcp_net(twin_tcp(listener)),
		.laddr = cb->daddr,
		.raddr = cb->saddr,
		.lport = seg->hdr.dport,
		.rport = seg->hdr.sport,
		.ifindex = READ_ONCE(listener->sk_bound_dev_if),
	};
	struct twin_tcp_request *rq;

	flow.hash = twin_flow_hash(flow.tn, flow.laddr, flow.lport, flow.raddr,
				   flow.rport);
	rq = twin_tcp_request_new(listener, &flow);
	if (!rq) {
		TWIN_COUNT(flow.tn, TCPEXT_LISTEN_DROPS);
		twin_tcp_drop(twin_tcp(listener), skb, TWIN_DROP_TCP_NO_MEMORY);
		return NULL;
	}
	rq->tos = twin_sk(listener)->tos;
	twin_tcp_request_keep(rq, skb, seg);
	return rq;
}

/* Third: a SYN.  The connection enters SYN-RECEIVED. */
static void twin_tcp_listen_syn(struct sock *listener, struct sk_buff *skb,
				struct twin_tcp_segment *seg, u32 iss,
				bool cookie)
{
	struct twin_tcp_request *rq;
	u64 secret;

	rq = twin_tcp_listen_request(listener, skb, seg);
	if (!rq)
		return;
	secret = twin_tcp_secret(&rq->mini.flow);
	rq->irs = seg->hdr.seq;
	rq->iss = iss ?: twin_tcp_isn(secret);
	rq->tsval_offset = twin_tcp_ts_offset(secret);
	rq->ecn_ok = twin_tcp_ecn_offered(twin_tcp(listener), seg->hdr.flags);
	twin_tcp_listen_agree(rq, &seg->opt);
	if (twin_tcp_listen_offer(rq)) {
		if (cookie) {
			twin_tcp_cookie_send(rq);
		} else if (twin_tcp_fastopen_accept(rq, skb, seg)) {
			twin_tcp_mini_put(&rq->mini);
			return;
		} else if (twin_tcp_request_start(rq)) {
			twin_tcp_request_synack(rq, twin_tcp_request_tsval(rq));
		}
	}
	twin_tcp_mini_put(&rq->mini);
	consume_skb(skb);
}

/* Second: an ACK, of nothing that this listener remembers.  Return: false if there
 * is an owner now, made by another CPU.
 */
static bool twin_tcp_listen_ack(struct sock *listener, struct sk_buff *skb,
				struct twin_tcp_segment *seg)
{
	struct twin_net *tn = twin_tcp_net(twin_tcp(listener));
	struct twin_tcp_request *rq = NULL;
	bool taken = true;

	if (!(seg->hdr.flags & TWIN_TCP_SYN) &&
	    twin_tcp_cookie_expected(twin_tcp(listener))) {
		rq = twin_tcp_listen_request(listener, skb, seg);
		if (!rq)
			return true;
	}
	if (rq && twin_tcp_cookie_check(rq, seg) && twin_tcp_listen_offer(rq)) {
		taken = twin_tcp_request_start(rq);
		if (taken) {
			rq->snt_us = 0;	/* the cookie does not say when it went */
			taken = twin_tcp_child_input(rq, skb, seg);
			/* if it is no connection now, nothing is kept again */
			twin_tcp_request_kill(rq);
		}
	} else {
		twin_tcp_reset_reply(tn, skb, seg,
				     READ_ONCE(listener->sk_bound_dev_if));
		twin_tcp_drop(twin_tcp(listener), skb,
			      TWIN_DROP_TCP_ACK_FUTURE);
	}
	if (rq)
		twin_tcp_mini_put(&rq->mini);
	return taken;
}

/**
 * twin_tcp_listen_input() - SEGMENT ARRIVES for a listener
 * @listener: found by the segment's destination
 * @skb: skb->data at the TCP header; consumed unless it is for somebody else
 * @seg: the same, parsed
 * @iss: initial number of a connection that follows one in TIME-WAIT, else 0
 *
 * RFC: 9293 section 3.10.7.2
 * Context: Softirq, RCU read lock held; the listener is not locked.
 * Return: false if another CPU has just made an owner for the segment.
 */
bool twin_tcp_listen_input(struct sock *listener, struct sk_buff *skb,
			   struct twin_tcp_segment *seg, u32 iss)
{
	struct twin_tcp_sock *lp = twin_tcp(listener);
	struct twin_net *tn = twin_tcp_net(lp);
	enum twin_tcp_listen_verdict verdict;
	u8 flags = seg->hdr.flags;

	if (flags & TWIN_TCP_RST) {
		twin_tcp_drop(lp, skb, TWIN_DROP_TCP_RESET_INVALID);
	} else if (flags & TWIN_TCP_ACK) {
		return twin_tcp_listen_ack(listener, skb, seg);
	} else if ((flags & (TWIN_TCP_SYN | TWIN_TCP_FIN)) != TWIN_TCP_SYN) {
		twin_tcp_drop(lp, skb, TWIN_DROP_TCP_STATE);
	} else {
		verdict = twin_tcp_listen_judge(tn, lp->listen, iss);
		if (twin_tcp_listen_admits(lp, verdict, skb))
			twin_tcp_listen_syn(listener, skb, seg, iss,
					    verdict == TWIN_TCP_LISTEN_COOKIE);
	}
	return true;
}
