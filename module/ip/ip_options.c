// SPDX-License-Identifier: GPL-2.0
/*
 * IP options of received datagrams (RFC 791 section 3.1).
 *
 * Record route and timestamp get this host's entry.  A source route is refused:
 * it lets a sender choose how replies travel (RFC 6274 section 3.13.2.3).
 */
#include <linux/icmp.h>
#include "../inspect/drop.h"
#include "../inspect/mib.h"
#include "../wire/wire_ipv4_options.h"
#include "icmp.h"

/**
 * twin_ip_midnight_ms() - time of day as the Internet tells it
 *
 * RFC: 791 section 3.1 "Internet Timestamp"; 792 "Timestamp"
 * Context: Any.
 * Return: milliseconds since midnight UT.
 */
u32 twin_ip_midnight_ms(void)
{
	struct timespec64 now;
	u32 seconds;

	ktime_get_real_ts64(&now);
	div_u64_rem(now.tv_sec, 86400, &seconds);
	return seconds * MSEC_PER_SEC + (u32)(now.tv_nsec / NSEC_PER_MSEC);
}

/* The address that stands for this host in its entries. */
static __be32 twin_ip_options_own_addr(struct twin_net *tn,
				       const struct sk_buff *skb)
{
	const struct twin_ip_cb *cb = twin_ip_cb(skb);
	const struct twin_link_dev *ld;

	if (cb->type == TWIN_PATH_LOCAL)
		return cb->daddr;
	ld = twin_link_find(tn, cb->ifindex);
	return ld ? twin_link_addr_select(ld, cb->saddr) : 0;
}

static enum twin_wire_status
twin_ip_options_stamp(struct twin_net *tn, u8 *option, unsigned int bytes,
		      __be32 own)
{
	struct twin_wire_ipv4_stamp stamp;
	enum twin_wire_status status;

	status = twin_wire_ipv4_stamp_parse(&stamp, option, bytes);
	if (status != TWIN_WIRE_OK)
		return status;
	if (stamp.flag == TWIN_WIRE_IPV4_TIMESTAMP_PRESPECIFIED &&
	    !stamp.full) {
		if (!twin_link_addr_is_local(tn, stamp.named))
			return TWIN_WIRE_OK;
		own = stamp.named;
	}
	return twin_wire_ipv4_stamp_write(option, &stamp, own,
					  twin_ip_midnight_ms());
}

/*
 * Returns the reason to drop the datagram, TWIN_DROP_NONE to keep it;
 * @pointer is the byte of the header at fault, 0 if no reply is due.
 */
static enum twin_drop_reason
twin_ip_options_process(struct twin_net *tn, u8 *options, unsigned int bytes,
			__be32 own, unsigned int *pointer)
{
	enum twin_wire_status status = TWIN_WIRE_OK;
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_walk walk;
	u8 *at;

	twin_wire_ipv4_options_start(&walk, options, bytes);
	while (twin_wire_ipv4_options_next(&walk, &option)) {
		at = options + option.offset;
		if (option.type == TWIN_WIRE_IPV4_OPTION_LOOSE_ROUTE ||
		    option.type == TWIN_WIRE_IPV4_OPTION_STRICT_ROUTE)
			return TWIN_DROP_IP_SOURCE_ROUTE;
		if (option.type == TWIN_WIRE_IPV4_OPTION_RECORD_ROUTE)
			status = twin_wire_ipv4_record_route(at, option.bytes,
							     own);
		else if (option.type == TWIN_WIRE_IPV4_OPTION_TIMESTAMP)
			status = twin_ip_options_stamp(tn, at, option.bytes,
						       own);
		if (status != TWIN_WIRE_OK) {
			*pointer = TWIN_WIRE_IPV4_MIN_BYTES + option.offset +
				   TWIN_WIRE_IPV4_OPTION_POINTER;
			return TWIN_DROP_IP_OPTIONS;
		}
	}
	if (walk.status == TWIN_WIRE_OK)
		return TWIN_DROP_NONE;
	*pointer = TWIN_WIRE_IPV4_MIN_BYTES + walk.at;
	return TWIN_DROP_IP_OPTIONS;
}

