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

static bool twin_diag_wants(const struct twin_diag_format *format,
			    unsigned int attribute)
{
	return format->extensions & BIT(attribute - 1);
}

static void twin_diag_fill_header(struct inet_diag_msg *msg,
				  const struct twin_sock_view *view,
				  const struct twin_diag_format *format)
{
	memset(msg, 0, sizeof(*msg));
	msg->idiag_family = format->family;
	msg->idiag_state = view->state;
	msg->idiag_timer = view->timer;
	msg->idiag_retrans = view->timer == TWIN_VIEW_TIMER_RETRANSMIT ?
			     view->retransmits : view->probes;
	msg->id.idiag_sport = view->lport;
	msg->id.idiag_dport = view->rport;
	msg->id.idiag_src[0] = view->laddr;
	msg->id.idiag_dst[0] = view->raddr;
	msg->id.idiag_if = view->ifindex;
	msg->id.idiag_cookie[0] = (u32)view->cookie;
	msg->id.idiag_cookie[1] = (u32)(view->cookie >> 32);
	msg->idiag_expires = view->timer ? view->timer_expires_ms : 0;
	msg->idiag_rqueue = view->rx_queue_bytes;
	msg->idiag_wqueue = view->tx_queue_bytes;
	msg->idiag_uid = from_kuid_munged(format->user_ns, view->uid);
	msg->idiag_inode = view->inode;
}

static int twin_diag_put_sockopt(struct sk_buff *skb,
				 const struct twin_sock_view *view)
{
	u16 bits = view->sockopt;
	struct inet_diag_sockopt options = {
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

	return nla_put(skb, INET_DIAG_SOCKOPT, sizeof(options), &options);
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
	record->state = view->record;
	record->state.protocol = view->protocol;
	twin_record_read(view->recorder, record);
	return 0;
}

/* What request and TIME-WAIT objects do not have. */
static int twin_diag_put_socket(struct sk_buff *skb,
				const struct twin_sock_view *view,
				const struct twin_diag_format *format)
{
	if (nla_put_u8(skb, INET_DIAG_SHUTDOWN, view->shutdown) ||
	    twin_diag_put_sockopt(skb, view) ||
	    twin_diag_put_memory(skb, view, format))
		return -EMSGSIZE;
	if (view->cgroup &&
	    nla_put_u64_64bit(skb, INET_DIAG_CGROUP_ID, view->cgroup,
			      INET_DIAG_PAD))
		return -EMSGSIZE;
	if (twin_diag_wants(format, INET_DIAG_TOS) &&
	    nla_put_u8(skb, INET_DIAG_TOS, view->tos))
		return -EMSGSIZE;
	/* one wish for both: there is no bit for class ids in a request */
	if (twin_diag_wants(format, INET_DIAG_TCLASS) &&
	    nla_put_u32(skb, INET_DIAG_CLASS_ID, view->class_id))
		return -EMSGSIZE;
	if (format->show_mark &&
	    nla_put_u32(skb, INET_DIAG_MARK, view->mark))
		return -EMSGSIZE;
	if (format->record && view->recorder && twin_diag_put_record(skb, view))
		return -EMSGSIZE;
	if (view->protocol != IPPROTO_TCP)
		return 0;
	if (twin_diag_wants(format, INET_DIAG_INFO) &&
	    nla_put_64bit(skb, INET_DIAG_INFO, sizeof(view->info), &view->info,
			  INET_DIAG_PAD))
		return -EMSGSIZE;
	if (twin_diag_wants(format, INET_DIAG_CONG) && view->congestion[0] &&
	    nla_put_string(skb, INET_DIAG_CONG, view->congestion))
		return -EMSGSIZE;
	/* whoever wants any algorithm's data asks for that of the first one */
	if (view->congestion_attribute &&
	    twin_diag_wants(format, INET_DIAG_VEGASINFO) &&
	    nla_put(skb, view->congestion_attribute, view->congestion_bytes,
		    &view->congestion_info))
		return -EMSGSIZE;
	return 0;
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
	u8 protocol = view->protocol;
	struct nlmsghdr *nlh;

	if (protocol == IPPROTO_ICMP && format->raw_as_zero)
		protocol = 0;
	nlh = nlmsg_put(skb, format->portid, format->seq, SOCK_DIAG_BY_FAMILY,
			sizeof(struct inet_diag_msg), format->netlink_flags);
	if (!nlh)
		return -EMSGSIZE;
	twin_diag_fill_header(nlmsg_data(nlh), view, format);
	if (nla_put_u8(skb, INET_DIAG_PROTOCOL, protocol))
		goto out_cancel;
	if (view->kind == TWIN_VIEW_SOCKET &&
	    twin_diag_put_socket(skb, view, format))
		goto out_cancel;
	nlmsg_end(skb, nlh);
	return 0;

out_cancel:
	nlmsg_cancel(skb, nlh);
	return -EMSGSIZE;
}
