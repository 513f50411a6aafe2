#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""loss_guest.py CELL SECONDS ROUNDS: inside the machine whose idle time is free,
flows through a path with a rate, a length and losses, Twin's and the kernel's own,
in that many rounds at most.

Between client and server, which have addresses of both stacks, two bridges delay,
lose and queue packets. Writes a line of JSON for each flow to $TWIN_OUT/flows-CELL.
"""
import ctypes
import json
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time

from loss_cells import Cell, error_of_mean

FAMILIES = {"twin": 18, "inet": socket.AF_INET}
SERVER = {"twin": "10.8.0.12", "inet": "10.8.0.2"}
PIECE = 1 << 18
BPF_SYSCALL, BPF_PROG_LOAD, BPF_LINK_CREATE = 321, 5, 28
BPF_PROG_TYPE_XDP, BPF_XDP, XDP_PASS = 6, 37, 2
# A lossy path says little in one minute, and takes little to ask again: so often
# that the standard errors of the means are small, or the packets are too many.
LEAST_ROUNDS, ROUND_BYTES = 3, 300 << 20
SMALL_ERROR, SMALL_ERROR_AGAIN = 0.012, 0.08

SECONDS, MOST_ROUNDS = map(int, sys.argv[2:4])
libc = ctypes.CDLL(None, use_errno=True)


def run(words):
    subprocess.run(words.split(), check=True, stdout=subprocess.DEVNULL)


def enter(namespace):
    with open("/run/netns/" + namespace, "rb") as file:
        if libc.setns(file.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")


def build(cell):
    """New namespaces for each flow: no stack remembers anything of the last. What
    the client sends goes by the port "client", then "far", which has the line's
    length, to "near", and by the port "server", which has its rate."""
    for namespace in "client", "path", "server":
        run("ip netns add " + namespace)
    run("ip -n path link add far type veth peer name near")
    for number, (end, inner) in enumerate((("client", "far"), ("server", "near")), 1):
        run("ip -n %s link add eth0 type veth peer name %s netns path" % (end, end))
        run("ip -n path link add bridge%d type bridge" % number)
        run("ip -n path link set bridge%d up" % number)
        # Frames of one packet, as a line carries them.
        run("ip netns exec %s ethtool -K eth0 tso off gro off" % end)
        for port in end, inner:
            run("ip netns exec path ethtool -K %s tso off gro off" % port)
            run("ip -n path link set %s master bridge%d up" % (port, number))
        run("ip -n %s link set eth0 up" % end)
        run("ip -n %s addr add 10.8.0.%d/24 dev eth0" % (end, number))
        run("twin -n %s addr add 10.8.0.%d/24 dev eth0" % (end, number + 10))
    run("tc -n path qdisc add dev far root netem " + cell.netem(True))
    run("tc -n path qdisc add dev client root netem " + cell.netem(False))
    if cell.police():
        run("tc -n path qdisc add dev near clsact")
        run("tc -n path filter add dev near ingress matchall action police " + cell.police())
    else:
        run("tc -n path qdisc add dev server root tbf " + cell.bucket())
    return copying("client", "server")


def demolish(links):
    for link in links:
        os.close(link)
    for namespace in "client", "path", "server":
        run("ip netns del " + namespace)


def bpf(command, *words):
    """Of the 64 bit words of its argument most are two numbers of 32."""
    argument = b"".join(words)
    done = libc.syscall(BPF_SYSCALL, command, argument, len(argument))
    if done < 0:
        raise OSError(ctypes.get_errno(), "bpf")
    return done


def copying(*ports):
    """A veth hands over the very packet that the sender keeps a reference to, so
    that AF_INET knows what is still under way and does not send it again. A device
    with an XDP program, of "return XDP_PASS" here, copies it. Returns descriptors
    that keep the program where it is."""
    enter("path")
    code = ctypes.create_string_buffer(bytes([0xb7, 0, 0, 0, XDP_PASS, 0, 0, 0,
                                              0x95, 0, 0, 0, 0, 0, 0, 0]), 16)
    license_name = ctypes.create_string_buffer(b"GPL")
    program = bpf(BPF_PROG_LOAD, struct.pack("II", BPF_PROG_TYPE_XDP, 2),
                  struct.pack("QQ", ctypes.addressof(code), ctypes.addressof(license_name)))
    links = [bpf(BPF_LINK_CREATE, struct.pack("IIII", program, socket.if_nametoindex(port),
                                              BPF_XDP, 0)) for port in ports]
    return [program] + links


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

    def begin(self, number):
        """Another way in each round, the same for all pairs in it: a little data
        ahead, and a pause, so that the flow finds window, bucket and clock in
        another state. What comes of one loss decides when the next one is."""
        chance = random.Random(number)
        piece = bytes(chance.randrange(1, 64 << 10))
        self.sender.sendall(piece)
        self.receiver.recv(len(piece), socket.MSG_WAITALL)
        time.sleep(chance.uniform(0, 0.05))

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


def transfer(cell, pairs, number=0):
    links = build(cell)
    flows = [Flow(*pair, 5000 + index) for index, pair in enumerate(pairs)]
    if cell.begins_anew:
        for flow in flows:
            flow.begin(number)
    for flow in flows:
        flow.start()
    results = [flow.result() for flow in flows]
    demolish(links)
    return results


def work(cell):
    if cell.shared_by:
        yield transfer(cell, [(family, "inet") for family in cell.shared_by])
        return
    rounds = {}
    for number in range(MOST_ROUNDS if cell.is_random else 1):
        if number >= LEAST_ROUNDS and enough(rounds.values()):
            return
        for pair in ("inet", "inet"), ("twin", "inet"), ("inet", "twin"):
            flows = transfer(cell, [pair], number)
            rounds.setdefault(pair, []).append(flows[0])
            yield flows


def settled(flows):
    return (error_of_mean([flow["bytes"] for flow in flows]) < SMALL_ERROR and
            error_of_mean([flow["retransmitted"] for flow in flows]) < SMALL_ERROR_AGAIN)


def enough(sides):
    return (sum(flow["bytes"] for flows in sides for flow in flows) >
            MOST_ROUNDS * ROUND_BYTES or all(map(settled, sides)))


def main():
    cell, out = Cell(sys.argv[1]), os.environ["TWIN_OUT"]
    os.environ["PATH"] = out + "/bin:" + os.environ["PATH"]
    run("insmod %s/bin/twin.ko" % out)
    with open("%s/flows-%s" % (out, cell.name), "w", encoding="ascii") as file:
        for flows in work(cell):
            file.write(json.dumps(flows) + "\n")
            file.flush()


main()
