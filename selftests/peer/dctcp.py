#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""DCTCP, RFC 8257 section 3: the window shrinks by the share of what is marked."""
import socket
import struct
import time

from scripted import *

MSS = 1000
CE, ECT0 = 3, 2
TCP_CONGESTION, TCP_CC_INFO = 13, 26
ONE = 1024
# of struct tcp_info
SSTHRESH, CWND = 76, 80
# a flight that the peer's window bounds, so that cwnd grows no further
FLIGHT = 10


def agreed(win=FLIGHT * MSS, offer=""):
    c = listening()
    c.listener.setsockopt(socket.IPPROTO_TCP, TCP_CONGESTION, b"dctcp")
    c.inject("SYN,ECE,CWR win=%d mss=%d%s" % (win, MSS, offer))
    c.expect("SYN,ACK,ECE seq=0 ack=1")
    c.inject("ACK win=%d" % win)
    c.accept()
    return c


def estimate(c):
    """DCTCP.Alpha times 1024, and the bytes marked and acknowledged of the last window."""
    data = c.sock.getsockopt(socket.IPPROTO_TCP, TCP_CC_INFO, 16)
    _, _, alpha, marked, acked = struct.unpack("HHIII", data)
    return alpha, marked, acked


def sending(windows, offer=""):
    """So many windows of data went, and were acknowledged without a mark."""
    c = agreed(offer=offer)
    c.send(60000)
    c.expect_flight(1, 1 + FLIGHT * MSS, MSS)
    for _ in range(windows):
        begin = c.host_next
        c.send(FLIGHT * MSS)
        c.inject("ACK ack=%d" % begin)
        c.expect_flight(begin, begin + FLIGHT * MSS, MSS)
    return c


def less(alpha):
    return alpha - (alpha >> 4)


def test_alpha_begins_at_one():
    """DCTCP.Alpha is initialized to 1 (3.3)."""
    with agreed() as c:
        assert estimate(c)[0] == ONE


def test_alpha_without_marks():
    """A window without marks takes a sixteenth of it (3.3, step 6, 7), wherever the
    initial sequence number lies: WindowEnd is initialized to SND.UNA."""
    halves = set()
    for _ in range(40):
        with sending(2) as c:
            halves.add(c.host_isn >> 31)
            assert estimate(c) == (less(less(ONE)), 0, FLIGHT * MSS), estimate(c)
        if len(halves) == 2:
            return
    raise AssertionError("40 connections in one half of the sequence space")


def test_alpha_of_a_share():
    """M is the share of bytes that were acknowledged with ECE (3.3, step 5, 6)."""
    with sending(20) as c:
        begin = c.host_next - FLIGHT * MSS
        # the first ACK of a flight ends the window before, and the last this one's
        c.inject("ACK ack=%d" % (begin + 4 * MSS))
        alpha = estimate(c)[0]
        c.inject("ACK,ECE ack=%d" % (begin + 7 * MSS))
        c.inject("ACK ack=%d" % (begin + FLIGHT * MSS))
        assert estimate(c) == (less(alpha) + (ONE // 2 >> 4), 3 * MSS, 6 * MSS), \
            (alpha, estimate(c))


def test_alpha_in_every_state():
    """The estimate goes on, a window at a time, while marks keep the window reduced."""
    with agreed(60000) as c:
        c.send(60000)
        c.expect_flight(1, 1 + FLIGHT * MSS, MSS)
        seen = []
        for number in range(1, 9):
            c.inject("ACK%s ack=%d" % (",ECE" if number % 2 else "", c.host_next))
            c.everything()
            seen.append(estimate(c)[2])
        assert all(seen), seen


def test_reaction():
    """cwnd = cwnd * (1 - DCTCP.Alpha / 2) (3.3, step 9); the next data has CWR."""
    with sending(12) as c:
        before = c.info(CWND)
        begin = c.host_next
        c.inject("ACK,ECE ack=%d" % (begin - FLIGHT * MSS + MSS))
        came = c.everything()
        alpha = estimate(c)[0]
        assert alpha < ONE * 2 // 3, alpha
        assert c.info(SSTHRESH) == before - (before * alpha >> 11), \
            (before, alpha, c.info(SSTHRESH))
        assert came and "CWR" in came[0]["flags"]


def test_reaction_once():
    """Once for every window of data, however many ACKs have ECE (3.3)."""
    with sending(12) as c:
        begin = c.host_next - FLIGHT * MSS
        c.inject("ACK,ECE ack=%d" % (begin + MSS))
        c.everything()
        reduced = c.info(SSTHRESH)
        for number in range(2, FLIGHT):
            c.inject("ACK,ECE ack=%d" % (begin + number * MSS))
            c.everything()
        assert c.info(SSTHRESH) == reduced


def test_loss():
    """A loss is answered as by any TCP, by half, whatever Alpha is (3.5)."""
    with sending(20) as c:
        before = c.info(CWND)
        begin = c.host_next - FLIGHT * MSS
        for _ in range(3):
            c.inject("ACK ack=%d" % begin)
        c.everything()
        assert c.info(SSTHRESH) <= before // 2, (before, c.info(SSTHRESH))


def lose_twice():
    """The slow start thresholds after a loss, and after that of its repair."""
    with sending(20, " sackok") as c:
        begin = c.host_next - FLIGHT * MSS
        thresholds = []
        for _ in range(2):
            c.send(FLIGHT * MSS)
            came = []
            while begin not in came:
                time.sleep(0.001)       # what is sent in one microsecond has no order
                c.inject("ACK ack=%d win=60000 sack=%d-%d" % (begin, begin + MSS,
                                                              c.host_next))
                came = [view["seq"] for view in c.everything()]
            thresholds.append(c.info(SSTHRESH))
        return thresholds


def test_lost_repair():
    """... and so is the loss of the repair: by half once more (RFC 5681 4.3)."""
    # no tail loss probe when this machine is slow for two round trips
    bench().sysctl("tcp_early_retrans", 0)
    try:
        thresholds = lose_twice()
    finally:
        bench().sysctl("tcp_early_retrans", 3)
    assert thresholds[1] <= max(thresholds[0] // 2, 2), thresholds


def test_echo():
    """Each change of CE is told by an ACK at once, with ECE if it is set (3.2)."""
    with agreed() as c:
        for _ in range(3):
            c.inject("ACK len=1000 tos=%d" % CE)
            c.expect("ACK,ECE ack=%d" % c.next)
            c.inject("ACK len=1000 tos=%d" % ECT0)
            c.expect("ACK ack=%d" % c.next)


def test_echo_of_the_old_state():
    """What waited for its ACK is acknowledged in the old state first (3.2)."""
    with agreed() as c:
        c.inject("ACK len=1000 tos=%d" % ECT0)
        while not c.everything():
            pass
        # beyond the quick ACKs of a beginning
        for _ in range(40):
            c.inject("ACK len=1000 tos=%d" % ECT0)
            if not c.everything():
                break
            c.recv(1000)
            c.everything()
        waiting = c.next
        c.inject("ACK len=1000 tos=%d" % CE)
        c.expect("ACK ack=%d" % waiting)
        c.expect("ACK,ECE ack=%d" % c.next)


main()
