// SPDX-License-Identifier: GPL-2.0
/*
 * IP output: the header in front, and off to the neighbour.
 *
 * The way of an established connection is short: the path is known, the header
 * is one store of five words, the finished link header goes to the device.
 */
#include <linux/in.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include "../inspect/drop.h"
#include "../inspect/mib.h"
#include "../inspect/trace.h"
#include "../wire/wire_eth.h"
#include "ip.h"

/* So much memory for each counter, within bounds: few flows share one. */
#define TWIN_IP_ID_MEMORY_SHIFT	16
#define TWIN_IP_ID_LEAST	2048ULL
#define TWIN_IP_ID_MOST		(256ULL << 10)

/*
 * struct twin_ip_id - identifications of some flows
 * @count: the last one given, less what each flow adds
 * @last_jiffies: when
 */
struct twin_ip_id {
	atomic_t count;
	u32 last_jiffies;
};

static struct twin_ip_id *twin_ip_ids;
static u32 twin_ip_id_mask;
static siphash_aligned_key_t twin_ip_id_key;

/**
 * twin_ip_id_init() - make the counters of identifications
 *
 * Context: Module load.
 * Return: 0 or -ENOMEM.
 */
int twin_ip_id_init(void)
{
	u64 bytes = (u64)totalram_pages() << PAGE_SHIFT;
	u32 buckets = clamp(bytes >> TWIN_IP_ID_MEMORY_SHIFT, TWIN_IP_ID_LEAST,
			    TWIN_IP_ID_MOST);

	buckets = roundup_pow_of_two(buckets);
	twin_ip_ids = kvcalloc(buckets, sizeof(*twin_ip_ids), GFP_KERNEL);
	twin_ip_id_mask = buckets - 1;
	return twin_ip_ids ? 0 : -ENOMEM;
}

/**
 * twin_ip_id_exit() - free them
 *
 * Context: Module unload, no namespace is left.
 */
void twin_ip_id_exit(void)
{
	kvfree(twin_ip_ids);
	twin_ip_ids = NULL;
}

/**
 * twin_ip_next_id() - identifications for datagrams that may be cut
 * @tn: namespace
 * @saddr: their source
 * @daddr: their destination
 * @protocol: their protocol
 * @count: how many there will be of a big packet; else 1
 *
 * Counters are shared by a few flows each, so that none repeats soon, and skip
 * ahead by a random part of the time that has passed, so that nobody can count
 * what others send.
 *
 * RFC: 6864 section 4.3, 5.1
 * Context: Any.
 * Return: the first identification in host order; the others follow it.
 */
u16 twin_ip_next_id(struct twin_net *tn, __be32 saddr, __be32 daddr,
		    u8 protocol, u16 count)
{
	u32 then, skip = 0, now = (u32)jiffies;
	struct twin_ip_id *id;
	u64 hash;

	net_get_random_once(&twin_ip_id_key, sizeof(twin_ip_id_key));
	hash = siphash_3u32((__force u32)saddr, (__force u32)daddr,
			    protocol ^ tn->net->ns.inum, &twin_ip_id_key);
	id = &twin_ip_ids[hash & twin_ip_id_mask];
	then = READ_ONCE(id->last_jiffies);
	if (then != now && cmpxchg(&id->last_jiffies, then, now) == then)
		skip = get_random_u32_below(min_t(u32, now - then, 0xffff));
	/* the hash's upper half, since the first skip may be no secret */
	return (u16)((hash >> 32) + atomic_add_return(count + skip, &id->count) -
		     count + 1);
}

static noinline int twin_ip_transmit_rest(struct twin_net *tn,
					  struct sk_buff *skb,
					  const struct twin_path *path)
{
	struct net_device *dev;
	u8 ha[ETH_ALEN];

	if (path->type == TWIN_PATH_LOCAL)
		return twin_loopback_output(tn, skb);
	dev = path->ld->dev;
	if (path->type == TWIN_PATH_BROADCAST)
		return twin_link_output_to(skb, dev, ETH_P_IP, dev->broadcast);
	if (path->type == TWIN_PATH_MULTICAST) {
		twin_wire_eth_group(ha, path->daddr);
		return twin_link_output_to(skb, dev, ETH_P_IP, ha);
	}
	if (path->entry)
		return twin_arp_output(path->entry, skb);
	return twin_link_output(skb, dev, NULL, 0);
}

/*
 * States in which the finished header is good and using it changes nothing:
 * only a stale one has to be told that it is used.
 */
#define TWIN_IP_HEADER_STATES	(TWIN_ARP_CONNECTED | NUD_DELAY | NUD_PROBE)

/**
 * twin_ip_transmit() - hand a finished datagram to where its path leads
 * @tn: namespace
 * @skb: datagram, skb->data at the network header; consumed
 * @path: valid path
 *
 * Context: Any but hard interrupt, under the RCU read lock.
 * Return: 0 or what the link says.
 */
int twin_ip_transmit(struct twin_net *tn, struct sk_buff *skb,
		     const struct twin_path *path)
{
	/* Only a path to a neighbour has a header, and then its entry. */
	if (likely(path->header_bytes) &&
	    likely(READ_ONCE(path->entry->state) & TWIN_IP_HEADER_STATES))
		return twin_link_output(skb, path->ld->dev, path->header,
					path->header_bytes);
	return twin_ip_transmit_rest(tn, skb, path);
}

