// SPDX-License-Identifier: GPL-2.0
/*
 * The time/sequence graph, by gnuplot: what was sent, acknowledged and allowed; below it, over the
 * same time, when segments were lost and sent again and timers fired, the congestion window and
 * what is under way, the round trip; last the time around the first loss at a larger scale.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "trace.h"

/* In pixels, of an SVG file; other forms have the same proportions. */
enum {
	WIDTH = 1200, GRAPH_LEFT = 100, GRAPH_RIGHT = 970, HEAD = 50, GAP = 14,
	SEQUENCE_ALONE = 480, SEQUENCE_ABOVE = 340, MARKS = 72, WINDOWS = 140, ROUND_TRIPS = 100,
	DETAIL = 290,
	/* numbers and words below a time axis */
	AXIS = 56,
};

enum mark { MARK_LOST, MARK_AGAIN, MARK_TIMER, MARKS_COUNT };

/* What a panel has to show: what is not there has no place in the legend. */
struct content {
	bool sent;
	bool lost;
	bool again;
	bool sack;
};

struct plot {
	FILE *gnuplot;
	const struct chart *chart;
	const struct trace *trace;
	/* Who sends the data. */
	bool left;
	struct flow flow;
	u32 highest;
	double unit;
	const char *unit_name;
	struct plot_area whole;
	struct plot_area detail;
	bool has_acked;
	struct content whole_has;
	struct content detail_has;
	size_t marks[MARKS_COUNT];
	double most_segments;
	double longest_ms;
	bool has_detail;
	int height;
	/* The upper edge of the next panel. */
	int y;
};

static void choose_sender(struct plot *plot)
{
	u64 bytes[2] = { 0 };

	for (size_t i = 0; i < plot->chart->count; i++) {
		const struct segment *segment = &plot->chart->segments[i];

		bytes[segment->from_left] += segment->packet.payload;
	}
	plot->left = bytes[1] >= bytes[0];
	plot->flow = plot->left ? plot->chart->flow : flow_reversed(&plot->chart->flow);
}

static double seconds(const struct plot *plot, u64 time_ns)
{
	return ((double)time_ns - (double)plot->chart->start_ns) / 1e9;
}

static double place(const struct plot *plot, u32 seq)
{
	return numbers_relative(&plot->chart->numbers, &plot->flow, seq) / plot->unit;
}

static void choose_unit(struct plot *plot)
{
	for (size_t i = 0; i < plot->chart->count; i++) {
		const struct segment *segment = &plot->chart->segments[i];
		u32 end;

		if (segment->from_left != plot->left || segment->packet.flags & 0x04)
			continue;
		end = numbers_relative(&plot->chart->numbers, &plot->flow,
				       segment->packet.end_seq);
		if (end < 0x80000000 && end > plot->highest)
			plot->highest = end;
	}
	plot->unit = plot->highest >= 2000000 ? 1e6 : plot->highest >= 2000 ? 1e3 : 1;
	plot->unit_name = plot->unit == 1e6 ? "MB" : plot->unit == 1e3 ? "kB" : "bytes";
}

static double last_time(const struct plot *plot)
{
	u64 last = plot->chart->start_ns;

	for (size_t i = 0; i < plot->chart->count; i++) {
		const struct segment *segment = &plot->chart->segments[i];

		if (segment->sent_ns > last)
			last = segment->sent_ns;
		if (segment->arrived_ns > last)
			last = segment->arrived_ns;
	}
	return seconds(plot, last);
}

static bool has_data(const struct segment *segment, bool left)
{
	return segment->from_left == left && segment->packet.payload;
}

static bool has_ack(const struct segment *segment, bool left)
{
	return segment->from_left != left && segment->packet.flags & 0x10 &&
	       !(segment->packet.flags & 0x04) && segment->fate != FATE_LOST;
}

/* When an ACK was back at the sender, as far as the trace knows. */
static u64 ack_time(const struct segment *segment)
{
	return segment->arrived_ns ? segment->arrived_ns : segment->sent_ns;
}

