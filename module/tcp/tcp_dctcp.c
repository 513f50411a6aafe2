// SPDX-License-Identifier: GPL-2.0
/*
 * DCTCP (RFC 8257), for data centres whose switches mark early: the window
 * shrinks by how much is marked, not by whether anything is.
 */
#include <linux/inet_diag.h>
#include "tcp_cong.h"

#define TWIN_TCP_DCTCP_ONE_SHIFT	10	/* alpha is a fraction of 2^10 */
#define TWIN_TCP_DCTCP_ONE		BIT(TWIN_TCP_DCTCP_ONE_SHIFT)
#define TWIN_TCP_DCTCP_GAIN_SHIFT	4	/* g = 1/16, RFC 8257 4.2 */

/*
 * struct twin_tcp_dctcp_state - what DCTCP knows of a connection
 * @alpha: DCTCP.Alpha, share of marked segments, times 2^10
 * @window_end: DCTCP.WindowEnd
 * @delivered: tp->delivered when the observation window began
 * @delivered_ce: tp->delivered_ce then
 * @marked_segs, @acked_segs: of the last window, for TCP_CC_INFO
 * @ce: DCTCP.CE, was the last segment received marked?
 */
struct twin_tcp_dctcp_state {
	u32 alpha;
	u32 window_end;
	u32 delivered;
	u32 delivered_ce;
	u32 marked_segs;
	u32 acked_segs;
	bool ce;
};

static struct twin_tcp_dctcp_state *
twin_tcp_dctcp_state(const struct twin_tcp_sock *tp)
{
	return TWIN_TCP_CONG_PRIVATE_OF(struct twin_tcp_dctcp_state,
					(struct twin_tcp_sock *)tp);
}

static void twin_tcp_dctcp_window(struct twin_tcp_sock *tp,
				  struct twin_tcp_dctcp_state *dctcp)
{
	dctcp->window_end = tp->snd_nxt;
	dctcp->delivered = tp->delivered;
	dctcp->delivered_ce = tp->delivered_ce;
}

/* RFC 8257 section 4.2: begin with the most careful answer */
static void twin_tcp_dctcp_init(struct twin_tcp_sock *tp)
{
	struct twin_tcp_dctcp_state *dctcp = twin_tcp_dctcp_state(tp);

	dctcp->alpha = TWIN_TCP_DCTCP_ONE;
	twin_tcp_dctcp_window(tp, dctcp);
}

/* RFC 8257 section 3.3, steps 5 to 7, once in a window */
static void twin_tcp_dctcp_observe(struct twin_tcp_sock *tp,
				   struct twin_tcp_dctcp_state *dctcp)
{
	u32 acked = tp->delivered - dctcp->delivered;
	u32 marked = tp->delivered_ce - dctcp->delivered_ce;
	u32 share;

	if (acked) {
		share = div_u64((u64)marked << TWIN_TCP_DCTCP_ONE_SHIFT, acked);
		dctcp->alpha -= dctcp->alpha >> TWIN_TCP_DCTCP_GAIN_SHIFT;
		dctcp->alpha += share >> TWIN_TCP_DCTCP_GAIN_SHIFT;
		dctcp->alpha = min_t(u32, dctcp->alpha, TWIN_TCP_DCTCP_ONE);
	}
	dctcp->marked_segs = marked;
	dctcp->acked_segs = acked;
	twin_tcp_dctcp_window(tp, dctcp);
}

static void twin_tcp_dctcp_acked(struct twin_tcp_sock *tp)
{
	struct twin_tcp_dctcp_state *dctcp = twin_tcp_dctcp_state(tp);

	if (twin_tcp_cong_round_over(tp, dctcp->window_end))
		twin_tcp_dctcp_observe(tp, dctcp);
}

/* RFC 8257 3.3: growth is standard TCP's */
static void twin_tcp_dctcp_avoid(struct twin_tcp_sock *tp, u32 acked_segs,
				 const struct twin_tcp_rate *rate)
{
	twin_tcp_newreno.avoid(tp, acked_segs, rate);
}

