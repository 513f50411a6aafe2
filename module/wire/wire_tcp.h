/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP header and options (RFC 9293 3.1, 3.2; RFC 7323; RFC 2018; RFC 7413):
 * bytes of the wire <-> struct twin_wire_tcp.
 */
#ifndef TWIN_WIRE_TCP_H
#define TWIN_WIRE_TCP_H

#include "wire.h"

#define TWIN_WIRE_TCP_MIN_BYTES		20
#define TWIN_WIRE_TCP_MAX_BYTES		60
#define TWIN_WIRE_TCP_OPTIONS_MAX	40
#define TWIN_WIRE_TCP_CHECKSUM_OFFSET	16
#define TWIN_WIRE_TCP_SACK_MAX		4
#define TWIN_WIRE_TCP_COOKIE_MAX	16
/* padded length of the timestamps option as it stands in nearly every segment */
#define TWIN_WIRE_TCP_TIMESTAMP_BYTES	12
/* ... and its first word: NOP, NOP, kind, length */
#define TWIN_WIRE_TCP_TIMESTAMP_WORD	0x0101080au

/* Control bits, as in byte 13 of the header; AE of RFC 9768 not included */
#define TWIN_TCP_FIN	0x01
#define TWIN_TCP_SYN	0x02
#define TWIN_TCP_RST	0x04
#define TWIN_TCP_PSH	0x08
#define TWIN_TCP_ACK	0x10
#define TWIN_TCP_URG	0x20
#define TWIN_TCP_ECE	0x40
#define TWIN_TCP_CWR	0x80

/* struct twin_wire_tcp_options.present */
#define TWIN_TCP_OPT_MSS		0x01
#define TWIN_TCP_OPT_WSCALE		0x02
#define TWIN_TCP_OPT_SACK_PERMITTED	0x04
#define TWIN_TCP_OPT_TIMESTAMPS		0x08
#define TWIN_TCP_OPT_SACK		0x10
#define TWIN_TCP_OPT_FASTOPEN		0x20

/*
 * struct twin_wire_sack - one block of received data
 * @start: its first sequence number
 * @end: the one behind its last
 */
struct twin_wire_sack {
	u32 start;
	u32 end;
};

/*
 * struct twin_wire_tcp_options - the options of one segment
 * @present: TWIN_TCP_OPT_ bits; a member is valid only with its bit
 * @wscale: shift count as sent; the receiver clamps it to 14
 * @mss: as sent
 * @tsval: the sender's clock (RFC 7323)
 * @tsecr: what it echoes of ours
 * @sack_count: blocks in @sack
 * @sack: in the order of the option
 * @cookie_bytes: 0 (a request) or 4..16
 * @cookie: Fast Open cookie
 */
struct twin_wire_tcp_options {
	u8 present;
	u8 wscale;
	u16 mss;
	u32 tsval;
	u32 tsecr;
	u8 sack_count;
	u8 cookie_bytes;
	struct twin_wire_sack sack[TWIN_WIRE_TCP_SACK_MAX];
	u8 cookie[TWIN_WIRE_TCP_COOKIE_MAX];
};

/*
 * struct twin_wire_tcp - the fixed part of a TCP header
 * @sport: source port, kept in network order, as keys are
 * @dport: destination port, likewise
 * @seq: sequence number
 * @ack: acknowledgment number, if TWIN_TCP_ACK is set
 * @window: as sent, not scaled
 * @urgent: urgent pointer
 * @header_bytes: with options, 20..60
 * @flags: TWIN_TCP_ control bits
 */
struct twin_wire_tcp {
	__be16 sport;
	__be16 dport;
	u32 seq;
	u32 ack;
	u16 window;
	u16 urgent;
	u8 header_bytes;
	u8 flags;
};

/**
 * twin_wire_tcp_parse() - read the fixed header
 * @tcp: filled in
 * @data: start of the TCP header
 * @bytes: length of the segment; at least 20 of it must be readable at @data,
 *	and the whole header before its options are parsed
 *
 * RFC: 9293 section 3.1
 * Context: Any.
 * Return: TWIN_WIRE_SHORT if @bytes is less than the header or 20,
 * TWIN_WIRE_HEADER_LENGTH if the data offset is below 5.
 */
