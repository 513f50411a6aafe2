/* SPDX-License-Identifier: GPL-2.0 */
/*
 * twin ss --history: what a socket's flight recorder holds, in words.
 *
 *   history.c      asks the kernel for the recorders, and prints them
 *   record_text.c  one event, one state as text
 */
#ifndef TWIN_TOOL_RECORD_H
#define TWIN_TOOL_RECORD_H

#include "../uapi/linux/twin.h"
#include "ss.h"

#define RECORD_TEXT_LEN 224

const char *tcp_state_text(unsigned int state);
const char *tcp_flags_text(unsigned int flags, char text[48]);
const char *record_timer_text(unsigned int timer);
const char *record_call_text(unsigned int call);
const char *record_kind_text(unsigned int kind);
const char *record_waiting_text(unsigned int waiting);
const char *record_event_text(const struct twin_record *record,
			      const struct twin_record_event *event, char text[RECORD_TEXT_LEN]);
const char *drop_reason_text(unsigned int reason);

int ss_show_history(const struct ss_request *request);

#endif
