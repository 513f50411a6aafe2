#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The pictures of twin trace: no text lies on another, and what is told in one
# box hides nothing that happens seldom, of thousands of segments either.
# bed: stock
# timeout: 400

# shellcheck source=selftests/lib.sh
. "${0%/*}/../lib.sh"

here='' there=''
look="python3 ${0%/*}/pictures_lib.py"
kept=$TWIN_OUT/kept
export MARKS=$TWIN_OUT/marks

prepare()
{
	local ns

	mkdir "$MARKS"
	setup_ns here there
	twin_insmod
	link_ns here there
	twin -n "$here" addr add 10.0.0.1/24 dev eth0
	twin -n "$there" addr add 10.0.0.2/24 dev eth0
	for ns in "$here" "$there"; do
		in_ns "$ns" ethtool -K eth0 tso off gso off >/dev/null 2>&1
	done
	cat >"$TWIN_OUT/peer.py" <<-'END'
	import os, socket, struct, sys, time

	def await_mark(name):
	    while not os.path.exists(os.environ["MARKS"] + "/" + name):
	        time.sleep(0.05)

	def mark(name):
	    open(os.environ["MARKS"] + "/" + name, "w").close()

	# lossy, then into a hole, then to somebody who does not read
	def serve():
	    listener = socket.create_server(("10.0.0.2", 7000))
	    made, _ = listener.accept()
	    made.sendall(bytes(1200000))
	    await_mark("hole")
	    made.sendall(bytes(100000))
	    await_mark("reading")
	    made.sendall(bytes(600000))
	    await_mark("probed")
	    made.close()

	def take(made, count):
	    while count:
	        data = made.recv(min(count, 1 << 16))
	        count -= len(data)
	        if not data:
	            return

	def get():
	    made = socket.socket()
	    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 100000)
	    made.connect(("10.0.0.2", 7000))
	    take(made, 1200000)
	    mark("half")
	    take(made, 100000)
	    mark("reading")
	    await_mark("probed")
	    take(made, 10000000)
	    made.close()

	def wait_for_end():
	    listener = socket.create_server(("10.0.0.2", 7001))
	    made, _ = listener.accept()
	    made.recv(1)
	    made.close()

	def greet():
	    socket.create_connection(("10.0.0.2", 7001)).close()

	def reset():
	    listener = socket.create_server(("10.0.0.2", 7002))
	    made, _ = listener.accept()
	    made.recv(10)
	    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
	    made.close()

	def be_reset():
	    made = socket.create_connection(("10.0.0.2", 7002))
	    made.send(b"please")
	    try:
	        made.recv(10)
	    except ConnectionResetError:
	        return
	    sys.exit("no reset")

	def echo():
	    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    made.bind(("10.0.0.2", 7003))
	    while True:
	        made.sendto(*made.recvfrom(2000))

	def ask():
	    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    made.connect(("10.0.0.2", 7003))
	    for size in 0, 1, 1000:
	        made.send(bytes(size))
	        made.recv(2000)

	globals()[sys.argv[1]]()
	END
}

serve()
{
	background in_ns "$there" twin run python3 -IS "$TWIN_OUT/peer.py" "$1"
	busywait "$2" "$there" "$3"
}

# trace WHAT: what the peer is told to do; a picture of each kind, and the text
trace()
{
	rm -f "$kept".*
	twin -n "$here" trace -q --save "$kept" -- python3 -IS "$TWIN_OUT/peer.py" "$1"
	draw
}

draw()
{
	twin trace --read "$kept" -q --svg "$kept.sequence.svg" --plot "$kept.plot.svg"
	twin trace --read "$kept" --brief >"$kept.text"
}

# looks NAME [sequence|plot...]: the points that hold for all pictures
looks()
{
	local name=$1 kind
	shift

	for kind in "${@:-sequence}"; do
		check "$name: the $kind is readable" bash -c \
			"$look $kind '$kept.$kind.svg' >'$kept.$kind'"
	done
}

has_line()
{
	check_match "$1" "$(<"$kept.sequence")" "$2"
}

# What is dropped where it arrives was lost on the way, for the sender.
filter()
{
	tc -n "$here" filter "$1" dev eth0 ingress pref "$2" protocol ip flower ip_proto tcp \
		action "${@:3}"
}

# Of forty frames one is lost, where the kernel can do that.
lossy=
lose()
{
	tc -n "$here" qdisc add dev eth0 clsact 2>/dev/null &&
		filter add 2 gact ok random determ drop 40 2>/dev/null && lossy=1
}

