// SPDX-License-Identifier: GPL-2.0
/*
 * Opens and closes the rooms in order, sets up their state in each namespace, and
 * has the two switches on the way up: by ethertype and by IP protocol.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/icmp.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/module.h>
#include "../uapi/linux/twin.h"
#include "control/control.h"
#include "inspect/inspect.h"
#include "inspect/mib.h"
#include "ip/icmp.h"
#include "ip/igmp.h"
#include "ip/ip.h"
#include "ip/pcb.h"
#include "ip/ping.h"
#include "link/arp.h"
#include "link/link.h"
#include "socket/socket.h"
#include "tcp/tcp.h"
#include "udp/udp.h"

int twin_family = AF_TWIN;
module_param_named(family, twin_family, int, 0444);
MODULE_PARM_DESC(family, "address family number: 18, or 22, 13, 19 where that is taken");

unsigned int twin_net_id;

/**
 * twin_l3_deliver() - the ethertype switch
 * @ld: device it came in on
 * @skb: frame, skb->data at the network header, unshared, addressed to this host
 *	or, where Twin forwards, to it as a router; consumed if true
 * @own: it is an IP datagram to one of this host's own addresses
 *
 * Context: Softirq, RCU read lock.
 * Return: true if the frame was Twin's; false leaves it, untouched, to the kernel.
 */
bool twin_l3_deliver(struct twin_link_dev *ld, struct sk_buff *skb, bool own)
{
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		return twin_ip_input(ld, skb, own);
	case htons(ETH_P_ARP):
		return twin_arp_input(ld, skb);
	}
	return false;
}

/**
 * twin_l3_loopback() - a datagram between own addresses
 * @tn: namespace
 * @skb: skb->data at the network header; consumed
 *
 * Context: Softirq.
 */
void twin_l3_loopback(struct twin_net *tn, struct sk_buff *skb)
{
	skb_reset_network_header(skb);
	twin_ip_input_local(tn, skb);
}

/**
 * twin_l3_undeliverable() - the neighbour of a datagram does not answer
 * @tn: namespace
 * @skb: datagram that was given to the link, skb->data at the network header;
 *	consumed
 * @ifindex: device of the neighbour
 *
 * Context: Softirq.
 */
void twin_l3_undeliverable(struct twin_net *tn, struct sk_buff *skb,
			   int ifindex)
{
	twin_ip_undeliverable(tn, skb, ifindex);
}

/**
 * twin_l4_deliver() - the IP protocol switch
 * @tn: namespace
 * @skb: whole datagram for this host, skb->data at the transport header, network
 *	header set, struct twin_ip_cb filled in; consumed
 * @protocol: IPPROTO_ number
 *
 * Context: Softirq, RCU read lock.
 */
void twin_l4_deliver(struct twin_net *tn, struct sk_buff *skb, u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		twin_tcp_input(tn, skb);
		return;
	case IPPROTO_UDP:
		twin_udp_input(tn, skb);
		return;
	case IPPROTO_ICMP:
		twin_icmp_input(tn, skb);
		return;
	case IPPROTO_IGMP:
		twin_igmp_input(tn, skb);
		return;
	}
	TWIN_COUNT(tn, IP_IN_UNKNOWN_PROTOS);
	twin_icmp_send_error(tn, skb, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, 0);
	twin_drop(tn, skb, TWIN_DROP_IP_PROTOCOL);
}

/**
 * twin_l4_error() - the same switch for an error about a datagram sent by this host
 * @error: what is known of it
 *
 * Context: Softirq, RCU read lock.
 */
void twin_l4_error(const struct twin_icmp_error *error)
{
	switch (error->protocol) {
	case IPPROTO_TCP:
		twin_tcp_error(error);
		break;
	case IPPROTO_UDP:
		twin_udp_error(error);
		break;
	case IPPROTO_ICMP:
		twin_ping_error(error);
		break;
	}
}

/**
 * twin_event() - tell the rooms above, and netlink's listeners, of a change below
 * @tn: namespace
 * @event: what happened
 * @arg: to what, see enum twin_event
 *
 * Context: RTNL held for addresses and devices; softirq for neighbours.
 */
void twin_event(struct twin_net *tn, enum twin_event event, void *arg)
{
	switch (event) {
	case TWIN_EVENT_ADDR_NEW:
	case TWIN_EVENT_ADDR_DEL:
		twin_route_addr_event(tn, event, arg);
		break;
	case TWIN_EVENT_LINK_UP:
	case TWIN_EVENT_LINK_DOWN:
	case TWIN_EVENT_LINK_CHANGE:
	case TWIN_EVENT_LINK_GONE:
		twin_route_link_event(tn, event, arg);
		break;
	default:
		break;
	}
	twin_igmp_event(tn, event, arg);
	twin_control_event(tn, event, arg);
}

struct twin_main_room {
	int (*net_init)(struct twin_net *tn);
	void (*net_exit)(struct twin_net *tn);
};

