/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inspect room: how Twin is seen.
 *
 * Job: counters, tracepoints, the files of /proc/net/twin in the formats of
 *	their namesakes, and sock_diag, so that stock ss, nstat and friends can
 *	read Twin.
 * Callers: main.c opens and closes it; user space reads.  Other rooms use only
 *	its leaf headers: drop.h, mib.h, record.h, trace.h, view.h.
 * Callees: the walks of all rooms.
 * Locks: none of its own; copies what it shows and never sleeps in a walk.
 */
#ifndef TWIN_INSPECT_H
#define TWIN_INSPECT_H

#include <linux/seq_file.h>
#include "../twin.h"
#include "view.h"

struct nlattr;
struct sk_buff;
struct user_namespace;

/* diag.c: sock_diag; module load and unload */
int twin_inspect_init(void);
void twin_inspect_exit(void);

/* proc.c: /proc/net/twin of one namespace; the last room in, the first out */
int twin_inspect_net_init(struct twin_net *tn);
void twin_inspect_net_exit(struct twin_net *tn);

/* proc_mib.c */
int twin_proc_snmp_show(struct seq_file *m, void *v);
int twin_proc_netstat_show(struct seq_file *m, void *v);
int twin_proc_sockstat_show(struct seq_file *m, void *v);

/* proc_table.c */
int twin_proc_arp_show(struct seq_file *m, void *v);
int twin_proc_route_show(struct seq_file *m, void *v);

typedef int (*twin_view_walk_fn)(struct twin_net *tn,
				 const struct twin_view_wish *wish,
				 unsigned int *bucket, unsigned int *index,
				 twin_view_show_fn show, void *arg);

#define TWIN_SOCK_SOURCES	3

/*
 * struct twin_proc_sockets - which sockets a file shows
 * @walks: one walk for each transport, in the order shown; NULL ends the list
 * @details: with all that there is to know, not just what a line of text has
 */
struct twin_proc_sockets {
	twin_view_walk_fn walks[TWIN_SOCK_SOURCES + 1];
	bool details;
};

extern const struct twin_proc_sockets twin_proc_tcp_sockets;
extern const struct twin_proc_sockets twin_proc_udp_sockets;
extern const struct twin_proc_sockets twin_proc_raw_sockets;
extern const struct twin_proc_sockets twin_proc_all_sockets;

/*
 * struct twin_proc_cursor - where a reader of a socket file is
 * @p: seq_file's, must be first
 * @walk: index into twin_proc_sockets.walks
 * @bucket, @index: position in that walk
 * @pos: the file position that @walk, @bucket and @index stand for
 * @view: the socket there
 */
struct twin_proc_cursor {
	struct seq_net_private p;
	unsigned int walk;
	unsigned int bucket;
	unsigned int index;
	loff_t pos;
	struct twin_sock_view view;
};

/* proc_cursor.c: start, next and stop of every file with a line per socket */
#define TWIN_PROC_END	((void *)2UL)	/* element after the last socket */
void *twin_proc_cursor_start(struct seq_file *m, loff_t *pos);
void *twin_proc_cursor_next(struct seq_file *m, void *v, loff_t *pos);
void twin_proc_cursor_stop(struct seq_file *m, void *v);

/* proc_socket.c */
extern const struct seq_operations twin_proc_tcp_ops;
extern const struct seq_operations twin_proc_udp_ops;
extern const struct seq_operations twin_proc_raw_ops;
extern const struct seq_operations twin_proc_diag_ops;

/*
 * struct twin_diag_format - how a socket is put into a message
 * @family: idiag_family; AF_INET where the reader knows no other, as a file for ss
 * @netlink_flags: nlmsg_flags
 * @portid, @seq: of the request
 * @extensions: bit INET_DIAG_x - 1 for each optional attribute
 * @user_ns: in which the reader sees user ids
 * @show_mark: the reader may see SO_MARK
 * @record: with the flight recorder
 * @bare: without the attributes that every socket has, but for the protocol
 */
struct twin_diag_format {
	u8 family;
	bool show_mark;
	bool record;
	bool bare;
	u16 netlink_flags;
	u32 portid;
	u32 seq;
	u32 extensions;
	struct user_namespace *user_ns;
};

/* room enough for one message, with a recorder or without */
#define TWIN_DIAG_MESSAGE_BYTES	1024
#define TWIN_DIAG_RECORD_BYTES	(TWIN_DIAG_MESSAGE_BYTES + \
				 sizeof(struct twin_record))

/* diag_message.c */
int twin_diag_message_put(struct sk_buff *skb,
			  const struct twin_sock_view *view,
			  const struct twin_diag_format *format);

/* diag_filter.c */
int twin_diag_filter_check(const struct nlattr *filter, bool admin);
bool twin_diag_filter_passes(const struct nlattr *filter,
			     const struct twin_sock_view *view);

#endif
