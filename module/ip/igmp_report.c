// SPDX-License-Identifier: GPL-2.0
/*
 * IGMP out: what multicast routers are told, and when.
 *
 * Reports are built under the device's lock and sent after it.  One timer of
 * the device serves all that is due: answers to general queries, answers for
 * single groups, and the repetition of changes.
 */
#include <linux/in.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/checksum.h>
#include "../wire/wire_igmp.h"
#include "../wire/wire_ipv4_options.h"
#include "igmp.h"

#define TWIN_IGMP_REPORT_INTERVAL	(1 * HZ)	/* RFC 3376 8.11 */
#define TWIN_IGMP_ROBUSTNESS_MAX	7	/* what a query can name */
#define TWIN_IGMP_CHANGES_MAX		(2 * TWIN_IGMP_SOURCES_MAX)
#define TWIN_IGMP_TOS			0xc0	/* RFC 3376 section 4 */
#define TWIN_IGMP_TTL			1
#define TWIN_IGMP_V3_ROUTERS		0xe0000016	/* 224.0.0.22 */

/* RFC 2113: routers are to look at it although it is not sent to them. */
static const u8 twin_igmp_router_alert[] = {
	TWIN_WIRE_IPV4_OPTION_ROUTER_ALERT, 4, 0, 0
};

/*
 * struct twin_igmp_report - messages being made
 * @igif: device
 * @done: finished messages; skb->cb holds where each goes
 * @skb: version 3 report that records are still added to, or NULL
 * @records: how many it has
 * @room: bytes left in it
 */
struct twin_igmp_report {
	struct twin_igmp_if *igif;
	struct sk_buff_head done;
	struct sk_buff *skb;
	unsigned int records;
	unsigned int room;
};

static __be32 *twin_igmp_destination(const struct sk_buff *skb)
{
	return (__be32 *)skb->cb;
}

static const struct twin_source_list *
twin_igmp_filter(const struct twin_igmp_group *at)
{
	return rcu_dereference_protected(at->filter,
					 lockdep_is_held(&at->igif->lock));
}

/**
 * twin_igmp_robustness() - how often a change is told
 * @igif: device
 *
 * RFC: 3376 section 4.1.6, 8.1
 * Context: Any.
 * Return: 1 to 7.
 */
unsigned int twin_igmp_robustness(const struct twin_igmp_if *igif)
{
	unsigned int robustness = READ_ONCE(igif->robustness);

	if (!robustness)
		robustness = READ_ONCE(igif->tn->conf.igmp_qrv);
	return clamp(robustness, 1U, (unsigned int)TWIN_IGMP_ROBUSTNESS_MAX);
}

/**
 * twin_igmp_version() - the version that a device's routers understand
 * @igif: device
 *
 * RFC: 3376 section 7.2.1
 * Context: Any; the device's lock is held.
 * Return: 1 to 3.
 */
int twin_igmp_version(struct twin_igmp_if *igif)
{
	int forced = READ_ONCE(igif->tn->conf.force_igmp_version);

	lockdep_assert_held(&igif->lock);
	if (igif->v1_present && time_after_eq(jiffies, igif->v1_jiffies))
		igif->v1_present = false;
	if (igif->v2_present && time_after_eq(jiffies, igif->v2_jiffies))
		igif->v2_present = false;
	if (forced)
		return forced;
	return igif->v1_present ? 1 : igif->v2_present ? 2 : 3;
}

static struct sk_buff *twin_igmp_alloc(unsigned int bytes)
{
	struct sk_buff *skb;

	skb = alloc_skb(LL_MAX_HEADER + TWIN_WIRE_IPV4_MAX_BYTES + bytes,
			GFP_ATOMIC | __GFP_NOWARN);
	if (skb)
		skb_reserve(skb, LL_MAX_HEADER + TWIN_WIRE_IPV4_MAX_BYTES);
	return skb;
}

static void twin_igmp_finish(struct twin_igmp_report *report,
			     struct sk_buff *skb, __be32 daddr)
{
	__sum16 check = csum_fold(csum_partial(skb->data, skb->len, 0));

