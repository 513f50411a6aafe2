/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every drop has a reason: one enum, one counter each, one tracepoint.
 *
 * Leaf header: includes no other room, so that any room may include it.  The
 * second argument is the name shown by "twin stat drops" and /proc/net/twin/netstat.
 */
#ifndef TWIN_DROP_H
#define TWIN_DROP_H

#define TWIN_DROP_REASONS(X) \
	/* link */ \
	X(LINK_NO_MEMORY,	"LinkNoMemory") \
	X(LINK_DOWN,		"LinkDown") \
	X(LINK_XMIT,		"LinkXmit")		/* qdisc or driver refused it */ \
	/* ARP */ \
	X(ARP_SHORT,		"ArpShort") \
	X(ARP_FORMAT,		"ArpFormat")		/* not for Ethernet and IPv4 */ \
	X(ARP_OPCODE,		"ArpOpcode") \
	X(ARP_SOURCE,		"ArpSource")		/* sender addresses nobody may have */ \
	X(ARP_QUEUE_FULL,	"ArpQueueFull") \
	X(ARP_TABLE_FULL,	"ArpTableFull") \
	X(ARP_FAILED,		"ArpFailed")		/* the neighbour did not answer */ \
	/* IP input */ \
	X(IP_SHORT,		"IpShort") \
	X(IP_VERSION,		"IpVersion") \
	X(IP_HEADER_LENGTH,	"IpHeaderLength") \
	X(IP_TOTAL_LENGTH,	"IpTotalLength") \
	X(IP_CHECKSUM,		"IpChecksum") \
	X(IP_OPTIONS,		"IpOptions") \
	X(IP_SOURCE_ROUTE,	"IpSourceRoute") \
	X(IP_MARTIAN_SOURCE,	"IpMartianSource") \
	X(IP_NOT_LOCAL,		"IpNotLocal") \
	X(IP_NO_GROUP,		"IpNoGroup")		/* a group that nobody joined */ \
	X(IP_LINK_BROADCAST,	"IpLinkBroadcast")	/* a unicast sent to all */ \
	X(IP_TTL,		"IpTtl") \
	X(IP_LRO,		"IpLro")		/* merged, not to be forwarded */ \
	X(IP_PROTOCOL,		"IpProtocol") \
	/* fragments */ \
	X(FRAG_SHORT,		"FragShort")		/* in the middle, not 8n bytes */ \
	X(FRAG_TOO_LONG,	"FragTooLong") \
	X(FRAG_OVERLAP,		"FragOverlap") \
	X(FRAG_TINY,		"FragTiny") \
	X(FRAG_MEMORY,		"FragMemory") \
	X(FRAG_PEER_LIMIT,	"FragPeerLimit") \
	X(FRAG_TIMEOUT,		"FragTimeout") \
	X(FRAG_DUPLICATE,	"FragDuplicate") \
	/* IP output */ \
	X(IP_NO_ROUTE,		"IpNoRoute") \
	X(IP_TOO_BIG,		"IpTooBig")		/* needs fragments, has DF */ \
	X(IP_NO_MEMORY,		"IpNoMemory") \
	/* ICMP */ \
	X(ICMP_SHORT,		"IcmpShort") \
	X(ICMP_CHECKSUM,	"IcmpChecksum") \
	X(ICMP_TYPE,		"IcmpType") \
	X(ICMP_QUOTE,		"IcmpQuote")		/* quoted datagram is not one of ours */ \
	X(ICMP_IGNORED,		"IcmpIgnored")		/* by sysctl */ \
	X(ICMP_NO_SOCKET,	"IcmpNoSocket") \
	/* IGMP */ \
	X(IGMP_SHORT,		"IgmpShort") \
	X(IGMP_CHECKSUM,	"IgmpChecksum") \
	X(IGMP_IGNORED,		"IgmpIgnored")		/* of no use to a host */ \
	/* UDP */ \
	X(UDP_SHORT,		"UdpShort") \
	X(UDP_LENGTH,		"UdpLength") \
	X(UDP_CHECKSUM,		"UdpChecksum") \
	X(UDP_NO_SOCKET,	"UdpNoSocket") \
	/* sockets */ \
	X(SOCKET_BUFFER,	"SocketBuffer")		/* receive buffer full */ \
	X(SOCKET_BACKLOG,	"SocketBacklog") \
	X(SOCKET_FILTER,	"SocketFilter") \
	/* TCP */ \
	X(TCP_SHORT,		"TcpShort") \
	X(TCP_HEADER_LENGTH,	"TcpHeaderLength") \
	X(TCP_CHECKSUM,		"TcpChecksum") \
	X(TCP_NO_SOCKET,	"TcpNoSocket") \
	X(TCP_STATE,		"TcpState")		/* not acceptable in this state */ \
	X(TCP_WINDOW,		"TcpWindow")		/* outside the receive window */ \
	X(TCP_PAWS,		"TcpPaws") \
	X(TCP_ACK_FUTURE,	"TcpAckFuture") \
	X(TCP_NO_ACK,		"TcpNoAck") \
	X(TCP_RESET,		"TcpReset")		/* an accepted reset: work done */ \
	X(TCP_RESET_INVALID,	"TcpResetInvalid") \
	X(TCP_SYN_INVALID,	"TcpSynInvalid") \
	X(TCP_LISTEN_OVERFLOW,	"TcpListenOverflow") \
	X(TCP_SYN_QUEUE,	"TcpSynQueue") \
	X(TCP_DUPLICATE,	"TcpDuplicate")		/* data that is already here */ \
	X(TCP_OFO_FULL,		"TcpOfoFull") \
	X(TCP_ZERO_WINDOW,	"TcpZeroWindow") \
	X(TCP_ABORT_ON_DATA,	"TcpAbortOnData")	/* data after close() */ \
	X(TCP_TIME_WAIT,	"TcpTimeWait") \
	X(TCP_NO_MEMORY,	"TcpNoMemory") \
	X(TCP_MIN_TTL,		"TcpMinTtl")

enum twin_drop_reason {
#define TWIN_DROP_ENUM(name, text) TWIN_DROP_##name,
	TWIN_DROP_REASONS(TWIN_DROP_ENUM)
#undef TWIN_DROP_ENUM
	TWIN_DROP_COUNT,
	TWIN_DROP_NONE = TWIN_DROP_COUNT	/* of a check: keep it */
};

struct sk_buff;
struct twin_net;

void twin_drop(struct twin_net *tn, struct sk_buff *skb,
	       enum twin_drop_reason reason);
void twin_drop_count(struct twin_net *tn, const struct sk_buff *skb,
		     enum twin_drop_reason reason);
const char *twin_drop_text(unsigned int reason);

#endif
