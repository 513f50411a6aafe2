#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Options of socket(7) that show elsewhere than in getsockopt(): what they do to
datagrams and segments, on the kernel's own stack and on Twin."""
import ctypes
import os
import select
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from stack_lib import Stack, peer, run_on_stacks  # noqa: E402
from tcp_lib import Later  # noqa: E402
from twin_lib import (PATIENCE, PEER, bound, enter, error_at_once, finish, left,  # noqa: E402
                      libc, make, point, point_is, right, skip)

SO_ATTACH_FILTER, SO_DETACH_FILTER, SO_BUSY_POLL = 26, 27, 46
SO_TIMESTAMPING, SO_INCOMING_CPU, SO_ATTACH_BPF, SO_TXTIME = 37, 49, 50, 61
STAMP_SOFTWARE, STAMP_SCHED, STAMP_ONLY = 1 << 4, 1 << 8, 1 << 11
MSG_ERRQUEUE = 0x2000
NAMES = {socket.SO_MARK: "SO_MARK", socket.SO_PRIORITY: "SO_PRIORITY"}
CLOCK_MONOTONIC = 1
LATER = 5                       # seconds; the other datagram has so long to be sent
LOAD_BYTE, IF_EQUAL, RETURN = 0x30, 0x15, 0x06
UDP_HEADER = 8                  # a filter sees it
IP_HEADER = 20
LOW_DELAY, INTERACTIVE = 0x10, 6        # IPTOS_LOWDELAY, TC_PRIO_INTERACTIVE
MARK_PLACE, PRIORITY_PLACE = 8, 32      # in struct __sk_buff
BPF_LOAD_WORD, BPF_IF_NOT_EQUAL, BPF_MOVE, BPF_EXIT = 0x61, 0x55, 0xb7, 0x95
BPF_PROG_LOAD, BPF_SOCKET_FILTER, SYS_BPF = 5, 1, 321   # of x86-64, UML too
ETH_P_ALL = 3
numbers = iter(range(7800, 7900))


class Observed(Stack):
    def pair(self):
        """A socket there, and one of the peer's that is connected to it."""
        here = bound(self.socket(), self.address, next(numbers))
        there = peer()
        there.connect(here.getsockname())
        return here, there


def attach(made, *instructions):
    code = b"".join(struct.pack("HBBI", *one) for one in instructions)
    held = ctypes.create_string_buffer(code, len(code))
    made.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack(
        "HxxxxxxQ", len(instructions), ctypes.addressof(held)))


def filters(stack):
    here, there = stack.pair()
    attach(here, (LOAD_BYTE, 0, 0, UDP_HEADER), (IF_EQUAL, 0, 1, ord("x")),
           (RETURN, 0, 0, 0), (RETURN, 0, 0, 0xffff))
    there.send(b"x is not wanted")
    there.send(b"this is")
    point_is("SO_ATTACH_FILTER keeps datagrams away", here.recv(100), b"this is")
    attach(here, (RETURN, 0, 0, UDP_HEADER + 3))
    there.send(b"cut here")
    point_is("or cuts them", here.recv(100), b"cut")
    attach(here, (RETURN, 0, 0, 1))
    there.send(b"header")
    point_is("but not their header", here.recv(100), b"")
    here.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
    there.send(b"whole again")
    point_is("until it is taken off", here.recv(100), b"whole again")


def incoming_cpu(stack):
    """All is sent, and so taken in, on the first processor."""
    for first, second in ((0, 1), (1, 0)):
        port, pair = next(numbers), []
        for cpu in first, second:
            one = stack.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.setsockopt(socket.SOL_SOCKET, SO_INCOMING_CPU, cpu)
            pair.append((cpu, bound(one, stack.address, port)))
        enter(right)
        sender = make(socket.AF_INET, socket.SOCK_DGRAM, 0)
        for _ in range(4):
            sender.sendto(b"x", (stack.address, port))
        got = {cpu: 0 for cpu, _ in pair}
        for cpu, one in pair:
            while not error_at_once(one, one.recv, 10):
                got[cpu] += 1
        point_is("SO_INCOMING_CPU: the socket of this processor gets it, bound %s"
                 % ("first" if first == 0 else "last"), got, {0: 4, 1: 0})


