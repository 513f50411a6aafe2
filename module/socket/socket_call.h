/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A program's calls, as the tracepoints and the flight recorder are told.
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
void twin_socket_tell_left(const struct sock *sk, enum twin_record_call call,
			   long argument, long result, u32 mark);

/* The call ends with what it returned; the socket is still the caller's. */
static __always_inline void
twin_socket_left_sending(const struct sock *sk, enum twin_record_call call,
			 long argument, long result, u32 mark)
{
	if (trace_twin_socket_call_enabled() ||
	    twin_recorded(READ_ONCE(twin_sk(sk)->recorder)))
		twin_socket_tell_left(sk, call, argument, result, mark);
}

/* Likewise, of a call that sends nothing. */
static __always_inline void twin_socket_left(const struct sock *sk,
					     enum twin_record_call call,
					     long argument, long result)
{
	twin_socket_left_sending(sk, call, argument, result,
				 TWIN_RECORD_UNMARKED);
}

/* A call begins that may send; what it returns is for twin_socket_left_sending(). */
static __always_inline u32
twin_socket_entered_sending(const struct sock *sk, enum twin_record_call call,
			    long argument)
{
	twin_socket_entered(sk, call, argument);
	if (!twin_record_ever())
		return TWIN_RECORD_UNMARKED;
	return twin_record_mark(READ_ONCE(twin_sk(sk)->recorder));
}

#endif
