// SPDX-License-Identifier: GPL-2.0
/*
 * BBR, first version (draft-cardwell-iccrg-bbr-congestion-control-00): sends at
 * the rate at which data was delivered, with a window of about two
 * bandwidth-delay products, instead of growing until something is lost.
 *
 *	STARTUP		doubles the rate each round trip until it no longer rises
 *	DRAIN		empties the queue that this made
 *	PROBE_BW	cruises; in one of eight round trips faster, to ask for
 *			more, in the next slower, to empty the queue again
 *	PROBE_RTT	every 10 s, four segments for 200 ms, to see the path's
 *			own delay
 */
#include <linux/inet_diag.h>
#include <linux/win_minmax.h>
#include "tcp_cong.h"

#define TWIN_TCP_BBR_BW_SHIFT		24	/* segments per us, times 2^24 */
#define TWIN_TCP_BBR_GAIN_SHIFT		8	/* gains are times 2^8 */
#define TWIN_TCP_BBR_ONE		BIT(TWIN_TCP_BBR_GAIN_SHIFT)
#define TWIN_TCP_BBR_HIGH_GAIN		739	/* 2/ln(2), 4.1.1.1 */
#define TWIN_TCP_BBR_DRAIN_GAIN		88	/* its inverse */
#define TWIN_TCP_BBR_CWND_GAIN		(2 * TWIN_TCP_BBR_ONE)
#define TWIN_TCP_BBR_BW_ROUNDS		10	/* 4.1.1.3: BtlBwFilterLen */
#define TWIN_TCP_BBR_FULL_ROUNDS	3	/* 4.3.2.2 */
#define TWIN_TCP_BBR_CWND_MIN		4	/* 4.2.3.5: BBRMinPipeCwnd */
#define TWIN_TCP_BBR_RTT_SECONDS	10	/* 4.1.2.3: RTpropFilterLen */
#define TWIN_TCP_BBR_PROBE_RTT_JIFFIES	msecs_to_jiffies(200)
#define TWIN_TCP_BBR_MARGIN_PERCENT	1	/* pace a little below the rate */

enum twin_tcp_bbr_mode {
	TWIN_TCP_BBR_STARTUP,
	TWIN_TCP_BBR_DRAIN,
	TWIN_TCP_BBR_PROBE_BW,
	TWIN_TCP_BBR_PROBE_RTT,
};

/* 4.3.4: the gain cycle; its phases last a round trip each */
static const u16 twin_tcp_bbr_cycle[8] = {
	TWIN_TCP_BBR_ONE * 5 / 4, TWIN_TCP_BBR_ONE * 3 / 4,
	TWIN_TCP_BBR_ONE, TWIN_TCP_BBR_ONE, TWIN_TCP_BBR_ONE,
	TWIN_TCP_BBR_ONE, TWIN_TCP_BBR_ONE, TWIN_TCP_BBR_ONE,
};

/*
 * struct twin_tcp_bbr_state - what BBR knows of a connection
 * @bw: greatest delivery rate of the last rounds, by round
 * @min_rtt_us: RTprop
 * @min_rtt_jiffies: when it was seen, low 32 bits
 * @probe_rtt_done_jiffies: when PROBE_RTT may end, 0: not known yet
 * @rounds: round trips so far
 * @round_delivered: tp->delivered that ends the present one
 * @phase_us: when the present phase of the cycle began, low 32 bits
 * @full_bw: rate at which STARTUP last rose
 * @prior_cwnd: window before recovery or PROBE_RTT
 * @mode: enum twin_tcp_bbr_mode
 * @full_rounds: rounds of STARTUP in which the rate no longer rose
 * @full_reached: the pipe has been filled once: STARTUP is over
 * @round_start: the ACK at hand began a round
 * @idle_restart: sends again after idle time: nothing was delivered yet
 * @conservation: first round of recovery: send no more than was delivered
 * @phase: place in twin_tcp_bbr_cycle
 * @probe_rtt_round: PROBE_RTT has lasted for a round with the small window
 * @prev_ca_state: enum tcp_ca_state at the ACK before
 * @has_rtt: the first rate goes by a round trip that was measured
 */
