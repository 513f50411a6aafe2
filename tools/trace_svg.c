// SPDX-License-Identifier: GPL-2.0
/*
 * The sequence diagram: two hosts, time running down, a row for each segment, state and timer. Of a
 * long connection the rows in which nothing happens that is not usual are told in one.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

#define LABEL_LEN 160

enum {
	WIDTH = 1080, LEFT = 300, RIGHT = 780, TOP = 96,
	SEGMENT_HEIGHT = 36, SLANT = 12, EVENT_HEIGHT = 22, FOLD_HEIGHT = 34, LEGEND_HEIGHT = 60,
	/* so many rows are drawn as they are; of more the usual ones are folded */
	ROWS_WHOLE = 60,
	/* beside folded ones at most so many unusual ones */
	ROWS_UNUSUAL = 18, ROWS_AT_END = 5,
};

/* How much a row says. */
enum weight { USUAL, CONTEXT, UNUSUAL, ALWAYS };

struct row {
	u64 time_ns;
	const struct segment *segment;
	const struct step *step;
	enum weight weight;
	bool left;
	bool shown;
};

struct diagram {
	FILE *file;
	const struct chart *chart;
	struct row *rows;
	size_t count;
	int y;
};

static enum weight weight_of(const struct segment *segment)
{
	if (segment->packet.flags & 0x07)
		return ALWAYS;
	if (segment->fate != FATE_ARRIVED || segment->again)
		return UNUSUAL;
	return USUAL;
}

static void add_row(struct diagram *diagram, const struct row *row)
{
	if (!(diagram->count & (diagram->count - 1))) {
		diagram->rows = realloc(diagram->rows, 2 * (diagram->count + 1) *
					sizeof(*diagram->rows));
		if (!diagram->rows)
			fail("out of memory");
	}
	diagram->rows[diagram->count++] = *row;
}

/* The sockets of both ends: a first state is entered before the address is known. */
static void find_sockets(const struct diagram *diagram, const struct trace *trace, u64 sockets[2])
{
	struct flow reversed = flow_reversed(&diagram->chart->flow);

	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		if (step->kind != STEP_STATE)
			continue;
		if (!sockets[1] && flow_same(&step->flow, &diagram->chart->flow))
			sockets[1] = step->skaddr;
		if (!sockets[0] && flow_same(&step->flow, &reversed))
			sockets[0] = step->skaddr;
	}
}

/* Whose it is: 1 the left one's, 0 the right one's, -1 neither's. */
static int side_of(const struct diagram *diagram, const struct step *step, const u64 sockets[2])
{
	struct flow reversed = flow_reversed(&diagram->chart->flow);

	if (flow_same(&step->flow, &diagram->chart->flow))
		return 1;
	if (flow_same(&step->flow, &reversed))
		return 0;
	if (step->kind != STEP_STATE || (step->flow.lport && step->flow.rport))
		return -1;
	for (int side = 0; side < 2; side++)
		if (step->skaddr == sockets[side])
			return side;
	return -1;
}

/* A socket that goes into TIME-WAIT is closed: what remains is smaller. */
static bool is_news(const struct step *step, u8 *last_state)
{
	u8 last = *last_state;

	if (step->kind == STEP_TIMER)
		return step->timer.timer != TWIN_TIMER_DELAYED_ACK;
	*last_state = step->state.to;
	return !(last == TCP_TIME_WAIT && step->state.to == TCP_CLOSE);
}

static void add_events(struct diagram *diagram, const struct trace *trace)
{
	u64 sockets[2] = { 0 };
	u8 last[2] = { 0 };

	find_sockets(diagram, trace, sockets);
	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];
		struct row row = { .time_ns = step->time_ns, .step = step };
		int side;

		if (!step->selected || (step->kind != STEP_STATE && step->kind != STEP_TIMER))
			continue;
		side = side_of(diagram, step, sockets);
		if (side < 0 || !is_news(step, &last[side]))
			continue;
		row.left = side;
		row.weight = step->kind == STEP_STATE ? ALWAYS : UNUSUAL;
		add_row(diagram, &row);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct row *first = a, *second = b;

	return (first->time_ns > second->time_ns) - (first->time_ns < second->time_ns);
}

static void make_rows(struct diagram *diagram, const struct trace *trace)
{
	for (size_t i = 0; i < diagram->chart->count; i++) {
		const struct segment *segment = &diagram->chart->segments[i];

		add_row(diagram, &(struct row){
			.time_ns = segment->sent_ns, .segment = segment,
			.weight = weight_of(segment), .left = segment->from_left,
		});
	}
	add_events(diagram, trace);
	qsort(diagram->rows, diagram->count, sizeof(*diagram->rows), by_time);
}

/* The first data, and what stands beside something unusual, give it a context. */
static void give_context(struct diagram *diagram)
{
	size_t first = 0;

	for (size_t i = 0; i < diagram->count; i++) {
		struct row *row = &diagram->rows[i];

		if (row->weight != USUAL)
			continue;
		if (row->segment && first++ < 8)
			row->weight = CONTEXT;
		else if (i + 1 < diagram->count && diagram->rows[i + 1].weight == ALWAYS)
			row->weight = CONTEXT;
	}
}