def shared_port(stack):
    """Of unconnected sockets the one bound last gets it, wherever one was taken in
    before; only a connected socket remembers its processor."""
    port, pair = next(numbers), []
    enter(right)
    sender = make(socket.AF_INET, socket.SOCK_DGRAM, 0)
    for _ in range(2):
        one = stack.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        pair.append(bound(one, stack.address, port))
        enter(right)
        sender.sendto(b"x", (stack.address, port))
        # taken in before the next socket is there, or asked for it
        select.select([one], [], [], PATIENCE)
    point_is("a datagram on this processor binds no other one to its socket",
             [len(select.select([one], [], [], 0)[0]) for one in pair], [1, 1])
    point_is("each has one", [one.recv(10) for one in pair], [b"x", b"x"])
    one = bound(stack.socket(), stack.address, next(numbers))
    one.setsockopt(socket.SOL_SOCKET, SO_INCOMING_CPU, 1)
    sender.sendto(b"y", one.getsockname())
    point_is("it comes", one.recv(10), b"y")
    point_is("and SO_INCOMING_CPU of an unconnected socket stays what was set",
             one.getsockopt(socket.SOL_SOCKET, SO_INCOMING_CPU), 1)
    here, there = stack.pair()
    here.connect(there.getsockname())
    there.send(b"z")
    here.recv(10)
    point_is("that of a connected one is where its datagram was taken in",
             here.getsockopt(socket.SOL_SOCKET, SO_INCOMING_CPU), 0)


def busy_poll(stack):
    here, there = stack.pair()
    here.setsockopt(socket.SOL_SOCKET, SO_BUSY_POLL, 1000)
    there.send(b"one")
    point_is("with SO_BUSY_POLL what is there is read", here.recv(100), b"one")
    point("and nothing is EAGAIN", error_at_once(here, here.recv, 1))
    reader = Later(here.recv, 100)
    reader.sleeps()
    there.send(b"two")
    point_is("and what comes while it waits", reader.outcome(), b"two")


class Watch:
    """What leaves a device with a number at a place of struct __sk_buff: a packet
    socket with a program of one comparison."""

    def __init__(self, place, number):
        program = b"".join(struct.pack("BBhi", *one) for one in (
            (BPF_LOAD_WORD, 0x10, place, 0), (BPF_IF_NOT_EQUAL, 0, 2, number),
            (BPF_MOVE, 0, 0, 0xffff), (BPF_EXIT, 0, 0, 0), (BPF_MOVE, 0, 0, 0),
            (BPF_EXIT, 0, 0, 0)))
        code, licence = ctypes.create_string_buffer(program), ctypes.create_string_buffer(b"GPL")
        request = ctypes.create_string_buffer(struct.pack(
            "IIQQ", BPF_SOCKET_FILTER, len(program) // 8, ctypes.addressof(code),
            ctypes.addressof(licence)), 64)
        loaded = libc.syscall(SYS_BPF, BPF_PROG_LOAD, request, 64)
        if loaded < 0:
            raise OSError(ctypes.get_errno(), "bpf")
        enter(left)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_BPF, loaded)
        os.close(loaded)
        self.socket.bind(("eth0", ETH_P_ALL))
        self.socket.settimeout(PATIENCE)

    def payload(self, header):
        """Of the next datagram, behind so long a transport header."""
        return self.socket.recv(2000)[IP_HEADER + header:]


