// SPDX-License-Identifier: GPL-2.0
/*
 * What UDP and ping sockets share: connecting, the path of one datagram, the
 * policy about its size, and errors that come back.
 */
#include <linux/icmp.h>
#include <linux/in.h>
#include "../inspect/drop.h"
#include "../inspect/view.h"
#include "datagram.h"
#include "icmp.h"
#include "igmp.h"

/* Room in front of the data: link header, IP header, transport header. */
static unsigned int twin_datagram_headroom(const struct twin_sock *ts)
{
	return twin_path_headroom(&ts->path) + TWIN_WIRE_IPV4_MIN_BYTES + 8;
}

/* A socket bound to a group or a broadcast address sends from its own. */
static __be32 twin_datagram_source(const struct twin_sock *ts)
{
	__be32 laddr = READ_ONCE(ts->flow.laddr);

	if (!laddr || twin_link_addr_is_local(ts->flow.tn, laddr))
		return laddr;
	return twin_pcb_addr_is_many(ts->flow.tn, laddr) ? 0 : laddr;
}

/* RFC 1122 3.3.4.2: source address and interface of multicast. */
static __always_inline int
twin_datagram_lookup(const struct twin_sock *ts,
		     const struct twin_datagram *to, struct twin_path *path)
{
	struct twin_path_key key = {
		.daddr = to->daddr,
		.saddr = to->saddr ? to->saddr : twin_datagram_source(ts),
		.ifindex = to->ifindex,
	};

	if (!key.ifindex)
		key.ifindex = READ_ONCE(ts->sk.sk_bound_dev_if);
	if (ipv4_is_multicast(to->daddr)) {
		if (!key.ifindex)
			key.ifindex = READ_ONCE(ts->multicast_ifindex);
		if (!key.saddr)
			key.saddr = READ_ONCE(ts->multicast_saddr);
	} else if (!key.ifindex) {
		key.ifindex = READ_ONCE(ts->unicast_ifindex);
	}
	if (twin_sock_test(ts, TWIN_SOCK_TRANSPARENT))
		key.flags |= TWIN_PATH_ANY_SOURCE;
	if (to->onlink || sock_flag(&ts->sk, SOCK_LOCALROUTE))
		key.flags |= TWIN_PATH_ONLINK;
	return twin_path_find(ts->flow.tn, &key, path);
}

/**
 * twin_datagram_path() - find the way of a datagram
 * @ts: sending socket
 * @to: destination and wishes
 * @path: filled in
 *
 * RFC: 1122 section 3.3.4.2
 * Context: RCU read lock held, and kept while @path is used.
 * Return: 0; -EACCES (broadcast without SO_BROADCAST); an error of the path.
 */
int twin_datagram_path(const struct twin_sock *ts,
		       const struct twin_datagram *to, struct twin_path *path)
{
	int err = twin_datagram_lookup(ts, to, path);

	if (!err && path->type == TWIN_PATH_BROADCAST &&
	    !sock_flag(&ts->sk, SOCK_BROADCAST))
		err = -EACCES;
	return err;
}

/**
 * twin_datagram_mtu() - how much the way to the peer carries
 * @ts: connected socket
 *
 * Context: Process.
 * Return: bytes, or an error of twin_path_find().
 */
int twin_datagram_mtu(const struct twin_sock *ts)
{
	const struct twin_datagram to = { .daddr = READ_ONCE(ts->flow.raddr) };
	struct twin_path path;
	int err;

	rcu_read_lock();
	err = twin_datagram_lookup(ts, &to, &path);
	rcu_read_unlock();
	return err ? err : (int)path.mtu_bytes;
}

/**
 * twin_datagram_probe() - MSG_PROBE: everything but the sending
 * @ts: sending socket
 * @to: destination and wishes; MSG_CONFIRM says that the neighbour is there
 *
 * Context: Process.
 * Return: 0, or an error of twin_datagram_path().
 */
int twin_datagram_probe(const struct twin_sock *ts,
			const struct twin_datagram *to)
{
	struct twin_path path;
	int err;

	rcu_read_lock();
	err = twin_datagram_path(ts, to, &path);
	if (!err && to->confirm && path.entry)
		twin_arp_confirm(path.entry);
	rcu_read_unlock();
	return err;
}

