// SPDX-License-Identifier: GPL-2.0
/*
 * The sequence diagram: two hosts, time running down, a row for each segment, state and timer, and
 * a box for the rows that are told in one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

#define LABEL_LEN 160

enum {
	WIDTH = 1080, LEFT = 290, RIGHT = 860, TOP = 112,
	SEGMENT_HEIGHT = 36, SLANT = 12, EVENT_HEIGHT = 22, LEGEND_HEIGHT = 60,
	/* of one line, and what a second one adds */
	FOLD_HEIGHT = 34, FOLD_LINE = 15,
	/* so many letters fit between the hosts */
	LABEL_ROOM = 90,
};

struct diagram {
	FILE *file;
	const struct chart *chart;
	struct rows rows;
	int y;
};

static double seconds(const struct diagram *diagram, u64 time_ns)
{
	return (time_ns - diagram->rows.rows[0].time_ns) / 1e9;
}

static void draw_text(const struct diagram *diagram, int x, int y, const char *class,
		      const char *text)
{
	fprintf(diagram->file, "<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y, class,
		text);
}

static void draw_time(const struct diagram *diagram, u64 time_ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%.6f s", seconds(diagram, time_ns));
	draw_text(diagram, 96, diagram->y + 16, "time", text);
}

static void append_sacks(const struct diagram *diagram, const struct packet *packet,
			 char text[LABEL_LEN])
{
	struct flow reversed = flow_reversed(&packet->flow);

	for (size_t i = 0; i < packet->sack_count; i++) {
		if (strlen(text) > LABEL_ROOM - 40) {
			append(text, LABEL_LEN, ", ...");
			return;
		}
		append(text, LABEL_LEN, ", SACK %u-%u",
		       numbers_relative(&diagram->chart->numbers, &reversed, packet->sack[i][0]),
		       numbers_relative(&diagram->chart->numbers, &reversed, packet->sack[i][1]));
	}
}

/* What a label has room for: numbers and what is not usual. */
static void label_tcp(const struct diagram *diagram, const struct packet *packet,
		      char text[LABEL_LEN])
{
	const struct numbers *numbers = &diagram->chart->numbers;
	struct flow reversed = flow_reversed(&packet->flow);
	u32 seq = numbers_relative(numbers, &packet->flow, packet->seq);
	bool ack = packet->flags & 0x10 && (!packet->payload || packet->flags & 0x03);
	const char *space = "";
	char flags[48];

	*text = '\0';
	if (packet->flags != 0x10 && packet->flags != 0x18) {
		append(text, LABEL_LEN, "%s", tcp_flags_text(packet->flags, flags));
		space = " ";
	}
	if (packet->payload)
		append(text, LABEL_LEN, "%sdata %u to %u", space, seq, seq + packet->payload);
	else if (packet->flags & 0x03)
		append(text, LABEL_LEN, "%sseq %u", space, seq);
	if (packet->payload || packet->flags & 0x03)
		space = ", ";
	if (ack)
		append(text, LABEL_LEN, "%sack %u", space,
		       numbers_relative(numbers, &reversed, packet->ack));
	if (!packet->payload && !(packet->flags & 0x04) && !packet->sack_count)
		append(text, LABEL_LEN, ", window %u", numbers_window(numbers, packet));
	append_sacks(diagram, packet, text);
}

static void label_of(const struct diagram *diagram, const struct segment *segment,
		     char text[LABEL_LEN])
{
	if (segment->packet.kind == PACKET_UDP)
		snprintf(text, LABEL_LEN, "datagram of %u byte%s", segment->packet.payload,
			 segment->packet.payload == 1 ? "" : "s");
	else
		label_tcp(diagram, &segment->packet, text);
	if (segment->again || segment->fate == FATE_LOST || segment->fate == FATE_PART_LOST)
		append(text, LABEL_LEN, " (%s%s%s)", segment->again ? "again" : "",
		       segment->again && segment->fate != FATE_ARRIVED ? ", " : "",
		       segment->fate == FATE_LOST ? "lost" :
		       segment->fate == FATE_PART_LOST ? "partly lost" : "");
}

/* How long it was on its way, where both hosts are in the trace. */
static void draw_transit(const struct diagram *diagram, const struct segment *segment, int y)
{
	char text[32];

	if (segment->fate == FATE_LOST || segment->arrived_ns <= segment->sent_ns)
		return;
	snprintf(text, sizeof(text), "+%.1f ms", (segment->arrived_ns - segment->sent_ns) / 1e6);
	if (segment->from_left)
		draw_text(diagram, RIGHT + 8, y, "transitright", text);
	else
		draw_text(diagram, LEFT - 8, y, "transitleft", text);
}

