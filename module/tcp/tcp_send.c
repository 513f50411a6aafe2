// SPDX-License-Identifier: GPL-2.0
/*
 * SEND (RFC 9293 3.9.1.3; statement S8 to S11): what the application writes
 * becomes data in the write queue.  TCP does not look at it.
 */
#include <linux/skbuff.h>
#include <linux/wait.h>
#include "tcp_busy.h"
#include "tcp_cong.h"
#include "tcp_fastopen.h"

/**
 * twin_tcp_skb_alloc() - an empty skb for the write queue
 * @tp: connection
 * @gfp: how to allocate
 *
 * Data lives in page fragments; the linear part is room for headers only.  Not
 * yet charged to the socket.
 *
 * Context: Any; of @tp it only asks for a guess how much room.
 * Return: the skb or NULL.
 */
struct sk_buff *twin_tcp_skb_alloc(struct twin_tcp_sock *tp, gfp_t gfp)
{
	unsigned int headroom = twin_path_headroom(&tp->ts.path) +
				TWIN_WIRE_IPV4_MIN_BYTES +
				TWIN_WIRE_TCP_MAX_BYTES;
	struct sk_buff *skb;

	skb = twin_link_fclone_alloc(headroom, gfp);
	if (!skb)
		return NULL;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->truesize = SKB_TRUESIZE(skb_end_offset(skb));
	return skb;
}

/**
 * twin_tcp_skb_free() - data that is needed no more
 * @tp: connection
 * @skb: in no queue; uncharged and freed
 *
 * Context: Socket lock.
 */
void twin_tcp_skb_free(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	sk_wmem_queued_add(sk, -(int)skb->truesize);
	twin_tcp_uncharge(sk, skb->truesize);
	twin_link_fclone_free(skb);
}

/**
 * twin_tcp_send_queues_purge() - forget everything that was to be sent
 * @tp: connection
 *
 * Context: Socket lock.
 */
void twin_tcp_send_queues_purge(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&sk->sk_write_queue)))
		twin_tcp_skb_free(tp, skb);
	while ((skb = twin_tcp_rtx_first(tp))) {
		twin_tcp_rtx_unlink(tp, skb);
		twin_tcp_skb_free(tp, skb);
	}
	tp->packets_out = 0;
	tp->sacked_out = 0;
	tp->lost_out = 0;
	tp->retrans_out = 0;
	tp->backoff = 0;
	tp->rtx_hint = NULL;
}

static u32 twin_tcp_notsent_limit(const struct twin_tcp_sock *tp)
{
	u32 limit = READ_ONCE(tp->notsent_lowat);

	return limit ? limit :
		(u32)READ_ONCE(twin_tcp_net(tp)->conf.tcp_notsent_lowat_bytes);
}

/**
 * twin_tcp_memory_free() - proto.stream_memory_free: TCP_NOTSENT_LOWAT
 * @sk: socket
 * @wake: 1: a writer is to be woken, so there must be twice as much room
 *
 * Context: Any.
 * Return: true if little enough waits to be sent for the first time.
 */
bool twin_tcp_memory_free(const struct sock *sk, int wake)
{
	const struct twin_tcp_sock *tp = twin_tcp(sk);
	u32 waiting = READ_ONCE(tp->write_seq) - READ_ONCE(tp->snd_nxt);

	return waiting << wake < twin_tcp_notsent_limit(tp);
}

/**
 * twin_tcp_writable() - may poll() report POLLOUT?
 * @tp: connection
 *
 * Context: Any.
 * Return: true if a third of the send buffer is free, and less than
 * TCP_NOTSENT_LOWAT waits to be sent for the first time.
 */
bool twin_tcp_writable(const struct twin_tcp_sock *tp)
{
	const struct sock *sk = twin_tcp_to_sk(tp);
	int queued = READ_ONCE(sk->sk_wmem_queued);

	if (READ_ONCE(sk->sk_sndbuf) - queued < queued >> 1)
		return false;
	return twin_tcp_memory_free(sk, 1);
}

/**
 * twin_tcp_write_space() - sk_write_space: wake writers when it is worth it
 * @sk: socket
 *
 * Context: Socket lock, or sock_wfree(): then sk_socket may go away under us,
 * but its memory is there for a grace period.
 */
