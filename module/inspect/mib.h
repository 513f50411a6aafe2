/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters: one per-CPU array for each namespace.
 *
 * Leaf header: includes no other room, so that any room may include it.  The
 * lists are in the order, and the texts are the names, of /proc/net/snmp and
 * /proc/net/netstat, so that stock tools read Twin's files.  What Twin has no
 * event for is kept for these tools and stays 0 (Documentation/status.md).
 */
#ifndef TWIN_MIB_H
#define TWIN_MIB_H

#include <linux/percpu.h>
#include "../twin.h"
#include "drop.h"

#define TWIN_MIB_IP(X) \
	X(IP_IN_RECEIVES, "InReceives") \
	X(IP_IN_HDR_ERRORS, "InHdrErrors") \
	X(IP_IN_ADDR_ERRORS, "InAddrErrors") \
	X(IP_FORW_DATAGRAMS, "ForwDatagrams") \
	X(IP_IN_UNKNOWN_PROTOS, "InUnknownProtos") \
	X(IP_IN_DISCARDS, "InDiscards") \
	X(IP_IN_DELIVERS, "InDelivers") \
	X(IP_OUT_REQUESTS, "OutRequests") \
	X(IP_OUT_DISCARDS, "OutDiscards") \
	X(IP_OUT_NO_ROUTES, "OutNoRoutes") \
	X(IP_REASM_TIMEOUT, "ReasmTimeout") \
	X(IP_REASM_REQDS, "ReasmReqds") \
	X(IP_REASM_OKS, "ReasmOKs") \
	X(IP_REASM_FAILS, "ReasmFails") \
	X(IP_FRAG_OKS, "FragOKs") \
	X(IP_FRAG_FAILS, "FragFails") \
	X(IP_FRAG_CREATES, "FragCreates")

#define TWIN_MIB_ICMP(X) \
	X(ICMP_IN_MSGS, "InMsgs") \
	X(ICMP_IN_ERRORS, "InErrors") \
	X(ICMP_IN_CSUM_ERRORS, "InCsumErrors") \
	X(ICMP_IN_DEST_UNREACHS, "InDestUnreachs") \
	X(ICMP_IN_TIME_EXCDS, "InTimeExcds") \
	X(ICMP_IN_PARM_PROBS, "InParmProbs") \
	X(ICMP_IN_SRC_QUENCHS, "InSrcQuenchs") \
	X(ICMP_IN_REDIRECTS, "InRedirects") \
	X(ICMP_IN_ECHOS, "InEchos") \
	X(ICMP_IN_ECHO_REPS, "InEchoReps") \
	X(ICMP_IN_TIMESTAMPS, "InTimestamps") \
	X(ICMP_IN_TIMESTAMP_REPS, "InTimestampReps") \
	X(ICMP_IN_ADDR_MASKS, "InAddrMasks") \
	X(ICMP_IN_ADDR_MASK_REPS, "InAddrMaskReps") \
	X(ICMP_OUT_MSGS, "OutMsgs") \
	X(ICMP_OUT_ERRORS, "OutErrors") \
	X(ICMP_OUT_RATELIMIT_GLOBAL, "OutRateLimitGlobal") \
	X(ICMP_OUT_RATELIMIT_HOST, "OutRateLimitHost") \
	X(ICMP_OUT_DEST_UNREACHS, "OutDestUnreachs") \
	X(ICMP_OUT_TIME_EXCDS, "OutTimeExcds") \
	X(ICMP_OUT_PARM_PROBS, "OutParmProbs") \
	X(ICMP_OUT_SRC_QUENCHS, "OutSrcQuenchs") \
	X(ICMP_OUT_REDIRECTS, "OutRedirects") \
	X(ICMP_OUT_ECHOS, "OutEchos") \
	X(ICMP_OUT_ECHO_REPS, "OutEchoReps") \
	X(ICMP_OUT_TIMESTAMPS, "OutTimestamps") \
	X(ICMP_OUT_TIMESTAMP_REPS, "OutTimestampReps") \
	X(ICMP_OUT_ADDR_MASKS, "OutAddrMasks") \
	X(ICMP_OUT_ADDR_MASK_REPS, "OutAddrMaskReps")

