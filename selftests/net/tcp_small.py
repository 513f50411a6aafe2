#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Small messages, written while nothing is under way and read whole: whatever is
unusual about one of them, it is what it would be in a longer stream."""
import ctypes
import mmap
import os
import socket

from tcp_lib import (Later, await_acked, await_arrival, both_ways, call, connected,
                     outcome_of, receive_all, run_against_peers, set_up)
from twin_lib import ancillary, error_of, finish, libc, point, point_is

PAGE = mmap.PAGESIZE
SOL, TCP = socket.SOL_SOCKET, socket.IPPROTO_TCP
SO_RCVLOWAT, SO_PEEK_OFF, TCP_CORK, TCP_INQ = 18, 42, 3, 36
MSG_MORE = 0x8000


class Border:
    """Two pages, of which the program has no right to the second."""

    def __init__(self):
        self.memory = mmap.mmap(-1, 2 * PAGE)
        self.start = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        self.memory[:PAGE] = b"w" * PAGE
        libc.mprotect(ctypes.c_void_p(self.start + PAGE), ctypes.c_size_t(PAGE), 0)

    def before(self, count):
        """A pointer with so many bytes up to the border."""
        return ctypes.c_void_p(self.start + PAGE - count)


def connections(us, peer):
    for title, client_side, server_side in both_ways(us, peer):
        yield title, *connected(client_side, server_side)


def sizes(us, peer):
    """Up to a segment, and just more; a page's end is somewhere within."""
    for title, client, server in connections(us, peer):
        right = True
        for size in [1, 2, 33, 100, 511, 1000, 1447, 1448, 1449, 3000, 4096] * 3:
            data = os.urandom(size)
            client.send(data)
            right = right and receive_all(server, size) == data
            server.send(data[::-1])
            right = right and receive_all(client, size) == data[::-1]
        point("requests and responses of all sizes (%s)" % title, right)


def partly(us, peer):
    for title, client, server in connections(us, peer):
        client.send(b"0123456789")
        await_arrival(server, 10)
        point_is("a message is read in parts (%s)" % title,
                 [server.recv(4), server.recv(4), server.recv(4)],
                 [b"0123", b"4567", b"89"])
        client.setsockopt(TCP, socket.TCP_NODELAY, 1)   # two segments, and two skbs
        client.send(b"one,")
        client.send(b"two")
        await_arrival(server, 7)
        point_is("two messages are read at once (%s)" % title, server.recv(100),
                 b"one,two")
        client.sendmsg([b"of ", b"", b"three ", b"pieces"])
        await_arrival(server, 15)
        first, second = bytearray(4), bytearray(40)
        count, _, _, _ = server.recvmsg_into([first, second])
        point_is("pieces into pieces (%s)" % title,
                 (count, bytes(first + second[:11])), (15, b"of three pieces"))
        client.send(b"the last")
        client.shutdown(socket.SHUT_WR)
        point_is("a message, then the end (%s)" % title,
                 (server.recv(100), server.recv(100)), (b"the last", b""))
        point_is("nothing more is sent (%s)" % title,
                 outcome_of(client.send, b"x", socket.MSG_NOSIGNAL), "EPIPE")


def waiting_for_more(us, peer):
    for title, client, server in connections(us, peer):
        server.setsockopt(SOL, SO_RCVLOWAT, 8)
        client.send(b"1234")
        await_arrival(server, 4)
        reader = Later(server.recv, 100)
        reader.sleeps()
        client.send(b"56789012")
        point_is("SO_RCVLOWAT (%s)" % title, reader.outcome(), b"123456789012")
        server.setsockopt(SOL, SO_RCVLOWAT, 1)
        client.setsockopt(TCP, TCP_CORK, 1)
        client.send(b"under ")
        client.send(b"the ")
        reader = Later(server.recv, 100)
        reader.sleeps()
        client.send(b"cork")
        client.setsockopt(TCP, TCP_CORK, 0)
        point_is("TCP_CORK keeps messages (%s)" % title, reader.outcome(),
                 b"under the cork")
        await_acked(client)     # an ACK that comes would let it go
        client.send(b"more ", MSG_MORE)
        reader = Later(server.recv, 100)
        reader.sleeps()
        client.send(b"came")
        point_is("so does MSG_MORE (%s)" % title, reader.outcome(), b"more came")


def memory(us, peer):
    """What is not there yet is fetched; what is not the program's is no memory."""
    border = Border()
    for title, client, server in connections(us, peer):
        client.send(b"fresh page")
        await_arrival(server, 10)
        with mmap.mmap(-1, PAGE) as fresh:
            count = server.recv_into(fresh)
            point_is("a page that was not there (%s)" % title, fresh[:count],
                     b"fresh page")
        client.send(b"across the border")
        await_arrival(server, 17)
        point_is("a read across the border (%s)" % title,
                 call(libc.recv, server.fileno(), border.before(6), 100, 0), "EFAULT")
        point_is("has lost nothing (%s)" % title, server.recv(100),
                 b"across the border")
        point_is("a write across the border (%s)" % title,
                 call(libc.send, client.fileno(), border.before(6), 100, 0), "EFAULT")
        client.send(b"next")
        point_is("has sent nothing (%s)" % title, server.recv(100), b"next")


def wishes(us, peer):
    """What a reader may want to know besides."""
    for title, client, server in connections(us, peer):
        peeks = not error_of(server.setsockopt, SOL, SO_PEEK_OFF, 2)
        client.send(b"ab")
        await_arrival(server, 2)
        server.recv(100)
        client.send(b"cdef")
        await_arrival(server, 4)
        if peeks:   # AF_INET has it since 6.9
            point_is("a read moves SO_PEEK_OFF (%s)" % title,
                     server.recv(3, socket.MSG_PEEK), b"cde")
        point_is("all of it is read (%s)" % title, server.recv(100), b"cdef")
        server.setsockopt(TCP, TCP_INQ, 1)
        client.send(b"left")
        await_arrival(server, 4)
        _, messages, _, _ = server.recvmsg(100, 200)
        point_is("TCP_INQ (%s)" % title, ancillary(messages, TCP, TCP_INQ), bytes(4))


set_up()
run_against_peers(sizes, partly, waiting_for_more, memory, wishes)
finish()
