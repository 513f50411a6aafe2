// SPDX-License-Identifier: GPL-2.0
/*
 * The TCP header in front of the data, and down to IP (statement S6, S12).
 */
#include "tcp_fastopen.h"
#include "tcp_record.h"

/* RFC 7413 2: our cookie, the wish for one, or one that we give */
static void twin_tcp_segment_fastopen(const struct twin_tcp_sock *tp,
				      struct twin_wire_tcp_options *opt)
{
	const struct twin_tcp_fastopen_request *request = tp->fastopen_request;

	if (tp->fastopen_listener) {
		twin_tcp_fastopen_cookie(tp->fastopen_listener, &tp->ts.flow,
					 opt);
	} else if (request && request->option) {
		opt->present |= TWIN_TCP_OPT_FASTOPEN;
		opt->cookie_bytes = request->cookie.bytes;
		memcpy(opt->cookie, request->cookie.data,
		       request->cookie.bytes);
	}
}

/* RFC 9293 3.7.1, RFC 7323 2.2, 3.2, RFC 2018 2: what a SYN may offer */
static void twin_tcp_segment_syn_options(const struct twin_tcp_sock *tp,
					 struct twin_wire_tcp_options *opt)
{
	opt->present |= TWIN_TCP_OPT_MSS;
	opt->mss = tp->advmss;
	if (tp->agreed.wscale_ok) {
		opt->present |= TWIN_TCP_OPT_WSCALE;
		opt->wscale = tp->agreed.rcv_wscale;
	}
	if (tp->agreed.sack)
		opt->present |= TWIN_TCP_OPT_SACK_PERMITTED;
	if (unlikely(tp->fastopen_request || tp->fastopen_give_cookie))
		twin_tcp_segment_fastopen(tp, opt);
}

/* RFC 2018 section 4, RFC 2883 section 4: newest first, a D-SACK before all */
static void twin_tcp_segment_sack_options(struct twin_tcp_sock *tp,
					  struct twin_wire_tcp_options *opt)
{
	unsigned int room = twin_tcp_sack_room(tp);
	unsigned int i, n = 0;

	if (tp->dsack_count) {
		opt->sack[n++] = tp->dsack;
		tp->dsack_count = 0;
	}
	for (i = 0; i < tp->sack_count && n < room; i++)
		opt->sack[n++] = tp->gaps->sacks[i];
	if (!n)
		return;
	opt->present |= TWIN_TCP_OPT_SACK;
	opt->sack_count = n;
}

/* Options of a SYN, or with SACK blocks: in front of @skb, with room for the header. */
static noinline void twin_tcp_segment_push_options(struct twin_tcp_sock *tp,
						   struct sk_buff *skb,
						   u8 flags)
{
	struct twin_wire_tcp_options opt twin_compat_uninitialized;
	u8 *data;

	opt.present = 0;
	if (tp->agreed.timestamps) {
		opt.present = TWIN_TCP_OPT_TIMESTAMPS;
		opt.tsval = twin_tcp_tsval(tp);
		opt.tsecr = tp->ts_recent;
	}
	if (flags & TWIN_TCP_SYN)
		twin_tcp_segment_syn_options(tp, &opt);
	else
		twin_tcp_segment_sack_options(tp, &opt);
	data = skb_push(skb, TWIN_WIRE_TCP_MIN_BYTES +
			     twin_wire_tcp_options_bytes(&opt));
	twin_wire_tcp_options_emit(data + TWIN_WIRE_TCP_MIN_BYTES, &opt);
}

/* Nearly every segment has timestamps alone, or nothing. */
static inline void twin_tcp_segment_push(struct twin_tcp_sock *tp,
					 struct sk_buff *skb, u8 flags)
{
	u8 *data;

	if (unlikely(flags & TWIN_TCP_SYN || tp->sack_count ||
		     tp->dsack_count)) {
		twin_tcp_segment_push_options(tp, skb, flags);
	} else if (likely(tp->agreed.timestamps)) {
		data = skb_push(skb, TWIN_WIRE_TCP_MIN_BYTES +
				     TWIN_WIRE_TCP_TIMESTAMP_BYTES);
		twin_wire_tcp_timestamp_emit(data + TWIN_WIRE_TCP_MIN_BYTES,
					     twin_tcp_tsval(tp), tp->ts_recent);
	} else {
		skb_push(skb, TWIN_WIRE_TCP_MIN_BYTES);
	}
}

/**
 * twin_tcp_segment_sack_bytes() - how long the SACK option of a segment is now
 * @tp: connection with something to report
 *
 * Context: Socket lock.
 * Return: bytes, with the padding in front.
 */
unsigned int twin_tcp_segment_sack_bytes(const struct twin_tcp_sock *tp)
{
	unsigned int blocks = tp->sack_count + tp->dsack_count;

	return 4 + min(blocks, twin_tcp_sack_room(tp)) *
	       sizeof(struct twin_wire_sack);
}

/**
 * twin_tcp_segment_checksum() - leave the checksum to the device
 * @skb: segment, skb->data at its TCP header
 * @saddr: source address
 * @daddr: destination address
 *
 * Writes the sum of the pseudo header, as CHECKSUM_PARTIAL wants it.
 *
 * RFC: 9293 section 3.1
 * Context: Any.
 */