#define TWIN_MIB_TCP(X) \
	X(TCP_ACTIVE_OPENS, "ActiveOpens") \
	X(TCP_PASSIVE_OPENS, "PassiveOpens") \
	X(TCP_ATTEMPT_FAILS, "AttemptFails") \
	X(TCP_ESTAB_RESETS, "EstabResets") \
	X(TCP_CURR_ESTAB, "CurrEstab") \
	X(TCP_IN_SEGS, "InSegs") \
	X(TCP_OUT_SEGS, "OutSegs") \
	X(TCP_RETRANS_SEGS, "RetransSegs") \
	X(TCP_IN_ERRS, "InErrs") \
	X(TCP_OUT_RSTS, "OutRsts") \
	X(TCP_IN_CSUM_ERRORS, "InCsumErrors")

#define TWIN_MIB_UDP(X) \
	X(UDP_IN_DATAGRAMS, "InDatagrams") \
	X(UDP_NO_PORTS, "NoPorts") \
	X(UDP_IN_ERRORS, "InErrors") \
	X(UDP_OUT_DATAGRAMS, "OutDatagrams") \
	X(UDP_RCVBUF_ERRORS, "RcvbufErrors") \
	X(UDP_SNDBUF_ERRORS, "SndbufErrors") \
	X(UDP_IN_CSUM_ERRORS, "InCsumErrors") \
	X(UDP_IGNORED_MULTI, "IgnoredMulti") \
	X(UDP_MEM_ERRORS, "MemErrors")

