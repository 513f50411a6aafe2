// SPDX-License-Identifier: GPL-2.0
/*
 * A sentence for each kind of step: what it is for. The number is that of the statement that
 * Documentation/statements.md retells.
 */
#include "trace.h"

static const char *explain_call(const struct step *step)
{
	static const char * const sentences[] = {
		[TWIN_CALL_SOCKET] = "S3: memory for one socket, and a descriptor for it",
		[TWIN_CALL_BIND] = "S4: the program chooses its own address or port",
		[TWIN_CALL_CONNECT] = "S4: both ends exchange the control information they need",
		[TWIN_CALL_LISTEN] = "S4: from now on others can connect to this port",
		[TWIN_CALL_ACCEPT] = "S4: the server learns who has connected",
		[TWIN_CALL_SEND] = "S8: a row of bytes of a length; what they mean is not known",
		[TWIN_CALL_RECV] = "S8: the bytes in order, as they were written",
		[TWIN_CALL_SHUTDOWN] = "S19: who has sent everything says so",
		[TWIN_CALL_CLOSE] = "S19, S20: the descriptor is gone, the socket may live on",
	};

	if (step->call.call >= ARRAY_SIZE(sentences))
		return NULL;
	return sentences[step->call.call];
}

static const char *explain_timer(const struct step *step)
{
	switch (step->timer.timer) {
	case TWIN_TIMER_RETRANSMIT:
		return "S15, S16: no ACK came in a time that follows the round trip: again";
	case TWIN_TIMER_LOSS_PROBE:
		return "S15: the last segments may be lost; send one more to hear of it soon";
	case TWIN_TIMER_REORDER:
		return "S13: later segments have arrived, this one has not; it is lost";
	case TWIN_TIMER_PERSIST:
		return "S17: the peer's window is closed; ask whether it still is";
	case TWIN_TIMER_DELAYED_ACK:
		return "S18: the ACK has waited for company long enough";
	default:
		return NULL;
	}
}

static const char *explain_segment(const struct packet *packet)
{
	if (packet->flags & 0x04)
		return "S30: there is no such connection, or it is over at once";
	if (packet->flags & 0x02)
		return packet->flags & 0x10 ? "S7: the answer, with this side's first number" :
					      "S7, S14: the first number is random, and told here";
	if (packet->flags & 0x01)
		return "S19: FIN: no more data will come from this side";
	if (packet->sack_count)
		return "S13: there is a gap; these bytes beyond it are here";
	if (packet->payload)
		return "S9, S12: data, cut to what fits; the number says where it goes";
	return "S13, S18: ACK: all before this number is here; the window: how much more";
}

static const char *explain_packet(const struct step *step, enum layer layer)
{
	struct packet packet;

	if (!packet_read(step, &packet))
		return NULL;
	switch (layer) {
	case LAYER_LINK:
		return step->kind == STEP_LINK_OUT ?
		       "S25, S29: the next hop's MAC in front; the adapter makes a signal" :
		       "S29: the adapter has made a frame of the signal, for us";
	case LAYER_ARP:
		return packet_u16(packet.transport + 6) == 1 ?
		       "S26: a broadcast asks who has the address" :
		       "S26: the answer goes into the ARP cache";
	case LAYER_IP:
		return step->kind == STEP_IP_OUT ?
		       "S22, S23: destination as given, source by the route" :
		       "S21: header read and verified; its protocol field says who gets it";
	case LAYER_UDP:
		return "S31: no connection, no ACK: one packet";
	case LAYER_ICMP:
		return "S30: trouble on the way, or a control message";
	case LAYER_TCP:
		return explain_segment(&packet);
	default:
		return NULL;
	}
}

/* Return: NULL where there is nothing to explain. */
const char *explain_step(const struct step *step, enum layer layer)
{
	switch (step->kind) {
	case STEP_ENTER:
		return explain_call(step);
	case STEP_STATE:
		return "S2: the control information changes; the stack acts by reading it";
	case STEP_TIMER:
		return explain_timer(step);
	case STEP_PROGRESS:
		return "S2, S17: what the stack knows of the connection now";
	case STEP_ROUTE:
		return "S24: the routing table says: this gateway, or direct";
	case STEP_PATH:
		return "S23: the source is an address of the adapter that was picked";
	case STEP_ARP_STATE:
		return "S26, S27: the ARP cache";
	case STEP_DROP:
		return "each drop has a reason: twin stat drops counts them";
	case STEP_CALL:
		/* the others were explained when they began */
		return step->call.call == TWIN_CALL_SOCKET || step->call.call == TWIN_CALL_BIND ||
		       step->call.call == TWIN_CALL_LISTEN || step->call.call == TWIN_CALL_CLOSE ?
		       explain_call(step) : NULL;
	default:
		return explain_packet(step, layer);
	}
}
