/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reports of a connection's events to the flight recorder and the tracepoints: one
 * line at each place where something happens.
 */
#ifndef TWIN_TCP_RECORD_H
#define TWIN_TCP_RECORD_H

#include "../inspect/drop.h"
#include "../inspect/record.h"
#include "../inspect/trace.h"
#include "tcp_sock.h"

/* tcp_record.c: the socket lock, a recorder that is on unless said otherwise */
void twin_tcp_record_start(struct twin_tcp_sock *tp);
void twin_tcp_record_inherit(struct twin_tcp_sock *child,
			     const struct twin_tcp_sock *listener);
void twin_tcp_record_state(const struct twin_tcp_sock *tp,
			   struct twin_record_state *state);
void twin_tcp_record_now(struct twin_tcp_sock *tp);
void twin_tcp_record_state_change(struct twin_tcp_sock *tp, u8 from, u8 to);
void twin_tcp_record_segment_in(struct twin_tcp_sock *tp,
				const struct twin_tcp_segment *seg);
void twin_tcp_record_segment_out(struct twin_tcp_sock *tp, u8 flags, u32 seq,
				 u32 ack, u32 bytes, u16 window);
void twin_tcp_record_timers(struct twin_tcp_sock *tp, u8 timers);
void twin_tcp_record_timer_fired(struct twin_tcp_sock *tp,
				 enum twin_tcp_timer timer);
void twin_tcp_record_stall(struct twin_tcp_sock *tp,
			   const struct sk_buff *head);
void twin_tcp_record_cwnd(struct twin_tcp_sock *tp);
void twin_tcp_record_window(struct twin_tcp_sock *tp, u32 window);
void twin_tcp_trace_progress(const struct twin_tcp_sock *tp);
void twin_tcp_drop(struct twin_tcp_sock *tp, struct sk_buff *skb,
		   enum twin_drop_reason reason);

/* A segment of a connection, before it is looked at. */
static inline void twin_tcp_note_in(struct twin_tcp_sock *tp,
				    const struct twin_tcp_segment *seg)
{
	if (trace_twin_tcp_rx_enabled())
		trace_twin_tcp_rx(tp, tp->ts.flow.laddr, tp->ts.flow.lport,
				  tp->ts.flow.raddr, tp->ts.flow.rport,
				  seg->hdr.flags, seg->hdr.seq, seg->hdr.ack,
				  seg->payload, seg->hdr.window);
	if (twin_recorded(tp->ts.recorder))
		twin_tcp_record_segment_in(tp, seg);
}

/* The same of one that goes; @window as it stands in the header. */
static inline void twin_tcp_note_out(struct twin_tcp_sock *tp, u8 flags, u32 seq,
				     u32 ack, u32 bytes, u16 window)
{
	if (trace_twin_tcp_tx_enabled())
		trace_twin_tcp_tx(tp, tp->ts.flow.laddr, tp->ts.flow.lport,
				  tp->ts.flow.raddr, tp->ts.flow.rport, flags,
				  seq, ack, bytes,
				  flags & TWIN_TCP_SYN ? window :
				  window << tp->agreed.rcv_wscale);
	if (twin_recorded(tp->ts.recorder))
		twin_tcp_record_segment_out(tp, flags, seq, ack, bytes, window);
}

/*
 * Something may have set deadlines, and it is over: which are set now that were
 * not when this was asked last?  One that only moved is no news.
 */
static __always_inline void
twin_tcp_note_timers_recorded(struct twin_tcp_sock *tp,
			      struct twin_recorder *recorder)
{
	u8 timers = tp->timers_armed & ~recorder->timers;

	recorder->timers = tp->timers_armed;
	if (timers)
		twin_tcp_record_timers(tp, timers);
	recorder->segment = NULL;
}

static inline void twin_tcp_note_timers(struct twin_tcp_sock *tp)
{
	struct twin_recorder *recorder = tp->ts.recorder;

	if (twin_recorded(recorder))
		twin_tcp_note_timers_recorded(tp, recorder);
}

/* Likewise, but by a call of the program's, with which no segment went. */
static inline void twin_tcp_note_timers_called(struct twin_tcp_sock *tp)
{
	struct twin_recorder *recorder = tp->ts.recorder;

	if (!twin_recorded(recorder))
		return;
	recorder->segment = NULL;
	twin_tcp_note_timers_recorded(tp, recorder);
}

/*
 * A segment or a deadline has been handled: windows, round trip and the like have
 * moved.
 */
static inline void twin_tcp_note_progress(struct twin_tcp_sock *tp)
{
	struct twin_recorder *recorder = tp->ts.recorder;

	if (trace_twin_tcp_progress_enabled())
		twin_tcp_trace_progress(tp);
	if (!twin_recorded(recorder))
		return;
	twin_tcp_note_timers_recorded(tp, recorder);
	if (tp->cwnd != recorder->cwnd)
		twin_tcp_record_cwnd(tp);
}

/*
 * The peer's window is to be @window bytes.  Each ACK moves it a little; the
 * recorder is told only of the two ends of the scale.
 */
static inline void twin_tcp_note_window(struct twin_tcp_sock *tp, u32 window)
{
	if (twin_recorded(tp->ts.recorder) &&
	    unlikely(!window != !tp->snd_wnd))
		twin_tcp_record_window(tp, window);
}

/*
 * A program's call or an error is about to change the state: unlike segments and
 * deadlines it has not asked for the time.
 */
static inline void twin_tcp_note_now(struct twin_tcp_sock *tp)
{
	if (twin_recorded(tp->ts.recorder))
		twin_tcp_record_now(tp);
}

/* The clock is refreshed. */
static inline void twin_tcp_note_state(struct twin_tcp_sock *tp, u8 from, u8 to)
{
	trace_twin_tcp_state(tp, tp->ts.flow.laddr, tp->ts.flow.lport,
			     tp->ts.flow.raddr, tp->ts.flow.rport, from, to);
	if (twin_recorded(tp->ts.recorder))
		twin_tcp_record_state_change(tp, from, to);
}

static inline void twin_tcp_note_timer_fired(struct twin_tcp_sock *tp,
					     enum twin_tcp_timer timer)
{
	trace_twin_tcp_timer(tp, tp->ts.flow.laddr, tp->ts.flow.lport,
			     tp->ts.flow.raddr, tp->ts.flow.rport, timer,
			     tp->backoff);
	if (twin_recorded(tp->ts.recorder))
		twin_tcp_record_timer_fired(tp, timer);
}

/* All that may be sent has been sent. */
static inline void twin_tcp_note_stall(struct twin_tcp_sock *tp)
{
	struct twin_recorder *recorder = tp->ts.recorder;
	const struct sk_buff *head;

	if (!twin_recorded(recorder))
		return;
	twin_tcp_note_timers_recorded(tp, recorder);
	head = skb_peek(&twin_tcp_to_sk(tp)->sk_write_queue);
	if (head || recorder->stall)
		twin_tcp_record_stall(tp, head);
}

#endif
