#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock
# timeout: 400
"""Streams: the errors that tcp(7), connect(2), bind(2), listen(2), accept(2),
send(2), recv(2), shutdown(2), poll(2), epoll(7) and ip(7) name, urgent data,
signals, blocking, and the order of segments."""
from twofold import report
from twofold.sequences import sequences_of

PASSIVE = "l: socket stream; l: bind us; l: listen 5; " \
    "< SYN mss=1460; < ACK; l: accept s"
ACTIVE = "socket stream; bind us; connect peer; < SYN,ACK mss=1460"

# Record route with three places, the time with two; a peer's record route that
# has passed a router.
ROUTE = "x070f0400000000000000000000000000"
TIME = "x440c05000000000000000000"
CAME = "0713080a09fffe" + 12 * "00" + "01"

SEQUENCES = """
addresses to bind to
    socket stream; bind us+len=8; bind us+len=15; bind us+len=0; bind us+len=-1
    bind us+family=7; bind us+family=1; bind us+null; bind foreign; bind bcast
    bind group; bind zero; bind reserved; bind peer; bind us+len=100; name
    bind us; bind us:0
an unspecified family to bind to
    socket stream; bind unspec+len=16; name
    b: socket stream; b: bind us+family=0; b: bind any:0+family=0; b: name
privileged ports
    socket stream; nobody bind us:80; nobody bind us:1023; bind us:80; name
a port in use
    socket stream; bind us; b: socket stream; b: bind us; b: bind any; b: bind loop
    b: name; c: socket stream; c: set SO_REUSEADDR 1; c: bind us
addresses reused before listening
    socket stream; set SO_REUSEADDR 1; bind us; b: socket stream
    b: set SO_REUSEADDR 1; b: bind us; listen 5; b: listen 5; b: name
addresses reused beside a listener
    socket stream; set SO_REUSEADDR 1; bind us; listen 5; b: socket stream
    b: set SO_REUSEADDR 1; b: bind us; b: bind any; b: bind loop
a port in TIME-WAIT
    PASSIVE; close; < ACK; < FIN,ACK; l: close; b: socket stream; b: bind us
    b: set SO_REUSEADDR 1; b: bind us; b: listen 1
addresses to connect to
    socket stream; connect peer+len=0; connect peer+len=1; connect peer+len=8
    connect peer+len=15; connect peer+family=7; connect peer+family=1
    connect peer+null; connect away; connect bcast; connect subnet
    connect group; connect zero; connect reserved; connect peer:0; name
connecting to nobody on loopback
    socket stream; connect loop:9; wait OUT|HUP; poll; error; connect loop:9
    wait OUT|HUP; connect loop:9; connect loop:9
connecting to any address
    socket stream; connect any:9; wait OUT|HUP; peername; error
connecting to oneself
    socket stream; bind us; connect us; wait OUT; poll; error; name; peername
    send 10; wait IN; recv 20; shutdown WR; wait IN; recv 10; poll
connecting twice
    socket stream; connect peer; connect peer; connect peer:1; connect away
    connect peer+len=3; connect peer+family=7; error; poll
connected twice
    ACTIVE; connect peer; connect peer; connect peer:1; connect peer+family=7
    connect peer+len=1; bind us; listen 1; accept
connecting is told once
    socket stream; bind us; connect peer; < SYN,ACK mss=1460; connect peer
    connect peer; poll
a refused connection
    socket stream; bind us; connect peer; < RST,ACK; poll; edges; connect peer
    connect peer; poll; < RST,ACK ack=1; error; name; peername
a refused connection and send
    socket stream; bind us; connect peer; < RST,ACK; send 10; send 10; poll
a refused connection and recv
    socket stream; bind us; connect peer; < RST,ACK; recv 10; recv 10; poll
a refused connection and shutdown
    socket stream; bind us; connect peer; < RST,ACK; shutdown WR; error; listen 3
errors by ICMP while connecting
    socket stream; bind us; connect peer; < icmp host-unreachable; poll; error
    connect peer; < icmp port-unreachable; poll; error; connect peer
other errors by ICMP while connecting
    socket stream; connect peer; < icmp net-unreachable; error; connect unspec
    connect peer; < icmp protocol-unreachable; error; connect unspec
    connect peer; < icmp admin-prohibited; error; connect unspec
    connect peer; < icmp ttl-exceeded; error; connect unspec
    connect peer; < icmp source-quench; error; connect unspec
    connect peer; < icmp parameter-problem; error
errors by ICMP while connected
    ACTIVE; send 10; < icmp host-unreachable; poll; error; < icmp port-unreachable
    poll; error; < icmp net-unreachable; error; < icmp protocol-unreachable
    error; < icmp ttl-exceeded; error; < ACK; poll; send 5
errors by ICMP with IP_RECVERR
    socket stream; set IP_RECVERR 1; get IP_RECVERR; bind us; connect peer
    < icmp host-unreachable; poll; error
a smaller path while connected
    ACTIVE; get IP_MTU; send 1000; < icmp frag-needed mtu=800; get IP_MTU; settle
    get TCP_MAXSEG; < ACK; poll
listening
    socket stream; listen 5; name; listen 0; listen -1; listen 1000000; poll
    listen 5; info
listening without a free address
    socket stream; bind us; listen 5; b: socket stream; b: bind us; b: listen 5
    b: bind loop; b: listen 5; connect peer; send 5; recv 5; shutdown WR; poll
    shutdown RD; poll; listen 5; poll
accepting
    socket stream; accept; bind us; accept; listen 5; accept; accept c 0x12345678
    < SYN mss=1460; poll; edges; < ACK; poll; edges; accept; c: name
    c: peername; c: poll; c: info; accept; poll
accepting what was reset
    socket stream; bind us; listen 5; < SYN mss=1460; < ACK; < RST; poll; accept
    c: poll; c: recv 5; c: error; c: peername
accepting what has sent and closed
    socket stream; bind us; listen 5; < SYN mss=1460; < ACK len=10; < FIN,ACK
    accept; c: poll; c: recv 20; c: recv 20; c: poll; c: close; settle
a backlog of one
    socket stream; bind us; listen 0; < SYN mss=1460; < ACK; poll; info
    < RST; accept; info
closing a listener with one to accept
    socket stream; bind us; listen 5; < SYN mss=1460; < ACK; close; settle
shutting down a listener
    socket stream; bind us; listen 5; < SYN mss=1460; < ACK; shutdown RD; poll
    accept; < ACK len=5; listen 5; poll
deferred accept
    socket stream; bind us; set TCP_DEFER_ACCEPT 5; listen 5; < SYN mss=1460
    < ACK; poll; accept; < ACK len=10; wait IN; accept; c: recv 20
an accept that blocks
    socket stream blocking; bind us; listen 5; set SO_RCVTIMEO 0,20000; accept
    interrupted accept; set SO_RCVTIMEO 0,0; interrupted accept
a connect that blocks
    socket stream blocking; set SO_SNDTIMEO 0,20000; connect peer; connect peer
    poll; state
a connect that is interrupted
    socket stream blocking; interrupted connect peer; state
    interrupted connect peer; set SO_SNDTIMEO 0,20000; interrupted connect peer
a receive that blocks
    ACTIVE; nonblock 0; set SO_RCVTIMEO 0,20000; recv 10; recv 10 DONTWAIT
    recv 10 PEEK; interrupted recv 10; set SO_RCVTIMEO 0,0; interrupted recv 10
    < ACK len=5; set SO_RCVTIMEO 0,20000; recv 10 WAITALL; recv 10
waiting for all, interrupted
    ACTIVE; nonblock 0; < ACK len=5; interrupted recv 10 WAITALL; < FIN,ACK
    recv 10 WAITALL; recv 10
a send that blocks
    ACTIVE; fill; poll; nonblock 0; set SO_SNDTIMEO 0,20000; send 10
    send 10 DONTWAIT; set SO_SNDTIMEO 0,0; interrupted send 10
a send to the full
    socket stream; set SO_SNDBUF 4608; bind us; connect peer
    < SYN,ACK mss=1460; fill; poll; edges; send 10; shutdown WR; send 10; poll
sending before and after
    socket stream; send 10; send 10 NOSIGNAL; bind us; send 10 NOSIGNAL
    connect peer; send 10; send 0; poll; < SYN,ACK mss=1460; poll; send 10
    sendto peer 10; sendto away 5; sendto peer+family=7 5; sendto peer+len=2 5
sending after shutdown
    ACTIVE; shutdown WR; send 10; send 10 NOSIGNAL; send 0; write 5; poll
    recv 10; < ACK len=10; acked; recv 20; < FIN,ACK; acked; recv 5; poll; state
sending after the peer's end
    ACTIVE; < FIN,ACK; acked; poll; send 10; < RST; poll; error; send 10; recv 5
sending after a reset
    ACTIVE; < RST; send 10; send 10; send 10 NOSIGNAL; recv 10; poll; error
receiving after a reset
    ACTIVE; < ACK len=10; acked; < RST; poll; recv 5; recv 20; recv 20; poll
    name; peername; connect peer; state
a reset while data waits to be sent
    ACTIVE; send 1000; < RST,ACK; poll; ioctl SIOCOUTQ; error; ioctl SIOCOUTQ
    send 5; shutdown WR; recv 5
a reset out of order
    ACTIVE; < RST seq=100; poll; state; < RST seq=1000000; state
    < RST seq=1; state; error
a SYN while connected
    ACTIVE; < SYN seq=1; state; < SYN seq=5000; state; < SYN,ACK; state; poll
addresses of the unconnected
    socket stream; name; peername; name 0; name 2; name -1; bind us; name
    peername; connect peer; peername; name
addresses after the end
    ACTIVE; peername; shutdown RDWR; peername; < FIN,ACK ack=2; peername; name
    state; poll
shutdown of the unconnected
    socket stream; shutdown RD; shutdown WR; shutdown RDWR; shutdown 3; shutdown -1
    poll; recv 5; send 5; connect peer; poll
shutdown while connecting
    socket stream; connect peer; shutdown WR; poll; error; connect peer; state
shutdown for reading while connecting
    socket stream; connect peer; shutdown RD; poll; error; state
shutdown for reading
    ACTIVE; < ACK len=10; acked; shutdown RD; poll; recv 5; recv 20; recv 20
    < ACK len=10; recv 20; poll; < FIN,ACK; acked; poll; shutdown RD; close; settle
shutdown twice
    ACTIVE; shutdown WR; shutdown WR; shutdown RD; shutdown RDWR; poll
shutdown after everything
    ACTIVE; shutdown WR; < ACK; < FIN,ACK; acked; shutdown WR; shutdown RD; poll
    state; error; recv 5; send 5
closing with data unread
    ACTIVE; < ACK len=10; acked; close; settle
closing with data read
    ACTIVE; < ACK len=10; acked; recv 20; close; < ACK; < FIN,ACK; settle
closing with data unread in CLOSE-WAIT
    ACTIVE; < FIN,ACK len=10; acked; close; settle
closing with data to send
    ACTIVE; send 1000; close; < ACK; < FIN,ACK; settle
data for the closed
    ACTIVE; close; < ACK len=10; settle
data for the closed in FIN-WAIT-2
    ACTIVE; close; < ACK; < ACK len=10; settle
lingering
    ACTIVE; set SO_LINGER 1,0; close; < ACK; settle
lingering with data to send
    ACTIVE; send 100; set SO_LINGER 1,0; close; settle
lingering for a while
    ACTIVE; < FIN,ACK; acked; nonblock 0; set SO_LINGER 1,1; interrupted close
linger two, negative
    ACTIVE; set TCP_LINGER2 -1; shutdown WR; < ACK; close; settle
disconnecting
    ACTIVE; < ACK len=10; acked; connect unspec; poll; error; recv 5; name
    peername; state; connect peer; state
disconnecting and listening
    ACTIVE; connect unspec; error; bind us:0; listen 5; poll; state
disconnecting what never was
    socket stream; connect unspec; poll; error; connect unspec+len=2; error
    connect unspec+len=1; bind us; connect unspec; name
disconnecting a listener
    socket stream; bind us; listen 5; < SYN mss=1460; < ACK; connect unspec; poll
    name; listen 5; accept; error
disconnecting with shutdown
    ACTIVE; shutdown RD; connect unspec; error; recv 5; poll
receiving in pieces
    ACTIVE; < ACK len=100; acked; ioctl SIOCINQ; recv 10; ioctl SIOCINQ; recv 10 PEEK
    recv 10 PEEK; recv 20 TRUNC; recv 200; recv 10; recvfrom 10; recvmsg 10
receiving more than one segment
    ACTIVE; < ACK len=100; < ACK len=100; < ACK len=100; acked; recv 250; recv 250
    recv 250
receiving into nowhere
    ACTIVE; < ACK len=100; acked; recvnull 10; recv 200; sendnull 10; recvnull 0
peeking with an offset
    ACTIVE; set SO_PEEK_OFF 0; < ACK len=20; acked; recv 5 PEEK; recv 5 PEEK
    get SO_PEEK_OFF; recv 5; get SO_PEEK_OFF; recv 5 PEEK; recv 50 PEEK
    recv 5 PEEK; recv 50; get SO_PEEK_OFF; set SO_PEEK_OFF -1
the names of a stream's sender
    ACTIVE; < ACK len=20; acked; recvfrom 5; recvfrom 5 0 4; recvmsg 5; recvmsg 50
    recvmsg 5
the low-water mark
    ACTIVE; set SO_RCVLOWAT 50; edges; < ACK len=20; acked; poll; edges
    < ACK len=40; acked; poll; edges; recv 20; poll; set SO_RCVLOWAT 10; poll; edges
the unread in ancillary data
    ACTIVE; set TCP_INQ 1; < ACK len=20; acked; recvmsg 5; recvmsg 50; < FIN,ACK; acked
    recvmsg 5
edges
    ACTIVE; edges; < ACK len=20; acked; edges; edges; < ACK len=20; acked; edges
    recv 10; edges; recv 50; edges; < FIN,ACK; acked; edges; edges; < RST; edges
edges of sending
    ACTIVE; edges; send 100; edges; < ACK; edges; shutdown WR; edges; < ACK; edges
    < FIN,ACK; acked; edges
edges while connecting
    socket stream; edges; connect peer; edges; < SYN,ACK mss=1460; edges; edges
edges of a refusal
    socket stream; edges; connect peer; edges; < RST,ACK; edges; error; edges
edges of a listener
    socket stream; edges; bind us; listen 5; edges; < SYN mss=1460; edges; < ACK
    edges; accept; edges
urgent data sent
    ACTIVE; send 1 OOB; send 5 OOB; send 10; send 0 OOB
urgent data received
    ACTIVE; own; set SO_RCVLOWAT 1; < URG,ACK urg=5 len=10; poll; edges
    ioctl SIOCATMARK; recv 5 OOB; recv 5 OOB; poll; recv 20; ioctl SIOCATMARK
    recv 20; recv 20; ioctl SIOCATMARK
urgent data in line
    ACTIVE; set SO_OOBINLINE 1; < URG,ACK urg=5 len=10; poll; recv 5 OOB; recv 20
    ioctl SIOCATMARK; recv 20; poll
urgent data and how much there is
    ACTIVE; < URG,ACK urg=5 len=10; acked; ioctl SIOCINQ; recv 20; ioctl SIOCINQ
    recv 5 OOB; ioctl SIOCINQ; recv 20; ioctl SIOCINQ; < URG,ACK urg=20 len=10
    acked; ioctl SIOCINQ; set SO_OOBINLINE 1; ioctl SIOCINQ; recv 20
urgent data peeked at
    ACTIVE; < URG,ACK urg=1 len=1; poll; recv 5 OOB|PEEK; recv 5 OOB; recv 5 OOB
    poll; recv 5; ioctl SIOCINQ
urgent data announced
    ACTIVE; recv 5 OOB; < URG,ACK urg=20 len=5; poll; recv 5 OOB; recv 20
    < ACK len=20; poll; recv 5 OOB; recv 30; recv 30; poll
urgent data replaced
    ACTIVE; < URG,ACK urg=3 len=3; < URG,ACK urg=3 len=3; recv 5 OOB; recv 20
    recv 20; recv 20
urgent data at the end
    ACTIVE; < URG,ACK urg=1 len=1; < FIN,ACK; acked; recv 5 OOB; poll; recv 5; recv 5 OOB
signals of input
    ACTIVE; own; async; < ACK len=10; acked; recv 20; < FIN,ACK; acked; recv 5; < RST
segments of a large write
    ACTIVE; send 5000; < ACK; send 100; < ACK; ioctl SIOCOUTQ; ioctl SIOCOUTQNSD; info
Nagle
    ACTIVE; send 10; send 10; send 10; ioctl SIOCOUTQ; ioctl SIOCOUTQNSD; < ACK; < ACK
no Nagle
    ACTIVE; set TCP_NODELAY 1; send 10; send 10; send 2000; < ACK
a cork
    ACTIVE; set TCP_CORK 1; send 10; send 10; ioctl SIOCOUTQNSD; send 2000
    set TCP_CORK 0; < ACK
a cork and its end
    ACTIVE; set TCP_CORK 1; send 10; shutdown WR; < ACK
more to come
    ACTIVE; send 10 MORE; send 10 MORE; send 10; < ACK; send 10 MORE; set TCP_NODELAY 1
options of a SYN
    socket stream; set TCP_MAXSEG 1000; set IP_TTL 9; set IP_TOS 40; bind us; connect peer
    < SYN,ACK mss=1460 sackok val=5 wscale=3; get TCP_MAXSEG; info; send 2500; < ACK
options of a SYN with a small buffer
    socket stream; set SO_RCVBUF 4096; bind us; connect peer; < SYN,ACK mss=500
    get TCP_MAXSEG; send 1200; < ACK; info
options answered
    socket stream; bind us; listen 5; < SYN mss=1200 sackok val=9 wscale=2
    < ACK; accept; c: info; c: send 3000; < ACK; c: info
no options answered
    socket stream; bind us; listen 5; < SYN; < ACK; accept; c: info; c: send 1200
a listener's own options on its SYN,ACK
    socket stream; set TCP_MAXSEG 700; set IP_TTL 12; set IP_TOS 8; bind us; listen 5
    < SYN mss=1460; < ACK; accept; c: get IP_TTL; c: get IP_TOS; c: info; c: send 900
data out of order
    ACTIVE; < ACK seq=101 len=100; poll; ioctl SIOCINQ; < ACK seq=1 len=100; acked
    ioctl SIOCINQ; recv 300; info
data out of order with SACK
    socket stream; bind us; connect peer; < SYN,ACK mss=1460 sackok
    < ACK seq=101 len=100; < ACK seq=301 len=100; < ACK seq=101 len=100
    < ACK seq=1 len=100; < ACK seq=201 len=100; acked; recv 500
data twice
    ACTIVE; < ACK seq=1 len=100; acked; < ACK seq=1 len=100; < ACK seq=51 len=100; acked
    recv 300
data beyond the window
    ACTIVE; < ACK seq=10000000 len=100; < ACK seq=-100 len=50; state
segments for no connection
    < SYN mss=1460; < ACK; < ACK len=10; < FIN,ACK; < RST; < SYN,ACK; < FIN seq=5
    < - seq=5 len=10; < URG,ACK urg=3
segments for a listener
    socket stream; bind us; listen 5; < ACK; < SYN,ACK; < RST; < FIN; < - len=5
    < FIN,ACK; accept
a half-open connection
    socket stream; bind us; listen 5; < SYN mss=1460; < SYN seq=0 mss=1460; < ACK ack=500
    < ACK seq=5000 len=5; < RST seq=900000; < ACK; accept; c: state
a half-open connection reset
    socket stream; bind us; listen 5; < SYN mss=1460; < RST seq=1; < ACK; accept; poll
a half-open connection's FIN
    socket stream; bind us; listen 5; < SYN mss=1460; < FIN,ACK; accept; c: state
    c: poll; c: recv 5; c: close; settle
an answer that does not fit
    socket stream; bind us; connect peer; < SYN,ACK ack=500; state; < ACK ack=500
    < RST ack=500; state; < ACK ack=1; state; < RST,ACK ack=500; state; < FIN; state
simultaneous open, offering nothing
    socket stream; bind us; connect peer; < SYN mss=1460; state; poll; < ACK; state
    poll; send 10; edges
simultaneous open, offering all
    socket stream; bind us; connect peer; < SYN mss=1460 sackok val=1 wscale=7
    state; poll; connect peer; < SYN,ACK mss=1460 sackok val=2 wscale=7; state; poll
    connect peer; info
IP options while connecting
    socket stream; set IP_OPTIONS @route; get IP_OPTIONS; bind us; connect peer
    get IP_OPTIONS; < SYN,ACK mss=1460 wscale=7; get IP_OPTIONS; get TCP_MAXSEG
    info; send 3000; < ACK; info; < ACK len=10; acked; shutdown WR; < ACK; < FIN,ACK
    get IP_OPTIONS; state
IP options set while connecting
    socket stream; bind us; connect peer; set IP_OPTIONS @route; get TCP_MAXSEG
    < SYN,ACK mss=1460; get TCP_MAXSEG; send 3000; info
IP options set and taken away while connected
    ACTIVE; set IP_OPTIONS @time; get TCP_MAXSEG; info; send 3000; < ACK
    set IP_OPTIONS x01; get IP_OPTIONS; get IP_OPTIONS len=2; get TCP_MAXSEG
    send 3000; < ACK; set IP_OPTIONS x len=0; get IP_OPTIONS; get TCP_MAXSEG
    send 3000; < ACK; info; set IP_OPTIONS x01 len=41; set IP_OPTIONS x0700
    get TCP_MAXSEG
IP options after the end
    ACTIVE; set IP_OPTIONS @route; < FIN,ACK; acked; send 10; < RST; error
    get IP_OPTIONS; set IP_OPTIONS x01; get TCP_MAXSEG
IP options of who disconnects
    ACTIVE; set IP_OPTIONS @route; connect unspec; get IP_OPTIONS; get TCP_MAXSEG
    connect peer; < SYN,ACK mss=1460; get TCP_MAXSEG; send 10
IP options and a reset
    ACTIVE; set IP_OPTIONS @route; send 10; set SO_LINGER 1,0; close; settle
IP options of a SYN
    socket stream; bind us; listen 5; < SYN mss=1460 ipopt=@came; < SYN mss=1460 seq=0
    < ACK; accept; c: get IP_OPTIONS; c: get TCP_MAXSEG; c: info; c: send 3000
    < ACK; c: set IP_OPTIONS x len=0; c: get TCP_MAXSEG; c: send 3000; get IP_OPTIONS
times of a SYN
    socket stream; bind us; listen 5; < SYN mss=1460 ipopt=440c0500000000000000000000
    < ACK; accept; c: send 10; c: get TCP_MAXSEG
times with addresses of a SYN
    socket stream; bind us; listen 5
    < SYN mss=1460 ipopt=44240501000000000000000000000000000000000000000000000000000000000000000001010101
    < ACK; accept; c: send 10; c: get TCP_MAXSEG
a full record of a SYN
    socket stream; bind us; listen 5; < SYN mss=1460 ipopt=0707080102030401
    < ACK; accept; c: send 10; c: get IP_OPTIONS
unknown IP options of a SYN
    socket stream; bind us; listen 5; < SYN mss=1460 ipopt=01015802; < ACK; accept
    c: get IP_OPTIONS; c: send 10
malformed IP options of a SYN
    socket stream; bind us; listen 5; < SYN mss=1460 ipopt=07070300000000000000; settle
IP options of later segments
    PASSIVE; < ACK len=10 ipopt=@came; acked; get IP_OPTIONS; send 10; recv 20
a listener's IP options
    socket stream; set IP_OPTIONS @route; bind us; listen 5; get IP_OPTIONS
    < SYN mss=1460; < ACK; accept; c: get IP_OPTIONS; c: send 10
    < ACK; c: set IP_OPTIONS @time; c: send 10
    set IP_OPTIONS x len=0; get IP_OPTIONS
IP options and simultaneous open
    socket stream; set IP_OPTIONS @route; bind us; connect peer
    < SYN mss=1460 sackok val=1 wscale=7; < SYN,ACK mss=1460 sackok val=2 wscale=7
    state; send 10
source routes
    socket stream; set IP_OPTIONS x830704c000020100; get IP_OPTIONS
    set IP_OPTIONS x890704c000020100; get IP_OPTIONS
IP options of the unprivileged
    socket stream; nobody set IP_OPTIONS @route; get IP_OPTIONS
    nobody set IP_OPTIONS x940400000000; get IP_OPTIONS
    nobody set IP_OPTIONS x58020000; get IP_OPTIONS; set IP_OPTIONS x58020000
    get IP_OPTIONS
a segment's time to live
    ACTIVE; set IP_MINTTL 60; < ACK len=10 ttl=59; settle; ioctl SIOCINQ
    < ACK seq=1 len=10 ttl=60; acked; ioctl SIOCINQ
TIME-WAIT
    ACTIVE; close; < ACK; < FIN,ACK; < FIN,ACK seq=1; < RST; < ACK seq=2; settle
TIME-WAIT and a new SYN
    socket stream; bind us; listen 5; < SYN mss=1460; < ACK; accept; c: close
    < ACK; < FIN,ACK; < SYN seq=100000 mss=1460; poll
ioctl of a stream
    ACTIVE; ioctl SIOCGSTAMP; ioctl NOBODY_KNOWS; ioctl TCGETS; ioctl SIOCADDRT
    ioctl SIOCPROTOPRIVATE; ioctl SIOCGPGRP; ioctl FIOGETOWN
wrong flags
    ACTIVE; send 10 0x1000000; recv 10 0x1000000; send 10 DONTROUTE
    send 10 CONFIRM; send 10 PROBE; recv 10 ERRQUEUE; recvmsg 10 ERRQUEUE
ancillary data of a stream's send
    u: socket stream; u: sendmsg - 10 0 1.4711=00000000
    ACTIVE; sendmsg - 10 0 0.2=05000000; sendmsg - 10 0 1.36=05000000
    sendmsg - 10 0 1.4711=00000000; sendmsg - 10 0 0.2=05000000/4
    sendmsg - 10 0 0.4711=00000000
zero copy
    ACTIVE; set SO_ZEROCOPY 1; send 10 ZEROCOPY; < ACK; wait ERR; poll
    recvmsg 10 ERRQUEUE; poll
keeping alive
    ACTIVE; set SO_KEEPALIVE 1; get SO_KEEPALIVE; get TCP_KEEPIDLE
    set TCP_KEEPIDLE 5; get TCP_KEEPIDLE; set TCP_KEEPIDLE 0
    set TCP_KEEPIDLE 32768; set SO_KEEPALIVE 0
a window that closes
    ACTIVE; < ACK win=0; send 100; ioctl SIOCOUTQ; ioctl SIOCOUTQNSD; info
    < ACK win=50; < ACK win=1000; < ACK
devices
    socket stream; set SO_BINDTODEVICE 'lo; bind us; connect peer; connect away
    set SO_BINDTODEVICE 'tun0; connect peer; get SO_BINDTODEVICE
"""

report.main(sequences_of(SEQUENCES.replace("PASSIVE", PASSIVE).replace(
    "ACTIVE", ACTIVE).replace("@route", ROUTE).replace("@time", TIME).replace(
        "@came", CAME)))
