// SPDX-License-Identifier: GPL-2.0
/*
 * Which congestion control algorithms there are, which one a connection has,
 * the steps that they share, and what becomes of a window that is not used.
 */
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>
#include "../inspect/view.h"
#include "tcp_cong.h"

/*
 * Readers walk the list under RCU and take a reference on the owner's module
 * before they leave it: that keeps an algorithm alive for its connections.
 */
static LIST_HEAD(twin_tcp_cong_all);
static DEFINE_SPINLOCK(twin_tcp_cong_lock);

static struct twin_tcp_cong_ops *twin_tcp_cong_find(const char *name)
{
	struct twin_tcp_cong_ops *ops;

	list_for_each_entry_rcu(ops, &twin_tcp_cong_all, list,
				lockdep_is_held(&twin_tcp_cong_lock)) {
		if (!strcmp(ops->name, name))
			return ops;
	}
	return NULL;
}

/* Return: the algorithm with its module held, NULL if there is none. */
static const struct twin_tcp_cong_ops *twin_tcp_cong_get(const char *name)
{
	const struct twin_tcp_cong_ops *ops;

	rcu_read_lock();
	ops = twin_tcp_cong_find(name);
	if (ops && !try_module_get(ops->owner))
		ops = NULL;
	rcu_read_unlock();
	return ops;
}

static void twin_tcp_cong_begin(struct twin_tcp_sock *tp,
				const struct twin_tcp_cong_ops *ops)
{
	WRITE_ONCE(tp->cong, ops);	/* see twin_tcp_cong_inherit() */
	tp->cwnd_cnt = 0;
	memset(tp->cong_private, 0, sizeof(tp->cong_private));
	if (ops->init)
		ops->init(tp);
}

static bool twin_tcp_cong_complete(const struct twin_tcp_cong_ops *ops)
{
	size_t length = strnlen(ops->name, sizeof(ops->name));

	return length && length < sizeof(ops->name) && ops->ssthresh &&
	       ops->undo_cwnd && (ops->avoid || ops->control);
}

/**
 * twin_tcp_cong_register() - offer an algorithm to connections
 * @ops: algorithm; the caller's until twin_tcp_cong_unregister() returns
 *
 * Context: Any.  Takes the list lock.
 * Return: 0, -EINVAL if @ops lacks a name or a function, -EEXIST if there is
 *	one of that name.
 */
int twin_tcp_cong_register(struct twin_tcp_cong_ops *ops)
{
	int err = 0;

	if (!twin_tcp_cong_complete(ops))
		return -EINVAL;
	spin_lock(&twin_tcp_cong_lock);
	if (twin_tcp_cong_find(ops->name))
		err = -EEXIST;
	else
		list_add_tail_rcu(&ops->list, &twin_tcp_cong_all);
	spin_unlock(&twin_tcp_cong_lock);
	return err;
}
EXPORT_SYMBOL_GPL(twin_tcp_cong_register);

/**
 * twin_tcp_cong_unregister() - offer an algorithm no longer
 * @ops: registered algorithm
 *
 * To be called from the exit function of its module: connections that use it
 * hold the module, so none is left.
 *
 * Context: Process, may sleep.  Takes the list lock.
 */
