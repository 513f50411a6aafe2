// SPDX-License-Identifier: GPL-2.0
/*
 * Counters as text: snmp, netstat and sockstat, as nstat and ss read them.
 */
#include <linux/seq_file.h>
#include <net/tcp_states.h>
#include "inspect.h"
#include "mib.h"

/* What the MIB-II group of TCP says of the retransmission timer (RFC 1213) */
#define TWIN_PROC_RTO_ALGORITHM	"1"	/* other */
#define TWIN_PROC_RTO_MIN_MS	"200"
#define TWIN_PROC_RTO_MAX_MS	"120000"
#define TWIN_PROC_MAX_CONN	"-1"	/* no fixed limit */

#define TWIN_PROC_TEXT(name, text) text,

static const char *const twin_proc_ip[] = { TWIN_MIB_IP(TWIN_PROC_TEXT) };
static const char *const twin_proc_icmp[] = { TWIN_MIB_ICMP(TWIN_PROC_TEXT) };
static const char *const twin_proc_tcp[] = { TWIN_MIB_TCP(TWIN_PROC_TEXT) };
static const char *const twin_proc_udp[] = { TWIN_MIB_UDP(TWIN_PROC_TEXT) };
static const char *const twin_proc_tcpext[] = {
	TWIN_MIB_TCPEXT(TWIN_PROC_TEXT)
};

static const char *const twin_proc_ipext[] = { TWIN_MIB_IPEXT(TWIN_PROC_TEXT) };
static const char *const twin_proc_arp[] = { TWIN_MIB_ARP(TWIN_PROC_TEXT) };

/*
 * struct twin_proc_group - one pair of lines
 * @prefix: what both lines start with
 * @fixed_names: columns before the counters, each with a leading blank
 * @fixed_values: what stands in them; NULL where that is known at run time only
 * @names: of the counters
 * @count: how many
 * @first: number of the first
 */
struct twin_proc_group {
	const char *prefix;
	const char *fixed_names;
	const char *fixed_values;
	const char *const *names;
	unsigned int count;
	enum twin_mib_item first;
};

static const struct twin_proc_group twin_proc_snmp_ip = {
	.prefix = "Ip",
	.fixed_names = " Forwarding DefaultTTL",
	.names = twin_proc_ip,
	.count = ARRAY_SIZE(twin_proc_ip),
	.first = TWIN_MIB_IP_IN_RECEIVES,
};

static const struct twin_proc_group twin_proc_snmp_groups[] = {
	{
		.prefix = "Icmp",
		.names = twin_proc_icmp,
		.count = ARRAY_SIZE(twin_proc_icmp),
		.first = TWIN_MIB_ICMP_IN_MSGS,
	}, {
		.prefix = "Tcp",
		.fixed_names = " RtoAlgorithm RtoMin RtoMax MaxConn",
		.fixed_values = " " TWIN_PROC_RTO_ALGORITHM
				" " TWIN_PROC_RTO_MIN_MS
				" " TWIN_PROC_RTO_MAX_MS
				" " TWIN_PROC_MAX_CONN,
		.names = twin_proc_tcp,
		.count = ARRAY_SIZE(twin_proc_tcp),
		.first = TWIN_MIB_TCP_ACTIVE_OPENS,
	}, {
		.prefix = "Udp",
		.names = twin_proc_udp,
		.count = ARRAY_SIZE(twin_proc_udp),
		.first = TWIN_MIB_UDP_IN_DATAGRAMS,
	},
};

static const struct twin_proc_group twin_proc_netstat_groups[] = {
	{
		.prefix = "TcpExt",
		.names = twin_proc_tcpext,
		.count = ARRAY_SIZE(twin_proc_tcpext),
		.first = TWIN_MIB_TCPEXT_SYNCOOKIES_SENT,
	}, {
		.prefix = "IpExt",
		.names = twin_proc_ipext,
		.count = ARRAY_SIZE(twin_proc_ipext),
		.first = TWIN_MIB_IPEXT_IN_NO_ROUTES,
	}, {
		.prefix = "TwinArp",
		.names = twin_proc_arp,
		.count = ARRAY_SIZE(twin_proc_arp),
		.first = TWIN_MIB_ARP_IN_REQUESTS,
	},
};

