#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock
# timeout: 400
"""Sockets of datagrams, UDP and ping: every call in every state, and the errors
that udp(7), ip(7), icmp(7), send(2), recv(2), connect(2) and bind(2) name."""
from twofold import report
from twofold.sequences import Sequence, sequences_of, steps_of

STATES = {
    "unbound": "socket %s",
    "bound": "socket %s; bind us",
    "bound to any": "socket %s; bind any",
    "connected": "socket %s; bind us; connect peer",
    "disconnected": "socket %s; bind us; connect peer; connect unspec",
    "disconnected from any": "socket %s; connect peer; connect unspec",
    "shut for reading": "socket %s; bind us; connect peer; shutdown RD",
    "shut for writing": "socket %s; bind us; connect peer; shutdown WR",
    "shut": "socket %s; bind us; connect peer; shutdown RDWR",
}
OF_UDP = {
    "with a datagram": "socket %s; bind us; < udp 100",
    "connected, with a datagram": "socket %s; bind us; connect peer; < udp 100",
    "with an error": "socket %s; bind us; connect peer; send 10; "
                     "< icmp port-unreachable",
    "with a queued error": "socket %s; set IP_RECVERR 1; bind us; "
                           "sendto peer 10; < icmp port-unreachable",
}
OF_PING = {
    "with a reply": "socket %s; bind us; sendmsg peer 10 0; settle",
}
CALLS = """
    bind us:0
    bind us
    bind foreign:0
    bind bcast:0
    bind group:0
    bind loop:0
    bind any:80
    bind unspec
    bind us:0+len=8
    bind us:0+family=7
    connect peer
    connect peer:40001
    connect away
    connect bcast
    connect loop
    connect any
    connect peer:0
    connect unspec
    connect unspec+len=1
    connect unspec+len=2
    connect peer+len=8
    connect peer+family=7
    connect peer+null
    listen 5
    accept
    send 10
    send 0
    send 10 NOSIGNAL
    send 10 OOB
    send 10 DONTROUTE
    send 10 CONFIRM
    send 10 PROBE
    send 70000
    send 65507
    send 65508
    sendto peer 10
    sendto peer:40001 10
    sendto peer:0 10
    sendto away 10
    sendto any 10
    sendto bcast 10
    sendto peer+len=8 10
    sendto peer+family=7 10
    sendto peer+family=0 10
    sendto unspec 10
    sendnull 10
    sendmsg peer 10 0
    sendmsg - 10 0
    recv 200
    recv 10
    recv 0
    recv 10 PEEK
    recv 10 TRUNC
    recv 10 OOB
    recv 10 ERRQUEUE
    recv 200 WAITALL
    recvfrom 200
    recvfrom 200 0 4
    recvfrom 200 0 0
    recvfrom 200 0 -1
    recvmsg 200
    recvmsg 10
    recvmsg 200 ERRQUEUE
    recvnull 10
    shutdown RD
    shutdown WR
    shutdown RDWR
    shutdown 3
    shutdown -1
    < udp 10
    < udp 10 sport=41000
    set SO_BINDTODEVICE 'lo; sendto peer 10"""
ASKED = """
    name; peername; poll; edges; ioctl SIOCINQ; ioctl SIOCOUTQ
    ioctl SIOCOUTQNSD; ioctl SIOCATMARK; ioctl SIOCGSTAMP; ioctl NOBODY_KNOWS
    ioctl SIOCPROTOPRIVATE; ioctl TCGETS; ioctl SIOCADDRT; ioctl SIOCGPGRP
    get IP_MTU; get SO_TYPE; get SO_ACCEPTCONN; get SO_PEERNAME; name 4
    peername 0; name -1; error"""
AFTERWARDS = "poll; edges; name; peername; ioctl SIOCINQ; error; close"


def product():
    for kind, more in (("dgram", OF_UDP), ("ping", OF_PING)):
        for state, opening in {**STATES, **more}.items():
            opening %= kind
            yield Sequence("%s %s: asked" % (kind, state),
                           steps_of(opening + ";" + ASKED))
            for call in CALLS.splitlines():
                if call.strip():
                    yield Sequence(
                        "%s %s: %s" % (kind, state, call.strip()),
                        steps_of(opening + ";edges;" + call + ";" + AFTERWARDS))


