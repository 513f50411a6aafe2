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

/*
 * struct twin_proc_usage - what the sockets of one transport add up to
 * @in_use: sockets with a port
 * @orphans: closed by their program, not by the protocol yet
 * @timewait: in TIME-WAIT
 * @allocated: full sockets
 * @memory_bytes: charged for data that waits
 */
struct twin_proc_usage {
	unsigned int in_use;
	unsigned int orphans;
	unsigned int timewait;
	unsigned int allocated;
	u64 memory_bytes;
};

static int twin_proc_usage_add(const struct twin_sock_view *view, void *arg)
{
	struct twin_proc_usage *usage = arg;

	if (view->kind == TWIN_VIEW_TIMEWAIT)
		usage->timewait++;
	if (view->kind != TWIN_VIEW_SOCKET)
		return 0;
	usage->allocated++;
	if (view->lport)
		usage->in_use++;
	if (!view->inode)
		usage->orphans++;
	usage->memory_bytes += view->meminfo[SK_MEMINFO_RMEM_ALLOC];
	usage->memory_bytes += view->meminfo[SK_MEMINFO_WMEM_QUEUED];
	usage->memory_bytes += view->meminfo[SK_MEMINFO_FWD_ALLOC];
	return 0;
}

static void twin_proc_usage_count(struct twin_net *tn, twin_view_walk_fn walk,
				  struct twin_proc_usage *usage)
{
	static const struct twin_view_wish wish = {
		.states = TWIN_VIEW_ALL_STATES,
	};
	unsigned int bucket = 0;
	unsigned int index = 0;

	memset(usage, 0, sizeof(*usage));
	walk(tn, &wish, &bucket, &index, twin_proc_usage_add, usage);
}

static unsigned long twin_proc_usage_pages(const struct twin_proc_usage *usage)
{
	return DIV_ROUND_UP_ULL(usage->memory_bytes, PAGE_SIZE);
}

/**
 * twin_proc_sockstat_show() - /proc/net/twin/sockstat
 * @m: output
 * @v: not used
 *
 * Counted by walking, so that sockets pay nothing for it.
 *
 * Context: Process; sleeps.
 * Return: 0.
 */
int twin_proc_sockstat_show(struct seq_file *m, void *v)
{
	struct twin_net *tn = twin_pernet(seq_file_single_net(m));
	struct twin_proc_usage tcp, udp, ping;

	twin_proc_usage_count(tn, twin_tcp_walk, &tcp);
	twin_proc_usage_count(tn, twin_udp_walk, &udp);
	twin_proc_usage_count(tn, twin_ping_walk, &ping);
	seq_printf(m, "sockets: used %u\n",
		   tcp.allocated + udp.allocated + ping.allocated);
	seq_printf(m, "TCP: inuse %u orphan %u tw %u alloc %u mem %lu\n",
		   tcp.in_use, tcp.orphans, tcp.timewait, tcp.allocated,
		   twin_proc_usage_pages(&tcp));
	seq_printf(m, "UDP: inuse %u mem %lu\n", udp.in_use,
		   twin_proc_usage_pages(&udp));
	seq_printf(m, "RAW: inuse %u\n", ping.allocated);
	return 0;
}