void twin_tcp_write_space(struct sock *sk)
{
	struct socket_wq *wq;
	struct socket *sock;

	twin_tcp_throttle_space(twin_tcp(sk));
	rcu_read_lock();
	sock = READ_ONCE(sk->sk_socket);
	if (!sock || !test_bit(SOCK_NOSPACE, &sock->flags) ||
	    !twin_tcp_writable(twin_tcp(sk))) {
		rcu_read_unlock();
		return;
	}
	clear_bit(SOCK_NOSPACE, &sock->flags);
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait, EPOLLOUT | EPOLLWRNORM |
					   EPOLLWRBAND);
	if (wq && wq->fasync_list && !(sk->sk_shutdown & SEND_SHUTDOWN))
		sock_wake_async(wq, SOCK_WAKE_SPACE, POLL_OUT);
	rcu_read_unlock();
}

/**
 * twin_tcp_write_room() - data was acknowledged: is a writer waiting for room?
 * @tp: connection
 *
 * Context: Socket lock.
 */
void twin_tcp_write_room(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	/* pairs with twin_stream_writable() */
	smp_mb();
	if (sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags)) {
		twin_tcp_sndbuf_expand(tp);
		sk->sk_write_space(sk);
		if (tp->busy == TWIN_TCP_BUSY_BUFFER &&
		    !test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
			twin_tcp_busy_become(tp, TWIN_TCP_BUSY);
	}
}

/*
 * struct twin_tcp_send - one sendmsg() under way; lives on the stack
 */
struct twin_tcp_send {
	struct msghdr *msg;
	struct ubuf_info *uarg;		/* MSG_ZEROCOPY, or NULL */
	u32 goal;			/* bytes in one big packet */
	u32 before;			/* bytes of the call that left with the SYN */
	bool splice;			/* pages by reference, not copies */
	bool hold;			/* more follows at once: push nothing */
	bool stamp;			/* @sockc is set: it may ask for time stamps */
	long timeout;			/* what is left of SO_SNDTIMEO, jiffies */
	struct sockcm_cookie sockc;
};

static void twin_tcp_send_goal(struct twin_tcp_sock *tp,
			       struct twin_tcp_send *send)
{
	u32 mss = twin_tcp_mss_current(tp);

	/* less than a segment, and nothing before it: that is its packet */
	if (msg_data_left(send->msg) < mss &&
	    skb_queue_empty(&twin_tcp_to_sk(tp)->sk_write_queue))
		send->goal = mss;
	else
		send->goal = twin_tcp_gso_goal(tp, mss);
	/* what is tried on the path is the front of one skb */
	if (unlikely(tp->mtu_probing))
		send->goal = max_t(u32, send->goal, tp->mtu_search.high);
}

/* The skb that takes the next bytes: the last one, while it has room. */
static struct sk_buff *twin_tcp_send_tail(struct twin_tcp_sock *tp,
					  const struct twin_tcp_send *send)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (!skb || skb->len >= send->goal || twin_tcp_cb(skb)->eor ||
	    twin_tcp_cb(skb)->flags & (TWIN_TCP_SYN | TWIN_TCP_FIN))
		return NULL;
	return skb;
}

/* The send buffer's room, and TCP_NOTSENT_LOWAT's. */
static bool twin_tcp_send_has_room(const struct sock *sk)
{
	return READ_ONCE(sk->sk_wmem_queued) < READ_ONCE(sk->sk_sndbuf) &&
	       twin_tcp_memory_free(sk, 0);
}

static struct sk_buff *twin_tcp_send_new(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct sk_buff *skb;

	if (!twin_tcp_send_has_room(sk))
		return NULL;
	skb = twin_tcp_skb_alloc(tp, sk->sk_allocation);
	if (!skb)
		return NULL;
	if (!sk_wmem_schedule(sk, skb->truesize)) {
		twin_link_fclone_free(skb);
		return NULL;
	}
	twin_tcp_skb_queue(tp, skb, TWIN_TCP_ACK);
	return skb;
}

