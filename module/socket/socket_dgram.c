// SPDX-License-Identifier: GPL-2.0
/*
 * The calls of datagram sockets, UDP and ping.
 */
#include <linux/in.h>
#include <linux/sockios.h>
#include <asm/ioctls.h>
#include <linux/udp.h>
#include <net/busy_poll.h>
#include "../inspect/mib.h"
#include "../ip/ping.h"
#include "../udp/udp.h"
#include "../wire/wire_icmp.h"
#include "../../uapi/linux/twin.h"
#include "socket.h"
#include "socket_call.h"

static bool twin_dgram_is_udp(const struct sock *sk)
{
	return twin_sk(sk)->protocol == IPPROTO_UDP;
}

static int twin_dgram_connect(struct socket *sock, twin_compat_sockaddr *addr,
			      int len, int flags)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)addr;
	int err;

	if (len < (int)sizeof(sin->sin_family))
		return -EINVAL;
	if (sin->sin_family == AF_UNSPEC)
		return twin_datagram_disconnect(sock->sk);
	/* bad addresses too leave a port behind, as AF_INET's do */
	err = twin_datagram_autobind(sock->sk);
	if (!err)
		err = twin_socket_addr_check(sin, len);
	if (err)
		return err;
	twin_socket_entered(sock->sk, TWIN_CALL_CONNECT, 0);
	err = twin_datagram_connect(sock->sk, sin->sin_addr.s_addr,
				    sin->sin_port);
	twin_socket_left(sock->sk, TWIN_CALL_CONNECT, 0, err);
	return err;
}

static int twin_dgram_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	int err = 0;

	how++;	/* SHUT_RD, SHUT_WR, SHUT_RDWR become bits */
	if ((how & ~SHUTDOWN_MASK) || !how)
		return -EINVAL;
	lock_sock(sk);
	if (sk->sk_state == TCP_CLOSE)
		err = -ENOTCONN;
	sk->sk_shutdown |= how;
	sk->sk_state_change(sk);
	release_sock(sk);
	return err;
}

static int twin_dgram_next_bytes(struct sock *sk)
{
	const struct sk_buff *skb;
	int bytes;

	spin_lock_bh(&sk->sk_receive_queue.lock);
	skb = skb_peek(&sk->sk_receive_queue);
	bytes = skb ? skb->len : 0;
	spin_unlock_bh(&sk->sk_receive_queue.lock);
	return bytes;
}

static int twin_dgram_ioctl(struct socket *sock, unsigned int cmd,
			    unsigned long arg)
{
	int __user *answer = (int __user *)arg;

	if (!twin_dgram_is_udp(sock->sk))
		return twin_socket_ioctl_common(sock, cmd, arg);
	switch (cmd) {
	case SIOCOUTQ:
		return put_user(sk_wmem_alloc_get(sock->sk), answer);
	case SIOCINQ:
		return put_user(twin_dgram_next_bytes(sock->sk), answer);
	default:
		return twin_socket_ioctl_common(sock, cmd, arg);
	}
}

static int twin_dgram_setsockopt(struct socket *sock, int level, int option,
				 sockptr_t value, unsigned int len)
{
	switch (level) {
	case SOL_SOCKET:
	case SOL_TWIN:
		return twin_socket_sol_setsockopt(sock, level, option, value,
						  len);
	case SOL_IP:
		return twin_socket_ip_setsockopt(sock->sk, option, value, len);
	case SOL_UDP:
		if (twin_dgram_is_udp(sock->sk))
			return twin_udp_setsockopt(sock->sk, option, value,
						   len);
		fallthrough;
	default:
		return -ENOPROTOOPT;
	}
}

static int twin_dgram_getsockopt(struct socket *sock, int level, int option,
				 char __user *value, int __user *len)
{
	if (level == SOL_IP)
		return twin_socket_ip_getsockopt(sock->sk, option, value, len);
	if (level == SOL_TWIN && option == TWIN_RECORD)
		return twin_socket_record_get(sock->sk, value, len);
	if (level == SOL_UDP && twin_dgram_is_udp(sock->sk))
		return twin_udp_getsockopt(sock->sk, option, value, len);
	return -EOPNOTSUPP;
}

/* udp(7): sendto() alone takes AF_UNSPEC for AF_INET. */
static int twin_dgram_send_check(const struct sock *sk,
				 const struct sockaddr_in *sin, int len)
{
	if (len >= (int)sizeof(*sin) && sin->sin_family == AF_UNSPEC &&
	    twin_dgram_is_udp(sk))
		return 0;
	return twin_socket_addr_check(sin, len);
}

