/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ip room: routes, paths, IP input and output, fragments.
 *
 * Job: decides where a datagram goes (route, source address, neighbour), puts
 *	the IP header in front, fragments; on the way in validates, reassembles
 *	and hands up what is for this host.
 * Callers: tcp/, udp/, icmp (output); main.c's ethertype switch (input).
 * Callees: link/ and arp; up through twin_l4_deliver(), twin_l4_error().
 * Locks: routes change under RTNL and are read under RCU; reassembly has a
 *	spinlock for each bucket and, inside it, one for the queue by age; path
 *	exceptions have their own.
 */
#ifndef TWIN_IP_H
#define TWIN_IP_H

#include <linux/rhashtable.h>
#include <linux/rtnetlink.h>
#include <linux/workqueue.h>
#include <net/checksum.h>
#include "../link/arp.h"
#include "../link/link.h"
#include "../twin.h"
#include "../wire/wire_ipv4.h"

#define TWIN_IP_OPTIONS_MAX	40	/* bytes, RFC 791 3.1: IHL is 4 bits */

/*
 * enum twin_path_type - what kind of place a path leads to
 * @TWIN_PATH_UNICAST: a host on a link, directly or by a gateway
 * @TWIN_PATH_LOCAL: an own address or 127/8: stays inside the stack
 * @TWIN_PATH_BROADCAST: all hosts of a link
 * @TWIN_PATH_MULTICAST: a group on a link
 */
enum twin_path_type {
	TWIN_PATH_UNICAST,
	TWIN_PATH_LOCAL,
	TWIN_PATH_BROADCAST,
	TWIN_PATH_MULTICAST,
};

/*
 * struct twin_path - where datagrams to one destination go
 * @generation: value of tn->path_generation when it was found
 * @mtu_bytes: largest IP datagram: least of device, route and path MTU
 * @daddr: destination it was found for
 * @saddr: source address to use (as asked for, or selected)
 * @next_hop: gateway or destination
 * @ld: device, NULL for TWIN_PATH_LOCAL
 * @entry: neighbour, NULL where the link needs none
 * @type: see above
 * @header_bytes: length of @header; 0 until the neighbour is resolved
 * @headroom_bytes: what the device wants in front of a datagram; 0: not known
 * @header: finished link header, valid while @generation is
 * @narrow: somewhere it carries less than @mtu_bytes, which is as small as
 *	datagrams are made here: the routers must be free to cut them
 *
 * Holds no reference.  A path is used under the RCU read lock, after
 * twin_path_valid() said yes inside that same critical section: whoever retires
 * a device, route or neighbour raises path_generation first and frees after a
 * grace period.
 */
struct twin_path {
	u64 generation;
	u32 mtu_bytes;
	__be32 daddr;
	__be32 saddr;
	__be32 next_hop;
	u16 headroom_bytes;
	u8 type:7;
	u8 narrow:1;
	u8 header_bytes;
	u8 header[TWIN_ARP_HEADER_BYTES] __aligned(8);
	struct twin_link_dev *ld;
	struct twin_arp_entry *entry;
};

/*
 * struct twin_path_key - the question that a path answers
 * @daddr: destination
 * @saddr: wanted source address or 0
 * @ifindex: only this device (SO_BINDTODEVICE, multicast, IP_PKTINFO), or 0
 * @flags: TWIN_PATH_ bits
 */
struct twin_path_key {
	__be32 daddr;
	__be32 saddr;
	int ifindex;
	u8 flags;
};

#define TWIN_PATH_ONLINK	BIT(0)	/* MSG_DONTROUTE: no gateways */
#define TWIN_PATH_ANY_SOURCE	BIT(1)	/* IP_TRANSPARENT, IP_FREEBIND */
#define TWIN_PATH_ONLY_ASKED	BIT(2)	/* nothing is sent: no neighbour made */
#define TWIN_PATH_FORWARD	BIT(3)	/* for another host: nothing of ICMP's */

