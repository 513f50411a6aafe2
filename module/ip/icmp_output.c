// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP messages out: errors under RFC 1122's prohibitions and a rate limit, and
 * replies to queries.
 */
#include <linux/icmp.h>
#include <linux/in.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <net/checksum.h>
#include "../inspect/mib.h"
#include "../wire/wire_icmp.h"
#include "icmp.h"

#define TWIN_ICMP_PEER_BUCKETS	1024
#define TWIN_ICMP_PEER_BURST	6	/* errors to one peer at once */
/* RFC 1812 section 4.3.2.3: as much of the datagram as fits 576 bytes */
#define TWIN_ICMP_ERROR_MAX	576
/* of a timestamp message: originate, receive and transmit time */
#define TWIN_ICMP_RECEIVE_OFFSET	12
#define TWIN_ICMP_TRANSMIT_OFFSET	16

/*
 * struct twin_icmp_net - rate limits of one namespace
 * @seed: makes @peers unpredictable
 * @all: token bucket of all errors
 * @peers: token buckets by hash of the peer; several may share one
 *
 * A bucket is the time in microseconds at which it will be full again, which
 * says how many tokens are missing: one word, changed by cmpxchg.
 */
struct twin_icmp_net {
	u32 seed;
	atomic64_t all;
	atomic64_t peers[TWIN_ICMP_PEER_BUCKETS];
};

/* Takes a token from a bucket of @burst that gets one each @interval_us. */
static bool twin_icmp_take_token(atomic64_t *bucket, u64 now_us,
				 u64 interval_us, unsigned int burst)
{
	s64 old = atomic64_read(bucket);
	u64 full_us;

	do {
		full_us = max_t(u64, old, now_us);
		if (full_us - now_us > (burst - 1) * interval_us)
			return false;
		full_us += interval_us;
	} while (!atomic64_try_cmpxchg(bucket, &old, full_us));
	return true;
}

static bool twin_icmp_peer_allows(struct twin_net *tn, __be32 peer, u64 now_us)
{
	int limit_ms = READ_ONCE(tn->conf.icmp_ratelimit_ms);
	struct twin_icmp_net *in = tn->icmp;
	u32 hash;

	if (limit_ms <= 0)
		return true;
	hash = jhash_1word((__force u32)peer, in->seed);
	if (twin_icmp_take_token(&in->peers[hash % TWIN_ICMP_PEER_BUCKETS],
				 now_us, (u64)limit_ms * USEC_PER_MSEC,
				 TWIN_ICMP_PEER_BURST))
		return true;
	TWIN_COUNT(tn, ICMP_OUT_RATELIMIT_HOST);
	return false;
}

/* The burst varies, or an outsider could count what others trigger. */
static bool twin_icmp_all_allow(struct twin_net *tn, u64 now_us)
{
	int per_sec = READ_ONCE(tn->conf.icmp_msgs_per_sec);
	int burst = READ_ONCE(tn->conf.icmp_msgs_burst);

	burst -= (int)get_random_u32_below(3);
	if (per_sec > 0 && burst > 0 &&
	    twin_icmp_take_token(&tn->icmp->all, now_us,
				 div_u64(USEC_PER_SEC, per_sec), burst))
		return true;
	TWIN_COUNT(tn, ICMP_OUT_RATELIMIT_GLOBAL);
	return false;
}

/* Errors inside this host harm nobody and are not limited. */
static bool twin_icmp_rate_allows(struct twin_net *tn,
				  const struct twin_ip_cb *cb)
{
	u64 now_us;

	if (!cb->ifindex)
		return true;
	now_us = twin_clock_us();
	return twin_icmp_peer_allows(tn, cb->saddr, now_us) &&
	       twin_icmp_all_allow(tn, now_us);
}

static bool twin_icmp_is_query(u8 type)
{
	switch (type) {
	case ICMP_ECHO:
	case ICMP_ECHOREPLY:
	case ICMP_TIMESTAMP:
	case ICMP_TIMESTAMPREPLY:
	case ICMP_INFO_REQUEST:
	case ICMP_INFO_REPLY:
	case ICMP_ADDRESS:
	case ICMP_ADDRESSREPLY:
		return true;
	default:
		return false;
	}
}

/* No error about what may be an error: RFC 1122 section 3.2.2. */
static bool twin_icmp_about_error(const struct sk_buff *skb,
				  const struct twin_wire_ipv4 *ip)
{
	u8 buffer;
	const u8 *type;

	if (ip->protocol != IPPROTO_ICMP)
		return false;
	type = skb_header_pointer(skb, skb_network_offset(skb) +
				  ip->header_bytes, sizeof(buffer), &buffer);
	return !type || !twin_icmp_is_query(*type);
}

