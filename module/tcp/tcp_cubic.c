// SPDX-License-Identifier: GPL-2.0
/*
 * CUBIC (RFC 9438, which replaced RFC 8312) with HyStart++ (RFC 9406).
 *
 * After a reduction the window follows a cubic function of time: quickly back
 * towards where the loss was, slowly past it, then ever faster.  Where NewReno
 * would have more, it follows that instead (section 4.3).
 *
 * The first slow start ends, if it can, before there is a loss: when the round
 * trip grows, the window grows at a quarter of the pace for some rounds, and if
 * the round trip stays long, slow start ends.  Where the queue is as long as the
 * path that is too late: the least round trip of a round grows only when the
 * queue is nearly full.  So slow start ends, too, when the ACKs of a round come
 * close behind each other (a "train") for more than half a round trip, as in
 * the first HyStart (Ha and Rhee, 2008): the window then keeps the line busy
 * for half of the time, and after one more doubling for all of it.
 */
#include "tcp_cong.h"
#include "tcp_cubic.h"

/* RFC 9438 section 4.6: beta = 0.7 */
#define TWIN_TCP_CUBIC_BETA_NUM		7
#define TWIN_TCP_CUBIC_BETA_DEN		10

/* RFC 9406 section 4.3 */
#define TWIN_TCP_HYSTART_MIN_US		4000u	/* least growth of the RTT */
#define TWIN_TCP_HYSTART_MAX_US		16000u
#define TWIN_TCP_HYSTART_RTT_SHIFT	3	/* else an eighth of it */
#define TWIN_TCP_HYSTART_SAMPLES	8
#define TWIN_TCP_HYSTART_CSS_SEGS	4	/* ACKed, to grow by one */
#define TWIN_TCP_HYSTART_CSS_ROUNDS	5

/*
 * ACKs so close are of one train.  Below so many segments of congestion window
 * its length says nothing.
 */
#define TWIN_TCP_HYSTART_TRAIN_GAP_US	2000u
#define TWIN_TCP_HYSTART_TRAIN_CWND	16
#define TWIN_TCP_HYSTART_BURST_PACKETS	4	/* big ones, sent as one */
#define TWIN_TCP_HYSTART_BURST_MAX_US	1000u

/* So far above its old height Reno's window goes at its own pace again. */
#define TWIN_TCP_CUBIC_RENO_MARGIN	2

/* In search of a plateau: ACKed, to grow by one at least */
#define TWIN_TCP_CUBIC_SEARCH_SEGS	20u

/*
 * struct twin_tcp_cubic_epoch - one stage of congestion avoidance
 * @start_us: when it began, later by any time not used; 0: none yet
 * @w_max: plateau; outlives the epoch.  0: none known
 * @k_ticks: time from @start_us to the plateau
 * @w_est: what NewReno's window would be
 * @cwnd_prior: window before the reduction; 0: there was none
 */
struct twin_tcp_cubic_epoch {
	u64 start_us;
	u32 w_max;
	u32 k_ticks;
	u32 w_est;
	u32 cwnd_prior;
};

/*
 * struct twin_tcp_hystart - first slow start
 * @round_end: sequence number that ends the round trip
 * @last_min_us: least RTT of the last round, U32_MAX: none
 * @min_us: least RTT of this round, U32_MAX: none
 * @css_base_us: RTT that started conservative slow start
 * @train_us: when the ACKs of this round began to come without a gap, low bits
 * @ack_us: the last of them, low bits
 */
struct twin_tcp_hystart {
	u32 round_end;
	u32 last_min_us;
	u32 min_us;
	u32 css_base_us;
	u32 train_us;
	u32 ack_us;
};

/*
 * struct twin_tcp_cubic_state - what CUBIC knows of a connection
 * @epoch: present stage
 * @saved: stage before the last episode's reductions, once there was one
 * @hystart: before that; its small members are among those of this struct, where
 *	they take no memory
 * @ack_us: last ACK that could raise the window
 * @est_acked: delivered segments that do not yet count in @epoch.w_est
 * @samples: RTTs in this round of slow start
 * @css_rounds: rounds of conservative slow start left; 0: not in it
 * @running: the first round has begun
 * @reduced: @saved is valid
 */
