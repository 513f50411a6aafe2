// SPDX-License-Identifier: GPL-2.0
/*
 * Small queues: a connection keeps little in the queue of its device, so that
 * the queue stays short and what is sent reflects the newest ACKs.  When the
 * device has let go of a packet, the connection goes on from where it stopped.
 *
 * The device frees packets in any softirq, where the connection's lock may not
 * be taken; a tasklet of that CPU does the rest.
 */
#include <linux/interrupt.h>
#include <linux/llist.h>
#include <linux/percpu.h>
#include <net/sock.h>
#include "tcp.h"

struct twin_tcp_throttle {
	struct llist_head waiting;	/* tp->throttle_node */
	struct tasklet_struct tasklet;
};

static DEFINE_PER_CPU(struct twin_tcp_throttle, twin_tcp_throttles);

/**
 * twin_tcp_throttle_full() - does the device have enough of this connection?
 * @tp: connection
 * @skb: what would be sent next
 *
 * Enough is two packets, or a millisecond's worth, whichever is more.  One packet may
 * always go: that is the caller's to see.
 *
 * Context: Socket lock.
 * Return: true if the connection must wait; it is then woken.
 */
bool twin_tcp_throttle_full(struct twin_tcp_sock *tp, const struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	unsigned long limit;

	limit = max_t(unsigned long, 2 * skb->truesize,
		      READ_ONCE(sk->sk_pacing_rate) >> 10);
	limit = min_t(unsigned long, limit,
		      READ_ONCE(twin_tcp_net(tp)->conf.tcp_limit_output_bytes));
	if (likely(refcount_read(&sk->sk_wmem_alloc) <= limit))
		return false;
	set_bit(TWIN_TCP_THROTTLED, twin_tcp_deferred(tp));
	/* the device may have drained before it saw the bit; pairs with the
	 * full barrier of the subtraction in twin_tcp_throttle_free()
	 */
	smp_mb__after_atomic();
	return refcount_read(&sk->sk_wmem_alloc) > limit;
}

/**
 * twin_tcp_throttle_holds() - has a segment's last transmission not left yet?
 * @tp: connection
 * @skb: in the retransmission queue
 *
 * While it waits in the queue of a device of this host, to send it again says
 * nothing of the network and makes that queue longer.
 *
 * Context: Socket lock.
 * Return: true if it has not; the connection is woken when it has.
 */
bool twin_tcp_throttle_holds(struct twin_tcp_sock *tp, const struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	if (likely(!skb_fclone_busy(sk, skb)))
		return false;
	set_bit(TWIN_TCP_THROTTLED, twin_tcp_deferred(tp));
	/* as in twin_tcp_throttle_full() */
	smp_mb__after_atomic();
	if (!skb_fclone_busy(sk, skb))
		return false;
	TWIN_TCP_COUNT(tp, TCPEXT_SPURIOUS_RTX_HOST_QUEUES);
	return true;
}

static bool twin_tcp_throttle_waits(const struct twin_tcp_sock *tp)
{
	return unlikely(test_bit(TWIN_TCP_THROTTLED, twin_tcp_deferred(tp)));
}

/*
 * The device is done with a packet: have the connection, which waits, go on.
 * True: its last byte's charge keeps the socket until then.
 */
static noinline bool twin_tcp_throttle_wake(struct twin_tcp_sock *tp)
{
	struct twin_tcp_throttle *throttle;

	if (test_and_set_bit(TWIN_TCP_SEND_QUEUED, twin_tcp_deferred(tp)))
		return false;
	clear_bit(TWIN_TCP_THROTTLED, twin_tcp_deferred(tp));
	throttle = get_cpu_ptr(&twin_tcp_throttles);
	if (llist_add(&tp->throttle_node, &throttle->waiting))
		tasklet_schedule(&throttle->tasklet);
	put_cpu_ptr(&twin_tcp_throttles);
	return true;
}

