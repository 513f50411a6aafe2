#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
"""Reading and writing streams: the calls, their flags, waiting and errors.
RFC 9293 3.9.1, tcp(7), send(2), recv(2)."""
import ctypes
import os
import select
import signal
import socket
import struct
import time

from tcp_lib import (FIONREAD, SIOCATMARK, SIOCOUTQ, SIOCOUTQNSD, Later,
                     asked, at_once, await_acked, await_arrival, await_bits,
                     await_equal, await_true, both_ways, call, connected,
                     fill, in_child, outcome_of, pending_error, receive_all,
                     run_against_peers, set_up)
from twin_lib import finish, libc, point, point_is

SO_RCVLOWAT, MSG_MORE, MSG_ERRQUEUE = 18, 0x8000, 0x2000
NOWHERE = ctypes.c_void_p(1)


def calls(us, peer):
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        point_is("write and read (%s)" % title,
                 (os.write(client.fileno(), b"by write"),
                  os.read(server.fileno(), 100)), (8, b"by write"))
        client.sendmsg([b"one ", b"", b"two ", b"three"])
        await_arrival(server, 13)
        buffers = [bytearray(3), bytearray(7), bytearray(9)]
        count, _, flags, sender = server.recvmsg_into(buffers)
        point_is("sendmsg gathers and recvmsg scatters (%s)" % title,
                 (count, b"".join(buffers)[:13], flags),
                 (13, b"one two three", 0))
        point_is("a stream's data has no address (%s)" % title, sender, None)
        os.writev(server.fileno(), [b"a", b"bc", b"def"])
        await_arrival(client, 6)
        halves = [bytearray(2), bytearray(4)]
        os.readv(client.fileno(), halves)
        point_is("writev and readv (%s)" % title, halves, [b"ab", b"cdef"])
        point_is("sendto's address is ignored (%s)" % title,
                 (client.sendto(b"to", ("192.0.2.1", 9)), server.recv(9)),
                 (2, b"to"))
        point_is("nothing written is nothing (%s)" % title,
                 (client.send(b""), os.write(client.fileno(), b""),
                  at_once(server, server.recv, 1)), (0, 0, "EAGAIN"))
        client.send(b"x")
        await_arrival(server, 1)
        point_is("nothing read is nothing (%s)" % title,
                 (server.recv(0), server.recv(1)), (b"", b"x"))


def no_boundaries(us, peer):
    """S8: a row of bytes."""
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        for word in (b"a ", b"row ", b"of ", b"bytes"):
            client.send(word)
        await_arrival(server, 14)
        point_is("S8: what was written apart is read in one (%s)" % title,
                 server.recv(100), b"a row of bytes")
        client.send(b"0123456789")
        await_arrival(server, 10)
        point_is("S8: what was written in one is read apart (%s)" % title,
                 [server.recv(4) for _ in range(3)],
                 [b"0123", b"4567", b"89"])
        data = os.urandom(200000)
        writer = Later(client.sendall, data)
        point("S8: a long row arrives as it is (%s)" % title,
              receive_all(server, len(data)) == data)
        writer.outcome()


def flags(us, peer):
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        point_is("MSG_DONTWAIT does not wait (%s)" % title,
                 outcome_of(server.recv, 1, socket.MSG_DONTWAIT), "EAGAIN")
        client.send(b"abcdef")
        await_arrival(server, 6)
        point_is("MSG_PEEK leaves the data (%s)" % title,
                 [server.recv(4, socket.MSG_PEEK) for _ in range(2)] +
                 [server.recv(100)], [b"abcd", b"abcd", b"abcdef"])
        waiting = Later(server.recv, 10, socket.MSG_WAITALL)
        client.send(b"01234")
        waiting.sleeps()
        client.send(b"56789more")
        point_is("MSG_WAITALL waits for all (%s)" % title, waiting.outcome(),
                 b"0123456789")
        point_is("and takes no more (%s)" % title, server.recv(100), b"more")
        waiting = Later(server.recv, 10, socket.MSG_WAITALL | socket.MSG_PEEK)
        client.send(b"01234")
        waiting.sleeps()
        client.send(b"56789more")
        point_is("also with MSG_PEEK (%s)" % title,
                 (waiting.outcome(), receive_all(server, 14)),
                 (b"0123456789", b"0123456789more"))
        waiting = Later(server.recv, 10, socket.MSG_WAITALL)
        client.send(b"end")
        client.shutdown(socket.SHUT_WR)
        point_is("S19: MSG_WAITALL gives what there is at the end (%s)" % title,
                 waiting.outcome(), b"end")
        client.close()
        server.close()