struct twin_tcp_cubic_state {
	struct twin_tcp_cubic_epoch epoch;
	union {
		struct twin_tcp_cubic_epoch saved;
		struct twin_tcp_hystart hystart;
	};
	u64 ack_us;
	u32 est_acked;
	u8 samples;
	u8 css_rounds;
	bool running;
	bool reduced;
};

static struct twin_tcp_cubic_state *
twin_tcp_cubic_state(struct twin_tcp_sock *tp)
{
	return TWIN_TCP_CONG_PRIVATE_OF(struct twin_tcp_cubic_state, tp);
}

/* RFC 9406 section 4.1: HyStart++ is for the first slow start only. */
static bool twin_tcp_hystart_applies(const struct twin_tcp_sock *tp)
{
	return tp->ssthresh >= TWIN_TCP_SSTHRESH_INFINITE;
}

static void twin_tcp_hystart_round(struct twin_tcp_sock *tp,
				   struct twin_tcp_cubic_state *cubic)
{
	struct twin_tcp_hystart *hystart = &cubic->hystart;

	hystart->last_min_us = cubic->running ? hystart->min_us : U32_MAX;
	hystart->min_us = U32_MAX;
	cubic->samples = 0;
	hystart->round_end = tp->snd_nxt;
	hystart->train_us = (u32)tp->now_us;
	hystart->ack_us = (u32)tp->now_us;
	cubic->running = true;
}

/* The round trip stayed long: this window is enough. */
static void twin_tcp_hystart_end_by_delay(struct twin_tcp_sock *tp)
{
	tp->ssthresh = tp->cwnd;
	TWIN_TCP_COUNT(tp, TCPEXT_HYSTART_DELAY_DETECT);
	TWIN_COUNT_ADD(twin_tcp_net(tp), TCPEXT_HYSTART_DELAY_CWND, tp->cwnd);
}

/* The line is busy: this window will fill it. */
static void twin_tcp_hystart_end_by_train(struct twin_tcp_sock *tp)
{
	tp->ssthresh = tp->cwnd;
	TWIN_TCP_COUNT(tp, TCPEXT_HYSTART_TRAIN_DETECT);
	TWIN_COUNT_ADD(twin_tcp_net(tp), TCPEXT_HYSTART_TRAIN_CWND, tp->cwnd);
}

/* What leaves in one burst comes back as a train, however fast the line is. */
static u32 twin_tcp_hystart_burst_us(const struct twin_tcp_sock *tp)
{
	unsigned long rate = READ_ONCE(twin_tcp_to_sk(tp)->sk_pacing_rate);
	u64 bytes = (u64)tp->gso_segs_max * tp->mss_now *
		    TWIN_TCP_HYSTART_BURST_PACKETS;

	if (!rate)
		return 0;
	return min_t(u64, div64_ul(bytes * USEC_PER_SEC, rate),
		     TWIN_TCP_HYSTART_BURST_MAX_US);
}

/*
 * Have the ACKs come in one train for long enough?  Pacing spreads them over half
 * a round trip and more even where the path has room.
 */
static bool twin_tcp_hystart_train(const struct twin_tcp_sock *tp,
				   struct twin_tcp_hystart *hystart)
{
	const struct sock *sk = twin_tcp_to_sk(tp);
	u32 now_us = (u32)tp->now_us, enough_us;

	if (now_us - hystart->ack_us > TWIN_TCP_HYSTART_TRAIN_GAP_US)
		hystart->train_us = now_us;
	hystart->ack_us = now_us;
	if (tp->cwnd < TWIN_TCP_HYSTART_TRAIN_CWND ||
	    tp->min_rtt_us == U32_MAX)
		return false;
	enough_us = tp->min_rtt_us + twin_tcp_hystart_burst_us(tp);
	if (READ_ONCE(sk->sk_pacing_status) == SK_PACING_NONE)
		enough_us >>= 1;
	return now_us - hystart->train_us > enough_us;
}