/*
 * struct twin_ip_cb - what input knows of a datagram; in skb->cb
 * @ifindex: device it came in on (0: inside the stack)
 * @header_bytes: IP header with options; the header is at network_header
 * @type: enum twin_path_type of its destination
 * @saddr: from the header
 * @daddr: from the header
 * @tos: from the header
 * @ttl: from the header
 * @frag_max_bytes: largest fragment it arrived in, 0 if whole
 *
 * TCP and datagram sockets keep it as the first member of structs of their own
 * (struct twin_tcp_cb, struct twin_datagram_cb).
 */
struct twin_ip_cb {
	__be32 saddr;
	__be32 daddr;
	int ifindex;
	u16 frag_max_bytes;
	u8 header_bytes;
	u8 type;
	u8 tos;
	u8 ttl;
};

static inline struct twin_ip_cb *twin_ip_cb(const struct sk_buff *skb)
{
	return (struct twin_ip_cb *)skb->cb;
}

/**
 * twin_ip_pseudo_sum() - sum of the pseudo header of what was received
 * @skb: skb->data at the transport header, cb filled in
 * @protocol: IP protocol
 *
 * RFC: 768, 9293 section 3.1
 * Context: Any.
 * Return: the sum, in the form that skb_checksum_validate() asks for.
 */
static inline __wsum twin_ip_pseudo_sum(const struct sk_buff *skb, int protocol)
{
	const struct twin_ip_cb *cb = twin_ip_cb(skb);

	return csum_tcpudp_nofold(cb->saddr, cb->daddr, skb->len, protocol, 0);
}

/*
 * struct twin_ip_send - arguments of twin_ip_output()
 * @tn: namespace
 * @path: valid path; caller holds the RCU read lock
 * @saddr: source to write (normally path->saddr)
 * @daddr: destination exactly as the application gave it (statement S22)
 * @id: identification (RFC 6864: free choice where @dont_fragment)
 * @protocol: header field
 * @tos: header field
 * @ttl: header field; 0 means 1 for multicast, else the namespace's default
 * @dont_fragment: set DF; too long a datagram is then -EMSGSIZE
 * @loop: also give a copy of a multicast datagram to this host's sockets;
 *	broadcasts always loop
 * @options: IP options, a multiple of 4 bytes, or NULL
 * @options_bytes: their length
 */
struct twin_ip_send {
	struct twin_net *tn;
	const struct twin_path *path;
	__be32 saddr;
	__be32 daddr;
	u16 id;
	u8 protocol;
	u8 tos;
	u8 ttl;
	bool dont_fragment;
	bool loop;
	const u8 *options;
	u8 options_bytes;
};

/*
 * struct twin_route - one way to one prefix
 *
 * Letters: R RTNL, r RCU, I immutable.
 */
struct twin_route {
	struct list_head list;		/* [R r] in its prefix, best metric first */
	__be32 prefix;			/* [I] */
	u8 prefix_len;			/* [I] */
	u8 type;			/* [I] RTN_ */
	u8 scope;			/* [I] RT_SCOPE_ */
	u8 protocol;			/* [I] RTPROT_ */
	u8 flags;			/* [I] RTNH_F_ONLINK */
	__be32 gateway;			/* [I] 0: on the link */
	__be32 prefsrc;			/* [I] 0: select */
	u32 metric;			/* [I] */
	u32 mtu_bytes;			/* [I] 0: the device's */
	struct twin_link_dev *ld;	/* [I] NULL for blackhole and the like */
	struct twin_link_local local;	/* [R r] for RTN_LOCAL, RTN_BROADCAST */
	struct rcu_head rcu;
};

/*
 * struct twin_route_config - a route as user space asks for it
 */
struct twin_route_config {
	__be32 prefix;
	u8 prefix_len;
	u8 type;
	u8 scope;
	u8 protocol;
	u8 tos;				/* refused unless 0 */
	u8 flags;
	__be32 gateway;
	__be32 prefsrc;
	u32 metric;
	u32 mtu_bytes;
	int ifindex;			/* 0: find by the gateway */
	unsigned int nlmsg_flags;	/* NLM_F_CREATE, _EXCL, _REPLACE, _APPEND */
};

