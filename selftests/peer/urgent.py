#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Urgent data: RFC 9293 3.8.5, RFC 6093. The pointer names the byte behind it."""
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
