// SPDX-License-Identifier: GPL-2.0
/*
 * RECEIVE (RFC 9293 3.9.1.4): data that came in order goes to the application.
 */
#include <linux/skbuff.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include "tcp.h"
#include "tcp_option.h"

/**
 * twin_tcp_data_ready() - wake a reader if it can make progress
 * @tp: connection
 *
 * Context: Socket lock.
 */
void twin_tcp_data_ready(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	if (twin_tcp_readable(tp) < READ_ONCE(sk->sk_rcvlowat) &&
	    !sock_flag(sk, SOCK_DONE) && !(sk->sk_shutdown & RCV_SHUTDOWN) &&
	    twin_tcp_window_room(tp) > tp->rcv_mss &&
	    twin_tcp_receive_window(tp) > tp->rcv_mss)
		return;
	if (READ_ONCE(tp->reader) == TWIN_TCP_READER_WAITS)
		WRITE_ONCE(tp->reader, TWIN_TCP_READER_WOKEN);
	sk->sk_data_ready(sk);
}

/*
 * Is there nothing to read, nothing to say of why, and no ACK that is due when the
 * reader asks for more?  Then it needs no lock to wait.
 */
static bool twin_tcp_recv_idle(const struct twin_tcp_sock *tp)
{
	const struct sock *sk = twin_tcp_to_sk(tp);

	return skb_queue_empty_lockless(&sk->sk_receive_queue) &&
	       !READ_ONCE(sk->sk_backlog.tail) &&
	       READ_ONCE(sk->sk_state) == TCP_ESTABLISHED &&
	       !READ_ONCE(sk->sk_err) &&
	       !(READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN) &&
	       !READ_ONCE(tp->ack_pending);
}

/**
 * twin_tcp_recv_await() - a reader comes, perhaps before there is anything to read
 * @sk: socket
 * @timeout: how long it may wait, jiffies
 *
 * In a dialogue most do.  To sleep once without having had the lock spares taking
 * and giving it back twice; whatever ends that, the rest is done with the lock.
 *
 * Context: Process, no lock.
 * Return: what is left of @timeout, or -EPIPE: another thread has disconnected the
 * socket meanwhile.
 */
long twin_tcp_recv_await(struct sock *sk, long timeout)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int disconnects = READ_ONCE(sk->sk_disconnects);
	struct twin_tcp_sock *tp = twin_tcp(sk);

	if (!timeout || !twin_tcp_recv_idle(tp))
		return timeout;
	add_wait_queue(sk_sleep(sk), &wait);
	sk_set_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	WRITE_ONCE(tp->reader, TWIN_TCP_READER_WAITS);
	/* pairs with skwq_has_sleeper() of whoever brings something */
	smp_mb();
	if (twin_tcp_recv_idle(tp))
		timeout = wait_woken(&wait, TASK_INTERRUPTIBLE, timeout);
	WRITE_ONCE(tp->reader, TWIN_TCP_READER_NONE);
	sk_clear_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	remove_wait_queue(sk_sleep(sk), &wait);
	return disconnects == READ_ONCE(sk->sk_disconnects) ? timeout : -EPIPE;
}

/*
 * struct twin_tcp_recv - one recvmsg() under way; lives on the stack
 */
struct twin_tcp_recv {
	struct msghdr *msg;
	size_t left;			/* bytes the caller still wants */
	u32 *seq;			/* next byte: copied_seq or @peek_seq */
	u32 peek_seq;			/* with MSG_PEEK, as the next two */
	u32 peek_from;			/* copied_seq, when it began */
	u32 peek_offset;
	int flags;
	int copied;
	int target;			/* return no fewer, if it may block */
	long timeout;
	bool stamped;			/* the time of arrival is wanted */
	ktime_t stamp;			/* ... of the newest that has one */
	ktime_t hw_stamp;		/* ... by the device */
};

/* The skb that holds the next byte; *@offset is where in it. */
static struct sk_buff *twin_tcp_recv_find(struct twin_tcp_sock *tp,
					  const struct twin_tcp_recv *recv,
					  u32 *offset)
{
	struct sk_buff *skb;

	skb_queue_walk(&twin_tcp_to_sk(tp)->sk_receive_queue, skb) {
		*offset = *recv->seq - twin_tcp_cb(skb)->seq;
		if (twin_tcp_cb(skb)->flags & TWIN_TCP_SYN)
			(*offset)--;
		if (*offset < skb->len ||
		    twin_tcp_cb(skb)->flags & TWIN_TCP_FIN)
			return skb;
	}
	return NULL;
}

/*
 * Is it all in one page, as what was written in one small piece is?  Only for a
 * program's memory: a pipe would take the page itself instead of its bytes.
 */
