// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of multicast sources: of one socket, and of all sockets together.
 */
#include <linux/bsearch.h>
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
	return list->count &&
	       bsearch(&source, list->sources, list->count,
		       sizeof(*list->sources), twin_link_addr_compare);
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

/* The sources of all members of one mode, one after the other. */
static struct twin_source_list *
twin_source_list_gather(const struct twin_igmp_group *at, bool include)
{
	const struct twin_source_list *filter;
	struct twin_source_list *all;
	const struct twin_group *member;
	unsigned int count = 0;

	list_for_each_entry(member, &at->members, member) {
		filter = twin_source_list_of(member);
		if (filter->include == include)
			count += filter->count;
	}
	all = twin_source_list_new(count);
	if (!all)
		return NULL;
	all->include = include;
	count = 0;
	list_for_each_entry(member, &at->members, member) {
		filter = twin_source_list_of(member);
		if (filter->include != include)
			continue;
		memcpy(all->sources + count, filter->sources,
		       filter->count * sizeof(*filter->sources));
		count += filter->count;
	}
	twin_source_list_order(all);
	return all;
}

/* Not wanted is what every member excludes and none includes. */
static bool twin_source_list_unwanted(const struct twin_igmp_group *at,
				      __be32 source)
{
	const struct twin_group *member;

	list_for_each_entry(member, &at->members, member)
		if (twin_source_list_passes(twin_source_list_of(member), source))
			return false;
	return true;
}

static bool twin_source_list_any_excludes(const struct twin_igmp_group *at)
{
	const struct twin_group *member;

	list_for_each_entry(member, &at->members, member)
		if (!twin_source_list_of(member)->include)
			return true;
	return false;
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
	bool exclude = twin_source_list_any_excludes(at);
	struct twin_source_list *all;
	unsigned int i, kept = 0;

	ASSERT_RTNL();
	all = twin_source_list_gather(at, !exclude);
	if (!all)
		return NULL;
	if (!exclude && all->count > TWIN_IGMP_SOURCES_MAX) {
		all->include = false;
		all->count = 0;
	}
	if (!exclude)
		return all;
	for (i = 0; i < all->count && kept < TWIN_IGMP_SOURCES_MAX; i++)
		if (twin_source_list_unwanted(at, all->sources[i]))
			all->sources[kept++] = all->sources[i];
	all->count = kept;
	return all;
}
