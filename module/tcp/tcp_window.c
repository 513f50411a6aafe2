// SPDX-License-Identifier: GPL-2.0
/*
 * How much room the peer is told of (RFC 9293 3.8.6; statement S5, S17, S18),
 * and how large the buffers get.
 */
#include "tcp.h"

#define TWIN_TCP_SHARE_LEAST	8	/* 1/16 */

/*
 * Share of the receive buffer that becomes window: the rest is for the
 * overhead of skbs, which depends on the driver.
 */
static u32 twin_tcp_window_of_space(const struct twin_tcp_sock *tp, s32 bytes)
{
	return bytes > 0 ? (u64)bytes * tp->rcv_share >> 7 : 0;
}

/**
 * twin_tcp_window_room() - window that the free receive buffer could carry
 * @tp: connection
 *
 * Context: Socket lock.
 * Return: bytes.
 */
u32 twin_tcp_window_room(const struct twin_tcp_sock *tp)
{
	const struct sock *sk = twin_tcp_to_sk(tp);

	return twin_tcp_window_of_space(tp, READ_ONCE(sk->sk_rcvbuf) -
					    READ_ONCE(sk->sk_backlog.len) -
					    atomic_read(&sk->sk_rmem_alloc));
}

static u32 twin_tcp_window_full(const struct twin_tcp_sock *tp)
{
	return twin_tcp_window_of_space(tp,
					READ_ONCE(twin_tcp_to_sk(tp)->sk_rcvbuf));
}

/* Small pieces in large skbs: a third of the data that one expects is not there. */
static bool twin_tcp_window_wasted(const struct twin_tcp_sock *tp)
{
	u32 unread = tp->rcv_nxt - tp->copied_seq;
	s32 used = atomic_read(&twin_tcp_to_sk(tp)->sk_rmem_alloc);

	return twin_tcp_window_of_space(tp, used) / 3 * 2 > unread;
}

/*
 * Less than half of the buffer is free.  Return: how much of that becomes window; 0
 * rather than a silly one.
 */
static noinline u32 twin_tcp_window_scarce(struct twin_tcp_sock *tp, u32 full,
					   u32 mss)
{
	u32 room = twin_tcp_window_room(tp);

	if (twin_tcp_window_wasted(tp)) {
		twin_tcp_collapse(tp);
		room = twin_tcp_window_room(tp);
	}
	if (room >= full >> 1)
		return room;
	if (sk_under_memory_pressure(twin_tcp_to_sk(tp)))
		tp->rcv_ssthresh = min(tp->rcv_ssthresh, 4u * tp->advmss);
	room = rounddown(room, 1u << tp->agreed.rcv_wscale);
	return room < full >> 4 || room < mss ? 0 : room;
}

/**
 * twin_tcp_window_wanted() - the window that the buffer's room allows
 * @tp: connection
 *
 * What is free, but rounded so that it grows by steps worth a segment only, and
 * zero rather than silly.
 *
 * RFC: 9293 section 3.8.6.2.2
 * Context: Socket lock.
 * Return: bytes.
 */
u32 twin_tcp_window_wanted(struct twin_tcp_sock *tp)
{
	u32 mss = tp->rcv_mss;
	u32 room = twin_tcp_window_room(tp);
	u32 full = min(tp->window_clamp, twin_tcp_window_full(tp));
	u32 window;

	if (mss > full)
		mss = max(full, 1u);
	if (unlikely(room < full >> 1)) {
		room = twin_tcp_window_scarce(tp, full, mss);
		if (!room)
			return 0;
	}
	room = min(room, tp->rcv_ssthresh);
	if (likely(tp->agreed.rcv_wscale))
		return ALIGN(room, 1u << tp->agreed.rcv_wscale);
	window = tp->rcv_wnd;
	if (window + mss <= room || window > room)
		window = rounddown(room, mss);
	else if (mss == full && room > window + (full >> 1))
		window = room;
	return window;
}

/**
 * twin_tcp_window_select() - the window field of the next segment
 * @tp: connection
 *
 * The right edge never moves back (RFC 9293 3.8.6, SHLD-14).
 *
 * RFC: 9293 section 3.8.6.2.2; 7323 section 2.3
 * Context: Socket lock.
 * Return: scaled window.
 */
