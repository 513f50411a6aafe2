/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words of the command line and what they can mean: numbers, addresses, names of scopes.
 */
#ifndef TWIN_UTIL_H
#define TWIN_UTIL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "compiler.h"

enum {
	EXIT_RUNTIME = 1,
	EXIT_USAGE = 2,
};

/* The words not read yet; the list ends with NULL, as argv does. */
struct args {
	char **next;
};

struct prefix {
	struct in_addr addr;
	u8 len;
	/* The user wrote no "/LEN": len is 32. */
	bool len_is_implied;
};

/* A name and its number, in tables that end with a NULL name. */
struct named_value {
	const char *name;
	unsigned int value;
};

struct command {
	const char *name;
	int (*run)(struct args *args);
};

void set_command_name(const char *format, ...) __printf(1, 2);
void fail(const char *format, ...) __printf(1, 2) __noreturn;
void usage_error(const char *format, ...) __printf(1, 2) __noreturn;
void warn(const char *format, ...) __printf(1, 2);

/* Adds to a text in a buffer of so many bytes; what does not fit is left off. */
void append(char *text, size_t room, const char *format, ...) __printf(3, 4);
void make_printable(char *text);

void set_environment(const char *name, const char *value);

const char *args_peek(const struct args *args);
const char *args_take(struct args *args);
const char *args_value(struct args *args, const char *keyword);
bool args_accept(struct args *args, const char *keyword);
const char *refused_option(char **argv);

bool abbreviates(const char *word, const char *full);
const struct command *find_command(const struct command *table, const char *word);
int run_command(const char *object, const struct command *table, const char *usage,
		struct args *args);

unsigned int parse_number(const char *word, const char *what, unsigned int max);
struct in_addr parse_address(const char *word, const char *what);
struct prefix parse_prefix(const char *word);
unsigned int parse_named(const struct named_value *table, const char *word, const char *what,
			 unsigned int max);
int parse_device(const char *word);

bool prefix_contains(const struct prefix *prefix, struct in_addr addr);
bool prefix_equal(const struct prefix *a, const struct prefix *b);

/* Each of these writes into a caller's buffer that is long enough and returns it. */
#define ADDRESS_TEXT_LEN 19
#define NAME_TEXT_LEN 24
#define MAC_TEXT_LEN 97

const char *address_text(struct in_addr addr, char text[ADDRESS_TEXT_LEN]);
const char *prefix_text(const struct prefix *prefix, char text[ADDRESS_TEXT_LEN]);
const char *named_text(const struct named_value *table, unsigned int value,
		       char text[NAME_TEXT_LEN]);
const char *device_text(int ifindex, char text[NAME_TEXT_LEN]);
const char *mac_text(const u8 *mac, size_t len, char text[MAC_TEXT_LEN]);

extern const struct named_value scope_names[];
extern const struct named_value protocol_names[];

#endif
