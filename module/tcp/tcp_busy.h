/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long a connection was busy, and with what: RFC 4898's SndLimTime numbers.
 */
#ifndef TWIN_TCP_BUSY_H
#define TWIN_TCP_BUSY_H

#include "tcp_sock.h"

/*
 * What holds a connection up while something is to be sent or acknowledged, for
 * tcp_info: of several the highest
 */
enum twin_tcp_busy {
	TWIN_TCP_IDLE,			/* all has been written and acknowledged */
	TWIN_TCP_BUSY,			/* the path */
	TWIN_TCP_BUSY_WINDOW,		/* the peer's window */
	TWIN_TCP_BUSY_BUFFER,		/* the room for what the program writes */
};

/* What kept twin_tcp_write() from sending more */
enum twin_tcp_write_limit {
	TWIN_TCP_LIMIT_NONE,	/* or the sender's own wish: Nagle, pacing */
	TWIN_TCP_LIMIT_CWND,
	TWIN_TCP_LIMIT_WINDOW,
};

/* tcp_busy.c */
void twin_tcp_busy_look(struct twin_tcp_sock *tp,
			enum twin_tcp_write_limit limit_by, int sent);

/* It is held up by something else from now on, or by nothing. */
static inline void twin_tcp_busy_become(struct twin_tcp_sock *tp,
					enum twin_tcp_busy busy)
{
	u32 now = twin_tcp_jiffies();

	if (tp->busy == busy)
		return;
	if (tp->busy != TWIN_TCP_IDLE)
		tp->busy_jiffies[tp->busy - 1] += now - tp->busy_since;
	tp->busy_since = now;
	tp->busy = busy;
}

#endif