def truncation(us, peer):
    client, server = connected(peer, us)
    client.send(b"thrown away, kept")
    await_arrival(server, 17)
    point_is("MSG_TRUNC throws away without copying",
             (call(libc.recv, server.fileno(), None, 13, socket.MSG_TRUNC),
              server.recv(100)), (13, b"kept"))
    client.send(b"x" * 50)
    await_arrival(server, 50)
    point_is("no more than there is",
             (call(libc.recv, server.fileno(), None, 1000, socket.MSG_TRUNC),
              at_once(server, server.recv, 1)), (50, "EAGAIN"))
    point_is("the error queue is empty", outcome_of(
        server.recv, 10, MSG_ERRQUEUE), "EAGAIN")
    point_is("there is no urgent data",
             outcome_of(server.recv, 1, socket.MSG_OOB), "EINVAL")


def bad_pointers(us, peer):
    client, server = connected(us, peer)
    fd = client.fileno()
    point_is("a write from nowhere is EFAULT",
             call(libc.send, fd, NOWHERE, 100, 0), "EFAULT")
    server.send(b"kept")
    await_arrival(client, 4)
    point_is("a read to nowhere is EFAULT",
             call(libc.recv, fd, NOWHERE, 100, 0), "EFAULT")
    point_is("and loses nothing", client.recv(100), b"kept")
    client.send(b"works")
    point_is("both ways", server.recv(100), b"works")


def unconnected(us, _peer):
    fresh = us.socket()
    point_is("a fresh socket cannot be read", outcome_of(fresh.recv, 1),
             "ENOTCONN")
    point_is("nor written",
             outcome_of(fresh.send, b"x", socket.MSG_NOSIGNAL), "EPIPE")
    point_is("nor shut down", outcome_of(fresh.shutdown, 2), "ENOTCONN")
    point_is("nor is a socket that is only bound",
             outcome_of(us.bound().recv, 1), "ENOTCONN")


def time_limits(us, peer):
    client, server = connected(us, peer)
    limit = struct.pack("ll", 0, 300000)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    before = time.monotonic()
    point_is("SO_RCVTIMEO ends a read", outcome_of(client.recv, 1), "EAGAIN")
    point("not before its time", time.monotonic() - before >= 0.28)
    server.send(b"part")
    point_is("MSG_WAITALL gives what there is when time is up",
             client.recv(10, socket.MSG_WAITALL), b"part")
    said = "OK"
    while said == "OK":
        before = time.monotonic()
        said = outcome_of(client.send, b"x" * 100000)
    point_is("SO_SNDTIMEO ends a write", said, "EAGAIN")
    point("not before its time", time.monotonic() - before >= 0.28)


def waiting_reader(us, peer):
    client, server = connected(peer, us)
    reader = Later(server.recv, 100)
    reader.sleeps()
    client.send(b"wake up")
    point_is("a blocked read wakes for data", reader.outcome(), b"wake up")
    reader = Later(server.recv, 100)
    reader.sleeps()
    client.shutdown(socket.SHUT_WR)
    point_is("S19: and for the end of data", reader.outcome(), b"")
    client, server = connected(peer, us)
    reader = Later(server.recv, 100)
    reader.sleeps()
    server.shutdown(socket.SHUT_RD)
    point_is("and for its own shutdown", reader.outcome(), b"")
    client, server = connected(peer, us)
    readers = [Later(server.recv, 1) for _ in range(3)]
    for one in readers:
        one.sleeps()
    client.send(b"abc")
    point_is("three readers get a byte each",
             sorted(one.outcome() for one in readers), [b"a", b"b", b"c"])

    def interrupted():
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.siginterrupt(signal.SIGALRM, True)
        signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            server.setsockopt(socket.SOL_SOCKET, option, bytes(16))
        data = ctypes.create_string_buffer(10)
        return call(libc.recv, server.fileno(), data, 10, 0) != "EINTR"

    point_is("a signal interrupts a read", in_child(interrupted), 0)


def waiting_writer(us, peer):
    """S17: a sender waits for room and goes on."""
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        written = fill(client)
        point_is("S17: a full socket is not writable (%s)" % title,
                 select.select([], [client], [], 0)[1], [])
        point_is("MSG_DONTWAIT says so (%s)" % title,
                 outcome_of(client.send, b"x", socket.MSG_DONTWAIT), "EAGAIN")
        writer = Later(client.sendall, b"last words")
        writer.sleeps()
        point("S17: room lets a blocked write go on, nothing is lost (%s)"
              % title, receive_all(server, len(written) + 10) ==
              written + b"last words")
        point_is("and the writer returns (%s)" % title, writer.outcome(), None)
        point_is("S17: the socket is writable again (%s)" % title,
                 select.select([], [client], [], 60)[1], [client])


def ended_writer(us, peer):
    client, server = connected(us, peer)
    writer = Later(client.sendall, b"x" * 20000000)
    writer.sleeps()
    client.shutdown(socket.SHUT_WR)
    point_is("shutdown ends a blocked write", writer.outcome(), "EPIPE")
    client, server = connected(us, peer)
    writer = Later(client.sendall, b"x" * 20000000)
    writer.sleeps()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                      struct.pack("ii", 1, 0))
    server.close()
    point_is("a reset ends a blocked write", writer.outcome(), "ECONNRESET")


