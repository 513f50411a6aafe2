// SPDX-License-Identifier: GPL-2.0
/*
 * SYN cookies (RFC 4987 3.6): when too many handshakes are under way, a SYN is
 * answered without keeping anything.  What must be known later is in our
 * initial sequence number, which the peer's ACK brings back:
 *
 *	31..27	clock of 64 s, so that a cookie ages
 *	26..24	index of the peer's MSS in a table
 *	23..0	keyed hash over both ends, the peer's ISN and the above
 *
 * and to all 32 bits are added the peer's ISN and another keyed hash over both ends,
 * as in RFC 4987 appendix A.  So nobody knows what to write into the upper bits: of
 * 2^32 numbers the 16 of two ticks and eight sizes are good, and a blind guess
 * succeeds once in 2^28.
 *
 * With timestamps the low bits of our TSval carry the other options, and come
 * back as TSecr.
 */
#include <linux/siphash.h>
#include <net/netns/hash.h>
#include "../inspect/mib.h"
#include "tcp_table.h"

#define TWIN_TCP_COOKIE_TICK_SECONDS	64
#define TWIN_TCP_COOKIE_MAX_TICKS	2	/* valid for 64 to 128 s */
#define TWIN_TCP_COOKIE_TICK_SHIFT	27
#define TWIN_TCP_COOKIE_TICK_MASK	31	/* of the ticks: they wrap */
#define TWIN_TCP_COOKIE_MSS_SHIFT	24
#define TWIN_TCP_COOKIE_MSS_COUNT	8
#define TWIN_TCP_COOKIE_MAC		0x00ffffffu
#define TWIN_TCP_COOKIE_RECENT_JIFFIES	(2 * TWIN_TCP_COOKIE_TICK_SECONDS * HZ)

/* low bits of TSval: the shift count or 15, SACK, ECN */
#define TWIN_TCP_COOKIE_WSCALE	0x0fu
#define TWIN_TCP_COOKIE_SACK	0x10u
#define TWIN_TCP_COOKIE_ECN	0x20u
#define TWIN_TCP_COOKIE_TS_BITS	0x3fu

/* What paths really carry: by links with and without tunnels. */
static const u16 twin_tcp_cookie_mss[TWIN_TCP_COOKIE_MSS_COUNT] = {
	536, 1220, 1300, 1360, 1400, 1440, 1460, 8960
};

/* appendix A's sec1 and sec2 */
static siphash_aligned_key_t twin_tcp_cookie_keys[2] __read_mostly;

static u32 twin_tcp_cookie_ticks(void)
{
	return (u32)div_u64(ktime_get_seconds(), TWIN_TCP_COOKIE_TICK_SECONDS) &
	       TWIN_TCP_COOKIE_TICK_MASK;
}

/* In one place only, since each call of that macro would draw them once. */
static const siphash_key_t *twin_tcp_cookie_key(int i)
{
	net_get_random_once(twin_tcp_cookie_keys, sizeof(twin_tcp_cookie_keys));
	return &twin_tcp_cookie_keys[i];
}

static u64 twin_tcp_cookie_hosts(const struct twin_flow *flow)
{
	return (u64)(__force u32)flow->laddr << 32 | (__force u32)flow->raddr;
}

/* With the namespace, whose owner could ask for cookies of another's hosts. */
static u64 twin_tcp_cookie_ports(const struct twin_flow *flow)
{
	return (u64)net_hash_mix(flow->tn->net) << 32 |
	       (u32)(__force u16)flow->lport << 16 | (__force u16)flow->rport;
}

/* What is added to a cookie, and taken off before it is looked at. */
static u32 twin_tcp_cookie_mask(const struct twin_flow *flow, u32 irs)
{
	return (u32)siphash_2u64(twin_tcp_cookie_hosts(flow),
				 twin_tcp_cookie_ports(flow),
				 twin_tcp_cookie_key(0)) + irs;
}

static u32 twin_tcp_cookie_hash(const struct twin_flow *flow, u32 irs, u32 top)
{
	return (u32)siphash_4u64(twin_tcp_cookie_hosts(flow),
				 twin_tcp_cookie_ports(flow), irs, top,
				 twin_tcp_cookie_key(1)) &
	       TWIN_TCP_COOKIE_MAC;
}

static u32 twin_tcp_cookie_mss_index(u16 mss)
{
	u32 i = ARRAY_SIZE(twin_tcp_cookie_mss) - 1;

	while (i && twin_tcp_cookie_mss[i] > mss)
		i--;
	return i;
}

/* Our clock, set back a little so that its low bits say what we want. */
static u32 twin_tcp_cookie_tsval(const struct twin_tcp_request *rq, u32 now)
{
	u32 bits = rq->agreed.wscale_ok ? rq->agreed.snd_wscale :
					  TWIN_TCP_COOKIE_WSCALE;
	u32 tsval;

	if (rq->agreed.sack)
		bits |= TWIN_TCP_COOKIE_SACK;
	if (rq->ecn_ok)
		bits |= TWIN_TCP_COOKIE_ECN;
	tsval = (now & ~TWIN_TCP_COOKIE_TS_BITS) | bits;
	return (s32)(tsval - now) > 0 ? tsval - TWIN_TCP_COOKIE_TS_BITS - 1 :
					tsval;
}

