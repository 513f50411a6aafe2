#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 400
"""Options of stream sockets: the same calls on AF_INET and on AF_TWIN in the
same kernel give the same answers, fresh, listening and connected, but for what
is listed here as meant. tcp(7), ip(7), socket(7)."""
import ctypes
import os
import socket
import struct

from tcp_lib import (KERNEL, US, await_acked, await_arrival, await_equal,
                     connected, libc, name_of, outcome_of, set_up)
from twin_lib import (AF_OURS, ON_TWIN, attempt, finish, point, point_is,
                      run_tests, skip)

IP, TCP, SOL = socket.IPPROTO_IP, socket.IPPROTO_TCP, socket.SOL_SOCKET
# What Twin does not have, or answers differently on purpose.
MEANT = {
    (TCP, 14): "TCP_MD5SIG: not there yet",
    (TCP, 19): "TCP_REPAIR: checkpoints are not there",
    (TCP, 20): "TCP_REPAIR_QUEUE: checkpoints are not there",
    (TCP, 21): "TCP_QUEUE_SEQ: checkpoints are not there",
    (TCP, 22): "TCP_REPAIR_OPTIONS: checkpoints are not there",
    (TCP, 29): "TCP_REPAIR_WINDOW: checkpoints are not there",
    (TCP, 31): "TCP_ULP: Twin has none",
    (TCP, 33): "TCP_FASTOPEN_KEY: random",
    (TCP, 35): "TCP_ZEROCOPY_RECEIVE: not there yet",
    (TCP, 37): "TCP_TX_DELAY: not there yet",
    (TCP, 32): "TCP_MD5SIG_EXT: not there yet",
    (TCP, 38): "TCP_AO_ADD_KEY: not there yet",
    (TCP, 39): "TCP_AO_DEL_KEY: not there yet",
    (TCP, 11): "TCP_INFO: looked at below",
    (IP, 5): "IP_ROUTER_ALERT: raw sockets only",
    (IP, 9): "IP_PKTOPTIONS: streams queue no ancillary data",
    (IP, 16): "IP_IPSEC_POLICY: Twin has no IPsec",
    (IP, 17): "IP_XFRM_POLICY: Twin has no IPsec",
    (IP, 18): "IP_PASSSEC: Twin labels no packets",
    (IP, 26): "IP_RECVERR_RFC4884: Twin adds no such extension",
    (IP, 41): "IP_MSFILTER: not there yet",
    (IP, 48): "MCAST_MSFILTER: not there yet",
    (IP, 50): "IP_UNICAST_IF: not there yet",
    (IP, 51): "IP_LOCAL_PORT_RANGE: not there yet",
    (IP, 52): "IP_PROTOCOL: raw sockets only",
    (SOL, 15): "SO_REUSEPORT: the core of some kernels refuses it",
    (SOL, 37): "SO_TIMESTAMPING: the core numbers bytes for its own TCP only",
    (SOL, 42): "SO_PEEK_OFF: works here, AF_INET has it since 6.9",
    (SOL, 38): "SO_PROTOCOL: the core takes 6 for its own sockets",
    (SOL, 39): "SO_DOMAIN: it is another one",
    (SOL, 60): "SO_ZEROCOPY: the core of some kernels refuses it",
}
if [int(part) for part in os.uname().release.split(".")[:2]] >= [7, 0]:
    MEANT[TCP, 10] = "TCP_WINDOW_CLAMP: negative ones were the largest before"
    MEANT[SOL, 18] = "SO_RCVLOWAT: tcp_rmem has another bound there"
# Values that a connection has of itself and that every stack may choose.
OWN_DEFAULTS = {(TCP, 10), (SOL, 7)}
VALUES = [b"", b"\1", b"\0\0", b"\1\0\0"] + [
    struct.pack("i", number)
    for number in (0, 1, 2, 3, 5, -1, -2, 87, 88, 127, 128, 255, 256, 536,
                   1460, 32767, 32768, 70000, 1 << 20, -(1 << 31))
] + [b"\1\0\0\0" * 2, b"\0" * 12]
# Each unknown name costs an attempt to load a module of that name.
NAMES = [b"", b"\0", b"cubic\0", b"cubic", b"reno", b"reno" + b"\0" * 20,
         b"nonsense\0"]
FEW_VALUES = [b"", b"\1"] + [struct.pack("i", number) for number in
                             (0, 1, 3, -1, 1000, 32768, 1 << 20)]
ROOMS = (0, 1, 2, 4, 8, 16)


