// SPDX-License-Identifier: GPL-2.0
/* Random netlink messages: addresses, routes, neighbours, socket lists. */
#include <linux/inet_diag.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel_fuzz.h"

#define FUZZ_MESSAGE_BYTES	1024

struct fuzz_message {
	struct nlmsghdr head;
	u8 body[FUZZ_MESSAGE_BYTES];
};

static int fuzz_netlink_open(int protocol)
{
	struct timeval patience = { .tv_sec = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
				 sizeof(patience)))
		fuzz_die("netlink");
	return fd;
}

static void fuzz_message_begin(struct fuzz_message *message, int type,
			       const void *body, u32 bytes)
{
	memset(message, 0, sizeof(*message));
	message->head.nlmsg_type = (u16)type;
	message->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message->head.nlmsg_len = NLMSG_LENGTH(bytes);
	memcpy(message->body, body, bytes);
}

static void fuzz_message_put(struct fuzz_message *message, u32 type,
			     const void *data, u32 bytes)
{
	u32 at = NLMSG_ALIGN(message->head.nlmsg_len);
	struct rtattr *attribute = (struct rtattr *)((u8 *)message + at);

	if (at + RTA_SPACE(bytes) > sizeof(*message))
		return;
	attribute->rta_type = (u16)type;
	attribute->rta_len = (u16)RTA_LENGTH(bytes);
	memcpy(RTA_DATA(attribute), data, bytes);
	message->head.nlmsg_len = at + RTA_LENGTH(bytes);
}

/* Zero, or the error of the first answer. */
static int fuzz_message_talk(int fd, struct fuzz_message *message)
{
	static u8 answer[32768] __attribute__((aligned(8)));
	struct nlmsghdr *head = (struct nlmsghdr *)answer;
	ssize_t bytes;

	fuzz_counts->messages++;
	if (send(fd, message, message->head.nlmsg_len, 0) < 0)
		return -1;
	bytes = recv(fd, answer, sizeof(answer), 0);
	if (bytes < (ssize_t)sizeof(*head))
		return -1;
	while (recv(fd, answer + sizeof(*head) + 4,
		    sizeof(answer) - sizeof(*head) - 4, MSG_DONTWAIT) > 0)
		;
	if (head->nlmsg_type == NLMSG_ERROR)
		return *(int *)NLMSG_DATA(head);
	return 0;
}

static void fuzz_message_once(struct fuzz_message *message)
{
	int fd = fuzz_netlink_open(NETLINK_ROUTE);

	fuzz_message_talk(fd, message);
	close(fd);
}

void fuzz_message_address(int index, u32 ip, bool add)
{
	struct ifaddrmsg body = {
		.ifa_family = AF_TWIN,
		.ifa_prefixlen = 24,
		.ifa_index = (u32)index,
	};
	u32 local = htonl(ip), broadcast = htonl(ip | 255);
	struct fuzz_message message;

	fuzz_message_begin(&message, add ? RTM_NEWADDR : RTM_DELADDR, &body,
			   sizeof(body));
	fuzz_message_put(&message, IFA_LOCAL, &local, 4);
	fuzz_message_put(&message, IFA_BROADCAST, &broadcast, 4);
	message.head.nlmsg_flags |= NLM_F_CREATE;
	fuzz_message_once(&message);
}

void fuzz_message_neighbour(int index, u32 ip)
{
	struct ndmsg body = {
		.ndm_family = AF_TWIN,
		.ndm_ifindex = index,
		.ndm_state = NUD_PERMANENT,
	};
	struct fuzz_message message;
	u32 address = htonl(ip);
	u8 mac[6];

	fuzz_mac(mac, ip);
	fuzz_message_begin(&message, RTM_NEWNEIGH, &body, sizeof(body));
	fuzz_message_put(&message, NDA_DST, &address, 4);
	fuzz_message_put(&message, NDA_LLADDR, mac, 6);
	message.head.nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
	fuzz_message_once(&message);
}

static int fuzz_message_index(const struct fuzz_caller *c,
			      struct fuzz_random *r)
{
	switch (fuzz_below(r, 8)) {
	case 0:
		return c->place->tun_index;
	case 1:
		return 1;
	case 2:
		return (int)fuzz_below(r, 8);
	default:
		return c->place->near_index;
	}
}

