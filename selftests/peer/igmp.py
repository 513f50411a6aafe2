#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
# timeout: 400
"""What multicast routers are told of this host's groups: IGMPv3 (RFC 3376), and
versions 2 and 1 where that is all that the routers understand (section 7)."""
from scripted import *
from scripted.bench import run
from scripted.wire import Ip, checksum
import ctypes
import struct

IGMP, ROUTERS, ALL_ROUTERS, ALL_HOSTS = 2, "224.0.0.22", "224.0.0.2", "224.0.0.1"
QUERY, V1_REPORT, V2_REPORT, LEAVE, V3_REPORT = 0x11, 0x12, 0x16, 0x17, 0x22
NAMES = ["IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"]
ROUTER_ALERT = b"\x94\4\0\0"
JOIN_SOURCE, LEAVE_SOURCE, BLOCK, UNBLOCK, MSFILTER = 39, 40, 38, 37, 41
MCAST_JOIN_GROUP, MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE = 42, 43, 44
MCAST_LEAVE_GROUP, MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP = 45, 46, 47
MCAST_MSFILTER, MCAST_EXCLUDE, MCAST_INCLUDE = 48, 0, 1
A, B, C = "10.9.70.1", "10.9.70.2", "10.9.70.3"
aton = socket.inet_aton


def group():
    """One that nobody has been in before."""
    bench().peers += 1
    return "239.8.%d.%d" % divmod(bench().peers, 256)


def code(value):
    """A number of tenths of a second, or of seconds, as a byte (4.1.1)."""
    if value < 128:
        return value
    exponent = value.bit_length() - 5
    return 0x80 | (exponent - 3) << 4 | (value >> exponent) & 15


