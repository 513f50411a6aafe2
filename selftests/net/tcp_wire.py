#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
"""Connections as the wire shows them: RFC 9293 3.5-3.8, RFC 7323, RFC 2018,
RFC 6528. The peer is a real stack; what only a scripted peer can show is in
tcp_script."""
import os
import re
import socket
import subprocess

from tcp_lib import (KERNEL, US, Later, await_acked, await_arrival,
                     await_equal, both_ways, connected, fill, outcome_of,
                     receive_all, run_against_peers, set_up)
from twin_lib import (AF_OURS, OURS, add_address, add_link, add_neighbour, counters,
                      enter, finish, left, point, point_is, right, run, run_tests, tool)
from wire_lib import Wire, ethernet, ipv4, mac_of, mac_text, tcp

MSS = 1448  # with timestamps, on Ethernet
GATEWAY_NET = "192.0.2"
# net.core.rmem_max before 7.x: a larger buffer's window grows on, which each ACK tells at once
DEFAULT_RMEM_MAX = 212992


def offloads(state):
    for namespace in (left, right):
        enter(namespace)
        run("ethtool", "-K", "eth0", "tso", state, "gso", state)


def from_us(segment):
    return segment.source[0] == US.address


def opened(client_side, server_side, wire):
    """A connection, its first three segments by their flags, and the flags that its
    segments had, each where it came first. What the connection before this one still
    had to say may pass between them."""
    wire.read()
    del wire.seen[:]
    client, server = connected(client_side, server_side)
    ends = {client.getsockname(), server.getsockname()}

    def ours(one):
        return {one.source, one.destination} == ends

    first = [wire.find(lambda one: one.flags == flags and ours(one))
             for flags in ("S", "SA", "A")]
    return client, server, first, list(dict.fromkeys(
        one.flags for one in filter(ours, wire.seen)))


def handshake(us, peer):
    with Wire(right) as wire:
        for title, client_side, server_side in both_ways(us, peer):
            client, server, (syn, answer, last), order = \
                opened(client_side, server_side, wire)
            asked, mine = (syn, syn) if client_side is us else (syn, answer)
            point_is("S7: SYN, SYN+ACK and ACK pass, in this order (%s)"
                     % title, order, ["S", "SA", "A"])
            point_is("S7: each acknowledges the other's SYN (%s)" % title,
                     (answer.ack, last.ack), (syn.end, answer.end))
            point_is("none has data (%s)" % title,
                     [len(one) for one in (syn, answer, last)], [0, 0, 0])
            point_is("S9: the MSS is the MTU less headers (%s)" % title,
                     mine.options.get("mss"), 1460)
            point("S17: a window scale (%s)" % title,
                  0 < mine.options.get("wscale", 0) <= 14, mine)
            point("S13: selective acknowledgements (%s)" % title,
                  mine.options.get("sack-ok"), mine)
            point("S16: timestamps (%s)" % title,
                  mine.options.get("timestamps", (0,))[0], mine)
            point_is("S16: the answer echoes them (%s)" % title,
                     (answer.options["timestamps"][1],
                      last.options["timestamps"][1]),
                     (syn.options["timestamps"][0],
                      answer.options["timestamps"][0]))
            point("S5: there is a window from the start (%s)" % title,
                  mine.window > 1460, mine)
            point_is("S6: DF, TTL, no IP options (%s)" % title,
                     (mine.ip[6] & 0x40, mine.ip[8], len(mine.ip)),
                     (0x40, 64, 20))
            point_is("S25: from MAC to MAC (%s)" % title, asked.macs,
                     (mac_of(client_side.namespace),
                      mac_of(server_side.namespace)))
            client.close()
            server.close()


def segment_size(us, peer):
    """S9: the MSS follows the device and TCP_MAXSEG."""
    with Wire(right) as wire:
        run("ip", "-n", left, "link", "set", "eth0", "mtu", "1300")
        for title, client_side, server_side in both_ways(us, peer):
            _, _, (syn, answer, _), _ = \
                opened(client_side, server_side, wire)
            mine = syn if client_side is us else answer
            point_is("S9: a device of MTU 1300 gives an MSS of 1260 (%s)"
                     % title, mine.options["mss"], 1260)
        run("ip", "-n", left, "link", "set", "eth0", "mtu", "1500")
        with peer.listener() as listener:
            client = us.socket()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 600)
            client.connect(listener.getsockname())
            server, _ = listener.accept()
        syn = wire.find(lambda one: one.source == client.getsockname())
        point_is("S9: TCP_MAXSEG lowers it", syn.options["mss"], 600)
        offloads("off")
        server.sendall(b"x" * 5000)
        await_arrival(client, 5000)
        offloads("on")
        peers = wire.all_of(lambda one: one.source == server.getsockname() and
                            len(one))
        point("S12: which the peer keeps", max(map(len, peers)) <= 600, peers)


