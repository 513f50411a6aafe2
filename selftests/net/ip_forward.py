#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock debug
# timeout: 240
"""Twin as a router between two hosts that have the kernel's own stack: RFC 1812
section 5.2, with everything that a router says by ICMP. S21.

    host A 10.8.1.2 --- 10.8.1.1 router 10.8.2.1 --- 10.8.2.2 host B
"""
import errno
import hashlib
import os
import select
import socket
import struct
import subprocess
import threading
import time

from twin_lib import (AF_OURS, AF_TWIN, PATIENCE, ancillary, attempt, counters,
                      enter, finish, load_module, make, point, point_is, run,
                      run_tests, tear_down, tool)
import twin_lib
from wire_lib import checksum, ethernet, ipv4, mac_of, tcp

ONES = tuple("%s-%d" % (name, os.getpid()) for name in ("a", "router", "b"))
A, ROUTER, B = ONES
HOST_A, HOST_B, NEAR, FAR = "10.8.1.2", "10.8.2.2", "10.8.1.1", "10.8.2.1"
KERNELS_OWN = "10.8.1.9"
IP_OPTIONS, IP_RECVOPTS = 4, 6
IP_TTL, IP_RECVERR, IP_MTU_DISCOVER, MSG_ERRQUEUE = 2, 11, 10, 0x2000
DONT, DO = 0, 2
UNREACHABLE, TIME_EXCEEDED, REDIRECT = 3, 11, 5


def set_up_router():
    load_module()
    for name in ONES:
        run("ip", "netns", "add", name)
        run("ip", "-n", name, "link", "set", "lo", "up")
    for host, end, address, router in ((A, "a", HOST_A, NEAR), (B, "b", HOST_B, FAR)):
        run("ip", "-n", ROUTER, "link", "add", "to-" + end, "type", "veth",
            "peer", "name", "eth0", "netns", host)
        run("ip", "-n", ROUTER, "link", "set", "to-" + end, "up")
        run("ip", "-n", host, "link", "set", "eth0", "up")
        run("ip", "-n", host, "addr", "add", address + "/24", "dev", "eth0")
        run("ip", "-n", host, "route", "add", "default", "via", router)
        run(tool(AF_OURS), "-n", ROUTER, "addr", "add", router + "/24",
            "broadcast", "+", "dev", "to-" + end)
    run("ip", "-n", ROUTER, "addr", "add", KERNELS_OWN + "/24", "dev", "to-a")


def remove_router():
    for name in ONES:
        subprocess.run(["ip", "netns", "del", name], check=False)


def set_knob(name, value, family="twin" if AF_OURS == AF_TWIN else "ipv4"):
    enter(ROUTER)
    with open("/proc/sys/net/%s/%s" % (family, name), "w", encoding="ascii") as knob:
        knob.write("%d" % value)


def udp(host, address="0.0.0.0", port=0):
    enter(host)
    made = make(socket.AF_INET, socket.SOCK_DGRAM, 0)
    made.bind((address, port))
    return made


def error_of_send(made, to, length=10):
    """What the router says of a datagram: (errno, type, code, info, who)."""
    made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    made.sendto(b"x" * length, to)
    poller = select.poll()
    poller.register(made, 0)
    if not poller.poll(PATIENCE * 1000):
        return None
    _, messages, _, _ = made.recvmsg(2048, 512, MSG_ERRQUEUE)
    cmsg = ancillary(messages, socket.IPPROTO_IP, IP_RECVERR)
    err, _, kind, code, _, info, _ = struct.unpack_from("IBBBBII", cmsg)
    made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return err, kind, code, info, socket.inet_ntoa(cmsg[20:24])


def answered(host, address):
    enter(host)
    return subprocess.run(["ping", "-n", "-c", "1", "-W", str(PATIENCE), address],
                          stdout=subprocess.DEVNULL, check=False).returncode == 0


class Receiver:
    """A port of B's: what came there before the last word."""

    def __init__(self):
        self.socket = udp(B)
        self.port = self.socket.getsockname()[1]

    def until(self, word):
        heard = []
        while not heard or heard[-1] != word:
            heard.append(self.socket.recv(65536))
        return heard


def off_by_default():
    receiver, sender = Receiver(), udp(A)
    sender.sendto(b"lost", (HOST_B, receiver.port))
    attempt("the router itself is reached", lambda: answered(A, NEAR))
    set_knob("ip_forward", 1)
    sender.sendto(b"word", (HOST_B, receiver.port))
    point_is("nothing is forwarded unless net.twin.ip_forward is set",
             receiver.until(b"word"), [b"word"])


