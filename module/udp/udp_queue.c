// SPDX-License-Identifier: GPL-2.0
/*
 * The receive queue of a UDP socket and the memory in it.
 *
 * Datagrams arrive in softirqs of several CPUs at a time without the socket lock,
 * so the socket's share of the protocol's memory (sk_forward_alloc) is changed
 * only under the queue's lock.  Reading must not take that lock once more for
 * each datagram: it adds what it frees to returned_bytes.  The next datagram that
 * arrives gives this back to the share, or the reader does once it is large.
 */
#include <linux/filter.h>
#include <net/busy_poll.h>
#include "udp.h"

/* More than this is given back to the protocol by the reader at once. */
#define TWIN_UDP_RETURN_BYTES	(64 * 1024)

static void twin_udp_skb_free(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	atomic_sub(skb->truesize, &sk->sk_rmem_alloc);
	atomic_add(skb->truesize, &twin_udp_sk(sk)->returned_bytes);
}

/* Queue lock held. */
static int twin_udp_charge(struct twin_udp_sock *us, int bytes)
{
	struct sock *sk = &us->ts.sk;
	int missing;

	sk_forward_alloc_add(sk, atomic_xchg(&us->returned_bytes, 0));
	missing = bytes - sk->sk_forward_alloc;
	if (missing > 0 && !__sk_mem_schedule(sk, missing, SK_MEM_RECV))
		return -ENOBUFS;
	sk_forward_alloc_add(sk, -bytes);
	return 0;
}

/*
 * Where a datagram was taken in tells of later ones only if they have the same
 * peer; the lookup prefers the socket of this CPU (SO_INCOMING_CPU).
 */
static void twin_udp_note_way(struct sock *sk, const struct sk_buff *skb)
{
	if (!READ_ONCE(twin_sk(sk)->flow.raddr)) {
		sk_mark_napi_id_once(sk, skb);
		return;
	}
	sk_mark_napi_id(sk, skb);
	sk_incoming_cpu_update(sk);
	sock_rps_save_rxhash(sk, skb);
}

/**
 * twin_udp_enqueue() - give a datagram to its socket
 * @us: socket, referenced by the caller
 * @skb: datagram without its header, owned by the queue if 0 is returned
 *
 * Context: Softirqs off.
 * Return: 0; -ENOMEM (receive buffer full), -ENOBUFS (protocol's memory gone).
 */
int twin_udp_enqueue(struct twin_udp_sock *us, struct sk_buff *skb)
{
	struct sock *sk = &us->ts.sk;
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	int err = 0;

	/* the largest buffer and one datagram more are beyond an int */
	if ((unsigned int)atomic_read(&sk->sk_rmem_alloc) >=
	    (unsigned int)READ_ONCE(sk->sk_rcvbuf))
		return -ENOMEM;
	twin_pcb_stamp(sk, skb);
	twin_udp_note_way(sk, skb);

	spin_lock(&queue->lock);
	err = twin_udp_charge(us, skb->truesize);
	if (!err) {
		skb_orphan(skb);
		skb->dev = NULL;
		skb->sk = sk;
		skb->destructor = twin_udp_skb_free;
		atomic_add(skb->truesize, &sk->sk_rmem_alloc);
		sock_skb_set_dropcount(sk, skb);
		__skb_queue_tail(queue, skb);
	}
	spin_unlock(&queue->lock);
	if (!err && !sock_flag(sk, SOCK_DEAD))
		sk->sk_data_ready(sk);
	return err;
}

/**
 * twin_udp_read_done() - a reader has freed a datagram
 * @sk: socket
 *
 * Context: Process; takes the queue's lock now and then.
 */
void twin_udp_read_done(struct sock *sk)
{
	struct twin_udp_sock *us = twin_udp_sk(sk);

	if (atomic_read(&us->returned_bytes) < TWIN_UDP_RETURN_BYTES)
		return;
	spin_lock_bh(&sk->sk_receive_queue.lock);
	sk_forward_alloc_add(sk, atomic_xchg(&us->returned_bytes, 0));
	sk_mem_reclaim(sk);
	spin_unlock_bh(&sk->sk_receive_queue.lock);
}

/**
 * twin_udp_queue_destroy() - free what nobody will read
 * @us: socket without references
 *
 * Context: Any.
 */
void twin_udp_queue_destroy(struct twin_udp_sock *us)
{
	struct sock *sk = &us->ts.sk;

	__skb_queue_purge(&sk->sk_receive_queue);
	sk_forward_alloc_add(sk, atomic_xchg(&us->returned_bytes, 0));
	sk_mem_reclaim_final(sk);
	WARN_ON_ONCE(sk->sk_forward_alloc);
}
