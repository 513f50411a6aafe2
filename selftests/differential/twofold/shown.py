# SPDX-License-Identifier: GPL-2.0
"""What ss -tiemn shows of a connection, so that two of them can be compared.

What does not depend on time stands as it is. Of the rest there is only whether
it may be true, and its value if not.
"""
import re
import socket
import subprocess

# ss prints "name:value", or "name value" of rates, or a word alone.
RATE = re.compile(r"\b(send|pacing_rate|delivery_rate) ([\d.]+)([KMG]?)bps(\S*)")
SIZES = {"": 1, "K": 1e3, "M": 1e6, "G": 1e9}
IDENTITY = {"uid", "ino", "sk", "cgroup", "users", "<->", "-->", "<--", "---",
            "<-", "->"}
# A receiver may know of its round trip sooner or later.
WHEN_KNOWN = {"rcv_rtt"}
UNTIL_NOW_MS = 600_000


def ask(family, sport, dport):
    program = ["ss"] if family == socket.AF_INET else ["twin", "ss"]
    return subprocess.run(
        program + ["-taiemnHO", "sport = :%d and dport = :%d" % (sport, dport)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=False).stdout.decode()


def fields_of(text):
    """{name: value}, with the rates in bits per second."""
    fields = {}

    def take_rate(match):
        name, number, size, rest = match.groups()
        fields[name] = "%d%s" % (float(number) * SIZES[size], rest)
        return ""
    text = RATE.sub(take_rate, text)
    state, receive, send, *words = text.split()
    fields.update(state=state, queues="%s,%s" % (receive, send))
    for word in words[2:]:
        name, _, value = word.partition(":")
        if name not in IDENTITY:
            fields[name] = value
    return fields


def milliseconds(value):
    return float(re.match(r"[\d.]+", value).group())


class Plausible:
    """Of what depends on time: may it be true, together with the rest?"""

    def __init__(self, fields):
        self.fields = fields

    def number(self, name):
        return milliseconds(self.fields.get(name, "0"))

    def rto(self, value):
        return 200 <= float(value) / 2 ** self.number("backoff") <= 10_000

    def rtt(self, value):
        mean, deviation = map(float, value.split("/"))
        return 0 < mean < 5000 and 0 <= deviation <= 2 * mean

    def minrtt(self, value):
        return 0 < float(value) <= 1.1 * self.number("rtt") + 1

    def rcv_rtt(self, value):
        return 0 < float(value) < 5000

    def rcv_ssthresh(self, value):
        """How much would be offered; of memory that costs are guessed of."""
        return self.number("advmss") <= float(value) <= 6291456

    def ato(self, value):
        return 10 <= float(value) <= 500

    def send(self, value):
        """In a round trip the window."""
        expected = self.number("cwnd") * self.number("mss") * 8000 / \
            self.number("rtt")
        return 0.95 < float(value) / expected < 1.05

    def pacing_rate(self, value):
        return float(value.split("/")[0]) > 0

    def delivery_rate(self, value):
        return float(value) > 0

    def lastsnd(self, value):
        return 0 <= float(value) < UNTIL_NOW_MS

    lastrcv = lastack = lastsnd

    def busy(self, value):
        return 0 < milliseconds(value) < UNTIL_NOW_MS

    def rwnd_limited(self, value):
        return 0 < milliseconds(value) <= self.number("busy")

    sndbuf_limited = rwnd_limited


def timer(value):
    """Which, and the number behind it."""
    kind, _, number = value.strip("()").split(",")
    return "%s,%s" % (kind, number)


def memory(value):
    """The bounds, what is not for data, and what was dropped."""
    return ",".join(part for part in value.strip("()").split(",")
                    if part.startswith(("o", "bl", "d")))


def text_of(fields, but=()):
    known = Plausible(fields)
    words = [fields["state"], fields["queues"]]
    for name in sorted(set(fields) - {"state", "queues"} - set(but)):
        value = fields[name]
        if name == "timer":
            words.append("timer:" + timer(value))
        elif name == "skmem":
            words.append("skmem:" + memory(value))
        elif not hasattr(known, name):
            words.append("%s:%s" % (name, value) if value else name)
        elif name == "pacing_rate" and "/" in value and known.pacing_rate(value):
            words.append(name + ":~/" + value.split("/")[1])
        elif getattr(known, name)(value):
            words += [name + ":~"] * (name not in WHEN_KNOWN)
        else:
            words.append("%s:%s?" % (name, value))
    return " ".join(words)


def bounds_text(fields, words):
    """Of "busy>=300" whether it is so; a limit that is not shown is 0."""
    for word in words:
        name, bound = word.split(">=")
        value = fields.get(name, "0")
        yield word if milliseconds(value) >= int(bound) else \
            "%s is %s" % (name, value)


def shown(family, sport, dport, words):
    """As the step "ss": WORDS are names that are left out, and lower bounds."""
    text = ask(family, sport, dport)
    if not text.strip():
        return "nothing"
    fields = fields_of(text)
    but = [word[1:] for word in words if word.startswith("-")]
    return " ".join([text_of(fields, but)] + list(bounds_text(
        fields, [word for word in words if ">=" in word])))
