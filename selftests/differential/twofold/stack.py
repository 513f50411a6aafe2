# SPDX-License-Identifier: GPL-2.0
"""One of the two stacks, with a network of its own, and the peer's side of the
sequences. The other end of the stack's only device is this process, so that
what is on the wire is known in order.

    < FLAGS seq= ack= len= ...      the peer sends a segment (peer/scripted)
    < udp N [ttl=] [tos=] [sport=] [dport=] [to=HOST]     ... a datagram
    < icmp ERROR [mtu=]             ... an error about what the stack sent last
    < echo-reply [N]                ... the answer to the stack's last ping
    < echo-request                  ... all with ipopt=HEX in the IP header
    acked       waits until all that the peer has sent is acknowledged
    again       ... until the stack sends something again
    pause N     milliseconds
    netem WORDS     what tc-netem(8) is to do to all that the stack sends from now
                on; "off": nothing any more, and what it holds is lost
    sysctl NAME VALUE   from now on, for this sequence and those after it
    settle      nothing; but what was sent meanwhile is shown

After each step that can make the stack send, what it has sent is shown:
segments as in peer/scripted, IP options by what they have gathered. What is sent again is not shown again, and of ACKs
without data only those that answer at once, since the rest is a matter of time.
"""
import json
import os
import struct
import traceback

from scripted import notation, wire
from scripted.bench import HOST, Bench, family, run
from scripted.connection import ICMP_ERRORS, Peer

from .calls import PEER_PORT, Application, data_of, note_signals

IGMP = 2
RECORD_ROUTE, TIMESTAMP = 7, 68  # IP options
# Calls after which nothing is sent need not wait for it.
SILENT = {"socket", "poll", "edges", "name", "peername", "get", "ioctl", "error",
          "info", "ss", "state", "bind", "wait", "own", "async", "nonblock"}
ROUTER = "10.9.255.254"


class Network(Bench):
    """Everything that comes out of the device, in order."""

    def __init__(self, inet):
        os.environ["TWIN_TEST_FAMILY"] = "inet" if inet else "twin"
        super().__init__()
        self.came, self.spoiled = [], ()
        self.sysctl("ping_group_range", "0 2147483647")
        # A peer of a sequence that is over answers no more: what was left to the
        # stack by close() would keep it from being unloaded for 100 seconds.
        self.sysctl("tcp_orphan_retries", "1")

    def pump(self, seconds):
        """Only the packets are wanted; whose they are is seen later."""
        self.touch()
        came = self.poller.poll(max(0, int(seconds * 1000 + 0.999)))
        self.touched = self.now()
        if not came:
            return False
        packet = os.read(self.tun, 65536)
        if packet[0] >> 4 == 4 and packet[9] != IGMP:
            self.packets.append((self.now(), packet))
            self.came.append(packet)
        return True

    def drain(self):
        """A ping is answered after all that came before it."""
        self.peers += 1
        me = "10.9.254.%d" % (self.peers % 250 + 1)
        packed = bytes(map(int, me.split(".")))
        self.write(wire.Ip(me, HOST, wire.ICMP,
                           wire.pack_icmp(8, 0, self.peers)).pack())
        began = self.now()
        while not self.came or self.came[-1][16:20] != packed:
            if not self.pump(10):
                raise wire.Malformed("ping is not answered any more")
        self.came.pop()
        self.touch(began)

    def netem(self, *words):
        """Between the stack and the device."""
        words = () if words == ("off",) else words
        if words:
            run("tc", "qdisc", "replace", "dev", "tun0", "root", "netem", *words)
        elif self.spoiled:
            run("tc", "qdisc", "del", "dev", "tun0", "root")
        self.spoiled = words

    def take(self):
        """All that was sent; of a ping there is no answer where all is lost."""
        if "loss" not in self.spoiled:
            self.drain()
        came, self.came = self.came, []
        return came


