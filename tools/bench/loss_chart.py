# SPDX-License-Identifier: GPL-2.0
"""The goodput of Twin against AF_INET as an SVG picture: a row for each path, a
dot for Twin as sender, a ring for Twin as receiver, a line where AF_INET is."""
from chart import text

ROW, LEFT, WIDTH, TOP = 16, 170, 480, 52
LEAST, MOST = 0.5, 1.5          # ratios at the edges


def place(ratio):
    return LEFT + WIDTH * (min(max(ratio, LEAST), MOST) - LEAST) / (MOST - LEAST)


def upright(ratio, height, style):
    return '<path d="M%.1f %d V%d" %s/>' % (place(ratio), TOP - 4, height - 24, style)


def row(y, name, entry):
    yield text(LEFT - 6, y + 11, name, "end", 11)
    for role, style in ("sender", 'fill="#2f6db3"'), (
            "receiver", 'fill="none" stroke="#c06a1f" stroke-width="2"'):
        yield '<circle cx="%.1f" cy="%d" r="4" %s/>' % (
            place(entry[role]["mbit"] / entry["inet"]["mbit"]), y + 7, style)


def chart(cells, head):
    flows = {name: entry for name, entry in cells.items() if "fairness" not in entry}
    height = TOP + ROW * len(flows) + 30
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
             'font-family="sans-serif">' % (LEFT + WIDTH + 40, height),
             '<rect width="100%" height="100%" fill="white"/>',
             text(8, 16, head),
             text(8, 34, "Goodput of one flow against AF_INET's on the same path; "
                  "dot: Twin sends, ring: Twin receives", size=11),
             upright(1, height, 'stroke="#333"'),
             upright(0.95, height, 'stroke="#b02020" stroke-dasharray="3 3"')]
    for ratio in 0.5, 0.75, 1, 1.25, 1.5:
        parts.append(text(place(ratio), height - 8, "%g" % ratio, "middle", 11))
    for index, (name, entry) in enumerate(flows.items()):
        parts.extend(row(TOP + index * ROW, name, entry))
    parts.append("</svg>\n")
    return "\n".join(parts)
