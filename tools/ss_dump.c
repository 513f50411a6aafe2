// SPDX-License-Identifier: GPL-2.0
/*
 * Twin's sockets from the kernel, for what is not shown by ss. States and tables are chosen there.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>

#include "family.h"
#include "record.h"
#include "ss.h"

static const u8 table_protocols[] = {
	[SS_TCP] = IPPROTO_TCP, [SS_UDP] = IPPROTO_UDP, [SS_RAW] = IPPROTO_ICMP,
};

struct visit {
	ss_row_handler handler;
	void *data;
};

static void ask(struct mnl_socket *nl, const struct ss_request *request, enum ss_table table)
{
	char buffer[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *req;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = table + 1;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = twin_family();
	req->sdiag_protocol = table_protocols[table];
	req->idiag_states = ss_states_of(request, table);
	req->idiag_ext = request->extensions;
	mnl_attr_put(nlh, TWIN_DIAG_AS_INET, 0, NULL);
	if (request->history)
		mnl_attr_put(nlh, TWIN_DIAG_RECORD, 0, NULL);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		fail("cannot ask for sockets: %s", strerror(errno));
}

/* Return: what a message says of the end of the list: 0, an errno, or -1 if nothing. */
static int end_of_list(const struct nlmsghdr *nlh)
{
	const int *error = mnl_nlmsg_get_payload(nlh);
	bool has_error = nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(*error));

	switch (nlh->nlmsg_type) {
	case NLMSG_DONE:
		return has_error ? -*error : 0;
	case NLMSG_ERROR:
		return has_error ? -*error : EBADMSG;
	default:
		return -1;
	}
}

/* Calls the handler for each row in @rows. Return: as end_of_list(). */
static int visit_rows(struct nlmsghdr *rows, size_t len, const struct visit *visit)
{
	struct nlmsghdr *nlh = rows;
	int left = len;
	int end = -1;

	for (; end < 0 && NLMSG_OK(nlh, left); nlh = NLMSG_NEXT(nlh, left)) {
		end = end_of_list(nlh);
		if (end < 0 && nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
			visit->handler(nlh, visit->data);
	}
	return end;
}

static void read_table(struct mnl_socket *nl, const struct visit *visit)
{
	static union {
		struct nlmsghdr first;
		char bytes[65536];
	} buffer;
	ssize_t len;
	int end;

	do {
		len = mnl_socket_recvfrom(nl, &buffer, sizeof(buffer));
		end = len < 0 ? errno : visit_rows(&buffer.first, len, visit);
	} while (end < 0);
	if (end > 0)
		fail("cannot read the list of sockets: %s", strerror(end));
}

static struct mnl_socket *open_diag(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		fail("cannot ask for sockets: %s", strerror(errno));
	return nl;
}

/* Calls @handler for each row that was asked for. */
void ss_visit_rows(const struct ss_request *request, ss_row_handler handler, void *data)
{
	struct visit visit = { .handler = handler, .data = data };
	struct mnl_socket *nl = open_diag();

	for (int table = 0; table < SS_TABLES; table++) {
		if (!request->wants[table])
			continue;
		ask(nl, request, table);
		read_table(nl, &visit);
	}
	mnl_socket_close(nl);
}
