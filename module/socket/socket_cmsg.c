// SPDX-License-Identifier: GPL-2.0
/*
 * Ancillary data of level IPPROTO_IP, both ways, and the error queue as
 * recvmsg(MSG_ERRQUEUE) shows it; see ip(7) and cmsg(3).
 */
#include <linux/errqueue.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/udp.h>
#include "../ip/datagram.h"
#include "../tcp/tcp.h"
#include "socket.h"

#define TWIN_CMSG_ANY	(BIT(TWIN_SOCK_PKTINFO) | BIT(TWIN_SOCK_RECVTTL) | \
			 BIT(TWIN_SOCK_RECVTOS) | BIT(TWIN_SOCK_RECVOPTS) | \
			 BIT(TWIN_SOCK_RETOPTS) | BIT(TWIN_SOCK_CHECKSUM) | \
			 BIT(TWIN_SOCK_RECVORIGDSTADDR) | \
			 BIT(TWIN_SOCK_RECVFRAGSIZE))

/*
 * What stays inside the stack has no device; programs look the number up, and
 * for AF_INET it is the loopback device's.
 */
static int twin_cmsg_ifindex_out(int ifindex)
{
	return ifindex ? ifindex : LOOPBACK_IFINDEX;
}

static int twin_cmsg_ifindex_in(int ifindex)
{
	return ifindex == LOOPBACK_IFINDEX ? 0 : ifindex;
}

static int twin_cmsg_send_pktinfo(const struct cmsghdr *cm,
				  struct twin_socket_cmsg *cmsg)
{
	const struct in_pktinfo *info = CMSG_DATA(cm);

	if (cm->cmsg_len != CMSG_LEN(sizeof(*info)))
		return -EINVAL;
	cmsg->ifindex = twin_cmsg_ifindex_in(info->ipi_ifindex);
	cmsg->saddr = info->ipi_spec_dst.s_addr;
	return 0;
}

static int twin_cmsg_send_int(const struct cmsghdr *cm, int least, int *value)
{
	int number;

	if (cm->cmsg_len != CMSG_LEN(sizeof(number)))
		return -EINVAL;
	memcpy(&number, CMSG_DATA(cm), sizeof(number));
	if (number < least || number > 255)
		return -EINVAL;
	*value = number;
	return 0;
}

/* The last one counts.  Beyond what a header has room for nothing is read. */
static int twin_cmsg_send_options(const struct sock *sk, struct cmsghdr *cm,
				  struct twin_socket_cmsg *cmsg)
{
	struct twin_ip_options *options;

	options = twin_socket_make_options(sk, KERNEL_SOCKPTR(CMSG_DATA(cm)),
					   min_t(size_t, TWIN_IP_OPTIONS_MAX,
						 cm->cmsg_len - CMSG_LEN(0)));
	if (IS_ERR(options))
		return PTR_ERR(options);
	kfree(cmsg->options);
	cmsg->options = options;
	return 0;
}

static int twin_cmsg_send_ip(const struct sock *sk, struct cmsghdr *cm,
			     struct twin_socket_cmsg *cmsg)
{
	switch (cm->cmsg_type) {
	case IP_PKTINFO:
		return twin_cmsg_send_pktinfo(cm, cmsg);
	case IP_TTL:
		return twin_cmsg_send_int(cm, 1, &cmsg->ttl);
	case IP_TOS:
		if (cm->cmsg_len == CMSG_LEN(sizeof(u8))) {
			cmsg->tos = *(u8 *)CMSG_DATA(cm);
			return 0;
		}
		return twin_cmsg_send_int(cm, 0, &cmsg->tos);
	case IP_RETOPTS:
		return twin_cmsg_send_options(sk, cm, cmsg);
	default:
		return -EINVAL;
	}
}

static int twin_cmsg_send_udp(const struct cmsghdr *cm,
			      struct twin_socket_cmsg *cmsg)
{
	u16 bytes;

	if (cm->cmsg_type != UDP_SEGMENT ||
	    cm->cmsg_len != CMSG_LEN(sizeof(bytes)))
		return -EINVAL;
	memcpy(&bytes, CMSG_DATA(cm), sizeof(bytes));
	cmsg->gso_bytes = bytes;
	return 0;
}

/**
 * twin_socket_cmsg_send() - read the ancillary data of a send
 * @sk: sender
 * @msg: message, with or without ancillary data
 * @cmsg: filled in completely; the caller frees its options, also after an error
 *
 * Levels that are not ours are ignored.
 *
 * Context: Process.
 * Return: 0, -EINVAL, -ENOMEM (IP_RETOPTS), or what SOL_SOCKET's own says (-EPERM).
 */
