/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tcp room: RFC 9293 and what has been added to it.
 *
 * Job: turns a row of bytes into segments and back, in order, once, at a pace
 *	that the peer and the path can take.
 * Callers: socket/ (user calls), main.c's protocol switch (segments, errors),
 *	its own timers.
 * Callees: ip/ (output, paths).
 * Locks: the socket lock (lock_sock, bh_lock_sock) covers all of struct
 *	twin_tcp_sock.  Below it: a bucket of the bind table, then a bucket of
 *	the flow table; the listener's queue lock; nothing else.  A child is
 *	locked after its listener, with SINGLE_DEPTH_NESTING.
 *
 * Files, in the order of a connection's life:
 *	tcp_user open and close; tcp_bind ports; tcp_isn first numbers;
 *	tcp_send bytes in; tcp_output what may go; tcp_segment the header;
 *	tcp_reply segments without data; tcp_input which socket; tcp_listen and
 *	tcp_request the passive side; tcp_step RFC 9293 3.10.7 step by step;
 *	tcp_ack, tcp_sack, tcp_rack, tcp_recovery what was received and lost;
 *	tcp_cong and its algorithms; tcp_reassembly data in; tcp_window room;
 *	tcp_receive bytes out; tcp_timer; tcp_state; tcp_timewait.
 */
#ifndef TWIN_TCP_H
#define TWIN_TCP_H

#include <linux/rbtree.h>
#include <linux/tcp.h>
#include <net/tcp_states.h>
#include "../inspect/mib.h"
#include "../ip/icmp.h"
#include "../ip/pcb.h"
#include "../wire/wire_tcp.h"
#include "tcp_ack_state.h"
#include "tcp_rtt.h"
#include "tcp_seq.h"

#define TWIN_TCP_HEADROOM	(LL_MAX_HEADER + 16 + TWIN_WIRE_IPV4_MAX_BYTES + \
				 TWIN_WIRE_TCP_MAX_BYTES)
#define TWIN_TCP_MSS_DEFAULT	536	/* RFC 9293 3.7.1, MUST-15 */
#define TWIN_TCP_WSCALE_MAX	14	/* RFC 7323 2.3 */
#define TWIN_TCP_INITIAL_CWND	10	/* RFC 6928 */
#define TWIN_TCP_TIMEWAIT_JIFFIES	(60 * HZ)
#define TWIN_TCP_DELACK_MIN_JIFFIES	((unsigned long)max(HZ / 25, 4))
#define TWIN_TCP_DELACK_MAX_JIFFIES	((unsigned long)(HZ / 5))
#define TWIN_TCP_QUICKACKS_MAX	16
#define TWIN_TCP_DUPTHRESH	3
#define TWIN_TCP_CONG_PRIVATE	8	/* u64s of private state */
#define TWIN_TCP_SSTHRESH_INFINITE	0x7fffffff

/* struct twin_tcp_cb.sacked: what the scoreboard knows of a sent segment */
#define TWIN_TCPCB_SACKED	0x01	/* the peer has it */
#define TWIN_TCPCB_RETRANS	0x02	/* a retransmission is under way */
#define TWIN_TCPCB_LOST		0x04	/* believed lost */
#define TWIN_TCPCB_EVER_RETRANS	0x08	/* was retransmitted at least once */
#define TWIN_TCPCB_TAGS		(TWIN_TCPCB_SACKED | TWIN_TCPCB_RETRANS | \
				 TWIN_TCPCB_LOST)

/*
 * struct twin_tcp_cb - what TCP knows of an skb; in skb->cb
 * @ip: filled by ip/, for received segments
 * @tx: for segments in the retransmission queue
 * @tx.delivered: tp->delivered when it was sent
 * @tx.delivered_us: time of that, low 32 bits
 * @tx.first_us: when the first segment of the sample was sent, low 32 bits
 * @tx.gso_bytes: payload of each segment in it; 0: not yet cut
 * @tx.segs: how many segments it is, on the wire
 * @tx.app_limited: the application had no more to send then
 * @seq: first sequence number
 * @end_seq: one behind the last; SYN and FIN count one each
 * @flags: TWIN_TCP_ control bits
 * @sacked: TWIN_TCPCB_ bits
 * @eor: no more data may be appended (MSG_EOR)
 */
