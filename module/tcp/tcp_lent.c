// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that the sender of MSG_ZEROCOPY has lent: where it is on this host, behind a
 * veth pair say, its segments refer to the memory of its program.
 *
 * They may wait in a receive queue as they are, but not for long: its reader then
 * copies from the sender's memory into its own, once.  A work looks at all sockets
 * that have such data; what it finds a second time it copies, so that a reader cannot
 * keep a sender from its memory, unless it has a page fault that does not end.  For
 * sockets that nobody reads, and for all that is not the next data, the bytes are
 * copied as they come.
 *
 * What a filter, or MSG_PEEK, looks at is copied before, since who looks once more
 * must find the same; a pipe never gets the pages either (tcp_receive.c).
 */
#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "tcp.h"

/*
 * The work's period, 20 ms with the jiffy that a timer may be late: what is lent is
 * given back after at most two; while a user keeps the socket, as much as below each
 * time that it is let go.
 */
#define TWIN_TCP_LENT_JIFFIES	max(HZ / 50 - 1, 1)
/* What it copies at a time, with bottom halves off: bytes of truesize. */
#define TWIN_TCP_LENT_COPY_MAX	SZ_1M

/*
 * struct twin_tcp_lent - a connection with lent data, perhaps; its tp->lent is set
 * @node: in twin_tcp_lent_list, or the work's own
 * @sk: with a reference
 */
struct twin_tcp_lent {
	struct list_head node;
	struct sock *sk;
};

static void twin_tcp_lent_work(struct work_struct *work);

static LIST_HEAD(twin_tcp_lent_list);
/* the list; taken with or without a socket's lock, none is taken within */
static DEFINE_SPINLOCK(twin_tcp_lent_lock);
static DECLARE_DELAYED_WORK(twin_tcp_lent_delayed, twin_tcp_lent_work);

static void twin_tcp_lent_add(struct twin_tcp_lent *lent)
{
	spin_lock_bh(&twin_tcp_lent_lock);
	list_add_tail(&lent->node, &twin_tcp_lent_list);
	spin_unlock_bh(&twin_tcp_lent_lock);
	schedule_delayed_work(&twin_tcp_lent_delayed, TWIN_TCP_LENT_JIFFIES);
}

/* From now on the work looks at @tp.  False: no memory.  Socket lock. */
static bool twin_tcp_lent_watch(struct twin_tcp_sock *tp)
{
	struct twin_tcp_lent *lent = kmalloc(sizeof(*lent), GFP_ATOMIC);

	if (!lent)
		return false;
	lent->sk = twin_tcp_to_sk(tp);
	sock_hold(lent->sk);
	tp->lent = 1;
	twin_tcp_lent_add(lent);
	return true;
}

/**
 * twin_tcp_lent_in() - data has come in pages that its sender has lent
 * @tp: connection
 * @skb: about to be queued
 *
 * Context: Socket lock, softirq or process.
 * Return: false if the bytes had to be copied, and there was no memory for that.
 */
bool twin_tcp_lent_in(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	twin_tcp_cb(skb)->lent_long = false;
	if (READ_ONCE(tp->reader) != TWIN_TCP_READER_NONE &&
	    twin_tcp_cb(skb)->seq == tp->rcv_nxt &&
	    (tp->lent || twin_tcp_lent_watch(tp)))
		return true;
	return !skb_orphan_frags_rx(skb, GFP_ATOMIC);
}

/**
 * twin_tcp_lent_look() - copy what has been lent for long, and mark the rest
 * @tp: connection
 *
 * Context: Socket's spinlock, not owned by a user; bottom halves off.
 * Return: what is lent still.
 */
enum twin_tcp_lent_left twin_tcp_lent_look(struct twin_tcp_sock *tp)
{
	enum twin_tcp_lent_left left = TWIN_TCP_LENT_NONE;
	unsigned int copied = 0;
	struct sk_buff *skb;

	skb_queue_walk(&twin_tcp_to_sk(tp)->sk_receive_queue, skb) {
		if (!skb_zcopy(skb))
			continue;
		if (twin_tcp_cb(skb)->lent_long) {
			WRITE_ONCE(tp->reader, TWIN_TCP_READER_NONE);
			if (copied >= TWIN_TCP_LENT_COPY_MAX)
				return TWIN_TCP_LENT_LONG;
			if (!skb_orphan_frags_rx(skb, GFP_ATOMIC)) {
				copied += skb->truesize;
				continue;
			}
		}
		twin_tcp_cb(skb)->lent_long = true;
		left = TWIN_TCP_LENT_YOUNG;
	}
	return left;
}

/* One look at @sk, or its user's when that releases it. */
static enum twin_tcp_lent_left twin_tcp_lent_check(struct sock *sk)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);
	enum twin_tcp_lent_left left = TWIN_TCP_LENT_YOUNG;

	local_bh_disable();
	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk)) {
		left = twin_tcp_lent_look(tp);
		tp->lent = left != TWIN_TCP_LENT_NONE;
	} else if (!test_and_set_bit(TWIN_TCP_DEFER_LENT, twin_tcp_deferred(tp))) {
		sock_hold(sk);
	}
	bh_unlock_sock(sk);
	local_bh_enable();
	return left;
}

/* Gives @lent back to the list, or frees it. */
static void twin_tcp_lent_visit(struct twin_tcp_lent *lent)
{
	enum twin_tcp_lent_left left;

	while ((left = twin_tcp_lent_check(lent->sk)) == TWIN_TCP_LENT_LONG)
		cond_resched();
	if (left == TWIN_TCP_LENT_YOUNG) {
		twin_tcp_lent_add(lent);
		return;
	}
	sock_put(lent->sk);
	kfree(lent);
}

static void twin_tcp_lent_work(struct work_struct *work)
{
	struct twin_tcp_lent *lent, *next;
	LIST_HEAD(all);

	spin_lock_bh(&twin_tcp_lent_lock);
	list_splice_init(&twin_tcp_lent_list, &all);
	spin_unlock_bh(&twin_tcp_lent_lock);
	list_for_each_entry_safe(lent, next, &all, node) {
		twin_tcp_lent_visit(lent);
		cond_resched();
	}
}

/**
 * twin_tcp_lent_exit() - no socket is left
 *
 * Context: Module unload.
 */
void twin_tcp_lent_exit(void)
{
	cancel_delayed_work_sync(&twin_tcp_lent_delayed);
}
