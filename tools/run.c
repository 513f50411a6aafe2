// SPDX-License-Identifier: GPL-2.0
/*
 * twin run: the supervisor. It stays beside the program and gives its sockets to it; it ends with
 * the program's status, leaving a copy of itself behind while descendants of the program live.
 */
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "family.h"
#include "util.h"

static const char usage[] =
	"Usage: twin run [ OPTIONS ] [ -- ] COMMAND [ ARGUMENT... ]\n"
	"  -v, --verbose     say which sockets became Twin's\n"
	"  -4, --ipv4-only   refuse IPv6 sockets, so that the program uses IPv4\n"
	"      --fallback    where Twin is not loaded, use the kernel's own stack\n";

struct supervisor {
	const struct run_options *options;
	pid_t child;
	/* Stopped calls; -1 once no process has the filter any more. */
	int notify_fd;
	int signal_fd;
	bool child_ended;
	int status;
};

static void read_options(struct args *args, struct run_options *options)
{
	enum { FALLBACK = 256 };
	static const struct option long_options[] = {
		{ "verbose", no_argument, NULL, 'v' },
		{ "ipv4-only", no_argument, NULL, '4' },
		{ "fallback", no_argument, NULL, FALLBACK },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	char **argv = args->next - 1;
	int argc = 0;
	int option;

	while (argv[argc])
		argc++;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "+v4h", long_options, NULL)) >= 0) {
		switch (option) {
		case 'v':
			options->verbose = true;
			break;
		case '4':
			options->ipv4_only = true;
			break;
		case FALLBACK:
			options->fallback = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			usage_error("there is no option '%s'; see 'twin run --help'",
				    refused_option(argv));
		}
	}
	options->command = argv + optind;
	if (!options->command[0])
		usage_error("a command to run is needed");
}

/*
 * What one sends to the supervisor is meant for the program: all but what stops and continues, and
 * what a fault of its own or a broken pipe raises.
 */
static sigset_t watched_signals(void)
{
	static const int others[] = {
		SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE,
		SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP,
	};
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		sigdelset(&set, others[i]);
	return set;
}

/*
 * What was open when this process began is the program's: whoever waits for the end of a pipe, say,
 * is not to wait for the supervisor as well. Its own are all closed by exec, and so can be told
 * apart. Where it speaks, standard error, stays.
 */
static void let_go_of_inherited(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	int fd;

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	close(null);
	while (folder && (entry = readdir(folder))) {
		fd = atoi(entry->d_name);
		if (fd > STDERR_FILENO && !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
			close(fd);
	}
	if (folder)
		closedir(folder);
}

static void start_program(struct supervisor *supervisor, const struct sock_fprog *filter)
{
	sigset_t signals = watched_signals();
	sigset_t original_mask;
	void (*original_chld)(int number);
	int channel[2];

	/* Where it is ignored, as an inheritance, a child's end is not told. */
	original_chld = signal(SIGCHLD, SIG_DFL);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel))
		fail("cannot open a channel to the program: %s", strerror(errno));
	sigprocmask(SIG_BLOCK, &signals, &original_mask);
	supervisor->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	supervisor->child = supervisor->signal_fd < 0 ? -1 : fork();
	if (supervisor->child < 0)
		fail("cannot start the program: %s", strerror(errno));
	if (!supervisor->child) {
		signal(SIGCHLD, original_chld);
		run_child(supervisor->options, filter, channel[1], &original_mask);
	}
	let_go_of_inherited();
	/* Those who read what -v says may be gone before the program is. */
	signal(SIGPIPE, SIG_IGN);
	close(channel[1]);
	supervisor->notify_fd = run_receive_fd(channel[0]);
	close(channel[0]);
}

/* A shell above continues what it has started from its terminal; nobody else would. */
static bool has_shell(void)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (terminal < 0)
		return false;
	close(terminal);
	return getsid(0) != getpid();
}

/*
 * A program that the terminal stops, or a shell that suspends itself in a process group of its own,
 * must stop its supervisor too, or the shell above would wait for ever.
 */
static bool stops_both(const struct supervisor *supervisor, int signal)
{
	sigset_t pending;

	/* The terminal has stopped both, and this is already over. */
	sigpending(&pending);
	if (sigismember(&pending, SIGCONT) || !has_shell())
		return false;
	if (getpgid(supervisor->child) != getpgrp())
		return true;
	return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static void follow_child(struct supervisor *supervisor, int status)
{
	if (!WIFSTOPPED(status)) {
		supervisor->child_ended = true;
		supervisor->status = status;
	} else if (stops_both(supervisor, WSTOPSIG(status))) {
		raise(SIGSTOP);
		kill(supervisor->child, SIGCONT);
	}
}

/* As the first process of a container, say, it has others' children to bury as well. */
static void follow_children(struct supervisor *supervisor)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0)
		if (pid == supervisor->child && !supervisor->child_ended)
			follow_child(supervisor, status);
}