struct twin_tcp_bbr_state {
	struct minmax bw;
	u32 min_rtt_us;
	u32 min_rtt_jiffies;
	u32 probe_rtt_done_jiffies;
	u32 rounds;
	u32 round_delivered;
	u32 phase_us;
	u32 full_bw;
	u32 prior_cwnd;
	u8 mode:2;
	u8 full_rounds:2;
	u8 full_reached:1;
	u8 round_start:1;
	u8 idle_restart:1;
	u8 conservation:1;
	u8 phase:3;
	u8 probe_rtt_round:1;
	u8 prev_ca_state:3;
	u8 has_rtt:1;
};

static struct twin_tcp_bbr_state *twin_tcp_bbr_state(const struct twin_tcp_sock *tp)
{
	return TWIN_TCP_CONG_PRIVATE_OF(struct twin_tcp_bbr_state,
					(struct twin_tcp_sock *)tp);
}

static u16 twin_tcp_bbr_pacing_gain(const struct twin_tcp_bbr_state *bbr)
{
	switch (bbr->mode) {
	case TWIN_TCP_BBR_STARTUP:
		return TWIN_TCP_BBR_HIGH_GAIN;
	case TWIN_TCP_BBR_DRAIN:
		return TWIN_TCP_BBR_DRAIN_GAIN;
	case TWIN_TCP_BBR_PROBE_BW:
		return twin_tcp_bbr_cycle[bbr->phase];
	default:
		return TWIN_TCP_BBR_ONE;
	}
}

static u16 twin_tcp_bbr_cwnd_gain(const struct twin_tcp_bbr_state *bbr)
{
	switch (bbr->mode) {
	case TWIN_TCP_BBR_STARTUP:
	case TWIN_TCP_BBR_DRAIN:
		return TWIN_TCP_BBR_HIGH_GAIN;
	case TWIN_TCP_BBR_PROBE_BW:
		return TWIN_TCP_BBR_CWND_GAIN;
	default:
		return TWIN_TCP_BBR_ONE;
	}
}

/* 4.2.1: bytes per second at @gain times a rate */
static void twin_tcp_bbr_set_rate(struct twin_tcp_sock *tp, u32 bw, u32 gain)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct twin_tcp_bbr_state *bbr = twin_tcp_bbr_state(tp);
	u64 rate = (u64)bw * tp->mss_now;

	rate = (rate * gain) >> TWIN_TCP_BBR_GAIN_SHIFT;
	rate *= USEC_PER_SEC / 100 * (100 - TWIN_TCP_BBR_MARGIN_PERCENT);
	rate >>= TWIN_TCP_BBR_BW_SHIFT;
	rate = min_t(u64, rate, READ_ONCE(sk->sk_max_pacing_rate));
	/* STARTUP only gets faster: its first rates are guesses */
	if (bbr->full_reached || rate > READ_ONCE(sk->sk_pacing_rate))
		WRITE_ONCE(sk->sk_pacing_rate, rate);
}

/* 4.2.1: before there is a rate, the initial window in a round trip */
static void twin_tcp_bbr_first_rate(struct twin_tcp_sock *tp)
{
	u32 rtt_us = tp->rtt.srtt_us_x8 ? max(tp->rtt.srtt_us_x8 >> 3, 1u) :
					  USEC_PER_MSEC;
	u64 bw = div_u64((u64)tp->cwnd << TWIN_TCP_BBR_BW_SHIFT, rtt_us);

	twin_tcp_bbr_state(tp)->has_rtt = tp->rtt.srtt_us_x8 != 0;
	WRITE_ONCE(twin_tcp_to_sk(tp)->sk_pacing_rate, 0);
	twin_tcp_bbr_set_rate(tp, min_t(u64, bw, U32_MAX),
			      TWIN_TCP_BBR_HIGH_GAIN);
}