class Router:
    """Hears reports, sends queries. Its address is a stranger's."""

    def __init__(self):
        self.p = stranger()
        self.address = self.p.address
        self.socks = self.p.socks

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.p.done = kind is None
        for sock in self.socks:
            sock.close()
        self.socks.clear()
        self.quiet(2)

    def quiet(self, seconds):
        """Lets what is still repeated pass."""
        self.p.pause(seconds)
        for key in [key for key in bench().queues if key[0] == IGMP]:
            del bench().queues[key]

    def member(self):
        sock = bench().socket(socket.SOCK_DGRAM)
        self.socks.append(sock)
        return sock

    def option(self, sock, number, data, error=0):
        self.p.call("option %d %s" % (number, data.hex(" ")), sock.setsockopt,
                    socket.IPPROTO_IP, number, data, error=error)

    def join(self, sock, to, error=0):
        self.option(sock, socket.IP_ADD_MEMBERSHIP, aton(to) + aton(HOST), error)

    def leave(self, sock, to):
        self.option(sock, socket.IP_DROP_MEMBERSHIP, aton(to) + aton(HOST))

    def source(self, sock, number, to, source, error=0):
        self.option(sock, number, aton(to) + aton(HOST) + aton(source), error)

    def joined(self, *sources):
        """A socket that has joined a new group, and routers know."""
        sock, to = self.member(), group()
        for one in sources:
            self.source(sock, JOIN_SOURCE, to, one)
        if not sources:
            self.join(sock, to)
        self.quiet(3)
        return sock, to

    def next(self, wanted, address, seconds=10):
        queue = bench().queue(IGMP, address, 0)
        deadline = bench().now() + seconds
        while not queue:
            if not bench().pump(deadline - bench().now()) and \
                    bench().now() >= deadline:
                self.p.fail(wanted, "nothing in %g s" % seconds)
        return queue.pop(0)

    def expect(self, wanted, address=ROUTERS, seconds=10):
        """The next message to that address, as text; when it came."""
        when, ip = self.next(wanted, address, seconds)
        came = self.text(ip)
        self.p.log("stack  < %s to %s" % (came, ip.dst), when)
        if came != wanted:
            self.p.fail(wanted, came)
        assert (ip.ttl, ip.tos, ip.options) == (1, 0xc0, ROUTER_ALERT), vars(ip)
        assert ip.src == HOST and not checksum(ip.payload), vars(ip)
        return when

    @staticmethod
    def text(ip):
        data = ip.payload
        if data[0] != V3_REPORT:
            return "%s %s" % ({V1_REPORT: "v1", V2_REPORT: "v2", LEAVE: "leave"}.get(
                data[0], data[0]), socket.inet_ntoa(data[4:8]))
        records, place, said = struct.unpack_from("!H", data, 6)[0], 8, []
        for _ in range(records):
            kind, more, count = struct.unpack_from("!BBH", data, place)
            to = socket.inet_ntoa(data[place + 4:place + 8])
            sources = sorted(socket.inet_ntoa(data[place + 8 + 4 * i:place + 12 + 4 * i])
                             for i in range(count))
            assert not more
            said.append("%s %s {%s}" % (NAMES[kind - 1], to, " ".join(sources)))
            place += 8 + 4 * count
        assert place == len(data), data
        return ", ".join(sorted(said))

    def nothing(self, seconds=0, but=()):
        """No message within that time."""
        if seconds:
            self.p.pause(seconds)
        self.p.silence()
        for (protocol, address, _), queue in bench().queues.items():
            for when, ip in queue if protocol == IGMP else ():
                if self.text(ip) not in but:
                    self.p.fail("nothing", self.text(ip))

    def send(self, data, to, options=ROUTER_ALERT, wrong=0, source=None):
        data = data[:2] + struct.pack("!H", checksum(data) ^ wrong) + data[4:]
        bench().write(Ip(source or self.address, to, IGMP, data, ttl=1,
                         options=options).pack())

    def query(self, to=None, sources=(), resp=10, qrv=2, version=3, dst=None,
              **more):
        """resp is in tenths of a second."""
        data = struct.pack("!BBH4s", QUERY, 0 if version == 1 else code(resp), 0,
                           aton(to or "0.0.0.0"))
        if version == 3:
            data += struct.pack("!BBH", qrv, 125, len(sources))
            data += b"".join(map(aton, sources))
        self.p.log("peer   > v%d query %s {%s} %g s" % (
            version, to, " ".join(sources), resp / 10))
        if version == 1:
            more.setdefault("options", b"")
        self.send(data, dst or to or ALL_HOSTS, **more)


def test_join_and_leave():
    """A join is reported at once, again within a second, and so is the end (5.1)."""
    with Router() as r:
        sock, to = r.member(), group()
        for step, record in (r.join, "TO_EX"), (r.leave, "TO_IN"):
            step(sock, to)
            wanted = "%s %s {}" % (record, to)
            first = r.expect(wanted)
            again = r.expect(wanted)
            assert again - first <= 1.3 or not exact_time()
            r.nothing(2)


def test_close():
    """Closing a socket is leaving its groups."""
    with Router() as r:
        sock, to = r.joined()
        sock.close()
        r.expect("TO_IN %s {}" % to)


def test_sources():
    """Sources that are wanted or not are reported as what changes (5.1)."""
    with Router() as r:
        sock, to = r.member(), group()
        for number, source, said in (
                (JOIN_SOURCE, A, "ALLOW"), (JOIN_SOURCE, B, "ALLOW"),
                (LEAVE_SOURCE, A, "BLOCK"), (LEAVE_SOURCE, B, "BLOCK")):
            r.source(sock, number, to, source)
            for _ in range(2):
                r.expect("%s %s {%s}" % (said, to, source))
        r.nothing(2)
        r.join(sock, to)
        r.quiet(3)
        r.source(sock, BLOCK, to, A)
        for _ in range(2):
            r.expect("BLOCK %s {%s}" % (to, A))
        r.source(sock, UNBLOCK, to, A)
        for _ in range(2):
            r.expect("ALLOW %s {%s}" % (to, A))


