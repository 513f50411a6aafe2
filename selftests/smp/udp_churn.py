#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: smp debug
# timeout: 900
# module: self
"""Everything that can come or go does so at the same time, on all processors,
while datagrams for all of it arrive: sockets, addresses, routes, neighbours,
devices, namespaces, readers of the tables, and attempts to unload the module.
The kernel's own checks are the judges (panic_on_warn; KASAN and lockdep in the
debug bed); the points say that the work was done and that the stack works on."""
import ctypes
import os
import random
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../inspect"))
import diag_lib as diag  # noqa: E402
from churn import (BURSTS, SECOND, all_at_once, devices, namespaces,  # noqa: E402
                   unload_under_traffic)
from udp_lib import (AF_TWIN, OURS, PEER, attempt, bound, enter, error_of,  # noqa: E402
                     finish, libc, make, ours, set_up, theirs)

PORTS = range(7400, 7408)


def datagrams_from_the_peer():
    """More than anybody reads, to addresses that may not be there just now."""
    sender = bound(theirs())
    targets = [OURS, SECOND] + ["10.%d.0.1" % net for net in (8, 9)]
    for _ in range(BURSTS):
        for target in targets:
            data = os.urandom(random.choice((1, 100, 3000)))
            error_of(sender.sendto, data, (target, random.choice(PORTS)))


def datagrams_inside():
    sender = ours()
    for _ in range(BURSTS * 4):
        target = random.choice((OURS, SECOND, "127.0.0.1"))
        error_of(sender.sendto, b"inside", (target, random.choice(PORTS)))


def sockets(_):
    """Opened, bound, connected, disconnected, used and closed."""
    unspec = ctypes.create_string_buffer(16)
    for _ in range(BURSTS):
        one = ours()
        one.settimeout(0)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        address = random.choice((OURS, SECOND, "0.0.0.0"))
        error_of(one.bind, (address, random.choice(PORTS)))
        if random.random() < 0.5:
            error_of(one.connect, (PEER, random.choice(PORTS)))
            error_of(one.send, b"x" * random.choice((1, 3000)))
        if random.random() < 0.3:
            libc.connect(one.fileno(), unspec, 16)
        error_of(one.recv, 4000)
        one.close()


def closing_from_outside():
    """While they are opened, used and closed by their owners."""
    destroyed = 0
    for _ in range(BURSTS):
        with bound(ours()):
            for row in diag.ask(AF_TWIN, protocol=socket.IPPROTO_UDP):
                destroyed += not error_of(
                    diag.ask, AF_TWIN, diag.SOCK_DESTROY, diag.NLM_F_ACK,
                    socket.IPPROTO_UDP, diag.ALL_STATES, 0, diag.identity(
                        row.sport, row.dport, row.src, row.dst, cookie=row.cookie))
    assert destroyed


def datagrams(namespace, network):
    enter(namespace)
    sender = make(AF_TWIN, socket.SOCK_DGRAM, 0)
    for _ in range(20):
        for host in (".2", ".1", ".77"):    # the peer, loopback, waits for ARP
            error_of(sender.sendto, b"x", (network + host, 9))
    sender.close()


def still_works():
    server, client = bound(ours(), OURS, 7500), bound(theirs())
    client.sendto(b"still here", (OURS, 7500))
    return server.recv(100) == b"still here"


def flood():
    """Keeps datagrams coming until the parent is done with it."""
    sender = bound(theirs())
    for _ in range(10**6):
        error_of(sender.sendto, b"flood" * 300, (OURS, random.choice(PORTS)))


set_up()
all_at_once((datagrams_from_the_peer,), (datagrams_inside,), (sockets, 1), (sockets, 2),
            (closing_from_outside,), (devices, datagrams), (namespaces, datagrams))
attempt("and the stack works on", still_works)
attempt("the module is unloaded while datagrams arrive", lambda: unload_under_traffic(flood))
attempt("and loaded again it works", still_works)
finish()
