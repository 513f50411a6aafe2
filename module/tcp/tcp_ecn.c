// SPDX-License-Identifier: GPL-2.0
/*
 * Explicit congestion notification (RFC 3168): routers mark instead of
 * dropping, the receiver echoes the mark, the sender slows down and reports it.
 */
#include <net/inet_ecn.h>
#include "tcp_cong.h"

#define TWIN_TCP_ECN_BITS	(TWIN_TCP_ECE | TWIN_TCP_CWR)

/**
 * twin_tcp_ecn_ask() - the bits of a SYN that offer ECN
 * @tp: connection that is being opened
 *
 * RFC: 3168 section 6.1.1
 * Context: Socket lock.
 * Return: TWIN_TCP_ control bits to add.
 */
u8 twin_tcp_ecn_ask(struct twin_tcp_sock *tp)
{
	if (READ_ONCE(twin_tcp_net(tp)->conf.tcp_ecn) != 1 &&
	    !twin_tcp_cong_needs_ecn(tp))
		return 0;
	tp->ecn = TWIN_TCP_ECN_ASKED;
	return TWIN_TCP_ECN_BITS;
}

/**
 * twin_tcp_ecn_give_up() - the SYN is sent again: perhaps ECN was its trouble
 * @tp: connection in SYN-SENT or SYN-RECEIVED
 * @syn: its SYN, or SYN+ACK
 *
 * The first offer may have arrived: the commitment to echo marks remains, but no
 * data of ours is marked.  A SYN+ACK goes again as it was.
 *
 * RFC: 3168 section 6.1.1, 6.1.1.1
 * Context: Socket lock.
 */
void twin_tcp_ecn_give_up(struct twin_tcp_sock *tp, struct sk_buff *syn)
{
	u8 *flags = &twin_tcp_cb(syn)->flags;

	if ((*flags & TWIN_TCP_ECN_BITS) != TWIN_TCP_ECN_BITS)
		return;
	*flags &= ~TWIN_TCP_ECN_BITS;
	tp->ecn |= TWIN_TCP_ECN_NO_ECT;
}

/**
 * twin_tcp_ecn_answered() - what the SYN+ACK says to our offer
 * @tp: connection in SYN-SENT
 * @flags: control bits of the segment
 *
 * RFC: 3168 section 6.1.1
 * Context: Socket lock.
 */
void twin_tcp_ecn_answered(struct twin_tcp_sock *tp, u8 flags)
{
	bool agreed = tp->ecn & TWIN_TCP_ECN_ASKED &&
		      (flags & TWIN_TCP_ECN_BITS) == TWIN_TCP_ECE;

	tp->ecn = agreed ? TWIN_TCP_ECN_OK | (tp->ecn & TWIN_TCP_ECN_NO_ECT) : 0;
}

/**
 * twin_tcp_ecn_offered() - does a SYN offer what this host wants?
 * @lp: listener
 * @flags: control bits of the SYN
 *
 * RFC: 3168 section 6.1.1
 * Context: RCU read lock.
 * Return: true if ECN is to be used.
 */
bool twin_tcp_ecn_offered(const struct twin_tcp_sock *lp, u8 flags)
{
	/* NULL if the listener is just being closed */
	const struct twin_tcp_cong_ops *cong = READ_ONCE(lp->cong);

	return (flags & TWIN_TCP_ECN_BITS) == TWIN_TCP_ECN_BITS &&
	       (READ_ONCE(twin_tcp_net(lp)->conf.tcp_ecn) ||
		(cong && cong->flags & TWIN_TCP_CONG_NEEDS_ECN));
}

/**
 * twin_tcp_ecn_send() - mark a segment that is about to go
 * @tp: connection that twin_tcp_ecn_agreed() on it
 * @skb: its data, without a header yet
 * @seq: sequence number
 * @flags: control bits; ECE and CWR are added
 *
 * New data may be marked by routers; what is sent again may not, nor may
 * segments without data: RFC 3168 6.1.4 to 6.1.6.
 *
 * RFC: 3168 section 6.1.2, 6.1.3; 8257 section 3.1
 * Context: Socket lock.
 * Return: the two bits of the TOS byte.
 */
u8 twin_tcp_ecn_send(struct twin_tcp_sock *tp, struct sk_buff *skb, u32 seq,
		     u8 *flags)
{
	u8 ect = 0;

	if (skb->len && !twin_tcp_before(seq, tp->snd_nxt)) {
		ect = INET_ECN_ECT_0;
		if (tp->ecn & TWIN_TCP_ECN_QUEUE_CWR) {
			tp->ecn &= ~TWIN_TCP_ECN_QUEUE_CWR;
			*flags |= TWIN_TCP_CWR;
			skb_shinfo(skb)->gso_type |= SKB_GSO_TCP_ECN;
		}
	} else if (twin_tcp_cong_needs_ecn(tp)) {
		ect = INET_ECN_ECT_0;
	}
	if (tp->ecn & TWIN_TCP_ECN_DEMAND_CWR)
		*flags |= TWIN_TCP_ECE;
	return tp->ecn & TWIN_TCP_ECN_NO_ECT ? 0 : ect;
}

/* RFC 3168 6.1.3: ECE in every ACK from now on, until the sender says CWR. */
static void twin_tcp_ecn_congested(struct twin_tcp_sock *tp)
{
	twin_tcp_cong_event(tp, TWIN_TCP_CONG_ECN_CE);
	if (!(tp->ecn & TWIN_TCP_ECN_DEMAND_CWR)) {
		twin_tcp_ack_enter_quick(tp, 2);
		tp->ecn |= TWIN_TCP_ECN_DEMAND_CWR;
	}
	tp->ecn |= TWIN_TCP_ECN_SEEN;
}

/**
 * twin_tcp_ecn_received() - data arrived: was it marked?
 * @tp: connection that twin_tcp_ecn_agreed() on it
 * @skb: segment with data, struct twin_ip_cb still in place
 * @flags: its control bits
 *
 * RFC: 3168 section 6.1.3
 * Context: Socket lock.
 */
void twin_tcp_ecn_received(struct twin_tcp_sock *tp, const struct sk_buff *skb,
			   u8 flags)
{
	if (flags & TWIN_TCP_CWR) {
		tp->ecn &= ~TWIN_TCP_ECN_DEMAND_CWR;
		/* the sender waits for an ACK without ECE */
		tp->ack_pending |= TWIN_TCP_ACK_NOW;
	}
	switch (twin_tcp_cb(skb)->ip.tos & INET_ECN_MASK) {
	case INET_ECN_CE:
		twin_tcp_ecn_congested(tp);
		break;
	case INET_ECN_NOT_ECT:
		/* a retransmission: sent to ask for ACKs at once */
		if (tp->ecn & TWIN_TCP_ECN_SEEN)
			twin_tcp_ack_enter_quick(tp, 2);
		break;
	default:
		twin_tcp_cong_event(tp, TWIN_TCP_CONG_ECN_NO_CE);
		tp->ecn |= TWIN_TCP_ECN_SEEN;
	}
}
