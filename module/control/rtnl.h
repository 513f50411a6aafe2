/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rtnetlink files of the control room share.
 */
#ifndef TWIN_RTNL_H
#define TWIN_RTNL_H

#include <net/netlink.h>
#include <net/rtnetlink.h>
#include "control.h"

struct twin_arp_entry;
struct twin_link_addr;
struct twin_link_dev;
struct twin_route;

/* Room enough for one notification of any kind. */
#define TWIN_RTNL_MESSAGE_BYTES	256

/*
 * Attributes: trailing bytes, unknown and unlisted attributes and wrong
 * lengths are refused.  The nested flag is not asked for: ip sets it seldom.
 */
#define TWIN_RTNL_STRICT	(NL_VALIDATE_TRAILING | NL_VALIDATE_MAXTYPE | \
				 NL_VALIDATE_UNSPEC | NL_VALIDATE_STRICT_ATTRS)

/* An address: 4 bytes, or a struct sockaddr_in as in dumps of all families. */
#define TWIN_RTNL_ADDR_POLICY	NLA_POLICY_RANGE(NLA_BINARY, 4, 16)

/*
 * struct twin_rtnl_format - the heading and the form of an answer
 * @portid: of the asker
 * @seq: of the request
 * @type: RTM_NEW or RTM_DEL something
 * @flags: NLM_F_ bits
 * @family: what to put in the family member
 * @sockaddr: addresses as struct sockaddr_in, gateways as RTA_VIA
 * @conflict: an address that another host uses as well
 */
struct twin_rtnl_format {
	u32 portid;
	u32 seq;
	u16 type;
	u16 flags;
	u8 family;
	bool sockaddr;
	bool conflict;
};

/*
 * struct twin_rtnl_dump - a dump in progress; in netlink_callback.ctx
 * @skip: elements already sent
 */
struct twin_rtnl_dump {
	unsigned long skip;
};

static inline struct twin_rtnl_dump *twin_rtnl_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct twin_rtnl_dump) > sizeof(cb->ctx));
	return (struct twin_rtnl_dump *)cb->ctx;
}

static inline struct twin_net *twin_rtnl_net(const struct sk_buff *skb)
{
	return twin_pernet(sock_net(skb->sk));
}

/* rtnl.c */
bool twin_rtnl_own_family(const struct nlmsghdr *nlh);
struct netlink_ext_ack *
twin_rtnl_dump_extack(const struct netlink_callback *cb);
bool twin_rtnl_dump_format(const struct sk_buff *skb,
			   struct netlink_callback *cb, u16 type,
			   struct twin_rtnl_format *format);
int twin_rtnl_dump_result(struct sk_buff *skb, struct netlink_callback *cb,
			  int err);
int twin_rtnl_put_addr(struct sk_buff *skb, int attribute, __be32 addr,
		       const struct twin_rtnl_format *format);
int twin_rtnl_get_addr(const struct nlattr *nla, __be32 *addr,
		       struct netlink_ext_ack *extack);
struct net_device *twin_rtnl_device(struct net *net, int ifindex,
				    struct netlink_ext_ack *extack);
int twin_rtnl_answer(struct sk_buff *request, struct sk_buff *answer);
struct twin_rtnl_format twin_rtnl_answer_format(const struct sk_buff *request,
						const struct nlmsghdr *nlh,
						u16 type);

/* rtnl_addr.c */
int twin_rtnl_addr_new(struct sk_buff *skb, struct nlmsghdr *nlh,
		       struct netlink_ext_ack *extack);
int twin_rtnl_addr_del(struct sk_buff *skb, struct nlmsghdr *nlh,
		       struct netlink_ext_ack *extack);
int twin_rtnl_addr_get(struct sk_buff *skb, struct nlmsghdr *nlh,
		       struct netlink_ext_ack *extack);
int twin_rtnl_addr_dump(struct sk_buff *skb, struct netlink_callback *cb);
int twin_rtnl_addr_put(struct sk_buff *skb, const struct twin_link_addr *addr,
		       const struct twin_rtnl_format *format);

/* rtnl_route.c */
int twin_rtnl_route_new(struct sk_buff *skb, struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack);
int twin_rtnl_route_del(struct sk_buff *skb, struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack);

/* rtnl_route_show.c */
int twin_rtnl_route_get(struct sk_buff *skb, struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack);
int twin_rtnl_route_dump(struct sk_buff *skb, struct netlink_callback *cb);
int twin_rtnl_route_put(struct sk_buff *skb, const struct twin_route *route,
			const struct twin_rtnl_format *format);

/* rtnl_neigh.c */
int twin_rtnl_neigh_new(struct sk_buff *skb, struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack);
int twin_rtnl_neigh_del(struct sk_buff *skb, struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack);
int twin_rtnl_neigh_get(struct sk_buff *skb, struct nlmsghdr *nlh,
			struct netlink_ext_ack *extack);
int twin_rtnl_neigh_dump(struct sk_buff *skb, struct netlink_callback *cb);
int twin_rtnl_neigh_put(struct sk_buff *skb, struct twin_arp_entry *entry,
			const struct twin_rtnl_format *format);

#endif
