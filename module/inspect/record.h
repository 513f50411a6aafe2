/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder: the last events of a socket, in a ring of its own.
 *
 * Scalar hook of the inspect room: any room may include this.  What the events
 * are is told in uapi/linux/twin.h.  As long as nobody has ever started a
 * recorder a hook is a static branch; after that it is a test of a pointer.
 *
 * A recorder belongs to its socket: it is made by the owner or with the socket,
 * stays when it is stopped, and is freed with the socket's last reference.  It
 * is written without a lock, from any context; a reader passes over the events
 * that are overwritten under its feet.
 */
#ifndef TWIN_RECORD_H
#define TWIN_RECORD_H

#include <linux/jump_label.h>
#include <linux/ktime.h>
#include <linux/types.h>
#include "../../uapi/linux/twin.h"

DECLARE_STATIC_KEY_FALSE(twin_record_used);

/*
 * struct twin_recorder - the ring
 * @total: events ever; their number modulo TWIN_RECORD_EVENTS is their place
 * @on: events are taken
 * @stall: last stall recorded, enum twin_record_waiting [socket lock]
 * @cwnd: congestion window when last recorded [socket lock]
 * @window: peer's window when last recorded [socket lock]
 * @iss, @irs: initial sequence numbers [socket lock]
 * @last_ns: time of the last event; times never go back
 * @events: the ring
 */
struct twin_recorder {
	atomic_t total;
	bool on;
	u8 stall;
	u32 cwnd;
	u32 window;
	u32 iss;
	u32 irs;
	u64 last_ns;
	struct twin_record_event events[TWIN_RECORD_EVENTS];
};

int twin_record_init(void);
void twin_record_exit(void);
void twin_record_use(void);
struct twin_recorder *twin_recorder_new(gfp_t gfp);
void twin_recorder_free(struct twin_recorder *recorder);
void twin_record_write(struct twin_recorder *recorder, u64 time_ns, u32 what,
		       u64 first, u64 second);
void twin_record_read(const struct twin_recorder *recorder,
		      struct twin_record *record);

/**
 * twin_recorded() - is what happens to a socket to be recorded?
 * @recorder: the socket's, or NULL
 *
 * Context: Any.
 * Return: true if it has a recorder that is on.
 */
static inline bool twin_recorded(const struct twin_recorder *recorder)
{
	return static_branch_unlikely(&twin_record_used) && recorder &&
	       READ_ONCE(recorder->on);
}

/* kind, what and detail of an event in one word */
static __always_inline u32
twin_record_what(const struct twin_record_event *event)
{
	return event->kind | (u32)event->what << 8 | (u32)event->detail << 16;
}

/**
 * twin_record_add_at() - write one event of a time that is known
 * @recorder: ring
 * @event: what happened; the number is filled in by the recorder
 * @time_ns: when, by ktime_get_ns()
 *
 * Context: Any.
 */
static __always_inline void
twin_record_add_at(struct twin_recorder *recorder,
		   const struct twin_record_event *event, u64 time_ns)
{
	twin_record_write(recorder, time_ns, twin_record_what(event),
			  event->value[0] | (u64)event->value[1] << 32,
			  event->value[2] | (u64)event->value[3] << 32);
}

/**
 * twin_record_add() - write one event that happens now
 * @recorder: ring
 * @event: what happened; time and number are filled in by the recorder
 *
 * Context: Any.
 */
static __always_inline void
twin_record_add(struct twin_recorder *recorder,
		const struct twin_record_event *event)
{
	twin_record_add_at(recorder, event, ktime_get_ns());
}

/**
 * twin_record_drop() - a segment of a known socket was dropped
 * @recorder: the socket's, or NULL
 * @reason: enum twin_drop_reason
 * @seq: its sequence number, 0 if it has none
 * @end_seq: the one behind its last
 *
 * Context: Any.
 */
static inline void twin_record_drop(struct twin_recorder *recorder,
				    unsigned int reason, u32 seq, u32 end_seq)
{
	if (twin_recorded(recorder))
		twin_record_add(recorder, &(struct twin_record_event){
			.kind = TWIN_RECORD_DROP,
			.detail = reason,
			.value = { seq, end_seq },
		});
}

#endif
