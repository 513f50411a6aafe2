# SPDX-License-Identifier: GPL-2.0
# Sourced by the shell tests: points in TAP, namespaces joined by veth pairs,
# waiting for events, and evidence that is kept when a point fails.
# net/example_ping.sh shows most of it.
# shellcheck shell=bash

set -u

lib_repo=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)
TWIN_KO=${TWIN_KO:-$lib_repo/twin.ko}
if [ -z "${TWIN_OUT:-}" ]; then
	TWIN_OUT=$(mktemp -d "${TMPDIR:-/tmp}/twin-test.XXXXXX")
fi
export PATH=$PATH:$lib_repo/tools:$lib_repo/selftests/prog/build

tap_seen=0
tap_failed=0
tap_plan=
lib_namespaces=()
lib_children=()
lib_captures=()

#
# Points
#

# Optional: without it the plan is printed at the end.
tap_plan()
{
	tap_plan=$1
	echo "1..$1"
}

ok()
{
	tap_seen=$((tap_seen + 1))
	echo "ok $tap_seen $1"
}

# not_ok NAME [WHY...]
not_ok()
{
	tap_seen=$((tap_seen + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_seen $1"
	shift
	[ $# = 0 ] || diag "$@"
}

# skip NAME WHY
skip()
{
	tap_seen=$((tap_seen + 1))
	echo "ok $tap_seen $1 # SKIP $2"
}

skip_all()
{
	echo "1..0 # SKIP $*"
	trap - EXIT
	lib_clean_up
	exit 0
}

diag()
{
	local text="$*"

	echo "# ${text//$'\n'/$'\n'# }"
}

# check NAME COMMAND...: the point holds when the command succeeds. It runs in a
# subshell, so that its words can be shown when it fails.
check()
{
	local name=$1 said status
	shift

	said=$("$@" 2>&1)
	status=$?
	if [ "$status" = 0 ]; then
		ok "$name"
	else
		not_ok "$name" "$* gave $status: $said"
	fi
	return "$status"
}

# check_fails NAME TEXT COMMAND...: it must fail, and say TEXT (a regex).
check_fails()
{
	local name=$1 text=$2 said
	shift 2

	if said=$("$@" 2>&1); then
		not_ok "$name" "$* succeeded: $said"
	elif [[ ! $said =~ $text ]]; then
		not_ok "$name" "$* said '$said', wanted '$text'"
	else
		ok "$name"
	fi
}

# check_is NAME GOT WANTED
check_is()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "got '$2', wanted '$3'"
	fi
}

# check_match NAME TEXT REGEX
check_match()
{
	if [[ $2 =~ $3 ]]; then
		ok "$1"
	else
		not_ok "$1" "no '$3' in: $2"
	fi
}

# Ends the test; the exit trap does the rest.
tap_end()
{
	[ -n "$tap_plan" ] || echo "1..$tap_seen"
	tap_plan=${tap_plan:-$tap_seen}
	[ "$tap_failed" = 0 ]
	exit
}

#
# Waiting. A try costs a tenth of a second of the guest's clock; on a slow
# machine there are simply as many tries, never a deadline.
#

# busywait COMMAND...: until it succeeds, at most $tries times (100).
busywait()
{
	local left=${tries:-100}

	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 0.1
	done
}

# listening NS PORT: somebody accepts TCP connections there, on either stack.
listening()
{
	local port

	port=$(printf '%04X' "$2")
	in_ns "$1" cat /proc/net/tcp /proc/net/twin/tcp 2>/dev/null |
		awk -v port=":$port" '$4 == "0A" && index($2, port) { found = 1 }
			END { exit !found }'
}

# bound_udp NS PORT: a UDP socket has the port, on either stack.
bound_udp()
{
	local port

	port=$(printf '%04X' "$2")
	in_ns "$1" cat /proc/net/udp /proc/net/twin/udp 2>/dev/null |
		awk -v port=":$port" 'index($2, port) { found = 1 } END { exit !found }'
}

wait_listening()
{
	busywait listening "$1" "$2"
}

#
# Namespaces
#

# setup_ns NAME...: makes a namespace for each, and a variable of that name.
setup_ns()
{
	local name real

	for name in "$@"; do
		real=$name-$$
		ip netns add "$real" || return
		lib_namespaces+=("$real")
		printf -v "$name" %s "$real"
		# The test machines are booted without IPv6.
		[ -n "${TWIN_VM:-}" ] || ip netns exec "$real" sysctl -qw \
			net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1 2>/dev/null
		ip -n "$real" link set lo up
	done
}

in_ns()
{
	local ns=$1
	shift
	ip netns exec "$ns" "$@"
}

# link_ns A B [DEVICE_A [DEVICE_B]]: joins two namespaces of setup_ns by a veth
# pair, both ends up; the devices are called eth0 when nothing is said.
link_ns()
{
	local a=${!1} b=${!2} device_a=${3:-eth0} device_b=${4:-${3:-eth0}}

	ip -n "$a" link add "$device_a" type veth peer name "$device_b" netns "$b" &&
		ip -n "$a" link set "$device_a" up &&
		ip -n "$b" link set "$device_b" up &&
		busywait lib_is_up "$a" "$device_a" &&
		busywait lib_is_up "$b" "$device_b"
}

lib_is_up()
{
	[[ $(ip -n "$1" -o link show dev "$2") == *'state UP'* ]]
}

# resolver_ns NS ADDRESS: /etc/resolv.conf as the namespace's programs see it.
resolver_ns()
{
	mkdir -p "/etc/netns/$1"
	echo "nameserver $2" >"/etc/netns/$1/resolv.conf"
}

# background COMMAND...: runs on; ended with the test. Sets $child.
background()
{
	"$@" </dev/null >>"$TWIN_OUT/background" 2>&1 &
	child=$!
	lib_children+=("$child")
}

#
# The module
#

twin_insmod()
{
	[ -d /sys/module/twin ] || insmod "$TWIN_KO" "$@"
}

twin_rmmod()
{
	[ ! -d /sys/module/twin ] || rmmod twin
}

# counter NS NAME: one value, as stock nstat names it (TcpRetransSegs).
counter()
{
	in_ns "$1" cat /proc/net/twin/snmp /proc/net/twin/netstat 2>/dev/null |
		awk -v wanted="$2" '
			$1 != prefix { prefix = $1; split($0, names); next }
			{
				label = substr(prefix, 1, length(prefix) - 1)
				for (i = 2; i <= NF; i++)
					if (label names[i] == wanted)
						print $i
				prefix = ""
			}'
}

#
# Evidence
#

# capture NS DEVICE [FILTER...]: to $TWIN_OUT/NS-DEVICE.pcap; thrown away when
# the test passes. Sets $pcap. Returns once packets are being recorded.
capture()
{
	local ns=$1 device=$2
	shift 2

	pcap=$TWIN_OUT/$ns-$device.pcap
	ip netns exec "$ns" tcpdump -Z root -U --immediate-mode -n -i "$device" \
		-w "$pcap" "$@" 2>"$pcap.log" </dev/null &
	lib_captures+=("$!")
	busywait grep -q 'listening on' "$pcap.log"
}

# Ends all captures, so that their files can be read.
capture_stop()
{
	[ "${#lib_captures[@]}" = 0 ] && return
	kill -INT "${lib_captures[@]}" 2>/dev/null
	wait "${lib_captures[@]}" 2>/dev/null
	lib_captures=()
}

packets()
{
	tcpdump -nr "$pcap" "$@" 2>/dev/null
}

lib_show_evidence()
{
	local ns file

	for ns in "${lib_namespaces[@]}"; do
		in_ns "$ns" test -d /proc/net/twin || continue
		echo "== counters of $ns"
		in_ns "$ns" env PROC_NET_SNMP=/proc/net/twin/snmp PROC_NET_SNMP6=/dev/null \
			PROC_NET_NETSTAT=/proc/net/twin/netstat PROC_NET_SCTP_SNMP=/dev/null \
			NSTAT_HISTORY="$TWIN_OUT/nstat" nstat -az
		echo "== sockets of $ns"
		in_ns "$ns" cat /proc/net/twin/tcp /proc/net/twin/udp
		in_ns "$ns" cat /proc/net/twin/route /proc/net/twin/arp
		rm -f "$TWIN_OUT/nstat"
	done >&2 2>/dev/null
	for file in "$TWIN_OUT"/*.pcap; do
		[ -e "$file" ] || continue
		echo "== the last packets of ${file##*/}"
		tcpdump -nr "$file" 2>/dev/null | tail -n 20
	done >&2
}

lib_clean_up()
{
	local ns pids

	capture_stop
	[ "$tap_failed" = 0 ] || lib_show_evidence
	[ "${#lib_children[@]}" = 0 ] || kill "${lib_children[@]}" 2>/dev/null
	for ns in "${lib_namespaces[@]}"; do
		mapfile -t pids < <(ip netns pids "$ns" 2>/dev/null)
		[ "${#pids[@]}" = 0 ] || kill -KILL "${pids[@]}" 2>/dev/null
		ip netns del "$ns"
		[ ! -d "/etc/netns/$ns" ] || rm -rf "/etc/netns/$ns"
	done
	[ "$tap_failed" != 0 ] || rm -f "$TWIN_OUT"/*.pcap "$TWIN_OUT"/*.pcap.log
}

# A test that ends before tap_end has printed too few points or no plan.
lib_at_exit()
{
	local status=$?

	[ -n "$tap_plan" ] && [ "$tap_seen" = "$tap_plan" ] ||
		tap_failed=$((tap_failed + 1))
	lib_clean_up
	exit "$status"
}
trap lib_at_exit EXIT
trap 'exit 130' INT TERM
