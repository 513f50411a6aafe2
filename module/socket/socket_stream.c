// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of stream sockets (TCP): checks, waiting and errno as for AF_INET.
 */
#include <linux/in.h>
#include <linux/poll.h>
#include <linux/sockios.h>
#include <linux/wait.h>
#include <asm/ioctls.h>
#include <net/busy_poll.h>
#include "../../uapi/linux/twin.h"
#include "../tcp/tcp_fastopen.h"
#include "../tcp/tcp_option.h"
#include "socket.h"
#include "socket_call.h"

#define TWIN_STREAM_CONNECTING	(TCPF_SYN_SENT | TCPF_SYN_RECV)

static bool twin_stream_state(const struct sock *sk, int states)
{
	return (1 << sk->sk_state) & states;
}

/* Resets the socket as far as possible; a thread in connect() gets the reason. */
static int twin_stream_end(struct socket *sock)
{
	int err = twin_tcp_disconnect(sock->sk);

	sock->state = err ? SS_DISCONNECTING : SS_UNCONNECTED;
	return err;
}

/* The same by connect(), to AF_UNSPEC or in vain: a thread in it gets EPIPE. */
static int twin_stream_disconnect(struct socket *sock)
{
	sock->sk->sk_disconnects++;
	return twin_stream_end(sock);
}

/* Return: -EINPROGRESS: the handshake has begun; other errors: it has not. */
static int twin_stream_connect_start(struct socket *sock,
				     const struct sockaddr_in *sin, int len)
{
	struct sock *sk = sock->sk;
	int err;

	switch (sock->state) {
	case SS_CONNECTING:
		return twin_tcp_fastopen_waits(twin_tcp(sk)) ? -EISCONN :
							       -EALREADY;
	case SS_CONNECTED:
		return -EISCONN;
	case SS_UNCONNECTED:
		break;
	default:
		return -EINVAL;
	}
	if (sk->sk_state != TCP_CLOSE)
		return -EISCONN;
	err = twin_socket_addr_check(sin, len);
	if (!err)
		err = twin_tcp_connect(sk, sin->sin_addr.s_addr, sin->sin_port);
	if (err)
		return err;
	sock->state = SS_CONNECTING;
	return -EINPROGRESS;
}

/* Return: what is left of the time. */
static long twin_stream_wait_connect(struct sock *sk, long timeout)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);

	add_wait_queue(sk_sleep(sk), &wait);
	while (twin_stream_state(sk, TWIN_STREAM_CONNECTING)) {
		release_sock(sk);
		timeout = wait_woken(&wait, TASK_INTERRUPTIBLE, timeout);
		lock_sock(sk);
		if (signal_pending(current) || !timeout)
			break;
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return timeout;
}

/*
 * The handshake has begun, with this call or an earlier one.  @pending is the
 * result while it has not ended.
 */
static int twin_stream_connect_finish(struct socket *sock, int flags,
				      int pending)
{
	struct sock *sk = sock->sk;
	long timeout = sock_sndtimeo(sk, flags & O_NONBLOCK);
	int disconnects = sk->sk_disconnects;
	int err;

	/* a peer on this host has answered already: that waits for the lock */
	if (timeout)
		sk_flush_backlog(sk);
	if (twin_stream_state(sk, TWIN_STREAM_CONNECTING)) {
		if (!timeout)
			return pending;
		timeout = twin_stream_wait_connect(sk, timeout);
		if (!timeout)
			return pending;
		if (signal_pending(current))
			return sock_intr_errno(timeout);
		if (disconnects != sk->sk_disconnects)
			return -EPIPE;
	}
	if (sk->sk_state == TCP_CLOSE) {
		err = sock_error(sk);
		twin_stream_disconnect(sock);
		return err ? err : -ECONNABORTED;
	}
	sock->state = SS_CONNECTED;
	return 0;
}

