// SPDX-License-Identifier: GPL-2.0
#include "rtnl.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define RECEIVE_BYTES 32768
#define DUMP_TRIES 5

/* The messages of a dump, kept until it is whole: a dump that a change interrupts is repeated. */
struct collection {
	char *bytes;
	size_t used;
	size_t room;
};

static char kernel_explanation[256];

static struct mnl_socket *open_socket(void)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int on = 1;

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		fail("cannot open a netlink socket: %s", strerror(errno));
	mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on));
	return socket;
}

static struct mnl_socket *request_socket;

static struct mnl_socket *shared_socket(void)
{
	if (!request_socket)
		request_socket = open_socket();
	return request_socket;
}

/* Return: the zeroed header that follows the netlink header, for the caller to fill. */
void *nl_prepare(struct nl_request *request, u16 type, u16 flags, size_t header_size)
{
	static unsigned int sequence;

	request->nlh = mnl_nlmsg_put_header(request->bytes);
	request->nlh->nlmsg_type = type;
	request->nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	request->nlh->nlmsg_seq = ++sequence;
	return mnl_nlmsg_put_extra_header(request->nlh, header_size);
}

static void send_request(const struct nl_request *request)
{
	if (mnl_socket_sendto(shared_socket(), request->nlh, request->nlh->nlmsg_len) < 0)
		fail("cannot send to the kernel: %s", strerror(errno));
}

/* Modules put their name before what they say, and so does this program. */
static void keep_explanation(const char *text, int len)
{
	static const char prefix[] = "twin: ";
	int skip = sizeof(prefix) - 1;

	if (len < skip || strncmp(text, prefix, skip))
		skip = 0;
	snprintf(kernel_explanation, sizeof(kernel_explanation), "%.*s", len - skip, text + skip);
}

static void read_explanation(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*err);
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - sizeof(err->msg);
	mnl_attr_for_each(attr, nlh, skip)
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			keep_explanation(mnl_attr_get_str(attr), mnl_attr_get_payload_len(attr));
}

static int control_error(const struct nlmsghdr *nlh, void *data)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

	(void)data;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err)) {
		errno = EBADMSG;
		return MNL_CB_ERROR;
	}
	read_explanation(nlh);
	errno = -err->error;
	return err->error ? MNL_CB_ERROR : MNL_CB_STOP;
}

static int control_done(const struct nlmsghdr *nlh, void *data)
{
	const int *error = mnl_nlmsg_get_payload(nlh);

	(void)data;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*error) || *error >= 0)
		return MNL_CB_STOP;
	errno = -*error;
	return MNL_CB_ERROR;
}

/* The library gives up at such a mark, where the list still goes on. */
static bool take_interruption_mark(char *buffer, int len)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)buffer;
	bool marked = false;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		marked |= nlh->nlmsg_flags & NLM_F_DUMP_INTR;
		nlh->nlmsg_flags &= ~NLM_F_DUMP_INTR;
	}
	return marked;
}

/*
 * Reads answers until one ends the exchange.
 * Return: 0 or a negative errno; -EINTR: all are read, but the table has changed meanwhile.
 */
static int receive_answers(const struct nl_request *request, bool stop_at_first, mnl_cb_t collect,
			   void *data)
{
	static mnl_cb_t control[NLMSG_MIN_TYPE] = {
		[NLMSG_ERROR] = control_error,
		[NLMSG_DONE] = control_done,
	};
	static char buffer[RECEIVE_BYTES];
	struct mnl_socket *socket = shared_socket();
	bool changed = false;
	ssize_t len;
	int verdict;

	kernel_explanation[0] = '\0';
	do {
		len = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (len < 0)
			return -errno;
		changed |= take_interruption_mark(buffer, len);
		verdict = mnl_cb_run2(buffer, len, request->nlh->nlmsg_seq,
				      mnl_socket_get_portid(socket), collect, data, control,
				      ARRAY_SIZE(control));
	} while (verdict == MNL_CB_OK && !stop_at_first);
	if (verdict == MNL_CB_ERROR)
		return -errno;
	return changed ? -EINTR : 0;
}

/* What the kernel means by an errno that it gives no words with. */
static const char *meaning_of(int error)
{
	switch (-error) {
	case EPERM:
		return "not permitted: this needs CAP_NET_ADMIN in the network namespace";
	case EOPNOTSUPP:
		return "the kernel's Twin does not offer this";
	case EEXIST:
		return "that exists already";
	case ENOENT:
	case ESRCH:
		return "there is no such entry";
	case EADDRNOTAVAIL:
		return "the device has no such address";
	default:
		return strerror(-error);
	}
}

void nl_fail(int error)
{
	fail("%s", kernel_explanation[0] ? kernel_explanation : meaning_of(error));
}

/* Return: 0 or the negative errno of the kernel's acknowledgment. */
int nl_try(struct nl_request *request)
{
	request->nlh->nlmsg_flags |= NLM_F_ACK;
	send_request(request);
	return receive_answers(request, false, NULL, NULL);
}

