// SPDX-License-Identifier: GPL-2.0
/*
 * Steps as lines of text, from the program down to the wire and back up, and as JSON.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cli.h"
#include "out.h"
#include "trace.h"

/* of the kernel's enum of route types, those with a name in a sentence */
enum { ROUTE_UNICAST = 1, ROUTE_UNREACHABLE = 7 };

const char *layer_text(enum layer layer)
{
	static const char * const texts[] = {
		[LAYER_APP] = "app",   [LAYER_TCP] = "tcp", [LAYER_UDP] = "udp",
		[LAYER_ICMP] = "icmp", [LAYER_IP] = "ip",   [LAYER_ARP] = "arp",
		[LAYER_LINK] = "link",
	};

	return texts[layer];
}

static struct line *new_line(struct line *lines, size_t *count, enum layer layer, char direction)
{
	struct line *line = &lines[(*count)++];

	line->layer = layer;
	line->direction = direction;
	*line->text = '\0';
	return line;
}

#define SAY(line, ...) snprintf((line)->text, LINE_TEXT_LEN, __VA_ARGS__)

static void call_text(const struct step *step, char text[LINE_TEXT_LEN])
{
	const char *name = record_call_text(step->call.call);
	char end[FLOW_TEXT_LEN], argument[24] = "";

	if (step->call.call == TWIN_CALL_SOCKET)
		snprintf(argument, sizeof(argument), "%s",
			 step->call.argument == SOCK_STREAM ? "SOCK_STREAM" : "SOCK_DGRAM");
	else if (step->call.argument)
		snprintf(argument, sizeof(argument), "%ld%s", step->call.argument,
			 step->call.call == TWIN_CALL_SEND || step->call.call == TWIN_CALL_RECV ?
			 " bytes" : "");
	snprintf(text, LINE_TEXT_LEN, "%s(%s)", name, argument);
	if (step->kind == STEP_ENTER) {
		append(text, LINE_TEXT_LEN, " begins [%s %d]", step->call.comm, step->pid);
		return;
	}
	if (step->call.result < 0)
		append(text, LINE_TEXT_LEN, " = %s",
		       strerrorname_np(-step->call.result) ?: "?");
	else
		append(text, LINE_TEXT_LEN, " = %ld", step->call.result);
	if (step->flow.raddr.s_addr && step->call.call != TWIN_CALL_SEND &&
	    step->call.call != TWIN_CALL_RECV)
		append(text, LINE_TEXT_LEN, ", peer %s",
		       flow_end_text(step->flow.raddr, step->flow.rport, end));
}

/* One segment in a line, as tcpdump's readers know it. */
void segment_line(const struct packet *packet, const struct numbers *numbers,
		  char text[LINE_TEXT_LEN])
{
	struct flow reversed = flow_reversed(&packet->flow);
	u32 seq = numbers_relative(numbers, &packet->flow, packet->seq);
	char flags[48];

	snprintf(text, LINE_TEXT_LEN, "%s seq %u", tcp_flags_text(packet->flags, flags), seq);
	if (packet->payload)
		append(text, LINE_TEXT_LEN, " to %u", seq + packet->payload);
	if (packet->flags & 0x10)
		append(text, LINE_TEXT_LEN, " ack %u",
		       numbers_relative(numbers, &reversed, packet->ack));
	append(text, LINE_TEXT_LEN, " window %u", numbers_window(numbers, packet));
	if (packet->mss)
		append(text, LINE_TEXT_LEN, " MSS %d", packet->mss);
	for (size_t i = 0; i < packet->sack_count; i++)
		append(text, LINE_TEXT_LEN, " SACK %u-%u",
		       numbers_relative(numbers, &reversed, packet->sack[i][0]),
		       numbers_relative(numbers, &reversed, packet->sack[i][1]));
	if (packet->payload)
		append(text, LINE_TEXT_LEN, ", %u bytes of data", packet->payload);
}

static void transport_line(struct line *lines, size_t *count, const struct packet *packet,
			   const struct numbers *numbers, char direction)
{
	char local[FLOW_TEXT_LEN], remote[FLOW_TEXT_LEN];
	struct line *line;

	switch (packet->kind) {
	case PACKET_TCP:
		line = new_line(lines, count, LAYER_TCP, direction);
		segment_line(packet, numbers, line->text);
		break;
	case PACKET_UDP:
		line = new_line(lines, count, LAYER_UDP, direction);
		SAY(line, "%s to %s, %u bytes of data",
		    flow_end_text(packet->flow.laddr, packet->flow.lport, local),
		    flow_end_text(packet->flow.raddr, packet->flow.rport, remote), packet->payload);
		break;
	case PACKET_ICMP:
		line = new_line(lines, count, LAYER_ICMP, direction);
		SAY(line, "type %u code %u, %u bytes of data", packet->transport[0],
		    packet->transport[1], packet->payload);
		break;
	default:
		break;
	}
}