/*
 * A program that comes back from connect() writes or reads next: it counts as one
 * that waits to write, and the ACK of the peer's SYN waits for it (tcp_delack.c).
 */
static int twin_stream_connect_await(struct socket *sock, int flags, int pending)
{
	bool waits = !(flags & O_NONBLOCK);
	struct sock *sk = sock->sk;
	int err;

	sk->sk_write_pending += waits;
	err = twin_stream_connect_finish(sock, flags, pending);
	sk->sk_write_pending -= waits;
	twin_tcp_ack_connected(twin_tcp(sk));
	return err;
}

static int twin_stream_connect(struct socket *sock, twin_compat_sockaddr *addr,
			       int len, int flags)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)addr;
	struct sock *sk = sock->sk;
	int err;

	if (len < (int)sizeof(sin->sin_family))
		return -EINVAL;
	twin_socket_entered(sk, TWIN_CALL_CONNECT, 0);
	twin_tcp_ack_connect_again();
	lock_sock(sk);
	if (sin->sin_family == AF_UNSPEC) {
		err = twin_stream_disconnect(sock);
	} else {
		err = twin_stream_connect_start(sock, sin, len);
		if (err == -EINPROGRESS && twin_tcp_fastopen_waits(twin_tcp(sk)))
			err = 0;	/* the first write sends the SYN */
		else if (err == -EINPROGRESS || err == -EALREADY)
			err = twin_stream_connect_await(sock, flags, err);
	}
	release_sock(sk);
	twin_socket_left(sk, TWIN_CALL_CONNECT, 0, err);
	return err;
}

static int twin_stream_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	int err = -EINVAL;

	lock_sock(sk);
	if (sock->state == SS_UNCONNECTED &&
	    twin_stream_state(sk, TCPF_CLOSE | TCPF_LISTEN))
		err = twin_tcp_listen(sk, backlog);
	release_sock(sk);
	twin_socket_left(sk, TWIN_CALL_LISTEN, backlog, err);
	return err;
}

static int twin_stream_accept(struct socket *sock, struct socket *newsock,
			      TWIN_COMPAT_ACCEPT_ARGS)
{
	struct sock *child;
	int err = -EINVAL;
	bool slow;

	twin_socket_entered(sock->sk, TWIN_CALL_ACCEPT, 0);
	child = twin_tcp_accept(sock->sk, TWIN_COMPAT_ACCEPT_FLAGS, &err);
	if (!child) {
		twin_socket_left(sock->sk, TWIN_CALL_ACCEPT, 0, err);
		return err;
	}
	slow = lock_sock_fast(child);
	twin_socket_accepted(newsock, child);
	unlock_sock_fast(child, slow);
	twin_socket_left(child, TWIN_CALL_ACCEPT, 0, 0);
	return 0;
}

static void twin_stream_shutdown_settle(struct socket *sock)
{
	if (sock->state != SS_CONNECTING)
		return;
	if (twin_stream_state(sock->sk, TWIN_STREAM_CONNECTING | TCPF_CLOSE))
		sock->state = SS_DISCONNECTING;
	else
		sock->state = SS_CONNECTED;
}

/* @how: RCV_SHUTDOWN | SEND_SHUTDOWN */
static int twin_stream_shutdown_locked(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;

	twin_stream_shutdown_settle(sock);
	if (sk->sk_state == TCP_SYN_SENT)
		return twin_stream_end(sock);
	if (sk->sk_state == TCP_LISTEN)
		return how & RCV_SHUTDOWN ? twin_stream_end(sock) : 0;
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | how);
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
	if (how & SEND_SHUTDOWN)
		twin_tcp_shutdown_send(sk);
	return 0;
}

