// SPDX-License-Identifier: GPL-2.0
/*
 * TCP as a protocol of the kernel: slab, memory limits, per-namespace state,
 * birth and death of a socket.
 */
#include <linux/module.h>
#include <linux/percpu_counter.h>
#include <net/sock.h>
#include "tcp_cong.h"
#include "tcp_fastopen.h"

static atomic_long_t twin_tcp_memory_allocated;
static DEFINE_PER_CPU(int, twin_tcp_memory_reserve);
static struct percpu_counter twin_tcp_sockets;
static unsigned long twin_tcp_memory_pressure;
static long twin_tcp_mem[3] __read_mostly;
static int twin_tcp_wmem[3] __read_mostly = { 4096, 16384, 4194304 };
static int twin_tcp_rmem[3] __read_mostly = { 4096, 131072, 6291456 };

static void twin_tcp_enter_pressure(struct sock *sk)
{
	if (READ_ONCE(twin_tcp_memory_pressure))
		return;
	WRITE_ONCE(twin_tcp_memory_pressure, jiffies | 1);
	TWIN_TCP_COUNT(twin_tcp(sk), TCPEXT_MEMORY_PRESSURES);
}

static void twin_tcp_leave_pressure(struct sock *sk)
{
	WRITE_ONCE(twin_tcp_memory_pressure, 0);
}

/* The last reference is gone: what is still queued goes with it. */
static void twin_tcp_destruct(struct sock *sk)
{
	__skb_queue_purge(&sk->sk_receive_queue);
	__skb_queue_purge(&sk->sk_error_queue);
	sk_mem_reclaim_final(sk);
	WARN_ON_ONCE(atomic_read(&sk->sk_rmem_alloc));
	WARN_ON_ONCE(refcount_read(&sk->sk_wmem_alloc));
	WARN_ON_ONCE(sk->sk_wmem_queued);
	WARN_ON_ONCE(sk->sk_forward_alloc);
	kfree(twin_tcp(sk)->listen);
	kfree(twin_tcp(sk)->pace);
	twin_recorder_free(twin_sk(sk)->recorder);
	twin_pcb_sock_destroy(twin_sk(sk));
	kfree(twin_tcp(sk)->saved_syn);
	atomic_dec(&twin_tcp_net(twin_tcp(sk))->tcp->socket_count);
}

/*
 * Members that belong to the queues and to a handshake of the socket's own.  They
 * are empty in a fresh socket, and mostly in a listener; but not in one that is
 * copied, without its lock, just when its owner makes it a client.
 */
static void twin_tcp_reset_queues(struct twin_tcp_sock *tp)
{
	tp->gaps = NULL;
	tp->sack_count = 0;
	tp->dsack_count = 0;
	tp->ack_pending = 0;
	tp->urg_data = 0;
	tp->urg_mode = 0;
	twin_tcp_to_sk(tp)->tcp_rtx_queue = RB_ROOT;
	INIT_LIST_HEAD(&tp->rtx_by_time);
	tp->rtx_hint = NULL;
	tp->packets_out = 0;
	tp->sacked_out = 0;
	tp->lost_out = 0;
	tp->retrans_out = 0;
	tp->undo_marker = 0;
	tp->prior_ssthresh = 0;
	tp->retrans_stamp = 0;
	tp->tlp_high_seq = 0;
	tp->frto = 0;
	tp->is_sack_reneg = 0;
	tp->retransmits = 0;
	tp->backoff = 0;
	tp->probes_out = 0;
	WRITE_ONCE(tp->fastopen_waits, 0);
	WRITE_ONCE(tp->fastopen_passive, 0);
	tp->fastopen_fail = 0;
	tp->syn_fastopen = 0;
	tp->syn_data = 0;
	tp->syn_data_acked = 0;
}

/**
 * twin_tcp_reset_members() - what a fresh, a cloned and a reused socket share
 * @tp: connection
 *
 * Context: Socket lock, or nobody else sees the socket.
 */