/* Fills in this host's entries as @own; on false @skb is consumed. */
static bool twin_ip_options_act(struct twin_net *tn, struct sk_buff *skb,
				__be32 own)
{
	unsigned int header_bytes = twin_ip_cb(skb)->header_bytes;
	enum twin_drop_reason reason;
	struct twin_wire_ipv4 ip;
	unsigned int pointer = 0;
	u8 *header;

	if (skb_ensure_writable(skb, header_bytes)) {
		TWIN_COUNT(tn, IP_IN_DISCARDS);
		twin_drop(tn, skb, TWIN_DROP_IP_NO_MEMORY);
		return false;
	}
	header = skb_network_header(skb);
	reason = twin_ip_options_process(tn, header + TWIN_WIRE_IPV4_MIN_BYTES,
					 header_bytes -
					 TWIN_WIRE_IPV4_MIN_BYTES,
					 own, &pointer);
	if (reason == TWIN_DROP_NONE) {
		twin_wire_ipv4_read(&ip, header);
		twin_wire_ipv4_emit(header, &ip);
		return true;
	}
	if (pointer)
		twin_icmp_send_error(tn, skb, ICMP_PARAMETERPROB, 0, pointer);
	TWIN_COUNT(tn, IP_IN_HDR_ERRORS);
	twin_drop(tn, skb, reason);
	return false;
}

/**
 * twin_ip_options_input() - act on the options of a received datagram
 * @tn: namespace
 * @skb: datagram, skb->data at the network header, cb filled in
 *
 * A datagram whose options are malformed gets "parameter problem".
 *
 * RFC: 1122 section 3.2.1.8, 3.2.2.5
 * Context: Softirq, RCU read lock.  On false @skb is consumed.
 * Return: whether the datagram is still there.
 */
bool twin_ip_options_input(struct twin_net *tn, struct sk_buff *skb)
{
	return twin_ip_options_act(tn, skb, twin_ip_options_own_addr(tn, skb));
}

/**
 * twin_ip_options_forward() - act on the options of a datagram that goes on
 * @tn: namespace
 * @skb: datagram, skb->data at the network header, cb filled in
 * @own: address of the device that it leaves by
 *
 * RFC: 1812 section 4.2.2.1, 5.3.13
 * Context: Softirq, RCU read lock.  On false @skb is consumed.
 * Return: whether the datagram is still there.
 */
bool twin_ip_options_forward(struct twin_net *tn, struct sk_buff *skb,
			     __be32 own)
{
	return twin_ip_options_act(tn, skb, own);
}

/**
 * twin_ip_options_echo() - the options that a reply takes along
 * @skb: request, network header set, cb filled in, options processed
 * @options: filled in, at least TWIN_IP_OPTIONS_MAX bytes
 *
 * Record route and timestamp go back with what they have gathered.
 *
 * RFC: 1122 section 3.2.2.6, 3.2.2.8
 * Context: Any.
 * Return: their length, a multiple of 4; 0 if there are none.
 */
unsigned int twin_ip_options_echo(const struct sk_buff *skb, u8 *options)
{
	const u8 *from = skb_network_header(skb) + TWIN_WIRE_IPV4_MIN_BYTES;
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_walk walk;
	unsigned int bytes = 0;

	twin_wire_ipv4_options_start(&walk, from,
				     twin_ip_cb(skb)->header_bytes -
				     TWIN_WIRE_IPV4_MIN_BYTES);
	while (twin_wire_ipv4_options_next(&walk, &option)) {
		if (option.type != TWIN_WIRE_IPV4_OPTION_RECORD_ROUTE &&
		    option.type != TWIN_WIRE_IPV4_OPTION_TIMESTAMP)
			continue;
		memcpy(options + bytes, from + option.offset, option.bytes);
		bytes += option.bytes;
	}
	while (bytes % 4)
		options[bytes++] = TWIN_WIRE_IPV4_OPTION_END;
	return bytes;
}

