#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Inside the test machine: each suite on the kernel's own stack, then under
# "twin run" on Twin, in two namespaces that look the same.
#
# usage: guest.sh SUITE...
# reads  $TWIN_OUT/bin: twin.ko, twin
# writes $TWIN_OUT/FAMILY-SUITE: what python.py says, .log: its standard error

set -u
here=${0%/*}
programs=$TWIN_OUT/bin
limit=240
export PATH=$programs:$PATH

# The host's own name is an address of the namespace, as on any machine.
set_up()
{
	local family

	printf '%s\n' '127.0.0.1 localhost' '10.0.0.2 twin-vm' >/run/hosts
	ln -sf /run/hosts /etc/hosts
	insmod "$programs/twin.ko" || exit
	for family in inet twin; do
		ip netns add "$family" || exit
		ip -n "$family" link set lo up
		ip -n "$family" link add eth0 type dummy || exit
		ip -n "$family" link set eth0 up
	done
	ip -n inet addr add 10.0.0.2/24 dev eth0 || exit
	twin -n twin addr add 10.0.0.2/24 dev eth0 || exit
}

on()
{
	case $1 in
	inet) ip netns exec inet "${@:2}" ;;
	twin) twin -n twin run "${@:2}" ;;
	esac
}

# A test that hangs ends its process; the next one goes on behind it.
run_suite()
{
	local family=$1 suite=$2 results=$TWIN_OUT/$1-$2 before

	rm -f "$results" "$results.log"
	: >"$results"
	until on "$family" "$here/python.py" "$results" "$limit" "$suite" \
		>/dev/null 2>>"$results.log" && return; do
		[ "$(wc -l <"$results")" != "${before:-0}" ] || return
		before=$(wc -l <"$results")
	done
}

set_up
for suite in "$@"; do
	for family in inet twin; do
		start=$SECONDS
		run_suite "$family" "$suite"
		echo "$suite on $family: $((SECONDS - start)) s"
	done
done
for ((try = 0; try < 100; try++)); do
	rmmod twin 2>/dev/null && exit
	sleep 0.1
done
echo "the module cannot be unloaded"
exit 1
