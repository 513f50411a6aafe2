// SPDX-License-Identifier: GPL-2.0
/*
 * A connection's entries in its flight recorder, and the question that they are
 * kept for: what is it waiting for?
 */
#include "tcp.h"
#include "tcp_record.h"

/* a deadline so near is told with a segment: milliseconds in 16 bits */
#define TWIN_TCP_RECORD_SOON_JIFFIES	((u32)(U16_MAX * HZ / MSEC_PER_SEC))

/* What happens while an event is handled has the time of that. */
static u64 twin_tcp_record_time_ns(const struct twin_tcp_sock *tp)
{
	return tp->now_us * NSEC_PER_USEC;
}

static __always_inline void
twin_tcp_record(struct twin_tcp_sock *tp, const struct twin_record_event *event)
{
	twin_record_add_at(tp->ts.recorder, event, twin_tcp_record_time_ns(tp));
}

/* Deadlines that are set with it are told there. */
static __always_inline void
twin_tcp_record_segment(const struct twin_tcp_sock *tp,
			struct twin_recorder *recorder,
			const struct twin_record_event *event)
{
	recorder->segment = twin_record_add_at(recorder, event,
					       twin_tcp_record_time_ns(tp));
}

/* Why the head of the write queue is not sent, in the order of tcp_output.c. */
static enum twin_record_waiting
twin_tcp_waiting_unsent(const struct twin_tcp_sock *tp,
			const struct sk_buff *head)
{
	u32 end = twin_tcp_cb(head)->seq + min(head->len, tp->mss_now);

	if (tp->ca_state == TCP_CA_Loss && tp->retransmits)
		return TWIN_WAITING_LOST;
	if (twin_tcp_after(end, twin_tcp_snd_wnd_end(tp)))
		return TWIN_WAITING_WINDOW;
	if (twin_tcp_in_flight(tp) >= tp->cwnd)
		return TWIN_WAITING_CWND;
	if (head->len < tp->mss_now && tp->nonagle & TWIN_TCP_CORK)
		return TWIN_WAITING_CORK;
	if (head->len < tp->mss_now && tp->packets_out &&
	    !(tp->nonagle & TWIN_TCP_NODELAY))
		return TWIN_WAITING_NAGLE;
	if (twin_tcp_pace_early(tp))
		return TWIN_WAITING_PACE;
	if (test_bit(TWIN_TCP_THROTTLED, twin_tcp_deferred(tp)))
		return TWIN_WAITING_DEVICE;
	/* big packets wait for a little more of the congestion window */
	return tp->packets_out ? TWIN_WAITING_CWND : TWIN_WAITING_NOTHING;
}

/* Everything is sent and acknowledged. */
static enum twin_record_waiting
twin_tcp_waiting_idle(const struct twin_tcp_sock *tp)
{
	if (twin_tcp_readable(tp))
		return TWIN_WAITING_READER;
	switch (twin_tcp_to_sk(tp)->sk_state) {
	case TCP_CLOSE_WAIT:
		return TWIN_WAITING_CLOSE;
	case TCP_FIN_WAIT2:
		return TWIN_WAITING_PEER_CLOSE;
	default:
		return TWIN_WAITING_ANYBODY;
	}
}

static enum twin_record_waiting
twin_tcp_waiting(const struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	const struct sk_buff *head = skb_peek(&sk->sk_write_queue);

	switch (sk->sk_state) {
	case TCP_CLOSE:
		return TWIN_WAITING_NOTHING;
	case TCP_LISTEN:
		return READ_ONCE(tp->listen->accept_count) ?
		       TWIN_WAITING_ACCEPT : TWIN_WAITING_CONNECTION;
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
		return TWIN_WAITING_HANDSHAKE;
	}
	if (head)
		return twin_tcp_waiting_unsent(tp, head);
	if (tp->packets_out)
		return tp->retransmits ? TWIN_WAITING_LOST : TWIN_WAITING_ACK;
	return twin_tcp_waiting_idle(tp);
}

/**
 * twin_tcp_record_start() - a recorder begins in the middle of a connection
 * @tp: connection with a recorder
 *
 * Context: Socket lock.
 */
void twin_tcp_record_start(struct twin_tcp_sock *tp)
{
	struct twin_recorder *recorder = tp->ts.recorder;

	recorder->iss = tp->snd_una;
	recorder->irs = tp->rcv_nxt;
	recorder->cwnd = tp->cwnd;
	recorder->timers = tp->timers_armed;
}

