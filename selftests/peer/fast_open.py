#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""TCP Fast Open, both sides: RFC 7413."""
import select
import subprocess
import threading

from scripted import *

MSG_FASTOPEN, TCP_FASTOPEN_KEY = 0x20000000, 33
CLIENT, SERVER, NO_COOKIE, SERVER_NO_COOKIE = 1, 2, 4, 0x200
GIVEN = "0123456789abcdef"
SYN_DATA = 32  # in tcpi_options


def allow(bits):
    bench().sysctl("tcp_fastopen", bits)


def client(address=None, **options):
    """A socket that has not been connected."""
    allow(CLIENT)
    c = scene(address=address)
    c.sock = bench().socket()
    c.sock.bind((HOST, c.host_port))
    c.setsockopt(**options)
    return c


def first_write(c, length, taken=None, error=0):
    """sendto() that connects; returns at once."""
    done = c.call("sendto(%d, MSG_FASTOPEN)" % length, c.sock.sendto,
                  row(0, length), MSG_FASTOPEN, (c.address, c.port),
                  error=error)
    taken = length if taken is None else taken
    if not error:
        assert done == taken, done
        c.written += done


def known_server(cookie=GIVEN, mss=1460):
    """The address of a server that has given a cookie."""
    with client() as c:
        first_write(c, 10, error=errno.EINPROGRESS)
        c.expect("SYN seq=0 len=0 cookie=ask")
        c.inject("SYN,ACK mss=%d cookie=%s" % (mss, cookie))
        c.expect("ACK seq=1 ack=1")
        c.connected()
    return c.address


def options_word(c):
    return c.info(5, 1)


def test_cookie_asked_for():
    """Without a cookie the SYN asks for one and carries no data (4.1.2)."""
    with client() as c:
        first_write(c, 100, error=errno.EINPROGRESS)
        c.expect("SYN seq=0 len=0 cookie=ask mss=1460")
        c.inject("SYN,ACK mss=1460 cookie=" + GIVEN)
        c.expect("ACK seq=1 ack=1")
        c.connected()
        c.send(100)
        c.expect("ACK seq=1 len=100")
        assert not options_word(c) & SYN_DATA


def test_data_on_syn():
    """With a cookie the data is on the SYN, and acknowledged with it (4.2.1)."""
    with client(known_server()) as c:
        first_write(c, 1000)
        c.expect("SYN seq=0 len=1000 cookie=" + GIVEN)
        c.inject("SYN,ACK ack=1001 mss=1460")
        c.expect("ACK seq=1001 ack=1")
        c.connected()
        assert options_word(c) & SYN_DATA
        c.send(100)
        c.expect("ACK seq=1001 len=100")
        c.inject("ACK ack=1101 len=10")
        c.recv(10)


def test_more_than_fits():
    """A SYN takes what fits into a segment of the server's MSS beside options."""
    with client(known_server(mss=1000)) as c:
        first_write(c, 5000, taken=960)
        c.expect("SYN seq=0 len=960 cookie=" + GIVEN)
        c.inject("SYN,ACK ack=961 mss=1000")
        c.expect("ACK seq=961 ack=1")


def test_data_not_taken():
    """A server that takes the SYN only gets the data at once again."""
    with client(known_server()) as c:
        first_write(c, 1000)
        c.expect("SYN seq=0 len=1000 cookie=" + GIVEN)
        c.inject("SYN,ACK ack=1 mss=1460")
        c.expect("ACK seq=1 ack=1 len=1000")
        c.connected()
        assert not options_word(c) & SYN_DATA
        c.inject("ACK ack=1001")
        c.silence()
        # that was no congestion
        c.send(14600)
        c.expect_flight(1001, 15601)


def test_syn_lost():
    """A SYN that is sent again is a plain one; the data follows the SYN,ACK."""
    with client(known_server()) as c:
        first_write(c, 1000)
        c.expect("SYN seq=0 len=1000 cookie=" + GIVEN)
        c.expect("SYN seq=0 len=0 cookie=none", at=(1.0, 1.05))
        c.inject("SYN,ACK ack=1 mss=1460")
        c.expect("ACK seq=1 ack=1 len=1000")
        c.connected()
        c.inject("ACK ack=1001")
        c.silence()


