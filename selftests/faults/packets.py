#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
# timeout: 600
"""For each function of the module that allocates: what it allocates fails, the
first time and then every third time, while traffic of every kind comes in and
goes out. Packets are lost then; nothing hangs, and afterwards all works."""
import os
import select
import socket
import struct

import injection
import twin_lib
from twin_lib import AF_TWIN, OURS, PEER, enter, left, make, point, right

SHORT, PATIENCE = 0.3, 20
TCP_PORT, UDP_PORT = 7001, 7002
servers = {}


def made(family, kind, protocol=0):
    enter(left if family == AF_TWIN else right)
    return make(family, kind, protocol)


def serve(family, address):
    """One listener and one datagram socket on either side, for all time."""
    stream = made(family, socket.SOCK_STREAM)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    stream.bind((address, TCP_PORT))
    stream.listen(50)
    stream.settimeout(0)
    datagram = made(family, socket.SOCK_DGRAM)
    datagram.bind((address, UDP_PORT))
    datagram.settimeout(0)
    servers[family] = stream, datagram


def ready(sock, event, seconds):
    poller = select.poll()
    poller.register(sock, event)
    return bool(poller.poll(seconds * 1000))


def talk(family, address, other, seconds):
    """A connection, some data, the end; whether it all arrived."""
    listener = servers[other][0]
    with made(family, socket.SOCK_STREAM) as client:
        client.settimeout(seconds)
        client.connect((address, TCP_PORT))
        if not ready(listener, select.POLLIN, seconds):
            return False
        server = listener.accept()[0]
        with server:
            server.settimeout(seconds)
            client.sendall(bytes(40000))
            client.shutdown(socket.SHUT_WR)
            while server.recv(65536):
                pass
            server.sendall(b"answer")
            return client.recv(10) == b"answer"


def shout(family, address, other, seconds):
    """Datagrams, in fragments too; whether the last one arrived."""
    datagram = servers[other][1]
    with made(family, socket.SOCK_DGRAM) as client:
        for length in 10, 5000:
            client.sendto(bytes(length), (address, UDP_PORT))
            if ready(datagram, select.POLLIN, seconds):
                length -= len(datagram.recv(9000))
        client.sendto(b"nobody", (address, 9))
    return not length


def ping(seconds):
    """Both ways."""
    answered = True
    for family, address in (AF_TWIN, PEER), (socket.AF_INET, OURS):
        with made(family, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as asker:
            asker.settimeout(seconds)
            asker.sendto(b"\x08" + bytes(2000), (address, 0))
            answered &= len(asker.recv(3000)) == 2001
    return answered


def odds():
    """Groups, broadcasts, a neighbour that is not there, what stays inside."""
    with made(AF_TWIN, socket.SOCK_DGRAM) as one:
        group = socket.inet_aton("224.5.6.7") + socket.inet_aton(OURS)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        one.setsockopt(0, socket.IP_ADD_MEMBERSHIP, group)
        for target in "224.5.6.7", "10.7.0.255", OURS:
            one.sendto(bytes(100), (target, UDP_PORT))
        twin_lib.send_in_vain(one, bytes(100), UDP_PORT)
        one.setsockopt(17, 103, 100)
        one.sendto(bytes(1000), (PEER, UDP_PORT))
    with made(AF_TWIN, socket.SOCK_STREAM) as nobody:
        nobody.settimeout(0)
        nobody.connect_ex((OURS, 9))


def forget_neighbours():
    for family, name, address in ((AF_TWIN, left, PEER),
                                  (socket.AF_INET, right, OURS)):
        os.spawnlp(os.P_WAIT, "sh", "sh", "-c",
                   "%s -n %s neigh del %s dev eth0 2>/dev/null" % (
                       twin_lib.tool(family), name, address))


def drained():
    """What came late, or was never accepted, is of no interest any more."""
    for stream, datagram in servers.values():
        for take in (lambda one=stream: one.accept()[0].close(),
                     lambda one=datagram: one.recv(9000)):
            try:
                while True:
                    take()
            except OSError:
                pass


def traffic(seconds):
    """Everything once; what did not work."""
    wrong = []
    for name, step in (
            ("TCP out", lambda: talk(AF_TWIN, PEER, socket.AF_INET, seconds)),
            ("TCP in", lambda: talk(socket.AF_INET, OURS, AF_TWIN, seconds)),
            ("UDP out", lambda: shout(AF_TWIN, PEER, socket.AF_INET, seconds)),
            ("UDP in", lambda: shout(socket.AF_INET, OURS, AF_TWIN, seconds)),
            ("ping", lambda: ping(seconds)), ("odds", lambda: odds() or True)):
        try:
            if not step():
                wrong.append(name)
        except OSError as error:
            wrong.append("%s: %s" % (name, error))
    drained()
    return wrong


def one_function(start, end, name):
    forget_neighbours()
    failed = injection.at_function(start, end, 1, 1, lambda: traffic(SHORT))
    if not failed:
        return 0
    failed += injection.at_function(start, end, 30, 3,
                                    lambda: traffic(SHORT))
    wrong = traffic(PATIENCE)
    point("%s() without memory: afterwards all works" % name, not wrong,
          "%d failed; %s" % (failed, wrong))
    print("# %s: %d failures" % (name, failed))
    return failed


twin_lib.set_up()
if not injection.available():
    twin_lib.skip("fault injection", "this kernel has none, or no stack filter")
else:
    for space, path in ((left, "twin"), (right, "ipv4")):
        enter(space)
        injection.write("/proc/sys/net/%s/ping_group_range" % path,
                        "0 2147483647")
    serve(AF_TWIN, OURS)
    serve(socket.AF_INET, PEER)
    injection.quiet()
    point("traffic with memory", not traffic(PATIENCE), traffic(PATIENCE))
    functions = injection.allocating_functions(os.environ["TWIN_KO"])
    reached = [name for start, end, name in functions
               if one_function(start, end, name)]
    print("# reached: %d of %d functions" % (len(reached), len(functions)))
    print("# not reached: " + " ".join(sorted(
        {name for _, _, name in functions} - set(reached))))
    point("many functions were reached", len(reached) >= 20, reached)
injection.finish()
