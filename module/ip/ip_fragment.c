// SPDX-License-Identifier: GPL-2.0
/*
 * Fragmentation of datagrams that are longer than their path allows.
 */
#include <linux/slab.h>
#include <net/sock.h>
#include "../inspect/drop.h"
#include "../inspect/mib.h"
#include "../wire/wire_ipv4_options.h"
#include "ip.h"

/*
 * struct twin_fragment_cut - a datagram being cut
 * @tn: namespace
 * @skb: the whole datagram, skb->data at the network header
 * @path: where the fragments go
 * @ip: its header
 * @headroom_bytes: what the link wants in front of each fragment
 * @later_options: options of all fragments but the first
 * @later_options_bytes: their length, a multiple of 4
 */
struct twin_fragment_cut {
	struct twin_net *tn;
	const struct sk_buff *skb;
	const struct twin_path *path;
	struct twin_wire_ipv4 ip;
	unsigned int headroom_bytes;
	u8 later_options[TWIN_IP_OPTIONS_MAX];
	u8 later_options_bytes;
};

static const u8 *twin_fragment_options(const struct twin_fragment_cut *cut)
{
	return skb_network_header(cut->skb) + TWIN_WIRE_IPV4_MIN_BYTES;
}

/* RFC 791 section 3.1: only options with the copied flag go into every one. */
static void twin_fragment_keep_copied(struct twin_fragment_cut *cut)
{
	const u8 *options = twin_fragment_options(cut);
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_walk walk;
	unsigned int bytes = 0;

	twin_wire_ipv4_options_start(&walk, options, cut->ip.header_bytes -
				     TWIN_WIRE_IPV4_MIN_BYTES);
	while (twin_wire_ipv4_options_next(&walk, &option)) {
		if (!(option.type & TWIN_WIRE_IPV4_OPTION_COPIED))
			continue;
		memcpy(cut->later_options + bytes, options + option.offset,
		       option.bytes);
		bytes += option.bytes;
	}
	/* the rest of the last word stays 0, the end-of-list option */
	cut->later_options_bytes = ALIGN(bytes, 4);
}

/* Everything that the device's queue and the socket's accounting look at. */
static void twin_fragment_copy_meta(struct sk_buff *fragment,
				    const struct sk_buff *skb)
{
	fragment->priority = skb->priority;
	fragment->mark = skb->mark;
	fragment->protocol = skb->protocol;
	fragment->skb_iif = skb->skb_iif;
	skb_copy_hash(fragment, skb);
	skb_copy_queue_mapping(fragment, skb);
	if (!skb->sk)
		return;
	skb_set_owner_w(fragment, skb->sk);
	fragment->tstamp = skb->tstamp;		/* when to leave: SO_TXTIME */
}

/* The time of sending is reported once, for the first fragment. */
static void twin_fragment_ask_stamp(struct sk_buff *fragment,
				    const struct sk_buff *skb)
{
	skb_shinfo(fragment)->tx_flags |= skb_shinfo(skb)->tx_flags &
					  SKBTX_ANY_TSTAMP;
	skb_shinfo(fragment)->tskey = skb_shinfo(skb)->tskey;
}

/* One fragment: @bytes of data from @offset, both without headers. */
static struct sk_buff *twin_fragment_make(const struct twin_fragment_cut *cut,
					  unsigned int offset,
					  unsigned int bytes, bool last)
{
	struct twin_wire_ipv4 ip = cut->ip;
	unsigned int options_bytes = cut->later_options_bytes;
	const u8 *options = cut->later_options;
	struct sk_buff *fragment;
	u8 *header;

	if (!offset) {
		options_bytes = cut->ip.header_bytes -
				TWIN_WIRE_IPV4_MIN_BYTES;
		options = twin_fragment_options(cut);
	}
	ip.header_bytes = TWIN_WIRE_IPV4_MIN_BYTES + options_bytes;
	ip.total_bytes = ip.header_bytes + bytes;
	ip.fragment_bytes = cut->ip.fragment_bytes + offset;
	ip.more_fragments = cut->ip.more_fragments || !last;
	ip.dont_fragment = false;

	fragment = alloc_skb(cut->headroom_bytes + ip.total_bytes, GFP_ATOMIC);
	if (!fragment)
		return NULL;
	skb_reserve(fragment, cut->headroom_bytes);
	skb_reset_network_header(fragment);
	header = skb_put(fragment, ip.total_bytes);
	skb_set_transport_header(fragment, ip.header_bytes);
	memcpy(header + TWIN_WIRE_IPV4_MIN_BYTES, options, options_bytes);
	twin_wire_ipv4_emit(header, &ip);
	/* cannot fail: offset and length lie within the datagram */
	skb_copy_bits(cut->skb, cut->ip.header_bytes + offset,
		      header + ip.header_bytes, bytes);
	twin_fragment_copy_meta(fragment, cut->skb);
	if (!offset)
		twin_fragment_ask_stamp(fragment, cut->skb);
	return fragment;
}

