// SPDX-License-Identifier: GPL-2.0
/*
 * One socket as a message of sock_diag, in inet_diag's layout, so that
 * programs written for AF_INET read it.
 */
#include <net/netlink.h>
#include <net/tcp_states.h>
#include <linux/in.h>
#include <uapi/linux/inet_diag.h>
#include "inspect.h"

/* As they lie in a message, each rounded up to where the next attribute begins. */
struct twin_diag_u8 {
	struct nlattr head;
	u8 value;
	u8 pad[NLA_ALIGNTO - 1];
};

/*
 * struct twin_diag_short - what a list asks of each socket, all in one piece
 * @shutdown: INET_DIAG_SHUTDOWN
 * @sockopt: INET_DIAG_SOCKOPT
 */
struct twin_diag_short {
	struct twin_diag_u8 shutdown;
	struct {
		struct nlattr head;
		struct inet_diag_sockopt value;
	} __aligned(NLA_ALIGNTO) sockopt;
};

static bool twin_diag_wants(const struct twin_diag_format *format,
			    unsigned int attribute)
{
	return format->extensions & BIT(attribute - 1);
}

/* A look at the map for each socket is worth it where it says something. */
static uid_t twin_diag_uid(struct user_namespace *ns, kuid_t uid)
{
	return ns == &init_user_ns ? __kuid_val(uid) : from_kuid_munged(ns, uid);
}

/* All members, without clearing any first: there may be many rows. */
static void twin_diag_fill_header(struct inet_diag_msg *msg,
				  const struct twin_sock_view *view,
				  const struct twin_diag_format *format)
{
	struct inet_diag_sockid *id = &msg->id;

	msg->idiag_family = format->family;
	msg->idiag_state = view->state;
	msg->idiag_timer = view->timer;
	msg->idiag_retrans = view->timer == TWIN_VIEW_TIMER_RETRANSMIT ?
			     view->retransmits : view->probes;
	id->idiag_sport = view->lport;
	id->idiag_dport = view->rport;
	id->idiag_src[0] = view->laddr;
	/* so short a stretch is cheaper to write than to have cleared */
	id->idiag_src[1] = 0;
	id->idiag_src[2] = 0;
	id->idiag_src[3] = 0;
	id->idiag_dst[0] = view->raddr;
	id->idiag_dst[1] = 0;
	id->idiag_dst[2] = 0;
	id->idiag_dst[3] = 0;
	id->idiag_if = view->ifindex;
	id->idiag_cookie[0] = (u32)view->cookie;
	id->idiag_cookie[1] = (u32)(view->cookie >> 32);
	msg->idiag_expires = view->timer ? view->timer_expires_ms : 0;
	msg->idiag_rqueue = view->rx_queue_bytes;
	msg->idiag_wqueue = view->tx_queue_bytes;
	msg->idiag_uid = twin_diag_uid(format->user_ns, view->uid);
	msg->idiag_inode = view->inode;
}

static struct inet_diag_sockopt
twin_diag_sockopt(const struct twin_sock_view *view)
{
	u16 bits = view->sockopt;

	return (struct inet_diag_sockopt){
		.recverr = !!(bits & TWIN_VIEW_RECVERR),
		.is_icsk = !!(bits & TWIN_VIEW_IS_TCP),
		.freebind = !!(bits & TWIN_VIEW_FREEBIND),
		.hdrincl = !!(bits & TWIN_VIEW_HDRINCL),
		.mc_loop = !!(bits & TWIN_VIEW_MC_LOOP),
		.transparent = !!(bits & TWIN_VIEW_TRANSPARENT),
		.mc_all = !!(bits & TWIN_VIEW_MC_ALL),
		.nodefrag = !!(bits & TWIN_VIEW_NODEFRAG),
		.bind_address_no_port = !!(bits & TWIN_VIEW_BIND_NO_PORT),
		.recverr_rfc4884 = !!(bits & TWIN_VIEW_RECVERR_RFC4884),
		.defer_connect = !!(bits & TWIN_VIEW_DEFER_CONNECT),
	};
}

