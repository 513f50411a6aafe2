// SPDX-License-Identifier: GPL-2.0
/*
 * twin ss --history: the flight recorders of the namespace's sockets, by sock_diag.
 */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "flow.h"
#include "out.h"
#include "record.h"

struct history {
	struct flow_filter filter;
	size_t shown;
};

static void flow_of(const struct inet_diag_msg *row, struct flow *flow)
{
	flow->laddr.s_addr = row->id.idiag_src[0];
	flow->raddr.s_addr = row->id.idiag_dst[0];
	flow->lport = ntohs(row->id.idiag_sport);
	flow->rport = ntohs(row->id.idiag_dport);
}

static void print_title(const struct flow *flow, const struct twin_record_state *state)
{
	char local[FLOW_TEXT_LEN], remote[FLOW_TEXT_LEN];

	flow_end_text(flow->laddr, flow->lport, local);
	flow_end_text(flow->raddr, flow->rport, remote);
	printf("%s %s -> %s", state->protocol == IPPROTO_TCP ? "tcp" :
	       state->protocol == IPPROTO_UDP ? "udp" : "icmp", local, remote);
	if (state->protocol == IPPROTO_TCP)
		printf(" %s, waits for %s", tcp_state_text(state->state),
		       record_waiting_text(state->waiting));
	printf("%s\n", state->on ? "" : " (recorder stopped)");
}

static void print_numbers(const struct twin_record_state *state)
{
	if (state->protocol != IPPROTO_TCP || state->state == TCP_LISTEN)
		return;
	printf("    to send %u bytes, under way %u; the peer's window %u, cwnd %u of %u bytes\n",
	       state->write_seq - state->snd_nxt, state->snd_nxt - state->snd_una, state->snd_wnd,
	       state->cwnd, state->mss);
	printf("    to read %u bytes, our window %u; rtt %.3f ms, rto %.3f ms, time-outs %u\n",
	       state->rcv_nxt - state->copied_seq, state->rcv_wnd, state->srtt_us / 1000.0,
	       state->rto_us / 1000.0, state->retransmits);
	for (unsigned int timer = 0; timer < TWIN_TIMERS; timer++)
		if (state->timers_set & (1U << timer))
			printf("    timer: %s in %u ms\n", record_timer_text(timer),
			       state->timer_ms[timer]);
}

static void print_record(const struct flow *flow, const struct twin_record *record)
{
	char text[RECORD_TEXT_LEN];

	print_title(flow, &record->state);
	print_numbers(&record->state);
	for (u32 i = 0; i < record->state.count; i++) {
		const struct twin_record_event *event = &record->events[i];
		double ago = (double)(record->state.now_ns - event->time_ns) / 1e9;

		printf("  %12.6f  %-9s %s\n", -ago, record_kind_text(event->kind),
		       record_event_text(record, event, text));
	}
}

static json_t *event_json(const struct twin_record *record, const struct twin_record_event *event)
{
	json_t *object = json_object();
	json_t *values = json_array();
	char text[RECORD_TEXT_LEN];

	json_set_number(object, "time_ns", event->time_ns);
	json_set_number(object, "number", event->number);
	json_set_text(object, "kind", record_kind_text(event->kind));
	json_set_number(object, "what", event->what);
	json_set_number(object, "detail", event->detail);
	for (size_t i = 0; i < ARRAY_SIZE(event->value); i++)
		json_append(values, json_integer(event->value[i]));
	json_set(object, "value", values);
	json_set_text(object, "text", record_event_text(record, event, text));
	return object;
}

static void add_state_json(json_t *object, const struct twin_record_state *state)
{
	const struct {
		const char *name;
		u32 value;
	} numbers[] = {
		{ "total", state->total },	   { "retransmits", state->retransmits },
		{ "backoff", state->backoff },	   { "probes", state->probes },
		{ "iss", state->iss },		   { "irs", state->irs },
		{ "snd_una", state->snd_una },	   { "snd_nxt", state->snd_nxt },
		{ "write_seq", state->write_seq }, { "snd_wnd", state->snd_wnd },
		{ "rcv_nxt", state->rcv_nxt },	   { "copied_seq", state->copied_seq },
		{ "rcv_wnd", state->rcv_wnd },	   { "cwnd", state->cwnd },
		{ "ssthresh", state->ssthresh },   { "in_flight", state->in_flight },
		{ "srtt_us", state->srtt_us },	   { "rto_us", state->rto_us },
		{ "mss", state->mss },
	};

	json_set_number(object, "now_ns", state->now_ns);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		json_set_number(object, numbers[i].name, numbers[i].value);
}

static void add_record_json(const struct flow *flow, const struct twin_record *record)
{
	json_t *object = json_object();
	json_t *events = json_array();

	json_set_address(object, "laddr", flow->laddr);
	json_set_number(object, "lport", flow->lport);
	json_set_address(object, "raddr", flow->raddr);
	json_set_number(object, "rport", flow->rport);
	json_set_number(object, "protocol", record->state.protocol);
	json_set_text(object, "state", tcp_state_text(record->state.state));
	json_set_text(object, "waiting", record_waiting_text(record->state.waiting));
	json_set_number(object, "waiting_number", record->state.waiting);
	add_state_json(object, &record->state);
	for (u32 i = 0; i < record->state.count; i++)
		json_append(events, event_json(record, &record->events[i]));
	json_set(object, "events", events);
	out_add(object);
}

static bool read_record(const struct nlattr *attr, struct twin_record *record)
{
	size_t len = mnl_attr_get_payload_len(attr);

	if (len < sizeof(record->state))
		return false;
	memset(record, 0, sizeof(*record));
	memcpy(record, mnl_attr_get_payload(attr), len < sizeof(*record) ? len : sizeof(*record));
	if (record->state.count > TWIN_RECORD_EVENTS)
		record->state.count = TWIN_RECORD_EVENTS;
	return true;
}

static void show_row(struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *row = mnl_nlmsg_get_payload(nlh);
	struct history *history = data;
	static struct twin_record record;
	const struct nlattr *attr;
	struct flow flow;

	flow_of(row, &flow);
	if (!flow_filter_matches(&history->filter, &flow))
		return;
	mnl_attr_for_each(attr, nlh, sizeof(*row)) {
		if (mnl_attr_get_type(attr) != TWIN_DIAG_RECORD || !read_record(attr, &record))
			continue;
		history->shown++;
		if (cli.json)
			add_record_json(&flow, &record);
		else
			print_record(&flow, &record);
	}
}

int ss_show_history(const struct ss_request *request)
{
	struct history history = { 0 };

	flow_filter_read(&history.filter, request->expression);
	ss_visit_rows(request, show_row, &history);
	if (cli.json)
		out_finish();
	else if (!history.shown)
		warn("no such socket has a recorder; twin(7) tells how to start one");
	return 0;
}
