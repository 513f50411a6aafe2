#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug smp
# timeout: 900
"""Much data, many connections, and small, odd and blocked ones: everything
arrives as it was sent. TWIN_TEST_MB is the size of the big transfers: 100, but
5 where every access to memory is checked."""
import hashlib
import os
import select
import socket
import tempfile
import time

from tcp_lib import (Later, await_arrival, both_ways, connected,
                     receive_all, run_against_peers, set_up)
from twin_lib import enter, finish, left, point, point_is, right, run

MEGABYTE = 1 << 20
SIZE = int(os.environ.get("TWIN_TEST_MB") or
           (5 if os.environ.get("TWIN_BED") == "debug" else 100))
SMALL_BUFFER = (socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def send_megabytes(made, megabytes):
    """Every block is another one; the digest of all."""
    digest, block = hashlib.sha256(), bytearray(os.urandom(MEGABYTE))
    for number in range(megabytes):
        block[:4] = number.to_bytes(4, "big")
        digest.update(block)
        made.sendall(block)
    made.shutdown(socket.SHUT_WR)
    return digest.hexdigest()


def digest_of(made):
    """Reads up to the end; the digest and the length."""
    digest, room, length = hashlib.sha256(), bytearray(MEGABYTE), 0
    while True:
        count = made.recv_into(room)
        if not count:
            return digest.hexdigest(), length
        digest.update(memoryview(room)[:count])
        length += count


def transfer(sender, taker, megabytes):
    """Whether all arrives; tells the speed."""
    begin = time.monotonic()
    writer = Later(send_megabytes, sender, megabytes)
    told, length = digest_of(taker)
    seconds = time.monotonic() - begin
    print("# %d MB in %.1f s" % (megabytes, seconds), flush=True)
    return told == writer.outcome() and length == megabytes * MEGABYTE


def bulk(us, peer):
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        point("S8, S13: %d MB arrive whole (%s)" % (SIZE, title),
              transfer(client, server, SIZE))
        point("S19: and an answer after their end (%s)" % title,
              transfer(server, client, 1))
        client.close()
        server.close()


def both_at_once(us, peer):
    client, server = connected(us, peer)
    megabytes = max(SIZE // 5, 1)
    writers = [Later(send_megabytes, one, megabytes)
               for one in (client, server)]
    readers = [Later(digest_of, one) for one in (server, client)]
    point("both directions at once",
          [one.outcome() for one in writers] ==
          [one.outcome()[0] for one in readers])


def many_connections(us, peer):
    for title, client_side, server_side in both_ways(us, peer):
        with server_side.listener(backlog=256) as listener:
            clients = [client_side.socket() for _ in range(200)]
            for one in clients:
                one.connect(listener.getsockname())
            servers = [listener.accept()[0] for _ in clients]
        names = {one.getpeername(): one for one in servers}
        words = {one: os.urandom(3000) for one in clients}
        for one, word in words.items():
            one.sendall(word)
        for one in servers:
            one.sendall(receive_all(one, 3000)[::-1])
        point_is("S2: 200 connections at once do not mix (%s)" % title,
                 sum(receive_all(one, 3000)[::-1] == words[one]
                     for one in clients), 200)
        point("S4: each from another port (%s)" % title,
              set(names) == {one.getsockname() for one in clients})
        for one in clients + servers:
            one.close()


def one_after_the_other(us, peer):
    for title, client_side, server_side in both_ways(us, peer):
        right_answers = 0
        with server_side.listener() as listener:
            for number in range(200):
                with client_side.socket() as client:
                    client.connect(listener.getsockname())
                    server, _ = listener.accept()
                    client.sendall(b"%d" % number)
                    server.sendall(server.recv(10) + b"!")
                    server.close()
                    right_answers += receive_all(client) == b"%d!" % number
        point_is("connections one after the other (%s)" % title,
                 right_answers, 200)


def tiny_pieces(us, peer):
    for title, client_side, server_side in both_ways(us, peer):
        for options, what in (([], "Nagle"), ([NO_DELAY], "TCP_NODELAY")):
            client, server = connected(client_side, server_side, options)
            data = os.urandom(10000)

            def write():
                place = 0
                while place < len(data):
                    place += client.send(data[place:place + 1 + place % 7])

            writer = Later(write)
            point("S8: tiny writes arrive in order (%s, %s)" % (title, what),
                  receive_all(server, len(data)) == data)
            writer.outcome()
        client.sendall(data[:3000])
        point("S8: tiny reads too (%s)" % title,
              b"".join(server.recv(1) for _ in range(3000)) == data[:3000])


def small_buffers(us, peer):
    """S17: the window closes and opens all the time."""
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side,
                                   server_options=[SMALL_BUFFER])
        writer = Later(send_megabytes, client, 2)
        point("S17: a small receive buffer loses nothing (%s)" % title,
              digest_of(server)[0] == writer.outcome())
        client, server = connected(
            client_side, server_side,
            [(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)])
        writer = Later(send_megabytes, client, 2)
        point("S9: nor does a small send buffer (%s)" % title,
              digest_of(server)[0] == writer.outcome())


def with_file(function):
    data = os.urandom(3 * MEGABYTE + 12345)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return function(file, data)


def send_file(made, file, length):
    place = 0
    while place < length:
        place += os.sendfile(made.fileno(), file.fileno(), place,
                             length - place)
    made.shutdown(socket.SHUT_WR)


def move(source, target, length):
    """splice() by way of a pipe."""
    going, coming = os.pipe()
    done = 0
    while done < length:
        count = os.splice(source, coming, min(length - done, 65536))
        if not count:
            break
        done += count
        while count:
            count -= os.splice(going, target, count)
    os.close(going)
    os.close(coming)
    return done


def without_copying(us, peer):
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)

        def by_sendfile(file, data):
            writer = Later(send_file, client, file, len(data))
            same = receive_all(server) == data
            return writer.outcome() is None and same

        point("sendfile (%s)" % title, with_file(by_sendfile))

        def by_splice(file, data):
            file.seek(0)
            writer = Later(move, file.fileno(), client.fileno(), len(data))
            with tempfile.TemporaryFile() as copy:
                mover = Later(move, server.fileno(), copy.fileno(), len(data))
                moved = mover.outcome(), writer.outcome()
                copy.seek(0)
                return moved == (len(data), len(data)) and copy.read() == data

        client, server = connected(client_side, server_side)
        point("splice in and out (%s)" % title, with_file(by_splice))