void twin_tcp_cong_unregister(struct twin_tcp_cong_ops *ops)
{
	spin_lock(&twin_tcp_cong_lock);
	list_del_rcu(&ops->list);
	spin_unlock(&twin_tcp_cong_lock);
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(twin_tcp_cong_unregister);

/**
 * twin_tcp_congestion_known() - is there an algorithm of that name?
 * @name: to look for
 *
 * Context: Any.
 * Return: true if a connection could have it.
 */
bool twin_tcp_congestion_known(const char *name)
{
	bool known;

	rcu_read_lock();
	known = twin_tcp_cong_find(name);
	rcu_read_unlock();
	return known;
}

/**
 * twin_tcp_congestion_restricted() - is an algorithm not for everybody?
 * @name: of the algorithm
 *
 * Context: Any.
 * Return: true if it takes CAP_NET_ADMIN to choose it.
 */
bool twin_tcp_congestion_restricted(const char *name)
{
	const struct twin_tcp_cong_ops *ops;
	bool restricted;

	rcu_read_lock();
	ops = twin_tcp_cong_find(name);
	restricted = ops && ops->flags & TWIN_TCP_CONG_RESTRICTED;
	rcu_read_unlock();
	return restricted;
}

/**
 * twin_tcp_cong_assign() - give a new connection its namespace's algorithm
 * @tp: connection that has none
 *
 * Context: Any; nobody else sees the socket.  The algorithm's module is held
 *	until twin_tcp_cong_release().
 */
void twin_tcp_cong_assign(struct twin_tcp_sock *tp)
{
	char name[sizeof(twin_tcp_net(tp)->conf.tcp_congestion_control)];
	const struct twin_tcp_cong_ops *ops;

	/* A name that is being changed meanwhile may be torn: just unknown. */
	strscpy(name, twin_tcp_net(tp)->conf.tcp_congestion_control,
		sizeof(name));
	ops = twin_tcp_cong_get(name);
	twin_tcp_cong_begin(tp, ops ?: &twin_tcp_newreno);
}

/**
 * twin_tcp_cong_inherit() - give an accepted connection its listener's
 * @child: connection; its own pointer, a copy perhaps, is overwritten
 * @lp: listener
 *
 * Context: Any; nobody else sees the child; the listener is referenced, its
 *	lock not needed.  The algorithm's module is held until
 *	twin_tcp_cong_release().
 */
void twin_tcp_cong_inherit(struct twin_tcp_sock *child,
			   const struct twin_tcp_sock *lp)
{
	const struct twin_tcp_cong_ops *wanted = READ_ONCE(lp->cong);
	const struct twin_tcp_cong_ops *found = &twin_tcp_newreno;
	const struct twin_tcp_cong_ops *ops;

	/* It may be replaced meanwhile: good only while in the list. */
	rcu_read_lock();
	list_for_each_entry_rcu(ops, &twin_tcp_cong_all, list) {
		if (ops == wanted && try_module_get(ops->owner))
			found = ops;
	}
	rcu_read_unlock();
	twin_tcp_cong_begin(child, found);
}

/**
 * twin_tcp_cong_restart() - another connection begins, or its handshake is over
 * @tp: socket; keeps its algorithm, which forgets
 *
 * Context: Socket lock.
 */
void twin_tcp_cong_restart(struct twin_tcp_sock *tp)
{
	if (tp->cong->release)
		tp->cong->release(tp);
	twin_tcp_cong_begin(tp, tp->cong);
}

/**
 * twin_tcp_cong_release() - a connection ends
 * @tp: connection; has no algorithm afterwards
 *
 * Context: Socket lock, or nobody else sees the socket.
 */
void twin_tcp_cong_release(struct twin_tcp_sock *tp)
{
	const struct twin_tcp_cong_ops *ops = tp->cong;

	if (!ops)
		return;
	if (ops->release)
		ops->release(tp);
	WRITE_ONCE(tp->cong, NULL);	/* see twin_tcp_view_line() */
	module_put(ops->owner);
}

static bool twin_tcp_cong_allowed(const struct twin_tcp_sock *tp,
				  const struct twin_tcp_cong_ops *ops)
{
	return !(ops->flags & TWIN_TCP_CONG_RESTRICTED) ||
	       ns_capable(twin_tcp_net(tp)->net->user_ns, CAP_NET_ADMIN);
}

/**
 * twin_tcp_cong_set() - change the algorithm (TCP_CONGESTION)
 * @tp: connection or listener
 * @name: of the algorithm
 *
 * Window and threshold stay, whatever one algorithm knew beyond them does not.
 *
 * Context: Process, socket lock.
 * Return: 0, -ENOENT if there is none of that name, -EPERM if the caller may
 *	not have it.
 */
int twin_tcp_cong_set(struct twin_tcp_sock *tp, const char *name)
{
	const struct twin_tcp_cong_ops *ops = twin_tcp_cong_get(name);
	const struct twin_tcp_cong_ops *old = tp->cong;

	if (!ops)
		return -ENOENT;
	if (ops == old || !twin_tcp_cong_allowed(tp, ops)) {
		module_put(ops->owner);
		return ops == old ? 0 : -EPERM;
	}
	if (old->release)
		old->release(tp);
	twin_tcp_cong_begin(tp, ops);
	module_put(old->owner);
	return 0;
}

/*
 * What an ACK may add in slow start.  Receivers that take in big packets ACK
 * them whole, so the count is not capped as RFC 3465 does: bursts are the
 * pacing's matter.  The one case where a count misleads stays: after a
 * time-out, without SACK, one ACK may cover much that arrived long ago.
 */
static u32 twin_tcp_cong_credit(const struct twin_tcp_sock *tp, u32 acked_segs)
{
	if (tp->ca_state == TCP_CA_Loss && !tp->agreed.sack)
		return min(acked_segs, 1U);
	return acked_segs;
}

/**
 * twin_tcp_cong_slow_start() - raise the window by what was delivered
 * @tp: connection in slow start
 * @acked_segs: segments newly delivered
 *
 * RFC: 5681 section 3.1; 3465 section 2.2, 2.3
 * Context: Socket lock.
 * Return: segments left over behind ssthresh, for congestion avoidance.
 */
u32 twin_tcp_cong_slow_start(struct twin_tcp_sock *tp, u32 acked_segs)
{
	u32 credit = twin_tcp_cong_credit(tp, acked_segs);
	u32 step = min(credit, tp->ssthresh - tp->cwnd);

	tp->cwnd += step;
	return credit - step;
}
EXPORT_SYMBOL_GPL(twin_tcp_cong_slow_start);

/**
 * twin_tcp_cong_additive() - raise the window slowly
 * @tp: connection
 * @per_segs: delivered segments that it takes to raise the window by one
 * @acked_segs: segments newly delivered
 *
 * RFC: 5681 section 3.1; 3465 section 2.1
 * Context: Socket lock.
 */
void twin_tcp_cong_additive(struct twin_tcp_sock *tp, u32 per_segs,
			    u32 acked_segs)
{
	u32 step;

	/* Counted when it took more of them: worth one segment, no burst. */
	tp->cwnd_cnt = min(tp->cwnd_cnt, per_segs) + acked_segs;
	if (tp->cwnd_cnt < per_segs)
		return;
	step = tp->cwnd_cnt / per_segs;
	tp->cwnd_cnt -= step * per_segs;
	tp->cwnd += step;
}
EXPORT_SYMBOL_GPL(twin_tcp_cong_additive);

/**
 * twin_tcp_cong_undo() - the window as it was before the last episode
 * @tp: connection whose reductions in it were needless
 *
 * For algorithms that have nothing of their own to take back.
 *
 * RFC: 4015 section 3.2
 * Context: Socket lock.
 * Return: segments, never fewer than now.
 */
u32 twin_tcp_cong_undo(struct twin_tcp_sock *tp)
{
	return max(tp->cwnd, tp->prior_cwnd);
}
EXPORT_SYMBOL_GPL(twin_tcp_cong_undo);

/**
 * twin_tcp_cwnd_validate() - note how much of the window is used
 * @tp: connection that has just sent
 * @limited: the window kept it from sending more
 *
 * RFC 2861 and 7661 in spirit: a window not used is not earned.  The moment of
 * a round trip that used it most counts, one that used all of it above others.
 *
 * Context: Socket lock.
 */
void twin_tcp_cwnd_validate(struct twin_tcp_sock *tp, bool limited)
{
	bool over = !twin_tcp_before(tp->snd_una, tp->cwnd_round_end);

	if (limited || over ||
	    (!tp->cwnd_limited && tp->packets_out > tp->cwnd_used)) {
		tp->cwnd_used = tp->packets_out;
		tp->cwnd_limited = limited;
		tp->cwnd_round_end = tp->snd_nxt;
	}
	if (limited || tp->packets_out >= tp->cwnd)
		tp->cwnd_stamp_jiffies = twin_tcp_jiffies();
}

/*
 * For how long nothing was sent, while nothing is under way: then RACK has seen the
 * newest delivered, unless it took that for the answer to an earlier transmission.
 */
static unsigned long twin_tcp_cwnd_idle_jiffies(const struct twin_tcp_sock *tp)
{
	unsigned long idle = twin_tcp_jiffies() - tp->cwnd_stamp_jiffies;

	if (!tp->rack_mstamp_us)
		return idle;
	return min(idle, nsecs_to_jiffies((twin_clock_us() - tp->rack_mstamp_us) *
					  NSEC_PER_USEC));
}

/**
 * twin_tcp_cwnd_restart() - the connection was idle: begin anew, more slowly
 * @tp: connection with nothing under way
 *
 * RFC: 5681 section 4.1; 7661
 * Context: Socket lock.
 */
void twin_tcp_cwnd_restart(struct twin_tcp_sock *tp)
{
	unsigned long idle = twin_tcp_jiffies() - tp->cwnd_stamp_jiffies;
	u32 restart = min_t(u32, TWIN_TCP_INITIAL_CWND, tp->cwnd);
	unsigned long rto;

	/* no time-out is shorter */
	if (likely(idle <= usecs_to_jiffies(TWIN_TCP_RTO_MIN_US)) ||
	    tp->packets_out || tp->cong->control ||
	    !READ_ONCE(twin_tcp_net(tp)->conf.tcp_slow_start_after_idle))
		return;
	rto = max(usecs_to_jiffies(tp->rtt.rto_us), 1UL);
	idle = twin_tcp_cwnd_idle_jiffies(tp);
	if (idle <= rto) {
		tp->cwnd_stamp_jiffies = twin_tcp_jiffies();
		return;
	}
	twin_tcp_cong_event(tp, TWIN_TCP_CONG_CWND_RESTART);
	tp->ssthresh = max(tp->ssthresh, (tp->cwnd >> 1) + (tp->cwnd >> 2));
	while (idle > rto && tp->cwnd > restart) {
		tp->cwnd >>= 1;
		idle -= rto;
	}
	tp->cwnd = max(tp->cwnd, restart);
	tp->cwnd_stamp_jiffies = twin_tcp_jiffies();
	tp->cwnd_used = 0;
}

static struct twin_tcp_cong_ops * const twin_tcp_cong_own[] = {
	&twin_tcp_newreno, &twin_tcp_cubic, &twin_tcp_dctcp, &twin_tcp_bbr,
};

/**
 * twin_tcp_cong_init() - register the algorithms that Twin brings
 *
 * Context: Module load.
 * Return: 0 or a negative errno.
 */
int twin_tcp_cong_init(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(twin_tcp_cong_own); i++) {
		err = twin_tcp_cong_register(twin_tcp_cong_own[i]);
		if (!err)
			continue;
		while (i--)
			twin_tcp_cong_unregister(twin_tcp_cong_own[i]);
		return err;
	}
	return 0;
}

/**
 * twin_tcp_cong_exit() - end of the algorithms that Twin brings
 *
 * Context: Module unload: no socket and no other module's algorithm is left.
 */
void twin_tcp_cong_exit(void)
{
	int i = ARRAY_SIZE(twin_tcp_cong_own);

	while (i--)
		twin_tcp_cong_unregister(twin_tcp_cong_own[i]);
}
