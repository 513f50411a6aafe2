#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs the tests of one bed, one after the other, inside the test machine. The
# module is loaded before each test and unloaded after it, so that what a test
# leaves behind shows at once. Exit status 3: the machine is no longer fit for
# another test, boot again for the rest.
#
# usage: session.sh TEST...    (paths below the repository)
# reads  $TWIN_OUT/bin: twin.ko, twin and the test programs
#        $TWIN_SHARE, if set: a folder for all machines that have the same list
# writes $TWIN_OUT/summary: TEST PASSED FAILED SKIPPED
#        $TWIN_OUT/results/TEST/: tap, log, kernel, and the test's own files/
#
# With TWIN_HASTY in the environment the first failure is the end, in the scripts of
# peer/ too, what hangs is given up sooner, and leaks are looked for only if it is
# "leaks". TWIN_COVERAGE is the module of selftests/coverage, if it shall tell.

set -u
session_out=$TWIN_OUT
programs=/run/twin
cgroup=/sys/fs/cgroup/test
kernel_trouble='BUG:|BUG [a-z]|WARNING:|Oops|possible (recursive|circular)|inconsistent lock'
kernel_trouble+='|suspicious RCU|bad unlock balance|held lock|waiting for .* to become free'
kernel_trouble+='|refcount_t|blocked for more than|self-detected stall|scheduling while atomic'

