#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
"""A new address, to the second: probes, announcements, and what becomes of it
when another host has it (RFC 5227). The peer answers only when told to."""
import errno
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clock import (ETH_ARP, HZ, Tap, arp, now, packet_socket, readable,  # noqa: E402
                   sysctl)
from twin_lib import add_link, counters  # noqa: E402
from udp_lib import (enter, error_of, finish, left, ours, point,  # noqa: E402
                     point_is, right, run, set_up)

RTMGRP_IPV4_IFADDR, RTM_NEWADDR = 1 << 4, 20
NODAD, DADFAILED, TENTATIVE = 0x02, 0x08, 0x40
PROBE, ANNOUNCEMENT = "probe", "announcement"
BROADCAST = b"\xff" * 6
hosts = iter(range(60, 250))


def new_host():
    """An address that nobody has had before."""
    return "10.7.0.%d" % next(hosts)


def add(address, *words):
    run("twin", "-n", left, "addr", "add", address + "/24", "dev", "eth0", *words)


class News:
    """What Twin says of its addresses."""

    def __init__(self):
        enter(left)
        self.netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.netlink.bind((0, RTMGRP_IPV4_IFADDR))

    def next(self, address, seconds=5):
        """The flags in the next message about the address."""
        end = now() + seconds * HZ
        while readable(self.netlink, end):
            message = self.netlink.recv(4096)
            kind, = struct.unpack_from("H", message, 4)
            if kind == RTM_NEWADDR and socket.inet_aton(address) in message:
                return message[18] & (DADFAILED | TENTATIVE)
        return None


def about(tap, address, seconds):
    """(jiffy, what) of the next probe or announcement of the address."""
    wanted = socket.inet_aton(address)
    seen = tap.next(lambda frame: frame[28:32] == wanted or (
        frame[20:22] == b"\0\1" and frame[38:42] == wanted), seconds)
    if not seen:
        return None
    when, frame = seen
    point("it is asked of everybody, and nobody is taught a wrong address",
          frame[:6] == BROADCAST and frame[20:22] == b"\0\1" and
          frame[28:32] in (bytes(4), wanted), frame)
    return when, PROBE if frame[28:32] == bytes(4) else ANNOUNCEMENT


def life(tap, address, seconds=12):
    """All that is sent of the address, until nothing more is."""
    found = []
    while True:
        seen = about(tap, address, seconds)
        if not seen:
            return found
        found.append(seen)


