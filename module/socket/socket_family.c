// SPDX-License-Identifier: GPL-2.0
/*
 * Registers the address family; makes and releases sockets (statement S3).
 */
#include <linux/bpf-cgroup.h>
#include <linux/in.h>
#include <linux/module.h>
#include "../ip/ping.h"
#include "../tcp/tcp.h"
#include "../udp/udp.h"
#include "socket.h"
#include "socket_call.h"

/* What socket(2)'s type and protocol lead to. */
struct twin_socket_kind {
	int type;
	int protocol;
	struct proto *proto;
	const struct proto_ops *ops;
	int (*allowed)(struct net *net);
};

static const struct twin_socket_kind twin_socket_kinds[] = {
	{ SOCK_STREAM, IPPROTO_TCP, &twin_tcp_proto, &twin_stream_ops },
	{ SOCK_DGRAM, IPPROTO_UDP, &twin_udp_proto, &twin_dgram_ops },
	{ SOCK_DGRAM, IPPROTO_ICMP, &twin_ping_proto, &twin_dgram_ops,
	  twin_ping_allowed },
};

/* The first kind of a type is its natural one, meant by protocol 0. */
static int twin_socket_find_kind(int type, int protocol,
				 const struct twin_socket_kind **found)
{
	bool type_known = false;
	int i;

	if (protocol < 0 || protocol >= IPPROTO_MAX)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(twin_socket_kinds); i++) {
		const struct twin_socket_kind *kind = &twin_socket_kinds[i];

		if (kind->type != type)
			continue;
		type_known = true;
		if (!protocol || kind->protocol == protocol) {
			*found = kind;
			return 0;
		}
	}
	return type_known ? -EPROTONOSUPPORT : -ESOCKTNOSUPPORT;
}

/* Runs for a socket made by socket() and by accept() alike. */
static void twin_socket_set_flags(struct socket *sock)
{
	set_bit(SOCK_SUPPORT_ZC, &sock->flags);
	twin_compat_custom_sockopt(sock);
}

static int twin_socket_create(struct net *net, struct socket *sock,
			      int protocol, int kern)
{
	const struct twin_socket_kind *kind;
	struct sock *sk;
	int err;

	err = twin_socket_find_kind(sock->type, protocol, &kind);
	if (err)
		return err;
	if (kind->allowed) {
		err = kind->allowed(net);
		if (err)
			return err;
	}
	sk = sk_alloc(net, twin_family, GFP_KERNEL, kind->proto, kern);
	if (!sk)
		return -ENOBUFS;
	sock->ops = kind->ops;
	sock->state = SS_UNCONNECTED;
	sock_init_data(sock, sk);
	/* never 6 or 17: BPF helpers would take it for a struct tcp_sock */
	sk->sk_protocol = 0;
	sk->sk_reuse = SK_NO_REUSE;
	twin_pcb_sock_init(twin_sk(sk), twin_pernet(net), kind->protocol);
	twin_socket_set_flags(sock);

	err = kind->proto->init(sk);
	if (!err && !kern)
		err = BPF_CGROUP_RUN_PROG_INET_SOCK(sk);
	if (err) {
		sock->sk = NULL;
		sock_orphan(sk);
		sk_common_release(sk);
		return err;
	}
	twin_socket_left(sk, TWIN_CALL_SOCKET, sock->type, 0);
	return 0;
}

/**
 * twin_socket_accepted() - join a connection to the socket that accept() made
 * @newsock: fresh socket
 * @child: connection taken from the accept queue, not yet owned by a socket
 *
 * Context: Process, @child's socket lock held.
 */
void twin_socket_accepted(struct socket *newsock, struct sock *child)
{
	sock_graft(child, newsock);
	twin_socket_set_flags(newsock);
	newsock->state = SS_CONNECTED;
}

/**
 * twin_socket_release() - proto_ops.release of every type: close()
 * @sock: socket whose last descriptor went away
 *
 * Context: Process, nothing locked.
 * Return: 0.
 */
int twin_socket_release(struct socket *sock)
{
	struct sock *sk = sock->sk;
	long timeout = 0;

	if (!sk)
		return 0;
	if (sock_flag(sk, SOCK_LINGER) && !(current->flags & PF_EXITING))
		timeout = sk->sk_lingertime;
	sock->sk = NULL;
	twin_socket_left(sk, TWIN_CALL_CLOSE, 0, 0);
	sk->sk_prot->close(sk, timeout);
	return 0;
}

static struct net_proto_family twin_socket_family = {
	.create	= twin_socket_create,
	.owner	= THIS_MODULE,
};

/**
 * twin_socket_init() - register the family: socket(AF_TWIN, ...) works from now on
 *
 * Context: Module load, the last room to open.
 * Return: 0, or -EEXIST if the family number is taken.
 */
int twin_socket_init(void)
{
	twin_socket_family.family = twin_family;
	return sock_register(&twin_socket_family);
}

/**
 * twin_socket_exit() - no more sockets of the family
 *
 * Context: Module unload; no socket is left, each holds the module.
 */
void twin_socket_exit(void)
{
	sock_unregister(twin_family);
}
