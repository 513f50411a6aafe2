#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""IP headers in and out: options, sources, identification, checksums, and ICMP
messages about them (RFC 791, RFC 792, RFC 1122 3.2)."""
import struct
import subprocess

from scripted import *
from scripted.bench import ROUTER, run
from scripted.wire import ICMP, TCP, UDP, Ip, Malformed, Tcp, checksum, fragments, \
    pack_icmp, pack_udp, pseudo_header

IP_OPTIONS, IP_RECVOPTS, IP_MTU_DISCOVER, SO_NO_CHECK = 4, 6, 10, 11
UDP_SEGMENT = 103
RECORD_ROUTE = bytes((7, 7, 4)) + bytes(4) + b"\1"
ROUTER_ALERT = b"\x94\4\0\0"


def bound_any(p):
    """A socket, and its port, that takes datagrams from anybody."""
    sock = p.socket()
    return sock, sock.getsockname()[1]


def nothing_came(p, sock):
    p.silence()
    p.call("recv()", sock.recv, 100, error=errno.EAGAIN)


def options_of(sock):
    _, messages, _, _ = sock.recvmsg(100, 200)
    for level, kind, data in messages:
        if (level, kind) == (socket.IPPROTO_IP, IP_RECVOPTS):
            return data
    return None


def test_options_passed_up():
    """Options of a datagram are passed up, with our entry in them (RFC 1122 3.2.1.8)."""
    with stranger() as p:
        sock, port = bound_any(p)
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVOPTS, 1)
        p.inject_udp(port, 10, options=RECORD_ROUTE)
        p.silence()
        got = options_of(sock)
        assert got and got[:2] == RECORD_ROUTE[:2] and len(got) == 8, got
        p.inject_udp(port, 10, options=b"\x01\x01\x58\x02")
        p.silence()
        assert options_of(sock) == b"\x01\x01\x58\x02"


@differs_on_inet("it asks routes, not addresses")
def test_false_sources():
    """Datagrams whose source cannot be theirs are dropped (RFC 1122 3.2.1.3)."""
    with stranger() as p:
        sock, port = bound_any(p)
        for source in (HOST, "127.0.0.1", "224.0.0.5", "255.255.255.255",
                       "10.9.255.255", "0.0.0.0"):
            bench().write(Ip(source, HOST, UDP, pack_udp(
                source, HOST, 9, port, b"false")).pack())
        nothing_came(p, sock)
        p.inject_udp(port, 10)
        p.silence()
        assert len(p.call("recv()", sock.recv, 100)) == 10


def test_source_becomes_ours():
    """A host whose address this host takes is no source any more, until it gives it
    back (RFC 1122 3.2.1.3)."""
    program = "ip" if on_inet() else "twin"
    with stranger() as p:
        sock, port = bound_any(p)
        p.inject_udp(port, 10)
        p.silence()
        assert len(p.call("recv()", sock.recv, 100)) == 10
        run(program, "addr", "add", p.address + "/32", "dev", "tun0")
        p.inject_udp(port, 10)
        nothing_came(p, sock)
        run(program, "addr", "del", p.address + "/32", "dev", "tun0")
        p.inject_udp(port, 10)
        p.silence()
        assert len(p.call("recv()", sock.recv, 100)) == 10


def test_loopback_from_outside():
    """Nothing from outside reaches 127.0.0.0/8 (RFC 1122 3.2.1.3 g)."""
    with stranger() as p:
        sock = bench().socket(socket.SOCK_DGRAM)
        p.socks.append(sock)
        sock.bind(("127.0.0.1", 0))
        p.inject_udp(sock.getsockname()[1], 10, to="127.0.0.1")
        nothing_came(p, sock)


def test_source_route():
    """A source route is refused (RFC 6274 3.13.2.3)."""
    with stranger() as p:
        sock, port = bound_any(p)
        for kind in 131, 137:
            p.inject_udp(port, 10, options=bytes((kind, 7, 4)) +
                         socket.inet_aton("10.9.3.3") + b"\0")
        nothing_came(p, sock)


def test_bad_options():
    """Malformed options are answered with "parameter problem" (RFC 1122 3.2.2.5)."""
    with stranger() as p:
        sock, port = bound_any(p)
        about = p.inject_udp(port, 10, options=bytes((7, 7, 3)) + bytes(5))
        when, ip = p.next_packet(ICMP, "ICMP parameter problem")
        assert ip.payload[:2] == b"\x0c\0" and ip.payload[4] == 22, ip.payload
        assert ip.payload[8 + 12:8 + 20] == about.pack()[12:20]
        nothing_came(p, sock)


def test_bad_options_of_error():
    """... but not if the datagram is an ICMP error itself: there would be no end
    (RFC 1122 3.2.2, MUST NOT)."""
    with stranger() as p:
        quoted = Ip(HOST, p.address, UDP, pack_udp(HOST, p.address, 9, 9, b"")).pack()
        bad = bytes((7, 7, 3)) + bytes(5)
        p.inject(ICMP, pack_icmp(3, 3, 0, quoted), "an ICMP error", options=bad)
        p.silence()
        p.inject(ICMP, pack_icmp(8, 0, 1, b""), "an ICMP query", options=bad)
        when, ip = p.next_packet(ICMP, "ICMP parameter problem")
        assert ip.payload[:2] == b"\x0c\0", ip.payload


def recode(piece, tos):
    """A packet with another TOS byte."""
    head = bytearray(piece[:20])
    head[1], head[10:12] = tos, bytes(2)
    head[10:12] = struct.pack("!H", checksum(bytes(head)))
    return bytes(head) + piece[20:]


def test_ecn_of_fragments():
    """A mark on one fragment marks the datagram; with fragments that cannot carry marks
    it is dropped (RFC 3168 5.3)."""
    with stranger() as p:
        sock, port = bound_any(p)
        sock.setsockopt(socket.IPPROTO_IP, 13, 1)       # IP_RECVTOS
        for ident, codes, wanted in ((1, (2, 2, 2), 2), (2, (2, 3, 2), 3),
                                     (3, (3, 2, 2), 3), (4, (1, 1, 3), 3),
                                     (5, (0, 0, 0), 0), (6, (0, 3, 0), None),
                                     (7, (3, 3, 0), None)):
            whole = Ip(p.address, HOST, UDP, pack_udp(p.address, HOST, p.port, port,
                                                      row(0, 1000)), ident=ident)
            for piece, code in zip(fragments(whole, 400), codes):
                bench().write(recode(piece, code))
            p.silence()
            if wanted is None:
                p.call("recv()", sock.recv, 100, error=errno.EAGAIN)
                continue
            data, messages, _, _ = sock.recvmsg(2000, 100)
            assert data == row(0, 1000)
            assert messages[0][:2] == (socket.IPPROTO_IP, socket.IP_TOS), messages
            assert messages[0][2][0] & 3 == wanted, (codes, messages)


@differs_on_inet("takes them")
def test_tiny_fragments():
    """Fragments of TCP without the flags in the first, or that begin before them, are
    dropped: they get past filters (RFC 1858, RFC 3128)."""
    for size, taken in (8, False), (16, True), (24, True):
        with listening() as c:
            syn = Tcp(c.port, c.host_port, c.isn, 0, frozenset({"SYN"}), 65535, 0,
                      {"mss": 1460, "sackok": True}, b"").pack(c.address, HOST)
            for piece in fragments(Ip(c.address, HOST, TCP, syn, ident=size), size):
                c.bench.write(piece)
            if taken:
                c.expect("SYN,ACK seq=0 ack=1")
            else:
                c.silence()


@differs_on_inet("drops the datagram")
def test_fragment_over_flags():
    """... and one that would lie over the flags does not even spoil the datagram that it
    pretends to belong to (RFC 3128 2)."""
    with listening() as c:
        syn = Tcp(c.port, c.host_port, c.isn, 0, frozenset({"SYN"}), 65535, 0,
                  {"mss": 1460, "sackok": True}, b"").pack(c.address, HOST)
        whole = Ip(c.address, HOST, TCP, syn, ident=25)
        first, rest = fragments(whole, 24)
        for piece in first, fragments(whole, 8)[1], rest:
            c.bench.write(piece)
        c.expect("SYN,ACK seq=0 ack=1")


def test_identification_in():
    """Identifications are for fragments only: datagrams with the same one are not taken
    for copies, nor fragments of another protocol for a part (RFC 6864 4.1)."""
    with stranger() as p:
        sock, port = bound_any(p)
        for df in True, False:
            for length in 10, 20, 20:
                p.inject_udp(port, length, ident=7, df=df)
                p.silence()
                assert len(p.call("recv()", sock.recv, 100)) == length
        udp = Ip(p.address, HOST, UDP, pack_udp(p.address, HOST, p.port, port,
                                                row(0, 1000)), ident=8)
        echo = Ip(p.address, HOST, ICMP, pack_icmp(8, 0, 5 << 16 | 1, row(0, 1000)),
                  ident=8)
        for one, other in zip(fragments(udp, 400), fragments(echo, 400)):
            bench().write(one)
            bench().write(other)
        p.expect_echo(5, row(0, 1000))
        assert p.call("recv()", sock.recv, 2000) == row(0, 1000)


def test_parameter_problem():
    """One that is about ours reaches the socket as EPROTO."""
    with stranger() as p:
        sock = p.socket(connected=True)
        quoted = Ip(HOST, p.address, UDP, pack_udp(
            HOST, p.address, sock.getsockname()[1], p.port, b"")).pack()
        p.inject(ICMP, pack_icmp(12, 0, 20 << 24, quoted), "ICMP parameter problem")
        p.await_error(sock)
        p.call("recv()", sock.recv, 10, error=errno.EPROTO)


def sent(p, sock, data):
    p.call("sendto()", sock.sendto, data, (p.address, p.port))
    return p.next_packet(UDP, "a datagram", p.port)[1]


def test_checksum_of_zero():
    """A checksum that comes out as zero is sent as all ones (RFC 768)."""
    with stranger() as p:
        sock, port = bound_any(p)
        head = struct.pack("!HHHH", port, p.port, 10, 0)
        rest = checksum(pseudo_header(HOST, p.address, UDP, 10) + head + bytes(2))
        assert sent(p, sock, struct.pack("!H", rest)).payload[6:8] == b"\xff\xff"


def test_checksum_left_out():
    """Who does not want one has none (RFC 1122 4.1.3.4)."""
    with stranger() as p:
        sock, _ = bound_any(p)
        sock.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
        assert sent(p, sock, b"bare").payload[6:8] == b"\0\0"


def test_identification():
    """Datagrams that may be cut have identifications of their own (RFC 6864)."""
    with stranger() as p:
        sock, _ = bound_any(p)
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 0)
        found = set()
        for number in range(50):
            ip = sent(p, sock, b"%d" % number)
            assert not ip.df
            found.add(ip.ident)
        assert len(found) == 50, sorted(found)


@differs_on_inet("before Linux 6.11 it wants a device that sums")
def test_identification_of_many():
    """So have those that are written as one (RFC 6864)."""
    with stranger() as p:
        sock, _ = bound_any(p)
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 0)
        sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 10)
        found = []
        for _ in range(10):
            p.call("sendto()", sock.sendto, bytes(50), (p.address, p.port))
            for _ in range(5):
                ip = p.next_packet(UDP, "one of five", p.port)[1]
                assert not ip.df
                found.append(ip.ident)
        assert len(set(found)) == 50, found


def test_identification_not_counted():
    """Those of datagrams to one host do not tell how many went to others (RFC 6864 5.1)."""
    found = []
    for _ in range(6):
        with stranger() as p:
            sock, _ = bound_any(p)
            sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 0)
            found.append(sent(p, sock, b"first").ident)
    gaps = [(b - a) % 2**16 for a in found for b in found]
    assert max(min(gap, 2**16 - gap) for gap in gaps) > 1000, found


def test_tos():
    """The type of service is passed on as it was set, and orders the link's queue
    (RFC 9293 3.9.1.8, SHLD-22; RFC 1122 2.4)."""
    so_priority = 12
    for tos, priority in (0x10, 6), (0x08, 2), (0x18, 4), (0xb8, 4), (0xe0, 0), (0, 0):
        with passive() as c:
            c.sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
            assert c.sock.getsockopt(socket.SOL_SOCKET, so_priority) == priority
            c.send(10)
            c.expect("ACK seq=1 len=10 tos=%d" % tos)
            c.inject("ACK ack=11 len=10")
            c.expect("ACK ack=11 tos=%d" % tos)
            c.shutdown()
            c.expect("FIN,ACK seq=11 tos=%d" % tos)
        with stranger() as p:
            sock, _ = bound_any(p)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
            assert sent(p, sock, b"so").tos == tos


def raw_fragments(p, sock, data):
    """What is sent of a datagram that is cut: the bench takes no fragments."""
    before = len(bench().packets)
    p.call("sendto()", sock.sendto, data, (p.address, p.port))
    end = bench().now() + 10
    while True:
        try:
            bench().pump(1)
        except Malformed:
            pass
        pieces = [packet for _, packet in bench().packets[before:]
                  if packet[16:20] == socket.inet_aton(p.address)]
        if pieces and not pieces[-1][6] & 0x20 or bench().now() > end:
            return pieces


def test_copied_options():
    """Only options with the copied flag are in every fragment (RFC 791 3.1)."""
    with stranger() as p:
        sock, _ = bound_any(p)
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 0)
        sock.setsockopt(socket.IPPROTO_IP, IP_OPTIONS, RECORD_ROUTE + ROUTER_ALERT)
        pieces = raw_fragments(p, sock, bytes(4000))
        options = [piece[20:(piece[0] & 15) * 4] for piece in pieces]
        assert len(pieces) == 3, len(pieces)
        assert options[0][:2] == RECORD_ROUTE[:2] and ROUTER_ALERT in options[0]
        assert all(ROUTER_ALERT in one and b"\7\7" not in one for one in options[1:]), \
            options
        # the last one, and only that, says that it is (RFC 791 3.2)
        assert [bool(piece[6] & 0x20) for piece in pieces] == [True, True, False]


def test_timestamp():
    """A timestamp request is answered with times of ours (RFC 792)."""
    with stranger() as p:
        p.inject(ICMP, pack_icmp(13, 0, 7 << 16 | 8, struct.pack("!III", 99, 0, 0)),
                 "ICMP timestamp request")
        when, ip = p.next_packet(ICMP, "a timestamp reply")
        kind, code, _, rest, first, second, third = struct.unpack_from(
            "!BBHIIII", ip.payload)
        assert (kind, code, rest, first) == (14, 0, 7 << 16 | 8, 99)
        assert 0 <= second == third < 86400000, (second, third)


@differs_on_inet("multicasts that nobody here has joined are sent all the same")
def test_ttl():
    """TTL 0 is never sent; what arrives with 1 or 0 is taken (RFC 1122 3.2.1.7)."""
    with stranger() as p:
        sock, port = bound_any(p)
        p.call("setsockopt(IP_TTL, 0)", sock.setsockopt, socket.IPPROTO_IP, 2, 0,
               error=errno.EINVAL)
        sock.setsockopt(socket.IPPROTO_IP, 33, 0)   # IP_MULTICAST_TTL
        p.call("sendto()", sock.sendto, b"here", ("239.9.255.1", 9))
        p.silence()
        assert not bench().queue(UDP, "239.9.255.1", 9)
        for ttl in 1, 0:
            p.inject_udp(port, 10, ttl=ttl)
            p.silence()
            p.call("recv()", sock.recv, 100)


def test_min_ttl():
    """IP_MINTTL: segments from farther away are dropped without a word (RFC 5082 3)."""
    with passive(minttl=60) as c:
        c.inject("ACK seq=1 len=10 ttl=59")
        c.silence()
        c.recv_fails()
        c.inject("ACK seq=1 len=10 ttl=60")
        c.expect("ACK ack=11")
        c.recv(10)


def test_broadcast_echo():
    """A ping to all is not answered (RFC 1122 3.2.2.6: MAY)."""
    with stranger() as p:
        p.inject_echo(5, b"anybody", to="10.9.255.255")
        p.inject_echo(5, b"anybody", to="224.0.0.1")
        p.silence()


def route_to(address):
    return subprocess.run(["twin", "route", "get", address], capture_output=True,
                          text=True, check=True).stdout


def gateway_of(address):
    told = route_to(address).split()
    return told[told.index("via") + 1]


def far_datagram(sock, to):
    return Ip(HOST, to, UDP, pack_udp(HOST, to, sock.getsockname()[1], 9,
                                      b"far")).pack()


def redirect(p, reporter, sock, to, gateway, quoted=None):
    quoted = quoted or far_datagram(sock, to)
    bench().write(Ip(reporter, HOST, ICMP, pack_icmp(5, 1, struct.unpack(
        "!I", socket.inet_aton(gateway))[0], quoted)).pack())
    p.log("peer   > redirect by %s: %s by %s" % (reporter, to, gateway))
    p.silence()


@differs_on_inet("it asks for more settings")
def test_redirect():
    """Off by default; then only from the gateway in use, to a host of its link (RFC 1122 3.2.2.2)."""
    with stranger() as p:
        run("twin", "route", "add", "default", "via", ROUTER)
        sock, _ = bound_any(p)
        far = "192.0.2.1"
        redirect(p, ROUTER, sock, far, "10.9.77.7")
        assert gateway_of(far) == ROUTER
        bench().sysctl("accept_redirects", 1)
        redirect(p, p.address, sock, far, "10.9.77.7")
        redirect(p, ROUTER, sock, far, "192.0.2.77")
        redirect(p, ROUTER, sock, far, HOST)
        assert gateway_of(far) == ROUTER
        redirect(p, ROUTER, sock, far, "10.9.77.7")
        assert gateway_of(far) == "10.9.77.7"
        assert gateway_of("192.0.2.2") == ROUTER
        redirect(p, ROUTER, sock, far, "10.9.77.8")
        assert gateway_of(far) == "10.9.77.7"
        redirect(p, "10.9.77.7", sock, far, "10.9.77.8")
        assert gateway_of(far) == "10.9.77.8"
        bench().sysctl("accept_redirects", 0)
        run("twin", "route", "del", "default", "via", ROUTER)


@differs_on_inet("it asks for more settings")
def test_redirect_of_another_route():
    """A redirect is about the gateway that sent it: when another route leads to the
    destination, or the same by another device, it counts no more (RFC 1122 3.3.1.2)."""
    far, better = "192.0.2.5", "10.9.77.7"
    run("ip", "link", "add", "other0", "type", "veth", "peer", "name", "other1")
    run("ip", "link", "set", "other0", "up")
    run("ip", "link", "set", "other1", "up")
    run("twin", "addr", "add", "10.66.0.1/16", "dev", "other0")
    run("twin", "route", "add", "default", "via", ROUTER)
    bench().sysctl("accept_redirects", 1)
    with stranger() as p:
        sock, _ = bound_any(p)
        redirect(p, ROUTER, sock, far, better)
        assert gateway_of(far) == better
        run("twin", "route", "add", "192.0.2.0/24", "via", "10.9.77.9")
        assert gateway_of(far) == "10.9.77.9"
        redirect(p, better, sock, far, "10.9.77.8")
        assert gateway_of(far) == "10.9.77.9", "by who is no gateway any more"
        run("twin", "route", "del", "192.0.2.0/24", "via", "10.9.77.9")
        assert gateway_of(far) == better
        run("twin", "route", "del", "default", "via", ROUTER)
        run("twin", "route", "add", "default", "via", ROUTER, "dev", "other0", "onlink")
        assert gateway_of(far) == ROUTER
    bench().sysctl("accept_redirects", 0)
    run("twin", "route", "del", "default", "via", ROUTER)
    run("ip", "link", "del", "other0")


@exact_time_only
@differs_on_inet("it asks for more settings")
def test_redirect_expires():
    """After ten minutes, and what is learned of the path next does not revive it;
    nor does a redirect a path MTU (RFC 1191 6.3)."""
    with stranger() as p:
        run("twin", "route", "add", "default", "via", ROUTER)
        bench().sysctl("accept_redirects", 1)
        sock, _ = bound_any(p)
        for far, first in (("192.0.2.3", "redirect"), ("192.0.2.4", "MTU")):
            for learned in (first, {"redirect": "MTU", "MTU": "redirect"}[first]):
                if learned == "redirect":
                    redirect(p, ROUTER, sock, far, "10.9.77.7")
                else:
                    bench().write(Ip(ROUTER, HOST, ICMP, pack_icmp(
                        3, 4, 1000, far_datagram(sock, far))).pack())
                    p.log("router > frag-needed, mtu=1000: %s" % far)
                    p.silence()
                assert (gateway_of(far) == "10.9.77.7") == (learned == "redirect")
                assert ("mtu 1000" in route_to(far)) == (learned == "MTU")
                p.pause(602)
            p.pause(60)
            assert gateway_of(far) == ROUTER
            assert "mtu 1000" not in route_to(far)
        bench().sysctl("accept_redirects", 0)
        run("twin", "route", "del", "default", "via", ROUTER)


@differs_on_inet("it asks for more settings")
def test_redirect_of_nothing():
    """Like any other error: about what a socket of ours has sent, and of TCP about a
    number that is under way (RFC 5927 4.1)."""
    far, unsent = "192.0.2.3", "192.0.2.4"
    run("twin", "route", "add", "default", "via", ROUTER)
    bench().sysctl("accept_redirects", 1)
    with listening(address=far) as c, stranger() as p:
        c.inject("SYN mss=1460")
        c.expect("SYN,ACK seq=0 ack=1")
        c.inject("ACK")
        c.accept()
        c.send(10)
        c.expect("ACK seq=1 len=10")
        redirect(p, ROUTER, None, unsent, "10.9.77.7", Ip(HOST, unsent, UDP, pack_udp(
            HOST, unsent, 9, 9, b"far")).pack())
        assert gateway_of(unsent) == ROUTER, "no socket has sent it"
        for seq, gateway in (5000, ROUTER), (-5000, ROUTER), (1, "10.9.77.7"):
            segment = Tcp(c.host_port, c.port, c.host_isn + seq, 1, frozenset({"ACK"}))
            redirect(p, ROUTER, None, far, "10.9.77.7",
                     Ip(HOST, far, TCP, segment.pack(HOST, far)).pack()[:28])
            assert gateway_of(far) == gateway, (seq, gateway_of(far))
    bench().sysctl("accept_redirects", 0)
    run("twin", "route", "del", "default", "via", ROUTER)


main()
