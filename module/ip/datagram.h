/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What UDP and ping sockets share: from a message and a socket's options to
 * one datagram on its path.
 *
 * Job: finds the path of a datagram (source, device and TTL of multicast
 *	included), applies the path-MTU policy of the socket, hands it to IP.
 * Callers: udp/, ping.c; socket/ fills in struct twin_datagram.
 * Callees: ip_path.c, ip_output.c, pcb_error.c.
 * Locks: none of its own; paths are used under the RCU read lock.
 */
#ifndef TWIN_DATAGRAM_H
#define TWIN_DATAGRAM_H

#include "../inspect/view.h"
#include "pcb.h"

/*
 * struct twin_datagram - where and how one datagram goes
 * @daddr: destination, never 0
 * @dport: destination port, 0 for ping
 * @to_peer: it goes to the socket's connected peer
 * @onlink: no gateways (MSG_DONTROUTE)
 * @confirm: the sender knows that the neighbour is there (MSG_CONFIRM)
 * @saddr: wanted source, 0: the socket's or the path's
 * @ifindex: wanted device, 0: the socket's or the path's
 * @ttl: -1: the socket's
 * @tos: -1: the socket's
 * @gso_bytes: cut the data into datagrams of this size, 0: do not, -1: the
 *	socket's
 * @options: IP options instead of the socket's, or NULL; whoever made this object
 *	frees them
 * @sockc: timestamps, mark, departure time
 */
struct twin_datagram {
	__be32 daddr;
	__be16 dport;
	bool to_peer;
	bool onlink;
	bool confirm;
	__be32 saddr;
	int ifindex;
	int ttl;
	int tos;
	int gso_bytes;
	struct twin_ip_options *options;
	struct sockcm_cookie sockc;
};

/*
 * struct twin_datagram_cb - what a queued datagram tells recvmsg(); in skb->cb
 * @ip: as filled in by input
 * @sport: sender's port, 0 for ping
 * @dport: port it was sent to
 * @gso_bytes: size of each datagram in here, 0 if there is only one
 */
struct twin_datagram_cb {
	struct twin_ip_cb ip;
	__be16 sport;
	__be16 dport;
	u16 gso_bytes;
};

static inline struct twin_datagram_cb *
twin_datagram_cb(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct twin_datagram_cb) > SOCK_SKB_CB_OFFSET);
	return (struct twin_datagram_cb *)skb->cb;
}

/* A datagram in the socket's recorder, which is on; @port in host order. */
static inline void twin_datagram_record(const struct twin_sock *ts, u8 kind,
					__be32 addr, u16 port, u32 bytes)
{
	twin_record_add(ts->recorder, &(struct twin_record_event){
		.kind = kind,
		.value = { (__force u32)addr, port, bytes },
	});
}

int twin_datagram_path(const struct twin_sock *ts,
		       const struct twin_datagram *to, struct twin_path *path);
int twin_datagram_mtu(const struct twin_sock *ts);
int twin_datagram_probe(const struct twin_sock *ts,
			const struct twin_datagram *to);
int twin_datagram_autobind(struct sock *sk);
int twin_datagram_connect(struct sock *sk, __be32 daddr, __be16 dport);
int twin_datagram_disconnect(struct sock *sk);
struct sk_buff *twin_datagram_copy(struct sock *sk, struct msghdr *msg,
				   size_t bytes, int *err);
int twin_datagram_append(struct sock *sk, struct sk_buff_head *parts,
			 struct msghdr *msg, size_t bytes);
int twin_datagram_check(struct twin_sock *ts, const struct twin_datagram *to,
			size_t bytes);
int twin_datagram_output(struct twin_sock *ts, struct sk_buff *skb,
			 const struct twin_datagram *to,
			 struct twin_path *path);
void twin_datagram_report(struct sock *sk, const struct twin_icmp_error *error,
			  __be16 rport);
void twin_datagram_view_ahead(const struct sock *sk);
void twin_datagram_view_row(struct sock *sk, struct twin_sock_view *view);
void twin_datagram_view_rest(struct sock *sk, struct twin_sock_view *view);
void twin_datagram_view_owner(struct sock *sk, struct twin_sock_view *view);
void twin_datagram_view(struct sock *sk, const struct twin_view_wish *wish,
			struct twin_sock_view *view);

#endif
