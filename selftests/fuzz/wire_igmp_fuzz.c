// SPDX-License-Identifier: GPL-2.0
/*
 * IGMP queries.
 */
#include "fuzz.h"
#include "wire_igmp.h"

int fuzz_one(const u8 *data, size_t bytes)
{
	struct twin_wire_igmp_query query;

	if (twin_wire_igmp_query_parse(&query, data, (unsigned int)bytes))
		return 0;
	FUZZ_HOLDS(query.version >= 1 && query.version <= 3);
	FUZZ_HOLDS((query.version == 3) == (bytes > TWIN_WIRE_IGMP_BYTES));
	FUZZ_HOLDS(query.max_resp_ds <= 0x1f << 10);
	FUZZ_HOLDS(query.interval_s <= 0x1f << 10);
	FUZZ_HOLDS(query.robustness <= 7);
	FUZZ_HOLDS(!query.sources ||
		   TWIN_WIRE_IGMP_QUERY_BYTES + 4 * query.sources <= bytes);
	return 0;
}
