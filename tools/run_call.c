// SPDX-License-Identifier: GPL-2.0
/*
 * One stopped socket() call: read, judged and answered.
 *
 * The answer is no security decision, so it does not matter that the caller could change what the
 * supervisor has read.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/net.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/seccomp.h>

#include "util.h"

#define I386_SOCKETCALL 102

static struct seccomp_notif *notification;
static struct seccomp_notif_resp *response;

void run_calls_start(void)
{
	int error = seccomp_notify_alloc(&notification, &response);

	if (error)
		fail("cannot use seccomp on this machine: %s", strerror(-error));
	run_sockets_start();
}

static bool is_socketcall(const struct seccomp_data *data)
{
	return data->arch == AUDIT_ARCH_I386 && data->nr == I386_SOCKETCALL;
}

/* i386's socketcall() has the three arguments in the caller's memory. */
static bool read_socketcall(pid_t pid, u64 address, struct socket_call *call)
{
	s32 words[3];
	struct iovec here = { .iov_base = words, .iov_len = sizeof(words) };
	struct iovec there = { .iov_base = (void *)(uintptr_t)address, .iov_len = sizeof(words) };

	if (process_vm_readv(pid, &here, 1, &there, 1, 0) != sizeof(words))
		return false;
	*call = (struct socket_call){ words[0], words[1], words[2] };
	return true;
}

static bool read_call(struct socket_call *call)
{
	const struct seccomp_data *data = &notification->data;

	if (is_socketcall(data))
		return read_socketcall(notification->pid, data->args[1], call);
	*call = (struct socket_call){
		.domain = (int)data->args[0],
		.type = (int)data->args[1],
		.protocol = (int)data->args[2],
	};
	return true;
}

/* The caller may have been killed meanwhile: an answer that finds nobody is no error. */
static void respond(int notify_fd, int error, u32 flags)
{
	memset(response, 0, sizeof(*response));
	response->id = notification->id;
	response->error = error;
	response->flags = flags;
	seccomp_notify_respond(notify_fd, response);
}

static void let_pass(int notify_fd)
{
	respond(notify_fd, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

static void report(const struct socket_call *call, const char *outcome, int fd)
{
	static const char * const types[] = {
		[SOCK_STREAM] = "SOCK_STREAM", [SOCK_DGRAM] = "SOCK_DGRAM", [SOCK_RAW] = "SOCK_RAW",
	};
	unsigned int type = call->type & 0xf;
	char number[16] = "";

	if (fd >= 0)
		snprintf(number, sizeof(number), " fd %d", fd);
	warn("pid %d: socket(%s, %s%s%s, %d) %s%s", notification->pid,
	     call->domain == AF_INET ? "AF_INET" : "AF_INET6",
	     type < ARRAY_SIZE(types) && types[type] ? types[type] : "?",
	     call->type & SOCK_NONBLOCK ? "|SOCK_NONBLOCK" : "",
	     call->type & SOCK_CLOEXEC ? "|SOCK_CLOEXEC" : "", call->protocol, outcome, number);
}

/* Return: the number the descriptor has in the caller, or a negative errno. */
static int hand_over(int notify_fd, int fd, const struct socket_call *call)
{
	struct seccomp_notif_addfd addfd = {
		.id = notification->id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = fd,
		.newfd_flags = call->type & SOCK_CLOEXEC ? O_CLOEXEC : 0,
	};
	int number = ioctl(notify_fd, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd);

	return number < 0 ? -errno : number;
}

static void move(const struct run_options *options, int notify_fd, const struct socket_call *call)
{
	int fd = run_open_socket(notification->pid, call);
	int number;

	if (fd == -EAFNOSUPPORT && options->fallback) {
		let_pass(notify_fd);
		return;
	}
	if (fd < 0) {
		respond(notify_fd, fd, 0);
		if (options->verbose)
			report(call, strerror(-fd), -1);
		return;
	}
	number = hand_over(notify_fd, fd, call);
	close(fd);
	/* The caller's own limit on descriptors, say: its socket() fails as it would have. */
	if (number < 0)
		respond(notify_fd, number, 0);
	if (options->verbose)
		report(call, number < 0 ? strerror(-number) : "is Twin's", number);
}

static void answer(const struct run_options *options, int notify_fd)
{
	struct socket_call call;

	if (!read_call(&call)) {
		let_pass(notify_fd);
		return;
	}
	switch (run_fate_of(options, &call)) {
	case CALL_MOVES:
		move(options, notify_fd, &call);
		break;
	case CALL_IS_REFUSED:
		respond(notify_fd, -EAFNOSUPPORT, 0);
		if (options->verbose)
			report(&call, "is refused", -1);
		break;
	case CALL_PASSES:
		let_pass(notify_fd);
		if (options->verbose && call.domain == AF_INET)
			report(&call, "is left to the kernel's own stack", -1);
		break;
	}
}

/* Takes one call; the caller may have died since it was announced. */
void run_calls_answer(const struct run_options *options, int notify_fd)
{
	memset(notification, 0, sizeof(*notification));
	if (seccomp_notify_receive(notify_fd, notification))
		return;
	answer(options, notify_fd);
}
