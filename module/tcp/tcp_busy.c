// SPDX-License-Identifier: GPL-2.0
/*
 * What holds a connection up that has something to send: the path, the peer's
 * window, or the room in the send buffer.
 */
#include "tcp_busy.h"

/* All could be sent, and the writer waits for room in the buffer. */
static bool twin_tcp_busy_for_buffer(const struct twin_tcp_sock *tp)
{
	const struct sock *sk = twin_tcp_to_sk(tp);
	const struct socket *sock = READ_ONCE(sk->sk_socket);

	return sock && test_bit(SOCK_NOSPACE, &sock->flags) &&
	       skb_queue_empty(&sk->sk_write_queue) &&
	       (1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT);
}

/**
 * twin_tcp_busy_look() - it was tried to send: what holds it up from now on?
 * @tp: connection
 * @limit_by: what kept it from sending more
 * @sent: segments
 *
 * RFC: 4898 (SndLimTime)
 * Context: Socket lock.
 */
void twin_tcp_busy_look(struct twin_tcp_sock *tp,
			enum twin_tcp_write_limit limit_by, int sent)
{
	u8 busy = tp->busy;

	if (!tp->packets_out &&
	    skb_queue_empty(&twin_tcp_to_sk(tp)->sk_write_queue))
		return;
	if (limit_by == TWIN_TCP_LIMIT_WINDOW)
		busy = max_t(u8, busy, TWIN_TCP_BUSY_WINDOW);
	else if (busy != TWIN_TCP_BUSY_BUFFER)
		busy = TWIN_TCP_BUSY;
	if (limit_by == TWIN_TCP_LIMIT_NONE && sent > 0 &&
	    twin_tcp_busy_for_buffer(tp) && twin_tcp_in_flight(tp) < tp->cwnd)
		busy = TWIN_TCP_BUSY_BUFFER;
	twin_tcp_busy_become(tp, busy);
}
