// SPDX-License-Identifier: GPL-2.0
/*
 * The works, in the order of the report. A unit of work is what the figures
 * are divided by. Those that begin with "lo-" have both ends in one namespace, those
 * with "local-" and "frame-" are without protocols (floor.c).
 */
#include "bench.h"

#define RR(bytes, open, before, times)					\
	.unit = "pair", .size = (bytes), .flows = (open),		\
	.warm = (before), .count = (times),				\
	.client = bench_rr_client, .server = bench_rr_server

#define UDP(bytes)							\
	.unit = "datagram", .size = (bytes), .warm = 500, .count = 5000,\
	.client = bench_udp_client, .server = bench_udp_server

#define ECHO(open, before, times)					\
	.unit = "echo", .size = 1, .flows = (open),			\
	.warm = (before), .count = (times),				\
	.client = bench_udp_echo_client, .server = bench_udp_echo_server

/* Warm by 8 MiB: windows and buffers have found their size. */
#define STREAM(kbytes, before, times, how)				\
	.unit = "write", .size = (kbytes) * 1024,			\
	.warm = (before), .count = (times),				\
	.client = bench_##how##_client, .server = bench_stream_server

/* An echo beside sockets that only exist. */
#define BESIDE(many)							\
	.unit = "echo", .size = 1, .flows = (many),			\
	.warm = 200, .count = 2000,					\
	.client = bench_beside_client, .server = bench_beside_server

#define AMONG(many, what)						\
	.unit = "lookup", .size = 18, .flows = (many),			\
	.warm = 200, .count = 2000,					\
	.client = bench_##what##_client, .server = bench_nobody_server

/* By the clock, on two processors. */
#define LISTED(beside)							\
	.unit = "write", .size = 64 * 1024, .flows = 10000,		\
	.warm = 128, .count = 4096, .seldom = true,			\
	.client = bench_beside_##beside##_client,			\
	.server = bench_beside_list_server

/* In instructions, on one. */
#define AMID(what)							\
	.unit = "write", .size = 64 * 1024, .flows = 10000,		\
	.warm = 128, .count = 4096, .seldom = true,			\
	.client = bench_amid_##what##_client,				\
	.server = bench_amid_list_server

/* By the clock: so many pairs of processes, each on a processor of its own. */
#define CPUS(pairs, what)						\
	.unit = "connection", .size = 1, .flows = (pairs),		\
	.warm = 200, .count = 1000, .seldom = true, .mib = 2048,	\
	.client = bench_##what##_client, .server = bench_##what##_server

/* All of a number of connections: opened, an echo on each, closed. */
#define OPEN(many)							\
	.unit = "connection", .size = 1, .flows = (many),		\
	.client = bench_open_client, .server = bench_open_server