def test_sockets_together():
    """Routers hear of what all sockets together want (3.2)."""
    with Router() as r:
        sock, to = r.joined(A, B)
        other = r.member()
        r.source(other, JOIN_SOURCE, to, B)
        r.nothing(2)
        r.join(r.member(), to)
        for _ in range(2):
            r.expect("TO_EX %s {}" % to)
        r.source(r.socks[-1], BLOCK, to, A)
        r.source(r.socks[-1], BLOCK, to, C)
        for _ in range(2):
            r.expect("BLOCK %s {%s}" % (to, C))
        r.nothing(2)
        r.source(sock, LEAVE_SOURCE, to, A)
        for _ in range(2):
            r.expect("BLOCK %s {%s}" % (to, A))
        r.leave(r.socks[-1], to)
        for _ in range(2):
            r.expect("TO_IN %s {%s}" % (to, B))


def msfilter(to, mode, *sources):
    return aton(to) + aton(HOST) + struct.pack("=II", mode, len(sources)) + \
        b"".join(map(aton, sources))


def test_exclusions_meet():
    """Unwanted is what all exclude and none includes (3.2)."""
    with Router() as r:
        sock, to = r.joined()
        r.option(sock, MSFILTER, msfilter(to, MCAST_EXCLUDE, A, B))
        for _ in range(2):
            r.expect("BLOCK %s {%s %s}" % (to, A, B))
        other = r.member()
        r.join(other, to)
        for _ in range(2):
            r.expect("ALLOW %s {%s %s}" % (to, A, B))
        r.option(other, MSFILTER, msfilter(to, MCAST_EXCLUDE, C, B))
        for _ in range(2):
            r.expect("BLOCK %s {%s}" % (to, B))
        for number, said in (JOIN_SOURCE, "ALLOW"), (LEAVE_SOURCE, "BLOCK"):
            r.source(r.member() if number == JOIN_SOURCE else r.socks[-1],
                     number, to, B)
            for _ in range(2):
                r.expect("%s %s {%s}" % (said, to, B))


def test_too_much_to_merge():
    """Where sockets name too many sources all are taken, and nobody has to wait."""
    with Router() as r:
        to = group()
        bench().sysctl("igmp_max_msf", 4096)
        for i in range(5):
            sock = r.member()
            r.join(sock, to)
            r.option(sock, MSFILTER, msfilter(to, MCAST_EXCLUDE, A, *(
                "10.%d.%d.%d" % (16 + i, j >> 8, j & 255) for j in range(4095))))
            r.quiet(3)
            r.query(to)
            if i:
                r.expect("IS_EX %s {%s}" % (to, A if i < 4 else ""))
        bench().sysctl("igmp_max_msf", 10)


def test_changes_merge():
    """A change while another is being repeated is told with it (5.1)."""
    with Router() as r:
        sock, to = r.member(), group()
        r.query(qrv=7, resp=1)
        r.quiet(2)
        r.source(sock, JOIN_SOURCE, to, A)
        r.expect("ALLOW %s {%s}" % (to, A))
        r.source(sock, JOIN_SOURCE, to, B)
        r.expect("ALLOW %s {%s %s}" % (to, A, B))
        r.join(r.member(), to)
        for _ in range(7):
            r.expect("TO_EX %s {}" % to)
        r.query(qrv=2, resp=1)


def test_robustness():
    """As often as the querier says (4.1.6)."""
    with Router() as r:
        r.query(qrv=3, resp=1)
        r.quiet(2)
        to = group()
        r.join(r.member(), to)
        for _ in range(3):
            r.expect("TO_EX %s {}" % to)
        r.nothing(2)
        r.query(qrv=2, resp=1)
        r.quiet(2)


def test_query_without_address():
    """A switch that asks in the routers' place may have no address (RFC 4541 2.1.1:
    queries "with IP source address of 0.0.0.0")."""
    with Router() as r:
        sock, to = r.joined()
        r.query(resp=10, source="0.0.0.0")
        r.expect("IS_EX %s {}" % to)
        r.query(to, resp=10, source="0.0.0.0")
        r.expect("IS_EX %s {}" % to)


