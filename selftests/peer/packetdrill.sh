#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# packetdrill's scripts run on Twin: sockets, address, route and settings are
# turned towards it. Where there is no packetdrill, by a stand-in that does the
# same to the machine.

# shellcheck source=selftests/lib.sh
. "${0%/*}/../lib.sh"
adapter=$lib_repo/selftests/packetdrill/run
stand_in=$lib_repo/selftests/packetdrill/stand-in

twin_insmod
family=$(cat /sys/module/twin/parameters/family 2>/dev/null || echo 18)
mkdir -p "$TWIN_OUT/scripts"
cat >"$TWIN_OUT/scripts/listen.pkt" <<'EOF'
0	socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0	setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0	bind(3, ..., ...) = 0
+0	listen(3, 1) = 0
+0	< S 0:0(0) win 32792 <mss 1000,nop,wscale 7>
+0	> S. 0:0(0) ack 1 <...>
+.1	< . 1:1(0) ack 1 win 257
+0	accept(3, ..., ...) = 4
+0	%{ assert tcpi_state == TCP_ESTABLISHED }%
EOF

said=$(PACKETDRILL=$stand_in "$adapter" -v "$TWIN_OUT/scripts/listen.pkt" 2>&1)
check_match "the stand-in's SYN,ACK comes from a socket of Twin's" "$said" \
	"family $family"
check_match "its script passes" "$said" "ok 1 [^ ]*/scripts/listen.pkt"
check_is "outside, nothing is left of it" \
	"$(ip -o link show type tun 2>/dev/null)$(twin addr show)" ""
check_fails "a script that fails makes the run fail" "not ok 1" \
	env PACKETDRILL=/bin/false "$adapter" "$TWIN_OUT/scripts/listen.pkt"
check_fails "without a packetdrill it says so" "no packetdrill" \
	env PACKETDRILL=/nowhere/packetdrill "$adapter" "$TWIN_OUT/scripts/listen.pkt"
if command -v packetdrill >/dev/null; then
	check "packetdrill's own script passes" "$adapter" \
		"$TWIN_OUT/scripts/listen.pkt"
else
	skip "packetdrill's own script passes" "there is no packetdrill here"
fi
tap_end