/**
 * twin_tcp_record_inherit() - a new connection has a recorder if its listener has
 * @child: connection without one, its numbers set
 * @listener: whom it was cloned from
 *
 * Context: Softirq, socket lock of @child.
 */
void twin_tcp_record_inherit(struct twin_tcp_sock *child,
			     const struct twin_tcp_sock *listener)
{
	if (!twin_recorded(READ_ONCE(listener->ts.recorder)))
		return;
	child->ts.recorder = twin_recorder_new(GFP_ATOMIC | __GFP_NOWARN);
	if (!child->ts.recorder)
		return;
	twin_tcp_record_start(child);
	child->ts.recorder->iss--;
	child->ts.recorder->irs--;
}

static void twin_tcp_record_deadlines(const struct twin_tcp_sock *tp,
				      struct twin_record_state *state)
{
	int timer;
	long left;

	state->timers_set = tp->timers_armed;
	for (timer = 0; timer < TWIN_TCP_TIMERS; timer++) {
		left = (s32)(tp->timers[timer] - twin_tcp_jiffies());
		if (tp->timers_armed & BIT(timer) && left > 0)
			state->timer_ms[timer] = jiffies_to_msecs(left);
	}
}

/**
 * twin_tcp_record_state() - describe a connection
 * @tp: connection or listener with a recorder, on or not
 * @state: zeroed
 *
 * Context: Socket lock.
 */
void twin_tcp_record_state(const struct twin_tcp_sock *tp,
			   struct twin_record_state *state)
{
	const struct sock *sk = twin_tcp_to_sk(tp);

	BUILD_BUG_ON((int)TWIN_TCP_TIMER_REXMIT != TWIN_TIMER_RETRANSMIT);
	BUILD_BUG_ON((int)TWIN_TCP_TIMER_FINWAIT2 != TWIN_TIMER_FIN_WAIT_2);
	BUILD_BUG_ON((int)TWIN_TCP_TIMERS > TWIN_TIMERS);

	state->state = sk->sk_state;
	state->waiting = twin_tcp_waiting(tp);
	twin_tcp_record_deadlines(tp, state);
	state->retransmits = tp->retransmits;
	state->backoff = tp->backoff;
	state->probes = tp->probes_out;
	state->iss = tp->ts.recorder->iss;
	state->irs = tp->ts.recorder->irs;
	state->snd_una = tp->snd_una;
	state->snd_nxt = tp->snd_nxt;
	state->write_seq = tp->write_seq;
	state->snd_wnd = tp->snd_wnd;
	state->rcv_nxt = tp->rcv_nxt;
	state->copied_seq = tp->copied_seq;
	state->rcv_wnd = twin_tcp_receive_window(tp);
	state->cwnd = tp->cwnd;
	state->ssthresh = tp->ssthresh;
	state->in_flight = twin_tcp_in_flight(tp);
	state->srtt_us = tp->rtt.srtt_us_x8 >> 3;
	state->rto_us = tp->rtt.rto_us;
	state->mss = tp->mss_now;
	state->snd_wscale = tp->agreed.snd_wscale;
	state->rcv_wscale = tp->agreed.rcv_wscale;
}

/**
 * twin_tcp_record_now() - refresh the clock of a connection
 * @tp: connection
 *
 * In close() with its time, which has just been told: most connections end by it,
 * and reading the clock is the dearest part of an event.
 *
 * Context: Socket lock.
 */
void twin_tcp_record_now(struct twin_tcp_sock *tp)
{
	struct twin_recorder *recorder = tp->ts.recorder;
	u32 number = (u32)atomic_read(&recorder->total);
	const struct twin_record_event *last =
		twin_record_place(recorder, number);

	if (last->kind == TWIN_RECORD_CALL && last->what == TWIN_CALL_CLOSE &&
	    number != recorder->first &&
	    !sock_flag(twin_tcp_to_sk(tp), SOCK_DEAD))
		tp->now_us = max(tp->now_us,
				 div_u64(last->time_ns, NSEC_PER_USEC));
	else
		twin_tcp_clock_refresh(tp);
}

/**
 * twin_tcp_record_state_change() - the state changed
 * @tp: connection
 * @from: old state
 * @to: new one
 *
 * Context: Socket lock, clock refreshed: by a segment or a deadline, or else by
 * twin_tcp_note_now().
 */
void twin_tcp_record_state_change(struct twin_tcp_sock *tp, u8 from, u8 to)
{
	twin_tcp_record(tp, &(struct twin_record_event){
		.kind = TWIN_RECORD_STATE,
		.what = to,
		.detail = from,
	});
}

