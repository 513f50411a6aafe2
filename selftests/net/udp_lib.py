# SPDX-License-Identifier: GPL-2.0
"""For the datagram tests: sockets of datagrams on top of twin_lib, and the
numbers that Python's socket module does not have."""
import socket
import struct

# Passed on to the tests.
from twin_lib import (AF_OURS, AF_TWIN, BROADCAST, NOBODY, OURS, PEER,
                      ancillary, attempt, bound, enter, error_at_once,
                      error_of, finish, left, libc, make, point, point_is,
                      quiet, readable, right, run, set_up, skip)

__all__ = ["AF_TWIN", "BROADCAST", "NOBODY", "OURS", "PEER", "ancillary",
           "attempt", "bound", "enter", "error_at_once", "error_of", "finish",
           "left", "libc", "make", "point", "point_is", "quiet", "readable",
           "right", "run", "set_up", "skip"]

IP_RECVERR, IP_RECVTTL, IP_RECVTOS, IP_PKTINFO = 11, 12, 13, 8
IP_MTU_DISCOVER, IP_MTU = 10, 14
IP_RECVORIGDSTADDR = 20
UDP_CORK, UDP_SEGMENT, UDP_GRO = 1, 103, 104
SO_EE_ORIGIN_LOCAL, SO_EE_ORIGIN_ICMP = 1, 2
MSG_ERRQUEUE, MSG_MORE = 0x2000, 0x8000


def ours(kind=socket.SOCK_DGRAM, protocol=0):
    """A socket of Twin's in the left namespace."""
    enter(left)
    return make(AF_OURS, kind, protocol)


def theirs(kind=socket.SOCK_DGRAM, protocol=0):
    """A socket of the kernel's stack in the right namespace."""
    enter(right)
    return make(socket.AF_INET, kind, protocol)


def extended_error(made):
    """One entry of the error queue: data, address, errno, origin, type, code,
    info, offender."""
    data, messages, flags, address = made.recvmsg(2048, 512, MSG_ERRQUEUE)
    cmsg = ancillary(messages, socket.IPPROTO_IP, IP_RECVERR)
    err, origin, kind, code, _, info, _ = struct.unpack_from("IBBBBII", cmsg)
    offender = socket.inet_ntoa(cmsg[20:24])
    return {"data": data, "address": address, "errno": err, "origin": origin,
            "type": kind, "code": code, "info": info, "offender": offender,
            "flags": flags}
