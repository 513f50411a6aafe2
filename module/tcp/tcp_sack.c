// SPDX-License-Identifier: GPL-2.0
/*
 * The scoreboard: what the peer says it has beyond the cumulative ACK
 * (RFC 2018 5, RFC 2883, RFC 6675 3), and its stand-in without SACK, the count
 * of duplicate ACKs (RFC 6582).
 */
#include "tcp.h"

/*
 * RFC 2883 4: the first block reports a duplicate if the ACK or the second
 * block covers it.
 */
static bool twin_tcp_sack_is_dsack(const struct twin_tcp_segment *seg)
{
	const struct twin_wire_sack *first = &seg->opt.sack[0];

	if (twin_tcp_before(first->start, seg->hdr.ack))
		return true;
	return seg->opt.sack_count > 1 &&
	       !twin_tcp_after(first->end, seg->opt.sack[1].end) &&
	       !twin_tcp_before(first->start, seg->opt.sack[1].start);
}

/* How many segments arrived twice: a peer may put together what came in a row. */
static u32 twin_tcp_sack_dups(const struct twin_tcp_sock *tp,
			      const struct twin_wire_sack *sack)
{
	u32 bytes = sack->end - sack->start;

	if (bytes <= tp->mss_now || bytes > tp->max_window)
		return 1;
	return DIV_ROUND_UP(bytes, tp->mss_now);
}

static void twin_tcp_sack_note_dsack(struct twin_tcp_sock *tp,
				     const struct twin_wire_sack *sack,
				     struct twin_tcp_ack_state *as)
{
	u32 dups = twin_tcp_sack_dups(tp, sack);

	TWIN_TCP_COUNT(tp, TCPEXT_DSACK_RECV);
	as->dsack_seen = true;
	tp->dsack_dups += dups;
	/* what was sent twice has arrived twice; others double packets, too */
	if (tp->dsack_dups <= tp->total_retrans)
		tp->delivered += dups;
	tp->rack_dsack_seen = 1;
	if (tp->undo_marker && tp->undo_retrans > 0 &&
	    !twin_tcp_before(sack->start, tp->undo_marker))
		tp->undo_retrans -= min_t(u32, dups, tp->undo_retrans);
}

/* A block outside of what is under way is nonsense or very old. */
static bool twin_tcp_sack_valid(const struct twin_tcp_sock *tp,
				const struct twin_wire_sack *sack)
{
	return twin_tcp_before(sack->start, sack->end) &&
	       !twin_tcp_after(sack->end, tp->snd_nxt) &&
	       twin_tcp_before(sack->start, tp->snd_nxt) &&
	       twin_tcp_after(sack->start, tp->snd_una);
}

/* All of @skb has newly been reported. */
static void twin_tcp_sack_skb(struct twin_tcp_sock *tp, struct sk_buff *skb,
			      struct twin_tcp_ack_state *as)
{
	struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	u32 segs = twin_tcp_skb_segs(skb);
	u64 sent_us = twin_tcp_sent_us(skb);

	twin_tcp_rack_advance(tp, cb->sacked, cb->end_seq, sent_us);
	if (!(cb->sacked & TWIN_TCPCB_EVER_RETRANS)) {
		if (!as->sack_first_us)
			as->sack_first_us = sent_us;
		as->sack_last_us = sent_us;
		if (twin_tcp_before(cb->seq, as->reord))
			as->reord = cb->seq;
		if (!twin_tcp_after(cb->end_seq, tp->high_seq))
			as->orig_sacked_acked = true;
	}
	if (cb->sacked & TWIN_TCPCB_RETRANS)
		tp->retrans_out -= segs;
	if (cb->sacked & TWIN_TCPCB_LOST)
		tp->lost_out -= segs;
	cb->sacked &= ~(TWIN_TCPCB_RETRANS | TWIN_TCPCB_LOST);
	cb->sacked |= TWIN_TCPCB_SACKED;
	tp->sacked_out += segs;
	tp->delivered += segs;
	as->sack_new = true;
	twin_tcp_rate_delivered(tp, skb, &as->rate);
	/* RACK looks only at what has not arrived */
	list_del_init(&skb->tcp_tsorted_anchor);
}