	twin_wire_put_be16(skb->data + TWIN_WIRE_IGMP_CHECKSUM_OFFSET,
			   (__force __be16)check);
	*twin_igmp_destination(skb) = daddr;
	__skb_queue_tail(&report->done, skb);
}

/* A message of version 1 or 2. */
static void twin_igmp_put_old(struct twin_igmp_report *report,
			      enum twin_wire_igmp_type type, __be32 group,
			      __be32 daddr)
{
	struct sk_buff *skb = twin_igmp_alloc(TWIN_WIRE_IGMP_BYTES);

	if (!skb)
		return;
	twin_wire_igmp_emit(skb_put(skb, TWIN_WIRE_IGMP_BYTES), type, group);
	twin_igmp_finish(report, skb, daddr);
}

static void twin_igmp_flush(struct twin_igmp_report *report)
{
	if (!report->skb)
		return;
	twin_wire_igmp_report_emit(report->skb->data, report->records);
	twin_igmp_finish(report, report->skb, htonl(TWIN_IGMP_V3_ROUTERS));
	report->skb = NULL;
}

static unsigned int twin_igmp_message_room(const struct twin_igmp_if *igif)
{
	const struct twin_link_dev *ld = twin_link_find(igif->tn, igif->ifindex);
	unsigned int mtu = ld ? READ_ONCE(ld->dev->mtu) : 0;

	/* without a device as long as every host takes, RFC 791 */
	mtu = clamp(mtu, ld ? 68U : 576U, (unsigned int)ETH_DATA_LEN);
	return mtu - TWIN_WIRE_IPV4_MIN_BYTES - sizeof(twin_igmp_router_alert);
}

/* A version 3 report with room for a record of @bytes, or for what can be. */
static bool twin_igmp_need(struct twin_igmp_report *report, unsigned int bytes)
{
	unsigned int room = twin_igmp_message_room(report->igif);

	if (report->skb && report->room < min(bytes, room -
					      TWIN_WIRE_IGMP_BYTES))
		twin_igmp_flush(report);
	if (report->skb)
		return true;
	report->skb = twin_igmp_alloc(room);
	if (!report->skb)
		return false;
	skb_put(report->skb, TWIN_WIRE_IGMP_BYTES);
	report->records = 0;
	report->room = room - TWIN_WIRE_IGMP_BYTES;
	return true;
}

/*
 * One record, or several where the sources do not fit one message.  Of sources
 * that are not wanted the first ones stand for all: RFC 3376 section 4.2.16.
 */
static void twin_igmp_put(struct twin_igmp_report *report,
			  enum twin_wire_igmp_record type, __be32 group,
			  const __be32 *sources, unsigned int count)
{
	bool excluding = type == TWIN_WIRE_IGMP_IS_EXCLUDE ||
			 type == TWIN_WIRE_IGMP_TO_EXCLUDE;
	unsigned int now, i;
	u8 *record;

	do {
		if (!twin_igmp_need(report, TWIN_WIRE_IGMP_RECORD_BYTES +
				    4 * count))
			return;
		now = min(count, (report->room - TWIN_WIRE_IGMP_RECORD_BYTES) /
				 4);
		record = skb_put(report->skb, TWIN_WIRE_IGMP_RECORD_BYTES +
				 4 * now);
		twin_wire_igmp_record_emit(record, type, group, now);
		for (i = 0; i < now; i++)
			twin_wire_put_be32(record + TWIN_WIRE_IGMP_RECORD_BYTES +
					   4 * i, sources[i]);
		report->room -= TWIN_WIRE_IGMP_RECORD_BYTES + 4 * now;
		report->records++;
		sources += now;
		count -= now;
	} while (count && !excluding);
}

