// SPDX-License-Identifier: GPL-2.0
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

static void __noreturn give_up(const char *why)
{
	warn("cannot watch the program: %s", why);
	_exit(EXIT_RUNTIME);
}

static void install_filter(const struct sock_fprog *filter, int channel)
{
	int notify_fd = run_filter_install(filter);
	int error;

	if (notify_fd == -EBUSY)
		give_up("another supervisor watches this process already");
	if (notify_fd < 0)
		give_up(strerror(-notify_fd));
	error = run_send_fd(channel, notify_fd);
	if (error)
		give_up(strerror(-error));
	close(notify_fd);
}

/* Between fork() and exec: becomes the program. Ends as env(1) does when it cannot be run. */
void run_child(const struct run_options *options, const struct sock_fprog *filter, int channel,
	       const sigset_t *original_mask)
{
	int error;

	install_filter(filter, channel);
	sigprocmask(SIG_SETMASK, original_mask, NULL);
	execvp(options->command[0], options->command);
	error = errno;
	warn("cannot run '%s': %s", options->command[0], strerror(error));
	_exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}
