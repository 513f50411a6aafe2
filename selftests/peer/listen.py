#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""LISTEN: RFC 9293 3.10.7.2, step by step."""
from scripted import *


def test_three_way():
    """A SYN to a listener is answered by SYN,ACK, and the ACK completes it (3.5, figure 6)."""
    with listening() as c:
        c.inject("SYN seq=0 win=65535 mss=1460")
        c.expect("SYN,ACK seq=0 ack=1 mss=1460")
        c.accept_nothing()
        c.inject("ACK seq=1 ack=1")
        c.accept()
        c.state("ESTABLISHED")
        c.silence()


def test_rst_is_ignored():
    """First: a RST is ignored."""
    with listening() as c:
        c.inject("RST seq=0")
        c.inject("RST,ACK seq=0 ack=100")
        c.silence()


def test_ack_is_reset():
    """Second: an ACK gets <SEQ=SEG.ACK><CTL=RST>."""
    with listening() as c:
        c.inject("ACK seq=1 ack=300")
        c.expect("RST seq=300")
        c.inject("SYN,ACK seq=0 ack=400 mss=1460")
        c.expect("RST seq=400")
        c.accept_nothing()


def test_neither():
    """Fourth: neither SYN, ACK nor RST: dropped."""
    with listening() as c:
        c.inject("- seq=1 len=10")
        c.inject("FIN seq=1")
        c.silence()


def test_syn_with_fin():
    """What would open and close at once is no SYN: it opens nothing (3.10.7.4, eighth: in LISTEN a FIN is dropped)."""
    with listening() as c:
        c.inject("SYN,FIN seq=0 mss=1460")
        c.silence()
        c.accept_nothing()


def test_only_offered_options():
    """The SYN,ACK has scaling, SACK and timestamps only if the SYN did (RFC 7323 2.2, 3.2; RFC 2018 2)."""
    with listening() as c:
        c.inject("SYN mss=1460")
        c.expect("SYN,ACK seq=0 ack=1 mss=1460 wscale=none val=none sackok=none")


def test_all_options():
    """The SYN,ACK takes up each option that the SYN offers, and echoes its TSval."""
    with listening() as c:
        c.inject("SYN mss=1460 sackok val=4711 wscale=7")
        c.expect("SYN,ACK seq=0 ack=1 mss=1460 wscale>=0 val=0 ecr=4711 sackok")
        c.inject("ACK val=4712")
        c.accept()


def test_unknown_options():
    """Options that nobody knows are skipped by their length (3.1, MUST-7)."""
    with listening() as c:
        c.inject("SYN wscale=3",
                 options=bytes((253, 6, 1, 2, 3, 4, 1, 200, 2, 2, 4, 4, 176, 0)))
        c.expect("SYN,ACK seq=0 ack=1 mss=1460 wscale>=0")
        c.inject("ACK")
        c.accept()
        c.send(3000)
        c.expect("ACK len=1200")


def test_broken_option():
    """An option of illegal length does not stop the connection (3.1, MUST-7)."""
    for broken in (2, 0), (2, 1), (3, 3), (8, 40), (5, 10), (2,):
        with listening() as c:
            c.inject("SYN", options=bytes(broken))
            c.expect("SYN,ACK seq=0 ack=1")


def test_end_of_options():
    """What stands behind the end-of-options mark is not read (3.1)."""
    with listening() as c:
        c.inject("SYN", options=bytes((2, 4, 2, 88, 0, 0, 4, 2)))
        c.expect("SYN,ACK seq=0 ack=1 sackok=none")


def test_no_mss():
    """Without an MSS option no more than 536 bytes are sent at once (3.7.1, MUST-15)."""
    with passive("") as c:
        c.send(1500)
        c.expect("ACK seq=1 len=536")
        c.expect("ACK seq=537 len=536")


def test_small_mss():
    """The peer's MSS limits what is sent (3.7.1, MUST-14)."""
    with passive("mss=700") as c:
        c.send(1400)
        c.expect("ACK seq=1 len=700")
        c.expect("ACK seq=701 len=700")


def test_tiny_mss():
    """A ridiculous MSS does not make the sender ridiculous (tcp_min_snd_mss)."""
    with passive("mss=1") as c:
        c.send(200)
        c.expect("ACK seq=1 len>=8")


def test_timestamps_take_room():
    """Options in each segment come out of the MSS (RFC 6691 3)."""
    with passive(MODERN) as c:
        c.send(2896)
        c.expect("ACK seq=1 len=1448")
        c.expect("ACK seq=1449 len=1448")


def test_data_with_syn():
    """Data on a SYN is not lost, taken now or when it is repeated (3.10.7.2, third)."""
    with listening() as c:
        c.inject("SYN seq=0 len=100 mss=1460")
        c.expect("SYN,ACK seq=0 ack=1..101")
        c.inject("ACK seq=1 ack=1 len=100")
        c.expect_acked(101)
        c.accept()
        c.recv(100)


def test_other_address():
    """Two peers with the same port are two connections."""
    with listening() as c:
        other = scene(c.host_port)
        for each in c, other:
            each.inject("SYN mss=1460")
            each.expect("SYN,ACK seq=0 ack=1")
        for each in c, other:
            each.listener = c.listener
            each.inject("ACK")
            each.accept()
            each.send(10)
            each.expect("ACK seq=1 ack=1 len=10")
        assert c.host_isn != other.host_isn
        other.listener = None
        with other:
            pass


def test_syn_to_broadcast():
    """A SYN to a broadcast address is dropped (3.9.2.3, MUST-57)."""
    with listening() as c:
        c.inject("SYN mss=1460", to="10.9.255.255")
        c.inject("SYN mss=1460", to="255.255.255.255")
        c.inject("SYN mss=1460", to="224.0.0.1")
        c.silence()


def test_syn_to_broadcast_any():
    """... also where the listener is bound to no address."""
    with scene() as c:
        c.listener = bench().socket()
        c.listener.bind(("0.0.0.0", c.host_port))
        c.listener.listen(16)
        for address in "10.9.255.255", "255.255.255.255", "224.0.0.1":
            c.inject("SYN seq=0 mss=1460", to=address)
        c.silence()
        c.inject("SYN seq=0 mss=1460")
        c.expect("SYN,ACK seq=0 ack=1")


@differs_on_inet("asks routes, not addresses")
def test_syn_from_nowhere():
    """A SYN from an address that cannot be a peer's is dropped (3.9.2.3, MUST-63)."""
    for address in "10.9.255.255", "255.255.255.255", "224.0.0.1", "0.0.0.0", "127.0.0.1":
        with listening(address=address) as c:
            c.inject("SYN mss=1460")
            c.silence()
            c.state("CLOSED")
            c.accept_nothing()


def test_close_listener():
    """close() on a listener deletes it: the next SYN is reset (3.10.4)."""
    with listening() as c:
        c.listener.close()
        c.listener = None
        c.inject("SYN mss=1460")
        c.expect("RST,ACK ack=1")


def test_close_before_accept():
    """... and who waits for accept() is told by a RST that nobody will come (3.6.1, MUST-17)."""
    with listening() as c:
        c.inject("SYN mss=1460")
        c.expect("SYN,ACK seq=0 ack=1")
        c.inject("ACK seq=1 ack=1")
        c.everything()
        c.state("ESTABLISHED")
        c.listener.close()
        c.listener = None
        c.expect("RST,ACK seq=1 ack=1")
        c.state("CLOSED")


main()
