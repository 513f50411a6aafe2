#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""Explicit congestion notification: RFC 3168 section 6. tcp_ecn is 2: agreed to
when the peer asks, never asked for."""
from scripted import *

CE, ECT0 = 3, 2


def agreed():
    c = listening()
    c.inject("SYN,ECE,CWR mss=1000")
    c.expect("SYN,ACK,ECE seq=0 ack=1")
    c.inject("ACK")
    c.accept()
    return c


def test_not_asked_for():
    """connect() does not ask for it."""
    with connecting() as c:
        c.expect("SYN seq=0")


def test_agreed():
    """A SYN with ECE and CWR is answered with ECE alone (6.1.1)."""
    with agreed() as c:
        c.state("ESTABLISHED")


def test_not_offered():
    """A plain SYN gets a plain SYN,ACK; ECE alone is no offer either."""
    with listening() as c:
        c.inject("SYN mss=1000")
        c.expect("SYN,ACK seq=0 ack=1")
    with listening() as c:
        c.inject("SYN,ECE mss=1000")
        c.expect("SYN,ACK seq=0 ack=1")


def test_ect_on_data():
    """Data is marked as ECN-capable, pure ACKs and the SYN,ACK are not (6.1.1, 6.1.4)."""
    with listening() as c:
        c.inject("SYN,ECE,CWR mss=1000")
        c.expect("SYN,ACK,ECE seq=0 ack=1 tos=0")
        c.inject("ACK")
        c.accept()
        c.send(100)
        c.expect("ACK seq=1 len=100 tos=%d" % ECT0)
        c.inject("ACK ack=101 len=100 tos=%d" % ECT0)
        c.expect("ACK ack=101 tos=0")


def test_ect_not_on_repeats():
    """A retransmission is not marked (6.1.5)."""
    with agreed() as c:
        c.send(100)
        c.expect("ACK seq=1 len=100 tos=%d" % ECT0)
        view = c.expect_any("ACK seq=1 len=100 tos=0",
                            "ACK,CWR seq=1 len=100 tos=0")
        assert view


def test_echo():
    """After a mark each ACK has ECE, until CWR comes (6.1.3)."""
    with agreed() as c:
        c.inject("ACK len=1000 tos=%d" % CE)
        c.expect("ACK,ECE ack=1001")
        c.inject("ACK len=1000 tos=%d" % ECT0)
        c.inject("ACK len=1000 tos=%d" % ECT0)
        assert all("ECE" in view["flags"] for view in c.everything())
        c.inject("ACK,CWR len=1000 tos=%d" % ECT0)
        c.inject("ACK len=1000 tos=%d" % ECT0)
        c.inject("ACK len=1000 tos=%d" % ECT0)
        came = c.everything()
        assert came and "ECE" not in came[-1]["flags"]


def test_reaction():
    """An echoed mark halves the window, and the next data has CWR (6.1.2)."""
    with agreed() as c:
        c.send(60000)
        c.expect_flight(1, 10001, 1000)
        c.inject("ACK,ECE ack=1001")
        came = c.everything()
        for number in range(2, 11):
            c.inject("ACK,ECE ack=%d" % (1000 * number + 1))
            came += c.everything()
        assert "CWR" in came[0]["flags"], "no CWR on the first new segment"
        assert all("CWR" not in view["flags"] for view in came[1:])
        under_way = (c.host_next - 10001) // 1000
        assert 4 <= under_way <= 8, under_way


@exact_time_only
@differs_on_inet("takes up what it has withdrawn")
def test_offer_withdrawn():
    """A SYN that nobody answers is sent again without the offer, which may have been
    its trouble (6.1.1.1)."""
    bench().sysctl("tcp_ecn", 1)
    try:
        with connecting() as c:
            c.expect("SYN,ECE,CWR seq=0 tos=0")
            c.expect("SYN seq=0 tos=0")
            c.inject("SYN,ACK,ECE mss=1000")
            c.expect("ACK seq=1 ack=1")
            c.connected()
            c.send(100)
            c.expect("ACK len=100 tos=0")
            # "the commitment to respond appropriately to incoming packets with the CE
            # codepoint set remains" (6.1.1)
            c.inject("ACK ack=101 len=1000 tos=%d" % CE)
            c.expect("ACK,ECE ack=1001")
    finally:
        bench().sysctl("tcp_ecn", 2)


def test_ect_not_on_probes():
    """Probes of a closed window are not marked (6.1.6)."""
    with agreed() as c:
        c.inject("ACK win=0")
        c.send(100)
        for _ in range(2):
            c.expect("ACK seq<=1 len<=1 tos=0")
        c.inject("ACK win=1000")
        c.expect("ACK seq=1 len=100 tos=%d" % ECT0)


def test_not_agreed_not_sent():
    """Without agreement marks are neither sent nor echoed."""
    with passive() as c:
        c.send(100)
        c.expect("ACK seq=1 len=100 tos=0")
        c.inject("ACK ack=101 len=1000 tos=%d" % CE)
        c.expect("ACK ack=1001")


main()
