/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where records go: one JSON array at the end under -j, lines of text at once otherwise.
 */
#ifndef TWIN_OUT_H
#define TWIN_OUT_H

#include <jansson.h>
#include <netinet/in.h>

void out_add(json_t *record);
void out_finish(void);
void out_stream(json_t *record);

void json_set(json_t *object, const char *key, json_t *value);
void json_set_text(json_t *object, const char *key, const char *text);
void json_set_number(json_t *object, const char *key, json_int_t number);
void json_set_address(json_t *object, const char *key, struct in_addr addr);
json_t *json_text(const char *text);
void json_append(json_t *array, json_t *value);

#endif