/* Sends what was made; the device's lock is not held. */
static void twin_igmp_send_one(struct twin_igmp_if *igif, struct sk_buff *skb)
{
	struct twin_link_dev *ld = twin_link_find(igif->tn, igif->ifindex);
	struct twin_path path = {
		.type = TWIN_PATH_MULTICAST,
		.daddr = *twin_igmp_destination(skb),
		.ld = ld,
	};
	struct twin_ip_send send = {
		.tn = igif->tn,
		.path = &path,
		.daddr = path.daddr,
		.protocol = IPPROTO_IGMP,
		.tos = TWIN_IGMP_TOS,
		.ttl = TWIN_IGMP_TTL,
		.dont_fragment = true,
		.options = twin_igmp_router_alert,
		.options_bytes = sizeof(twin_igmp_router_alert),
	};

	if (!ld || !READ_ONCE(ld->up)) {
		kfree_skb(skb);
		return;
	}
	path.mtu_bytes = READ_ONCE(ld->dev->mtu);
	path.next_hop = path.daddr;
	send.saddr = twin_link_addr_select(ld, path.daddr);
	skb->priority = TC_PRIO_CONTROL;
	twin_ip_output(skb, &send);
}

static void twin_igmp_send(struct twin_igmp_report *report)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&report->done)))
		twin_igmp_send_one(report->igif, skb);
}

static void twin_igmp_report_start(struct twin_igmp_report *report,
				   struct twin_igmp_if *igif)
{
	memset(report, 0, sizeof(*report));
	report->igif = igif;
	__skb_queue_head_init(&report->done);
}

static bool twin_igmp_told(const struct twin_igmp_group *at)
{
	return !at->mode_left && !at->change_count;
}

/**
 * twin_igmp_forget_leaving() - drop groups whose end routers have been told
 * @igif: device
 * @most: and the oldest of the others beyond so many
 *
 * Context: Any; the device's lock is held.
 */
void twin_igmp_forget_leaving(struct twin_igmp_if *igif, unsigned int most)
{
	struct twin_igmp_group *at, *next;

	lockdep_assert_held(&igif->lock);
	list_for_each_entry_safe(at, next, &igif->leaving, list) {
		if (!twin_igmp_told(at) && igif->leaving_count <= most)
			continue;
		list_del(&at->list);
		igif->leaving_count--;
		kfree(at->changes);
		kfree_rcu(rcu_dereference_protected(at->filter, true), rcu);
		kfree_rcu(at, rcu);
	}
}

/* The sources of one record of changes, those that are forwarded or not. */
static void twin_igmp_put_changes(struct twin_igmp_report *report,
				  struct twin_igmp_group *at,
				  enum twin_wire_igmp_record type)
{
	const struct twin_source_list *filter = twin_igmp_filter(at);
	bool wanted = type == TWIN_WIRE_IGMP_ALLOW;
	unsigned int i, count = 0;
	__be32 *sources;

	sources = kmalloc_array(at->change_count, sizeof(*sources),
				GFP_ATOMIC | __GFP_NOWARN);
	if (!sources)
		return;
	for (i = 0; i < at->change_count; i++)
		if (twin_source_list_passes(filter, at->changes[i].source) ==
		    wanted)
			sources[count++] = at->changes[i].source;
	if (count)
		twin_igmp_put(report, type, at->group, sources, count);
	kfree(sources);
}

static void twin_igmp_count_changes(struct twin_igmp_group *at)
{
	unsigned int i, kept = 0;

	for (i = 0; i < at->change_count; i++)
		if (--at->changes[i].left)
			at->changes[kept++] = at->changes[i];
	at->change_count = kept;
}

/* RFC 3376 section 5.1, the table of what a State-Change Report holds. */
static void twin_igmp_put_change(struct twin_igmp_report *report,
				 struct twin_igmp_group *at)
{
	const struct twin_source_list *filter = twin_igmp_filter(at);

	if (at->mode_left) {
		twin_igmp_put(report, filter->include ?
			      TWIN_WIRE_IGMP_TO_INCLUDE :
			      TWIN_WIRE_IGMP_TO_EXCLUDE, at->group,
			      filter->sources, filter->count);
		at->mode_left--;
	} else if (at->change_count) {
		twin_igmp_put_changes(report, at, TWIN_WIRE_IGMP_ALLOW);
		twin_igmp_put_changes(report, at, TWIN_WIRE_IGMP_BLOCK);
		twin_igmp_count_changes(at);
	}
}

