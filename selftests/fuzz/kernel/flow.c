// SPDX-License-Identifier: GPL-2.0
/* The connections that were seen, and where their numbers stand. */
#include "kernel_fuzz.h"

#define FUZZ_FLOWS	256

/* Flags of the TCP header */
#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define ACK	0x10

static struct fuzz_flow fuzz_flows[FUZZ_FLOWS];
static unsigned int fuzz_flow_count, fuzz_flow_victim;

struct fuzz_flow *fuzz_flow_any(struct fuzz_random *r)
{
	return fuzz_flow_count ?
		       &fuzz_flows[fuzz_below(r, fuzz_flow_count)] : NULL;
}

static struct fuzz_flow *fuzz_flow_find(u32 lip, u32 rip, u16 lport, u16 rport)
{
	struct fuzz_flow *flow;
	unsigned int i;

	for (i = 0; i < fuzz_flow_count; i++) {
		flow = &fuzz_flows[i];
		if (flow->lport == lport && flow->rport == rport &&
		    flow->rip == rip && flow->lip == lip)
			return flow;
	}
	if (fuzz_flow_count < FUZZ_FLOWS)
		flow = &fuzz_flows[fuzz_flow_count++];
	else
		flow = &fuzz_flows[fuzz_flow_victim++ % FUZZ_FLOWS];
	memset(flow, 0, sizeof(*flow));
	flow->lip = lip;
	flow->rip = rip;
	flow->lport = lport;
	flow->rport = rport;
	flow->mss = 536;
	return flow;
}

static void fuzz_flow_options(struct fuzz_flow *flow, const u8 *option,
			      const u8 *end)
{
	while (option + 1 < end && *option) {
		if (*option == 1) {
			option++;
			continue;
		}
		if (option[1] < 2 || option + option[1] > end)
			return;
		if (*option == 2 && option[1] == 4)
			flow->mss = (u16)fuzz_get16(option + 2);
		if (*option == 8 && option[1] == 10) {
			flow->timestamps = true;
			flow->tsval = fuzz_get32(option + 2);
		}
		option += option[1];
	}
}

static void fuzz_flow_update(struct fuzz_flow *flow, struct fuzz_random *r,
			     const u8 *tcp, u32 payload)
{
	u32 seq = fuzz_get32(tcp + 4), ack = fuzz_get32(tcp + 8);
	u32 end = seq + payload + !!(tcp[13] & SYN) + !!(tcp[13] & FIN);
	bool fresh = !flow->seen || tcp[13] & SYN;

	if (fresh) {
		flow->seen = 0;
		flow->twin_una = seq;
		flow->twin_next = end;
		flow->next = tcp[13] & ACK ? ack : (u32)fuzz_next(r);
		flow->sent = flow->next;
	}
	if ((s32)(end - flow->twin_next) > 0)
		flow->twin_next = end;
	if (tcp[13] & ACK && !(tcp[13] & RST)) {
		if ((s32)(ack - flow->next) > 0)
			flow->next = ack;
		if ((s32)(flow->sent - flow->next) < 0)
			flow->sent = flow->next;
	}
	flow->seen |= tcp[13];
}

static void fuzz_flow_answer(const struct fuzz_place *place,
			     struct fuzz_random *r, struct fuzz_flow *flow,
			     u8 flags)
{
	static struct fuzz_frame frame;
	u32 eagerness = flags & SYN ? 75 : flags & FIN ? 60 : 40;

	if (flags & RST || !fuzz_chance(r, eagerness))
		return;
	fuzz_segment_reply(&frame, place, r, flow, flags);
	fuzz_wire_send(place, &frame);
}

/* A packet that Twin has sent, from the IP header on. */
void fuzz_flow_learn(const struct fuzz_place *place, struct fuzz_random *r,
		     const u8 *packet, u32 length, bool tun)
{
	u32 header, offset;
	struct fuzz_flow *flow;
	const u8 *tcp;

	if (length < 20 || packet[9] != IPPROTO_TCP ||
	    fuzz_get16(packet + 6) & 0x1fff)
		return;
	header = (packet[0] & 15u) * 4;
	tcp = packet + header;
	if (header < 20 || length < header + 20)
		return;
	offset = (tcp[12] >> 4) * 4u;
	if (offset < 20 || length < header + offset)
		return;
	flow = fuzz_flow_find(fuzz_get32(packet + 12), fuzz_get32(packet + 16),
			      (u16)fuzz_get16(tcp), (u16)fuzz_get16(tcp + 2));
	flow->tun = tun;
	fuzz_flow_options(flow, tcp + 20, tcp + offset);
	fuzz_flow_update(flow, r, tcp, length - header - offset);
	fuzz_flow_answer(place, r, flow, tcp[13]);
}
