// SPDX-License-Identifier: GPL-2.0
/*
 * The deadlines of a connection, except for pacing (tcp_pace.c) and gathered ACKs
 * (tcp_gather.c), which need microseconds and have a timer of their own each.
 *
 * All deadlines share one kernel timer, which is set for the earliest.  A deadline
 * that moves later leaves the timer alone: it fires early, finds nothing due and
 * is set anew, once, instead of at each segment.  The timer holds a reference to
 * the socket.
 *
 *	REXMIT		oldest segment not acknowledged in time (RFC 6298 5)
 *	PROBE		end of a flight not acknowledged (RFC 8985 7)
 *	REORDER		a segment that may only be late (RFC 8985 6.3)
 *	PERSIST		the peer's window is closed (RFC 9293 3.8.6.1)
 *	DELACK		an ACK has waited for data long enough (3.8.6.3)
 *	KEEPALIVE	nothing came for long (3.8.4)
 *	FINWAIT2	an orphan whose peer does not close
 */
#include "tcp_busy.h"
#include "tcp_fastopen.h"
#include "tcp_record.h"

#define TWIN_TCP_THIN_SEGS	4
#define TWIN_TCP_THIN_TIMEOUTS	6
#define TWIN_TCP_BACKOFF_MAX	31	/* long after the time-out is at its most */

/**
 * twin_tcp_timer_arm() - set a deadline
 * @tp: connection
 * @kind: which
 * @delay_jiffies: from now
 *
 * Context: Socket lock.
 */
void twin_tcp_timer_arm(struct twin_tcp_sock *tp, enum twin_tcp_timer kind,
			unsigned long delay_jiffies)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	unsigned long when = jiffies + delay_jiffies;

	tp->timers[kind] = (u32)when;
	tp->timers_armed |= BIT(kind);
	if (!timer_pending(&sk->sk_timer) ||
	    time_before(when, sk->sk_timer.expires))
		sk_reset_timer(sk, &sk->sk_timer, when);
}

/**
 * twin_tcp_timer_stop_all() - forget all deadlines and stop the kernel timer
 * @tp: connection
 *
 * Context: Socket lock.
 */
void twin_tcp_timer_stop_all(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	tp->timers_armed = 0;
	twin_tcp_pace_stop(tp);
	if (tp->gaps)
		twin_tcp_gather_stop(tp);
	sk_stop_timer(sk, &sk->sk_timer);
}

/**
 * twin_tcp_rto_jiffies() - the time-out with its back-off
 * @tp: connection
 *
 * RFC: 6298 section 2.4, 5.5
 * Context: Socket lock; any where the number is only shown.
 * Return: jiffies, at least one.
 */
unsigned long twin_tcp_rto_jiffies(const struct twin_tcp_sock *tp)
{
	u32 rto_us = twin_tcp_rtt_backoff(tp->rtt.rto_us, tp->backoff);

	return max(usecs_to_jiffies(rto_us), 1UL);
}

/**
 * twin_tcp_rearm_rto() - the oldest segment's time starts anew
 * @tp: connection
 *
 * RFC: 6298 section 5.1 to 5.3
 * Context: Socket lock.
 */
void twin_tcp_rearm_rto(struct twin_tcp_sock *tp)
{
	if (tp->packets_out) {
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_REXMIT,
				   twin_tcp_rto_jiffies(tp));
		return;
	}
	twin_tcp_timer_stop(tp, TWIN_TCP_TIMER_REXMIT);
	twin_tcp_timer_stop(tp, TWIN_TCP_TIMER_PROBE);
	twin_tcp_timer_stop(tp, TWIN_TCP_TIMER_REORDER);
	if (skb_queue_empty(&twin_tcp_to_sk(tp)->sk_write_queue))
		twin_tcp_busy_become(tp, TWIN_TCP_IDLE);
}

/**
 * twin_tcp_keepalive_idle() - how long a connection may be silent
 * @tp: connection
 *
 * Context: Any.
 * Return: jiffies.
 */
unsigned long twin_tcp_keepalive_idle(const struct twin_tcp_sock *tp)
{
	u32 seconds = tp->keep_idle_seconds;

	if (!seconds)
		seconds = READ_ONCE(twin_tcp_net(tp)->conf.tcp_keepalive_time_seconds);
	return (unsigned long)seconds * HZ;
}

