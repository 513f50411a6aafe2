#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Errors that come back to UDP sockets: RFC 1122 4.1.3.3, ip(7) IP_RECVERR."""
import errno
import select
import socket
import struct

from udp_lib import (IP_MTU_DISCOVER, IP_RECVERR, IP_RECVTOS, IP_RECVTTL, NOBODY, OURS, PEER,
                     SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_LOCAL, ancillary, bound,
                     error_at_once, error_of, extended_error, finish, ours, point, point_is, readable,
                     set_up, theirs)


def port_unreachable_comes():
    client = ours()
    client.connect((PEER, 9999))
    client.send(b"anybody?")
    point("poll wakes for the error", readable(client) & select.POLLERR)
    point_is("recv says ECONNREFUSED", error_of(client.recv, 10),
             errno.ECONNREFUSED)
    client.send(b"once more")
    readable(client)
    point_is("send says it too", error_of(client.send, b"x"),
             errno.ECONNREFUSED)


def port_unreachable_goes():
    client = theirs()
    client.connect((OURS, 9998))
    client.send(b"anybody?")
    readable(client)
    point_is("a closed port of ours answers port unreachable",
             error_of(client.recv, 10), errno.ECONNREFUSED)


def unconnected_hears_nothing():
    client = bound(ours(), OURS, 7300)
    friend = bound(theirs())
    client.sendto(b"x", (PEER, 9997))
    friend.sendto(b"later", (OURS, 7300))
    point_is("an unconnected socket is not told", client.recv(10), b"later")


def error_queue():
    client = bound(ours(), OURS, 7301)
    client.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    client.sendto(b"payload", (PEER, 9996))
    point("the error queue makes POLLERR", readable(client) & select.POLLERR)
    told = extended_error(client)
    point_is("it tells the destination", told["address"], (PEER, 9996))
    point_is("the data", told["data"], b"payload")
    point_is("the error", (told["errno"], told["origin"], told["type"],
                           told["code"]),
             (errno.ECONNREFUSED, SO_EE_ORIGIN_ICMP, 3, 3))
    point_is("and who said so", told["offender"], PEER)
    point("MSG_ERRQUEUE is set", told["flags"] & 0x2000)
    point_is("then the queue is empty",
             error_at_once(client, client.recvmsg, 10, 100, 0x2000), errno.EAGAIN)


def how_far_it_came():
    client = bound(ours(), OURS)
    for option in IP_RECVERR, IP_RECVTTL, IP_RECVTOS:
        client.setsockopt(socket.IPPROTO_IP, option, 1)
    client.sendto(b"payload", (PEER, 9995))
    readable(client)
    _, messages, _, _ = client.recvmsg(100, 200, 0x2000)
    point_is("the error queue tells TTL and TOS of the message",
             [ancillary(messages, socket.IPPROTO_IP, kind)
              for kind in (socket.IP_TTL, socket.IP_TOS)],
             [struct.pack("i", 64), b"\xc0"])


def no_neighbour():
    client = ours()
    client.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    client.connect((NOBODY, 9))
    client.send(b"hello?")
    readable(client)
    point_is("a neighbour that does not answer is EHOSTUNREACH",
             error_of(client.recv, 10), errno.EHOSTUNREACH)
    told = extended_error(client)
    point_is("in the error queue it is this host's ICMP",
             [told[each] for each in ("errno", "origin", "type", "code", "info", "offender")],
             [errno.EHOSTUNREACH, SO_EE_ORIGIN_ICMP, 3, 1, 0, OURS])
    point_is("with destination and data", (told["address"], told["data"]),
             ((NOBODY, 9), b"hello?"))
    for option in IP_RECVTTL, IP_RECVTOS:
        client.setsockopt(socket.IPPROTO_IP, option, 1)
    client.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0x10)
    client.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 5)
    while error_of(client.send, b"again"):
        pass
    readable(client)
    messages = client.recvmsg(100, 200, 0x2000)[1]
    point_is("it has the TTL and the TOS of such a message",
             [ancillary(messages, socket.IPPROTO_IP, kind)
              for kind in (socket.IP_TTL, socket.IP_TOS)],
             [struct.pack("i", 64), b"\xd0"])


def local_size_error():
    client = ours()
    client.connect((PEER, 9))
    client.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    client.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 2)
    error_of(client.send, b"x" * 2000)
    told = extended_error(client)
    point_is("a datagram too big for the path is a local error with the MTU",
             (told["errno"], told["origin"], told["info"]),
             (errno.EMSGSIZE, SO_EE_ORIGIN_LOCAL, 1500))


set_up()
for test in (port_unreachable_comes, port_unreachable_goes,
             unconnected_hears_nothing, error_queue, how_far_it_came,
             no_neighbour, local_size_error):
    try:
        test()
    except Exception as error:
        point(test.__name__.replace("_", " "), False,
              "%s: %s" % (type(error).__name__, error))
finish()
