// SPDX-License-Identifier: GPL-2.0
/*
 * Urgent data (RFC 9293 3.8.5, RFC 6093): one byte that the application may
 * read out of order.  New programs should not use it; telnet and ftp do.
 *
 * The byte stays in the stream and is passed over when it is read there, unless
 * SO_OOBINLINE asks for it.
 */
#include <linux/skbuff.h>
#include <linux/socket.h>
#include "tcp.h"

/* The urgent byte's place, from the pointer that stands one behind it. */
static u32 twin_tcp_urgent_seq(const struct twin_tcp_segment *seg)
{
	return seg->hdr.seq + (seg->hdr.urgent ? seg->hdr.urgent - 1 : 0);
}

/* An unread urgent byte that a newer one replaces is not read any more. */
static void twin_tcp_urgent_skip(struct twin_tcp_sock *tp)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	struct sk_buff *skb = skb_peek(&sk->sk_receive_queue);

	if (tp->rcv_up != tp->copied_seq || !tp->urg_data ||
	    sock_flag(sk, SOCK_URGINLINE) || tp->copied_seq == tp->rcv_nxt)
		return;
	WRITE_ONCE(tp->copied_seq, tp->copied_seq + 1);
	if (skb && !twin_tcp_before(tp->copied_seq, twin_tcp_cb(skb)->end_seq)) {
		__skb_unlink(skb, &sk->sk_receive_queue);
		__kfree_skb(skb);
	}
}

/* RFC 9293 3.10.7.4, sixth: RCV.UP, and a signal if it is news. */
static void twin_tcp_urgent_announced(struct twin_tcp_sock *tp, u32 up)
{
	if (twin_tcp_after(tp->copied_seq, up) ||
	    twin_tcp_before(up, tp->rcv_nxt) ||
	    (tp->urg_data && !twin_tcp_after(up, tp->rcv_up)))
		return;
	sk_send_sigurg(twin_tcp_to_sk(tp));
	twin_tcp_urgent_skip(tp);
	WRITE_ONCE(tp->urg_data, TWIN_TCP_URG_NOTYET);
	WRITE_ONCE(tp->rcv_up, up);
}

/**
 * twin_tcp_urgent_received() - sixth step: check the URG bit
 * @tp: connection in a state in which data may come
 * @skb: segment, skb->data at its TCP header
 * @seg: the same, parsed
 *
 * RFC: 9293 section 3.10.7.4, sixth; 6093 section 3
 * Context: Socket lock.
 */
void twin_tcp_urgent_received(struct twin_tcp_sock *tp,
			      const struct sk_buff *skb,
			      const struct twin_tcp_segment *seg)
{
	struct sock *sk = twin_tcp_to_sk(tp);
	u32 offset;
	u8 byte;

	if (seg->hdr.flags & TWIN_TCP_URG)
		twin_tcp_urgent_announced(tp, twin_tcp_urgent_seq(seg));
	if (tp->urg_data != TWIN_TCP_URG_NOTYET)
		return;
	offset = tp->rcv_up - seg->hdr.seq;
	if (offset >= seg->payload ||
	    skb_copy_bits(skb, seg->hdr.header_bytes + offset, &byte, 1))
		return;
	WRITE_ONCE(tp->urg_data, TWIN_TCP_URG_VALID | byte);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_data_ready(sk);
}

/**
 * twin_tcp_urgent_limit() - how far an ordinary read may go
 * @tp: connection
 * @seq: next byte to read; passes over the urgent byte
 * @offset: where that is in the skb; likewise
 * @bytes: how much there is; cut at the urgent byte
 *
 * RFC: 9293 section 3.8.5
 * Context: Socket lock.
 */
void twin_tcp_urgent_limit(const struct twin_tcp_sock *tp, u32 *seq,
			   u32 *offset, size_t *bytes)
{
	u32 distance = tp->rcv_up - *seq;

	if (distance >= *bytes)
		return;
	if (distance) {
		*bytes = distance;
	} else if (!sock_flag(twin_tcp_to_sk(tp), SOCK_URGINLINE)) {
		WRITE_ONCE(*seq, *seq + 1);
		(*offset)++;
		(*bytes)--;
	}
}

/**
 * twin_tcp_urgent_readable() - bytes that the next ordinary read could return
 * @tp: connection
 *
 * A read ends at the urgent byte, wherever that is, unless it is in the stream.
 *
 * RFC: 9293 section 3.8.5
 * Context: Socket lock.
 * Return: bytes, the FIN not counted.
 */
u32 twin_tcp_urgent_readable(const struct twin_tcp_sock *tp)
{
	if (likely(!tp->urg_data) ||
	    sock_flag(twin_tcp_to_sk(tp), SOCK_URGINLINE) ||
	    twin_tcp_before(tp->rcv_up, tp->copied_seq) ||
	    !twin_tcp_before(tp->rcv_up, tp->rcv_nxt))
		return twin_tcp_readable(tp);
	return tp->rcv_up - tp->copied_seq;
}

static int twin_tcp_urgent_copy(struct twin_tcp_sock *tp, struct msghdr *msg,
				size_t bytes, int flags)
{
	u8 byte = tp->urg_data;

	if (!(flags & MSG_PEEK))
		WRITE_ONCE(tp->urg_data, TWIN_TCP_URG_READ);
	msg->msg_flags |= MSG_OOB;
	if (!bytes) {
		msg->msg_flags |= MSG_TRUNC;
		return 0;
	}
	if (!(flags & MSG_TRUNC) && memcpy_to_msg(msg, &byte, 1))
		return -EFAULT;
	return 1;
}

/**
 * twin_tcp_urgent_read() - recv() with MSG_OOB
 * @tp: connection
 * @msg: where to
 * @bytes: room
 * @flags: MSG_
 *
 * RFC: 9293 section 3.8.5
 * Context: Process, socket lock held; never waits.
 * Return: 1, or 0 at the end of data; -EINVAL if no urgent byte is known,
 * -EAGAIN if it has been announced only, -ENOTCONN, -EFAULT.
 */
int twin_tcp_urgent_read(struct twin_tcp_sock *tp, struct msghdr *msg,
			 size_t bytes, int flags)
{
	struct sock *sk = twin_tcp_to_sk(tp);

	if (sock_flag(sk, SOCK_URGINLINE) || !tp->urg_data ||
	    tp->urg_data == TWIN_TCP_URG_READ)
		return -EINVAL;
	if (sk->sk_state == TCP_CLOSE && !sock_flag(sk, SOCK_DONE))
		return -ENOTCONN;
	if (tp->urg_data & TWIN_TCP_URG_VALID)
		return twin_tcp_urgent_copy(tp, msg, bytes, flags);
	if (sk->sk_state == TCP_CLOSE || (sk->sk_shutdown & RCV_SHUTDOWN))
		return 0;
	return -EAGAIN;
}
