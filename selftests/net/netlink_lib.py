# SPDX-License-Identifier: GPL-2.0
"""One netlink message and its answer."""
import socket
import struct

import twin_lib

REQUEST, ACK, DUMP, CREATE = 1, 4, 0x300, 0x400
DIAG = 4            # NETLINK_SOCK_DIAG
PATIENCE = 20


def attribute(kind, data):
    return struct.pack("=HH", len(data) + 4, kind) + \
        data.ljust(-(-len(data) // 4) * 4, b"\0")


def ask(kind, flags, body, attributes=(), protocol=0):
    """Sends it; raises the error that is answered."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol) as door:
        door.settimeout(PATIENCE)
        body += b"".join(attribute(*each) for each in attributes)
        door.send(struct.pack("=IHHII", 16 + len(body), kind,
                              flags | REQUEST, 1, 0) + body)
        while True:
            answer = door.recv(1 << 16)
            while len(answer) >= 16:
                length, said = struct.unpack_from("=IH", answer)
                if said in (2, 3):
                    number = -struct.unpack_from("=i", answer, 16)[0]
                    if number:
                        raise OSError(number, "netlink")
                    return
                answer = answer[-(-length // 4) * 4:]


def address_body(prefix, device="eth0", family=twin_lib.AF_TWIN):
    return struct.pack("=BBBBi", family, prefix, 0, 0,
                       socket.if_nametoindex(device))


def route_body(prefix, family=twin_lib.AF_TWIN):
    """A route of the main table."""
    return struct.pack("=BBBBBBBBI", family, prefix, 0, 0, 254, 4, 0, 1, 0)


def neighbour_body(device="eth0", state=0x80, family=twin_lib.AF_TWIN):
    return struct.pack("=BBHiHBB", family, 0, 0,
                       socket.if_nametoindex(device), state, 0, 0)
