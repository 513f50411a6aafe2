# SPDX-License-Identifier: GPL-2.0
"""The application's side of a sequence: system calls, and what they said.

A step is "[NAME:] VERB WORDS...". NAME is the socket's, "s" when it is not
said. Every call goes to the C library as it is, so that absurd arguments reach
the kernel, and its result is text: a number, or the name of the errno, then
signals that came meanwhile. Sockets do not block, unless made so.

    socket TYPE [PROTOCOL] [blocking]   TYPE: stream dgram ping raw ...
    bind ADDRESS    connect ADDRESS     listen N    accept [NAME] [FLAGS]
    send N [FLAGS]  sendto ADDRESS N [FLAGS]        write N
    sendmsg ADDRESS N FLAGS [LEVEL.TYPE=HEX...]     "-": no address
    recv N [FLAGS]  recvfrom N [FLAGS]  recvmsg N [FLAGS] [room=N]  read N
    shutdown RD|WR|RDWR|N               close
    poll            the bits of poll(), all of them asked for
    edges           what an edge-triggered epoll has told since last asked
    wait BITS       poll() until one of them is there
    name [N]        peername [N]        getsockname(), with so much room
    set OPTION VALUE [len=N]            VALUE: a number, x and hex, 'text, null
    get OPTION [len=N]                  also len=null, value=null
    ioctl NAME      error (SO_ERROR)    info (TCP_INFO: what must agree)
    ss [-NAME] [NAME>=N]    all that ss shows of it, without NAME; see shown
    nobody STEP     the same without any privilege
    interrupted STEP    a signal comes while the call waits
    fill            writes until no more goes in

An ADDRESS is HOST:PORT of the sets below, HOST alone for the sequence's own
port; "+len=N", "+family=N" and "+null" spoil it.
"""
import ctypes
import os
import select
import signal
import socket
import struct
import zlib

from . import names, shown

libc = ctypes.CDLL(None, use_errno=True)
PATIENCE = 20
PEER_PORT = 40000
NOBODY = 65534
HOSTS = {"any": "0.0.0.0", "loop": "127.0.0.1", "loop2": "127.9.9.9",
         "bcast": "255.255.255.255", "subnet": "10.9.255.255",
         "group": "224.5.6.7", "foreign": "10.8.0.1", "away": "192.0.2.1",
         "zero": "0.1.2.3", "reserved": "240.1.2.3"}

# struct tcp_info: field, offset, format. Only what does not depend on time.
INFO = (("options", 5, "B"), ("wscale", 6, "B"), ("snd_mss", 16, "I"),
        ("unacked", 24, "I"), ("sacked", 28, "I"),
        ("pmtu", 60, "I"), ("snd_ssthresh", 76, "I"), ("snd_cwnd", 80, "I"),
        ("advmss", 84, "I"), ("reordering", 88, "I"), ("bytes_acked", 120, "Q"),
        ("bytes_received", 128, "Q"), ("segs_in", 140, "I"),
        ("notsent_bytes", 144, "I"), ("data_segs_in", 152, "I"),
        ("delivered_ce", 196, "I"), ("snd_wnd", 228, "I"))

raised = []


class Msghdr(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint),
                ("iov", ctypes.c_void_p), ("iovlen", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t),
                ("flags", ctypes.c_int)]


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


def note_signals():
    """Signals are part of what a call says; Python's own handler for SIGINT
    stays."""
    for number in (signal.SIGPIPE, signal.SIGURG, signal.SIGIO):
        signal.signal(number, lambda number, _: raised.append(
            signal.Signals(number).name))
    signal.signal(signal.SIGALRM, lambda *_: None)


