// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors about segments of ours (RFC 1122 4.2.3.9, RFC 5927).
 */
#include <linux/icmp.h>
#include "../inspect/mib.h"
#include "tcp_record.h"
#include "tcp_table.h"

/* RFC 5927 4.1: the quoted number must be one that is under way. */
static bool twin_tcp_error_in_flight(const struct twin_tcp_sock *tp, u32 seq)
{
	return twin_tcp_between(seq, tp->snd_una, tp->snd_nxt);
}

/* A connection of Fast Open that a program has accepted counts as established. */
static bool twin_tcp_error_is_hard(const struct sock *sk)
{
	return sk->sk_state == TCP_SYN_SENT ||
	       (sk->sk_state == TCP_SYN_RECV &&
		!(twin_tcp(sk)->fastopen_passive && sk->sk_socket));
}

static void twin_tcp_error_sock(struct twin_tcp_sock *tp,
				const struct twin_icmp_error *error)
{
	bool told = twin_sock_test(&tp->ts, TWIN_SOCK_RECVERR), opening;
	struct sock *sk = twin_tcp_to_sk(tp);

	if (error->err == EMSGSIZE) {
		twin_path_learn_mtu(error->tn, error->daddr,
				    READ_ONCE(sk->sk_bound_dev_if),
				    error->info);
		if (!sock_owned_by_user(sk)) {
			twin_tcp_mtu_reduced(tp);
		} else if (!test_and_set_bit(TWIN_TCP_DEFER_MTU,
					     twin_tcp_deferred(tp))) {
			sock_hold(sk);
		}
		return;
	}
	if (error->type == ICMP_REDIRECT) {
		twin_path_learn_gateway(error->tn, error->daddr,
					error->reporter,
					(__force __be32)error->info);
		return;
	}
	opening = twin_tcp_error_is_hard(sk);
	if (opening && told)
		twin_pcb_queue_error(&tp->ts, error, tp->ts.flow.rport);
	/* an error ends an attempt to connect; later it is only remembered,
	 * for the day when the connection times out, unless the program wants
	 * to hear of it
	 */
	if (sock_owned_by_user(sk) || (!opening && !told)) {
		WRITE_ONCE(sk->sk_err_soft, error->err);
		return;
	}
	WRITE_ONCE(sk->sk_err, error->err);
	sk_error_report(sk);
	if (opening) {
		twin_tcp_note_now(tp);
		twin_tcp_done(tp);
	}
}

/*
 * A connection in SYN-RECEIVED, which no program knows of yet: it ends silently.
 * Hard errors end it, and that nobody can be reached there, as with SYN-SENT.
 */
static void twin_tcp_error_request(struct twin_tcp_request *rq,
				   const struct twin_icmp_error *error, u32 seq)
{
	if (seq != rq->iss) {
		TWIN_COUNT(error->tn, TCPEXT_OUT_OF_WINDOW_ICMPS);
		return;
	}
	if (!error->fatal && error->err != ENETUNREACH &&
	    error->err != EHOSTUNREACH)
		return;
	TWIN_COUNT(error->tn, TCPEXT_LISTEN_DROPS);
	TWIN_COUNT(error->tn, TCP_ATTEMPT_FAILS);
	twin_tcp_request_kill(rq);
}

/**
 * twin_tcp_error() - an ICMP error that quotes a segment of ours
 * @error: what is known of it
 *
 * RFC: 1122 section 4.2.3.9; 5927 section 4.1
 * Context: Softirq, RCU read lock held.
 */
void twin_tcp_error(const struct twin_icmp_error *error)
{
	struct twin_flow key = {
		.tn = error->tn,
		.laddr = error->saddr,
		.raddr = error->daddr,
		.lport = twin_wire_get_be16(error->quote),
		.rport = twin_wire_get_be16(error->quote + 2),
		.ifindex = error->ifindex,
	};
	u32 seq = twin_wire_get32(error->quote + 4);
	struct twin_tcp_owner owner;
	struct twin_tcp_sock *tp;

	key.hash = twin_flow_hash(key.tn, key.laddr, key.lport, key.raddr,
				  key.rport);
	owner = twin_tcp_table_find(&key, true);
	if (owner.mini) {
		if (owner.mini->kind == TWIN_TCP_MINI_REQUEST)
			twin_tcp_error_request(twin_tcp_request(owner.mini),
					       error, seq);
		twin_tcp_mini_put(owner.mini);
	}
	if (!owner.sk)
		return;
	tp = twin_tcp(owner.sk);
	bh_lock_sock(owner.sk);
	if (owner.sk->sk_state == TCP_CLOSE ||
	    !twin_tcp_error_in_flight(tp, seq))
		TWIN_TCP_COUNT(tp, TCPEXT_OUT_OF_WINDOW_ICMPS);
	else
		twin_tcp_error_sock(tp, error);
	bh_unlock_sock(owner.sk);
	sock_put(owner.sk);
}