struct twin_tcp_cb {
	union {
		struct twin_ip_cb ip;
		struct {
			u32 delivered;
			u32 delivered_us;
			u32 first_us;
			u16 gso_bytes;
			u16 segs;
			bool app_limited;
		} tx;
	};
	u32 seq;
	u32 end_seq;
	u8 flags;
	u8 sacked;
	bool eor;
};

static inline struct twin_tcp_cb *twin_tcp_cb(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct twin_tcp_cb) > sizeof(skb->cb));
	return (struct twin_tcp_cb *)skb->cb;
}

/*
 * struct twin_tcp_segment - a received segment in host order
 * @hdr: fixed header
 * @opt: options
 * @end_seq: one behind the last sequence number it occupies
 * @payload: bytes of data
 */
struct twin_tcp_segment {
	struct twin_wire_tcp hdr;
	struct twin_wire_tcp_options opt;
	u32 end_seq;
	u32 payload;
};

/*
 * enum twin_tcp_timer - deadlines of a connection, all on one kernel timer
 * @TWIN_TCP_TIMER_REXMIT: retransmission time-out (RFC 6298)
 * @TWIN_TCP_TIMER_PROBE: tail loss probe (RFC 8985 section 7)
 * @TWIN_TCP_TIMER_REORDER: RACK's reordering time-out (RFC 8985 section 6.3)
 * @TWIN_TCP_TIMER_PERSIST: zero-window probe (RFC 9293 3.8.6.1)
 * @TWIN_TCP_TIMER_DELACK: delayed ACK (RFC 9293 3.8.6.3)
 * @TWIN_TCP_TIMER_KEEPALIVE: keep-alive (RFC 9293 3.8.4)
 * @TWIN_TCP_TIMER_FINWAIT2: end of an orphan in FIN-WAIT-2
 * @TWIN_TCP_TIMER_PACE: not before this may the next segment go
 * @TWIN_TCP_TIMERS: how many
 */
enum twin_tcp_timer {
	TWIN_TCP_TIMER_REXMIT,
	TWIN_TCP_TIMER_PROBE,
	TWIN_TCP_TIMER_REORDER,
	TWIN_TCP_TIMER_PERSIST,
	TWIN_TCP_TIMER_DELACK,
	TWIN_TCP_TIMER_KEEPALIVE,
	TWIN_TCP_TIMER_FINWAIT2,
	TWIN_TCP_TIMER_PACE,
	TWIN_TCP_TIMERS
};

/* tp->deferred: work found while a user held the socket; done on release */
enum twin_tcp_deferred {
	TWIN_TCP_DEFER_TIMER,		/* the kernel timer fired */
	TWIN_TCP_DEFER_MTU,		/* the path MTU fell */
	TWIN_TCP_DEFER_SEND,		/* device queue drained: send on */
	TWIN_TCP_THROTTLED,		/* waiting for the device queue */
	TWIN_TCP_SEND_QUEUED,		/* on a CPU's list of sockets to go on */
};

/*
 * enum twin_tcp_ack_flag - tp->ack_pending: does the peer wait for an ACK?
 */
enum twin_tcp_ack_flag {
	TWIN_TCP_ACK_SCHED	= 0x01,	/* something arrived that needs one */
	TWIN_TCP_ACK_TIMER	= 0x02,	/* the delayed-ACK timer runs */
	TWIN_TCP_ACK_PUSHED	= 0x04,	/* as soon as the reader has read */
	TWIN_TCP_ACK_NOW	= 0x08,	/* at the next chance, no delay */
};

/* tp->nonagle */
#define TWIN_TCP_NODELAY	0x01	/* TCP_NODELAY */
#define TWIN_TCP_CORK		0x02	/* TCP_CORK */
#define TWIN_TCP_PUSH		0x04	/* one push although corked or Nagle */

/* tp->ecn */
#define TWIN_TCP_ECN_OK		0x01	/* negotiated */
#define TWIN_TCP_ECN_QUEUE_CWR	0x02	/* tell the peer with the next data */
#define TWIN_TCP_ECN_DEMAND_CWR	0x04	/* echo CE until the peer says CWR */
#define TWIN_TCP_ECN_SEEN	0x08

struct twin_tcp_sock;
struct twin_tcp_request;
struct twin_tcp_timewait;
struct twin_tcp_bind;
struct twin_tcp_cong_ops;

/*
 * struct twin_tcp_options_conf - options agreed on in the handshake
 */
