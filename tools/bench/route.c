// SPDX-License-Identifier: GPL-2.0
/*
 * The way to somewhere, among few routes and among many; a datagram by way of a
 * neighbour, among few and among many. What they cost must not depend on that.
 *
 * Routes are those of 11.0.0.0/8, neighbours of 12.0.0.0/8. A unit is one connect()
 * of a datagram socket, which asks for the way and sends nothing, or one datagram.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench.h"

#define PREFIX_BITS	25	/* of a route: 131072 of them in 11.0.0.0/8 */
#define FIRST		0x0b000000u
#define FIRST_NEIGHBOUR	0x0c000000u

/* So many of the neighbours, from all over their table, are gateways, each of a route. */
#define GATEWAYS	1000

/*
 * So many prefixes between one that is asked for and the next, and another host
 * of it each time: what a stack remembers of single destinations is of no use,
 * among few routes and among many.
 */
#define STRIDE		7919
#define HOSTS		126

struct request {
	struct nlmsghdr nlh;
	union {
		struct rtmsg route;
		struct ndmsg neigh;
	};
	char attributes[64];
};

static void add(struct request *request, unsigned short type, const void *data,
		unsigned int bytes)
{
	struct rtattr *attribute = (struct rtattr *)
		((char *)request + NLMSG_ALIGN(request->nlh.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = RTA_LENGTH(bytes);
	memcpy(RTA_DATA(attribute), data, bytes);
	request->nlh.nlmsg_len = NLMSG_ALIGN(request->nlh.nlmsg_len) +
				 RTA_ALIGN(attribute->rta_len);
}

static void apply(int netlink, struct request *request)
{
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr error;
		char quoted[256];
	} answer;

	request->nlh.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(netlink, request, request->nlh.nlmsg_len, 0) < 0 ||
	    recv(netlink, &answer, sizeof(answer), 0) < 0)
		bench_fail("rtnetlink");
	if (answer.error.error) {
		errno = -answer.error.error;
		bench_fail("rtnetlink");
	}
}

static struct in_addr place(long number)
{
	return (struct in_addr){
		.s_addr = htonl(FIRST + ((unsigned int)number << (32 - PREFIX_BITS))),
	};
}

static struct in_addr neighbour(long number)
{
	return (struct in_addr){ .s_addr = htonl(FIRST_NEIGHBOUR + 1 + (unsigned int)number) };
}

/* @type RTM_NEWROUTE or RTM_DELROUTE; without a gateway: on the link. */
static void change_route(const struct bench *b, int netlink, unsigned short type,
			 struct in_addr prefix, unsigned char bits,
			 const struct in_addr *gateway)
{
	unsigned int device = if_nametoindex("eth0");
	struct request request = {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
		.nlh.nlmsg_type = type,
		.nlh.nlmsg_flags = type == RTM_NEWROUTE ? NLM_F_CREATE : 0,
		.route.rtm_family = b->family,
		.route.rtm_dst_len = bits,
		.route.rtm_table = RT_TABLE_MAIN,
		.route.rtm_protocol = RTPROT_STATIC,
		.route.rtm_type = RTN_UNICAST,
		.route.rtm_scope = gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
	};

	add(&request, RTA_DST, &prefix, sizeof(prefix));
	add(&request, RTA_OIF, &device, sizeof(device));
	if (gateway)
		add(&request, RTA_GATEWAY, gateway, sizeof(*gateway));
	apply(netlink, &request);
}

static void change_neighbour(const struct bench *b, int netlink,
			     unsigned short type, struct in_addr address)
{
	static const unsigned char nobody[] = { 2, 0, 0, 0, 0, 1 };
	struct request request = {
		.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(struct ndmsg)),
		.nlh.nlmsg_type = type,
		.nlh.nlmsg_flags = type == RTM_NEWNEIGH ? NLM_F_CREATE : 0,
		.neigh.ndm_family = b->family,
		.neigh.ndm_ifindex = if_nametoindex("eth0"),
		.neigh.ndm_state = NUD_PERMANENT,
	};

	add(&request, NDA_DST, &address, sizeof(address));
	if (type == RTM_NEWNEIGH)
		add(&request, NDA_LLADDR, nobody, sizeof(nobody));
	apply(netlink, &request);
}

