// SPDX-License-Identifier: GPL-2.0
/*
 * A library of its own, which "twin ss" puts before those of the stock ss (LD_PRELOAD): where ss
 * asks sock_diag for AF_INET's sockets, or to close one, it asks for Twin's. All else is ss's.
 */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../uapi/linux/twin.h"
#include "compiler.h"
#include "ss_ask.h"

/* Where ss asks only if no text file is named, and reads one if it is refused. */
struct table {
	int protocol;
	const char *name;
	char *file;
};

static struct table tables[] = {
	{ IPPROTO_TCP, "PROC_NET_TCP", NULL },
	{ IPPROTO_UDP, "PROC_NET_UDP", NULL },
	{ IPPROTO_RAW, "PROC_NET_RAW", NULL },
};

/* 0 where "twin ss" has not said for whom to ask. */
static int family;
static bool bare;

__attribute__((constructor)) static void start(void)
{
	const char *number = getenv(SS_ASK_FAMILY);

	/* a script that stands for ss passes its environment on */
	if (!number || strcmp(program_invocation_short_name, "ss"))
		return;
	family = atoi(number);
	bare = getenv(SS_ASK_BARE);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const char *file = getenv(tables[i].name);

		tables[i].file = file ? strdup(file) : NULL;
		unsetenv(tables[i].name);
	}
}

/* Or it would read the kernel's own. */
static void name_file(int protocol)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (tables[i].protocol == protocol && tables[i].file)
			setenv(tables[i].name, tables[i].file, 1);
}

static bool is_sock_diag(int fd)
{
	int domain = 0, protocol = 0;
	socklen_t domain_len = sizeof(domain), protocol_len = sizeof(protocol);

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_len) &&
	       !getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &protocol_len) &&
	       domain == AF_NETLINK && protocol == NETLINK_SOCK_DIAG;
}

static bool is_about_inet(const struct nlmsghdr *nlh, size_t len)
{
	const struct inet_diag_req_v2 *req = NLMSG_DATA(nlh);

	return len >= NLMSG_LENGTH(sizeof(*req)) && nlh->nlmsg_len == len &&
	       (nlh->nlmsg_type == SOCK_DIAG_BY_FAMILY || nlh->nlmsg_type == SOCK_DESTROY) &&
	       req->sdiag_family == AF_INET;
}

static size_t gather(const struct msghdr *message, char *to)
{
	size_t len = 0;

	for (size_t i = 0; i < message->msg_iovlen; i++) {
		if (to)
			memcpy(to + len, message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
		len += message->msg_iov[i].iov_len;
	}
	return len;
}

static void add_flag(struct nlmsghdr *nlh, unsigned short type)
{
	struct nlattr *attr = (void *)((char *)nlh + NLMSG_ALIGN(nlh->nlmsg_len));

	*attr = (struct nlattr){ .nla_len = NLA_HDRLEN, .nla_type = type };
	nlh->nlmsg_len = NLMSG_ALIGN(nlh->nlmsg_len) + NLA_HDRLEN;
}

/* There is room behind @nlh for two flags. Return: its length now. */
static size_t ask_twin(struct nlmsghdr *nlh)
{
	struct inet_diag_req_v2 *req = NLMSG_DATA(nlh);

	name_file(req->sdiag_protocol);
	req->sdiag_family = family;
	/* what is listed with the raw sockets */
	if (req->sdiag_protocol == IPPROTO_RAW)
		req->sdiag_protocol = IPPROTO_ICMP;
	add_flag(nlh, TWIN_DIAG_AS_INET);
	if (bare)
		add_flag(nlh, TWIN_DIAG_BARE);
	return nlh->nlmsg_len;
}

static ssize_t pass_on(int fd, const struct msghdr *message, int flags)
{
	return syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	size_t len = gather(message, NULL);
	struct msghdr changed = *message;
	struct nlmsghdr *nlh;
	struct iovec whole;
	ssize_t sent;

	if (!family || !is_sock_diag(fd))
		return pass_on(fd, message, flags);
	nlh = calloc(1, NLMSG_ALIGN(len) + 2 * NLA_HDRLEN);
	if (!nlh)
		return -1;
	gather(message, (char *)nlh);
	/* no other question is for the kernel's sockets, which might be closed by it */
	if (!is_about_inet(nlh, len)) {
		free(nlh);
		errno = EAFNOSUPPORT;
		return -1;
	}
	whole.iov_base = nlh;
	whole.iov_len = ask_twin(nlh);
	changed.msg_iov = &whole;
	changed.msg_iovlen = 1;
	sent = pass_on(fd, &changed, flags);
	free(nlh);
	return sent < 0 ? sent : (ssize_t)len;
}