def test_general_query():
    """A general query is answered, not at once, by all that is wanted (5.2)."""
    with Router() as r:
        _, first = r.joined()
        _, second = r.joined(A)
        asked = bench().now()
        r.query(resp=20)
        answered = r.expect(", ".join(sorted((
            "IS_EX %s {}" % first, "IS_IN %s {%s}" % (second, A)))))
        assert not exact_time() or 0 < answered - asked <= 2.3
        r.nothing(3)


def test_general_query_spread():
    """Hosts do not answer all at the same moment."""
    with Router() as r:
        _, to = r.joined()
        delays = set()
        for _ in range(8):
            asked = bench().now()
            r.query(resp=10)
            delays.add(round(r.expect("IS_EX %s {}" % to) - asked, 2))
        assert len(delays) > 2, delays


@differs_on_inet("it tells the excluded sources in place of the wanted ones")
def test_group_query():
    """A query for a group, or for sources of it, is answered for them (5.2)."""
    with Router() as r:
        _, to = r.joined(A, B)
        r.query(to)
        r.expect("IS_IN %s {%s %s}" % (to, A, B))
        r.query(to, (B, C))
        r.expect("IS_IN %s {%s}" % (to, B))
        r.query(to, (C,))
        r.query(group())
        r.nothing(2)
        sock, to = r.joined()
        r.source(sock, BLOCK, to, A)
        r.quiet(3)
        r.query(to, (A, B))
        r.expect("IS_IN %s {%s}" % (to, B))
        r.query(to)
        r.expect("IS_EX %s {%s}" % (to, A))


def test_queries_combine():
    """Queries of a group that is about to be answered are answered together (5.2)."""
    with Router() as r:
        _, to = r.joined(A, B, C)
        r.query(to, (A,), resp=20)
        r.query(to, (B,), resp=20)
        r.expect("IS_IN %s {%s %s}" % (to, A, B))
        r.query(to, (A,), resp=20)
        r.query(to, resp=20)
        r.expect("IS_IN %s {%s %s %s}" % (to, A, B, C))
        r.nothing(2.5)


def test_many_sources_asked():
    """More sources than are remembered: the whole state is told."""
    with Router() as r:
        _, to = r.joined(A)
        r.query(to, ["10.9.71.%d" % i for i in range(1, 200)] + [A])
        assert r.next("an answer", ROUTERS)


@differs_on_inet("it answers all queries")
def test_no_router_alert():
    """Queries without Router Alert, which come from afar, are ignored (9.1)."""
    with Router() as r:
        r.joined()
        r.query(options=b"")
        r.nothing(2)


def test_malformed():
    """A wrong checksum, a length of no version, sources that are not there."""
    with Router() as r:
        r.joined()
        r.query(wrong=1)
        r.send(bytes((QUERY, 10)) + bytes(8), ALL_HOSTS)
        r.send(bytes((QUERY, 10)) + bytes(8) + b"\0\5", ALL_HOSTS)
        r.send(bytes((QUERY,)), ALL_HOSTS)
        r.send(bytes((0x99,)) + bytes(11), ALL_HOSTS)
        r.nothing(2)


def test_general_query_with_sources():
    """"This number is zero in a General Query" (4.1.8), whatever version is spoken:
    with groups that answer each for itself there are no sources to look for."""
    try:
        with Router() as r:
            _, to = r.joined()
            r.query(None, (A,))
            r.nothing(2)
            r.query(version=2)
            r.expect("v2 " + to, to)
            r.query(None, (A,))
            r.nothing(2)
            r.query(version=2)
            r.query(None, (A,))
            r.expect("v2 " + to, to)
            r.nothing(2)
    finally:
        new_router()


def test_all_hosts():
    """The group of all hosts is never reported (5)."""
    with Router() as r:
        sock = r.member()
        r.join(sock, ALL_HOSTS)
        r.leave(sock, ALL_HOSTS)
        r.nothing(2)