static bool twin_igmp_is_member(const struct twin_source_list *filter)
{
	return !filter->include || filter->count;
}

static void twin_igmp_put_old_report(struct twin_igmp_report *report,
				     const struct twin_igmp_group *at,
				     int version)
{
	if (twin_igmp_is_member(twin_igmp_filter(at)))
		twin_igmp_put_old(report, version == 1 ?
				  TWIN_WIRE_IGMP_V1_REPORT :
				  TWIN_WIRE_IGMP_V2_REPORT,
				  at->group, at->group);
}

/* What is still to be told of a group, once. */
static void twin_igmp_tell(struct twin_igmp_report *report,
			   struct twin_igmp_group *at)
{
	int version = twin_igmp_version(report->igif);

	if (version == 3) {
		twin_igmp_put_change(report, at);
	} else if (at->mode_left) {
		twin_igmp_put_old_report(report, at, version);
		at->mode_left--;
	}
}

static void twin_igmp_note_change(struct twin_igmp_group *at, __be32 source,
				  unsigned int robustness)
{
	unsigned int i;

	for (i = 0; i < at->change_count; i++)
		if (at->changes[i].source == source)
			break;
	at->changes[i].source = source;
	at->changes[i].left = robustness;
	if (i == at->change_count)
		at->change_count++;
}

/* Those in @list that are not in @other: whether they are wanted has changed. */
static void twin_igmp_note_missing(struct twin_igmp_group *at,
				   const struct twin_source_list *list,
				   const struct twin_source_list *other,
				   unsigned int robustness)
{
	unsigned int i;

	for (i = 0; i < list->count; i++)
		if (!twin_source_list_has(other, list->sources[i]))
			twin_igmp_note_change(at, list->sources[i], robustness);
}

/* False if there are too many, or no memory for them. */
static bool twin_igmp_note_changes(struct twin_igmp_group *at,
				   const struct twin_source_list *old,
				   const struct twin_source_list *new)
{
	unsigned int robustness = twin_igmp_robustness(at->igif);
	unsigned int most = at->change_count + old->count + new->count;
	struct twin_igmp_change *changes;

	if (most > TWIN_IGMP_CHANGES_MAX)
		return false;
	changes = krealloc(at->changes, most * sizeof(*changes),
			   GFP_ATOMIC | __GFP_NOWARN);
	if (most && ZERO_OR_NULL_PTR(changes))
		return false;
	at->changes = changes;
	twin_igmp_note_missing(at, old, new, robustness);
	twin_igmp_note_missing(at, new, old, robustness);
	return true;
}

/* RFC 3376 section 5.1: what is different now, merged with what is pending. */
static void twin_igmp_note(struct twin_igmp_group *at,
			   const struct twin_source_list *old)
{
	const struct twin_source_list *new = twin_igmp_filter(at);

	if (old->include == new->include &&
	    twin_igmp_note_changes(at, old, new))
		return;
	at->change_count = 0;
	at->mode_left = twin_igmp_robustness(at->igif);
}

/* Versions 1 and 2 know of members and of nothing else. */
static void twin_igmp_note_old(struct twin_igmp_report *report,
			       struct twin_igmp_group *at,
			       const struct twin_source_list *old, int version)
{
	bool was = twin_igmp_is_member(old);
	bool is = twin_igmp_is_member(twin_igmp_filter(at));

	if (is && !was)
		at->mode_left = twin_igmp_robustness(at->igif);
	if (is)
		return;
	at->mode_left = 0;
	if (was && version == 2)
		twin_igmp_put_old(report, TWIN_WIRE_IGMP_LEAVE, at->group,
				  htonl(INADDR_ALLRTRS_GROUP));
}

