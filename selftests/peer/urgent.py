#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Urgent data: RFC 9293 3.8.5, RFC 6093. The pointer names the byte behind it."""
import threading

from scripted import *


def test_received():
    """The urgent byte is not in the row, and is read with MSG_OOB."""
    with passive() as c:
        c.inject("URG,ACK len=10 urg=5")
        c.expect_acked(11)
        got = c.call("recv(1, MSG_OOB)", c.sock.recv, 1, socket.MSG_OOB)
        want = connection.row(4, 1)
        assert got == want, (got, want)
        data = c.call("recv(100)", c.sock.recv, 100)
        assert data == connection.row(0, 4), "reading stops at the mark"
        data = c.call("recv(100)", c.sock.recv, 100)
        assert data == connection.row(5, 5)


def test_inline():
    """SO_OOBINLINE leaves it in the row; reading stops before it."""
    with passive() as c:
        c.setsockopt(oobinline=1)
        c.inject("URG,ACK len=10 urg=5")
        c.expect_acked(11)
        data = c.call("recv(100)", c.sock.recv, 100)
        assert data == connection.row(0, 4)
        data = c.call("recv(100)", c.sock.recv, 100)
        assert data == connection.row(4, 6)


def test_sent():
    """MSG_OOB sets URG and points behind its last byte."""
    with passive() as c:
        c.send(10, socket.MSG_OOB)
        c.expect("URG,ACK seq=1 len=10 urg=10")
        c.inject("ACK ack=11")
        c.send(10)
        c.expect("ACK seq=11 len=10 urg=none")


def test_sent_into_closed_window():
    """A probe tells of it although there is no window for its byte: one that a receiver
    takes, beside the one that it must answer (3.10.2, "SND.UP")."""
    with passive() as c:
        c.send(10)
        c.expect("ACK seq=1 len=10")
        c.inject("ACK ack=11 win=0")
        c.send(1, socket.MSG_OOB)
        c.expect("URG,ACK seq=11 urg=1")
        c.expect("URG,ACK seq=10 urg=2")


def test_sent_in_many():
    """Each segment before the urgent byte points to it, whoever cuts the data (MUST-62)."""
    bench().gso(65535)
    try:
        with passive() as c:
            c.send(14000)
            c.expect_flight(1, 14001)
            c.inject("ACK ack=14001")
            c.send(10000, socket.MSG_OOB)
            for first in range(14001, 24001, 1460):
                c.expect("URG,ACK seq=%d len=%d urg=%d" % (
                    first, min(1460, 24001 - first), 24001 - first))
    finally:
        bench().gso(1)


def test_sent_again_in_many():
    """... and so does each that is sent again."""
    bench().gso(65535)
    try:
        with passive(MODERN) as c:
            c.send(10136, socket.MSG_OOB)
            c.everything()
            c.inject("ACK ack=1 sack=8689-10137")
            c.inject("ACK ack=1 sack=7241-10137")
            c.inject("ACK ack=1 sack=5793-10137")
            again = []
            while len(again) < 4:
                again.append(c.take(*c.next_segment(10, "a retransmission")))
            for view in again:
                assert view["urg"] == 10137 - view["seq"], view
    finally:
        bench().gso(1)


@differs_on_inet("does not look at the pointer then")
def test_window_closed():
    """The pointer of a segment that finds the window closed counts, its text does not (MUST-66)."""
    with passive(rcvbuf=8192) as c:
        while c.edge > c.next:
            c.inject("ACK len=%d" % min(1460, c.edge - c.next))
            c.everything()
        if c.last["ack"] != c.next:
            c.expect_acked(c.next)
        end = c.next
        c.inject("URG,ACK len=10 urg=5")
        c.expect("ACK seq=1 ack=%d win=0" % end)
        c.call("recv(1, MSG_OOB)", c.sock.recv, 1, socket.MSG_OOB,
               error=errno.EAGAIN)
        c.recv(end - 1)
        c.everything()
        c.inject("URG,ACK seq=%d len=10 urg=5" % end)
        c.expect_acked(end + 10)
        got = c.call("recv(1, MSG_OOB)", c.sock.recv, 1, socket.MSG_OOB)
        assert got == row(end + 3, 1), got


def test_peek_goes_on_behind():
    """A look ahead that has passed over the urgent byte waits for the rest it wants."""
    with passive() as c:
        c.inject("URG,ACK len=4 urg=1")
        c.expect_acked(5)
        c.sock.setblocking(True)
        got = []
        reader = threading.Thread(target=lambda: got.append(
            c.sock.recv(9, socket.MSG_PEEK | socket.MSG_WAITALL)), daemon=True)
        reader.start()
        c.bench.pump(0.2)
        c.inject("ACK len=6")
        c.expect_acked(11)
        reader.join(connection.PATIENCE)
        assert got == [connection.row(1, 9)], got


def test_none_there():
    """MSG_OOB without urgent data fails with EINVAL."""
    with passive() as c:
        c.inject("ACK len=10")
        c.expect_acked(11)
        c.call("recv(1, MSG_OOB)", c.sock.recv, 1, socket.MSG_OOB,
               error=errno.EINVAL)


def test_pointer_without_urg():
    """The pointer of a segment without URG means nothing."""
    with passive() as c:
        c.inject("ACK len=10 urg=5")
        c.expect_acked(11)
        c.recv(10)


main()
