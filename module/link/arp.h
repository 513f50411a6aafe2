/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ARP: the neighbour cache and RFC 826's exchange (RFC 1122 2.3.2, RFC 5227).
 *
 * Job: knows the link address of each next hop, asks for it, keeps datagrams
 *	waiting meanwhile, ages and checks what it knows.
 * Callers: ip/ (output), main.c's ethertype switch (input), control/.
 * Callees: link_output.c; up through twin_l3_undeliverable().
 * Locks: the table's spinlock (adding and removing), inside it an entry's own
 *	spinlock (its state), and inside that the seqlock of its finished
 *	header; the table is read under RCU.  Nothing is sent and no other room
 *	is called with any of them held.  Timers run in softirq.
 */
#ifndef TWIN_ARP_H
#define TWIN_ARP_H

#include <linux/neighbour.h>
#include <linux/rhashtable.h>
#include <linux/seqlock.h>
#include <linux/workqueue.h>
#include "link.h"

#define TWIN_ARP_DEFEND_INTERVAL	(10 * HZ)	/* RFC 5227 section 1.1 */

/* Link header kept ready in an entry: Ethernet, with room for alignment. */
#define TWIN_ARP_HEADER_BYTES	16

/* States with a link address that may be used (NUD_* numbers). */
#define TWIN_ARP_VALID	(NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | \
			 NUD_PROBE | NUD_STALE | NUD_DELAY)
/* ... and without a second look. */
#define TWIN_ARP_CONNECTED	(NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE)

/* States that only a user sets. */
#define TWIN_ARP_FIXED	(NUD_PERMANENT | NUD_NOARP)

/*
 * struct twin_arp_key - what an entry is found by
 */
struct twin_arp_key {
	__be32 addr;
	int ifindex;
};

/*
 * struct twin_arp_entry - one neighbour
 *
 * Letters: t the table's lock; e the entry's lock; r read under RCU;
 * I immutable; w written under e, read with READ_ONCE by anybody; o written and
 * read with _ONCE by anybody.
 * Lifetime: one reference for the table, one for the pending timer, one for
 * whoever called twin_arp_get().  Paths cached in sockets hold none: they are
 * dropped by path_generation before the memory goes (RCU).
 */
struct twin_arp_entry {
	struct rhash_head node;		/* [t r] */
	struct twin_arp_key key;	/* [I] */
	struct twin_link_dev *ld;	/* [I] valid until the entry is dead */
	struct list_head list;		/* [t r] every entry, oldest first */
	struct twin_arp_entry *retired;	/* next of those removed together */
	refcount_t refs;
	spinlock_t lock;		/* e */
	u8 state;			/* [w] NUD_ */
	bool dead;			/* [t e] out of the table, for good */
	bool gateway;			/* [o] paths lead through it to others */
	u8 header_bytes;		/* [w] 0: no finished header */
	u16 probes;			/* [e] sent in this state: may be two limits' sum */
	u8 ha[ETH_ALEN];		/* [e] link address, if VALID */
	u8 header[TWIN_ARP_HEADER_BYTES] __aligned(8);	/* [e + seq] */
	seqlock_t header_seq;
	unsigned long confirmed_jiffies;	/* [o] last proof that it is there */
	unsigned long used_jiffies;		/* [o] last datagram to it */
	unsigned long updated_jiffies;		/* [w] link address last changed */
	unsigned long entered_jiffies;		/* [w] when it came to this state */
	unsigned long reachable_jiffies;	/* [e] randomized life of REACHABLE */
	struct sk_buff_head queue;	/* [e] datagrams waiting */
	unsigned int queue_bytes;	/* [e] truesize of them */
	struct timer_list timer;
	struct rcu_head rcu;
};

/*
 * struct twin_arp_net - the neighbour table of a namespace
 * @tn: namespace
 * @table: entries by struct twin_arp_key
 * @lock: t: guards additions, removals, @entries and @count; taken before RCU
 *	readers can see a change
 * @entries: every entry, oldest first
 * @count: entries in the table
 * @permanent: those of them that nothing but control removes
 * @barren_jiffies: t: when the full table last had nothing to give up
 * @collector: looks for entries that nobody needs
 */
struct twin_arp_net {
	struct twin_net *tn;
	struct rhashtable table;
	spinlock_t lock;		/* t */
	struct list_head entries;
	unsigned int count;
	atomic_t permanent;
	unsigned long barren_jiffies;
	struct delayed_work collector;
};

/*
 * struct twin_arp_view - what control/ and inspect/ show of an entry
 * @addr: neighbour's address
 * @ifindex: device
 * @state: NUD_
 * @probes: requests sent in this state
 * @refs: references held to it
 * @has_ha: @ha is known
 * @ha: link address
 * @confirmed_jiffies: age in jiffies of the last proof that it is there
 * @used_jiffies: age of the last datagram to it
 * @updated_jiffies: age of its link address
 */
