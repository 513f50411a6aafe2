// SPDX-License-Identifier: GPL-2.0
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

/* By the name that "ip netns" gave it, or by a path. */
void enter_namespace(const char *name)
{
	char *path;
	int fd;

	if (asprintf(&path, "%s%s", strchr(name, '/') ? "" : "/run/netns/", name) < 0)
		fail("out of memory");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail("cannot open network namespace '%s': %s", name, strerror(errno));
	if (setns(fd, CLONE_NEWNET))
		fail("cannot enter network namespace '%s': %s", name, strerror(errno));
	close(fd);
	free(path);
}
