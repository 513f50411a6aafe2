#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""The retransmission time-out: RFC 6298, RFC 5682 (F-RTO), RFC 9293 3.8.1, 3.8.3."""
import socket
import struct

from scripted import *
from scripted.bench import run
from scripted.connection import row

MSS = 1000
SO_TIMESTAMPING, MSG_ERRQUEUE, SOFTWARE, TX_ACK = 37, 0x2000, 1 << 4, 1 << 9
# of struct tcp_info
CA_STATE, RTT, SSTHRESH, CWND = 1, 68, 76, 80
NO_SSTHRESH = 0x7fffffff


def time_out(c, seq=1):
    """Waits for the time-out; a tail loss probe may come before."""
    view = c.take(*c.next_segment(10, "a retransmission of seq=%d" % seq))
    while view["seq"] != seq:
        view = c.take(*c.next_segment(10, "a retransmission of seq=%d" % seq))
    return view


def test_repeated():
    """What is not acknowledged is sent again: same number, same bytes."""
    with passive() as c:
        c.send(100)
        c.expect("ACK seq=1 len=100")
        c.expect("ACK seq=1 len=100")
        c.inject("ACK ack=101")
        c.silence_for(0.5)


def test_acknowledged_is_not():
    """What is acknowledged is not sent again."""
    with passive() as c:
        c.send(100)
        c.expect("ACK seq=1 len=100")
        c.inject("ACK ack=101")
        c.silence_for(1.2)


def test_first_only():
    """A time-out sends the earliest segment again, not all (RFC 6298 5.4)."""
    with passive("mss=1000") as c:
        c.send(5000)
        c.expect_flight(1, 5001, MSS)
        time_out(c)
        c.silence()
        c.inject("ACK ack=1001")
        came = c.everything()
        assert 1 <= len(came) <= 3 and came[0]["seq"] == 1001


def test_new_ack_restarts():
    """An ACK of some data lets the rest have a whole time-out of its own (RFC 6298 5.3)."""
    with passive("mss=1000") as c:
        c.send(2000)
        c.expect_flight(1, 2001, MSS)
        c.inject("ACK ack=1001")
        c.expect("ACK seq=1001 len=1000", at=(0.15, 1.1))


def test_slow_peer():
    """A late ACK of the original ends it, and no more is sent (F-RTO or not)."""
    with passive("mss=1000") as c:
        c.send(2000)
        c.expect_flight(1, 2001, MSS)
        time_out(c)
        c.inject("ACK ack=2001")
        c.silence_for(0.8)


def test_f_rto():
    """After a spurious time-out new data follows, not the old again (RFC 5682 2.1)."""
    with passive("mss=1000 sackok") as c:
        c.send(20000)
        c.expect_flight(1, 10001, MSS)
        time_out(c)
        c.inject("ACK ack=2001")
        came = c.everything()
        assert came and all(view["seq"] > 10000 for view in came), \
            [view["seq"] for view in came]
        c.inject("ACK ack=4001")
        assert all(view["seq"] > 10000 for view in c.everything())


def test_f_rto_without_sack():
    """Without SACK what was never sent again may have waited behind the gap: the first
    ACK decides nothing, the next does (RFC 5682 2.1, 2 and 3)."""
    before = bench().counters()["TcpExtTCPSpuriousRTOs"]
    for size in 1, 65535:
        bench().gso(size)
        try:
            with passive("mss=1000") as c:
                c.send(20000)
                c.expect_flight(1, 10001, MSS)
                time_out(c)
                c.inject("ACK ack=4001")
                assert c.info(CA_STATE, 1) == 4, c.info(CA_STATE, 1)
                came = [view["seq"] for view in c.everything()]
                assert came and min(came) > 10000, came
                c.inject("ACK ack=4001")
                came = [view["seq"] for view in c.everything()]
                assert came and came[0] == 4001, came
        finally:
            bench().gso(1)
    assert bench().counters()["TcpExtTCPSpuriousRTOs"] == before


def test_f_rto_in_many():
    """... whatever the size of the packets that it was handed down in."""
    bench().gso(65535)
    try:
        with passive("mss=1000 sackok") as c:
            c.send(20000)
            c.expect_flight(1, 10001, MSS)
            time_out(c)
            for ack in 2001, 4001:
                c.inject("ACK ack=%d" % ack)
                came = [view["seq"] for view in c.everything()]
                assert all(seq > 10000 for seq in came), came
    finally:
        bench().gso(1)


def test_f_rto_genuine():
    """After a genuine one a duplicate ACK brings back the old segments (RFC 5682 2.1)."""
    with passive("mss=1000 sackok") as c:
        c.send(20000)
        c.expect_flight(1, 10001, MSS)
        time_out(c)
        c.inject("ACK ack=1001")
        edge = 1001
        for _ in range(40):
            view = c.take(*c.next_segment(10, "the segment at %d" % edge))
            if view["seq"] == edge:
                edge += view["len"]
            c.inject("ACK ack=%d" % edge)
            if edge >= 10001:
                break
        assert edge >= 10001


