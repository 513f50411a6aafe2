#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
"""How CUBIC's window goes on after slow start: RFC 9438 section 4; and that HyStart++
has no say any more then (RFC 9406).

The path holds whatever there is for a round trip of 0.1 s and delivers it at one
moment, so that windows can be compared with the formulas, round by round.
"""
from contextlib import contextmanager

from scripted import *

MSS = 1000
RTT = 0.1
TRAIN, DELAY = "TcpExtTCPHystartTrainDetect", "TcpExtTCPHystartDelayDetect"
# of struct tcp_info
CA_STATE, SSTHRESH, CWND = 1, 76, 80
NO_SSTHRESH = 0x7fffffff


def cubic(w_max, begin, seconds):
    """W_cubic(t) of a stage that began with that window (figures 1 and 2)."""
    climb = ((w_max - begin) / 0.4) ** (1 / 3)
    return w_max + 0.4 * (seconds - climb) ** 3


class Path:
    """An established connection over it that always has data to send, unless told."""

    def __init__(self, round_trip=RTT, offer="SYN mss=1000 sackok wscale=7",
                 answer="SYN,ACK"):
        self.round_trip = round_trip
        self.c = c = listening()
        c.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        c.inject(offer)
        c.expect(answer + " seq=0 ack=1")
        self.wait()
        c.inject("ACK win=4000000")
        c.accept()
        self.acked = 1
        self.counted = c.bench.counters()
        self.write()
        self.take()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        return self.c.__exit__(*what)

    def cwnd(self):
        return self.c.info(CWND)

    def count(self, name):
        return self.c.bench.counters()[name] - self.counted[name]

    def wait(self, seconds=None):
        end = self.c.bench.now() + (seconds or self.round_trip)
        while self.c.bench.now() < end:
            self.c.bench.pump(end - self.c.bench.now())

    def write(self):
        self.c.fill(50 * MSS)

    def take(self):
        self.c.bench.drain()
        while self.c.waiting():
            self.c.take(*self.c.waiting().pop(0))

    def ack(self, number, extra=""):
        self.c.inject("ACK%s ack=%d win=4000000" % (extra, number))
        self.acked = number

    def round(self, write=True, step=4 * MSS, gap=0):
        """What is under way is acknowledged after a round trip; the window then."""
        self.wait()
        end = self.c.host_next
        for number in list(range(self.acked + step, end, step)) + [end]:
            self.ack(number)
            if write:
                self.write()
            if gap:
                self.wait(gap)
        self.take()
        return self.cwnd()

    def grow(self, window):
        """The first slow start, up to that window."""
        while self.cwnd() < window:
            self.round()
        assert self.cwnd() == window, self.cwnd()
        assert self.c.info(SSTHRESH) == NO_SSTHRESH

    def lose(self):
        """One segment is lost, the one that all others wait for. The ACK that ends
        recovery begins the next stage, too, and counts as its first round. Returns the
        window before."""
        before, c = self.cwnd(), self.c
        self.wait()
        c.inject("ACK ack=%d sack=%d-%d win=4000000" % (
            self.acked, self.acked + MSS, c.host_next))
        self.take()
        assert c.info(CA_STATE, 1) == 3, c.info(CA_STATE, 1)
        self.wait()
        self.ack(c.host_next)
        self.take()
        assert c.info(CA_STATE, 1) == 0, c.info(CA_STATE, 1)
        begin = c.info(SSTHRESH)
        assert begin <= self.cwnd() <= begin * 1.5, (begin, self.cwnd())
        return before

    def follows(self, w_max, begin, rounds, done=1):
        """The window goes up as the cubic says, from the round behind those done."""
        for count in range(done + 1, done + rounds + 1):
            at = self.round()
            least = cubic(w_max, begin, (count - 1) * self.round_trip)
            most = cubic(w_max, begin, count * self.round_trip)
            assert least - 2 <= at <= most + 2, "round %d: %d, not %.1f to %.1f" % (
                count, at, least, most)


@exact_time_only
def test_climb():
    """After a loss the window climbs to where it was, stays, and goes on, each ACK adding
    its share of the way to where the cubic is a round trip later (RFC 9438 4.2, 4.4, 4.5)."""
    with Path() as path:
        path.grow(160)
        assert path.lose() == 160
        assert path.c.info(SSTHRESH) == 112
        path.follows(160, 112, 80)


@exact_time_only
def test_half_as_much_again():
    """In one round trip the window never grows by more than its half (RFC 9438 4.2)."""
    with Path(2.0) as path:
        path.grow(20)
        path.lose()
        windows = [path.c.info(SSTHRESH), path.cwnd()]
        windows += [path.round() for _ in range(8)]
        steps = [after / before for before, after in zip(windows, windows[1:])]
        assert max(steps) <= 1.55, windows
        assert len([step for step in steps if step >= 1.4]) >= 2, windows