def new_router():
    """Nothing of earlier routers is remembered once the link was down."""
    run("ip", "link", "set", "tun0", "down")
    run("ip", "link", "set", "tun0", "up")


def test_link_down_and_up():
    """Memberships outlive their link's being down; routers are told again."""
    with Router() as r:
        sock, to = r.joined(A)
        new_router()
        for _ in range(2):
            r.expect("ALLOW %s {%s}" % (to, A))


def test_filter_at_once():
    """IP_MSFILTER sets and tells a whole filter (RFC 3678 4.2)."""
    def told(sock, to, room, there=None):
        """With room for @there sources, of the @room that it speaks of."""
        asked = aton(to) + aton(HOST) + struct.pack("=II", 0, room) + bytes(
            4 * (room if there is None else there))
        buffer = ctypes.create_string_buffer(asked, len(asked))
        length = ctypes.c_uint32(len(asked))
        if ctypes.CDLL(None).getsockopt(sock.fileno(), 0, MSFILTER, buffer,
                                        ctypes.byref(length)):
            return None
        mode, count = struct.unpack_from("=II", buffer.raw, 8)
        return mode, count, sorted(socket.inet_ntoa(buffer.raw[i:i + 4])
                                   for i in range(16, length.value, 4))

    with Router() as r:
        sock, to = r.joined()
        r.option(sock, MSFILTER, msfilter(to, MCAST_INCLUDE, A, B))
        for _ in range(2):
            r.expect("TO_IN %s {%s %s}" % (to, A, B))
        assert told(sock, to, 5) == (MCAST_INCLUDE, 2, [A, B])
        assert told(sock, to, 1)[:2] == (MCAST_INCLUDE, 2)
        assert len(told(sock, to, 10, 2)[2]) == 2
        r.option(sock, MSFILTER, msfilter(to, MCAST_INCLUDE, B, C))
        for _ in range(2):
            r.expect("ALLOW %s {%s}, BLOCK %s {%s}" % (to, C, to, A))
        r.option(sock, MSFILTER, msfilter(to, MCAST_EXCLUDE))
        for _ in range(2):
            r.expect("TO_EX %s {}" % to)
        assert told(sock, to, 10, 0) == (MCAST_EXCLUDE, 0, [])
        r.option(sock, MSFILTER, msfilter(to, 7), error=errno.EINVAL)
        r.option(sock, MSFILTER, msfilter(to, 1, A)[:-1], error=errno.EINVAL)
        r.option(sock, MSFILTER, msfilter(to, 1, *[A] * 11), error=errno.ENOBUFS)
        r.option(sock, MSFILTER, msfilter(group(), 1, A), error=errno.EINVAL)
        r.option(sock, MSFILTER, msfilter(to, MCAST_INCLUDE))
        r.expect("TO_IN %s {}" % to)
        assert told(sock, to, 5) is None


def storage(address):
    return struct.pack("=H2x4s", socket.AF_INET, aton(address)) + bytes(120)


def test_sources_by_device():
    """The MCAST_ options name the device by its number (RFC 3678 5.1)."""
    with Router() as r:
        sock, to = r.member(), group()
        head = struct.pack("=I4x", socket.if_nametoindex("tun0")) + storage(to)
        for number, data, said in (
                (MCAST_JOIN_SOURCE_GROUP, head + storage(A), "ALLOW %s {%s}" % (to, A)),
                (MCAST_LEAVE_SOURCE_GROUP, head + storage(A), "BLOCK %s {%s}" % (to, A)),
                (MCAST_JOIN_GROUP, head, "TO_EX %s {}" % to),
                (MCAST_BLOCK_SOURCE, head + storage(B), "BLOCK %s {%s}" % (to, B)),
                (MCAST_UNBLOCK_SOURCE, head + storage(B), "ALLOW %s {%s}" % (to, B)),
                (MCAST_LEAVE_GROUP, head, "TO_IN %s {}" % to)):
            r.option(sock, number, data[:-1], error=errno.EINVAL)
            r.option(sock, number, data)
            for _ in range(2):
                r.expect(said)
        r.option(sock, MCAST_LEAVE_GROUP, head, error=errno.EADDRNOTAVAIL)
        r.option(sock, MCAST_JOIN_GROUP, struct.pack("=I4x", 999) + storage(to),
                 error=errno.ENODEV)


