#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug smp
"""Both ends of a connection in one namespace: data goes from one socket to the
other without a segment (tcp_handover.c). Nobody can tell, but by asking ss or by
counting datagrams, and whoever wants to see segments sees them."""
import ctypes
import os
import random
import socket
import struct
import subprocess

from tcp_lib import (SIOCOUTQ, US, Later, asked, at_once, await_arrival,
                     await_equal, await_true, bits, connected, fill, info_word,
                     pending_error, receive_all, set_up)
from twin_lib import (ON_TWIN, counters, finish, left, point, point_is, run_tests,
                      setting, skip)

SOL, TCP = socket.SOL_SOCKET, socket.IPPROTO_TCP
SO_ATTACH_FILTER, SO_TIMESTAMP, SO_MAX_PACING_RATE = 26, 29, 47
TCPI_DATA_SEGS_IN, TCPI_DATA_SEGS_OUT = 0x98, 0x9c
TCPI_RCV_MSS = 0x14
ROUNDS = 50


def pair(options=()):
    client, server = connected(US, US, options)
    client.setsockopt(TCP, socket.TCP_NODELAY, 1)
    return client, server


def talk(client, server, rounds=ROUNDS):
    for i in range(rounds):
        client.sendall(b"q%d" % i)
        asked_for = server.recv(100)
        server.sendall(b"a" + asked_for)
        if client.recv(100) != b"aq%d" % i:
            return False
    return True


def datagrams():
    return counters(left)["IpOutRequests"]


def shown(made):
    """What ss says of a connection."""
    return subprocess.run(["twin", "-n", left, "ss", "-tinO", "sport",
                           "= :%d" % made.getsockname()[1]],
                          check=True, capture_output=True, text=True).stdout


def is_handed_over(client, server):
    """A talk in less than a datagram for ten messages, and ss says so."""
    before = datagrams()
    right = talk(client, server)
    sent = datagrams() - before
    marked = "tcp-ulp-handover" in shown(client)
    if not right or marked != (sent < 2 * ROUNDS / 10):
        return "data %s, %d datagrams, marked %s" % (right, sent, marked)
    return marked


def dialogue():
    """No datagrams; the numbers are those of segments."""
    client, server = pair()
    if ON_TWIN:
        point_is("is handed over", is_handed_over(client, server), True)
    else:
        skip("is handed over", "Twin's")
        talk(client, server)
    for made in client, server:
        for name, offset in (("out", TCPI_DATA_SEGS_OUT),
                             ("in", TCPI_DATA_SEGS_IN)):
            point_is("segments of data " + name, info_word(made, offset), ROUNDS)
        point_is("nothing is under way", asked(made, SIOCOUTQ), 0)
    client.close()
    point_is("the end is told", server.recv(10), b"")
    server.sendall(b"x")
    point_is("and nobody hears the rest",
             await_equal(lambda: pending_error(server), "EPIPE"), "EPIPE")


def watchers():
    """Who looks at segments gets them."""
    if not ON_TWIN:
        skip("watchers", "Twin's")
        return
    accept = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 1 << 20))
    program = struct.pack("HxxxxxxP", 1, ctypes.addressof(accept))
    for name, option, value in (("a filter", SO_ATTACH_FILTER, program),
                                ("times of arrival", SO_TIMESTAMP, 1),
                                ("pacing", SO_MAX_PACING_RATE, 1 << 30)):
        for end in 0, 1:
            ends = pair()
            ends[end].setsockopt(SOL, option, value)
            point_is("%s at end %d" % (name, end), is_handed_over(*ends), False)
    for name, value in ("record", 1), ("tcp_handover", 0):
        setting(name, value)
        ends = pair()
        point_is("net.twin.%s = %d" % (name, value), is_handed_over(*ends), False)
        setting(name, 1 - value)


def both_directions():
    """All that both ends write at once arrives, in pieces of any size."""
    ends = pair()
    data = [os.urandom(3000000), os.urandom(3000000)]

    def write(end):
        chance, at = random.Random(end), 0
        while at < len(data[end]):
            piece = data[end][at:at + chance.choice((1, 100, 1448, 20000, 200000))]
            ends[end].sendall(piece)
            at += len(piece)
        ends[end].shutdown(socket.SHUT_WR)

    work = [Later(function, end) for end in (0, 1)
            for function in (write, lambda end: receive_all(ends[end]))]
    got = [one.outcome() for one in work]
    point("to the one", got[1] == data[1], len(got[1]))
    point("to the other", got[3] == data[0], len(got[3]))


