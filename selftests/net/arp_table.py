#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug
"""The neighbour table is bounded, and nobody keeps others out of it by asking
the way to places that he never sends anything to.
"""
import socket
import struct

from udp_lib import (OURS, PEER, attempt, bound, enter, finish, left, ours,
                     point, point_is, set_up, theirs)
from tcp_lib import await_true
from twin_lib import AF_TWIN, ON_TWIN, add_neighbour, run_tests, skip

MOST = 32       # net.twin.arp_gc_thresh
RTM_GETROUTE, NLM_F_REQUEST, RTA_DST = 26, 1, 1


def ask_routes(count):
    """The way to so many hosts on the link, by netlink, as anybody may ask."""
    enter(left)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as made:
        for host in range(count):
            message = struct.pack("=BBBBBBBBI", AF_TWIN, 32, 0, 0, 0, 0, 0, 0, 0)
            message += struct.pack("=HH4s", 8, RTA_DST,
                                   socket.inet_aton("10.7.0.%d" % (50 + host)))
            made.send(struct.pack("=IHHII", 16 + len(message), RTM_GETROUTE,
                                  NLM_F_REQUEST, host, 0) + message)
            kind = struct.unpack_from("=IH", made.recv(4096))[1]
            if kind != 24:      # RTM_NEWROUTE
                return False
    return True


def bound_table(most=MOST):
    enter(left)
    with open("/proc/sys/net/twin/arp_gc_thresh", "w", encoding="ascii") as knob:
        knob.write("%d" % most)


def neighbours():
    enter(left)
    with open("/proc/thread-self/net/twin/arp", encoding="ascii") as table:
        return [line.split()[0] for line in table][1:]


def exchange():
    """A datagram to the peer and back."""
    server, client = bound(theirs(), PEER), bound(ours(), OURS)
    client.sendto(b"ask", server.getsockname())
    data, address = server.recvfrom(10)
    server.sendto(data, address)
    return client.recv(10) == b"ask"


def reached():
    """False while the table is full."""
    try:
        return exchange()
    except OSError:
        return False


def route_queries():
    attempt("all queries are answered", lambda: ask_routes(2 * MOST))
    point("they leave no neighbours", not [one for one in neighbours()
                                           if one != PEER], neighbours())
    attempt("and others are reached", exchange)


def connects():
    made = [ours() for _ in range(2 * MOST)]
    for host, one in enumerate(made):
        try:
            one.connect(("10.7.0.%d" % (50 + host), 9))
        except OSError:         # the table is full for a moment
            break
    point("sockets that are connected fill the table at most",
          len(neighbours()) <= MOST + 1, neighbours())
    # a path that was just made is spared for 0.1 s
    point("and a moment later others are reached", await_true(reached))


def pinned():
    """Whoever asks for hosts that are not there keeps nobody from setting one for good."""
    bound_table(4)
    made = ours()
    for host in range(8):
        try:
            made.sendto(b"x", ("10.7.0.%d" % (150 + host), 9))
        except OSError:         # the table is full
            break
    point("the table is full", len(neighbours()) >= 4, neighbours())
    for state in "permanent", "noarp":
        attempt("and a neighbour is set, " + state, lambda s=state: add_neighbour(
            left, "10.7.0.%d" % (200 + len(s)), "02:00:00:00:00:77", state=s))
    bound_table()


set_up()
if ON_TWIN:
    bound_table()
    run_tests([route_queries, connects, pinned])
else:
    skip("the neighbour table", "it is Twin's")
finish()
