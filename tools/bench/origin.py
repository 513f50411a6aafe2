# SPDX-License-Identifier: GPL-2.0
"""When a figure was measured, and of which commit. A file of figures keeps those of
many runs, some of them older than these two fields."""
import datetime
import os


def origin(out):
    """The fields for what was measured into the folder OUT."""
    path, commit = os.path.join(out, "commit"), "-"
    if os.path.exists(path):
        with open(path, encoding="ascii") as file:
            commit = file.read().strip()
    return {"date": datetime.date.today().isoformat(), "commit": commit}


def columns(entry):
    return "%-10s  %-14s" % (entry.get("date", "-"), entry.get("commit", "-"))
