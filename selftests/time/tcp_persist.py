#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
"""Probes of a closed window, to the jiffy (RFC 9293 3.8.6.1)."""
import errno
import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clock import HZ, now, sysctl  # noqa: E402
from tcp_peer import (ACK, FIN, MSS, RST, TCP_MSS_OPTION, backoffs, connect,  # noqa: E402
                      error_arrives, rto_us)
from udp_lib import finish, point_is, set_up  # noqa: E402

RETRIES2 = 15           # net.twin.tcp_retries2
SILENCE_SECONDS = 240   # of a peer whose window has closed: AF_INET's as well


def answered():
    made, peer = connect(105, window=0)
    start = now()
    made.send(b"wait")
    due, seen = backoffs(start, rto_us(made), 30), []
    for _ in due:
        probe = peer.next(1000)
        seen.append(probe and (probe.jiffy, probe.data))
        peer.send(window=0)
    point_is("a closed window is probed at the time-out, doubled up to 120 s, as "
             "long as the peer answers", seen, [(jiffy, b"") for jiffy in due])
    start = now()
    peer.send(window=100)
    data = peer.next(5)
    point_is("when it opens the data goes out at once", (data.jiffy, data.data), (start, b"wait"))
    peer.send(RST | ACK)


def unanswered():
    made, peer = connect(106, window=0)
    start = now()
    made.send(b"wait")
    due = backoffs(start, rto_us(made), RETRIES2 + 2)
    seen = [peer.next(1000) for _ in range(RETRIES2 + 1)]
    point_is("without an answer there are as many probes as net.twin.tcp_retries2 "
             "allows", [one and one.jiffy for one in seen], due[:-1])
    point_is("then it is given up", error_arrives(made), (due[-1], errno.ETIMEDOUT))


def shrunk():
    """MUST-34: the peer takes back the window of what is already under way."""
    sysctl("tcp_early_retrans", 0)      # no loss probe before the time-out
    made, peer = connect(107)
    first_us, start = rto_us(made), now()
    made.send(b"under way")
    fires = backoffs(start, first_us, 40)
    sent = [peer.next()]
    for _ in fires[:30]:
        peer.send(window=0)
        sent.append(peer.next(1000))
    point_is("what is under way when the window closes is sent again at each time-out, as "
             "long as the peer answers", [one and (one.jiffy, one.data) for one in sent],
             [(jiffy, b"under way") for jiffy in [start] + fires[:30]])
    peer.send(window=0)
    limit = now() + SILENCE_SECONDS * HZ
    more = [jiffy for jiffy in fires[30:] if jiffy <= limit]
    point_is("when it falls silent too", [peer.next(1000).jiffy for _ in more], more)
    point_is("until four minutes have passed", error_arrives(made),
             (fires[30 + len(more)], errno.ETIMEDOUT))


def reopened():
    """MUST-37: a window that was closed for longer than a path may be silent."""
    made, peer = connect(108)
    first_us, start = rto_us(made), now()
    made.send(b"under way")
    peer.next()
    for _ in backoffs(start, first_us, 20):
        peer.send(window=0)
        peer.next(1000)
    peer.send(window=1000)
    due = backoffs(now(), first_us, 1)[0]
    again = peer.take(1000)
    point_is("when it opens again the data is sent again, as if for the first time",
             again and (again.jiffy, again.data), (due, b"under way"))
    peer.send(window=1000)
    made.send(b"more")
    more = peer.take(1000)
    point_is("and the connection goes on", more and more.data, b"more")
    peer.send(RST | ACK)


def reopened_late():
    """The rest of what was under way is an hour old then, and lost at once."""
    made, peer = connect(109, options=TCP_MSS_OPTION + b"\1\1\4\2")    # and SACK
    start = now()
    first_us = rto_us(made)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(3):
        made.send(bytes(MSS))
    sent = [peer.next() for _ in range(3)]
    for _ in backoffs(start, first_us, 40):
        peer.send(window=0)
        peer.next(1000)
    peer.send(window=5000)
    again = peer.next(1000)
    peer.ack = again.seq + len(again.data)
    peer.send(window=5000)
    acked = now()
    rest = [peer.next(5) for _ in range(2)]
    point_is("an hour later all of the rest is sent again with the first ACK",
             [one and (one.jiffy, one.seq) for one in rest],
             [(acked, one.seq) for one in sent[1:]])
    peer.send(RST | ACK)


def reopened_for_the_user():
    """A window that opens does not put off the end that the program has set."""
    sysctl("tcp_early_retrans", 0)
    made, peer = connect(111)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 60000)
    start = now()
    made.send(b"under way")
    peer.next()
    for _ in range(8):
        peer.send(window=0)
        peer.next(1000)
    peer.send(window=1000)
    opened = now()
    ended, error = error_arrives(made)
    point_is("TCP_USER_TIMEOUT counts from when the data was first sent",
             (50 < (opened - start) / HZ < 55, 60 <= (ended - start) / HZ < 62, error),
             (True, True, errno.ETIMEDOUT))


def reopened_for_an_orphan():
    """What bounds an orphan begins with close(), whatever was probed before."""
    sysctl("tcp_early_retrans", 0)
    made, peer = connect(112)
    first_us = rto_us(made)
    made.send(b"under way")
    made.shutdown(socket.SHUT_WR)
    peer.next()
    for _ in range(14):
        peer.send(window=0)
        peer.next(1000)
    made.close()
    peer.send(window=1000)
    due = backoffs(now(), first_us, 1)[0]
    again = peer.take(1000)
    point_is("what an orphan has under way is sent again when the window opens",
             again and (again.jiffy, again.data), (due, b"under way"))
    peer.send(RST | ACK)


def fin_outside():
    """A FIN just behind the window, on a packet of more than a segment: the peer has
    had no room for it. Its data is not sent again with it."""
    made, peer = connect(110, window=0)
    made.send(bytes(2 * MSS))
    made.shutdown(socket.SHUT_WR)
    peer.send(window=2 * MSS)
    big = peer.next(1)
    peer.ack = big.seq + len(big.data)
    peer.send(window=1000)
    again = peer.take(1000)
    point_is("a FIN outside the window is sent again alone",
             (len(big.data), again and (again.flags & FIN, again.seq, again.data)),
             (2 * MSS, (FIN, peer.ack - 1, b"")))
    peer.send()
    point_is("and that is the end of it", peer.next(1000), None)
    peer.send(RST | ACK)


set_up()
answered()
unanswered()
shrunk()
reopened()
reopened_late()
reopened_for_the_user()
reopened_for_an_orphan()
fin_outside()
finish()
