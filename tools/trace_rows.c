// SPDX-License-Identifier: GPL-2.0
/*
 * The rows of the sequence diagram, and which of them are drawn. A short connection is drawn whole.
 * Of a long one what is usual is told in one box, and so is the rest of what happens too often; the
 * beginning, the end, and what happens seldom stay.
 */
#include <netinet/tcp.h>
#include <stdlib.h>

#include "trace.h"

/* How much a row says. */
enum weight { USUAL, CONTEXT, UNUSUAL, TURN, RARE, MILESTONE, WEIGHTS };

enum {
	/* so many rows are drawn as they are */
	ROWS_WHOLE = 60,
	/* the first data, so that slow start is seen */
	ROWS_AT_START = 8,
	/* of the same unusual thing in a row */
	STREAK = 3,
};

/* At most so many rows of a weight, from its begin and from its end. */
static const struct limit {
	size_t first;
	size_t last;
} limits[WEIGHTS] = {
	[CONTEXT] = { 32, 0 }, [UNUSUAL] = { 16, 5 }, [TURN] = { 6, 4 }, [RARE] = { 18, 4 },
	[MILESTONE] = { 26, 8 },
};

/* What makes a row unusual; the same again and again says little more. */
enum kind { KIND_USUAL, KIND_LOST, KIND_AGAIN, KIND_SACK, KIND_TIMER };

static void add_row(struct rows *rows, const struct row *row)
{
	if (!(rows->count & (rows->count - 1))) {
		rows->rows = realloc(rows->rows, 2 * (rows->count + 1) * sizeof(*rows->rows));
		if (!rows->rows)
			fail("out of memory");
	}
	rows->rows[rows->count++] = *row;
}

/* The sockets of both ends: a first state is entered before the address is known. */
static void find_sockets(const struct chart *chart, const struct trace *trace, u64 sockets[2])
{
	struct flow reversed = flow_reversed(&chart->flow);

	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		if (step->kind != STEP_STATE)
			continue;
		if (!sockets[1] && flow_same(&step->flow, &chart->flow))
			sockets[1] = step->skaddr;
		if (!sockets[0] && flow_same(&step->flow, &reversed))
			sockets[0] = step->skaddr;
	}
}

/* Whose it is: 1 the left one's, 0 the right one's, -1 neither's. */
static int side_of(const struct chart *chart, const struct step *step, const u64 sockets[2])
{
	struct flow reversed = flow_reversed(&chart->flow);

	if (flow_same(&step->flow, &chart->flow))
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

/* Does the same end go into TIME-WAIT next? Then its socket was closed for a smaller one. */
static bool is_replaced(const struct trace *trace, size_t at)
{
	for (size_t i = at + 1; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		if (step->kind == STEP_STATE && flow_same(&step->flow, &trace->steps[at].flow))
			return step->state.to == TCP_TIME_WAIT;
	}
	return false;
}

/* A socket in TIME-WAIT is a smaller one: that the first is closed says nothing. */
static bool is_news(const struct trace *trace, size_t at, u8 *last_state)
{
	const struct step *step = &trace->steps[at];
	u8 last = *last_state;

	if (step->kind == STEP_TIMER)
		return step->timer.timer != TWIN_TIMER_DELAYED_ACK;
	*last_state = step->state.to;
	return step->state.to != TCP_CLOSE || (last != TCP_TIME_WAIT && !is_replaced(trace, at));
}

static enum weight weight_of_event(const struct step *step)
{
	if (step->kind == STEP_STATE)
		return MILESTONE;
	return step->timer.timer == TWIN_TIMER_REORDER ||
	       step->timer.timer == TWIN_TIMER_LOSS_PROBE ? UNUSUAL : RARE;
}

static void add_events(struct rows *rows, const struct chart *chart, const struct trace *trace)
{
	u64 sockets[2] = { 0 };
	u8 last[2] = { 0 };

	find_sockets(chart, trace, sockets);
	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];
		struct row row = { .time_ns = step->time_ns, .step = step, .kind = KIND_TIMER };
		int side;

		if (!step->selected || (step->kind != STEP_STATE && step->kind != STEP_TIMER))
			continue;
		side = side_of(chart, step, sockets);
		if (side < 0 || !is_news(trace, i, &last[side]))
			continue;
		row.left = side;
		row.weight = weight_of_event(step);
		add_row(rows, &row);
	}
}

/* What was seen of each side. */
struct seen {
	bool closed;
	bool sacked;
};