/**
 * twin_tcp_fin_wait2_seconds() - how long an orphan stays in FIN-WAIT-2
 * @tp: connection
 *
 * Context: Any.
 * Return: seconds: TCP_LINGER2's, else the namespace's; negative: not at all.
 */
int twin_tcp_fin_wait2_seconds(const struct twin_tcp_sock *tp)
{
	int seconds = READ_ONCE(tp->linger2_seconds);

	if (!seconds)
		seconds = READ_ONCE(twin_tcp_net(tp)->conf.tcp_fin_timeout_seconds);
	return seconds;
}

static unsigned long twin_tcp_keepalive_interval(const struct twin_tcp_sock *tp)
{
	u32 seconds = tp->keep_intvl_seconds;

	if (!seconds)
		seconds = READ_ONCE(twin_tcp_net(tp)->conf.tcp_keepalive_intvl_seconds);
	return (unsigned long)seconds * HZ;
}

/**
 * twin_tcp_timer_keepalive_set() - proto.keepalive: SO_KEEPALIVE on or off
 * @sk: socket
 * @on: new value
 *
 * Context: Socket lock.
 */
void twin_tcp_timer_keepalive_set(struct sock *sk, int on)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);

	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return;
	if (on && !sock_flag(sk, SOCK_KEEPOPEN))
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_KEEPALIVE,
				   twin_tcp_keepalive_idle(tp));
	else if (!on)
		twin_tcp_timer_stop(tp, TWIN_TCP_TIMER_KEEPALIVE);
	twin_tcp_note_timers_called(tp);
}

static void twin_tcp_timer_give_up(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	WRITE_ONCE(sk->sk_err, sk->sk_err_soft ? sk->sk_err_soft : ETIMEDOUT);
	sk_error_report(sk);
	twin_tcp_send_queues_purge(tp);
	TWIN_TCP_COUNT(tp, TCPEXT_ABORT_ON_TIMEOUT);
	twin_tcp_done(tp);
}

/* Has the user's time-out (TCP_USER_TIMEOUT, RFC 5482) passed? */
static bool twin_tcp_timer_user_expired(const struct twin_tcp_sock *tp,
					u64 since_us)
{
	return tp->user_timeout_ms &&
	       tp->now_us - since_us >= (u64)tp->user_timeout_ms * USEC_PER_MSEC;
}

/* At most what is left of the user's time-out, and a tick: it ends on time. */
static unsigned long twin_tcp_timer_user_clamp(const struct twin_tcp_sock *tp,
					       unsigned long delay_jiffies,
					       u64 since_us)
{
	u64 end_us = since_us + (u64)tp->user_timeout_ms * USEC_PER_MSEC;
	u64 left_us = end_us > tp->now_us ? end_us - tp->now_us : 0;

	if (!tp->user_timeout_ms)
		return delay_jiffies;
	return min(delay_jiffies,
		   msecs_to_jiffies(div_u64(left_us, USEC_PER_MSEC) + 1) + 1);
}

/* Time from the first of @retries time-outs to the last, RFC 1122 4.2.3.5 */
static bool twin_tcp_timer_retries_over(const struct twin_tcp_sock *tp,
					unsigned int retries, u64 since_us)
{
	u64 limit_us = 0;
	unsigned int i;

	if (!tp->retransmits)
		return false;
	for (i = 0; i <= retries; i++)
		limit_us += twin_tcp_rtt_backoff(TWIN_TCP_RTO_MIN_US, i);
	return tp->now_us - since_us >= limit_us;
}

static unsigned int twin_tcp_timer_syn_retries(const struct twin_tcp_sock *tp)
{
	const struct twin_conf *conf = &twin_tcp_net(tp)->conf;

	if (tp->syn_retries)
		return tp->syn_retries;
	/* of a SYN+ACK one more, as AF_INET */
	if (twin_tcp_fastopen_passive(tp))
		return READ_ONCE(conf->tcp_synack_retries) + 1;
	return READ_ONCE(conf->tcp_syn_retries);
}

