// SPDX-License-Identifier: GPL-2.0
/*
 * Pacing: packets leave at sk->sk_pacing_rate rather than in bursts, where the
 * application (SO_MAX_PACING_RATE) or the congestion control asks for it and no
 * queueing discipline of the device does it already (sch_fq says so in
 * sk_pacing_status).
 *
 * Few connections need it, so what it takes is allocated by the first packet that
 * is paced; it lives as long as the socket, and the timer holds a reference while
 * set.
 */
#include <linux/hrtimer.h>
#include <linux/slab.h>
#include "tcp_cong.h"

struct twin_tcp_pace {
	struct hrtimer timer;
	struct sock *sk;
	u64 next_ns;			/* no packet before that time */
};

static enum hrtimer_restart twin_tcp_pace_fire(struct hrtimer *timer)
{
	struct twin_tcp_pace *pace = container_of(timer, struct twin_tcp_pace,
						  timer);
	struct sock *sk = pace->sk;

	twin_tcp_send_resume(sk);
	sock_put(sk);
	return HRTIMER_NORESTART;
}

static struct twin_tcp_pace *twin_tcp_pace_begin(struct twin_tcp_sock *tp)
{
	struct twin_tcp_pace *pace = tp->pace;

	if (pace)
		return pace;
	pace = kmalloc(sizeof(*pace), GFP_ATOMIC | __GFP_NOWARN);
	if (!pace)
		return NULL;
	pace->sk = twin_tcp_to_sk(tp);
	pace->next_ns = 0;
	hrtimer_setup(&pace->timer, twin_tcp_pace_fire, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_PINNED_SOFT);
	tp->pace = pace;
	return pace;
}

/**
 * twin_tcp_pacing_update() - at which rate are packets to leave?
 * @tp: connection
 *
 * At twice, or 1.2 times, the rate that the window allows: what the device queue
 * and packet sizes go by.
 *
 * Context: Socket lock.
 */
void twin_tcp_pacing_update(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	const struct twin_conf *conf = &twin_tcp_net(tp)->conf;
	u32 ratio = tp->cwnd < tp->ssthresh / 2 ?
		READ_ONCE(conf->tcp_pacing_ss_ratio) :
		READ_ONCE(conf->tcp_pacing_ca_ratio);
	u64 rate;

	if (tp->cong->control)
		return;
	rate = (u64)tp->mss_now * ((USEC_PER_SEC / 100) << 3) * ratio;
	rate *= max(tp->cwnd, tp->packets_out);
	if (likely(tp->rtt.srtt_us_x8))
		do_div(rate, tp->rtt.srtt_us_x8);
	WRITE_ONCE(sk->sk_pacing_rate,
		   min_t(u64, rate, READ_ONCE(sk->sk_max_pacing_rate)));
}

/**
 * twin_tcp_pace_early() - is the next packet's time still to come?
 * @tp: connection
 *
 * Context: Socket lock.
 * Return: true if it is.
 */
bool twin_tcp_pace_early(const struct twin_tcp_sock *tp)
{
	return tp->pace && tp->pace->next_ns > ktime_get_ns();
}

/**
 * twin_tcp_pace_blocks() - is it too soon for the next packet?
 * @tp: connection that twin_tcp_pace_needed() says is paced
 *
 * Context: Socket lock.
 * Return: true if the connection must wait; it is then woken in time.
 */
bool twin_tcp_pace_blocks(struct twin_tcp_sock *tp)
{
	struct twin_tcp_pace *pace = tp->pace;

	if (!twin_tcp_pace_early(tp))
		return false;
	if (!hrtimer_is_queued(&pace->timer)) {
		sock_hold(pace->sk);
		hrtimer_start(&pace->timer, ns_to_ktime(pace->next_ns),
			      HRTIMER_MODE_ABS_PINNED_SOFT);
	}
	return true;
}

/**
 * twin_tcp_pace_sent() - a packet has been sent: when may the next one go?
 * @tp: connection that twin_tcp_pace_needed() says is paced
 * @bytes: its length
 *
 * Context: Socket lock.
 */
void twin_tcp_pace_sent(struct twin_tcp_sock *tp, u32 bytes)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	unsigned long rate = READ_ONCE(sk->sk_pacing_rate);
	struct twin_tcp_pace *pace;

	if (rate == ~0UL || !rate)
		return;
	pace = twin_tcp_pace_begin(tp);
	if (!pace)
		return;		/* better a burst than a stall */
	pace->next_ns = max_t(u64, pace->next_ns, ktime_get_ns()) +
			div64_ul((u64)bytes * NSEC_PER_SEC, rate);
}

/**
 * twin_tcp_pace_stop() - the connection is over
 * @tp: connection
 *
 * Context: Socket lock.
 */
void twin_tcp_pace_stop(struct twin_tcp_sock *tp)
{
	if (!tp->pace)
		return;
	tp->pace->next_ns = 0;
	if (hrtimer_try_to_cancel(&tp->pace->timer) == 1)
		__sock_put(twin_tcp_to_sk(tp));
}
