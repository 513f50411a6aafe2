// SPDX-License-Identifier: GPL-2.0
/*
 * What sockets of every transport share: hashing, the cached path, and the
 * rules for addresses and ports (RFC 6056).
 */
#include <linux/jhash.h>
#include <linux/pkt_sched.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/netns/hash.h>
#include <net/sock.h>
#include "pcb.h"

/*
 * For hashes that a peer could make use of: the offsets of ports, and the places
 * of Fast Open cookies.
 */
static siphash_aligned_key_t twin_pcb_key;

/*
 * For the tables in which each packet is looked up: a faster hash, whose key keeps
 * a peer from aiming at a bucket.
 */
static u32 twin_flow_key;

/**
 * twin_pcb_init() - draw the hash key
 *
 * Context: Module load.
 * Return: 0.
 */
int twin_pcb_init(void)
{
	get_random_bytes(&twin_pcb_key, sizeof(twin_pcb_key));
	twin_flow_key = get_random_u32();
	return 0;
}

/**
 * twin_pcb_sock_init() - give a new socket the defaults of its namespace
 * @ts: socket, zeroed behind struct sock
 * @tn: its namespace
 * @protocol: IPPROTO_ number
 *
 * Context: Process; nobody else sees the socket yet.
 */
void twin_pcb_sock_init(struct twin_sock *ts, struct twin_net *tn, u8 protocol)
{
	ts->flow.tn = tn;
	ts->protocol = protocol;
	ts->multicast_ttl = 1;
	ts->pmtu_discover = READ_ONCE(tn->conf.ip_no_pmtu_disc) ?
		IP_PMTUDISC_DONT : IP_PMTUDISC_WANT;
	if (READ_ONCE(tn->conf.record))
		ts->recorder = twin_recorder_new(GFP_KERNEL);
	__set_bit(TWIN_SOCK_MULTICAST_LOOP, &ts->flags);
	__set_bit(TWIN_SOCK_MULTICAST_ALL, &ts->flags);
}

/**
 * twin_pcb_sock_destroy() - free what options have left in a socket
 * @ts: socket that nobody else sees any more
 *
 * Context: Any.
 */
void twin_pcb_sock_destroy(struct twin_sock *ts)
{
	kfree(rcu_dereference_protected(ts->options, true));
	RCU_INIT_POINTER(ts->options, NULL);
}

/**
 * twin_pcb_options_add() - give a datagram the options that were set
 * @set: what IP_OPTIONS set, or NULL
 * @send: what goes down, with its source address; gets the options
 * @room: TWIN_IP_OPTIONS_MAX bytes that last as long as @send: for a copy, since
 *	this host makes its own entry in each datagram
 *
 * RFC: 1122 section 3.2.1.8
 * Context: RCU read lock.
 */
void twin_pcb_options_add(const struct twin_ip_options *set,
			  struct twin_ip_send *send, u8 *room)
{
	if (!set)
		return;
	memcpy(room, set->data, set->bytes);
	twin_ip_options_stamp_own(room, set->bytes, send->saddr);
	send->options = room;
	send->options_bytes = set->bytes;
}

/**
 * twin_flow_hash() - hash of a pair of endpoints
 * @tn: namespace
 * @laddr: local address
 * @lport: local port
 * @raddr: remote address
 * @rport: remote port
 *
 * Context: Any.
 * Return: 32 bits; a table takes the low ones it needs.
 */
u32 twin_flow_hash(const struct twin_net *tn, __be32 laddr, __be16 lport,
		   __be32 raddr, __be16 rport)
{
	u32 ports = (u32)(__force u16)lport << 16 | (__force u16)rport;

	return jhash_3words((__force u32)laddr, (__force u32)raddr, ports,
			    twin_flow_key + net_hash_mix(tn->net));
}

/**
 * twin_pcb_secret_hash() - keyed hash of a few bytes
 * @data: input
 * @bytes: its length
 *
 * Context: Any.
 * Return: 32 bits that a peer cannot predict.
 */
u32 twin_pcb_secret_hash(const void *data, size_t bytes)
{
	return (u32)siphash(data, bytes, &twin_pcb_key);
}

/**
 * twin_pcb_path_renew() - look for a socket's path anew
 * @ts: socket
 * @daddr: destination
 *
 * Context: RCU read lock held, and kept while ts->path is used.  Socket lock
 * held.
 * Return: 0, or the error of twin_path_find().
 */
int twin_pcb_path_renew(struct twin_sock *ts, __be32 daddr)
{
	struct twin_path_key key = {
		.daddr = daddr,
		.saddr = ts->flow.laddr,
		.ifindex = READ_ONCE(ts->sk.sk_bound_dev_if),
	};

	/* IP_FREEBIND, which anybody may set, is for bind() alone */
	if (twin_sock_test(ts, TWIN_SOCK_TRANSPARENT))
		key.flags |= TWIN_PATH_ANY_SOURCE;
	if (sock_flag(&ts->sk, SOCK_LOCALROUTE))
		key.flags |= TWIN_PATH_ONLINK;
	return twin_path_find(ts->flow.tn, &key, &ts->path);
}

