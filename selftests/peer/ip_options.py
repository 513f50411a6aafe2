#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""IP options of segments (IP_OPTIONS; RFC 9293 3.9.2, RFC 1122 4.2.3.8)."""
from scripted import *

IP_OPTIONS, MSG_FASTOPEN = 4, 0x20000000
OURS = socket.inet_aton(HOST).hex()
# Three places in the list, and what each segment of ours has with it: our own.
ROUTE = "070f04" + 24 * "0" + "00"
ROUTE_SENT = "070f08" + OURS + 16 * "0" + "00"
# What a peer's SYN becomes here, and again when it is sent back.
ROUTE_CAME = ROUTE_SENT
ROUTE_ECHOED = "070f0c" + OURS + OURS + 8 * "0" + "00"
TIMES = "440c0500" + 16 * "0"
PADDING = 40 * "01"
FULL = 1460


def set_options(sock, text):
    sock.setsockopt(socket.IPPROTO_IP, IP_OPTIONS, bytes.fromhex(text))


def set_options_of(sock):
    return sock.getsockopt(socket.IPPROTO_IP, IP_OPTIONS, 40).hex()


def unconnected(text, address=None, **options):
    made = scene(address=address)
    made.sock = bench().socket()
    made.sock.bind((HOST, made.host_port))
    made.setsockopt(nodelay=1, **options)
    set_options(made.sock, text)
    return made


def opened(text, offer=BASIC):
    made = unconnected(text)
    made.connect()
    made.expect("SYN seq=0")
    made.inject("SYN,ACK win=65535 " + offer)
    made.expect("ACK seq=1 ack=1")
    made.connected()
    return made


def first_write(c, error=0):
    c.call("sendto(MSG_FASTOPEN)", c.sock.sendto, row(0, FULL), MSG_FASTOPEN,
           (c.address, c.port), error=error)


def test_each_segment():
    """SYN, ACK, data, what is sent again and FIN have them (RFC 1122 4.2.3.8)."""
    with unconnected(ROUTE) as c:
        c.connect()
        c.expect("SYN seq=0 mss=%d ipopt=%s" % (FULL, ROUTE_SENT))
        c.expect("SYN seq=0 mss=%d ipopt=%s" % (FULL, ROUTE_SENT))
        c.inject("SYN,ACK mss=1460")
        c.expect("ACK seq=1 ack=1 ipopt=" + ROUTE_SENT)
        c.connected()
        c.send(100)
        c.expect("ACK seq=1 len=100 ipopt=" + ROUTE_SENT)
        c.expect("ACK seq=1 len=100 ipopt=" + ROUTE_SENT)
        c.inject("ACK len=2000")
        c.expect_finally("ACK seq=101 ack=2001 ipopt=" + ROUTE_SENT)
        c.recv(2000)
        c.shutdown()
        c.expect("FIN,ACK seq=101 ipopt=" + ROUTE_SENT)


def test_time():
    """The sender's own time is in the option, a later one in a later segment."""
    with opened(TIMES) as c:
        stamps = []
        for number in range(2):
            c.send(10)
            view = c.expect("ACK len=10 ipopt!=none")
            assert view["ipopt"].startswith("440c0900"), view["ipopt"]
            assert view["ipopt"].endswith(8 * "0"), view["ipopt"]
            stamps.append(int(view["ipopt"][8:16], 16))
            c.inject("ACK")
            c.silence_for(0.05)
        assert 0 < stamps[0] < stamps[1] < 86400000, stamps


def test_they_take_room():
    """The peer's MSS and the path's MTU are for options too (RFC 9293 3.7.1, MUST-16)."""
    with opened(PADDING) as c:
        most = FULL - 40
        assert c.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) == most
        c.send(2 * most + 1)
        c.expect("ACK seq=1 len=%d ipopt=%s" % (most, PADDING))
        c.expect("ACK seq=%d len=%d ipopt=%s" % (1 + most, most, PADDING))
        c.expect("ACK seq=%d len=1 ipopt=%s" % (1 + 2 * most, PADDING))


def test_a_small_mss():
    """So they are where the peer's MSS is smaller than the path's MTU."""
    with opened(PADDING, "mss=700 sackok val=5") as c:
        most = 700 - 40 - 12
        c.send(most + 1)
        c.expect("ACK seq=1 len=%d" % most)
        c.expect("ACK seq=%d len=1" % (1 + most))


def test_big_packets():
    """A packet that is cut below the stack has them in each of its pieces."""
    bench().gso(65535)
    try:
        with opened(ROUTE, "mss=1460") as c:
            most = FULL - len(ROUTE) // 2
            c.send(5 * most)
            for number in range(5):
                c.expect("ACK seq=%d len=%d ipopt=%s" % (1 + number * most, most,
                                                         ROUTE_SENT))
    finally:
        bench().gso(1)


