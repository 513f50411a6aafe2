// SPDX-License-Identifier: GPL-2.0
/*
 * IGMP messages (RFC 3376, 2236, 1112).
 */
#include "wire_igmp.h"

#define TWIN_WIRE_IGMP_V1_RESP_DS	100	/* RFC 3376 section 7.2.1 */

/**
 * twin_wire_igmp_query_parse() - read a membership query of any version
 * @query: filled in if TWIN_WIRE_OK is returned
 * @data: start of the message, its type is that of a query
 * @bytes: readable length
 *
 * The checksum is the caller's to check.
 *
 * RFC: 3376 section 4.1, 7.1
 * Context: Any.
 * Return: TWIN_WIRE_SHORT for a length that no version has,
 * TWIN_WIRE_TOTAL_LENGTH if the sources run over it.
 */
enum twin_wire_status
twin_wire_igmp_query_parse(struct twin_wire_igmp_query *query, const u8 *data,
			   unsigned int bytes)
{
	if (bytes < TWIN_WIRE_IGMP_BYTES ||
	    (bytes > TWIN_WIRE_IGMP_BYTES &&
	     bytes < TWIN_WIRE_IGMP_QUERY_BYTES))
		return TWIN_WIRE_SHORT;
	memset(query, 0, sizeof(*query));
	query->group = twin_wire_get_be32(data + 4);
	if (bytes == TWIN_WIRE_IGMP_BYTES) {
		query->version = data[1] ? 2 : 1;
		query->max_resp_ds = data[1] ?: TWIN_WIRE_IGMP_V1_RESP_DS;
		return TWIN_WIRE_OK;
	}
	query->version = 3;
	query->max_resp_ds = twin_wire_igmp_code(data[1]);
	query->robustness = data[8] & 7;
	query->interval_s = twin_wire_igmp_code(data[9]);
	query->sources = twin_wire_get16(data + 10);
	if (bytes - TWIN_WIRE_IGMP_QUERY_BYTES < 4u * query->sources)
		return TWIN_WIRE_TOTAL_LENGTH;
	return TWIN_WIRE_OK;
}

/**
 * twin_wire_igmp_emit() - write a report or leave of version 1 or 2
 * @data: where, TWIN_WIRE_IGMP_BYTES; the checksum is left zero
 * @type: what
 * @group: of which group
 *
 * RFC: 2236 section 2
 * Context: Any.
 */
void twin_wire_igmp_emit(u8 *data, enum twin_wire_igmp_type type, __be32 group)
{
	memset(data, 0, TWIN_WIRE_IGMP_BYTES);
	data[0] = type;
	twin_wire_put_be32(data + 4, group);
}

/**
 * twin_wire_igmp_report_emit() - write the head of a version 3 report
 * @data: where, TWIN_WIRE_IGMP_BYTES; the checksum is left zero
 * @records: how many records follow
 *
 * RFC: 3376 section 4.2
 * Context: Any.
 */
void twin_wire_igmp_report_emit(u8 *data, u16 records)
{
	memset(data, 0, TWIN_WIRE_IGMP_BYTES);
	data[0] = TWIN_WIRE_IGMP_V3_REPORT;
	twin_wire_put16(data + 6, records);
}

/**
 * twin_wire_igmp_record_emit() - write the head of a group record
 * @data: where, TWIN_WIRE_IGMP_RECORD_BYTES
 * @type: what the record says
 * @group: of which group
 * @sources: how many source addresses follow
 *
 * RFC: 3376 section 4.2.4
 * Context: Any.
 */
void twin_wire_igmp_record_emit(u8 *data, enum twin_wire_igmp_record type,
				__be32 group, u16 sources)
{
	data[0] = type;
	data[1] = 0;
	twin_wire_put16(data + 2, sources);
	twin_wire_put_be32(data + 4, group);
}
