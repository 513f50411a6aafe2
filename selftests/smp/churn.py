# SPDX-License-Identifier: GPL-2.0
"""For the tests in which everything comes and goes at the same time: what does
so whatever the transport is. Each part is a bounded number of rounds."""
import ctypes
import errno
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../net"))
from udp_lib import (OURS, PEER, enter, left, libc, ours, point, right, run)  # noqa: E402

# Of what starts programs; on one processor they only follow each other.
ROUNDS = 20 if os.cpu_count() > 1 else 10
BURSTS = 200                    # of what only makes system calls
SECOND = "10.7.0.3"             # an address of eth0 that comes and goes
SYS_DELETE_MODULE = 176
TABLES = ("tcp", "udp", "snmp", "netstat", "arp", "route", "sockstat")


def child(work, *arguments):
    """Starts work in a process; returns its name and pid."""
    words = [getattr(one, "__name__", str(one)) for one in (work,) + arguments]
    name = " ".join(words).replace("_", " ")
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


def devices(traffic):
    """A device with an address and traffic ends; often its link goes first.
    traffic(namespace, network) is between .1, Twin's, .2 and .77, nobody's."""
    for number in range(ROUNDS):
        run("ip", "-n", left, "link", "add", "eth8", "type", "veth",
            "peer", "name", "eth8", "netns", right)
        run("ip", "-n", right, "addr", "add", "10.8.0.2/24", "dev", "eth8")
        run("ip", "-n", right, "link", "set", "eth8", "up")
        run("ip", "-n", left, "link", "set", "eth8", "up")
        twin("addr", "add", "10.8.0.1/24", "dev", "eth8")
        traffic(left, "10.8.0")
        if number % 2:
            run("ip", "-n", left, "link", "set", "eth8", "down")
        run("ip", "-n", left if number % 3 else right, "link", "del", "eth8")


def namespaces(traffic):
    """A namespace ends with addresses, neighbours and traffic under way."""
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
        traffic(name, "10.9.0")
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


def all_at_once(*works):
    """Each work is a function and its arguments. The module must stay meanwhile."""
    holder = ours()
    started = [child(*work) for work in works + (
        (address_of_a_living_device,), (routes_and_neighbours,), (readers,),
        (attempts_to_unload,))]
    for name, pid in started:
        point(name, os.waitpid(pid, 0)[1] == 0)
    holder.close()


def unload_in_the_end():
    """A datagram that waits for ARP holds its socket, which holds the module; so does a
    FIN to a peer that is gone, for the 102 seconds of eight retries."""
    for _ in range(1500):
        error = unload()
        if error not in (errno.EBUSY, errno.EAGAIN):
            break
        time.sleep(0.1)
    if error:
        raise OSError(error, "unloading the module")


def unload_under_traffic(flood):
    """With addresses configured and datagrams arriving, but no socket open.
    flood() does not end by itself."""
    _, pid = child(flood)
    for _ in range(ROUNDS):
        unload_in_the_end()
        run("insmod", os.environ["TWIN_KO"])
        twin("addr", "add", OURS + "/24", "dev", "eth0")
    os.kill(pid, 9)
    os.waitpid(pid, 0)
