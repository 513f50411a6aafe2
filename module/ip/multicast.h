/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Multicast groups of sockets (RFC 1112, RFC 3376 section 3.1).
 *
 * Job: joins and leaves groups, keeps each socket's source filters, decides
 *	whether a socket gets a datagram sent to a group.
 * Callers: socket/ (options), udp/ (input, close), datagram.c.
 * Callees: igmp.c (what all sockets want together), link/ (devices), ip_route.c.
 * Locks: lists change under RTNL and are read under RCU.
 */
#ifndef TWIN_MULTICAST_H
#define TWIN_MULTICAST_H

#include "igmp.h"
#include "pcb.h"

/*
 * struct twin_group_key - the group that an option names
 * @group: multicast address
 * @local: address of the device, or 0
 * @ifindex: device, or 0
 */
struct twin_group_key {
	__be32 group;
	__be32 local;
	int ifindex;
};

/*
 * struct twin_group - membership of one socket in one group on one device
 *
 * Letters: R changes under RTNL; r read under RCU; I immutable.
 * Lifetime: from join to leave or close; freed after a grace period.  Holds no
 * reference to the device: it is looked up by number when it matters.
 */
struct twin_group {
	struct twin_group __rcu *next;	/* [R r] of the same socket */
	struct list_head member;	/* [R] in at->members */
	struct twin_igmp_group *at;	/* [I] */
	struct twin_source_list __rcu *filter;	/* [R r] never NULL */
	__be32 local;			/* [I] address it was joined by, or 0 */
	bool mode_fixed;		/* [R] it has named sources: one mode */
	struct rcu_head rcu;
};

int twin_multicast_device(struct twin_net *tn,
			  const struct twin_group_key *key);
int twin_multicast_join(struct twin_sock *ts,
			const struct twin_group_key *key);
int twin_multicast_leave(struct twin_sock *ts,
			 const struct twin_group_key *key);
int twin_multicast_source(struct twin_sock *ts,
			  const struct twin_group_key *key, __be32 source,
			  bool include, bool add);
int twin_multicast_set_filter(struct twin_sock *ts,
			      const struct twin_group_key *key,
			      struct twin_source_list *filter);
const struct twin_source_list *
twin_multicast_get_filter(struct twin_sock *ts,
			  const struct twin_group_key *key);
void twin_multicast_leave_all(struct twin_sock *ts);
bool twin_multicast_wants(const struct twin_sock *ts, __be32 group,
			  __be32 saddr, int ifindex);

#endif
