// SPDX-License-Identifier: GPL-2.0
/*
 * The filters of ss, in the byte code of inet_diag: checked once, then run on
 * each socket.
 *
 * A filter is a sequence of operations.  Each begins with struct
 * inet_diag_bc_op; some have an operand behind it.  Each names the distance to
 * the next one if its condition is true, and another if it is false.  Distances
 * are positive, so that a filter ends.  A socket passes if the end of the filter
 * is reached exactly, and fails if a distance leads beyond it.
 */
#include <linux/in.h>
#include <linux/inetdevice.h>
#include <net/netlink.h>
#include <uapi/linux/inet_diag.h>
#include "inspect.h"

#define TWIN_DIAG_OP_BYTES	sizeof(struct inet_diag_bc_op)

static const void *twin_diag_operand(const struct inet_diag_bc_op *op)
{
	return op + 1;
}

/* A host's operand with its address, or 0 if it makes no sense. */
static int twin_diag_host_bytes(const struct inet_diag_bc_op *op, int left)
{
	const struct inet_diag_hostcond *host = twin_diag_operand(op);
	int addr_bytes;

	if (left < (int)(TWIN_DIAG_OP_BYTES + sizeof(*host)))
		return 0;
	if (host->family == AF_UNSPEC)
		addr_bytes = 0;
	else if (host->family == AF_INET || host->family == twin_family)
		addr_bytes = sizeof(__be32);
	else if (host->family == AF_INET6)
		addr_bytes = sizeof(struct in6_addr);
	else
		return 0;
	return host->prefix_len > 8 * addr_bytes ? 0 :
	       sizeof(*host) + addr_bytes;
}

/* The operation and its operand, or 0 if there is no such operation. */
static int twin_diag_op_bytes(const struct inet_diag_bc_op *op, int left)
{
	int host_bytes;

	switch (op->code) {
	case INET_DIAG_BC_NOP:
	case INET_DIAG_BC_JMP:
	case INET_DIAG_BC_AUTO:
		return TWIN_DIAG_OP_BYTES;
	case INET_DIAG_BC_S_EQ:
	case INET_DIAG_BC_S_GE:
	case INET_DIAG_BC_S_LE:
	case INET_DIAG_BC_D_EQ:
	case INET_DIAG_BC_D_GE:
	case INET_DIAG_BC_D_LE:
		/* the port is where a second operation has its distance */
		return 2 * TWIN_DIAG_OP_BYTES;
	case INET_DIAG_BC_DEV_COND:
		return TWIN_DIAG_OP_BYTES + sizeof(u32);
	case INET_DIAG_BC_MARK_COND:
		return TWIN_DIAG_OP_BYTES + sizeof(struct inet_diag_markcond);
	case INET_DIAG_BC_CGROUP_COND:
		return TWIN_DIAG_OP_BYTES + sizeof(u64);
	case INET_DIAG_BC_S_COND:
	case INET_DIAG_BC_D_COND:
		host_bytes = twin_diag_host_bytes(op, left);
		return host_bytes ? TWIN_DIAG_OP_BYTES + host_bytes : 0;
	default:
		return 0;
	}
}

/* Does one begin @distance bytes behind the one @at bytes from the start? */
static bool twin_diag_is_op(const struct nlattr *filter, int at, int distance)
{
	int target = at + distance;

	while (at < target) {
		const struct inet_diag_bc_op *op = nla_data(filter) + at;

		if (nla_len(filter) - at < (int)TWIN_DIAG_OP_BYTES ||
		    op->yes < TWIN_DIAG_OP_BYTES)
			return false;
		at += op->yes;
	}
	return at == target;
}

/* A distance of @left + 4 leads beyond the end, which is to fail. */
static bool twin_diag_distance_ok(int distance, int bytes, int left)
{
	return distance >= bytes && distance <= left + 4 && distance % 4 == 0;
}

/* Checks the operation @at bytes from the start, of which @left are there. */
static int twin_diag_check_op(const struct nlattr *filter, int at, int left,
			      bool admin)
{
	const struct inet_diag_bc_op *op = nla_data(filter) + at;
	int bytes;

	if (left < (int)TWIN_DIAG_OP_BYTES)
		return -EINVAL;
	if (op->code == INET_DIAG_BC_MARK_COND && !admin)
		return -EPERM;
	bytes = twin_diag_op_bytes(op, left);
	if (!bytes || bytes > left ||
	    !twin_diag_distance_ok(op->yes, bytes, left))
		return -EINVAL;
	if (op->code == INET_DIAG_BC_NOP)
		return 0;
	if (!twin_diag_distance_ok(op->no, bytes, left) ||
	    (op->no < left && !twin_diag_is_op(filter, at, op->no)))
		return -EINVAL;
	return 0;
}

