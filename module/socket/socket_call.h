/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A program's calls, as reported to the tracepoints and the flight recorder.
 */
#ifndef TWIN_SOCKET_CALL_H
#define TWIN_SOCKET_CALL_H

#include "../inspect/record.h"
#include "../inspect/trace.h"
#include "../ip/pcb.h"

/* The call begins; trace events of what it causes come behind this one. */
static inline void twin_socket_entered(const struct sock *sk,
				       enum twin_record_call call, long argument)
{
	trace_twin_socket_enter(sk, call, argument);
}

/* socket_record.c */
void twin_socket_trace_left(const struct sock *sk, enum twin_record_call call,
			    long argument, long result);

/* A call ends whose socket has a recorder that is on. */
static __always_inline void
twin_socket_record_left(struct twin_recorder *recorder,
			enum twin_record_call call, u32 argument, u32 result,
			u64 time_ns)
{
	twin_record_add_at(recorder, &(struct twin_record_event){
		.kind = TWIN_RECORD_CALL,
		.what = call,
		.value = { argument, result },
	}, time_ns);
}

/* The call ends with what it returned; the socket is still the caller's. */
static __always_inline void twin_socket_left(const struct sock *sk,
					     enum twin_record_call call,
					     long argument, long result)
{
	struct twin_recorder *recorder = READ_ONCE(twin_sk(sk)->recorder);

	if (trace_twin_socket_call_enabled())
		twin_socket_trace_left(sk, call, argument, result);
	if (twin_recorded(recorder))
		twin_socket_record_left(recorder, call, argument, result,
					ktime_get_ns());
}

/* Likewise, of a call that may have sent something: then what it sent has the time. */
static __always_inline void
twin_socket_left_sending(const struct sock *sk, enum twin_record_call call,
			 long argument, long result, u32 mark)
{
	struct twin_recorder *recorder = READ_ONCE(twin_sk(sk)->recorder);
	const struct twin_record_event *sent;

	if (trace_twin_socket_call_enabled())
		twin_socket_trace_left(sk, call, argument, result);
	if (!twin_recorded(recorder))
		return;
	sent = twin_record_sent(recorder, mark);
	twin_socket_record_left(recorder, call, argument, result,
				likely(sent) ? sent->time_ns : ktime_get_ns());
}

/* A call begins that may send; what it returns is for twin_socket_left_sending(). */
static __always_inline u32
twin_socket_entered_sending(const struct sock *sk, enum twin_record_call call,
			    long argument)
{
	twin_socket_entered(sk, call, argument);
	if (!twin_record_ever())
		return 0;
	return twin_record_mark(READ_ONCE(twin_sk(sk)->recorder));
}

#endif
