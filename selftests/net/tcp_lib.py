# SPDX-License-Identifier: GPL-2.0
"""For the stream tests: the two ends of a connection, on either stack, on top
of twin_lib.

Every test takes two sides, ours and a peer, and is run once for each peer: the
kernel's own stack (10.7.0.2) and another Twin (10.7.0.3), both in the right
namespace and on the same device.
"""
import array
import ctypes
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import threading
import time

import twin_lib
from twin_lib import (AF_OURS, ON_TWIN, OURS, PATIENCE, PEER, enter,
                      error_of, left, libc, make, prefix, right, run_tests)

OTHER = "10.7.0.3"
FIONREAD, SIOCOUTQ, SIOCATMARK, SIOCOUTQNSD = 0x541B, 0x5411, 0x8905, 0x894B

# poll()'s bits in the order in which they are named; EPOLLET and the like apart.
POLL_BITS = (("IN", 0x1), ("PRI", 0x2), ("OUT", 0x4), ("ERR", 0x8),
             ("HUP", 0x10), ("NVAL", 0x20), ("RDNORM", 0x40), ("RDBAND", 0x80),
             ("WRNORM", 0x100), ("WRBAND", 0x200), ("RDHUP", 0x2000))
ALL_BITS = sum(bit for _, bit in POLL_BITS)


class Side:
    """A stack in a namespace, with the address that it has there."""

    def __init__(self, name, namespace, family, address):
        self.name = name
        self.namespace = namespace
        self.family = family
        self.address = address

    def socket(self):
        """A socket that really blocks in the kernel, but not for ever."""
        enter(self.namespace)
        made = make(self.family, socket.SOCK_STREAM, 0)
        made.settimeout(None)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            made.setsockopt(socket.SOL_SOCKET, option,
                            struct.pack("ll", PATIENCE, 0))
        return made

    def bound(self, port=0, address=None):
        made = self.socket()
        made.bind((self.address if address is None else address, port))
        return made

    def listener(self, port=0, backlog=16, address=None, options=()):
        made = self.socket()
        for level, option, value in options:
            made.setsockopt(level, option, value)
        made.bind((self.address if address is None else address, port))
        made.listen(backlog)
        return made

    def closed_port(self):
        """An address where nobody listens."""
        with self.bound() as made:
            return made.getsockname()


US = Side("Twin", left, AF_OURS, OURS)
KERNEL = Side("kernel", right, socket.AF_INET, PEER)
ANOTHER = Side("Twin", right, AF_OURS, OTHER)
PEERS = (KERNEL, ANOTHER if ON_TWIN else KERNEL)


def set_up():
    twin_lib.set_up()
    if ON_TWIN:
        twin_lib.add_address(right, OTHER)


def run_against_peers(*tests):
    """Each test as US with every peer; the name of the peer is the prefix."""
    for peer in PEERS:
        prefix[0] = peer.name + ": "
        run_tests(tests, US, peer)
    prefix[0] = ""


def both_ways(us, peer):
    """The same with either side as the one that connects."""
    return (("to the peer", us, peer), ("from the peer", peer, us))


def connected(client_side, server_side, client_options=(), server_options=()):
    """A connection: the client's socket and the server's."""
    with server_side.listener(options=server_options) as listener:
        client = client_side.socket()
        for level, option, value in client_options:
            client.setsockopt(level, option, value)
        client.connect(listener.getsockname())
        server, _ = listener.accept()
    return client, server


#
# Waiting
#

def await_true(function, seconds=PATIENCE):
    """The first true value of the function, or its last value."""
    deadline = time.monotonic() + seconds
    while True:
        value = function()
        if value or time.monotonic() >= deadline:
            return value
        time.sleep(0.01)


def await_equal(function, wanted, seconds=PATIENCE):
    """The function's value as soon as it is the wanted one, else its last."""
    seen = []

    def look():
        seen[:] = [function()]
        return seen[0] == wanted

    await_true(look, seconds)
    return seen[0]


class Later(threading.Thread):
    """A call that runs meanwhile; outcome() waits for its value or errno."""

    def __init__(self, function, *arguments):
        super().__init__(daemon=True)
        self.function, self.arguments = function, arguments
        self.value = self.error = None
        self.start()

    def run(self):
        try:
            self.value = self.function(*self.arguments)
        except OSError as error:
            self.error = error.errno

    def outcome(self):
        self.join(PATIENCE)
        if self.is_alive():
            return "still waiting"
        return errno.errorcode[self.error] if self.error else self.value

    def sleeps(self):
        """Waits until the thread waits inside the kernel."""
        path = "/proc/self/task/%d/stat" % self.native_id

        def asleep():
            with open(path, encoding="ascii") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0] == "S"

        return await_true(asleep)


