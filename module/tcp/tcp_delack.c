// SPDX-License-Identifier: GPL-2.0
/*
 * When an ACK is due: now, with data soon, or when the reader comes back (RFC
 * 9293 3.8.6.3, RFC 5681 4.2; statement S18).
 */
#include <linux/percpu.h>
#include <net/sock.h>
#include "tcp.h"

/**
 * twin_tcp_ack_enter_quick() - acknowledge the next segments at once
 * @tp: connection
 * @max: how many at most
 *
 * At the start of a flow and after a loss the sender's window grows by our
 * ACKs: delay costs it round trips.
 *
 * RFC: 5681 section 4.2
 * Context: Socket lock.
 */
void twin_tcp_ack_enter_quick(struct twin_tcp_sock *tp, unsigned int max)
{
	unsigned int quick = tp->rcv_wnd / (2 * max_t(u32, tp->rcv_mss, 1));

	tp->quick_acks = max_t(unsigned int, tp->quick_acks,
			       min(quick ? quick : 2, max));
	tp->pingpong = 0;
	tp->ato_jiffies = TWIN_TCP_DELACK_MIN_JIFFIES;
}

/* "less than 0.5 seconds" (MUST-40), and long delays are rounded up */
#define TWIN_TCP_DELACK_ONE_WAY_JIFFIES	((unsigned long)HZ / 2 - HZ / 10)

/* Owe an ACK, and let it wait for company: RFC 9293 3.8.6.3 (MUST-58, MUST-40). */
static void twin_tcp_ack_delayed(struct twin_tcp_sock *tp)
{
	unsigned long ato = tp->ato_jiffies;

	if (ato > TWIN_TCP_DELACK_MIN_JIFFIES) {
		unsigned long most = tp->pingpong ? TWIN_TCP_DELACK_DIALOGUE_JIFFIES :
				     TWIN_TCP_DELACK_ONE_WAY_JIFFIES;

		/* no longer than a round trip: the sender has given up then */
		if (tp->rtt.srtt_us_x8)
			most = min(most,
				   max(usecs_to_jiffies(tp->rtt.srtt_us_x8 >> 3),
				       TWIN_TCP_DELACK_MIN_JIFFIES));
		ato = min(ato, most);
	}
	ato = max(ato, TWIN_TCP_DELACK_MIN_JIFFIES);
	if (tp->ack_pending & TWIN_TCP_ACK_TIMER)
		return;
	tp->ack_pending |= TWIN_TCP_ACK_SCHED | TWIN_TCP_ACK_TIMER;
	twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_DELACK, ato);
}

/*
 * The ACK is the reader's for a moment: it rides on what the program answers, or
 * goes when the program has read and asks for more.  A reader that gets no
 * processor, or does not come back, is waited for until the next tick, once.
 */
static void twin_tcp_ack_by_reader(struct twin_tcp_sock *tp)
{
	if (tp->ack_pending & TWIN_TCP_ACK_READER)
		return;
	tp->ack_pending |= TWIN_TCP_ACK_READER | TWIN_TCP_ACK_TIMER;
	twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_DELACK, 1);
}

/*
 * Will the reader acknowledge soon?  Surely where
 * - the segment is small and alone at the start of a flow: its sender waits for
 *   nothing but an answer;
 * - one that sleeps in recv() has been woken by a big packet, one that stands for
 *   several of the sender's: by the time it has read, more may have come, and one
 *   ACK tells of all that and of the room there is;
 * - one that has been woken, or has read before, has left so much that the window
 *   cannot move on before it comes back, and no quick phase asks for an ACK of
 *   each segment.
 * What comes segment by segment is else acknowledged by twos: a path that does not
 * bundle them has no use for a burst at each ACK.
 */
static bool twin_tcp_ack_reader_will(struct twin_tcp_sock *tp)
{
	u8 reader = READ_ONCE(tp->reader);

	if (tp->quick_asked && !tp->pingpong)
		return false;
	if (tp->rcv_nxt - tp->rcv_wup < tp->rcv_mss ||
	    (reader == TWIN_TCP_READER_WOKEN &&
	     tp->ack_pending & TWIN_TCP_ACK_BIG))
		return true;
	if (tp->quick_acks && !tp->pingpong)
		return false;
	return reader >= TWIN_TCP_READER_WOKEN &&
	       twin_tcp_window_wanted(tp) < tp->rcv_wnd;
}

/**
 * twin_tcp_ack_check() - after data came in: acknowledge now or later?
 * @tp: connection
 * @ofo_possible: data may be waiting out of order
 *
 * Now for the second full segment, in quick mode, and when something is
 * missing, unless such ACKs are gathered (tcp_gather.c); else later.  What is
 * due now may be the reader's to send, if one is on its way.
 *
 * RFC: 5681 section 4.2; 9293 section 3.8.6.3 (SHLD-18, SHLD-19)
 * Context: Socket lock.
 */
void twin_tcp_ack_check(struct twin_tcp_sock *tp, bool ofo_possible)
{
	if (!(tp->ack_pending & TWIN_TCP_ACK_SCHED))
		return;
	if ((tp->ack_pending & TWIN_TCP_ACK_NOW) ||
	    (ofo_possible && tp->gaps && !tp->gaps->gathered))
		twin_tcp_ack_send(tp);
	else if (unlikely(tp->gaps && tp->gaps->gathered))
		return;
	else if (tp->rcv_nxt - tp->rcv_wup <= tp->rcv_mss &&
		 (!tp->quick_acks || tp->pingpong))
		twin_tcp_ack_delayed(tp);
	else if (twin_tcp_ack_reader_will(tp))
		twin_tcp_ack_by_reader(tp);
	else
		twin_tcp_ack_send(tp);
}

