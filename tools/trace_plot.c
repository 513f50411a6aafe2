// SPDX-License-Identifier: GPL-2.0
/*
 * The time/sequence graph, by gnuplot: what was sent, sent again, acknowledged and allowed; below
 * it the congestion window and what is under way, and the round trip.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "trace.h"

/* A curve of more points is no clearer. */
enum { CURVE_POINTS = 4000 };

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
	bool has_progress;
	u32 most_segments;
	u32 longest_us;
	bool has_rtt;
	bool has_sack;
	bool has_again;
	/* What is shown at a larger scale: around the first segment that was sent again. */
	double detail_from;
	double detail_to;
	double detail_low;
	double detail_high;
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

static void begin(const struct plot *plot, const char *name)
{
	fprintf(plot->gnuplot, "$%s << EOD\n", name);
}

static void end(const struct plot *plot)
{
	fputs("EOD\n", plot->gnuplot);
}

static bool has_data(const struct segment *segment, bool left)
{
	return segment->from_left == left && segment->packet.payload;
}

static void write_sent(struct plot *plot)
{
	size_t count = 0, step, at = 0;

	for (size_t i = 0; i < plot->chart->count; i++)
		count += has_data(&plot->chart->segments[i], plot->left);
	step = count / CURVE_POINTS + 1;
	begin(plot, "sent");
	for (size_t i = 0; i < plot->chart->count; i++) {
		const struct segment *segment = &plot->chart->segments[i];

		if (has_data(segment, plot->left) && !segment->again && at++ % step == 0)
			fprintf(plot->gnuplot, "%.6f %.6f\n", seconds(plot, segment->sent_ns),
				place(plot, segment->packet.end_seq));
	}
	end(plot);
}

/* One file for what was sent again, one for what was lost. */
static void write_marks(struct plot *plot)
{
	begin(plot, "again");
	for (size_t i = 0; i < plot->chart->count; i++) {
		const struct segment *segment = &plot->chart->segments[i];

		if (!has_data(segment, plot->left) || !segment->again)
			continue;
		plot->has_again = true;
		fprintf(plot->gnuplot, "%.6f %.6f\n", seconds(plot, segment->sent_ns),
			place(plot, segment->packet.seq));
	}
	end(plot);
	begin(plot, "sack");
	for (size_t i = 0; i < plot->chart->count; i++) {
		const struct segment *segment = &plot->chart->segments[i];

		if (segment->from_left == plot->left || segment->fate == FATE_LOST)
			continue;
		for (size_t j = 0; j < segment->packet.sack_count; j++) {
			plot->has_sack = true;
			fprintf(plot->gnuplot, "%.6f %.6f\n%.6f %.6f\n\n",
				seconds(plot, segment->arrived_ns),
				place(plot, segment->packet.sack[j][0]),
				seconds(plot, segment->arrived_ns),
				place(plot, segment->packet.sack[j][1]));
		}
	}
	end(plot);
}

static bool has_ack(const struct segment *segment, bool left)
{
	return segment->from_left != left && segment->packet.flags & 0x10 &&
	       !(segment->packet.flags & 0x04) && segment->fate != FATE_LOST;
}

static void write_ack(const struct plot *plot, const struct segment *segment)
{
	double ack = place(plot, segment->packet.ack);

	fprintf(plot->gnuplot, "%.6f %.6f %.6f\n", seconds(plot, segment->arrived_ns), ack,
		ack + numbers_window(&plot->chart->numbers, &segment->packet) / plot->unit);
}

/* As the ACKs tell it when they are back at the sender. */
static void write_acked(struct plot *plot)
{
	size_t step = plot->chart->count / CURVE_POINTS + 1, at = 0;

	begin(plot, "acked");
	for (size_t i = 0; i < plot->chart->count; i++)
		if (has_ack(&plot->chart->segments[i], plot->left) && at++ % step == 0)
			write_ack(plot, &plot->chart->segments[i]);
	end(plot);
}

static double round_trip(const struct plot *plot)
{
	for (size_t i = 0; i < plot->trace->count; i++) {
		const struct step *step = &plot->trace->steps[i];

		if (step->selected && step->kind == STEP_PROGRESS && step->progress.srtt_us &&
		    flow_same(&step->flow, &plot->flow))
			return step->progress.srtt_us / 1e6;
	}
	return 0;
}

static double last_time(const struct plot *plot)
{
	return seconds(plot, plot->chart->segments[plot->chart->count - 1].sent_ns);
}

/* Some round trips around it; nothing if that is most of the picture anyway. */
static void choose_detail(struct plot *plot)
{
	double width = 4 * round_trip(plot), again = -1;

	for (size_t i = 0; i < plot->chart->count && again < 0; i++) {
		const struct segment *segment = &plot->chart->segments[i];

		if (has_data(segment, plot->left) && segment->again)
			again = seconds(plot, segment->sent_ns);
	}
	if (width <= 0)
		width = last_time(plot) / 20;
	if (again < 0 || 4 * width > last_time(plot))
		return;
	plot->detail_from = again > width ? again - width : 0;
	plot->detail_to = again + width;
}

