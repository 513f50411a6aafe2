#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""TIME-WAIT: RFC 9293 3.6.1 and 3.10.7.4, RFC 1337, RFC 6191."""
from scripted import *

TIMED = "mss=1460 val=1000"


def test_fin_again():
    """The peer's FIN again is acknowledged again."""
    with time_wait() as c:
        c.inject("FIN,ACK seq=1 ack=2")
        c.expect("ACK seq=2 ack=2")
        c.state("TIME-WAIT")


def test_old_data():
    """Old duplicate data is answered by an ACK (RFC 1337 section 2)."""
    with time_wait() as c:
        c.inject("ACK seq=-100 ack=2 len=50")
        c.expect("ACK seq=2 ack=2")
        c.state("TIME-WAIT")


def test_ack_is_silent():
    """A mere ACK with the right number needs no answer."""
    with time_wait() as c:
        c.inject("ACK seq=2 ack=2")
        c.silence()
        c.state("TIME-WAIT")


def test_rst_outside():
    """A RST outside the window is dropped."""
    with time_wait() as c:
        c.inject("RST seq=-5000")
        c.silence()
        c.state("TIME-WAIT")


def test_rst_is_ignored():
    """With tcp_rfc1337 a RST does not end TIME-WAIT (RFC 1337, fix F1)."""
    bench().sysctl("tcp_rfc1337", 1)
    try:
        with time_wait() as c:
            c.inject("RST seq=2")
            c.silence()
            c.state("TIME-WAIT")
    finally:
        bench().sysctl("tcp_rfc1337", 0)


def test_rst_in_fin_wait_2():
    """It ends FIN-WAIT-2 all the same (RFC 9293 3.10.7.4, second)."""
    bench().sysctl("tcp_rfc1337", 1)
    try:
        with fin_wait_2() as c:
            c.close()
            c.state("FIN-WAIT-2")
            c.inject("RST seq=1")
            c.silence()
            c.state("CLOSED")
    finally:
        bench().sysctl("tcp_rfc1337", 0)


def syn(c, seq, extra=""):
    """A SYN of a new connection with the old one's addresses and ports."""
    c.inject("SYN seq=%d mss=1460 %s" % (seq, extra))


def test_new_syn_sequence():
    """A SYN above the old numbers opens a new connection (RFC 9293 3.6.1, MAY-2; RFC 6191)."""
    with time_wait() as c:
        syn(c, 100000)
        # beyond what a window of the old connection could reach, whatever the clock of
        # initial numbers says: that is behind after 16 MB in a second
        view = c.expect("SYN,ACK ack=100001 seq=%d" % (2 + 65535 + 2))
        c.inject("ACK seq=100001 ack=%d" % (view["seq"] + 1))
        c.accept()
        c.state("ESTABLISHED")


def test_new_syn_timestamp():
    """A SYN with a later timestamp opens one, whatever its number (RFC 6191 section 2)."""
    with time_wait(TIMED) as c:
        syn(c, -100000, "val=5000")
        c.expect("SYN,ACK ack=-99999 seq!=0 ecr=5000")


def test_old_syn():
    """A SYN below the old numbers and without timestamps is answered by an ACK."""
    with time_wait() as c:
        syn(c, -100000)
        c.expect("ACK seq=2 ack=2")
        c.state("TIME-WAIT")


def test_old_syn_timestamp():
    """A SYN with an earlier timestamp is answered by an ACK."""
    with time_wait(TIMED) as c:
        syn(c, -100000, "val=10")
        c.expect("ACK seq=2 ack=2")
        c.state("TIME-WAIT")


def test_paws():
    """A segment with an old timestamp is answered (RFC 7323 5.3)."""
    with time_wait(TIMED) as c:
        c.inject("ACK seq=2 ack=2 val=1 len=10")
        c.expect("ACK seq=2 ack=2")
        c.state("TIME-WAIT")


def test_timestamps_go_on():
    """ACKs out of TIME-WAIT carry timestamps too."""
    with time_wait(TIMED) as c:
        c.inject("FIN,ACK seq=1 ack=2")
        c.expect("ACK seq=2 ack=2 val>=0 ecr>=1000")


def test_timestamp_of_fin():
    """The FIN that ends FIN-WAIT-2 is echoed, also after close() (RFC 7323 4.3), and an
    older segment is one of the past then."""
    with passive("mss=1460 sackok val=1000") as c:
        c.close()
        c.expect("FIN,ACK seq=1 ack=1")
        c.inject("ACK ack=2 val=1500")
        c.silence()
        c.inject("FIN,ACK ack=2 val=3000")
        c.expect("ACK seq=2 ack=2 ecr=3000")
        c.inject("SYN seq=1 mss=1460 sackok val=2000")
        c.expect("ACK seq=2 ack=2 ecr=3000")


def reusing():
    sock = bench().socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return sock


