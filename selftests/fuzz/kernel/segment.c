// SPDX-License-Identifier: GPL-2.0
/* TCP segments for the connections that were seen, right or nearly so. */
#include "kernel_fuzz.h"

#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define PSH	0x08
#define ACK	0x10
#define URG	0x20
#define ECE	0x40
#define CWR	0x80

struct fuzz_plan {
	u32 seq, ack, window, urgent, payload;
	u8 flags;
	u8 tos;
	u8 options[40];
	u32 option_bytes;
};

static u32 fuzz_clock = 1000;

static void fuzz_option(struct fuzz_plan *plan, u8 kind, u32 bytes,
			const u8 *data)
{
	u8 *option = plan->options + plan->option_bytes;

	if (plan->option_bytes + bytes > sizeof(plan->options))
		return;
	option[0] = kind;
	if (bytes > 1)
		option[1] = (u8)bytes;
	if (bytes > 2)
		memcpy(option + 2, data, bytes - 2);
	plan->option_bytes += bytes;
}

static void fuzz_option_timestamp(struct fuzz_plan *plan, u32 tsecr,
				  struct fuzz_random *r)
{
	u32 tsval = fuzz_clock++ / 16;
	u8 data[8];

	if (fuzz_chance(r, 3))
		tsval -= fuzz_number(r);
	if (fuzz_chance(r, 3))
		tsecr = fuzz_number(r);
	fuzz_put32(data, tsval);
	fuzz_put32(data + 4, tsecr);
	fuzz_option(plan, 1, 1, NULL);
	fuzz_option(plan, 1, 1, NULL);
	fuzz_option(plan, 8, 10, data);
}

/* A place in what Twin has sent, mostly where a segment may begin. */
static u32 fuzz_sent_place(const struct fuzz_flow *flow, struct fuzz_random *r)
{
	u32 span = flow->twin_next - flow->twin_una;
	u32 unit = flow->mss ? flow->mss : 536;

	if (fuzz_chance(r, 5))
		return flow->twin_next + fuzz_number(r);
	if (!span || fuzz_chance(r, 10))
		return flow->twin_una + fuzz_below(r, span + 2);
	return flow->twin_una + fuzz_below(r, span / unit + 1) * unit;
}

static void fuzz_option_sack(struct fuzz_plan *plan,
			     const struct fuzz_flow *flow,
			     struct fuzz_random *r)
{
	u32 count = 1 + fuzz_below(r, 4), i, left, right;
	u8 data[32];

	for (i = 0; i < count; i++) {
		left = fuzz_sent_place(flow, r);
		right = fuzz_chance(r, 80) ? left + flow->mss :
					     fuzz_sent_place(flow, r);
		fuzz_put32(data + 8 * i, left);
		fuzz_put32(data + 8 * i + 4, right);
	}
	fuzz_option(plan, 1, 1, NULL);
	fuzz_option(plan, 1, 1, NULL);
	fuzz_option(plan, 5, 2 + 8 * count, data);
}

/* Bytes of any kind; mostly options among them, whose lengths may be a lie. */
static void fuzz_option_junk(struct fuzz_plan *plan, struct fuzz_random *r)
{
	static const u8 kinds[] = { 1, 2, 3, 4, 5, 5, 5, 8, 8, 34, 34, 254 };
	u8 *option;
	u32 at, i;

	plan->option_bytes = 4 * fuzz_below(r, 11);
	for (i = 0; i < plan->option_bytes; i++)
		plan->options[i] = (u8)(fuzz_chance(r, 50) ?
					fuzz_below(r, 36) : fuzz_number(r));
	for (at = 0; at + 2 <= plan->option_bytes && fuzz_chance(r, 85);) {
		option = plan->options + at;
		option[0] = kinds[fuzz_below(r, sizeof(kinds))];
		if (option[0] == 1) {
			at++;
			continue;
		}
		option[1] = (u8)(fuzz_chance(r, 40) ? 2 + 8 * fuzz_below(r, 32) :
				 fuzz_chance(r, 70) ? fuzz_below(r, 20) :
						      fuzz_number(r));
		at += option[1] ? option[1] : 1;
	}
}

static void fuzz_options_of_syn(struct fuzz_plan *plan, struct fuzz_random *r)
{
	u8 data[20] = { 0 };

	fuzz_put16(data, fuzz_chance(r, 70) ? 1460 : fuzz_number(r));
	if (fuzz_chance(r, 90))
		fuzz_option(plan, 2, 4, data);
	if (fuzz_chance(r, 70))
		fuzz_option(plan, 4, 2, data);
	if (fuzz_chance(r, 60))
		fuzz_option_timestamp(plan, 0, r);
	data[0] = (u8)(fuzz_chance(r, 90) ? fuzz_below(r, 15) : fuzz_number(r));
	if (fuzz_chance(r, 60))
		fuzz_option(plan, 3, 3, data);
	if (fuzz_chance(r, 5))
		fuzz_option(plan, 34, 2 + 2 * fuzz_below(r, 9), data);
	if (fuzz_chance(r, 3))
		fuzz_option_junk(plan, r);
}

