// SPDX-License-Identifier: GPL-2.0
/*
 * The ARP cache and the routing table as text, as /proc/net/arp and
 * /proc/net/route show the kernel's.
 */
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/route.h>
#include <linux/seq_file.h>
#include "../ip/ip.h"
#include "../link/arp.h"
#include "inspect.h"

/* Lines of /proc/net/route are padded to this many characters. */
#define TWIN_PROC_ROUTE_WIDTH	127

#define TWIN_PROC_ROUTE_HEADING \
	"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"

static unsigned int twin_proc_arp_flags(u8 state)
{
	if (state & NUD_PERMANENT)
		return ATF_PERM | ATF_COM;
	return state & TWIN_ARP_VALID ? ATF_COM : 0;
}

/* What does not fit is written anew into twice the room: the rest would be in vain. */
static int twin_proc_full(struct seq_file *m)
{
	return seq_has_overflowed(m);
}

static int twin_proc_arp_line(struct twin_arp_entry *entry, void *arg)
{
	const struct net_device *dev = entry->ld->dev;
	struct seq_file *m = arg;
	struct twin_arp_view view;
	char address[16];

	twin_arp_look(entry, &view);
	snprintf(address, sizeof(address), "%pI4", &view.addr);
	seq_printf(m, "%-16s 0x%-10x0x%-10x%pM     *        %s\n", address,
		   dev->type, twin_proc_arp_flags(view.state), view.ha,
		   dev->name);
	return twin_proc_full(m);
}

/**
 * twin_proc_arp_show() - /proc/net/twin/arp
 * @m: output
 * @v: not used
 *
 * Context: Process; sleeps.  Takes each entry's lock for a moment.
 * Return: 0.
 */
int twin_proc_arp_show(struct seq_file *m, void *v)
{
	struct twin_net *tn = twin_pernet(seq_file_single_net(m));

	seq_printf(m, "%-17s%-12s%-12s%-22s%-9s%s\n", "IP address", "HW type",
		   "Flags", "HW address", "Mask", "Device");
	twin_arp_walk(tn, twin_proc_arp_line, m);
	return 0;
}

static unsigned int twin_proc_route_flags(const struct twin_route *route)
{
	unsigned int flags = RTF_UP;

	if (route->type == RTN_UNREACHABLE || route->type == RTN_PROHIBIT)
		flags |= RTF_REJECT;
	if (route->gateway)
		flags |= RTF_GATEWAY;
	if (route->prefix_len == 32)
		flags |= RTF_HOST;
	return flags;
}

static int twin_proc_route_line(const struct twin_route *route, void *arg)
{
	__be32 mask = inet_make_mask(route->prefix_len);
	struct seq_file *m = arg;

	if (route->type == RTN_LOCAL || route->type == RTN_BROADCAST ||
	    route->type == RTN_MULTICAST)
		return 0;
	seq_setwidth(m, TWIN_PROC_ROUTE_WIDTH);
	seq_printf(m, "%s\t%08X\t%08X\t%04X\t%d\t%u\t%u\t%08X\t%u\t%u\t%u",
		   route->ld ? route->ld->dev->name : "*",
		   (__force u32)route->prefix, (__force u32)route->gateway,
		   twin_proc_route_flags(route), 0, 0, route->metric,
		   (__force u32)mask, route->mtu_bytes, 0, 0);
	seq_pad(m, '\n');
	return twin_proc_full(m);
}

/**
 * twin_proc_route_show() - /proc/net/twin/route
 * @m: output
 * @v: not used
 *
 * Context: Process; sleeps before and after, not inside, the walk.
 * Return: 0.
 */
int twin_proc_route_show(struct seq_file *m, void *v)
{
	struct twin_net *tn = twin_pernet(seq_file_single_net(m));

	seq_setwidth(m, TWIN_PROC_ROUTE_WIDTH);
	seq_puts(m, TWIN_PROC_ROUTE_HEADING);
	seq_pad(m, '\n');
	twin_route_walk(tn, twin_proc_route_line, m);
	return 0;
}
