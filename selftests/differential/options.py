#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: debug named stock
# timeout: 400
"""Every option of socket(7), ip(7), tcp(7) and udp(7), and those that no page
names: set and read with good, bad and absurd values and lengths, on each type of
socket and, those of TCP, in other states as well."""
from twofold import names, report
from twofold.sequences import Sequence, sequences_of, steps_of

KINDS = ("stream", "dgram", "ping")
VALUES = (0, 1, 2, -1, 127, 255, 256, 65535, 65536, 2**31 - 1, -2**31)
ROOMS = (0, 1, 3, 4, 5, 16, 256, -1)
LENGTHS = (0, 1, 3, 5, 16, 256, -1)
# What would keep the sequence from going on, or the machine from working.
NOT_SET = {"SO_ATTACH_FILTER", "SO_LOCK_FILTER"}


def get_steps(name):
    return ["get " + name] + ["get %s len=%d" % (name, room)
                              for room in ROOMS] + [
        "get %s len=null" % name, "get %s value=null" % name,
        "get %s len=0 value=null" % name]


def set_steps(name):
    steps = []
    for value in VALUES:
        steps += ["set %s %d" % (name, value), "get " + name]
    for length in LENGTHS:
        steps += ["set %s 1 len=%d" % (name, length)]
    steps += ["get " + name, "set %s null" % name, "set %s null len=0" % name,
              "set %s null len=256" % name, "set %s x02" % name, "get " + name,
              "nobody set %s 1" % name, "nobody get " + name,
              "nobody set %s 0" % name]
    return steps


def plain():
    """Each option on each type of socket."""
    for kind in KINDS:
        for name, (level, _) in names.OPTIONS.items():
            steps = ["socket " + kind] + get_steps(name)
            if name not in NOT_SET:
                steps += set_steps(name)
            yield Sequence("%s %s" % (kind, name), steps)


OPENINGS = {
    "LISTEN": "socket stream; bind us; listen 5",
    "SYN-SENT": "socket stream; bind us; connect peer",
    "ESTABLISHED": "socket stream; bind us; connect peer; < SYN,ACK mss=1460",
    "CLOSE-WAIT": "socket stream; bind us; connect peer; < SYN,ACK mss=1460; "
                  "< FIN,ACK; acked",
    "closed": "socket stream; bind us; connect peer; < RST,ACK; error"}
# Whether data is pending is a matter of time; a window is not moved by these.
IN_STATES = {name for name in names.options_of(names.TCP)
             if name not in ("TCP_QUICKACK", "TCP_INFO", "TCP_CC_INFO")}


def in_states():
    for state, opening in OPENINGS.items():
        for name in sorted(IN_STATES):
            yield Sequence("%s %s" % (state, name), steps_of(opening) + [
                "get " + name, "set %s 1" % name, "get " + name,
                "set %s 0" % name, "get " + name, "set %s 200" % name,
                "get " + name, "set %s -5" % name, "get " + name, "state"])


def inherited():
    """What a listener's child begins with, and what reaches it later not."""
    numbers = {"SO_RCVLOWAT": 100, "SO_KEEPALIVE": 1, "SO_PRIORITY": 3,
               "SO_OOBINLINE": 1, "SO_REUSEADDR": 1, "SO_DONTROUTE": 1,
               "SO_SNDBUF": 20000, "SO_RCVBUF": 20000, "SO_MARK": 4,
               "IP_TTL": 33, "IP_TOS": 16, "IP_MTU_DISCOVER": 0,
               "IP_PKTINFO": 1, "IP_MINTTL": 3, "IP_FREEBIND": 1,
               "TCP_NODELAY": 1, "TCP_CORK": 1, "TCP_KEEPIDLE": 77,
               "TCP_KEEPINTVL": 7, "TCP_KEEPCNT": 4, "TCP_SYNCNT": 3,
               "TCP_LINGER2": 30, "TCP_DEFER_ACCEPT": 0, "TCP_MAXSEG": 500,
               "TCP_USER_TIMEOUT": 5000, "TCP_NOTSENT_LOWAT": 4000,
               "TCP_WINDOW_CLAMP": 9000, "TCP_THIN_LINEAR_TIMEOUTS": 1,
               "TCP_INQ": 1}
    for name, number in numbers.items():
        yield Sequence("inherited %s" % name, steps_of(
            "l: socket stream; l: bind us; l: set %s %d; l: listen 5;"
            "< SYN mss=1460; < ACK; l: accept s; get %s;"
            "l: set %s 0; get %s" % (name, number, name, name, name)))


