#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: debug
"""A line there and back between Twin and the kernel's own stack, and another Twin."""
from tcp_lib import both_ways, connected, run_against_peers, set_up
from twin_lib import counters, finish, left, point, point_is


def line(us, peer):
    for name, client_side, server_side in both_ways(us, peer):
        before = counters(left)
        client, server = connected(client_side, server_side)
        client.sendall(b"good morning")
        point_is(name + ": what is written is read", server.recv(100), b"good morning")
        client.close()
        point_is("then the end", server.recv(100), b"")
        server.close()
        point("and nothing was sent twice",
              counters(left)["TcpRetransSegs"] == before["TcpRetransSegs"])


set_up()
run_against_peers(line)
finish()
