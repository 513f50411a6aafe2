#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug
# timeout: 400
"""A link that loses one ARP packet in five. Datagrams wait for the answer, on
either stack, and Twin may lose none that AF_INET keeps. The neighbours are this
script: what is lost is drawn beforehand, and is the same for both."""
import errno
import os
import random
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from twin_lib import (AF_TWIN, ON_TWIN, PATIENCE, add_address, enter, error_of,  # noqa: E402
                      finish, left, make, point, point_is, readable, right, set_up,
                      skip)
from wire_lib import ETH_P_ALL, SO_RCVBUFFORCE, mac_of  # noqa: E402

IP_RECVERR, SO_SNDBUFFORCE = 11, 32
KERNEL = "10.7.0.3"             # of the kernel's own stack, beside Twin's
NETS = {socket.AF_INET: 100, AF_TWIN: 150}      # their neighbours' first numbers
NEIGHBOURS, BURST, ASKED = 40, 5, 3
LOSS = 0.2
MANY = 1000                     # more than any queue takes


def attempts_needed(number):
    """How often the neighbour has to be asked until an answer comes through."""
    draw, attempts = random.Random(number), 1
    while min(draw.random(), draw.random()) < LOSS:
        attempts += 1
    return attempts


class Wire:
    """The neighbours' end: answers when it is told to, and keeps what comes."""

    def __init__(self):
        self.mac = mac_of(right)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self.socket.bind(("eth0", ETH_P_ALL))
        self.asked, self.got = {}, {}

    def answer(self, address, asker):
        self.socket.send(struct.pack(
            "!6s6sHHHBBH6s4s6s4s", asker[:6], self.mac, 0x806, 1, 0x800, 6, 4, 2,
            self.mac, socket.inet_aton(address), asker[:6], asker[6:]))

    def hear(self, frame, needed):
        """A request is answered once there were so many; a datagram is noted."""
        if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\1":
            address = socket.inet_ntoa(frame[38:42])
            if address in needed:
                self.asked[address] = self.asked.get(address, 0) + 1
                if self.asked[address] >= needed[address]:
                    self.answer(address, frame[22:32])
        elif frame[12:14] == b"\x08\0" and frame[23] == socket.IPPROTO_UDP:
            address = socket.inet_ntoa(frame[30:34])
            self.got.setdefault(address, []).append(frame[42:46])

    def listen(self, needed, enough):
        """Until enough() or nothing comes any more; says whether it was enough."""
        deadline = time.monotonic() + PATIENCE
        while not enough() and time.monotonic() < deadline:
            if readable(self.socket, 0.2):
                frame, address = self.socket.recvfrom(2048)
                if address[2] != socket.PACKET_OUTGOING:
                    self.hear(frame, needed)
        return enough()


def name(family):
    return "Twin" if family == AF_TWIN else "AF_INET"


def sender(family):
    enter(left)
    made = make(family, socket.SOCK_DGRAM, 0)
    made.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 8 << 20)
    made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    return made


def send(made, numbers):
    """What is told of earlier ones does not keep a datagram from going."""
    for number in numbers:
        for _ in range(2 * BURST):
            if error_of(made.send, struct.pack("!I", number)) != errno.EHOSTUNREACH:
                break


def failure(made):
    """Whether the socket has heard that nobody answered; asks for no more."""
    return made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.EHOSTUNREACH


def lossy(wire, family):
    """What arrived of each neighbour's two bursts; the second follows the first
    one's end, whichever way that was."""
    addresses = ["10.7.0.%d" % (NETS[family] + number) for number in range(NEIGHBOURS)]
    needed = {address: attempts_needed(number)
              for number, address in enumerate(addresses)}
    socks, failed = {}, set()
    for address in addresses:
        socks[address] = sender(family)
        socks[address].connect((address, 9))
        send(socks[address], range(BURST))

    def settled():
        for address in set(addresses) - failed:
            if len(wire.got.get(address, ())) < BURST and failure(socks[address]):
                failed.add(address)
                send(socks[address], range(BURST, 2 * BURST))
        return all(len(wire.got.get(address, ())) >= BURST for address in addresses)

    point("%s: in the end all neighbours are reached" % name(family),
          wire.listen(needed, settled),
          {address: (needed[address], wire.asked.get(address), wire.got.get(address))
           for address in addresses if len(wire.got.get(address, ())) < BURST})
    return [wire.got.get(address, []) for address in addresses]


def overflow(wire, family):
    """How many datagrams wait for one neighbour, and which."""
    address = "10.7.0.%d" % (NETS[family] + NEIGHBOURS)
    made = sender(family)
    made.connect((address, 9))
    send(made, range(MANY))
    last = struct.pack("!I", MANY - 1)
    point("%s: the newest that waits is kept" % name(family), wire.listen(
        {address: 1}, lambda: last in wire.got.get(address, ())))
    got = [struct.unpack("!I", data)[0] for data in wire.got[address]]
    # what was sent after the answer did not wait: so the answer comes last
    point_is("%s: and those before it, in their order" % name(family), got,
             sorted(got))
    return len(got)


if not ON_TWIN:
    skip("ARP that is lost", "compares both stacks by itself")
    print("1..1")
    sys.exit(0)
set_up()
add_address(left, KERNEL, family=socket.AF_INET)
end = Wire()
drawn = [attempts_needed(number) for number in range(NEIGHBOURS)]
point("some are asked twice, some oftener than %d times" % ASKED,
      drawn.count(2) and max(drawn) > ASKED, drawn)
kept = {family: lossy(end, family) for family in NETS}
point_is("what waited for an answer that came has arrived, in its order",
         [data for data, attempts in zip(kept[AF_TWIN], drawn) if attempts <= ASKED],
         [[struct.pack("!I", number) for number in range(BURST)]
          for attempts in drawn if attempts <= ASKED])
point("Twin loses nothing that AF_INET keeps",
      all(set(inet) <= set(twin) for inet, twin in zip(*(kept[family] for family in NETS))),
      kept)
counts = {family: overflow(end, family) for family in NETS}
point("nor where more waits than there is room for", counts[AF_TWIN] >= counts[socket.AF_INET],
      counts)
print("# of %d that wait are kept: %s" % (MANY, {name(family): count
                                                for family, count in counts.items()}))
finish()