/**
 * twin_datagram_autobind() - give a socket a port if it has none
 * @sk: UDP or ping socket
 *
 * Context: Process; takes the socket lock.
 * Return: 0, or -EAGAIN if all ports are taken.
 */
int twin_datagram_autobind(struct sock *sk)
{
	int err = 0;

	if (READ_ONCE(twin_sk(sk)->flow.lport))
		return 0;
	lock_sock(sk);
	if (!twin_sk(sk)->flow.lport && sk->sk_prot->get_port(sk, 0))
		err = -EAGAIN;
	release_sock(sk);
	return err;
}

static void twin_datagram_set_peer(struct twin_sock *ts, __be32 raddr,
				   __be16 rport)
{
	WRITE_ONCE(ts->flow.raddr, raddr);
	WRITE_ONCE(ts->flow.rport, rport);
}

static void twin_datagram_rehash(struct sock *sk)
{
	if (sk->sk_prot->rehash)
		sk->sk_prot->rehash(sk);
}

/**
 * twin_datagram_connect() - fix the peer of a datagram socket
 * @sk: UDP or ping socket
 * @daddr: peer, 0 for this host
 * @dport: its port, network order
 *
 * Context: Process; takes the socket lock.
 * Return: 0, -EAGAIN without a free port, or an error of the path.
 */
int twin_datagram_connect(struct sock *sk, __be32 daddr, __be16 dport)
{
	struct twin_sock *ts = twin_sk(sk);
	struct twin_datagram to = { .ttl = -1, .tos = -1 };
	struct twin_path path;
	int err;

	err = twin_datagram_autobind(sk);
	if (err)
		return err;
	lock_sock(sk);
	to.daddr = daddr ? daddr : ts->flow.laddr;
	if (!to.daddr)
		to.daddr = htonl(INADDR_LOOPBACK);
	rcu_read_lock();
	err = twin_datagram_path(ts, &to, &path);
	rcu_read_unlock();
	if (err)
		goto out;
	twin_pcb_move_begin(ts);
	if (!ts->flow.laddr || (!twin_sock_test(ts, TWIN_SOCK_BOUND_ADDR)))
		WRITE_ONCE(ts->flow.laddr, path.saddr);
	twin_datagram_set_peer(ts, to.daddr, dport);
	twin_datagram_rehash(sk);
	twin_pcb_move_end(ts);
	sk->sk_state = TCP_ESTABLISHED;
	sk_set_txhash(sk);
	ts->ip_id = get_random_u32();
out:
	release_sock(sk);
	return err;
}

/* What bind() gave is kept, what connect() chose is given back.  Socket lock. */
static void twin_datagram_forget_peer(struct sock *sk)
{
	struct twin_sock *ts = twin_sk(sk);

	sk->sk_state = TCP_CLOSE;
	sk->sk_bound_dev_if = 0;
	twin_pcb_move_begin(ts);
	twin_datagram_set_peer(ts, 0, 0);
	if (!twin_sock_test(ts, TWIN_SOCK_BOUND_ADDR))
		WRITE_ONCE(ts->flow.laddr, 0);
	if (twin_sock_test(ts, TWIN_SOCK_BOUND_PORT)) {
		twin_datagram_rehash(sk);
	} else {
		sk->sk_prot->unhash(sk);
		WRITE_ONCE(ts->flow.lport, 0);
	}
	twin_pcb_move_end(ts);
}

/**
 * twin_datagram_disconnect() - connect() to AF_UNSPEC: no peer any more
 * @sk: UDP or ping socket
 *
 * Context: Process; takes the socket lock.
 * Return: 0.
 */
int twin_datagram_disconnect(struct sock *sk)
{
	lock_sock(sk);
	twin_datagram_forget_peer(sk);
	release_sock(sk);
	return 0;
}

/**
 * twin_datagram_abort() - SOCK_DESTROY: the owner is told, and has no peer any more
 * @sk: UDP or ping socket, with the caller's reference
 *
 * Context: Process; takes the socket lock.
 */
void twin_datagram_abort(struct sock *sk)
{
	lock_sock(sk);
	/* one that is being closed must not stand in a table again */
	if (!sock_flag(sk, SOCK_DEAD)) {
		WRITE_ONCE(sk->sk_err, ECONNABORTED);
		sk_error_report(sk);
		twin_datagram_forget_peer(sk);
	}
	release_sock(sk);
}

