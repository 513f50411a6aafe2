/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the inspect room shows of a socket, and how it finds the sockets.
 *
 * Job: one flat struct for a socket of any transport, and the walks over the
 *	transports' tables that fill it in.
 * Callers: inspect/ (text files, binary file, sock_diag) reads; tcp/, udp/ and
 *	the ping sockets of ip/ define the walks.
 *
 * Leaf header: includes no other room, so that any room may include it.
 */
#ifndef TWIN_VIEW_H
#define TWIN_VIEW_H

#include <linux/sock_diag.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <uapi/linux/inet_diag.h>
#include <uapi/linux/tcp.h>
#include "record.h"

struct twin_net;

#define TWIN_VIEW_CONGESTION_BYTES	16

/*
 * enum twin_view_kind - what stands behind a view
 * @TWIN_VIEW_SOCKET: a full socket
 * @TWIN_VIEW_REQUEST: a connection in SYN-RECEIVED that has no socket yet
 * @TWIN_VIEW_TIMEWAIT: a connection in TIME-WAIT that has none any more
 */
enum twin_view_kind {
	TWIN_VIEW_SOCKET,
	TWIN_VIEW_REQUEST,
	TWIN_VIEW_TIMEWAIT,
};

/*
 * enum twin_view_timer - the pending timer, as /proc/net/tcp numbers them
 * @TWIN_VIEW_TIMER_NONE: none
 * @TWIN_VIEW_TIMER_RETRANSMIT: retransmission, loss probe or reordering
 * @TWIN_VIEW_TIMER_KEEPALIVE: keepalive, or the end of FIN-WAIT-2
 * @TWIN_VIEW_TIMER_TIMEWAIT: end of TIME-WAIT
 * @TWIN_VIEW_TIMER_PROBE: zero-window probe
 */
enum twin_view_timer {
	TWIN_VIEW_TIMER_NONE,
	TWIN_VIEW_TIMER_RETRANSMIT,
	TWIN_VIEW_TIMER_KEEPALIVE,
	TWIN_VIEW_TIMER_TIMEWAIT,
	TWIN_VIEW_TIMER_PROBE,
};

/* twin_sock_view.sockopt: bits in the order of struct inet_diag_sockopt */
#define TWIN_VIEW_RECVERR		BIT(0)
#define TWIN_VIEW_IS_TCP		BIT(1)	/* "is_icsk" of AF_INET */
#define TWIN_VIEW_FREEBIND		BIT(2)
#define TWIN_VIEW_HDRINCL		BIT(3)
#define TWIN_VIEW_MC_LOOP		BIT(4)
#define TWIN_VIEW_TRANSPARENT		BIT(5)
#define TWIN_VIEW_MC_ALL		BIT(6)
#define TWIN_VIEW_NODEFRAG		BIT(7)
#define TWIN_VIEW_BIND_NO_PORT		BIT(8)
#define TWIN_VIEW_RECVERR_RFC4884	BIT(9)
#define TWIN_VIEW_DEFER_CONNECT		BIT(10)

/*
 * struct twin_view_wish - which sockets a reader asks for, and how much of each
 * @states: bit of each TCP_ number; sockets in other states are passed over
 * @details: congestion control and @info as well, which take longer to find out
 *	than all the rest, and the lock of each socket of TCP
 * @line: of these as much as can be read without that lock, for a line of text
 * @record: also what the reader of a flight recorder is told; takes the lock
 * @bare: nothing but what stands in struct inet_diag_msg, and the rest of the view
 *	is not filled in
 * @single: the walk will be stopped at each socket, and begun anew
 */
struct twin_view_wish {
	u32 states;
	bool details;
	bool line;
	bool record;
	bool bare;
	bool single;
};

#define TWIN_VIEW_ALL_STATES	(~0U)

/*
 * struct twin_sock_view - everything that can be seen of one socket
 * @kind: enum twin_view_kind
 * @protocol: IPPROTO_TCP, IPPROTO_UDP or IPPROTO_ICMP
 * @state: the kernel's TCP_* number; datagram sockets TCP_CLOSE, or
 *	TCP_ESTABLISHED when connected
 * @timer: enum twin_view_timer
 * @retransmits: in a row, of the segment at the head of the queue
 * @probes: keepalive or zero-window probes without an answer
 * @shutdown: RCV_SHUTDOWN | SEND_SHUTDOWN
 * @tos: IP_TOS
 * @quick_ack: (acknowledgments still sent at once << 1) | interactive
 * @bound_port: bind() gave it its port
 * @laddr, @raddr: addresses, 0 for any
 * @lport, @rport: ports, 0 for none; a ping socket's identifier is @lport
 * @ifindex: the device it is bound to, or 0
 * @timer_expires_ms: until @timer fires
 * @rx_queue_bytes: not read yet; listener: connections waiting for accept()
 * @tx_queue_bytes: not acknowledged yet; listener: most that may wait
 * @uid: owner
 * @mark: SO_MARK
 * @class_id: of the owner's control group for tc, or else SO_PRIORITY
 * @drops: datagrams dropped for want of buffer
 * @refs: references
 * @sockopt: TWIN_VIEW_ bits
 * @inode: of the descriptor, 0 if there is none (any more)
 * @cgroup: number of the owner's control group, 0 if the kernel has none
 * @cookie: SO_COOKIE, 0 if it has none
 * @meminfo: SK_MEMINFO_ numbers, all zero for other kinds than a socket
 * @recorder: its flight recorder if it has one; only while it is shown
 * @sk: the socket, if it is one; whoever needs it after it was shown takes a
 *	reference
 * @congestion: name of the congestion control, empty where there is none
 * @congestion_attribute: INET_DIAG_ number under which ss knows what it tells
 *	of itself, 0 for none
 * @congestion_bytes: the length of that
 * @congestion_info: that; nothing behind @congestion_bytes
 * @handed_over: data went directly to or from the other end, which is here
 * @info: sockets of TCP only, and only if details or a line were asked for
 * @record: sockets of TCP with a @recorder only, and only if that was asked for
 *
 * What comes from @congestion_info on is filled in only where it is said so:
 * nobody else may look at it.
 */
