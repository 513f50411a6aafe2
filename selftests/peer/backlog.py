#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Many peers at one listener: the backlog, floods of SYNs and SYN cookies (RFC 4987)."""
from contextlib import contextmanager

from scripted import *


@contextmanager
def peers(c, count):
    """Others at the same listener, who are gone in the end."""
    many = [scene(c.host_port) for _ in range(count)]
    c.accepted = []
    yield many
    for sock in c.accepted + [c.listener]:
        sock.close()
    c.listener = None
    for each in many:
        each.end_what_lives()
        each.done = True


def opened(each):
    """Opens as far as the stack lets it; says whether it answered."""
    each.inject("SYN mss=1460")
    came = each.everything()
    if came and came[0]["flags"] >= {"SYN", "ACK"}:
        each.inject("ACK")
    return bool(came)


def accepted(c):
    """How many connections wait in accept()."""
    before = len(c.accepted)
    while True:
        try:
            c.accepted.append(c.listener.accept()[0])
        except BlockingIOError:
            return len(c.accepted) - before


def test_backlog():
    """listen(2): two or three connections wait, a further peer must come again later: its SYN
    gets no answer."""
    with listening(backlog=2) as c, peers(c, 8) as many:
        answered = [opened(each) for each in many]
        assert all(answered[:2]) and not any(answered[3:]), answered
        waiting = accepted(c)
        assert 2 <= waiting <= 3, waiting


def test_no_reset_when_full():
    """A full backlog drops SYNs and does not reset: the peer tries again (RFC 9293 MAY)."""
    with listening(backlog=1) as c, peers(c, 5) as many:
        for each in many:
            opened(each)
            for view in each.everything():
                assert "RST" not in view["flags"]
        late = many[-1]
        assert accepted(c)
        # whatever was waiting before is gone; the late one repeats its SYN
        late.inject("SYN seq=0 mss=1460")
        late.expect_any("SYN,ACK seq=0 ack=1", "ACK seq=1 ack=1")


def test_last_ack_when_full():
    """A handshake that ends while the backlog is full is not lost, once there is room."""
    with listening(backlog=1) as c, peers(c, 3) as many:
        for each in many:
            each.inject("SYN mss=1460")
        came = [each for each in many if each.everything()]
        for each in came:
            each.inject("ACK")
        assert accepted(c)
        last = came[-1]
        last.inject("ACK len=10")
        views = last.everything()
        assert all("RST" not in view["flags"] for view in views)
        for _ in range(20):
            if views and views[-1].get("ack", 0) == 11:
                break
            c.bench.pump(0.3)
            views = last.everything()
            last.inject("ACK seq=1 ack=1 len=10")
            views += last.everything()
        assert views and views[-1]["ack"] == 11


def test_cookies():
    """A flood of SYNs does not lock out a peer that means it (RFC 4987 3.6)."""
    bench().sysctl("tcp_syncookies", 1)
    bench().sysctl("tcp_max_syn_backlog", 16)
    with listening(backlog=8) as c, peers(c, 301) as many:
        honest = many.pop()
        for each in many:
            each.inject("SYN mss=1460")
        honest.listener = c.listener
        honest.inject("SYN mss=1460")
        view = honest.expect("SYN,ACK seq=0 ack=1")
        assert view["mss"] == 1460
        honest.inject("ACK len=10")
        honest.accept()
        honest.recv(10)
        honest.expect_acked(11)
        honest.send(2000)
        honest.expect("ACK len>=536")
        honest.listener = None
        many.append(honest)
        c.accepted.append(honest.sock)
    bench().sysctl("tcp_max_syn_backlog", 256)


TIMESTAMPS, SACK, WSCALE, ECN = 1, 2, 4, 8     # tcpi_options


