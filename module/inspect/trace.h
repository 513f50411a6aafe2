/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: trace system "twin".
 *
 * Scalar hook of the inspect room: any room may include this.  Events take
 * scalars and skbs only, never a room's type, so that no type leaks down.
 * Addresses and ports are passed in network order as they are kept.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM twin

#if !defined(TWIN_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TWIN_TRACE_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>
#include "../compat/compat.h"
#include "drop.h"

#ifndef TWIN_TRACE_ONCE
#define TWIN_TRACE_ONCE

/*
 * enum twin_trace_timer - which timer of a connection fired
 * @TWIN_TRACE_TIMER_RETRANSMIT: RTO of RFC 6298
 * @TWIN_TRACE_TIMER_KEEPALIVE: keepalive
 * @TWIN_TRACE_TIMER_TIMEWAIT: end of TIME-WAIT or of an orphaned FIN-WAIT-2
 * @TWIN_TRACE_TIMER_PROBE: zero-window probe
 * @TWIN_TRACE_TIMER_DELAYED_ACK: delayed acknowledgment
 * @TWIN_TRACE_TIMER_REORDER: RACK's reordering window (RFC 8985)
 * @TWIN_TRACE_TIMER_LOSS_PROBE: tail loss probe (RFC 8985)
 * @TWIN_TRACE_TIMER_SYNACK: SYN+ACK of a connection without a socket
 */
enum twin_trace_timer {
	TWIN_TRACE_TIMER_RETRANSMIT = 1,
	TWIN_TRACE_TIMER_KEEPALIVE,
	TWIN_TRACE_TIMER_TIMEWAIT,
	TWIN_TRACE_TIMER_PROBE,
	TWIN_TRACE_TIMER_DELAYED_ACK,
	TWIN_TRACE_TIMER_REORDER,
	TWIN_TRACE_TIMER_LOSS_PROBE,
	TWIN_TRACE_TIMER_SYNACK,
};

/*
 * struct twin_trace_ip - what events tell of a datagram's IP header
 * @saddr, @daddr: addresses
 * @total_bytes: its length field
 * @id: identification
 * @fragment: flags and fragment offset as on the wire
 * @protocol, @tos, @ttl: header fields
 */
struct twin_trace_ip {
	__be32 saddr;
	__be32 daddr;
	u16 total_bytes;
	u16 id;
	u16 fragment;
	u8 protocol;
	u8 tos;
	u8 ttl;
};

void twin_trace_peek_ip(const struct sk_buff *skb, struct twin_trace_ip *ip);
int twin_trace_ifindex(const struct sk_buff *skb);
#endif

/* Names by number, so that user space needs no enum of the kernel's. */
#define twin_trace_tcp_state(state)		\
	__print_symbolic(state,			\
		{ 1, "ESTABLISHED" },		\
		{ 2, "SYN-SENT" },		\
		{ 3, "SYN-RECEIVED" },		\
		{ 4, "FIN-WAIT-1" },		\
		{ 5, "FIN-WAIT-2" },		\
		{ 6, "TIME-WAIT" },		\
		{ 7, "CLOSED" },		\
		{ 8, "CLOSE-WAIT" },		\
		{ 9, "LAST-ACK" },		\
		{ 10, "LISTEN" },		\
		{ 11, "CLOSING" },		\
		{ 12, "SYN-RECEIVED" })

#define twin_trace_tcp_flags(flags)		\
	__print_flags(flags, "|",		\
		{ 0x01, "FIN" },		\
		{ 0x02, "SYN" },		\
		{ 0x04, "RST" },		\
		{ 0x08, "PSH" },		\
		{ 0x10, "ACK" },		\
		{ 0x20, "URG" },		\
		{ 0x40, "ECE" },		\
		{ 0x80, "CWR" })

#define twin_trace_timer_kind(kind)		\
	__print_symbolic(kind,			\
		{ 1, "retransmit" },		\
		{ 2, "keepalive" },		\
		{ 3, "timewait" },		\
		{ 4, "probe" },			\
		{ 5, "delayed-ack" },		\
		{ 6, "reorder" },		\
		{ 7, "loss-probe" },		\
		{ 8, "synack" })

