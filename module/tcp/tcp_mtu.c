// SPDX-License-Identifier: GPL-2.0
/*
 * How large segments may be on a path.  Routers report segments that are too big
 * (RFC 1191).  Where they do not, or their ICMP messages are lost, segments of
 * different sizes are tried: packetization layer path MTU discovery (RFC 4821).
 *
 * Between a size that is known to get through and one that may, a segment of the
 * size in the middle is sent now and then.  If it is acknowledged, later segments
 * get that size; if it alone is lost, it was too big, and that is not taken for
 * congestion.
 *
 * sysctl tcp_mtu_probing: 0 never, 1 once a connection seems to be in a black
 * hole, 2 from the start.
 */
#include "tcp.h"

#define TWIN_TCP_MTU_FLOOR_MSS		48	/* never search below */
#define TWIN_TCP_MTU_NEAR_BYTES		8	/* search ends: RFC 4821 7.3 */
#define TWIN_TCP_MTU_AGAIN_JIFFIES	(600 * HZ)	/* RFC 1191 6.3 */
#define TWIN_TCP_MTU_CWND_MIN		11

static u32 twin_tcp_mtu_headers(const struct twin_tcp_sock *tp)
{
	return TWIN_WIRE_IPV4_MIN_BYTES + twin_pcb_options_bytes(&tp->ts) +
	       TWIN_WIRE_TCP_MIN_BYTES +
	       (tp->agreed.timestamps ? TWIN_WIRE_TCP_TIMESTAMP_BYTES : 0);
}

/* The whole range: from tcp_base_mss to what the peer, and TCP_MAXSEG, takes. */
static void twin_tcp_mtu_range(struct twin_tcp_sock *tp)
{
	u32 base = READ_ONCE(twin_tcp_net(tp)->conf.tcp_base_mss);
	struct twin_tcp_mtu_search *search = &tp->mtu_search;
	u32 pmtu = tp->mtu_search.pmtu_bytes ?: TWIN_WIRE_IPV4_MAX_DATAGRAM;
	u32 mss = tp->agreed.mss_clamp;

	if (tp->user_mss)
		mss = min_t(u32, mss, tp->user_mss);
	search->high = min_t(u32, pmtu, mss + TWIN_WIRE_IPV4_MIN_BYTES +
			     TWIN_WIRE_TCP_MIN_BYTES);
	search->low = min_t(u32, base + twin_tcp_mtu_headers(tp),
			    search->high);
	search->probe_bytes = 0;
	search->since_jiffies = twin_tcp_jiffies();
}

/**
 * twin_tcp_mtu_init() - the handshake is over, the search may begin
 * @tp: connection with its path's MTU and options agreed
 *
 * RFC: 4821 section 7.2
 * Context: Socket lock.
 */
void twin_tcp_mtu_init(struct twin_tcp_sock *tp)
{
	twin_tcp_mtu_range(tp);
	tp->mtu_probing =
		READ_ONCE(twin_tcp_net(tp)->conf.tcp_mtu_probing) > 1;
	if (tp->mtu_probing && tp->mtu_search.pmtu_bytes)
		twin_tcp_mss_sync(tp, tp->mtu_search.pmtu_bytes);
}

/**
 * twin_tcp_mtu_known() - the largest datagram that may be used now
 * @tp: connection
 * @pmtu_bytes: what is known of the path otherwise
 *
 * Context: Socket lock.
 * Return: bytes.
 */
u32 twin_tcp_mtu_known(struct twin_tcp_sock *tp, u32 pmtu_bytes)
{
	struct twin_tcp_mtu_search *search = &tp->mtu_search;

	search->high = min_t(u32, search->high, pmtu_bytes);
	/* TCP_MAXSEG may have come since the handshake */
	if (unlikely(tp->user_mss))
		search->high = min_t(u32, search->high, tp->user_mss +
				     TWIN_WIRE_IPV4_MIN_BYTES +
				     TWIN_WIRE_TCP_MIN_BYTES);
	return tp->mtu_probing ? min_t(u32, search->low, pmtu_bytes) :
				 pmtu_bytes;
}

