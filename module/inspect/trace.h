/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: trace system "twin".
 *
 * Leaf header: includes no other room, so that any room may include it.  Events
 * take scalars, skbs and structs of this file, never a room's type, so that no
 * type leaks down.
 * Addresses and ports are passed in network order as they are kept.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM twin

#if !defined(TWIN_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TWIN_TRACE_H

#include <linux/if_ether.h>
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>
#include "../compat/compat.h"
#include "drop.h"

#ifndef TWIN_TRACE_ONCE
#define TWIN_TRACE_ONCE

/*
 * struct twin_trace_ip - what events tell of a datagram's IP header
 * @saddr, @daddr: addresses
 * @id: identification
 * @fragment: flags and fragment offset as on the wire
 * @sport, @dport: ports of TCP and UDP in host order, where they are there
 * @protocol, @tos, @ttl: header fields
 *
 * Of an ARP packet the addresses of sender and target, and nothing else.
 */
struct twin_trace_ip {
	__be32 saddr;
	__be32 daddr;
	u16 id;
	u16 fragment;
	u16 sport;
	u16 dport;
	u8 protocol;
	u8 tos;
	u8 ttl;
};

/*
 * struct twin_trace_progress - where a connection stands
 * @snd_una: oldest number that is not acknowledged
 * @snd_nxt: next to be sent
 * @snd_wnd: the peer's window in bytes
 * @cwnd, @ssthresh, @in_flight: in segments
 * @mss: bytes in a segment
 * @srtt_us, @rto_us: round trip and time-out
 * @ca_state: enum tcp_ca_state
 */
struct twin_trace_progress {
	u32 snd_una;
	u32 snd_nxt;
	u32 snd_wnd;
	u32 cwnd;
	u32 ssthresh;
	u32 in_flight;
	u32 mss;
	u32 srtt_us;
	u32 rto_us;
	u8 ca_state;
};

/* Headers that an event carries: Ethernet, IP and TCP at their longest. */
#define TWIN_TRACE_HEADER_BYTES	(ETH_HLEN + 60 + 60)

const u8 *twin_trace_frame(const struct sk_buff *skb);
unsigned int twin_trace_bytes(const struct sk_buff *skb, const u8 *start);
void twin_trace_read_ip(const struct sk_buff *skb, struct twin_trace_ip *ip);
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

#define twin_trace_timer_name(timer)		\
	__print_symbolic(timer,			\
		{ 0, "retransmit" },		\
		{ 1, "loss-probe" },		\
		{ 2, "reorder" },		\
		{ 3, "persist" },		\
		{ 4, "delayed-ack" },		\
		{ 5, "keepalive" },		\
		{ 6, "fin-wait-2" },		\
		{ 7, "synack" })

#define twin_trace_call_name(call)		\
	__print_symbolic(call,			\
		{ 0, "socket" },		\
		{ 1, "bind" },			\
		{ 2, "connect" },		\
		{ 3, "listen" },		\
		{ 4, "accept" },		\
		{ 5, "send" },			\
		{ 6, "recv" },			\
		{ 7, "shutdown" },		\
		{ 8, "close" })

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
		__field(u16, sport)
		__field(u16, dport)
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
		__entry->sport = ip.sport;
		__entry->dport = ip.dport;
		__entry->protocol = ip.protocol;
		__entry->reason = reason;
		TWIN_COMPAT_ASSIGN_STR(text, twin_drop_text(reason));
	),
	TP_printk("reason=%s ifindex=%d saddr=%pI4 daddr=%pI4 protocol=%u sport=%u dport=%u len=%u",
		  __get_str(text), __entry->ifindex, __entry->saddr,
		  __entry->daddr, __entry->protocol, __entry->sport,
		  __entry->dport, __entry->len)
);