static void fuzz_plan_build(struct fuzz_frame *frame,
			    const struct fuzz_place *place,
			    const struct fuzz_flow *flow,
			    struct fuzz_plan *plan, struct fuzz_random *r)
{
	u32 header = (20 + plan->option_bytes + 3) & ~3u, i;
	u8 *tcp = fuzz_frame_begin(frame, place, IPPROTO_TCP, flow->rip,
				   flow->lip);

	frame->tun = flow->tun;
	frame->bytes[FUZZ_ETH + 1] = plan->tos;
	fuzz_put16(tcp, flow->rport);
	fuzz_put16(tcp + 2, flow->lport);
	fuzz_put32(tcp + 4, plan->seq);
	fuzz_put32(tcp + 8, plan->flags & ACK ? plan->ack : 0);
	tcp[12] = (u8)(header << 2);
	tcp[13] = plan->flags;
	fuzz_put16(tcp + 14, plan->window);
	fuzz_put16(tcp + 18, plan->urgent);
	memset(tcp + 20, 0, header - 20);
	memcpy(tcp + 20, plan->options, plan->option_bytes);
	for (i = 0; i < plan->payload; i++)
		tcp[header + i] = (u8)(plan->seq + i);
	fuzz_frame_end(frame, header + plan->payload);
	if (plan->payload + header > 1480 || fuzz_chance(r, 5))
		fuzz_frame_offload(frame, r);
}

static void fuzz_plan_start(struct fuzz_plan *plan,
			    const struct fuzz_flow *flow, struct fuzz_random *r)
{
	memset(plan, 0, sizeof(*plan));
	plan->flags = ACK;
	plan->seq = flow->sent;
	plan->ack = flow->twin_next;
	plan->window = fuzz_chance(r, 80) ? 65535 : fuzz_number(r);
	plan->tos = (u8)(fuzz_chance(r, 85) ? 0 : fuzz_below(r, 4));
	if (flow->timestamps != fuzz_chance(r, 2))
		fuzz_option_timestamp(plan, flow->tsval, r);
}

static u32 fuzz_data_bytes(struct fuzz_random *r)
{
	if (fuzz_chance(r, 4))
		return 1460 + fuzz_below(r, FUZZ_FRAME_MAX - 1600);
	return fuzz_chance(r, 50) ? 1 + fuzz_below(r, 40) :
				    1 + fuzz_below(r, 1440);
}

static void fuzz_plan_data(struct fuzz_plan *plan, struct fuzz_flow *flow,
			   struct fuzz_random *r)
{
	plan->payload = fuzz_data_bytes(r);
	plan->flags |= fuzz_chance(r, 50) ? PSH : 0;
	switch (fuzz_below(r, 8)) {
	case 0:			/* a hole before it */
		plan->seq += 1 + fuzz_below(r, 5) * 700;
		break;
	case 1:			/* again, all or a part */
		plan->seq -= fuzz_below(r, 3000);
		break;
	case 2:
		plan->seq = flow->next;
		break;
	default:
		flow->sent += plan->payload;
	}
	if (fuzz_chance(r, 4)) {
		plan->flags |= FIN;
		flow->sent++;
	}
	if (fuzz_chance(r, 4)) {
		plan->flags |= URG;
		plan->urgent = fuzz_chance(r, 70) ?
				       fuzz_below(r, plan->payload + 3) :
				       fuzz_number(r);
	}
	if ((s32)(flow->sent - flow->next) > 60000)
		flow->sent = flow->next;
}

static void fuzz_plan_ack(struct fuzz_plan *plan, struct fuzz_flow *flow,
			  struct fuzz_random *r)
{
	switch (fuzz_below(r, 6)) {
	case 0:
	case 1:
		flow->twin_una = plan->ack;
		break;
	case 2:			/* a part of it */
		plan->ack = fuzz_sent_place(flow, r);
		if (flow->twin_next - plan->ack <
		    flow->twin_next - flow->twin_una)
			flow->twin_una = plan->ack;
		break;
	case 3:
		plan->ack = flow->twin_una;
		fuzz_option_sack(plan, flow, r);
		break;
	case 4:
		plan->ack = flow->twin_una;
		plan->flags |= fuzz_chance(r, 30) ? ECE : 0;
		break;
	default:
		plan->window = fuzz_chance(r, 50) ? 0 : fuzz_number(r);
	}
}

