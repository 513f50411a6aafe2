#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""How many ICMP errors a host sends: to one peer, and to all (RFC 1812 4.3.2.8)."""
from scripted import *
from scripted.wire import ICMP

CLOSED = 7      # nobody listens there
BURST = 6       # errors to one peer at once


def provoke(p, times):
    for _ in range(times):
        p.inject_udp(CLOSED, 10)
    bench().drain()
    queue = bench().queue(ICMP, p.address, 0)
    count = len(queue)
    queue.clear()
    return count


def limits(**settings):
    return [bench().sysctl(name, value) for name, value in settings.items()]


def test_per_peer():
    """One peer gets a few at once, then one a second; others get theirs."""
    limits(icmp_ratelimit=1000)
    try:
        with stranger() as p:
            began = bench().now()
            count = provoke(p, 40)
            assert BURST <= count <= BURST + bench().now() - began + 1, count
            with stranger() as other:
                assert provoke(other, 1) == 1
            p.pause(2.5)
            assert 1 <= provoke(p, 40) <= 4
    finally:
        limits(icmp_ratelimit=0)


@differs_on_inet("its limit is the machine's, not the namespace's, before 6.12")
def test_for_all():
    """All peers together get no more than the namespace's burst and rate."""
    limits(icmp_msgs_per_sec=1, icmp_msgs_burst=20)
    try:
        count, began = 0, bench().now()
        for _ in range(60):
            with stranger() as p:
                count += provoke(p, 1)
        assert 17 <= count <= 21 + bench().now() - began, count
    finally:
        limits(icmp_msgs_per_sec=1000, icmp_msgs_burst=50)


@differs_on_inet("it limits echo replies by another setting")
def test_replies_are_free():
    """Answers to pings are no errors."""
    limits(icmp_msgs_per_sec=1, icmp_msgs_burst=3, icmp_ratelimit=1000)
    try:
        with stranger() as p:
            for number in range(20):
                p.inject_echo(number, b"ping")
                p.expect_echo(number, b"ping")
    finally:
        limits(icmp_msgs_per_sec=1000, icmp_msgs_burst=50, icmp_ratelimit=0)


main()
