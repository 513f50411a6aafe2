#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Inside the machine: two namespaces joined by a veth pair, the kernel's
# addresses and Twin's on the same devices, and each work over both in turn.
#
# usage: guest.sh [--record | --lwip | --timed] ROUNDS WORK...
# With --record only Twin, before its flight recorders were ever used, with them
# and after them. With --lwip also lwIP: two processes with a stack of their own on
# tap devices, which a bridge joins. With --timed each work takes so many units as
# last two seconds, and each round is one of all works.
# reads  $TWIN_OUT/bin: twin.ko, twin, bench
# writes $TWIN_OUT/results, symbols, kernel

set -u
# In memory: waiting for a file of the host's would let the clock leap.
cp -r "$TWIN_OUT/bin" /run/bench && cp "$(command -v ss)" /run/bench || exit
export PATH=/run/bench:$PATH LD_LIBRARY_PATH=/run/bench/lib
mkdir /run/bench/lib
for program in /run/bench/bench* /run/bench/twin /run/bench/ss; do
	ldd "$program" | awk '$3 ~ /^\// { print $3 }' |
		xargs -r cp -Lt /run/bench/lib
done
record='' lwip='' timed='' rest=3
declare -A units=()
case $1 in
--record)
	record=1
	shift
	;;
--lwip)
	lwip=lwip
	shift
	;;
--timed)
	timed=1 rest=1
	shift
	;;
esac
rounds=$1
shift
window=0
state=

set_up_taps()
{
	local number

	ip link add bridge type bridge && ip link set bridge up || exit
	for number in 1 2; do
		ip tuntap add dev "tap$number" mode tap || exit
		ip link set "tap$number" master bridge up
	done
}

# More connections are closed in a minute than the kernel would remember here.
make_room()
{
	local ns

	for ns in client server; do
		ip netns exec "$ns" sysctl -qw net.ipv4.tcp_max_tw_buckets=1000000 \
			net.twin.tcp_max_tw_buckets=1000000 || exit
	done
}

set_up()
{
	insmod /run/bench/twin.ko || exit
	ip netns add client && ip netns add server || exit
	ip -n client link add eth0 type veth peer name eth0 netns server || exit
	local ns number=1

	for ns in client server; do
		ip -n "$ns" link set lo up
		ip -n "$ns" link set eth0 up
		ip -n "$ns" addr add "10.8.0.$number/24" dev eth0
		twin -n "$ns" addr add "10.9.0.$number/24" dev eth0 || exit
		number=$((number + 1))
	done
	[ -z "$lwip" ] || set_up_taps
	[ -z "$timed" ] || make_room
	echo 0 >/proc/sys/kernel/kptr_restrict
	cat /proc/kallsyms >"$TWIN_OUT/symbols"
	uname -r >"$TWIN_OUT/kernel"
}

# A neighbour is reachable for good only after its first seconds; the guest's
# clock makes nothing of them.
meet()
{
	local family

	for family in inet twin inet twin; do
		measure rr-1 "$family"
		[ "$window" != 2 ] || sleep 7
	done
}

# Both families in one boot, and each the first of the two in half of the rounds.
families()
{
	if [ "$state" = never ]; then
		echo "twin-never"
	elif [ -n "$record" ] && [ $(($1 % 2)) = 1 ]; then
		echo "twin-on twin-off"
	elif [ -n "$record" ]; then
		echo "twin-off twin-on"
	elif [ $(($1 % 2)) = 1 ]; then
		echo "inet twin $lwip"
	else
		echo "twin inet $lwip"
	fi
}

measure()
{
	local work=$1 family=$2 address=10.9.0.2 client=client server=server program=bench

	case $family in
	inet) address=10.8.0.2 ;;
	lwip) address=10.6.0.2 client=tap1 server=tap2 program=bench-lwip ;;
	esac
	[[ $work != lo-* ]] || client=server
	window=$((window + 1))
	"$program" --family "${family%-*}" --address "$address" \
		--port $((2000 + window * 11)) --client "$client" --server "$server" \
		--window "$window" ${units[$work]:+--count "${units[$work]}"} "$work" \
		>/run/result || {
		echo "bench: $work over $family failed"
		failed=1
	}
	sed "s/ twin / $family /" /run/result >>"$TWIN_OUT/results"
	# what still goes on about old connections is not the next one's cost
	sleep "$rest"
}

one_round()
{
	local work=$1 family

	for family in $(families "$2"); do
		switch "${family#*-}"
		measure "$work" "$family"
	done
}

each()
{
	local work round

	for work in "$@"; do
		echo "$work"
		for ((round = 1; round <= rounds; round++)); do
			one_round "$work" "$round"
		done
	done
}

# What else the host does is the same for works that are compared.
each_in_turn()
{
	local work round

	for ((round = 1; round <= rounds; round++)); do
		echo "round $round"
		for work in "$@"; do
			one_round "$work" "$round"
		done
	done
}

# What takes a moment only says little, so it is looked at again.
choose_units()
{
	local work count ns

	for work in "$@"; do
		for _ in 1 2 3; do
			measure "$work" twin
			read -r _ _ _ count ns _ </run/result
			[ "${ns:-0}" != 0 ] || break
			units[$work]=$((count * 2000000000 / ns + 1))
			[ "$ns" -lt 1000000000 ] || break
		done
	done
}

# Recorders for all sockets to come; other words are those of works without.
switch()
{
	local ns value=1

	case $1 in
	on) ;;
	off) value=0 ;;
	*) return ;;
	esac
	for ns in client server; do
		ip netns exec "$ns" sysctl -qw "net.twin.record=$value"
	done
}

# Once a recorder was used the branches in the code stay, so the order matters.
each_recorded()
{
	for state in never used; do
		each "$@"
	done
}

set_up
failed=0
meet
[ -z "$timed" ] || choose_units "$@"
: >"$TWIN_OUT/results"
if [ -n "$record" ]; then
	each_recorded "$@" 2>&1
elif [ -n "$timed" ]; then
	each_in_turn "$@" 2>&1
else
	each "$@" 2>&1
fi
exit "$failed"
