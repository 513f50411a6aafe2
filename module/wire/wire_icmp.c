// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP headers (RFC 792).
 */
#include "wire_csum.h"
#include "wire_icmp.h"

/**
 * twin_wire_icmp_parse() - read an ICMP header
 * @icmp: filled in if TWIN_WIRE_OK is returned, else untouched
 * @data: start of the header
 * @bytes: readable length
 *
 * The checksum covers data and is the caller's to check.
 *
 * RFC: 792
 * Context: Any.
 * Return: TWIN_WIRE_SHORT below 8 bytes.
 */
enum twin_wire_status twin_wire_icmp_parse(struct twin_wire_icmp *icmp,
					   const u8 *data, unsigned int bytes)
{
	if (bytes < TWIN_WIRE_ICMP_BYTES)
		return TWIN_WIRE_SHORT;
	icmp->type = data[0];
	icmp->code = data[1];
	icmp->rest = twin_wire_get32(data + 4);
	return TWIN_WIRE_OK;
}

/**
 * twin_wire_icmp_emit() - write an ICMP header with a zero checksum
 * @data: where, TWIN_WIRE_ICMP_BYTES
 * @icmp: what
 *
 * RFC: 792
 * Context: Any.
 */
void twin_wire_icmp_emit(u8 *data, const struct twin_wire_icmp *icmp)
{
	data[0] = icmp->type;
	data[1] = icmp->code;
	twin_wire_put16(data + TWIN_WIRE_ICMP_CHECKSUM_OFFSET, 0);
	twin_wire_put32(data + 4, icmp->rest);
}

/**
 * twin_wire_icmp_quote_parse() - read the IP header that an error quotes
 * @ip: filled in unless TWIN_WIRE_SHORT is returned for less than 20 bytes
 * @data: start of the quoted datagram
 * @bytes: readable length
 *
 * The quote is cut short and routers have changed it on its way, so neither
 * its total length nor its checksum says anything.
 *
 * RFC: 792, 1122 section 3.2.2
 * Context: Any.
 * Return: TWIN_WIRE_SHORT if the header and 8 bytes of data are not there,
 * TWIN_WIRE_VERSION, TWIN_WIRE_HEADER_LENGTH.
 */
enum twin_wire_status twin_wire_icmp_quote_parse(struct twin_wire_ipv4 *ip,
						 const u8 *data,
						 unsigned int bytes)
{
	if (bytes < TWIN_WIRE_IPV4_MIN_BYTES)
		return TWIN_WIRE_SHORT;
	twin_wire_ipv4_read(ip, data);
	if (data[0] >> 4 != 4)
		return TWIN_WIRE_VERSION;
	if (ip->header_bytes < TWIN_WIRE_IPV4_MIN_BYTES)
		return TWIN_WIRE_HEADER_LENGTH;
	if (bytes < ip->header_bytes + TWIN_WIRE_ICMP_QUOTE_DATA)
		return TWIN_WIRE_SHORT;
	return TWIN_WIRE_OK;
}

/**
 * twin_wire_icmp_extensions_valid() - are an error's extensions well formed?
 * @data: the extension structure, behind the quoted datagram
 * @bytes: its length
 *
 * RFC: 4884 section 7, 8
 * Context: Any.
 * Return: true if version, checksum (0: none) and the lengths of all objects
 * are right.
 */
bool twin_wire_icmp_extensions_valid(const u8 *data, unsigned int bytes)
{
	unsigned int at = TWIN_WIRE_ICMP_EXTENSION_BYTES, object;

	if (bytes < TWIN_WIRE_ICMP_EXTENSION_BYTES || data[0] >> 4 != 2)
		return false;
	if (twin_wire_get16(data + 2) && twin_wire_csum16(data, bytes))
		return false;
	for (; at < bytes; at += object) {
		if (bytes - at < TWIN_WIRE_ICMP_OBJECT_BYTES)
			return false;
		object = twin_wire_get16(data + at);
		if (object < TWIN_WIRE_ICMP_OBJECT_BYTES || object > bytes - at)
			return false;
	}
	return true;
}
