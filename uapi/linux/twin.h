/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What a program includes to use Twin's sockets.
 *
 * Addresses are struct sockaddr_in of <netinet/in.h>.  Calls accept both
 * AF_INET and AF_TWIN in sin_family and always give AF_INET back, so what
 * getaddrinfo() returns can be passed on as it is.  Socket types, protocols,
 * options and ancillary data have the numbers and structures of <netinet/in.h>,
 * <netinet/tcp.h> and <netinet/udp.h>.
 */
#ifndef _UAPI_LINUX_TWIN_H
#define _UAPI_LINUX_TWIN_H

#include <linux/types.h>

/**
 * AF_TWIN - address family number of Twin's sockets
 *
 * The number of AF_ASH, which no kernel implements.  Where another module has
 * taken it, Twin is loaded with "family=" set to 22, 13 or 19, and
 * /sys/module/twin/parameters/family tells the number in use.
 */
#define AF_TWIN		18
#define PF_TWIN		AF_TWIN

/**
 * SOL_TWIN - level of setsockopt() for what the core keeps from Twin
 *
 * Linux before 6.7 refuses SO_REUSEPORT and SO_ZEROCOPY at SOL_SOCKET to
 * families that it does not know.  At this level Twin takes them everywhere.
 * getsockopt() tells their values at SOL_SOCKET, as always.
 */
#define SOL_TWIN	18

/**
 * TWIN_RECORD - option at level SOL_TWIN: the flight recorder of a socket
 *
 * setsockopt() takes an int: 1 starts it, 0 stops it; what was recorded stays.
 * With the sysctl net.twin.record set to 1 it is started for every new socket;
 * a connection that accept() returns has one if its listener has one that is on.
 *
 * getsockopt() fills in a struct twin_record, as much of it as there is room for
 * and as is filled in; the length tells how much.  ENODATA: it was never started.
 *
 * For the socket of somebody else: a sock_diag request with an empty attribute
 * of type TWIN_DIAG_RECORD behind struct inet_diag_req_v2, for which
 * CAP_NET_ADMIN is needed, is answered with messages that have an attribute of
 * that type, a struct twin_record, for each socket that has a recorder.
 */
#define TWIN_RECORD		0x1801
#define TWIN_DIAG_RECORD	256

/**
 * TWIN_DIAG_BARE - attribute of a sock_diag request: no attributes unless asked
 *
 * Where it stands, empty, behind struct inet_diag_req_v2, the answers are without
 * those that AF_INET's have whether they were asked for or not, which is most of
 * a message: whether it is shut down, options, control group, mark.
 */
#define TWIN_DIAG_BARE		257

/**
 * TWIN_DIAG_AS_INET - attribute of a sock_diag request: answers as AF_INET's
 *
 * Where it stands, empty, behind struct inet_diag_req_v2, the answers are for programs
 * that know AF_INET only, as ss: they have that family, and ping sockets have
 * INET_DIAG_PROTOCOL 0, as raw ones do there.
 */
#define TWIN_DIAG_AS_INET	258

/** TWIN_RECORD_EVENTS - how many events a recorder keeps */
#define TWIN_RECORD_EVENTS	64

/** TWIN_RECORD_TIMERS - room for deadlines in a record: those before TWIN_TIMER_SYNACK */
#define TWIN_RECORD_TIMERS	16

/** TWIN_RECORD_STATE_BYTES - size of struct twin_record_state, now and later */
#define TWIN_RECORD_STATE_BYTES	256

/**
 * enum twin_record_kind - what an event is, and what its numbers are
 * @TWIN_RECORD_IN: a segment or datagram came.  what: TCP's control bits as in
 *	the header; detail: see enum twin_record_detail; value: sequence number,
 *	ACK number, bytes of data, and in the lower half of the last the window
 *	as in the header, in the upper half the milliseconds until the first of
 *	the deadlines that detail tells of.  UDP: what 0; value: peer's address
 *	(network order), port (host order), bytes, 0
 * @TWIN_RECORD_OUT: one went; as above
 * @TWIN_RECORD_DROP: one was dropped.  detail: the reason, by its place in the
 *	list that "twin stat drops -a" prints, from 0; value: sequence number,
 *	the number behind its last, 0, 0
 * @TWIN_RECORD_STATE: the state changed.  what: TCP_ number of the new one;
 *	detail: of the old one
 * @TWIN_RECORD_TIMER_SET: a deadline was set that was not, and no segment that
 *	came or went at that moment tells of it.  what: enum twin_record_timer;
 *	value: milliseconds from then
 * @TWIN_RECORD_TIMER_FIRED: it passed.  what: enum twin_record_timer;
 *	value: exponent of the back-off, time-outs in a row
 * @TWIN_RECORD_WINDOW: the peer's window closed or opened.  value: bytes
 *	before, bytes now
 * @TWIN_RECORD_CWND: the congestion window changed.  what: congestion state
 *	(TCP_CA_ number); value: segments before, now, slow start threshold,
 *	segments under way
 * @TWIN_RECORD_CALL: a call of the program ended.  what: enum twin_record_call;
 *	value: its argument (bytes, backlog, how), what it returned.  One that sent
 *	something, as the last thing that happened, has the time of that
 * @TWIN_RECORD_STALL: data waits to be sent.  what: enum twin_record_waiting;
 *	value: bytes that wait
 */