#define TWIN_MIB_TCPEXT(X) \
	X(TCPEXT_SYNCOOKIES_SENT, "SyncookiesSent") \
	X(TCPEXT_SYNCOOKIES_RECV, "SyncookiesRecv") \
	X(TCPEXT_SYNCOOKIES_FAILED, "SyncookiesFailed") \
	X(TCPEXT_EMBRYONIC_RSTS, "EmbryonicRsts") \
	X(TCPEXT_PRUNE_CALLED, "PruneCalled") \
	X(TCPEXT_RCV_PRUNED, "RcvPruned") \
	X(TCPEXT_OFO_PRUNED, "OfoPruned") \
	X(TCPEXT_OUT_OF_WINDOW_ICMPS, "OutOfWindowIcmps") \
	X(TCPEXT_LOCK_DROPPED_ICMPS, "LockDroppedIcmps") \
	X(TCPEXT_TW, "TW") \
	X(TCPEXT_TW_RECYCLED, "TWRecycled") \
	X(TCPEXT_TW_KILLED, "TWKilled") \
	X(TCPEXT_PAWS_ACTIVE, "PAWSActive") \
	X(TCPEXT_PAWS_ESTAB, "PAWSEstab") \
	X(TCPEXT_DELAYED_ACKS, "DelayedACKs") \
	X(TCPEXT_DELAYED_ACK_LOCKED, "DelayedACKLocked") \
	X(TCPEXT_DELAYED_ACK_LOST, "DelayedACKLost") \
	X(TCPEXT_LISTEN_OVERFLOWS, "ListenOverflows") \
	X(TCPEXT_LISTEN_DROPS, "ListenDrops") \
	X(TCPEXT_HP_HITS, "TCPHPHits") \
	X(TCPEXT_PURE_ACKS, "TCPPureAcks") \
	X(TCPEXT_HP_ACKS, "TCPHPAcks") \
	X(TCPEXT_RENO_RECOVERY, "TCPRenoRecovery") \
	X(TCPEXT_SACK_RECOVERY, "TCPSackRecovery") \
	X(TCPEXT_SACK_RENEGING, "TCPSACKReneging") \
	X(TCPEXT_SACK_REORDER, "TCPSACKReorder") \
	X(TCPEXT_RENO_REORDER, "TCPRenoReorder") \
	X(TCPEXT_TS_REORDER, "TCPTSReorder") \
	X(TCPEXT_FULL_UNDO, "TCPFullUndo") \
	X(TCPEXT_PARTIAL_UNDO, "TCPPartialUndo") \
	X(TCPEXT_DSACK_UNDO, "TCPDSACKUndo") \
	X(TCPEXT_LOSS_UNDO, "TCPLossUndo") \
	X(TCPEXT_LOST_RETRANSMIT, "TCPLostRetransmit") \
	X(TCPEXT_RENO_FAILURES, "TCPRenoFailures") \
	X(TCPEXT_SACK_FAILURES, "TCPSackFailures") \
	X(TCPEXT_LOSS_FAILURES, "TCPLossFailures") \
	X(TCPEXT_FAST_RETRANS, "TCPFastRetrans") \
	X(TCPEXT_SLOW_START_RETRANS, "TCPSlowStartRetrans") \
	X(TCPEXT_TIMEOUTS, "TCPTimeouts") \
	X(TCPEXT_LOSS_PROBES, "TCPLossProbes") \
	X(TCPEXT_LOSS_PROBE_RECOVERY, "TCPLossProbeRecovery") \
	X(TCPEXT_RENO_RECOVERY_FAIL, "TCPRenoRecoveryFail") \
	X(TCPEXT_SACK_RECOVERY_FAIL, "TCPSackRecoveryFail") \
	X(TCPEXT_RCV_COLLAPSED, "TCPRcvCollapsed") \
	X(TCPEXT_DSACK_OLD_SENT, "TCPDSACKOldSent") \
	X(TCPEXT_DSACK_OFO_SENT, "TCPDSACKOfoSent") \
	X(TCPEXT_DSACK_RECV, "TCPDSACKRecv") \
	X(TCPEXT_DSACK_OFO_RECV, "TCPDSACKOfoRecv") \
	X(TCPEXT_ABORT_ON_DATA, "TCPAbortOnData") \
	X(TCPEXT_ABORT_ON_CLOSE, "TCPAbortOnClose") \
	X(TCPEXT_ABORT_ON_MEMORY, "TCPAbortOnMemory") \
	X(TCPEXT_ABORT_ON_TIMEOUT, "TCPAbortOnTimeout") \
	X(TCPEXT_ABORT_ON_LINGER, "TCPAbortOnLinger") \
	X(TCPEXT_ABORT_FAILED, "TCPAbortFailed") \
	X(TCPEXT_MEMORY_PRESSURES, "TCPMemoryPressures") \
	X(TCPEXT_SACK_DISCARD, "TCPSACKDiscard") \
	X(TCPEXT_DSACK_IGNORED_OLD, "TCPDSACKIgnoredOld") \
	X(TCPEXT_SPURIOUS_RTOS, "TCPSpuriousRTOs") \
	X(TCPEXT_BACKLOG_DROP, "TCPBacklogDrop") \
	X(TCPEXT_MIN_TTL_DROP, "TCPMinTTLDrop") \
	X(TCPEXT_DEFER_ACCEPT_DROP, "TCPDeferAcceptDrop") \
	X(TCPEXT_TIME_WAIT_OVERFLOW, "TCPTimeWaitOverflow") \
	X(TCPEXT_REQ_Q_FULL_DO_COOKIES, "TCPReqQFullDoCookies") \
	X(TCPEXT_REQ_Q_FULL_DROP, "TCPReqQFullDrop") \
	X(TCPEXT_RETRANS_FAIL, "TCPRetransFail") \
	X(TCPEXT_RCV_COALESCE, "TCPRcvCoalesce") \
	X(TCPEXT_OFO_QUEUE, "TCPOFOQueue") \
	X(TCPEXT_OFO_DROP, "TCPOFODrop") \
	X(TCPEXT_OFO_MERGE, "TCPOFOMerge") \
	X(TCPEXT_CHALLENGE_ACK, "TCPChallengeACK") \
	X(TCPEXT_SYN_CHALLENGE, "TCPSYNChallenge") \
	X(TCPEXT_FAST_OPEN_ACTIVE, "TCPFastOpenActive") \
	X(TCPEXT_FAST_OPEN_ACTIVE_FAIL, "TCPFastOpenActiveFail") \
	X(TCPEXT_FAST_OPEN_PASSIVE, "TCPFastOpenPassive") \
	X(TCPEXT_FAST_OPEN_PASSIVE_FAIL, "TCPFastOpenPassiveFail") \
	X(TCPEXT_FAST_OPEN_LISTEN_OVERFLOW, "TCPFastOpenListenOverflow") \
	X(TCPEXT_FAST_OPEN_COOKIE_REQD, "TCPFastOpenCookieReqd") \
	X(TCPEXT_SPURIOUS_RTX_HOST_QUEUES, "TCPSpuriousRtxHostQueues") \
	X(TCPEXT_AUTO_CORKING, "TCPAutoCorking") \
	X(TCPEXT_FROM_ZERO_WINDOW_ADV, "TCPFromZeroWindowAdv") \
	X(TCPEXT_TO_ZERO_WINDOW_ADV, "TCPToZeroWindowAdv") \
	X(TCPEXT_WANT_ZERO_WINDOW_ADV, "TCPWantZeroWindowAdv") \
	X(TCPEXT_SYN_RETRANS, "TCPSynRetrans") \
	X(TCPEXT_ORIG_DATA_SENT, "TCPOrigDataSent") \
	X(TCPEXT_HYSTART_TRAIN_DETECT, "TCPHystartTrainDetect") \
	X(TCPEXT_HYSTART_TRAIN_CWND, "TCPHystartTrainCwnd") \
	X(TCPEXT_HYSTART_DELAY_DETECT, "TCPHystartDelayDetect") \
	X(TCPEXT_HYSTART_DELAY_CWND, "TCPHystartDelayCwnd") \
	X(TCPEXT_ACK_SKIPPED_SYN_RECV, "TCPACKSkippedSynRecv") \
	X(TCPEXT_ACK_SKIPPED_PAWS, "TCPACKSkippedPAWS") \
	X(TCPEXT_ACK_SKIPPED_SEQ, "TCPACKSkippedSeq") \
	X(TCPEXT_ACK_SKIPPED_FIN_WAIT2, "TCPACKSkippedFinWait2") \
	X(TCPEXT_ACK_SKIPPED_TIME_WAIT, "TCPACKSkippedTimeWait") \
	X(TCPEXT_ACK_SKIPPED_CHALLENGE, "TCPACKSkippedChallenge") \
	X(TCPEXT_WIN_PROBE, "TCPWinProbe") \
	X(TCPEXT_KEEP_ALIVE, "TCPKeepAlive") \
	X(TCPEXT_MTUP_FAIL, "TCPMTUPFail") \
	X(TCPEXT_MTUP_SUCCESS, "TCPMTUPSuccess") \
	X(TCPEXT_DELIVERED, "TCPDelivered") \
	X(TCPEXT_DELIVERED_CE, "TCPDeliveredCE") \
	X(TCPEXT_ACK_COMPRESSED, "TCPAckCompressed") \
	X(TCPEXT_ZERO_WINDOW_DROP, "TCPZeroWindowDrop") \
	X(TCPEXT_RCV_Q_DROP, "TCPRcvQDrop") \
	X(TCPEXT_WQUEUE_TOO_BIG, "TCPWqueueTooBig") \
	X(TCPEXT_TIMEOUT_REHASH, "TcpTimeoutRehash")