def test_f_rto_without_new_data():
    """Where there is no new data to look with, the old follows (RFC 5682 2.1, 2)."""
    with passive("mss=1000") as c:
        c.send(10000)
        c.expect_flight(1, 10001, MSS)
        time_out(c)
        c.inject("ACK ack=1001")
        came = [view["seq"] for view in c.everything()]
        assert came and came[0] == 1001, came


def test_f_rto_response():
    """A time-out that was needless is undone: window and threshold return (RFC 5682 4)."""
    before = bench().counters()["TcpExtTCPSpuriousRTOs"]
    with passive("mss=1000 sackok") as c:
        c.send(20000)
        c.expect_flight(1, 10001, MSS)
        time_out(c)
        assert (c.info(SSTHRESH), c.info(CWND), c.info(CA_STATE, 1)) == (5, 1, 4)
        c.inject("ACK ack=2001")
        c.everything()
        assert c.info(SSTHRESH) == NO_SSTHRESH, c.info(SSTHRESH)
        assert c.info(CWND) >= 10 and c.info(CA_STATE, 1) == 0, c.info(CWND)
        assert bench().counters()["TcpExtTCPSpuriousRTOs"] == before + 1


def test_f_rto_not_in_recovery():
    """A second time-out while the first one's losses are repaired is not taken for a
    needless one: the old data goes on, no new (RFC 5682 2.1, 1)."""
    with passive("mss=1000 sackok") as c:
        c.send(20000)
        c.expect_flight(1, 10001, MSS)
        time_out(c)
        c.inject("ACK ack=1001")
        # of the data sent since, the last segment arrives
        new = c.everything()[-1]["seq"]
        assert new > 10000, new
        sack = " sack=%d-%d" % (new, new + MSS)
        c.inject("ACK ack=1001" + sack)
        c.everything()
        time_out(c, 1001)
        c.inject("ACK ack=2001" + sack)
        came = [view["seq"] for view in c.everything()]
        assert came and max(came) < 10001, came


def test_threshold_lowered_once():
    """Further time-outs for the same segment do not lower the threshold again
    (RFC 5681 3.1)."""
    with passive("mss=1000") as c:
        c.send(10000)
        c.expect_flight(1, 10001, MSS)
        for _ in range(3):
            c.expect("ACK seq=1 len=1000")
            assert c.info(SSTHRESH) == 5, c.info(SSTHRESH)


@differs_on_inet("it tells of what is acknowledged in the last ACK only")
def test_stamp_of_first_part():
    """A write that wants to know when it is acknowledged is told so, also when another
    in the same segment is sent again."""
    with passive("mss=1000") as c:
        c.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, SOFTWARE)
        c.inject("ACK win=0")
        c.sock.sendmsg([row(0, 100)], [(socket.SOL_SOCKET, SO_TIMESTAMPING,
                                        struct.pack("I", TX_ACK))])
        c.written += 100
        c.send(100)
        c.inject("ACK win=5000")
        c.expect("ACK seq=1 len=200")
        c.inject("ACK ack=101 win=5000")
        c.expect("ACK seq=101 len=100")
        c.inject("ACK ack=201 win=5000")
        c.silence()
        told = c.sock.recvmsg(1, 500, MSG_ERRQUEUE)[1]
        assert any(level == socket.SOL_SOCKET for level, _, _ in told), told


def test_smaller_window():
    """Repeated segments fit a window that has become smaller."""
    with passive("mss=1000") as c:
        c.send(1000)
        c.expect("ACK seq=1 len=1000")
        c.inject("ACK ack=1 win=500")
        view = time_out(c)
        assert view["len"] in (500, 1000)
        c.inject("ACK ack=%d win=20000" % (1 + view["len"]))
        if view["len"] < 1000:
            c.expect("ACK seq=501 len=500")


def test_syn_data_after_loss():
    """The handshake's ACK was lost: data carries it, and is repeated until it arrives."""
    with connecting() as c:
        c.expect("SYN seq=0")
        c.inject("SYN,ACK win=65535 mss=1460")
        c.expect("ACK seq=1 ack=1")
        c.connected()
        c.send(10)
        c.expect("ACK seq=1 ack=1 len=10")
        c.expect("ACK seq=1 ack=1 len=10")


@exact_time_only
def test_late_ack_restarts():
    """... counted from the ACK, however late it came."""
    with syn_received("mss=1000") as c:
        c.silence_for(0.5)      # the round trip: a time-out of 1.5 s
        c.inject("ACK win=65535")
        c.accept()
        c.send(2000)
        c.expect_flight(1, 2001, MSS)
        c.silence_for(1.0)
        c.inject("ACK ack=1001")
        c.silence_for(1.0)
        c.expect("ACK seq=1001 len=1000")


