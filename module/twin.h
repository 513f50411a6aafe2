/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ground floor: what every room (folder of module/) may see.
 *
 * Job: names the rooms' per-namespace state without its contents, holds the
 *	tunables (struct twin_conf), the clocks and the upcalls.
 * Callers: every room.  Callees: none; of the rooms it includes compat/ only.
 *
 * Rooms call the rooms below them directly.  The few calls that must go up are
 * declared here under "Upcalls" and defined in main.c, which alone knows all
 * rooms.
 *
 * "Statement S9" and the like, in the comments of all rooms, refer to
 * Documentation/statements.md: what a protocol stack does.
 */
#ifndef TWIN_H
#define TWIN_H

#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "compat/compat.h"

struct netlink_ext_ack;
struct twin_arp_net;
struct twin_arp_entry;
struct twin_icmp_error;
struct twin_icmp_net;
struct twin_igmp_net;
struct twin_link_addr;
struct twin_link_dev;
struct twin_link_net;
struct twin_mib;
struct twin_ping_net;
struct twin_reasm_net;
struct twin_route;
struct twin_route_net;
struct twin_tcp_net;
struct twin_udp_net;

/* Family number in use: AF_TWIN or the "family=" module parameter. */
extern int twin_family;

/*
 * struct twin_conf - the tunables of one namespace (sysctl net.twin.*)
 *
 * Written by control/ with WRITE_ONCE, read anywhere with READ_ONCE.  Names and
 * units are those of the net.ipv4 sysctl of the same name unless said here.
 */
struct twin_conf {
	/* IP */
	int ip_default_ttl;
	int ip_forward;
	int ip_no_pmtu_disc;
	int ip_nonlocal_bind;
	int ip_unprivileged_port_start;
	int ip_local_port_range[2];	/* first and last, host order */
	int ipfrag_high_thresh_bytes;	/* memory bound of reassembly */
	int ipfrag_time_seconds;
	int ipfrag_max_dist;		/* reassemblies of one peer at a time */
	int ping_group_range[2];	/* gids, first and last; 1 0 = none */
	int icmp_echo_ignore_all;
	int icmp_echo_ignore_broadcasts;
	int icmp_ratelimit_ms;		/* per peer, between two errors */
	int icmp_msgs_per_sec;		/* all peers together */
	int icmp_msgs_burst;
	int accept_redirects;
	int send_redirects;		/* where ip_forward is on */
	/* multicast */
	int igmp_max_memberships;	/* groups of one socket */
	int igmp_max_msf;		/* sources of one membership */
	int igmp_qrv;			/* robustness, unless a querier says */
	int force_igmp_version;		/* 0: the routers' */
	/* all sockets */
	int record;			/* new ones have a recorder */
	/* ARP */
	int arp_base_reachable_time_ms;
	int arp_retrans_time_ms;
	int arp_delay_first_probe_time_ms;
	int arp_ucast_solicit;
	int arp_mcast_solicit;
	int arp_mcast_resolicit;	/* after arp_ucast_solicit, all hosts */
	int arp_probe;			/* of new addresses: see arp_probe.c */
	int arp_gc_stale_time_seconds;
	int arp_gc_thresh;		/* most entries in the table */
	int arp_unres_qlen_bytes;
	/* UDP */
	int udp_rmem_min_bytes;
	int udp_wmem_min_bytes;
	/* TCP */
	int tcp_rmem[3];		/* bytes: least, first, most */
	int tcp_wmem[3];
	int tcp_syn_retries;
	int tcp_synack_retries;
	int tcp_retries1;
	int tcp_retries2;
	int tcp_orphan_retries;
	int tcp_max_orphans;
	int tcp_max_syn_backlog;
	int tcp_max_tw_buckets;
	int tcp_tw_reuse;
	int tcp_fin_timeout_seconds;
	int tcp_keepalive_time_seconds;
	int tcp_keepalive_probes;
	int tcp_keepalive_intvl_seconds;
	int tcp_timestamps;
	int tcp_window_scaling;
	int tcp_sack;
	int tcp_dsack;
	int tcp_ecn;
	int tcp_syncookies;
	int tcp_fastopen;
	int tcp_fastopen_blackhole_seconds;
	int tcp_abort_on_overflow;
	int tcp_rfc1337;
	int tcp_challenge_ack_limit;
	int tcp_invalid_ratelimit_ms;
	int tcp_slow_start_after_idle;
	int tcp_no_metrics_save;
	int tcp_moderate_rcvbuf;
	int tcp_adv_win_scale;
	int tcp_base_mss;
	int tcp_min_snd_mss;
	int tcp_mtu_probing;
	int tcp_frto;
	int tcp_recovery;
	int tcp_early_retrans;
	int tcp_max_reordering;
	int tcp_reordering;
	int tcp_limit_output_bytes;
	int tcp_notsent_lowat_bytes;
	int tcp_autocorking;
	int tcp_pacing_ss_ratio;
	int tcp_pacing_ca_ratio;
	int tcp_min_rtt_wlen_seconds;
	int tcp_comp_sack_delay_ns;
	int tcp_comp_sack_slack_ns;
	int tcp_comp_sack_nr;
	int tcp_handover;
	int tcp_somaxconn;
	char tcp_congestion_control[16];
};

