#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Takes the tour: runs the commands of a document and writes it anew with what
they say now.

usage: tour.py DOCUMENT RESULT HOST=NAMESPACE...

In a block that begins with ```tour a line "HOST$ COMMAND" is run there, in bash;
what follows it is its output. A command that ends with & runs on. Behind the
word tour stand the texts, separated by |, that the block's output must show; a
block is repeated for a while until it does.
"""
import os
import re
import signal
import subprocess
import sys
import textwrap
import time

FENCE = "```"
COMMAND = re.compile(r"^([a-z]+)\$ (.*)$")
TRIES = 20
PATIENCE = 100  # seconds for one command
WIDTH = 116  # characters; longer lines are folded

running = []


class Block:
    def __init__(self, opening):
        self.opening = opening
        words = opening[len(FENCE + "tour"):].strip()
        self.wanted = [word.strip() for word in words.split("|") if word.strip()]
        self.commands = []

    def add(self, line):
        match = COMMAND.match(line)
        if match:
            self.commands.append(match.groups())

    def lacks(self, text):
        return [wanted for wanted in self.wanted if wanted not in text]


def start(namespace, command, output=subprocess.PIPE):
    return subprocess.Popen(
        ["ip", "netns", "exec", namespace, "bash", "-o", "pipefail", "-c",
         command], stdin=subprocess.DEVNULL, stdout=output,
        stderr=subprocess.STDOUT, start_new_session=True)


def sockets(namespace):
    """The sockets of both stacks there: addresses and states."""
    said = subprocess.run(
        ["ip", "netns", "exec", namespace, "sh", "-c",
         "cat /proc/net/tcp /proc/net/udp /proc/net/twin/tcp "
         "/proc/net/twin/udp"], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, check=False).stdout.decode()
    return {tuple(line.split()[1:4]) for line in said.splitlines()}


def start_behind(namespace, command):
    """Begins a command that runs on; waits until it has opened a socket."""
    before = sockets(namespace)
    running.append(start(namespace, command, subprocess.DEVNULL))
    for _ in range(TRIES):
        if sockets(namespace) - before:
            return
        time.sleep(0.2)


def run(namespaces, host, command):
    """What it printed, and whether it went well."""
    if command.endswith("&"):
        start_behind(namespaces[host], command[:-1])
        return "", True
    process = start(namespaces[host], command)
    try:
        said = process.communicate(timeout=PATIENCE)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said = process.communicate()[0] + b"(this did not end)\n"
    said = said.decode(errors="replace")
    lines = [line.expandtabs().rstrip() for line in said.splitlines()]
    return "".join(line + "\n" for line in lines), process.returncode == 0


def folded(text):
    """The text of a block in lines that fit; commands stay as they are."""
    result = []
    for line in text.splitlines():
        if len(line) > WIDTH and not COMMAND.match(line):
            indent = " " * (len(line) - len(line.lstrip()) + 4)
            result += textwrap.wrap(line, WIDTH, subsequent_indent=indent,
                                    break_on_hyphens=False,
                                    drop_whitespace=True)
        else:
            result.append(line)
    return "".join(line + "\n" for line in result)


def play_once(namespaces, block, again):
    text, well = "", True
    for host, command in block.commands:
        if again and command.endswith("&"):
            text += "%s$ %s\n" % (host, command)
            continue
        said, good = run(namespaces, host, command)
        text += "%s$ %s\n%s" % (host, command, said)
        well = well and good
    return text, well


def play(namespaces, block):
    for attempt in range(TRIES):
        text, well = play_once(namespaces, block, attempt > 0)
        if well and not block.lacks(text):
            return folded(text), True
        if not block.wanted:
            break
        time.sleep(0.2)
    print("tour: %s" % (
        "there is no %r in" % block.lacks(text)[0] if block.lacks(text)
        else "a command failed in"), file=sys.stderr)
    print(text, file=sys.stderr)
    return text, False


def renew(namespaces, lines):
    """The lines of the new document, how many blocks it has, and how many failed."""
    result, blocks, failed, block = [], 0, 0, None
    for line in lines:
        if block is None:
            result.append(line)
            if line.startswith(FENCE + "tour"):
                block = Block(line.rstrip("\n"))
        elif line.startswith(FENCE):
            begin = time.monotonic()
            text, well = play(namespaces, block)
            print("tour: %s %s (%.1f s)" % (
                "ok  " if well else "FAIL", block.commands[-1][1][:70],
                time.monotonic() - begin), flush=True)
            blocks += 1
            failed += not well
            result.extend([text, line])
            block = None
        else:
            block.add(line.rstrip("\n"))
    return result, blocks, failed


def main():
    namespaces = dict(word.split("=") for word in sys.argv[3:])
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = file.readlines()
    result, blocks, failed = renew(namespaces, lines)
    for process in running:
        try:
            os.killpg(process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("".join(result))
    print("tour: %d blocks, %d failed" % (blocks, failed))
    sys.exit(1 if failed or not blocks else 0)


if __name__ == "__main__":
    main()
