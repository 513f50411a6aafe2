// SPDX-License-Identifier: GPL-2.0
/*
 * Rows in inet_diag form as JSON.
 */
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>

#include "out.h"
#include "ss.h"

static const struct nlattr *find_attribute(const struct nlmsghdr *nlh, u16 type)
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
	const struct nlattr *protocol = find_attribute(nlh, INET_DIAG_PROTOCOL);

	if (!protocol || mnl_attr_get_u8(protocol) == IPPROTO_TCP)
		return SS_TCP;
	return mnl_attr_get_u8(protocol) == IPPROTO_UDP ? SS_UDP : SS_RAW;
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
	const struct nlattr *congestion = find_attribute(nlh, INET_DIAG_CONG);
	const struct nlattr *info = find_attribute(nlh, INET_DIAG_INFO);
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