/*
 * struct twin_net - Twin's state in one network namespace
 * @net: the namespace; it owns this struct and outlives every user of it
 * @path_generation: raised whenever a route, an address, a device or a
 *	neighbour's link address changes; a cached path with another number is
 *	stale (see struct twin_path in ip/ip.h).  64 bits, so that it never
 *	wraps, however often a neighbour causes it to be raised
 * @config_generation: raised whenever an address or a route comes or goes, for
 *	lists that are read in pieces; RTNL
 * @mib: per-CPU counters (inspect/mib.h)
 * @conf: tunables
 *
 * The room pointers are set by each room's _net_init() before any packet or
 * socket can reach it and are valid until its _net_exit().
 */
struct twin_net {
	struct net *net;
	atomic64_t path_generation;
	u32 config_generation;
	atomic_t moves_begun;		/* sockets that get a peer, or lose it, */
	atomic_t moves_ended;		/* and are found in another place then */
	struct twin_mib __percpu *mib;
	struct twin_conf conf;

	struct twin_link_net *link;
	struct twin_arp_net *arp;
	struct twin_route_net *route;
	struct twin_reasm_net *reasm;
	struct twin_icmp_net *icmp;
	struct twin_igmp_net *igmp;
	struct twin_ping_net *ping;
	struct twin_udp_net *udp;
	struct twin_tcp_net *tcp;

	struct ctl_table_header *sysctl_header;
	struct ctl_table *sysctl_table;
	struct proc_dir_entry *proc_dir;
};

extern unsigned int twin_net_id;

/**
 * twin_pernet() - Twin's state of a namespace
 * @net: namespace, alive
 *
 * Context: Any.
 * Return: its struct twin_net, never NULL while the module is loaded.
 */
static inline struct twin_net *twin_pernet(const struct net *net)
{
	return net_generic(net, twin_net_id);
}

/**
 * twin_path_invalidate() - make every cached path of a namespace stale
 * @tn: namespace
 *
 * To be called after the change is visible to readers and before the memory it
 * retired is freed after a grace period.
 *
 * Context: Any.
 */
static inline void twin_path_invalidate(struct twin_net *tn)
{
	/* the change itself must be visible before the new generation is */
	smp_mb__before_atomic();
	atomic64_inc(&tn->path_generation);
}

/**
 * twin_clock_us() - monotonic time in microseconds
 *
 * Context: Any.
 * Return: microseconds since boot.
 */
static inline u64 twin_clock_us(void)
{
	return div_u64(ktime_get_ns(), NSEC_PER_USEC);
}

/**
 * twin_hash_place() - the hash of an address and a number beside it
 * @addr: address or prefix
 * @number: device or prefix length
 * @seed: random, and known to nobody else
 *
 * Multiplication by a secret, of which the middle bits are taken: without the
 * secret nobody can construct collisions.  It costs a fifth of jhash.
 *
 * Context: Any.
 * Return: the hash, all of its bits as good as another.
 */
static inline u32 twin_hash_place(__be32 addr, u32 number, u32 seed)
{
	u64 key = (u64)number << 32 | (__force u32)addr;

	return (key * (seed * GOLDEN_RATIO_64 | 1)) >> 32;
}

/*
 * enum twin_event - what happened below that rooms above must hear of
 * @TWIN_EVENT_ADDR_NEW: an address of Twin's was added (arg: twin_link_addr)
 * @TWIN_EVENT_ADDR_DEL: it was removed; still readable under RCU
 * @TWIN_EVENT_ADDR_TENTATIVE: one was added that is not used yet
 * @TWIN_EVENT_ADDR_CONFLICT: another host uses it (any context)
 * @TWIN_EVENT_ROUTE_NEW: a route was added (arg: twin_route)
 * @TWIN_EVENT_ROUTE_REPLACED: one took the place of another
 * @TWIN_EVENT_ROUTE_DEL: it was removed
 * @TWIN_EVENT_NEIGH: a neighbour changed state (arg: twin_arp_entry)
 * @TWIN_EVENT_NEIGH_DEL: it was removed
 * @TWIN_EVENT_LINK_UP: carrier or IFF_UP came (arg: twin_link_dev)
 * @TWIN_EVENT_LINK_DOWN: went; routes over it are not used until it is back
 * @TWIN_EVENT_LINK_CHANGE: MTU or link address changed
 * @TWIN_EVENT_LINK_GONE: the device is leaving; drop every pointer to it
 */
enum twin_event {
	TWIN_EVENT_ADDR_NEW,
	TWIN_EVENT_ADDR_DEL,
	TWIN_EVENT_ADDR_TENTATIVE,
	TWIN_EVENT_ADDR_CONFLICT,
	TWIN_EVENT_ROUTE_NEW,
	TWIN_EVENT_ROUTE_REPLACED,
	TWIN_EVENT_ROUTE_DEL,
	TWIN_EVENT_NEIGH,
	TWIN_EVENT_NEIGH_DEL,
	TWIN_EVENT_LINK_UP,
	TWIN_EVENT_LINK_DOWN,
	TWIN_EVENT_LINK_CHANGE,
	TWIN_EVENT_LINK_GONE,
};

/* Upcalls: defined, and described, in main.c, the only file that knows every room. */
bool twin_l3_deliver(struct twin_link_dev *ld, struct sk_buff *skb, bool own);
void twin_l3_loopback(struct twin_net *tn, struct sk_buff *skb);
void twin_l3_undeliverable(struct twin_net *tn, struct sk_buff *skb,
			   int ifindex);
void twin_l4_deliver(struct twin_net *tn, struct sk_buff *skb, u8 protocol);
void twin_l4_error(const struct twin_icmp_error *error);
void twin_event(struct twin_net *tn, enum twin_event event, void *arg);

#endif
