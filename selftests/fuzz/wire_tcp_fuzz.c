// SPDX-License-Identifier: GPL-2.0
/*
 * TCP headers with their options, judged by the C library's struct tcphdr.
 * Options that are written and parsed again are the same options.
 */
#include <netinet/tcp.h>
#include "fuzz.h"
#include "wire_tcp.h"

/* Forty bytes of options at every alignment, each padded when written */
#define WRITTEN_MAX	160

static bool acceptable(const u8 *data, size_t bytes)
{
	struct tcphdr header;

	if (bytes < sizeof(header))
		return false;
	memcpy(&header, data, sizeof(header));
	return header.doff >= 5 && header.doff * 4u <= bytes;
}

static void check_fields(const struct twin_wire_tcp *tcp, const u8 *data)
{
	struct tcphdr header;

	memcpy(&header, data, sizeof(header));
	FUZZ_HOLDS(tcp->sport == header.source && tcp->dport == header.dest);
	FUZZ_HOLDS(tcp->seq == ntohl(header.seq));
	FUZZ_HOLDS(tcp->ack == ntohl(header.ack_seq));
	FUZZ_HOLDS(tcp->header_bytes == header.doff * 4);
	FUZZ_HOLDS(tcp->flags == (data[13] & 0xff));
	FUZZ_HOLDS(!(tcp->flags & TWIN_TCP_SYN) == !header.syn);
	FUZZ_HOLDS(!(tcp->flags & TWIN_TCP_FIN) == !header.fin);
	FUZZ_HOLDS(!(tcp->flags & TWIN_TCP_RST) == !header.rst);
	FUZZ_HOLDS(!(tcp->flags & TWIN_TCP_ACK) == !header.ack);
	FUZZ_HOLDS(tcp->window == ntohs(header.window));
	FUZZ_HOLDS(tcp->urgent == ntohs(header.urg_ptr));
}

static void check_emit(const struct twin_wire_tcp *tcp, const u8 *data)
{
	u8 wanted[TWIN_WIRE_TCP_MIN_BYTES], back[TWIN_WIRE_TCP_MIN_BYTES];

	memcpy(wanted, data, sizeof(wanted));
	wanted[12] &= 0xf0;
	memset(wanted + TWIN_WIRE_TCP_CHECKSUM_OFFSET, 0, 2);
	twin_wire_tcp_emit(back, tcp);
	FUZZ_HOLDS(!memcmp(back, wanted, sizeof(back)));
}

static void check_same(const struct twin_wire_tcp_options *a,
		       const struct twin_wire_tcp_options *b)
{
	FUZZ_HOLDS(a->present == b->present);
	FUZZ_HOLDS(a->sack_count == b->sack_count);
	FUZZ_HOLDS(a->cookie_bytes == b->cookie_bytes);
	FUZZ_HOLDS(!memcmp(a->sack, b->sack,
			   a->sack_count * sizeof(a->sack[0])));
	FUZZ_HOLDS(!memcmp(a->cookie, b->cookie, a->cookie_bytes));
	if (a->present & TWIN_TCP_OPT_MSS)
		FUZZ_HOLDS(a->mss == b->mss);
	if (a->present & TWIN_TCP_OPT_WSCALE)
		FUZZ_HOLDS(a->wscale == b->wscale);
	if (a->present & TWIN_TCP_OPT_TIMESTAMPS)
		FUZZ_HOLDS(a->tsval == b->tsval && a->tsecr == b->tsecr);
}

static void check_options(const u8 *data, unsigned int bytes)
{
	struct twin_wire_tcp_options options, again, fast = { 0 };
	unsigned int written;
	u8 *back;

	twin_wire_tcp_options_parse(&options, data, bytes);
	FUZZ_HOLDS(options.sack_count <= TWIN_WIRE_TCP_SACK_MAX);
	FUZZ_HOLDS(!options.sack_count ==
		   !(options.present & TWIN_TCP_OPT_SACK));
	FUZZ_HOLDS(options.cookie_bytes <= TWIN_WIRE_TCP_COOKIE_MAX);
	if (twin_wire_tcp_timestamp_fast(&fast, data, bytes))
		check_same(&fast, &options);

	written = twin_wire_tcp_options_bytes(&options);
	FUZZ_HOLDS(written % 4 == 0 && written <= WRITTEN_MAX);
	back = malloc(written);
	FUZZ_HOLDS(twin_wire_tcp_options_emit(back, &options) == written);
	FUZZ_HOLDS(!twin_wire_tcp_options_parse(&again, back, written));
	check_same(&options, &again);
	free(back);
}

int fuzz_one(const u8 *data, size_t bytes)
{
	unsigned int options_bytes;
	struct twin_wire_tcp tcp;
	u8 *options;

	if (twin_wire_tcp_parse(&tcp, data, (unsigned int)bytes)) {
		FUZZ_HOLDS(!acceptable(data, bytes));
		return 0;
	}
	FUZZ_HOLDS(acceptable(data, bytes));
	check_fields(&tcp, data);
	check_emit(&tcp, data);
	options_bytes = tcp.header_bytes - TWIN_WIRE_TCP_MIN_BYTES;
	options = fuzz_copy(data + TWIN_WIRE_TCP_MIN_BYTES, options_bytes);
	check_options(options, options_bytes);
	free(options);
	return 0;
}
