#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
"""Wrong segments and ICMP errors: dropped, counted with a reason, and without
effect on anybody; and what a user without privilege may not do. RFC 9293
3.10.7, RFC 1122 4.2.3.9, RFC 5927."""
import os
import random
import socket
import struct
import subprocess

from tcp_lib import (KERNEL, US, await_true, connected, in_child, name_of, outcome_of,
                     set_up)
from twin_lib import (AF_OURS, ON_TWIN, OURS, add_neighbour, counters, enter,
                      finish, left, point, point_is, right, run_tests, skip,
                      tool)
from wire_lib import Script, checksum, ipv4, mac_of, mac_text, tcp

GHOST = "10.7.0.99"
IP, TCP, SOL = socket.IPPROTO_IP, socket.IPPROTO_TCP, socket.SOL_SOCKET
ports = iter(range(9000, 9999))


def script():
    return Script(right, GHOST, next(ports), OURS, mac_of(left))


def grows(name, before, number=1):
    """Waits until a counter has grown so far; whether it has."""
    return await_true(lambda: counters(left).get(name, 0) -
                      before.get(name, 0) >= number, 20)


def bad_segment(peer, **words):
    return tcp(GHOST, OURS, peer.port, peer.dport, seq=peer.seq, ack=peer.ack,
               payload=b"bad", **words)


# What is wrong, the segment, Twin's reason, and the counter where AF_INET has
# one for it.
def malformed(peer):
    good = bad_segment(peer)
    return (
        ("one byte", b"\0", "TcpShort", None),
        ("no room for a header", good[:19], "TcpShort", None),
        ("nothing at all", b"", "TcpShort", None),
        ("a data offset of 0", bad_segment(peer, offset=0), "TcpHeaderLength",
         "TcpInErrs"),
        ("a data offset of 4", bad_segment(peer, offset=4), "TcpHeaderLength",
         "TcpInErrs"),
        ("a data offset beyond the end", bad_segment(peer, offset=15),
         "TcpHeaderLength", None),
        ("a wrong checksum", bad_segment(peer, bad_sum=1), "TcpChecksum",
         "TcpInCsumErrors"))


# Options that RFC 9293 3.1 does not explain: read as far as they make sense.
ABSURD_OPTIONS = (
    ("of length 0", b"\x08\0\1\1"), ("of length 1", b"\x08\1\1\1"),
    ("longer than the header", b"\x08\xff\1\1"),
    ("that begin with an end", b"\0\x08\x0a\1"),
    ("nobody knows", b"\xfd\4\1\2"), ("cut off at its kind", b"\1\1\1\x05"),
    ("of selective ACKs of no length", b"\1\1\5\2"),
    ("of selective ACKs of odd length", b"\1\5\x0bxxxxxxxxx"),
    ("of 40 bytes", b"\5\x22" + bytes(range(32)) + b"\1" * 6),
    ("of a second MSS", b"\2\4\0\0"))


def short_and_false():
    with script() as peer:
        listener = US.listener()
        peer.connect(listener.getsockname()[1])
        server, _ = listener.accept()
        for what, segment, reason, common in malformed(peer):
            before = counters(left)
            peer.send_raw(segment)
            for name in ["TwinDrop" + reason] * ON_TWIN + [common]:
                if name:
                    point("%s is dropped and counted in %s" % (what, name),
                          grows(name, before), counters(left).get(name))
        peer.send("A", payload=b"good")
        point_is("none of it was read", server.recv(100), b"good")


def absurd_options():
    with script() as peer:
        listener = US.listener()
        peer.connect(listener.getsockname()[1])
        server, _ = listener.accept()
        for what, options in ABSURD_OPTIONS:
            peer.send("A", payload=b"data ", options=options)
            point_is("options %s do no harm" % what, server.recv(100), b"data ")
    for what, options in ABSURD_OPTIONS:
        with script() as peer:
            listener = US.listener()
            peer.dport = listener.getsockname()[1]
            peer.send("S", options=options)
            point("nor in a SYN: %s" % what,
                  peer.expect(lambda one: "S" in one.flags))
            peer.send("R")


def strange_flags():
    """Every combination, at a listener, a connection and a closed port."""
    with script() as peer:
        listener = US.listener()
        closed = US.closed_port()[1]
        peer.connect(listener.getsockname()[1])
        server, _ = listener.accept()
        before = counters(left)
        for bits in range(64):
            flags = "".join(letter for number, letter in enumerate("FSRPAU")
                            if bits >> number & 1)
            for port in (listener.getsockname()[1], closed):
                segment = tcp(GHOST, OURS, next_port(), port, seq=bits * 77777,
                              ack=random.getrandbits(32), flags=flags)
                peer.send_raw(segment)
            if "R" not in flags and "F" not in flags:
                peer.send(flags, seq=peer.seq + (1 << 29), payload=b"far")
                peer.seq -= 3 + (1 << 29) + ("S" in flags)
        point("all combinations of flags are taken in",
              grows("TcpInSegs", before, 128))
        peer.send("A", ack=peer.ack, payload=b"alive")
        point_is("the connection lives on", server.recv(10), b"alive")


sources = iter(range(20000, 30000))


def next_port():
    return next(sources)


def random_segments():
    """Nothing in particular, two thousand times."""
    chance = random.Random(7)
    with script() as peer:
        listener = US.listener(backlog=256)
        port = listener.getsockname()[1]
        before = counters(left)
        for _ in range(2000):
            options = chance.randbytes(chance.choice((0, 0, 4, 12, 40)))
            segment = tcp(GHOST, OURS, 30000 + chance.randrange(50), port,
                          chance.getrandbits(32), chance.getrandbits(32),
                          chance.choice(("S", "A", "SA", "FA", "R", "PAU")),
                          options=options,
                          payload=bytes(chance.randrange(100)))
            if chance.random() < 0.3:
                segment = segment[:chance.randrange(1, len(segment))]
            peer.send_raw(segment)
        point("2000 random segments are taken in",
              grows("TcpInSegs", before, 2000))
    client = KERNEL.socket()
    client.connect((US.address, port))
    point("and the listener still listens", find_caller(listener, client))


