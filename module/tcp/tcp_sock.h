/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A TCP connection as a data structure: the control block, what an skb carries
 * while it is TCP's, a received segment, and the short answers that they give.
 */
#ifndef TWIN_TCP_SOCK_H
#define TWIN_TCP_SOCK_H

#include <linux/hrtimer.h>
#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/siphash.h>
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
#define TWIN_TCP_USER_MSS_MIN	88	/* of TCP_MAXSEG, as for AF_INET */
#define TWIN_TCP_WSCALE_MAX	14	/* RFC 7323 2.3 */
#define TWIN_TCP_INITIAL_CWND	10	/* RFC 6928 */
#define TWIN_TCP_PAWS_SECONDS	(24 * 86400)	/* RFC 7323 5.5 */
#define TWIN_TCP_SHARE_MOST	64	/* half of the receive memory is data */
#define TWIN_TCP_TIMEWAIT_JIFFIES	(60 * HZ)
#define TWIN_TCP_DELACK_MIN_JIFFIES	((unsigned long)max(HZ / 25, 4))
#define TWIN_TCP_DELACK_DIALOGUE_JIFFIES	((unsigned long)(HZ / 5))
#define TWIN_TCP_QUICKACKS_MAX	16
#define TWIN_TCP_CONG_PRIVATE	8	/* u64s of private state */
#define TWIN_TCP_SSTHRESH_INFINITE	0x7fffffff
#define TWIN_TCP_FASTOPEN_KEYS		2	/* the present one, the one before */

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
 * @stamp_ack: its acknowledgment is to be stamped (tcp_stamp.c)
 * @lent_long: of received data in lent pages: it has been found before (tcp_lent.c)
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
	bool stamp_ack;
	bool lent_long;
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
	TWIN_TCP_TIMERS
};

/* twin_tcp_deferred(): work found while a user held the socket */
enum twin_tcp_deferred {
	TWIN_TCP_DEFER_TIMER,		/* the kernel timer fired */
	TWIN_TCP_DEFER_MTU,		/* the path MTU fell */
	TWIN_TCP_DEFER_SEND,		/* device queue drained: send on */
	TWIN_TCP_DEFER_GATHERED,	/* ACKs have waited for others long enough */
	TWIN_TCP_DEFER_LENT,		/* lent data has (tcp_lent.c) */
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
	TWIN_TCP_ACK_READER	= 0x10,	/* left to the reader, for a moment */
	TWIN_TCP_ACK_BIG	= 0x20,	/* a packet of several segments is among it */
	TWIN_TCP_ACK_OPENING	= 0x40,	/* of the peer's SYN: for what is written first */
	TWIN_TCP_ACK_LISTED	= 0x80,	/* the same, and a CPU's next connect() sends it */
};

/*
 * enum twin_tcp_reader - tp->reader: may a read be expected soon?
 */
enum twin_tcp_reader {
	TWIN_TCP_READER_NONE,		/* none came for a tick when it was due */
	TWIN_TCP_READER_WAITS,		/* sleeps in recv(), or is about to */
	TWIN_TCP_READER_WOKEN,		/* the same, told of data */
	TWIN_TCP_READER_READS,		/* was here, and may come again */
};

/* tp->nonagle */
#define TWIN_TCP_NODELAY	0x01	/* TCP_NODELAY */
#define TWIN_TCP_CORK		0x02	/* TCP_CORK */
/* and, where one call is told of them */
#define TWIN_TCP_PUSH		0x04	/* one push although corked or Nagle */

/* tp->ecn */
#define TWIN_TCP_ECN_OK		0x01	/* negotiated */
#define TWIN_TCP_ECN_QUEUE_CWR	0x02	/* tell the peer with the next data */
#define TWIN_TCP_ECN_DEMAND_CWR	0x04	/* echo CE until the peer says CWR */
#define TWIN_TCP_ECN_SEEN	0x08	/* the path lets the bits through */
#define TWIN_TCP_ECN_ASKED	0x10	/* our SYN offered it */
#define TWIN_TCP_ECN_NO_ECT	0x20	/* and another did not: what we send is unmarked */

/* tp->urg_data: state, or the byte with VALID */
#define TWIN_TCP_URG_VALID	0x0100
#define TWIN_TCP_URG_NOTYET	0x0200	/* announced, not arrived */
#define TWIN_TCP_URG_READ	0x0400

struct twin_tcp_sock;
struct twin_tcp_request;
struct twin_tcp_timewait;
struct twin_tcp_bind;
struct twin_tcp_pace;
struct twin_tcp_cong_ops;
struct twin_tcp_fastopen_request;

