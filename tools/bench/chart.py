# SPDX-License-Identifier: GPL-2.0
"""The ratios of a benchmark as an SVG picture: a bar for each work, a line at
1 where the kernel's own stack is, a mark where the goal is."""
import textwrap
from xml.sax.saxutils import escape

ROW, LINE, LEFT, WIDTH, TOP = 22, 16, 130, 520, 46
LONGEST = 1.25          # ratio at the right edge


def place(ratio):
    return LEFT + WIDTH * min(ratio, LONGEST) / LONGEST


def text(x, y, words, anchor="start", size=12):
    return '<text x="%.1f" y="%.1f" font-size="%d" text-anchor="%s">%s</text>' % (
        x, y, size, anchor, escape(words))


def row(y, work, entry):
    goal = entry["goal"]
    good = entry["ratio"] <= (goal or 1)
    yield text(LEFT - 6, y + 15, work, "end")
    yield '<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>' % (
        LEFT, y + 4, place(entry["ratio"]) - LEFT, ROW - 8,
        "#4a8f5a" if good else "#c98a3a")
    yield text(place(entry["ratio"]) + 4, y + 15, "%.3f" % entry["ratio"])
    if goal:
        yield '<path d="M%.1f %d v%d" stroke="#b02020" stroke-width="2"/>' % (
            place(goal), y + 2, ROW - 4)


def chart(works, head, what):
    lines = textwrap.wrap(head, 96)
    top = TOP + LINE * (len(lines) - 1)
    height = top + ROW * len(works) + 14
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
             'font-family="sans-serif">' % (LEFT + WIDTH + 60, height),
             '<rect width="100%" height="100%" fill="white"/>']
    parts.extend(text(8, 16 + LINE * number, line)
                 for number, line in enumerate(lines))
    parts.append(text(8, top - 12, "Twin's %s as a part of AF_INET's; red: the goal" %
                      what, size=11))
    for index, (work, entry) in enumerate(works.items()):
        parts.extend(row(top + index * ROW, work, entry))
    parts.append('<path d="M%.1f %d V%d" stroke="#333" stroke-dasharray="3 3"/>' % (
        place(1), top - 4, height - 10))
    parts.append("</svg>\n")
    return "\n".join(parts)
