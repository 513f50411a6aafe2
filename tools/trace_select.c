// SPDX-License-Identifier: GPL-2.0
/*
 * Which steps belong to what was asked for: those of some connections, and what these needed of the
 * rest: routes, neighbours, drops.
 */
#include <stdlib.h>
#include <string.h>

#include "trace.h"

#define SOCKETS 4096

/* Connections and addresses that matter; growing arrays. */
struct selection {
	struct flow *flows;
	size_t flow_count;
	struct in_addr *hosts;
	size_t host_count;
	u64 sockets[SOCKETS];
	size_t socket_count;
	bool more_sockets;
};

bool flow_same(const struct flow *a, const struct flow *b)
{
	return a->laddr.s_addr == b->laddr.s_addr && a->raddr.s_addr == b->raddr.s_addr &&
	       a->lport == b->lport && a->rport == b->rport;
}

struct flow flow_reversed(const struct flow *flow)
{
	return (struct flow){
		.laddr = flow->raddr, .raddr = flow->laddr,
		.lport = flow->rport, .rport = flow->lport,
	};
}

static void *grown(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	array = realloc(array, (count ? 2 * count : 1) * size);
	if (!array)
		fail("out of memory");
	return array;
}

/* A socket that is not connected has no peer: its port alone counts then. */
static bool flow_covers(const struct flow *known, const struct flow *flow)
{
	if (known->raddr.s_addr)
		return flow_same(known, flow);
	return known->lport && known->lport == flow->lport &&
	       (!known->laddr.s_addr || known->laddr.s_addr == flow->laddr.s_addr);
}

static bool is_selected(const struct selection *selection, const struct flow *flow)
{
	struct flow reversed = flow_reversed(flow);

	for (size_t i = 0; i < selection->flow_count; i++)
		if (flow_covers(&selection->flows[i], flow) ||
		    flow_covers(&selection->flows[i], &reversed))
			return true;
	return false;
}

static void add_flow(struct selection *selection, const struct flow *flow)
{
	if (is_selected(selection, flow))
		return;
	selection->flows = grown(selection->flows, selection->flow_count, sizeof(*flow));
	selection->flows[selection->flow_count++] = *flow;
}

static bool is_host(const struct selection *selection, struct in_addr addr)
{
	for (size_t i = 0; i < selection->host_count; i++)
		if (selection->hosts[i].s_addr == addr.s_addr)
			return true;
	return false;
}

static void add_host(struct selection *selection, struct in_addr addr)
{
	if (!addr.s_addr || is_host(selection, addr))
		return;
	selection->hosts = grown(selection->hosts, selection->host_count, sizeof(addr));
	selection->hosts[selection->host_count++] = addr;
}

static void add_socket(struct selection *selection, u64 skaddr)
{
	for (size_t i = 0; i < selection->socket_count; i++)
		if (selection->sockets[i] == skaddr)
			return;
	if (selection->socket_count < SOCKETS)
		selection->sockets[selection->socket_count++] = skaddr;
	else
		selection->more_sockets = true;
}

static bool is_socket(const struct selection *selection, u64 skaddr)
{
	for (size_t i = 0; i < selection->socket_count; i++)
		if (selection->sockets[i] == skaddr)
			return true;
	return false;
}

/* Both ends of what was asked for: either may be the one that is ours. */
static bool filter_takes(const struct flow_filter *filter, const struct flow *flow)
{
	struct flow reversed = flow_reversed(flow);

	return flow_filter_matches(filter, flow) || flow_filter_matches(filter, &reversed);
}

/* "twin run" opens sockets to see whether it can, and closes them. */
static bool is_used(const struct step *step)
{
	return step->call.call != TWIN_CALL_SOCKET && step->call.call != TWIN_CALL_CLOSE;
}

static void select_calls(struct selection *selection, const struct trace *trace,
			 const struct flow_filter *filter)
{
	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		if (step->kind != STEP_CALL || !is_used(step) ||
		    !filter_takes(filter, &step->flow))
			continue;
		add_socket(selection, step->skaddr);
		if (step->flow.lport || step->flow.raddr.s_addr)
			add_flow(selection, &step->flow);
	}
}

static void select_packets(struct selection *selection, const struct trace *trace,
			   const struct flow_filter *filter)
{
	struct packet packet;

	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		if ((step->kind == STEP_IP_OUT || step->kind == STEP_IP_IN) &&
		    packet_read(step, &packet) && packet.kind != PACKET_OTHER &&
		    filter_takes(filter, &packet.flow))
			add_flow(selection, &packet.flow);
	}
}