/*
 * struct twin_tcp_saved_syn - headers of a SYN (TCP_SAVE_SYN)
 */
struct twin_tcp_saved_syn {
	unsigned int bytes;
	u8 data[];
};

/*
 * struct twin_tcp_agreed - options agreed on in the handshake
 */
struct twin_tcp_agreed {
	u16 mss_clamp;			/* the peer's MSS option: data and TCP options */
	u8 snd_wscale;			/* shift of windows that we receive */
	u8 rcv_wscale;			/* shift of windows that we send */
	u8 wscale_ok:1;
	u8 timestamps:1;
	u8 sack:1;
};

/*
 * struct twin_tcp_gaps - what has come while something before it is missing
 * @queue: out of order, by seq; not empty
 * @last: its highest
 * @sacks: for the peer (RFC 2018), newest first
 * @timer: when @gathered ACKs go, as one (tcp_gather.c)
 * @sk: the connection's; @timer has a reference while it is set
 * @users: [a] the connection, and @timer while it is set
 * @at_once_ack: RCV.NXT of what was acknowledged at once
 * @at_once: how many ACKs with that went at once
 * @gathered: ACKs that wait
 *
 * Socket lock.
 */
struct twin_tcp_gaps {
	struct rb_root queue;
	struct sk_buff *last;
	struct twin_wire_sack sacks[TWIN_WIRE_TCP_SACK_MAX];
	struct hrtimer timer;
	struct sock *sk;
	refcount_t users;
	u32 at_once_ack;
	u8 at_once;
	u8 gathered;
};

/*
 * struct twin_tcp_mtu_search - how much the path carries, in bytes of a datagram
 * @pmtu_bytes: what the path has told
 * @low: known to get through
 * @high: may get through
 * @probe_bytes: size that is being tried; 0: none
 * @probe_start: its first sequence number
 * @since_jiffies: when the search began, low 32 bits
 */
struct twin_tcp_mtu_search {
	u16 pmtu_bytes;
	u16 low;
	u16 high;
	u16 probe_bytes;
	u32 probe_start;
	u32 since_jiffies;
};

/*
 * struct twin_tcp_fastopen_keys - what Fast Open cookies are made with
 * @count: how many of @key are set
 * @key: the first makes cookies, any is good for checking them
 */
struct twin_tcp_fastopen_keys {
	u8 count;
	siphash_key_t key[TWIN_TCP_FASTOPEN_KEYS];
};

/*
 * struct twin_tcp_listen - a listener's queues
 *
 * Made by the first listen() or Fast Open option and freed with the socket,
 * which requests hold: so what they count is there even if the socket stops
 * listening, or listens anew.
 *
 * @lock: covers @open, @accept_first, @accept_last, @accept_count,
 *	@fastopen_keys, @fastopen_resets, @fastopen_reset_jiffies
 * @open: the socket listens
 * @accept_first: finished connections, oldest first, linked by
 *	twin_tcp_accept_next()
 * @accept_last: the youngest; of no meaning if there is none
 * @accept_count: how many; read without the lock
 * @accept_max: listen()'s backlog
 * @request_count: connections in SYN-RECEIVED
 * @cookie_jiffies: when a SYN cookie was last sent
 * @defer_accept: SYN+ACK time-outs that data is waited for (TCP_DEFER_ACCEPT)
 * @fastopen_max: connections with data on the SYN whose handshake may be under
 *	way (TCP_FASTOPEN); 0: no Fast Open
 * @fastopen_count: how many there are
 * @fastopen_resets: those that ended by a reset lately; they count as well
 * @fastopen_reset_jiffies: when the last one did
 * @fastopen_keys: TCP_FASTOPEN_KEY; without any, the namespace's
 */
struct twin_tcp_listen {
	spinlock_t lock;		/* queue, open, and the like: see above */
	bool open;
	struct twin_tcp_sock *accept_first;
	struct twin_tcp_sock *accept_last;
	u32 accept_count;
	u32 accept_max;
	atomic_t request_count;
	unsigned long cookie_jiffies;
	u8 defer_accept;
	u32 fastopen_max;
	atomic_t fastopen_count;
	u32 fastopen_resets;
	unsigned long fastopen_reset_jiffies;
	struct twin_tcp_fastopen_keys fastopen_keys;
};

