// SPDX-License-Identifier: GPL-2.0
/*
 * sock_diag for Twin's family: dump all sockets, show one, destroy one.
 */
#include <linux/net.h>
#include <linux/sock_diag.h>
#include <net/netlink.h>
#include <linux/in.h>
#include <uapi/linux/inet_diag.h>
#include "../../uapi/linux/twin.h"
#include "inspect.h"

static twin_view_walk_fn twin_diag_walk(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return twin_tcp_walk;
	case IPPROTO_UDP:
		return twin_udp_walk;
	case IPPROTO_ICMP:
		return twin_ping_walk;
	default:
		return NULL;
	}
}

/* A dump in progress; in netlink_callback.ctx, all zero at the start. */
struct twin_diag_position {
	unsigned int bucket;
	unsigned int index;
};

struct twin_diag_dump {
	struct sk_buff *skb;
	const struct inet_diag_req_v2 *req;
	const struct nlattr *filter;
	struct twin_diag_format format;
};

/* A socket may have gone on to another state after the walk found it. */
static bool twin_diag_dump_matches(const struct inet_diag_req_v2 *req,
				   const struct twin_sock_view *view)
{
	if (!(req->idiag_states & BIT(view->state)))
		return false;
	if (req->id.idiag_sport && req->id.idiag_sport != view->lport)
		return false;
	return !req->id.idiag_dport || req->id.idiag_dport == view->rport;
}

static int twin_diag_dump_one(const struct twin_sock_view *view, void *arg)
{
	struct twin_diag_dump *dump = arg;

	if (!twin_diag_dump_matches(dump->req, view) ||
	    (dump->filter && !twin_diag_filter_passes(dump->filter, view)))
		return 0;
	return twin_diag_message_put(dump->skb, view, &dump->format);
}

static const struct nlattr *twin_diag_filter(const struct nlmsghdr *nlh)
{
	return nlmsg_find_attr(nlh, sizeof(struct inet_diag_req_v2),
			       INET_DIAG_REQ_BYTECODE);
}

static bool twin_diag_asks(const struct nlmsghdr *nlh, int attribute)
{
	return nlmsg_find_attr(nlh, sizeof(struct inet_diag_req_v2),
			       attribute);
}

/* For administrators, who may see the recorders of all sockets. */
static bool twin_diag_wants_record(const struct nlmsghdr *nlh)
{
	return twin_diag_asks(nlh, TWIN_DIAG_RECORD);
}

/* As the request @nlh in @skb wants its answers, and may have them. */
static struct twin_diag_format twin_diag_format(const struct sk_buff *skb,
						const struct nlmsghdr *nlh)
{
	const struct inet_diag_req_v2 *req = nlmsg_data(nlh);

	return (struct twin_diag_format){
		.family = twin_diag_asks(nlh, TWIN_DIAG_AS_INET) ?
			  AF_INET : req->sdiag_family,
		.portid = NETLINK_CB(skb).portid,
		.seq = nlh->nlmsg_seq,
		.extensions = req->idiag_ext,
		.user_ns = sk_user_ns(NETLINK_CB(skb).sk),
		.show_mark = netlink_net_capable(skb, CAP_NET_ADMIN),
		.record = twin_diag_wants_record(nlh),
		.bare = twin_diag_asks(nlh, TWIN_DIAG_BARE),
	};
}

/* What the messages need of the sockets; a filter may look at anything. */
static struct twin_view_wish
twin_diag_wish(const struct twin_diag_format *format, u32 states, bool filtered)
{
	const u32 details = BIT(INET_DIAG_INFO - 1) | BIT(INET_DIAG_CONG - 1) |
			    BIT(INET_DIAG_VEGASINFO - 1);

	return (struct twin_view_wish){
		.states = states,
		.details = format->extensions & details,
		.record = format->record,
		.bare = format->bare && !format->extensions &&
			!format->record && !filtered,
	};
}