class Stack:
    """One sequence on one stack."""

    def __init__(self, network, number):
        self.network = network
        self.port = 2000 + number
        self.peer = Peer(network, self.port, "10.9.%d.%d" % divmod(
            512 + number, 256))
        self.peer.port = PEER_PORT
        self.app = Application(family(), self.port,
                               HOST, self.peer.address)
        self.shown, self.last, self.acked = set(), None, 0
        self.answering, self.repeats = False, 0

    def run(self, steps):
        """[[step, what it said, [what was sent...]]...]"""
        transcript = []
        try:
            for step in steps:
                said = self.step(step)
                transcript.append([step, said, self.sent(step)])
        finally:
            self.app.end()
            self.network.netem("off")
            if self.peer.host_syn:
                self.peer.inject("RST")
            self.network.take()
        return transcript

    def step(self, step):
        verb, *words = step.split()
        if verb == "<":
            return self.from_peer(*words)
        if verb == "acked":
            self.await_acked()
        elif verb == "again":
            self.await_repeat()
        elif verb == "sysctl":
            self.network.sysctl(*words)
        elif verb == "netem":
            self.network.netem(*words)
        elif verb == "pause":
            self.pause(int(words[0]) / 1000)
        elif verb != "settle":
            return self.app.run(step)
        return ""

    # The peer sends

    def from_peer(self, kind, *words):
        said = dict(word.partition("=")[::2] for word in words)
        if kind == "udp":
            length = int(words[0])
            self.datagram(wire.UDP, wire.pack_udp(
                self.peer.address, self.host(said.get("to", "us")),
                int(said.get("sport", PEER_PORT)),
                int(said.get("dport", self.port)), data_of(length)), said)
        elif kind in ("icmp", "echo-reply") and not self.last:
            return "there is nothing to answer"
        elif kind == "icmp":
            self.complain(words[0], int(said.get("mtu", 0)))
        elif kind == "echo-reply":
            head = self.last[20:]
            rest = struct.unpack_from("!I", head, 4)[0]
            body = head[8:] if not words else data_of(int(words[0]))
            self.datagram(wire.ICMP, wire.pack_icmp(0, 0, rest, body), said)
        elif kind == "echo-request":
            self.datagram(wire.ICMP, wire.pack_icmp(8, 0, 77), said)
        else:
            self.peer.inject(" ".join((kind,) + words))
        return ""

    def host(self, name):
        return self.app.hosts.get(name, name)

    def datagram(self, protocol, payload, said):
        self.network.write(wire.Ip(
            self.peer.address, self.host(said.get("to", "us")), protocol,
            payload, int(said.get("ttl", 64)), int(said.get("tos", 0)),
            options=bytes.fromhex(said.get("ipopt", ""))).pack())

    def complain(self, error, mtu):
        kind, code = ICMP_ERRORS[error]
        self.network.write(wire.Ip(ROUTER, self.host("us"), wire.ICMP,
                                   wire.pack_icmp(kind, code, mtu,
                                                  self.last[:28])).pack())

    def await_acked(self):
        self.sent("")
        while self.acked < self.peer.next:
            if not self.network.pump(10):
                raise wire.Malformed("not acknowledged: %d" % self.peer.next)
            self.sent("")

    def await_repeat(self):
        before = self.repeats
        self.sent("")
        while self.repeats == before:
            if not self.network.pump(10):
                raise wire.Malformed("nothing is sent again")
            self.sent("")

    def pause(self, seconds):
        end = self.network.now() + seconds
        while self.network.now() < end:
            self.network.pump(end - self.network.now())

    # The stack sends

    def sent(self, step):
        word = step.split(": ")[-1].split()
        if word and word[0] in SILENT:
            return []
        self.answering = word[:1] == ["<"]
        texts = [self.packet_text(packet) for packet in self.network.take()]
        return [text for text in texts if text]

    def packet_text(self, packet):
        """None for what is not shown."""
        if packet[16:20] == bytes(map(int, self.peer.address.split("."))):
            self.last = packet
        elif packet[16:18] == b"\x0a\x09" and packet[9] == wire.TCP:
            return None  # about an earlier sequence
        place, = struct.unpack_from("!H", packet, 6)
        if place & 0x3fff:
            return "fragment at %d, %d bytes%s" % (
                (place & 0x1fff) * 8, len(packet) - 20,
                ", more" if place & 0x2000 else "")
        ip = wire.Ip.parse(packet)
        said = "".join(" %s=%d" % (key, value) for key, value, usual in (
            ("tos", ip.tos, 0), ("ttl", ip.ttl, 64), ("df", ip.df, 1))
            if value != usual)
        if ip.protocol == wire.TCP:
            text = self.segment_text(ip)
        elif ip.protocol == wire.UDP:
            text = "UDP %s > %s, %d bytes" % (
                self.ends_text(ip, 0), self.ends_text(ip, 2),
                len(wire.parse_udp(ip)[2]))
        else:
            kind, code, _, body = wire.parse_icmp(ip)
            text = "ICMP %d/%d, %d bytes" % (kind, code, len(body))
        return text and text + self.options_text(ip.options) + said

    def options_text(self, options):
        """The first bytes of each as they are, then addresses; time passes."""
        texts = []
        while options:
            kind = options[0]
            length = 1 if kind < 2 else options[1]
            if kind == RECORD_ROUTE:
                head, words = 3, [self.name_of(options[at:at + 4])
                                  for at in range(3, length - 3, 4)]
            elif kind == TIMESTAMP:
                head, words = 4, [self.name_of(options[at:at + 4])
                                  for at in range(4, length - 3, 4)]
            else:
                head, words = length, []
            texts.append(":".join([options[:head].hex()] + words))
            options = options[length:]
        return " ipopt=" + ",".join(texts) if texts else ""

    def name_of(self, raw):
        """Of what is in an option's slot: an address, or a time."""
        for name in ("us", "peer"):
            if raw == bytes(map(int, self.app.hosts[name].split("."))):
                return name
        return "+" if any(raw) else "0"

    def ends_text(self, ip, offset):
        raw = ip.payload[offset:offset + 2]
        host = ip.dst if offset else ip.src
        return self.app.address_text(b"\2\0" + raw + bytes(
            map(int, host.split("."))))

    def begin_anew(self):
        """The socket connects once more, with another initial number."""
        self.peer.host_syn = self.peer.syn = None
        self.peer.host_clock_base, self.peer.host_clock = None, 0
        self.peer.next = self.peer.host_next = self.acked = 0
        self.shown.clear()

    def segment_text(self, ip):
        view = self.peer.view(ip)
        if view["flags"] == {"SYN"} and view["seq"]:
            self.begin_anew()
            view = self.peer.view(ip)
        flags, length = view["flags"], view["len"]
        takes = length + len(flags & {"SYN", "FIN"})
        ack = view.get("ack", 0)
        if "RST" not in flags:
            self.peer.host_next = max(self.peer.host_next, view["seq"] + takes)
            self.peer.host_clock = view.get("val", self.peer.host_clock)
            self.peer.last = view
        news, self.acked = ack > self.acked, max(ack, self.acked)
        key = (flags - {"PSH"}, view["seq"], length)
        if "RST" not in flags and (takes or not news):
            if takes and key in self.shown:
                self.repeats += 1
                return None
            self.shown.add(key)
        if not takes and "RST" not in flags and \
                (not self.answering or news and ack != 1):
            return None  # now or a little later
        if not any(ip.payload[4:8]):
            view["seq"] = "nil"  # of no connection, RFC 9293 3.10.7.1
        shown = {name: view[name] for name in
                 ("flags", "seq", "ack", "len", "mss", "wscale", "sackok", "urg",
                  "sack") if view.get(name) is not None}
        text = notation.render(shown)
        return text + (" ts" if "val" in view else "")


def serve(inet, sequences, requests, answers):
    """Runs the sequences that are asked for, by number."""
    note_signals()
    network = Network(inet)
    for run, line in enumerate(requests):
        network.packets.clear()
        network.touched, network.held_up = network.now(), 0
        answer = {}
        try:
            answer["transcript"] = Stack(network, run).run(
                sequences[int(line)].steps)
        except Exception:  # the sequences after it are still to be run
            answer["broken"] = traceback.format_exc()
        answer["held_up"] = network.held_up
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