@differs_on_inet("pauses for all destinations, by tcp_fastopen_blackhole_timeout_sec")
def test_path_dislikes_it():
    """A path that loses such SYNs twice is spared them for a while (4.1.3.1)."""
    address = known_server()
    for _ in range(2):
        with client(address) as c:
            first_write(c, 10)
            c.expect("SYN seq=0 len=10 cookie=" + GIVEN)
            c.expect("SYN seq=0 len=0 cookie=none")
            c.inject("SYN,ACK ack=1 mss=1460")
            c.expect("ACK seq=1 ack=1 len=10")
    with client(address) as c:
        first_write(c, 10, error=errno.EINPROGRESS)
        c.expect("SYN seq=0 len=0 cookie=none")


def test_black_hole():
    """Three time-outs in a row turn it off for everybody for a while."""
    bench().sysctl("tcp_fastopen_blackhole_timeout_sec", 3600)
    address = known_server()
    with client(address) as c:
        first_write(c, 10)
        c.expect("SYN seq=0 len=10 cookie=" + GIVEN)
        for _ in range(3):
            c.expect("SYN seq=0 len=0 cookie=none")
    with client(address) as c:
        first_write(c, 10, error=errno.EINPROGRESS)
        c.expect("SYN seq=0 len=0 cookie=none")
    bench().sysctl("tcp_fastopen_blackhole_timeout_sec", 0)
    with client(address) as c:
        first_write(c, 10)
        c.expect("SYN seq=0 len=10 cookie=" + GIVEN)
        c.inject("SYN,ACK ack=11 mss=1460")
        c.expect("ACK seq=11 ack=1")


def test_new_cookie():
    """A cookie on the SYN,ACK takes the place of the old one (4.1.3)."""
    address = known_server()
    with client(address) as c:
        first_write(c, 10)
        c.expect("SYN seq=0 len=10 cookie=" + GIVEN)
        c.inject("SYN,ACK ack=11 mss=1460 cookie=aabbccdd")
        c.expect("ACK seq=11 ack=1")
    with client(address) as c:
        first_write(c, 10)
        c.expect("SYN seq=0 len=10 cookie=aabbccdd")


def test_refused():
    """A reset ends it as without Fast Open."""
    with client(known_server()) as c:
        first_write(c, 10)
        c.expect("SYN seq=0 len=10")
        c.inject("RST,ACK seq=0 ack=11")
        c.connected(errno.ECONNREFUSED)


@exact_time_only
def test_reset_in_first_write():
    """A reset while the rest of the first write waits for room: the call tells
    how much was taken, the next one tells of the reset."""
    done = []
    subprocess.run(["ip", "link", "set", "tun0", "mtu", "9000"], check=True)
    try:
        with client(known_server(mss=8960), sndbuf=1) as c:
            c.sock.setblocking(True)
            writer = threading.Thread(target=lambda: done.append(c.sock.sendto(
                row(0, 20000), MSG_FASTOPEN, (c.address, c.port))))
            writer.start()
            c.expect("SYN seq=0 len=8920 cookie=" + GIVEN)
            c.inject("SYN,ACK ack=1 mss=8960")
            c.expect("ACK seq=1 ack=1 len=8920")
            # now the writer finds that there is no room
            c.silence_for(0.05)
            c.inject("RST seq=1")
            writer.join(connection.PATIENCE)
            assert done == [8920], done
            c.sock.setblocking(False)
            c.recv_fails(errno.ECONNRESET)
    finally:
        subprocess.run(["ip", "link", "set", "tun0", "mtu", "1500"], check=True)


def test_connect_waits():
    """TCP_FASTOPEN_CONNECT: connect() returns at once, the first write sends the SYN."""
    with client(known_server(), fastopen_connect=1) as c:
        c.call("connect()", c.sock.connect, (c.address, c.port))
        c.silence()
        assert select.select([], [c.sock], [], 0)[1], "not writable"
        c.send(100)
        c.expect("SYN seq=0 len=100 cookie=" + GIVEN)
        c.inject("SYN,ACK ack=101 mss=1460")
        c.expect("ACK seq=101 ack=1")
        c.connected()
        c.send(10)
        c.expect("ACK seq=101 len=10")