def first_numbers(us, peer):
    """S14, RFC 6528."""
    with Wire(right) as wire:
        for title, client_side, server_side in both_ways(us, peer):
            wire.read()
            del wire.seen[:]
            with server_side.listener(backlog=64) as listener:
                kept = []
                for _ in range(20):
                    kept.append(client_side.socket())
                    kept[-1].connect(listener.getsockname())
                    listener.accept()
            numbers = [one.seq for one in wire.all_of(
                lambda one: "S" in one.flags and from_us(one))]
            far = [abs(a - b) > 1 << 20
                   for a, b in zip(numbers, numbers[1:])]
            point("S14: first numbers of connections are far apart (%s)"
                  % title, len(set(numbers)) == 20 and sum(far) > 14, numbers)
        target = peer.closed_port()
        seen = []
        for _ in range(3):
            client = us.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            client.bind((us.address, 7200))
            outcome_of(client.connect, target)
            client.close()
        seen = [one.seq for one in wire.all_of(
            lambda one: one.source == (us.address, 7200) and one.flags == "S")]
        steps = [(b - a) & 0xffffffff for a, b in zip(seen, seen[1:])]
        point("S14: those of the same ends only grow",
              len(seen) == 3 and all(0 < step < 1 << 31 for step in steps),
              seen)


def segmentation(us, peer):
    data = os.urandom(100000)
    offloads("off")
    with Wire(right) as wire:
        for title, client_side, server_side in both_ways(us, peer):
            client, server = connected(client_side, server_side)
            sender = client if client_side is us else server
            taker = server if sender is client else client
            name = sender.getsockname()
            writer = Later(sender.sendall, data)
            got = receive_all(taker, len(data))
            writer.outcome()
            mine = wire.all_of(lambda one: one.source == name and len(one))
            first = {one.seq: one for one in reversed(mine)}
            start = min(first.values(), key=lambda one: one.time)
            rest, place, sizes = b"", start.seq, []
            while place in first:
                sizes.append(len(first[place]))
                rest += first[place].payload
                place = first[place].end
            point_is("S12: long data is cut into pieces of an MSS (%s)" % title,
                     (max(sizes), sizes.count(MSS) > 55), (MSS, True))
            point("S13: numbered one after the other (%s)" % title,
                  got == rest == data, (len(got), len(rest)))
            last = first[max(first, key=lambda seq: (seq - start.seq) % 2**32)]
            point("the last one says push (%s)" % title, "P" in last.flags, last)
            point("each with an identification and DF (%s)" % title,
                  all(one.ip[6] & 0x40 for one in mine))
    offloads("on")
    with Wire(right) as wire:
        client, server = connected(us, peer)
        writer = Later(client.sendall, data * 10)
        got = receive_all(server, len(data) * 10)
        writer.outcome()
        mine = wire.all_of(lambda one: one.source == client.getsockname())
        point("S12: the device cuts when it can: big packets go to it",
              got == data * 10 and max(map(len, mine)) > 2 * MSS,
              max(map(len, mine)))


def delayed_acks(us, peer):
    """S18: fewer ACKs than segments, and ACKs on data."""
    offloads("off")
    with Wire(right) as wire:
        client, server = connected(peer, us, server_options=[
            (socket.SOL_SOCKET, socket.SO_RCVBUF, DEFAULT_RMEM_MAX)])
        client.sendall(b"x" * 200000)
        point_is("S17: a big buffer takes much unread data",
                 (await_arrival(server, 200000), await_acked(client)),
                 (200000, 0))
        pieces = wire.all_of(lambda one: not from_us(one) and len(one))
        acks = wire.all_of(lambda one: from_us(one) and not len(one))
        point("S18: fewer ACKs than segments",
              10 < len(acks) < 0.75 * len(pieces), (len(acks), len(pieces)))
    offloads("on")
    client, server = connected(peer, us)
    with Wire(right) as wire:
        for _ in range(30):
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
            client.send(b"question")
            server.recv(100)
            server.send(b"answer")
            client.recv(100)
        answers = wire.all_of(lambda one: from_us(one) and len(one))
        acks = wire.all_of(lambda one: from_us(one) and not len(one))
        point("S18: an answer carries the ACK of the question",
              len(answers) >= 30 and len(acks) < 20, (len(answers), len(acks)))
        del wire.seen[:]
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
        client.send(b"no answer to this")
        asked = wire.find(lambda one: len(one) == 17)
        said = wire.find(lambda one: from_us(one) and one.ack == asked.end)
        point("S18: without an answer it comes by itself",
              said and not len(said), said)


