// SPDX-License-Identifier: GPL-2.0
/*
 * Events of a flight recorder in words.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

static const char *text_at(const char * const *texts, size_t count, unsigned int index)
{
	return index < count && texts[index] ? texts[index] : "?";
}

const char *tcp_state_text(unsigned int state)
{
	static const char * const texts[] = {
		[TCP_ESTABLISHED] = "ESTABLISHED", [TCP_SYN_SENT] = "SYN-SENT",
		[TCP_SYN_RECV] = "SYN-RECEIVED",   [TCP_FIN_WAIT1] = "FIN-WAIT-1",
		[TCP_FIN_WAIT2] = "FIN-WAIT-2",	   [TCP_TIME_WAIT] = "TIME-WAIT",
		[TCP_CLOSE] = "CLOSED",		   [TCP_CLOSE_WAIT] = "CLOSE-WAIT",
		[TCP_LAST_ACK] = "LAST-ACK",	   [TCP_LISTEN] = "LISTEN",
		[TCP_CLOSING] = "CLOSING",
	};

	return text_at(texts, ARRAY_SIZE(texts), state);
}

/* In the order in which people read them: SYN,ACK and not ACK,SYN. */
const char *tcp_flags_text(unsigned int flags, char text[48])
{
	static const struct named_value names[] = {
		{ "SYN", 0x02 }, { "FIN", 0x01 }, { "RST", 0x04 }, { "PSH", 0x08 },
		{ "URG", 0x20 }, { "ECE", 0x40 }, { "CWR", 0x80 }, { "ACK", 0x10 },
	};
	char *at = text;

	*text = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].value)
			at += sprintf(at, "%s%s", at == text ? "" : ",", names[i].name);
	return *text ? text : "none";
}

const char *record_timer_text(unsigned int timer)
{
	static const char * const texts[] = {
		[TWIN_TIMER_RETRANSMIT] = "retransmission", [TWIN_TIMER_LOSS_PROBE] = "loss probe",
		[TWIN_TIMER_REORDER] = "reordering",	    [TWIN_TIMER_PERSIST] = "window probe",
		[TWIN_TIMER_DELAYED_ACK] = "delayed ACK",   [TWIN_TIMER_KEEPALIVE] = "keep-alive",
		[TWIN_TIMER_FIN_WAIT_2] = "FIN-WAIT-2",	    [TWIN_TIMER_SYNACK] = "SYN+ACK",
	};

	return text_at(texts, ARRAY_SIZE(texts), timer);
}

const char *record_call_text(unsigned int call)
{
	static const char * const texts[] = {
		[TWIN_CALL_SOCKET] = "socket", [TWIN_CALL_BIND] = "bind",
		[TWIN_CALL_CONNECT] = "connect", [TWIN_CALL_LISTEN] = "listen",
		[TWIN_CALL_ACCEPT] = "accept", [TWIN_CALL_SEND] = "send",
		[TWIN_CALL_RECV] = "recv", [TWIN_CALL_SHUTDOWN] = "shutdown",
		[TWIN_CALL_CLOSE] = "close",
	};

	return text_at(texts, ARRAY_SIZE(texts), call);
}

const char *record_kind_text(unsigned int kind)
{
	static const char * const texts[] = {
		[TWIN_RECORD_IN] = "in",		 [TWIN_RECORD_OUT] = "out",
		[TWIN_RECORD_DROP] = "drop",		 [TWIN_RECORD_STATE] = "state",
		[TWIN_RECORD_TIMER_SET] = "timer-set",	 [TWIN_RECORD_TIMER_FIRED] = "timer",
		[TWIN_RECORD_WINDOW] = "window",	 [TWIN_RECORD_CWND] = "cwnd",
		[TWIN_RECORD_CALL] = "call",		 [TWIN_RECORD_STALL] = "stall",
	};

	return text_at(texts, ARRAY_SIZE(texts), kind);
}

const char *record_waiting_text(unsigned int waiting)
{
	static const char * const texts[] = {
		[TWIN_WAITING_NOTHING] = "nothing",
		[TWIN_WAITING_HANDSHAKE] = "the peer's answer in the handshake",
		[TWIN_WAITING_CONNECTION] = "a connection",
		[TWIN_WAITING_ACCEPT] = "the application, which does not accept() what waits",
		[TWIN_WAITING_WINDOW] = "room in the peer's window",
		[TWIN_WAITING_CWND] = "room in the congestion window",
		[TWIN_WAITING_NAGLE] = "the ACK of a small segment (Nagle; TCP_NODELAY ends that)",
		[TWIN_WAITING_CORK] = "more data (TCP_CORK or MSG_MORE)",
		[TWIN_WAITING_PACE] = "its time to send (pacing)",
		[TWIN_WAITING_DEVICE] = "the device's queue",
		[TWIN_WAITING_ACK] = "an ACK; all is sent",
		[TWIN_WAITING_LOST] = "an ACK that is late; it sends again",
		[TWIN_WAITING_READER] = "the application, which does not read what is here",
		[TWIN_WAITING_CLOSE] = "the application, which does not close after the peer has",
		[TWIN_WAITING_PEER_CLOSE] = "the peer, which does not close after we have",
		[TWIN_WAITING_ANYBODY] = "the application or the peer; nothing is under way",
	};

	return text_at(texts, ARRAY_SIZE(texts), waiting);
}

#define NETSTAT "/proc/net/twin/netstat"
#define DROP_PREFIX "TwinDrop:"
#define SEPARATORS "\n "