struct twin_tcp_agreed {
	u16 mss_clamp;			/* the peer's MSS option, without options */
	u8 snd_wscale;			/* shift of windows that we receive */
	u8 rcv_wscale;			/* shift of windows that we send */
	u8 wscale_ok:1;
	u8 timestamps:1;
	u8 sack:1;
};

/*
 * struct twin_tcp_listen - a listener's queues
 * @lock: covers @accept_queue
 * @accept_queue: finished connections, oldest first, linked by tp->accept_node
 * @accept_count: how many; read without the lock
 * @accept_max: listen()'s backlog
 * @request_count: connections in SYN-RECEIVED
 * @young_count: of them, those whose SYN+ACK was sent only once
 * @cookie_jiffies: when a SYN cookie was last sent
 */
struct twin_tcp_listen {
	spinlock_t lock;		/* accept_queue */
	struct list_head accept_queue;
	u32 accept_count;
	u32 accept_max;
	atomic_t request_count;
	atomic_t young_count;
	unsigned long cookie_jiffies;
	u8 defer_accept;		/* SYN+ACK retransmissions to wait */
};

/*
 * struct twin_tcp_sock - one connection, or one listener
 *
 * Everything is covered by the socket lock unless a letter says otherwise:
 * L the listener's queue lock, B the bind bucket's lock, a atomic.
 * Names of RFC 9293 3.3.1 where it has one.  _us microseconds, _jiffies
 * jiffies, _segs segments of an MSS; sequence numbers and windows are bytes.
 */
struct twin_tcp_sock {
	struct twin_sock ts;		/* must be first */

	/* receive side, touched for each segment that comes */
	u32 rcv_nxt;			/* next expected */
	u32 copied_seq;			/* next byte the application reads */
	u32 rcv_wup;			/* rcv_nxt when the window was last sent */
	u32 rcv_wnd;			/* window last sent */
	u32 rcv_ssthresh;		/* window that memory allows for now */
	u32 window_clamp;		/* never more than this */
	u16 rcv_mss;			/* guess of the peer's segment size */
	u16 advmss;			/* MSS option we sent */
	u8 ack_pending;			/* enum twin_tcp_ack_flag */
	u8 quick_acks;			/* ACKs to send at once */
	u8 pingpong;			/* interactive: replies carry the ACKs */
	u8 ato_jiffies;			/* present ACK time-out */
	u8 compressed_acks;
	u8 ofo_count;			/* nothing out of order: 0 (saturates) */
	u8 ecn;				/* TWIN_TCP_ECN_ bits */
	u8 dsack_count;			/* 1: @dsack is to be reported */
	unsigned long last_rcv_jiffies;	/* when data last came */
	unsigned long last_seg_jiffies;	/* when anything acceptable came */
	struct rb_root ofo_queue;	/* out of order, by seq */
	struct sk_buff *ofo_last;	/* its highest */
	struct twin_wire_sack dsack;	/* RFC 2883 */
	struct twin_wire_sack sacks[TWIN_WIRE_TCP_SACK_MAX];	/* newest first */
	u8 sack_count;
	u8 rcv_rtt_pending;

	/* send side, touched for each ACK that comes */
	u8 ca_state;			/* enum tcp_ca_state */
	u8 nonagle;			/* TWIN_TCP_NODELAY... */
	u32 snd_una;			/* oldest unacknowledged */
	u32 snd_nxt;			/* next to send */
	u32 snd_wnd;			/* the peer's window */
	u32 snd_wl1;			/* seq of the segment that told it */
	u32 max_window;			/* largest the peer ever told */
	u32 write_seq;			/* end of what the application wrote */
	u32 pushed_seq;			/* last byte sent with PSH */
	u32 snd_sml;			/* end of the last small segment (Nagle) */
	u32 mss_now;			/* payload that fits into a segment now */
	u16 gso_segs_max;		/* segments in one big packet */
	struct twin_tcp_agreed agreed;
	u32 cwnd;			/* congestion window, segments */
	u32 cwnd_cnt;			/* additive increase: ACKed since last */
	u32 cwnd_clamp;
	u32 cwnd_used;			/* largest in flight, for validation */
	unsigned long cwnd_stamp_jiffies;
	u32 ssthresh;
	u32 packets_out;		/* sent, not cumulatively ACKed */
	u32 sacked_out;
	u32 lost_out;
	u32 retrans_out;
	struct rb_root rtx_queue;	/* sent segments, by seq */
	struct list_head rtx_by_time;	/* the same, oldest transmission first */
	struct sk_buff *rtx_hint;	/* no lost, unsent segment before it */
	struct twin_tcp_rtt rtt;
	u32 min_rtt_us;			/* over a window of time */
	unsigned long min_rtt_jiffies;
	u32 ts_recent;			/* RFC 7323 TS.Recent */
	u32 ts_recent_seconds;		/* when it was set */
	u32 ts_offset;			/* random offset of our TSval */
	u32 rcv_tsecr;			/* last TSecr seen */