enum twin_record_kind {
	TWIN_RECORD_IN = 1,
	TWIN_RECORD_OUT,
	TWIN_RECORD_DROP,
	TWIN_RECORD_STATE,
	TWIN_RECORD_TIMER_SET,
	TWIN_RECORD_TIMER_FIRED,
	TWIN_RECORD_WINDOW,
	TWIN_RECORD_CWND,
	TWIN_RECORD_CALL,
	TWIN_RECORD_STALL,
};

/**
 * enum twin_record_detail - of a segment
 * @TWIN_RECORD_AGAIN: it was sent before
 * @TWIN_RECORD_SET_SHIFT: how far the deadlines that were set with it, and were not
 *	set before, are shifted: a bit per enum twin_record_timer
 */
enum twin_record_detail {
	TWIN_RECORD_AGAIN = 0x0001,
	TWIN_RECORD_SET_SHIFT = 8,
};

/**
 * enum twin_record_timer - the deadlines of a connection
 * @TWIN_TIMER_RETRANSMIT: an ACK is late (RFC 6298)
 * @TWIN_TIMER_LOSS_PROBE: the end of a flight may be lost (RFC 8985 7)
 * @TWIN_TIMER_REORDER: what seemed only late is lost (RFC 8985 6.3)
 * @TWIN_TIMER_PERSIST: ask whether the peer's window is still closed
 * @TWIN_TIMER_DELAYED_ACK: an ACK has waited for data long enough
 * @TWIN_TIMER_KEEPALIVE: nothing came for long
 * @TWIN_TIMER_FIN_WAIT_2: nobody owns it, and the peer does not close
 * @TWIN_TIMER_SYNACK: the handshake's last segment is late; trace events only
 * @TWIN_TIMERS: how many
 */
enum twin_record_timer {
	TWIN_TIMER_RETRANSMIT,
	TWIN_TIMER_LOSS_PROBE,
	TWIN_TIMER_REORDER,
	TWIN_TIMER_PERSIST,
	TWIN_TIMER_DELAYED_ACK,
	TWIN_TIMER_KEEPALIVE,
	TWIN_TIMER_FIN_WAIT_2,
	TWIN_TIMER_SYNACK,
	TWIN_TIMERS,
};

/**
 * enum twin_record_call - calls of the program
 * @TWIN_CALL_SOCKET: socket()
 * @TWIN_CALL_BIND: bind()
 * @TWIN_CALL_CONNECT: connect()
 * @TWIN_CALL_LISTEN: listen(); argument: the backlog
 * @TWIN_CALL_ACCEPT: accept()
 * @TWIN_CALL_SEND: write() and its like; argument: bytes
 * @TWIN_CALL_RECV: read() and its like; argument: bytes of room
 * @TWIN_CALL_SHUTDOWN: shutdown(); argument: SHUT_RD, SHUT_WR or SHUT_RDWR
 * @TWIN_CALL_CLOSE: the last descriptor is closed
 */
enum twin_record_call {
	TWIN_CALL_SOCKET,
	TWIN_CALL_BIND,
	TWIN_CALL_CONNECT,
	TWIN_CALL_LISTEN,
	TWIN_CALL_ACCEPT,
	TWIN_CALL_SEND,
	TWIN_CALL_RECV,
	TWIN_CALL_SHUTDOWN,
	TWIN_CALL_CLOSE,
};

/**
 * enum twin_record_waiting - what a socket is waiting for
 * @TWIN_WAITING_NOTHING: it is closed, or about to send
 * @TWIN_WAITING_HANDSHAKE: the peer's answer to our SYN, or to our SYN+ACK
 * @TWIN_WAITING_CONNECTION: it listens, and nobody waits for accept()
 * @TWIN_WAITING_ACCEPT: a connection waits for the program's accept()
 * @TWIN_WAITING_WINDOW: data waits for room in the peer's window
 * @TWIN_WAITING_CWND: data waits for room in the congestion window
 * @TWIN_WAITING_NAGLE: a small segment waits for the ACK of the one before
 * @TWIN_WAITING_CORK: a small segment waits for more (TCP_CORK, MSG_MORE)
 * @TWIN_WAITING_PACE: data waits for its time (pacing)
 * @TWIN_WAITING_DEVICE: data waits for the device's queue to get shorter
 * @TWIN_WAITING_ACK: everything is sent; an ACK is to come
 * @TWIN_WAITING_LOST: an ACK did not come in time; it is being sent again
 * @TWIN_WAITING_READER: data is here, and the program does not read it
 * @TWIN_WAITING_CLOSE: the peer has closed, and the program does not
 * @TWIN_WAITING_PEER_CLOSE: we have closed, and the peer has not
 * @TWIN_WAITING_ANYBODY: nothing to send, nothing to read: either side may begin
 */
