#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Ping sockets: SOCK_DGRAM with IPPROTO_ICMP, icmp(7)."""
import errno
import os
import select
import socket
import struct
import subprocess

from udp_lib import (AF_TWIN, IP_RECVERR, IP_RECVTTL, NOBODY, OURS, PEER,
                     SO_EE_ORIGIN_ICMP, ancillary, bound, enter, error_of, extended_error, finish,
                     left, make, ours, point, point_is, readable, set_up)

RANGE = "/proc/sys/net/twin/ping_group_range"


def allow(first, last):
    enter(left)
    with open(RANGE, "w", encoding="ascii") as knob:
        knob.write("%d %d" % (first, last))


def ping():
    return ours(socket.SOCK_DGRAM, socket.IPPROTO_ICMP)


def request(sequence, data=b"abcdefgh", kind=8, code=0):
    return struct.pack("!BBHHH", kind, code, 0, 0, sequence) + data


def privilege():
    allow(1, 0)
    point_is("an empty group range allows nobody",
             error_of(make, AF_TWIN, socket.SOCK_DGRAM, socket.IPPROTO_ICMP),
             errno.EACCES)
    allow(0, 2147483647)


def echo():
    one = ping()
    one.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    one.sendto(request(5), (PEER, 0))
    data, messages, _, address = one.recvmsg(100, 100)
    kind, code, _, number, sequence = struct.unpack("!BBHHH", data[:8])
    point_is("the peer's reply arrives", (kind, code, sequence, data[8:]),
             (0, 0, 5, b"abcdefgh"))
    point_is("from its address", address, (PEER, 0))
    point_is("the identifier is the socket's port", number,
             one.getsockname()[1])
    point_is("with its TTL", ancillary(messages, socket.IPPROTO_IP, 2),
             struct.pack("i", 64))


def own_address():
    one = ping()
    one.sendto(request(1), (OURS, 0))
    point_is("an own address answers", one.recvfrom(100)[1], (OURS, 0))


def by_the_loopback_device():
    one = ping()
    one.setsockopt(socket.SOL_SOCKET, 25, b"lo")        # SO_BINDTODEVICE
    one.sendto(request(1), ("127.0.0.1", 0))
    point_is("one bound to lo hears what stays inside", one.recvfrom(100)[1],
             ("127.0.0.1", 0))


def stamp_inside():
    one = ping()
    one.setsockopt(socket.SOL_SOCKET, 37, 0x18)         # SO_TIMESTAMPING, software
    one.sendto(request(1), (OURS, 0))
    told = ancillary(one.recvmsg(100, 200)[1], socket.SOL_SOCKET, 37)
    point("a reply from an own address has its time", told and any(told[:16]), told)


def big():
    one = ping()
    data = os.urandom(5000)
    one.sendto(request(2, data), (PEER, 0))
    point("a reply in fragments arrives whole", one.recv(6000)[8:] == data)


def checks():
    one = ping()
    point_is("shorter than a header",
             error_of(one.sendto, b"1234567", (PEER, 0)), errno.EINVAL)
    point_is("no echo request",
             error_of(one.sendto, request(1, kind=13), (PEER, 0)),
             errno.EINVAL)
    point_is("no such code",
             error_of(one.sendto, request(1, code=1), (PEER, 0)),
             errno.EINVAL)
    point_is("no destination", error_of(one.send, request(1)),
             errno.EDESTADDRREQ)
    first = bound(ping(), OURS, 77)
    point_is("bind takes the identifier", first.getsockname(), (OURS, 77))
    point_is("which others may share", error_of(ping().bind, (OURS, 77)), 0)
    alone = ping()
    alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    point_is("unless they do not want to", error_of(alone.bind, (OURS, 77)),
             errno.EADDRINUSE)


def identifiers():
    many = [bound(ping(), OURS, 0) for _ in range(800)]
    point_is("each gets an identifier of its own",
             len({one.getsockname()[1] for one in many}), len(many))


def listed():
    """Many in one bucket: a list takes them a few at a time."""
    many = [bound(ping(), OURS, 78) for _ in range(40)]
    enter(left)
    with open("/proc/net/twin/raw", encoding="ascii") as table:
        rows = [line.split() for line in table][1:]
    inodes = sorted(os.fstat(one.fileno()).st_ino for one in many)
    point_is("each is listed, once",
             sorted(int(row[9]) for row in rows if int(row[9]) in inodes), inodes)
    with open("/proc/net/twin/sockstat", encoding="ascii") as table:
        count = [line.split()[2] for line in table if line.startswith("RAW")]
    point_is("and counted", count, [str(len(rows))])
    many[0].sendto(request(6), (OURS, 0))
    point("all of them have the reply", all(
        one.recv(100)[6:8] == b"\0\6" for one in many))


def connected():
    one = ping()
    one.connect((PEER, 0))
    one.send(request(9))
    point_is("a connected one sends without address",
             struct.unpack("!H", one.recv(100)[6:8])[0], 9)


def nobody_there():
    one = ping()
    one.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    one.sendto(request(3), (NOBODY, 0))
    point("an error wakes poll", readable(one) & select.POLLERR)
    told = extended_error(one)
    point_is("it is EHOSTUNREACH and quotes the request",
             (told["errno"], told["data"][0], told["address"][0]),
             (errno.EHOSTUNREACH, 8, NOBODY))
    point_is("as ICMP of this host", (told["origin"], told["type"], told["code"],
                                      told["offender"]), (SO_EE_ORIGIN_ICMP, 3, 1, OURS))


def iputils():
    enter(left)
    done = subprocess.run(["twin", "run", "ping", "-c", "2", "-i", "0.2", PEER],
                          capture_output=True, text=True, check=False)
    point("ping of iputils under twin run",
          done.returncode == 0 and "2 received" in done.stdout,
          done.stdout + done.stderr)


set_up()
for test in (privilege, echo, own_address, by_the_loopback_device, stamp_inside, big,
             checks, identifiers, listed, connected, nobody_there, iputils):
    try:
        test()
    except Exception as error:
        point(test.__name__.replace("_", " "), False,
              "%s: %s" % (type(error).__name__, error))
finish()
