// SPDX-License-Identifier: GPL-2.0
/*
 * Path exceptions: what ICMP messages said about the path to single destinations.
 *
 * A destination may have a smaller path MTU than its device (RFC 1191) or a
 * better gateway than its route (redirect).  Both are hints from outside, and
 * anybody who can guess a port that is not connected can forge them for any
 * destination.  So there are at most TWIN_PATH_EXCEPTIONS_MAX of them; the oldest
 * is replaced by a new one, so that a flood of forged ones does not keep a
 * genuine one out; and each is deleted ten minutes after it was last confirmed, so
 * that a larger MTU is found again (RFC 1191 section 6.3).
 */
#include <linux/slab.h>
#include "ip.h"

#define TWIN_PATH_EXCEPTIONS_MAX	4096
#define TWIN_PATH_EXCEPTION_LIFE	(600 * HZ)
#define TWIN_PATH_EXCEPTION_SWEEP	(60 * HZ)
/* Nobody may make us cut smaller than this: RFC 5927 section 7. */
#define TWIN_PATH_MTU_MIN		552

/*
 * struct twin_path_exception - what is known of one destination
 *
 * w: written with WRITE_ONCE by whoever heard of it, read by anybody; a redirect's
 *	members by one at a time [exception_lock]
 * Lifetime: until it expires, is the oldest of too many, or the namespace ends;
 * freed after a grace period.
 */
struct twin_path_exception {
	struct rhash_head node;
	struct list_head by_age;	/* [exception_lock] */
	__be32 daddr;			/* [I] */
	__be32 gateway;			/* [w] 0: the route's */
	__be32 instead_of;		/* [w] the route's, when @gateway was learned */
	int ifindex;			/* [w] and its device */
	u32 mtu_bytes;			/* [w] 0: the device's */
	bool narrow;			/* [w] the path's is below @mtu_bytes */
	unsigned long expires_jiffies;	/* [w] */
	struct rcu_head rcu;
};

static const struct rhashtable_params twin_path_exception_params = {
	.head_offset = offsetof(struct twin_path_exception, node),
	.key_offset = offsetof(struct twin_path_exception, daddr),
	.key_len = sizeof(__be32),
	.automatic_shrinking = true,
};

static bool
twin_path_exception_expired(const struct twin_path_exception *exception)
{
	return time_after(jiffies, READ_ONCE(exception->expires_jiffies));
}

static struct twin_path_exception *
twin_path_exception_find(struct twin_route_net *rn, __be32 daddr)
{
	return rhashtable_lookup(&rn->exceptions, &daddr,
				 twin_path_exception_params);
}

/* [exception_lock] */
static bool twin_path_exception_drop(struct twin_route_net *rn,
				     struct twin_path_exception *exception)
{
	if (rhashtable_remove_fast(&rn->exceptions, &exception->node,
				   twin_path_exception_params))
		return false;
	list_del(&exception->by_age);
	kfree_rcu(exception, rcu);
	return true;
}

/* NULL, or the one that was already there, or an error. [exception_lock] */
static struct twin_path_exception *
twin_path_exception_add(struct twin_route_net *rn,
			struct twin_path_exception *exception)
{
	struct twin_path_exception *other, *oldest;

	other = rhashtable_lookup_get_insert_fast(&rn->exceptions,
						  &exception->node,
						  twin_path_exception_params);
	if (other)
		return other;
	list_add_tail(&exception->by_age, &rn->exceptions_by_age);
	oldest = list_first_entry(&rn->exceptions_by_age,
				  struct twin_path_exception, by_age);
	if (atomic_read(&rn->exceptions.nelems) > TWIN_PATH_EXCEPTIONS_MAX)
		twin_path_exception_drop(rn, oldest);
	return NULL;
}

/* What has expired must not come back with what is learned next. */
static void
twin_path_exception_forget_expired(struct twin_route_net *rn,
				   struct twin_path_exception *exception)
{
	spin_lock_bh(&rn->exception_lock);
	if (twin_path_exception_expired(exception)) {
		WRITE_ONCE(exception->gateway, 0);
		WRITE_ONCE(exception->mtu_bytes, 0);
		WRITE_ONCE(exception->narrow, false);
		WRITE_ONCE(exception->expires_jiffies,
			   jiffies + TWIN_PATH_EXCEPTION_LIFE);
	}
	spin_unlock_bh(&rn->exception_lock);
}

