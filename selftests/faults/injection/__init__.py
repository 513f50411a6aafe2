# SPDX-License-Identifier: GPL-2.0
"""Allocations that fail on purpose, by the kernel's fault injection (see its
Documentation/fault-injection): those that are made below the module's code.

each_in_turn() lets the first, second, third ... allocation of a scenario fail
that the module makes for this thread, until there are no more. at_function()
lets those fail that are made below one function, in softirqs too.
"""
import errno
import itertools
import os
import re
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "net"))
import twin_lib  # noqa: E402
from twin_lib import point  # noqa: E402

FOLDERS = ["/sys/kernel/debug/" + name for name in ("failslab",
                                                    "fail_page_alloc")]
# What a call may say when there is no memory.
NO_MEMORY = {errno.ENOMEM, errno.ENOBUFS, errno.EAGAIN}
# Seconds until a datagram that does not come counts as lost.
SHORT, LONG = 0.5, 20
patience = [LONG]
MOST = 1000
total = [0]


def write(path, value):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))


def configure(**words):
    """Attributes of both kinds of injection; "_" stands for "-"."""
    for folder in FOLDERS:
        for name, value in words.items():
            path = os.path.join(folder, name.replace("_", "-"))
            if os.path.exists(path):
                write(path, value)


def available():
    return os.path.isdir(FOLDERS[0]) and os.path.exists(
        FOLDERS[0] + "/require-start")


def quiet(start=0, end=2**64 - 1):
    """Nothing fails but what fail-nth says, and only below that code."""
    configure(probability=0, interval=1, times=-1, space=0, verbose=0,
              task_filter="N", ignore_gfp_wait="N", min_order=0,
              stacktrace_depth=32, require_start=hex(start),
              require_end=hex(end))


def symbols():
    """The module's functions: (address, name), by address."""
    found = []
    with open("/proc/kallsyms", encoding="ascii") as lines:
        for line in lines:
            words = line.split()
            if words[-1] == "[twin]" and words[1] in "tT":
                found.append((int(words[0], 16), words[2]))
    return sorted(found)


def whole_module():
    found = symbols()
    quiet(found[0][0], found[-1][0] + 4096)


class Nth:
    """with Nth(3): the third allocation of this thread fails."""

    def __init__(self, number):
        self.path = "/proc/self/task/%d/fail-nth" % threading.get_native_id()
        self.number, self.failed = number, False

    def __enter__(self):
        write(self.path, self.number)
        return self

    def __exit__(self, *_):
        with open(self.path, encoding="ascii") as file:
            self.failed = int(file.read()) == 0
        write(self.path, 0)


def error_of(scenario):
    """errno, 0 when it went well."""
    try:
        scenario()
    except OSError as error:
        if error.errno is None:
            return errno.ETIMEDOUT  # Python's own
        return error.errno
    return 0


def each_in_turn(name, scenario, lossy=False):
    """The scenario, with its first, second... allocation failing. It says so
    with an errno of lack of memory or goes well all the same, and the next time,
    with memory, it works. lossy: what it waits for may have been dropped."""
    allowed = NO_MEMORY | ({errno.ETIMEDOUT} if lossy else set())
    bad, failed = [], 0
    for number in itertools.count(1):
        patience[0] = SHORT
        with Nth(number) as nth:
            got = error_of(scenario)
        patience[0] = LONG
        if not nth.failed:
            if got:
                bad.append("without a failure: " + errno.errorcode[got])
            break
        failed += 1
        if got and got not in allowed:
            bad.append("allocation %d: %s" % (number, errno.errorcode[got]))
        got = error_of(scenario)
        if got:
            bad.append("after allocation %d: %s" % (number,
                                                    errno.errorcode[got]))
        if number == MOST or len(bad) > 20:
            bad.append("no end of it")
            break
    total[0] += failed
    point("%s: each of its allocations may fail" % name,
          failed and not bad, "%d failed; %s" % (failed, "; ".join(bad)))
    print("# %s: %d failures" % (name, failed))


# Functions of the kernel that allocate, or may.
ALLOCATES = re.compile(
    "alloc|clone|skb_copy|pskb|skb_cow|memdup|page_frag|expand_head|sk_dup|"
    "skb_segment|gso_segment|linearize|skb_append|skb_zerocopy|cmsg|rtnl|nlmsg|"
    "genl|sock_queue_err|build_skb|kobject|proc_|register|netlink|seq_|single_|"
    "sockopt|strndup|fwd|skb_datagram|add_frag")


def allocating_functions(module):
    """(start, end, name) of functions of the loaded module that call any."""
    def lines(*command):
        return subprocess.run(command, check=True, capture_output=True,
                              text=True).stdout.splitlines()

    places = {}
    for line in lines("nm", "-S", "--defined-only", module):
        words = line.split()
        if len(words) == 4 and words[2] in "tT":
            places[words[3]] = int(words[0], 16), int(words[1], 16)
    by_start = sorted((start, start + size, name)
                      for name, (start, size) in places.items())
    wanted = set()
    for line in lines("objdump", "-r", "-j", ".text", module):
        words = line.split()
        if len(words) != 3 or not ALLOCATES.search(words[2]):
            continue
        if words[2].startswith("twin_"):
            continue
        offset = int(words[0], 16)
        wanted |= {name for start, end, name in by_start
                   if start <= offset < end}
    return [(address, address + places[name][1], name)
            for address, name in symbols() if name in wanted]


def at_function(start, end, times, interval, scenario):
    """Runs the scenario while allocations below that function fail: so many,
    every so-manieth. Returns how many did."""
    quiet(start, end)
    configure(times=times, interval=interval)
    configure(probability=100)
    try:
        scenario()
    finally:
        configure(probability=0)
    left = 0
    for folder in FOLDERS:
        with open(folder + "/times", encoding="ascii") as file:
            left += times - int(file.read())
    quiet()
    total[0] += left
    return left


def finish():
    quiet()
    print("# %d allocations have failed" % total[0])
    twin_lib.finish()
