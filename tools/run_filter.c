// SPDX-License-Identifier: GPL-2.0
/*
 * The seccomp filter. It compares the arguments of socket() in the kernel, so that no other call,
 * and no socket of another kind, ever waits for the supervisor.
 */
#include "run.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util.h"

/* Of socket()'s second argument; the rest are flags such as SOCK_CLOEXEC. */
#define SOCKET_TYPE_MASK 0xf
/* The kernel looks at the low half of a register that holds an int. */
#define INT_MASK 0xffffffffU

struct socket_kind {
	int type;
	int protocol;
};

static const struct socket_kind moving_kinds[] = {
	{ SOCK_STREAM, 0 },
	{ SOCK_STREAM, IPPROTO_TCP },
	{ SOCK_DGRAM, 0 },
	{ SOCK_DGRAM, IPPROTO_UDP },
	{ SOCK_DGRAM, IPPROTO_ICMP },
};

static void check(int error, const char *what)
{
	if (error)
		fail("cannot %s: %s", what, strerror(-error));
}

/* The other instruction sets that a program on this machine may be written in. */
static void add_companions(scmp_filter_ctx filter)
{
	u32 native = seccomp_arch_native();

	if (native == SCMP_ARCH_X86_64) {
		check(seccomp_arch_add(filter, SCMP_ARCH_X86), "watch i386 programs");
		check(seccomp_arch_add(filter, SCMP_ARCH_X32), "watch x32 programs");
	} else if (native == SCMP_ARCH_AARCH64) {
		check(seccomp_arch_add(filter, SCMP_ARCH_ARM), "watch 32-bit programs");
	}
}

static void watch_kind(scmp_filter_ctx filter, int domain, const struct socket_kind *kind)
{
	check(seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(socket), 3,
			       SCMP_A0_64(SCMP_CMP_MASKED_EQ, INT_MASK, domain),
			       SCMP_A1_64(SCMP_CMP_MASKED_EQ, SOCKET_TYPE_MASK, kind->type),
			       SCMP_A2_64(SCMP_CMP_MASKED_EQ, INT_MASK, kind->protocol)),
	      "describe a socket to seccomp");
}

static void watch_type(scmp_filter_ctx filter, int domain, int type)
{
	check(seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(socket), 2,
			       SCMP_A0_64(SCMP_CMP_MASKED_EQ, INT_MASK, domain),
			       SCMP_A1_64(SCMP_CMP_MASKED_EQ, SOCKET_TYPE_MASK, type)),
	      "describe a socket to seccomp");
}

static struct sock_fprog export_program(scmp_filter_ctx filter)
{
	struct sock_fprog program = { 0 };
	int fd = memfd_create("twin-filter", MFD_CLOEXEC);
	struct stat size;

	if (fd < 0)
		fail("cannot make room for the filter: %s", strerror(errno));
	check(seccomp_export_bpf(filter, fd), "compile the filter");
	if (fstat(fd, &size))
		fail("cannot read the filter: %s", strerror(errno));
	program.len = size.st_size / sizeof(struct sock_filter);
	program.filter = malloc(size.st_size);
	if (!program.filter || pread(fd, program.filter, size.st_size, 0) != size.st_size)
		fail("cannot read the filter");
	close(fd);
	return program;
}

struct sock_fprog run_filter_build(const struct run_options *options)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	struct sock_fprog program;

	if (!filter)
		fail("cannot use seccomp on this machine");
	check(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW),
	      "let other programs pass");
	add_companions(filter);
	for (size_t i = 0; i < ARRAY_SIZE(moving_kinds); i++)
		watch_kind(filter, AF_INET, &moving_kinds[i]);
	if (options->verbose)
		watch_type(filter, AF_INET, SOCK_RAW);
	if (options->ipv4_only) {
		watch_type(filter, AF_INET6, SOCK_STREAM);
		watch_type(filter, AF_INET6, SOCK_DGRAM);
	}
	program = export_program(filter);
	seccomp_release(filter);
	return program;
}

static int load(const struct sock_fprog *program, unsigned int flags)
{
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			  SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, program);

	return fd < 0 ? -errno : fd;
}

/* Once the supervisor has taken a call, only a deadly signal may interrupt it (Linux 5.19). */
static int load_patiently(const struct sock_fprog *program)
{
	int fd = load(program, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);

	return fd == -EINVAL ? load(program, 0) : fd;
}

/*
 * Return: the descriptor on which stopped calls appear, or a negative errno. Without CAP_SYS_ADMIN
 * the kernel wants no_new_privs, which takes the effect from set-user-ID programs.
 */
int run_filter_install(const struct sock_fprog *program)
{
	int fd = load_patiently(program);

	if (fd != -EACCES)
		return fd;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return load_patiently(program);
}

/*
 * The filter's question once more, for calls whose arguments it could not see: i386 programs may
 * pass them in memory.
 */
enum call_fate run_fate_of(const struct run_options *options, const struct socket_call *call)
{
	int type = call->type & SOCKET_TYPE_MASK;

	if (call->domain == AF_INET6 && options->ipv4_only)
		return type == SOCK_STREAM || type == SOCK_DGRAM ? CALL_IS_REFUSED : CALL_PASSES;
	if (call->domain != AF_INET)
		return CALL_PASSES;
	for (size_t i = 0; i < ARRAY_SIZE(moving_kinds); i++)
		if (moving_kinds[i].type == type && moving_kinds[i].protocol == call->protocol)
			return CALL_MOVES;
	return CALL_PASSES;
}
