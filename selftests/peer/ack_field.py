#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Fifth check, the ACK field: RFC 9293 3.10.7.4, RFC 5961 section 5."""
from scripted import *


@differs_on_inet("up to 6.12 is silent")
def test_ack_of_unsent():
    """ESTABLISHED: an ACK of something not yet sent is answered by an ACK and dropped."""
    with passive() as c:
        c.send(10)
        c.expect("ACK seq=1 len=10")
        c.inject("ACK ack=12 len=5")
        c.expect("ACK seq=11 ack=1 len=0")
        c.recv_fails()
        c.inject("ACK seq=1 ack=11 len=5")
        c.expect_acked(6)


def test_old_ack():
    """A duplicate ACK of old data is ignored, its data is taken."""
    with passive() as c:
        c.send(10)
        c.expect("ACK seq=1 len=10")
        c.inject("ACK ack=11")
        c.silence()
        c.inject("ACK ack=5 len=20")
        c.expect_acked(21)
        c.recv(20)


def test_much_too_old_ack():
    """An ACK below SND.UNA - MAX.SND.WND is answered by a challenge ACK (RFC 5961 5.2)."""
    with passive(win=2000) as c:
        for number in range(3):
            c.send(1000)
            c.everything()
            c.inject("ACK ack=%d" % (1001 + 1000 * number))
        c.silence()
        c.inject("ACK ack=-70000 len=20")
        c.expect("ACK seq=3001 ack=1 len=0")
        c.recv_fails()


def test_partial_ack():
    """An ACK in the middle of a segment frees what it covers."""
    with passive() as c:
        c.send(1000)
        c.expect("ACK seq=1 len=1000")
        c.inject("ACK ack=501")
        c.expect("ACK seq=501 len=500")


def test_fin_wait_1():
    """FIN-WAIT-1: only the ACK of the FIN leads to FIN-WAIT-2."""
    with passive() as c:
        c.send(10)
        c.shutdown()
        c.expect("ACK seq=1 len=10")
        c.expect("FIN,ACK seq=11")
        c.inject("ACK ack=11")
        c.state("FIN-WAIT-1")
        c.inject("ACK ack=12")
        c.state("FIN-WAIT-2")
        c.silence()


def test_fin_wait_1_unsent():
    """FIN-WAIT-1: an ACK beyond the FIN is answered and moves nothing."""
    with fin_wait_1() as c:
        c.inject("ACK ack=3")
        c.expect("ACK seq=2 ack=1")
        c.state("FIN-WAIT-1")


def test_closing():
    """CLOSING: the ACK of the FIN leads to TIME-WAIT, another one nowhere."""
    with closing() as c:
        c.inject("ACK ack=1")
        c.silence()
        c.state("CLOSING")
        c.inject("ACK ack=2")
        c.silence()
        c.close()
        c.state("TIME-WAIT")


def test_last_ack():
    """LAST-ACK: the ACK of the FIN deletes the connection, another one does not."""
    with last_ack() as c:
        c.inject("ACK ack=1")
        c.silence()
        c.state("LAST-ACK")
        c.inject("ACK ack=2")
        c.silence()
        c.state("CLOSED")


def test_close_wait():
    """CLOSE-WAIT: data can still be sent, and is acknowledged."""
    with close_wait() as c:
        c.send(2000)
        c.expect("ACK seq=1 ack=2 len=1460")
        c.inject("ACK ack=1461")
        c.expect("ACK seq=1461 ack=2 len=540")
        c.inject("ACK ack=2001")
        c.silence()
        c.state("CLOSE-WAIT")


def test_window_update():
    """The window of a segment with a newer number or ACK counts, an older one does not (SND.WL1, SND.WL2)."""
    with passive() as c:
        c.inject("ACK len=10 win=1000")
        c.expect_acked(11)
        c.inject("ACK len=10 win=5000")
        c.expect_acked(21)
        c.inject("ACK seq=11 len=5 win=100")
        c.everything()
        c.send(1460)
        c.expect("ACK seq=1 len=1460")


def test_window_of_overtaken():
    """... nor does that of a segment that is overtaken by a newer one, but still in the
    receive window (SND.WL1)."""
    with passive() as c:
        c.inject("ACK seq=11 len=10 win=5000")
        c.expect("ACK seq=1 ack=1")
        c.inject("ACK seq=1 len=10 win=100")
        c.expect_acked(21)
        c.send(1460)
        c.expect("ACK seq=1 len=1460")


main()