/* The peers and their like; our own only seldom, or nothing would last. */
static u32 fuzz_message_ip(struct fuzz_random *r)
{
	switch (fuzz_below(r, 12)) {
	case 0:
		return FUZZ_OURS_TOO;
	case 1:
		return FUZZ_NET + 20 + fuzz_below(r, 4);
	case 2:
		return FUZZ_NET & ~(1u << fuzz_below(r, 24));
	case 3:
		return fuzz_number(r);
	case 4:
		return fuzz_chance(r, 10) ? FUZZ_OURS : FUZZ_OURS_TUN;
	default:
		return fuzz_peer(r);
	}
}

static void fuzz_message_attributes(struct fuzz_message *message,
				    const struct fuzz_caller *c,
				    struct fuzz_random *r)
{
	u32 count = fuzz_below(r, 6), ip, bytes, i;
	u8 data[256];

	while (count--) {
		ip = htonl(fuzz_message_ip(r));
		bytes = fuzz_chance(r, 75) ? 4 : fuzz_below(r, 40);
		for (i = 0; i < sizeof(data); i++)
			data[i] = (u8)fuzz_number(r);
		if (fuzz_chance(r, 65))
			memcpy(data, &ip, 4);
		else if (fuzz_chance(r, 50))
			*(u32 *)(void *)data =
				(u32)fuzz_message_index(c, r);
		if (fuzz_chance(r, 1))
			bytes = fuzz_below(r, sizeof(data));
		fuzz_message_put(message, fuzz_chance(r, 70) ?
				 1 + fuzz_below(r, 5) : fuzz_below(r, 35),
				 data, bytes);
	}
}

/* What a message of the type must have. */
static void fuzz_message_needs(struct fuzz_message *message, int type,
			       const struct fuzz_caller *c,
			       struct fuzz_random *r)
{
	u32 ip = fuzz_message_ip(r), index = (u32)fuzz_message_index(c, r);
	u32 address = htonl(ip), gateway = htonl(fuzz_peer(r));
	u8 mac[6];

	switch (type) {
	case RTM_NEWADDR:
	case RTM_DELADDR:
	case RTM_GETADDR:
		fuzz_message_put(message, IFA_LOCAL, &address, 4);
		return;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
	case RTM_GETROUTE:
		fuzz_message_put(message, RTA_DST, &address, 4);
		if (fuzz_chance(r, 60))
			fuzz_message_put(message, RTA_OIF, &index, 4);
		if (fuzz_chance(r, 40))
			fuzz_message_put(message, RTA_GATEWAY, &gateway, 4);
		return;
	default:
		fuzz_mac(mac, ip);
		fuzz_message_put(message, NDA_DST, &address, 4);
		if (type == RTM_NEWNEIGH)
			fuzz_message_put(message, NDA_LLADDR, mac, 6);
	}
}

static u32 fuzz_message_body(int type, u8 *body, const struct fuzz_caller *c,
			     struct fuzz_random *r)
{
	struct ifaddrmsg address = {
		.ifa_family = AF_TWIN,
		.ifa_prefixlen = (u8)(8 + fuzz_below(r, 26)),
		.ifa_index = (u32)fuzz_message_index(c, r),
	};
	struct rtmsg route = {
		.rtm_family = AF_TWIN,
		.rtm_dst_len = (u8)(fuzz_chance(r, 60) ? 32 :
				    fuzz_chance(r, 80) ? fuzz_below(r, 33) :
							 fuzz_number(r)),
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_type = (u8)(fuzz_chance(r, 70) ? RTN_UNICAST :
						      fuzz_below(r, 14)),
	};
	struct ndmsg neighbour = {
		.ndm_family = AF_TWIN,
		.ndm_ifindex = fuzz_message_index(c, r),
		.ndm_state = (u16)(1u << fuzz_below(r, 8)),
	};

	if (type >= RTM_NEWROUTE && type <= RTM_GETROUTE) {
		memcpy(body, &route, sizeof(route));
		return sizeof(route);
	}
	if (type >= RTM_NEWNEIGH && type <= RTM_GETNEIGH) {
		memcpy(body, &neighbour, sizeof(neighbour));
		return sizeof(neighbour);
	}
	memcpy(body, &address, sizeof(address));
	return sizeof(address);
}

static void fuzz_message_rtnetlink(struct fuzz_message *message,
				   const struct fuzz_caller *c,
				   struct fuzz_random *r)
{
	static const int types[] = {
		RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR, RTM_NEWROUTE,
		RTM_DELROUTE, RTM_GETROUTE, RTM_NEWNEIGH, RTM_DELNEIGH,
		RTM_GETNEIGH,
	};
	int type = types[fuzz_below(r, ARRAY_SIZE(types))];
	u8 body[64];
	u32 bytes;

