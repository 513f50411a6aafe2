#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: debug
# timeout: 400
"""Each allocation that the module makes on behalf of a system call fails in
turn: sockets of all types, configuration by netlink, sock_diag, namespaces. For
/proc and sysctl the module allocates nothing."""
import ctypes
import errno
import os
import socket
import struct

import injection
import twin_lib
from injection import each_in_turn
from netlink_lib import (ACK, CREATE, DIAG, DUMP, address_body, ask,
                         neighbour_body, route_body)
from twin_lib import (AF_TWIN, NOBODY, OURS, PEER, enter, left, libc, make,
                      right)

IP, TCP, UDP, SOL = 0, 6, 17, socket.SOL_SOCKET
PATIENCE = 20


def stream():
    made = make(AF_TWIN, socket.SOCK_STREAM, 0)
    made.settimeout(PATIENCE)
    return made


def datagram(protocol=0):
    made = make(AF_TWIN, socket.SOCK_DGRAM, protocol)
    made.settimeout(injection.patience[0])
    return made


def connection(address="127.0.0.1"):
    with stream() as listener:
        listener.bind((address, 0))
        listener.listen(5)
        client = stream()
        try:
            client.connect(listener.getsockname())
            server = listener.accept()[0]
        except OSError:
            client.close()
            raise
    return client, server


def read_all(made, length):
    while length:
        got = len(made.recv(length))
        if not got:
            raise OSError(errno.EPIPE, "the end came early")
        length -= got


def tcp_transfer():
    client, server = connection()
    with client, server:
        sent = client.send(bytes(70000))
        read_all(server, sent)
        server.sendall(b"answer")
        read_all(client, 6)
        client.shutdown(socket.SHUT_WR)
        server.recv(1)


def tcp_odds():
    client, server = connection()
    with client, server:
        client.setsockopt(TCP, socket.TCP_CONGESTION, b"bbr")
        client.setsockopt(SOL, 47, struct.pack("I", 1000000))
        client.setsockopt(SOL, 60, 1)
        client.send(bytes(5000), 0x4000000)
        read_all(server, 5000)
        client.send(b"!", socket.MSG_OOB)
        client.send(b"more", socket.MSG_MORE)
        read_all(server, 4)
        client.getsockopt(TCP, socket.TCP_INFO, 256)
        server.setsockopt(TCP, socket.TCP_CONGESTION, b"dctcp")
        client.setsockopt(SOL, socket.SO_LINGER, struct.pack("ii", 1, 0))


def tcp_out():
    """To another host, to one that is not there, and to a closed port."""
    with stream() as refused:
        try:
            refused.connect((PEER, 9))
        except ConnectionRefusedError:
            pass
    with stream() as waiting:
        waiting.settimeout(0)
        waiting.connect_ex((NOBODY, 9))


def tcp_sendfile():
    client, server = connection()
    with client, server, open("/proc/self/exe", "rb") as file:
        sent = os.sendfile(client.fileno(), file.fileno(), 0, 30000)
        read_all(server, sent)


def udp_transfer():
    with datagram() as one, datagram() as two:
        one.bind(("127.0.0.1", 0))
        two.connect(one.getsockname())
        for length in 10, 3000, 60000:
            two.send(bytes(length))
            one.recvfrom(70000)
        two.send(b"part", socket.MSG_MORE)
        two.send(b"rest")
        one.recv(100)
        two.setsockopt(UDP, 103, 100)
        two.send(bytes(1000))
        one.recv(2000)


def udp_ip_options():
    """Those of the socket, and those of a datagram in parts, which the cork keeps."""
    route = bytes((7, 7, 4)) + bytes(5)
    with datagram() as one, datagram() as two:
        one.bind(("127.0.0.1", 0))
        two.connect(one.getsockname())
        two.setsockopt(IP, socket.IP_OPTIONS, route)
        two.sendmsg([b"part"], [(IP, socket.IP_RETOPTS, route)], socket.MSG_MORE)
        two.send(b"rest")
        one.recv(100)


def udp_out():
    """Fragments, a neighbour that must be asked for, and one that is not there."""
    with datagram() as made:
        for length in 100, 3000:
            made.sendto(bytes(length), (PEER, 9))
            twin_lib.send_in_vain(made, bytes(length), 9)
        made.setsockopt(SOL, socket.SO_BROADCAST, 1)
        made.sendto(b"all", ("255.255.255.255", 9))
        made.sendto(b"group", ("224.5.6.7", 9))


def udp_errors():
    with datagram() as made:
        made.setsockopt(IP, 11, 1)
        made.setsockopt(IP, 10, 2)
        made.connect((PEER, 9))
        try:
            made.send(bytes(3000))
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise


