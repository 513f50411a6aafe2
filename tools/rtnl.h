/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rtnetlink through libmnl: build a request, have it acknowledged, ask for one thing or a table.
 *
 * Failures end the program with the kernel's own explanation (extack) where it gives one.
 */
#ifndef TWIN_RTNL_H
#define TWIN_RTNL_H

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "compiler.h"

#define NL_REQUEST_BYTES 1024
#define NL_MAX_ATTR 64

struct nl_request {
	struct nlmsghdr *nlh;
	char bytes[NL_REQUEST_BYTES] __aligned(8);
};

/* The attributes of one message by type; the pointers live as long as the message. */
struct nl_attrs {
	const struct nlattr *by_type[NL_MAX_ATTR];
};

typedef void (*nl_handler)(const struct nlmsghdr *nlh, void *data);

void *nl_prepare(struct nl_request *request, u16 type, u16 flags, size_t header_size);
void nl_apply(struct nl_request *request);
bool nl_delete(struct nl_request *request);
int nl_try(struct nl_request *request);
void nl_fail(int error) __noreturn;
int nl_try_ask(struct nl_request *request, nl_handler handler, void *data);
void nl_ask(struct nl_request *request, nl_handler handler, void *data);
void nl_dump(struct nl_request *request, u8 family, nl_handler handler, void *data);
void nl_listen(const unsigned int *groups, u8 family, nl_handler handler, void *data);

void nl_parse(const struct nlmsghdr *nlh, size_t header_size, struct nl_attrs *attrs);
u32 nl_u32(const struct nl_attrs *attrs, unsigned int type);
struct in_addr nl_addr(const struct nl_attrs *attrs, unsigned int type);

#endif
