#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""Closing a connection: RFC 9293 3.6, 3.10.4, 3.10.7.4 eighth."""
from scripted import *


def test_normal_close():
    """FIN, its ACK, the peer's FIN, its ACK: five states (3.6, figure 12)."""
    with passive() as c:
        c.shutdown()
        c.expect("FIN,ACK seq=1 ack=1")
        c.state("FIN-WAIT-1")
        c.inject("ACK seq=1 ack=2")
        c.state("FIN-WAIT-2")
        c.inject("FIN,ACK seq=1 ack=2")
        c.expect("ACK seq=2 ack=2")
        c.recv_end()
        c.close()
        c.state("TIME-WAIT")


def test_peer_closes_first():
    """The peer's FIN is acknowledged and read as end of data; then LAST-ACK (figure 12)."""
    with passive() as c:
        c.inject("FIN,ACK seq=1 ack=1")
        c.expect("ACK seq=1 ack=2")
        c.state("CLOSE-WAIT")
        c.recv_end()
        c.close()
        c.expect("FIN,ACK seq=1 ack=2")
        c.state("LAST-ACK")
        c.inject("ACK seq=2 ack=2")
        c.silence()
        c.state("CLOSED")


def test_simultaneous_close():
    """Both FINs cross: CLOSING, then TIME-WAIT (3.6, figure 13)."""
    with passive() as c:
        c.shutdown()
        c.expect("FIN,ACK seq=1 ack=1")
        c.inject("FIN,ACK seq=1 ack=1")
        c.expect("ACK seq=2 ack=2")
        c.state("CLOSING")
        c.inject("ACK seq=2 ack=2")
        c.silence()
        c.close()
        c.state("TIME-WAIT")


def test_fin_with_ack_of_fin():
    """FIN-WAIT-1: FIN and ACK of the FIN in one segment lead to TIME-WAIT at once."""
    with fin_wait_1() as c:
        c.inject("FIN,ACK seq=1 ack=2")
        c.expect("ACK seq=2 ack=2")
        c.close()
        c.state("TIME-WAIT")


def test_fin_with_ack_of_fin_orphan():
    """... also after close(), when nobody holds the socket any more."""
    with passive() as c:
        c.close()
        c.expect("FIN,ACK seq=1 ack=1")
        c.inject("FIN,ACK seq=1 ack=2")
        c.expect("ACK seq=2 ack=2")
        c.state("TIME-WAIT")


def test_orphan():
    """After close(): FIN-WAIT-2 by the ACK, TIME-WAIT by the peer's FIN."""
    with passive() as c:
        c.close()
        c.expect("FIN,ACK seq=1 ack=1")
        c.inject("ACK seq=1 ack=2")
        c.silence()
        c.state("FIN-WAIT-2")
        c.inject("FIN,ACK seq=1 ack=2")
        c.expect("ACK seq=2 ack=2")
        c.state("TIME-WAIT")


@differs_on_inet("a SYN in the window ends it")
def test_orphan_is_not_fooled():
    """FIN-WAIT-2 after close() as before it: what has no ACK is dropped (RFC 9293
    3.10.7.4, fifth), and a SYN is answered by an ACK (RFC 5961 4.2)."""
    with fin_wait_2() as c:
        c.close()
        c.state("FIN-WAIT-2")
        c.inject("- seq=1 len=10")
        c.inject("FIN seq=1")
        c.silence()
        c.state("FIN-WAIT-2")
        c.inject("SYN seq=1")
        c.expect("ACK seq=2 ack=1")
        c.state("FIN-WAIT-2")
        c.inject("FIN,ACK seq=1 ack=2")
        c.expect("ACK seq=2 ack=2")
        c.state("TIME-WAIT")


def test_orphan_has_answered():
    """An answer to a stray segment is not one too many for the ACK of the FIN, however
    few net.twin.tcp_invalid_ratelimit allows."""
    bench().sysctl("tcp_invalid_ratelimit", 100000)
    try:
        with fin_wait_2() as c:
            c.close()
            c.state("FIN-WAIT-2")
            c.inject("ACK seq=200001 ack=2 len=10")
            c.expect("ACK seq=2 ack=1")
            c.inject("FIN,ACK seq=1 ack=2")
            c.expect("ACK seq=2 ack=2")
            c.state("TIME-WAIT")
    finally:
        bench().sysctl("tcp_invalid_ratelimit", 0)


def orphans_at_most(number):
    """Returns what it was."""
    with open("/proc/sys/net/twin/tcp_max_orphans", encoding="ascii") as file:
        before = int(file.read())
    bench().sysctl("tcp_max_orphans", number)
    return before


@differs_on_inet("it counts the orphans of all namespaces, ten times a second")
def test_too_many_orphans():
    """More orphans than net.twin.tcp_max_orphans: close() resets (tcp(7))."""
    with passive() as c:
        before, most = bench().counters(), orphans_at_most(0)
        try:
            c.close()
            c.expect("FIN,ACK seq=1 ack=1")
            c.expect("RST,ACK seq=2 ack=1")
        finally:
            orphans_at_most(most)
        assert counted(before, "TcpExtTCPAbortOnMemory") == 1
        c.inject("ACK seq=1 ack=2")
        c.expect("RST seq=2")


@differs_on_inet("it counts the orphans of all namespaces, ten times a second")
def test_orphan_too_many_later():
    """... and so does the next time-out of one that was allowed."""
    with passive() as c:
        before = bench().counters()
        c.close()
        c.expect("FIN,ACK seq=1 ack=1")
        most = orphans_at_most(0)
        try:
            c.expect("RST,ACK seq=2 ack=1")
        finally:
            orphans_at_most(most)
        assert counted(before, "TcpExtTCPAbortOnMemory") == 1