static unsigned int twin_tcp_timer_orphan_retries(const struct twin_tcp_sock *tp)
{
	int retries = READ_ONCE(twin_tcp_net(tp)->conf.tcp_orphan_retries);

	/* an ICMP error may be temporary; after minutes it is the reason */
	if (twin_tcp_to_sk(tp)->sk_err_soft &&
	    twin_tcp_rtt_backoff(tp->rtt.rto_us, tp->backoff) >=
	    TWIN_TCP_RTO_MAX_US)
		return 0;
	return retries ? retries : 8;
}

/* R2 of RFC 9293 3.8.3 (MUST-20 to 23).  True: the connection is gone. */
static bool twin_tcp_timer_write_timeout(struct twin_tcp_sock *tp, u64 since_us)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	unsigned int retries = READ_ONCE(twin_tcp_net(tp)->conf.tcp_retries2);
	bool over;

	if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) {
		over = tp->retransmits >= twin_tcp_timer_syn_retries(tp);
	} else {
		if (sock_flag(sk, SOCK_DEAD)) {
			retries = twin_tcp_timer_orphan_retries(tp);
			if (twin_tcp_out_of_memory(tp)) {
				TWIN_TCP_COUNT(tp, TCPEXT_ABORT_ON_MEMORY);
				twin_tcp_reset_send(tp);
				twin_tcp_done(tp);
				return true;
			}
		}
		/* what did not leave this host says nothing of the path, nor do
		 * probes of a closed window
		 */
		if (tp->retransmits - tp->excused_timeouts >=
		    READ_ONCE(twin_tcp_net(tp)->conf.tcp_retries1))
			twin_tcp_mtu_black_hole(tp);
		over = tp->user_timeout_ms ? false :
			twin_tcp_timer_retries_over(tp, retries, since_us);
	}
	over = over || twin_tcp_timer_user_expired(tp, since_us);
	twin_tcp_fastopen_timed_out(tp, over);
	if (over)
		twin_tcp_timer_give_up(tp);
	return over;
}

/* The peer shrank its window to nothing: only probes make sense. */
static bool twin_tcp_timer_window_closed(struct twin_tcp_sock *tp,
					 struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	return !tp->snd_wnd && !sock_flag(sk, SOCK_DEAD) &&
	       !((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) &&
	       twin_tcp_cb(skb)->seq == tp->snd_una;
}

/*
 * MUST-37: as long as the peer answers, a closed window may stay closed, unless
 * the program says how long.
 */
static bool twin_tcp_timer_closed_over(const struct twin_tcp_sock *tp)
{
	u32 silent = twin_tcp_jiffies() - tp->last_seg_jiffies;

	if (tp->user_timeout_ms)
		return twin_tcp_timer_user_expired(tp, tp->rexmit_start_us);
	return silent > msecs_to_jiffies(2 * TWIN_TCP_RTO_MAX_US / USEC_PER_MSEC);
}

/*
 * TCP_THIN_LINEAR_TIMEOUTS: a connection with so little under way that only
 * time-outs repair losses does not double them, for a while.
 */
static bool twin_tcp_timer_linear(const struct twin_tcp_sock *tp)
{
	return tp->thin && twin_tcp_to_sk(tp)->sk_state == TCP_ESTABLISHED &&
	       tp->packets_out < TWIN_TCP_THIN_SEGS &&
	       tp->ssthresh < TWIN_TCP_SSTHRESH_INFINITE &&
	       tp->retransmits <= TWIN_TCP_THIN_TIMEOUTS;
}

static void twin_tcp_timer_back_off(struct twin_tcp_sock *tp)
{
	if (tp->backoff < TWIN_TCP_BACKOFF_MAX)
		tp->backoff++;
}

/* A deadline by the back-off, and no later than the user's time-out. */
static void twin_tcp_timer_wait(struct twin_tcp_sock *tp,
				enum twin_tcp_timer kind)
{
	twin_tcp_timer_arm(tp, kind,
			   twin_tcp_timer_user_clamp(tp, twin_tcp_rto_jiffies(tp),
						     tp->rexmit_start_us));
}

static void twin_tcp_timer_count(struct twin_tcp_sock *tp)
{
	if (tp->retransmits < U8_MAX)
		tp->retransmits++;
}

/* The oldest segment once more.  False: no deadline is to be set for it. */
static bool twin_tcp_timer_resend(struct twin_tcp_sock *tp)
{
	bool opening = (1 << twin_tcp_to_sk(tp)->sk_state) &
		       (TCPF_SYN_SENT | TCPF_SYN_RECV);
	struct sk_buff *skb;
	int err = 0;

	if (twin_tcp_timer_write_timeout(tp, tp->rexmit_start_us))
		return false;
	TWIN_TCP_COUNT(tp, TCPEXT_TIMEOUTS);
	twin_tcp_recovery_enter_loss(tp);
	skb = twin_tcp_rtx_first(tp);
	twin_tcp_timer_count(tp);
	if (skb)
		err = twin_tcp_retransmit(tp, skb, 1);
	if ((err > 0 || err == -EBUSY) && tp->excused_timeouts < tp->retransmits)
		tp->excused_timeouts++;
	if (err <= 0 || opening)
		return true;
	/* local trouble (no memory, no neighbour): no back-off for it; but SYNs are
	 * counted, and R2 is to be minutes (MUST-23)
	 */
	twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_REXMIT, HZ / 2);
	return false;
}