def test_set_while_connected():
    """What is set later is in all later segments, which are as much shorter."""
    with active(nodelay=1) as c:
        c.send(FULL)
        c.expect("ACK seq=1 len=%d ipopt=none" % FULL)
        set_options(c.sock, PADDING)
        c.inject("ACK")
        c.send(FULL)
        c.expect("ACK len=%d ipopt=%s" % (FULL - 40, PADDING))
        c.expect("ACK len=40 ipopt=" + PADDING)
        set_options(c.sock, "")
        c.inject("ACK")
        c.send(FULL)
        c.expect("ACK len=%d ipopt=none" % FULL)


def test_sent_again_smaller():
    """What was sent before and is lost is cut when it is sent again."""
    with active(nodelay=1) as c:
        c.send(FULL)
        c.expect("ACK seq=1 len=%d ipopt=none" % FULL)
        set_options(c.sock, PADDING)
        c.expect("ACK seq=1 len=%d ipopt=%s" % (FULL - 40, PADDING))
        c.inject("ACK ack=%d" % (1 + FULL - 40))
        c.expect("ACK seq=%d len=40 ipopt=%s" % (1 + FULL - 40, PADDING))


def test_smaller_path():
    """A router that tells its MTU knows of no options: they are part of it."""
    with opened(PADDING) as c:
        c.send(1000)
        c.expect("ACK seq=1 len=1000")
        c.inject_icmp("frag-needed", seq=1, mtu=800)
        c.expect("ACK seq=1 len=%d ipopt=%s" % (800 - 40 - 40, PADDING))


def test_reset():
    """A reset of the application's has them as well."""
    with opened(ROUTE) as c:
        c.abort()
        c.expect("RST,ACK seq=1 ipopt=" + ROUTE_SENT)


def test_of_the_syn():
    """A SYN's recorded route goes back, and with all that follows (RFC 1122 4.2.3.8)."""
    with listening() as c:
        c.inject("SYN mss=1460 ipopt=" + ROUTE)
        c.expect("SYN,ACK seq=0 ack=1 mss=1460 ipopt=" + ROUTE_ECHOED)
        c.expect("SYN,ACK seq=0 ack=1 mss=1460 ipopt=" + ROUTE_ECHOED)
        c.inject("ACK")
        c.accept()
        assert set_options_of(c.sock) == ROUTE_CAME, set_options_of(c.sock)
        c.send(FULL)
        c.expect("ACK seq=1 len=%d ipopt=%s" % (FULL - 16, ROUTE_ECHOED))
        c.expect("ACK len=16 ipopt=" + ROUTE_ECHOED)
        set_options(c.sock, "")
        c.inject("ACK")
        c.send(10)
        c.expect("ACK len=10 ipopt=none")


def test_not_the_listeners():
    """The listener's own are not its children's, nor are unknown ones the peer's."""
    with listening() as c:
        set_options(c.listener, ROUTE)
        c.inject("SYN mss=1460 ipopt=01015802")
        c.expect("SYN,ACK seq=0 ack=1 ipopt=none")
        c.inject("ACK")
        c.accept()
        assert set_options_of(c.sock) == "", set_options_of(c.sock)
        c.send(10)
        c.expect("ACK seq=1 len=10 ipopt=none")
        assert set_options_of(c.listener) == ROUTE


def test_of_a_cookies_ack():
    """Where the SYN was forgotten it is the ACK's options that count."""
    bench().sysctl("tcp_syncookies", 2)
    try:
        with listening() as c:
            c.inject("SYN mss=1460 ipopt=" + ROUTE)
            c.expect("SYN,ACK seq=0 ack=1 ipopt=" + ROUTE_ECHOED)
            c.inject("ACK ipopt=" + ROUTE)
            c.accept()
            c.send(10)
            c.expect("ACK seq=1 len=10 ipopt=" + ROUTE_ECHOED)
    finally:
        bench().sysctl("tcp_syncookies", 1)


def test_of_a_fast_open():
    """Data on a SYN leaves room for them; a child by such a SYN has the SYN's."""
    bench().sysctl("tcp_fastopen", 0x203)
    with unconnected(PADDING) as c:
        first_write(c, error=errno.EINPROGRESS)
        c.expect("SYN seq=0 cookie=ask ipopt=" + PADDING)
        c.inject("SYN,ACK mss=1460 cookie=0123456789abcdef")
        c.expect("ACK seq=1 ack=1 ipopt=" + PADDING)
    with unconnected(PADDING, address=c.address) as c:
        first_write(c)
        c.expect("SYN seq=0 len=%d ipopt=%s" % (FULL - 40 - 40, PADDING))
    with listening(fastopen=5) as c:
        c.inject("SYN mss=1460 len=10 ipopt=" + ROUTE)
        c.expect("SYN,ACK seq=0 ack=11 ipopt=" + ROUTE_ECHOED)
        c.accept()
        c.send(10)
        c.expect("ACK seq=1 ack=11 len=10 ipopt=" + ROUTE_ECHOED)


@differs_on_inet("it takes source routes from everybody")
def test_source_route():
    """A source route cannot be set, as for datagrams (against MUST-51; RFC 6274 3.13)."""
    with active() as c:
        for text in ("830704c000020100", "890704c000020100"):
            c.call("setsockopt(source route)", set_options, c.sock, text,
                   error=errno.EINVAL)
        c.send(10)
        c.expect("ACK len=10 ipopt=none")


main()
