#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
"""sock_diag beside AF_INET's: the same sockets in both families, the same
questions, the same answers. Filters, exact questions, closing from outside,
and what an unprivileged user is told."""
import errno
import json
import os
import random
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import diag_lib as diag  # noqa: E402
import record_lib  # noqa: E402,F401  (makes the library of net/ known)
from tcp_lib import (KERNEL, US, Later, Side, await_equal,  # noqa: E402
                     await_true, connected, outcome_of, pending_error, set_up)
from twin_lib import (AF_TWIN, OURS, PEER, add_address, enter,  # noqa: E402
                      error_of, finish, left, make, point, point_is,
                      run_tests)

INET = Side("AF_INET", left, socket.AF_INET, "10.7.0.5")
SIDES = (INET, US)
NOBODY = 65534
LISTEN = 10
kept = []       # sockets that stay open
names = {}      # (family, our port, the peer's port): what it is called


def name(side, made, text):
    kept.append(made)
    own = made.getsockname()[1]
    try:
        peer = made.getpeername()[1]
    except OSError:
        peer = 0
    names[side.family, own, peer] = text
    return made


def open_sockets():
    """The same ones in both families, but for ports that are chosen."""
    peer = KERNEL.listener(port=9100)
    for side in SIDES:
        name(side, side.listener(port=8001), "listener")
        name(side, side.listener(port=8002, address="0.0.0.0"), "any")
        listener = name(side, side.listener(), "chosen")
        inside = side.socket()
        inside.connect(listener.getsockname())
        name(side, inside, "inside")
        name(side, listener.accept()[0], "accepted")
        for text, port, options in (
                ("plain", 0, ()), ("bound", 9001, ()),
                ("marked", 9002, ((socket.SOL_SOCKET, socket.SO_MARK, 7),)),
                ("device", 9003, ((socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                                   b"eth0"),))):
            made = side.socket()
            for option in options:
                made.setsockopt(*option)
            if port:
                made.bind((side.address, port))
            made.connect(peer.getsockname())
            name(side, made, text)
            kept.append(peer.accept()[0])
    kept.append(peer)
    enter(left)


def named(side, rows):
    return sorted(names.get((side.family, row.sport, row.dport), "?")
                  for row in rows)


def filtered(side, code):
    """What passes, or the error's name."""
    try:
        return named(side, diag.ask(side.family, behind=diag.attribute(
            diag.REQ_BYTECODE, code)))
    except OSError as error:
        return errno.errorcode[error.errno]


