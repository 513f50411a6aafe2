// SPDX-License-Identifier: GPL-2.0
/*
 * The counters' memory: one array per CPU and namespace.
 */
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include "mib.h"

/**
 * twin_mib_net_init() - give a namespace its counters, all zero
 * @tn: namespace, before any packet or socket of it exists
 *
 * Context: Process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int twin_mib_net_init(struct twin_net *tn)
{
	tn->mib = alloc_percpu(struct twin_mib);
	return tn->mib ? 0 : -ENOMEM;
}

/**
 * twin_mib_net_exit() - free the counters of a namespace
 * @tn: namespace; nothing counts in it any more, RCU readers included
 *
 * Context: Process; sleeps.
 */
void twin_mib_net_exit(struct twin_net *tn)
{
	free_percpu(tn->mib);
	tn->mib = NULL;
}

/**
 * twin_mib_sum() - value of one counter
 * @tn: namespace
 * @item: which; TWIN_MIB_DROPS + a drop reason for that reason's
 *
 * CPUs are read one after another, so a gauge that moves between CPUs
 * meanwhile may be off for that moment.
 *
 * Context: Any.
 * Return: the sum over all possible CPUs, modulo the word size.
 */
unsigned long twin_mib_sum(const struct twin_net *tn, enum twin_mib_item item)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(tn->mib, cpu)->count[item]);
	return sum;
}
