/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Congestion control: the interface between TCP and the algorithms.
 *
 * tcp_ack and tcp_recovery call the algorithms; together they own tp->cwnd,
 * tp->cwnd_cnt and tp->ssthresh.  All calls are made with the socket lock held,
 * most of them in softirq, and must not sleep.  An algorithm may be in another
 * module: see twin_tcp_cong_register().
 */
#ifndef TWIN_TCP_CONG_H
#define TWIN_TCP_CONG_H

#include <linux/list.h>
#include "tcp.h"

#define TWIN_TCP_CONG_NAME_BYTES	16
#define TWIN_TCP_CONG_CWND_MIN		2	/* RFC 5681 3.1, eq. 4 */

/* struct twin_tcp_cong_ops.flags */
#define TWIN_TCP_CONG_NEEDS_ECN		0x01	/* asks for ECN by itself */
#define TWIN_TCP_CONG_RESTRICTED	0x02	/* CAP_NET_ADMIN to choose it */

/*
 * enum twin_tcp_cong_event - what happened to a connection
 * @TWIN_TCP_CONG_TX_START: data is about to be sent and nothing is under way
 * @TWIN_TCP_CONG_CWND_RESTART: the window is about to shrink after idle time
 * @TWIN_TCP_CONG_COMPLETE_CWR: a reduction by steps has reached ssthresh
 * @TWIN_TCP_CONG_LOSS: the retransmission time-out expired
 * @TWIN_TCP_CONG_ECN_CE: data arrived with a congestion mark
 * @TWIN_TCP_CONG_ECN_NO_CE: data arrived without one
 */
enum twin_tcp_cong_event {
	TWIN_TCP_CONG_TX_START,
	TWIN_TCP_CONG_CWND_RESTART,
	TWIN_TCP_CONG_COMPLETE_CWR,
	TWIN_TCP_CONG_LOSS,
	TWIN_TCP_CONG_ECN_CE,
	TWIN_TCP_CONG_ECN_NO_CE,
};

union tcp_cc_info;

/*
 * struct twin_tcp_cong_ops - a congestion control algorithm
 * @name: for TCP_CONGESTION and the sysctl
 * @owner: module that holds the code, NULL for Twin's own: a socket keeps
 *	Twin loaded anyway
 * @flags: TWIN_TCP_CONG_ bits
 * @list: registration; list lock, RCU
 * @init: a connection begins to use it; its private state is zero.  Called once more,
 *	after @release, when the handshake is over and the numbers are known.  Optional
 * @release: a connection ceases to use it.  Optional
 * @ssthresh: the slow start threshold, in segments, after a loss or a congestion
 *	mark; called before tp->ca_state and tp->cwnd change.  In TCP_CA_Recovery: a
 *	repair was lost (RFC 5681 section 4.3), and tp->cwnd is the last answer
 * @avoid: an ACK arrived outside of recovery: @acked_segs newly delivered; raise
 *	the window if it was in use (twin_tcp_cong_limited())
 * @acked: an ACK came, in any state; before what it makes of ssthresh and the
 *	window.  Optional
 * @control: full control: sets window and pacing rate on each ACK, in every
 *	state.  @avoid is then not called
 * @event: something happened.  Optional
 * @set_state: the connection goes to this enum tcp_ca_state; tp->ca_state is
 *	still the old one.  Optional
 * @undo_cwnd: the reductions of an episode were needless: the window to return to; called
 *	before tp->ssthresh is restored
 * @info: fill in what TCP_CC_INFO reports.  Optional.  Return: bytes
 * @info_attribute: INET_DIAG_ number under which ss knows that, 0 for none
 *
 * @avoid or @control must be there, @ssthresh and @undo_cwnd always.
 */
struct twin_tcp_cong_ops {
	char name[TWIN_TCP_CONG_NAME_BYTES];
	struct module *owner;
	u32 flags;
	struct list_head list;

