#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: time
"""A neighbour's life to the jiffy: asking and giving up, ageing, checking.
Nobody but this test answers for the neighbours, so that it decides when. S26, S27."""
import errno
import os
import select
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from clock import (ETH_ARP, HZ, Tap, arp, is_arp_request, now, readable,  # noqa: E402
                   sleep_until, sysctl, wheel)
from udp_lib import (IP_RECVERR, OURS, PEER, bound, enter, error_of, finish,  # noqa: E402
                     left, ours, point, point_is, set_up, theirs)

SILENT, MUTE, LIVELY = "10.7.0.77", "10.7.0.78", "10.7.0.50"
INCOMPLETE, REACHABLE, STALE, DELAY, PROBE, FAILED = (1 << bit for bit in range(6))
RTMGRP_NEIGH, RTM_NEWNEIGH, NDA_DST = 1 << 2, 28, 1

# Twin's defaults (net.twin.arp_*), in jiffies.
RETRANS = 1 * HZ
DELAY_FIRST_PROBE = 5 * HZ
REACHABLE_TIME = 30 * HZ
MSG_CONFIRM = 0x800
SOLICITS = 3
RESOLICITS = 1      # of all hosts, when the neighbour itself does not answer


def repeats(sent):
    """When a request that was sent then may be repeated: the interval is drawn
    out by up to a sixteenth, so that hosts get out of step."""
    return {wheel(sent, RETRANS + more) for more in range(RETRANS // 16 + 1)}


class News:
    """What Twin says of its neighbours' states."""

    def __init__(self):
        enter(left)
        self.netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.netlink.bind((0, RTMGRP_NEIGH))

    def wait(self, address, state, seconds):
        """The jiffy in which the neighbour came to the state, or None."""
        end = now() + seconds * HZ
        wanted = socket.inet_aton(address)
        while readable(self.netlink, end):
            message = self.netlink.recv(4096)
            kind, = struct.unpack_from("H", message, 4)
            said, = struct.unpack_from("H", message, 24)
            if kind == RTM_NEWNEIGH and said == state and wanted in message:
                return now()
        return None


def error_arrives(made):
    """The jiffy in which the socket hears of an error, and its errno."""
    poller = select.poll()
    poller.register(made, 0)
    poller.poll(60000)
    return now(), made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def talks_to(neighbour):
    """A socket that hears of each failure (ip(7), IP_RECVERR)."""
    made = ours()
    made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    made.connect((neighbour, 9))
    return made


def nobody_answers(tap):
    sender = talks_to(SILENT)
    tap.drain()
    start = now()
    sender.send(b"anybody?")
    times = []
    for _ in range(SOLICITS):
        seen = tap.next(is_arp_request(SILENT), 5)
        times.append(seen and seen[0])
        point("request %d asks all hosts" % len(times),
              seen and seen[1][:6] == b"\xff" * 6, seen)
    point_is("the first request is sent at once", times[0], start)
    for earlier, later in zip(times, times[1:]):
        point("the next one follows after a second",
              later in repeats(earlier), times)
    failed, error = error_arrives(sender)
    point("after another second it is given up", failed in repeats(times[-1]),
          (times, failed))
    point_is("and the sender is told", error, errno.EHOSTUNREACH)
    start = now()
    point_is("what is sent then waits", error_of(sender.send, b"and now?"), 0)
    again = tap.next(is_arp_request(SILENT), 2)
    point_is("and all hosts are asked again, a second after the last time",
             again and again[0], start)
    point("no faster than that", again and again[0] - times[-1] >= RETRANS,
          (times, again))
    error_arrives(sender)


def retries_follow_the_sysctls(tap):
    """So short an interval is not drawn out: each time is known exactly."""
    interval = 15
    sysctl("arp_retrans_time_ms", interval * 1000 // HZ)
    sysctl("arp_mcast_solicit", 5)
    sender = talks_to(MUTE)
    tap.drain()
    due = now()
    sender.send(b"anybody?")
    for number in range(1, 6):
        seen = tap.next(is_arp_request(MUTE), 5)
        point_is("request %d of 5 is sent to the jiffy" % number, seen and seen[0], due)
        due = wheel(due, interval)
    point_is("and so is the failure", error_arrives(sender), (due, errno.EHOSTUNREACH))
    sysctl("arp_retrans_time_ms", 1000 * RETRANS // HZ)
    sysctl("arp_mcast_solicit", SOLICITS)


def is_datagram(data):
    return lambda frame: frame[12:14] == b"\x08\x00" and frame[42:42 + len(data)] == data


def answer(tap, request):
    """The lively neighbour says, only to Twin, where it is."""
    mac = request[6:12]
    tap.send(arp(tap.mac, LIVELY, mac, OURS, op=2, to=mac))


def resolve(tap, news, sender):
    """Has the neighbour REACHABLE; returns the jiffy in which it was answered."""
    tap.drain()
    sender.sendto(b"hello", (LIVELY, 9))
    seen = tap.next(is_arp_request(LIVELY), 5)
    answer(tap, seen[1])
    answered = news.wait(LIVELY, REACHABLE, 1)
    waiting = tap.next(is_datagram(b"hello"), 1)
    point_is("the datagram that waited goes out with the answer",
             waiting and waiting[0], answered)
    return answered


def turns_stale(news, answered):
    stale = news.wait(LIVELY, STALE, 60)
    ages = range(REACHABLE_TIME // 2 + 1, REACHABLE_TIME * 3 // 2 + 1)
    point("unused, it is STALE after 15 to 45 seconds",
          stale in {wheel(answered, age) for age in ages}, (answered, stale))


def check_begins(tap, news, sender):
    """A datagram to a STALE neighbour: returns the first probe."""
    tap.drain()
    start = now()
    sender.sendto(b"still there?", (LIVELY, 9))
    seen = tap.next(is_datagram(b"still there?"), 1)
    point_is("a STALE neighbour is sent to at once", seen and seen[0], start)
    probe = tap.next(is_arp_request(LIVELY), 20)
    point_is("five seconds later it is checked", probe and probe[0],
             wheel(start, DELAY_FIRST_PROBE))
    point("by a request to it alone", probe and probe[1][:6] == tap.mac, probe)
    point_is("in the state PROBE", news.wait(LIVELY, PROBE, 1), probe and probe[0])
    return probe


def check_is_answered(tap, news, sender):
    probe = check_begins(tap, news, sender)
    answer(tap, probe[1])
    answered = news.wait(LIVELY, REACHABLE, 1)
    point_is("its answer makes it REACHABLE", answered, probe[0])
    return answered


def used_until_it_expires(tap, news, sender, answered):
    """Who is in use does not become STALE, it is checked.  The time it lasts is
    drawn by lot, so there is a datagram in every second of it."""
    tap.drain()
    for second in range(1, 60):
        sleep_until(answered + second * HZ)
        sender.sendto(b"more", (LIVELY, 9))
        probe = tap.next(is_arp_request(LIVELY), 0)
        if probe:
            break
    point("in use until then, it is checked without becoming STALE",
          probe and probe[1][:6] == tap.mac, probe)
    answer(tap, probe[1])
    return news.wait(LIVELY, REACHABLE, 1)


def check_fails(tap, news, sender):
    probe = check_begins(tap, news, sender)
    times = [probe[0]]
    for _ in range(1, SOLICITS):
        seen = tap.next(is_arp_request(LIVELY), 5)
        times.append(seen and seen[0])
    for _ in range(RESOLICITS):
        seen = tap.next(is_arp_request(LIVELY), 5)
        times.append(seen and seen[0])
        point("at last all hosts are asked: it may have moved",
              seen and seen[1][:6] == b"\xff" * 6, seen)
    for earlier, later in zip(times, times[1:]):
        point("the check is repeated after a second", later in repeats(earlier), times)
    failed = news.wait(LIVELY, FAILED, 5)
    point("after another second it has FAILED", failed in repeats(times[-1]),
          (times, failed))


def check_fails_late(tap, news, sender):
    """So many as both settings together allow, though they may be more than a byte
    holds."""
    interval, probes = 15, 255 + 2
    turns_stale(news, resolve(tap, news, sender))
    sysctl("arp_retrans_time_ms", interval * 1000 // HZ)
    sysctl("arp_ucast_solicit", probes - 2)
    sysctl("arp_mcast_resolicit", 2)
    due = check_begins(tap, news, sender)[0]
    for _ in range(probes):
        due = wheel(due, interval)
    point_is("after %d probes it has FAILED, to the jiffy" % probes,
             news.wait(LIVELY, FAILED, 90), due)
    sysctl("arp_retrans_time_ms", 1000 * RETRANS // HZ)
    sysctl("arp_ucast_solicit", SOLICITS)
    sysctl("arp_mcast_resolicit", RESOLICITS)


def transport_confirms(tap):
    """Acknowledgments of a connection prove that the neighbour is there: it is
    not asked for, long after its first answer has aged (RFC 1122 3.3.1.4)."""
    listener = bound(theirs(socket.SOCK_STREAM), PEER, 7300)
    listener.listen(1)
    client = ours(socket.SOCK_STREAM)
    client.connect((PEER, 7300))
    server, _ = listener.accept()
    tap.drain()
    for _ in range(90):
        client.send(b"x")
        server.recv(1)
        sleep_until(now() + 2 * HZ)
    point_is("a neighbour that acknowledges is not asked for in three minutes",
             tap.next(is_arp_request(PEER), 0), None)
    for made in client, server, listener:
        made.close()
    taker, confirmed, end = bound(theirs(), PEER, 7301), ours(), now() + 180 * HZ
    confirmed.connect((PEER, 7301))
    while now() < end:
        confirmed.send(b"x", MSG_CONFIRM)
        sleep_until(now() + 2 * HZ)
    point_is("nor is one that a program vouches for (MSG_CONFIRM)",
             tap.next(is_arp_request(PEER), 0), None)
    while now() < end + 60 * HZ:
        confirmed.send(b"x")
        sleep_until(now() + 2 * HZ)
    point("but one that only takes is", tap.next(is_arp_request(PEER), 0))
    taker.close()


set_up()
wire = Tap(ETH_ARP)
everything = Tap(3)     # ETH_P_ALL
nobody_answers(wire)
retries_follow_the_sysctls(wire)
changes, talker = News(), ours()
proved = resolve(everything, changes, talker)
turns_stale(changes, proved)
proved = check_is_answered(everything, changes, talker)
proved = used_until_it_expires(everything, changes, talker, proved)
turns_stale(changes, proved)
check_fails(everything, changes, talker)
check_fails_late(everything, changes, talker)
transport_confirms(wire)
finish()
