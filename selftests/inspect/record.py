#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
"""The flight recorder: what it notes, who may read it, and its answer to the
question what a connection is waiting for."""
import json
import os
import select
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import record_lib as rec  # noqa: E402
from tcp_lib import (KERNEL, US, await_arrival, await_equal,  # noqa: E402
                     await_true, connected, outcome_of, set_up)
from twin_lib import (AF_TWIN, OURS, PEER, enter, finish, left,  # noqa: E402
                      make, point, point_is, right, run, run_tests)


def sysctl(value):
    enter(left)
    with open("/proc/sys/net/twin/record", "w", encoding="ascii") as file:
        file.write("%d\n" % value)


def recorded(client_side=US, server_side=KERNEL):
    """A connection of ours that was recorded from its first SYN on."""
    with server_side.listener() as listener:
        client = client_side.socket()
        rec.start(client)
        client.connect(listener.getsockname())
        server, _ = listener.accept()
    return client, server


def options():
    made = US.socket()
    point_is("a socket has no recorder", outcome_of(rec.read_bytes, made),
             "ENODATA")
    point_is("1 starts one, 0 stops it, other numbers are refused",
             [outcome_of(rec.start, made, on) for on in (1, 0, 2, -1)],
             ["OK", "OK", "EINVAL", "EINVAL"])
    point_is("stopped, it can still be read", rec.read(made).on, 0)
    rec.start(made)
    record = rec.read(made)
    point_is("started again", (record.on, record.protocol), (1, 6))
    point_is("the length says what was copied",
             [len(rec.read_bytes(made, room)) for room in (0, 8, 4096)],
             [0, 8, rec.HEAD.size + len(record.events) * rec.EVENT.size])
    point_is("what is not TWIN_RECORD is no option",
             outcome_of(made.getsockopt, rec.SOL_TWIN, 1), "ENOPROTOOPT")


def handshake():
    client, server = recorded()
    record = rec.read(client)
    segments = [event for event in record.events
                if event.kind in (rec.IN, rec.OUT)]
    point_is("SYN, SYN+ACK, ACK", [(e.kind, e.what) for e in segments[:3]],
             [(rec.OUT, rec.SYN), (rec.IN, rec.SYN | rec.ACK),
              (rec.OUT, rec.ACK)])
    point_is("with their numbers", [e.value[:2] for e in segments[:3]],
             [(record.iss, 0), (record.irs, record.iss + 1 & 0xffffffff),
              (record.iss + 1 & 0xffffffff, record.irs + 1 & 0xffffffff)])
    point_is("the windows, as in the headers", [
        e.value[3] & 0xffff for e in (segments[0], segments[2])],
             [64240, record.rcv_wnd >> record.rcv_wscale])
    timers, wait_ms = rec.deadlines(segments[0])
    point("the deadline of the SYN", timers == {rec.RETRANSMIT} and
          800 < wait_ms <= 1000, (timers, wait_ms))
    point_is("the states", [(e.detail, e.what) for e in record.events
                            if e.kind == rec.STATE], [(7, 2), (2, 1)])
    calls = [event for event in record.events if event.kind == rec.CALL]
    point_is("the call", [(e.what, e.value[1]) for e in calls],
             [(rec.C_CONNECT, 0)])
    times = [event.time_ns for event in record.events]
    point("in the order of time", times == sorted(times), times)
    point_is("numbered from 1", [event.number for event in record.events],
             list(range(1, len(times) + 1)))
    point_is("nobody waits", record.waiting, rec.W_ANYBODY)
    server.close()
    client.close()


def deadlines():
    client, server = recorded()
    client.send(b"data")
    server.recv(10)
    sent = rec.events_of(client, rec.OUT)[-1]
    timers, wait_ms = rec.deadlines(sent)
    # with that of the time-out, unless that were sooner
    point("data sets the deadline of a probe", rec.LOSS_PROBE in timers and
          0 < wait_ms <= 1000, sent)
    # the first ones are acknowledged at once
    for _ in range(20):
        server.send(b"here")
        await_arrival(client, 4)
        client.recv(10)
    came = [e for e in rec.events_of(client, rec.IN) if e.value[2]]
    point("data that comes sets that of its ACK", any(
        rec.deadlines(e)[0] == {rec.DELAYED_ACK} for e in came), came)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    own = rec.events_of(client, rec.TIMER_SET)
    point("one that is set without a segment is an event",
          [e.what for e in own] == [rec.KEEPALIVE] and
          7190000 < own[0].value[0] <= 7200000, own)


