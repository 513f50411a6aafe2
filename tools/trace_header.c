// SPDX-License-Identifier: GPL-2.0
/*
 * The fields of the headers, each named and explained in a line.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>

#include "trace.h"

/* Where a field goes, and the text of its value. */
struct field {
	field_handler handler;
	void *data;
};

static void put(const struct field *field, const char *name, const char *meaning,
		const char *format, ...) __printf(4, 5);

static void put(const struct field *field, const char *name, const char *meaning,
		const char *format, ...)
{
	char value[96];
	va_list list;

	va_start(list, format);
	vsnprintf(value, sizeof(value), format, list);
	va_end(list);
	field->handler(name, value, meaning, field->data);
}

void fields_of_link(const struct packet *packet, field_handler handler, void *data)
{
	struct field field = { handler, data };
	char mac[MAC_TEXT_LEN];

	if (!packet->eth)
		return;
	put(&field, "destination MAC", "the adapter that this link is to carry it to", "%s",
	    mac_text(packet->eth, 6, mac));
	put(&field, "source MAC", "the adapter that it leaves from", "%s",
	    mac_text(packet->eth + 6, 6, mac));
	put(&field, "type", packet->ip ? "what is inside: IP" : "what is inside: ARP", "0x%04x",
	    packet_u16(packet->eth + 12));
}

void fields_of_arp(const struct packet *packet, field_handler handler, void *data)
{
	struct field field = { handler, data };
	const u8 *arp = packet->transport;
	bool request = packet_u16(arp + 6) == 1;
	char mac[MAC_TEXT_LEN], addr[ADDRESS_TEXT_LEN];

	put(&field, "operation", request ? "a question to all on the link" : "an answer", "%u",
	    packet_u16(arp + 6));
	put(&field, "sender MAC", "where the other may answer to", "%s",
	    mac_text(arp + 8, 6, mac));
	put(&field, "sender address", "who asks, or answers", "%s",
	    address_text(packet->flow.laddr, addr));
	put(&field, "target MAC", request ? "unknown: that is the question" : "who asked", "%s",
	    mac_text(arp + 18, 6, mac));
	put(&field, "target address", request ? "whose MAC address is wanted" : "who asked", "%s",
	    address_text(packet->flow.raddr, addr));
}

void fields_of_ip(const struct packet *packet, field_handler handler, void *data)
{
	struct field field = { handler, data };
	const u8 *ip = packet->ip;
	u16 fragment = packet_u16(ip + 6);
	char addr[ADDRESS_TEXT_LEN];

	put(&field, "version, header", "IPv4, and how long this header is", "%u, %u bytes",
	    ip[0] >> 4, (ip[0] & 15) * 4);
	put(&field, "type of service", "how routers may treat it; the last two bits are ECN",
	    "0x%02x", ip[1]);
	put(&field, "total length", "header and data; big ones the device cuts", "%u bytes",
	    packet_u16(ip + 2));
	put(&field, "identification", "tells which fragments belong together", "%u",
	    packet_u16(ip + 4));
	put(&field, "flags, offset", "may it be cut (DF: no), more to follow (MF), place",
	    "%s%s%u", fragment & 0x4000 ? "DF, " : "", fragment & 0x2000 ? "MF, " : "",
	    (fragment & 0x1fff) * 8);
	put(&field, "time to live", "routers that it may still pass", "%u", ip[8]);
	put(&field, "protocol", "who gets it over there: 1 ICMP, 6 TCP, 17 UDP", "%u", ip[9]);
	put(&field, "checksum", "over this header", "0x%04x", packet_u16(ip + 10));
	put(&field, "source", "the address of the adapter that the route leads to", "%s",
	    address_text(packet->flow.laddr, addr));
	put(&field, "destination", "as the program gave it, right or wrong", "%s",
	    address_text(packet->flow.raddr, addr));
}

