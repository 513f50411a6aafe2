#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
"""Signals and threads around stream sockets, as AF_INET has them: SIGIO and SIGURG
to the owner (socket(7), fcntl(2)), calls that a signal interrupts or restarts
(signal(7)), and descriptors closed while a call waits on them."""
import ctypes
import fcntl
import os
import signal
import socket

from tcp_lib import (SIOCATMARK, Later, asked, await_equal, await_true, bits, call,
                     connected, fill, in_child, receive_all, restarted_recv, run_against_peers, set_up)
from twin_lib import PATIENCE, finish, libc, point, point_is

F_SETSIG, F_SETOWN_EX, F_OWNER_TID = 10, 15, 0
SIGNALS = {signal.SIGIO, signal.SIGURG, signal.SIGRTMIN}
CODES = {1: "IN", 2: "OUT", 3: "MSG", 4: "ERR", 5: "PRI", 6: "HUP"}


def owned(made, number=0):
    """Signals about the socket go to this process, with what happened if the
    number is that of a queued signal."""
    fcntl.fcntl(made, F_SETSIG, number)
    fcntl.fcntl(made, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(made, fcntl.F_SETFL, fcntl.fcntl(made, fcntl.F_GETFL) | os.O_ASYNC)
    return made


def state_of(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0]


def no_more_signals(made):
    fcntl.fcntl(made, fcntl.F_SETFL, fcntl.fcntl(made, fcntl.F_GETFL) & ~os.O_ASYNC)
    while signal.sigtimedwait(SIGNALS, 0):
        pass


def heard(seconds=PATIENCE):
    """The next signal: its name, for a queued one what happened."""
    info = signal.sigtimedwait(SIGNALS, seconds)
    if not info:
        return None
    if info.si_signo != signal.SIGRTMIN:
        return signal.Signals(info.si_signo).name
    return CODES.get(info.si_code, info.si_code)


def heard_of(*wanted):
    """Waits until what is wanted was heard, in this order; all that was heard."""
    said = []
    while not said or said[-1] != wanted[-1]:
        said.append(heard())
        if said[-1] is None:
            break
    return [one for number, one in enumerate(said) if not number or said[number - 1] != one]


def io_signals(us, peer):
    client, server = connected(peer, us)
    owned(server)
    client.send(b"x")
    point_is("data is a SIGIO", heard(), "SIGIO")
    client.send(b"!", socket.MSG_OOB)
    point_is("urgent data is a SIGURG", heard_of("SIGURG")[-1], "SIGURG")
    no_more_signals(server)
    client.send(b"x")
    await_equal(lambda: bits(server), bits(server))
    receive_all(server, 2)
    point_is("without O_ASYNC there is none", heard(0), None)
    owned(server, signal.SIGRTMIN)
    client.send(b"x")
    point_is("F_SETSIG: data", heard(), "IN")
    client.shutdown(socket.SHUT_WR)
    point_is("F_SETSIG: the end of data", heard(), "IN")
    no_more_signals(server)
    client, server = connected(peer, us)
    server.shutdown(socket.SHUT_WR)
    owned(server, signal.SIGRTMIN)
    client.shutdown(socket.SHUT_WR)
    point_is("F_SETSIG: the end of both", heard(), "HUP")
    no_more_signals(server)


def io_signals_of_changes(us, peer):
    listener = owned(us.listener(), signal.SIGRTMIN)
    made = peer.socket()
    made.connect(listener.getsockname())
    point_is("a caller", heard(), "IN")
    no_more_signals(listener)
    with peer.listener() as other:
        client = owned(us.socket(), signal.SIGRTMIN)
        client.setblocking(False)
        client.connect_ex(other.getsockname())
        point_is("a connection that is there", heard(), "OUT")
        no_more_signals(client)
    refused = owned(us.socket(), signal.SIGRTMIN)
    refused.setblocking(False)
    refused.connect_ex(peer.closed_port())
    point_is("one that is refused", heard(), "ERR")
    no_more_signals(refused)


def io_signals_of_room(us, peer):
    client, server = connected(us, peer)
    written = len(fill(client))
    owned(client, signal.SIGRTMIN)
    point_is("a full socket says nothing", heard(0), None)
    client.setblocking(False)
    point("and takes nothing", call(libc.send, client.fileno(), b"x", 1, 0) == "EAGAIN")
    client.setblocking(True)
    receive_all(server, written)
    point_is("room", heard_of("OUT"), ["OUT"])
    no_more_signals(client)


def thread_as_owner(us, peer):
    """F_SETOWN_EX: the signal is that thread's alone."""
    client, server = connected(peer, us)

    def wait():
        owner = (ctypes.c_int * 2)(F_OWNER_TID, libc.gettid())
        libc.fcntl(server.fileno(), F_SETOWN_EX, owner)
        fcntl.fcntl(server, fcntl.F_SETFL, os.O_ASYNC | fcntl.fcntl(server, fcntl.F_GETFL))
        os.write(ready, b"x")
        return heard()

    is_ready, ready = os.pipe()
    waiting = Later(wait)
    os.read(is_ready, 1)
    client.send(b"x")
    point_is("a thread can be the owner", waiting.outcome(), "SIGIO")
    os.close(is_ready)
    os.close(ready)


def urgent_byte_for_the_handler(us, peer):
    """A read that waits for data is interrupted in front of the urgent byte: the
    handler of SIGURG finds it there."""
    client, server = connected(peer, us)
    room = ctypes.create_string_buffer(10)
    ready, waits = os.pipe()
    answer, told = os.pipe()
    pid = os.fork()
    if not pid:
        handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(lambda _: os.write(told, repr(
            (asked(server, SIOCATMARK), server.recv(1, socket.MSG_OOB))).encode()) and None)
        libc.signal(signal.SIGURG, handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGURG})
        fcntl.fcntl(server, fcntl.F_SETOWN, os.getpid())
        os.write(waits, b"x")
        said = call(libc.recv, server.fileno(), room, 10, 0)
        os.write(told, repr(said).encode())
        os._exit(0)
    os.close(told)
    os.read(ready, 1)
    await_true(lambda: state_of(pid) == "S")
    client.send(b"X", socket.MSG_OOB)
    os.waitpid(pid, 0)
    point_is("the handler of SIGURG is at the mark and gets the byte, the read is interrupted",
             os.read(answer, 100), b"(1, b'X')'EINTR'")
    client.send(b"after")
    point_is("what follows is read", server.recv(10), b"after")
    for one in (ready, waits, answer):
        os.close(one)