/* Enough samples: into conservative slow start, or out of it again? */
static void twin_tcp_hystart_judge(struct twin_tcp_cubic_state *cubic)
{
	struct twin_tcp_hystart *hystart = &cubic->hystart;
	u32 margin_us = clamp(hystart->last_min_us >> TWIN_TCP_HYSTART_RTT_SHIFT,
			      TWIN_TCP_HYSTART_MIN_US, TWIN_TCP_HYSTART_MAX_US);

	if (cubic->css_rounds) {
		if (hystart->min_us < hystart->css_base_us)
			cubic->css_rounds = 0;
	} else if (hystart->last_min_us != U32_MAX &&
		   hystart->min_us >= hystart->last_min_us + margin_us) {
		hystart->css_base_us = hystart->min_us;
		cubic->css_rounds = TWIN_TCP_HYSTART_CSS_ROUNDS;
	}
}

/* RFC 9406 section 4.2, for each ACK of the first slow start */
static void twin_tcp_hystart_ack(struct twin_tcp_sock *tp,
				 struct twin_tcp_cubic_state *cubic, s32 rtt_us)
{
	struct twin_tcp_hystart *hystart = &cubic->hystart;

	if (!cubic->running) {
		twin_tcp_hystart_round(tp, cubic);
	} else if (twin_tcp_cong_round_over(tp, hystart->round_end)) {
		if (cubic->css_rounds && !--cubic->css_rounds) {
			twin_tcp_hystart_end_by_delay(tp);
			return;
		}
		twin_tcp_hystart_round(tp, cubic);
	}
	if (twin_tcp_hystart_train(tp, hystart)) {
		twin_tcp_hystart_end_by_train(tp);
		return;
	}
	if (rtt_us <= 0)
		return;
	hystart->min_us = min_t(u32, hystart->min_us, rtt_us);
	if (cubic->samples < TWIN_TCP_HYSTART_SAMPLES)
		cubic->samples++;
	if (cubic->samples == TWIN_TCP_HYSTART_SAMPLES)
		twin_tcp_hystart_judge(cubic);
}

/*
 * Time in which the window was not used does not count: it would make the
 * target run away from a window that never carried it.
 * RFC: 9438 section 5.8
 */
static void twin_tcp_cubic_pause(struct twin_tcp_sock *tp,
				 struct twin_tcp_cubic_state *cubic)
{
	if (cubic->epoch.start_us)
		cubic->epoch.start_us += tp->now_us - cubic->ack_us;
	cubic->ack_us = tp->now_us;
}

/*
 * Congestion avoidance begins.  Without a known plateau above the window, as
 * after a time-out or HyStart++, the window itself is the plateau.
 * RFC: 9438 section 4.2, 4.8, 4.10
 */
static void twin_tcp_cubic_begin(struct twin_tcp_sock *tp,
				 struct twin_tcp_cubic_state *cubic)
{
	struct twin_tcp_cubic_epoch *epoch = &cubic->epoch;

	epoch->start_us = tp->now_us;
	epoch->w_max = max(epoch->w_max, tp->cwnd);
	epoch->k_ticks = twin_tcp_cubic_climb_ticks(epoch->w_max - tp->cwnd);
	epoch->w_est = tp->cwnd;
	cubic->est_acked = 0;
	tp->cwnd_cnt = 0;
}

/*
 * NewReno's window if it reduced by 0.7, too: it grows by alpha = 3 * (1 - 0.7)
 * / (1 + 0.7) = 9/17 segments a round trip until it has made up for that, and a
 * little longer: a queue that overflows where it did last time, and takes a round
 * trip to tell, loses one segment then and not two.
 * RFC: 9438 section 4.3
 */
