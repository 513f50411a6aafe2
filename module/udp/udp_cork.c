// SPDX-License-Identifier: GPL-2.0
/*
 * UDP_CORK and MSG_MORE: several sends make one datagram.
 *
 * The data of later sends goes into pages of the first skb, and into further skbs
 * when that has as many as it can have.  The last send makes the first skb the
 * datagram and links the others into its fragment list.
 */
#include <linux/slab.h>
#include "udp.h"

/**
 * twin_udp_corked() - does a send join a datagram that is not complete?
 * @us: socket
 * @msg: the message
 *
 * Context: Process.
 * Return: true if something waits, or is to wait after this message.
 */
bool twin_udp_corked(const struct twin_udp_sock *us, const struct msghdr *msg)
{
	return READ_ONCE(us->cork_option) || msg->msg_flags & MSG_MORE ||
	       !skb_queue_empty_lockless(&us->cork);
}

/**
 * twin_udp_cork_pending() - does a part of a datagram wait for others?
 * @sk: UDP socket
 *
 * Context: Process.
 * Return: true if the next send joins it, whatever its address.
 */
bool twin_udp_cork_pending(const struct sock *sk)
{
	return !skb_queue_empty_lockless(&twin_udp_sk(sk)->cork);
}

/**
 * twin_udp_cork_flush() - forget what waits
 * @us: socket
 *
 * Context: Process, socket lock held.
 */
void twin_udp_cork_flush(struct twin_udp_sock *us)
{
	__skb_queue_purge(&us->cork);
	us->cork_bytes = 0;
	kfree(us->cork_to.options);
	us->cork_to.options = NULL;
}

/* The head takes over the charge of @part, and so its owner. */
static void twin_udp_cork_chain(struct sk_buff *head, struct sk_buff *part)
{
	head->len += part->len;
	head->data_len += part->len;
	head->truesize += part->truesize;
	part->destructor = NULL;
	part->sk = NULL;
}

static struct sk_buff *twin_udp_cork_join(struct twin_udp_sock *us)
{
	struct sk_buff *head = __skb_dequeue(&us->cork);
	struct sk_buff **link = &skb_shinfo(head)->frag_list;
	struct sk_buff *part;

	while ((part = __skb_dequeue(&us->cork))) {
		twin_udp_cork_chain(head, part);
		*link = part;
		link = &part->next;
	}
	return head;
}

/* All parts are there.  Socket lock held. */
static int twin_udp_cork_transmit(struct twin_udp_sock *us)
{
	int err = twin_udp_transmit(us, twin_udp_cork_join(us), &us->cork_to);

	twin_udp_cork_flush(us);
	return err;
}

/*
 * Each part tells at once what speaks against the datagram so far: no way there, a
 * broadcast, more than the way or a datagram carries.  Of what UDP_SEGMENT cuts one
 * piece has to fit, which is looked at in the end.
 */
static int twin_udp_cork_check(struct twin_udp_sock *us, size_t bytes)
{
	size_t total = us->cork_bytes + bytes;

	if (!us->cork_to.daddr)
		return -EDESTADDRREQ;
	if (us->cork_to.gso_bytes && total <= TWIN_WIRE_UDP_MAX_DATA)
		total = 0;
	return twin_datagram_check(&us->ts, &us->cork_to,
				   total + TWIN_WIRE_UDP_BYTES);
}

static int twin_udp_cork_append(struct twin_udp_sock *us, struct msghdr *msg,
				size_t bytes)
{
	struct sk_buff *first;
	int err = 0;

	if (skb_queue_empty(&us->cork)) {
		first = twin_datagram_copy(&us->ts.sk, msg, bytes, &err);
		if (first)
			__skb_queue_tail(&us->cork, first);
	} else {
		err = twin_datagram_append(&us->ts.sk, &us->cork, msg, bytes);
	}
	if (!err)
		us->cork_bytes += bytes;
	return err;
}

/**
 * twin_udp_cork_add() - add to the pending datagram; send it if that was all
 * @sk: UDP socket
 * @msg: message; MSG_MORE: there is more to come
 * @bytes: its length
 * @to: where to, counts only for the first part, which needs it; its options are
 *	kept then
 *
 * An error throws away all that waits.
 *
 * Context: Process; takes the socket lock, may wait for send buffer space.
 * Return: @bytes, or an error of twin_datagram_check() or twin_udp_transmit().
 */
int twin_udp_cork_add(struct sock *sk, struct msghdr *msg, size_t bytes,
		      struct twin_datagram *to)
{
	struct twin_udp_sock *us = twin_udp_sk(sk);
	int err;

	lock_sock(sk);
	if (skb_queue_empty(&us->cork)) {
		us->cork_to = *to;
		to->options = NULL;
	}
	err = twin_udp_cork_check(us, bytes);
	if (!err)
		err = twin_udp_cork_append(us, msg, bytes);
	if (err)
		twin_udp_cork_flush(us);
	else if (!us->cork_option && !(msg->msg_flags & MSG_MORE))
		err = twin_udp_cork_transmit(us);
	release_sock(sk);
	return err ? err : (int)bytes;
}

/* Sends what waits, unless UDP_CORK holds it back.  Socket lock held. */
static void twin_udp_cork_push(struct twin_udp_sock *us)
{
	if (!us->cork_option && !skb_queue_empty(&us->cork))
		twin_udp_cork_transmit(us);
}

/**
 * twin_udp_cork_end() - there is no more to come after all
 * @sk: UDP socket
 *
 * Context: Process; takes the socket lock.
 */
void twin_udp_cork_end(struct sock *sk)
{
	if (!twin_udp_cork_pending(sk))
		return;
	lock_sock(sk);
	twin_udp_cork_push(twin_udp_sk(sk));
	release_sock(sk);
}

/**
 * twin_udp_cork_set() - UDP_CORK
 * @sk: UDP socket
 * @on: hold datagrams back; off sends what waits
 *
 * Context: Process; takes the socket lock.
 */
void twin_udp_cork_set(struct sock *sk, bool on)
{
	struct twin_udp_sock *us = twin_udp_sk(sk);

	lock_sock(sk);
	WRITE_ONCE(us->cork_option, on);
	twin_udp_cork_push(us);
	release_sock(sk);
}