def amounts(us, peer):
    client, server = connected(us, peer)
    server.send(b"x" * 3000)
    point_is("FIONREAD says how much can be read", await_arrival(client, 3000),
             3000)
    client.recv(1000)
    point_is("and what is left", asked(client, FIONREAD), 2000)
    point_is("SIOCATMARK is not at urgent data", asked(client, SIOCATMARK), 0)
    client.send(b"x" * 1000)
    point_is("SIOCOUTQ says when all is acknowledged", await_acked(client), 0)
    written = len(fill(client))
    await_equal(lambda: asked(client, SIOCOUTQ) ==
                asked(client, SIOCOUTQNSD) != 0, True)
    queued, unsent = asked(client, SIOCOUTQ), asked(client, SIOCOUTQNSD)
    point("SIOCOUTQ and SIOCOUTQNSD say what waits at a closed window",
          0 < unsent <= queued < written, (written, queued, unsent))
    server.shutdown(socket.SHUT_WR)
    point_is("the end of data is not counted", await_bits(
        client, "IN RDNORM RDHUP") and asked(client, FIONREAD), 2000)
    listener = us.listener()
    point_is("a listener has no amounts",
             [outcome_of(asked, listener, request)
              for request in (FIONREAD, SIOCOUTQ, SIOCOUTQNSD)],
             ["EINVAL"] * 3)
    point_is("a fresh socket has none",
             [asked(us.socket(), request)
              for request in (FIONREAD, SIOCOUTQ, SIOCOUTQNSD)], [0, 0, 0])


def low_water(us, peer):
    client, server = connected(peer, us)
    server.setsockopt(socket.SOL_SOCKET, SO_RCVLOWAT, 10)
    client.send(b"12345")
    await_arrival(server, 5)
    point_is("SO_RCVLOWAT: less is not worth waking for",
             select.select([server], [], [], 0)[0], [])
    client.send(b"67890")
    point_is("enough is", (select.select([server], [], [], 60)[0],
                           server.recv(100)), ([server], b"1234567890"))
    reader = Later(server.recv, 100)
    reader.sleeps()
    client.send(b"12345")
    await_arrival(server, 5)
    client.send(b"67890")
    point_is("a read waits for so much", reader.outcome(), b"1234567890")
    client.send(b"abc")
    await_arrival(server, 3)
    server.setsockopt(socket.SOL_SOCKET, SO_RCVLOWAT, 1)
    point_is("and gets less when it is lowered", server.recv(10), b"abc")
    server.setsockopt(socket.SOL_SOCKET, SO_RCVLOWAT, 10)
    client.send(b"end")
    client.shutdown(socket.SHUT_WR)
    point_is("the end of data wakes all the same",
             (select.select([server], [], [], 60)[0], server.recv(100)),
             ([server], b"end"))


def shared_descriptors(us, peer):
    client, server = connected(us, peer)
    copy = os.dup(client.fileno())
    client.close()
    os.write(copy, b"from the copy")
    point_is("a copy of a descriptor works on", server.recv(100),
             b"from the copy")
    point_is("the connection stays", at_once(server, server.recv, 1), "EAGAIN")
    os.close(copy)
    point_is("S19: until the last one is closed", server.recv(100), b"")
    client, server = connected(us, peer)
    going, waiting = os.pipe()
    pid = os.fork()
    if not pid:
        os.read(going, 1)
        client.send(b"from the child")
        os._exit(0)
    client.close()
    os.write(waiting, b"x")
    point_is("a child has its parent's sockets", server.recv(100),
             b"from the child")
    point_is("S19: which its end closes", server.recv(100), b"")
    os.waitpid(pid, 0)
    client, server = connected(us, peer)
    here, there = socket.socketpair()
    socket.send_fds(here, [b"x"], [client.fileno()])
    client.close()
    received = socket.recv_fds(there, 1, 1)[1][0]
    os.write(received, b"passed on")
    point_is("SCM_RIGHTS passes a connection on", server.recv(100),
             b"passed on")
    os.close(received)


def many_at_once(us, peer):
    """Writers and readers of one socket in several threads."""
    client, server = connected(us, peer)
    writers = [Later(client.sendall, bytes([number]) * 100000)
               for number in range(4)]
    data = receive_all(server, 400000)
    point_is("four writers lose nothing",
             [data.count(bytes([number])) for number in range(4)],
             [100000] * 4)
    point_is("and all return", [one.outcome() for one in writers], [None] * 4)
    point_is("no error is left", pending_error(client), "OK")
    point("the queue drains", await_true(lambda: asked(client, SIOCOUTQ) == 0))


set_up()
run_against_peers(
    calls, no_boundaries, flags, truncation, bad_pointers, unconnected,
    time_limits, waiting_reader, waiting_writer, ended_writer, amounts,
    low_water, shared_descriptors, many_at_once)
finish()
