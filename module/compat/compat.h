/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only place that knows kernel versions: 6.1 to 7.3 as Debian ships them.
 *
 * A macro of the kernel's is tested where it offers one, because stable
 * kernels backport API; a version only where nothing else tells.
 */
#ifndef TWIN_COMPAT_H
#define TWIN_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/in.h>
#include <linux/module.h>
#include <linux/shrinker.h>
#include <linux/sysctl.h>
#include <linux/tcp.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <net/net_namespace.h>
#include <net/sock.h>

/* options of later kernels, at their numbers */
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE	51	/* 6.3 */
#endif
#ifndef TCP_IS_MPTCP
#define TCP_IS_MPTCP		43	/* 6.10 */
#endif

/* 6.6, and later 6.1 */
#ifndef __counted_by
#define __counted_by(member)
#endif

/* a variable on the stack that is filled in before it is read */
#if __has_attribute(__uninitialized__)
#define twin_compat_uninitialized	__attribute__((__uninitialized__))
#else
#define twin_compat_uninitialized
#endif

#define TWIN_COMPAT_KERNEL(a, b) (LINUX_VERSION_CODE >= KERNEL_VERSION(a, b, 0))

#if TWIN_COMPAT_KERNEL(6, 12)
#include <linux/unaligned.h>
#include <linux/skbuff_ref.h>
#include <net/rps.h>
#else
#include <asm/unaligned.h>
#endif
#if TWIN_COMPAT_KERNEL(6, 10)
#include <net/proto_memory.h>
#endif

/* address argument of proto_ops.bind and .connect */
#if TWIN_COMPAT_KERNEL(6, 19)
typedef struct sockaddr_unsized twin_compat_sockaddr;
#else
typedef struct sockaddr twin_compat_sockaddr;
#endif

/* trailing arguments of proto_ops.accept */
#if TWIN_COMPAT_KERNEL(6, 10)
#define TWIN_COMPAT_ACCEPT_ARGS		struct proto_accept_arg *arg
#define TWIN_COMPAT_ACCEPT_FLAGS	(arg->flags)
#define TWIN_COMPAT_ACCEPT_KERN		(arg->kern)
#else
#define TWIN_COMPAT_ACCEPT_ARGS		int accept_flags, bool accept_kern
#define TWIN_COMPAT_ACCEPT_FLAGS	accept_flags
#define TWIN_COMPAT_ACCEPT_KERN		accept_kern
#endif

/* sysctl tables: const since 6.11, no end marker since 6.6 */
#if TWIN_COMPAT_KERNEL(6, 11)
typedef const struct ctl_table twin_compat_ctl_table;
#else
typedef struct ctl_table twin_compat_ctl_table;
#endif
#ifdef register_net_sysctl
#define TWIN_COMPAT_CTL_END
#define twin_compat_register_sysctl(net, path, table, count) \
	register_net_sysctl_sz(net, path, table, count)
#else
#define TWIN_COMPAT_CTL_END	{ }
#define twin_compat_register_sysctl(net, path, table, count) \
	register_net_sysctl(net, path, table)
#endif

