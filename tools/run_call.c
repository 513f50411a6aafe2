// SPDX-License-Identifier: GPL-2.0
/*
 * One stopped call, socket() or setsockopt(): read, judged and answered.
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
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/seccomp.h>

#include "util.h"

#define I386_SOCKETCALL 102
#define X32_SYSCALL_BIT 0x40000000

static struct seccomp_notif *notification;
static struct seccomp_notif_resp *response;

void run_calls_start(void)
{
	int error = seccomp_notify_alloc(&notification, &response);

	if (error)
		fail("cannot use seccomp on this machine: %s", strerror(-error));
	run_sockets_start();
}

bool run_read_memory(pid_t pid, u64 address, void *bytes, size_t len)
{
	struct iovec here = { .iov_base = bytes, .iov_len = len };
	struct iovec there = { .iov_base = (void *)(uintptr_t)address, .iov_len = len };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)len;
}

static bool is_socketcall(const struct seccomp_data *data)
{
	return data->arch == AUDIT_ARCH_I386 && data->nr == I386_SOCKETCALL;
}

/* x32 programs have x86_64's architecture and numbers of their own. */
static u32 architecture_of(const struct seccomp_data *data)
{
	if (data->arch == AUDIT_ARCH_X86_64 && (data->nr & X32_SYSCALL_BIT))
		return SCMP_ARCH_X32;
	return data->arch;
}

static bool is_setsockopt(const struct seccomp_data *data)
{
	char *name = seccomp_syscall_resolve_num_arch(architecture_of(data), data->nr);
	bool is = name && !strcmp(name, "setsockopt");

	free(name);
	return is;
}

/* i386's socketcall() has the number of the call, and its arguments in the caller's memory. */
static bool read_socketcall(const struct seccomp_data *data, struct stopped_call *call)
{
	u32 words[ARRAY_SIZE(call->words)];
	size_t bytes;

	call->is_setsockopt = data->args[0] == SYS_SETSOCKOPT;
	bytes = (call->is_setsockopt ? 5 : 3) * sizeof(*words);
	if (!run_read_memory(call->pid, data->args[1], words, bytes))
		return false;
	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		call->words[i] = words[i];
	return true;
}

static bool read_call(struct stopped_call *call)
{
	const struct seccomp_data *data = &notification->data;

	*call = (struct stopped_call){ .id = notification->id, .pid = notification->pid };
	if (is_socketcall(data))
		return read_socketcall(data, call);
	call->is_setsockopt = is_setsockopt(data);
	memcpy(call->words, data->args, sizeof(call->words));
	return true;
}

/*
 * What the call returns is @value, or @error if that is not 0. The caller may have been killed
 * meanwhile: an answer that finds nobody is no error.
 */
static void respond(int notify_fd, int value, int error, u32 flags)
{
	memset(response, 0, sizeof(*response));
	response->id = notification->id;
	response->val = value;
	response->error = error;
	response->flags = flags;
	seccomp_notify_respond(notify_fd, response);
}

static void let_pass(int notify_fd)
{
	respond(notify_fd, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
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

/*
 * The caller goes on only when it is answered: its socket must be nobody else's by then, or the
 * caller's close() would not be the last one.
 *
 * Return: the number the descriptor has in the caller, or a negative errno.
 */
static int hand_over(int notify_fd, int fd, const struct socket_call *call)
{
	struct seccomp_notif_addfd addfd = {
		.id = notification->id,
		.srcfd = fd,
		.newfd_flags = call->type & SOCK_CLOEXEC ? O_CLOEXEC : 0,
	};
	int number = ioctl(notify_fd, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd);

	if (number < 0)
		number = -errno;
	close(fd);
	return number;
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
		respond(notify_fd, 0, fd, 0);
		if (options->verbose)
			report(call, strerror(-fd), -1);
		return;
	}
	number = hand_over(notify_fd, fd, call);
	/* The caller's own limit on descriptors, say: its socket() fails as it would have. */
	respond(notify_fd, number, number < 0 ? number : 0, 0);
	if (options->verbose)
		report(call, number < 0 ? strerror(-number) : "is Twin's", number);
}

static void answer_socket(const struct run_options *options, int notify_fd,
			  const struct socket_call *call)
{
	switch (run_fate_of(options, call)) {
	case CALL_MOVES:
		move(options, notify_fd, call);
		break;
	case CALL_IS_REFUSED:
		respond(notify_fd, 0, -EAFNOSUPPORT, 0);
		if (options->verbose)
			report(call, "is refused", -1);
		break;
	case CALL_PASSES:
		let_pass(notify_fd);
		if (options->verbose && call->domain == AF_INET)
			report(call, "is left to the kernel's own stack", -1);
		break;
	}
}

static void answer_setsockopt(int notify_fd, const struct stopped_call *call)
{
	int result = run_set_option(notify_fd, call);

	if (result == OPTION_PASSES)
		let_pass(notify_fd);
	else
		respond(notify_fd, 0, result, 0);
}

static void answer(const struct run_options *options, int notify_fd)
{
	struct stopped_call call;

	if (!read_call(&call)) {
		let_pass(notify_fd);
	} else if (call.is_setsockopt) {
		answer_setsockopt(notify_fd, &call);
	} else {
		answer_socket(options, notify_fd, &(struct socket_call){
			.domain = (int)call.words[0],
			.type = (int)call.words[1],
			.protocol = (int)call.words[2],
		});
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