/* Where a message goes: to the address given, or to the peer. */
static int twin_dgram_destination(const struct sock *sk,
				  const struct msghdr *msg,
				  struct twin_datagram *to)
{
	const struct sockaddr_in *sin = msg->msg_name;
	const struct twin_sock *ts = twin_sk(sk);
	int err;

	if (!sin) {
		if (twin_dgram_is_udp(sk) && twin_udp_cork_pending(sk))
			return 0;	/* the first part has said it */
		if (sk->sk_state != TCP_ESTABLISHED)
			return -EDESTADDRREQ;
		to->daddr = READ_ONCE(ts->flow.raddr);
		to->dport = READ_ONCE(ts->flow.rport);
		to->to_peer = true;
		return 0;
	}
	err = twin_dgram_send_check(sk, sin, msg->msg_namelen);
	if (err)
		return err;
	to->daddr = sin->sin_addr.s_addr;
	to->dport = sin->sin_port;
	if (!to->dport && twin_dgram_is_udp(sk))
		return -EINVAL;
	if (!to->daddr)
		to->daddr = READ_ONCE(ts->flow.laddr);
	if (!to->daddr)
		to->daddr = htonl(INADDR_LOOPBACK);
	return 0;
}

static int twin_dgram_ancillary(struct sock *sk, struct msghdr *msg,
				struct twin_datagram *to)
{
	struct twin_socket_cmsg cmsg;
	int err;

	err = twin_socket_cmsg_send(sk, msg, &cmsg);
	to->ifindex = cmsg.ifindex;
	to->saddr = cmsg.saddr;
	to->ttl = cmsg.ttl;
	to->tos = cmsg.tos;
	to->gso_bytes = cmsg.gso_bytes;
	to->options = cmsg.options;
	to->sockc = cmsg.sockc;
	return err;
}

static int twin_dgram_sendmsg(struct socket *sock, struct msghdr *msg,
			      size_t bytes)
{
	struct twin_datagram to = {
		.onlink = msg->msg_flags & MSG_DONTROUTE,
		.confirm = msg->msg_flags & MSG_CONFIRM,
	};
	struct sock *sk = sock->sk;
	u32 mark;
	int err;

	err = twin_datagram_autobind(sk);
	if (err)
		return err;
	if (bytes > TWIN_WIRE_IPV4_MAX_DATAGRAM)
		return -EMSGSIZE;
	if (bytes < TWIN_WIRE_ICMP_BYTES && !twin_dgram_is_udp(sk))
		return -EINVAL;
	if (msg->msg_flags & MSG_OOB)
		return -EOPNOTSUPP;
	err = twin_dgram_destination(sk, msg, &to);
	if (!err)
		err = twin_dgram_ancillary(sk, msg, &to);
	if (unlikely(err))
		goto out;
	mark = twin_socket_entered_sending(sk, TWIN_CALL_SEND, bytes);
	err = twin_dgram_is_udp(sk) ? twin_udp_send(sk, msg, bytes, &to) :
				      twin_ping_send(sk, msg, bytes, &to);
	twin_socket_left_sending(sk, TWIN_CALL_SEND, bytes, err, mark);
out:
	if (unlikely(to.options))
		kfree(to.options);
	return err;
}

/* sendfile() has come to the end of its file and had announced more. */
static void twin_dgram_splice_eof(struct socket *sock)
{
	if (twin_dgram_is_udp(sock->sk))
		twin_udp_cork_end(sock->sk);
}

static void twin_dgram_recv_name(struct msghdr *msg, const struct sk_buff *skb)
{
	DECLARE_SOCKADDR(struct sockaddr_in *, sin, msg->msg_name);

	if (!sin)
		return;
	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = twin_ip_cb(skb)->saddr;
	sin->sin_port = twin_datagram_cb(skb)->sport;
	msg->msg_namelen = sizeof(*sin);
}

static void twin_dgram_recv_ancillary(struct sock *sk, struct msghdr *msg,
				      struct sk_buff *skb)
{
	int gso_bytes = twin_datagram_cb(skb)->gso_bytes;

	sock_recv_cmsgs(msg, sk, skb);
	twin_dgram_recv_name(msg, skb);
	if (unlikely(gso_bytes))
		put_cmsg(msg, SOL_UDP, UDP_GRO, sizeof(gso_bytes), &gso_bytes);
	twin_socket_cmsg_recv(sk, msg, skb, 0);
}

/*
 * Copies from @offset on; returns what recvmsg() returns.  MSG_TRUNC asks for the
 * whole length of UDP only, as for AF_INET.
 */