def test_connect_asks():
    """... without a cookie it asks for one as usual."""
    with client(fastopen_connect=1) as c:
        c.call("connect()", c.sock.connect, (c.address, c.port),
               error=errno.EINPROGRESS)
        c.expect("SYN seq=0 len=0 cookie=ask")
        c.inject("SYN,ACK ack=1 mss=1460")
        c.expect("ACK seq=1 ack=1")
        c.connected()


def test_without_cookie():
    """tcp_fastopen bit 4, or TCP_FASTOPEN_NO_COOKIE: data without a cookie."""
    with client() as c:
        allow(CLIENT | NO_COOKIE)
        first_write(c, 100)
        c.expect("SYN seq=0 len=100 cookie=none")
        c.inject("SYN,ACK ack=101 mss=1460")
        c.expect("ACK seq=101 ack=1")
    with client(fastopen_no_cookie=1) as c:
        first_write(c, 100)
        c.expect("SYN seq=0 len=100 cookie=none")
        c.inject("SYN,ACK ack=1 mss=1460")
        c.expect("ACK seq=1 ack=1 len=100")


def test_client_off():
    """tcp_fastopen without bit 1: EOPNOTSUPP."""
    with client() as c:
        allow(0)
        first_write(c, 10, error=errno.EOPNOTSUPP)
        c.silence()


def server(address=None, cookies=SERVER, fastopen=16, **options):
    allow(cookies)
    return listening(address=address, fastopen=fastopen, **options)


def cookie_of(address=None):
    """What the stack gives to that address."""
    with server(address) as c:
        c.inject("SYN mss=1460 cookie=ask")
        view = c.expect("SYN,ACK seq=0 ack=1 cookie!=none")
        assert len(view["cookie"]) == 16, view["cookie"]
        return c.address, view["cookie"]


def opened(**options):
    """A connection that has begun with 100 bytes."""
    address, cookie = cookie_of()
    c = server(address, **options)
    c.inject("SYN len=100 mss=1460 cookie=" + cookie)
    c.expect("SYN,ACK seq=0 ack=101 cookie=none")
    return c


def test_gives_cookie():
    """A client that asks gets a cookie, each address one of its own (4.1.2)."""
    address, cookie = cookie_of()
    assert cookie_of(address) == (address, cookie)
    assert cookie_of()[1] != cookie


def test_data_taken():
    """With a good cookie the data is there, and can be answered, before the handshake ends (4.2.2)."""
    with opened() as c:
        c.accept()
        c.state("SYN-RECEIVED")
        c.recv(100)
        c.send(50)
        c.expect("ACK seq=1 ack=101 len=50")
        c.inject("ACK ack=51")
        c.state("ESTABLISHED")
        assert options_word(c) & SYN_DATA
        c.inject("ACK len=10")
        c.expect_acked(111)
        c.recv(10)
        c.send(50)
        c.expect("ACK seq=51 ack=111 len=50")


def test_accept_later():
    """... also when accept() comes after it."""
    with opened() as c:
        c.inject("ACK ack=1")
        c.inject("ACK len=10")
        c.expect_acked(111)
        c.accept()
        c.recv(110)
        c.state("ESTABLISHED")


def test_bad_cookie():
    """A bad cookie costs the data, and is answered by a good one (4.1.2)."""
    address, cookie = cookie_of()
    for bad in GIVEN, "01234567", cookie + cookie:
        with server(address) as c:
            c.inject("SYN len=100 mss=1460 cookie=" + bad)
            c.expect("SYN,ACK seq=0 ack=1 cookie=" + cookie)
            c.inject("ACK seq=1 ack=1 len=100")
            c.accept()
            c.recv(100)


def test_repeated():
    """The SYN again, or no answer: the SYN,ACK comes again; the data counts once."""
    with opened() as c:
        c.inject("SYN seq=0 len=0 mss=1460")
        c.expect("SYN,ACK seq=0 ack=101")
        c.expect("SYN,ACK seq=0 ack=101", at=(1.0, 1.05))
        c.inject("ACK ack=1")
        c.accept()
        c.recv(100)
        c.recv_fails()
        c.state("ESTABLISHED")


@exact_time_only
def test_no_answer():
    """A SYN,ACK that is never acknowledged ends the connection."""
    with opened() as c:
        c.accept()
        c.recv(100)
        assert c.drop_until_silent(100) >= 5
        c.recv_fails(errno.ETIMEDOUT)