static void ip_line(struct line *lines, size_t *count, const struct packet *packet, u32 len,
		    char direction)
{
	struct line *line = new_line(lines, count, LAYER_IP, direction);
	char from[ADDRESS_TEXT_LEN], to[ADDRESS_TEXT_LEN];

	SAY(line, "%s to %s, ttl %u, %u bytes%s", address_text(packet->flow.laddr, from),
	    address_text(packet->flow.raddr, to), packet->ip[8], len,
	    packet->fragment ? ", a fragment" : "");
}

static void link_line(struct line *lines, size_t *count, const struct step *step,
		      const struct packet *packet, char direction)
{
	struct line *line = new_line(lines, count, LAYER_LINK, direction);
	char from[MAC_TEXT_LEN], to[MAC_TEXT_LEN], pieces[40] = "";

	if (step->packet.gso_size)
		snprintf(pieces, sizeof(pieces), ", to be cut into pieces of %u",
			 step->packet.gso_size);
	if (!packet->eth)
		SAY(line, "%u bytes on %s%s", step->packet.len, step->device, pieces);
	else
		SAY(line, "%s to %s, %u bytes on %s%s", mac_text(packet->eth + 6, 6, from),
		    mac_text(packet->eth, 6, to), step->packet.len, step->device,
		    pieces);
}

static void arp_line(struct line *lines, size_t *count, const struct packet *packet,
		     char direction)
{
	struct line *line = new_line(lines, count, LAYER_ARP, direction);
	char sender[ADDRESS_TEXT_LEN], target[ADDRESS_TEXT_LEN], mac[MAC_TEXT_LEN];

	address_text(packet->flow.laddr, sender);
	address_text(packet->flow.raddr, target);
	if (packet_u16(packet->transport + 6) == 1)
		SAY(line, "who has %s? tell %s", target, sender);
	else
		SAY(line, "%s is at %s", sender, mac_text(packet->transport + 8, 6, mac));
}

/* On the way down the inner layer speaks first, on the way up the outer one. */
static size_t packet_lines(const struct step *step, const struct numbers *numbers,
			   struct line lines[LAYER_LINES])
{
	struct packet packet;
	size_t count = 0;

	if (!packet_read(step, &packet))
		return 0;
	switch (step->kind) {
	case STEP_IP_OUT:
		transport_line(lines, &count, &packet, numbers, '>');
		ip_line(lines, &count, &packet, step->packet.len, '>');
		break;
	case STEP_IP_IN:
		ip_line(lines, &count, &packet, step->packet.len, '<');
		transport_line(lines, &count, &packet, numbers, '<');
		break;
	case STEP_LINK_OUT:
		if (packet.kind == PACKET_ARP)
			arp_line(lines, &count, &packet, '>');
		link_line(lines, &count, step, &packet, '>');
		break;
	default:
		link_line(lines, &count, step, &packet, '<');
		if (packet.kind == PACKET_ARP)
			arp_line(lines, &count, &packet, '<');
	}
	return count;
}

static void route_line(const struct step *step, struct line *line)
{
	struct prefix prefix = { .addr = step->route.prefix, .len = step->route.prefix_len };
	char to[ADDRESS_TEXT_LEN], text[ADDRESS_TEXT_LEN], gateway[ADDRESS_TEXT_LEN];

	address_text(step->route.daddr, to);
	if (step->route.type != ROUTE_UNICAST && !step->device[0]) {
		SAY(line, "the table has no way to %s", to);
		return;
	}
	prefix_text(&prefix, text);
	if (step->route.gateway.s_addr)
		SAY(line, "route to %s: %s is the longest prefix that fits, by gateway %s on %s",
		    to, text, address_text(step->route.gateway, gateway), step->device);
	else
		SAY(line, "route to %s: %s is the longest prefix that fits, directly on %s", to,
		    text, step->device);
}

static void path_line(const struct step *step, struct line *line)
{
	char to[ADDRESS_TEXT_LEN], from[ADDRESS_TEXT_LEN], hop[ADDRESS_TEXT_LEN];

	address_text(step->route.daddr, to);
	if (step->route.error) {
		SAY(line, "no path to %s: %s", to, strerrorname_np(-step->route.error) ?: "?");
		return;
	}
	SAY(line, "path to %s: from %s, next hop %s, datagrams of up to %u bytes", to,
	    address_text(step->route.saddr, from), address_text(step->route.gateway, hop),
	    step->route.mtu);
}