static int twin_stream_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	u32 mark;
	int err;

	how++;	/* SHUT_RD, SHUT_WR, SHUT_RDWR become bits */
	if ((how & ~SHUTDOWN_MASK) || !how)
		return -EINVAL;
	mark = twin_socket_entered_sending(sk, TWIN_CALL_SHUTDOWN, how - 1);
	lock_sock(sk);
	err = twin_stream_shutdown_locked(sock, how);
	/* even after an error: whoever sleeps in poll() gets EPOLLHUP */
	sk->sk_state_change(sk);
	release_sock(sk);
	twin_socket_left_sending(sk, TWIN_CALL_SHUTDOWN, how - 1, err, mark);
	return err;
}

/* Under the lock, because the queue is freed when the socket stops listening. */
static __poll_t twin_stream_poll_listener(struct sock *sk)
{
	__poll_t mask = 0;
	bool slow = lock_sock_fast(sk);

	if (sk->sk_state == TCP_LISTEN &&
	    twin_tcp(sk)->listen->accept_count)
		mask = EPOLLIN | EPOLLRDNORM;
	unlock_sock_fast(sk, slow);
	return mask;
}

/*
 * Below the low-water mark (SO_RCVLOWAT) a reader is woken all the same when
 * the buffer or the window is so full that no more can come.
 */
static bool twin_stream_readable(const struct sock *sk)
{
	const struct twin_tcp_sock *tp = twin_tcp(sk);
	u32 target = sock_rcvlowat(sk, 0, INT_MAX);
	u32 bytes = twin_tcp_readable(tp);
	int rcvbuf = READ_ONCE(sk->sk_rcvbuf);

	/* the urgent byte is not the next that an ordinary read returns */
	if (unlikely(READ_ONCE(tp->urg_data)) &&
	    READ_ONCE(tp->rcv_up) == READ_ONCE(tp->copied_seq) &&
	    !sock_flag(sk, SOCK_URGINLINE))
		target++;
	if (bytes >= target)
		return true;
	return bytes && (sk_rmem_alloc_get(sk) > rcvbuf - (rcvbuf >> 3) ||
			 twin_tcp_receive_window(tp) <= tp->rcv_mss);
}

static bool twin_stream_writable(struct sock *sk)
{
	if (twin_tcp_writable(twin_tcp(sk)))
		return true;
	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	/*
	 * Space that came between the test and the flag wakes nobody; pairs
	 * with smp_mb() in twin_tcp_write_room(), where room is made first and
	 * the flag looked at afterwards.
	 */
	smp_mb__after_atomic();
	return twin_tcp_writable(twin_tcp(sk));
}

static __poll_t twin_stream_poll_data(struct sock *sk, u8 shutdown)
{
	__poll_t mask = 0;

	if (twin_stream_readable(sk))
		mask |= EPOLLIN | EPOLLRDNORM;
	/* after shutdown() a write fails at once, without waiting */
	if ((shutdown & SEND_SHUTDOWN) || twin_stream_writable(sk))
		mask |= EPOLLOUT | EPOLLWRNORM;
	if (READ_ONCE(twin_tcp(sk)->urg_data) & TWIN_TCP_URG_VALID)
		mask |= EPOLLPRI;
	return mask;
}

/*
 * The socket is not locked: whoever changes a state wakes the waiters after
 * it, so that they ask again.
 */
static __poll_t twin_stream_poll(struct file *file, struct socket *sock,
				 poll_table *wait)
{
	struct sock *sk = sock->sk;
	__poll_t mask = 0;
	u8 shutdown;
	int state;

	sock_poll_wait(file, sock, wait);
	/* pairs with the release in twin_tcp_set_state() */
	state = smp_load_acquire(&sk->sk_state);
	if (state == TCP_LISTEN)
		return twin_stream_poll_listener(sk);
	if (poll_requested_events(wait) & (EPOLLIN | EPOLLRDNORM))
		twin_tcp_ack_await_input(sk);

	shutdown = READ_ONCE(sk->sk_shutdown);
	if (shutdown == SHUTDOWN_MASK || state == TCP_CLOSE)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
	if (!((1 << state) & TWIN_STREAM_CONNECTING) ||
	    (state == TCP_SYN_RECV && twin_tcp_fastopen_passive(twin_tcp(sk))))
		mask |= twin_stream_poll_data(sk, shutdown);
	else if (twin_tcp_fastopen_waits(twin_tcp(sk)))
		mask |= EPOLLOUT | EPOLLWRNORM;
	/* an error is set before the state that goes with it */
	smp_rmb();
	if (READ_ONCE(sk->sk_err) ||
	    !skb_queue_empty_lockless(&sk->sk_error_queue))
		mask |= EPOLLERR;
	return mask;
}