	/* recovery */
	u32 high_seq;			/* snd_nxt when the episode began */
	u32 undo_marker;		/* snd_una then; 0: cannot be undone */
	s32 undo_retrans;		/* retransmissions not yet seen as needless */
	u32 prior_cwnd;			/* before the episode */
	u32 prior_ssthresh;
	u32 prr_delivered;		/* RFC 6937 */
	u32 prr_out;
	u32 retrans_stamp;		/* TSval of the first retransmission */
	u32 frto_high;			/* RFC 5682: snd_nxt at the time-out */
	u32 tlp_high_seq;		/* RFC 8985 7.4 */
	u8 tlp_retrans:1;
	u8 frto:1;
	u8 rack_advanced:1;
	u8 rack_reord_seen:1;
	u8 rack_dsack_seen:1;
	u8 app_limited_now:1;
	u8 cwnd_limited:1;
	u8 is_sack_reneg:1;
	u8 reordering;			/* segments; for non-SACK and hints */
	u8 retransmits;			/* time-outs in a row */
	u8 backoff;			/* exponent of the time-out */
	u8 rack_reo_steps;
	u8 rack_reo_persist;
	u8 syn_retries;			/* TCP_SYNCNT, 0: sysctl */
	u32 rack_rtt_us;
	u32 rack_end_seq;
	u32 rack_last_delivered;
	u64 rack_mstamp_us;		/* send time of the newest delivered */

	/* delivery rate */
	u32 delivered;			/* segments, ever */
	u32 delivered_ce;
	u32 lost_total;
	u32 app_limited;		/* delivered + in flight when it began */
	u64 delivered_us;
	u64 first_tx_us;
	u64 now_us;			/* clock of the event being handled */
	u32 rate_delivered;
	u32 rate_interval_us;

	/* congestion control */
	const struct twin_tcp_cong_ops *cong;
	u64 cong_private[TWIN_TCP_CONG_PRIVATE];

	/* timers: one kernel timer, sk->sk_timer, for the earliest deadline */
	u8 timers_armed;		/* bit per enum twin_tcp_timer */
	u8 probes_out;			/* zero-window or keep-alive probes */
	u8 keep_probes;			/* TCP_KEEPCNT, 0: sysctl */
	u8 deferred_error;
	unsigned long timers[TWIN_TCP_TIMERS];
	u32 keep_idle_seconds;		/* TCP_KEEPIDLE, 0: sysctl */
	u32 keep_intvl_seconds;		/* TCP_KEEPINTVL, 0: sysctl */
	u32 user_timeout_ms;		/* TCP_USER_TIMEOUT, 0: none */
	s32 linger2_seconds;		/* TCP_LINGER2, 0: sysctl, <0: at once */
	unsigned long deferred;		/* [a] enum twin_tcp_deferred */

	/* path */
	u32 pmtu_bytes;
	u16 user_mss;			/* TCP_MAXSEG */
	u16 min_gso_bytes;

	/* urgent data, RFC 9293 3.8.5 */
	u32 snd_up;
	u32 rcv_up;
	u16 urg_data;			/* TWIN_TCP_URG_ and the byte */
	u8 urg_mode:1;
	u8 urg_seen:1;

	/* receive buffer tuning */
	u32 rcvq_space;			/* bytes read in a round trip */
	u32 rcvq_seq;
	u64 rcvq_us;
	u32 rcv_rtt_us_x8;
	u32 rcv_rtt_seq;
	u64 rcv_rtt_mstamp_us;

	/* user calls */
	u32 notsent_lowat;		/* TCP_NOTSENT_LOWAT, 0: sysctl */
	u8 thin:1;
	u8 repair:1;
	u8 save_syn:1;
	u8 defer_accept_opt;		/* TCP_DEFER_ACCEPT, retransmissions */

