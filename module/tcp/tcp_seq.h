/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sequence numbers are compared here and nowhere else (RFC 9293 3.4: all
 * arithmetic is modulo 2^32).  Pure: also built in user space.
 */
#ifndef TWIN_TCP_SEQ_H
#define TWIN_TCP_SEQ_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "../wire/wire_user.h"
#endif

static inline bool twin_tcp_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool twin_tcp_after(u32 a, u32 b)
{
	return (s32)(b - a) < 0;
}

static inline bool twin_tcp_after_eq(u32 a, u32 b)
{
	return !twin_tcp_before(a, b);
}

/* low <= seq <= high */
static inline bool twin_tcp_between(u32 seq, u32 low, u32 high)
{
	return high - low >= seq - low;
}

/*
 * RFC 9293 3.10.7.4, first check, table 6: does [seq, end) touch the receive
 * window [rcv_nxt, rcv_nxt + window)?  With a zero window only an empty segment
 * at rcv_nxt does.
 *
 * An empty one may also stand at the right edge, which the table excludes: there a
 * peer goes on that has filled the window, and its ACKs would be lost as long as
 * anything before them is missing.
 */
static inline bool twin_tcp_acceptable(u32 seq, u32 end, u32 rcv_nxt,
				       u32 window)
{
	if (seq == end)
		return seq - rcv_nxt <= window;
	if (!window)
		return false;
	return seq - rcv_nxt < window || end - 1 - rcv_nxt < window ||
	       (twin_tcp_before(seq, rcv_nxt) &&
		twin_tcp_after(end, rcv_nxt));
}

#endif