u16 twin_tcp_window_select(struct twin_tcp_sock *tp)
{
	u32 old = tp->rcv_wnd;
	u32 current_window = twin_tcp_receive_window(tp);
	u32 window = twin_tcp_window_wanted(tp);

	if (window < current_window) {
		if (!window)
			TWIN_TCP_COUNT(tp, TCPEXT_WANT_ZERO_WINDOW_ADV);
		window = ALIGN(current_window, 1u << tp->agreed.rcv_wscale);
	}
	if (!tp->agreed.rcv_wscale)
		window = min(window, 65535u);
	else
		window = min(window, 65535u << tp->agreed.rcv_wscale);
	tp->rcv_wnd = window;
	tp->rcv_wup = tp->rcv_nxt;
	window >>= tp->agreed.rcv_wscale;
	if (!window && old)
		TWIN_TCP_COUNT(tp, TCPEXT_TO_ZERO_WINDOW_ADV);
	else if (window && !old)
		TWIN_TCP_COUNT(tp, TCPEXT_FROM_ZERO_WINDOW_ADV);
	return window;
}

/**
 * twin_tcp_window_first() - window, clamp and scale to offer in a SYN
 * @tp: connection or listener
 * @mss: our MSS
 * @window: filled in, bytes
 * @clamp: filled in, bytes
 * @wscale: filled in, 0..14
 *
 * RFC: 7323 section 2.2, 2.3
 * Context: Any; reads the buffer size only.
 */
void twin_tcp_window_first(const struct twin_tcp_sock *tp, u32 mss,
			   u32 *window, u32 *clamp, u8 *wscale)
{
	const struct sock *sk = twin_tcp_to_sk(tp);
	const struct twin_conf *conf = &twin_tcp_net(tp)->conf;
	u32 space = twin_tcp_window_full(tp);
	u32 most;

	*wscale = 0;
	if (tp->window_clamp)
		space = min(space, tp->window_clamp);
	if (READ_ONCE(conf->tcp_window_scaling)) {
		most = max_t(u32, space,
			     READ_ONCE(conf->tcp_rmem[2]));
		if (sk->sk_userlocks & SOCK_RCVBUF_LOCK)
			most = READ_ONCE(sk->sk_rcvbuf);
		if (tp->window_clamp)
			most = min(most, tp->window_clamp);
		*wscale = clamp_t(int, ilog2(max(most, 1u)) - 15, 0,
				  TWIN_TCP_WSCALE_MAX);
	}
	*window = min(space, 65535u);
	if (mss && *window > mss)
		*window = rounddown(*window, mss);
	*clamp = tp->window_clamp ? tp->window_clamp :
		 65535u << *wscale;
}

/**
 * twin_tcp_window_init() - the connection is established
 * @tp: connection
 *
 * Context: Socket lock.
 */
void twin_tcp_window_init(struct twin_tcp_sock *tp)
{
	u32 full = twin_tcp_window_full(tp);
	u32 mss = tp->advmss - (tp->agreed.timestamps ?
				TWIN_WIRE_TCP_TIMESTAMP_BYTES : 0);

	if (!tp->window_clamp || tp->window_clamp > full)
		tp->window_clamp = max(full, 2u * tp->advmss);
	tp->rcv_ssthresh = min(max(tp->rcv_wnd, 4u * tp->advmss),
			       tp->window_clamp);
	tp->rcvq_space = min(tp->rcv_wnd, TWIN_TCP_INITIAL_CWND * mss);
	tp->rcvq_us = (u32)tp->now_us;
	tp->rcvq_seq = tp->copied_seq;
}

/**
 * twin_tcp_window_grow() - memory was used well: allow more window
 * @tp: connection
 * @skb: data that came
 *
 * Context: Socket lock.
 */
void twin_tcp_window_grow(struct twin_tcp_sock *tp, const struct sk_buff *skb)
{
	u32 room, step;

	if (tp->rcv_ssthresh >= tp->window_clamp ||
	    sk_under_memory_pressure(twin_tcp_to_sk(tp)))
		return;
	room = min(twin_tcp_window_room(tp), tp->window_clamp);
	if (room <= tp->rcv_ssthresh)
		return;
	/* small data in large skbs: the buffer carries less than half */
	step = skb->truesize > 2 * skb->len ? tp->advmss :
	       max(2u * tp->advmss, skb->len);
	tp->rcv_ssthresh = min(tp->rcv_ssthresh + step, room);
	tp->quick_acks |= 1;
}

/**
 * twin_tcp_window_clamp() - the receive buffer is overrun: shrink expectations
 * @tp: connection
 *
 * Context: Socket lock.
 */
