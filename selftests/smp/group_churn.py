#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: smp debug
# timeout: 900
# module: self
"""Groups are joined, filtered and left, and a router forwards, while devices and
namespaces end, routers ask, and datagrams for all of it arrive. The kernel's own
checks are the judges (panic_on_warn; KASAN and lockdep in the debug bed); the
points say that the work was done and that the stack works on."""
import os
import random
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from churn import (BURSTS, all_at_once, devices, namespaces,  # noqa: E402
                   unload_under_traffic)
from udp_lib import (AF_TWIN, OURS, PEER, attempt, bound, enter, error_of,  # noqa: E402
                     finish, left, make, ours, point, readable, right, set_up)
from wire_lib import checksum, ethernet, ipv4, mac_of  # noqa: E402

IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP = 35, 36
IP_UNBLOCK_SOURCE, IP_BLOCK_SOURCE = 37, 38
IP_ADD_SOURCE_MEMBERSHIP, IP_DROP_SOURCE_MEMBERSHIP = 39, 40
IP_MULTICAST_IF = 32
SOURCED = (IP_UNBLOCK_SOURCE, IP_BLOCK_SOURCE, IP_ADD_SOURCE_MEMBERSHIP,
           IP_DROP_SOURCE_MEMBERSHIP)
ALL_HOSTS = "224.0.0.1"
GROUPS = ["239.7.0.%d" % number for number in range(1, 9)]
PORT = 7600


def change_something(made, local):
    """Joins, leaves or filters one of the groups."""
    address = socket.inet_aton(random.choice(GROUPS)) + socket.inet_aton(local)
    option = random.choice(SOURCED + (IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP))
    if option in SOURCED:
        address += socket.inet_aton(random.choice((PEER, "10.7.0.9", "10.7.0.10")))
    return error_of(made.setsockopt, socket.IPPROTO_IP, option, address)


def members(_):
    """Sockets that come, are in groups, and go without leaving them."""
    done = 0
    for _ in range(BURSTS // 4):
        one = ours()
        one.settimeout(0)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        error_of(one.bind, ("0.0.0.0", PORT))
        for _ in range(8):
            done += change_something(one, random.choice((OURS, "10.8.0.1"))) == 0
            error_of(one.sendto, b"to all", (random.choice(GROUPS), PORT))
            error_of(one.recv, 2000)
        one.close()
    if not done:
        raise RuntimeError("nothing was joined")


def group_mac(group):
    return b"\x01\0\x5e" + bytes((socket.inet_aton(group)[1] & 127,)) + \
        socket.inet_aton(group)[2:]


def query(group):
    """Version 3 and 2, general and of a group, with Router Alert."""
    body = struct.pack("!BBH4s", 0x11, random.choice((1, 10)), 0,
                       socket.inet_aton(group) if group else bytes(4))
    if random.random() < 0.7:
        body += struct.pack("!BBH", 2, 10, 0)
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    to = group or ALL_HOSTS
    header = struct.pack("!BBHHHBBH4s4sI", 0x46, 0xc0, 24 + len(body), 1, 0, 1, 2, 0,
                         socket.inet_aton(PEER), socket.inet_aton(to), 0x94040000)
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return group_mac(to), header + body


def udp(source, destination, data):
    """A datagram without a checksum."""
    return ipv4(source, destination,
                struct.pack("!HHHH", PORT, PORT, 8 + len(data), 0) + data,
                protocol=socket.IPPROTO_UDP, ttl=random.choice((1, 2, 64)))


def frames_from_the_link():
    """Queries, datagrams to groups, and datagrams to be forwarded: to a device
    that may not be there, to one of its neighbours who never answers, and back
    to the link that they came from."""
    ours_mac, mac = mac_of(left), mac_of(right)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    wire.bind(("eth0", 0))
    for _ in range(BURSTS * 2):
        group = random.choice(GROUPS)
        data = os.urandom(random.choice((1, 100, 1400)))
        frames = [query(random.choice((None, group))),
                  (group_mac(group), udp(PEER, group, data))]
        frames += [(ours_mac, udp(source, to, data)) for source, to in (
            (PEER, "10.8.0.2"), (PEER, "10.8.0.77"), ("10.7.0.9", "10.7.0.2"))]
        for to, packet in frames:
            error_of(wire.send, ethernet(mac, to, packet))


held = []


def groups_and_datagrams(namespace, network):
    """Of a device that is about to end. Some sockets are still in their groups
    when it does."""
    enter(namespace)
    with open("/proc/sys/net/twin/ip_forward", "w", encoding="ascii") as knob:
        knob.write("1")
    member = make(AF_TWIN, socket.SOCK_DGRAM, 0)
    local = network + ".1"
    error_of(member.setsockopt, socket.IPPROTO_IP, IP_MULTICAST_IF, socket.inet_aton(local))
    for group in GROUPS:
        error_of(member.setsockopt, socket.IPPROTO_IP, IP_ADD_MEMBERSHIP,
                 socket.inet_aton(group) + socket.inet_aton(local))
        change_something(member, local)
        error_of(member.sendto, b"x", (group, PORT))
    held.append(member)
    if len(held) > 2:
        held.pop(random.randrange(3)).close()


def still_works():
    """A group can be joined and is heard."""
    enter(right)
    sender = bound(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), PEER)
    sender.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_IF, socket.inet_aton(PEER))
    hearer = bound(ours(), "0.0.0.0", PORT + 1)
    hearer.setsockopt(socket.IPPROTO_IP, IP_ADD_MEMBERSHIP,
                      socket.inet_aton("239.7.1.1") + socket.inet_aton(OURS))
    sender.sendto(b"still here", ("239.7.1.1", PORT + 1))
    return hearer.recv(100) == b"still here"


def forward(value):
    enter(left)
    with open("/proc/sys/net/twin/ip_forward", "w", encoding="ascii") as knob:
        knob.write(value)


def forwards():
    """One that is sent back to its own link is seen there."""
    enter(right)
    seen = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    seen.bind(("eth0", 0x800))
    packet = ipv4("10.7.0.9", PEER, struct.pack("!HHHH", PORT, PORT, 14, 0) + b"by you",
                  protocol=socket.IPPROTO_UDP, ttl=9)
    seen.send(ethernet(mac_of(right), mac_of(left), packet))
    while readable(seen):
        frame, address = seen.recvfrom(2000)
        if address[2] != socket.PACKET_OUTGOING and frame.endswith(b"by you"):
            return frame[22] == 8
    return False


def flood():
    """Keeps frames coming until the parent is done with it."""
    while True:
        frames_from_the_link()


set_up()
forward("1")
all_at_once((members, 1), (members, 2), (frames_from_the_link,),
            (devices, groups_and_datagrams), (namespaces, groups_and_datagrams))
attempt("and groups are heard", still_works)
point("and datagrams forwarded", forwards())
attempt("the module is unloaded while all that arrives", lambda: unload_under_traffic(flood))
attempt("and loaded again it works", still_works)
finish()
