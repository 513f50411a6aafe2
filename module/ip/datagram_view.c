// SPDX-License-Identifier: GPL-2.0
/*
 * A socket described for inspection, as far as sockets of all protocols are alike.
 */
#include <linux/cgroup.h>
#include <linux/prefetch.h>
#include <linux/sock_diag.h>
#include "datagram.h"

static u16 twin_datagram_view_bit(const struct twin_sock *ts,
				  enum twin_sock_flag flag, u16 bit)
{
	return twin_sock_test(ts, flag) ? bit : 0;
}

static u16 twin_datagram_view_sockopt(const struct twin_sock *ts)
{
	return twin_datagram_view_bit(ts, TWIN_SOCK_RECVERR,
				      TWIN_VIEW_RECVERR) |
	       twin_datagram_view_bit(ts, TWIN_SOCK_FREEBIND,
				      TWIN_VIEW_FREEBIND) |
	       twin_datagram_view_bit(ts, TWIN_SOCK_MULTICAST_LOOP,
				      TWIN_VIEW_MC_LOOP) |
	       twin_datagram_view_bit(ts, TWIN_SOCK_TRANSPARENT,
				      TWIN_VIEW_TRANSPARENT) |
	       twin_datagram_view_bit(ts, TWIN_SOCK_MULTICAST_ALL,
				      TWIN_VIEW_MC_ALL) |
	       twin_datagram_view_bit(ts, TWIN_SOCK_NODEFRAG,
				      TWIN_VIEW_NODEFRAG) |
	       twin_datagram_view_bit(ts, TWIN_SOCK_BIND_NO_PORT,
				      TWIN_VIEW_BIND_NO_PORT) |
	       twin_datagram_view_bit(ts, TWIN_SOCK_RECVERR_RFC4884,
				      TWIN_VIEW_RECVERR_RFC4884);
}

/**
 * twin_datagram_view_ahead() - have the cache fetch what a list shows of a socket
 * @sk: socket that will be looked at soon
 *
 * Context: Any.
 */
void twin_datagram_view_ahead(const struct sock *sk)
{
	prefetch(sk);
	prefetch(&sk->sk_rmem_alloc);
	prefetch(&sk->sk_socket);
	prefetch(&sk->sk_wmem_alloc);
	prefetch(&twin_sk(sk)->flow);
}

/**
 * twin_datagram_view_row() - what a list shows of a socket, but for its owner
 * @sk: socket, kept alive by the caller
 * @view: filled in as far as struct inet_diag_msg needs it of a datagram socket,
 *	without @uid and @inode
 *
 * Context: Any.
 */
void twin_datagram_view_row(struct sock *sk, struct twin_sock_view *view)
{
	const struct twin_sock *ts = twin_sk(sk);
	u32 cookie[2];

	view->kind = TWIN_VIEW_SOCKET;
	view->protocol = ts->protocol;
	/* whoever sees LISTEN sees the listener's queue as well */
	view->state = smp_load_acquire(&sk->sk_state);
	view->timer = TWIN_VIEW_TIMER_NONE;
	view->timer_expires_ms = 0;
	view->retransmits = 0;
	view->probes = 0;
	view->laddr = ts->flow.laddr;
	view->raddr = ts->flow.raddr;
	view->lport = ts->flow.lport;
	view->rport = ts->flow.rport;
	view->ifindex = READ_ONCE(sk->sk_bound_dev_if);
	view->rx_queue_bytes = sk_rmem_alloc_get(sk);
	view->tx_queue_bytes = sk_wmem_alloc_get(sk);
	sock_diag_save_cookie(sk, cookie);
	view->cookie = (u64)cookie[1] << 32 | cookie[0];
	view->recorder = READ_ONCE(ts->recorder);
	view->sk = sk;
}

static void twin_datagram_view_memory(struct sock *sk, u32 *meminfo)
{
	meminfo[SK_MEMINFO_RMEM_ALLOC] = sk_rmem_alloc_get(sk);
	meminfo[SK_MEMINFO_RCVBUF] = READ_ONCE(sk->sk_rcvbuf);
	meminfo[SK_MEMINFO_WMEM_ALLOC] = sk_wmem_alloc_get(sk);
	meminfo[SK_MEMINFO_SNDBUF] = READ_ONCE(sk->sk_sndbuf);
	meminfo[SK_MEMINFO_FWD_ALLOC] = READ_ONCE(sk->sk_forward_alloc);
	meminfo[SK_MEMINFO_WMEM_QUEUED] = 0;
	meminfo[SK_MEMINFO_OPTMEM] = atomic_read(&sk->sk_omem_alloc);
	meminfo[SK_MEMINFO_BACKLOG] = 0;
	meminfo[SK_MEMINFO_DROPS] = twin_compat_sk_drops(sk);
}

/**
 * twin_datagram_view_rest() - describe a socket, but for what a list shows of it
 * @sk: socket, kept alive by the caller
 * @view: the rest of it is filled in, but for what only TCP has: see there
 *
 * Context: Any.
 */
void twin_datagram_view_rest(struct sock *sk, struct twin_sock_view *view)
{
	const struct twin_sock *ts = twin_sk(sk);

	view->shutdown = READ_ONCE(sk->sk_shutdown);
	view->tos = READ_ONCE(ts->tos);
	view->quick_ack = 0;
	view->bound_port = twin_sock_test(ts, TWIN_SOCK_BOUND_PORT);
	view->mark = READ_ONCE(sk->sk_mark);
	view->drops = twin_compat_sk_drops(sk);
	view->refs = refcount_read(&sk->sk_refcnt);
	view->sockopt = twin_datagram_view_sockopt(ts);
	view->class_id = READ_ONCE(sk->sk_priority);
	view->cgroup = 0;
#ifdef CONFIG_SOCK_CGROUP_DATA
	view->cgroup = cgroup_id(sock_cgroup_ptr(&sk->sk_cgrp_data));
#endif
#ifdef CONFIG_CGROUP_NET_CLASSID
	if (sock_cgroup_classid(&sk->sk_cgrp_data))
		view->class_id = sock_cgroup_classid(&sk->sk_cgrp_data);
#endif
	view->congestion[0] = '\0';
	view->congestion_attribute = 0;
	view->congestion_bytes = 0;
	twin_datagram_view_memory(sk, view->meminfo);
}

/**
 * twin_datagram_view_owner() - whose is a socket?
 * @sk: socket, kept alive by the caller
 * @view: @uid and @inode are filled in
 *
 * Context: Any.
 */
void twin_datagram_view_owner(struct sock *sk, struct twin_sock_view *view)
{
	struct socket *sock;

	/* it may be closed just now: its inode goes a grace period later */
	rcu_read_lock();
	sock = READ_ONCE(sk->sk_socket);
	view->uid = twin_compat_sk_uid_rcu(sk, sock);
	view->inode = sock ? SOCK_INODE(sock)->i_ino : 0;
	rcu_read_unlock();
}

/**
 * twin_datagram_view() - describe a datagram socket for inspection
 * @sk: socket, kept alive by the caller
 * @wish: how much of it
 * @view: filled in, but for what only TCP has: see there
 *
 * Context: Any.
 */
void twin_datagram_view(struct sock *sk, const struct twin_view_wish *wish,
			struct twin_sock_view *view)
{
	twin_datagram_view_row(sk, view);
	twin_datagram_view_owner(sk, view);
	if (!wish->bare)
		twin_datagram_view_rest(sk, view);
}
