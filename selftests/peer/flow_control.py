#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug time
"""The two windows: RFC 9293 3.8.6, RFC 1122 4.2.2.16, 4.2.2.17, 4.2.3.3, 4.2.3.4."""
import select
import threading

from scripted import *

UNACKED = 24    # of struct tcp_info


def closed_window(queued=5000):
    """The peer has taken 10 bytes and has no more room."""
    c = passive()
    c.send(10)
    c.expect("ACK seq=1 len=10")
    c.inject("ACK ack=11 win=0")
    c.send(queued)
    c.silence()
    return c


def full_receiver():
    """The application does not read, and the window on offer is used up."""
    c = passive(rcvbuf=8192)
    while c.edge > c.next:
        c.inject("ACK len=%d" % min(1460, c.edge - c.next))
        c.everything()
    if c.last["ack"] != c.next:
        c.expect_acked(c.next)
    return c


def test_limit():
    """No more is sent than the peer's window has room for."""
    with passive(win=3000) as c:
        c.send(10000)
        came = c.everything()
        assert sum(view["len"] for view in came) <= 3000
        c.inject("ACK ack=%d win=0" % c.host_next)
        c.silence()


def test_window_slides():
    """ACKs move the window on, whatever the size of its steps."""
    with passive(win=4380) as c:
        c.send(14600)
        c.expect_flight(1, 4381)
        c.inject("ACK ack=1461 win=4380")
        c.expect_flight(4381, 5841)
        c.inject("ACK ack=4381 win=4380")
        c.expect_flight(5841, 8761)


def test_small_windows():
    """A segment takes at most half of the largest window ever shown, as that grows
    (SWS, 3.8.6.2.1)."""
    with passive(win=800) as c:
        for most, window in ((400, 2000), (1000, 2400), (1200, 6000), (1460, 6000)):
            c.send(2 * most)
            lengths = [view["len"] for view in c.everything()]
            assert max(lengths) == most, lengths
            c.inject("ACK ack=%d win=%d" % (c.host_next, window))


def test_tiny_window():
    """A window that never was larger than 536 bytes is used whole, and at once: the
    time-out "should seldom occur" (SWS, 3.8.6.2.1)."""
    with passive(win=400) as c:
        c.send(1200)
        c.expect_flight(1, 401)
        c.inject("ACK ack=401 win=400")
        c.expect_flight(401, 801)


def test_ack_at_right_edge():
    """A peer that has filled the window goes on there: its ACKs count although data
    before is missing."""
    with passive("mss=1460", rcvbuf=8192) as c:
        edge = c.edge
        c.send(100)
        c.expect("ACK seq=1 len=100")
        for first in range(1461, edge, 1460):
            c.inject("ACK seq=%d len=%d ack=1" % (first, min(1460, edge - first)))
        c.everything()
        c.inject("ACK seq=%d ack=101" % edge)
        c.silence()
        assert c.info(UNACKED) == 0, c.info(UNACKED)


def test_closed_window():
    """A closed window stops the sender; opened, it goes on at once."""
    with closed_window() as c:
        c.inject("ACK ack=11 win=20000")
        c.expect_flight(11, 5011)


def test_sws_sender():
    """A window opened by a little is not used at once (SWS, 3.8.6.2.1)."""
    with closed_window() as c:
        c.inject("ACK ack=11 win=100")
        c.silence()


def test_little_unsent():
    """TCP_NOTSENT_LOWAT bounds what is written ahead of what can be sent."""
    with passive(win=4000, notsent_lowat=5000) as c:
        took = c.fill()
        assert 4000 <= took < 5000 + 4000 + 70000, took
        assert not select.select([], [c.sock], [], 0)[1], "writable"
        c.everything()
        while c.host_next - 1 < took:
            c.inject("ACK win=65535")
            c.bench.pump(1)
            c.everything()
        c.inject("ACK win=65535")
        c.await_events(select.POLLOUT, why="send()")


def test_probe():
    """A closed window is probed, with what the peer must answer (3.8.6.1, MUST-36)."""
    with closed_window() as c:
        c.expect_any("ACK seq=10 len=0..1", "ACK seq=11 len=1")
        c.inject("ACK ack=11 win=20000")
        c.expect_any("ACK seq=11 len=1460", "ACK seq=12 len=1460")


@exact_time_only
def test_probe_back_off():
    """Probes go on for ever while they are answered, ever less often (MUST-35, MUST-37)."""
    with closed_window() as c:
        waits = []
        for _ in range(14):
            began = c.mark
            c.expect_any("ACK seq=10 len=0..1", "ACK seq=11 len=1")
            waits.append(c.mark - began)
            c.inject("ACK ack=11 win=0")
        assert waits[0] < 1.1, waits
        for earlier, later in zip(waits, waits[1:7]):
            assert 1.7 < later / earlier < 2.4, waits
        assert max(waits) <= 136, waits
        c.inject("ACK ack=11 win=20000")
        c.everything()
        c.state("ESTABLISHED")


