#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""By netlink addresses come and go, and connections end; but not by anybody's
word. The same of AF_INET."""
import errno
import os
import signal
import socket
import struct
import subprocess

from netlink_lib import (ACK, CREATE, DIAG, DUMP, PATIENCE, REQUEST, address_body,
                         ask, attribute, neighbour_body, route_body)
from tcp_lib import KERNEL, US, connected, set_up
from twin_lib import add_address as add_address_of
from twin_lib import (AF_OURS, ON_TWIN, PEER, enter, error_of, finish, left, point,
                      point_is, run_tests)

NEW_ADDRESS, DEL_ADDRESS, NEW_ROUTE, NEW_NEIGHBOUR = 20, 21, 24, 28
DEL_ROUTE, GET_ROUTE, DEL_NEIGHBOUR = 25, 26, 29
ECHO, REPLACE, ROUTE_GROUP = 8, 0x100, 1 << 6
MANY = 1500     # routes
DESTROY = 21
ERROR, DONE, DUMP_INTERRUPTED = 2, 3, 0x10
NOBODY_UID = 65534
ANOTHER = socket.inet_aton("10.7.0.201")


def add_address():
    ask(NEW_ADDRESS, ACK | CREATE, address_body(24, family=AF_OURS),
        ((1, ANOTHER), (2, ANOTHER)))


def add_route():
    ask(NEW_ROUTE, ACK | CREATE, route_body(24, AF_OURS),
        ((1, socket.inet_aton("10.66.0.0")), (5, socket.inet_aton(PEER))))


def add_neighbour():
    ask(NEW_NEIGHBOUR, ACK | CREATE, neighbour_body(family=AF_OURS),
        ((1, socket.inet_aton("10.7.0.202")), (2, b"\2\0\0\0\0\5")))


def as_nobody(function, *arguments):
    """errno of what a process without rights gets."""
    pid = os.fork()
    if not pid:
        status = 255
        try:
            os.setuid(NOBODY_UID)
            status = error_of(function, *arguments)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def deleted_without_prefix():
    """Who gives IFA_LOCAL alone deletes the address, however long its prefix."""
    enter(left)
    add_address()
    body = address_body(32, family=AF_OURS)
    point_is("with another prefix an address is not deleted", error_of(
        ask, DEL_ADDRESS, ACK, body, ((1, ANOTHER), (2, ANOTHER))),
        errno.EADDRNOTAVAIL)
    point_is("without a prefix it is", error_of(
        ask, DEL_ADDRESS, ACK, body, ((2, ANOTHER),)), 0)
    point_is("it is gone", error_of(
        ask, DEL_ADDRESS, ACK, body, ((2, ANOTHER),)), errno.EADDRNOTAVAIL)


def rights_to_configure():
    enter(left)
    for function in add_address, add_route, add_neighbour:
        point_is("%s() as nobody" % function.__name__, as_nobody(function),
                 errno.EPERM)


def destroy(address, peer):
    """What "ss -K" sends."""
    body = struct.pack("=BBBxI", AF_OURS, socket.IPPROTO_TCP, 0, 0xffffffff)
    body += struct.pack("!HH", address[1], peer[1])
    body += socket.inet_aton(address[0]).ljust(16, b"\0")
    body += socket.inet_aton(peer[0]).ljust(16, b"\0")
    body += struct.pack("=III", 0, 0xffffffff, 0xffffffff)
    ask(DESTROY, ACK, body, protocol=DIAG)


def rights_to_destroy():
    client, server = connected(US, KERNEL)
    enter(left)
    ends = client.getsockname(), client.getpeername()
    point_is("nobody ends others' connections", as_nobody(destroy, *ends),
             errno.EPERM)
    client.send(b"lives")
    point_is("it lives", server.recv(10), b"lives")
    point_is("the administrator does", error_of(destroy, *ends), 0)
    point_is("the owner hears of it", error_of(client.recv, 1),
             errno.ECONNABORTED)
    point_is("the peer too", error_of(server.recv, 1), errno.ECONNRESET)


def doubtful(change):
    """Is a list of routes said to be, if that happens while it is read?"""
    found = False
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as door:
        door.settimeout(PATIENCE)
        door.send(struct.pack("=IHHII", 28, GET_ROUTE, REQUEST | DUMP, 1, 0) +
                  struct.pack("=B11x", AF_OURS))
        answer = door.recv(4096)
        change()
        while True:
            while answer:
                length, said, flags = struct.unpack_from("=IHH", answer)
                found |= bool(flags & DUMP_INTERRUPTED)
                if said in (ERROR, DONE):
                    return found
                answer = answer[-(-length // 4) * 4:]
            answer = door.recv(4096)


def neighbour_goes():
    add_neighbour()
    ask(DEL_NEIGHBOUR, ACK, neighbour_body(family=AF_OURS),
        ((1, socket.inet_aton("10.7.0.202")),))


def long_lists():
    """They fill several buffers, two of which are there at once."""
    enter(left)
    for number in range(MANY):
        ask(NEW_ROUTE, ACK | CREATE, route_body(32, AF_OURS),
            ((1, struct.pack("!I", 0x0a640000 + number)),
             (5, socket.inet_aton(PEER))))
    point_is("a neighbour that goes leaves the list of routes as it is",
             doubtful(neighbour_goes), False)
    point_is("a new route does not", doubtful(add_route), True)
    changer = os.fork()
    if not changer:
        while True:
            ask(DEL_ROUTE, ACK, route_body(24, AF_OURS), ((1, socket.inet_aton("10.66.0.0")),))
            add_route()
    said = subprocess.run(["twin", "route"], stdout=subprocess.PIPE, check=False)
    os.kill(changer, signal.SIGKILL)
    os.waitpid(changer, 0)
    lines = len(said.stdout.splitlines())
    point("a table that keeps changing is listed all the same",
          said.returncode == 0 and lines > MANY - 100, (said.returncode, lines))


def messages(door, last, sender):
    """Type, flags, number and whether @sender caused it, of each up to one of type @last."""
    found = []
    while not found or found[-1][0] != last:
        answer = door.recv(1 << 16)
        while answer:
            length, *head = struct.unpack_from("=IHHII", answer)
            found.append(head[:3] + [head[3] == sender])
            answer = answer[-(-length // 4) * 4:]
    return found


def told_of_route(family, gateways):
    """To who asks for it, and to others: one that is new, in place of that, and gone."""
    heard = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as door, \
            socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as others:
        door.bind((0, 0))
        others.bind((0, ROUTE_GROUP))
        for each in (door, others):
            each.settimeout(PATIENCE)
        for number, (kind, flags) in enumerate(((NEW_ROUTE, CREATE), (NEW_ROUTE, REPLACE),
                                                (DEL_ROUTE, 0))):
            body = route_body(24, family) + attribute(1, socket.inet_aton("10.67.0.0")) + \
                attribute(5, socket.inet_aton(gateways[number]))
            door.send(struct.pack("=IHHII", 16 + len(body), kind, flags | REQUEST | ACK | ECHO,
                                  70 + number, 0) + body)
            heard.append([messages(each, last, door.getsockname()[0])
                          for each, last in ((door, ERROR), (others, kind))])
    return heard


def echoes():
    enter(left)
    add_address_of(left, "10.7.0.5", family=socket.AF_INET)
    gateways = PEER, "10.7.0.9", "10.7.0.9"
    wanted, heard = (told_of_route(family, gateways) for family in (socket.AF_INET, AF_OURS))
    point_is("routes are told of as AF_INET's, and as the answer to who asks", heard, wanted)


set_up()
run_tests((echoes, deleted_without_prefix, rights_to_configure, rights_to_destroy) +
          ((long_lists,) if ON_TWIN else ()))
finish()
