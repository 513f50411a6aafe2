#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""UDP sockets against the kernel's own stack: RFC 768, RFC 1122 4.1, udp(7)."""
import errno
import os
import select
import socket
import struct
import time

from udp_lib import (AF_TWIN, BROADCAST, IP_MTU, IP_MTU_DISCOVER, IP_PKTINFO,
                     IP_RECVORIGDSTADDR, IP_RECVTOS, IP_RECVTTL, MSG_MORE,
                     OURS, PEER, UDP_CORK, UDP_GRO, UDP_SEGMENT, ancillary,
                     attempt, bound, enter, error_at_once, error_of, finish,
                     left, make, ours, point, point_is, quiet, readable,
                     right, run, set_up, skip, theirs)
from twin_lib import add_address, add_link


def echo_both_ways():
    server = bound(ours(), OURS, 7000)
    client = bound(theirs())
    client.sendto(b"ping", (OURS, 7000))
    data, address = server.recvfrom(100)
    point_is("a datagram arrives with its sender's address", (data, address),
             (b"ping", (PEER, client.getsockname()[1])))
    server.sendto(b"pong", address)
    point_is("its answer comes from the port it was sent to",
             client.recvfrom(100), (b"pong", (OURS, 7000)))
    server.sendto(b"", address)
    point_is("an empty datagram is a datagram", client.recvfrom(100),
             (b"", (OURS, 7000)))
    client.sendto(b"", (OURS, 7000))
    point_is("an empty datagram is received", server.recvfrom(100)[0], b"")


def sizes():
    server, client = bound(ours(), OURS, 7001), bound(theirs())
    client.connect((OURS, 7001))
    for size in (1, 1472, 1473, 9000, 65507):
        payload = os.urandom(size)
        client.send(payload)
        data, address = server.recvfrom(70000)
        point("%d bytes are received unchanged" % size, data == payload)
        server.sendto(payload, address)
        point("%d bytes are sent unchanged" % size, client.recv(70000) == payload)
    point_is("65508 bytes are too many",
             error_of(server.sendto, b"x" * 65508, client.getsockname()),
             errno.EMSGSIZE)


def truncation():
    server, client = bound(ours(), OURS, 7002), bound(theirs())
    client.sendto(b"0123456789", (OURS, 7002))
    data, _, flags, _ = server.recvmsg(4, 0, socket.MSG_PEEK)
    point_is("a peek shows the start and says MSG_TRUNC",
             (data, flags & socket.MSG_TRUNC), (b"0123", socket.MSG_TRUNC))
    point_is("MSG_TRUNC asks for the true length",
             server.recv_into(bytearray(4), 4,
                              socket.MSG_PEEK | socket.MSG_TRUNC), 10)
    point_is("the rest of a datagram is not left over",
             (server.recv(4), quiet(server)), (b"0123", True))


def connected_filtering():
    server, client = bound(ours(), OURS, 7003), bound(theirs(), PEER, 7103)
    stranger = bound(theirs(), PEER, 7104)
    server.connect((PEER, 7103))
    stranger.sendto(b"no", (OURS, 7003))
    client.sendto(b"yes", (OURS, 7003))
    point_is("a connected socket hears its peer only", server.recv(10), b"yes")
    point("and nobody else", quiet(server))
    point_is("getpeername names the peer", server.getpeername(), (PEER, 7103))
    server.send(b"to you")
    point_is("send goes to the peer", client.recv(10), b"to you")
    server.sendto(b"to the other", (PEER, 7104))
    point_is("sendto goes elsewhere all the same", stranger.recv(20),
             b"to the other")


def connect_choices():
    client = ours()
    client.connect((PEER, 9))
    name = client.getsockname()
    point("connect chooses source and port",
          name[0] == OURS and 32768 <= name[1] <= 60999, name)
    point_is("IP_MTU of a connected socket is the path's",
             client.getsockopt(socket.IPPROTO_IP, IP_MTU), 1500)
    enter(left)
    fresh = ours()
    point_is("a send without destination",
             error_of(fresh.send, b"x"), errno.EDESTADDRREQ)
    point_is("a destination without a way",
             error_of(fresh.sendto, b"x", ("192.0.2.1", 9)), errno.ENETUNREACH)
    point_is("port 0 is no destination",
             error_of(fresh.sendto, b"x", (PEER, 0)), errno.EINVAL)


