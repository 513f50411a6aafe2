#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""RST and SYN in the synchronized states: RFC 9293 3.10.7.4 second and fourth,
RFC 5961 sections 3 and 4."""
from scripted import *


def each_state(check, *openings):
    for opening in openings or SYNCHRONIZED:
        with opening() as c:
            try:
                check(c, c.host_next, c.next)
            except Mismatch as problem:
                raise Mismatch("%s: %s" % (opening.__name__, problem)) from None


def test_exact():
    """Each state: a RST at exactly RCV.NXT ends the connection (RFC 5961 3.2, 2)."""
    def check(c, _, rcv):
        c.inject("RST seq=%d" % rcv)
        c.silence()
        c.state("CLOSED")
    each_state(check)


def test_in_window():
    """Each state: another RST in the window gets a challenge ACK (RFC 5961 3.2, 3)."""
    def check(c, snd, rcv):
        state = c.now_state()
        c.inject("RST seq=%d" % (rcv + 1))
        c.expect("ACK seq=%d ack=%d" % (snd, rcv))
        c.silence()
        c.state(state)
    each_state(check)


def test_answer_to_challenge():
    """A peer that really is gone answers the challenge with the exact number."""
    with passive() as c:
        c.inject("RST seq=100")
        challenge = c.expect("ACK seq=1 ack=1")
        c.inject("RST seq=%d" % challenge["ack"])
        c.silence()
        c.recv_fails(errno.ECONNRESET)


def test_with_ack():
    """A RST,ACK counts by its sequence number alone."""
    with passive() as c:
        c.inject("RST,ACK seq=1 ack=1")
        c.silence()
        c.recv_fails(errno.ECONNRESET)


def test_with_text():
    """A RST may have text, which says why and is not data (RFC 9293 3.10.7.4, SHLD-2;
    RFC 1122 4.2.2.12)."""
    def check(c, _, rcv):
        state = c.now_state()
        c.inject("RST seq=%d len=20" % (rcv - 30))
        c.silence()
        c.state(state)
        c.inject("RST seq=%d len=20" % rcv)
        c.silence()
        c.state("CLOSED")
    each_state(check)
    with passive() as c:
        c.inject("RST,ACK seq=1 len=20")
        c.silence()
        c.recv_fails(errno.ECONNRESET)
        c.recv_end()


def test_errors_seen():
    """After a reset: ECONNRESET once, then end of data, and EPIPE for writes."""
    with passive() as c:
        c.inject("RST seq=1")
        c.recv_fails(errno.ECONNRESET)
        c.recv_end()
        c.send(1, error=errno.EPIPE)


def test_close_wait_error():
    """After a reset in CLOSE-WAIT the error is EPIPE."""
    with close_wait() as c:
        c.inject("RST seq=2")
        c.soft_error(errno.EPIPE)


def test_data_is_flushed():
    """A reset drops what waits to be sent."""
    with passive(win=1000) as c:
        c.send(3000)
        c.everything()
        c.inject("RST seq=1")
        c.silence_for(0.5)


def test_syn_in_window():
    """Each state: a SYN gets a challenge ACK, whatever its number (RFC 5961 4.2)."""
    def check(c, snd, rcv):
        state = c.now_state()
        c.inject("SYN seq=%d mss=1460" % (rcv + 1))
        c.expect("ACK seq=%d ack=%d" % (snd, rcv))
        c.silence()
        c.state(state)
    each_state(check)


def test_syn_outside():
    """Each state: also a SYN outside the window."""
    def check(c, snd, rcv):
        c.inject("SYN seq=%d mss=1460" % (rcv - 30000))
        c.expect("ACK seq=%d ack=%d" % (snd, rcv))
        c.silence()
    each_state(check)


def test_syn_at_next():
    """ESTABLISHED: a SYN at exactly RCV.NXT too; data behind it is not taken."""
    with passive() as c:
        c.inject("SYN seq=1 len=10 mss=1460")
        c.expect("ACK seq=1 ack=1")
        c.recv_fails()
        c.inject("SYN,ACK seq=1 ack=1 mss=1460")
        c.expect("ACK seq=1 ack=1")
        c.state("ESTABLISHED")


def test_syn_ack_again():
    """The SYN,ACK of the handshake again (our ACK was lost) is acknowledged again."""
    with active() as c:
        c.inject("SYN,ACK seq=0 ack=1 win=65535 mss=1460")
        c.expect("ACK seq=1 ack=1")
        c.state("ESTABLISHED")


def test_rst_behind_sack():
    """With data out of order, RST at RCV.NXT still ends the connection."""
    with passive("mss=1460 sackok") as c:
        c.inject("ACK seq=101 len=100")
        c.expect("ACK seq=1 ack=1 sack=101-201")
        c.inject("RST seq=1")
        c.silence()
        c.recv_fails(errno.ECONNRESET)


def test_rst_at_right_edge():
    """... and so does one at the end of the last block, the window being full (RFC 5961
    3.2 and RFC 2018: what the peer has sent is known)."""
    with passive("mss=1460 sackok", rcvbuf=8192) as c:
        edge = c.edge
        for first in range(1461, edge, 1460):
            c.inject("ACK seq=%d len=%d" % (first, min(1460, edge - first)))
        c.everything()
        c.inject("RST seq=%d" % edge)
        c.silence()
        c.recv_fails(errno.ECONNRESET)


@exact_time_only
def test_limit_is_not_told():
    """Where challenge ACKs of all connections are limited, the number that is allowed
    in a second cannot be known: who counts them learns nothing (RFC 5961 7)."""
    bench().sysctl("tcp_challenge_ack_limit", 10)
    try:
        with passive() as c:
            counts = []
            for _ in range(8):
                c.silence_for(1.5)
                for _ in range(30):
                    c.inject("RST seq=2")
                counts.append(len(c.everything()))
            assert all(5 <= count <= 14 for count in counts), counts
            assert len(set(counts)) > 1, counts
    finally:
        bench().sysctl("tcp_challenge_ack_limit", 2**31 - 1)


def test_abort():
    """close() with a linger time of 0 sends <SEQ=SND.NXT><CTL=RST> (3.10.5)."""
    with passive() as c:
        c.send(10)
        c.expect("ACK seq=1 len=10")
        c.abort()
        c.expect("RST,ACK seq=11 ack=1")
        c.silence()
        c.state("CLOSED")


def test_abort_states():
    """Each state in which the application may still hold it: an abort is told to the peer (3.10.5)."""
    for opening in passive, active, fin_wait_1, fin_wait_2, close_wait:
        with opening() as c:
            try:
                c.abort()
                c.expect("RST,ACK seq=%d ack=%d" % (c.host_next, c.next))
                c.silence()
                c.state("CLOSED")
            except Mismatch as problem:
                raise Mismatch("%s: %s" % (opening.__name__, problem)) from None


def test_unread_data():
    """close() with unread data sends a RST (RFC 9293 3.6.1, MUST-17; RFC 2525 2.17)."""
    with passive() as c:
        c.inject("ACK len=10")
        c.expect_acked(11)
        c.close()
        c.expect("RST,ACK seq=1 ack=11")
        c.state("CLOSED")


def test_data_after_close_later():
    """... also when the FIN had been acknowledged before (FIN-WAIT-2)."""
    with passive() as c:
        c.close()
        c.expect("FIN,ACK seq=1 ack=1")
        c.inject("ACK ack=2")
        c.silence()
        c.inject("ACK ack=2 len=10")
        c.expect_any("RST seq=2", "RST,ACK seq=2")
        c.state("CLOSED")


def test_data_after_close():
    """New data for a connection that the application has closed is reset (3.6.1, MUST-18)."""
    with passive() as c:
        c.close()
        c.expect("FIN,ACK seq=1 ack=1")
        c.inject("ACK ack=2 len=10")
        c.expect_any("RST seq=2", "RST,ACK seq=2")
        c.state("CLOSED")


def test_data_after_shutdown():
    """... and for one of which it has shut down both directions: nobody will read it."""
    with passive() as c:
        c.shutdown(socket.SHUT_RDWR)
        c.expect("FIN,ACK seq=1 ack=1")
        c.inject("ACK ack=2")
        c.silence()
        c.inject("ACK ack=2 len=10")
        c.expect_any("RST seq=2", "RST,ACK seq=2")
        c.soft_error(errno.ECONNRESET)


main()
