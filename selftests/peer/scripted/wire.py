# SPDX-License-Identifier: GPL-2.0
"""Packets as bytes: IPv4, TCP, UDP and ICMP headers, built and taken apart.

Everything is absolute here; relative numbers are the connection's business.
What is taken apart is checked as a strict receiver would: lengths and sums.
"""
import socket
import struct
from dataclasses import dataclass, field

ICMP, TCP, UDP = 1, 6, 17
FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")
OPT_MSS, OPT_WSCALE, OPT_SACKOK, OPT_SACK, OPT_TS = 2, 3, 4, 5, 8
OPT_FASTOPEN = 34


class Malformed(Exception):
    """The stack under test has sent something that no receiver would take."""


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def pseudo_header(src, dst, protocol, length):
    return socket.inet_aton(src) + socket.inet_aton(dst) + \
        struct.pack("!BBH", 0, protocol, length)


@dataclass
class Ip:
    src: str
    dst: str
    protocol: int
    payload: bytes = b""
    ttl: int = 64
    tos: int = 0
    ident: int = 0
    df: bool = True
    options: bytes = b""

    def pack(self):
        length = 20 + len(self.options)
        head = struct.pack("!BBHHHBBH4s4s", 0x40 | length // 4, self.tos,
                           length + len(self.payload), self.ident,
                           0x4000 if self.df else 0, self.ttl, self.protocol,
                           0, socket.inet_aton(self.src),
                           socket.inet_aton(self.dst)) + self.options
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + \
            self.payload

    @classmethod
    def parse(cls, data):
        if len(data) < 20:
            raise Malformed("%d bytes are no IP packet" % len(data))
        version, tos, total, ident, frag, ttl, protocol, _, src, dst = \
            struct.unpack_from("!BBHHHBBH4s4s", data)
        length = (version & 15) * 4
        if version >> 4 != 4 or length < 20 or not length <= total <= len(data):
            raise Malformed("IP header: %s" % data[:20].hex(" "))
        if checksum(data[:length]):
            raise Malformed("IP header checksum")
        if frag & 0x3fff:
            raise Malformed("a fragment, where none was asked for")
        return cls(socket.inet_ntoa(src), socket.inet_ntoa(dst), protocol,
                   data[length:total], ttl, tos, ident, bool(frag & 0x4000),
                   data[20:length])


def fragments(packet, size, shift=0):
    """The packet in pieces of that size (a multiple of 8), as bytes. shift
    moves all but the first by so many bytes."""
    pieces = []
    for offset in range(0, len(packet.payload), size):
        part = Ip(packet.src, packet.dst, packet.protocol,
                  packet.payload[offset:offset + size], packet.ttl, packet.tos,
                  packet.ident, False).pack()
        more = 0x2000 if offset + size < len(packet.payload) else 0
        place = (offset + (shift if offset else 0)) // 8 | more
        head = part[:6] + struct.pack("!H", place) + part[8:10] + bytes(2) + \
            part[12:20]
        pieces.append(head[:10] + struct.pack("!H", checksum(head)) +
                      head[12:] + part[20:])
    return pieces


@dataclass
class Tcp:
    sport: int
    dport: int
    seq: int = 0
    ack: int = 0
    flags: frozenset = frozenset()
    window: int = 0
    urgent: int = 0
    options: dict = field(default_factory=dict)
    payload: bytes = b""

    def pack(self, src, dst):
        options = pack_options(self.options)
        bits = sum(1 << FLAGS.index(flag) for flag in self.flags)
        data = struct.pack("!HHIIBBHHH", self.sport, self.dport,
                           self.seq % 2**32, self.ack % 2**32,
                           (20 + len(options)) // 4 << 4, bits,
                           self.window, 0, self.urgent)
        data += options + self.payload
        check = checksum(pseudo_header(src, dst, TCP, len(data)) + data)
        return data[:16] + struct.pack("!H", check) + data[18:]

    @classmethod
    def parse(cls, ip):
        data = ip.payload
        if len(data) < 20 or not 20 <= data[12] // 16 * 4 <= len(data):
            raise Malformed("TCP header: %s" % data[:20].hex(" "))
        if checksum(pseudo_header(ip.src, ip.dst, TCP, len(data)) + data):
            raise Malformed("TCP checksum")
        sport, dport, seq, ack, offset, bits, window, _, urgent = \
            struct.unpack_from("!HHIIBBHHH", data)
        flags = frozenset(flag for bit, flag in enumerate(FLAGS)
                          if bits & 1 << bit)
        length = offset // 16 * 4
        return cls(sport, dport, seq, ack, flags, window, urgent,
                   parse_options(data[20:length]), data[length:])


