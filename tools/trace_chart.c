// SPDX-License-Identifier: GPL-2.0
/*
 * The connection that is drawn: its segments, when each left and arrived, and which got lost. Where
 * both hosts are in the trace a segment that left and did not arrive was lost; where only one is,
 * one that was sent again was, or its ACK.
 */
#include <stdlib.h>
#include <string.h>

#include "trace.h"

static bool read_segment(const struct chart *chart, const struct step *step,
			 struct packet *packet)
{
	return step->selected && (step->kind == STEP_IP_OUT || step->kind == STEP_IP_IN) &&
	       packet_read(step, packet) && packet->kind == chart->kind;
}

/* The connection with the most segments; its left end is who sent the first. */
static bool choose_flow(struct chart *chart, const struct trace *trace)
{
	struct count {
		struct flow flow;
		size_t segments;
	} *counts = NULL, *best = NULL;
	size_t count = 0, room = 0, at;
	struct packet packet;

	for (size_t i = 0; i < trace->count; i++) {
		struct flow reversed;

		if (!read_segment(chart, &trace->steps[i], &packet))
			continue;
		reversed = flow_reversed(&packet.flow);
		for (at = 0; at < count; at++)
			if (flow_same(&counts[at].flow, &packet.flow) ||
			    flow_same(&counts[at].flow, &reversed))
				break;
		if (at == room) {
			room = 2 * room + 16;
			counts = realloc(counts, room * sizeof(*counts));
			if (!counts)
				fail("out of memory");
		}
		if (at == count)
			counts[count++] = (struct count){ .flow = packet.flow };
		counts[at].segments++;
	}
	for (at = 0; at < count; at++)
		if (!best || counts[at].segments > best->segments)
			best = &counts[at];
	if (best)
		chart->flow = best->flow;
	free(counts);
	return best;
}

static struct segment *add_segment(struct chart *chart, size_t *room)
{
	if (chart->count == *room) {
		*room = 2 * *room + 1024;
		chart->segments = realloc(chart->segments, *room * sizeof(*chart->segments));
		if (!chart->segments)
			fail("out of memory");
	}
	return &chart->segments[chart->count++];
}

static bool same_segment(const struct packet *a, const struct packet *b)
{
	return a->seq == b->seq && a->ack == b->ack && a->flags == b->flags &&
	       a->payload == b->payload && a->window == b->window &&
	       packet_u16(a->ip + 4) == packet_u16(b->ip + 4);
}

enum { LOOK_BACK = 4000 };

static size_t oldest_segment(const struct chart *chart)
{
	return chart->count > LOOK_BACK ? chart->count - LOOK_BACK : 0;
}

static void mark_arrived(struct segment *segment, u64 time_ns, u32 bytes)
{
	segment->arrived_ns = time_ns;
	segment->arrived_bytes += bytes;
	segment->fate = FATE_ARRIVED;
}

static void note_bare_arrival(struct chart *chart, const struct packet *arrived, u64 time_ns,
			      bool from_left)
{
	for (size_t i = chart->count; i-- > oldest_segment(chart);) {
		struct segment *segment = &chart->segments[i];

		if (segment->from_left != from_left || segment->arrived_ns ||
		    !same_segment(&segment->packet, arrived))
			continue;
		mark_arrived(segment, time_ns, 0);
		return;
	}
}

/* The identification counts on with each piece of a big packet. */
static bool may_be_piece(const struct packet *sent, const struct packet *arrived)
{
	u16 distance = packet_u16(arrived->ip + 4) - packet_u16(sent->ip + 4);

	return distance <= sent->payload / 500;
}

static struct segment *sender_of(struct chart *chart, const struct packet *arrived, u32 seq,
				 bool from_left)
{
	struct segment *newest = NULL;

	for (size_t i = chart->count; i-- > oldest_segment(chart);) {
		struct segment *segment = &chart->segments[i];

		if (segment->from_left != from_left || !segment->packet.payload ||
		    (s32)(seq - segment->packet.seq) < 0 ||
		    (s32)(seq - segment->packet.end_seq) >= 0)
			continue;
		if (may_be_piece(&segment->packet, arrived))
			return segment;
		if (!newest)
			newest = segment;
	}
	return newest;
}

/* A big packet arrives in pieces, and the pieces of several may arrive as one. */
static void note_data_arrival(struct chart *chart, const struct packet *arrived, u64 time_ns,
			      bool from_left)
{
	u32 seq = arrived->seq;

	while ((s32)(arrived->end_seq - seq) > 0) {
		struct segment *segment = sender_of(chart, arrived, seq, from_left);
		u32 end;

		if (!segment)
			return;
		end = segment->packet.end_seq;
		if ((s32)(end - arrived->end_seq) > 0)
			end = arrived->end_seq;
		mark_arrived(segment, time_ns, end - seq);
		seq = end;
	}
}