STRUCTS = sequences_of("""
SO_LINGER
    socket stream; get SO_LINGER; set SO_LINGER 1,5; get SO_LINGER
    set SO_LINGER 1,0; get SO_LINGER; set SO_LINGER 0,0; get SO_LINGER
    set SO_LINGER 1,-1; get SO_LINGER; set SO_LINGER 1,5 len=4
    set SO_LINGER 1,5 len=16; get SO_LINGER len=4
SO_RCVTIMEO and SO_SNDTIMEO
    socket stream; set SO_RCVTIMEO 1,0; get SO_RCVTIMEO; set SO_RCVTIMEO 1,999999
    get SO_RCVTIMEO; set SO_RCVTIMEO 1,1000000; set SO_RCVTIMEO -1,0
    get SO_RCVTIMEO; set SO_RCVTIMEO 0,-1; set SO_SNDTIMEO 3,500000
    get SO_SNDTIMEO; get SO_SNDTIMEO len=8; set SO_SNDTIMEO 1,0 len=8
SO_BINDTODEVICE
    socket dgram; get SO_BINDTODEVICE; set SO_BINDTODEVICE 'tun0
    get SO_BINDTODEVICE; get SO_BINDTODEVICE len=3; set SO_BINDTODEVICE 'nodevice
    set SO_BINDTODEVICE x; get SO_BINDTODEVICE; set SO_BINDTODEVICE 'lo
    get SO_BINDTODEVICE; nobody set SO_BINDTODEVICE 'tun0
    set SO_BINDTOIFINDEX 1; get SO_BINDTOIFINDEX; set SO_BINDTOIFINDEX 999
SO_ATTACH_FILTER
    socket dgram; set SO_ATTACH_FILTER x0100; set SO_ATTACH_FILTER x len=16
    set SO_DETACH_FILTER 0; set SO_LOCK_FILTER 1; get SO_LOCK_FILTER
    set SO_LOCK_FILTER 0; set SO_DETACH_FILTER 0
TCP_CONGESTION
    socket stream; get TCP_CONGESTION; set TCP_CONGESTION 'cubic
    get TCP_CONGESTION; set TCP_CONGESTION 'reno; get TCP_CONGESTION
    set TCP_CONGESTION 'nosuchthing; set TCP_CONGESTION ' len=0
    set TCP_CONGESTION x00; set TCP_CONGESTION 'renoandmuchmorebehindit
    set TCP_CONGESTION 'reno len=4; get TCP_CONGESTION len=2
    set TCP_CONGESTION 'cubic len=3; get TCP_CONGESTION
TCP_ULP
    socket stream; get TCP_ULP; set TCP_ULP 'nosuchthing; set TCP_ULP x
IP_MULTICAST_IF
    socket dgram; get IP_MULTICAST_IF; set IP_MULTICAST_IF x0a090001
    get IP_MULTICAST_IF; set IP_MULTICAST_IF x0a080001
    set IP_MULTICAST_IF x0000000000000000; get IP_MULTICAST_IF
    set IP_MULTICAST_IF x000000000000000001000000; get IP_MULTICAST_IF
    set IP_MULTICAST_IF x000000000000000063000000; set IP_MULTICAST_IF x0a
    get IP_MULTICAST_IF len=2
IP_ADD_MEMBERSHIP
    socket dgram; set IP_ADD_MEMBERSHIP xe00506070a090001
    set IP_ADD_MEMBERSHIP xe00506070a090001; set IP_DROP_MEMBERSHIP xe00506070a090001
    set IP_DROP_MEMBERSHIP xe00506070a090001; set IP_ADD_MEMBERSHIP x0a0900020a090001
    set IP_ADD_MEMBERSHIP xe005060700000000000000; set IP_ADD_MEMBERSHIP xe0050607
    set IP_ADD_MEMBERSHIP xe00506080a080001; set IP_DROP_MEMBERSHIP xe00506080a090001
    set IP_ADD_MEMBERSHIP xe0050609000000006f000000
    set IP_DROP_MEMBERSHIP x0a0900020a090001
source membership
    socket dgram; set IP_ADD_SOURCE_MEMBERSHIP xe00506070a0900010a090002
    set IP_ADD_SOURCE_MEMBERSHIP xe00506070a0900010a090002
    set IP_ADD_SOURCE_MEMBERSHIP xe00506070a0900010a090003
    set IP_BLOCK_SOURCE xe00506070a0900010a090002
    set IP_DROP_SOURCE_MEMBERSHIP xe00506070a0900010a090002
    set IP_DROP_SOURCE_MEMBERSHIP xe00506070a0900010a090004
    set IP_DROP_SOURCE_MEMBERSHIP xe00506070a0900010a090003
    set IP_DROP_SOURCE_MEMBERSHIP xe00506070a0900010a090003
    set IP_ADD_SOURCE_MEMBERSHIP x0a0900020a0900010a090002
    set IP_ADD_SOURCE_MEMBERSHIP xe00506070a0800010a090002
    set IP_ADD_SOURCE_MEMBERSHIP xe00506070a0900010a0900
    set IP_ADD_SOURCE_MEMBERSHIP xe00506070a0900010a09000200
blocked sources
    socket dgram; set IP_BLOCK_SOURCE xe00506070a0900010a090002
    set IP_ADD_MEMBERSHIP xe00506070a090001
    set IP_BLOCK_SOURCE xe00506070a0900010a090002
    set IP_BLOCK_SOURCE xe00506070a0900010a090002
    set IP_UNBLOCK_SOURCE xe00506070a0900010a090003
    set IP_UNBLOCK_SOURCE xe00506070a0900010a090002
    set IP_UNBLOCK_SOURCE xe00506070a0900010a090002
    set IP_ADD_SOURCE_MEMBERSHIP xe00506070a0900010a090002
    set IP_DROP_MEMBERSHIP xe00506070a090001
membership of a stream
    socket stream; set IP_ADD_MEMBERSHIP xe00506070a090001
    set IP_DROP_MEMBERSHIP xe00506070a090001
    set IP_ADD_SOURCE_MEMBERSHIP xe00506070a0900010a090002
    set IP_MULTICAST_IF x0a090001; set IP_MULTICAST_TTL 3
    set IP_MULTICAST_LOOP 0; get IP_MULTICAST_LOOP; set IP_MULTICAST_ALL 0
type of service and priority
    socket dgram; set IP_TOS 16; get SO_PRIORITY; set IP_TOS 8; get SO_PRIORITY
    set IP_TOS 255; get IP_TOS; set IP_TOS 511; get IP_TOS; set SO_PRIORITY 6
    get SO_PRIORITY; set SO_PRIORITY 7; nobody set SO_PRIORITY 7
type of service of a stream
    socket stream; set IP_TOS 255; get IP_TOS; set IP_TOS 3; get IP_TOS
    set IP_TOS 16; get IP_TOS; get SO_PRIORITY
port ranges
    socket dgram; set IP_BIND_ADDRESS_NO_PORT 1; bind us:0; name
    connect peer; name
buffers
    socket stream; set SO_SNDBUF 1; get SO_SNDBUF; set SO_SNDBUF 100000
    get SO_SNDBUF; set SO_RCVBUF 1; get SO_RCVBUF; set SO_RCVBUF 100000
    get SO_RCVBUF; set SO_RCVBUF 2147483647; get SO_RCVBUF
    set SO_RCVBUFFORCE 1000000; get SO_RCVBUF; nobody set SO_RCVBUFFORCE 1000
    set SO_SNDBUF -1; get SO_SNDBUF; set SO_BUF_LOCK 3; get SO_BUF_LOCK
    set SO_RCVLOWAT 2147483647; get SO_RCVLOWAT; set SO_RCVLOWAT -1
    get SO_RCVLOWAT
buffers of datagrams
    socket dgram; set SO_SNDBUF 1; get SO_SNDBUF; set SO_RCVBUF 1; get SO_RCVBUF
    set SO_RCVLOWAT 0; get SO_RCVLOWAT; set SO_RCVLOWAT 2147483647
    get SO_RCVLOWAT
maximum segment and window clamp
    socket stream; get TCP_MAXSEG; set TCP_MAXSEG 87; set TCP_MAXSEG 88
    get TCP_MAXSEG; set TCP_MAXSEG 32767; set TCP_MAXSEG 32768; get TCP_MAXSEG
    set TCP_WINDOW_CLAMP 100; get TCP_WINDOW_CLAMP; set TCP_WINDOW_CLAMP 5000
    get TCP_WINDOW_CLAMP; set TCP_WINDOW_CLAMP 0; get TCP_WINDOW_CLAMP
deferred accept and its seconds
    socket stream; set TCP_DEFER_ACCEPT 1; get TCP_DEFER_ACCEPT
    set TCP_DEFER_ACCEPT 2; get TCP_DEFER_ACCEPT; set TCP_DEFER_ACCEPT 10
    get TCP_DEFER_ACCEPT; set TCP_DEFER_ACCEPT 100; get TCP_DEFER_ACCEPT
    set TCP_DEFER_ACCEPT 100000; get TCP_DEFER_ACCEPT
segments of UDP
    socket dgram; set UDP_SEGMENT 1000; get UDP_SEGMENT; set UDP_SEGMENT 65535
    get UDP_SEGMENT; set UDP_SEGMENT 65536; set UDP_SEGMENT -1; set UDP_CORK 7
    get UDP_CORK; set UDP_GRO 9; get UDP_GRO; set UDP_ENCAP 0; get UDP_ENCAP
""")

report.main(list(plain()) + list(in_states()) + list(inherited()) + STRUCTS)