def to_and_fro():
    server, client = udp(B), udp(A)
    client.sendto(b"ask", (HOST_B, server.getsockname()[1]))
    data, address = server.recvfrom(10)
    point_is("a datagram arrives", (data, address[0]), (b"ask", HOST_A))
    server.sendto(b"answer", address)
    point_is("and its answer", client.recv(10), b"answer")
    attempt("ping works through it", lambda: answered(A, HOST_B))
    attempt("and the other way round", lambda: answered(B, HOST_A))
    attempt("its far address answers", lambda: answered(A, FAR))
    attempt("what is for the kernel's own stack stays the kernel's",
            lambda: answered(A, KERNELS_OWN))
    server.setsockopt(socket.IPPROTO_IP, 12, 1)     # IP_RECVTTL
    client.setsockopt(socket.IPPROTO_IP, IP_TTL, 9)
    client.sendto(b"hops", (HOST_B, server.getsockname()[1]))
    _, messages, _, _ = server.recvmsg(10, 100)
    point_is("it takes one hop off", struct.unpack("i", ancillary(
        messages, socket.IPPROTO_IP, IP_TTL))[0], 8)


def transfer(length=2 << 20, **options):
    """The same bytes arrive; options of the sender's socket."""
    enter(B)
    listener = make(socket.AF_INET, socket.SOCK_STREAM, 0)
    listener.bind(("0.0.0.0", 0))
    listener.listen(1)
    enter(A)
    sender = make(socket.AF_INET, socket.SOCK_STREAM, 0)
    for option, value in options.items():
        sender.setsockopt(socket.IPPROTO_IP, {"discover": IP_MTU_DISCOVER}[option],
                          value)
    sender.connect((HOST_B, listener.getsockname()[1]))
    receiver, _ = listener.accept()
    receiver.settimeout(PATIENCE)
    data = os.urandom(length)
    thread = threading.Thread(target=lambda: (sender.sendall(data),
                                              sender.shutdown(socket.SHUT_WR)))
    thread.start()
    heard = hashlib.sha256()
    while True:
        some = receiver.recv(1 << 16)
        if not some:
            break
        heard.update(some)
    thread.join()
    return heard.digest() == hashlib.sha256(data).digest()


def streams():
    attempt("TCP works through it", transfer)


def hops_run_out():
    sender = udp(A)
    sender.setsockopt(socket.IPPROTO_IP, IP_TTL, 1)
    point_is("a datagram without hops left is told of, by the near address",
             error_of_send(sender, (HOST_B, 9)),
             (errno.EHOSTUNREACH, TIME_EXCEEDED, 0, 0, NEAR))


def traced(*words):
    enter(A)
    done = subprocess.run(["traceroute", "-n", "-q", "1", "-w", "20", *words, HOST_B],
                          capture_output=True, text=True, check=False)
    return [line.split()[1] for line in done.stdout.splitlines()[1:]], done.stderr


def traceroute():
    for words in (), ("-I",):
        point_is("traceroute %s shows the way" % " ".join(words),
                 traced(*words), ([NEAR, HOST_B], ""))


def options_on_the_way(option, stamped=0):
    """The addresses that a datagram with that option has gathered when B gets it."""
    receiver, sender = udp(B), udp(A)
    receiver.setsockopt(socket.IPPROTO_IP, IP_RECVOPTS, 1)
    sender.setsockopt(socket.IPPROTO_IP, IP_OPTIONS, option)
    sender.sendto(b"way", (HOST_B, receiver.getsockname()[1]))
    _, messages, _, _ = receiver.recvmsg(10, 200)
    got = ancillary(messages, socket.IPPROTO_IP, IP_RECVOPTS)
    first, size = (4, 8) if stamped else (3, 4)
    end = got[2] - 1
    return [socket.inet_ntoa(got[at:at + 4]) for at in range(first, end, size)]


def options():
    """RFC 1812 4.2.2.1, 5.3.13: the address of the way out, not of the way in."""
    point_is("record route has the address that it leaves by",
             options_on_the_way(bytes((7, 19, 4)) + bytes(16) + b"\0"),
             [HOST_A, FAR, HOST_B])
    if AF_OURS == AF_TWIN:      # AF_INET has the address of the way in here
        point_is("and so has a timestamp with addresses",
                 options_on_the_way(bytes((68, 28, 5, 1)) + bytes(24), stamped=1),
                 [HOST_A, FAR, HOST_B])


