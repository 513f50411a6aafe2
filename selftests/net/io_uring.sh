#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# io_uring's socket calls end on Twin as they do on the kernel's own stack.

# shellcheck source=selftests/lib.sh
. "${0%/*}/../lib.sh"

here='' there=''

setup_ns here there
twin_insmod
link_ns here there
ip -n "$here" addr add 10.0.0.1/24 dev eth0
ip -n "$there" addr add 10.0.0.2/24 dev eth0
twin -n "$here" addr add 10.0.0.11/24 dev eth0
twin -n "$there" addr add 10.0.0.12/24 dev eth0
twin_family=$(cat /sys/module/twin/parameters/family 2>/dev/null || echo 18)
uring 2 "$here" 10.0.0.1 "$there" 10.0.0.2 >"$TWIN_OUT/inet" 2>"$TWIN_OUT/inet.log"
if grep 'there is no io_uring' "$TWIN_OUT/inet.log" >&2; then
	skip_all "this kernel has no io_uring"
fi
check "the kernel's own stack does all there is" test ! -s "$TWIN_OUT/inet.log"
uring "$twin_family" "$here" 10.0.0.11 "$there" 10.0.0.12 >"$TWIN_OUT/twin" 2>"$TWIN_OUT/twin.log"
check "so does Twin" test ! -s "$TWIN_OUT/twin.log"
number=0
while IFS= read -r wanted; do
	number=$((number + 1))
	check_is "${wanted%: *} ($number)" "$(sed -n "${number}p" "$TWIN_OUT/twin")" "$wanted"
done <"$TWIN_OUT/inet"
tap_end
