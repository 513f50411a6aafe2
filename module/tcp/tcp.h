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
 *	twin_tcp_sock.  What may be taken below it: "Order" in
 *	Documentation/locking.md.
 *
 * Files, in the order of a connection's life
 *
 * Open and close: tcp_proto (slab, memory, namespaces), tcp_user (open, close,
 *	abort), tcp_bind (ports), tcp_isn (first numbers), tcp_state (the states),
 *	tcp_timewait; tcp_option, tcp_info (what programs set and see).
 * The passive side: tcp_listen, tcp_request, tcp_cookie, tcp_child,
 *	tcp_request_extra (what of a SYN outlives it); data on the SYN:
 *	tcp_fastopen, tcp_fastopen_active, tcp_fastopen_cache.
 * Out: tcp_send, tcp_send_small (bytes become a queue), tcp_output (what may go),
 *	tcp_split (one skb becomes two), tcp_throttle, tcp_pace (not too much of it),
 *	tcp_handover (straight to the other end), tcp_segment (the header),
 *	tcp_control (SYN, FIN, probes), tcp_reply (segments without data),
 *	tcp_delack (when ACKs are due), tcp_rtx_queue (what was sent), tcp_stamp
 *	(when), tcp_busy (what holds it up).
 * In: tcp_input, tcp_table (whose segment it is), tcp_step (RFC 9293 3.10.7 step
 *	by step), tcp_reassembly, tcp_collapse, tcp_urgent (data), tcp_gather (its
 *	ACKs), tcp_window (room), tcp_receive (bytes out), tcp_error (ICMP).
 * What has arrived, what is lost: tcp_ack, tcp_sack, tcp_rack, tcp_tlp,
 *	tcp_recovery, tcp_retransmit, tcp_undo, tcp_rtt, tcp_rate, tcp_ecn,
 *	tcp_mtu (how much a path carries), tcp_cong and its algorithms.
 * What waits: tcp_timer.  Seen from outside: tcp_record, tcp_walk.
 */
#ifndef TWIN_TCP_H
#define TWIN_TCP_H

#include "tcp_sock.h"

/* tcp_proto.c */
extern struct proto twin_tcp_proto;
int twin_tcp_init(void);
void twin_tcp_exit(void);
int twin_tcp_net_init(struct twin_net *tn);
void twin_tcp_net_exit(struct twin_net *tn);
void twin_tcp_orphan_count(struct twin_tcp_sock *tp, int change);
void twin_tcp_reset_members(struct twin_tcp_sock *tp);
bool twin_tcp_out_of_memory(struct twin_tcp_sock *tp);

/* tcp_state.c */
void twin_tcp_set_state(struct twin_tcp_sock *tp, u8 state);
void twin_tcp_done(struct twin_tcp_sock *tp);
void twin_tcp_end_with(struct twin_tcp_sock *tp, int err);
void twin_tcp_destroy(struct twin_tcp_sock *tp);

/* tcp_user.c: OPEN, CLOSE, ABORT of RFC 9293 3.9.1; socket lock held */
int twin_tcp_connect(struct sock *sk, __be32 daddr, __be16 dport);
void twin_tcp_connect_begin(struct sock *sk);
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
void twin_tcp_get_info_line(const struct sock *sk, struct tcp_info *info);
void twin_tcp_get_info(struct sock *sk, struct tcp_info *info);

/* tcp_send.c: SEND of RFC 9293 3.9.1; socket lock held */
int twin_tcp_sendmsg(struct sock *sk, struct msghdr *msg, size_t bytes,
		     u32 before);
int twin_tcp_sendpage(struct sock *sk, struct page *page, int offset,
		      size_t bytes, int flags);
struct sk_buff *twin_tcp_send_syn_data(struct twin_tcp_sock *tp,
				       struct msghdr *msg, u32 most,
				       int *copied);
bool twin_tcp_memory_free(const struct sock *sk, int wake);
bool twin_tcp_writable(const struct twin_tcp_sock *tp);
void twin_tcp_write_space(struct sock *sk);
void twin_tcp_write_room(struct twin_tcp_sock *tp);
struct sk_buff *twin_tcp_skb_alloc(struct twin_tcp_sock *tp, gfp_t gfp);
void twin_tcp_skb_free(struct twin_tcp_sock *tp, struct sk_buff *skb);
void twin_tcp_send_queues_purge(struct twin_tcp_sock *tp);