static inline enum twin_wire_status
twin_wire_tcp_parse(struct twin_wire_tcp *tcp, const u8 *data,
		    unsigned int bytes)
{
	if (bytes < TWIN_WIRE_TCP_MIN_BYTES)
		return TWIN_WIRE_SHORT;
	tcp->sport = twin_wire_get_be16(data);
	tcp->dport = twin_wire_get_be16(data + 2);
	tcp->seq = twin_wire_get32(data + 4);
	tcp->ack = twin_wire_get32(data + 8);
	tcp->header_bytes = (data[12] >> 4) * 4;
	tcp->flags = data[13];
	tcp->window = twin_wire_get16(data + 14);
	tcp->urgent = twin_wire_get16(data + 18);
	if (tcp->header_bytes < TWIN_WIRE_TCP_MIN_BYTES)
		return TWIN_WIRE_HEADER_LENGTH;
	return tcp->header_bytes > bytes ? TWIN_WIRE_SHORT : TWIN_WIRE_OK;
}

/**
 * twin_wire_tcp_timestamp_fast() - read timestamps without a walk
 * @options: filled in if true is returned, else untouched
 * @data: first byte behind the fixed header
 * @bytes: header length less 20
 *
 * Knows one layout, that of nearly every segment: NOP, NOP, timestamps.
 *
 * RFC: 7323 section 3.2, appendix A
 * Context: Any.
 * Return: false if the options are not of that layout.
 */
static inline bool
twin_wire_tcp_timestamp_fast(struct twin_wire_tcp_options *options,
			     const u8 *data, unsigned int bytes)
{
	if (bytes != TWIN_WIRE_TCP_TIMESTAMP_BYTES ||
	    twin_wire_get32(data) != TWIN_WIRE_TCP_TIMESTAMP_WORD)
		return false;
	options->present = TWIN_TCP_OPT_TIMESTAMPS;
	options->sack_count = 0;
	options->tsval = twin_wire_get32(data + 4);
	options->tsecr = twin_wire_get32(data + 8);
	return true;
}

/**
 * twin_wire_tcp_timestamp_emit() - write timestamps in the same layout
 * @data: where, TWIN_WIRE_TCP_TIMESTAMP_BYTES
 * @tsval: our clock
 * @tsecr: the peer's, echoed
 *
 * RFC: 7323 section 3.2, appendix A
 * Context: Any.
 */
static inline void
twin_wire_tcp_timestamp_emit(u8 *data, u32 tsval, u32 tsecr)
{
	twin_wire_put32(data, TWIN_WIRE_TCP_TIMESTAMP_WORD);
	twin_wire_put32(data + 4, tsval);
	twin_wire_put32(data + 8, tsecr);
}

/**
 * twin_wire_tcp_emit() - write the fixed header with a zero checksum
 * @data: where, TWIN_WIRE_TCP_MIN_BYTES
 * @tcp: what; @tcp->header_bytes counts the options
 *
 * RFC: 9293 section 3.1
 * Context: Any.
 */
static inline void
twin_wire_tcp_emit(u8 *data, const struct twin_wire_tcp *tcp)
{
	twin_wire_put_be16(data, tcp->sport);
	twin_wire_put_be16(data + 2, tcp->dport);
	twin_wire_put32(data + 4, tcp->seq);
	twin_wire_put32(data + 8, tcp->ack);
	data[12] = (u8)(tcp->header_bytes << 2);
	data[13] = tcp->flags;
	twin_wire_put16(data + 14, tcp->window);
	data[16] = 0;
	data[17] = 0;
	twin_wire_put16(data + 18, tcp->urgent);
}

/* wire_tcp_options.c */
enum twin_wire_status
twin_wire_tcp_options_parse(struct twin_wire_tcp_options *options,
			    const u8 *data, unsigned int bytes);
unsigned int
twin_wire_tcp_options_bytes(const struct twin_wire_tcp_options *options);
unsigned int
twin_wire_tcp_options_emit(u8 *data,
			   const struct twin_wire_tcp_options *options);

#endif