static int open_netlink(void)
{
	int netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (netlink < 0)
		bench_fail("netlink");
	return netlink;
}

static struct sockaddr_in somebody(const struct bench *b, long unit, long routes)
{
	struct sockaddr_in to = b->address;

	to.sin_addr = place(unit * STRIDE % routes);
	to.sin_addr.s_addr |= htonl(1 + unit / routes % HOSTS);
	return to;
}

/* What setting up left to be done later, RCU's callbacks above all, is no part of
 * a lookup.
 */
static void settle(void)
{
	sleep(1);
}

static void ask_ways(const struct bench *b, int fd, long times)
{
	struct sockaddr_in to;
	long i;

	for (i = 0; i < times; i++) {
		to = somebody(b, i, b->flows);
		if (connect(fd, (const struct sockaddr *)&to, sizeof(to)))
			bench_fail("connect");
	}
}

void bench_route_client(struct bench *b)
{
	int netlink = open_netlink(), fd = bench_socket(b, SOCK_DGRAM);
	long i;

	for (i = 0; i < b->flows; i++)
		change_route(b, netlink, RTM_NEWROUTE, place(i), PREFIX_BITS,
			     &b->address.sin_addr);
	settle();
	ask_ways(b, fd, b->warm);
	bench_window_begin(b);
	ask_ways(b, fd, b->count);
	bench_window_end(b);
	for (i = 0; i < b->flows; i++)
		change_route(b, netlink, RTM_DELROUTE, place(i), PREFIX_BITS,
			     &b->address.sin_addr);
	close(fd);
	close(netlink);
}

static long gateways(const struct bench *b)
{
	return b->flows < GATEWAYS ? b->flows : GATEWAYS;
}

static void change_gateways(const struct bench *b, int netlink, unsigned short type)
{
	struct in_addr gateway;
	long i;

	for (i = 0; i < gateways(b); i++) {
		gateway = neighbour(i * (b->flows / gateways(b)));
		change_route(b, netlink, type, place(i), PREFIX_BITS, &gateway);
	}
}

static void send_all(const struct bench *b, int fd, long times)
{
	struct sockaddr_in to;
	long i;

	for (i = 0; i < times; i++) {
		to = somebody(b, i, gateways(b));
		if (sendto(fd, b->buffer, b->size, 0,
			   (const struct sockaddr *)&to, sizeof(to)) < 0)
			bench_fail("sendto");
	}
}

void bench_neighbour_client(struct bench *b)
{
	struct in_addr link = { .s_addr = htonl(FIRST_NEIGHBOUR) };
	int netlink = open_netlink(), fd = bench_socket(b, SOCK_DGRAM);
	long i;

	change_route(b, netlink, RTM_NEWROUTE, link, 8, NULL);
	for (i = 0; i < b->flows; i++)
		change_neighbour(b, netlink, RTM_NEWNEIGH, neighbour(i));
	change_gateways(b, netlink, RTM_NEWROUTE);
	settle();
	send_all(b, fd, b->warm);
	bench_window_begin(b);
	send_all(b, fd, b->count);
	bench_window_end(b);
	change_gateways(b, netlink, RTM_DELROUTE);
	for (i = 0; i < b->flows; i++)
		change_neighbour(b, netlink, RTM_DELNEIGH, neighbour(i));
	change_route(b, netlink, RTM_DELROUTE, link, 8, NULL);
	close(fd);
	close(netlink);
}

/* There is nobody to talk to. */
void bench_nobody_server(struct bench *b)
{
	bench_tell(b, 0);
}
