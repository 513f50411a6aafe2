#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug
"""Options of level IPPROTO_IP that say how datagrams go out, and what an error
message brings with it: IP_OPTIONS, IP_UNICAST_IF, IP_LOCAL_PORT_RANGE,
IP_RECVERR_RFC4884."""
import errno
import socket
import struct

from udp_lib import (IP_RECVERR, MSG_ERRQUEUE, OURS, PEER, ancillary, bound,
                     enter, error_of, finish, left, make, ours, point, point_is,
                     readable, right, run, set_up, skip, theirs)
from twin_lib import AF_OURS, ON_TWIN, add_address, add_link, run_tests
from wire_lib import checksum

IP_OPTIONS, IP_RECVOPTS, IP_RETOPTS = 4, 6, 7
IP_UNICAST_IF, IP_LOCAL_PORT_RANGE = 50, 51
IP_RECVERR_RFC4884 = 26
SOL_IP = socket.IPPROTO_IP
RECORD_ROUTE = bytes((7, 11, 4)) + bytes(8) + b"\0"
TIMESTAMP = bytes((68, 12, 5, 0)) + bytes(8)


def set_option(made, option, value):
    return error_of(made.setsockopt, SOL_IP, option, value)


def received_options(sender, receiver):
    sender.sendto(b"way", (PEER, receiver.getsockname()[1]))
    data, messages, _, _ = receiver.recvmsg(10, 200)
    return ancillary(messages, SOL_IP, IP_RECVOPTS)


def ip_options():
    receiver, sender = bound(theirs()), bound(ours(), OURS)
    receiver.setsockopt(SOL_IP, IP_RECVOPTS, 1)
    point_is("no options at first", sender.getsockopt(SOL_IP, IP_OPTIONS, 40), b"")
    sender.setsockopt(SOL_IP, IP_OPTIONS, RECORD_ROUTE)
    came = received_options(sender, receiver)
    point_is("record route goes out with the sender's address in it",
             came and (came[:2], came[3:7]), (RECORD_ROUTE[:2], socket.inet_aton(OURS)))
    again = received_options(sender, receiver)
    point_is("each datagram begins anew", again and again[3:7], came and came[3:7])
    sender.setsockopt(SOL_IP, IP_OPTIONS, TIMESTAMP)
    came = received_options(sender, receiver)
    point("a timestamp goes out with a time in it", came and any(came[4:8]), came)
    sender.setsockopt(SOL_IP, IP_OPTIONS, b"\1\1")
    point_is("they are padded to whole words",
             len(sender.getsockopt(SOL_IP, IP_OPTIONS, 40)), 4)
    sender.setsockopt(SOL_IP, IP_OPTIONS, RECORD_ROUTE)
    sender.sendto(b"F" * 4000, (PEER, receiver.getsockname()[1]))
    point_is("a long datagram takes them along", receiver.recv(5000), b"F" * 4000)
    sender.setsockopt(SOL_IP, IP_OPTIONS, b"")
    point_is("and none when they are taken away", received_options(sender, receiver),
             None)
    for name, bad in (("too long", b"\1" * 41), ("cut short", b"\7\x27\4"),
                      ("of no length", b"\7\0\4\0"), ("a pointer too low", b"\7\7\3" + bytes(4))):
        point_is("%s: EINVAL" % name, set_option(sender, IP_OPTIONS, bad), errno.EINVAL)


