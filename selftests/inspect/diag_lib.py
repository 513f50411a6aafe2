# SPDX-License-Identifier: GPL-2.0
"""sock_diag, spoken by hand: the same request to either family."""
import os
import socket
import struct
from collections import namedtuple

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY, SOCK_DESTROY = 20, 21
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
REQ_BYTECODE = 1
TOS, PROTOCOL, PAD, MARK, CGROUP_ID = 5, 10, 14, 15, 21
ALL_STATES = 0xfff
NO_COOKIE = 0xffffffffffffffff
(NOP, JMP, S_GE, S_LE, D_GE, D_LE, AUTO, S_COND, D_COND, DEV_COND, MARK_COND,
 S_EQ, D_EQ, CGROUP_COND) = range(14)
SOCKOPT = 22    # an attribute too
BARE, AS_INET = 257, 258    # of Twin's only

Row = namedtuple("Row", "state sport dport src dst ifindex cookie rqueue wqueue "
                        "uid inode attributes")


def identity(sport=0, dport=0, src="0.0.0.0", dst="0.0.0.0", ifindex=0,
             cookie=NO_COOKIE):
    """struct inet_diag_sockid"""
    return struct.pack(">HH", sport, dport) + \
        socket.inet_aton(src).ljust(16, b"\0") + \
        socket.inet_aton(dst).ljust(16, b"\0") + \
        struct.pack("=IQ", ifindex, cookie)


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + \
        bytes(-len(data) % 4)


def attributes(data):
    found = {}
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        if size < 4:
            break
        found[kind] = data[4:size]
        data = data[(size + 3) & ~3:]
    return found


def row(data):
    sport, dport = struct.unpack_from(">HH", data, 4)
    ifindex, cookie = struct.unpack_from("=IQ", data, 40)
    _, rqueue, wqueue, uid, inode = struct.unpack_from("=5I", data, 52)
    return Row(data[1], sport, dport, socket.inet_ntoa(data[8:12]),
               socket.inet_ntoa(data[24:28]), ifindex, cookie, rqueue, wqueue,
               uid, inode, attributes(data[72:]))


def ask(family, kind=SOCK_DIAG_BY_FAMILY, flags=NLM_F_DUMP, protocol=6,
        states=ALL_STATES, extensions=0xff, who=identity(), behind=b"",
        read=row):
    """The rows, each as @read reads it; an error is raised as OSError."""
    body = struct.pack("=BBBBI", family, protocol, extensions, 0, states) + \
        who + behind
    rows = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                       NETLINK_SOCK_DIAG) as netlink:
        netlink.settimeout(60)
        netlink.send(struct.pack("=IHHII", 16 + len(body), kind,
                                 NLM_F_REQUEST | flags, 1, 0) + body)
        while True:
            data = netlink.recv(1 << 20)
            while data:
                size, found, _, _, _ = struct.unpack_from("=IHHII", data)
                if found in (NLMSG_ERROR, NLMSG_DONE):
                    error = struct.unpack_from("=i", data, 16)[0]
                    if error:
                        raise OSError(-error, os.strerror(-error))
                    return rows
                rows.append(read(data[16:size]))
                if not flags & NLM_F_DUMP:
                    return rows
                data = data[(size + 3) & ~3:]


def operation(code, yes, no, operand=b""):
    return struct.pack("=BBH", code, yes, no) + operand


def single(code, operand=b""):
    """A filter of one condition."""
    size = 4 + len(operand)
    return operation(code, size, size + 4, operand)


def port(code, number):
    return single(code, operation(0, 0, number))


def host(code, family, bits, number, addr=b""):
    return single(code, struct.pack("=BBxxi", family, bits, number) + addr)


def both(first, second):
    """first and second"""
    code, yes, _ = struct.unpack_from("=BBH", first)
    return operation(code, yes, len(first) + len(second) + 4, first[4:]) + \
        second


def either(first, second):
    """first or second: the first, and a jump over the second."""
    code, yes, _ = struct.unpack_from("=BBH", first)
    return operation(code, yes, len(first) + 4, first[4:]) + \
        operation(JMP, 4, 4 + len(second)) + second


def negated(only):
    """not only: if it holds, a jump beyond the end."""
    code, yes, _ = struct.unpack_from("=BBH", only)
    return operation(code, yes, len(only) + 4, only[4:]) + operation(JMP, 4, 8)