static int twin_diag_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct inet_diag_req_v2 *req = nlmsg_data(cb->nlh);
	struct twin_diag_position *position = (void *)cb->ctx;
	struct twin_diag_dump dump = {
		.skb = skb,
		.req = req,
		.filter = twin_diag_filter(cb->nlh),
		.format = twin_diag_format(cb->skb, cb->nlh),
	};
	struct twin_view_wish wish = twin_diag_wish(&dump.format,
						    req->idiag_states,
						    dump.filter);
	twin_view_walk_fn walk = twin_diag_walk(req->sdiag_protocol);
	int err;

	dump.format.netlink_flags = NLM_F_MULTI;
	err = walk(twin_pernet(sock_net(skb->sk)), &wish, &position->bucket,
		   &position->index, twin_diag_dump_one, &dump);
	return err && skb->len ? skb->len : err;
}

static bool twin_diag_cookie_matches(const struct inet_diag_req_v2 *req,
				     const struct twin_sock_view *view)
{
	const u32 *cookie = req->id.idiag_cookie;

	if (cookie[0] == INET_DIAG_NOCOOKIE && cookie[1] == INET_DIAG_NOCOOKIE)
		return true;
	return cookie[0] == (u32)view->cookie &&
	       cookie[1] == (u32)(view->cookie >> 32);
}

static bool twin_diag_key_matches(const struct inet_diag_req_v2 *req,
				  const struct twin_sock_view *view)
{
	return req->id.idiag_sport == view->lport &&
	       req->id.idiag_dport == view->rport &&
	       req->id.idiag_src[0] == view->laddr &&
	       req->id.idiag_dst[0] == view->raddr &&
	       (!req->id.idiag_if || req->id.idiag_if == view->ifindex);
}

/*
 * struct twin_diag_query - the search for one socket
 * @skb: its message goes here, if not NULL
 * @req: what is looked for
 * @format: of the message
 * @hold: the socket itself is wanted
 * @sk: it, with a reference
 * @found: there is one with that cookie
 * @stale: there is one, but its cookie is another
 */
struct twin_diag_query {
	struct sk_buff *skb;
	const struct inet_diag_req_v2 *req;
	struct twin_diag_format format;
	struct sock *sk;
	bool hold;
	bool found;
	bool stale;
};

static int twin_diag_query_one(const struct twin_sock_view *view, void *arg)
{
	struct twin_diag_query *query = arg;

	if (!twin_diag_key_matches(query->req, view))
		return 0;
	if (!twin_diag_cookie_matches(query->req, view)) {
		query->stale = true;
		return 0;
	}
	query->found = true;
	if (query->hold) {
		query->sk = view->sk;
		sock_hold(query->sk);
	}
	if (query->skb && twin_diag_message_put(query->skb, view,
						&query->format))
		return -EMSGSIZE;
	return 1;
}

/* A connection is found by its ends, a UDP socket by its port. */
static int twin_diag_search(struct twin_net *tn, struct twin_diag_query *query)
{
	const struct inet_diag_sockid *id = &query->req->id;
	struct twin_view_wish wish = twin_diag_wish(&query->format,
						    TWIN_VIEW_ALL_STATES, false);
	twin_view_walk_fn walk = twin_diag_walk(query->req->sdiag_protocol);
	unsigned int bucket = 0;
	unsigned int index = 0;

	if (query->req->sdiag_protocol == IPPROTO_TCP &&
	    (id->idiag_dst[0] || id->idiag_dport))
		return twin_tcp_show_flow(tn, &wish, id->idiag_src[0],
					  id->idiag_sport, id->idiag_dst[0],
					  id->idiag_dport, id->idiag_if,
					  twin_diag_query_one, query);
	if (query->req->sdiag_protocol == IPPROTO_UDP)
		return twin_udp_show_port(tn, &wish, id->idiag_sport,
					  twin_diag_query_one, query);
	return walk(tn, &wish, &bucket, &index, twin_diag_query_one, query);
}

static int twin_diag_query(struct twin_net *tn, struct twin_diag_query *query)
{
	int err = twin_diag_search(tn, query);

	if (err < 0)
		return err;
	if (query->found)
		return 0;
	/* AF_INET's answer to whoever asks for a datagram socket */
	return query->stale && query->req->sdiag_protocol != IPPROTO_TCP ?
	       -ESTALE : -ENOENT;
}

