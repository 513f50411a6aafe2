// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses as programs pass them: bind(), getsockname(), getpeername().
 */
#include <linux/in.h>
#include <linux/sockios.h>
#include "../tcp/tcp.h"
#include "socket.h"
#include "socket_call.h"

/**
 * twin_socket_addr_check() - is this a sockaddr_in of ours?
 * @addr: from the program, copied into the kernel
 * @len: its length in bytes
 *
 * Context: Any.
 * Return: 0; -EINVAL if too short, -EAFNOSUPPORT if of another family.
 */
int twin_socket_addr_check(const void *addr, int len)
{
	const struct sockaddr_in *sin = addr;

	if (len < (int)sizeof(*sin))
		return -EINVAL;
	if (sin->sin_family != AF_INET && sin->sin_family != twin_family)
		return -EAFNOSUPPORT;
	return 0;
}

/* bind() alone takes AF_UNSPEC too, for "any address", as AF_INET does. */
static int twin_socket_bind_check(const struct sockaddr_in *sin, int len)
{
	if (len >= (int)sizeof(*sin) && sin->sin_family == AF_UNSPEC &&
	    !sin->sin_addr.s_addr)
		return 0;
	return twin_socket_addr_check(sin, len);
}

static bool twin_socket_has_port(const struct twin_sock *ts)
{
	return ts->sk.sk_type == SOCK_STREAM ? twin_tcp_has_port(&ts->sk) :
					       ts->flow.lport != 0;
}

/* The socket lock is held, and the address is one that the socket may have. */
static int twin_socket_bind_locked(struct twin_sock *ts,
				   const struct sockaddr_in *sin)
{
	struct sock *sk = &ts->sk;
	int err;

	if (sk->sk_state != TCP_CLOSE || twin_socket_has_port(ts))
		return -EINVAL;
	ts->flow.laddr = sin->sin_addr.s_addr;
	if (sin->sin_port || !twin_sock_test(ts, TWIN_SOCK_BIND_NO_PORT)) {
		err = sk->sk_prot->get_port(sk, ntohs(sin->sin_port));
		if (err) {
			ts->flow.laddr = 0;
			return err;
		}
	} else {
		ts->flow.lport = 0;
	}
	if (ts->flow.laddr)
		set_bit(TWIN_SOCK_BOUND_ADDR, &ts->flags);
	if (sin->sin_port)
		set_bit(TWIN_SOCK_BOUND_PORT, &ts->flags);
	return 0;
}

/**
 * twin_socket_bind() - proto_ops.bind of every type
 * @sock: socket
 * @addr: struct sockaddr_in
 * @len: its length
 *
 * Context: Process; takes the socket lock.
 * Return: 0; -EINVAL (length, or already bound), -EAFNOSUPPORT,
 * -EADDRNOTAVAIL (not ours), -EACCES (privileged port), -EADDRINUSE.
 */
int twin_socket_bind(struct socket *sock, twin_compat_sockaddr *addr, int len)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)addr;
	struct sock *sk = sock->sk;
	struct twin_sock *ts = twin_sk(sk);
	int err;

	err = twin_socket_bind_check(sin, len);
	if (err)
		return err;
	if (!twin_pcb_may_bind_addr(ts, sin->sin_addr.s_addr))
		return -EADDRNOTAVAIL;
	/* an identifier of pings is no port */
	if (sin->sin_port && ts->protocol != IPPROTO_ICMP &&
	    twin_pcb_port_privileged(ts, ntohs(sin->sin_port)))
		return -EACCES;

	lock_sock(sk);
	err = twin_socket_bind_locked(ts, sin);
	release_sock(sk);
	twin_socket_left(sk, TWIN_CALL_BIND, 0, err);
	return err;
}

/**
 * twin_socket_getname() - proto_ops.getname of every type
 * @sock: socket
 * @addr: filled with a struct sockaddr_in of AF_INET
 * @peer: 0 for the local end, else the peer's
 *
 * Context: Process.
 * Return: length of the address; -ENOTCONN if there is no peer.
 */
int twin_socket_getname(struct socket *sock, struct sockaddr *addr, int peer)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)addr;
	struct sock *sk = sock->sk;
	struct twin_sock *ts = twin_sk(sk);
	int err = 0;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	lock_sock(sk);
	if (!peer) {
		sin->sin_port = ts->flow.lport;
		sin->sin_addr.s_addr = ts->flow.laddr;
	} else if (!ts->flow.rport ||
		   (sock->type == SOCK_STREAM &&
		    ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_SYN_SENT)) &&
		    peer == 1)) {
		err = -ENOTCONN;
	} else {
		sin->sin_port = ts->flow.rport;
		sin->sin_addr.s_addr = ts->flow.raddr;
	}
	release_sock(sk);
	return err ? err : (int)sizeof(*sin);
}

/**
 * twin_socket_ioctl_common() - ioctls that do not depend on the type
 * @sock: socket
 * @cmd: request
 * @arg: its argument
 *
 * Requests about devices are left to the core, which knows the devices.
 *
 * Context: Process.
 * Return: -ENOIOCTLCMD: the core looks further.
 */
int twin_socket_ioctl_common(struct socket *sock, unsigned int cmd,
			     unsigned long arg)
{
	return -ENOIOCTLCMD;
}
