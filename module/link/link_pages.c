// SPDX-License-Identifier: GPL-2.0
/*
 * Pages for data to be sent, used again once it has been read.
 *
 * Data is copied into the page fragment of the process, as for every family of
 * the kernel.  A full fragment goes, with its reference, to one of a few slots of
 * this CPU, in exchange for one that has no other reference any more: so a stream
 * whose data is soon acknowledged, or read, uses a few pages in turn that are warm
 * in the cache and need not be zeroed (init_on_alloc).
 *
 * The number of pages in the slots is bounded, and the shrinker frees them.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <net/sock.h>
#include "link.h"

/* Fragments of each CPU, 32 KiB each where the allocator has such. */
#define TWIN_LINK_PAGES_SLOTS	16

struct twin_link_pages_slot {
	struct page *page;
	u32 size;
};

/*
 * struct twin_link_pages - one CPU's slots
 * @lock: senders of this CPU, and the shrinker of any
 * @next: the slot that has to give way when all pages are in use
 * @slot: filled from the front
 */
struct twin_link_pages {
	spinlock_t lock;		/* slots */
	unsigned int next;
	struct twin_link_pages_slot slot[TWIN_LINK_PAGES_SLOTS];
};

static DEFINE_PER_CPU(struct twin_link_pages, twin_link_pages);
static struct twin_compat_shrinker twin_link_pages_shrinker;

/* Nobody else refers to it, and nobody can begin to. */
static bool twin_link_pages_free(const struct twin_link_pages_slot *slot)
{
	return slot->page && page_ref_count(slot->page) == 1;
}

/* The slot to exchange with: one that is free, or empty, or the next victim. */
static struct twin_link_pages_slot *
twin_link_pages_choose(struct twin_link_pages *pages)
{
	unsigned int i;

	for (i = 0; i < TWIN_LINK_PAGES_SLOTS; i++)
		if (!pages->slot[i].page ||
		    twin_link_pages_free(&pages->slot[i]))
			return &pages->slot[i];
	return &pages->slot[pages->next++ % TWIN_LINK_PAGES_SLOTS];
}

/* Puts a full fragment into a slot; what was there is its successor. */
static void twin_link_pages_exchange(struct page_frag *frag)
{
	struct twin_link_pages_slot full = { frag->page, frag->size }, other;
	struct twin_link_pages *pages;
	struct twin_link_pages_slot *slot;

	/* the lock protects them, whatever CPU the task is moved to meanwhile */
	pages = raw_cpu_ptr(&twin_link_pages);
	spin_lock(&pages->lock);
	slot = twin_link_pages_choose(pages);
	other = *slot;
	*slot = full;
	spin_unlock(&pages->lock);
	frag->page = NULL;
	frag->offset = 0;
	if (twin_link_pages_free(&other)) {
		frag->page = other.page;
		frag->size = other.size;
	} else if (other.page) {
		put_page(other.page);
	}
}

/* Memory of reserves, or of another node, is not worth keeping. */
static bool twin_link_pages_worth(const struct page_frag *frag)
{
	return !page_is_pfmemalloc(frag->page) &&
	       page_to_nid(frag->page) == numa_mem_id();
}

/**
 * twin_link_pages_renew() - a page fragment in the place of a full one
 * @sk: sending socket
 * @frag: fragment of the process or of the socket: full, or none yet
 *
 * Context: Process; may wait for memory as @sk's allocations do.
 * Return: false if there is no memory.
 */
bool twin_link_pages_renew(struct sock *sk, struct page_frag *frag)
{
	if (frag->page && twin_link_pages_worth(frag))
		twin_link_pages_exchange(frag);
	return sk_page_frag_refill(sk, frag);
}

static unsigned long twin_link_pages_count(struct shrinker *shrinker,
					   struct shrink_control *control)
{
	struct twin_link_pages *pages;
	unsigned long bytes = 0;
	int cpu, i;

	for_each_possible_cpu(cpu) {
		pages = per_cpu_ptr(&twin_link_pages, cpu);
		spin_lock(&pages->lock);
		for (i = 0; i < TWIN_LINK_PAGES_SLOTS; i++)
			if (twin_link_pages_free(&pages->slot[i]))
				bytes += pages->slot[i].size;
		spin_unlock(&pages->lock);
	}
	return bytes >> PAGE_SHIFT ?: SHRINK_EMPTY;
}

static struct twin_link_pages_slot
twin_link_pages_take(struct twin_link_pages *pages, unsigned int i)
{
	struct twin_link_pages_slot slot;

	spin_lock(&pages->lock);
	slot = pages->slot[i];
	pages->slot[i].page = NULL;
	spin_unlock(&pages->lock);
	return slot;
}

/* Returns how many pages of memory came free; others still refer to the rest. */
static unsigned long twin_link_pages_drain(int cpu)
{
	struct twin_link_pages *pages = per_cpu_ptr(&twin_link_pages, cpu);
	struct twin_link_pages_slot slot;
	unsigned long bytes = 0;
	unsigned int i;

	for (i = 0; i < TWIN_LINK_PAGES_SLOTS; i++) {
		slot = twin_link_pages_take(pages, i);
		if (!slot.page)
			continue;
		if (twin_link_pages_free(&slot))
			bytes += slot.size;
		put_page(slot.page);
	}
	return bytes >> PAGE_SHIFT;
}

static unsigned long twin_link_pages_scan(struct shrinker *shrinker,
					  struct shrink_control *control)
{
	unsigned long freed = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		if (freed >= control->nr_to_scan)
			break;
		freed += twin_link_pages_drain(cpu);
	}
	return freed ?: SHRINK_STOP;
}

/**
 * twin_link_pages_init() - begin to keep pages
 *
 * Context: Module load.
 * Return: 0 or -ENOMEM.
 */
int twin_link_pages_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		spin_lock_init(&per_cpu_ptr(&twin_link_pages, cpu)->lock);
	return twin_compat_shrinker_register(&twin_link_pages_shrinker,
					     "twin-pages",
					     twin_link_pages_count,
					     twin_link_pages_scan);
}

/**
 * twin_link_pages_exit() - give all kept pages back
 *
 * Context: Module unload, no socket is left.
 */
void twin_link_pages_exit(void)
{
	int cpu;

	twin_compat_shrinker_unregister(&twin_link_pages_shrinker);
	for_each_possible_cpu(cpu)
		twin_link_pages_drain(cpu);
}
