# SPDX-License-Identifier: GPL-2.0
"""Segments as text: "SYN,ACK seq=0 ack=1 win=65535 mss=1460 sackok wscale=7".

The first word names the control bits. The others are
    seq= ack=       relative to the initial numbers: a SYN is 0, data begins at 1
    len=            bytes of payload (0 when it is not said)
    win=            bytes, window scaling already applied
    mss= wscale= sackok
    val= ecr=       timestamp option; the stack's clock is relative to its first
    sack=A-B,C-D    in this order
    urg=            urgent pointer as it is in the header
    cookie=         Fast Open: the cookie in hexadecimal, or "ask" for none yet
    tos= ttl= df=   of the IP header
    ipopt=          options of the IP header in hexadecimal
In what is expected, the comparison may also be !=, <, <=, > or >=, A..B is a
range with both ends, and KEY=none says that the option must not be there.
"""
import operator
import re

from .wire import FLAGS

OPERATORS = {"=": operator.eq, "!=": operator.ne, "<": operator.lt,
             "<=": operator.le, ">": operator.gt, ">=": operator.ge}
TERM = re.compile(r"([a-z]+)(?:(<=|>=|!=|=|<|>)(\S+))?$")
BLOCK = re.compile(r"(-?\d+)-(-?\d+)$")
ORDER = ("seq", "ack", "len", "win", "urg", "mss", "wscale", "sackok", "val",
         "ecr", "sack", "cookie", "ipopt", "tos", "ttl", "df")


class Term:
    """One condition on one field."""

    def __init__(self, key, sign, text):
        self.key, self.sign, self.text = key, sign or "=", text
        if text is None:
            self.value = True
        elif text == "none":
            self.value = None
        elif key in ("cookie", "ipopt"):
            self.value = text
        elif key == "sack":
            self.value = [tuple(map(int, BLOCK.match(block).groups()))
                          for block in text.split(",")]
        elif ".." in text:
            self.sign, self.value = "..", [int(end) for end in text.split("..")]
        else:
            self.value = int(text, 0)

    def holds(self, got):
        if self.value is None:
            return (got is None) == (self.sign == "=")
        if got is None:
            return False
        if self.sign == "..":
            return self.value[0] <= got <= self.value[1]
        return OPERATORS[self.sign](got, self.value)

    def __str__(self):
        sign = "=" if self.sign == ".." else self.sign
        return self.key if self.text is None else self.key + sign + self.text


def parse(text):
    """Control bits, and the terms by key."""
    words = text.split()
    flags = frozenset() if words[0] == "-" else frozenset(words[0].split(","))
    if not flags <= set(FLAGS):
        raise ValueError("control bits: %r" % words[0])
    terms = {}
    for word in words[1:]:
        match = TERM.match(word)
        if not match or match[1] not in ORDER:
            raise ValueError("not understood: %r in %r" % (word, text))
        terms[match[1]] = Term(*match.groups())
    return flags, terms


def values(terms):
    """For what is sent: plain values."""
    for term in terms.values():
        if term.sign != "=":
            raise ValueError("cannot send %s" % term)
    return {key: term.value for key, term in terms.items()}


def render(view):
    """A segment as the dialogue shows it. view: "flags" and fields by key."""
    flags = [flag for flag in ("SYN", "FIN", "RST", "PSH", "URG", "ACK", "ECE",
                               "CWR") if flag in view["flags"]]
    words = [",".join(flags) or "-"]
    for key in ORDER:
        value = view.get(key)
        if value is None or (key in ("len", "urg", "tos") and not value) or \
                key in ("ttl", "df"):
            continue
        if key == "sack":
            value = ",".join("%d-%d" % block for block in value)
        words.append(key if value is True else "%s=%s" % (key, value))
    return " ".join(words)


def differences(flags, terms, view):
    """What of a segment is not as expected, in words; PSH only when said."""
    unsaid = {"PSH"} - flags
    found = []
    if view["flags"] - unsaid != flags:
        found.append("control bits")
    found += ["%s (is %s)" % (term, view.get(key))
              for key, term in terms.items() if not term.holds(view.get(key))]
    return found
