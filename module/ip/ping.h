/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ping sockets: SOCK_DGRAM with IPPROTO_ICMP, as in icmp(7).
 *
 * Job: sends echo requests whose identifier is the socket's "port", delivers
 *	the replies to them and the errors about them.
 * Callers: socket/ (calls), icmp_input.c (replies), main.c (errors).
 * Callees: datagram.c.
 * Locks: a mutex for the table of identifiers, which is read under RCU; the
 *	socket lock for a socket's addresses.
 */
#ifndef TWIN_PING_H
#define TWIN_PING_H

#include "datagram.h"
#include "icmp.h"

/* A ping socket is a struct twin_sock and nothing more. */
extern struct proto twin_ping_proto;

int twin_ping_init(void);
void twin_ping_exit(void);
int twin_ping_net_init(struct twin_net *tn);
void twin_ping_net_exit(struct twin_net *tn);
int twin_ping_allowed(struct net *net);
bool twin_ping_input(struct twin_net *tn, struct sk_buff *skb);
void twin_ping_error(const struct twin_icmp_error *error);
int twin_ping_send(struct sock *sk, struct msghdr *msg, size_t bytes,
		   struct twin_datagram *to);

#endif