static void twin_proc_group_show(struct seq_file *m, const struct twin_net *tn,
				 const struct twin_proc_group *group,
				 const char *fixed_values)
{
	unsigned int i;

	seq_printf(m, "%s:%s", group->prefix, group->fixed_names ?: "");
	for (i = 0; i < group->count; i++)
		seq_printf(m, " %s", group->names[i]);
	seq_printf(m, "\n%s:%s", group->prefix, fixed_values ?: "");
	for (i = 0; i < group->count; i++)
		seq_printf(m, " %lu", twin_mib_sum(tn, group->first + i));
	seq_putc(m, '\n');
}

static void twin_proc_drops_show(struct seq_file *m, const struct twin_net *tn)
{
	unsigned int i;

	seq_puts(m, "TwinDrop:");
	for (i = 0; i < TWIN_DROP_COUNT; i++)
		seq_printf(m, " %s", twin_drop_text(i));
	seq_puts(m, "\nTwinDrop:");
	for (i = 0; i < TWIN_DROP_COUNT; i++)
		seq_printf(m, " %lu", twin_mib_sum(tn, TWIN_MIB_DROPS + i));
	seq_putc(m, '\n');
}

/**
 * twin_proc_snmp_show() - /proc/net/twin/snmp
 * @m: output
 * @v: not used
 *
 * RFC: 1213 (ipForwarding is 1 for a router and 2 for a host)
 * Context: Process; sleeps.
 * Return: 0.
 */
int twin_proc_snmp_show(struct seq_file *m, void *v)
{
	const struct twin_net *tn = twin_pernet(seq_file_single_net(m));
	char ip_values[32];
	unsigned int i;

	snprintf(ip_values, sizeof(ip_values), " %d %d",
		 READ_ONCE(tn->conf.ip_forward) ? 1 : 2,
		 READ_ONCE(tn->conf.ip_default_ttl));
	twin_proc_group_show(m, tn, &twin_proc_snmp_ip, ip_values);
	for (i = 0; i < ARRAY_SIZE(twin_proc_snmp_groups); i++)
		twin_proc_group_show(m, tn, &twin_proc_snmp_groups[i],
				     twin_proc_snmp_groups[i].fixed_values);
	return 0;
}

/**
 * twin_proc_netstat_show() - /proc/net/twin/netstat
 * @m: output
 * @v: not used
 *
 * Context: Process; sleeps.
 * Return: 0.
 */
int twin_proc_netstat_show(struct seq_file *m, void *v)
{
	const struct twin_net *tn = twin_pernet(seq_file_single_net(m));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(twin_proc_netstat_groups); i++)
		twin_proc_group_show(m, tn, &twin_proc_netstat_groups[i], NULL);
	twin_proc_drops_show(m, tn);
	return 0;
}

/**
 * twin_proc_sockstat_show() - /proc/net/twin/sockstat
 * @m: output
 * @v: not used
 *
 * As in AF_INET's the memory is that of all namespaces.
 *
 * Context: Process; sleeps.
 * Return: 0.
 */
int twin_proc_sockstat_show(struct seq_file *m, void *v)
{
	const struct twin_net *tn = twin_pernet(seq_file_single_net(m));
	struct twin_view_usage tcp, udp, ping;

	twin_tcp_usage(tn, &tcp);
	twin_udp_usage(tn, &udp);
	twin_ping_usage(tn, &ping);
	seq_printf(m, "sockets: used %u\n",
		   tcp.allocated + udp.allocated + ping.allocated);
	seq_printf(m, "TCP: inuse %u orphan %u tw %u alloc %u mem %lu\n",
		   tcp.in_use, tcp.orphans, tcp.timewait, tcp.allocated,
		   tcp.memory_pages);
	seq_printf(m, "UDP: inuse %u mem %lu\n", udp.in_use, udp.memory_pages);
	seq_printf(m, "RAW: inuse %u\n", ping.in_use);
	return 0;
}