/* Found or made; NULL when there is no memory. */
static struct twin_path_exception *
twin_path_exception_create(struct twin_route_net *rn, __be32 daddr)
{
	struct twin_path_exception *exception, *other;

	exception = twin_path_exception_find(rn, daddr);
	if (exception) {
		if (twin_path_exception_expired(exception))
			twin_path_exception_forget_expired(rn, exception);
		return exception;
	}
	exception = kzalloc(sizeof(*exception), GFP_ATOMIC);
	if (!exception)
		return NULL;
	exception->daddr = daddr;
	exception->expires_jiffies = jiffies + TWIN_PATH_EXCEPTION_LIFE;
	spin_lock_bh(&rn->exception_lock);
	other = twin_path_exception_add(rn, exception);
	spin_unlock_bh(&rn->exception_lock);
	if (other) {
		kfree(exception);
		return IS_ERR(other) ? NULL : other;
	}
	schedule_delayed_work(&rn->exception_sweep, TWIN_PATH_EXCEPTION_SWEEP);
	return exception;
}

/* A redirect is about one gateway: where another route leads now it says nothing. */
static __be32
twin_path_exception_gateway(const struct twin_path_exception *exception,
			    const struct twin_route *route)
{
	__be32 gateway = READ_ONCE(exception->gateway);

	if (!gateway || READ_ONCE(exception->instead_of) != route->gateway ||
	    READ_ONCE(exception->ifindex) != route->ld->dev->ifindex ||
	    twin_route_gateway_dead(route->ld, gateway))
		return 0;
	return gateway;
}

/**
 * twin_path_exception_get() - what is known of a destination
 * @rn: routing table
 * @daddr: destination
 * @route: route to it, by a device
 * @mtu_bytes: learned path MTU, 0 if none
 * @narrow: whether it is in truth smaller than that
 * @gateway: learned gateway to use instead of @route's, 0 if none
 *
 * Context: Any, under the RCU read lock.
 * Return: whether anything is.
 */
bool twin_path_exception_get(struct twin_route_net *rn, __be32 daddr,
			     const struct twin_route *route, u32 *mtu_bytes,
			     bool *narrow, __be32 *gateway)
{
	const struct twin_path_exception *exception;

	*mtu_bytes = 0;
	*narrow = false;
	*gateway = 0;
	if (likely(!atomic_read(&rn->exceptions.nelems)))
		return false;
	exception = twin_path_exception_find(rn, daddr);
	if (!exception || twin_path_exception_expired(exception))
		return false;
	*mtu_bytes = READ_ONCE(exception->mtu_bytes);
	*narrow = READ_ONCE(exception->narrow);
	*gateway = twin_path_exception_gateway(exception, route);
	return true;
}

/* What the path takes at present, in bytes, or an error. */
static int twin_path_known_mtu(struct twin_net *tn, __be32 daddr, int ifindex)
{
	struct twin_path_key key = {
		.daddr = daddr,
		.ifindex = ifindex,
		.flags = TWIN_PATH_ONLY_ASKED,
	};
	struct twin_path path;
	int err = twin_path_find(tn, &key, &path);

	return err ? err : (int)path.mtu_bytes;
}

/**
 * twin_path_learn_mtu() - a router said that datagrams are too big
 * @tn: namespace
 * @daddr: destination they were going to
 * @ifindex: device that the sender is bound to, or 0
 * @mtu_bytes: what the router can forward
 *
 * Only ever lowers what is known: a message that says no less leaves no trace.
 * Never below 552 bytes, which an attacker
 * could otherwise use to make every segment tiny.  Where a path really carries
 * less, datagrams go there without DF.
 *
 * RFC: 1191 section 3, 6.3; 5927 section 7
 * Context: Any, under the RCU read lock.
 * Return: the path MTU now in force, -ENOBUFS if it cannot be kept, or an error
 * of twin_path_find().
 */
int twin_path_learn_mtu(struct twin_net *tn, __be32 daddr, int ifindex,
			u32 mtu_bytes)
{
	int present = twin_path_known_mtu(tn, daddr, ifindex);
	u32 mtu = max_t(u32, mtu_bytes, TWIN_PATH_MTU_MIN);
	struct twin_path_exception *exception;
	bool narrow = mtu_bytes < mtu;
	u32 known;

	if (present < 0 || mtu_bytes >= (u32)present)
		return present;
	exception = twin_path_exception_create(tn->route, daddr);
	if (!exception)
		return -ENOBUFS;
	known = READ_ONCE(exception->mtu_bytes);
	if (known && known < mtu)
		return known;
	narrow |= READ_ONCE(exception->narrow);
	WRITE_ONCE(exception->mtu_bytes, mtu);
	WRITE_ONCE(exception->expires_jiffies,
		   jiffies + TWIN_PATH_EXCEPTION_LIFE);
	if (known != mtu || narrow != exception->narrow) {
		WRITE_ONCE(exception->narrow, narrow);
		twin_path_invalidate(tn);
	}
	return mtu;
}