static bool twin_tcp_recv_is_simple(const struct sk_buff *skb, u32 offset,
				    const struct iov_iter *to, size_t bytes)
{
	const skb_frag_t *frag = skb_shinfo(skb)->frags;

	return user_backed_iter(to) && !skb_headlen(skb) &&
	       skb_frags_readable(skb) &&
	       skb_shinfo(skb)->nr_frags &&
	       offset + bytes <= skb_frag_size(frag) &&
	       offset_in_page(skb_frag_off(frag) + offset) + bytes <= PAGE_SIZE;
}

/* A pipe would keep the pages; and who only looks will look again (tcp_lent.c). */
static bool twin_tcp_recv_may_borrow(const struct twin_tcp_recv *recv)
{
	return user_backed_iter(&recv->msg->msg_iter) &&
	       !(recv->flags & MSG_PEEK);
}

static int twin_tcp_recv_copy_simple(const struct sk_buff *skb, u32 offset,
				     struct iov_iter *to, size_t bytes)
{
	const skb_frag_t *frag = skb_shinfo(skb)->frags;
	size_t copied;

	copied = copy_page_to_iter(skb_frag_page(frag),
				   skb_frag_off(frag) + offset, bytes, to);
	if (likely(copied == bytes))
		return 0;
	iov_iter_revert(to, copied);
	return -EFAULT;
}

static int twin_tcp_recv_copy(struct sk_buff *skb, u32 offset,
			      struct twin_tcp_recv *recv, size_t bytes)
{
	struct iov_iter *to = &recv->msg->msg_iter;

	if (recv->flags & MSG_TRUNC)
		return 0;
	if (!twin_tcp_recv_is_simple(skb, offset, to, bytes))
		return skb_copy_datagram_msg(skb, offset, recv->msg, bytes);
	return twin_tcp_recv_copy_simple(skb, offset, to, bytes);
}

static void twin_tcp_recv_eat(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	__skb_unlink(skb, &sk->sk_receive_queue);
	/* sock_rfree() by hand: the socket is locked, so is its accounting */
	if (likely(skb->destructor == sock_rfree)) {
		atomic_sub(skb->truesize, &sk->sk_rmem_alloc);
		twin_tcp_uncharge(sk, skb->truesize);
		skb->destructor = NULL;
		skb->sk = NULL;
	}
	twin_link_skb_free(skb);
}

/* Is all that there is a small message, of which nothing else is wanted? */
static bool twin_tcp_recv_is_small(const struct twin_tcp_sock *tp,
				   const struct sk_buff *skb, u32 offset,
				   const struct msghdr *msg, size_t room)
{
	const struct sock *sk = twin_tcp_to_sk(tp);
	u32 bytes = skb->len - offset;

	return skb_queue_is_last(&sk->sk_receive_queue, skb) &&
	       offset < skb->len && bytes <= room &&
	       !(twin_tcp_cb(skb)->flags & (TWIN_TCP_SYN | TWIN_TCP_FIN)) &&
	       twin_tcp_recv_is_simple(skb, offset, &msg->msg_iter, bytes) &&
	       !tp->urg_data && !tp->lent && !twin_tcp_option_inq(tp) &&
	       bytes >= READ_ONCE(sk->sk_rcvlowat) &&
	       !sock_flag(sk, SOCK_RCVTSTAMP) && !READ_ONCE(sk->sk_tsflags);
}

/* Return: bytes; 0: it was not small, or the program has no memory there yet. */
static int twin_tcp_recv_small_take(struct twin_tcp_sock *tp,
				    struct msghdr *msg, size_t room)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct sk_buff *skb = skb_peek(&sk->sk_receive_queue);
	u32 offset, bytes;
	int err;

	if (unlikely(!skb))
		return 0;
	offset = tp->copied_seq - twin_tcp_cb(skb)->seq;
	if (!twin_tcp_recv_is_small(tp, skb, offset, msg, room))
		return 0;
	bytes = skb->len - offset;
	/* the spinlock is held */
	pagefault_disable();
	err = twin_tcp_recv_copy_simple(skb, offset, &msg->msg_iter, bytes);
	pagefault_enable();
	if (unlikely(err))
		return 0;
	WRITE_ONCE(tp->copied_seq, tp->copied_seq + bytes);
	twin_tcp_recv_eat(tp, skb);
	twin_tcp_window_tune(tp);
	sk_peek_offset_bwd(sk, bytes);
	twin_tcp_window_after_read(tp, bytes, false);
	return bytes;
}