static bool is_progress(const struct plot *plot, const struct step *step)
{
	return step->selected && step->kind == STEP_PROGRESS && flow_same(&step->flow, &plot->flow);
}

static double round_trip(const struct plot *plot)
{
	for (size_t i = 0; i < plot->trace->count; i++)
		if (is_progress(plot, &plot->trace->steps[i]) &&
		    plot->trace->steps[i].progress.srtt_us)
			return plot->trace->steps[i].progress.srtt_us / 1e6;
	return 0;
}

static bool in_area(const struct plot *plot, const struct plot_area *area, u64 time_ns)
{
	double time = seconds(plot, time_ns);

	return time >= area->from && time <= area->to;
}

static void widen(struct plot_area *area, double value)
{
	if (value < area->low || !area->high)
		area->low = value;
	if (value > area->high)
		area->high = value;
}

/* Some round trips around it; nothing if that is most of the picture anyway. */
static void choose_detail(struct plot *plot)
{
	double width = 4 * round_trip(plot), again = -1, room;
	struct plot_area *detail = &plot->detail;

	for (size_t i = 0; i < plot->chart->count && again < 0; i++)
		if (has_data(&plot->chart->segments[i], plot->left) &&
		    plot->chart->segments[i].again)
			again = seconds(plot, plot->chart->segments[i].sent_ns);
	if (width <= 0)
		width = last_time(plot) / 20;
	if (again < 0 || width <= 0 || 4 * width > last_time(plot))
		return;
	plot->has_detail = true;
	*detail = (struct plot_area){ .from = again > width ? again - width : 0,
				      .to = again + width,
				      .columns = GRAPH_RIGHT - GRAPH_LEFT, .rows = DETAIL };
	for (size_t i = 0; i < plot->chart->count; i++) {
		const struct segment *segment = &plot->chart->segments[i];

		if (has_ack(segment, plot->left) && in_area(plot, detail, ack_time(segment)))
			widen(detail, place(plot, segment->packet.ack));
		if (!has_data(segment, plot->left) || !in_area(plot, detail, segment->sent_ns))
			continue;
		widen(detail, place(plot, segment->packet.seq));
		widen(detail, place(plot, segment->packet.end_seq));
	}
	room = detail->high > detail->low ? (detail->high - detail->low) * 0.08 : 1;
	detail->low -= room;
	detail->high += room;
}

static void choose_areas(struct plot *plot)
{
	double last = last_time(plot);

	choose_detail(plot);
	plot->whole = (struct plot_area){
		.to = last > 0 ? last * 1.01 : 1,
		.high = plot->highest ? plot->highest / plot->unit * 1.08 : 1,
		.columns = GRAPH_RIGHT - GRAPH_LEFT,
		.rows = plot->has_detail ? SEQUENCE_ABOVE : SEQUENCE_ALONE,
	};
}

static bool is_lost(const struct segment *segment)
{
	return segment->fate == FATE_LOST || segment->fate == FATE_PART_LOST;
}

/* What was sent: for the first time and not lost, lost, or sent again. */
enum sending { SENDING_FIRST, SENDING_LOST, SENDING_AGAIN };

static enum sending sending_of(const struct segment *segment)
{
	return segment->fate == FATE_LOST ? SENDING_LOST :
	       segment->again ? SENDING_AGAIN : SENDING_FIRST;
}

static bool write_sent(const struct plot *plot, const struct plot_area *area, enum sending sending,
		       const char *name)
{
	struct bars bars;

	bars_begin(&bars, plot->gnuplot, area, name);
	for (size_t i = 0; i < plot->chart->count; i++) {
		const struct segment *segment = &plot->chart->segments[i];

		if (has_data(segment, plot->left) && sending_of(segment) == sending &&
		    in_area(plot, area, segment->sent_ns))
			bars_add(&bars, seconds(plot, segment->sent_ns),
				 place(plot, segment->packet.seq),
				 place(plot, segment->packet.end_seq));
	}
	return bars_end(&bars);
}

