/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IGMP messages (RFC 3376, 2236, 1112): bytes of the wire <-> structs.
 */
#ifndef TWIN_WIRE_IGMP_H
#define TWIN_WIRE_IGMP_H

#include "wire.h"

#define TWIN_WIRE_IGMP_BYTES		8u	/* versions 1 and 2, report's head */
#define TWIN_WIRE_IGMP_QUERY_BYTES	12u	/* version 3, without sources */
#define TWIN_WIRE_IGMP_RECORD_BYTES	8u	/* without sources */
#define TWIN_WIRE_IGMP_CHECKSUM_OFFSET	2

enum twin_wire_igmp_type {
	TWIN_WIRE_IGMP_QUERY = 0x11,
	TWIN_WIRE_IGMP_V1_REPORT = 0x12,
	TWIN_WIRE_IGMP_V2_REPORT = 0x16,
	TWIN_WIRE_IGMP_LEAVE = 0x17,
	TWIN_WIRE_IGMP_V3_REPORT = 0x22,
};

/* RFC 3376 section 4.2.12 */
enum twin_wire_igmp_record {
	TWIN_WIRE_IGMP_IS_INCLUDE = 1,
	TWIN_WIRE_IGMP_IS_EXCLUDE,
	TWIN_WIRE_IGMP_TO_INCLUDE,
	TWIN_WIRE_IGMP_TO_EXCLUDE,
	TWIN_WIRE_IGMP_ALLOW,
	TWIN_WIRE_IGMP_BLOCK,
};

/*
 * struct twin_wire_igmp_query - a membership query
 * @version: 1 to 3
 * @group: 0 in a general query
 * @max_resp_ds: answers are due within so many tenths of a second
 * @robustness: QRV, 0 where it is not told
 * @interval_s: QQI in seconds, 0 where it is not told
 * @sources: how many addresses stand behind TWIN_WIRE_IGMP_QUERY_BYTES
 */
struct twin_wire_igmp_query {
	u8 version;
	u8 robustness;
	u16 sources;
	__be32 group;
	u32 max_resp_ds;
	u32 interval_s;
};

/* Codes from 128 on are floating-point: RFC 3376 section 4.1.1. */
static inline u32 twin_wire_igmp_code(u8 code)
{
	if (code < 128)
		return code;
	return (u32)((code & 0x0f) | 0x10) << ((code >> 4 & 7) + 3);
}

enum twin_wire_status
twin_wire_igmp_query_parse(struct twin_wire_igmp_query *query, const u8 *data,
			   unsigned int bytes);
void twin_wire_igmp_emit(u8 *data, enum twin_wire_igmp_type type, __be32 group);
void twin_wire_igmp_report_emit(u8 *data, u16 records);
void twin_wire_igmp_record_emit(u8 *data, enum twin_wire_igmp_record type,
				__be32 group, u16 sources);

#endif
