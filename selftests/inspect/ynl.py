#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# bed: debug
# timeout: 300
"""ynl, the kernel's own tool for netlink by specification, configures Twin by
the specifications in Documentation/netlink/specs: what it is told is checked
against what the twin command says, and the other way round."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import record_lib  # noqa: E402,F401  (makes the library of net/ known)
from tcp_lib import await_true  # noqa: E402
from twin_lib import (AF_TWIN, OURS, enter, finish, left,  # noqa: E402
                      point, point_is, run_tests, set_up, skip)

HERE = os.path.dirname(os.path.abspath(__file__))
SPECS = os.path.join(HERE, "../../Documentation/netlink/specs/twin-%s.yaml")
YNL = os.path.join(os.environ.get("TWIN_KDIR", "/"), "tools/net/ynl/cli.py")


def ynl(part, *words):
    return [sys.executable, YNL, "--no-schema", "--output-json", "--spec",
            SPECS % part] + list(words)


def ask(part, kind, operation, *words, **values):
    """The answer, or what ynl says of the error."""
    enter(left)
    values = {name.replace("_", "-"): value for name, value in values.items()}
    done = subprocess.run(
        ynl(part, kind, operation, *words, "--json",
            json.dumps({"family": AF_TWIN, **values})),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        return done.stdout.decode()
    return json.loads(done.stdout or "null")


def twin(*words):
    return subprocess.run(("twin", "-n", left) + words, check=True,
                          stdout=subprocess.PIPE).stdout.decode()


def device():
    said = subprocess.run(["ip", "-n", left, "-j", "link", "show", "eth0"],
                          check=True, stdout=subprocess.PIPE).stdout
    return json.loads(said)[0]["ifindex"]


def addresses():
    found = [one for one in ask("addr", "--dump", "getaddr")
             if one["ifindex"] == device()]
    point_is("the address that is there", [
        (one["family"], one["prefix-len"], one["ifindex"], one["local"],
         one["broadcast"]) for one in found],
        [(AF_TWIN, 24, device(), OURS, "10.7.0.255")])
    point_is("its flags by name", "permanent" in found[0]["flags"], True)
    made = dict(prefix_len=24, ifindex=device(), local="0a080009",
                address="0a080009")
    point_is("a new one", ask("addr", "--do", "newaddr", "--create", "--excl",
                              **made), None)
    point("the twin command shows it", "10.8.0.9/24" in twin("addr"))
    point_is("one by its name", ask("addr", "--do", "getaddr", **made)["local"],
             "10.8.0.9")
    said = ask("addr", "--do", "newaddr", "--create", "--excl", **made)
    point("once more: the errno is told", "exists" in str(said), said)
    point_is("it can be deleted", ask("addr", "--do", "deladdr", **made), None)
    point("it is gone", "10.8.0.9" not in twin("addr"))
    said = ask("addr", "--do", "deladdr", **made)
    point("once more: the errno and the kernel's own text",
          "Cannot assign" in str(said) or "extack" in str(said), said)


def routes():
    made = dict(dst_len=16, scope=0, type=1, protocol=4, table_id=254,
                dst="0a4d0000", gateway="0a070002", oif=device(), priority=5,
                metrics={"mtu": 1400})
    point_is("a new route", ask("route", "--do", "newroute", "--create",
                                **made), None)
    point("the twin command shows it",
          "10.77.0.0/16 via 10.7.0.2" in twin("route"), twin("route"))
    found = [one for one in ask("route", "--dump", "getroute")
             if one.get("dst") == "10.77.0.0"]
    point_is("the list has it", [
        (one["dst-len"], one["gateway"], one["oif"], one["priority"],
         one["metrics"], one["type"]) for one in found],
        [(16, "10.7.0.2", device(), 5, {"mtu": 1400}, "unicast")])
    way = ask("route", "--do", "getroute", dst_len=32, dst="0a4d0101")
    point_is("the way to an address", (way["dst"], way["prefsrc"], way["oif"]),
             ("10.77.1.1", OURS, device()))
    point_is("it can be deleted", ask("route", "--do", "delroute", **made),
             None)
    point("it is gone", "10.77.0.0" not in twin("route"))


def neighbours():
    made = dict(ifindex=device(), dst="0a070063")
    point_is("a new neighbour", ask(
        "neigh", "--do", "newneigh", "--create", state=128,
        lladdr="020000000063", **made), None)
    point("the twin command shows it", "10.7.0.99" in twin("neigh"))
    found = [one for one in ask("neigh", "--dump", "getneigh")
             if one["dst"] == "10.7.0.99"]
    point_is("the list has it", [
        (one["lladdr"], one["state"], one["ifindex"]) for one in found],
        [("02:00:00:00:00:63", ["permanent"], device())])
    point_is("one by its address", ask("neigh", "--do", "getneigh",
                                       **made)["lladdr"], "02:00:00:00:00:63")
    point_is("it can be deleted", ask("neigh", "--do", "delneigh", **made),
             None)
    point("it is gone", "10.7.0.99" not in twin("neigh"))


def news():
    """Notifications: ynl sleeps a while with its ears open, then tells."""
    changes = (
        ("addr", ("addr", "add", "10.8.0.10/24", "dev", "eth0"), "10.8.0.10"),
        ("route", ("route", "add", "10.78.0.0/16", "via", "10.7.0.2"),
         "10.78.0.0"),
        ("neigh", ("neigh", "add", "10.7.0.98", "lladdr", "02:00:00:00:00:62",
                   "dev", "eth0"), "10.7.0.98"))
    enter(left)
    listeners = [subprocess.Popen(
        ynl(part, "--subscribe", part, "--sleep", "20"),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for part, _, _ in changes]
    for (part, change, wanted), listener in zip(changes, listeners):
        await_true(lambda pid=listener.pid: listens(pid))
        twin(*change)
    for (part, change, wanted), listener in zip(changes, listeners):
        said = listener.communicate()[0].decode()
        point("news of a new %s" % part,
              "new%s-ntf" % part in said and wanted in said, said)


def listens(pid):
    """Does the process have a netlink socket that hears of a group?"""
    with open("/proc/%d/net/netlink" % pid, encoding="ascii") as file:
        lines = [line.split() for line in file][1:]
    return any(line[2] == str(pid) and int(line[3], 16) for line in lines)


set_up()
if not os.path.exists(YNL):
    skip("ynl", "the kernel's source, with tools/net/ynl, is not there")
else:
    run_tests((addresses, routes, neighbours, news))
finish()