static bool twin_datagram_by_reference(const struct sock *sk,
				       const struct msghdr *msg, size_t bytes)
{
	return msg->msg_flags & MSG_ZEROCOPY && bytes &&
	       (msg->msg_ubuf || sock_flag(sk, SOCK_ZEROCOPY));
}

/* Notices that pages are free go to io_uring's own, or to the error queue. */
static struct ubuf_info *twin_datagram_notice(struct sock *sk,
					      const struct msghdr *msg,
					      size_t bytes)
{
	if (!msg->msg_ubuf)
		return twin_compat_zerocopy_realloc(sk, bytes, NULL);
	net_zcopy_get(msg->msg_ubuf);
	return msg->msg_ubuf;
}

/*
 * MSG_ZEROCOPY: the program's own pages.  Its notice comes when the last skb that
 * refers to them is gone; io_uring's pages may be held by nothing else.
 */
static noinline struct sk_buff *twin_datagram_refer(struct sock *sk,
						    struct msghdr *msg,
						    size_t bytes, int *err)
{
	struct ubuf_info *uarg = twin_datagram_notice(sk, msg, bytes);
	unsigned int headroom = twin_datagram_headroom(twin_sk(sk));
	struct sk_buff *skb;

	*err = -ENOBUFS;
	if (!uarg)
		return NULL;
	skb = sock_alloc_send_skb(sk, headroom, msg->msg_flags & MSG_DONTWAIT,
				  err);
	if (!skb)
		goto abort;
	skb_reserve(skb, headroom);
	*err = twin_compat_zerocopy_stream(sk, skb, msg, bytes, uarg);
	if (*err == (int)bytes) {
		*err = 0;
		net_zcopy_put(uarg);
		return skb;
	}
	/* too many pages for one skb */
	if (*err >= 0)
		*err = -EMSGSIZE;
	kfree_skb(skb);
abort:
	if (msg->msg_ubuf)
		net_zcopy_put(uarg);
	else
		net_zcopy_put_abort(uarg, true);
	return NULL;
}

/*
 * Like sock_alloc_send_skb(), which is called only where it would wait or report
 * an error.
 */
static struct sk_buff *twin_datagram_skb(struct sock *sk, unsigned int headroom,
					 unsigned int bytes, int msg_flags,
					 int *err)
{
	struct sk_buff *skb;

	if (likely(!READ_ONCE(sk->sk_err)) &&
	    likely(!(READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN)) &&
	    likely(sk_wmem_alloc_get(sk) < READ_ONCE(sk->sk_sndbuf))) {
		skb = twin_link_skb_alloc(headroom, bytes);
		if (likely(skb)) {
			skb_set_owner_w(skb, sk);
			return skb;
		}
	}
	skb = sock_alloc_send_skb(sk, headroom + bytes,
				  msg_flags & MSG_DONTWAIT, err);
	if (skb)
		skb_reserve(skb, headroom);
	return skb;
}

static int twin_datagram_put(struct sk_buff *skb, struct msghdr *msg,
			     size_t bytes)
{
	return copy_from_iter_full(__skb_put(skb, bytes), bytes,
				   &msg->msg_iter) ? 0 : -EFAULT;
}

static void twin_datagram_put_page(struct sk_buff *skb,
				   const struct page_frag *frag,
				   unsigned int bytes)
{
	unsigned int n = skb_shinfo(skb)->nr_frags;

	if (skb_can_coalesce(skb, n, frag->page, frag->offset)) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[n - 1], bytes);
	} else {
		skb_fill_page_desc(skb, n, frag->page, frag->offset, bytes);
		get_page(frag->page);
	}
	skb_len_add(skb, bytes);
	refcount_add(bytes, &skb->sk->sk_wmem_alloc);
}

/*
 * Copies into pages behind what is there.  Returns how much, which is less than
 * @bytes if there are too many pieces for one skb, or an error.
 */
static int twin_datagram_put_pages(struct sock *sk, struct sk_buff *skb,
				   struct msghdr *msg, unsigned int bytes)
{
	struct page_frag *frag = &current->task_frag;
	unsigned int n, done = 0;