/*
 * This host's own copy of a broadcast or multicast (RFC 1112 section 7.1, RFC 919
 * section 5).
 * It counts as received on the device that the original leaves by.
 */
static void twin_ip_output_loopback_copy(struct twin_net *tn,
					 const struct sk_buff *skb,
					 const struct twin_path *path)
{
	struct sk_buff *copy = skb_copy(skb, GFP_ATOMIC);

	if (!copy) {
		twin_drop_count(tn, skb, TWIN_DROP_IP_NO_MEMORY);
		return;
	}
	copy->skb_iif = path->ld->dev->ifindex;
	twin_loopback_output(tn, copy);
}

/* What broadcasts and multicasts need besides. */
static noinline void twin_ip_output_to_many(struct sk_buff *skb,
					    const struct twin_ip_send *send)
{
	struct twin_net *tn = send->tn;

	if (send->path->type == TWIN_PATH_BROADCAST)
		TWIN_COUNT(tn, IPEXT_OUT_BCAST_PKTS);
	else
		TWIN_COUNT(tn, IPEXT_OUT_MCAST_PKTS);
	if (send->path->type == TWIN_PATH_BROADCAST || send->loop)
		twin_ip_output_loopback_copy(tn, skb, send->path);
}

/* It is longer than its path allows: cut, or refused before anybody gets it. */
static noinline int twin_ip_output_too_big(struct sk_buff *skb,
					   const struct twin_ip_send *send)
{
	struct twin_net *tn = send->tn;

	if (send->dont_fragment || skb_is_gso(skb) ||
	    skb->len > TWIN_WIRE_IPV4_MAX_DATAGRAM) {
		TWIN_COUNT(tn, IP_FRAG_FAILS);
		twin_drop(tn, skb, TWIN_DROP_IP_TOO_BIG);
		return -EMSGSIZE;
	}
	if (send->path->type >= TWIN_PATH_BROADCAST)
		twin_ip_output_to_many(skb, send);
	return twin_ip_fragment(tn, skb, send->path, send->path->mtu_bytes);
}

/* A big packet that the device cuts is as long as each of its pieces. */
static inline bool twin_ip_output_fits(const struct sk_buff *skb,
				       u32 mtu_bytes)
{
	if (likely(skb->len <= mtu_bytes))
		return true;
	return skb_is_gso(skb) && skb->len <= TWIN_WIRE_IPV4_MAX_DATAGRAM &&
	       skb_gso_validate_network_len(skb, mtu_bytes);
}

static inline u8 twin_ip_output_ttl(const struct twin_ip_send *send)
{
	if (send->ttl)
		return send->ttl;
	if (unlikely(send->path->type == TWIN_PATH_MULTICAST))
		return 1;
	return (u8)READ_ONCE(send->tn->conf.ip_default_ttl);
}

static inline void twin_ip_output_header(struct sk_buff *skb,
					 const struct twin_ip_send *send,
					 unsigned int header_bytes)
{
	struct twin_wire_ipv4 ip = {
		.saddr = send->saddr,
		.daddr = send->daddr,
		.header_bytes = header_bytes,
		.tos = send->tos,
		.id = send->id,
		.ttl = twin_ip_output_ttl(send),
		.protocol = send->protocol,
		.dont_fragment = send->dont_fragment,
	};
	u8 *header;

	skb_reset_transport_header(skb);
	header = __skb_push(skb, header_bytes);
	skb_reset_network_header(skb);
	ip.total_bytes = (u16)skb->len;
	if (unlikely(send->options_bytes))
		memcpy(header + TWIN_WIRE_IPV4_MIN_BYTES, send->options,
		       send->options_bytes);
	twin_wire_ipv4_emit(header, &ip);
}

/**
 * twin_ip_output() - send a datagram
 * @skb: its data, skb->data at the transport header; consumed
 * @send: header fields and path
 *
 * Cuts it into fragments where it is longer than the path allows and may be
 * cut.
 *
 * RFC: 791 section 3.2; 1122 section 3.2.1, 3.3.3
 * Context: Any but hard interrupt, under the RCU read lock that @send->path was
 * validated in.
 * Return: 0; -EMSGSIZE if it must not or cannot be cut, -ENOMEM, or what the
 * link says (-ENOBUFS, -ENETDOWN).
 */
int twin_ip_output(struct sk_buff *skb, const struct twin_ip_send *send)
{
	unsigned int header_bytes = TWIN_WIRE_IPV4_MIN_BYTES +
				    send->options_bytes;
	const struct twin_path *path = send->path;
	struct twin_net *tn = send->tn;

	TWIN_COUNT(tn, IP_OUT_REQUESTS);
	if (unlikely(skb_cow_head(skb, header_bytes))) {
		TWIN_COUNT(tn, IP_OUT_DISCARDS);
		twin_drop(tn, skb, TWIN_DROP_IP_NO_MEMORY);
		return -ENOMEM;
	}
	twin_ip_output_header(skb, send, header_bytes);
	TWIN_COUNT_ADD(tn, IPEXT_OUT_OCTETS, skb->len);
	trace_twin_ip_tx(skb);
	if (unlikely(!twin_ip_output_fits(skb, path->mtu_bytes)))
		return twin_ip_output_too_big(skb, send);
	if (unlikely(path->type >= TWIN_PATH_BROADCAST))
		twin_ip_output_to_many(skb, send);
	return twin_ip_transmit(tn, skb, path);
}