static bool write_sack(const struct plot *plot, const struct plot_area *area, const char *name)
{
	struct bars bars;

	bars_begin(&bars, plot->gnuplot, area, name);
	for (size_t i = 0; i < plot->chart->count; i++) {
		const struct segment *segment = &plot->chart->segments[i];

		if (!has_ack(segment, plot->left) || !in_area(plot, area, ack_time(segment)))
			continue;
		for (size_t j = 0; j < segment->packet.sack_count; j++)
			bars_add(&bars, seconds(plot, ack_time(segment)),
				 place(plot, segment->packet.sack[j][0]),
				 place(plot, segment->packet.sack[j][1]));
	}
	return bars_end(&bars);
}

/* As the ACKs tell it when they are back at the sender; @window adds what they allow. */
static bool write_acked(const struct plot *plot, const struct plot_area *area, bool window,
			const char *name)
{
	struct curve curve;

	curve_begin(&curve, plot->gnuplot, area, name);
	for (size_t i = 0; i < plot->chart->count; i++) {
		const struct segment *segment = &plot->chart->segments[i];
		double ack = place(plot, segment->packet.ack);

		if (!has_ack(segment, plot->left) || !in_area(plot, area, ack_time(segment)))
			continue;
		if (window)
			ack += numbers_window(&plot->chart->numbers, &segment->packet) / plot->unit;
		curve_add(&curve, seconds(plot, ack_time(segment)), ack);
	}
	return curve_end(&curve);
}

static bool is_mark(const struct plot *plot, const struct segment *segment, enum mark mark)
{
	if (!has_data(segment, plot->left))
		return false;
	return mark == MARK_LOST ? is_lost(segment) : mark == MARK_AGAIN && segment->again;
}

static bool is_timer(const struct plot *plot, const struct step *step)
{
	return step->selected && step->kind == STEP_TIMER &&
	       step->timer.timer != TWIN_TIMER_DELAYED_ACK && flow_same(&step->flow, &plot->flow);
}

/* One line of dashes for each kind of mark, the first on top. */
static size_t write_mark(const struct plot *plot, enum mark mark, const char *name)
{
	struct plot_area area = plot->whole;
	double y = MARKS_COUNT - 1 - mark;
	struct bars bars;

	area.low = 0;
	area.high = MARKS_COUNT;
	area.rows = MARKS;
	bars_begin(&bars, plot->gnuplot, &area, name);
	for (size_t i = 0; i < plot->chart->count; i++)
		if (is_mark(plot, &plot->chart->segments[i], mark))
			bars_add(&bars, seconds(plot, plot->chart->segments[i].sent_ns), y + 0.15,
				 y + 0.85);
	for (size_t i = 0; i < plot->trace->count && mark == MARK_TIMER; i++)
		if (is_timer(plot, &plot->trace->steps[i]))
			bars_add(&bars, seconds(plot, plot->trace->steps[i].time_ns), y + 0.15,
				 y + 0.85);
	bars_end(&bars);
	return bars.total;
}

enum measure { MEASURE_CWND, MEASURE_FLIGHT, MEASURE_RTT };

static double measure_of(const struct step *step, enum measure measure)
{
	return measure == MEASURE_CWND ? step->progress.cwnd :
	       measure == MEASURE_FLIGHT ? step->progress.in_flight : step->progress.srtt_us / 1e3;
}

/* Return: the highest. */
static double write_measure(const struct plot *plot, enum measure measure, const char *name)
{
	struct curve curve;

	curve_begin(&curve, plot->gnuplot, &plot->whole, name);
	curve.filled = measure == MEASURE_FLIGHT;
	for (size_t i = 0; i < plot->trace->count; i++) {
		const struct step *step = &plot->trace->steps[i];

		if (is_progress(plot, step) && in_area(plot, &plot->whole, step->time_ns))
			curve_add(&curve, seconds(plot, step->time_ns), measure_of(step, measure));
	}
	return curve_end(&curve) ? curve.peak : 0;
}

