// SPDX-License-Identifier: GPL-2.0
/*
 * Ping sockets: echo requests out, echo replies and errors in.
 *
 * Each namespace has a table of its own, which holds a reference to each socket
 * from the choice of its identifier until unhash.  It changes under a mutex, since
 * the search for a free identifier may take long, and is read under RCU: sockets are
 * freed after a grace period.  One that changes its identifier meanwhile may lead a
 * reader into another chain, and a reply to somebody twice or not at all.
 */
#include <linux/icmp.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uidgid.h>
#include "../inspect/mib.h"
#include "../wire/wire_icmp.h"
#include "multicast.h"
#include "ping.h"

#define TWIN_PING_BUCKETS	64

/* With 99 of 100 identifiers in use, one in 30,000 sockets finds none in these. */
#define TWIN_PING_TRIES		1024

/* Sockets that a walk takes references to before it shows them. */
#define TWIN_PING_BATCH		16

/*
 * struct twin_ping_net - the ping sockets of one namespace
 * @lock: for changes, and for what is decided by a look at all
 * @buckets: by identifier; read under RCU
 */
struct twin_ping_net {
	struct mutex lock;		/* changes */
	struct hlist_head buckets[TWIN_PING_BUCKETS];
};

static struct hlist_head *twin_ping_bucket(const struct twin_net *tn, u16 id)
{
	return &tn->ping->buckets[id % TWIN_PING_BUCKETS];
}

/**
 * twin_ping_allowed() - may the caller make ping sockets?
 * @net: namespace of the socket
 *
 * Context: Process.
 * Return: 0 if one of the caller's groups is in ping_group_range, else
 * -EACCES.
 */
int twin_ping_allowed(struct net *net)
{
	const struct twin_conf *conf = &twin_pernet(net)->conf;
	kgid_t low = KGIDT_INIT(READ_ONCE(conf->ping_group_range[0]));
	kgid_t high = KGIDT_INIT(READ_ONCE(conf->ping_group_range[1]));
	const struct group_info *groups;
	kgid_t gid = current_egid();
	int i;

	if (gid_lte(low, gid) && gid_lte(gid, high))
		return 0;
	groups = current_cred()->group_info;
	for (i = 0; i < groups->ngroups; i++) {
		gid = groups->gid[i];
		if (gid_lte(low, gid) && gid_lte(gid, high))
			return 0;
	}
	return -EACCES;
}

/*
 * An identifier that the stack chooses is not shared: replies go to all sockets
 * that have it.
 */
static bool twin_ping_conflict(const struct sock *sk, u16 id, bool chosen)
{
	const struct twin_sock *ts = twin_sk(sk);
	struct sock *other;

	lockdep_assert_held(&ts->flow.tn->ping->lock);
	sk_for_each(other, twin_ping_bucket(ts->flow.tn, id)) {
		if (other == sk || twin_sk(other)->flow.lport != htons(id))
			continue;
		if (chosen || !sk->sk_reuse || !other->sk_reuse)
			return true;
	}
	return false;
}

/* A limited number of random ones: the table is locked, and may be full. */
static bool twin_ping_choose(const struct sock *sk, u16 *id)
{
	unsigned int tries = TWIN_PING_TRIES;
	u16 candidate;

	while (tries--) {
		candidate = get_random_u32();
		if (candidate && !twin_ping_conflict(sk, candidate, true)) {
			*id = candidate;
			return true;
		}
		cond_resched();
	}
	return false;
}

/* proto.get_port: takes identifier @port, or chooses one for 0. */
static int twin_ping_get_port(struct sock *sk, unsigned short port)
{
	struct twin_sock *ts = twin_sk(sk);
	int err = 0;
	u16 id = port;

	mutex_lock(&ts->flow.tn->ping->lock);
	if (id ? twin_ping_conflict(sk, id, false) :
		 !twin_ping_choose(sk, &id)) {
		err = -EADDRINUSE;
	} else {
		WRITE_ONCE(ts->flow.lport, htons(id));
		sock_set_flag(sk, SOCK_RCU_FREE);
		sk_add_node_rcu(sk, twin_ping_bucket(ts->flow.tn, id));
		sock_prot_inuse_add(sock_net(sk), sk->sk_prot, 1);
	}
	mutex_unlock(&ts->flow.tn->ping->lock);
	return err;
}