/* tcp_send_small.c: SEND in a dialogue; no lock held */
int twin_tcp_send_small(struct sock *sk, struct msghdr *msg, size_t bytes);

/* tcp_receive.c: RECEIVE; socket lock held, but for what comes first */
long twin_tcp_recv_await(struct sock *sk, long timeout);
int twin_tcp_recv_small(struct sock *sk, struct msghdr *msg, size_t room,
			int flags);
int twin_tcp_recvmsg(struct sock *sk, struct msghdr *msg, size_t bytes,
		     int flags, long timeout);
void twin_tcp_data_ready(struct twin_tcp_sock *tp);

/**
 * twin_tcp_readable() - bytes that recv() could return now
 * @tp: connection
 *
 * Context: Any; exact under the socket lock.
 * Return: bytes, the FIN not counted.
 */
static inline u32 twin_tcp_readable(const struct twin_tcp_sock *tp)
{
	const struct sock *sk = twin_tcp_to_sk(tp);
	u32 bytes = READ_ONCE(tp->rcv_nxt) - READ_ONCE(tp->copied_seq);

	if ((s32)bytes < 0)
		return 0;
	if (bytes && sock_flag(sk, SOCK_DONE))
		bytes--;
	return bytes;
}

/* tcp_stamp.c: SO_TIMESTAMPING */
int twin_tcp_stamp_wanted(struct twin_tcp_sock *tp, struct msghdr *msg,
			  struct sockcm_cookie *sockc);
void twin_tcp_stamp_mark(struct twin_tcp_sock *tp, struct sk_buff *skb,
			 const struct sockcm_cookie *sockc);
void twin_tcp_stamp_split(struct sk_buff *skb, struct sk_buff *rest);
void twin_tcp_stamp_acked(struct twin_tcp_sock *tp, struct sk_buff *skb);
void twin_tcp_stamp_inherit(struct sk_buff *to, const struct sk_buff *from);
void twin_tcp_stamp_relative(const struct sock *sk, struct sk_buff *skb);

/*
 * enum twin_tcp_write_how - how much twin_tcp_write() sends
 * @TWIN_TCP_WRITE_ALL: all that may go
 * @TWIN_TCP_WRITE_ONE: one packet, if it may go
 * @TWIN_TCP_WRITE_PROBE: one packet, whatever the congestion window says
 */
enum twin_tcp_write_how {
	TWIN_TCP_WRITE_ALL,
	TWIN_TCP_WRITE_ONE,
	TWIN_TCP_WRITE_PROBE,
};

/* tcp_output.c: what may be sent now */
void twin_tcp_push(struct twin_tcp_sock *tp);
void twin_tcp_push_queue(struct twin_tcp_sock *tp, u8 nonagle, gfp_t gfp);
bool twin_tcp_write(struct twin_tcp_sock *tp, u8 nonagle, gfp_t gfp,
		    enum twin_tcp_write_how how);
int twin_tcp_transmit(struct twin_tcp_sock *tp, struct sk_buff *skb,
		      gfp_t gfp);
int twin_tcp_send_copy(struct twin_tcp_sock *tp, struct sk_buff *skb,
		       bool in_rtx_queue, gfp_t gfp);
void twin_tcp_sent_new(struct twin_tcp_sock *tp, struct sk_buff *skb);
void twin_tcp_set_segs(struct twin_tcp_sock *tp, struct sk_buff *skb);
bool twin_tcp_nagle_passes(const struct twin_tcp_sock *tp,
			   const struct sk_buff *skb, u32 mss, u8 nonagle);
u32 twin_tcp_mss_sync(struct twin_tcp_sock *tp, u32 pmtu_bytes);
u32 twin_tcp_gso_goal(struct twin_tcp_sock *tp, u32 mss);
int twin_tcp_path_renew(struct twin_tcp_sock *tp);

/**
 * twin_tcp_push_nagle() - send what may be sent, if there is anything
 * @tp: connection
 * @nonagle: TWIN_TCP_NODELAY, _CORK, _PUSH
 * @gfp: for copies
 *
 * Context: Socket lock.
 */