/* What stays within one page needs no search for what kind of memory it is. */
static int twin_tcp_send_copy_bytes(struct sock *sk, struct sk_buff *skb,
				    struct msghdr *msg, struct page_frag *frag,
				    u32 bytes)
{
	size_t copied;

	if (offset_in_page(frag->offset) + bytes > PAGE_SIZE)
		return skb_copy_to_page_nocache(sk, &msg->msg_iter, skb,
						frag->page, frag->offset,
						bytes);
	copied = copy_page_from_iter(frag->page, frag->offset, bytes,
				     &msg->msg_iter);
	if (unlikely(copied != bytes)) {
		iov_iter_revert(&msg->msg_iter, copied);
		return -EFAULT;
	}
	skb_len_add(skb, bytes);
	sk_wmem_queued_add(sk, bytes);
	twin_tcp_charge(sk, bytes);
	return 0;
}

static int twin_tcp_send_copy_page(struct sock *sk, struct sk_buff *skb,
				   struct msghdr *msg, u32 bytes)
{
	struct page_frag *frag = sk_page_frag(sk);
	int i = skb_shinfo(skb)->nr_frags;
	bool merge;
	int err;

	if (!twin_link_pages_refill(sk, frag))
		return -ENOMEM;
	merge = skb_can_coalesce(skb, i, frag->page, frag->offset);
	if (!merge && i >= MAX_SKB_FRAGS)
		return -EMSGSIZE;
	bytes = min_t(u32, bytes, frag->size - frag->offset);
	if (!sk_wmem_schedule(sk, bytes))
		return -ENOMEM;
	err = twin_tcp_send_copy_bytes(sk, skb, msg, frag, bytes);
	if (err)
		return err;
	if (merge) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[i - 1], bytes);
	} else {
		skb_fill_page_desc(skb, i, frag->page, frag->offset, bytes);
		get_page(frag->page);
	}
	frag->offset += bytes;
	return bytes;
}

static int twin_tcp_send_splice(struct sock *sk, struct sk_buff *skb,
				struct msghdr *msg, u32 bytes)
{
	int n;

	if (!sk_wmem_schedule(sk, bytes))
		return -ENOMEM;
	n = twin_compat_splice_from_iter(skb, &msg->msg_iter, bytes,
					 sk->sk_allocation);
	if (n > 0) {
		/* the helper adds to the skb; the charge is ours */
		sk_wmem_queued_add(sk, n);
		twin_tcp_charge(sk, n);
		/* others may write to the pages meanwhile: who sums copies first */
		if (!(msg->msg_flags & MSG_NO_SHARED_FRAGS))
			skb_shinfo(skb)->flags |= SKBFL_SHARED_FRAG;
	}
	return n;
}

/*
 * Adds up to @bytes to @skb.  Return: bytes added; -EMSGSIZE: @skb is full;
 * -ENOMEM: wait for memory; another error is the caller's.
 */
static int twin_tcp_send_append(struct twin_tcp_sock *tp,
				struct twin_tcp_send *send, struct sk_buff *skb,
				u32 bytes)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	int n;

	if (send->uarg) {
		/* the helper charges the socket, but does not ask if it may */
		if (!sk_wmem_schedule(sk, bytes))
			return -ENOMEM;
		n = twin_compat_zerocopy_stream(sk, skb, send->msg, bytes,
						send->uarg);
		if (n == -EEXIST)
			n = -EMSGSIZE;
	} else {
		/* fragments that io_uring holds for us have no references */
		skb_zcopy_downgrade_managed(skb);
		n = send->splice ?
			twin_tcp_send_splice(sk, skb, send->msg, bytes) :
			twin_tcp_send_copy_page(sk, skb, send->msg, bytes);
	}
	if (n <= 0)
		return n;
	tp->write_seq += n;
	twin_tcp_cb(skb)->end_seq += n;
	twin_tcp_cb(skb)->tx.segs = 0;
	return n;
}

static void twin_tcp_send_mark_push(struct twin_tcp_sock *tp,
				    struct sk_buff *skb)
{
	twin_tcp_cb(skb)->flags |= TWIN_TCP_PSH;
	tp->pushed_seq = tp->write_seq;
}

/* Half of the largest window is written: let the peer's reader go on. */
static bool twin_tcp_send_force_push(const struct twin_tcp_sock *tp)
{
	return twin_tcp_after(tp->write_seq,
			      tp->pushed_seq + (tp->max_window >> 1));
}

