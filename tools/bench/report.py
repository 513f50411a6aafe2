#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report.py OUT FOLDER COMMAND [timed]: what tools/bench/run has measured.

Reads results, windows, kernel and commit from OUT. Prints the table, and keeps
it in FOLDER as bench.txt, bench.json and bench.svg. Works that were not measured
this time keep their last figures, with the date, the commit and the rounds of
these. FOLDER/reached holds the lowest ratio ever recorded of each work; the exit
status is 1 when one that has a goal is lost by more than 3 %, unless the goal is
still reached.

With "timed" the figures are nanoseconds, there are no windows, the names are
timed.txt and so on, and nothing is compared with earlier figures. A ratio is the
median of those of the rounds, in which both families were measured one after the
other.
"""
import json
import os
import statistics
import sys

from chart import chart
from origin import columns, origin

ALLOWED_LOSS = 1.03

# At most so much of what the kernel's own stack needs.
GOALS = {
    "rr-1": 0.68,
    "crc": 0.55,
    "udp-64": 0.75,
    "udp-echo": 0.75,
    "udp-gso": 0.90,
    "stream-64k": 0.80,
    "memory": 0.45,
    "lo-rr-1": 0.50,
    "lo-stream-64k": 0.50,
}

# Likewise, of the time.
TIMED_GOALS = {
    "stream-64k": 0.95,
    "zerocopy-64k": 0.60,
}

# So many times as much is to be done on two processors as on one, or as many times
# as AF_INET does, if that is more.
GOAL_OF_PROCESSORS = 1.7

# At most so much of what one among ten costs.
GOAL_OF_MANY = 1.10

# The same without a protocol: over AF_UNIX, by bare frames.
FLOORS = (
    ("rr-1", "frame-rr-1", "bare frames"),
    ("rr-1", "local-rr-1", "AF_UNIX"),
    ("crc", "local-crc", "AF_UNIX"),
    ("stream-64k", "local-stream-64k", "AF_UNIX"),
    ("memory", "local-memory", "AF_UNIX"),
)

# Here the copy loops, the same for both, would hide the rest.
OUTSIDE_COPY = ("stream-", "lo-stream-", "local-stream-", "sendfile-", "splice-", "zerocopy-", "uring")


def read_windows(out):
    """{window: (instructions, of which in copy loops)}"""
    windows = {}
    with open(os.path.join(out, "windows"), encoding="ascii") as lines:
        for line in lines:
            _, window, instructions, copying = line.split()
            windows[window] = int(instructions), int(copying)
    return windows


def read_rounds(out, timed):
    """{work: {family: [one dict for each round]}}"""
    windows = {} if timed else read_windows(out)
    rounds = {}
    with open(os.path.join(out, "results"), encoding="ascii") as lines:
        for line in lines:
            work, family, window, units, ns, lost, each = line.split()
            units = int(units)
            if work.endswith("memory"):
                values = {"bytes": float(each)}
            elif timed:
                values = {"ns": int(ns) / units, "lost": int(lost)}
            else:
                instructions, copying = windows[window]
                values = {
                    "instructions": instructions / units,
                    "outside_copy": (instructions - copying) / units,
                    "idle": max(0, int(ns) - instructions) / units,
                    "lost": int(lost),
                    "units": units,
                }
            rounds.setdefault(work, {}).setdefault(family, []).append(values)
    return rounds


def measure_of(work, timed):
    if work.endswith("memory"):
        return "bytes"
    if timed:
        return "ns"
    return "outside_copy" if work.startswith(OUTSIDE_COPY) else "instructions"


def summarize(rounds, timed):
    """{work: what is kept of it}; works that one family cannot do are left out."""
    works = {}
    for work, families in rounds.items():
        if set(families) != {"twin", "inet"}:
            continue
        measure = measure_of(work, timed)
        goals = TIMED_GOALS if timed else GOALS
        entry = {"measure": measure, "goal": goals.get(work)}
        for family, values in families.items():
            entry[family] = {
                name: round(statistics.median(one[name] for one in values), 1)
                for name in values[0]}
            entry[family]["rounds"] = [round(one[measure], 1) for one in values]
        entry["ratio"] = round(entry["twin"][measure] / entry["inet"][measure], 4)
        if timed:
            entry["ratios"] = quotients(entry["twin"], entry["inet"])
            entry["ratio"] = statistics.median(entry["ratios"])
        works[work] = entry
    return works


def quotients(one, other):
    """Of each round, in order."""
    return [round(above / below, 4)
            for above, below in zip(one["rounds"], other["rounds"])]


def mark(work, entry):
    notes = []
    if entry["goal"]:
        notes.append("reached" if entry["ratio"] <= entry["goal"] else "open")
    for family in ("twin", "inet"):
        one = entry[family]
        if one.get("idle", 0) > 0.02 * one.get("instructions", 1):
            notes.append("%s idle for %.0f" % (family, one["idle"]))
        if one.get("lost"):
            notes.append("%s lost %d" % (family, one["lost"]))
    if "ratios" in entry:
        notes.append("ratios " + spread(entry["ratios"]))
    return ", ".join(notes)


def spread(values):
    return "%.3f to %.3f" % (min(values), max(values))


def table(works, units, head):
    yield from head
    yield ""
    yield "%-17s %-10s %10s %10s %6s %5s %6s  %-10s  %s" % (
        "work", "for one", "Twin", "AF_INET", "ratio", "goal", "rounds", "date", "commit")
    for work, entry in works.items():
        measure = entry["measure"]
        yield ("%-17s %-10s %10.1f %10.1f %6.3f %5s %6d  %s %s" % (
            work, units.get(work, ""), entry["twin"][measure],
            entry["inet"][measure], entry["ratio"],
            "%.2f" % entry["goal"] if entry["goal"] else "",
            len(entry["twin"]["rounds"]), columns(entry), mark(work, entry))).rstrip()
    yield ""
    if any(entry["measure"] == "ns" for entry in works.values()):
        yield "Nanoseconds; memory: bytes of kernel memory. Ratios: of the rounds' own the median,"
        yield "and the lowest and the highest."
        yield from floors(works)
        yield from by_reference(works)
        yield from processors(works)
        return
    yield "Instructions, of both ends and all between; memory: bytes of kernel memory."
    yield "Streams: without the steps of the copy loops."
    yield from floors(works)
    yield from flows(works)
    yield from amid(works)


def floors(works):
    for work, floor, what in FLOORS:
        if work in works and floor in works:
            measure = works[work]["measure"]
            ours, theirs, least = (
                works[name][family][measure]
                for name, family in ((work, "twin"), (work, "inet"), (floor, "twin")))
            yield "floor: %s by %s takes %.3f of AF_INET's, Twin %.3f" % (
                work, what, least / theirs, ours / theirs)


def of_one_run(*works):
    """Only then do rounds with the same number belong together."""
    return len({(work["date"], work["commit"], len(work["twin"]["rounds"]))
                for work in works}) == 1


def by_reference(works):
    names = ("zerocopy-64k", "stream-64k")
    if all(name in works for name in names) and of_one_run(*(works[name] for name in names)):
        ratios = quotients(works[names[0]]["twin"], works[names[1]]["inet"])
        yield ("zero-copy: Twin by MSG_ZEROCOPY takes %.3f (%s) of AF_INET's time by copying" % (
            statistics.median(ratios), spread(ratios)))


def processors(works):
    """How many times as much is done on two processors as on one."""
    for kind, what in (("crc-cpus", "connections"), ("accept", "accepted connections")):
        one, two = (works.get("%s-%d" % (kind, number)) for number in (1, 2))
        if not one or not two:
            continue
        times = {}
        for family, name in (("twin", "Twin"), ("inet", "AF_INET")):
            gains = quotients(one[family], two[family])
            times[family] = statistics.median(gains)
            yield "%s: %s has %.0f %s a second on 2 processors, %.0f on 1: %.3f times (%s)" % (
                kind, name, 1e9 / two[family]["ns"], what, 1e9 / one[family]["ns"],
                times[family], spread(gains))
        if kind == "crc-cpus":
            goal = max(GOAL_OF_PROCESSORS, times["inet"])
            yield "%s: goal %.3f, %s" % (
                kind, goal, "reached" if times["twin"] >= goal else "missed")


def flows(works):
    """The cost of a packet as sockets, routes, neighbours become many, against few."""
    for kind, what in (("flows-tcp", "sockets"), ("flows-udp", "sockets"),
                       ("sockets-udp", "sockets"), ("routes", "routes"),
                       ("neighbours", "neighbours")):
        few = works.get("%s-10" % kind)
        for number in (1000, 10000, 100000, 1000000):
            many = works.get("%s-%d" % (kind, number))
            if not few or not many:
                continue
            twin, inet = (many[family]["instructions"] / few[family]["instructions"]
                          for family in ("twin", "inet"))
            yield ("%s: %d %s instead of 10 cost Twin %.3f, AF_INET %.3f (goal %.2f)%s" % (
                kind, number, what, twin, inet, GOAL_OF_MANY,
                ", missed" if twin > GOAL_OF_MANY else ""))


def amid(works):
    """What a stream and a list of sockets cost beyond the two alone, all of one commit."""
    names = ("amid-list-10000", "amid-none-10000", "ss-tcp-10000")
    if any("units" not in works.get(name, {}).get("twin", {}) for name in names):
        return
    if len({works[name]["commit"] for name in names}) != 1:
        return
    percent = []
    for family in "twin", "inet":
        both, stream, listing = (
            works[name][family]["instructions"] * works[name][family]["units"]
            for name in names)
        percent.append(100 * (both - stream - listing) / stream)
    yield ("amid: a stream beside a list of 10000 sockets costs Twin %.1f %%, "
           "AF_INET %.1f %% more than it and the list alone (goal 5)%s" % (
               *percent, ", missed" if percent[0] > 5 else ""))


def load(path, default):
    if not os.path.exists(path):
        return default
    with open(path, encoding="ascii") as file:
        return json.load(file)


def save(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def allowed(best, goal):
    """How streams fall into packets varies: what reaches its goal has room."""
    return max(best * ALLOWED_LOSS, goal)


def lost_ground(works, folder):
    """Says which ratios were better once; keeps the better ones."""
    path = os.path.join(folder, "reached")
    reached = load(path, {})
    lost = []
    for work, entry in works.items():
        best = reached.get(work)
        if best and entry["goal"] and entry["ratio"] > allowed(best, entry["goal"]):
            lost.append("LOST %s: ratio %.3f, was %.3f" % (work, entry["ratio"], best))
        reached[work] = min(entry["ratio"], best or entry["ratio"])
    save(path, json.dumps(reached, indent=1, sort_keys=True) + "\n")
    return lost


def in_order(works, order):
    return {work: works[work] for work in order if work in works}


def main():
    out, folder, command = sys.argv[1:4]
    timed = sys.argv[4:] == ["timed"]
    name = os.path.join(folder, "timed" if timed else "bench")
    with open(os.path.join(out, "kernel"), encoding="ascii") as file:
        kernel = file.read().strip()
    with open(os.path.join(out, "works"), encoding="ascii") as lines:
        units = dict(line.split("\t")[:2] for line in lines)
    os.makedirs(folder, exist_ok=True)
    run = origin(out)
    now = {work: {**entry, **run}
           for work, entry in summarize(read_rounds(out, timed), timed).items()}
    kept = load(name + ".json", {"works": {}})
    works = in_order({**kept["works"], **now}, units)
    head = ["last run: %s, Linux %s, %s" % (command, kernel, run["date"])]
    text = "\n".join(table(works, units, head)) + "\n"
    save(name + ".txt", text)
    save(name + ".json", json.dumps(
        {"command": command, "kernel": kernel, "works": works}, indent=1) + "\n")
    save(name + ".svg", chart(works, head[0], "time" if timed else "instructions"))
    lost = [] if timed else lost_ground(now, folder)
    print("\n".join(table(in_order(now, units), units, head)))
    print("\n".join(lost))
    return 1 if lost or not now else 0


if __name__ == "__main__":
    sys.exit(main())
