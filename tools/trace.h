/* SPDX-License-Identifier: GPL-2.0 */
/*
 * twin trace: what each layer did, in order, told from the module's trace events.
 *
 *   trace.c          the options; runs the command
 *   trace_collect.c  trace events to steps
 *   trace_file.c     steps to a file and back
 *   trace_packet.c   bytes of headers to structs
 *   trace_select.c   which steps belong to what was asked for
 *   trace_header.c   the fields of a header, named and explained
 *   trace_text.c     steps as text, and as JSON
 *   trace_explain.c  the sentence for each step
 *   trace_pcap.c     a pcapng file with the steps as comments
 *   trace_chart.c    what is drawn: segments, which of them got lost
 *   trace_rows.c     the rows of the sequence diagram, and which of them are drawn
 *   trace_svg.c      the sequence diagram
 *   trace_plot.c     the time/sequence graph
 *   trace_thin.c     curves and bars of it, with no more points than can be seen
 */
#ifndef TWIN_TRACE_TOOL_H
#define TWIN_TRACE_TOOL_H

#include <net/if.h>
#include <stdio.h>
#include <sys/types.h>

#include "flow.h"
#include "record.h"

#define TRACE_HEADER_BYTES 134
#define TRACE_MAX_STEPS 2000000

enum step_kind {
	STEP_ENTER,
	STEP_CALL,
	STEP_STATE,
	STEP_TIMER,
	STEP_PROGRESS,
	STEP_ROUTE,
	STEP_PATH,
	STEP_IP_OUT,
	STEP_IP_IN,
	STEP_LINK_OUT,
	STEP_LINK_IN,
	STEP_ARP_STATE,
	STEP_DROP,
	STEP_KINDS,
};

/* Addresses in network order, ports in host order. */
struct step {
	u64 time_ns;
	u64 skaddr;
	/* In which it was read: events of the same time keep their order. */
	u32 order;
	enum step_kind kind;
	int pid;
	/* Empty where there is none; two namespaces may have devices of one name. */
	char device[NAME_TEXT_LEN];
	/* Of socket events: our end is the local one. Of drops: source and destination. */
	struct flow flow;
	u8 protocol;
	bool selected;
	union {
		struct {
			long argument;
			long result;
			u8 call;
			char comm[16];
		} call;
		struct {
			u8 from;
			u8 to;
			struct in_addr addr;
		} state;
		struct {
			u8 timer;
			u8 backoff;
		} timer;
		struct {
			u32 snd_una;
			u32 snd_nxt;
			u32 snd_wnd;
			u32 cwnd;
			u32 ssthresh;
			u32 in_flight;
			u32 mss;
			u32 srtt_us;
		} progress;
		struct {
			struct in_addr daddr;
			struct in_addr prefix;
			struct in_addr gateway;
			struct in_addr saddr;
			u32 metric;
			u32 mtu;
			int error;
			u8 prefix_len;
			u8 type;
		} route;
		struct {
			u32 len;
			u16 gso_size;
			u8 byte_count;
			u8 bytes[TRACE_HEADER_BYTES];
		} packet;
		struct {
			u32 len;
			char reason[28];
		} drop;
	};
};

struct trace {
	struct step *steps;
	size_t count;
	size_t room;
	/* CLOCK_REALTIME less CLOCK_MONOTONIC. */
	u64 real_offset_ns;
	u64 lost_events;
	bool overflow;
};

/* trace_packet.c: a header as it is read; offsets from the bytes' start */
enum packet_kind { PACKET_OTHER, PACKET_TCP, PACKET_UDP, PACKET_ICMP, PACKET_ARP };

struct packet {
	enum packet_kind kind;
	const u8 *eth;
	const u8 *ip;
	const u8 *transport;
	/* IP's source is the local end of this. */
	struct flow flow;
	u8 protocol;
	bool fragment;
	u32 payload;
	u32 seq;
	u32 ack;
	u32 end_seq;
	u16 window;
	u8 flags;
	u8 options_bytes;
	u8 sack_count;
	u32 sack[4][2];
	int wscale;
	int mss;
};

bool packet_read(const struct step *step, struct packet *packet);
u16 packet_u16(const u8 *bytes);
u32 packet_u32(const u8 *bytes);

/* trace_collect.c */
struct collector;
struct collector *collect_start(void);
void collect_only_tree(struct collector *collector, pid_t pid);
size_t collect_read(struct collector *collector, struct trace *trace);
void collect_stop(struct collector *collector, struct trace *trace);

/* trace_file.c */
void trace_save(const struct trace *trace, const char *path);
void trace_load(struct trace *trace, const char *path);