def data_of(length, ping=False):
    data = bytes(range(256)) * (length // 256) + bytes(range(length % 256))
    return (b"\x08" + bytes(7) + data[8:])[:length] if ping else data


class Application:
    """The sockets of one sequence, by name."""

    def __init__(self, family, port, us, peer):
        self.family, self.port = family, port
        self.hosts = dict(HOSTS, us=us, peer=peer)
        self.fds, self.edge = {}, {}
        self.idents = False  # ports are the identifiers of pings

    def end(self):
        for name in list(self.fds):
            fd = self.fds[name]
            libc.setsockopt(fd, 1, 13, struct.pack("ii", 1, 0), 8)
            self.do_close(name)

    def data(self, length):
        return data_of(length, self.idents)

    # Words

    def address(self, word):
        """A struct sockaddr as bytes, and the length to be said of it."""
        word, *spoilt = word.split("+")
        if word == "unspec":
            made = bytes(16)
        else:
            host, _, port = word.partition(":")
            number = PEER_PORT if host == "peer" else self.port
            made = struct.pack("=H", socket.AF_INET) + struct.pack(
                "!H", int(port) if port else number) + \
                socket.inet_aton(self.hosts.get(host, host)) + bytes(8)
        length = len(made)
        for word in spoilt:
            key, _, value = word.partition("=")
            if key == "len":
                length = int(value)
                made = made.ljust(max(length, 0), b"\0")
            elif key == "family":
                made = struct.pack("=H", int(value)) + made[2:]
            elif key == "null":
                made = None
        return made, length

    def address_text(self, raw):
        if len(raw) < 8:
            return "%d bytes" % len(raw)
        family, = struct.unpack_from("=H", raw)
        port, = struct.unpack_from("!H", raw, 2)
        host = socket.inet_ntoa(raw[4:8])
        host = {value: key for key, value in self.hosts.items()}.get(host, host)
        if port == (PEER_PORT if host == "peer" else self.port) and \
                not self.idents:
            port = ""
        elif port and self.idents and host != "peer":
            port = ":ident"  # chosen by the stack, from all numbers
        elif 32768 <= port <= 60999 and port != PEER_PORT:
            port = ":ephemeral"
        else:
            port = ":%d" % port
        return "%s%s%s" % ("" if family == 2 else "family %d " % family, host,
                           port)

    @staticmethod
    def value(word, name):
        """An option's value as bytes, None for no pointer."""
        if word == "null":
            return None
        if word[0] == "x":
            return bytes.fromhex(word[1:])
        if word[0] == "'":
            return word[1:].encode()
        if "," in word:
            form = "l" if "TIMEO" in name else "i"
            return b"".join(struct.pack(form, int(part))
                            for part in word.split(","))
        return struct.pack("=q" if name == "SO_MAX_PACING_RATE8" else "=I",
                           int(word, 0) % 2**32)

    # Results

    @staticmethod
    def said(result):
        """Of a call that has just returned."""
        return str(result) if result >= 0 else \
            names.error_name(ctypes.get_errno())

    def run(self, step):
        """One step; what it said."""
        name, colon, rest = step.partition(":")
        if colon and name.isalnum() and rest.startswith(" "):
            step = rest.strip()
        else:
            name = "s"
        verb, *words = step.split()
        if name not in self.fds and not verb.startswith("socket") and \
                verb not in ("nobody", "interrupted"):
            return "no socket"
        said = getattr(self, "do_" + verb)(name, *words)
        if raised:
            said += " " + "+".join(sorted(set(raised)))
            raised.clear()
        return said

    def keep(self, name, fd):
        self.fds[name] = fd
        self.edge[name] = select.epoll()
        self.edge[name].register(fd, select.EPOLLET | names.ALL_BITS)
        return "ok"

    # Calls

    def do_socket(self, name, kind, *words):
        number, protocol = names.TYPES[kind]
        self.idents = kind == "ping"
        blocking = "blocking" in words
        rest = [word for word in words if word != "blocking"]
        if rest:
            protocol = int(rest[0])
        fd = libc.socket(self.family, number | socket.SOCK_CLOEXEC |
                         (0 if blocking else socket.SOCK_NONBLOCK), protocol)
        return self.keep(name, fd) if fd >= 0 else self.said(fd)

    def do_socketpair(self, _, kind):
        pair = (ctypes.c_int * 2)()
        return self.said(libc.socketpair(self.family, names.TYPES[kind][0],
                                         names.TYPES[kind][1], pair))

    def do_bind(self, name, word):
        made, length = self.address(word)
        return self.said(libc.bind(self.fds[name], made, length))

    def do_connect(self, name, word):
        made, length = self.address(word)
        return self.said(libc.connect(self.fds[name], made, length))

    def do_listen(self, name, backlog):
        return self.said(libc.listen(self.fds[name], int(backlog)))

    def do_accept(self, name, into="c", *flags):
        raw, length = ctypes.create_string_buffer(64), ctypes.c_uint(64)
        fd = libc.accept4(self.fds[name], raw, ctypes.byref(length),
                          int(flags[0], 0) if flags else socket.SOCK_NONBLOCK)
        if fd < 0:
            return self.said(fd)
        self.keep(into, fd)
        return "ok, from " + self.address_text(raw[:length.value])

    def do_send(self, name, length, flags="0"):
        length = int(length)
        return self.said(libc.send(self.fds[name], self.data(length),
                                   ctypes.c_size_t(length),
                                   names.bits(flags, names.FLAGS)))

    def do_sendto(self, name, word, length, flags="0"):
        made, room = self.address(word)
        length = int(length)
        return self.said(libc.sendto(
            self.fds[name], self.data(length), ctypes.c_size_t(length),
            names.bits(flags, names.FLAGS), made, room))

    def do_sendnull(self, name, length):
        """From an address that is not mapped."""
        return self.said(libc.send(self.fds[name], None,
                                   ctypes.c_size_t(int(length)), 0))

    def do_write(self, name, length):
        length = int(length)
        return self.said(libc.write(self.fds[name], self.data(length),
                                    ctypes.c_size_t(length)))

    def do_sendmsg(self, name, word, length, flags="0", *controls):
        message, keep = Msghdr(), []
        if word != "-":
            made, message.namelen = self.address(word)
            keep.append(ctypes.create_string_buffer(made, len(made)))
            message.name = ctypes.addressof(keep[-1])
        length = int(length)
        data = ctypes.create_string_buffer(self.data(length), max(length, 1))
        vector = Iovec(ctypes.addressof(data), length)
        message.iov, message.iovlen = ctypes.addressof(vector), 1
        control = b""
        for each in controls:
            place, _, value = each.partition("=")
            level, kind = map(int, place.split("."))
            value, _, claimed = value.partition("/")
            body = bytes.fromhex(value)
            control += struct.pack("=qii", int(claimed) if claimed else
                                   16 + len(body), level, kind) + \
                body.ljust(-(-len(body) // 8) * 8, b"\0")
        if control:
            keep.append(ctypes.create_string_buffer(control, len(control)))
            message.control = ctypes.addressof(keep[-1])
            message.controllen = len(control)
        return self.said(libc.sendmsg(self.fds[name], ctypes.byref(message),
                                      names.bits(flags, names.FLAGS)))

    def got(self, result, raw):
        """Bytes that were received, and whether they are the right ones."""
        if result <= 0:
            return self.said(result)
        if self.idents:  # each stack chooses its own
            raw = raw[:2] + bytes(4) + raw[6:]
        return "%d crc=%08x" % (result, zlib.crc32(raw[:result]))

    def do_recv(self, name, room, flags="0"):
        raw = ctypes.create_string_buffer(max(int(room), 1))
        result = libc.recv(self.fds[name], raw, ctypes.c_size_t(int(room)),
                           names.bits(flags, names.FLAGS))
        return self.got(result, raw.raw)

    def do_recvnull(self, name, room):
        return self.said(libc.recv(self.fds[name], None,
                                   ctypes.c_size_t(int(room)), 0))

    def do_read(self, name, room):
        raw = ctypes.create_string_buffer(max(int(room), 1))
        result = libc.read(self.fds[name], raw, ctypes.c_size_t(int(room)))
        return self.got(result, raw.raw)

    def do_recvfrom(self, name, room, flags="0", length="64"):
        raw = ctypes.create_string_buffer(max(int(room), 1))
        source = ctypes.create_string_buffer(64)
        length = ctypes.c_uint(int(length) % 2**32)
        result = libc.recvfrom(self.fds[name], raw, ctypes.c_size_t(int(room)),
                               names.bits(flags, names.FLAGS), source,
                               ctypes.byref(length))
        said = self.got(result, raw.raw)
        return said if result < 0 else "%s from %s (%d)" % (
            said, self.address_text(source.raw[:length.value]), length.value)

    def do_recvmsg(self, name, room, flags="0", controls="room=512"):
        raw = ctypes.create_string_buffer(max(int(room), 1))
        source = ctypes.create_string_buffer(64)
        control = ctypes.create_string_buffer(512)
        vector = Iovec(ctypes.addressof(raw), int(room))
        message = Msghdr(ctypes.addressof(source), 64,
                         ctypes.addressof(vector), 1,
                         ctypes.addressof(control), int(controls[5:]), 0)
        result = libc.recvmsg(self.fds[name], ctypes.byref(message),
                              names.bits(flags, names.FLAGS))
        said = self.got(result, raw.raw)
        if result < 0:
            return said
        said += " flags=" + names.bits_text(message.flags, names.FLAGS)
        if message.namelen:
            said += " from " + self.address_text(source.raw[:message.namelen])
        return said + self.controls_text(control.raw[:message.controllen])

    def controls_text(self, raw):
        said = ""
        while len(raw) >= 16:
            length, level, kind = struct.unpack_from("=qii", raw)
            body = raw[16:length]
            if (level, kind) == (0, 8):  # the device's number is its own
                body = body[4:]
            elif level == 1:  # times
                body = b""
            elif (level, kind) == (0, 11) and len(body) >= 24:
                body = body[:16]
            text = body.hex()
            for host in ("us", "peer"):
                text = text.replace(socket.inet_aton(self.hosts[host]).hex(),
                                    "<%s>" % host)
            text = text.replace("%04x" % self.port, "<port>")
            said += " cmsg %d.%d %d:%s" % (level, kind, length, text)
            raw = raw[max(-(-length // 8) * 8, 16):]
        return said

    def do_shutdown(self, name, how):
        how = {"RD": 0, "WR": 1, "RDWR": 2}.get(how, how)
        return self.said(libc.shutdown(self.fds[name], int(how)))

    def do_close(self, name):
        if name in self.edge:
            self.edge.pop(name).close()
        return self.said(libc.close(self.fds.pop(name)))

    def do_nonblock(self, name, on):
        os.set_blocking(self.fds[name], on == "0")
        return "ok"

    def do_poll(self, name):
        poller = select.poll()
        poller.register(self.fds[name], names.ALL_BITS)
        events = poller.poll(0)
        return names.bits_text(events[0][1] if events else 0, names.POLL_BITS)

    def do_edges(self, name):
        events = self.edge[name].poll(0)
        return names.bits_text(events[0][1] if events else 0, names.POLL_BITS)

    def do_wait(self, name, wanted):
        poller = select.poll()
        poller.register(self.fds[name], names.bits(wanted, names.POLL_BITS))
        events = poller.poll(PATIENCE * 1000)
        return names.bits_text(events[0][1] if events else 0, names.POLL_BITS)

    def named(self, function, name, room):
        raw = ctypes.create_string_buffer(128)
        length = ctypes.c_uint(int(room) % 2**32)
        result = function(self.fds[name], raw, ctypes.byref(length))
        if result < 0:
            return self.said(result)
        took = min(length.value, int(room))
        return "%s (%d)" % (self.address_text(raw.raw[:took]), length.value)

    def do_name(self, name, room="64"):
        return self.named(libc.getsockname, name, room)

    def do_peername(self, name, room="64"):
        return self.named(libc.getpeername, name, room)

    # Options

    def do_set(self, name, option, word, *more):
        level, number = names.OPTIONS[option]
        value = self.value(word, option)
        length = len(value) if value is not None else 4
        for each in more:
            length = int(each.partition("=")[2])
        if value is not None:
            value = value.ljust(max(length, 0) if length < 4096 else 0, b"\0")
        result = libc.setsockopt(self.fds[name], level, number, value,
                                 ctypes.c_uint(length % 2**32))
        return self.said(result)

    def do_get(self, name, option, *more):
        level, number = names.OPTIONS[option]
        room, value = "256", ctypes.create_string_buffer(256)
        for each in more:
            key, _, text = each.partition("=")
            if key == "len":
                room = text
            else:
                value = None
        length = ctypes.c_uint(0 if room == "null" else int(room) % 2**32)
        result = libc.getsockopt(self.fds[name], level, number, value,
                                 None if room == "null" else
                                 ctypes.byref(length))
        if result < 0:
            return self.said(result)
        if not value:
            return "%d" % result
        return self.option_text(option, value.raw, length.value)

    # What each stack, or each socket, has another value of.
    OWN = ("SO_COOKIE", "SO_NETNS_COOKIE", "SO_MEMINFO", "TCP_INFO",
           "TCP_TIMESTAMP", "TCP_CC_INFO", "SO_INCOMING_CPU")

    def option_text(self, option, raw, length):
        raw = raw[:min(length, 256)]
        if option in self.OWN:
            return "len %d" % length
        if option == "SO_PEERNAME":
            return "len %d %s" % (length, self.address_text(raw))
        if option == "IP_MULTICAST_IF" and length == 4:
            return "len 4 " + self.address_text(b"\2\0\0\0" + raw)
        if length <= 4 and option not in names.STRUCTS:
            return "len %d %d" % (length, int.from_bytes(
                raw, "little", signed=length == 4))
        return "len %d %s" % (length, raw.hex() or "-")

    def do_error(self, name):
        value, length = ctypes.c_int(0), ctypes.c_uint(4)
        result = libc.getsockopt(self.fds[name], 1, 4, ctypes.byref(value),
                                 ctypes.byref(length))
        if result < 0:
            return self.said(result)
        return names.error_name(value.value) if value.value else "none"

    def do_info(self, name):
        raw = ctypes.create_string_buffer(256)
        length = ctypes.c_uint(256)
        result = libc.getsockopt(self.fds[name], 6, 11, raw,
                                 ctypes.byref(length))
        if result < 0:
            return self.said(result)
        state = names.STATES.get(raw.raw[0], raw.raw[0])
        return "%s %s" % (state, " ".join(
            "%s=%d" % (field, struct.unpack_from("=" + form, raw, offset)[0])
            for field, offset, form in INFO))

    def do_ss(self, _, *words):
        return shown.shown(self.family, self.port, PEER_PORT, words)

    def do_state(self, name):
        raw = ctypes.create_string_buffer(1)
        length = ctypes.c_uint(1)
        result = libc.getsockopt(self.fds[name], 6, 11, raw,
                                 ctypes.byref(length))
        return self.said(result) if result < 0 else \
            str(names.STATES.get(raw.raw[0], raw.raw[0]))

    def do_ioctl(self, name, request):
        raw = ctypes.create_string_buffer(64)
        result = libc.ioctl(self.fds[name], ctypes.c_ulong(
            names.IOCTLS[request]), raw)
        if result < 0:
            return self.said(result)
        return "%d" % struct.unpack_from("=i", raw)

    def do_own(self, name):
        """SIGURG and SIGIO are ours."""
        return self.said(libc.fcntl(self.fds[name], 8, os.getpid()))

    def do_async(self, name):
        return self.said(libc.fcntl(self.fds[name], 4, 0o2000 | 0o4000))

    def do_fill(self, name):
        """Until nothing more goes in; how much it was depends on memory."""
        data, took = bytes(65536), 0
        while True:
            result = libc.send(self.fds[name], data, ctypes.c_size_t(65536), 0)
            if result < 0:
                return ("took some, then " if took else "took nothing: ") + \
                    self.said(result)
            took += result

    # The same under other circumstances

    def do_nobody(self, name, *words):
        os.seteuid(NOBODY)
        try:
            return self.run(name + ": " + " ".join(words))
        finally:
            os.seteuid(0)

    def do_interrupted(self, name, *words):
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        try:
            return self.run(name + ": " + " ".join(words))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
