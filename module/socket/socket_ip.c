// SPDX-License-Identifier: GPL-2.0
/*
 * Options of level IPPROTO_IP, see ip(7).  The table below says which values each
 * option takes; options other than plain numbers or switches have a function.
 */
#include <linux/capability.h>
#include <linux/in.h>
#include <linux/rtnetlink.h>
#include <linux/sockptr.h>
#include "../ip/datagram.h"
#include "../ip/multicast.h"
#include "socket.h"

/*
 * struct twin_ip_switch - an option that is one bit of twin_sock.flags
 * @option: IP_ number
 * @flag: the bit
 * @strict: only 0 and 1 are values
 * @needs_bytes: a length of 0 is an error and not the value 0
 */
struct twin_ip_switch {
	u8 option;
	u8 flag;
	bool strict;
	bool needs_bytes;
};

static const struct twin_ip_switch twin_ip_switches[] = {
	{ IP_RECVERR, TWIN_SOCK_RECVERR },
	{ IP_RECVERR_RFC4884, TWIN_SOCK_RECVERR_RFC4884, .strict = true },
	{ IP_PKTINFO, TWIN_SOCK_PKTINFO },
	{ IP_RECVTTL, TWIN_SOCK_RECVTTL },
	{ IP_RECVTOS, TWIN_SOCK_RECVTOS },
	{ IP_RECVOPTS, TWIN_SOCK_RECVOPTS },
	{ IP_RETOPTS, TWIN_SOCK_RETOPTS },
	{ IP_RECVORIGDSTADDR, TWIN_SOCK_RECVORIGDSTADDR },
	{ IP_CHECKSUM, TWIN_SOCK_CHECKSUM },
	{ IP_RECVFRAGSIZE, TWIN_SOCK_RECVFRAGSIZE },
	{ IP_FREEBIND, TWIN_SOCK_FREEBIND, .needs_bytes = true },
	{ IP_TRANSPARENT, TWIN_SOCK_TRANSPARENT, .needs_bytes = true },
	{ IP_BIND_ADDRESS_NO_PORT, TWIN_SOCK_BIND_NO_PORT },
	{ IP_MULTICAST_LOOP, TWIN_SOCK_MULTICAST_LOOP, .needs_bytes = true },
	{ IP_MULTICAST_ALL, TWIN_SOCK_MULTICAST_ALL, .strict = true,
	  .needs_bytes = true },
};

static const struct twin_ip_switch *twin_ip_find_switch(int option)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(twin_ip_switches); i++)
		if (twin_ip_switches[i].option == option)
			return &twin_ip_switches[i];
	return NULL;
}

/* Options that set a number; what is unknown is not even read. */
static bool twin_ip_is_number(int option)
{
	switch (option) {
	case IP_TOS:
	case IP_TTL:
	case IP_MULTICAST_TTL:
	case IP_MINTTL:
	case IP_MTU_DISCOVER:
	case IP_ROUTER_ALERT:
	case IP_OPTIONS:
	case IP_UNICAST_IF:
	case IP_LOCAL_PORT_RANGE:
	case IP_HDRINCL:	/* of raw sockets, but read all the same */
	case IP_NODEFRAG:
		return true;
	default:
		return false;
	}
}

/* Numbers may be passed as an int or, shorter, as one byte. */
static int twin_ip_get_number(sockptr_t value, unsigned int len, int *number)
{
	unsigned char byte;

	*number = 0;
	if (len >= sizeof(*number))
		return copy_from_sockptr(number, value, sizeof(*number)) ?
			-EFAULT : 0;
	if (!len)
		return 0;
	if (copy_from_sockptr(&byte, value, sizeof(byte)))
		return -EFAULT;
	*number = byte;
	return 0;
}

