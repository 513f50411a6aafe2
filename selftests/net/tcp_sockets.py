#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
"""Making, binding, connecting and accepting stream sockets: RFC 9293 3.9.1,
tcp(7), ip(7), connect(2), accept(2). What a socket then does is in tcp_data,
tcp_poll and tcp_close."""
import ctypes
import fcntl
import os
import select
import socket
import struct

from tcp_lib import (Later, address_struct, at_once, await_bits, await_true,
                     bits, both_ways, call, connected, in_child, outcome_of,
                     pending_error, raw_name, receive_all, run_against_peers,
                     set_up)
from twin_lib import (AF_OURS, NOBODY, ON_TWIN, add_neighbour, counters, enter,
                      finish, left, libc, point, point_is, setting, skip)

REUSE = (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
SO_PROTOCOL, SO_DOMAIN, SO_REUSEPORT, SO_COOKIE = 38, 39, 15, 57
IP_BIND_ADDRESS_NO_PORT = 24
DEAF = "10.7.0.66"  # has a MAC address, but nobody is there


def reuse(made):
    made.setsockopt(*REUSE)
    return made


def close_first(first, second):
    """An orderly close; the first one's end is then in TIME-WAIT."""
    first.close()
    receive_all(second)
    second.close()


def creation(us, _peer):
    enter(us.namespace)
    stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
    for kind, protocol, wanted in (
            (stream, 0, "OK"), (stream, socket.IPPROTO_TCP, "OK"),
            (stream, socket.IPPROTO_UDP, "EPROTONOSUPPORT"),
            (stream, 136, "EPROTONOSUPPORT"),
            (datagram, socket.IPPROTO_TCP, "EPROTONOSUPPORT"),
            (stream, 999, "EINVAL"), (stream, -1, "EINVAL"),
            (socket.SOCK_RDM, 0, "ESOCKTNOSUPPORT")):
        fd = call(libc.socket, us.family, kind, protocol)
        point_is("S3: socket() of type %d, protocol %d is %s"
                 % (kind, protocol, wanted),
                 "OK" if isinstance(fd, int) else fd, wanted)
        if isinstance(fd, int):
            os.close(fd)
    fd = libc.socket(us.family, stream | os.O_NONBLOCK | os.O_CLOEXEC, 0)
    point("SOCK_NONBLOCK and SOCK_CLOEXEC are taken",
          fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK and
          fcntl.fcntl(fd, fcntl.F_GETFD) & fcntl.FD_CLOEXEC)
    os.close(fd)
    fresh = us.socket()
    point_is("SO_TYPE and SO_DOMAIN", (
        fresh.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE),
        fresh.getsockopt(socket.SOL_SOCKET, SO_DOMAIN)), (stream, us.family))


def names(us, peer):
    fresh = us.socket()
    point_is("a fresh socket has no name", fresh.getsockname(), ("0.0.0.0", 0))
    point_is("and no peer", outcome_of(fresh.getpeername), "ENOTCONN")
    taken = us.bound()
    port = taken.getsockname()[1]
    point("port 0 asks for one of the ephemeral range", 32768 <= port <= 60999,
          port)
    for title, client_side, server_side in both_ways(us, peer):
        listener = server_side.listener(address="0.0.0.0")
        point_is("a listener may have any address (%s)" % title,
                 listener.getsockname()[0], "0.0.0.0")
        client = client_side.socket()
        client.connect((server_side.address, listener.getsockname()[1]))
        server, told = listener.accept()
        point_is("S4: accept tells the client's address and port (%s)" % title,
                 told, client.getsockname())
        point_is("S23: the client's source is its own address (%s)" % title,
                 client.getsockname()[0], client_side.address)
        point_is("S4: both ends know both ends (%s)" % title,
                 (server.getsockname(), server.getpeername()),
                 (client.getpeername(), client.getsockname()))
        wanted = (address_struct(*server.getsockname()), 16)
        point_is("getsockname says AF_INET (%s)" % title, raw_name(server),
                 wanted)
        point_is("getpeername says AF_INET (%s)" % title,
                 raw_name(client, libc.getpeername), wanted)
        point_is("a name is cut to the room there is (%s)" % title,
                 raw_name(server, room=6), (wanted[0][:6], 16))