/* bytes: the frame's headers, from its link header on if it has one */
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
		__array(char, device, IFNAMSIZ)
		__dynamic_array(u8, bytes,
				twin_trace_bytes(skb, twin_trace_frame(skb)))
	),
	TP_fast_assign(
		const u8 *frame = twin_trace_frame(skb);

		__entry->skbaddr = skb;
		__entry->ifindex = twin_trace_ifindex(skb);
		__entry->len = skb->len + (skb->data - frame);
		memcpy(__get_dynamic_array(bytes), frame,
		       __get_dynamic_array_len(bytes));
		__entry->gso_size = skb_shinfo(skb)->gso_size;
		__entry->ethertype = be16_to_cpu(skb->protocol);
		__entry->ip_summed = skb->ip_summed;
		memcpy(__entry->device, skb->dev->name, IFNAMSIZ);
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

/* skb with its network header set and in the linear part; bytes: the headers */
DECLARE_EVENT_CLASS(twin_datagram,
	TP_PROTO(const struct sk_buff *skb),
	TP_ARGS(skb),
	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(int, ifindex)
		__array(u8, saddr, 4)
		__array(u8, daddr, 4)
		__field(u32, total_bytes)
		__field(u16, id)
		__field(u16, fragment)
		__field(u8, protocol)
		__field(u8, tos)
		__field(u8, ttl)
		__dynamic_array(u8, bytes,
				twin_trace_bytes(skb, skb_network_header(skb)))
	),
	TP_fast_assign(
		struct twin_trace_ip ip;

		twin_trace_read_ip(skb, &ip);
		__entry->skbaddr = skb;
		__entry->ifindex = twin_trace_ifindex(skb);
		memcpy(__entry->saddr, &ip.saddr, 4);
		memcpy(__entry->daddr, &ip.daddr, 4);
		__entry->total_bytes = skb->len;
		__entry->id = ip.id;
		__entry->fragment = ip.fragment;
		__entry->protocol = ip.protocol;
		__entry->tos = ip.tos;
		__entry->ttl = ip.ttl;
		memcpy(__get_dynamic_array(bytes), skb_network_header(skb),
		       __get_dynamic_array_len(bytes));
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

/* The table's answer: the longest prefix that fits, with the best metric. */
TRACE_EVENT(twin_ip_route,
	TP_PROTO(__be32 daddr, __be32 prefix, u8 prefix_len, u8 type,
		 __be32 gateway, u32 metric, int ifindex),
	TP_ARGS(daddr, prefix, prefix_len, type, gateway, metric, ifindex),
	TP_STRUCT__entry(
		__array(u8, daddr, 4)
		__array(u8, prefix, 4)
		__array(u8, gateway, 4)
		__field(u32, metric)
		__field(int, ifindex)
		__field(u8, prefix_len)
		__field(u8, type)
	),
	TP_fast_assign(
		memcpy(__entry->daddr, &daddr, 4);
		memcpy(__entry->prefix, &prefix, 4);
		memcpy(__entry->gateway, &gateway, 4);
		__entry->metric = metric;
		__entry->ifindex = ifindex;
		__entry->prefix_len = prefix_len;
		__entry->type = type;
	),
	TP_printk("daddr=%pI4 prefix=%pI4/%u type=%u gateway=%pI4 metric=%u ifindex=%d",
		  __entry->daddr, __entry->prefix, __entry->prefix_len,
		  __entry->type, __entry->gateway, __entry->metric,
		  __entry->ifindex)
);

/* What a sender is told: source address, next hop, device; or an errno. */
TRACE_EVENT(twin_ip_path,
	TP_PROTO(__be32 daddr, __be32 saddr, __be32 next_hop, int ifindex,
		 u32 mtu_bytes, u8 type, int error),
	TP_ARGS(daddr, saddr, next_hop, ifindex, mtu_bytes, type, error),
	TP_STRUCT__entry(
		__array(u8, daddr, 4)
		__array(u8, saddr, 4)
		__array(u8, next_hop, 4)
		__field(int, ifindex)
		__field(u32, mtu_bytes)
		__field(int, error)
		__field(u8, type)
	),
	TP_fast_assign(
		memcpy(__entry->daddr, &daddr, 4);
		memcpy(__entry->saddr, &saddr, 4);
		memcpy(__entry->next_hop, &next_hop, 4);
		__entry->ifindex = ifindex;
		__entry->mtu_bytes = mtu_bytes;
		__entry->error = error;
		__entry->type = type;
	),
	TP_printk("daddr=%pI4 saddr=%pI4 next_hop=%pI4 ifindex=%d mtu=%u type=%u error=%d",
		  __entry->daddr, __entry->saddr, __entry->next_hop,
		  __entry->ifindex, __entry->mtu_bytes, __entry->type,
		  __entry->error)
);

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
TRACE_EVENT(twin_tcp_progress,
	TP_PROTO(const void *skaddr, __be32 laddr, __be16 lport, __be32 raddr,
		 __be16 rport, const struct twin_trace_progress *progress),
	TP_ARGS(skaddr, laddr, lport, raddr, rport, progress),
	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__array(u8, laddr, 4)
		__array(u8, raddr, 4)
		__field(u16, lport)
		__field(u16, rport)
		__field(u32, snd_una)
		__field(u32, snd_nxt)
		__field(u32, snd_wnd)
		__field(u32, cwnd)
		__field(u32, ssthresh)
		__field(u32, in_flight)
		__field(u32, mss)
		__field(u32, srtt_us)
		__field(u32, rto_us)
		__field(u8, ca_state)
	),
	TP_fast_assign(
		__entry->skaddr = skaddr;
		memcpy(__entry->laddr, &laddr, 4);
		memcpy(__entry->raddr, &raddr, 4);
		__entry->lport = be16_to_cpu(lport);
		__entry->rport = be16_to_cpu(rport);
		__entry->snd_una = progress->snd_una;
		__entry->snd_nxt = progress->snd_nxt;
		__entry->snd_wnd = progress->snd_wnd;
		__entry->cwnd = progress->cwnd;
		__entry->ssthresh = progress->ssthresh;
		__entry->in_flight = progress->in_flight;
		__entry->mss = progress->mss;
		__entry->srtt_us = progress->srtt_us;
		__entry->rto_us = progress->rto_us;
		__entry->ca_state = progress->ca_state;
	),
	TP_printk("%pI4:%u %pI4:%u snd_una=%u snd_nxt=%u snd_wnd=%u cwnd=%u ssthresh=%u in_flight=%u mss=%u srtt_us=%u rto_us=%u ca_state=%u",
		  __entry->laddr, __entry->lport, __entry->raddr,
		  __entry->rport, __entry->snd_una, __entry->snd_nxt,
		  __entry->snd_wnd, __entry->cwnd, __entry->ssthresh,
		  __entry->in_flight, __entry->mss, __entry->srtt_us,
		  __entry->rto_us, __entry->ca_state)
);

/* A deadline has passed: enum twin_record_timer */
TRACE_EVENT(twin_tcp_timer,
	TP_PROTO(const void *skaddr, __be32 laddr, __be16 lport, __be32 raddr,
		 __be16 rport, u8 timer, u8 backoff),
	TP_ARGS(skaddr, laddr, lport, raddr, rport, timer, backoff),
	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__array(u8, laddr, 4)
		__array(u8, raddr, 4)
		__field(u16, lport)
		__field(u16, rport)
		__field(u8, timer)
		__field(u8, backoff)
	),
	TP_fast_assign(
		__entry->skaddr = skaddr;
		memcpy(__entry->laddr, &laddr, 4);
		memcpy(__entry->raddr, &raddr, 4);
		__entry->lport = be16_to_cpu(lport);
		__entry->rport = be16_to_cpu(rport);
		__entry->timer = timer;
		__entry->backoff = backoff;
	),
	TP_printk("%pI4:%u %pI4:%u timer=%s backoff=%u",
		  __entry->laddr, __entry->lport, __entry->raddr,
		  __entry->rport, twin_trace_timer_name(__entry->timer),
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

/* A program's call begins, or ends: enum twin_record_call */
TRACE_EVENT(twin_socket_enter,
	TP_PROTO(const void *skaddr, u8 call, long argument),
	TP_ARGS(skaddr, call, argument),
	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__field(long, argument)
		__field(u8, call)
		__array(char, comm, TASK_COMM_LEN)
	),
	TP_fast_assign(
		__entry->skaddr = skaddr;
		__entry->argument = argument;
		__entry->call = call;
		memcpy(__entry->comm, current->comm, TASK_COMM_LEN);
	),
	TP_printk("sk=%p %s(%ld)", __entry->skaddr,
		  twin_trace_call_name(__entry->call), __entry->argument)
);

TRACE_EVENT(twin_socket_call,
	TP_PROTO(const void *skaddr, __be32 laddr, __be16 lport, __be32 raddr,
		 __be16 rport, u8 protocol, u8 call, long argument, long result),
	TP_ARGS(skaddr, laddr, lport, raddr, rport, protocol, call, argument,
		result),
	TP_STRUCT__entry(
		__field(const void *, skaddr)
		__array(u8, laddr, 4)
		__array(u8, raddr, 4)
		__field(u16, lport)
		__field(u16, rport)
		__field(long, argument)
		__field(long, result)
		__field(u8, protocol)
		__field(u8, call)
		__array(char, comm, TASK_COMM_LEN)
	),
	TP_fast_assign(
		__entry->skaddr = skaddr;
		memcpy(__entry->laddr, &laddr, 4);
		memcpy(__entry->raddr, &raddr, 4);
		__entry->lport = be16_to_cpu(lport);
		__entry->rport = be16_to_cpu(rport);
		__entry->argument = argument;
		__entry->result = result;
		__entry->protocol = protocol;
		__entry->call = call;
		memcpy(__entry->comm, current->comm, TASK_COMM_LEN);
	),
	TP_printk("sk=%p %pI4:%u %pI4:%u protocol=%u %s(%ld) = %ld",
		  __entry->skaddr, __entry->laddr, __entry->lport,
		  __entry->raddr, __entry->rport, __entry->protocol,
		  twin_trace_call_name(__entry->call), __entry->argument,
		  __entry->result)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