	void (*init)(struct twin_tcp_sock *tp);
	void (*release)(struct twin_tcp_sock *tp);
	u32 (*ssthresh)(struct twin_tcp_sock *tp);
	void (*avoid)(struct twin_tcp_sock *tp, u32 acked_segs,
		      const struct twin_tcp_rate *rate);
	void (*acked)(struct twin_tcp_sock *tp);
	void (*control)(struct twin_tcp_sock *tp,
			const struct twin_tcp_rate *rate);
	void (*event)(struct twin_tcp_sock *tp, enum twin_tcp_cong_event event);
	void (*set_state)(struct twin_tcp_sock *tp, u8 ca_state);
	u32 (*undo_cwnd)(struct twin_tcp_sock *tp);
	size_t (*info)(const struct twin_tcp_sock *tp, union tcp_cc_info *info);
	u16 info_attribute;
};

/* An algorithm's private state in a connection; the build fails if it does not fit. */
#define TWIN_TCP_CONG_PRIVATE_OF(type, tp) ({ \
	BUILD_BUG_ON(sizeof(type) > sizeof((tp)->cong_private)); \
	(type *)(tp)->cong_private; })

static inline void twin_tcp_cong_event(struct twin_tcp_sock *tp,
				       enum twin_tcp_cong_event event)
{
	if (tp->cong->event)
		tp->cong->event(tp, event);
}

static inline void twin_tcp_cong_set_state(struct twin_tcp_sock *tp,
					   u8 ca_state)
{
	if (tp->cong->set_state)
		tp->cong->set_state(tp, ca_state);
	tp->ca_state = ca_state;
}

static inline bool twin_tcp_cong_needs_ecn(const struct twin_tcp_sock *tp)
{
	return tp->cong->flags & TWIN_TCP_CONG_NEEDS_ECN;
}

/*
 * May the window grow?  Only a window that was used is known not to overload the
 * path (RFC 7661); in slow start it may be up to twice what was under way.
 */
static inline bool twin_tcp_cong_limited(const struct twin_tcp_sock *tp)
{
	return tp->cwnd_limited || (twin_tcp_in_slow_start(tp) &&
				    tp->cwnd < 2 * tp->cwnd_used);
}

/*
 * Is all acknowledged that was sent when SND.NXT was @end?  What was handed over is
 * not told: @end may be anywhere then.
 */
static inline bool twin_tcp_cong_round_over(const struct twin_tcp_sock *tp, u32 end)
{
	return twin_tcp_after_eq(tp->snd_una, end) ||
	       twin_tcp_after(end, tp->snd_nxt);
}

/* tcp_cong.c: module load and unload, and the algorithms there are */
int twin_tcp_cong_init(void);
void twin_tcp_cong_exit(void);
int twin_tcp_cong_register(struct twin_tcp_cong_ops *ops);
void twin_tcp_cong_unregister(struct twin_tcp_cong_ops *ops);

/* tcp_cong.c: the algorithm of a connection */
void twin_tcp_cong_assign(struct twin_tcp_sock *tp);
void twin_tcp_cong_inherit(struct twin_tcp_sock *child,
			   const struct twin_tcp_sock *lp);
void twin_tcp_cong_restart(struct twin_tcp_sock *tp);
void twin_tcp_cong_release(struct twin_tcp_sock *tp);
int twin_tcp_cong_set(struct twin_tcp_sock *tp, const char *name);

/* tcp_cong.c: steps that algorithms share */
u32 twin_tcp_cong_slow_start(struct twin_tcp_sock *tp, u32 acked_segs);
void twin_tcp_cong_additive(struct twin_tcp_sock *tp, u32 per_segs,
			    u32 acked_segs);
u32 twin_tcp_cong_undo(struct twin_tcp_sock *tp);

/* tcp_cong.c: a window that is not used, whatever the algorithm */
void twin_tcp_cwnd_validate(struct twin_tcp_sock *tp, bool limited);
void twin_tcp_cwnd_restart(struct twin_tcp_sock *tp);

/* tcp_newreno.c, tcp_cubic.c, tcp_dctcp.c, tcp_bbr.c */
extern struct twin_tcp_cong_ops twin_tcp_newreno;
extern struct twin_tcp_cong_ops twin_tcp_cubic;
extern struct twin_tcp_cong_ops twin_tcp_dctcp;
extern struct twin_tcp_cong_ops twin_tcp_bbr;

#endif