static const char *neighbour_text(unsigned int state)
{
	static const struct named_value names[] = {
		{ "unknown", 0 }, { "asked for", 1 }, { "reachable", 2 }, { "stale", 4 },
		{ "to be checked", 8 }, { "checked", 16 }, { "not there", 32 },
		{ "permanent", 128 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].value == state)
			return names[i].name;
	return "?";
}

static size_t event_line(const struct step *step, struct line *line)
{
	char text[ADDRESS_TEXT_LEN];

	line->direction = ' ';
	switch (step->kind) {
	case STEP_ENTER:
	case STEP_CALL:
		line->layer = LAYER_APP;
		line->direction = step->kind == STEP_ENTER ? '>' : '<';
		call_text(step, line->text);
		break;
	case STEP_STATE:
		line->layer = LAYER_TCP;
		SAY(line, "state %s, was %s", tcp_state_text(step->state.to),
		    tcp_state_text(step->state.from));
		break;
	case STEP_TIMER:
		line->layer = LAYER_TCP;
		SAY(line, "timer: %s, back-off %u", record_timer_text(step->timer.timer),
		    step->timer.backoff);
		break;
	case STEP_PROGRESS:
		line->layer = LAYER_TCP;
		SAY(line, "control block: under way %u bytes, window %u, cwnd %u, rtt %.3f ms",
		    step->progress.snd_nxt - step->progress.snd_una, step->progress.snd_wnd,
		    step->progress.cwnd, step->progress.srtt_us / 1000.0);
		break;
	case STEP_ROUTE:
		line->layer = LAYER_IP;
		route_line(step, line);
		break;
	case STEP_PATH:
		line->layer = LAYER_IP;
		path_line(step, line);
		break;
	case STEP_ARP_STATE:
		line->layer = LAYER_ARP;
		SAY(line, "cache: %s is %s, was %s", address_text(step->state.addr, text),
		    neighbour_text(step->state.to), neighbour_text(step->state.from));
		break;
	default:
		line->layer = step->protocol == IPPROTO_TCP ? LAYER_TCP :
			      step->protocol == IPPROTO_UDP ? LAYER_UDP : LAYER_IP;
		line->direction = 'x';
		SAY(line, "dropped, %s, %u bytes", step->drop.reason, step->drop.len);
	}
	return 1;
}

/* Return: how many lines, 0 for what has nothing to say. */
size_t step_lines(const struct step *step, const struct numbers *numbers,
		  struct line lines[LAYER_LINES])
{
	switch (step->kind) {
	case STEP_IP_OUT:
	case STEP_IP_IN:
	case STEP_LINK_OUT:
	case STEP_LINK_IN:
		return packet_lines(step, numbers, lines);
	default:
		return event_line(step, lines);
	}
}

/* The host that a step happened on, by its address; empty where the event does not tell. */
static const char *host_text(const struct step *step, char text[ADDRESS_TEXT_LEN])
{
	struct in_addr addr = { 0 };
	struct packet packet;

	switch (step->kind) {
	case STEP_IP_OUT:
	case STEP_LINK_OUT:
		if (packet_read(step, &packet))
			addr = packet.flow.laddr;
		break;
	case STEP_IP_IN:
	case STEP_LINK_IN:
		if (packet_read(step, &packet))
			addr = packet.flow.raddr;
		break;
	case STEP_CALL:
	case STEP_STATE:
	case STEP_TIMER:
	case STEP_PROGRESS:
		addr = step->flow.laddr;
		break;
	case STEP_DROP:
		addr = step->flow.raddr;
		break;
	default:
		break;
	}
	if (!addr.s_addr)
		return "";
	return address_text(addr, text);
}

static void print_field(const char *name, const char *value, const char *meaning, void *data)
{
	(void)data;
	printf("%34s%-22s %-24s %s\n", "", name, value, meaning);
}

static void print_fields(const struct step *step, enum layer layer, const struct numbers *numbers)
{
	struct packet packet;

	if (step->kind < STEP_IP_OUT || step->kind > STEP_LINK_IN || !packet_read(step, &packet))
		return;
	if (layer == LAYER_LINK)
		fields_of_link(&packet, print_field, NULL);
	else if (layer == LAYER_ARP)
		fields_of_arp(&packet, print_field, NULL);
	else if (layer == LAYER_IP)
		fields_of_ip(&packet, print_field, NULL);
	else
		fields_of_transport(&packet, numbers, print_field, NULL);
}