def filters():
    """Each with what is to pass."""
    inside = socket.inet_aton("10.7.0.0")
    peer = socket.inet_aton(PEER)
    at_peer = ["bound", "device", "marked", "plain"]
    every = sorted(at_peer + ["accepted", "any", "chosen", "inside",
                              "listener"])
    mark = diag.single(diag.MARK_COND, struct.pack("=II", 7, 0xff))
    device = diag.single(diag.DEV_COND, struct.pack(
        "=I", socket.if_nametoindex("eth0")))
    cgroup = diag.ask(socket.AF_INET)[0].attributes.get(diag.CGROUP_ID)
    yield "no operation", diag.operation(diag.NOP, 4, 4), every
    yield "sport = 8001", diag.port(diag.S_EQ, 8001), ["listener"]
    yield "sport <= 8002", diag.port(diag.S_LE, 8002), ["any", "listener"]
    yield "dport >= 9100 or not", diag.either(
        diag.port(diag.D_GE, 9100), diag.negated(diag.port(diag.D_GE, 9100))), \
        every
    yield "dport = 9100", diag.port(diag.D_EQ, 9100), at_peer
    yield "dport <= 0", diag.port(diag.D_LE, 0), ["any", "chosen", "listener"]
    yield "sport >= 9001 and sport <= 9002", diag.both(
        diag.port(diag.S_GE, 9001), diag.port(diag.S_LE, 9002)), \
        ["bound", "marked"]
    yield "sport = 9001 or sport = 8001", diag.either(
        diag.port(diag.S_EQ, 9001), diag.port(diag.S_EQ, 8001)), \
        ["bound", "listener"]
    yield "not dport = 9100", diag.negated(diag.port(diag.D_EQ, 9100)), \
        [one for one in every if one not in at_peer]
    yield "dst the peer", diag.host(diag.D_COND, socket.AF_INET, 32, -1, peer), \
        at_peer
    yield "dst the peer, another port", diag.host(
        diag.D_COND, socket.AF_INET, 32, 1, peer), []
    yield "src 10.7.0.0/24, port 9001", diag.host(
        diag.S_COND, socket.AF_INET, 24, 9001, inside), ["bound"]
    yield "src of any family", diag.host(diag.S_COND, 0, 0, 8001), ["listener"]
    yield "src of IPv6", diag.host(diag.S_COND, socket.AF_INET6, 0, -1,
                                   bytes(16)), []
    yield "dst 0.0.0.0/0", diag.host(diag.D_COND, socket.AF_INET, 0, -1,
                                     bytes(4)), every
    yield "device", device, ["device"]
    yield "mark", mark, ["marked"]
    yield "autobound and to the peer", diag.both(
        diag.single(diag.AUTO), diag.port(diag.D_EQ, 9100)), ["plain"]
    if cgroup:
        yield "control group", diag.single(diag.CGROUP_COND, cgroup), every


def filters_choose():
    for text, code, wanted in filters():
        point_is("AF_INET: " + text, filtered(INET, code), wanted)
        point_is("Twin: " + text, filtered(US, code), wanted)


def broken_filters():
    good = diag.port(diag.S_EQ, 8001)
    for text, code in (
            ("an empty filter", b""), ("two bytes", b"\0\0"),
            ("half an operation behind one", diag.operation(0, 4, 4) + b"\0\0"),
            ("an unknown operation", diag.single(14)),
            ("a port without a port", diag.operation(diag.S_EQ, 4, 8)),
            ("an odd step", diag.operation(diag.NOP, 5, 8) + bytes(8)),
            ("no step at all", diag.operation(diag.NOP, 0, 4)),
            ("a step far beyond the end", diag.operation(diag.NOP, 12, 4)),
            ("a step just beyond the end", diag.operation(diag.NOP, 8, 4)),
            ("a jump into the middle", diag.operation(diag.JMP, 4, 8) + good),
            ("a jump far beyond the end", diag.operation(diag.JMP, 4, 16)),
            ("a jump to itself", diag.operation(diag.JMP, 4, 0)),
            ("an address that is too short", diag.host(
                diag.S_COND, socket.AF_INET, 8, -1, b"")),
            ("a prefix that is too long", diag.host(
                diag.S_COND, socket.AF_INET, 33, -1, bytes(4))),
            ("an address of another family", diag.host(
                diag.S_COND, socket.AF_UNIX, 0, -1)),
            ("a host without a port", diag.single(diag.S_COND, bytes(4)))):
        point_is(text, (filtered(US, code), filtered(INET, code)),
                 ("EINVAL",) * 2)


def some_operation(dice):
    code = dice.randrange(15)
    operand = {
        diag.S_COND: lambda: struct.pack(
            "=BBxxi", dice.choice((0, 2, 10, 7)), dice.choice((0, 8, 24, 33)),
            dice.choice((-1, 8001, 9100))) + socket.inet_aton("10.7.0.2"),
        diag.DEV_COND: lambda: struct.pack("=I", dice.randrange(4)),
        diag.MARK_COND: lambda: struct.pack("=II", 7, dice.choice((0, 7, 15))),
        diag.CGROUP_COND: lambda: bytes(8)}
    operand[diag.D_COND] = operand[diag.S_COND]
    if code in operand:
        data = operand[code]()
    elif code in (diag.JMP, diag.NOP, diag.AUTO):
        data = b""
    else:
        data = diag.operation(0, 0, dice.choice((0, 8001, 9001, 9100, 65535)))
    size = 4 + len(data)
    return diag.operation(
        code, dice.choice((size, size, size, size, size + 4, 4, 6)),
        dice.choice((size, size + 4, size + 8, size + 12, 4, 8)), data)


