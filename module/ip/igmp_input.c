// SPDX-License-Identifier: GPL-2.0
/*
 * IGMP in: routers' queries, and in older versions other hosts' reports.
 */
#include <linux/in.h>
#include <linux/random.h>
#include "../inspect/drop.h"
#include "../wire/wire_igmp.h"
#include "../wire/wire_ipv4_options.h"
#include "igmp.h"

#define TWIN_IGMP_QUERY_SECONDS	125	/* between two, RFC 3376 8.2 */

/* A time from 1 jiffy on, so that nobody answers at once (RFC 3376 5.2). */
static unsigned long twin_igmp_delay(u32 max_resp_ds)
{
	unsigned long most = max_resp_ds * HZ / 10;

	return 1 + (most ? get_random_u32_below(most) : 0);
}

/* RFC 3376 section 8.12: how long an older querier is remembered. */
static unsigned long
twin_igmp_older_timeout(const struct twin_igmp_if *igif,
			const struct twin_wire_igmp_query *query)
{
	u32 interval_s = igif->interval_s ?: TWIN_IGMP_QUERY_SECONDS;

	return twin_igmp_robustness(igif) * interval_s * HZ +
	       query->max_resp_ds * HZ / 10;
}

/* RFC 3376 section 7.2.1: pending answers and repetitions are of no use now. */
static void twin_igmp_version_changed(struct twin_igmp_if *igif)
{
	struct twin_igmp_group *at;

	igif->general_due = false;
	igif->change_due = false;
	list_for_each_entry(at, &igif->groups, list) {
		at->reply_due = false;
		at->mode_left = 0;
		at->change_count = 0;
	}
	twin_igmp_forget_leaving(igif, 0);
}

/* The querier's version and what it says of its own timers. */
static void twin_igmp_heed_querier(struct twin_igmp_if *igif,
				   const struct twin_wire_igmp_query *query)
{
	int before = twin_igmp_version(igif);

	if (query->version == 3) {
		WRITE_ONCE(igif->robustness, query->robustness);
		igif->interval_s = query->interval_s;
	} else if (query->version == 1) {
		igif->v1_present = true;
		igif->v1_jiffies = jiffies +
				   twin_igmp_older_timeout(igif, query);
	} else if (!query->group) {
		igif->v2_present = true;
		igif->v2_jiffies = jiffies +
				   twin_igmp_older_timeout(igif, query);
	}
	if (twin_igmp_version(igif) != before)
		twin_igmp_version_changed(igif);
}

/* Adds to what is to be answered; too many make it a question for all. */
static void twin_igmp_ask(struct twin_igmp_group *at,
			  const struct twin_wire_igmp_query *query,
			  const u8 *sources)
{
	__be32 source;
	unsigned int i, j;

	if (at->asked_count + query->sources > TWIN_IGMP_ASKED_MAX) {
		at->asked_count = 0;
		return;
	}
	for (i = 0; i < query->sources; i++) {
		source = twin_wire_get_be32(sources + 4 * i);
		for (j = 0; j < at->asked_count; j++)
			if (at->asked[j] == source)
				break;
		if (j == at->asked_count)
			at->asked[at->asked_count++] = source;
	}
}

/* RFC 3376 section 5.2, rules 3 to 5. */
static void twin_igmp_query_group(struct twin_igmp_group *at,
				  const struct twin_wire_igmp_query *query,
				  const u8 *sources, unsigned long when)
{
	if (!at->reply_due) {
		at->asked_count = 0;
		at->reply_jiffies = when;
		if (query->sources)
			twin_igmp_ask(at, query, sources);
	} else {
		if (!query->sources || !at->asked_count)
			at->asked_count = 0;
		else
			twin_igmp_ask(at, query, sources);
		if (time_before(when, at->reply_jiffies))
			at->reply_jiffies = when;
	}
	at->reply_due = true;
}

/*
 * Versions 1 and 2: each group answers for itself (RFC 2236 section 3).  Such a
 * query, one for all groups, names no sources: twin_igmp_query_credible().
 */
static void twin_igmp_query_all(struct twin_igmp_if *igif,
				const struct twin_wire_igmp_query *query)
{
	struct twin_igmp_group *at;

	list_for_each_entry(at, &igif->groups, list)
		if (at->group != htonl(INADDR_ALLHOSTS_GROUP))
			twin_igmp_query_group(at, query, NULL, jiffies +
					      twin_igmp_delay(query->max_resp_ds));
}

