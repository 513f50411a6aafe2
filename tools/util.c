// SPDX-License-Identifier: GPL-2.0
#include "util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "family.h"
#include "link.h"

const struct named_value scope_names[] = {
	{ "global", RT_SCOPE_UNIVERSE },
	{ "site", RT_SCOPE_SITE },
	{ "link", RT_SCOPE_LINK },
	{ "host", RT_SCOPE_HOST },
	{ "nowhere", RT_SCOPE_NOWHERE },
	{ NULL, 0 }
};

const struct named_value protocol_names[] = {
	{ "unspec", RTPROT_UNSPEC },
	{ "redirect", RTPROT_REDIRECT },
	{ "kernel", RTPROT_KERNEL },
	{ "boot", RTPROT_BOOT },
	{ "static", RTPROT_STATIC },
	{ "ra", RTPROT_RA },
	{ "dhcp", RTPROT_DHCP },
	{ "bird", RTPROT_BIRD },
	{ "zebra", RTPROT_ZEBRA },
	{ NULL, 0 }
};

static char command_name[64] = "twin";

void set_command_name(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(command_name, sizeof(command_name), format, ap);
	va_end(ap);
}

void append(char *text, size_t room, const char *format, ...)
{
	size_t used = strlen(text);
	va_list ap;

	va_start(ap, format);
	vsnprintf(text + used, room - used, format, ap);
	va_end(ap);
}

/* Whoever chose the text: a terminal takes none of it for a command. */
void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static void complain(const char *format, va_list ap)
{
	fprintf(stderr, "%s: ", command_name);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
}

void fail(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(format, ap);
	va_end(ap);
	exit(EXIT_RUNTIME);
}

void usage_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(format, ap);
	va_end(ap);
	exit(EXIT_USAGE);
}

void warn(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(format, ap);
	va_end(ap);
}

void set_environment(const char *name, const char *value)
{
	if (setenv(name, value, 1))
		fail("out of memory");
}

const char *args_peek(const struct args *args)
{
	return *args->next;
}

const char *args_take(struct args *args)
{
	return *args->next ? *args->next++ : NULL;
}

const char *args_value(struct args *args, const char *keyword)
{
	const char *value = args_take(args);

	if (!value)
		usage_error("'%s' needs a value after it", keyword);
	return value;
}

bool args_accept(struct args *args, const char *keyword)
{
	if (!args_peek(args) || strcmp(args_peek(args), keyword))
		return false;
	args->next++;
	return true;
}

/*
 * What getopt_long() has just refused. Of letters in a row it says which one it was, and is not
 * past their word yet; of a long option that lacks its value, the letter that means the same.
 */
const char *refused_option(char **argv)
{
	const char *word = argv[optind - 1];
	static char letter[3] = "-";

	if (!optopt || optopt > 0xff || (!strncmp(word, "--", 2) && strchr(word, '=')))
		return word;
	letter[1] = optopt;
	return letter;
}

bool abbreviates(const char *word, const char *full)
{
	return *word && !strncmp(word, full, strlen(word));
}

/* Who does not know a command yet writes --help, whatever its grammar. */
const struct command *find_command(const struct command *table, const char *word)
{
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		word = "help";
	for (; table->name; table++)
		if (abbreviates(word, table->name))
			return table;
	return NULL;
}

/* One of the commands of an object; the one without a function shows the usage. */
int run_command(const char *object, const struct command *table, const char *usage,
		struct args *args)
{
	const char *word = args_take(args);
	const struct command *command = find_command(table, word ? word : "show");

	if (!command)
		usage_error("'%s' is unknown; see 'twin %s help'", word, object);
	set_command_name("twin %s %s", object, command->name);
	if (!command->run) {
		fputs(usage, stdout);
		return 0;
	}
	require_twin_family();
	return command->run(args);
}

unsigned int parse_number(const char *word, const char *what, unsigned int max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(word, &end, 0);
	if (errno || !*word || *word == '-' || *end || value > max)
		usage_error("'%s' is no valid %s (0 to %u)", word, what, max);
	return value;
}