static void twin_ping_unhash(struct sock *sk)
{
	struct twin_ping_net *ping = twin_sk(sk)->flow.tn->ping;

	mutex_lock(&ping->lock);
	if (sk_hashed(sk)) {
		sk_del_node_init_rcu(sk);
		sock_prot_inuse_add(sock_net(sk), sk->sk_prot, -1);
	}
	mutex_unlock(&ping->lock);
}

static bool twin_ping_match(const struct sock *sk, __be16 id, __be32 laddr,
			    int ifindex)
{
	const struct twin_flow *flow = &twin_sk(sk)->flow;
	__be32 bound = READ_ONCE(flow->laddr);

	return READ_ONCE(flow->lport) == id && (!bound || bound == laddr) &&
	       twin_pcb_by_device(READ_ONCE(sk->sk_bound_dev_if), ifindex);
}

static void twin_ping_deliver(struct twin_net *tn, struct sock *sk,
			      struct sk_buff *skb)
{
	struct sk_buff *copy = skb_clone(skb, GFP_ATOMIC);

	if (copy)
		twin_pcb_stamp(sk, copy);
	if (copy && !sock_queue_rcv_skb(sk, copy))
		return;
	/* the core has counted what it refused */
	if (!copy)
		twin_compat_sk_drops_inc(sk);
	twin_drop_count(tn, skb, TWIN_DROP_SOCKET_BUFFER);
	kfree_skb(copy);
}

/**
 * twin_ping_input() - deliver an echo reply
 * @tn: namespace
 * @skb: the ICMP message, skb->data at its header, checksum known good; always
 *	consumed
 *
 * Context: Softirq, RCU read side.
 * Return: false if no socket wanted it.
 */
bool twin_ping_input(struct twin_net *tn, struct sk_buff *skb)
{
	struct twin_datagram_cb *cb = twin_datagram_cb(skb);
	struct twin_wire_icmp icmp;
	bool taken = false;
	struct sock *sk;
	__be16 id;

	if (!pskb_may_pull(skb, TWIN_WIRE_ICMP_BYTES) ||
	    twin_wire_icmp_parse(&icmp, skb->data, skb_headlen(skb))) {
		twin_drop(tn, skb, TWIN_DROP_ICMP_SHORT);
		return false;
	}
	id = htons(twin_wire_icmp_id(&icmp));
	cb->sport = 0;
	cb->dport = 0;
	cb->gso_bytes = 0;
	sk_for_each_rcu(sk, twin_ping_bucket(tn, twin_wire_icmp_id(&icmp))) {
		if (!twin_ping_match(sk, id, cb->ip.daddr, cb->ip.ifindex))
			continue;
		twin_ping_deliver(tn, sk, skb);
		taken = true;
	}
	if (taken)
		consume_skb(skb);
	else
		twin_drop(tn, skb, TWIN_DROP_ICMP_NO_SOCKET);
	return taken;
}

/**
 * twin_ping_error() - an error about an echo request of ours
 * @error: the error; stays the caller's
 *
 * Context: Softirq, RCU read side.
 */
void twin_ping_error(const struct twin_icmp_error *error)
{
	struct twin_wire_icmp icmp;
	struct sock *sk;
	__be16 id;

	if (twin_wire_icmp_parse(&icmp, error->quote, error->quote_bytes) ||
	    icmp.type != ICMP_ECHO)
		return;
	id = htons(twin_wire_icmp_id(&icmp));
	sk_for_each_rcu(sk, twin_ping_bucket(error->tn, ntohs(id)))
		if (twin_ping_match(sk, id, error->saddr, error->ifindex))
			twin_datagram_report(sk, error, 0);
}

