// SPDX-License-Identifier: GPL-2.0
/*
 * TWIN_RECORD: a socket's flight recorder, started and read by its owner.
 */
#include <linux/in.h>
#include <linux/slab.h>
#include <linux/sockptr.h>
#include "../tcp/tcp_record.h"
#include "socket.h"
#include "socket_call.h"

/**
 * twin_socket_trace_left() - a program's call ends, and is traced
 * @sk: socket, the caller's
 * @call: which call
 * @argument: what it was asked
 * @result: what it returns
 *
 * Context: Process.
 */
void twin_socket_trace_left(const struct sock *sk, enum twin_record_call call,
			    long argument, long result)
{
	const struct twin_sock *ts = twin_sk(sk);

	trace_twin_socket_call(sk, ts->flow.laddr, ts->flow.lport,
			       ts->flow.raddr, ts->flow.rport, ts->protocol,
			       call, argument, result);
}

static bool twin_socket_record_is_tcp(const struct sock *sk)
{
	return twin_sk(sk)->protocol == IPPROTO_TCP;
}

/* Once made it stays until the socket is freed: hooks use it without a lock. */
static int twin_socket_record_start(struct sock *sk)
{
	struct twin_sock *ts = twin_sk(sk);
	struct twin_recorder *recorder = ts->recorder;

	if (!recorder) {
		recorder = twin_recorder_new(GFP_KERNEL);
		if (!recorder)
			return -ENOMEM;
		/* a hook that sees the pointer sees an empty ring */
		smp_store_release(&ts->recorder, recorder);
		if (twin_socket_record_is_tcp(sk))
			twin_tcp_record_start(twin_tcp(sk));
	}
	WRITE_ONCE(recorder->on, true);
	return 0;
}

/**
 * twin_socket_record_set() - setsockopt() of TWIN_RECORD: start or stop it
 * @sk: socket
 * @value: an int, 1 or 0
 * @len: its length in bytes
 *
 * Context: Process; sleeps, takes the socket lock.
 * Return: 0, -EINVAL, -EFAULT or -ENOMEM.
 */
int twin_socket_record_set(struct sock *sk, sockptr_t value, unsigned int len)
{
	int on, err = 0;

	if (len < sizeof(on))
		return -EINVAL;
	if (copy_from_sockptr(&on, value, sizeof(on)))
		return -EFAULT;
	if (on < 0 || on > 1)
		return -EINVAL;
	if (on)
		twin_record_use();
	lock_sock(sk);
	if (on)
		err = twin_socket_record_start(sk);
	else if (twin_sk(sk)->recorder)
		WRITE_ONCE(twin_sk(sk)->recorder->on, false);
	release_sock(sk);
	return err;
}

static int twin_socket_record_fill(struct sock *sk, struct twin_record *record)
{
	const struct twin_sock *ts = twin_sk(sk);

	lock_sock(sk);
	if (!ts->recorder) {
		release_sock(sk);
		return -ENODATA;
	}
	record->state.protocol = ts->protocol;
	if (twin_socket_record_is_tcp(sk))
		twin_tcp_record_state(twin_tcp(sk), &record->state);
	twin_record_read(ts->recorder, record);
	release_sock(sk);
	return 0;
}

/**
 * twin_socket_record_get() - getsockopt() of TWIN_RECORD: read it
 * @sk: socket
 * @value: room for a struct twin_record, or for its beginning
 * @len: how much; what was copied
 *
 * Context: Process; sleeps, takes the socket lock.
 * Return: 0, -ENODATA if there is none, -EINVAL, -EFAULT or -ENOMEM.
 */
int twin_socket_record_get(struct sock *sk, char __user *value, int __user *len)
{
	struct twin_record *record;
	int bytes, room, err;

	if (get_user(room, len))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	record = kzalloc(sizeof(*record), GFP_KERNEL);
	if (!record)
		return -ENOMEM;
	err = twin_socket_record_fill(sk, record);
	if (!err) {
		bytes = min_t(int, room, sizeof(record->state) +
			      record->state.count * sizeof(record->events[0]));
		if (copy_to_user(value, record, bytes) || put_user(bytes, len))
			err = -EFAULT;
	}
	kfree(record);
	return err;
}
