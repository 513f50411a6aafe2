// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets that share a port by SO_REUSEPORT: which of them gets a datagram or a
 * connection.
 *
 * The groups are those of the kernel's core (net/core/sock_reuseport.c), which
 * also runs the programs of SO_ATTACH_REUSEPORT_CBPF and _EBPF: a transport
 * registers which sockets belong together, and when it has found one of them it
 * asks the core which member to use.
 */
#include <net/sock_reuseport.h>
#include "pcb.h"

static bool twin_pcb_share_same_place(struct sock *a, struct sock *b)
{
	const struct twin_flow *one = &twin_sk(a)->flow;
	const struct twin_flow *other = &twin_sk(b)->flow;

	return one->tn == other->tn && one->lport == other->lport &&
	       one->laddr == other->laddr &&
	       READ_ONCE(a->sk_bound_dev_if) == READ_ONCE(b->sk_bound_dev_if);
}

/**
 * twin_pcb_share_fits() - do two sockets belong to one group?
 * @sk: socket
 * @other: another one, which may be @sk
 *
 * Context: the caller's lock keeps both bound as they are.
 * Return: true if they share address, port, device, user and SO_REUSEPORT.
 */
bool twin_pcb_share_fits(struct sock *sk, struct sock *other)
{
	return sk != other && other->sk_reuseport &&
	       twin_pcb_share_same_place(sk, other) &&
	       uid_eq(twin_compat_sk_uid(sk), twin_compat_sk_uid(other));
}

/**
 * twin_pcb_share_join() - enter the group of another socket, or begin one
 * @sk: socket with SO_REUSEPORT that can be found from now on
 * @other: member of the group, or NULL
 *
 * Without memory it is in no group: then it gets what the hash says.
 *
 * Context: Softirqs off; the lock of the table that both are in.
 */
void twin_pcb_share_join(struct sock *sk, struct sock *other)
{
	bool any = !twin_sk(sk)->flow.laddr;

	if (other)
		reuseport_add_sock(sk, other, any);
	else
		reuseport_alloc(sk, any);
}

/**
 * twin_pcb_share_leave() - out of its group, if it is in one
 * @sk: socket
 *
 * Context: Any but hard interrupt.
 */
void twin_pcb_share_leave(struct sock *sk)
{
	if (rcu_access_pointer(sk->sk_reuseport_cb))
		reuseport_detach_sock(sk);
}

/**
 * twin_pcb_share_select() - the one of a group that gets a packet
 * @sk: member that was found
 * @hash: of the packet's addresses and ports
 * @skb: packet, skb->data at the transport's header, for the group's program;
 *	NULL: the program is not asked
 * @header_bytes: length of that header
 *
 * Context: Softirq, RCU read lock, which keeps the result.
 * Return: a member, which the caller compares with the packet before it
 * believes in it; NULL: no group, or no choice; ERR_PTR: the program wants
 * nobody to have it.
 */
struct sock *twin_pcb_share_select(struct sock *sk, u32 hash,
				   struct sk_buff *skb,
				   unsigned int header_bytes)
{
	if (!rcu_access_pointer(sk->sk_reuseport_cb))
		return NULL;
	return reuseport_select_sock(sk, hash, skb, header_bytes);
}
