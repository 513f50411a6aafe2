// SPDX-License-Identifier: GPL-2.0
/*
 * A filter on addresses and ports, in words that ss and tcpdump use too. src and sport are our own
 * end, dst and dport the other one, as ss has it.
 */
#include "flow.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *word;
	bool local;
	bool remote;
	bool port_only;
} sides[] = {
	{ "host", true, true, false },	{ "src", true, false, false },
	{ "dst", false, true, false },	{ "port", true, true, true },
	{ "sport", true, false, true }, { "dport", false, true, true },
};

static u16 read_port(const char *word)
{
	if (*word == ':')
		word++;
	return parse_number(word, "port", 65535);
}

/* "ADDRESS", "ADDRESS:PORT", ":PORT" or "*:PORT" */
static void read_end(struct flow_condition *condition, const char *word)
{
	const char *colon = strchr(word, ':');
	size_t len = colon ? (size_t)(colon - word) : strlen(word);
	char addr[64];

	if (colon)
		condition->port = read_port(colon);
	if (!len || (len == 1 && *word == '*'))
		return;
	snprintf(addr, sizeof(addr), "%.*s", (int)len, word);
	condition->addr = parse_prefix(addr);
	condition->has_addr = true;
}

static const char *take_word(char ***words, const char *before)
{
	while (**words && (!strcmp(**words, "=") || !strcmp(**words, "==")))
		++*words;
	if (!**words)
		usage_error("'%s' needs an address or a port behind it", before);
	return *(*words)++;
}

static bool read_side(struct flow_condition *condition, char ***words)
{
	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		if (strcmp(**words, sides[i].word))
			continue;
		++*words;
		condition->local = sides[i].local;
		condition->remote = sides[i].remote;
		if (sides[i].port_only)
			condition->port = read_port(take_word(words, sides[i].word));
		else
			read_end(condition, take_word(words, sides[i].word));
		return true;
	}
	return false;
}

/* @words end with NULL; ends the program if they make no sense. */
void flow_filter_read(struct flow_filter *filter, char **words)
{
	struct flow_condition *condition;

	memset(filter, 0, sizeof(*filter));
	while (*words) {
		if (!strcmp(*words, "and")) {
			words++;
			continue;
		}
		if (filter->count == FLOW_CONDITIONS)
			usage_error("the filter has too many conditions");
		condition = &filter->conditions[filter->count++];
		if (read_side(condition, &words))
			continue;
		condition->local = true;
		condition->remote = true;
		read_end(condition, *words++);
	}
}

static bool end_matches(const struct flow_condition *condition, struct in_addr addr, u16 port)
{
	if (condition->has_addr && !prefix_contains(&condition->addr, addr))
		return false;
	return !condition->port || condition->port == port;
}

bool flow_filter_matches(const struct flow_filter *filter, const struct flow *flow)
{
	for (size_t i = 0; i < filter->count; i++) {
		const struct flow_condition *condition = &filter->conditions[i];

		if (condition->local && end_matches(condition, flow->laddr, flow->lport))
			continue;
		if (condition->remote && end_matches(condition, flow->raddr, flow->rport))
			continue;
		return false;
	}
	return true;
}

const char *flow_end_text(struct in_addr addr, unsigned int port, char text[FLOW_TEXT_LEN])
{
	char dotted[INET_ADDRSTRLEN];

	snprintf(text, FLOW_TEXT_LEN, "%s:%u", inet_ntop(AF_INET, &addr, dotted, sizeof(dotted)),
		 port % 65536);
	return text;
}
