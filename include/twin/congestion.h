/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The public header for congestion control modules, the only one of Twin's that
 * such a module includes.  See examples/congestion.
 *
 * struct twin_tcp_cong_ops describes the functions of an algorithm and when they
 * are called, struct twin_tcp_sock the members of a connection.  An algorithm may
 * read all members of a connection.  It writes cwnd, cwnd_cnt, ssthresh, its own
 * state (TWIN_TCP_CONG_PRIVATE_OF()), and sk_pacing_rate if it has .control;
 * nothing else.
 *
 *	static struct twin_tcp_cong_ops mine = {
 *		.name		= "mine",
 *		.owner		= THIS_MODULE,
 *		.ssthresh	= ...,
 *		.avoid		= ...,
 *		.undo_cwnd	= ...,
 *	};
 *
 * After twin_tcp_cong_register(&mine), in the module's init function, it can be
 * chosen by TCP_CONGESTION and net.twin.tcp_congestion_control, until
 * twin_tcp_cong_unregister(&mine), in its exit function.  While a connection uses
 * it the module cannot be unloaded.
 *
 * The layout of the structs may change with each version of Twin: build against
 * the headers of the one that is loaded.
 */
#ifndef TWIN_CONGESTION_H
#define TWIN_CONGESTION_H

#include "../../module/tcp/tcp_cong.h"

#endif