struct twin_sock_view {
	u8 kind;
	u8 protocol;
	u8 state;
	u8 timer;
	u8 retransmits;
	u8 probes;
	u8 shutdown;
	u8 tos;
	u8 quick_ack;
	bool bound_port;
	__be32 laddr;
	__be32 raddr;
	__be16 lport;
	__be16 rport;
	int ifindex;
	u32 timer_expires_ms;
	u32 rx_queue_bytes;
	u32 tx_queue_bytes;
	kuid_t uid;
	u32 mark;
	u32 class_id;
	u32 drops;
	u32 refs;
	u16 sockopt;
	unsigned long inode;
	u64 cgroup;
	u64 cookie;
	u32 meminfo[SK_MEMINFO_VARS];
	const struct twin_recorder *recorder;
	struct sock *sk;
	char congestion[TWIN_VIEW_CONGESTION_BYTES];
	u16 congestion_attribute;
	u8 congestion_bytes;
	bool handed_over;
	union tcp_cc_info congestion_info;
	struct tcp_info info;
	struct twin_record_state record;
};

/* Shows one socket; other than 0 stops the walk there.  Must not sleep. */
typedef int (*twin_view_show_fn)(const struct twin_sock_view *view, void *arg);

/*
 * Walks the sockets of a namespace that are wished for, starting with number
 * *index of bucket *bucket; both start at 0.  @show may be called with one
 * bucket locked.  When it returns other than 0 the walk returns that value and
 * the position is that of the socket just shown; at the end of the table it
 * returns 0.  Sockets that come or go meanwhile may be missed or seen twice, as
 * in /proc/net/tcp.
 * The view passed to @show is the walk's.
 */
int twin_tcp_walk(struct twin_net *tn, const struct twin_view_wish *wish,
		  unsigned int *bucket, unsigned int *index,
		  twin_view_show_fn show, void *arg);
int twin_udp_walk(struct twin_net *tn, const struct twin_view_wish *wish,
		  unsigned int *bucket, unsigned int *index,
		  twin_view_show_fn show, void *arg);
int twin_ping_walk(struct twin_net *tn, const struct twin_view_wish *wish,
		   unsigned int *bucket, unsigned int *index,
		   twin_view_show_fn show, void *arg);

/*
 * struct twin_view_usage - what the sockets of one transport add up to
 * @in_use: of the namespace, with a port
 * @allocated: of the namespace; only TCP counts those without a port
 * @orphans: of the namespace, closed by their program, not by the protocol yet
 * @timewait: of the namespace, in TIME-WAIT
 * @memory_pages: of the whole machine, for data that waits
 */
struct twin_view_usage {
	unsigned int in_use;
	unsigned int allocated;
	unsigned int orphans;
	unsigned int timewait;
	unsigned long memory_pages;
};

/* Filled in from counters, without a walk.  Any context. */
void twin_tcp_usage(const struct twin_net *tn, struct twin_view_usage *usage);
void twin_udp_usage(const struct twin_net *tn, struct twin_view_usage *usage);
void twin_ping_usage(const struct twin_net *tn, struct twin_view_usage *usage);

/* Shows one connection, in any state, as the walk would; 0 if there is none. */
int twin_tcp_show_flow(struct twin_net *tn, const struct twin_view_wish *wish,
		       __be32 laddr, __be16 lport, __be32 raddr, __be16 rport,
		       int ifindex, twin_view_show_fn show, void *arg);

/* Shows the UDP sockets of a port, and perhaps of others, as the walk would. */
int twin_udp_show_port(struct twin_net *tn, const struct twin_view_wish *wish,
		       __be16 lport, twin_view_show_fn show, void *arg);

/*
 * Resets the connection, or closes the listener, with exactly these addresses
 * and ports, as SOCK_DESTROY asks: its owner reads ECONNABORTED.  The cookie and
 * the device tell sockets apart that share a port.  -ENOENT if there is none.
 * Process context.
 */
int twin_tcp_abort_flow(struct twin_net *tn, __be32 laddr, __be16 lport,
			__be32 raddr, __be16 rport, int ifindex,
			const u32 *cookie);

/* The same of a UDP or ping socket, which stays, without a peer.  Process context. */
void twin_datagram_abort(struct sock *sk);

/* Is there a congestion control of that name?  For the sysctl.  May sleep. */
bool twin_tcp_congestion_known(const char *name);

/* Does it take CAP_NET_ADMIN to choose it?  The same. */
bool twin_tcp_congestion_restricted(const char *name);

#endif
