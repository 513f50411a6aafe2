// SPDX-License-Identifier: GPL-2.0
/*
 * OPEN, CLOSE and ABORT (RFC 9293 3.9.1; statement S4, S5, S14, S19).
 */
#include <linux/wait.h>
#include "tcp_busy.h"
#include "tcp_cong.h"
#include "tcp_fastopen.h"
#include "tcp_record.h"

/* Largest segment we take: RFC 9293 3.7.1, MMS_R of the device. */
static u16 twin_tcp_user_advmss(const struct twin_tcp_sock *tp)
{
	u32 mss = tp->ts.path.mtu_bytes - TWIN_WIRE_IPV4_MIN_BYTES -
		  TWIN_WIRE_TCP_MIN_BYTES;

	if (tp->user_mss)
		mss = min_t(u32, mss, tp->user_mss);
	return mss;
}

/* What the SYN offers. */
static void twin_tcp_user_offer(struct twin_tcp_sock *tp)
{
	const struct twin_conf *conf = &twin_tcp_net(tp)->conf;

	/* RFC 9293 3.7.1, MUST-15: so much until the peer has said more */
	tp->agreed.mss_clamp = TWIN_TCP_MSS_DEFAULT;
	tp->agreed.wscale_ok = !!READ_ONCE(conf->tcp_window_scaling);
	tp->agreed.timestamps = !!READ_ONCE(conf->tcp_timestamps);
	tp->agreed.sack = !!READ_ONCE(conf->tcp_sack);
	tp->advmss = twin_tcp_user_advmss(tp);
	twin_tcp_window_first(tp, tp->advmss, &tp->rcv_wnd, &tp->window_clamp,
			      &tp->agreed.rcv_wscale);
	tp->rcv_ssthresh = tp->rcv_wnd;
	twin_tcp_mss_sync(tp, tp->ts.path.mtu_bytes);
}

/* RFC 9293 3.4.1: ISS, unless an earlier connection of the same ends left one */
static void twin_tcp_user_numbers(struct twin_tcp_sock *tp)
{
	u64 secret = twin_tcp_secret(&tp->ts.flow);

	if (!tp->write_seq)
		tp->write_seq = twin_tcp_isn(secret);
	twin_tcp_set_ts_offset(tp, twin_tcp_ts_offset(secret));
	tp->snd_una = tp->write_seq;
	tp->snd_nxt = tp->write_seq;
	tp->snd_sml = tp->write_seq;
	tp->snd_up = tp->write_seq;
	tp->pushed_seq = tp->write_seq;
	tp->high_seq = tp->write_seq;
	tp->rack_fack = tp->write_seq;
	tp->rack_high = tp->write_seq;
	tp->last_seg_jiffies = twin_tcp_jiffies();
	tp->last_rcv_jiffies = twin_tcp_jiffies();
}

/* Both ends and the way between them.  RCU read lock. */
static int twin_tcp_user_route(struct twin_tcp_sock *tp, __be32 daddr,
			       __be16 dport)
{
	struct twin_flow *flow = &tp->ts.flow;
	struct twin_path *path = &tp->ts.path;
	int err;

	err = twin_pcb_path(&tp->ts, daddr);
	if (err)
		return err;
	/* MUST-57: a connection has one peer */
	if (path->type != TWIN_PATH_UNICAST && path->type != TWIN_PATH_LOCAL)
		return -ENETUNREACH;
	if (!flow->laddr)
		flow->laddr = path->saddr;
	flow->raddr = path->daddr;
	flow->rport = dport;
	flow->ifindex = READ_ONCE(tp->ts.sk.sk_bound_dev_if);
	return 0;
}

/*
 * The flow of a socket without a connection: what bind() gave, and the name of
 * the port, which is not its own any more if connect() or accept() chose it.
 */
static void twin_tcp_user_flow_reset(struct twin_tcp_sock *tp)
{
	struct twin_flow *flow = &tp->ts.flow;

	flow->raddr = 0;
	flow->rport = 0;
	if (!twin_sock_test(&tp->ts, TWIN_SOCK_BOUND_ADDR))
		flow->laddr = 0;
	tp->ts.path.generation = 0;
}

static int twin_tcp_user_open(struct twin_tcp_sock *tp)
{
	int err;

	twin_tcp_clock_refresh(tp);
	twin_tcp_set_state(tp, TCP_SYN_SENT);
	err = twin_tcp_bind_connect(tp);
	if (err)
		return err;
	twin_tcp_user_numbers(tp);
	if (tp->fastopen_connect && !tp->fastopen_request)
		return twin_tcp_fastopen_open(tp);
	return twin_tcp_send_syn(tp);
}