/*
 * sysctl tcp_autocorking: while the device still has an earlier packet, a small
 * one waits for company; the device's letting go sends it.
 */
static bool twin_tcp_send_corked(struct twin_tcp_sock *tp,
				 const struct sk_buff *skb,
				 const struct twin_tcp_send *send)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	if (!tp->packets_out || skb->len >= send->goal ||
	    refcount_read(&sk->sk_wmem_alloc) <= skb->truesize ||
	    twin_tcp_cb(skb)->eor || tp->urg_mode ||
	    !READ_ONCE(twin_tcp_net(tp)->conf.tcp_autocorking))
		return false;
	if (!test_bit(TWIN_TCP_THROTTLED, twin_tcp_deferred(tp))) {
		TWIN_TCP_COUNT(tp, TCPEXT_AUTO_CORKING);
		set_bit(TWIN_TCP_THROTTLED, twin_tcp_deferred(tp));
		/* as in twin_tcp_throttle_full() */
		smp_mb__after_atomic();
	}
	return refcount_read(&sk->sk_wmem_alloc) > skb->truesize;
}

/*
 * twin_tcp_send_done() - the write is over: push what it left
 */
static void twin_tcp_send_done(struct twin_tcp_sock *tp,
			       const struct twin_tcp_send *send)
{
	struct sk_buff *skb = skb_peek_tail(&twin_tcp_to_sk(tp)->sk_write_queue);
	int msg_flags = send->msg->msg_flags;
	u8 nonagle = tp->nonagle;

	if (!skb || send->hold)
		return;
	if (unlikely(send->stamp))
		twin_tcp_stamp_mark(tp, skb, &send->sockc);
	if (!(msg_flags & MSG_MORE) || twin_tcp_send_force_push(tp))
		twin_tcp_send_mark_push(tp, skb);
	if (msg_flags & MSG_OOB) {
		tp->snd_up = tp->write_seq;
		tp->urg_mode = 1;
	}
	if (msg_flags & MSG_EOR)
		twin_tcp_cb(skb)->eor = true;
	if (twin_tcp_send_corked(tp, skb, send)) {
		if (skb == skb_peek(&twin_tcp_to_sk(tp)->sk_write_queue))
			return;
		/* what is full before it goes */
		nonagle = TWIN_TCP_CORK;
	}
	if (msg_flags & MSG_MORE)
		nonagle = TWIN_TCP_CORK;
	twin_tcp_push_nagle(tp, nonagle,
			    sk_gfp_mask(twin_tcp_to_sk(tp), GFP_ATOMIC));
}

static int twin_tcp_send_wait(struct twin_tcp_sock *tp,
			      struct twin_tcp_send *send)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	bool full = !twin_tcp_send_has_room(sk);

	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	twin_tcp_push_nagle(tp, TWIN_TCP_NODELAY,
			    sk_gfp_mask(sk, GFP_ATOMIC));
	/* a hand-over makes room at once; the core would take that for a lack
	 * of pages and sleep
	 */
	if (full && twin_tcp_send_has_room(sk))
		return 0;
	return sk_stream_wait_memory(sk, &send->timeout);
}

/* One round: some bytes into the tail or a new skb.  Like _send_append(). */
static int twin_tcp_send_some(struct twin_tcp_sock *tp,
			      struct twin_tcp_send *send)
{
	struct sk_buff *skb = twin_tcp_send_tail(tp, send);
	int n = -EMSGSIZE;
	u32 bytes;

	if (skb) {
		bytes = min_t(size_t, send->goal - skb->len,
			      msg_data_left(send->msg));
		n = twin_tcp_send_append(tp, send, skb, bytes);
		if (n != -EMSGSIZE)
			return n;
		twin_tcp_send_mark_push(tp, skb);
	}
	skb = twin_tcp_send_new(tp);
	if (!skb)
		return -ENOMEM;
	bytes = min_t(size_t, send->goal, msg_data_left(send->msg));
	n = twin_tcp_send_append(tp, send, skb, bytes);
	if (n <= 0) {
		/* an empty skb at the end would look like a lone FIN */
		__skb_unlink(skb, &twin_tcp_to_sk(tp)->sk_write_queue);
		twin_tcp_skb_free(tp, skb);
	}
	return n;
}