static inline void twin_tcp_push_nagle(struct twin_tcp_sock *tp, u8 nonagle,
				       gfp_t gfp)
{
	const struct sock *sk = twin_tcp_to_sk(tp);

	if (!skb_queue_empty(&sk->sk_write_queue) && sk->sk_state != TCP_CLOSE)
		twin_tcp_push_queue(tp, nonagle, gfp);
}

/**
 * twin_tcp_path() - make the connection's path valid
 * @tp: connection
 *
 * Context: Socket lock, RCU read lock.
 * Return: 0 or the error of the lookup.
 */
static inline int twin_tcp_path(struct twin_tcp_sock *tp)
{
	return likely(twin_pcb_path_is_good(&tp->ts, tp->ts.flow.raddr)) ?
	       0 : twin_tcp_path_renew(tp);
}

/* tcp_split.c: one skb becomes two */
int twin_tcp_fragment(struct twin_tcp_sock *tp, struct sk_buff *skb, u32 bytes,
		      bool in_rtx_queue, gfp_t gfp);

/* tcp_rtx_queue.c: what was sent and is not acknowledged, by number */
void twin_tcp_rtx_insert(struct twin_tcp_sock *tp, struct sk_buff *skb);
struct sk_buff *twin_tcp_rtx_find(const struct twin_tcp_sock *tp, u32 seq);
void twin_tcp_rtx_unlink(struct twin_tcp_sock *tp, struct sk_buff *skb);

/* Where there is one segment, as in most dialogues, the root is the first. */
static inline struct sk_buff *twin_tcp_rtx_first(const struct twin_tcp_sock *tp)
{
	struct rb_node *root = twin_tcp_to_sk(tp)->tcp_rtx_queue.rb_node;

	if (!root || !root->rb_left)
		return rb_to_skb(root);
	return skb_rb_first(&twin_tcp_to_sk(tp)->tcp_rtx_queue);
}

static inline struct sk_buff *twin_tcp_rtx_last(const struct twin_tcp_sock *tp)
{
	return skb_rb_last(&twin_tcp_to_sk(tp)->tcp_rtx_queue);
}

/* Most questions and answers are one segment: the tree needs no mending then. */
static inline bool twin_tcp_rtx_is_alone(const struct twin_tcp_sock *tp,
					 const struct sk_buff *skb)
{
	const struct rb_node *node = &skb->rbnode;

	return twin_tcp_to_sk(tp)->tcp_rtx_queue.rb_node == node &&
	       !node->rb_left && !node->rb_right;
}

/* tcp_retransmit.c: once more */
int twin_tcp_retransmit(struct twin_tcp_sock *tp, struct sk_buff *skb,
			u32 max_segs);

/* tcp_control.c: SYN, FIN and window probes */
void twin_tcp_send_fin(struct twin_tcp_sock *tp);
struct sk_buff *twin_tcp_queue_syn(struct twin_tcp_sock *tp, u8 flags,
				   gfp_t gfp);
int twin_tcp_send_syn(struct twin_tcp_sock *tp);
int twin_tcp_probe_window(struct twin_tcp_sock *tp);

/* tcp_throttle.c: little in the device's queue */
void twin_tcp_throttle_init(void);
void twin_tcp_throttle_exit(void);
void twin_tcp_throttle_own(struct twin_tcp_sock *tp, struct sk_buff *skb);
void twin_tcp_throttle_space(struct twin_tcp_sock *tp);
bool twin_tcp_throttle_full(struct twin_tcp_sock *tp,
			    const struct sk_buff *skb);
bool twin_tcp_throttle_holds(struct twin_tcp_sock *tp,
			     const struct sk_buff *skb);
void twin_tcp_send_resume(struct sock *sk);
void twin_tcp_send_resume_owned(struct twin_tcp_sock *tp);

/* tcp_pace.c: not all at once */
static inline bool twin_tcp_pace_needed(const struct twin_tcp_sock *tp)
{
	/* pairs with sch_fq's release when it takes over */
	return smp_load_acquire(&twin_tcp_to_sk(tp)->sk_pacing_status) ==
	       SK_PACING_NEEDED;
}

