// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/twin: one folder in each namespace.
 */
#include <linux/proc_fs.h>
#include <net/net_namespace.h>
#include "inspect.h"

struct twin_proc_text {
	const char *name;
	int (*show)(struct seq_file *m, void *v);
};

static const struct twin_proc_text twin_proc_texts[] = {
	{ "snmp", twin_proc_snmp_show },
	{ "netstat", twin_proc_netstat_show },
	{ "sockstat", twin_proc_sockstat_show },
	{ "arp", twin_proc_arp_show },
	{ "route", twin_proc_route_show },
};

struct twin_proc_list {
	const char *name;
	const struct seq_operations *ops;
	const struct twin_proc_sockets *sockets;
};

static const struct twin_proc_list twin_proc_lists[] = {
	{ "tcp", &twin_proc_tcp_ops, &twin_proc_tcp_sockets },
	{ "udp", &twin_proc_udp_ops, &twin_proc_udp_sockets },
	{ "raw", &twin_proc_raw_ops, &twin_proc_raw_sockets },
	{ "diag", &twin_proc_diag_ops, &twin_proc_all_sockets },
};

static bool twin_proc_create_files(struct proc_dir_entry *dir)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(twin_proc_texts); i++) {
		if (!proc_create_net_single(twin_proc_texts[i].name, 0444, dir,
					    twin_proc_texts[i].show, NULL))
			return false;
	}
	for (i = 0; i < ARRAY_SIZE(twin_proc_lists); i++) {
		const struct twin_proc_list *list = &twin_proc_lists[i];

		if (!proc_create_net_data(list->name, 0444, dir, list->ops,
					  sizeof(struct twin_proc_cursor),
					  (void *)list->sockets))
			return false;
	}
	return true;
}

/**
 * twin_inspect_net_init() - make /proc/net/twin of a namespace
 * @tn: namespace, all rooms of which are open
 *
 * Context: Process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int twin_inspect_net_init(struct twin_net *tn)
{
	/* The folder carries the namespace for the files in it. */
	tn->proc_dir = proc_net_mkdir(tn->net, "twin", tn->net->proc_net);
	if (!tn->proc_dir)
		return -ENOMEM;
	if (!twin_proc_create_files(tn->proc_dir)) {
		twin_inspect_net_exit(tn);
		return -ENOMEM;
	}
	return 0;
}

/**
 * twin_inspect_net_exit() - remove /proc/net/twin of a namespace
 * @tn: namespace
 *
 * Waits for readers that are inside a file, so that the rooms may close after
 * it returns.
 *
 * Context: Process; sleeps.
 */
void twin_inspect_net_exit(struct twin_net *tn)
{
	proc_remove(tn->proc_dir);
	tn->proc_dir = NULL;
}
