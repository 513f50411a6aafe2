#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug smp
# timeout: 600
# module: self
"""What keeps the module, and what does not: open sockets do; connections in
TIME-WAIT, addresses, traffic that arrives, dead devices and dead namespaces do
not."""
import os
import signal
import socket
import struct
import subprocess
import threading

import twin_lib
from tcp_lib import (KERNEL, US, Later, await_equal, await_true, connected,
                     outcome_of, pending_error, receive_all, set_up)
from twin_lib import (ON_TWIN, OURS, add_address, add_link, counters, enter,
                      finish, left, point, point_is, right, run, run_tests,
                      skip)
from wire_lib import Wire, ethernet, ipv4, mac_of, tcp


def rmmod():
    """0, or what it says."""
    done = subprocess.run(["rmmod", "twin"], capture_output=True, text=True,
                          check=False)
    return done.stderr.strip() if done.returncode else 0


def unloads():
    """Sockets that nobody has any more may take a moment to end."""
    return await_equal(rmmod, 0)


def load_again():
    twin_lib.load_module()
    add_address(left, OURS)


def kept_by(what, *held):
    said = rmmod()
    point("rmmod is refused: %s" % what, "in use" in str(said), said)
    return held


def open_sockets():
    for what, make in (
            ("a fresh socket", lambda: [US.socket()]),
            ("a bound one", lambda: [US.bound()]),
            ("a listener", lambda: [US.listener()]),
            ("a connection", lambda: connected(US, KERNEL)),
            ("an accepted one", lambda: connected(KERNEL, US)),
            ("one that connects", connecting)):
        held = make()
        kept_by(what)
        for one in held:
            one.close()
        point_is("and then it is not (%s)" % what, unloads(), 0)
        load_again()
    listener = US.listener()
    client = KERNEL.socket()
    client.connect(listener.getsockname())
    kept_by("one that nobody has accepted")
    listener.close()
    point_is("the module goes when the listener has", unloads(), 0)
    point_is("its connection is reset", outcome_of(client.recv, 1),
             "ECONNRESET")
    load_again()


def connecting():
    client = US.socket()
    client.setblocking(False)
    client.connect_ex((twin_lib.NOBODY, 9))
    return [client]


def time_wait():
    for number in range(10):
        sides = (US, KERNEL) if number % 2 else (KERNEL, US)
        client, server = connected(*sides)
        first, second = (client, server) if sides[0] is US else (server, client)
        first.close()
        receive_all(second)
        second.close()
    point("S20: connections wait in TIME-WAIT",
          await_true(lambda: waiting() >= 10), waiting())
    point_is("S20: they do not keep the module", unloads(), 0)
    load_again()


def waiting():
    enter(left)
    with open("/proc/thread-self/net/twin/sockstat", encoding="ascii") as file:
        words = file.read().split("TCP:")[1].split()
    return int(words[words.index("tw") + 1])


class Flood(threading.Thread):
    """SYNs, ACKs and data from everywhere, until stop() is called."""

    def __init__(self):
        super().__init__(daemon=True)
        self.wire = Wire(right)
        self.macs = mac_of(right), mac_of(left)
        self.going = True
        self.sent = 0
        self.start()

    def run(self):
        while self.going:
            number = self.sent
            source = "10.7.0.%d" % (20 + number % 200)
            segment = tcp(source, OURS, 1024 + number % 60000, 7300,
                          seq=number * 1000, flags=("S", "A", "SA", "R")
                          [number % 4], payload=b"x" * (number % 7))
            self.wire.socket.send(ethernet(*self.macs,
                                           ipv4(source, OURS, segment)))
            self.sent += 1

    def stop(self):
        self.going = False
        self.join()
        self.wire.socket.close()