static bool twin_icmp_source_unfit(const struct twin_ip_cb *cb)
{
	if (ipv4_is_zeronet(cb->saddr) || ipv4_is_multicast(cb->saddr) ||
	    ipv4_is_lbcast(cb->saddr))
		return true;
	return cb->ifindex && ipv4_is_loopback(cb->saddr);
}

/* RFC 1122 section 3.2.2, the list of what no error is sent about. */
static bool twin_icmp_forbidden(const struct sk_buff *skb)
{
	const struct twin_ip_cb *cb = twin_ip_cb(skb);
	struct twin_wire_ipv4 ip;

	if (cb->type >= TWIN_PATH_BROADCAST)
		return true;
	/* a link-layer broadcast, whatever its IP destination */
	if (skb->pkt_type == PACKET_BROADCAST ||
	    skb->pkt_type == PACKET_MULTICAST)
		return true;
	if (twin_icmp_source_unfit(cb))
		return true;
	twin_wire_ipv4_read(&ip, skb_network_header(skb));
	return ip.fragment_bytes || twin_icmp_about_error(skb, &ip);
}

static void twin_icmp_count_out(struct twin_net *tn, u8 type)
{
	TWIN_COUNT(tn, ICMP_OUT_MSGS);
	switch (type) {
	case ICMP_ECHOREPLY:
		TWIN_COUNT(tn, ICMP_OUT_ECHO_REPS);
		break;
	case ICMP_DEST_UNREACH:
		TWIN_COUNT(tn, ICMP_OUT_DEST_UNREACHS);
		break;
	case ICMP_TIME_EXCEEDED:
		TWIN_COUNT(tn, ICMP_OUT_TIME_EXCDS);
		break;
	case ICMP_PARAMETERPROB:
		TWIN_COUNT(tn, ICMP_OUT_PARM_PROBS);
		break;
	case ICMP_REDIRECT:
		TWIN_COUNT(tn, ICMP_OUT_REDIRECTS);
		break;
	case ICMP_TIMESTAMPREPLY:
		TWIN_COUNT(tn, ICMP_OUT_TIMESTAMP_REPS);
		break;
	}
}

/*
 * The path of a message about, or in reply to, a received datagram.  If the
 * datagram came by another link, its source may be a broadcast address here: then
 * nothing is sent.
 */
static int twin_icmp_path(struct twin_net *tn, const struct twin_ip_cb *cb,
			  struct twin_path *path)
{
	struct twin_path_key key = {
		.daddr = cb->saddr,
		.saddr = cb->type == TWIN_PATH_LOCAL ? cb->daddr : 0,
		.ifindex = cb->type >= TWIN_PATH_BROADCAST ? cb->ifindex : 0,
	};
	int err = twin_path_find(tn, &key, path);

	return !err && path->type >= TWIN_PATH_BROADCAST ? -EACCES : err;
}

/* Headroom for everything below, and @bytes of message. */
static struct sk_buff *twin_icmp_alloc(const struct twin_path *path,
				       unsigned int bytes)
{
	unsigned int headroom = TWIN_WIRE_IPV4_MAX_BYTES;
	struct sk_buff *skb;

	if (path->ld)
		headroom += LL_RESERVED_SPACE(path->ld->dev);
	skb = alloc_skb(headroom + bytes, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, headroom);
	skb_put(skb, bytes);
	return skb;
}

/* Sums the message up and sends it; consumes @skb. */
static void twin_icmp_emit(struct sk_buff *skb, struct twin_ip_send *send,
			   const struct twin_wire_icmp *icmp)
{
	__sum16 check;

	twin_wire_icmp_emit(skb->data, icmp);
	check = csum_fold(csum_partial(skb->data, skb->len, 0));
	twin_wire_put_be16(skb->data + TWIN_WIRE_ICMP_CHECKSUM_OFFSET,
			   (__force __be16)check);
	skb->ip_summed = CHECKSUM_NONE;
	send->protocol = IPPROTO_ICMP;
	send->saddr = send->path->saddr;
	send->daddr = send->path->daddr;
	send->id = twin_ip_next_id(send->tn, send->saddr, send->daddr,
				   send->protocol, 1);
	if (twin_ip_output(skb, send))
		TWIN_COUNT(send->tn, ICMP_OUT_ERRORS);
	else
		twin_icmp_count_out(send->tn, icmp->type);
}

/**
 * twin_icmp_send_error() - tell a sender what is wrong with its datagram
 * @tn: namespace
 * @skb: the datagram, network header and cb set, skb->data at the network or
 *	transport header; stays the caller's
 * @type: ICMP_DEST_UNREACH, ICMP_TIME_EXCEEDED, ICMP_PARAMETERPROB or
 *	ICMP_REDIRECT
 * @code: its code
 * @info: MTU for "fragmentation needed", offset of the byte at fault for
 *	"parameter problem", the gateway in host order for "redirect", else 0
 *
 * Sends nothing where RFC 1122 forbids it or the rate limit is reached.
 *
 * RFC: 1122 section 3.2.2; 1812 section 4.3.2
 * Context: Softirq or process context, under the RCU read lock.
 */
