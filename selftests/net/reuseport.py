#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sockets that share a port by SO_REUSEPORT, as AF_INET has them: peers are spread
evenly, or a program says who gets what (SO_ATTACH_REUSEPORT_CBPF). Each point is
made with the kernel's own stack as well."""
import ctypes
import errno
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from stack_lib import Stack, run_on_stacks  # noqa: E402
from twin_lib import (PEER, bound, enter, error_at_once, error_of, finish, left,  # noqa: E402
                      make, point, point_is, right)

SO_REUSEPORT, SO_INCOMING_CPU, SOL_TWIN = 15, 49, 18
SO_ATTACH_REUSEPORT_CBPF, SO_DETACH_REUSEPORT_BPF = 51, 68
MEMBERS, PEERS = 4, 400
RETURN_CONSTANT, RETURN_A, LOAD_BYTE = 0x06, 0x16, 0x30
numbers = iter(range(7700, 7900))


class Sharing(Stack):
    def member(self, kind, port, cpu=None):
        made = self.socket(kind)
        if error_of(made.setsockopt, socket.SOL_SOCKET, SO_REUSEPORT, 1):
            made.setsockopt(SOL_TWIN, SO_REUSEPORT, 1)  # of old kernels
        if cpu is not None:
            made.setsockopt(socket.SOL_SOCKET, SO_INCOMING_CPU, cpu)
        made.bind((self.address, port))
        if kind == socket.SOCK_STREAM:
            made.listen(PEERS)
        return made

    def group(self, kind):
        port = next(numbers)
        return port, [self.member(kind, port) for _ in range(MEMBERS)]


def attach(made, *instructions):
    """A program of (code, constant); returns the errno."""
    code = b"".join(struct.pack("HBBI", op, 0, 0, constant)
                    for op, constant in instructions)
    held = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxQ", len(instructions), ctypes.addressof(held))
    return error_of(made.setsockopt, socket.SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, program)


def taken(group, kind):
    """How many datagrams or connections each member has."""
    counts = []
    for one in group:
        count = 0
        while not error_at_once(one, (lambda: one.accept()[0].close())
                                if kind == socket.SOCK_STREAM else
                                (lambda: one.recv(10))):
            count += 1
        counts.append(count)
    return counts


def datagram(stack, port, data=b"r"):
    enter(right)
    with bound(make(socket.AF_INET, socket.SOCK_DGRAM, 0), PEER) as one:
        one.sendto(data, (stack.address, port))


def connection(stack, port):
    enter(right)
    one = make(socket.AF_INET, socket.SOCK_STREAM, 0)
    one.connect((stack.address, port))
    one.close()


def even(stack):
    port, group = stack.group(socket.SOCK_DGRAM)
    for _ in range(PEERS):
        datagram(stack, port)
    counts = taken(group, socket.SOCK_DGRAM)
    # the odds against less are a million to one
    point("peers are spread evenly",
          sum(counts) == PEERS and min(counts) >= PEERS // MEMBERS // 2, counts)


def keeps(stack):
    port, group = stack.group(socket.SOCK_DGRAM)
    enter(right)
    one = bound(make(socket.AF_INET, socket.SOCK_DGRAM, 0), PEER)
    for _ in range(20):
        one.sendto(b"again", (stack.address, port))
    point_is("a peer keeps its socket", sorted(taken(group, socket.SOCK_DGRAM)),
             [0] * (MEMBERS - 1) + [20])


def steered(stack):
    port, group = stack.group(socket.SOCK_DGRAM)
    for chosen in 2, 0, 3:
        point_is("a program can be attached", attach(group[1], (RETURN_CONSTANT, chosen)), 0)
        for _ in range(8):
            datagram(stack, port)
        wanted = [8 * (number == chosen) for number in range(MEMBERS)]
        point_is("it says which member gets all", taken(group, socket.SOCK_DGRAM), wanted)
    attach(group[0], (LOAD_BYTE, 0), (RETURN_A, 0))
    for number in range(MEMBERS):
        for _ in range(number + 1):
            datagram(stack, port, bytes([number]))
    point_is("it sees what is behind the header", taken(group, socket.SOCK_DGRAM),
             [number + 1 for number in range(MEMBERS)])
    attach(group[0], (RETURN_CONSTANT, 77))
    for _ in range(PEERS // 4):
        datagram(stack, port)
    counts = taken(group, socket.SOCK_DGRAM)
    point("a member that there is not: as without a program",
          sum(counts) == PEERS // 4 and min(counts) > 0, counts)
    attach(group[0], (RETURN_CONSTANT, 1))
    group[3].setsockopt(socket.SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0)
    for _ in range(PEERS // 4):
        datagram(stack, port)
    point("and so when it is taken away", min(taken(group, socket.SOCK_DGRAM)) > 0)


def members_change(stack):
    port, group = stack.group(socket.SOCK_DGRAM)
    attach(group[0], (RETURN_CONSTANT, 0))
    group.pop(0).close()
    for _ in range(8):
        datagram(stack, port)
    counts = taken(group, socket.SOCK_DGRAM)
    point("the program outlives the one that brought it",
          sorted(counts) == [0] * (MEMBERS - 2) + [8], counts)
    group[0].setsockopt(socket.SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0)
    enter(left)
    group[0].connect((PEER, 9))
    for _ in range(40):
        datagram(stack, port)
    counts = taken(group, socket.SOCK_DGRAM)
    point("a member that has a peer gets nothing of others'",
          not counts[0] and sum(counts) == 40, counts)


def listeners(stack):
    port, group = stack.group(socket.SOCK_STREAM)
    for chosen in 3, 1:
        point_is("listeners have programs too", attach(group[0], (RETURN_CONSTANT, chosen)), 0)
        for _ in range(8):
            connection(stack, port)
        wanted = [8 * (number == chosen) for number in range(MEMBERS)]
        point_is("which say who gets the connections", taken(group, socket.SOCK_STREAM),
                 wanted)
    for one in group[1:]:
        one.close()
    for _ in range(4):
        connection(stack, port)
    point_is("the last one gets all", taken(group[:1], socket.SOCK_STREAM), [4])


def processors(stack):
    """All is sent, and so taken in, on the first processor."""
    for kind, send, what in ((socket.SOCK_DGRAM, datagram, "datagrams"),
                             (socket.SOCK_STREAM, connection, "connections")):
        for cpus in (0, 1), (1, 0):
            port = next(numbers)
            pair = [stack.member(kind, port, cpu) for cpu in cpus]
            for _ in range(16):
                send(stack, port)
            point_is("SO_INCOMING_CPU: the member of this processor gets all %s" % what,
                     taken(pair, kind), [16 * (cpu == 0) for cpu in cpus])


def wrong(stack):
    alone = stack.socket()
    point_is("without SO_REUSEPORT there is no program",
             attach(alone, (RETURN_CONSTANT, 0)), errno.EINVAL)
    alone.bind((stack.address, next(numbers)))
    point_is("bound or not", attach(alone, (RETURN_CONSTANT, 0)), errno.EINVAL)
    _, group = stack.group(socket.SOCK_DGRAM)
    point_is("nor one that makes no sense", attach(group[0], (0xffff, 0)), errno.EINVAL)


os.sched_setaffinity(0, {0})
run_on_stacks(Sharing, (even, keeps, steered, members_change, listeners, processors, wrong))
finish()
