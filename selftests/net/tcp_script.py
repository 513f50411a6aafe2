#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
"""A stream socket against a peer that is only a script: loss, silence, strange
order and wrong segments exactly where they are wanted. RFC 9293 3.8-3.10, RFC
6298, RFC 2018, RFC 5961, RFC 7323."""
import socket
import struct
import time

from tcp_lib import (SIOCOUTQNSD, US, asked, at_once, await_acked,
                     await_equal, await_true, bits, outcome_of,
                     pending_error, receive_all, set_up)
from twin_lib import (OURS, add_neighbour, enter, finish, left, point,
                      point_is, right, run, run_tests)
from wire_lib import Script, mac_of, mac_text

GHOST = "10.7.0.99"
NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
SACK_OK, MSS_1000 = b"\4\2", b"\2\4" + struct.pack("!H", 1000)
ports = iter(range(9000, 9999))


def script():
    return Script(right, GHOST, next(ports), OURS, mac_of(left))


def client_of(peer, options=(), syn_options=MSS_1000, window=65535):
    """A socket of ours that is connected to the script."""
    client = US.socket()
    for option in options:
        client.setsockopt(*option)
    client.setblocking(False)
    client.connect_ex((GHOST, peer.port))
    peer.syn = peer.accept(options=syn_options, window=window)
    client.setblocking(True)
    return client


def data(segment):
    return len(segment) > 0


def from_byte(number):
    return lambda segment: segment.seq == number & 0xffffffff and data(segment)


def ends(client, peer):
    """Nothing is left of the connection."""
    peer.send("R")
    client.close()


def nagle():
    """RFC 9293 3.7.4: small pieces wait, but not alone."""
    with script() as peer:
        client = client_of(peer)
        client.send(b"a")
        point_is("S9: nothing under way: a byte goes at once",
                 peer.expect(data).payload, b"a")
        start = peer.ack
        for letter in (b"b", b"c", b"d"):
            client.send(letter)
        point_is("S9: others wait for its ACK", asked(client, SIOCOUTQNSD), 3)
        peer.send("A", ack=start)
        point_is("S9: and go together", peer.expect(from_byte(start)).payload,
                 b"bcd")
        client.send(b"x" * 1000)
        point_is("S9: a whole piece does not wait",
                 len(peer.expect(from_byte(start + 3))), 1000)
        ends(client, peer)
    with script() as peer:
        client = client_of(peer, [NO_DELAY])
        for letter in (b"a", b"b", b"c"):
            client.send(letter)
        point_is("S11: TCP_NODELAY sends each at once",
                 ([peer.expect(data).payload for _ in range(3)],
                  asked(client, SIOCOUTQNSD)), ([b"a", b"b", b"c"], 0))
        ends(client, peer)


def cork():
    for name, on, off in (
            ("TCP_CORK",
             lambda one: one.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1),
             lambda one: one.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK,
                                        0)),
            ("TCP_CORK and TCP_NODELAY",
             lambda one: one.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1),
             lambda one: one.setsockopt(*NO_DELAY))):
        with script() as peer:
            client = client_of(peer)
            on(client)
            for word in (b"one ", b"two ", b"three"):
                client.send(word)
            off(client)
            point_is("S9: %s collects" % name, peer.expect(data).payload,
                     b"one two three")
            on(client)
            client.send(b"x" * 1500)
            point_is("S9: %s sends whole pieces" % name,
                     len(peer.expect(data)), 1000)
            peer.send("A")
            point_is("S10: and in time the rest as well",
                     len(peer.expect(data)), 500)
            ends(client, peer)
    with script() as peer:
        client = client_of(peer, [NO_DELAY])
        client.send(b"one ", 0x8000)
        client.send(b"two ", 0x8000)
        client.send(b"three")
        point_is("S9: MSG_MORE collects", peer.expect(data).payload,
                 b"one two three")
        ends(client, peer)


def default_mss():
    """RFC 9293 3.7.1, MUST-15: no option means 536."""
    with script() as peer:
        client = client_of(peer, syn_options=b"")
        client.send(b"x" * 1000)
        point_is("S9: without an MSS option pieces are of 536 bytes",
                 len(peer.expect(data)), 536)
        point_is("options that the peer does not have are not used",
                 peer.expect(data).options, {})
        ends(client, peer)
    with script() as peer:
        listener = US.listener()
        answer = peer.connect(listener.getsockname()[1])
        point_is("nor offered in an answer", answer.options, {"mss": 1460})
        ends(listener.accept()[0], peer)


