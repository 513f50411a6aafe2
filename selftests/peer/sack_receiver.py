#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""SACK blocks in what the receiver sends: RFC 2018 section 4, RFC 2883."""
from scripted import *

SACK = "mss=1460 sackok"
TIMED = "mss=1460 sackok val=1000"


def hole(offer=SACK):
    """1..1001 is missing, 1001..2001 is there."""
    c = passive(offer)
    c.inject("ACK seq=1001 len=1000")
    c.expect("ACK ack=1 sack=1001-2001")
    return c


def test_in_order():
    """Without a gap there are no blocks."""
    with passive(SACK) as c:
        c.inject("ACK len=1000")
        c.inject("ACK len=1000")
        c.expect_finally("ACK ack=2001 sack=none")


def test_not_agreed():
    """Without SACK-permitted in the SYN there are no blocks (RFC 2018 section 2)."""
    with passive() as c:
        c.inject("ACK seq=1001 len=1000")
        c.expect("ACK ack=1 sack=none")


def test_agreed_actively():
    """The same after an active open: SACK-permitted in the SYN,ACK."""
    with active(SACK) as c:
        c.inject("ACK seq=1001 len=1000")
        c.expect("ACK ack=1 sack=1001-2001")
    with active() as c:
        c.inject("ACK seq=1001 len=1000")
        c.expect("ACK ack=1 sack=none")


def test_block_grows():
    """A block grows at its right end, and at its left."""
    with hole() as c:
        c.inject("ACK seq=2001 len=1000")
        c.expect("ACK ack=1 sack=1001-3001")
        c.inject("ACK seq=501 len=500")
        c.expect("ACK ack=1 sack=501-3001")


def test_latest_first():
    """The first block has the segment that has just come, the others follow by age."""
    with hole() as c:
        c.inject("ACK seq=3001 len=1000")
        c.expect("ACK ack=1 sack=3001-4001,1001-2001")
        c.inject("ACK seq=5001 len=1000")
        c.expect("ACK ack=1 sack=5001-6001,3001-4001,1001-2001")
        c.inject("ACK seq=2001 len=500")
        c.expect("ACK ack=1 sack=1001-2501,5001-6001,3001-4001")


def test_four_blocks():
    """Four blocks at most; the oldest is left out."""
    with hole() as c:
        for left in 3001, 5001, 7001, 9001:
            c.inject("ACK seq=%d len=1000" % left)
            c.everything()
        c.inject("ACK seq=10001 len=10")
        c.expect("ACK ack=1 sack=9001-10011,7001-8001,5001-6001,3001-4001")


def test_three_blocks_with_timestamps():
    """Three blocks at most beside timestamps (RFC 2018 section 3)."""
    with hole(TIMED) as c:
        for left in 3001, 5001:
            c.inject("ACK seq=%d len=1000" % left)
            c.everything()
        c.inject("ACK seq=7001 len=1000")
        c.expect("ACK ack=1 sack=7001-8001,5001-6001,3001-4001")


def test_blocks_merge():
    """What joins two blocks makes one of them."""
    with hole() as c:
        c.inject("ACK seq=3001 len=1000")
        c.everything()
        c.inject("ACK seq=2001 len=1000")
        c.expect("ACK ack=1 sack=1001-4001")


def test_gap_filled():
    """What fills the first gap removes its block; the others are still told."""
    with hole() as c:
        c.inject("ACK seq=3001 len=1000")
        c.everything()
        c.inject("ACK seq=1 len=1000")
        c.expect("ACK ack=2001 sack=3001-4001")
        c.inject("ACK seq=2001 len=1000")
        c.expect("ACK ack=4001 sack=none")
        c.recv(4000)


def test_next_gap():
    """When all is there and has been read, the next gap has its own block only."""
    with hole() as c:
        c.inject("ACK seq=1 len=1000")
        c.expect("ACK ack=2001 sack=none")
        c.recv(2000)
        c.inject("ACK seq=3001 len=1000")
        c.expect("ACK ack=2001 sack=3001-4001")
        c.inject("ACK seq=2001 len=1000")
        c.expect("ACK ack=4001 sack=none")
        c.recv(2000)


def test_on_data():
    """Blocks also ride on data segments."""
    with hole() as c:
        c.send(100)
        c.expect("ACK seq=1 ack=1 len=100 sack=1001-2001")


def test_data_makes_room():
    """With blocks a full segment has less data: header and options fit the MSS."""
    with hole() as c:
        c.send(3000)
        view = c.expect("ACK seq=1 len<=1460 sack=1001-2001")
        assert view["len"] <= 1460 - 12, "the IP packet is longer than the MTU"