/* The first hop of a route, or the one that an earlier redirect has named. */
static __be32 twin_path_gateway_in_use(struct twin_net *tn, __be32 daddr,
				       const struct twin_route *route)
{
	__be32 gateway;
	u32 mtu_bytes;
	bool narrow;

	twin_path_exception_get(tn->route, daddr, route, &mtu_bytes, &narrow,
				&gateway);
	return gateway ?: route->gateway;
}

/* A redirect is believed only from the gateway in use, to a host on its link. */
static bool twin_path_redirect_credible(struct twin_net *tn, __be32 daddr,
					const struct twin_route *route,
					__be32 reporter, __be32 gateway)
{
	const struct twin_route *direct;

	if (!route || !route->ld || !route->gateway ||
	    twin_path_gateway_in_use(tn, daddr, route) != reporter)
		return false;
	if (twin_ip_classify(tn, route->ld, gateway) != TWIN_PATH_UNICAST)
		return false;
	direct = twin_route_lookup(tn, gateway, route->ld->dev->ifindex, true);
	return direct && direct->ld;
}

/**
 * twin_path_learn_gateway() - the gateway in use named a better one
 * @tn: namespace
 * @daddr: destination
 * @reporter: who says so
 * @gateway: the better gateway
 *
 * RFC: 1122 section 3.2.2.2, 3.3.1.2
 * Context: Any, under the RCU read lock.
 * Return: 0, -EINVAL if it is not to be believed, -ENOBUFS.
 */
int twin_path_learn_gateway(struct twin_net *tn, __be32 daddr,
			    __be32 reporter, __be32 gateway)
{
	const struct twin_route *route = twin_route_lookup(tn, daddr, 0, false);
	struct twin_path_exception *exception;

	if (!twin_path_redirect_credible(tn, daddr, route, reporter, gateway))
		return -EINVAL;
	exception = twin_path_exception_create(tn->route, daddr);
	if (!exception)
		return -ENOBUFS;
	/* two at a time must not mix; a reader that mixes them looks again */
	spin_lock_bh(&tn->route->exception_lock);
	WRITE_ONCE(exception->gateway, gateway);
	WRITE_ONCE(exception->instead_of, route->gateway);
	WRITE_ONCE(exception->ifindex, route->ld->dev->ifindex);
	WRITE_ONCE(exception->expires_jiffies,
		   jiffies + TWIN_PATH_EXCEPTION_LIFE);
	spin_unlock_bh(&tn->route->exception_lock);
	twin_path_invalidate(tn);
	return 0;
}

static bool twin_path_exception_drop_expired(struct twin_route_net *rn)
{
	struct twin_path_exception *exception;
	struct rhashtable_iter iter;
	bool dropped = false;

	rhashtable_walk_enter(&rn->exceptions, &iter);
	rhashtable_walk_start(&iter);
	while ((exception = rhashtable_walk_next(&iter))) {
		if (IS_ERR(exception) ||
		    !twin_path_exception_expired(exception))
			continue;
		spin_lock_bh(&rn->exception_lock);
		dropped |= twin_path_exception_drop(rn, exception);
		spin_unlock_bh(&rn->exception_lock);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return dropped;
}

static void twin_path_exception_sweep(struct work_struct *work)
{
	struct twin_route_net *rn = container_of(to_delayed_work(work),
						 struct twin_route_net,
						 exception_sweep);

	if (twin_path_exception_drop_expired(rn))
		twin_path_invalidate(rn->tn);
	if (atomic_read(&rn->exceptions.nelems))
		schedule_delayed_work(&rn->exception_sweep,
				      TWIN_PATH_EXCEPTION_SWEEP);
}

/**
 * twin_path_exception_net_init() - no exceptions yet
 * @rn: routing table being set up
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int twin_path_exception_net_init(struct twin_route_net *rn)
{
	spin_lock_init(&rn->exception_lock);
	INIT_LIST_HEAD(&rn->exceptions_by_age);
	INIT_DELAYED_WORK(&rn->exception_sweep, twin_path_exception_sweep);
	return rhashtable_init(&rn->exceptions, &twin_path_exception_params);
}

static void twin_path_exception_free(void *ptr, void *arg)
{
	kfree(ptr);
}

/**
 * twin_path_exception_net_exit() - forget all exceptions
 * @rn: routing table that nobody reads any more
 *
 * Context: Process context; waits for the sweep.
 */
void twin_path_exception_net_exit(struct twin_route_net *rn)
{
	cancel_delayed_work_sync(&rn->exception_sweep);
	rhashtable_free_and_destroy(&rn->exceptions, twin_path_exception_free,
				    NULL);
}