def set_mtu(value):
    run("ip", "-n", ROUTER, "link", "set", "to-b", "mtu", str(value))
    run("ip", "-n", B, "link", "set", "eth0", "mtu", str(value))


def too_long():
    set_mtu(1300)
    receiver, sender = Receiver(), udp(A)
    sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, DONT)
    sender.sendto(b"L" * 1400, (HOST_B, receiver.port))
    point_is("what may be cut is cut", receiver.until(b"L" * 1400), [b"L" * 1400])
    attempt("big packets too, and each of their pieces",
            lambda: transfer(1 << 20, discover=DONT))
    sender = udp(A)
    sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, DO)
    point_is("what may not is told of, with what would fit",
             error_of_send(sender, (HOST_B, receiver.port), 1400),
             (errno.EMSGSIZE, UNREACHABLE, 4, 1300, NEAR))
    attempt("TCP finds that by itself", transfer)
    set_mtu(1500)


def kernels_broadcast():
    """What is for all hosts of the kernel's own subnet is the kernel's: nobody forwards
    a datagram that came as a broadcast of the link (RFC 1812 5.3.4)."""
    run("ip", "-n", ROUTER, "addr", "add", "10.88.0.9/24", "broadcast", "+", "dev", "to-a")
    run("ip", "-n", A, "addr", "add", "10.88.0.2/24", "broadcast", "+", "dev", "eth0")
    hearer, sender = udp(ROUTER), udp(A, "10.88.0.2")
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sender.sendto(b"to all", ("10.88.0.255", hearer.getsockname()[1]))
    point_is("a broadcast of the kernel's own subnet stays the kernel's",
             hearer.recvfrom(10), (b"to all", sender.getsockname()))


def no_way():
    for kind, code in ("unreachable", 1), ("prohibit", 13):
        run("twin", "-n", ROUTER, "route", "add", kind, "10.8.%d.0/24" % (10 + code))
        point_is("a route that is " + kind,
                 error_of_send(udp(A), ("10.8.%d.1" % (10 + code), 9)),
                 (errno.EHOSTUNREACH, UNREACHABLE, code, 0, NEAR))
    point_is("no route at all", error_of_send(udp(A), ("10.99.0.1", 9)),
             (errno.ENETUNREACH, UNREACHABLE, 0, 0, NEAR))
    point_is("a host that does not answer ARP",
             error_of_send(udp(A), ("10.8.2.77", 9)),
             (errno.EHOSTUNREACH, UNREACHABLE, 1, 0, NEAR))


def better_way():
    """10.8.3.0/24 is behind another router on A's own link. Who has laid down the
    route by himself is told nothing (RFC 1812 5.2.7.2)."""
    run("twin", "-n", ROUTER, "route", "add", "10.8.3.0/24", "via", "10.8.1.3")
    run("ip", "-n", A, "addr", "add", "10.8.1.3/24", "dev", "eth0")
    run("ip", "-n", A, "addr", "add", "10.8.3.3/32", "dev", "lo")
    enter(A)
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    raw.settimeout(PATIENCE)
    frame = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    frame.bind(("eth0", 0))
    source_route = struct.pack("!BBB4sx", 131, 7, 4, socket.inet_aton("10.8.3.7"))
    for destination, asked in ("10.8.3.8", source_route), ("10.8.3.9", b""):
        frame.send(ethernet(mac_of(A), mac_of(ROUTER, "to-a"), packet(
            HOST_A, destination, b"which way?", asked=asked)))
    while True:
        data = raw.recv(2048)
        if data[20] == REDIRECT:
            break
    point_is("who could have gone there by himself is told so",
             (data[21], socket.inet_ntoa(data[24:28]), socket.inet_ntoa(data[44:48])),
             (1, "10.8.1.3", "10.8.3.9"))


def packet(source, destination, payload=b"bad", port=9, ttl=64, asked=b""):
    """A UDP datagram without a checksum; asked: IP options."""
    data = struct.pack("!HHHH", 9, port, 8 + len(payload), 0) + payload
    header = struct.pack("!BBHHHBBH4s4s", 0x45 + len(asked) // 4, 0,
                         20 + len(asked) + len(data), 1, 0, ttl, 17, 0,
                         socket.inet_aton(source), socket.inet_aton(destination)) + asked
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + data