static void twin_tcp_bbr_init(struct twin_tcp_sock *tp)
{
	struct twin_tcp_bbr_state *bbr = twin_tcp_bbr_state(tp);

	bbr->min_rtt_us = tp->min_rtt_us;
	bbr->min_rtt_jiffies = twin_tcp_jiffies();
	minmax_reset(&bbr->bw, 0, 0);
	tp->ssthresh = TWIN_TCP_SSTHRESH_INFINITE;
	bbr->round_delivered = tp->delivered;
	twin_tcp_bbr_first_rate(tp);
	cmpxchg(&twin_tcp_to_sk(tp)->sk_pacing_status, SK_PACING_NONE,
		SK_PACING_NEEDED);
}

/* 4.2.3.2: segments in flight that fill the pipe @gain times */
static u32 twin_tcp_bbr_inflight(const struct twin_tcp_sock *tp, u32 gain)
{
	struct twin_tcp_bbr_state *bbr = twin_tcp_bbr_state(tp);
	u64 product;

	if (bbr->min_rtt_us == U32_MAX)
		return TWIN_TCP_INITIAL_CWND;
	product = (u64)minmax_get(&bbr->bw) * bbr->min_rtt_us;
	product = ((product >> TWIN_TCP_BBR_GAIN_SHIFT) * gain);
	return (u32)(product >> TWIN_TCP_BBR_BW_SHIFT) + 1;
}

/* 4.2.3.3: and some more, for big packets at both ends */
static u32 twin_tcp_bbr_quantum(const struct twin_tcp_sock *tp, u32 segs)
{
	segs += 3 * min_t(u32, tp->gso_segs_max,
			  (READ_ONCE(tp->ts.sk.sk_pacing_rate) >> 10) /
			  max(tp->mss_now, 1u));
	return (segs + 1) & ~1u;
}

/* 4.1.1: BtlBw, the greatest delivery rate */
static void twin_tcp_bbr_update_bw(struct twin_tcp_sock *tp,
				   struct twin_tcp_bbr_state *bbr,
				   const struct twin_tcp_rate *rate)
{
	u64 bw;

	bbr->round_start = 0;
	if (!rate->valid)
		return;
	if (!twin_tcp_before(rate->prior_delivered, bbr->round_delivered)) {
		bbr->round_delivered = tp->delivered;
		bbr->rounds++;
		bbr->round_start = 1;
		bbr->conservation = 0;
	}
	bw = div_u64((u64)rate->delivered << TWIN_TCP_BBR_BW_SHIFT,
		     rate->interval_us);
	if (!rate->app_limited || bw >= minmax_get(&bbr->bw))
		minmax_running_max(&bbr->bw, TWIN_TCP_BBR_BW_ROUNDS,
				   bbr->rounds, min_t(u64, bw, U32_MAX));
}

/*
 * 4.3.2.2: has STARTUP filled the pipe?  It has if the rate grew by less than a
 * quarter in each of three rounds.
 */
static void twin_tcp_bbr_check_full(struct twin_tcp_bbr_state *bbr,
				    const struct twin_tcp_rate *rate)
{
	u32 bw = minmax_get(&bbr->bw);

	if (bbr->full_reached || !bbr->round_start || rate->app_limited)
		return;
	if (bw >= bbr->full_bw + bbr->full_bw / 4) {
		bbr->full_bw = bw;
		bbr->full_rounds = 0;
		return;
	}
	bbr->full_rounds++;
	bbr->full_reached = bbr->full_rounds >= TWIN_TCP_BBR_FULL_ROUNDS;
}

/* 4.3.4.3: begin anywhere but in the slower phase */
static void twin_tcp_bbr_enter_probe_bw(struct twin_tcp_sock *tp,
					struct twin_tcp_bbr_state *bbr)
{
	u32 skip = get_random_u32_below(ARRAY_SIZE(twin_tcp_bbr_cycle) - 1);

	bbr->mode = TWIN_TCP_BBR_PROBE_BW;
	bbr->phase = skip ? skip + 1 : 0;
	bbr->phase_us = (u32)tp->now_us;
}

