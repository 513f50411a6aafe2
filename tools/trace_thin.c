// SPDX-License-Identifier: GPL-2.0
/*
 * Curves and bars for the graph, with no more points than it has pixels to show: of the many that
 * fall into one column the first, the lowest, the highest and the last stay, so that no peak is
 * lost.
 */
#include <sys/param.h>

#include "trace.h"

/* None of what is drawn is negative. */
static long whole(double number)
{
	return (long)number;
}

static long column_of(const struct plot_area *area, double time)
{
	return whole((time - area->from) * area->columns / (area->to - area->from));
}

/* What is filled below has its steps in the data: gnuplot would make a rectangle of each. */
static void put_point(struct curve *curve, double time, double value)
{
	if (curve->filled && curve->put)
		fprintf(curve->out, "%.6f %.6g\n", time, curve->value);
	fprintf(curve->out, "%.6f %.6g\n", time, value);
	curve->put = true;
	curve->value = value;
}

static void flush_column(struct curve *curve)
{
	if (!curve->points)
		return;
	put_point(curve, curve->first_time, curve->first);
	if (curve->low < curve->first && curve->low < curve->last)
		put_point(curve, curve->last_time, curve->low);
	if (curve->high > curve->first && curve->high > curve->last)
		put_point(curve, curve->last_time, curve->high);
	if (curve->points > 1)
		put_point(curve, curve->last_time, curve->last);
	curve->points = 0;
}

void curve_begin(struct curve *curve, FILE *out, const struct plot_area *area, const char *name)
{
	*curve = (struct curve){ .out = out, .area = *area };
	/* each may have a peak, and a line is wider than a pixel */
	curve->area.columns /= 3;
	fprintf(out, "$%s << EOD\n", name);
}

void curve_add(struct curve *curve, double time, double value)
{
	long column = column_of(&curve->area, time);

	if (curve->points && column != curve->column)
		flush_column(curve);
	if (!curve->points++) {
		curve->column = column;
		curve->first_time = time;
		curve->first = value;
		curve->low = value;
		curve->high = value;
	}
	curve->last_time = time;
	curve->last = value;
	curve->low = MIN(curve->low, value);
	curve->high = MAX(curve->high, value);
	curve->total++;
	curve->peak = MAX(curve->peak, value);
}

/* Return: whether there is anything to draw. */
bool curve_end(struct curve *curve)
{
	flush_column(curve);
	fputs("EOD\n", curve->out);
	return curve->total;
}

void bars_begin(struct bars *bars, FILE *out, const struct plot_area *area, const char *name)
{
	*bars = (struct bars){ .out = out, .area = *area };
	fprintf(out, "$%s << EOD\n", name);
}

static double pixel_of(const struct bars *bars)
{
	return (bars->area.high - bars->area.low) / bars->area.rows;
}

/* Is it, to the pixel, one that is there? */
static bool is_drawn(struct bars *bars, long low, long high)
{
	for (size_t i = 0; i < bars->drawn; i++)
		if (bars->bottoms[i] == low && bars->tops[i] == high)
			return true;
	if (bars->drawn == ARRAY_SIZE(bars->bottoms))
		return true;
	bars->bottoms[bars->drawn] = low;
	bars->tops[bars->drawn++] = high;
	return false;
}

static void flush_bar(struct bars *bars)
{
	double pixel = pixel_of(bars), high = MAX(bars->high, bars->low + 2 * pixel);

	if (bars->open && !is_drawn(bars, whole(bars->low / pixel), whole(high / pixel)))
		fprintf(bars->out, "%.6f %.7g\n%.6f %.7g\n\n", bars->time, bars->low, bars->time,
			high);
	bars->open = false;
}

/* From @low to @high, high enough to be seen. What goes on where the last one ends is one. */
void bars_add(struct bars *bars, double time, double low, double high)
{
	long column = column_of(&bars->area, time);
	double pixel = pixel_of(bars);

	bars->total++;
	if (bars->open && column == bars->column && low <= bars->high + pixel &&
	    high >= bars->low - pixel) {
		bars->low = MIN(bars->low, low);
		bars->high = MAX(bars->high, high);
		return;
	}
	flush_bar(bars);
	if (column != bars->column)
		bars->drawn = 0;
	bars->column = column;
	bars->open = true;
	bars->time = time;
	bars->low = low;
	bars->high = high;
}

/* Return: whether there is anything to draw. */
bool bars_end(struct bars *bars)
{
	flush_bar(bars);
	fputs("EOD\n", bars->out);
	return bars->total;
}
