#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# In the test machine: loads one mutant after the other and runs tests on it
# until one fails. $TWIN_OUT/work has a line for each: its name, then the tests.
# Folders begun/, passed/ and noticed/ get an entry of its name; the last ones
# say by what.

set -u
out=$TWIN_OUT
session=$TWIN_REPO/selftests/harness/session.sh

prepare()
{
	export TWIN_OUT=/tmp/session
	rm -rf "$TWIN_OUT" /run/twin
	mkdir "$TWIN_OUT"
	cp -r "$out/bin" "$TWIN_OUT/bin"
	cp "$out/ko/$1.ko" "$TWIN_OUT/bin/twin.ko"
}

try()
{
	local name=$1 hasty=yes tests=() status test
	shift

	for test; do
		if [ "$test" = kmemleak ]; then
			hasty=leaks
		else
			tests+=("$test")
		fi
	done
	prepare "$name"
	TWIN_HASTY=$hasty "$session" "${tests[@]}" 2>&1 | tee "$TWIN_OUT/said"
	status=${PIPESTATUS[0]}
	if grep -q ^FAIL "$TWIN_OUT/said"; then
		grep -A2 ^FAIL "$TWIN_OUT/said" | tr -s ' \n' ' ' >"$out/noticed/$name"
		return "$status"
	fi
	echo "${tests[*]}" >"$out/passed/$name"
}

while read -r -a line; do
	: >"$out/begun/${line[0]}"
	echo "${line[0]}"
	try "${line[@]}" || break
done <"$out/work"
