#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Segments out of order, twice, overlapping: RFC 9293 3.10.7.4, seventh; RFC 2018.

A model that keeps nothing but the set of bytes sent says what may be
acknowledged. The application must read each byte once, and the right one.
"""
import random

from scripted import *


class Model:
    """Which bytes the peer has sent."""

    def __init__(self, c):
        self.c, self.have = c, set()

    def send(self, seq, length, extra=""):
        self.c.inject("%sACK seq=%d len=%d" % (extra, seq, length))
        self.have.update(range(seq, seq + length))
        for view in self.c.everything():
            self.judge(view)

    def edge(self):
        edge = 1
        while edge in self.have:
            edge += 1
        return edge

    def judge(self, view):
        assert view["ack"] <= self.edge(), "acknowledges what was not sent"
        blocks = view.get("sack") or []
        for left, right in blocks:
            assert left < right and all(byte in self.have for byte in
                                        range(left, right)), (left, right)

    def finish(self, length):
        """All is there: it is acknowledged and read."""
        c = self.c
        if c.last is None or c.last.get("ack") != length + 1:
            c.expect_acked(length + 1)
        c.recv(length)
        c.recv_fails()


def test_overlaps():
    """Overlaps at either end, inside and around: each byte counts once."""
    for pieces in (((101, 100), (151, 100), (1, 120), (120, 181)),
                   ((101, 100), (51, 100), (1, 300)),
                   ((101, 100), (121, 20), (1, 150), (151, 150)),
                   ((121, 20), (101, 100), (1, 100), (201, 100)),
                   ((201, 100), (101, 50), (51, 200), (1, 60)),
                   ((1, 100), (51, 100), (101, 200)),
                   ((299, 2), (297, 2), (1, 1), (2, 300 - 1))):
        with passive("mss=1460 sackok") as c:
            model = Model(c)
            for seq, length in pieces:
                model.send(seq, length)
            model.finish(300)


def test_shuffled():
    """Thirty segments in any order."""
    dice = random.Random(793)
    for _ in range(3):
        with passive("mss=1460 sackok") as c:
            model = Model(c)
            order = list(range(30))
            dice.shuffle(order)
            for place in order:
                model.send(1 + 100 * place, 100)
            model.finish(3000)


def test_shuffled_overlaps():
    """Sixty pieces of any size at any place, then the rest: a poor network's worst day."""
    for seed in range(4):
        dice = random.Random(seed)
        with passive("mss=1460 sackok val=1000 wscale=7") as c:
            model = Model(c)
            for _ in range(60):
                seq = dice.randrange(1, 5900)
                model.send(seq, dice.randrange(1, 6001 - seq)
                           if dice.random() < 0.1 else dice.randrange(1, 101))
            for seq in range(1, 6001, 1000):
                model.send(seq, 1000)
            model.finish(6000)


def test_across_the_wrap():
    """The same where the peer's numbers wrap around, after 5000 bytes."""
    with passive("mss=1460 sackok") as c:
        model = Model(c)
        for seq in range(1, 4001, 1000):
            model.send(seq, 1000)
        for seq in 6001, 5001, 4501, 4001, 7001:
            model.send(seq, 1000)
        model.finish(8000)


def test_reading_meanwhile():
    """The application reads between the pieces."""
    with passive() as c:
        c.inject("ACK seq=101 len=100")
        c.recv_fails()
        c.inject("ACK seq=1 len=150")
        c.recv(120)
        c.recv(80)
        c.inject("ACK seq=151 len=100")
        c.recv(50)
        c.recv_fails()
        c.expect_last_acked(251)


def test_fin_is_last():
    """A FIN that comes first is the end only when all before it is there."""
    with passive("mss=1460 sackok") as c:
        c.inject("FIN,ACK seq=401 len=100")
        for seq in 301, 101, 201:
            c.inject("ACK seq=%d len=100" % seq)
        c.everything()
        c.state("ESTABLISHED")
        c.recv_fails()
        c.inject("ACK seq=1 len=100")
        c.expect_acked(502)
        c.recv(500)
        c.recv_end()


def test_bounded():
    """What lies out of order is bounded: far more than the window is not kept."""
    with passive("mss=1460 sackok wscale=7", rcvbuf=16384) as c:
        for place in range(2, 200):
            c.inject("ACK seq=%d len=1000" % (1 + 1000 * place))
        for view in c.everything():
            for left, right in view.get("sack") or []:
                # a segment across the edge may be kept as a whole
                assert right < c.edge + 1000, (left, right, c.edge)


main()