static int twin_ip_may_switch(struct sock *sk,
			      const struct twin_ip_switch *sw, int number,
			      unsigned int len)
{
	struct user_namespace *user_ns = sock_net(sk)->user_ns;

	if (sw->option == IP_TRANSPARENT && number &&
	    !ns_capable(user_ns, CAP_NET_RAW) &&
	    !ns_capable(user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (sw->needs_bytes && !len)
		return -EINVAL;
	if (sw->strict && number != 0 && number != 1)
		return -EINVAL;
	if (sw->option == IP_RECVFRAGSIZE && sk->sk_type == SOCK_STREAM)
		return -EINVAL;
	return 0;
}

static int twin_ip_set_switch(struct sock *sk, const struct twin_ip_switch *sw,
			      int number, unsigned int len)
{
	struct twin_sock *ts = twin_sk(sk);
	int err = twin_ip_may_switch(sk, sw, number, len);

	if (err)
		return err;
	if (number)
		set_bit(sw->flag, &ts->flags);
	else
		clear_bit(sw->flag, &ts->flags);
	if (sw->option == IP_RECVERR && !number)
		twin_compat_errqueue_purge(&sk->sk_error_queue);
	return 0;
}

/* RFC 3168 6.1.1: the ECN bits of a stream are set by TCP alone. */
static int twin_ip_set_tos(struct sock *sk, int number)
{
	struct twin_sock *ts = twin_sk(sk);

	if (sk->sk_type == SOCK_STREAM)
		number = (number & ~3) | (ts->tos & 3);
	if (ts->tos != (u8)number) {
		WRITE_ONCE(ts->tos, number);
		WRITE_ONCE(sk->sk_priority, twin_pcb_tos_priority(number));
	}
	return 0;
}

static int twin_ip_set_ttl(struct twin_sock *ts, int number, unsigned int len)
{
	if (!len || (number != -1 && (number < 1 || number > 255)))
		return -EINVAL;
	WRITE_ONCE(ts->ttl, number == -1 ? 0 : number);
	return 0;
}

static int twin_ip_set_multicast_ttl(struct sock *sk, int number,
				     unsigned int len)
{
	if (sk->sk_type == SOCK_STREAM || !len)
		return -EINVAL;
	if (number == -1)
		number = 1;
	if (number < 0 || number > 255)
		return -EINVAL;
	WRITE_ONCE(twin_sk(sk)->multicast_ttl, number);
	return 0;
}

/* The number is in network order. */
static int twin_ip_set_unicast_if(struct sock *sk, int number,
				  unsigned int len)
{
	int ifindex = ntohl((__force __be32)number);
	struct net_device *dev;

	if (len != sizeof(number))
		return -EINVAL;
	if (ifindex) {
		rcu_read_lock();
		dev = dev_get_by_index_rcu(sock_net(sk), ifindex);
		rcu_read_unlock();
		if (!dev)
			return -EADDRNOTAVAIL;
		if (READ_ONCE(sk->sk_bound_dev_if))
			return -EINVAL;
	}
	WRITE_ONCE(twin_sk(sk)->unicast_ifindex, ifindex);
	return 0;
}

/* The first port in the low half, the last one in the high half; 0: open. */
static int twin_ip_set_port_range(struct twin_sock *ts, int number,
				  unsigned int len)
{
	u16 first = number & 0xffff;
	u16 last = (u32)number >> 16;

	if (len != sizeof(number) || (first && last && first > last))
		return -EINVAL;
	WRITE_ONCE(ts->port_range, number);
	return 0;
}

static int twin_ip_set_number(struct sock *sk, int option, int number,
			      unsigned int len)
{
	struct twin_sock *ts = twin_sk(sk);

	switch (option) {
	case IP_TOS:
		return twin_ip_set_tos(sk, number);
	case IP_TTL:
		return twin_ip_set_ttl(ts, number, len);
	case IP_MULTICAST_TTL:
		return twin_ip_set_multicast_ttl(sk, number, len);
	case IP_MINTTL:
		if (!len || number < 0 || number > 255)
			return -EINVAL;
		WRITE_ONCE(ts->min_ttl, number);
		return 0;
	case IP_MTU_DISCOVER:
		if (number < IP_PMTUDISC_DONT || number > IP_PMTUDISC_OMIT)
			return -EINVAL;
		WRITE_ONCE(ts->pmtu_discover, number);
		return 0;
	case IP_ROUTER_ALERT:
		/* for raw sockets only */
		return -EINVAL;
	case IP_UNICAST_IF:
		return twin_ip_set_unicast_if(sk, number, len);
	case IP_LOCAL_PORT_RANGE:
		return twin_ip_set_port_range(ts, number, len);
	default:
		return -ENOPROTOOPT;
	}
}

/* struct ip_mreqn, struct ip_mreq or, for IP_MULTICAST_IF, an address. */
static int twin_ip_get_mreqn(sockptr_t value, unsigned int len,
			     unsigned int least, struct ip_mreqn *mreq)
{
	memset(mreq, 0, sizeof(*mreq));
	if (len < least)
		return -EINVAL;
	if (len >= sizeof(*mreq))
		return copy_from_sockptr(mreq, value, sizeof(*mreq)) ?
			-EFAULT : 0;
	if (len >= sizeof(struct ip_mreq))
		return copy_from_sockptr(mreq, value, sizeof(struct ip_mreq)) ?
			-EFAULT : 0;
	return copy_from_sockptr(&mreq->imr_address, value,
				 sizeof(struct in_addr)) ? -EFAULT : 0;
}

static int twin_ip_set_multicast_if(struct sock *sk, sockptr_t value,
				    unsigned int len)
{
	struct twin_sock *ts = twin_sk(sk);
	struct ip_mreqn mreq;
	int bound = READ_ONCE(sk->sk_bound_dev_if);
	int err, ifindex = 0;

	if (sk->sk_type == SOCK_STREAM)
		return -EINVAL;
	err = twin_ip_get_mreqn(value, len, sizeof(struct in_addr), &mreq);
	if (err)
		return err;
	if (mreq.imr_ifindex || mreq.imr_address.s_addr) {
		struct twin_group_key key = {
			.local = mreq.imr_address.s_addr,
			.ifindex = mreq.imr_ifindex,
		};

		ifindex = twin_multicast_device(ts->flow.tn, &key);
		if (ifindex < 0)
			return -EADDRNOTAVAIL;
		if (bound && bound != ifindex)
			return -EINVAL;
	}
	WRITE_ONCE(ts->multicast_ifindex, ifindex);
	WRITE_ONCE(ts->multicast_saddr, mreq.imr_address.s_addr);
	/* one connected to a group has a path that leads elsewhere */
	if (sk->sk_prot->rehash) {
		lock_sock(sk);
		sk->sk_prot->rehash(sk);
		release_sock(sk);
	}
	return 0;
}

/* A stream has no use for groups, and does not leave them when it closes. */
static int twin_ip_has_groups(const struct sock *sk)
{
	return sk->sk_type == SOCK_STREAM ? -EPROTO : 0;
}

static int twin_ip_membership(struct sock *sk, sockptr_t value,
			      unsigned int len, bool join)
{
	struct twin_sock *ts = twin_sk(sk);
	struct twin_group_key key;
	struct ip_mreqn mreq;
	int err;

	err = twin_ip_has_groups(sk);
	if (err)
		return err;
	err = twin_ip_get_mreqn(value, len, sizeof(struct ip_mreq), &mreq);
	if (err)
		return err;
	key = (struct twin_group_key) {
		.group = mreq.imr_multiaddr.s_addr,
		.local = mreq.imr_address.s_addr,
		.ifindex = mreq.imr_ifindex,
	};
	rtnl_lock();
	err = join ? twin_multicast_join(ts, &key) :
		     twin_multicast_leave(ts, &key);
	rtnl_unlock();
	return err;
}

/* Which list an option is about, and whether it adds to it. */
static void twin_ip_source_option(int option, bool *include, bool *add)
{
	*include = option == IP_ADD_SOURCE_MEMBERSHIP ||
		   option == IP_DROP_SOURCE_MEMBERSHIP ||
		   option == MCAST_JOIN_SOURCE_GROUP ||
		   option == MCAST_LEAVE_SOURCE_GROUP;
	*add = option == IP_ADD_SOURCE_MEMBERSHIP ||
	       option == IP_BLOCK_SOURCE ||
	       option == MCAST_JOIN_SOURCE_GROUP ||
	       option == MCAST_BLOCK_SOURCE;
}

static int twin_ip_source(struct sock *sk, int option,
			  const struct twin_group_key *key, __be32 source)
{
	bool include, add;
	int err;

	if (!ipv4_is_multicast(key->group))
		return -EINVAL;
	err = twin_ip_has_groups(sk);
	if (err)
		return err;
	twin_ip_source_option(option, &include, &add);
	rtnl_lock();
	err = twin_multicast_source(twin_sk(sk), key, source, include, add);
	rtnl_unlock();
	return err;
}

static int twin_ip_source_membership(struct sock *sk, int option,
				     sockptr_t value, unsigned int len)
{
	struct ip_mreq_source mreq;
	struct twin_group_key key = {};

	if (len != sizeof(mreq))
		return -EINVAL;
	if (copy_from_sockptr(&mreq, value, sizeof(mreq)))
		return -EFAULT;
	key.group = mreq.imr_multiaddr;
	key.local = mreq.imr_interface;
	return twin_ip_source(sk, option, &key, mreq.imr_sourceaddr);
}

static int twin_ip_group_address(const struct __kernel_sockaddr_storage *from,
				 __be32 *addr)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)from;

	if (sin->sin_family != AF_INET)
		return -EINVAL;
	*addr = sin->sin_addr.s_addr;
	return 0;
}

