// SPDX-License-Identifier: GPL-2.0
/*
 * Opens sockets for others. A socket belongs to the network namespace and the user of the process
 * that calls socket(), so the supervisor puts on the caller's before it calls in its place.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "family.h"
#include "util.h"

struct user {
	uid_t uid;
	gid_t gid;
};

static struct user own_user;
static int home_fd;
/* The namespace the supervisor is in now: it stays where the last caller was. */
static struct stat current;

void run_sockets_start(void)
{
	home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home_fd < 0 || fstat(home_fd, &current))
		fail("cannot read /proc/self/ns/net: %s", strerror(errno));
	own_user = (struct user){ geteuid(), getegid() };
}

static int open_namespace(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* A process that hides (PR_SET_DUMPABLE) is taken to be where the program was started. */
static int open_network(pid_t pid)
{
	int fd = open_namespace(pid, "net");

	return fd < 0 ? dup(home_fd) : fd;
}

/* Return: 0 or a negative errno. */
static int move_to(int net_fd)
{
	struct stat wanted;

	if (fstat(net_fd, &wanted))
		return -errno;
	if (wanted.st_ino == current.st_ino && wanted.st_dev == current.st_dev)
		return 0;
	if (setns(net_fd, CLONE_NEWNET))
		return -errno;
	current = wanted;
	return 0;
}

static struct user user_of(pid_t pid)
{
	struct user user = own_user;
	char line[256];
	FILE *status;

	snprintf(line, sizeof(line), "/proc/%d/status", pid);
	status = fopen(line, "re");
	if (!status)
		return user;
	/* Real, effective, saved and file system id: the kernel gives a socket the last. */
	while (fgets(line, sizeof(line), status)) {
		if (sscanf(line, "Uid: %*u %*u %*u %u", &user.uid) == 1)
			continue;
		if (sscanf(line, "Gid: %*u %*u %*u %u", &user.gid) == 1)
			break;
	}
	fclose(status);
	return user;
}

static int open_here(const struct socket_call *call)
{
	int fd = socket(twin_family(), call->type | SOCK_CLOEXEC, call->protocol);

	return fd < 0 ? -errno : fd;
}

static int open_as_user(const struct user *user, const struct socket_call *call)
{
	int fd;

	if (user->uid == own_user.uid && user->gid == own_user.gid)
		return open_here(call);
	setfsgid(user->gid);
	setfsuid(user->uid);
	fd = open_here(call);
	setfsuid(own_user.uid);
	setfsgid(own_user.gid);
	return fd;
}

/* By which net.twin.ping_group_range says who may have a ping socket. */
struct groups {
	gid_t effective;
	gid_t *list;
	size_t count;
};

static void add_group(struct groups *groups, const char *word)
{
	groups->list = reallocarray(groups->list, groups->count + 1, sizeof(*groups->list));
	if (!groups->list)
		fail("out of memory");
	groups->list[groups->count++] = strtoul(word, NULL, 10);
}

/* Return: false if they cannot be read. */
static bool read_groups(pid_t pid, struct groups *groups)
{
	static const char heading[] = "Groups:";
	char *line = NULL, *word;
	bool found = false;
	size_t room = 0;
	FILE *status;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "re");
	if (!status)
		return false;
	while (!found && getline(&line, &room, status) > 0) {
		if (sscanf(line, "Gid: %*u %u", &groups->effective) == 1)
			continue;
		found = !strncmp(line, heading, strlen(heading));
		word = found ? strtok(line + strlen(heading), " \t\n") : NULL;
		for (; word; word = strtok(NULL, " \t\n"))
			add_group(groups, word);
	}
	free(line);
	fclose(status);
	return found;
}

/* Who may not do this is the caller's user, and has the caller's groups. */
static void put_on(const struct groups *groups)
{
	if (setgroups(groups->count, groups->list) || setegid(groups->effective))
		return;
}

static int open_ping(pid_t caller, const struct user *user, const struct socket_call *call)
{
	struct groups own = { 0 }, theirs = { 0 };
	int fd;

	if (read_groups(getpid(), &own) && read_groups(caller, &theirs)) {
		put_on(&theirs);
		fd = open_as_user(user, call);
		put_on(&own);
	} else {
		fd = open_as_user(user, call);
	}
	free(own.list);
	free(theirs.list);
	return fd;
}

static void __noreturn help_from_inside(int channel, int user_fd, int net_fd,
					const struct socket_call *call)
{
	int fd;

	if (setns(user_fd, CLONE_NEWUSER) || setns(net_fd, CLONE_NEWNET))
		fd = -errno;
	else
		fd = open_here(call);
	_exit(run_send_fd(channel, fd) ? EXIT_RUNTIME : 0);
}

/*
 * Entering a namespace of a user namespace needs the privileges that only a member of it has, and
 * membership cannot be given back: a helper process joins and ends.
 */
static int open_in_user_namespace(pid_t pid, int net_fd, const struct socket_call *call)
{
	int user_fd = open_namespace(pid, "user");
	int channel[2];
	pid_t helper;
	int fd;

	if (user_fd < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel)) {
		fd = -errno;
		close(user_fd);
		return fd;
	}
	helper = fork();
	if (!helper)
		help_from_inside(channel[1], user_fd, net_fd, call);
	close(channel[1]);
	close(user_fd);
	fd = helper < 0 ? -EAGAIN : run_receive_fd(channel[0]);
	close(channel[0]);
	if (helper > 0)
		waitpid(helper, NULL, 0);
	return fd;
}

/* Return: a descriptor of Twin's in this process, or the negative errno for the caller. */
int run_open_socket(pid_t caller, const struct socket_call *call)
{
	int net_fd = open_network(caller);
	struct user user;
	int fd;

	if (net_fd < 0)
		return -errno;
	fd = move_to(net_fd);
	if (fd == -EPERM) {
		fd = open_in_user_namespace(caller, net_fd, call);
	} else if (!fd) {
		user = user_of(caller);
		fd = call->protocol == IPPROTO_ICMP ? open_ping(caller, &user, call) :
						      open_as_user(&user, call);
	}
	close(net_fd);
	return fd;
}
