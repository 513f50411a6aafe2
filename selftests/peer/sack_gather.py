#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""ACKs of what comes behind a hole: three at once, those after them gathered
(RFC 5681 4.2, RFC 2018 4; net.twin.tcp_comp_sack_delay_ns, _slack_ns, _nr)."""
from scripted import *

SACK = "mss=1460 sackok"
START = 20001           # of the hole, which is 1000 long
RTT = 0.8               # short enough that the SYN,ACK is not sent again
DELAY, SLACK = 0.001, 0.0001
LATER = 0.0005          # the script itself takes no time, the machine's rounding does


def tune(number=44, delay=DELAY):
    bench().sysctl("tcp_comp_sack_nr", number)
    bench().sysctl("tcp_comp_sack_delay_ns", int(delay * 10**9))
    bench().sysctl("tcp_comp_sack_slack_ns", int(SLACK * 10**9))


def calm(offer=SACK, rtt=RTT, **options):
    """Established over such a path, and over the first segments, which may all be
    answered."""
    c = listening(**options)
    c.inject("SYN win=65535 " + offer)
    c.expect("SYN,ACK seq=0 ack=1")
    c.silence_for(rtt)
    c.inject("ACK")
    c.accept()
    for _ in range(20):
        c.inject("ACK len=1000")
    c.everything()
    c.recv(20000)
    c.expect_last_acked(START)
    c.setsockopt(quickack=0)
    return c


def behind(c, number):
    """The segment with that number behind the hole."""
    c.inject("ACK seq=%d len=1000" % (START + 1000 * number))


def told(first, last):
    """An ACK with what has come from one such segment to another."""
    return "ACK ack=%d sack=%d-%d" % (START, START + 1000 * first, START + 1000 * (last + 1))


def expect_after(c, text, seconds, slack=SLACK):
    """The next segment comes so long after what the peer sent last."""
    since = c.mark
    c.expect(text)
    late = c.mark - since - seconds
    assert 0 <= late <= slack + LATER, "%.6f s too late" % late


def at_once(c, text):
    """The next segment answers what the peer sent last, in the same moment."""
    expect_after(c, text, 0, 0)


def noticed(c):
    """Three have come, and have been acknowledged one by one."""
    for number in 1, 2, 3:
        behind(c, number)
        at_once(c, told(1, number))
    return bench().counters()


def saved(before, number):
    found = counted(before, "TcpExtTCPAckCompressed")
    assert found == number, "%d ACKs were saved, not %d" % (found, number)


def test_all_is_told():
    """However many come, all are told soon, and no more ACKs than segments are sent."""
    tune()
    with calm() as c:
        for number in range(1, 31):
            behind(c, number)
        came, edge = 0, 0
        while edge != START + 31000:
            views = c.everything_soon()
            came += len(views)
            ((_, edge),) = views[-1]["sack"]
        assert 3 <= came <= 30, came


@exact_time_only
def test_three_then_one():
    """Three are acknowledged at once, and those after them by one ACK, a millisecond
    after the first of them."""
    tune()
    with calm() as c:
        before = noticed(c)
        for number in range(4, 9):
            behind(c, number)
        c.silence()
        saved(before, 0)
        expect_after(c, told(1, 8), DELAY)
        saved(before, 4)
        c.silence_for(1)
        behind(c, 9)
        c.silence()
        expect_after(c, told(1, 9), DELAY)
        saved(before, 4)


@exact_time_only
def test_first_of_them_counts():
    """The time begins with the first that waits, not anew with each."""
    tune()
    with calm() as c:
        noticed(c)
        behind(c, 4)
        since = c.mark
        c.silence_for(DELAY / 2)
        behind(c, 5)
        c.expect(told(1, 5))
        assert c.mark - since <= DELAY + SLACK + LATER


@exact_time_only
def test_share_of_round_trip():
    """None waits longer than a twentieth of a round trip."""
    for rtt in RTT, 0.01:
        tune(delay=2)
        with calm(rtt=rtt) as c:
            noticed(c)
            behind(c, 4)
            c.silence()
            expect_after(c, told(1, 4), rtt / 20)


@exact_time_only
def test_all_blocks():
    """The gathered ACK has a block for each piece, the newest first."""
    tune()
    with calm() as c:
        noticed(c)
        for number in 6, 8:
            behind(c, number)
        c.silence()
        expect_after(c, told(8, 8) + ",26001-27001,21001-24001", DELAY)


@exact_time_only
def test_more_than_fit():
    """ "The SACK option always reports the block containing the most recently received
    segment" (RFC 2018 4): three fit beside a D-SACK, and before another piece pushes one
    out that was not told, the ACK goes."""
    tune()
    with calm() as c:
        noticed(c)
        for number in 6, 8, 7, 10:
            behind(c, number)
        c.silence()
        behind(c, 12)
        at_once(c, told(10, 10) + ",26001-29001,21001-24001")
        behind(c, 9)
        behind(c, 4)
        c.silence()
        expect_after(c, told(1, 4) + ",26001-31001,32001-33001", DELAY)
        for number in 14, 16:
            behind(c, number)
            c.everything_soon()
        behind(c, 18)
        c.silence()
        behind(c, 5)
        at_once(c, told(18, 18) + ",36001-37001,34001-35001,21001-25001")
        expect_after(c, told(1, 5) + ",38001-39001,36001-37001,34001-35001", DELAY)


@exact_time_only
def test_not_more_than():
    """No more than tcp_comp_sack_nr wait; 0 gathers none."""
    tune(number=2)
    with calm() as c:
        before = noticed(c)
        behind(c, 4)
        behind(c, 5)
        c.silence()
        behind(c, 6)
        at_once(c, told(1, 6))
        c.silence_for(1)
        saved(before, 2)
    tune(number=0)
    with calm() as c:
        before = noticed(c)
        for number in range(4, 9):
            behind(c, number)
            at_once(c, told(1, number))
        saved(before, 0)


@exact_time_only
def test_hole_is_filled():
    """What fills the hole is acknowledged at once, with what has waited."""
    tune()
    with calm() as c:
        before = noticed(c)
        behind(c, 4)
        c.silence()
        behind(c, 0)
        at_once(c, "ACK ack=%d sack=none" % (START + 5000))
        saved(before, 1)
        c.silence_for(1)


@exact_time_only
def test_hole_is_filled_in_part():
    """... or a part of it; then three more are acknowledged one by one."""
    tune()
    with calm() as c:
        noticed(c)
        behind(c, 5)
        c.silence()
        behind(c, 0)
        at_once(c, "ACK ack=%d sack=25001-26001" % (START + 4000))
        for number in 6, 7, 8:
            behind(c, number)
            at_once(c, "ACK ack=24001 sack=25001-%d" % (START + 1000 * (number + 1)))
        behind(c, 9)
        c.silence()
        expect_after(c, "ACK ack=24001 sack=25001-30001", DELAY)


@exact_time_only
def test_dsack():
    """What has come twice is told at once, wherever it lies (RFC 2883 4)."""
    tune()
    with calm() as c:
        noticed(c)
        behind(c, 4)
        c.silence()
        behind(c, 2)
        at_once(c, "ACK ack=20001 sack=22001-23001,21001-25001")
        c.silence_for(1)
    with calm() as c:
        noticed(c)
        behind(c, 4)
        c.silence()
        c.inject("ACK seq=19001 len=1000")
        at_once(c, "ACK ack=20001 sack=19001-20001,21001-25001")
        c.silence_for(1)


@exact_time_only
def test_asked_for():
    """TCP_QUICKACK sends what waits, and the next at once."""
    tune()
    with calm() as c:
        noticed(c)
        behind(c, 4)
        c.silence()
        c.setsockopt(quickack=1)
        at_once(c, told(1, 4))
        behind(c, 5)
        at_once(c, told(1, 5))
        c.silence_for(1)


@exact_time_only
def test_not_agreed():
    """Without SACK each is acknowledged: the peer counts them."""
    tune()
    with calm(BASIC) as c:
        for number in range(1, 9):
            behind(c, number)
            at_once(c, "ACK ack=20001 sack=none")


@exact_time_only
def test_rides_on_data():
    """Data carries what has waited, and no other ACK follows."""
    tune()
    with calm() as c:
        before = noticed(c)
        behind(c, 4)
        behind(c, 5)
        c.silence()
        c.send(100)
        at_once(c, "ACK seq=1 ack=20001 len=100 sack=21001-26001")
        c.inject("ACK seq=20001 ack=101")
        c.silence_for(1)
        saved(before, 2)


@exact_time_only
def test_connection_ends():
    """An ACK that waits does not outlive its connection."""
    tune(delay=2)
    with calm() as c:
        noticed(c)
        behind(c, 4)
        c.silence()
        c.inject("RST seq=20001")
        c.silence_for(1)
        c.state("CLOSED")
    with calm() as c:
        noticed(c)
        behind(c, 4)
        c.silence()
        c.close()
        at_once(c, "FIN,ACK seq=1 ack=20001 sack=21001-25001")
        c.silence_for(0.2)
        c.inject("RST seq=20001")
        c.silence_for(1)


main()
