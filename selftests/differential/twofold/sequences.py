# SPDX-License-Identifier: GPL-2.0
"""Sequences as text. A line at the margin is a title, the indented ones below
it are its steps; several steps may share a line, with a semicolon between.

    a connection that the peer refuses
        socket stream; connect peer
        < RST,ACK
        poll; error

calls.py and stack.py say which steps there are.
"""
from dataclasses import dataclass


@dataclass
class Sequence:
    title: str
    steps: list


def steps_of(text):
    return [step.strip() for line in text.splitlines()
            for step in line.split("#")[0].split(";") if step.strip()]


def sequences_of(text):
    found = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0] not in " \t":
            found.append(Sequence(line.strip(), []))
        else:
            found[-1].steps += steps_of(line)
    return found