	/* fragments that io_uring holds for us have no references */
	skb_zcopy_downgrade_managed(skb);
	while (done < bytes && skb_shinfo(skb)->nr_frags < MAX_SKB_FRAGS) {
		if (!twin_link_pages_refill(sk, frag))
			return -ENOMEM;
		n = min_t(unsigned int, bytes - done,
			  frag->size - frag->offset);
		if (!copy_from_iter_full(page_address(frag->page) +
					 frag->offset, n, &msg->msg_iter))
			return -EFAULT;
		twin_datagram_put_page(skb, frag, n);
		frag->offset += n;
		done += n;
	}
	return done;
}

/**
 * twin_datagram_copy() - make an skb of a message's bytes
 * @sk: sender, charged for the skb
 * @msg: message
 * @bytes: how many of it
 * @err: filled in when NULL is returned
 *
 * There is room in front for the headers of every layer.
 *
 * Context: Process; may wait for send buffer space unless MSG_DONTWAIT.
 * Return: skb that the caller owns, skb->data at the data, or NULL.
 */
struct sk_buff *twin_datagram_copy(struct sock *sk, struct msghdr *msg,
				   size_t bytes, int *err)
{
	unsigned int headroom = twin_datagram_headroom(twin_sk(sk));
	struct sk_buff *skb;

	if (unlikely(twin_datagram_by_reference(sk, msg, bytes)))
		return twin_datagram_refer(sk, msg, bytes, err);
	if (likely(bytes <= SKB_MAX_HEAD(headroom))) {
		skb = twin_datagram_skb(sk, headroom, bytes, msg->msg_flags,
					err);
		if (!skb)
			return NULL;
		*err = twin_datagram_put(skb, msg, bytes);
	} else {
		skb = twin_datagram_skb(sk, headroom, 0, msg->msg_flags, err);
		if (!skb)
			return NULL;
		*err = twin_datagram_put_pages(sk, skb, msg, bytes);
		if (*err >= 0)
			*err = *err < bytes ? -EMSGSIZE : 0;
	}
	if (!*err)
		return skb;
	kfree_skb(skb);
	return NULL;
}

/*
 * MSG_ZEROCOPY where the bytes were copied after all: they are free at once.
 * io_uring sees that by itself.
 */
static int twin_datagram_tell_copied(struct sock *sk, const struct msghdr *msg,
				     size_t bytes)
{
	struct ubuf_info *uarg;

	if (msg->msg_ubuf)
		return 0;
	uarg = twin_compat_zerocopy_realloc(sk, bytes, NULL);
	if (!uarg)
		return -ENOBUFS;
	uarg_to_msgzc(uarg)->zerocopy = 0;
	net_zcopy_put(uarg);
	return 0;
}

/**
 * twin_datagram_append() - add a message's bytes to a datagram that waits
 * @sk: sender, charged
 * @parts: skbs of the datagram so far, at least one
 * @msg: message
 * @bytes: how many of it
 *
 * Never waits for send buffer space, which nobody but @parts may hold.
 * Later parts are always copied: where a datagram is handed to a receiver
 * only its first skb is looked at for a sender's own pages.
 *
 * Context: Process, socket lock held.
 * Return: 0, -ENOBUFS, -ENOMEM, or -EFAULT; @parts is of no use after those.
 */
int twin_datagram_append(struct sock *sk, struct sk_buff_head *parts,
			 struct msghdr *msg, size_t bytes)
{
	size_t left = bytes;
	struct sk_buff *skb;
	int n;

	if ((unsigned int)sk_wmem_alloc_get(sk) >=
	    2U * READ_ONCE(sk->sk_sndbuf))
		return -ENOBUFS;
	while (left) {
		n = twin_datagram_put_pages(sk, skb_peek_tail(parts), msg, left);
		if (n < 0)
			return n;
		left -= n;
		if (!left)
			break;
		skb = twin_link_skb_alloc(twin_datagram_headroom(twin_sk(sk)),
					  0);
		if (!skb)
			return -ENOBUFS;
		skb_set_owner_w(skb, sk);
		__skb_queue_tail(parts, skb);
	}
	return twin_datagram_by_reference(sk, msg, bytes) ?
	       twin_datagram_tell_copied(sk, msg, bytes) : 0;
}

/*
 * RFC 1191 section 6: what IP_MTU_DISCOVER makes of the size of a datagram.
 * Options that look away from the path MTU see the device's.
 */