def test_filter_by_device():
    """MCAST_MSFILTER does the same by the number of the device."""
    with Router() as r:
        sock, to = r.joined()
        index = socket.if_nametoindex("tun0")
        filter_ = struct.pack("=I4x", index) + storage(to) + struct.pack(
            "=II", MCAST_INCLUDE, 2) + storage(A) + storage(B)
        r.option(sock, MCAST_MSFILTER, filter_)
        for _ in range(2):
            r.expect("TO_IN %s {%s %s}" % (to, A, B))
        r.option(sock, MCAST_MSFILTER, filter_[:100], error=errno.EINVAL)


def test_limits():
    """igmp_max_memberships and igmp_max_msf bound what one socket may have."""
    with Router() as r:
        sock = r.member()
        groups = [group() for _ in range(21)]
        for to in groups[:20]:
            r.join(sock, to)
        r.join(sock, groups[20], error=errno.ENOBUFS)
        sock, to = r.joined()
        for i in range(10):
            r.source(sock, BLOCK, to, "10.9.72.%d" % (i + 1))
        r.source(sock, BLOCK, to, "10.9.72.99", error=errno.ENOBUFS)


def test_many_groups():
    """More groups than fit one message are told in several (4.2.16)."""
    with Router() as r:
        groups = [group() for _ in range(240)]
        for i, to in enumerate(groups):
            if i % 20 == 0:
                sock = r.member()
            r.join(sock, to)
        r.quiet(3)
        r.query()
        told = []
        while len(told) < len(groups):
            _, ip = r.next("all groups", ROUTERS)
            assert len(ip.payload) + 24 <= 1500
            told += r.text(ip).split(", ")
        assert sorted(told) == sorted("IS_EX %s {}" % to for to in groups)


def test_version_2():
    """A router of version 2 is spoken to in its language (7.2)."""
    try:
        with Router() as r:
            _, old = r.joined()
            r.query(version=2)
            r.expect("v2 " + old, old)
            sock, to = r.member(), group()
            r.join(sock, to)
            for _ in range(2):
                r.expect("v2 " + to, to)
            r.source(sock, BLOCK, to, A)
            r.nothing(2)
            r.query(to, version=2)
            r.expect("v2 " + to, to)
            r.leave(sock, to)
            r.expect("leave " + to, ALL_ROUTERS)
            r.nothing(2)
    finally:
        new_router()


@differs_on_inet("its first answer is a repeated report")
def test_version_2_suppression():
    """What another host has reported need not be reported again (RFC 2236 3)."""
    try:
        with Router() as r:
            _, to = r.joined()
            r.query(version=2, resp=1)
            r.expect("v2 " + to, to)
            r.query(version=2, resp=100)
            r.send(bytes((V2_REPORT, 0, 0, 0)) + aton(to), to)
            r.nothing(11 if exact_time() else 1)
    finally:
        new_router()


def test_version_1():
    """And so is one of version 1, which knows no leaving."""
    try:
        with Router() as r:
            sock, to = r.joined()
            r.query(version=1)
            r.expect("v1 " + to, to, seconds=20)
            r.leave(sock, to)
            r.nothing(2)
    finally:
        new_router()


@exact_time_only
def test_version_3_again():
    """Minutes after the last old query version 3 is spoken again (7.2.1)."""
    try:
        with Router() as r:
            r.query(version=2)
            r.p.pause(245)
            sock, to = r.member(), group()
            r.join(sock, to)
            r.expect("v2 " + to, to)
            r.p.pause(10)
            r.leave(sock, to)
            r.expect("TO_IN %s {}" % to)
    finally:
        new_router()


main()
