#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug smp
"""UDP sockets that come, connect, disconnect and go while datagrams for all of
them are under way. The kernel's own checks are the judges: panic_on_warn, and
in the debug bed KASAN and lockdep."""
import ctypes
import os
import random
import socket

from udp_lib import (OURS, PEER, bound, error_of, finish, libc, ours, point,
                     quiet, set_up, theirs)

ROUNDS = 400
PORTS = range(7400, 7408)


def child(work):
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
    except Exception as error:
        print("# %s: %s" % (work.__name__, error), flush=True)
        os._exit(1)
    os._exit(0)


def send_from_the_peer():
    sender = bound(theirs())
    for _ in range(ROUNDS * 4):
        sender.sendto(os.urandom(random.choice((1, 100, 3000))),
                      (OURS, random.choice(PORTS)))


def send_inside():
    sender = ours()
    for _ in range(ROUNDS * 4):
        error_of(sender.sendto, b"inside", (OURS, random.choice(PORTS)))
        error_of(sender.sendto, b"inside", ("127.0.0.1", random.choice(PORTS)))


def come_and_go():
    unspec = ctypes.create_string_buffer(16)
    for _ in range(ROUNDS):
        one = ours()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((random.choice((OURS, "0.0.0.0")), random.choice(PORTS)))
        if random.random() < 0.5:
            one.connect((PEER, 9))
            error_of(one.send, b"x")
        if random.random() < 0.3:
            libc.connect(one.fileno(), unspec, 16)
        quiet(one)
        one.close()


set_up()
children = [child(work) for work in (send_from_the_peer, send_inside,
                                     come_and_go, come_and_go)]
statuses = [os.waitpid(pid, 0)[1] for pid in children]
point("sockets come and go under traffic", not any(statuses), statuses)
server, client = bound(ours(), OURS, 7500), bound(theirs())
client.sendto(b"still here", (OURS, 7500))
point("and the stack works on", server.recv(100) == b"still here")
finish()