/* Bytes between two sequence numbers, of a socket that has any. */
static int twin_stream_ioctl_bytes(struct sock *sk, unsigned int cmd)
{
	const struct twin_tcp_sock *tp = twin_tcp(sk);

	if (sk->sk_state == TCP_LISTEN)
		return -EINVAL;
	if (cmd == SIOCINQ)
		return twin_tcp_urgent_readable(tp);
	if (twin_stream_state(sk, TWIN_STREAM_CONNECTING))
		return 0;
	if (cmd == SIOCOUTQ)
		return tp->write_seq - tp->snd_una;
	return tp->write_seq - tp->snd_nxt;
}

static int twin_stream_ioctl(struct socket *sock, unsigned int cmd,
			     unsigned long arg)
{
	struct sock *sk = sock->sk;
	const struct twin_tcp_sock *tp = twin_tcp(sk);
	int answer;
	bool slow;

	switch (cmd) {
	case SIOCINQ:
	case SIOCOUTQ:
	case SIOCOUTQNSD:
		slow = lock_sock_fast(sk);
		answer = twin_stream_ioctl_bytes(sk, cmd);
		unlock_sock_fast(sk, slow);
		if (answer < 0)
			return answer;
		break;
	case SIOCATMARK:
		answer = READ_ONCE(tp->urg_data) &&
			 READ_ONCE(tp->rcv_up) == READ_ONCE(tp->copied_seq);
		break;
	default:
		return twin_socket_ioctl_common(sock, cmd, arg);
	}
	return put_user(answer, (int __user *)arg);
}

static int twin_stream_setsockopt(struct socket *sock, int level, int option,
				  sockptr_t value, unsigned int len)
{
	switch (level) {
	case SOL_SOCKET:
	case SOL_TWIN:
		return twin_socket_sol_setsockopt(sock, level, option, value,
						  len);
	case SOL_IP:
		return twin_socket_ip_setsockopt(sock->sk, option, value, len);
	case SOL_TCP:
		return twin_tcp_setsockopt(sock->sk, option, value, len);
	default:
		return -ENOPROTOOPT;
	}
}

static int twin_stream_getsockopt(struct socket *sock, int level, int option,
				  char __user *value, int __user *len)
{
	switch (level) {
	case SOL_IP:
		return twin_socket_ip_getsockopt(sock->sk, option, value, len);
	case SOL_TWIN:
		if (option == TWIN_RECORD)
			return twin_socket_record_get(sock->sk, value, len);
		return -ENOPROTOOPT;
	case SOL_TCP:
		return twin_tcp_getsockopt(sock->sk, option, value, len);
	default:
		/* not what setsockopt() says, but AF_INET does the same */
		return -EOPNOTSUPP;
	}
}

/*
 * connect() and the first write in one (RFC 7413): MSG_FASTOPEN, or the write
 * that TCP_FASTOPEN_CONNECT has waited for.  Socket lock held.
 * Return: 0: connected, go on with what @copied has left.
 */
