// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4 headers, judged by the C library's struct iphdr.
 *
 * Input: one byte of flags, two of packet length, then the header.
 */
#include <netinet/ip.h>
#include "fuzz.h"
#include "wire_ipv4.h"

#define FLAG_RIGHT_CHECKSUM	1

static void set_checksum(u8 *data, unsigned int bytes)
{
	unsigned int header_bytes = (data[0] & 0xf) * 4u;
	__sum16 check;

	if (header_bytes < sizeof(struct iphdr) || header_bytes > bytes)
		return;
	memset(data + TWIN_WIRE_IPV4_CHECKSUM_OFFSET, 0, sizeof(check));
	check = twin_wire_csum16(data, header_bytes);
	memcpy(data + TWIN_WIRE_IPV4_CHECKSUM_OFFSET, &check, sizeof(check));
}

/* RFC 1122 sections 3.2.1.1 and 3.2.1.2: what makes a header acceptable */
static bool acceptable(const u8 *data, unsigned int linear_bytes,
		       unsigned int bytes)
{
	struct iphdr header;

	if (linear_bytes < sizeof(header) || bytes < sizeof(header))
		return false;
	memcpy(&header, data, sizeof(header));
	return header.version == 4 && header.ihl >= 5 &&
	       header.ihl * 4u <= linear_bytes &&
	       ntohs(header.tot_len) >= header.ihl * 4u &&
	       ntohs(header.tot_len) <= bytes &&
	       twin_wire_csum16(data, header.ihl * 4u) == 0;
}

static void check_fields(const struct twin_wire_ipv4 *ip, const u8 *data)
{
	struct iphdr header;

	memcpy(&header, data, sizeof(header));
	FUZZ_HOLDS(ip->header_bytes == header.ihl * 4);
	FUZZ_HOLDS(ip->total_bytes == ntohs(header.tot_len));
	FUZZ_HOLDS(ip->tos == header.tos);
	FUZZ_HOLDS(ip->id == ntohs(header.id));
	FUZZ_HOLDS(ip->dont_fragment == !!(header.frag_off & htons(IP_DF)));
	FUZZ_HOLDS(ip->more_fragments == !!(header.frag_off & htons(IP_MF)));
	FUZZ_HOLDS(ip->fragment_bytes ==
		   (ntohs(header.frag_off) & IP_OFFMASK) * 8);
	FUZZ_HOLDS(ip->ttl == header.ttl);
	FUZZ_HOLDS(ip->protocol == header.protocol);
	FUZZ_HOLDS(ip->saddr == header.saddr);
	FUZZ_HOLDS(ip->daddr == header.daddr);
}

/* Neither the reserved bit nor the other zero of the checksum comes back. */
static void check_emit(const struct twin_wire_ipv4 *ip, const u8 *data)
{
	u8 *back = fuzz_copy(data, ip->header_bytes);

	memset(back, 0xa5, TWIN_WIRE_IPV4_MIN_BYTES);
	twin_wire_ipv4_emit(back, ip);
	FUZZ_HOLDS(twin_wire_csum16(back, ip->header_bytes) == 0);
	if (!(data[6] & 0x80) && twin_wire_get16(data + 10) != 0xffff)
		FUZZ_HOLDS(!memcmp(back, data, ip->header_bytes));
	free(back);
}

static void check_decrement(const struct twin_wire_ipv4 *ip, const u8 *data)
{
	u8 *changed = fuzz_copy(data, ip->header_bytes);

	twin_wire_ipv4_decrement_ttl(changed);
	FUZZ_HOLDS(changed[8] == ip->ttl - 1);
	FUZZ_HOLDS(twin_wire_csum16(changed, ip->header_bytes) == 0);
	changed[8]++;
	memcpy(changed + TWIN_WIRE_IPV4_CHECKSUM_OFFSET,
	       data + TWIN_WIRE_IPV4_CHECKSUM_OFFSET, 2);
	FUZZ_HOLDS(!memcmp(changed, data, ip->header_bytes));
	free(changed);
}

int fuzz_one(const u8 *data, size_t bytes)
{
	unsigned int packet_bytes, linear_bytes;
	enum twin_wire_status status;
	struct twin_wire_ipv4 ip;
	u8 *header;

	if (bytes < 3)
		return 0;
	packet_bytes = twin_wire_get16(data + 1);
	linear_bytes = (unsigned int)bytes - 3;
	header = fuzz_copy(data + 3, linear_bytes);
	if (linear_bytes && data[0] & FLAG_RIGHT_CHECKSUM)
		set_checksum(header, linear_bytes);
	status = twin_wire_ipv4_parse(&ip, header, linear_bytes, packet_bytes);
	FUZZ_HOLDS((status == TWIN_WIRE_OK) ==
		   acceptable(header, linear_bytes, packet_bytes));
	if (status == TWIN_WIRE_OK) {
		check_fields(&ip, header);
		check_emit(&ip, header);
		if (ip.ttl)
			check_decrement(&ip, header);
	} else if (status == TWIN_WIRE_SHORT) {
		FUZZ_HOLDS(ip.header_bytes > linear_bytes ||
			   ip.header_bytes > packet_bytes);
	}
	free(header);
	return 0;
}
