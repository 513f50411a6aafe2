#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The demo's story, told inside the test machine: a client and a server with a
# router between them, each with an address of the kernel's stack and one of
# Twin's on the same adapter.
#
#   client eth0  10.1.0.2 kernel, 10.1.0.12 Twin
#   router       10.1.0.1, 10.2.0.1 (the kernel forwards)
#   server eth0  10.2.0.2 kernel, 10.2.0.12 Twin
#
# The ids are those of Documentation: what a protocol stack does, S1 to S33.

# shellcheck disable=SC2154
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
trap - EXIT

cp -r "$TWIN_OUT/bin" /run/twin
export PATH=/run/twin:$PATH TWIN_KO=/run/twin/twin.ko
work=/tmp/demo
mkdir -p "$work/files"
proven=0
broken=0

step()
{
	printf '\n== %s  [%s]\n' "$2" "$1"
}

tell()
{
	sed 's/^/   /' | cut -c1-140
}

# show NS COMMAND...: what somebody would type there, and what it says.
show()
{
	local ns=$1 where
	shift

	where=${ns%-*}
	echo "   $where\$ $*"
	in_ns "$ns" "$@" 2>&1 | tell
}

# prove TEXT COMMAND...
prove()
{
	local text=$1 said
	shift

	if said=$("$@" 2>&1); then
		proven=$((proven + 1))
		echo "   ok: $text"
	else
		broken=$((broken + 1))
		echo "   FAILED: $text"
		[ -z "$said" ] || tail -n 5 <<<"$said" | tell
	fi
}

same_bytes()
{
	[ "$(sha256sum <"$1")" = "$(sha256sum <"$work/files/data")" ]
}

build_network()
{
	setup_ns client router server
	link_ns client router eth0 left
	link_ns server router eth0 right
	ip -n "$router" addr add 10.1.0.1/24 dev left
	ip -n "$router" addr add 10.2.0.1/24 dev right
	in_ns "$router" sysctl -qw net.ipv4.ip_forward=1
	ip -n "$client" addr add 10.1.0.2/24 dev eth0
	ip -n "$client" route add default via 10.1.0.1
	ip -n "$server" addr add 10.2.0.2/24 dev eth0
	ip -n "$server" route add default via 10.2.0.1
	resolver_ns "$client" 10.2.0.2
}

# web_server ADDRESS [COMMAND...]: nginx, started by the command if given.
web_server()
{
	local address=$1 folder=$work/nginx-$1
	shift

	mkdir -p "$folder"
	cat >"$folder/conf" <<-END
		user root;
		daemon off;
		worker_processes 1;
		pid $folder/pid;
		error_log $folder/error.log;
		events { worker_connections 64; }
		http {
			access_log off;
			sendfile on;
			client_body_temp_path $folder;
			proxy_temp_path $folder;
			fastcgi_temp_path $folder;
			uwsgi_temp_path $folder;
			scgi_temp_path $folder;
			server { listen $address:80; root $work/files; }
		}
	END
	background in_ns "$server" "$@" \
		nginx -e "$folder/error.log" -c "$folder/conf"
	wait_listening "$server" 80
}

name_server()
{
	background in_ns "$server" dnsmasq --no-daemon --no-resolv --no-hosts \
		--conf-file=/dev/null --user=root --listen-address=10.2.0.2 \
		--bind-interfaces --address=/www.twin.test/10.2.0.2 \
		--address=/twin.twin.test/10.2.0.12
	busywait bound_udp "$server" 53
}

load()
{
	step "S1 S3" "The stack is loaded beside the kernel's; a socket is memory and a number"
	"$TWIN_REPO/selftests/demo/first_socket.py" "$TWIN_KO" 18 | tell
	prove "the module is loaded" test -d /sys/module/twin
}

configure()
{
	step "S23 S24" "Addresses and routes, of Twin's own"
	show "$client" twin addr add 10.1.0.12/24 dev eth0
	show "$client" twin route add default via 10.1.0.1
	show "$server" twin addr add 10.2.0.12/24 dev eth0
	show "$server" twin route add default via 10.2.0.1
	show "$client" twin route
}

