#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""When an ACK is sent: RFC 9293 3.8.6.3, RFC 5681 4.2."""
import errno
import os
import select
import socket
import threading

from scripted import *

SYN, ACK = 0x02, 0x10


def calm(offer=BASIC):
    """Established, and over the first segments, which may all be answered."""
    c = passive(offer)
    for _ in range(20):
        c.inject("ACK len=1000")
    c.everything()
    c.recv(20000)
    c.expect_last_acked(20001)
    c.setsockopt(quickack=0)
    return c


def test_every_second():
    """Every second full-sized segment is acknowledged at once (RFC 5681 4.2, SHOULD), also
    when the first of the connection, which may all be answered, are over."""
    with passive() as c:
        for pair in range(1, 41):
            c.inject("ACK len=1460")
            c.inject("ACK len=1460")
            # the first ACK may have been for one
            c.expect_finally("ACK ack=%d..%d" % (2920 * pair - 1459,
                                                 2920 * pair + 1))
            c.recv(2920)


@exact_time_only
def test_less_than_half_a_second():
    """"less than 0.5 seconds" (MUST-40), however slowly data comes, over however long
    a way."""
    with syn_received() as c:
        c.silence_for(0.7)
        c.inject("ACK seq=1 ack=1")
        c.accept()
        for _ in range(20):
            c.inject("ACK len=1000")
        c.everything_soon()
        c.recv(20000)
        gap = 0.03
        for _ in range(12):
            c.inject("ACK len=1000")
            c.recv(1000)
            c.everything()
            c.silence_for(gap)
            gap *= 1.25
        c.inject("ACK len=100")
        came = bench().now()
        c.expect("ACK ack=%d" % c.next)
        assert 0.3 < bench().now() - came < 0.5


@differs_on_inet("waits for the reader when the window could not move on")
def test_every_second_unread():
    """... also when nobody reads, and whether or not windows are scaled."""
    for offer in BASIC, MODERN:
        with passive(offer, rcvbuf=30000) as c:
            for pair in range(1, 5):
                c.inject("ACK len=1400")
                c.inject("ACK len=1400")
                c.expect_finally("ACK ack=%d..%d" % (2800 * pair - 1399,
                                                     2800 * pair + 1))


def asleep(c, count, segments, bytes_each):
    """Such segments for one who sleeps in recv() and waits for @count bytes, but does not
    get the processor before all are there. Returns his thread."""
    c.sock.setblocking(True)
    reader = threading.Thread(target=c.sock.recv, daemon=True,
                              args=(count, socket.MSG_WAITALL))
    reader.start()
    c.silence_for(0.01)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    try:
        for _ in range(segments):
            c.inject("ACK len=%d" % bytes_each)
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return reader


@differs_on_inet("acknowledges the first packets at once, big ones too")
@exact_time_only
def test_reader_acknowledges():
    """One who sleeps in recv() acknowledges all the big packets, each of several segments,
    that have come by the time he has read."""
    with passive() as c:
        reader = asleep(c, 43801, 10, 4380)
        c.expect("ACK ack=43801", at=(0, 0.001))
        c.silence()
        c.inject("ACK len=1")
        reader.join()
        c.sock.setblocking(False)


@exact_time_only
def test_sleeper_first_segments():
    """What comes by single segments is not left to him: each of the first has its own ACK,
    as slow start needs (RFC 5681 4.2) ..."""
    with passive() as c:
        reader = asleep(c, 14601, 10, 1460)
        for segment in range(1, 11):
            c.expect("ACK ack=%d" % (1460 * segment + 1), at=(0, 0.001))
        c.inject("ACK len=1")
        reader.join()
        c.sock.setblocking(False)


@differs_on_inet("acknowledges the first segments at once")
@exact_time_only
def test_first_request():
    """The first small request is acknowledged by its answer, if one comes at once: a
    connection with one of each takes the stack four segments."""
    with passive() as c:
        c.inject("PSH,ACK len=100")
        c.recv(100)
        c.silence()
        c.send(10)
        c.expect("PSH,ACK seq=1 ack=101 len=10")
        c.inject("FIN,ACK ack=11")
        c.recv_end()
        c.close()
        c.expect("FIN,ACK seq=11 ack=102")
        c.inject("ACK ack=12")
        c.silence_for(1)