static void twin_diag_fill_u8(struct twin_diag_u8 *attribute, u16 type, u8 value)
{
	*attribute = (struct twin_diag_u8){
		.head.nla_len = nla_attr_size(sizeof(value)),
		.head.nla_type = type,
		.value = value,
	};
}

static void twin_diag_fill_short(struct twin_diag_short *attributes,
				 const struct twin_sock_view *view)
{
	/* what is between them is sent as well */
	memset(&attributes->sockopt, 0, sizeof(attributes->sockopt));
	twin_diag_fill_u8(&attributes->shutdown, INET_DIAG_SHUTDOWN,
			  view->shutdown);
	attributes->sockopt.head.nla_type = INET_DIAG_SOCKOPT;
	attributes->sockopt.head.nla_len =
		nla_attr_size(sizeof(attributes->sockopt.value));
	attributes->sockopt.value = twin_diag_sockopt(view);
}

static int twin_diag_put_memory(struct sk_buff *skb,
				const struct twin_sock_view *view,
				const struct twin_diag_format *format)
{
	const u32 *meminfo = view->meminfo;
	struct inet_diag_meminfo old = {
		.idiag_rmem = meminfo[SK_MEMINFO_RMEM_ALLOC],
		.idiag_wmem = meminfo[SK_MEMINFO_WMEM_QUEUED],
		.idiag_fmem = meminfo[SK_MEMINFO_FWD_ALLOC],
		.idiag_tmem = meminfo[SK_MEMINFO_WMEM_ALLOC],
	};

	if (twin_diag_wants(format, INET_DIAG_MEMINFO) &&
	    nla_put(skb, INET_DIAG_MEMINFO, sizeof(old), &old))
		return -EMSGSIZE;
	if (twin_diag_wants(format, INET_DIAG_SKMEMINFO) &&
	    nla_put(skb, INET_DIAG_SKMEMINFO, sizeof(view->meminfo), meminfo))
		return -EMSGSIZE;
	return 0;
}

static int twin_diag_put_record(struct sk_buff *skb,
				const struct twin_sock_view *view)
{
	struct twin_record *record;
	struct nlattr *attr;

	attr = nla_reserve_64bit(skb, TWIN_DIAG_RECORD, sizeof(*record),
				 INET_DIAG_PAD);
	if (!attr)
		return -EMSGSIZE;
	record = nla_data(attr);
	if (view->protocol == IPPROTO_TCP)
		record->state = view->record;
	else
		memset(&record->state, 0, sizeof(record->state));
	record->state.protocol = view->protocol;
	twin_record_read(view->recorder, record);
	return 0;
}

/* As if it were a protocol above: ss says "tcp-ulp-handover". */
static int twin_diag_put_handover(struct sk_buff *skb)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, INET_DIAG_ULP_INFO);

	if (!nest || nla_put_string(skb, INET_ULP_INFO_NAME, "handover"))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Attributes that are sent whether they were asked for or not. */
static int twin_diag_put_always(struct sk_buff *skb,
				const struct twin_sock_view *view,
				const struct twin_diag_format *format)
{
	if (view->cgroup &&
	    nla_put_u64_64bit(skb, INET_DIAG_CGROUP_ID, view->cgroup,
			      INET_DIAG_PAD))
		return -EMSGSIZE;
	if (format->show_mark &&
	    nla_put_u32(skb, INET_DIAG_MARK, view->mark))
		return -EMSGSIZE;
	return 0;
}

