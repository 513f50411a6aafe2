#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""Address resolution on an Ethernet: RFC 826, RFC 1122 2.3.2, RFC 5227."""
from scripted import *
from scripted.bench import Bench, on_inet, run
from scripted.wire import Ip, pack_udp

EVERYBODY = b"\xff" * 6


def known():
    """A neighbour whose address the stack has just learnt."""
    p = neighbour()
    p.inject_arp(REQUEST, HOST)
    p.expect_arp(REPLY, p.address)
    return p


def send(p, length=10):
    sock = p.socket()
    p.call("sendto()", sock.sendto, row(0, length), (p.address, p.port))
    return sock


def wait_bound(number):
    """Bytes that may wait for one neighbour; returns what it was."""
    path = ("/proc/sys/net/ipv4/neigh/tun0/unres_qlen_bytes" if on_inet() else
            "/proc/sys/net/twin/arp_unres_qlen_bytes")
    with open(path, encoding="ascii") as file:
        before = int(file.read())
    Bench.set(path, number)
    return before


def test_asks():
    """For an unknown neighbour ARP asks everybody, and sends when it is told (RFC 826)."""
    with neighbour() as p:
        sock = send(p)
        assert p.expect_arp(REQUEST, p.address) == EVERYBODY
        p.silence_but_questions()
        p.inject_arp(REPLY, HOST, to=bench().mac)
        p.expect_udp(sock.getsockname()[1], 10)
        assert bench().last_mac == p.mac


def test_answers():
    """A question for our address is answered to the one who asks."""
    with neighbour() as p:
        p.inject_arp(REQUEST, HOST)
        assert p.expect_arp(REPLY, p.address) == p.mac


def test_not_ours():
    """A question for another address is not answered, nor is who asks learnt."""
    with neighbour() as p:
        p.inject_arp(REQUEST, "10.9.99.99")
        p.silence_but_questions()
        sock = send(p)
        assert p.expect_arp(REQUEST, p.address) == EVERYBODY
        p.inject_arp(REPLY, HOST, to=bench().mac)
        p.expect_udp(sock.getsockname()[1], 10)


def test_learns_from_question():
    """Who asks us is known from then on (RFC 826: it is likely to be talked to)."""
    with known() as p:
        sock = send(p)
        p.expect_udp(sock.getsockname()[1], 10)
        assert bench().last_mac == p.mac


def test_moves():
    """A known neighbour that announces another hardware address is sent to there."""
    with known() as p:
        # not at once: two hosts with one address would take turns
        p.pause(1.2)
        p.mac = bytes((2, 0, 0, 77, 7, 7))
        p.inject_arp(REQUEST, HOST)
        p.expect_arp(REPLY, p.address)
        sock = send(p)
        p.expect_udp(sock.getsockname()[1], 10)
        assert bench().last_mac == p.mac


def reaches(p, mac):
    """A datagram goes to that hardware address, without a question before it."""
    sock = send(p)
    p.expect_udp(sock.getsockname()[1], 10)
    assert bench().last_mac == mac


@differs_on_inet("it wants a target address in an announcing reply")
def test_moves_announced():
    """Who announces another hardware address is believed at once (RFC 826, RFC 5227 3)."""
    with known() as p:
        for operation in REQUEST, REPLY:
            p.mac = bytes((2, 0, 0, 78, 7, operation))
            p.inject_arp(operation, p.address)
            reaches(p, p.mac)


@differs_on_inet("it believes it a second later")
def test_moves_asking():
    """So is who asks from another one (RFC 826: the merge comes first)."""
    with known() as p:
        p.mac = bytes((2, 0, 0, 79, 7, 7))
        p.inject_arp(REQUEST, HOST)
        p.expect_arp(REPLY, p.address)
        reaches(p, p.mac)


def test_permanent():
    """What a user has set for good is used unasked, and nobody's word changes it."""
    def neigh(*words):
        run("ip" if on_inet() else "twin", "neigh", *words, "dev", "tun0")

    with neighbour() as p:
        neigh("add", p.address, "lladdr", "02:00:00:01:02:03", "nud", "permanent")
        reaches(p, bytes.fromhex("020000010203"))
        p.inject_arp(REPLY, HOST, to=bench().mac)
        p.inject_arp(REQUEST, p.address)
        p.pause(1.2)
        p.inject_arp(REQUEST, p.address)
        reaches(p, bytes.fromhex("020000010203"))
        neigh("del", p.address)
        send(p)
        assert p.expect_arp(REQUEST, p.address) == EVERYBODY


