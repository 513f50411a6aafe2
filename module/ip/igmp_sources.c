// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of multicast sources: of one socket, and of all sockets together.
 */
#include <linux/bsearch.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include "igmp.h"
#include "multicast.h"

/* A list to be filled in, or NULL without memory. */
static struct twin_source_list *twin_source_list_new(unsigned int count)
{
	struct twin_source_list *list;

	list = kzalloc(struct_size(list, sources, count), GFP_KERNEL_ACCOUNT);
	if (list)
		list->count = count;
	return list;
}

/* Sorts, and drops what is there twice. */
static void twin_source_list_order(struct twin_source_list *list)
{
	unsigned int i, kept = 0;

	sort(list->sources, list->count, sizeof(*list->sources),
	     twin_link_addr_compare, NULL);
	for (i = 0; i < list->count; i++)
		if (!kept || list->sources[kept - 1] != list->sources[i])
			list->sources[kept++] = list->sources[i];
	list->count = kept;
}

/**
 * twin_source_list_make() - a list of given sources
 * @include: filter mode
 * @sources: in any order
 * @count: how many
 *
 * Context: Process.
 * Return: the list, or NULL without memory.
 */
struct twin_source_list *twin_source_list_make(bool include,
					       const __be32 *sources,
					       unsigned int count)
{
	struct twin_source_list *list = twin_source_list_new(count);

	if (!list)
		return NULL;
	list->include = include;
	memcpy(list->sources, sources, count * sizeof(*sources));
	twin_source_list_order(list);
	return list;
}

static bool twin_source_list_among(__be32 source, const __be32 *sources,
				   unsigned int count)
{
	return count && bsearch(&source, sources, count, sizeof(*sources),
				twin_link_addr_compare);
}

/**
 * twin_source_list_has() - is a source in a list?
 * @list: list
 * @source: address
 *
 * Context: Any.
 * Return: true if so.
 */
bool twin_source_list_has(const struct twin_source_list *list, __be32 source)
{
	return twin_source_list_among(source, list->sources, list->count);
}

/**
 * twin_source_list_passes() - does a filter let a source through?
 * @list: filter
 * @source: address
 *
 * RFC: 3376 section 3.1
 * Context: Any.
 * Return: true if so.
 */
bool twin_source_list_passes(const struct twin_source_list *list, __be32 source)
{
	return list->include == twin_source_list_has(list, source);
}

/**
 * twin_source_list_edit() - a list with one source more or less
 * @old: list; stays as it is
 * @source: address, which is in it or not as @add wants
 * @add: add it, else remove it
 *
 * Context: Process.
 * Return: the new list, or NULL without memory.
 */
struct twin_source_list *twin_source_list_edit(const struct twin_source_list *old,
					       __be32 source, bool add)
{
	struct twin_source_list *list;
	unsigned int i, kept = 0;

	list = twin_source_list_new(old->count + add);
	if (!list)
		return NULL;
	list->include = old->include;
	for (i = 0; i < old->count; i++)
		if (old->sources[i] != source)
			list->sources[kept++] = old->sources[i];
	if (add)
		list->sources[kept++] = source;
	list->count = kept;
	twin_source_list_order(list);
	return list;
}

static const struct twin_source_list *
twin_source_list_of(const struct twin_group *member)
{
	return rtnl_dereference(member->filter);
}

/*
 * struct twin_source_sums - what the filters of a group's members come to
 * @excluders: members that want all but their sources
 * @excluded: sources of these, together
 * @included: sources of the others, together
 */
struct twin_source_sums {
	unsigned int excluders;
	unsigned int excluded;
	unsigned int included;
};

/*
 * Each member adds a source or ends the walk, so that it is short however many
 * there are.  Return: false if everything is wanted, or too much to tell apart.
 */
static bool twin_source_list_add_up(const struct twin_igmp_group *at,
				    struct twin_source_sums *sums)
{
	const struct twin_source_list *filter;
	const struct twin_group *member;

