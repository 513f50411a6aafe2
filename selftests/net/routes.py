#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Routes of every kind, given to the kernel's own stack and to Twin in the same
words: connect() must find the same way, source address and MTU, or say the same."""
import errno
import json
import os
import random
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from netlink_lib import ACK, ask, route_body  # noqa: E402
from twin_lib import (AF_TWIN, ON_TWIN, OURS, PEER, add_address, add_link, attempt,  # noqa: E402
                      bound, enter, error_of, finish, left, make, point, point_is, readable,
                      right, run, set_up, skip, tool)
from wire_lib import ethernet, ipv4, mac_of  # noqa: E402

IP_MTU, IP_UNICAST_IF = 14, 50
NEW_ROUTE, NLM_F_APPEND = 24, 0x800
EVERYBODY = b"\xff" * 6
FAMILIES = (socket.AF_INET, AF_TWIN)
# What each stack has on eth0, there as a second address, and on eth1.
OWN = {AF_TWIN: (OURS, "10.7.0.11", "10.71.0.1"),
       socket.AF_INET: ("10.7.0.3", "10.7.0.13", "10.71.0.3")}
PLACES = ("eth0", "eth0's second", "eth1")
OTHER = "10.71.0.2"             # a gateway on eth1


def route(family, *words):
    """Whether the tool could do it."""
    said = [OWN[family][1] if word == "SECOND" else word for word in words]
    return not subprocess.run([tool(family), "-n", left, "route", *said],
                              check=False, capture_output=True).returncode


def way(family, destination):
    """What connect() says, or the source address it chose and the MTU."""
    enter(left)
    with make(family, socket.SOCK_DGRAM, 0) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        error = error_of(made.connect, (destination, 9))
        if error:
            return os.strerror(error)
        source = made.getsockname()[0]
        if source in OWN[family]:
            source = PLACES[OWN[family].index(source)]
        return source, made.getsockopt(socket.IPPROTO_IP, IP_MTU)


def same(title, words, *destinations):
    """The route is given to both; then both are asked."""
    if words:
        done = [route(family, *words.split()) for family in FAMILIES]
        point("%s: %s %s" % (title, words, "is done" if done[0] else "is refused"),
              done[0] == done[1], done)
    for destination in destinations:
        inet, twin = (way(family, destination) for family in FAMILIES)
        point("%s: the way to %s is %s" % (title, destination, inet), inet == twin,
              "Twin says %s" % (twin,))


def kinds():
    same("no route", "", "10.80.0.1", "192.0.2.1")
    same("a gateway", "add 10.80.0.0/16 via " + PEER, "10.80.0.1", "10.80.255.255")
    same("a longer prefix", "add 10.80.1.0/24 via " + OTHER, "10.80.1.1", "10.80.2.1")
    same("one host", "add 10.80.1.7/32 via " + PEER, "10.80.1.7", "10.80.1.8")
    same("a metric", "add 10.81.0.0/16 via %s metric 20" % PEER, "10.81.0.1")
    same("a better metric", "add 10.81.0.0/16 via %s metric 10" % OTHER, "10.81.0.1")
    same("and without it", "del 10.81.0.0/16 metric 10", "10.81.0.1")
    for kind in "blackhole", "unreachable", "prohibit":
        same("type", "add %s 10.82.0.0/24" % kind, "10.82.0.1")
        same("inside it", "add 10.82.0.128/25 via " + PEER, "10.82.0.200", "10.82.0.1")
        same("gone", "del 10.82.0.128/25", "10.82.0.200")
        same("gone", "del %s 10.82.0.0/24" % kind, "10.82.0.1")
    same("an MTU", "add 10.83.0.0/24 via %s mtu 1000" % PEER, "10.83.0.1")
    same("of another MTU", "del 10.83.0.0/24 mtu 1300", "10.83.0.1")
    route(AF_TWIN, "add", "10.83.1.0/24", "via", PEER, "mtu", "9000")
    point_is("an MTU above the device's has no effect on Twin", way(AF_TWIN, "10.83.1.1"),
             ("eth0", 1500))
    same("a source", "add 10.84.0.0/24 via %s src SECOND" % PEER, "10.84.0.1")
    same("a source that is not here", "add 10.84.1.0/24 via %s src 10.9.9.9" % PEER,
         "10.84.1.1")
    same("a gateway elsewhere", "add 10.85.0.0/24 via 10.99.9.9 dev eth0", "10.85.0.1")
    same("on the link all the same", "add 10.85.0.0/24 via 10.99.9.9 dev eth0 onlink",
         "10.85.0.1")
    same("a broadcast", "add broadcast 10.86.0.255 dev eth0", "10.86.0.255", "10.86.0.1")
    same("a broadcast by a gateway", "add broadcast 10.86.1.255 via " + PEER, "10.86.1.255")
    same("a device", "add 10.87.0.0/24 dev eth1", "10.87.0.1")
    same("a device of none", "add 10.88.0.0/24 dev nodevice", "10.88.0.1")
    same("everything else", "add default via " + OTHER, "192.0.2.1", "10.80.1.1", "8.8.8.8")
    same("everything else, worse", "add default via %s metric 5" % PEER, "192.0.2.1")


def many_hosts():
    """A group that may not be sent to, and 255.255.255.255, which goes where the rest
    does: RFC 1122 3.3.6 leaves it to the host's configuration."""
    for kind in "blackhole", "unreachable", "prohibit":
        same("a group", "add %s 239.9.0.0/16" % kind, "239.9.9.9")
        same("another by a gateway", "add 239.9.1.0/24 via " + OTHER, "239.9.1.1")
        same("gone", "del 239.9.1.0/24")
        same("gone", "del %s 239.9.0.0/16" % kind)
    same("everybody", "", "255.255.255.255")


