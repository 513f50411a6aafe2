#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock
# timeout: 400
"""Every call in every state of TCP (RFC 9293 3.3.2): the product of the two
lists below. After the call: what the socket is like, and what its end sends."""
from twofold import report
from twofold.sequences import Sequence, sequences_of, steps_of

ESTABLISHED = """
    l: socket stream; l: bind us; l: listen 5
    < SYN mss=1460; < ACK; l: accept s; l: close"""
CONNECTING = "socket stream; bind us; connect peer; "

STATES = {
    "CLOSED": "socket stream",
    "bound": "socket stream; bind us",
    "LISTEN": "socket stream; bind us; listen 5",
    "LISTEN with one to accept":
        "socket stream; bind us; listen 5; < SYN mss=1460; < ACK",
    "SYN-SENT": CONNECTING,
    "SYN-RECEIVED": CONNECTING + "< SYN mss=1460 sackok val=1 wscale=7",
    "ESTABLISHED by connect": CONNECTING + "< SYN,ACK mss=1460",
    "ESTABLISHED by accept": ESTABLISHED,
    "ESTABLISHED with data": ESTABLISHED + "; < ACK len=100; acked",
    "FIN-WAIT-1": ESTABLISHED + "; shutdown WR",
    "FIN-WAIT-2": ESTABLISHED + "; shutdown WR; < ACK",
    "CLOSING": ESTABLISHED + "; shutdown WR; < FIN,ACK ack=1; acked",
    "TIME-WAIT": ESTABLISHED + "; shutdown WR; < ACK; < FIN,ACK; acked",
    "CLOSE-WAIT": ESTABLISHED + "; < FIN,ACK; acked",
    "CLOSE-WAIT with data": ESTABLISHED + "; < FIN,ACK len=100; acked",
    "LAST-ACK": ESTABLISHED + "; < FIN,ACK; acked; shutdown WR",
    "CLOSED after LAST-ACK": ESTABLISHED + "; < FIN,ACK; acked; shutdown WR; < ACK",
    "CLOSED by RST": ESTABLISHED + "; < RST",
    "CLOSED by RST, told": ESTABLISHED + "; < RST; error",
    "CLOSED by RST in CLOSE-WAIT": ESTABLISHED + "; < FIN,ACK; acked; < RST",
    "refused": CONNECTING + "< RST,ACK",
    "refused, told": CONNECTING + "< RST,ACK; error",
    "disconnected": ESTABLISHED + "; connect unspec; error",
    "shut for reading": ESTABLISHED + "; shutdown RD",
}

CALLS = """
    bind us:0
    bind foreign
    listen 5
    listen 0
    connect peer
    connect peer:40001
    connect us
    connect away
    connect unspec
    connect peer+len=4
    connect peer+family=7
    accept
    send 10 NOSIGNAL
    send 10
    send 0
    send 10 OOB
    send 10 MORE
    sendto peer 10 NOSIGNAL
    sendto away 10 FASTOPEN|NOSIGNAL
    sendnull 10
    recv 200
    recv 10 PEEK
    recv 200 WAITALL|DONTWAIT
    recv 0
    recv 10 OOB
    recv 10 ERRQUEUE
    recv 200 TRUNC
    recvfrom 200
    recvmsg 200
    recvnull 10
    shutdown RD
    shutdown WR
    shutdown RDWR
    shutdown 3
    set SO_LINGER 1,0; close
    set SO_KEEPALIVE 1
    set SO_OOBINLINE 1
    set TCP_DEFER_ACCEPT 1
    set TCP_NODELAY 1
    set TCP_CORK 1; send 10 NOSIGNAL; set TCP_CORK 0
    set TCP_CONGESTION 'cubic; get TCP_CONGESTION
    set SO_RCVLOWAT 150; poll
    < SYN mss=1460
    < SYN,ACK mss=1460
    < ACK
    < ACK len=10
    < FIN,ACK
    < RST
    < RST,ACK
    < ACK seq=100000 len=10
    < ACK ack=5000
    < - len=10"""

# What can be asked without changing anything, all of it in each state.
ASKED = """
    name; peername; name 4; name 0; name -1; peername 0; poll; edges; info
    ioctl SIOCINQ; ioctl SIOCOUTQ; ioctl SIOCOUTQNSD; ioctl SIOCATMARK
    get SO_TYPE; get SO_ACCEPTCONN; get SO_RCVLOWAT; get SO_PEERNAME
    get TCP_NODELAY; get TCP_MAXSEG; get TCP_CORK; get TCP_KEEPIDLE
    get TCP_KEEPINTVL; get TCP_KEEPCNT; get TCP_SYNCNT; get TCP_LINGER2
    get TCP_DEFER_ACCEPT; get TCP_CONGESTION
    get TCP_USER_TIMEOUT; get TCP_NOTSENT_LOWAT
    get IP_TTL; get IP_TOS; get IP_MTU; get IP_MTU_DISCOVER; get IP_OPTIONS
    error; error; poll"""
# What a program would find afterwards, and what its close() sends.
AFTERWARDS = "; state; poll; edges; name; peername; error; ioctl SIOCINQ"
CLOSED = "; close; settle"


def product():
    for state, opening in STATES.items():
        yield Sequence("%s: asked" % state, steps_of(opening + "; " + ASKED))
        for call in steps_of_lines(CALLS):
            after = CLOSED if call.endswith("close") else AFTERWARDS + CLOSED
            steps = steps_of(opening + "; edges; " + call + after)
            if call.endswith("close"):
                steps.remove("close") if steps.count("close") > 1 else None
            yield Sequence("%s: %s" % (state, call), steps)


def steps_of_lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


report.main(list(product()))