void nl_apply(struct nl_request *request)
{
	int error = nl_try(request);

	if (error)
		nl_fail(error);
}

/* For a flush: what it found may have gone meanwhile. Return: whether it had not. */
bool nl_delete(struct nl_request *request)
{
	int error = nl_try(request);

	switch (-error) {
	case 0:
		return true;
	case EADDRNOTAVAIL:
	case ENODEV:
	case ENOENT:
	case ESRCH:
		return false;
	default:
		nl_fail(error);
	}
}

static int collect_message(const struct nlmsghdr *nlh, void *data)
{
	struct collection *all = data;
	size_t len = MNL_ALIGN(nlh->nlmsg_len);

	if (all->room - all->used < len) {
		all->room = 2 * all->room + len;
		all->bytes = realloc(all->bytes, all->room);
		if (!all->bytes)
			fail("out of memory");
	}
	memcpy(all->bytes + all->used, nlh, nlh->nlmsg_len);
	all->used += len;
	return MNL_CB_OK;
}

static void hand_out(const struct collection *all, u8 family, nl_handler handler, void *data)
{
	for (size_t at = 0; at < all->used;) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)(all->bytes + at);

		/* The first byte of every rtnetlink header is its family. */
		if (*(const u8 *)mnl_nlmsg_get_payload(nlh) == family)
			handler(nlh, data);
		at += MNL_ALIGN(nlh->nlmsg_len);
	}
}

/*
 * One question, one answer; the handler sees it whatever its family.
 * Return: 0 or a negative errno.
 */
int nl_try_ask(struct nl_request *request, nl_handler handler, void *data)
{
	struct collection all = { 0 };
	int error;

	send_request(request);
	error = receive_answers(request, true, collect_message, &all);
	if (!error && all.used)
		handler((const struct nlmsghdr *)all.bytes, data);
	free(all.bytes);
	return error;
}

void nl_ask(struct nl_request *request, nl_handler handler, void *data)
{
	int error = nl_try_ask(request, handler, data);

	if (error)
		nl_fail(error);
}

/*
 * Hands every message of @family in the table to the handler, which may send requests itself: the
 * table has been read to its end by then.
 */
void nl_dump(struct nl_request *request, u8 family, nl_handler handler, void *data)
{
	struct collection all = { 0 };
	int error = 0;

	request->nlh->nlmsg_flags |= NLM_F_DUMP;
	for (int attempt = 0; attempt < DUMP_TRIES; attempt++) {
		all.used = 0;
		send_request(request);
		error = receive_answers(request, false, collect_message, &all);
		if (error != -EINTR)
			break;
	}
	if (error == -EINTR)
		warn("the table keeps changing: something may be missing, or listed twice");
	else if (error)
		nl_fail(error);
	hand_out(&all, family, handler, data);
	free(all.bytes);
}

struct listener {
	u8 family;
	nl_handler handler;
	void *data;
};

static int hear_message(const struct nlmsghdr *nlh, void *data)
{
	const struct listener *listener = data;

	if (*(const u8 *)mnl_nlmsg_get_payload(nlh) == listener->family)
		listener->handler(nlh, listener->data);
	return MNL_CB_OK;
}

/* Listens to the groups, a list that ends with 0, until the program is stopped. */
void nl_listen(const unsigned int *groups, u8 family, nl_handler handler, void *data)
{
	struct listener listener = { family, handler, data };
	struct mnl_socket *socket = open_socket();
	static char buffer[RECEIVE_BYTES];

	for (; *groups; groups++) {
		unsigned int group = *groups;

		if (mnl_socket_setsockopt(socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
			fail("cannot listen to the kernel: %s", strerror(errno));
	}
	for (;;) {
		ssize_t len = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));

		if (len < 0 && errno == ENOBUFS)
			warn("some events were lost: too many came at once");
		else if (len < 0)
			fail("cannot listen to the kernel: %s", strerror(errno));
		else
			mnl_cb_run(buffer, len, 0, 0, hear_message, &listener);
	}
}

static int note_attribute(const struct nlattr *attr, void *data)
{
	struct nl_attrs *attrs = data;

	if (mnl_attr_get_type(attr) < NL_MAX_ATTR)
		attrs->by_type[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

void nl_parse(const struct nlmsghdr *nlh, size_t header_size, struct nl_attrs *attrs)
{
	memset(attrs, 0, sizeof(*attrs));
	if (mnl_nlmsg_get_payload_len(nlh) >= header_size)
		mnl_attr_parse(nlh, header_size, note_attribute, attrs);
}

/* Absent or short attributes read as 0: the callers ask by_type where absence matters. */
u32 nl_u32(const struct nl_attrs *attrs, unsigned int type)
{
	const struct nlattr *attr = attrs->by_type[type];

	return attr && mnl_attr_get_payload_len(attr) >= 4 ? mnl_attr_get_u32(attr) : 0;
}

struct in_addr nl_addr(const struct nl_attrs *attrs, unsigned int type)
{
	return (struct in_addr){ .s_addr = nl_u32(attrs, type) };
}