static void option_field(const struct field *field, const struct packet *packet,
			 const struct numbers *numbers, const u8 *option)
{
	struct flow reversed = flow_reversed(&packet->flow);

	switch (option[0]) {
	case 2:
		put(field, "option MSS", "the most data that we can take in a segment", "%u bytes",
		    packet->mss);
		break;
	case 3:
		put(field, "option window scale", "unit of our windows: 2^this", "%d",
		    packet->wscale);
		break;
	case 4:
		put(field, "option SACK permitted", "the peer may name later data", "yes");
		break;
	case 8:
		put(field, "option timestamps", "our clock, the peer's echoed", "%u, %u",
		    packet_u32(option + 2), packet_u32(option + 6));
		break;
	case 5:
		for (size_t i = 0; i < packet->sack_count; i++)
			put(field, "option SACK", "bytes beyond the gap that are here already",
			    "%u to %u",
			    numbers_relative(numbers, &reversed, packet->sack[i][0]),
			    numbers_relative(numbers, &reversed, packet->sack[i][1]));
		break;
	}
}

static void tcp_options(const struct field *field, const struct packet *packet,
			const struct numbers *numbers)
{
	static const u8 lengths[] = { [2] = 4, [3] = 3, [4] = 2, [8] = 10 };
	const u8 *options = packet->transport + 20;
	size_t at = 0;

	while (at < packet->options_bytes && options[at]) {
		size_t left = packet->options_bytes - at;
		u8 kind = options[at];

		if (kind == 1) {
			at++;
			continue;
		}
		if (left < 2 || options[at + 1] < 2 || options[at + 1] > left)
			return;
		if (kind == 5 || (kind < ARRAY_SIZE(lengths) && lengths[kind] == options[at + 1]))
			option_field(field, packet, numbers, options + at);
		at += options[at + 1];
	}
}

static void fields_of_tcp(const struct field *field, const struct packet *packet,
			  const struct numbers *numbers)
{
	const u8 *tcp = packet->transport;
	struct flow reversed = flow_reversed(&packet->flow);
	char flags[48];

	put(field, "source port", "which program sent it", "%u", packet->flow.lport);
	put(field, "destination port", "which program it is for", "%u", packet->flow.rport);
	put(field, "sequence number", "place of its first byte, relative (and as it is sent)",
	    "%u (%u)", numbers_relative(numbers, &packet->flow, packet->seq), packet->seq);
	if (packet->flags & 0x10)
		put(field, "ACK number", "all before it has arrived here, relative (as sent)",
		    "%u (%u)", numbers_relative(numbers, &reversed, packet->ack), packet->ack);
	put(field, "data offset", "length of this header", "%u bytes", (tcp[12] >> 4) * 4);
	put(field, "control bits", "what the segment does besides carrying data", "%s",
	    tcp_flags_text(packet->flags, flags));
	put(field, "window", "bytes that we can take now without a further ACK", "%u",
	    numbers_window(numbers, packet));
	put(field, "checksum", "over all; half done on its way out: the device ends it",
	    "0x%04x", packet_u16(tcp + 16));
	put(field, "urgent pointer", "end of urgent data, with URG only", "%u",
	    packet_u16(tcp + 18));
	tcp_options(field, packet, numbers);
}

void fields_of_transport(const struct packet *packet, const struct numbers *numbers,
			 field_handler handler, void *data)
{
	struct field field = { handler, data };
	const u8 *header = packet->transport;

	switch (packet->kind) {
	case PACKET_TCP:
		fields_of_tcp(&field, packet, numbers);
		break;
	case PACKET_UDP:
		put(&field, "source port", "which program sent it", "%u", packet->flow.lport);
		put(&field, "destination port", "which program it is for", "%u",
		    packet->flow.rport);
		put(&field, "length", "header and data", "%u bytes", packet_u16(header + 4));
		put(&field, "checksum", "over all; 0 means none", "0x%04x",
		    packet_u16(header + 6));
		break;
	case PACKET_ICMP:
		put(&field, "type, code", "what it is about", "%u, %u", header[0], header[1]);
		put(&field, "checksum", "over all", "0x%04x", packet_u16(header + 2));
		break;
	default:
		break;
	}
}
