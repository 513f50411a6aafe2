#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""The sender repairs losses with SACK: RFC 6675, RFC 8985 (RACK and TLP), RFC 6937.

Segments have 1000 bytes of data, ten of them are under way: number n is
(n - 1) * 1000 + 1. The network of this file has no delay, so that RACK's
reordering window is as small as it gets.
"""
import time

from scripted import *

SACK = "mss=1000 sackok"
MSS = 1000
# of struct tcp_info
CA_STATE, SACKED, RTT, SSTHRESH, CWND, MIN_RTT = 1, 28, 68, 76, 80, 148
NO_SSTHRESH = 0x7fffffff


def probes(on):
    """Without delay a probe comes soon: also when it is the test that dawdles."""
    bench().sysctl("tcp_early_retrans", 3 if on else 0)


def ten(queued=60000, offer=SACK, probing=False):
    probes(probing)
    c = passive(offer)
    c.send(queued)
    c.expect_flight(1, 10001, MSS)
    return c


def numbers(views):
    """Which segments these are."""
    return [(view["seq"] + MSS - 1) // MSS for view in views if view["len"]]


def sacked(c, *segments, ack=1):
    """The peer has these segments, above ack."""
    blocks = ",".join("%d-%d" % (n * MSS - MSS + 1, n * MSS + 1)
                      for n in segments)
    c.inject("ACK ack=%d sack=%s" % (ack, blocks))


def sacked_up_to(c, first, last, ack=1):
    c.inject("ACK ack=%d sack=%d-%d" % (ack, (first - 1) * MSS + 1,
                                        last * MSS + 1))


def repeated(c, highest=10):
    """Comes at once, or when RACK's reordering time is over."""
    came = [number for number in numbers(c.everything()) if number <= highest]
    while not came:
        came = [number for number in numbers(c.everything_soon())
                if number <= highest]
    return came


def test_three_sacked():
    """Three segments above a hole: the hole is sent again, and only that."""
    with ten() as c:
        sacked_up_to(c, 2, 2)
        sacked_up_to(c, 2, 3)
        sacked_up_to(c, 2, 4)
        assert repeated(c) == [1]


def test_one_ack_is_enough():
    """One ACK that tells of three is as good as three ACKs (RFC 6675 5)."""
    with ten() as c:
        sacked_up_to(c, 2, 4)
        assert repeated(c) == [1]


def test_no_repeat_of_sacked():
    """What the peer has is not sent again, all holes are, in order."""
    with ten() as c:
        sacked(c, 3, 5)
        sacked(c, 7, 3, 5)
        c.inject("ACK ack=1 sack=6001-10001,2001-3001,4001-5001")
        came = repeated(c)
        for ack, first in (1001, 2001), (3001, 4001), (5001, 6001):
            blocks = "4001-5001,6001-10001" if first < 6001 else "6001-10001"
            c.inject("ACK ack=%d sack=%s" % (ack, blocks))
            came += [n for n in numbers(c.everything()) if n <= 10]
        assert came == [1, 2, 4, 6], came


def test_front_acknowledged():
    """A big packet whose front is acknowledged and that is cut by SACK then is counted once."""
    bench().gso(65535)
    try:
        with passive(SACK) as c:
            c.send(10000)
            c.expect_flight(1, 10001, MSS)
            before, counters = c.info(192), bench().counters()
            assert c.info(24) == 10, c.info(24)
            c.inject("ACK ack=3001")
            assert c.info(24) == 7, c.info(24)
            c.inject("ACK ack=3001 sack=5001-6001")
            c.everything()
            assert (c.info(24), c.info(28)) == (7, 1), (c.info(24), c.info(28))
            c.inject("ACK ack=10001")
            c.everything()
            assert not c.info(24), c.info(24)
            assert c.info(192) == before + 10, "delivered: %d" % c.info(192)
            assert counted(counters, "TcpExtTCPDelivered") == 10
    finally:
        bench().gso(1)