@differs_on_inet("acknowledges the first segments at once")
@exact_time_only
def test_first_request_unanswered():
    """... at once if the reader asks for more, else at the next tick of the clock."""
    with passive() as c:
        c.inject("PSH,ACK len=100")
        c.recv(100)
        c.silence()
        c.recv_fails()
        c.expect_finally("ACK ack=101")
    with passive() as c:
        c.inject("PSH,ACK len=100")
        c.silence()
        c.expect("ACK ack=101", at=(0, 0.02))


@exact_time_only
def test_first_request_asked():
    """TCP_QUICKACK has it acknowledged at once."""
    with passive() as c:
        c.setsockopt(quickack=1)
        c.inject("PSH,ACK len=100")
        c.expect_finally("ACK ack=101")


def answered(threads=1, **options):
    """The peer has answered a program that sleeps in connect(), in so many threads."""
    c = scene()
    c.sock = bench().socket()
    c.sock.bind((HOST, c.host_port))
    c.setsockopt(**options)
    c.sock.setblocking(True)
    sleepers = [threading.Thread(target=c.sock.connect, args=((c.address, c.port),),
                                 daemon=True) for _ in range(threads)]
    for sleeper in sleepers:
        sleeper.start()
    c.expect("SYN seq=0")
    if threads > 1:
        c.silence_for(0.01)
    c.inject("SYN,ACK win=65535 mss=1460")
    for sleeper in sleepers:
        sleeper.join()
    c.sock.setblocking(False)
    return c


@differs_on_inet("acknowledges the SYN,ACK at once")
@exact_time_only
def test_opening_rides_on_data():
    """The ACK of a SYN,ACK rides on what is written first after connect() (RFC 9293
    3.10.7.3, fourth: "data or controls that were queued for transmission MAY be
    included") ..."""
    with answered() as c:
        c.silence()
        c.send(100)
        c.expect("PSH,ACK seq=1 ack=1 len=100", at=(0, 0))
        c.inject("ACK ack=101")
        c.silence_for(1)


@differs_on_inet("acknowledges the SYN,ACK at once")
@exact_time_only
def test_opening_rides_on_fin():
    """... or on its FIN ..."""
    with answered() as c:
        c.shutdown()
        c.expect("FIN,ACK seq=1 ack=1", at=(0, 0))
        c.inject("ACK ack=2")
        c.silence_for(1)


@exact_time_only
def test_opening_reader():
    """... goes when it reads instead ..."""
    for flags in 0, socket.MSG_PEEK:
        with answered() as c:
            c.call("recv()", c.sock.recv, 1, flags, error=errno.EAGAIN)
            c.expect_finally("ACK seq=1 ack=1")
            c.inject("ACK len=100")
            c.recv(100)


@exact_time_only
def test_opening_poller():
    """... or polls for input ..."""
    poller = select.poll()
    with answered() as c:
        poller.register(c.sock, select.POLLIN)
        poller.poll(0)
        c.expect_finally("ACK seq=1 ack=1")
        poller.unregister(c.sock)
    with answered() as c, select.epoll() as events:
        events.register(c.sock, select.EPOLLIN)
        c.expect_finally("ACK seq=1 ack=1")


@exact_time_only
def test_opening_again():
    """... or connects again: connections are seen in the order in which they were opened ..."""
    with answered() as c, connecting() as another:
        c.expect_finally("ACK seq=1 ack=1")
        another.expect("SYN seq=0")
        flags = [packet[20 + 13] for _, packet in bench().packets
                 if packet[9] == socket.IPPROTO_TCP]
        if flags[-2:] != [ACK, SYN]:
            c.fail("expected: the ACK before the other's SYN", "came:     %s" % flags[-2:])


