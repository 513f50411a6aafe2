#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Several messages in one call: sendmmsg(2) and recvmmsg(2), on the kernel's own
stack and on Twin."""
import ctypes
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from stack_lib import Stack, peer, run_on_stacks  # noqa: E402
from tcp_lib import address_struct, await_arrival, call, receive_all  # noqa: E402
from twin_lib import (PATIENCE, PEER, bound, enter, finish, libc, make,  # noqa: E402
                      point_is, readable, right)

NO_WAY = "10.99.0.1"            # no route leads there
IP_TTL, IP_RECVTTL = 2, 12
MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT, MSG_WAITFORONE = 0x2, 0x20, 0x40, 0x10000
ROOM = 64
numbers = iter(range(7900, 7990))


class Part(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Message(ctypes.Structure):
    """struct mmsghdr; what is in front of its last member ends aligned."""
    _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint),
                ("parts", ctypes.POINTER(Part)), ("part_count", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t),
                ("flags", ctypes.c_int), ("", ctypes.c_int), ("length", ctypes.c_uint)]


class Messages:
    """An array of struct mmsghdr, and the memory that it points to."""

    def __init__(self, count):
        self.array = (Message * count)()
        self.kept = []

    def keep(self, data):
        self.kept.append(ctypes.create_string_buffer(data, len(data)))
        return self.kept[-1]

    def address_of(self, data):
        return ctypes.addressof(self.keep(data))

    def fill(self, index, data, name=None, control=None):
        one = self.array[index]
        part = Part(self.address_of(data), len(data))
        self.kept.append(part)
        one.parts, one.part_count = ctypes.pointer(part), 1
        if name:
            one.name, one.name_length = self.address_of(name), len(name)
        if control:
            one.control, one.control_length = self.address_of(control), len(control)

    def data(self, index):
        one = self.array[index]
        return ctypes.string_at(one.parts[0].base, min(one.length, one.parts[0].length))


class Messengers(Stack):
    def pair(self):
        """A socket there, and one of the peer's; neither is connected."""
        here = bound(self.socket(), self.address, next(numbers))
        return patient(here), peer()


def patient(made):
    """It blocks in the kernel, but not for ever."""
    made.settimeout(None)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", PATIENCE, 0))
    return made


def send(made, *wanted, flags=0):
    """Each wanted is a message's data, address and control; what the call says,
    and the lengths it noted."""
    messages = Messages(len(wanted))
    for index, one in enumerate(wanted):
        messages.fill(index, *one)
    said = call(libc.sendmmsg, made.fileno(), messages.array, len(wanted), flags)
    return said, [one.length for one in messages.array]


def receive(made, count, flags=0, timeout=None, room=ROOM):
    """What the call says, and the messages."""
    messages = Messages(count)
    for index in range(count):
        messages.fill(index, bytes(room), bytes(16), bytes(64))
    limit = ctypes.create_string_buffer(struct.pack("ll", *timeout)) if timeout else None
    said = call(libc.recvmmsg, made.fileno(), messages.array, count, flags, limit)
    return said, messages


def texts(said, messages):
    return [messages.data(index) for index in range(said if isinstance(said, int) else 0)]


def to(made):
    return address_struct(*made.getsockname())


def sent_together(stack):
    here, there = stack.pair()
    other = peer()
    point_is("sendmmsg: messages to two peers", send(
        here, (b"one", to(there)), (b"two!", to(other)), (b"", to(there)),
        (b"four", to(other))), (4, [3, 4, 0, 4]))
    point_is("the one has its messages", [there.recv(10), there.recv(10)], [b"one", b""])
    point_is("and the other", [other.recv(10), other.recv(10)], [b"two!", b"four"])
    here.connect(there.getsockname())
    point_is("of a connected socket", send(here, (b"to the peer",),
                                           (b"to another", to(other))), (2, [11, 10]))
    point_is("to its peer", there.recv(20), b"to the peer")
    point_is("and to whom is named", other.recv(20), b"to another")
    point_is("none at all", send(here), (0, []))


def faults_between(stack):
    here, there = stack.pair()
    good, bad = (b"good", to(there)), (b"bad", address_struct(NO_WAY, 9))
    point_is("what is before a fault goes out", send(here, good, good, bad, good),
             (2, [4, 4, 0, 0]))
    point_is("a fault of the first is told", send(here, bad, good), ("ENETUNREACH", [0, 0]))
    point_is("nothing else is sent",
             [there.recv(10), there.recv(10), send(here, (b"end", to(there)))[0],
              there.recv(10)], [b"good", b"good", 1, b"end"])


