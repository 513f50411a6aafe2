#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The demo's story, told inside the test machine along one download and one upload:
# what a protocol stack does between a program and the cable. The ids S1 to S33
# are those of Documentation/statements.md.

# shellcheck disable=SC2154
# shellcheck source=selftests/demo/stage.sh
. "$(dirname "$0")/stage.sh"

flow='host 10.1.0.12 and host 10.2.0.2 and tcp port 80'

same_bytes()
{
	[ "$(sha256sum <"$1")" = "$(sha256sum <"$work/files/data")" ]
}

open_the_story()
{
	cat <<-'END'

	Two protocol stacks share an adapter, each with an address of its own:

	  client                         router                         server
	  10.1.0.2   kernel -.                                     .- kernel  10.2.0.2   dnsmasq, nginx
	                      eth0 --- 10.1.0.1   10.2.0.1 --- eth0
	  10.1.0.12  Twin   -'        (the kernel forwards)        '- Twin    10.2.0.12  nginx, later
	END
}

load()
{
	step "S1 S3" "The stack is loaded into the running kernel; a socket is memory and a number"
	"$TWIN_REPO/selftests/demo/first_socket.py" "$TWIN_KO" 18 | tell
	prove "the module is loaded" test -d /sys/module/twin
	show "$client" twin addr add 10.1.0.12/24 dev eth0
	show "$client" twin route add default via 10.1.0.1
	twin -n "$server" addr add 10.2.0.12/24 dev eth0
	twin -n "$server" route add default via 10.2.0.1
}

ask_names()
{
	local answer

	step "S1 S32" "First the resolver asks a name server: UDP over Twin"
	name_server
	answer=$(in_ns "$client" twin run dig +short www.twin.test @10.2.0.2 2>&1)
	echo "  client\$ twin run dig +short www.twin.test @10.2.0.2"
	tell <<<"$answer"
	prove "the answer is the web server's address" test "$answer" = 10.2.0.2
}

# Nobody reads what curl prints at first: the buffers on the way fill up, and
# there is time to look at them.
fetch_by_twin()
{
	local fetcher

	step "S2 S4 S5 S16" "connect: both sides now hold control information about each other, and buffers"
	web_server 10.2.0.2
	mkfifo "$work/reader"
	echo "  client\$ twin run curl http://www.twin.test/data | less      (10 MB; they wait for a key)"
	curl_and_wait 2>"$work/curl.log" &
	fetcher=$!
	prove "the receiver has told the sender to stop" busywait saw_closed_window
	show "$client" twin ss -tnpmi
	show "$server" ss -tn
	echo >"$work/reader"
	wait "$fetcher"
	fetched=$?
	in_ns "$client" twin ss -tan >"$work/closed"
	tell <"$work/curl.log"
}

curl_and_wait()
{
	set -o pipefail
	in_ns "$client" twin run curl -sS http://www.twin.test/data | {
		read -r <"$work/reader"
		cat >"$work/fetched"
	}
}

saw_closed_window()
{
	[ -n "$(seen left -n -c 1 "$flow and src host 10.1.0.12 and tcp[14:2] = 0")" ]
}

show_handshake()
{
	step "S6 S7 S14" "The handshake, as tcpdump saw it: each side tells its random first number"
	seen left -tn -c 3 "$flow" | shorten | tell
	prove "SYN, SYN+ACK, ACK" saw_handshake
}

saw_handshake()
{
	seen left -tn -c 3 "$flow" | awk '{ print $6 }' | tr -d '\n' |
		grep -qF '[S],[S.],[.],'
}

show_data()
{
	step "S8 S9 S12 S13" "The data: a row of bytes, cut into pieces that fit a packet, and numbered"
	seen left -tn -c 9 "$flow" | tail -n 6 | shorten | tell
	prove "curl under twin run has found the server by name and got the file" \
		test "$fetched" = 0
	prove "10 MB arrived as they were sent (sha256)" same_bytes "$work/fetched"
	step "S17 S18" "A window lets many be under way, or none; one ACK often answers several"
	seen left -tn "$flow" >"$work/flow"
	awk '/^IP 10.1.0.12/ && /win 0,/ && !shut { print; shut = 1 }
		/^IP 10.1.0.12/ && !/win 0,/ && shut { print; exit }' "$work/flow" |
		shorten | tell
	awk '/length 0$/ && /^IP 10.1.0.12/ { acks++ }
		! /length 0$/ && /^IP 10.2.0.2/ { data++ }
		END { print data + 0 " packets of data came, " acks + 0 " without data went back" }' \
		"$work/flow" | tell
}

show_close()
{
	step "S19 S20" "The close: FIN and ACK from both. The socket stays, lest a late FIN hit another"
	busywait saw_both_fins
	seen left -tn "$flow" | awk '/Flags \[F/ { on = 1 } on' | shorten | tell
	prove "both sides have sent FIN" saw_both_fins
	echo "  client\$ twin ss -tan"
	tell <"$work/closed"
}

