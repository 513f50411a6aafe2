# SPDX-License-Identifier: GPL-2.0
"""Where a script may begin. Each scene has a peer with an address and a port
of the stack under test that no other script of the file has used.

The offer is what the peer's SYN says, in the notation of segments; keywords
are socket options, set before connect() or listen().
"""
from .bench import HOST, Bench
from .connection import Connection
from .datagrams import Neighbour, Stranger

BASIC = "mss=1460"
MODERN = "mss=1460 sackok val=1000 wscale=7"
shown = []
the_bench = []


def bench(ethernet=False):
    """The one of this process."""
    if not the_bench:
        the_bench.append(Bench(ethernet))
    return the_bench[0]


def counted(before, name):
    """How far a counter has come since bench().counters() was before."""
    return bench().counters()[name] - before[name]


def stranger():
    """A host without connections, for datagrams."""
    shown.append(Stranger(bench()))
    return shown[-1]


def neighbour():
    """The same on an Ethernet. The first scene of its file."""
    shown.append(Neighbour(bench(ethernet=True)))
    return shown[-1]


def scene(port=None, address=None):
    made = Connection(bench(), port or bench().new_port(), address)
    shown.append(made)
    return made


def nobody():
    """CLOSED: no socket has that port. Its initial number counts as 0."""
    made = scene()
    made.host_isn = 0
    return made


def listening(backlog=16, port=None, address=None, **options):
    """LISTEN: the application waits in accept()."""
    made = scene(port, address)
    made.listener = bench().socket()
    made.setsockopt(**options)
    made.listener.bind((HOST, made.host_port))
    made.listener.listen(backlog)
    return made


def connecting(**options):
    """SYN-SENT is about to begin: connect() has been called."""
    made = scene()
    made.sock = bench().socket()
    made.sock.bind((HOST, made.host_port))
    made.setsockopt(**options)
    made.connect()
    return made


def passive(offer=BASIC, win=65535, **options):
    """ESTABLISHED, opened by the peer."""
    made = listening(**options)
    made.inject("SYN win=65535 " + offer)
    made.expect("SYN,ACK seq=0 ack=1")
    made.inject("ACK win=%d" % win)
    made.accept()
    return made


def active(offer=BASIC, win=65535, **options):
    """ESTABLISHED, opened by the stack under test."""
    made = connecting(**options)
    made.expect("SYN seq=0")
    made.inject("SYN,ACK win=65535 " + offer)
    made.expect("ACK seq=1 ack=1")
    made.connected()
    if win != 65535:
        made.inject("ACK win=%d" % win)
        made.silence()
    return made


def syn_received(offer=BASIC, **options):
    """The stack has answered the peer's SYN."""
    made = listening(**options)
    made.inject("SYN " + offer)
    made.expect("SYN,ACK seq=0 ack=1")
    return made


def fin_wait_1(offer=BASIC, **options):
    """The application has closed its side; nothing is acknowledged yet."""
    made = passive(offer, **options)
    made.shutdown()
    made.expect("FIN,ACK seq=1 ack=1")
    return made


def fin_wait_2(offer=BASIC, **options):
    """... and the peer has acknowledged that."""
    made = fin_wait_1(offer, **options)
    made.inject("ACK ack=2")
    return made


def close_wait(offer=BASIC, **options):
    """The peer has closed its side."""
    made = passive(offer, **options)
    made.inject("FIN,ACK")
    made.expect("ACK seq=1 ack=2")
    return made


def last_ack(offer=BASIC, **options):
    """... and the application too."""
    made = close_wait(offer, **options)
    made.recv_end()
    made.close()
    made.expect("FIN,ACK seq=1 ack=2")
    return made


def closing(offer=BASIC, **options):
    """Both have closed at once, and only the peer's FIN is acknowledged."""
    made = fin_wait_1(offer, **options)
    made.inject("FIN,ACK ack=1")
    made.expect("ACK seq=2 ack=2")
    return made


def time_wait(offer=BASIC, **options):
    """The application has closed first, and the peer afterwards."""
    made = fin_wait_2(offer, **options)
    made.inject("FIN,ACK")
    made.expect("ACK seq=2 ack=2")
    made.close()
    return made


SYNCHRONIZED = (passive, active, fin_wait_1, fin_wait_2, close_wait, last_ack,
                closing)