/* RFC 2113: four bytes, the last two of them a value that is not looked at. */
#define TWIN_IP_OPTION_ALERT_BYTES	4

/* May a program send this option?  Its room was checked by the walk. */
static bool twin_ip_options_allowed(const u8 *at,
				    const struct twin_wire_ipv4_option *option,
				    bool privileged)
{
	struct twin_wire_ipv4_stamp stamp;

	switch (option->type) {
	case TWIN_WIRE_IPV4_OPTION_LOOSE_ROUTE:
	case TWIN_WIRE_IPV4_OPTION_STRICT_ROUTE:
		return false;
	case TWIN_WIRE_IPV4_OPTION_RECORD_ROUTE:
		return option->bytes > TWIN_WIRE_IPV4_OPTION_POINTER &&
		       at[TWIN_WIRE_IPV4_OPTION_POINTER] >= 4;
	case TWIN_WIRE_IPV4_OPTION_TIMESTAMP:
		return twin_wire_ipv4_stamp_parse(&stamp, at, option->bytes) ==
		       TWIN_WIRE_OK;
	case TWIN_WIRE_IPV4_OPTION_ROUTER_ALERT:
		return option->bytes == TWIN_IP_OPTION_ALERT_BYTES;
	default:
		return privileged;
	}
}

/**
 * twin_ip_options_check() - may a program send these options?
 * @options: as given to IP_OPTIONS; what is behind their end is cleared
 * @bytes: their length
 * @privileged: options that Twin does not know are allowed (CAP_NET_RAW)
 *
 * RFC: 1122 section 3.2.1.8
 * Context: Any.
 * Return: 0, or -EINVAL: malformed, a source route, or not allowed.
 */
int twin_ip_options_check(u8 *options, unsigned int bytes, bool privileged)
{
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_walk walk;

	twin_wire_ipv4_options_start(&walk, options, bytes);
	while (twin_wire_ipv4_options_next(&walk, &option))
		if (!twin_ip_options_allowed(options + option.offset, &option,
					     privileged))
			return -EINVAL;
	if (walk.status != TWIN_WIRE_OK)
		return -EINVAL;
	memset(options + walk.at, TWIN_WIRE_IPV4_OPTION_END, bytes - walk.at);
	return 0;
}

/**
 * twin_ip_options_stamp_own() - the sender's own entry in its options
 * @options: checked; changed
 * @bytes: their length
 * @own: its address
 *
 * RFC: 791 section 3.1; 1122 section 3.2.1.8
 * Context: Any.
 */
void twin_ip_options_stamp_own(u8 *options, unsigned int bytes, __be32 own)
{
	struct twin_wire_ipv4_option option;
	struct twin_wire_ipv4_stamp stamp;
	struct twin_wire_ipv4_walk walk;
	u8 *at;

	twin_wire_ipv4_options_start(&walk, options, bytes);
	while (twin_wire_ipv4_options_next(&walk, &option)) {
		at = options + option.offset;
		if (option.type == TWIN_WIRE_IPV4_OPTION_RECORD_ROUTE)
			twin_wire_ipv4_record_route(at, option.bytes, own);
		else if (option.type == TWIN_WIRE_IPV4_OPTION_TIMESTAMP &&
			 !twin_wire_ipv4_stamp_parse(&stamp, at, option.bytes) &&
			 stamp.flag != TWIN_WIRE_IPV4_TIMESTAMP_PRESPECIFIED)
			twin_wire_ipv4_stamp_write(at, &stamp, own,
						   twin_ip_midnight_ms());
	}
}