def changes():
    same("twice", "add 10.80.0.0/16 via " + PEER, "10.80.0.1")
    same("another in its place", "replace 10.80.0.0/16 via " + OTHER, "10.80.0.1")
    same("changed", "change 10.80.0.0/16 via " + PEER, "10.80.0.1")
    same("changed, that is not there", "change 10.89.0.0/16 via " + PEER, "10.89.0.1")
    same("behind the other", "append 10.80.0.0/16 via " + OTHER, "10.80.0.1")
    same("one less", "del 10.80.0.0/16 via " + OTHER, "10.80.0.1")
    same("one that is not there", "del 10.89.0.0/16", "10.89.0.1")
    same("bits behind the prefix", "add 10.90.0.1/16 via " + PEER, "10.90.0.1")


def only_changed():
    """Without NLM_F_CREATE none is added, not even beside one with its prefix."""
    same("one route", "add 10.91.0.0/16 via " + PEER, "10.91.0.1")
    enter(left)
    for flags in (0, NLM_F_APPEND):
        said = [error_of(ask, NEW_ROUTE, ACK | flags, route_body(16, family),
                         ((1, socket.inet_aton("10.91.0.0")),
                          (5, socket.inet_aton(OTHER)))) for family in FAMILIES]
        point_is("a second one, flags %#x: none is made" % flags, said,
                 [errno.ENOENT, errno.ENOENT])
    same("one route less", "del 10.91.0.0/16", "10.91.0.1")


def drawn(count=60, asked=200):
    """Prefixes by chance, within and beside each other."""
    draw = random.Random(1812)
    for _ in range(count):
        length = draw.randrange(9, 33)
        prefix = (0x0b000000 | draw.getrandbits(20)) >> (32 - length) << (32 - length)
        words = "%s/%d" % (socket.inet_ntoa(prefix.to_bytes(4, "big")), length)
        kind = draw.choice((("via", PEER), ("via", OTHER), (), ("via", PEER, "mtu", "800")))
        for family in FAMILIES:
            route(family, "add", *(() if kind else ("prohibit",)), words, *kind)
    wrong = []
    for _ in range(asked):
        place = socket.inet_ntoa((0x0b000000 | draw.getrandbits(20)).to_bytes(4, "big"))
        inet, twin = (way(family, place) for family in FAMILIES)
        if inet != twin:
            wrong.append((place, inet, twin))
    point_is("of %d places behind %d routes none is sought another way" % (asked, count),
             wrong, [])


def wide():
    """Prefixes shorter than an octet, one in the other, and what is at their edges;
    then they are taken away again, the widest first."""
    ways = ((0x80000000, 2, PEER), (0xa0000000, 3, OTHER), (0xa8000000, 5, PEER),
            (0xac000000, 7, OTHER), (0xad000000, 8, PEER), (0xad4d0000, 16, OTHER))
    edges = {0xbfffffff, 0xc0000000, 0x80000000}
    for first, length, _ in ways[1:]:
        end = first + (1 << (32 - length))
        edges |= {first - 1, first, end - 1, end}
    places = [socket.inet_ntoa(one.to_bytes(4, "big")) for one in sorted(edges)]
    words = ["%s/%d via %s" % (socket.inet_ntoa(first.to_bytes(4, "big")), length, gateway)
             for first, length, gateway in ways]
    for one in words:
        same("a wide prefix", "add " + one)
    same("wide prefixes", "", *places)
    for one in words:
        same("a wide prefix", "del " + one)
        same("without " + one, "", *places)


def broadcast():
    """What a route calls a broadcast goes to all and comes from all."""
    wire = Wire()
    for family in FAMILIES:
        enter(left)
        made = bound(make(family, socket.SOCK_DGRAM, 0), "0.0.0.0", 7950)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        made.sendto(b"to all", ("10.86.0.255", 7950))
        frame = wire.heard(b"to all")
        point_is("%s: the frame is for all" % tool(family), frame and frame[:6], EVERYBODY)
        wire.tell(EVERYBODY, "10.86.0.255", 7950, b"from one")
        attempt("%s: and one that comes is taken, after its own" % tool(family),
                lambda one=made: [b"to all"] == list(iter(lambda: one.recv(20), b"from one")))
        made.close()


