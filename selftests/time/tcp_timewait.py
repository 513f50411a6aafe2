#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
"""How long closed connections are remembered, to the jiffy (RFC 9293 3.6.1)."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clock import HZ, now, sleep_until, sysctl  # noqa: E402
from tcp_peer import ACK, FIN, RST, SYN, connect, sockets_in  # noqa: E402
from udp_lib import finish, point, point_is, set_up  # noqa: E402

FIN_WAIT_2, TIME_WAIT = 5, 6
LIFE = 60 * HZ
ROUNDED = 512           # at most, so far ahead


def ends_at(state, deadline):
    """What there is of the state in the jiffy before its time is over, and when the
    wheel has rounded that up. Within, chance decides: those of one shard have a
    timer together, and what another has armed it for goes off earlier and is armed
    again for a shorter time, which the wheel rounds less."""
    sleep_until(deadline - 1)
    before = sockets_in(state)
    sleep_until(deadline + ROUNDED + 1)
    return before, sockets_in(state)


def close_both(port):
    """Twin closes first; returns the peer and when TIME-WAIT began."""
    made, peer = connect(port)
    made.close()
    fin = peer.take()
    point("close() sends FIN", fin.flags & FIN, fin)
    start = now()
    peer.send(FIN | ACK)
    last = peer.next(70)
    point_is("the peer's FIN is acknowledged at once", last and (last.jiffy, last.flags, last.ack),
             (start, ACK, peer.seq))
    return peer, start


def time_wait():
    peer, start = close_both(95)
    point_is("TIME-WAIT lasts 60 seconds", ends_at(TIME_WAIT, start + LIFE), (1, 0))
    peer.send(ACK)
    stray = peer.next(1)
    point("after that a segment is a stray", stray and stray.flags & RST, stray)


def fin_again():
    """The last ACK was lost: the peer's FIN comes again and is acknowledged, and
    2 MSL begin anew."""
    peer, start = close_both(96)
    sleep_until(start + 50 * HZ)
    again = now()
    peer.send(FIN | ACK, seq=peer.seq - 1)
    answer = peer.next(1)
    point_is("the FIN, come again, is acknowledged again",
             answer and (answer.jiffy, answer.flags, answer.ack), (again, ACK, peer.seq))
    point_is("and TIME-WAIT begins anew", ends_at(TIME_WAIT, again + LIFE), (1, 0))


def reset():
    """RFC 9293 3.10.7.4: only a RST that is in order ends TIME-WAIT."""
    peer, _ = close_both(97)
    peer.send(RST, seq=peer.seq - 1)
    point_is("a RST that is not in order changes nothing", sockets_in(TIME_WAIT), 1)
    peer.send(RST)
    point_is("one that is ends TIME-WAIT", sockets_in(TIME_WAIT), 0)
    sysctl("tcp_rfc1337", 1)
    peer, start = close_both(107)
    peer.send(RST)
    point_is("but not with net.twin.tcp_rfc1337", ends_at(TIME_WAIT, start + LIFE), (1, 0))
    sysctl("tcp_rfc1337", 0)


def fin_wait_2():
    made, peer = connect(98)
    made.close()
    peer.take()
    start = now()
    peer.send(ACK)
    point_is("an orphan waits 60 seconds for the peer's FIN",
             ends_at(FIN_WAIT_2, start + LIFE), (1, 0))
    point_is("and ends without a word", peer.next(600), None)
    sysctl("tcp_fin_timeout", 5)
    made, peer = connect(99)
    made.close()
    peer.take()
    start = now()
    peer.send(ACK)
    point_is("net.twin.tcp_fin_timeout is how long",
             ends_at(FIN_WAIT_2, start + 5 * HZ), (1, 0))


def new_connection():
    """RFC 9293 3.10.7.4: a SYN beyond what was received opens a new one only
    where somebody listens; here it is a stray."""
    peer, _ = close_both(100)
    peer.seq += 100000
    peer.ack = 0
    waiting = sockets_in(TIME_WAIT)
    peer.send(SYN)
    answer = peer.next(1)
    point("a SYN to a port where nobody listens is answered by an ACK",
          answer and answer.flags == ACK, answer)
    point_is("and TIME-WAIT goes on", sockets_in(TIME_WAIT), waiting)


set_up()
time_wait()
fin_again()
reset()
fin_wait_2()
new_connection()
finish()