/* The program fills in type, code and sequence number; the rest is ours. */
static int twin_ping_finish(const struct twin_sock *ts, struct sk_buff *skb)
{
	struct twin_wire_icmp icmp;
	__sum16 checksum;

	twin_wire_icmp_parse(&icmp, skb->data, TWIN_WIRE_ICMP_BYTES);
	if (icmp.type != ICMP_ECHO || icmp.code)
		return -EINVAL;
	icmp.rest = twin_wire_icmp_echo_rest(ntohs(ts->flow.lport),
					     twin_wire_icmp_sequence(&icmp));
	twin_wire_icmp_emit(skb->data, &icmp);
	checksum = csum_fold(skb_checksum(skb, 0, skb->len, 0));
	memcpy(skb->data + TWIN_WIRE_ICMP_CHECKSUM_OFFSET, &checksum,
	       sizeof(checksum));
	skb->ip_summed = CHECKSUM_NONE;
	skb_reset_transport_header(skb);
	return 0;
}

/**
 * twin_ping_send() - send an echo request
 * @sk: ping socket
 * @msg: ICMP header and data
 * @bytes: their length
 * @to: destination and wishes
 *
 * Context: Process; may wait for send buffer space.
 * Return: @bytes; -EMSGSIZE, -EINVAL (not an echo request), or an error of the
 * layers below.
 */
int twin_ping_send(struct sock *sk, struct msghdr *msg, size_t bytes,
		   struct twin_datagram *to)
{
	struct twin_sock *ts = twin_sk(sk);
	struct twin_net *tn = ts->flow.tn;
	struct twin_path path;
	struct sk_buff *skb;
	int err;

	if (bytes < TWIN_WIRE_ICMP_BYTES)
		return -EINVAL;
	if (unlikely(msg->msg_flags & MSG_PROBE)) {
		err = twin_datagram_probe(ts, to);
		return err ? err : (int)bytes;
	}
	if (bytes > TWIN_WIRE_IPV4_MAX_DATAGRAM - TWIN_WIRE_IPV4_MIN_BYTES)
		return twin_datagram_check(ts, to, bytes);
	skb = twin_datagram_copy(sk, msg, bytes, &err);
	if (!skb)
		return err;
	err = -ENOMEM;
	if (pskb_may_pull(skb, TWIN_WIRE_ICMP_BYTES))
		err = twin_ping_finish(ts, skb);
	if (err) {
		kfree_skb(skb);
		return err;
	}
	rcu_read_lock();
	err = twin_datagram_path(ts, to, &path);
	if (err) {
		twin_drop(tn, skb, TWIN_DROP_IP_NO_ROUTE);
	} else {
		TWIN_COUNT(tn, ICMP_OUT_MSGS);
		TWIN_COUNT(tn, ICMP_OUT_ECHOS);
		err = twin_datagram_output(ts, skb, to, &path);
	}
	rcu_read_unlock();
	if (err == -ENOBUFS && !twin_sock_test(ts, TWIN_SOCK_RECVERR))
		err = 0;
	return err ? err : (int)bytes;
}

static void twin_ping_destruct(struct sock *sk)
{
	__skb_queue_purge(&sk->sk_receive_queue);
	__skb_queue_purge(&sk->sk_error_queue);
	twin_recorder_free(twin_sk(sk)->recorder);
	twin_pcb_sock_destroy(twin_sk(sk));
}

static int twin_ping_sock_init(struct sock *sk)
{
	sk->sk_destruct = twin_ping_destruct;
	sk->sk_reuse = SK_CAN_REUSE;	/* AF_INET's share identifiers too */
	return 0;
}

static void twin_ping_close(struct sock *sk, long timeout)
{
	lock_sock(sk);
	/* see twin_datagram_abort() */
	sock_set_flag(sk, SOCK_DEAD);
	release_sock(sk);
	twin_multicast_leave_all(twin_sk(sk));
	sk_common_release(sk);
}

struct proto twin_ping_proto = {
	.name		= "TWIN-PING",
	.owner		= THIS_MODULE,
	.obj_size	= sizeof(struct twin_sock),
	.init		= twin_ping_sock_init,
	.close		= twin_ping_close,
	.get_port	= twin_ping_get_port,
	.unhash		= twin_ping_unhash,
};

