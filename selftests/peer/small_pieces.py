#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""A peer that sends little in each segment, to a reader who is slow: the receive
buffer fills with what surrounds the data, which is packed (RFC 9293 3.8.6).

Each piece brings one byte and repeats what is in front of it, so that none can simply
be put behind the one before.
"""
import struct
import time

from scripted import *

SO_TIMESTAMPNS = 35


def pieces(c, count, size=2):
    """So many, of that size but for the first."""
    for end in range(c.next + 1, c.next + 1 + count):
        length = min(size, end - 1)
        c.inject("ACK seq=%d len=%d" % (end - length, length))
        if not end % 50:
            c.everything()
    c.everything()


def packed(before):
    return bench().counters()["TcpExtTCPRcvCollapsed"] - before


def slow_reader(size):
    """All bytes come out in their order, and none is copied over and over again."""
    count = 2000
    with passive(rcvbuf=30000) as c:
        before = packed(0)
        pieces(c, count, size)
        assert 100 < packed(before) < 2 * count, packed(before)
        c.recv(count)


def test_of_two():
    """Pieces of two bytes, which overlap by one."""
    slow_reader(2)


def test_of_many():
    """Pieces of a thousand bytes, which overlap by all but one."""
    slow_reader(1000)


def test_of_one():
    """What does not overlap comes out in its order, too."""
    with passive(rcvbuf=30000) as c:
        pieces(c, 2000, 1)
        c.recv(2000)


@differs_on_inet("forgets the time of what it packs")
def test_stamped():
    """SO_TIMESTAMPNS: who reads what was packed is told when the newest of it came."""
    with passive(rcvbuf=30000) as c:
        c.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        before, began = packed(0), time.time()
        while packed(before) < 100:
            pieces(c, 50)
        data, control, _, _ = c.sock.recvmsg(20, 512)
        assert data == row(0, 20), data
        assert [kind for _, kind, _ in control] == [SO_TIMESTAMPNS], control
        seconds, nanoseconds = struct.unpack("qq", control[0][2])
        assert began - 0.01 <= seconds + nanoseconds / 1e9 <= time.time() + 0.01


main()