/**
 * twin_tcp_cookie_send() - answer a SYN and forget it
 * @rq: complete request, in no table; its numbers become the cookie's
 *
 * Without timestamps there is no place for window scale, SACK and ECN.
 *
 * RFC: 4987 section 3.6, appendix A
 * Context: Softirq, RCU read lock.
 */
void twin_tcp_cookie_send(struct twin_tcp_request *rq)
{
	struct twin_net *tn = rq->mini.flow.tn;
	u32 top = twin_tcp_cookie_ticks() << TWIN_TCP_COOKIE_TICK_SHIFT |
		  twin_tcp_cookie_mss_index(rq->agreed.mss_clamp) <<
		  TWIN_TCP_COOKIE_MSS_SHIFT;
	u32 tsval = twin_tcp_request_tsval(rq);

	rq->iss = (top | twin_tcp_cookie_hash(&rq->mini.flow, rq->irs, top)) +
		  twin_tcp_cookie_mask(&rq->mini.flow, rq->irs);
	/* the clock is read once: a tick later the bits would say something else */
	if (rq->agreed.timestamps) {
		tsval = twin_tcp_cookie_tsval(rq, tsval);
	} else {
		rq->agreed.wscale_ok = 0;
		rq->agreed.rcv_wscale = 0;
		rq->agreed.sack = 0;
		rq->ecn_ok = 0;
	}
	WRITE_ONCE(twin_tcp(rq->listener)->listen->cookie_jiffies, jiffies | 1);
	TWIN_COUNT(tn, TCPEXT_SYNCOOKIES_SENT);
	twin_tcp_request_synack(rq, tsval);
}

/**
 * twin_tcp_cookie_expected() - may an ACK for a listener carry a cookie?
 * @lp: listener
 *
 * Cookies are looked at only where some were sent lately: guessing one must
 * not be possible at any time.
 *
 * Context: Any.
 * Return: true if so.
 */
bool twin_tcp_cookie_expected(const struct twin_tcp_sock *lp)
{
	unsigned long sent = READ_ONCE(lp->listen->cookie_jiffies);

	return sent && time_before(jiffies, sent +
				   TWIN_TCP_COOKIE_RECENT_JIFFIES);
}

/* Return: the peer's MSS, or 0 if the cookie is none of ours or too old. */
static u16 twin_tcp_cookie_open(const struct twin_flow *flow, u32 iss, u32 irs)
{
	u32 cookie = iss - twin_tcp_cookie_mask(flow, irs);
	u32 top = cookie & ~TWIN_TCP_COOKIE_MAC;
	u32 index = (cookie >> TWIN_TCP_COOKIE_MSS_SHIFT) %
		    TWIN_TCP_COOKIE_MSS_COUNT;
	u32 age = (twin_tcp_cookie_ticks() -
		   (cookie >> TWIN_TCP_COOKIE_TICK_SHIFT)) &
		  TWIN_TCP_COOKIE_TICK_MASK;

	if (age >= TWIN_TCP_COOKIE_MAX_TICKS ||
	    twin_tcp_cookie_hash(flow, irs, top) !=
	    (cookie & TWIN_TCP_COOKIE_MAC))
		return 0;
	return twin_tcp_cookie_mss[index];
}

static void twin_tcp_cookie_options(struct twin_tcp_request *rq,
				    const struct twin_wire_tcp_options *opt)
{
	struct twin_tcp_agreed *agreed = &rq->agreed;
	u32 wscale = opt->tsecr & TWIN_TCP_COOKIE_WSCALE;

	if (!(opt->present & TWIN_TCP_OPT_TIMESTAMPS))
		return;
	agreed->timestamps = 1;
	rq->ts_recent = opt->tsval;
	agreed->sack = !!(opt->tsecr & TWIN_TCP_COOKIE_SACK);
	rq->ecn_ok = !!(opt->tsecr & TWIN_TCP_COOKIE_ECN);
	agreed->wscale_ok = wscale <= TWIN_TCP_WSCALE_MAX;
	agreed->snd_wscale = agreed->wscale_ok ? wscale : 0;
}

/**
 * twin_tcp_cookie_check() - does an ACK complete a handshake by cookie?
 * @rq: request of this connection without any numbers, in no table
 * @seg: segment with ACK
 *
 * RFC: 4987 section 3.6, appendix A
 * Context: Softirq, RCU read lock.
 * Return: false if not; else @rq has numbers and options.
 */
bool twin_tcp_cookie_check(struct twin_tcp_request *rq,
			   const struct twin_tcp_segment *seg)
{
	struct twin_net *tn = rq->mini.flow.tn;
	u16 mss;

	rq->irs = seg->hdr.seq - 1;
	rq->iss = seg->hdr.ack - 1;
	mss = twin_tcp_cookie_open(&rq->mini.flow, rq->iss, rq->irs);
	if (!mss) {
		TWIN_COUNT(tn, TCPEXT_SYNCOOKIES_FAILED);
		return false;
	}
	TWIN_COUNT(tn, TCPEXT_SYNCOOKIES_RECV);
	memset(&rq->agreed, 0, sizeof(rq->agreed));
	rq->agreed.mss_clamp = mss;
	rq->ts_recent = 0;
	rq->tsval_offset = twin_tcp_ts_offset(twin_tcp_secret(&rq->mini.flow));
	twin_tcp_cookie_options(rq, &seg->opt);
	return true;
}
