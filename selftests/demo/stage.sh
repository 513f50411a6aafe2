# SPDX-License-Identifier: GPL-2.0
# Sourced by show.sh: the machines of the story, what runs on them, and how it
# is told.
# shellcheck shell=bash disable=SC2154

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
trap - EXIT

# The captures write after each packet: into memory, not to the host.
cp -r "$TWIN_OUT/bin" /run/twin
export PATH=/run/twin:$PATH TWIN_KO=/run/twin/twin.ko TWIN_OUT=/tmp/demo
work=$TWIN_OUT
mkdir -p "$work/files"
proven=0
broken=0

#
# Telling
#

# step IDS TITLE
step()
{
	printf '\n%-16s %s\n' "$1" "$2"
}

# What a program printed, set in and cut into lines that fit.
tell()
{
	expand | sed 's/ *$//' | fold -s -w 116 | sed 's/^/    /'
}

# show NS COMMAND...: what somebody would type there, and what it says.
show()
{
	local ns=$1
	shift

	echo "  ${ns%-*}\$ $(quoted "$@")"
	in_ns "$ns" "$@" 2>&1 | tell
}

quoted()
{
	local word line=

	for word in "$@"; do
		[[ $word == *[*?]* ]] && word="'$word'"
		line+=" $word"
	done
	echo "${line# }"
}

# prove TEXT COMMAND...
prove()
{
	local text=$1 said
	shift

	if said=$("$@" 2>&1); then
		proven=$((proven + 1))
		echo "  ok: $text"
	else
		broken=$((broken + 1))
		echo "  FAILED: $text"
		[ -z "$said" ] || tail -n 5 <<<"$said" | tell
	fi
}

# What tcpdump prints, without what is the same on every line.
shorten()
{
	sed -E 's/^IP //; s/nop,//g; s/, options \[TS [^]]*\]//; s/TS val [0-9]+ ecr [0-9]+/TS/
		s/, options \[/, [/; s/, length 0$//; s/: HTTP$//'
}

#
# The machines: a client and a server with a router between them. On the first
# two the kernel's stack and Twin share an adapter, each with its own address.
#

build_network()
{
	local ns

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
	# Packets are to leave as an Ethernet adapter would send them: each
	# of 1500 bytes at most.
	for ns in "$client" "$server"; do
		in_ns "$ns" ethtool -K eth0 tso off gso off >/dev/null
	done
}

watch_cables()
{
	local filter='arp or host 10.1.0.12 or host 10.2.0.12'

	capture "$router" left -s 200 -B 16384 "$filter"
	left_pcap=$pcap
	capture "$router" right -s 200 -B 16384 "$filter"
	right_pcap=$pcap
}

# seen CABLE ARGUMENT...: what tcpdump has seen on the router's left or right.
seen()
{
	local pcap=$left_pcap

	[ "$1" = left ] || pcap=$right_pcap
	shift
	packets "$@"
}

# lose PERCENT DEVICE: of the packets that the router sends there.
lose()
{
	tc -n "$router" qdisc replace dev "$2" root netem loss "$1%"
}

name_server()
{
	background in_ns "$server" dnsmasq --no-daemon --no-resolv --no-hosts \
		--conf-file=/dev/null --user=root --listen-address=10.2.0.2 \
		--bind-interfaces --address=/www.twin.test/10.2.0.2 \
		--address=/twin.twin.test/10.2.0.12
	busywait bound_udp "$server" 53
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
	busywait serves "$address"
}

serves()
{
	local table=/proc/net/tcp octets

	[ "$1" = 10.2.0.2 ] || table=/proc/net/twin/tcp
	IFS=. read -ra octets <<<"$1"
	in_ns "$server" grep -qi "$(printf '%02X%02X%02X%02X:0050 00000000:0000 0A' \
		"${octets[3]}" "${octets[2]}" "${octets[1]}" "${octets[0]}")" "$table"
}
