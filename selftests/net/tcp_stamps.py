#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What a stream tells of its segments: when they came, were sent and
acknowledged (SO_TIMESTAMP, SO_TIMESTAMPING), and the SYN's own headers
(TCP_SAVE_SYN). socket(7), tcp(7)."""
import ctypes
import os
import re
import select
import socket
import struct
import time

from tcp_lib import (TCPI_TOTAL_RETRANS, Later, await_acked, await_arrival,
                     await_true, both_ways, connected, info_word, outcome_of,
                     receive_all, run_against_peers, set_up)
from twin_lib import ancillary, enter, finish, make, point, point_is

SOL, TCP, IP = socket.SOL_SOCKET, socket.IPPROTO_TCP, socket.IPPROTO_IP
SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING = 29, 35, 37
SO_ATTACH_FILTER = 26
TCP_SAVE_SYN, TCP_SAVED_SYN, IP_RECVERR, MSG_ERRQUEUE = 27, 28, 11, 0x2000
TX_SOFTWARE, RX_SOFTWARE, SOFTWARE = 1 << 1, 1 << 3, 1 << 4
OPT_ID, TX_SCHED, TX_ACK, TSONLY = 1 << 7, 1 << 8, 1 << 9, 1 << 11
REPORT = SOFTWARE | OPT_ID | TSONLY
SND, SCHED, ACK = 0, 1, 2
ORIGIN_TIMESTAMPING = 4


def await_clock(client, server, option):
    """The kernel begins to stamp what comes a little after the first asks."""
    def stamped():
        client.sendall(b"x")
        await_arrival(server, 1)
        return ancillary(server.recvmsg(1, 256)[1], SOL, option)

    await_true(stamped)


KEPT = []


def keep_clock():
    """From now on somebody always wants the time of what comes: the kernel stops to
    take it when nobody does, later than it is told to, and so perhaps after the next
    one who asks has had his first."""
    KEPT.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    KEPT[-1].setsockopt(SOL, SO_TIMESTAMP, 1)


def received(us, peer):
    """The time of arrival of what is read."""
    keep_clock()
    for name, option, scale in (("SO_TIMESTAMP", SO_TIMESTAMP, 1e6),
                                ("SO_TIMESTAMPNS", SO_TIMESTAMPNS, 1e9)):
        client, server = connected(peer, us)
        server.setsockopt(SOL, option, 1)
        await_clock(client, server, option)
        begin = time.time()
        client.sendall(b"x" * 100)
        await_arrival(server, 100)
        end = time.time()
        data, messages, _, _ = server.recvmsg(60, 256)
        told = ancillary(messages, SOL, option)
        when = struct.unpack("ll", told) if told else (0, 0)
        point("%s" % name, len(data) == 60 and
              begin - 0.01 <= when[0] + when[1] / scale <= end + 0.01,
              (begin, when, end))
    server.setsockopt(SOL, SO_TIMESTAMPNS, 0)
    data, messages, _, _ = server.recvmsg(100, 256)
    point_is("off again", (len(data), messages), (40, []))
    server.setsockopt(SOL, SO_TIMESTAMPING, RX_SOFTWARE | SOFTWARE)
    await_clock(client, server, SO_TIMESTAMPING)
    client.sendall(b"x" * 100)
    await_arrival(server, 100)
    data, messages, _, _ = server.recvmsg(100, 256)
    told = ancillary(messages, SOL, SO_TIMESTAMPING)
    point("SO_TIMESTAMPING of what comes", told and any(told[:16]), messages)


def reports(made, count):
    """So many (kind, number) of the error queue, sorted."""
    found = []

    def more():
        try:
            _, messages, _, _ = made.recvmsg(100, 512, MSG_ERRQUEUE)
        except BlockingIOError:
            return False
        error = struct.unpack("IBBBBII", ancillary(messages, IP, IP_RECVERR)[:16])
        if error[1] == ORIGIN_TIMESTAMPING and \
                any(ancillary(messages, SOL, SO_TIMESTAMPING)[:16]):
            found.append((error[5], error[6]))
        return len(found) >= count

    await_true(more)
    return sorted(found)


def sent(us, peer):
    """Each write is stamped at its last byte, which has a number."""
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        made, other = (client, server) if client_side is us else (server, client)
        made.setsockopt(SOL, SO_TIMESTAMPING,
                        TX_SOFTWARE | TX_SCHED | TX_ACK | REPORT)
        made.sendall(b"x" * 100)
        await_acked(made)
        made.sendall(b"x" * 50)
        receive_all(other, 150)
        await_acked(made)
        point_is("sent, queued, acknowledged (%s)" % title, reports(made, 6),
                 sorted((kind, number) for kind in (SND, SCHED, ACK)
                        for number in (99, 149)))
        made.setsockopt(SOL, SO_TIMESTAMPING, TX_ACK | REPORT)
        reader = Later(receive_all, other, 1000000)
        made.sendall(os.urandom(1000000))
        reader.outcome()
        await_acked(made)
        point_is("the end of a long write is acknowledged (%s)" % title,
                 reports(made, 1)[-1:], [(ACK, 1000149)])


def kept(us, _peer):
    """What IP_RECVERR has queued goes with it; stamps stay where they do on AF_INET."""
    left_over = []
    enter(us.namespace)
    for family in (socket.AF_INET, us.family):
        with make(family, socket.SOCK_DGRAM, 0) as made:
            made.bind(("127.0.0.1", 0))
            made.setblocking(False)
            made.setsockopt(SOL, SO_TIMESTAMPING, TX_SOFTWARE | TX_SCHED | REPORT)
            made.sendto(b"x", made.getsockname())
            await_true(lambda: select.select([made], [], [made], 0)[0])
            for on in 1, 0:
                made.setsockopt(IP, IP_RECVERR, on)
            left_over.append(outcome_of(made.recvmsg, 10, 512, MSG_ERRQUEUE))
    point_is("IP_RECVERR off again: stamps are kept, or not", left_over[1], left_over[0])


class Tracer:
    """An event of Twin's, in a tracer's instance of our own."""

    def __init__(self, event):
        self.place = "/sys/kernel/tracing/instances/stamps-%d" % os.getpid()
        self.switch = "%s/events/twin/%s/enable" % (self.place, event)

    def __enter__(self):
        os.mkdir(self.place)
        with open(self.switch, "w", encoding="ascii") as switch:
            switch.write("1")
        return self

    def __exit__(self, *_):
        os.rmdir(self.place)

    def read(self):
        with open(self.place + "/trace", encoding="utf-8") as trace:
            return trace.read()


def inside_again(us, _peer):
    """Segments that never leave the stack, sent again: a third of them is
    dropped by the reader's own filter, whatever their place in the queue."""
    client, server = connected(us, us)
    drop = b"".join(struct.pack("HBBI", *one) for one in (
        (0x20, 0, 0, 0xfffff038),            # ld random
        (0x35, 0, 1, 0xaaaaaaaa),            # jge: the next, or the last
        (0x06, 0, 0, 0), (0x06, 0, 0, 0xffff)))
    kept = ctypes.create_string_buffer(drop)
    server.setsockopt(SOL, SO_ATTACH_FILTER,
                      struct.pack("HxxxxxxP", 4, ctypes.addressof(kept)))
    client.setsockopt(SOL, SO_TIMESTAMPING, TX_SOFTWARE | REPORT)
    client.setsockopt(TCP, socket.TCP_NODELAY, 1)
    reader = Later(receive_all, server, 200 * 500)
    with Tracer("twin_ip_tx") as tracer:
        for _ in range(200):
            client.sendall(b"x" * 500)
        reader.outcome()
        await_acked(client)
        sent = re.findall(r"ifindex=(-?[0-9]+)", tracer.read())
    point("all arrives, some of it sent again",
          info_word(client, TCPI_TOTAL_RETRANS) > 0)
    point_is("and no segment claims to be on a device", set(sent), {"0"})


