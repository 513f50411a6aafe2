/* SPDX-License-Identifier: GPL-2.0 */
/*
 * twin ss: what the stock ss is asked, sorted into what it is given and what is decided here.
 */
#ifndef TWIN_SS_H
#define TWIN_SS_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>

#include "compiler.h"
#include "util.h"

enum ss_table { SS_TCP, SS_UDP, SS_RAW, SS_TABLES };

struct ss_request {
	/* For execvp(): everything but the tables and the namespace. */
	char **options;
	int option_count;
	char **filter;
	/* The part of the filter after the states. */
	char **expression;
	bool wants[SS_TABLES];
	bool any_table;
	bool all;
	bool listening;
	bool summary;
	/* Close what would be listed. */
	bool kill;
	/* The file that gets the rows of TCP as they are, or NULL. */
	const char *dump;
	/* The flight recorders; none of ss's business. */
	bool history;
	/* Only ss's own help or version. */
	bool about_ss;
	/* No names in place of addresses and ports. */
	bool numeric;
	/* Details that the text files do not have. */
	bool details;
	/* Attributes that are asked for only where they are shown, as by ss itself. */
	u8 extensions;
	/* Those that AF_INET's rows always have are shown. */
	bool attributes;
	/* No such attributes are needed. */
	bool bare;
	bool has_states;
	u32 states;
};

void ss_read_args(char **argv, struct ss_request *request);
u32 ss_states_of(const struct ss_request *request, enum ss_table table);

/* ss_dump.c: rows from the kernel; a handler may change them */
typedef void (*ss_row_handler)(struct nlmsghdr *nlh, void *data);
/* Rows that lie one behind the other. */
typedef void (*ss_rows_handler)(struct nlmsghdr *rows, size_t len, void *data);

struct mnl_socket *ss_open_diag(void);
void ss_read_rows(const struct ss_request *request, ss_rows_handler handler, void *data);
void ss_visit_rows(const struct ss_request *request, ss_row_handler handler, void *data);

/* ss_diag.c: rows for ss, or as JSON */
struct diag_writer {
	FILE *file;
	int fd;
};

const struct nlattr *ss_find_attribute(const struct nlmsghdr *nlh, u16 type);
void ss_begin_diag(struct diag_writer *writer);
void ss_write_row(const struct nlmsghdr *nlh, struct diag_writer *writer);
int ss_end_diag(struct diag_writer *writer);
int ss_copy_rows(const struct ss_request *request);
void ss_print_json(const struct ss_request *request);

/* ss_kill.c */
int ss_kill(const struct ss_request *request);
void ss_dump(const struct ss_request *request);

/* ss.c */
void ss_list_rows(const struct ss_request *request, int fd) __noreturn;

#endif