def closed_by_us(c, offer, state="TIME-WAIT"):
    """A connection from a port that connect() has chosen."""
    c.sock = reusing()
    c.connect()
    c.expect("SYN seq=0")
    c.inject("SYN,ACK win=65535 " + offer)
    c.expect("ACK seq=1 ack=1")
    c.connected()
    c.close()
    c.expect("FIN,ACK seq=1 ack=1")
    if state == "TIME-WAIT":
        c.inject("FIN,ACK ack=2")
        c.expect("ACK seq=2 ack=2")
    else:
        c.inject("ACK ack=2")
        c.silence()
    c.state(state)


def begins_behind(c, before):
    view = c.expect("SYN seq>65537 val>=%d" % before)
    assert view["seq"] < 2**24, "it begins anywhere"
    c.state("SYN-SENT")


@exact_time_only
def test_connect_again():
    """connect() takes over the ends only where timestamps keep old segments out, and
    begins behind the old numbers (RFC 6191 2; tcp_tw_reuse)."""
    bench().sysctl("ip_local_port_range", "40100 40100")
    try:
        for reuse, offer, wait, allowed in ((1, TIMED, 3, True), (0, TIMED, 3, False),
                                            (1, BASIC, 3, False), (1, TIMED, 0, False)):
            bench().sysctl("tcp_tw_reuse", reuse)
            with scene() as c:
                closed_by_us(c, offer)
                c.silence_for(wait)
                c.sock = bench().socket()
                if not allowed:
                    c.call("connect()", c.sock.connect, (c.address, c.port),
                           error=errno.EADDRNOTAVAIL)
                    continue
                before = c.last["val"]
                c.connect()
                begins_behind(c, before + 1)
    finally:
        bench().sysctl("tcp_tw_reuse", 2)
        bench().sysctl("ip_local_port_range", "32768 60999")


def test_connect_again_bound():
    """From a port that bind() has chosen connect() takes over the ends wherever both
    sides have agreed on timestamps, at once and whatever tcp_tw_reuse says."""
    try:
        for reuse in 0, 2, 1:
            bench().sysctl("tcp_tw_reuse", reuse)
            for state in "TIME-WAIT", "FIN-WAIT-2":
                with scene() as c:
                    before = bench().counters()["TcpExtTWRecycled"]
                    closed_by_us(c, TIMED, state)
                    c.sock = reusing()
                    c.sock.bind((HOST, c.host_port))
                    c.connect()
                    begins_behind(c, c.last["val"])
                    assert bench().counters()["TcpExtTWRecycled"] == before + 1
    finally:
        bench().sysctl("tcp_tw_reuse", 2)


def test_connect_bound_without_timestamps():
    """... and without timestamps it does not."""
    with scene() as c:
        closed_by_us(c, BASIC)
        c.sock = reusing()
        c.sock.bind((HOST, c.host_port))
        c.call("connect()", c.sock.connect, (c.address, c.port),
               error=errno.EADDRNOTAVAIL)


def test_connect_at_large():
    """A port that bind() left to connect() (IP_BIND_ADDRESS_NO_PORT) is none that bind()
    has chosen, and one that bind() chose before is none for connect() to choose."""
    bench().sysctl("ip_local_port_range", "40101 40101")
    try:
        for offer in TIMED, BASIC:
            with scene() as c:
                closed_by_us(c, offer)
                c.sock = reusing()
                c.sock.setsockopt(socket.IPPROTO_IP, 24, 1)
                c.sock.bind((HOST, 0))
                c.call("connect()", c.sock.connect, (c.address, c.port),
                       error=errno.EADDRNOTAVAIL)
    finally:
        bench().sysctl("ip_local_port_range", "32768 60999")


def test_from_closing():
    """After a simultaneous close it is the same."""
    with closing() as c:
        c.inject("ACK seq=2 ack=2")
        c.close()
        c.state("TIME-WAIT")
        c.inject("FIN,ACK seq=1 ack=2")
        c.expect("ACK seq=2 ack=2")


@exact_time_only
def test_two_msl():
    """TIME-WAIT lasts 60 s, and then the port is nobody's."""
    with time_wait() as c:
        c.silence_for(59.5)
        c.state("TIME-WAIT")
        c.silence_for(8)
        c.state("CLOSED")


@exact_time_only
def test_fin_restarts():
    """The peer's FIN again starts the 2 MSL time-out again (3.10.7.4, eighth)."""
    with time_wait() as c:
        c.silence_for(40)
        c.inject("FIN,ACK seq=1 ack=2")
        c.expect("ACK seq=2 ack=2")
        c.silence_for(40)
        c.state("TIME-WAIT")


@exact_time_only
@differs_on_inet("every segment with ACK that is not acceptable starts it again")
def test_other_fin():
    """Only the FIN again: one with other numbers, or an old timestamp, is answered and
    starts nothing (3.10.7.4, first)."""
    for offer, fin in ((BASIC, "FIN,ACK seq=5000 ack=2"), (BASIC, "FIN,ACK seq=0 ack=2"),
                       (TIMED, "FIN,ACK seq=1 ack=2 val=1")):
        with time_wait(offer) as c:
            c.silence_for(40)
            c.inject(fin)
            c.expect("ACK seq=2 ack=2")
            c.silence_for(28)
            c.state("CLOSED")


main()
