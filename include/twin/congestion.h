/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The public header for congestion control modules: all that a module of its
 * own includes of Twin.  See examples/congestion.
 *
 * struct twin_tcp_cong_ops says what an algorithm is asked, and when; struct
 * twin_tcp_sock, which it is asked about, says what each member means.  An
 * algorithm reads what it likes of a connection and writes cwnd, cwnd_cnt,
 * ssthresh, its own state (TWIN_TCP_CONG_PRIVATE_OF()), and sk_pacing_rate if
 * it has .control; nothing else.
 *
 *	static struct twin_tcp_cong_ops mine = {
 *		.name		= "mine",
 *		.owner		= THIS_MODULE,
 *		.ssthresh	= ...,
 *		.avoid		= ...,
 *		.undo_cwnd	= ...,
 *	};
 *
 * twin_tcp_cong_register(&mine) in the module's init function offers it to
 * TCP_CONGESTION and net.twin.tcp_congestion_control,
 * twin_tcp_cong_unregister(&mine) in its exit function takes it back.  While a
 * connection uses it the module cannot be unloaded.
 *
 * The layout of the structs may change with each version of Twin: build against
 * the headers of the one that is loaded.
 */
#ifndef TWIN_CONGESTION_H
#define TWIN_CONGESTION_H

#include "../../module/tcp/tcp_cong.h"

#endif
