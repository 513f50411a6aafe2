# SPDX-License-Identifier: GPL-2.0
"""The file "differences": where Twin is meant to do otherwise than AF_INET.

Paragraphs, with an empty line between, of

    in:      FILE: TITLE    of the sequence
    step:    the step
    inet:    what it says and sends on AF_INET
    twin:    ... and on AF_TWIN
    kernel:  < 6.7, >= 6.12...      only there (may be left out)
    bed:     stock                  only there: the others' kernel has it not (likewise)
    rest:    differs                the steps after it differ in consequence
    always:  no                     it depends on chance or the kernel (likewise)
    why:     the reason, to the end of the paragraph

The first four are patterns of a shell (* ? and no more). A paragraph that
nothing fits any more, where its FILE is run, is a failure, but for those that say so.
"""
import fnmatch
import operator
import os
import platform
import re

SIGNS = {"<": operator.lt, ">=": operator.ge}
KEYS = ("in", "step", "inet", "twin", "kernel", "bed", "rest", "always", "why")


def version(text):
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


class Meant:
    """One paragraph."""

    def __init__(self, line, words):
        self.line, self.words, self.used = line, words, 0

    def here(self):
        """Whether it is about this kernel."""
        bed = os.environ.get("TWIN_BED", "stock")
        if self.words.get("bed", bed) != bed:
            return False
        for condition in self.words.get("kernel", "").split(","):
            if condition.strip():
                sign, number = condition.split()
                if not SIGNS[sign](version(platform.release()),
                                   version(number)):
                    return False
        return True

    def fits(self, title, step, inet, twin):
        for key, text in (("in", title), ("step", step), ("inet", inet),
                          ("twin", twin)):
            pattern = self.words[key].replace("[", "[[]")
            if not fnmatch.fnmatchcase(text, pattern):
                return False
        self.used += 1
        return True

    def ends_comparison(self):
        return "rest" in self.words


def read(path, program):
    """The paragraphs about the program's sequences on this kernel."""
    found, words, key = [], {}, None
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n") + [""]
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            continue
        if not line.strip():
            if words:
                missing = {"in", "step", "inet", "twin", "why"} - set(words)
                if missing:
                    raise ValueError("%s:%d: no %s" % (
                        os.path.basename(path), number, ", ".join(missing)))
                found.append(Meant(number - 1, words))
            words = {}
        elif line[0] in " \t" and key:
            words[key] += " " + line.strip()
        else:
            key, _, text = line.partition(":")
            if key not in KEYS:
                raise ValueError("%s:%d: %r" % (os.path.basename(path), number,
                                                line))
            words[key] = text.strip()
    return [each for each in found if each.here() and fnmatch.fnmatchcase(
        program, each.words["in"].partition(":")[0])]