def apart(name, seen, least, most):
    """The timer wheel rounds up, by an eighth at most."""
    gap = seen[1][0] - seen[0][0]
    point(name, least * HZ <= gap <= most * HZ * 9 // 8 + 2, (gap, seen))


def may_bind(address):
    return error_of(ours().bind, (address, 0)) == 0


def used_at_once(tap, news):
    address, start = new_host(), now()
    tap.drain()
    add(address)
    point("an address may be used at once", may_bind(address))
    point_is("and listeners hear of it", news.next(address), 0)
    seen = life(tap, address)
    point_is("it is probed and announced, and both again", [what for _, what in seen],
             [PROBE, ANNOUNCEMENT, PROBE, PROBE, ANNOUNCEMENT])
    point_is("at once", [when for when, _ in seen[:2]], [start, start])
    apart("the next probe is 2 s later", seen[1:3], 2, 2)
    apart("the one after it 1 to 2 s", seen[2:4], 1, 2)
    apart("the last announcement 2 s", seen[3:5], 2, 2)


def not_probed(tap, news):
    address = new_host()
    tap.drain()
    add(address, "nodad")
    point("with nodad it may be used at once", may_bind(address))
    seen = life(tap, address)
    point_is("and is only announced", [what for _, what in seen], [ANNOUNCEMENT] * 2)
    apart("twice, 2 s apart", seen[:2], 2, 2)
    news.next(address)
    sysctl("arp_probe", 0)
    address = new_host()
    tap.drain()
    add(address)
    point_is("as where net.twin.arp_probe is 0",
             [what for _, what in life(tap, address)], [ANNOUNCEMENT] * 2)


def used_after_probes(tap, news):
    address, start = new_host(), now()
    sysctl("arp_probe", 2)
    tap.drain()
    add(address)
    point_is("where it is 2 an address is tentative", news.next(address), TENTATIVE)
    point("and may not be used", not may_bind(address))
    tap.send(arp(tap.mac, "10.7.0.2", bytes(6), address))
    seen = life(tap, address)
    point_is("it is probed, not answered for, and announced",
             [what for _, what in seen], [PROBE] * 3 + [ANNOUNCEMENT] * 2)
    point("the first probe comes within a second",
          start <= seen[0][0] <= start + HZ * 9 // 8 + 2, (start, seen))
    apart("the second 1 to 2 s later", seen[0:2], 1, 2)
    apart("and the third", seen[1:3], 1, 2)
    apart("after 2 s of silence it is announced", seen[2:4], 2, 2)
    apart("and 2 s later again", seen[3:5], 2, 2)
    point_is("listeners hear that it is used", news.next(address), 0)
    point("and it is", may_bind(address))


def taken(tap, news):
    """Another host answers, or probes for the same address."""
    for sender, target, what in ((None, "10.7.0.1", "has the address"),
                                 ("0.0.0.0", None, "wants it as well")):
        address = new_host()
        tap.drain()
        add(address)
        news.next(address)
        point_is("a probe goes out", about(tap, address, 3)[1], PROBE)
        tap.send(arp(tap.mac, sender or address, bytes(6), target or address))
        point_is("another host that " + what + " is reported",
                 news.next(address), DADFAILED)
        point_is("nothing more is sent of it", life(tap, address), [])
        point("nor is it used", not may_bind(address))


def many_conflicts(tap, news):
    for _ in range(8):
        address = new_host()
        add(address)
        news.next(address)
        about(tap, address, 3)
        tap.send(arp(tap.mac, address, bytes(6), "10.7.0.1"))
        news.next(address)
    address, start = new_host(), now()
    tap.drain()
    add(address)
    seen = about(tap, address, 90)
    point("after ten conflicts the next attempt waits for a minute",
          seen and seen[0] >= start + 60 * HZ, (start, seen))


def defended(tap, news):
    address = new_host()
    sysctl("arp_probe", 1)
    add(address)
    news.next(address)
    life(tap, address)
    tap.send(arp(tap.mac, address, bytes(6), "10.7.0.99"))
    point_is("one that is in use is reported", news.next(address), DADFAILED)
    seen = about(tap, address, 1)
    point_is("and defended", seen and seen[1], ANNOUNCEMENT)
    point("and kept", may_bind(address))
    for _ in range(9):
        tap.send(arp(tap.mac, address, bytes(6), "10.7.0.99"))
        point_is("but not again for ten seconds", about(tap, address, 1), None)
    life(tap, address, 3)
    tap.send(arp(tap.mac, address, bytes(6), "10.7.0.99"))
    point("afterwards again", about(tap, address, 1))


def other_link(tap, news):
    """RFC 5227 2.4: a conflict is about an address "configured on that interface". On
    another link somebody else may have the same."""
    address = new_host()
    add_link("eth1")
    run("twin", "-n", left, "addr", "add", "10.71.0.1/24", "dev", "eth1")
    add(address)
    news.next(address)
    life(tap, address)
    other = packet_socket(right, ETH_ARP)
    other.bind(("eth1", ETH_ARP))
    before = counters(left)["TwinArpConflicts"]
    other.send(arp(other.getsockname()[4], address, bytes(6), "10.71.0.1"))
    point_is("who has it on another link makes no conflict", news.next(address), None)
    point_is("nor is one counted", counters(left)["TwinArpConflicts"], before)
    point_is("and nothing is said of it", life(tap, address, 3), [])
    run("ip", "-n", left, "link", "del", "eth1")


def link_comes_back(tap, news):
    address = new_host()
    add(address)
    news.next(address)
    life(tap, address)
    run("ip", "-n", left, "link", "set", "eth0", "down")
    tap.drain()
    run("ip", "-n", left, "link", "set", "eth0", "up")
    point_is("a link that comes up has it probed and announced again",
             [what for _, what in life(tap, address)],
             [PROBE, ANNOUNCEMENT, PROBE, PROBE, ANNOUNCEMENT])


def set_arp(word):
    run("ip", "-n", left, "link", "set", "eth0", "arp", word)


def arp_switched_off(tap, news):
    """Where there is no ARP nobody can have the address, nor is it waited for."""
    address, other = new_host(), new_host()
    sysctl("arp_probe", 2)
    add(address)
    point_is("an address is tentative while there is ARP", news.next(address), TENTATIVE)
    set_arp("off")
    point_is("and used when it is switched off", news.next(address), 0)
    point("indeed", may_bind(address))
    add(other)
    point_is("a new one is used at once then", news.next(other), 0)
    point_is("and nothing is sent of it", life(tap, other, 3), [])
    set_arp("on")
    point_is("ARP that is switched on has it probed beside its use, and announced",
             [what for _, what in life(tap, address)],
             [PROBE, ANNOUNCEMENT, PROBE, PROBE, ANNOUNCEMENT])
    point("and it may be used as before", may_bind(address))


set_up()
wire = Tap(ETH_ARP)
listener = News()
for test in (used_at_once, not_probed, used_after_probes, taken, many_conflicts,
             defended, other_link, link_comes_back, arp_switched_off):
    test(wire, listener)
point_is("an address of nobody's cannot be bound", error_of(ours().bind, ("10.7.0.251", 0)),
         errno.EADDRNOTAVAIL)
finish()
