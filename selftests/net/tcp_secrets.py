#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug
# module: self
"""The secrets that first numbers and ports come from are drawn anew when the module
is loaded: RFC 6528 section 3, RFC 6056 section 3.4."""
import socket
import subprocess
import time

import twin_lib
from tcp_lib import KERNEL, US, await_equal, outcome_of, set_up
from twin_lib import OURS, add_address, enter, finish, left, point, right, run_tests
from wire_lib import Wire

FIRST, LAST = 1024, 65535
PORTS = LAST - FIRST + 1


def load_again():
    await_equal(lambda: subprocess.run(["rmmod", "twin"], capture_output=True,
                                       check=False).returncode, 0)
    twin_lib.load_module()
    add_address(left, OURS)


def number_less_clock(wire, target, port):
    """What the keyed hash adds to the clock of 64 ns: (least, most), mod 2^32."""
    with US.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind((OURS, port))
        before = time.time_ns()
        outcome_of(client.connect, target)
        after = time.time_ns()
    syn = wire.find(lambda one: one.source == (OURS, port) and one.flags == "S")
    del wire.seen[:]
    return (syn.seq - (after >> 6)) % 2**32, (syn.seq - (before >> 6)) % 2**32


def agree(one, other):
    """Do two ranges, each far shorter than half of the numbers, have one in common?"""
    return (other[1] - one[0]) % 2**32 < 2**31 and (one[1] - other[0]) % 2**32 < 2**31


def first_numbers():
    targets = KERNEL.closed_port(), KERNEL.closed_port()

    def measured():
        with Wire(right) as wire:
            return [number_less_clock(wire, target, 7200) for target in targets]

    earlier, again = measured(), measured()
    point("as long as the module lives, numbers of the same ends follow the clock",
          all(map(agree, earlier, again)), (earlier, again))
    load_again()
    later = measured()
    point("the next one's come from another secret", not any(map(agree, earlier, later)),
          (earlier, later))


def chosen(count=24):
    """The first port to each of some hosts, none of which is there."""
    enter(left)
    with open("/proc/sys/net/twin/ip_local_port_range", "w", encoding="ascii") as file:
        file.write("%d %d" % (FIRST, LAST))
    found = []
    for host in range(count):
        with US.socket() as client:
            client.setblocking(False)
            client.connect_ex(("10.7.0.%d" % (100 + host), 9))
            found.append(client.getsockname()[1])
    return found


def near(one, other):
    gap = (one - other) % PORTS
    return min(gap, PORTS - gap) <= 2**14


def ports():
    earlier, again = chosen(), chosen()
    point("as long as the module lives, ports to a host lie together",
          all(map(near, earlier, again)), (earlier, again))
    load_again()
    later = chosen()
    point("the next one's lie elsewhere", not all(map(near, earlier, later)),
          (earlier, later))


set_up()
run_tests([first_numbers, ports])
finish()