static void write_data(struct plot *plot)
{
	double cwnd, flight;

	write_acked(plot, &plot->whole, true, "window");
	plot->has_acked = write_acked(plot, &plot->whole, false, "acked");
	plot->whole_has = (struct content){
		.sent = write_sent(plot, &plot->whole, SENDING_FIRST, "sent"),
		.lost = write_sent(plot, &plot->whole, SENDING_LOST, "lost"),
		.again = write_sent(plot, &plot->whole, SENDING_AGAIN, "again"),
		.sack = write_sack(plot, &plot->whole, "sack"),
	};
	plot->marks[MARK_LOST] = write_mark(plot, MARK_LOST, "mark0");
	plot->marks[MARK_AGAIN] = write_mark(plot, MARK_AGAIN, "mark1");
	plot->marks[MARK_TIMER] = write_mark(plot, MARK_TIMER, "mark2");
	cwnd = write_measure(plot, MEASURE_CWND, "cwnd");
	flight = write_measure(plot, MEASURE_FLIGHT, "flight");
	plot->most_segments = cwnd > flight ? cwnd : flight;
	plot->longest_ms = write_measure(plot, MEASURE_RTT, "rtt");
	if (!plot->has_detail)
		return;
	write_acked(plot, &plot->detail, true, "detail_window");
	write_acked(plot, &plot->detail, false, "detail_acked");
	plot->detail_has = (struct content){
		.sent = write_sent(plot, &plot->detail, SENDING_FIRST, "detail_sent"),
		.lost = write_sent(plot, &plot->detail, SENDING_LOST, "detail_lost"),
		.again = write_sent(plot, &plot->detail, SENDING_AGAIN, "detail_again"),
		.sack = write_sack(plot, &plot->detail, "detail_sack"),
	};
}

static bool has_marks(const struct plot *plot)
{
	return plot->marks[MARK_LOST] || plot->marks[MARK_AGAIN] || plot->marks[MARK_TIMER];
}

static int height_of(const struct plot *plot)
{
	return HEAD + plot->whole.rows + (has_marks(plot) ? GAP + MARKS : 0) +
	       (plot->most_segments > 0 ? GAP + WINDOWS : 0) +
	       (plot->longest_ms > 0 ? GAP + ROUND_TRIPS : 0) + AXIS +
	       (plot->has_detail ? GAP + DETAIL + AXIS : 0);
}

static void set_terminal(const struct plot *plot, const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot && !strcmp(dot, ".png"))
		fprintf(plot->gnuplot, "set terminal png size %d,%d font 'sans,11' enhanced\n",
			WIDTH, plot->height);
	else if (dot && !strcmp(dot, ".pdf"))
		fprintf(plot->gnuplot,
			"set terminal pdfcairo size %d,%.2f font 'sans,11' enhanced\n", 12,
			12.0 * plot->height / WIDTH);
	else
		fprintf(plot->gnuplot,
			"set terminal svg size %d,%d font 'sans,13' enhanced background '#ffffff'\n",
			WIDTH, plot->height);
}

/* @last: the panel below which the time is told. */
static void panel(struct plot *plot, int rows, const char *label, bool last)
{
	double top = 1 - (double)plot->y / plot->height;

	fprintf(plot->gnuplot,
		"set tmargin at screen %.4f\nset bmargin at screen %.4f\n"
		"set label 1 '%s' at screen 0.016,%.4f center rotate by 90\n"
		"set xlabel '%s'\nset format x '%s'\nset key at screen %.4f,%.4f\n",
		top, top - (double)rows / plot->height, label, top - rows / 2.0 / plot->height,
		last ? "seconds" : "", last ? "%g" : "", (GRAPH_RIGHT + 12.0) / WIDTH,
		top - 2.0 / plot->height);
	plot->y += rows + (last ? AXIS : 0) + GAP;
}