/* The window closes or opens; of SACKs the first of a run is told. */
static void weigh(struct row *row, struct seen *seen)
{
	const struct segment *segment = row->segment;
	const struct packet *packet = &segment->packet;
	bool closed = packet->flags & 0x10 && !packet->window && !(packet->flags & 0x04);
	bool turned = closed != seen->closed && packet->flags & 0x10;
	bool first_sack = packet->sack_count && !seen->sacked;

	if (packet->flags & 0x10) {
		seen->closed = closed;
		seen->sacked = packet->sack_count;
	}
	row->kind = segment->fate != FATE_ARRIVED ? KIND_LOST : segment->again ? KIND_AGAIN :
		    first_sack ? KIND_SACK : KIND_USUAL;
	row->weight = packet->flags & 0x07 ? MILESTONE : turned ? TURN :
		      row->kind ? UNUSUAL : USUAL;
}

static int by_time(const void *a, const void *b)
{
	const struct row *first = a, *second = b;

	if (first->time_ns != second->time_ns)
		return first->time_ns < second->time_ns ? -1 : 1;
	return (first->order > second->order) - (first->order < second->order);
}

static void make_rows(struct rows *rows, const struct chart *chart, const struct trace *trace)
{
	struct seen seen[2] = { 0 };

	for (size_t i = 0; i < chart->count; i++) {
		const struct segment *segment = &chart->segments[i];
		struct row row = { .time_ns = segment->sent_ns, .segment = segment,
				   .left = segment->from_left };

		weigh(&row, &seen[segment->from_left]);
		add_row(rows, &row);
	}
	add_events(rows, chart, trace);
	for (size_t i = 0; i < rows->count; i++)
		rows->rows[i].order = i;
	qsort(rows->rows, rows->count, sizeof(*rows->rows), by_time);
}

/* What a timer of the connection's makes one side say, and the other answer. */
static void give_context_after(struct rows *rows, size_t at)
{
	bool left = rows->rows[at].left, asked = false;

	for (size_t i = at + 1; i < rows->count && i < at + 6; i++) {
		struct row *row = &rows->rows[i];

		if (!row->segment || row->left != (asked ? !left : left))
			continue;
		if (row->weight < TURN)
			row->weight = CONTEXT;
		if (asked)
			return;
		asked = true;
	}
}

static void give_context(struct rows *rows)
{
	size_t first = 0;

	for (size_t i = 0; i < rows->count; i++) {
		struct row *row = &rows->rows[i];

		if (row->segment && row->weight == USUAL && first++ < ROWS_AT_START)
			row->weight = CONTEXT;
		if (row->step && row->weight == RARE)
			give_context_after(rows, i);
	}
}

/* Segment after segment is lost when a queue is full: the first tell it. */
static void shorten_streaks(struct rows *rows)
{
	size_t streak[2] = { 0 };
	u8 last[2] = { 0 };

	for (size_t i = 0; i < rows->count; i++) {
		struct row *row = &rows->rows[i];

		if (row->weight != UNUSUAL)
			continue;
		streak[row->left] = row->kind == last[row->left] ? streak[row->left] + 1 : 1;
		last[row->left] = row->kind;
		if (streak[row->left] > STREAK)
			row->weight = USUAL;
	}
}

static void choose_rows(struct rows *rows)
{
	size_t total[WEIGHTS] = { 0 }, seen[WEIGHTS] = { 0 };

	give_context(rows);
	shorten_streaks(rows);
	for (size_t i = 0; i < rows->count; i++)
		total[rows->rows[i].weight]++;
	for (size_t i = 0; i < rows->count; i++) {
		struct row *row = &rows->rows[i];
		const struct limit *limit = &limits[row->weight];
		size_t at = seen[row->weight]++;

		row->shown = at < limit->first || at + limit->last >= total[row->weight];
	}
}

/* A box is as high as the one segment that it would hide. */
static void show_single_ones(struct rows *rows)
{
	size_t hidden = 0, last = 0;

	for (size_t i = 0; i <= rows->count; i++) {
		if (i < rows->count && !rows->rows[i].shown) {
			hidden += !!rows->rows[i].segment;
			last = rows->rows[i].segment ? i : last;
			continue;
		}
		if (hidden == 1)
			rows->rows[last].shown = true;
		hidden = 0;
	}
}

void rows_make(struct rows *rows, const struct chart *chart, const struct trace *trace)
{
	make_rows(rows, chart, trace);
	if (rows->count <= ROWS_WHOLE) {
		for (size_t i = 0; i < rows->count; i++)
			rows->rows[i].shown = true;
		return;
	}
	choose_rows(rows);
	show_single_ones(rows);
}
