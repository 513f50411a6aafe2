#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
"""What poll, select and epoll say of stream sockets, bit for bit as AF_INET,
level- and edge-triggered: poll(2), epoll(7)."""
import select
import socket
import struct

from tcp_lib import (Later, at_once, await_arrival, await_bits, await_equal,
                     bits, connected, fill, outcome_of, pending_error,
                     receive_all, run_against_peers, set_up, text_of_bits)
from twin_lib import add_neighbour, finish, left, point_is

DEAF = "10.7.0.66"  # has a MAC address, but nobody is there
IDLE = "OUT WRNORM"
READABLE = "IN OUT RDNORM WRNORM"
ENDED = "IN OUT RDNORM WRNORM RDHUP"
FINISHED = "IN OUT HUP RDNORM WRNORM RDHUP"
BROKEN = "IN OUT ERR HUP RDNORM WRNORM RDHUP"
EPOLLEXCLUSIVE = 1 << 28


def resets(made):
    """Makes close() send a reset."""
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def not_connected(us, peer):
    point_is("a fresh socket", bits(us.socket()), "OUT HUP WRNORM")
    point_is("a bound one", bits(us.bound()), "OUT HUP WRNORM")
    listener = us.listener()
    point_is("a listener that nobody calls", bits(listener), "")
    client = peer.socket()
    client.connect(listener.getsockname())
    point_is("one with a caller", await_bits(listener, "IN RDNORM"),
             "IN RDNORM")
    listener.accept()
    point_is("after accept", bits(listener), "")
    connecting = us.socket()
    connecting.setblocking(False)
    connecting.connect_ex((DEAF, 9))
    point_is("one that connects", bits(connecting), "")
    refused = us.socket()
    refused.setblocking(False)
    refused.connect_ex(peer.closed_port())
    point_is("a refused one", await_bits(refused, BROKEN), BROKEN)
    pending_error(refused)
    point_is("after SO_ERROR", bits(refused), FINISHED)


def a_life(us, peer):
    """The bits of one connection, step by step, whoever has opened it."""
    for title, client, server in (("", *connected(us, peer)),
                                  (" (accepted)", *connected(peer, us)[::-1])):
        point_is("a connection" + title, bits(client), IDLE)
        server.send(b"abc")
        point_is("with data" + title, await_bits(client, READABLE), READABLE)
        client.recv(2)
        point_is("with data left" + title, bits(client), READABLE)
        client.recv(1)
        point_is("without" + title, bits(client), IDLE)
        server.shutdown(socket.SHUT_WR)
        point_is("S19: at the end of data" + title, await_bits(client, ENDED),
                 ENDED)
        client.recv(1)
        point_is("S19: for good" + title, bits(client), ENDED)
        point_is("of which the other side sees nothing" + title, bits(server),
                 IDLE)
        client.shutdown(socket.SHUT_WR)
        point_is("after both have ended" + title,
                 (await_bits(server, FINISHED), await_bits(client, FINISHED)),
                 (FINISHED, FINISHED))


def own_shutdowns(us, peer):
    for how, wanted in ((socket.SHUT_RD, ENDED), (socket.SHUT_WR, IDLE),
                        (socket.SHUT_RDWR, FINISHED)):
        client, _server = connected(us, peer)
        client.shutdown(how)
        point_is("after shutdown %d" % how, bits(client), wanted)


def resets_seen(us, peer):
    client, server = connected(us, peer)
    server.send(b"last")
    await_arrival(client, 4)
    resets(server)
    server.close()
    point_is("after a reset", await_bits(client, BROKEN), BROKEN)
    point_is("what came before it can be read", client.recv(10), b"last")
    point_is("then its error is told", outcome_of(client.recv, 1), "ECONNRESET")
    point_is("once", (bits(client), client.recv(1)), (FINISHED, b""))
    client, server = connected(us, peer)
    client.shutdown(socket.SHUT_WR)
    await_bits(server, ENDED)
    resets(server)
    server.close()
    point_is("after a reset to one that has ended", await_bits(client, BROKEN),
             BROKEN)


def full_and_empty(us, peer):
    client, server = connected(us, peer)
    written = fill(client)
    point_is("S17: a full one", bits(client), "")
    reader = Later(receive_all, server, len(written))
    point_is("S17: once it is read", await_bits(client, IDLE), IDLE)
    reader.outcome()
    fill(client)
    server.send(b"x")
    point_is("a full one with data", await_bits(client, "IN RDNORM"),
             "IN RDNORM")


class Watch:
    """An epoll instance with one socket; next() says one event's bits."""

    def __init__(self, made, events):
        self.poller = select.epoll()
        self.poller.register(made, events)
        self.made = made

    def next(self):
        events = self.poller.poll(60)
        return text_of_bits(events[0][1]) if events else "nothing"

    def now(self):
        events = self.poller.poll(0)
        return text_of_bits(events[0][1]) if events else ""


EDGE_IN = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET
EDGE_ALL = EDGE_IN | select.EPOLLOUT


