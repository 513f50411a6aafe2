#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""compare.py OUT EXPECTED SUITE...: what the suites said on both stacks.

Prints how many tests passed, failed and were skipped on each, and each test
that ended otherwise on Twin. EXPECTED has a line for each test that may, with
the reason; any other one makes the exit status 1.
"""
import collections
import json
import os
import sys

OUTCOMES = "passed", "failed", "skipped"
HANGS = "it did not end"


def outcomes(path):
    """{test: (outcome, why)} of the last attempt; a test that has begun and not
    ended has failed. Says which have failed before they passed."""
    found, failed = {}, set()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            name, outcome, why = json.loads(line)
            if outcome == "begun":
                outcome, why = "failed", HANGS
            if outcome == "failed" and why != HANGS:
                failed.add(name)
            elif outcome == "passed" and name in failed:
                print("  at the second attempt (%s): %s" % (os.path.basename(path), name))
            found[name] = outcome, why
    return found


def expected(path):
    """{test: reason}"""
    found = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                name, reason = line.split(None, 1)
                found[name] = reason.strip()
    return found


def counts(found):
    number = collections.Counter(outcome for outcome, _ in found.values())
    return "%6d %6d %7d" % tuple(number[one] for one in OUTCOMES)


def last_line(why):
    return (why.strip().splitlines() or [""])[-1]


def differences(suite, inet, twin, reasons):
    """Prints them; returns how many nobody expects."""
    unexplained = 0
    for name in sorted(set(inet) | set(twin)):
        was, why = inet.get(name, ("missing", ""))
        now, why_now = twin.get(name, ("missing", ""))
        if was == now:
            if was == "failed":
                print("  both fail: %s: %s" % (name, last_line(why)))
            continue
        reason = reasons.get(name)
        unexplained += reason is None
        print("  %s %s: %s on AF_INET, %s on Twin: %s" % (
            "as expected:" if reason else "DIFFERS", name, was, now,
            reason or last_line(why_now) or last_line(why)))
    return unexplained


def main():
    out, path, suites = sys.argv[1], sys.argv[2], sys.argv[3:]
    reasons, unexplained = expected(path), 0
    print("%-16s %22s   %22s" % ("", "AF_INET", "Twin"))
    print("%-16s %6s %6s %7s   %6s %6s %7s" % (("suite",) + 2 * OUTCOMES))
    for suite in suites:
        inet, twin = (outcomes(os.path.join(out, "%s-%s" % (family, suite)))
                      for family in ("inet", "twin"))
        print("%-16s %s   %s" % (suite, counts(inet), counts(twin)))
        unexplained += differences(suite, inet, twin, reasons)
        unexplained += not inet
    print("%d unexplained differences" % unexplained)
    return 1 if unexplained else 0


sys.exit(main())
