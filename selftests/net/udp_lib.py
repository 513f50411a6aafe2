# SPDX-License-Identifier: GPL-2.0
"""For the datagram tests: two namespaces joined by a veth pair, sockets of
either stack in either of them from one process, and points in TAP.

The left namespace has 10.7.0.1/24 on Twin and is "ours"; the right one has
10.7.0.2/24 on the kernel's own stack and is "the peer".
"""
import ctypes
import errno
import os
import select
import socket
import struct
import subprocess
import sys

AF_TWIN = 18
OURS = "10.7.0.1"
PEER = "10.7.0.2"
NOBODY = "10.7.0.77"
BROADCAST = "10.7.0.255"

# Numbers that Python's socket module does not have.
IP_RECVERR, IP_RECVTTL, IP_RECVTOS, IP_PKTINFO = 11, 12, 13, 8
IP_MTU_DISCOVER, IP_MTU = 10, 14
IP_RECVORIGDSTADDR = 20
UDP_CORK, UDP_SEGMENT, UDP_GRO = 1, 103, 104
SO_EE_ORIGIN_LOCAL, SO_EE_ORIGIN_ICMP = 1, 2
MSG_ERRQUEUE, MSG_MORE = 0x2000, 0x8000

libc = ctypes.CDLL(None, use_errno=True)
count = [0, 0]


def point(name, holds, why=""):
    """One line of TAP; returns whether it held."""
    count[0] += 1
    count[1] += not holds
    print("%sok %d %s" % ("" if holds else "not ", count[0], name))
    if not holds and str(why):
        print("# " + str(why).replace("\n", "\n# "))
    sys.stdout.flush()
    return bool(holds)


def point_is(name, got, wanted):
    return point(name, got == wanted, "got %r, wanted %r" % (got, wanted))


def skip(name, why):
    count[0] += 1
    print("ok %d %s # SKIP %s" % (count[0], name, why))


def attempt(name, function):
    """The point holds when function() does not raise; it may return False."""
    try:
        result = function()
    except Exception as error:  # a point must never take the others along
        return point(name, False, "%s: %s" % (type(error).__name__, error))
    return point(name, result is not False, result)


def error_of(function, *arguments):
    """errno of a call that is expected to fail, 0 if it does not."""
    try:
        function(*arguments)
    except OSError as error:
        return error.errno
    return 0


def finish():
    print("1..%d" % count[0])
    tear_down()
    sys.exit(1 if count[1] else 0)


def error_at_once(made, function, *arguments):
    """The same for a call that must not wait."""
    made.settimeout(0)
    result = error_of(function, *arguments)
    made.settimeout(60)
    return result


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


left, right = "left-%d" % os.getpid(), "right-%d" % os.getpid()


def set_up():
    if not os.path.isdir("/sys/module/twin"):
        run("insmod", os.environ.get("TWIN_KO", "twin.ko"))
    for name in (left, right):
        run("ip", "netns", "add", name)
        run("ip", "-n", name, "link", "set", "lo", "up")
    run("ip", "-n", left, "link", "add", "eth0", "type", "veth",
        "peer", "name", "eth0", "netns", right)
    for name in (left, right):
        run("ip", "-n", name, "link", "set", "eth0", "up")
    run("ip", "-n", right, "addr", "add", PEER + "/24",
        "broadcast", BROADCAST, "dev", "eth0")
    run("twin", "-n", left, "addr", "add", OURS + "/24",
        "broadcast", BROADCAST, "dev", "eth0")


def tear_down():
    for name in (left, right):
        subprocess.run(["ip", "netns", "del", name], check=False)


def enter(name):
    with open("/run/netns/" + name, "rb") as namespace:
        if libc.setns(namespace.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")


def make(family, kind, protocol):
    fd = libc.socket(family, kind | socket.SOCK_CLOEXEC, protocol)
    if fd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    made = socket.socket(socket.AF_INET, kind, protocol, fileno=fd)
    made.settimeout(60)
    return made


def ours(kind=socket.SOCK_DGRAM, protocol=0):
    """A socket of Twin's in the left namespace."""
    enter(left)
    return make(AF_TWIN, kind, protocol)


def theirs(kind=socket.SOCK_DGRAM, protocol=0):
    """A socket of the kernel's stack in the right namespace."""
    enter(right)
    return make(socket.AF_INET, kind, protocol)


def bound(made, address="0.0.0.0", port=0):
    made.bind((address, port))
    return made


def readable(made, seconds=60):
    """Waits for data or an error; says poll()'s bits."""
    poller = select.poll()
    poller.register(made, select.POLLIN)
    events = poller.poll(seconds * 1000)
    return events[0][1] if events else 0


def quiet(made):
    """Nothing is there and, after a later datagram, nothing has come before.

    The caller sends the later datagram, so that no clock is needed.
    """
    return error_at_once(made, made.recv, 1) == errno.EAGAIN


def ancillary(messages, level, kind):
    for found_level, found_kind, data in messages:
        if (found_level, found_kind) == (level, kind):
            return data
    return None


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
