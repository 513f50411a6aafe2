// SPDX-License-Identifier: GPL-2.0
/*
 * RTM_NEWNEIGH, RTM_DELNEIGH and RTM_GETNEIGH for Twin's ARP cache.
 */
#include <linux/neighbour.h>
#include "../link/arp.h"
#include "../link/link.h"
#include "rtnl.h"

static const struct nla_policy twin_rtnl_neigh_policy[NDA_MAX + 1] = {
	[NDA_DST] = TWIN_RTNL_ADDR_POLICY,
	[NDA_LLADDR] = { .type = NLA_BINARY, .len = MAX_ADDR_LEN },
	[NDA_PROBES] = { .type = NLA_U32 },
	[NDA_CACHEINFO] = NLA_POLICY_EXACT_LEN(sizeof(struct nda_cacheinfo)),
};

/*
 * struct twin_rtnl_neigh - a neighbour as user space names it
 * @ld: device
 * @addr: its IP address
 * @ha: its link address, NULL if not given
 */
struct twin_rtnl_neigh {
	struct twin_link_dev *ld;
	__be32 addr;
	const u8 *ha;
};

static int twin_rtnl_neigh_find_device(struct net *net, int ifindex,
				       struct twin_rtnl_neigh *neigh,
				       struct netlink_ext_ack *extack)
{
	struct net_device *dev = twin_rtnl_device(net, ifindex, extack);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	neigh->ld = twin_link_find(twin_pernet(net), ifindex);
	if (neigh->ld)
		return 0;
	NL_SET_ERR_MSG(extack, "No Twin address on this device");
	return -ENODEV;
}

static int twin_rtnl_neigh_parse(struct sk_buff *skb,
				 const struct nlmsghdr *nlh,
				 struct twin_rtnl_neigh *neigh,
				 struct netlink_ext_ack *extack)
{
	const struct ndmsg *ndm = nlmsg_data(nlh);
	struct nlattr *tb[NDA_MAX + 1];
	int err;

	memset(neigh, 0, sizeof(*neigh));
	err = __nlmsg_parse(nlh, sizeof(*ndm), tb, NDA_MAX,
			    twin_rtnl_neigh_policy, TWIN_RTNL_STRICT, extack);
	if (err)
		return err;
	if (!tb[NDA_DST]) {
		NL_SET_ERR_MSG(extack, "Network address not specified");
		return -EINVAL;
	}
	if (ndm->ndm_flags & ~NTF_USE) {
		NL_SET_ERR_MSG(extack, "Neighbour flags are not supported");
		return -EOPNOTSUPP;
	}
	err = twin_rtnl_get_addr(tb[NDA_DST], &neigh->addr, extack);
	if (!err)
		err = twin_rtnl_neigh_find_device(sock_net(skb->sk),
						  ndm->ndm_ifindex, neigh,
						  extack);
	if (err || !tb[NDA_LLADDR])
		return err;
	if (nla_len(tb[NDA_LLADDR]) != ETH_ALEN) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NDA_LLADDR],
				    "Invalid link address");
		return -EINVAL;
	}
	neigh->ha = nla_data(tb[NDA_LLADDR]);
	return 0;
}

/**
 * twin_rtnl_neigh_new() - RTM_NEWNEIGH
 * @skb: request
 * @nlh: its header; NLM_F_CREATE, _EXCL, _REPLACE as for AF_INET
 * @extack: says why not
 *
 * Context: Process, RTNL held; rtnetlink has checked CAP_NET_ADMIN in the
 * namespace's user namespace.
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ENODEV or an errno of twin_arp_set().
 */
int twin_rtnl_neigh_new(struct sk_buff *skb, struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack)
{
	const struct ndmsg *ndm = nlmsg_data(nlh);
	struct twin_rtnl_neigh neigh;
	int err;

	err = twin_rtnl_neigh_parse(skb, nlh, &neigh, extack);
	if (err)
		return err;
	if (ndm->ndm_flags || ndm->ndm_state > U8_MAX) {
		NL_SET_ERR_MSG(extack, "Invalid flags or state");
		return -EINVAL;
	}
	return twin_arp_set(neigh.ld, neigh.addr, neigh.ha, ndm->ndm_state,
			    nlh->nlmsg_flags, extack);
}

/**
 * twin_rtnl_neigh_del() - RTM_DELNEIGH
 * @skb: request
 * @nlh: its header
 * @extack: says why not
 *
 * Context: Process, RTNL held.
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ENODEV or -ENOENT.
 */
int twin_rtnl_neigh_del(struct sk_buff *skb, struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack)
{
	struct twin_rtnl_neigh neigh;
	int err;

	err = twin_rtnl_neigh_parse(skb, nlh, &neigh, extack);
	if (err)
		return err;
	return twin_arp_delete(neigh.ld, neigh.addr, extack);
}

static int twin_rtnl_neigh_put_cacheinfo(struct sk_buff *skb,
					 const struct twin_arp_view *view)
{
	struct nda_cacheinfo info = {
		.ndm_confirmed = jiffies_to_clock_t(view->confirmed_jiffies),
		.ndm_used = jiffies_to_clock_t(view->used_jiffies),
		.ndm_updated = jiffies_to_clock_t(view->updated_jiffies),
		.ndm_refcnt = view->refs,
	};

	return nla_put(skb, NDA_CACHEINFO, sizeof(info), &info);
}

/**
 * twin_rtnl_neigh_put() - append a message about one neighbour
 * @skb: buffer
 * @entry: neighbour, kept by RCU or a reference
 * @format: heading and form
 *
 * Context: Any; takes the entry's lock.
 * Return: 0, or -EMSGSIZE with @skb as it was.
 */