static void choose_rows(struct diagram *diagram)
{
	size_t unusual = 0, seen = 0;

	give_context(diagram);
	for (size_t i = 0; i < diagram->count; i++)
		unusual += diagram->rows[i].weight == UNUSUAL;
	for (size_t i = 0; i < diagram->count; i++) {
		struct row *row = &diagram->rows[i];

		if (row->weight == UNUSUAL)
			seen++;
		row->shown = diagram->count <= ROWS_WHOLE || row->weight == ALWAYS ||
			     row->weight == CONTEXT ||
			     (row->weight == UNUSUAL &&
			      (seen <= ROWS_UNUSUAL || seen + ROWS_AT_END > unusual));
	}
}

static double seconds(const struct diagram *diagram, u64 time_ns)
{
	return (time_ns - diagram->rows[0].time_ns) / 1e9;
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

/* What a label has room for: numbers and what is not usual. */
static void label_of(const struct diagram *diagram, const struct segment *segment,
		     char text[LABEL_LEN])
{
	const struct packet *packet = &segment->packet;
	const struct numbers *numbers = &diagram->chart->numbers;
	struct flow reversed = flow_reversed(&packet->flow);
	u32 seq = numbers_relative(numbers, &packet->flow, packet->seq);
	char flags[48];

	*text = '\0';
	if (packet->flags != 0x10 && packet->flags != 0x18)
		snprintf(text, LABEL_LEN, "%s ", tcp_flags_text(packet->flags, flags));
	if (packet->payload)
		append(text, LABEL_LEN, "data %u to %u", seq, seq + packet->payload);
	else if (packet->flags & 0x03)
		append(text, LABEL_LEN, "seq %u", seq);
	if (packet->flags & 0x10 && (!packet->payload || packet->flags & 0x03))
		append(text, LABEL_LEN, "%sack %u", *text ? ", " : "",
		       numbers_relative(numbers, &reversed, packet->ack));
	if (!packet->payload && !(packet->flags & 0x04) && !packet->sack_count)
		append(text, LABEL_LEN, ", window %u", numbers_window(numbers, packet));
	for (size_t i = 0; i < packet->sack_count && i < 2; i++)
		append(text, LABEL_LEN, ", SACK %u-%u",
		       numbers_relative(numbers, &reversed, packet->sack[i][0]),
		       numbers_relative(numbers, &reversed, packet->sack[i][1]));
	if (packet->sack_count > 2)
		append(text, LABEL_LEN, " ...");
}

static void draw_segment(struct diagram *diagram, const struct segment *segment)
{
	const char *class = segment->fate == FATE_LOST ? "lost" :
			    segment->again ? "again" : "data";
	int from = segment->from_left ? LEFT : RIGHT, to = segment->from_left ? RIGHT : LEFT;
	int y = diagram->y + 20, end_y = y + SLANT;
	char label[LABEL_LEN], text[LABEL_LEN + 40];

	if (segment->fate == FATE_LOST) {
		to = from + (to - from) * 2 / 3;
		end_y = y + SLANT * 2 / 3;
	}
	label_of(diagram, segment, label);
	snprintf(text, sizeof(text), "%s%s%s", label, segment->again ? " (again)" : "",
		 segment->fate == FATE_LOST ? " (lost)" :
		 segment->fate == FATE_PART_LOST ? " (partly lost)" : "");
	draw_time(diagram, segment->sent_ns);
	draw_text(diagram, (LEFT + RIGHT) / 2, y - 4,
		  segment->fate == FATE_PART_LOST ? "lost" : class, text);
	fprintf(diagram->file, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"%s\"%s/>\n",
		from, y, to, end_y, class,
		segment->fate == FATE_LOST ? "" : !strcmp(class, "again") ?
		" marker-end=\"url(#again)\"" : " marker-end=\"url(#arrow)\"");
	if (segment->fate == FATE_LOST)
		fprintf(diagram->file,
			"<path d=\"M%d %d l10 10 M%d %d l10 -10\" class=\"lost\"/>\n", to - 5,
			end_y - 5, to - 5, end_y + 5);
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
	draw_time(diagram, row->time_ns);
	draw_text(diagram, row->left ? LEFT - 10 : RIGHT + 10, diagram->y + 16,
		  step->kind == STEP_STATE ? (row->left ? "stateleft" : "stateright") :
		  (row->left ? "timerleft" : "timerright"), text);
	diagram->y += EVENT_HEIGHT;
}

struct fold {
	size_t right_segments, left_segments, lost, again;
	u64 bytes;
	u64 start_ns, end_ns;
};

static void add_to_fold(struct fold *fold, const struct row *row)
{
	if (!fold->start_ns)
		fold->start_ns = row->time_ns;
	fold->end_ns = row->time_ns;
	if (!row->segment)
		return;
	if (row->segment->from_left)
		fold->right_segments++;
	else
		fold->left_segments++;
	fold->lost += row->segment->fate != FATE_ARRIVED;
	fold->again += row->segment->again;
	fold->bytes += row->segment->packet.payload;
}

static void draw_fold(struct diagram *diagram, struct fold *fold)
{
	char text[160];

	if (!fold->right_segments && !fold->left_segments)
		return;
	snprintf(text, sizeof(text), "%zu &#8594;, %zu &#8592;: %.1f kB in %.3f s",
		 fold->right_segments, fold->left_segments, fold->bytes / 1e3,
		 (fold->end_ns - fold->start_ns) / 1e9);
	if (fold->lost || fold->again)
		append(text, sizeof(text), "; %zu lost, %zu sent again", fold->lost, fold->again);
	fprintf(diagram->file,
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" class=\"fold\"/>\n",
		LEFT + 20, diagram->y + 5, RIGHT - LEFT - 40, FOLD_HEIGHT - 10);
	draw_time(diagram, fold->start_ns);
	draw_text(diagram, (LEFT + RIGHT) / 2, diagram->y + 22, "foldtext", text);
	diagram->y += FOLD_HEIGHT;
	memset(fold, 0, sizeof(*fold));
}

static void draw_rows(struct diagram *diagram)
{
	struct fold fold = { 0 };

	diagram->y = TOP;
	for (size_t i = 0; i < diagram->count; i++) {
		const struct row *row = &diagram->rows[i];

		if (!row->shown) {
			add_to_fold(&fold, row);
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
	"text.data, text.again, text.lost, text.foldtext { text-anchor: middle; font-size: 11px; }\n"
	"text.again { fill: #b35c00; } text.lost { fill: #c00; }\n"
	"text.title { font-size: 16px; font-weight: bold; text-anchor: middle; }\n"
	"text.host { font-weight: bold; text-anchor: middle; }\n"
	"text.stateleft { text-anchor: end; font-weight: bold; fill: #05692f; }\n"
	"text.stateright { font-weight: bold; fill: #05692f; }\n"
	"text.timerleft { text-anchor: end; fill: #6a1b9a; } text.timerright { fill: #6a1b9a; }\n"
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

static void draw_heads(const struct diagram *diagram, int bottom)
{
	const struct flow *flow = &diagram->chart->flow;
	char left[FLOW_TEXT_LEN], right[FLOW_TEXT_LEN];

	draw_text(diagram, (LEFT + RIGHT) / 2, 30, "title",
		  "What the two hosts said to each other");
	draw_text(diagram, LEFT, 72, "host", flow_end_text(flow->laddr, flow->lport, left));
	draw_text(diagram, RIGHT, 72, "host", flow_end_text(flow->raddr, flow->rport, right));
	fprintf(diagram->file,
		"<line x1=\"%d\" y1=\"82\" x2=\"%d\" y2=\"%d\" class=\"life\"/>\n"
		"<line x1=\"%d\" y1=\"82\" x2=\"%d\" y2=\"%d\" class=\"life\"/>\n",
		LEFT, LEFT, bottom, RIGHT, RIGHT, bottom);
}

static void draw_legend(const struct diagram *diagram, int y)
{
	static const struct {
		const char *class;
		const char *text;
		int x;
	} entries[] = {
		{ "data", "arrived", 130 }, { "again", "sent again", 320 },
		{ "lost", "lost on the way", 530 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		fprintf(diagram->file,
			"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"%s\"/>\n",
			entries[i].x, y, entries[i].x + 50, y, entries[i].class);
		draw_text(diagram, entries[i].x + 60, y + 4, "", entries[i].text);
	}
	draw_text(diagram, 740, y + 4, "stateright", "state");
	draw_text(diagram, 820, y + 4, "timerright", "timer");
	draw_text(diagram, 900, y + 4, "", "grey: told in one");
}

static int height_of(const struct diagram *diagram)
{
	bool folding = false;
	int height = TOP;

	for (size_t i = 0; i < diagram->count; i++) {
		const struct row *row = &diagram->rows[i];

		if (!row->shown && !folding)
			height += FOLD_HEIGHT;
		if (row->shown)
			height += row->segment ? SEGMENT_HEIGHT : EVENT_HEIGHT;
		folding = !row->shown;
	}
	return height + 12;
}

void trace_write_svg(const struct trace *trace, const char *path)
{
	struct diagram diagram = { 0 };
	struct chart chart;
	int height;

	if (!chart_make(&chart, trace)) {
		warn("there is no TCP connection to draw");
		return;
	}
	diagram.chart = &chart;
	diagram.file = fopen(path, "we");
	if (!diagram.file)
		fail("cannot write '%s': %s", path, strerror(errno));
	make_rows(&diagram, trace);
	choose_rows(&diagram);
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
	free(diagram.rows);
	free(chart.segments);
	free(chart.numbers.sides);
}