# The value of "# NAME: value" in a test's first lines; sets $header.
read_header()
{
	local line number=0

	header=
	while [ "$number" -lt 20 ] && read -r line; do
		number=$((number + 1))
		[[ $line =~ ^[#\ \"]*$2:\ *(.*) ]] || continue
		header=${BASH_REMATCH[1]}
		return
	done <"$1"
}

mark_kernel_log()
{
	mark="twin-selftest: $1"
	echo "$mark" >/dev/kmsg
}

# All of it if so much was said that the mark is no longer there.
kernel_log_since_mark()
{
	dmesg | awk -v mark="$mark" '
		index($0, mark) { count = 0; next }
		{ lines[count++] = $0 }
		END { for (i = 0; i < count; i++) print lines[i] }'
}

looks_for_leaks()
{
	[ "$TWIN_BED" = debug ] || [ "$TWIN_BED" = time ]
}

# Where the module's functions are in this life, for the leak report.
load_module()
{
	insmod "$programs/twin.ko" || return
	looks_for_leaks || return 0
	lives=$((lives + 1))
	grep -F '[twin]' /proc/kallsyms >"$session_out/symbols.$lives"
}

# Closed sockets and dead namespaces may take a moment to let go, and a busy host
# makes it a long one.
unload_module()
{
	local try tries=1200

	[ -z "${TWIN_HASTY:-}" ] || tries=300
	for ((try = 1; try <= tries; try++)); do
		[ -d /sys/module/twin ] || return 0
		rmmod twin 2>/dev/null && return 0
		[ "$try" -lt 20 ] || sleep 0.1
	done
	rmmod twin
}

# Whatever the test has started is in its cgroup, daemons too.
kill_stragglers()
{
	local path

	echo 1 >"$cgroup/cgroup.kill"
	until rmdir "$cgroup"; do
		sleep 0.1
	done
	for path in /run/netns/*; do
		[ ! -e "$path" ] || ip netns del "${path##*/}"
	done
	rm -rf /etc/netns
	mkdir /etc/netns
}

execute()
{
	local test=$1 limit=$2

	mkdir "$cgroup"
	TWIN_OUT=$results/files bash -c '
		echo $$ >"$0/cgroup.procs"
		exec timeout -k 10 "$@"' \
		"$cgroup" "$limit" "$TWIN_REPO/$test" >"$results/tap" 2>"$results/log" </dev/null
}

trouble()
{
	printf '%s\n' "$*" >>"$results/trouble"
}

run_one()
{
	local test=$1 limit status own_load

	read_header "$TWIN_REPO/$test" timeout
	limit=${header:-180}
	# There, days pass in a moment: a year is for ever, or a month to who is hasty.
	[ "$TWIN_BED" != time ] || limit=${TWIN_HASTY:+4000000}
	limit=${limit:-31536000}
	read_header "$TWIN_REPO/$test" module
	own_load=$header
	mark_kernel_log "$test"
	if [ "$own_load" != self ] && ! load_module 2>"$results/log"; then
		trouble "insmod: $(<"$results/log")"
		return
	fi
	execute "$test" "$limit"
	status=$?
	kill_stragglers 2>/dev/null
	unload_module 2>"$results/unload" || {
		trouble "the module cannot be unloaded: $(<"$results/unload")"
		unfit=1
	}
	awk -v status="$status" -f "$TWIN_REPO/selftests/harness/tap.awk" \
		"$results/tap" >"$results/verdict"
	kernel_log_since_mark >"$results/kernel"
	grep -E "$kernel_trouble" "$results/kernel" >"$results/kernel.trouble" && {
		trouble "kernel log: $(head -n 1 "$results/kernel.trouble")"
		unfit=1
	}
}

report()
{
	local test=$1 seconds=$2 passed failed skipped word=ok text more

	read -r passed failed skipped <"$results/verdict"
	mapfile -t more <"$results/trouble"
	failed=$((failed + ${#more[@]}))
	[ "$failed" = 0 ] || word=FAIL
	failures=$((failures + failed))
	text="$passed passed"
	[ "$failed" = 0 ] || text+=", $failed failed"
	[ "$skipped" = 0 ] || text+=", $skipped skipped"
	printf '%-4s %-32s %s (%s s)\n' "$word" "${test#selftests/}" "$text" "$seconds"
	if [ "$failed" != 0 ]; then
		sed -n '2,$s/^/       /p' "$results/verdict"
		sed 's/^/       /' "$results/trouble"
		tail -n 25 "$results/log" | sed 's/^/     | /'
	fi
	echo "$test $passed $failed $skipped" >>"$session_out/summary"
}

one_test()
{
	local test=$1 start=$SECONDS

	results=$session_out/results/$test
	rm -rf "$results"
	mkdir -p "$results/files"
	: >"$results/trouble"
	echo "0 0 0" >"$results/verdict"
	run_one "$test"
	report "$test" $((SECONDS - start))
}

# Of the machines with the same list the one that makes a test's folder has to run it.
is_mine()
{
	[ -z "${TWIN_SHARE:-}" ] || mkdir "$TWIN_SHARE/${1//\//+}" 2>/dev/null
}

kmemleak=/sys/kernel/debug/kmemleak

forget_leaks()
{
	looks_for_leaks && [ -w "$kmemleak" ] || return 0
	echo scan=off >"$kmemleak"
	echo clear >"$kmemleak"
}

# kmemleak calls nothing a leak before it is five seconds old.
scan_for_leaks()
{
	looks_for_leaks && [ -w "$kmemleak" ] || return 0
	results=$session_out/results/kmemleak
	mkdir -p "$results"
	sleep 6
	echo scan >"$kmemleak"
	echo scan >"$kmemleak"
	cat "$kmemleak" >"$results/report"
	: >"$results/trouble"
	if python3 "$TWIN_REPO/selftests/harness/kmemleak.py" "$results/report" \
		"$session_out"/symbols.* >"$results/log"; then
		echo "1 0 0" >"$results/verdict"
	else
		printf '0 1 0\nmemory of the module was leaked\n' >"$results/verdict"
	fi
	report kmemleak 6
}

cp -r "$session_out/bin" "$programs"
export PATH=$programs:$PATH TWIN_KO=$programs/twin.ko
rm -f "$session_out"/symbols.*
unfit=
failures=0
lives=0
coverage=$session_out/coverage.$RANDOM
[ -z "${TWIN_COVERAGE:-}" ] || insmod "$TWIN_COVERAGE"
forget_leaks
for test in "$@"; do
	is_mine "$test" || continue
	one_test "$test"
	[ -z "${TWIN_COVERAGE:-}" ] || cat /sys/kernel/debug/twin_coverage >"$coverage"
	[ -z "$unfit" ] || break
	[ -z "${TWIN_HASTY:-}" ] || [ "$failures" = 0 ] || break
done
[ "${TWIN_HASTY:-}" = yes ] || scan_for_leaks
[ -z "$unfit" ] || exit 3
