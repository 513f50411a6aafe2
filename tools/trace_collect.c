// SPDX-License-Identifier: GPL-2.0
/*
 * Trace events to steps. Two instances of the tracer, so that nobody else's tracing is disturbed:
 * one with the events of all layers, and one with the calls of programs, which can be limited to a
 * process and its descendants.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tracefs.h>
#include <unistd.h>

#include "trace.h"

#define BUFFER_KILOBYTES 8192

struct collector {
	struct tep_handle *tep;
	struct tracefs_instance *layers;
	struct tracefs_instance *calls;
	struct trace *trace;
};

static const struct {
	const char *name;
	enum step_kind kind;
} events[] = {
	{ "twin_socket_enter", STEP_ENTER },   { "twin_socket_call", STEP_CALL },
	{ "twin_tcp_state", STEP_STATE },      { "twin_tcp_timer", STEP_TIMER },
	{ "twin_tcp_progress", STEP_PROGRESS }, { "twin_ip_route", STEP_ROUTE },
	{ "twin_ip_path", STEP_PATH },	       { "twin_ip_tx", STEP_IP_OUT },
	{ "twin_ip_rx", STEP_IP_IN },	       { "twin_link_tx", STEP_LINK_OUT },
	{ "twin_link_rx", STEP_LINK_IN },      { "twin_arp_state", STEP_ARP_STATE },
	{ "twin_drop", STEP_DROP },
};

/* An event as the library has it. */
struct raw {
	struct tep_event *event;
	struct tep_record *record;
};

static unsigned long long number(const struct raw *raw, const char *name)
{
	unsigned long long value = 0;

	tep_get_field_val(NULL, raw->event, name, raw->record, &value, 0);
	return value;
}

static struct in_addr address(const struct raw *raw, const char *name)
{
	struct in_addr addr = { 0 };
	int len = 0;
	const void *bytes = tep_get_field_raw(NULL, raw->event, name, raw->record, &len, 0);

	if (bytes && len >= 4)
		memcpy(&addr, bytes, sizeof(addr));
	return addr;
}

static void read_flow(const struct raw *raw, struct step *step, const char *from, const char *to,
		      const char *from_port, const char *to_port)
{
	step->flow.laddr = address(raw, from);
	step->flow.raddr = address(raw, to);
	step->flow.lport = number(raw, from_port);
	step->flow.rport = number(raw, to_port);
}

static void read_call(const struct raw *raw, struct step *step)
{
	int len = 0;
	const char *comm = tep_get_field_raw(NULL, raw->event, "comm", raw->record, &len, 0);

	step->call.call = number(raw, "call");
	step->call.argument = number(raw, "argument");
	if (comm && len > 0)
		snprintf(step->call.comm, sizeof(step->call.comm), "%.*s", len, comm);
	make_printable(step->call.comm);
	if (step->kind == STEP_ENTER)
		return;
	step->call.result = number(raw, "result");
	step->protocol = number(raw, "protocol");
	read_flow(raw, step, "laddr", "raddr", "lport", "rport");
}

static void read_progress(const struct raw *raw, struct step *step)
{
	step->progress.snd_una = number(raw, "snd_una");
	step->progress.snd_nxt = number(raw, "snd_nxt");
	step->progress.snd_wnd = number(raw, "snd_wnd");
	step->progress.cwnd = number(raw, "cwnd");
	step->progress.ssthresh = number(raw, "ssthresh");
	step->progress.in_flight = number(raw, "in_flight");
	step->progress.mss = number(raw, "mss");
	step->progress.srtt_us = number(raw, "srtt_us");
}

static void read_route(const struct raw *raw, struct step *step)
{
	step->route.daddr = address(raw, "daddr");
	step->route.type = number(raw, "type");
	if (step->kind == STEP_PATH) {
		step->route.saddr = address(raw, "saddr");
		step->route.gateway = address(raw, "next_hop");
		step->route.mtu = number(raw, "mtu_bytes");
		step->route.error = (int)number(raw, "error");
		return;
	}
	step->route.prefix = address(raw, "prefix");
	step->route.prefix_len = number(raw, "prefix_len");
	step->route.gateway = address(raw, "gateway");
	step->route.metric = number(raw, "metric");
}