def random_filters():
    """Whatever comes is judged alike."""
    dice = random.Random(1)
    seen, unlike = set(), []
    for _ in range(800):
        code = b"".join(some_operation(dice)
                        for _ in range(dice.randrange(1, 5)))
        if dice.randrange(8) == 0:
            code = code[:dice.randrange(len(code))]
        inet, twin = filtered(INET, code), filtered(US, code)
        seen.add(str(inet))
        if inet != twin:
            unlike.append((code.hex(), inet, twin))
    point("there were good ones and bad ones", len(seen) > 8, seen)
    point("800 random filters choose the same sockets", not unlike,
          unlike[:5])


def exact():
    for side in SIDES:
        made = side.socket()
        made.bind((side.address, 9500))
        made.listen(1)
        found = [row for row in diag.ask(side.family) if row.sport == 9500][0]

        def get(cookie, port=9500):
            return diag.ask(side.family, flags=0, who=diag.identity(
                port, 0, side.address, cookie=cookie))[0].inode

        point_is(side.name + ": exactly that socket",
                 [get(cookie) for cookie in (diag.NO_COOKIE, found.cookie)],
                 [os.fstat(made.fileno()).st_ino] * 2)
        point_is(side.name + ": another cookie, another port", [
            outcome_of(get, found.cookie + 1),
            outcome_of(get, diag.NO_COOKIE, 9501)], ["ENOENT", "ENOENT"])
        made.close()


def socket_options():
    """IP_RECVERR, IP_FREEBIND, IP_BIND_ADDRESS_NO_PORT, IP_RECVERR_RFC4884."""
    for option in (11, 15, 24, 26):
        told_of = []
        for side in SIDES:
            with side.socket() as made:
                made.setsockopt(socket.IPPROTO_IP, option, 1)
                made.bind((side.address, 9550))
                made.listen(1)
                told_of += [row.attributes.get(diag.SOCKOPT)
                            for row in diag.ask(side.family)
                            if row.sport == 9550]
        point("option %d is shown as AF_INET shows it" % option,
              len(told_of) == 2 and told_of[0] == told_of[1], told_of)


def kinds(side, **words):
    """The attributes of the connection called plain."""
    plain = [row for row in diag.ask(side.family, **words)
             if named(side, [row]) == ["plain"]]
    return sorted(plain[0].attributes)


def attributes_asked_for():
    enter(left)
    point_is("who asks for none gets those that AF_INET gives",
             kinds(US, extensions=0), kinds(INET, extensions=0))
    bare = diag.attribute(diag.BARE, b"")
    rows = diag.ask(US.family, extensions=0)
    point_is("a bare list: the same rows without attributes",
             diag.ask(US.family, extensions=0, behind=bare),
             [row._replace(attributes={}) for row in rows])
    point_is("but those that are asked for, here TOS",
             kinds(US, extensions=1 << diag.TOS - 1, behind=bare), [diag.TOS])
    enter(left)
    datagrams = make(AF_TWIN, socket.SOCK_DGRAM, 0)
    datagrams.bind((OURS, 0))
    point_is("a bare list of datagram sockets tells the protocol",
             [row.attributes for row in diag.ask(
                 US.family, protocol=17, extensions=0, behind=bare)],
             [{diag.PROTOCOL: b"\x11"}])
    datagrams.close()


