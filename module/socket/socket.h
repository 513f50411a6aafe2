/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The socket room: the calls of programs.
 *
 * Job: registers the family, creates and releases sockets, checks what
 *	programs pass in, waits and copies; holds no protocol rule.
 * Callers: the kernel's socket layer through struct proto_ops.
 * Callees: tcp/, udp/, ping; up: none.
 * Locks: takes the socket lock and calls down with it held unless the callee
 *	says otherwise.
 */
#ifndef TWIN_SOCKET_H
#define TWIN_SOCKET_H

#include <linux/net.h>
#include "../ip/pcb.h"

extern const struct proto_ops twin_stream_ops;	/* socket_stream.c */
extern const struct proto_ops twin_dgram_ops;	/* socket_dgram.c: UDP and ping */

/* socket_family.c */
int twin_socket_init(void);
void twin_socket_exit(void);
int twin_socket_release(struct socket *sock);
void twin_socket_accepted(struct socket *newsock, struct sock *child);

/* socket_addr.c: what programs pass as an address */
int twin_socket_addr_check(const void *addr, int len);
int twin_socket_bind(struct socket *sock, twin_compat_sockaddr *addr, int len);
int twin_socket_getname(struct socket *sock, struct sockaddr *addr, int peer);
int twin_socket_ioctl_common(struct socket *sock, unsigned int cmd,
			     unsigned long arg);

/* socket_option.c: SOL_SOCKET options that the core leaves to us */
int twin_socket_sol_setsockopt(struct socket *sock, int level, int option,
			       sockptr_t value, unsigned int len);

/* socket_record.c: TWIN_RECORD */
int twin_socket_record_set(struct sock *sk, sockptr_t value, unsigned int len);
int twin_socket_record_get(struct sock *sk, char __user *value,
			   int __user *len);

/* socket_ip.c: level IPPROTO_IP of every socket type */
int twin_socket_ip_setsockopt(struct sock *sk, int option, sockptr_t value,
			      unsigned int len);
int twin_socket_ip_getsockopt(struct sock *sk, int option, char __user *value,
			      int __user *len);

/* socket_cmsg.c: ancillary data at level IPPROTO_IP */

/*
 * struct twin_socket_cmsg - what ancillary data asked for on one send
 * @ifindex, @saddr: IP_PKTINFO; 0: not given
 * @ttl, @tos: IP_TTL, IP_TOS; -1: not given
 * @gso_bytes: UDP_SEGMENT; -1: not given
 * @options: IP_RETOPTS; NULL: not given
 * @sockc: SOL_SOCKET's (timestamps, mark, SO_TXTIME)
 */
struct twin_socket_cmsg {
	int ifindex;
	__be32 saddr;
	int ttl;
	int tos;
	int gso_bytes;
	struct twin_ip_options *options;
	struct sockcm_cookie sockc;
};

int twin_socket_cmsg_send(struct sock *sk, struct msghdr *msg,
			  struct twin_socket_cmsg *cmsg);
void twin_socket_cmsg_recv(struct sock *sk, struct msghdr *msg,
			   const struct sk_buff *skb, int payload_offset);
int twin_socket_recv_error(struct sock *sk, struct msghdr *msg, int len,
			   int *addr_len);

/* socket_ip_options.c */
struct twin_ip_options *twin_socket_make_options(const struct sock *sk,
						 sockptr_t value,
						 unsigned int len);
int twin_socket_set_options(struct sock *sk, sockptr_t value, unsigned int len);
int twin_socket_get_options(struct sock *sk, char __user *value,
			    int __user *len, int room);

/* socket_group.c */
int twin_socket_set_group_filter(struct sock *sk, int option, sockptr_t value,
				 unsigned int len);
int twin_socket_get_group_filter(struct sock *sk, int option,
				 char __user *value, int __user *len);

#endif
