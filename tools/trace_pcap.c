// SPDX-License-Identifier: GPL-2.0
/*
 * A pcapng file: the frames as far as the events carry them, each with the steps that led to it, or
 * that it led to, as its comment. What never saw a device is on an interface of its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

enum {
	BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6,
	OPTION_END = 0, OPTION_COMMENT = 1, OPTION_IF_NAME = 2, OPTION_IF_RESOLUTION = 9,
	LINKTYPE_ETHERNET = 1, LINKTYPE_RAW = 101,
	NANOSECONDS = 9,
	COMMENT_BYTES = 4096,
};

struct block {
	u8 bytes[8192];
	size_t len;
};

struct interface {
	const char *device;
	bool ethernet;
};

struct writer {
	FILE *file;
	const char *path;
	/* In the order in which they were described, and numbered; without a name: the stack. */
	struct interface *interfaces;
	size_t interface_count;
	char comment[COMMENT_BYTES];
	size_t comment_len;
};

static void put(struct block *block, const void *bytes, size_t len)
{
	if (len > sizeof(block->bytes) - block->len)
		fail("a block of the capture file is too long");
	memcpy(block->bytes + block->len, bytes, len);
	block->len += len;
}

static void put_padded(struct block *block, const void *bytes, size_t len)
{
	put(block, bytes, len);
	put(block, "\0\0\0", -len & 3);
}

static void put_u32(struct block *block, u32 value)
{
	put(block, &value, sizeof(value));
}

static void put_option(struct block *block, u16 code, const void *bytes, u16 len)
{
	put(block, &code, sizeof(code));
	put(block, &len, sizeof(len));
	put_padded(block, bytes, len);
}

/* Type and length in front, the length once more behind. */
static void write_block(struct writer *writer, u32 type, const struct block *body)
{
	u32 len = body->len + 12;

	if (fwrite(&type, 4, 1, writer->file) != 1 || fwrite(&len, 4, 1, writer->file) != 1 ||
	    fwrite(body->bytes, 1, body->len, writer->file) != body->len ||
	    fwrite(&len, 4, 1, writer->file) != 1)
		fail("cannot write '%s': %s", writer->path, strerror(errno));
}

static void write_section(struct writer *writer)
{
	struct block block = { .len = 0 };

	put_u32(&block, 0x1a2b3c4d);
	put_u32(&block, 1);		/* version 1.0 */
	put_u32(&block, 0xffffffff);	/* length of the section is not told */
	put_u32(&block, 0xffffffff);
	write_block(writer, BLOCK_SECTION, &block);
}

static void write_interface(struct writer *writer, const char *device, bool ethernet)
{
	const char *name = *device ? device : "inside";
	const u8 resolution = NANOSECONDS;
	struct block block = { .len = 0 };

	put_u32(&block, ethernet ? LINKTYPE_ETHERNET : LINKTYPE_RAW);
	put_u32(&block, 0);
	put_option(&block, OPTION_IF_NAME, name, strlen(name));
	put_option(&block, OPTION_IF_RESOLUTION, &resolution, 1);
	put_option(&block, OPTION_END, NULL, 0);
	write_block(writer, BLOCK_INTERFACE, &block);
}

/* Two namespaces may have devices of one name, one of them with Ethernet headers. */
static u32 interface_of(struct writer *writer, const char *device, bool ethernet)
{
	size_t i;

	for (i = 0; i < writer->interface_count; i++)
		if (!strcmp(writer->interfaces[i].device, device) &&
		    writer->interfaces[i].ethernet == ethernet)
			return i;
	write_interface(writer, device, ethernet);
	writer->interfaces = reallocarray(writer->interfaces, i + 1, sizeof(*writer->interfaces));
	if (!writer->interfaces)
		fail("out of memory");
	writer->interfaces[writer->interface_count++] = (struct interface){ device, ethernet };
	return i;
}

static void add_comment(struct writer *writer, const struct step *step,
			const struct numbers *numbers)
{
	struct line lines[LAYER_LINES];
	size_t count = step_lines(step, numbers, lines);

	for (size_t i = 0; i < count; i++) {
		size_t left = sizeof(writer->comment) - writer->comment_len;
		int len = snprintf(writer->comment + writer->comment_len, left, "%s%s %c %s",
				   writer->comment_len ? "\n" : "", layer_text(lines[i].layer),
				   lines[i].direction, lines[i].text);

		if (len > 0 && (size_t)len < left)
			writer->comment_len += len;
		writer->comment[writer->comment_len] = '\0';
	}
}

static void write_packet(struct writer *writer, const struct trace *trace, const struct step *step,
			 const struct packet *packet)
{
	bool link = step->kind == STEP_LINK_IN || step->kind == STEP_LINK_OUT;
	u32 interface = interface_of(writer, link ? step->device : "", packet->eth);
	u64 time = step->time_ns + trace->real_offset_ns;
	struct block block = { .len = 0 };

	put_u32(&block, interface);
	put_u32(&block, time >> 32);
	put_u32(&block, time);
	put_u32(&block, step->packet.byte_count);
	put_u32(&block, step->packet.len);
	put_padded(&block, step->packet.bytes, step->packet.byte_count);
	if (writer->comment_len)
		put_option(&block, OPTION_COMMENT, writer->comment, writer->comment_len);
	put_option(&block, OPTION_END, NULL, 0);
	write_block(writer, BLOCK_PACKET, &block);
	writer->comment_len = 0;
}

/* Of what passes a device the frame is written; IP's datagram only of what does not. */
static bool is_written(const struct step *step)
{
	if (step->kind == STEP_LINK_IN || step->kind == STEP_LINK_OUT)
		return true;
	return step->kind == STEP_IP_IN && !step->device[0];
}

void trace_write_pcap(const struct trace *trace, const char *path)
{
	struct writer writer = { .file = fopen(path, "we"), .path = path };
	struct numbers numbers;
	struct packet packet;

	if (!writer.file)
		fail("cannot write '%s': %s", path, strerror(errno));
	numbers_learn(&numbers, trace);
	write_section(&writer);
	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		if (!step->selected || step->kind == STEP_PROGRESS)
			continue;
		add_comment(&writer, step, &numbers);
		if (is_written(step) && packet_read(step, &packet))
			write_packet(&writer, trace, step, &packet);
	}
	if (fclose(writer.file))
		fail("cannot write '%s': %s", path, strerror(errno));
	free(numbers.sides);
	free(writer.interfaces);
}
