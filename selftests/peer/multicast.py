#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""Which multicasts reach which sockets: RFC 1112, and ip(7) where it is silent."""
from scripted import *

IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_MULTICAST_ALL = 10, 2, 49
ALL_HOSTS = "224.0.0.1"


def group():
    """One that nobody has been in before."""
    bench().peers += 1
    return "239.9.%d.%d" % divmod(bench().peers, 256)


def receiver(p, port=0):
    """Bound to any address; multicasts are not sent to ours."""
    sock = bench().socket(socket.SOCK_DGRAM)
    p.socks.append(sock)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("0.0.0.0", port))
    return sock, sock.getsockname()[1]


def join(p, sock, to):
    p.call("join " + to, sock.setsockopt, socket.IPPROTO_IP,
           socket.IP_ADD_MEMBERSHIP, socket.inet_aton(to) + socket.inet_aton(HOST))


def leave(p, sock, to):
    p.call("leave " + to, sock.setsockopt, socket.IPPROTO_IP,
           socket.IP_DROP_MEMBERSHIP, socket.inet_aton(to) + socket.inet_aton(HOST))


def expect_data(p, sock, length):
    p.call("recv()", sock.recv, 100)
    p.call("recv() again", sock.recv, 100, error=errno.EAGAIN)


def test_not_joined():
    """A group that nobody on this host has joined reaches no socket (RFC 1112 7.2)."""
    with stranger() as p:
        sock, port = receiver(p)
        p.inject_udp(port, 10, to=group())
        p.silence()
        p.call("recv()", sock.recv, 100, error=errno.EAGAIN)


def test_joined():
    """It reaches who joined, and who asks for all groups, and not the others."""
    with stranger() as p:
        to = group()
        member, port = receiver(p)
        everything, _ = receiver(p, port)
        stranger_, _ = receiver(p, port)
        stranger_.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
        join(p, member, to)
        p.inject_udp(port, 10, to=to)
        p.silence()
        expect_data(p, member, 10)
        expect_data(p, everything, 10)
        p.call("recv()", stranger_.recv, 100, error=errno.EAGAIN)
        leave(p, member, to)
        p.inject_udp(port, 10, to=to)
        p.silence()
        p.call("recv()", everything.recv, 100, error=errno.EAGAIN)


def test_all_hosts():
    """Every host is in the group of all hosts (RFC 1112 4)."""
    with stranger() as p:
        sock, port = receiver(p)
        p.inject_udp(port, 10, to=ALL_HOSTS)
        p.silence()
        expect_data(p, sock, 10)


def test_no_answer():
    """A group without a socket is not answered: no ICMP error (RFC 1122 3.2.2)."""
    with stranger() as p:
        sock, port = receiver(p)
        to = group()
        join(p, sock, to)
        p.inject_udp(port + 1, 10, to=to)
        p.silence()


def test_too_long():
    """What is refused as too long reaches nobody, not even this host."""
    with stranger() as p:
        to = group()
        member, port = receiver(p)
        join(p, member, to)
        sender = p.socket()
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
        for address in to, "10.9.255.255":
            p.call("sendto(%s)" % address, sender.sendto, row(0, 2000),
                   (address, port), error=errno.EMSGSIZE)
        p.silence()
        p.call("recv()", member.recv, 3000, error=errno.EAGAIN)
        sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 0)
        p.call("sendto()", sender.sendto, row(0, 10), (to, port))
        p.pause(0.1)
        expect_data(p, member, 10)


main()