/* RFC 3376 section 5.1: again after a random part of the interval. */
static void twin_igmp_repeat(struct twin_igmp_if *igif)
{
	igif->change_due = true;
	igif->change_jiffies = jiffies + 1 +
		get_random_u32_below(TWIN_IGMP_REPORT_INTERVAL);
}

static bool twin_igmp_reports(const struct twin_igmp_group *at)
{
	return at->group != htonl(INADDR_ALLHOSTS_GROUP);
}

/**
 * twin_igmp_changed() - tell routers that a group's filter is another one
 * @at: group with the new filter
 * @old: the old filter; stays the caller's
 *
 * RFC: 3376 section 5.1, 7.2
 * Context: Process, RTNL held.
 */
void twin_igmp_changed(struct twin_igmp_group *at,
		       const struct twin_source_list *old)
{
	struct twin_igmp_if *igif = at->igif;
	struct twin_igmp_report report;
	int version;

	ASSERT_RTNL();
	if (!twin_igmp_reports(at))
		return;
	twin_igmp_report_start(&report, igif);
	rcu_read_lock();
	spin_lock_bh(&igif->lock);
	version = twin_igmp_version(igif);
	if (version == 3)
		twin_igmp_note(at, old);
	else
		twin_igmp_note_old(&report, at, old, version);
	twin_igmp_tell(&report, at);
	twin_igmp_flush(&report);
	if (!twin_igmp_told(at))
		twin_igmp_repeat(igif);
	/* nothing else is due earlier than before: no walk over all groups */
	if (igif->change_due && !igif->dead)
		timer_reduce(&igif->timer, igif->change_jiffies);
	spin_unlock_bh(&igif->lock);
	twin_igmp_send(&report);
	rcu_read_unlock();
}

/* As if the group had just been joined. */
static void twin_igmp_note_anew(struct twin_igmp_group *at)
{
	static const struct twin_source_list nothing = { .include = true };

	if (twin_igmp_version(at->igif) == 3)
		twin_igmp_note(at, &nothing);
	else
		at->mode_left = twin_igmp_robustness(at->igif);
}

/**
 * twin_igmp_resume() - a device is back: routers may know nothing of us
 * @igif: device
 *
 * Nor is it known which routers there are.  All groups are told at once.
 *
 * Context: Process, RTNL held.
 */
void twin_igmp_resume(struct twin_igmp_if *igif)
{
	struct twin_igmp_group *at;

	ASSERT_RTNL();
	spin_lock_bh(&igif->lock);
	igif->v1_present = false;
	igif->v2_present = false;
	igif->general_due = false;
	igif->robustness = 0;
	twin_igmp_forget_leaving(igif, 0);
	list_for_each_entry(at, &igif->groups, list) {
		at->reply_due = false;
		at->change_count = 0;
		at->mode_left = 0;
		if (twin_igmp_reports(at))
			twin_igmp_note_anew(at);
	}
	igif->change_due = true;
	igif->change_jiffies = jiffies;
	twin_igmp_arm(igif);
	spin_unlock_bh(&igif->lock);
}

/* RFC 3376 section 5.2: a Current-State Record of the whole state. */
static void twin_igmp_put_state(struct twin_igmp_report *report,
				const struct twin_igmp_group *at)
{
	const struct twin_source_list *filter = twin_igmp_filter(at);

	if (twin_igmp_is_member(filter))
		twin_igmp_put(report, filter->include ?
			      TWIN_WIRE_IGMP_IS_INCLUDE :
			      TWIN_WIRE_IGMP_IS_EXCLUDE, at->group,
			      filter->sources, filter->count);
}

/* ... and one of those sources that were asked for and are wanted. */
static void twin_igmp_put_asked(struct twin_igmp_report *report,
				const struct twin_igmp_group *at)
{
	const struct twin_source_list *filter = twin_igmp_filter(at);
	__be32 wanted[TWIN_IGMP_ASKED_MAX];
	unsigned int i, count = 0;

	for (i = 0; i < at->asked_count; i++)
		if (twin_source_list_passes(filter, at->asked[i]))
			wanted[count++] = at->asked[i];
	if (count)
		twin_igmp_put(report, TWIN_WIRE_IGMP_IS_INCLUDE, at->group,
			      wanted, count);
}

