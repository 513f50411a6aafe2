// SPDX-License-Identifier: GPL-2.0
/*
 * sysctl net.twin: the tunables of a namespace, with the names and ranges of
 * net.ipv4 where it has the same, and net.twin.rtnl_unspec.  twin(7) lists them.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
#include "../inspect/record.h"
#include "../inspect/view.h"
#include "control.h"

#define TWIN_SYSCTL_RTNL_UNSPEC	"rtnl_unspec"
/* lists of sources are sorted and merged for each change */
#define TWIN_SYSCTL_MSF_MAX	4096

/*
 * struct twin_control_net - what control/ keeps of a namespace
 * @rtnl_unspec: family in which dumps of all families show Twin's addresses
 *	and routes: AF_BRIDGE (as struct sockaddr_in, which ip prints), Twin's
 *	own, or 0 for not at all
 * @table: the namespace's copy of twin_sysctl_table; tn->sysctl_table points
 *	here
 */
struct twin_control_net {
	int rtnl_unspec;
	struct ctl_table table[];
};

static struct twin_control_net *twin_control_net(const struct twin_net *tn)
{
	return container_of(tn->sysctl_table, struct twin_control_net, table[0]);
}

/* All tunables of the namespace, for handlers that depend on another one. */
static struct twin_conf *twin_sysctl_conf(const struct ctl_table *table)
{
	return table->extra1;
}

/* Reads or writes a pair of numbers without storing what was written. */
static int twin_sysctl_pair(const struct ctl_table *table, int write,
			    void *buffer, size_t *lenp, loff_t *ppos,
			    int lowest, int highest, int pair[2])
{
	struct ctl_table copy = {
		.data = pair,
		.maxlen = 2 * sizeof(int),
		.mode = table->mode,
		.extra1 = &lowest,
		.extra2 = &highest,
	};

	return proc_dointvec_minmax(&copy, write, buffer, lenp, ppos);
}

/* Ports that the stack chooses must not need a privilege. */
static int twin_sysctl_port_range(twin_compat_ctl_table *table, int write,
				  void *buffer, size_t *lenp, loff_t *ppos)
{
	struct twin_conf *conf = twin_sysctl_conf(table);
	int range[2] = {
		READ_ONCE(conf->ip_local_port_range[0]),
		READ_ONCE(conf->ip_local_port_range[1]),
	};
	int err;

	err = twin_sysctl_pair(table, write, buffer, lenp, ppos, 1, 65535,
			       range);
	if (err || !write)
		return err;
	if (range[1] < range[0] ||
	    range[0] < READ_ONCE(conf->ip_unprivileged_port_start))
		return -EINVAL;
	WRITE_ONCE(conf->ip_local_port_range[0], range[0]);
	WRITE_ONCE(conf->ip_local_port_range[1], range[1]);
	return 0;
}