def set_option(made, level, option, value):
    if libc.setsockopt(made.fileno(), level, option, value, len(value)):
        return name_of(ctypes.get_errno())
    return "OK"


def get_option(made, level, option, room):
    data = ctypes.create_string_buffer(b"\xaa" * 64, 64)
    length = ctypes.c_int(room)
    if libc.getsockopt(made.fileno(), level, option, data,
                       ctypes.byref(length)):
        return name_of(ctypes.get_errno())
    return length.value, data.raw[:max(length.value, 0)].hex()


connected_to = [None]  # kept open meanwhile


def fresh(side, _other):
    return side.socket()


def listening(side, _other):
    return side.listener()


def connecting_side(side, other):
    client, connected_to[0] = connected(side, other)
    return client


def walk(made, level, option, values):
    """Everything that one option answers on one socket."""
    with made:
        answers = [("at first, room %d" % room,
                    get_option(made, level, option, room))
                   for room in ROOMS + (-1,)]
        for value in values:
            said = set_option(made, level, option, value)
            answers.append(("after " + value.hex(), said,
                            get_option(made, level, option, 16)))
    return answers


def first_difference(make_socket, level, option):
    values = VALUES if make_socket is fresh else FEW_VALUES
    if (level, option) == (TCP, socket.TCP_CONGESTION):
        values = NAMES
    kernel = walk(make_socket(KERNEL, US), level, option, values)
    ours = walk(make_socket(US, KERNEL), level, option, values)
    own = make_socket is connecting_side and (level, option) in OWN_DEFAULTS
    for one, other in zip(kernel, ours):
        own = own and one[1] != "OK"  # it has not been set yet
        if one[:-1] != other[:-1] or (one != other and not own):
            return "AF_INET %s, AF_TWIN %s" % (one, other)
    return ""


def compare(title, level, options, states):
    for state, make_socket in states:
        for option in options:
            if (level, option) in MEANT:
                continue
            difference = first_difference(make_socket, level, option)
            point("%s option %d of a %s socket answers as AF_INET's"
                  % (title, option, state), not difference, difference)


def tell_what_is_meant():
    for (level, option), why in sorted(MEANT.items()):
        print("# meant: level %d option %d, %s" % (level, option, why))


STATES = (("fresh", fresh), ("listening", listening),
          ("connected", connecting_side))
# What the core answers from the socket itself, and what depends on Twin.
SOL_OPTIONS = [2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 18, 20, 21, 29, 30,
               35, 36, 37, 38, 39, 40, 42, 44, 47, 60, 69]


def levels():
    compare("TCP", TCP, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 15, 16, 17] +
            list(range(18, 24)) + [25] + list(range(27, 40)) + [99],
            STATES)
    compare("IP", IP, [1, 2, 3, 4, 6, 7, 8, 10, 11, 12, 13, 14, 15, 19, 20, 21,
                       22, 23, 24, 25, 26, 32, 33, 34, 49, 50, 51, 99],
            STATES[:1] + STATES[2:])
    compare("socket", SOL, SOL_OPTIONS, STATES)
    compare("level 41", 41, [1, 26], STATES[:1])
    compare("level 17", socket.IPPROTO_UDP, [1, 103], STATES[:1])
    compare("level 255", 255, [1], STATES[:1])


# (name, level, number, value set, value read): what curl, nginx, Python, dig,
# iperf3 and redis set.
ROUND_TRIPS = (
    ("TCP_NODELAY", TCP, 1, 1, 1), ("TCP_MAXSEG", TCP, 2, 1000, 1000),
    ("TCP_CORK", TCP, 3, 1, 1), ("TCP_KEEPIDLE", TCP, 4, 60, 60),
    ("TCP_KEEPINTVL", TCP, 5, 7, 7), ("TCP_KEEPCNT", TCP, 6, 4, 4),
    ("TCP_SYNCNT", TCP, 7, 3, 3), ("TCP_LINGER2", TCP, 8, 20, 20),
    ("TCP_DEFER_ACCEPT", TCP, 9, 1, 1), ("TCP_WINDOW_CLAMP", TCP, 10, 40000,
                                         40000),
    ("TCP_USER_TIMEOUT", TCP, 18, 30000, 30000),
    ("TCP_NOTSENT_LOWAT", TCP, 25, 16384, 16384),
    ("TCP_INQ", TCP, 36, 1, 1),
    ("SO_KEEPALIVE", SOL, 9, 1, 1), ("SO_REUSEADDR", SOL, 2, 1, 1),
    ("SO_OOBINLINE", SOL, 10, 1, 1), ("SO_RCVBUF", SOL, 8, 65536, 131072),
    ("SO_SNDBUF", SOL, 7, 65536, 131072), ("SO_PRIORITY", SOL, 12, 4, 4),
    ("SO_MARK", SOL, 36, 77, 77), ("SO_RCVLOWAT", SOL, 18, 100, 100),
    ("SO_MAX_PACING_RATE", SOL, 47, 1000000, 1000000),
    ("IP_TOS", IP, 1, 0x28, 0x28), ("IP_TTL", IP, 2, 9, 9),
    ("IP_MTU_DISCOVER", IP, 10, 2, 2), ("IP_RECVERR", IP, 11, 1, 1),
    ("IP_FREEBIND", IP, 15, 1, 1), ("IP_TRANSPARENT", IP, 19, 1, 1),
    ("IP_BIND_ADDRESS_NO_PORT", IP, 24, 1, 1), ("IP_MINTTL", IP, 21, 1, 1))


