// SPDX-License-Identifier: GPL-2.0
/*
 * Options of level IPPROTO_UDP, see udp(7).
 */
#include <linux/sockptr.h>
#include <linux/udp.h>
#include "udp.h"

/**
 * twin_udp_setsockopt() - set an option
 * @sk: UDP socket
 * @option: UDP_ number
 * @value: an int
 * @bytes: its length
 *
 * Context: Process; takes the socket lock.
 * Return: 0; -EINVAL, -EFAULT, -ENOPROTOOPT.
 */
int twin_udp_setsockopt(struct sock *sk, int option, sockptr_t value,
			unsigned int bytes)
{
	struct twin_udp_sock *us = twin_udp_sk(sk);
	int number;

	if (bytes < sizeof(number))
		return -EINVAL;
	if (copy_from_sockptr(&number, value, sizeof(number)))
		return -EFAULT;
	switch (option) {
	case UDP_CORK:
		twin_udp_cork_set(sk, number);
		return 0;
	case UDP_SEGMENT:
		if (number < 0 || number > USHRT_MAX)
			return -EINVAL;
		WRITE_ONCE(us->gso_bytes, number);
		return 0;
	case UDP_GRO:
		WRITE_ONCE(us->gro, !!number);
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

/**
 * twin_udp_getsockopt() - get an option
 * @sk: UDP socket
 * @option: UDP_ number
 * @value: filled with an int, or the start of one
 * @bytes: room at @value, then what was filled in
 *
 * Context: Process.
 * Return: 0; -EINVAL, -EFAULT, -ENOPROTOOPT.
 */
int twin_udp_getsockopt(struct sock *sk, int option, char __user *value,
			int __user *bytes)
{
	const struct twin_udp_sock *us = twin_udp_sk(sk);
	int number, room;

	if (get_user(room, bytes))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	switch (option) {
	case UDP_CORK:
		number = READ_ONCE(us->cork_option);
		break;
	case UDP_SEGMENT:
		number = READ_ONCE(us->gso_bytes);
		break;
	case UDP_GRO:
		number = READ_ONCE(us->gro);
		break;
	default:
		return -ENOPROTOOPT;
	}
	room = min_t(int, room, sizeof(number));
	if (put_user(room, bytes) || copy_to_user(value, &number, room))
		return -EFAULT;
	return 0;
}