def reading_and_closing():
    client, server = recorded()
    server.send(b"here")
    await_arrival(client, 4)
    point_is("data that is not read: it waits for the reader",
             rec.read(client).waiting, rec.W_READER)
    client.recv(10)
    point_is("the read", [e.value[:2] for e in rec.events_of(
        client, rec.CALL, rec.C_RECV)], [(10, 4)])
    server.close()
    point_is("the peer has closed, we do not: it waits for our close",
             await_equal(lambda: rec.read(client).waiting, rec.W_CLOSE),
             rec.W_CLOSE)
    point("the peer's FIN", any(e.what & rec.FIN for e in
                                rec.events_of(client, rec.IN)))
    client, server = recorded()
    client.shutdown(socket.SHUT_WR)
    point_is("the other way round: it waits for the peer's",
             await_equal(lambda: rec.read(client).waiting, rec.W_PEER_CLOSE),
             rec.W_PEER_CLOSE)
    point_is("shutdown()", [e.value[0] for e in rec.events_of(
        client, rec.CALL, rec.C_SHUTDOWN)], [socket.SHUT_WR])


def closed_window():
    client, server = recorded()
    client.setblocking(False)
    sent = 0

    def stalled():
        record = rec.read(client)
        return record.waiting == rec.W_WINDOW and record.timers_set & 1 << rec.PERSIST

    while not stalled():
        try:
            sent += client.send(bytes(65536))
        except BlockingIOError:
            # each call is an event, and there is room for 64
            await_true(lambda: stalled() or select.select([], [client], [], 0)[1])
    record = rec.read(client)
    point_is("a peer that does not read: data waits for its window",
             record.waiting, rec.W_WINDOW)
    point("the stall is in the record", rec.events_of(
        client, rec.STALL, rec.W_WINDOW), record.events)
    point("a probe is due", record.timer_ms[rec.PERSIST] <= 120000)
    got = 0
    while got < sent:
        got += len(server.recv(1 << 20))
    point_is("it reads, and all goes on",
             await_equal(lambda: rec.read(client).waiting, rec.W_ANYBODY),
             rec.W_ANYBODY)


def nobody_answers():
    """The peer moves away: its link address leads nowhere."""
    client, server = recorded()
    run("twin", "-n", left, "neigh", "replace", PEER, "lladdr",
        "02:00:00:00:00:99", "nud", "permanent", "dev", "eth0")
    client.send(b"first")
    point("an ACK is to come", rec.read(client).waiting in
          (rec.W_ACK, rec.W_LOST))
    client.send(b"second")
    point("a second small segment waits for the first (Nagle)",
          rec.events_of(client, rec.STALL, rec.W_NAGLE))
    point("then time runs out", await_true(lambda: rec.events_of(
        client, rec.TIMER_FIRED, rec.RETRANSMIT)))
    point_is("it waits for what is lost", rec.read(client).waiting, rec.W_LOST)
    point("what was sent again says so", await_true(
        lambda: [e for e in rec.events_of(client, rec.OUT)
                 if e.detail & rec.AGAIN]))
    point("the window shrank", [e for e in rec.events_of(client, rec.CWND)
                                if e.value[1] < e.value[0]])
    run("twin", "-n", left, "neigh", "del", PEER, "dev", "eth0")
    point_is("the peer is back, and all goes on",
             await_equal(lambda: rec.read(client).waiting, rec.W_ANYBODY),
             rec.W_ANYBODY)
    point_is("nothing is lost", server.recv(100), b"firstsecond")


def bounded():
    client, server = recorded()
    for _ in range(100):
        client.send(b"x")
        server.recv(1)
    record = rec.read(client)
    point_is("64 events are kept", len(record.events), rec.EVENTS)
    point_is("the last ones", [e.number for e in record.events],
             list(range(record.total - rec.EVENTS + 1, record.total + 1)))
    point("the others are only counted", record.total > 200, record.total)
    before = record.total
    rec.start(client, 0)
    client.send(b"x")
    point_is("stopped, it notes nothing", rec.read(client).total, before)


def listeners():
    listener = US.listener()
    rec.start(listener)
    point_is("a listener waits for a connection", rec.read(listener).waiting,
             rec.W_CONNECTION)
    client = KERNEL.socket()
    client.connect(listener.getsockname())
    point_is("then for accept()",
             await_equal(lambda: rec.read(listener).waiting, rec.W_ACCEPT),
             rec.W_ACCEPT)
    server, _ = listener.accept()
    record = rec.read(server)
    point_is("its connections have a recorder too",
             [e.what for e in record.events if e.kind == rec.STATE], [1])
    point_is("with the numbers of the handshake",
             [(e.value[0] - record.irs, e.value[1] - record.iss)
              for e in record.events if e.kind == rec.IN][:1], [(1, 1)])