def round_trips():
    for name, level, option, value, wanted in ROUND_TRIPS:
        made = US.socket()
        point_is("%s is kept" % name,
                 (outcome_of(made.setsockopt, level, option, value),
                  made.getsockopt(level, option)), ("OK", wanted))
    client, server = connected(US, KERNEL)
    for name, level, option, value, wanted in ROUND_TRIPS:
        if name in ("TCP_MAXSEG", "TCP_WINDOW_CLAMP", "SO_RCVLOWAT",
                    "IP_TRANSPARENT", "TCP_QUICKACK", "TCP_CORK"):
            continue
        point_is("%s is kept by a connection" % name,
                 (outcome_of(client.setsockopt, level, option, value),
                  client.getsockopt(level, option)), ("OK", wanted))
    client.send(b"still works")
    point_is("which works on", server.recv(100), b"still works")


def switches():
    """Those that cannot be told by reading them back."""
    made = US.socket()
    if ON_TWIN:
        point_is("SO_DOMAIN is the family",
                 made.getsockopt(SOL, 39), AF_OURS)
    for number, name in ((15, "SO_REUSEPORT"), (60, "SO_ZEROCOPY")):
        said = outcome_of(made.setsockopt, SOL, number, 1)
        if said == "EOPNOTSUPP" and ON_TWIN:
            skip("%s is kept" % name, "this kernel's core refuses it")
        else:
            point_is("%s is kept" % name, (said, made.getsockopt(SOL, number)),
                     ("OK", 1))
    point_is("SO_BINDTODEVICE",
             (outcome_of(made.setsockopt, SOL, socket.SO_BINDTODEVICE,
                         b"eth0\0"), made.getsockopt(SOL, 25, 16)),
             ("OK", b"eth0\0"))
    with KERNEL.listener() as listener:
        made.connect(listener.getsockname())
        server, _ = listener.accept()
    made.send(b"by the device")
    point_is("a socket of one device works", server.recv(100), b"by the device")
    client, server = connected(US, KERNEL)
    for value in (0, 1):
        client.setsockopt(TCP, socket.TCP_QUICKACK, value)
        point_is("TCP_QUICKACK %d is kept" % value,
                 client.getsockopt(TCP, socket.TCP_QUICKACK), value)
    point_is("TCP_MAXSEG of a connection is the segment size",
             client.getsockopt(TCP, socket.TCP_MAXSEG), 1448)


