/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The protocol control block: what a socket of any transport consists of
 * below its protocol (statement S2: a socket is its control information).
 *
 * Job: addresses, ports, IP options and cached path of a socket, and the rules
 *	for choosing ports.
 * Callers: tcp/, udp/, ping, socket/, inspect/.
 * Locks: the socket lock unless a member says otherwise.
 */
#ifndef TWIN_PCB_H
#define TWIN_PCB_H

#include <linux/in.h>
#include <net/flow.h>
#include <net/sock.h>
#include "../inspect/record.h"
#include "ip.h"

/*
 * struct twin_flow - the key by which a segment or datagram finds its owner
 * @tn: namespace
 * @laddr: local address, 0: any
 * @raddr: remote address, 0: any
 * @lport, @rport: ports, 0: none
 * @ifindex: only this device, or 0
 * @hash: of all the above but @ifindex, for TCP's table of flows
 *
 * A table that is read under RCU links sockets by sk->sk_nulls_node or
 * sk->sk_node and by nothing else: sk_alloc() clears every other member of a
 * reused object while a reader may look at it.  TCP's and UDP's sockets are
 * SLAB_TYPESAFE_BY_RCU (a reader takes a reference, then compares the key
 * again); listening sockets are freed after a grace period (SOCK_RCU_FREE).
 */
struct twin_flow {
	struct twin_net *tn;
	__be32 laddr;
	__be32 raddr;
	__be16 lport;
	__be16 rport;
	int ifindex;
	u32 hash;
};

/* IP-level options of a socket that are simple switches */
enum twin_sock_flag {
	TWIN_SOCK_RECVERR,		/* IP_RECVERR */
	TWIN_SOCK_PKTINFO,		/* IP_PKTINFO */
	TWIN_SOCK_RECVTTL,
	TWIN_SOCK_RECVTOS,
	TWIN_SOCK_RECVOPTS,
	TWIN_SOCK_RETOPTS,
	TWIN_SOCK_RECVORIGDSTADDR,
	TWIN_SOCK_RECVFRAGSIZE,
	TWIN_SOCK_FREEBIND,
	TWIN_SOCK_TRANSPARENT,
	TWIN_SOCK_MULTICAST_LOOP,
	TWIN_SOCK_MULTICAST_ALL,
	TWIN_SOCK_BIND_NO_PORT,		/* IP_BIND_ADDRESS_NO_PORT */
	TWIN_SOCK_NODEFRAG,
	TWIN_SOCK_BOUND_ADDR,		/* bind() gave an address */
	TWIN_SOCK_BOUND_PORT,		/* bind() gave a port */
	TWIN_SOCK_CHECKSUM,		/* IP_CHECKSUM */
	TWIN_SOCK_RECVERR_RFC4884,	/* IP_RECVERR_RFC4884 */
};

/* One membership of a multicast group (IP_ADD_MEMBERSHIP); RCU list */
struct twin_group;

/*
 * struct twin_sock - common part of every Twin socket
 *
 * @sk must be first, @flow.laddr is the bound or chosen source address
 * (0: any), @flow.lport the bound port (0: none).
 */
struct twin_sock {
	struct sock sk;
	struct twin_flow flow;
	struct twin_recorder *recorder;	/* NULL: none; set once, READ_ONCE */
	struct twin_path path;		/* cached; see struct twin_path */
	unsigned long flags;		/* enum twin_sock_flag, atomic bits */
	u8 ttl;				/* IP_TTL; 0: the namespace's default */
	u8 tos;				/* IP_TOS */
	u8 min_ttl;			/* IP_MINTTL */
	u8 pmtu_discover;		/* IP_PMTUDISC_ */
	u8 multicast_ttl;
	u8 protocol;			/* IPPROTO_; never in sk->sk_protocol */
	u16 ip_id;			/* next identification of atomic datagrams */
	u32 port_range;			/* IP_LOCAL_PORT_RANGE; last << 16 | first */
	int unicast_ifindex;		/* IP_UNICAST_IF */
	int multicast_ifindex;
	__be32 multicast_saddr;
	struct twin_group __rcu *groups;
	struct twin_ip_options __rcu *options;	/* IP_OPTIONS */
};

/*
 * struct twin_ip_options - what IP_OPTIONS puts into each datagram
 * @bytes: a multiple of 4
 * @data: checked
 *
 * Replaced as a whole under the socket lock, read under RCU.  Of a connection
 * that a peer has begun they are what its SYN had, see tcp_request_extra.c.
 */
struct twin_ip_options {
	struct rcu_head rcu;
	u8 bytes;
	u8 data[TWIN_IP_OPTIONS_MAX];
};

/**
 * twin_sk() - the Twin part of a socket
 * @sk: a socket of this family
 *
 * Context: Any.
 * Return: the same object.
 */
static inline struct twin_sock *twin_sk(const struct sock *sk)
{
	return (struct twin_sock *)sk;
}

