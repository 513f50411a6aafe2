// SPDX-License-Identifier: GPL-2.0
/*
 * rtnetlink: which messages Twin answers, what all of them share, and the
 * notifications.
 */
#include <linux/in.h>
#include <linux/inetdevice.h>
#include "rtnl.h"

/**
 * twin_rtnl_own_family() - was a request addressed to Twin alone?
 * @nlh: request
 *
 * Context: Any.
 * Return: false for a request to all families.
 */
bool twin_rtnl_own_family(const struct nlmsghdr *nlh)
{
	return rtnl_msg_family(nlh) == twin_family;
}

/**
 * twin_rtnl_dump_extack() - where to say what is wrong with a dump's request
 * @cb: dump
 *
 * In one of all families what Twin does not know another family may, and the
 * dump goes on: nothing is wrong with it.
 *
 * Context: Any.
 * Return: the request's extack, or NULL.
 */
struct netlink_ext_ack *twin_rtnl_dump_extack(const struct netlink_callback *cb)
{
	return twin_rtnl_own_family(cb->nlh) ? cb->extack : NULL;
}

/**
 * twin_rtnl_dump_format() - form of the answers of a dump
 * @skb: answer buffer
 * @cb: dump
 * @type: of the answers
 * @format: filled in
 *
 * A dump of all families is read by programs that print an unknown family as
 * question marks; net.twin.rtnl_unspec says what they get.
 *
 * Context: Any.
 * Return: false if this dump is to show nothing of Twin's.
 */
bool twin_rtnl_dump_format(const struct sk_buff *skb,
			   struct netlink_callback *cb, u16 type,
			   struct twin_rtnl_format *format)
{
	int family = twin_family;

	if (!twin_rtnl_own_family(cb->nlh))
		family = twin_control_unspec_family(twin_rtnl_net(skb));
	*format = (struct twin_rtnl_format){
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.type = type,
		.flags = NLM_F_MULTI,
		.family = family,
		.sockaddr = family == AF_BRIDGE,
	};
	return family;
}

/**
 * twin_rtnl_dump_result() - what a dump returns to netlink
 * @skb: answer buffer
 * @cb: dump; where its seq is set, answers say if something changed since the
 *	buffer before
 * @err: 0 at the end, or -EMSGSIZE when @skb is full
 *
 * Context: Any.
 * Return: 0 at the end, else positive to be called again; -EMSGSIZE if not
 * even one message fits.
 */
int twin_rtnl_dump_result(struct sk_buff *skb, struct netlink_callback *cb,
			  int err)
{
	if (!skb->len)
		return err;
	nl_dump_check_consistent(cb, nlmsg_hdr(skb));
	return err ? skb->len : 0;
}

/**
 * twin_rtnl_put_addr() - append an address
 * @skb: message
 * @attribute: its type
 * @addr: address
 * @format: says in which form
 *
 * Context: Any.
 * Return: 0 or -EMSGSIZE.
 */
int twin_rtnl_put_addr(struct sk_buff *skb, int attribute, __be32 addr,
		       const struct twin_rtnl_format *format)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = addr,
	};

	if (format->sockaddr)
		return nla_put(skb, attribute, sizeof(sin), &sin);
	return nla_put_in_addr(skb, attribute, addr);
}

/**
 * twin_rtnl_get_addr() - read an address in either form
 * @nla: attribute, NULL if it is not there
 * @addr: set to it, or left alone without an attribute
 * @extack: says what is wrong
 *
 * Context: Any.
 * Return: 0 or -EINVAL.
 */
int twin_rtnl_get_addr(const struct nlattr *nla, __be32 *addr,
		       struct netlink_ext_ack *extack)
{
	struct sockaddr_in sin;

	if (!nla)
		return 0;
	if (nla_len(nla) == sizeof(*addr)) {
		*addr = nla_get_in_addr(nla);
		return 0;
	}
	if (nla_len(nla) == sizeof(sin)) {
		nla_memcpy(&sin, nla, sizeof(sin));
		if (sin.sin_family == AF_INET) {
			*addr = sin.sin_addr.s_addr;
			return 0;
		}
	}
	NL_SET_ERR_MSG_ATTR(extack, nla, "Not an IPv4 address");
	return -EINVAL;
}

/**
 * twin_rtnl_device() - the device a request is about
 * @net: namespace
 * @ifindex: its number
 * @extack: says what is wrong
 *
 * Context: Process, RTNL held, which also keeps the device.
 * Return: the device, or an error pointer of -ENODEV.
 */
struct net_device *twin_rtnl_device(struct net *net, int ifindex,
				    struct netlink_ext_ack *extack)
{
	struct net_device *dev = __dev_get_by_index(net, ifindex);

	if (dev)
		return dev;
	if (ifindex)
		NL_SET_ERR_MSG(extack, "No such device");
	else
		NL_SET_ERR_MSG(extack, "A device is needed");
	return ERR_PTR(-ENODEV);
}

/**
 * twin_rtnl_answer_format() - heading of the answer to a single question
 * @request: the question
 * @nlh: its header
 * @type: of the answer
 *
 * Context: Any.
 * Return: the format.
 */