def test_delivered_once():
    """Without SACK a duplicate ACK counts for a segment that has arrived, which the ACK of
    all does not count again."""
    with ten(offer="mss=1000") as c:
        before, counters = c.info(192), bench().counters()
        for _ in range(9):
            c.inject("ACK ack=1")
        c.everything()
        sent = (c.host_next - 1) // MSS
        c.inject("ACK ack=%d" % c.host_next)
        c.everything()
        assert c.info(192) - before == sent, (c.info(192) - before, sent)
        assert counted(counters, "TcpExtTCPDelivered") == sent


def test_recovery_completes():
    """The ACK of everything ends recovery; new data follows at half the pace."""
    with ten() as c:
        sacked_up_to(c, 2, 10)
        assert repeated(c) == [1]
        c.inject("ACK ack=%d" % c.host_next)
        came = numbers(c.everything())
        assert came and min(came) > 10
        assert 1 <= len(came) <= 7, came


def test_pace_in_recovery():
    """In recovery no more is sent than was delivered, and half in all (RFC 6937)."""
    with ten() as c:
        sent = delivered = 0
        for last in range(2, 11):
            sacked_up_to(c, 2, last)
            delivered += 1
            sent += len(c.everything())
            assert sent <= delivered + 2, (sent, delivered)
        assert 3 <= sent <= 9, sent


def test_partial_ack():
    """An ACK up to the next hole: that hole is sent again at once."""
    with ten() as c:
        sacked_up_to(c, 2, 3)
        sacked_up_to(c, 5, 10)
        c.inject("ACK ack=1 sack=4001-10001,1001-3001")
        came = repeated(c)
        if 4 not in came:
            c.inject("ACK ack=3001 sack=4001-10001")
            came += repeated(c)
        assert came == [1, 4], came


def test_lost_retransmission():
    """A lost retransmission is found without a time-out (RFC 8985 6)."""
    with ten() as c:
        sacked_up_to(c, 2, 10)
        assert repeated(c) == [1]
        # the new data sent meanwhile and afterwards arrives, 1 does not
        for _ in range(6):
            c.everything()
            c.inject("ACK ack=1 sack=1001-%d" % c.host_next)
        again = repeated(c)
        assert again == [1], again


def repairs_lost(c, count):
    """The peer gets all but the first segments, and not their repairs either, but what
    was sent after these. The thresholds of both reductions."""
    sacked_up_to(c, count + 1, 10)
    assert repeated(c) == list(range(1, count + 1))
    before, again = c.info(SSTHRESH), []
    while not again:
        c.everything()
        time.sleep(0.001)       # what is sent in one microsecond has no order
        c.inject("ACK ack=1 sack=%d-%d" % (count * MSS + 1, c.host_next))
        again = [number for number in numbers(c.everything()) if number <= 10]
    assert again == list(range(1, count + 1)), again
    return before, c.info(SSTHRESH)


def with_cubic(test):
    """As many programs have it: 10 segments become 7, then 4."""
    def run():
        bench().sysctl("tcp_congestion_control", "cubic")
        try:
            test()
        finally:
            bench().sysctl("tcp_congestion_control", "reno")
    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@with_cubic
def test_lost_retransmission_is_congestion():
    """Loss of a retransmission "should be taken as two indications of congestion and,
    therefore, cwnd (and ssthresh) MUST be lowered twice" (RFC 5681 4.3); not three times
    where more than one of a flight is lost."""
    with ten() as c:
        thresholds = repairs_lost(c, 3)
        assert thresholds == (7, 4), thresholds
        c.inject("ACK ack=%d" % c.host_next)
        c.everything()
        assert c.info(CWND) <= 5 and c.info(CA_STATE, 1) == 0, c.info(CWND)


