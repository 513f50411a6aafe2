/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The udp room: RFC 768 and RFC 1122 4.1.
 *
 * Job: demultiplexes datagrams to sockets, queues them within the socket's
 *	buffer, sends what programs write, tells sockets of ICMP errors.
 * Callers: socket/ (calls), main.c's protocol switch (input, errors).
 * Callees: ip/ (datagram.c, multicast.c, icmp_output.c).
 * Locks, in this order: socket lock; bucket of the port table; bucket of the
 *	flow table; the receive queue's own lock.  Lookup on input takes none.
 *
 * udp_proto.c	struct proto: life of a socket
 * udp_table.c	tables, lookup
 * udp_port.c	bind(): choosing ports, conflicts
 * udp_input.c	from IP to a socket
 * udp_queue.c	receive queue and its memory
 * udp_output.c	from a message to a datagram
 * udp_cork.c	UDP_CORK and MSG_MORE
 * udp_error.c	ICMP errors
 * udp_option.c	options of level IPPROTO_UDP
 * udp_walk.c	for inspection
 */
#ifndef TWIN_UDP_H
#define TWIN_UDP_H

#include "../ip/datagram.h"
#include "../ip/icmp.h"
#include "../wire/wire_udp.h"

/*
 * struct twin_udp_net - UDP's state of a namespace
 * @connected: sockets with a peer; 0 spares input the first of three lookups
 * @any_port: of them, those to which each port of their peer is as good
 */
struct twin_udp_net {
	atomic_t connected;
	atomic_t any_port;
};

/*
 * A UDP socket.  Letters: p port bucket's lock; s socket lock; a atomic;
 * P path_lock; w written under s, read with READ_ONCE.
 *
 * ts.flow.hash is the flow bucket it stands in; changed under both buckets.
 */
struct twin_udp_sock {
	struct twin_sock ts;		/* first; ts.path: P */
	struct hlist_node port_node;	/* [p] in the port table */
	__be32 shared_laddr;		/* [p] address of its SO_REUSEPORT group */
	bool counted_connected;		/* [p] in twin_udp_net.connected */
	bool counted_any_port;		/* [p] in twin_udp_net.any_port */
	bool cork_option;		/* [w] UDP_CORK */
	bool gro;			/* [w] UDP_GRO */
	u16 gso_bytes;			/* [w] UDP_SEGMENT */
	spinlock_t path_lock;		/* of ts.path, for concurrent senders */
	atomic_t returned_bytes;	/* [a] truesize of datagrams read */
	struct sk_buff_head cork;	/* [s] parts of the pending datagram */
	struct twin_datagram cork_to;	/* [s] where it goes */
	size_t cork_bytes;		/* [s] its length so far */
};

static inline struct twin_udp_sock *twin_udp_sk(const struct sock *sk)
{
	return (struct twin_udp_sock *)sk;
}

extern struct proto twin_udp_proto;

/* udp_proto.c */
int twin_udp_init(void);
void twin_udp_exit(void);
int twin_udp_net_init(struct twin_net *tn);
void twin_udp_net_exit(struct twin_net *tn);

/* udp_table.c */
int twin_udp_table_init(void);
void twin_udp_table_exit(void);
struct sock *twin_udp_lookup(struct twin_net *tn, __be32 laddr, __be16 lport,
			     __be32 raddr, __be16 rport, int ifindex,
			     struct sk_buff *skb);
void twin_udp_hash_locked(struct twin_udp_sock *us);
void twin_udp_unhash(struct sock *sk);
void twin_udp_rehash(struct sock *sk);

/* Sockets by namespace and local port. */
struct twin_udp_port_bucket {
	struct hlist_head head;
	spinlock_t lock;		/* of the list and of port_node */
};

struct twin_udp_port_bucket *twin_udp_port_bucket(const struct twin_net *tn,
						  __be16 lport);
struct twin_udp_port_bucket *twin_udp_port_bucket_at(unsigned int index);

/* udp_port.c */
int twin_udp_get_port(struct sock *sk, unsigned short port);

/* udp_input.c */
void twin_udp_input(struct twin_net *tn, struct sk_buff *skb);

/* udp_queue.c */
int twin_udp_enqueue(struct twin_udp_sock *us, struct sk_buff *skb);
void twin_udp_read_done(struct sock *sk);
void twin_udp_queue_destroy(struct twin_udp_sock *us);

/* udp_output.c */
int twin_udp_send(struct sock *sk, struct msghdr *msg, size_t bytes,
		  struct twin_datagram *to);
int twin_udp_transmit(struct twin_udp_sock *us, struct sk_buff *skb,
		      const struct twin_datagram *to);

/* udp_cork.c */
bool twin_udp_corked(const struct twin_udp_sock *us,
		     const struct msghdr *msg);
bool twin_udp_cork_pending(const struct sock *sk);
int twin_udp_cork_add(struct sock *sk, struct msghdr *msg, size_t bytes,
		      struct twin_datagram *to);
void twin_udp_cork_end(struct sock *sk);
void twin_udp_cork_flush(struct twin_udp_sock *us);
void twin_udp_cork_set(struct sock *sk, bool on);

/* udp_error.c */
void twin_udp_error(const struct twin_icmp_error *error);

/* udp_option.c */
int twin_udp_setsockopt(struct sock *sk, int option, sockptr_t value,
			unsigned int bytes);
int twin_udp_getsockopt(struct sock *sk, int option, char __user *value,
			int __user *bytes);

#endif
