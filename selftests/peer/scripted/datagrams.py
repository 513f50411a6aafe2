# SPDX-License-Identifier: GPL-2.0
"""A host at the other end of the wire that has no connection: UDP, ICMP, and
on an Ethernet device ARP. What it sends and expects are whole packets."""
import errno
import select
import socket
import struct

from . import wire
from .bench import HOST
from .connection import ICMP_ERRORS, Mismatch, row

ERROR_NAMES = {kind_code: name for name, kind_code in ICMP_ERRORS.items()}
REQUEST, REPLY = 1, 2


class Stranger:
    """One address, and the packets to and from it."""

    def __init__(self, bench):
        self.bench = bench
        self.address, self.port = bench.new_peer(), 40000
        self.dialogue, self.socks = [], []
        self.done = False

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.done = kind is None
        for sock in self.socks:
            sock.close()
        self.bench.forget(self.address)

    def log(self, text, when=None):
        when = self.bench.now() if when is None else when
        self.dialogue.append("%9.3f  %s" % (when, text))

    def fail(self, wanted, came):
        raise Mismatch("expected: %s\ncame:     %s" % (wanted, came))

    def socket(self, port=0, connected=False):
        sock = self.bench.socket(socket.SOCK_DGRAM)
        self.socks.append(sock)
        sock.bind((HOST, port))
        if connected:
            sock.connect((self.address, self.port))
        return sock

    def inject(self, protocol, payload, said, to=HOST, **header):
        self.log("peer   > " + said + (" to " + to if to != HOST else ""))
        packet = wire.Ip(self.address, to, protocol, payload, **header)
        self.bench.write(packet.pack())
        return packet

    def inject_udp(self, dport, length, to=HOST, spoil=None, **header):
        """spoil: changes the finished UDP datagram before it is sent."""
        data = wire.pack_udp(self.address, to, self.port, dport,
                             row(0, length))
        if spoil:
            data = bytes(spoil(bytearray(data)))
        return self.inject(wire.UDP, data, "UDP to port %d len=%d" %
                           (dport, length), to, **header)

    def inject_echo(self, ident, payload, to=HOST, spoil=None, **header):
        data = wire.pack_icmp(8, 0, ident << 16 | 1, payload)
        if spoil:
            data = bytes(spoil(bytearray(data)))
        return self.inject(wire.ICMP, data, "ICMP echo request %d len=%d" %
                           (ident, len(payload)), to, **header)

    def inject_error(self, error, sport, dport, rest=0):
        """About a UDP datagram of the stack's to this host."""
        quoted = wire.Ip(HOST, self.address, wire.UDP, wire.pack_udp(
            HOST, self.address, sport, dport, b"")).pack()
        kind, code = ICMP_ERRORS[error]
        self.inject(wire.ICMP, wire.pack_icmp(kind, code, rest, quoted),
                    "ICMP %s about port %d" % (error, dport))

    def inject_false_mtus(self, sport, count, mtu=1000):
        """"Fragmentation needed" about datagrams that were never sent, by anybody
        who knows of a port, each to a host of its own to which there is a path."""
        kind, code = ICMP_ERRORS["frag-needed"]
        for number in range(count):
            daddr = "10.9.%d.%d" % (128 + number // 256, number % 256)
            quoted = wire.Ip(HOST, daddr, wire.UDP, wire.pack_udp(
                HOST, daddr, sport, self.port, b"")).pack()
            self.bench.write(wire.Ip(self.address, HOST, wire.ICMP,
                             wire.pack_icmp(kind, code, mtu, quoted)).pack())
        self.log("peer   > ICMP frag-needed about %d hosts" % count)

    def next_packet(self, protocol, wanted, port=0, address=None):
        queue = self.bench.queue(protocol, address or self.address, port)
        deadline = self.bench.now() + 10
        while not queue:
            if not self.bench.pump(deadline - self.bench.now()) and \
                    self.bench.now() >= deadline:
                self.fail(wanted, "nothing in 10 s")
        return queue.pop(0)

    def expect_udp(self, sport, length):
        wanted = "UDP from port %d len=%d" % (sport, length)
        when, ip = self.next_packet(wire.UDP, wanted, self.port)
        got, _, payload = wire.parse_udp(ip)
        came = "UDP from port %d len=%d" % (got, len(payload))
        self.log("stack  < " + came, when)
        if came != wanted or payload != row(0, length):
            self.fail(wanted, came)
        return ip

    def expect_echo(self, ident, payload):
        """The answer to a ping, with the very bytes that were sent."""
        when, ip = self.next_packet(wire.ICMP, "an echo reply")
        kind, code, rest, data = wire.parse_icmp(ip)
        came = "ICMP %d/%d %d len=%d" % (kind, code, rest >> 16, len(data))
        self.log("stack  < " + came, when)
        if (kind, code, rest) != (0, 0, ident << 16 | 1) or data != payload:
            self.fail("ICMP 0/0 %d with the bytes that were sent" % ident, came)
        return ip

    def expect_error(self, error, about):
        """It quotes the header and at least 8 bytes of what it is about."""
        when, ip = self.next_packet(wire.ICMP, "ICMP " + error)
        kind, code, _, quoted = wire.parse_icmp(ip)
        came = "ICMP " + ERROR_NAMES.get((kind, code), "%d/%d" % (kind, code))
        self.log("stack  < " + came, when)
        if came != "ICMP " + error:
            self.fail("ICMP " + error, came)
        sent = about.pack()
        if len(quoted) < 28 or quoted[12:] != sent[12:len(quoted)]:
            self.fail("it quotes the packet", quoted[:28].hex(" "))
        return ip

    def silence(self):
        self.log("         (silence)")
        self.bench.drain()
        for (protocol, address, port), queue in self.bench.queues.items():
            if address == self.address and queue:
                self.fail("nothing", "protocol %d to port %d" %
                          (protocol, port))

    def pause(self, seconds):
        self.log("         (%g s later)" % seconds)
        end = self.bench.now() + seconds
        while self.bench.now() < end:
            self.bench.pump(end - self.bench.now())

    def await_error(self, sock):
        poller = select.poll()
        poller.register(sock, 0)
        if not poller.poll(20000):
            self.fail("an error on the socket", "nothing in 20 s")

    def call(self, text, function, *arguments, error=0):
        try:
            result, got = function(*arguments), 0
        except OSError as problem:
            result, got = None, problem.errno
        self.log("app      %s = %s" % (text, errno.errorcode.get(
            got, len(result) if isinstance(result, bytes) else result)))
        if got != error:
            self.fail("%s gives %s" % (text, errno.errorcode.get(error, "no "
                      "error")), errno.errorcode.get(got, result))
        return result


class Neighbour(Stranger):
    """A host on the same Ethernet."""

    def __init__(self, bench):
        super().__init__(bench)
        self.mac = bytes((2, 0, 0, 9)) + socket.inet_aton(self.address)[2:]
        bench.macs[self.address] = self.mac

    def inject_arp(self, operation, target, sender=None, mac=None,
                   spoil=None, to=None):
        sender, mac = sender or self.address, mac or self.mac
        self.log("peer   > ARP %s: %s is at %s, who is %s" % (
            {REQUEST: "request", REPLY: "reply"}[operation], sender,
            mac.hex(":"), target))
        packet = bytearray(struct.pack(
            "!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, operation, mac,
            socket.inet_aton(sender), bytes(6), socket.inet_aton(target)))
        self.bench.write_frame(to or b"\xff" * 6, mac, 0x0806,
                               bytes(spoil(packet) if spoil else packet))

    def silence_but_questions(self):
        """Of ARP only questions for this neighbour, which may be asked again at
        any time. Nobody is pinged here, since that would ask for an address:
        frames are answered before the write returns."""
        self.log("         (silence)")
        while self.bench.pump(0.05):
            pass
        asked = self.bench.queue("arp", self.address, 0)
        asked[:] = [one for one in asked if one[1][2][7] != REQUEST]
        for (protocol, address, port), queue in self.bench.queues.items():
            if queue and address != HOST:
                self.fail("nothing", "protocol %s to %s port %d" %
                          (protocol, address, port))

    def expect_arp(self, operation, target):
        """Of the stack; returns the Ethernet destination."""
        name = {REQUEST: "request", REPLY: "reply"}[operation]
        wanted = "ARP %s for %s" % (name, target)
        when, (dst, src, packet) = self.next_packet("arp", wanted)
        kind, proto, hlen, plen, got, mac, sender, tmac, address = \
            struct.unpack_from("!HHBBH6s4s6s4s", packet)
        came = "ARP %s for %s" % ({1: "request", 2: "reply"}.get(got, got),
                                  socket.inet_ntoa(address))
        self.log("stack  < " + came, when)
        if came != wanted or (kind, proto, hlen, plen) != (1, 0x0800, 6, 4) or \
                socket.inet_ntoa(sender) != HOST or mac != src or \
                src != self.bench.mac or operation == REPLY and tmac != dst:
            self.fail(wanted, came + ": " + packet.hex(" "))
        return dst