def options_of_one():
    """IP_RETOPTS with sendmsg(): they are that datagram's, whatever the socket's are."""
    receiver, sender = bound(theirs()), bound(ours(), OURS)
    receiver.setsockopt(SOL_IP, IP_RECVOPTS, 1)
    to = (PEER, receiver.getsockname()[1])

    def came(value, flags=0):
        sender.sendmsg([b"way"], [(SOL_IP, IP_RETOPTS, value)], flags, to)
        if flags:
            sender.sendmsg([b"more"], [(SOL_IP, IP_RETOPTS, TIMESTAMP)], 0, to)
        return ancillary(receiver.recvmsg(10, 200)[1], SOL_IP, IP_RECVOPTS)

    def its_own(options):
        return options and (options[:2], options[3:7])

    one = (RECORD_ROUTE[:2], socket.inet_aton(OURS))
    point_is("a datagram has options of its own", its_own(came(RECORD_ROUTE)), one)
    point_is("the next has none", received_options(sender, receiver), None)
    sender.setsockopt(SOL_IP, IP_OPTIONS, TIMESTAMP)
    point_is("they replace the socket's", its_own(came(RECORD_ROUTE)), one)
    point_is("which the next has again", received_options(sender, receiver)[:2],
             TIMESTAMP[:2])
    point_is("none replace them too", came(b""), None)
    point_is("of a datagram in parts the first part's count",
             its_own(came(RECORD_ROUTE, socket.MSG_MORE)), one)
    point_is("the last of two counts", error_of(
        sender.sendmsg, [b"way"], [(SOL_IP, IP_RETOPTS, RECORD_ROUTE),
                                   (SOL_IP, IP_RETOPTS, TIMESTAMP)], 0, to), 0)
    point_is("and is sent", ancillary(receiver.recvmsg(10, 200)[1], SOL_IP,
                                      IP_RECVOPTS)[:2], TIMESTAMP[:2])
    point_is("what has no room is not read", len(came(b"\1" * 44)), 40)
    for name, bad in (("cut short", b"\7\x27\4"), ("of no length", b"\7\0\4\0")):
        point_is("%s: EINVAL" % name, error_of(
            sender.sendmsg, [b"way"], [(SOL_IP, IP_RETOPTS, bad)], 0, to), errno.EINVAL)
    sender.sendmsg([b"kept"], [(SOL_IP, IP_RETOPTS, RECORD_ROUTE)], socket.MSG_MORE, to)
    sender.close()


def options_to_return():
    """IP_RETOPTS received: what a reply takes along, and may have from anybody."""
    receiver, sender = bound(ours(), OURS), bound(theirs(), PEER)
    for option in IP_RECVOPTS, IP_RETOPTS:
        receiver.setsockopt(SOL_IP, option, 1)
    alert = bytes((148, 4, 0, 0))

    def came(options):
        sender.setsockopt(SOL_IP, IP_OPTIONS, options)
        sender.sendto(b"way", receiver.getsockname())
        messages = receiver.recvmsg(10, 200)[1]
        return [ancillary(messages, SOL_IP, kind) for kind in (IP_RECVOPTS, IP_RETOPTS)]

    raw, back = came(alert)
    point_is("router alert came", raw, alert)
    point_is("of which nothing is to be returned", back, b"")
    raw, back = came(alert + RECORD_ROUTE)
    point_is("both came", raw and (raw[:4], raw[4:6]), (alert, RECORD_ROUTE[:2]))
    point_is("record route is to be returned alone", back and (len(back), back[:2]),
             (12, RECORD_ROUTE[:2]))
    point_is("and can be", error_of(receiver.sendmsg, [b"back"], [(SOL_IP, IP_RETOPTS, back)], 0,
                                    sender.getsockname()), 0)
    point_is("it arrives", sender.recv(10), b"back")


def unicast_if():
    """Two links with the same prefix behind them: the device decides."""
    add_link("eth1")
    add_address(left, "10.7.1.1", "eth1")
    add_address(right, "10.7.1.2", "eth1", socket.AF_INET)
    enter(left)
    indices = [socket.if_nametoindex(name) for name in ("eth0", "eth1")]
    receiver = bound(theirs(), "0.0.0.0")
    receiver.setsockopt(SOL_IP, 8, 1)       # IP_PKTINFO
    sender = ours()
    port = receiver.getsockname()[1]
    run("ip", "-n", right, "addr", "add", "10.7.9.9/32", "dev", "lo")
    tool = "twin" if ON_TWIN else "ip"
    run(tool, "-n", left, "route", "add", "10.7.9.9/32", "via", "10.7.0.2")
    run(tool, "-n", left, "route", "add", "10.7.9.9/32", "via", "10.7.1.2", "metric", "9")
    sources = []
    for index in (0, *indices, 0):
        sender.setsockopt(SOL_IP, IP_UNICAST_IF, struct.pack("!I", index))
        point_is("IP_UNICAST_IF is told", struct.unpack("!I", sender.getsockopt(
            SOL_IP, IP_UNICAST_IF, 4))[0], index)
        sender.sendto(b"which", ("10.7.9.9", port))
        sources.append(receiver.recvfrom(10)[1][0])
    point_is("datagrams leave by the device that it names", sources,
             [OURS, OURS, "10.7.1.1", OURS])
    point_is("no such device: EADDRNOTAVAIL",
             set_option(sender, IP_UNICAST_IF, struct.pack("!I", 4711)),
             errno.EADDRNOTAVAIL)
    point_is("not a whole number: EINVAL", set_option(sender, IP_UNICAST_IF, b"\0\0"),
             errno.EINVAL)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
    point_is("bound to a device: EINVAL",
             set_option(sender, IP_UNICAST_IF, struct.pack("!I", indices[1])),
             errno.EINVAL)