/**
 * twin_pcb_by_device() - may a socket have what came by a device?
 * @bound: SO_BINDTODEVICE of the socket, 0 if it is bound to none
 * @ifindex: the device; 0 inside the stack, which counts as the loopback device
 *
 * Context: Any.
 * Return: true if it may.
 */
static inline bool twin_pcb_by_device(int bound, int ifindex)
{
	return !bound || bound == (ifindex ?: LOOPBACK_IFINDEX);
}

/**
 * twin_pcb_stamp() - note when a datagram or segment came, if anybody asks
 * @sk: who gets it
 * @skb: it; what a device brought has its time from the core
 *
 * Context: Any.
 */
static inline void twin_pcb_stamp(const struct sock *sk, struct sk_buff *skb)
{
	if (unlikely(READ_ONCE(sk->sk_flags) & SK_FLAGS_TIMESTAMP) &&
	    !skb->tstamp)
		__net_timestamp(skb);
}

static inline bool twin_sock_test(const struct twin_sock *ts,
				  enum twin_sock_flag flag)
{
	return test_bit(flag, &ts->flags);
}

/**
 * twin_pcb_options_bytes() - what IP_OPTIONS takes of each datagram's length
 * @ts: socket
 *
 * Context: Socket lock, or RCU read lock.
 * Return: bytes.
 */
static inline u32 twin_pcb_options_bytes(const struct twin_sock *ts)
{
	const struct twin_ip_options *options;

	options = rcu_dereference_check(ts->options,
					lockdep_sock_is_held(&ts->sk));
	return likely(!options) ? 0 : options->bytes;
}

/**
 * twin_pcb_move_begin() - a datagram socket is about to be found in another place
 * @ts: socket
 *
 * Until twin_pcb_move_end() a datagram may find it in neither place.  These calls
 * may be nested.
 *
 * Context: Socket lock.
 */
static inline void twin_pcb_move_begin(struct twin_sock *ts)
{
	atomic_inc(&ts->flow.tn->moves_begun);
	/* before any of the move can be seen */
	smp_mb__after_atomic();
}

/**
 * twin_pcb_move_end() - it has arrived there
 * @ts: socket
 *
 * Context: Socket lock.
 */
static inline void twin_pcb_move_end(struct twin_sock *ts)
{
	/* after all of the move can be seen */
	smp_mb__before_atomic();
	atomic_inc(&ts->flow.tn->moves_ended);
}

/* Is the cached path good for a destination, link header and all? */
static inline bool twin_pcb_path_is_good(const struct twin_sock *ts,
					 __be32 daddr)
{
	return twin_path_valid(ts->flow.tn, &ts->path) &&
	       ts->path.daddr == daddr &&
	       (ts->path.header_bytes || !ts->path.entry);
}

/* pcb.c */
int twin_pcb_init(void);
void twin_pcb_sock_init(struct twin_sock *ts, struct twin_net *tn, u8 protocol);
void twin_pcb_sock_destroy(struct twin_sock *ts);
u32 twin_flow_hash(const struct twin_net *tn, __be32 laddr, __be16 lport,
		   __be32 raddr, __be16 rport);
u32 twin_pcb_secret_hash(const void *data, size_t bytes);
int twin_pcb_path_renew(struct twin_sock *ts, __be32 daddr);
void twin_pcb_options_add(const struct twin_ip_options *set,
			  struct twin_ip_send *send, u8 *room);
bool twin_pcb_addr_is_many(const struct twin_net *tn, __be32 addr);
bool twin_pcb_may_bind_addr(const struct twin_sock *ts, __be32 addr);
bool twin_pcb_port_privileged(const struct twin_sock *ts, u16 port);
void twin_pcb_port_range(const struct twin_sock *ts, u16 *first, u16 *last);
u32 twin_pcb_tos_priority(u8 tos);
u32 twin_pcb_port_offset(const struct twin_sock *ts, __be32 raddr,
			 __be16 rport);

/**
 * twin_pcb_path() - make a socket's cached path good for a destination
 * @ts: socket
 * @daddr: destination
 *
 * Context: RCU read lock held, and kept while ts->path is used.  Socket lock
 * held.
 * Return: 0, or the error of twin_path_find().
 */
static inline int twin_pcb_path(struct twin_sock *ts, __be32 daddr)
{
	return likely(twin_pcb_path_is_good(ts, daddr)) ?
	       0 : twin_pcb_path_renew(ts, daddr);
}

/* pcb_share.c: groups of SO_REUSEPORT */
bool twin_pcb_share_fits(struct sock *sk, struct sock *other);
void twin_pcb_share_join(struct sock *sk, struct sock *other);
void twin_pcb_share_leave(struct sock *sk);
struct sock *twin_pcb_share_select(struct sock *sk, u32 hash,
				   struct sk_buff *skb,
				   unsigned int header_bytes);

/* pcb_error.c: IP_RECVERR's queue and ICMP errors for a socket */
void twin_pcb_queue_error(struct twin_sock *ts,
			  const struct twin_icmp_error *error, __be16 rport);
void twin_pcb_queue_local_error(struct twin_sock *ts, int err, __be32 daddr,
				__be16 dport, u32 info);

#endif
