#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Calls on sockets of datagrams that wait, are interrupted, are shared or are told
of by signals, on the kernel's own stack and on Twin: select(2), signal(7),
fcntl(2), unix(7), sendfile(2), and MSG_DONTROUTE and MSG_PROBE of send(2)."""
import ctypes
import fcntl
import os
import platform
import select
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from stack_lib import Stack, peer, run_on_stacks  # noqa: E402
from tcp_lib import Later, call, in_child, outcome_of, restarted_recv  # noqa: E402
from twin_lib import (PATIENCE, PEER, bound, finish, left, libc, point_is,  # noqa: E402
                      readable, run, tool)

AWAY = "10.99.0.1"              # behind the peer
MSG_DONTROUTE, SO_DONTROUTE, IP_RECVERR, MSG_ERRQUEUE = 4, 5, 11, 0x2000
MSG_PROBE, MSG_CONFIRM = 0x10, 0x800
F_SETSIG = 10
CODES = {1: "IN", 2: "OUT", 4: "ERR"}
numbers = iter(range(7600, 7700))


class Datagrams(Stack):
    def pair(self):
        """A socket there that blocks in the kernel, and one of the peer's; each
        is connected to the other."""
        here = bound(self.socket(), self.address, next(numbers))
        there = peer()
        there.connect(here.getsockname())
        here.connect(there.getsockname())
        here.settimeout(None)
        return here, there

    def refused(self):
        """A socket that was told that its peer's port is closed."""
        made = bound(self.socket(), self.address, next(numbers))
        with peer() as ended:
            address = ended.getsockname()
        made.connect(address)
        return made


def sets(made, wait):
    """Which of select()'s three sets it is in."""
    found = select.select([made], [made], [made], 0 if not wait else PATIENCE)
    return " ".join(name for name, one in zip(("read", "write", "except"), found) if one)


def selected(stack):
    here, there = stack.pair()
    point_is("select: there is room to write", sets(here, True), "write")
    there.send(b"x")
    readable(here)
    point_is("and something to read", sets(here, True), "read write")
    here.recv(10)
    point_is("and nothing more", sets(here, False), "write")
    made = stack.refused()
    made.send(b"x")
    readable(made)
    point_is("an error is something to read, and to write", sets(made, True), "read write")
    point_is("it is told once", [outcome_of(made.recv, 1), sets(made, False)],
             ["ECONNREFUSED", "write"])
    made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    made.send(b"x")
    readable(made)
    outcome_of(made.send, b"x")
    point_is("the error queue is something to read",
             "read" in sets(made, True).split(), True)
    made.recvmsg(100, 512, MSG_ERRQUEUE)


def file_that_ends(stack):
    here, there = stack.pair()
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * 100)
        file.flush()
        point_is("sendfile of more than there is",
                 os.sendfile(here.fileno(), file.fileno(), 0, 1000), 100)
    here.send(b"next")
    # before 6.5 the core does not say that it has come to the end
    if tuple(map(int, platform.release().split(".")[:2])) >= (6, 5):
        point_is("what there is is a datagram of its own",
                 [there.recv(2000), there.recv(2000)], [b"x" * 100, b"next"])


def not_routed(stack):
    family = stack.family
    run(tool(family), "-n", left, "route", "add", AWAY + "/32", "via", PEER)
    made = bound(stack.socket(), stack.address)
    point_is("without MSG_DONTROUTE gateways are used",
             outcome_of(made.sendto, b"x", (AWAY, 9)), "OK")
    point_is("with it they are not",
             outcome_of(made.sendto, b"x", MSG_DONTROUTE, (AWAY, 9)), "ENETUNREACH")
    point_is("who is on the link is reached",
             outcome_of(made.sendto, b"x", MSG_DONTROUTE, (PEER, 9)), "OK")
    made.setsockopt(socket.SOL_SOCKET, SO_DONTROUTE, 1)
    point_is("SO_DONTROUTE says so for all", outcome_of(made.sendto, b"x", (AWAY, 9)),
             "ENETUNREACH")
    point_is("and for connect", outcome_of(made.connect, (AWAY, 9)), "ENETUNREACH")
    stream = stack.socket(socket.SOCK_STREAM)
    stream.setsockopt(socket.SOL_SOCKET, SO_DONTROUTE, 1)
    point_is("of a stream too", outcome_of(stream.connect, (AWAY, 9)), "ENETUNREACH")
    run(tool(family), "-n", left, "route", "del", AWAY + "/32", "via", PEER)


def restarted(stack):
    """A handler with SA_RESTART runs, and the call goes on."""
    here, there = stack.pair()
    point_is("recv goes on after signals",
             restarted_recv(here, lambda: there.send(b"at last")), 7)


