// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets as text, in the formats of /proc/net/tcp, udp and raw, and as the
 * binary messages that ss reads through TCPDIAG_FILE.
 */
#include <linux/jiffies.h>
#include <linux/seq_file.h>
#include <net/netlink.h>
#include <net/tcp_states.h>
#include <linux/in.h>
#include <uapi/linux/inet_diag.h>
#include "inspect.h"

/* ss reads lines into 256 bytes and gives up at one that does not fit. */
#define TWIN_PROC_LINE_BYTES	254

#define TWIN_PROC_HEADING \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"

#define TWIN_PROC_INFINITE_SSTHRESH	0x7fffffff

const struct twin_proc_sockets twin_proc_tcp_sockets = {
	.walks = { twin_tcp_walk },
};

const struct twin_proc_sockets twin_proc_udp_sockets = {
	.walks = { twin_udp_walk },
};

const struct twin_proc_sockets twin_proc_raw_sockets = {
	.walks = { twin_ping_walk },
};

const struct twin_proc_sockets twin_proc_all_sockets = {
	.walks = { twin_tcp_walk, twin_udp_walk, twin_ping_walk },
	.details = true,
};

struct twin_proc_line {
	char text[TWIN_PROC_LINE_BYTES];
	size_t bytes;
};

static __printf(2, 3) void twin_proc_append(struct twin_proc_line *line,
					    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line->bytes += vscnprintf(line->text + line->bytes,
				  sizeof(line->text) - line->bytes, format,
				  args);
	va_end(args);
}

static void twin_proc_line_show(struct seq_file *m,
				const struct twin_proc_line *line)
{
	seq_puts(m, line->text);
	seq_putc(m, '\n');
}

/* The fields that all three text formats start with. */
static void twin_proc_common(struct twin_proc_line *line, struct seq_file *m,
			     const struct twin_sock_view *view)
{
	const struct twin_proc_cursor *cursor = m->private;
	bool raw = view->protocol == IPPROTO_ICMP;

	line->bytes = 0;
	twin_proc_append(line, "%4lld: %08X:%04X %08X:%04X", cursor->pos - 1,
			 (__force u32)view->laddr,
			 raw ? view->protocol : ntohs(view->lport),
			 (__force u32)view->raddr,
			 raw ? 0 : ntohs(view->rport));
	twin_proc_append(line, " %02X %08X:%08X %02X:%08lX %08X %5u %8u %lu",
			 view->state, view->tx_queue_bytes,
			 view->rx_queue_bytes, view->timer,
			 jiffies_to_clock_t(msecs_to_jiffies(view->timer_expires_ms)),
			 view->retransmits,
			 from_kuid_munged(seq_user_ns(m), view->uid),
			 view->probes, view->inode);
	twin_proc_append(line, " %u %llx", view->refs, view->cookie);
}

static unsigned long twin_proc_us_to_ticks(u32 time_us)
{
	return jiffies_to_clock_t(usecs_to_jiffies(time_us));
}

/* ss -e shows all behind the slow start threshold as one text. */
static void twin_proc_tcp_details(struct twin_proc_line *line,
				  const struct twin_sock_view *view)
{
	const struct tcp_info *info = &view->info;
	int ssthresh = info->tcpi_snd_ssthresh >= TWIN_PROC_INFINITE_SSTHRESH ?
		       -1 : (int)info->tcpi_snd_ssthresh;

	twin_proc_append(line, " %lu %lu %u %u %d",
			 twin_proc_us_to_ticks(info->tcpi_rto),
			 twin_proc_us_to_ticks(info->tcpi_ato),
			 view->quick_ack, info->tcpi_snd_cwnd, ssthresh);
	if (view->state == TCP_LISTEN || !view->congestion[0])
		return;
	twin_proc_append(line, " %s wscale:%u,%u rtt:%u.%03u/%u.%03u mss:%u",
			 view->congestion, info->tcpi_snd_wscale,
			 info->tcpi_rcv_wscale, info->tcpi_rtt / 1000,
			 info->tcpi_rtt % 1000, info->tcpi_rttvar / 1000,
			 info->tcpi_rttvar % 1000, info->tcpi_snd_mss);
}

