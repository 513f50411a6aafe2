/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Multicast groups of sockets (RFC 1112, host side without IGMP reports).
 *
 * Job: joins and leaves groups, source filters, decides whether a socket gets
 *	a datagram sent to a group, tells the device which frames to take.
 * Callers: socket/ (options), udp/ (input, close).
 * Callees: link/ (devices), ip_route.c.
 * Locks: lists change under RTNL and are read under RCU.
 */
#ifndef TWIN_MULTICAST_H
#define TWIN_MULTICAST_H

#include "pcb.h"

/* Limits of one socket, those of net.ipv4.igmp_max_* */
#define TWIN_GROUP_MAX		20
#define TWIN_GROUP_SOURCES_MAX	10

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

int twin_multicast_device(struct twin_net *tn,
			  const struct twin_group_key *key);
int twin_multicast_join(struct twin_sock *ts, const struct twin_group_key *key,
			bool include);
int twin_multicast_leave(struct twin_sock *ts,
			 const struct twin_group_key *key);
int twin_multicast_source(struct twin_sock *ts,
			  const struct twin_group_key *key, __be32 source,
			  bool include, bool add);
void twin_multicast_leave_all(struct twin_sock *ts);
bool twin_multicast_wants(const struct twin_sock *ts, __be32 group,
			  __be32 saddr, int ifindex);
bool twin_multicast_joined(const struct twin_net *tn, __be32 group,
			   int ifindex);

#endif
