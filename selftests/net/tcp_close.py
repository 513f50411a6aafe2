#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
"""How streams end: half close, close, linger, resets, and what is left to each
side then. RFC 9293 3.6, RFC 2525 2.17, shutdown(2), socket(7) SO_LINGER."""
import os
import signal
import socket
import struct
import time

from tcp_lib import (SIOCOUTQ, Later, asked, at_once, await_acked,
                     await_arrival, await_bits, await_equal, await_true, bits,
                     both_ways, connected, fill, in_child, outcome_of,
                     pending_error, receive_all, run_against_peers, set_up)
from twin_lib import counters, finish, left, point, point_is

FINISHED = "IN OUT HUP RDNORM WRNORM RDHUP"
BROKEN = "IN OUT ERR HUP RDNORM WRNORM RDHUP"
QUIET = socket.MSG_NOSIGNAL


def linger(made, on, seconds):
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", on, seconds))


def half_close(us, peer):
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        client.send(b"all I have to say")
        point_is("S19: the one side ends its stream (%s)" % title,
                 outcome_of(client.shutdown, socket.SHUT_WR), "OK")
        point_is("S19: the other reads it to its end (%s)" % title,
                 receive_all(server), b"all I have to say")
        point_is("S19: again and again (%s)" % title,
                 [server.recv(1) for _ in range(3)], [b""] * 3)
        data = os.urandom(300000)
        writer = Later(server.sendall, data)
        point("S19: the other direction stays open (%s)" % title,
              receive_all(client, len(data)) == data)
        point_is("whole (%s)" % title, writer.outcome(), None)
        point_is("who has ended does not write (%s)" % title,
                 outcome_of(client.send, b"x", QUIET), "EPIPE")
        point_is("ending twice is no error (%s)" % title,
                 outcome_of(client.shutdown, socket.SHUT_WR), "OK")
        server.close()
        point_is("S19: then it ends too (%s)" % title, client.recv(1), b"")
        point_is("S19: without an error (%s)" % title,
                 (bits(client), pending_error(client)), (FINISHED, "OK"))


def shutdown_calls(us, peer):
    client, server = connected(us, peer)
    point_is("shutdown takes 0, 1 and 2 only",
             [outcome_of(client.shutdown, how) for how in (3, -1, 100)],
             ["EINVAL"] * 3)
    server.send(b"before")
    await_arrival(client, 6)
    point_is("SHUT_RD", outcome_of(client.shutdown, socket.SHUT_RD), "OK")
    point_is("leaves what has come", client.recv(100), b"before")
    point_is("and then there is an end",
             (client.recv(1), at_once(client, client.recv, 1)), (b"", "OK"))
    point_is("writing goes on", (client.send(b"still"), server.recv(10)),
             (5, b"still"))
    server.close()
    client, server = connected(us, peer)
    client.send(b"first")
    client.shutdown(socket.SHUT_RDWR)
    point_is("SHUT_RDWR sends what was written", receive_all(server), b"first")
    server.close()
    point_is("after the end there is nothing to shut down",
             await_equal(lambda: outcome_of(client.shutdown, 2), "ENOTCONN"),
             "ENOTCONN")
    point_is("nor a peer", outcome_of(client.getpeername), "ENOTCONN")


def close_calls(us, peer):
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        data = os.urandom(500000)
        writer = Later(lambda: (client.sendall(data), client.close()))
        point("S19: close sends what was written (%s)" % title,
              receive_all(server) == data)
        writer.outcome()
        client, server = connected(client_side, server_side)
        ends = [Later(one.close) for one in (client, server)]
        point_is("S19: both may close at once (%s)" % title,
                 [one.outcome() for one in ends], [None, None])


def unread_data(us, peer):
    """RFC 2525 2.17: who closes without reading tells that data was lost."""
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        client.send(b"never read")
        await_arrival(server, 10)
        server.close()
        point_is("close with unread data is a reset (%s)" % title,
                 await_bits(client, BROKEN), BROKEN)
        point_is("which read tells once (%s)" % title,
                 (outcome_of(client.recv, 1), client.recv(1)),
                 ("ECONNRESET", b""))
        point_is("and write no more (%s)" % title,
                 outcome_of(client.send, b"x", QUIET), "EPIPE")


def late_data(us, peer):
    """Data for a socket that nobody has any more."""
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        server.close()
        point_is("S19: the end of a closed peer (%s)" % title, client.recv(1),
                 b"")
        point_is("a write to it is taken (%s)" % title, client.send(b"x"), 1)
        point_is("and answered by a reset (%s)" % title,
                 await_bits(client, BROKEN), BROKEN)
        point_is("of a broken pipe (%s)" % title, pending_error(client),
                 "EPIPE")
        point_is("the next one fails (%s)" % title,
                 outcome_of(client.send, b"x", QUIET), "EPIPE")


