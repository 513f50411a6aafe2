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

static bool is_text(char *text, size_t room)
{
	if (!memchr(text, '\0', room))
		return false;
	make_printable(text);
	return true;
}

/* Whoever wrote the file: no number or text of a step leads out of it, or to the terminal. */
static bool is_sound(struct step *step)
{
	if ((unsigned int)step->kind >= STEP_KINDS || !is_text(step->device, sizeof(step->device)))
		return false;
	switch (step->kind) {
	case STEP_ENTER:
	case STEP_CALL:
		return is_text(step->call.comm, sizeof(step->call.comm));
	case STEP_IP_OUT:
	case STEP_IP_IN:
	case STEP_LINK_OUT:
	case STEP_LINK_IN:
		return step->packet.byte_count <= TRACE_HEADER_BYTES;
	case STEP_DROP:
		return is_text(step->drop.reason, sizeof(step->drop.reason));
	default:
		return true;
	}
}

void trace_load(struct trace *trace, const char *path)
{
	FILE *file = fopen(path, "re");
	struct file_head head;

	if (!file)
		fail("cannot read '%s': %s", path, strerror(errno));
	if (fread(&head, sizeof(head), 1, file) != 1 || memcmp(head.magic, MAGIC, sizeof(MAGIC)) ||
	    head.step_bytes != sizeof(struct step) || head.count > TRACE_MAX_STEPS)
		fail("'%s' was not saved by this twin trace", path);
	trace->steps = calloc(head.count + 1, sizeof(struct step));
	if (!trace->steps)
		fail("out of memory");
	trace->count = fread(trace->steps, sizeof(struct step), head.count, file);
	if (trace->count != head.count)
		fail("'%s' is cut short", path);
	for (size_t i = 0; i < trace->count; i++)
		if (!is_sound(&trace->steps[i]))
			fail("'%s' is damaged", path);
	trace->real_offset_ns = head.real_offset_ns;
	fclose(file);
}