@with_cubic
def test_needless_second_repair():
    """If neither repair was needed the window returns from both reductions (RFC 4015)."""
    with ten() as c:
        before = bench().counters()
        assert repairs_lost(c, 1) == (7, 4)
        acked = c.host_next
        c.inject("ACK ack=%d" % acked)
        c.everything()
        assert c.info(SSTHRESH) == 4, c.info(SSTHRESH)
        for _ in range(2):
            c.inject("ACK ack=%d sack=1-1001" % acked)
            c.everything()
        assert counted(before, "TcpExtTCPDSACKUndo") == 1
        assert c.info(SSTHRESH) == NO_SSTHRESH and c.info(CWND) >= 10, \
            (c.info(SSTHRESH), c.info(CWND))


def test_slow_start_in_recovery():
    """When much was lost, each ACK that brings good news lets two go, up to half the
    flight (RFC 6937 3, PRR-SSRB)."""
    with ten() as c:
        sacked_up_to(c, 8, 10)
        assert repeated(c) == [1, 2, 3]
        sent, acked = 3, 0
        while sent < 7:
            acked += 1
            c.inject("ACK ack=%d sack=7001-10001" % (acked * MSS + 1))
            came = numbers(c.everything())
            room = c.info(SSTHRESH) - (sent - acked)
            assert came == list(range(sent + 1, sent + 1 + min(room, 2, 7 - sent))), \
                (acked, came)
            sent += len(came)
        assert c.info(SSTHRESH) == 5, c.info(SSTHRESH)


def test_time_out_in_recovery():
    """The time-out runs through recovery: it finds a repair that was lost and that
    nothing follows (RFC 6675 6)."""
    with ten(10000) as c:
        before = bench().counters()
        sacked_up_to(c, 2, 10)
        assert repeated(c) == [1]
        c.expect("ACK seq=1 len=1000", at=(0.15, 1.1))
        assert counted(before, "TcpExtTCPTimeouts") == 1


def test_time_out_keeps_reports():
    """What the peer has reported is not sent again after a time-out either (RFC 6675 5.1)."""
    with ten(10000) as c:
        before = bench().counters()
        sacked_up_to(c, 5, 10)
        repeated(c)
        for _ in range(100):
            if counted(before, "TcpExtTCPTimeouts"):
                break
            c.bench.pump(1)
        else:
            raise Mismatch("there was no time-out")
        came = numbers(c.everything())
        # which it does not repeat
        for ack in 1001, 2001, 3001:
            c.inject("ACK ack=%d" % ack)
            came += numbers(c.everything())
        assert came and max(came) <= 4, came
        c.inject("ACK ack=10001")
        c.silence()


def distant(round_trip, queued):
    """Established over a path with a round trip, and a flight of its length."""
    c = listening()
    c.inject("SYN " + SACK)
    c.expect("SYN,ACK seq=0 ack=1")
    c.silence_for(round_trip)
    c.inject("ACK")
    c.accept()
    c.send(queued)
    c.expect_flight(1, min(queued, 10 * MSS) + 1, MSS)
    return c


@exact_time_only
def test_reordering_timer():
    """What was overtaken once is lost after a quarter of the round trip more (RFC 8985 6.2)."""
    with distant(0.4, 60000) as c:
        c.silence_for(0.4)
        sacked(c, 2)
        assert 1 not in numbers(c.everything())
        c.expect("ACK seq=1 len=1000", at=(0.08, 0.12))


@exact_time_only
def test_one_moment():
    """New data and a repair leave in one microsecond: that the new data has arrived
    does not make the repair lost (RFC 8985 6.2)."""
    with distant(0.2, 60000) as c:
        c.silence_for(0.2)
        for last in 2, 3, 4:
            sacked_up_to(c, 2, last)
        came = numbers(c.everything())
        assert came == [11, 12, 1], came
        c.silence_for(0.2)
        for last in 11, 12:
            sacked_up_to(c, 2, last)
        assert 1 not in numbers(c.everything())