static void read_packet(const struct raw *raw, struct step *step)
{
	bool link = step->kind == STEP_LINK_IN || step->kind == STEP_LINK_OUT;
	int len = 0;
	const void *bytes = tep_get_field_raw(NULL, raw->event, "bytes", raw->record, &len, 0);

	step->packet.len = number(raw, link ? "len" : "total_bytes");
	if (link)
		step->packet.gso_size = number(raw, "gso_size");
	if (!bytes || len <= 0)
		return;
	step->packet.byte_count = len < TRACE_HEADER_BYTES ? len : TRACE_HEADER_BYTES;
	memcpy(step->packet.bytes, bytes, step->packet.byte_count);
}

static void read_drop(const struct raw *raw, struct step *step)
{
	int len = 0;
	const char *text = tep_get_field_raw(NULL, raw->event, "text", raw->record, &len, 0);

	step->protocol = number(raw, "protocol");
	step->drop.len = number(raw, "len");
	if (text && len > 0)
		snprintf(step->drop.reason, sizeof(step->drop.reason), "%.*s", len, text);
	read_flow(raw, step, "saddr", "daddr", "sport", "dport");
}

static void read_details(const struct raw *raw, struct step *step)
{
	switch (step->kind) {
	case STEP_ENTER:
	case STEP_CALL:
		read_call(raw, step);
		break;
	case STEP_STATE:
		read_flow(raw, step, "laddr", "raddr", "lport", "rport");
		step->state.from = number(raw, "from");
		step->state.to = number(raw, "to");
		break;
	case STEP_TIMER:
		read_flow(raw, step, "laddr", "raddr", "lport", "rport");
		step->timer.timer = number(raw, "timer");
		step->timer.backoff = number(raw, "backoff");
		break;
	case STEP_PROGRESS:
		read_flow(raw, step, "laddr", "raddr", "lport", "rport");
		read_progress(raw, step);
		break;
	case STEP_ROUTE:
	case STEP_PATH:
		read_route(raw, step);
		break;
	case STEP_ARP_STATE:
		step->state.addr = address(raw, "addr");
		step->state.from = number(raw, "from");
		step->state.to = number(raw, "to");
		break;
	case STEP_DROP:
		read_drop(raw, step);
		break;
	default:
		read_packet(raw, step);
	}
}

/* The events of frames name the device, which may be in another namespace. */
static void read_device(const struct raw *raw, struct step *step)
{
	int ifindex = (int)number(raw, "ifindex");
	int len = 0;
	const char *name = tep_get_field_raw(NULL, raw->event, "device", raw->record, &len, 0);

	if (name && len > 0)
		snprintf(step->device, sizeof(step->device), "%.*s", len, name);
	else if (ifindex)
		device_text(ifindex, step->device);
	make_printable(step->device);
}

static struct step *add_step(struct trace *trace)
{
	if (trace->count == TRACE_MAX_STEPS) {
		trace->overflow = true;
		return NULL;
	}
	if (trace->count == trace->room) {
		trace->room = trace->room ? 2 * trace->room : 4096;
		trace->steps = realloc(trace->steps, trace->room * sizeof(*trace->steps));
		if (!trace->steps)
			fail("out of memory");
	}
	memset(&trace->steps[trace->count], 0, sizeof(*trace->steps));
	trace->steps[trace->count].order = trace->count;
	trace->steps[trace->count].selected = true;
	return &trace->steps[trace->count++];
}

