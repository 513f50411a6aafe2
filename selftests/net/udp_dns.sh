#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bed: stock
# Unmodified programs over Twin's UDP: dig asks a real name server. S1, S32.

set -u
# shellcheck source=selftests/lib.sh
. "${0%/*}/../lib.sh"

client='' server=''
setup_ns client server || exit
link_ns client server || exit
check "the module is there" twin_insmod || exit
twin -n "$client" addr add 10.0.0.1/24 dev eth0 || exit
ip -n "$server" addr add 10.0.0.2/24 dev eth0

background ip netns exec "$server" dnsmasq --keep-in-foreground --no-resolv \
	--no-hosts --conf-file=/dev/null --pid-file= --user=root --bind-interfaces \
	--listen-address=10.0.0.2 --host-record=www.example.test,10.0.0.80 \
	--txt-record=long.example.test,"$(printf 'x%.0s' {1..250})"
check "the name server is there" busywait bound_udp "$server" 53

resolver_ns "$client" 10.0.0.2
check_match "the C library's resolver gets the address of a name" \
	"$(in_ns "$client" twin run python3 -c \
		'import socket; print(socket.gethostbyname("www.example.test"))')" \
	'10\.0\.0\.80'

check_match "so does a static program's own resolver" \
	"$(in_ns "$client" twin run busybox nslookup www.example.test 10.0.0.2)" \
	'10\.0\.0\.80'

# A short time-out and many tries: on a slow machine an answer may be late.
ask()
{
	in_ns "$client" twin run dig +short +time=5 +tries=10 "$@" @10.0.0.2
}

check_is "dig gets the address of a name" \
	"$(ask www.example.test)" 10.0.0.80
check_match "an answer of some length arrives whole" \
	"$(ask +notcp +ignore long.example.test txt)" 'x{250}'
check_match "a name that does not exist is told so" \
	"$(in_ns "$client" twin run dig +time=5 +tries=10 nobody.test @10.0.0.2)" \
	'REFUSED|NXDOMAIN'
check_match "the answers came through Twin" \
	"$(counter "$client" UdpInDatagrams)" '^([5-9]|[1-9][0-9]+)$'
tap_end