#define twin_trace_arp_state_name(state)	\
	__print_symbolic(state,			\
		{ 0x00, "NONE" },		\
		{ 0x01, "INCOMPLETE" },		\
		{ 0x02, "REACHABLE" },		\
		{ 0x04, "STALE" },		\
		{ 0x08, "DELAY" },		\
		{ 0x10, "PROBE" },		\
		{ 0x20, "FAILED" },		\
		{ 0x40, "NOARP" },		\
		{ 0x80, "PERMANENT" })

TRACE_EVENT(twin_drop,
	TP_PROTO(const struct sk_buff *skb, unsigned int reason),
	TP_ARGS(skb, reason),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(int, ifindex)
		__field(unsigned int, len)
		__array(u8, saddr, 4)
		__array(u8, daddr, 4)
		__field(u8, protocol)
		__field(unsigned int, reason)
		__string(text, twin_drop_text(reason))
	),
	TP_fast_assign(
		struct twin_trace_ip ip;

		twin_trace_peek_ip(skb, &ip);
		__entry->skbaddr = skb;
		__entry->ifindex = twin_trace_ifindex(skb);
		__entry->len = skb ? skb->len : 0;
		memcpy(__entry->saddr, &ip.saddr, 4);
		memcpy(__entry->daddr, &ip.daddr, 4);
		__entry->protocol = ip.protocol;
		__entry->reason = reason;
		TWIN_COMPAT_ASSIGN_STR(text, twin_drop_text(reason));
	),
	TP_printk("reason=%s ifindex=%d saddr=%pI4 daddr=%pI4 protocol=%u len=%u",
		  __get_str(text), __entry->ifindex, __entry->saddr,
		  __entry->daddr, __entry->protocol, __entry->len)
);

DECLARE_EVENT_CLASS(twin_frame,
	TP_PROTO(const struct sk_buff *skb),
	TP_ARGS(skb),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(int, ifindex)
		__field(unsigned int, len)
		__field(unsigned int, gso_size)
		__field(u16, ethertype)
		__field(u8, ip_summed)
	),
	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->ifindex = twin_trace_ifindex(skb);
		__entry->len = skb->len;
		__entry->gso_size = skb_shinfo(skb)->gso_size;
		__entry->ethertype = be16_to_cpu(skb->protocol);
		__entry->ip_summed = skb->ip_summed;
	),
	TP_printk("ifindex=%d ethertype=%#06x len=%u gso_size=%u ip_summed=%u",
		  __entry->ifindex, __entry->ethertype, __entry->len,
		  __entry->gso_size, __entry->ip_summed)
);

DEFINE_EVENT(twin_frame, twin_link_rx,
	TP_PROTO(const struct sk_buff *skb), TP_ARGS(skb));
DEFINE_EVENT(twin_frame, twin_link_tx,
	TP_PROTO(const struct sk_buff *skb), TP_ARGS(skb));

TRACE_EVENT(twin_arp_state,
	TP_PROTO(int ifindex, __be32 addr, u8 from, u8 to),
	TP_ARGS(ifindex, addr, from, to),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__array(u8, addr, 4)
		__field(u8, from)
		__field(u8, to)
	),
	TP_fast_assign(
		__entry->ifindex = ifindex;
		memcpy(__entry->addr, &addr, 4);
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("ifindex=%d addr=%pI4 from=%s to=%s",
		  __entry->ifindex, __entry->addr,
		  twin_trace_arp_state_name(__entry->from),
		  twin_trace_arp_state_name(__entry->to))
);