#define TWIN_MIB_IPEXT(X) \
	X(IPEXT_IN_NO_ROUTES, "InNoRoutes") \
	X(IPEXT_IN_TRUNCATED_PKTS, "InTruncatedPkts") \
	X(IPEXT_IN_MCAST_PKTS, "InMcastPkts") \
	X(IPEXT_OUT_MCAST_PKTS, "OutMcastPkts") \
	X(IPEXT_IN_BCAST_PKTS, "InBcastPkts") \
	X(IPEXT_OUT_BCAST_PKTS, "OutBcastPkts") \
	X(IPEXT_IN_OCTETS, "InOctets") \
	X(IPEXT_OUT_OCTETS, "OutOctets") \
	X(IPEXT_IN_CSUM_ERRORS, "InCsumErrors") \
	X(IPEXT_IN_NO_ECT_PKTS, "InNoECTPkts") \
	X(IPEXT_IN_ECT1_PKTS, "InECT1Pkts") \
	X(IPEXT_IN_ECT0_PKTS, "InECT0Pkts") \
	X(IPEXT_IN_CE_PKTS, "InCEPkts") \
	X(IPEXT_REASM_OVERLAPS, "ReasmOverlaps")

/* Twin's own group, prefix "TwinArp". */
#define TWIN_MIB_ARP(X) \
	X(ARP_IN_REQUESTS, "InRequests") \
	X(ARP_IN_REPLIES, "InReplies") \
	X(ARP_OUT_REQUESTS, "OutRequests") \
	X(ARP_OUT_REPLIES, "OutReplies") \
	X(ARP_OUT_PROBES, "OutProbes") \
	X(ARP_OUT_ANNOUNCES, "OutAnnounces") \
	X(ARP_CONFLICTS, "Conflicts") \
	X(ARP_FAILURES, "Failures") \
	X(ARP_ENTRIES_CREATED, "EntriesCreated") \
	X(ARP_ENTRIES_COLLECTED, "EntriesCollected") \
	X(ARP_MOVED, "Moved") \
	X(ARP_OUT_CONFLICT_PROBES, "OutConflictProbes") \
	X(ARP_KERNEL_CONFLICTS, "KernelConflicts")