def outcome_under_alarm(restart, function):
    """What a call says in a child whom a clock interrupts all the time, until a
    tenth signal has come; then the function's second value ends the wait."""
    going, told = os.pipe()

    def child():
        seen = []

        def tick(*_):
            seen.append(1)

        signal.signal(signal.SIGALRM, tick)
        signal.siginterrupt(signal.SIGALRM, not restart)
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        result = function()
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.write(told, str(result).encode())

    in_child(child)
    os.close(told)
    said = os.read(going, 100).decode()
    os.close(going)
    return said


def interrupted_calls(us, peer):
    def timeless(made):
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            made.setsockopt(socket.SOL_SOCKET, option, bytes(16))
        return made

    room = ctypes.create_string_buffer(10)
    listener = timeless(us.listener())
    point_is("accept", outcome_under_alarm(False, lambda: call(
        libc.accept, listener.fileno(), None, None)), "EINTR")
    client, _server = connected(us, peer)
    timeless(client)
    point_is("recv", outcome_under_alarm(False, lambda: call(
        libc.recv, client.fileno(), room, 10, 0)), "EINTR")
    fill(client)

    def send():
        """Until it has to wait with nothing sent: the peer may still make a little room,
        even for a part."""
        while True:
            sent = call(libc.send, client.fileno(), b"x" * 100, 100, 0)
            if isinstance(sent, str):
                return sent

    point_is("send", outcome_under_alarm(False, send), "EINTR")
    limited = us.listener()
    point_is("accept with a time limit, though restarts are asked for",
             outcome_under_alarm(True, lambda: call(
                 libc.accept, limited.fileno(), None, None)), "EINTR")


def restarted_calls(us, peer):
    """With SA_RESTART they go on by themselves, till what they wait for comes."""
    client, server = connected(peer, us)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, bytes(16))
    point_is("recv goes on after signals",
             restarted_recv(server, lambda: client.send(b"at last")), 7)


def closed_meanwhile(us, peer):
    """The call keeps the socket: it ends as if nobody had closed it."""
    client, server = connected(peer, us)
    descriptor = server.detach()
    reader = Later(os.read, descriptor, 10)
    reader.sleeps()
    os.close(descriptor)
    client.send(b"still here")
    point_is("a read whose descriptor is closed gets its data", reader.outcome(), b"still here")
    point_is("and then the connection ends", client.recv(10), b"")
    listener = us.listener()
    address, descriptor = listener.getsockname(), listener.detach()
    taker = Later(call, libc.accept, descriptor, None, None)
    taker.sleeps()
    os.close(descriptor)
    caller = peer.socket()
    caller.connect(address)
    accepted = taker.outcome()
    point("an accept whose descriptor is closed gets its caller",
          isinstance(accepted, int) and accepted >= 0, accepted)
    os.close(accepted)
    point_is("who is let go", caller.recv(10), b"")
    listener = us.listener()
    taker = Later(call, libc.accept, listener.fileno(), None, None)
    taker.sleeps()
    listener.shutdown(socket.SHUT_RD)
    point_is("shutdown ends an accept", taker.outcome(), "EINVAL")


signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
set_up()
run_against_peers(io_signals, io_signals_of_changes, io_signals_of_room, thread_as_owner,
                  urgent_byte_for_the_handler, interrupted_calls, restarted_calls,
                  closed_meanwhile)
finish()