def rows_for_readers_of_inet():
    def told(behind):
        return diag.ask(
            US.family, protocol=socket.IPPROTO_ICMP, behind=behind,
            read=lambda data: (data[0], diag.attributes(data[72:])[diag.PROTOCOL]))

    enter(left)
    with open("/proc/sys/net/twin/ping_group_range", "w", encoding="ascii") as file:
        file.write("0 0")
    asker = make(AF_TWIN, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    asker.bind((OURS, 0))
    point_is("a ping socket is of Twin's family and of ICMP", told(b""),
             [(US.family, b"\x01")])
    point_is("for who knows AF_INET only, a raw socket of that",
             told(diag.attribute(diag.AS_INET, b"")), [(socket.AF_INET, b"\0")])
    asker.close()


def many_of_a_bucket():
    """Listeners of one port are neighbours, of whom a few are looked at at once."""
    group = [sharing(US, 8600) for _ in range(20)]
    enter(left)
    found = [row.cookie for row in diag.ask(US.family, states=1 << LISTEN)
             if row.sport == 8600]
    point_is("each of twenty listeners of a port is listed once",
             (len(found), len(set(found))), (20, 20))
    point_is("and none of them among the connections",
             [row for row in diag.ask(US.family,
                                      states=diag.ALL_STATES & ~(1 << LISTEN))
              if row.sport == 8600], [])
    for listener in group:
        listener.close()


def destroy(side, made, **words):
    own, peer = made.getsockname(), made.getpeername()
    return error_of(lambda: diag.ask(
        side.family, diag.SOCK_DESTROY, diag.NLM_F_ACK,
        who=diag.identity(own[1], peer[1], own[0], peer[0], **words)))


def closed_from_outside():
    for side in SIDES:
        client, server = connected(side, KERNEL)
        enter(left)
        point_is(side.name + ": another cookie", destroy(side, client, cookie=1),
                 errno.ENOENT)
        point_is(side.name + ": it is closed", destroy(side, client), 0)
        point_is(side.name + ": its owner is told", pending_error(client),
                 "ECONNABORTED")
        point_is(side.name + ": the peer as well", await_equal(
            lambda: pending_error(server), "ECONNRESET"), "ECONNRESET")
        client.close()
        server.close()


def datagrams_closed_from_outside():
    """Nothing more comes of it: the descriptor stays, without a peer."""
    for side, protocol in ((INET, socket.IPPROTO_UDP), (US, socket.IPPROTO_UDP),
                           (US, socket.IPPROTO_ICMP)):
        name = "%s, protocol %d" % (side.name, protocol)
        enter(left)
        made = make(side.family, socket.SOCK_DGRAM, protocol)
        made.settimeout(None)
        made.connect((PEER, 9))
        own, peer = made.getsockname(), made.getpeername()

        def destroyed(**words):
            return error_of(lambda: diag.ask(
                side.family, diag.SOCK_DESTROY, diag.NLM_F_ACK, protocol=protocol,
                who=diag.identity(own[1], peer[1], own[0], peer[0], **words)))
        point_is(name + ": another cookie", destroyed(cookie=1), errno.ENOENT)
        reader = Later(made.recv, 1)
        reader.sleeps()
        point_is(name + ": it is closed", destroyed(), 0)
        point_is(name + ": who reads is told", reader.outcome(), "ECONNABORTED")
        point_is(name + ": it has no peer any more", error_of(made.getpeername),
                 errno.ENOTCONN)
        made.close()


def sharing(side, port, device=b""):
    """A listener that lets others have its port."""
    made = side.socket()
    if device:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
    # before kernel 6.7 the core refuses it to other families
    made.setsockopt(AF_TWIN, socket.SO_REUSEPORT, 1)
    made.bind((side.address, port))
    made.listen(1)
    made.setblocking(False)
    return made


def one_of_two():
    """AF_INET finds one of them, and if it has another cookie, none."""
    for which in (0, 1):
        pair = [sharing(US, 9800 + which) for _ in range(2)]
        enter(left)
        inode = os.fstat(pair[which].fileno()).st_ino
        found = [row for row in diag.ask(AF_TWIN) if row.inode == inode]
        diag.ask(AF_TWIN, diag.SOCK_DESTROY, diag.NLM_F_ACK,
                 who=diag.identity(9800 + which, 0, OURS,
                                   cookie=found[0].cookie))
        point_is("of two listeners that share a port, number %d" % which,
                 [error_of(one.accept) for one in pair],
                 [errno.EINVAL if i == which else errno.EAGAIN
                  for i in range(2)])
        for one in pair:
            one.close()


def one_of_a_device():
    """Without a cookie the device tells them apart; the newer one is found
    first."""
    pair = [sharing(US, 9810, device) for device in (b"eth0", b"")]
    enter(left)
    diag.ask(AF_TWIN, diag.SOCK_DESTROY, diag.NLM_F_ACK, who=diag.identity(
        9810, 0, OURS, ifindex=socket.if_nametoindex("eth0")))
    point_is("of two listeners the one that is bound to the device",
             [error_of(one.accept) for one in pair],
             [errno.EINVAL, errno.EAGAIN])
    for one in pair:
        one.close()


def twin_ss(*words):
    return subprocess.run(("twin", "ss") + words, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


def killed_by_ss():
    pairs = [connected(US, KERNEL) for _ in range(3)]
    kernels = connected(INET, KERNEL)
    ports = [client.getsockname()[1] for client, _ in pairs]
    enter(left)
    said = twin_ss("-tnKH", "sport", "=", ":%d" % ports[0], "or", "sport", "=",
                   ":%d" % ports[2], "or", "sport", "=",
                   ":%d" % kernels[0].getsockname()[1]).stdout.decode()
    point_is("twin ss -K lists what it closed, and nothing else",
             [":%d " % port in said for port in ports], [True, False, True])
    point_is("these are closed, and nothing else",
             [pending_error(client) for client, _ in pairs],
             ["ECONNABORTED", "OK", "ECONNABORTED"])
    point_is("least of all one of the kernel's own", pending_error(kernels[0]), "OK")
    datagrams = make(AF_TWIN, socket.SOCK_DGRAM, 0)
    datagrams.connect((PEER, 9))
    said = twin_ss("-unKH", "sport", "=", ":%d" % datagrams.getsockname()[1])
    point("datagram sockets as well", ":9" in said.stdout.decode() and
          pending_error(datagrams) == "ECONNABORTED", said.stdout)
    datagrams.close()
    said = twin_ss("-tnKH", "state", "listening", "sport", "=",
                   ":%d" % ports[1])
    point_is("a state that it does not have", (said.returncode, said.stdout),
             (0, b""))
    point_is("what would close nothing is refused",
             twin_ss("-tnK", "--history").returncode, 2)
    kept_rows = os.path.join(os.environ.get("TWIN_OUT", "/tmp"), "rows")
    twin_ss("-tanD", kept_rows)
    shown = subprocess.run(["ss", "-tanH"], stdout=subprocess.PIPE, check=True,
                           env=dict(os.environ, TCPDIAG_FILE=kept_rows))
    point_is("twin ss -D keeps what it would list",
             sorted(shown.stdout.split()), sorted(twin_ss("-tanH").stdout.split()))
    listener = US.listener(port=9700)
    enter(left)
    twin_ss("-tlnKH", "sport", "=", ":9700")
    point_is("a listener", error_of(listener.accept), errno.EINVAL)
    listener.close()
    for client, server in pairs + [kernels]:
        client.close()
        server.close()


#
# What others are told: nobody's questions, in a process of nobody's.
#

def as_nobody(function, *arguments):
    ends = os.pipe()
    child = os.fork()
    if not child:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        try:
            text = json.dumps(function(*arguments))
        except OSError as error:
            text = json.dumps(errno.errorcode[error.errno])
        os.write(ends[1], text.encode())
        os._exit(0)
    os.close(ends[1])
    with os.fdopen(ends[0], "rb") as answer:
        data = answer.read()
    os.waitpid(child, 0)
    return json.loads(data or b"null")


def told(side, who):
    """The attributes that are told of one socket, by number. One of Twin's says
    in which table it is, which AF_INET's does not where that was asked for. Padding
    to 64 bits, where a machine has any, depends on what stands before it."""
    for row in diag.ask(side.family):
        if names.get((side.family, row.sport, row.dport)) == who:
            return sorted(set(row.attributes) - {diag.PROTOCOL, diag.PAD})
    return None


def told_by_file(who):
    """The same from /proc/net/twin/diag."""
    with open("/proc/thread-self/net/twin/diag", "rb") as file:
        data = file.read()
    while data:
        size, kind = struct.unpack_from("=IH", data)
        if kind == diag.SOCK_DIAG_BY_FAMILY:
            row = diag.row(data[16:size])
            if names.get((AF_TWIN, row.sport, row.dport)) == who:
                return sorted(row.attributes)
        data = data[(size + 3) & ~3:]
    return None


def readable():
    folder = "/proc/thread-self/net/twin"
    return [name for name in sorted(os.listdir(folder))
            if error_of(lambda: open(folder + "/" + name, "rb").read())]


def modes(folder, names_there):
    return [oct(os.stat(folder + "/" + one).st_mode & 0o777)
            for one in names_there]


def unprivileged():
    for who in ("marked", "listener"):
        point_is("nobody is told what AF_INET tells of a %s socket" % who,
                 as_nobody(told, US, who), as_nobody(told, INET, who))
    point("a mark is not among it", diag.MARK not in
          as_nobody(told, US, "marked"))
    point("root is told", diag.MARK in told(US, "marked"))
    point_is("in the file too", [diag.MARK in told_by_file("marked"),
                                 diag.MARK in as_nobody(told_by_file,
                                                        "marked")],
             [True, False])
    mark = diag.single(diag.MARK_COND, struct.pack("=II", 7, 0xff))
    point_is("nor may nobody ask for marks", [as_nobody(filtered, side, mark)
                                              for side in SIDES], ["EPERM"] * 2)
    point_is("nobody may not close sockets", [
        as_nobody(lambda side=side: destroy(
            side, next(one for one in kept
                       if names.get((side.family, one.getsockname()[1], 9100))
                       == "bound"))) for side in SIDES], [errno.EPERM] * 2)
    point_is("nor look into flight recorders", as_nobody(
        lambda: diag.ask(AF_TWIN, behind=diag.attribute(256, b""))), "EPERM")
    files = ("tcp", "udp", "arp", "route", "snmp", "netstat", "sockstat")
    point_is("the files are as open as AF_INET's",
             modes("/proc/thread-self/net/twin", files),
             modes("/proc/thread-self/net", files))
    point_is("nobody may read all of them", as_nobody(readable), [])


def orphans(side):
    enter(left)
    folder = "twin/" if side.family == AF_TWIN else ""
    with open("/proc/thread-self/net/%ssockstat" % folder,
              encoding="ascii") as file:
        words = file.read().split("TCP:")[1].split()
    return int(words[words.index("orphan") + 1])


def not_accepted():
    for side in SIDES:
        with side.listener() as listener:
            clients = [KERNEL.socket() for _ in range(5)]
            for client in clients:
                client.connect(listener.getsockname())
            point_is("%s: who waits for accept() is no orphan" % side.name,
                     await_equal(lambda side=side: orphans(side), 0, 20), 0)
            for client in clients:
                client.close()


set_up()
add_address(left, "10.7.0.5", family=socket.AF_INET)
open_sockets()
run_tests((filters_choose, broken_filters, random_filters, exact,
           socket_options, attributes_asked_for, rows_for_readers_of_inet,
           many_of_a_bucket, closed_from_outside,
           datagrams_closed_from_outside, one_of_two, one_of_a_device,
           killed_by_ss, unprivileged, not_accepted))
for one in kept:
    one.close()
finish()