/**
 * twin_tcp_record_segment_in() - a segment came
 * @tp: connection
 * @seg: the segment
 *
 * Context: Socket lock.
 */
void twin_tcp_record_segment_in(struct twin_tcp_sock *tp,
				const struct twin_tcp_segment *seg)
{
	struct twin_recorder *recorder = tp->ts.recorder;

	if (unlikely(seg->hdr.flags & TWIN_TCP_SYN))
		recorder->irs = seg->hdr.seq;
	twin_tcp_record_segment(tp, recorder, &(struct twin_record_event){
		.kind = TWIN_RECORD_IN,
		.what = seg->hdr.flags,
		.value = { seg->hdr.seq, seg->hdr.ack, seg->payload,
			   seg->hdr.window },
	});
}

/* Has what a segment occupies been sent before? */
static bool twin_tcp_record_again(const struct twin_tcp_sock *tp, u8 flags,
				  u32 seq, u32 bytes)
{
	return (bytes || flags & (TWIN_TCP_SYN | TWIN_TCP_FIN)) &&
	       twin_tcp_before(seq, tp->snd_nxt);
}

/**
 * twin_tcp_record_segment_out() - a segment goes
 * @tp: connection
 * @flags: its TWIN_TCP_ control bits
 * @seq: its sequence number
 * @ack: its acknowledgment number
 * @bytes: its data
 * @window: as it stands in the header
 *
 * Context: Socket lock.
 */
void twin_tcp_record_segment_out(struct twin_tcp_sock *tp, u8 flags, u32 seq,
				 u32 ack, u32 bytes, u16 window)
{
	struct twin_recorder *recorder = tp->ts.recorder;
	bool again = false;

	BUILD_BUG_ON(TWIN_RECORD_AGAIN != 1);

	if (unlikely(flags & TWIN_TCP_SYN))
		recorder->iss = seq;
	if (unlikely(seq != tp->snd_nxt))
		again = twin_tcp_record_again(tp, flags, seq, bytes);
	twin_tcp_record_segment(tp, recorder, &(struct twin_record_event){
		.kind = TWIN_RECORD_OUT,
		.what = flags,
		.detail = again,
		.value = { seq, ack, bytes, window },
	});
}

/* jiffies_to_msecs() without a call, where a tick is so many milliseconds */
static u32 twin_tcp_record_ms(unsigned long delay_jiffies)
{
	return MSEC_PER_SEC % HZ ? jiffies_to_msecs(delay_jiffies) :
				   delay_jiffies * (MSEC_PER_SEC / HZ);
}

/* How long until a deadline that has just been set. */
static u32 twin_tcp_record_timer_ms(const struct twin_tcp_sock *tp, int timer)
{
	s32 left = tp->timers[timer] - twin_tcp_jiffies();

	return left > 0 ? twin_tcp_record_ms(left) : 0;
}

static void twin_tcp_record_timer_set(struct twin_tcp_sock *tp, int timer)
{
	struct twin_record_event event = {
		.kind = TWIN_RECORD_TIMER_SET,
		.what = timer,
		.value = { twin_tcp_record_timer_ms(tp, timer) },
	};

	/* the one that a program's call may set, which does not ask for the time */
	if (timer == TWIN_TCP_TIMER_KEEPALIVE)
		twin_record_add(tp->ts.recorder, &event);
	else
		twin_tcp_record(tp, &event);
}

/* Each as an event of its own. */
static noinline void twin_tcp_record_timers_set(struct twin_tcp_sock *tp,
						u8 timers)
{
	int timer;

	for (timer = 0; timer < TWIN_TCP_TIMERS; timer++)
		if (timers & BIT(timer))
			twin_tcp_record_timer_set(tp, timer);
}

/**
 * twin_tcp_record_timers() - deadlines were set that were not
 * @tp: connection
 * @timers: which, a bit per enum twin_tcp_timer
 *
 * Nearly always with a segment, which has a place for them.
 *
 * Context: Socket lock.
 */
void twin_tcp_record_timers(struct twin_tcp_sock *tp, u8 timers)
{
	struct twin_recorder *recorder = tp->ts.recorder;
	struct twin_record_event *segment = recorder->segment;
	/* far away if it has passed */
	u32 left = tp->timers[__ffs(timers)] - twin_tcp_jiffies();

	BUILD_BUG_ON(TWIN_RECORD_SET_SHIFT + TWIN_TCP_TIMERS > 16);
	if (likely(segment && left <= TWIN_TCP_RECORD_SOON_JIFFIES &&
		   twin_record_holds(recorder, segment->number))) {
		segment->detail |= timers << TWIN_RECORD_SET_SHIFT;
		segment->value[3] |= twin_tcp_record_ms(left) << 16;
		return;
	}
	twin_tcp_record_timers_set(tp, timers);
}