enum twin_mib_item {
#define TWIN_MIB_ENUM(name, text) TWIN_MIB_##name,
	TWIN_MIB_IP(TWIN_MIB_ENUM)
	TWIN_MIB_ICMP(TWIN_MIB_ENUM)
	TWIN_MIB_TCP(TWIN_MIB_ENUM)
	TWIN_MIB_UDP(TWIN_MIB_ENUM)
	TWIN_MIB_TCPEXT(TWIN_MIB_ENUM)
	TWIN_MIB_IPEXT(TWIN_MIB_ENUM)
	TWIN_MIB_ARP(TWIN_MIB_ENUM)
#undef TWIN_MIB_ENUM
	TWIN_MIB_DROPS,		/* first of TWIN_DROP_COUNT counters */
	TWIN_MIB_COUNT = TWIN_MIB_DROPS + TWIN_DROP_COUNT
};

struct twin_mib {
	unsigned long count[TWIN_MIB_COUNT];
};

/* Count one, or @n, of a TWIN_MIB_ item by its bare name.  Any context but hardirq. */
#define TWIN_COUNT(tn, item)	TWIN_COUNT_ADD(tn, item, 1)
#define TWIN_COUNT_ADD(tn, item, n) \
	twin_compat_this_cpu_add(&(tn)->mib->count[TWIN_MIB_##item], n)

/* Gauges such as CurrEstab go down too. */
#define TWIN_COUNT_DEC(tn, item)	TWIN_COUNT_ADD(tn, item, -1L)

int twin_mib_net_init(struct twin_net *tn);
void twin_mib_net_exit(struct twin_net *tn);
unsigned long twin_mib_sum(const struct twin_net *tn, enum twin_mib_item item);

#endif