/* What arrives from a host that is not in the trace. */
static void add_arrival(struct chart *chart, size_t *room, const struct packet *packet,
			u64 time_ns, bool from_left)
{
	*add_segment(chart, room) = (struct segment){
		.sent_ns = time_ns, .arrived_ns = time_ns, .packet = *packet,
		.from_left = from_left, .fate = FATE_ARRIVED,
	};
}

static void collect_segments(struct chart *chart, const struct trace *trace, bool sent[2])
{
	struct flow reversed = flow_reversed(&chart->flow);
	struct packet packet;
	size_t room = 0;

	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];
		bool from_left;

		if (!read_segment(chart, step, &packet))
			continue;
		from_left = flow_same(&packet.flow, &chart->flow);
		if (!from_left && !flow_same(&packet.flow, &reversed))
			continue;
		if (step->kind == STEP_IP_OUT)
			*add_segment(chart, &room) = (struct segment){
				.sent_ns = step->time_ns, .packet = packet,
				.from_left = from_left, .fate = FATE_UNKNOWN,
			};
		else if (!sent[from_left])
			add_arrival(chart, &room, &packet, step->time_ns, from_left);
		else if (packet.payload && chart->kind == PACKET_TCP)
			note_data_arrival(chart, &packet, step->time_ns, from_left);
		else
			note_bare_arrival(chart, &packet, step->time_ns, from_left);
	}
}

/* For each direction: does the trace see it leave, does it see it arrive? */
static void see_directions(const struct chart *chart, const struct trace *trace, bool sent[2],
			   bool arrived[2])
{
	struct flow reversed = flow_reversed(&chart->flow);
	struct packet packet;

	for (size_t i = 0; i < trace->count; i++) {
		bool from_left;

		if (!read_segment(chart, &trace->steps[i], &packet))
			continue;
		from_left = flow_same(&packet.flow, &chart->flow);
		if (!from_left && !flow_same(&packet.flow, &reversed))
			continue;
		if (trace->steps[i].kind == STEP_IP_OUT)
			sent[from_left] = true;
		else
			arrived[from_left] = true;
	}
}

/* Sequence space that was sent before is sent again. */
static void mark_again(struct chart *chart)
{
	u32 highest[2] = { 0 };
	bool known[2] = { false };

	for (size_t i = 0; i < chart->count; i++) {
		struct segment *segment = &chart->segments[i];
		const struct packet *packet = &segment->packet;
		bool side = segment->from_left;

		if (packet->end_seq == packet->seq)
			continue;
		if (known[side] && (s32)(packet->seq - highest[side]) < 0)
			segment->again = true;
		if (!known[side] || (s32)(packet->end_seq - highest[side]) > 0)
			highest[side] = packet->end_seq;
		known[side] = true;
	}
}

static bool overlap(const struct packet *a, const struct packet *b)
{
	return (s32)(a->end_seq - b->seq) > 0 && (s32)(b->end_seq - a->seq) > 0;
}

/* Only the sender is in the trace: the last earlier sending of what is sent again was lost. */
static void guess_losses(struct chart *chart, bool side)
{
	for (size_t i = 0; i < chart->count; i++) {
		const struct segment *again = &chart->segments[i];

		if (!again->again || again->from_left != side)
			continue;
		for (size_t j = i; j-- > 0 && i - j < LOOK_BACK;) {
			struct segment *before = &chart->segments[j];

			if (before->from_left == side && overlap(&before->packet, &again->packet)) {
				before->fate = FATE_LOST;
				break;
			}
		}
	}
}

static bool choose_kind(struct chart *chart, const struct trace *trace)
{
	chart->kind = PACKET_TCP;
	if (choose_flow(chart, trace))
		return true;
	chart->kind = PACKET_UDP;
	return choose_flow(chart, trace);
}

/* Return: false if there is neither a TCP connection nor a datagram of UDP in the trace. */
bool chart_make(struct chart *chart, const struct trace *trace)
{
	bool sent[2] = { false }, arrived[2] = { false };

	memset(chart, 0, sizeof(*chart));
	if (!choose_kind(chart, trace))
		return false;
	numbers_learn(&chart->numbers, trace);
	see_directions(chart, trace, sent, arrived);
	collect_segments(chart, trace, sent);
	mark_again(chart);
	for (int side = 0; side < 2; side++)
		if (sent[side] && !arrived[side])
			guess_losses(chart, side);
	for (size_t i = 0; i < chart->count; i++) {
		struct segment *segment = &chart->segments[i];

		if (segment->fate == FATE_ARRIVED && sent[segment->from_left] &&
		    chart->kind == PACKET_TCP &&
		    segment->arrived_bytes < segment->packet.payload)
			segment->fate = FATE_PART_LOST;
		if (segment->fate == FATE_UNKNOWN)
			segment->fate = sent[segment->from_left] && arrived[segment->from_left] ?
					FATE_LOST : FATE_ARRIVED;
	}
	chart->start_ns = chart->count ? chart->segments[0].sent_ns : 0;
	return true;
}