void twin_tcp_pacing_update(struct twin_tcp_sock *tp);
bool twin_tcp_pace_early(const struct twin_tcp_sock *tp);
bool twin_tcp_pace_blocks(struct twin_tcp_sock *tp);
void twin_tcp_pace_sent(struct twin_tcp_sock *tp, u32 bytes);

/* Is @tp to wait?  It is then woken in time. */
static inline bool twin_tcp_pace_holds(struct twin_tcp_sock *tp)
{
	return unlikely(twin_tcp_pace_needed(tp)) && twin_tcp_pace_blocks(tp);
}

void twin_tcp_pace_stop(struct twin_tcp_sock *tp);

/* tcp_segment.c: the header in front, down to IP */
int twin_tcp_segment_send(struct twin_tcp_sock *tp, struct sk_buff *skb,
			  u32 seq, u8 flags);
unsigned int twin_tcp_segment_sack_bytes(const struct twin_tcp_sock *tp);
void twin_tcp_segment_checksum(struct sk_buff *skb, __be32 saddr,
			       __be32 daddr);

/**
 * twin_tcp_mss_current() - payload of the next segment
 * @tp: connection
 *
 * Context: Socket lock.
 * Return: bytes.
 */
static inline u32 twin_tcp_mss_current(const struct twin_tcp_sock *tp)
{
	if (unlikely(tp->sack_count || tp->dsack_count))
		return tp->mss_now - twin_tcp_segment_sack_bytes(tp);
	return tp->mss_now;
}

/* tcp_delack.c: when an ACK is due */
void twin_tcp_ack_check(struct twin_tcp_sock *tp, bool ofo_possible);
void twin_tcp_ack_enter_quick(struct twin_tcp_sock *tp, unsigned int max);
void twin_tcp_ack_opening(struct twin_tcp_sock *tp);
void twin_tcp_ack_connected(struct twin_tcp_sock *tp);
void twin_tcp_ack_opened(struct twin_tcp_sock *tp);
void twin_tcp_ack_before_write(struct twin_tcp_sock *tp, size_t bytes);
void twin_tcp_ack_await_input(struct sock *sk);
void twin_tcp_ack_connect_again(void);

/* tcp_reply.c: segments without data, with and without a socket */
void twin_tcp_ack_send(struct twin_tcp_sock *tp);
void twin_tcp_ack_probe(struct twin_tcp_sock *tp, u32 seq);
void twin_tcp_ack_sent(struct twin_tcp_sock *tp);
bool twin_tcp_dupack_send(struct twin_tcp_sock *tp,
			  const struct twin_tcp_segment *seg);
void twin_tcp_challenge_ack(struct twin_tcp_sock *tp);
void twin_tcp_reset_send(struct twin_tcp_sock *tp);
void twin_tcp_reset_reply(struct twin_net *tn, const struct sk_buff *skb,
			  const struct twin_tcp_segment *seg, int ifindex);

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
	const struct twin_ip_options *options;	/* or NULL */
	struct twin_wire_tcp hdr;	/* header_bytes is filled in */
	struct twin_wire_tcp_options opt;
};

void twin_tcp_bare_send(struct twin_tcp_bare *bare);
bool twin_tcp_ratelimit(struct twin_net *tn, u32 *last_ms);

/* tcp_input.c, tcp_step.c: SEGMENT ARRIVES */
void twin_tcp_input(struct twin_net *tn, struct sk_buff *skb);
int twin_tcp_backlog_receive(struct sock *sk, struct sk_buff *skb);
void twin_tcp_step(struct twin_tcp_sock *tp, struct sk_buff *skb,
		   struct twin_tcp_segment *seg);
void twin_tcp_fin_received(struct twin_tcp_sock *tp);

/* tcp_ack.c */
bool twin_tcp_ack(struct twin_tcp_sock *tp, const struct twin_tcp_segment *seg);
bool twin_tcp_ack_set_window(struct twin_tcp_sock *tp, u32 seq, u32 window);

/* tcp_sack.c: the scoreboard */
void twin_tcp_sack_apply(struct twin_tcp_sock *tp,
			 const struct twin_tcp_segment *seg,
			 struct twin_tcp_ack_state *as);
bool twin_tcp_sack_reneging(const struct twin_tcp_sock *tp);
void twin_tcp_dupack_count(struct twin_tcp_sock *tp);
void twin_tcp_dupack_reduce(struct twin_tcp_sock *tp, u32 acked_segs);
void twin_tcp_dupack_reset(struct twin_tcp_sock *tp);