void twin_tcp_window_clamp(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	int most = READ_ONCE(twin_tcp_net(tp)->conf.tcp_rmem[2]);

	tp->quick_acks = 0;
	if (sk->sk_rcvbuf < most && !(sk->sk_userlocks & SOCK_RCVBUF_LOCK) &&
	    !sk_under_memory_pressure(sk))
		WRITE_ONCE(sk->sk_rcvbuf,
			   min(atomic_read(&sk->sk_rmem_alloc), most));
	if (atomic_read(&sk->sk_rmem_alloc) > sk->sk_rcvbuf)
		tp->rcv_ssthresh = min(tp->window_clamp, 2u * tp->advmss);
}

/* Is an ACK that has waited so far to go now that the reader has read? */
static bool twin_tcp_window_ack_due(const struct twin_tcp_sock *tp, u32 copied,
				    bool wants_more)
{
	if (!(tp->ack_pending & TWIN_TCP_ACK_SCHED))
		return false;
	if (tp->rcv_nxt - tp->rcv_wup > tp->rcv_mss)
		return true;
	/* it has no answer to what it got so far */
	if (tp->ack_pending & (TWIN_TCP_ACK_READER | TWIN_TCP_ACK_OPENING))
		return wants_more;
	return copied && (tp->ack_pending & TWIN_TCP_ACK_PUSHED) &&
	       !tp->pingpong &&
	       !atomic_read(&twin_tcp_to_sk(tp)->sk_rmem_alloc);
}

/**
 * twin_tcp_window_after_read() - the application read: is it worth telling?
 * @tp: connection
 * @copied: bytes it took
 * @wants_more: it asks for more than there is
 *
 * RFC: 9293 section 3.8.6.2.2
 * Context: Socket lock.
 */
void twin_tcp_window_after_read(struct twin_tcp_sock *tp, u32 copied,
				bool wants_more)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	u32 told, room;

	if (copied)
		WRITE_ONCE(tp->reader, TWIN_TCP_READER_READS);
	if (twin_tcp_window_ack_due(tp, copied, wants_more)) {
		twin_tcp_ack_send(tp);
		return;
	}
	if (!copied || (sk->sk_shutdown & RCV_SHUTDOWN) ||
	    !((1 << sk->sk_state) &
	      (TCPF_ESTABLISHED | TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2)))
		return;
	told = twin_tcp_receive_window(tp);
	if (2 * told > tp->window_clamp)
		return;
	room = twin_tcp_window_wanted(tp);
	if (room && room >= 2 * told)
		twin_tcp_ack_send(tp);
}

static void twin_tcp_rcv_rtt_update(struct twin_tcp_sock *tp, u32 sample_us,
				    bool by_window)
{
	u32 old = tp->rcv_rtt_us_x8;

	sample_us = max(sample_us, 1u);
	if (!old)
		tp->rcv_rtt_us_x8 = sample_us << 3;
	else if (!by_window)
		tp->rcv_rtt_us_x8 += sample_us - (old >> 3);
	else if ((sample_us << 3) < old)
		tp->rcv_rtt_us_x8 = sample_us << 3;
}

/**
 * twin_tcp_window_rtt() - measure the round trip as the receiver of data
 * @tp: connection
 * @skb: data that came
 *
 * By the peer's echo of our timestamp, else by how long a window takes.
 *
 * Context: Socket lock.
 */
void twin_tcp_window_rtt(struct twin_tcp_sock *tp, const struct sk_buff *skb)
{
	s32 rtt_us;

	if (tp->agreed.timestamps) {
		if (!tp->rcv_tsecr || skb->len < tp->rcv_mss)
			return;
		rtt_us = twin_tcp_echo_rtt_us(tp, tp->rcv_tsecr);
		tp->rcv_tsecr = 0;
		if (rtt_us >= 0)
			twin_tcp_rcv_rtt_update(tp, rtt_us, false);
		return;
	}
	if (tp->rcv_rtt_mstamp_us &&
	    twin_tcp_before(tp->rcv_nxt, tp->rcv_rtt_seq))
		return;
	if (tp->rcv_rtt_mstamp_us)
		twin_tcp_rcv_rtt_update(tp, (u32)tp->now_us -
					    tp->rcv_rtt_mstamp_us,
					true);
	tp->rcv_rtt_seq = tp->rcv_nxt + tp->rcv_wnd;
	tp->rcv_rtt_mstamp_us = (u32)tp->now_us ?: 1;
}

/*
 * The reader has taken @copied bytes in a round trip, more than ever before: a
 * buffer for twice that, and more, since a flow that grows will have grown twice
 * again when we look next.  A window that is never reached also keeps each
 * segment acknowledged at once, by which a sender sees that it has filled the
 * line.
 */
