#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 2400
"""Streams over a path that loses, reorders, doubles, delays and damages: all
arrives, in order, once, and the counters tell what it took. S13, S15, S16; RFC
6298, RFC 2018, RFC 2883, RFC 5681, RFC 8985. TWIN_TEST_LOSS_MB (5) is the size
of a transfer."""
import hashlib
import os
import subprocess
import time

from tcp_lib import (TCPI_TOTAL_RETRANS, Later, await_equal, await_true,
                     both_ways, connected, info_word, receive_all,
                     run_against_peers, set_up)
from twin_lib import (counters, enter, finish, left, point, point_is, right,
                      run, skip, still_going)

SIZE = int(os.environ.get("TWIN_TEST_LOSS_MB", "5")) << 20
PIECE = 1 << 16
# Nobody may be silent for longer: several time-outs in a row, doubled.
LONGEST_PAUSE = 30

PATHS = (
    ("loss", "delay 2ms loss 2%"),
    ("reordering", "delay 3ms reorder 75% 25%"),
    ("duplication", "delay 1ms duplicate 3%"),
    ("corruption", "delay 1ms corrupt 5%"),
    ("all of it", "delay 3ms 1ms loss 2% reorder 80% duplicate 1% corrupt 1%"),
)


def bad_path(namespace, words):
    run("tc", "-n", namespace, "qdisc", "replace", "dev", "eth0", "root",
        "netem", *words.split())


def good_path(namespace):
    subprocess.run(["tc", "-n", namespace, "qdisc", "del", "dev", "eth0",
                    "root"], check=False, stderr=subprocess.DEVNULL)