def test_reset():
    """A reset ends it, and the reader hears of it."""
    with opened() as c:
        c.accept()
        c.inject("RST seq=101")
        c.silence()
        c.state("CLOSED")


@differs_on_inet("sends the FIN when the handshake is over")
def test_close_early():
    """close() before the handshake is over sends a FIN behind what was written."""
    with opened() as c:
        c.accept()
        c.recv(100)
        c.send(10)
        c.expect("ACK seq=1 ack=101 len=10")
        c.shutdown()
        c.expect("FIN,ACK seq=11 ack=101")
        c.inject("ACK ack=1")
        c.state("FIN-WAIT-1")
        c.inject("ACK ack=12")
        c.state("FIN-WAIT-2")


def test_limit():
    """TCP_FASTOPEN bounds those under way; one more goes the usual way (5.1)."""
    address, cookie = cookie_of()
    with server(address, fastopen=1) as c:
        c.inject("SYN len=100 mss=1460 cookie=" + cookie)
        c.expect("SYN,ACK seq=0 ack=101")
        other = scene(c.host_port, address)
        other.port = 40001
        with other:
            other.inject("SYN len=100 mss=1460 cookie=" + cookie)
            other.expect("SYN,ACK seq=0 ack=1")
        c.inject("ACK ack=1")
        third = scene(c.host_port, address)
        third.port = 40002
        with third:
            third.inject("SYN len=100 mss=1460 cookie=" + cookie)
            third.expect("SYN,ACK seq=0 ack=101")


@differs_on_inet("makes room at once in some versions")
def test_limit_counts_resets():
    """... and one that was reset counts for a while (5.1)."""
    address, cookie = cookie_of()
    with server(address, fastopen=1) as c:
        c.inject("SYN len=100 mss=1460 cookie=" + cookie)
        c.expect("SYN,ACK seq=0 ack=101")
        c.inject("RST seq=101")
        c.silence()
        other = scene(c.host_port, address)
        other.port = 40001
        with other:
            other.inject("SYN len=100 mss=1460 cookie=" + cookie)
            other.expect("SYN,ACK seq=0 ack=1")


def test_no_cookie_needed():
    """tcp_fastopen bit 0x200, or TCP_FASTOPEN_NO_COOKIE: any SYN's data is taken."""
    with server(cookies=SERVER | SERVER_NO_COOKIE) as c:
        c.inject("SYN len=100 mss=1460")
        c.expect("SYN,ACK seq=0 ack=101")
        c.accept()
        c.recv(100)
    with server(fastopen_no_cookie=1) as c:
        c.inject("SYN len=100 mss=1460")
        c.expect("SYN,ACK seq=0 ack=101")


def test_server_off():
    """Without tcp_fastopen bit 2 or without TCP_FASTOPEN the option is ignored."""
    address, cookie = cookie_of()
    for bits, most in (0, 16), (SERVER, 0):
        with server(address, bits, most) as c:
            c.inject("SYN len=100 mss=1460 cookie=" + cookie)
            c.expect("SYN,ACK seq=0 ack=1 cookie=none")


def test_keys():
    """TCP_FASTOPEN_KEY: a cookie of the second key is good, and replaced."""
    old, new = bytes(range(16)), bytes(range(16, 32))

    def with_keys(keys, address=None):
        c = server(address)
        assert not c.listener.getsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_KEY,
                                         64), "the namespace's is no one's business"
        c.call("setsockopt(TCP_FASTOPEN_KEY)", c.listener.setsockopt,
               socket.IPPROTO_TCP, TCP_FASTOPEN_KEY, keys)
        assert c.listener.getsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_KEY,
                                     64) == keys
        return c

    with with_keys(old) as c:
        c.inject("SYN mss=1460 cookie=ask")
        first = c.expect("SYN,ACK seq=0 ack=1 cookie!=none")["cookie"]
    with with_keys(new + old, c.address) as c:
        c.inject("SYN len=10 mss=1460 cookie=" + first)
        second = c.expect("SYN,ACK seq=0 ack=11 cookie!=none")["cookie"]
        assert second != first
    with with_keys(new, c.address) as c:
        c.inject("SYN len=10 mss=1460 cookie=" + first)
        c.expect("SYN,ACK seq=0 ack=1 cookie=" + second)


main()
