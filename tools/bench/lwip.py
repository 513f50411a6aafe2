#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""lwip.py OUT FILE COMMAND: what tools/bench/run --lwip has measured. Prints the table
and keeps it in FILE."""
import os
import statistics
import sys

from origin import columns, origin
from report import read_rounds

FAMILIES = ("twin", "inet", "lwip")


def table(rounds, head):
    yield head
    yield ""
    yield "%-10s %10s %10s %10s %10s" % ("work", "Twin", "AF_INET", "lwIP", "Twin/lwIP")
    for work, families in rounds.items():
        if set(families) != set(FAMILIES):
            continue
        cost = [statistics.median(each["instructions"] for each in families[family])
                for family in FAMILIES]
        yield "%-10s %10.1f %10.1f %10.1f %10.3f" % (work, *cost, cost[0] / cost[2])
    yield ""
    yield "Instructions for one unit of work, of both ends and all between."


def main():
    out, path, command = sys.argv[1:4]
    with open(os.path.join(out, "kernel"), encoding="ascii") as file:
        kernel = file.read().strip()
    head = "%s, Linux %s, %s" % (command, kernel, columns(origin(out)))
    text = "\n".join(table(read_rounds(out, False), head)) + "\n"
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    print(text, end="")


if __name__ == "__main__":
    main()
