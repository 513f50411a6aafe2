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

/* The call ends with what it returned; the socket is still the caller's. */
static inline void twin_socket_left(const struct sock *sk,
				    enum twin_record_call call, long argument,
				    long result)
{
	const struct twin_sock *ts = twin_sk(sk);

	trace_twin_socket_call(sk, ts->flow.laddr, ts->flow.lport,
			       ts->flow.raddr, ts->flow.rport, ts->protocol,
			       call, argument, result);
	if (twin_recorded(READ_ONCE(ts->recorder)))
		twin_record_add(ts->recorder, &(struct twin_record_event){
			.kind = TWIN_RECORD_CALL,
			.what = call,
			.value = { argument, result },
		});
}

#endif
