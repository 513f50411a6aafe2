#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The tour can still be taken: every command of Documentation/tour.md runs, and
# shows what the text speaks of.
# bed: stock
# timeout: 1200
# module: self

out=$TWIN_OUT/tour
mkdir -p "$out"
ln -s "${TWIN_KO%/*}" "$out/bin"
if TWIN_OUT=$out TWIN_REPO=$(cd "${0%/*}/../.." && pwd -P) \
	"${0%/*}/../tour/play.sh" >"$out/log" 2>&1; then
	echo "ok 1 $(tail -n 1 "$out/log")"
	rm -rf "$out"
else
	echo "not ok 1 the tour"
	sed 's/^/# /' "$out/log"
fi
echo 1..1