	/* numbers for tcp_info */
	u32 total_retrans;
	u64 bytes_acked;
	u64 bytes_received;
	u64 bytes_sent;
	u64 bytes_retrans;
	u32 segs_out;
	u32 segs_in;
	u32 data_segs_out;
	u32 data_segs_in;
	u32 dsack_dups;
	u32 reord_seen;
	u32 rcv_ooopack;

	/* registration */
	struct twin_tcp_bind *bind;	/* [B] local port; keeps it in use */
	union {
		struct list_head accept_node;	/* [L of the listener] child */
		struct twin_tcp_listen *listen;	/* listener: its queues */
	};
	struct sock *listener;		/* [L] child not yet accepted; holds a ref */
};

static inline struct twin_tcp_sock *twin_tcp(const struct sock *sk)
{
	return (struct twin_tcp_sock *)sk;
}

static inline struct sock *twin_tcp_to_sk(const struct twin_tcp_sock *tp)
{
	return (struct sock *)&tp->ts.sk;
}

static inline struct twin_net *twin_tcp_net(const struct twin_tcp_sock *tp)
{
	return tp->ts.flow.tn;
}

#define TWIN_TCP_COUNT(tp, item)	TWIN_COUNT(twin_tcp_net(tp), item)

/* segments that are in the network as far as we know (RFC 6675's pipe) */
static inline u32 twin_tcp_in_flight(const struct twin_tcp_sock *tp)
{
	return tp->packets_out - tp->sacked_out - tp->lost_out +
	       tp->retrans_out;
}

static inline bool twin_tcp_in_slow_start(const struct twin_tcp_sock *tp)
{
	return tp->cwnd < tp->ssthresh;
}

static inline u32 twin_tcp_snd_wnd_end(const struct twin_tcp_sock *tp)
{
	return tp->snd_una + tp->snd_wnd;
}

/* what is left of the window that the peer may use: RCV.WND now */
static inline u32 twin_tcp_receive_window(const struct twin_tcp_sock *tp)
{
	s32 window = tp->rcv_wup + tp->rcv_wnd - tp->rcv_nxt;

	return window < 0 ? 0 : window;
}

static inline void twin_tcp_clock_refresh(struct twin_tcp_sock *tp)
{
	tp->now_us = twin_clock_us();
}

/* RFC 7323 4.1: our timestamp clock ticks in milliseconds */
static inline u32 twin_tcp_tsval_at(const struct twin_tcp_sock *tp, u64 us)
{
	return (u32)div_u64(us, USEC_PER_MSEC) + tp->ts_offset;
}

static inline u32 twin_tcp_tsval(const struct twin_tcp_sock *tp)
{
	return twin_tcp_tsval_at(tp, tp->now_us);
}

/* when a segment in the retransmission queue was last sent */
static inline u64 twin_tcp_sent_us(const struct sk_buff *skb)
{
	return skb->skb_mstamp_ns;
}

static inline u32 twin_tcp_skb_segs(const struct sk_buff *skb)
{
	return twin_tcp_cb(skb)->tx.segs;
}

static inline struct sk_buff *twin_tcp_rtx_first(const struct twin_tcp_sock *tp)
{
	return skb_rb_first(&tp->rtx_queue);
}

/* tcp_proto.c */
extern struct proto twin_tcp_proto;
int twin_tcp_init(void);
void twin_tcp_exit(void);
int twin_tcp_net_init(struct twin_net *tn);
void twin_tcp_net_exit(struct twin_net *tn);
bool twin_tcp_orphans_excess(const struct twin_tcp_sock *tp);
void twin_tcp_orphan_count(struct twin_tcp_sock *tp, int change);
void twin_tcp_reset_members(struct twin_tcp_sock *tp);
bool twin_tcp_out_of_memory(struct twin_tcp_sock *tp);

/* tcp_state.c */
void twin_tcp_set_state(struct twin_tcp_sock *tp, u8 state);
void twin_tcp_done(struct twin_tcp_sock *tp);
void twin_tcp_destroy(struct twin_tcp_sock *tp);

/* tcp_user.c: OPEN, CLOSE, ABORT of RFC 9293 3.9.1; socket lock held */
int twin_tcp_connect(struct sock *sk, __be32 daddr, __be16 dport);
int twin_tcp_disconnect(struct sock *sk);
void twin_tcp_close(struct sock *sk, long timeout);
void twin_tcp_shutdown_send(struct sock *sk);
void twin_tcp_abort(struct sock *sk, int err);
void twin_tcp_established(struct twin_tcp_sock *tp);

