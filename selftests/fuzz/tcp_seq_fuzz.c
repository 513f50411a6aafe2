// SPDX-License-Identifier: GPL-2.0
/*
 * The acceptability test of RFC 9293 section 3.4 against its table, worked out
 * in 64 bits where nothing wraps.
 *
 * Input: next expected number, window, distance of the segment, its length.
 */
#include "fuzz.h"
#include "tcp/tcp_seq.h"

#define MIDDLE		0x100000000ll
#define WINDOW_MAX	0x40000000u	/* RFC 7323 section 2.3 */

static bool acceptable(s64 seq, s64 bytes, s64 next, s64 window)
{
	s64 last = seq + bytes - 1;

	if (!bytes && !window)
		return seq == next;
	if (!bytes)
		return seq >= next && seq < next + window;
	if (!window)
		return false;
	return seq < next + window && last >= next;
}

int fuzz_one(const u8 *data, size_t bytes)
{
	u32 next, window, seq, length;
	s32 distance;

	if (bytes < 14)
		return 0;
	next = twin_wire_get32(data);
	window = twin_wire_get32(data + 4) % (WINDOW_MAX + 1);
	distance = (s32)twin_wire_get32(data + 8) / 4;
	length = twin_wire_get16(data + 12);
	seq = next + (u32)distance;
	FUZZ_HOLDS(twin_tcp_before(seq, next) == (distance < 0));
	FUZZ_HOLDS(twin_tcp_after(seq, next) == (distance > 0));
	FUZZ_HOLDS(twin_tcp_acceptable(seq, seq + length, next, window) ==
		   acceptable(MIDDLE + distance, length, MIDDLE, window));
	return 0;
}
