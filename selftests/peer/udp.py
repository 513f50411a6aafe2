#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""UDP datagrams that no well-behaved socket would send: RFC 768, RFC 1122 4.1."""
from scripted import *

NO_SUM = slice(6, 8)


def test_received():
    """A datagram arrives as it was sent, with its sender's address."""
    with stranger() as p:
        sock = p.socket(2000)
        p.inject_udp(2000, 100)
        data, sender = p.call("recvfrom()", sock.recvfrom, 1000)
        assert data == row(0, 100) and sender == (p.address, p.port)


def test_sent():
    """A datagram leaves with its length and checksum right."""
    with stranger() as p:
        sock = p.socket(2001)
        p.call("sendto()", sock.sendto, row(0, 101), (p.address, p.port))
        p.expect_udp(2001, 101)


def test_empty():
    """An empty datagram is one."""
    with stranger() as p:
        sock = p.socket(2002)
        p.inject_udp(2002, 0)
        assert p.call("recv()", sock.recv, 10) == b""
        p.call("sendto()", sock.sendto, b"", (p.address, p.port))
        p.expect_udp(2002, 0)


def test_nobody():
    """A datagram for a port that nobody has: port unreachable (RFC 1122 4.1.3.1)."""
    with stranger() as p:
        about = p.inject_udp(2999, 100)
        p.expect_error("port-unreachable", about)


def test_nobody_broadcast():
    """... but not if it was a broadcast (RFC 1122 3.2.2)."""
    with stranger() as p:
        p.inject_udp(2999, 100, to="10.9.255.255")
        p.inject_udp(2999, 100, to="255.255.255.255")
        p.silence()


def test_error_precedence():
    """An error has the TOS of what it is about, and the precedence of routing (RFC 1812 4.3.2.5)."""
    with stranger() as p:
        for tos in 0, 0x10, 0xa8:
            about = p.inject_udp(2999, 100, tos=tos)
            assert p.expect_error("port-unreachable", about).tos == 0xc0 | tos & 0x1c


def spoilt(change):
    with stranger() as p:
        sock = p.socket(2003)
        p.inject_udp(2003, 100, spoil=change)
        p.silence()
        p.call("recv()", sock.recv, 10, error=errno.EAGAIN)


def test_wrong_checksum():
    """A wrong checksum: dropped without a word (RFC 1122 4.1.3.4)."""
    def change(data):
        data[6] ^= 1
        return data
    spoilt(change)


def test_no_checksum():
    """A checksum of zero is none, and good (RFC 768)."""
    def change(data):
        data[NO_SUM] = bytes(2)
        return data
    with stranger() as p:
        sock = p.socket(2004)
        p.inject_udp(2004, 100, spoil=change)
        assert p.call("recv()", sock.recv, 1000) == row(0, 100)


def test_longer_than_packet():
    """A length beyond the packet: dropped."""
    def change(data):
        data[4:8] = (200).to_bytes(2, "big") + bytes(2)
        return data
    spoilt(change)


def test_shorter_than_header():
    """A length below the header's: dropped."""
    def change(data):
        data[4:8] = (7).to_bytes(2, "big") + bytes(2)
        return data
    spoilt(change)


def test_cut_short():
    """Less than a header: dropped."""
    spoilt(lambda data: data[:7])


def test_padding():
    """What follows the datagram in the packet is no data (RFC 768)."""
    def change(data):
        data[4:8] = (58).to_bytes(2, "big") + bytes(2)
        return data
    with stranger() as p:
        sock = p.socket(2005)
        p.inject_udp(2005, 100, spoil=change)
        assert p.call("recv()", sock.recv, 1000) == row(0, 50)


def test_refused():
    """Port unreachable is told to the connected socket whose datagram it quotes (4.1.3.3)."""
    with stranger() as p:
        sock = p.socket(2006, connected=True)
        p.call("send()", sock.send, row(0, 10))
        p.expect_udp(2006, 10)
        p.inject_error("port-unreachable", 2006, p.port + 1)
        p.call("recv()", sock.recv, 10, error=errno.EAGAIN)
        p.inject_error("port-unreachable", 2006, p.port)
        p.call("recv()", sock.recv, 10, error=errno.ECONNREFUSED)
        p.call("recv()", sock.recv, 10, error=errno.EAGAIN)


def test_not_connected():
    """A socket that is not connected is not told."""
    with stranger() as p:
        sock = p.socket(2007)
        p.call("sendto()", sock.sendto, row(0, 10), (p.address, p.port))
        p.expect_udp(2007, 10)
        p.inject_error("port-unreachable", 2007, p.port)
        p.call("recv()", sock.recv, 10, error=errno.EAGAIN)


def test_connected_hears_its_peer():
    """A connected socket gets datagrams of its peer only; others find nobody."""
    with stranger() as p, stranger() as other:
        sock = p.socket(2008, connected=True)
        about = other.inject_udp(2008, 10)
        other.expect_error("port-unreachable", about)
        p.inject_udp(2008, 20)
        assert p.call("recv()", sock.recv, 1000) == row(0, 20)


def test_broadcast_for_connected():
    """... broadcasts too: bound to their address and connected, a socket hears its peer."""
    with stranger() as p, stranger() as other:
        sock = bench().socket(socket.SOCK_DGRAM)
        p.socks.append(sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.bind(("10.9.255.255", 2010))
        sock.connect((p.address, p.port))
        other.inject_udp(2010, 10, to="10.9.255.255")
        p.inject_udp(2010, 20, to="10.9.255.255")
        p.silence()
        assert p.call("recv()", sock.recv, 1000) == row(0, 20)
        p.call("recv()", sock.recv, 10, error=errno.EAGAIN)


def test_bound_to_device():
    """SO_BINDTODEVICE: what comes by another device finds nobody (socket(7))."""
    with stranger() as p:
        sock = p.socket(2011)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        about = p.inject_udp(2011, 10)
        p.expect_error("port-unreachable", about)
        p.call("recv()", sock.recv, 10, error=errno.EAGAIN)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"tun0")
        p.inject_udp(2011, 20)
        p.silence()
        assert p.call("recv()", sock.recv, 1000) == row(0, 20)


def test_large():
    """A datagram larger than the MTU arrives in fragments, and is put together."""
    with stranger() as p:
        sock = p.socket(2009)
        whole = wire.Ip(p.address, HOST, wire.UDP, wire.pack_udp(
            p.address, HOST, p.port, 2009, row(0, 4000)), df=False, ident=7)
        for packet in reversed(wire.fragments(whole, 1480)):
            bench().write(packet)
        assert p.call("recv()", sock.recv, 5000) == row(0, 4000)


main()