#define TWIN_ROUTE_LENGTHS	33	/* prefix lengths 0..32 */
#define TWIN_ROUTE_BLOCKS	256	/* of addresses with the same first octet */

/*
 * struct twin_route_net - routing table and path exceptions of a namespace
 * @prefixes: struct twin_route_prefix by prefix and length [R r]
 * @by_length: the same in the order they came, for walks [R r]
 * @lengths: of each block of addresses: bit n - 1 is set while there is a prefix
 *	of length n, and may stay until there is none in any block; 0 is always
 *	tried [R, READ_ONCE]
 * @exceptions: struct twin_path_exception by destination; bounded [r]
 * @exceptions_by_age: the same, the oldest first [@exception_lock]
 * @exception_lock: of the two above
 * @exception_sweep: drops expired exceptions
 * @tn: back pointer for @exception_sweep
 */
struct twin_route_net {
	struct rhashtable prefixes;
	struct list_head by_length[TWIN_ROUTE_LENGTHS];
	u32 lengths[TWIN_ROUTE_BLOCKS];
	struct rhashtable exceptions;
	struct list_head exceptions_by_age;
	spinlock_t exception_lock;	/* additions and removals */
	struct delayed_work exception_sweep;
	struct twin_net *tn;
};

/* ip_route_config.c: what user space asks for, checked.  RTNL held. */
int twin_route_add(struct twin_net *tn, const struct twin_route_config *config,
		   struct netlink_ext_ack *extack);
int twin_route_del(struct twin_net *tn, const struct twin_route_config *config,
		   struct netlink_ext_ack *extack);

/* ip_route.c: the table.  Changes under RTNL, lookups under RCU. */
int twin_route_net_init(struct twin_net *tn);
void twin_route_net_exit(struct twin_net *tn);
int twin_route_insert(struct twin_net *tn,
		      const struct twin_route_config *config,
		      struct twin_link_dev *ld);
int twin_route_remove(struct twin_net *tn,
		      const struct twin_route_config *config);
void twin_route_flush_dev(struct twin_net *tn, const struct twin_link_dev *ld);
void twin_route_flush_prefsrc(struct twin_net *tn, __be32 local);
const struct twin_route *twin_route_lookup(struct twin_net *tn, __be32 daddr,
					   int ifindex, bool onlink_only);
bool twin_route_gateway_dead(const struct twin_link_dev *ld, __be32 gateway);
int twin_route_walk(struct twin_net *tn,
		    int (*show)(const struct twin_route *route, void *arg),
		    void *arg);

/* ip_route_event.c: what addresses and devices do to the table */
void twin_route_addr_event(struct twin_net *tn, enum twin_event event,
			   const struct twin_link_addr *addr);
void twin_route_link_event(struct twin_net *tn, enum twin_event event,
			   const struct twin_link_dev *ld);

/* ip_path.c: route + source + neighbour in one answer */
#define TWIN_PATH_MTU_LEAST_BYTES	68	/* RFC 791 section 3.2 */

u32 twin_path_device_mtu(const struct twin_link_dev *ld);
int twin_path_find(struct twin_net *tn, const struct twin_path_key *key,
		   struct twin_path *path);
int twin_path_init(void);
void twin_path_exit(void);
void twin_path_net_exit(struct twin_net *tn);
enum twin_path_type twin_ip_classify(const struct twin_net *tn,
				     const struct twin_link_dev *ld,
				     __be32 addr);

/* ip_path_exception.c: what ICMP said of single destinations */
int twin_path_exception_net_init(struct twin_route_net *rn);
void twin_path_exception_net_exit(struct twin_route_net *rn);
bool twin_path_exception_get(struct twin_route_net *rn, __be32 daddr,
			     const struct twin_route *route, u32 *mtu_bytes,
			     bool *narrow, __be32 *gateway);
int twin_path_learn_mtu(struct twin_net *tn, __be32 daddr, int ifindex,
			u32 mtu_bytes);