def edges_of_data(us, peer):
    client, server = connected(us, peer)
    watch = Watch(client, EDGE_IN)
    point_is("no edge before anything comes", watch.now(), "")
    server.send(b"one")
    point_is("an edge for data", watch.next(), "IN")
    await_arrival(client, 3)
    point_is("only one", watch.now(), "")
    client.recv(1)
    point_is("none for what is left", watch.now(), "")
    server.send(b"two")
    point_is("one for more data, though some was left", watch.next(), "IN")
    point_is("which is all there", receive_all(client, 5), b"netwo")
    server.shutdown(socket.SHUT_WR)
    point_is("S19: an edge for the end of data", watch.next(), "IN RDHUP")
    point_is("no second one", watch.now(), "")


def edges_of_room(us, peer):
    client, server = connected(us, peer)
    watch = Watch(client, EDGE_ALL)
    point_is("an edge for room at once", watch.next(), "OUT")
    point_is("only one at first", watch.now(), "")
    written = fill(client)
    watch.now()
    reader = Later(receive_all, server, len(written))
    point_is("S17: an edge when a full one has room again", watch.next(), "OUT")
    reader.outcome()
    client.send(b"x")
    server.recv(1)
    point_is("none when it was not full", watch.now(), "")


def edges_of_changes(us, peer):
    listener = us.listener()
    watch = Watch(listener, EDGE_IN)
    clients = []
    for number in range(2):
        clients.append(peer.socket())
        clients[-1].connect(listener.getsockname())
        point_is("an edge for caller %d" % number, watch.next(), "IN")
    point_is("two are there", [listener.accept()[1] for _ in clients],
             [one.getsockname() for one in clients])
    with peer.listener() as target:
        client = us.socket()
        client.setblocking(False)
        client.connect_ex(target.getsockname())
        point_is("an edge when connect is done",
                 Watch(client, EDGE_ALL).next(), "OUT")
    client = us.socket()
    client.setblocking(False)
    client.connect_ex(peer.closed_port())
    await_bits(client, BROKEN)
    point_is("an edge for a refusal", Watch(client, EDGE_ALL).next(),
             "IN OUT ERR HUP RDHUP")
    client, server = connected(us, peer)
    watch = Watch(client, EDGE_IN)
    resets(server)
    server.close()
    point_is("an edge for a reset", watch.next(), "IN ERR HUP RDHUP")


def other_modes(us, peer):
    client, server = connected(us, peer)
    watch = Watch(client, select.EPOLLIN)
    server.send(b"abc")
    point_is("level: data", watch.next(), "IN")
    point_is("level: again", watch.now(), "IN")
    client.recv(10)
    point_is("level: until it is read", watch.now(), "")
    watch = Watch(client, select.EPOLLIN | select.EPOLLONESHOT)
    server.send(b"abc")
    point_is("one shot", watch.next(), "IN")
    point_is("is one", watch.now(), "")
    watch.poller.modify(client, select.EPOLLIN | select.EPOLLONESHOT)
    point_is("until it is armed anew", watch.next(), "IN")
    watch = Watch(client, EPOLLEXCLUSIVE | select.EPOLLIN)
    point_is("exclusive", watch.next(), "IN")
    client.recv(10)
    watch = Watch(client, 0)
    server.send(b"abc")
    await_arrival(client, 3)
    point_is("nothing asked for, nothing told", watch.now(), "")
    resets(server)
    server.close()
    point_is("but for the end of all", watch.next(), "ERR HUP")


def sleepers(us, peer):
    """Who sleeps in poll is woken by each kind of event."""
    def sleep(made, events):
        poller = select.poll()
        poller.register(made, events)
        return Later(lambda: text_of_bits(poller.poll(60000)[0][1]))

    for what, act, events, wanted in (
            ("data", lambda server: server.send(b"x"), select.POLLIN, "IN"),
            ("the end of data", lambda server: server.shutdown(1),
             select.POLLIN, "IN"),
            ("only the end of data", lambda server: server.shutdown(1),
             select.POLLRDHUP, "RDHUP"),
            ("a reset", lambda server: (resets(server), server.close()),
             select.POLLIN, "IN ERR HUP")):
        client, server = connected(us, peer)
        sleeper = sleep(client, events)
        sleeper.sleeps()
        act(server)
        point_is("poll wakes for " + what, sleeper.outcome(), wanted)
    client, server = connected(us, peer)
    sleeper = sleep(client, select.POLLIN)
    sleeper.sleeps()
    client.shutdown(socket.SHUT_RDWR)
    point_is("and for the own shutdown", sleeper.outcome(), "IN HUP"
             if await_equal(lambda: bits(client), FINISHED) else "")
    listener = us.listener()
    sleeper = sleep(listener, select.POLLIN)
    sleeper.sleeps()
    caller = peer.socket()
    caller.connect(listener.getsockname())
    point_is("and for a caller", sleeper.outcome(), "IN")


def select_sets(us, peer):
    client, server = connected(us, peer)
    server.send(b"x")
    await_arrival(client, 1)
    point_is("select says both", select.select([client], [client], [client], 60),
             ([client], [client], []))
    client.recv(1)
    point_is("and what is left of it",
             select.select([client], [client], [client], 60),
             ([], [client], []))
    point_is("as read does", at_once(client, client.recv, 1), "EAGAIN")


set_up()
add_neighbour(left, DEAF, "02:00:00:00:00:66")
run_against_peers(
    not_connected, a_life, own_shutdowns, resets_seen, full_and_empty,
    edges_of_data, edges_of_room, edges_of_changes, other_modes, sleepers,
    select_sets)
finish()