def retransmission():
    with script() as peer:
        client = client_of(peer)
        client.send(b"lost")
        start = peer.expect(data)
        times = [start.time]
        for _ in range(4):
            again = peer.expect(from_byte(start.seq))
            times.append(again.time)
        point_is("S15: what is not acknowledged is sent again", again.payload,
                 b"lost")
        gaps = [b - a for a, b in zip(times, times[1:])]
        point("S15: each time later than before",
              gaps[3] > 1.4 * gaps[2] > 1.4 * 1.4 * gaps[1], gaps)
        peer.send("A", ack=start.end)
        point_is("S15: until it is", await_acked(client), 0)
        ends(client, peer)
    with script() as peer:
        client = US.socket()
        client.setblocking(False)
        client.connect_ex((GHOST, peer.port))
        first = peer.expect(lambda one: one.flags == "S")
        second = peer.expect(lambda one: one.flags == "S")
        point_is("S15: a SYN too", (second.seq, second.options["mss"]),
                 (first.seq, 1460))
        peer.send("SA", options=MSS_1000)
        point_is("S7: whose answer opens", bool(peer.expect()) and
                 await_equal(lambda: bits(client), "OUT WRNORM"), "OUT WRNORM")
        ends(client, peer)
    with script() as peer:
        listener = US.listener()
        peer.dport = listener.getsockname()[1]
        peer.send("S", options=MSS_1000)
        first = peer.expect(lambda one: one.flags == "SA")
        second = peer.expect(lambda one: one.flags == "SA")
        point_is("S15: a SYN+ACK too", second.seq, first.seq)
        peer.send("A", payload=b"late")
        server, _ = listener.accept()
        point_is("S7: whose ACK may carry data", server.recv(10), b"late")
        ends(server, peer)


def rto_follows():
    """RFC 6298."""
    def rto_after(delay):
        with script() as peer:
            client = client_of(peer, [NO_DELAY], MSS_1000 +
                               b"\x08\x0a" + struct.pack("!II", 1, 0))
            for number in range(8):
                client.send(b"x")
                sent = peer.expect(from_byte(peer.syn.end + number))
                time.sleep(delay)
                peer.send("A", options=b"\x08\x0a" + struct.pack(
                    "!II", 2 + number, sent.options["timestamps"][0]))
                await_acked(client)
            info = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 12)
            ends(client, peer)
            return struct.unpack_from("I", info, 8)[0]

    quick, slow = min(rto_after(0), rto_after(0)), rto_after(0.15)
    point("S16: the time-out is longer where ACKs come late",
          slow > quick >= 200000 and slow > 300000, (quick, slow))


def block(first, end):
    return b"\1\1\5\x0a" + struct.pack("!II", first & 0xffffffff,
                                       end & 0xffffffff)


def selective_retransmission():
    """RFC 2018: what has arrived is not sent again."""
    with script() as peer:
        client = client_of(peer, [NO_DELAY], MSS_1000 + SACK_OK)
        client.sendall(b"x" * 5000)
        sent = [peer.expect(data) for _ in range(5)]
        lost = sent[1].seq
        for last in sent[2:]:
            peer.send("A", ack=lost, options=block(sent[2].seq, last.end))
        again = peer.expect(from_byte(lost))
        point_is("S13, S15: of five, the lost one is sent again", len(again),
                 1000)
        peer.send("A", ack=sent[4].end)
        point_is("S15: then all is there", await_acked(client), 0)
        client.send(b"next")
        peer.expect(from_byte(sent[4].end))
        # The last one may have been sent again as a probe (RFC 8985 7).
        point_is("S15: and what had arrived was not",
                 [one.seq - sent[0].seq for one in peer.passed
                  if one.seq in (sent[2].seq, sent[3].seq)], [2000, 3000])
        ends(client, peer)


def server_of(peer, syn_options=MSS_1000):
    listener = US.listener()
    peer.synack = peer.connect(listener.getsockname()[1], syn_options)
    server, _ = listener.accept()
    return server