/**
 * twin_tcp_mtu_reduced() - segments must get smaller
 * @tp: connection
 *
 * RFC: 1191 section 6.4; 9293 section 3.7.2
 * Context: Socket lock.
 */
void twin_tcp_mtu_reduced(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	u32 before = tp->mtu_search.pmtu_bytes, mss_before = tp->mss_now;

	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return;
	twin_tcp_clock_refresh(tp);
	rcu_read_lock();
	if (!twin_tcp_path(tp))
		twin_tcp_mss_sync(tp, tp->ts.path.mtu_bytes);
	rcu_read_unlock();
	if (tp->mtu_search.pmtu_bytes < before)
		twin_tcp_recovery_resend_big(tp, mss_before);
}

/**
 * twin_tcp_mtu_black_hole() - nothing is answered any more: too big perhaps?
 * @tp: connection after several time-outs in a row
 *
 * RFC: 4821 section 7.7; 2923 section 2.1
 * Context: Socket lock.
 */
void twin_tcp_mtu_black_hole(struct twin_tcp_sock *tp)
{
	const struct twin_conf *conf = &twin_tcp_net(tp)->conf;
	struct twin_tcp_mtu_search *search = &tp->mtu_search;
	u32 headers = twin_tcp_mtu_headers(tp), mss;

	if (!READ_ONCE(conf->tcp_mtu_probing) || !search->pmtu_bytes)
		return;
	if (!tp->mtu_probing) {
		tp->mtu_probing = 1;
		search->since_jiffies = twin_tcp_jiffies();
	} else {
		mss = search->low > headers ? (search->low - headers) / 2 : 0;
		mss = min_t(u32, mss, READ_ONCE(conf->tcp_base_mss));
		mss = max3(mss, (u32)TWIN_TCP_MTU_FLOOR_MSS,
			   (u32)READ_ONCE(conf->tcp_min_snd_mss));
		search->low = mss + headers;
	}
	search->high = max(search->high, search->low);
	twin_tcp_mss_sync(tp, tp->mtu_search.pmtu_bytes);
}

/* RFC 4821 7.4: the search is over; the path may have become wider since. */
static void twin_tcp_mtu_again(struct twin_tcp_sock *tp)
{
	struct twin_tcp_mtu_search *search = &tp->mtu_search;
	u32 low = search->low;

	if (twin_tcp_jiffies() - search->since_jiffies <
	    TWIN_TCP_MTU_AGAIN_JIFFIES)
		return;
	twin_tcp_mtu_range(tp);
	search->low = min_t(u32, low, search->high);
}

/* The size to try next, or 0. */
static u32 twin_tcp_mtu_next(struct twin_tcp_sock *tp)
{
	const struct twin_tcp_mtu_search *search = &tp->mtu_search;

	if (search->probe_bytes || tp->ca_state != TCP_CA_Open ||
	    tp->cwnd < TWIN_TCP_MTU_CWND_MIN || tp->sack_count ||
	    tp->dsack_count || tp->urg_mode)
		return 0;
	if (search->high < search->low + TWIN_TCP_MTU_NEAR_BYTES) {
		twin_tcp_mtu_again(tp);
		return 0;
	}
	return (search->low + search->high) / 2;
}

/* Sends the front of @head as one segment, larger than others. */
static int twin_tcp_mtu_send(struct twin_tcp_sock *tp, struct sk_buff *head,
			     u32 bytes)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(head);

	if (head->len > bytes &&
	    twin_tcp_fragment(tp, head, bytes, false, GFP_ATOMIC))
		return -1;
	cb->tx.segs = 1;
	cb->tx.gso_bytes = 0;
	if (twin_tcp_transmit(tp, head, GFP_ATOMIC))
		return -1;
	if (twin_tcp_pace_needed(tp))
		twin_tcp_pace_sent(tp, bytes);
	/* of the others there will be one less: it is as long as two */
	tp->cwnd--;
	tp->mtu_search.probe_start = cb->seq;
	twin_tcp_sent_new(tp, head);
	return 1;
}

