// SPDX-License-Identifier: GPL-2.0
/*
 * Twin's sockets from the kernel, in the form in which ss reads its own from a file: states and
 * tables are chosen in the kernel, details are asked for only where they are shown.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <string.h>

#include "family.h"
#include "record.h"
#include "ss.h"

static const u8 table_protocols[] = {
	[SS_TCP] = IPPROTO_TCP, [SS_UDP] = IPPROTO_UDP, [SS_RAW] = IPPROTO_ICMP,
};

struct dump {
	const struct ss_request *request;
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
	if (request->history)
		mnl_attr_put(nlh, TWIN_DIAG_RECORD, 0, NULL);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		fail("cannot ask for sockets: %s", strerror(errno));
}

static int handle_row(const struct nlmsghdr *nlh, void *data)
{
	const struct dump *dump = data;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(struct inet_diag_msg))
		dump->handler((struct nlmsghdr *)nlh, dump->data);
	return MNL_CB_OK;
}

static void dump_table(struct mnl_socket *nl, struct dump *dump, enum ss_table table)
{
	static char buffer[65536];
	int len;

	ask(nl, dump->request, table);
	do {
		len = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));
		if (len >= 0)
			len = mnl_cb_run(buffer, len, table + 1, mnl_socket_get_portid(nl),
					 handle_row, dump);
	} while (len > MNL_CB_STOP);
	if (len < 0)
		fail("cannot read the list of sockets: %s", strerror(errno));
}

struct mnl_socket *ss_open_diag(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		fail("cannot ask for sockets: %s", strerror(errno));
	return nl;
}

/* Calls @handler for each row that was asked for; it may change the row. */
void ss_visit_rows(const struct ss_request *request, ss_row_handler handler, void *data)
{
	struct dump dump = { .request = request, .handler = handler, .data = data };
	struct mnl_socket *nl = ss_open_diag();

	for (int table = 0; table < SS_TABLES; table++)
		if (request->wants[table])
			dump_table(nl, &dump, table);
	mnl_socket_close(nl);
}