static void draw_arrow(const struct diagram *diagram, const struct segment *segment,
		       const char *class, int y)
{
	int from = segment->from_left ? LEFT : RIGHT, to = segment->from_left ? RIGHT : LEFT;
	bool lost = segment->fate == FATE_LOST;
	int end_y = y + (lost ? SLANT * 2 / 3 : SLANT);

	if (lost)
		to = from + (to - from) * 2 / 3;
	fprintf(diagram->file, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"%s\"%s/>\n",
		from, y, to, end_y, class,
		lost ? "" : !strcmp(class, "again") ? " marker-end=\"url(#again)\"" :
		" marker-end=\"url(#arrow)\"");
	if (lost)
		fprintf(diagram->file,
			"<path d=\"M%d %d l10 10 M%d %d l10 -10\" class=\"lost\"/>\n", to - 5,
			end_y - 5, to - 5, end_y + 5);
}

static void draw_segment(struct diagram *diagram, const struct segment *segment)
{
	const char *class = segment->fate == FATE_LOST ? "lost" :
			    segment->again ? "again" : "data";
	int y = diagram->y + 20;
	char text[LABEL_LEN];

	label_of(diagram, segment, text);
	draw_time(diagram, segment->sent_ns);
	draw_text(diagram, (LEFT + RIGHT) / 2, y - 4,
		  segment->fate == FATE_PART_LOST ? "lost" : class, text);
	draw_arrow(diagram, segment, class, y);
	draw_transit(diagram, segment, y + SLANT + 3);
	diagram->y += SEGMENT_HEIGHT;
}

static void draw_event(struct diagram *diagram, const struct row *row)
{
	const struct step *step = row->step;
	char text[80];

	if (step->kind == STEP_STATE)
		snprintf(text, sizeof(text), "%s", tcp_state_text(step->state.to));
	else
		snprintf(text, sizeof(text), "timer: %s", record_timer_text(step->timer.timer));
	if (step->kind == STEP_TIMER && step->timer.backoff)
		append(text, sizeof(text), ", no. %u", step->timer.backoff + 1);
	draw_time(diagram, row->time_ns);
	draw_text(diagram, row->left ? LEFT - 10 : RIGHT + 10, diagram->y + 16,
		  step->kind == STEP_STATE ? (row->left ? "stateleft" : "stateright") :
		  (row->left ? "timerleft" : "timerright"), text);
	diagram->y += EVENT_HEIGHT;
}

/* What a direction, or a whole connection, had of everything. */
struct sum {
	struct {
		size_t data;
		size_t bare;
		u64 bytes;
		/* if all are so large, else 0 */
		u32 size;
	} sides[2];
	size_t lost;
	size_t again;
	size_t timers;
	u64 start_ns;
	u64 end_ns;
};

static void add_to_sum(struct sum *sum, const struct row *row)
{
	const struct segment *segment = row->segment;
	u32 bytes;

	if (!sum->start_ns)
		sum->start_ns = row->time_ns;
	sum->end_ns = row->time_ns;
	if (!segment) {
		sum->timers += row->step->kind == STEP_TIMER;
		return;
	}
	sum->lost += segment->fate != FATE_ARRIVED;
	sum->again += segment->again;
	bytes = segment->packet.payload;
	if (!bytes && segment->packet.kind == PACKET_TCP) {
		sum->sides[segment->from_left].bare++;
		return;
	}
	if (!sum->sides[segment->from_left].data++)
		sum->sides[segment->from_left].size = bytes;
	if (sum->sides[segment->from_left].size != bytes)
		sum->sides[segment->from_left].size = 0;
	sum->sides[segment->from_left].bytes += bytes;
}

static void append_count(char *text, size_t count, const char *thing)
{
	append(text, LABEL_LEN, "%zu %s%s", count, thing, count == 1 ? "" : "s");
}

static void append_bytes(char *text, u64 bytes)
{
	if (bytes < 10000)
		append(text, LABEL_LEN, "%llu byte%s", (unsigned long long)bytes,
		       bytes == 1 ? "" : "s");
	else if (bytes < 10000000)
		append(text, LABEL_LEN, "%.1f kB", bytes / 1e3);
	else
		append(text, LABEL_LEN, "%.1f MB", bytes / 1e6);
}

static void append_side(const struct diagram *diagram, const struct sum *sum, bool left, char *text)
{
	size_t data = sum->sides[left].data, bare = sum->sides[left].bare;

	if (!data && !bare)
		return;
	append(text, LABEL_LEN, "%s%s ", *text ? "; " : "", left ? "&#8594;" : "&#8592;");
	if (data) {
		append_count(text, data,
			     diagram->chart->kind == PACKET_TCP ? "segment" : "datagram");
		append(text, LABEL_LEN, "%s", sum->sides[left].size ? " of " : ", ");
		append_bytes(text, sum->sides[left].size ? sum->sides[left].size :
			     sum->sides[left].bytes);
	}
	if (data && bare)
		append(text, LABEL_LEN, ", ");
	if (bare)
		append_count(text, bare, "ACK");
}

