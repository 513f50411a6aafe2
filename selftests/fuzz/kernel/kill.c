// SPDX-License-Identifier: GPL-2.0
/*
 * Ends the connections that outlive their programs, by SOCK_DESTROY: else they
 * would hold their namespace and the module until they give up by themselves.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel_fuzz.h"

#define FUZZ_KILLS		4096
#define FUZZ_KILL_TRIES		50

struct fuzz_kill {
	struct nlmsghdr head;
	struct inet_diag_req_v2 body;
};

static struct inet_diag_msg fuzz_kill_found[FUZZ_KILLS];

static void fuzz_kill_begin(struct fuzz_kill *message, int type, int flags)
{
	memset(message, 0, sizeof(*message));
	message->head.nlmsg_len = sizeof(*message);
	message->head.nlmsg_type = (u16)type;
	message->head.nlmsg_flags = (u16)(NLM_F_REQUEST | flags);
	message->body.sdiag_family = AF_TWIN;
	message->body.sdiag_protocol = IPPROTO_TCP;
	message->body.idiag_states = ~0u;
}

/* How many there are; -1 when the list cannot be had. */
static int fuzz_kill_list(int fd)
{
	static u8 answer[65536] __attribute__((aligned(8)));
	struct fuzz_kill message;
	struct nlmsghdr *head;
	int count = 0, bytes;

	fuzz_kill_begin(&message, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	if (send(fd, &message, sizeof(message), 0) < 0)
		return -1;
	for (;;) {
		bytes = (int)recv(fd, answer, sizeof(answer), 0);
		if (bytes <= 0)
			return -1;
		for (head = (struct nlmsghdr *)answer; NLMSG_OK(head, bytes);
		     head = NLMSG_NEXT(head, bytes)) {
			if (head->nlmsg_type == NLMSG_DONE)
				return count;
			if (head->nlmsg_type == NLMSG_ERROR)
				return -1;
			if (count < FUZZ_KILLS)
				fuzz_kill_found[count++] =
					*(struct inet_diag_msg *)NLMSG_DATA(head);
		}
	}
}

/* The answer: 0, or a negative error number. */
static int fuzz_kill_one(int fd, const struct inet_diag_sockid *id)
{
	u8 answer[1024] __attribute__((aligned(8)));
	struct nlmsghdr *head = (struct nlmsghdr *)answer;
	struct fuzz_kill message;

	fuzz_kill_begin(&message, SOCK_DESTROY, NLM_F_ACK);
	message.body.id = *id;
	if (send(fd, &message, sizeof(message), 0) < 0 ||
	    recv(fd, answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(int)) ||
	    head->nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return ((struct nlmsgerr *)NLMSG_DATA(head))->error;
}

static void fuzz_kill_tell(int fd, const struct inet_diag_msg *found)
{
	const struct inet_diag_sockid *id = &found->id;

	fprintf(stderr, "kernel_fuzz: cannot end (%d) %08x:%u %08x:%u",
		fuzz_kill_one(fd, id), ntohl(id->idiag_src[0]),
		ntohs(id->idiag_sport), ntohl(id->idiag_dst[0]),
		ntohs(id->idiag_dport));
	fprintf(stderr, " device %u state %u timer %u retransmissions %u inode %u\n",
		id->idiag_if, found->idiag_state, found->idiag_timer,
		found->idiag_retrans, found->idiag_inode);
}

/* Returns whether none is left in the end. */
bool fuzz_kill_all(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int tries, count, i;

	if (fd < 0)
		fuzz_die("netlink");
	for (tries = 0; tries < FUZZ_KILL_TRIES; tries++) {
		count = fuzz_kill_list(fd);
		if (!count) {
			close(fd);
			return true;
		}
		for (i = 0; i < count; i++)
			fuzz_kill_one(fd, &fuzz_kill_found[i].id);
		usleep(10000);
	}
	for (i = 0; i < count; i++)
		fuzz_kill_tell(fd, &fuzz_kill_found[i]);
	close(fd);
	return false;
}
