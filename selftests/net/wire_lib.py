# SPDX-License-Identifier: GPL-2.0
"""For the tests that look at the wire: frames built and taken apart by hand,
a listener that sees a device's frames, and a peer that is nothing but a script.
"""
import fcntl
import os
import select
import socket
import struct
import time

from twin_lib import PATIENCE, enter

SIOCGIFHWADDR = 0x8927
ETH_P_ALL, ETH_P_IP = 3, 0x800
SO_RCVBUFFORCE, PACKET_IGNORE_OUTGOING = 33, 23
TCP_FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32}
OPTION_NAMES = {2: "mss", 3: "wscale", 4: "sack-ok", 5: "sack", 8: "timestamps"}


def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def mac_of(namespace, device="eth0"):
    enter(namespace)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, SIOCGIFHWADDR,
                             struct.pack("16s16x", device.encode()))
    return answer[18:24]


def mac_text(mac):
    return ":".join("%02x" % byte for byte in mac)


def ethernet(source, destination, payload, kind=ETH_P_IP):
    return destination + source + struct.pack("!H", kind) + payload


def ipv4(source, destination, payload, protocol=socket.IPPROTO_TCP, ttl=64,
         ident=1):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident,
                         0x4000, ttl, protocol, 0, socket.inet_aton(source),
                         socket.inet_aton(destination))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + \
        payload


def tcp(source, destination, sport, dport, seq=0, ack=0, flags="A",
        window=65535, options=b"", payload=b"", offset=None, bad_sum=0):
    """A segment; options are padded; offset and bad_sum are for bad ones."""
    options += b"\1" * (-len(options) % 4)
    if offset is None:
        offset = 5 + len(options) // 4
    bits = sum(TCP_FLAGS[flag] for flag in flags)
    segment = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xffffffff,
                          ack & 0xffffffff, offset << 4, bits, window, 0, 0) + \
        options + payload
    pseudo = socket.inet_aton(source) + socket.inet_aton(destination) + \
        struct.pack("!HH", socket.IPPROTO_TCP, len(segment))
    total = (checksum(pseudo + segment) + bad_sum) & 0xffff
    return segment[:16] + struct.pack("!H", total) + segment[18:]


class Segment:
    """A TCP segment as seen on the wire."""

    def __init__(self, source, destination, data):
        (self.sport, self.dport, self.seq, self.ack, offset, bits,
         self.window) = struct.unpack_from("!HHIIBBH", data)
        self.source = (source, self.sport)
        self.destination = (destination, self.dport)
        length = (offset >> 4) * 4
        self.flags = "".join(letter for letter, bit in TCP_FLAGS.items()
                             if bits & bit)
        self.options = parse_options(data[20:length])
        self.payload = data[length:]
        self.time = time.monotonic()

    def __len__(self):
        return len(self.payload)

    def __bool__(self):
        return True

    def __repr__(self):
        return "%s:%d>%s:%d %s seq %d ack %d win %d len %d %r" % (
            *self.source, *self.destination, self.flags, self.seq, self.ack,
            self.window, len(self.payload), self.options)

    @property
    def end(self):
        """One behind the last sequence number that it occupies."""
        taken = len(self.payload) + ("S" in self.flags) + ("F" in self.flags)
        return (self.seq + taken) & 0xffffffff