/*
 * struct twin_tcp_sock - one connection, or one listener
 *
 * Everything is covered by the socket lock unless a letter says otherwise:
 * L the listener's queue lock, B the bind bucket's lock, a atomic.
 * Names of RFC 9293 3.3.1 where it has one.  _us microseconds, _jiffies
 * jiffies, _segs segments of an MSS; sequence numbers and windows are bytes.
 * Of jiffies the low 32 bits are kept, see twin_tcp_jiffies().
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
	u8 ecn;				/* TWIN_TCP_ECN_ bits */
	u8 dsack_count:1;		/* @dsack is to be reported */
	u8 rcv_share:7;			/* data in receive memory, 128ths */
	u8 sack_count;			/* of @gaps->sacks; 0 without @gaps */
	u8 defer_accept_opt;		/* TCP_DEFER_ACCEPT, retransmissions */
	u32 last_rcv_jiffies;		/* when data last came */
	u32 last_seg_jiffies;		/* when anything acceptable came */
	u32 rcv_tsecr;			/* last TSecr seen */
	struct twin_tcp_gaps *gaps;	/* NULL: nothing is missing */
	struct twin_wire_sack dsack;	/* RFC 2883 */

	/* send side, touched for each ACK that comes */
	u8 ca_state:4;			/* enum tcp_ca_state */
	u8 quick_asked:1;		/* TCP_QUICKACK */
	u8 handed_over:1;		/* data went to or came from the other end */
	u8 nonagle:2;			/* TWIN_TCP_NODELAY... */
	u8 reader;			/* enum twin_tcp_reader; a reader need not
					 * have the lock
					 */
	s16 linger2_seconds;		/* TCP_LINGER2, 0: sysctl, <0: at once */
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
	u32 cwnd_used;			/* largest in flight, for validation */
	u32 cwnd_round_end;		/* ... until this is acknowledged */
	u32 cwnd_stamp_jiffies;
	u32 ssthresh;
	u32 packets_out;		/* sent, not cumulatively ACKed */
	u32 sacked_out;
	u32 lost_out;
	u32 retrans_out;
	/* sent segments are in sk->tcp_rtx_queue, by seq */
	struct list_head rtx_by_time;	/* the same, oldest transmission first */
	struct sk_buff *rtx_hint;	/* no lost, unsent segment before it */
	struct twin_tcp_rtt rtt;
	u32 min_rtt_us;			/* over a window of time */
	u32 min_rtt_jiffies;
	u32 ts_recent;			/* RFC 7323 TS.Recent */
	u32 ts_recent_seconds;		/* when it was set */
	u32 ts_offset;			/* random offset of our TSval */

	/* recovery */
	u32 high_seq;			/* snd_nxt when the episode began */
	u32 undo_marker;		/* snd_una then; 0: cannot be undone */
	s32 undo_retrans;		/* retransmissions not yet seen as needless */
	u32 prior_cwnd;			/* before the episode */
	u32 prior_ssthresh;
	u32 prr_cwnd;			/* RFC 6937: what comes down to ssthresh */
	u32 prr_delivered;
	u32 prr_out;
	u32 reduced_us;			/* when that began, low bits */
	u32 retrans_stamp;		/* TSval of the first retransmission */
	u32 tlp_high_seq;		/* RFC 8985 7.4 */
	u8 tlp_retrans:1;
	u8 frto:1;
	u8 rack_advanced:1;
	u8 rack_reord_seen:1;
	u8 rack_dsack_seen:1;
	u8 app_limited_now:1;
	u8 cwnd_limited:1;
	u8 is_sack_reneg:1;
	u8 thin:1;
	u8 save_syn:2;			/* TCP_SAVE_SYN, of a listener */
	u8 stamp_id:1;			/* @stamp_base is set */
	u8 urg_mode:1;			/* snd_up is not acknowledged */
	u8 rack_newest_again:1;		/* the newest delivered was sent before */
	u8 repair_lost:1;		/* one sent since @reduced_us */
	u8 mtu_probing:1;		/* @mtu_search.low bounds all segments */
	u16 reordering;			/* segments; for non-SACK and hints */
	u8 retransmits;			/* time-outs in a row */
	u8 excused_timeouts;		/* ... for which the path is not to blame */
	u8 backoff;			/* exponent of the time-out */
	u8 rack_reo_steps;
	u64 rack_mstamp_us;		/* send time of the newest delivered */
	u64 rexmit_start_us;		/* what times out now was first sent then,
					 * or began to wait for window
					 */
	u32 rack_last_delivered;
	u32 notsent_lowat;		/* TCP_NOTSENT_LOWAT, 0: sysctl */
	u32 rack_rtt_us;
	u32 rack_end_seq;
	u32 rack_fack;			/* RACK.fack: highest delivered, before */
	u32 rack_high;			/* ... and with the ACK at hand */

	/* delivery rate */
	u32 delivered;			/* segments, ever */
	u32 delivered_ce;
	u32 lost_total;
	u32 app_limited;		/* delivered + in flight when it began */
	u32 delivered_us;		/* low 32 bits */
	u32 first_tx_us;
	u32 rate_delivered;
	u32 rate_interval_us;
	u64 now_us;			/* clock of the event being handled */
	struct twin_tcp_pace *pace;	/* once a packet was paced */

	/* congestion control */
	const struct twin_tcp_cong_ops *cong;
	u64 cong_private[TWIN_TCP_CONG_PRIVATE];

	/* timers: one kernel timer, sk->sk_timer, for the earliest deadline */
	u8 timers_armed;		/* bit per enum twin_tcp_timer */
	u8 probes_out;			/* zero-window or keep-alive probes */
	u8 keep_probes;			/* TCP_KEEPCNT, 0: sysctl */
	u8 syn_retries;			/* TCP_SYNCNT, 0: sysctl */
	u32 timers[TWIN_TCP_TIMERS];	/* jiffies */
	u16 keep_idle_seconds;		/* TCP_KEEPIDLE, 0: sysctl */
	u16 keep_intvl_seconds;		/* TCP_KEEPINTVL, 0: sysctl */
	u32 user_timeout_ms;		/* TCP_USER_TIMEOUT, 0: none */
	struct llist_node throttle_node;	/* [a] while SEND_QUEUED */

	/* path */
	struct twin_tcp_mtu_search mtu_search;
	u32 stamp_base;			/* SO_TIMESTAMPING: number of byte 0 */

	/* urgent data, RFC 9293 3.8.5 */
	u32 snd_up;
	u32 rcv_up;
	u16 urg_data;			/* TWIN_TCP_URG_, 0: none */
	u16 user_mss;			/* TCP_MAXSEG */

	/* receive buffer tuning */
	u32 rcvq_space;			/* bytes read in a round trip */
	u32 rcvq_seq;
	u32 rcvq_us;			/* low 32 bits */
	u32 rcv_rtt_us_x8;
	u32 rcv_rtt_seq;
	u32 rcv_rtt_mstamp_us;		/* low 32 bits; 0: none yet */

	/* user calls */
	struct twin_tcp_saved_syn *saved_syn;	/* until it is read */

	/* Fast Open (tcp_fastopen.h) */
	struct twin_tcp_fastopen_request *fastopen_request; /* SYN being made */
	struct sock *fastopen_listener;	/* counted: SYN+ACK not acknowledged */
	u32 stray_ms;			/* when a stray segment was answered */
	u8 fastopen_waits;		/* connect() waits for the first write */
	u8 fastopen_passive;		/* began with data; opened by the peer */
	u8 fastopen_connect:1;		/* TCP_FASTOPEN_CONNECT */
	u8 fastopen_no_cookie:1;	/* TCP_FASTOPEN_NO_COOKIE */
	u8 fastopen_fail:2;		/* enum tcp_fastopen_client_fail */
	u8 syn_fastopen:1;		/* our SYN asked for it or had data */
	u8 syn_data:1;			/* our SYN had data */
	u8 syn_data_acked:1;		/* data on the SYN was taken */
	u8 fastopen_give_cookie:1;	/* the SYN+ACK carries one */
	u8 rack_reo_persist:5;		/* of recovery; here there is room */
	u8 lent:1;			/* some of the queue, perhaps (tcp_lent.c) */
	u8 busy:2;			/* enum twin_tcp_busy (tcp_busy.h) */

	/* numbers for tcp_info */
	u64 bytes_acked;
	u64 bytes_received;
	u64 bytes_sent;
	u64 bytes_retrans;
	u32 total_retrans;
	u32 segs_out;
	u32 segs_in;
	u32 data_segs_out;
	u32 data_segs_in;
	u32 dsack_dups;
	u32 reord_seen;
	u32 rcv_ooopack;
	u32 busy_since;			/* jiffies */
	u32 busy_jiffies[3];		/* spent in each but TWIN_TCP_IDLE */

	/* registration */
	struct twin_tcp_bind *bind;	/* [B] local port; keeps it in use */
	struct twin_tcp_listen *listen;	/* since listen() or TCP_FASTOPEN */
};

