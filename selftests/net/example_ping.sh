#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bed: debug
# A ping from the kernel's own stack to Twin.

# shellcheck source=selftests/lib.sh
. "${0%/*}/../lib.sh"

here='' there=''
setup_ns here there		# two network namespaces; their names
link_ns here there		# a veth pair: eth0 in both, up
twin_insmod
twin -n "$here" addr add 10.0.0.1/24 dev eth0
ip -n "$there" addr add 10.0.0.2/24 dev eth0
capture "$there" eth0 icmp
check "a ping is answered" in_ns "$there" ping -c 1 10.0.0.1
capture_stop
check_match "the answer has the number of the question" "$(packets)" \
	"10.0.0.1 > 10.0.0.2: ICMP echo reply, id [0-9]+, seq 1,"
check_is "it is counted" "$(counter "$here" IcmpOutEchoReps)" 1
tap_end