def reordering():
    stream = b"helloworld, and the rest"
    with script() as peer:
        server = server_of(peer, MSS_1000 + SACK_OK)
        base = peer.seq

        def place(number):
            return (base + number) & 0xffffffff

        def piece(first, end):
            peer.send("A", seq=base + first, payload=stream[first:end])
            return peer.expect()

        answer = piece(5, 10)
        point_is("S13: after a gap the ACK repeats how far all is there",
                 (answer.ack, answer.options.get("sack")),
                 (place(0), (place(5), place(10))))
        piece(12, 13)
        point_is("S13: what is not in order is not read yet",
                 at_once(server, server.recv, 10), "EAGAIN")
        point_is("S13: filling the gap acknowledges both", piece(0, 5).ack,
                 place(10))
        point_is("S13: overlapping pieces are joined", piece(8, 15).ack,
                 place(15))
        point_is("S13: every byte once", server.recv(100), stream[:15])
        point_is("S13: old data is only acknowledged",
                 (piece(0, 5).ack, at_once(server, server.recv, 1)),
                 (place(15), "EAGAIN"))
        peer.send("FA", seq=base + len(stream))
        peer.expect()
        point_is("S19: a FIN behind a gap is not the end",
                 at_once(server, server.recv, 1), "EAGAIN")
        peer.send("A", seq=base + 15, payload=stream[15:])
        point_is("S19: until the gap is filled",
                 receive_all(server), stream[15:])
        ends(server, peer)


def windows():
    with script() as peer:
        client = client_of(peer, [NO_DELAY], window=3000)
        client.sendall(b"0123456789" * 500)
        got = [peer.expect(data) for _ in range(3)]
        start = got[0].seq
        point_is("S17: the window is filled and kept",
                 (sum(map(len, got)), asked(client, SIOCOUTQNSD)),
                 (3000, 2000))
        peer.send("A", window=0)
        probe = peer.expect()
        point("S17: a window of 0 is probed",
              (probe.seq - start) & 0xffffffff in (2999, 3000) and
              len(probe) <= 1, probe)
        point("S17: again and again", peer.expect())
        end = (start + 3000) & 0xffffffff
        peer.send("A", ack=end, window=0)
        peer.send("A", ack=end, window=1500)
        rest = peer.expect(lambda one: len(one) > 1)
        point_is("S17: room that comes free is used",
                 (rest.seq - start) & 0xffffffff, 3000 if len(rest) == 1000
                 else 3001)
        ends(client, peer)


def last_close():
    """S19 and S20, with a FIN that was lost."""
    with script() as peer:
        client = client_of(peer)
        client.close()
        fin = peer.expect(lambda one: "F" in one.flags)
        again = peer.expect(lambda one: "F" in one.flags)
        point_is("S15: a FIN that is not acknowledged is sent again",
                 again.seq, fin.seq)
        peer.send("A")
        end = peer.seq
        peer.send("FA")
        point_is("S19: the peer's FIN is acknowledged", peer.expect(
            lambda one: one.flags == "A").ack, (end + 1) & 0xffffffff)
        peer.send("FA", seq=end)
        point_is("S20: in TIME-WAIT too, when it comes late", peer.expect(
            lambda one: one.flags == "A").ack, (end + 1) & 0xffffffff)
    with script() as peer:
        client = client_of(peer)
        client.close()
        fin = peer.expect(lambda one: "F" in one.flags)
        peer.send("FA", ack=fin.seq)
        answer = peer.expect(lambda one: "A" in one.flags and
                             one.ack == peer.seq)
        point("S19: both may end at once", answer)
        peer.send("A", ack=fin.end)


def simultaneous_open():
    """RFC 9293 3.5, figure 7."""
    with script() as peer:
        client = US.socket()
        client.setblocking(False)
        client.connect_ex((GHOST, peer.port))
        syn = peer.expect(lambda one: one.flags == "S")
        peer.send("S", options=MSS_1000)
        answer = peer.expect(lambda one: one.flags == "SA")
        point_is("S7: SYNs that cross are both acknowledged",
                 (answer.seq, answer.ack), (syn.seq, peer.seq))
        peer.send("A", ack=syn.end, payload=b"opened")
        client.setblocking(True)
        point_is("S7: and open the connection", client.recv(10), b"opened")
        ends(client, peer)


