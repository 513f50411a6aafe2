#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""profile.py OUT FOLDER [WORK...]: instructions by function, for both families.

OUT is where tools/bench/run has left results, symbols and blocks; the report
of each work goes to FOLDER/profile-WORK.txt and to the output.
"""
import bisect
import os
import sys

USER_END = 1 << 47


class Symbols:
    """/proc/kallsyms of the guest: which function an address is in."""

    def __init__(self, path):
        found = {}
        with open(path, encoding="ascii", errors="replace") as lines:
            for line in lines:
                words = line.split()
                if words[1] not in "tTwW":
                    continue
                module = words[3].strip("[]") if len(words) > 3 else ""
                found.setdefault(int(words[0], 16), (words[2], module))
        self.starts = sorted(found)
        self.found = found

    def at(self, address):
        """(name, module, is it the first instruction?)"""
        if address < USER_END:
            return "(user space)", "", False
        index = bisect.bisect_right(self.starts, address) - 1
        if index < 0:
            return "(unknown)", "", False
        start = self.starts[index]
        return self.found[start] + (start == address,)


def read_results(out):
    """[(work, family, window, units)], the last round of each."""
    last = {}
    with open(os.path.join(out, "results"), encoding="ascii") as lines:
        for line in lines:
            work, family, window, units = line.split()[:4]
            if int(units) and os.path.exists(os.path.join(out, "blocks", window)):
                last[work, family] = (window, int(units))
    return last


def by_function(out, window, units, symbols):
    """{function: [instructions, calls]} for one unit of work."""
    totals = {}
    with open(os.path.join(out, "blocks", window), encoding="ascii") as lines:
        for line in lines:
            address, length, times = line.split()
            name, module, first = symbols.at(int(address, 16))
            if module:
                name += " [%s]" % module
            entry = totals.setdefault(name, [0, 0])
            entry[0] += int(length) * int(times) / units
            if first:
                entry[1] += int(times) / units
    return totals


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
        if not all((work, family) in results for family in ("twin", "inet")):
            continue
        twin, inet = (by_function(out, *results[work, family], symbols)
                      for family in ("twin", "inet"))
        text = "\n".join(report(work, twin, inet)) + "\n"
        sys.stdout.write(text + "\n")
        with open(os.path.join(folder, "profile-%s.txt" % work), "w",
                  encoding="ascii") as file:
            file.write(text)


main()