static int twin_datagram_check_size(struct twin_sock *ts,
				    const struct twin_datagram *to,
				    struct twin_path *path,
				    unsigned int bytes, bool *dont_fragment)
{
	u8 policy = READ_ONCE(ts->pmtu_discover);
	bool whole;

	if (policy >= IP_PMTUDISC_PROBE && path->ld)
		path->mtu_bytes = twin_path_device_mtu(path->ld);
	whole = bytes <= path->mtu_bytes;
	*dont_fragment = policy == IP_PMTUDISC_DO ||
			 policy == IP_PMTUDISC_PROBE ||
			 (policy == IP_PMTUDISC_WANT && whole &&
			  !path->narrow);
	if (bytes <= TWIN_WIRE_IPV4_MAX_DATAGRAM &&
	    (whole || policy == IP_PMTUDISC_DONT ||
	     policy == IP_PMTUDISC_WANT || policy == IP_PMTUDISC_OMIT))
		return 0;
	twin_pcb_queue_local_error(ts, EMSGSIZE, to->daddr,
				   READ_ONCE(ts->flow.rport), path->mtu_bytes);
	return -EMSGSIZE;
}

/**
 * twin_datagram_check() - may a datagram of this size go there?
 * @ts: sending socket
 * @to: destination and wishes
 * @bytes: from its transport header on, also more than a datagram can have
 *
 * RFC: 1191 section 6
 * Context: Process.
 * Return: 0; -EMSGSIZE, told in the error queue too; an error of the path.
 */
int twin_datagram_check(struct twin_sock *ts, const struct twin_datagram *to,
			size_t bytes)
{
	const struct twin_ip_options *set;
	struct twin_path path;
	bool dont_fragment;
	int err;

	rcu_read_lock();
	set = to->options ? to->options : rcu_dereference(ts->options);
	bytes += TWIN_WIRE_IPV4_MIN_BYTES + (set ? set->bytes : 0);
	err = twin_datagram_path(ts, to, &path);
	if (!err)
		err = twin_datagram_check_size(ts, to, &path, bytes,
					       &dont_fragment);
	rcu_read_unlock();
	return err;
}

/* RFC 6864 4.1: any value does for a datagram that is never fragmented. */
static u16 twin_datagram_id(struct twin_sock *ts, struct sk_buff *skb,
			    const struct twin_ip_send *send)
{
	u16 count = skb_is_gso(skb) ? skb_shinfo(skb)->gso_segs : 1;

	if (!send->dont_fragment)
		return twin_ip_next_id(send->tn, send->saddr, send->daddr,
				       send->protocol, count);
	if (ts->sk.sk_state != TCP_ESTABLISHED)
		return 0;
	ts->ip_id += count;
	return ts->ip_id;
}

static u8 twin_datagram_ttl(const struct twin_sock *ts,
			    const struct twin_datagram *to,
			    const struct twin_path *path)
{
	if (to->ttl >= 0)
		return to->ttl;
	if (path->type == TWIN_PATH_MULTICAST)
		return READ_ONCE(ts->multicast_ttl);
	return READ_ONCE(ts->ttl);
}

/* IP_TOS, SO_PRIORITY of this one datagram go before the socket's. */
static u32 twin_datagram_priority(const struct twin_sock *ts,
				  const struct twin_datagram *to)
{
	if (unlikely(to->tos >= 0))
		return twin_pcb_tos_priority(to->tos);
	return twin_compat_sockc_priority(&to->sockc, &ts->sk);
}

/*
 * RFC 1112 6.1: a multicast with TTL 0 stays on this host.  Returns false if
 * nobody here wants it either.
 */
static bool twin_datagram_keep_here(struct sk_buff *skb,
				    const struct twin_ip_send *send,
				    struct twin_path *path)
{
	if (!send->loop)
		return false;
	skb->skb_iif = path->ld->dev->ifindex;
	path->type = TWIN_PATH_LOCAL;
	return true;
}

static bool twin_datagram_loops(const struct twin_sock *ts,
				const struct twin_datagram *to,
				const struct twin_path *path)
{
	return path->ld && twin_sock_test(ts, TWIN_SOCK_MULTICAST_LOOP) &&
	       twin_igmp_wants(ts->flow.tn, to->daddr, path->saddr,
			       path->ld->dev->ifindex);
}