static void fuzz_plan_end(struct fuzz_plan *plan, struct fuzz_flow *flow,
			  struct fuzz_random *r)
{
	switch (fuzz_below(r, 4)) {
	case 0:
	case 1:
		plan->flags |= FIN;
		flow->sent++;
		break;
	case 2:
		plan->flags = (u8)(RST | (fuzz_chance(r, 50) ? ACK : 0));
		if (fuzz_chance(r, 60))
			plan->seq = flow->next + fuzz_number(r) % 70000;
		break;
	default:
		plan->flags = (u8)(SYN | (fuzz_chance(r, 50) ? ACK : 0));
		if (fuzz_chance(r, 50))
			plan->seq = (u32)fuzz_next(r);
		fuzz_options_of_syn(plan, r);
	}
}

/* One field a little, or far, beside what it should be. */
static void fuzz_plan_shake(struct fuzz_plan *plan, struct fuzz_random *r)
{
	u32 by = fuzz_chance(r, 60) ? fuzz_below(r, 5) - 2 : fuzz_number(r);

	switch (fuzz_below(r, 10)) {
	case 0:
		plan->seq += by;
		return;
	case 1:
		plan->ack += by;
		return;
	case 2:
		plan->window += by;
		return;
	case 3:
		plan->flags ^= 1 << fuzz_below(r, 8);
		return;
	case 4:
		plan->flags = (u8)fuzz_next(r);
		return;
	case 5:
		plan->urgent += by;
		plan->flags |= URG;
		return;
	case 6:
	case 7:
	case 8:
		fuzz_option_junk(plan, r);
		return;
	default:
		plan->seq += 0x80000000u;
	}
}

void fuzz_segment(struct fuzz_frame *frame, const struct fuzz_place *place,
		  struct fuzz_random *r, struct fuzz_flow *flow)
{
	struct fuzz_plan plan;
	u32 kind = fuzz_below(r, 100);

	fuzz_plan_start(&plan, flow, r);
	if (kind < 50)
		fuzz_plan_data(&plan, flow, r);
	else if (kind < 92)
		fuzz_plan_ack(&plan, flow, r);
	else
		fuzz_plan_end(&plan, flow, r);
	plan.flags |= fuzz_chance(r, 2) ? CWR : 0;
	if (fuzz_chance(r, 12))
		fuzz_plan_shake(&plan, r);
	fuzz_plan_build(frame, place, flow, &plan, r);
}

/* Somebody new knocks. */
void fuzz_segment_syn(struct fuzz_frame *frame, const struct fuzz_place *place,
		      struct fuzz_random *r)
{
	struct fuzz_flow flow = {
		.lip = fuzz_chance(r, 20) ? FUZZ_OURS_TUN : FUZZ_OURS,
		.lport = fuzz_port(r),
		.rport = (u16)(1024 + fuzz_below(r, 4000)),
		.sent = (u32)fuzz_next(r),
	};
	struct fuzz_plan plan;

	flow.tun = flow.lip == FUZZ_OURS_TUN;
	flow.rip = flow.tun ? FUZZ_TUN_NET + FUZZ_PEER_FIRST : fuzz_peer(r);
	fuzz_plan_start(&plan, &flow, r);
	plan.option_bytes = 0;
	plan.flags = (u8)(SYN | (fuzz_chance(r, 20) ? ECE | CWR : 0));
	fuzz_options_of_syn(&plan, r);
	if (fuzz_chance(r, 5))
		plan.payload = fuzz_below(r, 100);
	if (fuzz_chance(r, 5))
		fuzz_plan_shake(&plan, r);
	fuzz_plan_build(frame, place, &flow, &plan, r);
}

/* What a peer that knows its trade says to a segment with these flags. */
void fuzz_segment_reply(struct fuzz_frame *frame,
			const struct fuzz_place *place, struct fuzz_random *r,
			struct fuzz_flow *flow, u8 answered)
{
	struct fuzz_plan plan;

	fuzz_plan_start(&plan, flow, r);
	flow->twin_una = flow->twin_next;
	if ((answered & (SYN | ACK)) == SYN) {
		plan.option_bytes = 0;
		plan.flags = (u8)(fuzz_chance(r, 90) ? SYN | ACK : SYN);
		fuzz_options_of_syn(&plan, r);
		flow->sent = flow->next + 1;
	} else if (answered & FIN && fuzz_chance(r, 30)) {
		plan.flags |= FIN;
		flow->sent++;
	}
	fuzz_plan_build(frame, place, flow, &plan, r);
}
