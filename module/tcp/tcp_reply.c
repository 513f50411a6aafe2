// SPDX-License-Identifier: GPL-2.0
/*
 * Segments without data: ACKs, probes, challenge ACKs, resets.  When an ACK is
 * due, tcp_delack.c says.
 */
#include <linux/random.h>
#include "tcp_table.h"

/* Room for the headers of nearly every link; others make more themselves. */
#define TWIN_TCP_REPLY_HEADROOM	(TWIN_PATH_HEADROOM_USUAL + \
				 TWIN_WIRE_IPV4_MIN_BYTES + \
				 TWIN_WIRE_TCP_MAX_BYTES)

static struct sk_buff *twin_tcp_bare_skb(void)
{
	struct sk_buff *skb = twin_link_skb_alloc(TWIN_TCP_REPLY_HEADROOM, 0);

	if (unlikely(!skb)) {
		skb = alloc_skb(TWIN_TCP_REPLY_HEADROOM,
				GFP_ATOMIC | __GFP_NOWARN);
		if (skb)
			skb_reserve(skb, TWIN_TCP_REPLY_HEADROOM);
	}
	return skb;
}

/**
 * twin_tcp_ack_sent() - a segment with an ACK leaves: nothing is owed any more
 * @tp: connection
 *
 * Context: Socket lock.
 */
void twin_tcp_ack_sent(struct twin_tcp_sock *tp)
{
	if (tp->quick_acks)
		tp->quick_acks--;
	if (unlikely(tp->ack_pending & TWIN_TCP_ACK_OPENING))
		twin_tcp_ack_opened(tp);
	tp->ack_pending = 0;
	if (unlikely(tp->gaps))
		twin_tcp_gather_sent(tp);
	twin_tcp_timer_stop(tp, TWIN_TCP_TIMER_DELACK);
}

static void twin_tcp_ack_send_seq(struct twin_tcp_sock *tp, u32 seq)
{
	struct sk_buff *skb = twin_tcp_bare_skb();

	if (unlikely(!skb)) {
		tp->ack_pending |= TWIN_TCP_ACK_SCHED | TWIN_TCP_ACK_TIMER;
		tp->ack_pending &= ~TWIN_TCP_ACK_READER;
		tp->ato_jiffies = TWIN_TCP_DELACK_MIN_JIFFIES;
		twin_tcp_timer_arm(tp, TWIN_TCP_TIMER_DELACK,
				   TWIN_TCP_DELACK_DIALOGUE_JIFFIES);
		return;
	}
	twin_tcp_segment_send(tp, skb, seq, TWIN_TCP_ACK);
}

/*
 * SND.NXT, unless the peer has taken back window by more than what scaling
 * rounds off: then it would find that number unacceptable, and the ACK with it.
 */
static u32 twin_tcp_reply_seq(const struct twin_tcp_sock *tp)
{
	u32 end = twin_tcp_snd_wnd_end(tp);

	if (likely(!twin_tcp_before(end, tp->snd_nxt)) ||
	    (tp->agreed.wscale_ok &&
	     tp->snd_nxt - end < 1u << tp->agreed.snd_wscale))
		return tp->snd_nxt;
	return end;
}

/**
 * twin_tcp_ack_send() - acknowledge now
 * @tp: connection
 *
 * RFC: 9293 section 3.8.6.3
 * Context: Socket lock.
 */
void twin_tcp_ack_send(struct twin_tcp_sock *tp)
{
	if (twin_tcp_to_sk(tp)->sk_state == TCP_CLOSE)
		return;
	twin_tcp_clock_refresh(tp);
	twin_tcp_ack_send_seq(tp, twin_tcp_reply_seq(tp));
}

/**
 * twin_tcp_ack_probe() - a segment the peer must answer
 * @tp: connection
 * @seq: a sequence number that the peer has already
 *
 * RFC: 9293 section 3.8.4, 3.8.6.1
 * Context: Socket lock.
 */
void twin_tcp_ack_probe(struct twin_tcp_sock *tp, u32 seq)
{
	twin_tcp_clock_refresh(tp);
	twin_tcp_ack_send_seq(tp, seq);
}

