#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""ICMP and IP towards a host: RFC 792, RFC 1122 3.2, RFC 791, RFC 5722, RFC 1858."""
from scripted import *


def whole(p, size, ident, **header):
    data = wire.pack_icmp(8, 0, ident << 16 | 1, row(0, size))
    return wire.Ip(p.address, HOST, wire.ICMP, data, df=False, ident=ident,
                   **header)


def test_answered():
    """A ping is answered with the very bytes that it had (RFC 1122 3.2.2.6)."""
    with stranger() as p:
        for size in 0, 1, 56, 1400:
            p.inject_echo(size + 1, row(0, size))
            p.expect_echo(size + 1, row(0, size))


def test_wrong_checksum():
    """A wrong ICMP checksum: dropped."""
    def change(data):
        data[2] ^= 1
        return data
    with stranger() as p:
        p.inject_echo(1, row(0, 10), spoil=change)
        p.silence()


def test_not_for_us():
    """A packet for another host is not taken and not passed on."""
    with stranger() as p:
        p.inject_echo(1, row(0, 10), to="10.9.77.77")
        p.silence()
        assert not bench().queue(wire.ICMP, "10.9.77.77", 0)


def test_unknown_type():
    """An unknown ICMP type is dropped without a word (3.2.2, MUST)."""
    with stranger() as p:
        p.inject(wire.ICMP, wire.pack_icmp(99, 0, 0, row(0, 20)), "ICMP 99")
        p.silence()


def test_unknown_protocol():
    """A protocol that nobody speaks: protocol unreachable (3.2.2.1, SHOULD)."""
    with stranger() as p:
        about = p.inject(253, row(0, 20), "protocol 253")
        p.expect_error("protocol-unreachable", about)


def test_unknown_protocol_broadcast():
    """... but not about what was sent to many (RFC 1122 3.2.2, MUST NOT)."""
    with stranger() as p:
        for address in "10.9.255.255", "255.255.255.255", "224.0.0.1":
            p.inject(253, row(0, 20), "protocol 253", to=address)
        p.silence()


def test_no_error_about_error():
    """No ICMP error about an ICMP error (3.2.2, MUST NOT)."""
    with stranger() as p:
        p.inject_error("port-unreachable", 1, 2)
        p.silence()


def test_header_checksum():
    """A wrong IP header checksum: dropped (3.2.1.2, MUST)."""
    with stranger() as p:
        packet = bytearray(whole(p, 10, 5).pack())
        packet[10] ^= 1
        bench().write(bytes(packet))
        p.silence()


def test_header_lengths():
    """Header length and total length that cannot be: dropped (3.2.1.1)."""
    with stranger() as p:
        good = whole(p, 10, 6).pack()
        for place, value in ((0, 0x44), (0, 0x4f), (2, 0x10), (3, 19)):
            packet = bytearray(good)
            packet[place] = value
            packet[10:12] = bytes(2)
            packet[10:12] = wire.checksum(bytes(packet[:20])).to_bytes(2, "big")
            bench().write(bytes(packet))
        p.silence()


def test_fragments():
    """Fragments are put together, in whatever order they come (RFC 791 3.2)."""
    with stranger() as p:
        for ident, order in (11, (0, 1, 2)), (12, (2, 1, 0)), (13, (1, 2, 0)):
            parts = wire.fragments(whole(p, 1000, ident), 400)
            for place in order:
                bench().write(parts[place])
            p.expect_echo(ident, row(0, 1000))


def test_fragments_twice():
    """A fragment that comes twice does no harm."""
    with stranger() as p:
        parts = wire.fragments(whole(p, 1000, 14), 400)
        for packet in parts[0], parts[1], parts[0], parts[2]:
            bench().write(packet)
        p.expect_echo(14, row(0, 1000))


def test_fragment_missing():
    """Without its last fragment nothing is delivered."""
    with stranger() as p:
        for packet in wire.fragments(whole(p, 1000, 15), 400)[:-1]:
            bench().write(packet)
        p.silence()


def test_fragments_overlap():
    """Fragments that overlap are all dropped, with those that were there (RFC 5722 and
    RFC 1858 in spirit): not even the right one in their place makes it whole."""
    with stranger() as p:
        parts = wire.fragments(whole(p, 1000, 16), 400)
        bench().write(parts[0])
        bench().write(wire.fragments(whole(p, 1000, 16), 400, shift=-8)[1])
        bench().write(parts[2])
        p.silence()
        bench().write(parts[1])
        p.silence()


@exact_time_only
def test_fragments_time_out():
    """What stays incomplete: time exceeded after 30 s to 120 s (RFC 1122 3.3.2)."""
    with stranger() as p:
        parts = wire.fragments(whole(p, 1000, 17), 400)
        bench().write(parts[0])
        began = bench().now()
        while not bench().queue(wire.ICMP, p.address, 0):
            assert bench().pump(200), "nothing in 200 s"
        _, ip = bench().queue(wire.ICMP, p.address, 0).pop(0)
        kind, code, _, quoted = wire.parse_icmp(ip)
        assert (kind, code) == (11, 1) and quoted[:20] == parts[0][:20]
        assert 29 <= bench().now() - began <= 135


main()