def pack_options(options):
    """From {"mss": n, "wscale": n, "sackok": True, "ts": (val, ecr),
    "sack": [(left, right)...], "cookie": bytes, "raw": bytes}; padded with NOPs in front."""
    data = b""
    if "mss" in options:
        data += struct.pack("!BBH", OPT_MSS, 4, options["mss"])
    if options.get("sackok"):
        data += bytes((OPT_SACKOK, 2))
    if "ts" in options:
        val, ecr = options["ts"]
        data += struct.pack("!BBII", OPT_TS, 10, val % 2**32, ecr % 2**32)
    if "wscale" in options:
        data += bytes((OPT_WSCALE, 3, options["wscale"]))
    if "sack" in options:
        data += bytes((OPT_SACK, 2 + 8 * len(options["sack"])))
        for left, right in options["sack"]:
            data += struct.pack("!II", left % 2**32, right % 2**32)
    if "cookie" in options:
        data += bytes((OPT_FASTOPEN, 2 + len(options["cookie"])))
        data += options["cookie"]
    data += options.get("raw", b"")
    return b"\1" * (-len(data) % 4) + data


def parse_options(data):
    options = {}
    while data and data[0]:
        if data[0] == 1:
            data = data[1:]
            continue
        if len(data) < 2 or not 2 <= data[1] <= len(data):
            raise Malformed("TCP options: %s" % data.hex(" "))
        kind, body = data[0], data[2:data[1]]
        data = data[data[1]:]
        if kind == OPT_MSS and len(body) == 2:
            options["mss"] = struct.unpack("!H", body)[0]
        elif kind == OPT_WSCALE and len(body) == 1:
            options["wscale"] = body[0]
        elif kind == OPT_SACKOK and not body:
            options["sackok"] = True
        elif kind == OPT_TS and len(body) == 8:
            options["ts"] = struct.unpack("!II", body)
        elif kind == OPT_SACK and body and len(body) % 8 == 0:
            edges = struct.unpack("!%dI" % (len(body) // 4), body)
            options["sack"] = list(zip(edges[::2], edges[1::2]))
        elif kind == OPT_FASTOPEN and (not body or (
                4 <= len(body) <= 16 and len(body) % 2 == 0)):
            options["cookie"] = body
        else:
            raise Malformed("TCP option %d: %s" % (kind, body.hex(" ")))
    return options


def pack_udp(src, dst, sport, dport, payload):
    data = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
    check = checksum(pseudo_header(src, dst, UDP, len(data)) + data) or 0xffff
    return data[:6] + struct.pack("!H", check) + data[8:]


def parse_udp(ip):
    data = ip.payload
    if len(data) < 8:
        raise Malformed("UDP header: %s" % data.hex(" "))
    sport, dport, length, check = struct.unpack_from("!HHHH", data)
    if not 8 <= length <= len(data):
        raise Malformed("UDP length %d of %d" % (length, len(data)))
    if check and checksum(pseudo_header(ip.src, ip.dst, UDP, length) +
                          data[:length]):
        raise Malformed("UDP checksum")
    return sport, dport, data[8:length]


def pack_icmp(kind, code, rest, payload=b""):
    """rest: the second 32-bit word of the header, as a number."""
    data = struct.pack("!BBHI", kind, code, 0, rest) + payload
    return data[:2] + struct.pack("!H", checksum(data)) + data[4:]


def parse_icmp(ip):
    if len(ip.payload) < 8 or checksum(ip.payload):
        raise Malformed("ICMP: %s" % ip.payload[:8].hex(" "))
    kind, code, _, rest = struct.unpack_from("!BBHI", ip.payload)
    return kind, code, rest, ip.payload[8:]
