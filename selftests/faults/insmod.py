#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: debug
# timeout: 600
# module: self
"""Each allocation that is made while the module starts fails in turn: it does
not stay half open then, and starts the next time. Nor does it start as the family
of another."""
import ctypes
import errno
import os
import subprocess
import sys

import injection
import twin_lib
from twin_lib import libc, point, point_is

FINIT_MODULE = 313
MODULE = os.environ.get("TWIN_KO", "twin.ko")


def load(parameters=b""):
    """errno, 0 when it is loaded."""
    fd = os.open(MODULE, os.O_RDONLY | os.O_CLOEXEC)
    result = libc.syscall(FINIT_MODULE, fd, parameters, 0)
    number = ctypes.get_errno()
    os.close(fd)
    return number if result else 0


def unload():
    return subprocess.run(["rmmod", "twin"], check=False).returncode


def below_initcalls():
    """Only what is called by the function that starts a module."""
    with open("/proc/kallsyms", encoding="ascii") as lines:
        places = sorted((int(words[0], 16), words[2]) for words in map(
            str.split, lines) if len(words) == 3)
    for (start, name), (end, _) in zip(places, places[1:]):
        if name == "do_one_initcall" and end > start:
            injection.quiet(start, end)
            return
    sys.exit("no do_one_initcall")


def each_in_turn():
    number, failed, bad = 1, 0, []
    while len(bad) < 10:
        with injection.Nth(number) as nth:
            said = load()
        if not said and unload():
            bad.append("allocation %d: it cannot be unloaded" % number)
        if not nth.failed:
            break
        failed += 1
        if said not in (0, errno.ENOMEM, errno.ENOBUFS):
            bad.append("allocation %d: %s" % (number, errno.errorcode[said]))
        if os.path.isdir("/sys/module/twin"):
            bad.append("allocation %d: it is still there" % number)
        number += 1
    injection.total[0] += failed
    point("each allocation of insmod may fail", failed and not bad,
          "%d failed; %s" % (failed, "; ".join(bad)))


def families():
    """What belongs to others stays theirs."""
    taken = [load(b"family=%d" % number) for number in (0, 2, 7, 17, 200, -1)]
    point_is("the family of another is refused", taken, [errno.EINVAL] * 6)
    shown = subprocess.run(["ip", "-4", "route"], check=False).returncode
    point_is("AF_INET's rtnetlink is not touched", shown, 0)
    point_is("a free one is taken", (load(b"family=22"), unload()), (0, 0))


def works():
    twin_lib.set_up()
    with open("/proc/net/protocols", encoding="ascii") as file:
        text = file.read()
    point("its protocols are there once", text.count("TWIN-PING") == 1, text)
    twin_lib.enter(twin_lib.left)
    with twin_lib.make(twin_lib.AF_TWIN, 2, 0) as one:
        one.bind((twin_lib.OURS, 0))
        one.sendto(b"works", one.getsockname())
        point_is("afterwards it works", one.recv(10), b"works")


if not injection.available():
    twin_lib.skip("fault injection", "this kernel has none, or no stack filter")
else:
    below_initcalls()
    each_in_turn()
    injection.quiet()
    families()
    works()
injection.finish()