/* A panel has room for few numbers: up to five steps of 1, 2 or 5. */
static void few_tics(const struct plot *plot, double highest)
{
	static const double steps[] = { 1, 2, 5, 10 };
	double unit = 0.000001;
	size_t i = 0;

	while (unit * 10 * 5 < highest)
		unit *= 10;
	while (i + 1 < ARRAY_SIZE(steps) && steps[i] * unit * 5 < highest)
		i++;
	fprintf(plot->gnuplot, "set ytics nomirror %g\nset yrange [0:%g]\n", steps[i] * unit,
		highest > 0 ? highest * 1.1 : 1);
}

/* @name: what the names of the data begin with. */
static void draw_curves(const struct plot *plot, const char *name, const struct content *has)
{
	FILE *out = plot->gnuplot;

	fprintf(out, "plot $%swindow with steps lc rgb '#8a8a8a' lw 1 title 'window ends'", name);
	if (has->sent)
		fprintf(out, ", $%ssent with lines lc rgb '#1f5faa' lw 3 title 'sent'", name);
	if (has->lost)
		fprintf(out, ", $%slost with lines lc rgb '#cc0000' lw 5 title 'lost'", name);
	if (has->sack)
		fprintf(out, ", $%ssack with lines lc rgb '#a05fc0' lw 1.5 title 'SACK'", name);
	fprintf(out, ", $%sacked with steps lc rgb '#05692f' lw 1.5 title 'acknowledged'", name);
	if (has->again)
		fprintf(out, ", $%sagain with lines lc rgb '#e07b00' lw 5 title 'sent again'",
			name);
	fputc('\n', out);
}

static void draw_sequence(struct plot *plot, bool last)
{
	char label[64];

	snprintf(label, sizeof(label), "sequence number, %s", plot->unit_name);
	panel(plot, plot->whole.rows, label, last);
	/* the window is far above in a fast network: show the data, and what of it fits */
	fprintf(plot->gnuplot, "set yrange [0:%.6f]\nset ytics nomirror %s\n", plot->whole.high,
		plot->highest < 10 ? "1" : "autofreq");
	if (plot->has_detail)
		fprintf(plot->gnuplot,
			"set object 1 rectangle from first %.6f, graph 0 to first %.6f, graph 1 behind\n"
			"set object 1 fc rgb '#fbe9b5' fs solid noborder\n",
			plot->detail.from, plot->detail.to);
	/* the panel that shows more marks what is too small in this one */
	plot->whole_has.lost &= !plot->has_detail;
	plot->whole_has.again &= !plot->has_detail;
	draw_curves(plot, "", &plot->whole_has);
	fputs("unset object 1\n", plot->gnuplot);
}

static void draw_marks(struct plot *plot, bool last)
{
	static const struct {
		const char *title;
		const char *color;
	} texts[MARKS_COUNT] = {
		{ "lost", "#cc0000" }, { "sent again", "#e07b00" }, { "timers fired", "#6a1b9a" },
	};

	const char *comma = "";

	panel(plot, MARKS, "", last);
	fprintf(plot->gnuplot, "set yrange [0:%d]\nunset ytics\nplot ", MARKS_COUNT);
	for (int mark = 0; mark < MARKS_COUNT; mark++) {
		if (!plot->marks[mark])
			continue;
		fprintf(plot->gnuplot, "%s$mark%d with lines lc rgb '%s' lw 2 title '%s: %zu'",
			comma, mark, texts[mark].color, texts[mark].title, plot->marks[mark]);
		comma = ", ";
	}
	fputs("\nset ytics nomirror autofreq\n", plot->gnuplot);
}

static void draw_windows(struct plot *plot, bool last)
{
	panel(plot, WINDOWS, "segments", last);
	few_tics(plot, plot->most_segments);
	fputs("plot $flight with filledcurves y1=0 lc rgb '#a9c9ec' title 'under way', \\\n"
	      "$cwnd with steps lc rgb '#222222' lw 1.3 title 'congestion window'\n",
	      plot->gnuplot);
}

