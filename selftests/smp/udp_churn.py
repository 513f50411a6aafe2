#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: smp debug
# timeout: 900
# module: self
"""Everything that can come or go does so at the same time, on all processors,
while datagrams for all of it arrive: sockets, addresses, routes, neighbours,
devices, namespaces, readers of the tables, and attempts to unload the module.
The kernel's own checks are the judges (panic_on_warn; KASAN and lockdep in the
debug bed); the points say that the work was done and that the stack works on."""
import ctypes
import errno
import os
import random
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../net"))
from udp_lib import (OURS, PEER, attempt, bound, enter, error_of, finish,  # noqa: E402
                     left, libc, make, ours, point, right, run, set_up, theirs,
                     AF_TWIN)

ROUNDS = 20                     # of what starts programs
BURSTS = 200                    # of what only makes system calls
SECOND = "10.7.0.3"             # an address of eth0 that comes and goes
PORTS = range(7400, 7408)
SYS_DELETE_MODULE = 176
TABLES = ("tcp", "udp", "snmp", "netstat", "arp", "route", "sockstat")


def child(work, *arguments):
    """Starts work in a process; returns its name and pid."""
    name = " ".join([work.__name__.replace("_", " ")] + [str(one) for one in arguments])
    pid = os.fork()
    if pid:
        return name, pid
    status = 1
    try:
        random.seed(os.getpid())
        work(*arguments)
        status = 0
    except BaseException as error:  # the parent must hear of everything
        print("# %s: %s: %s" % (name, type(error).__name__, error), flush=True)
    os._exit(status)


def twin(*words):
    run("twin", "-n", left, *words)


def datagrams_from_the_peer():
    """More than anybody reads, to addresses that may not be there just now."""
    sender = bound(theirs())
    targets = [OURS, SECOND] + ["10.%d.0.1" % net for net in (8, 9)]
    for _ in range(BURSTS):
        for target in targets:
            data = os.urandom(random.choice((1, 100, 3000)))
            error_of(sender.sendto, data, (target, random.choice(PORTS)))


def datagrams_inside():
    sender = ours()
    for _ in range(BURSTS * 4):
        target = random.choice((OURS, SECOND, "127.0.0.1"))
        error_of(sender.sendto, b"inside", (target, random.choice(PORTS)))


def sockets(_):
    """Opened, bound, connected, disconnected, used and closed."""
    unspec = ctypes.create_string_buffer(16)
    for _ in range(BURSTS):
        one = ours()
        one.settimeout(0)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        address = random.choice((OURS, SECOND, "0.0.0.0"))
        error_of(one.bind, (address, random.choice(PORTS)))
        if random.random() < 0.5:
            error_of(one.connect, (PEER, random.choice(PORTS)))
            error_of(one.send, b"x" * random.choice((1, 3000)))
        if random.random() < 0.3:
            libc.connect(one.fileno(), unspec, 16)
        error_of(one.recv, 4000)
        one.close()


def address_of_a_living_device():
    for _ in range(ROUNDS):
        twin("addr", "add", SECOND + "/24", "dev", "eth0")
        twin("addr", "del", SECOND + "/24", "dev", "eth0")


def routes_and_neighbours():
    for _ in range(ROUNDS):
        twin("route", "add", "10.99.0.0/16", "via", PEER, "dev", "eth0")
        twin("neigh", "replace", "10.7.0.200", "lladdr", "02:00:00:00:00:01", "dev", "eth0")
        twin("neigh", "del", "10.7.0.200", "dev", "eth0")
        twin("route", "del", "10.99.0.0/16")


def devices():
    """A device with an address and traffic ends; often its link goes first."""
    for number in range(ROUNDS):
        run("ip", "-n", left, "link", "add", "eth8", "type", "veth",
            "peer", "name", "eth8", "netns", right)
        run("ip", "-n", right, "addr", "add", "10.8.0.2/24", "dev", "eth8")
        run("ip", "-n", right, "link", "set", "eth8", "up")
        run("ip", "-n", left, "link", "set", "eth8", "up")
        twin("addr", "add", "10.8.0.1/24", "dev", "eth8")
        sender = ours()
        for _ in range(20):
            error_of(sender.sendto, b"x", ("10.8.0.2", 9))
            error_of(sender.sendto, b"x", ("10.8.0.77", 9))    # waits for ARP
        if number % 2:
            run("ip", "-n", left, "link", "set", "eth8", "down")
        run("ip", "-n", left if number % 3 else right, "link", "del", "eth8")


