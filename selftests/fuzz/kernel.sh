#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Garbage of all kinds for the loaded module, see kernel/kernel_fuzz.h. The
# kernel's own checks are the judges. KERNEL_FUZZ_SECONDS and KERNEL_FUZZ_SEED in
# the environment: how long (16), and from which seed (1). With KERNEL_FUZZ_FRAMES
# set there are frames only, several times as many: no calls.
# bed: debug
# timeout: 86400

# shellcheck source=selftests/lib.sh
. "${0%/*}/../lib.sh"

here='' there=''
seconds=${KERNEL_FUZZ_SECONDS:-16}
seed=${KERNEL_FUZZ_SEED:-1}
frames_only=${KERNEL_FUZZ_FRAMES:-}

prepare()
{
	setup_ns here there
	twin_insmod
	link_ns here there
	twin -n "$here" addr add 10.9.0.1/24 dev eth0
	ip -n "$there" addr add 10.9.0.2/24 dev eth0
	head -c 100000 /dev/urandom >"$TWIN_OUT/data"
}

serve()
{
	background in_ns "$there" python3 -m http.server --bind 10.9.0.2 \
		--directory "$TWIN_OUT" 80
	wait_listening "$there" 80
}

transfer()
{
	in_ns "$here" twin run curl -sS --max-time 60 -o "$TWIN_OUT/got" \
		http://10.9.0.2/data && cmp "$TWIN_OUT/got" "$TWIN_OUT/data"
}

# What the frames are made from: a real web page, pings, a refused datagram.
record()
{
	capture "$there" eth0
	transfer
	in_ns "$there" ping -qc2 10.9.0.1 >/dev/null
	in_ns "$here" twin run dig +tries=1 +time=1 @10.9.0.2 x.test >/dev/null
	capture_stop
}

value_of()
{
	awk -v name="$1" '$1 == name { print $2 }' "$TWIN_OUT/tried"
}

at_least()
{
	[ "$(value_of "$1")" -ge "$2" ]
}

prepare
serve
check "a page is fetched" transfer
record
check "all rounds end" bash -c 'kernel_fuzz "${@:2}" >"$1"' - "$TWIN_OUT/tried" \
	--seconds "$seconds" --seed "$seed" ${frames_only:+--callers 0} "$pcap"
diag "$(<"$TWIN_OUT/tried")"
check "frames were thrown" at_least frames 2000
check "and answered" at_least answers 500
if [ -z "$frames_only" ]; then
	check "calls were made" at_least calls 1000
	check "connections came about" at_least accepted 5
	check "data got through" at_least received_bytes 1000
fi
check "the stack works on" transfer
rm -f "$TWIN_OUT/data" "$TWIN_OUT/got"
tap_end