/* 4.3.3 */
static void twin_tcp_bbr_check_drain(struct twin_tcp_sock *tp,
				     struct twin_tcp_bbr_state *bbr)
{
	if (bbr->mode == TWIN_TCP_BBR_STARTUP && bbr->full_reached) {
		bbr->mode = TWIN_TCP_BBR_DRAIN;
		tp->ssthresh = twin_tcp_bbr_inflight(tp, TWIN_TCP_BBR_ONE);
	}
	if (bbr->mode == TWIN_TCP_BBR_DRAIN && twin_tcp_in_flight(tp) <=
	    twin_tcp_bbr_inflight(tp, TWIN_TCP_BBR_ONE))
		twin_tcp_bbr_enter_probe_bw(tp, bbr);
}

/*
 * 4.3.4.2: a phase ends after a round trip; the faster one only when it has
 * filled the pipe or met a loss, the slower one as soon as the queue is gone
 */
static bool twin_tcp_bbr_phase_over(const struct twin_tcp_sock *tp,
				    const struct twin_tcp_bbr_state *bbr,
				    const struct twin_tcp_rate *rate)
{
	u32 gain = twin_tcp_bbr_cycle[bbr->phase];
	bool full_length = (u32)tp->now_us - bbr->phase_us > bbr->min_rtt_us;

	if (gain == TWIN_TCP_BBR_ONE)
		return full_length;
	if (gain > TWIN_TCP_BBR_ONE)
		return full_length && (rate->losses || rate->prior_in_flight >=
				       twin_tcp_bbr_inflight(tp, gain));
	return full_length || rate->prior_in_flight <=
	       twin_tcp_bbr_inflight(tp, TWIN_TCP_BBR_ONE);
}

static void twin_tcp_bbr_check_cycle(struct twin_tcp_sock *tp,
				     struct twin_tcp_bbr_state *bbr,
				     const struct twin_tcp_rate *rate)
{
	if (bbr->mode != TWIN_TCP_BBR_PROBE_BW ||
	    !twin_tcp_bbr_phase_over(tp, bbr, rate))
		return;
	bbr->phase++;	/* three bits: wraps */
	bbr->phase_us = (u32)tp->now_us;
}

static void twin_tcp_bbr_save_cwnd(struct twin_tcp_sock *tp,
				   struct twin_tcp_bbr_state *bbr)
{
	if (bbr->prev_ca_state < TCP_CA_Recovery &&
	    bbr->mode != TWIN_TCP_BBR_PROBE_RTT)
		bbr->prior_cwnd = tp->cwnd;
	else
		bbr->prior_cwnd = max(bbr->prior_cwnd, tp->cwnd);
}

static void twin_tcp_bbr_leave_probe_rtt(struct twin_tcp_sock *tp,
					 struct twin_tcp_bbr_state *bbr)
{
	bbr->min_rtt_jiffies = twin_tcp_jiffies();
	tp->cwnd = max(tp->cwnd, bbr->prior_cwnd);
	if (bbr->full_reached)
		twin_tcp_bbr_enter_probe_bw(tp, bbr);
	else
		bbr->mode = TWIN_TCP_BBR_STARTUP;
}

/* 4.3.5: once the window is down, 200 ms and a round trip */
static void twin_tcp_bbr_in_probe_rtt(struct twin_tcp_sock *tp,
				      struct twin_tcp_bbr_state *bbr)
{
	tp->app_limited = (tp->delivered + twin_tcp_in_flight(tp)) ?: 1;
	if (!bbr->probe_rtt_done_jiffies) {
		if (twin_tcp_in_flight(tp) > TWIN_TCP_BBR_CWND_MIN)
			return;
		bbr->probe_rtt_done_jiffies =
			(u32)(jiffies + TWIN_TCP_BBR_PROBE_RTT_JIFFIES) ?: 1;
		bbr->probe_rtt_round = 0;
		bbr->round_delivered = tp->delivered;
		return;
	}
	if (bbr->round_start)
		bbr->probe_rtt_round = 1;
	if (bbr->probe_rtt_round &&
	    (s32)(twin_tcp_jiffies() - bbr->probe_rtt_done_jiffies) >= 0)
		twin_tcp_bbr_leave_probe_rtt(tp, bbr);
}