/* Back to CLOSE: the connection was not begun.  Return: @err. */
static int twin_tcp_user_not_opened(struct twin_tcp_sock *tp, int err)
{
	twin_tcp_timer_stop_all(tp);
	twin_tcp_send_queues_purge(tp);
	twin_tcp_set_state(tp, TCP_CLOSE);
	twin_tcp_user_flow_reset(tp);
	tp->write_seq = 0;
	tp->syn_fastopen = 0;
	tp->syn_data = 0;
	tp->fastopen_fail = 0;
	return err;
}

/**
 * twin_tcp_connect() - the user call OPEN, active
 * @sk: socket in CLOSE
 * @daddr: the peer's address
 * @dport: its port
 *
 * RFC: 9293 section 3.10.1
 * Context: Process, socket lock held.
 * Return: 0: the SYN is on its way; the error of the route, -EADDRNOTAVAIL if
 * no port is free, -ENOBUFS.
 */
int twin_tcp_connect(struct sock *sk, __be32 daddr, __be16 dport)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);
	int err;

	rcu_read_lock();
	err = twin_tcp_user_route(tp, daddr, dport);
	if (!err)
		twin_tcp_user_offer(tp);
	rcu_read_unlock();
	if (err)
		return err;
	WRITE_ONCE(sk->sk_err, 0);
	sock_reset_flag(sk, SOCK_DONE);
	err = twin_tcp_user_open(tp);
	return err ? twin_tcp_user_not_opened(tp, err) : 0;
}

/**
 * twin_tcp_connect_begin() - the first write after TCP_FASTOPEN_CONNECT
 * @sk: socket whose connect() has left the SYN to it; tp->fastopen_request says
 *	what goes with it
 *
 * If the SYN cannot be sent the state is CLOSE again.
 *
 * RFC: 7413 section 4.2.1
 * Context: Process, socket lock held.
 */
void twin_tcp_connect_begin(struct sock *sk)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);
	int err;

	WRITE_ONCE(tp->fastopen_waits, 0);
	twin_tcp_clock_refresh(tp);
	err = twin_tcp_send_syn(tp);
	if (err)
		twin_tcp_user_not_opened(tp, err);
}

/*
 * RFC 6928 section 2: "refrain from resetting the initial window to 1 segment,
 * unless there have been more than one SYN or SYN/ACK retransmissions"
 */
static u32 twin_tcp_user_initial_cwnd(const struct twin_tcp_sock *tp)
{
	return tp->total_retrans > 1 ? 1 : TWIN_TCP_INITIAL_CWND;
}

/**
 * twin_tcp_established() - the handshake is over
 * @tp: connection in SYN-SENT or SYN-RECEIVED, numbers and options agreed
 *
 * RFC: 9293 section 3.10.7.3, fourth; 3.10.7.4, fifth
 * Context: Socket lock, clock refreshed.
 */
void twin_tcp_established(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	twin_tcp_set_state(tp, TCP_ESTABLISHED);
	tp->cwnd = twin_tcp_user_initial_cwnd(tp);
	tp->cwnd_stamp_jiffies = twin_tcp_jiffies();
	tp->cwnd_round_end = tp->snd_una;
	tp->last_seg_jiffies = twin_tcp_jiffies();
	tp->last_rcv_jiffies = twin_tcp_jiffies();
	tp->pushed_seq = tp->write_seq;
	tp->high_seq = tp->snd_una;
	tp->retransmits = 0;
	tp->backoff = 0;
	/* before, there were no numbers, no round trip and no MSS to begin with */
	twin_tcp_cong_restart(tp);
	twin_tcp_mtu_init(tp);
	twin_tcp_window_init(tp);
	twin_tcp_sndbuf_expand(tp);
	twin_tcp_pacing_update(tp);
	if (sock_flag(sk, SOCK_KEEPOPEN))
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_KEEPALIVE,
				   twin_tcp_keepalive_idle(tp));
	if (sock_flag(sk, SOCK_DEAD))
		return;
	sk->sk_state_change(sk);
	sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
}

/* RFC 9293 3.10.5: "If the state is [one of these], a reset is sent" */
static bool twin_tcp_user_reset_due(const struct twin_tcp_sock *tp)
{
	int state = 1 << twin_tcp_to_sk(tp)->sk_state;

	if (state & (TCPF_SYN_RECV | TCPF_ESTABLISHED | TCPF_FIN_WAIT1 |
		     TCPF_FIN_WAIT2 | TCPF_CLOSE_WAIT))
		return true;
	/* the FIN behind what was written has not gone out yet */
	return state & (TCPF_CLOSING | TCPF_LAST_ACK) &&
	       tp->snd_nxt != tp->write_seq;
}