/* skb with its network header set and in the linear part */
DECLARE_EVENT_CLASS(twin_datagram,
	TP_PROTO(const struct sk_buff *skb),
	TP_ARGS(skb),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(int, ifindex)
		__array(u8, saddr, 4)
		__array(u8, daddr, 4)
		__field(u16, total_bytes)
		__field(u16, id)
		__field(u16, fragment)
		__field(u8, protocol)
		__field(u8, tos)
		__field(u8, ttl)
	),
	TP_fast_assign(
		struct twin_trace_ip ip;

		twin_trace_peek_ip(skb, &ip);
		__entry->skbaddr = skb;
		__entry->ifindex = twin_trace_ifindex(skb);
		memcpy(__entry->saddr, &ip.saddr, 4);
		memcpy(__entry->daddr, &ip.daddr, 4);
		__entry->total_bytes = ip.total_bytes;
		__entry->id = ip.id;
		__entry->fragment = ip.fragment;
		__entry->protocol = ip.protocol;
		__entry->tos = ip.tos;
		__entry->ttl = ip.ttl;
	),
	TP_printk("ifindex=%d saddr=%pI4 daddr=%pI4 protocol=%u tos=%#x ttl=%u id=%u fragment=%#06x len=%u",
		  __entry->ifindex, __entry->saddr, __entry->daddr,
		  __entry->protocol, __entry->tos, __entry->ttl, __entry->id,
		  __entry->fragment, __entry->total_bytes)
);

DEFINE_EVENT(twin_datagram, twin_ip_rx,
	TP_PROTO(const struct sk_buff *skb), TP_ARGS(skb));
DEFINE_EVENT(twin_datagram, twin_ip_tx,
	TP_PROTO(const struct sk_buff *skb), TP_ARGS(skb));

TRACE_EVENT(twin_tcp_state,
	TP_PROTO(const void *skaddr, __be32 laddr, __be16 lport, __be32 raddr,
		 __be16 rport, u8 from, u8 to),
	TP_ARGS(skaddr, laddr, lport, raddr, rport, from, to),
	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__array(u8, laddr, 4)
		__array(u8, raddr, 4)
		__field(u16, lport)
		__field(u16, rport)
		__field(u8, from)
		__field(u8, to)
	),
	TP_fast_assign(
		__entry->skaddr = skaddr;
		memcpy(__entry->laddr, &laddr, 4);
		memcpy(__entry->raddr, &raddr, 4);
		__entry->lport = be16_to_cpu(lport);
		__entry->rport = be16_to_cpu(rport);
		__entry->from = from;
		__entry->to = to;
	),
	TP_printk("%pI4:%u %pI4:%u from=%s to=%s",
		  __entry->laddr, __entry->lport, __entry->raddr,
		  __entry->rport, twin_trace_tcp_state(__entry->from),
		  twin_trace_tcp_state(__entry->to))
);

/* seq and ack in host order, window in bytes after scaling */
DECLARE_EVENT_CLASS(twin_tcp_segment,
	TP_PROTO(const void *skaddr, __be32 laddr, __be16 lport, __be32 raddr,
		 __be16 rport, u8 flags, u32 seq, u32 ack, u32 len, u32 window),
	TP_ARGS(skaddr, laddr, lport, raddr, rport, flags, seq, ack, len,
		window),
	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__array(u8, laddr, 4)
		__array(u8, raddr, 4)
		__field(u16, lport)
		__field(u16, rport)
		__field(u32, seq)
		__field(u32, ack)
		__field(u32, len)
		__field(u32, window)
		__field(u8, flags)
	),
	TP_fast_assign(
		__entry->skaddr = skaddr;
		memcpy(__entry->laddr, &laddr, 4);
		memcpy(__entry->raddr, &raddr, 4);
		__entry->lport = be16_to_cpu(lport);
		__entry->rport = be16_to_cpu(rport);
		__entry->seq = seq;
		__entry->ack = ack;
		__entry->len = len;
		__entry->window = window;
		__entry->flags = flags;
	),
	TP_printk("%pI4:%u %pI4:%u flags=%s seq=%u ack=%u len=%u window=%u",
		  __entry->laddr, __entry->lport, __entry->raddr,
		  __entry->rport, twin_trace_tcp_flags(__entry->flags),
		  __entry->seq, __entry->ack, __entry->len, __entry->window)
);

DEFINE_EVENT(twin_tcp_segment, twin_tcp_rx,
	TP_PROTO(const void *skaddr, __be32 laddr, __be16 lport, __be32 raddr,
		 __be16 rport, u8 flags, u32 seq, u32 ack, u32 len, u32 window),
	TP_ARGS(skaddr, laddr, lport, raddr, rport, flags, seq, ack, len,
		window));
