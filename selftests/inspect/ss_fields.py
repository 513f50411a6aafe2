#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: debug
# timeout: 600
"""What ss -tiemn shows of a connection of Twin's is what it shows of one of
AF_INET's to which the same has happened: loss and its repair, reordering, needless
repairs, time-outs, closed windows, full buffers, ECN, Fast Open, pacing, and a path
(netem) that loses and delays.

The peer is a script (differential/twofold), so that what happened is the same to
the segment. A round trip takes nearly a second, in which a SYN+ACK is not yet sent
again, so that no time-out passes while somebody looks, and there are no loss probes;
segments have 1000 bytes, ten of them may go at first. "pause" is the time that a
segment is under way."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "differential"))
from twofold import report  # noqa: E402
from twofold.sequences import sequences_of  # noqa: E402

LISTEN = "sysctl tcp_early_retrans 0; l: socket stream; l: bind us; l: listen 5; "


def passive(options="mss=1000 sackok", flags="SYN"):
    return LISTEN + "< %s %s; pause 850; < ACK; l: accept s; l: close" % (
        flags, options)


# How late a segment was AF_INET counts by all that arrived with it, Twin by what had
# arrived before it. A time-out that an ACK of everything shows to be needless is one
# for AF_INET only (RFC 5682 2.1, step 2a, has it otherwise).

# Of a SYN that is late Twin makes nothing but a time-out: what that means for the
# data is worked out when the connection opens. Nothing was ever received then.
SYN_LOST = "-cwnd -lost -ssthresh -rcvmss -lastsnd -lastrcv -lastack"

SEQUENCES = """
data both ways, in order
    {passive}; ss
    < ACK len=1000; acked; recv 1000; send 3000; pause 50; ss; < ACK ack=3001; ss
    < ACK len=500; acked; ss
with timestamps and window scaling
    {stamped}; send 3000; pause 100; < ACK; < ACK len=1000; acked; ss
the receiver's round trip
    {passive}; < ACK len=10000; acked; recv 10000; pause 100
    < ACK len=40000; acked; recv 40000; pause 100
    < ACK len=40000; acked; recv 40000; pause 100
    < ACK len=40000; acked; recv 40000; ss -ato -rcv_space rcv_rtt>=1
not SACK, not anything
    {plain}; send 3000; pause 100; < ACK; ss
a flight, and the first ACK
    {flight}; ss; pause 300; < ACK ack=2001; ss; < ACK ack=10001; ss
what is lost is told by SACK, and repaired
    {flight}; pause 300; < ACK ack=1 sack=1001-4001; ss
    < ACK ack=1 sack=1001-7001; ss; < ACK ack=10001; ss
two losses
    {flight}; pause 300; < ACK ack=1001 sack=2001-5001; ss
    < ACK ack=1001 sack=6001-8001,2001-5001; ss
    < ACK ack=5001 sack=6001-8001; ss
duplicate ACKs without SACK
    {plain}; send 20000; pause 300; < ACK ack=1; < ACK ack=1; ss; < ACK ack=1; ss
    < ACK ack=1; ss
late, not lost
    {flight}; pause 300; < ACK ack=1 sack=1001-2001; < ACK ack=4001
    ss -reordering
a needless repair, and what is said of it
    {flight}; pause 300; < ACK ack=1 sack=1001-4001; < ACK ack=4001; ss
    < ACK ack=4001 sack=1-1001; ss
nobody answers: two time-outs
    {passive}; send 3000; again; ss; again; ss
nobody answers: the ACK after the time-out
    {flight}; again; pause 20; < ACK ack=6001; ss -backoff
a SYN that nobody answers
    socket stream; bind us; connect peer; ss -rcvmss -lastsnd -lastrcv -lastack
    again; ss {syn_lost}
a window that closes, and opens
    {passive}; send 3000; pause 300; < ACK ack=3001 win=0; send 5000; ss
    pause 400; ss rwnd_limited>=300 busy>=300
    < ACK ack=3001 win=65535; ss rwnd_limited>=300; < ACK ack=8001; ss
a window that is too small
    {passive}; send 3000; pause 300; < ACK ack=3001 win=2000; send 9000; ss
    pause 200; ss rwnd_limited>=100
a buffer that is too small
    {passive}; set SO_SNDBUF 8192; fill; pause 200
    ss -notsent -queues -skmem busy>=100
out of order
    {passive}; < ACK len=1000; acked; < ACK seq=2001 len=1000; ss
    < ACK seq=4001 len=1000; < ACK seq=2001 len=1000; ss
    < ACK seq=1001 len=1000; ss
ECN: the peer has seen congestion
    {ecn}; send 20000; pause 300; < ACK,ECE ack=2001; ss; < ACK ack=10001; ss
ECN: we have
    {ecn}; < ACK len=1000 tos=2; acked; ss; < ACK len=1000 tos=3; acked; ss
without an end of data to send
    {passive}; send 1000; pause 300; < ACK ack=1001; ss; send 1000; ss
a rate that is bounded
    {passive}; set SO_MAX_PACING_RATE 100000000; send 1000; pause 300
    < ACK ack=1001; ss
keep-alive
    {passive}; set SO_KEEPALIVE 1; ss
a delayed ACK
    {passive}; < ACK len=100; ss
CLOSE-WAIT, LAST-ACK
    {passive}; < FIN,ACK len=100; acked; ss; shutdown WR; ss
FIN-WAIT-1, FIN-WAIT-2
    {passive}; send 100; shutdown WR; ss; pause 300; < ACK ack=102; ss
a path that loses the end of a flight
    {passive}; send 2000; netem loss 100%; send 3000; netem off; pause 300; ss
    < ACK ack=2001; again; < ACK ack=3001; pause 20; ss; < ACK ack=5001; ss
a path that delays: the round trip
    {passive}; netem delay 300ms; send 3000; < ACK ack=3001; ss rtt>=300
    send 3000; < ACK ack=6001; ss rtt>=300
    fill; < ACK ack=7001; ss -notsent -queues -skmem
""".format(passive=passive(), flight=passive() + "; send 20000", syn_lost=SYN_LOST,
           stamped=passive("mss=1012 sackok val=100 wscale=7"),
           plain=passive("mss=1000"), ecn=passive(flags="SYN,ECE,CWR"))

report.main(sequences_of(SEQUENCES))
