// SPDX-License-Identifier: GPL-2.0
/*
 * When was it sent, when acknowledged, when received? SO_TIMESTAMPING and its
 * like for streams (Documentation/networking/timestamping.rst of the kernel).
 *
 * A write asks for stamps of its last byte, whose sequence number is the key.
 * The key follows the byte when an skb is cut, also by others.  What programs
 * see counts bytes from the write after which SOF_TIMESTAMPING_OPT_ID was set.
 */
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include "../compat/stamp.h"
#include "tcp.h"

/**
 * twin_tcp_stamp_wanted() - what a write asks for
 * @tp: connection
 * @msg: the write, perhaps with SO_TIMESTAMPING in its ancillary data
 * @sockc: filled in
 *
 * Context: Process, socket lock.
 * Return: 0, or what the core says to ancillary data that is wrong (-EINVAL) or not
 * allowed (-EPERM).
 */
int twin_tcp_stamp_wanted(struct twin_tcp_sock *tp, struct msghdr *msg,
			  struct sockcm_cookie *sockc)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	int err = 0;

	sockcm_init(sockc, sk);
	if (msg->msg_controllen)
		err = sock_cmsg_send(sk, msg, sockc);
	if (!(READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_OPT_ID)) {
		tp->stamp_id = 0;
	} else if (!tp->stamp_id) {
		tp->stamp_id = 1;
		tp->stamp_base = tp->write_seq;
	}
	return err;
}

/**
 * twin_tcp_stamp_mark() - the end of a write is to be stamped
 * @tp: connection
 * @skb: the last skb of the write, not sent yet
 * @sockc: what it asks for
 *
 * Context: Process, socket lock.
 */
void twin_tcp_stamp_mark(struct twin_tcp_sock *tp, struct sk_buff *skb,
			 const struct sockcm_cookie *sockc)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	if (!(sockc->tsflags & SOF_TIMESTAMPING_TX_RECORD_MASK))
		return;
	twin_compat_tx_flags(twin_tcp_to_sk(tp), sockc, &shinfo->tx_flags);
	if (sockc->tsflags & SOF_TIMESTAMPING_TX_ACK)
		twin_tcp_cb(skb)->stamp_ack = true;
	shinfo->tskey = twin_tcp_cb(skb)->seq + skb->len - 1;
}

/**
 * twin_tcp_stamp_split() - an skb is cut: which part has the byte?
 * @skb: first part
 * @rest: second part, its numbers set, its cb->stamp_ack not
 *
 * Context: Socket lock.
 */
void twin_tcp_stamp_split(struct sk_buff *skb, struct sk_buff *rest)
{
	struct skb_shared_info *from = skb_shinfo(skb), *to = skb_shinfo(rest);
	u8 flags = from->tx_flags & SKBTX_ANY_TSTAMP;

	if (twin_tcp_before(from->tskey, twin_tcp_cb(rest)->seq))
		return;
	from->tx_flags &= ~flags;
	to->tx_flags |= flags;
	swap(from->tskey, to->tskey);
	swap(twin_tcp_cb(skb)->stamp_ack, twin_tcp_cb(rest)->stamp_ack);
}

/**
 * twin_tcp_stamp_acked() - all of an skb is acknowledged
 * @tp: connection
 * @skb: in the retransmission queue, cb->stamp_ack set
 *
 * Context: Socket lock.
 */
void twin_tcp_stamp_acked(struct twin_tcp_sock *tp, struct sk_buff *skb)
{
	struct list_head saved;

	twin_tcp_anchor_hide(skb, &saved);
	twin_compat_stamp_acked(skb, twin_tcp_to_sk(tp));
	skb->tcp_tsorted_anchor = saved;
}

/**
 * twin_tcp_stamp_inherit() - data moves to another skb: so does the time it came
 * @to: skb whose data is older
 * @from: skb whose data now follows it; has a time
 *
 * Data that is read from both together has the time of the newest of it.
 *
 * Context: Socket lock.
 */
void twin_tcp_stamp_inherit(struct sk_buff *to, const struct sk_buff *from)
{
	to->tstamp = from->tstamp;
	*skb_hwtstamps(to) = skb_shinfo(from)->hwtstamps;
}

/**
 * twin_tcp_stamp_relative() - the key as programs know it
 * @sk: stream socket
 * @skb: entry of its error queue
 *
 * Context: Process.
 */
void twin_tcp_stamp_relative(const struct sock *sk, struct sk_buff *skb)
{
	struct sock_exterr_skb *serr = SKB_EXT_ERR(skb);

	if (serr->ee.ee_origin == SO_EE_ORIGIN_TIMESTAMPING &&
	    READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_OPT_ID)
		serr->ee.ee_data -= READ_ONCE(twin_tcp(sk)->stamp_base);
}
