// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4 options: the walk ends, stays in bounds and misses nothing; what is
 * written into an option stays in that option.
 */
#include "fuzz.h"
#include "wire_ipv4_options.h"

#define OPTIONS_MAX	40

static void check_write(const u8 *at, unsigned int bytes)
{
	u8 *option = fuzz_copy(at, bytes);
	struct twin_wire_ipv4_stamp stamp;

	if (!twin_wire_ipv4_record_route(option, bytes, 0xffffffff))
		FUZZ_HOLDS(option[2] >= 4 && option[0] == at[0] &&
			   option[1] == at[1]);
	memcpy(option, at, bytes);
	if (!twin_wire_ipv4_stamp_parse(&stamp, option, bytes)) {
		FUZZ_HOLDS(stamp.full || stamp.pointer < bytes);
		if (!twin_wire_ipv4_stamp_write(option, &stamp, stamp.named,
						0xffffffff))
			FUZZ_HOLDS(memcmp(option, at, bytes));
		FUZZ_HOLDS(option[0] == at[0] && option[1] == at[1]);
	}
	free(option);
}

static bool only_nops(const u8 *data, unsigned int from, unsigned int to)
{
	for (; from < to; from++)
		if (data[from] != TWIN_WIRE_IPV4_OPTION_NOP)
			return false;
	return true;
}

static void check_end(const struct twin_wire_ipv4_walk *walk, const u8 *data,
		      unsigned int bytes)
{
	unsigned int left = bytes - walk->at;

	if (walk->status)
		FUZZ_HOLDS(left && data[walk->at] > 1 &&
			   (left == 1 || data[walk->at + 1] < 2 ||
			    data[walk->at + 1] > left));
	else
		FUZZ_HOLDS(!left ||
			   data[walk->at] == TWIN_WIRE_IPV4_OPTION_END);
}

int fuzz_one(const u8 *data, size_t bytes)
{
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_walk walk;
	unsigned int expected = 0;

	if (bytes > OPTIONS_MAX)
		return 0;
	twin_wire_ipv4_options_start(&walk, data, (unsigned int)bytes);
	while (twin_wire_ipv4_options_next(&walk, &option)) {
		FUZZ_HOLDS(option.offset >= expected);
		FUZZ_HOLDS(only_nops(data, expected, option.offset));
		FUZZ_HOLDS(option.type == data[option.offset]);
		FUZZ_HOLDS(option.bytes >= 2);
		expected = option.offset + option.bytes;
		FUZZ_HOLDS(expected <= bytes && expected == walk.at);
		check_write(data + option.offset, option.bytes);
	}
	check_end(&walk, data, (unsigned int)bytes);
	return 0;
}
