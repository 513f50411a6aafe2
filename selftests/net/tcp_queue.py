#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What waits in the device's queue: little, also where the kernel cuts big
packets because the device does not."""
import os
import re
import socket
import subprocess

from tcp_lib import Later, both_ways, connected, run_against_peers, set_up
from twin_lib import finish, left, point, run

SIZE = 3 << 20
RATE = "20mbit"
SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33
# Nothing else bounds what is under way: neither buffers nor a careful start.
CLIENT = ((socket.SOL_SOCKET, SO_SNDBUFFORCE, 8 << 20),
          (socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno"))
SERVER = ((socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20),)
# Two packets as big as they get, with what the memory of them counts for.
ENOUGH = 400 << 10


def backlog():
    """Bytes in the queue of our device."""
    shown = subprocess.run(["tc", "-s", "-n", left, "qdisc", "show", "dev",
                            "eth0"], check=True, stdout=subprocess.PIPE,
                           text=True).stdout
    number, unit = re.search(r"backlog (\d+)(K?)b", shown).groups()
    return int(number) << (10 if unit else 0)


def receive(made, size):
    while size:
        size -= len(made.recv(1 << 16))


def highest(client_side, server_side):
    """The longest that the queue was while the transfer lasted."""
    client, server = connected(client_side, server_side, CLIENT, SERVER)
    most = 0
    receiver = Later(receive, server, SIZE)
    sender = Later(client.sendall, os.urandom(SIZE))
    while receiver.is_alive():
        most = max(most, backlog())
    receiver.outcome()
    sender.outcome()
    print("# %d bytes at most" % most)
    return most


def slow_device(us, peer):
    run("tc", "-n", left, "qdisc", "replace", "dev", "eth0", "root", "tbf",
        "rate", RATE, "burst", "20kb", "limit", "30mb")
    for what, tso in ("cuts", "on"), ("does not cut", "off"):
        run("ip", "netns", "exec", left, "ethtool", "-K", "eth0", "tso", tso)
        for title, client_side, server_side in both_ways(us, peer):
            if client_side is us:
                most = highest(client_side, server_side)
                point("small queues, a device that %s big packets (%s)" %
                      (what, title), most <= ENOUGH, most)
    run("ip", "netns", "exec", left, "ethtool", "-K", "eth0", "tso", "on")
    run("tc", "-n", left, "qdisc", "del", "dev", "eth0", "root")


set_up()
run_against_peers(slow_device)
finish()