def false_segments():
    """RFC 5961, RFC 9293 3.10.7: what does not fit changes nothing."""
    for what, flags, place, answered in (
            ("a reset inside the window", "R", 100, True),
            ("a reset outside the window", "R", -5000, False),
            ("a SYN", "S", 0, True),
            ("a SYN inside the window", "S", 100, True),
            ("data beyond the window", "A", 1 << 30, True),
            ("data without ACK", "P", 0, False)):
        with script() as peer:
            server = server_of(peer)
            base = peer.seq
            peer.send(flags, seq=base + place, payload=b"no" *
                      (flags in ("A", "P")))
            if answered:
                answer = peer.expect()
                point("%s is answered by an ACK" % what, answer and
                      answer.flags == "A" and
                      answer.ack == base & 0xffffffff, answer)
            peer.send("A", seq=base, ack=peer.synack.end, payload=b"yes")
            point_is("and does no harm (%s)" % what, server.recv(10), b"yes")
            ends(server, peer)
    with script() as peer:
        server = server_of(peer)
        base = peer.seq
        peer.send("A", ack=peer.synack.end + 100000, payload=b"no")
        peer.send("A", seq=base, payload=b"yes")
        point_is("an ACK of what was never sent does no harm either",
                 server.recv(10), b"yes")
        peer.send("R")
        point_is("a reset at the right place ends the connection",
                 outcome_of(server.recv, 1), "ECONNRESET")


def strangers():
    """Segments for connections that are not there."""
    with script() as peer:
        peer.dport = US.closed_port()[1]
        peer.send("A", ack=777777, payload=b"x" * 10)
        answer = peer.expect()
        point_is("an ACK for nobody is answered by RST at its number",
                 (answer.flags, answer.seq), ("R", 777777))
        place = peer.seq
        peer.send("", payload=b"x" * 10)
        answer = peer.expect()
        point_is("a segment without ACK by RST with one",
                 (answer.flags, answer.seq, answer.ack),
                 ("RA", 0, (place + 10) & 0xffffffff))
        peer.send("R")
        peer.send("RA", ack=5)
        peer.send("S")
        point_is("a RST is not answered", peer.expect().ack, peer.seq)
        listener = US.listener()
        peer.dport = listener.getsockname()[1]
        peer.send("A", ack=888888)
        point_is("a listener answers an ACK by RST", peer.expect().seq, 888888)
        client = US.socket()
        client.setblocking(False)
        client.connect_ex((GHOST, peer.port))
        syn = peer.expect(lambda one: one.flags == "S")
        peer.send("A", ack=syn.end + 500)
        answer = peer.expect(lambda one: "R" in one.flags)
        point_is("who connects answers a wrong ACK by RST",
                 (answer.seq, bits(client)), ((syn.end + 500) & 0xffffffff, ""))
        peer.send("RA", ack=syn.end)
        point_is("and takes a right RST for a refusal",
                 (await_true(lambda: bits(client)) and pending_error(client)),
                 "ECONNREFUSED")


def keepalive():
    with script() as peer:
        client = client_of(peer, [
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
            (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
            (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)])
        probe = peer.expect()
        point_is("SO_KEEPALIVE asks a silent peer",
                 ((probe.seq - peer.syn.end) & 0xffffffff, len(probe) <= 1),
                 (0xffffffff, True))
        peer.send("A", ack=peer.syn.end)
        for _ in range(3):
            peer.expect()
        point_is("and gives up one that is gone",
                 (await_true(lambda: bits(client) != "OUT WRNORM") and
                  pending_error(client)), "ETIMEDOUT")
    with script() as peer:
        client = client_of(peer, [(socket.IPPROTO_TCP,
                                   socket.TCP_USER_TIMEOUT, 700)])
        client.send(b"x")
        point_is("TCP_USER_TIMEOUT gives up earlier",
                 outcome_of(client.recv, 1), "ETIMEDOUT")


def urgent_is_no_harm():
    """A peer that sets URG."""
    with script() as peer:
        server = server_of(peer)
        peer.send("PAU", payload=b"with urgent pointer 0")
        point("URG without a pointer is data",
              server.recv(100).endswith(b"pointer 0"))
        ends(server, peer)


set_up()
enter(left)
run("ethtool", "-K", "eth0", "tso", "off", "gso", "off")
add_neighbour(left, GHOST, mac_text(mac_of(right)))
run_tests((nagle, cork, default_mss, retransmission, rto_follows,
           selective_retransmission, reordering, windows, last_close,
           simultaneous_open, false_segments, strangers, keepalive,
           urgent_is_no_harm))
finish()
