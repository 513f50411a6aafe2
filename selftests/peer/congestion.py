#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""How much is under way: RFC 5681, RFC 6928, RFC 3042, RFC 6582; Reno, no SACK."""
from scripted import *

MSS = 1000
OFFER = "mss=1000"
# of struct tcp_info
APP_LIMITED, CWND = 7, 80


def sender(bytes_queued=60000, offer=OFFER):
    """Established; the first flight has been sent."""
    c = passive(offer)
    c.send(bytes_queued)
    return c


def lost_first(c):
    """10 segments are sent, the first is lost; 3 duplicate ACKs are there."""
    c.expect_flight(1, 10001, MSS)
    for _ in range(3):
        c.inject("ACK ack=1")
    return [view for view in c.everything()]


def test_initial_window():
    """The first flight is 10 segments (RFC 6928)."""
    with sender() as c:
        c.expect_flight(1, 10001, MSS)


def test_initial_window_large():
    """With large segments the first flight is 14600 bytes."""
    with passive() as c:
        c.send(60000)
        c.expect_flight(1, 14601, 1460)


def test_slow_start():
    """Slow start: an ACK of one segment lets two go (RFC 5681 3.1)."""
    with sender() as c:
        c.expect_flight(1, 10001, MSS)
        for number in range(1, 6):
            c.inject("ACK ack=%d" % (1 + number * MSS))
            c.expect_flight(8001 + 2000 * number, 10001 + 2000 * number, MSS)


def test_slow_start_stretch():
    """Slow start: an ACK of two segments lets three or four go (RFC 5681 3.1, RFC 3465)."""
    with sender() as c:
        c.expect_flight(1, 10001, MSS)
        c.inject("ACK ack=2001")
        assert 3 <= len(c.everything()) <= 4


def test_not_for_duplicates():
    """Duplicate ACKs let no window grow; two let one new segment go each (RFC 3042)."""
    with sender() as c:
        c.expect_flight(1, 10001, MSS)
        c.inject("ACK ack=1")
        c.expect("ACK seq=10001 len=1000")
        c.silence()
        c.inject("ACK ack=1")
        c.expect("ACK seq=11001 len=1000")
        c.silence()


def test_fast_retransmit():
    """The third duplicate ACK repeats the first segment at once (RFC 5681 3.2)."""
    with sender() as c:
        came = lost_first(c)
        repeated = [view for view in came if view["seq"] == 1]
        assert len(repeated) == 1, "repeated %d times" % len(repeated)
        assert repeated[0]["len"] == MSS


def test_fast_retransmit_once():
    """Further duplicate ACKs do not repeat it again."""
    with sender() as c:
        lost_first(c)
        for _ in range(6):
            c.inject("ACK ack=1")
        assert all(view["seq"] > 10000 for view in c.everything())


def test_window_update_is_none():
    """A segment with data or another window is no duplicate ACK (RFC 5681 section 2)."""
    with passive(OFFER, win=30000) as c:
        c.send(10000)
        c.expect_flight(1, 10001, MSS)
        for _ in range(4):
            c.inject("ACK ack=1 len=10")
        for number in range(4):
            c.inject("ACK ack=1 win=%d" % (32000 + 2000 * number))
        assert all(view["seq"] != 1 or not view["len"]
                   for view in c.everything())


def test_recovery_ends():
    """After recovery no more than half of the flight is under way (RFC 5681 3.2, 6)."""
    with sender() as c:
        lost_first(c)
        for _ in range(6):
            c.inject("ACK ack=1")
        c.everything()
        recovered = c.host_next
        c.inject("ACK ack=%d" % recovered)
        sent = sum(view["len"] for view in c.everything())
        # the flight when the loss was found was 10 to 13 segments
        assert 1000 <= sent <= 7000, sent


def test_congestion_avoidance():
    """Then a whole window of ACKs lets it grow by one segment (RFC 5681 3.1)."""
    with sender() as c:
        lost_first(c)
        for _ in range(6):
            c.inject("ACK ack=1")
        c.everything()
        c.inject("ACK ack=%d" % c.host_next)
        flights = []
        for _ in range(5):
            came = c.everything()
            flights.append(len(came))
            for view in came:
                c.inject("ACK ack=%d" % (view["seq"] + view["len"]))
        for earlier, later in zip(flights[1:], flights[2:]):
            assert earlier <= later <= earlier + 1, flights


