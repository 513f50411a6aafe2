#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""Keep-alive probes: RFC 9293 3.8.4, RFC 1122 4.2.3.6."""
from scripted import *

PROBE = "ACK seq=0 ack=1 len=0..1"


def kept_alive(idle, interval, count, offer=BASIC):
    return passive(offer, keepalive=1, keepidle=idle, keepintvl=interval,
                   keepcnt=count)


def test_off():
    """Off unless the application asks (MUST-25)."""
    with passive(keepidle=1) as c:
        c.silence_for(1.5)


def test_probe():
    """After the idle time a probe is sent: SEG.SEQ = SND.NXT - 1 (MUST-24)."""
    with kept_alive(1, 1, 3) as c:
        c.expect(PROBE, at=(1.0, 1.05))
        c.inject("ACK")
        c.state("ESTABLISHED")


def test_probe_timestamps():
    """Probes carry timestamps like any other segment."""
    with kept_alive(1, 1, 3, MODERN) as c:
        c.expect(PROBE + " val>=1 ecr>=1000")


def test_given_up():
    """A peer that answers no probe: ETIMEDOUT, and it is told by a RST."""
    with kept_alive(1, 1, 2) as c:
        c.expect(PROBE, at=(1.0, 1.05))
        c.expect(PROBE, at=(1.0, 1.05))
        c.expect_any("RST,ACK seq=1 ack=1", "RST seq=1")
        c.recv_fails(errno.ETIMEDOUT)
        c.state("CLOSED")


def test_reset_by_rebooted():
    """A peer that has forgotten answers the probe by a RST: ECONNRESET."""
    with kept_alive(1, 1, 3) as c:
        c.expect(PROBE)
        c.inject("RST seq=1")
        c.recv_fails(errno.ECONNRESET)


def test_answers():
    """The peer's probes are answered (with SEG.SEQ = RCV.NXT - 1, empty or a byte)."""
    with passive() as c:
        c.inject("ACK seq=0")
        c.expect("ACK seq=1 ack=1")
        c.inject("ACK seq=0 len=1")
        c.expect("ACK seq=1 ack=1")


@exact_time_only
def test_traffic_defers():
    """Only silence counts: each segment that comes starts the idle time anew."""
    with kept_alive(100, 10, 3) as c:
        for _ in range(3):
            c.silence_for(60)
            c.inject("ACK len=10")
            c.expect_acked(c.next)
        c.expect(PROBE.replace("ack=1", "ack=31"), at=(99, 100.1))


@exact_time_only
def test_default():
    """The idle time is two hours unless the application says otherwise (MUST-28)."""
    with passive(keepalive=1) as c:
        c.expect(PROBE, at=(7200, 7200.1))
        for _ in range(8):
            c.expect(PROBE, at=(75, 75.05))
        c.expect_any("RST,ACK seq=1 ack=1", "RST seq=1")
        c.recv_fails(errno.ETIMEDOUT)


@exact_time_only
def test_answered():
    """Answered probes go on at the idle time's pace, for ever."""
    with kept_alive(100, 10, 3) as c:
        for _ in range(10):
            c.expect(PROBE, at=(100, 100.1))
            c.inject("ACK")
        c.state("ESTABLISHED")


main()