def test_orphans_cross():
    """After close() on our side the FINs cross: CLOSING, then TIME-WAIT."""
    with passive() as c:
        c.close()
        c.expect("FIN,ACK seq=1 ack=1")
        c.inject("FIN,ACK seq=1 ack=1")
        c.expect("ACK seq=2 ack=2")
        c.state("CLOSING")
        c.inject("ACK seq=2 ack=2")
        c.silence()
        c.state("TIME-WAIT")


def test_half_close():
    """After shutdown(WR) data still comes in, in FIN-WAIT-1 and FIN-WAIT-2."""
    with fin_wait_1() as c:
        c.inject("ACK seq=1 ack=1 len=1000")
        c.expect_acked(1001)
        c.inject("ACK seq=1001 ack=2 len=1000")
        c.expect_acked(2001)
        c.recv(2000)
        c.state("FIN-WAIT-2")
        c.inject("FIN,ACK seq=2001 ack=2 len=10")
        c.expect("ACK seq=2 ack=2012")
        c.recv(10)
        c.recv_end()


def test_send_after_shutdown():
    """Nothing can be sent after shutdown(WR): EPIPE."""
    with fin_wait_1() as c:
        c.send(1, error=errno.EPIPE)
        c.silence()


def test_fin_behind_data():
    """close() sends what waits first; the FIN rides on the last segment."""
    with passive() as c:
        c.inject("ACK win=1000")
        c.send(2000)
        c.everything()
        c.close()
        c.inject("ACK ack=%d win=20000" % c.host_next)
        while c.host_next < 2002:
            c.expect_any("ACK len>0", "FIN,ACK len>=0")
        c.inject("ACK ack=2002")
        c.silence()
        c.state("FIN-WAIT-2")


def test_fin_out_of_order():
    """A FIN behind a gap counts when the gap is filled."""
    with passive() as c:
        c.inject("FIN,ACK seq=101 len=10")
        c.expect("ACK seq=1 ack=1")
        c.state("ESTABLISHED")
        c.inject("ACK seq=1 len=100")
        c.expect_acked(112)
        c.state("CLOSE-WAIT")
        c.recv(110)
        c.recv_end()


def test_data_behind_fin():
    """Data behind the peer's FIN is not delivered (3.10.7.4, seventh)."""
    with close_wait() as c:
        c.inject("ACK seq=2 len=10")
        c.everything()
        c.recv_end()
        c.state("CLOSE-WAIT")


def test_fin_again():
    """The peer's FIN again is acknowledged again, in each state that has seen it."""
    for opening in close_wait, last_ack, closing, time_wait:
        with opening() as c:
            state = c.now_state()
            snd = c.host_next
            c.inject("FIN,ACK seq=1 ack=1")
            c.expect("ACK seq=%d ack=2" % snd)
            c.state(state)


def test_fin_with_data():
    """FIN and data in one segment: data first, then the end."""
    with passive() as c:
        c.inject("FIN,ACK seq=1 len=100")
        c.expect_acked(102)
        c.recv(100)
        c.recv_end()


def test_fin_is_repeated():
    """A FIN that nobody acknowledges is sent again (RFC 6298)."""
    with fin_wait_1() as c:
        c.expect("FIN,ACK seq=1 ack=1")
        c.inject("ACK ack=2")
        c.silence()


def test_shutdown_twice():
    """A second shutdown(WR) is no error and sends nothing."""
    with fin_wait_2() as c:
        c.shutdown()
        c.silence()


def test_shutdown_rd():
    """shutdown(RD) is a local matter: nothing is sent, data is acknowledged."""
    with passive() as c:
        c.shutdown(socket.SHUT_RD)
        c.silence()
        c.inject("ACK len=100")
        c.expect_acked(101)


def test_close_when_peer_is_full():
    """close() with a closed window: the FIN waits for room."""
    with passive() as c:
        c.send(10)
        c.expect("ACK seq=1 len=10")
        c.inject("ACK ack=11 win=0")
        c.send(100)
        c.close()
        c.silence()
        c.inject("ACK ack=11 win=1000")
        c.expect("FIN,ACK seq=11 len=100")


@exact_time_only
def test_fin_wait_2_ends():
    """An orphan in FIN-WAIT-2 is given up after tcp_fin_timeout (60 s)."""
    with fin_wait_2() as c:
        c.close()
        c.silence_for(58)
        c.state("FIN-WAIT-2")
        c.silence_for(10)
        c.state("CLOSED")


@exact_time_only
def test_last_ack_gives_up():
    """An orphan whose FIN is never acknowledged is given up one day."""
    with last_ack() as c:
        c.drop_until_silent(400)
        c.state("CLOSED")


def test_abort_at_the_end():
    """ABORT when all was said already deletes the connection without a word (3.10.5,
    CLOSING, LAST-ACK, TIME-WAIT)."""
    with closing() as c:
        c.abort()
        c.silence()
        c.state("CLOSED")
    with close_wait() as c:
        c.shutdown()
        c.expect("FIN,ACK seq=1 ack=2")
        c.state("LAST-ACK")
        c.abort()
        c.silence()
        c.state("CLOSED")
    with fin_wait_2() as c:
        c.inject("FIN,ACK")
        c.expect("ACK seq=2 ack=2")
        c.abort()
        c.silence()


main()