static int twin_fragment_send_all(const struct twin_fragment_cut *cut,
				  unsigned int room)
{
	unsigned int data_bytes = cut->skb->len - cut->ip.header_bytes;
	unsigned int offset, bytes;
	struct sk_buff *fragment;
	int err;

	for (offset = 0; offset < data_bytes; offset += bytes) {
		bytes = min(room, data_bytes - offset);
		fragment = twin_fragment_make(cut, offset, bytes,
					      offset + bytes == data_bytes);
		if (!fragment)
			return -ENOMEM;
		TWIN_COUNT(cut->tn, IP_FRAG_CREATES);
		err = twin_ip_transmit(cut->tn, fragment, cut->path);
		if (err)
			return err;
	}
	return 0;
}

static int twin_fragment_refuse(struct twin_net *tn, struct sk_buff *skb,
				enum twin_drop_reason reason, int err)
{
	TWIN_COUNT(tn, IP_FRAG_FAILS);
	twin_drop(tn, skb, reason);
	return err;
}

/**
 * twin_ip_fragment() - send a datagram in pieces
 * @tn: namespace
 * @skb: datagram, skb->data at the network header; consumed
 * @path: where it goes
 * @mtu_bytes: most that a piece may have, header included
 *
 * Each piece is charged to the socket that @skb is charged to.
 *
 * RFC: 791 section 3.2 "An Example Fragmentation Procedure"
 * Context: Any but hard interrupt, under the RCU read lock.
 * Return: 0, -EMSGSIZE if not even 8 bytes fit, -ENOMEM, or what the link says;
 * then some pieces may be out.
 */
int twin_ip_fragment(struct twin_net *tn, struct sk_buff *skb,
		     const struct twin_path *path, unsigned int mtu_bytes)
{
	struct twin_fragment_cut cut = {
		.tn = tn,
		.skb = skb,
		.path = path,
	};
	unsigned int room;
	int err;

	/* the sum over the whole has to be there before it is cut */
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb))
		return twin_fragment_refuse(tn, skb, TWIN_DROP_IP_NO_MEMORY,
					    -ENOMEM);
	twin_wire_ipv4_read(&cut.ip, skb_network_header(skb));
	if (mtu_bytes < cut.ip.header_bytes + TWIN_WIRE_IPV4_OFFSET_UNIT)
		return twin_fragment_refuse(tn, skb, TWIN_DROP_IP_TOO_BIG,
					    -EMSGSIZE);
	room = round_down(mtu_bytes - cut.ip.header_bytes,
			  TWIN_WIRE_IPV4_OFFSET_UNIT);
	if (path->ld)
		cut.headroom_bytes = LL_RESERVED_SPACE(path->ld->dev);
	twin_fragment_keep_copied(&cut);

	err = twin_fragment_send_all(&cut, room);
	if (err) {
		if (err == -ENOMEM)
			twin_drop_count(tn, skb, TWIN_DROP_IP_NO_MEMORY);
		TWIN_COUNT(tn, IP_FRAG_FAILS);
	} else {
		TWIN_COUNT(tn, IP_FRAG_OKS);
	}
	consume_skb(skb);
	return err;
}