static bool in_detail(const struct plot *plot, u64 time_ns)
{
	double time = seconds(plot, time_ns);

	return time >= plot->detail_from && time <= plot->detail_to;
}

static void widen(struct plot *plot, double value)
{
	if (value < plot->detail_low || !plot->detail_high)
		plot->detail_low = value;
	if (value > plot->detail_high)
		plot->detail_high = value;
}

/* Each segment as a line from its first to its last byte: none is left out here. */
static void write_detail(struct plot *plot)
{
	begin(plot, "detail_acked");
	for (size_t i = 0; i < plot->chart->count; i++) {
		const struct segment *segment = &plot->chart->segments[i];

		if (!has_ack(segment, plot->left) || !in_detail(plot, segment->arrived_ns))
			continue;
		write_ack(plot, segment);
		widen(plot, place(plot, segment->packet.ack));
	}
	end(plot);
	begin(plot, "detail_sent");
	for (size_t i = 0; i < plot->chart->count; i++) {
		const struct segment *segment = &plot->chart->segments[i];
		double time = seconds(plot, segment->sent_ns);

		if (!has_data(segment, plot->left) || !in_detail(plot, segment->sent_ns))
			continue;
		widen(plot, place(plot, segment->packet.seq));
		widen(plot, place(plot, segment->packet.end_seq));
		if (segment->again)
			continue;
		fprintf(plot->gnuplot, "%.6f %.6f\n%.6f %.6f\n\n", time,
			place(plot, segment->packet.seq), time,
			place(plot, segment->packet.end_seq));
	}
	end(plot);
}

static bool is_progress(const struct plot *plot, const struct step *step)
{
	return step->selected && step->kind == STEP_PROGRESS &&
	       flow_same(&step->flow, &plot->flow);
}

static u32 larger(u32 a, u32 b)
{
	return a > b ? a : b;
}

static void write_progress(struct plot *plot)
{
	size_t count = 0, step, at = 0;

	for (size_t i = 0; i < plot->trace->count; i++)
		count += is_progress(plot, &plot->trace->steps[i]);
	step = count / CURVE_POINTS + 1;
	plot->has_progress = count > 1;
	begin(plot, "progress");
	for (size_t i = 0; i < plot->trace->count; i++) {
		const struct step *progress = &plot->trace->steps[i];

		if (!is_progress(plot, progress) || at++ % step)
			continue;
		plot->has_rtt |= progress->progress.srtt_us != 0;
		plot->most_segments = larger(plot->most_segments, progress->progress.cwnd);
		plot->most_segments = larger(plot->most_segments, progress->progress.in_flight);
		plot->longest_us = larger(plot->longest_us, progress->progress.srtt_us);
		fprintf(plot->gnuplot, "%.6f %u %u %.3f\n", seconds(plot, progress->time_ns),
			progress->progress.cwnd, progress->progress.in_flight,
			progress->progress.srtt_us / 1e3);
	}
	end(plot);
}

static const char *terminal_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot && !strcmp(dot, ".png"))
		return "png size 1200,1100 font 'sans,11' enhanced";
	if (dot && !strcmp(dot, ".pdf"))
		return "pdfcairo size 12,11 font 'sans,11' enhanced";
	return "svg size 1200,1100 font 'sans,13' enhanced background '#ffffff'";
}

static void panel(const struct plot *plot, double top, double bottom, const char *label,
		  const char *xlabel)
{
	fprintf(plot->gnuplot,
		"set tmargin at screen %.3f\nset bmargin at screen %.3f\nset ylabel '%s'\n"
		"set xlabel '%s'\nset key at screen 0.81,%.3f\n",
		top, bottom, label, xlabel, top);
}

/* A low panel has room for few numbers: three or four steps of 1, 2 or 5. */
static void few_tics(const struct plot *plot, double highest)
{
	static const double steps[] = { 1, 2, 5, 10 };
	double unit = 0.000001;
	size_t i = 0;

	while (unit * 10 * 4 < highest)
		unit *= 10;
	while (i + 1 < ARRAY_SIZE(steps) && steps[i] * unit * 4 < highest)
		i++;
	fprintf(plot->gnuplot, "set ytics %g\nset yrange [0:%g]\n", steps[i] * unit,
		highest > 0 ? highest * 1.1 : 1);
}

static void draw_sequence(const struct plot *plot, double bottom)
{
	char label[64];

	snprintf(label, sizeof(label), "sequence number, %s", plot->unit_name);
	panel(plot, 0.93, bottom, label, "");
	/* the window is far above in a fast network: show the data, and what of it fits */
	fprintf(plot->gnuplot, "set yrange [0:%.6f]\n", plot->highest / plot->unit * 1.08);
	fputs("plot $acked using 1:3 with steps lc rgb '#8a8a8a' lw 1 title 'window ends', \\\n"
	      "$sent with points pt 7 ps 0.35 lc rgb '#1f5faa' title 'sent', \\\n"
	      "$acked using 1:2 with steps lc rgb '#05692f' lw 1.5 title 'acknowledged'",
	      plot->gnuplot);
	if (plot->has_sack)
		fputs(", $sack with lines lc rgb '#a05fc0' lw 1.5 title 'SACK'", plot->gnuplot);
	if (plot->has_again)
		fputs(", $again with points pt 2 ps 0.7 lc rgb '#cc0000' title 'sent again'",
		      plot->gnuplot);
	fputs("\nset autoscale y\n", plot->gnuplot);
}

