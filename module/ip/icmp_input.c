// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP messages in: queries are answered, errors go to the transport that sent
 * the datagram they quote.
 */
#include <linux/icmp.h>
#include <linux/in.h>
#include "../inspect/drop.h"
#include "../inspect/mib.h"
#include "../wire/wire_icmp.h"
#include "ping.h"

/* Header, two unused times: what a timestamp message has at least. */
#define TWIN_ICMP_TIMESTAMP_BYTES	20

struct twin_icmp_meaning {
	int err;
	bool fatal;
};

/* RFC 1122 section 4.2.3.9, by code of "destination unreachable" */
static const struct twin_icmp_meaning twin_icmp_unreachable[] = {
	[ICMP_NET_UNREACH]	= { ENETUNREACH, false },
	[ICMP_HOST_UNREACH]	= { EHOSTUNREACH, false },
	[ICMP_PROT_UNREACH]	= { ENOPROTOOPT, true },
	[ICMP_PORT_UNREACH]	= { ECONNREFUSED, true },
	[ICMP_FRAG_NEEDED]	= { EMSGSIZE, false },
	[ICMP_SR_FAILED]	= { EOPNOTSUPP, false },
	[ICMP_NET_UNKNOWN]	= { ENETUNREACH, true },
	[ICMP_HOST_UNKNOWN]	= { EHOSTDOWN, true },
	[ICMP_HOST_ISOLATED]	= { ENONET, true },
	[ICMP_NET_ANO]		= { ENETUNREACH, true },
	[ICMP_HOST_ANO]		= { EHOSTUNREACH, true },
	[ICMP_NET_UNR_TOS]	= { ENETUNREACH, false },
	[ICMP_HOST_UNR_TOS]	= { EHOSTUNREACH, false },
	[ICMP_PKT_FILTERED]	= { EHOSTUNREACH, true },
	[ICMP_PREC_VIOLATION]	= { EHOSTUNREACH, true },
	[ICMP_PREC_CUTOFF]	= { EHOSTUNREACH, true },
};

/* net.twin.ip_no_pmtu_disc: what becomes of "fragmentation needed" */
enum {
	TWIN_ICMP_PMTU_BELIEVED = 0,
	TWIN_ICMP_PMTU_LEAST = 1,	/* the path carries the least there is */
	TWIN_ICMP_PMTU_IGNORED = 2,
	TWIN_ICMP_PMTU_PROVEN = 3,	/* believed where a transport checks it */
};

/* RFC 1191 section 7.1, table 7-1: likely MTUs, largest first */
static const u16 twin_icmp_plateaus[] = {
	32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68,
};

/* A router that names no MTU: the next likely one below what was sent. */
static u32 twin_icmp_plateau(u32 sent_bytes)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(twin_icmp_plateaus) - 1; i++)
		if (twin_icmp_plateaus[i] < sent_bytes)
			break;
	return twin_icmp_plateaus[i];
}

static u32 twin_icmp_next_hop_mtu(const struct twin_net *tn,
				  const struct twin_wire_icmp *icmp,
				  const struct twin_wire_ipv4 *quoted)
{
	if (READ_ONCE(tn->conf.ip_no_pmtu_disc) == TWIN_ICMP_PMTU_LEAST)
		return 0;
	return twin_wire_icmp_mtu(icmp) ?:
	       twin_icmp_plateau(quoted->total_bytes);
}

/* TCP alone has more to go by than addresses and ports: RFC 5927 section 4.1. */
static bool twin_icmp_mtu_unwanted(const struct twin_net *tn,
				   const struct twin_wire_icmp *icmp,
				   const struct twin_wire_ipv4 *quoted)
{
	int mode = READ_ONCE(tn->conf.ip_no_pmtu_disc);

	if (icmp->type != ICMP_DEST_UNREACH || icmp->code != ICMP_FRAG_NEEDED)
		return false;
	return mode == TWIN_ICMP_PMTU_IGNORED ||
	       (mode == TWIN_ICMP_PMTU_PROVEN &&
		quoted->protocol != IPPROTO_TCP);
}