struct twin_rtnl_format twin_rtnl_answer_format(const struct sk_buff *request,
						const struct nlmsghdr *nlh,
						u16 type)
{
	return (struct twin_rtnl_format){
		.portid = NETLINK_CB(request).portid,
		.seq = nlh->nlmsg_seq,
		.type = type,
		.family = twin_family,
	};
}

/**
 * twin_rtnl_answer() - send the answer to a single question
 * @request: the question
 * @answer: consumed
 *
 * Context: Process; sleeps.
 * Return: 0 or a negative errno.
 */
int twin_rtnl_answer(struct sk_buff *request, struct sk_buff *answer)
{
	return rtnl_unicast(answer, sock_net(request->sk),
			    NETLINK_CB(request).portid);
}

/* The request that is being carried out, whose changes are told of.  RTNL. */
static struct {
	const struct nlmsghdr *nlh;
	u32 portid;
} twin_rtnl_request;

/*
 * The request that a message of that type answers: not of what follows from it,
 * like the routes of an address, and only of changes that happen under RTNL.
 */
static const struct nlmsghdr *twin_rtnl_request_for(u16 type)
{
	const struct nlmsghdr *nlh;

	if (type != RTM_NEWADDR && type != RTM_DELADDR &&
	    type != RTM_NEWROUTE && type != RTM_DELROUTE)
		return NULL;
	ASSERT_RTNL();
	nlh = twin_rtnl_request.nlh;
	/* new, delete and get of one kind differ in the last two bits */
	return nlh && nlh->nlmsg_type >> 2 == type >> 2 ? nlh : NULL;
}

/* Not a message of its own: RTM_NEWADDR with IFA_F_DADFAILED. */
#define TWIN_RTNL_CONFLICT	0

static int twin_rtnl_put_event(struct sk_buff *skb, u16 type, u16 flags,
			       const struct nlmsghdr *request, void *arg)
{
	struct twin_rtnl_format format = {
		.portid = request ? twin_rtnl_request.portid : 0,
		.seq = request ? request->nlmsg_seq : 0,
		.type = type,
		.flags = flags,
		.family = twin_family,
	};

	switch (type) {
	case TWIN_RTNL_CONFLICT:
		format.type = RTM_NEWADDR;
		format.conflict = true;
		return twin_rtnl_addr_put(skb, arg, &format);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return twin_rtnl_addr_put(skb, arg, &format);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return twin_rtnl_route_put(skb, arg, &format);
	default:
		return twin_rtnl_neigh_put(skb, arg, &format);
	}
}

static void twin_rtnl_notify(struct twin_net *tn, u32 group, u16 type,
			     u16 flags, void *arg)
{
	const struct nlmsghdr *request = twin_rtnl_request_for(type);
	struct sk_buff *skb;
	int err = -ENOBUFS;

	if (!rtnl_has_listeners(tn->net, group) &&
	    !(request && nlmsg_report(request)))
		return;
	skb = nlmsg_new(TWIN_RTNL_MESSAGE_BYTES, GFP_ATOMIC);
	if (!skb)
		goto out_error;
	err = twin_rtnl_put_event(skb, type, flags, request, arg);
	if (WARN_ON_ONCE(err)) {
		nlmsg_free(skb);
		goto out_error;
	}
	rtnl_notify(skb, tn->net, request ? twin_rtnl_request.portid : 0, group,
		    request, GFP_ATOMIC);
	return;

out_error:
	rtnl_set_sk_err(tn->net, group, err);
}

/* Neighbours and what is learnt of paths are in no list of addresses or routes. */
static void twin_rtnl_count_change(struct twin_net *tn, enum twin_event event)
{
	switch (event) {
	case TWIN_EVENT_ADDR_NEW:
	case TWIN_EVENT_ADDR_TENTATIVE:
	case TWIN_EVENT_ADDR_DEL:
	case TWIN_EVENT_ROUTE_NEW:
	case TWIN_EVENT_ROUTE_REPLACED:
	case TWIN_EVENT_ROUTE_DEL:
		WRITE_ONCE(tn->config_generation, tn->config_generation + 1);
		break;
	default:
		break;
	}
}

/**
 * twin_control_event() - tell netlink listeners of a change
 * @tn: namespace
 * @event: what happened
 * @arg: the address, route or neighbour it happened to, readable under RCU
 *
 * Context: Any.  A neighbour's lock must not be held.
 */
