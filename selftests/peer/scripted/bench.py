# SPDX-License-Identifier: GPL-2.0
"""Where the dialogue happens: a network namespace of its own with one tun
device, or a tap device where ARP is the subject. The stack under test has the
address on it; the other end of the device, and so the whole rest of the
network, is this process.

TWIN_TEST_FAMILY=inet puts the kernel's own stack under test.
"""
import ctypes
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
import time

from . import wire

TUNSETIFF, SIOCGIFHWADDR = 0x400454ca, 0x8927
IFF_TUN, IFF_TAP, IFF_NO_PI = 0x0001, 0x0002, 0x1000
CLONE_NEWNET = 0x40000000
FAMILY_FILE = "/sys/module/twin/parameters/family"
HOST = "10.9.0.1"
ROUTER = "10.9.255.254"

libc = ctypes.CDLL(None, use_errno=True)


def on_inet():
    return os.environ.get("TWIN_TEST_FAMILY", "twin") == "inet"


def family():
    if on_inet():
        return socket.AF_INET
    try:
        with open(FAMILY_FILE, encoding="ascii") as file:
            return int(file.read())
    except OSError:
        return 18


def exact_time():
    """Idle time is free here, and the clock stands still while we work."""
    return os.environ.get("TWIN_BED") == "time"


