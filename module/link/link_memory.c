// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for packets that costs little to get.
 *
 * Small packets have skbs from the list that the kernel's drivers (napi) use on
 * this CPU, and heads from a page that starts anew once all of them are free.  So
 * neither is zeroed for each packet, as slab objects are (init_on_alloc); no byte
 * leaves that was not written before.  The drivers' own heads come from 32 KiB at
 * a time: a reader that leaves one small datagram in each could hold far more
 * than it is charged for.
 *
 * Skbs that a sender keeps until they are acknowledged come from, and go back
 * to, a short list of this CPU.  Like that of the drivers' allocator it holds
 * some tens of skbs and needs no shrinker.
 */
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include "link.h"

/* Kept skbs of each CPU, with heads a little above 1 KiB each. */
#define TWIN_LINK_FCLONES_KEPT_MAX	32

/*
 * struct twin_link_fclones - skbs with a place for one clone, to be used again
 * @count: how many there are
 * @skb: they, empty
 *
 * Bottom halves are off while it is used; nobody looks at another CPU's.
 */
struct twin_link_fclones {
	unsigned int count;
	struct sk_buff *skb[TWIN_LINK_FCLONES_KEPT_MAX];
};

static DEFINE_PER_CPU(struct twin_link_fclones, twin_link_fclones);

/* The one that came back last: exchanged by one instruction, in any context. */
static DEFINE_PER_CPU(struct sk_buff *, twin_link_fclone_last);

/*
 * struct twin_link_heads - the page that this CPU's next heads come from
 * @page: page, of which one reference is ours; or NULL
 * @offset: what is given away, bytes
 *
 * Bottom halves are off while it is used.
 */
struct twin_link_heads {
	struct page *page;
	unsigned int offset;
};

static DEFINE_PER_CPU(struct twin_link_heads, twin_link_heads);

static bool twin_link_heads_refill(struct twin_link_heads *heads)
{
	if (heads->page && page_ref_count(heads->page) != 1) {
		put_page(heads->page);
		heads->page = NULL;
	}
	if (!heads->page)
		heads->page = alloc_page(GFP_NOWAIT | __GFP_NOWARN);
	heads->offset = 0;
	return heads->page;
}

static void *twin_link_head(unsigned int size)
{
	struct twin_link_heads *heads = this_cpu_ptr(&twin_link_heads);
	void *head;

	if (unlikely(size > PAGE_SIZE))
		return NULL;
	if (unlikely(!heads->page || heads->offset + size > PAGE_SIZE) &&
	    !twin_link_heads_refill(heads))
		return NULL;
	head = page_address(heads->page) + heads->offset;
	heads->offset += size;
	get_page(heads->page);
	return head;
}

/**
 * twin_link_skb_alloc() - an skb for a small packet
 * @headroom: bytes to leave in front
 * @bytes: room for data behind that
 *
 * Context: Process or softirq; never waits, and leaves the reserves alone.
 * Return: the skb, empty, or NULL: then an allocator that may try harder may help.
 */
struct sk_buff *twin_link_skb_alloc(unsigned int headroom, unsigned int bytes)
{
	unsigned int size = SKB_DATA_ALIGN(headroom + bytes) +
			    SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	bool begun = twin_link_bh_begin();
	struct sk_buff *skb = NULL;
	void *head;

	head = twin_link_head(size);
	if (likely(head)) {
		skb = napi_build_skb(head, size);
		if (likely(skb))
			skb_reserve(skb, headroom);
		else
			skb_free_frag(head);
	}
	twin_link_bh_end(begun);
	return skb;
}

/**
 * twin_link_skb_free() - an skb has done its work
 * @skb: any; a reference of the caller's
 *
 * Context: Process or softirq.
 */
void twin_link_skb_free(struct sk_buff *skb)
{
	bool begun;

	/* its sender, on this host, has the original: no list of drivers is its place */
	if (skb->fclone == SKB_FCLONE_CLONE) {
		consume_skb(skb);
		return;
	}
	/* ... or has handed it over */
	if (skb->fclone == SKB_FCLONE_ORIG) {
		if (skb_unref(skb))
			twin_link_fclone_free(skb);
		return;
	}
	begun = twin_link_bh_begin();
	napi_consume_skb(skb, 1);
	twin_link_bh_end(begun);
}

static struct sk_buff *twin_link_fclone_take(void)
{
	struct sk_buff *skb = twin_compat_this_cpu_xchg(twin_link_fclone_last, NULL);
	struct twin_link_fclones *fclones;
	bool begun;