static void append_troubles(const struct sum *sum, char *text)
{
	if (sum->lost)
		append(text, LABEL_LEN, "%zu lost", sum->lost);
	if (sum->again)
		append(text, LABEL_LEN, "%s%zu sent again", *text ? ", " : "", sum->again);
	if (sum->timers) {
		append(text, LABEL_LEN, "%s", *text ? ", " : "");
		append_count(text, sum->timers, "timer");
	}
}

static void tell_sum(const struct diagram *diagram, const struct sum *sum, char usual[LABEL_LEN],
		     char troubles[LABEL_LEN])
{
	*usual = '\0';
	*troubles = '\0';
	append_side(diagram, sum, true, usual);
	append_side(diagram, sum, false, usual);
	append(usual, LABEL_LEN, "; %.3f s", (sum->end_ns - sum->start_ns) / 1e9);
	append_troubles(sum, troubles);
}

static bool has_segments(const struct sum *sum)
{
	return sum->sides[0].data || sum->sides[0].bare || sum->sides[1].data || sum->sides[1].bare;
}

static int fold_height(const struct sum *sum)
{
	if (!has_segments(sum))
		return 0;
	return FOLD_HEIGHT + (sum->lost || sum->again || sum->timers ? FOLD_LINE : 0);
}

static void draw_box(const struct diagram *diagram, int x, int y, int width, int height)
{
	fprintf(diagram->file,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" class=\"fold\"/>\n",
		x, y, width, height);
}

static void draw_fold(struct diagram *diagram, struct sum *sum)
{
	char usual[LABEL_LEN], troubles[LABEL_LEN];
	int height = fold_height(sum);

	if (height) {
		tell_sum(diagram, sum, usual, troubles);
		draw_box(diagram, LEFT + 20, diagram->y + 5, RIGHT - LEFT - 40, height - 10);
		draw_time(diagram, sum->start_ns);
		draw_text(diagram, (LEFT + RIGHT) / 2, diagram->y + 21, "foldtext", usual);
		if (*troubles)
			draw_text(diagram, (LEFT + RIGHT) / 2, diagram->y + 21 + FOLD_LINE,
				  "foldtrouble", troubles);
		diagram->y += height;
	}
	memset(sum, 0, sizeof(*sum));
}

static void draw_rows(struct diagram *diagram)
{
	struct sum fold = { 0 };

	diagram->y = TOP;
	for (size_t i = 0; i < diagram->rows.count; i++) {
		const struct row *row = &diagram->rows.rows[i];

		if (!row->shown) {
			add_to_sum(&fold, row);
			continue;
		}
		draw_fold(diagram, &fold);
		if (row->segment)
			draw_segment(diagram, row->segment);
		else
			draw_event(diagram, row);
	}
	draw_fold(diagram, &fold);
}

static const char style[] =
	"<style>\n"
	"text { font: 12px sans-serif; fill: #222; }\n"
	"text.time { text-anchor: end; fill: #777; font-size: 11px; }\n"
	"text.data, text.again, text.lost, text.foldtext, text.foldtrouble, text.summary {\n"
	"text-anchor: middle; font-size: 11px; }\n"
	"text.again { fill: #b35c00; } text.lost, text.foldtrouble { fill: #c00; }\n"
	"text.transitleft, text.transitright { font-size: 10px; fill: #777; }\n"
	"text.transitleft { text-anchor: end; }\n"
	"text.title { font-size: 16px; font-weight: bold; text-anchor: middle; }\n"
	"text.host { font-weight: bold; text-anchor: middle; }\n"
	"text.stateleft { text-anchor: end; font-weight: bold; fill: #05692f; }\n"
	"text.stateright { font-weight: bold; fill: #05692f; }\n"
	"text.timerleft, text.timerright { font-size: 11px; fill: #6a1b9a; }\n"
	"text.timerleft { text-anchor: end; }\n"
	"line.life { stroke: #999; stroke-width: 2; }\n"
	"line.data { stroke: #1f5faa; stroke-width: 1.4; }\n"
	"line.again { stroke: #b35c00; stroke-width: 1.6; stroke-dasharray: 7 3; }\n"
	"line.lost, path.lost { stroke: #c00; stroke-width: 1.6; fill: none; }\n"
	"rect.fold { fill: #eef2f7; stroke: #c3ccd8; }\n"
	"</style>\n"
	"<defs>\n"
	"<marker id=\"arrow\" markerWidth=\"9\" markerHeight=\"8\" refX=\"8\" refY=\"4\"\n"
	"orient=\"auto\"><path d=\"M0 0 L9 4 L0 8 z\" fill=\"#1f5faa\"/></marker>\n"
	"<marker id=\"again\" markerWidth=\"9\" markerHeight=\"8\" refX=\"8\" refY=\"4\"\n"
	"orient=\"auto\" markerUnits=\"userSpaceOnUse\">\n"
	"<path d=\"M0 0 L9 4 L0 8 z\" fill=\"#b35c00\"/></marker>\n"
	"</defs>\n";

