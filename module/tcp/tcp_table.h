/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who owns a segment: the tables of connections and listeners, and the small
 * objects that stand for a connection before and after it is a full socket.
 */
#ifndef TWIN_TCP_TABLE_H
#define TWIN_TCP_TABLE_H

#include <linux/rculist.h>
#include <linux/rculist_nulls.h>
#include "tcp.h"

enum twin_tcp_mini_kind {
	TWIN_TCP_MINI_REQUEST,		/* SYN-RECEIVED */
	TWIN_TCP_MINI_TIMEWAIT,		/* TIME-WAIT, or FIN-WAIT-2 of an orphan */
};

/*
 * struct twin_tcp_mini - first member of the small objects
 * @node: in its bucket; bucket lock, RCU
 * @flow: endpoints
 * @refs: one for the table, one for the timer or timer list, one for each
 *	reader that found it.  The slabs are SLAB_TYPESAFE_BY_RCU
 * @kind: which object this is
 * @state: TCP_ number that tools see
 */
struct twin_tcp_mini {
	struct hlist_nulls_node node;
	struct twin_flow flow;
	refcount_t refs;
	u8 kind;
	u8 state;
};

/*
 * struct twin_tcp_request_extra - of a SYN, what few connections need
 * @saved_syn: its headers, for whoever accepts the connection, or NULL
 * @options: IP options for the peer, as the SYN's want them; none if empty
 */
struct twin_tcp_request_extra {
	struct twin_tcp_saved_syn *saved_syn;
	struct twin_ip_options options;
};

/*
 * struct twin_tcp_request - a connection in SYN-RECEIVED
 * @mini: must be first
 * @listener: the listening socket; a counted reference
 * @timer: retransmits the SYN+ACK
 * @iss, @irs: initial sequence numbers, ours and the peer's
 * @ts_recent: the peer's TSval, for echo
 * @tsval_offset: of our TSval
 * @snt_us: when the SYN+ACK was first sent, low 32 bits; 0: not known
 * @last_ms: last reply to a stray segment, for the rate limit
 * @rcv_wnd: window offered in the SYN+ACK
 * @agreed: options
 * @advmss: MSS option we sent
 * @retransmits: SYN+ACKs sent beyond the first
 * @timeouts: expiries of @timer
 * @acked: the final ACK came, but the accept queue was full or it is deferred
 * @ecn_ok: ECN was asked for and granted
 * @fastopen_cookie: the SYN+ACK gives one
 * @tos: of the SYN
 * @extra: what few connections need besides, or NULL
 */
struct twin_tcp_request {
	struct twin_tcp_mini mini;
	struct sock *listener;
	struct timer_list timer;
	u32 iss;
	u32 irs;
	u32 ts_recent;
	u32 tsval_offset;
	u32 snt_us;
	u32 last_ms;
	u16 rcv_wnd;
	u16 advmss;
	struct twin_tcp_agreed agreed;
	u8 retransmits;
	u8 timeouts;
	u8 acked:1;
	u8 ecn_ok:1;
	u8 fastopen_cookie:1;
	u8 tos;
	struct twin_tcp_request_extra *extra;
};

/*
 * struct twin_tcp_timewait - what is left of a closed connection
 * @mini: must be first; @mini.state is TCP_TIME_WAIT or TCP_FIN_WAIT2
 * @list: in its shard's list, by deadline
 * @bind_node: among those that keep the local port in use, or unhashed
 * @deadline_jiffies: when it ends
 * @snd_nxt, @rcv_nxt: where the connection ended
 * @ts_recent, @ts_recent_seconds: for PAWS and reuse (RFC 7323, RFC 6191)
 * @ts_offset: of our TSval
 * @last_ms: last reply, for the rate limit
 * @rcv_wnd, @rcv_wscale: window to tell, and its unit
 * @timestamps: agreed
 * @reuse, @reuseport: SO_REUSEADDR and SO_REUSEPORT of the socket that was
 * @tos: for display and replies
 */
