/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzz targets share.  Each target is one fuzz_one(), which libFuzzer
 * (the Makefile gives it the name that libFuzzer wants) or driver.c calls.
 */
#ifndef TWIN_FUZZ_H
#define TWIN_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include "wire.h"

int fuzz_one(const u8 *data, size_t bytes);

/* A statement that holds for every input; the fuzzer reports the abort. */
#define FUZZ_HOLDS(statement) \
	do { \
		if (!(statement)) { \
			fprintf(stderr, "%s:%d: does not hold: %s\n", \
				__FILE__, __LINE__, #statement); \
			abort(); \
		} \
	} while (0)

/* Memory of exactly this length, so that a byte read behind it is found. */
static inline u8 *fuzz_copy(const void *data, size_t bytes)
{
	u8 *copy = malloc(bytes);

	FUZZ_HOLDS(copy);
	memcpy(copy, data, bytes);
	return copy;
}

#endif
