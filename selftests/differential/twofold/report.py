# SPDX-License-Identifier: GPL-2.0
"""Runs each sequence on both stacks at the same time, in two processes, and
compares what they say, step by step. One sequence is one point of TAP, and so
is each paragraph of the file "differences" that is about this program.

usage: FILE.py [-v] [WORD...]   only sequences with these words in their title;
                                -v shows what both stacks said
       FILE.py -d [WORD...]     paragraphs for the file "differences"
"""
import faulthandler
import json
import os
import subprocess
import sys

from . import meant, stack

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Time-outs of the stacks begin at 0.2 s. A sequence that differs after one of
# them was held up for longer than this has another go.
HELD_UP, GOES = 0.1, 8
DEADLINE = 120


class Side:
    """The process that has one of the stacks."""

    def __init__(self, inet, sequences):
        ask, self.asked = os.pipe()
        self.answered, answer = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(self.asked)
            os.close(self.answered)
            faulthandler.enable()
            with open(ask, encoding="ascii") as requests, \
                    open(answer, "w", encoding="utf-8") as answers:
                stack.serve(inet, sequences, requests, answers)
            os._exit(0)
        os.close(ask)
        os.close(answer)
        self.requests = open(self.asked, "w", encoding="ascii")
        self.answers = open(self.answered, encoding="utf-8")

    def ask(self, number):
        self.requests.write("%d\n" % number)
        self.requests.flush()

    def answer(self):
        line = self.answers.readline()
        if not line:
            print("Bail out! a stack's process has ended")
            sys.exit(1)
        return json.loads(line)


class Point:
    """What one sequence came to."""

    def __init__(self, title):
        self.title, self.wrong, self.meant, self.shown = title, [], 0, []

    def compare(self, inet, twin, paragraphs):
        for name, answer in (("inet", inet), ("twin", twin)):
            if "broken" in answer:
                self.wrong.append(("(all)", name, answer["broken"]))
                return
        for one, other in zip(inet["transcript"], twin["transcript"]):
            step, texts = one[0], ["; ".join([each[1]] * bool(each[1]) + [
                "> " + text for text in each[2]]) for each in (one, other)]
            self.shown.append((step, *texts))
            if texts[0] == texts[1]:
                continue
            for each in paragraphs:
                if each.fits(self.title, step, *texts):
                    self.meant += 1
                    if each.ends_comparison():
                        return
                    break
            else:
                self.wrong.append((step, *texts))


def run_one(sides, number, title, paragraphs):
    for go in range(GOES):
        used = [each.used for each in paragraphs]
        for side in sides:
            side.ask(number)
        answers = [side.answer() for side in sides]
        point = Point(title)
        point.compare(*answers, paragraphs)
        held_up = max(answer["held_up"] for answer in answers)
        if not point.wrong or held_up < HELD_UP or go == GOES - 1:
            break
        for each, before in zip(paragraphs, used):
            each.used = before
        print("# another go of %s: held up for %.3f s" % (title, held_up))
    return point


def tell(number, point, options):
    print("%sok %d %s%s" % ("not " if point.wrong else "", number, point.title,
                            " (differs as meant in %d steps)" % point.meant
                            if point.meant else ""))
    lines = []
    for step, inet, twin in point.wrong:
        lines += ["  " + step, "      inet: " + inet, "      twin: " + twin]
    if "-v" in options:
        lines += ["  %-30s %s" % (step, twin if inet == twin else
                                  "%s <> %s" % (inet, twin))
                  for step, inet, twin in point.shown]
    for line in "\n".join(lines).splitlines():
        print("# " + line)
    sys.stdout.flush()


def write_paragraphs(point):
    for step, inet, twin in point.wrong:
        print("in:    %s\nstep:  %s\ninet:  %s\ntwin:  %s\nwhy:\n" % (
            point.title, step, inet, twin))


def check_paragraphs(paragraphs, count):
    failed = 0
    for each in paragraphs:
        holds = each.used or each.words.get("always") == "no"
        failed += not holds
        count += 1
        print("%sok %d differences:%d still occurs: %s" % (
            "" if holds else "not ", count, each.line, each.words["why"]))
    return count, failed


def main(sequences):
    options = [word for word in sys.argv[1:] if word.startswith("-")]
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    program = os.path.basename(sys.argv[0]).removesuffix(".py")
    paragraphs = meant.read(os.path.join(FOLDER, "differences"), program)
    if not os.path.isdir("/sys/module/twin") and \
            "TWIN_TEST_FAMILY" not in os.environ:
        subprocess.run(["insmod", os.environ.get("TWIN_KO", "twin.ko")],
                       check=True)
    # with TWIN_TEST_FAMILY=inet both are AF_INET: nothing may differ then
    inets = (True, os.environ.get("TWIN_TEST_FAMILY") == "inet")
    sides = [Side(inet, sequences) for inet in inets]
    count = failed = 0
    for number, each in enumerate(sequences):
        title = "%s: %s" % (program, each.title)
        if words and not any(word in title for word in words):
            continue
        faulthandler.dump_traceback_later(DEADLINE, exit=True)
        point = run_one(sides, number, title, paragraphs)
        faulthandler.cancel_dump_traceback_later()
        count += 1
        failed += bool(point.wrong)
        if "-d" in options:
            write_paragraphs(point)
        else:
            tell(count, point, options)
    if not words and inets[1] is False:
        count, stale = check_paragraphs(paragraphs, count)
        failed += stale
    print("1..%d" % count)
    sys.exit(1 if failed else 0)