static void twin_tcp_cubic_estimate(struct twin_tcp_sock *tp,
				    struct twin_tcp_cubic_state *cubic,
				    u32 acked_segs)
{
	struct twin_tcp_cubic_epoch *epoch = &cubic->epoch;
	u32 per_segs = tp->cwnd;
	u32 step;

	if (epoch->cwnd_prior &&
	    epoch->w_est < epoch->cwnd_prior + TWIN_TCP_CUBIC_RENO_MARGIN)
		per_segs = per_segs * 17 / 9;
	cubic->est_acked += acked_segs;
	if (cubic->est_acked < per_segs)
		return;
	step = cubic->est_acked / per_segs;
	cubic->est_acked -= step * per_segs;
	epoch->w_est += step;
}

/*
 * Where the window should be a round trip from now: not less than it is, and
 * not more than half as much again.
 * RFC: 9438 section 4.2
 */
static u32 twin_tcp_cubic_target(const struct twin_tcp_sock *tp,
				 const struct twin_tcp_cubic_epoch *epoch)
{
	u64 elapsed_us = tp->now_us - epoch->start_us +
			 (tp->rtt.srtt_us_x8 >> 3);
	u32 ticks = min_t(u64, elapsed_us >> TWIN_TCP_CUBIC_TICK_SHIFT, U32_MAX);
	u32 target = twin_tcp_cubic_window(epoch->w_max, epoch->k_ticks, ticks);

	return clamp(target, tp->cwnd, tp->cwnd + tp->cwnd / 2);
}

/*
 * Where slow start ended without a loss no plateau is known, and the cubic,
 * which takes the window for it, would stay there for seconds: until the first
 * reduction the window grows by a twentieth in each round trip at least; but not while
 * a queue makes round trips half as long again.  All that is found then is how long
 * the queue is, and a twentieth of the window would be lost at its end.
 */
static bool twin_tcp_cubic_searches(const struct twin_tcp_sock *tp,
				    const struct twin_tcp_cubic_epoch *epoch)
{
	return !epoch->cwnd_prior &&
	       tp->rtt.srtt_us_x8 >> 3 < tp->min_rtt_us + (tp->min_rtt_us >> 1);
}

/* RFC 9438 section 4.3 to 4.5: whichever is larger, NewReno's or the cubic. */
static void twin_tcp_cubic_climb(struct twin_tcp_sock *tp,
				 struct twin_tcp_cubic_state *cubic,
				 u32 acked_segs)
{
	u32 per_segs = U32_MAX, target;

	if (!cubic->epoch.start_us)
		twin_tcp_cubic_begin(tp, cubic);
	twin_tcp_cubic_estimate(tp, cubic, acked_segs);
	target = twin_tcp_cubic_target(tp, &cubic->epoch);
	if (target > tp->cwnd)
		per_segs = tp->cwnd / (target - tp->cwnd);
	if (twin_tcp_cubic_searches(tp, &cubic->epoch))
		per_segs = min(per_segs, TWIN_TCP_CUBIC_SEARCH_SEGS);
	if (per_segs < U32_MAX)
		twin_tcp_cong_additive(tp, per_segs, acked_segs);
	if (cubic->epoch.w_est > tp->cwnd)
		tp->cwnd = min(cubic->epoch.w_est, tp->cwnd + acked_segs);
}

/* Return: segments left over for congestion avoidance. */
static u32 twin_tcp_cubic_slow_start(struct twin_tcp_sock *tp,
				     struct twin_tcp_cubic_state *cubic,
				     u32 acked_segs)
{
	cubic->epoch.start_us = 0;
	if (!twin_tcp_hystart_applies(tp) || !cubic->css_rounds)
		return twin_tcp_cong_slow_start(tp, acked_segs);
	twin_tcp_cong_additive(tp, TWIN_TCP_HYSTART_CSS_SEGS, acked_segs);
	return 0;
}

