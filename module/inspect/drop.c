// SPDX-License-Identifier: GPL-2.0
/*
 * The one place where datagrams are dropped: counted, traced, freed.
 */
#include <linux/skbuff.h>
#include "drop.h"
#include "mib.h"
#include "trace.h"

#define TWIN_DROP_TEXT(name, text) text,

static const char *const twin_drop_texts[] = {
	TWIN_DROP_REASONS(TWIN_DROP_TEXT)
};

/**
 * twin_drop_text() - name of a drop reason
 * @reason: enum twin_drop_reason
 *
 * Context: Any.
 * Return: the name shown in /proc/net/twin/netstat and by the tracepoint.
 */
const char *twin_drop_text(unsigned int reason)
{
	BUILD_BUG_ON(ARRAY_SIZE(twin_drop_texts) != TWIN_DROP_COUNT);

	return reason < TWIN_DROP_COUNT ? twin_drop_texts[reason] : "?";
}

/**
 * twin_drop_count() - count and trace a drop of something that is not freed
 * @tn: namespace
 * @skb: what it is about, stays the caller's; NULL if there is no skb
 * @reason: why
 *
 * Context: Any.
 */
void twin_drop_count(struct twin_net *tn, const struct sk_buff *skb,
		     enum twin_drop_reason reason)
{
	twin_compat_this_cpu_add(&tn->mib->count[TWIN_MIB_DROPS + reason], 1);
	trace_twin_drop(skb, reason);
}

/**
 * twin_drop() - free a datagram or frame that goes no further
 * @tn: namespace
 * @skb: consumed
 * @reason: why
 *
 * Context: Any.
 */
void twin_drop(struct twin_net *tn, struct sk_buff *skb,
	       enum twin_drop_reason reason)
{
	twin_drop_count(tn, skb, reason);
	kfree_skb_reason(skb, SKB_DROP_REASON_NOT_SPECIFIED);
}
