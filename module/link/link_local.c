// SPDX-License-Identifier: GPL-2.0
/*
 * Prefixes all of whose addresses mean this host, or all hosts of a link,
 * because a route says so.
 *
 * Prefixes of all lengths are in one hash table, several times if several routes
 * name them; bitmaps say which lengths occur.  A lookup is one probe for
 * each of these, and none where there is no such route.
 */
#include <linux/bitops.h>
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include "link.h"

static const struct rhashtable_params twin_link_local_params = {
	.head_offset = offsetof(struct twin_link_local, node),
	.key_offset = offsetof(struct twin_link_local, key),
	.key_len = sizeof(struct twin_link_local_key),
	.automatic_shrinking = true,
};

/**
 * twin_link_local_search() - is an address in one of the prefixes?
 * @ln: link state of a namespace
 * @lengths: bit n is set if there are prefixes of length n
 * @addr: address
 * @ifindex: device of the broadcasts, 0 for what means this host
 *
 * Context: RCU read lock or RTNL.
 * Return: true if so.
 */
bool twin_link_local_search(struct twin_link_net *ln, u64 lengths, __be32 addr,
			    int ifindex)
{
	struct twin_link_local_key key = { .ifindex = ifindex };
	bool has = false;

	rcu_read_lock();
	for (; lengths && !has; lengths &= ~BIT_ULL(key.prefix_len)) {
		key.prefix_len = fls64(lengths) - 1;
		key.prefix = addr & inet_make_mask(key.prefix_len);
		has = rhltable_lookup(&ln->locals, &key,
				      twin_link_local_params);
	}
	rcu_read_unlock();
	return has;
}

/* One route more or less of the sort and the length of @key. */
static void twin_link_local_count(struct twin_link_net *ln,
				  const struct twin_link_local_key *key,
				  int change)
{
	u64 *lengths = key->ifindex ? &ln->broadcast_lengths :
				      &ln->local_lengths;
	unsigned int *count =
		&ln->local_counts[!!key->ifindex][key->prefix_len];

	*count += change;
	if (*count)
		WRITE_ONCE(*lengths, *lengths | BIT_ULL(key->prefix_len));
	else
		WRITE_ONCE(*lengths, *lengths & ~BIT_ULL(key->prefix_len));
}

/**
 * twin_link_local_add() - from now on a prefix means this host, or all of a link
 * @tn: namespace
 * @local: its key filled in; the caller makes the paths stale
 *
 * Context: Process context, RTNL held.
 * Return: 0 or -ENOMEM.
 */
int twin_link_local_add(struct twin_net *tn, struct twin_link_local *local)
{
	struct twin_link_net *ln = tn->link;

	ASSERT_RTNL();
	if (rhltable_insert(&ln->locals, &local->node, twin_link_local_params))
		return -ENOMEM;
	twin_link_local_count(ln, &local->key, 1);
	return 0;
}

/**
 * twin_link_local_del() - a prefix means that no longer
 * @tn: namespace
 * @local: freed by the caller, after a grace period
 *
 * Context: Process context, RTNL held; or nobody else uses the namespace.
 */
void twin_link_local_del(struct twin_net *tn, struct twin_link_local *local)
{
	struct twin_link_net *ln = tn->link;

	rhltable_remove(&ln->locals, &local->node, twin_link_local_params);
	twin_link_local_count(ln, &local->key, -1);
}

/**
 * twin_link_local_net_init() - begin of a namespace
 * @ln: its link state
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int twin_link_local_net_init(struct twin_link_net *ln)
{
	return rhltable_init(&ln->locals, &twin_link_local_params);
}

/**
 * twin_link_local_net_exit() - end of a namespace
 * @ln: its link state; nobody looks any more
 *
 * Context: Process context.
 */
void twin_link_local_net_exit(struct twin_link_net *ln)
{
	rhltable_destroy(&ln->locals);
}