def udp_groups():
    group = socket.inet_aton("224.5.6.7") + socket.inet_aton(OURS)
    other = socket.inet_aton("224.5.6.8") + socket.inet_aton(OURS)
    with datagram() as made:
        made.bind(("0.0.0.0", 0))
        made.setsockopt(IP, socket.IP_ADD_MEMBERSHIP, group)
        for last in range(1, 10):   # net.twin.igmp_max_msf
            made.setsockopt(IP, 38, group + bytes((10, 7, 0, last)))
        made.setsockopt(IP, 39, other + socket.inet_aton(PEER))
        made.sendto(b"loops", ("224.5.6.7", made.getsockname()[1]))
        made.setsockopt(IP, socket.IP_DROP_MEMBERSHIP, group)


def ping():
    with datagram(socket.IPPROTO_ICMP) as made:
        made.connect((PEER, 0))
        made.send(b"\x08" + bytes(99))
        made.recv(200)


#
# netlink
#

def addresses():
    body = address_body(24)
    local = ((2, socket.inet_aton("10.7.0.201")),
             (4, socket.inet_aton("10.7.0.255")))
    ask(22, DUMP, struct.pack("=BBBBi", AF_TWIN, 0, 0, 0, 0))
    try:
        ask(20, ACK | CREATE, body, local)
    finally:
        with_memory(lambda: ask(21, ACK, body, local))


def routes():
    body = route_body(24)
    where = ((1, socket.inet_aton("10.66.0.0")), (5, socket.inet_aton(PEER)))
    ask(26, DUMP, struct.pack("=BBBBBBBBI", AF_TWIN, *(0,) * 8))
    try:
        ask(24, ACK | CREATE, body, where)
        ask(26, ACK, struct.pack("=BBBBBBBBI", AF_TWIN, 32, *(0,) * 7),
            ((1, socket.inet_aton("10.66.0.1")),))
    finally:
        with_memory(lambda: ask(25, ACK, body, where))


def neighbours():
    body = neighbour_body()
    who = ((1, socket.inet_aton("10.7.0.202")), (2, b"\2\0\0\0\0\5"))
    ask(30, DUMP, struct.pack("=BBHiHBB", AF_TWIN, 0, 0, 0, 0, 0, 0))
    try:
        ask(28, ACK | CREATE, body, who)
    finally:
        with_memory(lambda: ask(29, ACK, body, who))


def with_memory(function):
    """What has to be put back is put back; it may never have been there."""
    path = "/proc/self/task/%d/fail-nth" % os.getpid()
    with open(path, encoding="ascii") as file:
        left_over = file.read().strip()
    injection.write(path, 0)
    try:
        function()
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ESRCH, errno.EADDRNOTAVAIL):
            raise
    finally:
        injection.write(path, left_over)


def sock_diag():
    with stream() as made, datagram() as other:
        made.bind((OURS, 0))
        made.listen(1)
        other.bind((OURS, 0))
        for protocol in TCP, UDP:
            ask(20, DUMP, struct.pack("=BBBxI48x", AF_TWIN, protocol, 0xff,
                                      0xffffffff), protocol=DIAG)


#
# Namespaces
#

def namespace():
    """A new one in a process of its own, which leaves it by its end. What fails
    is counted there."""
    pid = os.fork()
    if not pid:
        status = 99
        try:
            status = new_namespace()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


wanted = [0]


def new_namespace():
    """0 fine, 1 one has failed and all went well, 2 ... and it was said so."""
    with injection.Nth(wanted[0]) as nth:
        try:
            if libc.unshare(0x40000000):
                raise OSError(ctypes.get_errno(), "unshare")
            stream().close()
            error = 0
        except OSError as problem:
            error = problem.errno
    if error and error not in injection.NO_MEMORY:
        return 3
    return (2 if error else 1) if nth.failed else 4 * bool(error)


def namespaces():
    failed, bad = 0, []
    for wanted[0] in range(1, 500):
        said = namespace()
        if said == 0:
            break
        failed += 1
        if said > 2:
            bad.append("allocation %d: %d" % (wanted[0], said))
    injection.total[0] += failed
    twin_lib.point("a new namespace: each of the allocations may fail",
                   failed and not bad, "%d failed; %s" % (failed, bad))
    print("# namespaces: %d failures" % failed)
    wanted[0] = 1000000
    twin_lib.point_is("a namespace with memory", namespace(), 0)


SCENARIOS = (tcp_transfer, tcp_odds, tcp_out, tcp_sendfile, udp_transfer,
             udp_ip_options, udp_out, udp_errors, udp_groups, ping, addresses, routes,
             neighbours, sock_diag)

twin_lib.set_up()
enter(left)
injection.write("/proc/sys/net/twin/ping_group_range", "0 2147483647")
if not injection.available():
    twin_lib.skip("fault injection", "this kernel has none, or no stack filter")
else:
    injection.whole_module()
    for scenario in SCENARIOS:
        enter(left)
        name = scenario.__name__
        each_in_turn(name.replace("_", " "), scenario,
                     lossy=name == "ping" or name.startswith("udp"))
    namespaces()
    enter(right)
injection.finish()