static int twin_dgram_copy(struct sock *sk, struct msghdr *msg,
			   struct sk_buff *skb, size_t room, int offset,
			   int flags)
{
	size_t left = skb->len - min_t(int, offset, skb->len);
	size_t copied = min(room, left);
	int err;

	if (copied < left)
		msg->msg_flags |= MSG_TRUNC;
	err = skb_copy_datagram_msg(skb, offset, msg, copied);
	if (unlikely(err))
		return err;
	twin_dgram_recv_ancillary(sk, msg, skb);
	return flags & MSG_TRUNC && twin_dgram_is_udp(sk) ? skb->len : copied;
}

/* A datagram is read, or lost: there was no memory where it should go. */
static void twin_dgram_count(struct sock *sk, int got)
{
	struct twin_net *tn = twin_sk(sk)->flow.tn;

	if (likely(got >= 0)) {
		TWIN_COUNT(tn, UDP_IN_DATAGRAMS);
		return;
	}
	twin_compat_sk_drops_inc(sk);
	TWIN_COUNT(tn, UDP_IN_ERRORS);
}

/*
 * __skb_recv_datagram() without what only MSG_PEEK and busy polling need.
 */
static struct sk_buff *twin_dgram_take(struct sock *sk, int flags, int *err)
{
	struct sk_buff_head *queue = &sk->sk_receive_queue;
	long timeout = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	struct sk_buff *skb;

	do {
		*err = sock_error(sk);
		if (unlikely(*err))
			return NULL;
		if (!skb_queue_empty_lockless(queue)) {
			spin_lock_bh(&queue->lock);
			skb = __skb_dequeue(queue);
			spin_unlock_bh(&queue->lock);
			if (likely(skb))
				return skb;
		}
		*err = -EAGAIN;
		if (!timeout)
			return NULL;
	} while (!__skb_wait_for_more_packets(sk, queue, err, &timeout,
					      (struct sk_buff *)queue));
	return NULL;
}

static int twin_dgram_recvmsg(struct socket *sock, struct msghdr *msg,
			      size_t room, int flags)
{
	struct sock *sk = sock->sk;
	struct sk_buff *skb;
	int offset, got, err;

	if (unlikely(flags & MSG_ERRQUEUE))
		return twin_socket_recv_error(sk, msg, room,
					      &msg->msg_namelen);
	if (flags & MSG_OOB && !twin_dgram_is_udp(sk))
		return -EOPNOTSUPP;
	twin_socket_entered(sk, TWIN_CALL_RECV, room);
	offset = sk_peek_offset(sk, flags);
	if (likely(!(flags & MSG_PEEK)) && likely(!sk_can_busy_loop(sk)))
		skb = twin_dgram_take(sk, flags, &err);
	else
		skb = __skb_recv_datagram(sk, &sk->sk_receive_queue, flags,
					  &offset, &err);
	if (!skb) {
		twin_socket_left(sk, TWIN_CALL_RECV, room, err);
		return err;
	}
	got = twin_dgram_copy(sk, msg, skb, room, max(offset, 0), flags);
	if (flags & MSG_PEEK) {
		if (got > 0)
			sk_peek_offset_fwd(sk, got);
	} else {
		sk_peek_offset_bwd(sk, skb->len);
		if (twin_dgram_is_udp(sk))
			twin_dgram_count(sk, got);
	}
	twin_link_skb_free(skb);
	if (twin_dgram_is_udp(sk))
		twin_udp_read_done(sk);
	twin_socket_left(sk, TWIN_CALL_RECV, room, got);
	return got;
}

const struct proto_ops twin_dgram_ops = {
	.family		= PF_TWIN,
	.owner		= THIS_MODULE,
	.release	= twin_socket_release,
	.bind		= twin_socket_bind,
	.connect	= twin_dgram_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= sock_no_accept,
	.getname	= twin_socket_getname,
	.poll		= datagram_poll,
	.ioctl		= twin_dgram_ioctl,
	.gettstamp	= sock_gettstamp,
	.listen		= sock_no_listen,
	.shutdown	= twin_dgram_shutdown,
	.setsockopt	= twin_dgram_setsockopt,
	.getsockopt	= twin_dgram_getsockopt,
	.sendmsg	= twin_dgram_sendmsg,
	.recvmsg	= twin_dgram_recvmsg,
	.mmap		= sock_no_mmap,
	.splice_eof	= twin_dgram_splice_eof,
	.set_peek_off	= sk_set_peek_off,
};