def drops():
    client, server = recorded()
    server.setsockopt(socket.SOL_TCP, socket.TCP_KEEPIDLE, 1)
    server.setsockopt(socket.SOL_TCP, socket.TCP_KEEPINTVL, 1)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    dropped = await_true(lambda: rec.events_of(client, rec.DROP))
    enter(left)
    names = rec.drop_names()
    point_is("a keep-alive probe is before the window, and dropped as such",
             dropped and names[dropped[0].detail], "TcpWindow")
    record = rec.read(client)
    point_is("with its number", dropped and dropped[0].value[:2],
             (record.rcv_nxt - 1 & 0xffffffff,) * 2)


def datagrams():
    enter(left)
    ours = make(AF_TWIN, socket.SOCK_DGRAM, 0)
    rec.start(ours)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    ours.bind((OURS, 0))
    enter(right)
    theirs = make(socket.AF_INET, socket.SOCK_DGRAM, 0)
    theirs.bind((PEER, 0))
    ours.sendto(b"one", theirs.getsockname())
    theirs.recv(10)
    theirs.sendto(b"three", ours.getsockname())
    await_true(lambda: rec.events_of(ours, rec.IN))
    ours.recv(10)
    record = rec.read(ours)
    peer = int.from_bytes(socket.inet_aton(PEER), "little")
    point_is("UDP: the datagrams",
             [(e.kind, e.value[:3]) for e in record.events
              if e.kind in (rec.IN, rec.OUT)],
             [(rec.OUT, (peer, theirs.getsockname()[1], 3)),
              (rec.IN, (peer, theirs.getsockname()[1], 5))])
    point_is("UDP: the calls", [e.what for e in record.events
                                if e.kind == rec.CALL],
             [rec.C_BIND, rec.C_SEND, rec.C_RECV])
    for _ in range(50):
        theirs.sendto(bytes(1000), ours.getsockname())
    dropped = await_true(lambda: rec.events_of(ours, rec.DROP))
    enter(left)
    point_is("UDP: a full buffer", dropped and
             rec.drop_names()[dropped[0].detail], "SocketBuffer")


def history(*words, user=0):
    command = ["twin", "-n", left, "-j", "ss", "--history"] + list(words)
    if user:
        enter(left)
        command = ["setpriv", "--reuid", str(user), "--clear-groups", "twin",
                   "-j", "ss", "--history"] + list(words)
    return subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)


def by_root():
    client, server = recorded()
    port = client.getsockname()[1]
    answer = history("sport", "=", ":%d" % port)
    found = json.loads(answer.stdout)
    point_is("twin ss --history shows it", [
        (one["laddr"], one["lport"], one["raddr"], one["state"])
        for one in found], [(OURS, port, PEER, "ESTABLISHED")])
    record = rec.read(client)
    point_is("the same events", [e["number"] for e in found[0]["events"]],
             [e.number for e in record.events])
    point_is("the same numbers", [found[0][name] for name in rec.NUMBERS],
             [getattr(record, name) for name in rec.NUMBERS])
    point_is("the filter filters", json.loads(history(
        "dst", PEER, "sport", str(port ^ 1)).stdout), [])
    answer = history(user=65534)
    point("others may not ask", answer.returncode == 1 and
          b"not permitted" in answer.stderr, answer)
    enter(left)
    text = subprocess.run(["twin", "ss", "--history", ":%d" % port],
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    point("in words", "ESTABLISHED, waits for the application or the peer" in
          text and "SYN,ACK seq 0 ack 1" in text, text)
    server.close()


def everywhere():
    sysctl(1)
    client, server = connected(US, KERNEL)
    point("net.twin.record: every new socket has a recorder",
          rec.events_of(client, rec.OUT, rec.SYN))
    server.close()
    client.close()
    sysctl(0)
    point_is("0: none has", outcome_of(rec.read_bytes, US.socket()), "ENODATA")
    point_is("other numbers are refused", outcome_of(sysctl, 2), "EINVAL")


set_up()
run_tests((options, handshake, deadlines, reading_and_closing, closed_window,
           nobody_answers, bounded, listeners, drops, datagrams, by_root,
           everywhere))
finish()
