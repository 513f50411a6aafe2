// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring's socket calls on one family: each outcome is a line of its own, so that two families
 * can be compared.
 *
 * uring FAMILY CLIENT_NAMESPACE CLIENT_ADDRESS SERVER_NAMESPACE SERVER_ADDRESS
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_S 120
#define BIG 1000000
/* For calls that take a buffer of the kernel's choice. */
#define GROUP 7
#define BUFFERS 8
#define BUFFER_BYTES 4096
#define COMPLETIONS 16

/* What a request is called, and its completion with it. */
enum which { FIRST, SECOND, ALONE, REQUESTS };

struct end {
	const char *namespace;
	struct sockaddr_in address;
};

static struct io_uring ring;
static int family;
static struct end client_end, server_end;
/* Completions that came while another one was waited for, oldest first. */
static struct completion {
	int result;
	unsigned int flags;
} waiting[REQUESTS][COMPLETIONS];
static unsigned int waiting_number[REQUESTS];
static char big[BIG];

static void say(const char *what, int result)
{
	if (result < 0)
		printf("%s: %s\n", what, strerrorname_np(-result) ?: "?");
	else
		printf("%s: %d\n", what, result);
	fflush(stdout);
}

static struct io_uring_sqe *request(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (!sqe)
		errx(1, "the ring is full");
	memset(sqe, 0, sizeof(*sqe));
	return sqe;
}

static void submit(struct io_uring_sqe *sqe, enum which which)
{
	int error;

	sqe->user_data = which;
	error = io_uring_submit(&ring);
	if (error < 0)
		errx(1, "io_uring_submit: %s", strerror(-error));
}

static void take_completion(void)
{
	struct __kernel_timespec patience = { .tv_sec = PATIENCE_S };
	struct io_uring_cqe *cqe;
	int error = io_uring_wait_cqe_timeout(&ring, &cqe, &patience);
	enum which which;

	if (error)
		errx(1, "no completion comes: %s", strerror(-error));
	which = cqe->user_data;
	if (waiting_number[which] == COMPLETIONS)
		errx(1, "too many completions");
	waiting[which][waiting_number[which]++] =
		(struct completion){ .result = cqe->res, .flags = cqe->flags };
	io_uring_cqe_seen(&ring, cqe);
}

/* Waits for the next completion of a request. */
static struct completion complete(enum which which)
{
	struct completion oldest;

	while (!waiting_number[which])
		take_completion();
	oldest = waiting[which][0];
	waiting_number[which]--;
	memmove(waiting[which], waiting[which] + 1, waiting_number[which] * sizeof(oldest));
	return oldest;
}

static int result_of(enum which which)
{
	return complete(which).result;
}

static int outcome(struct io_uring_sqe *sqe)
{
	submit(sqe, ALONE);
	return result_of(ALONE);
}

static int socket_in(const struct end *end, int type)
{
	struct io_uring_sqe *sqe = request();
	char path[256];
	int namespace;
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", end->namespace);
	namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (namespace < 0 || setns(namespace, CLONE_NEWNET))
		err(1, "cannot enter %s", path);
	close(namespace);
	io_uring_prep_socket(sqe, family, type, 0, 0);
	fd = outcome(sqe);
	if (fd < 0)
		errx(1, "socket: %s", strerror(-fd));
	return fd;
}

static int server_socket(int type)
{
	struct sockaddr *address = (struct sockaddr *)&server_end.address;
	socklen_t len = sizeof(server_end.address);
	int fd = socket_in(&server_end, type);

	server_end.address.sin_port = 0;
	if (bind(fd, address, len) || getsockname(fd, address, &len))
		err(1, "bind");
	return fd;
}

static int listener_socket(void)
{
	int fd = server_socket(SOCK_STREAM);

	if (listen(fd, 8))
		err(1, "listen");
	return fd;
}

static struct io_uring_sqe *connect_request(int fd)
{
	struct io_uring_sqe *sqe = request();

	io_uring_prep_connect(sqe, fd, (struct sockaddr *)&server_end.address,
			      sizeof(server_end.address));
	return sqe;
}

/* accept() waits before connect() begins. */
static void test_connect(int *client, int *server)
{
	int listener = listener_socket();
	struct sockaddr_in from = { 0 };
	socklen_t len = sizeof(from);
	struct io_uring_sqe *sqe;

	*client = socket_in(&client_end, SOCK_STREAM);
	sqe = request();
	io_uring_prep_accept(sqe, listener, (struct sockaddr *)&from, &len, 0);
	submit(sqe, FIRST);
	submit(connect_request(*client), SECOND);
	say("connect", result_of(SECOND));
	*server = result_of(FIRST);
	say("accept", *server < 0 ? *server : 0);
	say("the caller's family", from.sin_family);
	say("the caller is who it is", from.sin_addr.s_addr == client_end.address.sin_addr.s_addr);
	close(listener);
	sqe = connect_request(*client);
	say("connect again", outcome(sqe));
}

