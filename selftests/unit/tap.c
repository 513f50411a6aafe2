// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the tests that TEST() has registered and prints TAP.
 *
 * usage: unit [PATTERN]	only tests whose "file: name" matches the glob
 */
#include <fnmatch.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tap.h"

#define TAP_CPU_SECONDS		60
#define TAP_FAILURES_SHOWN	10

static struct tap_test *tap_tests;
static struct tap_test **tap_last = &tap_tests;
static unsigned int tap_failures;

/* What a test leaves behind goes with its process. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

void tap_register(struct tap_test *test)
{
	*tap_last = test;
	tap_last = &test->next;
}

static bool tap_fail(const char *file, int line, const char *what)
{
	if (++tap_failures > TAP_FAILURES_SHOWN)
		return false;
	printf("# %s:%d: %s", file, line, what);
	return true;
}

void tap_fail_number(const char *file, int line, const char *what,
		     unsigned long long seen, unsigned long long wanted)
{
	if (tap_fail(file, line, what))
		printf(" is %llu (0x%llx), not %llu (0x%llx)\n", seen, seen,
		       wanted, wanted);
}

static void tap_print_bytes(const char *label, const u8 *data, size_t bytes)
{
	size_t i;

	printf("#   %s", label);
	for (i = 0; i < bytes; i++)
		printf(" %02x", data[i]);
	printf("\n");
}

void tap_fail_bytes(const char *file, int line, const char *what,
		    const u8 *seen, const u8 *wanted, size_t bytes)
{
	if (!tap_fail(file, line, what))
		return;
	printf(" has other bytes\n");
	tap_print_bytes("seen  ", seen, bytes);
	tap_print_bytes("wanted", wanted, bytes);
}

u8 *tap_copy(const void *data, size_t bytes)
{
	u8 *copy = malloc(bytes);

	if (!copy)
		abort();
	memcpy(copy, data, bytes);
	return copy;
}

u8 *tap_hex(const char *digits, unsigned int *bytes)
{
	u8 *data = malloc(strlen(digits) / 2);
	unsigned int count = 0, value;
	int used;

	if (!data)
		abort();
	while (sscanf(digits, " %2x%n", &value, &used) == 1) {
		data[count++] = (u8)value;
		digits += used;
	}
	*bytes = count;
	return realloc(data, count);
}

static bool tap_passes(const struct tap_test *test)
{
	const struct rlimit limit = { TAP_CPU_SECONDS, TAP_CPU_SECONDS };
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		setrlimit(RLIMIT_CPU, &limit);
		test->run();
		exit(tap_failures ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return false;
	if (WIFSIGNALED(status))
		printf("# killed by signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

/* "wire_ipv4: short header is refused", out of file and function name */
static void tap_title(const struct tap_test *test, char *title, size_t bytes)
{
	char path[256], *c;

	snprintf(path, sizeof(path), "%s", test->file);
	snprintf(title, bytes, "%s: %s", basename(path), test->name);
	c = strstr(title, "_test.c: ");
	if (c)
		memmove(c, c + strlen("_test.c"), strlen(c + strlen("_test.c")) + 1);
	for (c = strchr(title, ':'); *c; c++)
		if (*c == '_')
			*c = ' ';
}

int main(int argc, char **argv)
{
	const char *pattern = argc > 1 ? argv[1] : "*";
	unsigned int number = 0, failed = 0;
	const struct tap_test *test;
	char title[256];

	printf("TAP version 13\n");
	for (test = tap_tests; test; test = test->next) {
		tap_title(test, title, sizeof(title));
		if (fnmatch(pattern, title, 0))
			continue;
		if (tap_passes(test)) {
			printf("ok %u %s\n", ++number, title);
			continue;
		}
		printf("not ok %u %s\n", ++number, title);
		failed++;
	}
	printf("1..%u\n", number);
	return failed || !number ? EXIT_FAILURE : EXIT_SUCCESS;
}