/* 4.1.2, 4.3.5: RTprop, and when to look for it */
static void twin_tcp_bbr_update_min_rtt(struct twin_tcp_sock *tp,
					struct twin_tcp_bbr_state *bbr,
					const struct twin_tcp_rate *rate)
{
	bool expired = twin_tcp_jiffies() - bbr->min_rtt_jiffies >
		       TWIN_TCP_BBR_RTT_SECONDS * HZ;

	if (rate->rtt_us >= 0 &&
	    ((u32)rate->rtt_us < bbr->min_rtt_us || expired)) {
		bbr->min_rtt_us = max(rate->rtt_us, 1);
		bbr->min_rtt_jiffies = twin_tcp_jiffies();
	}
	if (expired && !bbr->idle_restart &&
	    bbr->mode != TWIN_TCP_BBR_PROBE_RTT) {
		twin_tcp_bbr_save_cwnd(tp, bbr);
		bbr->mode = TWIN_TCP_BBR_PROBE_RTT;
		bbr->probe_rtt_done_jiffies = 0;
	}
	if (bbr->mode == TWIN_TCP_BBR_PROBE_RTT)
		twin_tcp_bbr_in_probe_rtt(tp, bbr);
	if (rate->delivered && rate->valid)
		bbr->idle_restart = 0;
}

/*
 * 4.2.3.4: in the first round of recovery no more than what was delivered.
 * True: @cwnd is final.
 */
static bool twin_tcp_bbr_recover(struct twin_tcp_sock *tp,
				 struct twin_tcp_bbr_state *bbr,
				 const struct twin_tcp_rate *rate, u32 *cwnd)
{
	u8 before = bbr->prev_ca_state;

	if (rate->losses)
		*cwnd = *cwnd > rate->losses ? *cwnd - rate->losses : 1;
	if (tp->ca_state == TCP_CA_Recovery && before != TCP_CA_Recovery) {
		bbr->conservation = 1;
		bbr->round_delivered = tp->delivered;
		*cwnd = twin_tcp_in_flight(tp) + rate->acked_sacked;
	} else if (before >= TCP_CA_Recovery &&
		   tp->ca_state < TCP_CA_Recovery) {
		*cwnd = max(*cwnd, bbr->prior_cwnd);
		bbr->conservation = 0;
	}
	bbr->prev_ca_state = tp->ca_state;
	if (!bbr->conservation)
		return false;
	*cwnd = max(*cwnd, twin_tcp_in_flight(tp) + rate->acked_sacked);
	return true;
}

/* 4.2.3 */
static void twin_tcp_bbr_set_cwnd(struct twin_tcp_sock *tp,
				  struct twin_tcp_bbr_state *bbr,
				  const struct twin_tcp_rate *rate)
{
	u32 cwnd = tp->cwnd, target;

	if (rate->acked_sacked &&
	    !twin_tcp_bbr_recover(tp, bbr, rate, &cwnd)) {
		target = twin_tcp_bbr_inflight(tp, twin_tcp_bbr_cwnd_gain(bbr));
		target = twin_tcp_bbr_quantum(tp, target);
		if (bbr->full_reached)
			cwnd = min(cwnd + rate->acked_sacked, target);
		else if (cwnd < target ||
			 tp->delivered < TWIN_TCP_INITIAL_CWND)
			cwnd += rate->acked_sacked;
		cwnd = max_t(u32, cwnd, TWIN_TCP_BBR_CWND_MIN);
	}
	tp->cwnd = cwnd;
	if (bbr->mode == TWIN_TCP_BBR_PROBE_RTT)
		tp->cwnd = min_t(u32, tp->cwnd, TWIN_TCP_BBR_CWND_MIN);
}

