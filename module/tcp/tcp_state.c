// SPDX-License-Identifier: GPL-2.0
/*
 * The state of a connection (RFC 9293 3.3.2): this file alone changes it.  Where an
 * object is made it gets its first state (tcp_proto.c, tcp_child.c).
 */
#include <net/sock.h>
#include "tcp_fastopen.h"
#include "tcp_record.h"

/*
 * Where each state may lead, figure 5 of RFC 9293.  TIME-WAIT is missing: a
 * connection that enters it is not a socket any more (tcp_timewait.c), so the
 * states before it lead to CLOSE.
 */
static const u16 twin_tcp_edges[TCP_MAX_STATES] = {
	[TCP_CLOSE]	  = TCPF_LISTEN | TCPF_SYN_SENT,
	[TCP_LISTEN]	  = TCPF_SYN_RECV | TCPF_CLOSE,
	[TCP_SYN_SENT]	  = TCPF_SYN_RECV | TCPF_ESTABLISHED | TCPF_CLOSE,
	[TCP_SYN_RECV]	  = TCPF_ESTABLISHED | TCPF_FIN_WAIT1 | TCPF_CLOSE,
	[TCP_ESTABLISHED] = TCPF_FIN_WAIT1 | TCPF_CLOSE_WAIT | TCPF_CLOSE,
	[TCP_FIN_WAIT1]	  = TCPF_FIN_WAIT2 | TCPF_CLOSING | TCPF_CLOSE,
	[TCP_FIN_WAIT2]	  = TCPF_CLOSE,
	[TCP_CLOSE_WAIT]  = TCPF_LAST_ACK | TCPF_CLOSE,
	[TCP_CLOSING]	  = TCPF_CLOSE,
	[TCP_LAST_ACK]	  = TCPF_CLOSE,
};

#define TWIN_TCP_COUNTED_STATES	(TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)

static void twin_tcp_state_count(struct twin_tcp_sock *tp, u8 old, u8 state)
{
	bool was = (1 << old) & TWIN_TCP_COUNTED_STATES;
	bool is = (1 << state) & TWIN_TCP_COUNTED_STATES;

	if (is && !was)
		TWIN_TCP_COUNT(tp, TCP_CURR_ESTAB);
	if (was && !is)
		TWIN_COUNT_DEC(twin_tcp_net(tp), TCP_CURR_ESTAB);
	if (state != TCP_CLOSE)
		return;
	if (was)
		TWIN_TCP_COUNT(tp, TCP_ESTAB_RESETS);
	/* one that got no place in the table was none */
	if ((1 << old) & (TCPF_SYN_SENT | TCPF_SYN_RECV) &&
	    !sk_unhashed(twin_tcp_to_sk(tp)))
		TWIN_TCP_COUNT(tp, TCP_ATTEMPT_FAILS);
}

/**
 * twin_tcp_set_state() - change the state of a connection
 * @tp: connection
 * @state: new state, TCP_ number
 *
 * A socket that becomes CLOSE leaves the flow table, and gives its port back
 * unless bind() took it.
 *
 * RFC: 9293 section 3.3.2
 * Context: Socket lock.
 */
void twin_tcp_set_state(struct twin_tcp_sock *tp, u8 state)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	u8 old = sk->sk_state;

	if (old == state)
		return;
	WARN_ONCE(!(twin_tcp_edges[old] & (1 << state)),
		  "twin: tcp state %u -> %u\n", old, state);
	twin_tcp_note_state(tp, old, state);
	twin_tcp_state_count(tp, old, state);
	if (state == TCP_CLOSE) {
		twin_tcp_fastopen_done(tp, false);
		WRITE_ONCE(tp->fastopen_waits, 0);
		if (unlikely(tp->ack_pending & TWIN_TCP_ACK_OPENING))
			twin_tcp_ack_opened(tp);
		twin_tcp_table_remove(tp);
		if (!twin_sock_test(&tp->ts, TWIN_SOCK_BOUND_PORT))
			twin_tcp_bind_put(tp);
	}
	/* lookups without the lock read it (sk_listener and the like) */
	smp_store_release(&sk->sk_state, state);
}

/**
 * twin_tcp_done() - the connection is over
 * @tp: connection
 *
 * The socket remains for its owner to read the error or the end of data; one
 * without an owner is freed.
 *
 * Context: Socket lock; an orphan must not be touched after the unlock.
 */
void twin_tcp_done(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	twin_tcp_timer_stop_all(tp);
	twin_tcp_set_state(tp, TCP_CLOSE);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_state_change(sk);
	else
		twin_tcp_destroy(tp);
}

/**
 * twin_tcp_end_with() - the connection is over, and its owner is told why
 * @tp: connection
 * @err: errno, positive
 *
 * Context: Socket lock; an orphan must not be touched after the unlock.
 */
void twin_tcp_end_with(struct twin_tcp_sock *tp, int err)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	WRITE_ONCE(sk->sk_err, err);
	/* readers without the lock look at sk_err before the state */
	smp_wmb();
	twin_tcp_send_queues_purge(tp);
	twin_tcp_done(tp);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
}

/**
 * twin_tcp_destroy() - free a closed connection that nobody owns
 * @tp: connection in CLOSE, SOCK_DEAD
 *
 * Drops the owner's reference; the memory goes with the last one.
 *
 * Context: Socket lock.
 */
void twin_tcp_destroy(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	WARN_ON(sk->sk_state != TCP_CLOSE);
	WARN_ON(!sock_flag(sk, SOCK_DEAD));
	twin_tcp_table_remove(tp);
	twin_tcp_bind_put(tp);
	twin_tcp_timer_stop_all(tp);
	sk->sk_prot->destroy(sk);
	sk_stream_kill_queues(sk);
	twin_tcp_orphan_count(tp, -1);
	sock_put(sk);
}
