/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP Fast Open (RFC 7413): data on the SYN, by a cookie that the server gave to
 * this host before.
 *
 * tcp_fastopen.c is the passive side, tcp_fastopen_active.c the active one,
 * tcp_fastopen_cache.c what is known of servers.
 */
#ifndef TWIN_TCP_FASTOPEN_H
#define TWIN_TCP_FASTOPEN_H

#include "tcp_table.h"

/* sysctl tcp_fastopen */
#define TWIN_TCP_FASTOPEN_CLIENT		0x001
#define TWIN_TCP_FASTOPEN_SERVER		0x002
#define TWIN_TCP_FASTOPEN_CLIENT_NO_COOKIE	0x004
#define TWIN_TCP_FASTOPEN_SERVER_NO_COOKIE	0x200
#define TWIN_TCP_FASTOPEN_ALL_LISTENERS		0x400

#define TWIN_TCP_FASTOPEN_COOKIE_BYTES	8	/* of those that we give */

/*
 * struct twin_tcp_fastopen_cookie - a cookie, or the wish for one
 * @bytes: its length; 0: none is known
 * @data: what the server gave
 */
struct twin_tcp_fastopen_cookie {
	u8 bytes;
	u8 data[TWIN_WIRE_TCP_COOKIE_MAX];
};

/*
 * struct twin_tcp_fastopen_request - a SYN that is being made; on the stack
 * @msg: data for it, or NULL
 * @copied: bytes of @msg that were taken
 * @cookie: for the option
 * @option: the SYN carries the option
 */
struct twin_tcp_fastopen_request {
	struct msghdr *msg;
	int copied;
	struct twin_tcp_fastopen_cookie cookie;
	bool option;
};

/* tcp_fastopen.c: listeners, and connections that begin with data */
void twin_tcp_fastopen_net_init(struct twin_net *tn);
int twin_tcp_fastopen_set_max(struct twin_tcp_sock *tp, int connections);
int twin_tcp_fastopen_set_keys(struct twin_tcp_sock *tp, sockptr_t value,
			       unsigned int bytes);
unsigned int twin_tcp_fastopen_get_keys(struct twin_tcp_sock *tp, u8 *data);
void twin_tcp_fastopen_listen(struct twin_tcp_sock *lp, int backlog);
void twin_tcp_fastopen_cookie(const struct sock *listener,
			      const struct twin_flow *flow,
			      struct twin_wire_tcp_options *opt);
bool twin_tcp_fastopen_accept(struct twin_tcp_request *rq, struct sk_buff *skb,
			      struct twin_tcp_segment *seg);
void twin_tcp_fastopen_done(struct twin_tcp_sock *child, bool reset);

/* tcp_fastopen_active.c: connections that this host begins with data */
int twin_tcp_fastopen_open(struct twin_tcp_sock *tp);
int twin_tcp_fastopen_send_syn(struct twin_tcp_sock *tp, struct sk_buff *syn);
void twin_tcp_fastopen_answered(struct twin_tcp_sock *tp,
				const struct twin_tcp_segment *seg);
void twin_tcp_fastopen_timed_out(struct twin_tcp_sock *tp, bool gives_up);

/* true while connect() has succeeded and the first write is waited for */
static inline bool twin_tcp_fastopen_waits(const struct twin_tcp_sock *tp)
{
	return READ_ONCE(tp->fastopen_waits);
}

/* a connection that began with data: it may be used before the handshake ends */
static inline bool twin_tcp_fastopen_passive(const struct twin_tcp_sock *tp)
{
	return READ_ONCE(tp->fastopen_passive);
}

/* tcp_fastopen_cache.c: what is known of servers */
void twin_tcp_fastopen_cache_free(struct twin_net *tn);
bool twin_tcp_fastopen_cache_get(struct twin_tcp_sock *tp, u16 *mss,
				 struct twin_tcp_fastopen_cookie *cookie);
void twin_tcp_fastopen_cache_put(struct twin_tcp_sock *tp, u16 mss,
				 const struct twin_tcp_fastopen_cookie *cookie,
				 bool syn_lost);

#endif