/* References to those of a bucket from a number on.  Return: how many. */
static unsigned int twin_ping_collect(const struct hlist_head *bucket,
				      unsigned int from, struct sock **found,
				      unsigned int room)
{
	unsigned int position = 0, count = 0;
	struct sock *sk;

	rcu_read_lock();
	sk_for_each_rcu(sk, bucket) {
		if (count == room)
			break;
		if (position++ >= from && refcount_inc_not_zero(&sk->sk_refcnt))
			found[count++] = sk;
	}
	rcu_read_unlock();
	return count;
}

/* Shows and lets go of them; @index counts those that are done with. */
static int twin_ping_show(struct sock *const *found, unsigned int count,
			  const struct twin_view_wish *wish,
			  unsigned int *index, twin_view_show_fn show,
			  void *arg)
{
	struct twin_sock_view view;
	unsigned int i;
	int stop = 0;

	for (i = 0; i < count; i++) {
		if (!stop &&
		    wish->states & BIT(READ_ONCE(found[i]->sk_state))) {
			twin_datagram_view(found[i], wish, &view);
			stop = show(&view, arg);
		}
		if (!stop)
			++*index;
		sock_put(found[i]);
	}
	return stop;
}

/**
 * twin_ping_walk() - show the ping sockets of a namespace
 * @tn: namespace
 * @wish: which of them
 * @bucket: position, see inspect/view.h
 * @index: position in the bucket
 * @show: called for each socket, with nothing locked
 * @arg: its argument
 *
 * Context: Process, sleeps.
 * Return: what @show returned last, 0 at the end of the table.
 */
int twin_ping_walk(struct twin_net *tn, const struct twin_view_wish *wish,
		   unsigned int *bucket, unsigned int *index,
		   twin_view_show_fn show, void *arg)
{
	unsigned int count, room = wish->single ? 1 : TWIN_PING_BATCH;
	struct sock *found[TWIN_PING_BATCH];
	int stop;

	for (; *bucket < TWIN_PING_BUCKETS; ++*bucket, *index = 0) {
		do {
			count = twin_ping_collect(&tn->ping->buckets[*bucket],
						  *index, found, room);
			stop = twin_ping_show(found, count, wish, index, show,
					      arg);
			if (stop)
				return stop;
			cond_resched();
		} while (count == room);
	}
	return 0;
}

/**
 * twin_ping_usage() - what the ping sockets of a namespace add up to
 * @tn: namespace
 * @usage: filled in
 *
 * Context: Any.
 */
void twin_ping_usage(const struct twin_net *tn, struct twin_view_usage *usage)
{
	unsigned int in_use = sock_prot_inuse_get(tn->net, &twin_ping_proto);

	*usage = (struct twin_view_usage){
		.in_use = in_use,
		.allocated = in_use,
	};
}

/**
 * twin_ping_net_init() - a namespace's table
 * @tn: namespace
 *
 * Context: Process.
 * Return: 0 or -ENOMEM.
 */
int twin_ping_net_init(struct twin_net *tn)
{
	tn->ping = kzalloc(sizeof(*tn->ping), GFP_KERNEL);
	if (!tn->ping)
		return -ENOMEM;
	mutex_init(&tn->ping->lock);
	return 0;
}

/**
 * twin_ping_net_exit() - free it
 * @tn: namespace without sockets; each of them held it
 *
 * Context: Process.
 */
void twin_ping_net_exit(struct twin_net *tn)
{
	kfree(tn->ping);
	tn->ping = NULL;
}

/**
 * twin_ping_init() - make ping sockets possible
 *
 * Context: Module load.
 * Return: 0 or -ENOMEM.
 */
int twin_ping_init(void)
{
	return proto_register(&twin_ping_proto, 1);
}

/**
 * twin_ping_exit() - undo twin_ping_init()
 *
 * Context: Module unload; no socket is left.
 */
void twin_ping_exit(void)
{
	proto_unregister(&twin_ping_proto);
}