def test_two_replies():
    """Of two that reply, as a host and its proxy do, the first one is believed."""
    with neighbour() as p:
        sock = send(p)
        p.expect_arp(REQUEST, p.address)
        p.inject_arp(REPLY, HOST, to=bench().mac)
        p.inject_arp(REPLY, HOST, mac=bytes((2, 0, 0, 80, 7, 7)), to=bench().mac)
        p.expect_udp(sock.getsockname()[1], 10)
        reaches(p, p.mac)


def test_merge_only():
    """An announcement, or a question for another host, makes no entry (RFC 826)."""
    with neighbour() as p:
        p.inject_arp(REQUEST, p.address)
        p.inject_arp(REPLY, p.address)
        p.inject_arp(REQUEST, "10.9.99.99")
        send(p)
        assert p.expect_arp(REQUEST, p.address) == EVERYBODY


def set_link(state):
    run("ip", "link", "set", "tun0", state)


def test_link_down():
    """A link that goes down takes what was known of its neighbours along."""
    with known() as p:
        reaches(p, p.mac)
        set_link("down")
        set_link("up")
        send(p)
        assert p.expect_arp(REQUEST, p.address) == EVERYBODY


def announced(p, address=HOST):
    """The next announcement of an address of ours: neither question nor probe."""
    while True:
        _, (to, mac, packet) = p.next_packet("arp", "an announcement", address=address)
        if packet[14:18] != bytes(4):
            assert to == EVERYBODY and packet[7] == REQUEST
            assert packet[14:18] == packet[24:28] == socket.inet_aton(address)
            assert packet[8:14] == mac
            return mac


@differs_on_inet("only with arp_notify")
def test_link_up():
    """A link that comes up, or gets another hardware address, hears of ours."""
    with neighbour() as p:
        set_link("down")
        bench().queue("arp", HOST, 0).clear()
        set_link("up")
        assert announced(p) == bench().mac
        bench().queue("arp", HOST, 0).clear()
        old = bench().mac
        try:
            run("ip", "link", "set", "tun0", "address", "02:00:00:11:22:33")
            assert announced(p) == bytes.fromhex("020000112233")
        finally:
            run("ip", "link", "set", "tun0", "address", old.hex(":"))


@differs_on_inet("it does not notice")
def test_conflict():
    """Another host that uses our address: defended at once, then not for ten seconds (RFC 5227 2.4)."""
    with neighbour() as p:
        address = bench().new_peer()
        run("twin", "addr", "add", address + "/16", "dev", "tun0", "nodad")
        # the two of every new address; whatever follows is the defence
        for _ in range(2):
            assert announced(p, address) == bench().mac
        before = bench().counters()
        p.inject_arp(REQUEST, "10.9.99.99", sender=address)
        assert announced(p, address) == bench().mac
        for _ in range(5):
            p.inject_arp(REPLY, "10.9.99.99", sender=address)
        assert counted(before, "TwinArpConflicts") == 6
        p.silence_but_questions()
        run("twin", "addr", "del", address + "/16", "dev", "tun0")


def test_unasked_reply():
    """A reply that nobody asked for makes no entry."""
    with neighbour() as p:
        p.inject_arp(REPLY, HOST, to=bench().mac)
        send(p)
        assert p.expect_arp(REQUEST, p.address) == EVERYBODY


def test_probe():
    """An address probe (sender 0.0.0.0) for ours is answered (RFC 5227 2.4)."""
    with neighbour() as p:
        p.inject_arp(REQUEST, HOST, sender="0.0.0.0")
        when, (_, _, packet) = p.next_packet("arp", "a reply to 0.0.0.0",
                                             address="0.0.0.0")
        assert packet[7] == REPLY and packet[14:18] == socket.inet_aton(HOST)


def test_several_wait():
    """Several packets wait for the answer; the last ones at least are kept (RFC 1122 2.3.2.2)."""
    with neighbour() as p:
        sock = send(p, 10)
        for length in 20, 30:
            sock.sendto(row(0, length), (p.address, p.port))
        p.expect_arp(REQUEST, p.address)
        p.inject_arp(REPLY, HOST, to=bench().mac)
        for length in 10, 20, 30:
            p.expect_udp(sock.getsockname()[1], length)