def bind_errors(us, peer):
    for what, address, length, wanted in (
            ("too short", address_struct(us.address), 8, "EINVAL"),
            ("of a strange family", address_struct(us.address, 0, 10), 16,
             "EAFNOSUPPORT"),
            ("of AF_UNSPEC with an address", address_struct(us.address, 0, 0),
             16, "EAFNOSUPPORT"),
            ("of AF_UNSPEC without one", address_struct("0.0.0.0", 0, 0), 16, 0),
            ("of AF_TWIN" if ON_TWIN else "of AF_INET",
             address_struct(us.address, 0, AF_OURS), 16, 0),
            ("longer than needed", address_struct(us.address) + bytes(8), 24,
             0)):
        fresh = us.socket()
        point_is("bind to an address %s is %s" % (what, wanted or "right"),
                 call(libc.bind, fresh.fileno(), address, length), wanted)
    first = us.bound(7000)
    point_is("a bound socket is not bound again",
             outcome_of(first.bind, (us.address, 7001)), "EINVAL")
    point_is("an address of others cannot be had",
             outcome_of(us.socket().bind, (peer.address, 0)), "EADDRNOTAVAIL")
    freebind = us.socket()
    freebind.setsockopt(socket.IPPROTO_IP, 15, 1)
    point_is("but for IP_FREEBIND",
             outcome_of(freebind.bind, (peer.address, 0)), "OK")
    point_is("root has the low ports",
             outcome_of(us.socket().bind, (us.address, 80)), "OK")

    def without_privilege():
        os.setresuid(65534, 65534, 65534)
        low = us_socket.bind
        return outcome_of(low, (us.address, 80)) != "EACCES"

    us_socket = us.socket()
    point_is("others get EACCES for them", in_child(without_privilege), 0)


def port_sharing(us, _peer):
    plain = us.bound(7010)
    point_is("a port taken is EADDRINUSE",
             outcome_of(us.socket().bind, (us.address, 7010)), "EADDRINUSE")
    point_is("also for any address",
             outcome_of(us.socket().bind, ("0.0.0.0", 7010)), "EADDRINUSE")
    point_is("also with SO_REUSEADDR on one of them",
             outcome_of(reuse(us.socket()).bind, (us.address, 7010)),
             "EADDRINUSE")
    point_is("another own address has its own ports",
             outcome_of(us.socket().bind, ("127.0.0.1", 7010)), "OK")
    plain.close()
    point_is("a closed socket's port is free",
             outcome_of(us.socket().bind, (us.address, 7010)), "OK")
    pair = [reuse(us.socket()), reuse(us.socket())]
    point_is("SO_REUSEADDR of both shares a port",
             [outcome_of(one.bind, (us.address, 7011)) for one in pair],
             ["OK", "OK"])
    pair[0].listen()
    point_is("while nobody else listens there", outcome_of(pair[1].listen),
             "EADDRINUSE")
    point_is("nor is a listener's port shared any more",
             outcome_of(reuse(us.socket()).bind, (us.address, 7011)),
             "EADDRINUSE")


def port_after_use(us, peer):
    """A server that starts anew: S20 keeps the old connection's ends apart."""
    client, server = connected(peer, us, server_options=[REUSE])
    end = server.getsockname()

    def restart():
        with reuse(us.socket()) as again:
            return outcome_of(again.bind, end), outcome_of(again.listen)

    def look(what):
        point_is("S20: %s keeps its listener's port" % what,
                 outcome_of(us.socket().bind, end), "EADDRINUSE")
        point_is("S20: SO_REUSEADDR listens there all the same (%s)" % what,
                 restart(), ("OK", "OK"))

    look("a connection")
    close_first(server, client)
    look("TIME-WAIT")


def reuseport(us, peer):
    group = [us.socket() for _ in range(3)]
    if outcome_of(group[0].setsockopt, socket.SOL_SOCKET, SO_REUSEPORT, 1) \
            != "OK":
        skip("SO_REUSEPORT", "this kernel's core refuses it to the family")
        return
    for one in group:
        one.setsockopt(socket.SOL_SOCKET, SO_REUSEPORT, 1)
        one.bind((us.address, 7020))
        one.listen(64)
    clients = [peer.socket() for _ in range(48)]
    for client in clients:
        client.connect((us.address, 7020))
    hit = set()
    for _ in clients:
        ready, _, _ = select.select(group, [], [], 60)
        hit.add(ready[0])
        ready[0].accept()[0].close()
    point("SO_REUSEPORT spreads connections over the group", len(hit) > 1,
          len(hit))


