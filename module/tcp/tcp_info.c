// SPDX-License-Identifier: GPL-2.0
/*
 * struct tcp_info: a connection's numbers for TCP_INFO and ss -i.
 *
 * The names are those of RFC 4898 where it has one.  Zero: not measured.
 */
#include "tcp.h"
#include "tcp_busy.h"

static u64 twin_tcp_info_rate(unsigned long rate)
{
	return rate == ~0UL ? ~0ULL : rate;
}

/* A listener's numbers of segments are numbers of connections. */
static void twin_tcp_info_listener(const struct twin_tcp_sock *tp,
				   struct tcp_info *info)
{
	const struct twin_tcp_listen *listen = tp->listen;

	info->tcpi_unacked = READ_ONCE(listen->accept_count);
	info->tcpi_sacked = READ_ONCE(listen->accept_max);
}

/* Before the peer's SYN has come @agreed holds what ours offers. */
static bool twin_tcp_info_agreed(const struct twin_tcp_sock *tp)
{
	return tp->rcv_wup;
}

static void twin_tcp_info_options(const struct twin_tcp_sock *tp,
				  struct tcp_info *info)
{
	if (!twin_tcp_info_agreed(tp))
		return;
	if (tp->agreed.timestamps)
		info->tcpi_options |= TCPI_OPT_TIMESTAMPS;
	if (tp->agreed.sack)
		info->tcpi_options |= TCPI_OPT_SACK;
	if (tp->agreed.wscale_ok) {
		info->tcpi_options |= TCPI_OPT_WSCALE;
		info->tcpi_snd_wscale = tp->agreed.snd_wscale;
		info->tcpi_rcv_wscale = tp->agreed.rcv_wscale;
	}
	if (tp->ecn & TWIN_TCP_ECN_OK)
		info->tcpi_options |= TCPI_OPT_ECN;
	if (tp->ecn & TWIN_TCP_ECN_SEEN)
		info->tcpi_options |= TCPI_OPT_ECN_SEEN;
	if (tp->syn_data_acked)
		info->tcpi_options |= TCPI_OPT_SYN_DATA;
	info->tcpi_fastopen_client_fail = tp->fastopen_fail;
}

/*
 * Nobody notes when data was last sent: it is either still in the queue of
 * sent segments, the newest at its end, or RACK has seen it delivered.
 */
static u64 twin_tcp_info_last_sent_us(const struct twin_tcp_sock *tp)
{
	const struct sk_buff *newest;

	if (list_empty(&tp->rtx_by_time))
		return tp->rack_mstamp_us;
	newest = list_last_entry(&tp->rtx_by_time, struct sk_buff,
				 tcp_tsorted_anchor);
	return max(twin_tcp_sent_us(newest), tp->rack_mstamp_us);
}

static void twin_tcp_info_estimates(const struct twin_tcp_sock *tp,
				    struct tcp_info *info)
{
	info->tcpi_rto = jiffies_to_usecs(twin_tcp_rto_jiffies(tp));
	info->tcpi_ato = jiffies_to_usecs(tp->ato_jiffies);
	info->tcpi_rtt = tp->rtt.srtt_us_x8 >> 3;
	info->tcpi_rttvar = tp->rtt.mdev_us_x4 >> 2;
	info->tcpi_min_rtt = tp->min_rtt_us;
	info->tcpi_rcv_rtt = tp->rcv_rtt_us_x8 >> 3;
}

static void twin_tcp_info_times(const struct twin_tcp_sock *tp,
				struct tcp_info *info)
{
	u64 sent_us = twin_tcp_info_last_sent_us(tp);
	u64 now_us = twin_clock_us();

	if (sent_us && sent_us < now_us)
		info->tcpi_last_data_sent = div_u64(now_us - sent_us,
						    USEC_PER_MSEC);
	else if (!sent_us && twin_tcp_to_sk(tp)->sk_state != TCP_CLOSE)
		/* never: since it was established */
		info->tcpi_last_data_sent = jiffies_to_msecs(twin_tcp_jiffies() -
							     tp->cwnd_stamp_jiffies);
	info->tcpi_last_data_recv =
		jiffies_to_msecs(twin_tcp_jiffies() - tp->last_rcv_jiffies);
	info->tcpi_last_ack_recv =
		jiffies_to_msecs(twin_tcp_jiffies() - tp->last_seg_jiffies);
}

static void twin_tcp_info_sender(const struct twin_tcp_sock *tp,
				 struct tcp_info *info)
{
	info->tcpi_ca_state = tp->ca_state;
	info->tcpi_retransmits = tp->retransmits;
	info->tcpi_probes = tp->probes_out;
	info->tcpi_backoff = tp->backoff;
	info->tcpi_snd_mss = tp->mss_now;
	info->tcpi_pmtu = tp->mtu_search.pmtu_bytes;
	info->tcpi_unacked = tp->packets_out;
	info->tcpi_sacked = tp->sacked_out;
	info->tcpi_lost = tp->lost_out;
	info->tcpi_retrans = tp->retrans_out;
	info->tcpi_snd_ssthresh = tp->ssthresh;
	info->tcpi_snd_wnd = tp->snd_wnd;
	if (twin_tcp_after(tp->write_seq, tp->snd_nxt))
		info->tcpi_notsent_bytes = tp->write_seq - tp->snd_nxt;
	info->tcpi_reord_seen = tp->reord_seen;
	info->tcpi_dsack_dups = tp->dsack_dups;
}