static int handle_event(struct tep_event *event, struct tep_record *record, int cpu, void *data)
{
	struct raw raw = { .event = event, .record = record };
	struct trace *trace = data;
	struct step *step;

	(void)cpu;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		if (strcmp(event->name, events[i].name))
			continue;
		step = add_step(trace);
		if (!step)
			return -1;
		step->kind = events[i].kind;
		step->time_ns = record->ts;
		step->pid = tep_data_pid(event->tep, record);
		step->skaddr = number(&raw, "skaddr");
		read_device(&raw, step);
		read_details(&raw, step);
	}
	/* -1: some; a page of the buffer that is full has no room for their number. */
	if (record->missed_events)
		trace->lost_events += record->missed_events > 0 ? record->missed_events : 1;
	return 0;
}

/* An instance holds megabytes for each processor until it is removed, whatever ends the program. */
static struct tracefs_instance *open_instances[2];

static void end_instances(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(open_instances); i++) {
		if (!open_instances[i])
			continue;
		tracefs_instance_destroy(open_instances[i]);
		tracefs_instance_free(open_instances[i]);
		open_instances[i] = NULL;
	}
}

static struct tracefs_instance *make_instance(const char *name)
{
	struct tracefs_instance *instance;
	char full[64];

	snprintf(full, sizeof(full), "twin-%s-%d", name, getpid());
	instance = tracefs_instance_create(full);
	if (!instance)
		fail("cannot use the kernel's tracer: %s", strerror(errno));
	open_instances[!!open_instances[0]] = instance;
	if (tracefs_instance_file_write(instance, "trace_clock", "mono") < 0)
		fail("the kernel's tracer has no monotonic clock");
	tracefs_instance_set_buffer_size(instance, BUFFER_KILOBYTES, -1);
	return instance;
}

static bool is_call(enum step_kind kind)
{
	return kind == STEP_ENTER || kind == STEP_CALL;
}

/* Ends the program when events cannot be had. */
struct collector *collect_start(void)
{
	static const char * const systems[] = { "twin", NULL };
	struct collector *collector = calloc(1, sizeof(*collector));

	if (!collector)
		fail("out of memory");
	if (geteuid())
		fail("only root may use the kernel's tracer");
	if (!tracefs_tracing_dir())
		fail("this kernel has no tracefs");
	collector->tep = tracefs_local_events_system(NULL, systems);
	if (!collector->tep)
		fail("cannot read the trace events of Twin: %s", strerror(errno));
	atexit(end_instances);
	collector->layers = make_instance("layers");
	collector->calls = make_instance("calls");
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (tracefs_event_enable(is_call(events[i].kind) ? collector->calls :
					 collector->layers, "twin", events[i].name))
			fail("the module has no trace event '%s'", events[i].name);
	return collector;
}

/* Calls of this process and of those that it starts, and of nobody else. */
void collect_only_tree(struct collector *collector, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	if (tracefs_option_enable(collector->calls, TRACEFS_OPTION_EVENT_FORK) ||
	    tracefs_instance_file_write(collector->calls, "set_event_pid", text) < 0)
		fail("cannot follow a process: %s", strerror(errno));
}

/* Return: how many steps there are that were not there before. */
size_t collect_read(struct collector *collector, struct trace *trace)
{
	size_t before = trace->count;

	tracefs_iterate_raw_events(collector->tep, collector->calls, NULL, 0, handle_event, trace);
	tracefs_iterate_raw_events(collector->tep, collector->layers, NULL, 0, handle_event, trace);
	return trace->count - before;
}

static int by_time(const void *a, const void *b)
{
	const struct step *first = a, *second = b;

	if (first->time_ns != second->time_ns)
		return first->time_ns < second->time_ns ? -1 : 1;
	return (first->order > second->order) - (first->order < second->order);
}

static u64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

void collect_stop(struct collector *collector, struct trace *trace)
{
	collect_read(collector, trace);
	end_instances();
	tep_free(collector->tep);
	free(collector);
	trace->real_offset_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	qsort(trace->steps, trace->count, sizeof(*trace->steps), by_time);
}
