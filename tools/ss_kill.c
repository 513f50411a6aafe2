// SPDX-License-Identifier: GPL-2.0
/*
 * twin ss -K: closes the sockets that ss would list, and lists those that were closed; and -D,
 * which keeps their rows in a file.
 *
 * Which they are is for ss to say, whose expressions they are: it is shown the rows with their
 * numbers in place of the cookies, which it prints.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "family.h"
#include "ss.h"

struct rows {
	struct nlmsghdr **rows;
	bool *chosen;
	size_t count;
	size_t room;
};

static struct inet_diag_msg *row_of(struct nlmsghdr *nlh)
{
	return mnl_nlmsg_get_payload(nlh);
}

static void keep_row(struct nlmsghdr *nlh, void *data)
{
	struct rows *rows = data;
	struct nlmsghdr *copy = malloc(MNL_ALIGN(nlh->nlmsg_len));

	if (rows->count == rows->room) {
		rows->room = rows->room ? 2 * rows->room : 256;
		rows->rows = realloc(rows->rows, rows->room * sizeof(*rows->rows));
	}
	if (!copy || !rows->rows)
		fail("out of memory");
	memcpy(copy, nlh, nlh->nlmsg_len);
	rows->rows[rows->count++] = copy;
}

static void set_cookie(struct inet_diag_msg *row, u64 cookie)
{
	row->id.idiag_cookie[0] = (u32)cookie;
	row->id.idiag_cookie[1] = cookie >> 32;
}

static u64 cookie_of(const struct inet_diag_msg *row)
{
	return (u64)row->id.idiag_cookie[1] << 32 | row->id.idiag_cookie[0];
}

/* Return: a descriptor of all rows, numbered from 1. */
static int number_rows(const struct rows *rows)
{
	struct diag_writer writer;

	ss_begin_diag(&writer);
	for (size_t i = 0; i < rows->count; i++) {
		struct inet_diag_msg *row = row_of(rows->rows[i]);
		u64 cookie = cookie_of(row);

		set_cookie(row, i + 1);
		ss_write_row(rows->rows[i], &writer);
		set_cookie(row, cookie);
	}
	return ss_end_diag(&writer);
}

static void note_choice(struct rows *rows, const char *line)
{
	const char *cookie = strstr(line, " sk:");
	size_t number = cookie ? strtoull(cookie + 4, NULL, 16) : 0;

	if (number && number <= rows->count)
		rows->chosen[number - 1] = true;
}

static void read_choice(struct rows *rows, int fd)
{
	FILE *answer = fdopen(fd, "r");
	char *line = NULL;
	size_t room = 0;

	if (!answer)
		fail("out of memory");
	while (getline(&line, &room, answer) > 0)
		note_choice(rows, line);
	free(line);
	fclose(answer);
}

/* Has ss itself apply its expression. */
static void choose_rows(struct rows *rows, const struct ss_request *request)
{
	int diag = number_rows(rows);
	int ends[2], status;
	pid_t pid;

	rows->chosen = calloc(rows->count + 1, sizeof(bool));
	if (!rows->chosen || pipe(ends))
		fail("out of memory");
	/* Where it is ignored, as an inheritance, a child's end is not told. */
	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid < 0)
		fail("cannot run ss: %s", strerror(errno));
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		ss_list_rows(request, diag);
	}
	close(ends[1]);
	close(diag);
	read_choice(rows, ends[0]);
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		exit(EXIT_RUNTIME);
}

/* Return: 0 or a negative errno. */
static int destroy(struct mnl_socket *nl, struct nlmsghdr *row, unsigned int seq)
{
	const struct nlattr *protocol = ss_find_attribute(row, INET_DIAG_PROTOCOL);
	char buffer[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *req;
	int len;

	nlh->nlmsg_type = SOCK_DESTROY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = seq;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = twin_family();
	req->sdiag_protocol = protocol ? mnl_attr_get_u8(protocol) : IPPROTO_TCP;
	if (!req->sdiag_protocol)
		req->sdiag_protocol = IPPROTO_ICMP;
	req->idiag_states = ~0U;
	req->id = row_of(row)->id;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	len = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));
	if (len < 0)
		return -errno;
	return mnl_cb_run(buffer, len, seq, mnl_socket_get_portid(nl), NULL, NULL) < 0 ? -errno : 0;
}

/* One that has gone meanwhile is passed over in silence, as by ss. */
static int destroy_chosen(struct rows *rows)
{
	struct mnl_socket *nl = ss_open_diag();
	struct diag_writer writer;

	ss_begin_diag(&writer);
	for (size_t i = 0; i < rows->count; i++) {
		int error = rows->chosen[i] ? destroy(nl, rows->rows[i], i + 1) : -ENOENT;

		if (!error)
			ss_write_row(rows->rows[i], &writer);
		else if (error == -EPERM)
			fail("only root may close the sockets of others");
		else if (error != -ENOENT && error != -ESTALE)
			warn("a socket cannot be closed from outside: %s", strerror(-error));
	}
	mnl_socket_close(nl);
	return ss_end_diag(&writer);
}

/* As by ss -D, to be shown later with TCPDIAG_FILE. */
void ss_dump(const struct ss_request *request)
{
	bool to_stdout = !strcmp(request->dump, "-");
	struct diag_writer writer;
	struct rows rows = { 0 };

	if (!request->wants[SS_TCP])
		usage_error("-D is about TCP sockets");
	/* it is closed at the end; stdout is not ours to close */
	writer.file = to_stdout ? fdopen(dup(STDOUT_FILENO), "w") : fopen(request->dump, "we");
	if (!writer.file)
		fail("cannot write '%s': %s", request->dump, strerror(errno));
	ss_visit_rows(request, keep_row, &rows);
	choose_rows(&rows, request);
	for (size_t i = 0; i < rows.count; i++)
		if (rows.chosen[i])
			ss_write_row(rows.rows[i], &writer);
	ss_end_diag(&writer);
}

/* Return: a descriptor, open across exec, of the rows that were closed. */
int ss_kill(const struct ss_request *request)
{
	struct rows rows = { 0 };

	ss_visit_rows(request, keep_row, &rows);
	choose_rows(&rows, request);
	return destroy_chosen(&rows);
}