/* tcp_rack.c: which segments are lost (RFC 8985 section 6) */
void twin_tcp_rack_advance(struct twin_tcp_sock *tp, u8 sacked, u32 end_seq,
			   u64 sent_us);
void twin_tcp_rack_detect_reordering(struct twin_tcp_sock *tp,
				     const struct twin_tcp_ack_state *as);
void twin_tcp_rack_update_window(struct twin_tcp_sock *tp,
				 const struct twin_tcp_ack_state *as);
void twin_tcp_rack_mark_lost(struct twin_tcp_sock *tp);
bool twin_tcp_rack_expired(const struct twin_tcp_sock *tp,
			   const struct sk_buff *skb);
void twin_tcp_mark_skb_lost(struct twin_tcp_sock *tp, struct sk_buff *skb);

/* tcp_tlp.c: probes for the end of a flight (RFC 8985 section 7) */
void twin_tcp_tlp_schedule(struct twin_tcp_sock *tp);
void twin_tcp_tlp_send(struct twin_tcp_sock *tp);
void twin_tcp_tlp_process_ack(struct twin_tcp_sock *tp, u32 ack,
			      const struct twin_tcp_ack_state *as);

/* tcp_recovery.c: the sender's reaction to loss */
void twin_tcp_recovery_ack(struct twin_tcp_sock *tp,
			   struct twin_tcp_ack_state *as);
void twin_tcp_recovery_enter_loss(struct twin_tcp_sock *tp);
void twin_tcp_recovery_enter_cwr(struct twin_tcp_sock *tp);
void twin_tcp_recovery_end_reduction(struct twin_tcp_sock *tp);
void twin_tcp_recovery_keep_open(struct twin_tcp_sock *tp);
void twin_tcp_recovery_resume(struct twin_tcp_sock *tp);
void twin_tcp_recovery_reorder_timeout(struct twin_tcp_sock *tp);
void twin_tcp_recovery_resend_big(struct twin_tcp_sock *tp, u32 mss_before);
void twin_tcp_recovery_resend_all(struct twin_tcp_sock *tp);
u32 twin_tcp_current_ssthresh(const struct twin_tcp_sock *tp);

/* tcp_mtu.c: path MTU discovery (RFC 1191), also without ICMP (RFC 4821) */
void twin_tcp_mtu_init(struct twin_tcp_sock *tp);
u32 twin_tcp_mtu_known(struct twin_tcp_sock *tp, u32 pmtu_bytes);
void twin_tcp_mtu_reduced(struct twin_tcp_sock *tp);
void twin_tcp_mtu_black_hole(struct twin_tcp_sock *tp);
int twin_tcp_mtu_probe(struct twin_tcp_sock *tp);
void twin_tcp_mtu_acked(struct twin_tcp_sock *tp);
bool twin_tcp_mtu_lost(struct twin_tcp_sock *tp);

/* tcp_undo.c: was the reaction needless? */
void twin_tcp_undo_init(struct twin_tcp_sock *tp);
bool twin_tcp_undo_recovery(struct twin_tcp_sock *tp);
bool twin_tcp_undo_by_dsack(struct twin_tcp_sock *tp);
bool twin_tcp_undo_partial(struct twin_tcp_sock *tp);
bool twin_tcp_undo_loss(struct twin_tcp_sock *tp, bool by_frto);

/* tcp_ecn.c: explicit congestion notification */
static inline bool twin_tcp_ecn_agreed(const struct twin_tcp_sock *tp)
{
	return unlikely(tp->ecn & TWIN_TCP_ECN_OK);
}

u8 twin_tcp_ecn_ask(struct twin_tcp_sock *tp);
void twin_tcp_ecn_give_up(struct twin_tcp_sock *tp, struct sk_buff *syn);
void twin_tcp_ecn_answered(struct twin_tcp_sock *tp, u8 flags);
bool twin_tcp_ecn_offered(const struct twin_tcp_sock *lp, u8 flags);
u8 twin_tcp_ecn_send(struct twin_tcp_sock *tp, struct sk_buff *skb, u32 seq,
		     u8 *flags);
