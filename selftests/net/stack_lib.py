# SPDX-License-Identifier: GPL-2.0
"""For tests that run on the kernel's own stack and on Twin beside it, in the left
namespace; where Twin is not under test, on the kernel's alone."""
import socket

from twin_lib import (AF_TWIN, ON_TWIN, OURS, PEER, add_address, bound, enter, left,
                      make, prefix, right, run_tests, set_up)

KERNEL = "10.7.0.3"             # of the kernel's own stack beside Twin's


class Stack:
    """One of the two."""

    def __init__(self, family, address):
        self.family, self.address = family, address

    def socket(self, kind=socket.SOCK_DGRAM):
        enter(left)
        return make(self.family, kind, 0)


def peer():
    """A socket of datagrams on the other side."""
    enter(right)
    return bound(make(socket.AF_INET, socket.SOCK_DGRAM, 0), PEER)


def run_on_stacks(kind, tests):
    """Each test gets an object of that kind of Stack, for one after the other."""
    set_up()
    stacks = [kind(socket.AF_INET, KERNEL if ON_TWIN else OURS)]
    if ON_TWIN:
        add_address(left, KERNEL, family=socket.AF_INET)
        stacks.append(kind(AF_TWIN, OURS))
    for each in stacks:
        prefix[0] = "AF_TWIN: " if each.family == AF_TWIN else "AF_INET: "
        run_tests(tests, each)
