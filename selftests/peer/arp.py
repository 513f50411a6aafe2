#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""Address resolution on an Ethernet: RFC 826, RFC 1122 2.3.2, RFC 5227."""
from scripted import *

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


def test_asks():
    """For an unknown neighbour ARP asks everybody, and sends when it is told (RFC 826)."""
    with neighbour() as p:
        sock = send(p)
        assert p.expect_arp(REQUEST, p.address) == EVERYBODY
        p.silence_but_arp()
        p.inject_arp(REPLY, HOST, to=bench().mac)
        p.expect_udp(sock.getsockname()[1], 10)
        assert bench().last_mac == p.mac


def test_answers():
    """A question for our address is answered to the one who asks."""
    with neighbour() as p:
        p.inject_arp(REQUEST, HOST)
        assert p.expect_arp(REPLY, p.address) == p.mac


def test_not_ours():
    """A question for another address is not answered."""
    with neighbour() as p:
        p.inject_arp(REQUEST, "10.9.99.99")
        p.silence_but_arp()


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
        p.silence_but_arp()


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


main(ethernet=True)
