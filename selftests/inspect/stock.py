#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: stock
# timeout: 300
"""The distribution's own programs see Twin: ss with all its details beside
AF_INET's, ip, nstat, tcpdump, lsof, fuser, perf, bpftrace."""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import record_lib  # noqa: E402,F401  (makes the library of net/ known)
from tcp_lib import KERNEL, US, Side, await_true, connected, set_up  # noqa: E402
from twin_lib import (AF_TWIN, NOBODY, OURS, PEER, add_address, enter,  # noqa: E402
                      finish, left, make, point, point_is, run_tests, skip)

INET = Side("kernel", left, socket.AF_INET, "10.7.0.5")
# ss prints a name and a value, or a word alone.
WORD = re.compile(r"([a-z_]+)(?::\S+| \d+(?:\.\d+)?[KMG]?bps)?$")
# What depends on chance: how long it took, who was late (which ends slow start, in
# HyStart). ss_fields.py has these in virtual time.
CHANCE = {"busy", "rwnd_limited", "sndbuf_limited", "retrans", "reordering",
          "ssthresh", "rcv_rtt", "timer", "unacked", "notsent", "lastsnd", "lastrcv",
          "lastack", "app_limited", "delivered_ce", "dsack_dups"}


def output(*command):
    enter(left)
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode(errors="replace")


def exchange(side):
    """An open connection over which something went both ways."""
    client, server = connected(side, KERNEL)
    for _ in range(20):
        client.sendall(bytes(20000))
        got = 0
        while got < 20000:
            got += len(server.recv(65536))
        server.sendall(bytes(3000))
        client.recv(3000, socket.MSG_WAITALL)
    return client, server


def fields(text):
    """The names that ss prints of a connection."""
    text = re.sub(r"skmem:\([^)]*\)", "skmem:x", text)
    text = re.sub(r"users:\(\(.*?\)\)", "users:x", text)
    text = re.sub(r"(\w+) (\d[\d.]*[KMG]?bps)", r"\1:\2", text)
    found = set()
    for word in text.split():
        match = WORD.match(word)
        if match:
            found.add(match.group(1))
    return found


def values(text):
    """{name: value} of what stands behind a colon, and of what behind a blank."""
    found = dict(re.findall(r"(\w+):([\d.,]+)", text))
    found.update(re.findall(r"(\w+) (\d[\d.]*)[KMG]?bps", text))
    return found


def ss_of(side, made, options):
    program = ("twin", "ss") if side is US else ("ss",)
    return output(*program, options, "sport", "=",
                  ":%d" % made.getsockname()[1])


def ss_shows_all():
    theirs, peer = exchange(INET)
    ours, other = exchange(US)
    inet = ss_of(INET, theirs, "-tiemnpHO")
    twin = ss_of(US, ours, "-tiemnpHO")
    point("ss -tiemnp shows a connection of AF_INET", "cwnd:" in inet, inet)
    missing = fields(inet) - fields(twin) - CHANCE
    point("ss -tiemnp shows of Twin's whatever it shows of that", not missing,
          "%s\n%s\n%s" % (missing, inet, twin))
    point("the process", '"python3",pid=%d,fd=%d' % (
        os.getpid(), ours.fileno()) in twin, twin)
    point_is("the inode", values(twin).get("ino"),
             str(os.fstat(ours.fileno()).st_ino))
    for name in ("mss", "pmtu", "rcvmss", "advmss", "wscale", "bytes_sent",
                 "bytes_acked", "bytes_received"):
        point_is("the same traffic: " + name, values(twin).get(name),
                 values(inet).get(name))
    point_is("bytes received are what was sent",
             values(twin).get("bytes_received"), "60000")
    for name in ("cwnd", "rtt", "rto", "send", "pacing_rate", "delivery_rate",
                 "rcv_space", "rcv_ssthresh", "minrtt", "snd_wnd", "segs_out",
                 "segs_in", "data_segs_out", "data_segs_in", "delivered"):
        point("%s is a number that may be true" % name,
              float(values(twin).get(name, "0").split(",")[0]) > 0, twin)
    for one in (theirs, peer, ours, other):
        one.close()


def compared(name, sockets, options):
    """Two like sockets, of AF_INET and of Twin: the same fields."""
    compared_texts(name, *shown(sockets, options))


def shown(sockets, options):
    return [ss_of(side, made, options)
            for side, made in zip((INET, US), sockets)]


def compared_texts(name, inet, twin):
    point("%s: ss shows it" % name, inet.strip() and twin.strip(), inet + twin)
    missing = fields(inet) - fields(twin) - CHANCE
    point("%s: with the same fields" % name, not missing,
          "%s\n%s\n%s" % (missing, inet, twin))
    point_is("%s: in the same state, with the same queues" % name,
             state_and_queues(twin), state_and_queues(inet))


def state_and_queues(text):
    return text.split()[:3]


