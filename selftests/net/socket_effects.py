#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Options of socket(7) that show elsewhere than in getsockopt(): what they do to
datagrams, on the kernel's own stack and on Twin."""
import ctypes
import os
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from twin_lib import (AF_TWIN, ON_TWIN, OURS, PEER, add_address, bound, enter,  # noqa: E402
                      error_at_once, finish, left, make, point, point_is, prefix, right,
                      run_tests, set_up, skip)

SO_ATTACH_FILTER, SO_DETACH_FILTER, SO_BUSY_POLL = 26, 27, 46
SO_TIMESTAMPING, SO_INCOMING_CPU, SO_TXTIME = 37, 49, 61
STAMP_SOFTWARE, STAMP_SCHED, STAMP_ONLY = 1 << 4, 1 << 8, 1 << 11
MSG_ERRQUEUE = 0x2000
CLOCK_MONOTONIC = 1
LATER = 5                       # seconds; the other datagram has so long to be sent
KERNEL = "10.7.0.3"             # of the kernel's own stack beside Twin's
LOAD_BYTE, IF_EQUAL, RETURN = 0x30, 0x15, 0x06
UDP_HEADER = 8                  # a filter sees it
numbers = iter(range(7800, 7900))


class Stack:
    """One of the two stacks in the left namespace."""

    def __init__(self, family, address):
        self.family, self.address = family, address

    def socket(self):
        enter(left)
        return make(self.family, socket.SOCK_DGRAM, 0)

    def pair(self):
        """A socket there, and one of the peer's that is connected to it."""
        here = bound(self.socket(), self.address, next(numbers))
        enter(right)
        there = bound(make(socket.AF_INET, socket.SOCK_DGRAM, 0), PEER)
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


def busy_poll(stack):
    here, there = stack.pair()
    here.setsockopt(socket.SOL_SOCKET, SO_BUSY_POLL, 1000)
    there.send(b"one")
    point_is("with SO_BUSY_POLL what is there is read", here.recv(100), b"one")
    point("and nothing is EAGAIN", error_at_once(here, here.recv, 1))
    pid = os.fork()
    if not pid:
        time.sleep(0.2)
        there.send(b"two")
        os._exit(0)
    point_is("and what comes while it waits", here.recv(100), b"two")
    os.waitpid(pid, 0)


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


set_up()
os.sched_setaffinity(0, {0})
stacks = [Stack(socket.AF_INET, KERNEL if ON_TWIN else OURS)]
if ON_TWIN:
    add_address(left, KERNEL, family=socket.AF_INET)
    stacks.append(Stack(AF_TWIN, OURS))
for each in stacks:
    prefix[0] = "AF_TWIN: " if each.family == AF_TWIN else "AF_INET: "
    run_tests((filters, incoming_cpu, busy_poll, send_time, stamp_of_cut), each)
finish()