@exact_time_only
def test_back_off():
    """Each time-out doubles the next (RFC 6298 5.5), and TCP_USER_TIMEOUT or tcp_retries2 ends it."""
    with passive() as c:
        c.send(100)
        c.expect("ACK seq=1 len=100")
        last = c.mark
        waits = []
        while c.waiting() or c.bench.pump(300):
            if c.waiting():
                c.expect("ACK seq=1 len=100")
                waits.append(c.mark - last)
                last = c.mark
        assert 12 <= len(waits) <= 17, waits
        for earlier, later in zip(waits[1:9], waits[2:10]):
            assert 1.7 < later / earlier < 2.4, waits
        assert max(waits) <= 136, waits
        c.recv_fails(errno.ETIMEDOUT)


@exact_time_only
def test_user_timeout():
    """TCP_USER_TIMEOUT ends a connection that nobody answers (RFC 9293 3.8.3, R2)."""
    with passive() as c:
        c.setsockopt(user_timeout=5000)
        c.send(100)
        c.expect("ACK seq=1 len=100")
        began = c.mark
        c.drop_until_silent(100)
        c.recv_fails(errno.ETIMEDOUT)
        assert c.host_next == 101 and began


@exact_time_only
def test_karn():
    """A repeated segment gives no sample: the longer time-out stays until a new one does (RFC 6298 3, 5.7)."""
    with passive() as c:
        c.send(100)
        c.expect("ACK seq=1 len=100")
        first = c.mark
        c.expect("ACK seq=1 len=100")
        probe_or_first = c.mark - first
        c.expect("ACK seq=1 len=100")
        second = c.mark
        c.expect("ACK seq=1 len=100")
        third = c.mark - second
        c.inject("ACK ack=101")
        c.send(100)
        c.expect("ACK seq=101 len=100")
        sent = c.mark
        c.expect("ACK seq=101 len=100")
        assert c.mark - sent >= min(third, probe_or_first) * 0.9


@exact_time_only
def test_karn_while_data_waits():
    """... also where more data waits for the ACK."""
    with passive() as c:
        c.send(100)
        c.expect("ACK seq=1 len=100")
        c.send(100)
        for _ in range(2):
            c.expect("ACK seq=1 len=100")
        second = c.mark
        c.expect("ACK seq=1 len=100")
        third = c.mark - second
        c.inject("ACK ack=101")
        c.expect("ACK seq=101 len=100")
        sent = c.mark
        c.expect("ACK seq=101 len=100")
        assert c.mark - sent >= third * 0.9, (third, c.mark - sent)


def far(offer, seconds):
    """An established connection over a path with that round trip."""
    c = syn_received(offer)
    c.silence_for(seconds)
    c.inject("ACK win=65535")
    c.accept()
    return c


@exact_time_only
def test_ack_of_once_and_twice():
    """What was sent once gives no sample if its ACK had to wait for what was sent twice
    (RFC 6298 3)."""
    with far("mss=1000", 0.2) as c:
        c.send(2000)
        c.expect_flight(1, 2001, 1000)
        before = c.info(RTT)
        c.expect("ACK seq=1 len=1000")
        c.inject("ACK ack=2001")
        c.silence()
        assert c.info(RTT) == before, (before, c.info(RTT))


@exact_time_only
def test_timestamp_of_repeated():
    """With timestamps what was sent twice gives a sample, too: the echo tells which one
    has arrived (RFC 6298 3)."""
    for offer in "mss=1000", "mss=1000 val=1000":
        with far(offer, 0.2) as c:
            c.send(100)
            c.expect("ACK seq=1 len=100")
            c.expect("ACK seq=1 len=100")
            before = c.info(RTT)
            assert 195000 <= before <= 235000, before
            c.silence_for(0.5)
            c.inject("ACK ack=101")
            c.silence()
            grown = c.info(RTT) - before
            if offer == "mss=1000":
                assert not grown, grown
            else:
                # an eighth of the 0.5 s, not of the time since the first copy
                assert 33000 <= grown <= 45000, grown


def test_held_by_device():
    """What is still in a queue of this host when its time is up is not sent again."""
    with passive("mss=1000") as c:
        c.send(1000)
        c.expect("ACK seq=1 len=1000")
        c.inject("ACK ack=1001")
        before = bench().counters()["TcpExtTCPSpuriousRtxHostQueues"]
        # one segment a second
        run("tc", "qdisc", "add", "dev", "tun0", "root", "tbf", "rate", "8kbit",
            "burst", "1100", "limit", "100000")
        c.send(2000)
        c.expect("ACK seq=1001 len=1000")
        c.inject("ACK ack=2001")
        c.expect("ACK seq=2001 len=1000", at=(0.3, 5))
        c.inject("ACK ack=3001")
        run("tc", "qdisc", "del", "dev", "tun0", "root")
        assert bench().counters()["TcpExtTCPSpuriousRtxHostQueues"] > before


@exact_time_only
def test_follows_round_trip():
    """The time-out grows with the round trip: 2 s of delay, no early repetition."""
    with passive("mss=1460 val=1000") as c:
        for number in range(12):
            c.send(100)
            view = c.expect("ACK len=100")
            c.silence_or_repeats(2.0, view["seq"])
            c.inject("ACK ack=%d ecr=%d" % (c.host_next, view["val"]))
        c.send(100)
        view = c.expect("ACK len=100")
        c.silence_for(2.0)


main()
