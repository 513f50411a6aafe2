#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Three hosts at a switch: it learns from Twin's frames where Twin is, and what
Twin says to one host goes past the others; it asks for groups, and hears of Twin's.
S25, S26, S28."""
import os
import socket
import struct

from twin_lib import (AF_OURS, OURS, PATIENCE, PEER, add_address, bound, enter,
                      finish, left, load_module, make, point, point_is, right,
                      run, run_tests)

ETH_P_ALL, ARP, IP, PACKET_OUTGOING = 3, 0x806, 0x800, 4
SWITCH, OTHER = "switch-%d" % os.getpid(), "other-%d" % os.getpid()
OTHERS = "10.7.0.3"
GROUP = "239.7.4.12"
END = b"the end of the test"
FRAMES = 60                     # more than two queries and their answers


def set_up_switch():
    load_module()
    for name in (SWITCH, OTHER, left, right):
        run("ip", "netns", "add", name)
        run("ip", "netns", "exec", name, "sh", "-c", "if cd "
            "/proc/sys/net/ipv6/conf/default 2>/dev/null; then echo 1 >disable_ipv6; fi")
    run("ip", "-n", SWITCH, "link", "add", "br0", "type", "bridge",
        "mcast_snooping", "0")
    run("ip", "-n", SWITCH, "link", "set", "br0", "up")
    for number, name in enumerate((left, right, OTHER)):
        port = "port%d" % number
        run("ip", "-n", SWITCH, "link", "add", port, "type", "veth",
            "peer", "name", "eth0", "netns", name)
        run("ip", "-n", name, "link", "set", "eth0", "up")
        run("ip", "-n", SWITCH, "link", "set", port, "master", "br0", "up")
    add_address(left, OURS)
    add_address(right, PEER, family=socket.AF_INET)
    add_address(OTHER, OTHERS, family=socket.AF_INET)


class Ear:
    """Every frame that comes to a host's adapter, whoever it is for."""

    def __init__(self, namespace):
        enter(namespace)
        self.heard = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                   socket.htons(ETH_P_ALL))
        self.heard.bind(("eth0", ETH_P_ALL))
        self.heard.settimeout(PATIENCE)

    def until(self, last):
        """The frames up to the one with these bytes in it."""
        frames = []
        while True:
            frame, address = self.heard.recvfrom(2048)
            if address[2] == PACKET_OUTGOING:
                continue
            frames.append(frame)
            if last in frame:
                return frames


def kind(frame):
    return struct.unpack_from("!H", frame, 12)[0]


def past_the_others():
    ears = {name: Ear(name) for name in (right, OTHER)}
    enter(right)
    server = bound(make(socket.AF_INET, socket.SOCK_DGRAM, 0), PEER, 7410)
    enter(left)
    client = bound(make(AF_OURS, socket.SOCK_DGRAM, 0), OURS, 7411)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    for number in range(10):
        client.sendto(b"for the peer %d" % number, (PEER, 7410))
        server.sendto(server.recv(100), (OURS, 7411))
        client.recv(100)
    client.sendto(END, ("10.7.0.255", 7410))
    seen = {name: ear.until(END) for name, ear in ears.items()}
    asked = [frame for frame in seen[OTHER] if kind(frame) == ARP and
             frame[28:32] == socket.inet_aton(OURS) and
             frame[38:42] == socket.inet_aton(PEER)]
    point("the question who has the address reaches all, by broadcast", asked and
          all(frame[:6] == b"\xff" * 6 for frame in asked))
    point_is("the peer gets each datagram",
             sum(b"for the peer" in frame for frame in seen[right]), 10)
    macs = {frame[:6] for frame in seen[right] if b"for the peer" in frame}
    point("in frames with its own MAC address", len(macs) == 1 and
          macs != {b"\xff" * 6}, macs)
    point_is("another host at the switch sees none of them, either way",
             sum(b"for the peer" in frame for frame in seen[OTHER]), 0)
    point("but a broadcast", END in seen[OTHER][-1] and
          kind(seen[OTHER][-1]) == IP)


def is_kept_member(frame):
    """A report, version 3, that a group is joined still: such is the answer to a query
    alone (RFC 3376 5.2)."""
    igmp = frame[14 + 4 * (frame[14] & 15):]
    return kind(frame) == IP and frame[23] == 2 and igmp[0] == 0x22 and \
        igmp[8] == 2 and igmp[12:16] == socket.inet_aton(GROUP)


def asked_for_groups():
    """It has no address to ask from: 0.0.0.0 is its source (RFC 4541 2.1.1)."""
    enter(SWITCH)
    heard = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    heard.bind(("port0", ETH_P_ALL))
    heard.settimeout(PATIENCE)
    enter(left)
    member = bound(make(AF_OURS, socket.SOCK_DGRAM, 0), "0.0.0.0", 7412)
    member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                      socket.inet_aton(GROUP) + socket.inet_aton(OURS))
    run("ip", "-n", SWITCH, "link", "set", "br0", "type", "bridge",
        "mcast_snooping", "1", "mcast_igmp_version", "3", "mcast_query_response_interval", "50",
        "mcast_query_interval", "100", "mcast_startup_query_interval", "100")
    # A call of its own: the version is set last, and a first query of version 2 would
    # be answered so for minutes (RFC 3376 7.2.1).
    run("ip", "-n", SWITCH, "link", "set", "br0", "type", "bridge", "mcast_querier", "1")
    answers = 0
    for _ in range(FRAMES):
        answers += is_kept_member(heard.recv(2048))
        if answers == 2:
            break
    point_is("a switch that asks from 0.0.0.0 is answered", answers, 2)
    enter(right)
    sender = bound(make(socket.AF_INET, socket.SOCK_DGRAM, 0), PEER)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(PEER))
    sender.sendto(b"for the group", (GROUP, 7412))
    point_is("and goes on to pass on what is sent to the group", member.recv(20),
             b"for the group")


set_up_switch()
run_tests((past_the_others, asked_for_groups))
for space in (SWITCH, OTHER):
    run("ip", "netns", "del", space)
finish()
