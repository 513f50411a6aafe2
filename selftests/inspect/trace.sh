#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# twin trace: what each layer did, in order; the same as JSON, as a capture file
# with comments, and drawn.
# bed: debug
# timeout: 300

# shellcheck source=selftests/lib.sh
. "${0%/*}/../lib.sh"

here='' there=''
peer=${0%/*}/trace_peer.py
kept=$TWIN_OUT/kept

prepare()
{
	setup_ns here there
	twin_insmod
	link_ns here there
	twin -n "$here" addr add 10.0.0.1/24 dev eth0
	ip -n "$there" addr add 10.0.0.2/24 dev eth0
	twin -n "$there" addr add 10.0.0.3/24 dev eth0
}

# serve FAMILY ADDRESS PORT BYTES: one connection, in the other namespace
serve()
{
	background ip netns exec "$there" python3 "$peer" serve "$@"
	wait_listening "$there" "$3"
}

# The texts, one after the other, in this order, each in a line of its own.
in_order()
{
	local text=$1 wanted
	shift

	for wanted in "$@"; do
		if [[ $text != *"$wanted"* ]]; then
			echo "after what came before there is no '$wanted'"
			return 1
		fi
		text=${text#*"$wanted"}
		text=${text#*$'\n'}
	done
}

test_story()
{
	local said

	serve 2 10.0.0.2 7001 5000
	said=$(twin -n "$here" trace --brief --save "$kept" -- \
		python3 "$peer" get 10.0.0.2 7001 2>&1)
	check "the story is told in order" in_order "$said" \
		5000 "socket(SOCK_STREAM) = 0" "connect() begins [python3 " \
		"10.0.0.0/24 is the longest prefix that fits, directly on eth0" \
		"path to 10.0.0.2: from 10.0.0.1" \
		"state SYN-SENT" "tcp  > SYN seq 0" "ip   > 10.0.0.1 to 10.0.0.2" \
		"cache: 10.0.0.2 is asked for" "who has 10.0.0.2? tell 10.0.0.1" \
		"10.0.0.2 is at" "cache: 10.0.0.2 is reachable" \
		"ip   < 10.0.0.2 to 10.0.0.1" "tcp  < SYN,ACK seq 0 ack 1" \
		"state ESTABLISHED" "connect() = 0, peer 10.0.0.2:7001" \
		"send(7 bytes) begins" "tcp  > PSH,ACK seq 1 to 8 ack 1 window" \
		"recv(65536 bytes) begins" "= 0" "close()" "FIN"
	check_match "a frame has its addresses and its device" "$said" \
		"link > ([0-9a-f]{2}:){5}[0-9a-f]{2} to ([0-9a-f]{2}:){5}[0-9a-f]{2}, 74 bytes on eth0"
	check_is "its exit status is the command's" \
		"$(twin -n "$here" trace -q -- sh -c 'exit 7' >/dev/null; echo $?)" 7
	check_is "where SIGCHLD was ignored by the parent too" "$(in_ns "$here" python3 -IS -c '
import os, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execlp("twin", "twin", "trace", "-q", "--", "sh", "-c", "exit 7")' >/dev/null; echo $?)" 7
	check_is "the command ignores what the parent did" "$(trap "" HUP
		twin -n "$here" trace -q -- sh -c 'kill -HUP $$; exit 7' >/dev/null; echo $?)" 7
	check_fails "a command is needed behind --" "a command is needed" twin trace --
	check_fails "an unknown option is refused" "no option '--what'" twin trace --what
	check_fails "by its letter among others" "no option '-X'" twin trace -bXq
	check_fails "one without its value as such" "'-w' needs a value" twin trace -bw
}

test_fields()
{
	local said

	said=$(twin trace --read "$kept" --explain 2>&1)
	check "each header field is named and explained" in_order "$said" \
		"control bits           SYN" "option MSS             1460 bytes" \
		"destination            10.0.0.2" "target address         10.0.0.2" \
		"destination MAC        ff:ff:ff:ff:ff:ff"
	check_match "numbers are relative and absolute" "$said" \
		"sequence number        0 \([0-9]+\)"
	check "steps are explained, with the statement that they come from" in_order "$said" \
		"(S3:" "(S4:" "(S24:" "(S7, S14:" "(S26:" "(S7:" "(S9, S12:" "(S19:"
}

test_names()
{
	local said

	said=$(twin -n "$here" trace --brief -- python3 -c '
import ctypes, socket
ctypes.CDLL(None).prctl(15, b"\033[2J\377x")
socket.socket(2, 2).connect(("10.0.0.2", 9))' 2>&1)
	check "names of processes are no commands to a terminal" in_order "$said" \
		"connect() begins [?[2J?x "
}

test_interrupted()
{
	serve 2 10.0.0.2 7009 500000
	check "what is printed can be interrupted" in_ns "$here" python3 - "$peer" <<-'END'
	import fcntl, os, signal, struct, subprocess, sys, termios, time
	theirs, ours = os.pipe()
	twin = subprocess.Popen(["twin", "trace", "--explain", "--", "python3", sys.argv[1],
	                         "get", "10.0.0.2", "7009"], stdout=ours)
	os.close(ours)
	while struct.unpack("i", fcntl.ioctl(theirs, termios.FIONREAD, b"0000"))[0] < 60000:
	    time.sleep(0.05)
	twin.send_signal(signal.SIGINT)
	assert twin.wait(30) == -signal.SIGINT, twin.returncode
	END
}

test_json()
{
	check "JSON" python3 - "$kept" <<-'END'
	import json, subprocess, sys
	steps = json.loads(subprocess.run(
	    ["twin", "-j", "trace", "--read", sys.argv[1]], check=True,
	    stdout=subprocess.PIPE).stdout)
	syn = next(step for step in steps if step["event"] == "ip out")
	assert syn["transport"]["control bits"] == "SYN", syn
	assert syn["ip"]["destination"] == "10.0.0.2", syn
	assert syn["host"] == "10.0.0.1" and syn["layer"] == "tcp", syn
	times = [step["time_ns"] for step in steps]
	assert times == sorted(times)
	events = {step["event"] for step in steps}
	wanted = {"call begins", "call", "state", "route", "path", "ip out", "ip in",
	          "link out", "link in", "arp cache", "control block"}
	assert wanted <= events, events
	END
}

test_capture()
{
	local file=$TWIN_OUT/trace.pcapng said

	twin trace --read "$kept" -q --pcap "$file"
	said=$(tcpdump -nr "$file" 2>&1)
	check "the capture file can be read" in_order "$said" \
		"who-has 10.0.0.2 tell 10.0.0.1" "Reply 10.0.0.2 is-at" \
		"Flags [S]" "Flags [S.]" "length 7"
	check "the steps are comments in it" python3 - "$file" <<-'END'
	import struct, sys
	data = open(sys.argv[1], "rb").read()
	at, comments = 0, []
	while at < len(data):
	    kind, size = struct.unpack_from("<II", data, at)
	    assert size % 4 == 0 and data[at + size - 4:at + size] == data[at + 4:at + 8]
	    if kind == 6:
	        captured = struct.unpack_from("<I", data, at + 20)[0]
	        option = at + 28 + (captured + 3 & ~3)
	        while option < at + size - 4:
	            code, length = struct.unpack_from("<HH", data, option)
	            if code == 1:
	                comments.append(data[option + 4:option + 4 + length].decode())
	            option += 4 + (length + 3 & ~3)
	    at += size
	text = "\n--\n".join(comments)
	assert "connect() begins" in text and "route to 10.0.0.2" in text, text
	assert any("SYN,ACK seq 0" in one for one in comments), text
	END
}

# Both hosts are Twin's, so that the trace sees what arrives.
test_loss()
{
	local said lost=$TWIN_OUT/lost

	# counts, not chances: every 10th frame to us is lost
	tc -n "$there" qdisc add dev eth0 clsact &&
		tc -n "$there" filter add dev eth0 egress protocol ip flower \
			ip_proto tcp action gact ok random netrand drop 10 \
			2>"$TWIN_OUT/tc" || {
		skip "what is lost is drawn" "no tc: $(cat "$TWIN_OUT/tc")"
		return
	}
	ethtool -K eth0 tso off gso off >/dev/null 2>&1
	in_ns "$there" ethtool -K eth0 tso off gso off tx-gso-list off >/dev/null 2>&1
	serve 18 10.0.0.3 7002 300000
	said=$(twin -n "$here" trace -q --save "$lost" -- python3 "$peer" get 10.0.0.3 7002)
	tc -n "$there" qdisc del dev eth0 clsact
	check_is "all arrives although some is lost" "$said" 300000
	twin trace --read "$lost" -q --svg "$TWIN_OUT/lost.svg" --plot "$TWIN_OUT/lost.png"
	check_match "the diagram shows what was lost" "$(cat "$TWIN_OUT/lost.svg")" '\(lost\)'
	check_match "and what was sent again" "$(cat "$TWIN_OUT/lost.svg")" '\(again\)'
	check_is "the graph is a picture" "$(head -c 4 "$TWIN_OUT/lost.png" | tail -c 3)" PNG
}

test_pictures()
{
	twin trace --read "$kept" -q --svg "$TWIN_OUT/kept.svg" --plot "$TWIN_OUT/kept.svg.svg"
	check "the diagram has both hosts, segments and states" python3 - "$TWIN_OUT/kept.svg" <<-'END'
	import sys
	import xml.etree.ElementTree as tree
	name = "{http://www.w3.org/2000/svg}"
	root = tree.parse(sys.argv[1]).getroot()
	texts = [(one.get("class"), one.text) for one in root.iter(name + "text")]
	hosts = [text for kind, text in texts if kind == "host"]
	assert hosts[0].startswith("10.0.0.1:") and hosts[1] == "10.0.0.2:7001", hosts
	assert ("stateleft", "ESTABLISHED") in texts, texts
	assert any(kind == "data" and text.startswith("SYN,ACK") for kind, text in texts)
	places = [(int(one.get("y")), int(one.get("x"))) for one in root.iter(name + "text")]
	assert len(set(places)) == len(places), "two texts in one place"
	END
	check_fails "a name that gnuplot takes for a command is refused" "must not begin" \
		twin trace --read "$kept" -q --plot "|touch $TWIN_OUT/run.svg"
	check "the graph is drawn" python3 -c '
import sys, xml.etree.ElementTree as tree
tree.parse(sys.argv[1])' "$TWIN_OUT/kept.svg.svg"
}

# A file is not believed, and can be looked at in parts.
test_files()
{
	local damaged=$TWIN_OUT/damaged

	check_is "of a trace that was kept a filter leaves less" \
		"$(twin trace --read "$kept" --brief dport = :1 | grep -c tcp)" 0
	check_fails "a command is refused there" "no command" twin trace --read "$kept" -- true
	python3 -c '
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[24:32] = b"\xff" * 8
open(sys.argv[2], "wb").write(data)' "$kept" "$damaged"
	check_fails "a file that tells of too many steps is refused" "was not saved" \
		twin trace --read "$damaged"
	python3 -c '
import sys
data = bytearray(open(sys.argv[1], "rb").read())
size = int.from_bytes(data[16:24], sys.byteorder)
for step in range(40, len(data), size):
    data[step:step + size] = b"\xff" * size
open(sys.argv[2], "wb").write(data)' "$kept" "$damaged"
	check_fails "so is one whose steps are garbage" "damaged" twin trace --read "$damaged"
	head -c -100 "$kept" >"$damaged"
	check_fails "and one that has lost its end" "cut short" twin trace --read "$damaged"
}

# The longest line that a peer can cause: all flags, an MSS, four SACK blocks.
test_longest()
{
	local said mac

	mac=$(ip -n "$here" -br link show eth0 | awk '{ print $3 }')
	twin -n "$here" trace --brief --svg "$TWIN_OUT/long.svg" >"$TWIN_OUT/long" 2>&1 &
	local tracer=$!
	busywait grep -q 1 "/sys/kernel/tracing/instances/twin-layers-$tracer/events/twin/twin_drop/enable"
	in_ns "$there" python3 - "$mac" <<-'END'
	import socket, struct, sys
	options = b"\2\4\xff\xff\5\x22" + b"\xf0" * 32 + b"\1\1"
	tcp = struct.pack("!HHIIBBHHH", 40000, 40001, 0xf0000000, 0xf1000000, 0xf0,
	                  0xff, 0xffff, 0, 0) + options + b"x"
	ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0,
	                 bytes([10, 0, 0, 2]), bytes([10, 0, 0, 1]))
	total = sum(struct.unpack("!10H", ip))
	total = (total & 0xffff) + (total >> 16)
	ip = ip[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + ip[12:]
	made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
	made.bind(("eth0", 0))
	made.send(bytes.fromhex(sys.argv[1].replace(":", "")) + bytes(6) + b"\x08\0" + ip + tcp)
	END
	# at the end of a trace everything that was recorded is read
	kill -INT "$tracer"
	wait "$tracer"
	check_is "the tracer lives" "$?" 0
	said=$(<"$TWIN_OUT/long")
	check "and tells all of a line that a peer made long" in_order "$said" \
		"10.0.0.2 to 10.0.0.1" "1 bytes of data"
	check "and draws it so that it can be read" \
		python3 "${0%/*}/pictures_lib.py" sequence "$TWIN_OUT/long.svg"
}

# Without a command: what passes the filter, whoever does it.
test_filter()
{
	local said

	serve 2 10.0.0.2 7003 100
	serve 2 10.0.0.2 7004 100
	twin -n "$here" trace --brief dst 10.0.0.2 dport = :7004 >"$TWIN_OUT/filtered" 2>&1 &
	local tracer=$!
	busywait test -d "/sys/kernel/tracing/instances/twin-calls-$tracer"
	busywait grep -q 1 "/sys/kernel/tracing/instances/twin-layers-$tracer/events/twin/twin_drop/enable"
	in_ns "$here" twin run python3 "$peer" get 10.0.0.2 7003 >/dev/null
	in_ns "$here" twin run python3 "$peer" get 10.0.0.2 7004 >/dev/null
	kill -INT "$tracer"
	wait "$tracer"
	said=$(<"$TWIN_OUT/filtered")
	check "what passes the filter is told" in_order "$said" "SYN seq 0" "SYN,ACK" "FIN"
	check_is "and nothing else" "$(grep -c 'tcp  > SYN' "$TWIN_OUT/filtered")" 1
	check_is "the tracer's instances are gone" \
		"$(find /sys/kernel/tracing/instances -name 'twin-*' | wc -l)" 0
}

prepare
for one in story fields names interrupted json capture pictures loss files longest filter; do
	"test_$one"
done
tap_end