def blocking_connect(us, peer):
    for title, client_side, server_side in both_ways(us, peer):
        client, server = connected(client_side, server_side)
        point_is("S7: connect succeeds (%s)" % title, pending_error(client),
                 "OK")
        client.sendall(b"request")
        server.sendall(b"answer")
        point_is("S8: bytes pass both ways (%s)" % title,
                 (receive_all(server, 7), receive_all(client, 6)),
                 (b"request", b"answer"))
        point_is("a connected socket is not connected again (%s)" % title,
                 outcome_of(client.connect, client.getpeername()), "EISCONN")
    client = us.bound(7030)
    with peer.listener() as listener:
        client.connect(listener.getsockname())
        point_is("a bound client keeps its name", listener.accept()[1],
                 (us.address, 7030))


def same_ends(us, peer):
    """S2: two ends tell one connection from all others."""
    with peer.listener() as listener:
        pair = [reuse(us.socket()) for _ in range(2)]
        for one in pair:
            one.bind((us.address, 7033))
        pair[0].connect(listener.getsockname())
        point_is("two connections cannot have the same ends",
                 outcome_of(pair[1].connect, listener.getsockname()),
                 "EADDRNOTAVAIL")
        many = [us.socket() for _ in range(20)]
        for one in many:
            one.connect(listener.getsockname())
            listener.accept()
        ports = [one.getsockname()[1] for one in many]
        point("ports of connections are not guessable from the last",
              len(set(ports)) == 20 and
              len({b - a for a, b in zip(ports, ports[1:])}) > 3, ports)
        late = us.socket()
        late.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        late.bind((us.address, 0))
        point_is("IP_BIND_ADDRESS_NO_PORT leaves the port to connect",
                 (late.getsockname()[1],
                  outcome_of(late.connect, listener.getsockname())), (0, "OK"))


def nonblocking_connect(us, peer):
    with peer.listener() as listener:
        client = us.socket()
        client.setblocking(False)
        told = outcome_of(client.connect, listener.getsockname())
        point_is("a non-blocking connect is under way", told, "EINPROGRESS")
        point_is("poll says when it is done", await_bits(client, "OUT WRNORM"),
                 "OUT WRNORM")
        point_is("SO_ERROR says that it succeeded", pending_error(client), "OK")
        point_is("so does connect, once",
                 [outcome_of(client.connect, listener.getsockname())
                  for _ in range(2)], ["OK", "EISCONN"])


def connecting(us, _peer):
    """Somebody who never answers."""
    client = us.socket()
    client.setblocking(False)
    point_is("connect to a host that does not answer is under way",
             outcome_of(client.connect, (DEAF, 9)), "EINPROGRESS")
    point_is("and stays so", outcome_of(client.connect, (DEAF, 9)), "EALREADY")
    point_is("poll has nothing to say meanwhile", bits(client), "")
    point_is("there is no peer yet", outcome_of(client.getpeername), "ENOTCONN")
    point_is("but a name", client.getsockname()[0], us.address)
    point_is("nothing can be read or written yet",
             [outcome_of(client.recv, 1), outcome_of(client.send, b"x")],
             ["EAGAIN", "EAGAIN"])
    point_is("it cannot listen", outcome_of(client.listen), "EINVAL")
    point_is("shutdown ends the attempt", outcome_of(client.shutdown, 2), "OK")
    point_is("which poll tells", (bits(client), pending_error(client)),
             ("OUT ERR HUP WRNORM", "ECONNRESET"))
    waiting = us.socket()
    attempt = Later(waiting.connect, (DEAF, 9))
    await_true(lambda: waiting.getsockopt(
        socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 2)  # SYN-SENT
    point_is("shutdown of one that another waits for", outcome_of(waiting.shutdown, 2), "OK")
    point_is("is what that one hears", attempt.outcome(), "ECONNRESET")
    impatient = us.socket()
    impatient.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO,
                         struct.pack("ll", 0, 200000))
    point_is("SO_SNDTIMEO limits connect",
             outcome_of(impatient.connect, (DEAF, 9)), "EINPROGRESS")
    patient = us.socket()
    patient.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 1)
    point_is("S15: TCP_SYNCNT limits the attempts",
             outcome_of(patient.connect, (DEAF, 9)), "ETIMEDOUT")
    point_is("after which the socket can be used again",
             outcome_of(patient.getpeername), "ENOTCONN")