static inline struct twin_tcp_sock *twin_tcp(const struct sock *sk)
{
	return (struct twin_tcp_sock *)sk;
}

static inline struct sock *twin_tcp_to_sk(const struct twin_tcp_sock *tp)
{
	return (struct sock *)&tp->ts.sk;
}

/* enum twin_tcp_deferred, atomic bits; done when the user releases the socket */
static inline unsigned long *twin_tcp_deferred(const struct twin_tcp_sock *tp)
{
	return &twin_tcp_to_sk(tp)->sk_tsq_flags;
}

/*
 * [L of the listener] the connection behind this one in the accept queue; NULL
 * outside the queue.  It is in the core's sk_user_data, which has no other user
 * before accept().
 */
static inline struct twin_tcp_sock **
twin_tcp_accept_next(const struct twin_tcp_sock *tp)
{
	return (struct twin_tcp_sock **)&twin_tcp_to_sk(tp)->sk_user_data;
}

static inline struct twin_net *twin_tcp_net(const struct twin_tcp_sock *tp)
{
	return tp->ts.flow.tn;
}

/* Jiffies for what is at most 24 days away, before or after. */
static inline u32 twin_tcp_jiffies(void)
{
	return (u32)jiffies;
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

/* RFC 5961 5.2: does it acknowledge what may be under way?  Else it is dropped. */
static inline bool twin_tcp_ack_plausible(const struct twin_tcp_sock *tp,
					  const struct twin_tcp_segment *seg)
{
	return seg->hdr.flags & TWIN_TCP_ACK &&
	       !twin_tcp_after(seg->hdr.ack, tp->snd_nxt) &&
	       !twin_tcp_before(seg->hdr.ack, tp->snd_una - tp->max_window);
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
static inline u32 twin_tcp_ts_clock(u64 us)
{
	return (u32)div_u64(us, USEC_PER_MSEC);
}

static inline u32 twin_tcp_tsval_at(const struct twin_tcp_sock *tp, u64 us)
{
	return twin_tcp_ts_clock(us) + tp->ts_offset;
}

static inline u32 twin_tcp_tsval(const struct twin_tcp_sock *tp)
{
	return twin_tcp_tsval_at(tp, tp->now_us);
}

/* The round trip that an echo of our clock tells; -1: too long to be one. */
static inline s32 twin_tcp_echo_rtt_us(const struct twin_tcp_sock *tp,
				       u32 tsecr)
{
	u32 ms = twin_tcp_tsval(tp) - tsecr;

	if (ms >= TWIN_TCP_RTO_MAX_US / USEC_PER_MSEC)
		return -1;
	return max(ms, 1u) * USEC_PER_MSEC;
}

/* sk_mem_charge(), which asks first whether the protocol has an account. */
static inline void twin_tcp_charge(struct sock *sk, int bytes)
{
	sk_forward_alloc_add(sk, -bytes);
}

/*
 * A socket keeps a little of the protocol's memory that it charges nothing to
 * at the moment, so that a dialogue does not fetch and return it each time.
 */
#define TWIN_TCP_KEEP_BYTES	((int)max_t(unsigned long, 8192, PAGE_SIZE))

static inline void twin_tcp_uncharge(struct sock *sk, int bytes)
{
	sk_forward_alloc_add(sk, bytes);
	if (unlikely(sk->sk_forward_alloc > TWIN_TCP_KEEP_BYTES ||
		     sk_under_memory_pressure(sk)))
		sk_mem_reclaim(sk);
}

/*
 * Charges an empty skb and puts it at the end of the write queue.  Its sequence
 * numbers are where the application's data ends; whoever fills it moves the end.
 */
static inline void twin_tcp_skb_queue(struct twin_tcp_sock *tp,
				      struct sk_buff *skb, u8 flags)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	*twin_tcp_cb(skb) = (struct twin_tcp_cb){
		.seq = tp->write_seq,
		.end_seq = tp->write_seq,
		.flags = flags,
	};
	sk_wmem_queued_add(sk, skb->truesize);
	twin_tcp_charge(sk, skb->truesize);
	__skb_header_release(skb);
	__skb_queue_tail(&sk->sk_write_queue, skb);
}

/*
 * The list by time of transmission shares memory with members that the core
 * looks at; they must look empty whenever the core gets the skb.
 */
static inline void twin_tcp_anchor_hide(struct sk_buff *skb,
					struct list_head *saved)
{
	*saved = skb->tcp_tsorted_anchor;
	skb->_skb_refdst = 0;
	skb->destructor = NULL;
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

/*
 * A sent skb with these marks now stands for @more segments more (or less): so
 * do the counters that the marks put it into.
 */
static inline void twin_tcp_rtx_recount(struct twin_tcp_sock *tp, u8 sacked,
					s32 more)
{
	tp->packets_out += more;
	if (sacked & TWIN_TCPCB_SACKED)
		tp->sacked_out += more;
	if (sacked & TWIN_TCPCB_LOST)
		tp->lost_out += more;
	if (sacked & TWIN_TCPCB_RETRANS)
		tp->retrans_out += more;
}

#endif
