// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of servers for Fast Open (RFC 7413 4.1.3): their cookie and MSS,
 * and whether SYNs with data get lost on the way to them.
 *
 * A table of fixed size: each bucket has a few places, the oldest is given up
 * for a new server.  It is made when a namespace first needs it.
 */
#include <linux/slab.h>
#include "tcp_fastopen.h"

#define TWIN_TCP_FASTOPEN_BUCKETS	256
#define TWIN_TCP_FASTOPEN_PLACES	4
/* after the second loss in a row: 4 minutes, then twice as long each time */
#define TWIN_TCP_FASTOPEN_LOSSES	2
#define TWIN_TCP_FASTOPEN_LOSSES_MAX	6
#define TWIN_TCP_FASTOPEN_PAUSE_JIFFIES	(60 * HZ)

/*
 * struct twin_tcp_fastopen_server - one server; cache lock
 * @laddr: the address of ours that it knows; 0: place is free
 * @raddr: its own
 * @mss: its MSS option
 * @losses: SYNs with data that were lost in a row
 * @cookie: what it gave, if anything
 * @lost_jiffies: when the last one was lost
 */
struct twin_tcp_fastopen_server {
	__be32 laddr;
	__be32 raddr;
	u16 mss;
	u8 losses;
	struct twin_tcp_fastopen_cookie cookie;
	unsigned long lost_jiffies;
};

struct twin_tcp_fastopen_bucket {
	u8 oldest;
	struct twin_tcp_fastopen_server servers[TWIN_TCP_FASTOPEN_PLACES];
};

struct twin_tcp_fastopen_cache {
	spinlock_t lock;		/* all of it */
	struct twin_tcp_fastopen_bucket buckets[TWIN_TCP_FASTOPEN_BUCKETS];
};

/* Made by whoever needs it first. */
static struct twin_tcp_fastopen_cache *
twin_tcp_fastopen_cache_make(struct twin_net *tn)
{
	struct twin_tcp_fastopen_cache *cache, *other;

	/* pairs with the full barrier of cmpxchg() */
	cache = smp_load_acquire(&tn->tcp->fastopen_cache);
	if (cache)
		return cache;
	cache = kvzalloc(sizeof(*cache), GFP_KERNEL);
	if (!cache)
		return NULL;
	spin_lock_init(&cache->lock);
	other = cmpxchg(&tn->tcp->fastopen_cache, NULL, cache);
	if (!other)
		return cache;
	kvfree(cache);
	return other;
}

/**
 * twin_tcp_fastopen_cache_free() - forget all servers
 * @tn: namespace that ends
 *
 * Context: Process; no socket is left.
 */
void twin_tcp_fastopen_cache_free(struct twin_net *tn)
{
	kvfree(tn->tcp->fastopen_cache);
	tn->tcp->fastopen_cache = NULL;
}

static struct twin_tcp_fastopen_bucket *
twin_tcp_fastopen_bucket(struct twin_tcp_fastopen_cache *cache,
			 const struct twin_flow *flow)
{
	const __be32 key[] = { flow->laddr, flow->raddr };
	u32 hash = twin_pcb_secret_hash(key, sizeof(key));

	return &cache->buckets[hash % TWIN_TCP_FASTOPEN_BUCKETS];
}

static struct twin_tcp_fastopen_server *
twin_tcp_fastopen_find(struct twin_tcp_fastopen_bucket *bucket,
		       const struct twin_flow *flow)
{
	int i;

	for (i = 0; i < TWIN_TCP_FASTOPEN_PLACES; i++)
		if (bucket->servers[i].laddr == flow->laddr &&
		    bucket->servers[i].raddr == flow->raddr)
			return &bucket->servers[i];
	return NULL;
}

/* The place of a server, perhaps one that another one had. */
static struct twin_tcp_fastopen_server *
twin_tcp_fastopen_place(struct twin_tcp_fastopen_bucket *bucket,
			const struct twin_flow *flow)
{
	struct twin_tcp_fastopen_server *server;

	server = twin_tcp_fastopen_find(bucket, flow);
	if (server)
		return server;
	server = &bucket->servers[bucket->oldest];
	bucket->oldest = (bucket->oldest + 1) % TWIN_TCP_FASTOPEN_PLACES;
	memset(server, 0, sizeof(*server));
	server->laddr = flow->laddr;
	server->raddr = flow->raddr;
	return server;
}

/* RFC 7413 4.1.3.1: lost more than once, so the path does not like it. */
static bool
twin_tcp_fastopen_pauses(const struct twin_tcp_fastopen_server *server)
{
	return server->losses >= TWIN_TCP_FASTOPEN_LOSSES &&
	       time_before(jiffies, server->lost_jiffies +
			   (TWIN_TCP_FASTOPEN_PAUSE_JIFFIES << server->losses));
}

/**
 * twin_tcp_fastopen_cache_get() - what is known of a connection's server
 * @tp: connection with endpoints
 * @mss: its MSS option; stays what it is if it is not known
 * @cookie: what it gave, or an empty one
 *
 * RFC: 7413 section 4.1.3
 * Context: Process, may sleep.
 * Return: false if Fast Open is not to be tried there for a while.
 */
bool twin_tcp_fastopen_cache_get(struct twin_tcp_sock *tp, u16 *mss,
				 struct twin_tcp_fastopen_cookie *cookie)
{
	struct twin_tcp_fastopen_cache *cache =
		twin_tcp_fastopen_cache_make(twin_tcp_net(tp));
	const struct twin_tcp_fastopen_server *server;
	struct twin_tcp_fastopen_bucket *bucket;
	bool pauses = false;

	cookie->bytes = 0;
	if (!cache)
		return false;
	bucket = twin_tcp_fastopen_bucket(cache, &tp->ts.flow);
	spin_lock_bh(&cache->lock);
	server = twin_tcp_fastopen_find(bucket, &tp->ts.flow);
	if (server) {
		*mss = server->mss ?: *mss;
		*cookie = server->cookie;
		pauses = twin_tcp_fastopen_pauses(server);
	}
	spin_unlock_bh(&cache->lock);
	return !pauses;
}

/**
 * twin_tcp_fastopen_cache_put() - learn from a handshake with Fast Open
 * @tp: connection
 * @mss: the server's MSS option
 * @cookie: that it gave; empty: none
 * @syn_lost: its SYN with data was lost
 *
 * RFC: 7413 section 4.1.3
 * Context: Softirq, socket lock.
 */
void twin_tcp_fastopen_cache_put(struct twin_tcp_sock *tp, u16 mss,
				 const struct twin_tcp_fastopen_cookie *cookie,
				 bool syn_lost)
{
	struct twin_tcp_fastopen_cache *cache =
		/* pairs with the full barrier of cmpxchg() */
		smp_load_acquire(&twin_tcp_net(tp)->tcp->fastopen_cache);
	struct twin_tcp_fastopen_server *server;
	struct twin_tcp_fastopen_bucket *bucket;

	if (!cache)
		return;
	bucket = twin_tcp_fastopen_bucket(cache, &tp->ts.flow);
	spin_lock_bh(&cache->lock);
	server = twin_tcp_fastopen_place(bucket, &tp->ts.flow);
	server->mss = mss;
	if (cookie->bytes)
		server->cookie = *cookie;
	if (syn_lost) {
		server->losses = min(server->losses + 1,
				     TWIN_TCP_FASTOPEN_LOSSES_MAX);
		server->lost_jiffies = jiffies;
	} else {
		server->losses = 0;
	}
	spin_unlock_bh(&cache->lock);
}