/**
 * twin_tcp_ratelimit() - may another reply to a stray segment go?
 * @tn: namespace
 * @last_ms: when the last one went; 0 for never
 *
 * Two hosts that believe each other's segments stray would exchange ACKs for
 * ever.
 *
 * RFC: 5961 section 7 (the idea; per connection)
 * Context: Any.
 * Return: true if it may; the time is noted.
 */
bool twin_tcp_ratelimit(struct twin_net *tn, u32 *last_ms)
{
	u32 now_ms = jiffies_to_msecs(jiffies) | 1;
	u32 interval_ms = READ_ONCE(tn->conf.tcp_invalid_ratelimit_ms);

	if (*last_ms && now_ms - *last_ms < interval_ms)
		return false;
	*last_ms = now_ms;
	return true;
}

/**
 * twin_tcp_dupack_send() - answer a segment that is not acceptable
 * @tp: connection
 * @seg: the segment
 *
 * What is a repetition is reported by D-SACK.  Bare ACKs are not all answered:
 * the answer may be another such one for the peer.
 *
 * RFC: 9293 section 3.10.7.4, first check; 2883 section 4
 * Context: Socket lock.
 * Return: false if it was one too many.
 */
bool twin_tcp_dupack_send(struct twin_tcp_sock *tp,
			  const struct twin_tcp_segment *seg)
{
	if (seg->hdr.seq == seg->end_seq &&
	    !twin_tcp_ratelimit(twin_tcp_net(tp), &tp->stray_ms))
		return false;
	if (seg->hdr.seq != seg->end_seq &&
	    twin_tcp_before(seg->hdr.seq, tp->rcv_nxt)) {
		u32 end = seg->end_seq;

		TWIN_TCP_COUNT(tp, TCPEXT_DELAYED_ACK_LOST);
		twin_tcp_ack_enter_quick(tp, TWIN_TCP_QUICKACKS_MAX);
		if (twin_tcp_after(end, tp->rcv_nxt))
			end = tp->rcv_nxt;
		twin_tcp_dsack_set(tp, seg->hdr.seq, end);
	}
	twin_tcp_ack_send(tp);
	return true;
}

static bool twin_tcp_challenge_allowed(struct twin_net *tn)
{
	u32 limit = READ_ONCE(tn->conf.tcp_challenge_ack_limit);
	u32 second = (u32)(jiffies / HZ);
	struct twin_tcp_net *net = tn->tcp;
	u32 count;

	if (limit == INT_MAX)
		return true;
	if (READ_ONCE(net->challenge_second) != second) {
		u32 half = (limit + 1) >> 1;

		WRITE_ONCE(net->challenge_second, second);
		/* a random share, so that the count tells an attacker nothing */
		WRITE_ONCE(net->challenge_count,
			   half + get_random_u32_below(max(limit, 1u)));
	}
	count = READ_ONCE(net->challenge_count);
	if (!count)
		return false;
	WRITE_ONCE(net->challenge_count, count - 1);
	return true;
}

/**
 * twin_tcp_challenge_ack() - make a peer prove that it means its RST or SYN
 * @tp: connection
 *
 * As much as tcp_invalid_ratelimit allows a connection, and
 * tcp_challenge_ack_limit all of the namespace.
 *
 * RFC: 5961 section 3.2, 4.2, 5.2, 7
 * Context: Socket lock.
 */
void twin_tcp_challenge_ack(struct twin_tcp_sock *tp)
{
	if (!twin_tcp_ratelimit(twin_tcp_net(tp), &tp->stray_ms) ||
	    !twin_tcp_challenge_allowed(twin_tcp_net(tp))) {
		TWIN_TCP_COUNT(tp, TCPEXT_ACK_SKIPPED_CHALLENGE);
		return;
	}
	TWIN_TCP_COUNT(tp, TCPEXT_CHALLENGE_ACK);
	twin_tcp_ack_send(tp);
}

/**
 * twin_tcp_reset_send() - tell the peer that the connection is gone
 * @tp: connection in a synchronized state
 *
 * RFC: 9293 section 3.5.2, 3.10.5
 * Context: Socket lock.
 */
