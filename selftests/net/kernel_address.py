#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug
"""One machine, two stacks: an address belongs to one of them. Twin refuses what
the kernel has, and reports when the kernel is given what Twin has.
"""
import socket
import struct
import subprocess

from twin_lib import (AF_TWIN, ON_TWIN, OURS, PEER, bound, counters, enter, finish,
                      left, make, point, point_is, right, run, run_tests, set_up, skip)

RTMGRP_IPV4_IFADDR, RTM_NEWADDR, DADFAILED = 1 << 4, 20, 0x08


def refused():
    run("ip", "-n", left, "addr", "add", "10.7.0.9/24", "dev", "eth0")
    done = subprocess.run(["twin", "-n", left, "addr", "add", "10.7.0.9/24", "dev",
                           "eth0"], capture_output=True, text=True, check=False)
    point("an address of the kernel's is refused", done.returncode, done.stderr)


def reported():
    enter(left)
    news = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    news.bind((0, RTMGRP_IPV4_IFADDR))
    news.settimeout(60)
    before = counters(left)["TwinArpKernelConflicts"]
    run("ip", "-n", left, "addr", "add", OURS + "/32", "dev", "eth0")
    flags = None
    while flags is None:
        message = news.recv(4096)
        kind, = struct.unpack_from("H", message, 4)
        if kind == RTM_NEWADDR and message[16] == AF_TWIN:
            flags = message[18]
    point("listeners hear that the kernel was given an address of Twin's",
          flags & DADFAILED, flags)
    point_is("it is counted", counters(left)["TwinArpKernelConflicts"], before + 1)
    run("ip", "-n", left, "addr", "add", "10.7.0.10/32", "dev", "eth0")
    point_is("an address that Twin does not have is not",
             counters(left)["TwinArpKernelConflicts"], before + 1)


def not_taken():
    """A route of type local is about what nobody has: the kernel's own address in its
    prefix stays the kernel's, and its ARP answers for it alone."""
    run("twin", "-n", left, "route", "add", "local", "10.7.0.8/29")
    enter(left)
    server = bound(make(socket.AF_INET, socket.SOCK_DGRAM, 0), "10.7.0.9")
    enter(right)
    client = bound(make(socket.AF_INET, socket.SOCK_DGRAM, 0), PEER)
    client.sendto(b"ask", server.getsockname())
    data, address = server.recvfrom(10)
    server.sendto(b"answer", address)
    point_is("an address of the kernel's is its own in a local prefix of Twin's",
             (data, client.recv(10)), (b"ask", b"answer"))
    before = counters(left)["TwinArpInRequests"]
    run("ip", "netns", "exec", right, "sh", "-c", "ip neigh flush all")
    client.sendto(b"again", server.getsockname())
    server.recv(10)
    point_is("its ARP is not answered by Twin", counters(left)["TwinArpInRequests"],
             before)
    enter(left)
    other = bound(make(AF_TWIN, socket.SOCK_DGRAM, 0), "10.7.0.8")
    client.sendto(b"local", other.getsockname())
    point_is("the rest of the prefix is Twin's", other.recv(10), b"local")
    run("twin", "-n", left, "route", "del", "local", "10.7.0.8/29")


set_up()
if ON_TWIN:
    run_tests([refused, reported, not_taken])
else:
    skip("two stacks", "there is only one")
finish()
