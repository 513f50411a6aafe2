/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What a program includes to use Twin's sockets.
 *
 * Addresses are struct sockaddr_in of <netinet/in.h>.  Calls accept both
 * AF_INET and AF_TWIN in sin_family and always give AF_INET back, so what
 * getaddrinfo() returns can be passed on as it is.  Socket types, protocols,
 * options and ancillary data have the numbers and structures of <netinet/in.h>,
 * <netinet/tcp.h> and <netinet/udp.h>.
 */
#ifndef _UAPI_LINUX_TWIN_H
#define _UAPI_LINUX_TWIN_H

/**
 * AF_TWIN - address family number of Twin's sockets
 *
 * The number of AF_ASH, which no kernel implements.  Where another module has
 * taken it, Twin is loaded with "family=" set to 22, 13 or 19, and
 * /sys/module/twin/parameters/family tells the number in use.
 */
#define AF_TWIN		18
#define PF_TWIN		AF_TWIN

/**
 * SOL_TWIN - level of setsockopt() for what the core keeps from Twin
 *
 * Linux before 6.7 refuses SO_REUSEPORT and SO_ZEROCOPY at SOL_SOCKET to
 * families that it does not know.  At this level Twin takes them everywhere.
 * getsockopt() tells their values at SOL_SOCKET, as always.
 */
#define SOL_TWIN	18

#endif