def interrupted(stack):
    here, _there = stack.pair()
    room = ctypes.create_string_buffer(10)

    def child():
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.siginterrupt(signal.SIGALRM, True)
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        result = call(libc.recv, here.fileno(), room, 10, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        return 0 if result == "EINTR" else 1

    point_is("without SA_RESTART it is EINTR", in_child(child), 0)


def closed_meanwhile(stack):
    here, there = stack.pair()
    descriptor = here.detach()
    reader = Later(os.read, descriptor, 10)
    reader.sleeps()
    os.close(descriptor)
    there.send(b"still here")
    point_is("a read whose descriptor is closed gets its datagram", reader.outcome(),
             b"still here")
    there.send(b"x")
    readable(there)
    point_is("and then the port is closed", outcome_of(there.send, b"x"), "ECONNREFUSED")
    here, there = stack.pair()
    reader = Later(here.recv, 10)
    reader.sleeps()
    here.shutdown(socket.SHUT_RD)
    point_is("shutdown ends a read", reader.outcome(), b"")
    here, there = stack.pair()
    poller = select.poll()
    poller.register(here, select.POLLIN)
    sleeper = Later(lambda: poller.poll(PATIENCE * 1000)[0][1])
    sleeper.sleeps()
    here.shutdown(socket.SHUT_RDWR)
    point_is("and a poll", sleeper.outcome(), select.POLLIN | select.POLLHUP)


def many_readers(stack):
    here, there = stack.pair()
    readers = [Later(here.recv, 10) for _ in range(4)]
    for one in readers:
        one.sleeps()
    for number in range(4):
        there.send(b"%d" % number)
    point_is("four readers get a datagram each", sorted(one.outcome() for one in readers),
             [b"0", b"1", b"2", b"3"])


def shared(stack):
    here, there = stack.pair()
    copy = os.dup(here.fileno())
    here.close()
    os.write(copy, b"from the copy")
    point_is("a copy of a descriptor works on", there.recv(100), b"from the copy")
    subprocess.run(["sh", "-c", "printf 'another program' >&%d" % copy], check=True,
                   pass_fds=[copy])
    point_is("another program has it", there.recv(100), b"another program")
    one, other = socket.socketpair()
    socket.send_fds(one, [b"x"], [copy])
    os.close(copy)
    there.send(b"meanwhile")
    received = socket.recv_fds(other, 1, 1)[1][0]
    point_is("SCM_RIGHTS: it takes in what comes on its way", os.read(received, 100),
             b"meanwhile")
    os.write(received, b"passed on")
    point_is("and is used where it arrives", there.recv(100), b"passed on")
    socket.send_fds(one, [b"x"], [received])
    os.close(received)
    one.close()
    other.close()
    there.send(b"x")
    readable(there)
    point_is("one that nobody takes is closed", outcome_of(there.send, b"x"),
             "ECONNREFUSED")


def owned(made):
    """Signals about the socket go to this process, with what happened."""
    fcntl.fcntl(made, F_SETSIG, signal.SIGRTMIN)
    fcntl.fcntl(made, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(made, fcntl.F_SETFL, fcntl.fcntl(made, fcntl.F_GETFL) | os.O_ASYNC)


def heard(seconds=PATIENCE):
    info = signal.sigtimedwait({signal.SIGRTMIN}, seconds)
    return CODES.get(info.si_code, info.si_code) if info else None


def signals(stack):
    here, there = stack.pair()
    owned(here)
    there.send(b"x")
    point_is("F_SETOWN, F_SETSIG: a datagram", heard(), "IN")
    while heard(0):
        pass
    made = stack.refused()
    owned(made)
    made.send(b"x")
    said = heard()
    while said == "OUT":
        said = heard()
    point_is("an error", said, "ERR")
    fcntl.fcntl(here, fcntl.F_SETFL, fcntl.fcntl(here, fcntl.F_GETFL) & ~os.O_ASYNC)
    fcntl.fcntl(made, fcntl.F_SETFL, fcntl.fcntl(made, fcntl.F_GETFL) & ~os.O_ASYNC)
    while heard(0):
        pass
    there.send(b"x")
    readable(here)
    point_is("without O_ASYNC none", heard(0), None)
    point_is("nobody owns a new socket", fcntl.fcntl(stack.socket(), fcntl.F_GETOWN), 0)


def probes(stack):
    """MSG_PROBE: everything is done but the sending; MSG_CONFIRM alone keeps nothing back."""
    here, there = stack.pair()
    for flags in MSG_PROBE, MSG_PROBE | MSG_CONFIRM:
        point_is("sent with flags %#x" % flags, here.send(b"probe", flags), 5)
    here.send(b"data", MSG_CONFIRM)
    point_is("only what was no probe arrives", there.recv(10), b"data")


signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN})
run_on_stacks(Datagrams, (selected, file_that_ends, not_routed, restarted, interrupted,
                          closed_meanwhile, many_readers, shared, signals, probes))
finish()
