#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""ICMP errors about a connection: RFC 1122 4.2.3.9, RFC 1191, RFC 5927, RFC 5461, RFC 6633."""
import struct

from scripted import *

IP_MTU_DISCOVER, IP_MTU = 10, 14


def under_way(length=2920, offer=BASIC):
    """Two full segments are sent and not acknowledged."""
    c = passive(offer)
    c.send(length)
    c.expect_flight(1, length + 1)
    return c


def test_mtu_lowers_segments():
    """"Fragmentation needed" cuts what is under way again, at once (RFC 1191 6.5)."""
    with under_way() as c:
        c.inject_icmp("frag-needed", seq=1, mtu=1000)
        view = c.expect("ACK seq=1 len=960")
        assert view["df"], "don't fragment is still set"
        c.inject("ACK ack=961")
        c.expect_flight(961, 2921, 960)
        c.inject("ACK ack=2921")
        c.send(2000)
        c.expect("ACK seq=2921 len=960")


def test_mtu_with_timestamps():
    """The options' room comes out of the smaller segments too."""
    with passive(MODERN) as c:
        c.send(2896)
        c.expect_flight(1, 2897, 1448)
        c.inject_icmp("frag-needed", seq=1, mtu=1000)
        c.expect("ACK seq=1 len=948")


def test_mtu_for_the_next():
    """A new connection to the same peer knows what was learnt."""
    with under_way() as c:
        c.inject_icmp("frag-needed", seq=1, mtu=1000)
        c.expect("ACK seq=1 len=960")
        with listening(address=c.address) as again:
            again.port = 41000
            again.inject("SYN mss=1460")
            again.expect("SYN,ACK seq=0 ack=1")
            again.inject("ACK")
            again.accept()
            again.send(2000)
            again.expect("ACK seq=1 len=960")


def test_mtu_does_not_halve():
    """A smaller MTU is no congestion: as much as before may be under way (RFC 1191 6.5)."""
    with passive("mss=1460") as c:
        c.send(60000)
        c.expect_flight(1, 14601)
        c.inject_icmp("frag-needed", seq=1, mtu=1000)
        c.everything()
        c.inject("ACK ack=14601")
        sent = sum(view["len"] for view in c.everything())
        assert sent >= 9600, sent


def test_mtu_out_of_window():
    """A quoted number that is not under way is not believed (RFC 5927 4.1)."""
    with under_way() as c:
        c.inject_icmp("frag-needed", seq=5000, mtu=1000)
        c.inject_icmp("frag-needed", seq=-1000, mtu=1000)
        c.silence()
        c.inject("ACK ack=2921")
        c.send(1460)
        c.expect("ACK seq=2921 len=1460")


def test_mtu_larger():
    """A larger MTU than the present one changes nothing."""
    with under_way() as c:
        c.inject_icmp("frag-needed", seq=1, mtu=3000)
        c.silence()
        c.inject("ACK ack=2921")
        c.send(1460)
        c.expect("ACK seq=2921 len=1460")


def test_mtu_absurd():
    """An absurdly small MTU does not make absurdly small segments (RFC 5927 7)."""
    with under_way() as c:
        c.inject_icmp("frag-needed", seq=1, mtu=68)
        came = c.everything()
        assert all(view["len"] >= 200 for view in came), came[-1]["len"]
        c.inject("ACK ack=2921")
        c.everything()
        c.send(1400)
        view = c.take(*c.next_segment(5, "data"))
        assert view["len"] >= 200, view["len"]


def learning(p):
    """A connected socket that does discovery, and how it asks for the path MTU."""
    sock = p.socket(connected=True)
    sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 2)
    return sock, lambda: sock.getsockopt(socket.IPPROTO_IP, IP_MTU)


def test_mtu_not_wanted():
    """A socket with IP_PMTUDISC_INTERFACE or _OMIT looks away from the path MTU: what is
    said to it teaches the others nothing (ip(7); RFC 8900 3.7)."""
    with stranger() as p:
        _, mtu = learning(p)
        for policy in 4, 5:
            careful = p.socket()
            careful.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, policy)
            p.inject_error("frag-needed", careful.getsockname()[1], p.port, rest=1000)
            p.silence()
            assert mtu() == 1500, mtu()


def test_mtu_ignored():
    """ip_no_pmtu_disc 2: no "fragmentation needed" is believed; 3: only that about TCP,
    which proves itself; 1: the path carries no more than the least (ip-sysctl)."""
    for mode, datagrams, segments in (2, 1500, 1460), (3, 1500, 960), (1, 552, 512):
        with stranger() as p, under_way() as c:
            sock, mtu = learning(p)
            bench().sysctl("ip_no_pmtu_disc", mode)
            try:
                p.inject_error("frag-needed", sock.getsockname()[1], p.port, rest=1000)
                p.silence()
                c.inject_icmp("frag-needed", seq=1, mtu=1000)
                c.everything()
            finally:
                bench().sysctl("ip_no_pmtu_disc", 0)
            assert mtu() == datagrams, (mode, mtu())
            c.inject("ACK ack=2921")
            c.everything()
            c.send(segments)
            c.expect("ACK seq=2921 len=%d" % segments)


