#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""SYN-SENT: RFC 9293 3.10.7.3, step by step."""
from scripted import *


def syn_sent():
    c = connecting()
    c.expect("SYN seq=0")
    return c


def test_three_way():
    """connect() sends a SYN and acknowledges the SYN,ACK (3.5, figure 6)."""
    with connecting() as c:
        c.expect("SYN seq=0 ack=none mss=1460")
        c.state("SYN-SENT")
        c.inject("SYN,ACK seq=0 ack=1 win=65535 mss=1460")
        c.expect("ACK seq=1 ack=1")
        c.connected()
        c.state("ESTABLISHED")
        c.silence()


def test_offers():
    """The SYN offers MSS, window scaling, SACK and timestamps, ECR 0 (RFC 7323 3.2)."""
    with connecting() as c:
        c.expect("SYN seq=0 mss=1460 sackok val=0 ecr=0 wscale>=1")


def test_ack_too_old():
    """First, ACK: one at or below ISS is reset, and connect() goes on."""
    with syn_sent() as c:
        c.inject("ACK seq=0 ack=0")
        c.expect("RST seq=0")
        c.inject("SYN,ACK seq=0 ack=-500 mss=1460")
        c.expect("RST seq=-500")
        c.state("SYN-SENT")


def test_ack_of_unsent():
    """First, ACK: one above SND.NXT is reset, and connect() goes on."""
    with syn_sent() as c:
        c.inject("SYN,ACK seq=0 ack=2 mss=1460")
        c.expect("RST seq=2")
        c.state("SYN-SENT")
        c.inject("SYN,ACK seq=0 ack=1 mss=1460")
        c.expect("ACK seq=1 ack=1")


def test_rst_bad_ack():
    """Second, RST: one whose ACK is not acceptable is dropped without a word."""
    with syn_sent() as c:
        c.inject("RST,ACK seq=0 ack=0")
        c.inject("RST,ACK seq=0 ack=2")
        c.silence()
        c.state("SYN-SENT")


def test_rst_without_ack():
    """Second, RST: without ACK it is dropped."""
    with syn_sent() as c:
        c.inject("RST seq=0")
        c.silence()
        c.state("SYN-SENT")


def test_refused():
    """Second, RST: with an acceptable ACK, connect() fails with ECONNREFUSED."""
    with syn_sent() as c:
        c.inject("RST,ACK seq=0 ack=1")
        c.silence()
        c.connected(errno.ECONNREFUSED)
        c.state("CLOSED")


def test_simultaneous_open():
    """Fourth, SYN: without ACK it is answered by SYN,ACK at once; then the ACK completes (3.5, figure 7)."""
    with syn_sent() as c:
        c.inject("SYN seq=0 win=65535 mss=1460 wscale=7")
        c.expect("SYN,ACK seq=0 ack=1 wscale>=1", at=(0, 0))
        c.state("SYN-RECEIVED")
        c.inject("ACK seq=1 ack=1")
        c.connected()
        c.state("ESTABLISHED")
        c.send(100)
        c.expect("ACK seq=1 ack=1 len=100")


def test_simultaneous_open_syn_ack():
    """... and so does the peer's own SYN,ACK (figure 7, line 6)."""
    with syn_sent() as c:
        c.inject("SYN seq=0 win=65535 mss=1460 wscale=7")
        c.expect("SYN,ACK seq=0 ack=1")
        c.inject("SYN,ACK seq=0 ack=1 win=65535 mss=1460 wscale=7")
        c.expect_acked(1)
        c.connected()
        c.state("ESTABLISHED")


@differs_on_inet("offers and uses scaling although the peer has not offered it")
def test_simultaneous_open_plain():
    """The SYN,ACK takes up only what the peer's SYN offered, here nothing (RFC 7323 2.2)."""
    with syn_sent() as c:
        c.inject("SYN seq=0 win=65535 mss=1460")
        c.expect("SYN,ACK seq=0 ack=1 wscale=none val=none sackok=none")
        c.inject("SYN,ACK seq=0 ack=1 win=65535 mss=1460")
        c.expect_acked(1)
        c.send(100)
        c.expect("ACK seq=1 len=100 win>=2000")


def test_simultaneous_open_reset():
    """A RST in SYN-RECEIVED after an active open ends connect() (3.10.7.4, second)."""
    with syn_sent() as c:
        c.inject("SYN seq=0 win=65535 mss=1460")
        c.expect("SYN,ACK seq=0 ack=1")
        c.inject("RST seq=1")
        c.await_events(4, why="connect()")
        c.state("CLOSED")


