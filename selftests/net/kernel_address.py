#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug
"""One machine, two stacks: an address belongs to one of them. Twin refuses what
the kernel has, and reports when the kernel is given what Twin has.
"""
import socket
import struct
import subprocess

from twin_lib import (ON_TWIN, OURS, counters, enter, finish, left, point, point_is,
                      run, run_tests, set_up, skip)

RTMGRP_IPV4_IFADDR, RTM_NEWADDR, DADFAILED = 1 << 4, 20, 0x08
AF_TWIN = 18


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


set_up()
if ON_TWIN:
    run_tests([refused, reported])
else:
    skip("two stacks", "there is only one")
finish()