static int twin_ip_group(struct sock *sk, int option, sockptr_t value,
			 unsigned int len)
{
	struct twin_group_key key = {};
	struct group_req request;
	int err;

	if (len < sizeof(request))
		return -EINVAL;
	if (copy_from_sockptr(&request, value, sizeof(request)))
		return -EFAULT;
	key.ifindex = request.gr_interface;
	err = twin_ip_group_address(&request.gr_group, &key.group);
	if (!err)
		err = twin_ip_has_groups(sk);
	if (err)
		return err;
	rtnl_lock();
	err = option == MCAST_JOIN_GROUP ?
		twin_multicast_join(twin_sk(sk), &key) :
		twin_multicast_leave(twin_sk(sk), &key);
	rtnl_unlock();
	return err;
}

static int twin_ip_group_source(struct sock *sk, int option, sockptr_t value,
				unsigned int len)
{
	struct group_source_req request;
	struct twin_group_key key = {};
	__be32 source;

	if (len != sizeof(request))
		return -EINVAL;
	if (copy_from_sockptr(&request, value, sizeof(request)))
		return -EFAULT;
	key.ifindex = request.gsr_interface;
	if (twin_ip_group_address(&request.gsr_group, &key.group) ||
	    twin_ip_group_address(&request.gsr_source, &source))
		return -EADDRNOTAVAIL;
	return twin_ip_source(sk, option, &key, source);
}