static void test_refusal(void)
{
	int fd;

	close(listener_socket());
	fd = socket_in(&client_end, SOCK_STREAM);
	say("connect to nobody", outcome(connect_request(fd)));
	close(fd);
}

static void test_receive(int client, int server)
{
	char data[16];
	struct io_uring_sqe *sqe = request();

	io_uring_prep_recv(sqe, server, data, sizeof(data), 0);
	submit(sqe, FIRST);
	say("recv waits", io_uring_cq_ready(&ring));
	sqe = request();
	io_uring_prep_send(sqe, client, "hello", 5, 0);
	submit(sqe, SECOND);
	say("send", result_of(SECOND));
	say("recv", result_of(FIRST));
	sqe = request();
	io_uring_prep_recv(sqe, server, data, sizeof(data), MSG_DONTWAIT);
	say("recv with MSG_DONTWAIT", outcome(sqe));
	sqe = request();
	io_uring_prep_write(sqe, server, "abc", 3, 0);
	say("write", outcome(sqe));
	sqe = request();
	io_uring_prep_read(sqe, client, data, sizeof(data), 0);
	say("read", outcome(sqe));
}

/* More than the buffers hold: the call must go on by itself, both ways. */
static void test_big(int client, int server)
{
	static char got[BIG];
	struct iovec parts[2] = { { got, 1000 }, { got + 1000, BIG - 1000 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	struct io_uring_sqe *sqe = request();

	io_uring_prep_send(sqe, client, big, BIG, MSG_WAITALL);
	submit(sqe, FIRST);
	sqe = request();
	io_uring_prep_recvmsg(sqe, server, &message, MSG_WAITALL);
	submit(sqe, SECOND);
	say("a long send", result_of(FIRST));
	say("a long recvmsg", result_of(SECOND));
	say("is whole", !memcmp(big, got, BIG));
}

/* Of a zero-copy send: its result, then that the kernel is done with the memory. */
static void say_zero_copy(void)
{
	struct completion sent = complete(FIRST);

	say("a zero-copy send", sent.result);
	if (sent.flags & IORING_CQE_F_MORE)
		say("the memory is free", !!(complete(FIRST).flags & IORING_CQE_F_NOTIF));
}

static void test_zero_copy(int client, int server)
{
	static char got[BIG];
	struct io_uring_sqe *sqe = request();

	io_uring_prep_send_zc(sqe, client, big, 100000, MSG_WAITALL, 0);
	submit(sqe, FIRST);
	sqe = request();
	io_uring_prep_recv(sqe, server, got, 100000, MSG_WAITALL);
	submit(sqe, SECOND);
	say("recv of a zero-copy send", result_of(SECOND));
	say_zero_copy();
	say("is whole", !memcmp(big, got, 100000));
}

static void test_chosen_buffers(int client, int server)
{
	static char pool[BUFFERS * BUFFER_BYTES];
	struct io_uring_sqe *sqe = request();
	struct completion received;

	io_uring_prep_provide_buffers(sqe, pool, BUFFER_BYTES, BUFFERS, GROUP, 0);
	say("provide buffers", outcome(sqe));
	sqe = request();
	io_uring_prep_recv_multishot(sqe, server, NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	submit(sqe, FIRST);
	for (int i = 0; i < 3; i++) {
		sqe = request();
		io_uring_prep_send(sqe, client, "again", 5, 0);
		say("send", outcome(sqe));
		received = complete(FIRST);
		say("multishot recv", received.result);
		say("there is more", !!(received.flags & IORING_CQE_F_MORE));
	}
	sqe = request();
	io_uring_prep_cancel64(sqe, FIRST, 0);
	say("cancel", outcome(sqe));
	say("a cancelled recv", result_of(FIRST));
}

static void test_time_limit(int server)
{
	struct __kernel_timespec limit = { .tv_nsec = 20000000 };
	struct io_uring_sqe *sqe = request();
	char data[16];

	io_uring_prep_recv(sqe, server, data, sizeof(data), 0);
	sqe->flags |= IOSQE_IO_LINK;
	sqe->user_data = FIRST;
	sqe = request();
	io_uring_prep_link_timeout(sqe, &limit, 0);
	submit(sqe, SECOND);
	say("a recv with a limit", result_of(FIRST));
	say("the limit", result_of(SECOND));
}

static void test_splice(int client, int server)
{
	struct io_uring_sqe *sqe;
	int channel[2];

	if (pipe(channel))
		err(1, "pipe");
	sqe = request();
	io_uring_prep_send(sqe, client, "splice", 6, 0);
	outcome(sqe);
	sqe = request();
	io_uring_prep_splice(sqe, server, -1, channel[1], -1, 100, 0);
	say("splice to a pipe", outcome(sqe));
	sqe = request();
	io_uring_prep_splice(sqe, channel[0], -1, server, -1, 6, 0);
	say("splice to a socket", outcome(sqe));
	sqe = request();
	io_uring_prep_recv(sqe, client, big, 6, MSG_WAITALL);
	say("recv of it", outcome(sqe));
}

/* poll() for data and for the end, then the end itself. */
static void test_end(int client, int server)
{
	struct io_uring_sqe *sqe = request();
	char data[16];

	io_uring_prep_poll_add(sqe, server, POLLIN | POLLRDHUP);
	submit(sqe, FIRST);
	sqe = request();
	io_uring_prep_shutdown(sqe, client, SHUT_WR);
	say("shutdown", outcome(sqe));
	say("poll", result_of(FIRST));
	sqe = request();
	io_uring_prep_recv(sqe, server, data, sizeof(data), 0);
	say("recv at the end", outcome(sqe));
	sqe = request();
	io_uring_prep_send(sqe, client, data, 1, MSG_NOSIGNAL);
	say("send after the end", outcome(sqe));
	sqe = request();
	io_uring_prep_close(sqe, client);
	say("close", outcome(sqe));
	close(server);
}

static void test_multishot_accept(void)
{
	int listener = listener_socket();
	struct io_uring_sqe *sqe = request();
	struct completion accepted;
	int client;

	io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, 0);
	submit(sqe, FIRST);
	for (int i = 0; i < 3; i++) {
		client = socket_in(&client_end, SOCK_STREAM);
		say("connect", outcome(connect_request(client)));
		accepted = complete(FIRST);
		say("one of several", accepted.result < 0 ? accepted.result : 0);
		say("there is more", !!(accepted.flags & IORING_CQE_F_MORE));
		close(accepted.result);
		close(client);
	}
	sqe = request();
	io_uring_prep_cancel64(sqe, FIRST, 0);
	say("cancel", outcome(sqe));
	say("a cancelled accept", result_of(FIRST));
	close(listener);
}

/* Whether the memory is free, the ring tells, and it alone. */
static void test_zero_copy_datagram(int client, int server, unsigned int how)
{
	struct io_uring_sqe *sqe = request();
	char data[4000];

	io_uring_prep_recv(sqe, server, data, sizeof(data), 0);
	submit(sqe, SECOND);
	sqe = request();
	io_uring_prep_send_zc(sqe, client, big, 2000, 0, how);
	submit(sqe, FIRST);
	say("recv of a zero-copy datagram", result_of(SECOND));
	say_zero_copy();
	say("is whole", !memcmp(big, data, 2000));
	say("the error queue", recv(client, data, 1, MSG_ERRQUEUE | MSG_DONTWAIT) < 0 ? -errno : 0);
}

static void test_datagrams(void)
{
	int server = server_socket(SOCK_DGRAM);
	int client = socket_in(&client_end, SOCK_DGRAM);
	struct iovec part = { big, 3000 };
	struct msghdr message = {
		.msg_name = &server_end.address, .msg_namelen = sizeof(server_end.address),
		.msg_iov = &part, .msg_iovlen = 1,
	};
	struct io_uring_sqe *sqe = request();
	char data[4000];

	io_uring_prep_recv(sqe, server, data, sizeof(data), 0);
	submit(sqe, FIRST);
	sqe = request();
	io_uring_prep_sendmsg(sqe, client, &message, 0);
	submit(sqe, SECOND);
	say("sendmsg of a datagram", result_of(SECOND));
	say("recv of it", result_of(FIRST));
	say("connect of a datagram socket", outcome(connect_request(client)));
	test_zero_copy_datagram(client, server, 0);
	say("register buffers", io_uring_register_buffers(&ring, &part, 1));
	test_zero_copy_datagram(client, server, IORING_RECVSEND_FIXED_BUF);
	say("unregister buffers", io_uring_unregister_buffers(&ring));
	close(client);
	close(server);
}

static void read_arguments(char **argv)
{
	family = atoi(argv[1]);
	client_end.namespace = argv[2];
	server_end.namespace = argv[4];
	client_end.address.sin_family = AF_INET;
	server_end.address.sin_family = AF_INET;
	inet_pton(AF_INET, argv[3], &client_end.address.sin_addr);
	inet_pton(AF_INET, argv[5], &server_end.address.sin_addr);
}

int main(int argc, char **argv)
{
	int client;
	int server;
	int error;

	if (argc != 6)
		errx(2, "FAMILY, and namespace and address of client and server are needed");
	read_arguments(argv);
	error = io_uring_queue_init(32, &ring, 0);
	if (error)
		errx(1, "there is no io_uring here: %s", strerror(-error));
	for (size_t i = 0; i < BIG; i++)
		big[i] = i * 7 + i / 251;
	test_connect(&client, &server);
	test_receive(client, server);
	test_big(client, server);
	test_zero_copy(client, server);
	test_chosen_buffers(client, server);
	test_time_limit(server);
	test_splice(client, server);
	test_end(client, server);
	test_refusal();
	test_multishot_accept();
	test_datagrams();
	return 0;
}