def refused(us, peer):
    for title, client_side, server_side in both_ways(us, peer):
        target = server_side.closed_port()
        client = client_side.socket()
        point_is("S7: a closed port refuses (%s)" % title,
                 outcome_of(client.connect, target), "ECONNREFUSED")
        point_is("the error is told once (%s)" % title, pending_error(client),
                 "OK")
        client = client_side.socket()
        client.setblocking(False)
        outcome_of(client.connect, target)
        wanted = "IN OUT ERR HUP RDNORM WRNORM RDHUP"
        point_is("poll tells of a refusal (%s)" % title,
                 await_bits(client, wanted), wanted)
        point_is("SO_ERROR takes it away (%s)" % title,
                 [pending_error(client), pending_error(client)],
                 ["ECONNREFUSED", "OK"])
        with server_side.listener() as listener:
            client.setblocking(True)
            point_is("a refused socket may try again (%s)" % title,
                     [outcome_of(client.connect, listener.getsockname())
                      for _ in range(2)], ["ECONNABORTED", "OK"])


def unreachable(us, _peer):
    for what, address, wanted in (
            ("without a way", "192.0.2.1", "ENETUNREACH"),
            ("of many", "239.1.2.3", "ENETUNREACH"),
            ("of everybody", "10.7.0.255", "ENETUNREACH"),
            ("whom nobody knows", NOBODY, "EHOSTUNREACH")):
        point_is("connect to a host %s is %s" % (what, wanted),
                 outcome_of(us.socket().connect, (address, 9)), wanted)
    for what, address, length, wanted in (
            ("too short", address_struct(us.address), 8, "EINVAL"),
            ("of one byte", b"\2", 1, "EINVAL"),
            ("of a strange family", address_struct(us.address, 9, 10), 16,
             "EAFNOSUPPORT")):
        fresh = us.socket()
        point_is("connect to an address %s is %s" % (what, wanted),
                 call(libc.connect, fresh.fileno(), address, length), wanted)
    fresh = us.socket()
    point_is("a bad pointer is EFAULT",
             call(libc.connect, fresh.fileno(), ctypes.c_void_p(1), 16),
             "EFAULT")


def disconnecting(us, peer):
    unspec = address_struct("0.0.0.0", 0, 0)
    with peer.listener() as listener:
        client = us.socket()
        client.connect(listener.getsockname())
        server, _ = listener.accept()
        point_is("connect to AF_UNSPEC leaves the peer",
                 call(libc.connect, client.fileno(), unspec, 16), 0)
        point_is("S15: who gets a reset", outcome_of(server.recv, 1),
                 "ECONNRESET")
        point_is("the address is given back", client.getsockname()[0],
                 "0.0.0.0")
        point_is("and there is no peer any more",
                 outcome_of(client.getpeername), "ENOTCONN")
        point_is("the socket connects anew",
                 outcome_of(client.connect, listener.getsockname()), "OK")
        server, told = listener.accept()
        client.send(b"again")
        point_is("to a connection that works", server.recv(10), b"again")
        listening = us.listener()
        point_is("a listener stops so too",
                 call(libc.connect, listening.fileno(), unspec, 16), 0)
        point_is("and then connects",
                 outcome_of(listening.connect, listener.getsockname()), "OK")