static int twin_diag_get(struct sk_buff *request, const struct nlmsghdr *nlh)
{
	struct net *net = sock_net(request->sk);
	struct twin_diag_query query = {
		.req = nlmsg_data(nlh),
		.format = twin_diag_format(request, nlh),
	};
	int err;

	query.skb = nlmsg_new(TWIN_DIAG_RECORD_BYTES, GFP_KERNEL);
	if (!query.skb)
		return -ENOMEM;
	err = twin_diag_query(twin_pernet(net), &query);
	if (err) {
		nlmsg_free(query.skb);
		return err;
	}
	return nlmsg_unicast(net->diag_nlsk, query.skb,
			     NETLINK_CB(request).portid);
}

static int twin_diag_check(struct sk_buff *skb, const struct nlmsghdr *nlh)
{
	const struct inet_diag_req_v2 *req = nlmsg_data(nlh);
	bool admin = netlink_net_capable(skb, CAP_NET_ADMIN);

	if (nlmsg_len(nlh) < sizeof(*req))
		return -EINVAL;
	if (twin_diag_wants_record(nlh) && !admin)
		return -EPERM;
	if (!twin_diag_walk(req->sdiag_protocol))
		return -ENOENT;
	return twin_diag_filter_check(twin_diag_filter(nlh), admin);
}

static int twin_diag_request(struct sk_buff *skb, struct nlmsghdr *nlh)
{
	struct netlink_dump_control control = {
		.dump = twin_diag_dump,
		.min_dump_alloc = twin_diag_wants_record(nlh) ?
				  TWIN_DIAG_RECORD_BYTES : 0,
		.module = THIS_MODULE,
	};
	int err;

	BUILD_BUG_ON(sizeof(struct twin_diag_position) >
		     sizeof_field(struct netlink_callback, ctx));

	err = twin_diag_check(skb, nlh);
	if (err)
		return err;
	if (!(nlh->nlmsg_flags & NLM_F_DUMP))
		return twin_diag_get(skb, nlh);
	return netlink_dump_start(sock_net(skb->sk)->diag_nlsk, skb, nlh,
				  &control);
}

static int twin_diag_destroy(struct sk_buff *skb, struct nlmsghdr *nlh)
{
	const struct inet_diag_req_v2 *req = nlmsg_data(nlh);
	struct twin_net *tn = twin_pernet(sock_net(skb->sk));
	struct twin_diag_query query = { .req = req };
	int err;

	if (!netlink_net_capable(skb, CAP_NET_ADMIN))
		return -EPERM;
	err = twin_diag_check(skb, nlh);
	if (err)
		return err;
	query.hold = req->sdiag_protocol != IPPROTO_TCP;
	err = twin_diag_query(tn, &query);
	/* to AF_INET one with another cookie is none here, and ss goes on only then */
	if (err == -ESTALE)
		err = -ENOENT;
	if (err)
		return err;
	if (query.sk) {
		twin_datagram_abort(query.sk);
		sock_put(query.sk);
		return 0;
	}
	return twin_tcp_abort_flow(tn, req->id.idiag_src[0],
				   req->id.idiag_sport, req->id.idiag_dst[0],
				   req->id.idiag_dport, req->id.idiag_if,
				   req->id.idiag_cookie);
}

static struct sock_diag_handler twin_diag_handler = {
	.owner = THIS_MODULE,
	.dump = twin_diag_request,
	.destroy = twin_diag_destroy,
};

/**
 * twin_inspect_init() - answer sock_diag requests for the family
 *
 * Context: Process; sleeps.
 * Return: 0, or -EBUSY if another module answers for the number.
 */
int twin_inspect_init(void)
{
	twin_diag_handler.family = twin_family;
	return sock_diag_register(&twin_diag_handler);
}

/**
 * twin_inspect_exit() - answer no more
 *
 * A dump under way holds the module, so none is.
 *
 * Context: Process; sleeps.
 */
void twin_inspect_exit(void)
{
	sock_diag_unregister(&twin_diag_handler);
}

MODULE_ALIAS_NET_PF_PROTO_TYPE(PF_NETLINK, NETLINK_SOCK_DIAG, AF_TWIN);