int twin_rtnl_neigh_put(struct sk_buff *skb, struct twin_arp_entry *entry,
			const struct twin_rtnl_format *format)
{
	struct twin_arp_view view;
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;

	twin_arp_look(entry, &view);
	nlh = nlmsg_put(skb, format->portid, format->seq, format->type,
			sizeof(*ndm), format->flags);
	if (!nlh)
		return -EMSGSIZE;
	ndm = nlmsg_data(nlh);
	*ndm = (struct ndmsg){
		.ndm_family = format->family,
		.ndm_ifindex = view.ifindex,
		.ndm_state = view.state,
		.ndm_type = RTN_UNICAST,
	};
	if (twin_rtnl_put_addr(skb, NDA_DST, view.addr, format))
		goto out_cancel;
	if (view.has_ha &&
	    nla_put(skb, NDA_LLADDR, sizeof(view.ha), view.ha))
		goto out_cancel;
	if (nla_put_u32(skb, NDA_PROBES, view.probes) ||
	    twin_rtnl_neigh_put_cacheinfo(skb, &view))
		goto out_cancel;
	nlmsg_end(skb, nlh);
	return 0;

out_cancel:
	nlmsg_cancel(skb, nlh);
	return -EMSGSIZE;
}

/**
 * twin_rtnl_neigh_get() - RTM_GETNEIGH for one neighbour
 * @skb: request with NDA_DST and the device
 * @nlh: its header
 * @extack: says why not
 *
 * Context: Process, RTNL held.
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ENODEV, -ENOENT or -ENOBUFS.
 */
int twin_rtnl_neigh_get(struct sk_buff *skb, struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack)
{
	struct twin_rtnl_format format;
	struct twin_arp_entry *entry;
	struct twin_rtnl_neigh neigh;
	struct sk_buff *answer;
	int err;

	err = twin_rtnl_neigh_parse(skb, nlh, &neigh, extack);
	if (err)
		return err;
	answer = nlmsg_new(TWIN_RTNL_MESSAGE_BYTES, GFP_KERNEL);
	if (!answer)
		return -ENOBUFS;
	format = twin_rtnl_answer_format(skb, nlh, RTM_NEWNEIGH);
	rcu_read_lock();
	entry = twin_arp_find(twin_rtnl_net(skb), neigh.ld->dev, neigh.addr);
	err = entry ? twin_rtnl_neigh_put(answer, entry, &format) : -ENOENT;
	rcu_read_unlock();
	if (err) {
		nlmsg_free(answer);
		return err;
	}
	return twin_rtnl_answer(skb, answer);
}

/*
 * struct twin_rtnl_neigh_dump - one buffer of a dump of neighbours
 * @skb: the buffer
 * @position: how far the dump is
 * @number: of the neighbour that the walk is at
 * @ifindex: only neighbours on this device, or 0
 * @format: heading and form of the answers
 */
struct twin_rtnl_neigh_dump {
	struct sk_buff *skb;
	struct twin_rtnl_dump *position;
	unsigned long number;
	int ifindex;
	struct twin_rtnl_format format;
};

static int twin_rtnl_neigh_dump_one(struct twin_arp_entry *entry, void *arg)
{
	struct twin_rtnl_neigh_dump *dump = arg;
	int err;

	if (dump->number++ < dump->position->skip)
		return 0;
	if (!dump->ifindex || entry->key.ifindex == dump->ifindex) {
		err = twin_rtnl_neigh_put(dump->skb, entry, &dump->format);
		if (err)
			return err;
	}
	dump->position->skip++;
	return 0;
}

static const struct nla_policy twin_rtnl_neigh_dump_policy[NDA_MAX + 1] = {
	[NDA_IFINDEX] = { .type = NLA_U32 },
};

/* A request that is checked strictly may name a device and nothing else. */
static int twin_rtnl_neigh_dump_filter(struct netlink_callback *cb,
				       int *ifindex)
{
	const struct ndmsg *ndm = nlmsg_data(cb->nlh);
	struct nlattr *tb[NDA_MAX + 1];
	int err;

	if (!cb->strict_check)
		return 0;
	err = __nlmsg_parse(cb->nlh, sizeof(*ndm), tb, NDA_MAX,
			    twin_rtnl_neigh_dump_policy, TWIN_RTNL_STRICT,
			    cb->extack);
	if (err)
		return err;
	if (ndm->ndm_state || ndm->ndm_flags || ndm->ndm_type) {
		NL_SET_ERR_MSG(cb->extack, "Invalid values in header of a neighbour dump request");
		return -EINVAL;
	}
	*ifindex = ndm->ndm_ifindex;
	if (tb[NDA_IFINDEX])
		*ifindex = nla_get_u32(tb[NDA_IFINDEX]);
	return 0;
}

/**
 * twin_rtnl_neigh_dump() - RTM_GETNEIGH for the whole cache
 * @skb: answer buffer
 * @cb: dump
 *
 * Entries that come or go between two buffers may be missed or seen twice.
 *
 * Context: Process.
 * Return: 0 at the end, positive when @skb is full, or a negative errno.
 */
int twin_rtnl_neigh_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct twin_rtnl_neigh_dump dump = {
		.skb = skb,
		.position = twin_rtnl_dump(cb),
	};
	int err;

	err = twin_rtnl_neigh_dump_filter(cb, &dump.ifindex);
	if (err)
		return err;
	if (!twin_rtnl_dump_format(skb, cb, RTM_NEWNEIGH, &dump.format))
		return 0;
	if (dump.ifindex)
		dump.format.flags |= NLM_F_DUMP_FILTERED;
	err = twin_arp_walk(twin_rtnl_net(skb), twin_rtnl_neigh_dump_one,
			    &dump);
	return twin_rtnl_dump_result(skb, cb, err);
}
