// SPDX-License-Identifier: GPL-2.0
/*
 * The finished link header of a neighbour, ready to be copied.
 *
 * Readers copy it without a lock and retry if it was being written; so do the
 * paths cached in sockets, which keep the copy until path_generation changes.
 */
#include "../wire/wire_eth.h"
#include "arp.h"

/**
 * twin_arp_header_build() - write an entry's header from its link address
 * @entry: entry with a link address
 *
 * RFC: 894
 * Context: Any; the entry's lock is held.
 */
void twin_arp_header_build(struct twin_arp_entry *entry)
{
	BUILD_BUG_ON(TWIN_WIRE_ETH_BYTES > TWIN_ARP_HEADER_BYTES);
	lockdep_assert_held(&entry->lock);
	write_seqlock(&entry->header_seq);
	twin_wire_eth_emit(entry->header, entry->ha, entry->ld->dev->dev_addr,
			   ETH_P_IP);
	WRITE_ONCE(entry->header_bytes, TWIN_WIRE_ETH_BYTES);
	write_sequnlock(&entry->header_seq);
}

/**
 * twin_arp_header_clear() - an entry's link address may not be used any more
 * @entry: entry
 *
 * Context: Any; the entry's lock is held.
 */
void twin_arp_header_clear(struct twin_arp_entry *entry)
{
	lockdep_assert_held(&entry->lock);
	write_seqlock(&entry->header_seq);
	WRITE_ONCE(entry->header_bytes, 0);
	write_sequnlock(&entry->header_seq);
}

/**
 * twin_arp_header_copy() - the finished link header of a neighbour
 * @entry: neighbour
 * @header: filled in, TWIN_ARP_HEADER_BYTES
 * @header_bytes: filled in: length of the header, 0 if there is none
 *
 * Context: Any but hard interrupt, RCU read lock or a reference.
 * Return: false if the link address is not known.
 */
bool twin_arp_header_copy(const struct twin_arp_entry *entry, u8 *header,
			  u8 *header_bytes)
{
	unsigned int seq;

	do {
		seq = read_seqbegin(&entry->header_seq);
		*header_bytes = READ_ONCE(entry->header_bytes);
		memcpy(header, entry->header, TWIN_ARP_HEADER_BYTES);
	} while (read_seqretry(&entry->header_seq, seq));
	return *header_bytes;
}
