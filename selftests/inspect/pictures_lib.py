# SPDX-License-Identifier: GPL-2.0
"""Looks at the pictures of twin trace as somebody would who has to read them.

usage: pictures_lib.py sequence FILE | plot FILE

Fails where two texts overlap or one leaves the page, where the page is too long
to be scrolled or the file too large to be kept, and where a box does not tell all
that it hides. Prints what it saw, for tests to look for.
"""
import os
import re
import sys
import xml.etree.ElementTree as tree
from collections import namedtuple

SVG = "{http://www.w3.org/2000/svg}"
MOST_BYTES = 300000
HIGHEST = 5000
Box = namedtuple("Box", "left top right bottom text")


def width_of(text, size, bold):
    """Of a sans serif font, rather too wide than too narrow."""
    total = 0
    for letter in text:
        if letter in "iljtfr.,:;|'()[] -":
            total += 0.42
        elif letter.isupper() or letter in "mw+\u2190\u2192":
            total += 0.85 if letter in "mwMW\u2190\u2192+" else 0.75
        else:
            total += 0.64
    return total * size * (1.12 if bold else 1)


def text_box(text, x, y, size, anchor, bold=False):
    width = width_of(text, size, bold)
    left = {"end": x - width, "middle": x - width / 2}.get(anchor, x)
    return Box(left, y - 0.8 * size, left + width, y + 0.22 * size, text)


def overlap(a, b):
    return (a.left < b.right and b.left < a.right and a.top < b.bottom and
            b.top < a.bottom)


def check_boxes(boxes, width, height):
    for box in boxes:
        assert box.left >= 0 and box.right <= width and box.top >= 0 and \
            box.bottom <= height, "%r leaves the page: %r" % (box.text, box)
    boxes = sorted(boxes, key=lambda box: box.top)
    for at, box in enumerate(boxes):
        for other in boxes[at + 1:]:
            if other.top >= box.bottom:
                break
            assert not overlap(box, other), \
                "%r overlaps %r" % (box.text, other.text)


def check_file(name, root):
    size = os.path.getsize(name)
    assert size <= MOST_BYTES, "%d bytes" % size
    width, height = (float(root.get(what)) for what in ("width", "height"))
    assert height <= HIGHEST, "%d pixels high" % height
    return width, height


#
# The sequence diagram
#


def styles_of(root):
    """What the style sheet says of each class of texts."""
    styles = {}
    sheet = root.find(SVG + "style").text
    for names, rules in re.findall(r"([^{}]+)\{([^}]*)\}", sheet):
        rules = dict(re.findall(r"([a-z-]+):\s*([^;]+);", rules))
        for name in names.split(","):
            name = name.strip()
            if name.startswith("text"):
                styles.setdefault(name[5:], {}).update(rules)
    return styles


def sequence_boxes(root):
    styles = styles_of(root)
    boxes = []
    for one in root.iter(SVG + "text"):
        style = {**styles[""], **styles.get(one.get("class"), {})}
        size = style.get("font-size", style["font"].split()[0])
        boxes.append((one.get("class"), text_box(
            one.text, float(one.get("x")), float(one.get("y")),
            float(size.removesuffix("px")), style.get("text-anchor"),
            style.get("font-weight") == "bold")))
    return boxes


def check_places(root, boxes):
    """What is said between the hosts is there, and of a box in the box."""
    lives = [float(one.get("x1")) for one in root.iter(SVG + "line")
             if one.get("class") == "life"]
    folds = [(float(one.get("x")), float(one.get("y")),
              float(one.get("width")), float(one.get("height")))
             for one in root.iter(SVG + "rect") if one.get("class") == "fold"]
    for kind, box in boxes:
        if kind in ("data", "again", "lost"):
            assert min(lives) < box.left and box.right < max(lives), \
                "%r has no room between the hosts" % box.text
        if kind in ("foldtext", "foldtrouble"):
            assert any(x < box.left and box.right < x + width and
                       y < box.top and box.bottom < y + height
                       for x, y, width, height in folds), \
                "%r is not in its box" % box.text