saw_both_fins()
{
	[ "$(seen left -n "$flow and tcp[tcpflags] & tcp-fin != 0" |
		awk '{ print $3 }' | sort -u | wc -l)" = 2 ]
}

serve_by_twin()
{
	local before after

	step "S4 S15" "The other way round, and the router loses one packet in a hundred"
	echo "  server\$ twin run nginx"
	web_server 10.2.0.12 twin run
	show "$server" twin ss -ltn
	lose 1 left
	before=$(counter "$server" TcpRetransSegs)
	prove "curl on the kernel's stack gets the file: curl http://twin.twin.test/data" \
		in_ns "$client" curl -sS -o "$work/served" http://twin.twin.test/data
	after=$(counter "$server" TcpRetransSegs)
	prove "10 MB arrived as they were sent (sha256)" same_bytes "$work/served"
	prove "what was lost was sent again: $((after - before)) segments" \
		test "$after" -gt "$before"
	tc -n "$router" qdisc del dev left root
}

show_relays()
{
	step "S21 S25" "One packet on two cables: the router writes a new MAC header, and one from the TTL"
	one_packet left
	one_packet right
	step "S22 S23 S24" "The routing table tells the next hop, and with it the source address"
	show "$client" twin route
	show "$client" twin route get 10.2.0.2
	step "S26 S27" "ARP: who has the next hop's address? The answer is kept for a while"
	seen left -tn -c 2 'arp and host 10.1.0.12' | tell
	show "$client" twin neigh
}

one_packet()
{
	seen "$1" -etnv -c 1 "$flow" | tr -d '\n' | sed -E \
		's/^([^ ]+) > ([^,]+),.* (ttl [0-9]+),.*    ([^ ]+ > [^ ]+): (Flags [^,]*),.*/\1 > \2  \3  \4 \5/' |
		sed "s/^/$(printf '%-6s' "$1") /" | tell
	echo
}

ping_both_ways()
{
	step "S30" "ICMP: reports on the way, and trouble"
	show "$client" sysctl -w net.twin.ping_group_range='0 0'
	prove "kernel pings Twin: ping 10.2.0.12" \
		in_ns "$client" ping -c 3 -i 0.2 10.2.0.12
	prove "Twin pings the kernel: twin run ping 10.2.0.2" \
		in_ns "$client" twin run ping -c 3 -i 0.2 10.2.0.2
	prove "Twin pings Twin: twin run ping 10.2.0.12" \
		in_ns "$client" twin run ping -c 3 -i 0.2 10.2.0.12
	echo "  client\$ twin run ping -t 1 10.2.0.2      (one router is too many)"
	in_ns "$client" twin run ping -c 1 -t 1 10.2.0.2 2>&1 | grep From | tell
	prove "the router says that the packet has died" \
		test "$(counter "$client" IcmpInTimeExcds)" -gt 0
}

send_voice()
{
	step "S31 S33" "UDP: one packet out, one back; no connection, no acknowledgment, no second try"
	seen left -tn -c 2 'udp port 53 and host 10.1.0.12' | shorten | tell
	lose 10 right
	echo "  client\$ twin run voice.py 10.2.0.2        (the router loses one in ten)"
	in_ns "$server" "$TWIN_REPO/selftests/demo/voice.py" hear 10.2.0.2 >"$work/voice" 2>&1 &
	busywait bound_udp "$server" 5004
	in_ns "$client" twin run "$TWIN_REPO/selftests/demo/voice.py" say 10.2.0.2
	wait "$!"
	heard=$?
	tell <"$work/voice"
	prove "enough was heard to understand it, and nothing was waited for" test "$heard" = 0
}

show_counters()
{
	step "counted" "by Twin on the client and on the server, in stock nstat"
	show "$client" twin stat -as 'Tcp*' 'Udp*'
	show "$server" twin stat drops
}

unload()
{
	step "the end" "Everything goes as it came"
	kill "${lib_children[@]}" 2>/dev/null
	wait "${lib_children[@]}" 2>/dev/null
	lib_children=()
	lib_clean_up
	prove "rmmod twin" busywait rmmod twin
	prove "the kernel's log is clean" kernel_log_is_clean
}

kernel_log_is_clean()
{
	! dmesg | grep -E 'WARNING:|BUG|Oops|Call Trace'
}

head -c 10485760 /dev/urandom >"$work/files/data"
build_network
open_the_story
load
watch_cables
ask_names
fetch_by_twin
show_handshake
show_data
show_close
serve_by_twin
show_relays
ping_both_ways
send_voice
show_counters
unload
cat <<'END'

Not shown: S10 S11 (to wait or to send at once) are for the tests, make check; S28 S29 are the
adapter's part, which a veth pair plays here. A shell in such a machine: make vm
END
printf '\n'
if [ "$broken" = 0 ]; then
	echo "demo: all $proven proofs hold: real programs moved real data over Twin"
else
	echo "demo: $broken of $((proven + broken)) proofs failed"
fi
[ "$broken" = 0 ]
