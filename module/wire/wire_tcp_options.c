// SPDX-License-Identifier: GPL-2.0
/*
 * TCP options (RFC 9293 3.2, RFC 7323, RFC 2018, RFC 7413).
 */
#include "wire_tcp.h"

/* Kinds */
#define TWIN_WIRE_TCP_END		0
#define TWIN_WIRE_TCP_NOP		1
#define TWIN_WIRE_TCP_MSS		2
#define TWIN_WIRE_TCP_WSCALE		3
#define TWIN_WIRE_TCP_SACK_PERMITTED	4
#define TWIN_WIRE_TCP_SACK		5
#define TWIN_WIRE_TCP_TIMESTAMPS	8
#define TWIN_WIRE_TCP_FASTOPEN		34

/* Lengths, kind and length bytes included */
#define TWIN_WIRE_TCP_MSS_BYTES		4
#define TWIN_WIRE_TCP_WSCALE_BYTES	3
#define TWIN_WIRE_TCP_PERMITTED_BYTES	2
#define TWIN_WIRE_TCP_TS_BYTES		10
#define TWIN_WIRE_TCP_KIND_BYTES	2
#define TWIN_WIRE_TCP_SACK_BLOCK_BYTES	8
#define TWIN_WIRE_TCP_COOKIE_MIN	4

static void
twin_wire_tcp_options_read_sack(struct twin_wire_tcp_options *options,
				const u8 *option, unsigned int bytes)
{
	unsigned int count = (bytes - TWIN_WIRE_TCP_KIND_BYTES) /
			     TWIN_WIRE_TCP_SACK_BLOCK_BYTES;
	const u8 *edge = option + TWIN_WIRE_TCP_KIND_BYTES;
	unsigned int i;

	if (!count || count > TWIN_WIRE_TCP_SACK_MAX ||
	    bytes % TWIN_WIRE_TCP_SACK_BLOCK_BYTES != TWIN_WIRE_TCP_KIND_BYTES)
		return;
	for (i = 0; i < count; i++, edge += TWIN_WIRE_TCP_SACK_BLOCK_BYTES) {
		options->sack[i].start = twin_wire_get32(edge);
		options->sack[i].end = twin_wire_get32(edge + 4);
	}
	options->sack_count = (u8)count;
	options->present |= TWIN_TCP_OPT_SACK;
}

/* RFC 7413 4.1.1: empty, or 4 to 16 bytes and even; else to be ignored. */
static void
twin_wire_tcp_options_read_cookie(struct twin_wire_tcp_options *options,
				  const u8 *option, unsigned int bytes)
{
	unsigned int cookie_bytes = bytes - TWIN_WIRE_TCP_KIND_BYTES;

	if (cookie_bytes &&
	    (cookie_bytes < TWIN_WIRE_TCP_COOKIE_MIN ||
	     cookie_bytes > TWIN_WIRE_TCP_COOKIE_MAX || cookie_bytes % 2))
		return;
	memcpy(options->cookie, option + TWIN_WIRE_TCP_KIND_BYTES,
	       cookie_bytes);
	options->cookie_bytes = (u8)cookie_bytes;
	options->present |= TWIN_TCP_OPT_FASTOPEN;
}

/* One option of a known length that lies within the header. */
static void
twin_wire_tcp_options_read(struct twin_wire_tcp_options *options,
			   const u8 *option, unsigned int bytes)
{
	switch (option[0]) {
	case TWIN_WIRE_TCP_MSS:
		if (bytes != TWIN_WIRE_TCP_MSS_BYTES)
			return;
		options->mss = twin_wire_get16(option + 2);
		options->present |= TWIN_TCP_OPT_MSS;
		return;
	case TWIN_WIRE_TCP_WSCALE:
		if (bytes != TWIN_WIRE_TCP_WSCALE_BYTES)
			return;
		options->wscale = option[2];
		options->present |= TWIN_TCP_OPT_WSCALE;
		return;
	case TWIN_WIRE_TCP_SACK_PERMITTED:
		if (bytes == TWIN_WIRE_TCP_PERMITTED_BYTES)
			options->present |= TWIN_TCP_OPT_SACK_PERMITTED;
		return;
	case TWIN_WIRE_TCP_TIMESTAMPS:
		if (bytes != TWIN_WIRE_TCP_TS_BYTES)
			return;
		options->tsval = twin_wire_get32(option + 2);
		options->tsecr = twin_wire_get32(option + 6);
		options->present |= TWIN_TCP_OPT_TIMESTAMPS;
		return;
	case TWIN_WIRE_TCP_SACK:
		twin_wire_tcp_options_read_sack(options, option, bytes);
		return;
	case TWIN_WIRE_TCP_FASTOPEN:
		twin_wire_tcp_options_read_cookie(options, option, bytes);
		return;
	}
}

