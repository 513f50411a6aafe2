#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
# timeout: 900
"""10,000 idle connections cost no processor: in a day not one of their timers
fires. Each end's are counted, by the kernel's tracepoints for timers and works."""
import os
import resource
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../net"))
from tcp_lib import ANOTHER, US, set_up  # noqa: E402
from twin_lib import finish, point, point_is  # noqa: E402

CONNECTIONS, DAY = 10000, 86400
TRACING = "/sys/kernel/tracing/"
EVENTS = ("timer/timer_expire_entry", "timer/hrtimer_expire_entry",
          "workqueue/workqueue_execute_start")


def write(path, text):
    with open(TRACING + path, "w", encoding="ascii") as file:
        file.write(text)


def functions_of_twin():
    """Between which addresses they are."""
    with open("/proc/kallsyms", encoding="ascii") as lines:
        found = [int(line.split()[0], 16) for line in lines
                 if line.rstrip().endswith("[twin]") and line.split()[1] in "tT"]
    return min(found), max(found)


def watch():
    low, high = functions_of_twin()
    for event in EVENTS:
        write("events/%s/filter" % event, "function >= %#x && function <= %#x" % (low, high))
        write("events/%s/enable" % event, "1")


def fired(seconds):
    """What of Twin's has run on its own in that time."""
    write("trace", "")
    time.sleep(seconds)
    with open(TRACING + "trace", encoding="ascii") as lines:
        return [line.split("function=", 1)[1].split()[0].split("+")[0] if "function=" in line
                else line.split("function", 1)[1].split()[0]
                for line in lines if "function" in line and not line.startswith("#")]


def open_all():
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * CONNECTIONS + 100,) * 2)
    ends = []
    with ANOTHER.listener() as listener:
        name = listener.getsockname()
        for _ in range(CONNECTIONS):
            client = US.socket()
            client.connect(name)
            ends.append((client, listener.accept()[0]))
    return ends


def exchange(client, server):
    """What arrives of a line, or the error."""
    try:
        client.send(b"still there")
        return server.recv(100)
    except OSError as error:
        return error


def idle():
    ends = open_all()
    point_is("they are open", len(ends), CONNECTIONS)
    time.sleep(600)
    watch()
    seen = fired(DAY)
    point("in a day no timer of theirs fires", not [name for name in seen if "tcp" in name],
          "%d times, first %s" % (len(seen), seen[:3]))
    point("and little else of Twin's does", len(seen) < 100, "%d times: %s" % (
        len(seen), sorted(set(seen))))
    point_is("they are alive", [exchange(*one) for one in ends[::CONNECTIONS // 10]],
             [b"still there"] * 10)
    time.sleep(1)       # the last ACKs have waited for an answer
    ends[0][0].setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    seen = fired(DAY)
    # each two hours for a probe, and then for its answer
    count = len([name for name in seen if name == "twin_tcp_timer_fire"])
    point("that of one which is kept alive does, each two hours", 8 <= count <= 40, count)


set_up()
idle()
finish()
