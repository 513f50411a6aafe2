// SPDX-License-Identifier: GPL-2.0
/*
 * SEND of a small message while nothing is under way and nothing waits: each request,
 * and each response, of a dialogue.
 *
 * The message becomes an skb before the socket is locked, so that what may sleep, the
 * copy from the program and the allocation, is over by then.  If nobody owns the socket
 * the rest is done with its spinlock, as in softirq: nothing can wait in the backlog
 * meanwhile, and no ownership has to be taken and given back.
 *
 * It does what twin_tcp_sendmsg() does in this case, and leaves it every other.
 */
#include <linux/skbuff.h>
#include "tcp_cong.h"

/* A call with other flags wants something that is not looked at here. */
#define TWIN_TCP_SMALL_FLAGS	(MSG_DONTWAIT | MSG_NOSIGNAL)

/* Without the lock: whether it is worth trying. */
static bool twin_tcp_send_small_fits(const struct twin_tcp_sock *tp,
				     const struct msghdr *msg, size_t bytes)
{
	const struct sock *sk = twin_tcp_to_sk(tp);

	return !(msg->msg_flags & ~TWIN_TCP_SMALL_FLAGS) &&
	       bytes && bytes <= READ_ONCE(tp->mss_now) &&
	       READ_ONCE(sk->sk_state) == TCP_ESTABLISHED &&
	       !READ_ONCE(tp->packets_out) &&
	       skb_queue_empty_lockless(&sk->sk_write_queue) &&
	       /* a hint: what could be handed over may as well be sent */
	       data_race(tp->ts.path.type != TWIN_PATH_LOCAL) &&
	       !msg->msg_controllen && !msg->msg_ubuf &&
	       !READ_ONCE(sk->sk_tsflags);
}

/* With the lock: is it so, and is there room? */
static bool twin_tcp_send_small_may(const struct twin_tcp_sock *tp,
				    const struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	return sk->sk_state == TCP_ESTABLISHED && !sk->sk_err &&
	       !(sk->sk_shutdown & SEND_SHUTDOWN) && !tp->packets_out &&
	       skb_queue_empty(&sk->sk_write_queue) &&
	       twin_tcp_memory_free(sk, 0) &&
	       sk_wmem_schedule(sk, skb->truesize);
}

/*
 * The message in an skb, not yet charged.  NULL: there is no memory, or the program
 * has none there, or the fragment of its process has no room in one page.  The socket's
 * own fragment, and a new page in the place of a full one, need the lock.
 */
static struct sk_buff *twin_tcp_send_small_fill(struct twin_tcp_sock *tp,
						struct msghdr *msg, u32 bytes)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct page_frag *frag = sk_page_frag(sk);
	struct sk_buff *skb;
	size_t copied;

	if (unlikely(frag != &current->task_frag ||
		     bytes > twin_link_pages_room(frag) ||
		     offset_in_page(frag->offset) + bytes > PAGE_SIZE))
		return NULL;
	skb = twin_tcp_skb_alloc(tp, sk->sk_allocation);
	if (unlikely(!skb))
		return NULL;
	copied = copy_page_from_iter(frag->page, frag->offset, bytes,
				     &msg->msg_iter);
	if (unlikely(copied != bytes)) {
		iov_iter_revert(&msg->msg_iter, copied);
		twin_link_fclone_free(skb);
		return NULL;
	}
	skb_fill_page_desc(skb, 0, frag->page, frag->offset, bytes);
	get_page(frag->page);
	frag->offset += bytes;
	skb_len_add(skb, bytes);
	return skb;
}

static void twin_tcp_send_small_push(struct twin_tcp_sock *tp,
				     struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	sk_clear_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	twin_tcp_rate_check_app_limited(tp);
	twin_tcp_cwnd_restart(tp);
	twin_tcp_skb_queue(tp, skb, TWIN_TCP_ACK | TWIN_TCP_PSH);
	tp->write_seq += skb->len;
	twin_tcp_cb(skb)->end_seq = tp->write_seq;
	tp->pushed_seq = tp->write_seq;
	twin_tcp_push_queue(tp, tp->nonagle, sk_gfp_mask(sk, GFP_ATOMIC));
}

/**
 * twin_tcp_send_small() - the user call SEND, if it is a small message in a dialogue
 * @sk: socket
 * @msg: data and flags
 * @bytes: how much
 *
 * RFC: 9293 section 3.9.1.3
 * Context: Process, no lock; the spinlock is held, or the socket owned, while the
 * segment goes down.
 * Return: @bytes, or 0: nothing was done, twin_tcp_sendmsg() has to look at it.
 */
int twin_tcp_send_small(struct sock *sk, struct msghdr *msg, size_t bytes)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);
	struct sk_buff *skb;
	bool slow;

	if (!twin_tcp_send_small_fits(tp, msg, bytes))
		return 0;
	skb = twin_tcp_send_small_fill(tp, msg, bytes);
	if (unlikely(!skb))
		return 0;
	slow = lock_sock_fast(sk);
	if (likely(twin_tcp_send_small_may(tp, skb))) {
		twin_tcp_send_small_push(tp, skb);
		unlock_sock_fast(sk, slow);
		return bytes;
	}
	unlock_sock_fast(sk, slow);
	iov_iter_revert(&msg->msg_iter, bytes);
	twin_link_fclone_free(skb);
	return 0;
}