def under_traffic():
    """Ten lives while segments and pings keep coming."""
    run("ip", "-n", right, "neigh", "replace", OURS, "lladdr",
        ":".join("%02x" % byte for byte in mac_of(left)), "nud", "permanent",
        "dev", "eth0")
    flood = Flood()
    enter(right)
    with subprocess.Popen(["ping", "-q", "-f", OURS],
                          stdout=subprocess.DEVNULL) as ping:
        results = []
        for _ in range(10):
            listener = US.listener(7300)
            before = counters(left)["TcpInSegs"]
            await_true(lambda: counters(left)["TcpInSegs"] > before + 50)
            with KERNEL.socket() as client:
                client.setblocking(False)
                client.connect_ex((OURS, 7300))
            listener.close()
            results.append(unloads())
            mark = flood.sent
            await_true(lambda: flood.sent > mark + 20)
            load_again()
        ping.terminate()
    flood.stop()
    run("ip", "-n", right, "neigh", "del", OURS, "dev", "eth0")
    point_is("the module comes and goes under traffic, ten times", results,
             [0] * 10)


def lost_device():
    """An adapter that goes away under a connection."""
    add_link("eth1")
    add_address(left, "10.8.0.1", "eth1")
    add_address(right, "10.8.0.2", "eth1", socket.AF_INET)
    with KERNEL.listener(address="0.0.0.0") as listener:
        client = US.socket()
        client.connect(("10.8.0.2", listener.getsockname()[1]))
        server, _ = listener.accept()
    client.send(b"before")
    point_is("a connection over a second device", server.recv(10), b"before")
    reader = Later(client.recv, 10)
    reader.sleeps()
    run("ip", "-n", left, "link", "del", "eth1")
    outcome_of(client.send, b"into the void")
    other, peer = connected(US, KERNEL)
    other.send(b"works")
    point_is("other connections do not mind its end", peer.recv(10), b"works")
    client.shutdown(socket.SHUT_RDWR)
    point("who reads there is woken by shutdown",
          reader.outcome() != "still waiting", reader.outcome())
    # Its last words would be tried for a minute or two.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                      struct.pack("ii", 1, 0))
    client.close()
    server.close()


def link_down():
    client, server = connected(US, KERNEL)
    run("ip", "-n", left, "link", "set", "eth0", "down")
    client.send(b"while it is down")
    run("ip", "-n", left, "link", "set", "eth0", "up")
    point_is("S15: what was written while the link was down arrives",
             receive_all(server, 16), b"while it is down")
    point_is("without an error", pending_error(client), "OK")


def dead_namespace():
    """A namespace that goes with connections of all states in it."""
    name = "gone-%d" % os.getpid()
    run("ip", "netns", "add", name)
    run("ip", "-n", name, "link", "add", "eth0", "type", "veth", "peer", "name",
        "eth2", "netns", right)
    for where, device in ((name, "eth0"), (right, "eth2")):
        run("ip", "-n", where, "link", "set", device, "up")
    add_address(name, "10.9.0.1")
    add_address(right, "10.9.0.2", "eth2", socket.AF_INET)
    with KERNEL.listener(address="0.0.0.0") as listener:
        target = ("10.9.0.2", listener.getsockname()[1])
        ready, waiting_for = os.pipe()
        pid = os.fork()
        if not pid:
            enter(name)
            kept = [twin_lib.make(US.family, socket.SOCK_STREAM, 0)
                    for _ in range(6)]
            for one in kept:
                one.connect(target)
            kept[0].close()
            kept[1].shutdown(1)
            kept[2].sendall(b"x" * 10000)
            os.write(waiting_for, b"x")
            signal.pause()
        os.read(ready, 1)
        servers = [listener.accept()[0] for _ in range(6)]
    servers[0].close()
    run("ip", "netns", "del", name)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    point("S20: the namespace's device goes, whatever is in TIME-WAIT",
          await_true(lambda: not device_is_there()), "eth2")
    for one in servers[1:]:
        one.close()


def device_is_there():
    return subprocess.run(["ip", "-n", right, "link", "show", "eth2"],
                          capture_output=True, check=False).returncode == 0


def the_end():
    twin_lib.tear_down()
    point_is("after all this the module goes", unloads(), 0)
    twin_lib.load_module()
    point_is("and comes, and goes", unloads(), 0)


set_up()
module_tests = (open_sockets, time_wait, under_traffic)
if ON_TWIN:
    run_tests(module_tests)
else:
    skip("the module's own points", "about Twin alone")
run_tests((lost_device, link_down, dead_namespace))
if ON_TWIN:
    run_tests([the_end])
finish()
