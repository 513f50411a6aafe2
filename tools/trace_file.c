// SPDX-License-Identifier: GPL-2.0
/*
 * A trace kept in a file, to be looked at in other forms later, by the same build of this program.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

#define MAGIC "twin-trace-1\n"

struct file_head {
	char magic[16];
	u64 step_bytes;
	u64 count;
	u64 real_offset_ns;
};

void trace_save(const struct trace *trace, const char *path)
{
	struct file_head head = {
		.magic = MAGIC,
		.step_bytes = sizeof(struct step),
		.count = trace->count,
		.real_offset_ns = trace->real_offset_ns,
	};
	FILE *file = fopen(path, "we");

	if (!file || fwrite(&head, sizeof(head), 1, file) != 1 ||
	    fwrite(trace->steps, sizeof(struct step), trace->count, file) != trace->count ||
	    fclose(file))
		fail("cannot write '%s': %s", path, strerror(errno));
}

void trace_load(struct trace *trace, const char *path)
{
	FILE *file = fopen(path, "re");
	struct file_head head;

	if (!file)
		fail("cannot read '%s': %s", path, strerror(errno));
	if (fread(&head, sizeof(head), 1, file) != 1 || strcmp(head.magic, MAGIC) ||
	    head.step_bytes != sizeof(struct step))
		fail("'%s' was not saved by this twin trace", path);
	trace->steps = calloc(head.count + 1, sizeof(struct step));
	if (!trace->steps)
		fail("out of memory");
	trace->count = fread(trace->steps, sizeof(struct step), head.count, file);
	trace->real_offset_ns = head.real_offset_ns;
	fclose(file);
}