static void twin_tcp_window_enlarge(struct twin_tcp_sock *tp, u32 copied)
{
	const struct twin_conf *conf = &twin_tcp_net(tp)->conf;
	struct sock *sk = twin_tcp_to_sk(tp);
	u64 wanted = 2ULL * copied + 16 * tp->advmss;

	if (!READ_ONCE(conf->tcp_moderate_rcvbuf) ||
	    sk->sk_userlocks & SOCK_RCVBUF_LOCK)
		return;
	wanted += 2 * div_u64(wanted * (copied - tp->rcvq_space),
			      max(tp->rcvq_space, 1u));
	wanted = min_t(u64, READ_ONCE(conf->tcp_rmem[2]),
		       div_u64(wanted << 7, tp->rcv_share));
	if (wanted <= sk->sk_rcvbuf)
		return;
	WRITE_ONCE(sk->sk_rcvbuf, (int)wanted);
	tp->window_clamp = wanted / 2;
}

/**
 * twin_tcp_window_tune() - size the receive buffer by what is read
 * @tp: connection
 *
 * Whoever reads n bytes in a round trip needs a window of 2n, so that a sender
 * in slow start is not held up; the buffer follows, up to tcp_rmem[2].
 *
 * Context: Process, socket lock.
 */
void twin_tcp_window_tune(struct twin_tcp_sock *tp)
{
	u32 copied;

	if (!tp->rcv_rtt_us_x8)
		return;
	twin_tcp_clock_refresh(tp);
	if ((u32)tp->now_us - tp->rcvq_us < tp->rcv_rtt_us_x8 >> 3)
		return;
	copied = tp->copied_seq - tp->rcvq_seq;
	if (copied > tp->rcvq_space) {
		twin_tcp_window_enlarge(tp, copied);
		tp->rcvq_space = copied;
	}
	tp->rcvq_seq = tp->copied_seq;
	tp->rcvq_us = (u32)tp->now_us;
}

/*
 * How much of the memory of a full segment is data.  A driver that spends a page
 * on each packet leaves less than half; a window of half the buffer would promise
 * more than the buffer holds, and what waits behind a hole would be thrown away.
 */
static void twin_tcp_window_measure_share(struct twin_tcp_sock *tp,
					  const struct sk_buff *skb)
{
	u32 share;

	if (likely(tp->rcv_share == TWIN_TCP_SHARE_MOST &&
		   skb->truesize <= 2 * skb->len))
		return;
	share = div_u64((u64)skb->len << 7, skb->truesize);
	tp->rcv_share = clamp_t(u32, share, TWIN_TCP_SHARE_LEAST,
				TWIN_TCP_SHARE_MOST);
}

/**
 * twin_tcp_window_measure_mss() - guess the size of the peer's segments
 * @tp: connection
 * @skb: data that came
 *
 * "Two full-sized segments" of the delayed ACK rule are of this size.
 *
 * RFC: 9293 section 3.8.6.3
 * Context: Socket lock.
 */
void twin_tcp_window_measure_mss(struct twin_tcp_sock *tp,
				 const struct sk_buff *skb)
{
	u32 bytes = skb_shinfo(skb)->gso_size;

	if (!bytes)
		bytes = skb->len;
	if (bytes >= tp->rcv_mss) {
		tp->rcv_mss = min_t(u32, bytes, tp->advmss ? tp->advmss : bytes);
		twin_tcp_window_measure_share(tp, skb);
	} else if (skb_shinfo(skb)->gso_size && bytes >= TWIN_TCP_USER_MSS_MIN) {
		tp->rcv_mss = bytes;
	}
}

/**
 * twin_tcp_sndbuf_expand() - size the send buffer by the congestion window
 * @tp: connection
 *
 * Two windows: one under way, one being written.
 *
 * Context: Socket lock.
 */
void twin_tcp_sndbuf_expand(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	u32 per_mss = SKB_TRUESIZE(TWIN_TCP_HEADROOM) + tp->mss_now;
	u32 segs = max3(tp->cwnd, (u32)TWIN_TCP_INITIAL_CWND,
			(u32)tp->reordering + 1);
	u64 wanted = 2ULL * segs * per_mss;
	u32 most = READ_ONCE(twin_tcp_net(tp)->conf.tcp_wmem[2]);

	if (sk->sk_userlocks & SOCK_SNDBUF_LOCK)
		return;
	if (wanted > READ_ONCE(sk->sk_sndbuf))
		WRITE_ONCE(sk->sk_sndbuf, (int)min_t(u64, wanted, most));
}
