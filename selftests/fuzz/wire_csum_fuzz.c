// SPDX-License-Identifier: GPL-2.0
/*
 * The checksum against its definition (RFC 1071), an update against a new sum.
 */
#include "fuzz.h"
#include "wire_csum.h"

static u16 plain_checksum(const u8 *data, size_t bytes)
{
	u32 sum = 0;
	size_t i;

	for (i = 0; i < bytes; i++)
		sum += i % 2 ? data[i] : (u32)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}

static bool all_zero(const u8 *data, size_t bytes)
{
	while (bytes && !data[bytes - 1])
		bytes--;
	return !bytes;
}

/* Zeros alone have two sums; no header is that (RFC 1624 section 3). */
static void check_update(u8 *data, unsigned int bytes)
{
	__sum16 before = twin_wire_csum16(data, bytes);
	__be16 from = twin_wire_get_be16(data);
	__be16 to = twin_wire_get_be16(data + bytes - 2);

	twin_wire_put_be16(data, to);
	if (!all_zero(data, bytes))
		FUZZ_HOLDS(twin_wire_csum_replace16(before, from, to) ==
			   twin_wire_csum16(data, bytes));
}

int fuzz_one(const u8 *data, size_t bytes)
{
	u8 *copy;

	FUZZ_HOLDS(ntohs((__force __be16)twin_wire_csum16(data,
							  (unsigned int)bytes)) ==
		   plain_checksum(data, bytes));
	if (bytes < 4 || all_zero(data, bytes))
		return 0;
	copy = fuzz_copy(data, bytes);
	check_update(copy, (unsigned int)bytes);
	free(copy);
	return 0;
}
