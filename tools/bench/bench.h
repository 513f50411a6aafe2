/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One work, done over one family: what the parts of the program share.
 *
 * A work has two sides, each a process in a network namespace of its own. The
 * client begins and ends the measured window. Both do "warm" units before it
 * and "count" in it. They speak over two pipes where the work itself gives
 * no answer.
 */
#ifndef BENCH_H
#define BENCH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench;

struct bench_work {
	const char *name;
	const char *unit;
	size_t size;	/* bytes of a message */
	long warm;
	long count;
	long flows;	/* connections or sockets that are open */
	bool local;	/* over AF_UNIX, whatever the family */
	bool seldom;	/* takes minutes or much memory: only when asked for */
	unsigned int mib;	/* of such a machine; 0: 8 GiB */
	void (*client)(struct bench *b);
	void (*server)(struct bench *b);
};

struct bench {
	const struct bench_work *work;
	size_t size;
	long warm;
	long count;
	long flows;
	int family;			/* for socket() */
	const char *family_name;	/* for the report */
	struct sockaddr_in address;	/* the server's */
	unsigned int window;		/* number, tells this run from others */
	int to_client;			/* pipe, the server's end */
	int from_server;		/* pipe, the client's end */
	unsigned long start_ns;
	unsigned long taken_ns;
	long lost;			/* units that did not arrive */
	double bytes_each;		/* memory works: result */
	char *buffer;			/* BENCH_BUFFER bytes */
};

#define BENCH_BUFFER	(256 * 1024)
#define BENCH_ADDRESS	128		/* room for an address of any family */

/*
 * A client has some 28,000 ports for one address and port of a server, of which it tries the
 * even ones first: the fewer of these are left, the longer it looks for one.
 */
#define BENCH_PER_PORT	12000

extern const struct bench_work bench_works[];

/* lwip.c, where it is linked: what the process uses instead of a namespace */
void bench_own_stack(const char *tap) __attribute__((weak));

/* main.c */
void bench_window_begin(struct bench *b);
void bench_window_end(struct bench *b);

/* net.c; each ends the program, saying why, when it fails */
void bench_fail(const char *what) __attribute__((noreturn));
int bench_socket(const struct bench *b, int type);
int bench_listen(const struct bench *b, unsigned int offset);
int bench_listen_shared(const struct bench *b, unsigned int offset);
int bench_accept(int listener);
int bench_connect(const struct bench *b, int type);
int bench_connect_to(const struct bench *b, int type, unsigned int offset);
int bench_bind_udp(const struct bench *b, unsigned int offset);
void bench_send(int fd, const void *data, size_t size, int flags);
void bench_recv(int fd, void *data, size_t size);
long bench_recv_upto(int fd, void *data, size_t size);
void bench_tell(const struct bench *b, long value);
long bench_hear(const struct bench *b);
void bench_no_delay(const struct bench *b, int fd);
int *bench_room_for(long flows);
long bench_next_turn(const struct bench *b, long turn);

/* floor.c */
unsigned int bench_local_address(const struct bench *b, unsigned int offset, void *room);

/* cpus.c */
void bench_stay_on(int cpu);

/* The works */
void bench_rr_client(struct bench *b);
void bench_rr_server(struct bench *b);
void bench_open_client(struct bench *b);
void bench_open_server(struct bench *b);
void bench_crc_client(struct bench *b);
void bench_crc_server(struct bench *b);
void bench_visit(struct bench *b, unsigned int offset, long times);
void bench_answer_visit(struct bench *b, int fd);
void bench_udp_client(struct bench *b);
void bench_udp_server(struct bench *b);
void bench_udp_gso_client(struct bench *b);
void bench_udp_gso_server(struct bench *b);
void bench_udp_echo_client(struct bench *b);
void bench_udp_echo_server(struct bench *b);
void bench_beside_client(struct bench *b);
void bench_beside_server(struct bench *b);
void bench_stream_client(struct bench *b);
void bench_stream_server(struct bench *b);
void bench_take_stream(struct bench *b, int listener);
void bench_sendfile_client(struct bench *b);
void bench_splice_client(struct bench *b);
void bench_zerocopy_client(struct bench *b);
void bench_uring_client(struct bench *b);
void bench_uringzc_client(struct bench *b);
void bench_memory_client(struct bench *b);
void bench_memory_server(struct bench *b);
void bench_route_client(struct bench *b);
void bench_neighbour_client(struct bench *b);
void bench_list_tcp_client(struct bench *b);
void bench_list_tcp_server(struct bench *b);
void bench_list_udp_client(struct bench *b);
void bench_beside_list_client(struct bench *b);
void bench_beside_spin_client(struct bench *b);
void bench_beside_list_server(struct bench *b);
void bench_amid_list_client(struct bench *b);
void bench_amid_none_client(struct bench *b);
void bench_amid_list_server(struct bench *b);
void bench_nobody_server(struct bench *b);
void bench_frame_client(struct bench *b);
void bench_frame_server(struct bench *b);
void bench_frame_alone_client(struct bench *b);
void bench_cpus_crc_client(struct bench *b);
void bench_cpus_crc_server(struct bench *b);
void bench_accept_client(struct bench *b);
void bench_accept_server(struct bench *b);

#endif