static void twin_igmp_reply(struct twin_igmp_report *report,
			    struct twin_igmp_group *at)
{
	int version = twin_igmp_version(report->igif);

	at->reply_due = false;
	if (version < 3)
		twin_igmp_put_old_report(report, at, version);
	else if (at->asked_count)
		twin_igmp_put_asked(report, at);
	else
		twin_igmp_put_state(report, at);
	at->asked_count = 0;
}

static void twin_igmp_reply_general(struct twin_igmp_report *report)
{
	struct twin_igmp_if *igif = report->igif;
	const struct twin_igmp_group *at;

	if (!igif->general_due || time_before(jiffies, igif->general_jiffies))
		return;
	igif->general_due = false;
	list_for_each_entry(at, &igif->groups, list)
		if (twin_igmp_reports(at))
			twin_igmp_put_state(report, at);
}

static void twin_igmp_reply_groups(struct twin_igmp_report *report)
{
	struct twin_igmp_group *at;

	list_for_each_entry(at, &report->igif->groups, list)
		if (at->reply_due && time_after_eq(jiffies, at->reply_jiffies))
			twin_igmp_reply(report, at);
}

static void twin_igmp_tell_list(struct twin_igmp_report *report,
				struct list_head *groups, bool *more)
{
	struct twin_igmp_group *at;

	list_for_each_entry(at, groups, list) {
		twin_igmp_tell(report, at);
		*more |= !twin_igmp_told(at);
	}
}

static void twin_igmp_repeat_changes(struct twin_igmp_report *report)
{
	struct twin_igmp_if *igif = report->igif;
	bool more = false;

	if (!igif->change_due || time_before(jiffies, igif->change_jiffies))
		return;
	igif->change_due = false;
	twin_igmp_tell_list(report, &igif->groups, &more);
	twin_igmp_tell_list(report, &igif->leaving, &more);
	twin_igmp_forget_leaving(igif, TWIN_IGMP_LEAVING_MAX);
	if (more)
		twin_igmp_repeat(igif);
}

static void twin_igmp_earlier(bool due, unsigned long when, bool *any,
			      unsigned long *earliest)
{
	if (!due || (*any && time_after_eq(when, *earliest)))
		return;
	*any = true;
	*earliest = when;
}

/**
 * twin_igmp_arm() - have the timer fire when the next thing is due
 * @igif: device
 *
 * Context: Any; the device's lock is held.
 */
void twin_igmp_arm(struct twin_igmp_if *igif)
{
	const struct twin_igmp_group *at;
	unsigned long earliest = 0;
	bool any = false;

	lockdep_assert_held(&igif->lock);
	if (igif->dead)
		return;
	twin_igmp_earlier(igif->general_due, igif->general_jiffies, &any,
			  &earliest);
	twin_igmp_earlier(igif->change_due, igif->change_jiffies, &any,
			  &earliest);
	list_for_each_entry(at, &igif->groups, list)
		twin_igmp_earlier(at->reply_due, at->reply_jiffies, &any,
				  &earliest);
	if (any)
		mod_timer(&igif->timer, earliest);
}

/**
 * twin_igmp_timer() - something is due
 * @timer: of a device
 *
 * Context: Softirq.
 */
void twin_igmp_timer(struct timer_list *timer)
{
	struct twin_igmp_if *igif = timer_container_of(igif, timer, timer);
	struct twin_igmp_report report;

	twin_igmp_report_start(&report, igif);
	rcu_read_lock();
	spin_lock(&igif->lock);
	twin_igmp_reply_general(&report);
	twin_igmp_reply_groups(&report);
	twin_igmp_repeat_changes(&report);
	twin_igmp_flush(&report);
	twin_igmp_arm(igif);
	spin_unlock(&igif->lock);
	twin_igmp_send(&report);
	rcu_read_unlock();
}