def marks(stack):
    here, there = stack.pair()
    address = there.getsockname()
    for option, place, number in ("SO_MARK", MARK_PLACE, 77), \
            ("SO_PRIORITY", PRIORITY_PLACE, 5):
        watch = Watch(place, number)
        here.sendto(b"before", address)
        here.setsockopt(socket.SOL_SOCKET, getattr(socket, option), number)
        here.sendto(b"with it", address)
        here.setsockopt(socket.SOL_SOCKET, getattr(socket, option), 0)
        here.sendto(b"after", address)
        here.setsockopt(socket.SOL_SOCKET, getattr(socket, option), number)
        here.sendto(b"again", address)
        point_is(option + " is in the datagrams sent with it",
                 [watch.payload(UDP_HEADER) for _ in range(2)], [b"with it", b"again"])
        here.setsockopt(socket.SOL_SOCKET, getattr(socket, option), 0)
    watch = Watch(MARK_PLACE, 78)
    here.sendto(b"not", address)
    here.sendmsg([b"this one"], [(socket.SOL_SOCKET, socket.SO_MARK, struct.pack("I", 78))],
                 0, address)
    point_is("a mark for a single datagram", watch.payload(UDP_HEADER), b"this one")
    watch = Watch(PRIORITY_PLACE, INTERACTIVE)
    here.sendto(b"not", address)
    here.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, LOW_DELAY)
    point_is("IP_TOS chooses a priority",
             here.getsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY), INTERACTIVE)
    here.sendto(b"low delay", address)
    point_is("that datagrams have", watch.payload(UDP_HEADER), b"low delay")


def marks_of_streams(stack):
    enter(right)
    listener = bound(make(socket.AF_INET, socket.SOCK_STREAM, 0), PEER)
    listener.listen(1)
    for option, place, number in (socket.SO_MARK, MARK_PLACE, 79), \
            (socket.SO_PRIORITY, PRIORITY_PLACE, 4):
        watch = Watch(place, number)
        here = stack.socket(socket.SOCK_STREAM)
        here.setsockopt(socket.SOL_SOCKET, option, number)
        here.connect(listener.getsockname())
        there, _ = listener.accept()
        here.send(b"of a stream")
        there.recv(100)
        seen = [watch.payload(0) for _ in range(3)]
        point_is("%s: SYN, ACK and data have it" % NAMES[option],
                 [one[13] & 0x17 for one in seen], [2, 0x10, 0x10])
        point("%s: the data is the last" % NAMES[option], seen[2].endswith(b"of a stream"))
        here.close()
        there.close()


def send_time(stack):
    """The qdisc fq sends a datagram when its time has come, not before."""
    if subprocess.run(["tc", "-n", left, "qdisc", "replace", "dev", "eth0", "root", "fq"],
                      check=False, capture_output=True).returncode:
        skip("SO_TXTIME", "there is no qdisc fq here")
        return
    here, there = stack.pair()
    other = stack.socket()
    here.setsockopt(socket.SOL_SOCKET, SO_TXTIME, struct.pack("iI", CLOCK_MONOTONIC, 0))
    due = time.monotonic_ns() + LATER * 10**9
    enter(right)
    taker = bound(make(socket.AF_INET, socket.SOCK_DGRAM, 0), PEER)
    later = b"later" * 600      # cut into fragments, each of which waits
    here.sendmsg([later], [(socket.SOL_SOCKET, SO_TXTIME, struct.pack("Q", due))], 0,
                 taker.getsockname())
    other.sendto(b"now", taker.getsockname())
    point_is("SO_TXTIME: what was sent later without a time comes first",
             taker.recv(100), b"now")
    point_is("what has one comes", taker.recv(4000), later)
    point("when it is due", time.monotonic_ns() >= due)
    subprocess.run(["tc", "-n", left, "qdisc", "del", "dev", "eth0", "root"], check=False)
    there.close()


def stamp_of_cut(stack):
    """A datagram that is cut has left when its first fragment has."""
    here, there = stack.pair()
    here.connect(there.getsockname())
    here.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING,
                    STAMP_SOFTWARE | STAMP_SCHED | STAMP_ONLY)
    here.send(bytes(4000))
    point_is("a datagram in fragments comes", len(there.recv(5000)), 4000)
    point("it is told once when it was sent",
          here.recvmsg(10, 500, MSG_ERRQUEUE)[1] and
          error_at_once(here, here.recvmsg, 10, 500, MSG_ERRQUEUE))
    there.close()


os.sched_setaffinity(0, {0})
run_on_stacks(Observed, (filters, incoming_cpu, shared_port, busy_poll, marks,
                         marks_of_streams, send_time, stamp_of_cut))
finish()
