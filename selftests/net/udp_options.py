#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Options of datagram and stream sockets at levels IPPROTO_IP and IPPROTO_UDP:
the same calls on AF_INET and on AF_TWIN in the same kernel give the same
answers, but for what is listed here as meant."""
import ctypes
import errno
import os
import socket
import struct

from udp_lib import AF_TWIN, enter, finish, left, libc, point, right, set_up

# Options that AF_INET has and Twin does not, or answers differently on purpose.
MEANT = {
    5: "IP_ROUTER_ALERT: raw sockets only",
    16: "IP_IPSEC_POLICY: Twin has no IPsec",
    17: "IP_XFRM_POLICY: Twin has no IPsec",
    18: "IP_PASSSEC: Twin labels no packets",
    52: "IP_PROTOCOL: raw sockets only",
}
MEANT_OF_STREAMS = {
    9: "IP_PKTOPTIONS: streams queue no ancillary data",
}
IP_LOCAL_PORT_RANGE = 51        # Linux 6.3; Twin has it on any
# What needs a struct with addresses is tested with addresses elsewhere.
VALUES = [b"", b"\1", b"\0\0", b"\1\0\0"] + [
    struct.pack("i", number)
    for number in (0, 1, 2, 3, 5, 6, -1, -2, 64, 255, 256, 0x10, 0x28)
] + [b"\1\0\0\0" * 2, b"\0" * 12, b"\0" * 11]
ROOMS = (0, 1, 2, 4, 8, 12)


def name_of(code):
    return errno.errorcode.get(code, "OK") if code else "OK"


def set_option(fd, level, option, value):
    if libc.setsockopt(fd, level, option, value, len(value)):
        return name_of(ctypes.get_errno())
    return "OK"


def get_option(fd, level, option, room):
    data = ctypes.create_string_buffer(b"\xaa" * 16, 16)
    length = ctypes.c_int(room)
    if libc.getsockopt(fd, level, option, data, ctypes.byref(length)):
        return name_of(ctypes.get_errno())
    return length.value, data.raw[:max(length.value, 0)].hex()


def walk(family, kind, level, option):
    """Everything that one option answers on a fresh socket."""
    fd = libc.socket(family, kind, 0)
    answers = [("fresh", room, get_option(fd, level, option, room))
               for room in ROOMS + (-1,)]
    for value in VALUES:
        said = set_option(fd, level, option, value)
        answers.append((value.hex(), said,
                        get_option(fd, level, option, 4)))
    os.close(fd)
    return answers


def first_difference(option, kind, level):
    enter(right)
    kernel = walk(socket.AF_INET, kind, level, option)
    enter(left)
    twin = walk(AF_TWIN, kind, level, option)
    for theirs, ours in zip(kernel, twin):
        if theirs != ours:
            return "AF_INET %s, AF_TWIN %s" % (theirs, ours)
    return ""


def kernel_knows(kind, level, option):
    enter(right)
    fd = libc.socket(socket.AF_INET, kind, 0)
    said = get_option(fd, level, option, 4)
    os.close(fd)
    return said != "ENOPROTOOPT"


def compare(title, kind, level, options, meant):
    for option in options:
        name = "%s option %d answers as AF_INET's" % (title, option)
        if option in meant:
            print("# meant: %s option %d, %s" % (title, option, meant[option]))
            continue
        difference = first_difference(option, kind, level)
        point(name, not difference, difference)


set_up()
IP_OPTIONS = list(range(1, 25)) + [26] + list(range(32, 53)) + [60]
if not kernel_knows(socket.SOCK_DGRAM, socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE):
    MEANT[IP_LOCAL_PORT_RANGE] = "IP_LOCAL_PORT_RANGE: this kernel does not know it"
compare("datagram IP", socket.SOCK_DGRAM, socket.IPPROTO_IP, IP_OPTIONS, MEANT)
compare("stream IP", socket.SOCK_STREAM, socket.IPPROTO_IP, IP_OPTIONS,
        {**MEANT, **MEANT_OF_STREAMS})
compare("UDP", socket.SOCK_DGRAM, socket.IPPROTO_UDP,
        [1, 2, 99, 103, 104, 105], {})
finish()
