/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small test harness: TEST(name) { EXPECT_... } and TAP on stdout.
 *
 * Tests run in the order of the files on the link line, each in a process of
 * its own, so that a crash or a sanitizer's verdict fails that test alone.
 */
#ifndef TWIN_TAP_H
#define TWIN_TAP_H

#include "wire.h"

struct tap_test {
	const char *file;
	const char *name;
	void (*run)(void);
	struct tap_test *next;
};

void tap_register(struct tap_test *test);
void tap_fail_number(const char *file, int line, const char *what,
		     unsigned long long seen, unsigned long long wanted);
void tap_fail_bytes(const char *file, int line, const char *what,
		    const u8 *seen, const u8 *wanted, size_t bytes);

/*
 * Memory of exactly the given length, so that the address sanitizer sees the
 * first byte read behind it.  It lives until the test ends.
 */
u8 *tap_copy(const void *data, size_t bytes);
/* The same from hexadecimal digits; blanks do not count. */
u8 *tap_hex(const char *digits, unsigned int *bytes);

#define TEST(test) \
	static void test##_run(void); \
	static struct tap_test test##_entry = { \
		.file = __FILE__, .name = #test, .run = test##_run, \
	}; \
	static void __attribute__((constructor)) test##_register(void) \
	{ \
		tap_register(&test##_entry); \
	} \
	static void test##_run(void)

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define EXPECT_EQ(seen, wanted) \
	do { \
		unsigned long long seen_ = (seen), wanted_ = (wanted); \
		if (seen_ != wanted_) \
			tap_fail_number(__FILE__, __LINE__, #seen, seen_, \
					wanted_); \
	} while (0)

#define EXPECT_TRUE(condition)	EXPECT_EQ(!!(condition), 1)
#define EXPECT_FALSE(condition)	EXPECT_EQ(!!(condition), 0)

#define EXPECT_BYTES(seen, wanted, bytes) \
	do { \
		const void *seen_ = (seen), *wanted_ = (wanted); \
		size_t bytes_ = (bytes); \
		if (memcmp(seen_, wanted_, bytes_)) \
			tap_fail_bytes(__FILE__, __LINE__, #seen, seen_, \
				       wanted_, bytes_); \
	} while (0)

#endif