static int twin_sysctl_privileged_ports(twin_compat_ctl_table *table, int write,
					void *buffer, size_t *lenp,
					loff_t *ppos)
{
	struct twin_conf *conf = twin_sysctl_conf(table);
	int start = READ_ONCE(conf->ip_unprivileged_port_start);
	int highest = 65535;
	struct ctl_table copy = {
		.data = &start,
		.maxlen = sizeof(start),
		.mode = table->mode,
		.extra1 = SYSCTL_ZERO,
		.extra2 = &highest,
	};
	int err;

	err = proc_dointvec_minmax(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	if (start > READ_ONCE(conf->ip_local_port_range[0]))
		return -EINVAL;
	WRITE_ONCE(conf->ip_unprivileged_port_start, start);
	return 0;
}

/* Stored as kernel ids, shown as ids of the reader's user namespace. */
static int twin_sysctl_group_range(twin_compat_ctl_table *table, int write,
				   void *buffer, size_t *lenp, loff_t *ppos)
{
	struct twin_conf *conf = twin_sysctl_conf(table);
	struct user_namespace *user_ns = current_user_ns();
	kgid_t low = KGIDT_INIT(READ_ONCE(conf->ping_group_range[0]));
	kgid_t high = KGIDT_INIT(READ_ONCE(conf->ping_group_range[1]));
	int range[2] = {
		from_kgid_munged(user_ns, low),
		from_kgid_munged(user_ns, high),
	};
	int err;

	err = twin_sysctl_pair(table, write, buffer, lenp, ppos, 0, INT_MAX,
			       range);
	if (err || !write)
		return err;
	low = make_kgid(user_ns, range[0]);
	high = make_kgid(user_ns, range[1]);
	if (!gid_valid(low) || !gid_valid(high))
		return -EINVAL;
	if (range[1] < range[0] || gid_lt(high, low)) {
		low = KGIDT_INIT(1);
		high = KGIDT_INIT(0);
	}
	WRITE_ONCE(conf->ping_group_range[0], (int)__kgid_val(low));
	WRITE_ONCE(conf->ping_group_range[1], (int)__kgid_val(high));
	return 0;
}

static int twin_sysctl_congestion(twin_compat_ctl_table *table, int write,
				  void *buffer, size_t *lenp, loff_t *ppos)
{
	struct twin_conf *conf = twin_sysctl_conf(table);
	char name[sizeof(conf->tcp_congestion_control)];
	struct ctl_table copy = {
		.data = name,
		.maxlen = sizeof(name),
		.mode = table->mode,
	};
	int err;

	strscpy(name, conf->tcp_congestion_control, sizeof(name));
	err = proc_dostring(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	if (!twin_tcp_congestion_known(name))
		return -ENOENT;
	/* all namespaces share the links: only the host's own may yield to nobody */
	if (container_of(conf, struct twin_net, conf)->net != &init_net &&
	    twin_tcp_congestion_restricted(name))
		return -EPERM;
	strscpy(conf->tcp_congestion_control, name, sizeof(name));
	return 0;
}

/* From the first time it is switched on the hooks look for a recorder. */
static int twin_sysctl_record(twin_compat_ctl_table *table, int write,
			      void *buffer, size_t *lenp, loff_t *ppos)
{
	struct twin_conf *conf = twin_sysctl_conf(table);
	int on = READ_ONCE(conf->record);
	struct ctl_table copy = {
		.data = &on,
		.maxlen = sizeof(on),
		.mode = table->mode,
		.extra1 = SYSCTL_ZERO,
		.extra2 = SYSCTL_ONE,
	};
	int err;

	err = proc_dointvec_minmax(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	if (on)
		twin_record_use();
	WRITE_ONCE(conf->record, on);
	return 0;
}

static int twin_sysctl_rtnl_unspec(twin_compat_ctl_table *table, int write,
				   void *buffer, size_t *lenp, loff_t *ppos)
{
	int *rtnl_unspec = table->data;
	int family = READ_ONCE(*rtnl_unspec);
	struct ctl_table copy = {
		.data = &family,
		.maxlen = sizeof(family),
		.mode = table->mode,
	};
	int err;

	err = proc_dointvec(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	if (family && family != AF_BRIDGE && family != twin_family)
		return -EINVAL;
	WRITE_ONCE(*rtnl_unspec, family);
	return 0;
}

/* data is an offset into struct twin_conf until the table is copied. */
#define TWIN_SYSCTL_AT(member)	((void *)offsetof(struct twin_conf, member))

#define TWIN_SYSCTL_INTS(name, member, count, lowest, highest) {	\
		.procname = name,				\
		.data = TWIN_SYSCTL_AT(member),			\
		.maxlen = (count) * sizeof(int),		\
		.mode = 0644,					\
		.proc_handler = proc_dointvec_minmax,		\
		.extra1 = (void *)&(const int){ lowest },	\
		.extra2 = (void *)&(const int){ highest },	\
	}
#define TWIN_SYSCTL(name, member, lowest, highest) \
	TWIN_SYSCTL_INTS(name, member, 1, lowest, highest)

/* Handlers of our own know the size of what they handle. */
#define TWIN_SYSCTL_SPECIAL(name, member, handler) {		\
		.procname = name,				\
		.data = TWIN_SYSCTL_AT(member),			\
		.maxlen = sizeof(int),				\
		.mode = 0644,					\
		.proc_handler = handler,			\
	}

static const struct ctl_table twin_sysctl_table[] = {
	TWIN_SYSCTL("ip_default_ttl", ip_default_ttl, 1, 255),
	TWIN_SYSCTL("ip_forward", ip_forward, 0, 1),
	TWIN_SYSCTL("send_redirects", send_redirects, 0, 1),
	TWIN_SYSCTL("ip_no_pmtu_disc", ip_no_pmtu_disc, 0, 3),
	TWIN_SYSCTL("ip_nonlocal_bind", ip_nonlocal_bind, 0, 1),
	TWIN_SYSCTL("ipfrag_high_thresh", ipfrag_high_thresh_bytes, 0, INT_MAX),
	TWIN_SYSCTL("ipfrag_time", ipfrag_time_seconds, 1, 3600),
	TWIN_SYSCTL("ipfrag_max_dist", ipfrag_max_dist, 0, INT_MAX),
	TWIN_SYSCTL("icmp_echo_ignore_all", icmp_echo_ignore_all, 0, 1),
	TWIN_SYSCTL("icmp_echo_ignore_broadcasts", icmp_echo_ignore_broadcasts,
		    0, 1),
	TWIN_SYSCTL("icmp_ratelimit", icmp_ratelimit_ms, 0, INT_MAX),
	TWIN_SYSCTL("icmp_msgs_per_sec", icmp_msgs_per_sec, 0, INT_MAX),
	TWIN_SYSCTL("icmp_msgs_burst", icmp_msgs_burst, 0, INT_MAX),
	TWIN_SYSCTL("accept_redirects", accept_redirects, 0, 1),

	TWIN_SYSCTL("igmp_max_memberships", igmp_max_memberships, 0, INT_MAX),
	TWIN_SYSCTL("igmp_max_msf", igmp_max_msf, 0, TWIN_SYSCTL_MSF_MAX),
	TWIN_SYSCTL("igmp_qrv", igmp_qrv, 1, 7),
	TWIN_SYSCTL("force_igmp_version", force_igmp_version, 0, 3),

	TWIN_SYSCTL("arp_base_reachable_time_ms", arp_base_reachable_time_ms,
		    1, INT_MAX),
	TWIN_SYSCTL("arp_retrans_time_ms", arp_retrans_time_ms, 1, INT_MAX),
	TWIN_SYSCTL("arp_delay_first_probe_time_ms",
		    arp_delay_first_probe_time_ms, 0, INT_MAX),
	TWIN_SYSCTL("arp_ucast_solicit", arp_ucast_solicit, 0, 255),
	TWIN_SYSCTL("arp_mcast_solicit", arp_mcast_solicit, 0, 255),
	TWIN_SYSCTL("arp_mcast_resolicit", arp_mcast_resolicit, 0, 255),
	TWIN_SYSCTL("arp_probe", arp_probe, 0, 2),
	TWIN_SYSCTL("arp_gc_stale_time", arp_gc_stale_time_seconds, 0,
		    INT_MAX / HZ),
	TWIN_SYSCTL("arp_gc_thresh", arp_gc_thresh, 1, INT_MAX),
	TWIN_SYSCTL("arp_unres_qlen_bytes", arp_unres_qlen_bytes, 0, INT_MAX),

	TWIN_SYSCTL("udp_rmem_min", udp_rmem_min_bytes, 1, INT_MAX),
	TWIN_SYSCTL("udp_wmem_min", udp_wmem_min_bytes, 1, INT_MAX),

	TWIN_SYSCTL_INTS("tcp_rmem", tcp_rmem, 3, 1, INT_MAX),
	TWIN_SYSCTL_INTS("tcp_wmem", tcp_wmem, 3, 1, INT_MAX),
	TWIN_SYSCTL("tcp_syn_retries", tcp_syn_retries, 1, 127),
	TWIN_SYSCTL("tcp_synack_retries", tcp_synack_retries, 0, 255),
	TWIN_SYSCTL("tcp_retries1", tcp_retries1, 0, 255),
	TWIN_SYSCTL("tcp_retries2", tcp_retries2, 0, 255),
	TWIN_SYSCTL("tcp_orphan_retries", tcp_orphan_retries, 0, 255),
	TWIN_SYSCTL("tcp_max_orphans", tcp_max_orphans, 0, INT_MAX),
	TWIN_SYSCTL("tcp_max_syn_backlog", tcp_max_syn_backlog, 0, INT_MAX),
	TWIN_SYSCTL("tcp_max_tw_buckets", tcp_max_tw_buckets, 0, INT_MAX),
	TWIN_SYSCTL("tcp_tw_reuse", tcp_tw_reuse, 0, 2),
	TWIN_SYSCTL("tcp_fin_timeout", tcp_fin_timeout_seconds, 0,
		    INT_MAX / HZ),
	TWIN_SYSCTL("tcp_keepalive_time", tcp_keepalive_time_seconds, 0,
		    INT_MAX / HZ),
	TWIN_SYSCTL("tcp_keepalive_probes", tcp_keepalive_probes, 0, 255),
	TWIN_SYSCTL("tcp_keepalive_intvl", tcp_keepalive_intvl_seconds, 0,
		    INT_MAX / HZ),
	TWIN_SYSCTL("tcp_timestamps", tcp_timestamps, 0, 2),
	TWIN_SYSCTL("tcp_window_scaling", tcp_window_scaling, 0, 1),
	TWIN_SYSCTL("tcp_sack", tcp_sack, 0, 1),
	TWIN_SYSCTL("tcp_dsack", tcp_dsack, 0, 1),
	TWIN_SYSCTL("tcp_ecn", tcp_ecn, 0, 2),
	TWIN_SYSCTL("tcp_syncookies", tcp_syncookies, 0, 2),
	TWIN_SYSCTL("tcp_fastopen", tcp_fastopen, 0, INT_MAX),
	TWIN_SYSCTL("tcp_fastopen_blackhole_timeout_sec",
		    tcp_fastopen_blackhole_seconds, 0, INT_MAX / HZ),
	TWIN_SYSCTL("tcp_abort_on_overflow", tcp_abort_on_overflow, 0, 1),
	TWIN_SYSCTL("tcp_rfc1337", tcp_rfc1337, 0, 1),
	TWIN_SYSCTL("tcp_challenge_ack_limit", tcp_challenge_ack_limit, 0,
		    INT_MAX),
	TWIN_SYSCTL("tcp_invalid_ratelimit", tcp_invalid_ratelimit_ms, 0,
		    INT_MAX),
	TWIN_SYSCTL("tcp_slow_start_after_idle", tcp_slow_start_after_idle,
		    0, 1),
	TWIN_SYSCTL("tcp_no_metrics_save", tcp_no_metrics_save, 0, 1),
	TWIN_SYSCTL("tcp_moderate_rcvbuf", tcp_moderate_rcvbuf, 0, 1),
	TWIN_SYSCTL("tcp_adv_win_scale", tcp_adv_win_scale, -31, 31),
	TWIN_SYSCTL("tcp_base_mss", tcp_base_mss, 48, 65535),
	TWIN_SYSCTL("tcp_min_snd_mss", tcp_min_snd_mss, 48, 65535),
	TWIN_SYSCTL("tcp_mtu_probing", tcp_mtu_probing, 0, 2),
	TWIN_SYSCTL("tcp_frto", tcp_frto, 0, 2),
	TWIN_SYSCTL("tcp_recovery", tcp_recovery, 0, 255),
	TWIN_SYSCTL("tcp_early_retrans", tcp_early_retrans, 0, 4),
	TWIN_SYSCTL("tcp_max_reordering", tcp_max_reordering, 1, INT_MAX),
	TWIN_SYSCTL("tcp_reordering", tcp_reordering, 1, INT_MAX),
	TWIN_SYSCTL("tcp_limit_output_bytes", tcp_limit_output_bytes, 0,
		    INT_MAX),
	TWIN_SYSCTL_SPECIAL("tcp_notsent_lowat", tcp_notsent_lowat_bytes,
			    proc_douintvec),
	TWIN_SYSCTL("tcp_autocorking", tcp_autocorking, 0, 1),
	TWIN_SYSCTL("tcp_pacing_ss_ratio", tcp_pacing_ss_ratio, 0, 1000),
	TWIN_SYSCTL("tcp_pacing_ca_ratio", tcp_pacing_ca_ratio, 0, 1000),
	TWIN_SYSCTL("tcp_min_rtt_wlen", tcp_min_rtt_wlen_seconds, 0, 86400),
	TWIN_SYSCTL("tcp_comp_sack_delay_ns", tcp_comp_sack_delay_ns, 0,
		    INT_MAX),
	TWIN_SYSCTL("tcp_comp_sack_slack_ns", tcp_comp_sack_slack_ns, 0,
		    INT_MAX),
	TWIN_SYSCTL("tcp_comp_sack_nr", tcp_comp_sack_nr, 0, 255),
	TWIN_SYSCTL("tcp_handover", tcp_handover, 0, 1),
	TWIN_SYSCTL("tcp_somaxconn", tcp_somaxconn, 0, 65535),

	TWIN_SYSCTL_SPECIAL("ip_local_port_range", ip_local_port_range,
			    twin_sysctl_port_range),
	TWIN_SYSCTL_SPECIAL("ip_unprivileged_port_start",
			    ip_unprivileged_port_start,
			    twin_sysctl_privileged_ports),
	TWIN_SYSCTL_SPECIAL("ping_group_range", ping_group_range,
			    twin_sysctl_group_range),
	TWIN_SYSCTL_SPECIAL("record", record, twin_sysctl_record),
	TWIN_SYSCTL_SPECIAL("tcp_congestion_control", tcp_congestion_control,
			    twin_sysctl_congestion),
	{
		.procname = TWIN_SYSCTL_RTNL_UNSPEC,
		.maxlen = sizeof(int),
		.mode = 0644,
		.proc_handler = twin_sysctl_rtnl_unspec,
	},
	TWIN_COMPAT_CTL_END
};

static const struct twin_conf twin_conf_defaults = {
	.ip_default_ttl = 64,
	.ip_unprivileged_port_start = 1024,
	.ip_local_port_range = { 32768, 60999 },
	.ipfrag_high_thresh_bytes = 4 << 20,
	.ipfrag_time_seconds = 30,
	.ipfrag_max_dist = 64,
	.ping_group_range = { 1, 0 },
	.icmp_echo_ignore_broadcasts = 1,
	.icmp_ratelimit_ms = 1000,
	.icmp_msgs_per_sec = 1000,
	.icmp_msgs_burst = 50,
	.send_redirects = 1,
	.igmp_max_memberships = 20,
	.igmp_max_msf = 10,
	.igmp_qrv = 2,
	.arp_base_reachable_time_ms = 30000,
	.arp_retrans_time_ms = 1000,
	.arp_delay_first_probe_time_ms = 5000,
	.arp_ucast_solicit = 3,
	.arp_mcast_solicit = 3,
	.arp_mcast_resolicit = 1,
	.arp_probe = 1,
	.arp_gc_stale_time_seconds = 60,
	.arp_gc_thresh = 4096,
	.arp_unres_qlen_bytes = 212992,
	.udp_rmem_min_bytes = 4096,
	.udp_wmem_min_bytes = 4096,
	.tcp_rmem = { 4096, 131072, 6 << 20 },
	.tcp_wmem = { 4096, 16384, 4 << 20 },
	.tcp_syn_retries = 6,
	.tcp_synack_retries = 5,
	.tcp_retries1 = 3,
	.tcp_retries2 = 15,
	.tcp_max_syn_backlog = 1024,
	.tcp_tw_reuse = 2,
	.tcp_fin_timeout_seconds = 60,
	.tcp_keepalive_time_seconds = 7200,
	.tcp_keepalive_probes = 9,
	.tcp_keepalive_intvl_seconds = 75,
	.tcp_timestamps = 1,
	.tcp_window_scaling = 1,
	.tcp_sack = 1,
	.tcp_dsack = 1,
	.tcp_ecn = 2,
	.tcp_syncookies = 1,
	.tcp_fastopen = 1,
	.tcp_challenge_ack_limit = INT_MAX,
	.tcp_invalid_ratelimit_ms = 500,
	.tcp_slow_start_after_idle = 1,
	.tcp_moderate_rcvbuf = 1,
	.tcp_adv_win_scale = 1,
	.tcp_base_mss = 1024,
	.tcp_min_snd_mss = 48,
	.tcp_frto = 2,
	.tcp_recovery = 1,
	.tcp_early_retrans = 3,
	.tcp_max_reordering = 300,
	.tcp_reordering = 3,
	.tcp_limit_output_bytes = 1 << 20,
	.tcp_notsent_lowat_bytes = -1,
	.tcp_autocorking = 1,
	.tcp_pacing_ss_ratio = 200,
	.tcp_pacing_ca_ratio = 120,
	.tcp_min_rtt_wlen_seconds = 300,
	.tcp_comp_sack_delay_ns = 1000000,
	.tcp_comp_sack_slack_ns = 100000,
	.tcp_comp_sack_nr = 44,
	.tcp_handover = 1,
	.tcp_somaxconn = 4096,
	.tcp_congestion_control = "cubic",
};

/* One orphan for every 64 KiB of memory, within reason. */
#define TWIN_CONF_BYTES_PER_ORPHAN	(64 << 10)
#define TWIN_CONF_TIMEWAIT_PER_ORPHAN	4

/**
 * twin_control_conf_init() - set the tunables of a namespace to their defaults
 * @conf: filled in; nobody reads it yet
 *
 * The defaults are net.ipv4's, but those that depend on the machine's memory
 * are not taken from its hash tables.
 *
 * Context: Any.
 */
void twin_control_conf_init(struct twin_conf *conf)
{
	u64 orphans = (u64)totalram_pages() * PAGE_SIZE /
		      TWIN_CONF_BYTES_PER_ORPHAN;

	*conf = twin_conf_defaults;
	conf->tcp_max_orphans = clamp_t(u64, orphans, 1024, 65536);
	conf->tcp_max_tw_buckets = conf->tcp_max_orphans *
				   TWIN_CONF_TIMEWAIT_PER_ORPHAN;
}

/*
 * Limits of memory that is charged to no process, of how long it is held, and of
 * work under a lock of the whole machine.
 */
static const char * const twin_sysctl_bounds[] = {
	"igmp_max_msf",
	"ipfrag_high_thresh", "ipfrag_time", "ipfrag_max_dist",
	"arp_gc_stale_time", "arp_gc_thresh", "arp_unres_qlen_bytes",
	"arp_retrans_time_ms", "arp_mcast_solicit",
	"tcp_max_orphans", "tcp_max_syn_backlog", "tcp_max_tw_buckets",
};

/* A user in a user namespace of its own must not raise limits of the machine. */
static void twin_sysctl_restrict(const struct twin_net *tn,
				 struct ctl_table *table)
{
	if (tn->net->user_ns != &init_user_ns &&
	    match_string(twin_sysctl_bounds, ARRAY_SIZE(twin_sysctl_bounds),
			 table->procname) >= 0)
		table->mode = 0444;
}

static void twin_sysctl_place(struct twin_net *tn,
			      struct twin_control_net *control)
{
	struct ctl_table *table;
	int i;

	for (i = 0; i < ARRAY_SIZE(twin_sysctl_table); i++) {
		table = &control->table[i];
		if (!table->procname)	/* the end mark of older kernels */
			break;
		if (!strcmp(table->procname, TWIN_SYSCTL_RTNL_UNSPEC)) {
			table->data = &control->rtnl_unspec;
			continue;
		}
		twin_sysctl_restrict(tn, table);
		table->data = (u8 *)&tn->conf + (unsigned long)table->data;
		if (table->proc_handler != proc_dointvec_minmax)
			table->extra1 = &tn->conf;
	}
}

/**
 * twin_control_net_init() - make /proc/sys/net/twin of a namespace
 * @tn: namespace with its tunables set
 *
 * Whoever has CAP_NET_ADMIN in the namespace's user namespace may write to the
 * files: that is the rule for all of /proc/sys/net.  The limits of the machine's
 * memory and time can be set in the initial user namespace only.
 *
 * Context: Process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int twin_control_net_init(struct twin_net *tn)
{
	struct twin_control_net *control;

	control = kzalloc(struct_size(control, table,
				      ARRAY_SIZE(twin_sysctl_table)),
			  GFP_KERNEL);
	if (!control)
		return -ENOMEM;
	memcpy(control->table, twin_sysctl_table, sizeof(twin_sysctl_table));
	control->rtnl_unspec = AF_BRIDGE;
	twin_sysctl_place(tn, control);
	tn->sysctl_table = control->table;
	tn->sysctl_header =
		twin_compat_register_sysctl(tn->net, "net/twin", control->table,
					    ARRAY_SIZE(twin_sysctl_table));
	if (tn->sysctl_header)
		return 0;
	tn->sysctl_table = NULL;
	kfree(control);
	return -ENOMEM;
}

/**
 * twin_control_net_exit() - remove /proc/sys/net/twin of a namespace
 * @tn: namespace
 *
 * Waits for readers and writers that are inside a file.
 *
 * Context: Process; sleeps.
 */
void twin_control_net_exit(struct twin_net *tn)
{
	unregister_net_sysctl_table(tn->sysctl_header);
	tn->sysctl_header = NULL;
	kfree(twin_control_net(tn));
	tn->sysctl_table = NULL;
}

/**
 * twin_control_unspec_family() - how dumps of all families show Twin
 * @tn: namespace
 *
 * Context: Any, while the namespace lives.
 * Return: AF_BRIDGE, Twin's family, or 0 for not at all.
 */
int twin_control_unspec_family(const struct twin_net *tn)
{
	return READ_ONCE(twin_control_net(tn)->rtnl_unspec);
}