/* RFC 6298 section 5.4 to 5.7 */
static void twin_tcp_timer_rexmit(struct twin_tcp_sock *tp)
{
	struct sk_buff *skb = twin_tcp_rtx_first(tp);

	if (!skb)
		return;
	/* it is to be sent again already, in its time */
	if (tp->lost_out > tp->retrans_out && twin_tcp_pace_holds(tp)) {
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_REXMIT,
				   twin_tcp_rto_jiffies(tp));
		return;
	}
	if (!tp->retransmits) {
		tp->rexmit_start_us = twin_tcp_sent_us(skb);
		tp->excused_timeouts = 0;
	}
	if (twin_tcp_timer_window_closed(tp, skb)) {
		if (twin_tcp_timer_closed_over(tp)) {
			twin_tcp_timer_give_up(tp);
			return;
		}
		twin_tcp_timer_count(tp);
		twin_tcp_retransmit(tp, skb, 1);
	} else if (!twin_tcp_timer_resend(tp)) {
		return;
	}
	if (twin_tcp_timer_linear(tp))
		tp->backoff = 0;
	else
		twin_tcp_timer_back_off(tp);
	twin_tcp_timer_wait(tp, TWIN_TCP_TIMER_REXMIT);
	/* after R1 the way there is looked up anew (RFC 1122 3.3.1.4) */
	if (tp->retransmits > READ_ONCE(twin_tcp_net(tp)->conf.tcp_retries1))
		tp->ts.path.generation--;
}

/**
 * twin_tcp_persist_arm() - the window is closed and nothing is under way
 * @tp: connection
 *
 * RFC: 9293 section 3.8.6.1 (MUST-35, MUST-36)
 * Context: Socket lock.
 */
void twin_tcp_persist_arm(struct twin_tcp_sock *tp)
{
	if (tp->packets_out || twin_tcp_timer_armed(tp, TWIN_TCP_TIMER_PERSIST))
		return;
	/* nothing is under way that could time out otherwise */
	tp->rexmit_start_us = twin_clock_us();
	twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_PERSIST, twin_tcp_rto_jiffies(tp));
	twin_tcp_note_timers(tp);
}

static bool twin_tcp_timer_persist_over(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	unsigned int limit;

	/* R2: nobody has answered for so long */
	if (tp->probes_out > READ_ONCE(twin_tcp_net(tp)->conf.tcp_retries2))
		return true;
	/* TCP_USER_TIMEOUT ends it although the peer answers, but not before
	 * one probe: data may have waited for a full queue here, or a cork
	 */
	if (tp->backoff && twin_tcp_timer_user_expired(tp, tp->rexmit_start_us))
		return true;
	if (!sock_flag(sk, SOCK_DEAD))
		return false;	/* as long as the peer answers: MUST-37 */
	/* an orphan is not kept by the peer's answers alone */
	limit = twin_tcp_timer_orphan_retries(tp);
	return tp->probes_out > limit || tp->backoff > limit ||
	       twin_tcp_out_of_memory(tp);
}

