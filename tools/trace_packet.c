// SPDX-License-Identifier: GPL-2.0
/*
 * The headers of a packet, as far as an event carries them.
 */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <string.h>

#include "trace.h"

enum {
	ETH_BYTES = 14,
	IP_BYTES = 20,
	TCP_BYTES = 20,
	UDP_BYTES = 8,
	ICMP_BYTES = 8,
	ARP_BYTES = 28,
};

u16 packet_u16(const u8 *bytes)
{
	return bytes[0] << 8 | bytes[1];
}

u32 packet_u32(const u8 *bytes)
{
	return (u32)packet_u16(bytes) << 16 | packet_u16(bytes + 2);
}

static void read_option(struct packet *packet, const u8 *option, size_t len)
{
	if (option[0] == 2 && len == 4)
		packet->mss = packet_u16(option + 2);
	else if (option[0] == 3 && len == 3)
		packet->wscale = option[2] > 14 ? 14 : option[2];
	for (size_t at = 2; option[0] == 5 && at + 8 <= len && packet->sack_count < 4; at += 8) {
		packet->sack[packet->sack_count][0] = packet_u32(option + at);
		packet->sack[packet->sack_count++][1] = packet_u32(option + at + 4);
	}
}

static void read_options(struct packet *packet)
{
	const u8 *options = packet->transport + TCP_BYTES;
	size_t at = 0;

	while (at < packet->options_bytes && options[at]) {
		size_t left = packet->options_bytes - at;

		if (options[at] == 1) {
			at++;
			continue;
		}
		if (left < 2 || options[at + 1] < 2 || options[at + 1] > left)
			return;
		read_option(packet, options + at, options[at + 1]);
		at += options[at + 1];
	}
}

static void read_tcp(struct packet *packet, size_t left, u32 ip_payload)
{
	const u8 *tcp = packet->transport;
	size_t header_bytes;

	if (left < TCP_BYTES)
		return;
	header_bytes = (tcp[12] >> 4) * 4;
	if (header_bytes < TCP_BYTES || header_bytes > ip_payload)
		return;
	packet->kind = PACKET_TCP;
	packet->flow.lport = packet_u16(tcp);
	packet->flow.rport = packet_u16(tcp + 2);
	packet->seq = packet_u32(tcp + 4);
	packet->ack = packet_u32(tcp + 8);
	packet->flags = tcp[13];
	packet->window = packet_u16(tcp + 14);
	packet->payload = ip_payload - header_bytes;
	packet->end_seq = packet->seq + packet->payload + !!(packet->flags & 0x02) +
			  !!(packet->flags & 0x01);
	if (header_bytes <= left) {
		packet->options_bytes = header_bytes - TCP_BYTES;
		read_options(packet);
	}
}

static void read_transport(struct packet *packet, size_t left, u32 ip_payload)
{
	switch (packet->protocol) {
	case IPPROTO_TCP:
		read_tcp(packet, left, ip_payload);
		return;
	case IPPROTO_UDP:
		if (left < UDP_BYTES || ip_payload < UDP_BYTES)
			return;
		packet->kind = PACKET_UDP;
		packet->flow.lport = packet_u16(packet->transport);
		packet->flow.rport = packet_u16(packet->transport + 2);
		packet->payload = ip_payload - UDP_BYTES;
		return;
	case IPPROTO_ICMP:
		if (left < ICMP_BYTES || ip_payload < ICMP_BYTES)
			return;
		packet->kind = PACKET_ICMP;
		packet->payload = ip_payload - ICMP_BYTES;
		return;
	}
}

static bool read_ip(struct packet *packet, const u8 *ip, size_t left, u32 len)
{
	size_t header_bytes;

	if (left < IP_BYTES || ip[0] >> 4 != 4)
		return false;
	header_bytes = (ip[0] & 15) * 4;
	if (header_bytes < IP_BYTES || header_bytes > left)
		return false;
	packet->ip = ip;
	memcpy(&packet->flow.laddr, ip + 12, 4);
	memcpy(&packet->flow.raddr, ip + 16, 4);
	packet->protocol = ip[9];
	packet->fragment = packet_u16(ip + 6) & 0x1fff;
	packet->transport = ip + header_bytes;
	/* a big packet on its way to the device is longer than the field can tell */
	if (len < header_bytes || packet->fragment)
		return true;
	read_transport(packet, left - header_bytes, len - header_bytes);
	return true;
}

static bool read_arp(struct packet *packet, const u8 *arp, size_t left)
{
	if (left < ARP_BYTES)
		return false;
	packet->kind = PACKET_ARP;
	packet->transport = arp;
	memcpy(&packet->flow.laddr, arp + 14, 4);
	memcpy(&packet->flow.raddr, arp + 24, 4);
	return true;
}

/* Return: false if it is neither IP nor ARP, or the step is about no packet. */
bool packet_read(const struct step *step, struct packet *packet)
{
	const u8 *bytes = step->packet.bytes;
	size_t left = step->packet.byte_count;
	u32 len = step->packet.len;

	memset(packet, 0, sizeof(*packet));
	packet->wscale = -1;
	if (step->kind == STEP_IP_IN || step->kind == STEP_IP_OUT)
		return read_ip(packet, bytes, left, len);
	if (step->kind != STEP_LINK_IN && step->kind != STEP_LINK_OUT)
		return false;
	/* tun and its like have no link header */
	if (left >= IP_BYTES && bytes[0] == 0x45 && packet_u16(bytes + 2) == len)
		return read_ip(packet, bytes, left, len);
	if (left < ETH_BYTES || len < ETH_BYTES)
		return false;
	packet->eth = bytes;
	if (packet_u16(bytes + 12) == ETHERTYPE_ARP)
		return read_arp(packet, bytes + ETH_BYTES, left - ETH_BYTES);
	if (packet_u16(bytes + 12) != ETHERTYPE_IP)
		return false;
	return read_ip(packet, bytes + ETH_BYTES, left - ETH_BYTES, len - ETH_BYTES);
}