static void twin_tcp_bbr_control(struct twin_tcp_sock *tp,
				 const struct twin_tcp_rate *rate)
{
	struct twin_tcp_bbr_state *bbr = twin_tcp_bbr_state(tp);

	twin_tcp_bbr_update_bw(tp, bbr, rate);
	twin_tcp_bbr_check_cycle(tp, bbr, rate);
	twin_tcp_bbr_check_full(bbr, rate);
	twin_tcp_bbr_check_drain(tp, bbr);
	twin_tcp_bbr_update_min_rtt(tp, bbr, rate);
	/* the handshake may have told none, as after a SYN that was repeated */
	if (unlikely(!bbr->has_rtt && tp->rtt.srtt_us_x8))
		twin_tcp_bbr_first_rate(tp);
	if (minmax_get(&bbr->bw))
		twin_tcp_bbr_set_rate(tp, minmax_get(&bbr->bw),
				      twin_tcp_bbr_pacing_gain(bbr));
	twin_tcp_bbr_set_cwnd(tp, bbr, rate);
}

/* Loss alone changes nothing; the window to return to is remembered. */
static u32 twin_tcp_bbr_ssthresh(struct twin_tcp_sock *tp)
{
	twin_tcp_bbr_save_cwnd(tp, twin_tcp_bbr_state(tp));
	return tp->ssthresh;
}

static u32 twin_tcp_bbr_undo(struct twin_tcp_sock *tp)
{
	struct twin_tcp_bbr_state *bbr = twin_tcp_bbr_state(tp);

	/* a false alarm may have hidden that the rate was still rising */
	bbr->full_bw = 0;
	bbr->full_rounds = 0;
	return tp->cwnd;
}

static void twin_tcp_bbr_set_state(struct twin_tcp_sock *tp, u8 ca_state)
{
	struct twin_tcp_bbr_state *bbr = twin_tcp_bbr_state(tp);

	if (ca_state != TCP_CA_Loss)
		return;
	bbr->prev_ca_state = TCP_CA_Loss;
	bbr->full_bw = 0;
	bbr->round_start = 1;
}

/* 4.3.4.4: after idle time, at once at the known rate */
static void twin_tcp_bbr_event(struct twin_tcp_sock *tp,
			       enum twin_tcp_cong_event event)
{
	struct twin_tcp_bbr_state *bbr = twin_tcp_bbr_state(tp);

	if (event != TWIN_TCP_CONG_TX_START || !tp->app_limited)
		return;
	bbr->idle_restart = 1;
	if (bbr->mode == TWIN_TCP_BBR_PROBE_BW)
		twin_tcp_bbr_set_rate(tp, minmax_get(&bbr->bw),
				      TWIN_TCP_BBR_ONE);
}

static size_t twin_tcp_bbr_info(const struct twin_tcp_sock *tp,
				union tcp_cc_info *info)
{
	const struct twin_tcp_bbr_state *bbr = twin_tcp_bbr_state(tp);
	u64 bw = ((u64)minmax_get(&bbr->bw) * tp->mss_now * USEC_PER_SEC) >>
		 TWIN_TCP_BBR_BW_SHIFT;

	memset(&info->bbr, 0, sizeof(info->bbr));
	info->bbr.bbr_bw_lo = (u32)bw;
	info->bbr.bbr_bw_hi = (u32)(bw >> 32);
	info->bbr.bbr_min_rtt = bbr->min_rtt_us;
	info->bbr.bbr_pacing_gain = twin_tcp_bbr_pacing_gain(bbr);
	info->bbr.bbr_cwnd_gain = twin_tcp_bbr_cwnd_gain(bbr);
	return sizeof(info->bbr);
}

struct twin_tcp_cong_ops twin_tcp_bbr = {
	.name		= "bbr",
	.init		= twin_tcp_bbr_init,
	.ssthresh	= twin_tcp_bbr_ssthresh,
	.control	= twin_tcp_bbr_control,
	.event		= twin_tcp_bbr_event,
	.set_state	= twin_tcp_bbr_set_state,
	.undo_cwnd	= twin_tcp_bbr_undo,
	.info		= twin_tcp_bbr_info,
	.info_attribute	= INET_DIAG_BBRINFO,
};
