#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: smp debug
# timeout: 600
"""A socket that is connected and disconnected all the time, while its peer sends to
it: none of that comes at a moment when the socket is not there, which would be
answered by "port unreachable". connect(2), RFC 1122 4.1.3.1."""
import ctypes
import os
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../net"))
from twin_lib import counters  # noqa: E402
from udp_lib import (OURS, PEER, bound, finish, left, libc, ours, point,  # noqa: E402
                     point_is, set_up, theirs)

ENOUGH = 20000                  # datagrams, and
SECONDS = 30                    # at most


def flood():
    sender = bound(theirs(), PEER, 7601)
    sender.connect((OURS, 7600))
    while True:
        try:
            sender.send(b"x")
        except OSError:         # nobody was there: that is counted, too
            pass


def received():
    seen = counters(left)
    return seen["UdpInDatagrams"] + seen["UdpRcvbufErrors"]


def come_and_go():
    """Bound to the address, so that its peer's datagrams are for it all the time."""
    moving = bound(ours(), OURS, 7600)
    unspec = ctypes.create_string_buffer(16)
    before, first = counters(left), received()
    pid = os.fork()
    if not pid:
        flood()
    end, moves = time.monotonic() + SECONDS, 0
    while time.monotonic() < end and received() < first + ENOUGH:
        for _ in range(200):
            moving.connect((PEER, 7601))
            libc.connect(moving.fileno(), unspec, 16)
        moves += 200
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    after = counters(left)
    point("it moved and datagrams came", moves and received() > first,
          (moves, received() - first))
    print("# %d moves, %d datagrams" % (moves, received() - first))
    point_is("none found nobody", after["UdpNoPorts"] - before["UdpNoPorts"], 0)
    point_is("so the peer was told nothing",
             after["IcmpOutDestUnreachs"] - before["IcmpOutDestUnreachs"], 0)


set_up()
come_and_go()
finish()