def accepting(us, peer):
    listener = us.listener()
    point_is("nobody is there to accept", at_once(listener, listener.accept),
             "EAGAIN")
    waiting = Later(listener.accept)
    waiting.sleeps()
    client = peer.socket()
    client.connect(listener.getsockname())
    server, told = waiting.outcome()
    point_is("a blocked accept wakes for a connection", told,
             client.getsockname())
    clients = [peer.socket() for _ in range(5)]
    for one in clients:
        one.connect(listener.getsockname())
    point_is("connections are accepted in their order",
             [listener.accept()[1] for _ in clients],
             [one.getsockname() for one in clients])
    clients[0].connect_ex(listener.getsockname())
    peer.socket().connect(listener.getsockname())
    fd = libc.accept4(listener.fileno(), None, None,
                      os.O_NONBLOCK | os.O_CLOEXEC)
    point("accept4 takes SOCK_NONBLOCK and SOCK_CLOEXEC",
          fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK and
          fcntl.fcntl(fd, fcntl.F_GETFD) & fcntl.FD_CLOEXEC)
    os.close(fd)
    peer.socket().connect(listener.getsockname())
    fd = libc.accept4(listener.fileno(), None, None, 0)
    point("and leaves them out", not fcntl.fcntl(fd, fcntl.F_GETFL) &
          os.O_NONBLOCK and not fcntl.fcntl(fd, fcntl.F_GETFD))
    os.close(fd)
    point_is("accept on a socket that does not listen",
             [outcome_of(us.socket().accept), outcome_of(server.accept)],
             ["EINVAL", "EINVAL"])
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO,
                        struct.pack("ll", 0, 200000))
    point_is("SO_RCVTIMEO limits accept", outcome_of(listener.accept), "EAGAIN")
    point_is("a listener cannot connect",
             outcome_of(listener.connect, (peer.address, 9)), "EISCONN")
    point_is("nor be read or written",
             [outcome_of(listener.recv, 1),
              outcome_of(listener.send, b"x", socket.MSG_NOSIGNAL)],
             ["ENOTCONN", "EPIPE"])


def listening(us, peer):
    fresh = us.socket()
    fresh.listen()
    point("listen binds a socket that is not bound",
          fresh.getsockname()[1] >= 32768, fresh.getsockname())
    point_is("listen may be repeated", outcome_of(fresh.listen, 3), "OK")
    point_is("SO_ACCEPTCONN tells a listener",
             [one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
              for one in (fresh, us.socket())], [1, 0])
    client, _ = connected(us, peer)
    point_is("a connection cannot listen", outcome_of(client.listen), "EINVAL")
    general = us.listener(7040, address="0.0.0.0", options=[REUSE])
    point_is("a listener on any address has them all",
             outcome_of(reuse(us.socket()).bind, (us.address, 7040)),
             "EADDRINUSE")
    general.close()
    pair = [us.listener(7040, address=where)
            for where in (us.address, "127.0.0.1")]
    client = peer.socket()
    client.connect((us.address, 7040))
    point_is("the listener of the address gets the connection",
             (bool(await_true(lambda: bits(pair[0]))), bits(pair[1])),
             (True, ""))


def inheriting(us, peer):
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
               (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
               (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 77),
               (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 5555),
               (socket.SOL_SOCKET, socket.SO_RCVBUF, 20000),
               (socket.SOL_SOCKET, socket.SO_SNDBUF, 30000),
               (socket.IPPROTO_IP, socket.IP_TOS, 0x28),
               (socket.IPPROTO_IP, socket.IP_TTL, 33)]
    listener = us.listener(options=options)
    client = peer.socket()
    client.connect(listener.getsockname())
    server, _ = listener.accept()
    for level, option, _ in options:
        point_is("a connection inherits option %d of level %d"
                 % (option, level), server.getsockopt(level, option),
                 listener.getsockopt(level, option))


def cookies(us, peer):
    """SO_COOKIE is no other socket's, also if the listener was asked before."""
    listener = us.listener()
    made = [listener]
    for _ in range(2):
        client = peer.socket()
        listener.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8)
        client.connect(listener.getsockname())
        made += [client, listener.accept()[0]]
    found = [one.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8)
             for one in made]
    point("each socket has a cookie of its own", len(set(found)) == len(found), found)


def backlog(us, peer):
    """A full accept queue takes no more, and loses nobody for ever."""
    before = counters(left).get("TcpExtListenOverflows", 0)
    # who has had a cookie, and finds the queue full, does not ask again
    setting("tcp_syncookies", 0)
    listener = us.listener(backlog=2)
    clients = [peer.socket() for _ in range(6)]
    for one in clients:
        one.setblocking(False)
        one.connect_ex(listener.getsockname())
    dropped = await_true(lambda: counters(left)["TcpExtListenOverflows"]
                         + counters(left)["TcpExtListenDrops"] > before)
    point("a full accept queue drops and counts", dropped)
    listener.settimeout(60)
    told = {listener.accept()[1] for _ in clients}
    point_is("who was dropped asks again and is accepted", told,
             {one.getsockname() for one in clients})
    setting("tcp_syncookies", 1)