def bound_in(made, first, last):
    """Bound to a port of the stack's choice in that range: the port."""
    made.setsockopt(SOL_IP, IP_LOCAL_PORT_RANGE, struct.pack("=HH", first, last))
    made.bind((OURS, 0))
    return made.getsockname()[1]


def port_range():
    try:
        ours().getsockopt(SOL_IP, IP_LOCAL_PORT_RANGE, 4)
    except OSError:
        skip("IP_LOCAL_PORT_RANGE", "this kernel does not have it")
        return
    stream = bound_in(make(AF_OURS, socket.SOCK_STREAM, 0), 40010, 40030)
    point("a stream's port is chosen from it", 40010 <= stream <= 40030, stream)
    made = [ours() for _ in range(4)]
    point_is("and datagram sockets' are", {bound_in(one, 40000, 40002) for one in made[:3]},
             {40000, 40001, 40002})
    point_is("and when all are taken there is none",
             error_of(bound_in, made[3], 40000, 40002), errno.EADDRINUSE)
    point("with 0 the namespace's holds again",
          bound_in(made[3], 0, 0) not in (40000, 40001, 40002))
    point_is("it is told", made[0].getsockopt(SOL_IP, IP_LOCAL_PORT_RANGE, 4),
             struct.pack("=HH", 40000, 40002))
    point_is("the wrong way round: EINVAL",
             set_option(ours(), IP_LOCAL_PORT_RANGE, struct.pack("=HH", 9, 8)),
             errno.EINVAL)


def message_of(sender, port, extension, words):
    """An ICMP error about a datagram of the sender's, with an extension."""
    payload = bytes(range(100))
    data = struct.pack("!HHHH", sender.getsockname()[1], port, 8 + len(payload), 0)
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 1, 0, 64, 17, 0,
                         socket.inet_aton(OURS), socket.inet_aton(PEER))
    quote = header + data + payload
    message = struct.pack("!BBHBBH", 3, 1, 0, 0, words, 0) + quote + extension
    return message[:2] + struct.pack("!H", checksum(message)) + message[4:]


def extended_errors():
    enter(right)
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    sender = bound(ours(), OURS)
    sender.setsockopt(SOL_IP, IP_RECVERR, 1)
    sender.connect((PEER, 4242))
    good = b"\x20\0\0\0\0\x08\1\1\0\0\x0f\xff"
    for name, wanted, extension, words in (
            ("without being asked for", None, good, 32),
            ("an extension is pointed at", (100, 0), good, 32),
            ("one that is malformed is marked", (100, 1), good[:5] + b"\x09" + good[6:], 32),
            ("one that is not there is not", (0, 0), b"", 0)):
        sender.setsockopt(SOL_IP, IP_RECVERR_RFC4884, wanted is not None)
        raw.sendto(message_of(sender, 4242, extension, words), (OURS, 0))
        readable(sender)
        data, messages, _, _ = sender.recvmsg(2048, 512, MSG_ERRQUEUE)
        cmsg = ancillary(messages, SOL_IP, IP_RECVERR)
        length, flags = struct.unpack_from("=HB", cmsg, 12)
        point_is(name, (length, flags), wanted or (0, 0))
        point_is("the whole quoted datagram is read", data, bytes(range(100)) + extension)
    point_is("only 0 and 1: EINVAL", set_option(sender, IP_RECVERR_RFC4884, 2),
             errno.EINVAL)


set_up()
run_tests([ip_options, options_of_one, options_to_return, unicast_if, port_range,
           extended_errors])
finish()