/* Cuts @skb so that it lies within @sack or outside, at an MSS boundary. */
static bool twin_tcp_sack_cut(struct twin_tcp_sock *tp, struct sk_buff *skb,
			      const struct twin_wire_sack *sack)
{
	const struct twin_tcp_cb *cb = twin_tcp_cb(skb);
	u32 mss = cb->tx.gso_bytes, bytes;

	if (!mss)
		return false;
	if (twin_tcp_before(cb->seq, sack->start))
		bytes = roundup(sack->start - cb->seq, mss);
	else
		bytes = rounddown(sack->end - cb->seq, mss);
	if (!bytes || bytes >= skb->len)
		return false;
	return !twin_tcp_fragment(tp, skb, bytes, true, GFP_ATOMIC);
}

static void twin_tcp_sack_block(struct twin_tcp_sock *tp,
				const struct twin_wire_sack *sack,
				struct twin_tcp_ack_state *as)
{
	struct sk_buff *skb = twin_tcp_rtx_find(tp, sack->start);

	while (skb) {
		const struct twin_tcp_cb *cb = twin_tcp_cb(skb);

		if (!twin_tcp_before(cb->seq, sack->end))
			break;
		if (twin_tcp_after(cb->end_seq, sack->start) &&
		    !(cb->sacked & TWIN_TCPCB_SACKED)) {
			bool inside = !twin_tcp_before(cb->seq, sack->start) &&
				      !twin_tcp_after(cb->end_seq, sack->end);

			if (inside)
				twin_tcp_sack_skb(tp, skb, as);
			else if (twin_tcp_sack_cut(tp, skb, sack))
				continue;
		}
		skb = skb_rb_next(skb);
	}
}

/**
 * twin_tcp_sack_apply() - enter a segment's SACK blocks
 * @tp: connection
 * @seg: segment with a SACK option
 * @as: what the ACK brought
 *
 * RFC: 2018 section 5; 2883 section 5; 6675 section 4 (Update)
 * Context: Socket lock.
 */
void twin_tcp_sack_apply(struct twin_tcp_sock *tp,
			 const struct twin_tcp_segment *seg,
			 struct twin_tcp_ack_state *as)
{
	unsigned int i = 0;

	if (!tp->agreed.sack || !seg->opt.sack_count)
		return;
	if (twin_tcp_sack_is_dsack(seg)) {
		twin_tcp_sack_note_dsack(tp, &seg->opt.sack[0], as);
		i = 1;
	}
	for (; i < seg->opt.sack_count; i++) {
		if (twin_tcp_sack_valid(tp, &seg->opt.sack[i]))
			twin_tcp_sack_block(tp, &seg->opt.sack[i], as);
		else
			TWIN_TCP_COUNT(tp, TCPEXT_SACK_DISCARD);
	}
}

/**
 * twin_tcp_sack_reneging() - has the peer thrown away what it reported?
 * @tp: connection
 *
 * RFC: 2018 section 8
 * Context: Socket lock.
 * Return: true if the oldest segment is marked as received although the
 * cumulative ACK has not passed it.
 */
bool twin_tcp_sack_reneging(const struct twin_tcp_sock *tp)
{
	const struct sk_buff *first = twin_tcp_rtx_first(tp);

	return first && twin_tcp_cb(first)->sacked & TWIN_TCPCB_SACKED;
}

/**
 * twin_tcp_dupack_count() - one more duplicate ACK, without SACK
 * @tp: connection
 *
 * Each means that one segment has left the network.
 *
 * RFC: 5681 section 3.2
 * Context: Socket lock.
 */
void twin_tcp_dupack_count(struct twin_tcp_sock *tp)
{
	if (tp->sacked_out + tp->lost_out < tp->packets_out) {
		tp->sacked_out++;
		tp->delivered++;
	}
}

/**
 * twin_tcp_dupack_reduce() - a cumulative ACK, without SACK
 * @tp: connection
 * @acked_segs: segments it covers
 *
 * One of them filled the hole; the others had been counted as duplicates, and as
 * delivered.
 *
 * RFC: 6582 section 3.2
 * Context: Socket lock.
 */
void twin_tcp_dupack_reduce(struct twin_tcp_sock *tp, u32 acked_segs)
{
	if (!acked_segs)
		return;
	tp->delivered += acked_segs > tp->sacked_out ?
			 acked_segs - tp->sacked_out : 1;
	if (acked_segs - 1 >= tp->sacked_out)
		tp->sacked_out = 0;
	else
		tp->sacked_out -= acked_segs - 1;
	tp->sacked_out = min(tp->sacked_out, tp->packets_out - tp->lost_out);
}

/**
 * twin_tcp_dupack_reset() - forget the duplicates
 * @tp: connection without SACK
 *
 * Context: Socket lock.
 */
void twin_tcp_dupack_reset(struct twin_tcp_sock *tp)
{
	tp->sacked_out = 0;
}