static void twin_tcp_user_forget_receiver(struct twin_tcp_sock *tp)
{
	tp->rcv_nxt = 0;
	tp->copied_seq = 0;
	tp->rcv_wup = 0;
	tp->rcv_wnd = 0;
	tp->window_clamp = 0;
	tp->ts_recent = 0;
	tp->quick_acks = 0;
	tp->pingpong = 0;
	tp->ato_jiffies = 0;
	tp->rcv_rtt_us_x8 = 0;
	tp->rcv_rtt_mstamp_us = 0;
}

static void twin_tcp_user_forget_sender(struct twin_tcp_sock *tp)
{
	tp->write_seq = 0;
	tp->snd_una = 0;
	tp->snd_nxt = 0;
	tp->snd_wnd = 0;
	tp->max_window = 0;
	tp->cwnd_used = 0;
	tp->ecn = 0;
	tp->stamp_id = 0;
	tp->delivered = 0;
	tp->delivered_ce = 0;
	tp->rate_delivered = 0;
}

static void twin_tcp_user_forget_rack(struct twin_tcp_sock *tp)
{
	tp->rack_mstamp_us = 0;
	tp->rack_rtt_us = 0;
	tp->rack_advanced = 0;
	tp->rack_reord_seen = 0;
	tp->rack_dsack_seen = 0;
	tp->rack_last_delivered = 0;
	tp->rack_reo_persist = 0;
}

/* The numbers for tcp_info. */
static void twin_tcp_user_forget_totals(struct twin_tcp_sock *tp)
{
	tp->bytes_acked = 0;
	tp->bytes_received = 0;
	tp->bytes_sent = 0;
	tp->bytes_retrans = 0;
	tp->total_retrans = 0;
	tp->segs_in = 0;
	tp->segs_out = 0;
	tp->data_segs_in = 0;
	tp->data_segs_out = 0;
	tp->dsack_dups = 0;
	tp->reord_seen = 0;
	tp->rcv_ooopack = 0;
	tp->busy = TWIN_TCP_IDLE;
	memset(tp->busy_jiffies, 0, sizeof(tp->busy_jiffies));
}

/* The page that the next write would have gone on with. */
static void twin_tcp_user_forget_page(struct sock *sk)
{
	if (!sk->sk_frag.page)
		return;
	put_page(sk->sk_frag.page);
	sk->sk_frag.page = NULL;
	sk->sk_frag.offset = 0;
}

/* What a connection knew, the next one of the same socket must not. */
static void twin_tcp_user_forget(struct twin_tcp_sock *tp)
{
	struct twin_tcp_agreed none = {};

	twin_tcp_reset_members(tp);
	twin_tcp_cong_restart(tp);
	tp->agreed = none;
	twin_tcp_user_forget_receiver(tp);
	twin_tcp_user_forget_sender(tp);
	twin_tcp_user_forget_rack(tp);
	twin_tcp_user_forget_totals(tp);
	kfree(tp->saved_syn);
	tp->saved_syn = NULL;
}

/**
 * twin_tcp_disconnect() - end whatever there is; the socket can begin anew
 * @sk: socket in any state
 *
 * RFC: 9293 section 3.10.5
 * Context: Process, socket lock held.
 * Return: 0.
 */
int twin_tcp_disconnect(struct sock *sk)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);

	twin_tcp_note_now(tp);
	if (sk->sk_state == TCP_LISTEN) {
		twin_tcp_listen_stop(tp);
	} else if (twin_tcp_user_reset_due(tp)) {
		twin_tcp_reset_send(tp);
		WRITE_ONCE(sk->sk_err, ECONNRESET);
	} else if (sk->sk_state == TCP_SYN_SENT) {
		WRITE_ONCE(sk->sk_err, ECONNRESET);
	}
	twin_tcp_timer_stop_all(tp);
	__skb_queue_purge(&sk->sk_receive_queue);
	twin_tcp_send_queues_purge(tp);
	twin_tcp_ofo_purge(tp);
	twin_tcp_user_forget_page(sk);
	twin_tcp_set_state(tp, TCP_CLOSE);
	twin_tcp_user_flow_reset(tp);
	twin_tcp_user_forget(tp);
	WRITE_ONCE(sk->sk_shutdown, 0);
	sock_reset_flag(sk, SOCK_DONE);
	sk_error_report(sk);
	return 0;
}

/* The state that CLOSE leads to, if a FIN must be sent for it; else 0. */
static u8 twin_tcp_user_fin_state(const struct sock *sk)
{
	switch (sk->sk_state) {
	case TCP_SYN_RECV:
	case TCP_ESTABLISHED:
		return TCP_FIN_WAIT1;
	case TCP_CLOSE_WAIT:
		return TCP_LAST_ACK;
	default:
		return 0;
	}
}

/**
 * twin_tcp_shutdown_send() - the user call CLOSE: no more data will be written
 * @sk: socket
 *
 * What was written is still sent, the FIN behind it.
 *
 * RFC: 9293 section 3.10.4
 * Context: Process, socket lock held.
 */