void twin_tcp_ecn_received(struct twin_tcp_sock *tp, const struct sk_buff *skb,
			   u8 flags);

/* tcp_urgent.c: urgent data, MSG_OOB */
void twin_tcp_urgent_received(struct twin_tcp_sock *tp,
			      const struct sk_buff *skb,
			      const struct twin_tcp_segment *seg);
void twin_tcp_urgent_limit(const struct twin_tcp_sock *tp, u32 *seq,
			   u32 *offset, size_t *bytes);
u32 twin_tcp_urgent_readable(const struct twin_tcp_sock *tp);
int twin_tcp_urgent_read(struct twin_tcp_sock *tp, struct msghdr *msg,
			 size_t bytes, int flags);

/* tcp_rate.c: how fast data is delivered (draft-cheng-iccrg-delivery-rate) */
void twin_tcp_rate_sent(struct twin_tcp_sock *tp, struct sk_buff *skb);
void twin_tcp_rate_delivered(struct twin_tcp_sock *tp,
			     const struct sk_buff *skb,
			     struct twin_tcp_rate *rate);
void twin_tcp_rate_finish(struct twin_tcp_sock *tp,
			  struct twin_tcp_ack_state *as);
void twin_tcp_rate_check_app_limited(struct twin_tcp_sock *tp);

/* tcp_reassembly.c: data in */
void twin_tcp_data_in(struct twin_tcp_sock *tp, struct sk_buff *skb);
bool twin_tcp_room_for(struct twin_tcp_sock *tp, struct sk_buff *skb);
void twin_tcp_ofo_purge(struct twin_tcp_sock *tp);
void twin_tcp_dsack_set(struct twin_tcp_sock *tp, u32 start, u32 end);

/* tcp_handover.c: both ends are here */
void twin_tcp_handover(struct twin_tcp_sock *tp, u8 nonagle);

/* RFC 7323 and RFC 2018 section 3: with timestamps one SACK block fewer fits. */
static inline unsigned int twin_tcp_sack_room(const struct twin_tcp_sock *tp)
{
	return TWIN_WIRE_TCP_SACK_MAX - tp->agreed.timestamps;
}

/* tcp_gather.c: ACKs of what is behind a hole */
struct twin_tcp_gaps *twin_tcp_gaps_new(struct twin_tcp_sock *tp);
void twin_tcp_gaps_free(struct twin_tcp_sock *tp);
bool twin_tcp_gather(struct twin_tcp_sock *tp);
void twin_tcp_gather_run(struct twin_tcp_sock *tp);
void twin_tcp_gather_sent(struct twin_tcp_sock *tp);
void twin_tcp_gather_stop(struct twin_tcp_sock *tp);

/* tcp_collapse.c: less memory for the same data */
void twin_tcp_collapse(struct twin_tcp_sock *tp);

/* tcp_window.c: how much room the peer is told of */
u16 twin_tcp_window_select(struct twin_tcp_sock *tp);
u32 twin_tcp_window_wanted(struct twin_tcp_sock *tp);
u32 twin_tcp_window_room(const struct twin_tcp_sock *tp);
void twin_tcp_window_init(struct twin_tcp_sock *tp);
void twin_tcp_window_first(const struct twin_tcp_sock *tp, u32 mss,
			   u32 *window, u32 *clamp, u8 *wscale);
void twin_tcp_window_grow(struct twin_tcp_sock *tp, const struct sk_buff *skb);
void twin_tcp_window_clamp(struct twin_tcp_sock *tp);
void twin_tcp_window_after_read(struct twin_tcp_sock *tp, u32 copied,
				bool wants_more);
void twin_tcp_window_tune(struct twin_tcp_sock *tp);
void twin_tcp_window_measure_mss(struct twin_tcp_sock *tp,
				 const struct sk_buff *skb);
void twin_tcp_window_rtt(struct twin_tcp_sock *tp, const struct sk_buff *skb);
void twin_tcp_sndbuf_expand(struct twin_tcp_sock *tp);

/* tcp_timer.c */
void twin_tcp_timer_init(struct twin_tcp_sock *tp);
void twin_tcp_timer_arm(struct twin_tcp_sock *tp, enum twin_tcp_timer kind,
			unsigned long delay_jiffies);