def test_wait_bound():
    """What waits is bounded, and the newest is kept (RFC 1122 2.3.2.2)."""
    with neighbour() as p:
        before = wait_bound(1)
        sock = send(p, 10)
        for length in 20, 30:
            sock.sendto(row(0, length), (p.address, p.port))
        p.expect_arp(REQUEST, p.address)
        wait_bound(before)
        p.inject_arp(REPLY, HOST, to=bench().mac)
        p.expect_udp(sock.getsockname()[1], 30)
        p.silence_but_questions()


def test_malformed():
    """ARP packets of another kind of network are ignored."""
    def other(place, value):
        def change(packet):
            packet[place] = value
            return packet
        return change
    with neighbour() as p:
        for place, value in (1, 6), (2, 9), (4, 8), (5, 16), (7, 9):
            p.inject_arp(REQUEST, HOST, spoil=other(place, value))
        p.inject_arp(REQUEST, HOST, spoil=lambda packet: packet[:27])
        p.silence_but_questions()


def test_asks_again():
    """Nobody answers: asked again every second, then given up with EHOSTUNREACH (RFC 1122 2.3.2.1)."""
    with neighbour() as p:
        sock = p.socket(connected=True)
        sock.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
        p.call("send()", sock.send, row(0, 10))
        for _ in range(3):
            p.expect_arp(REQUEST, p.address)
        p.await_error(sock)
        p.call("recv()", sock.recv, 10, error=errno.EHOSTUNREACH)


@differs_on_inet("its own ICMP error comes by the loopback device")
def test_asks_again_bound():
    """A socket that is bound to the device hears of it as well."""
    with neighbour() as p:
        sock = p.socket(connected=True)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"tun0")
        sock.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
        p.call("send()", sock.send, row(0, 10))
        p.await_error(sock)
        p.call("recv()", sock.recv, 10, error=errno.EHOSTUNREACH)


@differs_on_inet("UDP takes it")
def test_link_broadcast():
    """A datagram for us that was sent to all is dropped (RFC 1122 3.3.6)."""
    with known() as p:
        sock = p.socket()
        for to in EVERYBODY, bytes.fromhex("01005e000001"), bench().mac:
            bench().write_frame(to, p.mac, 0x0800, Ip(p.address, HOST, 17, pack_udp(
                p.address, HOST, p.port, sock.getsockname()[1],
                b"to us" if to == bench().mac else b"to all")).pack())
        deadline = bench().now() + 10
        while bench().now() < deadline:
            try:
                got = sock.recv(100)
                break
            except BlockingIOError:
                bench().pump(0.1)
        assert got == b"to us", got


def test_frame_for_another():
    """A question in a frame that another host of the link is to have is not answered."""
    with neighbour() as p:
        p.inject_arp(REQUEST, HOST, to=bytes((2, 0, 0, 66, 6, 6)))
        while bench().pump(0.05):
            pass
        assert not bench().queue("arp", p.address, 0)
        p.inject_arp(REQUEST, HOST)
        p.expect_arp(REPLY, p.address)


@differs_on_inet("it stays with the dead one")
def test_dead_gateway():
    """A gateway that does not answer is passed over for another one (RFC 1122 3.3.1.5)."""
    far = ("192.0.2.1", 9)
    with neighbour() as dead, neighbour() as alive:
        for metric, one in enumerate((dead, alive)):
            run("twin", "route", "add", "default", "via", one.address,
                "metric", str(metric + 1))
        sock = bench().socket(socket.SOCK_DGRAM)
        dead.socks.append(sock)
        sock.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
        sock.connect(far)
        dead.call("send()", sock.send, row(0, 10))
        for _ in range(3):
            dead.expect_arp(REQUEST, dead.address)
        dead.await_error(sock)
        dead.call("recv()", sock.recv, 10, error=errno.EHOSTUNREACH)
        alive.call("send()", sock.send, row(0, 10))
        alive.expect_arp(REQUEST, alive.address)
        alive.inject_arp(REPLY, HOST, to=bench().mac)
        deadline = bench().now() + 10
        while not bench().queue(17, far[0], far[1]) and bench().now() < deadline:
            bench().pump(1)
        assert bench().queue(17, far[0], far[1]) and bench().last_mac == alive.mac
        bench().queue(17, far[0], far[1]).clear()
        for one in dead, alive:
            run("twin", "route", "del", "default", "via", one.address)


main(ethernet=True)