#ifndef timer_container_of
#define timer_container_of	from_timer
#endif
#if !TWIN_COMPAT_KERNEL(6, 13)
static inline void
hrtimer_setup(struct hrtimer *timer,
	      enum hrtimer_restart (*function)(struct hrtimer *),
	      clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* __assign_str() of tracepoints lost its source argument in 6.10 */
#if TWIN_COMPAT_KERNEL(6, 10)
#define TWIN_COMPAT_ASSIGN_STR(dst, src)	__assign_str(dst)
#else
#define TWIN_COMPAT_ASSIGN_STR(dst, src)	__assign_str(dst, src)
#endif

/* MSG_ZEROCOPY helpers: device memory arguments since 6.16 */
#if TWIN_COMPAT_KERNEL(6, 16)
#define twin_compat_zerocopy_realloc(sk, bytes, uarg) \
	msg_zerocopy_realloc(sk, bytes, uarg, false)
#define twin_compat_zerocopy_stream(sk, skb, msg, bytes, uarg) \
	skb_zerocopy_iter_stream(sk, skb, msg, bytes, uarg, NULL)
#else
#define twin_compat_zerocopy_realloc(sk, bytes, uarg) \
	msg_zerocopy_realloc(sk, bytes, uarg)
#define twin_compat_zerocopy_stream(sk, skb, msg, bytes, uarg) \
	skb_zerocopy_iter_stream(sk, skb, msg, bytes, uarg)
#endif

/*
 * Pages by reference: since 6.5 sendmsg() gets them with MSG_SPLICE_PAGES. Before
 * that proto_ops has a function for one page, and no helper for the skb.
 */
#if TWIN_COMPAT_KERNEL(6, 17)
#define TWIN_COMPAT_SPLICE_PAGES	1
#define twin_compat_splice_from_iter(skb, iter, bytes, gfp) \
	skb_splice_from_iter(skb, iter, bytes)
#elif TWIN_COMPAT_KERNEL(6, 5)
#define TWIN_COMPAT_SPLICE_PAGES	1
#define twin_compat_splice_from_iter(skb, iter, bytes, gfp) \
	skb_splice_from_iter(skb, iter, bytes, gfp)
#else
#define TWIN_COMPAT_SPLICE_PAGES	0
static inline int
twin_compat_splice_from_iter(struct sk_buff *skb, struct iov_iter *iter,
			     size_t bytes, gfp_t gfp)
{
	size_t offset = iter->bvec->bv_offset + iter->iov_offset;
	struct page *page = iter->bvec->bv_page;
	int i = skb_shinfo(skb)->nr_frags;

	bytes = min(bytes, iov_iter_single_seg_count(iter));
	if (skb_can_coalesce(skb, i, page, offset)) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[i - 1], bytes);
	} else if (i < MAX_SKB_FRAGS) {
		get_page(page);
		skb_fill_page_desc_noacc(skb, i, page, offset, bytes);
	} else {
		return -EMSGSIZE;
	}
	skb_len_add(skb, bytes);
	iov_iter_advance(iter, bytes);
	return bytes;
}
#endif
#if TWIN_COMPAT_KERNEL(6, 5)
#define TWIN_COMPAT_SENDPAGE(function)
#define TWIN_COMPAT_SENDPAGE_FLAGS	0
#define TWIN_COMPAT_SENDPAGE_NOTLAST	0
#define twin_compat_sendpage_copy(sock, page, offset, bytes, flags) \
	((ssize_t)-EOPNOTSUPP)
#else
#define TWIN_COMPAT_SENDPAGE(function)	.sendpage = function,
#define TWIN_COMPAT_SENDPAGE_FLAGS \
	(MSG_SENDPAGE_NOTLAST | MSG_NO_SHARED_FRAGS | MSG_SENDPAGE_NOPOLICY)
#define TWIN_COMPAT_SENDPAGE_NOTLAST	MSG_SENDPAGE_NOTLAST
#define twin_compat_sendpage_copy	sock_no_sendpage
#endif

/* memory of a device, which the host cannot read, since 6.12 */
#if !TWIN_COMPAT_KERNEL(6, 12)
#define skb_frags_readable(skb)		true
#endif

/* drop counter and owner of a socket */
#if TWIN_COMPAT_KERNEL(6, 18)
#define twin_compat_sk_drops(sk)	sk_drops_read(sk)
#define twin_compat_sk_drops_inc(sk)	sk_drops_inc(sk)
#else
#define twin_compat_sk_drops(sk)	((int)atomic_read(&(sk)->sk_drops))
#define twin_compat_sk_drops_inc(sk)	atomic_inc(&(sk)->sk_drops)
#endif
#if TWIN_COMPAT_KERNEL(6, 17)
#define twin_compat_sk_uid(sk)		sk_uid(sk)
#define twin_compat_sk_uid_rcu(sk, sock)	sk_uid(sk)
#else
#define twin_compat_sk_uid(sk)		sock_i_uid(sk)
/* the same under RCU, with what sk->sk_socket was */
static inline kuid_t twin_compat_sk_uid_rcu(const struct sock *sk,
					    struct socket *sock)
{
	return sock ? SOCK_INODE(sock)->i_uid : GLOBAL_ROOT_UID;
}
#endif

/* a locked copy of a listener, with two references */
#if TWIN_COMPAT_KERNEL(6, 19)
#define twin_compat_sk_clone(sk, gfp)	sk_clone(sk, gfp, true)
#else
#define twin_compat_sk_clone(sk, gfp)	sk_clone_lock(sk, gfp)
#endif

/*
 * Sockets see SOL_SOCKET options first where the core lets them.  6.1 does
 * not, and its core refuses SO_ZEROCOPY to strangers: it is simply on there.
 */
