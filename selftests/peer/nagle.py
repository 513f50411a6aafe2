#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""When small segments go: RFC 9293 3.7.4 (Nagle), TCP_NODELAY, TCP_CORK, MSG_MORE."""
from scripted import *


def test_first_goes():
    """With nothing under way a small write is sent at once."""
    with passive() as c:
        c.send(10)
        c.expect("PSH,ACK seq=1 len=10")


def test_second_waits():
    """Small writes wait while data is unacknowledged, and then go together."""
    with passive() as c:
        c.send(10)
        c.expect("ACK seq=1 len=10")
        c.send(10)
        c.send(10)
        c.silence()
        c.inject("ACK ack=11")
        c.expect("PSH,ACK seq=11 len=20")


def test_full_goes():
    """A full segment does not wait; its small rest does."""
    with passive() as c:
        c.send(10)
        c.expect("ACK seq=1 len=10")
        c.send(1500)
        c.expect("ACK seq=11 len=1460")
        c.silence()
        c.inject("ACK ack=1471")
        c.expect("ACK seq=1471 len=40")


def test_fills_up():
    """What waits is sent once it makes a full segment."""
    with passive() as c:
        c.send(10)
        c.expect("ACK seq=1 len=10")
        c.send(1000)
        c.silence()
        c.send(460)
        c.expect("ACK seq=11 len=1460")


def test_nodelay():
    """TCP_NODELAY: each write is sent at once (MUST-17)."""
    with passive() as c:
        c.setsockopt(nodelay=1)
        for seq in range(1, 100, 10):
            c.send(10)
            c.expect("PSH,ACK seq=%d len=10" % seq)


def test_nodelay_flushes():
    """Setting TCP_NODELAY sends what waits."""
    with passive() as c:
        c.send(10)
        c.expect("ACK seq=1 len=10")
        c.send(10)
        c.silence()
        c.setsockopt(nodelay=1)
        c.expect("ACK seq=11 len=10")


def test_cork():
    """TCP_CORK: only full segments, until it is pulled."""
    with passive() as c:
        c.setsockopt(cork=1)
        c.send(10)
        c.silence()
        c.send(1500)
        c.expect("ACK seq=1 len=1460")
        c.silence()
        c.setsockopt(cork=0)
        c.expect("ACK seq=1461 len=50")


def test_more():
    """MSG_MORE: more is to come, so wait for it."""
    with passive() as c:
        c.send(10, socket.MSG_MORE)
        c.silence()
        c.send(10)
        c.expect("ACK seq=1 len=20")


def test_fin_goes():
    """The FIN does not wait, and takes along what does."""
    with passive() as c:
        c.send(10)
        c.expect("ACK seq=1 len=10")
        c.send(10)
        c.silence()
        c.shutdown()
        c.expect("FIN,ACK seq=11 len=10")


def test_push():
    """The last segment of a write has PSH, the ones before need not (3.9.1.2, MUST-60)."""
    with passive() as c:
        c.send(4000)
        came = c.everything()
        assert "PSH" in came[-1]["flags"]


def test_push_of_big_packet():
    """A packet that a device cuts into segments ends with PSH, also in the midst of a
    write: who puts them together again (GRO) need not wait for more."""
    bench().gso(10)
    try:
        with passive() as c:
            c.send(40000)
            came = c.everything()
            assert came[-1]["seq"] + came[-1]["len"] < 40000, came[-1]
            assert "PSH" in came[-1]["flags"], came[-1]
            assert "PSH" not in came[0]["flags"], came[0]
    finally:
        bench().gso(1)


@exact_time_only
def test_cork_ends():
    """What a cork holds back is sent after 200 ms all the same."""
    with passive() as c:
        c.setsockopt(cork=1)
        c.send(10)
        c.expect("ACK seq=1 len=10", at=(0.19, 0.25))


main()