/**
 * twin_tcp_record_timer_fired() - a deadline passed
 * @tp: connection
 * @timer: which
 *
 * Context: Socket lock.
 */
void twin_tcp_record_timer_fired(struct twin_tcp_sock *tp,
				 enum twin_tcp_timer timer)
{
	/* set anew it is news */
	tp->ts.recorder->timers &= ~BIT(timer);
	twin_tcp_record(tp, &(struct twin_record_event){
		.kind = TWIN_RECORD_TIMER_FIRED,
		.what = timer,
		.value = { tp->backoff, tp->retransmits },
	});
}

/**
 * twin_tcp_record_stall() - note why data waits, if it does and that is news
 * @tp: connection that has just tried to send
 * @head: of its write queue
 *
 * Context: Socket lock.
 */
void twin_tcp_record_stall(struct twin_tcp_sock *tp, const struct sk_buff *head)
{
	struct twin_recorder *recorder = tp->ts.recorder;
	u8 waiting = head ? twin_tcp_waiting_unsent(tp, head) :
			    TWIN_WAITING_NOTHING;

	if (waiting == recorder->stall)
		return;
	recorder->stall = waiting;
	if (waiting)
		twin_tcp_record(tp, &(struct twin_record_event){
			.kind = TWIN_RECORD_STALL,
			.what = waiting,
			.value = { tp->write_seq - tp->snd_nxt },
		});
}

/**
 * twin_tcp_record_cwnd() - the congestion window changed
 * @tp: connection
 *
 * Context: Socket lock.
 */
void twin_tcp_record_cwnd(struct twin_tcp_sock *tp)
{
	struct twin_recorder *recorder = tp->ts.recorder;

	/* the first one is no change */
	if (recorder->cwnd)
		twin_tcp_record(tp, &(struct twin_record_event){
			.kind = TWIN_RECORD_CWND,
			.what = tp->ca_state,
			.value = { recorder->cwnd, tp->cwnd, tp->ssthresh,
				   twin_tcp_in_flight(tp) },
		});
	recorder->cwnd = tp->cwnd;
}

/**
 * twin_tcp_record_window() - the peer's window closes or opens
 * @tp: connection
 * @window: bytes that it is to be
 *
 * Context: Socket lock.
 */
void twin_tcp_record_window(struct twin_tcp_sock *tp, u32 window)
{
	twin_tcp_record(tp, &(struct twin_record_event){
		.kind = TWIN_RECORD_WINDOW,
		.value = { tp->snd_wnd, window },
	});
}

/**
 * twin_tcp_trace_progress() - a segment has been handled: tell what it moved
 * @tp: connection, traced
 *
 * Context: Socket lock.
 */
void twin_tcp_trace_progress(const struct twin_tcp_sock *tp)
{
	struct twin_trace_progress progress = {
		.snd_una = tp->snd_una,
		.snd_nxt = tp->snd_nxt,
		.snd_wnd = tp->snd_wnd,
		.cwnd = tp->cwnd,
		.ssthresh = tp->ssthresh,
		.in_flight = twin_tcp_in_flight(tp),
		.mss = tp->mss_now,
		.srtt_us = tp->rtt.srtt_us_x8 >> 3,
		.rto_us = tp->rtt.rto_us,
		.ca_state = tp->ca_state,
	};

	trace_twin_tcp_progress(tp, tp->ts.flow.laddr, tp->ts.flow.lport,
				tp->ts.flow.raddr, tp->ts.flow.rport,
				&progress);
}

/**
 * twin_tcp_drop() - a segment of a known socket goes no further
 * @tp: connection or listener, locked or not
 * @skb: the segment, parsed; consumed
 * @reason: why
 *
 * Context: Any; a reference to the socket, or its lock.
 */
void twin_tcp_drop(struct twin_tcp_sock *tp, struct sk_buff *skb,
		   enum twin_drop_reason reason)
{
	twin_compat_sk_drops_inc(twin_tcp_to_sk(tp));
	twin_record_drop(READ_ONCE(tp->ts.recorder), reason,
			 twin_tcp_cb(skb)->seq, twin_tcp_cb(skb)->end_seq);
	twin_drop(twin_tcp_net(tp), skb, reason);
}
