// SPDX-License-Identifier: GPL-2.0
/*
 * Life of a UDP socket: made, closed, destroyed; and of the room.
 */
#include <linux/percpu_counter.h>
#include <linux/slab.h>
#include "../ip/multicast.h"
#include "udp.h"

/* Memory of all receive queues, in pages; the limits are set by memory size. */
static atomic_long_t twin_udp_memory;
static DEFINE_PER_CPU(int, twin_udp_memory_reserve);
static long twin_udp_memory_limits[3];
static int twin_udp_rmem[3] = { 4096, 212992, 4194304 };
static int twin_udp_wmem[3] = { 4096, 212992, 4194304 };

/* Last reference gone: no receive path can see the socket. */
static void twin_udp_destruct(struct sock *sk)
{
	struct twin_udp_sock *us = twin_udp_sk(sk);

	__skb_queue_purge(&sk->sk_error_queue);
	twin_pcb_sock_destroy(&us->ts);
	twin_udp_queue_destroy(us);
	twin_recorder_free(us->ts.recorder);
	WARN_ON_ONCE(atomic_read(&sk->sk_rmem_alloc));
}

static int twin_udp_sock_init(struct sock *sk)
{
	struct twin_udp_sock *us = twin_udp_sk(sk);

	sk->sk_destruct = twin_udp_destruct;
	spin_lock_init(&us->path_lock);
	__skb_queue_head_init(&us->cork);
	return 0;
}

static void twin_udp_close(struct sock *sk, long timeout)
{
	struct twin_udp_sock *us = twin_udp_sk(sk);

	lock_sock(sk);
	twin_udp_cork_flush(us);
	sk->sk_shutdown = SHUTDOWN_MASK;
	/* see twin_datagram_abort() */
	sock_set_flag(sk, SOCK_DEAD);
	release_sock(sk);
	twin_multicast_leave_all(&us->ts);
	sk_common_release(sk);
}

struct proto twin_udp_proto = {
	.name			= "TWIN-UDP",
	.owner			= THIS_MODULE,
	.obj_size		= sizeof(struct twin_udp_sock),
	.slab_flags		= SLAB_TYPESAFE_BY_RCU,
	.init			= twin_udp_sock_init,
	.close			= twin_udp_close,
	.get_port		= twin_udp_get_port,
	.unhash			= twin_udp_unhash,
	.rehash			= twin_udp_rehash,
	.memory_allocated	= &twin_udp_memory,
	.per_cpu_fw_alloc	= &twin_udp_memory_reserve,
	.sysctl_mem		= twin_udp_memory_limits,
	.sysctl_wmem		= twin_udp_wmem,
	.sysctl_rmem		= twin_udp_rmem,
};

/**
 * twin_udp_net_init() - make UDP's state of a namespace
 * @tn: namespace
 *
 * Context: Process.
 * Return: 0 or -ENOMEM.
 */
int twin_udp_net_init(struct twin_net *tn)
{
	tn->udp = kzalloc(sizeof(*tn->udp), GFP_KERNEL);
	return tn->udp ? 0 : -ENOMEM;
}

/**
 * twin_udp_net_exit() - free it
 * @tn: namespace without sockets; each of them held it
 *
 * Context: Process.
 */
void twin_udp_net_exit(struct twin_net *tn)
{
	kfree(tn->udp);
	tn->udp = NULL;
}

/*
 * As net.ipv4.udp_mem: 3/32, 1/8 and 3/16 of memory in pages; the last is the
 * limit.
 */
static void twin_udp_set_limits(void)
{
	long limit = max(totalram_pages() / 8, 128UL);

	twin_udp_memory_limits[0] = limit / 4 * 3;
	twin_udp_memory_limits[1] = limit;
	twin_udp_memory_limits[2] = limit / 4 * 6;
}

/**
 * twin_udp_init() - open the room
 *
 * Context: Module load.
 * Return: 0 or -ENOMEM.
 */
int twin_udp_init(void)
{
	int err = twin_udp_table_init();

	if (err)
		return err;
	twin_udp_set_limits();
	err = proto_register(&twin_udp_proto, 1);
	if (err)
		twin_udp_table_exit();
	return err;
}

/**
 * twin_udp_exit() - close the room
 *
 * Context: Module unload; no socket is left, each holds the module.
 */
void twin_udp_exit(void)
{
	proto_unregister(&twin_udp_proto);
	twin_udp_table_exit();
}
