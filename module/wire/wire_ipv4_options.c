// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4 options (RFC 791 3.1).
 */
#include "wire_ipv4_options.h"

#define TWIN_WIRE_IPV4_ADDR_BYTES	4
/* Smallest values of the pointer, which counts from 1: the first entry. */
#define TWIN_WIRE_IPV4_ROUTE_FIRST	4
#define TWIN_WIRE_IPV4_STAMP_FIRST	5
/* The timestamp option's byte of overflow count (4 bits) and flag (4 bits) */
#define TWIN_WIRE_IPV4_STAMP_FLAGS	3
#define TWIN_WIRE_IPV4_STAMP_FLAG	0x0f
#define TWIN_WIRE_IPV4_STAMP_OVERFLOWS	0xf0

/**
 * twin_wire_ipv4_options_start() - begin a walk
 * @walk: filled in
 * @options: the first byte behind the fixed header; must outlive @walk
 * @bytes: length of the options
 *
 * RFC: 791 section 3.1
 * Context: Any.
 */
void twin_wire_ipv4_options_start(struct twin_wire_ipv4_walk *walk,
				  const u8 *options, unsigned int bytes)
{
	walk->options = options;
	walk->bytes = bytes;
	walk->at = 0;
	walk->status = TWIN_WIRE_OK;
}

static void twin_wire_ipv4_options_skip_nops(struct twin_wire_ipv4_walk *walk)
{
	while (walk->at < walk->bytes &&
	       walk->options[walk->at] == TWIN_WIRE_IPV4_OPTION_NOP)
		walk->at++;
}

/**
 * twin_wire_ipv4_options_next() - step to the next option
 * @walk: the walk
 * @option: filled in if true is returned
 *
 * RFC: 791 section 3.1, 1122 section 3.2.1.8
 * Context: Any.
 * Return: false at the end and, with @walk->status set to TWIN_WIRE_OPTION, at
 * an option shorter than 2 bytes or running over the end; such a walk stays
 * where it is.
 */
bool twin_wire_ipv4_options_next(struct twin_wire_ipv4_walk *walk,
				 struct twin_wire_ipv4_option *option)
{
	const u8 *at;
	unsigned int left;

	twin_wire_ipv4_options_skip_nops(walk);
	at = walk->options + walk->at;
	left = walk->bytes - walk->at;
	if (!left || at[0] == TWIN_WIRE_IPV4_OPTION_END)
		return false;
	if (left < 2 || at[1] < 2 || at[1] > left) {
		walk->status = TWIN_WIRE_OPTION;
		return false;
	}
	option->type = at[0];
	option->offset = (u8)walk->at;
	option->bytes = at[1];
	walk->at += at[1];
	return true;
}

/**
 * twin_wire_ipv4_record_route() - add an address to a record route option
 * @option: its first byte
 * @bytes: its length, as the walk gave it: 40 at most
 * @addr: address to record
 *
 * A full option is left as it is and no error.  The header checksum becomes
 * wrong; the caller writes a new one.
 *
 * RFC: 791 section 3.1 "Record Route"
 * Context: Any.
 * Return: TWIN_WIRE_OPTION if the pointer is wrong or the room left is less
 * than an address; the fault is at TWIN_WIRE_IPV4_OPTION_POINTER.
 */
enum twin_wire_status twin_wire_ipv4_record_route(u8 *option,
						  unsigned int bytes,
						  __be32 addr)
{
	unsigned int pointer;

	if (bytes <= TWIN_WIRE_IPV4_OPTION_POINTER)
		return TWIN_WIRE_OPTION;
	pointer = option[TWIN_WIRE_IPV4_OPTION_POINTER];
	if (pointer < TWIN_WIRE_IPV4_ROUTE_FIRST)
		return TWIN_WIRE_OPTION;
	if (pointer > bytes)
		return TWIN_WIRE_OK;
	if (pointer - 1 + TWIN_WIRE_IPV4_ADDR_BYTES > bytes)
		return TWIN_WIRE_OPTION;

	twin_wire_put_be32(option + pointer - 1, addr);
	option[TWIN_WIRE_IPV4_OPTION_POINTER] =
		(u8)(pointer + TWIN_WIRE_IPV4_ADDR_BYTES);
	return TWIN_WIRE_OK;
}