static int twin_stream_fastopen(struct socket *sock, struct msghdr *msg,
				int *copied)
{
	struct twin_tcp_fastopen_request request = { .msg = msg };
	const struct sockaddr_in *sin = msg->msg_name;
	struct twin_tcp_sock *tp = twin_tcp(sock->sk);
	int err = -EINPROGRESS;

	if (!(READ_ONCE(twin_sk(sock->sk)->flow.tn->conf.tcp_fastopen) &
	      TWIN_TCP_FASTOPEN_CLIENT) ||
	    (sin && msg->msg_namelen >= (int)sizeof(sin->sin_family) &&
	     sin->sin_family == AF_UNSPEC))
		return -EOPNOTSUPP;
	tp->fastopen_request = &request;
	if (twin_tcp_fastopen_waits(tp))
		twin_tcp_connect_begin(sock->sk);
	else
		err = twin_stream_connect_start(sock, sin,
						sin ? msg->msg_namelen : 0);
	tp->fastopen_request = NULL;
	*copied = request.copied;
	if (err == -EINPROGRESS || err == -EALREADY)
		err = twin_stream_connect_finish(sock, msg->msg_flags &
						 MSG_DONTWAIT ? O_NONBLOCK : 0,
						 err);
	return err;
}

static int twin_stream_send(struct socket *sock, struct msghdr *msg,
			    size_t bytes)
{
	int sent, err = 0, copied = 0;
	struct sock *sk = sock->sk;

	lock_sock(sk);
	if (unlikely(msg->msg_flags & MSG_FASTOPEN ||
		     twin_tcp_fastopen_waits(twin_tcp(sk)))) {
		err = twin_stream_fastopen(sock, msg, &copied);
		bytes -= copied;
	}
	sent = err;
	if (!err && (!copied || bytes))
		sent = twin_tcp_sendmsg(sk, msg, bytes, copied);
	release_sock(sk);
	if (unlikely(copied) && (!err || err == -EINPROGRESS))
		sent = copied + max(sent, 0);
	return sent;
}

static int twin_stream_sendmsg(struct socket *sock, struct msghdr *msg,
			       size_t bytes)
{
	struct sock *sk = sock->sk;
	int sent;
	u32 mark;

	mark = twin_socket_entered_sending(sk, TWIN_CALL_SEND, bytes);
	sock_rps_record_flow(sk);
	sent = twin_tcp_send_small(sk, msg, bytes);
	if (!sent)
		sent = twin_stream_send(sock, msg, bytes);
	twin_socket_left_sending(sk, TWIN_CALL_SEND, bytes, sent, mark);
	return sent;
}

/* sendfile() and splice() where they do not come by sendmsg() */
static ssize_t __maybe_unused
twin_stream_sendpage(struct socket *sock, struct page *page, int offset,
		     size_t bytes, int flags)
{
	struct sock *sk = sock->sk;
	int sent;

	if (unlikely(!sendpage_ok(page)))
		return twin_compat_sendpage_copy(sock, page, offset, bytes,
						 flags);
	lock_sock(sk);
	sent = twin_tcp_sendpage(sk, page, offset, bytes, flags);
	release_sock(sk);
	return sent;
}

/* What splice() held back, expecting more, has no more to wait for. */
static void twin_stream_splice_eof(struct socket *sock)
{
	struct sock *sk = sock->sk;

	lock_sock(sk);
	twin_tcp_push(twin_tcp(sk));
	release_sock(sk);
}

/*
 * TCP_INQ: what is left to read; 1 tells of the end of data.  Few want to know: -1 if
 * this one does not.
 */
static int twin_stream_inq(const struct sock *sk, const struct msghdr *msg)
{
	u32 bytes;

	if (likely(!msg->msg_get_inq && !twin_tcp_option_inq(twin_tcp(sk))))
		return -1;
	bytes = twin_tcp_readable(twin_tcp(sk));
	if (!bytes && sock_flag(sk, SOCK_DONE))
		return 1;
	return min_t(u32, bytes, INT_MAX);
}

static noinline void twin_stream_recv_inq(const struct sock *sk,
					  struct msghdr *msg, int inq)
{
	if (msg->msg_get_inq)
		msg->msg_inq = inq;
	if (twin_tcp_option_inq(twin_tcp(sk)))
		put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(inq), &inq);
}

