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

/**
 * twin_tcp_secret() - what a connection's numbers are made of
 * @flow: its endpoints
 *
 * The same each time, so that a connection follows its predecessor on the same ports
 * upwards, and TIME-WAIT's checks of timestamps hold from one to the next.  With the
 * namespace: the owner of another one could give it the same addresses and see what
 * this one's connections begin with.
 *
 * RFC: 6528 section 3 (F), 7323 section 5.4, 7.1
 * Context: Any.
 * Return: twin_tcp_isn() takes one half, twin_tcp_ts_offset() the other.
 */
u64 twin_tcp_secret(const struct twin_flow *flow)
{
	net_get_random_once(&twin_tcp_isn_key, sizeof(twin_tcp_isn_key));
	return siphash_4u32((__force u32)flow->laddr, (__force u32)flow->raddr,
			    (__force u32)flow->lport << 16 |
			    (__force u32)flow->rport,
			    net_hash_mix(flow->tn->net), &twin_tcp_isn_key);
}

/**
 * twin_tcp_isn() - initial sequence number of a connection
 * @secret: its twin_tcp_secret()
 *
 * A clock of one tick each 64 ns plus a keyed hash of the endpoints.
 *
 * RFC: 6528 section 3
 * Context: Any.
 * Return: ISS.
 */
u32 twin_tcp_isn(u64 secret)
{
	return (u32)secret + (u32)(ktime_get_real_ns() >> 6);
}
