#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# More programs as they come, both ends under twin run: netcat, socat, wget,
# iperf3, and where they are installed redis, haproxy, ssh and one in Go.
# bed: stock debug
# timeout: 400

# shellcheck source=selftests/lib.sh
. "${0%/*}/../lib.sh"

here='' there=''
folder=$(mktemp -d)
server=10.0.0.2
log=$TWIN_OUT/log

prepare()
{
	setup_ns here there
	twin_insmod
	link_ns here there
	twin -n "$here" addr add 10.0.0.1/24 dev eth0 &&
		twin -n "$there" addr add "$server/24" dev eth0
	head -c 1000000 /dev/urandom >"$folder/data"
}

# with PROGRAM NAME...: tells whether it is there; else its points are skipped.
with()
{
	local program=$1 name
	shift

	PATH=$PATH:/usr/sbin command -v "$program" >/dev/null && return
	for name in "$@"; do
		skip "$name" "$program is not installed"
	done
	return 1
}

serve()
{
	background in_ns "$there" twin run "$@"
}

client()
{
	in_ns "$here" twin run timeout 60 "$@"
}

on_twin()
{
	local port

	port=$(printf '%04X' "$1")
	in_ns "$there" grep -q ":$port 00000000:0000 0A" /proc/net/twin/tcp
}

wait_on_twin()
{
	busywait on_twin "$1"
}

test_netcat()
{
	with nc.openbsd "netcat sends a file" "netcat sends a datagram" || return
	serve sh -c "nc.openbsd -l -N 4000 >$folder/got"
	wait_on_twin 4000
	client nc.openbsd -N "$server" 4000 <"$folder/data" 2>"$log"
	wait "$child"
	check "netcat sends a file" cmp "$folder/got" "$folder/data"
	serve sh -c "nc.openbsd -u -l 4000 >$folder/words"
	busywait bound_udp "$there" 4000
	echo "a datagram" | client nc.openbsd -u -q 0 "$server" 4000 2>"$log"
	check "netcat sends a datagram" busywait grep -q "a datagram" "$folder/words"
}

test_socat()
{
	with socat "socat serves each caller by a child" "socat speaks UDP" || return
	# half a second after the caller's end socat gives up cat, if it is not told
	serve socat -t 60 TCP4-LISTEN:4001,reuseaddr,fork EXEC:cat
	wait_on_twin 4001
	check_is "socat serves each caller by a child" "$(for word in one two three; do
		echo $word | client socat -t 60 - "TCP4:$server:4001"
	done 2>"$log")" $'one\ntwo\nthree'
	serve socat -t 60 UDP4-RECVFROM:4001,fork EXEC:cat
	busywait bound_udp "$there" 4001
	check_is "socat speaks UDP" "$(echo word | client socat -t 5 - "UDP4:$server:4001" 2>"$log")" word
}

test_wget()
{
	with wget "wget goes on where it was" || return
	serve python3 -m http.server --bind "$server" --directory "$folder" 4002
	wait_on_twin 4002
	client wget -q -O "$folder/got" "http://$server:4002/data" 2>"$log"
	check "wget gets a file" cmp "$folder/got" "$folder/data"
}

# Its own verdict, and what it counted on both ends.
test_iperf()
{
	with iperf3 "iperf3 sends" "iperf3 receives" "iperf3 sends datagrams" || return
	serve iperf3 -s -B "$server" -p 4003
	wait_on_twin 4003
	check "iperf3 sends" client iperf3 -c "$server" -p 4003 -n 4M
	check "iperf3 receives" client iperf3 -c "$server" -p 4003 -n 4M -R -P 3
	check "iperf3 sends datagrams" client iperf3 -c "$server" -p 4003 -u -b 10M -n 400K
}

test_redis()
{
	with redis-server "redis keeps a value" "redis takes calls in pipelines" || return
	serve redis-server --bind "$server" --port 4004 --protected-mode no --save '' --dir "$folder"
	wait_on_twin 4004
	client redis-cli -h "$server" -p 4004 set key value >"$log" 2>&1
	check_is "redis keeps a value" "$(client redis-cli -h "$server" -p 4004 get key)" value
	check_match "redis takes calls in pipelines" "$(client redis-benchmark -h "$server" \
		-p 4004 -q -n 400 -c 20 -P 4 -t set,get 2>&1 | tr '\r' '\n')" 'GET:.*requests per second'
}

test_haproxy()
{
	with haproxy "haproxy passes a request on" || return
	cat >"$folder/haproxy.cfg" <<-END
		defaults
			mode http
			timeout connect 60s
			timeout client 60s
			timeout server 60s
		listen front
			bind $server:4005
			server back $server:4002
	END
	serve haproxy -f "$folder/haproxy.cfg"
	wait_on_twin 4005
	client curl -sS "http://$server:4005/data" >"$folder/got" 2>"$log"
	check "haproxy passes a request on" cmp "$folder/got" "$folder/data"
}

# With keys of its own, and no more of the machine's settings than need be.
test_ssh()
{
	with sshd "ssh runs a command" "and brings what it says" || return
	mkdir -p /run/sshd "$folder/ssh"
	chmod 700 "$folder/ssh"
	ssh-keygen -q -t ed25519 -N '' -f "$folder/ssh/host" >"$log" 2>&1
	ssh-keygen -q -t ed25519 -N '' -f "$folder/ssh/user" >>"$log" 2>&1
	serve "$(PATH=$PATH:/usr/sbin command -v sshd)" -D -e -f /dev/null -h "$folder/ssh/host" \
		-o ListenAddress="$server" -o Port=4006 -o StrictModes=no -o UsePAM=no \
		-o PidFile=none -o AuthorizedKeysFile="$folder/ssh/user.pub"
	wait_on_twin 4006
	client ssh -F none -i "$folder/ssh/user" -p 4006 -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "root@$server" \
		"cat; echo finished >&2" <"$folder/data" >"$folder/got" 2>"$log"
	check "ssh runs a command" cmp "$folder/got" "$folder/data"
	check "and brings what it says" grep -q finished "$log"
}

# Programs in Go call the kernel without the C library, from threads of their own.
test_go()
{
	with websocketd "a server in Go serves" "a client in Go gets all answers" || return
	serve websocketd --address "$server" --port 4007 --staticdir "$folder"
	wait_on_twin 4007
	client curl -sS "http://$server:4007/data" >"$folder/got" 2>"$log"
	check "a server in Go serves" cmp "$folder/got" "$folder/data"
	with hey "a client in Go gets all answers" || return
	check_match "a client in Go gets all answers" "$(client hey -n 40 -c 8 -t 60 \
		"http://$server:4007/data" 2>&1)" '\[200\].40 responses'
}

prepare
test_netcat
test_socat
test_wget
test_iperf
test_redis
test_haproxy
test_ssh
test_go
rm -rf "$folder"
tap_end
