#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: debug time
"""A path that loses, doubles and reorders what the stack sends: everything
arrives, by way of repairs and not of time-outs, and little is sent twice.

The peer is an honest receiver behind a die that always falls the same way.
RFC 9293 3.8, RFC 2018, RFC 5681, RFC 6675, RFC 8985
"""
import random

from scripted import *


class Receiver:
    """Takes what the die lets through, and acknowledges it at once."""

    def __init__(self, c, seed, loss=0.0, doubles=0.0, late=0.0):
        self.c, self.dice = c, random.Random(seed)
        self.loss, self.doubles, self.late = loss, doubles, late
        self.edge, self.islands, self.held = 1, [], []
        self.came = self.repeats = self.lost = 0

    def take(self, view):
        """An island keeps its neighbours at arm's length: [left, right]."""
        seq, end = view["seq"], view["seq"] + view["len"]
        if end <= self.edge:
            self.acknowledge((seq, end))
            return
        joined = [block for block in self.islands
                  if block[0] <= end and seq <= block[1]]
        whole = (min([seq] + [left for left, _ in joined]),
                 max([end] + [right for _, right in joined]))
        self.islands = [whole] + [block for block in self.islands
                                  if block not in joined]
        if whole[0] <= self.edge:
            self.edge = whole[1]
            self.islands.remove(whole)
        self.acknowledge()

    def acknowledge(self, twice=None):
        blocks = ([twice] if twice else []) + self.islands[:3]
        text = "ACK ack=%d" % self.edge
        if blocks and self.c.agreed("sackok"):
            text += " sack=" + ",".join("%d-%d" % block for block in blocks[:3])
        self.c.inject(text)

    def arrive(self, view):
        self.came += 1
        self.repeats += view["seq"] < self.c.host_before
        if self.dice.random() < self.loss:
            self.lost += 1
            return
        if self.dice.random() < self.late:
            self.held.append(view)
            return
        self.take(view)
        if self.dice.random() < self.doubles:
            self.take(view)
        while self.held:
            self.take(self.held.pop())

    def run(self, length):
        """The application writes so much, and all of it arrives."""
        c = self.c
        left = length
        began = c.bench.now()
        while self.edge <= length:
            while left:
                try:
                    done = c.sock.send(row(length - left, min(left, 65536)))
                except BlockingIOError:
                    break
                left -= done
            c.host_before = c.host_next
            if c.waiting() or c.bench.pump(20):
                if c.waiting():
                    view = c.take(*c.waiting().pop(0))
                    if view["len"]:
                        self.arrive(view)
            else:
                c.fail("expected: byte %d" % self.edge, "came:     nothing")
        return c.bench.now() - began


def sent_through(length, offer, seed, **path):
    with passive(offer, win=1000000 if "wscale" in offer else 65535) as c:
        receiver = Receiver(c, seed, **path)
        seconds = receiver.run(length)
        c.dialogue.append("           %d segments, %d lost, %d repeated, "
                          "%.3f s" % (receiver.came, receiver.lost,
                                      receiver.repeats, seconds))
        return receiver, seconds


def test_clean():
    """Nothing is lost: nothing is sent twice."""
    receiver, _ = sent_through(500000, MODERN, 1)
    assert not receiver.repeats, receiver.repeats


def test_loss():
    """One segment in twenty is lost: hardly more is repeated than was lost."""
    for seed in 1, 2, 3:
        receiver, _ = sent_through(300000, MODERN, seed, loss=0.05)
        assert receiver.lost <= receiver.repeats <= 2 * receiver.lost + 5, (
            receiver.lost, receiver.repeats)


def test_heavy_loss():
    """One in four is lost: it takes time, and arrives."""
    for seed in 1, 2:
        sent_through(60000, MODERN, seed, loss=0.25)


def test_loss_without_sack():
    """The same without SACK and timestamps (RFC 6582)."""
    for seed in 1, 2:
        sent_through(200000, BASIC, seed, loss=0.03)


def test_doubles():
    """Segments that arrive twice are no reason to send anything again."""
    receiver, _ = sent_through(300000, MODERN, 1, doubles=0.2)
    assert not receiver.repeats, receiver.repeats


def test_everything_at_once():
    """Lost, doubled and late."""
    for seed in 1, 2, 3:
        sent_through(200000, MODERN, seed, loss=0.03, doubles=0.05, late=0.1)


@exact_time_only
def test_repairs_are_quick():
    """One in fifty is lost: where nothing else takes time, few time-outs are needed."""
    for seed in range(5):
        _, seconds = sent_through(400000, MODERN, seed, loss=0.02)
        assert seconds < 3, seconds


main()
