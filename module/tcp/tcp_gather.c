// SPDX-License-Identifier: GPL-2.0
/*
 * ACKs of what comes behind a hole, gathered.
 *
 * RFC 5681 4.2 wants one for each such segment, so that the sender notices the
 * hole. Three ACKs are enough for that (the duplicate threshold); later ones only
 * say how much more has arrived, and one SACK block can say that of many segments.
 * On a fast path that is one ACK in a millisecond rather than a hundred. An ACK
 * waits for a twentieth of a round trip at most, which hardly affects the sender's
 * ACK clock, its reordering window (a quarter of a round trip, RFC 8985) and its
 * loss probes.
 *
 * The timer is in struct twin_tcp_gaps. While it is set, or its function runs, it
 * holds references to that and to the socket.
 */
#include <linux/hrtimer.h>
#include <linux/slab.h>
#include "tcp_table.h"

#define TWIN_TCP_GATHER_RTT_SHARE	20	/* of a round trip, one part */
#define TWIN_TCP_GATHER_AT_ONCE	3	/* the duplicate threshold of RFC 5681 3.2 */

static void twin_tcp_gather_put(struct twin_tcp_gaps *gaps)
{
	if (refcount_dec_and_test(&gaps->users))
		kfree(gaps);
}

/**
 * twin_tcp_gather_run() - one ACK for all that has come
 * @tp: connection; the time is over, or the ACK cannot tell of more
 *
 * Context: Socket lock, softirq or release_sock().
 */
void twin_tcp_gather_run(struct twin_tcp_sock *tp)
{
	struct twin_tcp_gaps *gaps = tp->gaps;

	if (twin_tcp_to_sk(tp)->sk_state == TCP_CLOSE || !gaps || !gaps->gathered)
		return;
	gaps->gathered--;	/* this one is not saved */
	twin_tcp_ack_send(tp);
}

static enum hrtimer_restart twin_tcp_gather_fire(struct hrtimer *timer)
{
	struct twin_tcp_gaps *gaps = container_of(timer, struct twin_tcp_gaps,
						  timer);
	struct sock *sk = gaps->sk;
	struct twin_tcp_sock *tp = twin_tcp(sk);
	bool deferred = false;

	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk))
		twin_tcp_gather_run(tp);
	else	/* the user's release_sock() does it: leave it the reference */
		deferred = !test_and_set_bit(TWIN_TCP_DEFER_GATHERED,
					     twin_tcp_deferred(tp));
	bh_unlock_sock(sk);
	twin_tcp_gather_put(gaps);
	if (!deferred)
		sock_put(sk);
	return HRTIMER_NORESTART;
}

/**
 * twin_tcp_gaps_new() - something is missing from now on
 * @tp: connection
 *
 * Context: Socket lock.
 * Return: an empty one, or NULL.
 */
struct twin_tcp_gaps *twin_tcp_gaps_new(struct twin_tcp_sock *tp)
{
	struct twin_tcp_gaps *gaps = kzalloc(sizeof(*gaps),
					     GFP_ATOMIC | __GFP_NOWARN);

	if (!gaps)
		return NULL;
	refcount_set(&gaps->users, 1);
	gaps->sk = twin_tcp_to_sk(tp);
	hrtimer_setup(&gaps->timer, twin_tcp_gather_fire, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_SOFT);
	return gaps;
}

/**
 * twin_tcp_gaps_free() - nothing is missing any more
 * @tp: connection with tp->gaps, its queue empty
 *
 * An ACK that has waited is due: the segment which ends a hole has it at once.
 *
 * Context: Socket lock.
 */
void twin_tcp_gaps_free(struct twin_tcp_sock *tp)
{
	struct twin_tcp_gaps *gaps = tp->gaps;

	if (gaps->gathered)
		tp->ack_pending |= TWIN_TCP_ACK_NOW;
	twin_tcp_gather_sent(tp);
	twin_tcp_gather_stop(tp);
	tp->gaps = NULL;
	twin_tcp_gather_put(gaps);
}