/* tcp_option.c, tcp_info.c */
int twin_tcp_setsockopt(struct sock *sk, int option, sockptr_t value,
			unsigned int len);
int twin_tcp_getsockopt(struct sock *sk, int option, char __user *value,
			int __user *len);
void twin_tcp_get_info(struct sock *sk, struct tcp_info *info);

/* tcp_send.c, tcp_receive.c: SEND and RECEIVE; socket lock held */
int twin_tcp_sendmsg(struct sock *sk, struct msghdr *msg, size_t bytes);
int twin_tcp_recvmsg(struct sock *sk, struct msghdr *msg, size_t bytes,
		     int flags);
u32 twin_tcp_readable(const struct twin_tcp_sock *tp);
bool twin_tcp_writable(const struct twin_tcp_sock *tp);
void twin_tcp_write_space(struct sock *sk);
struct sk_buff *twin_tcp_skb_alloc(struct twin_tcp_sock *tp, gfp_t gfp);
void twin_tcp_skb_free(struct twin_tcp_sock *tp, struct sk_buff *skb);
void twin_tcp_send_queues_purge(struct twin_tcp_sock *tp);
void twin_tcp_data_ready(struct twin_tcp_sock *tp);

/* tcp_output.c: what may be sent now */
void twin_tcp_push(struct twin_tcp_sock *tp);
void twin_tcp_push_nagle(struct twin_tcp_sock *tp, u8 nonagle, gfp_t gfp);
bool twin_tcp_write(struct twin_tcp_sock *tp, u8 nonagle, gfp_t gfp,
		    unsigned int push_one);
int twin_tcp_fragment(struct twin_tcp_sock *tp, struct sk_buff *skb, u32 bytes,
		      bool in_rtx_queue, gfp_t gfp);
int twin_tcp_transmit(struct twin_tcp_sock *tp, struct sk_buff *skb,
		      gfp_t gfp);
int twin_tcp_send_copy(struct twin_tcp_sock *tp, struct sk_buff *skb,
		       bool in_rtx_queue, gfp_t gfp);
void twin_tcp_sent_new(struct twin_tcp_sock *tp, struct sk_buff *skb);
int twin_tcp_retransmit(struct twin_tcp_sock *tp, struct sk_buff *skb,
			u32 max_segs);
void twin_tcp_set_segs(struct twin_tcp_sock *tp, struct sk_buff *skb);
void twin_tcp_rtx_insert(struct twin_tcp_sock *tp, struct sk_buff *skb);
void twin_tcp_rtx_unlink(struct twin_tcp_sock *tp, struct sk_buff *skb);
void twin_tcp_send_fin(struct twin_tcp_sock *tp);
int twin_tcp_send_syn(struct twin_tcp_sock *tp);
int twin_tcp_probe_window(struct twin_tcp_sock *tp, bool urgent);
u32 twin_tcp_mss_sync(struct twin_tcp_sock *tp, u32 pmtu_bytes);
u32 twin_tcp_mss_current(struct twin_tcp_sock *tp);
u32 twin_tcp_gso_goal(struct twin_tcp_sock *tp, u32 mss);
void twin_tcp_cwnd_restart(struct twin_tcp_sock *tp);
int twin_tcp_path(struct twin_tcp_sock *tp);

/* tcp_segment.c: the header in front, down to IP */
int twin_tcp_segment_send(struct twin_tcp_sock *tp, struct sk_buff *skb,
			  u32 seq, u8 flags);
unsigned int twin_tcp_segment_options_bytes(const struct twin_tcp_sock *tp);
void twin_tcp_segment_checksum(struct sk_buff *skb, __be32 saddr,
			       __be32 daddr);

/* tcp_reply.c: segments without data, with and without a socket */
void twin_tcp_ack_send(struct twin_tcp_sock *tp);
void twin_tcp_ack_probe(struct twin_tcp_sock *tp, u32 seq);
void twin_tcp_ack_delayed(struct twin_tcp_sock *tp);
void twin_tcp_ack_check(struct twin_tcp_sock *tp, bool ofo_possible);
void twin_tcp_ack_enter_quick(struct twin_tcp_sock *tp, unsigned int max);
void twin_tcp_ack_sent(struct twin_tcp_sock *tp);
void twin_tcp_dupack_send(struct twin_tcp_sock *tp,
			  const struct twin_tcp_segment *seg);
