// SPDX-License-Identifier: GPL-2.0
/*
 * RTM_NEWADDR, RTM_DELADDR and RTM_GETADDR for Twin's addresses.
 */
#include <linux/if_addr.h>
#include "../link/link.h"
#include "rtnl.h"

#define TWIN_RTNL_FOREVER	U32_MAX	/* lifetime in seconds */

static const struct nla_policy twin_rtnl_addr_policy[IFA_MAX + 1] = {
	[IFA_ADDRESS] = TWIN_RTNL_ADDR_POLICY,
	[IFA_LOCAL] = TWIN_RTNL_ADDR_POLICY,
	[IFA_BROADCAST] = TWIN_RTNL_ADDR_POLICY,
	[IFA_CACHEINFO] = NLA_POLICY_EXACT_LEN(sizeof(struct ifa_cacheinfo)),
	[IFA_FLAGS] = { .type = NLA_U32 },
};

/*
 * struct twin_rtnl_addr - an address as user space names it
 * @dev: device
 * @local: address
 * @peer: IFA_ADDRESS; @local if not given
 * @broadcast: 0 if not given
 * @prefix_len: 0..32
 * @has_prefix: the request is about this prefix length only
 */
struct twin_rtnl_addr {
	struct net_device *dev;
	__be32 local;
	__be32 peer;
	__be32 broadcast;
	u8 prefix_len;
	bool has_prefix;
};

static int twin_rtnl_addr_parse(struct sk_buff *skb,
				const struct nlmsghdr *nlh, struct nlattr **tb,
				struct twin_rtnl_addr *addr,
				struct netlink_ext_ack *extack)
{
	const struct ifaddrmsg *ifa = nlmsg_data(nlh);
	int err;

	memset(addr, 0, sizeof(*addr));
	err = __nlmsg_parse(nlh, sizeof(*ifa), tb, IFA_MAX,
			    twin_rtnl_addr_policy, TWIN_RTNL_STRICT, extack);
	if (err)
		return err;
	if (!tb[IFA_LOCAL]) {
		NL_SET_ERR_MSG(extack, "A local address is needed");
		return -EINVAL;
	}
	if (ifa->ifa_prefixlen > 32) {
		NL_SET_ERR_MSG(extack, "Invalid prefix length");
		return -EINVAL;
	}
	addr->prefix_len = ifa->ifa_prefixlen;
	addr->has_prefix = tb[IFA_ADDRESS];
	err = twin_rtnl_get_addr(tb[IFA_LOCAL], &addr->local, extack);
	addr->peer = addr->local;
	if (!err)
		err = twin_rtnl_get_addr(tb[IFA_ADDRESS], &addr->peer, extack);
	if (!err)
		err = twin_rtnl_get_addr(tb[IFA_BROADCAST], &addr->broadcast,
					 extack);
	if (err)
		return err;
	addr->dev = twin_rtnl_device(sock_net(skb->sk), ifa->ifa_index, extack);
	return PTR_ERR_OR_ZERO(addr->dev);
}

/* Flags that a user may give: for good, and not probed for. */
#define TWIN_RTNL_ADDR_FLAGS	(IFA_F_PERMANENT | IFA_F_NODAD)

static u32 twin_rtnl_addr_asked(const struct ifaddrmsg *ifa,
				struct nlattr **tb)
{
	return tb[IFA_FLAGS] ? nla_get_u32(tb[IFA_FLAGS]) : ifa->ifa_flags;
}

/* Addresses of Twin's live until they are deleted. */
static int twin_rtnl_addr_check_new(struct nlattr **tb, u32 flags,
				    const struct twin_rtnl_addr *addr,
				    struct netlink_ext_ack *extack)
{
	const struct ifa_cacheinfo *info;

	if (addr->peer != addr->local) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFA_ADDRESS],
				    "Peer addresses are not supported");
		return -EOPNOTSUPP;
	}
	if (flags & ~TWIN_RTNL_ADDR_FLAGS) {
		NL_SET_ERR_MSG(extack, "Address flags are not supported");
		return -EOPNOTSUPP;
	}
	if (!tb[IFA_CACHEINFO])
		return 0;
	info = nla_data(tb[IFA_CACHEINFO]);
	if (info->ifa_valid == TWIN_RTNL_FOREVER &&
	    info->ifa_prefered == TWIN_RTNL_FOREVER)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, tb[IFA_CACHEINFO],
			    "Address lifetimes are not supported");
	return -EOPNOTSUPP;
}

static const struct twin_link_addr *
twin_rtnl_addr_existing(const struct twin_net *tn,
			const struct twin_rtnl_addr *addr)
{
	const struct twin_link_dev *ld = twin_link_find(tn, addr->dev->ifindex);
	const struct twin_link_addr *own;

	ASSERT_RTNL();
	if (!ld)
		return NULL;
	list_for_each_entry(own, &ld->addrs, list) {
		if (own->local == addr->local)
			return own;
	}
	return NULL;
}