def counts(text):
    """The numbers in a box's or the summary's text, by what they count."""
    seen = {"segments": 0, "lost": 0, "again": 0}
    for number, what in re.findall(
            r"(\d+) (segment|datagram|ACK|lost|sent again)", text):
        seen[{"lost": "lost", "sent again": "again"}.get(what, "segments")] += \
            int(number)
    return seen


def drawn(root):
    """The same of the arrows."""
    seen = {"segments": 0, "lost": 0, "again": 0}
    for one in root.iter(SVG + "line"):
        # those of the legend are level
        if one.get("class") != "life" and one.get("y1") != one.get("y2"):
            seen["segments"] += 1
    for one in root.iter(SVG + "text"):
        said = re.search(r"\(([a-z, ]*)\)$", one.text)
        if said and one.get("class") in ("data", "again", "lost"):
            seen["lost"] += "lost" in said.group(1)
            seen["again"] += "again" in said.group(1)
    return seen


def look_at_sequence(name):
    root = tree.parse(name).getroot()
    width, height = check_file(name, root)
    boxes = sequence_boxes(root)
    check_boxes([box for _, box in boxes], width, height)
    check_places(root, boxes)
    total = drawn(root)
    folds = 0
    for kind, box in boxes:
        if kind in ("foldtext", "foldtrouble"):
            folds += kind == "foldtext"
            for what, number in counts(box.text).items():
                total[what] += number
    summary = counts(next(box.text for kind, box in boxes if kind == "summary"))
    assert total == summary, "told are %r, the summary has %r" % (total, summary)
    print("boxes: %d" % folds)
    print("".join("%s: %d\n" % item for item in summary.items()), end="")
    for kind, box in boxes:
        print("%s %s" % (kind, box.text))


#
# The graph, as gnuplot draws it
#


def place_of(transform):
    x, y = re.search(r"translate\(([-\d.]+),([-\d.]+)\)", transform).groups()
    return float(x), float(y), "rotate" in transform


def plot_boxes(root):
    for group in root.iter(SVG + "g"):
        texts = group.findall(SVG + "text")
        if not texts or not group.get("transform"):
            continue
        x, y, rotated = place_of(group.get("transform"))
        text = "".join(texts[0].itertext()).strip()
        if not text:
            continue
        box = text_box(text, 0, 0, float(group.get("font-size")),
                       group.get("text-anchor"),
                       "bold" in tree.tostring(group).decode())
        if rotated:
            box = Box(box.top, -box.right, box.bottom, -box.left, text)
        yield Box(box.left + x, box.top + y, box.right + x, box.bottom + y, text)


def graph_right(root):
    """Where the frames of the panels end."""
    ends = [float(x) for path in root.iter(SVG + "path")
            for x in re.findall(r"L([\d.]+),[\d.]+ Z", path.get("d", ""))]
    ends += [float(x) for path in root.iter(SVG + "path")
             if "gridline" in path.get("class", "")
             for x in re.findall(r"L([\d.]+),", path.get("d", ""))]
    return max(ends)


def look_at_plot(name):
    root = tree.parse(name).getroot()
    width, height = check_file(name, root)
    boxes = list(plot_boxes(root))
    check_boxes(boxes, width, height)
    edge = graph_right(root)
    names = {group.find(SVG + "title").text for group in root.iter(SVG + "g")
             if group.find(SVG + "title") is not None}
    for name in names:
        places = [box.left for box in boxes if box.text == name]
        assert places, "the legend has no %r" % name
        assert min(places) > edge, "%r is on a panel" % name
    for box in boxes:
        print(box.text)


if __name__ == "__main__":
    {"sequence": look_at_sequence, "plot": look_at_plot}[sys.argv[1]](sys.argv[2])