def namespaces():
    """A namespace ends with addresses, neighbours and datagrams under way."""
    name = "short-%d" % os.getpid()
    for number in range(ROUNDS):
        peer = "peer%d" % number    # the last one may not be gone yet
        run("ip", "netns", "add", name)
        run("ip", "-n", name, "link", "add", "eth9", "type", "veth",
            "peer", "name", peer, "netns", right)
        run("ip", "-n", right, "addr", "add", "10.9.0.2/24", "dev", peer)
        run("ip", "-n", right, "link", "set", peer, "up")
        run("ip", "-n", name, "link", "set", "eth9", "up")
        run("twin", "-n", name, "addr", "add", "10.9.0.1/24", "dev", "eth9")
        enter(name)
        sender = make(AF_TWIN, socket.SOCK_DGRAM, 0)
        for _ in range(20):
            error_of(sender.sendto, b"x", ("10.9.0.2", 9))
            error_of(sender.sendto, b"x", ("10.9.0.1", 9))     # loopback
            error_of(sender.sendto, b"x", ("10.9.0.77", 9))
        sender.close()
        enter(right)
        run("ip", "netns", "del", name)


def readers():
    enter(left)
    for _ in range(ROUNDS * 2):
        for table in TABLES:
            with open("/proc/net/twin/" + table, encoding="ascii") as lines:
                lines.read()
        subprocess.run(["twin", "-n", left, "neigh"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["ip", "neigh", "flush", "all"], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def unload():
    """errno of unloading the module now."""
    flags = os.O_NONBLOCK
    if libc.syscall(SYS_DELETE_MODULE, b"twin", flags) == 0:
        return 0
    return ctypes.get_errno()


def attempts_to_unload():
    for _ in range(BURSTS):
        error = unload()
        if error not in (errno.EBUSY, errno.EAGAIN):
            raise RuntimeError("unloading gave errno %d" % error)


def all_at_once():
    works = [(datagrams_from_the_peer,), (datagrams_inside,), (sockets, 1), (sockets, 2),
             (address_of_a_living_device,), (routes_and_neighbours,), (devices,),
             (namespaces,), (readers,), (attempts_to_unload,)]
    holder = ours()     # keeps the module in place
    started = [child(*work) for work in works]
    for name, pid in started:
        point(name, os.waitpid(pid, 0)[1] == 0)
    holder.close()


def still_works():
    server, client = bound(ours(), OURS, 7500), bound(theirs())
    client.sendto(b"still here", (OURS, 7500))
    return server.recv(100) == b"still here"


def flood():
    """Keeps datagrams coming until the parent is done with it."""
    sender = bound(theirs())
    for _ in range(10**6):
        error_of(sender.sendto, b"flood" * 300, (OURS, random.choice(PORTS)))


def unload_in_the_end():
    """A datagram that waits for ARP holds its socket, which holds the module."""
    for _ in range(600):
        error = unload()
        if error not in (errno.EBUSY, errno.EAGAIN):
            break
        time.sleep(0.1)
    if error:
        raise OSError(error, "unloading the module")


def unload_under_traffic():
    """With addresses configured and datagrams arriving, but no socket open."""
    _, pid = child(flood)
    for _ in range(ROUNDS):
        unload_in_the_end()
        run("insmod", os.environ["TWIN_KO"])
        twin("addr", "add", OURS + "/24", "dev", "eth0")
    os.kill(pid, 9)
    os.waitpid(pid, 0)


set_up()
all_at_once()
attempt("and the stack works on", still_works)
attempt("the module is unloaded while datagrams arrive", unload_under_traffic)
attempt("and loaded again it works", still_works)
finish()