struct in_addr parse_address(const char *word, const char *what)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, word, &addr) != 1)
		usage_error("'%s' is no valid %s: an IPv4 address is expected", word, what);
	return addr;
}

static unsigned int parse_prefix_length(const char *word)
{
	if (!*word)
		usage_error("a prefix length is expected after '/'");
	return parse_number(word, "prefix length", 32);
}

struct prefix parse_prefix(const char *word)
{
	struct prefix prefix = { .len = 32, .len_is_implied = true };
	const char *slash = strchr(word, '/');
	char addr[ADDRESS_TEXT_LEN];

	if (!strcmp(word, "default") || !strcmp(word, "any") || !strcmp(word, "all"))
		return (struct prefix){ .len = 0 };
	if (!slash) {
		prefix.addr = parse_address(word, "prefix");
		return prefix;
	}
	if (slash - word >= (ptrdiff_t)sizeof(addr))
		usage_error("'%s' is no valid prefix", word);
	memcpy(addr, word, slash - word);
	addr[slash - word] = '\0';
	prefix.addr = parse_address(addr, "prefix");
	prefix.len = parse_prefix_length(slash + 1);
	prefix.len_is_implied = false;
	return prefix;
}

unsigned int parse_named(const struct named_value *table, const char *word, const char *what,
			 unsigned int max)
{
	for (; table->name; table++)
		if (!strcmp(word, table->name))
			return table->value;
	if (*word < '0' || *word > '9')
		usage_error("'%s' is no known %s", word, what);
	return parse_number(word, what, max);
}

int parse_device(const char *word)
{
	unsigned int ifindex = if_nametoindex(word);

	/* the call knows short names only */
	if (!ifindex && strlen(word) >= IFNAMSIZ)
		ifindex = link_of_altname(word);

	if (!ifindex)
		fail("there is no device '%s'", word);
	return ifindex;
}

static in_addr_t prefix_mask(u8 len)
{
	return len ? htonl(UINT32_MAX << (32 - len)) : 0;
}

bool prefix_contains(const struct prefix *prefix, struct in_addr addr)
{
	return !((prefix->addr.s_addr ^ addr.s_addr) & prefix_mask(prefix->len));
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && prefix_contains(a, b->addr);
}

const char *address_text(struct in_addr addr, char text[ADDRESS_TEXT_LEN])
{
	return inet_ntop(AF_INET, &addr, text, ADDRESS_TEXT_LEN);
}

const char *prefix_text(const struct prefix *prefix, char text[ADDRESS_TEXT_LEN])
{
	char addr[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &prefix->addr, addr, sizeof(addr));
	if (!prefix->len && !prefix->addr.s_addr)
		snprintf(text, ADDRESS_TEXT_LEN, "default");
	else if (prefix->len == 32)
		snprintf(text, ADDRESS_TEXT_LEN, "%s", addr);
	else
		snprintf(text, ADDRESS_TEXT_LEN, "%s/%u", addr, prefix->len % 33);
	return text;
}

const char *named_text(const struct named_value *table, unsigned int value,
		       char text[NAME_TEXT_LEN])
{
	for (; table->name; table++) {
		if (table->value == value) {
			snprintf(text, NAME_TEXT_LEN, "%s", table->name);
			return text;
		}
	}
	snprintf(text, NAME_TEXT_LEN, "%u", value);
	return text;
}

const char *device_text(int ifindex, char text[NAME_TEXT_LEN])
{
	if (!if_indextoname(ifindex, text))
		snprintf(text, NAME_TEXT_LEN, "if%d", ifindex);
	return text;
}

const char *mac_text(const u8 *mac, size_t len, char text[MAC_TEXT_LEN])
{
	char *at = text;

	*at = '\0';
	for (size_t i = 0; i < len && i < MAC_TEXT_LEN / 3; i++)
		at += sprintf(at, i ? ":%02x" : "%02x", mac[i]);
	return text;
}