def test_user_timeout():
    """TCP_USER_TIMEOUT bounds how long data waits for window, too, however often the
    peer answers (tcp(7))."""
    with closed_window() as c:
        c.setsockopt(user_timeout=700)
        ended = select.poll()
        ended.register(c.sock, 0)
        deadline = bench().now() + 20
        while not ended.poll(0) and bench().now() < deadline:
            bench().pump(0.05)
            if c.everything():
                c.inject("ACK ack=11 win=0")
        c.recv_fails(errno.ETIMEDOUT)


def test_probed():
    """A probe of our closed window is answered; its byte is not taken."""
    with full_receiver() as c:
        c.inject("ACK len=1")
        c.expect("ACK seq=1 ack=%d win=0" % (c.next - 1))


def test_ack_while_closed():
    """With our window closed, ACKs still count (3.10.7.4, MUST-66)."""
    with full_receiver() as c:
        c.send(100)
        c.expect("ACK seq=1 len=100")
        c.inject("ACK ack=101")
        c.silence_for(0.6)


def test_rst_while_closed():
    """With our window closed, a RST at RCV.NXT still counts (MUST-66)."""
    with full_receiver() as c:
        c.inject("RST seq=%d" % c.next)
        c.silence()
        c.state("CLOSED")


def test_sws_receiver():
    """Reading a little does not open the window (SWS, 3.8.6.2.2), reading all does."""
    with full_receiver() as c:
        size = c.next - 1
        c.recv(10)
        c.silence()
        c.recv(size - 10)
        came = c.everything()
        assert came and came[-1]["win"] >= 1460, "no window update"


def test_long_read():
    """The window follows what is read, also while one call waits for more."""
    with passive(MODERN) as c:
        c.sock.setblocking(True)
        reader = threading.Thread(target=c.sock.recv, daemon=True,
                                  args=(1 << 24, socket.MSG_WAITALL))
        reader.start()
        largest = 0
        for _ in range(40):
            while c.edge - c.next >= 1448:
                c.inject("ACK len=1448")
            c.bench.pump(0.01)
            largest = max([largest] + [view["win"] for view in c.everything()])
            if largest > 200000:
                break
        assert reader.is_alive(), "the call has returned"
        assert largest > 200000, "window of %d" % largest


def test_no_silly_offer():
    """Reading in small pieces never offers less than a segment, or half the buffer."""
    with full_receiver() as c:
        size = c.next - 1
        for _ in range(size // 100):
            c.recv(100)
            for view in c.everything():
                win = view["win"]
                assert not win or win >= min(1460, size // 2), win


def test_first_window():
    """The window of the SYN,ACK has room for at least two segments."""
    with listening() as c:
        c.inject("SYN mss=1460")
        c.expect("SYN,ACK win>=2920 wscale=none")


def test_scale_fits_buffer():
    """The scale offered is what the largest receive buffer needs (RFC 7323 2.3)."""
    with listening() as c:
        c.inject("SYN mss=1460 wscale=0")
        c.expect("SYN,ACK wscale=1..14")


def test_scale_too_large():
    """A scale above 14 counts as 14 (RFC 7323 2.3)."""
    with listening() as c:
        c.inject("SYN mss=100 wscale=15")
        c.expect("SYN,ACK wscale>=0")
        c.inject("ACK win=32768")
        c.accept()
        c.send(2000)
        came = c.everything()
        # 32768 >> 15 is 1 on the wire, and that is 1 << 14 bytes
        assert sum(view["len"] for view in came) >= 1000


def test_shrunk_window():
    """A window that the peer takes back stops new data, and is survived (3.8.6)."""
    with passive() as c:
        c.send(2920)
        c.expect_flight(1, 2921)
        c.inject("ACK ack=1461 win=100")
        c.send(1000)
        c.silence()
        c.inject("ACK ack=2921 win=5000")
        c.expect("ACK len=1000")


def test_ack_in_shrunk_window():
    """What such a peer sends is acknowledged from within the window: beyond it the
    ACK would not be acceptable (3.10.7.4, first)."""
    with passive() as c:
        c.send(2920)
        c.expect_flight(1, 2921)
        c.inject("ACK seq=1 ack=1 len=10")
        c.expect("ACK seq=2921 ack=11 len=0")
        c.inject("ACK seq=11 ack=1 len=10 win=1000")
        c.expect("ACK seq=1001 ack=21 len=0")
        c.inject("ACK seq=21 ack=2921 len=10 win=5000")
        c.expect("ACK seq=2921 ack=31 len=0")


def test_right_edge_stays():
    """The right edge of our window does not go back, also when the buffer is made smaller
    (3.8.6, SHLD-14)."""
    for offer in BASIC, MODERN:
        with passive(offer) as c:
            edge = c.edge
            c.setsockopt(rcvbuf=4096)
            for _ in range(3):
                c.inject("ACK len=100")
            view = c.expect_acked(301)
            # in units of the scale
            assert view["ack"] + view["win"] > edge - 128, (view, edge)


def test_data_beyond_window():
    """Data that the peer sends beyond our window is not taken."""
    with full_receiver() as c:
        number = c.next
        c.inject("ACK len=1000")
        c.expect("ACK ack=%d win=0" % number)
        c.recv(number - 1)
        c.recv_fails()


main()