/* trace_select.c */
void trace_select(struct trace *trace, const struct flow_filter *filter, bool has_command);
bool flow_same(const struct flow *a, const struct flow *b);
struct flow flow_reversed(const struct flow *flow);

/* Sequence numbers are told from the first of each direction. */
struct numbers {
	struct numbers_side {
		struct flow flow;
		u32 first;
		int wscale;
	} *sides;
	size_t count;
};

void numbers_learn(struct numbers *numbers, const struct trace *trace);
u32 numbers_relative(const struct numbers *numbers, const struct flow *from, u32 seq);
u32 numbers_window(const struct numbers *numbers, const struct packet *packet);

struct trace_options {
	bool brief;
	bool explain;
	bool fields;
};

/* trace_header.c: calls back for each field of the headers in a packet */
typedef void (*field_handler)(const char *name, const char *value, const char *meaning, void *data);

void fields_of_link(const struct packet *packet, field_handler handler, void *data);
void fields_of_arp(const struct packet *packet, field_handler handler, void *data);
void fields_of_ip(const struct packet *packet, field_handler handler, void *data);
void fields_of_transport(const struct packet *packet, const struct numbers *numbers,
			 field_handler handler, void *data);

/* trace_text.c: a step is told in lines, one for each layer that it shows */
/* the longest is a segment with every flag, an MSS and four SACK blocks */
#define LINE_TEXT_LEN 256
#define LAYER_LINES 2

enum layer { LAYER_APP, LAYER_TCP, LAYER_UDP, LAYER_ICMP, LAYER_IP, LAYER_ARP, LAYER_LINK };

struct line {
	enum layer layer;
	/* ' ' nothing moves, '>' out, '<' in, 'x' dropped */
	char direction;
	char text[LINE_TEXT_LEN];
};

const char *layer_text(enum layer layer);
size_t step_lines(const struct step *step, const struct numbers *numbers,
		  struct line lines[LAYER_LINES]);
void segment_line(const struct packet *packet, const struct numbers *numbers,
		  char text[LINE_TEXT_LEN]);
void trace_print(const struct trace *trace, const struct trace_options *options);
void trace_print_json(const struct trace *trace);

/* trace_explain.c */
const char *explain_step(const struct step *step, enum layer layer);

/* trace_pcap.c */
void trace_write_pcap(const struct trace *trace, const char *path);

/* trace_chart.c: the connection that is drawn */
enum fate { FATE_ARRIVED, FATE_LOST, FATE_PART_LOST, FATE_UNKNOWN };

struct segment {
	u64 sent_ns;
	u64 arrived_ns;
	u32 arrived_bytes;
	struct packet packet;
	bool from_left;
	bool again;
	enum fate fate;
};

struct chart {
	struct flow flow;
	/* PACKET_TCP; PACKET_UDP where there is no TCP connection */
	enum packet_kind kind;
	struct numbers numbers;
	struct segment *segments;
	size_t count;
	u64 start_ns;
};

bool chart_make(struct chart *chart, const struct trace *trace);

/* trace_rows.c: a row is a segment, or a state or timer of one side */
struct row {
	u64 time_ns;
	size_t order;
	const struct segment *segment;
	const struct step *step;
	u8 weight;
	u8 kind;
	bool left;
	/* What is not is told in one with its neighbours. */
	bool shown;
};

struct rows {
	struct row *rows;
	size_t count;
};

void rows_make(struct rows *rows, const struct chart *chart, const struct trace *trace);
void trace_write_svg(const struct trace *trace, const char *path);
void trace_write_plot(const struct trace *trace, const char *path);

/* trace_thin.c: what of the graph is how many pixels large */
struct plot_area {
	double from;
	double to;
	double low;
	double high;
	int columns;
	int rows;
};

/* One value over time. */
struct curve {
	FILE *out;
	struct plot_area area;
	bool filled;
	/* The point that was written last, if any. */
	bool put;
	double value;
	/* Of the column whose points come. */
	long column;
	size_t points;
	double first_time;
	double last_time;
	double first;
	double low;
	double high;
	double last;
	size_t total;
	double peak;
};

void curve_begin(struct curve *curve, FILE *out, const struct plot_area *area, const char *name);
void curve_add(struct curve *curve, double time, double value);
bool curve_end(struct curve *curve);

/* Vertical bars over time; those in one column that are there already. */
struct bars {
	FILE *out;
	struct plot_area area;
	size_t total;
	long column;
	/* In this column, in pixels. */
	size_t drawn;
	long bottoms[16];
	long tops[16];
	/* One that may go on. */
	bool open;
	double time;
	double low;
	double high;
};

void bars_begin(struct bars *bars, FILE *out, const struct plot_area *area, const char *name);
void bars_add(struct bars *bars, double time, double low, double high);
bool bars_end(struct bars *bars);

#endif