static void twin_tcp_timer_persist(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	if (tp->packets_out || skb_queue_empty(&sk->sk_write_queue)) {
		tp->probes_out = 0;
		return;
	}
	if (twin_tcp_timer_persist_over(tp)) {
		twin_tcp_timer_give_up(tp);
		return;
	}
	if (twin_tcp_pace_holds(tp)) {
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_PERSIST,
				   twin_tcp_rto_jiffies(tp));
		return;
	}
	if (twin_tcp_probe_window(tp) > 0) {
		/* data went out, and its time-out is not that of probes */
		tp->backoff = 0;
		twin_tcp_rearm_rto(tp);
		return;
	}
	tp->probes_out++;
	twin_tcp_timer_back_off(tp);
	twin_tcp_timer_wait(tp, TWIN_TCP_TIMER_PERSIST);
}

static void twin_tcp_timer_delack(struct twin_tcp_sock *tp)
{
	if (!(tp->ack_pending & TWIN_TCP_ACK_SCHED))
		return;
	/* no data carried the ACK: the reader needs longer than that, so wait
	 * longer next time, or take the flow for one-way again
	 */
	if (tp->ack_pending & TWIN_TCP_ACK_READER) {
		/* says nothing of how long its answers take */
		WRITE_ONCE(tp->reader, TWIN_TCP_READER_NONE);
	} else if (tp->pingpong) {
		tp->pingpong = 0;
		tp->ato_jiffies = TWIN_TCP_DELACK_MIN_JIFFIES;
	} else {
		tp->ato_jiffies = min3((unsigned long)tp->ato_jiffies << 1,
				       twin_tcp_rto_jiffies(tp),
				       TWIN_TCP_DELACK_DIALOGUE_JIFFIES);
	}
	twin_tcp_ack_send(tp);
	TWIN_TCP_COUNT(tp, TCPEXT_DELAYED_ACKS);
}

static unsigned long twin_tcp_keepalive_elapsed(const struct twin_tcp_sock *tp)
{
	return twin_tcp_jiffies() - tp->last_seg_jiffies;
}

static bool twin_tcp_keepalive_over(const struct twin_tcp_sock *tp,
				    unsigned long elapsed)
{
	unsigned int limit = tp->keep_probes ? tp->keep_probes :
		READ_ONCE(twin_tcp_net(tp)->conf.tcp_keepalive_probes);

	if (tp->user_timeout_ms)
		return elapsed >= msecs_to_jiffies(tp->user_timeout_ms) &&
		       tp->probes_out > 0;
	return tp->probes_out >= limit;
}

/* RFC 9293 section 3.8.4, RFC 1122 section 4.2.3.6 */
static void twin_tcp_timer_keepalive(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	unsigned long elapsed = twin_tcp_keepalive_elapsed(tp);
	unsigned long idle = twin_tcp_keepalive_idle(tp);

	if (!sock_flag(sk, SOCK_KEEPOPEN) ||
	    ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_SYN_SENT | TCPF_LISTEN)))
		return;
	/* data under way tells as much as a probe would */
	if (tp->packets_out || !skb_queue_empty(&sk->sk_write_queue)) {
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_KEEPALIVE, idle);
		return;
	}
	if (elapsed < idle) {
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_KEEPALIVE, idle - elapsed);
		return;
	}
	if (twin_tcp_keepalive_over(tp, elapsed)) {
		twin_tcp_reset_send(tp);
		twin_tcp_timer_give_up(tp);
		return;
	}
	TWIN_TCP_COUNT(tp, TCPEXT_KEEP_ALIVE);
	twin_tcp_ack_probe(tp, tp->snd_una - 1);
	tp->probes_out++;
	twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_KEEPALIVE,
			   twin_tcp_keepalive_interval(tp));
}

static void twin_tcp_timer_finwait2(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	if (sk->sk_state != TCP_FIN_WAIT2 || !sock_flag(sk, SOCK_DEAD))
		return;
	twin_tcp_done(tp);
}

static void twin_tcp_timer_handle(struct twin_tcp_sock *tp,
				  enum twin_tcp_timer kind)
{
	switch (kind) {
	case TWIN_TCP_TIMER_REXMIT:
		twin_tcp_timer_rexmit(tp);
		break;
	case TWIN_TCP_TIMER_PROBE:
		twin_tcp_tlp_send(tp);
		break;
	case TWIN_TCP_TIMER_REORDER:
		twin_tcp_recovery_reorder_timeout(tp);
		break;
	case TWIN_TCP_TIMER_PERSIST:
		twin_tcp_timer_persist(tp);
		break;
	case TWIN_TCP_TIMER_DELACK:
		twin_tcp_timer_delack(tp);
		break;
	case TWIN_TCP_TIMER_KEEPALIVE:
		twin_tcp_timer_keepalive(tp);
		break;
	case TWIN_TCP_TIMER_FINWAIT2:
		twin_tcp_timer_finwait2(tp);
		break;
	case TWIN_TCP_TIMERS:
		break;
	}
}

