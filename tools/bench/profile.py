#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""profile.py OUT FOLDER [WORK...]: instructions by function, for both families.

OUT is where tools/bench/run has left results, symbols and blocks; the report
of each work goes to FOLDER/profile-WORK.txt and to the output.
"""
import os
import sys

from blocks import Symbols, by_function

SIDES = (("twin", "inet"), ("twin-on", "twin-never"))  # what is compared


def read_results(out):
    """[(work, family, window, units)], the last round of each."""
    last = {}
    with open(os.path.join(out, "results"), encoding="ascii") as lines:
        for line in lines:
            work, family, window, units = line.split()[:4]
            if int(units) and os.path.exists(os.path.join(out, "blocks", window)):
                last[work, family] = (window, int(units))
    return last


def pair(values):
    if not values:
        return "%10s %6s" % ("", "")
    return "%10.1f %6.2f" % tuple(values)


def report(work, twin, inet):
    names = sorted(set(twin) | set(inet), key=lambda name: -max(
        twin.get(name, [0])[0], inet.get(name, [0])[0]))
    totals = [sum(value[0] for value in side.values()) for side in (twin, inet)]
    yield "%s: instructions by function for one unit of work" % work
    yield "%10s %6s %10s %6s  %s" % ("Twin", "calls", "AF_INET", "calls", "function")
    yield "%10.1f %6s %10.1f %6s  (all)" % (totals[0], "", totals[1], "")
    for part in ("[twin]", "(user space)"):
        yield "%10.1f %6s %10s %6s  (in %s)" % (
            sum(value[0] for name, value in twin.items() if part in name),
            "", "", "", part)
    for name in names:
        if max(twin.get(name, [0])[0], inet.get(name, [0])[0]) >= 1:
            yield "%s %s  %s" % (pair(twin.get(name)), pair(inet.get(name)), name)


def main():
    out, folder = sys.argv[1:3]
    symbols = Symbols(os.path.join(out, "symbols"))
    results = read_results(out)
    os.makedirs(folder, exist_ok=True)
    for work in dict.fromkeys(work for work, _ in results):
        sides = next((sides for sides in SIDES if all(
            (work, side) in results for side in sides)), None)
        if not sides:
            continue
        twin, inet = (by_function(out, *results[work, side], symbols)
                      for side in sides)
        text = "\n".join(report(work, twin, inet)) + "\n"
        sys.stdout.write(text + "\n")
        with open(os.path.join(folder, "profile-%s.txt" % work), "w",
                  encoding="ascii") as file:
            file.write(text)


main()