OTHERS = sequences_of("""
socket types and protocols
    socket stream 6; socket stream 17; socket dgram 17
    socket dgram 6; socket dgram 255
    socket dgram 256; socket dgram -1; socket seqpacket
    socketpair stream; socketpair dgram
privileged ports
    socket dgram; nobody bind us:80; bind us:80; name; close
    socket dgram; nobody bind us:1023; nobody bind us:1024; name; close
identifiers of pings are no ports
    socket ping; nobody bind us:80; name
bound to all hosts of a link
    socket dgram; bind subnet; name; sendto peer 10; close; socket ping; bind subnet
a broadcast needs SO_BROADCAST
    socket dgram; bind us; sendto bcast 10; sendto subnet 10
    set SO_BROADCAST 1; sendto subnet 10; sendto bcast 10; connect subnet; send 5
a port in use
    socket dgram; bind us; b: socket dgram; b: bind us; b: bind any
    b: bind loop; b: name
addresses shared with SO_REUSEADDR
    socket dgram; set SO_REUSEADDR 1; bind us; b: socket dgram; b: bind us
    b: set SO_REUSEADDR 1; b: bind us; < udp 10; recv 20; b: recv 20
the more special socket gets it
    socket dgram; set SO_REUSEADDR 1; bind any; b: socket dgram
    b: set SO_REUSEADDR 1; b: bind us; b: connect peer; < udp 10; recv 20
    b: recv 20; < udp 11 sport=50; recv 20; b: recv 20
connected to every port of the peer
    socket dgram; set SO_REUSEADDR 1; bind any; b: socket dgram
    b: set SO_REUSEADDR 1; b: bind us; b: connect peer:0; b: peername; < udp 10
    b: recvfrom 20; < udp 11 sport=50; b: recvfrom 20; recv 20; b: connect peer
    < udp 12 sport=50; b: recv 20; recv 20; < udp 13; b: recv 20; recv 20
lengths of received datagrams
    socket dgram; bind us; < udp 0; poll; ioctl SIOCINQ; recv 10; < udp 100
    ioctl SIOCINQ; recv 10 PEEK; recv 10 PEEK|TRUNC; recv 10 TRUNC; recv 10
    < udp 1000; recvmsg 10; < udp 1000; recvmsg 2000
peeking with an offset
    socket dgram; bind us; get SO_PEEK_OFF; set SO_PEEK_OFF 3; < udp 10
    recv 4 PEEK; get SO_PEEK_OFF; recv 4 PEEK; recv 4 PEEK; recv 20
    get SO_PEEK_OFF; set SO_PEEK_OFF -1; get SO_PEEK_OFF
a low-water mark of datagrams
    socket dgram; bind us; set SO_RCVLOWAT 100; < udp 10; poll; recv 20
ancillary data that is received
    socket dgram; bind us; set IP_PKTINFO 1; set IP_RECVTTL 1; set IP_RECVTOS 1
    set IP_RECVORIGDSTADDR 1; < udp 10 ttl=7 tos=12; recvmsg 20; < udp 10
    recvmsg 20 0 room=20; < udp 10; recvmsg 20 0 room=0
ancillary data of options and fragments
    socket dgram; bind us; set IP_RECVOPTS 1; set IP_RETOPTS 1
    set IP_RECVFRAGSIZE 1; set IP_CHECKSUM 1; < udp 10; recvmsg 20
time stamps
    socket dgram; bind us; ioctl SIOCGSTAMP; set SO_TIMESTAMP 1; < udp 10
    recvmsg 20; set SO_TIMESTAMPNS 1; < udp 10; recvmsg 20; set SO_TIMESTAMP 0
    < udp 10; recvmsg 20; set SO_TIMESTAMPNS 0; < udp 10; recvmsg 20
    set SO_TIMESTAMPING 16; < udp 10; recvmsg 20
drops counted
    socket dgram; bind us; set SO_RXQ_OVFL 1; < udp 10; recvmsg 20
ancillary data that is sent
    socket dgram; bind us; sendmsg peer 10 0 0.2=05000000
    sendmsg peer 10 0 0.1=10000000; sendmsg peer 10 0 0.1=08
    sendmsg peer 10 0 0.2=00000000; sendmsg peer 10 0 0.2=00010000
    sendmsg peer 10 0 0.2=05; sendmsg peer 10 0 0.1=00010000
    sendmsg peer 10 0 0.8=000000000a09000100000000
    sendmsg peer 10 0 0.8=000000000a08000100000000
    sendmsg peer 10 0 0.8=630000000000000000000000
    sendmsg peer 10 0 0.8=0000; sendmsg peer 10 0 0.4711=00000000
    sendmsg peer 10 0 4711.1=00000000; sendmsg peer 10 0 1.4711=00000000
    sendmsg peer 10 0 17.103=6400; sendmsg peer 10 0 17.103=64000000
    sendmsg peer 10 0 17.4711=6400; sendmsg peer 10 0 0.6=00000000
    sendmsg peer 10 0 0.7=00000000; sendmsg peer 10 0 1.36=05000000
    nobody sendmsg peer 10 0 1.36=05000000; nobody sendmsg peer 10 0 1.36=05
    sendmsg peer 10 0 1.37=00000000; sendmsg peer 10 0 1.61=0000000000000000
broken ancillary data
    socket dgram; bind us; sendmsg peer 10 0 0.2=05000000/4
    sendmsg peer 10 0 0.2=05000000/1000; sendmsg peer 10 0 0.2=05000000/0
    sendmsg peer 10 0 0.2=05000000/16
options that show on the wire
    socket dgram; bind us; set IP_TTL 9; sendto peer 10; set IP_TOS 40
    sendto peer 10; set IP_MTU_DISCOVER 0; sendto peer 10
    set IP_MTU_DISCOVER 2; sendto peer 10; set SO_NO_CHECK 1; sendto peer 10
corking
    socket dgram; bind us; connect peer; send 10 MORE; send 10 MORE
    send 10; set UDP_CORK 1; send 5; send 6; set UDP_CORK 0
corking with another address
    socket dgram; bind us; sendto peer 10 MORE; sendto peer:40001 5; send 5
    sendto peer 10
corking too much
    socket dgram; bind us; connect peer; send 60000 MORE; send 5507 MORE
    send 1 MORE; send 0; send 10
corking where no way leads
    socket dgram; bind us; set UDP_CORK 1; sendto away 10; set UDP_CORK 0
    sendto away 10 MORE; sendto peer 10
corking a broadcast
    socket dgram; bind us; set UDP_CORK 1; sendto subnet 10; set UDP_CORK 0
    sendto peer 10; set SO_BROADCAST 1; sendto subnet 10 MORE; sendto subnet 5
corking more than the path carries
    socket dgram; bind us; set IP_RECVERR 1; set IP_MTU_DISCOVER 2; connect peer
    set UDP_CORK 1; send 1000; send 1000; recvmsg 100 ERRQUEUE; error; send 1000
    send 472; set UDP_CORK 0; send 1473 MORE; recvmsg 100 ERRQUEUE; error
    send 1000 MORE; send 473; recvmsg 100 ERRQUEUE; error; send 10
corking more than the path carries, in fragments
    socket dgram; bind us; connect peer; set IP_MTU_DISCOVER 3; send 1000 MORE
    send 1000; set IP_MTU_DISCOVER 0; send 1000 MORE; send 1000
corking too much, with IP_RECVERR
    socket dgram; bind us; set IP_RECVERR 1; connect peer; send 60000 MORE
    send 5508; recvmsg 100 ERRQUEUE; error; send 65508 MORE; recvmsg 100 ERRQUEUE
    error; send 10
too much, with IP_RECVERR
    socket dgram; bind us; set IP_RECVERR 1; sendto peer 65507; sendto peer 65508
    poll; recvmsg 100 ERRQUEUE; error; sendto peer 65527; recvmsg 100 ERRQUEUE
    error; sendto peer 65535; recvmsg 100 ERRQUEUE; sendto peer 65536
    recvmsg 100 ERRQUEUE; connect peer; send 65508; recvmsg 100 ERRQUEUE; error
    sendto peer:40001 65508; recvmsg 100 ERRQUEUE; error
too much of one that is not to be cut, with IP_RECVERR
    socket dgram; bind us; set IP_RECVERR 1; set IP_MTU_DISCOVER 2
    sendto peer 65508; recvmsg 100 ERRQUEUE; error; sendto peer 2000
    recvmsg 100 ERRQUEUE; error; sendto away 65508; recvmsg 100 ERRQUEUE
too much of a ping, with IP_RECVERR
    socket ping; bind us; set IP_RECVERR 1; sendto peer 65515; sendto peer 65516
    recvmsg 100 ERRQUEUE; error; sendto peer 65535; recvmsg 100 ERRQUEUE; error
    sendto peer 65536; recvmsg 100 ERRQUEUE; connect peer; send 65516
    recvmsg 100 ERRQUEUE; error
a cork without an address
    socket dgram; set UDP_CORK 1; send 10; sendto peer 10; send 10
    set UDP_CORK 0
fragments, and none
    socket dgram; bind us; sendto peer 1472; sendto peer 1473
    set IP_MTU_DISCOVER 2; sendto peer 1472; sendto peer 1473
    set IP_MTU_DISCOVER 0; sendto peer 3000; set IP_MTU_DISCOVER 3
    sendto peer 1473; set IP_MTU_DISCOVER 4; sendto peer 1473
    set IP_MTU_DISCOVER 5; sendto peer 1473
the path MTU
    socket dgram; bind us; get IP_MTU; connect peer; get IP_MTU
    set IP_MTU_DISCOVER 2; send 1400; < icmp frag-needed mtu=1000; error
    get IP_MTU; send 1400; send 972; send 973
segments of UDP
    socket dgram; bind us; connect peer; set UDP_SEGMENT 100; send 250; send 100
    send 50; send 0; set UDP_SEGMENT 2000; send 3000; set UDP_SEGMENT 0
    send 250
a message that is not cut
    socket dgram; bind us; connect peer; set UDP_SEGMENT 100
    sendmsg - 250 0 17.103=0000
too many segments
    socket dgram; bind us; connect peer; set UDP_SEGMENT 1; send 64; send 65
    send 128; send 129
an error for the connected
    socket dgram; bind us; connect peer; send 10; < icmp port-unreachable; poll
    send 10; send 10; < icmp port-unreachable; recv 10; recv 10
    < icmp host-unreachable; error; < icmp ttl-exceeded; error
    < icmp protocol-unreachable; error; < icmp net-unreachable; error
    < icmp source-quench; error; < icmp admin-prohibited; error
    < icmp parameter-problem; error; < icmp source-route-failed; error
none for the unconnected
    socket dgram; bind us; sendto peer 10; < icmp port-unreachable; poll; error
    sendto peer 10
all errors with IP_RECVERR
    socket dgram; bind us; set IP_RECVERR 1; sendto peer 10
    < icmp port-unreachable; poll; error; recvmsg 100 ERRQUEUE
    recvmsg 100 ERRQUEUE; poll; sendto peer 10; < icmp host-unreachable; poll
    recv 10; recvmsg 100 ERRQUEUE; poll; sendto peer 10; < icmp ttl-exceeded
    recvmsg 5 ERRQUEUE; sendto peer 10; < icmp frag-needed mtu=1000
    recvmsg 100 ERRQUEUE; < icmp source-quench; recvmsg 100 ERRQUEUE
errors connected, with IP_RECVERR
    socket dgram; bind us; set IP_RECVERR 1; connect peer; send 10
    < icmp host-unreachable; poll; send 5; send 5; recvmsg 100 ERRQUEUE
    < icmp port-unreachable; < icmp ttl-exceeded; error; error
    recvmsg 100 ERRQUEUE; error; recvmsg 100 ERRQUEUE; error; poll
local errors with IP_RECVERR
    socket dgram; bind us; set IP_RECVERR 1; set IP_MTU_DISCOVER 2; connect peer
    send 2000; poll; recvmsg 100 ERRQUEUE; error
one error for several datagrams
    socket dgram; bind us; set IP_RECVERR 1; sendto peer 10; sendto peer 11
    < icmp port-unreachable; < icmp port-unreachable; poll
    recvmsg 100 ERRQUEUE; poll; set IP_RECVERR 0; recvmsg 100 ERRQUEUE; poll
nobody listens
    < udp 10 dport=9; < udp 10; settle
nobody listens at a broadcast
    < udp 10 dport=9 to=subnet; < udp 10 dport=9 to=bcast; < udp 10 dport=9 to=group
broadcasts received
    socket dgram; bind any; < udp 10 to=subnet; recvfrom 20; < udp 10 to=bcast
    recvfrom 20; < udp 10 to=group; recvfrom 20
a group joined
    socket dgram; bind any; set IP_ADD_MEMBERSHIP xe00506070a090001
    < udp 10 to=group; recvfrom 20; set IP_DROP_MEMBERSHIP xe00506070a090001
    < udp 10 to=group; recvfrom 20
sources of a group
    socket dgram; bind any; set IP_ADD_SOURCE_MEMBERSHIP xe00506070a0900010a0a0a0a
    < udp 10 to=group; recvfrom 20
sending to a group
    socket dgram; bind us; sendto group 10; set IP_MULTICAST_TTL 4
    sendto group 10; set IP_MULTICAST_LOOP 0; sendto group 10; connect group
    send 4; name; peername
sending to oneself
    socket dgram; bind us; sendto us 10; wait IN; recvfrom 20; sendto any 5
    wait IN; recvfrom 20; connect us; send 3; wait IN; recv 10
over loopback
    socket dgram; bind loop; sendto loop 10; wait IN; recvfrom 20; name
    sendto loop2 10; sendto peer 10
loopback refused
    socket dgram; connect loop:9; send 10; wait ERR; error; send 10; wait ERR
    send 10
impossible sources and destinations
    socket dgram; bind us; sendto zero 10; sendto reserved 10; sendto loop2 10
    connect zero; connect reserved; sendto foreign 10
    b: socket dgram; b: bind zero; b: bind reserved; b: bind peer; b: bind any; b: name
free binding
    socket dgram; set IP_FREEBIND 1; bind foreign; name; sendto peer 10
transparent binding
    socket dgram; nobody set IP_TRANSPARENT 1; set IP_TRANSPARENT 1; bind foreign
    name; get IP_TRANSPARENT
descriptors that are no sockets or closed
    socket dgram; b: socket dgram; b: close; bind us; shutdown RD; shutdown RD
a blocking receive ends
    socket dgram blocking; bind us; set SO_RCVTIMEO 0,20000; recv 10
    recv 10 DONTWAIT; interrupted recv 10; set SO_RCVTIMEO 0,0
    interrupted recv 10; interrupted recvmsg 10
shutdown ends a receive
    socket dgram blocking; bind us; connect peer; shutdown RD; recv 10; send 5
    poll; shutdown WR; send 5; recv 10; poll
datagrams after shutdown
    socket dgram; bind us; connect peer; < udp 10; shutdown RD; recv 20; recv 20
    < udp 10; recv 20; poll
vanishing peer addresses
    socket dgram; connect peer; name; peername; connect unspec; name; peername
    connect peer; name; connect peer:40001; peername; send 3
the error queue of zero copy
    socket dgram; bind us; connect peer; set SO_ZEROCOPY 1; send 10 ZEROCOPY
    wait ERR; recvmsg 10 ERRQUEUE
signals of input
    socket dgram; bind us; own; async; < udp 10; recv 20
pings
    socket ping; bind us; name; send 10; sendto peer 4; sendto peer 7
    sendto peer 8; sendto peer 30; poll
replies
    socket ping; connect peer; send 8; send 20; < echo-reply; poll
    ioctl SIOCINQ; recvfrom 100; < echo-request; recvfrom 100
    < echo-reply 3; recvmsg 100
lengths of replies
    socket ping; connect peer; send 20; < echo-reply; ioctl SIOCINQ; recv 10 PEEK
    recv 10 PEEK|TRUNC; recv 10 TRUNC; send 20; < echo-reply; recvmsg 10 TRUNC
    send 20; < echo-reply; recv 100 TRUNC
errors of pings, with IP_RECVERR
    socket ping; bind us; set IP_RECVERR 1; connect peer; send 20
    < icmp port-unreachable; recvmsg 100 ERRQUEUE; error; send 20
    < icmp ttl-exceeded; recvmsg 100 ERRQUEUE; error; send 20
    < icmp source-quench; error; recvmsg 100 ERRQUEUE
who may ping
    nobody socket ping; socket ping; bind us:0; b: socket ping; b: bind us
    socket ping; bind us; bind us
options of pings
    socket ping; bind us; set IP_TTL 3; set IP_TOS 8; set IP_MTU_DISCOVER 0
    connect peer; send 20; sendmsg - 20 0 0.2=09000000
    sendmsg - 20 0 0.1=10; sendto peer 10 OOB; sendto peer:5 20
echo requests answered
    < echo-request; < echo-request
""")

report.main(list(product()) + OTHERS)
