#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: debug
"""Who asks by netlink for the addresses and routes of all families is shown Twin's as
net.twin.rtnl_unspec says (twin(7)): under a family that ip(8) prints, as Twin's, or not."""
import errno
import os
import socket
import struct

from netlink_lib import DUMP, PATIENCE, REQUEST, attribute
from twin_lib import (AF_TWIN, enter, error_of, finish, left, point_is, run, run_tests,
                      set_up, setting)

GET_ADDRESS, GET_ROUTE, NEW = 22, 26, {22: 20, 26: 24}
DONE = 3
ADDRESS_BYTES, ROUTE_BYTES = 8, 12
AF_BRIDGE = 7
SOL_NETLINK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 270, 11, 12
IFA_TARGET_NETNSID = 10
EMPTY = "empty-%d" % os.getpid()


def families(kind, size, family):
    """Of what is dumped, but for the kernel's own."""
    found = set()
    enter(left)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as door:
        door.settimeout(PATIENCE)
        body = bytes([family]).ljust(size, b"\0")
        door.send(struct.pack("=IHHII", 16 + size, kind, REQUEST | DUMP, 1, 0) + body)
        while True:
            answer = door.recv(1 << 16)
            while len(answer) >= 16:
                length, said = struct.unpack_from("=IH", answer)
                if said == DONE:
                    return found - {socket.AF_INET}
                found.add(answer[16] if said == NEW[kind] else "message %d" % said)
                answer = answer[-(-length // 4) * 4:]


def shown(family):
    return [families(GET_ADDRESS, ADDRESS_BYTES, family),
            families(GET_ROUTE, ROUTE_BYTES, family)]


def all_families():
    point_is("at first as those of a bridge", shown(socket.AF_UNSPEC), [{AF_BRIDGE}] * 2)
    for number, wanted in ((AF_TWIN, {AF_TWIN}), (0, set()), (AF_BRIDGE, {AF_BRIDGE})):
        setting("rtnl_unspec", number)
        point_is("as net.twin.rtnl_unspec says: %d" % number, shown(socket.AF_UNSPEC),
                 [wanted] * 2)
        point_is("who asks for Twin's sees them as such", shown(AF_TWIN), [{AF_TWIN}] * 2)
    point_is("another family is refused", error_of(setting, "rtnl_unspec", socket.AF_INET),
             errno.EINVAL)
    point_is("and changes nothing", shown(socket.AF_UNSPEC), [{AF_BRIDGE}] * 2)


def words_of_twin():
    """What Twin does not know of a request is nothing to be warned of, where another
    family does: the end of the list, which is empty here, has no attribute."""
    run("ip", "netns", "add", EMPTY)
    run("ip", "-n", left, "netns", "set", EMPTY, "9")
    enter(left)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as door:
        door.settimeout(PATIENCE)
        for option in NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK:
            door.setsockopt(SOL_NETLINK, option, 1)
        body = bytes(ADDRESS_BYTES) + attribute(IFA_TARGET_NETNSID, struct.pack("=i", 9))
        door.send(struct.pack("=IHHII", 16 + len(body), GET_ADDRESS, REQUEST | DUMP, 1, 0) +
                  body)
        answer = door.recv(1 << 16)
    run("ip", "netns", "del", EMPTY)
    length, said = struct.unpack_from("=IH", answer)
    point_is("a request that Twin does not understand", (said, answer[16:length]),
             (DONE, bytes(4)))


set_up()
run_tests([all_families, words_of_twin])
finish()
