// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin for QEMU: counts the instructions that the guest executes inside
 * the windows that it marks (mark.h), by block of straight code.
 *
 * arguments: out=FILE   one line per window: "window ID INSTRUCTIONS COPYING"
 *            blocks=DIR  and there a file ID per window: "ADDRESS LENGTH TIMES"
 *
 * COPYING are the steps of rep movs, one for each byte or word.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mark.h"
#include "qemu_plugin.h"

int qemu_plugin_version = 1;

struct block {
	struct block *next;
	uint64_t address;
	uint64_t length;	/* instructions */
	uint64_t times;		/* raised by the translated code itself */
	uint64_t at_begin;
	int copies;
};

#define BUCKETS	65536

static struct block *table[BUCKETS];
static FILE *out;
static const char *blocks_folder;
static unsigned int window;

static struct block *find_block(uint64_t address, uint64_t length, int copies)
{
	struct block **bucket = &table[(address ^ address >> 16) % BUCKETS];
	struct block *block;

	for (block = *bucket; block; block = block->next)
		if (block->address == address && block->length == length &&
		    block->copies == copies)
			return block;
	block = calloc(1, sizeof(*block));
	if (!block)
		abort();
	block->address = address;
	block->length = length;
	block->copies = copies;
	block->next = *bucket;
	*bucket = block;
	return block;
}

/* A step of a copy loop, with or without a size prefix. */
static int is_copying(const struct qemu_plugin_insn *insn)
{
	const uint8_t *code = qemu_plugin_insn_data(insn);
	size_t size = qemu_plugin_insn_size(insn), i;
	int repeated = 0;

	for (i = 0; i + 1 < size; i++)
		repeated |= code[i] == 0xf3;
	return repeated && size <= 3 && size >= 2 &&
	       (code[size - 1] == 0xa4 || code[size - 1] == 0xa5);
}

static void each_block(void (*act)(struct block *block))
{
	struct block *block;
	unsigned int i;

	for (i = 0; i < BUCKETS; i++)
		for (block = table[i]; block; block = block->next)
			act(block);
}

static void remember(struct block *block)
{
	block->at_begin = block->times;
}

static uint64_t instructions, copying;
static FILE *blocks;

static void add_up(struct block *block)
{
	uint64_t times = block->times - block->at_begin;

	if (!times)
		return;
	instructions += times * block->length;
	if (block->copies)
		copying += times * block->length;
	if (blocks)
		fprintf(blocks, "%llx %llu %llu\n",
			(unsigned long long)block->address,
			(unsigned long long)block->length,
			(unsigned long long)times);
}

static void open_blocks(void)
{
	char path[4096];

	if (!blocks_folder)
		return;
	snprintf(path, sizeof(path), "%s/%u", blocks_folder, window);
	blocks = fopen(path, "w");
}

static void end_window(void)
{
	instructions = 0;
	copying = 0;
	open_blocks();
	each_block(add_up);
	if (blocks)
		fclose(blocks);
	blocks = NULL;
	fprintf(out, "window %u %llu %llu\n", window,
		(unsigned long long)instructions, (unsigned long long)copying);
	fflush(out);
}

static void on_mark(unsigned int cpu, void *data)
{
	(void)cpu;
	switch ((uintptr_t)data) {
	case MARK_ZERO:
	case MARK_ONE:
		window = (window << 1 | (uintptr_t)data) & ((1u << MARK_DIGITS) - 1);
		break;
	case MARK_BEGIN:
		each_block(remember);
		break;
	case MARK_END:
		end_window();
		break;
	}
}

static void watch_marks(struct qemu_plugin_insn *insn)
{
	const uint8_t *code = qemu_plugin_insn_data(insn);
	uint32_t message;

	if (qemu_plugin_insn_size(insn) != MARK_LENGTH || code[0] != 0x0f ||
	    code[1] != 0x1f || code[2] != 0x80)
		return;
	memcpy(&message, code + 3, sizeof(message));
	if ((message & ~MARK_WORD_MASK) != (MARK_MAGIC & ~MARK_WORD_MASK))
		return;
	message &= MARK_WORD_MASK;
	qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark,
					       QEMU_PLUGIN_CB_NO_REGS,
					       (void *)(uintptr_t)message);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t length = qemu_plugin_tb_n_insns(tb), i;
	struct block *block;

	(void)id;
	block = find_block(qemu_plugin_tb_vaddr(tb), length,
			   length == 1 &&
			   is_copying(qemu_plugin_tb_get_insn(tb, 0)));
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
						 &block->times, 1);
	for (i = 0; i < length; i++)
		watch_marks(qemu_plugin_tb_get_insn(tb, i));
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
			int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
		else if (!strncmp(argv[i], "blocks=", 7))
			blocks_folder = strdup(argv[i] + 7);
	}
	if (!out) {
		fprintf(stderr, "count: out=FILE: %s\n", strerror(errno));
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