/* What the whole of it was, before its parts. */
static void draw_summary(const struct diagram *diagram)
{
	char usual[LABEL_LEN], troubles[LABEL_LEN];
	struct sum sum = { 0 };

	for (size_t i = 0; i < diagram->rows.count; i++)
		add_to_sum(&sum, &diagram->rows.rows[i]);
	sum.timers = 0;
	tell_sum(diagram, &sum, usual, troubles);
	if (*troubles)
		append(usual, sizeof(usual), "; %s", troubles);
	draw_text(diagram, (LEFT + RIGHT) / 2, 50, "summary", usual);
}

static void draw_heads(const struct diagram *diagram, int bottom)
{
	const struct flow *flow = &diagram->chart->flow;
	char left[FLOW_TEXT_LEN], right[FLOW_TEXT_LEN];

	draw_text(diagram, (LEFT + RIGHT) / 2, 28, "title",
		  "What the two hosts said to each other");
	draw_summary(diagram);
	draw_text(diagram, LEFT, 84, "host", flow_end_text(flow->laddr, flow->lport, left));
	draw_text(diagram, RIGHT, 84, "host", flow_end_text(flow->raddr, flow->rport, right));
	for (int x = LEFT; x <= RIGHT; x += RIGHT - LEFT)
		fprintf(diagram->file,
			"<line x1=\"%d\" y1=\"94\" x2=\"%d\" y2=\"%d\" class=\"life\"/>\n", x, x,
			bottom);
}

static void draw_legend(const struct diagram *diagram, int y)
{
	static const struct {
		const char *class;
		const char *text;
		int x;
	} entries[] = {
		{ "data", "arrived", 60 }, { "again", "sent again", 210 },
		{ "lost", "lost on the way", 380 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		fprintf(diagram->file,
			"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"%s\"/>\n",
			entries[i].x, y, entries[i].x + 50, y, entries[i].class);
		draw_text(diagram, entries[i].x + 60, y + 4, "legend", entries[i].text);
	}
	draw_text(diagram, 570, y + 4, "stateright", "state");
	draw_text(diagram, 640, y + 4, "timerright", "timer");
	draw_text(diagram, 705, y + 4, "transitright", "+time on the way");
	draw_box(diagram, 830, y - 8, 50, 16);
	draw_text(diagram, 890, y + 4, "legend", "several, told in one");
}

static int height_of(const struct diagram *diagram)
{
	struct sum fold = { 0 };
	int height = TOP;

	for (size_t i = 0; i < diagram->rows.count; i++) {
		const struct row *row = &diagram->rows.rows[i];

		if (!row->shown) {
			add_to_sum(&fold, row);
			continue;
		}
		height += fold_height(&fold);
		memset(&fold, 0, sizeof(fold));
		height += row->segment ? SEGMENT_HEIGHT : EVENT_HEIGHT;
	}
	return height + fold_height(&fold) + 12;
}

void trace_write_svg(const struct trace *trace, const char *path)
{
	struct diagram diagram = { 0 };
	struct chart chart;
	int height;

	if (!chart_make(&chart, trace)) {
		warn("there is no TCP connection and no datagram to draw");
		return;
	}
	diagram.chart = &chart;
	diagram.file = fopen(path, "we");
	if (!diagram.file)
		fail("cannot write '%s': %s", path, strerror(errno));
	rows_make(&diagram.rows, &chart, trace);
	height = height_of(&diagram);
	fprintf(diagram.file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\"\n"
		"viewBox=\"0 0 %d %d\">\n%s<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
		WIDTH, height + LEGEND_HEIGHT, WIDTH, height + LEGEND_HEIGHT, style);
	draw_heads(&diagram, height);
	draw_rows(&diagram);
	draw_legend(&diagram, height + LEGEND_HEIGHT / 2);
	fputs("</svg>\n", diagram.file);
	if (fclose(diagram.file))
		fail("cannot write '%s': %s", path, strerror(errno));
	free(diagram.rows.rows);
	free(chart.segments);
	free(chart.numbers.sides);
}
