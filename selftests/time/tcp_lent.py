#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
"""MSG_ZEROCOPY to a reader on the same host that looks at one byte: all memory is its
owner's again after 40 ms, however many packets it is in."""
import mmap
import os
import select
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clock import HZ, now  # noqa: E402
from tcp_lib import ANOTHER, US, Later, connected, receive_all, set_up  # noqa: E402
from twin_lib import finish, point  # noqa: E402

SO_ZEROCOPY = 60
MSG_ERRQUEUE, MSG_ZEROCOPY = 0x2000, 0x4000000
SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33
MUCH = 1 << 23              # opens the congestion window, so that all go at once
BUFFERS = [(socket.SOL_SOCKET, option, MUCH) for option in (SO_SNDBUFFORCE, SO_RCVBUFFORCE)]


def notices(client, count):
    """How many packets came back, each with its jiffy."""
    poller = select.poll()
    poller.register(client, 0)
    when = []
    while len(when) < count and poller.poll(5000):
        _, messages, _, _ = client.recvmsg(1, 200, MSG_ERRQUEUE)
        _, _, _, _, _, first, last = struct.unpack_from("=IBBBBII", messages[0][2])
        when += [now()] * (last - first + 1)
    return when


def ready():
    client, server = connected(US, ANOTHER, BUFFERS, BUFFERS)
    client.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = Later(receive_all, server, MUCH)
    client.sendall(bytes(MUCH))
    reader.outcome()
    return client, server


def packets(count, size):
    """Many of them; or more than is copied at a time, a megabyte."""
    client, server = ready()
    memory = mmap.mmap(-1, count * size)
    memory[:] = original = os.urandom(count * size)
    reader = Later(server.recv, 1)
    reader.sleeps()
    begin = now()
    with memoryview(memory) as view:
        for at in range(0, len(view), size):
            client.send(view[at:at + size], MSG_ZEROCOPY)
    sent = now()
    when = notices(client, count)
    point("they are sent at once", sent == begin, (begin, sent))
    point("each has a notice, some after a while",
          len(when) == count and max(when) > sent, (sent, when))
    # two periods of 20 ms, and the first may begin within a jiffy
    point("the last after 40 ms", max(when) - sent <= HZ // 25 + 1, (sent, when))
    memory[:] = bytes(len(memory))
    got = reader.outcome() + receive_all(server, len(original) - 1)
    point("the reader has what was sent", got == original, len(got))


set_up()
packets(100, 1400)
packets(50, 60000)
finish()
