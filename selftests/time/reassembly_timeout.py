#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
"""Fragments wait for the rest of their datagram for 30 seconds, to the jiffy,
and then the sender hears of it if the first fragment was there (RFC 792,
RFC 1122 3.3.2)."""
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clock import ETH_IP, HZ, Tap, mac_of, now, sleep_until, sysctl, wheel  # noqa: E402
from udp_lib import (OURS, PEER, bound, enter, finish, left, ours,  # noqa: E402
                     point, point_is, quiet, set_up, theirs)

PORT = 7000
LIFE = 30 * HZ
TIME_EXCEEDED, IN_REASSEMBLY = 11, 1
FIRST, LAST = 0, 64                     # where the two fragments begin
DATA = bytes(range(56)) + b"the rest"   # after eight bytes of UDP's header


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def fragment(tap, to, ident, start):
    """One half of the datagram; UDP's checksum is left out."""
    whole = struct.pack("!HHHH", PORT, PORT, 8 + len(DATA), 0) + DATA
    part = whole[:LAST] if start == FIRST else whole[LAST:]
    more = 0x2000 if start == FIRST else 0
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(part), ident,
                         more | start // 8, 64, socket.IPPROTO_UDP, 0,
                         socket.inet_aton(PEER), socket.inet_aton(OURS))
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    tap.send(to + tap.mac + struct.pack("!H", ETH_IP) + header + part)
    return now()


def is_time_exceeded(ident):
    def judge(frame):
        icmp = frame[34:]
        return (frame[12:14] == b"\x08\x00" and frame[23] == socket.IPPROTO_ICMP
                and icmp[0] == TIME_EXCEEDED and icmp[1] == IN_REASSEMBLY
                and icmp[12:14] == struct.pack("!H", ident))
    return judge


def counter(name):
    enter(left)
    with open("/proc/net/twin/snmp", encoding="ascii") as lines:
        names, values = [line.split() for line in lines if line.startswith("Ip:")]
    return int(values[names.index(name)])


def first_fragment_alone(tap, to):
    start = fragment(tap, to, 1, FIRST)
    seen = tap.next(is_time_exceeded(1), 60)
    point_is("alone for 30 seconds, the first fragment is reported to the jiffy",
             seen and seen[0], wheel(start, LIFE))
    point_is("and counted", counter("ReasmTimeout"), 1)
    point_is("once", tap.next(is_time_exceeded(1), 60), None)


def last_fragment_alone(tap, to):
    start = fragment(tap, to, 2, LAST)
    sleep_until(wheel(start, LIFE) - 1)
    before = counter("ReasmTimeout")
    sleep_until(wheel(start, LIFE))
    point_is("without the first fragment the time is the same",
             (before, counter("ReasmTimeout")), (1, 2))
    point_is("but nobody is told", tap.next(is_time_exceeded(2), 60), None)


def in_the_last_moment(tap, to, receiver):
    start = fragment(tap, to, 3, FIRST)
    sleep_until(wheel(start, LIFE) - 1)
    fragment(tap, to, 3, LAST)
    point_is("the rest may come until the jiffy before", receiver.recv(100), DATA)
    start = fragment(tap, to, 4, FIRST)
    sleep_until(wheel(start, LIFE))
    rest = fragment(tap, to, 4, LAST)
    point("one jiffy later it is too late", quiet(receiver))
    sleep_until(wheel(rest, LIFE) + 1)
    point_is("and is only the beginning of another", counter("ReasmTimeout"), 4)
    tap.drain()


def each_its_own_time(tap, to):
    """One timer serves all: it is set for the oldest, and then for the next."""
    first = fragment(tap, to, 5, FIRST)
    sleep_until(first + 10 * HZ)
    second = fragment(tap, to, 6, FIRST)
    first_end = wheel(first, LIFE)
    seen = tap.next(is_time_exceeded(5), 60)
    point_is("of two datagrams the older times out first", seen and seen[0], first_end)
    seen = tap.next(is_time_exceeded(6), 60)
    point_is("and the other when its own time has come", seen and seen[0],
             wheel(first_end, second + LIFE - first_end))


def the_time_is_a_sysctl(tap, to):
    sysctl("ipfrag_time", 2)
    start = fragment(tap, to, 7, FIRST)
    seen = tap.next(is_time_exceeded(7), 60)
    point_is("net.twin.ipfrag_time is how long", seen and seen[0], wheel(start, 2 * HZ))


set_up()
peer, service = bound(theirs()), bound(ours(), OURS, PORT)
peer.sendto(b"makes neighbours", (OURS, PORT))
service.recv(100)
wire = Tap(ETH_IP)
twins = mac_of(left)
first_fragment_alone(wire, twins)
last_fragment_alone(wire, twins)
in_the_last_moment(wire, twins, service)
each_its_own_time(wire, twins)
the_time_is_a_sysctl(wire, twins)
finish()