/* A namespace's rooms, from the ground up; closed in the reverse order. */
static const struct twin_main_room twin_main_rooms[] = {
	{ twin_mib_net_init, twin_mib_net_exit },
	{ twin_link_net_init, twin_link_net_exit },
	{ twin_arp_net_init, twin_arp_net_exit },
	{ twin_route_net_init, twin_route_net_exit },
	{ twin_icmp_net_init, twin_icmp_net_exit },
	{ twin_igmp_net_init, twin_igmp_net_exit },
	{ twin_ping_net_init, twin_ping_net_exit },
	{ twin_udp_net_init, twin_udp_net_exit },
	{ twin_tcp_net_init, twin_tcp_net_exit },
	/* the last time-outs may send errors to this host */
	{ NULL, twin_loopback_net_drain },
	{ twin_reasm_net_init, twin_reasm_net_exit },
	{ twin_control_net_init, twin_control_net_exit },
	{ twin_inspect_net_init, twin_inspect_net_exit },
};

static void twin_main_net_close(struct twin_net *tn, int rooms)
{
	while (rooms--)
		twin_main_rooms[rooms].net_exit(tn);
}

static int __net_init twin_main_net_init(struct net *net)
{
	struct twin_net *tn = twin_pernet(net);
	int i, err;

	tn->net = net;
	/* a path that is all zero must never look valid */
	atomic64_set(&tn->path_generation, 1);
	/* 0 says nothing of a list's changes */
	tn->config_generation = 1;
	twin_control_conf_init(&tn->conf);
	for (i = 0; i < ARRAY_SIZE(twin_main_rooms); i++) {
		if (!twin_main_rooms[i].net_init)
			continue;
		err = twin_main_rooms[i].net_init(tn);
		if (err) {
			twin_main_net_close(tn, i);
			return err;
		}
	}
	return 0;
}

static void __net_exit twin_main_net_exit(struct net *net)
{
	struct twin_net *tn = twin_pernet(net);

	twin_link_net_detach_all(tn);
	/* neighbours' timers that had begun before are on their way up */
	synchronize_net();
	twin_loopback_net_drain(tn);
	twin_main_net_close(tn, ARRAY_SIZE(twin_main_rooms));
}

static struct pernet_operations twin_main_net_ops = {
	.init	= twin_main_net_init,
	.exit	= twin_main_net_exit,
	.id	= &twin_net_id,
	.size	= sizeof(struct twin_net),
};

static int twin_main_register_net(void)
{
	return register_pernet_subsys(&twin_main_net_ops);
}

static void twin_main_unregister_net(void)
{
	unregister_pernet_subsys(&twin_main_net_ops);
}

struct twin_main_step {
	int (*init)(void);
	void (*exit)(void);
};

/*
 * The module's rooms, from the ground up; the family is registered last.
 * Transports are ready before namespaces and devices bring packets, and outlive
 * the closed connections that namespaces keep.
 */
static const struct twin_main_step twin_main_steps[] = {
	{ twin_record_init, twin_record_exit },
	{ twin_pcb_init, NULL },
	{ twin_link_memory_init, twin_link_memory_exit },
	{ twin_ip_id_init, twin_ip_id_exit },
	{ twin_path_init, twin_path_exit },
	{ twin_loopback_init, twin_loopback_exit },
	{ twin_arp_init, twin_arp_exit },
	{ twin_reasm_init, twin_reasm_exit },
	{ twin_ping_init, twin_ping_exit },
	{ twin_udp_init, twin_udp_exit },
	{ twin_tcp_init, twin_tcp_exit },
	{ twin_main_register_net, twin_main_unregister_net },
	{ twin_link_init, twin_link_exit },
	{ twin_link_kernel_init, twin_link_kernel_exit },
	{ twin_control_init, twin_control_exit },
	{ twin_inspect_init, twin_inspect_exit },
	{ twin_socket_init, twin_socket_exit },
};

static void twin_main_close(int steps)
{
	while (steps--)
		if (twin_main_steps[steps].exit)
			twin_main_steps[steps].exit();
	rcu_barrier();
}

/*
 * Only numbers that no kernel implements: rtnetlink would take what is
 * registered for another one in place of its owner's.
 */
static bool __init twin_main_family_allowed(void)
{
	static const int families[] __initconst = { AF_TWIN, 22, 13, 19 };
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		if (families[i] == twin_family)
			return true;
	pr_err("family %d is none of 18, 22, 13, 19\n", twin_family);
	return false;
}

static int __init twin_main_init(void)
{
	int i, err;

	if (!twin_main_family_allowed())
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(twin_main_steps); i++) {
		err = twin_main_steps[i].init();
		if (err) {
			twin_main_close(i);
			return err;
		}
	}
	return 0;
}

static void __exit twin_main_exit(void)
{
	twin_main_close(ARRAY_SIZE(twin_main_steps));
}

module_init(twin_main_init);
module_exit(twin_main_exit);
MODULE_DESCRIPTION("Twin: a second TCP/IP stack as an address family");
MODULE_LICENSE("GPL");
MODULE_ALIAS_NETPROTO(AF_TWIN);