def in_child(function):
    """Runs in a process of its own; its exit status, negative for a signal."""
    pid = os.fork()
    if not pid:
        status = 99
        try:
            status = function() or 0
        except Exception as error:
            print("# in a child: %r" % error, flush=True)
        os._exit(status)
    status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status)


def restarted_recv(made, send):
    """What recv() returns in a process whose handler, with SA_RESTART, runs three
    times before send() is called here."""
    room = ctypes.create_string_buffer(10)
    counted, count = os.pipe()
    answer, told = os.pipe()
    pid = os.fork()
    if not pid:
        handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(lambda _: os.write(count, b"x") and None)
        libc.signal(signal.SIGALRM, handler)        # glibc's has SA_RESTART
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        result = call(libc.recv, made.fileno(), room, 10, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.write(told, str(result).encode())
        os._exit(0)
    got = 0
    while got < 3:
        got += len(os.read(counted, 3))
    send()
    said = os.read(answer, 100)
    os.waitpid(pid, 0)
    for one in (counted, count, answer, told):
        os.close(one)
    return int(said) if said.isdigit() else said


#
# Asking
#

def name_of(number):
    if number == errno.EOPNOTSUPP:
        return "EOPNOTSUPP"  # has another name as well
    return errno.errorcode.get(number, str(number)) if number else "OK"


def outcome_of(function, *arguments):
    """"OK" or the name of the errno."""
    return name_of(error_of(function, *arguments))


def at_once(made, function, *arguments):
    """outcome_of() a call that must not wait."""
    made.setblocking(False)
    try:
        return outcome_of(function, *arguments)
    finally:
        made.setblocking(True)


def call(function, *arguments):
    """A C function's result, or the name of its errno."""
    ctypes.set_errno(0)
    result = function(*arguments)
    return result if result >= 0 else name_of(ctypes.get_errno())


def text_of_bits(mask):
    return " ".join(name for name, bit in POLL_BITS if mask & bit)


def bits(made):
    """What poll() says of a socket now, all bits asked for."""
    poller = select.poll()
    poller.register(made, ALL_BITS)
    events = poller.poll(0)
    return text_of_bits(events[0][1]) if events else ""


def await_bits(made, wanted):
    return await_equal(lambda: bits(made), wanted)


def asked(made, request):
    """The number that an ioctl says."""
    answer = array.array("i", [-1])
    fcntl.ioctl(made, request, answer)
    return answer[0]


def await_arrival(made, count):
    """Waits until so many bytes can be read."""
    return await_equal(lambda: asked(made, FIONREAD), count)


def await_acked(made):
    """Waits until the peer has acknowledged all that was sent."""
    return await_equal(lambda: asked(made, SIOCOUTQ), 0)


def pending_error(made):
    return name_of(made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))


# Of struct tcp_info: how many segments were sent again
TCPI_TOTAL_RETRANS = 100


def info_word(made, offset):
    """A 32-bit number of struct tcp_info."""
    data = made.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    return struct.unpack_from("=I", data, offset)[0]


def receive_all(made, count=1 << 30):
    """Reads so many bytes, or up to the end."""
    parts, length = [], 0
    while length < count:
        part = made.recv(min(1 << 18, count - length))
        if not part:
            break
        parts.append(part)
        length += len(part)
    return b"".join(parts)


def fill(made):
    """Writes until the peer's window is closed and no more goes in; what was
    written. Nobody reads meanwhile."""
    written, data = bytearray(), os.urandom(1 << 16)

    def full():
        # an ACK of what is under way would make room behind our back
        under_way = asked(made, SIOCOUTQ) - asked(made, SIOCOUTQNSD)
        return not write_more() and not under_way

    def write_more():
        before = len(written)
        try:
            while True:
                written.extend(data[:made.send(data)])
        except BlockingIOError:
            return len(written) - before

    made.setblocking(False)
    await_true(full)
    made.setblocking(True)
    return bytes(written)


def address_struct(address, port=0, family=socket.AF_INET):
    """A struct sockaddr_in, for calls that Python would not make."""
    return struct.pack("=H", family) + struct.pack("!H", port) + \
        socket.inet_aton(address) + bytes(8)


def raw_name(made, function=libc.getsockname, room=16):
    """The bytes of an address and the length that the kernel says."""
    data = ctypes.create_string_buffer(b"\xaa" * 32, 32)
    length = ctypes.c_int(room)
    result = call(function, made.fileno(), data, ctypes.byref(length))
    return result if result else (data.raw[:min(room, 16)], length.value)
