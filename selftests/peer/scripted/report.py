# SPDX-License-Identifier: GPL-2.0
"""Runs the scripts of a file as points of TAP.

Each function test_* of the file is a script, its docstring's first line the
name of the point. A script that fails shows the line that was not met, what
came in its place, the dialogue up to there, and the counters that moved; its
packets are left in $TWIN_OUT.

usage: FILE.py [-v] [NAME...]		only the scripts with that in their names;
					-v shows each dialogue
"""
import os
import sys
import tempfile
import traceback

from . import connection, scenes
from .bench import exact_time, on_inet


MOST_LINES = 60
# Time-outs of the stack begin at 0.2 s. A script that fails after its machine
# has held it up for longer than this, in seconds, has another go.
HELD_UP, GOES = 0.1, 4


def differs_on_inet(why):
    """The kernel's own TCP does it otherwise, as it may or should not."""
    def mark(function):
        function.skip_on_inet = why
        return function
    return mark


def not_there_yet(what):
    """For scripts of what Twin is still to learn; away with it when it has."""
    def mark(function):
        function.missing = what
        return function
    return mark


def exact_time_only(function):
    """Takes long, and is not worth waiting for where time is not free."""
    function.exact_time_only = True
    return function


def reason_to_skip(function):
    if on_inet() and hasattr(function, "skip_on_inet"):
        return "the kernel's own TCP: " + function.skip_on_inet
    if not on_inet() and hasattr(function, "missing"):
        return "Twin does not have it yet: " + function.missing
    if hasattr(function, "exact_time_only") and not exact_time():
        return "for the bed in which idle time is free"
    return None


def comment(text):
    print("# " + text.replace("\n", "\n# "))


def script_line(error, path):
    """The innermost line of the script itself."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if os.path.abspath(frame.filename) == path]
    if not frames:
        return "before the script"
    return "%s:%d: %s" % (os.path.basename(path), frames[-1].lineno,
                          frames[-1].line)


def show_dialogues(finished):
    for each in scenes.shown:
        if each.done and not finished:
            continue
        comment("dialogue with %s:%d" % (each.address, each.port))
        if len(each.dialogue) > MOST_LINES:
            comment("  ... %d lines" % (len(each.dialogue) - MOST_LINES))
        for line in each.dialogue[-MOST_LINES:]:
            comment("  " + line)


def explain(error, path, bench, counters, name):
    comment(script_line(error, path))
    if isinstance(error, connection.Mismatch):
        comment(str(error))
    else:
        comment("".join(traceback.format_exception(error)).rstrip())
    show_dialogues(finished=False)
    try:
        moved = {key: value - counters.get(key, 0)
                 for key, value in bench.counters().items()
                 if value != counters.get(key, 0)}
        comment("counters: " + " ".join("%s=%d" % item
                                        for item in moved.items()))
    except (OSError, ValueError):
        pass
    folder = os.environ.get("TWIN_OUT") or tempfile.mkdtemp(prefix="peer.")
    kept = os.path.join(folder, name + ".pcap")
    bench.save(kept)
    comment("packets: " + kept)


def run_script(number, function, path, bench, verbose):
    name = (function.__doc__ or function.__name__).split("\n", 1)[0].rstrip(".")
    why = reason_to_skip(function)
    if why:
        print("ok %d %s # SKIP %s" % (number, name, why))
        return True
    for go in range(GOES):
        scenes.shown.clear()
        bench.packets.clear()
        counters = bench.counters()
        bench.touched, bench.held_up = bench.now(), 0
        problem = None
        try:
            function()
        except Exception as error:  # the other scripts are still to be run
            problem = error
        if not problem or bench.held_up < HELD_UP:
            break
        comment("go %d of %d at %s: held up for %.3f s" %
                (go + 1, GOES, function.__name__, bench.held_up))
    print("%sok %d %s" % ("not " if problem else "", number, name))
    if problem:
        explain(problem, path, bench, counters, function.__name__)
    elif verbose:
        show_dialogues(finished=True)
    sys.stdout.flush()
    return not problem


def main(ethernet=False):
    """Runs the scripts; ethernet: the device is a tap, for neighbour()."""
    module = sys.modules["__main__"]
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    scripts = [value for name, value in vars(module).items()
               if name.startswith("test_") and callable(value) and
               (not words or any(word in name for word in words))]
    bench = scenes.bench(ethernet)
    failed = number = 0
    for number, function in enumerate(scripts, 1):
        failed += not run_script(number, function,
                                 os.path.abspath(module.__file__), bench,
                                 "-v" in sys.argv)
        if failed and os.environ.get("TWIN_HASTY"):
            break   # a mutant is noticed; each failure more may wait its time
    print("1..%d" % number)
    sys.exit(1 if failed else 0)