/**
 * twin_tcp_recv_small() - the user call RECEIVE, if it takes a small message whole
 * @sk: socket
 * @msg: where to
 * @room: at most so many bytes
 * @flags: MSG_
 *
 * As twin_tcp_send_small(): what each request and response of a dialogue is to its
 * reader, with the socket's spinlock; at most a page is copied with bottom halves off.
 *
 * RFC: 9293 section 3.9.1.4
 * Context: Process, no lock.
 * Return: bytes copied, or 0: nothing was done, twin_tcp_recvmsg() has to look at it.
 */
int twin_tcp_recv_small(struct sock *sk, struct msghdr *msg, size_t room,
			int flags)
{
	bool slow;
	int got;

	if (flags & ~MSG_DONTWAIT || msg->msg_get_inq ||
	    skb_queue_empty_lockless(&sk->sk_receive_queue))
		return 0;
	slow = lock_sock_fast(sk);
	got = twin_tcp_recv_small_take(twin_tcp(sk), msg, room);
	unlock_sock_fast(sk, slow);
	return got;
}

/* SO_TIMESTAMP and the like: the newest of what is read tells its time. */
static void twin_tcp_recv_stamp(struct twin_tcp_recv *recv,
				const struct sk_buff *skb)
{
	if (!skb->tstamp)
		return;
	recv->stamp = skb->tstamp;
	recv->hw_stamp = skb_shinfo(skb)->hwtstamps.hwtstamp;
}

/* The core takes the times from an skb; what came is gone by now. */
static void twin_tcp_recv_tell_stamp(struct sock *sk,
				     const struct twin_tcp_recv *recv)
{
	struct sk_buff *skb;

	if (!recv->stamp || !recv->copied)
		return;
	skb = alloc_skb(0, sk->sk_allocation);
	if (!skb)
		return;
	skb->tstamp = recv->stamp;
	skb_hwtstamps(skb)->hwtstamp = recv->hw_stamp;
	sock_recv_timestamp(recv->msg, sk, skb);
	consume_skb(skb);
}

/*
 * Takes from one skb.  Return: 0 to go on, 1 at the end of data, or an error
 * if nothing was copied before.
 */
static int twin_tcp_recv_skb(struct twin_tcp_sock *tp,
			     struct twin_tcp_recv *recv, struct sk_buff *skb,
			     u32 offset)
{
	bool peek = recv->flags & MSG_PEEK;
	size_t bytes;

	if (offset < skb->len) {
		bytes = min_t(size_t, skb->len - offset, recv->left);
		if (unlikely(tp->urg_data))
			twin_tcp_urgent_limit(tp, recv->seq, &offset, &bytes);
		if (unlikely(tp->lent) && !twin_tcp_recv_may_borrow(recv) &&
		    skb_orphan_frags_rx(skb, GFP_KERNEL))
			return recv->copied ? 1 : -ENOMEM;
		if (twin_tcp_recv_copy(skb, offset, recv, bytes))
			return recv->copied ? 1 : -EFAULT;
		WRITE_ONCE(*recv->seq, *recv->seq + bytes);
		recv->copied += bytes;
		recv->left -= bytes;
		if (unlikely(recv->stamped))
			twin_tcp_recv_stamp(recv, skb);
		if (unlikely(tp->urg_data) &&
		    twin_tcp_after(tp->copied_seq, tp->rcv_up))
			WRITE_ONCE(tp->urg_data, 0);
		if (offset + bytes < skb->len)
			return 0;
	}
	if (twin_tcp_cb(skb)->flags & TWIN_TCP_FIN) {
		WRITE_ONCE(*recv->seq, *recv->seq + 1);
		if (!peek)
			twin_tcp_recv_eat(tp, skb);
		return 1;
	}
	if (!peek)
		twin_tcp_recv_eat(tp, skb);
	return 0;
}