/*
 * RFC 8257 section 3.3, step 9: cwnd * (1 - alpha / 2); section 3.5: a loss, which
 * alone reduces once more within a recovery, is answered as by any TCP
 */
static u32 twin_tcp_dctcp_ssthresh(struct twin_tcp_sock *tp)
{
	u32 alpha = twin_tcp_dctcp_state(tp)->alpha;
	u32 less = ((u64)tp->cwnd * alpha) >> (TWIN_TCP_DCTCP_ONE_SHIFT + 1);

	if (tp->ca_state == TCP_CA_Recovery)
		return twin_tcp_newreno.ssthresh(tp);
	return max_t(u32, tp->cwnd - less, TWIN_TCP_CONG_CWND_MIN);
}

/* RFC 8257 section 3.5: a loss is answered as by any TCP */
static void twin_tcp_dctcp_set_state(struct twin_tcp_sock *tp, u8 ca_state)
{
	if (ca_state == TCP_CA_Recovery && tp->ca_state < TCP_CA_Recovery)
		tp->ssthresh = min(tp->ssthresh, twin_tcp_newreno.ssthresh(tp));
}

/*
 * RFC 8257 section 3.2: each change is told at once, with the old state for
 * what came before it.
 */
static void twin_tcp_dctcp_mark_changed(struct twin_tcp_sock *tp, bool ce)
{
	struct twin_tcp_dctcp_state *dctcp = twin_tcp_dctcp_state(tp);

	if (dctcp->ce != ce && tp->ack_pending & TWIN_TCP_ACK_TIMER)
		twin_tcp_ack_send(tp);
	if (dctcp->ce != ce)
		tp->ack_pending |= TWIN_TCP_ACK_NOW;
	dctcp->ce = ce;
	if (ce)
		tp->ecn |= TWIN_TCP_ECN_DEMAND_CWR;
	else
		tp->ecn &= ~TWIN_TCP_ECN_DEMAND_CWR;
}

static void twin_tcp_dctcp_event(struct twin_tcp_sock *tp,
				 enum twin_tcp_cong_event event)
{
	if (event == TWIN_TCP_CONG_ECN_CE)
		twin_tcp_dctcp_mark_changed(tp, true);
	else if (event == TWIN_TCP_CONG_ECN_NO_CE)
		twin_tcp_dctcp_mark_changed(tp, false);
	else if (event == TWIN_TCP_CONG_LOSS)
		tp->ssthresh = min(tp->ssthresh, twin_tcp_newreno.ssthresh(tp));
}

static size_t twin_tcp_dctcp_info(const struct twin_tcp_sock *tp,
				  union tcp_cc_info *info)
{
	const struct twin_tcp_dctcp_state *dctcp = twin_tcp_dctcp_state(tp);

	memset(&info->dctcp, 0, sizeof(info->dctcp));
	if (tp->ecn & TWIN_TCP_ECN_OK) {
		info->dctcp.dctcp_enabled = 1;
		info->dctcp.dctcp_ce_state = dctcp->ce;
		info->dctcp.dctcp_alpha = dctcp->alpha;
		info->dctcp.dctcp_ab_ecn = dctcp->marked_segs * tp->mss_now;
		info->dctcp.dctcp_ab_tot = dctcp->acked_segs * tp->mss_now;
	}
	return sizeof(info->dctcp);
}

struct twin_tcp_cong_ops twin_tcp_dctcp = {
	.name		= "dctcp",
	.flags		= TWIN_TCP_CONG_NEEDS_ECN | TWIN_TCP_CONG_RESTRICTED,
	.init		= twin_tcp_dctcp_init,
	.ssthresh	= twin_tcp_dctcp_ssthresh,
	.avoid		= twin_tcp_dctcp_avoid,
	.acked		= twin_tcp_dctcp_acked,
	.event		= twin_tcp_dctcp_event,
	.set_state	= twin_tcp_dctcp_set_state,
	.undo_cwnd	= twin_tcp_cong_undo,
	.info		= twin_tcp_dctcp_info,
	.info_attribute	= INET_DIAG_DCTCPINFO,
};