def ss_has_the_same_columns():
    """One for the kind of socket only where several kinds were asked for."""
    both = [datagram(side) for side in (INET, US)]
    for options in ("-uan", "-ua", "-uane", "-wan", "-tan", "-tuan"):
        headers = [output(*program, options).splitlines()[0].split()
                   for program in (("ss",), ("twin", "ss"))]
        point_is("ss %s: the columns" % options, headers[1], headers[0])
    rows = [ss_of(side, made, "-uanH").split()
            for side, made in zip((INET, US), both)]
    point_is("ss -uan: state, queues, address and peer",
             rows[1][:3] + [len(rows[1])], rows[0][:3] + [len(rows[0])])


def ss_without_the_library():
    """As set-user-ID programs do it, this ss loads nothing that the environment names."""
    with tempfile.TemporaryDirectory() as folder, US.listener() as listener, \
            INET.listener() as other:
        os.chmod(folder, 0o755)
        shutil.copy(shutil.which("ss"), folder)
        os.chmod(os.path.join(folder, "ss"), 0o4755)
        enter(left)
        rows = [subprocess.run(("twin", "ss", options), capture_output=True, user="nobody",
                               env=dict(os.environ, PATH=folder + ":" + os.environ["PATH"]),
                               check=False).stdout.decode() for options in ("-tanH", "-tanHK")]
        ours, kernels = (":%d " % one.getsockname()[1] for one in (listener, other))
        point("an ss that loads no library is given Twin's sockets",
              ours in rows[0] and kernels not in rows[0], rows[0])
        point_is("and none as closed", rows[1], "")
        library = os.path.join(os.path.dirname(shutil.which("twin")), "twin-ss.so")
        done = subprocess.run(("ss", "-tanH"), capture_output=True, check=False,
                              env=dict(os.environ, LD_PRELOAD=library, TWIN_SS_FAMILY="45",
                                       PROC_NET_TCP="/proc/net/twin/tcp"))
        row = done.stdout.decode()
        point("so is one whose question is refused", ours in row and kernels not in row and
              b"cannot be preloaded" not in done.stderr, done)
        elsewhere = dict(os.environ, PROC_ROOT="/proc")
        row = subprocess.run(("twin", "ss", "-tanH"), capture_output=True, check=False,
                             env=elsewhere).stdout.decode()
        point("so is one that is to read files", ours in row and kernels not in row, row)
        done = subprocess.run(("twin", "ss", "-tanHK"), capture_output=True, check=False,
                              env=elsewhere)
        point_is("which closes nothing", (done.returncode, done.stdout), (1, b""))


def ss_takes_the_last_word():
    """Of "all" and "listening"."""
    for side in (INET, US):
        with side.listener() as listener, KERNEL.socket() as client:
            client.connect(listener.getsockname())
            await_true(lambda made=listener, side=side:
                       len(ss_of(side, made, "-tanH").splitlines()) == 2)
            point_is("%s: ss -tnal lists the listener, -tnla all" % side.name,
                     [len(ss_of(side, listener, options).splitlines())
                      for options in ("-Htnal", "-Htnla")], [1, 2])


def calling(side):
    """It calls somebody who is not there."""
    made = side.socket()
    made.setblocking(False)
    made.bind((side.address, 0))
    made.connect_ex((NOBODY, 9))
    return made


def first_calls(options):
    """Of two that have not yet sent their SYN a second time."""
    while True:
        texts = shown([calling(side) for side in (INET, US)], options)
        if not any("backoff:" in text for text in texts):
            return texts


def half_closed(side):
    client, server = connected(side, KERNEL)
    server.close()
    client.recv(1)
    return client


def datagram(side):
    enter(left)
    made = make(side.family, socket.SOCK_DGRAM, 0)
    made.bind((side.address, 0))
    made.connect((PEER, 9))
    return made


def ss_shows_the_rest():
    both = [side.listener(backlog=5) for side in (INET, US)]
    compared("a listener", both, "-tliemnHO")
    both = [half_closed(side) for side in (INET, US)]
    compared("CLOSE-WAIT", both, "-taiemnHO")
    both = [datagram(side) for side in (INET, US)]
    compared("UDP", both, "-uaiemnHO")
    compared_texts("SYN-SENT", *first_calls("-taiemnHO"))


def ss_shows_algorithms():
    for name, wanted in (("bbr", r"bbr:\(.*mrtt:"),
                         ("dctcp", r"dctcp:(\(.*alpha:|fallback_mode)")):
        client, server = connected(US, KERNEL, (
            (socket.IPPROTO_TCP, socket.TCP_CONGESTION, name.encode()),))
        client.sendall(bytes(3000))
        server.recv(3000, socket.MSG_WAITALL)
        said = ss_of(US, client, "-tinHO")
        point("ss -i shows what %s tells of itself" % name,
              re.search(wanted, said), said)
        client.close()
        server.close()


