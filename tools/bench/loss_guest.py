#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""loss_guest.py CELL SECONDS: inside the machine whose idle time is free, flows
through a path with a rate, a length and losses, Twin's and the kernel's own.

Between client and server, which have addresses of both stacks, a bridge delays,
loses and queues packets. Writes a line of JSON for each flow to
$TWIN_OUT/flows-CELL.
"""
import ctypes
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time

from loss_cells import Cell

FAMILIES = {"twin": 18, "inet": socket.AF_INET}
SERVER = {"twin": "10.8.0.12", "inet": "10.8.0.2"}
PIECE = 1 << 18
# A lossy path says little in one minute, and takes little to ask again.
ENOUGH_BYTES, MOST_ROUNDS, LEAST_ROUNDS = 100 << 20, 8, 3

SECONDS = int(sys.argv[2])
libc = ctypes.CDLL(None, use_errno=True)


def run(words):
    subprocess.run(words.split(), check=True, stdout=subprocess.DEVNULL)


def enter(namespace):
    with open("/run/netns/" + namespace, "rb") as file:
        if libc.setns(file.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")


def build(cell):
    """New namespaces for each flow: no stack remembers anything of the last."""
    for namespace in "client", "path", "server":
        run("ip netns add " + namespace)
    run("ip -n path link add bridge type bridge")
    run("ip -n path link set bridge up")
    for number, end in enumerate(("client", "server"), 1):
        run("ip -n %s link add eth0 type veth peer name %s netns path" % (end, end))
        # Frames of one packet, as a line carries them.
        run("ip netns exec %s ethtool -K eth0 tso off gro off" % end)
        run("ip netns exec path ethtool -K %s tso off gro off" % end)
        run("ip -n %s link set eth0 up" % end)
        run("ip -n path link set %s master bridge up" % end)
        run("ip -n %s addr add 10.8.0.%d/24 dev eth0" % (end, number))
        run("twin -n %s addr add 10.8.0.%d/24 dev eth0" % (end, number + 10))
    run("tc -n path qdisc add dev server root handle 1: netem " + cell.netem(True))
    run("tc -n path qdisc add dev server parent 1:1 handle 2: tbf " + cell.bucket())
    run("tc -n path qdisc add dev client root handle 1: netem " + cell.netem(False))


def demolish():
    for namespace in "client", "path", "server":
        run("ip netns del " + namespace)


def stream(family):
    fd = libc.socket(FAMILIES[family], socket.SOCK_STREAM | socket.SOCK_CLOEXEC, 0)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "socket")
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=fd)


class Flow:
    """As much as gets through in the time."""

    def __init__(self, sender, receiver, port):
        self.bytes, self.names = 0, (sender, receiver)
        enter("server")
        listener = stream(receiver)
        listener.bind((SERVER[receiver], port))
        listener.listen()
        enter("client")
        self.sender = stream(sender)
        self.sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        self.sender.connect((SERVER[receiver], port))
        self.receiver = listener.accept()[0]
        listener.close()

    def start(self):
        self.end = time.monotonic() + SECONDS
        self.threads = [threading.Thread(target=work) for work in (self.send, self.receive)]
        for thread in self.threads:
            thread.start()

    def send(self):
        piece = bytes(PIECE)
        try:
            while True:
                self.sender.send(piece)
        except OSError:
            pass

    def receive(self):
        piece = bytearray(PIECE)
        while True:
            left = self.end - time.monotonic()
            if left < 0.02:
                break
            self.receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack(
                "ll", int(left), int(left % 1 * 10**6)))
            try:
                self.bytes += self.receiver.recv_into(piece, PIECE, socket.MSG_WAITALL)
            except BlockingIOError:
                pass
        self.info = self.sender.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
        self.receiver.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.receiver.close()
        self.sender.shutdown(socket.SHUT_RDWR)

    def result(self):
        for thread in self.threads:
            thread.join()
        self.sender.close()
        sent, retransmitted = struct.unpack_from("QQ", self.info, 200)
        return {"seconds": SECONDS, "sender": self.names[0], "receiver": self.names[1],
                "bytes": self.bytes, "sent": sent, "retransmitted": retransmitted,
                "rtt_us": struct.unpack_from("I", self.info, 68)[0]}


def transfer(cell, *pairs):
    build(cell)
    flows = [Flow(*pair, 5000 + number) for number, pair in enumerate(pairs)]
    for flow in flows:
        flow.start()
    results = [flow.result() for flow in flows]
    demolish()
    return results


def work(cell):
    if cell.shared_by:
        yield transfer(cell, *((family, "inet") for family in cell.shared_by))
        return
    done = 0
    for number in range(MOST_ROUNDS if cell.is_random else 1):
        if number >= LEAST_ROUNDS and done >= ENOUGH_BYTES:
            return
        for pair in ("inet", "inet"), ("twin", "inet"), ("inet", "twin"):
            flows = transfer(cell, pair)
            done += flows[0]["bytes"]
            yield flows


def main():
    cell, out = Cell(sys.argv[1]), os.environ["TWIN_OUT"]
    os.environ["PATH"] = out + "/bin:" + os.environ["PATH"]
    run("insmod %s/bin/twin.ko" % out)
    with open("%s/flows-%s" % (out, cell.name), "w", encoding="ascii") as file:
        for flows in work(cell):
            file.write(json.dumps(flows) + "\n")
            file.flush()


main()