def test_wrong_cookie():
    """Where cookies are about, a number near to one is none (RFC 4987 3.6)."""
    bench().sysctl("tcp_syncookies", 1)
    bench().sysctl("tcp_max_syn_backlog", 16)
    with listening(backlog=8) as c, peers(c, 301) as many:
        late = many[-1]
        for each in many:
            each.inject("SYN mss=1460")
        late.expect("SYN,ACK seq=0 ack=1")
        late.inject("ACK ack=1001")
        late.expect("RST seq=1001")
        assert not accepted(c)
        late.inject("ACK ack=1")
        late.silence()
        assert accepted(c) == 1
    bench().sysctl("tcp_max_syn_backlog", 256)


def test_cookie_options():
    """What a SYN offered outlives the cookie, in the timestamp that comes back; without
    timestamps only the MSS does (RFC 4987 3.6)."""
    bench().sysctl("tcp_syncookies", 1)
    bench().sysctl("tcp_max_syn_backlog", 16)
    with listening(backlog=8) as c, peers(c, 300) as many:
        for each in many:
            each.inject("SYN mss=1460")
        for offer, agreed, scale in (
                ("SYN " + MODERN, TIMESTAMPS | SACK | WSCALE, 7),
                ("SYN mss=1460 val=1000 wscale=14", TIMESTAMPS | WSCALE, 14),
                ("SYN mss=1460 val=1000 wscale=0", TIMESTAMPS | WSCALE, 0),
                ("SYN mss=1460 val=1000 sackok", TIMESTAMPS | SACK, 0),
                ("SYN,ECE,CWR mss=1460 val=1000", TIMESTAMPS | ECN, 0),
                ("SYN mss=1460 sackok wscale=7", 0, 0)):
            honest = scene(c.host_port)
            honest.listener = c.listener
            sent = bench().counters()["TcpExtSyncookiesSent"]
            honest.inject(offer)
            honest.take(*honest.next_segment(10, "SYN,ACK"))
            assert bench().counters()["TcpExtSyncookiesSent"] == sent + 1
            honest.inject("ACK")
            honest.accept()
            got = honest.info(5, 1) & (TIMESTAMPS | SACK | WSCALE | ECN)
            assert (got, honest.info(6, 1) & 15) == (agreed, scale), (offer, got)
            honest.listener = None
            many.append(honest)
            c.accepted.append(honest.sock)
    bench().sysctl("tcp_max_syn_backlog", 256)


@differs_on_inet("a secret of each peer is added to the whole timestamp")
def test_cookie_clock():
    """What the timestamp says must not depend on a tick of the clock meanwhile: the low bits
    of all answers to one offer are the same (RFC 4987 3.6)."""
    bench().sysctl("tcp_syncookies", 2)
    with listening(backlog=8) as c, peers(c, 300) as many:
        said = set()
        for each in many:
            each.inject("SYN " + MODERN)
            each.take(*each.next_segment(10, "SYN,ACK"))
            said.add(each.host_clock_base % 64)
        assert len(said) == 1, said
    bench().sysctl("tcp_syncookies", 1)


def test_forged_cookie():
    """An ACK out of the blue is no cookie: it is reset."""
    with listening() as c:
        c.inject("ACK seq=1 ack=1 len=10")
        c.expect("RST seq=1")
        c.accept_nothing()


def test_isn_differs():
    """Initial numbers are not to be foreseen from those of others (RFC 6528)."""
    with listening() as c, peers(c, 8) as many:
        seen = []
        for each in many:
            each.inject("SYN mss=1460")
            each.expect("SYN,ACK seq=0 ack=1")
            seen.append(each.host_isn)
        assert len(set(seen)) == 8
        steps = {(b - a) % 2**32 for a, b in zip(seen, seen[1:])}
        assert len(steps) > 5 and max(steps) > 2**24


def test_defer_accept():
    """TCP_DEFER_ACCEPT: accept() waits for the first data."""
    with listening(defer_accept=5) as c:
        c.inject("SYN mss=1460")
        c.expect("SYN,ACK seq=0 ack=1")
        c.inject("ACK")
        c.everything()
        c.accept_nothing()
        c.inject("ACK len=10")
        c.accept()
        c.recv(10)


main()