DEFINE_EVENT(twin_tcp_segment, twin_tcp_tx,
	TP_PROTO(const void *skaddr, __be32 laddr, __be16 lport, __be32 raddr,
		 __be16 rport, u8 flags, u32 seq, u32 ack, u32 len, u32 window),
	TP_ARGS(skaddr, laddr, lport, raddr, rport, flags, seq, ack, len,
		window));
DEFINE_EVENT(twin_tcp_segment, twin_tcp_retransmit,
	TP_PROTO(const void *skaddr, __be32 laddr, __be16 lport, __be32 raddr,
		 __be16 rport, u8 flags, u32 seq, u32 ack, u32 len, u32 window),
	TP_ARGS(skaddr, laddr, lport, raddr, rport, flags, seq, ack, len,
		window));

TRACE_EVENT(twin_tcp_timer,
	TP_PROTO(const void *skaddr, __be32 laddr, __be16 lport, __be32 raddr,
		 __be16 rport, u8 kind, u8 backoff),
	TP_ARGS(skaddr, laddr, lport, raddr, rport, kind, backoff),
	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__array(u8, laddr, 4)
		__array(u8, raddr, 4)
		__field(u16, lport)
		__field(u16, rport)
		__field(u8, kind)
		__field(u8, backoff)
	),
	TP_fast_assign(
		__entry->skaddr = skaddr;
		memcpy(__entry->laddr, &laddr, 4);
		memcpy(__entry->raddr, &raddr, 4);
		__entry->lport = be16_to_cpu(lport);
		__entry->rport = be16_to_cpu(rport);
		__entry->kind = kind;
		__entry->backoff = backoff;
	),
	TP_printk("%pI4:%u %pI4:%u kind=%s backoff=%u",
		  __entry->laddr, __entry->lport, __entry->raddr,
		  __entry->rport, twin_trace_timer_kind(__entry->kind),
		  __entry->backoff)
);

DECLARE_EVENT_CLASS(twin_udp_datagram,
	TP_PROTO(const void *skaddr, __be32 laddr, __be16 lport, __be32 raddr,
		 __be16 rport, u32 len),
	TP_ARGS(skaddr, laddr, lport, raddr, rport, len),
	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__array(u8, laddr, 4)
		__array(u8, raddr, 4)
		__field(u16, lport)
		__field(u16, rport)
		__field(u32, len)
	),
	TP_fast_assign(
		__entry->skaddr = skaddr;
		memcpy(__entry->laddr, &laddr, 4);
		memcpy(__entry->raddr, &raddr, 4);
		__entry->lport = be16_to_cpu(lport);
		__entry->rport = be16_to_cpu(rport);
		__entry->len = len;
	),
	TP_printk("%pI4:%u %pI4:%u len=%u",
		  __entry->laddr, __entry->lport, __entry->raddr,
		  __entry->rport, __entry->len)
);

DEFINE_EVENT(twin_udp_datagram, twin_udp_rx,
	TP_PROTO(const void *skaddr, __be32 laddr, __be16 lport, __be32 raddr,
		 __be16 rport, u32 len),
	TP_ARGS(skaddr, laddr, lport, raddr, rport, len));
DEFINE_EVENT(twin_udp_datagram, twin_udp_tx,
	TP_PROTO(const void *skaddr, __be32 laddr, __be16 lport, __be32 raddr,
		 __be16 rport, u32 len),
	TP_ARGS(skaddr, laddr, lport, raddr, rport, len));

/* A program's call: its name, its main argument, what it returned. */
TRACE_EVENT(twin_socket_call,
	TP_PROTO(const void *skaddr, const char *call, long argument,
		 long result),
	TP_ARGS(skaddr, call, argument, result),
	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__string(call, call)
		__field(long, argument)
		__field(long, result)
	),
	TP_fast_assign(
		__entry->skaddr = skaddr;
		TWIN_COMPAT_ASSIGN_STR(call, call);
		__entry->argument = argument;
		__entry->result = result;
	),
	TP_printk("sk=%p %s(%ld) = %ld", __entry->skaddr, __get_str(call),
		  __entry->argument, __entry->result)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