int twin_path_learn_gateway(struct twin_net *tn, __be32 daddr,
			    __be32 reporter, __be32 gateway);

/**
 * twin_path_valid() - may a cached path still be used?
 * @tn: namespace
 * @path: path found earlier; all zero is never valid
 *
 * Context: Any, under the RCU read lock, which must be held until the path's
 * pointers are used no more.
 * Return: true if no change below has made it stale.
 */
static inline bool twin_path_valid(const struct twin_net *tn,
				   const struct twin_path *path)
{
	return path->generation == (u64)atomic64_read(&tn->path_generation);
}

/* What an Ethernet device without wishes of its own wants. */
#define TWIN_PATH_HEADROOM_USUAL	32

/**
 * twin_path_headroom() - room to leave in front of a datagram for the link
 * @path: path found earlier, valid or not, or all zero
 *
 * Only a guess about the next datagram's way: the link makes room where there
 * is too little.  A head that is no larger than needed costs less to allocate.
 *
 * Context: Any.
 * Return: bytes.
 */
static inline unsigned int twin_path_headroom(const struct twin_path *path)
{
	unsigned int bytes = READ_ONCE(path->headroom_bytes);

	return likely(bytes) ? bytes : TWIN_PATH_HEADROOM_USUAL;
}

/**
 * twin_path_refresh() - finish the link header of a path found too early
 * @path: valid path, owned by the caller
 *
 * The first packet to a neighbour finds a path without a link header.  Once ARP
 * has its answer this completes the cached path, so that output no longer asks
 * the neighbour's entry for it.
 *
 * Context: Any, under the RCU read lock.
 */
static inline void twin_path_refresh(struct twin_path *path)
{
	if (unlikely(!path->header_bytes) && path->entry)
		twin_arp_header_copy(path->entry, path->header,
				     &path->header_bytes);
}

/* ip_output.c */
int twin_ip_id_init(void);
void twin_ip_id_exit(void);
int twin_ip_output(struct sk_buff *skb, const struct twin_ip_send *send);
int twin_ip_transmit(struct twin_net *tn, struct sk_buff *skb,
		     const struct twin_path *path);
u16 twin_ip_next_id(struct twin_net *tn, __be32 saddr, __be32 daddr,
		    u8 protocol, u16 count);

/* ip_fragment.c: cuts @skb (network header set, header in place) */
int twin_ip_fragment(struct twin_net *tn, struct sk_buff *skb,
		     const struct twin_path *path, unsigned int mtu_bytes);

/* ip_input.c */
bool twin_ip_input(struct twin_link_dev *ld, struct sk_buff *skb, bool own);
void twin_ip_input_local(struct twin_net *tn, struct sk_buff *skb);
void twin_ip_undeliverable(struct twin_net *tn, struct sk_buff *skb,
			   int ifindex);

/* ip_forward.c */
void twin_ip_forward(struct twin_link_dev *ld, struct sk_buff *skb,
		     const struct twin_wire_ipv4 *ip);

/* ip_reassembly.c: returns the whole datagram, or NULL while parts miss */
int twin_reasm_init(void);
void twin_reasm_exit(void);
int twin_reasm_net_init(struct twin_net *tn);
void twin_reasm_net_exit(struct twin_net *tn);
struct sk_buff *twin_reasm_add(struct twin_net *tn, struct sk_buff *skb,
			       const struct twin_wire_ipv4 *ip);

/* ip_options.c: record route, timestamp; source routes are refused */
bool twin_ip_options_input(struct twin_net *tn, struct sk_buff *skb);
bool twin_ip_options_forward(struct twin_net *tn, struct sk_buff *skb,
			     __be32 own);
unsigned int twin_ip_options_echo(const struct sk_buff *skb, u8 *options);
int twin_ip_options_check(u8 *options, unsigned int bytes, bool privileged);
void twin_ip_options_stamp_own(u8 *options, unsigned int bytes, __be32 own);
u32 twin_ip_midnight_ms(void);

#endif
