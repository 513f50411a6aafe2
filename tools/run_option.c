// SPDX-License-Identifier: GPL-2.0
/*
 * Options of SOL_SOCKET that Twin has and an older kernel's core refuses to all families but its
 * own. Twin takes them at a level of its own too, and the supervisor sets them there in the
 * caller's place. A newer core hands them to Twin by itself: then none of this is at work.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "family.h"

/* Linux 6.9: a descriptor of a thread, which may have descriptors other than its process has. */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

static bool is_twin(int fd)
{
	int family;
	socklen_t bytes = sizeof(family);

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &bytes) &&
	       family == twin_family();
}

/* Return: 0 or a negative errno, what the core says unless Twin itself can do it. */
static int set_option(int fd, int option, int value)
{
	if (!setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value)))
		return 0;
	if (errno != EOPNOTSUPP)
		return -errno;
	if (!setsockopt(fd, LEVEL_OF_TWIN, option, &value, sizeof(value)))
		return 0;
	return errno == ENOPROTOOPT ? -EOPNOTSUPP : -errno;
}

/* Return: true when a program that sets @option needs the supervisor's help on this kernel. */
bool run_option_needs_help(int option)
{
	int fd = socket(twin_family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int on = 1;
	bool needs;

	needs = fd >= 0 && setsockopt(fd, SOL_SOCKET, option, &on, sizeof(on)) &&
		!set_option(fd, option, on);
	if (fd >= 0)
		close(fd);
	return needs;
}

/* The process of a thread, for kernels that have no descriptors of threads. */
static pid_t process_of(pid_t thread)
{
	pid_t process = -1;
	char line[256];
	FILE *status;

	snprintf(line, sizeof(line), "/proc/%d/status", thread);
	status = fopen(line, "re");
	if (!status)
		return -1;
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "Tgid: %d", &process) == 1)
			break;
	fclose(status);
	return process;
}

static int open_caller(pid_t caller)
{
	int fd = pidfd_open(caller, PIDFD_THREAD);

	return fd < 0 && errno == EINVAL ? pidfd_open(process_of(caller), 0) : fd;
}

/* Return: this process' own descriptor of the caller's socket, or -1. */
static int borrow(const struct stopped_call *call)
{
	int caller = open_caller(call->pid);
	int fd;

	if (caller < 0)
		return -1;
	fd = pidfd_getfd(caller, call->words[0], 0);
	close(caller);
	return fd;
}

static bool read_value(const struct stopped_call *call, int *value)
{
	return (int)call->words[4] >= (int)sizeof(*value) &&
	       run_read_memory(call->pid, call->words[3], value, sizeof(*value));
}

/*
 * Everything odd is left to the kernel, which says what is wrong with it. Only while the call is
 * still stopped is its number sure to be the caller's: what was found by it counts only then.
 *
 * Return: OPTION_PASSES, or what setsockopt() is to return, 0 or a negative errno.
 */
int run_set_option(int notify_fd, const struct stopped_call *call)
{
	int answer = OPTION_PASSES;
	int value;
	int fd;

	if ((int)call->words[1] != SOL_SOCKET || !run_option_is_watched(call->words[2]))
		return OPTION_PASSES;
	fd = borrow(call);
	if (fd < 0)
		return OPTION_PASSES;
	if (is_twin(fd) && read_value(call, &value) &&
	    !seccomp_notify_id_valid(notify_fd, call->id))
		answer = set_option(fd, call->words[2], value);
	close(fd);
	return answer;
}
