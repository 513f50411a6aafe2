# SPDX-License-Identifier: GPL-2.0
"""What the counter (count.c) has left of a window, by function of the guest's."""
import bisect
import os

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