void twin_tcp_challenge_ack(struct twin_tcp_sock *tp);
void twin_tcp_reset_send(struct twin_tcp_sock *tp);
void twin_tcp_reset_reply(struct twin_net *tn, const struct sk_buff *skb,
			  const struct twin_tcp_segment *seg);

/*
 * struct twin_tcp_bare - a segment sent on behalf of no full socket
 */
struct twin_tcp_bare {
	struct twin_net *tn;
	__be32 saddr;
	__be32 daddr;
	int ifindex;
	u8 tos;
	u8 ttl;
	u32 mark;
	struct twin_wire_tcp hdr;	/* header_bytes is filled in */
	struct twin_wire_tcp_options opt;
};

void twin_tcp_bare_send(struct twin_tcp_bare *bare);
bool twin_tcp_ratelimit(struct twin_net *tn, u32 *last_ms);

/* tcp_input.c, tcp_step.c: SEGMENT ARRIVES */
void twin_tcp_input(struct twin_net *tn, struct sk_buff *skb);
int twin_tcp_backlog_receive(struct sock *sk, struct sk_buff *skb);
bool twin_tcp_segment_parse(struct twin_net *tn, struct sk_buff *skb,
			    struct twin_tcp_segment *seg);
void twin_tcp_step(struct twin_tcp_sock *tp, struct sk_buff *skb,
		   struct twin_tcp_segment *seg);
void twin_tcp_fin_received(struct twin_tcp_sock *tp);
void twin_tcp_reset_received(struct twin_tcp_sock *tp);

/* tcp_ack.c */
bool twin_tcp_ack(struct twin_tcp_sock *tp, const struct sk_buff *skb,
		  const struct twin_tcp_segment *seg);
void twin_tcp_rearm_rto(struct twin_tcp_sock *tp);

/* tcp_sack.c: the scoreboard */
void twin_tcp_sack_apply(struct twin_tcp_sock *tp,
			 const struct twin_tcp_segment *seg,
			 struct twin_tcp_ack_state *as);
bool twin_tcp_sack_reneging(const struct twin_tcp_sock *tp);
void twin_tcp_dupack_count(struct twin_tcp_sock *tp);
void twin_tcp_dupack_reduce(struct twin_tcp_sock *tp, u32 acked_segs);
void twin_tcp_dupack_reset(struct twin_tcp_sock *tp);

/* tcp_rack.c: RFC 8985 */
void twin_tcp_rack_advance(struct twin_tcp_sock *tp, u8 sacked, u32 end_seq,
			   u64 sent_us);
void twin_tcp_rack_update_window(struct twin_tcp_sock *tp,
				 const struct twin_tcp_rate *rate);
bool twin_tcp_rack_mark_lost(struct twin_tcp_sock *tp);
void twin_tcp_rack_reorder_timeout(struct twin_tcp_sock *tp);
bool twin_tcp_tlp_schedule(struct twin_tcp_sock *tp);
void twin_tcp_tlp_send(struct twin_tcp_sock *tp);
void twin_tcp_tlp_process_ack(struct twin_tcp_sock *tp, u32 ack,
			      const struct twin_tcp_ack_state *as);
void twin_tcp_mark_skb_lost(struct twin_tcp_sock *tp, struct sk_buff *skb);

/* tcp_recovery.c: the sender's reaction to loss */
void twin_tcp_recovery_ack(struct twin_tcp_sock *tp,
			   struct twin_tcp_ack_state *as);
void twin_tcp_recovery_enter_loss(struct twin_tcp_sock *tp);
void twin_tcp_recovery_enter_cwr(struct twin_tcp_sock *tp);
void twin_tcp_recovery_retransmit(struct twin_tcp_sock *tp);
void twin_tcp_recovery_after_rack(struct twin_tcp_sock *tp);

/* tcp_rate.c: delivery rate of RFC-to-be draft-cheng-iccrg-delivery-rate */
void twin_tcp_rate_sent(struct twin_tcp_sock *tp, struct sk_buff *skb);
void twin_tcp_rate_delivered(struct twin_tcp_sock *tp,
			     const struct sk_buff *skb,
			     struct twin_tcp_rate *rate);
void twin_tcp_rate_finish(struct twin_tcp_sock *tp,
			  struct twin_tcp_ack_state *as);