def bind_rules():
    first = bound(ours(), OURS, 7004)
    point_is("a port taken is EADDRINUSE",
             error_of(ours().bind, (OURS, 7004)), errno.EADDRINUSE)
    point_is("also for any address",
             error_of(ours().bind, ("0.0.0.0", 7004)), errno.EADDRINUSE)
    attempt("another own address has its own ports",
            lambda: bound(ours(), "127.0.0.1", 7004))
    point_is("an address of others cannot be had",
             error_of(ours().bind, (PEER, 0)), errno.EADDRNOTAVAIL)
    point_is("a bound socket is not bound again",
             error_of(first.bind, (OURS, 7005)), errno.EINVAL)
    sharing = [ours(), ours()]
    for one in sharing:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    attempt("SO_REUSEADDR of both shares a port",
            lambda: [one.bind((OURS, 7006)) for one in sharing] and None)


def specific_before_general():
    general, specific = ours(), ours()
    for one in (general, specific):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    general.bind(("0.0.0.0", 7007))
    specific.bind((OURS, 7007))
    client = bound(theirs())
    client.sendto(b"x", (OURS, 7007))
    point_is("the socket bound to the address gets the datagram",
             specific.recv(10), b"x")
    point("the one bound to any does not", quiet(general))


def loopback():
    for address in (OURS, "127.0.0.1"):
        server, client = bound(ours(), address, 7008), ours()
        client.connect((address, 7008))
        client.send(b"inside")
        data, sender = server.recvfrom(100)
        point_is("own sockets reach each other at %s" % address,
                 (data, sender), (b"inside", client.getsockname()))
        server.sendto(b"back", sender)
        point_is("and back", client.recv(100), b"back")


def bound_to_device(device, *where):
    made = ours()
    made.setsockopt(socket.SOL_SOCKET, 25, device)      # SO_BINDTODEVICE
    return bound(made, *where)


def by_the_loopback_device():
    """What stays inside has come by lo: servers that are for this host alone say so."""
    for address in (OURS, "127.0.0.1"):
        server, client = bound_to_device(b"lo", address, 7024), ours()
        client.connect((address, 7024))
        client.send(b"inside")
        point_is("a server bound to lo is reached at %s" % address,
                 server.recvfrom(100), (b"inside", client.getsockname()))
        server.close()
    server, client = bound_to_device(b"lo", "0.0.0.0", 7024), bound(theirs())
    client.connect((OURS, 7024))
    client.send(b"outside")
    point_is("but not from outside", error_of(client.recv, 10), errno.ECONNREFUSED)
    server.close()
    server, client = bound_to_device(b"eth0", "0.0.0.0", 7024), ours()
    client.connect((OURS, 7024))
    client.send(b"inside")
    point_is("and one bound to eth0 not from inside", error_of(client.recv, 10),
             errno.ECONNREFUSED)
    client = bound(theirs())
    client.sendto(b"outside", (OURS, 7024))
    point_is("but from outside", server.recv(20), b"outside")


def broadcast():
    receivers = [ours(), ours()]
    for one in receivers:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(("0.0.0.0", 7009))
    client = bound(theirs())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    client.sendto(b"all", (BROADCAST, 7009))
    for number, one in enumerate(receivers):
        point_is("socket %d gets the broadcast" % number, one.recv(10), b"all")
    one = bound(ours(), BROADCAST, 7039)
    client.sendto(b"near", (BROADCAST, 7039))
    point_is("one that is bound to its address gets it", one.recv(10), b"near")
    one.sendto(b"mine", (PEER, client.getsockname()[1]))
    point_is("and answers from an own one", client.recvfrom(10), (b"mine", (OURS, 7039)))
    sender, hearer = bound(ours()), bound(theirs(), "0.0.0.0", 7010)
    point_is("broadcasting needs SO_BROADCAST",
             error_of(sender.sendto, b"x", (BROADCAST, 7010)), errno.EACCES)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sender.sendto(b"hear", (BROADCAST, 7010))
    point_is("a broadcast of ours is heard", hearer.recvfrom(10),
             (b"hear", (OURS, sender.getsockname()[1])))