int twin_socket_cmsg_send(struct sock *sk, struct msghdr *msg,
			  struct twin_socket_cmsg *cmsg)
{
	struct cmsghdr *cm;
	int err;

	*cmsg = (struct twin_socket_cmsg) {
		.ttl = -1, .tos = -1, .gso_bytes = -1,
	};
	sockcm_init(&cmsg->sockc, sk);
	cmsg->sockc.mark = READ_ONCE(sk->sk_mark);
	if (likely(!msg->msg_controllen))
		return 0;
	err = sock_cmsg_send(sk, msg, &cmsg->sockc);
	if (err)
		return err;
	for_each_cmsghdr(cm, msg) {
		if (!CMSG_OK(msg, cm))
			return -EINVAL;
		if (cm->cmsg_level == SOL_IP)
			err = twin_cmsg_send_ip(sk, cm, cmsg);
		else if (cm->cmsg_level == SOL_UDP &&
			 twin_sk(sk)->protocol == IPPROTO_UDP)
			err = twin_cmsg_send_udp(cm, cmsg);
		if (err)
			return err;
	}
	return 0;
}

/* The address that an answer should come from: ours, or one of the device's. */
static __be32 twin_cmsg_spec_dst(const struct sock *sk,
				 const struct twin_ip_cb *cb)
{
	struct twin_net *tn = twin_sk(sk)->flow.tn;
	const struct twin_link_dev *ld;
	__be32 addr = cb->daddr;

	if (cb->type < TWIN_PATH_BROADCAST)
		return addr;
	rcu_read_lock();
	ld = twin_link_find(tn, cb->ifindex);
	addr = ld ? twin_link_addr_select(ld, cb->saddr) : 0;
	rcu_read_unlock();
	return addr;
}

static void twin_cmsg_recv_pktinfo(const struct sock *sk, struct msghdr *msg,
				   const struct twin_ip_cb *cb)
{
	struct in_pktinfo info = {
		.ipi_ifindex = twin_cmsg_ifindex_out(cb->ifindex),
		.ipi_spec_dst.s_addr = twin_cmsg_spec_dst(sk, cb),
		.ipi_addr.s_addr = cb->daddr,
	};

	put_cmsg(msg, SOL_IP, IP_PKTINFO, sizeof(info), &info);
}

static void twin_cmsg_recv_int(struct msghdr *msg, int type, int value)
{
	put_cmsg(msg, SOL_IP, type, sizeof(value), &value);
}

static void twin_cmsg_recv_options(struct msghdr *msg,
				   const struct sk_buff *skb)
{
	int bytes = twin_ip_cb(skb)->header_bytes - TWIN_WIRE_IPV4_MIN_BYTES;

	if (bytes > 0)
		put_cmsg(msg, SOL_IP, IP_RECVOPTS, bytes,
			 skb_network_header(skb) + TWIN_WIRE_IPV4_MIN_BYTES);
}

/* Those for the answer, which its sender may have sent without any right. */
static void twin_cmsg_recv_return_options(struct msghdr *msg,
					  const struct sk_buff *skb)
{
	u8 options[TWIN_IP_OPTIONS_MAX];

	if (twin_ip_cb(skb)->header_bytes > TWIN_WIRE_IPV4_MIN_BYTES)
		put_cmsg(msg, SOL_IP, IP_RETOPTS,
			 twin_ip_options_echo(skb, options), options);
}

static void twin_cmsg_recv_original(struct msghdr *msg,
				    const struct sk_buff *skb)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = twin_ip_cb(skb)->daddr,
		.sin_port = twin_datagram_cb(skb)->dport,
	};

	put_cmsg(msg, SOL_IP, IP_ORIGDSTADDR, sizeof(sin), &sin);
}

static void twin_cmsg_recv_checksum(struct msghdr *msg,
				    const struct sk_buff *skb)
{
	__wsum checksum = skb->csum;

	if (skb->ip_summed == CHECKSUM_COMPLETE)
		put_cmsg(msg, SOL_IP, IP_CHECKSUM, sizeof(checksum), &checksum);
}

/**
 * twin_socket_cmsg_recv() - tell of a received datagram what was asked for
 * @sk: receiver
 * @msg: where to
 * @skb: datagram with struct twin_datagram_cb
 * @payload_offset: where the data starts in @skb
 *
 * Context: Process.
 */