void twin_tcp_segment_checksum(struct sk_buff *skb, __be32 saddr, __be32 daddr)
{
	__sum16 sum = ~csum_tcpudp_magic(saddr, daddr, skb->len, IPPROTO_TCP, 0);

	memcpy(skb->data + TWIN_WIRE_TCP_CHECKSUM_OFFSET, &sum, sizeof(sum));
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb);
	skb->csum_offset = TWIN_WIRE_TCP_CHECKSUM_OFFSET;
}

static void twin_tcp_segment_header(struct twin_tcp_sock *tp,
				    struct sk_buff *skb, u32 seq, u8 flags)
{
	struct twin_wire_tcp hdr twin_compat_uninitialized;
	u32 bytes = skb->len;

	twin_tcp_segment_push(tp, skb, flags);
	skb_reset_transport_header(skb);
	hdr.sport = tp->ts.flow.lport;
	hdr.dport = tp->ts.flow.rport;
	hdr.seq = seq;
	hdr.ack = flags & TWIN_TCP_ACK ? tp->rcv_nxt : 0;
	hdr.flags = flags;
	hdr.urgent = 0;
	hdr.header_bytes = skb->len - bytes;
	if (flags & TWIN_TCP_SYN)
		hdr.window = min(tp->rcv_wnd, 65535u);
	else
		hdr.window = twin_tcp_window_select(tp);
	if (unlikely(tp->urg_mode && twin_tcp_after(tp->snd_up, seq) &&
		     tp->snd_up - seq <= 65535)) {
		hdr.flags |= TWIN_TCP_URG;
		hdr.urgent = tp->snd_up - seq;
	}
	twin_wire_tcp_emit(skb->data, &hdr);
	twin_tcp_note_out(tp, hdr.flags, hdr.seq, hdr.ack, bytes, hdr.window);
}

static void twin_tcp_segment_count(struct twin_tcp_sock *tp,
				   const struct sk_buff *skb, u8 flags)
{
	u32 segs = max_t(u32, skb_shinfo(skb)->gso_segs, 1);

	tp->segs_out += segs;
	TWIN_COUNT_ADD(twin_tcp_net(tp), TCP_OUT_SEGS, segs);
	if (skb->len) {
		tp->data_segs_out += segs;
		tp->bytes_sent += skb->len;
		/* data that follows data within an ACK's delay: a dialogue */
		if (twin_tcp_jiffies() - tp->last_rcv_jiffies <
		    tp->ato_jiffies)
			tp->pingpong = 1;
	}
	if (flags & TWIN_TCP_ACK)
		twin_tcp_ack_sent(tp);
}

/**
 * twin_tcp_segment_send() - put the header in front and hand it to IP
 * @tp: connection
 * @skb: data, or none, with room for the headers; consumed
 * @seq: sequence number of its first byte
 * @flags: TWIN_TCP_ control bits
 *
 * No lookup happens here while the connection's path is valid.
 *
 * RFC: 9293 section 3.1, 3.8.6
 * Context: Socket lock.
 * Return: 0, or the error of IP: nothing was sent then.
 */
int twin_tcp_segment_send(struct twin_tcp_sock *tp, struct sk_buff *skb,
			  u32 seq, u8 flags)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	u8 ect = twin_tcp_ecn_agreed(tp) ?
		 twin_tcp_ecn_send(tp, skb, seq, &flags) : 0;
	struct twin_ip_send send = {
		.tn = twin_tcp_net(tp),
		.path = &tp->ts.path,
		.saddr = tp->ts.flow.laddr,
		.daddr = tp->ts.flow.raddr,
		.protocol = IPPROTO_TCP,
		.tos = tp->ts.tos | ect,
		.ttl = tp->ts.ttl,
		.dont_fragment = tp->ts.pmtu_discover != IP_PMTUDISC_DONT,
	};
	u8 options[TWIN_IP_OPTIONS_MAX] twin_compat_uninitialized;
	int err;

	twin_tcp_segment_count(tp, skb, flags);
	twin_tcp_segment_header(tp, skb, seq, flags);
	twin_tcp_segment_checksum(skb, send.saddr, send.daddr);
	skb->priority = READ_ONCE(sk->sk_priority);
	skb->mark = READ_ONCE(sk->sk_mark);
	skb_set_hash_from_sk(skb, sk);
	send.id = tp->ts.ip_id;
	tp->ts.ip_id += max_t(u16, skb_shinfo(skb)->gso_segs, 1);

	rcu_read_lock();
	err = twin_tcp_path(tp);
	if (likely(!err)) {
		if (unlikely(tp->ts.path.narrow) &&
		    tp->ts.pmtu_discover != IP_PMTUDISC_DO)
			send.dont_fragment = false;
		if (unlikely(rcu_access_pointer(tp->ts.options)))
			twin_pcb_options_add(rcu_dereference(tp->ts.options),
					     &send, options);
		err = twin_ip_output(skb, &send);
	} else {
		TWIN_COUNT(send.tn, IP_OUT_NO_ROUTES);
		twin_drop(send.tn, skb, TWIN_DROP_IP_NO_ROUTE);
	}
	rcu_read_unlock();
	return err;
}