static void twin_tcp_cubic_avoid(struct twin_tcp_sock *tp, u32 acked_segs,
				 const struct twin_tcp_rate *rate)
{
	struct twin_tcp_cubic_state *cubic = twin_tcp_cubic_state(tp);

	if (twin_tcp_hystart_applies(tp))
		twin_tcp_hystart_ack(tp, cubic, rate->rtt_us);
	if (!twin_tcp_cong_limited(tp)) {
		twin_tcp_cubic_pause(tp, cubic);
		return;
	}
	cubic->ack_us = tp->now_us;
	if (twin_tcp_in_slow_start(tp))
		acked_segs = twin_tcp_cubic_slow_start(tp, cubic, acked_segs);
	if (acked_segs)
		twin_tcp_cubic_climb(tp, cubic, acked_segs);
}

/*
 * RFC 9438 section 4.6, and 4.7: a flow that did not get back to its plateau
 * gives more than it must, to make room for another.  A second reduction in one
 * episode (RFC 5681 section 4.3) does not tell that: there was no time to get back.
 */
static u32 twin_tcp_cubic_ssthresh(struct twin_tcp_sock *tp)
{
	struct twin_tcp_cubic_state *cubic = twin_tcp_cubic_state(tp);
	struct twin_tcp_cubic_epoch *epoch = &cubic->epoch;
	bool again = tp->ca_state == TCP_CA_Recovery &&
		     twin_tcp_before(tp->snd_una, tp->high_seq);
	u64 cwnd = tp->cwnd;

	/* all of an episode are undone together */
	if (!again) {
		cubic->saved = *epoch;
		cubic->reduced = true;
	}
	if (tp->cwnd < epoch->w_max && !again)
		epoch->w_max = div_u64(cwnd * (TWIN_TCP_CUBIC_BETA_DEN +
					       TWIN_TCP_CUBIC_BETA_NUM),
				       2 * TWIN_TCP_CUBIC_BETA_DEN);
	else
		epoch->w_max = tp->cwnd;
	epoch->cwnd_prior = tp->cwnd;
	epoch->start_us = 0;
	return max_t(u32, div_u64(cwnd * TWIN_TCP_CUBIC_BETA_NUM,
				  TWIN_TCP_CUBIC_BETA_DEN),
		     TWIN_TCP_CONG_CWND_MIN);
}

/* RFC 9438 section 4.8: after a time-out the plateau is not believed. */
static void twin_tcp_cubic_set_state(struct twin_tcp_sock *tp, u8 ca_state)
{
	struct twin_tcp_cubic_epoch *epoch = &twin_tcp_cubic_state(tp)->epoch;

	if (ca_state != TCP_CA_Loss)
		return;
	epoch->w_max = 0;
	epoch->start_us = 0;
}

static void twin_tcp_cubic_event(struct twin_tcp_sock *tp,
				 enum twin_tcp_cong_event event)
{
	if (event == TWIN_TCP_CONG_TX_START)
		twin_tcp_cubic_pause(tp, twin_tcp_cubic_state(tp));
}

/*
 * Back to the stage that should not have ended; it counts on as if it had not.
 * A first slow start that goes on measures its rounds anew.
 * RFC: 9438 section 4.9
 */
static u32 twin_tcp_cubic_undo(struct twin_tcp_sock *tp)
{
	struct twin_tcp_cubic_state *cubic = twin_tcp_cubic_state(tp);

	if (cubic->reduced) {
		cubic->epoch = cubic->saved;
		cubic->reduced = false;
		memset(&cubic->hystart, 0, sizeof(cubic->hystart));
		cubic->css_rounds = 0;
		cubic->running = false;
	}
	return twin_tcp_cong_undo(tp);
}

struct twin_tcp_cong_ops twin_tcp_cubic = {
	.name		= "cubic",
	.ssthresh	= twin_tcp_cubic_ssthresh,
	.avoid		= twin_tcp_cubic_avoid,
	.event		= twin_tcp_cubic_event,
	.set_state	= twin_tcp_cubic_set_state,
	.undo_cwnd	= twin_tcp_cubic_undo,
};