static int twin_proc_tcp_show(struct seq_file *m, void *v)
{
	const struct twin_sock_view *view = v;
	struct twin_proc_line line;

	if (v == SEQ_START_TOKEN)
		seq_puts(m, TWIN_PROC_HEADING "\n");
	if (v == SEQ_START_TOKEN || v == TWIN_PROC_END)
		return 0;
	twin_proc_common(&line, m, view);
	if (view->kind == TWIN_VIEW_SOCKET)
		twin_proc_tcp_details(&line, view);
	twin_proc_line_show(m, &line);
	return 0;
}

static int twin_proc_udp_show(struct seq_file *m, void *v)
{
	const struct twin_sock_view *view = v;
	struct twin_proc_line line;

	if (v == SEQ_START_TOKEN)
		seq_puts(m, TWIN_PROC_HEADING " ref pointer drops\n");
	if (v == SEQ_START_TOKEN || v == TWIN_PROC_END)
		return 0;
	twin_proc_common(&line, m, view);
	twin_proc_append(&line, " %u", view->drops);
	twin_proc_line_show(m, &line);
	return 0;
}

/*
 * ss takes a raw socket's port for its protocol; the identifier of a ping
 * socket follows where ss reads no more.
 */
static int twin_proc_raw_show(struct seq_file *m, void *v)
{
	const struct twin_sock_view *view = v;
	struct twin_proc_line line;

	if (v == SEQ_START_TOKEN)
		seq_puts(m, TWIN_PROC_HEADING " ref pointer drops ident\n");
	if (v == SEQ_START_TOKEN || v == TWIN_PROC_END)
		return 0;
	twin_proc_common(&line, m, view);
	twin_proc_append(&line, " %u %u", view->drops, ntohs(view->lport));
	twin_proc_line_show(m, &line);
	return 0;
}

static void twin_proc_diag_done(struct seq_file *m)
{
	struct {
		struct nlmsghdr header;
		int error;
	} done = {
		.header = {
			.nlmsg_len = sizeof(done),
			.nlmsg_type = NLMSG_DONE,
			.nlmsg_flags = NLM_F_MULTI,
		},
	};

	seq_write(m, &done, sizeof(done));
}

static int twin_proc_diag_show(struct seq_file *m, void *v)
{
	struct twin_diag_format format = {
		.family = AF_INET,
		.netlink_flags = NLM_F_MULTI,
		.extensions = ~0U,
		.user_ns = seq_user_ns(m),
	};
	struct sk_buff *skb;
	int err;

	if (v == TWIN_PROC_END)
		twin_proc_diag_done(m);
	if (v == SEQ_START_TOKEN || v == TWIN_PROC_END)
		return 0;
	skb = nlmsg_new(TWIN_DIAG_MESSAGE_BYTES, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	format.show_mark = file_ns_capable(m->file, seq_file_net(m)->user_ns,
					   CAP_NET_ADMIN);
	err = twin_diag_message_put(skb, v, &format);
	if (!err)
		seq_write(m, skb->data, skb->len);
	kfree_skb(skb);
	return err;
}

#define TWIN_PROC_SOCKET_OPS(name)			\
	const struct seq_operations name##_ops = {	\
		.start = twin_proc_cursor_start,	\
		.next = twin_proc_cursor_next,		\
		.stop = twin_proc_cursor_stop,		\
		.show = name##_show,			\
	}

TWIN_PROC_SOCKET_OPS(twin_proc_tcp);
TWIN_PROC_SOCKET_OPS(twin_proc_udp);
TWIN_PROC_SOCKET_OPS(twin_proc_raw);
TWIN_PROC_SOCKET_OPS(twin_proc_diag);