/* Return: as twin_tcp_recvmsg(). */
static int twin_stream_recv(struct sock *sk, struct msghdr *msg, size_t room,
			    int flags, long timeout)
{
	int got, inq;

	lock_sock(sk);
	got = twin_tcp_recvmsg(sk, msg, room, flags, timeout);
	inq = twin_stream_inq(sk, msg);
	release_sock(sk);
	if (unlikely(inq >= 0) && got >= 0)
		twin_stream_recv_inq(sk, msg, inq);
	return got;
}

static int twin_stream_recvmsg(struct socket *sock, struct msghdr *msg,
			       size_t room, int flags)
{
	struct sock *sk = sock->sk;
	long timeout;
	int got;

	if (unlikely(flags & MSG_ERRQUEUE))
		return twin_socket_recv_error(sk, msg, room,
					      &msg->msg_namelen);
	twin_socket_entered(sk, TWIN_CALL_RECV, room);
	sock_rps_record_flow(sk);
	if (sk_can_busy_loop(sk) &&
	    skb_queue_empty_lockless(&sk->sk_receive_queue) &&
	    sk->sk_state == TCP_ESTABLISHED) {
		twin_tcp_ack_await_input(sk);
		sk_busy_loop(sk, flags & MSG_DONTWAIT);
	}
	timeout = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	if (likely(room && !(flags & (MSG_OOB | MSG_PEEK))))
		timeout = twin_tcp_recv_await(sk, timeout);
	if (likely(timeout >= 0))
		got = twin_tcp_recv_small(sk, msg, room, flags) ?:
		      twin_stream_recv(sk, msg, room, flags, timeout);
	else
		got = timeout;
	twin_socket_left(sk, TWIN_CALL_RECV, room, got);
	return got;
}

/*
 * SO_RCVLOWAT: a reader who waits for so much needs a buffer and a window that
 * let it come.  Socket lock held.
 */
static int twin_stream_set_rcvlowat(struct sock *sk, int bytes)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);
	bool fixed = sk->sk_userlocks & SOCK_RCVBUF_LOCK;
	int most = fixed ? sk->sk_rcvbuf :
			   READ_ONCE(twin_sk(sk)->flow.tn->conf.tcp_rmem[2]);

	bytes = min(bytes, most >> 1);
	WRITE_ONCE(sk->sk_rcvlowat, bytes ? bytes : 1);
	if (sk->sk_state != TCP_LISTEN &&
	    (twin_stream_readable(sk) || sock_flag(sk, SOCK_DONE)))
		sk->sk_data_ready(sk);
	if (!fixed && bytes > sk->sk_rcvbuf >> 1) {
		WRITE_ONCE(sk->sk_rcvbuf, bytes << 1);
		tp->window_clamp = bytes;
	}
	return 0;
}

/* No .splice_read: the core then reads through .recvmsg. */
const struct proto_ops twin_stream_ops = {
	.family		= PF_TWIN,
	.owner		= THIS_MODULE,
	.release	= twin_socket_release,
	.bind		= twin_socket_bind,
	.connect	= twin_stream_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= twin_stream_accept,
	.getname	= twin_socket_getname,
	.poll		= twin_stream_poll,
	.ioctl		= twin_stream_ioctl,
	.gettstamp	= sock_gettstamp,
	.listen		= twin_stream_listen,
	.shutdown	= twin_stream_shutdown,
	.setsockopt	= twin_stream_setsockopt,
	.getsockopt	= twin_stream_getsockopt,
	.sendmsg	= twin_stream_sendmsg,
	.recvmsg	= twin_stream_recvmsg,
	.mmap		= sock_no_mmap,
	.splice_eof	= twin_stream_splice_eof,
	TWIN_COMPAT_SENDPAGE(twin_stream_sendpage)
	.set_peek_off	= sk_set_peek_off,
	.set_rcvlowat	= twin_stream_set_rcvlowat,
};
