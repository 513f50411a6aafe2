/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IPv4 options (RFC 791 3.1): a walk within bounds, and the two options that
 * hosts on the way write into.
 */
#ifndef TWIN_WIRE_IPV4_OPTIONS_H
#define TWIN_WIRE_IPV4_OPTIONS_H

#include "wire.h"

#define TWIN_WIRE_IPV4_OPTION_END		0
#define TWIN_WIRE_IPV4_OPTION_NOP		1
#define TWIN_WIRE_IPV4_OPTION_RECORD_ROUTE	7
#define TWIN_WIRE_IPV4_OPTION_TIMESTAMP		68
#define TWIN_WIRE_IPV4_OPTION_LOOSE_ROUTE	131
#define TWIN_WIRE_IPV4_OPTION_STRICT_ROUTE	137
#define TWIN_WIRE_IPV4_OPTION_ROUTER_ALERT	148

/* type: to be copied into every fragment */
#define TWIN_WIRE_IPV4_OPTION_COPIED		0x80
/* where an option's pointer is, which "parameter problem" points at */
#define TWIN_WIRE_IPV4_OPTION_POINTER		2

/* Flags of the timestamp option */
#define TWIN_WIRE_IPV4_TIMESTAMP_ONLY		0
#define TWIN_WIRE_IPV4_TIMESTAMP_PRESPECIFIED	3

/*
 * struct twin_wire_ipv4_option - one option, END and NOP left out
 * @type: its first byte
 * @offset: where it starts, from the first option
 * @bytes: its length, type and length bytes included
 */
struct twin_wire_ipv4_option {
	u8 type;
	u8 offset;
	u8 bytes;
};

/*
 * struct twin_wire_ipv4_walk - a walk over the options of one header
 * @options: the first option
 * @bytes: length of all
 * @at: where the walk stands; after an error, the option that is wrong
 * @status: TWIN_WIRE_OK, or TWIN_WIRE_OPTION once one ran over the end
 */
struct twin_wire_ipv4_walk {
	const u8 *options;
	unsigned int bytes;
	unsigned int at;
	enum twin_wire_status status;
};

/*
 * struct twin_wire_ipv4_stamp - what a timestamp option asks for next
 * @flag: TWIN_WIRE_IPV4_TIMESTAMP_
 * @full: no room is left: only the overflow count is raised
 * @pointer: offset of the next entry in the option
 * @named: with TWIN_WIRE_IPV4_TIMESTAMP_PRESPECIFIED and room, the host whose
 *	turn it is; others leave the option alone
 */
struct twin_wire_ipv4_stamp {
	u8 flag;
	bool full;
	u8 pointer;
	__be32 named;
};

void twin_wire_ipv4_options_start(struct twin_wire_ipv4_walk *walk,
				  const u8 *options, unsigned int bytes);
bool twin_wire_ipv4_options_next(struct twin_wire_ipv4_walk *walk,
				 struct twin_wire_ipv4_option *option);
enum twin_wire_status twin_wire_ipv4_record_route(u8 *option,
						  unsigned int bytes,
						  __be32 addr);
enum twin_wire_status
twin_wire_ipv4_stamp_parse(struct twin_wire_ipv4_stamp *stamp,
			   const u8 *option, unsigned int bytes);
enum twin_wire_status
twin_wire_ipv4_stamp_write(u8 *option,
			   const struct twin_wire_ipv4_stamp *stamp,
			   __be32 addr, u32 midnight_ms);

#endif