def window(us, peer):
    """S17: a receiver that does not read."""
    with Wire(right) as wire:
        for title, client_side, server_side in both_ways(us, peer):
            client, server = connected(
                client_side, server_side,
                server_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 20000)],
                client_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 20000)])
            reader = client if client_side is us else server
            writer = server if reader is client else client
            name = reader.getsockname()
            written = fill(writer)
            closed = wire.find(lambda one: one.source == name and
                               one.window == 0)
            point("S17: a full buffer announces a window of 0 (%s)" % title,
                  closed)
            mark = len(wire.read())
            last = Later(writer.sendall, b"last")
            got = receive_all(reader, len(written) + 4)
            opening = wire.find(lambda one: one.source == name and one.window
                                and wire.seen.index(one) >= mark)
            point("S17: room that comes free is announced (%s)" % title,
                  opening)
            point("S17: nothing is lost (%s)" % title,
                  got == written + b"last" and last.outcome() is None)


def unread_pieces(us, peer):
    """S17: what the window allows is taken in, whatever form it comes in. Who
    watches the device shares the packets, which then cannot be joined."""
    offloads("off")
    for size in (1448, 700, 100):
        with Wire(left), Wire(right):
            client, server = connected(
                peer, us, [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
                [(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)])
            before = counters(left)["TcpExtRcvPruned"]
            for _ in range(150000 // size):
                client.send(b"x" * size)
            length = 150000 // size * size
            point_is("S17: pieces of %d bytes fill a big buffer" % size,
                     (await_arrival(server, length), await_acked(client),
                      counters(left)["TcpExtRcvPruned"] - before),
                     (length, 0, 0))
            client.close()
            server.close()
    offloads("on")


def big_window(us, peer):
    """RFC 7323: beyond 65535 bytes."""
    with Wire(right) as wire:
        client, server, (_, answer, _), _ = opened(peer, us, wire)
        scale = answer.options["wscale"]
        data = os.urandom(1 << 20)
        writer = Later(lambda: [client.sendall(data) for _ in range(8)])
        receive_all(server, 8 << 20)
        writer.outcome()
        largest = max(one.window << scale for one in wire.read()
                      if one.source == server.getsockname() and
                      "S" not in one.flags)
        point("S17: the window grows beyond 65535", largest > 65535, largest)


def states_of(side, port):
    """TCP states of the sockets with that local port, as /proc shows them."""
    enter(side.namespace)
    folder = "twin/" if side.family != socket.AF_INET else ""
    with open("/proc/thread-self/net/%stcp" % folder, encoding="ascii") as file:
        rows = [line.split() for line in list(file)[1:]]
    return [row[3] for row in rows if row[1].endswith(":%04X" % port)]


def closing(us, peer):
    with Wire(right) as wire:
        for title, first_side, second_side in both_ways(us, peer):
            first, second = connected(first_side, second_side)
            names = first.getsockname(), second.getsockname()
            first.close()
            second.recv(1)
            second.close()
            fin = wire.find(lambda one: one.source == names[0] and
                            "F" in one.flags)
            other = wire.find(lambda one: one.source == names[1] and
                              "F" in one.flags)
            last = wire.find(lambda one: one.source == names[0] and
                             one.ack == other.end)
            point("S19: FIN, ACK, FIN, ACK (%s)" % title,
                  fin and other and last and other.ack == fin.end and
                  last.flags == "A" and last.seq == fin.end, (fin, other, last))
            states = await_equal(lambda: states_of(first_side, names[0][1]),
                                 ["06"])
            point_is("S20: who closed first waits in TIME-WAIT (%s)" % title,
                     states, ["06"])
            point_is("S20: the other does not (%s)" % title,
                     await_equal(lambda: states_of(second_side, names[1][1]),
                                 []), [])
        enter(us.namespace)
        port = connected_and_closed(us, peer)
        shown = subprocess.run(
            (["twin", "ss"] if us.family != socket.AF_INET else ["ss"]) +
            ["-tan"], capture_output=True, text=True, check=False).stdout
        point("S20: ss shows it", re.search(
            r"TIME-WAIT .*:%d " % port, shown), shown)


def connected_and_closed(us, peer):
    """The port of an end of ours that is in TIME-WAIT."""
    client, server = connected(us, peer)
    port = client.getsockname()[1]
    client.close()
    server.recv(1)
    server.close()
    await_equal(lambda: states_of(us, port), ["06"])
    enter(us.namespace)
    return port


def closed_ports(us, peer):
    with Wire(right) as wire:
        for title, client_side, server_side in both_ways(us, peer):
            target = server_side.closed_port()
            outcome_of(client_side.socket().connect, target)
            syn = wire.find(lambda one: one.destination == target)
            answer = wire.find(lambda one: one.source == target)
            point_is("S7: a closed port answers RST (%s)" % title,
                     (answer.flags, answer.seq, answer.ack),
                     ("RA", 0, syn.end))


def chosen_device():
    """S23, S24: two adapters and a gateway."""
    add_link("eth1")
    add_address(left, "10.8.0.1", "eth1")
    add_address(right, "10.8.0.2", "eth1", socket.AF_INET)
    run("ip", "-n", right, "addr", "add", GATEWAY_NET + ".1/24", "dev", "lo")
    run(tool(AF_OURS), "-n", left, "route", "add", GATEWAY_NET + ".0/24",
        "via", KERNEL.address)
    with KERNEL.listener(address="0.0.0.0") as listener, \
            Wire(right, "eth0") as near, Wire(right, "eth1") as far:
        port = listener.getsockname()[1]
        for target, wire, source, device in (
                (KERNEL.address, near, OURS, "eth0"),
                ("10.8.0.2", far, "10.8.0.1", "eth1"),
                (GATEWAY_NET + ".1", near, OURS, "eth0")):
            client = US.socket()
            client.connect((target, port))
            server, _ = listener.accept()
            client.send(b"x")
            point_is("S23: the source is that of the adapter (%s)" % target,
                     (client.getsockname()[0], server.recv(1)), (source, b"x"))
            syn = wire.find(lambda one: one.destination == (target, port) and
                            one.flags == "S")
            point_is("S22, S24: the packet names the destination, the frame "
                     "the next hop (%s)" % target,
                     (syn.source[0], syn.macs[1]),
                     (source, mac_of(right, device)))


def other_way_back():
    """What comes by one device and is refused leaves by another, where the route to its
    sender is; but of a socket that is bound to a device, by that device."""
    sender, target = (GATEWAY_NET + ".9", 4000), ("10.8.0.1", 7400)

    def refused(wire, flags, ack):
        segment = tcp(sender[0], target[0], sender[1], target[1], 1, ack, flags)
        far.socket.send(ethernet(mac_of(right, "eth1"), mac_of(left, "eth1"),
                                 ipv4(sender[0], target[0], segment)))
        return wire.find(lambda one: one.destination == sender and "R" in one.flags)

    with Wire(right, "eth0") as near, Wire(right, "eth1") as far:
        answer = refused(near, "S", 0)
        point_is("a closed port's RST takes the route to the sender",
                 answer and (answer.source, answer.ack), (target, 2))
        add_neighbour(left, sender[0], mac_text(mac_of(right, "eth1")), "eth1")
        with US.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth1")
            listener.bind(target)
            listener.listen()
            answer = refused(far, "A", 77)
            point_is("a listener's, where it is bound to a device, takes that one",
                     answer and (answer.source, answer.seq), (target, 77))
        point_is("and no other", len(near.all_of(
            lambda one: one.destination == sender)), 1)


def wired():
    """Against every peer, then what needs the kernel's only."""
    run_against_peers(handshake, segment_size, first_numbers, segmentation,
                      delayed_acks, window, unread_pieces, big_window,
                      closing, closed_ports)
    run_tests([chosen_device, other_way_back])


set_up()
wired()
finish()
