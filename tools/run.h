/* SPDX-License-Identifier: GPL-2.0 */
/*
 * twin run: an unmodified program whose IPv4 stream and datagram sockets are Twin's.
 *
 *   run.c         the options, the supervisor's loop, signals and the exit status
 *   run_filter.c  which system calls stop and wait for the supervisor
 *   run_child.c   the program's side: the filter goes on, then exec
 *   run_call.c    one stopped call: what is asked for, and the answer
 *   run_socket.c  a socket as the caller itself would have opened it
 *   run_option.c  an option that the kernel's core would refuse to a socket of Twin's
 *   run_fd.c      a descriptor from one process to another
 */
#ifndef TWIN_RUN_H
#define TWIN_RUN_H

#include <linux/filter.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "../uapi/linux/twin.h"
#include "compiler.h"

struct run_options {
	bool verbose;
	bool fallback;
	bool ipv4_only;
	char **command;
};

/* What the supervisor does about a socket() call. */
enum call_fate {
	CALL_MOVES,
	CALL_IS_REFUSED,
	CALL_PASSES,
};

struct socket_call {
	int domain;
	int type;
	int protocol;
};

/* A system call that waits, with its arguments from wherever the caller had put them. */
struct stopped_call {
	u64 id;
	pid_t pid;
	bool is_setsockopt;
	u64 words[5];
};

enum {
	/* No errno: the kernel is to do the call. */
	OPTION_PASSES = 1,
	/* Where Twin takes the options that the core keeps from it. */
	LEVEL_OF_TWIN = AF_TWIN,
};

enum {
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
};

struct sock_fprog run_filter_build(const struct run_options *options);
int run_filter_install(const struct sock_fprog *program);
enum call_fate run_fate_of(const struct run_options *options, const struct socket_call *call);

void run_child(const struct run_options *options, const struct sock_fprog *filter, int channel,
	       const sigset_t *original_mask) __noreturn;

bool run_option_needs_help(int option);
bool run_option_is_watched(int option);
int run_set_option(int notify_fd, const struct stopped_call *call);

void run_calls_start(void);
bool run_read_memory(pid_t pid, u64 address, void *bytes, size_t len);
void run_calls_answer(const struct run_options *options, int notify_fd);

void run_sockets_start(void);
int run_open_socket(pid_t caller, const struct socket_call *call);

int run_send_fd(int channel, int fd);
int run_receive_fd(int channel);

#endif