/* skb->destructor: the device is done with a packet. */
static void twin_tcp_throttle_free(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	/* the last byte's charge keeps the socket's memory until the end */
	WARN_ON(refcount_sub_and_test(skb->truesize - 1, &sk->sk_wmem_alloc));
	if (!twin_tcp_throttle_waits(twin_tcp(sk)) ||
	    !twin_tcp_throttle_wake(twin_tcp(sk)))
		sk_free(sk);
}

/**
 * twin_tcp_throttle_space() - sock_wfree() has given a packet's charge back
 * @tp: connection; one byte of the charge is left, the caller's
 *
 * Context: Any softirq, without the socket lock; or with it, to no effect but
 * that the connection looks once more whether it may send.
 */
void twin_tcp_throttle_space(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	if (!twin_tcp_throttle_waits(tp))
		return;
	refcount_inc(&sk->sk_wmem_alloc);
	if (!twin_tcp_throttle_wake(tp))
		sk_free(sk);
}

/**
 * twin_tcp_send_resume_owned() - twin_tcp_send_resume() of a locked connection
 * @tp: connection, not closed
 *
 * Context: Socket lock.
 */
void twin_tcp_send_resume_owned(struct twin_tcp_sock *tp)
{
	twin_tcp_recovery_resume(tp);
	twin_tcp_push_nagle(tp, tp->nonagle, GFP_ATOMIC);
}

/**
 * twin_tcp_send_resume() - a connection that had to wait goes on sending
 * @sk: its socket; the caller keeps it alive
 *
 * Context: Softirq; takes the socket lock, or leaves it to its owner.
 */
void twin_tcp_send_resume(struct sock *sk)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);

	bh_lock_sock(sk);
	if (sk->sk_state == TCP_CLOSE) {
		bh_unlock_sock(sk);
		return;
	}
	if (!sock_owned_by_user(sk))
		twin_tcp_send_resume_owned(tp);
	else if (!test_and_set_bit(TWIN_TCP_DEFER_SEND, twin_tcp_deferred(tp)))
		sock_hold(sk);
	bh_unlock_sock(sk);
}

static void twin_tcp_throttle_run(struct tasklet_struct *tasklet)
{
	struct twin_tcp_throttle *throttle =
		from_tasklet(throttle, tasklet, tasklet);
	struct twin_tcp_sock *tp, *next;
	struct llist_node *list;

	list = llist_del_all(&throttle->waiting);
	llist_for_each_entry_safe(tp, next, list, throttle_node) {
		struct sock *sk = twin_tcp_to_sk(tp);

		clear_bit(TWIN_TCP_SEND_QUEUED, twin_tcp_deferred(tp));
		twin_tcp_send_resume(sk);
		sk_free(sk);
	}
}

/**
 * twin_tcp_throttle_own() - charge a packet that goes down to its connection
 * @tp: connection
 * @skb: packet, nobody's so far
 *
 * Whoever cuts a big packet into segments (the kernel for a device that does
 * not, or a queueing discipline) passes its charge on to the last of them only
 * if its destructor is sock_wfree(), else the charge ends when it is cut.
 * sock_wfree() calls sk->sk_write_space(), which comes back here.
 *
 * Context: Socket lock.
 */
void twin_tcp_throttle_own(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	skb->sk = sk;
	skb->destructor = twin_tcp_throttle_free;
	if (skb_is_gso(skb))
		skb->destructor = sock_wfree;
	refcount_add(skb->truesize, &sk->sk_wmem_alloc);
}

/**
 * twin_tcp_throttle_init() - set up the tasklets
 *
 * Context: Module load.
 */
void twin_tcp_throttle_init(void)
{
	struct twin_tcp_throttle *throttle;
	int cpu;

	for_each_possible_cpu(cpu) {
		throttle = per_cpu_ptr(&twin_tcp_throttles, cpu);
		init_llist_head(&throttle->waiting);
		tasklet_setup(&throttle->tasklet, twin_tcp_throttle_run);
	}
}

/**
 * twin_tcp_throttle_exit() - end the tasklets
 *
 * Context: Module unload; no socket is left.
 */
void twin_tcp_throttle_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		tasklet_kill(&per_cpu_ptr(&twin_tcp_throttles, cpu)->tasklet);
}