/**
 * twin_wire_tcp_options_parse() - read the options behind the fixed header
 * @options: filled in; a member is written only if its option is there
 * @data: first byte behind the fixed header
 * @bytes: header length less 20
 *
 * Unknown options and known ones of a wrong length are skipped.  Of an option
 * that comes twice the last one counts.  Which options a segment may carry
 * depends on its SYN bit and is the caller's to judge.
 *
 * RFC: 9293 section 3.1, 3.2 (MUST-5, MUST-6, MUST-7), 7323, 2018, 7413
 * Context: Any.
 * Return: TWIN_WIRE_OPTION if an option is shorter than 2 bytes or runs over
 * the end; what came before it is kept.
 */
enum twin_wire_status
twin_wire_tcp_options_parse(struct twin_wire_tcp_options *options,
			    const u8 *data, unsigned int bytes)
{
	const u8 *end = data + bytes;

	options->present = 0;
	options->sack_count = 0;
	options->cookie_bytes = 0;
	while (data < end && *data != TWIN_WIRE_TCP_END) {
		if (*data == TWIN_WIRE_TCP_NOP) {
			data++;
			continue;
		}
		if (end - data < TWIN_WIRE_TCP_KIND_BYTES ||
		    data[1] < TWIN_WIRE_TCP_KIND_BYTES || data[1] > end - data)
			return TWIN_WIRE_OPTION;
		twin_wire_tcp_options_read(options, data, data[1]);
		data += data[1];
	}
	return TWIN_WIRE_OK;
}

static unsigned int twin_wire_tcp_padded(unsigned int bytes)
{
	return (bytes + 3) & ~3u;
}

static unsigned int
twin_wire_tcp_sack_bytes(const struct twin_wire_tcp_options *options)
{
	return TWIN_WIRE_TCP_KIND_BYTES +
	       options->sack_count * TWIN_WIRE_TCP_SACK_BLOCK_BYTES;
}

/**
 * twin_wire_tcp_options_bytes() - length that emit will write
 * @options: what is to be written
 *
 * RFC: 9293 section 3.1 (padding)
 * Context: Any.
 * Return: bytes, a multiple of 4; may exceed TWIN_WIRE_TCP_OPTIONS_MAX if
 * more is asked for than fits.
 */
unsigned int
twin_wire_tcp_options_bytes(const struct twin_wire_tcp_options *options)
{
	u8 present = options->present;
	unsigned int bytes = 0;

	if (present & TWIN_TCP_OPT_MSS)
		bytes += TWIN_WIRE_TCP_MSS_BYTES;
	if (present & TWIN_TCP_OPT_TIMESTAMPS)
		bytes += TWIN_WIRE_TCP_TIMESTAMP_BYTES;
	else if (present & TWIN_TCP_OPT_SACK_PERMITTED)
		bytes += twin_wire_tcp_padded(TWIN_WIRE_TCP_PERMITTED_BYTES);
	if (present & TWIN_TCP_OPT_WSCALE)
		bytes += twin_wire_tcp_padded(TWIN_WIRE_TCP_WSCALE_BYTES);
	if (present & TWIN_TCP_OPT_SACK)
		bytes += twin_wire_tcp_padded(twin_wire_tcp_sack_bytes(options));
	if (present & TWIN_TCP_OPT_FASTOPEN)
		bytes += twin_wire_tcp_padded(TWIN_WIRE_TCP_KIND_BYTES +
					      options->cookie_bytes);
	return bytes;
}

/* A word of two NOPs and the kind and length of the option that follows. */
static u8 *twin_wire_tcp_put_aligned(u8 *data, u8 kind, unsigned int bytes)
{
	data[0] = TWIN_WIRE_TCP_NOP;
	data[1] = TWIN_WIRE_TCP_NOP;
	data[2] = kind;
	data[3] = (u8)bytes;
	return data + 4;
}

