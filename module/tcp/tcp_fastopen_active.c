// SPDX-License-Identifier: GPL-2.0
/*
 * TCP Fast Open, the active side (RFC 7413): with a cookie of the server the
 * first write is sent on the SYN; without one the SYN asks for it.
 *
 * The retransmission queue holds the SYN and its data as two segments: a SYN is
 * sent again without the data, since a middlebox may have dropped it for that.
 */
#include "tcp_fastopen.h"

/* so often at most the time without Fast Open doubles */
#define TWIN_TCP_FASTOPEN_HOLES_MAX	6

/*
 * Connections with Fast Open have met a black hole: all of the namespace do
 * without it for tcp_fastopen_blackhole_timeout_sec, twice as long each time.
 */
static bool twin_tcp_fastopen_disabled(const struct twin_net *tn)
{
	u32 seconds = READ_ONCE(tn->conf.tcp_fastopen_blackhole_seconds);
	u32 holes = READ_ONCE(tn->tcp->fastopen_holes);

	if (!seconds || !holes)
		return false;
	holes = min_t(u32, holes - 1, TWIN_TCP_FASTOPEN_HOLES_MAX);
	return time_before(jiffies, READ_ONCE(tn->tcp->fastopen_hole_jiffies) +
			   ((unsigned long)seconds * HZ << holes));
}

static bool twin_tcp_fastopen_cookieless(const struct twin_tcp_sock *tp)
{
	return tp->fastopen_no_cookie ||
	       READ_ONCE(twin_tcp_net(tp)->conf.tcp_fastopen) &
	       TWIN_TCP_FASTOPEN_CLIENT_NO_COOKIE;
}

/* May data go with the SYN?  @request: cookie and option are filled in. */
static bool twin_tcp_fastopen_may(struct twin_tcp_sock *tp,
				  struct twin_tcp_fastopen_request *request,
				  u16 *mss)
{
	request->option = false;
	if (!twin_tcp_fastopen_cache_get(tp, mss, &request->cookie) ||
	    twin_tcp_fastopen_disabled(twin_tcp_net(tp)))
		return false;
	if (twin_tcp_fastopen_cookieless(tp))
		return true;
	request->option = true;
	if (request->cookie.bytes)
		return true;
	tp->fastopen_fail = TFO_COOKIE_UNAVAILABLE;
	return false;
}

/**
 * twin_tcp_fastopen_open() - connect() with TCP_FASTOPEN_CONNECT
 * @tp: connection in SYN-SENT with endpoints, ISS and offers set
 *
 * With a cookie the SYN waits for the first write, else it asks for one.
 *
 * Context: Process, socket lock.
 * Return: 0 or what twin_tcp_send_syn() says.
 */
int twin_tcp_fastopen_open(struct twin_tcp_sock *tp)
{
	struct twin_tcp_fastopen_request request = {};
	u16 mss;
	int err;

	if (twin_tcp_fastopen_may(tp, &request, &mss)) {
		WRITE_ONCE(tp->fastopen_waits, 1);
		return 0;
	}
	tp->fastopen_request = &request;
	err = twin_tcp_send_syn(tp);
	tp->fastopen_request = NULL;
	return err;
}

/* How much data fits beside all options that a middlebox may add. */
static u32 twin_tcp_fastopen_space(const struct twin_tcp_sock *tp, u16 mss)
{
	u32 space = tp->mtu_search.pmtu_bytes - TWIN_WIRE_IPV4_MIN_BYTES -
		    TWIN_WIRE_TCP_MIN_BYTES;
	u32 options = TWIN_WIRE_TCP_OPTIONS_MAX +
		      twin_pcb_options_bytes(&tp->ts);

	space = min_t(u32, space, mss);
	if (tp->user_mss)
		space = min_t(u32, space, tp->user_mss);
	return space > options ? space - options : 0;
}

/* The data is sent with the SYN's number and bits, and kept with its own. */
static int twin_tcp_fastopen_transmit(struct twin_tcp_sock *tp,
				      struct sk_buff *syn, struct sk_buff *data)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(data);
	gfp_t gfp = twin_tcp_to_sk(tp)->sk_allocation;
	int err;

	cb->tx.segs = 1;
	cb->tx.gso_bytes = 0;
	cb->seq--;
	cb->flags = twin_tcp_cb(syn)->flags;
	err = twin_tcp_transmit(tp, data, gfp);
	cb->seq++;
	cb->flags = TWIN_TCP_ACK | TWIN_TCP_PSH;
	twin_tcp_cb(syn)->tx = cb->tx;
	syn->skb_mstamp_ns = data->skb_mstamp_ns;
	return err;
}