static void draw_detail(const struct plot *plot, double top, double bottom)
{
	double room = (plot->detail_high - plot->detail_low) * 0.08;
	char label[64];

	snprintf(label, sizeof(label), "the same, larger, %s", plot->unit_name);
	panel(plot, top, bottom, label, "");
	fprintf(plot->gnuplot, "set xrange [%.6f:%.6f]\nset yrange [%.6f:%.6f]\n",
		plot->detail_from, plot->detail_to, plot->detail_low - room,
		plot->detail_high + room);
	fputs("plot $detail_acked using 1:3 with steps lc rgb '#8a8a8a' \\\n"
	      "title 'window ends', \\\n"
	      "$detail_sent with lines lc rgb '#1f5faa' lw 3 title 'sent', \\\n"
	      "$detail_acked using 1:2 with steps lc rgb '#05692f' lw 1.5 title 'acknowledged'",
	      plot->gnuplot);
	if (plot->has_sack)
		fputs(", $sack with lines lc rgb '#a05fc0' lw 1.5 title 'SACK'", plot->gnuplot);
	fputs(", $again with points pt 2 ps 1 lc rgb '#cc0000' title 'sent again'\n"
	      "set autoscale y\n", plot->gnuplot);
}

static void draw(const struct plot *plot, const char *path)
{
	char left[FLOW_TEXT_LEN], right[FLOW_TEXT_LEN];
	double last = last_time(plot), lower = plot->has_progress ? 0.37 : 0.07;
	bool detail = plot->detail_to > 0;

	fprintf(plot->gnuplot,
		"set terminal %s\nset output '%s'\n"
		"set multiplot title '{/:Bold %s to %s}' font ',14'\n", terminal_of(path), path,
		flow_end_text(plot->flow.laddr, plot->flow.lport, left),
		flow_end_text(plot->flow.raddr, plot->flow.rport, right));
	fprintf(plot->gnuplot,
		"set lmargin at screen 0.085\nset rmargin at screen 0.80\nset grid lc rgb '#dddddd'\n"
		"set key left top Left reverse samplen 2 spacing 1.3\nset border lc rgb '#666666'\n"
		"set xrange [0:%.6f]\n", last > 0 ? last : 1);
	draw_sequence(plot, detail ? (lower + 0.98) / 2 : lower);
	if (detail)
		draw_detail(plot, (lower + 0.98) / 2 - 0.05, lower);
	fprintf(plot->gnuplot, "set xrange [0:%.6f]\n", last > 0 ? last : 1);
	if (plot->has_progress) {
		panel(plot, 0.32, plot->has_rtt ? 0.20 : 0.07, "segments",
		      plot->has_rtt ? "" : "seconds");
		few_tics(plot, plot->most_segments);
		fputs("plot $progress using 1:2 with steps lc rgb '#b35c00' lw 1.5 \\\n"
		      "title 'congestion window', $progress using 1:3 with steps \\\n"
		      "lc rgb '#1f5faa' title 'under way'\n", plot->gnuplot);
	}
	if (plot->has_progress && plot->has_rtt) {
		panel(plot, 0.155, 0.065, "ms", "seconds");
		few_tics(plot, plot->longest_us / 1e3);
		fputs("plot $progress using 1:4 with steps lc rgb '#6a1b9a' lw 1.5 \\\n"
		      "title 'round trip'\n", plot->gnuplot);
	}
	fputs("unset multiplot\n", plot->gnuplot);
}

void trace_write_plot(const struct trace *trace, const char *path)
{
	struct plot plot = { .trace = trace };
	struct chart chart;
	int status;

	if (strchr(path, '\'') || strchr(path, '\n'))
		fail("the name of the graph's file must not contain a quote");
	if (!chart_make(&chart, trace)) {
		warn("there is no TCP connection to draw");
		return;
	}
	plot.chart = &chart;
	/* one that ends early is told of below */
	signal(SIGPIPE, SIG_IGN);
	plot.gnuplot = popen("gnuplot", "we");
	if (!plot.gnuplot)
		fail("cannot run gnuplot: %s", strerror(errno));
	choose_sender(&plot);
	choose_unit(&plot);
	write_sent(&plot);
	write_marks(&plot);
	write_acked(&plot);
	write_progress(&plot);
	choose_detail(&plot);
	write_detail(&plot);
	draw(&plot, path);
	status = pclose(plot.gnuplot);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail("gnuplot (of the package gnuplot-nox) could not draw '%s'", path);
	free(chart.segments);
	free(chart.numbers.sides);
}
