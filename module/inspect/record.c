// SPDX-License-Identifier: GPL-2.0
/*
 * The flight recorder's ring: written without a lock, read while it is written.
 */
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../compat/compat.h"
#include "record.h"

DEFINE_STATIC_KEY_FALSE(twin_record_used);

static struct kmem_cache *twin_recorders;

/* The one that was freed last on each CPU, for the next connection. */
static DEFINE_PER_CPU(struct twin_recorder *, twin_recorder_last);

/*
 * An object of the slab is used again without being zeroed, since zeroing two
 * kilobytes for each connection would be most of what a recorder costs.  The
 * numbers of its events continue, so that no event of an earlier owner is shown.
 */
static void twin_recorder_construct(void *object)
{
	memset(object, 0, sizeof(struct twin_recorder));
}

/**
 * twin_record_init() - get ready for recorders
 *
 * Context: Module load.
 * Return: 0 or -ENOMEM.
 */
int twin_record_init(void)
{
	twin_recorders = kmem_cache_create("twin_recorder",
					   sizeof(struct twin_recorder), 0,
					   SLAB_ACCOUNT,
					   twin_recorder_construct);
	return twin_recorders ? 0 : -ENOMEM;
}

/**
 * twin_record_exit() - the counterpart
 *
 * Context: Module unload; no socket is left.
 */
void twin_record_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (per_cpu(twin_recorder_last, cpu))
			kmem_cache_free(twin_recorders,
					per_cpu(twin_recorder_last, cpu));
	kmem_cache_destroy(twin_recorders);
}

/**
 * twin_record_use() - turn the hooks on, before the first recorder
 *
 * There is no way back: with the first recorder the hooks become tests of a
 * pointer and stay so until the module is unloaded.
 *
 * Context: Process; sleeps.
 */
void twin_record_use(void)
{
	static_branch_enable(&twin_record_used);
}

/**
 * twin_recorder_new() - an empty recorder, switched on
 * @gfp: how to allocate
 *
 * Context: Any; somebody has called twin_record_use() before.
 * Return: the recorder, the caller's; or NULL.
 */
struct twin_recorder *twin_recorder_new(gfp_t gfp)
{
	struct twin_recorder *recorder;

	recorder = twin_compat_this_cpu_xchg(twin_recorder_last, NULL);
	if (!recorder)
		recorder = kmem_cache_alloc(twin_recorders, gfp);
	if (!recorder)
		return NULL;
	recorder->first = (u32)atomic_read(&recorder->total);
	recorder->stall = TWIN_WAITING_NOTHING;
	recorder->timers = 0;
	recorder->cwnd = 0;
	recorder->iss = 0;
	recorder->irs = 0;
	recorder->segment = NULL;
	recorder->on = true;
	return recorder;
}

/**
 * twin_recorder_free() - end of a recorder
 * @recorder: its socket is gone; or NULL
 *
 * Context: Any.
 */
void twin_recorder_free(struct twin_recorder *recorder)
{
	if (!recorder)
		return;
	recorder = twin_compat_this_cpu_xchg(twin_recorder_last, recorder);
	if (recorder)
		kmem_cache_free(twin_recorders, recorder);
}

/* Copies event @number if it is there, whole. */
static bool twin_record_take(const struct twin_recorder *recorder, u32 number,
			     struct twin_record_event *event)
{
	const struct twin_record_event *place;

	place = &recorder->events[(number - 1) % TWIN_RECORD_EVENTS];
	/* pairs with the release in twin_record_add_at() */
	if (smp_load_acquire(&place->number) != number)
		return false;
	*event = *place;
	/* pairs with the smp_wmb() in twin_record_add_at() */
	smp_rmb();
	return READ_ONCE(place->number) == number;
}

/**
 * twin_record_read() - copy what a recorder holds, the oldest event first
 * @recorder: ring, which stays meanwhile
 * @record: the events and what the ring knows are filled in, the rest stays
 *
 * Times never decrease from event to event: what happens while a segment is
 * handled is recorded with the time of the segment, and another writer may have
 * recorded a later one before it.
 *
 * Context: Any.
 */
void twin_record_read(const struct twin_recorder *recorder,
		      struct twin_record *record)
{
	struct twin_record_state *state = &record->state;
	u32 last = (u32)atomic_read(&recorder->total);
	u32 total = last - recorder->first;
	u32 number = last - min_t(u32, total, TWIN_RECORD_EVENTS);
	struct twin_record_event *event = record->events;
	u64 last_ns = 0;

	BUILD_BUG_ON(sizeof(*state) != TWIN_RECORD_STATE_BYTES);
	BUILD_BUG_ON((int)TWIN_TIMERS > TWIN_RECORD_TIMERS);
	state->state_bytes = sizeof(*state);
	while (number != last) {
		if (!twin_record_take(recorder, ++number, event))
			continue;
		last_ns = max(last_ns, event->time_ns);
		event->time_ns = last_ns;
		event++->number = number - recorder->first;
	}
	state->count = event - record->events;
	memset(&record->events[state->count], 0,
	       sizeof(record->events[0]) * (TWIN_RECORD_EVENTS - state->count));
	state->now_ns = ktime_get_ns();
	state->total = total;
	state->on = READ_ONCE(recorder->on);
}
