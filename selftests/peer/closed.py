#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A segment for a port that nobody has: RFC 9293 3.10.7.1 and 3.5.2 group 1."""
from scripted import *


def test_ack_is_reset():
    """CLOSED: a segment with ACK gets <SEQ=SEG.ACK><CTL=RST>."""
    with nobody() as c:
        c.inject("ACK seq=100 ack=300")
        c.expect("RST seq=300")
        c.silence()


def test_syn_is_reset():
    """CLOSED: a SYN gets <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>."""
    with nobody() as c:
        c.inject("SYN seq=0 mss=1460")
        c.expect("RST,ACK seq=0 ack=1")
        c.silence()


def test_length_counts():
    """CLOSED: payload and FIN count in the reset's acknowledgment."""
    with nobody() as c:
        c.inject("FIN seq=100 len=50")
        c.expect("RST,ACK seq=0 ack=151")
        c.inject("- seq=100 len=50")
        c.expect("RST,ACK seq=0 ack=150")


def test_rst_is_dropped():
    """CLOSED: a RST is never answered."""
    with nobody() as c:
        c.inject("RST seq=100")
        c.inject("RST,ACK seq=100 ack=300")
        c.silence()


def test_syn_ack_is_reset():
    """CLOSED: a SYN,ACK that nobody asked for is reset."""
    with nobody() as c:
        c.inject("SYN,ACK seq=0 ack=300")
        c.expect("RST seq=300")


def test_wrong_checksum():
    """A segment whose checksum is wrong is dropped without a word (3.1, MUST-3)."""
    with nobody() as c:
        broken = bytearray(c.segment(frozenset({"ACK"}),
                                     {"seq": 1, "win": 0}).pack(c.address, HOST))
        broken[17] ^= 1
        c.inject_bytes(broken)
        c.silence()


def test_header_cut_short():
    """A header that says it is longer than the segment is dropped (RFC 9293 3.1)."""
    with nobody() as c:
        for offset in 0x00, 0x40, 0xf0:
            data = bytearray(wire.Tcp(c.port, c.host_port).pack(c.address, HOST))
            data[12] = offset
            data[16:18] = bytes(2)
            check = wire.checksum(wire.pseudo_header(c.address, HOST, wire.TCP,
                                                     20) + data)
            data[16:18] = check.to_bytes(2, "big")
            c.inject_bytes(data)
        c.inject_bytes(data[:19])
        c.silence()


def test_reset_has_no_options():
    """The reset carries no options, and the address that was asked (3.5.2)."""
    with nobody() as c:
        c.inject("SYN seq=0 mss=1460 sackok val=1000 wscale=7")
        c.expect("RST,ACK seq=0 ack=1 mss=none sackok=none val=none wscale=none")


def test_bound_elsewhere():
    """A connection that is bound to another device since has none of its segments."""
    with passive() as c:
        c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        c.inject("ACK seq=1 ack=1 len=100")
        c.expect("RST seq=1")
        c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"tun0")
        c.inject("ACK seq=1 ack=1 len=100")
        c.expect("ACK seq=1 ack=101")
        c.recv(100)


main()