struct twin_tcp_timewait {
	struct twin_tcp_mini mini;
	struct list_head list;
	struct hlist_node bind_node;
	u32 deadline_jiffies;
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 ts_recent;
	u32 ts_recent_seconds;
	u32 ts_offset;
	u32 last_ms;
	u16 rcv_wnd;
	u8 timestamps:1;
	u8 rcv_wscale:4;
	u8 reuse:1;
	u8 reuseport:1;
	u8 tos;
};

static inline struct twin_tcp_request *
twin_tcp_request(struct twin_tcp_mini *mini)
{
	return container_of(mini, struct twin_tcp_request, mini);
}

static inline struct twin_tcp_timewait *
twin_tcp_timewait(struct twin_tcp_mini *mini)
{
	return container_of(mini, struct twin_tcp_timewait, mini);
}

/*
 * struct twin_tcp_owner - who a segment belongs to; at most one is set
 */
struct twin_tcp_owner {
	struct sock *sk;		/* counted reference */
	struct twin_tcp_mini *mini;	/* counted reference */
};

/*
 * struct twin_tcp_table_place - one bucket of either table
 * @socks: its full sockets
 * @minis: its small objects; NULL for a bucket of listeners
 * @lock: for both chains
 */
struct twin_tcp_table_place {
	struct hlist_nulls_head *socks;
	struct hlist_nulls_head *minis;
	spinlock_t *lock;		/* for both chains */
};

/* tcp_table.c */
int twin_tcp_table_init(void);
void twin_tcp_table_exit(void);
struct twin_tcp_owner twin_tcp_table_find(const struct twin_flow *key,
					  bool sure);
struct sock *twin_tcp_table_find_listener(const struct twin_flow *key,
					  struct sk_buff *skb,
					  unsigned int header_bytes);
int twin_tcp_table_insert(struct twin_tcp_sock *tp,
			  struct twin_tcp_timewait **reused);
void twin_tcp_table_remove(struct twin_tcp_sock *tp);
void twin_tcp_table_listen(struct twin_tcp_sock *tp);
bool twin_tcp_table_add_request(struct twin_tcp_request *rq);
bool twin_tcp_table_promote(struct twin_tcp_request *rq,
			    struct twin_tcp_sock *child);
void twin_tcp_table_demote(struct twin_tcp_sock *tp,
			   struct twin_tcp_timewait *tw);
bool twin_tcp_table_remove_mini(struct twin_tcp_mini *mini);
void twin_tcp_mini_put(struct twin_tcp_mini *mini);
u32 twin_tcp_table_buckets(void);
struct hlist_nulls_head *twin_tcp_table_minis(u32 bucket);
u32 twin_tcp_table_skip(u32 bucket, const struct twin_net *tn);
spinlock_t *twin_tcp_table_lock(u32 bucket);
u32 twin_tcp_table_listen_buckets(void);
struct twin_tcp_table_place twin_tcp_table_place(u32 bucket);

/* tcp_request.c */
int twin_tcp_request_init(void);
void twin_tcp_request_exit(void);
void twin_tcp_request_free(struct twin_tcp_request *rq);
struct twin_tcp_request *twin_tcp_request_new(struct sock *listener,
					      const struct twin_flow *flow);
bool twin_tcp_request_start(struct twin_tcp_request *rq);
bool twin_tcp_request_kill(struct twin_tcp_request *rq);
void twin_tcp_request_kill_all(const struct sock *listener);
void twin_tcp_request_done(struct twin_tcp_request *rq);
void twin_tcp_request_synack(struct twin_tcp_request *rq, u32 tsval);
bool twin_tcp_request_input(struct twin_tcp_request *rq, struct sk_buff *skb,
			    struct twin_tcp_segment *seg);

static inline u32 twin_tcp_request_tsval(const struct twin_tcp_request *rq)
{
	return twin_tcp_ts_clock(twin_clock_us()) + rq->tsval_offset;
}