	memset(sums, 0, sizeof(*sums));
	list_for_each_entry(member, &at->members, member) {
		filter = twin_source_list_of(member);
		if (filter->include) {
			sums->included += filter->count;
		} else {
			if (!filter->count)
				return false;
			sums->excluded += filter->count;
			sums->excluders++;
		}
		if (sums->included + sums->excluded > TWIN_IGMP_MERGE_MAX)
			return false;
	}
	return true;
}

/* The sources of all members of one mode, ascending, each as often as named. */
static void twin_source_list_gather(const struct twin_igmp_group *at,
				    bool include, __be32 *sources)
{
	const struct twin_source_list *filter;
	const struct twin_group *member;
	unsigned int count = 0;

	list_for_each_entry(member, &at->members, member) {
		filter = twin_source_list_of(member);
		if (filter->include != include)
			continue;
		memcpy(sources + count, filter->sources,
		       filter->count * sizeof(*filter->sources));
		count += filter->count;
	}
	sort(sources, count, sizeof(*sources), twin_link_addr_compare, NULL);
	cond_resched();
}

/* Keeps one of each source that is there so many times.  Return: how many. */
static unsigned int twin_source_list_named(__be32 *sources, unsigned int count,
					   unsigned int times)
{
	unsigned int i, run = 0, kept = 0;

	for (i = 0; i < count; i++) {
		run = i && sources[i] == sources[i - 1] ? run + 1 : 1;
		if (run == times)
			sources[kept++] = sources[i];
	}
	return kept;
}

/* Keeps those of @sources that are not in @others.  Return: how many. */
static unsigned int twin_source_list_without(__be32 *sources,
					     unsigned int count,
					     const __be32 *others,
					     unsigned int other_count)
{
	unsigned int i, kept = 0;

	for (i = 0; i < count; i++)
		if (!twin_source_list_among(sources[i], others, other_count))
			sources[kept++] = sources[i];
	return kept;
}

/* Not wanted is what every member excludes and none includes. */
static struct twin_source_list *
twin_source_list_unwanted(const struct twin_igmp_group *at, __be32 *room,
			  const struct twin_source_sums *sums)
{
	__be32 *included = room + sums->excluded;
	unsigned int count;

	twin_source_list_gather(at, false, room);
	twin_source_list_gather(at, true, included);
	count = twin_source_list_named(room, sums->excluded, sums->excluders);
	count = twin_source_list_without(room, count, included, sums->included);
	return twin_source_list_make(false, room,
				     min_t(unsigned int, count,
					   TWIN_IGMP_SOURCES_MAX));
}

static struct twin_source_list *
twin_source_list_wanted(const struct twin_igmp_group *at, __be32 *room,
			const struct twin_source_sums *sums)
{
	unsigned int count;

	twin_source_list_gather(at, true, room);
	count = twin_source_list_named(room, sums->included, 1);
	return count > TWIN_IGMP_SOURCES_MAX ?
		twin_source_list_make(false, NULL, 0) :
		twin_source_list_make(true, room, count);
}

/**
 * twin_source_list_merge() - what the members of a group want together
 * @at: group
 *
 * A list that would be too long becomes "everything": sockets still get only
 * what they want.
 *
 * RFC: 3376 section 3.2
 * Context: Process, RTNL held.
 * Return: the filter (include nothing, where there is no member), or NULL
 * without memory.
 */
struct twin_source_list *twin_source_list_merge(struct twin_igmp_group *at)
{
	struct twin_source_list *merged;
	struct twin_source_sums sums;
	__be32 *room;

	ASSERT_RTNL();
	if (!twin_source_list_add_up(at, &sums))
		return twin_source_list_make(false, NULL, 0);
	room = kvmalloc_array(max(sums.excluded + sums.included, 1U),
			      sizeof(*room), GFP_KERNEL);
	if (!room)
		return NULL;
	merged = sums.excluders ? twin_source_list_unwanted(at, room, &sums) :
				  twin_source_list_wanted(at, room, &sums);
	kvfree(room);
	return merged;
}