def small_pieces_to_a_pipe(us, peer):
    """What send() has written is bytes, whoever takes it out."""
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        going, coming = os.pipe()
        client.sendall(b"small")
        moved = os.splice(server.fileno(), coming, 100)
        point_is("splice of a small write (%s)" % title,
                 (moved, os.read(going, 100)), (5, b"small"))
        os.close(going)
        os.close(coming)


def while_memory_is_reclaimed(us, peer):
    """Pages that are kept for more data are given back, used ones are not."""
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        data = os.urandom(4 * MEGABYTE)
        writer = Later(client.sendall, data)
        got = []
        for _ in range(16):
            got.append(server.recv(MEGABYTE // 4, socket.MSG_WAITALL))
            with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
                file.write("2")
        same = b"".join(got) == data
        point("data stays whole while caches are dropped (%s)" % title,
              writer.outcome() is None and same)


def set_offloads(*words):
    for name in (left, right):
        enter(name)
        run("ethtool", "-K", "eth0", *words)


def all_shapes(us, peer):
    """Every form in which a device takes and gives packets."""
    usual = ("tso", "on", "gso", "on", "gro", "off", "tx", "on", "sg", "on")
    for what, words in (
            ("without TSO", ("tso", "off")),
            ("without GSO", ("tso", "off", "gso", "off")),
            ("without scatter-gather", ("sg", "off")),
            ("without checksum offload", ("tx", "off")),
            ("with GRO", ("tso", "off", "gso", "off", "gro", "on"))):
        set_offloads(*words)
        client, server = connected(us, peer)
        point("S29: a device %s, both ways" % what,
              transfer(client, server, 2) and transfer(server, client, 2))
        set_offloads(*usual)
    for mtu in (576, 9000):
        for name in (left, right):
            run("ip", "-n", name, "link", "set", "eth0", "mtu", str(mtu))
        client, server = connected(us, peer)
        point("S9: a device of MTU %d, both ways" % mtu,
              transfer(client, server, 2) and transfer(server, client, 2))
    for name in (left, right):
        run("ip", "-n", name, "link", "set", "eth0", "mtu", "1500")


def inside(us, _peer):
    """Own address to own address, no device between."""
    client, server = connected(us, us)
    point("S8: inside the stack", transfer(client, server, max(SIZE // 5, 1)))
    point("and back", transfer(server, client, 1))


def echo_by_epoll(us, peer):
    """A server of the usual kind: one thread, edge-triggered."""
    listener = us.listener(backlog=64)
    clients = [peer.socket() for _ in range(20)]
    for one in clients:
        one.connect(listener.getsockname())
    poller, served = select.epoll(), {}
    for _ in clients:
        server, _ = listener.accept()
        server.setblocking(False)
        served[server.fileno()] = server
        poller.register(server, select.EPOLLIN | select.EPOLLET)
    data = {one: os.urandom(20000) for one in clients}

    def serve():
        while served:
            for number, _ in poller.poll():
                serve_one(served, number)

    loop = Later(serve)
    writers = [Later(lambda one=one: (one.sendall(data[one]), one.shutdown(1)))
               for one in clients]
    echoed = [receive_all(one) == data[one] for one in clients]
    point("an edge-triggered server loses no edge", all(echoed), echoed)
    point_is("and ends", [loop.outcome()] + [one.outcome() for one in writers],
             [None] + [(None, None)] * 20)


def serve_one(served, number):
    made = served[number]
    while True:
        try:
            part = made.recv(3000)
        except BlockingIOError:
            return
        if not part:
            made.close()
            del served[number]
            return
        made.setblocking(True)
        made.sendall(part)
        made.setblocking(False)


def late_reader(us, peer):
    """Data, then silence, then a reader."""
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        data = os.urandom(30000)
        client.sendall(data)
        client.close()
        await_arrival(server, 30000)
        point("S19: data of a closed socket waits for its reader (%s)" % title,
              receive_all(server) == data)


set_up()
run_against_peers(
    bulk, both_at_once, many_connections, one_after_the_other, tiny_pieces,
    small_buffers, without_copying, small_pieces_to_a_pipe,
    while_memory_is_reclaimed, all_shapes,
    inside, echo_by_epoll,
    late_reader)
finish()