/**
 * twin_tcp_mtu_probe() - try a larger segment, if now is a good time
 * @tp: connection whose search is on, clock refreshed
 *
 * There must be enough data behind it that its loss shows.
 *
 * RFC: 4821 section 7.2 to 7.4
 * Context: Socket lock.
 * Return: 1: one was sent; 0: send nothing now, wait for more window; -1: no.
 */
int twin_tcp_mtu_probe(struct twin_tcp_sock *tp)
{
	struct sk_buff *head = skb_peek(&twin_tcp_to_sk(tp)->sk_write_queue);
	u32 mtu = twin_tcp_mtu_next(tp), in_flight = twin_tcp_in_flight(tp);
	u32 bytes, needed;
	int sent;

	if (likely(!mtu) || !head)
		return -1;
	bytes = mtu - twin_tcp_mtu_headers(tp);
	needed = bytes + (tp->reordering + 1) * tp->mss_now;
	if (head->len < bytes || tp->write_seq - tp->snd_nxt < needed ||
	    tp->snd_wnd < needed || twin_tcp_cb(head)->flags & TWIN_TCP_FIN)
		return -1;
	if (twin_tcp_after(tp->snd_nxt + needed, twin_tcp_snd_wnd_end(tp)))
		return 0;
	if (in_flight + 2 > tp->cwnd)
		return in_flight ? 0 : -1;
	if (twin_tcp_pace_holds(tp))
		return -1;
	sent = twin_tcp_mtu_send(tp, head, bytes);
	if (sent > 0)
		tp->mtu_search.probe_bytes = mtu;
	return sent;
}

/**
 * twin_tcp_mtu_acked() - has the larger segment arrived?
 * @tp: connection with one under way; SND.UNA has moved
 *
 * RFC: 4821 section 7.6.1
 * Context: Socket lock.
 */
void twin_tcp_mtu_acked(struct twin_tcp_sock *tp)
{
	struct twin_tcp_mtu_search *search = &tp->mtu_search;
	u32 before = tp->mss_now;

	if (twin_tcp_after(search->probe_start + search->probe_bytes -
			   twin_tcp_mtu_headers(tp), tp->snd_una))
		return;
	search->low = search->probe_bytes;
	search->probe_bytes = 0;
	twin_tcp_mss_sync(tp, tp->mtu_search.pmtu_bytes);
	/* the window is the same, in bytes */
	tp->cwnd = max_t(u32, div_u64((u64)tp->cwnd * before, tp->mss_now), 1);
	tp->cwnd_cnt = 0;
	tp->cwnd_stamp_jiffies = twin_tcp_jiffies();
	tp->ssthresh = twin_tcp_current_ssthresh(tp);
	TWIN_TCP_COUNT(tp, TCPEXT_MTUP_SUCCESS);
}

/**
 * twin_tcp_mtu_lost() - is it the larger segment that was lost, and only it?
 * @tp: connection with losses just found
 *
 * RFC: 4821 section 7.6.2
 * Context: Socket lock.
 * Return: true if it is: that was no congestion.
 */
bool twin_tcp_mtu_lost(struct twin_tcp_sock *tp)
{
	struct twin_tcp_mtu_search *search = &tp->mtu_search;

	if (likely(!search->probe_bytes) ||
	    tp->snd_una != search->probe_start || tp->lost_out != 1)
		return false;
	search->high = search->probe_bytes - 1;
	search->probe_bytes = 0;
	tp->cwnd++;
	TWIN_TCP_COUNT(tp, TCPEXT_MTUP_FAIL);
	return true;
}
