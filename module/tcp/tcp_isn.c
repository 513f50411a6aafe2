// SPDX-License-Identifier: GPL-2.0
/*
 * Initial sequence numbers and timestamp offsets that nobody else can guess
 * (RFC 6528, RFC 7323 7.1; statement S14).
 */
#include <linux/random.h>
#include <linux/siphash.h>
#include <net/netns/hash.h>
#include "tcp.h"

static siphash_aligned_key_t twin_tcp_isn_key __read_mostly;
static siphash_aligned_key_t twin_tcp_ts_key __read_mostly;

/*
 * With the namespace: the owner of another one could give it the same addresses and
 * see what this one's connections begin with.
 */
static u64 twin_tcp_isn_hash(const struct twin_flow *flow,
			     const siphash_key_t *key)
{
	return siphash_4u32((__force u32)flow->laddr, (__force u32)flow->raddr,
			    (__force u32)flow->lport << 16 |
			    (__force u32)flow->rport,
			    net_hash_mix(flow->tn->net), key);
}

/**
 * twin_tcp_isn() - initial sequence number of a connection
 * @flow: its endpoints
 *
 * A clock of one tick each 64 ns (so that a connection follows its predecessor
 * on the same ports upwards) plus a keyed hash of the endpoints.
 *
 * RFC: 6528 section 3
 * Context: Any.
 * Return: ISS.
 */
u32 twin_tcp_isn(const struct twin_flow *flow)
{
	net_get_random_once(&twin_tcp_isn_key, sizeof(twin_tcp_isn_key));
	return (u32)twin_tcp_isn_hash(flow, &twin_tcp_isn_key) +
	       (u32)(ktime_get_real_ns() >> 6);
}

/**
 * twin_tcp_ts_offset() - offset of a connection's timestamp clock
 * @flow: its endpoints; the ports do not count, so that TIME-WAIT's checks hold
 *	from one connection to the next
 *
 * RFC: 7323 section 5.4, 7.1
 * Context: Any.
 * Return: number to add to the clock.
 */
u32 twin_tcp_ts_offset(const struct twin_flow *flow)
{
	struct twin_flow hosts = {
		.tn = flow->tn,
		.laddr = flow->laddr,
		.raddr = flow->raddr,
	};

	net_get_random_once(&twin_tcp_ts_key, sizeof(twin_tcp_ts_key));
	return (u32)twin_tcp_isn_hash(&hosts, &twin_tcp_ts_key);
}
