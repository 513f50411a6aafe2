#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""traceroute(8) over a router of the kernel's, to Twin and, under "twin run", from
it: with datagrams, which end in "port unreachable", and with pings."""
import os
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from twin_lib import (AF_OURS, ON_TWIN, OURS, PEER, add_address, enter, finish, left,  # noqa: E402
                      point_is, right, run, set_up, skip, tool)

FAR = "far-%d" % os.getpid()
ROUTER, HOST = "10.8.0.2", "10.8.0.9"


def set_up_way():
    """left, ours - right, the router - FAR, a host of the kernel's."""
    set_up()
    run("ip", "netns", "add", FAR)
    run("ip", "-n", right, "link", "add", "eth1", "type", "veth",
        "peer", "name", "eth0", "netns", FAR)
    run("ip", "-n", right, "link", "set", "eth1", "up")
    run("ip", "-n", FAR, "link", "set", "eth0", "up")
    add_address(right, ROUTER, "eth1", family=socket.AF_INET)
    add_address(FAR, HOST, family=socket.AF_INET)
    run("ip", "-n", FAR, "route", "add", "default", "via", ROUTER)
    run(tool(AF_OURS), "-n", left, "route", "add", "default", "via", PEER)
    enter(right)
    write("/proc/sys/net/ipv4/ip_forward", "1")
    enter(left)
    write("/proc/sys/net/%s/ping_group_range" % ("twin" if ON_TWIN else "ipv4"), "0 1000")


def write(path, words):
    with open(path, "w", encoding="ascii") as knob:
        knob.write(words)


def way(namespace, *command):
    """The addresses that the program shows, in order, and what it complains of."""
    enter(namespace)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line.split()[1] for line in done.stdout.splitlines()[1:]], done.stderr


def trace(*words):
    """One probe after the other: an error that is told to the sender of the next
    one would keep that from going."""
    return ("traceroute", "-n", "-q", "1", "-N", "1", "-w", "20") + words


set_up_way()
if not shutil.which("traceroute"):
    skip("traceroute", "is not installed")
else:
    ours = ("twin", "run") if ON_TWIN else ()
    for how in (), ("-I",):
        point_is(" ".join(("to Twin:", "traceroute") + how),
                 way(FAR, *trace(*how, OURS)), ([ROUTER, OURS], ""))
    for how in (), ("-I", "-O", "dgram"):
        point_is(" ".join(("from Twin:", "traceroute") + how),
                 way(left, *ours, *trace(*how, HOST)), ([PEER, HOST], ""))
    point_is("from Twin: a host that there is not",
             way(left, *ours, *trace("-m", "2", "10.8.0.77")), ([PEER, PEER], ""))
run("ip", "netns", "del", FAR)
finish()
