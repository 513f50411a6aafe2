// SPDX-License-Identifier: GPL-2.0
#include "out.h"

#include <stdio.h>

#include "cli.h"
#include "util.h"

static json_t *records;

static size_t dump_flags(void)
{
	return cli.pretty ? JSON_INDENT(4) : JSON_COMPACT;
}

static void dump(const json_t *json)
{
	if (json_dumpf(json, stdout, dump_flags()) || putchar('\n') == EOF)
		fail("cannot write the output");
}

/* Takes over the caller's reference. */
void out_add(json_t *record)
{
	if (!records)
		records = json_array();
	json_append(records, record);
}

/* An empty list is an answer too: [] as ip(8) prints it. */
void out_finish(void)
{
	if (!cli.json)
		return;
	if (!records)
		records = json_array();
	dump(records);
	json_decref(records);
	records = NULL;
}

/* One object per line at once, for output that has no end. Takes over the reference. */
void out_stream(json_t *record)
{
	dump(record);
	fflush(stdout);
	json_decref(record);
}

void json_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		fail("out of memory");
}

/* A name need not be UTF-8, as JSON must be. */
json_t *json_text(const char *text)
{
	json_t *string = json_string(text);
	char clean[256];
	size_t len = 0;

	if (string)
		return string;
	for (; *text && len < sizeof(clean) - 1; text++)
		clean[len++] = *text & 0x80 ? '?' : *text;
	clean[len] = '\0';
	return json_string(clean);
}

void json_set_text(json_t *object, const char *key, const char *text)
{
	json_set(object, key, json_text(text));
}

void json_set_number(json_t *object, const char *key, json_int_t number)
{
	json_set(object, key, json_integer(number));
}

void json_set_address(json_t *object, const char *key, struct in_addr addr)
{
	char text[ADDRESS_TEXT_LEN];

	json_set_text(object, key, address_text(addr, text));
}

void json_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		fail("out of memory");
}
