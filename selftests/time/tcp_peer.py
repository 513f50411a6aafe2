# SPDX-License-Identifier: GPL-2.0
"""For the TCP tests of the time bed: a peer that says nothing but what the test
tells it to, and what Twin's timers should do, in jiffies."""
import collections
import os
import select
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clock import ETH_IP, HZ, Tap, mac_of, now, sleep_until, wheel  # noqa: E402
from udp_lib import OURS, left, ours  # noqa: E402

PEER = "10.7.0.50"          # an address that only this peer answers for
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MSS = 1000
TCP_MSS_OPTION = struct.pack("!BBH", 2, 4, MSS)
# RFC 6298 section 2, as Twin has it
RTO_INITIAL_US, RTO_MIN_US, RTO_MAX_US = 10**6, 200000, 120 * 10**6

Segment = collections.namedtuple("Segment", "jiffy port flags seq ack window data")


def checksum(data):
    total = sum(struct.unpack("!%dH" % ((len(data) + 1) // 2), data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Peer:
    """One end of a connection with Twin, by hand. Sequence numbers are ours."""

    wire = None

    def __init__(self, port=80, twins_port=None):
        if Peer.wire is None:
            Peer.wire = Tap(ETH_IP)
            Peer.twins_mac = mac_of(left)
            mac = ":".join("%02x" % byte for byte in Peer.wire.mac)
            subprocess.run(["twin", "-n", left, "neigh", "replace", PEER, "lladdr", mac,
                            "nud", "permanent", "dev", "eth0"], check=True)
        self.port, self.twins_port = port, twins_port
        self.seq, self.ack = 1000, 0

    def send(self, flags=ACK, data=b"", window=60000, options=b"", seq=None):
        """A segment; seq says another number than what comes next."""
        header = struct.pack("!HHIIBBHHH", self.port, self.twins_port,
                             self.seq if seq is None else seq, self.ack,
                             (20 + len(options)) << 2, flags, window, 0, 0) + options + data
        addresses = socket.inet_aton(PEER) + socket.inet_aton(OURS)
        pseudo = addresses + struct.pack("!HH", socket.IPPROTO_TCP, len(header))
        header = header[:16] + struct.pack("!H", checksum(pseudo + header)) + header[18:]
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(header), 0, 0x4000, 64,
                         socket.IPPROTO_TCP, 0) + addresses
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        Peer.wire.send(Peer.twins_mac + Peer.wire.mac + struct.pack("!H", ETH_IP) + ip + header)
        if seq is None:
            self.seq += len(data) + bool(flags & SYN) + bool(flags & FIN)

    def is_ours(self, frame):
        ports = struct.unpack_from("!HH", frame, 34)
        return (frame[12:14] == b"\x08\x00" and frame[23] == socket.IPPROTO_TCP
                and ports[1] == self.port and self.twins_port in (None, ports[0]))

    def next(self, seconds=3600):
        """The next segment from Twin, or None when none comes in that time."""
        seen = Peer.wire.next(self.is_ours, seconds)
        if not seen:
            return None
        jiffy, frame = seen
        total, = struct.unpack_from("!H", frame, 16)
        port, _, seq, ack, offset, flags, window = struct.unpack_from("!HHIIBBH", frame, 34)
        return Segment(jiffy, port, flags, seq, ack, window,
                       frame[34 + (offset >> 4) * 4:14 + total])

    def take(self, seconds=3600):
        """The next segment, which we acknowledge from now on."""
        segment = self.next(seconds)
        if segment:
            self.ack = segment.seq + len(segment.data) + bool(segment.flags & (SYN | FIN))
        return segment


def stream():
    return ours(socket.SOCK_STREAM)


def connect(port, window=60000, options=TCP_MSS_OPTION):
    """A socket of Twin's that is connected, and its peer; nothing is pending."""
    made, peer = stream(), Peer(port)
    made.setblocking(False)
    made.connect_ex((PEER, port))
    peer.twins_port = peer.take().port
    peer.send(SYN | ACK, options=options, window=window)
    peer.next()
    made.setblocking(True)
    sleep_until(now() + 10 * HZ)    # the handshake's timer has fired in vain
    return made, peer


def error_arrives(made):
    """Waits for a socket's error: when it came, and which it is."""
    poller = select.poll()
    poller.register(made, 0)
    poller.poll()
    return now(), made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def rto_us(made):
    """The time-out without back-off: on so fast a path the variance is at its
    floor (tcp_info.tcpi_rto has it in jiffies only). Without a sample, as
    when the SYN was sent twice, it is the first of RFC 6298 2.1."""
    info = made.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    srtt_us, = struct.unpack_from("I", info, 68)
    return RTO_MIN_US + srtt_us if srtt_us else RTO_INITIAL_US


def jiffies_of(microseconds):
    """As usecs_to_jiffies(): rounded up."""
    return -(-microseconds * HZ // 10**6)


def backoffs(start, first_us, count):
    """When a timer fires that is doubled each time, armed first at start."""
    fires = []
    for number in range(count):
        delay = jiffies_of(min(first_us << number, RTO_MAX_US))
        start = wheel(start, delay)
        fires.append(start)
    return fires


def sockets_in(state):
    """How many of /proc/net/twin/tcp are in the state, by its number."""
    with open("/proc/thread-self/net/twin/tcp", encoding="ascii") as lines:
        return sum(line.split()[3] == "%02X" % state for line in list(lines)[1:])