@exact_time_only
def test_too_early_answer():
    """An answer that comes before the least round trip is one to the first transmission:
    it says nothing of what was sent again meanwhile (RFC 8985 6.2, 2)."""
    with distant(0.2, 10000) as c:
        c.silence_for(0.2)
        sacked_up_to(c, 8, 10)
        assert numbers(c.everything()) == [1, 2, 3]
        c.silence_for(0.05)
        c.inject("ACK ack=1 sack=2001-3001,7001-10001")
        came = numbers(c.everything())
        assert came and min(came) > 3, came


@exact_time_only
def test_least_round_trip():
    """The least round trip of the last five minutes is remembered (RFC 8985 6.2, 1)."""
    with distant(0.2, 1000) as c:
        def sample(seconds):
            c.silence_for(seconds)
            c.inject("ACK ack=%d" % c.host_next)
            least = c.info(MIN_RTT)
            c.send(1000)
            c.expect("ACK len=1000")
            return least

        assert 200000 <= sample(0.2) <= 230000
        assert 200000 <= sample(0.25) <= 230000
        assert 100000 <= sample(0.1) <= 130000
        for _ in range(4):
            assert 100000 <= sample(0.15) <= 130000
        c.inject("ACK ack=%d" % c.host_next)
        c.silence_for(301)
        c.send(1000)
        c.expect("ACK len=1000")
        assert 150000 <= sample(0.15) <= 180000


@exact_time_only
def test_slow_flow_does_not_wait():
    """Where big packets would gain nothing, a segment goes as soon as it may."""
    bench().gso(10)
    try:
        with distant(0.2, 60000) as c:
            sacked(c, 2)
            c.expect("ACK seq=10001 len=1000", at=(0, 0.01))
    finally:
        bench().gso(1)


@exact_time_only
def test_probe_time():
    """The probe comes after two round trips (RFC 8985 7.2)."""
    probes(True)
    with distant(0.2, 3000) as c:
        c.expect("ACK seq=2001 len=1000", at=(0.38, 0.45))


@exact_time_only
def test_probe_time_of_one():
    """With one segment under way it waits for the delayed ACK too (RFC 8985 7.2)."""
    probes(True)
    with distant(0.2, 1000) as c:
        c.expect("ACK seq=1 len=1000", at=(0.38, 0.7))


@exact_time_only
def test_time_out_after_probe():
    """If nothing comes of the probe, the time-out follows, for the first segment (RFC 8985 7.3)."""
    probes(True)
    with distant(0.2, 3000) as c:
        c.expect("ACK seq=2001 len=1000")
        c.expect("ACK seq=1 len=1000", at=(0.2, 1.3))


@exact_time_only
def test_probe_at_time_out():
    """Where the probe would come later than the time-out it takes its place (RFC 8985 7.2)."""
    probes(True)
    with distant(0.1, 1000) as c:
        before = bench().counters()
        c.expect("ACK seq=1 len=1000", at=(0.28, 0.3))
        assert counted(before, "TcpExtTCPLossProbes") == 1
        assert not counted(before, "TcpExtTCPTimeouts")


@exact_time_only
def test_one_timer():
    """Probe and time-out do not run beside each other: the one begins when the other
    has passed (RFC 8985 8)."""
    probes(True)
    with distant(0.2, 3000) as c:
        c.expect("ACK seq=2001 len=1000", at=(0.38, 0.45))
        c.expect("ACK seq=1 len=1000", at=(0.58, 0.65))


def little_things(probing, due):
    """Nobody answers who sends another segment each 0.15 s, while the window lasts; when
    the time-out comes."""
    probes(probing)
    with distant(0.2, 1000) as c:
        began, came = bench().now(), []
        while 1 not in came and bench().now() - began < 1.45:
            deadline = bench().now() + 0.15
            while bench().now() < deadline:
                bench().pump(deadline - bench().now())
            c.send(MSS)
            came = numbers(c.everything())
        passed = bench().now() - began
        assert 1 in came and due <= passed <= due * 1.125 + 0.16, passed