def multicast():
    group, port = "239.1.2.3", 7011
    member, sender = bound(ours(), "0.0.0.0", port), bound(theirs())
    member.setsockopt(socket.IPPROTO_IP, 49, 0)  # IP_MULTICAST_ALL
    join = socket.inet_aton(group) + socket.inet_aton(OURS)
    stranger = ours()
    stranger.setsockopt(socket.IPPROTO_IP, 49, 0)
    stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    member.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    stranger.bind(("0.0.0.0", port))
    member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, join)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                      socket.inet_aton(PEER))
    sender.sendto(b"group", (group, port))
    point_is("a member gets the group's datagram", member.recv(10), b"group")
    point("a socket that is no member does not", quiet(stranger))
    point_is("joining twice is EADDRINUSE",
             error_of(member.setsockopt, socket.IPPROTO_IP,
                      socket.IP_ADD_MEMBERSHIP, join), errno.EADDRINUSE)
    own = ours()
    own.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                   socket.inet_aton(OURS))
    own.sendto(b"own", (group, port))
    point_is("a sender's host hears itself", member.recv(10), b"own")
    member.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, join)
    own.sendto(b"gone", (group, port))
    own.sendto(b"last", (OURS, port))
    hearers, _, _ = select.select([member, stranger], [], [], 60)
    point_is("who has left hears the group no more",
             [one.recv(10) for one in hearers], [b"last"])


def ask(made, option):
    made.setsockopt(socket.IPPROTO_IP, option, 1)


def ancillary_data():
    server, client = bound(ours(), "0.0.0.0", 7012), bound(theirs())
    for option in (IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_RECVORIGDSTADDR):
        ask(server, option)
    server.setsockopt(socket.SOL_SOCKET, 29, 1)  # SO_TIMESTAMP
    client.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 17)
    client.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0x28)
    client.sendto(b"x", (OURS, 7012))
    _, messages, _, _ = server.recvmsg(10, 512)
    info = ancillary(messages, socket.IPPROTO_IP, IP_PKTINFO)
    enter(left)
    point_is("IP_PKTINFO names device and address",
             struct.unpack("i4s4s", info),
             (socket.if_nametoindex("eth0"), socket.inet_aton(OURS),
              socket.inet_aton(OURS)))
    point_is("IP_RECVTTL", ancillary(messages, socket.IPPROTO_IP, 2),
             struct.pack("i", 17))
    point_is("IP_RECVTOS", ancillary(messages, socket.IPPROTO_IP, 1), b"\x28")
    point_is("IP_RECVORIGDSTADDR",
             ancillary(messages, socket.IPPROTO_IP, IP_RECVORIGDSTADDR)[2:8],
             struct.pack("!H", 7012) + socket.inet_aton(OURS))
    point("SO_TIMESTAMP", ancillary(messages, socket.SOL_SOCKET, 29))
    hearer = bound(theirs(), PEER, 7112)
    ask(hearer, IP_RECVTTL)
    server.sendmsg([b"y"], [(socket.IPPROTO_IP, 2, struct.pack("i", 9))], 0,
                   (PEER, 7112))
    _, messages, _, _ = hearer.recvmsg(10, 512)
    point_is("IP_TTL for one datagram",
             ancillary(messages, socket.IPPROTO_IP, 2), struct.pack("i", 9))


def stamped(receiver, sender):
    """One that waits for its reader for 50 ms: (sent, came, its time stamp)."""
    begin = time.time()
    sender.sendto(b"inside", receiver.getsockname())
    readable(receiver)
    end = time.time()
    while time.time() < end + 0.05:
        pass
    told = ancillary(receiver.recvmsg(10, 512)[1], socket.SOL_SOCKET, 35)
    seconds, nanoseconds = struct.unpack("ll", told)
    return begin - 0.01, seconds + nanoseconds / 1e9, end + 0.01


def stamps_inside():
    """Of what never leaves the host, too, the time is that of its arrival."""
    for address in (OURS, "127.0.0.1"):
        server, client = bound(ours(), address), bound(ours(), address)
        server.setsockopt(socket.SOL_SOCKET, 37, 0x18)  # SO_TIMESTAMPING, software
        for _ in range(1000):   # AF_INET begins a little after it was asked
            client.sendto(b"x", server.getsockname())
            told = ancillary(server.recvmsg(10, 512)[1], socket.SOL_SOCKET, 37)
            if told:
                break
        point("SO_TIMESTAMPING inside, at %s" % address, told and any(told[:16]), told)
        server.setsockopt(socket.SOL_SOCKET, 35, 1)     # SO_TIMESTAMPNS
        begin, came, end = stamped(server, client)
        point("SO_TIMESTAMPNS inside, at %s" % address, begin <= came <= end,
              (begin, came, end))


