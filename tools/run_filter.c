// SPDX-License-Identifier: GPL-2.0
/*
 * The seccomp filter. It compares the arguments of socket() and setsockopt() in the kernel, so that
 * no other call, and no socket of another kind, ever waits for the supervisor.
 */
#include "run.h"

#include <errno.h>
#include <linux/net.h>
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

static const int refused_options[] = { SO_REUSEPORT, SO_ZEROCOPY };
/* Of those, the ones that wait for the supervisor on this kernel. */
static bool is_watched[ARRAY_SIZE(refused_options)];

static void check(int error, const char *what)
{
	if (error)
		fail("cannot %s: %s", what, strerror(-error));
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

static void watch_option(scmp_filter_ctx filter, int option)
{
	check(seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(setsockopt), 2,
			       SCMP_A1_64(SCMP_CMP_MASKED_EQ, INT_MASK, SOL_SOCKET),
			       SCMP_A2_64(SCMP_CMP_MASKED_EQ, INT_MASK, option)),
	      "describe an option to seccomp");
}

/* i386's socketcall() has the arguments in memory, where no filter sees them. */
static void watch_socketcall(scmp_filter_ctx filter, int call)
{
	check(seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(socketcall), 1,
			       SCMP_A0(SCMP_CMP_EQ, call)),
	      "describe socketcall() to seccomp");
}

static void find_refused_options(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused_options); i++)
		is_watched[i] = run_option_needs_help(refused_options[i]);
}

bool run_option_is_watched(int option)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused_options); i++)
		if (refused_options[i] == option)
			return is_watched[i];
	return false;
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

static void describe_calls(scmp_filter_ctx filter, const struct run_options *options)
{
	for (size_t i = 0; i < ARRAY_SIZE(moving_kinds); i++)
		watch_kind(filter, AF_INET, &moving_kinds[i]);
	for (size_t i = 0; i < ARRAY_SIZE(refused_options); i++)
		if (is_watched[i])
			watch_option(filter, refused_options[i]);
	if (options->verbose)
		watch_type(filter, AF_INET, SOCK_RAW);
	if (options->ipv4_only) {
		watch_type(filter, AF_INET6, SOCK_STREAM);
		watch_type(filter, AF_INET6, SOCK_DGRAM);
	}
}

static void describe_socketcall(scmp_filter_ctx filter)
{
	watch_socketcall(filter, SYS_SOCKET);
	for (size_t i = 0; i < ARRAY_SIZE(refused_options); i++)
		if (is_watched[i])
			watch_socketcall(filter, SYS_SETSOCKOPT);
}

static scmp_filter_ctx filter_for(u32 architecture, const struct run_options *options)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (!filter)
		fail("cannot use seccomp on this machine");
	check(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW),
	      "let other programs pass");
	if (architecture != seccomp_arch_native()) {
		check(seccomp_arch_add(filter, architecture), "watch programs of another kind");
		check(seccomp_arch_remove(filter, SCMP_ARCH_NATIVE), "watch them alone");
	}
	describe_calls(filter, options);
	if (architecture == SCMP_ARCH_X86)
		describe_socketcall(filter);
	return filter;
}

/*
 * For all the instruction sets that a program on this machine may be written in. Each has a filter
 * of its own first: not all have the same calls.
 */
struct sock_fprog run_filter_build(const struct run_options *options)
{
	static const u32 companions[][2] = {
		{ SCMP_ARCH_X86_64, SCMP_ARCH_X86 },
		{ SCMP_ARCH_X86_64, SCMP_ARCH_X32 },
		{ SCMP_ARCH_AARCH64, SCMP_ARCH_ARM },
	};
	u32 native = seccomp_arch_native();
	struct sock_fprog program;
	scmp_filter_ctx filter;

	find_refused_options();
	filter = filter_for(native, options);
	for (size_t i = 0; i < ARRAY_SIZE(companions); i++)
		if (companions[i][0] == native)
			check(seccomp_merge(filter, filter_for(companions[i][1], options)),
			      "watch programs of another kind");
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
