/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Internet checksum (RFC 1071) of headers, and its incremental update
 * (RFC 1624).
 *
 * Sums are taken over words as they lie in memory: the folded result, written
 * back the same way, is right on either byte order (RFC 1071 section 2 (B)).
 * Payload is summed by the caller with the kernel's own csum functions.
 */
#ifndef TWIN_WIRE_CSUM_H
#define TWIN_WIRE_CSUM_H

#include "wire.h"

/* One 32-bit word of memory, to be added to a sum. */
static inline u32 twin_wire_csum_load32(const u8 *p)
{
	u32 word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/**
 * twin_wire_csum_fold() - fold a sum of 32-bit words to 16 bits
 * @sum: plain sum, carries included
 *
 * Adding a word to its own halves swapped leaves the end-around-carry sum of
 * both halves in the upper one: no test, no loop.
 *
 * RFC: 1071 section 2 (C)
 * Context: Any.
 * Return: the sum, not complemented, in memory order; 0xffff over data that
 * contains its own correct checksum.
 */
static inline u16 twin_wire_csum_fold(u64 sum)
{
	u32 half;

	sum += sum << 32 | sum >> 32;
	half = (u32)(sum >> 32);
	half += half << 16 | half >> 16;
	return (u16)(half >> 16);
}

/**
 * twin_wire_csum_finish() - make a checksum field of a folded sum
 * @folded: what twin_wire_csum_fold() gave
 *
 * RFC: 1071 section 1
 * Context: Any.
 * Return: the value to store.
 */
static inline __sum16 twin_wire_csum_finish(u16 folded)
{
	return (__force __sum16)(u16)~folded;
}

/**
 * twin_wire_csum_words() - sum of whole 32-bit words
 * @data: first byte, at any alignment
 * @bytes: length, a multiple of 4; however many words, their sum fits 64 bits
 *
 * RFC: 1071 section 2
 * Context: Any.
 * Return: plain sum for twin_wire_csum_fold().
 */
static inline u64 twin_wire_csum_words(const u8 *data, unsigned int bytes)
{
	u64 sum = 0;

	for (; bytes; bytes -= 4, data += 4)
		sum += twin_wire_csum_load32(data);
	return sum;
}

/**
 * twin_wire_csum16() - Internet checksum of a run of bytes
 * @data: first byte, at any alignment
 * @bytes: length, any; an odd one counts as if a zero byte followed
 *
 * RFC: 1071 section 4.1
 * Context: Any.
 * Return: the checksum to store, or 0 if @data holds its own correct one.
 */
static inline __sum16 twin_wire_csum16(const void *data, unsigned int bytes)
{
	unsigned int whole = bytes & ~3u;
	u64 sum = twin_wire_csum_words(data, whole);
	u32 rest = 0;

	memcpy(&rest, (const u8 *)data + whole, bytes & 3);
	return twin_wire_csum_finish(twin_wire_csum_fold(sum + rest));
}

/**
 * twin_wire_csum_replace16() - checksum after a 16-bit field has changed
 * @check: checksum as stored
 * @from: old value of the field, in network order
 * @to: new value
 *
 * HC' = ~(~HC + ~m + m'), which unlike RFC 1141's form never yields the wrong
 * zero.
 *
 * RFC: 1624 section 3, equation 3
 * Context: Any.
 * Return: the new checksum to store.
 */
static inline __sum16 twin_wire_csum_replace16(__sum16 check, __be16 from,
					       __be16 to)
{
	u64 sum = (u16)~(__force u16)check;

	sum += (u16)~(__force u16)from;
	sum += (__force u16)to;
	return twin_wire_csum_finish(twin_wire_csum_fold(sum));
}

#endif
