// SPDX-License-Identifier: GPL-2.0
/*
 * SOL_SOCKET options that the core would refuse to a family it does not know.
 */
#include <linux/sockptr.h>
#include "../../uapi/linux/twin.h"
#include "socket.h"

/**
 * twin_socket_sol_setsockopt() - setsockopt() at level SOL_SOCKET or SOL_TWIN
 * @sock: socket
 * @level: which of the two
 * @option: SO_ number
 * @value: argument
 * @len: its length in bytes
 *
 * The core refuses SO_ZEROCOPY and SO_REUSEPORT for all but its own families;
 * everything else is the core's.  Before Linux 6.7 the core does not even ask
 * us, so these two can be set at SOL_TWIN as well, and Twin's own TWIN_RECORD
 * there alone.
 *
 * Context: Process; takes the socket lock.
 * Return: 0 or a negative errno.
 */
int twin_socket_sol_setsockopt(struct socket *sock, int level, int option,
			       sockptr_t value, unsigned int len)
{
	struct sock *sk = sock->sk;
	int flag;

	if (level == SOL_TWIN && option == TWIN_RECORD)
		return twin_socket_record_set(sk, value, len);
	if (option != SO_ZEROCOPY && option != SO_REUSEPORT)
		return level == SOL_SOCKET ?
		       sock_setsockopt(sock, level, option, value, len) :
		       -ENOPROTOOPT;
	if (len < sizeof(flag))
		return -EINVAL;
	if (copy_from_sockptr(&flag, value, sizeof(flag)))
		return -EFAULT;
	if (option == SO_ZEROCOPY && (flag < 0 || flag > 1))
		return -EINVAL;
	lock_sock(sk);
	if (option == SO_ZEROCOPY)
		sock_valbool_flag(sk, SOCK_ZEROCOPY, flag);
	else
		sk->sk_reuseport = !!flag;
	release_sock(sk);
	return 0;
}
