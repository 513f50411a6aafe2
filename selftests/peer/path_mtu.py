#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""The path MTU without ICMP: RFC 4821, sysctl tcp_mtu_probing.

The device has 1500 bytes. Segments of 1460 bytes get lost wherever a script
says so; 1024 (tcp_base_mss) is what is known to get through.
"""
from scripted import *
from scripted.bench import ROUTER, run

BASE, FULL = 1024, 1460
# halfway between the datagrams of 1064 and 1500 bytes
FIRST = (BASE + FULL) // 2


def probing(value):
    bench().sysctl("tcp_mtu_probing", value)
    bench().gso(65535)


def answer(c, lost=lambda view: False, sack=False, rounds=200):
    """The peer acknowledges what arrives, in order; returns what was lost."""
    held, gone = [], []
    edge = c.host_edge
    for _ in range(rounds):
        came = c.everything()
        if not came:
            break
        for view in came:
            if not view["len"]:
                continue
            if lost(view):
                gone.append(view)
                continue
            held.append((view["seq"], view["seq"] + view["len"]))
        held.sort()
        while held and held[0][0] <= edge:
            edge = max(edge, held.pop(0)[1])
        blocks = ",".join("%d-%d" % block for block in merged(held)[:3])
        if blocks and sack:
            c.inject("ACK ack=%d sack=%s" % (edge, blocks))
        else:
            c.inject("ACK ack=%d" % edge)
        c.host_edge = edge
    return gone


def merged(blocks):
    done = []
    for first, end in sorted(blocks):
        if done and first <= done[-1][1]:
            done[-1] = (done[-1][0], max(end, done[-1][1]))
        else:
            done.append((first, end))
    return done


def lengths(c):
    """Of all segments with data so far."""
    return [int(word[4:]) for line in c.dialogue if "stack  <" in line
            for word in line.split() if word.startswith("len=")]


def established(value, offer="mss=1460 sackok"):
    probing(value)
    c = active(offer, sndbuf=1 << 20)
    c.host_edge = 1
    return c


def test_never():
    """tcp_mtu_probing=0: segments are as large as the device allows, whatever happens."""
    with established(0) as c:
        c.send(FULL)
        for _ in range(6):
            c.expect("ACK seq=1 len=%d" % FULL)


def test_black_hole():
    """tcp_mtu_probing=1: after some time-outs in a row segments get smaller."""
    with established(1) as c:
        c.send(4 * FULL)
        c.expect_flight(1, 4 * FULL + 1)
        sizes = [FULL]
        while sizes[-1] == FULL:
            again = c.take(*c.next_segment(100, "a retransmission"))
            assert again["seq"] == 1 or len(sizes) == 1, again["seq"]
            sizes.append(again["len"])
        assert 4 <= len(sizes) <= 7 and sizes[-1] == BASE, sizes
        c.inject("ACK ack=%d" % (4 * FULL + 1))
        c.everything()
        c.send(3 * BASE)
        c.expect_flight(4 * FULL + 1, 4 * FULL + 1 + 3 * BASE, BASE)


@exact_time_only
@differs_on_inet("counts the time that has passed")
def test_no_route():
    """What could not leave this host, for want of a route, says nothing of the path."""
    tool, route = "ip" if on_inet() else "twin", ("10.8.0.0/16", "via", ROUTER)
    probing(1)
    run(tool, "route", "add", *route)
    with listening(address="10.8.0.1") as c:
        c.inject("SYN mss=1460 sackok")
        c.expect("SYN,ACK seq=0 ack=1")
        c.inject("ACK")
        c.accept()
        run(tool, "route", "del", *route)
        before = bench().counters()["TcpExtTCPRetransFail"]
        c.send(FULL)
        c.silence_for(5)
        assert bench().counters()["TcpExtTCPRetransFail"] >= before + 8
        run(tool, "route", "add", *route)
        c.expect("ACK seq=1 len=%d" % FULL)
        c.expect("ACK seq=1 len=%d" % FULL)
        c.inject("ACK ack=%d" % (FULL + 1))
    run(tool, "route", "del", *route)


@exact_time_only
def test_first_threshold():
    """How many time-outs that takes is R1, three unless set (RFC 9293 3.8.3, SHLD-10;
    tcp_retries1)."""
    try:
        for threshold in 3, 5:
            if threshold != 3:
                bench().sysctl("tcp_retries1", threshold)
            with established(1) as c:
                before = bench().counters()["TcpExtTCPTimeouts"]
                c.send(FULL)
                c.expect("ACK seq=1 len=%d" % FULL)
                while c.take(*c.next_segment(100, "it again"))["len"] == FULL:
                    pass
                passed = bench().counters()["TcpExtTCPTimeouts"] - before
                # by count, or by the time that so many would take
                assert threshold + 1 <= passed <= threshold + 2, passed
    finally:
        bench().sysctl("tcp_retries1", 3)


@exact_time_only
def test_found():
    """tcp_mtu_probing=2: begins small, and finds what the path carries (7.2 to 7.4)."""
    before = bench().counters()["TcpExtTCPMTUPSuccess"]
    with established(2) as c:
        c.send(300000)
        answer(c)
        sizes = lengths(c)
        # AF_INET counts the options of the SYN as well
        assert BASE <= sizes[0] <= BASE + 12, sizes[:3]
        assert set(sizes) & set(range(FIRST, FIRST + 7)), max(sizes)
        assert max(sizes) > FULL - 16, max(sizes)
        assert c.host_edge == 300001, c.host_edge
        assert c.info(16) > FULL - 16, "MSS %d" % c.info(16)
    assert bench().counters()["TcpExtTCPMTUPSuccess"] > before


@exact_time_only
@differs_on_inet("has the reordering timer take it for a loss")
def test_too_large():
    """A size that is lost is not taken for congestion, and not tried again (7.6.2)."""
    before = bench().counters()["TcpExtTCPMTUPFail"]
    most = 1100
    with established(2) as c:
        c.send(380000)
        gone = answer(c, lambda view: view["len"] > most, sack=True)
        assert 1 <= len(gone) <= 8, len(gone)
        tried = [view["len"] for view in gone]
        assert tried == sorted(set(tried), reverse=True), tried
        assert c.host_edge == 380001, c.host_edge
        assert most - 20 < c.info(16) <= most, "MSS %d" % c.info(16)
        assert c.info(1, 1) == 0, "state of congestion control"
    assert bench().counters()["TcpExtTCPMTUPFail"] == before + len(gone)


@exact_time_only
@differs_on_inet("has the reordering timer take it for a loss")
def test_window_stays():
    """... the window goes on growing as if nothing had happened."""
    with established(2) as c:
        c.send(380000)
        answer(c, lambda view: view["len"] > BASE, sack=True)
        # slow start all the time
        assert c.info(76) == 0x7fffffff or c.info(76) > 40, c.info(76)
        assert c.info(80) > 40, "window of %d" % c.info(80)


@exact_time_only
@differs_on_inet("has the reordering timer take it for a loss")
def test_again():
    """Ten minutes later larger sizes are tried again: the path may be wider (7.4)."""
    with established(2) as c:
        c.send(380000)
        answer(c, lambda view: view["len"] > 1100, sack=True)
        narrow = c.info(16)
        assert 1080 < narrow <= 1100, narrow
        c.silence_for(290)
        c.send(380000)
        answer(c, sack=True)
        assert c.info(16) == narrow, c.info(16)
        c.silence_for(310)
        c.send(380000)
        answer(c, sack=True)
        assert c.info(16) > FULL - 16, "MSS %d" % c.info(16)
        assert c.host_edge == 3 * 380000 + 1, c.host_edge


class First:
    """A network that loses the first larger segment, and what else it is told to."""

    def __init__(self, also):
        self.also, self.probe = also, None

    def __call__(self, view):
        if not self.probe:
            if view["len"] > BASE + 12:
                self.probe = view
            return bool(self.probe)
        behind = view["seq"] - self.probe["seq"] - self.probe["len"]
        return self.also(behind)


def inconclusive(c, also, state):
    """A larger segment is lost with others: that is congestion, and of the size it
    says nothing: it is tried again."""
    before = bench().counters()["TcpExtTCPMTUPFail"]
    network = First(also)
    c.send(300000)
    answer(c, network, sack=True, rounds=20)
    while c.info(1, 1) != state:
        c.take(*c.next_segment(100, "a retransmission"))
    assert c.info(76) < 0x7fffffff, "it was not taken for congestion"
    size = network.probe["len"]
    assert lengths(c).count(size) == 1, size
    network.also = lambda behind: False
    c.inject("ACK ack=%d" % c.host_edge)
    answer(c, network, sack=True)
    c.inject("ACK ack=%d" % c.host_edge)
    while c.host_edge < 300001:
        c.waiting().insert(0, c.next_segment(100, "the rest"))
        answer(c, network, sack=True)
    assert lengths(c).count(size) > 1, size
    assert bench().counters()["TcpExtTCPMTUPFail"] == before


@exact_time_only
@differs_on_inet("takes it for the answer that the size is too large")
def test_lost_with_others():
    """A larger segment that is lost with its neighbour tells nothing (7.6.3)."""
    with established(2) as c:
        inconclusive(c, lambda behind: behind == 0, 3)


@exact_time_only
def test_lost_in_time_out():
    """Nor does one after which nothing arrives (7.6.4)."""
    with established(2) as c:
        inconclusive(c, lambda behind: True, 4)


main()
