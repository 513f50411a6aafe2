# SPDX-License-Identifier: GPL-2.0
"""A scripted peer: a script says, segment by segment, what the peer sends and
what the stack under test must answer.

    def test_simultaneous_close():
        '''Both FINs cross: CLOSING, then TIME-WAIT (3.6, figure 13).'''
        with passive() as c:
            c.shutdown()
            c.expect("FIN,ACK seq=1 ack=1")
            c.inject("FIN,ACK seq=1 ack=1")
            c.expect("ACK seq=2 ack=2")
            c.state("CLOSING")
            c.inject("ACK seq=2 ack=2")
            c.silence()

TWIN_TEST_FAMILY=inet selftests/peer/closing.py -v runs a file's scripts against
the kernel's own TCP, on any machine, and shows the dialogues.

bench        the namespace and the device between stack and script
datagrams    hosts without connections: UDP, ICMP, ARP
connection   the peer's side of a connection, and the application's calls
notation     segments as text
scenes       where a script may begin
report       scripts as points of TAP
"""
import errno
import socket

from . import connection, wire
from .bench import HOST, exact_time, on_inet
from .connection import Mismatch, row
from .datagrams import REPLY, REQUEST
from .report import differs_on_inet, exact_time_only, main, not_there_yet
from .scenes import (BASIC, MODERN, SYNCHRONIZED, active, bench, close_wait,
                     closing, connecting, counted, fin_wait_1, fin_wait_2, last_ack,
                     listening, neighbour, nobody, passive, scene, stranger, syn_received, time_wait)

__all__ = [name for name in dir() if not name.startswith("_")]