/*
 * What the terminal sends reaches the program by itself, but for the terminal's end, which is told
 * to the leader of the session alone.
 */
static bool is_terminals(const struct signalfd_siginfo *info)
{
	if (info->ssi_code != SI_KERNEL)
		return false;
	switch (info->ssi_signo) {
	case SIGINT:
	case SIGQUIT:
	case SIGWINCH:
		return true;
	case SIGHUP:
		return getsid(0) != getpid();
	default:
		return false;
	}
}

/* From kill(), or of a timer that was set before this process began: alarm() outlives exec. */
static void pass_on(const struct supervisor *supervisor, const struct signalfd_siginfo *info)
{
	if (!is_terminals(info) && (pid_t)info->ssi_pid != supervisor->child)
		kill(supervisor->child, info->ssi_signo);
}

static void handle_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			follow_children(supervisor);
		else if (info.ssi_signo != SIGCONT)
			pass_on(supervisor, &info);
	}
}

static void handle_notify(struct supervisor *supervisor, short events)
{
	if (events & POLLIN) {
		run_calls_answer(supervisor->options, supervisor->notify_fd);
	} else if (events) {
		close(supervisor->notify_fd);
		supervisor->notify_fd = -1;
	}
}

static void supervise(struct supervisor *supervisor)
{
	struct pollfd fds[2];

	while (!supervisor->child_ended) {
		fds[0] = (struct pollfd){ .fd = supervisor->notify_fd, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = supervisor->signal_fd, .events = POLLIN };
		if (poll(fds, 2, -1) < 0)
			continue;
		handle_notify(supervisor, fds[0].revents);
		if (fds[1].revents)
			handle_signals(supervisor);
	}
}

static bool has_descendants(const struct supervisor *supervisor)
{
	struct pollfd fd = { .fd = supervisor->notify_fd, .events = POLLIN };

	if (supervisor->notify_fd < 0)
		return false;
	return poll(&fd, 1, 0) == 0 || (fd.revents & POLLIN);
}

/* Keeps no one waiting: whoever reads the program's errors sees their end when the program ends. */
static void let_go_of_terminal(const struct supervisor *supervisor)
{
	setsid();
	if (chdir("/"))
		warn("cannot leave the current folder: %s", strerror(errno));
	if (!supervisor->options->verbose)
		dup2(STDIN_FILENO, STDERR_FILENO);
}

/* The signals stay blocked: this process ends when the last process with the filter has. */
static void stay_for_descendants(struct supervisor *supervisor)
{
	struct pollfd fd;

	let_go_of_terminal(supervisor);
	while (supervisor->notify_fd >= 0) {
		fd = (struct pollfd){ .fd = supervisor->notify_fd, .events = POLLIN };
		if (poll(&fd, 1, -1) > 0)
			handle_notify(supervisor, fd.revents);
	}
}

/* Where no copy can be made, this process stays itself and ends later. */
static void leave_a_supervisor(struct supervisor *supervisor)
{
	pid_t copy = fork();

	if (copy > 0)
		return;
	stay_for_descendants(supervisor);
	if (!copy)
		_exit(0);
}

/* Ends as the program ended: by the same signal, without a second core file, if by one. */
static int end_like(int status)
{
	sigset_t set;

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

/*
 * Where they are closed, what is opened here would have their numbers, and be lost when the
 * supervisor lets go of them. The program finds them closed as before.
 */
static void keep_standard_numbers(void)
{
	int null;

	do {
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (null >= 0 && null <= STDERR_FILENO);
	if (null >= 0)
		close(null);
}

static void __noreturn run_unsupervised(const struct run_options *options)
{
	int error;

	execvp(options->command[0], options->command);
	error = errno;
	warn("cannot run '%s': %s", options->command[0], strerror(error));
	exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}

/* Under another "twin run", say: a process can have one supervisor, and this one has. */
static bool sockets_are_twins_already(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int family = 0;
	socklen_t bytes = sizeof(family);

	if (fd < 0)
		return false;
	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &bytes);
	close(fd);
	return family == twin_family();
}

int cmd_run(struct args *args)
{
	struct run_options options = { 0 };
	struct supervisor supervisor = { .options = &options };
	struct sock_fprog filter;

	set_command_name("twin run");
	read_options(args, &options);
	if (options.fallback && probe_twin_family() == -EAFNOSUPPORT) {
		warn("Twin is not loaded: '%s' runs on the kernel's own stack",
		     options.command[0]);
		run_unsupervised(&options);
	}
	require_twin_family();
	if (!options.ipv4_only && sockets_are_twins_already())
		run_unsupervised(&options);
	keep_standard_numbers();
	filter = run_filter_build(&options);
	run_calls_start();
	start_program(&supervisor, &filter);
	supervise(&supervisor);
	if (has_descendants(&supervisor))
		leave_a_supervisor(&supervisor);
	return end_like(supervisor.status);
}
