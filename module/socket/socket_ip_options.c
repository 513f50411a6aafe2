// SPDX-License-Identifier: GPL-2.0
/*
 * IP_OPTIONS: what a program puts into the header of its datagrams and segments.
 */
#include <linux/capability.h>
#include <linux/slab.h>
#include <linux/sockptr.h>
#include "../ip/pcb.h"
#include "../tcp/tcp_option.h"
#include "socket.h"

/**
 * twin_socket_make_options() - options for datagrams, out of what a program gave
 * @sk: socket
 * @value: options
 * @len: their length in bytes, at most TWIN_IP_OPTIONS_MAX
 *
 * Context: Process; may sleep.
 * Return: them, for kfree(); -EINVAL for what is malformed, a source route or not
 * allowed; -EFAULT, -ENOMEM.
 */
struct twin_ip_options *twin_socket_make_options(const struct sock *sk,
						 sockptr_t value,
						 unsigned int len)
{
	bool privileged = ns_capable(sock_net(sk)->user_ns, CAP_NET_RAW);
	struct twin_ip_options *options;
	int err = 0;

	options = kzalloc(sizeof(*options), GFP_KERNEL_ACCOUNT);
	if (!options)
		return ERR_PTR(-ENOMEM);
	/* what is missing of the last word stays 0, the end-of-list option */
	options->bytes = ALIGN(len, 4);
	if (copy_from_sockptr(options->data, value, len))
		err = -EFAULT;
	else
		err = twin_ip_options_check(options->data, options->bytes,
					    privileged);
	if (!err)
		return options;
	kfree(options);
	return ERR_PTR(err);
}

/**
 * twin_socket_set_options() - IP_OPTIONS is set
 * @sk: socket
 * @value: options, or nothing to send none
 * @len: their length in bytes
 *
 * Context: Process, no lock held.
 * Return: 0; -EINVAL for what is too long, malformed, a source route or not
 * allowed; -EFAULT, -ENOMEM.
 */
int twin_socket_set_options(struct sock *sk, sockptr_t value, unsigned int len)
{
	struct twin_ip_options *options = NULL, *old;
	struct twin_sock *ts = twin_sk(sk);

	if (len > TWIN_IP_OPTIONS_MAX)
		return -EINVAL;
	if (len) {
		options = twin_socket_make_options(sk, value, len);
		if (IS_ERR(options))
			return PTR_ERR(options);
	}
	lock_sock(sk);
	old = rcu_replace_pointer(ts->options, options,
				  lockdep_sock_is_held(sk));
	if (sk->sk_type == SOCK_STREAM)
		twin_tcp_option_ip_changed(twin_tcp(sk));
	release_sock(sk);
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/**
 * twin_socket_get_options() - IP_OPTIONS is asked for
 * @sk: socket
 * @value: where to
 * @len: set to the length of what was filled in
 * @room: bytes there
 *
 * Context: Process, no lock held.
 * Return: 0 or -EFAULT.
 */
int twin_socket_get_options(struct sock *sk, char __user *value,
			    int __user *len, int room)
{
	const struct twin_ip_options *options;
	u8 data[TWIN_IP_OPTIONS_MAX];
	int bytes = 0;

	rcu_read_lock();
	options = rcu_dereference(twin_sk(sk)->options);
	if (options) {
		bytes = min_t(int, options->bytes, room);
		memcpy(data, options->data, bytes);
	}
	rcu_read_unlock();
	if (put_user(bytes, len) || copy_to_user(value, data, bytes))
		return -EFAULT;
	return 0;
}