#if TWIN_COMPAT_KERNEL(6, 7)
#define twin_compat_custom_sockopt(sock) \
	set_bit(SOCK_CUSTOM_SOCKOPT, &(sock)->flags)
#else
#define twin_compat_custom_sockopt(sock) \
	sock_set_flag((sock)->sk, SOCK_ZEROCOPY)
#endif

/* struct tcp_info tells the window since 6.2 */
#if TWIN_COMPAT_KERNEL(6, 2)
#define twin_compat_info_rcv_wnd(info, bytes) ((info)->tcpi_rcv_wnd = (bytes))
#else
#define twin_compat_info_rcv_wnd(info, bytes) ((void)(bytes))
#endif

/* skb_gso_validate_network_len() and its like moved in 6.5 */
#if TWIN_COMPAT_KERNEL(6, 5)
#include <net/gso.h>
#endif

/*
 * What was queued because of IP_RECVERR goes, but since 6.6 not what tells of
 * MSG_ZEROCOPY and of timestamps.
 */
#if TWIN_COMPAT_KERNEL(6, 6)
#define twin_compat_errqueue_purge(list)	skb_errqueue_purge(list)
#else
#define twin_compat_errqueue_purge(list)	skb_queue_purge(list)
#endif

/* shrinkers are allocated since 6.7 */
typedef unsigned long
(*twin_compat_shrink)(struct shrinker *shrinker, struct shrink_control *control);
struct twin_compat_shrinker {
#if TWIN_COMPAT_KERNEL(6, 7)
	struct shrinker *shrinker;
#else
	struct shrinker shrinker;
#endif
};

static inline int
twin_compat_shrinker_register(struct twin_compat_shrinker *ours,
			      const char *name, twin_compat_shrink count,
			      twin_compat_shrink scan)
{
#if TWIN_COMPAT_KERNEL(6, 7)
	ours->shrinker = shrinker_alloc(0, "%s", name);
	if (!ours->shrinker)
		return -ENOMEM;
	ours->shrinker->count_objects = count;
	ours->shrinker->scan_objects = scan;
	shrinker_register(ours->shrinker);
	return 0;
#else
	ours->shrinker.count_objects = count;
	ours->shrinker.scan_objects = scan;
	ours->shrinker.seeks = DEFAULT_SEEKS;
	return register_shrinker(&ours->shrinker, "%s", name);
#endif
}

static inline void
twin_compat_shrinker_unregister(struct twin_compat_shrinker *ours)
{
#if TWIN_COMPAT_KERNEL(6, 7)
	shrinker_free(ours->shrinker);
#else
	unregister_shrinker(&ours->shrinker);
#endif
}

/* SO_PRIORITY of one message, since 6.14 */
#if TWIN_COMPAT_KERNEL(6, 14)
#define twin_compat_sockc_priority(sockc, sk)	((sockc)->priority)
#else
#define twin_compat_sockc_priority(sockc, sk)	READ_ONCE((sk)->sk_priority)
#endif

/* asks for transmit timestamps of one skb */
#if TWIN_COMPAT_KERNEL(6, 13)
#define twin_compat_tx_timestamp(skb, sockc) \
	skb_setup_tx_timestamp(skb, sockc)
#define twin_compat_tx_flags(sk, sockc, flags) \
	sock_tx_timestamp(sk, sockc, flags)
#else
#define twin_compat_tx_timestamp(skb, sockc) \
	skb_setup_tx_timestamp(skb, (sockc)->tsflags)
#define twin_compat_tx_flags(sk, sockc, flags) \
	sock_tx_timestamp(sk, (sockc)->tsflags, flags)
#endif

/*
 * Counts, and exchanges, on this CPU.  Where the processor has no instruction for that
 * the kernel's operations turn interrupts off and on; in User Mode Linux either is a
 * system call.  An atomic one of the memory of any CPU costs less there.
 */
#if defined(CONFIG_UML) || !(defined(CONFIG_X86) || defined(CONFIG_ARM64))
static inline void twin_compat_this_cpu_add(unsigned long __percpu *counter,
					    unsigned long n)
{
	atomic_long_add(n, (atomic_long_t *)raw_cpu_ptr(counter));
}

#define twin_compat_this_cpu_xchg(variable, value) \
	xchg(raw_cpu_ptr(&(variable)), value)
#else
#define twin_compat_this_cpu_add(counter, n)	this_cpu_add(*(counter), n)
#define twin_compat_this_cpu_xchg(variable, value) \
	this_cpu_xchg(variable, value)
#endif

#endif