enum twin_record_waiting {
	TWIN_WAITING_NOTHING,
	TWIN_WAITING_HANDSHAKE,
	TWIN_WAITING_CONNECTION,
	TWIN_WAITING_ACCEPT,
	TWIN_WAITING_WINDOW,
	TWIN_WAITING_CWND,
	TWIN_WAITING_NAGLE,
	TWIN_WAITING_CORK,
	TWIN_WAITING_PACE,
	TWIN_WAITING_DEVICE,
	TWIN_WAITING_ACK,
	TWIN_WAITING_LOST,
	TWIN_WAITING_READER,
	TWIN_WAITING_CLOSE,
	TWIN_WAITING_PEER_CLOSE,
	TWIN_WAITING_ANYBODY,
};

/**
 * struct twin_record_event - one thing that happened to a socket
 * @time_ns: when, CLOCK_MONOTONIC
 * @number: counts the socket's events from 1; gaps were overwritten
 * @kind: enum twin_record_kind, which tells what the rest means
 * @what: see there
 * @detail: see there
 * @value: see there
 */
struct twin_record_event {
	__u64 time_ns;
	__u32 number;
	__u8 kind;
	__u8 what;
	__u16 detail;
	__u32 value[4];
};

/**
 * struct twin_record_state - what a socket is about at the moment
 * @state_bytes: TWIN_RECORD_STATE_BYTES, where the events begin
 * @count: events that follow, the oldest first
 * @now_ns: when this was read, CLOCK_MONOTONIC
 * @total: how many events there ever were
 * @protocol: IPPROTO_TCP, IPPROTO_UDP or IPPROTO_ICMP; for other protocols than
 *	TCP all that follows but @on is 0
 * @state: TCP_ESTABLISHED and so on, as <netinet/tcp.h> numbers them
 * @waiting: enum twin_record_waiting
 * @on: 0 if it was stopped
 * @timers_set: bit per enum twin_record_timer
 * @retransmits: time-outs in a row
 * @backoff: exponent of the present time-out
 * @probes: zero-window or keep-alive probes without an answer
 * @snd_wscale: the peer's windows are shifted by that, but in segments with SYN
 * @timer_ms: milliseconds until each deadline that is set, by enum twin_record_timer
 * @iss: our initial sequence number; if the recorder was started later, the
 *	oldest that was not acknowledged then
 * @irs: the peer's; or the next one expected then
 * @snd_una: oldest number that is not acknowledged
 * @snd_nxt: next number to be sent
 * @write_seq: behind the last byte that the program wrote
 * @snd_wnd: the peer's window in bytes, from @snd_una
 * @rcv_nxt: next number expected
 * @copied_seq: next number that the program reads
 * @rcv_wnd: the window we have told the peer, what is left of it, in bytes
 * @cwnd: congestion window in segments
 * @ssthresh: slow start threshold in segments
 * @in_flight: segments that are under way
 * @srtt_us: smoothed round trip, 0 if none was measured
 * @rto_us: retransmission time-out without back-off
 * @mss: bytes of data in a full segment
 * @rcv_wscale: as @snd_wscale, of our windows
 * @reserved: 0; what newer modules tell in addition takes room of it
 */
struct twin_record_state {
	__u32 state_bytes;
	__u32 count;
	__u64 now_ns;
	__u32 total;
	__u8 protocol;
	__u8 state;
	__u8 waiting;
	__u8 on;
	__u32 timers_set;
	__u8 retransmits;
	__u8 backoff;
	__u8 probes;
	__u8 snd_wscale;
	__u32 timer_ms[TWIN_RECORD_TIMERS];
	__u32 iss;
	__u32 irs;
	__u32 snd_una;
	__u32 snd_nxt;
	__u32 write_seq;
	__u32 snd_wnd;
	__u32 rcv_nxt;
	__u32 copied_seq;
	__u32 rcv_wnd;
	__u32 cwnd;
	__u32 ssthresh;
	__u32 in_flight;
	__u32 srtt_us;
	__u32 rto_us;
	__u32 mss;
	__u8 rcv_wscale;
	__u8 reserved[99];
};

/**
 * struct twin_record - a socket's state, and what happened to it lately
 * @state: see there
 * @events: the last of them
 */
struct twin_record {
	struct twin_record_state state;
	struct twin_record_event events[TWIN_RECORD_EVENTS];
};

#endif
