// SPDX-License-Identifier: GPL-2.0
/*
 * Loopback: datagrams between Twin's own addresses never see a device.
 *
 * They wait in a queue of their CPU and are delivered by a tasklet, so that a
 * sender which holds its socket's lock never takes its receiver's.
 */
#include <linux/interrupt.h>
#include <linux/percpu.h>
#include "../inspect/drop.h"
#include "link.h"

#define TWIN_LOOPBACK_QUEUE_MAX	1000	/* datagrams, as netdev_max_backlog */
#define TWIN_LOOPBACK_BUDGET	64	/* datagrams in one run */

/*
 * struct twin_loopback_cpu - datagrams under way on one CPU
 * @waiting: queued by senders; its lock also guards @scheduled
 * @running: moved out of @waiting; only for the tasklet, or while it is off
 * @scheduled: the tasklet runs, or is going to
 * @tasklet: delivers
 */
struct twin_loopback_cpu {
	struct sk_buff_head waiting;
	struct sk_buff_head running;
	bool scheduled;
	struct tasklet_struct tasklet;
};

/* What skb->cb holds while a datagram is under way. */
struct twin_loopback_cb {
	struct twin_net *tn;
};

static DEFINE_PER_CPU(struct twin_loopback_cpu, twin_loopback_cpus);

static struct twin_loopback_cb *twin_loopback_cb(const struct sk_buff *skb)
{
	return (struct twin_loopback_cb *)skb->cb;
}

/* The sender's buffer space comes free when the receiver has it. */
static void twin_loopback_deliver(struct sk_buff *skb)
{
	struct twin_net *tn = twin_loopback_cb(skb)->tn;

	skb_orphan(skb);
	if (unlikely(skb_orphan_frags_rx(skb, GFP_ATOMIC)))
		twin_drop(tn, skb, TWIN_DROP_LINK_NO_MEMORY);
	else
		twin_l3_loopback(tn, skb);
}

/* False, and no longer scheduled, if there is nothing more to do. */
static bool twin_loopback_refill(struct twin_loopback_cpu *cpu)
{
	bool more;

	spin_lock(&cpu->waiting.lock);
	skb_queue_splice_tail_init(&cpu->waiting, &cpu->running);
	more = !skb_queue_empty(&cpu->running);
	cpu->scheduled = more;
	spin_unlock(&cpu->waiting.lock);
	return more;
}

static void twin_loopback_run(struct tasklet_struct *tasklet)
{
	struct twin_loopback_cpu *cpu = from_tasklet(cpu, tasklet, tasklet);
	int budget = TWIN_LOOPBACK_BUDGET;
	struct sk_buff *skb;

	rcu_read_lock();
	while (budget) {
		skb = __skb_dequeue(&cpu->running);
		if (!skb) {
			if (!twin_loopback_refill(cpu))
				break;
			continue;
		}
		twin_loopback_deliver(skb);
		budget--;
	}
	rcu_read_unlock();
	if (!budget)
		tasklet_schedule(tasklet);
}

/* Returns false when the queue is full. */
static bool twin_loopback_enqueue(struct sk_buff *skb)
{
	struct twin_loopback_cpu *cpu;
	bool room, schedule = false;

	local_bh_disable();
	cpu = this_cpu_ptr(&twin_loopback_cpus);
	spin_lock(&cpu->waiting.lock);
	room = skb_queue_len(&cpu->waiting) < TWIN_LOOPBACK_QUEUE_MAX;
	if (likely(room)) {
		__skb_queue_tail(&cpu->waiting, skb);
		schedule = !cpu->scheduled;
		cpu->scheduled = true;
	}
	spin_unlock(&cpu->waiting.lock);
	if (schedule)
		tasklet_schedule(&cpu->tasklet);
	local_bh_enable();
	return room;
}

/**
 * twin_loopback_output() - send a datagram to an address of Twin's own
 * @tn: namespace
 * @skb: datagram, skb->data at the network header; consumed
 *
 * A sum left to the hardware (CHECKSUM_PARTIAL) stays so, and is trusted.
 *
 * RFC: 1122 section 3.2.1.3 (g), 3.3.4.2
 * Context: Any but hard interrupt.
 * Return: 0, or -ENOBUFS if too many are waiting.
 */
int twin_loopback_output(struct twin_net *tn, struct sk_buff *skb)
{
	/* no device: the core asks its driver for time stamps otherwise */
	skb->dev = NULL;
	skb_tx_timestamp(skb);
	skb_clear_tstamp(skb);
	skb->protocol = htons(ETH_P_IP);
	twin_loopback_cb(skb)->tn = tn;
	if (likely(twin_loopback_enqueue(skb)))
		return 0;
	twin_drop(tn, skb, TWIN_DROP_LINK_XMIT);
	return -ENOBUFS;
}

static void twin_loopback_extract(struct sk_buff_head *from,
				  const struct twin_net *tn,
				  struct sk_buff_head *to)
{
	struct sk_buff *skb, *next;

	skb_queue_walk_safe(from, skb, next) {
		if (twin_loopback_cb(skb)->tn != tn)
			continue;
		__skb_unlink(skb, from);
		__skb_queue_tail(to, skb);
	}
}

/**
 * twin_loopback_net_drain() - throw away what a namespace has under way
 * @tn: namespace; nobody sends in it any more
 *
 * Context: Process context; waits for running tasklets.
 */
void twin_loopback_net_drain(struct twin_net *tn)
{
	struct twin_loopback_cpu *loop;
	struct sk_buff_head drained;
	int cpu;

	__skb_queue_head_init(&drained);
	for_each_possible_cpu(cpu) {
		loop = per_cpu_ptr(&twin_loopback_cpus, cpu);
		tasklet_disable(&loop->tasklet);
		spin_lock_bh(&loop->waiting.lock);
		twin_loopback_extract(&loop->waiting, tn, &drained);
		twin_loopback_extract(&loop->running, tn, &drained);
		spin_unlock_bh(&loop->waiting.lock);
		tasklet_enable(&loop->tasklet);
	}
	__skb_queue_purge(&drained);
}

/**
 * twin_loopback_init() - set up the queues
 *
 * Context: Process context.
 * Return: 0.
 */
int twin_loopback_init(void)
{
	struct twin_loopback_cpu *loop;
	int cpu;

	BUILD_BUG_ON(sizeof(struct twin_loopback_cb) >
		     sizeof_field(struct sk_buff, cb));
	for_each_possible_cpu(cpu) {
		loop = per_cpu_ptr(&twin_loopback_cpus, cpu);
		skb_queue_head_init(&loop->waiting);
		__skb_queue_head_init(&loop->running);
		tasklet_setup(&loop->tasklet, twin_loopback_run);
	}
	return 0;
}

/**
 * twin_loopback_exit() - end the tasklets
 *
 * Context: Process context; every namespace is drained.
 */
void twin_loopback_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		tasklet_kill(&per_cpu_ptr(&twin_loopback_cpus, cpu)->tasklet);
}
