# SPDX-License-Identifier: GPL-2.0
"""Reads a socket's flight recorder: struct twin_record of uapi/linux/twin.h."""
import ctypes
import os
import struct
import sys
from collections import namedtuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../net"))
from twin_lib import libc  # noqa: E402

SOL_TWIN = 18
TWIN_RECORD = 0x1801
EVENTS = 64

IN, OUT, DROP, STATE, TIMER_SET, TIMER_FIRED, WINDOW, CWND, CALL, STALL = range(
    1, 11)
(RETRANSMIT, LOSS_PROBE, REORDER, PERSIST, DELAYED_ACK, KEEPALIVE, FIN_WAIT_2,
 SYNACK) = range(8)
(C_SOCKET, C_BIND, C_CONNECT, C_LISTEN, C_ACCEPT, C_SEND, C_RECV, C_SHUTDOWN,
 C_CLOSE) = range(9)
(W_NOTHING, W_HANDSHAKE, W_CONNECTION, W_ACCEPT, W_WINDOW, W_CWND, W_NAGLE,
 W_CORK, W_PACE, W_DEVICE, W_ACK, W_LOST, W_READER, W_CLOSE, W_PEER_CLOSE,
 W_ANYBODY) = range(16)
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
AGAIN = 1  # in detail of a segment

HEAD = struct.Struct("=IIQI4BI4B16I15IB99x")
EVENT = struct.Struct("=QIBBH4I")
FIELDS = ("bytes count now_ns total protocol state waiting on timers_set "
          "retransmits backoff probes snd_wscale").split()
NUMBERS = ("iss irs snd_una snd_nxt write_seq snd_wnd rcv_nxt copied_seq "
           "rcv_wnd cwnd ssthresh in_flight srtt_us rto_us mss").split()
Record = namedtuple("Record", FIELDS + ["timer_ms"] + NUMBERS +
                    ["rcv_wscale", "events"])
Event = namedtuple("Event", "time_ns number kind what detail value")


def start(made, on=1):
    made.setsockopt(SOL_TWIN, TWIN_RECORD, on)


def read_bytes(made, room=HEAD.size + EVENTS * EVENT.size):
    """What getsockopt() gives; Python's own takes 1024 bytes at most."""
    buffer = ctypes.create_string_buffer(max(room, 1))
    length = ctypes.c_uint(room)
    if libc.getsockopt(made.fileno(), SOL_TWIN, TWIN_RECORD, buffer,
                       ctypes.byref(length)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return buffer.raw[:length.value]


def read(made):
    data = read_bytes(made)
    head = HEAD.unpack_from(data)
    events = []
    for i in range(head[1]):
        fields = EVENT.unpack_from(data, head[0] + i * EVENT.size)
        events.append(Event(*fields[:5], fields[5:]))
    return Record(*head[:13], head[13:29], *head[29:45], events)


def events_of(made, kind, what=None):
    return [event for event in read(made).events
            if event.kind == kind and what in (None, event.what)]


def deadlines(segment):
    """The deadlines set with a segment, and milliseconds until the first."""
    return ({timer for timer in range(8) if segment.detail >> 8 & 1 << timer},
            segment.value[3] >> 16)


def drop_names():
    """The names of the reasons, in the order of their numbers."""
    with open("/proc/thread-self/net/twin/netstat", encoding="ascii") as text:
        for line in text:
            if line.startswith("TwinDrop:"):
                return line.split()[1:]
    return []