def test_close_in_syn_received():
    """close() in SYN-RECEIVED: a FIN behind the SYN,ACK, and FIN-WAIT-1 (3.10.4)."""
    with syn_sent() as c:
        c.inject("SYN seq=0 win=65535 mss=1460 wscale=7")
        c.expect("SYN,ACK seq=0 ack=1")
        c.close()
        c.expect("FIN,ACK seq=1 ack=1")
        c.state("FIN-WAIT-1")
        c.inject("FIN,ACK seq=1 ack=2")
        c.expect("ACK seq=2 ack=2")
        c.state("TIME-WAIT")


def test_no_syn_no_rst():
    """Fifth: a segment with neither SYN nor RST is dropped."""
    with syn_sent() as c:
        c.inject("ACK seq=1 ack=1 len=10")
        c.inject("FIN,ACK seq=1 ack=1")
        c.silence()
        c.state("SYN-SENT")


def test_data_with_syn_ack():
    """Data on the SYN,ACK is not lost, taken now or when it is repeated."""
    with syn_sent() as c:
        c.inject("SYN,ACK seq=0 ack=1 len=100 win=65535 mss=1460")
        c.expect_finally("ACK ack=1..101")
        c.inject("ACK seq=1 ack=1 len=100")
        c.expect_acked(101)
        c.recv(100)


@differs_on_inet("drops what stands behind the SYN")
def test_text_with_syn_ack():
    """Fourth, SYN: text behind it is processed at once, and acknowledged with it."""
    with syn_sent() as c:
        c.inject("SYN,ACK seq=0 ack=1 len=100 win=65535 mss=1460")
        c.expect("ACK seq=1 ack=101")
        c.connected()
        c.recv(100)
        c.send(10)
        c.expect("ACK seq=1 ack=101 len=10")


@differs_on_inet("drops what stands behind the SYN")
def test_fin_with_syn_ack():
    """... and so is a FIN: the connection is then in CLOSE-WAIT."""
    with syn_sent() as c:
        c.inject("SYN,FIN,ACK seq=0 ack=1 len=10 win=65535 mss=1460")
        c.expect_finally("ACK seq=1 ack=12")
        c.connected()
        c.state("CLOSE-WAIT")
        c.recv(10)
        c.recv_end()


@differs_on_inet("drops what stands behind the SYN")
def test_urgent_with_syn_ack():
    """... and so is the urgent pointer: it counts from the SYN."""
    with syn_sent() as c:
        c.inject("SYN,URG,ACK seq=0 ack=1 len=10 urg=6 win=65535 mss=1460")
        c.expect("ACK seq=1 ack=11")
        c.connected()
        got = c.call("recv(1, MSG_OOB)", c.sock.recv, 1, socket.MSG_OOB)
        assert got == row(4, 1), got


def test_window_not_scaled():
    """The window of a SYN,ACK is never scaled, that of later segments is (RFC 7323 2.2)."""
    with syn_sent() as c:
        c.inject("SYN,ACK seq=0 ack=1 win=3000 mss=1000 wscale=7")
        c.expect("ACK seq=1 ack=1")
        c.connected()
        c.send(8000)
        c.expect_flight(1, 3001, 1000)
        c.inject("ACK ack=3001 win=3840")
        # the last 840 bytes of it are too few to be sent for their own sake
        assert 3000 <= sum(view["len"] for view in c.everything()) <= 3840


def test_syn_again():
    """Nobody answers: the same SYN is sent again after a second (RFC 6298 2.1)."""
    with connecting() as c:
        first = c.expect("SYN seq=0")
        again = c.expect("SYN seq=0 mss=1460 sackok wscale>=1", at=(1.0, 1.05))
        for key in "mss", "wscale", "win":
            assert first[key] == again[key], key
        c.inject("SYN,ACK seq=0 ack=1 mss=1460")
        c.expect("ACK seq=1 ack=1")
        c.connected()


def test_close_in_syn_sent():
    """close() in SYN-SENT deletes the connection without a word (3.10.4)."""
    with syn_sent() as c:
        c.close()
        c.silence()
        c.inject("SYN,ACK seq=0 ack=1 mss=1460")
        c.expect("RST seq=1")


def test_back_off():
    """SYNs are repeated after 1, 2, 4... s, and connect() fails with ETIMEDOUT (RFC 6298 5.5)."""
    with connecting(syncnt=3) as c:
        c.expect("SYN seq=0")
        for wait in 1, 2, 4:
            c.expect("SYN seq=0", at=(wait, wait + 0.05))
        c.connected(errno.ETIMEDOUT)
        c.state("CLOSED")


test_back_off = exact_time_only(test_back_off)
main()