	bytes = fuzz_message_body(type, body, c, r);
	fuzz_message_begin(message, type, body, bytes);
	if (!fuzz_chance(r, 20))
		fuzz_message_needs(message, type, c, r);
	if (fuzz_chance(r, 40))
		fuzz_message_attributes(message, c, r);
}

static void fuzz_message_diag(struct fuzz_message *message,
			      struct fuzz_random *r)
{
	static const u8 protocols[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP };
	struct inet_diag_req_v2 body = {
		.sdiag_family = AF_TWIN,
		.sdiag_protocol = protocols[fuzz_below(r, 3)],
		.idiag_ext = (u8)fuzz_number(r),
		.idiag_states = fuzz_chance(r, 70) ? ~0u : fuzz_number(r),
		.id = {
			.idiag_sport = htons(fuzz_port(r)),
			.idiag_dport = htons(fuzz_port(r)),
			.idiag_src = { htonl(FUZZ_OURS) },
			.idiag_dst = { htonl(fuzz_peer(r)) },
			.idiag_cookie = { ~0u, ~0u },
		},
	};
	int type = SOCK_DIAG_BY_FAMILY;
	u8 code[64];
	u32 i;

	if (fuzz_chance(r, 20))
		type = SOCK_DESTROY;
	if (fuzz_chance(r, 70))
		body.id.idiag_dport = 0;
	fuzz_message_begin(message, type, &body, sizeof(body));
	for (i = 0; i < sizeof(code); i++)
		code[i] = (u8)fuzz_below(r, 16);
	if (fuzz_chance(r, 40))
		fuzz_message_put(message, 1 + fuzz_below(r, 3), code,
				 4 * fuzz_below(r, 17));
}

static void fuzz_message_mutate(struct fuzz_message *message,
				struct fuzz_random *r)
{
	u32 changes = fuzz_below(r, 3), length = message->head.nlmsg_len;

	while (changes--)
		message->body[fuzz_below(r, length - sizeof(message->head))] =
			(u8)fuzz_number(r);
	if (fuzz_chance(r, 20))
		message->head.nlmsg_len -= fuzz_below(r, length - 16);
	if (fuzz_chance(r, 30))
		message->head.nlmsg_flags |= (u16)(fuzz_number(r) & 0xf00);
}

/* What was lost by accident comes back; devices go down and up. */
static void fuzz_message_restore(const struct fuzz_caller *c,
				 struct fuzz_random *r)
{
	struct ifreq request = { .ifr_name = "near" };
	int fd;

	if (fuzz_chance(r, 20)) {
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		if (fuzz_chance(r, 50) && !ioctl(fd, SIOCSIFFLAGS, &request))
			usleep(1000);
		request.ifr_flags = IFF_UP;
		ioctl(fd, SIOCSIFFLAGS, &request);
		request.ifr_mtu = 1500;
		ioctl(fd, SIOCSIFMTU, &request);
		close(fd);
	}
	fuzz_message_address(c->place->near_index, FUZZ_OURS, true);
	fuzz_message_address(c->place->near_index, FUZZ_OURS_TOO, true);
	fuzz_message_address(c->place->tun_index, FUZZ_OURS_TUN, true);
	if (fuzz_chance(r, 50))
		fuzz_message_neighbour(c->place->near_index, fuzz_peer(r));
}

void *fuzz_messages_run(void *caller)
{
	struct fuzz_caller *c = caller;
	int route = fuzz_netlink_open(NETLINK_ROUTE);
	int diag = fuzz_netlink_open(NETLINK_SOCK_DIAG);
	struct fuzz_random *r = &c->random;
	struct fuzz_message message;
	unsigned int count = 0;
	int fd;

	while (!fuzz_over) {
		fd = fuzz_chance(r, 20) ? diag : route;
		if (fd == diag)
			fuzz_message_diag(&message, r);
		else
			fuzz_message_rtnetlink(&message, c, r);
		if (fuzz_chance(r, 20))
			message.head.nlmsg_flags |= NLM_F_DUMP;
		if (fuzz_chance(r, 50))
			message.head.nlmsg_flags |= NLM_F_CREATE;
		if (fuzz_chance(r, 30))
			fuzz_message_mutate(&message, r);
		if (!fuzz_message_talk(fd, &message))
			fuzz_counts->messages_ok++;
		if (++count % 8 == 0)
			fuzz_message_restore(c, r);
		if (count % 16 == 0)
			fuzz_place_states();
		if (count % 32 == 0)
			fuzz_place_sysctl(r);
		usleep(c->calm ? 50000 : 2000);
	}
	return NULL;
}