def leaving_listener(us, peer):
    listener = us.listener()
    waiting = Later(listener.accept)
    waiting.sleeps()
    listener.shutdown(socket.SHUT_RDWR)
    point_is("shutdown of a listener wakes accept", waiting.outcome(), "EINVAL")
    point_is("and poll says HUP", bits(listener), "OUT HUP WRNORM")
    refusing = peer.socket()
    point_is("it refuses from then on",
             outcome_of(refusing.connect, (us.address,
                                           listener.getsockname()[1])),
             "ECONNREFUSED")
    point_is("it may listen again", outcome_of(listener.listen), "OK")
    client = peer.socket()
    client.connect(listener.getsockname())
    point_is("shutdown for writing does nothing to it",
             (outcome_of(listener.shutdown, socket.SHUT_WR),
              listener.accept()[1]), ("OK", client.getsockname()))
    pending = peer.socket()
    pending.connect(listener.getsockname())
    await_true(lambda: bits(listener))
    listener.close()
    point_is("closing a listener resets who waits there",
             outcome_of(pending.recv, 1), "ECONNRESET")
    listener = us.listener()
    gone = peer.socket()
    gone.connect(listener.getsockname())
    await_true(lambda: bits(listener))
    gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    name = gone.getsockname()
    gone.close()
    last = peer.socket()
    last.connect(listener.getsockname())
    server, told = listener.accept()
    point_is("a connection that was reset meanwhile is accepted", told, name)
    point_is("and says so", outcome_of(server.recv, 1), "ECONNRESET")


def own_addresses(us, _peer):
    """Inside the stack, without a device."""
    for address in (us.address, "127.0.0.1", "127.1.2.3"):
        with us.listener(address=address) as listener:
            client = us.socket()
            client.connect(listener.getsockname())
            server, told = listener.accept()
        data = os.urandom(300000)
        writer = Later(lambda: (client.sendall(data), client.shutdown(1)))
        point("S8: own sockets reach each other at %s" % address,
              receive_all(server) == data and told == client.getsockname() and
              told[0] in (address, "127.0.0.1"), told)
        writer.outcome()
        point_is("refused at %s" % address,
                 outcome_of(us.socket().connect, (address, 9)), "ECONNREFUSED")
    with us.listener(address="0.0.0.0") as listener:
        client = us.socket()
        client.connect(("0.0.0.0", listener.getsockname()[1]))
        point_is("0.0.0.0 is this host", client.getpeername()[0], "127.0.0.1")
    for address in (us.address, "127.0.0.1"):
        alone = us.bound(0, address)
        point_is("S7: a socket that connects to itself opens simultaneously "
                 "(%s)" % address,
                 outcome_of(alone.connect, alone.getsockname()), "OK")
        alone.send(b"echo")
        point_is("and hears itself (%s)" % address, alone.recv(10), b"echo")
        alone.shutdown(socket.SHUT_WR)
        point_is("to the end (%s)" % address, alone.recv(10), b"")


def by_the_loopback_device(us, peer):
    """A listener bound to lo is for this host alone."""
    lo = ((socket.SOL_SOCKET, 25, b"lo"),)      # SO_BINDTODEVICE
    for address in us.address, "127.0.0.1":
        with us.listener(address=address, options=lo) as listener:
            client = us.socket()
            client.connect(listener.getsockname())
            server, _ = listener.accept()
            server.sendall(b"inside")
            point_is("a listener bound to lo is reached at %s" % address,
                     client.recv(10), b"inside")
            close_first(client, server)
    with us.listener(options=lo) as listener:
        point_is("but not from outside",
                 outcome_of(peer.socket().connect, listener.getsockname()),
                 "ECONNREFUSED")


set_up()
add_neighbour(left, DEAF, "02:00:00:00:00:66")
run_against_peers(
    creation, names, bind_errors, port_sharing, port_after_use, reuseport,
    blocking_connect, same_ends, nonblocking_connect, connecting, refused,
    unreachable, disconnecting, accepting, listening, inheriting, backlog,
    leaving_listener, cookies, own_addresses, by_the_loopback_device)
finish()