static void twin_tcp_send_maybe_push(struct twin_tcp_sock *tp,
				     const struct twin_tcp_send *send)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (!skb || skb->len < send->goal || send->msg->msg_flags & MSG_OOB)
		return;
	/* what is left of the call is soon there, and goes along */
	if (!send->hold && msg_data_left(send->msg) < tp->mss_now)
		return;
	if (twin_tcp_send_force_push(tp)) {
		twin_tcp_send_mark_push(tp, skb);
		twin_tcp_push_nagle(tp, TWIN_TCP_NODELAY, GFP_ATOMIC);
	} else if (skb == skb_peek(&sk->sk_write_queue)) {
		twin_tcp_write(tp, TWIN_TCP_NODELAY, GFP_ATOMIC,
			       TWIN_TCP_WRITE_ONE);
	}
}

static int twin_tcp_send_loop(struct twin_tcp_sock *tp,
			      struct twin_tcp_send *send, int *copied)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	int n;

	twin_tcp_send_goal(tp, send);
	if (sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN))
		return -EPIPE;
	while (msg_data_left(send->msg)) {
		n = twin_tcp_send_some(tp, send);
		if (n > 0) {
			*copied += n;
			/* the last skb is twin_tcp_send_done()'s */
			if (msg_data_left(send->msg) || send->hold)
				twin_tcp_send_maybe_push(tp, send);
			continue;
		}
		if (n != -ENOMEM)
			return n ? n : -EFAULT;
		n = twin_tcp_send_wait(tp, send);
		if (n)
			return n;
		if (sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN))
			return -EPIPE;
		twin_tcp_send_goal(tp, send);
	}
	return 0;
}

static int twin_tcp_send_connected(struct sock *sk, struct twin_tcp_send *send)
{
	if ((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT))
		return 0;
	if (sk->sk_state == TCP_SYN_RECV &&
	    twin_tcp_fastopen_passive(twin_tcp(sk)))
		return 0;
	return sk_stream_wait_connect(sk, &send->timeout);
}

/* Time stamps; what else may be asked for has no effect on a stream, but is checked. */
static int twin_tcp_send_ancillary(struct sock *sk, struct twin_tcp_send *send)
{
	if (likely(!READ_ONCE(sk->sk_tsflags) && !send->msg->msg_controllen))
		return 0;
	send->stamp = true;
	return twin_tcp_stamp_wanted(twin_tcp(sk), send->msg, &send->sockc) ?
	       -EINVAL : 0;
}

static int twin_tcp_send_zerocopy(struct sock *sk, struct msghdr *msg,
				  size_t bytes, struct twin_tcp_send *send)
{
	if (msg->msg_ubuf) {
		send->uarg = msg->msg_ubuf;
		net_zcopy_get(send->uarg);
	} else if (msg->msg_flags & MSG_ZEROCOPY && bytes &&
		   sock_flag(sk, SOCK_ZEROCOPY)) {
		struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

		send->uarg = twin_compat_zerocopy_realloc(sk, bytes,
							  skb_zcopy(skb));
		if (!send->uarg)
			return -ENOBUFS;
	}
	return 0;
}

static int twin_tcp_send(struct sock *sk, struct twin_tcp_send *send)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);
	struct msghdr *msg = send->msg;
	int copied = 0, err;

	/* one limit for both that it may wait for: the connection, then room */
	send->timeout = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	err = twin_tcp_send_connected(sk, send);
	if (!err)
		err = twin_tcp_send_ancillary(sk, send);
	if (!err) {
		sk_clear_bit(SOCKWQ_ASYNC_NOSPACE, sk);
		/* before this write: had it run dry? */
		twin_tcp_rate_check_app_limited(tp);
		if (!tp->packets_out && skb_queue_empty(&sk->sk_write_queue))
			twin_tcp_cwnd_restart(tp);
		if (unlikely(tp->ack_pending & TWIN_TCP_ACK_OPENING))
			twin_tcp_ack_before_write(tp, msg_data_left(msg));
		err = twin_tcp_send_loop(tp, send, &copied);
	}
	if (copied)
		twin_tcp_send_done(tp, send);
	if (send->uarg) {
		if (copied || msg->msg_ubuf)
			net_zcopy_put(send->uarg);
		else
			net_zcopy_put_abort(send->uarg, true);
	}
	/* a call that has taken anything leaves the error to the next one */
	if (copied || send->before || !err)
		return copied;
	err = sk_stream_error(sk, msg->msg_flags, err);
	/* make sure that an edge-triggered poll() hears of room */
	if (skb_queue_empty(&sk->sk_write_queue) && err == -EAGAIN)
		sk->sk_write_space(sk);
	return err;
}

