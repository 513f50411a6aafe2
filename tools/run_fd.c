// SPDX-License-Identifier: GPL-2.0
#include "run.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

union fd_control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* Return: 0 or a negative errno. A negative @fd is an errno to pass on instead. */
int run_send_fd(int channel, int fd)
{
	union fd_control control = { 0 };
	struct iovec iov = { .iov_base = &fd, .iov_len = sizeof(fd) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	return sendmsg(channel, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Return: the descriptor, or a negative errno; -EPIPE when the other side has gone. */
int run_receive_fd(int channel)
{
	union fd_control control = { 0 };
	int answer;
	struct iovec iov = { .iov_base = &answer, .iov_len = sizeof(answer) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got;

	do {
		got = recvmsg(channel, &msg, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	if (got < (ssize_t)sizeof(answer))
		return -EPIPE;
	if (!CMSG_FIRSTHDR(&msg))
		return answer < 0 ? answer : -EMFILE;
	memcpy(&answer, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(answer));
	return answer;
}
