#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
"""The first slow start of CUBIC ends before there is a loss: RFC 9406, and trains
of ACKs as in the first HyStart.

The peer stands behind a line that takes its time for each segment, has a queue
without bound and loses nothing, and acknowledges each segment.
"""
from scripted import *

MSS = 1000
OFFER = "mss=1000 sackok wscale=7"
TRAIN, DELAY = "TcpExtTCPHystartTrainDetect", "TcpExtTCPHystartDelayDetect"


class Line:
    """An established connection over a path with a round trip (seconds), whose
    line takes @gap for each segment."""

    def __init__(self, round_trip, gap=0.0):
        self.round_trip, self.gap = round_trip, gap
        self.c = c = listening()
        c.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        c.inject("SYN win=65535 " + OFFER)
        c.expect("SYN,ACK seq=0 ack=1")
        c.silence_for(round_trip)
        c.inject("ACK win=4000000")
        c.accept()
        self.counted = c.bench.counters()
        self.due, self.acked, self.free_at = [], 1, 0.0

    def __enter__(self):
        return self

    def __exit__(self, *what):
        return self.c.__exit__(*what)

    def count(self, name):
        return self.c.bench.counters()[name] - self.counted[name]

    def write(self):
        self.c.fill(50 * MSS)

    def take(self):
        """What has come goes onto the line."""
        c = self.c
        while c.waiting():
            view = c.take(*c.waiting().pop(0))
            assert view["seq"] + view["len"] == c.host_next, "sent again"
            self.free_at = max(self.free_at, c.bench.now()) + self.gap
            self.due.append((self.free_at + self.round_trip, c.host_next))

    def next_ack(self):
        """Waits for the next one; returns how many segments were under way."""
        c = self.c
        when, number = self.due.pop(0)
        while c.bench.now() < when:
            c.bench.pump(when - c.bench.now())
            self.take()
        c.inject("ACK ack=%d win=4000000" % number)
        self.acked = number
        self.write()
        c.bench.drain()
        self.take()
        return (c.host_next - self.acked) // MSS

    def start(self):
        self.write()
        self.c.bench.drain()
        self.take()

    def round(self):
        """To the ACK of all that is under way now; how much is, afterwards."""
        end = self.c.host_next
        flight = 0
        while self.acked < end:
            flight = self.next_ack()
        return flight


@exact_time_only
def test_train():
    """ACKs in one train for half a round trip: the window stays below twice of
    what the path holds (10 Mbit/s, 100 ms: some 100 segments)."""
    with Line(0.1, 0.001) as line:
        line.start()
        most = max(line.next_ack() for _ in range(500))
        assert line.count(TRAIN) == 1 and not line.count(DELAY)
        assert 50 <= most <= 150, most


@exact_time_only
def test_search():
    """After it the window grows by a twentieth in each round trip, fast enough to find
    a much faster line; not any more when the queue has made round trips half as long
    again, where it would be lost."""
    with Line(0.1, 0.001) as line:
        line.start()
        for _ in range(300):
            if line.count(TRAIN):
                break
            line.next_ack()
        flights = [line.round() for _ in range(20)][1:]
        # a segment of them is a millisecond
        assert flights[0] < 150 < flights[-1], flights
        for before, after in zip(flights, flights[1:]):
            if before < 148:
                assert 1.03 <= after / before <= 1.08, flights
            elif before > 156:
                assert 0 <= after - before <= 2, flights


@exact_time_only
def test_train_of_small_window():
    """A window of less than 16 segments does not end it, however long its train."""
    with Line(0.001, 0.0) as line:
        line.start()
        for _ in range(5):
            line.next_ack()
        assert not line.count(TRAIN)


@exact_time_only
def test_bursts_are_no_train():
    """A path with room for much more: bursts of ACKs, and the window doubles on."""
    with Line(0.1) as line:
        line.start()
        flights = [line.round() for _ in range(6)]
        assert flights == [20, 40, 80, 160, 320, 640], flights
        assert not line.count(TRAIN) and not line.count(DELAY)


@exact_time_only
def test_delay():
    """ACKs too far apart for a train: when the least round trip of a round has
    grown, the window does so by a quarter in each of five rounds, and then that was
    it."""
    with Line(0.1, 0.003) as line:
        line.start()
        flights = []
        while not line.count(DELAY):
            flights.append(line.round())
            assert len(flights) < 20, flights
        assert not line.count(TRAIN)
        for before, after in zip(flights[-5:], flights[-4:]):
            assert 1.15 <= after / before <= 1.35, flights
        after = line.round()
        assert after <= flights[-1] * 1.1, (flights, after)


@exact_time_only
def test_delay_stays():
    """When the round trip stays long it is five rounds exactly, and the threshold is the
    window then (RFC 9406 4.2)."""
    with Line(0.1) as line:
        line.start()
        flights = [line.round() for _ in range(2)]
        line.round_trip = 0.13
        while not line.count(DELAY):
            flights.append(line.round())
            # a hair shorter would mean that the queue has gone
            line.round_trip += 0.003
            assert len(flights) < 20, flights
        steps = [after / before for before, after in zip(flights, flights[1:])]
        assert len([step for step in steps if 1.15 <= step <= 1.6]) == 5, flights
        threshold = line.c.info(76)
        assert flights[-2] <= threshold <= flights[-1], (threshold, flights)
        assert not line.count(TRAIN)


@exact_time_only
def test_delay_passes():
    """If the round trip shrinks again, the window doubles as before."""
    with Line(0.1) as line:
        line.start()
        flights = [line.round() for _ in range(2)]
        line.round_trip = 0.13
        while len(flights) < 7 and flights[-1] >= 1.9 * flights[-2]:
            flights.append(line.round())
        assert 1.2 <= flights[-1] / flights[-2] <= 1.6, flights
        line.round_trip = 0.1
        flights += [line.round() for _ in range(2)]
        assert flights[-1] >= 1.9 * flights[-2], flights
        assert not line.count(TRAIN) and not line.count(DELAY)


main()
