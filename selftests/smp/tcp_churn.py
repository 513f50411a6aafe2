#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: smp debug
# timeout: 900
# module: self
"""Connections open, talk, close and are reset from all sides at the same time,
on all processors, while addresses, routes, devices and namespaces go away under
them. As in udp_churn.py the kernel's own checks are the judges."""
import os
import random
import select
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from churn import (BURSTS, SECOND, all_at_once, devices, namespaces,  # noqa: E402
                   unload_under_traffic)
from udp_lib import (AF_TWIN, OURS, PEER, attempt, enter, error_of, finish,  # noqa: E402
                     left, make, ours, set_up, theirs)

OUR_PORTS, THEIR_PORTS = range(7600, 7603), range(7700, 7703)
RESET = struct.pack("ii", 1, 0)         # SO_LINGER: close() sends RST
PIECE = os.urandom(20000)
SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
SO_SNDTIMEO, BRIEF = 21, struct.pack("ll", 0, 50000)


def theirs_stream():
    return theirs(socket.SOCK_STREAM)


def ours_stream():
    return ours(socket.SOCK_STREAM)


def talk(made):
    """Some of what an end of a connection can do, and its end."""
    made.setblocking(False)
    error_of(made.setsockopt, socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    for _ in range(random.randrange(4)):
        choice = random.randrange(4)
        if choice == 0:
            error_of(made.send, PIECE[:random.choice((1, 1000, len(PIECE)))],
                     random.choice((0, MSG_ZEROCOPY)))
        elif choice == 1:
            error_of(made.recv, random.choice((10, 30000)),
                     random.choice((0, 0, socket.MSG_PEEK)))
        elif choice == 2:
            select.select([made], [], [], 0.01)
        else:
            error_of(made.shutdown, random.choice((socket.SHUT_WR, socket.SHUT_RDWR)))
    if random.random() < 0.3:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    made.close()


def listener(make_one, address, port):
    made = make_one()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, port))
    made.listen(8)
    made.setblocking(False)
    return made


def serve(listening):
    """Accepts until nothing has come for a while; closes some before they talk,
    and the listener itself, with what it has queued, now and then."""
    idle = 0
    while idle < 50:
        if not select.select([listening], [], [], 0.1)[0]:
            idle += 1
            continue
        idle = 0
        try:
            talk(listening.accept()[0])
        except OSError:     # reset meanwhile, or another process was faster
            pass


def our_server(port):
    """Two processes share the listener."""
    listening = listener(ours_stream, "0.0.0.0", port)
    pid = os.fork()
    serve(listening)
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)


def their_server(port):
    serve(listener(theirs_stream, PEER, port))


def listeners_that_go():
    """With connections that nobody has accepted yet."""
    for _ in range(BURSTS // 4):
        listening = listener(ours_stream, "0.0.0.0", 7650)
        for _ in range(3):
            client = theirs_stream()
            client.setblocking(False)
            error_of(client.connect, (OURS, 7650))
            client.close()
        listening.close()


def connect_asleep(one, address):
    """By one or two threads that sleep in connect(), for a while."""
    one.setsockopt(socket.SOL_SOCKET, SO_SNDTIMEO, BRIEF)
    one.setblocking(True)
    sleepers = [threading.Thread(target=error_of, args=(one.connect, address))
                for _ in range(random.choice((1, 2)))]
    for sleeper in sleepers:
        sleeper.start()
    for sleeper in sleepers:
        sleeper.join()


def clients(make_one, addresses, ports, count):
    for _ in range(count):
        one = make_one()
        address = random.choice(addresses), random.choice(ports)
        if random.random() < 0.5:
            connect_asleep(one, address)
        else:
            one.setblocking(False)
            error_of(one.connect, address)
            if random.random() < 0.8:   # the others are closed in SYN-SENT
                select.select([], [one], [], 0.05)
        talk(one)


def clients_of_ours(_):
    clients(theirs_stream, (OURS, SECOND), OUR_PORTS, BURSTS)


def clients_of_theirs(_):
    clients(ours_stream, (PEER,), list(THEIR_PORTS) + [1], BURSTS)


def clients_inside():
    clients(ours_stream, (OURS, SECOND, "127.0.0.1"), OUR_PORTS, BURSTS)


def connections(namespace, network):
    """Left in all states for the end of their device or namespace."""
    enter(namespace)
    server = make(AF_TWIN, socket.SOCK_STREAM, 0)
    server.bind((network + ".1", 7800))
    server.listen(8)
    kept = []
    for host, port in ((".1", 7800), (".2", 1), (".77", 1), (".1", 7800)):
        one = make(AF_TWIN, socket.SOCK_STREAM, 0)
        one.setblocking(False)
        error_of(one.connect, (network + host, port))
        error_of(one.send, PIECE)
        kept.append(one)
    error_of(server.recv, 1)
    kept.append(server)
    if random.random() < 0.5:
        for one in kept:
            one.close()


def still_works():
    listening = listener(ours_stream, OURS, 7900)
    client = theirs_stream()
    client.connect((OURS, 7900))
    listening.setblocking(True)
    server = listening.accept()[0]
    client.sendall(b"still here")
    answer = server.recv(100)
    for one in (server, client, listening):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        one.close()
    return answer == b"still here"


def flood():
    """SYNs that nobody listens for; an orphan would hold the module."""
    for _ in range(10**5):
        one = theirs_stream()
        one.setblocking(False)
        error_of(one.connect, (OURS, 7999))
        one.close()
        time.sleep(0.002)


set_up()
enter(left)
all_at_once(*[(our_server, port) for port in OUR_PORTS],
            *[(their_server, port) for port in THEIR_PORTS],
            (clients_of_ours, 1), (clients_of_ours, 2), (clients_of_theirs, 1),
            (clients_of_theirs, 2), (clients_inside,), (listeners_that_go,),
            (devices, connections), (namespaces, connections))
attempt("and the stack works on", still_works)
attempt("the module is unloaded while SYNs arrive", lambda: unload_under_traffic(flood))
attempt("and loaded again it works", still_works)
finish()
