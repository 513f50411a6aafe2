#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
"""SO_MAX_PACING_RATE: how much leaves in a while, whatever it is that sends."""
from scripted import *

MSS, RATE, SECONDS = 1000, 2000, 30
SO_MAX_PACING_RATE = 47
SLACK = 3 * MSS         # one that goes at once, and one that is longer than its time


def paced():
    c = passive("mss=1000 sackok")
    c.sock.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, RATE)
    c.send(RATE * SECONDS * 2)
    return c


def came(c, seconds, answer):
    """Bytes of data in that time; answer(segment) is the peer's."""
    total, end = 0, c.bench.now() + seconds
    while c.bench.now() < end:
        if not c.waiting():
            c.bench.pump(end - c.bench.now())
            continue
        view = c.take(*c.waiting().pop(0))
        total += view["len"]
        answer(view)
    return total


def test_steady():
    """A slow flow keeps to its rate: no timer sends on its own in the pauses."""
    with paced() as c:
        total = came(c, SECONDS, lambda view: c.inject("ACK ack=%d" % c.host_next))
        assert RATE * SECONDS * 0.7 <= total <= RATE * SECONDS + SLACK, total


def test_repairs():
    """What is sent again takes its time, too, and does not time out meanwhile."""
    before = bench().counters()
    with passive("mss=1000 sackok") as c:
        c.send(40000)
        c.expect_flight(1, 10001, MSS)
        c.sock.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, RATE)
        c.inject("ACK ack=1 sack=8001-10001")
        total = came(c, 1, lambda view: c.inject(
            "ACK ack=%d sack=8001-10001" % (view["seq"] + view["len"])))
        assert 2 * MSS <= total <= RATE + SLACK < 7 * MSS, total
        assert counted(before, "TcpExtTCPTimeouts") == 0


main()