/**
 * twin_pcb_addr_is_many() - is an address a group, or all hosts of some link?
 * @tn: namespace
 * @addr: address, none of this host's
 *
 * RFC: 1122 section 3.2.1.3
 * Context: RCU read lock held.
 * Return: true if so.
 */
bool twin_pcb_addr_is_many(const struct twin_net *tn, __be32 addr)
{
	const struct twin_link_dev *ld;

	if (ipv4_is_multicast(addr) || ipv4_is_lbcast(addr))
		return true;
	list_for_each_entry_rcu(ld, &tn->link->devices, list)
		if (twin_link_addr_is_broadcast(ld, addr))
			return true;
	return false;
}

/**
 * twin_pcb_may_bind_addr() - may a socket take this address for its own?
 * @ts: socket
 * @addr: address given to bind()
 *
 * Context: Any.
 * Return: true for "any", own addresses and, but for ping sockets, broadcast and
 * multicast; for every other address where the socket or the namespace says so.
 */
bool twin_pcb_may_bind_addr(const struct twin_sock *ts, __be32 addr)
{
	struct twin_net *tn = ts->flow.tn;
	bool allowed;

	if (!addr)
		return true;
	rcu_read_lock();
	if (twin_link_addr_is_local(tn, addr))
		allowed = true;
	else if (twin_pcb_addr_is_many(tn, addr))
		/* a ping socket, unlike UDP's, cannot be bound to a group */
		allowed = ts->protocol != IPPROTO_ICMP;
	else
		allowed = twin_sock_test(ts, TWIN_SOCK_FREEBIND) ||
			  twin_sock_test(ts, TWIN_SOCK_TRANSPARENT) ||
			  READ_ONCE(tn->conf.ip_nonlocal_bind);
	rcu_read_unlock();
	return allowed;
}

/**
 * twin_pcb_port_privileged() - does a port need a privilege the caller lacks?
 * @ts: socket
 * @port: host order, not 0
 *
 * Context: Process, as the user who binds.
 * Return: true if the port needs CAP_NET_BIND_SERVICE and it is missing.
 */
bool twin_pcb_port_privileged(const struct twin_sock *ts, u16 port)
{
	return port < READ_ONCE(ts->flow.tn->conf.ip_unprivileged_port_start) &&
	       !ns_capable(sock_net(&ts->sk)->user_ns, CAP_NET_BIND_SERVICE);
}

/**
 * twin_pcb_port_range() - ports that the stack may choose from
 * @ts: socket
 * @first: filled in, host order
 * @last: filled in, host order, not below @first
 *
 * Context: Any.
 */
void twin_pcb_port_range(const struct twin_sock *ts, u16 *first, u16 *last)
{
	const struct twin_conf *conf = &ts->flow.tn->conf;
	int low = READ_ONCE(conf->ip_local_port_range[0]);
	int high = READ_ONCE(conf->ip_local_port_range[1]);
	u32 own = READ_ONCE(ts->port_range);
	int own_low = own & 0xffff, own_high = own >> 16;

	/* IP_LOCAL_PORT_RANGE can only narrow the namespace's range */
	if (unlikely(own)) {
		if (own_low >= low && own_low <= high)
			low = own_low;
		if (own_high >= low && own_high <= high)
			high = own_high;
	}
	*first = low;
	*last = max(low, high);
}

/**
 * twin_pcb_tos_priority() - which band of a queueing discipline is meant
 * @tos: type of service
 *
 * RFC: 1349
 * Context: Any.
 * Return: TC_PRIO_ number.
 */
u32 twin_pcb_tos_priority(u8 tos)
{
	static const u8 bands[] = {
		TC_PRIO_BESTEFFORT, TC_PRIO_BULK,
		TC_PRIO_INTERACTIVE, TC_PRIO_INTERACTIVE_BULK,
	};

	return bands[(tos >> 3) & 3];
}

/**
 * twin_pcb_port_offset() - where the search for a free port starts
 * @ts: socket
 * @raddr: remote address
 * @rport: remote port
 *
 * RFC: 6056 section 3.3.3, 3.3.4 (hash of the connection's identifiers)
 * Context: Any.
 * Return: 32 bits that only this host can compute.
 */
u32 twin_pcb_port_offset(const struct twin_sock *ts, __be32 raddr, __be16 rport)
{
	return (u32)siphash_4u32((__force u32)ts->flow.laddr,
				 (__force u32)raddr, (__force u32)rport,
				 net_hash_mix(ts->flow.tn->net), &twin_pcb_key);
}
