// SPDX-License-Identifier: GPL-2.0
/*
 * What the other rooms ask of TCP while this room is not in the build: there
 * are no sockets of it, and no congestion control.
 */
#include <linux/errno.h>
#include "../inspect/view.h"

/**
 * twin_tcp_walk() - show every TCP socket of a namespace
 * @tn: namespace
 * @bucket: position
 * @index: position within the bucket
 * @show: called for each socket
 * @arg: for @show
 *
 * Context: Any.
 * Return: 0: there are none.
 */
int twin_tcp_walk(struct twin_net *tn, unsigned int *bucket,
		  unsigned int *index, twin_view_show_fn show, void *arg)
{
	return 0;
}

/**
 * twin_tcp_abort_flow() - reset a connection on an administrator's order
 * @tn: namespace
 * @laddr: local address
 * @lport: local port
 * @raddr: remote address
 * @rport: remote port
 *
 * Context: Process.
 * Return: -ENOENT: there is none.
 */
int twin_tcp_abort_flow(struct twin_net *tn, __be32 laddr, __be16 lport,
			__be32 raddr, __be16 rport)
{
	return -ENOENT;
}

/**
 * twin_tcp_congestion_known() - is there a congestion control of that name?
 * @name: wanted
 *
 * Context: Any.
 * Return: false.
 */
bool twin_tcp_congestion_known(const char *name)
{
	return false;
}
