#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""python.py RESULTS LIMIT SUITE: runs one of CPython's own test modules.

RESULTS gets a line of JSON for each test: that it has begun, and how it ended.
Tests that it already names are left out: a test that takes longer than LIMIT
seconds ends this process, which is then started again for the rest. What has
failed is tried once more: some tests allow a tenth of a second for what takes
longer on a machine that has other work. Exit status 0: nothing is left to run.
"""
import faulthandler
import importlib
import json
import os
import sys
import tempfile
import unittest

from test import support


class Result(unittest.TestResult):
    """Writes each outcome down before the next test begins."""

    def __init__(self, log, limit):
        super().__init__()
        self.log, self.limit, self.outcome = log, limit, None

    def write(self, test, outcome, why=""):
        self.log.write(json.dumps([test.id(), outcome, why]) + "\n")
        self.log.flush()

    def startTest(self, test):
        super().startTest(test)
        self.outcome = "passed", ""
        self.write(test, "begun")
        faulthandler.dump_traceback_later(self.limit, exit=True)

    def stopTest(self, test):
        faulthandler.cancel_dump_traceback_later()
        self.write(test, *self.outcome)
        super().stopTest(test)

    def failed(self, test, error):
        """A failure outside any test, of setUpClass say, has no begin."""
        text = self._exc_info_to_string(error, test)
        if hasattr(test, "_testMethodName"):
            self.outcome = "failed", text
        else:
            self.write(test, "failed", text)

    def addError(self, test, err):
        self.failed(test, err)

    def addFailure(self, test, err):
        self.failed(test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.outcome = "failed", self._exc_info_to_string(err, test)

    def addSkip(self, test, reason):
        if hasattr(test, "_testMethodName"):
            self.outcome = "skipped", reason
        else:
            self.write(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        self.outcome = "passed", ""

    def addUnexpectedSuccess(self, test):
        self.outcome = "failed", "success was not expected"


def flat(suite):
    """The tests of a suite of suites; unittest's fixtures follow their classes."""
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from flat(one)
        else:
            yield one


def results_in(path):
    """{test: how its attempts ended}"""
    found = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                name, outcome, _ = json.loads(line)
                if outcome == "begun":
                    found.setdefault(name, []).append(outcome)
                else:
                    found[name] = found.get(name, [])[:-1] + [outcome]
    return found


def main():
    path, limit, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    support.use_resources = []      # nothing outside this machine, nothing huge
    support.verbose = 0
    faulthandler.enable()
    with open(path, "a", encoding="utf-8") as log, tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)        # some look what they may write while they are loaded
        module = importlib.import_module("test." + name)
        tests = list(flat(unittest.defaultTestLoader.loadTestsFromModule(module)))
        for attempts in [], ["failed"]:
            before = results_in(path)
            unittest.TestSuite([one for one in tests if before.get(one.id(), []) ==
                                attempts]).run(Result(log, limit))


main()
