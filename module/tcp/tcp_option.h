/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP options that the socket room acts on, and IP options that TCP acts on.
 */
#ifndef TWIN_TCP_OPTION_H
#define TWIN_TCP_OPTION_H

#include "tcp.h"

/*
 * TCP's own bits in twin_sock.flags, counted down from the last one that a
 * 32-bit machine has; enum twin_sock_flag counts up.
 */
enum twin_tcp_sock_flag {
	TWIN_TCP_SOCK_INQ = 31,		/* TCP_INQ: recvmsg() tells the rest */
};

static inline bool twin_tcp_option_inq(const struct twin_tcp_sock *tp)
{
	return test_bit(TWIN_TCP_SOCK_INQ, &tp->ts.flags);
}

/* tcp_option.c */
void twin_tcp_option_ip_changed(struct twin_tcp_sock *tp);

#endif
