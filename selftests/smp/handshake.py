#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: smp debug
"""connect() returns before the last ACK of the handshake is on its way, so what a
program sends at once may come to the listener's side on another processor than that
ACK, and find the request that is just becoming a connection (RFC 9293 3.10.7.4: it
is the connection's).

The moment is short: 2,000 openings on two processors of a QEMU without KVM did not meet
it when such a segment was still dropped (2026-11-26), so that this passing proves little."""
import os
import resource
import select
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../net"))
from tcp_lib import US, set_up  # noqa: E402
from twin_lib import ON_TWIN, counters, finish, left, point, point_is, setting  # noqa: E402

ROUNDS = 1000
PROCESSORS = sorted(os.sched_getaffinity(0))
RESET = struct.pack("ii", 1, 0)         # SO_LINGER: close() sends RST
IMPATIENCE = 5                          # seconds in which a RST has come


def pinned(function, *arguments):
    """A child on the last processor; the rest goes on on the first."""
    child = os.fork()
    if not child:
        os.sched_setaffinity(0, PROCESSORS[-1:])
        function(*arguments)
        os._exit(0)
    os.sched_setaffinity(0, PROCESSORS[:1])
    return child


def open_at(address):
    """Returns as soon as the connection is established."""
    made = US.bound()
    made.setblocking(False)
    made.connect_ex(address)
    while not select.select([], [made], [], 0)[1]:
        pass
    return made


def resets(address):
    for _ in range(ROUNDS):
        made = open_at(address)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        made.close()


def words(address):
    open_ones = []
    for _ in range(ROUNDS):
        made = open_at(address)
        open_ones.append(made)
        made.send(b"x")
        made.setblocking(True)
        made.recv(1)
    for made in open_ones:
        made.recv(1)


def has_ended(made):
    if not select.select([made], [], [], IMPATIENCE)[0]:
        return False
    try:
        return made.recv(1) == b""
    except ConnectionResetError:
        return True


def reset_at_once():
    listener = US.listener(backlog=ROUNDS)
    child = pinned(resets, listener.getsockname())
    left_open = accepted = 0
    while select.select([listener], [], [], IMPATIENCE)[0]:
        made = listener.accept()[0]
        accepted += 1
        left_open += not has_ended(made)
        made.close()
    point("the resets were sent", os.waitpid(child, 0)[1] == 0)
    point_is("no connection outlives its reset (%d were accepted)" % accepted,
             left_open, 0)


# What a busy machine sends twice, whose ACK comes too late; and that last ACK, where the
# data has overtaken it: it is behind the window, and its timestamp before the data's.
LATE = "TwinDropTcpDuplicate", "TwinDropTcpWindow", "TwinDropTcpPaws"


def dropped():
    return {name: value for name, value in counters(left).items()
            if name.startswith("TwinDrop") and name not in LATE}


def data_at_once():
    """No connection ends before the count is read: on a busy machine the last ACK of a
    handshake may be late enough to find TIME-WAIT otherwise, or nobody."""
    listener = US.listener(backlog=ROUNDS)
    before = dropped()
    child = pinned(words, listener.getsockname())
    open_ones = []
    for _ in range(ROUNDS):
        made = listener.accept()[0]
        open_ones.append(made)
        made.sendall(made.recv(1))
    after = dropped()
    for made in open_ones:
        made.close()
    point("each was answered", os.waitpid(child, 0)[1] == 0)
    point_is("nothing else was dropped",
             {name: value - before.get(name, 0) for name, value in after.items()
              if value != before.get(name, 0)}, {})


resource.setrlimit(resource.RLIMIT_NOFILE, (2 * ROUNDS, 2 * ROUNDS))
set_up()
if ON_TWIN:
    setting("tcp_handover", 0)
reset_at_once()
data_at_once()
finish()
