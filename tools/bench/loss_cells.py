#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The paths over which "make bench-loss" sends, by name: 10mbit-20ms-1%.

loss_cells.py [GLOB...]: the names, or those of them.
"""
import fnmatch
import math
import statistics
import sys

FRAME = 1514
RATES = 10, 100         # Mbit/s
DELAYS = 1, 20, 100     # ms there and back
# What befalls packets on their way to the receiver, in netem's words.
TROUBLES = {
    "0%": "",
    "0.1%": "loss 0.1%",
    "1%": "loss 1%",
    "3%": "loss 3%",
    "10%": "loss 10%",
    # one packet in 300 begins a loss of three, on average
    "burst": "loss gemodel 0.33% 33% 100% 0%",
    "reorder": "reorder 5%",
    "police": "",
}
SHARED = "twin+twin", "twin+inet", "inet+inet"


class Cell:
    """RATEmbit-DELAYms-TROUBLE, or SENDER+SENDER in the trouble's place: two flows
    that share an untroubled path."""

    def __init__(self, name):
        rate, delay, kind = name.split("-")
        self.name, self.kind = name, kind
        self.rate = int(rate.removesuffix("mbit"))
        self.delay = int(delay.removesuffix("ms"))
        self.shared_by = kind.split("+") if kind in SHARED else None
        # A policer has no chance in it, but one flow through it says as little.
        self.begins_anew = kind == "police"
        self.is_random = bool(TROUBLES.get(kind)) or self.begins_anew

    def netem(self, there):
        """The line's length, half of it each way."""
        words = "delay %gms limit 100000" % (self.delay / 2)
        return words + " " + TROUBLES.get(self.kind, "") if there else words

    def bucket(self):
        """The line's rate. As much as is under way may wait for it, 20 frames at
        least."""
        queue = max(self.rate * 125 * self.delay, 20 * FRAME)
        return "rate %dmbit burst %d limit %d" % (self.rate, 2 * FRAME, queue)

    def police(self):
        """With a policer nothing waits, and 30 ms may go ahead of the rate."""
        if self.kind != "police":
            return None
        burst = max(self.rate * 125 * 30, 20 * FRAME)
        return "rate %dmbit burst %d conform-exceed drop" % (self.rate, burst)


def names():
    return ["%dmbit-%dms-%s" % (rate, delay, kind) for kind in (*TROUBLES, *SHARED)
            for rate in RATES for delay in DELAYS]


def error_of_mean(values):
    """Standard error over the mean; nothing of a single value, or of none but zeroes."""
    if len(values) < 2 or not any(values):
        return 0
    return statistics.stdev(values) / math.sqrt(len(values)) / statistics.mean(values)


if __name__ == "__main__":
    for one in names():
        if not sys.argv[1:] or any(fnmatch.fnmatch(one, glob) for glob in sys.argv[1:]):
            print(one)