struct twin_arp_view {
	__be32 addr;
	int ifindex;
	u8 state;
	u16 probes;
	unsigned int refs;
	bool has_ha;
	u8 ha[ETH_ALEN];
	unsigned long confirmed_jiffies;
	unsigned long used_jiffies;
	unsigned long updated_jiffies;
};

/* How twin_arp_update() may overrule what an entry says. */
#define TWIN_ARP_OVERRIDE	BIT(0)	/* another link address is believed */
#define TWIN_ARP_ADMIN		BIT(1)	/* a user asks: any state may change */

/* arp_cache.c: the table */
int twin_arp_init(void);
void twin_arp_exit(void);
int twin_arp_net_init(struct twin_net *tn);
void twin_arp_net_exit(struct twin_net *tn);
struct twin_arp_entry *twin_arp_find(struct twin_net *tn,
				     const struct net_device *dev, __be32 addr);
struct twin_arp_entry *twin_arp_get(struct twin_link_dev *ld, __be32 addr,
				    bool fixed);
void twin_arp_put(struct twin_arp_entry *entry);
void twin_arp_remove(struct twin_arp_entry *entry);
void twin_arp_flush_dev(struct twin_link_dev *ld, bool keep_permanent);
void twin_arp_close_dev(struct twin_link_dev *ld);
void twin_arp_rebuild_dev(struct twin_link_dev *ld);

/* arp_state.c: the only writer of entry->state */
void twin_arp_state_init(struct twin_arp_entry *entry);
int twin_arp_update(struct twin_arp_entry *entry, const u8 *ha, u8 state,
		    unsigned int flags);
void twin_arp_use_unsure(struct twin_arp_entry *entry);
int twin_arp_wait(struct twin_arp_entry *entry, struct sk_buff *skb);
void twin_arp_kill(struct twin_arp_entry *entry);
void twin_arp_purge(struct twin_net *tn, struct twin_arp_entry *entry);

/* arp_header.c: an entry's finished link header */
void twin_arp_header_build(struct twin_arp_entry *entry);
void twin_arp_header_clear(struct twin_arp_entry *entry);
bool twin_arp_header_copy(const struct twin_arp_entry *entry, u8 *header,
			  u8 *header_bytes);

/**
 * twin_arp_use() - a datagram goes to a neighbour
 * @entry: neighbour with a link address
 *
 * Context: Any but hard interrupt, RCU read lock.
 */
static inline void twin_arp_use(struct twin_arp_entry *entry)
{
	unsigned long now = jiffies;

	/* the cache line is shared by all senders: written once a tick */
	if (READ_ONCE(entry->used_jiffies) != now)
		WRITE_ONCE(entry->used_jiffies, now);
	if (unlikely(READ_ONCE(entry->state) == NUD_STALE))
		twin_arp_use_unsure(entry);
}

/**
 * twin_arp_confirm() - a transport has proof that a neighbour forwards to it
 * @entry: neighbour
 *
 * RFC: 1122 section 2.3.2.1
 * Context: Any, RCU read lock.
 */
static inline void twin_arp_confirm(struct twin_arp_entry *entry)
{
	unsigned long now = jiffies;

	if (READ_ONCE(entry->confirmed_jiffies) != now)
		WRITE_ONCE(entry->confirmed_jiffies, now);
}

/* arp_output.c: send a datagram to a neighbour; requests, replies, probes */
int twin_arp_output(struct twin_arp_entry *entry, struct sk_buff *skb);
void twin_arp_solicit(struct twin_arp_entry *entry);
void twin_arp_reply(struct twin_link_dev *ld, __be32 own, const u8 *ha,
		    __be32 addr);
void twin_arp_announce(const struct twin_link_addr *addr);
void twin_arp_probe(const struct twin_link_addr *addr);

/* arp_probe.c: RFC 5227, a new address */
#define TWIN_ARP_PROBE_STRICT	2	/* net.twin.arp_probe: not used before */

struct twin_wire_arp;

void twin_arp_probe_begin(struct twin_link_addr *own);
void twin_arp_probe_choose(struct twin_link_addr *own, bool nodad);
void twin_arp_probe_watch(struct twin_link_dev *ld,
			  const struct twin_wire_arp *arp);
void twin_arp_probe_net_init(struct twin_net *tn);
void twin_arp_probe_net_exit(struct twin_net *tn);

/* arp_input.c: RFC 826 "Packet Reception" */
bool twin_arp_input(struct twin_link_dev *ld, struct sk_buff *skb);

/* arp_control.c: add, replace, delete, walk, look */
int twin_arp_set(struct twin_link_dev *ld, __be32 addr, const u8 *ha, u8 state,
		 unsigned int nlmsg_flags, struct netlink_ext_ack *extack);
int twin_arp_delete(struct twin_link_dev *ld, __be32 addr,
		    struct netlink_ext_ack *extack);
int twin_arp_walk(struct twin_net *tn,
		  int (*show)(struct twin_arp_entry *entry, void *arg),
		  void *arg);
void twin_arp_look(struct twin_arp_entry *entry, struct twin_arp_view *view);

#endif
