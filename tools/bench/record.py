#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""record.py OUT FILE COMMAND: what the flight recorders cost, as measured by
tools/bench/run --record. Prints the table and keeps it in FILE; the exit status
is 1 when they cost more than they may.

A stream falls into packets anew in each window, and zeroes more or fewer pages,
whatever is recorded. So the zeroing of pages is left out of the differences, and
they are those of windows with equally many packets: what one packet costs is the
slope, over all windows, of instructions by packets."""
import datetime
import os
import statistics
import sys

from blocks import Symbols, by_function

ALLOWED = 0.03  # of the instructions, while every socket records
STATES = ("never", "on", "off")
CLEARS_PAGES = ("clear_page_erms", "clear_page_rep", "clear_page_orig")
SENDS_PACKET = ("twin_tcp_segment_send [twin]", "twin_udp_transmit [twin]")


def read_windows(out):
    """{window: instructions without those of copy loops}"""
    with open(os.path.join(out, "windows"), encoding="ascii") as lines:
        return {window: int(instructions) - int(copying)
                for _, window, instructions, copying in map(str.split, lines)}


def read(out):
    """{work: {state: [(instructions, of them for pages, packets)]}}, of one unit"""
    windows, works = read_windows(out), {}
    symbols = Symbols(os.path.join(out, "symbols"))
    with open(os.path.join(out, "results"), encoding="ascii") as lines:
        for line in lines:
            work, family, window, units = line.split()[:4]
            functions = by_function(out, window, int(units), symbols)
            works.setdefault(work, {}).setdefault(family.split("-")[1], []).append((
                windows[window] / int(units),
                sum(functions.get(name, (0, 0))[0] for name in CLEARS_PAGES),
                sum(functions.get(name, (0, 0))[1] for name in SENDS_PACKET)))
    return works


def slope(works):
    """Of instructions by packets, within each state."""
    above = below = 0
    for rounds in works.values():
        packets = statistics.mean(each[2] for each in rounds)
        cost = statistics.mean(each[0] - each[1] for each in rounds)
        for whole, pages, segments in rounds:
            above += (segments - packets) * (whole - pages - cost)
            below += (segments - packets) ** 2
    return above / below if below else 0


def alike(states):
    """{state: (mean, standard error)} as if all had had equally many packets; one
    window has no standard error, None."""
    each_packet, every = slope(states), sum(states.values(), [])
    packets = statistics.mean(each[2] for each in every)
    pages = statistics.mean(each[1] for each in every)
    answer = {}
    for state, rounds in states.items():
        costs = [whole - cleared + pages + each_packet * (packets - segments)
                 for whole, cleared, segments in rounds]
        answer[state] = (statistics.mean(costs),
                         statistics.stdev(costs) / len(costs) ** 0.5
                         if len(costs) > 1 else None)
    return answer


def measured(states):
    """Packets, then of "on" and "off" how much more than "never", and its error."""
    costs = alike(states)
    never, error = costs["never"]
    yield statistics.mean(each[2] for each in sum(states.values(), []))
    yield never
    for state in STATES[1:]:
        yield 100 * (costs[state][0] / never - 1)
        yield (None if None in (error, costs[state][1]) else
               100 * (costs[state][1] ** 2 + error ** 2) ** 0.5 / never)


def differs(percent, error):
    return "%+8.2f%% %7s" % (
        percent, "-" if error is None else "+-%.2f%%" % error)


def table(works):
    yield "%-12s %8s %14s %18s %18s" % ("work", "packets", "never recorded",
                                        "recording", "no longer")
    for work, states in works.items():
        packets, never, *rest = measured(states)
        yield "%-12s %8.2f %14.1f  %s  %s" % (
            work, packets, never, differs(*rest[:2]), differs(*rest[2:]))
    yield ""
    yield "Instructions of both ends, which both record, without copy loops; what is"
    yield "more with recorders, and its standard error, of equally many packets and"
    yield "pages that are zeroed."


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
            if list(measured(states))[2] > 100 * ALLOWED]
    if dear:
        print("more than %d %%: %s" % (100 * ALLOWED, ", ".join(dear)))
    return 1 if dear or not works else 0


sys.exit(main())