def corking():
    hearer, sender = bound(theirs(), PEER, 7013), ours()
    sender.connect((PEER, 7013))
    sender.send(b"one ", MSG_MORE)
    sender.send(b"two ", MSG_MORE)
    sender.send(b"three")
    point_is("MSG_MORE joins sends", hearer.recv(100), b"one two three")
    sender.setsockopt(socket.IPPROTO_UDP, UDP_CORK, 1)
    part = os.urandom(5000)
    sender.send(part)
    sender.send(part)
    sender.setsockopt(socket.IPPROTO_UDP, UDP_CORK, 0)
    point("UDP_CORK joins sends beyond the MTU",
          hearer.recv(20000) == part + part)
    # far more skbs' worth than the send buffer holds
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
    sender.setsockopt(socket.IPPROTO_UDP, UDP_CORK, 1)
    for number in range(3000):
        sender.send(part[number:number + 1])
    sender.setsockopt(socket.IPPROTO_UDP, UDP_CORK, 0)
    point("UDP_CORK joins thousands of small sends",
          hearer.recv(20000) == part[:3000])
    sender.setblocking(True)
    errors = [0]
    while errors[-1] == 0:
        errors.append(error_of(sender.send, bytes(9000), MSG_MORE))
    point("but no more than the send buffer's double, without waiting",
          len(errors) > 2 and errors[-1] == errno.ENOBUFS, errors)
    sender.send(bytes(60000), MSG_MORE)
    errors = [error_of(sender.send, bytes(6000), MSG_MORE)]
    point_is("nor than a datagram can have", errors, [errno.EMSGSIZE])
    sender.send(b"anew")
    point_is("which throws away what waited", hearer.recv(20000), b"anew")


def segmentation():
    hearer, sender = bound(theirs(), PEER, 7014), ours()
    sender.connect((PEER, 7014))
    sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1000)
    data = os.urandom(3500)
    sender.send(data)
    pieces = [hearer.recv(5000) for _ in range(4)]
    point_is("UDP_SEGMENT cuts", [len(piece) for piece in pieces],
             [1000, 1000, 1000, 500])
    point("and loses nothing", b"".join(pieces) == data)
    server, client = bound(ours(), OURS, 7015), bound(theirs())
    client.connect((OURS, 7015))
    client.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1200)
    client.send(data)
    pieces = [server.recv(5000) for _ in range(3)]
    point("what the peer's UDP_SEGMENT left whole is cut here",
          b"".join(pieces) == data, [len(piece) for piece in pieces])
    server.setsockopt(socket.IPPROTO_UDP, UDP_GRO, 1)
    client.send(data)
    got, messages, _, _ = server.recvmsg(5000, 100)
    size = ancillary(messages, socket.IPPROTO_UDP, UDP_GRO)
    point("UDP_GRO takes it whole and tells the size",
          got == data and size == struct.pack("i", 1200), (len(got), size))
    inside = bound(ours(), OURS, 7016)
    sender = ours()
    sender.connect((OURS, 7016))
    sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1000)
    sender.send(data)
    pieces = [inside.recv(5000) for _ in range(4)]
    point("segments inside the stack", b"".join(pieces) == data,
          [len(piece) for piece in pieces])


def zerocopy():
    hearer, sender = bound(theirs(), PEER, 7022), ours()
    sender.connect((PEER, 7022))
    error_of(sender.setsockopt, socket.SOL_SOCKET, 60, 1)  # SO_ZEROCOPY
    data = os.urandom(1400)
    sender.send(data, 0x4000000)
    point("MSG_ZEROCOPY arrives", hearer.recv(2000) == data)
    readable(sender)
    _, messages, _, _ = sender.recvmsg(10, 200, 0x2000)
    notice = ancillary(messages, socket.IPPROTO_IP, 11)
    point_is("and its notice comes", struct.unpack_from("IB", notice), (0, 5))


def receive_buffer():
    server, client = ours(), bound(theirs())
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    server.bind((OURS, 7017))
    for _ in range(200):
        client.sendto(b"z" * 1000, (OURS, 7017))
    received = 0
    while not error_at_once(server, server.recv, 10):
        received += 1
    point("a full buffer drops datagrams", 0 < received < 200, received)
    client.sendto(b"again", (OURS, 7017))
    point_is("and takes new ones once it is read", server.recv(10), b"again")


