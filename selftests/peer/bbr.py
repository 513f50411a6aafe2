#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""BBR, as draft-cardwell-iccrg-bbr-congestion-control-00 has it: a rate is sent, not a
window. The path of these scripts has a round trip of 100 ms."""
import socket
import struct

from scripted import *

MSS = 1000
RTT = 0.1
WINDOW = 10 * MSS
HIGH_GAIN = 2.885
MARGIN = 0.99
TCP_CONGESTION, TCP_CC_INFO = 13, 26
# of struct tcp_info
PACING_RATE, CWND = 104, 80


def pause(c, seconds):
    """The path takes its time."""
    end = c.bench.now() + seconds
    while c.bench.now() < end:
        c.bench.pump(end - c.bench.now())


def passive_bbr():
    c = listening()
    c.listener.setsockopt(socket.IPPROTO_TCP, TCP_CONGESTION, b"bbr")
    c.inject("SYN mss=%d win=65535 wscale=7" % MSS)
    c.expect("SYN,ACK seq=0 ack=1")
    pause(c, RTT)
    c.inject("ACK win=4000000")
    c.accept()
    return c


def active_bbr():
    c = scene()
    c.sock = c.bench.socket()
    c.sock.bind((HOST, c.host_port))
    c.sock.setsockopt(socket.IPPROTO_TCP, TCP_CONGESTION, b"bbr")
    c.connect()
    c.expect("SYN seq=0")
    pause(c, RTT)
    c.inject("SYN,ACK mss=%d win=65535 wscale=7" % MSS)
    c.expect("ACK seq=1 ack=1")
    c.connected()
    c.inject("ACK win=4000000")
    return c


def bbr_info(c):
    """BtlBw in bytes per second, RTprop in microseconds, the pacing gain."""
    data = c.sock.getsockopt(socket.IPPROTO_TCP, TCP_CC_INFO, 20)
    low, high, rtt_us, pacing_gain, _ = struct.unpack("IIIII", data)
    return low + (high << 32), rtt_us, pacing_gain / 256


def walk(c, seconds, gap=0):
    """Each segment is acknowledged RTT after it was sent, and @gap after the one before.
    Returns how many were sent in each round trip."""
    begin, due, sent = c.bench.now(), [], []
    last = 0
    while c.bench.now() < begin + seconds:
        c.fill()
        until = min([begin + seconds] + [when for when, _ in due[:1]])
        if until > c.bench.now():
            c.bench.pump(until - c.bench.now())
        while c.waiting():
            when, ip = c.waiting().pop(0)
            view = c.take(when, ip)
            last = max(when + RTT, last + gap)
            due.append((last, view["seq"] + view["len"]))
            sent.append(int((when - begin) / RTT))
        while due and due[0][0] <= c.bench.now():
            c.inject("ACK ack=%d" % due.pop(0)[1])
    return [sent.count(number) for number in range(int(seconds / RTT))]


@exact_time_only
def test_first_rate():
    """4.2.1: before anything was delivered, the initial window in a round trip, with the
    gain of STARTUP; the round trip is the handshake's."""
    for opened in passive_bbr, active_bbr:
        with opened() as c:
            wanted = HIGH_GAIN * MARGIN * WINDOW / RTT
            rate = c.info(PACING_RATE, 8)
            assert 0.85 * wanted < rate < 1.05 * wanted, (opened.__name__, rate, wanted)


@exact_time_only
def test_paced():
    """The first window leaves at that rate, not in a burst: in some 35 ms."""
    with passive_bbr() as c:
        c.send(60000)
        at_once = c.everything()
        pause(c, 0.015)
        later = c.everything()
        pause(c, 0.04)
        rest = c.everything()
        counts = [sum(view["len"] for view in part) // MSS
                  for part in (at_once, later, rest)]
        assert counts[0] <= 4 and all(counts) and sum(counts) == 10, counts


@exact_time_only
def test_startup():
    """4.3.2.1: STARTUP doubles what is sent, each round trip."""
    with passive_bbr() as c:
        sent = walk(c, 5 * RTT)
        assert all(1.5 < after / before < 3.1
                   for before, after in zip(sent, sent[1:])), sent
        assert bbr_info(c)[2] > 2.8


@exact_time_only
def test_full_pipe():
    """4.3.2.2, 4.3.3, 4.3.4: when three rounds bring no more, the queue is drained and the
    rate stays about BtlBw, with RTprop as measured."""
    fits = 20   # segments in a round trip
    with passive_bbr() as c:
        walk(c, 30 * RTT, RTT / fits)
        rate, rtt_us, gain = bbr_info(c)
        wanted = fits * MSS / RTT
        assert 0.9 * wanted < rate < 1.1 * wanted, (rate, wanted)
        assert RTT * 0.95e6 < rtt_us < RTT * 1.1e6, rtt_us
        assert 0.7 < gain < 1.3, gain
        # two BDP, and some segments for big packets at both ends
        assert c.info(CWND) <= 2 * fits + 8, c.info(CWND)


main()