/* A path leads to a host by another: both are asked for by ARP. */
static void select_hosts(struct selection *selection, const struct trace *trace)
{
	for (size_t i = 0; i < selection->flow_count; i++) {
		add_host(selection, selection->flows[i].laddr);
		add_host(selection, selection->flows[i].raddr);
	}
	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		if (step->kind == STEP_PATH && is_host(selection, step->route.daddr))
			add_host(selection, step->route.gateway);
	}
}

static bool packet_belongs(const struct selection *selection, const struct step *step)
{
	struct packet packet;

	if (!packet_read(step, &packet))
		return false;
	if (packet.kind == PACKET_ARP)
		return is_host(selection, packet.flow.laddr) &&
		       is_host(selection, packet.flow.raddr);
	/* errors about a connection, and fragments, have no ports */
	if (packet.kind == PACKET_ICMP || packet.fragment)
		return is_host(selection, packet.flow.laddr) &&
		       is_host(selection, packet.flow.raddr);
	return is_selected(selection, &packet.flow);
}

static bool step_belongs(const struct selection *selection, const struct step *step)
{
	switch (step->kind) {
	case STEP_ENTER:
	case STEP_CALL:
		return is_socket(selection, step->skaddr);
	case STEP_STATE:
		return is_socket(selection, step->skaddr) ||
		       (step->flow.raddr.s_addr && is_selected(selection, &step->flow));
	case STEP_TIMER:
	case STEP_PROGRESS:
		return is_selected(selection, &step->flow);
	case STEP_ROUTE:
	case STEP_PATH:
		return is_host(selection, step->route.daddr);
	case STEP_ARP_STATE:
		return is_host(selection, step->state.addr);
	case STEP_DROP:
		return step->flow.lport || step->flow.rport ?
		       is_selected(selection, &step->flow) :
		       is_host(selection, step->flow.laddr) &&
		       is_host(selection, step->flow.raddr);
	default:
		return packet_belongs(selection, step);
	}
}

/*
 * Of the steps that are selected, as all are at first, leaves those that belong to what was asked
 * for. Without a command everything that passes the filter counts, whoever's it is.
 */
void trace_select(struct trace *trace, const struct flow_filter *filter, bool has_command)
{
	struct selection selection = { 0 };

	select_calls(&selection, trace, filter);
	if (!has_command)
		select_packets(&selection, trace, filter);
	select_hosts(&selection, trace);
	for (size_t i = 0; i < trace->count; i++)
		trace->steps[i].selected &= step_belongs(&selection, &trace->steps[i]);
	if (selection.more_sockets)
		warn("there were more than %u sockets; the calls of the rest are missing", SOCKETS);
	free(selection.flows);
	free(selection.hosts);
}

static struct numbers_side *find_side(const struct numbers *numbers, const struct flow *from)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (flow_same(&numbers->sides[i].flow, from))
			return &numbers->sides[i];
	return NULL;
}

static struct numbers_side *get_side(struct numbers *numbers, const struct packet *packet)
{
	struct numbers_side *side = find_side(numbers, &packet->flow);

	if (side)
		return side;
	numbers->sides = grown(numbers->sides, numbers->count, sizeof(*side));
	side = &numbers->sides[numbers->count++];
	/* what began before the trace did counts from what is seen first */
	*side = (struct numbers_side){
		.flow = packet->flow,
		.first = packet->seq - !(packet->flags & 0x02),
		.wscale = packet->flags & 0x02 ? packet->wscale : -1,
	};
	return side;
}

void numbers_learn(struct numbers *numbers, const struct trace *trace)
{
	struct packet packet;

	memset(numbers, 0, sizeof(*numbers));
	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		if (!step->selected || (step->kind != STEP_IP_OUT && step->kind != STEP_IP_IN) ||
		    !packet_read(step, &packet) || packet.kind != PACKET_TCP)
			continue;
		get_side(numbers, &packet);
	}
}

u32 numbers_relative(const struct numbers *numbers, const struct flow *from, u32 seq)
{
	const struct numbers_side *side = find_side(numbers, from);

	return seq - (side ? side->first : 0);
}

/* A window is scaled if both have offered to do so, and never on a SYN. */
u32 numbers_window(const struct numbers *numbers, const struct packet *packet)
{
	struct flow reversed = flow_reversed(&packet->flow);
	const struct numbers_side *side = find_side(numbers, &packet->flow);
	const struct numbers_side *other = find_side(numbers, &reversed);

	if (packet->flags & 0x02 || !side || !other || side->wscale < 0 || other->wscale < 0)
		return packet->window;
	return (u32)packet->window << side->wscale;
}
