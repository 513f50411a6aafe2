#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
"""Keepalive over hours, to the jiffy (RFC 9293 3.8.4, RFC 1122 4.2.3.6)."""
import errno
import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clock import HZ, now, sleep_until, wheel  # noqa: E402
from tcp_peer import ACK, RST, connect, error_arrives  # noqa: E402
from udp_lib import finish, point_is, set_up  # noqa: E402

HOURS, INTERVAL, PROBES = 7200 * HZ, 75 * HZ, 9     # net.twin.tcp_keepalive_*


def probes(first, count, interval):
    """When they are sent if none is answered, and when it is given up."""
    times = [first]
    for _ in range(count):
        times.append(wheel(times[-1], interval))
    return times


def nobody_asks():
    """Off unless it is asked for: SHLD/MUST-25."""
    made, peer = connect(90)
    point_is("without SO_KEEPALIVE a day passes in silence", peer.next(86400), None)
    made.close()
    peer.take()
    peer.send(RST | ACK)


def silent_peer():
    made, peer = connect(91)
    start = now()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    due = probes(wheel(start, HOURS), PROBES, INTERVAL)
    sent = [peer.next(10000) for _ in range(PROBES)]
    point_is("after two hours, and then each 75 seconds, it is probed",
             [one and one.jiffy for one in sent], due[:PROBES])
    point_is("with what the peer has had already", {(one.seq, one.data) for one in sent},
             {(peer.ack - 1, b"")})
    reset = peer.next(1000)
    point_is("after nine probes it is reset", (reset.jiffy, reset.flags & RST), (due[-1], RST))
    point_is("and the user is told", error_arrives(made), (due[-1], errno.ETIMEDOUT))


def living_peer():
    made, peer = connect(92)
    start = now()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    first = peer.next(10000)
    peer.send()
    point_is("a probe is sent after two hours", first.jiffy, wheel(start, HOURS))
    look = wheel(first.jiffy, INTERVAL)
    due = wheel(look, HOURS - (look - first.jiffy))
    second = peer.next(10000)
    point_is("answered, the next one follows two hours after the answer",
             second and second.jiffy, due)
    peer.send(ACK)
    made.close()
    peer.take()
    peer.send(RST | ACK)


def own_times():
    made, peer = connect(93)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2)
    start = now()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    due = probes(wheel(start, 60 * HZ), 2, 10 * HZ)
    point_is("TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT are kept",
             [peer.next(1000).jiffy for _ in range(3)], due)
    point_is("to the end", error_arrives(made), (due[-1], errno.ETIMEDOUT))


def data_postpones():
    made, peer = connect(94)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60)
    start = now()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sleep_until(start + 30 * HZ)
    heard = now()
    peer.send(data=b"alive")
    peer.next(1)
    look = wheel(start, 60 * HZ)
    due = wheel(look, 60 * HZ - (look - heard))
    probe = peer.next(1000)
    point_is("what the peer sends counts as its answer", probe and probe.jiffy, due)
    made.close()


set_up()
nobody_asks()
silent_peer()
living_peer()
own_times()
data_postpones()
finish()