/**
 * twin_datagram_output() - send one datagram, transport header in place
 * @ts: sending socket
 * @skb: datagram, skb->data at the transport header; always consumed
 * @to: destination and wishes
 * @path: the caller's own copy of the path; its MTU may be changed
 *
 * Context: RCU read lock held since @path was found.
 * Return: 0; -EMSGSIZE; an error of twin_ip_output().
 */
int twin_datagram_output(struct twin_sock *ts, struct sk_buff *skb,
			 const struct twin_datagram *to,
			 struct twin_path *path)
{
	struct twin_ip_send send = {
		.tn = ts->flow.tn,
		.path = path,
		.saddr = path->saddr,
		.daddr = to->daddr,
		.protocol = ts->protocol,
		.tos = to->tos >= 0 ? to->tos : READ_ONCE(ts->tos),
		.ttl = twin_datagram_ttl(ts, to, path),
	};
	const struct twin_ip_options *set = to->options;
	u8 options[TWIN_IP_OPTIONS_MAX] twin_compat_uninitialized;
	unsigned int bytes = skb_is_gso(skb) ? skb_shinfo(skb)->gso_size + 8 :
					       skb->len;
	int err;

	if (likely(!set))
		set = rcu_dereference(ts->options);
	if (unlikely(set))
		twin_pcb_options_add(set, &send, options);
	err = twin_datagram_check_size(ts, to, path, bytes +
				       TWIN_WIRE_IPV4_MIN_BYTES +
				       send.options_bytes,
				       &send.dont_fragment);
	if (err) {
		twin_drop(send.tn, skb, TWIN_DROP_IP_TOO_BIG);
		return err;
	}
	send.id = twin_datagram_id(ts, skb, &send);
	skb->priority = twin_datagram_priority(ts, to);
	skb->mark = to->sockc.mark;
	skb->tstamp = to->sockc.transmit_time;
	if (to->sockc.tsflags)
		twin_compat_tx_timestamp(skb, &to->sockc);
	if (to->confirm && path->entry)
		twin_arp_confirm(path->entry);
	if (path->type == TWIN_PATH_MULTICAST) {
		send.loop = twin_datagram_loops(ts, to, path);
		if (!send.ttl && !twin_datagram_keep_here(skb, &send, path)) {
			consume_skb(skb);
			return 0;
		}
	}
	return twin_ip_output(skb, &send);
}

/**
 * twin_datagram_report() - tell a datagram socket of an ICMP error
 * @sk: the socket that sent the quoted datagram
 * @error: the error
 * @rport: port it had been sent to, network order
 *
 * Without IP_RECVERR only a connected socket hears, and only of hard errors;
 * "fragmentation needed" counts as one unless the socket does not care.  Its
 * MTU is believed because a socket of ours has sent what is quoted, unless that
 * looks away from it, as servers for everybody do lest forged errors get in.
 *
 * RFC: 1122 section 4.1.3.3
 * Context: Softirq.  @error stays the caller's.
 */
void twin_datagram_report(struct sock *sk, const struct twin_icmp_error *error,
			  __be16 rport)
{
	struct twin_sock *ts = twin_sk(sk);
	bool fatal = error->fatal;

	if (error->type == ICMP_SOURCE_QUENCH)
		return;
	if (error->type == ICMP_REDIRECT) {
		twin_path_learn_gateway(error->tn, error->daddr,
					error->reporter,
					(__force __be32)error->info);
		return;
	}
	if (error->type == ICMP_DEST_UNREACH &&
	    error->code == ICMP_FRAG_NEEDED) {
		if (READ_ONCE(ts->pmtu_discover) < IP_PMTUDISC_INTERFACE)
			twin_path_learn_mtu(error->tn, error->daddr,
					    READ_ONCE(sk->sk_bound_dev_if),
					    error->info);
		if (READ_ONCE(ts->pmtu_discover) == IP_PMTUDISC_DONT)
			return;
		fatal = true;
	}
	if (twin_sock_test(ts, TWIN_SOCK_RECVERR))
		twin_pcb_queue_error(ts, error, rport);
	else if (!fatal || sk->sk_state != TCP_ESTABLISHED)
		return;
	WRITE_ONCE(sk->sk_err, error->err);
	sk_error_report(sk);
}
