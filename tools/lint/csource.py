# SPDX-License-Identifier: GPL-2.0
"""Finds the functions of a C file, by its text alone."""

import collections
import pathlib
import re

Function = collections.namedtuple(
    "Function", "name line head length comment")

# Comments, strings and character constants; then preprocessor lines with their
# continuations. Blanked out, no brace in them is taken for code.
_OPAQUE = re.compile(
    r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
_CALL = re.compile(r"(\w+)\s*\(")
_ATTRIBUTES = {
    "__attribute__", "__printf", "__acquires", "__releases", "__must_hold",
    "__aligned", "__section", "__cond_acquires", "__alloc_size",
}


def blank(text, pattern):
    """Replaces what matches by blanks, keeping every line where it is."""
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def sources(root, *folders):
    """All .c and .h files below the given folders that exist."""
    for folder in folders:
        yield from sorted(
            path for path in (pathlib.Path(root) / folder).rglob("*.[ch]")
            if path.is_file())


def _close(code, position, opening, closing):
    """Position of the bracket that closes the one at position."""
    depth = 0
    for match in re.compile("[%s%s]" % (re.escape(opening),
                                        re.escape(closing))).finditer(
                                            code, position):
        depth += 1 if match.group() == opening else -1
        if not depth:
            return match.start()
    return len(code) - 1


def _head_name(head):
    """Name of the function that a definition's head declares, if any."""
    position = 0
    while True:
        match = _CALL.search(head, position)
        if not match:
            return None
        if match.group(1) not in _ATTRIBUTES:
            return match.group(1)
        position = _close(head, match.end() - 1, "(", ")")


def _comment_above(text, start):
    """The comment that ends right above position start, or nothing."""
    before = text[:start].rstrip()
    if not before.endswith("*/") or text[len(before):start].count("\n") > 1:
        return ""
    return before[before.rindex("/*"):]


def _toplevel(code):
    """(start, brace, end) of each braced entity at the outermost level."""
    start = position = 0
    token = re.compile(r"[({;]")
    while True:
        match = token.search(code, position)
        if not match:
            return
        if match.group() == "(":
            position = _close(code, match.start(), "(", ")") + 1
        elif match.group() == ";":
            start = position = match.end()
        else:
            # A brace in the first column closes whatever is open, so that
            # one unbalanced #if does not swallow the rest of the file.
            closed = code.find("\n}", match.start())
            end = closed + 1 if closed >= 0 else len(code) - 1
            balanced = _close(code, match.start(), "{", "}")
            end = min(end, balanced)
            yield start, match.start(), end
            start = position = end + 1


def functions(path):
    """Yields every function that the file defines."""
    text = path.read_text(encoding="utf-8", errors="replace")
    code = blank(blank(text, _OPAQUE), _DIRECTIVE)
    for start, brace, end in _toplevel(code):
        head = code[start:brace]
        if not head.rstrip().endswith(")") or "=" in head:
            continue
        name = _head_name(head)
        if not name:
            continue
        start += len(head) - len(head.lstrip())
        yield Function(name=name, line=text.count("\n", 0, start) + 1,
                       head=" ".join(head.split()),
                       length=code.count("\n", brace, end) + 1,
                       comment=_comment_above(text, start))