@exact_time_only
def test_mtu_forgotten():
    """A path MTU is forgotten after ten minutes (RFC 1191 6.3)."""
    with stranger() as p:
        sock = p.socket(connected=True)
        sock.setsockopt(socket.IPPROTO_IP, 10, 2)   # IP_MTU_DISCOVER, DO
        p.inject_error("frag-needed", sock.getsockname()[1], p.port, rest=1000)
        p.await_error(sock)
        p.call("send()", sock.send, row(0, 1200), error=errno.EMSGSIZE)
        p.pause(590)
        p.call("send()", sock.send, row(0, 1200), error=errno.EMSGSIZE)
        p.pause(100)
        p.call("send()", sock.send, row(0, 1200))
        p.expect_udp(sock.getsockname()[1], 1200)


def test_mtu_made_up():
    """However many a stranger makes up, a true path MTU finds room."""
    with stranger() as p:
        p.inject_false_mtus(p.socket().getsockname()[1], 5000)
        sock = p.socket(connected=True)
        sock.setsockopt(socket.IPPROTO_IP, 10, 2)   # IP_MTU_DISCOVER, DO
        p.inject_error("frag-needed", sock.getsockname()[1], p.port, rest=1000)
        p.await_error(sock)
        p.call("send()", sock.send, row(0, 1200), error=errno.EMSGSIZE)
        p.call("send()", sock.send, row(0, 1200), error=errno.EMSGSIZE)


def test_mtu_no_smaller():
    """What is no less than the present MTU is ignored (RFC 1191 6.3): as many as will of
    these drive out nothing that is true."""
    with stranger() as p:
        sock, mtu = learning(p)
        p.inject_error("frag-needed", sock.getsockname()[1], p.port, rest=1000)
        p.await_error(sock)
        assert mtu() == 1000, mtu()
        p.inject_false_mtus(p.socket().getsockname()[1], 5000, 65000)
        p.silence()
        assert mtu() == 1000, mtu()


def test_mtu_zero():
    """An old router that says no MTU: a plateau is chosen (RFC 1191 7.1)."""
    with under_way() as c:
        c.inject_icmp("frag-needed", seq=1, mtu=0)
        came = c.everything()
        c.inject("ACK ack=2921")
        c.everything()
        c.state("ESTABLISHED")
        assert all(200 <= view["len"] <= 1460 for view in came)


def test_mtu_too_small():
    """Below 552 bytes segments get no smaller, but routers may cut them (RFC 1191 3, RFC 5927 7)."""
    with under_way() as c:
        c.inject_icmp("frag-needed", seq=1, mtu=296)
        came = c.everything()
        assert came and all(436 <= view["len"] <= 512 for view in came)
        assert not any(view["df"] for view in came), "no DF"
        c.inject("ACK ack=2921")
        c.everything()
        c.state("ESTABLISHED")


def test_soft_errors():
    """Established: unreachable and time exceeded do not end it (RFC 1122 4.2.3.9, MUST)."""
    for error in ("net-unreachable", "host-unreachable", "source-route-failed",
                  "ttl-exceeded", "parameter-problem"):
        with under_way() as c:
            c.inject_icmp(error, seq=1)
            c.silence()
            c.state("ESTABLISHED")
            c.inject("ACK ack=2921 len=10")
            c.recv(10)


def test_soft_error_is_over():
    """What gets through afterwards takes the error back: it is not why a connection
    times out later."""
    with under_way() as c:
        c.inject_icmp("host-unreachable", seq=1)
        c.silence()
        c.inject("ACK ack=2921")
        c.silence()
        c.soft_error(0)
        c.inject_icmp("host-unreachable", seq=2921)
        c.silence()
        c.inject("ACK len=10")
        c.recv(10)
        c.soft_error(0)


def test_hard_errors():
    """Established: not even port or protocol unreachable end it (RFC 5927 5.2, RFC 5461 4)."""
    for error in "protocol-unreachable", "port-unreachable", "admin-prohibited":
        with under_way() as c:
            c.inject_icmp(error, seq=1)
            c.silence()
            c.state("ESTABLISHED")
            c.inject("ACK ack=2921 len=10")
            c.recv(10)


def test_source_quench():
    """Source quench is ignored (RFC 6633 3)."""
    with under_way() as c:
        c.inject_icmp("source-quench", seq=1)
        c.silence()
        c.state("ESTABLISHED")
        c.inject("ACK ack=2921")
        c.send(5840)
        c.expect_flight(2921, 8761)


def test_syn_sent_port():
    """SYN-SENT: port unreachable ends connect() with ECONNREFUSED."""
    with connecting() as c:
        c.expect("SYN seq=0")
        c.inject_icmp("port-unreachable", seq=0)
        c.connected(errno.ECONNREFUSED)
        c.state("CLOSED")


