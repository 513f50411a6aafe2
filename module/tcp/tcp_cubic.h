/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arithmetic of CUBIC (RFC 9438, before it RFC 8312), in integers.  Pure:
 * also built in user space.
 *
 * Time is counted in ticks of 1024 us.  With C = 0.4 segments per cubed second
 * the window is away from its plateau by 0.4 * 1.024e-3^3 = 2^32 * 1e-19
 * segments per cubed tick.
 */
#ifndef TWIN_TCP_CUBIC_H
#define TWIN_TCP_CUBIC_H

#include "tcp_seq.h"

#define TWIN_TCP_CUBIC_TICK_SHIFT	10		/* us to ticks */
#define TWIN_TCP_CUBIC_TICKS3_PER_SEG	2328306437ull	/* 1e19 / 2^32 */
#define TWIN_TCP_CUBIC_TICKS_MAX	0x100000u	/* 18 minutes */
#define TWIN_TCP_CUBIC_ROOT_TOP_BIT	0x100000u

/*
 * Whole part of the cubic root, bit by bit from the top.  @cube below 2^63, so
 * that the root has 21 bits and no trial overflows.
 */
static inline u32 twin_tcp_cubic_root(u64 cube)
{
	u32 bit = TWIN_TCP_CUBIC_ROOT_TOP_BIT;
	u64 root = 0;

	for (; bit; bit >>= 1) {
		u64 trial = root | bit;

		if (trial * trial * trial <= cube)
			root = trial;
	}
	return root;
}

/* K: ticks that it takes to climb by @segs up to the plateau (9438, figure 2) */
static inline u32 twin_tcp_cubic_climb_ticks(u32 segs)
{
	u64 climb = segs < 1u << 31 ? segs : (1u << 31) - 1;

	return twin_tcp_cubic_root(climb * TWIN_TCP_CUBIC_TICKS3_PER_SEG);
}

/*
 * C*t^3: how far the window is from its plateau, in segments, @ticks before or
 * behind it.  59 / 2^37 stands for 2^32 / 1e19 and is short by 0.05 %.
 */
static inline u32 twin_tcp_cubic_distance(u32 ticks)
{
	u64 t = ticks < TWIN_TCP_CUBIC_TICKS_MAX ? ticks :
						   TWIN_TCP_CUBIC_TICKS_MAX;

	return ((t * t * t) >> 10) * 59 >> 27;
}

/* W_cubic(t) (9438, figure 1): plateau @w_max, reached after @k_ticks */
static inline u32 twin_tcp_cubic_window(u32 w_max, u32 k_ticks, u32 ticks)
{
	u32 distance;

	if (ticks >= k_ticks)
		return w_max + twin_tcp_cubic_distance(ticks - k_ticks);
	distance = twin_tcp_cubic_distance(k_ticks - ticks);
	return distance < w_max ? w_max - distance : 0;
}

#endif