/* Timestamps, with SACK-permitted in the place of the two NOPs if asked for. */
static u8 *
twin_wire_tcp_put_timestamps(u8 *data,
			     const struct twin_wire_tcp_options *options)
{
	u8 *values = twin_wire_tcp_put_aligned(data, TWIN_WIRE_TCP_TIMESTAMPS,
					       TWIN_WIRE_TCP_TS_BYTES);

	if (options->present & TWIN_TCP_OPT_SACK_PERMITTED) {
		data[0] = TWIN_WIRE_TCP_SACK_PERMITTED;
		data[1] = TWIN_WIRE_TCP_PERMITTED_BYTES;
	}
	twin_wire_put32(values, options->tsval);
	twin_wire_put32(values + 4, options->tsecr);
	return values + 8;
}

static u8 *twin_wire_tcp_put_sack(u8 *data,
				  const struct twin_wire_tcp_options *options)
{
	unsigned int i;

	data = twin_wire_tcp_put_aligned(data, TWIN_WIRE_TCP_SACK,
					 twin_wire_tcp_sack_bytes(options));
	for (i = 0; i < options->sack_count; i++) {
		twin_wire_put32(data, options->sack[i].start);
		twin_wire_put32(data + 4, options->sack[i].end);
		data += TWIN_WIRE_TCP_SACK_BLOCK_BYTES;
	}
	return data;
}

static u8 *twin_wire_tcp_put_cookie(u8 *data,
				    const struct twin_wire_tcp_options *options)
{
	unsigned int bytes = TWIN_WIRE_TCP_KIND_BYTES + options->cookie_bytes;
	unsigned int padded = twin_wire_tcp_padded(bytes);

	data[0] = TWIN_WIRE_TCP_FASTOPEN;
	data[1] = (u8)bytes;
	memcpy(data + TWIN_WIRE_TCP_KIND_BYTES, options->cookie,
	       options->cookie_bytes);
	memset(data + bytes, TWIN_WIRE_TCP_NOP, padded - bytes);
	return data + padded;
}

/**
 * twin_wire_tcp_options_emit() - write options
 * @data: where, as many bytes as twin_wire_tcp_options_bytes() says
 * @options: what; the caller sees to it that all fit in 40 bytes, that
 *	@options->sack_count is 1..4 if SACK is present, and that a cookie is
 *	of a legal length
 *
 * RFC: 9293 section 3.1, 7323 appendix A (layout), 2018 section 3, 7413
 * Context: Any.
 * Return: bytes written, a multiple of 4.
 */
unsigned int
twin_wire_tcp_options_emit(u8 *data,
			   const struct twin_wire_tcp_options *options)
{
	u8 present = options->present;
	u8 *at = data;

	if (present & TWIN_TCP_OPT_MSS) {
		at[0] = TWIN_WIRE_TCP_MSS;
		at[1] = TWIN_WIRE_TCP_MSS_BYTES;
		twin_wire_put16(at + 2, options->mss);
		at += TWIN_WIRE_TCP_MSS_BYTES;
	}
	if (present & TWIN_TCP_OPT_TIMESTAMPS)
		at = twin_wire_tcp_put_timestamps(at, options);
	else if (present & TWIN_TCP_OPT_SACK_PERMITTED)
		at = twin_wire_tcp_put_aligned(at, TWIN_WIRE_TCP_SACK_PERMITTED,
					       TWIN_WIRE_TCP_PERMITTED_BYTES);
	if (present & TWIN_TCP_OPT_WSCALE) {
		at[0] = TWIN_WIRE_TCP_NOP;
		at[1] = TWIN_WIRE_TCP_WSCALE;
		at[2] = TWIN_WIRE_TCP_WSCALE_BYTES;
		at[3] = options->wscale;
		at += 4;
	}
	if (present & TWIN_TCP_OPT_SACK)
		at = twin_wire_tcp_put_sack(at, options);
	if (present & TWIN_TCP_OPT_FASTOPEN)
		at = twin_wire_tcp_put_cookie(at, options);
	return (unsigned int)(at - data);
}
