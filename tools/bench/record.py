#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""record.py OUT FILE COMMAND: what the flight recorders cost, as measured by
tools/bench/run --record. Prints the table and keeps it in FILE; the exit status
is 1 when they cost more than they may."""
import datetime
import os
import statistics
import sys

ALLOWED = 0.03  # of the instructions, while every socket records
STATES = ("never", "on", "off")


def read(out):
    """{work: {state: instructions for one}}"""
    windows, works = {}, {}
    with open(os.path.join(out, "windows"), encoding="ascii") as lines:
        for line in lines:
            _, window, instructions, copying = line.split()
            windows[window] = int(instructions) - int(copying)
    with open(os.path.join(out, "results"), encoding="ascii") as lines:
        for line in lines:
            work, family, window, units = line.split()[:4]
            works.setdefault(work, {}).setdefault(
                family.split("-")[1], []).append(windows[window] / int(units))
    return {work: {state: statistics.median(rounds)
                   for state, rounds in states.items()}
            for work, states in works.items()}


def table(works):
    yield "%-12s %12s %12s %8s %12s %8s" % (
        "work", "never used", "on", "", "off again", "")
    for work, states in works.items():
        never, on, off = (states[state] for state in STATES)
        yield "%-12s %12.1f %12.1f %+7.2f%% %12.1f %+7.2f%%" % (
            work, never, on, 100 * (on / never - 1), off,
            100 * (off / never - 1))
    yield ""
    yield "Instructions of both ends, which both record, without copy loops."


def main():
    out, path, command = sys.argv[1:4]
    works = read(out)
    with open(os.path.join(out, "kernel"), encoding="ascii") as file:
        head = "%s, Linux %s, %s" % (command, file.read().strip(),
                                     datetime.date.today().isoformat())
    text = "\n".join([head, "", *table(works)]) + "\n"
    print(text)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    dear = [work for work, states in works.items()
            if states["on"] > states["never"] * (1 + ALLOWED)]
    if dear:
        print("more than %d %%: %s" % (100 * ALLOWED, ", ".join(dear)))
    return 1 if dear or not works else 0


sys.exit(main())