/*
 * Of each CPU the connection that has left connect() there while the ACK of the
 * peer's SYN waits, if there is one.  That is no reference: TWIN_TCP_ACK_LISTED says
 * that a connection is in one of them, and it takes itself out, with its lock, when the
 * ACK is sent or when it closes.
 */
static DEFINE_PER_CPU(struct sock *, twin_tcp_openings);

/**
 * twin_tcp_ack_opening() - the peer has answered our SYN: acknowledge now or later?
 * @tp: connection
 *
 * A program that sleeps in connect() is about to write, or to wait for what the peer
 * says.  The ACK rides on what it writes, and goes by itself when the program reads,
 * polls for input or connects again, or at the next tick.  A peer on this host gets it
 * now: programs that connect to themselves look for the connection at once.
 *
 * RFC: 9293 section 3.10.7.3, fourth ("data ... MAY be included"); 3.8.6.3
 * Context: Socket lock.
 */
void twin_tcp_ack_opening(struct twin_tcp_sock *tp)
{
	if (!twin_tcp_to_sk(tp)->sk_write_pending || tp->quick_asked ||
	    tp->ts.path.type == TWIN_PATH_LOCAL) {
		twin_tcp_ack_send(tp);
		return;
	}
	tp->ack_pending |= TWIN_TCP_ACK_OPENING;
	twin_tcp_ack_by_reader(tp);
}

/**
 * twin_tcp_ack_connected() - a thread leaves connect(); the ACK may still wait
 * @tp: connection
 *
 * One of each CPU waits, so that the next to connect finds it at once; where another
 * waits already it is sent now.
 *
 * Context: Process, socket lock.
 */
void twin_tcp_ack_connected(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	/* two threads may leave it, or one that a signal sends there again */
	if (!(tp->ack_pending & TWIN_TCP_ACK_OPENING) ||
	    tp->ack_pending & TWIN_TCP_ACK_LISTED)
		return;
	if (cmpxchg(raw_cpu_ptr(&twin_tcp_openings), NULL, sk))
		twin_tcp_ack_send(tp);
	else
		tp->ack_pending |= TWIN_TCP_ACK_LISTED;
}

/**
 * twin_tcp_ack_opened() - the ACK of the peer's SYN waits no longer
 * @tp: connection
 *
 * Context: Socket lock, on any CPU.
 */
void twin_tcp_ack_opened(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	bool listed = tp->ack_pending & TWIN_TCP_ACK_LISTED;
	int cpu;

	tp->ack_pending &= ~(TWIN_TCP_ACK_OPENING | TWIN_TCP_ACK_LISTED);
	if (!listed || cmpxchg(raw_cpu_ptr(&twin_tcp_openings), sk, NULL) == sk)
		return;
	for_each_possible_cpu(cpu)
		if (cmpxchg(per_cpu_ptr(&twin_tcp_openings, cpu), sk, NULL) == sk)
			return;
}

/**
 * twin_tcp_ack_before_write() - data is about to be sent, and the ACK with it
 * @tp: connection whose ACK of the peer's SYN waits
 * @bytes: how much
 *
 * Not with the first segment of a long write: if that is lost, a listener without any
 * state (SYN cookies) takes the second for a stranger's, and resets.  A short write that
 * another follows at once, or a FIN, has that risk.
 *
 * Context: Socket lock.
 */
void twin_tcp_ack_before_write(struct twin_tcp_sock *tp, size_t bytes)
{
	if (bytes > tp->mss_now)
		twin_tcp_ack_send(tp);
}

/**
 * twin_tcp_ack_await_input() - the program does not write: it waits for the peer
 * @sk: socket
 *
 * If somebody owns the socket just now it goes with what is written, or at the tick,
 * or, if that is later, when the owner leaves; as for one who polls just before the
 * ACK begins to wait.
 *
 * Context: Process, no lock; does not sleep.
 */
void twin_tcp_ack_await_input(struct sock *sk)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);

	if (likely(!(READ_ONCE(tp->ack_pending) & TWIN_TCP_ACK_OPENING)))
		return;
	local_bh_disable();
	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk) && tp->ack_pending & TWIN_TCP_ACK_OPENING)
		twin_tcp_ack_send(tp);
	bh_unlock_sock(sk);
	local_bh_enable();
}

/**
 * twin_tcp_ack_connect_again() - a program connects: the connection before goes first
 *
 * So peers see connections in the order in which they were opened, unless the program
 * has come to another CPU meanwhile, opens one by Fast Open, or has another thread busy
 * with the one before.  That may be another program's.
 *
 * Context: Process, no lock; does not sleep.
 */
void twin_tcp_ack_connect_again(void)
{
	struct sock *sk;

	if (likely(!READ_ONCE(*raw_cpu_ptr(&twin_tcp_openings))))
		return;
	rcu_read_lock();
	/* if it is freed, or another's by now, it is a TCP socket all the same
	 * (SLAB_TYPESAFE_BY_RCU), and its ACK may go
	 */
	sk = READ_ONCE(*raw_cpu_ptr(&twin_tcp_openings));
	if (sk && !refcount_inc_not_zero(&sk->sk_refcnt))
		sk = NULL;
	rcu_read_unlock();
	if (!sk)
		return;
	twin_tcp_ack_await_input(sk);
	sock_put(sk);
}
