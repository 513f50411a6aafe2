#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""One thing is lost, or late: how long until all is well again. The times are
those of the kernel's own TCP (TWIN_TEST_FAMILY=inet); they are exact, and
looked at, in the bed in which idle time is free."""
from scripted import *

RTO = (0.19, 0.25)  # of a path without delay: 200 ms and a little


def test_syn():
    """A lost SYN: again after a second, then the handshake goes on."""
    with connecting() as c:
        c.expect("SYN seq=0")
        c.expect("SYN seq=0", at=(1.0, 1.05))
        c.inject("SYN,ACK mss=1460")
        c.expect("ACK seq=1 ack=1")
        c.connected()


def test_syn_ack():
    """A lost SYN,ACK: again after a second, or at once when the SYN comes again."""
    with listening() as c:
        c.inject("SYN mss=1460")
        c.expect("SYN,ACK seq=0 ack=1")
        c.expect("SYN,ACK seq=0 ack=1", at=(1.0, 1.05))
        c.inject("SYN seq=0 mss=1460")
        c.expect("SYN,ACK seq=0 ack=1", at=(0, 0.01))
        c.inject("ACK ack=1")
        c.accept()


def test_last_ack_of_handshake():
    """A lost ACK of the SYN,ACK: the first data completes the handshake."""
    with syn_received() as c:
        c.inject("ACK seq=1 ack=1 len=100")
        c.accept()
        c.recv(100)


def test_fin():
    """A lost FIN: again after the RTO."""
    with passive() as c:
        c.send(100)
        c.expect("ACK seq=1 len=100")
        c.inject("ACK ack=101")
        c.shutdown()
        c.expect("FIN,ACK seq=101 ack=1")
        c.expect("FIN,ACK seq=101 ack=1", at=RTO)
        c.inject("ACK ack=102")
        c.state("FIN-WAIT-2")


def test_ack_of_fin():
    """A lost ACK of the peer's FIN: again when the FIN comes again, in any state."""
    with close_wait() as c:
        c.inject("FIN,ACK seq=1 ack=1")
        c.expect("ACK seq=1 ack=2", at=(0, 0.01))
    with time_wait() as c:
        c.inject("FIN,ACK seq=1 ack=2")
        c.expect("ACK seq=2 ack=2", at=(0, 0.01))


def test_window_update():
    """A lost window update: the probe after the RTO finds the window open, and all goes on."""
    with passive() as c:
        c.send(10)
        c.expect("ACK seq=1 len=10")
        c.inject("ACK ack=11 win=0")
        c.send(5000)
        c.expect_any("ACK seq=10 len=0", "ACK seq=11 len=1")
        c.inject("ACK ack=11 win=20000")
        c.expect_flight(11, 5011)


def test_own_window_update():
    """Our own window update is lost: the peer's probe is answered by the window at once."""
    with passive(rcvbuf=8192) as c:
        while c.edge > c.next:
            c.inject("ACK len=%d" % min(1460, c.edge - c.next))
            c.everything()
        if c.last["ack"] != c.next:
            c.expect_acked(c.next)
        end = c.next
        c.recv(end - 1)
        c.everything()
        c.inject("ACK seq=%d" % (end - 1))
        c.expect("ACK ack=%d win>=1460" % end, at=(0, 0.01))


def test_tail():
    """The last segment is lost: a probe tells within two round trips and a delayed ACK, or the RTO."""
    with passive(MODERN) as c:
        c.send(2896)
        c.expect_flight(1, 2897)
        c.inject("ACK ack=1449")
        c.expect("ACK seq=1449 len=1448", at=(0.0, 0.25))
        c.inject("ACK ack=2897")
        c.silence()


@exact_time_only
def test_half_a_minute():
    """Nothing gets through for 30 s: one more doubled RTO at most, then all at once."""
    with passive() as c:
        c.send(14600)
        c.expect_flight(1, 14601)
        began, came = c.bench.now(), []
        while not came or came[-1] < 30:
            c.take(*c.next_segment(100, "a retransmission"))
            came.append(c.bench.now() - began)
        # 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4, then this
        assert len(came) == 8, came
        assert 51 <= came[-1] <= 51.2 * 1.125 + 1, came
        c.inject("ACK ack=1461")
        rounds = 0
        while c.host_next <= 14600 or rounds < 1:
            before = c.bench.now()
            flight = c.everything()
            assert flight, "nothing follows the ACK"
            c.inject("ACK ack=%d" % max(view["seq"] + view["len"]
                                        for view in flight))
            assert c.bench.now() - before < 0.1
            rounds += 1
        assert rounds <= 5, rounds


def test_late_not_lost():
    """A time-out was needless: the ACKs tell, and the window is what it was (RFC 5682)."""
    with passive(MODERN) as c:
        c.send(60000)
        c.expect_flight(1, 14481, 1448)
        again = c.take(*c.next_segment(10, "a retransmission"))
        # a tail loss probe may come before the time-out
        if again["seq"] != 1:
            c.inject("ACK ack=1449")
        else:
            c.inject("ACK ack=1449 ecr=0")
        c.everything()
        c.inject("ACK ack=2897 ecr=0")
        c.inject("ACK ack=14481 ecr=0")
        came = [view["seq"] for view in c.everything()]
        assert all(seq >= 14481 for seq in came), came
        assert c.info(80) >= 10, "window of %d" % c.info(80)


@exact_time_only
def test_needless_time_out():
    """The same without a probe: one segment goes twice, the second ACK shows it."""
    bench().sysctl("tcp_early_retrans", 0)
    try:
        with passive(MODERN) as c:
            c.send(60000)
            c.expect_flight(1, 14481, 1448)
            c.expect("ACK seq=1 len=1448", at=RTO)
            c.inject("ACK ack=1449 ecr=0")
            c.inject("ACK ack=2897 ecr=0")
            came = [view["seq"] for view in c.everything()]
            assert came and min(came) >= 14481, came
            assert c.info(80) >= 10, "window of %d" % c.info(80)
            assert c.info(100) == 1, "%d sent again" % c.info(100)
    finally:
        bench().sysctl("tcp_early_retrans", 3)


main()
