#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The tour can still be taken: every command of Documentation/tour.md runs, and
# shows what the text speaks of.
# bed: smp
# Nearly all of it is tested elsewhere too, and emulated it takes minutes: make check
# is spared it.
# timeout: 1200
# module: self

if [ "$TWIN_BED" = smp-uml ]; then
	echo "1..0 # SKIP a kernel without BPF and perf"
	exit
fi
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