void twin_tcp_reset_members(struct twin_tcp_sock *tp)
{
	twin_tcp_reset_queues(tp);
	twin_tcp_rtt_init(&tp->rtt);
	tp->min_rtt_us = U32_MAX;
	tp->min_rtt_jiffies = twin_tcp_jiffies();
	tp->stray_ms = 0;
	tp->handed_over = 0;
	tp->cwnd = TWIN_TCP_INITIAL_CWND;
	tp->ssthresh = TWIN_TCP_SSTHRESH_INFINITE;
	tp->mss_now = TWIN_TCP_MSS_DEFAULT;
	tp->rcv_mss = TWIN_TCP_MSS_DEFAULT;
	tp->rcv_share = TWIN_TCP_SHARE_MOST;
	tp->reordering = min(READ_ONCE(twin_tcp_net(tp)->conf.tcp_reordering),
			     U16_MAX);
	tp->rack_reo_steps = 1;
	tp->ca_state = TCP_CA_Open;
	tp->app_limited_now = 1;
	WRITE_ONCE(tp->reader, TWIN_TCP_READER_NONE);
	tp->quick_asked = 0;
	tp->ts_recent_seconds = 0;
	tp->app_limited = U32_MAX;
	tp->gso_segs_max = 1;
	tp->mtu_probing = false;
	tp->mtu_search.probe_bytes = 0;
	tp->mtu_search.high = U16_MAX;
}

static int twin_tcp_sock_init(struct sock *sk)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);
	struct twin_net *tn = twin_tcp_net(tp);

	sk->sk_destruct = twin_tcp_destruct;
	sk->sk_backlog_rcv = twin_tcp_backlog_receive;
	sk->sk_write_space = twin_tcp_write_space;
	sk->sk_state = TCP_CLOSE;
	WRITE_ONCE(sk->sk_sndbuf, READ_ONCE(tn->conf.tcp_wmem[1]));
	WRITE_ONCE(sk->sk_rcvbuf, READ_ONCE(tn->conf.tcp_rmem[1]));
	twin_tcp_reset_members(tp);
	twin_tcp_timer_init(tp);
	twin_tcp_cong_assign(tp);
	sk_sockets_allocated_inc(sk);
	atomic_inc(&tn->tcp->socket_count);
	return 0;
}

/* proto.destroy: the protocol's own queues; the core purges its own. */
static void twin_tcp_sock_destroy(struct sock *sk)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);

	twin_tcp_cong_release(tp);
	twin_tcp_send_queues_purge(tp);
	twin_tcp_ofo_purge(tp);
	sk_sockets_allocated_dec(sk);
}

/* proto.unhash, for sk_common_release() of a socket that never connected */
static void twin_tcp_sock_unhash(struct sock *sk)
{
	twin_tcp_table_remove(twin_tcp(sk));
	twin_tcp_bind_put(twin_tcp(sk));
}

/* proto.rehash: bound to another device now; only from there segments count. */
static void twin_tcp_sock_rehash(struct sock *sk)
{
	struct twin_tcp_sock *tp = twin_tcp(sk);

	WRITE_ONCE(tp->ts.flow.ifindex, READ_ONCE(sk->sk_bound_dev_if));
	tp->ts.path.generation = 0;
}

struct proto twin_tcp_proto = {
	.name			= "TWIN-TCP",
	.owner			= THIS_MODULE,
	.obj_size		= sizeof(struct twin_tcp_sock),
	.slab_flags		= SLAB_TYPESAFE_BY_RCU,
	.init			= twin_tcp_sock_init,
	.close			= twin_tcp_close,
	.destroy		= twin_tcp_sock_destroy,
	.unhash			= twin_tcp_sock_unhash,
	.rehash			= twin_tcp_sock_rehash,
	.get_port		= twin_tcp_get_port,
	.keepalive		= twin_tcp_timer_keepalive_set,
	.release_cb		= twin_tcp_release_cb,
	.stream_memory_free	= twin_tcp_memory_free,
	.memory_allocated	= &twin_tcp_memory_allocated,
	.per_cpu_fw_alloc	= &twin_tcp_memory_reserve,
	.sockets_allocated	= &twin_tcp_sockets,
	.memory_pressure	= &twin_tcp_memory_pressure,
	.enter_memory_pressure	= twin_tcp_enter_pressure,
	.leave_memory_pressure	= twin_tcp_leave_pressure,
	.sysctl_mem		= twin_tcp_mem,
	.sysctl_wmem		= twin_tcp_wmem,
	.sysctl_rmem		= twin_tcp_rmem,
};