static void twin_tcp_info_receiver(const struct twin_tcp_sock *tp,
				   struct tcp_info *info)
{
	info->tcpi_rcv_mss = tp->rcv_mss;
	info->tcpi_advmss = tp->advmss;
	if (tp->agreed.timestamps && twin_tcp_info_agreed(tp))
		info->tcpi_advmss -= TWIN_WIRE_TCP_TIMESTAMP_BYTES;
	info->tcpi_rcv_ssthresh = tp->rcv_ssthresh;
	info->tcpi_rcv_space = tp->rcvq_space;
	info->tcpi_rcv_ooopack = tp->rcv_ooopack;
}

static void twin_tcp_info_delivery(const struct twin_tcp_sock *tp,
				   struct tcp_info *info)
{
	info->tcpi_delivered = tp->delivered;
	info->tcpi_delivered_ce = tp->delivered_ce;
	info->tcpi_delivery_rate_app_limited = tp->app_limited_now;
	if (tp->rate_delivered && tp->rate_interval_us)
		info->tcpi_delivery_rate =
			div_u64((u64)tp->rate_delivered * tp->mss_now *
				USEC_PER_SEC, tp->rate_interval_us);
}

static void twin_tcp_info_totals(const struct twin_tcp_sock *tp,
				 struct tcp_info *info)
{
	info->tcpi_bytes_sent = tp->bytes_sent;
	info->tcpi_bytes_acked = tp->bytes_acked;
	info->tcpi_bytes_retrans = tp->bytes_retrans;
	info->tcpi_bytes_received = tp->bytes_received;
	info->tcpi_segs_out = tp->segs_out;
	info->tcpi_segs_in = tp->segs_in;
	info->tcpi_data_segs_out = tp->data_segs_out;
	info->tcpi_data_segs_in = tp->data_segs_in;
	info->tcpi_total_retrans = tp->total_retrans;
}

/* RFC 4898 has them as SndLimTimeRwin and its like; in jiffies until now. */
static u64 twin_tcp_info_busy_us(const struct twin_tcp_sock *tp,
				 enum twin_tcp_busy busy)
{
	u32 spent = tp->busy_jiffies[busy - 1];

	if (tp->busy == busy)
		spent += twin_tcp_jiffies() - tp->busy_since;
	return (u64)spent * (USEC_PER_SEC / HZ);
}

static void twin_tcp_info_busy(const struct twin_tcp_sock *tp,
			       struct tcp_info *info)
{
	info->tcpi_rwnd_limited =
		twin_tcp_info_busy_us(tp, TWIN_TCP_BUSY_WINDOW);
	info->tcpi_sndbuf_limited =
		twin_tcp_info_busy_us(tp, TWIN_TCP_BUSY_BUFFER);
	info->tcpi_busy_time = twin_tcp_info_busy_us(tp, TWIN_TCP_BUSY) +
			       info->tcpi_rwnd_limited +
			       info->tcpi_sndbuf_limited;
}

/**
 * twin_tcp_get_info_line() - of that, what /proc/net/twin/tcp shows
 * @sk: socket, kept alive by the caller
 * @info: time-outs, round trip, windows and MSS are filled in, the rest is zero
 *
 * Without the socket's lock, which its owner may hold for as long as the memory
 * takes that send() copies from.
 *
 * RFC: 4898 (names)
 * Context: Any.
 */
void twin_tcp_get_info_line(const struct sock *sk, struct tcp_info *info)
{
	const struct twin_tcp_sock *tp = twin_tcp(sk);

	memset(info, 0, sizeof(*info));
	info->tcpi_snd_cwnd = READ_ONCE(tp->cwnd);
	if (READ_ONCE(sk->sk_state) == TCP_LISTEN)
		return;
	twin_tcp_info_options(tp, info);
	twin_tcp_info_estimates(tp, info);
	info->tcpi_snd_mss = READ_ONCE(tp->mss_now);
	info->tcpi_snd_ssthresh = READ_ONCE(tp->ssthresh);
}

/**
 * twin_tcp_get_info() - describe a connection or listener
 * @sk: socket
 * @info: filled in completely
 *
 * RFC: 4898 (names)
 * Context: Socket lock.
 */
void twin_tcp_get_info(struct sock *sk, struct tcp_info *info)
{
	const struct twin_tcp_sock *tp = twin_tcp(sk);

	memset(info, 0, sizeof(*info));
	info->tcpi_state = sk->sk_state;
	info->tcpi_pacing_rate =
		twin_tcp_info_rate(READ_ONCE(sk->sk_pacing_rate));
	info->tcpi_max_pacing_rate =
		twin_tcp_info_rate(READ_ONCE(sk->sk_max_pacing_rate));
	info->tcpi_reordering = tp->reordering;
	info->tcpi_snd_cwnd = tp->cwnd;
	if (sk->sk_state == TCP_LISTEN) {
		twin_tcp_info_listener(tp, info);
		return;
	}
	twin_tcp_info_options(tp, info);
	twin_tcp_info_estimates(tp, info);
	twin_tcp_info_times(tp, info);
	twin_tcp_info_sender(tp, info);
	twin_tcp_info_receiver(tp, info);
	twin_tcp_info_delivery(tp, info);
	twin_tcp_info_totals(tp, info);
	twin_tcp_info_busy(tp, info);
	twin_compat_info_rcv_wnd(info, tp->rcv_wnd);
}
