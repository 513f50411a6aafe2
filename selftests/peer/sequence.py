#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""First check, sequence number, in the synchronized states: RFC 9293 3.10.7.4.

The table of 3.4: a segment is acceptable when its first or its last byte is in
the window. What is not acceptable is answered by <SEQ=SND.NXT><ACK=RCV.NXT>.
"""
from scripted import *

# The window that is on offer is at most this far ahead.
FAR = 400000


def each_state(check):
    for opening in SYNCHRONIZED:
        with opening() as c:
            try:
                check(c, c.host_next, c.next)
            except Mismatch as problem:
                raise Mismatch("%s: %s" % (opening.__name__, problem)) from None


def test_below():
    """Each state: data below the window is answered by an ACK and dropped."""
    def check(c, snd, rcv):
        c.inject("ACK seq=%d len=10" % (rcv - 20))
        c.expect("ACK seq=%d ack=%d len=0" % (snd, rcv))
        c.silence()
    each_state(check)


def test_above():
    """Each state: data above the window is answered by an ACK and dropped."""
    def check(c, snd, rcv):
        c.inject("ACK seq=%d len=10" % (rcv + FAR))
        c.expect("ACK seq=%d ack=%d len=0" % (snd, rcv))
        c.silence()
    each_state(check)


def test_rst_outside():
    """Each state: a RST outside the window is dropped (RFC 5961 3.2, 1)."""
    def check(c, _, rcv):
        state = c.now_state()
        c.inject("RST seq=%d" % (rcv - 2))
        c.inject("RST seq=%d" % (rcv + FAR))
        c.silence()
        c.state(state)
    each_state(check)


def test_empty_below():
    """Each state: an empty segment below the window is answered too."""
    def check(c, snd, rcv):
        c.inject("ACK seq=%d" % (rcv - 1))
        c.expect("ACK seq=%d ack=%d len=0" % (snd, rcv))
        c.silence()
    each_state(check)


def test_old_fin():
    """A FIN below the window is answered and changes nothing."""
    with passive() as c:
        c.inject("ACK len=10")
        c.expect_acked(11)
        c.inject("FIN,ACK seq=5 len=2")
        c.expect("ACK seq=1 ack=11")
        c.state("ESTABLISHED")


def test_left_edge():
    """Data that is old in its first half counts with its second."""
    with passive() as c:
        c.inject("ACK seq=1 len=10")
        c.recv(10)
        c.expect_acked(11)
        c.inject("ACK seq=6 len=10")
        c.expect_acked(16)
        c.recv(5)
        c.recv_fails()


def test_last_byte_of_window():
    """The last byte of the window is acceptable, the one behind it is not."""
    with passive(rcvbuf=8192) as c:
        edge = c.host_syn["win"]
        c.inject("ACK seq=%d len=1" % edge)
        c.expect("ACK seq=1 ack=1")
        c.inject("ACK seq=1 len=1000")
        c.expect_acked(1001)
        c.inject("ACK seq=%d len=1" % (c.edge + 1000))
        c.expect("ACK seq=1 ack=1001")


@differs_on_inet("drops a segment that is longer than the window as a whole")
def test_right_edge():
    """A segment that sticks out of the window is taken up to its edge (3.10.7.4)."""
    with passive(rcvbuf=8192) as c:
        edge = c.host_syn["win"]
        c.inject("ACK seq=1001 len=%d" % (edge + 1000))
        c.expect("ACK seq=1 ack=1")


def test_sequence_wraps():
    """Numbers wrap around behind 2^32 - 1 in the middle of the data."""
    with passive() as c:
        for _ in range(6):
            c.inject("ACK len=1460")
        c.expect_acked(8761)
        c.recv(8760)


def test_empty_at_right_edge():
    """An empty segment just behind the window is not acceptable."""
    with passive(rcvbuf=8192) as c:
        c.inject("ACK seq=%d" % (1 + c.host_syn["win"] + 10))
        c.expect("ACK seq=1 ack=1")
        c.silence()


def test_without_ack_bit():
    """Fifth: a segment without ACK is dropped (3.10.7.4)."""
    with passive() as c:
        c.inject("- len=10")
        c.inject("FIN seq=1")
        c.silence()
        c.recv_fails()
        c.state("ESTABLISHED")


def test_prediction():
    """What comes next and is not unusual goes the short way, all else is looked at
    (RFC 1122 4.2.3.12)."""
    def short_ways(c, *segments):
        before = bench().counters()["TcpExtTCPHPHits"]
        for segment in segments:
            c.inject(segment)
        c.everything()
        return bench().counters()["TcpExtTCPHPHits"] - before

    for offer in "mss=1460 sackok", MODERN:
        with passive(offer) as c:
            # the first one may tell what to expect
            assert short_ways(c, "ACK len=10", "ACK len=10", "PSH,ACK len=10") >= 2
            assert not short_ways(c, "ACK seq=11 len=10", "ACK seq=41 len=10",
                                  "ACK seq=21 len=10")
            c.recv(30)
            assert not short_ways(c, "ACK seq=31 len=10 sack=5-6")
            c.recv(20)
            assert not short_ways(c, "FIN,ACK len=10")
            c.recv(10)
            c.recv_end()


def test_strays_are_not_all_answered():
    """Bare ACKs out of the window and bad resets are answered once in
    tcp_invalid_ratelimit: the answer may be as unacceptable to the peer. Data always is."""
    bench().sysctl("tcp_invalid_ratelimit", 10**7)
    try:
        with passive() as c:
            c.inject("ACK seq=70000")
            c.expect("ACK seq=1 ack=1")
            c.inject("ACK seq=70000")
            c.inject("RST seq=2")
            c.inject("SYN seq=2")
            c.inject("ACK seq=0")
            c.silence()
            for _ in range(2):
                c.inject("ACK seq=70000 len=10")
                c.expect("ACK seq=1 ack=1")
    finally:
        bench().sysctl("tcp_invalid_ratelimit", 500)


def test_probe_answers_are_pure():
    """The answer to an unacceptable segment carries no data and moves nothing."""
    with passive() as c:
        c.send(100)
        c.expect("ACK seq=1 len=100")
        c.inject("ACK seq=-9 len=5 ack=1")
        c.expect("ACK seq=101 ack=1 len=0")
        c.inject("ACK ack=101")
        c.silence()


main()
