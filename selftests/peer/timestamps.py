#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""Timestamps and PAWS: RFC 7323 sections 3, 4 and 5. The peer's clock begins
at 1000 and goes on by one with each segment, unless the script says val=."""
from scripted import *

TIMED = "mss=1460 sackok val=1000"


def test_echo():
    """An ACK echoes the TSval of the segment that it acknowledges."""
    with passive(TIMED) as c:
        c.inject("ACK len=100 val=2000")
        c.expect("ACK ack=101 ecr=2000")
        c.send(10)
        c.expect("ACK ack=101 len=10 ecr=2000")


def test_echo_delayed():
    """An ACK of several segments echoes the earliest of them (4.3, A)."""
    with passive(TIMED) as c:
        for _ in range(20):
            c.inject("ACK len=1000 val=1500")
        c.everything()
        c.recv(20000)
        c.expect_last_acked(20001)
        c.setsockopt(quickack=0)
        c.inject("ACK len=100 val=2000")
        c.silence()
        c.inject("ACK len=100 val=2007")
        view = c.expect_acked(20201)
        assert view["ecr"] == 2000, "ecr=%d" % view["ecr"]


def test_echo_hole():
    """With a gap the last segment that advanced the window is echoed (4.3, B)."""
    with passive(TIMED) as c:
        c.inject("ACK len=100 val=2000")
        c.expect("ACK ack=101 ecr=2000")
        c.inject("ACK seq=201 len=100 val=2001")
        c.expect("ACK ack=101 ecr=2000")
        c.inject("ACK seq=301 len=100 val=2002")
        c.expect("ACK ack=101 ecr=2000")


def test_echo_filled():
    """What fills the gap is echoed, although later ones are there (4.3, C)."""
    with passive(TIMED) as c:
        c.inject("ACK seq=101 len=100 val=2002")
        c.expect("ACK ack=1")
        c.inject("ACK seq=1 len=100 val=2005")
        c.expect("ACK ack=201 ecr=2005")


def test_example():
    """The example of section 4.3: A, B, C in order, then D, B, E with losses."""
    with passive(TIMED) as c:
        for seq, val, ack, ecr in ((1, 2001, 101, 2001), (201, 2003, 101, 2001),
                                   (101, 2002, 301, 2002),
                                   (401, 2005, 301, 2002),
                                   (301, 2004, 501, 2004)):
            c.inject("ACK seq=%d len=100 val=%d" % (seq, val))
            c.expect("ACK ack=%d ecr=%d" % (ack, ecr))


def test_paws():
    """PAWS: an old TSval is answered by an ACK, its data dropped (5.3, R1)."""
    with passive(TIMED) as c:
        c.inject("ACK len=100 val=3000")
        c.expect("ACK ack=101 ecr=3000")
        c.inject("ACK len=100 val=2990")
        c.expect("ACK seq=1 ack=101 ecr=3000")
        c.recv(100)
        c.recv_fails()
        c.inject("ACK seq=101 len=100 val=3000")
        c.expect_acked(201)


def test_paws_syn():
    """A SYN with an old TSval gets a challenge ACK as any other, and no more of those
    than any other (RFC 5961 4.2, 7)."""
    bench().sysctl("tcp_invalid_ratelimit", 10**7)
    try:
        with passive(TIMED) as c:
            before = bench().counters()
            c.inject("ACK len=100 val=3000")
            c.expect("ACK ack=101 ecr=3000")
            for _ in range(10):
                c.inject("SYN seq=-5000 val=2000 mss=1460")
            came = c.everything()
            assert len(came) == 1, len(came)
            assert all(view["ack"] == 101 and not view.get("sack") for view in came), came
            assert counted(before, "TcpExtTCPSYNChallenge") == 10
    finally:
        bench().sysctl("tcp_invalid_ratelimit", 0)


def test_zero():
    """Some peers have zero in their SYN, whatever their clock says: it proves nothing."""
    with listening() as c:
        c.inject("SYN mss=1460 sackok val=0")
        c.expect("SYN,ACK seq=0 ack=1 ecr=0")
        c.inject("ACK val=%d" % (9 << 28))
        c.accept()
        c.inject("ACK len=100 val=%d" % ((9 << 28) + 1))
        c.expect_acked(101)
        c.inject("ACK len=100 val=%d" % (9 << 28))
        c.expect("ACK ack=101")


def test_paws_guessed():
    """What acknowledges data that was never sent is dropped, and its TSval with it
    (RFC 5961 5.2): nobody who guesses can have PAWS refuse the peer."""
    with passive(TIMED) as c:
        c.inject("ACK len=100 val=3000")
        c.expect("ACK ack=101 ecr=3000")
        c.inject("ACK seq=101 ack=100000 len=100 val=500000000")
        c.everything()
        c.inject("ACK seq=101 len=100 val=3001")
        view = c.expect_acked(201)
        assert view["ecr"] == 3001, view["ecr"]


def test_paws_wraps():
    """PAWS compares as sequence numbers are compared: the clock may wrap."""
    with passive("mss=1460 val=0xfffffff0") as c:
        c.inject("ACK len=100 val=0xfffffffe")
        c.expect_acked(101)
        c.inject("ACK len=100 val=5")
        c.expect("ACK ack=201 ecr=5")
        c.inject("ACK len=100 val=0xffffffff")
        c.expect("ACK ack=201 ecr=5")


def test_paws_fin():
    """PAWS holds for a FIN too."""
    with passive(TIMED) as c:
        c.inject("ACK len=100 val=3000")
        c.expect("ACK ack=101")
        c.inject("FIN,ACK seq=101 val=2000")
        c.expect("ACK seq=1 ack=101")
        c.state("ESTABLISHED")


def test_paws_not_for_rst():
    """A RST is not checked by PAWS (5.2)."""
    with passive(TIMED) as c:
        c.inject("ACK len=100 val=3000")
        c.expect("ACK ack=101")
        c.inject("RST seq=101 val=10")
        c.silence()
        c.state("CLOSED")


def test_rst_without_timestamp():
    """A RST needs no timestamp (5.2)."""
    with passive(TIMED) as c:
        c.inject("RST seq=1 val=none")
        c.silence()
        c.state("CLOSED")


@differs_on_inet("takes segments without the option, though section 3.2 says SHOULD drop")
@not_there_yet("dropping what lacks an agreed timestamp")
def test_missing():
    """A segment without the option is dropped once it is agreed on (3.2, SHOULD)."""
    with passive(TIMED) as c:
        c.inject("ACK seq=1 len=100 val=none")
        c.silence_for(0.3)
        c.recv_fails()
        c.inject("ACK seq=1 len=100")
        c.expect_acked(101)


def test_not_agreed():
    """Without timestamps in the SYN they are not sent, and ignored if they come."""
    with passive() as c:
        c.inject("ACK len=100 val=5000")
        c.expect("ACK ack=101 val=none")
        c.inject("ACK len=100 val=1")
        c.expect_acked(201)


def test_only_offered():
    """An active open whose offer is not taken up goes on without (3.2)."""
    with active() as c:
        c.send(10)
        c.expect("ACK len=10 val=none")


def test_syn_ecr():
    """The ACK of the SYN,ACK echoes its TSval."""
    with connecting() as c:
        c.expect("SYN seq=0 val=0 ecr=0")
        c.inject("SYN,ACK mss=1460 val=777")
        c.expect("ACK seq=1 ack=1 ecr=777")


def test_old_out_of_order_echo():
    """A segment beyond the ACK that was sent last does not change the echo (4.3, 2)."""
    with passive(TIMED) as c:
        c.inject("ACK seq=101 len=100 val=9000")
        c.expect("ACK ack=1 ecr<=1001")


@exact_time_only
def test_only_acks_that_advance():
    """Data of the peer that acknowledges nothing new gives no sample, however old its
    echo is (4.1)."""
    rtt = 68    # of struct tcp_info
    with syn_received(TIMED) as c:
        c.silence_for(0.3)
        c.inject("ACK win=65535")
        c.accept()
        c.send(100)
        c.expect("ACK seq=1 len=100")
        before = c.info(rtt)
        assert 295000 <= before <= 335000, before
        c.silence_for(0.5)
        c.inject("ACK seq=1 ack=1 len=10 ecr=0")
        c.expect_acked(11)
        assert c.info(rtt) == before, c.info(rtt)
        c.inject("ACK ack=101")
        c.silence()
        assert c.info(rtt) > before, c.info(rtt)


def test_offsets():
    """The clock has an offset of its own for each peer: one says nothing of another,
    nor of how long this host has been up (7.1, 5.4)."""
    bases = []
    for _ in range(6):
        with passive(TIMED) as c:
            bases.append(c.host_clock_base)
    gaps = [(b - a) % 2**32 for a in bases for b in bases]
    assert max(gaps) > 10**7, bases
    up = bench().now()
    assert max(bases) > 10**7 + up * 1000, bases


@exact_time_only
def test_clock():
    """The clock ticks once in 1 ms to 1 s (5.4); a second is 1 to 1000 ticks."""
    with passive(TIMED) as c:
        c.send(10)
        first = c.expect("ACK len=10")
        c.inject("ACK ack=11")
        c.silence_for(100)
        c.send(10)
        later = c.expect("ACK len=10")
        passed = later["val"] - first["val"]
        assert 99 <= passed <= 101000, passed


@exact_time_only
def test_paws_old():
    """After 24 days of silence TS.Recent says nothing any more (5.5)."""
    with passive(TIMED) as c:
        c.inject("ACK len=100 val=3000")
        c.expect("ACK ack=101 ecr=3000")
        c.silence_for(25 * 86400)
        c.host_clock += 2**31  # at 1 ms a tick the stack's has wrapped, too
        c.inject("ACK len=100 val=10")
        c.expect("ACK ack=201 ecr=10")


main()