/**
 * twin_tcp_send_syn_data() - data that goes with the SYN, by Fast Open
 * @tp: connection that is being opened
 * @msg: what the program writes
 * @most: bytes that fit
 * @copied: bytes that were taken
 *
 * Context: Process, socket lock; does not wait.
 * Return: the data at the end of the write queue, or NULL if there is none.
 */
struct sk_buff *twin_tcp_send_syn_data(struct twin_tcp_sock *tp,
				       struct msghdr *msg, u32 most,
				       int *copied)
{
	struct twin_tcp_send send = { .msg = msg };
	struct sk_buff *skb;
	u32 bytes;
	int n;

	if (!most || !msg_data_left(msg) || msg->msg_flags & MSG_ZEROCOPY)
		return NULL;
	skb = twin_tcp_send_new(tp);
	if (!skb)
		return NULL;
	while (skb->len < most && msg_data_left(msg)) {
		bytes = min_t(size_t, most - skb->len, msg_data_left(msg));
		n = twin_tcp_send_append(tp, &send, skb, bytes);
		if (n <= 0)
			break;
		*copied += n;
	}
	if (skb->len)
		return skb;
	__skb_unlink(skb, &twin_tcp_to_sk(tp)->sk_write_queue);
	twin_tcp_skb_free(tp, skb);
	return NULL;
}

/**
 * twin_tcp_sendmsg() - the user call SEND
 * @sk: socket
 * @msg: data and flags
 * @bytes: how much
 * @before: bytes of the same call that have left with the SYN (Fast Open)
 *
 * RFC: 9293 section 3.9.1.3
 * Context: Process, socket lock held (dropped while it waits).
 * Return: bytes taken, beyond @before; -EPIPE (with SIGPIPE unless MSG_NOSIGNAL), -EAGAIN,
 * -EINTR, -EFAULT, -ENOBUFS, -EINVAL (ancillary data) or the socket's error.
 */
int twin_tcp_sendmsg(struct sock *sk, struct msghdr *msg, size_t bytes,
		     u32 before)
{
	struct twin_tcp_send send twin_compat_uninitialized;
	int err;

	send.msg = msg;
	send.uarg = NULL;
	send.before = before;
	send.splice = TWIN_COMPAT_SPLICE_PAGES &&
		      (msg->msg_flags & MSG_SPLICE_PAGES);
	send.hold = false;
	send.stamp = false;
	err = twin_tcp_send_zerocopy(sk, msg, bytes, &send);
	return err ? err : twin_tcp_send(sk, &send);
}

/**
 * twin_tcp_sendpage() - SEND of a page that is referred to, not copied
 * @sk: socket
 * @page: page of a file or pipe
 * @offset: where its data begins
 * @bytes: how much
 * @flags: MSG_ flags
 *
 * Only for kernels that do not pass MSG_SPLICE_PAGES to sendmsg().
 *
 * Context: Process, socket lock held (dropped while it waits).
 * Return: as twin_tcp_sendmsg().
 */
int twin_tcp_sendpage(struct sock *sk, struct page *page, int offset,
		      size_t bytes, int flags)
{
	struct bio_vec piece = {
		.bv_page = page,
		.bv_offset = offset,
		.bv_len = bytes,
	};
	struct msghdr msg = {
		.msg_flags = flags & ~TWIN_COMPAT_SENDPAGE_FLAGS,
	};
	struct twin_tcp_send send = {
		.msg = &msg,
		.splice = true,
		.hold = flags & TWIN_COMPAT_SENDPAGE_NOTLAST,
	};

	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &piece, 1, bytes);
	return twin_tcp_send(sk, &send);
}
