# SPDX-License-Identifier: GPL-2.0
"""One connection of the stack under test, and its peer, who follows a script.

The peer knows nothing of TCP beyond counting: unless the script says otherwise
a segment continues behind what the peer has sent before (seq), acknowledges
all that has been taken from the stack (ack), repeats the last window (win),
and carries timestamps once both SYNs did. Numbers are relative to the initial
ones, which are chosen so that the peer's wrap around after 5000 bytes.

Data is a fixed row of bytes: what arrives on either side is compared with it.
"""
import errno
import os
import random
import select
import socket

from . import notation, wire
from .bench import HOST, ROUTER, exact_time

PATIENCE = 10000 if exact_time() else 10  # seconds until a failure
LATE = 1.125  # the kernel's timer wheel rounds up by as much
PEER_ISN = 2**32 - 5000
STATES = dict(enumerate(
    "ESTABLISHED SYN-SENT SYN-RECEIVED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSED "
    "CLOSE-WAIT LAST-ACK LISTEN CLOSING SYN-RECEIVED".split(), 1))
ROW = random.Random(9293).randbytes(65521)
ICMP_ERRORS = {
    "net-unreachable": (3, 0), "host-unreachable": (3, 1),
    "protocol-unreachable": (3, 2), "port-unreachable": (3, 3),
    "frag-needed": (3, 4), "source-route-failed": (3, 5),
    "admin-prohibited": (3, 13), "source-quench": (4, 0),
    "ttl-exceeded": (11, 0), "parameter-problem": (12, 0)}