static int twin_ip_set_groups(struct sock *sk, int option, sockptr_t value,
			      unsigned int len)
{
	switch (option) {
	case IP_ADD_MEMBERSHIP:
	case IP_DROP_MEMBERSHIP:
		return twin_ip_membership(sk, value, len,
					  option == IP_ADD_MEMBERSHIP);
	case MCAST_JOIN_GROUP:
	case MCAST_LEAVE_GROUP:
		return twin_ip_group(sk, option, value, len);
	case MCAST_JOIN_SOURCE_GROUP:
	case MCAST_LEAVE_SOURCE_GROUP:
	case MCAST_BLOCK_SOURCE:
	case MCAST_UNBLOCK_SOURCE:
		return twin_ip_group_source(sk, option, value, len);
	default:
		return twin_ip_source_membership(sk, option, value, len);
	}
}

/**
 * twin_socket_ip_setsockopt() - setsockopt() at level IPPROTO_IP
 * @sk: socket of any type
 * @option: IP_ or MCAST_ number
 * @value: argument
 * @len: its length in bytes
 *
 * Context: Process, no lock held; group options take RTNL.
 * Return: 0 or the errno that AF_INET gives.
 */
int twin_socket_ip_setsockopt(struct sock *sk, int option, sockptr_t value,
			      unsigned int len)
{
	const struct twin_ip_switch *sw;
	int number, err;

	switch (option) {
	case IP_MULTICAST_IF:
		return twin_ip_set_multicast_if(sk, value, len);
	case IP_ADD_MEMBERSHIP:
	case IP_DROP_MEMBERSHIP:
	case IP_ADD_SOURCE_MEMBERSHIP:
	case IP_DROP_SOURCE_MEMBERSHIP:
	case IP_BLOCK_SOURCE:
	case IP_UNBLOCK_SOURCE:
	case MCAST_JOIN_GROUP:
	case MCAST_LEAVE_GROUP:
	case MCAST_JOIN_SOURCE_GROUP:
	case MCAST_LEAVE_SOURCE_GROUP:
	case MCAST_BLOCK_SOURCE:
	case MCAST_UNBLOCK_SOURCE:
		return twin_ip_set_groups(sk, option, value, len);
	case IP_OPTIONS:
		return twin_socket_set_options(sk, value, len);
	case IP_MSFILTER:
	case MCAST_MSFILTER:
		return twin_socket_set_group_filter(sk, option, value, len);
	}
	sw = twin_ip_find_switch(option);
	if (!sw && !twin_ip_is_number(option))
		return -ENOPROTOOPT;
	err = twin_ip_get_number(value, len, &number);
	if (err)
		return err;
	if (sw)
		return twin_ip_set_switch(sk, sw, number, len);
	lock_sock(sk);
	err = twin_ip_set_number(sk, option, number, len);
	release_sock(sk);
	return err;
}