void twin_tcp_rate_check_app_limited(struct twin_tcp_sock *tp);

/* tcp_reassembly.c: data in */
void twin_tcp_data_in(struct twin_tcp_sock *tp, struct sk_buff *skb);
void twin_tcp_ofo_purge(struct twin_tcp_sock *tp);
void twin_tcp_dsack_set(struct twin_tcp_sock *tp, u32 start, u32 end);

/* tcp_window.c: how much room the peer is told of */
u16 twin_tcp_window_select(struct twin_tcp_sock *tp);
u32 twin_tcp_window_room(const struct twin_tcp_sock *tp);
void twin_tcp_window_init(struct twin_tcp_sock *tp);
void twin_tcp_window_first(const struct twin_tcp_sock *tp, u32 mss,
			   u32 *window, u32 *clamp, u8 *wscale);
void twin_tcp_window_grow(struct twin_tcp_sock *tp, const struct sk_buff *skb);
void twin_tcp_window_clamp(struct twin_tcp_sock *tp);
void twin_tcp_window_after_read(struct twin_tcp_sock *tp, u32 copied);
void twin_tcp_window_tune(struct twin_tcp_sock *tp);
void twin_tcp_window_measure_mss(struct twin_tcp_sock *tp,
				 const struct sk_buff *skb);
void twin_tcp_window_rtt(struct twin_tcp_sock *tp, const struct sk_buff *skb);
void twin_tcp_sndbuf_expand(struct twin_tcp_sock *tp);

/* tcp_timer.c */
void twin_tcp_timer_init(struct twin_tcp_sock *tp);
void twin_tcp_timer_arm(struct twin_tcp_sock *tp, enum twin_tcp_timer kind,
			unsigned long delay_jiffies);
void twin_tcp_timer_stop(struct twin_tcp_sock *tp, enum twin_tcp_timer kind);
void twin_tcp_timer_stop_all(struct twin_tcp_sock *tp);
void twin_tcp_timer_run(struct twin_tcp_sock *tp);
void twin_tcp_release_cb(struct sock *sk);
unsigned long twin_tcp_rto_jiffies(const struct twin_tcp_sock *tp);
void twin_tcp_timer_keepalive_set(struct sock *sk, int on);
unsigned long twin_tcp_keepalive_idle(const struct twin_tcp_sock *tp);
void twin_tcp_persist_arm(struct twin_tcp_sock *tp);

static inline bool twin_tcp_timer_armed(const struct twin_tcp_sock *tp,
					enum twin_tcp_timer kind)
{
	return tp->timers_armed & BIT(kind);
}

/* tcp_listen.c, tcp_request.c */
int twin_tcp_listen(struct sock *sk, int backlog);
void twin_tcp_listen_stop(struct twin_tcp_sock *tp);
struct sock *twin_tcp_accept(struct sock *sk, int flags, int *err);
void twin_tcp_listen_input(struct sock *listener, struct sk_buff *skb,
			   struct twin_tcp_segment *seg);
bool twin_tcp_accept_add(struct twin_tcp_sock *lp, struct twin_tcp_sock *child);
static inline bool twin_tcp_accept_full(const struct twin_tcp_sock *lp)
{
	return READ_ONCE(lp->listen->accept_count) >
	       READ_ONCE(lp->listen->accept_max);
}

/* tcp_bind.c: local ports */
int twin_tcp_bind_init(void);
void twin_tcp_bind_exit(void);
int twin_tcp_get_port(struct sock *sk, unsigned short port);
int twin_tcp_bind_connect(struct twin_tcp_sock *tp);
void twin_tcp_bind_inherit(struct twin_tcp_sock *lp,
			   struct twin_tcp_sock *child);
void twin_tcp_bind_put(struct twin_tcp_sock *tp);
void twin_tcp_bind_to_timewait(struct twin_tcp_sock *tp,
			       struct twin_tcp_timewait *tw);
void twin_tcp_bind_put_timewait(struct twin_tcp_timewait *tw);
int twin_tcp_bind_recheck_listen(struct twin_tcp_sock *tp);

/* tcp_isn.c */
u32 twin_tcp_isn(const struct twin_flow *flow);
u32 twin_tcp_ts_offset(const struct twin_flow *flow);

/* tcp_error.c */
void twin_tcp_error(const struct twin_icmp_error *error);
void twin_tcp_mtu_reduced(struct twin_tcp_sock *tp);

#endif