def unfit():
    receiver = Receiver()
    enter(A)
    frame = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    frame.bind(("eth0", 0))
    router, own = mac_of(ROUTER, "to-a"), mac_of(A)
    before, address_errors = (counters(ROUTER)[name]
                              for name in ("IpForwDatagrams", "IpInAddrErrors"))
    sources = (NEAR, FAR, "127.0.0.1", "0.0.0.0", "224.0.0.5", "255.255.255.255",
               "10.8.1.255", "10.8.2.255", "240.0.0.1", "169.254.1.1")
    for source in sources:
        frame.send(ethernet(own, router, packet(source, HOST_B, port=receiver.port)))
    for destination in "10.8.2.255", "127.0.0.1", "0.0.0.9", "240.0.0.1", "169.254.1.1":
        frame.send(ethernet(own, router, packet(HOST_A, destination,
                                                port=receiver.port)))
    for mac in b"\xff" * 6, bytes.fromhex("01005e000001"):
        frame.send(ethernet(own, mac, packet(HOST_A, HOST_B, port=receiver.port)))
    frame.send(ethernet(own, router, packet(HOST_A, HOST_B, b"good", receiver.port)))
    point_is("nothing of a false source, to nobody, or sent to all is forwarded",
             receiver.until(b"good"), [b"good"])
    after = counters(ROUTER)
    point_is("and so it is counted", after["IpForwDatagrams"], before + 1)
    # and two of the destinations; what begins with 0 or 127 is left to the kernel
    point("each false source, too", after["IpInAddrErrors"] >= address_errors + len(sources) + 2,
          "%d errors more" % (after["IpInAddrErrors"] - address_errors))


def answers_to_all():
    """Who claims to be all hosts of one link, on another one, is not answered."""
    everybody = "10.8.2.255"
    receiver = Receiver()
    enter(B)
    heard = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    heard.bind(("eth0", 0x0800))
    enter(A)
    frame = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    frame.bind(("eth0", 0))
    router, own = mac_of(ROUTER, "to-a"), mac_of(A)
    echo = struct.pack("!BBHHH", 8, 0, 0, 7, 1)
    echo = echo[:2] + struct.pack("!H", checksum(echo)) + echo[4:]
    for data in (ipv4(everybody, NEAR, echo, socket.IPPROTO_ICMP),
                 packet(everybody, NEAR),
                 ipv4(everybody, NEAR, tcp(everybody, NEAR, 9, 9, flags="S")),
                 packet(HOST_A, HOST_B, b"good", receiver.port)):
        frame.send(ethernet(own, router, data))
    answers, data = [], b""
    while not data.endswith(b"good"):
        data = heard.recv(65536)
        if data[30:34] == socket.inet_aton(everybody):
            answers.append(data[23])
    point_is("a source that is all hosts of another link gets no answer", answers, [])


def redirect_refused():
    """A router finds its ways by itself, whatever others tell it."""
    set_knob("accept_redirects", 1)
    enter(B)
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    quote = packet(FAR, "10.8.9.9")[:28]
    message = struct.pack("!BBH4s", REDIRECT, 1, 0, socket.inet_aton("10.8.2.9")) + quote
    message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
    before = counters(ROUTER)["TwinDropIcmpIgnored"]
    enter(B)
    raw.sendto(message, (FAR, 0))
    attempt("it is there", lambda: answered(B, FAR))
    point_is("a redirect to a router is ignored",
             counters(ROUTER)["TwinDropIcmpIgnored"], before + 1)


def off_again():
    set_knob("ip_forward", 0)
    receiver, sender = Receiver(), udp(A)
    sender.sendto(b"lost", (HOST_B, receiver.port))
    attempt("off again: the router itself is reached", lambda: answered(A, NEAR))
    set_knob("ip_forward", 1)
    sender.sendto(b"word", (HOST_B, receiver.port))
    point_is("and nothing else", receiver.until(b"word"), [b"word"])


set_up_router()
set_knob("icmp_ratelimit", 0)
ON_ANY = [off_by_default, to_and_fro, streams, hops_run_out, traceroute, options,
          too_long]
ON_TWIN = [kernels_broadcast, no_way, better_way, unfit, answers_to_all,
           redirect_refused, off_again]
run_tests(ON_ANY + (ON_TWIN if AF_OURS == AF_TWIN else []))
remove_router()
twin_lib.tear_down = lambda: None
finish()
