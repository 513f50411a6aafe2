#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The port that connect() chooses: RFC 6056. Nobody answers these SYNs."""
import time

from scripted import *

WIDEST = "1024 65535"
USUAL = "32768 60999"


def range_is(text):
    bench().sysctl("ip_local_port_range", text)


def chosen(p):
    """The port of one more connection to that peer."""
    sock = bench().socket()
    p.socks.append(sock)
    p.call("connect()", sock.connect, (p.address, p.port), error=errno.EINPROGRESS)
    return sock.getsockname()[1]


def distance(one, other, size):
    gap = (one - other) % size
    return min(gap, size - gap)


def test_whole_range():
    """All ports of the range that was set are used, and no other (3.2)."""
    range_is("40001 40009")
    try:
        with stranger() as p, stranger() as other:
            found = [chosen(p) for _ in range(9)]
            assert sorted(found) == list(range(40001, 40010)), found
            sock = bench().socket()
            p.socks.append(sock)
            p.call("connect()", sock.connect, (p.address, p.port),
                   error=errno.EADDRNOTAVAIL)
            assert chosen(other) in found
    finally:
        range_is(USUAL)


def test_even_ports_first():
    """Odd ports are left to bind() while there are others. That all even ones are in use
    to one peer is remembered for a second: thousands are not tried again each time."""
    time.sleep(1.1)     # the peer of another test may share the memory
    range_is("40000 40009")
    try:
        with stranger() as p:
            evens = [chosen(p) for _ in range(5)]
            assert not any(port % 2 for port in evens), evens
            gone = time.monotonic()
            assert chosen(p) % 2
            for sock in p.socks:
                sock.close()
            assert chosen(p) % 2 or time.monotonic() - gone > 0.9
            time.sleep(1.1)
            assert not chosen(p) % 2
    finally:
        range_is(USUAL)


def test_range():
    """A range upside down, or with port 0, is refused (3.2)."""
    for text in "40009 40001", "0 40001", "40001 70000":
        try:
            range_is(text)
        except OSError as problem:
            assert problem.errno == errno.EINVAL, problem
        else:
            range_is(USUAL)
            raise Mismatch("a range of %s is taken" % text)


def test_by_destination():
    """Where the search begins depends on the destination: ports to one lie in a part of
    the range, and where does not follow from those to others (3.3.3; RFC 5927 4.2)."""
    range_is(WIDEST)
    size = 65536 - 1024
    firsts = []
    try:
        for _ in range(8):
            with stranger() as p:
                found = [chosen(p) for _ in range(8)]
                firsts.append(found[0])
                assert len(set(found)) == 8, found
                assert max(distance(a, b, size) for a in found for b in found) <= \
                    2**14 + 16, found
    finally:
        range_is(USUAL)
    steps = [(b - a) % size for a, b in zip(firsts, firsts[1:])]
    assert len(set(steps)) > 4, firsts
    assert max(distance(a, b, size) for a in firsts for b in firsts) > size // 4, firsts


def test_not_one_after_the_other():
    """Nor does one port tell the next to the same destination (3.4)."""
    range_is(WIDEST)
    try:
        with stranger() as p:
            found = [chosen(p) for _ in range(12)]
    finally:
        range_is(USUAL)
    steps = {b - a for a, b in zip(found, found[1:])}
    assert len(steps) > 3, found


main()
