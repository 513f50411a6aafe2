#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A network namespace of a user namespace: its owner configures it, within the
bounds that the machine's owner has set. user_namespaces(7), icmp(7)."""
import ctypes
import errno
import os
import socket

import twin_lib
from twin_lib import (AF_OURS, ON_TWIN, counters_here, error_of, libc, load_module,
                      make, point, point_is, run, skip)

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
FOLDER = "/proc/sys/net/twin/"
FIRST, COUNT = 100000, 1000     # the machine's numbers for 0 to 999 inside
PING = (AF_OURS, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)


def write(name, text):
    with open(FOLDER + name, "w", encoding="ascii") as file:
        file.write(text)


def ping():
    made = make(*PING)
    made.close()


def memory_bytes():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(file.readline().split()[1]) << 10


def crowd(size=60000):
    """Neighbours that never answer hold what was sent to them, also when its
    sockets are closed: so much of the machine's memory, and no more."""
    run("ip", "link", "add", "v0", "mtu", "65000", "type", "veth",
        "peer", "name", "v1", "mtu", "65000")
    for name in ("v0", "v1"):
        run("ip", "link", "set", name, "up")
    run("twin", "addr", "add", "10.0.0.1/8", "dev", "v0")
    most = memory_bytes() // 64
    for host in range(most // size):
        with make(AF_OURS, socket.SOCK_DGRAM, 0) as made:
            for _ in range(2):
                made.sendto(bytes(size), ("10.1.%d.%d" % divmod(host, 256), 9))
    point("what waits for neighbours is bounded for the whole machine",
          counters_here()["TwinDropArpQueueFull"] >= most // size)


def congestion_controls():
    """One that yields to nobody is for administrators, as a default for the host's own."""
    if not ON_TWIN:
        skip("restricted congestion controls", "AF_INET may not have dctcp here")
        return
    write("tcp_congestion_control", "dctcp")
    with make(AF_OURS, socket.SOCK_STREAM, 0) as made:
        point_is("the host's default may be dctcp, and anybody has it then",
                 made.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 5), b"dctcp")
    write("tcp_congestion_control", "cubic")
    with make(AF_OURS, socket.SOCK_STREAM, 0) as made:
        chosen = (made.setsockopt, socket.IPPROTO_TCP, socket.TCP_CONGESTION)
        os.seteuid(65534)
        point_is("nobody may choose dctcp", error_of(*chosen, b"dctcp"), errno.EPERM)
        point_is("nor say that it is there", error_of(*chosen, b"nosuch"), errno.ENOENT)
        point_is("but bbr", error_of(*chosen, b"bbr"), 0)
        os.seteuid(0)
        point_is("an administrator may choose dctcp", error_of(*chosen, b"dctcp"), 0)


def inside():
    os.setresgid(7, 7, 7)
    os.setgroups([])
    point_is("nobody may ping at first", error_of(ping), errno.EACCES)
    os.setresgid(0, 0, 0)
    write("ping_group_range", "7 7")
    with open(FOLDER + "ping_group_range", encoding="ascii") as file:
        point_is("groups are those of the user namespace",
                 file.read().split(), ["7", "7"])
    point_is("another group may not ping", error_of(ping), errno.EACCES)
    os.setresgid(7, 7, 0)
    point_is("the group of that number may", error_of(ping), 0)
    os.setresgid(0, 0, 0)
    point_is("a group from outside cannot be named",
             error_of(write, "ping_group_range", "5000 5000"), errno.EINVAL)
    point_is("what concerns the namespace can be set",
             error_of(write, "ip_default_ttl", "77"), 0)
    for name in ("arp_gc_thresh", "arp_mcast_solicit", "arp_retrans_time_ms",
                 "ipfrag_high_thresh", "tcp_max_tw_buckets", "igmp_max_msf"):
        point_is("the machine's memory and time are not theirs: %s" % name,
                 error_of(write, name, "200"), errno.EACCES)
    if ON_TWIN:
        point_is("nor is a default that yields to nobody",
                 error_of(write, "tcp_congestion_control", "dctcp"), errno.EPERM)
        point_is("another one is", error_of(write, "tcp_congestion_control", "bbr"), 0)
    crowd()


def enter_namespaces():
    """A child's world, with its numbers; its parent maps them from outside."""
    asked, told = os.pipe(), os.pipe()
    child = os.fork()
    if child:
        os.read(asked[0], 1)
        for kind in ("uid", "gid"):
            with open("/proc/%d/%s_map" % (child, kind), "w",
                      encoding="ascii") as file:
                file.write("0 %d %d" % (FIRST, COUNT))
        os.write(told[1], b".")
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
        skip("user namespaces", os.strerror(ctypes.get_errno()))
        print("1..1", flush=True)
        os._exit(0)
    os.write(asked[1], b".")
    os.read(told[0], 1)
    os.setresuid(0, 0, 0)
    os.setresgid(0, 0, 0)


load_module()
congestion_controls()
enter_namespaces()
try:
    inside()
except OSError as failure:
    point("the test itself", False, failure)
print("1..%d" % twin_lib.count[0])
