// SPDX-License-Identifier: GPL-2.0
/*
 * The UDP sockets of a namespace, for inspection.
 */
#include <linux/sched.h>
#include "../inspect/view.h"
#include "udp.h"

/* Of many sockets none is in the processor's caches. */
static void twin_udp_walk_ahead(struct hlist_node *next)
{
	if (next)
		twin_datagram_view_ahead(&hlist_entry(next, struct twin_udp_sock,
						      port_node)->ts.sk);
}

/* One locked bucket, from socket number *@index on. */
static int twin_udp_walk_bucket(struct twin_net *tn,
				const struct twin_view_wish *wish,
				struct twin_udp_port_bucket *bucket,
				unsigned int *index, twin_view_show_fn show,
				void *arg)
{
	struct twin_sock_view view twin_compat_uninitialized;
	struct twin_udp_sock *us;
	unsigned int position = 0;
	int stop;

	hlist_for_each_entry(us, &bucket->head, port_node) {
		twin_udp_walk_ahead(us->port_node.next);
		if (us->ts.flow.tn != tn || position++ < *index)
			continue;
		if (wish->states & BIT(READ_ONCE(us->ts.sk.sk_state))) {
			twin_datagram_view(&us->ts.sk, wish, &view);
			stop = show(&view, arg);
			if (stop)
				return stop;
		}
		++*index;
	}
	return 0;
}

/**
 * twin_udp_walk() - show the UDP sockets of a namespace
 * @tn: namespace
 * @wish: which of them, and how much of each
 * @bucket: position, see inspect/view.h
 * @index: position in the bucket
 * @show: called for each socket with its bucket locked
 * @arg: its argument
 *
 * Context: Process; takes bucket locks one at a time.
 * Return: what @show returned last, 0 at the end of the table.
 */
int twin_udp_walk(struct twin_net *tn, const struct twin_view_wish *wish,
		  unsigned int *bucket, unsigned int *index,
		  twin_view_show_fn show, void *arg)
{
	struct twin_udp_port_bucket *at;
	int stop;

	for (; (at = twin_udp_port_bucket_at(*bucket)); ++*bucket, *index = 0) {
		if (hlist_empty(&at->head))
			continue;
		spin_lock_bh(&at->lock);
		stop = twin_udp_walk_bucket(tn, wish, at, index, show, arg);
		spin_unlock_bh(&at->lock);
		if (stop)
			return stop;
		cond_resched();
	}
	return 0;
}

/**
 * twin_udp_show_port() - show the UDP sockets that may have a port
 * @tn: namespace
 * @wish: which of them, and how much of each
 * @lport: port; others that share its bucket are shown as well
 * @show: called for each socket with its bucket locked
 * @arg: its argument
 *
 * Context: Process; takes the bucket's lock.
 * Return: what @show returned last.
 */
int twin_udp_show_port(struct twin_net *tn, const struct twin_view_wish *wish,
		       __be16 lport, twin_view_show_fn show, void *arg)
{
	struct twin_udp_port_bucket *bucket = twin_udp_port_bucket(tn, lport);
	unsigned int index = 0;
	int stop;

	spin_lock_bh(&bucket->lock);
	stop = twin_udp_walk_bucket(tn, wish, bucket, &index, show, arg);
	spin_unlock_bh(&bucket->lock);
	return stop;
}

/**
 * twin_udp_usage() - what the sockets of a namespace add up to
 * @tn: namespace
 * @usage: filled in
 *
 * Context: Any.
 */
void twin_udp_usage(const struct twin_net *tn, struct twin_view_usage *usage)
{
	unsigned int in_use = sock_prot_inuse_get(tn->net, &twin_udp_proto);

	*usage = (struct twin_view_usage){
		.in_use = in_use,
		.allocated = in_use,
		.memory_pages = proto_memory_allocated(&twin_udp_proto),
	};
}