def parse_options(data):
    """By name; a number, a tuple, or True."""
    found, place = {}, 0
    while place < len(data) and data[place]:
        kind = data[place]
        if kind == 1:
            place += 1
            continue
        length = data[place + 1]
        value = data[place + 2:place + length]
        name = OPTION_NAMES.get(kind, kind)
        if name in ("mss", "wscale"):
            found[name] = int.from_bytes(value, "big")
        elif name in ("timestamps", "sack"):
            found[name] = struct.unpack("!%dI" % (len(value) // 4), value)
        else:
            found[name] = value or True
        place += length
    return found


def parse(frame):
    """The Segment in a frame, or None."""
    if len(frame) < 34 or frame[12:14] != b"\x08\x00" or frame[23] != 6:
        return None
    header = (frame[14] & 15) * 4
    total = struct.unpack_from("!H", frame, 16)[0]
    data = frame[14 + header:14 + total]
    if len(data) < 20:
        return None
    segment = Segment(socket.inet_ntoa(frame[26:30]),
                      socket.inet_ntoa(frame[30:34]), data)
    segment.ip = frame[14:14 + header]
    segment.macs = (frame[6:12], frame[:6])
    return segment


class Wire:
    """What passes a device, both ways, from now on."""

    def __init__(self, namespace, device="eth0", incoming_only=False):
        enter(namespace)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        if incoming_only:
            self.socket.setsockopt(263, PACKET_IGNORE_OUTGOING, 1)
        self.socket.bind((device, ETH_P_ALL))
        self.seen = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def read(self, seconds=0):
        """Takes in all that has passed; waits for something if there is time."""
        ready, _, _ = select.select([self.socket], [], [], seconds)
        while ready:
            segment = parse(self.socket.recv(1 << 17))
            if segment:
                self.seen.append(segment)
            ready, _, _ = select.select([self.socket], [], [], 0)
        return self.seen

    def find(self, condition, seconds=PATIENCE):
        """The first segment that meets the condition; it is waited for."""
        deadline = time.monotonic() + seconds
        looked_at = 0
        while True:
            for segment in self.seen[looked_at:]:
                looked_at += 1
                if condition(segment):
                    return segment
            if time.monotonic() >= deadline:
                return None
            self.read(0.1)

    def all_of(self, condition):
        return [one for one in self.read() if condition(one)]


class Script:
    """A peer without a stack: an address on a device that answers only what
    the test tells it to. The other side needs a permanent neighbour for it."""

    def __init__(self, namespace, address, port, target, target_mac,
                 device="eth0"):
        self.wire = Wire(namespace, device, incoming_only=True)
        self.mac = mac_of(namespace, device)
        self.address, self.port = address, port
        self.target, self.target_mac = target, target_mac
        self.seq = int.from_bytes(os.urandom(4), "big")
        self.ack = 0
        self.dport = 0
        self.passed = []  # what has been expected, or skipped on the way

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Ends what is left: nobody would acknowledge the last words."""
        if self.dport:
            self.send("R")
        self.wire.socket.close()

    def send_raw(self, segment, **words):
        packet = ipv4(self.address, self.target, segment, **words)
        self.wire.socket.send(ethernet(self.mac, self.target_mac, packet))

    def send(self, flags="A", payload=b"", **words):
        """A segment at the present place in the stream, or where told."""
        words.setdefault("seq", self.seq)
        words.setdefault("ack", self.ack if "A" in flags else 0)
        port = words.pop("port", self.dport)
        self.send_raw(tcp(self.address, self.target, self.port, port,
                          flags=flags, payload=payload, **words))
        taken = len(payload) + ("S" in flags) + ("F" in flags)
        self.seq = (words["seq"] + taken) & 0xffffffff

    def expect(self, condition=lambda segment: True, seconds=PATIENCE):
        """The next segment to this peer that meets the condition; the others
        before it have passed. What it says is acknowledged from now on."""
        def for_me(segment):
            return segment.destination == (self.address, self.port)

        found = self.wire.find(lambda one: for_me(one) and condition(one),
                               seconds)
        if found:
            end = self.wire.seen.index(found) + 1
            self.passed += filter(for_me, self.wire.seen[:end])
            del self.wire.seen[:end]
            self.dport = found.sport
            self.ack = found.end
        return found

    def connect(self, port, options=b"", window=65535):
        """The handshake with a listener; its SYN+ACK."""
        self.dport = port
        self.send("S", options=options, window=window)
        answer = self.expect(lambda one: "S" in one.flags)
        self.send("A", window=window)
        return answer

    def accept(self, options=b"", window=65535):
        """The handshake with somebody who connects; his SYN."""
        asked = self.expect(lambda one: one.flags == "S")
        self.send("SA", options=options, window=window)
        self.expect(lambda one: "A" in one.flags)
        return asked