/**
 * twin_tcp_orphan_count() - a connection lost its owner, or ended without one
 * @tp: connection
 * @change: 1 or -1
 *
 * Context: Any.
 */
void twin_tcp_orphan_count(struct twin_tcp_sock *tp, int change)
{
	atomic_add(change, &twin_tcp_net(tp)->tcp->orphan_count);
}

static bool twin_tcp_orphans_excess(const struct twin_tcp_sock *tp)
{
	struct twin_net *tn = twin_tcp_net(tp);

	return atomic_read(&tn->tcp->orphan_count) >
	       READ_ONCE(tn->conf.tcp_max_orphans);
}

/**
 * twin_tcp_out_of_memory() - should a connection without owner be given up?
 * @tp: orphan
 *
 * Context: Socket lock.
 * Return: true if there are too many, or TCP's memory is above its limit.
 */
bool twin_tcp_out_of_memory(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	return twin_tcp_orphans_excess(tp) ||
	       (sk->sk_wmem_queued > SOCK_MIN_SNDBUF &&
		sk_memory_allocated(sk) > sk_prot_mem_limits(sk, 2));
}

/* Of the memory that is free: about 4.7, 6.3 and 9.4 percent, in pages. */
static void twin_tcp_memory_limits(void)
{
	unsigned long limit = max(nr_free_buffer_pages() / 16, 128UL);

	twin_tcp_mem[0] = limit / 4 * 3;
	twin_tcp_mem[1] = limit;
	twin_tcp_mem[2] = twin_tcp_mem[0] * 2;
}

/**
 * twin_tcp_init() - open the room
 *
 * Context: Module load.
 * Return: 0 or a negative errno.
 */
int twin_tcp_init(void)
{
	int err;

	twin_tcp_memory_limits();
	twin_tcp_throttle_init();
	err = percpu_counter_init(&twin_tcp_sockets, 0, GFP_KERNEL);
	if (err)
		return err;
	err = twin_tcp_table_init();
	if (err)
		goto out_counter;
	err = twin_tcp_bind_init();
	if (err)
		goto out_table;
	err = twin_tcp_request_init();
	if (err)
		goto out_bind;
	err = twin_tcp_timewait_init();
	if (err)
		goto out_request;
	err = proto_register(&twin_tcp_proto, 1);
	if (err)
		goto out_timewait;
	err = twin_tcp_cong_init();
	if (err)
		goto out_proto;
	return 0;
out_proto:
	proto_unregister(&twin_tcp_proto);
out_timewait:
	twin_tcp_timewait_exit();
out_request:
	twin_tcp_request_exit();
out_bind:
	twin_tcp_bind_exit();
out_table:
	twin_tcp_table_exit();
out_counter:
	percpu_counter_destroy(&twin_tcp_sockets);
	return err;
}

/**
 * twin_tcp_exit() - close the room
 *
 * Context: Module unload: no socket and no namespace is left.
 */
void twin_tcp_exit(void)
{
	rcu_barrier();
	twin_tcp_lent_exit();
	twin_tcp_throttle_exit();
	twin_tcp_cong_exit();
	proto_unregister(&twin_tcp_proto);
	twin_tcp_timewait_exit();
	twin_tcp_request_exit();
	twin_tcp_bind_exit();
	twin_tcp_table_exit();
	percpu_counter_destroy(&twin_tcp_sockets);
}

/**
 * twin_tcp_net_init() - TCP's share of a namespace
 * @tn: namespace
 *
 * Context: Process.
 * Return: 0 or -ENOMEM.
 */
int twin_tcp_net_init(struct twin_net *tn)
{
	tn->tcp = kzalloc(sizeof(*tn->tcp), GFP_KERNEL);
	if (!tn->tcp)
		return -ENOMEM;
	twin_tcp_fastopen_net_init(tn);
	twin_tcp_timewait_net_init(tn);
	return 0;
}

/**
 * twin_tcp_net_exit() - a namespace ends
 * @tn: namespace; sockets hold it, so none is left, but TIME-WAIT objects are
 *
 * Context: Process.
 */
void twin_tcp_net_exit(struct twin_net *tn)
{
	twin_tcp_timewait_net_exit(tn);
	WARN_ON(atomic_read(&tn->tcp->socket_count));
	twin_tcp_fastopen_cache_free(tn);
	kfree(tn->tcp);
	tn->tcp = NULL;
}