ping_both_ways()
{
	step "S21 S26 S30" "ICMP and ARP: ping in both directions, through the router"
	prove "kernel pings Twin: ping 10.2.0.12" \
		in_ns "$client" ping -c 3 -i 0.2 10.2.0.12
	prove "Twin pings the kernel: twin run ping 10.2.0.2" \
		in_ns "$client" twin run ping -c 3 -i 0.2 10.2.0.2
	prove "Twin pings Twin: twin run ping 10.2.0.12" \
		in_ns "$client" twin run ping -c 3 -i 0.2 10.2.0.12
	show "$client" twin neigh
}

ask_names()
{
	local answer

	step "S1 S31 S32" "UDP: the resolver asks a DNS server, over Twin"
	name_server
	answer=$(in_ns "$client" twin run dig +short www.twin.test @10.2.0.2 2>&1)
	echo "   client\$ twin run dig +short www.twin.test @10.2.0.2"
	tell <<<"$answer"
	prove "the answer is the web server's address" test "$answer" = 10.2.0.2
}

fetch_by_twin()
{
	step "S4 S7 S8 S12 S17" "TCP: twin run curl fetches 10 MB from nginx on the kernel's stack"
	web_server 10.2.0.2
	capture "$router" left -s 96 tcp and host 10.1.0.12
	in_ns "$client" twin run curl -sS --limit-rate 4M -o "$work/fetched" \
		http://www.twin.test/data >"$work/curl.log" 2>&1 &
	local fetcher=$!
	busywait in_ns "$client" grep -qE '^ *[0-9]+: .{27} 01 ' /proc/net/twin/tcp
	step "S2 S5 S16" "The socket's control information, by stock ss"
	show "$client" twin ss -tanpi
	wait "$fetcher"
	prove "curl under twin run found the server by name and got the file" \
		test "$?" = 0
	prove "all bytes are the same (sha256)" same_bytes "$work/fetched"
	tell <"$work/curl.log"
	step "S19 S20" "After the close the socket waits, so that a late FIN hits nobody"
	show "$client" twin ss -tan
}

show_packets()
{
	capture_stop
	step "S6 S7 S14" "The handshake, as tcpdump on the router saw it"
	packets -tn -c 3 | tell
	step "S19" "The close"
	packets -tn 'tcp[tcpflags] & tcp-fin != 0' | tell
	prove "both sides have sent SYN and FIN" saw_both_ends
}

saw_both_ends()
{
	[ "$(packets 'tcp[tcpflags] & tcp-syn != 0' | wc -l)" -ge 2 ] &&
		[ "$(packets 'tcp[tcpflags] & tcp-fin != 0' | wc -l)" -ge 2 ]
}

serve_by_twin()
{
	step "S4 S8 S17" "The other way round: nginx under twin run serves curl on the kernel's stack"
	web_server 10.2.0.12 twin run
	prove "curl http://twin.twin.test/data" in_ns "$client" \
		curl -sS -o "$work/served" http://twin.twin.test/data
	prove "all bytes are the same (sha256)" same_bytes "$work/served"
	show "$server" twin ss -ltn
}

show_counters()
{
	step "S13 S15 S18" "What was counted on the client, by stock nstat"
	in_ns "$client" env PROC_NET_SNMP=/proc/net/twin/snmp PROC_NET_SNMP6=/dev/null \
		PROC_NET_NETSTAT=/proc/net/twin/netstat PROC_NET_SCTP_SNMP=/dev/null \
		NSTAT_HISTORY="$work/nstat" nstat -a |
		grep -E '^(Ip(In|Out)|IcmpIn|IcmpOut|Tcp|Udp)' | tell
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
load
configure
ping_both_ways
ask_names
fetch_by_twin
show_packets
serve_by_twin
show_counters
unload
printf '\n'
if [ "$broken" = 0 ]; then
	echo "demo: all $proven proofs hold: real programs moved real data over Twin"
else
	echo "demo: $broken of $((proven + broken)) proofs failed"
fi
[ "$broken" = 0 ]
