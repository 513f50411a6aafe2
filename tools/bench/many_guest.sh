#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Inside the machine of tools/bench/many.
#
# usage: many_guest.sh FAMILY FLOWS
# reads  $TWIN_OUT/bin: twin.ko, twin, bench
# writes $TWIN_OUT/result-FAMILY

set -u
family=$1 flows=$2
export PATH=$TWIN_OUT/bin:$PATH

value_of()
{
	awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo
}

set_up()
{
	insmod "$TWIN_OUT/bin/twin.ko" || exit
	ip netns add client && ip netns add server || exit
	ip -n client link add eth0 type veth peer name eth0 netns server || exit
	local ns number=1

	for ns in client server; do
		ip -n "$ns" link set eth0 up
		ip -n "$ns" addr add "10.8.0.$number/24" dev eth0
		twin -n "$ns" addr add "10.9.0.$number/24" dev eth0 || exit
		number=$((number + 1))
	done
}

# Ends when the last measured moment is over.
watch_memory()
{
	local now least

	least=$(value_of MemAvailable)
	while sleep 0.5; do
		now=$(value_of MemAvailable)
		[ "$now" -ge "$least" ] || least=$now
		echo "$least" >/run/least
	done
}

set_up
before=$(value_of MemAvailable)
watch_memory &
address=10.9.0.2
[ "$family" = twin ] || address=10.8.0.2
if bench --family "$family" --address "$address" --port 2000 --client client \
	--server server --window 1 --flows "$flows" --count "$flows" open-500000 \
	>/run/result; then
	read -r _ _ _ count ns _ </run/result
	echo "$family: $count connections opened, an echo on each, closed:" \
		"$((ns / 1000000)) ms; of $(value_of MemTotal) KiB $before were free" \
		"before and $(cat /run/least) at the least" >"$TWIN_OUT/result-$family"
else
	echo "$family: failed; $(cat /run/least) KiB were free at the least" \
		>"$TWIN_OUT/result-$family"
	exit 1
fi
