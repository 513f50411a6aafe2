#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
"""Retransmission to a peer that fell silent: each time-out to the jiffy, and the
end (RFC 6298 section 5, RFC 9293 3.8.3, RFC 1122 4.2.3.5)."""
import errno
import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clock import HZ, now, sleep_until, sysctl, wheel  # noqa: E402
from tcp_peer import (ACK, PEER, RST, RTO_MAX_US, RTO_MIN_US, SYN, TCP_MSS_OPTION,  # noqa: E402
                      Peer, backoffs, connect, error_arrives, jiffies_of, rto_us,
                      sockets_in, stream)
from udp_lib import OURS, finish, point_is, set_up  # noqa: E402

SECOND_US = 10**6
RETRIES2 = 15           # net.twin.tcp_retries2
SYN_RECEIVED = 3
TCP_THIN_LINEAR_TIMEOUTS = 16


def syn():
    made, peer = stream(), Peer(81)
    made.setblocking(False)
    start = now()
    made.connect_ex((PEER, 81))
    sent = [peer.next() for _ in range(7)]
    due = backoffs(start, SECOND_US, 7)
    point_is("a SYN is sent, and again after 1, 2, 4, 8, 16 and 32 seconds",
             [one and one.jiffy for one in sent], [start] + due[:6])
    point_is("always the same SYN", {(one.flags & SYN, one.seq) for one in sent},
             {(SYN, sent[0].seq)})
    point_is("after 64 more seconds connect() fails", error_arrives(made),
             (due[6], errno.ETIMEDOUT))


def syn_ack():
    listener, peer = stream(), Peer(82, 8000)
    listener.bind((OURS, 8000))
    listener.listen(5)
    start = now()
    peer.send(SYN, options=TCP_MSS_OPTION)
    sent = [peer.next() for _ in range(6)]
    due = backoffs(start, SECOND_US, 6)
    point_is("a SYN+ACK is sent, and again after 1, 2, 4, 8 and 16 seconds",
             [one and one.jiffy for one in sent], [start] + due[:5])
    point_is("always the same SYN+ACK", {(one.flags & (SYN | ACK), one.seq) for one in sent},
             {(SYN | ACK, sent[0].seq)})
    sleep_until(due[5] - 1)
    before = sockets_in(SYN_RECEIVED)
    sleep_until(due[5])
    point_is("after 32 more seconds it is forgotten", (before, sockets_in(SYN_RECEIVED)), (1, 0))
    point_is("without a word", peer.next(600), None)


def give_up_at(start, first_us):
    """The time-outs, and the one that is the last: the time since the first
    transmission has reached that of all the retries with the smallest RTO."""
    limit_us = sum(min(RTO_MIN_US << number, RTO_MAX_US) for number in range(RETRIES2 + 1))
    due = backoffs(start, first_us, 40)
    for number, jiffy in enumerate(due):
        if number and (jiffy - start) * SECOND_US // HZ >= limit_us:
            return due[:number], jiffy
    return due, None


def data():
    sysctl("tcp_early_retrans", 0)      # no loss probe before the time-out
    made, peer = connect(83)
    first_us, start = rto_us(made), now()
    made.send(b"anybody?")
    due, end = give_up_at(start, first_us)
    sent = [peer.next() for _ in range(len(due) + 1)]
    point_is("data is sent again at each time-out, doubled up to 120 s",
             [one and one.jiffy for one in sent], [start] + due)
    point_is("always the same data", {(one.seq, one.data) for one in sent},
             {(sent[0].seq, b"anybody?")})
    point_is("the connection is given up by net.twin.tcp_retries2", error_arrives(made),
             (end, errno.ETIMEDOUT))
    point_is("and nothing is sent any more", peer.next(600), None)


def answered_late():
    """Karn's algorithm: an answer to what was sent twice measures nothing, so the
    back-off holds until data that was sent once is acknowledged."""
    made, peer = connect(84)
    first_us, start = rto_us(made), now()
    made.send(b"anybody?")
    for _ in range(5):
        peer.take()
    peer.send()
    sleep_until(now() + 100 * HZ)
    start = now()
    made.send(b"late")
    due = backoffs(start, first_us << 4, 1)
    point_is("an answer to a retransmission leaves the back-off",
             [peer.take().jiffy for _ in range(2)], [start] + due)
    peer.send()
    sleep_until(now() + 100 * HZ)
    made.send(b"prompt")
    peer.take()
    peer.send()
    sleep_until(now() + 100 * HZ)
    first_us, start = rto_us(made), now()
    made.send(b"silent")
    point_is("an answer to what was sent once ends it",
             [peer.take().jiffy for _ in range(3)], [start] + backoffs(start, first_us, 2))
    peer.send(RST | ACK)


def user_timeout():
    made, peer = connect(85)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 5000)
    first_us, start = rto_us(made), now()
    made.send(b"anybody?")
    due = backoffs(start, first_us, 20)
    retries = [jiffy for jiffy in due if jiffy - start < 5 * HZ]
    point_is("with TCP_USER_TIMEOUT data is sent again for that long",
             [peer.next().jiffy for _ in range(len(retries) + 1)], [start] + retries)
    # the kernel's timers may be late by an eighth of the wait
    end, said = error_arrives(made)
    late = (end - start - 5 * HZ) / HZ
    point_is("and then it is over, whenever the next time-out would be",
             (said, late if not 0 <= late <= 0.6 else "in time"),
             (errno.ETIMEDOUT, "in time"))


def thin():
    """TCP_THIN_LINEAR_TIMEOUTS: with little under way six time-outs are not doubled."""
    made, peer = connect(86)
    made.setsockopt(socket.IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1)
    first_us, start = rto_us(made), now()
    made.send(b"anybody?")
    sent, due = [peer.next().jiffy for _ in range(10)], []
    for _ in range(7):
        due.append(wheel(due[-1] if due else start, jiffies_of(first_us)))
    point_is("a thin stream waits as long for each of seven time-outs, then doubles", sent,
             [start] + due + backoffs(due[-1], first_us << 1, 2))
    peer.send(RST | ACK)


set_up()
syn()
syn_ack()
data()
answered_late()
user_timeout()
thin()
finish()