def received_inside(us, _peer):
    """The time of arrival, not of reading, of what never leaves the host."""
    keep_clock()
    client, server = connected(us, us)
    server.setsockopt(SOL, SO_TIMESTAMPNS, 1)
    await_clock(client, server, SO_TIMESTAMPNS)
    begin = time.time()
    client.sendall(b"x")
    await_arrival(server, 1)
    end = time.time()
    while time.time() < end + 0.05:
        pass
    told = ancillary(server.recvmsg(1, 256)[1], SOL, SO_TIMESTAMPNS)
    when = struct.unpack("ll", told) if told else (0, 0)
    point("the time of what stays inside", begin - 0.01 <= when[0] + when[1] / 1e9 <=
          end + 0.01, (begin, when, end))


def one_write(us, peer):
    """Ancillary data asks for stamps of one write only."""
    client, server = connected(us, peer)
    client.setsockopt(SOL, SO_TIMESTAMPING, REPORT)
    client.sendall(b"x" * 10)
    await_acked(client)
    client.sendmsg([b"x" * 10], [(SOL, SO_TIMESTAMPING,
                                  struct.pack("I", TX_ACK))])
    client.sendall(b"x" * 10)
    receive_all(server, 30)
    await_acked(client)
    point_is("stamps of one write", reports(client, 1), [(ACK, 19)])
    client.setblocking(False)
    point_is("and no others", outcome_of(client.recvmsg, 1, 1, MSG_ERRQUEUE),
             "EAGAIN")
    client.setblocking(True)
    point_is("ancillary data that is wrong",
             outcome_of(client.sendmsg, [b"x"], [(SOL, SO_TIMESTAMPING, b"x")]),
             "EINVAL")


def saved_syn(us, peer):
    """The headers of the SYN, once."""
    for how, link in (1, 0), (2, 14):
        client, server = connected(peer, us,
                                   server_options=((TCP, TCP_SAVE_SYN, how),))
        point_is("too little room",
                 outcome_of(server.getsockopt, TCP, TCP_SAVED_SYN, 8), "EINVAL")
        saved = server.getsockopt(TCP, TCP_SAVED_SYN, 256)
        head = saved[link:]
        tcp = head[(head[0] & 15) * 4:]
        port = struct.pack("!H", client.getsockname()[1])
        point("TCP_SAVE_SYN %d" % how, head[0] >> 4 == 4 and
              head[12:16] == socket.inet_aton(peer.address) and
              tcp[:2] == port and tcp[13] & 0x17 == 2 and
              len(tcp) == (tcp[12] >> 4) * 4 and
              saved[:link][12:] == b"\x08\x00"[:link], saved.hex())
        point_is("a second time", server.getsockopt(TCP, TCP_SAVED_SYN, 256),
                 b"")
        server.close()
        client.close()
    client, server = connected(peer, us)
    point_is("not asked for", server.getsockopt(TCP, TCP_SAVED_SYN, 256), b"")


set_up()
run_against_peers(received, received_inside, sent, inside_again, one_write, kept,
                  saved_syn)
finish()