void twin_control_event(struct twin_net *tn, enum twin_event event, void *arg)
{
	twin_rtnl_count_change(tn, event);
	switch (event) {
	case TWIN_EVENT_ADDR_NEW:
	case TWIN_EVENT_ADDR_TENTATIVE:
		twin_rtnl_notify(tn, RTNLGRP_IPV4_IFADDR, RTM_NEWADDR, 0,
				 arg);
		break;
	case TWIN_EVENT_ADDR_DEL:
		twin_rtnl_notify(tn, RTNLGRP_IPV4_IFADDR, RTM_DELADDR, 0,
				 arg);
		break;
	case TWIN_EVENT_ADDR_CONFLICT:
		twin_rtnl_notify(tn, RTNLGRP_IPV4_IFADDR,
				 TWIN_RTNL_CONFLICT, 0, arg);
		break;
	case TWIN_EVENT_ROUTE_NEW:
		twin_rtnl_notify(tn, RTNLGRP_IPV4_ROUTE, RTM_NEWROUTE,
				 NLM_F_CREATE | NLM_F_EXCL, arg);
		break;
	case TWIN_EVENT_ROUTE_REPLACED:
		twin_rtnl_notify(tn, RTNLGRP_IPV4_ROUTE, RTM_NEWROUTE,
				 NLM_F_REPLACE, arg);
		break;
	case TWIN_EVENT_ROUTE_DEL:
		twin_rtnl_notify(tn, RTNLGRP_IPV4_ROUTE, RTM_DELROUTE, 0,
				 arg);
		break;
	case TWIN_EVENT_NEIGH:
		twin_rtnl_notify(tn, RTNLGRP_NEIGH, RTM_NEWNEIGH, 0, arg);
		break;
	case TWIN_EVENT_NEIGH_DEL:
		twin_rtnl_notify(tn, RTNLGRP_NEIGH, RTM_DELNEIGH, 0, arg);
		break;
	default:
		break;
	}
}

/* Addresses and routes: what a request changes is told of as its answer. */
static int twin_rtnl_change(struct sk_buff *skb, struct nlmsghdr *nlh,
			    struct netlink_ext_ack *extack)
{
	int err;

	ASSERT_RTNL();
	twin_rtnl_request.nlh = nlh;
	twin_rtnl_request.portid = NETLINK_CB(skb).portid;
	switch (nlh->nlmsg_type) {
	case RTM_NEWADDR:
		err = twin_rtnl_addr_new(skb, nlh, extack);
		break;
	case RTM_DELADDR:
		err = twin_rtnl_addr_del(skb, nlh, extack);
		break;
	case RTM_NEWROUTE:
		err = twin_rtnl_route_new(skb, nlh, extack);
		break;
	default:
		err = twin_rtnl_route_del(skb, nlh, extack);
	}
	twin_rtnl_request.nlh = NULL;
	return err;
}

#define TWIN_RTNL_DO(message, function) \
	{ .owner = THIS_MODULE, .msgtype = message, .doit = function }
#define TWIN_RTNL_GET(message, function, dump_function) \
	{ .owner = THIS_MODULE, .msgtype = message, .doit = function, \
	  .dumpit = dump_function }

/* Their family is set when the module is loaded. */
static struct rtnl_msg_handler twin_rtnl_handlers[] = {
	TWIN_RTNL_DO(RTM_NEWADDR, twin_rtnl_change),
	TWIN_RTNL_DO(RTM_DELADDR, twin_rtnl_change),
	TWIN_RTNL_GET(RTM_GETADDR, twin_rtnl_addr_get, twin_rtnl_addr_dump),
	TWIN_RTNL_DO(RTM_NEWROUTE, twin_rtnl_change),
	TWIN_RTNL_DO(RTM_DELROUTE, twin_rtnl_change),
	TWIN_RTNL_GET(RTM_GETROUTE, twin_rtnl_route_get, twin_rtnl_route_dump),
	TWIN_RTNL_DO(RTM_NEWNEIGH, twin_rtnl_neigh_new),
	TWIN_RTNL_DO(RTM_DELNEIGH, twin_rtnl_neigh_del),
	TWIN_RTNL_GET(RTM_GETNEIGH, twin_rtnl_neigh_get, twin_rtnl_neigh_dump),
};

/*
 * "ip addr flush" and "ip route flush" send back what a dump of all families
 * gave them, so what was shown as AF_BRIDGE comes back as that.  The bridge
 * itself has neither addresses nor routes.
 */
static const struct rtnl_msg_handler twin_rtnl_flush_handlers[] = {
	{
		.owner = THIS_MODULE,
		.protocol = PF_BRIDGE,
		.msgtype = RTM_DELADDR,
		.doit = twin_rtnl_change,
	}, {
		.owner = THIS_MODULE,
		.protocol = PF_BRIDGE,
		.msgtype = RTM_DELROUTE,
		.doit = twin_rtnl_change,
	},
};

/**
 * twin_control_init() - answer rtnetlink requests for the family
 *
 * Context: Process; sleeps.
 * Return: 0 or -ENOBUFS.
 */
int twin_control_init(void)
{
	int err;
	int i;

	for (i = 0; i < ARRAY_SIZE(twin_rtnl_handlers); i++)
		twin_rtnl_handlers[i].protocol = twin_family;
	err = rtnl_register_many(twin_rtnl_handlers);
	if (err)
		return err;
	err = rtnl_register_many(twin_rtnl_flush_handlers);
	if (err)
		rtnl_unregister_many(twin_rtnl_handlers);
	return err;
}

/**
 * twin_control_exit() - answer no more
 *
 * Waits for requests under way.
 *
 * Context: Process; sleeps.
 */
void twin_control_exit(void)
{
	rtnl_unregister_many(twin_rtnl_flush_handlers);
	rtnl_unregister_many(twin_rtnl_handlers);
}