void twin_tcp_shutdown_send(struct sock *sk)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);
	u8 state = twin_tcp_user_fin_state(sk);

	if (!state)
		return;
	twin_tcp_note_now(tp);
	twin_tcp_set_state(tp, state);
	twin_tcp_send_fin(tp);
}

/* SO_LINGER: until our FIN is acknowledged, or time is up. */
static void twin_tcp_user_linger(struct sock *sk, long timeout)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);

	if (!timeout)
		return;
	add_wait_queue(sk_sleep(sk), &wait);
	while (timeout && !signal_pending(current) &&
	       (1 << sk->sk_state) &
	       (TCPF_FIN_WAIT1 | TCPF_CLOSING | TCPF_LAST_ACK)) {
		release_sock(sk);
		timeout = wait_woken(&wait, TASK_INTERRUPTIBLE, timeout);
		lock_sock(sk);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
}

/* close(): how the connection is ended. */
static void twin_tcp_user_end(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	bool unread = twin_tcp_readable(tp);

	if (sk->sk_state == TCP_LISTEN) {
		twin_tcp_listen_stop(tp);
		twin_tcp_note_now(tp);
		twin_tcp_set_state(tp, TCP_CLOSE);
		return;
	}
	__skb_queue_purge(&sk->sk_receive_queue);
	if (sk->sk_state == TCP_CLOSE)
		return;
	if (unread) {
		/* RFC 9293 3.6.1, RFC 2525 2.17: data nobody will read */
		TWIN_TCP_COUNT(tp, TCPEXT_ABORT_ON_CLOSE);
		twin_tcp_reset_send(tp);
		twin_tcp_set_state(tp, TCP_CLOSE);
	} else if (sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime) {
		TWIN_TCP_COUNT(tp, TCPEXT_ABORT_ON_DATA);	/* AF_INET's name */
		twin_tcp_disconnect(sk);
	} else if (sk->sk_state == TCP_SYN_SENT) {
		twin_tcp_note_now(tp);
		twin_tcp_set_state(tp, TCP_CLOSE);
	} else {
		twin_tcp_shutdown_send(sk);
	}
}

/*
 * What becomes of a connection whose owner has gone.  It lives on by itself in
 * the states in which the peer still owes something, within limits.
 */
static void twin_tcp_user_orphan(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	int seconds = twin_tcp_fin_wait2_seconds(tp);

	if (sk->sk_state == TCP_CLOSE) {
		twin_tcp_destroy(tp);
	} else if (twin_tcp_out_of_memory(tp)) {
		TWIN_TCP_COUNT(tp, TCPEXT_ABORT_ON_MEMORY);
		twin_tcp_reset_send(tp);
		twin_tcp_done(tp);
	} else if (sk->sk_state == TCP_FIN_WAIT2 && seconds < 0) {
		TWIN_TCP_COUNT(tp, TCPEXT_ABORT_ON_LINGER);
		twin_tcp_reset_send(tp);
		twin_tcp_done(tp);
	} else if (sk->sk_state == TCP_FIN_WAIT2) {
		twin_tcp_note_now(tp);
		twin_tcp_timewait_enter(tp, TCP_FIN_WAIT2, seconds * HZ);
	}
}

/**
 * twin_tcp_close() - proto.close: the last descriptor is gone
 * @sk: socket
 * @timeout: SO_LINGER, jiffies
 *
 * RFC: 9293 section 3.10.4, 3.6.1
 * Context: Process; takes the socket lock.  The caller's reference is dropped.
 */
void twin_tcp_close(struct sock *sk, long timeout)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);

	lock_sock(sk);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	twin_tcp_user_end(tp);
	twin_tcp_user_linger(sk, timeout);
	/* ends the owner's reference when the connection ends, perhaps as soon
	 * as release_sock() sees to the segments that waited
	 */
	sock_hold(sk);
	sock_orphan(sk);
	twin_tcp_orphan_count(tp, 1);
	/* probes of a closed window were no time-outs, but an orphan's are */
	if (!tp->snd_wnd)
		tp->retransmits = 0;
	twin_tcp_user_orphan(tp);
	release_sock(sk);
	sock_put(sk);
}

/**
 * twin_tcp_abort() - the user call ABORT, on somebody else's behalf
 * @sk: socket
 * @err: what its owner is to be told, positive
 *
 * RFC: 9293 section 3.10.5
 * Context: Process, socket lock held by lock_sock().
 */
void twin_tcp_abort(struct sock *sk, int err)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);

	if (sk->sk_state == TCP_CLOSE)
		return;
	twin_tcp_note_now(tp);
	if (sk->sk_state == TCP_LISTEN)
		twin_tcp_listen_stop(tp);
	else if (twin_tcp_user_reset_due(tp))
		twin_tcp_reset_send(tp);
	twin_tcp_end_with(tp, err);
}