@exact_time_only
def test_unused_time():
    """Time in which the window was not used does not count: neither silence nor a trickle
    brings a jump (RFC 9438 4.2, 5.8)."""
    bench().sysctl("tcp_slow_start_after_idle", 0)
    try:
        for trickle in True, False:
            with Path() as path:
                path.grow(160)
                path.lose()
                path.follows(160, 112, 10)
                while path.c.host_next > path.acked or path.c.info(144):
                    path.round(write=False)
                before = path.cwnd()
                for _ in range(100):
                    path.wait()
                    if trickle:
                        path.c.send(MSS)
                        path.take()
                        path.round(write=False)
                assert path.cwnd() <= before + 1, (path.cwnd(), before)
                path.write()
                path.take()
                for _ in range(4):
                    path.round()
                assert path.cwnd() <= cubic(160, 112, 3.0), path.cwnd()
    finally:
        bench().sysctl("tcp_slow_start_after_idle", 1)


@exact_time_only
def test_fast_convergence():
    """A loss below the last one's window is a sign that another flow wants a share: the
    plateau is lower by 15 % (RFC 9438 4.7)."""
    with Path() as path:
        path.grow(160)
        path.lose()
        path.follows(160, 112, 10)
        second = path.lose()
        assert 130 <= second < 145, second
        path.follows(second * 0.85, path.c.info(SSTHRESH), 30)


@contextmanager
def timed_out():
    """A window of 160 segments and a time-out that is not looked at twice (F-RTO)."""
    bench().sysctl("tcp_frto", 0)
    try:
        with Path() as path:
            path.grow(160)
            for _ in range(1000):
                if path.c.info(CA_STATE, 1) == 4:
                    break
                path.c.bench.pump(1)
            path.take()
            assert (path.cwnd(), path.c.info(SSTHRESH)) == (1, 112)
            yield path
    finally:
        bench().sysctl("tcp_frto", 2)


@exact_time_only
def test_after_time_out():
    """After a time-out the plateau is where slow start ends, not where it was (RFC 9438 4.8)."""
    with timed_out() as path:
        path.ack(path.c.host_next)
        path.take()
        assert 112 <= path.cwnd() <= 113, path.cwnd()
        for _ in range(20):
            path.round()
        # Reno's window has 9/17 for each round trip
        assert 112 + 8 <= path.cwnd() <= 112 + 14, path.cwnd()


@exact_time_only
def test_undo():
    """A reduction that was needless is undone, and the stage goes on where it was
    (RFC 9438 4.9.2)."""
    with Path() as path:
        path.grow(160)
        path.lose()
        path.follows(160, 112, 10)
        before, c, first = path.cwnd(), path.c, path.acked
        assert path.lose() == before
        assert path.cwnd() < before
        c.inject("ACK ack=%d sack=%d-%d win=4000000" % (path.acked, first, first + MSS))
        path.take()
        assert path.cwnd() == before, (path.cwnd(), before)
        # less was under way than the window has room for: it takes a while
        for _ in range(20):
            at = path.round()
        # a second before the loss, two round trips in recovery, twenty since
        assert cubic(160, 112, 2.9) - 2 <= at <= cubic(160, 112, 3.3) + 2, at


def plain(path, threshold, rounds=8):
    """Trains of ACKs and longer round trips change nothing any more."""
    for _ in range(rounds):
        path.round(step=MSS, gap=0.001)
    path.round_trip = 2 * RTT
    for _ in range(rounds):
        path.round(step=MSS)
    assert not path.count(TRAIN) and not path.count(DELAY)
    assert path.c.info(SSTHRESH) == threshold, path.c.info(SSTHRESH)


@exact_time_only
def test_no_hystart_after_loss():
    """A loss ends the watch over ACK trains and round trips, and so does a mark
    (RFC 9406 4.2)."""
    with Path() as path:
        path.grow(80)
        path.lose()
        plain(path, 56)
    with Path(offer="SYN,ECE,CWR mss=1000 sackok wscale=7", answer="SYN,ACK,ECE") as path:
        path.grow(80)
        path.wait()
        path.ack(path.acked + MSS, ",ECE")
        path.take()
        plain(path, 56)


@exact_time_only
def test_no_hystart_after_time_out():
    """It is for the first slow start only (RFC 9406 4.3)."""
    with timed_out() as path:
        while path.cwnd() < 112:
            path.wait()
            for _ in range(path.cwnd()):
                path.ack(path.acked + MSS)
                path.wait(0.001)
            path.take()
        plain(path, 112)


main()
