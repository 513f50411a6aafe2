#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""MSG_ZEROCOPY where both ends are on one host: a notice says when the memory may be
used again, whoever reads or does not, and what it holds after that reaches no reader.
A reader of Twin's that waits has it copied straight from there.
Documentation/networking/msg_zerocopy.rst of the kernel."""
import ctypes
import mmap
import os
import select
import socket
import struct

from tcp_lib import (Later, both_ways, connected, receive_all, run_against_peers,
                     set_up)
from twin_lib import AF_OURS, ON_TWIN, PATIENCE, error_of, finish, libc, point, point_is

SO_RCVLOWAT, SO_ZEROCOPY, SO_ATTACH_FILTER = 18, 60, 26
MSG_ERRQUEUE, MSG_ZEROCOPY = 0x2000, 0x4000000
ORIGIN_ZEROCOPY, CODE_COPIED = 5, 1
SIZE = 8192                     # less than the first window: one packet


class Lender:
    """A connection and memory that its client sends by reference."""

    def __init__(self, client_side, server_side):
        self.client, self.server = connected(client_side, server_side)
        self.allow()
        self.memory = mmap.mmap(-1, SIZE)
        self.original = os.urandom(SIZE)
        self.memory[:] = self.original

    def allow(self):
        """On from the start where the kernel knows no such option of Twin's."""
        error_of(self.client.setsockopt, socket.SOL_SOCKET, SO_ZEROCOPY, 1)

    def lend(self):
        with memoryview(self.memory) as view:
            return self.client.send(view, MSG_ZEROCOPY)

    def notice(self):
        """What the socket says once the memory is its owner's again."""
        poller = select.poll()
        poller.register(self.client, 0)
        if not poller.poll(PATIENCE * 1000):
            return "no notice"
        _, messages, _, _ = self.client.recvmsg(1, 200, MSG_ERRQUEUE)
        error, origin, _, code, _, _, _ = struct.unpack_from("=IBBBBII", messages[0][2])
        if (error, origin) != (0, ORIGIN_ZEROCOPY):
            return error, origin
        return "copied" if code & CODE_COPIED else "lent"

    def overwrite(self):
        self.memory[:] = bytes(SIZE)


def lenders(us, peer):
    """(name, a Lender); either side lends."""
    for title, client_side, server_side in both_ways(us, peer):
        yield title, Lender(client_side, server_side)


def waiting_reader(us, peer):
    """One that gets no processor for 20 ms has a copy: some of those get none."""
    for title, client_side, server_side in both_ways(us, peer):
        notices, right = [], True
        for _ in range(10):
            lender = Lender(client_side, server_side)
            reader = Later(receive_all, lender.server, SIZE)
            reader.sleeps()
            lender.lend()
            notices.append(lender.notice())
            lender.overwrite()
            right = right and reader.outcome() == lender.original
        wanted = {"lent"} if server_side.family == AF_OURS and ON_TWIN else {"copied"}
        point("readers that wait: notices (%s)" % title,
              wanted <= set(notices) <= wanted | {"copied"}, notices)
        point("and they have the data (%s)" % title, right)


def check_rest(lender, title, got):
    """The notice comes though nobody reads on; the rest is what it was."""
    point_is("the notice comes all the same (%s)" % title, lender.notice(), "copied")
    lender.overwrite()
    rest = receive_all(lender.server, SIZE - len(got))
    point("what was there before is read (%s)" % title, got + rest == lender.original)


def no_reader(us, peer):
    for title, lender in lenders(us, peer):
        lender.lend()
        check_rest(lender, "nobody reads, " + title, b"")


def small_reader(us, peer):
    for title, lender in lenders(us, peer):
        reader = Later(lender.server.recv, 1000)
        reader.sleeps()
        lender.lend()
        check_rest(lender, "1000 bytes were read, " + title, reader.outcome())


def peeking_reader(us, peer):
    for title, lender in lenders(us, peer):
        reader = Later(lender.server.recv, SIZE,
                       socket.MSG_PEEK | socket.MSG_WAITALL)
        reader.sleeps()
        lender.lend()
        seen = reader.outcome()
        lender.overwrite()      # too early, but who has looked finds the same
        point("who peeks sees it (%s)" % title, seen == lender.original)
        check_rest(lender, "after MSG_PEEK, " + title, b"")


def frugal_reader(us, peer):
    """SO_RCVLOWAT: one that waits for more is not told."""
    for title, lender in lenders(us, peer):
        lender.server.setsockopt(socket.SOL_SOCKET, SO_RCVLOWAT, SIZE + 1)
        reader = Later(lender.server.recv, 2 * SIZE)
        reader.sleeps()
        lender.lend()
        point_is("too little to wake: notice (%s)" % title, lender.notice(), "copied")
        lender.overwrite()
        lender.client.send(b"!")
        point("all at once, as it was (%s)" % title,
              reader.outcome() == lender.original + b"!")


def filtered_reader(us, peer):
    """A filter has seen what the reader reads."""
    accept = ctypes.create_string_buffer(struct.pack("=HBBI", 0x06, 0, 0, 0xffffffff))
    program = struct.pack("@HP", 1, ctypes.addressof(accept))
    for title, lender in lenders(us, peer):
        lender.server.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
        reader = Later(receive_all, lender.server, SIZE)
        reader.sleeps()
        lender.lend()
        point_is("behind a filter: notice (%s)" % title, lender.notice(), "copied")
        point("and the data (%s)" % title, reader.outcome() == lender.original)


def pipe_as_reader(us, peer):
    """splice() to a pipe: what waits there is not the sender's memory."""
    for title, lender in lenders(us, peer):
        end, begin = os.pipe()
        reader = Later(os.splice, lender.server.fileno(), begin, SIZE)
        reader.sleeps()
        lender.lend()
        moved = reader.outcome()
        point_is("spliced: notice (%s)" % title, lender.notice(), "copied")
        lender.overwrite()
        point("the pipe holds what was sent (%s)" % title,
              moved and os.read(end, SIZE) == lender.original[:moved], moved)


def child_of_a_reader(us, peer):
    """A socket that was lent something, and at once becomes a listener."""
    for title, client_side, server_side in both_ways(us, peer):
        lender = Lender(client_side, server_side)
        reader = Later(lender.server.recv, 1000)
        reader.sleeps()
        lender.lend()
        reader.outcome()
        again = lender.server
        nowhere = ctypes.create_string_buffer(16)       # AF_UNSPEC: disconnect
        libc.connect(again.fileno(), nowhere, 16)
        again.listen(1)
        lender.client = client_side.socket()
        lender.allow()
        lender.client.connect((server_side.address, again.getsockname()[1]))
        lender.server = again.accept()[0]
        reader = Later(lender.server.recv, 1000)
        reader.sleeps()
        lender.lend()
        check_rest(lender, "by its child, " + title, reader.outcome())


def reader_that_ends(us, peer):
    """close() gives back what was lent."""
    for title, lender in lenders(us, peer):
        reader = Later(lender.server.recv, 1)
        reader.sleeps()
        lender.lend()
        reader.outcome()
        lender.server.close()
        point("the other end is closed: notice (%s)" % title,
              lender.notice() in ("lent", "copied"))


set_up()
run_against_peers(waiting_reader, no_reader, small_reader, peeking_reader,
                  frugal_reader, filtered_reader, pipe_as_reader, child_of_a_reader,
                  reader_that_ends)
finish()
