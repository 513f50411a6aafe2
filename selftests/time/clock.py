# SPDX-License-Identifier: GPL-2.0
"""For the tests of the time bed, where a moment lasts until everything that can
run has run: exact times of what a peer sees, in jiffies, and the jiffy in which
the kernel's timer wheel fires a timer.

The wheel never fires early; beyond 62 jiffies it rounds up, the farther the
coarser. Since it is known how, a time that Twin asked for is checked to the
jiffy all the same.
"""
import os
import select
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../net"))
import udp_lib  # noqa: E402  (pylint: disable=wrong-import-position)

HZ = os.sysconf("SC_CLK_TCK")       # User Mode Linux's HZ is USER_HZ
JIFFY_NS = 10**9 // HZ

ETH_ARP, ETH_IP = 0x0806, 0x0800

# The wheel: 64 buckets in each level, of which a level spans 63; each level is
# eight times as coarse as the one before (kernel/time/timer.c).
WHEEL_SPAN, WHEEL_SHIFT = 63, 3


def read_jiffies():
    with open("/proc/timer_list", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("jiffies:"):
                return int(line.split()[1])
    raise RuntimeError("/proc/timer_list names no jiffies")


def calibrate():
    """What to add to the monotonic clock's jiffies for the kernel's."""
    return read_jiffies() - time.monotonic_ns() // JIFFY_NS


def jiffies_at(monotonic_ns):
    return monotonic_ns // JIFFY_NS + OFFSET


def now():
    """The present jiffy."""
    return jiffies_at(time.monotonic_ns())


def wheel(armed, delay):
    """The jiffy in which a timer fires that was armed for armed + delay."""
    level, expires = 0, armed + delay
    while delay >= WHEEL_SPAN << (WHEEL_SHIFT * level):
        level += 1
    shift = WHEEL_SHIFT * level
    return ((expires >> shift) + 1) << shift


def sleep_until(jiffy):
    """Returns early in that jiffy."""
    while now() < jiffy:
        time.sleep((jiffy - now()) / HZ)


def sysctl(name, value):
    """Sets net.twin.NAME in Twin's namespace."""
    udp_lib.enter(udp_lib.left)
    with open("/proc/sys/net/twin/" + name, "w", encoding="ascii") as knob:
        knob.write(str(value))


def packet_socket(namespace, protocol):
    udp_lib.enter(namespace)
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    made.bind(("eth0", protocol))
    return made


def mac_of(namespace):
    """The link address of its eth0."""
    with packet_socket(namespace, 0) as made:
        return made.getsockname()[4]


def readable(made, end):
    """Waits for data on a socket until the end of a jiffy; tells whether it came."""
    poller = select.poll()
    poller.register(made, select.POLLIN)
    left = max(end + 1 - now(), 0)
    return bool(poller.poll(left * 1000 // HZ))


class Tap:
    """The peer's end of the wire: sees every frame, sends what it likes."""

    def __init__(self, protocol):
        self.wire = packet_socket(udp_lib.right, protocol)
        self.mac = self.wire.getsockname()[4]

    def send(self, frame):
        self.wire.send(frame)

    def next(self, wanted, seconds):
        """(jiffy, frame) of the next frame from Twin that is wanted, or None."""
        end = now() + seconds * HZ
        while readable(self.wire, end):
            frame, address = self.wire.recvfrom(65535)
            if address[2] != socket.PACKET_OUTGOING and wanted(frame):
                return now(), frame
        return None

    def drain(self):
        self.wire.setblocking(False)
        try:
            while True:
                self.wire.recv(65535)
        except BlockingIOError:
            pass
        self.wire.setblocking(True)


def arp(sender_mac, sender, target_mac, target, op=1, to=b"\xff" * 6):
    """A frame with ARP in it."""
    return struct.pack("!6s6sHHHBBH6s4s6s4s", to, sender_mac, ETH_ARP, 1, ETH_IP,
                       6, 4, op, sender_mac, socket.inet_aton(sender),
                       target_mac, socket.inet_aton(target))


def is_arp_request(target):
    """Tells requests for an address."""
    wanted = socket.inet_aton(target)
    return lambda frame: (frame[12:14] == b"\x08\x06" and frame[20:22] == b"\x00\x01"
                          and frame[38:42] == wanted)


OFFSET = calibrate()
