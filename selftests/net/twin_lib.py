# SPDX-License-Identifier: GPL-2.0
"""For the Python tests: two namespaces joined by a veth pair, sockets of either
stack in either of them from one process, and points in TAP.

The left namespace has 10.7.0.1/24 on Twin and is "ours"; the right one has
10.7.0.2/24 on the kernel's own stack and is "the peer".

With TWIN_TEST_FAMILY=inet in the environment "ours" is the kernel's own stack
as well: what a test claims of Twin must then hold of AF_INET, which shows that
the test is right. Points that are about Twin alone are skipped.
"""
import contextlib
import ctypes
import errno
import faulthandler
import os
import select
import socket
import subprocess
import sys
import time

AF_TWIN = 18
ON_TWIN = os.environ.get("TWIN_TEST_FAMILY", "twin") != "inet"
AF_OURS = AF_TWIN if ON_TWIN else socket.AF_INET
OURS = "10.7.0.1"
PEER = "10.7.0.2"
NOBODY = "10.7.0.77"
BROADCAST = "10.7.0.255"
PATIENCE = 60  # seconds; only a failure waits so long

libc = ctypes.CDLL(None, use_errno=True)
count = [0, 0]
prefix = [""]


#
# Points
#

def point(name, holds, why=""):
    """One line of TAP; returns whether it held."""
    count[0] += 1
    count[1] += not holds
    print("%sok %d %s%s" % ("" if holds else "not ", count[0], prefix[0], name))
    if not holds and str(why):
        print("# " + str(why).replace("\n", "\n# "))
    sys.stdout.flush()
    return bool(holds)


def point_is(name, got, wanted):
    return point(name, got == wanted, "got %r, wanted %r" % (got, wanted))


def skip(name, why):
    count[0] += 1
    print("ok %d %s%s # SKIP %s" % (count[0], prefix[0], name, why))


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


def still_going():
    """A test is given time anew: it says where it was when that has passed."""
    faulthandler.dump_traceback_later(PATIENCE * 4, exit=True)


def run_tests(tests, *arguments):
    """Each test on its own: one that raises is a point that does not hold. One
    that never ends is killed, and says where it was."""
    for test in tests:
        begin = time.monotonic()
        still_going()
        try:
            test(*arguments)
        except Exception as error:
            point(test.__name__.replace("_", " "), False,
                  "%s at line %s: %s" % (type(error).__name__, line_of(error),
                                         error))
        faulthandler.cancel_dump_traceback_later()
        print("# %s%s: %.1f s" % (prefix[0], test.__name__,
                                  time.monotonic() - begin))


def line_of(error):
    """The line of the test itself in which an error was raised."""
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_globals["__name__"] == "__main__":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def finish():
    print("1..%d" % count[0])
    tear_down()
    sys.exit(1 if count[1] else 0)


#
# Namespaces
#

def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


left, right = "left-%d" % os.getpid(), "right-%d" % os.getpid()


def tool(family):
    """What configures a stack: both tools know the same words."""
    return "twin" if family == AF_TWIN else "ip"


def add_address(namespace, address, device="eth0", family=AF_OURS):
    run(tool(family), "-n", namespace, "addr", "add", address + "/24",
        "broadcast", address.rsplit(".", 1)[0] + ".255", "dev", device)


def add_neighbour(namespace, address, mac, device="eth0", family=AF_OURS,
                  state="permanent"):
    run(tool(family), "-n", namespace, "neigh", "add", address, "lladdr", mac,
        "nud", state, "dev", device)


def load_module():
    if ON_TWIN and not os.path.isdir("/sys/module/twin"):
        run("insmod", os.environ.get("TWIN_KO", "twin.ko"))


def add_link(device):
    """A veth pair between the two namespaces, up on both sides. The side that is up
    first drops what it sends until the kernel has acted upon its carrier."""
    run("ip", "-n", left, "link", "add", device, "type", "veth",
        "peer", "name", device, "netns", right)
    for name in (left, right):
        run("ip", "-n", name, "link", "set", device, "up")
    for name in (left, right):
        while not is_up(name, device):
            time.sleep(0.01)


def is_up(namespace, device):
    """Whether the device's queue takes packets."""
    said = subprocess.run(["ip", "-n", namespace, "-o", "link", "show", "dev", device],
                          check=True, capture_output=True, text=True).stdout
    return "state UP" in said


def set_up():
    load_module()
    for name in (left, right):
        run("ip", "netns", "add", name)
        run("ip", "netns", "exec", name, "sh", "-c",
            "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 || :")
        run("ip", "-n", name, "link", "set", "lo", "up")
    add_link("eth0")
    add_address(right, PEER, family=socket.AF_INET)
    add_address(left, OURS)


def tear_down():
    """What was closed just now ends at once: its FIN may have no answer any more, and
    would keep namespace and module for 100 seconds."""
    if ON_TWIN:
        with contextlib.suppress(OSError):
            setting("tcp_orphan_retries", 1)
    for name in (left, right):
        subprocess.run(["ip", "netns", "del", name], check=False)


def enter(name):
    with open("/run/netns/" + name, "rb") as namespace:
        if libc.setns(namespace.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")


def counters(name, family=AF_OURS):
    """All counters of a namespace's stack, by nstat's names."""
    enter(name)
    return counters_here(family)


def counters_here(family=AF_OURS):
    """Those of the namespace that this thread is in."""
    folder = "/proc/thread-self/net/" + ("twin/" if family == AF_TWIN else "")
    found = {}
    for file in ("snmp", "netstat"):
        with open(folder + file, encoding="ascii") as text:
            lines = [line.split() for line in text]
        for names, values in zip(lines[::2], lines[1::2]):
            group = names[0].rstrip(":")
            found.update(zip([group + one for one in names[1:]],
                             map(int, values[1:])))
    return found


def setting(name, value):
    """Of our stack, in the left namespace."""
    enter(left)
    folder = "twin" if ON_TWIN else "ipv4"
    with open("/proc/sys/net/%s/%s" % (folder, name), "w",
              encoding="ascii") as file:
        file.write(str(value))


#
# Sockets
#

def make(family, kind, protocol):
    fd = libc.socket(family, kind | socket.SOCK_CLOEXEC, protocol)
    if fd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    made = socket.socket(socket.AF_INET, kind, protocol, fileno=fd)
    made.settimeout(PATIENCE)
    return made


def send_in_vain(made, data, port):
    """To NOBODY: nothing is heard of it, or that there has just been no answer."""
    try:
        made.sendto(data, (NOBODY, port))
    except OSError as error:
        if error.errno != errno.EHOSTUNREACH:
            raise


def bound(made, address="0.0.0.0", port=0):
    made.bind((address, port))
    return made


def error_at_once(made, function, *arguments):
    """The same as error_of() for a call that must not wait."""
    made.settimeout(0)
    result = error_of(function, *arguments)
    made.settimeout(PATIENCE)
    return result


def readable(made, seconds=PATIENCE):
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