static void twin_icmp_count_type(struct twin_net *tn, u8 type)
{
	switch (type) {
	case ICMP_ECHOREPLY:
		TWIN_COUNT(tn, ICMP_IN_ECHO_REPS);
		break;
	case ICMP_DEST_UNREACH:
		TWIN_COUNT(tn, ICMP_IN_DEST_UNREACHS);
		break;
	case ICMP_SOURCE_QUENCH:
		TWIN_COUNT(tn, ICMP_IN_SRC_QUENCHS);
		break;
	case ICMP_REDIRECT:
		TWIN_COUNT(tn, ICMP_IN_REDIRECTS);
		break;
	case ICMP_ECHO:
		TWIN_COUNT(tn, ICMP_IN_ECHOS);
		break;
	case ICMP_TIME_EXCEEDED:
		TWIN_COUNT(tn, ICMP_IN_TIME_EXCDS);
		break;
	case ICMP_PARAMETERPROB:
		TWIN_COUNT(tn, ICMP_IN_PARM_PROBS);
		break;
	case ICMP_TIMESTAMP:
		TWIN_COUNT(tn, ICMP_IN_TIMESTAMPS);
		break;
	case ICMP_TIMESTAMPREPLY:
		TWIN_COUNT(tn, ICMP_IN_TIMESTAMP_REPS);
		break;
	case ICMP_ADDRESS:
		TWIN_COUNT(tn, ICMP_IN_ADDR_MASKS);
		break;
	case ICMP_ADDRESSREPLY:
		TWIN_COUNT(tn, ICMP_IN_ADDR_MASK_REPS);
		break;
	}
}

static void twin_icmp_discard(struct twin_net *tn, struct sk_buff *skb,
			      enum twin_drop_reason reason)
{
	TWIN_COUNT(tn, ICMP_IN_ERRORS);
	twin_drop(tn, skb, reason);
}

static void twin_icmp_input_echo(struct twin_net *tn, struct sk_buff *skb)
{
	bool to_many = twin_ip_cb(skb)->type != TWIN_PATH_LOCAL;

	if (READ_ONCE(tn->conf.icmp_echo_ignore_all) ||
	    (to_many && READ_ONCE(tn->conf.icmp_echo_ignore_broadcasts))) {
		twin_drop(tn, skb, TWIN_DROP_ICMP_IGNORED);
		return;
	}
	twin_icmp_reply(tn, skb, ICMP_ECHOREPLY);
	consume_skb(skb);
}

static void twin_icmp_input_timestamp(struct twin_net *tn, struct sk_buff *skb)
{
	if (twin_ip_cb(skb)->type != TWIN_PATH_LOCAL &&
	    READ_ONCE(tn->conf.icmp_echo_ignore_broadcasts)) {
		twin_drop(tn, skb, TWIN_DROP_ICMP_IGNORED);
		return;
	}
	if (skb->len < TWIN_ICMP_TIMESTAMP_BYTES) {
		twin_icmp_discard(tn, skb, TWIN_DROP_ICMP_SHORT);
		return;
	}
	twin_icmp_reply(tn, skb, ICMP_TIMESTAMPREPLY);
	consume_skb(skb);
}

/* What a type and code mean to a transport; false if nothing. */
static bool twin_icmp_translate(struct twin_icmp_error *error,
				const struct twin_wire_icmp *icmp,
				const struct twin_wire_ipv4 *quoted)
{
	switch (icmp->type) {
	case ICMP_DEST_UNREACH:
		if (icmp->code >= ARRAY_SIZE(twin_icmp_unreachable))
			return false;
		error->err = twin_icmp_unreachable[icmp->code].err;
		error->fatal = twin_icmp_unreachable[icmp->code].fatal;
		if (icmp->code == ICMP_FRAG_NEEDED)
			error->info = twin_icmp_next_hop_mtu(error->tn, icmp,
							     quoted);
		return true;
	case ICMP_TIME_EXCEEDED:
		error->err = EHOSTUNREACH;
		return true;
	case ICMP_PARAMETERPROB:
		error->err = EPROTO;
		error->fatal = true;
		error->info = twin_wire_icmp_pointer(icmp);
		return true;
	case ICMP_REDIRECT:
		error->info = (__force u32)twin_wire_icmp_gateway(icmp);
		return true;
	default:
		return false;
	}
}

/*
 * Reads the quoted datagram; a pointer to its transport header, or NULL if this
 * host has not sent it.
 */
static const u8 *twin_icmp_quote(struct twin_net *tn, struct sk_buff *skb,
				 struct twin_wire_ipv4 *quoted)
{
	unsigned int want = TWIN_WIRE_ICMP_BYTES + TWIN_WIRE_IPV4_MAX_BYTES +
			    TWIN_ICMP_QUOTE_DATA_MAX;
	const u8 *quote;

	if (!pskb_may_pull(skb, min(skb->len, want)))
		return NULL;
	quote = skb->data + TWIN_WIRE_ICMP_BYTES;
	if (twin_wire_icmp_quote_parse(quoted, quote, skb_headlen(skb) -
				       TWIN_WIRE_ICMP_BYTES) != TWIN_WIRE_OK)
		return NULL;
	if (!twin_link_addr_is_local(tn, quoted->saddr) ||
	    quoted->fragment_bytes)
		return NULL;
	return quote + quoted->header_bytes;
}

