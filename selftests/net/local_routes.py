#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug
"""Routes of type local: addresses that mean this host although it does not have
them, as transparent proxies want it."""
import errno
import socket

from udp_lib import (OURS, PEER, bound, enter, error_of, finish, left, make, ours,
                     point_is, right, run, set_up, theirs)
from twin_lib import AF_OURS, ON_TWIN, run_tests

IP_TRANSPARENT = 19
TOOL = ("twin",) if ON_TWIN else ("ip",)


def route(*words):
    device = () if ON_TWIN else ("dev", "lo")
    run(*TOOL, "-n", left, "route", *words, *device)


def prefix():
    run("ip", "-n", right, "route", "add", "10.99.0.0/16", "via", OURS)
    point_is("an address that is not ours cannot be bound",
             error_of(ours().bind, ("10.99.1.2", 0)), errno.EADDRNOTAVAIL)
    route("add", "local", "10.99.0.0/16")
    server = bound(ours(), "10.99.1.2")
    client = bound(theirs(), PEER)
    client.sendto(b"ask", server.getsockname())
    data, address = server.recvfrom(10)
    server.sendto(data, address)
    point_is("with a local route it can, and is reached", client.recvfrom(10),
             (b"ask", server.getsockname()))


def proxy():
    enter(left)
    listener = make(AF_OURS, socket.SOCK_STREAM, 0)
    listener.setsockopt(socket.IPPROTO_IP, IP_TRANSPARENT, 1)
    listener.bind(("0.0.0.0", 0))
    listener.listen(1)
    enter(right)
    client = make(socket.AF_INET, socket.SOCK_STREAM, 0)
    client.connect(("10.99.3.4", listener.getsockname()[1]))
    accepted, _ = listener.accept()
    point_is("a connection to any of them is accepted, as its address",
             accepted.getsockname(), ("10.99.3.4", listener.getsockname()[1]))
    accepted.sendall(b"hello")
    point_is("and works", client.recv(10), b"hello")


def on_the_link():
    route("add", "local", "10.7.0.200/32")
    server, client = bound(ours()), bound(theirs(), PEER)
    client.sendto(b"who", ("10.7.0.200", server.getsockname()[1]))
    point_is("ARP is answered for one on the link", server.recv(10), b"who")


def gone():
    route("del", "local", "10.99.0.0/16")
    point_is("without the route it is not ours any more",
             error_of(ours().bind, ("10.99.1.2", 0)), errno.EADDRNOTAVAIL)


def many():
    """Of all lengths, and the same prefix several times."""
    lengths = range(9, 33)
    for length in lengths:
        for metric in "1", "2":
            route("add", "local", "11.%d.0.0/%d" % (128 >> (length - 9), length)
                  if length < 17 else "12.0.0.0/%d" % length, "metric", metric)
    point_is("each of many prefixes can be bound",
             [error_of(ours().bind, (address, 0)) for address in
              ("11.128.0.1", "11.64.0.1", "11.1.0.1", "12.0.0.0", "12.0.127.255")], [0] * 5)
    for length in lengths:
        if length >= 17:
            route("del", "local", "12.0.0.0/%d" % length, "metric", "1")
    point_is("also when one of two routes is gone", error_of(ours().bind, ("12.0.0.0", 0)), 0)
    for length in lengths:
        if length >= 17:
            route("del", "local", "12.0.0.0/%d" % length, "metric", "2")
    point_is("but not when both are", error_of(ours().bind, ("12.0.0.0", 0)),
             errno.EADDRNOTAVAIL)


set_up()
run_tests([prefix, proxy, on_the_link, gone, many])
finish()