def error_queue(c):
    """The oldest entry: errno, origin, type, code, info."""
    _, messages, _, _ = c.sock.recvmsg(100, 512, 0x2000)
    told = struct.unpack("IBBBxII", messages[0][2][:16])
    return told[:5]


def test_syn_sent_queued():
    """IP_RECVERR: what ended connect() is in the error queue (ip(7))."""
    with connecting(recverr=1) as c:
        c.expect("SYN seq=0")
        c.inject_icmp("host-unreachable", seq=0)
        c.connected(errno.EHOSTUNREACH)
        assert error_queue(c) == (errno.EHOSTUNREACH, 2, 3, 1, 0)


def test_soft_error_wanted():
    """IP_RECVERR: established, a soft error is told at once, and does not end it."""
    with under_way() as c:
        c.setsockopt(recverr=1)
        c.inject_icmp("host-unreachable", seq=1)
        c.silence()
        c.soft_error(errno.EHOSTUNREACH)
        c.state("ESTABLISHED")
        c.inject("ACK ack=2921 len=10")
        c.recv(10)


def test_syn_sent_soft():
    """SYN-SENT: host unreachable ends connect() with that (RFC 5461 4.1, as most do) or not (RFC 1122)."""
    with connecting() as c:
        c.expect("SYN seq=0")
        c.inject_icmp("host-unreachable", seq=0)
        c.silence()
        if c.now_state() == "CLOSED":
            c.connected(errno.EHOSTUNREACH)
        else:
            c.inject("SYN,ACK mss=1460")
            c.expect("ACK seq=1 ack=1")
            c.connected()


def test_syn_sent_out_of_window():
    """SYN-SENT: a quoted number that is not the SYN's is not believed (RFC 5927 4.1)."""
    with connecting() as c:
        c.expect("SYN seq=0")
        c.inject_icmp("port-unreachable", seq=100)
        c.inject_icmp("port-unreachable", seq=-100)
        c.silence()
        c.state("SYN-SENT")


def test_syn_received():
    """SYN-RECEIVED: an error about the SYN,ACK with another number is not believed."""
    with syn_received() as c:
        before = bench().counters()["TcpExtOutOfWindowIcmps"]
        c.inject_icmp("host-unreachable", seq=1000)
        c.inject_icmp("host-unreachable", seq=1)
        c.silence()
        assert bench().counters()["TcpExtOutOfWindowIcmps"] == before + 2
        c.inject("ACK seq=1 ack=1")
        c.accept()


def gives_up(*errors):
    for error in errors:
        with syn_received() as c:
            before = bench().counters()["TcpExtListenDrops"]
            c.inject_icmp(error, seq=0)
            c.silence()
            c.state("CLOSED")
            assert bench().counters()["TcpExtListenDrops"] == before + 1
            c.accept_nothing()


def test_syn_received_unreachable():
    """SYN-RECEIVED: that the peer cannot be reached ends it silently (RFC 5461 4.1)."""
    gives_up("net-unreachable", "host-unreachable", "ttl-exceeded", "parameter-problem")


@differs_on_inet("these are left to the time-out")
def test_syn_received_hard():
    """SYN-RECEIVED: hard errors end it, too (RFC 1122 4.2.3.9, SHOULD)."""
    gives_up("protocol-unreachable", "port-unreachable", "admin-prohibited")


def test_syn_received_soft():
    """SYN-RECEIVED: what says nothing of the peer leaves it alone."""
    for error in "frag-needed", "source-route-failed", "source-quench":
        with syn_received() as c:
            c.inject_icmp(error, seq=0, mtu=1000 * (error == "frag-needed"))
            c.silence()
            c.state("SYN-RECEIVED")
            c.inject("ACK seq=1 ack=1")
            c.accept()


def test_other_ports():
    """An error about another connection does not touch this one."""
    with connecting() as c:
        c.expect("SYN seq=0")
        c.inject_icmp("port-unreachable", seq=0, dport=c.port + 1)
        c.inject_icmp("port-unreachable", seq=0, sport=c.host_port + 1000)
        c.silence()
        c.state("SYN-SENT")


def test_told_to_an_empty_write():
    """With IP_RECVERR an error of an established connection fails the next call, also a
    write of nothing (ip(7))."""
    with passive(recverr=1) as c:
        c.send(100)
        c.expect("ACK seq=1 len=100")
        c.inject_icmp("host-unreachable", seq=1)
        c.bench.drain()
        c.call("send(0)", c.sock.send, b"", error=errno.EHOSTUNREACH)
        c.call("send(0)", c.sock.send, b"")


@exact_time_only
def test_soft_error_is_told():
    """When a connection is given up, the soft error says why (RFC 1122 4.2.3.9)."""
    with passive() as c:
        c.setsockopt(user_timeout=10000)
        c.send(100)
        c.expect("ACK seq=1 len=100")
        c.inject_icmp("host-unreachable", seq=1)
        c.drop_until_silent(100)
        got = c.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        assert got in (errno.EHOSTUNREACH, errno.ETIMEDOUT), got


main()
