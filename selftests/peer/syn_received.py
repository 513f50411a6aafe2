#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""SYN-RECEIVED after a passive open: RFC 9293 3.10.7.4."""
from scripted import *


def test_syn_again():
    """The same SYN again is answered again, by SYN,ACK or (first check) by an ACK."""
    with syn_received() as c:
        c.inject("SYN seq=0 mss=1460")
        c.expect_any("SYN,ACK seq=0 ack=1", "ACK seq=1 ack=1")
        c.inject("ACK seq=1 ack=1")
        c.accept()


def test_unacceptable_sequence():
    """First: an unacceptable segment is answered by an ACK and dropped."""
    with syn_received() as c:
        c.inject("ACK seq=200001 ack=1 len=10")
        c.expect("ACK seq=1 ack=1")
        c.accept_nothing()


def test_unacceptable_rst():
    """First: an unacceptable segment with RST is dropped."""
    with syn_received() as c:
        c.inject("RST seq=200001")
        c.inject("RST seq=0")
        c.silence()
        c.inject("ACK seq=1 ack=1")
        c.accept()


def test_exact_rst():
    """Second: RST at exactly RCV.NXT brings back LISTEN."""
    with syn_received() as c:
        c.inject("RST seq=1")
        c.silence()
        c.inject("ACK seq=1 ack=1")
        c.expect("RST seq=1")
        c.accept_nothing()


@differs_on_inet("subjects a reset to PAWS as long as the SYN is young")
def test_old_rst():
    """"It MUST NOT be subjected to the PAWS check": a reset that answers the SYN,ACK
    SHOULD carry a TSval of zero (RFC 7323 5.2)."""
    with syn_received(MODERN) as c:
        c.inject("RST seq=1 val=0 ecr=0")
        c.silence()
        c.inject("ACK seq=1 ack=1 val=1001")
        c.expect("RST seq=1")
        c.accept_nothing()


@differs_on_inet("takes any RST in the window here (RFC 5961 3.2 asks for a challenge ACK)")
def test_rst_in_window():
    """Second: another RST in the window gets a challenge ACK (RFC 5961 3.2)."""
    with syn_received() as c:
        c.inject("RST seq=2")
        c.expect("ACK seq=1 ack=1")
        c.inject("ACK seq=1 ack=1")
        c.accept()


def test_ack_of_unsent():
    """Fifth: an ACK that is not acceptable gets <SEQ=SEG.ACK><CTL=RST>."""
    with syn_received() as c:
        c.inject("ACK seq=1 ack=2")
        c.expect("RST seq=2")
        c.inject("ACK seq=1 ack=0")
        c.expect("RST seq=0")
        c.accept_nothing()
        c.inject("ACK seq=1 ack=1")
        c.accept()


def test_no_ack():
    """Fifth: a segment without ACK is dropped."""
    with syn_received() as c:
        c.inject("- seq=1 len=10")
        c.silence()
        c.accept_nothing()


def test_ack_with_data():
    """Data on the completing ACK is there as soon as accept() returns."""
    with syn_received() as c:
        c.inject("ACK seq=1 ack=1 len=100")
        c.accept()
        c.recv(100)
        c.expect_acked(101)


def test_ack_with_fin():
    """Eighth: a FIN on the completing ACK leads to CLOSE-WAIT."""
    with syn_received() as c:
        c.inject("FIN,ACK seq=1 ack=1 len=10")
        c.accept()
        c.state("CLOSE-WAIT")
        c.recv(10)
        c.recv_end()
        c.expect_acked(12)


def test_data_before_ack():
    """Data beyond a lost completing ACK: out of order, but it completes too."""
    with syn_received() as c:
        c.inject("ACK seq=101 ack=1 len=100")
        c.accept()
        c.expect("ACK seq=1 ack=1")
        c.recv_fails()
        c.inject("ACK seq=1 ack=1 len=100")
        c.expect("ACK seq=1 ack=201")
        c.recv(200)


def test_window_of_ack():
    """The window of the completing ACK counts, scaled (RFC 7323 2.3)."""
    with syn_received("mss=1000 wscale=2") as c:
        c.inject("ACK seq=1 ack=1 win=2000")
        c.accept()
        c.send(5000)
        c.expect_flight(1, 2001, 1000)


def test_fin_before_accept():
    """A connection may end before accept() sees it."""
    with syn_received() as c:
        c.inject("ACK seq=1 ack=1 len=10")
        c.inject("FIN,ACK seq=11 ack=1")
        c.expect_acked(12)
        c.accept()
        c.recv(10)
        c.recv_end()


def test_reset_before_accept():
    """A connection that is reset before accept() is still handed out, with its error."""
    with syn_received() as c:
        c.inject("ACK seq=1 ack=1")
        c.inject("RST seq=1")
        c.accept()
        c.recv_fails(errno.ECONNRESET)


def test_listener_closed():
    """close() on the listener: the half-open connection is gone."""
    with syn_received() as c:
        c.listener.close()
        c.listener = None
        c.inject("ACK seq=1 ack=1")
        c.expect("RST seq=1")


def test_listener_closed_established():
    """close() on the listener: a connection that nobody has accepted is reset."""
    with syn_received() as c:
        c.inject("ACK seq=1 ack=1")
        c.silence()
        c.listener.close()
        c.listener = None
        c.expect_any("RST,ACK seq=1 ack=1", "RST seq=1")


def test_syn_ack_again():
    """Nobody answers: the same SYN,ACK is sent again after a second."""
    with syn_received("mss=1460 sackok wscale=7") as c:
        c.expect("SYN,ACK seq=0 ack=1 mss=1460 sackok wscale>=0", at=(1.0, 1.05))
        c.inject("ACK seq=1 ack=1")
        c.accept()


@exact_time_only
def test_give_up():
    """SYN,ACKs are repeated after 1, 2, 4, 8, 16 s, then the request is dropped."""
    with syn_received() as c:
        for wait in 1, 2, 4, 8, 16:
            c.expect("SYN,ACK seq=0 ack=1", at=(wait, wait + 0.05))
        c.silence_for(100)
        c.inject("ACK seq=1 ack=1")
        c.expect("RST seq=1")


main()