def test_partial_ack():
    """A partial ACK in recovery repeats the next hole at once (RFC 6582 3.2, 3)."""
    with sender() as c:
        lost_first(c)
        for _ in range(6):
            c.inject("ACK ack=1")
        c.everything()
        c.inject("ACK ack=3001")
        came = c.everything()
        assert came and came[0]["seq"] == 3001, "the hole at 3001 is not repeated"


def test_no_second_halving():
    """Old duplicate ACKs after recovery start no new one (RFC 6582 3.2, 2)."""
    with sender() as c:
        lost_first(c)
        c.inject("ACK ack=%d" % c.host_next)
        first = c.host_next
        came = c.everything()
        assert came and came[0]["seq"] == first
        for _ in range(2):
            c.inject("ACK ack=%d" % first)
        assert all(view["seq"] > first for view in c.everything())


def test_time_out():
    """After a time-out one segment is sent, then slow start (RFC 5681 3.1)."""
    with sender() as c:
        c.expect_flight(1, 10001, MSS)
        while not c.waiting() or c.bench.pump(0):
            c.bench.pump(3)
        came = [c.take(*each) for each in c.waiting()]
        c.waiting().clear()
        # a tail loss probe may come before
        if came[0]["seq"] != 1:
            came = [c.expect("ACK seq=1 len=1000")]
        assert len(came) == 1 and came[0]["seq"] == 1
        c.silence()
        c.inject("ACK ack=1001")
        assert 1 <= len(c.everything()) <= 3


@exact_time_only
def test_lost_syn():
    """A handshake whose SYN was lost more than once begins with one segment (RFC 5681 3.1,
    RFC 6928 2)."""
    for lost, first in (1, 10), (2, 1):
        with connecting() as c:
            for _ in range(lost + 1):
                c.expect("SYN seq=0")
            c.inject("SYN,ACK win=65535 " + OFFER)
            c.expect("ACK seq=1 ack=1")
            c.connected()
            c.send(60000)
            c.expect_flight(1, first * MSS + 1, MSS)
        with syn_received(OFFER) as c:
            for _ in range(lost):
                c.expect("SYN,ACK seq=0 ack=1")
            c.inject("ACK win=65535")
            c.accept()
            c.send(60000)
            c.expect_flight(1, first * MSS + 1, MSS)


def test_application_limited():
    """A window that the application does not use does not grow (RFC 7661, RFC 9293)."""
    with passive(OFFER) as c:
        for number in range(30):
            c.send(MSS)
            c.expect("ACK len=1000")
            c.inject("ACK ack=%d" % c.host_next)
        c.send(60000)
        assert len(c.everything()) <= 12


def test_application_limited_later():
    """... nor does one that it used only once."""
    with sender(20 * MSS) as c:
        while c.host_next <= 20 * MSS:
            for view in c.everything():
                c.inject("ACK ack=%d" % (view["seq"] + view["len"]))
        for number in range(100):
            c.inject("ACK ack=%d" % c.host_next)
            c.send(MSS)
            c.expect("ACK len=1000")
        c.inject("ACK ack=%d" % c.host_next)
        c.send(100 * MSS)
        came = len(c.everything())
        assert 10 <= came <= 40, came


def test_application_limited_told():
    """TCP_INFO says whether it was the program that held the delivery rate down."""
    with sender(MSS) as c:
        c.expect("ACK seq=1 len=1000")
        c.inject("ACK ack=1001")
        c.silence()
        assert c.info(APP_LIMITED, 1) & 1


@exact_time_only
def test_no_restart_while_sending():
    """... but it does not while something is sent in each time-out, be it less than the
    window."""
    with sender(40000) as c:
        came = c.everything()
        while came:
            c.inject("ACK ack=%d" % c.host_next)
            came = c.everything()
        window = c.info(CWND)
        assert window >= 20, window
        for _ in range(10):
            c.silence_for(0.1)
            c.send(5000)
            assert len(c.everything()) == 5
            c.inject("ACK ack=%d" % c.host_next)
            c.silence()
        assert c.info(CWND) >= window, (window, c.info(CWND))


@exact_time_only
def test_idle_restart():
    """After a long silence the window begins anew (RFC 5681 4.1)."""
    with sender(100000) as c:
        for _ in range(4):
            for view in c.everything():
                c.inject("ACK ack=%d" % (view["seq"] + view["len"]))
        while c.everything():
            c.inject("ACK ack=%d" % c.host_next)
        c.silence_for(100)
        c.send(60000)
        assert len(c.everything()) <= 10


main()