def ip_shows():
    text = output("ip", "addr", "show", "dev", "eth0")
    point("ip addr shows Twin's address", OURS + "/24" in text, text)
    text = output("ip", "route", "show", "table", "all")
    point("ip route show table all shows its routes", "10.7.0.0/24" in text,
          text)
    enter(left)
    with subprocess.Popen(["ip", "monitor", "all"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as monitor:
        def heard():
            add_address(left, "10.9.9.9")
            subprocess.run(["twin", "-n", left, "addr", "del", "10.9.9.9/24",
                            "dev", "eth0"], check=True)
            # an address of a family that ip does not know is "???"
            return b"family 18" in os.read(monitor.stdout.fileno(), 65536)
        point("ip monitor hears of changes", await_true(heard))
        monitor.kill()


def nstat_counts():
    client, server = connected(US, KERNEL)
    text = output("twin", "stat", "-asz", "TcpActiveOpens")
    count = re.search(r"TcpActiveOpens\s+(\d+)", text)
    point("nstat counts", count and int(count.group(1)) > 0, text)
    client.close()
    server.close()
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind("\0nstat0")
        daemon.listen()
        text = output("twin", "stat")
    point("not where a daemon would answer instead", "daemon runs here" in text, text)
    if not os.environ.get("XDG_RUNTIME_DIR"):
        history = "/run/.twin-nstat.u0.n%d" % os.stat("/proc/thread-self/ns/net").st_ino
        if os.path.exists(history):
            os.remove(history)
        os.symlink("/run/elsewhere", history)
        text = output("twin", "stat", "Tcp*")
        point("no link is followed to what is kept", "cannot use" in text and
              not os.path.exists("/run/elsewhere"), text)
        os.remove(history)
        text = output("twin", "stat", "Tcp*")
        point("and it is kept", os.path.getsize(history) > 0, text)
    text = output("twin", "stat", "-d", "1")
    point("nor as such a daemon", "nstat's daemon" in text, text)


def lsof_lists():
    made = US.socket()
    text = output("lsof", "-nP", "-a", "-p", str(os.getpid()), "-d",
                  str(made.fileno()))
    point("lsof lists the descriptor as a socket",
          re.search(r"\bsock\b", text), text)


def fuser_names():
    """It reads /proc/net/tcp; Twin's file is of the same form. It gets a /proc that has
    this file for net/tcp, since 7.3 refuses mounts on and of /proc/PID/net."""
    with US.listener(port=8123):
        enter(left)
        text = output("unshare", "-m", "sh", "-c",
                      "mount -t tmpfs none /mnt && mkdir /mnt/$1 && "
                      "mount --bind /proc/$1 /mnt/$1 && ln -s $1/net/twin /mnt/net && "
                      "mount --move /mnt /proc && exec fuser -n tcp 8123 2>&1",
                      "sh", str(os.getpid()))
    point("fuser finds the owner of a port", str(os.getpid()) in text.split(),
          text)


def traced(command, pattern, name):
    """What the program says of events while a connection is made."""
    enter(left)
    with subprocess.Popen(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as tracer:
        def made():
            client, server = connected(US, KERNEL)
            server.close()
            client.close()
            return tracer.poll() is not None
        await_true(made)
        said = tracer.communicate()[0].decode(errors="replace")
    found = re.search(pattern, said)
    point(name, found and int(found.group(1).replace(",", "")) > 0, said)


def perf_counts():
    if not shutil.which("perf"):
        skip("perf counts the events", "no perf")
        skip("perf trace shows them", "no perf")
        return
    traced(["perf", "stat", "-a", "-e", "twin:twin_tcp_state", "sleep", "1"],
           r"([\d,]+)\s+twin:twin_tcp_state", "perf counts the events")
    said = output("perf", "trace", "-e", "twin:twin_socket_call", "--",
                  "python3", "-c", "import socket; socket.socket(%d, 1)" % AF_TWIN)
    point("perf trace shows them, and whose they are",
          re.search(r"python3/\d+ twin:twin_socket_call\(", said), said)


def bpftrace_counts():
    if not shutil.which("bpftrace"):
        skip("bpftrace counts the events", "no bpftrace")
        skip("bpftrace reads their fields", "no bpftrace")
        return
    traced(["bpftrace", "-e", "tracepoint:twin:twin_tcp_state { @n = count(); }"
            " interval:s:1 { exit(); }"], r"@n: (\d+)",
           "bpftrace counts the events")
    traced(["bpftrace", "-e", "tracepoint:twin:twin_socket_call "
            "/args->call == 2/ { @port = args->rport; }"
            " interval:s:1 { exit(); }"], r"@port: (\d+)",
           "bpftrace reads their fields")


def tcpdump_sees():
    enter(left)
    with subprocess.Popen(["tcpdump", "-Z", "root", "-nlc", "3", "-i", "eth0",
                           "tcp and host " + PEER], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as tcpdump:
        os.read(tcpdump.stdout.fileno(), 65536)     # it listens
        client, server = connected(US, KERNEL)
        server.close()
        client.close()
        said = tcpdump.communicate()[0].decode()
    point("tcpdump sees the handshake", "[S]" in said and "[S.]" in said, said)


set_up()
add_address(left, "10.7.0.5", family=socket.AF_INET)
run_tests((ss_shows_all, ss_shows_the_rest, ss_has_the_same_columns,
           ss_takes_the_last_word, ss_without_the_library,
           ss_shows_algorithms, ip_shows, nstat_counts, lsof_lists, fuser_names,
           tcpdump_sees, perf_counts, bpftrace_counts))
finish()
