/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words that the measuring program says to the counter (count.c) outside
 * the test machine: long no-operations whose displacement is the message. Any
 * processor runs them without effect.
 */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

#define MARK_MAGIC	0x5457494eu	/* "TWIN"; the last byte is the word */
#define MARK_WORD_MASK	0xffu
#define MARK_LENGTH	7		/* bytes of the instruction */

enum mark_word {
	MARK_ZERO = 0,	/* one binary digit of the window's number, ... */
	MARK_ONE = 1,	/* ... the highest of MARK_DIGITS first */
	MARK_BEGIN = 2,
	MARK_END = 3,
};

#define MARK_DIGITS	16

/* @word: a constant */
static inline __attribute__((always_inline)) void mark_say(unsigned int word)
{
	asm volatile(".byte 0x0f, 0x1f, 0x80\n\t.long %c0"
		     : : "i"((MARK_MAGIC & ~MARK_WORD_MASK) | word)
		     : "memory");
}

#endif