	if (likely(skb))
		return skb;
	begun = twin_link_bh_begin();
	fclones = this_cpu_ptr(&twin_link_fclones);
	if (likely(fclones->count))
		skb = fclones->skb[--fclones->count];
	twin_link_bh_end(begun);
	return skb;
}

/**
 * twin_link_fclone_alloc() - an skb of which clones will be sent
 * @headroom: bytes to leave in front; there need be no room for data
 * @gfp: how to allocate
 *
 * Context: Process or softirq; may wait if @gfp says so.
 * Return: the skb, empty, with anything in skb->cb, or NULL.
 */
struct sk_buff *twin_link_fclone_alloc(unsigned int headroom, gfp_t gfp)
{
	struct sk_buff *skb = twin_link_fclone_take();

	if (likely(skb) && unlikely(skb_end_offset(skb) < headroom)) {
		__kfree_skb(skb);
		skb = NULL;
	}
	if (unlikely(!skb)) {
		skb = alloc_skb_fclone(headroom, gfp);
		if (unlikely(!skb))
			return NULL;
	}
	skb_reserve(skb, headroom);
	return skb;
}

/* Is nothing left of its clone, and nothing in it but page fragments? */
static bool twin_link_fclone_is_plain(struct sk_buff *skb)
{
	const struct sk_buff_fclones *pair;

	pair = container_of(skb, struct sk_buff_fclones, skb1);
	return skb->fclone == SKB_FCLONE_ORIG &&
	       refcount_read(&pair->fclone_ref) == 1 &&
	       refcount_read(&skb->users) == 1 && !skb_cloned(skb) &&
	       !skb->head_frag && !skb->pfmemalloc && !skb->pp_recycle &&
	       !skb_has_frag_list(skb) && !skb_zcopy(skb) && !skb->destructor &&
	       !skb_dst(skb) && !skb_nfct(skb);
}

/* As it was when it was allocated, but for skb->cb. */
static void twin_link_fclone_empty(struct sk_buff *skb)
{
	struct skb_shared_info *shared = skb_shinfo(skb);
	int i;

	for (i = 0; i < shared->nr_frags; i++)
		skb_frag_unref(skb, i);
	memset(shared, 0, offsetof(struct skb_shared_info, dataref));
	atomic_set(&shared->dataref, 1);
	memset(&skb->rbnode, 0, sizeof(skb->rbnode));
	skb_ext_reset(skb);
	skb->sk = NULL;
	skb->tstamp = 0;
	skb->len = 0;
	skb->data_len = 0;
	skb->data = skb->head;
	skb_reset_tail_pointer(skb);
	skb->cloned = 0;
	skb->nohdr = 0;
	skb->hdr_len = 0;
}

/**
 * twin_link_fclone_free() - an skb of twin_link_fclone_alloc() is needed no more
 * @skb: in no queue, without destructor; consumed
 *
 * Context: Process or softirq.
 */
void twin_link_fclone_free(struct sk_buff *skb)
{
	struct twin_link_fclones *fclones;
	bool begun;

	if (unlikely(!twin_link_fclone_is_plain(skb))) {
		__kfree_skb(skb);
		return;
	}
	twin_link_fclone_empty(skb);
	skb = twin_compat_this_cpu_xchg(twin_link_fclone_last, skb);
	if (!skb)
		return;
	begun = twin_link_bh_begin();
	fclones = this_cpu_ptr(&twin_link_fclones);
	if (likely(fclones->count < TWIN_LINK_FCLONES_KEPT_MAX)) {
		fclones->skb[fclones->count++] = skb;
		skb = NULL;
	}
	twin_link_bh_end(begun);
	if (unlikely(skb))
		__kfree_skb(skb);
}

/**
 * twin_link_memory_init() - nothing is kept yet
 *
 * Context: Module load.
 * Return: 0 or -ENOMEM.
 */
int twin_link_memory_init(void)
{
	return twin_link_pages_init();
}

/**
 * twin_link_memory_exit() - give back all that is kept
 *
 * Context: Module unload, no socket is left.
 */
void twin_link_memory_exit(void)
{
	struct twin_link_fclones *fclones;
	int cpu;

	twin_link_pages_exit();
	for_each_possible_cpu(cpu) {
		fclones = per_cpu_ptr(&twin_link_fclones, cpu);
		while (fclones->count)
			__kfree_skb(fclones->skb[--fclones->count]);
		if (per_cpu(twin_link_fclone_last, cpu))
			__kfree_skb(per_cpu(twin_link_fclone_last, cpu));
		if (per_cpu(twin_link_heads, cpu).page)
			put_page(per_cpu(twin_link_heads, cpu).page);
	}
}