def congestion():
    """Names that the system offers, and those that it does not."""
    made = US.socket()
    point("TCP_CONGESTION has a name", made.getsockopt(
        TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0").isalnum())
    for name in (b"reno", b"cubic"):
        said = outcome_of(made.setsockopt, TCP, socket.TCP_CONGESTION, name)
        point_is("TCP_CONGESTION takes %s" % name.decode(),
                 (said, made.getsockopt(TCP, socket.TCP_CONGESTION, 16)
                  .rstrip(b"\0")), ("OK", name))
    point_is("and not what is not there",
             outcome_of(made.setsockopt, TCP, socket.TCP_CONGESTION, b"no-such"),
             "ENOENT")
    client, server = connected(US, KERNEL)
    attempt("a connection may change it",
            lambda: client.setsockopt(TCP, socket.TCP_CONGESTION, b"reno"))
    client.send(b"x")
    point_is("and works on", server.recv(1), b"x")


# struct tcp_info of <linux/tcp.h>: name, offset, format.
INFO = {name: (offset, form) for name, offset, form in (
    ("state", 0, "B"), ("ca_state", 1, "B"), ("retransmits", 2, "B"),
    ("options", 5, "B"), ("wscale", 6, "B"), ("rto", 8, "I"), ("ato", 12, "I"),
    ("snd_mss", 16, "I"), ("rcv_mss", 20, "I"), ("unacked", 24, "I"),
    ("lost", 32, "I"), ("retrans", 36, "I"), ("last_data_sent", 44, "I"),
    ("last_data_recv", 52, "I"), ("last_ack_recv", 56, "I"),
    ("pmtu", 60, "I"), ("rcv_ssthresh", 64, "I"),
    ("rtt", 68, "I"), ("rttvar", 72, "I"), ("snd_ssthresh", 76, "I"),
    ("snd_cwnd", 80, "I"), ("advmss", 84, "I"), ("reordering", 88, "I"),
    ("total_retrans", 100, "I"), ("bytes_acked", 120, "Q"),
    ("bytes_received", 128, "Q"), ("segs_out", 136, "I"),
    ("segs_in", 140, "I"), ("notsent", 144, "I"), ("min_rtt", 148, "I"),
    ("data_segs_in", 152, "I"), ("data_segs_out", 156, "I"),
    ("bytes_sent", 200, "Q"), ("bytes_retrans", 208, "Q"))}


def info_of(made):
    data = made.getsockopt(TCP, socket.TCP_INFO, 256)
    return {name: struct.unpack_from("=" + form, data, offset)[0]
            for name, (offset, form) in INFO.items()
            if offset + struct.calcsize(form) <= len(data)}


def tcp_info():
    point_is("TCP_INFO of a fresh socket", info_of(US.socket())["state"], 7)
    listener = US.listener(backlog=5)
    waiting = KERNEL.socket()
    waiting.connect(listener.getsockname())
    point_is("TCP_INFO of a listener tells its queue", await_equal(
        lambda: [info_of(listener)[name] for name in ("state", "unacked")],
        [10, 1]), [10, 1])
    client, server = connected(US, KERNEL)
    point("TCP_INFO: who has never had data counts from the start",
          info_of(client)["last_data_recv"] < 60000)
    data = os.urandom(50000)
    client.sendall(data)
    server.sendall(data[:3000])
    await_arrival(server, 50000)
    await_arrival(client, 3000)
    await_acked(client)
    info = info_of(client)
    for name, holds in (
            ("S2: state", info["state"] == 1),
            ("options", info["options"] & 7 == 7),
            ("window scales", info["wscale"]),
            ("snd_mss", info["snd_mss"] == 1448),
            ("advmss", info["advmss"] == 1448),
            ("pmtu", info["pmtu"] == 1500),
            ("S16: rtt", 0 < info["rtt"] < 30000000),
            ("S16: rttvar", info["rttvar"] < 30000000),
            ("min_rtt", 0 < info["min_rtt"] <= 30000000),
            ("S16: rto", 200000 <= info["rto"] <= 120000000),
            ("cwnd", info["snd_cwnd"] >= 2),
            ("last_ack_recv", info["last_ack_recv"] < 60000),
            ("bytes_acked", info["bytes_acked"] in (50000, 50001)),
            ("bytes_received", info["bytes_received"] == 3000),
            ("bytes_sent", info["bytes_sent"] >= 50000),
            ("segs_out", info["segs_out"] > 1),
            ("segs_in", info["segs_in"] > 1),
            ("data_segs_out", info["data_segs_out"] >= 2),
            ("data_segs_in", info["data_segs_in"] >= 1),
            ("unacked", info["unacked"] == 0),
            ("notsent", info["notsent"] == 0),
            ("rcv_ssthresh", info["rcv_ssthresh"] > 1448)):
        point("TCP_INFO: %s is sane" % name, holds, info)
    point_is("TCP_INFO is cut to the room there is",
             len(client.getsockopt(TCP, socket.TCP_INFO, 12)), 12)


def inq():
    client, server = connected(KERNEL, US)
    server.setsockopt(TCP, 36, 1)
    client.send(b"0123456789")
    await_arrival(server, 10)
    data, messages, _, _ = server.recvmsg(4, 64)
    point_is("TCP_INQ tells what is left", (data, messages),
             (b"0123", [(TCP, 36, struct.pack("i", 6))]))


set_up()
tell_what_is_meant()
run_tests((levels, round_trips, switches, congestion, tcp_info, inq))
finish()