static int twin_diag_put_asked(struct sk_buff *skb,
			       const struct twin_sock_view *view,
			       const struct twin_diag_format *format)
{
	if (twin_diag_put_memory(skb, view, format))
		return -EMSGSIZE;
	if (twin_diag_wants(format, INET_DIAG_TOS) &&
	    nla_put_u8(skb, INET_DIAG_TOS, view->tos))
		return -EMSGSIZE;
	/* one wish for both: there is no bit for class ids in a request */
	if (twin_diag_wants(format, INET_DIAG_TCLASS) &&
	    nla_put_u32(skb, INET_DIAG_CLASS_ID, view->class_id))
		return -EMSGSIZE;
	if (format->record && view->recorder && twin_diag_put_record(skb, view))
		return -EMSGSIZE;
	if (view->protocol != IPPROTO_TCP)
		return 0;
	if (twin_diag_wants(format, INET_DIAG_INFO) &&
	    nla_put_64bit(skb, INET_DIAG_INFO, sizeof(view->info), &view->info,
			  INET_DIAG_PAD))
		return -EMSGSIZE;
	if (twin_diag_wants(format, INET_DIAG_INFO) && view->handed_over &&
	    twin_diag_put_handover(skb))
		return -EMSGSIZE;
	if (twin_diag_wants(format, INET_DIAG_CONG) && view->congestion[0] &&
	    nla_put_string(skb, INET_DIAG_CONG, view->congestion))
		return -EMSGSIZE;
	/* the bit of the first algorithm stands for the data of any */
	if (view->congestion_attribute &&
	    twin_diag_wants(format, INET_DIAG_VEGASINFO) &&
	    nla_put(skb, view->congestion_attribute, view->congestion_bytes,
		    &view->congestion_info))
		return -EMSGSIZE;
	return 0;
}

/* AF_INET's list of raw sockets is that of protocol 0. */
static u8 twin_diag_protocol(const struct twin_sock_view *view,
			     const struct twin_diag_format *format)
{
	return view->protocol == IPPROTO_ICMP && format->family == AF_INET ?
	       0 : view->protocol;
}

/* The part of fixed size; without a protocol readers take it for TCP's. */
static struct nlmsghdr *twin_diag_put_row(struct sk_buff *skb,
					  const struct twin_sock_view *view,
					  const struct twin_diag_format *format,
					  bool whole)
{
	bool named = view->protocol != IPPROTO_TCP;
	struct twin_diag_u8 *protocol;
	struct inet_diag_msg *msg;
	struct nlmsghdr *nlh;

	BUILD_BUG_ON(sizeof(*msg) % NLMSG_ALIGNTO);
	nlh = nlmsg_put(skb, format->portid, format->seq, SOCK_DIAG_BY_FAMILY,
			sizeof(*msg) + (named ? sizeof(*protocol) : 0) +
			(whole ? sizeof(struct twin_diag_short) : 0),
			format->netlink_flags);
	if (!nlh)
		return NULL;
	msg = nlmsg_data(nlh);
	twin_diag_fill_header(msg, view, format);
	protocol = (struct twin_diag_u8 *)(msg + 1);
	if (named)
		twin_diag_fill_u8(protocol++, INET_DIAG_PROTOCOL,
				  twin_diag_protocol(view, format));
	if (whole)
		twin_diag_fill_short((struct twin_diag_short *)protocol, view);
	return nlh;
}

/**
 * twin_diag_message_put() - append one socket to a netlink buffer
 * @skb: buffer, stays the caller's
 * @view: the socket
 * @format: what the reader asked for and may see
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE with @skb as it was if there is no room.
 */
int twin_diag_message_put(struct sk_buff *skb,
			  const struct twin_sock_view *view,
			  const struct twin_diag_format *format)
{
	bool socket = view->kind == TWIN_VIEW_SOCKET;
	bool whole = socket && !format->bare;
	struct nlmsghdr *nlh = twin_diag_put_row(skb, view, format, whole);

	if (!nlh)
		return -EMSGSIZE;
	if ((whole && twin_diag_put_always(skb, view, format)) ||
	    (socket && (format->extensions || format->record) &&
	     twin_diag_put_asked(skb, view, format))) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}