/**
 * twin_diag_filter_check() - may a filter be run?
 * @filter: INET_DIAG_REQ_BYTECODE, or NULL for none
 * @admin: the reader may see SO_MARK
 *
 * Context: Any.
 * Return: 0, -EINVAL if it makes no sense, -EPERM if it asks for too much.
 */
int twin_diag_filter_check(const struct nlattr *filter, bool admin)
{
	const struct inet_diag_bc_op *op;
	int at = 0;
	int err;

	if (!filter)
		return 0;
	if (nla_len(filter) < (int)TWIN_DIAG_OP_BYTES)
		return -EINVAL;
	while (at < nla_len(filter)) {
		err = twin_diag_check_op(filter, at, nla_len(filter) - at,
					 admin);
		if (err)
			return err;
		op = nla_data(filter) + at;
		at += op->yes;
	}
	return at == nla_len(filter) ? 0 : -EINVAL;
}

static bool twin_diag_host_holds(const struct inet_diag_bc_op *op,
				 const struct twin_sock_view *view)
{
	const struct inet_diag_hostcond *host = twin_diag_operand(op);
	bool source = op->code == INET_DIAG_BC_S_COND;
	__be32 addr = source ? view->laddr : view->raddr;
	u16 port = ntohs(source ? view->lport : view->rport);

	if (host->port != -1 && host->port != port)
		return false;
	if (host->family == AF_INET6)
		return false;
	if (!host->prefix_len)
		return true;
	return !((host->addr[0] ^ addr) & inet_make_mask(host->prefix_len));
}

static bool twin_diag_mark_holds(const struct inet_diag_bc_op *op,
				 const struct twin_sock_view *view)
{
	const struct inet_diag_markcond *mark = twin_diag_operand(op);

	return (view->mark & mark->mask) == mark->mark;
}

static bool twin_diag_cgroup_holds(const struct inet_diag_bc_op *op,
				   const struct twin_sock_view *view)
{
	u64 cgroup;

	memcpy(&cgroup, twin_diag_operand(op), sizeof(cgroup));
	return view->cgroup == cgroup;
}

static bool twin_diag_op_holds(const struct inet_diag_bc_op *op,
			       const struct twin_sock_view *view)
{
	u16 sport = ntohs(view->lport);
	u16 dport = ntohs(view->rport);

	switch (op->code) {
	case INET_DIAG_BC_NOP:
		return true;
	case INET_DIAG_BC_S_EQ:
		return sport == op[1].no;
	case INET_DIAG_BC_S_GE:
		return sport >= op[1].no;
	case INET_DIAG_BC_S_LE:
		return sport <= op[1].no;
	case INET_DIAG_BC_D_EQ:
		return dport == op[1].no;
	case INET_DIAG_BC_D_GE:
		return dport >= op[1].no;
	case INET_DIAG_BC_D_LE:
		return dport <= op[1].no;
	case INET_DIAG_BC_AUTO:
		return !view->bound_port;
	case INET_DIAG_BC_S_COND:
	case INET_DIAG_BC_D_COND:
		return twin_diag_host_holds(op, view);
	case INET_DIAG_BC_DEV_COND:
		return view->ifindex == *(const u32 *)twin_diag_operand(op);
	case INET_DIAG_BC_MARK_COND:
		return twin_diag_mark_holds(op, view);
	case INET_DIAG_BC_CGROUP_COND:
		return twin_diag_cgroup_holds(op, view);
	default:
		/* JMP: always to the farther one */
		return false;
	}
}

/**
 * twin_diag_filter_passes() - does a socket pass a filter?
 * @filter: checked
 * @view: the socket
 *
 * Context: Any.
 * Return: true if it does.
 */
bool twin_diag_filter_passes(const struct nlattr *filter,
			     const struct twin_sock_view *view)
{
	const struct inet_diag_bc_op *op;
	int at = 0;

	while (at < nla_len(filter)) {
		op = nla_data(filter) + at;
		at += twin_diag_op_holds(op, view) ? op->yes : op->no;
	}
	return at == nla_len(filter);
}
