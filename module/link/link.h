/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The link room: devices, frames and the addresses that sit on devices.
 *
 * Job: attaches Twin to a net_device while it has an address of Twin's, takes
 *	in the frames that are for Twin and leaves all others to the kernel,
 *	puts the link header in front of datagrams and hands them to the
 *	device's queue; resolves next hops with ARP (arp.h).
 * Callers: ip/ (output), the device (input), control/ (addresses).
 * Callees: the kernel's device layer; up through twin_l3_deliver().
 * Locks: devices and addresses change under RTNL and are read under RCU.
 *
 * Two kinds of device: Ethernet-like ones, whose frames have a 14-byte header,
 * and those without any header (tun, PPP), where datagrams go out as they are.
 */
#ifndef TWIN_LINK_H
#define TWIN_LINK_H

#include <linux/hash.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/page_ref.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/rtnetlink.h>
#include <linux/workqueue.h>
#include "../twin.h"

#define TWIN_LINK_ADDR_BUCKETS	256

/* How frames come in: rx_handler, or netfilter ingress where that is taken. */
enum twin_link_hook {
	TWIN_LINK_HOOK_RX_HANDLER,
	TWIN_LINK_HOOK_INGRESS,
};

/*
 * struct twin_link_dev - a device that Twin is attached to
 *
 * Letters: R changes under RTNL; r read under RCU; I immutable.
 * Lifetime: from the first Twin address on the device to the last (or to
 * NETDEV_UNREGISTER, which also says that it moves to another namespace).
 * Readers hold the RCU read lock or RTNL; nobody keeps a reference.  Memory is
 * freed after a grace period; cached pointers are dropped by path_generation.
 */
struct twin_link_dev {
	struct list_head list;		/* [R r] in twin_link_net.devices */
	struct list_head all;		/* [R] devices of every namespace */
	struct net_device *dev;		/* [I] */
	netdevice_tracker tracker;
	struct twin_net *tn;		/* [I] */
	u64 serial;			/* [I] not 0; no other ever has the same */
	struct list_head addrs;		/* [R r] of twin_link_addr, oldest first */
	enum twin_link_hook hook;	/* [I] */
	bool uses_arp;			/* [R r] Ethernet-like, not IFF_NOARP */
	bool up;			/* [R r] IFF_UP and carrier */
	u8 conflicts;			/* [R] lost addresses, up to a limit */
	unsigned int tentative;		/* [R r] such addresses */
	bool gone;			/* [R, twin_arp_net.lock] no new entries */
	struct nf_hook_ops ingress;	/* [I] for TWIN_LINK_HOOK_INGRESS */
	struct rcu_head rcu;
};

/*
 * enum twin_addr_state - may an address be used?
 * @TWIN_ADDR_USED: yes
 * @TWIN_ADDR_TENTATIVE: not before it is known that nobody else has it
 * @TWIN_ADDR_DUPLICATE: somebody else had it when it was new
 */
enum twin_addr_state {
	TWIN_ADDR_USED,
	TWIN_ADDR_TENTATIVE,
	TWIN_ADDR_DUPLICATE,
};

/*
 * struct twin_link_addr - one address of Twin's
 *
 * Only one that is used is found by its value and has a route; see arp_probe.c.
 *
 * Lifetime: from "twin addr add" to "del" or the end of its device; freed
 * after a grace period.  127.0.0.0/8 needs no entry: it is local everywhere.
 */
struct twin_link_addr {
	struct hlist_node hash;		/* [R r] in twin_link_net.addrs */
	struct list_head list;		/* [R r] in ld->addrs */
	struct twin_link_dev *ld;	/* [I] */
	__be32 local;			/* [I] */
	__be32 mask;			/* [I] */
	__be32 broadcast;		/* [I] subnet broadcast, 0 for /31, /32 */
	u8 prefix_len;			/* [I] 0..32 */
	u8 scope;			/* [I] RT_SCOPE_ */
	u8 state;			/* [R r] enum twin_addr_state */
	bool nodad;			/* [I] its user wants no probes */
	bool contested;			/* while tentative: another host has it */
	bool step_planned;		/* [R] something is left to be sent */
	u8 probes_left;			/* [R] */
	u8 announces_left;		/* [R] */
	unsigned long step_jiffies;	/* [R] when */
	unsigned long created_jiffies;	/* [I] */
	unsigned long defended_jiffies;	/* last defence against a conflict */
	struct rcu_head rcu;
};

struct twin_link_net {
	struct twin_net *tn;
	struct list_head devices;	/* [R r] of twin_link_dev */
	struct hlist_head addrs[TWIN_LINK_ADDR_BUCKETS];	/* [R r] by local */
	struct delayed_work probing;	/* arp_probe.c */
	struct twin_link_kernel __rcu *kernel;	/* [R r] link_kernel.c */
	struct rhltable locals;		/* [R r] of twin_link_local */
	u64 local_lengths;		/* [R r] bit n: some are of length n */
	u64 broadcast_lengths;		/* [R r] the same of broadcasts */
	unsigned int local_counts[2][33];	/* [R] how many are, of each */
};