@exact_time_only
def test_little_things():
    """Who sends on does not put off the time-out, which is the oldest's (RFC 6298 5.1)."""
    little_things(False, 0.6)


@exact_time_only
@differs_on_inet("behind a probe, each new segment puts off the time-out")
def test_little_things_probed():
    """... nor the probe that takes its place (RFC 8985 7.2), nor the time-out of that."""
    little_things(True, 1.2)


@exact_time_only
def test_probe_mends_congestion():
    """A loss that only the probe has mended lowers the window (RFC 8985 7.4.2), and
    none if both copies have arrived."""
    probes(True)
    for extra, wanted in ("", 5), (" sack=2001-3001", NO_SSTHRESH):
        with passive(SACK) as c:
            before = bench().counters()
            c.send(3000)
            c.expect_flight(1, 3001, MSS)
            c.inject("ACK ack=2001")
            c.expect("ACK seq=2001 len=1000")
            c.send(1000)
            c.expect("ACK seq=3001 len=1000")
            c.inject("ACK ack=4001" + extra)
            c.silence()
            assert c.info(SSTHRESH) == wanted, c.info(SSTHRESH)
            assert counted(before, "TcpExtTCPLossProbeRecovery") == (wanted == 5)


def test_probe_was_needless():
    """The D-SACK, or the repeated ACK, that tells of two copies may come when nothing
    is under way any more (RFC 8985 7.4.2)."""
    probes(True)
    for extra in "", " sack=2001-3001":
        with passive(SACK) as c:
            before = bench().counters()
            c.send(3000)
            c.expect_flight(1, 3001, MSS)
            c.inject("ACK ack=2001")
            c.expect("ACK seq=2001 len=1000")
            c.inject("ACK ack=3001")
            c.inject("ACK ack=3001" + extra)
            c.everything()
            c.send(1000)
            c.expect("ACK seq=3001 len=1000")
            c.inject("ACK ack=4001")
            c.silence()
            assert c.info(SSTHRESH) == NO_SSTHRESH, c.info(SSTHRESH)
            assert counted(before, "TcpExtTCPLossProbeRecovery") == 0


@exact_time_only
def test_reordering_is_no_loss():
    """One segment overtaken by another is not sent again if its ACK comes within a quarter of the round trip (RFC 8985 6.2)."""
    with distant(0.4, 60000) as c:
        sacked(c, 2)
        c.inject("ACK ack=2001")
        assert all(number > 10 for number in numbers(c.everything()))


def test_dsack_is_harmless():
    """A D-SACK frees nothing twice and starts no recovery (RFC 2883 5)."""
    with ten() as c:
        c.inject("ACK ack=3001")
        c.everything()
        for _ in range(4):
            c.inject("ACK ack=3001 sack=1-1001")
        assert all(number > 10 for number in numbers(c.everything()))


def test_needless_repairs_told_in_one():
    """... and when one block tells of several, as those of a receiver do that puts
    together what comes in a row."""
    with ten() as c:
        before = bench().counters()
        sacked_up_to(c, 3, 10)
        assert repeated(c) == [1, 2]
        c.inject("ACK ack=10001")
        c.everything()
        c.inject("ACK ack=10001 sack=1-2001")
        c.everything()
        assert counted(before, "TcpExtTCPDSACKUndo") == 1