const struct bench_work bench_works[] = {
	{ "rr-1", RR(1, 1, 200, 2000) },
	{ "rr-100", RR(100, 1, 200, 2000) },
	{ "rr-1400", RR(1400, 1, 200, 2000) },
	{ "rr-16384", RR(16384, 1, 200, 1000) },
	{ "crc", .unit = "connection", .size = 1, .warm = 100, .count = 1000,
	  .client = bench_crc_client, .server = bench_crc_server },
	{ "udp-18", UDP(18) },
	{ "udp-64", UDP(64) },
	{ "udp-512", UDP(512) },
	{ "udp-1472", UDP(1472) },
	{ "udp-gso", .unit = "64 KB", .size = 46 * 1400, .warm = 50, .count = 500,
	  .client = bench_udp_gso_client, .server = bench_udp_gso_server },
	{ "udp-echo", ECHO(1, 200, 2000) },
	{ "stream-1k", STREAM(1, 8192, 8192, stream) },
	{ "stream-8k", STREAM(8, 1024, 2048, stream) },
	{ "stream-64k", STREAM(64, 128, 512, stream) },
	{ "stream-256k", STREAM(256, 32, 128, stream) },
	{ "sendfile-64k", STREAM(64, 128, 512, sendfile) },
	{ "splice-64k", STREAM(64, 128, 512, splice) },
	{ "zerocopy-64k", STREAM(64, 128, 512, zerocopy) },
	{ "uring-64k", STREAM(64, 128, 512, uring) },
	{ "uringzc-64k", STREAM(64, 128, 512, uringzc) },
	{ "memory", .unit = "connection", .flows = 2000,
	  .client = bench_memory_client, .server = bench_memory_server },
	{ "flows-tcp-10", RR(1, 10, 200, 2000) },
	{ "flows-tcp-100", RR(1, 100, 200, 2000) },
	{ "flows-tcp-1000", RR(1, 1000, 200, 2000) },
	{ "flows-tcp-10000", RR(1, 10000, 200, 2000) },
	{ "flows-udp-10", ECHO(10, 200, 2000) },
	{ "flows-udp-100", ECHO(100, 200, 2000) },
	{ "flows-udp-1000", ECHO(1000, 200, 2000) },
	{ "flows-udp-10000", ECHO(10000, 200, 2000) },
	{ "flows-tcp-100000", RR(1, 100000, 200, 2000), .seldom = true },
	{ "open-1000", OPEN(1000), .count = 1000 },
	{ "open-500000", OPEN(500000), .count = 500000, .seldom = true, .mib = 4096 },
	{ "sockets-udp-10", BESIDE(10) },
	{ "sockets-udp-100000", BESIDE(100000) },
	{ "sockets-udp-1000000", BESIDE(1000000), .seldom = true },
	{ "routes-10", AMONG(10, route) },
	{ "routes-100000", AMONG(100000, route) },
	{ "neighbours-10", AMONG(10, neighbour) },
	{ "neighbours-1000", AMONG(1000, neighbour) },
	{ "neighbours-100000", AMONG(100000, neighbour) },
	{ "lo-rr-1", RR(1, 1, 200, 2000) },
	{ "lo-stream-64k", STREAM(64, 128, 512, stream) },
	{ "frame-rr-1", .unit = "pair", .size = 1, .warm = 200, .count = 2000,
	  .client = bench_frame_client, .server = bench_frame_server },
	{ "frame-alone", .unit = "frame", .size = 52, .warm = 640, .count = 6400,
	  .client = bench_frame_alone_client, .server = bench_nobody_server },
	{ "local-rr-1", RR(1, 1, 200, 2000), .local = true },
	{ "local-crc", .unit = "connection", .size = 1, .warm = 100, .count = 1000,
	  .local = true, .client = bench_crc_client, .server = bench_crc_server },
	{ "local-connect", .unit = "connection", .warm = 100, .count = 1000,
	  .local = true, .client = bench_crc_client, .server = bench_crc_server },
	{ "local-stream-64k", STREAM(64, 128, 512, stream), .local = true },
	{ "local-memory", .unit = "connection", .flows = 2000, .local = true,
	  .client = bench_memory_client, .server = bench_memory_server },
	{ "ss-tcp-10000", .unit = "socket", .flows = 10000,
	  .client = bench_list_tcp_client, .server = bench_list_tcp_server },
	{ "ss-tcp-100000", .unit = "socket", .flows = 100000,
	  .client = bench_list_tcp_client, .server = bench_list_tcp_server,
	  .seldom = true },
	{ "ss-udp-100000", .unit = "socket", .flows = 100000,
	  .client = bench_list_udp_client, .server = bench_nobody_server },
	{ "listed-10000", LISTED(list) },
	{ "unlisted-10000", LISTED(spin) },
	{ "crc-cpus-1", CPUS(1, cpus_crc) },
	{ "crc-cpus-2", CPUS(2, cpus_crc) },
	{ "accept-1", CPUS(1, accept) },
	{ "accept-2", CPUS(2, accept) },
	{ "amid-list-10000", AMID(list) },
	{ "amid-none-10000", AMID(none) },
	{ 0 }
};