class Bench:
    """The namespace, the device, and what has come out of it."""

    # What the kernel's own stack needs to be comparable: plain Reno, nothing
    # remembered of earlier connections, and nothing held back.
    SETTINGS = {"tcp_congestion_control": "reno", "tcp_no_metrics_save": 1,
                "tcp_invalid_ratelimit": 0, "tcp_autocorking": 0,
                "tcp_comp_sack_nr": 0, "tcp_syn_linear_timeouts": 0, "tcp_ecn": 2,
                "tcp_rmem": "4096 131072 6291456",
                "tcp_wmem": "4096 262144 4194304",
                "icmp_ratelimit": 0}

    def __init__(self, ethernet=False):
        if libc.unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "a network namespace")
        # Packets written by one CPU are taken in their order, also when the
        # kernel leaves them to ksoftirqd: drain() relies on it.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        self.peers = 1
        self.ports = 1024
        self.queues = {}
        self.packets = []
        self.ethernet, self.mac, self.macs = ethernet, None, {}
        self.start = time.monotonic()
        self.touched = self.held_up = 0
        if not on_inet() and not os.path.isdir("/sys/module/twin"):
            run("insmod", os.environ.get("TWIN_KO", "twin.ko"))
        self.set("/proc/sys/net/ipv6/conf/default/disable_ipv6", 1)
        self.open_device()
        for name, value in self.SETTINGS.items():
            self.sysctl(name, value)

    def open_device(self):
        if not os.path.exists("/dev/net/tun"):
            run("modprobe", "tun")
        self.tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.tun, TUNSETIFF,
                    struct.pack("16sH22x", b"tun0", IFF_NO_PI | (
                        IFF_TAP if self.ethernet else IFF_TUN)))
        self.poller = select.poll()
        self.poller.register(self.tun, select.POLLIN)
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "set", "tun0", "up")
        # the kernel's own TCP would wait until it can send several at once
        self.gso(1)
        run("ip" if on_inet() else "twin", "addr", "add", HOST + "/16",
            "broadcast", "10.9.255.255", "dev", "tun0")
        if self.ethernet:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
                self.mac = fcntl.ioctl(control, SIOCGIFHWADDR, struct.pack(
                    "16s24x", b"tun0"))[18:24]

    @staticmethod
    def set(path, value):
        """Returns whether there is such a setting."""
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write("%s\n" % value)
        except FileNotFoundError:
            return False
        return True

    @staticmethod
    def gso(segments):
        """How many the stack may hand down in one packet; the kernel cuts it."""
        run("ip", "link", "set", "tun0", "gso_max_segs", str(segments))

    def sysctl(self, name, value):
        room = "ipv4" if on_inet() else "twin"
        return self.set("/proc/sys/net/%s/%s" % (room, name), value)

    @staticmethod
    def proc(name):
        return "/proc/net/" + name if on_inet() else "/proc/net/twin/" + name

    def now(self):
        return time.monotonic() - self.start

    def touch(self, since=None):
        """Between two steps of a script nothing takes long, unless the machine
        held us up. The stack's timers went on meanwhile."""
        now = self.now()
        since = self.touched if since is None else since
        self.held_up = max(self.held_up, now - since)
        self.touched = now

    def new_peer(self):
        """An address that nobody has had before."""
        self.peers += 1
        return "10.9.%d.%d" % divmod(self.peers, 256)

    def new_port(self):
        self.ports += 1
        return self.ports

    def socket(self, kind=socket.SOCK_STREAM, protocol=0):
        fd = libc.socket(family(), kind | socket.SOCK_CLOEXEC, protocol)
        if fd < 0:
            raise OSError(ctypes.get_errno(), "socket()")
        made = socket.socket(socket.AF_INET, kind, protocol, fileno=fd)
        made.setblocking(False)
        return made

    def write(self, packet):
        """To the stack, in a frame from the host whose address it has."""
        self.touch()
        if self.ethernet:
            source = socket.inet_ntoa(packet[12:16])
            self.write_frame(self.mac, self.macs[source], 0x0800, packet)
            return
        self.packets.append((self.now(), packet))
        os.write(self.tun, packet)

    def write_frame(self, dst, src, kind, payload):
        frame = dst + src + struct.pack("!H", kind) + payload
        self.packets.append((self.now(), frame))
        os.write(self.tun, frame)

    def queue(self, protocol, peer, port):
        """Packets to that peer: (time, Ip). For ICMP and others, port is 0."""
        return self.queues.setdefault((protocol, peer, port), [])

    def forget(self, peer):
        for key in [key for key in self.queues if key[1] == peer]:
            del self.queues[key]

    def pump(self, seconds):
        """Waits for one packet at most; returns whether one came."""
        self.touch()
        milliseconds = min(max(0, int(seconds * 1000 + 0.999)), 10**9)
        came = self.poller.poll(milliseconds)
        self.touched = self.now()
        if not came:
            return False
        packet = os.read(self.tun, 65536)
        now = self.now()
        self.packets.append((now, packet))
        if self.ethernet:
            kind = struct.unpack_from("!H", packet, 12)[0]
            if kind == 0x0806:
                asked = socket.inet_ntoa(packet[38:42])
                self.queue("arp", asked, 0).append((now, (
                    packet[:6], packet[6:12], packet[14:])))
            if kind != 0x0800:
                return True
            self.last_mac, packet = packet[:6], packet[14:]
        if packet[0] >> 4 != 4:
            return True
        ip = wire.Ip.parse(packet)
        port = 0
        if ip.protocol in (wire.TCP, wire.UDP) and len(ip.payload) >= 4:
            port = struct.unpack_from("!H", ip.payload, 2)[0]
        self.queue(ip.protocol, ip.dst, port).append((now, ip))
        return True

    def drain(self):
        """A ping is answered after everything that came before it, so that
        what is not there when the answer is there was not sent."""
        self.peers += 1
        me = "10.9.254.%d" % (self.peers % 250 + 1)
        ident, began = self.peers, self.now()
        self.write(wire.Ip(me, HOST, wire.ICMP,
                           wire.pack_icmp(8, 0, ident)).pack())
        answers = self.queue(wire.ICMP, me, 0)
        while not answers:
            if not self.pump(10):
                raise wire.Malformed("ping is not answered any more")
        del self.queues[(wire.ICMP, me, 0)]
        self.touch(began)

    def counters(self):
        """The stack's own, as {"TcpRetransSegs": 1}."""
        found = {}
        for name in ("snmp", "netstat"):
            with open(self.proc(name), encoding="ascii") as file:
                lines = [line.split() for line in file]
            for names, numbers in zip(lines[::2], lines[1::2]):
                found.update((names[0][:-1] + key, int(number)) for key, number
                             in zip(names[1:], numbers[1:]))
        return found

    def save(self, path):
        """The packets so far, for tcpdump."""
        with open(path, "wb") as file:
            file.write(struct.pack("!IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535,
                                   1 if self.ethernet else 101))
            for when, packet in self.packets:
                file.write(struct.pack("!IIII", int(when), int(when % 1 * 1e6),
                                       len(packet), len(packet)) + packet)


def run(*command):
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit("%s: %s" % (" ".join(command), done.stderr or done.stdout))