def test_needless_repair():
    """When a D-SACK says that all that was sent again had arrived, the window returns
    (RFC 2883 5, RFC 3708)."""
    with ten() as c:
        before = bench().counters()
        sacked_up_to(c, 2, 10)
        assert repeated(c) == [1]
        assert c.info(SSTHRESH) == 5 and c.info(CA_STATE, 1) == 3, c.info(SSTHRESH)
        c.inject("ACK ack=10001")
        c.everything()
        assert c.info(SSTHRESH) == 5 and c.info(CWND) <= 6, c.info(CWND)
        c.inject("ACK ack=10001 sack=1-1001")
        c.everything()
        assert counted(before, "TcpExtTCPDSACKUndo") == 1
        assert c.info(SSTHRESH) == NO_SSTHRESH and c.info(CWND) >= 10, \
            (c.info(SSTHRESH), c.info(CWND))
        assert c.info(CA_STATE, 1) == 0, c.info(CA_STATE, 1)


def test_bad_blocks():
    """Blocks that reach beyond what was sent, upside down or empty ones are not believed
    (RFC 2018 4: a block is data that the receiver has got)."""
    with ten() as c:
        c.inject("ACK ack=1 sack=50001-53001")
        c.inject("ACK ack=1 sack=4001-53001")
        c.inject("ACK ack=1 sack=4001-2001")
        c.inject("ACK ack=1 sack=2001-2001")
        c.inject("ACK ack=1 sack=-70000--60000")
        assert all(number > 10 for number in numbers(c.everything()))
        assert not c.info(SACKED), c.info(SACKED)
        c.state("ESTABLISHED")
        c.inject("ACK ack=10001")
        came = numbers(c.everything())
        assert came and min(came) > 10


def test_reneging():
    """A peer that takes its SACK back gets everything again (RFC 2018 8)."""
    with ten(10000) as c:
        sacked_up_to(c, 2, 10)
        assert repeated(c) == [1]
        c.inject("ACK ack=1001")
        edge = 1001
        for _ in range(40):
            view = c.take(*c.next_segment(10, "the segment at %d" % edge))
            if view["seq"] == edge:
                edge += view["len"]
                c.inject("ACK ack=%d" % edge)
            if edge == 10001:
                break
        assert edge == 10001


@exact_time_only
def test_tail_loss_probe():
    """The last segment is lost: it is sent again as a probe, soon (RFC 8985 7)."""
    probes(True)
    with passive(SACK) as c:
        c.send(3000)
        c.expect_flight(1, 3001, MSS)
        c.inject("ACK ack=2001")
        c.expect("ACK seq=2001 len=1000", at=(0, 0.4))


@exact_time_only
def test_tail_loss_probe_repairs():
    """The probe's SACK shows the loss of all: they follow without a time-out."""
    probes(True)
    with passive(SACK) as c:
        c.send(4000)
        c.expect_flight(1, 4001, MSS)
        probe = c.expect("ACK seq=3001 len=1000", at=(0, 0.4))
        assert probe["seq"] == 3001
        sacked_up_to(c, 4, 4)
        came = []
        while 3 not in came:
            more = repeated(c)
            assert more, "after %s nothing comes" % came
            came += more
            if 3 not in came:
                c.inject("ACK ack=%d sack=3001-4001" % (came[-1] * MSS + 1))
        assert came == [1, 2, 3], came
        c.inject("ACK ack=4001")
        c.silence_for(0.5)


@exact_time_only
def test_probe_with_new_data():
    """If there is new data, the probe is the next segment of it (RFC 8985 7.3)."""
    with ten(probing=True) as c:
        c.expect("ACK seq=10001 len=1000", at=(0, 0.4))


def test_limited_by_window():
    """Repairs do not wait for the peer's window: they are inside it."""
    probes(False)
    with passive(SACK, win=10000) as c:
        c.send(20000)
        c.expect_flight(1, 10001, MSS)
        c.inject("ACK ack=1 win=10000 sack=1001-10001")
        assert repeated(c) == [1]
        c.silence_for(0.05)


def test_fin_is_repaired():
    """A FIN that is lost alone is sent again."""
    with passive(SACK) as c:
        c.send(2000)
        c.shutdown()
        c.everything()
        c.inject("ACK ack=2001")
        c.expect("FIN,ACK seq=2001 len=0")


main()
