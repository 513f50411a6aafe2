// SPDX-License-Identifier: GPL-2.0
/*
 * Rows in inet_diag form, as a file for ss or as JSON. ss replays such a file whole, whatever
 * states and tables it was asked for, so only those rows are put there that belong to the question.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "out.h"
#include "ss.h"

const struct nlattr *ss_find_attribute(const struct nlmsghdr *nlh, u16 type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct inet_diag_msg))
		if (mnl_attr_get_type(attr) == type && mnl_attr_get_payload_len(attr))
			return attr;
	return NULL;
}

/* ss reads the same attribute in the same way: none means TCP. */
static enum ss_table table_of(const struct nlmsghdr *nlh)
{
	const struct nlattr *protocol = ss_find_attribute(nlh, INET_DIAG_PROTOCOL);

	if (!protocol || mnl_attr_get_u8(protocol) == IPPROTO_TCP)
		return SS_TCP;
	return mnl_attr_get_u8(protocol) == IPPROTO_UDP ? SS_UDP : SS_RAW;
}

static void __noreturn fail_to_copy(void)
{
	fail("cannot copy the list of sockets: %s", strerror(errno));
}

/* Begins a file of rows in memory. */
void ss_begin_diag(struct diag_writer *writer)
{
	/* many sockets, few writes; one file at a time */
	static char buffer[65536];

	writer->fd = memfd_create("twin-diag", 0);
	writer->file = writer->fd < 0 ? NULL : fdopen(dup(writer->fd), "w");
	if (!writer->file)
		fail_to_copy();
	setvbuf(writer->file, buffer, _IOFBF, sizeof(buffer));
}

void ss_write_row(const struct nlmsghdr *nlh, struct diag_writer *writer)
{
	size_t len = MNL_ALIGN(nlh->nlmsg_len);

	if (fwrite(nlh, 1, len, writer->file) != len)
		fail_to_copy();
}

/* Return: a descriptor, open across exec. */
int ss_end_diag(struct diag_writer *writer)
{
	const struct nlmsghdr done = { .nlmsg_len = sizeof(done), .nlmsg_type = NLMSG_DONE };

	ss_write_row(&done, writer);
	if (fclose(writer->file))
		fail_to_copy();
	return writer->fd;
}

/* As they came, without a copy of each. */
static void add_rows(struct nlmsghdr *rows, size_t len, void *data)
{
	struct diag_writer *writer = data;

	if (fwrite(rows, 1, len, writer->file) != len)
		fail_to_copy();
}

/* Return: a descriptor, open across exec, of the rows that were asked for. */
int ss_copy_rows(const struct ss_request *request)
{
	struct diag_writer writer;

	ss_begin_diag(&writer);
	/* rows come by the datagram, which needs no gathering */
	setvbuf(writer.file, NULL, _IONBF, 0);
	ss_read_rows(request, add_rows, &writer);
	return ss_end_diag(&writer);
}

static const char *state_text(unsigned int state)
{
	static const char * const names[] = {
		[TCP_ESTABLISHED] = "ESTAB",   [TCP_SYN_SENT] = "SYN-SENT",
		[TCP_SYN_RECV] = "SYN-RECV",   [TCP_FIN_WAIT1] = "FIN-WAIT-1",
		[TCP_FIN_WAIT2] = "FIN-WAIT-2", [TCP_TIME_WAIT] = "TIME-WAIT",
		[TCP_CLOSE] = "UNCONN",        [TCP_CLOSE_WAIT] = "CLOSE-WAIT",
		[TCP_LAST_ACK] = "LAST-ACK",   [TCP_LISTEN] = "LISTEN",
		[TCP_CLOSING] = "CLOSING",
	};

	if (state < ARRAY_SIZE(names) && names[state])
		return names[state];
	return "UNKNOWN";
}

static json_t *tcp_info_json(const struct nlattr *attr)
{
	struct tcp_info info = { 0 };
	json_t *object = json_object();
	size_t len = mnl_attr_get_payload_len(attr);

	memcpy(&info, mnl_attr_get_payload(attr), len < sizeof(info) ? len : sizeof(info));
	json_set_number(object, "rto_us", info.tcpi_rto);
	json_set_number(object, "rtt_us", info.tcpi_rtt);
	json_set_number(object, "rttvar_us", info.tcpi_rttvar);
	json_set_number(object, "ato_us", info.tcpi_ato);
	json_set_number(object, "snd_mss", info.tcpi_snd_mss);
	json_set_number(object, "rcv_mss", info.tcpi_rcv_mss);
	json_set_number(object, "pmtu", info.tcpi_pmtu);
	json_set_number(object, "cwnd", info.tcpi_snd_cwnd);
	json_set_number(object, "ssthresh", info.tcpi_snd_ssthresh);
	json_set_number(object, "unacked", info.tcpi_unacked);
	json_set_number(object, "retransmits", info.tcpi_retransmits);
	json_set_number(object, "total_retrans", info.tcpi_total_retrans);
	json_set_number(object, "backoff", info.tcpi_backoff);
	json_set_number(object, "rcv_space", info.tcpi_rcv_space);
	return object;
}

static void add_row_json(struct nlmsghdr *nlh, void *data)
{
	static const char * const table_names[SS_TABLES] = { "tcp", "udp", "raw" };
	const struct inet_diag_msg *row = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *congestion = ss_find_attribute(nlh, INET_DIAG_CONG);
	const struct nlattr *info = ss_find_attribute(nlh, INET_DIAG_INFO);
	json_t *object = json_object();

	(void)data;
	json_set_text(object, "netid", table_names[table_of(nlh)]);
	json_set_text(object, "state", state_text(row->idiag_state));
	json_set_number(object, "recv_q", row->idiag_rqueue);
	json_set_number(object, "send_q", row->idiag_wqueue);
	json_set_address(object, "local", (struct in_addr){ row->id.idiag_src[0] });
	json_set_number(object, "local_port", ntohs(row->id.idiag_sport));
	json_set_address(object, "peer", (struct in_addr){ row->id.idiag_dst[0] });
	json_set_number(object, "peer_port", ntohs(row->id.idiag_dport));
	json_set_number(object, "ifindex", row->id.idiag_if);
	json_set_number(object, "uid", row->idiag_uid);
	json_set_number(object, "inode", row->idiag_inode);
	if (congestion)
		json_set_text(object, "congestion", mnl_attr_get_str(congestion));
	if (info)
		json_set(object, "tcp_info", tcp_info_json(info));
	out_add(object);
}

void ss_print_json(const struct ss_request *request)
{
	ss_visit_rows(request, add_row_json, NULL);
	out_finish();
}