static void twin_tcp_timer_set_next(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	unsigned long now = jiffies;
	s32 left, least = S32_MAX;
	int kind;

	for (kind = 0; kind < TWIN_TCP_TIMERS; kind++) {
		if (!twin_tcp_timer_armed(tp, kind))
			continue;
		left = (s32)(tp->timers[kind] - (u32)now);
		least = min(least, left);
	}
	if (tp->timers_armed)
		sk_reset_timer(sk, &sk->sk_timer, now + least);
}

/*
 * Handles every deadline that has passed.  The connection may end here: the caller
 * holds a reference.
 */
static void twin_tcp_timer_run(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	int kind;

	twin_tcp_clock_refresh(tp);
	for (kind = 0; kind < TWIN_TCP_TIMERS; kind++) {
		if (!twin_tcp_timer_armed(tp, kind) ||
		    (s32)(tp->timers[kind] - twin_tcp_jiffies()) > 0)
			continue;
		twin_tcp_timer_stop(tp, kind);
		twin_tcp_note_timer_fired(tp, kind);
		twin_tcp_timer_handle(tp, kind);
		if (sk->sk_state == TCP_CLOSE)
			return;
		twin_tcp_note_progress(tp);
	}
	twin_tcp_timer_set_next(tp);
}

static void twin_tcp_timer_fire(struct timer_list *timer)
{
	struct sock *sk = timer_container_of(sk, timer, sk_timer);
	struct twin_tcp_sock *tp = twin_tcp(sk);

	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk)) {
		twin_tcp_timer_run(tp);
	} else if (!test_and_set_bit(TWIN_TCP_DEFER_TIMER,
				     twin_tcp_deferred(tp))) {
		/* the user's release_sock() runs it: keep the reference */
		bh_unlock_sock(sk);
		return;
	}
	bh_unlock_sock(sk);
	sock_put(sk);
}

/**
 * twin_tcp_timer_init() - a connection's timer, idle
 * @tp: connection
 *
 * Context: Nobody else sees the socket.
 */
void twin_tcp_timer_init(struct twin_tcp_sock *tp)
{
	timer_setup(&twin_tcp_to_sk(tp)->sk_timer, twin_tcp_timer_fire, 0);
	tp->timers_armed = 0;
}

/**
 * twin_tcp_release_cb() - proto.release_cb: work put off while a user was busy
 * @sk: socket
 *
 * Context: release_sock(), or from 6.7 on sk_flush_backlog() in connect(): socket
 * spinlock held, and still owned by the user.
 */
void twin_tcp_release_cb(struct sock *sk)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);

	if (!READ_ONCE(*twin_tcp_deferred(tp)))
		return;
	if (test_and_clear_bit(TWIN_TCP_DEFER_SEND, twin_tcp_deferred(tp))) {
		if (sk->sk_state != TCP_CLOSE)
			twin_tcp_send_resume_owned(tp);
		__sock_put(sk);
	}
	if (test_and_clear_bit(TWIN_TCP_DEFER_TIMER, twin_tcp_deferred(tp))) {
		twin_tcp_timer_run(tp);
		__sock_put(sk);
	}
	if (test_and_clear_bit(TWIN_TCP_DEFER_GATHERED, twin_tcp_deferred(tp))) {
		twin_tcp_gather_run(tp);
		__sock_put(sk);
	}
	if (test_and_clear_bit(TWIN_TCP_DEFER_LENT, twin_tcp_deferred(tp))) {
		twin_tcp_lent_look(tp);
		__sock_put(sk);
	}
	if (test_and_clear_bit(TWIN_TCP_DEFER_MTU, twin_tcp_deferred(tp))) {
		twin_tcp_mtu_reduced(tp);
		__sock_put(sk);
	}
}