static void draw_round_trips(struct plot *plot)
{
	panel(plot, ROUND_TRIPS, "ms", true);
	few_tics(plot, plot->longest_ms);
	fputs("plot $rtt with steps lc rgb '#6a1b9a' lw 1.5 title 'round trip'\n", plot->gnuplot);
}

static void draw_detail(struct plot *plot)
{
	char label[64];

	snprintf(label, sizeof(label), "the same, larger, %s", plot->unit_name);
	panel(plot, DETAIL, label, true);
	fprintf(plot->gnuplot,
		"set xrange [%.6f:%.6f]\nset yrange [%.6f:%.6f]\nset ytics nomirror autofreq\n"
		"set xlabel 'seconds, around the first segment that was sent again (shaded above)'\n",
		plot->detail.from, plot->detail.to, plot->detail.low, plot->detail.high);
	draw_curves(plot, "detail_", &plot->detail_has);
}

static void draw(struct plot *plot, const char *path)
{
	char left[FLOW_TEXT_LEN], right[FLOW_TEXT_LEN];
	bool windows = plot->most_segments > 0, trips = plot->longest_ms > 0;

	plot->height = height_of(plot);
	plot->y = HEAD;
	set_terminal(plot, path);
	fprintf(plot->gnuplot,
		"set output '%s'\nset multiplot title '{/:Bold %s to %s}' font ',14'\n", path,
		flow_end_text(plot->flow.laddr, plot->flow.lport, left),
		flow_end_text(plot->flow.raddr, plot->flow.rport, right));
	fprintf(plot->gnuplot,
		"set lmargin at screen %.4f\nset rmargin at screen %.4f\nset grid lc rgb '#dddddd'\n"
		"set key left top Left reverse samplen 2 spacing 1.2\nset border lc rgb '#666666'\n"
		"set xtics nomirror\nset ytics nomirror\n"
		"set xrange [0:%.6f]\n", (double)GRAPH_LEFT / WIDTH, (double)GRAPH_RIGHT / WIDTH,
		plot->whole.to);
	draw_sequence(plot, !has_marks(plot) && !windows && !trips);
	if (has_marks(plot))
		draw_marks(plot, !windows && !trips);
	if (windows)
		draw_windows(plot, !trips);
	if (trips)
		draw_round_trips(plot);
	if (plot->has_detail)
		draw_detail(plot);
	fputs("unset multiplot\n", plot->gnuplot);
}

static void plot_chart(struct plot *plot, const char *path)
{
	int status;

	/* one that ends early is told of below */
	signal(SIGPIPE, SIG_IGN);
	plot->gnuplot = popen("gnuplot", "we");
	if (!plot->gnuplot)
		fail("cannot run gnuplot: %s", strerror(errno));
	choose_sender(plot);
	choose_unit(plot);
	choose_areas(plot);
	write_data(plot);
	if (plot->has_acked)
		draw(plot, path);
	else
		warn("no ACK was seen: there is no graph to draw");
	status = pclose(plot->gnuplot);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail("gnuplot (of the package gnuplot-nox) could not draw '%s'", path);
}

void trace_write_plot(const struct trace *trace, const char *path)
{
	struct plot plot = { .trace = trace };
	struct chart chart;

	if (strchr(path, '\'') || strchr(path, '\n'))
		fail("the name of the graph's file must not contain a quote");
	/* to gnuplot the rest is a command */
	if (*path == '|')
		fail("the name of the graph's file must not begin with '|'");
	if (!chart_make(&chart, trace) || chart.kind != PACKET_TCP) {
		warn("there is no TCP connection to draw");
		return;
	}
	plot.chart = &chart;
	plot_chart(&plot, path);
	free(chart.segments);
	free(chart.numbers.sides);
}