def window():
    """A reader that does not read: the writer waits, and goes on by itself."""
    client, server = pair()
    talk(client, server)
    written = fill(client)
    point("full", "OUT" not in bits(client))
    rest = Later(client.sendall, b"z" * 1000000)
    point("waits", rest.sleeps())
    got = receive_all(server, len(written) + 1000000)
    point("all in order", got == written + b"z" * 1000000, len(got))
    point_is("goes on", rest.outcome(), None)
    point("is as before", talk(client, server))


def cork():
    """What is corked is not handed over either, until it is not."""
    client, server = pair()
    talk(client, server)
    client.setsockopt(TCP, socket.TCP_CORK, 1)
    client.sendall(b"half")
    client.send(b"more", socket.MSG_MORE)
    point("nothing yet", "IN" not in bits(server))
    client.setsockopt(TCP, socket.TCP_CORK, 0)
    point_is("all at once", await_arrival(server, 8), 8)
    point_is("data", server.recv(100), b"halfmore")


def sleepers():
    """Whoever sleeps in recv() or poll() is woken, for enough at last."""
    client, server = pair()
    talk(client, server)
    reader = Later(server.recv, 100)
    point("recv() sleeps", reader.sleeps())
    client.sendall(b"wake")
    point_is("and wakes", reader.outcome(), b"wake")
    server.setsockopt(SOL, socket.SO_RCVLOWAT, 8)
    client.sendall(b"1234")
    point("too little", "IN" not in bits(server))
    client.sendall(b"5678")
    point("enough", await_true(lambda: "IN" in bits(server)))
    point_is("data", server.recv(100), b"12345678")


def urgent():
    """Urgent data goes by segments, and the stream goes on after it."""
    client, server = pair()
    talk(client, server)
    client.send(b"ab!", socket.MSG_OOB)
    point_is("arrives", await_arrival(server, 2), 2)
    point_is("the mark", server.recv(1, socket.MSG_OOB), b"!")
    point_is("before it", server.recv(10), b"ab")
    point("is as before", talk(client, server))


def segment_size():
    """The receiver learns the sender's segment, not the size of a write."""
    client, server = pair(((TCP, socket.TCP_MAXSEG, 1000),))
    talk(client, server)
    client.sendall(bytes(60000))
    point_is("arrives", len(receive_all(server, 60000)), 60000)
    size = info_word(server, TCPI_RCV_MSS)
    point("tcpi_rcv_mss is no more than it", size <= 1000, size)


def to_itself():
    """A socket that is its own other end: both have opened at once."""
    made = US.bound()
    made.connect(made.getsockname())
    made.sendall(b"mirror")
    point_is("hears itself", receive_all(made, 6), b"mirror")


def accepted_at_once(listener):
    with US.socket() as client:
        client.setblocking(True)
        client.connect(listener.getsockname())
        return at_once(listener, listener.accept)


def there_at_once():
    """A program that has come back from connect() to itself finds the connection."""
    for handover in (0, 1) if ON_TWIN else (0,):
        if ON_TWIN:
            setting("tcp_handover", handover)
        with US.listener() as listener:
            found = [accepted_at_once(listener) for _ in range(20)]
        point_is("accept() need not wait", found, ["OK"] * 20)


def crowd():
    """Many at once, both ends of each write and read, and one of them breaks off."""
    def break_off(made, chance):
        made.recv(chance.randrange(1, 100000))
        made.setsockopt(SOL, socket.SO_LINGER, struct.pack("ii", 1, 0))
        made.close()

    def meet(number):
        chance = random.Random(number)
        for _ in range(10):
            ends = pair()
            work = [Later(made.sendall, bytes(chance.randrange(1, 300000)))
                    for made in ends]
            work += [Later(receive_all, ends[0]), Later(break_off, ends[1], chance)]
            if "still waiting" in [one.outcome() for one in work]:
                return False
            ends[0].close()
        return True

    meetings = [Later(meet, number) for number in range(4)]
    point_is("nobody is left waiting", [one.outcome() for one in meetings],
             [True] * 4)


set_up()
run_tests((dialogue, watchers, both_directions, window, cork, sleepers, urgent,
           segment_size, to_itself, there_at_once, crowd))
finish()