def test_dsack_below():
    """D-SACK: a duplicate below the ACK is the first block (RFC 2883 4.1)."""
    with passive(SACK) as c:
        c.inject("ACK len=1000")
        c.inject("ACK len=1000")
        c.everything()
        c.inject("ACK seq=501 len=500")
        c.expect("ACK ack=2001 sack=501-1001")
        c.inject("ACK len=1000")
        c.inject("ACK len=1000")
        c.expect_finally("ACK ack=4001 sack=none")


def test_dsack_above():
    """D-SACK: a duplicate out of order, then the block it lies in (RFC 2883 4.1.2)."""
    with hole() as c:
        c.inject("ACK seq=1001 len=500")
        c.expect("ACK ack=1 sack=1001-1501,1001-2001")
        c.inject("ACK seq=2001 len=10")
        c.expect("ACK ack=1 sack=1001-2011")


def test_dsack_partial():
    """D-SACK: only the part that was there twice (RFC 2883 4.2)."""
    with passive(SACK) as c:
        c.inject("ACK len=1000")
        c.everything()
        c.inject("ACK seq=501 len=1000")
        view = c.expect_finally("ACK ack=1501")
        assert view.get("sack") in ([(501, 1001)], None), view["sack"]


def test_dsack_partial_above():
    """... of a segment out of order likewise, at either end (RFC 2883 4.2.2)."""
    with hole() as c:
        c.inject("ACK seq=1501 len=1000")
        c.expect("ACK ack=1 sack=1501-2001,1001-2501")
        c.inject("ACK seq=801 len=300")
        c.expect("ACK ack=1 sack=1001-1101,801-2501")
        c.inject("ACK seq=801 len=2000")
        c.expect("ACK ack=1 sack=801-2501,801-2801")
        c.inject("ACK seq=1 len=800")
        c.expect("ACK ack=2801 sack=none")
        c.recv(2800)


def test_dsack_with_hole():
    """D-SACK below the ACK while there is a gap: then the gap's block."""
    with passive(SACK) as c:
        c.inject("ACK len=1000")
        c.everything()
        c.inject("ACK seq=2001 len=1000")
        c.expect("ACK ack=1001 sack=2001-3001")
        c.inject("ACK seq=1 len=1000")
        c.expect("ACK ack=1001 sack=1-1001,2001-3001")


def test_dsack_of_several():
    """D-SACK: of a segment that repeats two pieces the first is told (RFC 2883 4.2.3)."""
    with passive(SACK) as c:
        for seq in 1001, 2001:
            c.inject("ACK seq=%d len=500" % seq)
            c.everything()
        c.inject("ACK seq=1001 len=1500")
        c.expect("ACK ack=1 sack=1001-1501,1001-2501")


def test_dsack_of_several_inside():
    """... also where it begins before them."""
    with passive(SACK) as c:
        for seq in 1001, 2001:
            c.inject("ACK seq=%d len=500" % seq)
            c.everything()
        c.inject("ACK seq=501 len=2000")
        c.expect("ACK ack=1 sack=1001-1501,501-2501")


def test_reneging():
    """What had to be given up for want of room is not reported any more, and the
    newest segment comes first (RFC 2018 8)."""
    with passive(SACK, rcvbuf=4096) as c:
        before = bench().counters()
        # bytes with gaps between, each in a buffer of its own, until there is no room
        seq = 101
        while not counted(before, "TcpExtTCPOFODrop"):
            c.inject("ACK seq=%d len=1" % seq)
            for view in c.everything():
                blocks = view["sack"]
            seq += 2
            assert seq < 10000, "the buffer has no end"
        end = max(right for _, right in blocks)
        # one that is missing sooner drives out the farthest, which were just reported
        c.inject("ACK seq=51 len=1")
        blocks = c.everything()[-1]["sack"]
        assert counted(before, "TcpExtOfoPruned") and blocks[0] == (51, 52), blocks
        # the peer sends what is not reported: all is there then
        at = 1
        for left, right in sorted(blocks) + [(end, end)]:
            if left > at:
                c.inject("ACK seq=%d len=%d" % (at, left - at))
                c.recv(left - at + (right - left))
            at = right
        c.expect_last_acked(end)


def test_fin_in_block():
    """After the end no blocks are left, and the FIN behind a gap is not lost."""
    with hole() as c:
        c.inject("FIN,ACK seq=2001")
        c.everything()
        c.inject("ACK seq=1 len=1000")
        c.expect("ACK ack=2002 sack=none")
        c.state("CLOSE-WAIT")


main()