void twin_tcp_reset_send(struct twin_tcp_sock *tp)
{
	struct sk_buff *skb;

	/* a peer that waits in accept() is to know of the connection all the same */
	if (unlikely(tp->ack_pending & TWIN_TCP_ACK_OPENING))
		twin_tcp_ack_send(tp);
	skb = twin_tcp_bare_skb();
	TWIN_TCP_COUNT(tp, TCP_OUT_RSTS);
	if (!skb) {
		TWIN_TCP_COUNT(tp, TCPEXT_ABORT_FAILED);
		return;
	}
	twin_tcp_clock_refresh(tp);
	twin_tcp_segment_send(tp, skb, twin_tcp_reply_seq(tp),
			      TWIN_TCP_RST | TWIN_TCP_ACK);
}

/**
 * twin_tcp_bare_send() - a segment on behalf of no full socket
 * @bare: everything about it
 *
 * Context: Softirq, RCU read lock held.
 */
void twin_tcp_bare_send(struct twin_tcp_bare *bare)
{
	unsigned int opt_bytes = twin_wire_tcp_options_bytes(&bare->opt);
	struct twin_path_key key = {
		.daddr = bare->daddr,
		.saddr = bare->saddr,
		.flags = TWIN_PATH_ANY_SOURCE,
		.ifindex = bare->ifindex,
	};
	struct twin_path path;
	struct twin_ip_send send = {
		.tn = bare->tn,
		.path = &path,
		.saddr = bare->saddr,
		.daddr = bare->daddr,
		.protocol = IPPROTO_TCP,
		.tos = bare->tos,
		.ttl = bare->ttl,
		.dont_fragment = true,
	};
	u8 options[TWIN_IP_OPTIONS_MAX] twin_compat_uninitialized;
	struct sk_buff *skb;

	if (twin_path_find(bare->tn, &key, &path)) {
		TWIN_COUNT(bare->tn, IP_OUT_NO_ROUTES);
		return;
	}
	/* the peer's address means all hosts of a link that it did not come by */
	if (path.type >= TWIN_PATH_BROADCAST)
		return;
	skb = twin_tcp_bare_skb();
	if (!skb)
		return;
	skb->mark = bare->mark;
	bare->hdr.header_bytes = TWIN_WIRE_TCP_MIN_BYTES + opt_bytes;
	skb_push(skb, bare->hdr.header_bytes);
	skb_reset_transport_header(skb);
	twin_wire_tcp_emit(skb->data, &bare->hdr);
	twin_wire_tcp_options_emit(skb->data + TWIN_WIRE_TCP_MIN_BYTES,
				   &bare->opt);
	twin_tcp_segment_checksum(skb, bare->saddr, bare->daddr);
	TWIN_COUNT(bare->tn, TCP_OUT_SEGS);
	if (unlikely(bare->options))
		twin_pcb_options_add(bare->options, &send, options);
	twin_ip_output(skb, &send);
}

/**
 * twin_tcp_reset_reply() - refuse a segment that belongs to no connection
 * @tn: namespace
 * @skb: the segment, with struct twin_ip_cb; not consumed
 * @seg: the same, parsed
 * @ifindex: device that its owner is bound to; 0 for none, or no owner
 *
 * It leaves by the route to the peer, not by the device that the segment came by:
 * from there the peer may be out of reach.
 *
 * RFC: 9293 section 3.5.2 (group 1), 3.10.7.1
 * Context: Softirq, RCU read lock held.
 */
void twin_tcp_reset_reply(struct twin_net *tn, const struct sk_buff *skb,
			  const struct twin_tcp_segment *seg, int ifindex)
{
	const struct twin_ip_cb *cb = twin_ip_cb(skb);
	struct twin_tcp_bare bare = {
		.tn = tn,
		.saddr = cb->daddr,
		.daddr = cb->saddr,
		.ifindex = ifindex,
		.hdr = {
			.sport = seg->hdr.dport,
			.dport = seg->hdr.sport,
			.flags = TWIN_TCP_RST,
		},
	};

	/* never a reset for a reset, or to a group */
	if (seg->hdr.flags & TWIN_TCP_RST || cb->type != TWIN_PATH_LOCAL)
		return;
	if (seg->hdr.flags & TWIN_TCP_ACK) {
		bare.hdr.seq = seg->hdr.ack;
	} else {
		bare.hdr.flags |= TWIN_TCP_ACK;
		bare.hdr.ack = seg->end_seq;
	}
	TWIN_COUNT(tn, TCP_OUT_RSTS);
	twin_tcp_bare_send(&bare);
}