/**
 * twin_tcp_fastopen_send_syn() - the SYN of tp->fastopen_request
 * @tp: connection in SYN-SENT
 * @syn: its SYN, head of the write queue
 *
 * Data that goes with it is put behind it into the write queue.
 *
 * RFC: 7413 section 4.2.1
 * Context: Process, socket lock, clock refreshed.
 * Return: 0, -ENOBUFS, or the error of IP.
 */
int twin_tcp_fastopen_send_syn(struct twin_tcp_sock *tp, struct sk_buff *syn)
{
	struct twin_tcp_fastopen_request *request = tp->fastopen_request;
	u16 mss = TWIN_TCP_MSS_DEFAULT;
	bool may = twin_tcp_fastopen_may(tp, request, &mss);
	struct sk_buff *data = NULL;

	tp->syn_fastopen = may || request->option;
	if (may && request->msg)
		data = twin_tcp_send_syn_data(tp, request->msg,
					      twin_tcp_fastopen_space(tp, mss),
					      &request->copied);
	if (!data)
		return twin_tcp_transmit(tp, syn,
					 twin_tcp_to_sk(tp)->sk_allocation);
	tp->syn_data = 1;
	return twin_tcp_fastopen_transmit(tp, syn, data);
}

/* What the SYN+ACK teaches for the next time. */
static void twin_tcp_fastopen_learn(struct twin_tcp_sock *tp,
				    const struct twin_tcp_segment *seg,
				    bool refused)
{
	const struct twin_wire_tcp_options *opt = &seg->opt;
	struct twin_tcp_fastopen_cookie cookie = {};

	if (opt->present & TWIN_TCP_OPT_FASTOPEN) {
		cookie.bytes = opt->cookie_bytes;
		memcpy(cookie.data, opt->cookie, opt->cookie_bytes);
	}
	/* only the plain SYN got through: neither cookie nor ACK of data */
	twin_tcp_fastopen_cache_put(tp, tp->agreed.mss_clamp, &cookie,
				    refused && tp->total_retrans &&
				    !cookie.bytes);
}

/**
 * twin_tcp_fastopen_answered() - a SYN with Fast Open has got its SYN+ACK
 * @tp: connection, established just now
 * @seg: the SYN+ACK, its ACK processed
 *
 * Data that the peer has not taken is sent again at once.
 *
 * RFC: 7413 section 4.2.1, 4.1.3
 * Context: Softirq, socket lock.
 */
void twin_tcp_fastopen_answered(struct twin_tcp_sock *tp,
				const struct twin_tcp_segment *seg)
{
	struct twin_net *tn = twin_tcp_net(tp);
	bool refused = tp->syn_data && tp->packets_out;

	if (likely(!tp->syn_fastopen))
		return;
	twin_tcp_fastopen_learn(tp, seg, refused);
	if (refused) {
		tp->fastopen_fail = tp->total_retrans ?
			TFO_SYN_RETRANSMITTED : TFO_DATA_NOT_ACKED;
		TWIN_COUNT(tn, TCPEXT_FAST_OPEN_ACTIVE_FAIL);
		twin_tcp_recovery_resend_all(tp);
	} else if (tp->syn_data) {
		tp->syn_data_acked = 1;
		/* SYN and data were one segment */
		tp->delivered--;
		TWIN_COUNT(tn, TCPEXT_FAST_OPEN_ACTIVE);
		WRITE_ONCE(tn->tcp->fastopen_holes, 0);
	}
}

/**
 * twin_tcp_fastopen_timed_out() - is a connection with Fast Open in a black hole?
 * @tp: connection whose retransmission time-out has passed
 * @gives_up: it is the last one
 *
 * RFC: 7413 section 4.1.3.1
 * Context: Socket lock.
 */
void twin_tcp_fastopen_timed_out(struct twin_tcp_sock *tp, bool gives_up)
{
	struct twin_tcp_net *net = twin_tcp_net(tp)->tcp;

	if (likely(!tp->syn_fastopen) ||
	    (tp->retransmits != 2 && !(tp->retransmits < 2 && gives_up)))
		return;
	WRITE_ONCE(net->fastopen_holes, net->fastopen_holes + 1);
	WRITE_ONCE(net->fastopen_hole_jiffies, jiffies);
}
