#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""loss_report.py OUT FOLDER COMMAND: what tools/bench/loss has measured.

Reads flows-CELL, kernel and commit from OUT. Prints the table, and keeps it in
FOLDER as loss.txt, loss.json and loss.svg; paths that were not measured this time
keep their last figures, with the date, the commit and the rounds of these. The
exit status is 1 when a path of this time is beyond a bound.
"""
import json
import math
import os
import statistics
import sys

from loss_cells import FRAME, Cell, error_of_mean, names
from loss_chart import chart
from origin import columns, origin

LEAST_GOODPUT, MOST_RETRANSMITTED, LEAST_FAIRNESS = 0.95, 1.2, 0.9
ROLES = "sender", "receiver"


def role_of(flow):
    if flow["sender"] == "twin":
        return "sender"
    return "receiver" if flow["receiver"] == "twin" else "inet"


def mbit(flow):
    return flow["bytes"] * 8 / flow["seconds"] / 10**6


def summary(flows):
    """One side's mean over the rounds."""
    rates = [mbit(flow) for flow in flows]
    received = sum(flow["bytes"] for flow in flows)
    again = sum(flow["retransmitted"] for flow in flows)
    return {"mbit": round(statistics.mean(rates), 4), "error": round(error_of_mean(rates), 4),
            "retransmitted": again // len(flows), "share": round(again / max(received, 1), 6),
            "rounds": len(flows), "seconds": flows[0]["seconds"]}


def one_flow(lines):
    sides = {}
    for (flow,) in lines:
        sides.setdefault(role_of(flow), []).append(flow)
    return {role: summary(flows) for role, flows in sides.items()}


def shared(lines):
    rates = [mbit(flow) for flow in lines[0]]
    fairness = sum(rates) ** 2 / (len(rates) * sum(rate ** 2 for rate in rates))
    return {"mbit": [round(rate, 4) for rate in rates], "fairness": round(fairness, 4)}


def read_cell(out, name):
    """Nothing if the path was not measured, or its machine died over it."""
    path = os.path.join(out, "flows-" + name)
    if not os.path.exists(path):
        return None
    with open(path, encoding="ascii") as file:
        lines = [json.loads(line) for line in file]
    if Cell(name).shared_by:
        return shared(lines) if lines else None
    entry = one_flow(lines)
    return entry if len(entry) == 3 else None


def goodput(entry, role):
    return entry[role]["mbit"] / entry["inet"]["mbit"]


def retransmission(entry, role):
    """Of each byte that arrives how much is sent again, against AF_INET. A few
    frames in a minute are noise to any ratio."""
    ours, theirs = entry[role], entry["inet"]
    if ours["retransmitted"] <= theirs["retransmitted"] + 10 * FRAME:
        return min(1.0, ours["share"] / theirs["share"] if theirs["share"] else 1.0)
    return ours["share"] / theirs["share"] if theirs["share"] else math.inf


def beyond(entry):
    """What does not hold of a path, in words."""
    if "fairness" in entry:
        return ["unfair"] if entry["fairness"] < LEAST_FAIRNESS else []
    found = ["slow as " + role for role in ROLES if goodput(entry, role) < LEAST_GOODPUT]
    found += ["wasteful as " + role for role in ROLES
              if retransmission(entry, role) > MOST_RETRANSMITTED]
    return found


def flow_line(name, entry):
    text = "%-22s %9.3f" % (name, entry["inet"]["mbit"])
    for role in ROLES:
        text += " %9.3f %6.3f %6.3f %6.2f" % (
            entry[role]["mbit"], goodput(entry, role),
            math.hypot(entry[role]["error"], entry["inet"]["error"]),
            retransmission(entry, role))
    return "%s %6.2f %% %6d  %s  %s" % (
        text, 100 * entry["inet"]["share"], entry["inet"]["rounds"], columns(entry),
        ", ".join(beyond(entry)))


def table(cells, head):
    flows = {name: entry for name, entry in cells.items() if "fairness" not in entry}
    pairs = {name: entry for name, entry in cells.items() if "fairness" in entry}
    yield head
    if flows:
        yield ""
        yield "%-22s %9s%s %8s %6s  %-10s  %s" % (
            "one flow, Mbit/s", "AF_INET", "".join(
                " %9s %6s %6s %6s" % ("Twin " + does, "ratio", "error", "again")
                for does in ("sends", "takes")),
            "again", "rounds", "date", "commit")
        for name, entry in flows.items():
            yield flow_line(name, entry).rstrip()
        for role in ROLES:
            yield "mean ratio, Twin as %s: %.3f" % (role, statistics.mean(
                goodput(entry, role) for entry in flows.values()))
    if pairs:
        yield ""
        yield "%-22s %19s %8s  %-10s  %s" % (
            "two flows, Mbit/s", "", "Jain", "date", "commit")
        for name, entry in pairs.items():
            yield ("%-22s %9.3f %9.3f %8.3f  %s  %s" % (
                name, *entry["mbit"], entry["fairness"], columns(entry),
                ", ".join(beyond(entry)))).rstrip()


def load(path):
    if not os.path.exists(path):
        return {}
    with open(path, encoding="ascii") as file:
        return json.load(file)["cells"]


def save(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    out, folder, command = sys.argv[1:4]
    with open(os.path.join(out, "kernel"), encoding="ascii") as file:
        kernel = file.read().strip()
    now = {name: read_cell(out, name) for name in names()}
    run = origin(out)
    now = {name: {**entry, **run} for name, entry in now.items() if entry}
    kept = {**load(os.path.join(folder, "loss.json")), **now}
    cells = {name: kept[name] for name in names() if name in kept}
    head = "last run: %s, Linux %s, %s" % (command, kernel, run["date"])
    save(os.path.join(folder, "loss.json"), json.dumps(
        {"command": command, "kernel": kernel, "cells": cells}, indent=1) + "\n")
    save(os.path.join(folder, "loss.txt"), "\n".join(table(cells, head)) + "\n")
    save(os.path.join(folder, "loss.svg"), chart(cells, head))
    print("\n".join(table(now, head)))
    return 1 if not now or any(map(beyond, now.values())) else 0


sys.exit(main())
