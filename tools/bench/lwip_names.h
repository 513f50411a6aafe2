/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read before all else of a source: its socket calls are lwIP's then, which takes
 * the kernel's addresses and numbers in this build.
 */
#ifndef BENCH_LWIP_NAMES_H
#define BENCH_LWIP_NAMES_H

#include <sys/socket.h>
#include <unistd.h>
#include <lwip/sockets.h>

#define socket		lwip_socket
#define bind		lwip_bind
#define listen		lwip_listen
#define accept		lwip_accept
#define connect		lwip_connect
#define setsockopt	lwip_setsockopt
#define send		lwip_send
#define recv		lwip_recv
#define sendto		lwip_sendto
#define recvfrom	lwip_recvfrom
#define close		lwip_close

/* It knows no limit that could be passed. */
#undef SO_RCVBUFFORCE
#define SO_RCVBUFFORCE	SO_RCVBUF

#endif