# The second time-out in a row.
timed_out()
{
	in_ns "$there" twin ss -tno | grep -qE 'timer:\(on,[^,]*,[2-9]'
}

probed()
{
	[ "$(counter "$there" TcpExtTCPWinProbe)" -ge 2 ]
}

fall_into_hole()
{
	filter add 1 drop
	: >"$MARKS/hole"
	check "the sender runs into time-outs" busywait timed_out
	filter del 1 drop
}

# A connection of thousands of segments, with everything that can happen.
live_long()
{
	lose
	serve serve listening 7000
	twin -n "$here" trace -q --save "$kept" -- python3 -IS "$TWIN_OUT/peer.py" get &
	local tracer=$!
	tries=600 busywait test -e "$MARKS/half"
	if [ "$lossy" ]; then
		fall_into_hole
	else
		: >"$MARKS/hole"
	fi
	tries=300 busywait test -e "$MARKS/reading"
	check "the sender asks for a window" busywait probed
	: >"$MARKS/probed"
	wait "$tracer"
	tc -n "$here" qdisc del dev eth0 clsact 2>/dev/null
	draw
}

# timers TEXT: how many fired, as the text has it
timers()
{
	grep -c "timer: $1" "$kept.text"
}

see_losses()
{
	has_line "the first loss is seen" 'lost data [0-9]+ to [0-9]+ \((partly )?lost\)'
	has_line "what was sent again" 'again data [0-9]+ to [0-9]+ \(again\)'
	has_line "the SACK that told of a gap" 'data ack [0-9]+, SACK [0-9]+-[0-9]+'
	has_line "what was sent again in vain" '\(again, lost\)'
	check_is "every time-out" "$(grep -c 'timer: retransmission' "$kept.sequence")" \
		"$(timers retransmission)"
	check_match "the graph marks losses, what was sent again, and timers" "$(<"$kept.plot")" \
		'lost: [1-9].*sent again: [1-9].*timers fired: [1-9]'
	check_is "the graph counts what the text has" \
		"$(sed -n 's/^sent again: //p' "$kept.plot")" \
		"$(sed -n 's/^again: //p' "$kept.sequence")"
}

test_long()
{
	local segments seen

	live_long
	looks "a long connection" sequence plot
	segments=$(grep -c 'tcp  > ' "$kept.text")
	seen=$(sed -n 's/^segments: //p' "$kept.sequence")
	check "they are many" test "$segments" -gt 600
	check_is "every one is drawn or counted in a box" "$seen" "$segments"
	check "most of them in boxes" test "$(grep -cE '^(data|again|lost) ' "$kept.sequence")" -lt 100
	check "and the boxes are few" test "$(sed -n 's/^boxes: //p' "$kept.sequence")" -lt 80
	has_line "seen is the window that closes" 'data ack [0-9]+, window 0'
	check_is "every window probe" "$(grep -c 'timer: window probe' "$kept.sequence")" \
		"$(timers 'window probe')"
	has_line "the states of the one" 'stateleft SYN-SENT.*stateleft ESTABLISHED.*stateleft CLOSE-WAIT.*stateleft LAST-ACK'
	has_line "and of the other" 'stateright ESTABLISHED.*stateright FIN-WAIT-1.*stateright FIN-WAIT-2.*stateright TIME-WAIT'
	[ -z "$lossy" ] || see_losses
}

test_small()
{
	serve wait_for_end listening 7001
	trace greet
	looks "a handshake and a close" sequence plot
	check_is "all is drawn" "$(head -n 1 "$kept.sequence")" "boxes: 0"
	has_line "the handshake, whose last ACK may be in the FIN" 'data SYN seq 0.*data SYN,ACK seq 0.*data (ack 1, window|FIN,ACK seq 1, ack 1)'
	serve reset listening 7002
	trace be_reset
	looks "a reset" sequence plot
	has_line "the reset is named" 'data RST'
	trace be_reset
	looks "nobody there"
	has_line "both segments" 'data SYN seq 0, window [0-9]+.*data RST,ACK ack 1'
	check "without an ACK there is no graph" test ! -e "$kept.plot.svg"
	serve echo bound_udp 7003
	trace ask
	looks "datagrams"
	check_is "each is an arrow" "$(grep -c 'data datagram of' "$kept.sequence")" 6
	check "of them there is no graph" test ! -e "$kept.plot.svg"
}

prepare
test_long
test_small
tap_end
