#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The tour inside a test machine: the demo's machines and servers, and tour.py
# for the commands. Leaves tour.md and pictures/ in the folder it is given.

# shellcheck disable=SC2154
keep=$TWIN_OUT
# shellcheck source=selftests/demo/stage.sh
. "$(dirname "$0")/../demo/stage.sh"

head -c 3000000 /dev/urandom >"$work/files/data"
echo '<h1>It works</h1>' >"$work/files/page"
build_network
name_server
web_server 10.2.0.2
mkdir -p "$work/tour" "$keep/pictures"
ln -s "$TWIN_REPO/selftests" "$work/tour/selftests"
ln -s "$TWIN_KO" "$work/tour/twin.ko"
cd "$work/tour" || exit
"$TWIN_REPO/selftests/tour/tour.py" "$TWIN_REPO/Documentation/tour.md" "$keep/tour.md" \
	client="$client" router="$router" server="$server"
status=$?
cp ./*.svg "$keep/pictures/"
kill "${lib_children[@]}" 2>/dev/null
lib_clean_up
busywait rmmod twin || status=1
exit "$status"