/* The names stand in the file in the order of their numbers; read once. */
const char *drop_reason_text(unsigned int reason)
{
	static char *names[256];
	static size_t count;
	char *line = NULL, *rest, *name;
	size_t room = 0;
	FILE *file = count ? NULL : fopen(NETSTAT, "re");

	while (file && !count && getline(&line, &room, file) > 0) {
		if (strncmp(line, DROP_PREFIX, strlen(DROP_PREFIX)))
			continue;
		name = strtok_r(line + strlen(DROP_PREFIX), SEPARATORS, &rest);
		for (; name && count < ARRAY_SIZE(names); name = strtok_r(NULL, SEPARATORS, &rest))
			names[count++] = strdup(name);
	}
	free(line);
	if (file)
		fclose(file);
	return text_at((const char * const *)names, count, reason);
}

static const char *congestion_text(unsigned int state)
{
	static const char * const texts[] = { "open", "disorder", "CWR", "recovery", "loss" };

	return text_at(texts, ARRAY_SIZE(texts), state);
}

/* The deadlines that were set with a segment, and how long the first is. */
static void deadlines_text(const struct twin_record_event *event, char text[RECORD_TEXT_LEN])
{
	unsigned int timers = event->detail >> TWIN_RECORD_SET_SHIFT;
	const char *before = "; sets ";

	for (unsigned int timer = 0; timer < TWIN_TIMERS; timer++) {
		if (!(timers & (1U << timer)))
			continue;
		append(text, RECORD_TEXT_LEN, "%s%s", before, record_timer_text(timer));
		if (*before == ';')
			append(text, RECORD_TEXT_LEN, " in %u ms", event->value[3] >> 16);
		before = ", ";
	}
}

/* Relative numbers count from the initial ones, which are 0. */
static void segment_text(const struct twin_record_state *state,
			 const struct twin_record_event *event, char text[RECORD_TEXT_LEN])
{
	bool out = event->kind == TWIN_RECORD_OUT;
	u32 seq = event->value[0] - (out ? state->iss : state->irs);
	u32 ack = event->value[1] - (out ? state->irs : state->iss);
	unsigned int shift = out ? state->rcv_wscale : state->snd_wscale;
	char flags[48];

	if (event->what & 0x02)
		shift = 0;
	snprintf(text, RECORD_TEXT_LEN, "%s seq %u", tcp_flags_text(event->what, flags), seq);
	if (event->what & 0x10)
		append(text, RECORD_TEXT_LEN, " ack %u", ack);
	append(text, RECORD_TEXT_LEN, ", %u bytes, window %u%s", event->value[2],
	       (event->value[3] & 0xffff) << shift,
	       event->detail & TWIN_RECORD_AGAIN ? ", again" : "");
	deadlines_text(event, text);
}

static void datagram_text(const struct twin_record_event *event, char text[RECORD_TEXT_LEN])
{
	struct in_addr peer = { event->value[0] };

	snprintf(text, RECORD_TEXT_LEN, "%s %s:%u, %u bytes",
		 event->kind == TWIN_RECORD_OUT ? "to" : "from", inet_ntoa(peer), event->value[1],
		 event->value[2]);
}

static void call_text(const struct twin_record_event *event, char text[RECORD_TEXT_LEN])
{
	int result = event->value[1];

	if (result < 0 && result > -4096)
		snprintf(text, RECORD_TEXT_LEN, "%s(%u) = %s", record_call_text(event->what),
			 event->value[0], strerrorname_np(-result) ?: "?");
	else
		snprintf(text, RECORD_TEXT_LEN, "%s(%u) = %d", record_call_text(event->what),
			 event->value[0], result);
}

const char *record_event_text(const struct twin_record *record,
			      const struct twin_record_event *event, char text[RECORD_TEXT_LEN])
{
	const u32 *value = event->value;

	*text = '\0';
	switch (event->kind) {
	case TWIN_RECORD_IN:
	case TWIN_RECORD_OUT:
		if (record->state.protocol == IPPROTO_TCP)
			segment_text(&record->state, event, text);
		else
			datagram_text(event, text);
		break;
	case TWIN_RECORD_DROP:
		snprintf(text, RECORD_TEXT_LEN, "%s", drop_reason_text(event->detail));
		if (record->state.protocol == IPPROTO_TCP)
			append(text, RECORD_TEXT_LEN, ", seq %u to %u",
			       value[0] - record->state.irs, value[1] - record->state.irs);
		break;
	case TWIN_RECORD_STATE:
		snprintf(text, RECORD_TEXT_LEN, "%s, was %s", tcp_state_text(event->what),
			 tcp_state_text(event->detail));
		break;
	case TWIN_RECORD_TIMER_SET:
		snprintf(text, RECORD_TEXT_LEN, "%s, in %u ms", record_timer_text(event->what),
			 value[0]);
		break;
	case TWIN_RECORD_TIMER_FIRED:
		snprintf(text, RECORD_TEXT_LEN, "%s, back-off %u, time-outs in a row %u",
			 record_timer_text(event->what), value[0], value[1]);
		break;
	case TWIN_RECORD_WINDOW:
		snprintf(text, RECORD_TEXT_LEN, "the peer's is %u bytes, was %u", value[1],
			 value[0]);
		break;
	case TWIN_RECORD_CWND:
		snprintf(text, RECORD_TEXT_LEN, "%u, was %u; ssthresh %u, under way %u, %s",
			 value[1], value[0], value[2], value[3], congestion_text(event->what));
		break;
	case TWIN_RECORD_CALL:
		call_text(event, text);
		break;
	case TWIN_RECORD_STALL:
		snprintf(text, RECORD_TEXT_LEN, "%u bytes wait for %s", value[0],
			 record_waiting_text(event->what));
		break;
	}
	return text;
}
