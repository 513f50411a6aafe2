#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""UDP neither connects nor acknowledges, repeats or sorts: one packet out, one
back; what is lost is the application's affair. S31, S33; RFC 768."""
import json
import socket
import struct
import subprocess

from twin_lib import (OURS, PEER, add_neighbour, bound, counters, enter,
                      finish, left, point, point_is, readable, right, run,
                      run_tests, set_up)
from udp_lib import ours, theirs

ETH_P_ALL, ETH_P_IP, PACKET_OUTGOING = 3, 0x800, 4
COUNT = 400
LAST = 0xffffffff


def path(namespace, *words):
    """Netem at a namespace's end of the link, or none."""
    if words:
        run("tc", "-n", namespace, "qdisc", "replace", "dev", "eth0", "root",
            "netem", *words)
    else:
        run("tc", "-n", namespace, "qdisc", "del", "dev", "eth0", "root")


class Ear:
    """The IP packets that leave our side and come to it; ARP has its own times."""

    def __init__(self):
        enter(left)
        self.heard = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                   socket.htons(ETH_P_ALL))
        self.heard.bind(("eth0", ETH_P_ALL))
        self.heard.setblocking(False)

    def packets(self):
        """How many have gone out, and come in, so far and not yet told."""
        numbers = [0, 0]
        while True:
            try:
                address = self.heard.recvfrom(1)[1]
            except BlockingIOError:
                return tuple(numbers)
            if address[1] == ETH_P_IP:
                numbers[address[2] != PACKET_OUTGOING] += 1


def nothing_but_the_datagrams():
    server, client = bound(theirs(), PEER, 7400), ours()
    ear = Ear()
    client.connect((PEER, 7400))
    point_is("connect sends nothing", ear.packets(), (0, 0))
    client.send(b"question")
    _, address = server.recvfrom(100)
    server.sendto(b"answer", address)
    point_is("a question is answered", client.recv(100), b"answer")
    client.close()
    point_is("one packet out, one back, none for the close", ear.packets(),
             (1, 1))


def the_application_asks_again():
    server, client = bound(theirs(), PEER, 7401), ours()
    path(left, "loss", "100%")
    client.sendto(b"first", (PEER, 7401))
    path(left)
    before = counters(left)["UdpOutDatagrams"]
    client.sendto(b"second", (PEER, 7401))
    point_is("a lost question is not asked again by the stack",
             server.recv(100), b"second")
    point_is("the application's second one is the only one",
             counters(left)["UdpOutDatagrams"] - before, 1)


def numbered(sender, address):
    """Sends numbers on a path that somebody else has made bad."""
    for number in range(COUNT):
        sender.sendto(struct.pack("!I", number), address)


def received(taker):
    """The numbers that came before the last."""
    came = []
    while True:
        number, = struct.unpack("!I", taker.recv(100))
        if number == LAST:
            return came
        came.append(number)


def loss_is_accepted():
    for title, sender, taker, address, end in (
            ("out", ours(), bound(theirs(), PEER, 7402), (PEER, 7402), left),
            ("in", theirs(), bound(ours(), OURS, 7402), (OURS, 7402), right)):
        sender.connect(address)
        taker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        path(end, "loss", "20%")
        numbered(sender, address)
        path(end)
        sender.send(struct.pack("!I", LAST))
        came = received(taker)
        point("what a path loses stays lost (%s)" % title,
              0 < len(came) < COUNT, len(came))
        point_is("and what arrives is read once, as it came (%s)" % title, came,
                 sorted(set(came)))


def order_is_not_restored():
    sender, taker = theirs(), bound(ours(), OURS, 7403)
    taker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    path(right, "delay", "5ms", "reorder", "50%")
    numbered(sender, (OURS, 7403))
    came = []
    while len(came) < COUNT and readable(taker):
        came += struct.unpack("!I", taker.recv(100))
    path(right)
    point_is("all arrive over a path that reorders", sorted(came),
             list(range(COUNT)))
    point("read in the order of arrival, not of sending", came != sorted(came))


def mac_of(namespace):
    told = subprocess.run(["ip", "-n", namespace, "-j", "link", "show", "eth0"],
                          check=True, stdout=subprocess.PIPE).stdout
    return json.loads(told)[0]["address"]


set_up()
add_neighbour(left, PEER, mac_of(right))
add_neighbour(right, OURS, mac_of(left), family=socket.AF_INET)
run_tests((nothing_but_the_datagrams, the_application_asks_again,
           loss_is_accepted, order_is_not_restored))
finish()