static int twin_ip_stream_mtu(struct sock *sk)
{
	struct twin_sock *ts = twin_sk(sk);
	struct twin_path_key key = {
		.daddr = ts->flow.raddr,
		.ifindex = READ_ONCE(sk->sk_bound_dev_if),
		.flags = TWIN_PATH_ONLY_ASKED,
	};
	struct twin_path path;
	int err;

	rcu_read_lock();
	err = twin_path_find(ts->flow.tn, &key, &path);
	rcu_read_unlock();
	return err ? err : (int)path.mtu_bytes;
}

static int twin_ip_path_mtu(struct sock *sk, int *number)
{
	struct twin_sock *ts = twin_sk(sk);
	int bytes;

	if (!ts->flow.raddr || sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	bytes = sk->sk_type == SOCK_DGRAM ? twin_datagram_mtu(ts) :
					    twin_ip_stream_mtu(sk);
	if (bytes < 0)
		return -ENOTCONN;
	*number = bytes;
	return 0;
}

static int twin_ip_read_number(struct sock *sk, int option, int *number)
{
	struct twin_sock *ts = twin_sk(sk);
	const struct twin_ip_switch *sw = twin_ip_find_switch(option);

	if (sw) {
		*number = twin_sock_test(ts, sw->flag);
		return 0;
	}
	switch (option) {
	case IP_TOS:
		*number = READ_ONCE(ts->tos);
		return 0;
	case IP_TTL:
		*number = READ_ONCE(ts->ttl);
		if (!*number)
			*number = READ_ONCE(ts->flow.tn->conf.ip_default_ttl);
		return 0;
	case IP_MULTICAST_TTL:
		*number = READ_ONCE(ts->multicast_ttl);
		return 0;
	case IP_MINTTL:
		*number = READ_ONCE(ts->min_ttl);
		return 0;
	case IP_MTU_DISCOVER:
		*number = READ_ONCE(ts->pmtu_discover);
		return 0;
	case IP_MTU:
		return twin_ip_path_mtu(sk, number);
	case IP_UNICAST_IF:
		*number = (__force int)htonl(READ_ONCE(ts->unicast_ifindex));
		return 0;
	case IP_LOCAL_PORT_RANGE:
		*number = READ_ONCE(ts->port_range);
		return 0;
	case IP_HDRINCL:
	case IP_NODEFRAG:
		/* known for raw sockets only, and off for all others */
		*number = 0;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int twin_ip_put(char __user *value, int __user *len, const void *data,
		       int bytes)
{
	if (put_user(bytes, len) || copy_to_user(value, data, bytes))
		return -EFAULT;
	return 0;
}

/**
 * twin_socket_ip_getsockopt() - getsockopt() at level IPPROTO_IP
 * @sk: socket of any type
 * @option: IP_ number
 * @value: where to
 * @len: room there in bytes, then what was filled in
 *
 * Small numbers fit into less than an int: one byte then.
 *
 * Context: Process, no lock held.
 * Return: 0 or the errno that AF_INET gives.
 */
int twin_socket_ip_getsockopt(struct sock *sk, int option, char __user *value,
			      int __user *len)
{
	int number, room, err;
	unsigned char byte;
	__be32 addr;

	if (get_user(room, len))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	if (option == IP_OPTIONS)
		return twin_socket_get_options(sk, value, len, room);
	if (option == IP_MSFILTER || option == MCAST_MSFILTER)
		return twin_socket_get_group_filter(sk, option, value, len);
	if (option == IP_MULTICAST_IF) {
		addr = READ_ONCE(twin_sk(sk)->multicast_saddr);
		return twin_ip_put(value, len, &addr,
				   min_t(int, room, sizeof(addr)));
	}
	err = twin_ip_read_number(sk, option, &number);
	if (err)
		return err;
	if (room > 0 && room < (int)sizeof(number) && number >= 0 &&
	    number <= 255) {
		byte = number;
		return twin_ip_put(value, len, &byte, sizeof(byte));
	}
	return twin_ip_put(value, len, &number,
			   min_t(int, room, sizeof(number)));
}