void twin_icmp_send_error(struct twin_net *tn, const struct sk_buff *skb,
			  u8 type, u8 code, u32 info)
{
	const struct twin_ip_cb *cb = twin_ip_cb(skb);
	int start = skb_network_offset(skb);
	unsigned int quote_bytes = skb->len - start;
	struct twin_wire_icmp icmp = {
		.type = type,
		.code = code,
		.rest = type == ICMP_PARAMETERPROB ? info << 24 : info,
	};
	struct twin_path path;
	struct twin_ip_send send = {
		.tn = tn,
		.path = &path,
		.tos = TWIN_ICMP_PRECEDENCE | (cb->tos & TWIN_ICMP_TOS_MASK),
	};
	struct sk_buff *message;

	if (twin_icmp_forbidden(skb) || !twin_icmp_rate_allows(tn, cb))
		return;
	quote_bytes = min_t(unsigned int, quote_bytes, TWIN_ICMP_ERROR_MAX -
			    TWIN_WIRE_IPV4_MIN_BYTES - TWIN_WIRE_ICMP_BYTES);
	if (twin_icmp_path(tn, cb, &path))
		return;
	message = twin_icmp_alloc(&path, TWIN_WIRE_ICMP_BYTES + quote_bytes);
	if (!message) {
		TWIN_COUNT(tn, ICMP_OUT_ERRORS);
		return;
	}
	/* cannot fail: the quote lies within the datagram */
	skb_copy_bits(skb, start, message->data + TWIN_WIRE_ICMP_BYTES,
		      quote_bytes);
	twin_icmp_emit(message, &send, &icmp);
}

static void twin_icmp_stamp(u8 *message)
{
	u32 now = twin_ip_midnight_ms();

	twin_wire_put32(message + TWIN_ICMP_RECEIVE_OFFSET, now);
	twin_wire_put32(message + TWIN_ICMP_TRANSMIT_OFFSET, now);
}

/**
 * twin_icmp_reply() - answer an echo or timestamp request
 * @tn: namespace
 * @request: the request, skb->data at the ICMP header, checked; stays the
 *	caller's
 * @type: ICMP_ECHOREPLY or ICMP_TIMESTAMPREPLY
 *
 * The reply comes from the address that was asked and has the request's data,
 * TOS, and the routes and times that its options gathered.
 *
 * RFC: 1122 section 3.2.2.6, 3.2.2.8
 * Context: Softirq, RCU read lock.
 */
void twin_icmp_reply(struct twin_net *tn, const struct sk_buff *request,
		     u8 type)
{
	const struct twin_ip_cb *cb = twin_ip_cb(request);
	u8 options[TWIN_IP_OPTIONS_MAX];
	struct twin_wire_icmp icmp;
	struct twin_path path;
	struct twin_ip_send send = {
		.tn = tn,
		.path = &path,
		.tos = cb->tos,
		.options = options,
	};
	struct sk_buff *reply;

	/* a host that asks before it has an address cannot be answered */
	if (ipv4_is_zeronet(cb->saddr) || twin_icmp_path(tn, cb, &path))
		return;
	reply = twin_icmp_alloc(&path, request->len);
	if (!reply) {
		TWIN_COUNT(tn, ICMP_OUT_ERRORS);
		return;
	}
	/* cannot fail: all of it is copied, and it has a header at least */
	skb_copy_bits(request, 0, reply->data, request->len);
	twin_wire_icmp_parse(&icmp, reply->data, reply->len);
	icmp.type = type;
	if (type == ICMP_TIMESTAMPREPLY)
		twin_icmp_stamp(reply->data);
	if (cb->header_bytes > TWIN_WIRE_IPV4_MIN_BYTES)
		send.options_bytes = twin_ip_options_echo(request, options);
	twin_icmp_emit(reply, &send, &icmp);
}

/**
 * twin_icmp_net_init() - full token buckets
 * @tn: namespace being set up
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int twin_icmp_net_init(struct twin_net *tn)
{
	struct twin_icmp_net *in = kvzalloc(sizeof(*in), GFP_KERNEL);

	if (!in)
		return -ENOMEM;
	in->seed = get_random_u32();
	tn->icmp = in;
	return 0;
}

/**
 * twin_icmp_net_exit() - free the token buckets
 * @tn: namespace that sends nothing any more
 *
 * Context: Process context.
 */
void twin_icmp_net_exit(struct twin_net *tn)
{
	kvfree(tn->icmp);
	tn->icmp = NULL;
}