static void print_step(const struct step *step, u64 start_ns, const struct numbers *numbers,
		       const struct trace_options *options)
{
	struct line lines[LAYER_LINES];
	char host[ADDRESS_TEXT_LEN];
	const char *sentence;
	size_t count;

	if (options->brief && step->kind == STEP_PROGRESS)
		return;
	count = step_lines(step, numbers, lines);
	for (size_t i = 0; i < count; i++) {
		printf("%12.6f  %-15s %-4s %c %s\n", (step->time_ns - start_ns) / 1e9,
		       host_text(step, host), layer_text(lines[i].layer), lines[i].direction,
		       lines[i].text);
		if (options->fields)
			print_fields(step, lines[i].layer, numbers);
		sentence = options->explain ? explain_step(step, lines[i].layer) : NULL;
		if (sentence)
			printf("%34s(%s)\n", "", sentence);
	}
}

static u64 first_time(const struct trace *trace)
{
	for (size_t i = 0; i < trace->count; i++)
		if (trace->steps[i].selected)
			return trace->steps[i].time_ns;
	return 0;
}

void trace_print(const struct trace *trace, const struct trace_options *options)
{
	u64 start_ns = first_time(trace);
	struct numbers numbers;

	numbers_learn(&numbers, trace);
	for (size_t i = 0; i < trace->count; i++)
		if (trace->steps[i].selected)
			print_step(&trace->steps[i], start_ns, &numbers, options);
	free(numbers.sides);
}

static void add_field(const char *name, const char *value, const char *meaning, void *data)
{
	(void)meaning;
	json_set_text(data, name, value);
}

static void add_headers(json_t *object, const struct step *step, const struct numbers *numbers)
{
	struct packet packet;
	json_t *header;

	if (step->kind < STEP_IP_OUT || step->kind > STEP_LINK_IN || !packet_read(step, &packet))
		return;
	if (packet.eth) {
		header = json_object();
		fields_of_link(&packet, add_field, header);
		json_set(object, "link", header);
	}
	header = json_object();
	if (packet.kind == PACKET_ARP) {
		fields_of_arp(&packet, add_field, header);
		json_set(object, "arp", header);
		return;
	}
	fields_of_ip(&packet, add_field, header);
	json_set(object, "ip", header);
	header = json_object();
	fields_of_transport(&packet, numbers, add_field, header);
	json_set(object, "transport", header);
}

static const char *kind_text(enum step_kind kind)
{
	static const char * const texts[STEP_KINDS] = {
		[STEP_ENTER] = "call begins", [STEP_CALL] = "call",
		[STEP_STATE] = "state", [STEP_TIMER] = "timer",
		[STEP_PROGRESS] = "control block", [STEP_ROUTE] = "route",
		[STEP_PATH] = "path", [STEP_IP_OUT] = "ip out", [STEP_IP_IN] = "ip in",
		[STEP_LINK_OUT] = "link out", [STEP_LINK_IN] = "link in",
		[STEP_ARP_STATE] = "arp cache", [STEP_DROP] = "drop",
	};

	return texts[kind];
}

static json_t *step_json(const struct step *step, const struct numbers *numbers)
{
	struct line lines[LAYER_LINES];
	size_t count = step_lines(step, numbers, lines);
	char host[ADDRESS_TEXT_LEN];
	json_t *object, *texts;

	if (!count)
		return NULL;
	object = json_object();
	texts = json_array();
	json_set_number(object, "time_ns", step->time_ns);
	json_set_text(object, "event", kind_text(step->kind));
	json_set_text(object, "host", host_text(step, host));
	json_set_text(object, "layer", layer_text(lines[0].layer));
	if (step->pid)
		json_set_number(object, "pid", step->pid);
	for (size_t i = 0; i < count; i++)
		json_append(texts, json_text(lines[i].text));
	json_set(object, "text", texts);
	if (step->kind == STEP_DROP)
		json_set_text(object, "reason", step->drop.reason);
	add_headers(object, step, numbers);
	return object;
}

void trace_print_json(const struct trace *trace)
{
	struct numbers numbers;
	json_t *object;

	numbers_learn(&numbers, trace);
	for (size_t i = 0; i < trace->count; i++) {
		if (!trace->steps[i].selected)
			continue;
		object = step_json(&trace->steps[i], &numbers);
		if (object)
			out_add(object);
	}
	out_finish();
	free(numbers.sides);
}