/* RFC 3376 section 5.2, rules 1 and 2. */
static void twin_igmp_query_known(struct twin_igmp_if *igif,
				  const struct twin_wire_igmp_query *query,
				  const u8 *sources)
{
	unsigned long when = jiffies + twin_igmp_delay(query->max_resp_ds);
	struct twin_igmp_group *at;

	if (igif->general_due && time_before(igif->general_jiffies, when))
		return;
	if (!query->group && twin_igmp_version(igif) < 3) {
		twin_igmp_query_all(igif, query);
	} else if (!query->group) {
		igif->general_due = true;
		igif->general_jiffies = when;
	} else {
		at = twin_igmp_find(igif->tn, query->group, igif->ifindex);
		if (at && at->group != htonl(INADDR_ALLHOSTS_GROUP))
			twin_igmp_query_group(at, query, sources, when);
	}
}

static void twin_igmp_input_query(struct twin_igmp_if *igif,
				  const struct twin_wire_igmp_query *query,
				  const u8 *sources)
{
	spin_lock(&igif->lock);
	twin_igmp_heed_querier(igif, query);
	twin_igmp_query_known(igif, query, sources);
	twin_igmp_arm(igif);
	spin_unlock(&igif->lock);
}

/* RFC 2236 section 3: where another member has answered we need not. */
static void twin_igmp_input_report(struct twin_igmp_if *igif, __be32 group)
{
	struct twin_igmp_group *at;

	spin_lock(&igif->lock);
	at = twin_igmp_find(igif->tn, group, igif->ifindex);
	if (at && twin_igmp_version(igif) < 3) {
		at->reply_due = false;
		at->mode_left = 0;
	}
	spin_unlock(&igif->lock);
}

static bool twin_igmp_has_alert(const struct sk_buff *skb)
{
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_walk walk;

	twin_wire_ipv4_options_start(&walk, skb_network_header(skb) +
				     TWIN_WIRE_IPV4_MIN_BYTES,
				     twin_ip_cb(skb)->header_bytes -
				     TWIN_WIRE_IPV4_MIN_BYTES);
	while (twin_wire_ipv4_options_next(&walk, &option))
		if (option.type == TWIN_WIRE_IPV4_OPTION_ROUTER_ALERT)
			return true;
	return false;
}

/*
 * Queries from the link itself only: RFC 3376 section 5.2, 9.1.  Those of
 * version 1 are known by their destination, RFC 1112 appendix I.  A question for
 * all groups names no sources (RFC 3376 section 4.1.8).
 */
static bool twin_igmp_query_credible(const struct sk_buff *skb,
				     const struct twin_wire_igmp_query *query)
{
	if (query->group ? !ipv4_is_multicast(query->group) : query->sources)
		return false;
	if (query->version == 1)
		return twin_ip_cb(skb)->daddr == htonl(INADDR_ALLHOSTS_GROUP);
	return twin_igmp_has_alert(skb);
}

/* Returns the reason to drop it, TWIN_DROP_NONE if it was of use. */
static enum twin_drop_reason twin_igmp_take(struct twin_igmp_if *igif,
					    struct sk_buff *skb)
{
	struct twin_wire_igmp_query query;
	const u8 *data = skb->data;

	switch (data[0]) {
	case TWIN_WIRE_IGMP_QUERY:
		if (twin_wire_igmp_query_parse(&query, data, skb->len))
			return TWIN_DROP_IGMP_SHORT;
		if (!twin_igmp_query_credible(skb, &query))
			return TWIN_DROP_IGMP_IGNORED;
		twin_igmp_input_query(igif, &query,
				      data + TWIN_WIRE_IGMP_QUERY_BYTES);
		return TWIN_DROP_NONE;
	case TWIN_WIRE_IGMP_V1_REPORT:
	case TWIN_WIRE_IGMP_V2_REPORT:
		twin_igmp_input_report(igif, twin_wire_get_be32(data + 4));
		return TWIN_DROP_NONE;
	default:
		return TWIN_DROP_IGMP_IGNORED;
	}
}

/**
 * twin_igmp_input() - an IGMP message for this host
 * @tn: namespace
 * @skb: message, skb->data at the IGMP header, cb filled in; consumed
 *
 * RFC: 3376 section 5.2, 7.2; 2236 section 3
 * Context: Softirq, RCU read lock.
 */
void twin_igmp_input(struct twin_net *tn, struct sk_buff *skb)
{
	struct twin_igmp_if *igif = twin_igmp_if_find(tn,
						      twin_ip_cb(skb)->ifindex);
	enum twin_drop_reason reason = TWIN_DROP_IGMP_IGNORED;

	if (skb->len < TWIN_WIRE_IGMP_BYTES || skb_linearize(skb))
		reason = TWIN_DROP_IGMP_SHORT;
	else if (skb_checksum_simple_validate(skb))
		reason = TWIN_DROP_IGMP_CHECKSUM;
	else if (igif)
		reason = twin_igmp_take(igif, skb);
	if (reason == TWIN_DROP_NONE)
		consume_skb(skb);
	else
		twin_drop(tn, skb, reason);
}
