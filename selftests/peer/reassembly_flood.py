#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""Reassembly under a flood of fragments that never become whole: its memory is
bounded, and an honest peer's datagrams still become whole (RFC 1858, RFC 6274)."""
from scripted import *
from scripted.wire import ICMP, UDP, Ip, fragments, pack_icmp

MEMORY, MOST_OF_A_PEER = 256 << 10, 64
FLOOD, PIECE = 2000, 1024


def lonely(source, ident, size=PIECE):
    """The first fragment of a datagram that nothing more comes of."""
    whole = Ip(source, HOST, UDP, bytes(2 * size), ident=ident, df=False)
    return fragments(whole, size)[0]


def honest(p, ident):
    """A ping in two fragments."""
    ping = Ip(p.address, HOST, ICMP, pack_icmp(8, 0, ident << 16 | 1, row(0, 1200)),
              ident=ident, df=False)
    return fragments(ping, 800)


def flood(source_of, count=FLOOD):
    for number in range(count):
        bench().write(lonely(source_of(number), number))


def test_forgotten():
    """All of it is forgotten when its time is over (the first script: time-outs are in order)."""
    bench().sysctl("ipfrag_time", 1)
    try:
        with stranger() as p:
            before = bench().counters()
            flood(lambda number: "10.9.113.%d" % (number % 250 + 1), 200)
            p.pause(3)
            assert counted(before, "IpReasmTimeout") >= 200
    finally:
        bench().sysctl("ipfrag_time", 30)


def test_many_sources():
    """Many peers: the oldest make room, so that memory is bounded."""
    bench().sysctl("ipfrag_high_thresh", MEMORY)
    try:
        with stranger() as p:
            before = bench().counters()
            flood(lambda number: "10.9.%d.%d" % (100 + number // 250, number % 250 + 1))
            for part in honest(p, 1):
                bench().write(part)
            p.expect_echo(1, row(0, 1200))
            # each takes more memory than the bytes that it brings
            assert counted(before, "TwinDropFragMemory") >= FLOOD - MEMORY // PIECE
            assert counted(before, "IpReasmOKs") == 1
    finally:
        bench().sysctl("ipfrag_high_thresh", 4 << 20)


def test_between_the_pieces():
    """What has just begun outlives a burst that fits the memory."""
    bench().sysctl("ipfrag_high_thresh", MEMORY)
    try:
        with stranger() as p:
            flood(lambda number: "10.9.110.%d" % (number % 250 + 1), 500)
            first, second = honest(p, 2)
            bench().write(first)
            flood(lambda number: "10.9.111.%d" % (number % 250 + 1), 50)
            bench().write(second)
            p.expect_echo(2, row(0, 1200))
    finally:
        bench().sysctl("ipfrag_high_thresh", 4 << 20)


def test_one_source():
    """One peer has only so many under way, however much memory there is."""
    with stranger() as p:
        before = bench().counters()
        first, second = honest(p, 3)
        bench().write(first)
        flood(lambda number: "10.9.112.1")
        bench().write(second)
        p.expect_echo(3, row(0, 1200))
        assert counted(before, "TwinDropFragPeerLimit") == FLOOD - MOST_OF_A_PEER


if on_inet():
    print("1..0 # SKIP the kernel's own stack has other rules")
else:
    main()