def received_together(stack):
    here, there = stack.pair()
    for data in b"first", b"", b"third":
        there.sendto(data, here.getsockname())
    said, messages = receive(here, 3)
    point_is("recvmmsg waits for all of them", texts(said, messages),
             [b"first", b"", b"third"])
    names = {ctypes.string_at(one.name, one.name_length) for one in messages.array}
    point_is("each with its sender", names, {to(there)})
    point_is("nothing is there", receive(here, 2, MSG_DONTWAIT)[0], "EAGAIN")
    there.sendto(b"a", here.getsockname())
    there.sendto(b"b", here.getsockname())
    point_is("without waiting: what is there", texts(*receive(here, 5, MSG_DONTWAIT)),
             [b"a", b"b"])
    there.sendto(b"alone", here.getsockname())
    point_is("MSG_WAITFORONE waits for one", texts(*receive(here, 5, MSG_WAITFORONE)),
             [b"alone"])
    for data in b"x", b"y", b"z":
        there.sendto(data, here.getsockname())
    point_is("MSG_PEEK sees the first each time", texts(*receive(here, 2, MSG_PEEK)),
             [b"x", b"x"])
    point_is("a time that is over ends the call after a message",
             texts(*receive(here, 3, timeout=(0, 1))), [b"x"])
    point_is("the others stay", texts(*receive(here, 2)), [b"y", b"z"])


def flags_of_each(stack):
    here, there = stack.pair()
    here.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    for ttl, data in (7, b"short"), (9, b"too long"), (11, b"short"):
        there.setsockopt(socket.IPPROTO_IP, IP_TTL, ttl)
        there.sendto(data, here.getsockname())
    said, messages = receive(here, 3, room=5)
    point_is("messages are cut each by itself", texts(said, messages),
             [b"short", b"too l", b"short"])
    point_is("and say so", [one.flags & MSG_TRUNC for one in messages.array],
             [0, MSG_TRUNC, 0])
    found = [struct.unpack_from("iii", ctypes.string_at(one.control, 20), 8)
             for one in messages.array]
    point_is("each has its ancillary data", found, [(0, IP_TTL, ttl) for ttl in (7, 9, 11)])


def control_of_each(stack):
    here, there = stack.pair()
    there.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)

    def with_ttl(ttl):
        control = struct.pack("Niiixxxx", 20, socket.IPPROTO_IP, IP_TTL, ttl)
        return b"x", to(there), control

    point_is("sendmmsg: ancillary data of each", send(here, with_ttl(5), with_ttl(6))[0], 2)
    ttls = [struct.unpack("i", there.recvmsg(10, 64)[1][0][2])[0] for _ in range(2)]
    point_is("is that of each", ttls, [5, 6])
    bad = b"x", to(there), struct.pack("Niiixxxx", 20, socket.IPPROTO_IP, IP_TTL, 256)
    point_is("a bad one is EINVAL", send(here, bad)[0], "EINVAL")


def streams(stack):
    enter(right)
    listener = bound(make(socket.AF_INET, socket.SOCK_STREAM, 0), PEER)
    listener.listen(1)
    here = stack.socket(socket.SOCK_STREAM)
    here.connect(listener.getsockname())
    there, _ = listener.accept()
    patient(here)
    point_is("a stream: parts in one call", send(here, (b"one ",), (b"two ",), (b"three",)),
             (3, [4, 4, 5]))
    point_is("go one behind the other", receive_all(there, 13), b"one two three")
    there.sendall(b"abcdefgh")
    await_arrival(here, 8)
    point_is("and are read in pieces", texts(*receive(here, 2, room=3)), [b"abc", b"def"])
    point_is("the last is what there is",
             texts(*receive(here, 3, MSG_WAITFORONE, room=8)), [b"gh"])
    there.close()
    readable(here)
    point_is("and then the end, as often as asked for", texts(*receive(here, 2)), [b"", b""])


def bad_calls(stack):
    here, there = stack.pair()
    point_is("sendmmsg of bad memory", call(libc.sendmmsg, here.fileno(), None, 1, 0),
             "EFAULT")
    there.sendto(b"x", here.getsockname())
    point_is("recvmmsg of bad memory", call(libc.recvmmsg, here.fileno(), None, 1, 0, None),
             "EFAULT")
    point_is("a time that is none", receive(here, 1, timeout=(0, -1))[0], "EINVAL")


run_on_stacks(Messengers, (sent_together, faults_between, received_together,
                           flags_of_each, control_of_each, streams, bad_calls))
finish()