/**
 * twin_rtnl_addr_new() - RTM_NEWADDR
 * @skb: request
 * @nlh: its header
 * @extack: says why not
 *
 * With NLM_F_REPLACE an address that is there with the same prefix length is
 * no error: it has nothing that could be changed.
 *
 * Context: Process, RTNL held; rtnetlink has checked CAP_NET_ADMIN in the
 * namespace's user namespace.
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ENODEV or an errno of
 * twin_link_addr_add().
 */
int twin_rtnl_addr_new(struct sk_buff *skb, struct nlmsghdr *nlh,
		       struct netlink_ext_ack *extack)
{
	const struct ifaddrmsg *ifa = nlmsg_data(nlh);
	struct twin_net *tn = twin_rtnl_net(skb);
	struct twin_link_addr_config config;
	const struct twin_link_addr *own;
	struct nlattr *tb[IFA_MAX + 1];
	struct twin_rtnl_addr addr;
	u32 flags;
	int err;

	err = twin_rtnl_addr_parse(skb, nlh, tb, &addr, extack);
	if (err)
		return err;
	flags = twin_rtnl_addr_asked(ifa, tb);
	err = twin_rtnl_addr_check_new(tb, flags, &addr, extack);
	if (err)
		return err;
	own = twin_rtnl_addr_existing(tn, &addr);
	if (own && own->prefix_len == addr.prefix_len &&
	    (nlh->nlmsg_flags & (NLM_F_REPLACE | NLM_F_EXCL)) == NLM_F_REPLACE)
		return 0;
	config = (struct twin_link_addr_config){
		.local = addr.local,
		.broadcast = addr.broadcast,
		.prefix_len = addr.prefix_len,
		.scope = ifa->ifa_scope,
		.nodad = flags & IFA_F_NODAD,
	};
	return twin_link_addr_add(tn, addr.dev, &config, extack);
}

/**
 * twin_rtnl_addr_del() - RTM_DELADDR, also as "ip addr flush" sends it
 * @skb: request
 * @nlh: its header
 * @extack: says why not
 *
 * As for AF_INET the prefix length counts only where IFA_ADDRESS is given.
 *
 * Context: Process, RTNL held; may sleep for a grace period.
 * Return: 0, -EINVAL, -ENODEV or -EADDRNOTAVAIL.
 */
int twin_rtnl_addr_del(struct sk_buff *skb, struct nlmsghdr *nlh,
		       struct netlink_ext_ack *extack)
{
	struct twin_net *tn = twin_rtnl_net(skb);
	const struct twin_link_addr *own;
	struct nlattr *tb[IFA_MAX + 1];
	struct twin_rtnl_addr addr;
	int err;

	err = twin_rtnl_addr_parse(skb, nlh, tb, &addr, extack);
	if (err)
		return err;
	own = twin_rtnl_addr_existing(tn, &addr);
	if (own && !addr.has_prefix)
		addr.prefix_len = own->prefix_len;
	return twin_link_addr_del(tn, addr.dev, addr.local, addr.prefix_len,
				  extack);
}

static u32 twin_rtnl_centiseconds(unsigned long at_jiffies)
{
	return (at_jiffies - INITIAL_JIFFIES) * 100 / HZ;
}

static int twin_rtnl_addr_put_cacheinfo(struct sk_buff *skb,
					const struct twin_link_addr *addr)
{
	struct ifa_cacheinfo info = {
		.ifa_prefered = TWIN_RTNL_FOREVER,
		.ifa_valid = TWIN_RTNL_FOREVER,
		.cstamp = twin_rtnl_centiseconds(addr->created_jiffies),
		.tstamp = twin_rtnl_centiseconds(addr->created_jiffies),
	};

	return nla_put(skb, IFA_CACHEINFO, sizeof(info), &info);
}

static u8 twin_rtnl_addr_flags(const struct twin_link_addr *addr,
			       const struct twin_rtnl_format *format)
{
	u8 state = READ_ONCE(addr->state);
	u8 flags = IFA_F_PERMANENT;

	if (addr->nodad)
		flags |= IFA_F_NODAD;
	if (state == TWIN_ADDR_TENTATIVE)
		flags |= IFA_F_TENTATIVE;
	if (state == TWIN_ADDR_DUPLICATE || format->conflict)
		flags |= IFA_F_DADFAILED;
	return flags;
}

static int twin_rtnl_addr_put_attributes(struct sk_buff *skb,
					 const struct twin_link_addr *addr,
					 const struct twin_rtnl_format *format)
{
	if (twin_rtnl_put_addr(skb, IFA_LOCAL, addr->local, format))
		return -EMSGSIZE;
	/* ip compares 16 bytes of each and would print a peer. */
	if (!format->sockaddr &&
	    twin_rtnl_put_addr(skb, IFA_ADDRESS, addr->local, format))
		return -EMSGSIZE;
	if (addr->broadcast &&
	    twin_rtnl_put_addr(skb, IFA_BROADCAST, addr->broadcast, format))
		return -EMSGSIZE;
	if (nla_put_u32(skb, IFA_FLAGS, twin_rtnl_addr_flags(addr, format)))
		return -EMSGSIZE;
	return twin_rtnl_addr_put_cacheinfo(skb, addr);
}

