#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
"""When data is acknowledged, to the jiffy (RFC 9293 3.8.6.3, RFC 5681 4.2)."""
import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clock import HZ, now, sleep_until, wheel  # noqa: E402
from tcp_peer import MSS, connect  # noqa: E402
from udp_lib import finish, point_is, set_up  # noqa: E402

DELAY = HZ // 25        # the shortest, 40 ms; the RFC's most is half a second
APART = HZ // 10        # of two segments: less than the time-out of the sender


def ack_of(peer):
    """When what was sent last is acknowledged, or None."""
    while True:
        segment = peer.next(5)
        if not segment or segment.ack == peer.seq:
            return segment and segment.jiffy


def ready(port):
    """A connection that has left the quick mode of its beginning."""
    made, peer = connect(port)
    start = now()
    peer.send(data=b"first")
    point_is("the ACK of the first data, which nobody reads, waits a tick for an answer",
             ack_of(peer), wheel(start, 1))
    sleep_until(start + APART)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
    return made, peer


def alone():
    made, peer = ready(101)
    start = now()
    peer.send(data=b"small")
    point_is("a small segment's ACK waits 40 ms for company", ack_of(peer), wheel(start, DELAY))
    made.close()


def second_full_segment():
    made, peer = ready(102)
    start = now()
    peer.send(data=bytes(MSS))
    peer.send(data=bytes(MSS))
    made.recv(2 * MSS)
    point_is("of two full segments the second is acknowledged at once", ack_of(peer), start)
    made.close()


def with_data():
    made, peer = ready(103)
    start = now()
    peer.send(data=b"question")
    sleep_until(start + 2)
    made.send(b"answer")
    segment = peer.take(5)
    point_is("an answer carries the ACK", (segment.jiffy, segment.data, segment.ack),
             (start + 2, b"answer", peer.seq))
    peer.send()
    point_is("and no other is sent", peer.next(5), None)
    made.close()


def out_of_order():
    made, peer = ready(104)
    start, due = now(), peer.seq
    peer.send(data=b"later", seq=peer.seq + 5)
    segment = peer.next(5)
    point_is("a gap is reported at once", segment and (segment.jiffy, segment.ack), (start, due))
    peer.send(data=b"early")
    peer.seq += 5
    point_is("and so is its end", ack_of(peer), start)
    made.close()


set_up()
alone()
second_full_segment()
with_data()
out_of_order()
finish()