/* tcp_request_extra.c */
void twin_tcp_request_keep(struct twin_tcp_request *rq,
			   const struct sk_buff *skb,
			   const struct twin_tcp_segment *seg);
const struct twin_ip_options *
twin_tcp_request_options(const struct twin_tcp_request *rq);
void twin_tcp_request_forget(struct twin_tcp_request *rq);

/* tcp_cookie.c */
void twin_tcp_cookie_send(struct twin_tcp_request *rq);
bool twin_tcp_cookie_expected(const struct twin_tcp_sock *lp);
bool twin_tcp_cookie_check(struct twin_tcp_request *rq,
			   const struct twin_tcp_segment *seg);

/* tcp_child.c */
bool twin_tcp_child_input(struct twin_tcp_request *rq, struct sk_buff *skb,
			  struct twin_tcp_segment *seg);
struct sock *twin_tcp_child_new(struct twin_tcp_request *rq,
				const struct twin_tcp_segment *seg);
bool twin_tcp_child_enter(struct twin_tcp_request *rq,
			  struct twin_tcp_sock *child);
void twin_tcp_child_discard(struct twin_tcp_sock *child);

/* tcp_timewait.c */
int twin_tcp_timewait_init(void);
void twin_tcp_timewait_exit(void);
void twin_tcp_timewait_net_init(struct twin_net *tn);
void twin_tcp_timewait_net_exit(struct twin_net *tn);
void twin_tcp_timewait_free(struct twin_tcp_timewait *tw);
void twin_tcp_timewait_enter(struct twin_tcp_sock *tp, u8 state,
			     unsigned long duration_jiffies);
void twin_tcp_timewait_kill(struct twin_tcp_timewait *tw);
void twin_tcp_timewait_stay(struct twin_tcp_timewait *tw, struct sk_buff *skb);
u32 twin_tcp_timewait_iss(const struct twin_tcp_timewait *tw);
bool twin_tcp_timewait_input(struct twin_tcp_timewait *tw, struct sk_buff *skb,
			     struct twin_tcp_segment *seg);
bool twin_tcp_timewait_reusable(const struct twin_tcp_timewait *tw, bool bound);

/* TCP_LINGER2 gives up to 120 s; only a tunable gives more, to the last class. */
#define TWIN_TCP_FINWAIT2_CLASSES	32UL
#define TWIN_TCP_FINWAIT2_CLASS_JIFFIES	(4 * HZ)

/*
 * struct twin_tcp_timewait_shard - a share of a namespace's closed connections
 * @lock: lists
 * @timewait: connections in TIME-WAIT
 * @finwait2: orphans in FIN-WAIT-2, by how long they live
 * @timer: for the earliest deadline
 * @tn: namespace
 *
 * Each list is in order of deadlines: the timer looks at its head only.
 */
struct twin_tcp_timewait_shard {
	spinlock_t lock;		/* lists */
	struct list_head timewait;
	struct list_head finwait2[TWIN_TCP_FINWAIT2_CLASSES];
	struct timer_list timer;
	struct twin_net *tn;
};

#define TWIN_TCP_TIMEWAIT_SHARDS	16
#define TWIN_TCP_PORT_MEMORIES		16

struct twin_tcp_fastopen_cache;

struct twin_tcp_net {
	struct twin_tcp_timewait_shard shards[TWIN_TCP_TIMEWAIT_SHARDS];
	atomic_t timewait_count;
	atomic_t orphan_count;
	atomic_t socket_count;
	u32 challenge_second;		/* RFC 5961 section 7 */
	u32 challenge_count;
	struct twin_tcp_fastopen_keys fastopen_keys;	/* immutable */
	struct twin_tcp_fastopen_cache *fastopen_cache;	/* made when needed */
	/* when connect() found no even port, or 0, by the hash of its peer */
	u32 evens_gone_jiffies[TWIN_TCP_PORT_MEMORIES];
	u32 fastopen_holes;		/* black holes met in a row */
	unsigned long fastopen_hole_jiffies;	/* the last one */
};

#endif
