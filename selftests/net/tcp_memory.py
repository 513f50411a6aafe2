#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: debug
"""What connections may take of the machine's memory all together is bounded (tcp(7),
tcp_mem): beyond a first bound there is pressure, beyond the last one no more is taken,
and who has little goes on."""
import socket

from tcp_lib import await_equal, connected, run_against_peers, set_up
from twin_lib import ON_TWIN, counters, enter, finish, left, point, point_is

SO_SNDBUFFORCE = 32
PIECE, MUCH = bytes(1 << 20), 1 << 30
PROTOCOL = "TWIN-TCP" if ON_TWIN else "TCP"


def pressure():
    """Whether the protocol is under pressure, by /proc/net/protocols."""
    enter(left)
    with open("/proc/thread-self/net/protocols", encoding="ascii") as table:
        for line in table:
            words = line.split()
            if words[0] == PROTOCOL:
                return words[4]
    return None


def fill(made):
    """Until no more is taken; how many bytes it was."""
    made.setblocking(False)
    took = 0
    while took < MUCH:
        try:
            took += made.send(PIECE)
        except BlockingIOError:
            break
    return took


def bounds(us, peer):
    before = counters(left)
    small = connected(us, peer)
    big = connected(us, peer, ((socket.SOL_SOCKET, SO_SNDBUFFORCE, MUCH),))
    point_is("first there is no pressure", pressure(), "no")
    took = fill(big[0])
    pressed = pressure()
    point("a connection with an endless buffer is stopped", 1 << 20 < took < MUCH, took)
    point_is("then there is pressure", pressed, "yes")
    point("which is counted", counters(left)["TcpExtTCPMemoryPressures"] >
          before["TcpExtTCPMemoryPressures"])
    small[0].sendall(b"a little")
    point_is("another one goes on", small[1].recv(100), b"a little")
    big[1].close()      # with data that nobody has read: a reset
    point_is("when the full one is gone so is the pressure", await_equal(
        pressure, "no"), "no")
    for made in small + big[:1]:
        made.close()


set_up()
run_against_peers(bounds)
finish()