/**
 * twin_tcp_gather_stop() - no ACK waits any more
 * @tp: connection with tp->gaps
 *
 * Context: Socket lock. A timer that fires just now finds nothing to do.
 */
void twin_tcp_gather_stop(struct twin_tcp_sock *tp)
{
	struct twin_tcp_gaps *gaps = tp->gaps;

	gaps->gathered = 0;
	if (hrtimer_try_to_cancel(&gaps->timer) != 1)
		return;
	refcount_dec(&gaps->users);
	__sock_put(gaps->sk);
}

/**
 * twin_tcp_gather_sent() - a segment tells all that those would which wait
 * @tp: connection with tp->gaps
 *
 * Context: Socket lock.
 */
void twin_tcp_gather_sent(struct twin_tcp_sock *tp)
{
	if (likely(!tp->gaps->gathered))
		return;
	TWIN_COUNT_ADD(twin_tcp_net(tp), TCPEXT_ACK_COMPRESSED,
		       tp->gaps->gathered);
	twin_tcp_gather_stop(tp);
}

/* How long one may wait; 0: not at all, or nothing is known of the path. */
static u64 twin_tcp_gather_delay_ns(const struct twin_tcp_sock *tp)
{
	int most_ns = READ_ONCE(twin_tcp_net(tp)->conf.tcp_comp_sack_delay_ns);
	u32 rtt_us_x8 = tp->rcv_rtt_us_x8;

	/* measured from data that arrives, it includes the sender's pauses */
	if (!rtt_us_x8 || (tp->rtt.srtt_us_x8 && tp->rtt.srtt_us_x8 < rtt_us_x8))
		rtt_us_x8 = tp->rtt.srtt_us_x8;
	return min_t(u64, most_ns,
		     div_u64((u64)rtt_us_x8 * (NSEC_PER_USEC / 8),
			     TWIN_TCP_GATHER_RTT_SHARE));
}

/* Is one of the first three since rcv_nxt moved? */
static bool twin_tcp_gather_first(struct twin_tcp_sock *tp)
{
	struct twin_tcp_gaps *gaps = tp->gaps;

	if (!gaps->at_once || gaps->at_once_ack != tp->rcv_nxt) {
		gaps->at_once_ack = tp->rcv_nxt;
		gaps->at_once = 0;
	}
	if (gaps->at_once == TWIN_TCP_GATHER_AT_ONCE)
		return false;
	gaps->at_once++;
	return true;
}

/**
 * twin_tcp_gather() - may the ACK of a segment out of order wait for others?
 * @tp: connection with tp->gaps, the segment already among them
 *
 * Not without SACK, where each is counted by the sender; not where the sender, or
 * the start of a flow, wants ACKs at once; nor a D-SACK, of which an ACK has one.
 *
 * RFC: 5681 section 4.2; 2018 section 4; 2883 section 4
 * Context: Socket lock.
 * Return: true if it does; it is sent in time.
 */
bool twin_tcp_gather(struct twin_tcp_sock *tp)
{
	const struct twin_conf *conf = &twin_tcp_net(tp)->conf;
	struct twin_tcp_gaps *gaps = tp->gaps;
	u64 delay_ns;

	if (!tp->agreed.sack || tp->dsack_count ||
	    (tp->ack_pending & TWIN_TCP_ACK_NOW) ||
	    (tp->quick_acks && !tp->pingpong) ||
	    gaps->gathered >= READ_ONCE(conf->tcp_comp_sack_nr) ||
	    twin_tcp_gather_first(tp))
		return false;
	delay_ns = twin_tcp_gather_delay_ns(tp);
	if (!delay_ns)
		return false;
	gaps->gathered++;
	if (hrtimer_is_queued(&gaps->timer))
		return true;
	refcount_inc(&gaps->users);
	sock_hold(gaps->sk);
	hrtimer_start_range_ns(&gaps->timer, ns_to_ktime(delay_ns),
			       READ_ONCE(conf->tcp_comp_sack_slack_ns),
			       HRTIMER_MODE_REL_PINNED_SOFT);
	return true;
}
