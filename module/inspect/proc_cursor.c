// SPDX-License-Identifier: GPL-2.0
/*
 * Reading sockets one after another through seq_file.
 *
 * A walk runs under RCU or a bucket's lock and output may wait for the reader,
 * so each step copies one socket out of its walk and remembers the position.
 * A socket that comes or goes between two steps may shift the rest of its
 * bucket by one, as in the kernel's own files.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include "inspect.h"

static const struct twin_proc_sockets *twin_proc_cursor_source(struct seq_file *m)
{
	return pde_data(file_inode(m->file));
}

static int twin_proc_cursor_copy(const struct twin_sock_view *view, void *arg)
{
	struct twin_proc_cursor *cursor = arg;

	cursor->view = *view;
	return 1;
}

/* Brings the socket at the position, or the next one there is, into view. */
static void *twin_proc_cursor_fetch(struct seq_file *m)
{
	const struct twin_proc_sockets *source = twin_proc_cursor_source(m);
	const struct twin_view_wish wish = {
		.states = TWIN_VIEW_ALL_STATES,
		.details = source->details,
		.line = !source->details,
		.single = true,
	};
	struct twin_net *tn = twin_pernet(seq_file_net(m));
	struct twin_proc_cursor *cursor = m->private;

	for (; source->walks[cursor->walk]; cursor->walk++) {
		if (source->walks[cursor->walk](tn, &wish, &cursor->bucket,
						&cursor->index,
						twin_proc_cursor_copy, cursor))
			return &cursor->view;
		cursor->bucket = 0;
		cursor->index = 0;
	}
	return TWIN_PROC_END;
}

static bool twin_proc_cursor_at_end(struct seq_file *m)
{
	const struct twin_proc_cursor *cursor = m->private;

	return !twin_proc_cursor_source(m)->walks[cursor->walk];
}

static void *twin_proc_cursor_first(struct seq_file *m)
{
	struct twin_proc_cursor *cursor = m->private;

	cursor->walk = 0;
	cursor->bucket = 0;
	cursor->index = 0;
	cursor->pos = 1;
	return twin_proc_cursor_fetch(m);
}

static void *twin_proc_cursor_step(struct seq_file *m)
{
	struct twin_proc_cursor *cursor = m->private;

	cursor->index++;
	cursor->pos++;
	return twin_proc_cursor_fetch(m);
}

/**
 * twin_proc_cursor_start() - find the element at a file position
 * @m: socket file
 * @pos: 0 for the heading, n for the nth socket
 *
 * Context: Process; sleeps not inside the walks.
 * Return: SEQ_START_TOKEN, a struct twin_sock_view, TWIN_PROC_END for the
 * position after the last socket, or NULL beyond that.
 */
void *twin_proc_cursor_start(struct seq_file *m, loff_t *pos)
{
	struct twin_proc_cursor *cursor = m->private;
	void *v;

	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos == cursor->pos)
		return twin_proc_cursor_fetch(m);
	if (*pos > cursor->pos && twin_proc_cursor_at_end(m))
		return NULL;
	v = twin_proc_cursor_first(m);
	while (cursor->pos < *pos && v != TWIN_PROC_END)
		v = twin_proc_cursor_step(m);
	return cursor->pos == *pos ? v : NULL;
}

/**
 * twin_proc_cursor_next() - go on to the following element
 * @m: socket file
 * @v: the element just shown
 * @pos: its position, raised by one
 *
 * Context: Process; sleeps not inside the walks.
 * Return: as twin_proc_cursor_start().
 */
void *twin_proc_cursor_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	if (v == TWIN_PROC_END)
		return NULL;
	if (v == SEQ_START_TOKEN)
		return twin_proc_cursor_first(m);
	return twin_proc_cursor_step(m);
}

/**
 * twin_proc_cursor_stop() - pause; nothing is held between steps
 * @m: socket file
 * @v: not used
 *
 * Context: Any.
 */
void twin_proc_cursor_stop(struct seq_file *m, void *v)
{
}