/* Nothing to copy: 1 return what there is, 0 wait, negative error. */
static int twin_tcp_recv_verdict(struct sock *sk, struct twin_tcp_recv *recv)
{
	if (recv->copied) {
		if (sk->sk_err || sk->sk_state == TCP_CLOSE ||
		    (sk->sk_shutdown & RCV_SHUTDOWN) || !recv->timeout ||
		    signal_pending(current))
			return 1;
		return 0;
	}
	if (sock_flag(sk, SOCK_DONE))
		return 1;
	if (sk->sk_err)
		return sock_error(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 1;
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
	if (!recv->timeout)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(recv->timeout);
	return 0;
}

static void twin_tcp_recv_peek(const struct twin_tcp_sock *tp,
			       struct twin_tcp_recv *recv)
{
	recv->peek_from = tp->copied_seq;
	recv->peek_seq = recv->peek_from + recv->peek_offset;
}

/* The reader has got what there is.  MSG_PEEK takes nothing, but may want more. */
static void twin_tcp_recv_taken(struct twin_tcp_sock *tp,
				const struct twin_tcp_recv *recv, bool wants_more)
{
	u32 taken = recv->flags & MSG_PEEK ? 0 : recv->copied;

	if (taken)
		twin_tcp_window_tune(tp);
	twin_tcp_window_after_read(tp, taken, wants_more);
}

/*
 * A read stops in front of the urgent byte.  One that has copied nothing lets the
 * handler of SIGURG have the byte before it steps over it.  Return: 0 to go on, 1 to
 * end, or an error.
 */
static int twin_tcp_recv_urgent(const struct twin_tcp_sock *tp,
				const struct twin_tcp_recv *recv)
{
	if (tp->rcv_up != *recv->seq)
		return 0;
	if (recv->copied)
		return 1;
	if (!signal_pending(current))
		return 0;
	return recv->timeout ? sock_intr_errno(recv->timeout) : -EAGAIN;
}

static int twin_tcp_recv_loop(struct sock *sk, struct twin_tcp_recv *recv)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);
	struct sk_buff *skb;
	u32 offset = 0;
	int verdict;

	/* once at least: a read of nothing tells of errors all the same */
	do {
		if (unlikely(tp->urg_data)) {
			verdict = twin_tcp_recv_urgent(tp, recv);
			if (verdict)
				return min(verdict, 0);
		}
		skb = twin_tcp_recv_find(tp, recv, &offset);
		if (skb) {
			verdict = twin_tcp_recv_skb(tp, recv, skb, offset);
			if (verdict)
				return min(verdict, 0);
			continue;
		}
		if (recv->copied >= recv->target &&
		    !READ_ONCE(sk->sk_backlog.tail))
			break;
		verdict = twin_tcp_recv_verdict(sk, recv);
		if (verdict)
			return min(verdict, 0);
		if (recv->copied >= recv->target) {
			release_sock(sk);
			lock_sock(sk);
			continue;
		}
		twin_tcp_recv_taken(tp, recv, true);
		WRITE_ONCE(tp->reader, TWIN_TCP_READER_WAITS);
		/* another thread may disconnect the socket meanwhile */
		verdict = sk_wait_data(sk, &recv->timeout,
				       skb_peek_tail(&sk->sk_receive_queue));
		WRITE_ONCE(tp->reader, TWIN_TCP_READER_NONE);
		if (verdict < 0)
			return verdict;
		/* so may it read */
		if ((recv->flags & MSG_PEEK) && recv->peek_from != tp->copied_seq)
			twin_tcp_recv_peek(tp, recv);
	} while (recv->left);
	return 0;
}

/**
 * twin_tcp_recvmsg() - the user call RECEIVE
 * @sk: socket
 * @msg: where to
 * @bytes: at most so many
 * @flags: MSG_
 * @timeout: how long it may wait, jiffies
 *
 * RFC: 9293 section 3.9.1.4
 * Context: Process, socket lock held (dropped while it waits).
 * Return: bytes copied, 0 at the end of data; -EAGAIN, -ENOTCONN, -EINTR,
 * -EFAULT, -ENOMEM, -EPIPE (disconnected meanwhile) or the socket's error.
 */
int twin_tcp_recvmsg(struct sock *sk, struct msghdr *msg, size_t bytes,
		     int flags, long timeout)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);
	struct twin_tcp_recv recv twin_compat_uninitialized;
	int err;

	if (sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	if (flags & MSG_OOB)
		return twin_tcp_urgent_read(tp, msg, bytes, flags);
	recv.msg = msg;
	recv.left = bytes;
	recv.flags = flags;
	recv.seq = &tp->copied_seq;
	recv.copied = 0;
	recv.timeout = timeout;
	recv.target = sock_rcvlowat(sk, flags & MSG_WAITALL, bytes);
	recv.stamped = sock_flag(sk, SOCK_RCVTSTAMP) ||
		       READ_ONCE(sk->sk_tsflags);
	if (unlikely(recv.stamped))
		recv.stamp = 0;
	if (flags & MSG_PEEK) {
		recv.peek_offset = max(sk_peek_offset(sk, flags), 0);
		twin_tcp_recv_peek(tp, &recv);
		recv.seq = &recv.peek_seq;
	}
	err = twin_tcp_recv_loop(sk, &recv);
	if (unlikely(err == -EPIPE))
		return recv.copied ? recv.copied : err;
	if (unlikely(recv.stamped))
		twin_tcp_recv_tell_stamp(sk, &recv);
	if (!(flags & MSG_PEEK))
		sk_peek_offset_bwd(sk, recv.copied);
	else if (recv.copied)
		sk_peek_offset_fwd(sk, recv.copied);
	twin_tcp_recv_taken(tp, &recv, err == -EAGAIN);
	return recv.copied ? recv.copied : err;
}