def find_caller(listener, client):
    """The random segments may have opened connections before it."""
    for _ in range(100):
        if listener.accept()[1] == client.getsockname():
            return True
    return False


def unreachable(code, quoted, kind=3, info=0):
    body = struct.pack("!BBHI", kind, code, 0, info) + quoted
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def icmp_errors():
    """RFC 1122 4.2.3.9: a connection survives soft errors; RFC 5927: an error
    must quote what is under way."""
    for code, wanted in ((0, "ENETUNREACH"), (1, "EHOSTUNREACH"),
                         (2, "ENOPROTOOPT"), (3, "ECONNREFUSED"),
                         (13, "EHOSTUNREACH")):
        with script() as peer:
            client = US.socket()
            client.setblocking(False)
            client.connect_ex((GHOST, peer.port))
            syn = peer.expect(lambda one: one.flags == "S")
            quoted = ipv4(OURS, GHOST, tcp(
                OURS, GHOST, syn.sport, peer.port, syn.seq, 0, "S")[:8])
            false = ipv4(OURS, GHOST, tcp(
                OURS, GHOST, syn.sport, peer.port, syn.seq + 5000, 0, "S")[:8])
            peer.send_raw(unreachable(code, false),
                          protocol=socket.IPPROTO_ICMP)
            peer.send_raw(unreachable(code, quoted),
                          protocol=socket.IPPROTO_ICMP)
            said = await_true(lambda: client.getsockopt(SOL, socket.SO_ERROR))
            point_is("S30: unreachable with code %d ends connect with %s"
                     % (code, wanted), name_of(said), wanted)
    with script() as peer:
        listener = US.listener()
        peer.connect(listener.getsockname()[1])
        server, _ = listener.accept()
        server.send(b"x")
        sent = peer.expect(lambda one: len(one))
        quoted = ipv4(OURS, GHOST, tcp(
            OURS, GHOST, sent.sport, peer.port, sent.seq, 0, "A")[:8])
        before = counters(left)
        for code in (0, 1, 5, 13):
            peer.send_raw(unreachable(code, quoted),
                          protocol=socket.IPPROTO_ICMP)
        grows("IcmpInDestUnreachs", before, 4)
        peer.send("A", payload=b"still here")
        point_is("S30: a connection survives an unreachable host",
                 server.recv(100), b"still here")


def path_mtu():
    """RFC 1191: 'fragmentation needed' makes pieces smaller."""
    with script() as peer:
        client = US.socket()
        client.setsockopt(TCP, socket.TCP_NODELAY, 1)
        client.setblocking(False)
        client.connect_ex((GHOST, peer.port))
        peer.accept(options=b"\2\4" + struct.pack("!H", 1460))
        client.setblocking(True)
        client.sendall(b"x" * 1460)
        sent = peer.expect(lambda one: len(one) == 1460)
        quoted = ipv4(OURS, GHOST, tcp(OURS, GHOST, sent.sport, peer.port,
                                       sent.seq, sent.ack, "A",
                                       payload=b"x" * 1460)[:8])
        quoted = quoted[:2] + struct.pack("!H", 1500) + quoted[4:]
        peer.send_raw(unreachable(4, quoted, info=1000),
                      protocol=socket.IPPROTO_ICMP)
        again = peer.expect(lambda one: one.seq == sent.seq and
                            len(one) < 1460)
        point_is("S30, S12: a smaller path gets smaller pieces", len(again),
                 960)
        peer.send("R")


def without_privilege():
    """What needs a capability."""
    cases = (
        ("a privileged port", lambda one: one.bind((OURS, 81)), "EACCES"),
        ("IP_TRANSPARENT", lambda one: one.setsockopt(IP, 19, 1), "EPERM"),
        ("SO_MARK", lambda one: one.setsockopt(SOL, 36, 1), "EPERM"),
        ("SO_PRIORITY of 7", lambda one: one.setsockopt(SOL, 12, 7), "EPERM"),
        ("SO_RCVBUFFORCE", lambda one: one.setsockopt(SOL, 33, 9999), "EPERM"),
        ("SO_DEBUG", lambda one: one.setsockopt(SOL, 1, 1), "EACCES"))
    for what, act, wanted in cases:
        made = US.socket()

        def child():
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            return outcome_of(act, made) != wanted

        point_is("%s needs privilege: %s" % (what, wanted), in_child(child), 0)
    enter(left)
    done = subprocess.run(
        ["setpriv", "--reuid", "65534", "--clear-groups", tool(AF_OURS), "addr",
         "add", "10.9.9.9/24", "dev", "eth0"], capture_output=True, text=True,
        check=False)
    point("an address needs privilege", done.returncode in (1, 2) and
          "not permitted" in done.stderr, (done.returncode, done.stderr))
    if not ON_TWIN:
        skip("the tool fails with 1 and one line", "about Twin's own tool")
        return
    point_is("the tool fails with 1 and one line",
             (done.returncode, done.stderr.count("\n")), (1, 1))


def after_all():
    client, server = connected(US, KERNEL)
    client.send(b"works")
    point_is("after all this the stack works", server.recv(10), b"works")


set_up()
add_neighbour(left, GHOST, mac_text(mac_of(right)))
run_tests((short_and_false, absurd_options, strange_flags, random_segments,
           icmp_errors, path_mtu, without_privilege, after_all))
finish()