class Wire:
    """The peer's end of eth0."""

    def __init__(self):
        self.mac = mac_of(right)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.bind(("eth0", 0x800))

    def heard(self, data):
        while readable(self.socket):
            frame, address = self.socket.recvfrom(2000)
            if address[2] != socket.PACKET_OUTGOING and frame.endswith(data):
                return frame
        return None

    def tell(self, to, address, port, data):
        datagram = struct.pack("!HHHH", 9, port, 8 + len(data), 0) + data
        self.socket.send(ethernet(self.mac, to, ipv4(PEER, address, datagram,
                                                     protocol=socket.IPPROTO_UDP)))


def broadcast_words():
    """ "+" sets the bits of the host, "-" clears them."""
    for word in "+", "-", "10.72.3.4":
        found = []
        for family, address in zip(FAMILIES, ("10.72.0.8", "10.72.0.9")):
            run(tool(family), "-n", left, "addr", "add", address + "/24",
                "broadcast", word, "dev", "eth1")
            links = json.loads(subprocess.run([tool(family), "-n", left, "-j", "addr"],
                                              check=True, stdout=subprocess.PIPE).stdout)
            found.append([each.get("broadcast") for link in links
                          for each in link["addr_info"] if each.get("local") == address])
            run(tool(family), "-n", left, "addr", "del", address + "/24", "dev", "eth1")
        point("broadcast %s is %s" % (word, found[0]), found[0] == found[1], found)


def socket_mtu():
    """IP_MTU is that of the way by which the socket sends, by the device it names."""
    run("ip", "-n", left, "link", "set", "eth1", "mtu", "1400")
    enter(left)
    index = socket.if_nametoindex("eth0")
    for option, value, destination in (
            (socket.IP_MULTICAST_IF, struct.pack("4s4si", b"", b"", index), "239.7.7.7"),
            (IP_UNICAST_IF, struct.pack("!I", index), "10.99.99.99")):
        found = []
        for family in FAMILIES:
            with make(family, socket.SOCK_DGRAM, 0) as made:
                made.setsockopt(socket.IPPROTO_IP, option, value)
                made.connect((destination, 9))
                found.append(made.getsockopt(socket.IPPROTO_IP, IP_MTU))
        point("IP_MTU by option %d is %d" % (option, found[0]), found[0] == found[1], found)
    run("ip", "-n", left, "link", "set", "eth1", "mtu", "1500")


def memberships():
    """Which one IP_DROP_MEMBERSHIP ends, by a route, by an address, by one that is gone."""
    enter(left)
    found = []
    for family in FAMILIES:
        _, second, other = OWN[family]
        said = []
        with make(family, socket.SOCK_DGRAM, 0) as made:
            for option, group, local in (
                    (socket.IP_ADD_MEMBERSHIP, "239.7.7.7", "0.0.0.0"),
                    (socket.IP_ADD_MEMBERSHIP, "239.7.7.7", OWN[family][0]),
                    (socket.IP_ADD_MEMBERSHIP, "239.7.7.8", second),
                    (socket.IP_DROP_MEMBERSHIP, "239.7.7.7", "0.0.0.0 -1"),
                    (socket.IP_DROP_MEMBERSHIP, "239.7.7.7", "0.0.0.0"),
                    (socket.IP_DROP_MEMBERSHIP, "239.7.7.7", other),
                    (socket.IP_DROP_MEMBERSHIP, "239.7.7.7", second),
                    (None, second, None),
                    (socket.IP_DROP_MEMBERSHIP, "239.7.7.8", "10.9.9.9"),
                    (socket.IP_DROP_MEMBERSHIP, "239.7.7.8", second)):
                if option is None:
                    run(tool(family), "-n", left, "addr", "del", second + "/24",
                        "dev", "eth0")
                else:
                    local, *index = local.split()
                    said.append(error_of(
                        made.setsockopt, socket.IPPROTO_IP, option,
                        socket.inet_aton(group) + socket.inet_aton(local) +
                        b"".join(struct.pack("i", int(one)) for one in index)))
        add_address(left, second, "eth0", family=family)
        found.append(said)
    point_is("memberships by route, address and lost address", (found[0][:2], found[1]),
             ([0, 0], found[0]))


def link_ends():
    run("ip", "-n", left, "link", "set", "eth1", "down")
    same("a device that is down", "", "10.80.1.1", "10.71.0.9", "10.87.0.1")


if not ON_TWIN:
    skip("routes", "compares both stacks by itself")
    print("1..1")
    sys.exit(0)
set_up()
add_link("eth1")
for each in FAMILIES:
    for address, device in zip(OWN[each], ("eth0", "eth0", "eth1")):
        if address != OURS:
            add_address(left, address, device, family=each)
for test in (kinds, many_hosts, broadcast, changes, only_changed, drawn, wide,
             broadcast_words, socket_mtu, memberships, link_ends):
    test()
finish()
