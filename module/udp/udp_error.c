// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors about UDP datagrams.
 */
#include "udp.h"

/**
 * twin_udp_error() - tell the sender of the quoted datagram
 * @error: the error; stays the caller's
 *
 * RFC: 1122 section 4.1.3.3
 * Context: Softirq, RCU read side.
 */
void twin_udp_error(const struct twin_icmp_error *error)
{
	struct twin_wire_udp udp;
	struct sock *sk;

	/* only 8 bytes are sure to be quoted: the length field is no matter */
	if (twin_wire_udp_parse(&udp, error->quote, error->quote_bytes) ==
	    TWIN_WIRE_SHORT)
		return;
	sk = twin_udp_lookup(error->tn, error->saddr, udp.sport, error->daddr,
			     udp.dport, error->ifindex, NULL);
	if (!sk)
		return;
	twin_datagram_report(sk, error, udp.dport);
	sock_put(sk);
}