OPTIONS = {
    "rcvbuf": (socket.SOL_SOCKET, socket.SO_RCVBUF),
    "sndbuf": (socket.SOL_SOCKET, socket.SO_SNDBUF),
    "minttl": (socket.IPPROTO_IP, 21),
    "keepalive": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    "nodelay": (socket.IPPROTO_TCP, socket.TCP_NODELAY),
    "cork": (socket.IPPROTO_TCP, socket.TCP_CORK),
    "maxseg": (socket.IPPROTO_TCP, socket.TCP_MAXSEG),
    "quickack": (socket.IPPROTO_TCP, socket.TCP_QUICKACK),
    "keepidle": (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
    "keepintvl": (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
    "keepcnt": (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
    "syncnt": (socket.IPPROTO_TCP, socket.TCP_SYNCNT),
    "defer_accept": (socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT),
    "notsent_lowat": (socket.IPPROTO_TCP, 25),
    "recverr": (socket.IPPROTO_IP, 11),
    "fastopen": (socket.IPPROTO_TCP, 23),
    "fastopen_connect": (socket.IPPROTO_TCP, 30),
    "fastopen_no_cookie": (socket.IPPROTO_TCP, 34),
    "user_timeout": (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
    "linger2": (socket.IPPROTO_TCP, socket.TCP_LINGER2),
    "window_clamp": (socket.IPPROTO_TCP, socket.TCP_WINDOW_CLAMP),
    "oobinline": (socket.SOL_SOCKET, socket.SO_OOBINLINE)}


class Mismatch(AssertionError):
    """The dialogue went another way than the script says."""


def row(offset, length):
    offset %= len(ROW)
    return (ROW * ((offset + length) // len(ROW) + 1))[offset:offset + length]


def relative(number, base):
    return (number - base + 2**31) % 2**32 - 2**31


class Peer:
    """What the peer remembers, and how its segments are made and read."""

    def __init__(self, bench, port, address=None):
        self.bench = bench
        self.address = address or bench.new_peer()
        self.port = 40000
        self.host_port = port
        self.isn, self.host_isn = PEER_ISN, 10**9
        self.next, self.host_next = 0, 0
        self.syn, self.host_syn = None, None
        self.window, self.edge = 65535, None
        self.clock, self.host_clock_base, self.host_clock = 0, None, 0
        self.dialogue = []
        self.mark = bench.now()
        self.last = None

    def log(self, text):
        self.mark = self.bench.now()
        self.dialogue.append("%9.3f  %s" % (self.mark, text))

    def fail(self, *lines):
        raise Mismatch("\n".join(lines))

    # What both SYNs have agreed on.

    def agreed(self, key):
        return bool(self.syn and self.host_syn and
                    self.syn.get(key) is not None and
                    self.host_syn.get(key) is not None)

    def scale(self, of):
        return of["wscale"] if self.agreed("wscale") else 0

    # The way to the stack

    def fill_in(self, flags, view):
        """The fields that the script has not said."""
        view.setdefault("seq", self.next)
        view.setdefault("win", self.window)
        if "ACK" in flags:
            view.setdefault("ack", self.host_next)
        if "val" in view and "SYN" in flags:
            self.clock = view["val"] or 0
        elif self.agreed("val") and "SYN" not in flags:
            self.clock += 1
            view.setdefault("val", self.clock)
        if view.get("val") is not None:
            view.setdefault("ecr", self.host_clock if "ACK" in flags else None)

    def segment(self, flags, view):
        options = {key: view[key] for key in ("mss", "wscale", "sackok")
                   if view.get(key) is not None}
        if view.get("val") is not None:
            base, ecr = self.host_clock_base or 0, view.get("ecr")
            options["ts"] = (view["val"], 0 if ecr is None else ecr + base)
        if view.get("cookie"):
            options["cookie"] = bytes.fromhex(
                view["cookie"].replace("ask", ""))
        if view.get("sack"):
            options["sack"] = [(left + self.host_isn, right + self.host_isn)
                               for left, right in view["sack"]]
        window = view["win"]
        if "SYN" not in flags and self.syn:
            window >>= self.scale(self.syn)
        payload = row(view["seq"] - ("SYN" not in flags), view.get("len", 0))
        return wire.Tcp(self.port, self.host_port, self.isn + view["seq"],
                        self.host_isn + view.get("ack", 0), flags, window,
                        view.get("urg", 0), options, payload)

    def inject(self, text, to=HOST, **raw):
        """The peer sends this. raw: "options" as bytes are added to those of
        the text, "payload" is sent in place of the row's bytes."""
        flags, terms = notation.parse(text)
        view = notation.values(terms)
        self.fill_in(flags, view)
        if "payload" in raw:
            view["len"] = len(raw["payload"])
        view["flags"] = flags
        if "SYN" in flags and self.syn is None:
            self.syn = view
        segment = self.segment(flags, view)
        segment.payload = raw.get("payload", segment.payload)
        if "options" in raw:
            segment.options["raw"] = raw["options"]
        end = view["seq"] + view.get("len", 0) + len(flags & {"SYN", "FIN"})
        if "RST" not in flags:
            self.next, self.window = max(self.next, end), view["win"]
        self.log("peer   > " + notation.render(view) +
                 (" to " + to if to != HOST else ""))
        self.bench.write(wire.Ip(
            self.address, to, wire.TCP, segment.pack(self.address, to),
            view.get("ttl", 64), view.get("tos", 0),
            options=bytes.fromhex(view.get("ipopt", ""))).pack())

    def inject_bytes(self, data, said="a broken segment"):
        """Instead of a TCP segment."""
        self.log("peer   > " + said)
        self.bench.write(wire.Ip(self.address, HOST, wire.TCP,
                                 bytes(data)).pack())

    def inject_icmp(self, error, seq=None, mtu=0, router=ROUTER, **header):
        """A router, or the peer's host, complains about the segment at seq."""
        kind, code = ICMP_ERRORS[error]
        seq = self.host_next if seq is None else seq
        ports = {"sport": self.host_port, "dport": self.port, **header}
        segment = wire.Tcp(seq=self.host_isn + seq, flags=frozenset({"ACK"}),
                           window=1000, payload=bytes(1000), **ports)
        quoted = wire.Ip(HOST, self.address, wire.TCP,
                         segment.pack(HOST, self.address)).pack()[:28]
        self.log("router > ICMP %s, quoting seq=%d%s" %
                 (error, seq, " mtu=%d" % mtu if mtu else ""))
        self.bench.write(wire.Ip(router, HOST, wire.ICMP, wire.pack_icmp(
            kind, code, mtu, quoted)).pack())

    # The way from the stack

    def view(self, ip):
        tcp = wire.Tcp.parse(ip)
        if "SYN" in tcp.flags and self.host_syn is None:
            self.host_isn = tcp.seq
        view = {"flags": tcp.flags, "seq": relative(tcp.seq, self.host_isn),
                "len": len(tcp.payload), "win": tcp.window, "tos": ip.tos,
                "ttl": ip.ttl, "df": int(ip.df), "payload": tcp.payload,
                "ipopt": ip.options.hex() or None,
                "urg": tcp.urgent if "URG" in tcp.flags else None}
        for key in ("mss", "wscale", "sackok"):
            view[key] = tcp.options.get(key)
        if "ACK" in tcp.flags:
            view["ack"] = relative(tcp.ack, self.isn)
        if "ts" in tcp.options:
            val, view["ecr"] = tcp.options["ts"]
            if self.host_clock_base is None:
                self.host_clock_base = val
            view["val"] = relative(val, self.host_clock_base)
        if "cookie" in tcp.options:
            view["cookie"] = tcp.options["cookie"].hex() or "ask"
        if "sack" in tcp.options:
            view["sack"] = [(relative(left, self.isn),
                             relative(right, self.isn))
                            for left, right in tcp.options["sack"]]
        if "SYN" in tcp.flags and self.host_syn is None:
            self.host_syn = view
        elif "SYN" not in tcp.flags and self.host_syn:
            view["win"] <<= self.scale(self.host_syn)
        return view

    def always(self, view):
        """What no segment may do, whatever the script is about."""
        wrong = []
        flags, length = view["flags"], view["len"]
        if "SYN" in flags and self.edge is None:
            self.edge = view.get("ack", 1) + view["win"]
        if not flags & {"RST", "SYN"} and self.host_syn:
            if self.agreed("val") != ("val" in view):
                wrong.append("timestamps on each segment if agreed on, else on "
                             "none (RFC 7323 3.2)")
            if view.get("sack") and not self.agreed("sackok"):
                wrong.append("no SACK unless agreed on (RFC 2018 section 2)")
            edge = view.get("ack", 0) + view["win"]
            slack = (1 << self.scale(self.host_syn)) - 1
            if self.edge is not None and edge + slack < self.edge:
                wrong.append("the window does not shrink (RFC 9293 3.8.6)")
            self.edge = max(edge, self.edge or edge)
        if length and view["payload"] != row(
                view["seq"] - ("SYN" not in flags), length):
            wrong.append("the bytes are those that the application wrote")
        if relative(view.get("val", self.host_clock), self.host_clock) < 0:
            wrong.append("the timestamp clock does not go back")
        return wrong

    def take(self, when, ip):
        view = self.view(ip)
        self.dialogue.append("%9.3f  stack  < %s" %
                             (when, notation.render(view)))
        wrong = self.always(view)
        if wrong:
            self.fail("expected always: " + "; ".join(wrong),
                      "came:            " + notation.render(view))
        if "RST" not in view["flags"]:
            end = view["seq"] + view["len"] + len(view["flags"] &
                                                  {"SYN", "FIN"})
            self.host_next = max(self.host_next, end)
        self.host_clock = view.get("val", self.host_clock)
        self.last = view
        return view

    def waiting(self):
        return self.bench.queue(wire.TCP, self.address, self.port)

    def next_segment(self, within, wanted):
        deadline = self.bench.now() + within
        while not self.waiting():
            left = deadline - self.bench.now()
            if left <= 0:
                self.fail("expected: " + wanted,
                          "came:     nothing in %g s" % within)
            self.bench.pump(left)
        return self.waiting().pop(0)

    def expect(self, text, within=PATIENCE, at=None):
        """The next segment is this one; its seq is the next new one unless
        said. at=(from, to): seconds since the last event, where time is exact;
        the kernel's timers may be late by an eighth, and by a tick or two.
        """
        flags, terms = notation.parse(text)
        mark, following = self.mark, self.host_next
        when, ip = self.next_segment(within, text)
        view = self.take(when, ip)
        terms.setdefault("len", notation.Term("len", "=", "0"))
        if "seq" not in terms and not flags & {"SYN", "RST"}:
            terms["seq"] = notation.Term("seq", "=", str(following))
        found = notation.differences(flags, terms, view)
        if at and exact_time() and not \
                at[0] <= when - mark <= at[1] * LATE + 0.03:
            found.append("after %g..%g s (came after %.3f)" %
                         (*at, when - mark))
        if found:
            self.fail("expected: " + text, "came:     " + notation.render(view),
                      "differs:  " + "; ".join(found))
        self.mark = when
        return view

    def expect_any(self, *texts):
        """The next segment is one of these."""
        came = len(self.dialogue)
        waiting = self.waiting()
        if not waiting:
            waiting.append(self.next_segment(PATIENCE, " or ".join(texts)))
        for text in texts[:-1]:
            flags, terms = notation.parse(text)
            if not notation.differences(flags, terms, self.view(waiting[0][1])):
                return self.expect(text)
        del self.dialogue[came:]
        return self.expect(texts[-1])

    def everything(self):
        """All segments that the stack has sent by now."""
        self.bench.drain()
        found = [self.take(*each) for each in self.waiting()]
        self.waiting().clear()
        return found

    def everything_soon(self):
        """As everything(); waits until it is something."""
        self.waiting().insert(0, self.next_segment(PATIENCE, "a segment"))
        return self.everything()

    def silence(self):
        """The stack has nothing to say to what happened."""
        self.log("         (silence)")
        came = self.everything()
        if came:
            self.fail("expected: nothing", *("came:     " +
                                             notation.render(view)
                                             for view in came))

    def silence_for(self, seconds):
        """No segment for so long. Only where time is exact, or short."""
        self.log("         (silence for %g s)" % seconds)
        deadline = self.bench.now() + seconds
        while self.bench.now() < deadline and not self.waiting():
            self.bench.pump(deadline - self.bench.now())
        self.silence()

    def silence_or_repeats(self, seconds, seq):
        """So long nothing comes but what has been sent before, from seq on."""
        deadline = self.bench.now() + seconds
        while self.bench.now() < deadline:
            self.bench.pump(deadline - self.bench.now())
            for view in self.everything():
                if view["seq"] != seq:
                    self.fail("expected: at most seq=%d again" % seq,
                              "came:     " + notation.render(view))

    def drop_until_silent(self, seconds):
        """Nobody answers, until nothing has come for so long; says how many
        segments that were."""
        came = 0
        while self.waiting() or self.bench.pump(seconds):
            if self.waiting():
                self.take(*self.waiting().pop(0))
                came += 1
        return came

    def expect_finally(self, text):
        """Some pure ACKs have come; the last of them is this one."""
        came = self.everything()
        flags, terms = notation.parse(text)
        found = ["nothing came"] if not came else \
            notation.differences(flags, terms, came[-1])
        found += ["not a pure ACK: " + notation.render(view) for view in came
                  if view["len"] or view["flags"] - {"PSH"} != {"ACK"}]
        if found:
            self.fail("expected last: " + text, "differs:       " +
                      "; ".join(found))
        return came[-1]

    def expect_acked(self, number):
        """Pure ACKs come, now or a little later, up to this number."""
        wanted = "ACKs up to ack=%d" % number
        edge = None
        while edge != number:
            view = self.take(*self.next_segment(PATIENCE, wanted))
            edge = view.get("ack")
            if view["len"] or view["flags"] - {"PSH"} != {"ACK"} or \
                    edge > number:
                self.fail("expected: " + wanted,
                          "came:     " + notation.render(view))
        return view

    def expect_last_acked(self, number):
        """This was acknowledged in the end, by now or soon."""
        self.everything()
        if self.last.get("ack") != number:
            self.expect_acked(number)

    def expect_flight(self, first, end, most=1460):
        """Now the stack sends all data from first up to end, in order, in
        segments of at most that size, and nothing else. Returns how many."""
        came = self.everything()
        edge = first
        for view in came:
            if view["seq"] != edge or not 0 < view["len"] <= most:
                break
            edge += view["len"]
        else:
            if edge == end:
                return len(came)
        self.fail("expected: data %d..%d at once, in order, nothing else" %
                  (first, end), "came:     " +
                  ("; ".join(map(notation.render, came)) or "nothing"))


class Connection(Peer):
    """The peer together with the application's calls."""

    def __init__(self, bench, port, address=None):
        super().__init__(bench, port, address)
        self.sock = self.listener = None
        self.written = self.got = 0
        self.done = False

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.done = kind is None
        for sock in (self.sock, self.listener):
            if sock:
                sock.close()
        self.end_what_lives()
        self.bench.forget(self.address)

    def end_what_lives(self):
        """The peer resets the connection, as a rebooted host would: whatever
        the stack still says is answered by a RST with the number it wants."""
        number = self.next
        if self.last and self.last.get("ack") is not None:
            number = self.last["ack"]
        try:
            for _ in range(4):
                reset = self.segment(frozenset({"RST"}),
                                     {"seq": number, "win": 0})
                self.bench.write(wire.Ip(
                    self.address, HOST, wire.TCP,
                    reset.pack(self.address, HOST)).pack())
                self.bench.drain()
                said = [self.view(ip) for _, ip in self.waiting()]
                self.waiting().clear()
                if not said:
                    break
                number = said[-1].get("ack", number)
        except wire.Malformed:
            pass  # the script has seen worse by now

    # Calls

    def call(self, text, function, *arguments, error=0):
        """A call that must succeed, or fail with that errno."""
        try:
            result = function(*arguments)
            got = 0
        except OSError as problem:
            result, got = None, problem.errno
        said = errno.errorcode.get(got, "") if got else ""
        self.log("app      %s = %s" % (text, said or
                                       self.short(result)))
        if got != error:
            self.fail("expected: %s %s" % (text, "fails with " +
                      errno.errorcode[error] if error else "succeeds"),
                      "came:     " + (said or self.short(result)))
        return result

    @staticmethod
    def short(result):
        if isinstance(result, bytes):
            return "%d bytes" % len(result)
        if isinstance(result, tuple):
            return str(result[-1])
        return "ok" if result is None else str(result)

    def setsockopt(self, error=0, **options):
        for name, value in options.items():
            level, number = OPTIONS[name]
            self.call("setsockopt(%s, %d)" % (name, value),
                      (self.sock or self.listener).setsockopt, level, number,
                      value, error=error)

    def connect(self):
        self.call("connect()", self.sock.connect, (self.address, self.port),
                  error=errno.EINPROGRESS)
        self.host_port = self.sock.getsockname()[1]

    def await_events(self, events, sock=None, why="poll()"):
        poller = select.poll()
        poller.register(sock or self.sock, events)
        if not poller.poll(PATIENCE * 1000):
            self.fail("expected: %s returns" % why,
                      "came:     nothing in %d s" % PATIENCE)

    def connected(self, error=0):
        """connect() has come to its end."""
        self.await_events(select.POLLOUT, why="connect()")
        got = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self.log("app      connect() ended with %s" %
                 errno.errorcode.get(got, got))
        if got != error:
            self.fail("expected: connect() ends with %s" %
                      errno.errorcode.get(error, "success"),
                      "came:     %s" % errno.errorcode.get(got, "success"))

    def accept(self):
        self.await_events(select.POLLIN, self.listener, "accept()")
        self.sock, address = self.call("accept()", self.listener.accept)
        self.sock.setblocking(False)
        if address != (self.address, self.port):
            self.fail("expected: accept() names the peer",
                      "came:     %s:%d" % address)

    def accept_nothing(self):
        self.call("accept()", self.listener.accept, error=errno.EAGAIN)

    def send(self, length, flags=0, error=0):
        """All of it goes into the send buffer."""
        done = self.call("send(%d)" % length, self.sock.send,
                         row(self.written, length), flags, error=error)
        if not error and done != length:
            self.fail("expected: send() takes %d" % length,
                      "came:     %d" % done)
        self.written += done or 0

    def fill(self, piece=65536):
        """Writes until the send buffer is full; returns how much it took."""
        before = self.written
        while True:
            try:
                self.written += self.sock.send(row(self.written, piece))
            except BlockingIOError:
                break
        self.log("app      send() until full = %d" % (self.written - before))
        return self.written - before

    def recv(self, length):
        """Exactly these many bytes can be read now, the right ones."""
        data = b""
        while len(data) < length:
            self.await_events(select.POLLIN, why="recv()")
            part = self.call("recv(%d)" % (length - len(data)), self.sock.recv,
                             length - len(data))
            if not part:
                self.fail("expected: %d bytes to read" % length,
                          "came:     end of data after %d" % len(data))
            data += part
        if data != row(self.got, length):
            self.fail("expected: the bytes that the peer sent",
                      "came:     others")
        self.got += length

    def recv_fails(self, error=errno.EAGAIN):
        self.call("recv()", self.sock.recv, 1, error=error)

    def recv_end(self):
        """The peer has said that no more data will come."""
        self.await_events(select.POLLIN, why="recv()")
        if self.call("recv()", self.sock.recv, 1):
            self.fail("expected: end of data", "came:     a byte")

    def shutdown(self, how=socket.SHUT_WR, error=0):
        self.call("shutdown(%s)" % ("RD", "WR", "RDWR")[how],
                  self.sock.shutdown, how, error=error)

    def close(self):
        sock, self.sock = self.sock, None
        self.call("close()", sock.close)

    def abort(self):
        """close() that throws everything away (RFC 9293 3.10.5)."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             b"\1\0\0\0\0\0\0\0")
        self.close()

    def soft_error(self, number):
        """SO_ERROR, which is cleared by asking."""
        got = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self.log("app      SO_ERROR = %s" % errno.errorcode.get(got, got))
        if got != number:
            self.fail("expected: SO_ERROR %s" % errno.errorcode.get(number, 0),
                      "came:     %s" % errno.errorcode.get(got, 0))

    def info(self, offset, length=4):
        """A number out of struct tcp_info."""
        data = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        return int.from_bytes(data[offset:offset + length], "little")

    def now_state(self):
        if self.sock:
            return STATES[self.info(0, 1)]
        pair = ":%04X" % self.host_port, ":%04X" % self.port
        with open(self.bench.proc("tcp"), encoding="ascii") as file:
            for line in file:
                words = line.split()
                if words[1][8:] == pair[0] and words[2][8:] == pair[1]:
                    return STATES[int(words[3], 16)]
        return "CLOSED"

    def state(self, wanted):
        """Of the connection, whether or not a descriptor is still open."""
        got = self.now_state()
        self.log("         (state %s)" % got)
        if got != wanted:
            self.fail("expected: state " + wanted, "came:     state " + got)
