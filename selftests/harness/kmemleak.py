#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints those kmemleak reports whose stack passes through the module.

usage: kmemleak.py REPORT SYMBOLS...

Each SYMBOLS file is what /proc/kallsyms said of the module during one of its
lives: after rmmod a report holds bare addresses only, and the module may have
been somewhere else each time. A bare address that no life explains is the
module's all the same, loaded by a test itself: no other module is ever unloaded.
"""
import bisect
import os
import re
import sys

FRAME = re.compile(r"\]\s+(?:0x)?([0-9a-f]{8,16})\s*$")


class Life:
    """The module's symbols during one of its lives."""

    def __init__(self, path):
        with open(path, encoding="ascii") as lines:
            rows = sorted((int(row[0], 16), row[2]) for row in map(str.split, lines))
        self.starts = [start for start, _ in rows]
        self.names = [name for _, name in rows]

    def name_of(self, address):
        """The symbol that holds an address, or None when it is not ours."""
        if not self.starts or not self.starts[0] <= address < self.starts[-1] + 4096:
            return None
        place = bisect.bisect_right(self.starts, address) - 1
        return f"{self.names[place]}+{address - self.starts[place]:#x} [twin]"


def named(line, lives):
    """A report's line with the module's address replaced by its name."""
    found = FRAME.search(line)
    if not found:
        return line
    for life in lives:
        name = life.name_of(int(found.group(1), 16))
        if name:
            return f"    {name}"
    return f"    {found.group(1)} [twin]"


def main():
    """Prints the module's reports; the exit status is 1 when there are any."""
    lives = [Life(path) for path in sys.argv[2:] if os.path.exists(path)]
    with open(sys.argv[1], encoding="utf-8", errors="replace") as report:
        blocks = re.split(r"(?m)^(?=unreferenced object)", report.read())
    guilty = 0
    for block in blocks:
        text = "\n".join(named(line, lives) for line in block.splitlines())
        if block.startswith("unreferenced") and "[twin]" in text:
            guilty += 1
            print(text)
    return 1 if guilty else 0


if __name__ == "__main__":
    sys.exit(main())