void twin_socket_cmsg_recv(struct sock *sk, struct msghdr *msg,
			   const struct sk_buff *skb, int payload_offset)
{
	unsigned long asked = READ_ONCE(twin_sk(sk)->flags);
	const struct twin_ip_cb *cb = twin_ip_cb(skb);
	u8 tos = cb->tos;

	if (likely(!(asked & TWIN_CMSG_ANY)))
		return;
	if (asked & BIT(TWIN_SOCK_PKTINFO))
		twin_cmsg_recv_pktinfo(sk, msg, cb);
	if (asked & BIT(TWIN_SOCK_RECVTTL))
		twin_cmsg_recv_int(msg, IP_TTL, cb->ttl);
	if (asked & BIT(TWIN_SOCK_RECVTOS))
		put_cmsg(msg, SOL_IP, IP_TOS, sizeof(tos), &tos);
	if (asked & BIT(TWIN_SOCK_RECVOPTS))
		twin_cmsg_recv_options(msg, skb);
	if (asked & BIT(TWIN_SOCK_RETOPTS))
		twin_cmsg_recv_return_options(msg, skb);
	if (asked & BIT(TWIN_SOCK_RECVORIGDSTADDR))
		twin_cmsg_recv_original(msg, skb);
	if (asked & BIT(TWIN_SOCK_CHECKSUM) && !payload_offset)
		twin_cmsg_recv_checksum(msg, skb);
	if (asked & BIT(TWIN_SOCK_RECVFRAGSIZE) && cb->frag_max_bytes)
		twin_cmsg_recv_int(msg, IP_RECVFRAGSIZE, cb->frag_max_bytes);
}

/* The destination of the datagram that failed, where that is known. */
static void twin_cmsg_error_name(struct msghdr *msg, const struct sk_buff *skb,
				 int *addr_len)
{
	DECLARE_SOCKADDR(struct sockaddr_in *, sin, msg->msg_name);

	if (!sin || !twin_ip_cb(skb)->daddr)
		return;
	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = twin_ip_cb(skb)->daddr;
	sin->sin_port = SKB_EXT_ERR(skb)->port;
	*addr_len = sizeof(*sin);
}

/* Of the message that told of the error: how far it has come, say. */
static void twin_cmsg_error_header(const struct sock *sk, struct msghdr *msg,
				   const struct sk_buff *skb)
{
	const struct twin_sock *ts = twin_sk(sk);
	u8 tos = twin_ip_cb(skb)->tos;

	if (twin_sock_test(ts, TWIN_SOCK_RECVTTL))
		twin_cmsg_recv_int(msg, IP_TTL, twin_ip_cb(skb)->ttl);
	if (twin_sock_test(ts, TWIN_SOCK_RECVTOS))
		put_cmsg(msg, SOL_IP, IP_TOS, sizeof(tos), &tos);
}

static void twin_cmsg_error(const struct sock *sk, struct msghdr *msg,
			    const struct sk_buff *skb)
{
	struct {
		struct sock_extended_err ee;
		struct sockaddr_in offender;
	} told = {
		.ee = SKB_EXT_ERR(skb)->ee,
	};

	if (told.ee.ee_origin == SO_EE_ORIGIN_ICMP) {
		told.offender.sin_family = AF_INET;
		told.offender.sin_addr.s_addr = twin_ip_cb(skb)->saddr;
		twin_cmsg_error_header(sk, msg, skb);
	}
	put_cmsg(msg, SOL_IP, IP_RECVERR, sizeof(told), &told);
}

/**
 * twin_socket_recv_error() - recvmsg(MSG_ERRQUEUE)
 * @sk: socket
 * @msg: filled with the failed datagram's data and IP_RECVERR
 * @len: room for data in bytes
 * @addr_len: set when the failed datagram's destination is filled in
 *
 * Serves what pcb_error.c queues and the core's own: transmit timestamps and
 * the completions of MSG_ZEROCOPY.
 *
 * Context: Process, does not wait.
 * Return: bytes copied, or -EAGAIN when the queue is empty.
 */
int twin_socket_recv_error(struct sock *sk, struct msghdr *msg, int len,
			   int *addr_len)
{
	struct sk_buff *skb = sock_dequeue_err_skb(sk);
	int copied, err;

	if (!skb)
		return -EAGAIN;
	copied = min_t(int, len, skb->len);
	if (copied < skb->len)
		msg->msg_flags |= MSG_TRUNC;
	err = skb_copy_datagram_msg(skb, 0, msg, copied);
	if (!err) {
		if (sk->sk_type == SOCK_STREAM)
			twin_tcp_stamp_relative(sk, skb);
		sock_recv_timestamp(msg, sk, skb);
		twin_cmsg_error_name(msg, skb, addr_len);
		twin_cmsg_error(sk, msg, skb);
		msg->msg_flags |= MSG_ERRQUEUE;
		err = copied;
	}
	consume_skb(skb);
	return err;
}
