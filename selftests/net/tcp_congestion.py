#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A congestion control from another module (examples/congestion): it is found by
name, carries data, and stays while a connection uses it."""
import os
import socket
import subprocess

from tcp_lib import (Later, await_true, both_ways,
                     connected, outcome_of, receive_all, run_against_peers,
                     set_up)
from twin_lib import (ON_TWIN, enter, finish, left, point, point_is,
                      run, skip)

TCP, NAME = socket.IPPROTO_TCP, "aimd"
SIZE = 4 << 20
MODULE = os.path.join(os.path.dirname(os.environ.get("TWIN_KO", "twin.ko")),
                      "twin_aimd.ko")
SYSCTL = "/proc/sys/net/twin/tcp_congestion_control"


def named(made):
    name = made.getsockopt(TCP, socket.TCP_CONGESTION, 16)
    return name.rstrip(b"\0").decode()


def unload():
    return subprocess.run(["rmmod", "twin_aimd"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def transfer(client, server):
    data = os.urandom(SIZE)
    reader = Later(receive_all, server, SIZE)
    client.sendall(data)
    return reader.outcome() == data


def by_option(us, peer):
    client, server = connected(us, peer, ((TCP, socket.TCP_CONGESTION,
                                           NAME.encode()),))
    point_is("chosen by TCP_CONGESTION", named(client), NAME)
    point("data gets through", transfer(client, server))
    run("tc", "-n", left, "qdisc", "replace", "dev", "eth0", "root", "netem",
        "delay", "1ms", "loss", "2%")
    point("... and over a path that loses some", transfer(client, server))
    run("tc", "-n", left, "qdisc", "del", "dev", "eth0", "root")
    point("it is not unloaded while it is used", not unload())
    client.setsockopt(TCP, socket.TCP_CONGESTION, b"reno")
    point("after the last user it is", await_true(unload))
    point_is("then its name is unknown",
             outcome_of(client.setsockopt, TCP, socket.TCP_CONGESTION,
                        NAME.encode()), "ENOENT")
    run("insmod", MODULE, "decrease=80", "increase=2")


def by_sysctl(us, peer):
    enter(left)
    with open(SYSCTL, encoding="ascii") as file:
        usual = file.read()
    with open(SYSCTL, "w", encoding="ascii") as file:
        file.write(NAME)
    try:
        for title, client_side, server_side in both_ways(us, peer):
            client, server = connected(client_side, server_side)
            ours = client if client_side is us else server
            point_is("chosen by sysctl (%s)" % title, named(ours), NAME)
            point("data gets through (%s)" % title, transfer(client, server) and
                  transfer(server, client))
            point("it is not unloaded (%s)" % title, not unload())
    finally:
        enter(left)
        with open(SYSCTL, "w", encoding="ascii") as file:
            file.write(usual)


set_up()
if ON_TWIN:
    run("insmod", MODULE)
    run_against_peers(by_option, by_sysctl)
    point("unloaded at the end", await_true(unload))
else:
    skip("a congestion control from another module", "AF_INET")
finish()