@differs_on_inet("acknowledges the SYN,ACK at once")
@exact_time_only
def test_opening_by_two():
    """Two threads in one connect(), or a connection that ends meanwhile, do not keep the
    next from waiting."""
    with answered(threads=2) as c:
        c.silence()
        c.send(100)
        c.expect("PSH,ACK seq=1 ack=1 len=100")
    with answered() as c:
        c.inject("RST seq=1")
        c.silence()
    with answered() as c:
        c.silence()
        c.send(100)
        c.expect("PSH,ACK seq=1 ack=1 len=100")


@exact_time_only
def test_opening_long():
    """It goes before the first of several segments: a peer that keeps no state for a SYN
    would take the second, if the first is lost, for a stranger's ..."""
    with answered() as c:
        c.send(3000)
        c.expect("ACK seq=1 ack=1")
        c.expect_flight(1, 3001)


@exact_time_only
def test_opening_aborted():
    """... and before a reset: who waits in accept() hears of the connection ..."""
    with answered() as c:
        c.abort()
        c.expect("ACK seq=1 ack=1")
        c.expect("RST,ACK seq=1")


@exact_time_only
def test_opening_waits_for_nobody():
    """... and at the next tick of the clock if it does nothing ..."""
    with answered() as c:
        c.silence()
        c.expect("ACK seq=1 ack=1", at=(0, 0.02))
        c.silence_for(1)


@exact_time_only
def test_opening_asked():
    """... or at once where TCP_QUICKACK is set ..."""
    with answered(quickack=1) as c:
        c.expect_finally("ACK seq=1 ack=1")


@exact_time_only
def test_opening_without_waiting():
    """... or nobody is in connect(): then nothing says that the program will write."""
    with connecting() as c:
        c.expect("SYN seq=0")
        c.inject("SYN,ACK win=65535 mss=1460")
        c.expect_finally("ACK seq=1 ack=1")


def test_one_waits():
    """A lone segment is not acknowledged at once, but in less than 0.5 s (RFC 9293 MUST-58)."""
    with calm() as c:
        c.inject("ACK len=100")
        c.silence()
        c.expect("ACK ack=20101", at=(0.03, 0.5))


def test_rides_on_data():
    """The waiting ACK rides on the application's answer, and is not sent again."""
    with calm() as c:
        c.inject("ACK len=100")
        c.silence()
        c.send(10)
        c.expect("ACK seq=1 ack=20101 len=10")
        c.inject("ACK ack=11")
        c.silence_for(0.5)


def test_out_of_order():
    """Data out of order is answered at once by a duplicate ACK (RFC 5681 4.2, SHOULD)."""
    with calm() as c:
        c.inject("ACK seq=21001 len=100")
        c.expect_finally("ACK ack=20001")
        c.inject("ACK seq=21201 len=100")
        c.expect_finally("ACK ack=20001")


def test_gap_filled():
    """A segment that fills a gap, wholly or in part, is acknowledged at once (SHOULD)."""
    with calm() as c:
        c.inject("ACK seq=20101 len=100")
        c.inject("ACK seq=20301 len=100")
        c.expect_finally("ACK ack=20001")
        c.inject("ACK seq=20001 len=100")
        c.expect_finally("ACK ack=20201")
        c.inject("ACK seq=20201 len=100")
        c.expect_finally("ACK ack=20401")


def test_duplicate():
    """Data that is there already is answered at once."""
    with calm() as c:
        c.inject("ACK seq=19001 len=1000")
        c.expect_finally("ACK ack=20001")


def test_no_ack_of_ack():
    """A pure ACK is never acknowledged."""
    with calm() as c:
        c.send(100)
        c.expect("ACK len=100")
        c.inject("ACK ack=101")
        c.inject("ACK ack=101 win=30000")
        c.silence_for(0.5)


def test_quickack():
    """TCP_QUICKACK sends the waiting ACK at once."""
    with calm() as c:
        c.inject("ACK len=100")
        c.silence()
        c.recv(100)
        c.silence()
        c.setsockopt(quickack=1)
        c.expect_finally("ACK ack=20101")


main()