void twin_tcp_timer_stop_all(struct twin_tcp_sock *tp);
void twin_tcp_release_cb(struct sock *sk);
unsigned long twin_tcp_rto_jiffies(const struct twin_tcp_sock *tp);
void twin_tcp_rearm_rto(struct twin_tcp_sock *tp);
void twin_tcp_timer_keepalive_set(struct sock *sk, int on);
unsigned long twin_tcp_keepalive_idle(const struct twin_tcp_sock *tp);
int twin_tcp_fin_wait2_seconds(const struct twin_tcp_sock *tp);
void twin_tcp_persist_arm(struct twin_tcp_sock *tp);

static inline bool twin_tcp_timer_armed(const struct twin_tcp_sock *tp,
					enum twin_tcp_timer kind)
{
	return tp->timers_armed & BIT(kind);
}

/**
 * twin_tcp_timer_stop() - forget a deadline
 * @tp: connection
 * @kind: which
 *
 * Context: Socket lock.  The kernel timer may still fire, to no effect.
 */
static inline void twin_tcp_timer_stop(struct twin_tcp_sock *tp,
				       enum twin_tcp_timer kind)
{
	tp->timers_armed &= ~BIT(kind);
}

/* tcp_listen.c: the passive side */
int twin_tcp_listen(struct sock *sk, int backlog);
int twin_tcp_listen_prepare(struct twin_tcp_sock *tp);
void twin_tcp_listen_stop(struct twin_tcp_sock *tp);
struct sock *twin_tcp_accept(struct sock *sk, int flags, int *err);
bool twin_tcp_listen_input(struct sock *listener, struct sk_buff *skb,
			   struct twin_tcp_segment *seg, u32 iss);
bool twin_tcp_accept_add(struct sock *listener, struct twin_tcp_sock *child);

static inline bool twin_tcp_accept_full(const struct twin_tcp_listen *listen)
{
	return READ_ONCE(listen->accept_count) > READ_ONCE(listen->accept_max);
}

/* tcp_bind.c: local ports */
int twin_tcp_bind_init(void);
void twin_tcp_bind_exit(void);
int twin_tcp_get_port(struct sock *sk, unsigned short port);
bool twin_tcp_has_port(const struct sock *sk);
int twin_tcp_bind_connect(struct twin_tcp_sock *tp);
void twin_tcp_bind_inherit(struct twin_tcp_sock *lp,
			   struct twin_tcp_sock *child);
void twin_tcp_bind_put(struct twin_tcp_sock *tp);
void twin_tcp_bind_to_timewait(struct twin_tcp_sock *tp,
			       struct twin_tcp_timewait *tw);
void twin_tcp_bind_put_timewait(struct twin_tcp_timewait *tw);
int twin_tcp_bind_recheck_listen(struct twin_tcp_sock *tp);

/* tcp_isn.c */
u64 twin_tcp_secret(const struct twin_flow *flow);
u32 twin_tcp_isn(u64 secret);

/* RFC 7323 5.4, 7.1: what is added to the clock of our timestamps */
static inline u32 twin_tcp_ts_offset(u64 secret)
{
	return secret >> 32;
}

/*
 * Where the connection's timestamps begin, and with that its IP identifications, which
 * nobody else can guess (RFC 7739).  Clock refreshed: of what routers may cut, the next
 * connection of the same ends must not have the same ones (RFC 6864 4.3).
 */
static inline void twin_tcp_set_ts_offset(struct twin_tcp_sock *tp, u32 offset)
{
	tp->ts_offset = offset;
	tp->ts.ip_id = (offset >> 16) + (u32)tp->now_us;
}

/* tcp_lent.c */
enum twin_tcp_lent_left {
	TWIN_TCP_LENT_NONE,		/* nothing is lent */
	TWIN_TCP_LENT_YOUNG,		/* what is, may stay until the next look */
	TWIN_TCP_LENT_LONG,		/* there is more to copy */
};

bool twin_tcp_lent_in(struct twin_tcp_sock *tp, struct sk_buff *skb);
enum twin_tcp_lent_left twin_tcp_lent_look(struct twin_tcp_sock *tp);
void twin_tcp_lent_exit(void);

/* tcp_error.c */
void twin_tcp_error(const struct twin_icmp_error *error);

#endif