def shutdown_and_poll():
    server, client = bound(ours(), OURS, 7018), bound(theirs())
    point_is("shutdown without a peer", error_of(server.shutdown, 0),
             errno.ENOTCONN)
    server.settimeout(None)
    point_is("after which reading ends", server.recv(10), b"")
    server = bound(ours(), OURS, 7019)
    client.sendto(b"12345", (OURS, 7019))
    point_is("poll says POLLIN", readable(server) & 1, 1)
    import array
    import fcntl
    waiting = array.array("i", [0])
    fcntl.ioctl(server, 0x541B, waiting)  # FIONREAD
    point_is("FIONREAD says the next datagram's length", waiting[0], 5)


def pmtu_discovery():
    sender = ours()
    sender.connect((PEER, 9))
    sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 2)
    point_is("IP_PMTUDISC_DO refuses what needs fragments",
             error_of(sender.send, b"x" * 1473), errno.EMSGSIZE)
    attempt("and sends what does not", lambda: sender.send(b"x" * 1472) and None)


def disconnecting():
    server, client = bound(ours(), "0.0.0.0", 7020), bound(theirs())
    server.connect((PEER, 4))
    import ctypes
    from udp_lib import libc
    unspec = ctypes.create_string_buffer(16)
    point_is("connect to AF_UNSPEC", libc.connect(server.fileno(), unspec, 16), 0)
    client.sendto(b"anyone", (OURS, 7020))
    point_is("takes the peer away and keeps the port", server.recv(10), b"anyone")
    point_is("and the address is any again", server.getsockname(),
             ("0.0.0.0", 7020))


def reuseport():
    enter(left)
    group = [ours() for _ in range(4)]
    for one in group:
        if error_of(one.setsockopt, socket.SOL_SOCKET, 15, 1):
            skip("SO_REUSEPORT spreads peers", "the kernel keeps it to itself")
            return
        one.bind((OURS, 7021))
    hit = set()
    for _ in range(64):
        client = bound(theirs())
        client.sendto(b"r", (OURS, 7021))
        client.close()
    for number, one in enumerate(group):
        while not error_at_once(one, one.recv, 10):
            hit.add(number)
    point("SO_REUSEPORT spreads peers over the group", len(hit) > 1, hit)


def many_ports():
    enter(left)
    names = {bound(make(AF_TWIN, socket.SOCK_DGRAM, 0)).getsockname()[1]
             for _ in range(20)}
    point("chosen ports are not in a row",
          max(names) - min(names) > 100, sorted(names))


def another_links_address():
    """RFC 1122 3.3.4.2, the weak model: an address is the host's, on every link."""
    address = "10.70.0.1"
    add_link("eth1")
    add_address(left, address, "eth1")
    run("ip", "-n", right, "route", "add", address + "/32", "via", OURS)
    server, client = bound(ours(), address, 7023), bound(theirs(), PEER)
    client.sendto(b"other link's", (address, 7023))
    data, sender = server.recvfrom(20)
    point_is("a datagram to another link's address is taken", (data, sender[0]),
             (b"other link's", PEER))
    server.sendto(b"answer", sender)
    point_is("and answered from there", client.recvfrom(20), (b"answer", (address, 7023)))


def another_multicast_device():
    """IP_MULTICAST_IF counts for each datagram, also of one connected to a group
    (RFC 1122 3.3.4.2: the application chooses the interface of a multicast)."""
    enter(right)
    heard = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x800))
    heard.settimeout(60)
    sender = bound(ours(), OURS)
    devices = [socket.if_nametoindex("eth%d" % number) for number in (0, 1)]
    sender.connect(("239.1.2.4", 7026))
    found = []
    for place in 0, 1, 0:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                          struct.pack("4s4si", bytes(4), bytes(4), devices[place]))
        sender.send(b"by eth%d" % place)
        data = b""
        while b"by eth" not in data:
            data, where = heard.recvfrom(2000)
        found.append((data[28:].decode(), "by " + where[0]))
    point("IP_MULTICAST_IF of a connected socket takes effect at once",
          all(sent == came for sent, came in found), found)


set_up()
for test in (echo_both_ways, sizes, truncation, connected_filtering,
             connect_choices, bind_rules, specific_before_general, loopback,
             by_the_loopback_device, broadcast, multicast, ancillary_data, stamps_inside,
             corking, segmentation, zerocopy, receive_buffer, shutdown_and_poll,
             pmtu_discovery, disconnecting, reuseport, many_ports, another_links_address,
             another_multicast_device):
    try:
        test()
    except Exception as error:
        point(test.__name__.replace("_", " "), False,
              "%s: %s" % (type(error).__name__, error))
finish()