struct twin_link_local_key {
	__be32 prefix;
	u32 prefix_len;
	int ifindex;			/* of broadcasts, else 0 */
};

/*
 * struct twin_link_local - all addresses of a prefix mean this host, or all
 *	hosts of a link
 *
 * Part of a route of type RTN_LOCAL or RTN_BROADCAST, which is its memory.
 * Such an address is a source only if bind() or IP_PKTINFO asks for it.
 */
struct twin_link_local {
	struct rhlist_head node;	/* [R r] in twin_link_net.locals */
	struct twin_link_local_key key;	/* [I] */
};

/*
 * struct twin_link_addr_config - an address as user space asks for it
 * @local: address
 * @broadcast: subnet broadcast, or 0 for the usual one
 * @prefix_len: bits of it that name the subnet, 0..32
 * @scope: RT_SCOPE_
 * @nodad: use it at once and without probes (IFA_F_NODAD)
 */
struct twin_link_addr_config {
	__be32 local;
	__be32 broadcast;
	u8 prefix_len;
	u8 scope;
	bool nodad;
};

/* link_dev.c: attach, detach, device events */
int twin_link_init(void);
void twin_link_exit(void);
int twin_link_net_init(struct twin_net *tn);
void twin_link_net_exit(struct twin_net *tn);
void twin_link_net_detach_all(struct twin_net *tn);
struct twin_link_dev *twin_link_find(const struct twin_net *tn, int ifindex);
struct twin_link_dev *twin_link_attach(struct twin_net *tn,
				       struct net_device *dev,
				       struct netlink_ext_ack *extack);
void twin_link_detach(struct twin_link_dev *ld);
bool twin_link_owns_ha(const struct twin_net *tn, const u8 *ha);

/* link_addr.c: the addresses and "is this ours?" */
int twin_link_addr_add(struct twin_net *tn, struct net_device *dev,
		       const struct twin_link_addr_config *config,
		       struct netlink_ext_ack *extack);
void twin_link_addr_begin(struct twin_link_addr *own);
int twin_link_addr_del(struct twin_net *tn, struct net_device *dev,
		       __be32 local, u8 prefix_len,
		       struct netlink_ext_ack *extack);
void twin_link_addr_flush(struct twin_link_dev *ld);
int twin_link_addr_compare(const void *left, const void *right);
bool twin_link_addr_is_broadcast(const struct twin_link_dev *ld, __be32 addr);
__be32 twin_link_addr_select(const struct twin_link_dev *ld, __be32 daddr);

static inline struct hlist_head *
twin_link_addr_bucket(const struct twin_net *tn, __be32 addr)
{
	return &tn->link->addrs[hash_32((__force u32)addr,
					ilog2(TWIN_LINK_ADDR_BUCKETS))];
}

/**
 * twin_link_addr_find() - one of Twin's addresses
 * @tn: namespace
 * @addr: address
 *
 * Context: RCU read lock or RTNL, which also bounds the use of the result.
 * Return: it, on whichever device, or NULL.  127.0.0.0/8 is never found.
 */
static inline struct twin_link_addr *
twin_link_addr_find(const struct twin_net *tn, __be32 addr)
{
	struct twin_link_addr *own;

	hlist_for_each_entry_rcu(own, twin_link_addr_bucket(tn, addr), hash,
				 lockdep_rtnl_is_held())
		if (own->local == addr)
			return own;
	return NULL;
}

/* link_local.c: prefixes that a route calls this host's */
int twin_link_local_net_init(struct twin_link_net *ln);
void twin_link_local_net_exit(struct twin_link_net *ln);
int twin_link_local_add(struct twin_net *tn, struct twin_link_local *local);
void twin_link_local_del(struct twin_net *tn, struct twin_link_local *local);
bool twin_link_local_search(struct twin_link_net *ln, u64 lengths, __be32 addr,
			    int ifindex);

/**
 * twin_link_local_has() - does a route say that an address means this host?
 * @tn: namespace
 * @addr: address
 *
 * Context: RCU read lock or RTNL.
 * Return: true if so.
 */
static inline bool twin_link_local_has(const struct twin_net *tn, __be32 addr)
{
	u64 lengths = READ_ONCE(tn->link->local_lengths);

	return unlikely(lengths) &&
	       twin_link_local_search(tn->link, lengths, addr, 0);
}

/**
 * twin_link_addr_is_local() - does an address mean this host?
 * @tn: namespace
 * @addr: address
 *
 * RFC: 1122 section 3.2.1.3 (g)
 * Context: RCU read lock or RTNL.
 * Return: true for every address of Twin's, for 127.0.0.0/8 and for prefixes
 * that a route calls local.
 */