/**
 * twin_rtnl_addr_put() - append a message about one address
 * @skb: buffer
 * @addr: address, kept by RTNL or RCU
 * @format: heading and form
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE with @skb as it was.
 */
int twin_rtnl_addr_put(struct sk_buff *skb, const struct twin_link_addr *addr,
		       const struct twin_rtnl_format *format)
{
	struct ifaddrmsg *ifa;
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, format->portid, format->seq, format->type,
			sizeof(*ifa), format->flags);
	if (!nlh)
		return -EMSGSIZE;
	ifa = nlmsg_data(nlh);
	ifa->ifa_family = format->family;
	ifa->ifa_prefixlen = addr->prefix_len;
	ifa->ifa_flags = twin_rtnl_addr_flags(addr, format);
	ifa->ifa_scope = addr->scope;
	ifa->ifa_index = addr->ld->dev->ifindex;
	if (twin_rtnl_addr_put_attributes(skb, addr, format)) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

/**
 * twin_rtnl_addr_get() - RTM_GETADDR for one address
 * @skb: request with IFA_LOCAL and the device
 * @nlh: its header
 * @extack: says why not
 *
 * Context: Process, RTNL held.
 * Return: 0, -EINVAL, -ENODEV, -EADDRNOTAVAIL or -ENOBUFS.
 */
int twin_rtnl_addr_get(struct sk_buff *skb, struct nlmsghdr *nlh,
		       struct netlink_ext_ack *extack)
{
	struct twin_rtnl_format format;
	const struct twin_link_addr *own;
	struct nlattr *tb[IFA_MAX + 1];
	struct twin_rtnl_addr addr;
	struct sk_buff *answer;
	int err;

	err = twin_rtnl_addr_parse(skb, nlh, tb, &addr, extack);
	if (err)
		return err;
	own = twin_rtnl_addr_existing(twin_rtnl_net(skb), &addr);
	if (!own)
		return -EADDRNOTAVAIL;
	answer = nlmsg_new(TWIN_RTNL_MESSAGE_BYTES, GFP_KERNEL);
	if (!answer)
		return -ENOBUFS;
	format = twin_rtnl_answer_format(skb, nlh, RTM_NEWADDR);
	err = twin_rtnl_addr_put(answer, own, &format);
	if (err) {
		nlmsg_free(answer);
		return err;
	}
	return twin_rtnl_answer(skb, answer);
}

/* A request that is checked strictly may name a device and nothing else. */
static int twin_rtnl_addr_dump_filter(struct netlink_callback *cb, int *ifindex)
{
	struct netlink_ext_ack *extack = twin_rtnl_dump_extack(cb);
	const struct ifaddrmsg *ifa = nlmsg_data(cb->nlh);

	*ifindex = 0;
	if (!cb->strict_check)
		return 0;
	if (nlmsg_len(cb->nlh) != sizeof(*ifa)) {
		NL_SET_ERR_MSG(extack, "Invalid length of an address dump request");
		return -EINVAL;
	}
	if (ifa->ifa_prefixlen || ifa->ifa_flags || ifa->ifa_scope) {
		NL_SET_ERR_MSG(extack, "Invalid values in header of an address dump request");
		return -EINVAL;
	}
	*ifindex = ifa->ifa_index;
	return 0;
}

static int twin_rtnl_addr_dump_devices(struct sk_buff *skb,
				       struct netlink_callback *cb, int ifindex,
				       const struct twin_rtnl_format *format)
{
	struct twin_rtnl_dump *dump = twin_rtnl_dump(cb);
	struct twin_net *tn = twin_rtnl_net(skb);
	const struct twin_link_addr *addr;
	const struct twin_link_dev *ld;
	unsigned long number = 0;
	int err;

	list_for_each_entry_rcu(ld, &tn->link->devices, list) {
		if (ifindex && ld->dev->ifindex != ifindex)
			continue;
		list_for_each_entry_rcu(addr, &ld->addrs, list) {
			if (number++ < dump->skip)
				continue;
			err = twin_rtnl_addr_put(skb, addr, format);
			if (err)
				return err;
			dump->skip++;
		}
	}
	return 0;
}

/**
 * twin_rtnl_addr_dump() - RTM_GETADDR for all addresses
 * @skb: answer buffer
 * @cb: dump; also one of all families
 *
 * Context: Process.
 * Return: 0 at the end, positive when @skb is full, or a negative errno.
 */
int twin_rtnl_addr_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct twin_rtnl_format format;
	int ifindex;
	int err;

	err = twin_rtnl_addr_dump_filter(cb, &ifindex);
	if (err)
		return twin_rtnl_own_family(cb->nlh) ? err : 0;
	if (!twin_rtnl_dump_format(skb, cb, RTM_NEWADDR, &format))
		return 0;
	if (ifindex)
		format.flags |= NLM_F_DUMP_FILTERED;
	cb->seq = READ_ONCE(twin_rtnl_net(skb)->config_generation);
	rcu_read_lock();
	err = twin_rtnl_addr_dump_devices(skb, cb, ifindex, &format);
	rcu_read_unlock();
	return twin_rtnl_dump_result(skb, cb, err);
}