static unsigned int twin_wire_ipv4_stamp_entry_bytes(u8 flag)
{
	return flag == TWIN_WIRE_IPV4_TIMESTAMP_ONLY ? 4 : 8;
}

/**
 * twin_wire_ipv4_stamp_parse() - find out what a timestamp option asks for
 * @stamp: filled in if TWIN_WIRE_OK is returned
 * @option: its first byte
 * @bytes: its length, as the walk gave it: 40 at most
 *
 * RFC: 791 section 3.1 "Internet Timestamp"
 * Context: Any.
 * Return: TWIN_WIRE_OPTION if the pointer or the flag is wrong, or the room
 * left is less than an entry.
 */
enum twin_wire_status
twin_wire_ipv4_stamp_parse(struct twin_wire_ipv4_stamp *stamp,
			   const u8 *option, unsigned int bytes)
{
	unsigned int pointer;

	if (bytes <= TWIN_WIRE_IPV4_STAMP_FLAGS)
		return TWIN_WIRE_OPTION;
	pointer = option[TWIN_WIRE_IPV4_OPTION_POINTER];
	stamp->flag = option[TWIN_WIRE_IPV4_STAMP_FLAGS] &
		      TWIN_WIRE_IPV4_STAMP_FLAG;
	stamp->pointer = (u8)(pointer - 1);
	stamp->full = pointer > bytes;
	stamp->named = 0;
	if (pointer < TWIN_WIRE_IPV4_STAMP_FIRST)
		return TWIN_WIRE_OPTION;
	if (stamp->flag == 2 ||
	    stamp->flag > TWIN_WIRE_IPV4_TIMESTAMP_PRESPECIFIED)
		return TWIN_WIRE_OPTION;
	if (stamp->full)
		return TWIN_WIRE_OK;
	if (stamp->pointer + twin_wire_ipv4_stamp_entry_bytes(stamp->flag) >
	    bytes)
		return TWIN_WIRE_OPTION;
	if (stamp->flag == TWIN_WIRE_IPV4_TIMESTAMP_PRESPECIFIED)
		stamp->named = twin_wire_get_be32(option + stamp->pointer);
	return TWIN_WIRE_OK;
}

static enum twin_wire_status twin_wire_ipv4_stamp_overflow(u8 *option)
{
	u8 *flags = option + TWIN_WIRE_IPV4_STAMP_FLAGS;

	if (*flags >= TWIN_WIRE_IPV4_STAMP_OVERFLOWS)
		return TWIN_WIRE_OPTION;
	*flags = (u8)(*flags + 0x10);
	return TWIN_WIRE_OK;
}

/**
 * twin_wire_ipv4_stamp_write() - add an entry to a timestamp option
 * @option: its first byte
 * @stamp: what twin_wire_ipv4_stamp_parse() said of it
 * @addr: own address; for a prespecified option @stamp->named, which the
 *	caller has found to be its own
 * @midnight_ms: milliseconds since midnight UT
 *
 * The header checksum becomes wrong; the caller writes a new one.
 *
 * RFC: 791 section 3.1 "Internet Timestamp"
 * Context: Any.
 * Return: TWIN_WIRE_OPTION if the option is full and its overflow count is,
 * too: the datagram is in error.
 */
enum twin_wire_status
twin_wire_ipv4_stamp_write(u8 *option,
			   const struct twin_wire_ipv4_stamp *stamp,
			   __be32 addr, u32 midnight_ms)
{
	u8 *entry = option + stamp->pointer;

	if (stamp->full)
		return twin_wire_ipv4_stamp_overflow(option);
	if (stamp->flag != TWIN_WIRE_IPV4_TIMESTAMP_ONLY) {
		twin_wire_put_be32(entry, addr);
		entry += TWIN_WIRE_IPV4_ADDR_BYTES;
	}
	twin_wire_put32(entry, midnight_ms);
	option[TWIN_WIRE_IPV4_OPTION_POINTER] =
		(u8)(entry + 4 - option + 1);
	return TWIN_WIRE_OK;
}