static inline bool twin_link_addr_is_local(const struct twin_net *tn,
					   __be32 addr)
{
	return ipv4_is_loopback(addr) || twin_link_addr_find(tn, addr) ||
	       twin_link_local_has(tn, addr);
}

/**
 * twin_link_local_is_broadcast() - does a route say that an address means all
 *	hosts of a link?
 * @ld: device
 * @addr: address
 *
 * Context: RCU read lock or RTNL.
 * Return: true if so.
 */
static inline bool
twin_link_local_is_broadcast(const struct twin_link_dev *ld, __be32 addr)
{
	u64 lengths = READ_ONCE(ld->tn->link->broadcast_lengths);

	return unlikely(lengths) &&
	       twin_link_local_search(ld->tn->link, lengths, addr,
				      ld->dev->ifindex);
}

/* link_kernel.c: the addresses of the kernel's own stack */
int twin_link_kernel_init(void);
void twin_link_kernel_exit(void);
void twin_link_kernel_net_exit(struct twin_net *tn);
void twin_link_kernel_refresh(struct twin_net *tn);
bool twin_link_kernel_has(const struct twin_net *tn, __be32 addr);

/**
 * twin_link_local_takes() - is what comes for an address Twin's by such a route?
 * @tn: namespace
 * @addr: address, none that Twin has
 *
 * An address that the kernel has on a device stays the kernel's, however wide the
 * prefix.
 *
 * Context: RCU read lock.
 * Return: true if so.
 */
static inline bool twin_link_local_takes(const struct twin_net *tn, __be32 addr)
{
	return twin_link_local_has(tn, addr) && !twin_link_kernel_has(tn, addr);
}

/* link_input.c: frames in */
rx_handler_result_t twin_link_rx_handler(struct sk_buff **pskb);
unsigned int twin_link_ingress(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state);

/* link_output.c: frames out */
bool twin_link_has_header(const struct net_device *dev);
int twin_link_output(struct sk_buff *skb, struct net_device *dev,
		     const u8 *header, unsigned int header_bytes);
int twin_link_output_to(struct sk_buff *skb, struct net_device *dev,
			u16 ethertype, const u8 *destination);

/**
 * twin_link_bh_begin() - what follows is for bottom halves off
 *
 * They are already where packets come in; to see that costs a quarter of switching
 * them.
 *
 * Context: Process or softirq.
 * Return: for twin_link_bh_end().
 */
static inline bool twin_link_bh_begin(void)
{
	if (in_softirq())
		return false;
	local_bh_disable();
	return true;
}

/**
 * twin_link_bh_end() - bottom halves as they were before twin_link_bh_begin()
 * @begun: what that returned
 *
 * Context: Process or softirq.
 */
static inline void twin_link_bh_end(bool begun)
{
	if (begun)
		local_bh_enable();
}

/* link_memory.c: skbs that cost little */
struct sk_buff *twin_link_skb_alloc(unsigned int headroom, unsigned int bytes);
void twin_link_skb_free(struct sk_buff *skb);
struct sk_buff *twin_link_fclone_alloc(unsigned int headroom, gfp_t gfp);
void twin_link_fclone_free(struct sk_buff *skb);
int twin_link_memory_init(void);
void twin_link_memory_exit(void);

/* link_pages.c: page fragments that are used again */
int twin_link_pages_init(void);
void twin_link_pages_exit(void);
bool twin_link_pages_renew(struct sock *sk, struct page_frag *frag);

/* The least that a fragment must have left, as for sk_page_frag_refill(). */
#define TWIN_LINK_PAGES_LEFT	32

/**
 * twin_link_pages_room() - room in a page fragment
 * @frag: fragment, or none yet
 *
 * Context: Any; @frag is the caller's alone.
 * Return: bytes.
 */
static inline unsigned int twin_link_pages_room(struct page_frag *frag)
{
	if (unlikely(!frag->page))
		return 0;
	/* nobody has any of its data any more: it begins anew */
	if (page_ref_count(frag->page) == 1)
		frag->offset = 0;
	return frag->size - frag->offset;
}

/**
 * twin_link_pages_refill() - a page fragment with room
 * @sk: sending socket
 * @frag: fragment of the process or of the socket
 *
 * Context: Process, socket lock; may wait for memory as @sk's allocations do.
 * Return: false if there is no memory.
 */
static inline bool twin_link_pages_refill(struct sock *sk,
					  struct page_frag *frag)
{
	return likely(twin_link_pages_room(frag) >= TWIN_LINK_PAGES_LEFT) ||
	       twin_link_pages_renew(sk, frag);
}

/* link_loopback.c: datagrams between Twin's own addresses, no device */
int twin_loopback_init(void);
void twin_loopback_exit(void);
void twin_loopback_net_drain(struct twin_net *tn);
int twin_loopback_output(struct twin_net *tn, struct sk_buff *skb);

#endif