def reset_seen_by_calls(us, peer):
    for what, told in (
            ("a read", lambda one: outcome_of(one.recv, 1)),
            ("a write", lambda one: outcome_of(one.send, b"x", QUIET)),
            ("a peek", lambda one: outcome_of(one.recv, 1, socket.MSG_PEEK)),
            ("SO_ERROR", pending_error)):
        client, server = connected(us, peer)
        linger(server, 1, 0)
        server.close()
        await_bits(client, BROKEN)
        point_is("a reset is told by " + what, told(client), "ECONNRESET")
        point_is("once (%s)" % what,
                 (client.recv(1), outcome_of(client.send, b"x", QUIET)),
                 (b"", "EPIPE"))
        point_is("nobody is connected then (%s)" % what,
                 (outcome_of(client.getpeername),
                  outcome_of(client.shutdown, 2)), ("ENOTCONN", "ENOTCONN"))


def sleeping_reader(us, peer):
    client, server = connected(us, peer)
    reader = Later(client.recv, 1)
    reader.sleeps()
    linger(server, 1, 0)
    server.close()
    point_is("a reset wakes a blocked read", reader.outcome(), "ECONNRESET")
    client, server = connected(peer, us)
    reader = Later(server.recv, 1)
    reader.sleeps()
    client.close()
    point_is("S19: so does the end", reader.outcome(), b"")


def no_linger(us, peer):
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        linger(client, 1, 0)
        client.close()
        point_is("SO_LINGER of 0 s closes by a reset (%s)" % title,
                 await_bits(server, BROKEN), BROKEN)
        point_is("at once (%s)" % title, outcome_of(server.recv, 1),
                 "ECONNRESET")
    client, server = connected(us, peer)
    fill(client)
    linger(client, 1, 0)
    client.close()
    await_true(lambda: "ERR" in bits(server))
    point("also what was written is lost then",
          outcome_of(receive_all, server) == "ECONNRESET")


def lingering(us, peer):
    client, server = connected(us, peer)
    written = fill(client)
    linger(client, 1, 60)
    closer = Later(client.close)
    closer.sleeps()
    point("SO_LINGER: close waits", closer.is_alive())
    point("SO_LINGER: until all has arrived", receive_all(server) == written)
    server.close()
    point_is("and then returns", closer.outcome(), None)
    client, server = connected(us, peer)
    written = fill(client)
    linger(client, 1, 1)
    before = time.monotonic()
    client.close()
    point("SO_LINGER: but no longer than its time",
          0.95 < time.monotonic() - before < 30, time.monotonic() - before)
    point("what was written arrives all the same",
          receive_all(server) == written)
    client, server = connected(us, peer)
    written = fill(client)
    before = time.monotonic()
    client.close()
    point("without it close does not wait", time.monotonic() - before < 10)
    point("and nothing is lost", receive_all(server) == written)
    client = us.socket()
    point_is("SO_LINGER is off at first",
             client.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8),
             struct.pack("ii", 0, 0))


def pipe_signal(us, peer):
    client, _server = connected(us, peer)
    client.shutdown(socket.SHUT_WR)

    def write(flags):
        def child():
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            return outcome_of(client.send, b"x", flags) != "EPIPE"
        return child

    point_is("a broken pipe is a signal", in_child(write(0)), -signal.SIGPIPE)
    point_is("but for MSG_NOSIGNAL", in_child(write(QUIET)), 0)


def many_ends(us, peer):
    """No connection is left behind."""
    def established():
        return counters(left)["TcpCurrEstab"]

    before = await_equal(established, 0)
    pairs = [connected(*sides) for sides in ((us, peer), (peer, us)) * 10]
    point_is("CurrEstab counts connections", established() - before, 20)
    for number, (client, server) in enumerate(pairs):
        first, second = (client, server) if number % 3 else (server, client)
        first.close()
        second.recv(1)
        second.close()
    point_is("and that they have gone", await_equal(established, before),
             before)


def acknowledged_end(us, peer):
    """S19: the FIN is acknowledged, though nobody reads."""
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        client.send(b"x" * 1000)
        client.shutdown(socket.SHUT_WR)
        point_is("S19: the end is acknowledged before it is read (%s)" % title,
                 await_acked(client), 0)
        point_is("TCP_INFO tells the states (%s)" % title,
                 [await_equal(lambda: one.getsockopt(
                     socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0], state)
                  for one, state in ((client, 5), (server, 8))], [5, 8])
        server.close()
        point_is("unread data resets even then (%s)" % title,
                 await_true(lambda: "ERR" in bits(client)) and
                 asked(client, SIOCOUTQ), 0)


set_up()
run_against_peers(
    half_close, shutdown_calls, close_calls, unread_data, late_data,
    reset_seen_by_calls, sleeping_reader, no_linger, lingering, pipe_signal,
    many_ends, acknowledged_end)
finish()