def send_all(made, size):
    digest, data = hashlib.sha256(), os.urandom(PIECE)
    for number in range(size // PIECE):
        piece = number.to_bytes(4, "big") + data[4:]
        digest.update(piece)
        made.sendall(piece)
    made.shutdown(1)
    return digest.hexdigest()


def receive(made):
    """The digest of all that comes, and the longest wait for some of it."""
    digest, longest, before = hashlib.sha256(), 0, time.monotonic()
    while True:
        part = made.recv(PIECE)
        now = time.monotonic()
        longest, before = max(longest, now - before), now
        if not part:
            return digest.hexdigest(), longest
        digest.update(part)


def over(sender, taker, size=SIZE):
    """Transfers; whether it is the same, and the longest pause."""
    still_going()
    begin = time.monotonic()
    writer = Later(send_all, sender, size)
    told, longest = receive(taker)
    same = told == writer.outcome()
    print("# %.1f s, longest pause %.2f s" % (time.monotonic() - begin,
                                              longest), flush=True)
    return same, longest


def grown(before, *names):
    now = counters(left)
    return sum(now.get(name, 0) - before.get(name, 0) for name in names)


def sending(us, peer, what, words):
    """Our data on a bad path."""
    client, server = connected(us, peer)
    bad_path(left, words)
    before = counters(left)
    same, longest = over(client, server)
    point("S13, S15: %s on the way out: all arrives" % what, same)
    point("S16: no longer pause than time-outs explain (%s, out)" % what,
          longest < LONGEST_PAUSE, longest)
    if what in ("loss", "corruption", "all of it"):
        point("S15: what was lost was sent again (%s)" % what,
              grown(before, "TcpRetransSegs") > 0)
        point("S15: mostly without waiting for a time-out (%s)" % what,
              grown(before, "TcpExtTCPFastRetrans", "TcpExtTCPSackRecovery",
                    "TcpExtTCPLossProbes") > 0)
        point("TCP_INFO counts it (%s)" % what,
              info_word(client, TCPI_TOTAL_RETRANS) > 0)
    good_path(left)
    client.close()
    server.close()


def receiving(us, peer, what, words):
    """The peer's data on a bad path."""
    client, server = connected(us, peer)
    bad_path(right, words)
    before = counters(left)
    same, longest = over(server, client)
    point("S13: %s on the way in: all is read, in order, once" % what, same)
    point("S16: no longer pause than time-outs explain (%s, in)" % what,
          longest < LONGEST_PAUSE, longest)
    if what != "duplication":
        point("S13: what came too early was kept (%s)" % what,
              grown(before, "TcpExtTCPOFOQueue") > 0)
    if what == "duplication":
        point("S13: what came twice was told to the sender",
              grown(before, "TcpExtTCPDSACKOldSent",
                    "TcpExtTCPDSACKOfoSent") > 0)
    if what == "corruption":
        point("what was damaged was counted and not read",
              grown(before, "TcpInCsumErrors", "IpInHdrErrors",
                    "IpInAddrErrors", "IpInDiscards") > 0)
    good_path(right)
    client.close()
    server.close()


def each_path(us, peer):
    for what, words in PATHS:
        sending(us, peer, what, words)
        receiving(us, peer, what, words)


def both_sides(us, peer):
    """Data and ACKs, both ways at once, on bad paths."""
    for name in (left, right):
        bad_path(name, PATHS[-1][1])
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        writers = [Later(send_all, one, SIZE // 4) for one in (client, server)]
        readers = [Later(receive, one) for one in (server, client)]
        point("S13, S15: both ways at once (%s)" % title,
              [one.outcome() for one in writers] ==
              [one.outcome()[0] for one in readers])
        client.close()
        server.close()
    for name in (left, right):
        good_path(name)


def conversation(client_side, server_side):
    client, server = connected(client_side, server_side)
    client.sendall(b"question")
    client.shutdown(1)
    asked = receive_all(server)
    server.sendall(b"answer")
    server.close()
    return asked, receive_all(client)


def handshakes(us, peer):
    """S7, S15: SYNs and FINs that are lost; each costs a second or more."""
    for name in (left, right):
        bad_path(name, "loss 10%")
    for title, client_side, server_side in both_ways(us, peer):
        talks = [Later(conversation, client_side, server_side)
                 for _ in range(40)]
        point_is("S7, S15, S19: 40 short connections (%s)" % title,
                 [one.outcome() for one in talks],
                 [(b"question", b"answer")] * 40)
    for name in (left, right):
        good_path(name)


def tries_again(made):
    """Waits until a writer has sent some segments again."""
    return await_true(lambda: info_word(made, TCPI_TOTAL_RETRANS) >= 3)


def blackout(us, peer):
    """Nothing passes until the writer has tried several times in vain."""
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        bad_path(left, "loss 100%")
        writer = Later(send_all, client, 1 << 20)
        point("S15: in a blackout it is sent again (%s)" % title,
              tries_again(client))
        good_path(left)
        told, _ = receive(server)
        point("S15, S16: after a blackout it goes on (%s)" % title,
              told == writer.outcome())


def nothing_left(us, peer):
    client, server = connected(us, peer)
    client.close()
    server.close()
    point_is("no connection stays behind", await_equal(
        lambda: counters(left)["TcpCurrEstab"], 0), 0)


def netem_is_there():
    enter(left)
    done = subprocess.run(["tc", "-n", left, "qdisc", "add", "dev", "eth0",
                           "root", "netem", "delay", "1us"], check=False)
    good_path(left)
    return done.returncode == 0


set_up()
# netem loses packets as it sees them: each of one segment, on both stacks.
for namespace in (left, right):
    enter(namespace)
    run("ethtool", "-K", "eth0", "tso", "off", "gso", "off")
    run("ip", "link", "set", "eth0", "gso_max_segs", "1")
# Else the kernel's stack begins later connections with the long time-out that it
# remembers of earlier ones.
enter(right)
run("sysctl", "-qw", "net.ipv4.tcp_no_metrics_save=1")
if netem_is_there():
    run_against_peers(each_path, both_sides, handshakes, blackout,
                      nothing_left)
else:
    skip("streams over a bad path", "this kernel has no netem")
finish()