static void twin_icmp_input_error(struct twin_net *tn, struct sk_buff *skb,
				  const struct twin_wire_icmp *icmp)
{
	struct twin_icmp_error error = {
		.tn = tn,
		.skb = skb,
		.reporter = twin_ip_cb(skb)->saddr,
		.type = icmp->type,
		.code = icmp->code,
		.ifindex = twin_ip_cb(skb)->ifindex,
	};
	struct twin_wire_ipv4 quoted;

	error.quote = twin_icmp_quote(tn, skb, &quoted);
	if (!error.quote) {
		twin_icmp_discard(tn, skb, TWIN_DROP_ICMP_QUOTE);
		return;
	}
	if (twin_icmp_mtu_unwanted(tn, icmp, &quoted)) {
		twin_drop(tn, skb, TWIN_DROP_ICMP_IGNORED);
		return;
	}
	if (!twin_icmp_translate(&error, icmp, &quoted)) {
		twin_icmp_discard(tn, skb, TWIN_DROP_ICMP_TYPE);
		return;
	}
	error.quote_bytes = skb_headlen(skb) - (error.quote - skb->data);
	error.saddr = quoted.saddr;
	error.daddr = quoted.daddr;
	error.protocol = quoted.protocol;
	twin_l4_error(&error);
	consume_skb(skb);
}

static void twin_icmp_input_redirect(struct twin_net *tn, struct sk_buff *skb,
				     const struct twin_wire_icmp *icmp)
{
	/* RFC 1812 5.2.7.2: a router obeys no redirects */
	if (!READ_ONCE(tn->conf.accept_redirects) ||
	    READ_ONCE(tn->conf.ip_forward)) {
		twin_drop(tn, skb, TWIN_DROP_ICMP_IGNORED);
		return;
	}
	twin_icmp_input_error(tn, skb, icmp);
}

/* RFC 1122 section 3.2.2.6: only these may be for many hosts at once. */
static bool twin_icmp_may_be_to_many(u8 type)
{
	return type == ICMP_ECHO || type == ICMP_TIMESTAMP;
}

static void twin_icmp_input_by_type(struct twin_net *tn, struct sk_buff *skb,
				    const struct twin_wire_icmp *icmp)
{
	if (twin_ip_cb(skb)->type != TWIN_PATH_LOCAL &&
	    !twin_icmp_may_be_to_many(icmp->type)) {
		twin_icmp_discard(tn, skb, TWIN_DROP_ICMP_TYPE);
		return;
	}
	switch (icmp->type) {
	case ICMP_ECHO:
		twin_icmp_input_echo(tn, skb);
		break;
	case ICMP_ECHOREPLY:
		twin_ping_input(tn, skb);
		break;
	case ICMP_TIMESTAMP:
		twin_icmp_input_timestamp(tn, skb);
		break;
	case ICMP_DEST_UNREACH:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		twin_icmp_input_error(tn, skb, icmp);
		break;
	case ICMP_REDIRECT:
		twin_icmp_input_redirect(tn, skb, icmp);
		break;
	case ICMP_SOURCE_QUENCH:	/* RFC 6633: ignored */
		twin_drop(tn, skb, TWIN_DROP_ICMP_IGNORED);
		break;
	default:			/* RFC 1122 section 3.2.2: silently */
		twin_drop(tn, skb, TWIN_DROP_ICMP_TYPE);
		break;
	}
}

/**
 * twin_icmp_input() - an ICMP message for this host
 * @tn: namespace
 * @skb: message, skb->data at the ICMP header, cb filled in; consumed
 *
 * RFC: 792; 1122 section 3.2.2; 6633
 * Context: Softirq, RCU read lock.
 */
void twin_icmp_input(struct twin_net *tn, struct sk_buff *skb)
{
	struct twin_wire_icmp icmp;

	TWIN_COUNT(tn, ICMP_IN_MSGS);
	/* it becomes a reply, or waits in a socket's queue */
	if (unlikely(skb_orphan_frags_rx(skb, GFP_ATOMIC))) {
		twin_icmp_discard(tn, skb, TWIN_DROP_IP_NO_MEMORY);
		return;
	}
	if (skb_checksum_simple_validate(skb)) {
		TWIN_COUNT(tn, ICMP_IN_CSUM_ERRORS);
		twin_icmp_discard(tn, skb, TWIN_DROP_ICMP_CHECKSUM);
		return;
	}
	if (!pskb_may_pull(skb, TWIN_WIRE_ICMP_BYTES) ||
	    twin_wire_icmp_parse(&icmp, skb->data, skb_headlen(skb)) !=
	    TWIN_WIRE_OK) {
		twin_icmp_discard(tn, skb, TWIN_DROP_ICMP_SHORT);
		return;
	}
	twin_icmp_count_type(tn, icmp.type);
	twin_icmp_input_by_type(tn, skb, &icmp);
}
