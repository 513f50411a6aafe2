/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IGMP, the host's side (RFC 3376, with 2236 and 1112 where routers are older).
 *
 * Job: knows for each device which groups and sources its sockets together
 *	want (RFC 3376 section 3.2), tells multicast routers of it when it changes
 *	and when they ask, and has the device take the groups' frames.
 * Callers: multicast.c (memberships of sockets), ip_input.c (is a group
 *	wanted?), main.c (IGMP messages, devices).
 * Callees: link/, twin_ip_output().
 * Locks: memberships change under RTNL; what timers and queries change is under
 *	the device's own spinlock, inside which nothing is sent; groups are
 *	looked up under RCU.
 */
#ifndef TWIN_IGMP_H
#define TWIN_IGMP_H

#include <linux/timer.h>
#include "ip.h"

#define TWIN_IGMP_BUCKETS	256
/* Sources of a device's filter; more are not told apart, but all taken. */
#define TWIN_IGMP_SOURCES_MAX	512
/*
 * Sources of all sockets in a group that are merged, under RTNL, whenever one of
 * them changes its own; beyond that all are taken, too.
 */
#define TWIN_IGMP_MERGE_MAX	16384
/* Sources that routers have asked for; beyond that the whole state is told. */
#define TWIN_IGMP_ASKED_MAX	32
/* Groups without members that routers are still being told of. */
#define TWIN_IGMP_LEAVING_MAX	64

/*
 * struct twin_source_list - a filter mode and its sources
 * @include: only these sources are wanted, else all but these
 * @count: how many
 * @sources: ascending as numbers in memory, none twice
 *
 * Immutable once published; replaced as a whole and freed after a grace period.
 */
struct twin_source_list {
	struct rcu_head rcu;
	bool include;
	unsigned int count;
	__be32 sources[] __counted_by(count);
};

/*
 * struct twin_igmp_change - a source that routers are still to be told of
 * @source: its address
 * @left: reports that it is to be in
 */
struct twin_igmp_change {
	__be32 source;
	u8 left;
};

/*
 * struct twin_igmp_group - one group on one device
 *
 * Letters: R changes under RTNL; r read under RCU; l the device's lock;
 * I immutable.
 * Lifetime: from the first member to the last, and on in twin_igmp_if.leaving
 * until routers have been told; freed after a grace period.
 */
struct twin_igmp_group {
	struct hlist_node hash;		/* [R r] in twin_igmp_net.groups */
	struct list_head list;		/* [l] in igif->groups or ->leaving */
	struct twin_igmp_if *igif;	/* [I] */
	__be32 group;			/* [I] */
	struct list_head members;	/* [R] of struct twin_group */
	struct twin_source_list __rcu *filter;	/* [R+l r] all members' together */
	u8 mode_left;			/* [l] reports of the whole state to send */
	unsigned int change_count;	/* [l] */
	struct twin_igmp_change *changes;	/* [l] */
	bool reply_due;			/* [l] a router has asked */
	unsigned long reply_jiffies;	/* [l] when to answer */
	unsigned int asked_count;	/* [l] 0: for everything */
	__be32 asked[TWIN_IGMP_ASKED_MAX];	/* [l] */
	struct rcu_head rcu;
};

/*
 * struct twin_igmp_if - IGMP on one device
 *
 * Lifetime: while Twin is attached to the device or a socket is in a group on
 * it; memberships outlive both the device's going down and Twin's addresses.
 */
struct twin_igmp_if {
	struct list_head list;		/* [R r] in twin_igmp_net.ifs */
	struct twin_net *tn;		/* [I] */
	int ifindex;			/* [I] */
	struct net_device *dev;		/* [R] NULL while Twin is not on it; takes
					 * the frames of all groups until then
					 */
	spinlock_t lock;		/* l */
	struct list_head groups;	/* [R+l] with members */
	struct list_head leaving;	/* [l] without, routers are told */
	unsigned int leaving_count;	/* [l] */
	bool dead;			/* [l] no timer any more */
	u8 robustness;			/* [l] 0: net.twin.igmp_qrv */
	u32 interval_s;			/* [l] the querier's, 0: not known */
	unsigned long v1_jiffies;	/* [l] a version 1 querier until then */
	unsigned long v2_jiffies;	/* [l] */
	bool v1_present;		/* [l] */
	bool v2_present;		/* [l] */
	bool general_due;		/* [l] answer to a general query */
	unsigned long general_jiffies;	/* [l] */
	bool change_due;		/* [l] repeat what has changed */
	unsigned long change_jiffies;	/* [l] */
	struct timer_list timer;
	struct rcu_head rcu;
};

/*
 * struct twin_igmp_net - IGMP in one namespace
 */
struct twin_igmp_net {
	struct list_head ifs;		/* [R r] */
	struct hlist_head groups[TWIN_IGMP_BUCKETS];	/* [R r] */
};

/* igmp.c: devices and groups */
int twin_igmp_net_init(struct twin_net *tn);
void twin_igmp_net_exit(struct twin_net *tn);
void twin_igmp_event(struct twin_net *tn, enum twin_event event, void *arg);
struct twin_igmp_group *twin_igmp_join(struct twin_net *tn, int ifindex,
				       __be32 group);
void twin_igmp_refresh(struct twin_igmp_group *at);
bool twin_igmp_wants(const struct twin_net *tn, __be32 group, __be32 saddr,
		     int ifindex);
struct twin_igmp_group *twin_igmp_find(const struct twin_net *tn, __be32 group,
				       int ifindex);
struct twin_igmp_if *twin_igmp_if_find(const struct twin_net *tn, int ifindex);

/* igmp_sources.c: lists of sources */
struct twin_source_list *twin_source_list_make(bool include,
					       const __be32 *sources,
					       unsigned int count);
struct twin_source_list *twin_source_list_edit(const struct twin_source_list *old,
					       __be32 source, bool add);
struct twin_source_list *twin_source_list_merge(struct twin_igmp_group *at);
bool twin_source_list_has(const struct twin_source_list *list, __be32 source);
bool twin_source_list_passes(const struct twin_source_list *list,
			     __be32 source);

/* igmp_report.c: what routers are told */
void twin_igmp_changed(struct twin_igmp_group *at,
		       const struct twin_source_list *old);
void twin_igmp_resume(struct twin_igmp_if *igif);
void twin_igmp_timer(struct timer_list *timer);
int twin_igmp_version(struct twin_igmp_if *igif);
void twin_igmp_arm(struct twin_igmp_if *igif);
void twin_igmp_forget_leaving(struct twin_igmp_if *igif, unsigned int most);
unsigned int twin_igmp_robustness(const struct twin_igmp_if *igif);

/* igmp_input.c: queries, and other hosts' reports */
void twin_igmp_input(struct twin_net *tn, struct sk_buff *skb);

#endif
