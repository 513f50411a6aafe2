/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder: the last events of a socket, in a ring of its own.
 *
 * Leaf header: includes no other room, so that any room may include it.  The
 * events are described in uapi/linux/twin.h.  Until the first recorder is started
 * a hook is a static branch; after that it is a test of a pointer.
 *
 * A recorder belongs to its socket: it is made by the owner or with the socket,
 * stays when it is stopped, and is freed with the socket's last reference.  It
 * is written without a lock, from any context; a reader skips events that are
 * overwritten while it reads.
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
 * @events: it; first, so that a place is found by a shift and a sum
 * @total: events of this recorder's and of those that had its memory before;
 *	their number modulo TWIN_RECORD_EVENTS is their place
 * @first: how many were theirs
 * @on: events are taken
 * @stall: last stall recorded, enum twin_record_waiting [socket lock]
 * @timers: deadlines that were set when last looked at [socket lock]
 * @cwnd: congestion window when last recorded [socket lock]
 * @iss, @irs: initial sequence numbers [socket lock]
 * @segment: event of the last segment of those that are handled or sent at the
 *	moment, for the deadlines set with it; or NULL [socket lock]
 */
struct twin_recorder {
	struct twin_record_event events[TWIN_RECORD_EVENTS];
	atomic_t total;
	u32 first;
	bool on;
	u8 stall;
	u8 timers;
	u32 cwnd;
	u32 iss;
	u32 irs;
	struct twin_record_event *segment;
};

int twin_record_init(void);
void twin_record_exit(void);
void twin_record_use(void);
struct twin_recorder *twin_recorder_new(gfp_t gfp);
void twin_recorder_free(struct twin_recorder *recorder);
void twin_record_read(const struct twin_recorder *recorder,
		      struct twin_record *record);

/* Has anybody ever wanted a recorder? */
static __always_inline bool twin_record_ever(void)
{
	return static_branch_unlikely(&twin_record_used);
}

/**
 * twin_recorded() - is what happens to a socket to be recorded?
 * @recorder: the socket's, or NULL
 *
 * Context: Any.
 * Return: true if it has a recorder that is on.
 */
static inline bool twin_recorded(const struct twin_recorder *recorder)
{
	return twin_record_ever() && recorder && READ_ONCE(recorder->on);
}

/* Where event @number is, or will be. */
static inline struct twin_record_event *
twin_record_place(struct twin_recorder *recorder, u32 number)
{
	return &recorder->events[(number - 1) % TWIN_RECORD_EVENTS];
}

/**
 * twin_record_add_at() - write one event of a time that is known
 * @recorder: ring
 * @event: what happened; the number is filled in by the recorder
 * @time_ns: when, by ktime_get_ns()
 *
 * Inlined at each place where something happens: it is done for each segment and
 * call, and is a dozen stores there.  The number is cleared before the rest is
 * written and set after it, so that a reader knows which events are complete.
 *
 * Context: Any.
 * Return: where it stands, until TWIN_RECORD_EVENTS others have come.
 */
static __always_inline struct twin_record_event *
twin_record_add_at(struct twin_recorder *recorder,
		   const struct twin_record_event *event, u64 time_ns)
{
	u32 number = (u32)atomic_inc_return(&recorder->total);
	struct twin_record_event *place = twin_record_place(recorder, number);

	/* or else the place is worked out again for each of the stores */
	OPTIMIZER_HIDE_VAR(place);
	WRITE_ONCE(place->number, 0);
	/* pairs with the smp_rmb() in twin_record_take() */
	smp_wmb();
	place->time_ns = time_ns;
	place->kind = event->kind;
	place->what = event->what;
	place->detail = event->detail;
	place->value[0] = event->value[0];
	place->value[1] = event->value[1];
	place->value[2] = event->value[2];
	place->value[3] = event->value[3];
	/* with the smp_load_acquire() there: whole, if the number is */
	smp_store_release(&place->number, number);
	return place;
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

/* Is event @number still there, and not overwritten by younger ones? */
static inline bool twin_record_holds(const struct twin_recorder *recorder,
				     u32 number)
{
	return (u32)atomic_read(&recorder->total) - number <
	       TWIN_RECORD_EVENTS;
}

/**
 * twin_record_mark() - a call begins that may send something
 * @recorder: the socket's, or NULL
 *
 * Context: Any.
 * Return: for twin_record_sent().
 */
static inline u32 twin_record_mark(const struct twin_recorder *recorder)
{
	return recorder ? (u32)atomic_read(&recorder->total) : 0;
}

/**
 * twin_record_sent() - did a call end by sending something?
 * @recorder: ring
 * @mark: twin_record_mark() at its beginning
 *
 * Context: Any.
 * Return: the last thing that happened, if it is that a segment went, or that a
 * deadline was set for it; else NULL.
 */
static __always_inline const struct twin_record_event *
twin_record_sent(struct twin_recorder *recorder, u32 mark)
{
	u32 number = (u32)atomic_read(&recorder->total);
	const struct twin_record_event *last =
		twin_record_place(recorder, number);

	if (unlikely(number == mark))
		return NULL;
	if (likely(last->kind == TWIN_RECORD_OUT))
		return last;
	return last->kind == TWIN_RECORD_TIMER_SET ? last : NULL;
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
